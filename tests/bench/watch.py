"""What a scan of use costs: watch.py BUILD [WORKLOAD] [RESOURCES]. Fills the meter beside the server
(tests/bench/meter/month: U1h by the hour, U5m every five minutes), the register by SQL, scans the month
twice, and prints CPU seconds, peak memory and what a write waited meanwhile."""
import contextlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1])
os.environ['YH_BIN_DIR'] = os.path.join(BUILD, 'src', 'cmd')
sys.path.insert(0, os.path.join(HERE, '..', 'api'))
from city import City  # noqa: E402

UNITS, PROJECTS, SYSTEMS = 500, 2, 10
MONTH, BASE_MS = '2026-08', 1785513600000  # midnight of 1 August 2026 in Shanghai


def fill(resources):
    rnd = random.Random(1)

    def fresh():
        return f"x'{uuid.UUID(int=rnd.getrandbits(128)).hex}'"
    systems = []
    for u in range(UNITS):
        unit = fresh()
        yield (f"INSERT INTO org (id, code, name, kind, district, outside, in_budget, chain, status,"
               f" created_at, version, sector) VALUES ({unit}, 'x{u:04}', 'x{u}', 'unit', '', 0, 1,"
               " 'sign', 'active', 1, 1, '')")
        for p in range(PROJECTS):
            project = fresh()
            yield (f"INSERT INTO project (id, code, unit, cloud, name, state, created_at, version) SELECT"
                   f" {project}, 'x{u:04}.p{p}', {unit}, cloud, name, state, 1, 1 FROM project WHERE"
                   " code = 'civil.one'")
            for s in range(SYSTEMS):
                systems.append((fresh(), project, unit))
                yield (f"INSERT INTO info_system (id, project, code, name, mlps_level, classified,"
                       f" case_id, created_at) VALUES ({systems[-1][0]}, {project}, 's{s}', 's', 2, 0,"
                       f" {fresh()}, 1)")
    for i in range(resources):
        system, project, unit = systems[i % len(systems)]
        which = fresh()
        yield (f"INSERT INTO resource (id, no, unit, project, info_system, cloud, kind, state, name, item,"
               f" provider, provider_ref, case_id, created_at, opened_at, version) SELECT {which},"
               f" 'R2026{i:07}', {unit}, {project}, {system}, cloud, kind, state, name, item, provider,"
               f" 'x', case_id, 1, {1 if i % 50 == 0 else 'NULL'}, 1 FROM resource WHERE no ="
               " 'YH-R-000001'")  # one in fifty was opened long ago and has no agent
        yield (f"INSERT INTO resource_size (resource, from_at, item, qty_milli, case_id) SELECT {which}, 1,"
               " item, 1000, case_id FROM resource WHERE no = 'YH-R-000001'")


def cpu_s(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def peak_mib(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmHWM')) / 1024


class Writer(threading.Thread):
    """Asks for a write every 20 ms while a scan runs."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session, self.stop, self.waits = session, False, []

    def run(self):
        while not self.stop:
            begun = time.perf_counter()
            self.session.call('POST', '/api/v1/meter/tokens', {
                'kind': 'cloud', 'about': 'YH', 'label': 'x', 'days': 1})
            self.waits.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.02)


def loose_pack(folder):
    """The city's pack, content with the coverage that hourly samples have."""
    path = os.path.join(folder, 'pack')
    shutil.copytree(os.path.join(HERE, '..', '..', 'policy', 'shanghai-2022'), path)
    name = os.path.join(path, 'parameters.yaml')
    with open(name, encoding='utf-8') as f:
        text = f.read()
    with open(name, 'w', encoding='utf-8') as f:
        f.write(text.replace('watch.coverage: {value: 50%', 'watch.coverage: {value: 5%'))
    return path


def scan(city, name, resources):
    pid, writer = city.server.process.pid, Writer(city.server.session('o1'))
    authority = city.server.session('a1')
    writer.start()
    before, begun = cpu_s(pid), time.perf_counter()
    reply = authority.scan({'month': MONTH})
    wall, cpu = time.perf_counter() - begun, cpu_s(pid) - before
    writer.stop = True
    writer.join()
    waits = sorted(writer.waits)
    print(json.dumps({
        'scan': name, 'resources': reply['resources'], 'asked': resources,
        **{k: reply[k] for k in ('flagged', 'ok', 'unknown', 'digest')}, 'wall_s': round(wall, 1),
        'cpu_s': round(cpu, 1), 'peak_mib': round(peak_mib(pid)), 'writes': len(waits),
        'write_p50_ms': round(waits[len(waits) // 2], 1), 'write_max_ms': round(waits[-1], 1)}),
        flush=True)


def main(workload, resources):
    with tempfile.TemporaryDirectory() as folder:
        city = City(init=('--pack', loose_pack(folder)))
        try:
            city.project('one')
            city.formal('one', 1)
            city.server.stop()
            begun = time.perf_counter()
            n = subprocess.run([os.path.join(BUILD, 'tests/bench/meter/month'), workload,
                                os.path.join(city.store.data, 'meter'), str(BASE_MS)], check=True,
                               capture_output=True, text=True).stdout.strip()
            print(f'{int(n):,} samples in {time.perf_counter() - begun:.0f} s', flush=True)
            with contextlib.closing(sqlite3.connect(os.path.join(city.store.data,
                                                                 'yunheng.db'))) as db, db:
                for s in fill(resources):
                    db.execute(s)
            city.server.start()
            city.meet()
            for name in ('first', 'again'):
                scan(city, name, resources)
            size = city.store.sql('SELECT count(*), sum(length(body)) FROM watch_result')
            print('result parts, bytes', size, 'findings', city.store.sql(
                'SELECT rule, count(*), sum(length(evidence)) FROM finding GROUP BY rule'))
        finally:
            city.close()


if __name__ == '__main__':
    main(sys.argv[2] if len(sys.argv) > 2 else 'U1h',
         int(sys.argv[3]) if len(sys.argv) > 3 else 100000)
