"""What a person does on a machine without a network, from the bundle to the last purge:

    unshare --net --mount --pid --fork --kill-child python3 drill.py ROOT BUNDLE KEY.pub

ROOT is a minimal Debian in a folder, and nothing of it is kept. Each line that is printed is a step
that holds; the first that does not ends it."""
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT, BUNDLE, KEY = sys.argv[1:]
URL = 'http://127.0.0.1:8480'
CONF = '/etc/yunheng/yunhengd.conf'
HERE = '/root/here'  # where the bundle lies, in ROOT
CLEAN = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LC_ALL': 'C.UTF-8', 'DEBIAN_FRONTEND': 'noninteractive'}


def inside(*words, ok=True, **env):
    done = subprocess.run(['chroot', ROOT, *words], env=dict(CLEAN, **env), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if ok and done.returncode:
        raise AssertionError(f'{words}: {done.returncode}\n{done.stdout}\n{done.stderr}')
    return done


def sh(script, **more):
    return inside('sh', '-c', script, **more)


def at(path):
    return pathlib.Path(ROOT + path)


def holds(what, fact, why=''):
    if not fact:
        raise AssertionError(f'{what}\n{why}')
    print(what, flush=True)


def prepare():
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    for kind, place in (('proc', 'proc'), ('tmpfs', 'run')):
        subprocess.run(['mount', '-t', kind, kind, f'{ROOT}/{place}'], check=True)
    subprocess.run(['mount', '--rbind', '/dev', f'{ROOT}/dev'], check=True)
    at('/etc/apt/sources.list').write_text('', encoding='ascii')
    at(HERE).mkdir()
    subprocess.run(['tar', '-xf', BUNDLE, '--strip-components=1', '-C', ROOT + HERE], check=True)
    shutil.copy(KEY, ROOT + '/root/release.pub')
    try:
        urllib.request.urlopen('http://deb.debian.org/', timeout=5)
        raise AssertionError('there is a network')
    except urllib.error.URLError:
        print('there is no network')


def refuse():
    """What was changed on the way is not installed."""
    deb = glob.glob(ROOT + HERE + '/debs/yunheng_*.deb')[0]
    whole = pathlib.Path(deb).read_bytes()
    need = '' if at('/usr/bin/openssl').exists() else f'dpkg -i {HERE}/debs/openssl_*.deb {HERE}/debs/libssl3*.deb; '
    sh(need + 'command -v openssl')
    pathlib.Path(deb).write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    done = sh(f'{HERE}/install --key /root/release.pub', ok=False)
    holds('a changed package is refused', done.returncode == 1 and 'nothing was installed' in done.stderr, done)
    pathlib.Path(deb).write_bytes(whole)
    for name in ('MANIFEST', 'SHA256SUMS'):
        file = at(f'{HERE}/{name}')
        text = file.read_bytes()
        file.write_bytes(text.replace(b'sbom', b'sbon'))
        done = sh(f'{HERE}/install --key /root/release.pub', ok=False)
        holds(f'a changed {name} is refused', done.returncode == 1 and 'nothing was installed' in done.stderr, done)
        file.write_bytes(text)
    sh('openssl genpkey -algorithm SM2 -out /root/o.pem && openssl pkey -in /root/o.pem -pubout -out /root/o.pub')
    done = sh(f'{HERE}/install --key /root/o.pub', ok=False)
    holds("another's key is refused", done.returncode == 1 and 'signature' in done.stderr, done)
    holds('nothing was installed', not at('/usr/bin/yunheng').exists())


def install():
    done = sh(f'{HERE}/install --key /root/release.pub yunheng-server yunheng yunheng-agent')
    holds('the bundle installs without a network', 'installed' in done.stdout, done)
    holds('the next command is told', 'yunheng-setup' in done.stdout + done.stderr, done)
    state = sh("stat -c '%a %U' /var/lib/yunheng /var/backups/yunheng /var/lib/yunheng-agent").stdout.split('\n')
    holds('the folders are the services\' own', state[:3] == ['700 yunheng', '700 yunheng', '700 yunheng-agent'], state)
    holds('the programs work', sh('yunheng version').stdout.startswith('yunheng '))
    holds('a deadline is reckoned without a server',
          re.match('2026-1', sh('yunheng deadline 2026-11-25 5wd').stdout) is not None)
    holds('nothing was started', not at('/var/lib/yunheng/yunheng.db').exists())
    done = sh('yunheng config check ' + CONF)
    holds('the configuration is right', 'data' in done.stdout, done)
    for path in ('/usr/share/man/man1/yunheng.1.gz', '/usr/share/man/zh_CN/man8/yunhengd.8.gz',
                 '/usr/share/man/man5/yunhengd.conf.5.gz', '/usr/share/bash-completion/completions/yunheng',
                 '/usr/share/yunheng/monitoring/dashboard.json', '/usr/share/doc/yunheng-server/install.zh-CN.md.gz'):
        if not at(path).exists() and not at(path.removesuffix('.gz')).exists():
            raise AssertionError(path)
    json.loads(at('/usr/share/yunheng/sbom.cdx.json').read_text(encoding='utf-8'))
    check_release()


def check_release():
    *lines, signature = at('/etc/yunheng/release.manifest').read_text(encoding='utf-8').splitlines()
    n = 0
    for line in lines[1:]:
        digest, size, path = line.split(' ', 2)
        data = at(path).read_bytes()
        if (hashlib.new('sm3', data).hexdigest(), len(data)) != (digest, int(size)):
            raise AssertionError(path)
        n += 1
    holds(f'{n} files are as they were signed', n > 300 and signature.startswith('signature ') and CONF not in lines)


def make_data():
    done = sh('yunheng-setup --no-start')
    words = dict(line.split()[:2] for line in done.stdout.splitlines() if len(line.split()) == 2)
    holds('the data are made and the passwords told', {'sysadmin', 'secadmin', 'auditor'} <= words.keys(), done)
    again = sh('yunheng-setup --no-start', ok=False)
    holds('they are not made twice', again.returncode == 1 and not again.stdout, again)
    owner = sh("stat -c '%a %U' /var/lib/yunheng/yunheng.db").stdout.split()
    holds('nobody else reads them', owner[1] == 'yunheng' and owner[0][1:] in ('00', '40', '44'), owner)
    return words


class Server:
    """The line of the unit, as its user, with its limits on what it may write left out."""

    def __init__(self):
        unit = at('/usr/lib/systemd/system/yunhengd.service').read_text(encoding='utf-8')
        command = re.search('^ExecStart=(.*)$', unit, re.M)[1]
        self.log = open('/tmp/drill.log', 'ab')
        self.process = subprocess.Popen(['chroot', ROOT, 'setpriv', '--reuid=yunheng', '--regid=yunheng', '--init-groups',
                                         '--no-new-privs', '--bounding-set=-all', *command.split()],
                                        env=CLEAN, stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                if get('/readyz')[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError('not started: ' + pathlib.Path('/tmp/drill.log').read_text(encoding='utf-8')[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=60) != 0:
            raise AssertionError('it did not end well')
        self.log.close()


def get(path):
    try:
        with urllib.request.urlopen(URL + path, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def use(words):
    server = Server()
    status, page = get('/')
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)
    holds('the console is served', status == 200 and assets, page[:300])
    holds('and all that its page asks for', all(get(a)[0] == 200 for a in assets))
    holds('figures for Prometheus', 'yunheng_build_info' in get('/metrics')[1])
    ask = urllib.request.Request(URL + '/api/v1/session', method='POST', headers={'Content-Type': 'application/json'},
                                 data=json.dumps({'login': 'sysadmin', 'password': words['sysadmin']}).encode())
    with urllib.request.urlopen(ask, timeout=30) as reply:
        holds('one signs in with the password that was told', reply.status in (200, 201))
    listening = sh('cat /proc/net/tcp /proc/net/tcp6').stdout
    ports = {int(p, 16) for p in re.findall(r'^ +\d+: [0-9A-F]+:([0-9A-F]{4}) 0+:0000 0A', listening, re.M)}
    holds('S14: nothing but the configured port is listened to', ports == {8480}, ports)
    server.stop()


def back_up_and_restore():
    as_user = 'setpriv --reuid=yunheng --regid=yunheng --init-groups '
    named = re.search('^field-key = (.*)$', at(CONF).read_text(encoding='utf-8'), re.M)
    field_key = f' --field-key {named[1]}' if named else ''
    made = sh(f'{as_user} yunheng backup --data /var/lib/yunheng --out /var/backups/yunheng{field_key}').stdout.splitlines()[0]
    holds('a backup is whole', 'whole' in sh(f'yunheng backup verify {made}').stdout)
    sh(f'mv /var/lib/yunheng /var/lib/yunheng.lost && '
       f'yunheng restore {made} --data /var/lib/yunheng --keys /var/lib/yunheng.lost/keys{field_key} && '
       'chown -R yunheng: /var/lib/yunheng')
    holds('the chain is intact behind it', 'intact' in sh(f'{as_user} yunheng audit verify --data /var/lib/yunheng{field_key}').stdout)
    server = Server()
    holds('what was restored serves', get('/healthz')[0] == 200)
    server.stop()
    sh('rm -rf /var/lib/yunheng.lost')


def upgrade():
    """The same files as a later version: what the scripts of a package do is what is looked at."""
    sh(f"sed -i 's/^listen = .*/listen = 127.0.0.1:8480\\n# kept/' {CONF}")
    for path in sorted(glob.glob(ROOT + HERE + '/debs/yunheng*.deb')):
        inner = path.removeprefix(ROOT)
        sh(f"rm -rf /root/x && dpkg-deb -R {inner} /root/x && "
           r"sed -i 's/^\(Version: .*\)/\1+later/; s/\(yunheng (= [^)]*\))/\1+later)/' /root/x/DEBIAN/control && "
           f'dpkg-deb -b -Znone /root/x /root/later-{os.path.basename(inner)}')
    done = sh('dpkg -i /root/later-*.deb')
    holds('a later version goes over it', '+later' in sh('dpkg-query -W yunheng-server').stdout, done)
    holds('the configuration is kept', '# kept' in at(CONF).read_text(encoding='utf-8'))
    holds('the data are kept, and nobody is told to make them', 'yunheng-setup' not in done.stdout, done)
    server = Server()
    holds('it serves as before', get('/readyz')[0] == 200)
    server.stop()


def remove():
    sh('dpkg --remove yunheng-server')
    holds('removing keeps configuration and data', at(CONF).exists() and at('/var/lib/yunheng/yunheng.db').exists())
    done = sh('dpkg --purge yunheng-server')
    holds('purging keeps the data and says so', at('/var/lib/yunheng/yunheng.db').exists() and 'kept' in done.stdout, done)
    holds('and no configuration', not at(CONF).exists() and not at('/etc/yunheng/release.manifest').exists())
    sh('dpkg -i /root/later-yunheng-server_*.deb')
    sh('dpkg --purge yunheng-server', YUNHENG_PURGE_DATA='yes')
    holds('unless the data are meant, too', not at('/var/lib/yunheng').exists() and not at('/etc/yunheng').exists())
    holds('the backups stay', any(at('/var/backups/yunheng').iterdir()))
    sh('dpkg --purge yunheng-agent yunheng')
    left = sh("find /etc /usr /var/lib -name '*yunheng*' -not -path '/var/lib/dpkg/*' -not -path '/var/lib/systemd/*'").stdout.split()
    holds('and nothing else is left', not left, left)


def main():
    prepare()
    refuse()
    install()
    words = make_data()
    use(words)
    back_up_and_restore()
    upgrade()
    remove()
    print('all')


if __name__ == '__main__':
    main()
