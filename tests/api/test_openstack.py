"""A machine's whole life on an OpenStack that the server speaks to itself, from the application to its
destruction: see tests/clouds for the driver's own tests."""
import datetime
import os
import sys
import tempfile
import unittest

from city import City, InCity, on_both_engines, steps

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'clouds'))
from openstack_peer import PROJECT, SECRET, USER, Peer  # noqa: E402 pylint: disable=C0413


class OpenStack(InCity):
    @classmethod
    def setUpClass(cls):
        cls.peer = Peer()
        cls.folder = tempfile.TemporaryDirectory()  # pylint: disable=R1732
        secret, clouds = (os.path.join(cls.folder.name, name) for name in ('secret', 'clouds.yaml'))
        with open(secret, 'w', encoding='utf-8') as f:
            f.write(SECRET)
        os.chmod(secret, 0o600)
        with open(clouds, 'w', encoding='utf-8') as f:
            f.write(f'YH:\n  driver: openstack\n  items: vm-*\n  project: {PROJECT}\n'
                    f'  auth_url: {cls.peer.url}/identity/v3\n  region: R1\n  user: {USER}\n'
                    f'  password_file: {secret}\n  image: tiny\n  network: gov\n')
        cls.city = City(cls.postgres, init=('--demo-clock',), serve=('--clouds', clouds))
        cls.w = cls.city.who

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.peer.close()
        cls.folder.cleanup()

    def tearDown(self):
        self.assertEqual(self.peer.wrongs, [])

    def until_step(self, no, step):
        self.city.wait_until(lambda: step in steps(self.w['u1'].case(no)),
                             f'{no} never came to {step}')

    def server(self):
        (server,) = self.peer.servers.values()
        return server

    def differences(self):
        found = self.w['o1'].later('/api/v1/clouds/YH/reconcile', {}, limit=200)
        return {(d['kind'], d['machine']) for d in found['items']}

    def test_a_case_makes_resizes_stops_and_destroys_a_server(self):
        self.city.project('os')
        self.peer.looks = 1
        no = self.city.apply('os', 1)['no']
        self.w['o1'].decide(no, 'review')
        self.until_step(no, 'verify')
        [resource] = self.w['u1'].case(no)['resources']
        server = self.server()
        self.assertEqual(resource['state'], 'running')
        kept = self.w['o1'].get(f"/api/v1/resources/{resource['id']}")
        self.assertEqual(kept['provider_ref'], server['id'])
        self.assertEqual((server['status'], server['name'], server['metadata']['yunheng_case']),
                         ('ACTIVE', kept['no'], no))
        self.assertEqual((server['flavor']['vcpus'], server['flavor']['ram']), (4, 8192))
        self.assertEqual(self.differences(), set())
        theirs = self.peer.add_server('theirs', server['flavor'])
        server['status'] = 'SHUTOFF'
        self.assertEqual(self.differences(), {('unregistered', theirs['id']),
                                              ('stopped_though_running', server['id'])})
        del self.peer.servers[theirs['id']]
        server['status'] = 'ACTIVE'
        self.assertEqual(self.differences(), set())
        self.w['u1'].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')

        no = self.w['u1'].file('expansion', {'changes': [
            {'resource': resource['id'], 'quantity': '2'}], 'reason': '业务增长'},
            project='os')['no']
        for step, who in (('econ_review', 'e1'), ('review', 'o1')):
            if step in steps(self.w['u1'].case(no)):
                self.w[who].decide(no, step)
        self.w['u1'].decide(no, 'backup', 'confirm', {'choice': 'nothing_to_keep'})
        self.city.wait_until(lambda: self.w['u1'].case(no)['state'] == 'closed', 'never resized')
        self.assertEqual(self.differences(), set())
        self.assertEqual((self.server()['flavor']['vcpus'], self.server()['status'],
                          self.server()['metadata']['yunheng_last_case']), (8, 'ACTIVE', no))

        no = self.w['u1'].file('reclaim', {'resources': [resource['id']], 'reason': '下线',
                                           'backup': {'choice': 'nothing_to_keep'}})['no']
        self.w['o1'].decide(no, 'review')
        self.until_step(no, 'retention')
        self.assertEqual(self.server()['status'], 'SHUTOFF')
        self.assertEqual(len(self.peer.images), 2)
        self.city.turn(self.city.clock() + datetime.timedelta(days=120))
        self.city.wait_until(lambda: not self.peer.servers, 'never destroyed')
        self.city.wait_until(lambda: self.w['u1'].case(no)['state'] == 'closed', 'never closed')
        self.assertEqual((self.peer.ports, len(self.peer.images)), ({}, 1))
        self.assertEqual(self.peer.acts, ['resize', 'confirmResize', 'os-stop', 'createImage'])


on_both_engines(OpenStack)
del OpenStack

if __name__ == '__main__':
    unittest.main()
