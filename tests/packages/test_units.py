"""The units, the configuration that packages bring, and the small programs around them."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BIN = os.path.abspath(os.environ.get('YH_BIN_DIR', 'build/src/cmd'))
PACKAGING = pathlib.Path(__file__).parents[2] / 'packaging'
UNITS = {'yunhengd.service': 'yunhengd', 'yunheng-agent.service': 'yunheng-agent'}


class Units(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for unit, program in UNITS.items():
            text = (PACKAGING / unit).read_text(encoding='utf-8')
            (self.folder / unit).write_text(text.replace(f'/usr/sbin/{program}', f'{BIN}/{program}'), encoding='utf-8')

    def test_systemd_reads_every_line_of_them(self):
        for unit in UNITS:
            done = subprocess.run(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no',
                                   self.folder / unit], capture_output=True, text=True)
            said = [line for line in (done.stdout + done.stderr).splitlines() if unit in line]
            self.assertEqual((done.returncode, said), (0, []))

    def test_little_is_left_to_who_breaks_in(self):
        for unit in UNITS:
            done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=15',
                                   self.folder / unit], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def config(self, text):
        path = self.folder / 'yunhengd.conf'
        path.write_text(text, encoding='utf-8')
        return subprocess.run([f'{BIN}/yunheng', 'config', 'check', path], capture_output=True, text=True)

    def test_the_configuration_works_as_it_comes(self):
        text = (PACKAGING / 'yunhengd.conf').read_text(encoding='utf-8')
        key = self.folder.with_suffix('.key')
        self.addCleanup(key.unlink)
        subprocess.run([f'{BIN}/yunheng', 'field-key', 'new', key], check=True, capture_output=True)
        here = text.replace('/etc/yunheng/field.key', str(key))
        here = here.replace('/var/lib/yunheng', str(self.folder)).replace('/var/backups/yunheng', str(self.folder))
        done = self.config(here)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_it_suggests_is_known(self):
        text = (PACKAGING / 'yunhengd.conf').read_text(encoding='utf-8')
        said = self.config(re.sub(r'^# (?=[a-z-]+ = )', '', text, flags=re.M)).stderr
        self.assertIn('/etc/yunheng/backup.pub', text)
        self.assertNotRegex(said, 'config-(unknown|twice|line|needs)')

    @unittest.skipUnless(os.geteuid() == 0, 'the package is set up by root')
    def test_S28_an_upgrade_makes_the_key_that_is_missing_for_the_server_to_read(self):
        conf, data = self.folder / 'c.conf', self.folder / 'data'
        data.mkdir()
        env = dict(os.environ, YUNHENG_CONF=str(conf), YUNHENG_USER='nobody', PATH=f'{BIN}:{os.environ["PATH"]}')

        def set_up(more):
            conf.write_text(f'data = {data}\n{more}', encoding='utf-8')
            subprocess.run([PACKAGING / 'yunheng-setup', '--key-only'], check=True, env=env, capture_output=True)
        for more, key in (('', self.folder / 'data.key'),
                          (f'field-key = {self.folder}/f.key\n', self.folder / 'f.key')):
            set_up(more)
            was = (key.read_bytes(), key.stat().st_mode & 0o777, key.owner())
            self.assertEqual(was[1:], (0o600, 'nobody'))
            set_up(more)
            self.assertEqual((key.read_bytes(), key.stat().st_mode & 0o777, key.owner()), was)
        self.assertEqual((self.folder / 'f.key').read_bytes(), (self.folder / 'data.key').read_bytes())
        (self.folder / 'data.key').unlink()
        set_up('database = postgresql:///x\n')  # where servers share one, no machine makes its own
        self.assertFalse((self.folder / 'data.key').exists())
        self.assertIn('yunheng-setup --key-only', (PACKAGING.parent / 'debian/yunheng-server.postinst').read_text())

    def test_the_package_asks_for_all_that_the_build_needs(self):
        text = (PACKAGING.parent / 'tools/packages.txt').read_text(encoding='utf-8')
        needed = {word for line in re.findall('^build (.*)$', text, re.M) for word in line.split() if '-dev' in word}
        control = (PACKAGING.parent / 'debian/control').read_text(encoding='utf-8')
        asked = set(re.findall(r'[a-z0-9.+-]+-dev', control.split('\nPackage:')[0]))
        self.assertEqual(needed - asked, set())

    def test_what_the_bundle_was_made_for_is_read_behind_the_signature_and_never_run(self):
        text = (PACKAGING / 'bundle-install').read_text(encoding='utf-8')
        self.assertNotIn('. "$here', text)
        self.assertLess(text.index('sha256sum --quiet'), text.index('$here/RELEASE'))
        said = re.search(r'(?m)^said\(\) .*$', text)[0]
        (self.folder / 'RELEASE').write_text("release='debian 12'\narchitecture=amd64\nversion=0.1.0~2026.1ab+debian12\nrelease='$(id)'\n")
        done = subprocess.run(['sh', '-c', f'here={self.folder}\n{said}\nsaid release; said architecture; said version'],
                              capture_output=True, text=True)
        self.assertEqual(done.stdout, 'debian 12\namd64\n0.1.0~2026.1ab+debian12\n')

    def test_only_the_configured_address_is_listened_to_and_it_is_this_machines_own(self):
        text = (PACKAGING / 'yunhengd.conf').read_text(encoding='utf-8')
        self.assertEqual(re.findall('^listen = (.*)$', text, re.M), ['127.0.0.1:8480'])
        self.assertNotRegex(text, '(?m)^trust-proxy')

    def test_every_folder_of_the_unit_is_made(self):
        made = (PACKAGING / 'yunheng-server.tmpfiles').read_text(encoding='utf-8')
        for path in re.findall('= (/var/.*)', (PACKAGING / 'yunhengd.conf').read_text(encoding='utf-8')):
            self.assertRegex(made, f'(?m)^d {path} 0700 yunheng yunheng')
        unit = (PACKAGING / 'yunhengd.service').read_text(encoding='utf-8')
        self.assertIn('StateDirectory=yunheng\n', unit)
        self.assertIn('ReadWritePaths=-/var/backups/yunheng\n', unit)

    def test_the_small_programs_are_good_shell(self):
        for path in (PACKAGING / 'yunheng-setup', PACKAGING / 'bundle-install', PACKAGING / 'uninstall-agent',
                     *(PACKAGING.parent / 'debian').glob('*.p*')):
            subprocess.run(['sh', '-n', path], check=True)
            if shutil.which('shellcheck'):
                subprocess.run(['shellcheck', '-S', 'warning', '-s', 'sh', '-e', 'SC1091,SC2154', path], check=True)


if __name__ == '__main__':
    unittest.main()
