"""A month's settlement from committed intervals to committed lines: settle.py BUILD [RESOURCES] [--duckdb FOLDER]
[--rounds N] [--keep FOLDER]. FOLDER is one in which `npm install @duckdb/node-api` ran.

Fills an embedded store and copies it to PostgreSQL when YH_TEST_POSTGRES is set (tests/tools/pg.py), settles both by
yh_settle_compute, has DuckDB and PostgreSQL do the same arithmetic on the same rows, and compares each line with what
fractions say. Rounds take turns, so that what stands in one table was measured under the same load."""
import argparse
import glob
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import month  # noqa: E402

POLICY = os.path.join(HERE, '..', '..', '..', 'policy')
# As PostgreSQL does it best: whole numbers of 64 bits row by row, numeric for the sums.
RECKON = f"""
CREATE TABLE bench_line AS
WITH price AS (SELECT i.id, i.code, e.number, t.price_e6,
    CASE i.per WHEN 'hour' THEN 744 WHEN 'day' THEN 31 ELSE 1 END AS per_month,
    CASE e.number WHEN 1 THEN {month.FROM} ELSE {month.CHANGE} END AS from_s,
    CASE e.number WHEN 1 THEN {month.CHANGE} ELSE {month.TO} END AS to_s
  FROM item i JOIN edition e ON e.id = i.edition JOIN item_tier t ON t.item = i.id),
held AS (SELECT r.unit, r.project, r.provider, r.kind, z.item, z.qty_milli,
    greatest(z.from_at / 1000000, {month.FROM}) AS from_s,
    least(coalesce(z.to_at, {month.TO}000000) / 1000000, {month.TO}) AS to_s
  FROM resource_size z JOIN resource r ON r.id = z.resource
  WHERE r.cloud = (SELECT id FROM cloud) AND (r.stopped_at IS NULL OR r.stopped_at >= {month.FROM}000000) AND
    z.from_at < {month.TO}000000 AND (z.to_at IS NULL OR z.to_at >= {month.FROM}000000)),
sums AS (SELECT h.unit, h.project, h.provider, h.kind, p.code, count(*) AS intervals,
    sum(h.qty_milli * (least(h.to_s, p.to_s) - greatest(h.from_s, p.from_s))) * min(p.per_month) AS used,
    sum(h.qty_milli * p.price_e6 * (least(h.to_s, p.to_s) - greatest(h.from_s, p.from_s))) * min(p.per_month) AS cost
  FROM held h JOIN price i ON i.id = h.item JOIN price p ON p.code = i.code AND
    least(h.to_s, p.to_s) > greatest(h.from_s, p.from_s)
  GROUP BY h.unit, h.project, h.provider, h.kind, p.code),
whole AS (SELECT s.*, cost * {month.FACTOR_E6} AS n, 26784000000000::numeric * 1000000 AS d FROM sums s)
SELECT unit, project, provider, kind, code, intervals, used,
  (div(n, d) + CASE WHEN mod(n, d) * 2 > d OR (mod(n, d) * 2 = d AND mod(div(n, d), 2) = 1) THEN 1 ELSE 0 END)::bigint
    AS amount_fen
FROM whole ORDER BY unit, project, provider, kind, code
"""
LINES = ('SELECT t.unit, l.code, l.amount_fen, l.list_fen, l.usage FROM statement t JOIN statement_line l ON'
         ' l.statement = t.id')


def millionths(text):
    whole, _, rest = text.partition('.')
    return int(whole) * 10**6 + int((rest + '000000')[:6])


def differences(rows, want, full=True):
    had = {(bytes(r[0]), r[1]): tuple(r[2:]) for r in rows}
    if full:
        had = {k: (v[0], v[1], millionths(v[2])) for k, v in had.items()}
    else:
        want = {k: v[:1] for k, v in want.items()}
    return sum(had.get(k) != want.get(k) for k in {*had, *want})


class Bench:
    def __init__(self, asked, folder):
        self.asked, self.folder, self.url = asked, folder, os.environ.get('YH_TEST_POSTGRES')
        self.program = os.path.join(asked.build, 'tests', 'bench', 'bench_settle')
        self.full = os.path.join(folder, f'{asked.resources}.db')
        self.path = os.path.join(folder, 'run.db')
        self.rows = {}

    def call(self, *arguments):
        done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout) if done.stdout.startswith('{') else None

    def fill(self):
        if not os.path.exists(self.full):
            self.call(self.program, 'open', 'sqlite:' + self.full, POLICY)
            month.fill(self.full, self.asked.resources)
        self.want = month.lines(self.full)
        db = sqlite3.connect(self.full)
        self.sizes = db.execute('SELECT count(*) FROM resource_size').fetchone()[0]
        db.close()

    def note(self, what, figures):
        self.rows.setdefault(what, []).append(figures)

    def fresh(self):
        for old in glob.glob(self.path + '*'):
            os.remove(old)
        shutil.copyfile(self.full, self.path)

    def embedded(self):
        self.fresh()
        figures = self.call(self.program, 'compute', 'sqlite:' + self.path)
        db = sqlite3.connect(self.path)
        figures['differences'] = differences(db.execute(LINES), self.want)
        db.close()
        self.note('yunheng, SQLite', figures)

    def duckdb(self, threads):
        self.fresh()
        figures = self.call(os.path.join(self.folder, 'duckdb_settle'), self.path, str(threads))
        db = sqlite3.connect(self.path)
        figures['differences'] = differences(db.execute('SELECT unit, code, amount_fen FROM duck_line'), self.want, False)
        db.close()
        self.note(f'DuckDB, the same SQLite, {threads} threads', figures)

    def build_duckdb(self):
        library = os.path.join(os.path.abspath(self.asked.duckdb), 'node_modules', '@duckdb', 'node-bindings-linux-x64')
        subprocess.run(['cc', '-O2', '-D_GNU_SOURCE', os.path.join(HERE, 'duckdb.c'), '-o',
                        os.path.join(self.folder, 'duckdb_settle'), '-lsqlite3', '-lpthread',
                        os.path.join(library, 'libduckdb.so'), '-Wl,-rpath,' + library], check=True)

    # PostgreSQL: its own processes' time is counted with the program's

    def psql(self, sql):
        return subprocess.run(['psql', '-qAtX', self.url, '-c', sql], check=True, stdout=subprocess.PIPE,
                              text=True).stdout.strip()

    def server_cpu(self):
        """Of the server's processes, ended ones too."""
        top = int(self.psql('SELECT pg_read_file(\'postmaster.pid\', 0, 20)').split()[0])
        ticks = 0
        for stat in glob.glob('/proc/[0-9]*/stat'):
            try:
                with open(stat, encoding='ascii', errors='replace') as f:
                    pid, fields = f.read().split(' ', 1)
            except OSError:
                continue
            fields = fields.rsplit(')', 1)[1].split()
            if int(pid) == top:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == top:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf('SC_CLK_TCK')

    def postgres(self):
        """Of a run after the first also what takes the former draft away."""
        before = self.server_cpu()
        figures = self.call(self.program, 'compute', self.url)
        figures['server_cpu_s'] = self.server_cpu() - before
        figures['differences'] = differences(self.pg_rows(LINES), self.want)
        self.note('yunheng, PostgreSQL', figures)

    def postgres_itself(self):
        before = self.server_cpu()
        begun = os.times().elapsed
        out = self.psql('SET client_min_messages = error; DROP TABLE IF EXISTS bench_line; SET max_parallel_workers_per_gather = 2; SET work_mem ='
                        f" '256MB'; {RECKON}; SELECT pg_read_file('/proc/self/status')")
        peak = next(int(line.split()[1]) for line in out.splitlines() if line.startswith('VmHWM'))
        self.note('PostgreSQL, in SQL', {
            'wall_s': os.times().elapsed - begun, 'cpu_s': 0, 'server_cpu_s': self.server_cpu() - before,
            'peak_mb': peak * 1024 / 1e6,
            'differences': differences(self.pg_rows('SELECT unit, code, amount_fen FROM bench_line'), self.want, False)})

    def pg_rows(self, sql):
        for line in self.psql(sql).splitlines():
            unit, code, *rest = line.split('|')
            yield (bytes.fromhex(unit[2:]), code, *(x if '.' in x or k == 2 else int(x) for k, x in enumerate(rest)))

    def run(self):
        self.fill()
        if self.asked.duckdb:
            self.build_duckdb()
        if self.url:
            self.call(self.program, 'open', self.url, POLICY)
            month.copy_to_postgres(self.full, self.url)
        for _ in range(self.asked.rounds):
            self.embedded()
            if self.asked.duckdb:
                self.duckdb(2)
            if self.url:
                self.postgres()
                self.postgres_itself()
        self.say()

    def say(self):
        print(f'{self.asked.resources:,} resources, {self.sizes:,} sizes, {len(self.want):,} lines; medians of'
              f' {self.asked.rounds}; load {os.getloadavg()[0]:.1f}\n')
        print('| | wall s | CPU s | of it the server | peak MB | differences |\n|---|---|---|---|---|---|')
        for what, runs in self.rows.items():
            middle = {k: statistics.median(r[k] for r in runs) for k in runs[0]}
            server = middle.get('server_cpu_s', 0)
            print(f'| {what} | {middle["wall_s"]:.2f} | {middle["cpu_s"] + server:.2f} | {server:.2f} |'
                  f' {middle["peak_mb"]:.0f} | {max(r["differences"] for r in runs)} |')


def main():
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument('build')
    asks.add_argument('resources', type=int, nargs='?', default=month.MILLION)
    asks.add_argument('--duckdb')
    asks.add_argument('--rounds', type=int, default=3)
    asks.add_argument('--keep', help='folder for the filled store, used again if it is there')
    asked = asks.parse_args()
    asked.build = os.path.abspath(asked.build)
    if asked.keep:
        Bench(asked, os.path.abspath(asked.keep)).run()
    else:
        with tempfile.TemporaryDirectory(prefix='yh-settle-') as folder:
            Bench(asked, folder).run()


if __name__ == '__main__':
    main()
