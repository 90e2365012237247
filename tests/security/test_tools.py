"""Tools that attackers use, against the server: slowhttptest, wapiti, sqlmap and zzuf. Each is bounded in
time and speaks to this machine's own address alone."""
import glob
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

from attacked import Attacked, city, read_json

NEEDED = ('slowhttptest', 'wapiti', 'sqlmap', 'zzuf')
WAPITI = 'sql,blindsql,xss,exec,file,crlf,redirect,csp,http_headers,cookieflags,backup,methods,htaccess,shellshock'
# said of a server that speaks plain HTTP on its own machine, or of a header that browsers have given up
NOT_HERE = ('Strict-Transport-Security', 'X-XSS-Protection', 'Secure flag')


@unittest.skipUnless(all(map(shutil.which, NEEDED)), 'needs ' + ' '.join(NEEDED))
class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.at = Attacked()

    @classmethod
    def tearDownClass(cls):
        cls.at.close()

    def setUp(self):
        self.before = len(self.at.failures())

    def tearDown(self):
        self.assertIsNone(self.at.server.process.poll(), 'the server is gone')
        self.assertEqual(self.at.failures(), [])
        self.assertEqual(self.at.unit.get('/api/v1/session')['login'], 'unit01')

    def slow(self, *how):
        with self.at.watched() as answers:
            said = self.at.run(60, 'slowhttptest', '-c', '300', '-r', '100', '-l', '15', '-p', '5', *how)
        self.assertRegex(said, r'(?i)slow (headers|body|read)|range', said[-800:])
        self.assertGreater(len(answers), 5)
        self.assertEqual({status for _, status in answers}, {200}, said[-800:])
        self.assertNotRegex(said, r'service available:\s+NO', said[-800:])

    def test_S15_slow_heads_keep_nobody_else_waiting(self):
        self.slow('-H', '-i', '2', '-x', '24', '-t', 'GET', '-u', self.at.url + '/api/v1/session')

    def test_S15_slow_bodies_keep_nobody_else_waiting(self):
        self.slow('-B', '-i', '2', '-s', '8192', '-x', '10', '-t', 'POST', '-f', 'application/json',
                  '-u', self.at.url + '/api/v1/session')

    def test_S15_ranges_without_end_keep_nobody_else_waiting(self):
        self.slow('-R', '-t', 'HEAD', '-a', '10', '-b', '3000', '-u', self.at.url + '/')

    def test_S15_who_reads_slowly_keeps_nobody_else_waiting(self):
        self.slow('-X', '-w', '512', '-y', '1024', '-n', '2', '-z', '32', '-k', '3',
                  '-u', self.at.url + '/api/v1/openapi.json')

    def test_S15_wapiti_finds_nothing(self):
        report = os.path.join(self.at.store.dir, 'wapiti.json')
        starts = [arg for url in self.at.searches()[:40] for arg in ('-s', self.at.url + url)]
        said = self.at.run(240, 'wapiti', '-u', self.at.url + '/', '--scope', 'folder', '-m', WAPITI,
                           '--max-scan-time', '120', '--max-attack-time', '30', '--max-links-per-page', '50', '-d', '2',
                           '--no-bugreport', '-H', 'Cookie: ' + self.at.cookie, '-f', 'json', '-o', report, *starts)
        self.assertTrue(os.path.exists(report), said[-2000:])
        found = read_json(report)
        self.assertTrue(found['infos']['target'].startswith(self.at.url))
        told = []
        for kind, each in [*found['vulnerabilities'].items(), *found['anomalies'].items()]:
            for one in each:
                if not any(word in one['info'] for word in NOT_HERE):
                    told.append((kind, one['method'], one['path'], one['info']))
        self.assertEqual(told, [])

    def test_S15_sqlmap_injects_into_no_list_and_no_body(self):
        some = self.at.searches()
        self.assertGreater(len(some), 10)
        targets = [('-u', self.at.url + url) for url in some[::max(1, len(some) // 5)][:5]]
        targets.append(('-u', self.at.url + '/api/v1/session', '--method', 'POST', '--data',
                        '{"login":"nobody*","password":"x"}', '-H', 'Content-Type: application/json'))
        for target in targets:
            said = self.at.run(120, 'sqlmap', *target, '--cookie', self.at.cookie, '--skip', 'cookie', '--batch',
                               '--flush-session', '--level', '1', '--risk', '1', '--technique', 'BEU', '--threads', '2',
                               '--timeout', '10', '--retries', '0', '--ignore-code', '400,401,403,404,422,429',
                               '--disable-coloring', '--output-dir', os.path.join(self.at.store.dir, 'sqlmap'))
            with self.subTest(target[1]):
                self.assertRegex(said, r'(?i)testing|not injectable|do not appear', said[-1500:])
                self.assertNotRegex(said, r'is vulnerable|identified the following injection|appears to be .*injectable',
                                    said[-1500:])
                self.assertNotRegex(said, r'\b5\d\d \(', said[-1500:])

    def mangled(self, data, seed, ratio='0.002:0.05'):
        return subprocess.run(['zzuf', '-s', str(seed), '-r', ratio], input=data, capture_output=True, check=True).stdout

    def test_S15_requests_that_zzuf_mangled_are_answered_or_hung_up_on(self):
        body = b'{"procedure":"test","project":"p","form":{"items":[{"item":"vm","quantity":"1"}]}}'
        request = (b'POST /api/v1/cases?dry_run=true HTTP/1.1\r\nHost: y\r\nContent-Type: application/json\r\nCookie: ' +
                   self.at.cookie.encode() + b'\r\nX-CSRF-Token: ' + self.at.unit.csrf.encode() +
                   b'\r\nAccept-Language: zh\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' % len(body) + body)
        answered = {}
        for seed in range(300):
            with socket.create_connection(('127.0.0.1', self.at.server.port), timeout=30) as s:
                s.sendall(self.mangled(request, seed) + b'\r\n\r\n')  # a head that has lost its end has one
                s.shutdown(socket.SHUT_WR)
                data = b''
                try:
                    while more := s.recv(65536):
                        data += more
                except ConnectionResetError:
                    pass
            found = re.match(rb'HTTP/1\.1 (\d\d\d) ', data)
            answered[found[1] if found else b''] = answered.get(found[1] if found else b'', 0) + 1
            self.assertFalse(found and found[1] >= b'500' and found[1] != b'505', (seed, data[:300]))
        self.assertGreater(answered.get(b'400', 0), 20, answered)

    def test_S15_files_that_zzuf_mangled_end_no_program(self):
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
        with tempfile.TemporaryDirectory() as folder:
            for what, name, command in (
                    ('policy/shanghai-2022/parameters.yaml', 'parameters.yaml', ['policy', 'check']),
                    ('policy/shanghai-2022/permissions.yaml', 'permissions.yaml', ['policy', 'check'])):
                pack = os.path.join(folder, name + '.pack')
                shutil.copytree(os.path.join(root, 'policy', 'shanghai-2022'), pack)
                with open(os.path.join(root, what), 'rb') as f:
                    whole = f.read()
                for seed in range(40):
                    with open(os.path.join(pack, name), 'wb') as f:
                        f.write(self.mangled(whole, seed, '0.0001:0.002'))
                    done = subprocess.run([f'{city.BIN}/yunheng', *command, pack], capture_output=True, timeout=60,
                                          check=False)
                    self.assertIn(done.returncode, range(0, 10), (what, seed, done.stderr[-500:]))
            for path in sorted(glob.glob(os.path.join(root, 'tests', 'fuzz', 'corpus', 'set', 'seed-*')))[:1]:
                with open(path, 'rb') as f:
                    whole = f.read()[1:]
                for seed in range(20):
                    backup = os.path.join(folder, f'set-{seed}')
                    os.mkdir(backup)
                    with open(os.path.join(backup, 'manifest'), 'wb') as f:
                        f.write(self.mangled(whole, seed))
                    done = subprocess.run([f'{city.BIN}/yunheng', 'backup', 'verify', backup], capture_output=True,
                                          timeout=60, check=False)
                    self.assertIn(done.returncode, range(1, 10), (seed, done.stderr[-500:]))


if __name__ == '__main__':
    unittest.main()
