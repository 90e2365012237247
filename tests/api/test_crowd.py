"""A thousand read the meter's stream at once. Runs alone: it is about the crowd, not about whatever else
the machine has to do."""
import unittest

from city import City
from metering import Sender, Watchers, now_ms


class Thousand(unittest.TestCase):
    PEOPLE, EACH = 16, 63

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.project('own')
        no = cls.city.formal('own', 1)[0]
        cls.no = cls.city.who['u1'].get('/api/v1/resources/' + no)['no']
        token = cls.city.who['u1'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'unit', 'about': 'civil', 'label': 'test', 'days': 1})['token']
        cls.sender = Sender(cls.city.server.port, token)
        cls.readers = []
        for i in range(cls.PEOPLE):
            who = cls.city.person(f'watcher{i}', 'unit', 'civil')
            cls.readers.append(who.call('POST', '/api/v1/account/tokens', {
                'label': 'x', 'scopes': 'read', 'days': 1})['token'])

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def test_a_thousand_read_along_and_a_slow_one_is_told_what_it_missed(self):
        port, path = self.city.server.port, '/api/v1/meter/stream?unit=civil'
        crowd = Watchers()
        self.addCleanup(crowd.close)
        fast = [crowd.open(port, t, path) for t in self.readers for _ in range(self.EACH)]
        slow = crowd.open(port, self.readers[0], path, small=True)
        self.assertGreater(len(fast), 1000)
        crowd.follow(fast)
        crowd.read(lambda: all(w['events'] for w in fast))
        tick = 0
        while tick < 16:
            tick += 1
            self.sender.lines([{'metric': 'resource_wide', 'value': tick, 'at': now_ms(),
                                'labels': {'resource': self.no, 'part': f'{p:04}'}}
                               for p in range(300)])
            heard = [len(w['events']) for w in fast]
            crowd.read(lambda: all(len(w['events']) > h for w, h in zip(fast, heard)))
        number = max(n for w in fast for n, _ in w['events'])
        crowd.read(lambda: all(w['events'][-1][0] >= number for w in fast))
        for w in fast:
            self.assertEqual({kind for _, kind in w['events'][1:]}, {'usage'})
            numbers = [n for n, _ in w['events']]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        crowd.follow([slow])
        crowd.read(lambda: slow['events'] and slow['events'][-1][0] >= number)
        self.assertIn('missed', [kind for _, kind in slow['events']])
        got = [n for n, kind in slow['events'] if kind == 'usage']
        self.assertLess(len(got), number)


if __name__ == '__main__':
    unittest.main()
