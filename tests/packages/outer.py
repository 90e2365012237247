"""The same server on a PostgreSQL of its own: two roles and TLS by docs/hardening.zh-CN.md, and back to an
instant by docs/backup.zh-CN.md."""
import re

from hardening import HARDENING, authority
from machine import CONF, PASSWORD, Guide, Person, get, holds, totp, wait

BACKUP = Guide('backup.zh-CN.md')


def database(m):
    """A PostgreSQL with its roles and its certificate, and a configuration that names it; the address for
    who makes the tables."""
    m.sh('/root/here/install --key /root/release.pub postgresql')
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
    pgpass, owner, _ = HARDENING.block('/var/lib/yunheng/.pgpass').splitlines()
    m.sh(pgpass.replace('口令', 'walk-Word') + '\n' + owner)
    return re.search("'(postgresql://yunheng_owner@[^']*)'", HARDENING.text)[1]


def walk(m, set_up):
    m.sh('/root/here/install --key /root/release.pub yunheng-server yunheng')
    database(m)
    setup = HARDENING.block('/var/lib/yunheng/.pgpass').splitlines()[2]
    words = set_up(m, setup.split('yunheng-setup')[1], PGPASSWORD='walk-Word')
    holds('S13: the server may not make tables', 'permission denied' in m.sh(
        'PGPASSWORD=walk-Word psql "host=db.example.cn user=yunheng_app dbname=yunheng sslmode=require" -c "CREATE TABLE x (y int)"',
        ok=False).stderr)
    admin = Person(m, 'sysadmin')
    admin.begin(Guide('install.zh-CN.md'), words['sysadmin'])
    back_to_an_instant(m, admin)


def fails(m, why):
    """The server does not start, and says so."""
    m.sh('systemctl reset-failed yunhengd || true; systemctl start yunhengd', ok=False)
    wait(f'the server refuses a database that is not its own: {why}', lambda: why in m.log())
    m.sh('systemctl stop yunhengd; systemctl reset-failed yunhengd || true')
    print(f'a server that is not of the database\'s age does not start: {why}')


def older(m, owner):
    """Data of an older release, whose administrators have no second factor."""
    said = m.sh(f"PGPASSWORD=walk-Word runuser -u yunheng -- yunheng init --data /var/lib/yunheng --database '{owner}'; "
                'printf "smtp-url = smtp://127.0.0.1:9\\nsmtp-plain = true\\nmail-from = y@example.cn\\n" >> ' + CONF +
                '; systemctl enable --now yunhengd').stdout
    m.ready()
    word = re.search(r'sysadmin +(\S+)', said)[1]
    admin = Person(m, 'sysadmin')
    admin('yunheng session create --login sysadmin', word)
    admin('yunheng account password', word, PASSWORD)
    admin('yunheng org create --code kept --name 留下的 --kind body')
    admin('yunheng notify address --mail walk.secret@example.cn', ok=False)
    holds('the older release has addresses as they are', 'walk.secret' in dump(m))


def dump(m):
    """All but the record, which nobody may change."""
    return m.sh('cd /; runuser -u postgres -- pg_dump -a --inserts -T event yunheng').stdout


def upgrade(m, old):
    """An older release on a PostgreSQL becomes today's, when a person says."""
    m.unpack(old, '/root/old')
    m.sh('/root/old/install --unsigned')
    owner = database(m)
    older(m, owner)
    go_over(m, owner)
    back_to_the_older(m)


def go_over(m, owner):
    before = m.sh('systemctl show yunhengd -p MainPID').stdout
    done = m.sh('cd /root/here && ./install --key /root/release.pub yunheng-server yunheng')
    holds('an outer database is left for a person', 'yunheng migrate' in done.stdout, done)
    holds('the older server goes on', m.sh('systemctl show yunhengd -p MainPID').stdout == before and get('/readyz')[0] == 200)
    told = re.search('(?m)^ +(yunheng field-key new .*)$', done.stdout + done.stderr)
    m.sh(told[1] + '; systemctl stop yunhengd; cd /; runuser -u postgres -- pg_dump -Fc -f /tmp/before.dump yunheng; '
         'cp -a /var/lib/yunheng /root/data.before')
    fails(m, 'schema-older')
    migrate, start = (line.strip() for line in Guide('install.zh-CN.md').block('yunheng migrate --database').splitlines()[:2])
    m.sh(migrate.replace('建表角色的口令', 'walk-Word').replace('地址', f"'{owner}'"))
    m.sh(start)
    m.ready()
    wait('S28: addresses are sealed', lambda: 'walk.secret' not in dump(m))
    look_over(m)
    admin = Person(m, 'sysadmin')
    admin('yunheng session create --login sysadmin', PASSWORD)
    said = admin('yunheng second-factor enrol')
    admin.device = totp.Device(re.search(r'\b[A-Z2-7]{32,}\b', said)[0])
    admin('yunheng second-factor confirm', admin.device.next())
    admin.sign_in(Guide('install.zh-CN.md'))
    holds('and what was entered is there', '"kept"' in admin('yunheng org list --format json'))


def look_over(m):
    url = re.search('^database = (.*)', m.at(CONF).read_text(encoding='utf-8'), re.M)[1]
    lines = Guide('install.zh-CN.md').block('yunheng fsck --data /var/lib/yunheng\n').replace('/etc/yunheng/field.key', '/var/lib/yunheng.key')
    said = m.sh(re.sub('(--data /var/lib/yunheng)', rf"\1 --database '{url}'", lines)).stdout
    holds('the chain is intact and the figures agree', 'intact' in said and '✓' in said and '✗' not in said, said)
    m.ready()


def back_to_the_older(m):
    """Only with the database and the keys as they were then: the later release seals these."""
    m.sh('systemctl stop yunhengd; dpkg -i --force-confold /root/old/debs/yunheng{,-server}_*.deb')
    fails(m, 'schema-newer')
    m.sh('cd /; runuser -u postgres -- dropdb yunheng; runuser -u postgres -- pg_restore -C -d postgres /tmp/before.dump; '
         'rm -r /var/lib/yunheng; cp -a /root/data.before /var/lib/yunheng; systemctl reset-failed yunhengd || true; systemctl start yunhengd')
    m.ready()
    holds('the older release goes on from its own backup', 'walk.secret' in dump(m))


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
