"""How long the allocation of a cloud takes with many resources, filled in by SQL: allocation.py
[RESOURCES]. On PostgreSQL with YH_TEST_POSTGRES, else embedded."""
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import shape_check  # noqa: E402
from city import City  # noqa: E402

UNITS, REPEATS = 500, 10


def fill(city, resources):
    postgres, rnd = city.postgres, random.Random(1)

    def fresh():
        text = uuid.UUID(int=rnd.getrandbits(128)).hex
        return f"'\\x{text}'" if postgres else f"x'{text}'"
    units = [fresh() for _ in range(UNITS)]
    projects = [(fresh(), unit) for unit in units for _ in range(2)]
    yield from (f"INSERT INTO org (id, code, name, kind, district, outside, in_budget, chain, status,"
                f" created_at, version, sector) VALUES ({u}, 'x{i:04}', 'x{i}', 'unit', '', 0, 1,"
                f" 'sign', 'active', 1, 1, 's{i % 20}')" for i, u in enumerate(units))
    for i, (project, unit) in enumerate(projects):
        yield (f"INSERT INTO project SELECT {project}, 'x.p{i:05}', {unit}, cloud, name, state, 1, 1"
               " FROM project WHERE code = 'civil.one'")
        for dim in ('vcpu', 'memory_gib', 'block_gib'):
            yield (f"INSERT INTO quota_line (id, unit, project, kind, dim, qty_milli, first_day,"
                   f" span_days, case_id, created_at) VALUES ({fresh()}, {unit}, {project}, 'base',"
                   f" '{dim}', 1000000, 1, 0, {fresh()}, 1)")
    for i in range(resources):
        project, unit = projects[i % len(projects)]
        which = fresh()
        yield (f"INSERT INTO resource SELECT {which}, 'X-{i:07}', {unit}, {project}, NULL, cloud, kind,"
               " state, name, item, provider, 'x', case_id, NULL, 1, 1, 1, NULL, NULL, 1 FROM resource"
               " WHERE no = 'YH-R-000001'")
        yield (f"INSERT INTO resource_size (resource, from_at, to_at, item, qty_milli, case_id) SELECT"
               f" {which}, 1, NULL, item, {(1 + i % 8) * 1000}, case_id FROM resource WHERE no ="
               " 'YH-R-000001'")


def store(city, statements):
    if city.postgres:
        with tempfile.NamedTemporaryFile('w', suffix='.sql') as f:
            f.write('BEGIN;\n' + ''.join(s + ';\n' for s in statements) + 'COMMIT;\nANALYZE;\n')
            f.flush()
            subprocess.run(['psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', city.store.url, '-f', f.name],
                           check=True)
        return
    with contextlib.closing(sqlite3.connect(os.path.join(city.store.data, 'yunheng.db'))) as db, db:
        for s in statements:
            db.execute(s)


def cpu_s(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def main(resources):
    shape_check.measuring = True
    city = City(os.environ.get('YH_TEST_POSTGRES'))
    city.postgres = os.environ.get('YH_TEST_POSTGRES')
    try:
        city.project('one')
        city.formal('one', 1)
        store(city, fill(city, resources))
        for by in ('unit', 'sector'):
            before, times = cpu_s(city.server.process.pid), []
            for _ in range(REPEATS):
                begun = time.perf_counter()
                city.who['o1'].get('/api/v1/allocation', cloud='YH', by=by, limit=200)
                times.append((time.perf_counter() - begun) * 1000)
            cpu = (cpu_s(city.server.process.pid) - before) / REPEATS * 1000
            print(f'| by {by}, {resources:,} resources, p50 ms / server CPU ms |'
                  f' {sorted(times)[REPEATS // 2]:.0f} / {cpu:.0f} |')
    finally:
        city.close()


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100000)
