"""How long lists, searches and counts take with many cases and resources, filled in by SQL: lists.py
[CASES [RESOURCES]]. On PostgreSQL with YH_TEST_POSTGRES, else embedded. Milliseconds are those of a
shared machine: compare them within one run."""
import os
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import shape_check  # noqa: E402
from city import City, today  # noqa: E402

UNITS, REPEATS = 1000, 15
QUERIES = [
    ('cases', '/api/v1/cases', {}), ('cases, a state', '/api/v1/cases', {'state': 'returned'}),
    ('cases, open by due', '/api/v1/cases', {'sort': 'due'}),
    ('cases, by number', '/api/v1/cases', {'sort': 'number', 'order': 'asc'}),
    ('cases, a unit', '/api/v1/cases', {'unit': 'x0007'}),
    ('cases, an article', '/api/v1/cases', {'article': '21'}),
    ('cases, a procedure by number', '/api/v1/cases', {'procedure': 'reclaim', 'sort': 'number'}),
    ('cases, overdue', '/api/v1/cases', {'overdue': 'true'}),
    ('cases, of a month', '/api/v1/cases', {'filed_from': '2020-01-01', 'filed_to': '2020-01-31'}),
    ('resources', '/api/v1/resources', {}),
    ('resources, by name', '/api/v1/resources', {'sort': 'name'}),
    ('resources, by end of lease', '/api/v1/resources', {'sort': 'lease'}),
    ('resources, by opening', '/api/v1/resources', {'sort': 'opened', 'order': 'desc'}),
    ('resources, a rare state by name', '/api/v1/resources', {'sort': 'name', 'state': 'stopped'}),
    ('resources, a project by name', '/api/v1/resources', {'project': 'x.p00007', 'sort': 'name'}),
    ('search, a whole number', '/api/v1/search', {'q': 'X-R-0500000'}),
    ('search, a beginning', '/api/v1/search', {'q': 'X-R-05'}),
    ('search, an end', '/api/v1/search', {'q': '000123'}),
    ('search, a name', '/api/v1/search', {'q': '主机'}),
    ('search, nothing', '/api/v1/search', {'q': 'zzzz'}),
    ('articles', '/api/v1/policy/articles', {}),
]


def seq(n):
    return f'WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {n}) '


def fill(city, cases, resources):
    pg = city.store.url
    rnd = "decode(md5(random()::text), 'hex')" if pg else 'randomblob(16)'
    pad = (lambda w: f"lpad(i::text, {w}, '0')") if pg else (lambda w: f"printf('%0{w}d', i)")
    day = (today().toordinal() - 719163)

    def pick(table, where):
        return f"(SELECT {where} FROM {table})"
    yield (seq(UNITS) + "INSERT INTO org (id, code, name, kind, district, outside, in_budget, chain, status,"
           f" created_at, version, sector) SELECT {rnd}, 'x' || {pad(4)}, '单位' || i, 'unit', '', 0, 1,"
           " 'sign', 'active', 1, 1, '' FROM s")
    yield ("INSERT INTO project SELECT " + rnd + ", 'x.p' || substr('0' || o.code, 3) , o.id, p.cloud,"
           " '项目 ' || o.code, p.state, 1, 1 FROM org o, project p WHERE p.code = 'civil.one' AND"
           " o.code LIKE 'x%'")
    yield 'CREATE TABLE tmp_p AS SELECT row_number() OVER (ORDER BY code) AS n, id, unit FROM project'
    yield 'CREATE UNIQUE INDEX tmp_pn ON tmp_p (n)'
    projects = UNITS + 1
    if resources:
        columns = ("unit, project, info_system, cloud, kind, state, name, item, provider, provider_ref,"
                   " case_id, lease_last, created_at, opened_at, formal_at, stopped_at, destroyed_at,"
                   " version")
        yield (seq(resources) + f"INSERT INTO resource (id, no, {columns}) SELECT {rnd}, 'X-R-' ||"
               f" {pad(7)}, p.unit, p.id, NULL, r.cloud, r.kind, r.state, '主机 ' || (i % 5000), r.item,"
               " r.provider, 'x', r.case_id, NULL, 1, 1, 1, NULL, NULL, 1 FROM s JOIN tmp_p p ON p.n = 1"
               f" + i % {projects}, resource r WHERE r.no = 'YH-R-000001'")
        yield ("INSERT INTO resource_size (resource, from_at, to_at, item, qty_milli, case_id) SELECT id,"
               " 1, NULL, item, 1000, case_id FROM resource WHERE no LIKE 'X-R-%'")
        yield 'DELETE FROM allocated'
        for month in (0, -1):  # they began in January 1970
            yield ("INSERT INTO allocated (project, month, dim, qty_milli) SELECT r.project, " + str(month) +
                   ", d.dim, SUM(z.qty_milli * d.qty_milli / 1000) FROM resource r JOIN resource_size z ON"
                   " z.resource = r.id JOIN item_dim d ON d.item = z.item WHERE z.to_at IS NULL GROUP BY"
                   " r.project, d.dim")
    yield ("CREATE TABLE tmp_c AS SELECT * FROM case_file WHERE no LIKE '%-CS-000001'")
    columns = [c for c in city.columns if c not in ('id', 'no', 'unit', 'project', 'filer_org', 'state',
                                                    'procedure_name', 'filed_at', 'ended_at')]
    names = ', '.join(columns)
    yield (seq(cases) + "INSERT INTO case_file (id, no, unit, project, filer_org, state, procedure_name,"
           f" filed_at, ended_at, {names}) SELECT {rnd}, 'X-2020-' || {pad(6)}, p.unit, p.id, p.unit,"
           " CASE WHEN i % 20 = 0 THEN 'open' WHEN i % 997 = 0 THEN 'refused' ELSE 'closed' END, CASE i % 3"
           " WHEN 0 THEN 'test' WHEN 1 THEN 'reclaim' ELSE 'expansion' END, "
           "1577836800000000 + i * CAST(60000000 AS BIGINT), CASE WHEN i % 20 = 0 THEN NULL ELSE 1577836800000000 END, "
           + ', '.join('c.' + c for c in columns) +
           f" FROM s JOIN tmp_p p ON p.n = 1 + i % {projects}, tmp_c c")
    yield ("INSERT INTO case_step (id, case_id, step, kind, role, org, opened_at, period, start_day,"
           " due_day, due_provisional, soft, article, closed_at, outcome, reason, used_wd) SELECT " + rnd +
           ", f.id, t.step, t.kind, t.role, t.org, 1, t.period, 1, CASE WHEN f.state = 'open' THEN"
           f" {day} - 200 + length(f.title) END, 0, 0, t.article, f.ended_at, '', '', 1 FROM case_file f,"
           " (SELECT s.* FROM case_step s JOIN tmp_c c ON c.id = s.case_id WHERE s.step IN ('review',"
           " 'open')) t WHERE f.no LIKE 'X-2020-%' AND (f.state <> 'open' OR t.step = 'review')")
    yield ("INSERT INTO project_desk (project, org, role) SELECT DISTINCT c.project, s.org, s.role FROM case_step s"
           " JOIN case_file c ON c.id = s.case_id WHERE c.project IS NOT NULL ON CONFLICT DO NOTHING")


def store(city, statements):
    if city.store.url:
        for s in statements:
            city.store.psql(s, city.store.url)
        city.store.psql('ANALYZE', city.store.url)
        return
    with sqlite3.connect(os.path.join(city.store.data, 'yunheng.db')) as db:
        for s in statements:
            db.execute(s)


def grow(city, cases, resources):
    """Fills a city that has one project with a machine; its server is started anew."""
    city.server.stop()
    if city.store.url:
        out = city.store.psql("SELECT string_agg(column_name, ',') FROM information_schema.columns"
                              " WHERE table_name = 'case_file'", city.store.url)
        city.columns = out.split(',')
    else:
        with sqlite3.connect(os.path.join(city.store.data, 'yunheng.db')) as db:
            city.columns = [d[0] for d in db.execute('SELECT * FROM case_file LIMIT 0').description]
    store(city, fill(city, cases, resources))
    city.server.start()
    city.meet()


def cpu(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def main(cases=100000, resources=1000000):
    shape_check.measuring = True
    city = City(os.environ.get('YH_TEST_POSTGRES'))
    try:
        city.project('one')
        city.formal('one', 1)
        grow(city, int(cases), int(resources))
        print(f'{"":32}' + ''.join(f'{who:>26}' for who in ('a body', 'a unit', 'the auditor')))
        for name, path, query in QUERIES:
            line = f'{name:32}'
            for who in ('e1', 'u1', 'auditor'):
                url = path + ('?' + urllib.parse.urlencode(query) if query else '')
                status, _, _ = city.who[who].raw('GET', url)
                times, before = [], cpu(city.server.process.pid)
                for _ in range(REPEATS if status == 200 else 0):
                    begun = time.monotonic()
                    city.who[who].raw('GET', url)
                    times.append((time.monotonic() - begun) * 1000)
                spent = (cpu(city.server.process.pid) - before) * 1000 / REPEATS
                line += (f'{statistics.median(times):9.1f} ms{spent:9.1f} cpu' if times
                         else f'{status:>26}')
            print(line, flush=True)
    finally:
        city.close()


if __name__ == '__main__':
    main(*sys.argv[1:])
