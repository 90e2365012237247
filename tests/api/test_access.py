"""Every operation with every role, on what is one's own and on what is another's."""
import http.client
import json
import os
import subprocess
import unittest

import admins
from city import BIN, City, Session, on_both_engines, today

NOBODY = '0192f000-0000-7000-8000-000000000000'
METHODS = ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
OF_A_UNIT = ('{case}', '{project}', '{resource}', '{unit}')
# role: who holds it; the organisations beyond the small city's
MORE_BODIES = [('fin', '财政部门', 'body'), ('cyber', '网络安全部门', 'body'),
               ('expert', '评估机构', 'body'), ('cpa', '审计组', 'body')]
HOLDERS = {'authority': 'a1', 'econ_info': 'e1', 'finance': 'f1', 'oversight': 'v1',
           'operator': 'o1', 'district_operator': 'dd', 'domain_unit': 'dm', 'unit': 'u1',
           'sponsor': 'sp', 'provider': 'p1', 'assessor': 'x1', 'sysadmin': 'sysadmin',
           'secadmin': 'secadmin', 'auditor': 'auditor', 'outside_auditor': 'cpa1'}


class Access:
    @classmethod
    def setUpClass(cls):
        city = cls.city = City(cls.postgres)
        w = cls.w = city.who
        for code, name, kind in MORE_BODIES:
            w['sysadmin'].call('POST', '/api/v1/orgs', {'code': code, 'name': name, 'kind': kind})
        for login, role, org in (('f1', 'finance', 'fin'), ('v1', 'oversight', 'cyber'),
                                 ('x1', 'assessor', 'expert'), ('dm', 'domain_unit', 'civil')):
            city.person(login, role, org)
        for role, org in (('finance', 'fin'), ('oversight', 'cyber')):
            w['sysadmin'].call('PUT', f'/api/v1/clouds/YH/bodies/{role}', {'org': org})
        w['secadmin'].call('POST', '/api/v1/people', {'login': 'victim', 'name': 'victim'})
        made = w['secadmin'].call('POST', '/api/v1/people', {'login': 'cpa1', 'name': 'cpa1'})
        city.grant('cpa1', 'outside_auditor', 'cpa', 'handle', scope='case project', last_day=today().isoformat())
        w['cpa1'] = city.first('cpa1', made['one_time_password'])
        cls.things = {'own': cls.found('own', 'u1', 'civil'),
                      'foreign': cls.found('alien', 'u2', 'health'),
                      'unknown': {'project': 'nowhere', 'case': 'YH-2020-CS-000001',
                                  'resource': NOBODY, 'unit': NOBODY, 'id': NOBODY, 'agent': NOBODY}}
        cls.api = w['u1'].get('/api/v1/openapi.json')
        cls.ops = [(method.upper(), path, op) for path, ops in cls.api['paths'].items()
                   for method, op in ops.items()]

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def found(cls, code, login, org):
        """A project with a running resource and a case that waits."""
        cls.city.project(code, unit=login, org=org)
        which = cls.city.formal(code, 1, unit=login)[0]
        case = cls.city.apply(code, 1, unit=login)
        return {'project': code, 'case': case['no'], 'id': case['id'], 'resource': which,
                'unit': org, 'agent': cls.enrolled(code, which, login)}

    @classmethod
    def enrolled(cls, name, resource, login):
        code = cls.w[login].call('POST', '/api/v1/agents/codes', {'resource': resource})['code']
        folder = os.path.join(cls.city.store.dir, 'agent-' + name)
        subprocess.run([f'{BIN}/yunheng-agent', 'enrol', '--dir', folder, '--code', code,
                        '--server', f'http://127.0.0.1:{cls.city.server.port}'], check=True,
                       capture_output=True)
        with open(os.path.join(folder, 'agent.key'), encoding='ascii') as f:
            return f.readline().strip()

    def send(self, who, method, path, body=None):
        conn = http.client.HTTPConnection('127.0.0.1', who.port, timeout=60)
        head = {'Accept-Language': 'en'}
        if body is not None:
            more, body = body
            head.update(more)
        if who.token:
            head.update({'Cookie': 'yh_session=' + who.token, 'X-CSRF-Token': who.csrf})
        try:
            conn.request(method, path, body, head)
            reply = conn.getresponse()
            if reply.getheader('Content-Type') == 'text/event-stream':
                return reply.status, self.first_event(reply)
            return reply.status, reply.read().decode(errors='replace')
        finally:
            conn.close()

    @staticmethod
    def first_event(stream):
        lines = []
        while not lines or lines[-1].strip():
            lines.append(stream.readline().decode())
        return ''.join(lines)

    def path_of(self, path, thing):
        values = dict(thing, step='review', org=thing['unit'], cloud='YH', role='unit',
                      person='victim', grant=NOBODY, scan=NOBODY, finding=NOBODY, job=NOBODY, check=NOBODY, order=NOBODY,
                      settlement=NOBODY, statement=NOBODY, line='1', run=NOBODY,
                      edition=self.city.edition, file='a' * 32 + '.ics',
                      procedure='test', subject='19', article='19')
        values.update(duty=NOBODY, scheme=NOBODY, evaluation=NOBODY, result=NOBODY, indicator='opening',
                      item='vm-4c8g', record='YH-TY-000001', page='inbox', name='mine',
                      link='east', district='east', stream='register',
                      act=NOBODY, delegation=NOBODY, event=NOBODY, digest='0' * 64, document=NOBODY, paper=NOBODY, supervision=NOBODY, issuer='none', report='YH-2020.1', year='2020')
        if '/tokens/' in path:
            values['id'] = NOBODY
        for name, value in values.items():
            path = path.replace('{' + name + '}', value)
        self.assertNotIn('{', path)
        return path

    def body_of(self, op, thing):
        """The least that the operation's own description admits."""
        if 'requestBody' not in op:
            return None
        content = op['requestBody']['content']
        if 'application/json' not in content:
            head = {p['name']: p['schema'].get('enum', ['x'])[0] for p in op.get('parameters', [])
                    if p.get('in') == 'header' and p.get('required')}
            return dict(head, **{'Content-Type': next(iter(content))}), b''
        schema = content['application/json']['schema']
        known = {'procedure': 'reclaim', 'project': thing['project'], 'org': thing['unit'],
                 'unit': thing['unit'], 'cloud': 'YH', 'role': 'unit', 'outcome': 'approve',
                 'reason': '依据充分', 'defects': ['缺少说明'], 'login': 'nobody.here',
                 'password': 'none', 'taker': 'victim', 'old_password': 'none',
                 'new_password': 'none', 'first_day': today().isoformat(),
                 'last_day': today().isoformat(), 'month': '2026-10', 'amount': '1.00',
                 'answer_by': today().isoformat(), 'day': today().isoformat(),
                 'form': {'resources': [thing['resource']], 'reason': '系统下线',
                          'backup': {'choice': 'migrated'}}}
        body = {}
        for name in schema.get('required', []):
            field = schema['properties'][name]
            kinds = {'string': 'abc', 'integer': 1, 'boolean': False, 'object': {}, 'array': []}
            kind = field.get('type')
            kind = kind[0] if isinstance(kind, list) else kind
            body[name] = known.get(name, field.get('enum', [kinds.get(kind)])[0])
        return {'Content-Type': 'application/json'}, json.dumps(body).encode()

    def query_of(self, op, thing):
        known = {'cloud': 'YH', 'project': thing['project'], 'unit': thing['unit'],
                 'from': today().isoformat(), 'period': '5wd', 'month': '2026-10', 'with': self.city.edition}
        wanted = []
        for p in op.get('parameters', []):
            if p.get('in') == 'query' and p.get('required'):
                wanted.append(p['name'] + '=' + known.get(p['name'], 'abc'))
        return '?' + '&'.join(wanted) if wanted else ''

    def ask(self, who, method, path, op, thing):
        return self.send(who, method, self.path_of(path, thing) + self.query_of(op, thing),
                         self.body_of(op, thing))

    # proves A5.1, S07
    def test_S04_somebody_from_outside_proves_who_they_are_by_a_second_factor_too(self):
        who = self.w['cpa1']
        who.enrol()
        again = Session(who.port, login=who.login, device=who.device).sign_in()
        self.assertEqual(again.get('/api/v1/session')['second_factor'], 'done')
        self.assertEqual(who.call('DELETE', '/api/v1/account/sessions'), {'ended': 1})
        self.assertEqual(who.raw('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 1})[1]['slug'],
                         'reading-only')
        codes = who.call('POST', '/api/v1/account/second-factor/recovery', {'code': who.device.next()})
        self.assertEqual(len(codes['recovery_codes']), 10)
        who.call('POST', '/api/v1/account/second-factor/remove', {'code': codes['recovery_codes'][0]})
        self.assertFalse(who.get('/api/v1/account/second-factor')['enrolled'])

    def test_1_another_units_things_do_not_exist_whatever_the_method(self):
        before = [self.w['u2'].get(p) for p in ('/api/v1/cases', '/api/v1/projects',
                                                '/api/v1/resources',
                                                '/api/v1/projects/alien/quota')]
        alien, unknown = self.things['foreign'], self.things['unknown']
        by_path = [(path, ops) for path, ops in self.api['paths'].items()
                   if any(p in path for p in OF_A_UNIT)]
        self.assertGreaterEqual(len(by_path), 10)
        for login in ('u1', 'sp', 'dm', 'du'):
            for path, ops in by_path:
                for method in METHODS:
                    op = ops.get(method.lower(), {})
                    for key in ('case', 'id'):
                        thing = dict(alien, case=alien[key])
                        got = self.ask(self.w[login], method, path, op, thing)
                        with self.subTest(login=login, method=method, path=path):
                            self.assertGreaterEqual(got[0], 400, got)
                            self.assertLess(got[0], 500, got)
                    none = self.ask(self.w[login], method, path, op, unknown)
                    with self.subTest(login=login, method=method, path=path, same='as unknown'):
                        self.assertEqual((got[0], json.loads(got[1])['slug']),
                                         (none[0], json.loads(none[1])['slug']))
        after = [self.w['u2'].get(p) for p in ('/api/v1/cases', '/api/v1/projects',
                                               '/api/v1/resources',
                                               '/api/v1/projects/alien/quota')]
        self.assertEqual(after, before)

    # proves A5.1, S07
    def test_2_nothing_of_another_unit_stands_in_any_reply_or_list(self):
        alien, unknown = self.things['foreign'], self.things['unknown']
        for login in ('u1', 'sp', 'dm', 'du'):
            for method, path, op in self.ops:
                if method != 'GET':
                    continue
                filters = [p['name'] for p in op.get('parameters', [])
                           if p.get('in') == 'query' and p['name'] in ('project', 'unit')]
                for name in [None] + filters:
                    at = self.path_of(path, self.things['own']) + self.query_of(op, alien)
                    if name:
                        at += ('&' if '?' in at else '?') + f'{name}={alien[name]}'
                    status, text = self.send(self.w[login], method, at)
                    with self.subTest(login=login, path=at):
                        self.assertLess(status, 500, text)
                        for mark in ('case', 'id', 'resource', 'agent'):
                            self.assertNotIn(alien[mark], text)
                        self.assertNotIn('alien"', text)
                        if name == 'project':
                            none = self.send(self.w[login], method,
                                             at.replace('=alien', '=' + unknown['project']))
                            self.assertEqual((status, text), none)

    # proves S07
    def test_a_code_that_another_unit_has_taken_is_free_and_not_told(self):
        def enter(login, org, code):
            return self.w[login].raw('POST', '/api/v1/projects', {'unit': org, 'cloud': 'YH', 'code': code,
                                                                 'name': '同名项目'})
        for code in ('same', 'health.same'):  # the second is no code of civil's
            status, body, _ = enter('u1', 'civil', code)
            self.assertEqual((status, body.get('code'), body.get('slug')),
                             (201, 'civil.same', None) if code == 'same'
                             else (400, None, 'project-code'))
        status, body, _ = enter('u2', 'health', 'same')
        self.assertEqual((status, body['code']), (201, 'health.same'))
        status, body, _ = enter('u2', 'health', 'health.same')
        self.assertEqual((status, body['slug']), (409, 'project-exists'))
        # each by its own code means its own; everybody else says whose
        for login, code in (('u1', 'civil.same'), ('u2', 'health.same')):
            self.assertEqual(self.w[login].get('/api/v1/projects/same')['code'], code)
            self.assertEqual(self.w['o1'].get(f'/api/v1/projects/{code}')['code'], code)
        for login, code in (('u1', 'health.same'), ('o1', 'same')):
            status, body, _ = self.w[login].raw('GET', f'/api/v1/projects/{code}')
            self.assertEqual((status, body['slug']), (404, 'project-unknown'))

    # proves S22
    def test_3_nobody_is_asked_to_sign_in_except_where_all_may(self):
        nobody = Session(self.w['u1'].port)
        public = []
        for method, path, op in self.ops:
            status, text = self.ask(nobody, method, path, op, self.things['own'])
            with self.subTest(method=method, path=path):
                if path == '/api/v1/agents/{agent}/batches':
                    # it proves itself by the mark of an agent, and there is none
                    self.assertEqual(json.loads(text)['slug'], 'agent-batch-invalid')
                elif path in ('/api/v1/link/batch', '/api/v1/link/file'):
                    # likewise by a signature
                    self.assertEqual(json.loads(text)['slug'], 'link-batch-invalid')
                elif path == '/api/v1/issuers/{issuer}/logout':
                    self.assertEqual(json.loads(text)['slug'], 'jwt-malformed')
                elif path == '/api/v1/link/enrolments':
                    self.assertEqual(json.loads(text)['slug'], 'link-enrolment-invalid')
                elif op['security']:
                    self.assertEqual(status, 401, text)
                elif path == '/api/v1/session':
                    self.assertEqual(json.loads(text)['slug'], 'sign-in-failed')
                elif path == '/api/v1/issuers/{issuer}/sign-in':
                    self.assertEqual(json.loads(text)['slug'], 'issuer-unknown')
                elif path == '/api/v1/session/issuer':
                    self.assertEqual(json.loads(text)['slug'], 'issuer-flow-unknown')
                elif path == '/api/v1/calendar/{file}':
                    self.assertEqual(json.loads(text)['slug'], 'feed-unknown')
                elif path == '/api/v1/agents':
                    self.assertEqual(json.loads(text)['slug'], 'agent-enrolment-invalid')
                else:
                    self.assertEqual(status, 200, text)
            if not op['security']:
                public.append(op['operationId'])
        self.assertEqual(sorted(public), ['agent.enrol', 'agent.key',
                                          'api.describe', 'calendar.feed', 'health.live',
                                          'health.metrics', 'health.ready', 'issuer.begin',
                                          'issuer.list', 'issuer.sign_in', 'link.batch',
                                          'link.file', 'link.join', 'link.key', 'session.create'])

    # proves A5.1, S21, S22
    def test_an_auditor_reads_the_record_and_no_case(self):
        auditor, mine = self.w['auditor'], self.things['own']
        for path in ('/api/v1/cases', f"/api/v1/cases/{mine['case']}",
                     f"/api/v1/cases/{mine['case']}/events", '/api/v1/projects',
                     f"/api/v1/resources/{mine['resource']}"):
            status, text = self.send(auditor, 'GET', path)
            self.assertEqual((status, json.loads(text)['slug']), (403, 'not-permitted'), path)
        self.city.sealed()
        record = auditor.get('/api/v1/audit/events', limit=200)['items']
        record += auditor.get('/api/v1/audit/events', kind='case.filed')['items']
        self.assertIn('case.filed', {e['kind'] for e in record})
        self.assertTrue(all('payload' not in e for e in record))
        signed = auditor.get('/api/v1/audit/events', kind='sign-in.done')['items']
        self.assertNotIn('', {e['person'] for e in signed})
        signed = auditor.get('/api/v1/audit/events', kind='sign-in.done', person='cpa1')['items']
        self.assertEqual({e['person'] for e in signed}, {'cpa1'})

    def test_S24_a_unit_reads_what_was_done_to_its_own_resources_and_to_nobody_elses(self):
        for login, unit, own, alien in (('u1', '民生事务局', 'own', 'foreign'), ('u2', '卫生事务局', 'foreign', 'own')):
            done = self.w[login].get('/api/v1/orders', state='all')['items']
            self.assertEqual({o['unit'] for o in done}, {unit})
            self.assertIn(self.things[own]['resource'], [o[k] for o in done for k in ('resource', 'resource_id')])
            of_other = self.w['p1'].get('/api/v1/orders', state='all', resource=self.things[alien]['resource'])['items']
            self.assertEqual(self.w[login].get('/api/v1/orders', state='all',
                                               resource=self.things[alien]['resource'])['items'], [])
            status, data, _ = self.w[login].raw('GET', '/api/v1/orders/' + of_other[0]['id'])
            self.assertEqual((status, data['slug']), (404, 'order-unknown'))
            status, _, _ = self.w[login].raw('POST', f"/api/v1/orders/{done[0]['id']}/retry")
            self.assertEqual(status, 403)

    def test_S22_each_administrator_reaches_what_is_written_out_for_it_and_no_more(self):
        self.assertEqual({op['operationId'] for _, _, op in self.ops if 'x-permission' not in op}, admins.EVERYBODY)
        for login, table in (('sysadmin', admins.SYSADMIN), ('secadmin', admins.SECADMIN), ('auditor', admins.AUDITOR)):
            reached = set()
            for method, path, op in self.ops:
                if 'x-permission' not in op:
                    continue
                status, text = self.ask(self.w[login], method, path, op, self.things['own'])
                if status != 403 or json.loads(text)['slug'] != 'not-permitted':
                    reached.add(op['operationId'])
            self.assertEqual(reached, table, login)
        for one, other in ((admins.SYSADMIN, admins.SECADMIN), (admins.SECADMIN, admins.AUDITOR)):
            self.assertFalse({op for op in one & other if op.split('.')[0] in ('grant', 'person', 'audit')} -
                             {'person.list', 'person.show'})

    # proves A5.1, S06, S15, S22
    def test_4_what_the_matrix_gives_is_what_is_admitted_and_nothing_falls(self):
        given = {}
        for line in self.w['u1'].get('/api/v1/policy/permissions')['items']:
            given.setdefault(line['role'], set()).add(line['action'])
            self.assertEqual(line['reads_only'], line['role'] == 'outside_auditor', line)
            for word in ('role', 'action', 'relation'):
                self.assertNotIn(line[word + '_title'], ('', line[word]), line)
            if line['action'] in ('statistics.read', 'district.read', 'city.read'):
                self.assertTrue(line['article'], line)
        self.assertLessEqual(set(given), set(HOLDERS))
        for role, login in HOLDERS.items():
            for method, path, op in self.ops:
                who = self.w[login]
                if op['operationId'] == 'session.delete':
                    who = self.city.server.session(login)
                for thing in (self.things['own'], self.things['foreign']):
                    status, text = self.ask(who, method, path, op, thing)
                    with self.subTest(role=role, op=op['operationId'], thing=thing['project']):
                        self.assertLess(status, 500, text)
                        if 'x-permission' in op:
                            admitted = not (status == 403 and
                                            json.loads(text)['slug'] == 'not-permitted')
                            self.assertEqual(admitted,
                                             op['x-permission'] in given.get(role, set()), text)
                        elif status == 403:
                            self.assertNotEqual(json.loads(text)['slug'], 'not-permitted')


on_both_engines(Access)
del Access

if __name__ == '__main__':
    unittest.main()
