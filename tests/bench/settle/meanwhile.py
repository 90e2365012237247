"""How long filings take while months are settled: meanwhile.py BUILD [RESOURCES] [--seconds S] [--clients N]
[--rounds N]. On PostgreSQL with YH_TEST_POSTGRES as well (tests/tools/pg.py). Needs wrk.

One server. In each round the clients file for some seconds while nothing else goes on, and again while a month of
that many resources is settled over and over; so both stand under the same load of the machine."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..'), os.path.join(HERE, '..', '..', 'api')]
import month  # noqa: E402
POLICY = os.path.join(HERE, '..', '..', '..', 'policy')


def arguments():
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument('build')
    asks.add_argument('resources', type=int, nargs='?', default=100000)
    asks.add_argument('--seconds', type=int, default=10)
    asks.add_argument('--clients', type=int, default=64)
    asks.add_argument('--rounds', type=int, default=3)
    return asks.parse_args()


def fill(city, asked):
    """Another cloud beside the city's own, with its units, catalogue and resources."""
    path = os.path.join(city.store.data, 'yunheng.db')
    if not city.store.url:
        city.server.stop()
        month.fill(path, asked.resources)
        city.server.start()
        city.meet()
        return
    with tempfile.TemporaryDirectory(prefix='yh-settle-') as folder:
        path = os.path.join(folder, 'filled.db')
        subprocess.run([os.path.join(asked.build, 'tests', 'bench', 'bench_settle'), 'open', 'sqlite:' + path, POLICY],
                       check=True)
        month.fill(path, asked.resources)
        month.copy_to_postgres(path, city.store.url)


def settle(who):
    done = who.settle('2026-10', 'SH')
    assert done['lines'] > 0 and done['stopped'] == 0, done


def settle_first(who):
    """The scheduler may be about it."""
    while True:
        try:
            return settle(who)
        except Problem as p:
            if 'settlement-running' not in str(p):
                raise
            time.sleep(0.5)


class Settling(threading.Thread):
    """One settlement after the other until told to stop."""

    def __init__(self, who):
        super().__init__()
        self.who, self.enough, self.times = who, threading.Event(), []

    def run(self):
        while not self.enough.is_set():
            begun = time.monotonic()
            settle(self.who)
            self.times.append(time.monotonic() - begun)

    def __enter__(self):
        self.start()
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.join()


def measure(postgres, asked):
    city, folder = City(postgres), tempfile.mkdtemp(prefix='yh-bench-')
    alone, beside, settled = [], [], []
    try:
        bench.projects(city)
        fill(city, asked)
        who = city.person('settler', 'operator', 'operator')
        settle_first(who)
        script = bench.lua(city, folder)
        bench.wrk(city.server.port, 2, asked.clients, script)
        for _ in range(asked.rounds):
            alone.append(bench.wrk(city.server.port, asked.seconds, asked.clients, script))
            with Settling(who) as settling:
                beside.append(bench.wrk(city.server.port, asked.seconds, asked.clients, script))
            settled += settling.times
    finally:
        city.close()
        shutil.rmtree(folder)
    print(f'\n{"PostgreSQL" if postgres else "SQLite"}, {asked.resources:,} resources, {asked.clients} clients, medians of'
          f' {asked.rounds}; load {os.getloadavg()[0]:.1f}; {len(settled)} settlements, {statistics.median(settled):.1f} s'
          ' each\n\n| | filings/s | p50 ms | p99 ms |\n|---|---|---|---|')
    table = [[statistics.median(x) for x in zip(*runs)] for runs in (alone, beside)]
    for name, (rate, p50, p99) in zip(('nothing else', 'while a month is settled'), table):
        print(f'| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |')
    print('| the second to the first | ' + ' | '.join(f'{b / a:.2f}' for a, b in zip(*table)) + ' |')


if __name__ == '__main__':
    ASKED = arguments()
    os.environ.setdefault('YH_BIN_DIR', os.path.join(os.path.abspath(ASKED.build), 'src', 'cmd'))
    import bench  # noqa: E402  programs are looked for where it is told before
    from city import City, Problem  # noqa: E402
    measure(None, ASKED)
    if os.environ.get('YH_TEST_POSTGRES'):
        measure(os.environ['YH_TEST_POSTGRES'], ASKED)
