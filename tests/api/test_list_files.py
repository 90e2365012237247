"""Every list of the API as a file: what one may see of it, and nothing else, is in it."""
import csv
import http.client
import io
import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from city import BIN, City, on_both_engines

PEOPLE = ('u1', 'u2', 'o1', 'a1', 'p1', 'sysadmin', 'secadmin', 'auditor')


def flat(item):
    """What a cell of each plain member shows, a code word by its title."""
    out = {}
    for key, value in item.items():
        value = item.get(key + '_title') or value
        if not isinstance(value, (dict, list, float)):
            out[key] = {None: '', True: 'yes', False: 'no'}.get(value, str(value)) \
                if not isinstance(value, int) or isinstance(value, bool) else str(value)
    return out


def shown(text):
    """Without what makes a file safe to open, and instants to the second."""
    text = text.lstrip("'")
    return text[:19].replace('T', ' ') if len(text) > 24 and text[10:11] == 'T' and text[19:20] == '.' else text


class Files:
    races = True  # the pages of a file are of one snapshot

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        for code, unit, org in (('lf1', 'u1', 'civil'), ('lf2', 'u2', 'health')):
            cls.city.project(code, unit=unit, org=org)
            cls.city.formal(code, 2, unit=unit)
        for _ in range(4):
            cls.city.apply('lf1', 1)
        api = cls.w['u1'].get('/api/v1/openapi.json')
        cls.lists = [(path, ops['get']) for path, ops in api['paths'].items() if 'get' in ops and any(
            p.get('$ref', '').endswith('/cursor') for p in ops['get']['parameters'])]

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def file(self, login, path, **query):
        """(status, content type, bytes)"""
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        try:
            conn.request('GET', path + '?' + urllib.parse.urlencode(query), headers={
                'Cookie': 'yh_session=' + self.w[login].token, 'Accept-Language': 'en'})
            reply = conn.getresponse()
            return reply.status, reply.getheader('Content-Type'), reply.read()
        finally:
            conn.close()

    def rows(self, login, path, **query):
        status, _, body = self.file(login, path, **{'as': 'csv', **query})
        self.assertEqual(status, 200, body)
        return list(csv.reader(io.StringIO(body.decode('utf-8-sig'), newline='')))

    def pages(self, login, path, **query):
        items, cursor = [], {}
        while True:
            page = self.w[login].get(path, limit=3, **query, **cursor)
            items += page['items']
            if not page['next']:
                return items
            cursor = {'cursor': page['next']}

    def both(self, login, path):
        """The cells of the file, and what they are to be by the pages."""
        items = self.pages(login, path)
        if not items:
            head, *rows = self.rows(login, path)
            self.assertTrue(head)
            return rows, []
        # when an account was last used goes on meanwhile
        keys = [k for k in flat(items[0]) if k != 'used_at' and all(k in flat(i) for i in items)]
        rows = self.rows(login, path, columns=','.join(keys))
        return [[shown(cell) for cell in row] for row in rows[1:]], [[shown(flat(i)[k]) for k in keys] for i in items]

    # proves S07
    def test_each_person_gets_of_each_list_just_what_its_pages_have(self):
        with_rows = set()
        for path, op in self.lists:
            if '{' in path or any(p.get('required') and p['in'] == 'query' for p in op['parameters'] if 'in' in p):
                continue
            for login in PEOPLE:
                with self.subTest(path, login=login):
                    status, body, _ = self.w[login].raw('GET', path)
                    if status != 200:
                        got = self.file(login, path, **{'as': 'csv'})
                        self.assertEqual((got[0], got[1]), (status, 'application/problem+json'))
                        continue
                    for _ in range(10):  # what is told and counted in the background comes in between
                        told, want = self.both(login, path)
                        if told == want:
                            break
                    if path != '/api/v1/audit/events' and path != '/api/v1/jobs':  # these always go on
                        self.assertEqual(told, want)
                    if not want:
                        continue
                    with_rows.add(op['operationId'])
                    self.assertEqual(len(self.rows(login, path)[0]) > 0, True)
        for name in ('case.list', 'inbox.list', 'project.list', 'resource.list', 'org.list', 'person.list'):
            self.assertIn(name, with_rows)

    def test_the_columns_of_every_list_are_among_what_its_items_have(self):
        nobody = '0192f000-0000-7000-8000-000000000000'
        for path, op in self.lists:
            path = re.sub(r'\{\w+\}', nobody, path)
            query = {p['name']: nobody for p in op['parameters'] if p.get('required') and p.get('in') == 'query'}
            for login in PEOPLE:
                with self.subTest(path, login=login):
                    status, _, body = self.file(login, path, **{'as': 'csv', **query})
                    self.assertFalse(status == 400 and b'column' in body, body)

    def test_filters_hold_for_the_file(self):
        cases = self.pages('o1', '/api/v1/cases', procedure='test', state='open')
        self.assertEqual(len(cases), 4)
        rows = self.rows('o1', '/api/v1/cases', procedure='test', state='open', columns='no,state')
        self.assertEqual(rows, [['CASE', 'STATE']] + [[c['no'], c['state_title']] for c in cases])
        status, kind, body = self.file('o1', '/api/v1/cases', **{'as': 'csv', 'state': 'nonsense'})
        self.assertEqual((status, kind), (400, 'application/problem+json'), body)

    def test_a_workbook_of_each_list_is_made(self):
        for path, op in self.lists:
            if '{' not in path and not any(p.get('required') for p in op['parameters']):
                with self.subTest(path):
                    status, kind, body = self.file('o1', path, **{'as': 'xlsx'})
                    if status == 200:
                        self.assertTrue(kind.endswith('spreadsheetml.sheet'))
                        self.assertEqual(body[:4], b'PK\3\4')

    def test_the_command_line_keeps_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder, YUNHENG_LANG='en',
                       YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}')

            def yunheng(*words, **more):
                return subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True, text=True, **more)
            self.assertEqual(yunheng('session', 'create', '--login', 'u1', '--password',
                                     'Test-Passw0rd!x').returncode, 0)
            path = os.path.join(folder, 'cases.csv')
            done = yunheng('case', 'list', '--as', 'csv', '--columns', 'no,unit', '--titles', 'A|B', '--out', path,
                           '--state', 'open')
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, encoding='utf-8-sig', newline='') as f:
                rows = list(csv.reader(f))
            self.assertEqual(rows[0], ['A', 'B'])
            self.assertEqual(len(rows), 5)
            done = yunheng('case', 'list', '--as', 'xlsx', '--columns', 'nothing', '--out', path + '2')
            self.assertEqual(done.returncode, 1)
            self.assertIn('column-unknown', done.stderr)
            self.assertFalse(os.path.exists(path + '2'))
            self.assertEqual(yunheng('case', 'show', 'x', '--as', 'csv').returncode, 2)


on_both_engines(Files)

if __name__ == '__main__':
    unittest.main()
