"""What a machine fulfils: opened, grown, stopped and destroyed by it, by the driver that libvirt's own
library brings along for tests; a cloud that is away; and the table that people confirm by."""
import os
import unittest

from city import City, Problem, on_both_engines, steps

LIBVIRT = ('  driver: libvirt\n  items: vm-*\n  uri: test:///default\n  pool: default-pool\n  type: test\n'
           '  arch: i686\n  shutdown_s: 0\n')
AWAY = ('  driver: libvirt\n  items: vm-*\n  uri: qemu+unix:///system?socket=/nonexistent/sock\n'
        '  pool: default-pool\n  type: kvm\n  arch: x86_64\n')


@on_both_engines
class ByMachine:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.who = cls.city.who
        cls.file = os.path.join(cls.city.store.dir, 'clouds.yaml')
        cls.serve(LIBVIRT)
        cls.city.project('m1', dims={'vcpu': 40, 'memory_gib': 80, 'block_gib': 100})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def serve(cls, entry):
        with open(cls.file, 'w', encoding='utf-8') as f:
            f.write('YH:\n' + entry)
        cls.city.server.stop()
        cls.city.server.extra = ('--clouds', cls.file)
        cls.city.server.start()
        cls.city.meet()

    def orders(self, no, login='p1', state='all'):
        return self.who[login].get('/api/v1/orders', case=no, state=state)['items']

    def until(self, no, step):
        self.city.wait_until(lambda: steps(self.who['u1'].case(no)) == step, f'{no} is not at {step}')

    def test_1_a_machine_opens_grows_stops_and_destroys_what_a_case_allows(self):
        no = self.city.apply('m1', 2)['no']
        self.who['o1'].decide(no, 'review')
        self.until(no, ['verify'])
        case = self.who['u1'].case(no)
        self.assertEqual([r['state'] for r in case['resources']], ['running'])
        order, = self.orders(no)
        self.assertEqual((order['act'], order['state'], order['by_machine'], order['fault']),
                         ('open', 'done', True, None))
        self.assertEqual({d['dimension']: d['quantity'] for d in order['dimensions']},
                         {'vcpu': 8, 'memory_gib': 16})
        self.assertEqual(order['provider_ref'], case['resources'][0]['id'])
        event = [e for e in self.who['u1'].get(f'/api/v1/cases/{no}/events')['items']
                 if e['kind'] == 'step.fulfilled']
        self.assertEqual([(e['person'], e['outcome']) for e in event], [('', 'done')])
        # nobody else's
        with self.assertRaises(Problem) as caught:
            self.who['u2'].get(f'/api/v1/orders/{order["id"]}')
        self.assertIn(caught.exception.status, (403, 404))
        with self.assertRaises(Problem) as caught:
            self.who['p1'].call('POST', f'/api/v1/orders/{order["id"]}/retry')
        self.assertEqual(caught.exception.body['slug'], 'order-over')
        # a test that failed is stopped in the books, and on the cloud by an order of its own
        self.who['u1'].decide(no, 'verify', 'failed')
        self.city.wait_until(lambda: [o['state'] for o in self.orders(no)] == ['done', 'done'],
                             'the machine was not stopped')
        self.assertEqual([o['act'] for o in self.orders(no)], ['open', 'stop'])

    def test_2_what_no_machine_does_is_left_to_people(self):
        no = self.city.apply('m1', 10, item='block-ssd')['no']
        self.who['o1'].decide(no, 'review')
        self.city.wait_until(lambda: [o['state'] for o in self.orders(no)] == ['left'], 'not left')
        self.assertEqual(steps(self.who['u1'].case(no)), ['open'])
        here, = self.who['o1'].get('/api/v1/cloud-connections')['items']
        self.assertEqual((here['cloud'], here['driver'], here['left']), ('YH', 'libvirt', 1))
        self.city.wait_until(lambda: self.who['o1'].get('/api/v1/cloud-connections')['items'][0][
            'reachable'], 'not asked')

    def test_3_a_cloud_that_is_away_is_shown_and_tried_again(self):
        self.serve(AWAY)
        no = self.city.apply('m1', 1)['no']
        self.who['o1'].decide(no, 'review')
        self.city.wait_until(lambda: self.orders(no)[0]['attempts'], 'not tried')
        order, = self.orders(no)
        self.assertEqual((order['state'], order['fault']['slug']), ('doing', 'cloud-unreachable'))
        self.assertIn('YH', order['fault']['sentence'])
        self.assertFalse(self.who['o1'].get('/api/v1/cloud-connections')['items'][0]['reachable'])
        self.serve(LIBVIRT)
        self.who['p1'].call('POST', f'/api/v1/orders/{order["id"]}/retry')
        self.until(no, ['verify'])
        self.assertEqual(self.orders(no)[0]['state'], 'done')


if __name__ == '__main__':
    unittest.main()
