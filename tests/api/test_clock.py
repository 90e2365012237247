"""A city whose clock is turned: its days are lived through in order, each with what it brings; no other
city's clock can be turned."""
import datetime
import socket
import unittest

from city import SHARED_METER, City, InCity, Problem, Server, Session, on_both_engines, today

DEMO = ('--demo-clock',)


class Turned(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=DEMO, serve=SHARED_METER if cls.postgres else ())

    def told(self, no, slug):
        """The days on which the unit was told, oldest first."""
        found = self.city.who['u1'].get('/api/v1/notices', limit=200)['items']
        return [n['at'][:16] for n in reversed(found) if n['slug'] == slug and n['case'] == no]

    def test_days_are_lived_through_and_each_brings_what_is_due_on_it(self):
        city, w = self.city, self.city.who
        city.project('lived')
        no = city.apply('lived', 1)['no']
        city.open(no)
        [verify] = [s for s in w['u1'].case(no)['steps'] if s['step'] == 'verify']
        asked = datetime.date.fromisoformat(verify['due']['day']) + datetime.timedelta(days=20)
        reminded = w['u1'].get('/api/v1/calendar/due', period='-5wd',
                               **{'from': verify['due']['day']})['day']
        self.assertEqual(city.turn(asked), asked)
        self.assertEqual(self.told(no, 'step-reminder'), [reminded + 'T00:01'])
        self.assertIn(no, [c['no'] for c in w['a1'].get('/api/v1/overdue')['items']])
        w['u1'].decide(no, 'verify', 'passed')
        [verify] = [s for s in w['u1'].case(no)['steps'] if s['step'] == 'verify']
        self.assertEqual(verify['closed_at'][:10], asked.isoformat())

    def test_the_clock_goes_forward_only_and_not_beyond_its_bound(self):
        s = self.city.who['sysadmin']
        now = self.city.clock()
        self.refused('clock-back', s.call, 'POST', '/api/v1/clock/turn',
                     {'to': (now - datetime.timedelta(days=1)).isoformat()})
        self.refused('clock-far', s.call, 'POST', '/api/v1/clock/turn',
                     {'to': (now + datetime.timedelta(days=1200)).isoformat()})
        self.assertEqual(self.city.clock(), now)

    def test_who_asks_again_once_it_has_come_there_is_told_so(self):
        asked = {'to': (self.city.clock() + datetime.timedelta(days=1)).isoformat(), 'at_once': False, 'hour': 9}
        self.city.stretch(asked)
        self.city.stretch(asked)
        self.assertEqual(self.city.clock().isoformat(), asked['to'])

    def test_only_who_runs_the_platform_turns_it(self):
        self.refused('not-permitted', self.city.who['o1'].call, 'POST', '/api/v1/clock/turn',
                     {'to': '2030-01-01'})

    def test_what_was_lived_through_stays_lived_through_after_a_kill(self):
        day = self.city.turn(self.city.clock() + datetime.timedelta(days=3))
        self.city.server.kill()
        self.city.server.start()
        self.city.meet()
        self.assertEqual(self.city.clock(), day)

    def test_another_server_of_the_store_follows(self):
        if not self.postgres:
            self.skipTest('one server only')
        other = Server(self.city.store, *SHARED_METER)
        try:
            by = {'Authorization': 'Bearer ' + self.city.year_token()}
            day = self.city.turn(self.city.clock() + datetime.timedelta(days=2))
            City.wait_until(lambda: Session(other.port).raw('GET', '/api/v1/clock', None, by)[1]['today']
                            == day.isoformat(), 'the other server stayed behind')
        finally:
            other.stop()


on_both_engines(Turned)


class Meterless:
    """A store of samples that is not there, or does not answer, is no reason to stand still."""
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=DEMO, serve=SHARED_METER)
        cls.others = [Server(cls.city.store, *SHARED_METER) for _ in range(2 if cls.postgres else 0)]
        cls.city.project('bare')
        cls.city.formal('bare', 1)

    @classmethod
    def tearDownClass(cls):
        for other in cls.others:
            other.stop()
        cls.city.close()

    def failing(self):
        return {j['kind']: j['slug'] for j in self.city.who['sysadmin'].get(
            '/api/v1/jobs', state='failing', limit=200)['items']}

    def test_days_go_by_and_what_needs_it_fails_in_sight(self):
        for _ in range(3):
            day = self.city.clock() + datetime.timedelta(days=20)
            self.assertEqual(self.city.turn(day), day)
        wanted = {'agent.scan': 'meter-outer-unreachable', 'watch.scan': 'meter-outer-unreachable'}
        City.wait_until(lambda: self.failing() == wanted, 'not both fail, or others')  # one may be at work
        jobs = self.city.who['sysadmin'].get('/api/v1/jobs', kind='watch.scan', limit=200)['items']
        self.assertEqual(len(jobs), 1)  # however many servers there are

    def test_z_a_server_stops_although_an_answer_is_waited_for(self):
        deaf = socket.create_server(('127.0.0.1', 0))
        try:
            self.city.turn(self.city.clock() + datetime.timedelta(days=5))  # nobody has an agent
            for server in (self.city.server, *self.others):
                server.stop()
            self.others.clear()
            self.city.server.extra = ('--meter', f'http://127.0.0.1:{deaf.getsockname()[1]}')
            self.city.server.start()
            self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind IN ('agent.scan', 'watch.scan')")
            deaf.settimeout(60)
            call, _ = deaf.accept()
            self.city.server.stop()  # fails when it takes as long as an answer may
            call.close()
        finally:
            deaf.close()
            self.city.server.extra = SHARED_METER
            self.city.server.start()


on_both_engines(Meterless)


class Real(unittest.TestCase):
    def test_the_clock_of_a_store_that_was_not_made_for_it_cannot_be_turned(self):
        city = City()
        try:
            with self.assertRaises(Problem) as caught:
                city.turn(today() + datetime.timedelta(days=1))
            self.assertEqual(caught.exception.slug, 'clock-real')
            self.assertFalse(city.who['sysadmin'].get('/api/v1/clock')['turns'])
        finally:
            city.close()


if __name__ == '__main__':
    unittest.main()
