"""Whatever kind of thing another unit has: who has no business with it is told of it what he is told of
what does not exist, by every operation that takes its number or its id, and finds it in no reply."""
import json
import os
import subprocess
import unittest
import uuid

import sweep
from city import BIN, Server, Store

OWNER, STRANGERS = 'unit02', ('unit01', 'unit03', 'd01-review', 'sponsor')
# of the owner's organisation; each gives what names such a thing in a path
KINDS = {
    'project': 'SELECT code FROM project WHERE unit = {org}',
    'resource': 'SELECT id, no FROM resource WHERE unit = {org}',
    'case': 'SELECT no, id FROM case_file WHERE unit = {org}',
    'unit': 'SELECT code FROM org WHERE id = {org}',
    'statement': 'SELECT no, id FROM statement_kept WHERE unit = {org}',
    'result': 'SELECT id, no FROM eval_result WHERE org = {org}',
    'finding': 'SELECT id, no FROM finding WHERE unit = {org}',
    'agent': 'SELECT a.id FROM agent a JOIN resource r ON r.id = a.resource WHERE r.unit = {org}',
    'record': 'SELECT no, id FROM ledger WHERE filer_org = {org}',
    'duty': 'SELECT id, no FROM duty WHERE org = {org}',
    'paper': 'SELECT id, no FROM paper WHERE recipient = {org}',
    'order': 'SELECT o.id FROM cloud_order o JOIN resource r ON r.id = o.resource WHERE r.unit = {org}',
    'scan': 'SELECT id FROM watch_scan WHERE unit = {org}',
    'document': "SELECT d.id FROM document d JOIN person p ON p.id = d.person WHERE p.login = 'unit02'",
}
NONE = {'project': 'nowhere.none', 'case': 'YH-2020-CS-000001', 'unit': 'nowhere', 'statement': 'YH-2020-ZD-000001',
        'record': 'YH-JL-2020-000001',
        'paper': '政云配〔2020〕999号'}
# what only the city's own bodies have a path for, so that the owner is no proof that it exists
HANDS = {'order': 'vendor-a', 'scan': 'operator'}


def text_of(value):
    return str(uuid.UUID(bytes=value)) if isinstance(value, bytes) else value


class Objects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        store = cls.store = Store(None)
        try:
            subprocess.run([f'{BIN}/yunheng', 'simulate', '--seed', '1', '--months', '8', '--small', '--demo',
                            '--data', store.data], check=True, capture_output=True)
            with open(os.path.join(store.data, 'demo-accounts.txt'), encoding='utf-8') as f:
                cls.password = f.readline().split()[-1]
            cls.server = Server(store)
            cls.lines = {login: sweep.Line(cls.server.session(login, cls.password))
                         for login in (OWNER, *STRANGERS, *HANDS.values())}
            cls.upload()
            cls.api = json.loads(cls.lines[OWNER].send('GET', '/api/v1/openapi.json')[2])
            cls.ops = sweep.operations(cls.api)
            org = "(SELECT org FROM role_grant g JOIN person p ON p.id = g.person WHERE p.login = 'unit02')"
            cls.theirs = {kind: [[text_of(v) for v in row] for row in store.sql(sql.format(org=org))]
                          for kind, sql in KINDS.items()}
        except BaseException:
            store.drop()
            raise
        assert all(cls.theirs.values()), cls.theirs

    @classmethod
    def tearDownClass(cls):
        for line in cls.lines.values():
            line.conn.close()
        cls.server.stop()
        cls.store.drop()

    @classmethod
    def upload(cls):
        got = cls.lines[OWNER].send('POST', '/api/v1/documents?name=plan.txt', '机密预案'.encode(),
                                    {'Content-Type': 'text/plain'})
        assert got[0] == 201, got[2]

    def ask(self, login, method, path, op, values):
        body = sweep.body(op, values)
        at = sweep.filled(path, values) + sweep.query(self.api, op, values)
        return self.lines[login].send(method, at, None if body is None else json.dumps(body).encode())

    @staticmethod
    def said(got, name):
        """An answer without the name that was asked about."""
        return got[0], got[2].decode(errors='replace').replace(name, '*')

    def values(self, kind, name):
        return {kind: name, 'step': 'review', 'cloud': 'YH', 'line': '1', 'indicator': 'opening',
                'month': '2026-10', 'outcome': 'approve', 'reason': '依据充分', 'project': 'nowhere.none', **{kind: name}}

    def about(self, kind):
        """The operations that take such a thing in their path."""
        found = [(m, p, op) for m, p, op in self.ops if '{' + kind + '}' in p and '/batches' not in p]
        self.assertTrue(found, kind)
        return found

    def test_S07_every_kind_of_thing_of_another_unit_is_as_if_it_were_not_there(self):
        for kind, rows in self.theirs.items():
            for method, path, op in self.about(kind):
                for name in rows[0]:
                    none = sweep.NOBODY if '-' in name and len(name) == 36 else NONE.get(kind, sweep.NOBODY)
                    for login in STRANGERS:
                        got = self.ask(login, method, path, op, self.values(kind, name))
                        other = self.ask(login, method, path, op, self.values(kind, none))
                        with self.subTest(kind=kind, login=login, op=f'{method} {path}', name=name):
                            self.assertGreaterEqual(got[0], 400, got[2][:200])
                            self.assertLess(got[0], 500, got[2][:200])
                            self.assertEqual(self.said(got, name), self.said(other, none))

    def test_S07_its_owner_has_it_so_that_it_is_there(self):
        for kind, rows in self.theirs.items():
            login = HANDS.get(kind, OWNER)
            seen = [self.ask(login, 'GET', path, op, self.values(kind, name))[0]
                    for m, path, op in self.about(kind) if m == 'GET' for name in rows[0]]
            with self.subTest(kind=kind):
                self.assertIn(200, seen)

    def test_S07_no_list_and_no_reply_has_a_name_of_another_unit_s_things(self):
        marks = {name: kind for kind, rows in self.theirs.items() for row in rows for name in row
                 if kind not in ('unit',) and len(name) > 7}
        for login in STRANGERS:
            for method, path, op in self.ops:
                if method != 'GET' or '{' in path or 'text/event-stream' in str(op['responses']):
                    continue
                filters = [p['name'] for p in sweep.parameters(self.api, op, 'query') if p['name'] in self.theirs]
                for name in [None] + filters:
                    at = path + sweep.query(self.api, op, {'cloud': 'YH', 'month': '2026-10', 'from': '2026-11-02',
                                                           'period': '5wd'})
                    if name:
                        at += ('&' if '?' in at else '?') + f'{name}={self.theirs[name][0][0]}'
                    status, _, data = self.lines[login].send('GET', at)
                    text = data.decode(errors='replace')
                    found = sorted({f'{kind} {mark}' for mark, kind in marks.items() if mark in text and
                                    mark not in at})
                    with self.subTest(login=login, path=at):
                        self.assertLess(status, 500)
                        self.assertEqual(found[:3], [])


if __name__ == '__main__':
    unittest.main()
