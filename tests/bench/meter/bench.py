"""The meter beside Debian's victoria-metrics and prometheus, one after the other on the same machine
with the same bodies: bench.py BUILD [--runs N] [--workloads W1,W1s,…] [--servers a,b,…] [--keep DIR].

BUILD is a release build with tests/bench/meter/load and direct in it. CPU is what the kernel counted
for the server from its start until it is idle again; memory is its peak; disk is what lies there once
it has settled (merged; for prometheus a snapshot in blocks, without its journal; for yunheng without
the journal of at most 128 MiB, which is used again and again). "yunheng" is the server as it runs:
HTTP, a token, the register asked about each resource, synced before each answer; what it has not
sealed yet when it falls idle is left so. "library" is the meter alone, called from four threads, all
of it sealed and merged. Prints tables; figures are medians of the runs."""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
QUESTIONS = ('latest', 'history', 'p95', 'p95_sketch')
METRIC = 'vm_cpu_usage_percent'
DAY_S = 86400
SPAN_S = {'W1': 180 * 15, 'W1s': 180 * 15, 'W1x': 180 * 15, 'W1-10k': 180 * 15, 'W1M': 12 * 15, 'Q30': 30 * DAY_S}
TICK = os.sysconf('SC_CLK_TCK')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def tree_bytes(path):
    return sum(os.lstat(os.path.join(folder, name)).st_size
               for folder, _, names in os.walk(path) for name in names)


class Peer:
    """A server of its own process, folder and port."""
    write_path, token = '/api/v1/write', None

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.log = open(os.path.join(folder, 'log'), 'wb')
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log)
        for _ in range(600):
            try:
                self.get('/health' if self.name == 'victoria-metrics' else '/-/ready')
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f'{self.name} does not start: see {folder}/log')

    def get(self, path, **query):
        text = urllib.parse.urlencode(query)
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}{path}?{text}', timeout=300) as r:
            return r.read()

    def post(self, path):
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', method='POST')
        with urllib.request.urlopen(request, timeout=600) as r:
            return json.loads(r.read() or b'{}')

    def cpu(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='ascii') as f:
            fields = f.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def wait_idle(self):
        quiet, last = 0, self.cpu()
        while quiet < 3:
            time.sleep(1)
            now = self.cpu()
            quiet = quiet + 1 if now - last < 0.05 else 0
            last = now
        return last

    def peak_mib(self):
        with open(f'/proc/{self.process.pid}/status', encoding='ascii') as f:
            return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) / 1024

    def ask(self, which, end_s):
        numbers = '|'.join(f'R2026{1000 + i:07}' for i in range(50 if which == 'latest' else 1))
        if which == 'history':
            reply = self.get('/api/v1/query_range', nocache=1, start=end_s - 30 * DAY_S + 3600,
                             end=end_s, step='1h',
                             query=f'avg_over_time({METRIC}{{resource="{numbers}"}}[1h])')
            return sum(len(r['values']) for r in json.loads(reply)['data']['result'])
        query = (f'{METRIC}{{resource=~"{numbers}"}}' if which == 'latest'
                 else f'quantile_over_time(0.95, {METRIC}[30d]) < 5')
        reply = self.get('/api/v1/query', nocache=1, time=end_s, query=query)
        return len(json.loads(reply)['data']['result'])

    def questions(self, end_s, tries=5):
        found = {}
        for which in QUESTIONS[:3]:
            took, cpu = [], self.cpu()
            for _ in range(tries):
                start = time.perf_counter()
                found[which + '_hits'] = self.ask(which, end_s)
                took.append((time.perf_counter() - start) * 1000)
            found[which + '_cpu_ms'] = (self.cpu() - cpu) * 1000 / tries
            found[which + '_ms'] = statistics.median(took)
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait(120)
        self.log.close()


class Yunheng(Peer):
    """A small city whose register holds a hundred thousand machines, put there all at once."""
    name = 'yunheng'
    RESOURCES = 100000

    def __init__(self, folder):
        from city import City  # needs YH_BIN_DIR
        self.city = city = City()
        city.project('bench')
        city.formal('bench', 1)
        self.token = city.who['o1'].call('POST', '/api/v1/meter/tokens',
                                         {'kind': 'cloud', 'about': 'YH', 'label': 'bench',
                                          'days': 30, 'series_max': 4000000})['token']
        city.server.stop()
        columns = [row[1] for row in city.store.sql('PRAGMA table_info(resource)')]
        values = ', '.join({'id': 'randomblob(16)', 'no': "printf('R2026%07d', i)"}.get(c, c)
                           for c in columns)
        city.store.sql('WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < '
                       f'{self.RESOURCES}) INSERT INTO resource ({", ".join(columns)}) SELECT {values}'
                       ' FROM n, (SELECT * FROM resource LIMIT 1)')
        city.server.start()
        self.process, self.port = city.server.process, city.server.port

    @staticmethod
    def settle():
        return 0  # see the library's: it can be told to seal everything

    def stop(self):
        self.city.close()


class Victoria(Peer):
    name = 'victoria-metrics'

    def command(self):
        return ['victoria-metrics', f'-storageDataPath={self.folder}/data', '-retentionPeriod=6',
                f'-httpListenAddr=127.0.0.1:{self.port}', '-search.latencyOffset=0s',
                '-search.maxQueryDuration=5m', '-maxInsertRequestSize=64MB']

    def settle(self):
        self.get('/internal/force_flush')
        self.get('/internal/force_merge')
        time.sleep(2)
        self.wait_idle()
        return tree_bytes(self.folder + '/data')


class Prometheus(Peer):
    name = 'prometheus'

    def command(self):
        config = os.path.join(self.folder, 'prometheus.yml')
        with open(config, 'w', encoding='ascii') as f:
            f.write('storage: {tsdb: {out_of_order_time_window: 40d}}\n')
        return ['prometheus', f'--config.file={config}', '--web.enable-remote-write-receiver',
                f'--storage.tsdb.path={self.folder}/data', '--storage.tsdb.retention.time=400d',
                f'--web.listen-address=127.0.0.1:{self.port}', '--web.enable-admin-api',
                '--query.max-samples=500000000', '--query.timeout=5m', '--log.level=warn']

    def settle(self):
        name = self.post('/api/v1/admin/tsdb/snapshot')['data']['name']
        return tree_bytes(f'{self.folder}/data/snapshots/{name}')


def run_peer(kind, build, bodies, workload, end_s, folder):
    server = kind(folder)
    try:
        out = subprocess.run([f'{build}/tests/bench/meter/load', 'post', bodies,
                              f'http://127.0.0.1:{server.port}{server.write_path}',
                              *([server.token] if server.token else [])],
                             capture_output=True, text=True, check=False)
        if out.returncode != 0:
            raise SystemExit(f'{kind.name}: {out.stdout} {out.stderr[:400]}')
        found = json.loads(out.stdout)
        found['cpu'] = server.wait_idle()
        found['peak_mib'] = server.peak_mib()
        found['disk'] = server.settle()
        if workload == 'Q30':
            found.update(server.questions(end_s))
        return found
    finally:
        server.stop()


def run_direct(build, bodies, workload, end_s, folder):
    args = [f'{build}/tests/bench/meter/direct', bodies, f'{folder}/data']
    if workload == 'Q30':
        args.append(str(end_s * 1000))
    out = subprocess.run(args, capture_output=True, text=True, check=False)
    if out.returncode != 0:
        raise SystemExit(f'library: {out.stdout} {out.stderr[:400]}')
    found = json.loads(out.stdout)
    found['peak_mib'] = found['peak_settled_kib'] / 1024
    found['disk'] = sum(os.path.getsize(f'{folder}/data/{name}')
                        for name in os.listdir(f'{folder}/data')
                        if not name.startswith(('journal', 'spare')))
    return found


SERVERS = {'yunheng': lambda *a: run_peer(Yunheng, *a),
           'library': run_direct,
           'victoria-metrics': lambda *a: run_peer(Victoria, *a),
           'prometheus': lambda *a: run_peer(Prometheus, *a)}


def medians(runs):
    return {key: statistics.median(r[key] for r in runs) for key in runs[0]}


def row(name, f, base):
    rate = f['samples'] / f['cpu']
    ratio = f'{base["samples"] / base["cpu"] / rate:.1f}x' if base is not f else ''
    print(f'| {name} | {rate / 1e3:,.0f} k | {ratio} | {f["samples"] / f["seconds"] / 1e3:,.0f} k/s | '
          f'{f["cpu"] / f["samples"] * 1e6:.2f} | {f["peak_mib"]:,.0f} | '
          + (f'{f["disk"] / f["samples"]:.2f} |' if f['disk'] else ' |'), flush=True)


def table(workload, found):
    base = found.get('yunheng', next(iter(found.values())))
    print(f'\n**{workload}**: {base["samples"]:,.0f} samples\n')
    print('| | samples per CPU second | ours is | wall | CPU s per million | peak MiB | bytes per '
          'sample |\n|---|---|---|---|---|---|---|')
    for name, f in found.items():
        row(name, f, base)
    if workload != 'Q30':
        return
    print('\n| Q30, ms (CPU ms), hits | ' + ' | '.join(found) + ' |')
    print('|---' * (len(found) + 1) + '|')
    for which in QUESTIONS:
        cells = [f'{f[which + "_ms"]:.2f} ({f[which + "_cpu_ms"]:.1f}), {f[which + "_hits"]:.0f}'
                 if which + '_ms' in f else '' for f in found.values()]
        print(f'| {which} | ' + ' | '.join(cells) + ' |', flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('build')
    args.add_argument('--runs', type=int, default=5)
    args.add_argument('--workloads', default='W1,W1s,W1-10k,W1M,Q30')
    args.add_argument('--servers', default='yunheng,library,victoria-metrics,prometheus')
    args.add_argument('--keep', help='where the bodies are made and left')
    args = args.parse_args()
    os.environ['YH_BIN_DIR'] = os.path.abspath(f'{args.build}/src/cmd')
    sys.path.insert(0, os.path.join(HERE, '..', '..', 'api'))
    top = args.keep or tempfile.mkdtemp(prefix='yh-meter-')
    os.makedirs(top, exist_ok=True)
    for workload in args.workloads.split(','):
        bodies = os.path.join(top, 'bodies-' + workload)
        end_s = int(time.time()) // 300 * 300 - 300
        subprocess.run([f'{args.build}/tests/bench/meter/load', 'make', bodies, workload,
                        str((end_s - SPAN_S[workload]) * 1000)], check=True)
        runs = {}
        for _ in range(args.runs):
            for name in args.servers.split(','):
                if name == 'yunheng' and workload == 'Q30':
                    continue  # its samples are too old for this way in; the library has a scope for it
                with tempfile.TemporaryDirectory(dir=top) as folder:
                    runs.setdefault(name, []).append(
                        SERVERS[name](args.build, bodies, workload, end_s, folder))
        table(workload, {name: medians(r) for name, r in runs.items()})
        os.unlink(bodies)
    if not args.keep:
        shutil.rmtree(top)


if __name__ == '__main__':
    sys.exit(main())
