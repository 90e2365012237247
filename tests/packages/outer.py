"""The same server on a PostgreSQL of its own: two roles and TLS by docs/hardening.zh-CN.md, and back to an
instant by docs/backup.zh-CN.md."""
import re

from hardening import HARDENING, authority
from machine import CONF, Guide, Person, holds

BACKUP = Guide('backup.zh-CN.md')


def walk(m, set_up):
    m.sh('/root/here/install --key /root/release.pub yunheng-server yunheng postgresql')
    authority(m)
    m.sh('''install -d -o root -g yunheng -m 0750 /etc/yunheng/tls; cp /root/ca.pem /etc/yunheng/tls/db-ca.pem
d=$(echo /etc/postgresql/*/main); install -o postgres -m 0600 /root/db.key /root/db.pem $d/
printf "ssl = on\\nssl_cert_file = '$d/db.pem'\\nssl_key_file = '$d/db.key'\\n" > $d/conf.d/tls.conf
printf 'local all postgres peer\\nhostssl yunheng yunheng_owner,yunheng_app 127.0.0.1/32 scram-sha-256\\n' > $d/pg_hba.conf
systemctl restart postgresql''')
    m.at('/root/roles.sql').write_text(HARDENING.block('CREATE ROLE yunheng_owner').replace('…', 'walk-Word'), encoding='utf-8')
    m.sh('runuser -u postgres -- psql -v ON_ERROR_STOP=1 < /root/roles.sql')
    start = HARDENING.text.index('database = postgresql://yunheng_app@')
    m.configure(HARDENING.text[start:HARDENING.text.index('`', start)], check=False)
    m.at(CONF).write_text(re.sub('(?m)^backup-dir .*\n', '', m.at(CONF).read_text(encoding='utf-8')), encoding='utf-8')
    pgpass, owner, setup = HARDENING.block('/var/lib/yunheng/.pgpass').splitlines()
    m.sh(pgpass.replace('口令', 'walk-Word') + '\n' + owner)
    words = set_up(m, setup.split('yunheng-setup')[1], PGPASSWORD='walk-Word')
    holds('S13: the server may not make tables', 'permission denied' in m.sh(
        'PGPASSWORD=walk-Word psql "host=db.example.cn user=yunheng_app dbname=yunheng sslmode=require" -c "CREATE TABLE x (y int)"',
        ok=False).stderr)
    Person(m, 'sysadmin').begin(Guide('install.zh-CN.md'), words['sysadmin'])
