"""What the pages behind the console cost with many cases, and what a thousand open consoles cost.

usage: console.py [CASES [CONSOLES [SECONDS]]]; prints a table. YH_BIN_DIR says which programs,
YH_TEST_POSTGRES makes it PostgreSQL."""
import contextlib
import os
import pathlib
import sqlite3
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'api'))
from city import City  # noqa: E402
from metering import Watchers  # noqa: E402

TICK = os.sysconf('SC_CLK_TCK')
DAY = 86400 * 1000000
# Steps of one case as they are: who, for how long on average, and the share that stays open.
BODIES = (('operator', 'bdc', 'review'), ('provider', 'vendor', 'open'), ('unit', 'civil', 'verify'))


def cpu(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        parts = f.read().rsplit(')', 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICK


def numbers(city, n):
    """A table of 1..n, whichever the engine."""
    city.store.sql('CREATE TABLE bench_n (i BIGINT PRIMARY KEY)')
    if city.store.url:
        city.store.sql(f'INSERT INTO bench_n SELECT generate_series(1, {n})')
    else:
        city.store.sql('INSERT INTO bench_n WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1'
                       f' FROM c WHERE i < {n}) SELECT i FROM c')


def fill_lite(city, no, cases, now):
    """SQLite before 3.41 makes no bytes out of hexadecimal text: Python does."""
    with contextlib.closing(sqlite3.connect(os.path.join(city.store.data, 'yunheng.db'), timeout=60)) as db, db:
        db.create_function('made', 2, lambda prefix, n: bytes([0, prefix]) + n.to_bytes(14, 'big'))
        for text in statements(city, no, cases, now, lambda prefix, n: f'made({prefix}, {n})'):
            db.execute(text)


def statements(city, no, cases, now, made_of):
    columns = ('procedure_name, pack, cloud, unit, filer, filer_role, project, title, form, returned_times,'
               ' effected, version, filer_org, started_by')
    yield (f"INSERT INTO case_file (id, no, state, filed_at, changed_at, ended_at, {columns}) SELECT"
           f" {made_of(1, 'i')}, 'B-' || i, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'closed' END,"
           f" {now} - i * {3 * 365 * DAY // cases}, {now}, CASE WHEN i % 10 = 0 THEN NULL ELSE {now} END,"
           f" {columns} FROM bench_n, case_file WHERE no = '{no}'")
    for k, (role, org, step) in enumerate(BODIES):
        last = k == len(BODIES) - 1
        yield ('INSERT INTO case_step (id, case_id, step, kind, role, org, opened_at, period, start_day,'
               ' due_day, due_provisional, soft, article, closed_at, outcome, closed_by, reason, due_moves)'
               f" SELECT {made_of(2 + k, 'i')}, {made_of(1, 'i')}, '{step}', 'decide', '{role}', o.id,"
               f" {now} - i * {3 * 365 * DAY // cases}, '5wd', ({now} - i * {3 * 365 * DAY // cases}) / {DAY},"
               f" ({now} - i * {3 * 365 * DAY // cases}) / {DAY} + 7, 0, 0, '19',"
               f" {'CASE WHEN i % 10 = 0 THEN NULL ELSE ' if last else ''}{now} - i *"
               f" {3 * 365 * DAY // cases} + (i * 7919 % 11) * {DAY}{' END' if last else ''}, 'approve',"
               f" {'CASE WHEN i % 10 = 0 THEN NULL ELSE ' if last else ''}p.id{' END' if last else ''}, '', 0"
               f" FROM bench_n, org o, person p WHERE o.code = '{org}' AND p.login = 'o1'")


def fill(city, cases):
    city.project('bench', dims={'vcpu': 400, 'memory_gib': 800})
    no = city.apply('bench', 1)['no']
    now = int(time.time() * 1e6)
    numbers(city, cases)
    if city.store.url:
        for text in statements(city, no, cases, now,
                               lambda prefix, n: f"decode('00{prefix:02x}' || lpad(to_hex({n}), 28, '0'), 'hex')"):
            city.store.sql(text)
        city.store.sql('ANALYZE')
    else:
        fill_lite(city, no, cases, now)


def timed(call, times=40):
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    return f'median {statistics.median(took):.1f} ms, p99 {took[-1]:.1f} ms'


def measure_pages(city):
    w, pid = city.who, city.server.process.pid
    before, begin = cpu(pid), time.monotonic()
    while w['e1'].get('/api/v1/statistics/decisions')['pending']:
        time.sleep(0.5)
    print(f'counting closed steps: {cpu(pid) - before:.1f} CPU s, {time.monotonic() - begin:.0f} s')
    print('rows of sums:', city.store.sql('SELECT COUNT(*) FROM step_sum'))
    for name, who, path in (('statistics of 12 months', 'e1', '/api/v1/statistics/decisions'),
                            ('statistics of 3 years', 'e1', '/api/v1/statistics/decisions?from=2023-06'),
                            ('districts', 'e1', '/api/v1/districts'), ('city', 'a1', '/api/v1/city'),
                            ('inbox', 'o1', '/api/v1/inbox?limit=50')):
        before = cpu(pid)
        print(f'{name}: {timed(lambda: w[who].get(path))}; {(cpu(pid) - before) / 40 * 1000:.1f} CPU ms each')


def measure_consoles(city, consoles, seconds):
    pid, port = city.server.process.pid, city.server.port
    desks = [('unit', 'civil'), ('unit', 'health'), ('operator', 'bdc'), ('econ_info', 'econ'),
             ('authority', 'auth'), ('provider', 'vendor')]
    people = [city.person(f'console{i}', *desks[i % len(desks)]) for i in range(-(-consoles // 50))]
    tokens = [p.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 1})['token']
              for p in people]
    crowd = Watchers()
    follow = [crowd.open(port, tokens[i % len(tokens)], '/api/v1/account/stream') for i in range(consoles)]
    crowd.follow(follow)
    crowd.read(lambda: all(w['events'] for w in follow))

    def spend(what, do):
        before = cpu(pid)
        for _ in range(seconds):
            do()
            end = time.monotonic() + 1
            crowd.read(lambda: time.monotonic() > end)
        print(f'{consoles} consoles, {what}: {(cpu(pid) - before) / seconds * 100:.1f} % of a core')
    end = time.monotonic() + 3
    crowd.read(lambda: time.monotonic() > end)
    spend('nothing happens', lambda: None)
    spend('a case is filed each second', lambda: city.apply('bench', 1))
    crowd.close()


def main():
    cases, consoles, seconds = (int(a) for a in (sys.argv[1:] + ['100000', '1000', '20'][len(sys.argv) - 1:]))
    city = City(os.environ.get('YH_TEST_POSTGRES'))
    try:
        fill(city, cases)
        measure_pages(city)
        measure_consoles(city, consoles, seconds)
    finally:
        city.close()


if __name__ == '__main__':
    main()
