"""What a person does on machines without a network, by the guides and from the bundle to the last purge:

    python3 drill.py whole|upgrade|database|migrate ROOT BUNDLE KEY.pub [OLD_BUNDLE]

ROOT is a minimal Debian in a folder, and nothing of it is kept. Each line that is printed is a step
that holds; the first that does not ends it."""
import glob
import hashlib
import json
import pathlib
import re
import shutil
import sys

import hardening
import outer
from machine import CONF, HERE, Guide, Machine, Person, get, holds, wait

INSTALL = Guide('install.zh-CN.md')
BACKUP = Guide('backup.zh-CN.md')
OPERATOR = Guide('operator-guide.zh-CN.md')
HARDENED = hardening.HARDENING
DATA = '/var/lib/yunheng'


def refuse(m):
    """What was changed on the way is not installed."""
    deb = pathlib.Path(glob.glob(m.root + HERE + '/debs/yunheng_*.deb')[0])
    whole = deb.read_bytes()
    deb.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    done = m.sh(f'{HERE}/install --key /root/release.pub', ok=False)
    holds('a changed package is refused', done.returncode == 1 and 'nothing was installed' in done.stderr, done)
    deb.write_bytes(whole)
    for name in ('MANIFEST', 'SHA256SUMS'):
        file = m.at(f'{HERE}/{name}')
        text = file.read_bytes()
        file.write_bytes(text.replace(b'sbom', b'sbon'))
        done = m.sh(f'{HERE}/install --key /root/release.pub', ok=False)
        holds(f'a changed {name} is refused', done.returncode == 1 and 'nothing was installed' in done.stderr, done)
        file.write_bytes(text)
    m.sh('openssl genpkey -algorithm SM2 -out /root/o.pem && openssl pkey -in /root/o.pem -pubout -out /root/o.pub')
    done = m.sh(f'{HERE}/install --key /root/o.pub', ok=False)
    holds("another's key is refused", done.returncode == 1 and 'signature' in done.stderr, done)
    holds('nothing was installed', not m.at('/usr/bin/yunheng').exists())


def verify_elsewhere(m):
    """The guide's own way to look at the signature without `install`."""
    said = m.sh(f'cd {HERE} && {INSTALL.block("openssl pkeyutl -verify")}'.replace('release.pub', '/root/release.pub'), ok=False)
    sums = re.search('= ?([0-9a-f]{64})', said.stdout)
    holds('the signature is verified by hand, too', 'Verified Successfully' in said.stdout + said.stderr and sums and
          sums[1] in m.at(HERE + '/said').read_text(encoding='utf-8'), said)
    m.sh(f'rm -f {HERE}/said {HERE}/signature')


def install(m):
    INSTALL.says('./install --key … yunheng-server yunheng curl nginx')
    done = m.sh(f'cd {HERE} && ./install --key /root/release.pub yunheng-server yunheng curl nginx rsyslog-gnutls sqlite3')
    holds('the bundle installs without a network', 'installed' in done.stdout, done)
    holds('the next command is told', 'yunheng-setup' in done.stdout + done.stderr, done)
    check_release(m, False)
    m.sh(f'cd {HERE} && ./install --key /root/release.pub yunheng-agent')
    state = m.sh("stat -c '%a %U:%G' /var/lib/yunheng /var/backups/yunheng /var/lib/yunheng-agent " + CONF).stdout.split('\n')
    holds('the folders are the services\' own', state[:4] == ['700 yunheng:yunheng', '700 yunheng:yunheng',
                                                            '700 yunheng-agent:yunheng-agent', '640 root:yunheng'], state)
    holds('the programs work', m.sh('yunheng version').stdout.startswith('yunheng '))
    holds('a deadline is reckoned without a server',
          re.match('2026-1', m.sh('yunheng deadline 2026-11-25 5wd').stdout) is not None)
    holds('nothing was started', not m.at(DATA + '/yunheng.db').exists() and m.ports().isdisjoint({8480}))
    for path in ('/usr/share/man/man1/yunheng.1.gz', '/usr/share/man/zh_CN/man8/yunhengd.8.gz',
                 '/usr/share/man/man5/yunhengd.conf.5.gz', '/usr/share/bash-completion/completions/yunheng',
                 '/usr/share/yunheng/monitoring/dashboard.json', '/usr/share/doc/yunheng-server/install.zh-CN.md'):
        if not m.at(path).exists() and not m.at(path.removesuffix('.gz')).exists():
            raise AssertionError(path)
    links_hold(m)
    json.loads(m.at('/usr/share/yunheng/sbom.cdx.json').read_text(encoding='utf-8'))
    check_release(m, True)


def links_hold(m):
    """Who has the package alone reads all of the guides."""
    folder = m.at('/usr/share/doc/yunheng-server')
    lost = {f'{page.name}: {to}' for page in folder.glob('*.zh-CN.md')
            for to in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', page.read_text(encoding='utf-8')) if not (folder / to).exists()}
    if 'README.zh-CN.md' in {f.name for f in folder.iterdir()}:
        lost = {each for each in lost if not each.startswith('README')}
    holds('the guides name nothing that is not there', not lost, lost)


def check_release(m, agent):
    m.sh(HARDENED.block('yunheng selftest --manifest /etc/yunheng/release.manifest --key /etc/yunheng/release.pub\n'))
    *lines, signature = m.at('/etc/yunheng/release.manifest').read_text(encoding='utf-8').splitlines()
    n = 0
    for line in lines[1:]:
        digest, size, path = line.split(' ', 2)
        data = m.at(path).read_bytes()
        if (hashlib.new('sm3', data).hexdigest(), len(data)) != (digest, int(size)):
            raise AssertionError(path)
        n += 1
    holds(f'{n} files are as they were signed', n > 300 and agent == any('yunheng-agent' in line for line in lines) and signature.startswith('signature ') and CONF not in lines)


def set_up(m, options='', **env):
    done = m.sh('yunheng-setup' + options, **env)
    words = dict(line.split()[:2] for line in done.stdout.splitlines() if len(line.split()) == 2)
    holds('the data are made and the passwords told', {'sysadmin', 'secadmin', 'secadmin2', 'auditor'} <= words.keys(), done)
    m.ready()
    return words


def serve(m):
    again = m.sh('yunheng-setup', ok=False)
    holds('they are not made twice', again.returncode == 1 and not again.stdout, again)
    owner = m.sh(f"stat -c '%a %U' {DATA}/yunheng.db").stdout.split()
    holds('nobody else reads them', owner[1] == 'yunheng' and owner[0][1:] in ('00', '40', '44'), owner)
    status, page = get('/')
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    holds('the console is served', status == 200 and assets, page[:300])
    holds('and all that its page asks for', all(get(a)[0] == 200 for a in assets))
    holds('figures for Prometheus', 'yunheng_build_info' in get('/metrics')[1])
    holds('S14: it starts with the machine', m.sh('systemctl is-enabled yunhengd').stdout == 'enabled\n')
    exposed = re.search(r'([\d.]+) OK', m.sh('systemd-analyze security yunhengd --no-pager').stdout)
    holds('S14: little is left to who breaks in: ' + exposed[1], float(exposed[1]) <= 1.5)


def administrators(m, words):
    INSTALL.says('export YUNHENG_SESSION=~/sysadmin.json')
    people = {}
    for login in ('sysadmin', 'secadmin', 'secadmin2', 'auditor'):
        people[login] = Person(m, login)
        people[login].begin(INSTALL, words[login])
    return people


def first_acts(people):
    """The first lines of the operator's guide: who asks, and who confirms."""
    lines = OPERATOR.block('yunheng org create --code bdc').splitlines()
    for line in lines[:4]:
        people['sysadmin'](line)
    people['secadmin'](lines[4])
    said = people['secadmin'](lines[5])
    act = re.search(r'[0-9a-f]{8}-[0-9a-f-]{27}|\bACT-\S+', people['secadmin2']('yunheng act list --state waiting --format json'))
    holds('a grant waits for a second person', act, said)
    said = people['secadmin2'](lines[6].replace('编号', act[0]))
    holds('who confirms it', 'zhang' in people['secadmin']('yunheng person list --format json'), said)


def back_up(m, people):
    admin = people['sysadmin']
    wait('a backup is made by itself', lambda: list(m.at('/var/backups/yunheng').glob('2*Z-*')))
    said = admin(BACKUP.says('yunheng backup make'))
    sets = admin(BACKUP.says('yunheng backup sets') + ' --format json')
    name = sorted(p.name for p in m.at('/var/backups/yunheng').glob('2*Z-*'))[-1]
    holds('one is made at once, with the keys in it', name in sets and re.search('"keys": ?true', sets), said + sets)
    said = m.sh(f'yunheng backup verify /var/backups/yunheng/{name}').stdout
    holds('it is whole', '完好 / whole' in said, said)
    m.sh('cd /root; ' + HARDENED.block('/checkpoint.json'))
    return name, re.search('signer ([0-9a-f]{64})', said)[1]


def restore(m, people, name, signer):
    """The drill beside, then the real one, by the guide's lines."""
    block = BACKUP.block('mv /var/lib/yunheng /var/lib/yunheng.old')
    for word, real in (('备份 ', name + ' '), ('私钥.pem', '/root/backup.pem --passphrase-file /root/passphrase'), ('签名者', signer)):
        block = block.replace(word, real)
    said = m.sh(block).stdout
    holds('the backup is restored', 'audit chain intact' in said, said)
    m.ready(hardening.URL, context=hardening.trusting(m))
    people['sysadmin'].sign_in(INSTALL)
    people['auditor'].sign_in(INSTALL)
    kinds = people['auditor']('yunheng audit list --format json')
    holds('which is on the record', 'store.restored' in kinds, kinds[:2000])
    look_over(m)
    m.sh('systemctl stop yunhengd')
    for line in BACKUP.block('yunheng fsck --data /var/lib/yunheng\n').splitlines():
        m.sh(line)
    said = m.sh('yunheng audit verify --data /var/lib/yunheng --field-key /etc/yunheng/field.key --checkpoint /root/检查点.json').stdout
    holds('also by the checkpoint that was taken away', 'intact' in said, said)
    m.sh('rm -rf /var/lib/yunheng.old; chown -R yunheng: /var/lib/yunheng; systemctl start yunhengd')
    m.ready(hardening.URL, context=hardening.trusting(m))


def look_over(m, key='/etc/yunheng/field.key'):
    """What the guide asks for after an upgrade."""
    lines = INSTALL.block('yunheng fsck --data /var/lib/yunheng\n').replace('/etc/yunheng/field.key', key)
    said = m.sh(lines).stdout
    holds('the chain is intact and the figures agree', 'intact' in said and '✓' in said and '✗' not in said, said)
    m.sh('systemctl is-active yunhengd')


def go_over(m):
    """The same files as a later version: what the scripts of a package do is what is looked at."""
    m.sh(f"echo '# kept' >> {CONF}")
    for path in sorted(glob.glob(m.root + HERE + '/debs/yunheng*.deb')):
        inner = path.removeprefix(m.root)
        m.sh(f"rm -rf /root/x && dpkg-deb -R {inner} /root/x && "
             r"sed -i 's/^\(Version: .*\)/\1+later/; s/\(yunheng (= [^)]*\))/\1+later)/' /root/x/DEBIAN/control && "
             f'dpkg-deb -b -Znone /root/x /root/later-{pathlib.Path(path).name}')
    began = m.sh('systemctl show yunhengd -p MainPID').stdout
    done = m.sh('dpkg -i /root/later-*.deb')
    holds('a later version goes over it', '+later' in m.sh('dpkg-query -W yunheng-server').stdout, done)
    holds('the configuration is kept', '# kept' in m.at(CONF).read_text(encoding='utf-8'))
    holds('nobody is told to make data', 'yunheng-setup' not in done.stdout, done)
    m.ready(hardening.URL, context=hardening.trusting(m))
    older = m.sh(f'{HERE}/install --key /root/release.pub', ok=False)
    holds('an older bundle does not look as if it had been installed', older.returncode == 1 and 'nothing was installed' in older.stderr, older)
    m.sh(f'{HERE}/install --back --key /root/release.pub yunheng-server yunheng yunheng-agent')
    holds('but goes back when that is asked for', '+later' not in m.sh('dpkg-query -W yunheng-server').stdout)
    m.sh('dpkg -i /root/later-*.deb')
    m.ready(hardening.URL, context=hardening.trusting(m))
    holds('the server is the new one', m.sh('systemctl show yunhengd -p MainPID').stdout != began)


def remove(m):
    m.sh(INSTALL.says('apt remove yunheng-server') + ' -y')
    holds('removing stops the server, keeps configuration and data',
          m.at(CONF).exists() and m.at(DATA + '/yunheng.db').exists() and 8443 not in m.ports())
    done = m.sh(INSTALL.says('apt purge yunheng-server') + ' -y')
    holds('purging keeps the data and says so', m.at(DATA + '/yunheng.db').exists() and 'kept' in done.stdout, done)
    holds('and the key that opens them, and no configuration', m.at('/etc/yunheng/field.key').exists() and
          not m.at(CONF).exists() and not m.at('/etc/yunheng/release.manifest').exists())
    m.sh('dpkg -i /root/later-yunheng-server_*.deb')
    m.sh(INSTALL.says('env YUNHENG_PURGE_DATA=yes apt purge yunheng-server') + ' -y')
    holds('unless the data are meant, too', not m.at(DATA).exists() and not m.at('/etc/yunheng/field.key').exists())
    holds('the backups stay', any(m.at('/var/backups/yunheng').iterdir()))
    m.sh('rm -rf /etc/yunheng /etc/rsyslog.d/yunheng.conf /etc/nginx/sites-*/yunheng /etc/cron.d/yunheng /etc/ssl/yunheng /usr/local/share/*/yunheng*; update-ca-certificates --fresh')
    m.sh('apt purge -y yunheng-agent yunheng')
    left = m.sh("find /etc /usr /var/lib -name '*yunheng*' -not -path '/var/lib/dpkg/*' -not -path '/var/lib/systemd/*'").stdout
    holds('and nothing else is left', not left, left)


def whole(m, _):
    refuse(m)
    verify_elsewhere(m)
    install(m)
    people = administrators(m, set_up(m))
    serve(m)
    first_acts(people)
    hardening.walk(m, people)
    name, signer = back_up(m, people)
    restore(m, people, name, signer)
    go_over(m)
    remove(m)


def upgrade(m, old):
    """A release before sealed fields, with four months of a small city in it, becomes today's."""
    m.unpack(old, '/root/old')
    m.sh('/root/old/install --unsigned')
    m.sh(f"rmdir {DATA}; runuser -u yunheng -- env HOME=/tmp yunheng simulate --seed 1 --months 4 --small --demo --data /tmp/made && "
         f'mv /tmp/made {DATA} && printf "smtp-url = smtp://127.0.0.1:9\\nsmtp-plain = true\\nmail-from = y@example.cn\\n" >> {CONF} && '
         'systemctl enable --now yunhengd')
    m.ready()
    password = m.at(DATA + '/demo-accounts.txt').read_text(encoding='utf-8').splitlines()[0].split()[-1]
    unit = Person(m, 'unit01')
    unit('yunheng session create --login unit01', password)
    said = unit('yunheng notify address --mail walk.secret@example.cn', ok=False)
    found = HARDENED.says('grep -ra 某人的邮件地址 /var/lib/yunheng').replace('某人的邮件地址', 'walk.secret')
    holds('the older release has addresses as they are', m.sh(found, ok=False).stdout, said)
    done = m.sh(f'cd {HERE} && ./install --key /root/release.pub yunheng-server yunheng sqlite3')
    m.ready()
    holds('under the unit of the new release', m.sh('systemctl show yunhengd -p NeedDaemonReload').stdout.strip() == 'NeedDaemonReload=no')
    # the configuration was changed, and so kept: it names no field key
    key = DATA + '.key'
    holds('the new release goes over it and serves', 'installed' in done.stdout, done)
    holds('a copy of the store was kept', glob.glob(m.root + DATA + '/yunheng.db.before-*'))
    look_over(m, key)
    m.sh(HARDENED.block('yunheng.db VACUUM'))
    m.ready()
    left = m.sh(f"runuser -u yunheng -- sqlite3 {DATA}/yunheng.db .dump | grep walk.secret", ok=False).stdout.splitlines()
    holds('S28: addresses are sealed but for the record of then, which nobody may change',
          all(line.startswith('INSERT INTO event ') for line in left), left)
    m.sh(HARDENED.block('chmod 0640 /etc/yunheng/yunhengd.conf'))
    m.restart()
    Person(m, 'sysadmin').begin(INSTALL, password)
    look_over(m, key)
    m.sh('YUNHENG_PURGE_DATA=yes apt-get purge -y yunheng-server yunheng')
    holds('and it is purged', not m.at(DATA).exists() and not m.at('/etc/yunheng').exists())


def database(m, _):
    outer.walk(m, set_up)


def migrate(m, old):
    outer.upgrade(m, old)


def main():
    kind, root, bundle, key, *old = sys.argv[1:]
    m = Machine(root)
    try:
        m.unpack(bundle)
        shutil.copy(key, root + '/root/release.pub')
        # who verifies by openssl has it
        m.sh(f'command -v openssl || dpkg -i {HERE}/debs/openssl_*.deb {HERE}/debs/libssl3*.deb')
        {'whole': whole, 'upgrade': upgrade, 'database': database, 'migrate': migrate}[kind](m, *(old or [None]))
    finally:
        m.off()
    print('all')


if __name__ == '__main__':
    main()
