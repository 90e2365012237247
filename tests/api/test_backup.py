"""Backup and restore: made while the server is written to, verified, restored elsewhere whole or not
at all."""
import contextlib
import datetime
import http.client
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest


from city import BIN, City, Problem, Server, Session, Store
from linked import Linked, until
from metering import Sender, now_ms


CPU = 'resource_cpu_usage_ratio'
TEXT = '编号,名称\n1,云主机\n'.encode()
PASSPHRASE = 'four words and one more'


def yunheng(*args, ok=True):
    done = subprocess.run([f'{BIN}/yunheng', *args], capture_output=True, text=True,
                          env=dict(os.environ, YUNHENG_PASSPHRASE=PASSPHRASE))
    if ok and done.returncode:
        raise AssertionError(f'{args}: {done.returncode} {done.stdout} {done.stderr}')
    return done


class Drill(unittest.TestCase):
    """One city whose server backs itself up."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='yh-backup-')
        cls.sets, cls.key = os.path.join(cls.folder, 'sets'), os.path.join(cls.folder, 'key.pem')
        os.mkdir(cls.sets)
        public = os.path.join(cls.folder, 'public.pem')
        yunheng('backup', 'keygen', '--key', cls.key, '--out', public)
        cls.city = City(serve=('--backup-dir', cls.sets, '--backup-key', public, '--backup-keep', '3'))
        cls.w = cls.city.who
        cls.city.project('own', dims={'vcpu': 1000000, 'memory_gib': 1000000})
        cls.no = cls.w['u1'].get(f"/api/v1/resources/{cls.city.formal('own', 1)[0]}")['no']
        token = cls.w['u1'].call('POST', '/api/v1/meter/tokens',
                                 {'kind': 'unit', 'about': 'civil', 'label': 'test', 'days': 30})
        cls.sender = Sender(cls.city.server.port, token['token'])
        cls.sender.lines([{'metric': CPU, 'labels': {'resource': cls.no}, 'at': now_ms() - 600000, 'value': 0}])

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        shutil.rmtree(cls.folder)

    last = ''

    def make(self):
        """A set of a second of its own: when it was made is told in seconds."""
        City.wait_until(lambda: time.strftime('%Y%m%dT%H%M%SZ', time.gmtime()) > self.last, 'no second passes')
        sets = self.w['sysadmin'].later('/api/v1/backups', {})
        self.assertTrue(sets['items'][0]['whole'], sets)
        name = sets['items'][0]['name']
        type(self).last = name[:16]
        return os.path.join(self.sets, name)

    def restore(self, path, to, *more, ok=True):
        shutil.copy(self.field_key(), to + '.key')
        return yunheng('restore', path, '--data', to, '--key', self.key, *more, ok=ok)

    def field_key(self):
        return self.city.store.data + '.key'

    def new(self, name):
        return os.path.join(self.folder, name)

    def document(self, text):
        return self.w['u1'].call('POST', '/api/v1/documents?name=a.csv', text,
                                 {'Content-Type': 'application/octet-stream'})['id']

    # proves S11, S19
    def test_what_was_acknowledged_before_a_backup_under_load_is_there_after_kill_9_and_restore(self):
        u1, at, stop, wrong = self.w['u1'], now_ms(), threading.Event(), []
        told = {'cases': [], 'samples': 0}

        def file(who):
            status, body, _ = who.raw('POST', '/api/v1/cases', {
                'procedure': 'test', 'project': 'own',
                'form': {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}})
            if status == 201:
                told['cases'].append(body['no'])
            return status, body

        def meter(sender):
            row = {'metric': CPU, 'labels': {'resource': self.no}, 'at': at - 500000 + told['samples'],
                   'value': told['samples']}
            status, body = sender.lines([row])
            told['samples'] += status == 200
            return status, body

        def write(one, with_what):
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):  # killed
                while not stop.is_set():
                    status, body = one(with_what)
                    if status >= 300 and status != 503:  # which asks to come again
                        wrong.append(body)

        document = self.document(TEXT)
        threads = [threading.Thread(target=write, args=a) for a in (
            (file, Session(u1.port, u1.token, u1.csrf)), (meter, Sender(u1.port, self.sender.token)))]
        for t in threads:
            t.start()
        while len(told['cases']) < 20 or told['samples'] < 20:
            self.assertEqual(wrong, [])
            stop.wait(0.01)
        before = dict(told, cases=list(told['cases']))
        path = self.make()
        self.city.server.kill()
        stop.set()
        for t in threads:
            t.join()
        self.assertIn('whole', yunheng('backup', 'verify', path).stdout)
        to = self.new('restored')
        self.assertIn('audit chain intact', self.restore(path, to).stdout)
        self.assertIn('intact', yunheng('audit', 'verify', '--data', to).stdout)
        again = Store(None)
        again.data = to
        server = Server(again)
        try:
            for s in self.w.values():
                s.port = server.port
            found = {c['no'] for page in self.pages(u1) for c in page['items']}
            self.assertEqual(set(before['cases']) - found, set())
            got = u1.get('/api/v1/meter/history/' + self.no, metric=CPU, step='1h')['items']
            self.assertGreaterEqual(sum(i['count'] for i in got), before['samples'])
            self.assertGreaterEqual(max(i['max'] for i in got), before['samples'] - 1)
            self.assertEqual(u1.bytes_of(f'/api/v1/documents/{document}/content'), (200, TEXT))
            self.assertEqual(len(self.restored()), 1)
        finally:
            server.stop()
            again.drop()
            self.city.server.start(self.sender.port)
            for s in self.w.values():
                s.port = self.city.server.port

    def restored(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:  # until it is sealed
            if found := self.w['auditor'].get('/api/v1/audit/events', kind='store.restored')['items']:
                return found
            time.sleep(0.05)
        return []

    def pages(self, u1):
        query = {}
        while True:
            page = u1.get('/api/v1/cases', project='own', limit=200, **query)
            yield page
            if not page['next']:
                return
            query = {'cursor': page['next']}

    def refused(self, slug, path, to=None, *args):
        to = to or self.new('refused')
        done = yunheng('restore', path, '--data', to, '--field-key', self.field_key(),
                       *(args or ('--key', self.key)), ok=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(slug, done.stderr)
        self.assertEqual([n for n in os.listdir(self.folder) if 'refused' in n and n != 'refused-into'], [])
        return done.stderr

    QUERIES = [('u1', '/api/v1/cases'), ('u1', '/api/v1/inbox'), ('u1', '/api/v1/projects/own/quota'),
               ('o1', '/api/v1/resources'), ('o1', '/api/v1/cases'), ('a1', '/api/v1/orgs'), ('o1', '/api/v1/contracts'),
               ('u1', '/api/v1/catalogue?cloud=YH'), ('secadmin', '/api/v1/people'),
               ('auditor', '/api/v1/audit/events')]

    def answers(self):
        told = {}
        for login, path in self.QUERIES:
            status, body, _ = self.w[login].raw('GET', path)
            told[login, path] = (status, body.get('items', body))
        return told

    # proves S19
    def test_a_set_restored_into_an_empty_folder_answers_every_query_as_the_server_did(self):
        self.w['u1'].file('test', {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}, project='own')
        path = self.make()
        self.city.sealed()
        before, again = self.answers(), Store(None)
        self.assertGreater(len([1 for status, _ in before.values() if status == 200]), 7, before)
        again.data = self.new('again')
        self.restore(path, again.data)
        server = Server(again)
        try:
            for s in self.w.values():
                s.port = server.port
            after = self.answers()
        finally:
            server.stop()
            again.drop()
            for s in self.w.values():
                s.port = self.city.server.port
        for query, (status, items) in before.items():
            if query[1] == '/api/v1/audit/events':  # the restoring itself was recorded since
                items = [e for e in items if e['position'] <= after[query][1][0]['position']]
                known = {e['position']: e for e in after[query][1]}
                self.assertEqual([known.get(e['position'], e) for e in items], items)
            else:
                self.assertEqual(after[query], (status, items), query)

    # proves S17, S19
    def test_a_set_that_is_not_as_it_was_signed_restores_nothing_and_says_which_file(self):
        self.document(TEXT)
        whole, bad = self.make(), self.new('bad')
        paths = [os.path.relpath(os.path.join(d, n), whole) for d, _, names in os.walk(whole) for n in names]
        document = next(p for p in paths if p.startswith('data/documents/') and p.count('/') == 3)
        for path in ('data/yunheng.db', document, 'keys/audit.pem', 'keys.box', 'manifest', 'manifest.sig',
                     'checkpoint.json', next(p for p in paths if '/meter/journal-' in p)):
            shutil.copytree(whole, bad)
            os.chmod(os.path.join(bad, path), 0o600)
            with open(os.path.join(bad, path), 'r+b') as f:
                f.seek(os.path.getsize(f.name) // 2)
                byte = f.read(1)
                f.seek(-1, os.SEEK_CUR)
                f.write(bytes([byte[0] ^ 1]))
            self.assertEqual(yunheng('backup', 'verify', bad, ok=False).returncode, 1, path)
            said = self.refused('', bad)
            if not path.startswith('manifest'):
                self.assertIn(f'backup-changed: ', said)
                self.assertIn(f'[{path}]', said)
            os.remove(os.path.join(bad, path))
            self.refused('backup-missing', bad)
            shutil.rmtree(bad)
        shutil.copytree(whole, bad)
        with open(os.path.join(bad, 'data', 'more'), 'w', encoding='ascii'):
            pass
        self.refused('backup-added', bad)
        os.remove(os.path.join(bad, 'data', 'more'))
        os.symlink('/etc/passwd', os.path.join(bad, 'data', 'link'))
        self.refused('backup-added', bad)

    # proves S18, S28
    def test_a_set_restores_only_with_its_key_and_only_into_an_empty_folder(self):
        path, other, into = self.make(), self.new('other.pem'), self.new('refused-into')
        yunheng('backup', 'keygen', '--key', other, '--out', self.new('other.public'))
        self.refused('backup-key-other', path, None, '--key', other)
        self.refused('backup-keys-needed', path, None, '--signer', self.signer(path))
        self.refused('backup-signer-other', path, None, '--key', self.key, '--signer', '0' * 64)
        os.mkdir(into)
        with open(os.path.join(into, 'there'), 'w', encoding='ascii'):
            pass
        self.refused('restore-not-empty', path, into)
        self.assertEqual(os.listdir(into), ['there'])
        secret = self.read(self.city.store.data, 'keys', 'audit.pem')
        for folder, _, names in os.walk(path):
            for name in names:
                self.assertNotIn(secret.strip(), self.read(folder, name))
        # keys that were kept apart do as well
        to = self.new('kept')
        shutil.copy(self.field_key(), to + '.key')
        yunheng('restore', path, '--data', to, '--keys', os.path.join(self.city.store.data, 'keys'),
                '--signer', self.signer(path))
        self.assertEqual(self.read(to, 'keys', 'audit.pem'), secret)
        # and offline, from the store that was restored
        out = yunheng('backup', '--data', to, '--out', self.folder).stdout.splitlines()[0]
        self.assertIn('whole', yunheng('backup', 'verify', out).stdout)

    def test_S28_a_set_holds_no_field_key_and_restoring_says_which_one_it_takes(self):
        with open(self.field_key(), encoding='ascii') as f:
            id_, key = f.read().splitlines()[-1].split()
        path, to = self.make(), self.new('keyless')
        for folder, _, names in os.walk(path):
            for name in names:
                data = self.read(folder, name)
                self.assertFalse(key.encode() in data or bytes.fromhex(key) in data, name)
        done = yunheng('restore', path, '--data', to, '--key', self.key, ok=False)
        self.assertIn('field-key-lost', done.stderr)
        self.assertIn(id_, done.stderr)
        self.assertIn(f'[{to}.key]', done.stderr)
        self.assertFalse(os.path.exists(to))

    @staticmethod
    def read(*path):
        with open(os.path.join(*path), 'rb') as f:
            return f.read()

    @staticmethod
    def signer(path):
        return yunheng('backup', 'verify', path).stdout.split('signer ')[1].split()[0]

    def test_only_the_administrator_of_the_system_asks_for_backups_and_the_oldest_go(self):
        for login in ('secadmin', 'auditor', 'o1', 'u1'):
            with self.assertRaises(Problem) as raised:
                self.w[login].call('POST', '/api/v1/backups', {})
            self.assertEqual(raised.exception.status, 403)
        half = os.path.join(self.sets, '.part-20200101T000000Z-000000')  # as a kill leaves it
        os.makedirs(os.path.join(half, 'data'))
        made = [os.path.basename(self.make()) for _ in range(4)]
        left = self.w['sysadmin'].get('/api/v1/backups')
        self.assertEqual([s['name'] for s in left['items']], sorted(made, reverse=True)[:3])
        self.assertEqual(sorted(os.listdir(self.sets)), sorted(made)[-3:])
        self.assertEqual((left['configured'], left['late'], left['keys']), (True, False, True))
        self.assertEqual(left['bytes'], left['items'][0]['bytes'])
        day = datetime.timedelta(hours=left['hours'])
        self.assertEqual(datetime.datetime.fromisoformat(left['next_at']),
                         datetime.datetime.fromisoformat(left['last_at']) + day)
        figures = dict(line.rsplit(' ', 1) for line in self.figures())
        self.assertGreater(int(figures['yunheng_backup_last_success_seconds']), 1600000000)
        self.assertEqual(figures['yunheng_backup_failing'], '0')
        wall = self.w['a1'].get('/api/v1/city')['backup']
        self.assertEqual((wall['configured'], wall['last_at'], wall['late']), (True, left['last_at'], False))
        self.assertEqual((wall['bytes'], wall['next_at']), (left['bytes'], left['next_at']))

    def test_a_set_just_made_stays_also_beside_sets_of_a_clock_that_ran_ahead(self):
        made = os.path.basename(self.make())
        ahead = [f'2099010{n}T000000Z-00000{n}' for n in range(1, 5)]
        for name in ahead:
            shutil.copytree(os.path.join(self.sets, made), os.path.join(self.sets, name))
        try:
            before = set(os.listdir(self.sets))
            self.w['sysadmin'].later('/api/v1/backups', {})
            after = set(os.listdir(self.sets))
        finally:
            for name in ahead:
                shutil.rmtree(os.path.join(self.sets, name))
        self.assertEqual(len(after - before), 1)
        self.assertLessEqual({made, *ahead}, after)
        self.assertLessEqual(len(after - set(ahead)), 3)

    def test_of_the_sets_of_one_second_the_one_made_last_comes_first(self):
        begun = int(time.time())
        others = [time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(begun + s)) + '-fffff0' for s in range(900)]
        for name in others:
            os.mkdir(os.path.join(self.sets, name))
        try:
            self.w['sysadmin'].later('/api/v1/backups', {})
            [made] = [n for n in os.listdir(self.sets) if n.endswith('-fffff1')]
            listed = [s['name'] for s in self.w['sysadmin'].get('/api/v1/backups')['items']]
            self.assertEqual(listed, sorted(listed, reverse=True))
            if made in listed and made[:-1] + '0' in listed:
                self.assertLess(listed.index(made), listed.index(made[:-1] + '0'))
        finally:
            for name in others:
                shutil.rmtree(os.path.join(self.sets, name), ignore_errors=True)

    def test_after_a_new_start_the_last_is_the_one_made_last_whatever_others_are_called(self):
        first, last = self.make(), self.make()
        called = os.path.join(self.sets, '20990101T000000Z-000009')
        shutil.copytree(first, called)
        self.addCleanup(shutil.rmtree, called)
        server = self.city.server
        server.listen = server.port  # those who know it go on with it
        server.stop()
        server.start()
        seen = self.w['sysadmin'].get('/api/v1/backups')
        made = {row['name']: row['made_at'] for row in seen['items']}
        self.assertEqual(made[os.path.basename(called)], made[os.path.basename(first)])
        self.assertLess(made[os.path.basename(first)], seen['last_at'])
        self.assertEqual(made[os.path.basename(last)], seen['last_at'])

    # proves S28
    def test_what_an_upgrade_left_in_clear_goes_on_record_once_a_backup_is_verified(self):
        data = self.city.store.data
        old = {n: os.path.join(data, n) for n in ('yunheng.db.before-7', 'yunheng.db.before-7.part')}
        kept = {n: os.path.join(data, n) for n in ('yunheng.db.before-8', 'yunheng.db.before-x', 'yunheng.db.before-')}
        for path in (old | kept).values():
            with open(path, 'wb') as f:
                f.write(b'clear')
            if not path.endswith('-8'):
                os.utime(path, (time.time() - 31 * 86400,) * 2)
        self.make()
        self.assertEqual([p for p in (old | kept).values() if os.path.exists(p)], list(kept.values()))
        told = self.city.store.sql("SELECT after_state FROM event WHERE kind = 'store.copy_removed' ORDER BY id")
        self.assertEqual([row[0] for row in told], list(old))

    def figures(self):
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        conn.request('GET', '/metrics')
        text = conn.getresponse().read().decode()
        conn.close()
        return [line for line in text.splitlines() if line.startswith('yunheng_backup_')]


class Link(unittest.TestCase):
    """Either side of a pair is put back from a backup that is older than what the other knows."""

    def put_back(self, side, folder):
        """The side forgets what came after its backup in `folder`."""
        path, = (os.path.join(folder, n) for n in os.listdir(folder))
        side.server.stop()
        shutil.move(side.store.data, folder + '.gone')
        yunheng('restore', path, '--data', side.store.data, '--keys', os.path.join(folder + '.gone', 'keys'))
        side.server.start()
        for session in side.who.values():
            session.port = side.server.port

    def back_up(self, side, folder):
        os.mkdir(folder)
        side.server.listen = side.server.port
        side.server.stop()
        yunheng('backup', '--data', side.store.data, '--out', folder)
        side.server.start()

    def test_streams_go_on_in_a_new_epoch_by_themselves_whichever_side_was_put_back(self):
        folder, pair = tempfile.mkdtemp(prefix='yh-backup-'), Linked()
        try:
            pair.unit('east-first')
            until(lambda: pair.at_city('east-first'))
            for number, side in enumerate((pair.district, pair.city)):
                self.back_up(side, os.path.join(folder, str(number)))
                pair.unit(f'east-forgotten-{number}')
                until(lambda: pair.at_city(f'east-forgotten-{number}') and pair.level())
                before = {name: s['epoch'] for name, s in pair.streams(pair.district, 'out').items()}
                self.put_back(side, os.path.join(folder, str(number)))
                pair.unit(f'east-after-{number}')
                until(lambda: pair.at_city(f'east-after-{number}') and pair.level() and pair.level(up=False))
                after = {name: s['epoch'] for name, s in pair.streams(pair.district, 'out').items()}
                self.assertTrue(all(after[name] > before[name] for name in before), (before, after))
            # what the city forgot came again
            until(lambda: pair.at_city('east-forgotten-1'))
            self.assertTrue(pair.reconcile())
        finally:
            pair.close()
            shutil.rmtree(folder)


if __name__ == '__main__':
    unittest.main()
