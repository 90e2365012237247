"""Servers of one database share an outer meter, or one of them alone has an embedded one."""
import os
import tempfile
import unittest

from city import SHARED_METER, Server, Store

POSTGRES = os.environ.get('YH_TEST_POSTGRES')


class Elsewhere:
    """The same database, seen from another machine: another data directory."""

    def __init__(self, store):
        self.dir, self.data, self.store = store.dir, tempfile.mkdtemp(dir=store.dir), store
        self.devices, self.changed = store.devices, store.changed

    def args(self):
        return ['--data', self.data, '--database', self.store.url, '--field-key', self.store.data + '.key']


class Place(unittest.TestCase):
    def setUp(self):
        if not POSTGRES:
            self.skipTest('YH_TEST_POSTGRES is not set')
        self.store = Store(POSTGRES)
        self.addCleanup(self.store.drop)
        self.store.init()
        self.there = Elsewhere(self.store)
        self.servers = []
        self.addCleanup(lambda: [s.kill() for s in self.servers])

    def start(self, store, *meter):
        server = Server(store, *meter)
        self.servers.append(server)
        return server

    def refused(self, store, *meter):
        with self.assertRaises(AssertionError) as said:
            self.start(store, *meter)
        self.assertIn('meter-not-shared', str(said.exception))

    def test_a_second_server_does_not_start_beside_an_embedded_meter(self):
        self.start(self.store)
        self.refused(self.there)
        self.refused(self.there, '--meter', 'embedded')
        self.refused(self.there, *SHARED_METER)

    def test_an_embedded_meter_does_not_start_beside_another_server(self):
        self.start(self.store, *SHARED_METER)
        self.refused(self.there)

    def test_servers_share_an_outer_meter(self):
        first, second = self.start(self.store, *SHARED_METER), self.start(self.there, *SHARED_METER)
        self.assertEqual([s.process.poll() for s in (first, second)], [None, None])

    def test_after_a_stop_another_server_has_the_embedded_meter_at_once(self):
        self.start(self.store).stop()
        self.start(self.there)

    def test_after_a_kill_the_same_server_starts_at_once_and_no_other_does(self):
        self.start(self.store).kill()
        self.refused(self.there)
        self.start(self.store)


if __name__ == '__main__':
    unittest.main()
