"""The districts' link (Art. 13) through what fails: a storm, and a side that is put back to an earlier day."""
import os
import shutil
import tempfile
import unittest

from city import on_both_engines
from linked import until
from storm import Storm


@on_both_engines
class Failing:
    """A storm over the link, and then one of the two is put back to what a backup knew."""

    @classmethod
    def setUpClass(cls):
        cls.storm = Storm(cls.postgres, 8, 7)
        cls.pair = cls.storm.pair
        cls.city, cls.district = cls.pair.city, cls.pair.district

    @classmethod
    def tearDownClass(cls):
        cls.storm.close()

    def test_A13_3_through_cuts_repeats_and_kills_nothing_is_lost_or_doubled(self):
        self.storm.run()
        self.storm.judge(self)

    @staticmethod
    def keep(side):
        """Stops it, copies its store and data, starts it again."""
        side.server.listen = side.server.port
        side.server.stop()
        store, copy = side.store, tempfile.mkdtemp(prefix='yh-kept-')
        shutil.copytree(store.data, os.path.join(copy, 'data'))
        if store.url:
            store.psql(f"CREATE DATABASE {store.url.rsplit('/', 1)[1]}_kept TEMPLATE {store.url.rsplit('/', 1)[1]}")
        side.server.start()
        return copy

    @staticmethod
    def put_back(side, copy):
        store = side.store
        side.server.kill()
        shutil.rmtree(store.data)
        shutil.move(os.path.join(copy, 'data'), store.data)
        shutil.rmtree(copy)
        if store.url:
            name = store.url.rsplit('/', 1)[1]
            store.psql(f'DROP DATABASE {name} WITH (FORCE)')
            store.psql(f'ALTER DATABASE {name}_kept RENAME TO {name}')
        side.server.start()

    def test_a_district_put_back_is_a_fork_that_is_shown_until_everything_is_sent_anew(self):
        self.pair.unit('east-f0')
        until(self.pair.level)
        copy = self.keep(self.district)
        for i in range(1, 4):
            self.pair.unit(f'east-f{i}')
        until(lambda: self.pair.at_city('east-f3') and self.pair.level())
        self.put_back(self.district, copy)
        self.pair.unit('east-g')  # under a number that the city has already
        forked = until(lambda: (s := self.pair.streams(self.city, 'in')['register'])['state'] == 'forked' and s)
        self.assertEqual(forked['fault']['slug'], 'link-forked')
        until(lambda: self.pair.streams(self.district, 'out')['register']['state'] == 'forked')
        self.assertIsNone(self.pair.at_city('east-g'))
        self.city.who['sysadmin'].call('POST', '/api/v1/links/east/streams/register/resync',
                                       {'reason': '区平台用备份恢复'})
        until(lambda: self.pair.at_city('east-g') and self.pair.level())
        self.pair.reconcile()
        # what the city had from it comes back to the district: the city was asked for what it had told before
        for i in range(1, 4):
            until(lambda code=f'east-f{i}': self.pair.at(self.district, code))

    def test_a_city_put_back_asks_for_what_it_lost(self):
        self.pair.unit('east-l0')
        until(lambda: self.pair.at_city('east-l0') and self.pair.level())
        copy = self.keep(self.city)
        until(self.pair.level)
        for i in range(1, 4):
            self.pair.unit(f'east-l{i}')
        until(lambda: self.pair.at_city('east-l3') and self.pair.level())
        self.put_back(self.city, copy)
        until(lambda: all(self.pair.at_city(f'east-l{i}') for i in range(1, 4)))
        until(self.pair.level)
        self.pair.reconcile()

if __name__ == '__main__':
    unittest.main()
