"""From a checkout to machines without a network, on both releases: built twice and compared, looked at
by lintian, bundled and signed, and walked through by the guides on machines that run (drill.py). As root,
with debootstrap, systemd-nspawn and a Debian mirror; the folders that builds are made in are kept:
YH_PACKAGES_DIR (/var/tmp/yunheng-packages).

YH_PACKAGES_BUILT=DIR: DIR/RELEASE holds packages already, and nothing is built; YH_PACKAGES_OLD: the
same of an older release, else built once."""
import glob
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
TOP = os.environ.get('YH_PACKAGES_DIR', '/var/tmp/yunheng-packages')
BUILT = os.environ.get('YH_PACKAGES_BUILT')
OLD = os.environ.get('YH_PACKAGES_OLD')
BEFORE = '1349e896'  # the last package without sealed fields, second factors and acts of two
WITH = ('curl', 'rsyslog-gnutls', 'nginx', 'sqlite3', 'postgresql')  # of docs/install.zh-CN.md
CLEAN = ['env', '-i', 'HOME=/root', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8',
         'DEBIAN_FRONTEND=noninteractive', 'npm_config_cache=/root/npm']
WITH_US = ('setpriv', '--pdeathsig', 'KILL')  # unshare alone outlives who gave up waiting
TOOLS = 'ca-certificates git dpkg-dev debhelper lintian openssl apt-utils'


def run(*words, **more):
    """Its output, all of it; a failure shows the end."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          check=False, **more)
    if done.returncode:
        raise AssertionError(f'{words}: {done.returncode}\n{done.stdout[-6000:]}')
    return done.stdout


def inside(root, script):
    """A shell in a folder with a Debian, with mounts and processes of its own."""
    mounts = ('mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && shift && '
              'exec chroot "$root" "$@"')
    return run('nice', *WITH_US, 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', mounts, 'sh', root, *CLEAN,
               'bash', '-euc', script)


def minimal(release):
    """A minimal Debian as its installer leaves it, once."""
    root = f'{TOP}/{release}'
    if not os.path.exists(root + '/made'):
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(TOP, exist_ok=True)
        run('unshare', '--mount', 'debootstrap', release, root)
        pathlib.Path(root + '/usr/sbin/policy-rc.d').write_text('#!/bin/sh\nexit 101\n', encoding='ascii')
        os.chmod(root + '/usr/sbin/policy-rc.d', 0o755)
        pathlib.Path(root + '/made').touch()
    return root


def workshop(release):
    """The same with a clone of this checkout and what building it needs."""
    root = f'{TOP}/{release}-build'
    if not os.path.exists(root + '/made'):
        shutil.rmtree(root, ignore_errors=True)
        run('cp', '-a', minimal(release), root)
        os.remove(root + '/made')
        for path in ('/etc/resolv.conf', '/etc/hosts'):
            shutil.copy(path, root + path)
        inside(root, f'apt-get update -q; apt-get install -y -q --no-install-recommends {TOOLS}')
    # a machine behind a gateway of its own has its certificates
    shutil.copy('/etc/ssl/certs/ca-certificates.crt', root + '/etc/ssl/certs/')
    if os.path.exists('/etc/npmrc'):
        shutil.copy('/etc/npmrc', root + '/etc/npmrc')
    shutil.rmtree(root + '/root/yunheng', ignore_errors=True)
    run('git', 'clone', '-q', str(SOURCE), root + '/root/yunheng')
    inside(root, 'cd /root/yunheng && apt-get build-dep -y -q --no-install-recommends ./ >/dev/null')
    pathlib.Path(root + '/made').touch()
    return root


class Whole(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0 or not shutil.which('debootstrap'):
            raise unittest.SkipTest('needs root and debootstrap')

    def build(self, release):
        """The folder with the packages, and with the release's workshop around it."""
        root = workshop(release)
        out = root + '/root/out'
        shutil.rmtree(out, ignore_errors=True)
        if BUILT:
            shutil.copytree(f'{BUILT}/{release}', out + '/first')
        else:
            said = inside(root, 'cd /root/yunheng && tests/packages/reproducible /root/out')
            self.assertEqual(said.count('\nsame '), len(glob.glob(out + '/first/*.deb')), said[-2000:])
        return root, out + '/first'

    def look(self, root):
        said = inside(root, 'lintian --allow-root --fail-on none --tag-display-limit 0 /root/out/first/*.changes')
        wrong = [line for line in said.splitlines() if line[:2] in ('E:', 'W:')]
        self.assertEqual(wrong, [])

    def live(self, release, root, what):
        """One of the walks of drill.py, on a machine of its own."""
        out = root + '/root/out/'
        with tempfile.TemporaryDirectory(dir=TOP) as folder:
            run('cp', '-a', minimal(release), folder + '/root')
            said = run(*WITH_US, 'unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'python3', str(HERE / 'drill.py'), what,
                       folder + '/root', out + 'bundle.tar', root + '/root/release.pub', out + 'old.tar', timeout=3600)
            self.assertTrue(said.endswith('\nall\n'), said)

    def bundle(self, release, root):
        inside(root, 'cd /root/yunheng && openssl genpkey -algorithm SM2 -out /root/release.pem && '
                     'openssl pkey -in /root/release.pem -pubout -out /root/release.pub && apt-get update -q && '
                     'tools/bundle /root/out/first /root/out/bundle.tar --key /root/release.pem ' +
                     ' '.join('--with ' + name for name in WITH) + f' && tools/bundle {self.older(release, root)} /root/out/old.tar')

    def older(self, release, root):
        """A release before sealed fields: where its packages are, seen from the workshop."""
        old = root + '/root/older'
        if OLD:
            shutil.rmtree(old, ignore_errors=True)
            shutil.copytree(f'{OLD}/{release}', old)
        if not glob.glob(old + '/*.deb'):
            inside(root, f'rm -rf /root/past && git clone -q /root/yunheng /root/past && cd /root/past && git checkout -q {BEFORE} && '
                         'tools/package /root/older')
        return '/root/older'

    def whole(self, release):
        root, _ = self.build(release)
        with self.subTest('lintian finds nothing'):
            self.look(root)
        if not shutil.which('systemd-nspawn'):
            self.skipTest('systemd-nspawn comes with the package systemd-container')
        self.bundle(release, root)
        for what in ('whole', 'database', 'upgrade', 'migrate'):
            with self.subTest(what):
                self.live(release, root, what)

    def test_S14_bookworm_is_built_twice_alike_installed_without_a_network_and_removed(self):
        self.whole('bookworm')

    def test_S14_trixie_is_built_twice_alike_installed_without_a_network_and_removed(self):
        self.whole('trixie')


if __name__ == '__main__':
    unittest.main()
