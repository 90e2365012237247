"""What a cloud has and what the register says: compared both ways, machines that nobody entered
brought under management, the load of machines in the meter. The cloud is libvirt's own test driver,
which lives in the server's process: a new server finds the machine it begins with, and no other."""
import csv
import io
import os
import subprocess
import tempfile
import unittest

from city import BIN, BLOCK, PASSWORD, VM, City, Problem, on_both_engines, today

SETTINGS = '''YH:
  driver: libvirt
  items: vm-*, block-ssd
  uri: test:///default
  pool: default-pool
  type: test
  arch: i686
  network: default
  shutdown_s: 0
EAST:
  driver: libvirt
  items: vm-*
  uri: qemu+unix:///system?socket=/nonexistent/yunheng
  pool: none
  type: kvm
  arch: x86_64
'''
THERE = '6695eb01-f6a4-8304-79aa-97f2502e193f'  # the machine that test:///default begins with
GONE = '00000000-0000-4000-8000-000000000001'
VM2 = dict(VM, code='vm-2c8g', name='云主机 2 核 8 GiB', dims={'vcpu': 2, 'memory_gib': 8})


@on_both_engines
class Reconciling:
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='yh-clouds-')
        path = os.path.join(cls.folder.name, 'clouds.yaml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(SETTINGS)
        cls.city = City(cls.postgres, serve=('--clouds', path))
        cls.who = cls.city.who
        cls.city.publish([VM, BLOCK, VM2])
        cls.city.project('SEEN', dims={'vcpu': 100, 'memory_gib': 200})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.folder.cleanup()

    def compare(self, who='o1', cloud='YH'):
        found = self.who[who].later(f'/api/v1/clouds/{cloud}/reconcile', {}, limit=200)
        return {(d['kind'], d['machine']): d for d in found['items']}

    def sheet(self):
        status, body = self.who['o1'].bytes_of('/api/v1/clouds/YH/discover', format='csv')
        self.assertEqual(status, 200)
        return body.decode('utf-8-sig')

    def enter(self, text):
        s = self.who['o1']
        status, body, _ = s.raw('POST', '/api/v1/documents?name=found.csv', text.encode(),
                                {'Content-Type': 'application/octet-stream'})
        self.assertEqual(status, 201, body)
        seen = s.get('/api/v1/openings/preview', document=body['id'], cloud='YH')
        self.assertTrue(seen['accepted'], seen)
        no = s.file('opening_balance', {'document': body['id'], 'day': today().isoformat()},
                    cloud='YH')['no']
        self.who['e1'].decide(no, 'agree')
        return no

    def complete(self, text, *more):
        """The sheet as the operator completes it: whose the machine is."""
        head, rows = text.split('[资源]\r\n')
        lines = list(csv.reader(io.StringIO(rows)))
        at = {name: i for i, name in enumerate(lines[0])}
        for line in lines[1:]:
            line[at['单位代码']], line[at['项目代码']] = 'civil', 'SEEN'
            line[at['系统代码']] = 's1'
        for changed in more:
            line = list(lines[1])
            for name, value in changed.items():
                line[at[name]] = value
            lines.append(line)
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        return head + '[资源]\r\n' + out.getvalue()

    # proves A13.1, A13.2
    def test_A10_2_a_machine_nobody_entered_is_found_entered_and_then_agrees(self):
        found = self.compare()
        one = found['unregistered', THERE]
        self.assertEqual({d['dimension']: d['quantity'] for d in one['has']}['vcpu'], 2)
        self.assertEqual((one['name'], one['resource'], one['running']), ('test', None, True))
        # it stands as one difference, however often it is found
        again = self.compare()['unregistered', THERE]
        self.assertEqual(again['id'], one['id'])

        text = self.complete(self.sheet(), {'名称': '不在', '目录条目': 'vm-4c8g', '服务商编号': GONE})
        self.assertIn('vm-2c8g', text)  # of the catalogue, the one of its size
        self.enter(text)
        found = self.compare()
        self.assertNotIn(('unregistered', THERE), found)
        self.assertEqual({k for k in found if k[1] == THERE}, set())
        gone = found['vanished', GONE]
        self.assertEqual({d['dimension']: d['quantity'] for d in gone['registered']},
                         {'vcpu': 4, 'memory_gib': 8})
        closed = self.who['o1'].get('/api/v1/clouds/YH/differences', state='closed')['items']
        self.assertIn(one['id'], [d['id'] for d in closed])
        self.assertEqual(self.who['o1'].get('/api/v1/clouds/YH/differences', kind='wrong_size')['items'],
                         [])
        # those who look after the cloud are told, and its provider
        for who in ('o1', 'p1'):
            notices = self.who[who].get('/api/v1/notices', limit=200)['items']
            self.assertIn('finding-cloud-differs', [n['slug'] for n in notices])
        self.load_of(THERE)

    def load_of(self, machine):
        """What it uses is metered by the cloud's own sender: one processor of its two, all the time."""
        no = next(r['no'] for r in self.who['o1'].get('/api/v1/resources', limit=200)['items']
                  if r['provider_ref'] == machine)
        lines = {}

        def there():
            self.city.store.sql("UPDATE job SET due_at = 0 WHERE kind = 'cloud.sample'")
            items = self.who['u1'].get(f'/api/v1/meter/latest', resource=no)['items']
            lines.update({i['metric']: i for i in items})
            # of two looks right after each other it is inexact
            return 0.4 < lines.get('resource_cpu_usage_ratio', {'value': 0})['value'] < 0.6
        self.city.wait_until(there, 'no load, or not half of it')
        self.assertEqual(lines['resource_up']['value'], 1)
        self.assertEqual(lines['resource_memory_total_bytes']['value'], 8 * 2 ** 30)
        self.assertEqual(lines['resource_up']['labels']['cloud'], 'YH')

    def test_A13_1_the_room_of_a_cloud_is_platform_data(self):
        lines = {}

        def there():
            self.city.store.sql("UPDATE job SET due_at = 0 WHERE kind = 'cloud.capacity'")
            for i in self.who['o1'].get('/api/v1/meter/capacity', cloud='YH')['items']:
                lines[i['metric'], i['labels'].get('dimension')] = i['value']
            return ('platform_capacity', 'vcpu') in lines
        self.city.wait_until(there, 'no capacity')
        self.assertEqual(lines['platform_capacity', 'vcpu'], 16)
        self.assertGreaterEqual(lines['platform_capacity_used', 'vcpu'], 2)

    def test_A19_1_a_machine_opened_by_the_cloud_agrees_and_one_that_is_gone_is_found(self):
        no = self.city.apply('SEEN', 1)['no']
        self.who['o1'].decide(no, 'review')
        self.city.wait_until(lambda: self.who['u1'].case(no)['resources'][0]['state'] == 'running',
                             'not opened by the cloud')
        ref = next(r['provider_ref'] for r in self.who['o1'].get('/api/v1/resources', limit=200)['items']
                   if r['no'] == self.who['u1'].case(no)['resources'][0]['no'])
        self.assertEqual({k for k in self.compare() if k[1] == ref}, set())
        # libvirt forgets with the server what ran in it: the register does not
        self.city.server.stop()
        self.city.server.start()
        self.city.meet()
        self.assertEqual({k for k in self.compare() if k[1] == ref}, {('vanished', ref)})

    def test_a_cloud_that_is_away_fails_the_comparison_and_changes_nothing(self):
        with self.assertRaises(Problem) as caught:
            self.compare('do', 'EAST')
        self.assertEqual(caught.exception.slug, 'cloud-unreachable')
        self.assertIn('EAST', caught.exception.body['sentence'])
        self.assertEqual(self.who['do'].get('/api/v1/clouds/EAST/differences')['items'], [])

    def test_only_bodies_of_the_cloud_compare_it_and_its_units_do_not(self):
        for who, call, status in (('u1', 'reconcile', 403), ('do', 'reconcile', 404),
                                  ('p1', 'reconcile', 403), ('u1', 'differences', 403)):
            method = 'POST' if call == 'reconcile' else 'GET'
            got, _, _ = self.who[who].raw(method, f'/api/v1/clouds/YH/{call}',
                                          {} if method == 'POST' else None)
            self.assertEqual(got, status, (who, call))
        self.assertIsInstance(self.who['p1'].get('/api/v1/clouds/YH/differences')['items'], list)
        self.assertEqual(self.who['u1'].bytes_of('/api/v1/clouds/YH/discover')[0], 403)

    def test_the_command_compares_and_writes_the_sheet(self):
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, HOME=folder)
            server = f'http://127.0.0.1:{self.city.server.port}'

            def run(*args):
                return subprocess.run([f'{BIN}/yunheng', *args, '--server', server], env=env,
                                      capture_output=True, text=True, check=False)
            signed = run('session', 'create', '--login', 'o1', '--password', PASSWORD)
            self.assertEqual(signed.returncode, 0, signed)
            done = run('cloud', 'reconcile', 'YH')
            self.assertEqual(done.returncode, 0, done)
            path = os.path.join(folder, 'found.xlsx')
            done = run('cloud', 'discover', 'YH', '--out', path)
            self.assertEqual(done.returncode, 0, done)
            with open(path, 'rb') as f:
                self.assertEqual(f.read(2), b'PK')


if __name__ == '__main__':
    unittest.main()
