"""The statements of a filing, as a pgbench script: a filing goes through the real server on PostgreSQL
while PostgreSQL logs what it is sent; from the log it becomes a script with the same statements, in the
same order, in one transaction, on the same tables with the same rows in them. What must differ from one filing to the next (the ids it makes, the case's number) becomes a variable;
all else stays as it was sent. pgbench keeps them prepared, as the server does."""
import os
import re
import time

LINE = re.compile(r'^\S+ \S+ \S+ \[(\d+)\] (LOG|DETAIL):  (.*)$')
SENT = re.compile(r'^duration: \S+ ms  (?:execute \S+|statement): (.*)$')
PARAM = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
MADE = re.compile(r"^'\\x[0-9a-f]{32}'$")


def transactions(lines):
    """(pid, [(statement, {number: literal})]) for every transaction in a log."""
    open_, last = {}, {}
    for line in lines:
        m = LINE.match(line.rstrip('\n'))
        if not m:
            continue
        pid, kind, text = m.groups()
        if kind == 'DETAIL' and pid in last and 'arameters: ' in text:
            last[pid][1].update({int(n): v for n, v in PARAM.findall(text)})
            continue
        sent = SENT.match(text)
        if not sent:
            last.pop(pid, None)  # what is bound is told again where it is executed
            continue
        sql = sent.group(1)
        if sql.startswith('BEGIN'):
            open_[pid] = []
        elif sql in ('COMMIT', 'ROLLBACK'):
            if sql == 'COMMIT' and pid in open_:
                yield open_[pid]
            open_.pop(pid, None)
            last.pop(pid, None)
        elif pid in open_:
            last[pid] = (sql, {})
            open_[pid].append(last[pid])


def recorded(log, since, psql, file):
    """The write transaction of what `file()` files."""
    psql('ALTER SYSTEM SET log_min_duration_statement = 0')
    psql('SELECT pg_reload_conf()')
    try:
        while psql('SHOW log_min_duration_statement') != '0':
            time.sleep(0.05)
        time.sleep(1.5)  # the server's own connections take it up when they are next used
        file()
        for _ in range(100):
            with open(log, encoding='utf-8', errors='replace') as f:
                f.seek(since)
                found = [t for t in transactions(f) if any(s.startswith('INSERT INTO case_file')
                                                           for s, _ in t)]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise SystemExit('bench: the log holds no filing')
    finally:
        psql('ALTER SYSTEM RESET log_min_duration_statement')
        psql('SELECT pg_reload_conf()')


def script(transaction, waits):
    """One filing as a pgbench script. Without `waits` the two statements by which filings of one unit
    wait for each other, its lock and the running number, are left out."""
    made, out = [], ['\\set n :n + 1', 'BEGIN;']
    for sql, params in transaction:
        if sql.startswith('INSERT INTO') and MADE.match(params.get(1, '')) and 'case_actor' not in sql:
            made.append(params[1])
    for sql, params in transaction:
        counts = 'counter' in sql and 'RETURNING' in sql
        if not waits and (counts or 'advisory' in sql):
            continue

        def literal(m, sql=sql, params=params):
            number = int(m.group(1))
            value = params[number]
            if value in made:
                return f'(int8send(:n::bigint) || int8send((:client_id * 16 + {made.index(value)})::bigint))'
            if sql.startswith('INSERT INTO case_file') and number == 2:
                return "('N-' || :no::text)" if waits else "('N-' || :client_id::text || '-' || :n::text)"
            return value
        text = re.sub(r'\$(\d+)', literal, sql)
        out.append(text + (' \\gset\n\\set no :value' if counts else ';'))
    return '\n'.join(out + ['COMMIT;', ''])


def write(transaction, folder, waits):
    """The script's file."""
    name = os.path.join(folder, f'filing-{"same" if waits else "apart"}.sql')
    with open(name, 'w', encoding='utf-8') as f:
        f.write(script(transaction, waits))
    return name
