"""Several servers on one PostgreSQL, killed at random and started anew while people file, decide and follow:
what was acknowledged is there once, what the killed had begun goes on, and who follows misses nothing.
YH_STORM_SECONDS: how long (the longer run has 90); YH_SEED: the order of the kills, else another each time
where that is given."""
import contextlib
import http.client
import json
import os
import random
import subprocess
import threading
import time
import unittest
import uuid

from city import BIN, SHARED_METER, City, Server, Session

POSTGRES = os.environ.get('YH_TEST_POSTGRES')
SECONDS = float(os.environ.get('YH_STORM_SECONDS', '6'))
SEED = int(os.environ.get('YH_SEED', random.randrange(10 ** 6) if 'YH_STORM_SECONDS' in os.environ else 7))
SERVERS, CLIENTS, FOLLOWERS = 3, 4, 2
GONE = (OSError, http.client.HTTPException, ValueError)  # cut off, or half a reply


class Servers:
    """Some of them are there at any time."""

    def __init__(self, city, random_):
        self.random, self.lock = random_, threading.Lock()
        self.all = [city.server] + [Server(city.store, *SHARED_METER) for _ in range(SERVERS - 1)]
        for server in self.all:
            server.listen = server.port

    def port(self):
        with self.lock:
            return self.random.choice(self.all).port

    def kill_one(self):
        with self.lock:
            server = self.random.choice(self.all)
            pause = self.random.random() / 2
        server.kill()
        time.sleep(pause)  # what the others take over meanwhile
        server.start()


class Client(threading.Thread):
    """Files, and has decided, one case after the other, each until it is told what became of it."""

    def __init__(self, storm):
        super().__init__()
        self.storm, self.filed, self.decided, self.wrong, self.repeats = storm, {}, set(), [], 0

    def insist(self, login, method, path, body):
        """With one key, at whichever server is there."""
        key = uuid.uuid4().hex
        while True:
            who = self.storm.city.who[login]
            try:
                status, reply, _ = Session(self.storm.servers.port(), who.token, who.csrf).raw(
                    method, path, body, {'Idempotency-Key': key})
            except GONE:
                self.repeats += 1
                time.sleep(0.02)
                continue
            if status == 503:
                self.repeats += 1
                time.sleep(0.05)
                continue
            if status >= 300:
                self.wrong.append((status, reply))
                return key, None
            return key, reply

    def run(self):
        while not self.storm.over.is_set() and not self.wrong:
            key, reply = self.insist('u1', 'POST', '/api/v1/cases', {
                'procedure': 'test', 'project': 'storm',
                'form': {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}})
            if not reply:
                return
            self.filed[key] = reply['no']
            if len(self.filed) % 2 == 0:
                _, reply = self.insist('o1', 'POST', f"/api/v1/cases/{self.filed[key]}/steps/review/decision",
                                       {'outcome': 'approve', 'reason': '同意'})
                if reply:
                    self.decided.add(self.filed[key])


class Follower(threading.Thread):
    """Keeps to the operator's stream, at another server whenever its own is gone."""

    def __init__(self, storm):
        super().__init__()
        self.storm, self.last, self.open, self.cases, self.lines = storm, None, None, set(), 0

    def events(self, conn):
        found = {}
        reply = conn.getresponse()
        while reply.status == 200:
            line = reply.readline().decode()
            if not line or self.storm.done.is_set():
                return
            if line.strip():
                key, _, value = line.rstrip('\n').partition(': ')
                found[key] = value
            elif 'data' in found:
                yield found
                found = {}

    def follow(self):
        who = self.storm.city.who['o1']
        conn = http.client.HTTPConnection('127.0.0.1', self.storm.servers.port(), timeout=5)
        with contextlib.closing(conn):
            conn.request('GET', '/api/v1/account/stream', headers={
                'Cookie': 'yh_session=' + who.token, **({'Last-Event-ID': self.last} if self.last else {})})
            for event in self.events(conn):
                self.last = event.get('id', self.last)
                data = json.loads(event['data'])
                if 'inbox' in data:
                    self.open = data['inbox']['open']
                self.cases |= {c['no'] for c in data.get('cases', [])}
                if self.storm.done.is_set():
                    return

    def run(self):
        while not self.storm.done.is_set():
            self.lines += 1
            with contextlib.suppress(*GONE):
                self.follow()
            time.sleep(0.02)


class Storm:
    def __init__(self, city):
        self.city, self.random = city, random.Random(SEED)
        self.servers = Servers(city, self.random)
        self.over, self.done = threading.Event(), threading.Event()
        self.clients = [Client(self) for _ in range(CLIENTS)]
        self.followers = [Follower(self) for _ in range(FOLLOWERS)]
        self.kills = 0

    def rage(self):
        for t in self.clients + self.followers:
            t.start()
        end = time.monotonic() + SECONDS
        while self.kills < 3 or time.monotonic() < end:
            self.servers.kill_one()
            self.kills += 1
        self.over.set()
        for t in self.clients:
            t.join()


@unittest.skipUnless(POSTGRES, 'YH_TEST_POSTGRES is not set')
class Several(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City(POSTGRES, serve=SHARED_METER)
        cls.addClassCleanup(cls.city.store.drop)
        cls.city.project('storm', dims={'vcpu': 1000000, 'memory_gib': 1000000})
        cls.storm = Storm(cls.city)
        for server in cls.storm.servers.all:
            cls.addClassCleanup(server.stop)
        cls.addClassCleanup(cls.storm.done.set)
        cls.storm.rage()
        cls.filed = {key: no for c in cls.storm.clients for key, no in c.filed.items()}
        print(f'# seed {SEED}: {cls.storm.kills} kills, {len(cls.filed)} cases,'
              f' {sum(c.repeats for c in cls.storm.clients)} requests asked again', flush=True)

    def cases(self):
        return {no for no, in self.rows("SELECT no FROM case_file WHERE procedure_name = 'test'")}

    def rows(self, sql):
        return [line.split('|') for line in self.city.store.sql(sql).splitlines()]

    def wait_until(self, true, why):
        self.city.wait_until(true, f'{why} (YH_SEED={SEED})')

    # proves S19
    def test_every_acknowledged_request_is_there_exactly_once(self):
        self.assertEqual([c.wrong for c in self.storm.clients], [[]] * CLIENTS, f'YH_SEED={SEED}')
        numbers = list(self.filed.values())
        self.assertGreater(len(numbers), 10)
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertEqual(self.cases(), set(numbers), f'YH_SEED={SEED}')
        decided = {no for c in self.storm.clients for no in c.decided}
        told = self.rows("SELECT c.no, e.kind, COUNT(*) FROM event e JOIN case_file c ON c.id = e.case_id WHERE"
                         " c.procedure_name = 'test' AND e.kind IN ('case.filed', 'step.decided') GROUP BY 1, 2")
        self.assertEqual({no for no, kind, n in told if kind == 'case.filed' and n == '1'}, set(numbers))
        self.assertEqual({no for no, kind, n in told if kind == 'step.decided'}, decided)
        self.assertEqual({n for _, kind, n in told}, {'1'})
        line = self.city.quota('storm')['vcpu']
        self.assertEqual((line['reserved'] + line['allocated']), 4 * len(numbers))

    # proves S11, S12
    def test_what_the_killed_had_begun_goes_on_and_the_record_is_whole(self):
        now = int(time.time() * 1000000)
        self.wait_until(lambda: self.city.store.sql(
            f'SELECT COUNT(*) FROM job WHERE done_at IS NULL AND due_at <= {now}') == '0', 'a job is left')
        self.wait_until(lambda: self.city.store.sql('SELECT COUNT(*) FROM event WHERE pos IS NULL') == '0',
                        'an event is not sealed')
        self.assertEqual(self.city.store.sql('SELECT MAX(pos) - MIN(pos) + 1 - COUNT(*) FROM event'), '0')
        for look in (('audit', 'verify'), ('fsck',)):
            done = subprocess.run([f'{BIN}/yunheng', *look, *self.city.store.args()], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, f'{done.stdout}{done.stderr} YH_SEED={SEED}')

    def test_who_follows_is_told_where_things_stand_however_often_its_server_was_killed(self):
        waits = self.city.who['o1'].get('/api/v1/inbox/count')['open']
        self.wait_until(lambda: [f.open for f in self.storm.followers] == [waits] * FOLLOWERS,
                        f'told {[f.open for f in self.storm.followers]}, not {waits}')
        self.assertGreater(min(f.lines for f in self.storm.followers), 1)
        no = self.city.apply('storm', 1)['no']  # and of what comes from now on
        self.filed[uuid.uuid4().hex] = no
        self.wait_until(lambda: all(no in f.cases for f in self.storm.followers), 'a new case is not told of')


if __name__ == '__main__':
    unittest.main()
