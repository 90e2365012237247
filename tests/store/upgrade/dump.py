"""Writes a store of SQLite as tests/store/upgrade_real.c reads it: dump.py FOLDER OUT.jsonl.gz. The folder
is one that `yunheng simulate --small --demo` of the program of that time made. Audit keys go with it, and
what the accounts' password is."""
import contextlib
import gzip
import json
import os
import sqlite3
import sys


def order(db):
    """Tables behind those that they refer to."""
    names = [n for n, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE"
                                    " 'sqlite_%' AND name <> 'yh_schema' ORDER BY rowid")]
    refs = {n: {r[2] for r in db.execute(f'PRAGMA foreign_key_list({n})')} - {n} for n in names}
    done = []
    while len(done) < len(names):
        done += [n for n in names if n not in done and refs[n] <= set(done)]
    return done


def value(v):
    return {'x': v.hex()} if isinstance(v, bytes) else v


def main(folder, out):
    keys = {}
    for name in sorted(os.listdir(os.path.join(folder, 'keys'))):
        with open(os.path.join(folder, 'keys', name), 'rb') as f:
            keys[name] = f.read().hex()
    with open(os.path.join(folder, 'demo-accounts.txt'), encoding='utf-8') as f:
        password = f.readline().rsplit(': ', 1)[1].strip()
    with contextlib.closing(sqlite3.connect(os.path.join(folder, 'yunheng.db'))) as db, \
            gzip.GzipFile(out, 'wb', 9, mtime=0) as gz:
        def line(j):
            gz.write(json.dumps(j, ensure_ascii=False, separators=(',', ':')).encode() + b'\n')
        schema, = db.execute('SELECT max(number) FROM yh_schema').fetchone()
        line({'schema': schema, 'password': password, 'keys': keys})
        for name in order(db):
            rows = db.execute(f'SELECT * FROM {name}')
            line({'table': name, 'columns': [d[0] for d in rows.description]})
            for row in rows:
                line([value(v) for v in row])


if __name__ == '__main__':
    main(*sys.argv[1:])
