"""The same server on a PostgreSQL of its own: two roles and TLS by docs/hardening.zh-CN.md, and back to an
instant by docs/backup.zh-CN.md."""
import re

from hardening import HARDENING, authority
from machine import CONF, Guide, Person, holds, wait

BACKUP = Guide('backup.zh-CN.md')


def walk(m, set_up):
    m.sh('/root/here/install --key /root/release.pub yunheng-server yunheng postgresql')
    authority(m)
    m.sh('''install -d -o root -g yunheng -m 0750 /etc/yunheng/tls; cp /root/ca.pem /etc/yunheng/tls/db-ca.pem
d=$(echo /etc/postgresql/*/main); install -o postgres -m 0600 /root/db.key /root/db.pem $d/
printf "ssl = on\\nssl_cert_file = '$d/db.pem'\\nssl_key_file = '$d/db.key'\\n" > $d/conf.d/tls.conf
printf 'local all postgres peer\\nlocal replication postgres peer\\nhostssl yunheng yunheng_owner,yunheng_app 127.0.0.1/32 scram-sha-256\\n' > $d/pg_hba.conf
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
    admin = Person(m, 'sysadmin')
    admin.begin(Guide('install.zh-CN.md'), words['sysadmin'])
    back_to_an_instant(m, admin)


def back_to_an_instant(m, admin):
    m.sh(BACKUP.says('install -d -o postgres -g postgres -m 0700 /srv/wal /srv/base'))
    m.sh('cat > $(echo /etc/postgresql/*/main)/conf.d/archive.conf <<"C"\n' + BACKUP.block('archive_command =') + 'C\n'
         'systemctl restart postgresql')
    m.restart()
    day = m.sh('date +%F').stdout.strip()
    m.sh(BACKUP.block('pg_basebackup').replace('$(date +%F)', day))
    admin('yunheng org create --code kept --name 留下的 --kind body')
    m.sh('sleep 1')
    instant = m.sh('date -u "+%F %T+00"').stdout.strip()
    m.sh('sleep 2')
    admin('yunheng org create --code undone --name 要撤销的 --kind body')
    m.sh('cd /; runuser -u postgres -- psql -qc "select pg_switch_wal()"')
    wait('the log is archived', lambda: len(list(m.at('/srv/wal').glob('0*[0-9A-F]'))) >= 2)
    block = BACKUP.block('recovery_target_time').replace('2026-11-26 23:56:10+00', instant)
    m.sh(re.sub('/srv/base/2026-11-26', f'/srv/base/{day}', block))
    wait('it is there again', lambda: m.sh('cd /; runuser -u postgres -- psql -qtc "select pg_is_in_recovery()"',
                                           ok=False).stdout.strip() == 'f')
    url = re.search('^database = (.*)', m.at(CONF).read_text(encoding='utf-8'), re.M)[1]
    said = m.sh(BACKUP.block('yunheng fsck --data /var/lib/yunheng --database').replace('地址', f"'{url}'")).stdout
    holds('the database of that instant is sound', 'intact' in said and '✗' not in said, said)
    m.sh('systemctl start yunhengd')
    m.ready()
    admin.sign_in(Guide('install.zh-CN.md'))
    said = admin('yunheng org list --format json')
    holds('and holds what was done by then, no more', '"kept"' in said and '"undone"' not in said, said)
