"""yunheng meter import: a real month of twenty machines, dirt and all, against an independent
reckoning; lines that are refused; an import that was cut off."""
import gzip
import json
import math
import os
import time
import signal
import subprocess
import tempfile
import unittest

from city import BIN, City
from metering import now_ms

SHARED = os.environ.get('YH_SHARED', '')
TRACES = os.path.join(SHARED, 'data', 'traces')
CPU = 'resource_cpu_usage_ratio'


def reckon(path):
    """CPU and memory of a trace by our own reading of it: {metric: {ms: value}}; a value is unknown
    where the machine has no processor, or seems to use no memory; the first of an instant counts."""
    out = {CPU: {}, 'resource_memory_used_bytes': {}}
    with gzip.open(path, 'rt', encoding='ascii') as f:
        next(f)
        for line in f:
            row = [float(x) for x in line.split(';\t')]
            at = int(row[0]) * 1000
            if row[1] > 0:
                out[CPU].setdefault(at, row[4] * 0.01)
            if row[6] > 0:
                out['resource_memory_used_bytes'].setdefault(at, row[6] * 1024)
    return out


def nearest_rank(values, q):
    return sorted(values)[max(math.ceil(q * len(values)), 1) - 1]


class Import(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.project('own')
        cls.ids = [cls.city.formal('own', 1)[0] for _ in range(20)]
        w = cls.city.who
        cls.nos = [w['u1'].get('/api/v1/resources/' + i)['no'] for i in cls.ids]
        cls.folder = tempfile.TemporaryDirectory()
        cls.token = w['o1'].call('POST', '/api/v1/meter/tokens',
                                 {'kind': 'cloud', 'about': 'YH', 'label': 'import', 'days': 1,
                                  'backfill': True})['token']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.folder.cleanup()

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, 'wb') as f:
            f.write(content)
        return path

    def env(self, token=True):
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_SESSION=os.path.join(self.folder.name, 'session.json'),
                   YUNHENG_LANG='en')
        env.pop('YUNHENG_METER_TOKEN', None)
        if token:
            env['YUNHENG_METER_TOKEN'] = self.token
        return env

    def run_import(self, *args, token=True):
        return subprocess.run([f'{BIN}/yunheng', 'meter', 'import', *args], env=self.env(token),
                              capture_output=True, text=True, check=False)

    def line(self, no, value, **more):
        return json.dumps({'metric': CPU, 'labels': {'resource': no}, 'at': now_ms(),
                           'value': value, **more}).encode() + b'\n'

    def test_lines_that_are_refused_are_counted_and_the_status_says_so(self):
        good = self.line(self.nos[0], 0.5)
        path = self.file('mixed.jsonl', good + self.line('YH-R-999999', 1) + good)
        done = self.run_import(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn('3 rows, 2 samples (at least 1 known already), 1 refused', done.stderr)
        self.assertIn('refused: 1 (meter-foreign)', done.stderr)
        path = self.file('good.jsonl.gz', gzip.compress(good.rstrip(b'\n')))
        done = self.run_import(path)
        self.assertEqual((done.returncode, 'refused' in done.stderr.splitlines()[-1]), (0, True))
        broken = self.run_import(self.file('broken.jsonl', good + b'{"metric":\n'))
        self.assertEqual(broken.returncode, 1)
        self.assertIn('line:2', broken.stderr)

    def test_a_token_is_made_for_the_import_and_ended_afterwards(self):
        signed = subprocess.run([f'{BIN}/yunheng', 'session', 'create', '--login', 'o1',
                                 '--password', 'Test-Passw0rd!x'], env=self.env(False), check=True,
                                capture_output=True, text=True)
        self.assertIn('Signed in', signed.stdout)
        path = self.file('own.jsonl', self.line(self.nos[0], 0.25))
        done = self.run_import(path, '--cloud', 'YH', token=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        listed = self.city.who['o1'].get('/api/v1/meter/tokens')['items']
        self.assertEqual([t['label'] for t in listed], ['import'])
        self.assertEqual(self.run_import(path, token=False).returncode, 2)

    @unittest.skipUnless(os.path.isdir(SHARED), 'YH_SHARED names no folder that is here')
    def test_the_month_of_twenty_machines_is_what_an_independent_reckoning_says(self):
        names = sorted((n for n in os.listdir(TRACES) if n[0].isdigit()), key=lambda n: n.zfill(12))
        self.assertEqual(len(names), 20)
        paths = [os.path.join(TRACES, n) for n in names]
        of = dict(zip(paths, self.nos))
        table = self.file('map.csv', ''.join(f"{os.path.basename(p)[:-7]},{no}\n"
                                             for p, no in of.items()).encode())
        resume = os.path.join(self.folder.name, 'resume.json')
        args = [*paths, '--map', table, '--resume', resume]
        self.cut_off(args, resume)
        done = self.run_import(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        want = {no: reckon(path) for path, no in of.items()}
        first = self.use()
        for path, no in of.items():
            for metric, got in first.items():
                with self.subTest(trace=os.path.basename(path), metric=metric):
                    self.check(want[no][metric], got.get(no))
        again = self.run_import(paths[0], '--resource', self.nos[0])
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.use(), first, 'the same samples again count nowhere twice')

    def use(self):
        ask = self.city.who['o1'].get
        return {metric: {i['resource']: i for i in ask(
            '/api/v1/meter/utilisation', cloud='YH', metric=metric, to='2013-09-01', window='31d',
            quantile='0.95')['items']} for metric in (CPU, 'resource_memory_used_bytes')}

    def cut_off(self, args, resume):
        """Kills an import as soon as it noted that something was acknowledged."""
        with subprocess.Popen([f'{BIN}/yunheng', 'meter', 'import', *args], env=self.env(),
                              stderr=subprocess.DEVNULL) as cut:
            while not os.path.exists(resume) and cut.poll() is None:
                pass
            cut.send_signal(signal.SIGKILL)
        self.assertEqual(cut.returncode, -signal.SIGKILL)

    def check(self, want, got):
        if not want:
            self.assertIsNone(got, 'what is not known is not zero')
            return
        values = list(want.values())
        self.assertEqual(got['count'], len(values))
        self.assertTrue(math.isclose(got['mean'], math.fsum(values) / len(values), rel_tol=1e-9))
        self.assertEqual(got['max'], max(values))
        self.assertEqual(got['quantile'], nearest_rank(values, 0.95))


if __name__ == '__main__':
    unittest.main()
