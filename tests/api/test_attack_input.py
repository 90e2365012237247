"""Every operation, with every field of its body, query and path as an attacker would fill it: refused with
its slug, and never a failure of the server's. Nothing is registered here: what the description has is
attacked."""
import json
import unittest

import sweep
from city import City, Session
from test_access import HOLDERS

# no value of a text field, whatever it is for
NO_TEXT = ['7', 'true', '[]', '{}', '"a\\u0000b"', '"\\ud800"', '"\\u0007"', '"' + 'x' * 70000 + '"',
           '1e400', '[' * 500 + ']' * 500]
NEVER = {
    'string': NO_TEXT,
    'integer': ['"7"', '1.5', 'true', '{}', '[]', '9223372036854775808', '-9223372036854775809', '1e400', 'NaN'],
    'boolean': ['"true"', '0', '{}', 'tru'],
    'object': ['"x"', '[]', '7', '{"a":1,"a":2}', '{"a":"\xff"}', '[' * 5000 + ']' * 5000],
    'array': ['"x"', '{}', '7', '[1,]', '[' * 5000 + ']' * 5000],
    'number': ['true', '{}', '[]', '"NaN"', '"1e5"', '"' + '9' * 40 + '"', '1e308', '-1e308', '"0x10"'],
}
# may be refused or taken, for what it is: text
ODD_TEXT = ["'; DROP TABLE person; --", "' OR '1'='1", '%00%0d%0aX-Evil: 1', '<script>alert(1)</script>',
            '=cmd|"/c calc"!A1', '\u202egnp.exe', '../../etc/passwd', '${jndi:ldap://127.0.0.1/a}', '🏛' * 60, '１２']
ODD = {
    'string': [json.dumps(t) for t in ODD_TEXT] + ['""', '" "', 'null'],
    'integer': ['-1', '0', '9223372036854775807', '-9223372036854775808', 'null'],
    'boolean': ['null'],
    'object': ['{}', '{"__proto__":{"a":1}}', '{"form":{"form":{}}}', '{"x":[' + '0,' * 20000 + '0]}', 'null'],
    'array': ['[]', '[null]', '[{}]', '[[[[]]]]', '["\\u202e"]', '[-1,1e300]', '[' + '{},' * 3000 + '{}]', 'null'],
    'number': ['-1', '0', '0.0001', '999999999999999999', '"-0"', 'null'],
}
WHOLE = [b'', b'{', b'[]', b'"x"', b'7', b'null', b'\xff\xfe', b'\xef\xbb\xbf{}', b'{}{}', b'{"a":"\xc0\xaf"}',
         b'{"a":1,"a":1}', b'\0', b'{"\\u0000":1}', b'{"zz":1}', b'{"' + b'k' * 100000 + b'":1}',
         b'[' * 100000, b'{"a":' * 3000 + b'1' + b'}' * 3000]
NO_PART = ['%00', '%ff', '%c0%ae%c0%ae', '%e2%80', 'a%2fb', '..%2f..%2fetc%2fpasswd', '%0d%0aSet-Cookie:%20a=b', '%']
ODD_PART = ['-1', '0', '99999999999999999999', "'%20OR%20'1'='1", '%2e%2e', '.', 'x' * 300, '%F0%9F%8F%9B',
            '0192f000-0000-7000-8000-00000000000', '0192F000-0000-7000-8000-000000000000', '*', '%3Cscript%3E',
            'a;b=c', '%2525', 'null']


class Input(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        city = cls.city = City()
        w = city.who
        for code, name in (('fin', '财政部门'), ('cyber', '网络安全部门'), ('expert', '评估机构')):
            w['sysadmin'].call('POST', '/api/v1/orgs', {'code': code, 'name': name, 'kind': 'body'})
        for login, role, org in (('f1', 'finance', 'fin'), ('v1', 'oversight', 'cyber'), ('x1', 'assessor', 'expert'),
                                 ('dm', 'domain_unit', 'civil')):
            city.person(login, role, org)
        city.project('own')
        cls.values = {'case': city.apply('own', 1)['no'], 'project': 'own', 'unit': 'civil', 'org': 'civil',
                      'cloud': 'YH', 'step': 'review', 'edition': city.edition, 'item': 'vm-4c8g', 'role': 'unit',
                      'person': 'dm', 'login': 'dm', 'procedure': 'test', 'article': '19', 'subject': '19',
                      'page': 'inbox', 'name': 'mine', 'month': '2026-10', 'line': '1', 'outcome': 'approve',
                      'period': '5wd', 'from': '2026-11-02', 'with': city.edition, 'year': '2020'}
        cls.api = w['u1'].get('/api/v1/openapi.json')
        cls.ops = sweep.operations(cls.api)
        may = {}
        for line in w['u1'].get('/api/v1/policy/permissions')['items']:
            may.setdefault(line['action'], line['role'])
        cls.holder = {action: HOLDERS[role] for action, role in may.items() if role in HOLDERS and
                      HOLDERS[role] in w}
        cls.lines = {}

    @classmethod
    def tearDownClass(cls):
        for line in cls.lines.values():
            line.conn.close()
        cls.city.close()

    def line(self, op, path):
        """Of somebody who may ask this; his own things are asked about by one who needs no account else."""
        login = 'du' if '/account/' in path else self.holder.get(op.get('x-permission'), 'u1')
        if not op['security']:
            login = ''
        if login not in self.lines:
            session = self.city.who[login] if login else Session(self.city.server.port)
            self.lines[login] = sweep.Line(session)
        return self.lines[login]

    def attack(self, op, method, path, refused, body=None, headers=None, shown=None):
        got = self.line(op, path).send(method, path, body, headers)
        fault = sweep.wrong(got)
        if not fault and refused and got[0] < 400:
            fault = f'{got[0]}: it was taken'
        if fault:
            self.faults.append(f'{method} {path[:120]} {str(shown)[:120]}: {fault}')

    def setUp(self):
        self.faults = []

    def tearDown(self):
        self.assertIsNone(self.city.server.process.poll())
        self.assertEqual(self.faults, [], '\n'.join(self.faults))

    def where(self, path, op):
        return sweep.filled(path, self.values) + sweep.query(self.api, op, self.values)

    def test_S15_no_whole_body_of_any_operation_makes_the_server_fail(self):
        for method, path, op in self.ops:
            if sweep.schema(op) is None:
                if method != 'GET' and 'requestBody' not in op:
                    self.attack(op, method, self.where(path, op), True, b'{"zz":1}', shown='a body unasked for')
                continue
            for whole in WHOLE:
                refused = whole not in (b'', b'null') or bool(sweep.schema(op).get('required'))
                self.attack(op, method, self.where(path, op), refused, whole, shown=whole[:40])

    def test_S15_each_field_of_each_body_is_held_to_its_type_and_bounds(self):
        fields = 0
        for method, path, op in self.ops:
            properties = (sweep.schema(op) or {}).get('properties', {})
            for name, field in properties.items():
                fields += 1
                kind = 'number' if 'number' in sweep.kinds(field) else (sweep.kinds(field) or ['string'])[0]
                for refused, values in ((True, NEVER[kind]), (False, ODD[kind])):
                    for value in values:
                        self.attack(op, method, self.where(path, op), refused, self.with_value(op, name, value),
                                    shown=f'{name}={value[:60]}')
        self.assertGreater(fields, 150)

    def with_value(self, op, name, value):
        body = sweep.body(op, self.values)
        body[name] = 'XXVALUEXX'
        return json.dumps(body).replace('"XXVALUEXX"', value).encode('latin-1', 'backslashreplace')

    def test_S15_each_parameter_of_each_query_is_held_to_its_bounds(self):
        for method, path, op in self.ops:
            known = sweep.parameters(self.api, op, 'query')
            at = self.where(path, op)
            join = '&' if '?' in at else '?'
            body = sweep.body(op, self.values)
            body = None if body is None else json.dumps(body).encode()
            if method != 'GET' or 'text/event-stream' in str(op['responses']):
                known = []
            for p in known:
                bare = sweep.filled(path, self.values)
                for refused, parts in ((True, NO_PART[:4]), (False, ODD_PART)):
                    for part in parts:
                        self.attack(op, method, f"{bare}?{p['name']}={part}", refused, shown='query')
                self.attack(op, method, f"{bare}?{p['name']}=1&{p['name']}=1", True, shown='twice')
            for more in ('zz=1', '=1', 'limit', '%00=1', 'zz[]=1', '&'):
                self.attack(op, method, at + join + more, True, body, shown='unknown')

    def test_S15_no_part_of_a_path_leads_out_of_it(self):
        for method, path, op in self.ops:
            names = [p['name'] for p in sweep.parameters(self.api, op, 'path')]
            body = sweep.body(op, self.values)
            body = None if body is None else json.dumps(body).encode()
            for name in names:
                for refused, parts in ((True, NO_PART), (True, ODD_PART)):
                    for part in parts:
                        if part in ('-1', '0', '99999999999999999999') and name in ('year', 'line'):
                            continue
                        at = sweep.filled(path.replace('{' + name + '}', 'XXPARTXX'), self.values)
                        at = at.replace('XXPARTXX', part) + sweep.query(self.api, op, self.values)
                        self.attack(op, method, at, refused and name not in ('page', 'name', 'item'), body, shown='path')


class Head(unittest.TestCase):
    """What stands in a head is believed of nobody."""

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.u1 = cls.city.who['u1']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def line(self, session=None):
        line = sweep.Line(session or self.u1)
        self.addCleanup(line.conn.close)
        return line

    def test_S15_a_host_and_what_proxies_say_stand_in_no_answer(self):
        line = self.line()
        evil = {'Host': 'evil.example', 'X-Forwarded-Host': 'evil.example', 'Forwarded': 'host=evil.example',
                'X-Original-URL': '/metrics', 'X-Rewrite-URL': '/metrics', 'Origin': 'http://evil.example',
                'Referer': 'http://evil.example/', 'X-HTTP-Method-Override': 'DELETE'}
        for path in ('/', '/api/v1/session', '/api/v1/cases', '/api/v1/openapi.json', '/nowhere', '/login?next=//evil.example'):
            status, reply, data = line.send('GET', path, headers=evil)
            self.assertLess(status, 500)
            self.assertFalse(300 <= status < 400, path)  # there are no redirects at all
            self.assertNotIn('evil.example', str(reply.getheaders()) + data.decode(errors='replace').replace(path, ''))
            self.assertIsNone(reply.getheader('Access-Control-Allow-Origin'))

    def test_S15_a_session_s_cookie_alone_changes_nothing(self):
        for headers in ({'X-CSRF-Token': ''}, {'X-CSRF-Token': 'x' * 32},
                        {'X-CSRF-Token': self.city.who['u2'].csrf}):
            status, body, _ = self.u1.raw('POST', '/api/v1/projects', {
                'unit': 'civil', 'cloud': 'YH', 'code': 'forged', 'name': '伪造'}, headers)
            self.assertEqual((status, body['slug']), (403, 'csrf-mismatch'))
        # and nothing that a form of another site can send is read as JSON
        for kind in ('text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b'):
            status, body, _ = self.u1.raw('POST', '/api/v1/projects', b'{}', {'Content-Type': kind})
            self.assertEqual((status, body['slug']), (415, 'media-type-unsupported'), kind)
        self.assertEqual([p['code'] for p in self.u1.get('/api/v1/projects')['items']], [])

    def test_S15_what_a_client_names_its_request_comes_back_as_plain_text_or_not_at_all(self):
        line = self.line()
        for odd in ('a' * 500, '<script>', "'\"", '%0d%0aSet-Cookie: a=b', '\t', 'é'):
            status, reply, _ = line.send('GET', '/api/v1/session', headers={'X-Request-Id': odd})
            self.assertLess(status, 500)
            self.assertRegex(reply.getheader('X-Request-Id') or 'x', r'^[A-Za-z0-9._-]{1,72}$')
            self.assertIsNone(reply.getheader('Set-Cookie'))

    def test_S15_methods_that_the_interface_does_not_know_do_nothing(self):
        line = self.line()
        for method in ('TRACE', 'CONNECT', 'PROPFIND', 'OPTIONS', 'get', 'X' * 300):
            status, reply, data = line.send(method, '/api/v1/cases')
            self.assertIn(status, (400, 405, 501), method)
            self.assertNotIn(self.u1.token, data.decode(errors='replace'))
            line.conn.close()

    def test_S15_nothing_beside_the_console_s_own_files_is_served(self):
        line = self.line(Session(self.city.server.port))
        for path in ('/../etc/passwd', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/../../yunheng.db',
                     '/assets/%2e%2e/%2e%2e/yunheng.db', '/.git/config', '/.env', '/yunheng.db', '/data/yunheng.db',
                     '/assets/..\\..\\etc\\passwd', '//etc/passwd', '/%5c..%5cetc', '/assets/', '/assets', '/static/%00',
                     '/api/v1/documents/..%2f..%2fetc%2fpasswd/content', '/etc/passwd', '/proc/self/environ'):
            status, reply, data = line.send('GET', path)
            text = data.decode(errors='replace')
            for mark in ('root:', 'SQLite format', '[core]', 'PATH='):
                self.assertNotIn(mark, text, path)
            if status == 200:  # the console's own page, whatever the path
                self.assertIn('text/html', reply.getheader('Content-Type'), path)
                self.assertIn('云衡', text, path)
            else:
                self.assertIn(status, (400, 401, 404), path)

    def test_S15_an_open_list_filter_is_text_and_no_query(self):
        self.city.project('open')
        for odd in ("'", '"', '%', '_', '\\', "x' UNION SELECT secret FROM person --", '*)(uid=*', '{{7*7}}'):
            for path in ('/api/v1/projects', '/api/v1/cases', '/api/v1/resources'):
                found = self.u1.get(path, text=odd)['items']
                self.assertEqual(found, [], (path, odd))


if __name__ == '__main__':
    unittest.main()
