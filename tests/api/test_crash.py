"""Killed in the middle of a storm, and a disk that takes no more: what was acknowledged is there."""
import http.client
import os
import resource
import signal
import threading
import unittest
import uuid

from city import City, Problem, Session, on_both_engines, steps

CLIENTS = 8
ENOUGH = 60  # acknowledgements before the server is killed


class Storm:
    """Clients that file until the server is gone, each logging what it was told."""

    def __init__(self, city, project):
        self.city, self.project = city, project
        self.lock = threading.Lock()
        self.acknowledged, self.unanswered, self.wrong = {}, [], []

    def file(self, who, key):
        body = {'procedure': 'test', 'project': self.project, 'form': {
            'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}}
        return who.raw('POST', '/api/v1/cases', body, {'Idempotency-Key': key})

    def client(self, who):
        while True:
            key = uuid.uuid4().hex
            try:
                status, body, _ = self.file(who, key)
            except (OSError, http.client.HTTPException, ValueError):
                with self.lock:
                    self.unanswered.append(key)
                return
            if status == 503:  # it was too busy, and did nothing
                continue
            with self.lock:
                if status == 201:
                    self.acknowledged[key] = body['no']
                else:
                    self.wrong.append(body)
                if len(self.acknowledged) == ENOUGH or self.wrong:
                    os.kill(self.city.server.process.pid, signal.SIGKILL)

    def rage(self):
        u1 = self.city.who['u1']
        clients = [threading.Thread(target=self.client,
                                    args=(Session(u1.port, u1.token, u1.csrf),))
                   for _ in range(CLIENTS)]
        for c in clients:
            c.start()
        for c in clients:
            c.join()
        self.city.server.process.wait(60)
        self.city.server.start()
        self.city.meet()

    def found(self):
        u1, found, query = self.city.who['u1'], set(), {}
        while True:
            page = u1.get('/api/v1/cases', project=self.project, procedure='test', limit=200,
                          **query)
            found |= {c['no'] for c in page['items']}
            if not page['next']:
                return found
            query = {'cursor': page['next']}

    def lost(self):
        return set(self.acknowledged.values()) - self.found()


class Killed:
    races = True

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.city.project('storm', dims={'vcpu': 1000000, 'memory_gib': 1000000})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()


class Honest(Killed):
    # proves S12, S19
    def test_after_kill_9_every_acknowledged_case_is_there_and_none_is_half_done(self):
        u1 = self.city.who['u1']
        for _ in range(2):
            storm = Storm(self.city, 'storm')
            storm.rage()
            self.assertEqual(storm.wrong, [])
            self.assertGreaterEqual(len(storm.acknowledged), ENOUGH)
            self.assertEqual(storm.lost(), set())
            for no in storm.found():
                case = u1.case(no)
                self.assertEqual((case['state'], steps(case)), ('open', ['review']))
                self.assertIsNotNone(case['steps'][0]['due'])
                story = [e['kind'] for e in u1.get(f'/api/v1/cases/{no}/events')['items']]
                self.assertEqual(story.count('case.filed'), 1, story)
            self.held(storm)
            # what got no answer is asked again with its key, and is then there once
            for key in storm.unanswered:
                status, body, _ = storm.file(u1, key)
                self.assertEqual(status, 201, body)
                storm.acknowledged[key] = body['no']
            numbers = list(storm.acknowledged.values())
            self.assertEqual(len(set(numbers)), len(numbers))
            self.assertLessEqual(set(numbers), storm.found())
            for key, no in storm.acknowledged.items():
                self.assertEqual(storm.file(u1, key)[1]['no'], no)
            self.held(storm)

    def held(self, storm):
        line = self.city.quota('storm')['vcpu']
        self.assertEqual((line['reserved'], line['allocated']), (4 * len(storm.found()), 0))


class Hasty(Killed):
    """The same comparison finds a server that acknowledges before the commit."""

    def test_acknowledging_before_the_commit_is_found_out(self):
        self.city.server.stop()
        self.city.server.extra = ('--unsafe-no-sync',)
        self.city.server.start()
        self.city.meet()
        for _ in range(40):
            storm = Storm(self.city, 'storm')
            storm.rage()
            if storm.lost():
                return
        self.fail('nothing was lost: the comparison proves nothing')


class FullDisk(unittest.TestCase):
    """The embedded store cannot grow: the file size limit of the running server is lowered."""

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.project('full')
        cls.kept = cls.city.apply('full', 1)['no']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def limit(self, most):
        hard = resource.prlimit(self.city.server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.city.server.process.pid, resource.RLIMIT_FSIZE, (most, hard))

    def refused(self, call, *args):
        with self.assertRaises(Problem) as caught:
            call(*args)
        self.assertEqual(caught.exception.status, 507, caught.exception)
        self.assertIn(caught.exception.slug, ('store-full', 'store-io'))
        self.assertIn('nothing was changed', caught.exception.body['title'])

    # proves S11, S12
    def test_writes_are_refused_clearly_reads_go_on_and_room_heals(self):
        u1, o1 = self.city.who['u1'], self.city.who['o1']
        before = (u1.case(self.kept), self.city.quota('full'), u1.get('/api/v1/cases'))
        self.limit(4096)
        try:
            for _ in range(3):
                self.refused(self.city.apply, 'full', 1)
                self.refused(o1.decide, self.kept, 'review')
            self.refused(self.city.server.session, 'u1')
            after = (u1.case(self.kept), self.city.quota('full'), u1.get('/api/v1/cases'))
            self.assertEqual(after, before)
            self.assertEqual(u1.raw('GET', '/api/v1/catalogue?cloud=YH')[0], 200)
        finally:
            self.limit(resource.RLIM_INFINITY)
        self.assertIsNone(self.city.server.process.poll())
        no = self.city.apply('full', 2)['no']
        self.assertEqual(self.city.quota('full')['vcpu']['reserved'], 12)
        o1.decide(self.kept, 'review')
        self.city.server.stop()
        self.city.server.start()
        self.city.meet()
        self.assertEqual(steps(u1.case(self.kept)), ['open'])
        self.assertEqual(steps(u1.case(no)), ['review'])


on_both_engines(Honest)
on_both_engines(Hasty)
del Honest, Hasty, Killed

if __name__ == '__main__':
    unittest.main()
