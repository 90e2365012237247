"""The server's configuration: one table for the command line, the file, and `yunheng config check`."""
import os
import pathlib
import pwd
import re
import signal
import subprocess
import tempfile
import time
import unittest
import unittest.mock
import urllib.request

from city import BIN, Server, Session, Store

ROOT = pathlib.Path(__file__).parents[2]


def config(*words):
    return subprocess.run([f'{BIN}/yunheng', 'config', *words], capture_output=True, text=True)


class Config(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, text):
        path = os.path.join(self.folder, 'yunhengd.conf')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def faults(self, text):
        """(line, slug) of each."""
        path = self.file(text)
        done = config('check', path)
        found = re.findall(r'^yunheng: ([a-z-]+): .*?\[([^]]*)\]', done.stderr, re.M)
        self.assertEqual(done.returncode, 1 if found else 0, done.stderr)
        return [(where.removeprefix(path + ':'), slug) for slug, where in found]

    def test_every_setting_is_told_of_by_the_program_and_in_the_page_that_it_made(self):
        keys = re.findall(r'^([a-z-]+) ', config('keys').stdout, re.M)
        self.assertIn('listen', keys)
        self.assertEqual(len(keys), len(set(keys)))
        page = (ROOT / 'docs' / 'configuration.zh-CN.md').read_text(encoding='utf-8')
        made = config('keys', '--markdown').stdout
        self.assertIn(made, page, 'docs/configuration.zh-CN.md is not what `yunheng config keys --markdown` says')
        self.assertEqual([k for k in keys if f'| `{k}` |' not in made], [])
        guide = (ROOT / 'docs' / 'operator-guide.zh-CN.md').read_text(encoding='utf-8')
        self.assertIn('(configuration.zh-CN.md)', guide)
        usage = subprocess.run([f'{BIN}/yunhengd'], capture_output=True, text=True)
        self.assertEqual(usage.returncode, 2)
        self.assertEqual([k for k in keys if f'--{k} ' not in usage.stderr], [])

    def test_S03_S14_a_wrong_limit_range_or_half_a_pair_is_found_before_the_start(self):
        pem = os.path.join(self.folder, 'a.pem')
        with open(pem, 'w', encoding='ascii') as f:
            f.write('x')
        data = f'data = {self.folder}\n'
        for line, slug in (('rate-address = -1', 'config-value'), ('rate-sign-in = many', 'config-value'),
                           ('connections-each = 0', 'config-value'), ('admin-from = 10.0.0.0/33', 'config-value'),
                           (f'tls-cert = {pem}', 'config-needs'), (f'tls-client-ca = {pem}', 'config-needs'),
                           ('proxy-from = 10.0.0.1', 'config-needs'), ('tls-key = /nowhere', 'config-value')):
            self.assertIn(('2', slug), self.faults(data + line + '\n'), line)
        self.assertEqual(self.faults(data + 'rate-address = 0\nadmin-from = 10.0.0.0/8,fd00::/8\n'), [])

    def test_S14_a_key_that_is_not_of_the_certificate_is_found_before_the_start(self):
        def pem(name, *words):
            path = os.path.join(self.folder, name)
            subprocess.run(['openssl', *words, '-out', path], check=True, capture_output=True)
            return path
        key = pem('key.pem', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
        other = pem('other.pem', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
        cert = pem('cert.pem', 'req', '-x509', '-key', key, '-subj', '/CN=x', '-days', '2')
        sm2 = pem('sm2.pem', 'genpkey', '-algorithm', 'SM2')
        data = f'data = {self.folder}/data\n'
        os.mkdir(self.folder + '/data')
        for lines, slugs in ((f'tls-cert = {cert}\ntls-key = {key}\n', []), (f'tls-cert = {cert}\ntls-key = {other}\n', ['tls-key-other']),
                             (f'tls-cert = {key}\ntls-key = {key}\n', ['tls-file']),
                             (f'link-cert = {cert}\nlink-key = {other}\n', ['tls-key-other']),
                             (f'backup-dir = {self.folder}\nbackup-key = {cert}\n', ['config-value']),
                             (f'backup-dir = {self.folder}\nbackup-key = {sm2}\n', [])):
            done = config('check', self.file(data + lines))
            self.assertEqual(re.findall(r'^yunheng: ([a-z-]+)', done.stderr, re.M), slugs, lines + done.stderr)

    def test_a_proxy_that_is_nowhere_named_is_warned_of(self):
        data = f'data = {self.folder}\ntrust-proxy = true\n'
        for lines, warned in (('listen = 0.0.0.0:0\n', True), ('listen = 127.0.0.1:0\n', False), ('', False),
                              ('listen = 0.0.0.0:0\nproxy-from = 10.0.0.1\n', False)):
            done = config('check', self.file(data + lines))
            self.assertEqual((done.returncode, 'proxy-from-missing' in done.stderr), (0, warned), lines)

    def test_a_sound_file_passes_and_shows_what_holds(self):
        path = self.file(f'# 注释\n\n data = {self.folder}\r\nlisten=127.0.0.1:0\nsecure-cookie = true\n'
                         'database = postgresql://u:geheim@h/d\n')
        done = config('check', path)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'(?m)^listen +127\.0\.0\.1:0 ')
        self.assertRegex(done.stdout, r'(?m)^secure-cookie +true ')
        self.assertRegex(done.stdout, r'(?m)^meter +- ')
        self.assertNotIn('geheim', done.stdout)

    @unittest.skipUnless(os.geteuid() == 0, 'only root can be somebody else')
    def test_root_is_told_of_what_the_account_of_the_server_cannot_read(self):
        data = os.path.join(self.folder, 'data')
        os.mkdir(data)
        if not all(os.stat(above).st_mode & 0o001 for above in pathlib.Path(self.folder).parents):
            self.skipTest('the folder of tests is not reached by others')
        nobody = pwd.getpwnam('nobody')
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        os.chmod(self.folder, 0o755)
        pem = os.path.join(self.folder, 'a.pem')
        with open(pem, 'w', encoding='ascii') as f:
            f.write('x')
        conf = f'data = {data}\nlink-ca = {pem}\n'
        os.chmod(self.file(conf), 0o644)  # whatever the umask
        # who became somebody else cannot be looked at by the sanitizer of leaks
        quiet = unittest.mock.patch.dict(os.environ, ASAN_OPTIONS=os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0')
        quiet.start()
        self.addCleanup(quiet.stop)
        os.chmod(pem, 0o644)
        self.assertEqual(self.faults(conf), [])
        os.chmod(pem, 0o600)
        self.assertEqual(self.faults(conf), [('2', 'config-value')])
        # a draft that the server could not read is looked at by root
        os.chmod(self.file(conf), 0o600)
        self.assertEqual(config('check', os.path.join(self.folder, 'yunhengd.conf')).returncode, 0)

    def test_an_outer_database_is_not_backed_up_from_here_which_is_said_before_the_start(self):
        self.assertEqual(self.faults(f'data = {self.folder}\ndatabase = postgresql://h/d\nbackup-dir = {self.folder}\n'),
                         [('3', 'backup-postgres')])

    def test_a_remark_may_stand_behind_a_value(self):
        done = config('check', self.file(f'data = {self.folder}   # 数据\nlisten = 127.0.0.1:0\t# x\n \t# only = this\n'
                                         'public-url = https://here/#there\n'))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, rf'(?m)^data +{self.folder} ')
        self.assertRegex(done.stdout, r'(?m)^public-url +https://here/#there ')
        self.assertEqual(self.faults(f'data = {self.folder}\nlisten = # none\n'), [('2', 'config-value')])

    def test_a_database_may_be_on_several_hosts(self):
        url = 'postgresql://u:geheim@a:5432,b:5433/d?target_session_attrs=primary'
        done = config('check', self.file(f'data = {self.folder}\nlisten = 127.0.0.1:0\ndatabase = {url}\n'))
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertNotIn('geheim', done.stdout)

    def test_the_file_of_the_clouds_is_read_too_and_a_cloud_that_is_not_there_starts_no_server(self):
        path = os.path.join(self.folder, 'clouds.yaml')
        conf = f'data = {self.folder}\nclouds = {path}\n'
        good = ('SH:\n  driver: libvirt\n  items: vm-*\n  uri: test:///default\n  pool: default-pool\n'
                '  type: test\n  arch: i686\n')
        for text, line, slug in (
                (good, None, None), ('{}', None, None), ('SH: {driver: manual}', None, None),
                ('SH: {driver: vmware}', 1, 'cloud-driver-unknown'), ('SH:\n  uri: x', 1, 'cloud-driver-unknown'),
                ('- SH', 1, 'cloud-entry'), ('SH: manual', 1, 'cloud-entry'), ('"S H": {driver: manual}', 1, 'cloud-entry'),
                (good.replace('  items: vm-*\n', ''), 1, 'cloud-key-missing'),
                (good.replace('  pool: default-pool\n', ''), 1, 'cloud-key-missing'),
                (good + '  colour: red\n', 8, 'cloud-key-unknown'),
                ('SH:\n  driver: manual\n  uri: x\n', 3, 'cloud-key-unknown'),
                (good.replace('type: test', 'type: vbox'), 6, 'cloud-key-value'),
                (good.replace('type: test', 'type: [test]'), 6, 'cloud-key-value'),
                (good + good, 8, 'yaml-invalid'), ('a: &a b', 1, 'yaml-invalid')):
            with self.subTest(text=text), open(path, 'w', encoding='utf-8') as f:
                f.write(text)
                f.flush()
                seen = [(where.removeprefix(path + ':'), slug) for where, slug in self.faults(conf)]
                self.assertEqual(seen, [(str(line), slug)] if slug else [])
        store = Store(None)
        self.addCleanup(store.drop)
        store.init()
        with open(path, 'w', encoding='utf-8') as f:
            f.write('YH: {driver: manual}\nNONE: {driver: manual}\n')
        with self.assertRaisesRegex(AssertionError, 'cloud-unknown.*clouds.yaml:[12]'):
            Server(store, '--clouds', path)

    def test_each_fault_is_told_with_its_line(self):
        self.assertEqual(self.faults(f'data = {self.folder}\nlisten = 127.0.0.1:99999\nlissten = 1\n'
                                     'debug = yes\ndebug = true\nonly words\nunsafe-no-sync = true\n'),
                         [('2', 'config-value'), ('3', 'config-unknown'), ('4', 'config-value'),
                          ('5', 'config-twice'), ('6', 'config-line'), ('7', 'config-unknown')])
        good = f'data = {self.folder}\n'
        for line in ('data = /no/such/folder', 'meter = victoria', 'meter = http://a,b', 'smtp-url = mail.x',
                     'hook-allow = 10.0.0.0/99', 'hook-ports = 443,x', 'smtp-ca = /no/such/file',
                     'public-url = example', 'database = mysql://x', 'mail-from = nobody', 'listen = x:1x',
                     'port-file = /no/such/folder/port', 'listen =', 'metrics-token-file = /none'):
            with self.subTest(line=line):
                text = line + '\n' if line.startswith('data') else good + line + '\n'
                self.assertEqual(self.faults(text), [('1' if line.startswith('data') else '2', 'config-value')])

    def test_settings_that_belong_together_are_missed(self):
        self.assertEqual(self.faults(f'data = {self.folder}\nsmtp-url = smtp://mail:587\n'),
                         [('2', 'config-needs')])
        self.assertEqual(self.faults('listen = 127.0.0.1:0\n'), [('data', 'config-missing')])

    def test_what_is_no_text_or_not_there_is_refused(self):
        for name, body in (('none', None), ('nul', b'data = x\0\n'), ('large', b'#' * 70000)):
            path = os.path.join(self.folder, name)
            if body is not None:
                pathlib.Path(path).write_bytes(body)
            done = config('check', path)
            self.assertEqual(done.returncode, 1)
            self.assertIn('config-unreadable', done.stderr)

    def test_the_server_goes_by_the_file_and_the_command_line_over_it(self):
        store = Store(None)
        self.addCleanup(store.drop)
        store.init()
        port = os.path.join(self.folder, 'port')
        path = self.file(f'data = {store.data}\nlisten = 127.0.0.1:1\nport-file = {port}\n')
        with subprocess.Popen([f'{BIN}/yunhengd', '--config', path, '--listen', '127.0.0.1:0'],
                              stderr=subprocess.DEVNULL) as server:
            end = time.monotonic() + 60
            while not os.path.exists(port) and time.monotonic() < end and server.poll() is None:
                time.sleep(0.05)
            self.assertGreater(int(pathlib.Path(port).read_text(encoding='ascii')), 1)
            server.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(60), 0)

    def test_the_console_is_that_of_the_folder_that_is_named_or_none(self):
        store = Store(None)
        self.addCleanup(store.drop)
        store.init()
        web = os.path.join(self.folder, 'web')
        os.mkdir(web)
        pathlib.Path(web, 'index.html').write_text('<p>own console</p>', encoding='utf-8')
        for options, part in ((('--web', web), 'own console'), (('--no-web',), 'no console installed'),
                              (f'web = {web}\n', 'own console'), ('no-web = true\n', 'no console installed')):
            with self.subTest(options):
                server = Server(store, *(('--config', self.file(options)) if isinstance(options, str) else options))
                try:
                    with urllib.request.urlopen(f'http://127.0.0.1:{server.port}/') as reply:
                        self.assertIn(part, reply.read().decode())
                    self.assertEqual(Session(server.port).get('/healthz')['status'], 'ok')
                finally:
                    self.assertEqual(server.stop(), 0)
        self.assertEqual(self.faults(f'data = {self.folder}\nweb = /no/such/folder\n'), [('2', 'config-value')])
        for folder in ('/no/such/folder', self.folder):
            done = subprocess.run([f'{BIN}/yunhengd', '--data', store.data, '--web', folder],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn('web-none', done.stderr)

    # proves S14
    def test_the_server_refuses_what_the_check_refuses(self):
        path = self.file(f'data = {self.folder}\nlissten = 1\ndebug = maybe\n')
        done = subprocess.run([f'{BIN}/yunhengd', '--config', path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        for part in ('config-unknown', f'{path}:2', 'config-value', f'{path}:3'):
            self.assertIn(part, done.stderr)
        done = subprocess.run([f'{BIN}/yunhengd', '--data', self.folder, '--listen', 'nowhere'],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn('config-value', done.stderr)


if __name__ == '__main__':
    unittest.main()
