"""A month to settle: fills an embedded store with resources, copies it to PostgreSQL, and reckons it with
whole numbers and fractions.

50 items priced by the hour, the day or the month, whose prices change on the 16th; 2,000 units with a project
each; every resource has one to three sizes. As the world is, not as tests like it: ends of intervals lie on
microseconds, most began before the month, some ended in it, most still run.
"""
import random
import sqlite3
import subprocess
from fractions import Fraction

UNITS, ITEMS, PROVIDERS = 2000, 50, 1
US = 1000000
FROM, CHANGE, TO = 1790784000, 1790784000 + 15 * 86400, 1790784000 + 31 * 86400  # October 2026 in Shanghai
DAY = {'first': 20727, 'old': 20454, 'new': 20727 + 15}  # days since 1970: 2026-10-01, 2026-01-01, 2026-10-16
PER = ('hour', 'day', 'month')
SECONDS = {'hour': 3600, 'day': 86400, 'month': 31 * 86400}
FACTOR_E6 = 950000
TABLES = ('org', 'cloud', 'cloud_body', 'project', 'edition', 'item', 'item_tier', 'provider_factor', 'resource',
          'resource_size')


class Ids:
    """Growing with time, as the program's are; at random in the rest."""

    def __init__(self, rnd):
        self.rnd, self.n = rnd, 0

    def __call__(self):
        self.n += 1
        return ((1750000000000 + self.n).to_bytes(6, 'big') + b'\x70\x00\x80' +
                self.rnd.getrandbits(56).to_bytes(7, 'big'))


def insert(db, table, rows):
    rows = iter(rows)
    first = next(rows)
    columns = list(first)
    sql = f'INSERT INTO {table} ({", ".join(columns)}) VALUES ({", ".join("?" * len(columns))})'
    db.execute(sql, tuple(first.values()))
    db.executemany(sql, (tuple(r.values()) for r in rows))


def parties(db, new):
    def org(id_, code, kind, in_budget=1):
        return {'id': id_, 'code': code, 'name': code, 'kind': kind, 'district': '', 'outside': 0,
                'in_budget': in_budget, 'chain': 'sign', 'status': 'active', 'created_at': 1, 'version': 1, 'sector': ''}
    cloud, operator, finance, provider = new(), new(), new(), new()
    units, projects = [new() for _ in range(UNITS)], [new() for _ in range(UNITS)]
    insert(db, 'org', [org(operator, 'operator', 'unit'), org(finance, 'finance', 'unit'),
                       org(provider, 'provider', 'provider', 0)] +
           [org(u, f'u{k:04}', 'unit') for k, u in enumerate(units)])
    insert(db, 'cloud', [{'id': cloud, 'code': 'SH', 'name': 'SH', 'level': 'municipal', 'district': '',
                          'created_at': 1}])
    insert(db, 'cloud_body', [{'cloud': cloud, 'role': r, 'org': o} for r, o in
                              (('operator', operator), ('finance', finance))])
    insert(db, 'project', [{'id': p, 'code': f'u{k:04}.p', 'unit': units[k], 'cloud': cloud, 'name': 'p',
                            'state': 'approved', 'created_at': 1, 'version': 1} for k, p in enumerate(projects)])
    insert(db, 'provider_factor', [{'id': new(), 'provider': provider, 'cloud': cloud, 'from_month': DAY['old'],
                                    'factor_e6': FACTOR_E6, 'made_at': 1}])
    return cloud, provider, units, projects


def catalogue(db, new, rnd, cloud):
    """The ids of the old edition's items: resources keep the item they were ordered as."""
    ids = []
    for number, day in ((1, DAY['old']), (2, DAY['new'])):
        edition = new()
        insert(db, 'edition', [{'id': edition, 'cloud': cloud, 'number': number, 'title': 'x', 'state': 'published',
                                'effective_day': day, 'created_at': 1, 'version': 1}])
        for k in range(ITEMS):
            item = new()
            ids.append(item)
            insert(db, 'item', [{'id': item, 'edition': edition, 'code': f'item-{k:02}', 'class': 'IaaS',
                                 'category': 'c', 'name': f'item {k}', 'content': '', 'per': PER[k % 3],
                                 'measure': 'unit', 'mode': 'flat', 'free_milli': 0, 'minimum_e6': 0,
                                 'step_milli': 1000, 'tags': '', 'trusted': 0, 'exposed': 0}])
            insert(db, 'item_tier', [{'item': item, 'from_milli': 0, 'price_e6': rnd.randrange(10000, 5000000)}])
    return ids[:ITEMS]


def resources(rnd, new, cloud, provider, units, projects, items, n):
    """Rows of resource and resource_size, resource by resource."""
    case, draw = new(), rnd.random

    def between(low, high):
        return low + int(draw() * max(high - low, 1))
    for k in range(n):
        at, id_, item = int(draw() * UNITS), new(), items[int(draw() * ITEMS)]
        ends, early = draw() < 0.15, draw() < 0.8
        begin = between((FROM - 200 * 86400 if early else FROM) * US, (CHANGE if early else TO) * US)
        first = max(begin, FROM * US)  # of the month
        end = between(first + US, (TO + 86400) * US) if ends else None
        last = min(end or TO * US, TO * US)
        cuts = {between(first, last) for _ in range(int(draw() * 3))}
        cuts = [begin, *sorted(c for c in cuts if begin < c < last)]
        sizes = [{'resource': id_, 'from_at': a, 'to_at': b, 'item': item, 'qty_milli': between(1, 65) * 1000,
                  'case_id': case} for a, b in zip(cuts, cuts[1:] + [end])]
        yield ({'id': id_, 'no': f'R{k:09}', 'unit': units[at], 'project': projects[at], 'cloud': cloud,
                'kind': 'formal', 'state': 'destroyed' if ends else 'running', 'name': 'r', 'item': item,
                'provider': provider, 'provider_ref': 'x', 'case_id': case, 'created_at': begin, 'opened_at': begin,
                'formal_at': begin, 'stopped_at': end, 'version': 1}, sizes)


MILLION = 1000000


def multiply(db, times):
    """The same resources again under other ids and numbers, behind the ones before."""
    for table, ids in (('resource', ('id', 'no')), ('resource_size', ('resource',))):
        columns = [r[1] for r in db.execute(f'PRAGMA table_info({table})')]
        fresh = {ids[0]: f"CAST(x'01' || :byte || substr({ids[0]}, 3) AS BLOB)", 'no': "'S' || :k || substr(no, 2)"}
        rows = ', '.join(fresh.get(c, c) if c in ids else c for c in columns)
        for k in range(1, times):
            db.execute(f"INSERT INTO {table} SELECT {rows} FROM {table} WHERE substr({ids[0]}, 2, 1) = x'97'",
                       {'k': k, 'byte': bytes([0x97 + k])})


def fill(path, n, seed=1):
    """Into a store that the program has made, with nothing in it. Above a million: multiples of it."""
    times, n = max(1, n // MILLION), min(n, MILLION)
    rnd = random.Random(seed)
    new = Ids(rnd)
    db = sqlite3.connect(path)
    db.execute('PRAGMA synchronous = OFF')
    db.execute('PRAGMA cache_size = -400000')
    slow = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN"
                      " ('resource', 'resource_size')").fetchall()
    for name, _ in slow:
        db.execute(f'DROP INDEX {name}')
    cloud, provider, units, projects = parties(db, new)
    items = catalogue(db, new, rnd, cloud)
    batch_r, batch_s = [], []
    for resource, sizes in resources(rnd, new, cloud, provider, units, projects, items, n):
        batch_r.append(resource)
        batch_s += sizes
        if len(batch_r) == min(n, 10000):
            insert(db, 'resource', batch_r)
            insert(db, 'resource_size', batch_s)
            batch_r, batch_s = [], []
    assert not batch_r, n
    multiply(db, times)
    for _, sql in slow:
        db.execute(sql)
    db.commit()
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()


def copy_to_postgres(path, url):
    """Every row as it is."""
    db = sqlite3.connect(path)
    for table in TABLES:
        columns = [r[1] for r in db.execute(f'PRAGMA table_info({table})')]
        psql = subprocess.Popen(['psql', '-q', url, '-c', f'COPY {table} ({", ".join(columns)}) FROM STDIN'],
                                stdin=subprocess.PIPE)
        for row in db.execute(f'SELECT {", ".join(columns)} FROM {table}'):
            psql.stdin.write('\t'.join('\\N' if v is None else '\\\\x' + v.hex() if isinstance(v, bytes) else str(v)
                                       for v in row).encode() + b'\n')
        psql.stdin.close()
        if psql.wait() != 0:
            raise SystemExit(f'{table} was not copied')
    subprocess.run(['psql', '-q', url, '-c', 'VACUUM ANALYZE'], check=True)
    db.close()


def lines(path):
    """(unit, code) -> (fen, list fen, usage in millionths), by other arithmetic than the program's: sums of whole
    numbers for each item and edition, one fraction a line."""
    db = sqlite3.connect(path)
    price, code, per = {}, {}, {}
    for id_, c, p, number, e6 in db.execute('SELECT i.id, i.code, i.per, e.number, t.price_e6 FROM item i JOIN edition e ON'
                                            ' e.id = i.edition JOIN item_tier t ON t.item = i.id'):
        code[id_], per[c], price[c, number] = c, p, e6
    old, new = {}, {}
    times = db.execute('SELECT count(*) FROM resource').fetchone()[0] // MILLION or 1
    for unit, item, begin, end, qty in db.execute(
            'SELECT r.unit, z.item, z.from_at, z.to_at, z.qty_milli FROM resource_size z JOIN resource r ON r.id ='
            " z.resource WHERE z.from_at < ? AND (z.to_at IS NULL OR z.to_at > ?) AND r.no < 'S'", (TO * US, FROM * US)):
        begin, end = max(begin // US, FROM), TO if end is None else min(end // US, TO)
        key = unit, code[item]
        if begin < CHANGE and begin < end:
            old[key] = old.get(key, 0) + (min(end, CHANGE) - begin) * qty
        if end > CHANGE and begin < end:
            new[key] = new.get(key, 0) + (end - max(begin, CHANGE)) * qty
    out = {}
    for key in {*old, *new}:
        c = key[1]
        a, b = times * old.get(key, 0), times * new.get(key, 0)
        yuan = Fraction(a * price[c, 1] + b * price[c, 2], SECONDS[per[c]] * 10**9)
        out[key] = (round(yuan * 100 * Fraction(FACTOR_E6, 10**6)), round(yuan * 100),
                    round(Fraction((a + b) * 1000, SECONDS[per[c]])))
    db.close()
    return out
