"""What a machine fulfils: opened, grown, stopped and destroyed by it, by the driver that libvirt's own
library brings along for tests; a cloud that is away; and the table that people confirm by."""
import csv
import io
import os
import signal
import subprocess
import tempfile
import unittest

from city import BIN, PASSWORD, City, Problem, on_both_engines, steps

try:
    import openpyxl
except ImportError:  # not for this interpreter, but for the system's
    import sys
    sys.path.append('/usr/lib/python3/dist-packages')
    import openpyxl

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
    def serve(cls, entry, how=signal.SIGTERM):
        with open(cls.file, 'w', encoding='utf-8') as f:
            f.write('YH:\n' + entry)
        cls.city.server.stop(how)
        cls.city.server.extra = ('--clouds', cls.file)
        cls.city.server.start()
        cls.city.meet()

    def orders(self, no, login='p1', state='all'):
        return self.who[login].get('/api/v1/orders', case=no, state=state)['items']

    def until(self, no, step):
        self.city.wait_until(lambda: steps(self.who['u1'].case(no)) == step, f'{no} is not at {step}')

    # proves X13, S24, S25
    def test_1_a_machine_opens_grows_stops_and_destroys_what_a_case_allows(self):
        no = self.city.apply('m1', 1)['no']
        self.who['o1'].decide(no, 'review')
        self.until(no, ['verify'])
        case = self.who['u1'].case(no)
        self.assertEqual([r['state'] for r in case['resources']], ['running'])
        order, = self.orders(no)
        self.assertEqual((order['act'], order['state'], order['by_machine'], order['fault']),
                         ('open', 'done', True, None))
        self.assertEqual({d['dimension']: d['quantity'] for d in order['dimensions']},
                         {'vcpu': 4, 'memory_gib': 8})
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
        self.assertEqual(steps(self.who['u1'].case(no)), ['retention'])
        # and what was kept as long as it must is destroyed, in the books and on the cloud
        self.city.due_now('case.elapse', no)
        self.city.wait_until(lambda: self.who['u1'].case(no)['state'] == 'closed', 'not destroyed')
        self.assertEqual([o['act'] for o in self.orders(no)], ['open', 'stop', 'destroy'])
        self.assertEqual(self.who['u1'].case(no)['resources'][0]['state'], 'destroyed')

    def test_2_what_no_machine_does_is_left_to_people(self):
        no = self.city.apply('m1', 10, item='block-ssd')['no']
        self.who['o1'].decide(no, 'review')
        self.city.wait_until(lambda: [o['state'] for o in self.orders(no)] == ['left'], 'not left')
        self.assertEqual(steps(self.who['u1'].case(no)), ['open'])
        here, = self.who['o1'].get('/api/v1/cloud-connections')['items']
        self.assertEqual((here['cloud'], here['driver'], here['left']), ('YH', 'libvirt', 1))
        self.city.wait_until(lambda: self.who['o1'].get('/api/v1/cloud-connections')['items'][0][
            'reachable'], 'not asked')
        # nor is the machine asked by who is not cleared for the case (S08)
        self.who['u1'].call('PUT', f'/api/v1/cases/{no}/label', {'label': 'sensitive', 'reason': '涉及重要数据'})
        with self.assertRaises(Problem) as caught:
            self.who['p1'].call('POST', f'/api/v1/orders/{self.orders(no)[0]["id"]}/retry')
        self.assertEqual(caught.exception.slug, 'label-above')

    def test_3_a_cloud_that_is_away_is_shown_and_tried_again(self):
        self.serve(AWAY)
        no = self.city.apply('m1', 1)['no']
        self.who['o1'].decide(no, 'review')
        self.city.wait_until(lambda: self.orders(no)[0]['attempts'], 'not tried')
        order, = self.orders(no)
        self.assertEqual((order['state'], order['fault']['slug']), ('doing', 'cloud-unreachable'))
        self.assertIn('YH', order['fault']['sentence'])
        self.city.wait_until(lambda: not self.who['o1'].get('/api/v1/cloud-connections')['items'][0]['reachable'],
                             'it is told to be reachable')
        self.serve(LIBVIRT, signal.SIGKILL)
        self.who['p1'].call('POST', f'/api/v1/orders/{order["id"]}/retry')
        self.until(no, ['verify'])
        self.assertEqual(self.orders(no)[0]['state'], 'done')


@on_both_engines
class ByPeople:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.who = cls.city.who
        cls.city.project('h1', dims={'vcpu': 400, 'memory_gib': 800, 'block_gib': 100})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def asked(self, *items):
        no = self.who['u1'].file('test', {'items': [
            {'item': item, 'quantity': str(q), 'system': 's1'} for item, q in items]}, project='h1')['no']
        self.who['o1'].decide(no, 'review')
        return no

    def table(self, kind='csv', who='p1'):
        status, data = self.who[who].bytes_of('/api/v1/orders/handover', format=kind)
        self.assertEqual(status, 200, data)
        if kind == 'csv':
            return list(csv.reader(io.StringIO(data.decode('utf-8-sig'))))
        return [[cell or '' for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).active.values]

    @staticmethod
    def written(rows, kind='csv'):
        if kind == 'csv':
            out = io.StringIO()
            csv.writer(out).writerows(rows)
            return out.getvalue().encode()
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def confirm(self, rows, kind='csv', dry=False):
        status, document, _ = self.who['p1'].raw('POST', f'/api/v1/documents?name=x.{kind}',
                                                 self.written(rows, kind),
                                                 {'Content-Type': 'application/octet-stream'})
        self.assertEqual(status, 201, document)
        return self.who['p1'].call('POST', '/api/v1/orders/confirmations' + ('?dry_run=true' if dry else ''),
                                   {'document': document['id']})

    def faults(self, rows, kind='csv'):
        seen = self.confirm(rows, kind, dry=True)
        self.assertFalse(seen['accepted'])
        with self.assertRaises(Problem) as caught:
            self.confirm(rows, kind)
        self.assertEqual(caught.exception.slug, 'orders-faulty')
        return {(f['cell'], f['problem']['slug']) for f in seen['faults']}

    # proves X13
    def test_1_a_table_goes_out_and_comes_back_confirmed_all_of_it_or_nothing(self):
        one, two = self.asked(('vm-4c8g', 1)), self.asked(('vm-4c8g', 2), ('block-ssd', 10))
        head, *rows = self.table()
        self.assertEqual([(r[head.index('案号')], r[head.index('动作')]) for r in rows],
                         [(one, '开通'), (two, '开通'), (two, '开通')])
        self.assertIn('16', rows[1][head.index('规格')])
        self.assertEqual([r for r in self.table('xlsx')[1:]], rows)
        ref = head.index('服务商标识')
        self.assertEqual(self.faults([head, *rows]), {(f'K{i}', 'provider-ref-missing') for i in (2, 3, 4)})
        for i, row in enumerate(rows):
            row[ref] = f'-i-{i}'
        # half of a step, twice the same, nobody's, an unknown column's table
        self.assertEqual(self.faults([head, rows[0], rows[1]]), {('A3', 'order-incomplete')})
        self.assertEqual(self.faults([head, *rows, rows[0]]), {('A5', 'order-twice')})
        self.assertEqual(self.faults([head, ['x'] * len(head)]), {('A2', 'order-unknown')})
        self.assertEqual(self.faults([['a', 'b'], ['1', '2']]), {('1', 'order-column-missing')})
        self.assertEqual([steps(self.who['u1'].case(no)) for no in (one, two)], [['open'], ['open']])
        seen = self.confirm([head, *rows], dry=True)
        self.assertEqual((seen['accepted'], seen['steps'], seen['orders']), (True, 2, 3))
        self.assertEqual(steps(self.who['u1'].case(one)), ['open'], 'a look confirms nothing')
        self.assertTrue(self.confirm([head, *rows], 'xlsx')['accepted'])
        self.assertEqual([steps(self.who['u1'].case(no)) for no in (one, two)], [['verify'], ['verify']])
        refs = {r['provider_ref'] for r in self.who['o1'].get('/api/v1/resources', unit='civil')['items']}
        self.assertLessEqual({'-i-0', '-i-1', '-i-2'}, refs)
        self.assertEqual(self.faults([head, *rows]), {(f'A{i}', 'order-over') for i in (2, 3, 4)})
        states = [o['state'] for o in self.who['p1'].get('/api/v1/orders', state='all')['items']]
        self.assertEqual(states, ['done'] * 3)

    def test_2_what_the_books_stop_by_themselves_is_an_order_of_its_own(self):
        no = self.asked(('vm-4c8g', 1))
        head, row = self.table()
        row[head.index('服务商标识')] = 'i-9'
        self.confirm([head, row])
        self.who['u1'].decide(no, 'verify', 'failed')
        head, row = self.table()
        self.assertEqual((row[head.index('动作')], row[head.index('服务商标识')]), ('停止', 'i-9'))
        for label, faults in (('sensitive', {('A2', 'label-above')}), ('open', None)):
            self.who['u1'].call('PUT', f'/api/v1/cases/{no}/label', {'label': label, 'reason': '按制度调整'})
            if faults:
                self.assertEqual(self.faults([head, row]), faults)
        self.confirm([head, row])
        self.assertEqual(self.table(), [head])

    def test_3_the_command_line_exports_looks_and_confirms(self):
        no = self.asked(('vm-4c8g', 1))
        with tempfile.TemporaryDirectory() as home:
            path = os.path.join(home, '交付.csv')
            env = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, YUNHENG_LANG='zh')

            def run(*args):
                return subprocess.run([f'{BIN}/yunheng', *args, '--server',
                                       f'http://127.0.0.1:{self.city.server.port}'], env=env,
                                      capture_output=True, check=False)
            self.assertEqual(run('session', 'create', '--login', 'p1', '--password', PASSWORD).returncode, 0)
            listed = run('order', 'list')
            self.assertIn(no.encode(), listed.stdout, listed)
            self.assertEqual(run('cloud', 'connections').returncode, 0)
            out = run('order', 'export', '--format', 'csv')
            self.assertEqual(out.returncode, 0, out)
            head, row = csv.reader(io.StringIO(out.stdout.decode('utf-8-sig')))
            with open(path, 'wb') as f:
                f.write(self.written([head, row]))
            wrong = run('order', 'confirm', path)
            self.assertEqual((wrong.returncode, b'K2' in wrong.stderr), (1, True), wrong)
            row[head.index('服务商标识')] = 'i-7'
            with open(path, 'wb') as f:
                f.write(self.written([head, row]))
            self.assertEqual(run('order', 'confirm', path, '--preview').returncode, 0)
            self.assertEqual(steps(self.who['u1'].case(no)), ['open'])
            right = run('order', 'confirm', path)
            self.assertEqual(right.returncode, 0, right)
            self.assertEqual(steps(self.who['u1'].case(no)), ['verify'])

    def test_4_a_step_that_was_open_before_there_were_orders_gets_its_own(self):
        no = self.asked(('vm-4c8g', 1), ('block-ssd', 10))
        had = self.table()[1:]
        self.city.store.sql('DELETE FROM cloud_order WHERE booked IS NULL')
        self.assertEqual(self.table()[1:], [])
        self.city.store.sql("INSERT INTO job (id, kind, ref, due_at, tries, fault) SELECT id, 'order.plan', id,"
                            " 1, 0, '' FROM case_step WHERE kind = 'fulfil' AND closed_at IS NULL")
        self.city.wait_until(lambda: len(self.table()) == 3, 'no orders were written')
        self.assertEqual([row[1:] for row in self.table()[1:]], [row[1:] for row in had])
        self.assertEqual([row[1] for row in had], [no, no])


if __name__ == '__main__':
    unittest.main()
