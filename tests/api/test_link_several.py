"""The districts' link (Art. 13) of a district on several servers of one store."""
import unittest

from city import SHARED_METER, Server, on_both_engines
from linked import Linked, until


@on_both_engines
class Several:
    """A district on several servers of one store: one of them delivers."""
    races = True

    @classmethod
    def setUpClass(cls):
        if not cls.postgres:
            raise unittest.SkipTest('an embedded store has one server')
        cls.pair = Linked(cls.postgres, serve=SHARED_METER)
        cls.other = Server(cls.pair.district.store, *SHARED_METER)

    @classmethod
    def tearDownClass(cls):
        cls.other.stop()
        cls.pair.close()

    # proves S19
    def test_one_of_two_servers_delivers_and_the_other_goes_on_when_it_stops(self):
        district = self.pair.district
        for i in range(10):
            self.pair.unit(f'east-w{i}')
        until(lambda: self.pair.at_city('east-w9') and self.pair.level())
        got = self.pair.both()[1]['register']
        self.assertEqual(got['total'], got['number'])
        holder = district.store.sql('SELECT holder FROM link_worker')
        if district.server.stop() == 0:  # whichever of the two it was, the other holds it now, or soon
            district.server = self.other
            district.meet()
        self.pair.unit('east-v')
        until(lambda: self.pair.at_city('east-v') and self.pair.level(), 90)
        got = self.pair.both()[1]['register']
        self.assertEqual((got['total'], got['state']), (got['number'], 'flowing'))
        self.assertEqual(len(district.store.sql('SELECT holder FROM link_worker').split()), 1, holder)

if __name__ == '__main__':
    unittest.main()
