"""`watch scan` by a store of samples outside (YH_TEST_METER, see tests/tools/meter.py): the same city, the
same samples, the same verdicts, reasons and figures as by the embedded one."""
import datetime
import json
import os
import subprocess
import unittest
import urllib.request

from city import BIN, BLOCK, City, Problem, VM
from metering import Sender
from test_watch import BUSY, CPU, FIRST, IDLE, RX, SMALL, TINY, TX, USED, ms

OUTER, STORE = os.environ.get('YH_TEST_METER'), os.environ.get('YH_TEST_METER_STORE')
RX_ALL, TX_ALL = 'resource_network_receive_bytes_total', 'resource_network_transmit_bytes_total'
DAYS = 6  # within the time in which Prometheus takes samples that are out of order
WINDOW = {'from': str(FIRST), 'to': str(FIRST + datetime.timedelta(days=DAYS - 1))}
SKETCH = 1 / 64  # the embedded store's quantiles
EVERY = range(0, 60, 5)


def counted(metrics, rate):
    """The same traffic as counters."""
    return {**{k: v for k, v in metrics.items() if k not in (RX, TX)},
            RX_ALL: lambda s: s * rate, TX_ALL: lambda s: s * rate}


# code: what is measured, on which days, at which minutes
MACHINES = {
    'idle': (IDLE, range(DAYS), EVERY),
    'busy': (BUSY, range(DAYS), EVERY),
    'gone': (IDLE, range(2), EVERY),
    'zeros': ({**IDLE, USED: 0}, range(DAYS), EVERY),
    'odd': ({**BUSY, CPU: lambda s: 0.02 + (s // 3600 % 24) / 100}, range(DAYS), EVERY),
    'quiet': (counted(IDLE, 100), range(DAYS), EVERY),
    'loud': (counted(IDLE, 100000), range(DAYS), EVERY),
    'none': ({}, range(DAYS), EVERY),
}


@unittest.skipUnless(OUTER, 'YH_TEST_METER is not set')
class Outer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cities = [cls.city(), cls.city('--meter', OUTER)]
        if STORE == 'victoria':  # shows at once what it was given
            urllib.request.urlopen(OUTER + '/internal/force_flush', timeout=60).close()
        cls.replies = [c.who['o1'].scan(WINDOW, limit=200) for c in cls.cities]

    @classmethod
    def tearDownClass(cls):
        for city in cls.cities:
            city.close()

    @classmethod
    def city(cls, *serve):
        city = City(serve=serve)
        city.publish([VM, SMALL, TINY, BLOCK])
        nos = {}
        for code in MACHINES:
            city.project('m-' + code)
            [ident] = city.formal('m-' + code, 1)
            nos[code] = city.who['u1'].get('/api/v1/resources/' + ident)['no']
        at = ms(FIRST - datetime.timedelta(days=40)) * 1000
        city.store.sql(f'UPDATE resource SET opened_at = {at}')
        city.store.sql(f'UPDATE resource_size SET from_at = {at}')
        token = city.who['o1'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'cloud', 'about': 'YH', 'label': 'x', 'days': 1, 'backfill': True})['token']
        sender = Sender(city.server.port, token)
        for day in range(DAYS):  # in the order of time, which some stores want
            rows = list(cls.day(nos, day))
            for i in range(0, len(rows), 10000):
                status, reply = sender.lines(rows[i:i + 10000], '?backfill=true')
                assert status == 200 and not reply['refused'], reply
        sender.close()
        return city

    @staticmethod
    def day(nos, day):
        date = FIRST + datetime.timedelta(days=day)
        for hour in range(24):
            for minute in EVERY:
                since = day * 86400 + hour * 3600 + minute * 60
                for code, (metrics, days, minutes) in MACHINES.items():
                    for name, value in metrics.items() if day in days and minute in minutes else ():
                        yield {'metric': name, 'labels': {'resource': nos[code]},
                               'at': ms(date, hour, minute),
                               'value': value(since) if callable(value) else value}

    def same(self, a, b, where=''):
        if isinstance(a, dict) and isinstance(b, dict):
            self.assertEqual(set(a), set(b), where)
            for k in a:
                self.same(a[k], b[k], f'{where}.{k}')
        elif isinstance(a, list) and isinstance(b, list):
            self.assertEqual(len(a), len(b), where)
            for i, (x, y) in enumerate(zip(a, b)):
                self.same(x, y, f'{where}[{i}]')
        elif isinstance(a, float) or isinstance(b, float):
            self.assertLessEqual(abs(a - b), 2 * SKETCH * max(abs(a), abs(b)), f'{where}: {a} {b}')
        else:
            self.assertEqual(a, b, where)

    def test_every_line_says_the_same(self):
        inner, outer = self.replies
        for key in ('resources', 'flagged', 'ok', 'unknown', 'excepted'):
            self.assertEqual(outer[key], inner[key], key)
        self.assertEqual(len(outer['items']), len(inner['items']))
        for a, b in zip(inner['items'], outer['items']):
            with self.subTest(about=a.get('resource') or a.get('system'), rule=a['rule']):
                drop = ('because', 'sentence')  # words round the figures
                self.same({k: v for k, v in a.items() if k not in drop},
                          {k: v for k, v in b.items() if k not in drop})
                self.assertEqual(bool(a.get('because')), bool(b.get('because')))
        said = {(i.get('system') or i.get('resource'), i['rule']): i['verdict'] for i in outer['items']}
        self.assertEqual({code: said[f'civil.m-{code}/s1', 'zombie'] for code in MACHINES}, {
            'idle': 'flagged', 'busy': 'ok', 'gone': 'unknown', 'zeros': 'flagged', 'odd': 'ok',
            'quiet': 'flagged', 'loud': 'ok', 'none': 'unknown'})

    def test_findings_have_the_same_evidence_and_advice(self):
        found = [{(f['rule'], f.get('resource') or f['system']): f['no'] for f in c.who['o1'].get(
            '/api/v1/findings', limit=200)['items']} for c in self.cities]
        self.assertEqual(set(found[0]), set(found[1]))
        self.assertTrue(found[0])
        for key in found[0]:
            inner, outer = (c.who['o1'].get('/api/v1/findings/' + f[key])
                            for c, f in zip(self.cities, found))
            with self.subTest(finding=key):
                self.same(inner['evidence']['items'] if 'items' in inner['evidence'] else
                          inner['evidence'].get('conditions'),
                          outer['evidence']['items'] if 'items' in outer['evidence'] else
                          outer['evidence'].get('conditions'))
                self.same(inner.get('advice'), outer.get('advice'))

    def test_the_same_scan_again_is_the_same(self):
        o1 = self.cities[1].who['o1']
        self.assertEqual(o1.scan(WINDOW, limit=200), self.replies[1])

    def test_the_command_waits_and_shows(self):
        for city in self.cities:
            token = city.who['o1'].call('POST', '/api/v1/account/tokens',
                                        {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
            env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{city.server.port}',
                       YUNHENG_TOKEN=token, YUNHENG_LANG='en')
            done = subprocess.run([f'{BIN}/yunheng', 'watch', 'scan', '--from', WINDOW['from'], '--to', WINDOW['to'], '--rule', 'zombie',
                                   '--format', 'json', '--limit', '200'], env=env, capture_output=True,
                                  text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            lines = json.loads(done.stdout)['items']
            self.assertEqual({i['rule'] for i in lines} - {None}, {'zombie'})
            done = subprocess.run([f'{BIN}/yunheng', 'watch', 'scan', '--month', '2099-01'], env=env,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn('watch-window-future', done.stderr)

    def test_z_a_store_that_went_away_ends_the_scan_with_the_reason(self):
        city = self.cities[1]
        city.server.stop()
        city.server.extra = ('--meter', 'http://127.0.0.1:9')
        city.server.start()
        city.meet()
        o1 = city.who['o1']
        wait = o1.call('POST', '/api/v1/watch/scans', WINDOW)['wait']
        city.wait_until(lambda: o1.get(wait)['ended_at'], 'it never ended')
        how = o1.get(wait)
        self.assertEqual((how['state'], how['slug']), ('failed', 'meter-outer-unreachable'))
        self.assertTrue(how['sentence'])
        with self.assertRaises(Problem):
            o1.get('/api/v1/watch/scans/' + how['id'])


if __name__ == '__main__':
    unittest.main()
