"""Sealed fields: no secret and no address in clear in the files of the store, keys that are outside of
them, rotation while people work."""
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from city import BIN, SHARED_METER, City, Server, Store

MAIL = 'zhang.san.private@mail.example.cn'
HOOK = 'https://hooks.example.cn/robot/send?key=9f8e7d6c5b4a39281706'


def field_key(*words):
    return subprocess.run([f'{BIN}/yunheng', 'field-key', *words], capture_output=True, text=True, check=False)


class Sealed:
    postgres = None

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, serve=('--smtp-url', 'smtp://127.0.0.1:9', '--smtp-plain', '--mail-from',
                                            'noreply@yunheng.example.cn'))
        cls.who, cls.store = cls.city.who, cls.city.store
        cls.file = cls.store.data + '.key'

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def status(self):
        return self.who['sysadmin'].get('/api/v1/field-keys')['items']

    def texts(self):
        """Everything the store keeps, its journals included."""
        if self.store.url:
            yield subprocess.run(['pg_dump', self.store.url], check=True, capture_output=True).stdout
            return
        for folder, _, names in os.walk(self.store.data):
            for name in names:
                with open(os.path.join(folder, name), 'rb') as f:
                    yield f.read()

    def test_S18_S28_no_address_no_secret_and_no_reply_lies_in_the_files_in_clear(self):
        u = self.who['u1']
        u.call('POST', '/api/v1/notify/address', {'mail': MAIL})
        u.call('POST', '/api/v1/webhooks', {'url': HOOK, 'label': 'robot', 'role': 'unit', 'org': 'civil'})
        token = u.call('POST', '/api/v1/account/tokens', {'label': 'k', 'scopes': 'read', 'days': 1},
                       {'Idempotency-Key': 'kept-reply'})['token']
        for text in self.texts():
            for secret in (MAIL, '9f8e7d6c5b4a39281706', token):
                self.assertFalse(secret.encode() in text, secret)
            self.assertFalse(b'PRIVATE KEY' in text)
        self.assertIn(HOOK, str(u.get('/api/v1/webhooks')))
        self.assertEqual(u.get('/api/v1/notify')['pending'], MAIL)

    def test_S28_a_new_key_seals_everything_anew_while_the_server_runs_and_the_old_one_may_go(self):
        mail = 'li.si@mail.example.cn'
        self.who['u1'].call('POST', '/api/v1/notify/address', {'mail': mail})
        before = [k for k in self.status() if not k['retired_at']]
        self.assertEqual([(k['writes'], k['held']) for k in before], [(True, True)])
        new = field_key('new', self.file).stdout.strip()
        self.assertRegex(new, '^[0-9a-f]{16}$')
        reply = self.who['sysadmin'].call('POST', '/api/v1/field-keys/rotation', {})
        self.assertEqual(reply, {'writes': new, 'fresh': True})
        City.wait_until(lambda: all(k['writes'] or k['retired_at'] for k in self.status()), 'not sealed anew')
        keys = {k['id']: k for k in self.status()}
        self.assertEqual((keys[before[0]['id']]['fields'], keys[new]['writes']), (0, True))
        self.assertIsNotNone(keys[before[0]['id']]['retired_at'])
        kinds = lambda: {e['kind'] for e in self.who['auditor'].get('/api/v1/audit/events', limit=20)['items']}
        City.wait_until(lambda: kinds() >= {'field_key.used', 'field_key.turned'}, 'not on record')
        # without the retired key the server starts, without the one in use it does not
        self.city.server.stop()
        with open(self.file, encoding='ascii') as f:
            whole = f.read()
        for lost, ok in ((before[0]['id'], True), (new, False)):
            with open(self.file, 'w', encoding='ascii') as f:
                f.write(''.join(line + '\n' for line in whole.splitlines() if not line.startswith(lost)))
            if ok:
                server = Server(self.store)
                self.assertEqual(server.session('u1').get('/api/v1/notify')['pending'], mail)
                server.stop()
            else:
                with self.assertRaisesRegex(AssertionError, 'field-key-lost.*' + new) as told:
                    Server(self.store)
                self.assertIn(self.file, str(told.exception))
        with open(self.file, 'w', encoding='ascii') as f:
            f.write(whole)
        self.city.server.listen = self.city.server.port
        self.city.server.start()

    def test_S17_a_field_that_was_changed_or_moved_to_another_row_is_noticed(self):
        sessions = [self.who[name] for name in ('e1', 'o1')]
        for n, s in enumerate(sessions):
            s.call('POST', '/api/v1/notify/address', {'mail': f'n{n}@mail.example.cn'})
        one, two = (self.store.key(s.get('/api/v1/session')['person']) for s in sessions)
        self.store.sql(f'UPDATE notify_person SET pending = (SELECT pending FROM notify_person WHERE person = {one})'
                       f' WHERE person = {two}')
        status, body, _ = sessions[1].raw('GET', '/api/v1/notify')
        self.assertEqual((status, body['slug']), (500, 'seal-broken'))
        self.store.sql(f"UPDATE notify_person SET pending = '' WHERE person = {two}")
        self.assertEqual(sessions[0].get('/api/v1/notify')['pending'], 'n0@mail.example.cn')


@unittest.skipUnless(os.environ.get('YH_TEST_POSTGRES'), 'needs a PostgreSQL server')
class Postgres(Sealed, unittest.TestCase):
    postgres = os.environ.get('YH_TEST_POSTGRES')


@unittest.skipUnless(os.environ.get('YH_TEST_POSTGRES'), 'needs a PostgreSQL server')
class Several(unittest.TestCase):
    def test_S28_every_server_seals_its_own_keys_anew_whichever_of_them_seals_the_fields(self):
        city, other = City(os.environ['YH_TEST_POSTGRES'], serve=SHARED_METER), Store(None)
        self.addCleanup(city.close)
        self.addCleanup(other.drop)
        file = city.store.data + '.key'
        os.mkdir(other.data, 0o700)
        other.args = lambda: ['--data', other.data, '--database', city.store.url, '--field-key', file]
        second = Server(other, *SHARED_METER)
        self.addCleanup(second.stop)
        new = field_key('new', file).stdout.strip()
        for server in (city.server, second):  # told by SIGHUP, and otherwise within ten minutes
            server.process.send_signal(signal.SIGHUP)

        def under(store):
            with open(os.path.join(store.data, 'keys/audit.pem'), encoding='ascii') as f:
                return f.read().startswith(f'sm4${new}$')
        City.wait_until(lambda: under(city.store) and under(other), 'not sealed anew')


class Embedded(Sealed, unittest.TestCase):
    def test_S28_a_start_that_fails_half_way_leaves_the_key_of_what_it_sealed_and_the_next_goes_on(self):
        """The store of a version before sealed fields, and a disk that fails in the second transaction."""
        store, old = Store(None), 600
        self.addCleanup(store.drop)
        store.init()
        os.remove(store.data + '.key')
        store.sql('DELETE FROM field_key')
        store.sql('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < '
                  f"{old}) INSERT INTO idempotency SELECT randomblob(16), 'k' || i, CAST(printf('%016d', i) AS BLOB),"
                  f" 200, 'clear' || i, '', '', {int(time.time() * 1000000)} FROM n")
        clear = lambda: store.sql("SELECT count(*) FROM idempotency WHERE body NOT LIKE 'sm4$%'")[0][0]
        self.assertEqual(clear(), old)
        store.sql("CREATE TRIGGER broken BEFORE UPDATE ON idempotency WHEN old.body = 'clear550'"
                  " BEGIN SELECT RAISE(ABORT, 'broken'); END")
        with self.assertRaises(AssertionError):
            Server(store)
        self.assertTrue(0 < clear() < old)
        with open(store.data + '.key', encoding='ascii') as f:
            self.assertIn(store.sql('SELECT id FROM field_key')[0][0], f.read())
        store.sql('DROP TRIGGER broken')
        Server(store).stop()
        self.assertEqual(clear(), 0)
        self.assertEqual(store.sql("SELECT count(DISTINCT substr(body, 1, 21)) FROM idempotency")[0][0], 1)
        # a program that needs the key says so, where the file lies elsewhere
        elsewhere = shutil.move(store.data + '.key', os.path.join(store.dir, 'elsewhere'))
        audit = lambda *more: subprocess.run([f'{BIN}/yunheng', 'audit', *more, '--data', store.data],
                                             capture_output=True, text=True, check=False)
        self.assertIn('--field-key', audit('verify').stderr)
        self.assertEqual(audit('verify', '--field-key', elsewhere).returncode, 0)
        self.assertEqual(audit('rotate', '--field-key', elsewhere).returncode, 0)
        for name in ('audit.pem', 'agents.pem', 'notify.seal'):
            with open(os.path.join(store.data, 'keys', name), encoding='ascii') as f:
                self.assertTrue(f.read().startswith('sm4$'), name)

    def test_S28_a_key_that_lies_with_the_data_or_that_others_may_read_is_refused(self):
        inside, copy = os.path.join(self.store.data, 'field.key'), os.path.join(self.store.dir, 'open.key')
        shutil.copy(self.file, inside)
        shutil.copy(self.file, copy)
        self.addCleanup(os.remove, inside)
        os.chmod(copy, 0o644)
        for path, slug in ((inside, 'field-key-in-data'), (copy, 'field-key-open')):
            conf = os.path.join(self.store.dir, 'c.conf')
            with open(conf, 'w', encoding='utf-8') as f:
                f.write(f'data = {self.store.data}\nfield-key = {path}\n')
            done = subprocess.run([f'{BIN}/yunheng', 'config', 'check', conf], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(slug, done.stderr)

    def test_S45_every_algorithm_gives_its_known_answer_and_a_changed_file_of_the_release_is_found(self):
        selftest = lambda *more: subprocess.run([f'{BIN}/yunheng', 'selftest', *more], capture_output=True,
                                                text=True, check=False)
        done = selftest()
        self.assertEqual(done.returncode, 0, done.stdout)
        for name in ('sm3', 'sm4-ecb', 'sm2-verify', 'hmac-sm3', 'hmac-sha1'):
            self.assertRegex(done.stdout, f'(?m)^ok +{name} ')
        root, key = os.path.join(self.store.dir, 'root'), os.path.join(self.store.dir, 'k.pem')
        os.makedirs(root + '/usr/bin')
        with open(root + '/usr/bin/a', 'w', encoding='ascii') as f:
            f.write('program')
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'SM2', '-out', key], check=True, capture_output=True)
        public = subprocess.run(['openssl', 'pkey', '-in', key, '-pubout'], check=True, capture_output=True,
                                text=True).stdout
        made = subprocess.run([f'{BIN}/yunheng', 'manifest', '--root', root, '--key', key, '/usr/bin/a'],
                              check=True, capture_output=True, text=True).stdout
        self.assertRegex(made, r'\Ayunheng-manifest 1\n[0-9a-f]{64} 7 /usr/bin/a\nsignature [0-9a-f]+\n\Z')
        files = {'m': made, 'm2': re.sub(' 7 /', ' 8 /', made), 'p': public}
        for name, text in files.items():
            with open(os.path.join(self.store.dir, name), 'w', encoding='ascii') as f:
                f.write(text)
        at = lambda name: os.path.join(self.store.dir, name)
        check = lambda name: selftest('--manifest', at(name), '--key', at('p'), '--root', root)
        self.assertEqual(check('m').returncode, 0, check('m').stdout)
        self.assertEqual(check('m2').returncode, 1)
        self.assertRegex(check('m2').stdout, '(?m)^FAILED +signature')
        with open(root + '/usr/bin/a', 'a', encoding='ascii') as f:  # proves S31
            f.write('!')
        self.assertRegex(check('m').stdout, '(?m)^FAILED +/usr/bin/a +changed')


if __name__ == '__main__':
    unittest.main()
