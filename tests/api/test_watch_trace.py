"""yunheng watch scan --month 2013-08 on a real month of twenty machines, dirt and all: every figure and
every verdict against an independent reckoning from the raw files, and the same bytes each time."""
import gzip
import json
import math
import os
import re
import subprocess
import tempfile
import unittest
from decimal import ROUND_HALF_EVEN, Decimal

from city import BIN, VM, City

SHARED = os.environ.get('YH_SHARED', '')
TRACES = os.path.join(SHARED, 'data', 'traces')
PACK = os.path.join(os.path.dirname(__file__), '..', '..', 'policy', 'shanghai-2022')
FROM, TO = 1375286400000, 1377964800000  # August 2013 in Shanghai
SLOTS = (TO - FROM) // 300000
CPU, USED, TOTAL, CORES = ('resource_cpu_usage_ratio', 'resource_memory_used_bytes',
                           'resource_memory_total_bytes', 'resource_cpu_cores')
RX, TX = ('resource_network_receive_bytes_per_second', 'resource_network_transmit_bytes_per_second')
SKETCH = 1 / 64

SIZES = [(1, 1, '60'), (1, 2, '99.995'), (2, 4, '170'), (4, 8, '320')]
CATALOGUE = [dict(VM, code=f'vm-{c}c{m}g', name=f'{c} 核 {m} GiB',
                  tiers=[{'from': '0', 'price': p}], dims={'vcpu': c, 'memory_gib': m})
             for c, m, p in SIZES]


def read(path):
    """{metric: {ms: value}} of August, by our own reading: the first of an instant counts; without
    processors nothing is known of their use, memory of 0 is not known, and where disk and network
    are silent as well nobody reports."""
    out = {m: {} for m in (CPU, USED, TOTAL, CORES, RX, TX)}
    with gzip.open(path, 'rt', encoding='ascii') as f:
        next(f)
        for line in f:
            at, cores, _, _, percent, total, used, *io = [float(x) for x in line.split(';\t')]
            at = int(at) * 1000
            if not FROM <= at < TO:
                continue
            known = {CPU: (percent * 0.01, cores > 0), CORES: (cores, cores > 0),
                     TOTAL: (total * 1024, total > 0), USED: (used * 1024, used > 0),
                     RX: (io[2] * 1024, used > 0 or any(io)),
                     TX: (io[3] * 1024, used > 0 or any(io))}
            for metric, (value, is_known) in known.items():
                if is_known:
                    out[metric].setdefault(at, value)
    return out


def rank(samples, q):
    values = sorted(samples.values())
    return values[max(math.ceil(q * len(values)), 1) - 1]


def mean(samples):
    return math.fsum(samples.values()) / len(samples)


def coverage(samples):
    return len({at // 300000 for at in samples}) * 1000 // SLOTS


def parameters():
    """key -> value of the pack, shares as numbers."""
    out = {}
    with open(os.path.join(PACK, 'parameters.yaml'), encoding='utf-8') as f:
        for key, value in re.findall(r'^  (watch\.[\w.]+): \{value: ([^,]+),', f.read(), re.M):
            out[key] = float(value[:-1]) / 100 if value.endswith('%') else value
    return out


P = parameters()


def conditions(vm):
    """rule -> [(metric, figure or None, threshold, coverage)], reckoned here."""
    def one(metric, stat, threshold, of=None):
        samples = vm[metric]
        figure = None
        if samples and not (of and not vm[of]):
            figure = (rank(samples, {'p95': 0.95, 'p99': 0.99}[stat]) if stat != 'mean'
                      else mean(samples))
            if of:
                figure /= mean(vm[of])
        return metric, figure, threshold, coverage(samples)

    net = float(P['watch.zombie.network'])
    return {'low_use': [one(CPU, 'p95', P['watch.low.cpu']),
                        one(USED, 'p95', P['watch.low.memory'], TOTAL)],
            'zombie': [one(CPU, 'p99', P['watch.zombie.cpu']), one(RX, 'mean', net),
                       one(TX, 'mean', net)]}


def holds(condition):
    _, figure, threshold, share = condition
    if figure is None or share < P['watch.coverage'] * 1000:
        return 'unknown'
    return 'yes' if figure < threshold else 'no'


def judge(of):
    told = [holds(c) for c in of]
    return 'ok' if 'no' in told else 'unknown' if 'unknown' in told else 'flagged'


def size(vm):
    """The cheapest size that would have held p99 and the headroom, and what it saves; None: none."""
    if not vm[USED] or coverage(vm[USED]) < 500 or coverage(vm[CPU]) < 500:
        return None
    share = 1 + P['watch.headroom']
    cpu = rank(vm[CPU], 0.99) * max(vm[CORES].values()) * share
    mem = rank(vm[USED], 0.99) / 2 ** 30 * share
    fits = [(Decimal(p), f'vm-{c}c{m}g') for c, m, p in SIZES if c >= cpu - 1e-9 and m >= mem - 1e-9]
    price, code = min(fits) if fits else (Decimal(320), '')
    if price >= 320:
        return None
    return code, (Decimal(320) - price).quantize(Decimal('0.01'), ROUND_HALF_EVEN)


@unittest.skipUnless(os.path.isdir(SHARED), 'YH_SHARED names no folder that is here')
class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.publish(CATALOGUE)
        cls.folder = tempfile.TemporaryDirectory()
        names = sorted(n for n in os.listdir(TRACES) if n[0].isdigit())
        cls.vms, cls.no, table = {}, {}, []
        for n in names:
            vm = n[:-7]
            cls.city.project('vm' + vm)
            ident = cls.city.formal('vm' + vm, 1)[0]
            cls.no[vm] = cls.city.who['u1'].get('/api/v1/resources/' + ident)['no']
            cls.vms[vm] = read(os.path.join(TRACES, n))
            table.append(f'{vm},{cls.no[vm]}\n')
        path = os.path.join(cls.folder.name, 'map.csv')
        with open(path, 'w', encoding='ascii') as f:
            f.writelines(table)
        cls.run_cli('session', 'create', '--login', 'o1', '--password', 'Test-Passw0rd!x')
        cls.run_cli('meter', 'import', *(os.path.join(TRACES, n) for n in names), '--map', path,
                    '--cloud', 'YH')
        cls.first = cls.scan()

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.folder.cleanup()

    @classmethod
    def run_cli(cls, *args):
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{cls.city.server.port}',
                   YUNHENG_SESSION=os.path.join(cls.folder.name, 'session.json'), YUNHENG_LANG='en')
        server = ('--server', f'http://127.0.0.1:{cls.city.server.port}')
        done = subprocess.run([f'{BIN}/yunheng', *args, *(server if args[0] == 'watch' else ())],
                              env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @classmethod
    def scan(cls):
        return cls.run_cli('watch', 'scan', '--month', '2013-08', '--format', 'json', '--limit',
                           '200')

    def lines(self):
        return json.loads(self.first)['items']

    # proves A25.2
    def test_every_figure_and_verdict_is_what_the_raw_files_say(self):
        lines = {(i['resource'], i['rule']): i for i in self.lines() if i.get('resource')}
        seen = {}
        for vm, samples in self.vms.items():
            for rule, of in conditions(samples).items():
                with self.subTest(vm=vm, rule=rule):
                    line = lines[self.no[vm], rule]
                    for want, got in zip(of, line['all'], strict=True):
                        self.check(want, got)
                    self.assertEqual(line['verdict'], judge(of))
                    seen.setdefault(line['verdict'], []).append((vm, rule))
        self.assertEqual(set(seen), {'flagged', 'ok', 'unknown'})

    def check(self, want, got):
        metric, figure, threshold, share = want
        self.assertEqual((got['metric'], got['below'], round(got['coverage'] * 1000)),
                         (metric, threshold, share))
        self.assertEqual(got['holds'], holds(want))
        if figure is None:
            self.assertIsNone(got['figure'])
            return
        close = SKETCH if got.get('exact') is False else 1e-8
        self.assertTrue(math.isclose(got['figure'], figure, rel_tol=close, abs_tol=2 ** -20),
                        (metric, got['figure'], figure))
        if 'exact' in got and got['holds'] != 'unknown' and \
                abs(figure - threshold) < 0.9 * SKETCH * threshold:
            self.assertTrue(got['exact'], 'near the threshold only the samples tell')

    def test_a_system_is_judged_as_its_machines_are(self):
        systems = {i['system']: i['verdict'] for i in self.lines() if i.get('system')}
        for vm, samples in self.vms.items():
            self.assertEqual(systems[f'civil.vm{vm}/s1'], judge(conditions(samples)['zombie']), vm)

    def test_dirt_is_unknown_or_corrected_and_never_idle(self):
        lines = {(i['resource'], i['rule']): i for i in self.lines() if i.get('resource')}
        broken = lines[self.no['274'], 'low_use']  # an agent that reports no memory, disk, network
        self.assertEqual([c['holds'] for c in broken['all']], ['no', 'unknown'])
        self.assertEqual(lines[self.no['274'], 'zombie']['verdict'], 'ok')
        off = lines[self.no['20'], 'low_use']      # processors: 0 for nearly the whole month
        self.assertEqual((off['verdict'], off['all'][0]['why']), ('unknown', 'low_coverage'))
        self.assertLess(off['all'][0]['coverage'], 0.05)
        repeated = lines[self.no['82'], 'low_use']  # rows up to three times, half a month off
        self.assertEqual(repeated['verdict'], 'unknown')

    def test_the_advised_size_is_the_cheapest_that_holds_p99_and_its_saving_is_exact(self):
        listed = self.city.who['o1'].get('/api/v1/findings', rule='low_use', limit='200')['items']
        flagged = {f['resource']: f['no'] for f in listed}
        advised = 0
        for vm, samples in self.vms.items():
            if self.no[vm] not in flagged:
                self.assertNotEqual(judge(conditions(samples)['low_use']), 'flagged')
                continue
            a = self.city.who['o1'].get('/api/v1/findings/' + flagged[self.no[vm]])['advice']
            got, want = a['resources'][0], size(samples)
            with self.subTest(vm=vm):
                if want is None:
                    self.assertEqual(got['advice'], 'none')
                    continue
                advised += 1
                self.assertEqual((got['then']['item'], Decimal(got['saves_month_yuan'])), want)
        self.assertGreater(advised, 5)

    def test_the_same_scan_is_the_same_bytes_also_after_the_meter_was_sealed_and_reopened(self):
        self.assertEqual(self.scan(), self.first)
        self.city.server.listen = self.city.server.port
        self.city.server.stop()
        self.city.server.start()
        self.city.meet()
        self.assertEqual(self.scan(), self.first)

    def test_a_table_says_each_verdict_and_why(self):
        table = self.run_cli('watch', 'scan', '--month', '2013-08', '--limit', '200')
        self.assertIn('VERDICT', table)
        self.assertIn('CPU use (95th percentile)', table)


if __name__ == '__main__':
    unittest.main()
