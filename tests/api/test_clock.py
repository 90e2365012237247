"""A city whose clock is turned: its days are lived through in order, each with what it brings; no other
city's clock can be turned."""
import datetime
import unittest

from city import SHARED_METER, City, InCity, Problem, Server, on_both_engines, today

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
            day = self.city.turn(self.city.clock() + datetime.timedelta(days=2))
            City.wait_until(lambda: other.session('sysadmin').get('/api/v1/clock')['today']
                            == day.isoformat(), 'the other server stayed behind')
        finally:
            other.stop()


on_both_engines(Turned)


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
