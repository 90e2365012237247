"""A minimal Debian in a folder, running under its own systemd and without a network, and the guides, whose
commands are typed on it as they are printed. This process joins the machine's network, so that its own
calls reach the server there."""
import ctypes
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'api'))
import totp  # pylint: disable=wrong-import-position

DOCS = pathlib.Path(__file__).resolve().parents[2] / 'docs'
HERE = '/root/here'  # where the bundle lies, on the machine
CONF = '/etc/yunheng/yunhengd.conf'
URL = 'http://127.0.0.1:8480'
PASSWORD = 'Walk-Passw0rd!'
CLEAN = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LC_ALL=C.UTF-8',
         'DEBIAN_FRONTEND=noninteractive', 'YUNHENG_LANG=en']
CLONE_NEWNET = 0x40000000


def holds(what, fact, why=''):
    if not fact:
        raise AssertionError(f'{what}\n{why}')
    print(what, flush=True)


def wait(what, ask, seconds=60):
    """Asks until it gives something; then that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = ask()
        if got:
            return got
        time.sleep(0.2)
    raise AssertionError(f'{what}: not within {seconds} s: {got!r}')


class Guide:
    """A page of docs/, for what it prints."""

    def __init__(self, name):
        self.text = (DOCS / name).read_text(encoding='utf-8')
        self.blocks = re.findall(r'```[a-z]*\n(.*?)```', self.text, re.S)

    def block(self, part):
        """The one block that holds `part`."""
        found = [b for b in self.blocks if part in b]
        if len(found) != 1:
            raise AssertionError(f'{part!r} is in {len(found)} blocks of the guide')
        return found[0]

    def says(self, part):
        if part not in self.text:
            raise AssertionError(f'the guide does not print {part!r}')
        return part


class Machine:
    def __init__(self, root):
        self.root = root
        for path in ('/usr/sbin/policy-rc.d', '/etc/resolv.conf'):
            pathlib.Path(root + path).unlink(missing_ok=True)
        self.at('/etc/apt/sources.list').write_text('', encoding='ascii')
        self.at('/etc/hostname').write_text('yunheng\n', encoding='ascii')
        self.at('/etc/hosts').write_text('127.0.0.1 localhost yunheng.example.cn log.example.cn db.example.cn\n', encoding='ascii')
        self.console = open(root + '.console', 'wb')
        self.nspawn = subprocess.Popen(['systemd-nspawn', '-q', '-D', root, '--private-network', '--register=no', '--keep-unit',
                                        f'--machine=walk-{os.urandom(4).hex()}', '--hostname=yunheng', '--resolv-conf=off', '--timezone=off', '/lib/systemd/systemd'],
                                       stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console)
        self.pid = wait('the machine starts', self.first_process)
        with open(f'/proc/{self.pid}/ns/net', 'rb') as f:
            if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), 'setns')
        wait('its systemd is up', lambda: self.sh('systemctl is-system-running', ok=False).stdout.strip() in ('running', 'degraded'))
        try:
            urllib.request.urlopen('http://deb.debian.org/', timeout=5)
            raise AssertionError('there is a network')
        except urllib.error.URLError:
            print('there is no network')

    def first_process(self):
        if self.nspawn.poll() is not None:
            raise AssertionError('the machine did not start: ' + pathlib.Path(self.root + '.console').read_text(errors='replace'))
        try:
            children = pathlib.Path(f'/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children').read_text(encoding='ascii').split()
            # it is there once it has become systemd itself
            return next((int(p) for p in children if 'systemd' in os.readlink(f'/proc/{p}/exe') and
                         'nspawn' not in os.readlink(f'/proc/{p}/exe')), None)
        except OSError:
            return None

    def entered(self, words, env=()):
        return ['nsenter', '-t', str(self.pid), '-m', '-u', '-i', '-n', '-p', '-r', '-w', *CLEAN, *env, *words]

    def at(self, path):
        return pathlib.Path(self.root + path)

    def sh(self, script, ok=True, **env):
        """As root; every line must succeed."""
        done = subprocess.run(self.entered(['bash', '-ec', script], [f'{k}={v}' for k, v in env.items()]), capture_output=True,
                              text=True, errors='replace', stdin=subprocess.DEVNULL, check=False)
        if ok and done.returncode:
            raise AssertionError(f'{script}: {done.returncode}\n{done.stdout}\n{done.stderr}')
        return done

    def asked(self, script, *answers, ok=True, **env):
        """The same at a terminal, where each answer is typed when a question stands there and no longer echoes:
        what is typed before is thrown away."""
        near, far = os.openpty()
        words = self.entered(['setsid', '-c', '-w', 'bash', '-ec', script], [f'{k}={v}' for k, v in env.items()])
        with subprocess.Popen(words, stdin=far, stdout=far, stderr=far) as p:
            os.close(far)
            said, left = '', list(answers)
            while True:
                if not select.select([near], [], [], 120)[0]:
                    p.kill()
                    raise AssertionError(f'{script}: nothing more is said\n{said}')
                try:
                    piece = os.read(near, 65536).decode(errors='replace')
                except OSError:
                    piece = ''
                if not piece:
                    break
                said += piece
                if left and said.endswith(': '):
                    wait('it asks for a secret', lambda: not termios.tcgetattr(near)[3] & termios.ECHO, 10)
                    os.write(near, left.pop(0).encode() + b'\n')
                    said += '\n'
        os.close(near)
        if ok and p.returncode:
            raise AssertionError(f'{script}: {p.returncode}\n{said}')
        return said.replace('\r', '')

    def unpack(self, bundle, here=HERE):
        self.at(here).mkdir()
        subprocess.run(['tar', '-xf', bundle, '--strip-components=1', '-C', self.root + here], check=True)

    def configure(self, block, check=True, **words):
        """Writes settings of a guide into the configuration; those that stand there are replaced."""
        lines = self.at(CONF).read_text(encoding='utf-8').splitlines()
        for line in block.splitlines():
            name = line.split(' = ')[0]
            if ' = ' not in line or name.startswith('#'):
                continue
            for old, new in words.items():
                line = line.replace(old, new)
            lines = [each for each in lines if not each.startswith(name + ' = ')] + [line]
        self.at(CONF).write_text('\n'.join(lines) + '\n', encoding='utf-8')
        if check:
            self.sh('yunheng config check ' + CONF)

    def restart(self, url=URL, **how):
        # a person is slower than systemd's five starts in ten seconds
        self.sh('systemctl reset-failed yunhengd || true; systemctl restart yunhengd')
        self.ready(url, **how)

    def ready(self, url=URL, **how):
        def ask():
            try:
                return get('/readyz', url, **how)[0] == 200
            except OSError:
                return self.sh('systemctl is-failed yunhengd', ok=False).returncode == 0 and self.log()
        if wait('the server is ready', ask) is not True:
            raise AssertionError('the server failed: ' + self.log())

    def log(self):
        return self.sh('journalctl -u yunhengd --no-pager -o cat | tail -n 60').stdout

    def ports(self):
        listening = self.sh('cat /proc/net/tcp /proc/net/tcp6').stdout
        return {int(p, 16) for p in re.findall(r'^ +\d+: [0-9A-F]+:([0-9A-F]{4}) 0+:0000 0A', listening, re.M)}

    def off(self):
        self.nspawn.send_signal(signal.SIGTERM)
        try:
            self.nspawn.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
        self.console.close()


class Person:
    """Somebody at the command line, with a session file and a device of their own."""

    def __init__(self, machine, login, server=URL):
        self.machine, self.login, self.device = machine, login, None
        self.env = {'YUNHENG_SESSION': f'/root/{login}.json', 'YUNHENG_SERVER': server}

    def __call__(self, command, *answers, ok=True):
        return self.machine.asked(command, *answers, ok=ok, **self.env)

    def begin(self, guide, password):
        """The first time: another password, and a second factor."""
        said = self(guide.says('yunheng session create --login') + ' ' + self.login, password)
        holds(f'{self.login} signs in with the password that was told', 'yunheng account password' in said, said)
        said = self(guide.says('yunheng account password'), password, PASSWORD, PASSWORD)
        said = self(guide.says('yunheng second-factor enrol'))
        key = re.search(r'\b[A-Z2-7]{32,}\b', said)
        holds('the key of the device is shown', key, said)
        self.device = totp.Device(key[0])
        said = self(guide.says('yunheng second-factor confirm'), self.device.next())
        self.device.recovery = re.findall(r'\b[a-z0-9]{4,5}(?:-[a-z0-9]{4,5})+\b', said)
        holds('and ten codes for when it is lost', len(self.device.recovery) == 10, said)
        self.sign_in(guide)

    def sign_in(self, guide):
        self(guide.says('yunheng session create --login') + ' ' + self.login, PASSWORD)
        self(guide.says('yunheng session code'), self.device.next())
        said = self('yunheng session show')
        holds(f'{self.login} is signed in with a second factor', self.login in said, said)


def address(host, *more, known=socket.getaddrinfo, **rest):
    """This machine's own names, which /etc/hosts out here does not know."""
    return known('127.0.0.1' if str(host).endswith('.example.cn') else host, *more, **rest)


socket.getaddrinfo = address


def get(path, url=URL, **how):
    try:
        with urllib.request.urlopen(url + path, timeout=30, **how) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
