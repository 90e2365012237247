"""Whatever comes over the wire: a clear problem that names its field, and nothing changed."""
import http.client
import json
import unittest
import uuid

from city import City, on_both_engines, steps

CASES = '/api/v1/cases'
NOBODY = '0192f000-0000-7000-8000-000000000000'


def many(value, n):
    return [value] * n


class Input:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('in')
        cls.city.project('other', unit='u2', org='health')
        cls.w['u1'].call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH',
                                                      'code': 'new', 'name': '新项目'})
        cls.mine = cls.city.formal('in', 1)[0]
        cls.theirs = cls.city.formal('other', 1, unit='u2')[0]
        cls.case = cls.city.apply('in', 1)['no']
        cls.city.papers_served()
        cls.before = cls.all_lists()

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def all_lists(cls):
        u1, o1, sys_ = cls.w['u1'], cls.w['o1'], cls.w['sysadmin']
        return [u1.get(CASES, limit=200), o1.get(CASES, limit=200), u1.get('/api/v1/projects'),
                u1.get('/api/v1/resources'), cls.city.quota('in'), u1.get('/api/v1/notices', limit=200),
                o1.get('/api/v1/notices', limit=200), o1.get('/api/v1/editions', cloud='YH'), sys_.get('/api/v1/orgs'),
                sys_.get('/api/v1/clouds'), cls.w['secadmin'].get('/api/v1/people', limit=200),
                u1.get(f'{CASES}/{cls.case}'),
                [(e['at'], e['kind']) for e in u1.get(f'{CASES}/{cls.case}/events')['items']]]

    def nothing_changed(self):
        self.assertEqual(self.all_lists(), self.before)

    def bad(self, status, slug, field, body, who='u1', method='POST', path=CASES, headers=None):
        """Sends it, wants this problem, with its sentence and its field."""
        with self.subTest(slug=slug, field=field, body=str(body)[:90]):
            got, reply, _ = self.w[who].raw(method, path, body, headers)
            self.assertEqual((got, reply['slug'], reply.get('field')), (status, slug, field), reply)
            self.assertEqual(reply['status'], status)
            self.assertEqual(reply['type'], 'urn:yunheng:problem:' + slug)
            self.assertNotIn('{', reply['title'].replace('{' + str(field).strip('{}') + '}', ''))

    @staticmethod
    def ask(quantity='1', **form):
        return {'procedure': 'test', 'project': 'in', 'form': dict(
            {'items': [{'item': 'vm-4c8g', 'quantity': quantity, 'system': 's1'}]}, **form)}

    def test_a_body_that_is_no_json_object_is_told_so(self):
        self.bad(400, 'json-invalid', '1:14', b'{"procedure": ')
        self.bad(400, 'body-not-object', None, b'[]')
        self.bad(400, 'body-not-object', None, b'"text"')
        self.bad(400, 'json-invalid', '1:15', b'{"procedure": "\xff\xfe"}')
        self.bad(400, 'json-invalid', '1:30', b'{"procedure": "a", "procedure": "b"}')
        self.bad(400, 'json-invalid', '1:2054', b'{"a": ' + b'[' * 5000 + b']' * 5000 + b'}')
        self.bad(415, 'media-type-unsupported', None, b'procedure=test',
                 headers={'Content-Type': 'application/x-www-form-urlencoded'})
        self.nothing_changed()

    def test_a_body_over_the_limit_is_refused_before_it_is_sent(self):
        conn = http.client.HTTPConnection('127.0.0.1', self.w['u1'].port, timeout=60)
        try:
            conn.putrequest('POST', CASES)
            for name, value in (('Content-Type', 'application/json'),
                                ('Content-Length', str((1 << 20) + 1)),
                                ('Cookie', 'yh_session=' + self.w['u1'].token),
                                ('X-CSRF-Token', self.w['u1'].csrf)):
                conn.putheader(name, value)
            conn.endheaders()
            reply = conn.getresponse()
            body = json.loads(reply.read())
        finally:
            conn.close()
        self.assertEqual((reply.status, body['slug'], body['figures']['max']),
                         (413, 'body-too-large', 1 << 20))
        self.nothing_changed()

    # proves S15
    def test_fields_that_are_missing_unknown_or_of_a_wrong_type_are_named(self):
        self.bad(400, 'field-required', '/procedure', {'form': {}})
        self.bad(400, 'field-required', '/form', {'procedure': 'test'})
        self.bad(400, 'field-unknown', '/colour', dict(self.ask(), colour='red'))
        self.bad(400, 'field-type', '/procedure', dict(self.ask(), procedure=7))
        self.bad(400, 'field-type', '/form', dict(self.ask(), form='x'))
        self.bad(400, 'field-type', '/title', dict(self.ask(), title=['x']))
        self.bad(400, 'field-code', '/project', dict(self.ask(), project='../in'))
        self.bad(400, 'field-too-long', '/title', dict(self.ask(), title='长' * 201))
        self.bad(400, 'field-characters', '/title', dict(self.ask(), title='a\u0007b'))
        self.bad(400, 'id-invalid', '/edition', dict(self.ask(), edition='none'))
        self.bad(404, 'procedure-unknown', None, dict(self.ask(), procedure='nonsense'))
        self.nothing_changed()

    def test_a_form_is_checked_to_its_last_field(self):
        self.bad(400, 'form-unknown', '/form/colour', self.ask(colour='red'))
        self.bad(400, 'form-type', '/form/items', self.ask(items='vm'))
        self.bad(400, 'form-items', '/form/items', self.ask(items=[]))
        self.bad(400, 'form-items', '/form/items', self.ask(items=many(
            {'item': 'vm-4c8g', 'quantity': '1'}, 101)))
        self.bad(400, 'form-missing', '/form/items/0/quantity', self.ask(items=[{'item': 'x'}]))
        self.bad(400, 'form-unknown', '/form/items/0/price', self.ask(items=[
            {'item': 'vm-4c8g', 'quantity': '1', 'price': '0'}]))
        self.bad(400, 'form-type', '/form/items/0/item', self.ask(items=[
            {'item': 5, 'quantity': '1'}]))
        form = self.city.quota_form()
        quota = {'procedure': 'quota', 'project': 'new'}
        self.bad(400, 'form-choice', '/form/project_type',
                 dict(quota, form=dict(form, project_type='lent')))
        self.bad(400, 'form-range', '/form/systems/0/mlps_level', dict(quota, form=dict(
            form, systems=[dict(form['systems'][0], mlps_level=0)])))
        self.bad(400, 'form-type', '/form/systems/0/classified', dict(quota, form=dict(
            form, systems=[dict(form['systems'][0], classified='no')])))
        self.nothing_changed()

    def test_days_that_do_not_exist_are_refused(self):
        form = self.city.quota_form()
        for day in ('2026-02-30', '2026-13-01', '2025-02-29', '2026-1-1', '', 'tomorrow'):
            self.bad(400, 'date-invalid', '/form/windows/0/from', {
                'procedure': 'quota', 'project': 'new', 'form': dict(form, windows=[
                    {'dimension': 'vcpu', 'quantity': '1', 'rrule': 'FREQ=MONTHLY', 'days': 2,
                     'from': day}])})
        self.bad(400, 'date-invalid', '?day', None, method='GET',
                 path='/api/v1/projects/in/quota?day=2026-02-30')
        self.bad(400, 'date-invalid', '/first_day', {
            'role': 'unit', 'org': 'civil', 'taker': 'u2', 'first_day': '2026-04-31',
            'last_day': '2026-05-01', 'reason': '出差'}, path='/api/v1/delegations')
        self.nothing_changed()

    # proves S15
    def test_quantities_are_positive_exact_and_bounded(self):
        for text in ('-1', '0', '1e3', '0x10', '1.0001', '', ' 1', '１', 'NaN', '9' * 30):
            status, reply, _ = self.w['u1'].raw('POST', CASES, self.ask(text))
            with self.subTest(text=text):
                self.assertEqual((status, reply.get('field')),
                                 (400, '/form/items/0/quantity'), reply)
        self.bad(400, 'number-invalid', '/form/items/0/quantity', self.ask(True))
        huge = {'item': 'vm-4c8g', 'quantity': '1000000000', 'system': 's1'}
        for items in ([huge], many(huge, 100)):
            status, reply, _ = self.w['u1'].raw('POST', CASES, self.ask(items=items))
            self.assertIn((status, reply['slug']), [(422, 'quota-exceeded'),
                                                    (400, 'quantity-overflow'),
                                                    (400, 'quantity-out-of-range')], reply)
        self.bad(422, 'quantity-step', '/form/items/0/quantity', self.ask(items=[
            {'item': 'block-ssd', 'quantity': '15'}]))
        self.bad(400, 'number-invalid', '?limit', None, method='GET', path=CASES + '?limit=abc')
        self.bad(400, 'field-range', '?limit', None, method='GET', path=CASES + '?limit=201')
        self.bad(400, 'field-range', '?limit', None, method='GET', path=CASES + '?limit=0')
        self.nothing_changed()

    # proves S07
    def test_foreign_and_unknown_ids_are_the_same_to_a_stranger(self):
        for project in ('other', 'nowhere', NOBODY):
            self.bad(404, 'project-unknown', '/project', dict(self.ask(), project=project))
        for which in (self.theirs, NOBODY):
            self.bad(404, 'resource-unknown', '/form/resources/0', {
                'procedure': 'reclaim', 'form': {'resources': [which], 'reason': '下线'}})
            self.bad(404, 'resource-unknown', '/form/changes/0/resource', {
                'procedure': 'expansion', 'project': 'in', 'form': {
                    'changes': [{'resource': which, 'quantity': '9'}], 'reason': '增长'}})
        self.bad(404, 'resource-unknown', '/form/resources/1', {
            'procedure': 'reclaim', 'form': {'resources': [self.mine, self.theirs],
                                             'reason': '下线'}})
        self.nothing_changed()

    def test_a_wrong_system_or_item_is_refused_with_its_place(self):
        self.bad(404, 'system-unknown', '/form/items/0/system', self.ask(items=[
            {'item': 'vm-4c8g', 'quantity': '1', 'system': 'ghost'}]))
        self.bad(404, 'item-unknown', '/form/items/0/item', self.ask(items=[
            {'item': 'ghost', 'quantity': '1', 'system': 's1'}]))
        self.nothing_changed()

    def test_a_decision_on_a_version_that_is_gone_is_412(self):
        path = f'{CASES}/{self.case}/steps/review/decision'
        body = {'outcome': 'approve', 'reason': '同意'}
        now = self.w['o1'].case(self.case)['version']
        self.bad(412, 'stale-version', None, body, who='o1', path=path,
                 headers={'If-Match': f'"v{now - 1}"'})
        self.bad(412, 'stale-version', None, body, who='o1', path=path,
                 headers={'If-Match': f'"v{now + 1}"'})
        for who, act, other in (
                ('o1', 'steps/review/return', {'defects': ['缺少说明']}),
                ('o1', 'steps/review/opinions', {'stage': 'handle', 'outcome': 'approve',
                                                 'reason': '拟同意'}),
                ('u1', 'resubmission', {'form': self.ask()['form']}),
                ('u1', 'withdrawal', {'reason': '重新测算'})):
            self.bad(412, 'stale-version', None, other, who=who,
                     path=f'{CASES}/{self.case}/{act}', headers={'If-Match': f'"v{now - 1}"'})
        for text in ('v1', '"1"', '*', '"v"', '"v99999999999999999999"'):
            self.bad(400, 'if-match-invalid', None, body, who='o1', path=path,
                     headers={'If-Match': text})
        self.bad(400, 'outcome-unknown', '/outcome', dict(body, outcome='perhaps'), who='o1', path=path)
        self.bad(400, 'form-not-expected', '/form', dict(body, form={'x': 1}), who='o1', path=path)
        self.bad(400, 'reason-missing', '/reason', dict(body, reason=''), who='o1', path=path)
        self.nothing_changed()


class Keys:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.city.project('key')
        cls.u1 = cls.city.who['u1']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @staticmethod
    def ask(quantity):
        return {'procedure': 'test', 'project': 'key', 'form': {
            'items': [{'item': 'vm-4c8g', 'quantity': quantity, 'system': 's1'}]}}

    def test_the_same_key_does_one_thing_and_answers_the_same(self):
        key = {'Idempotency-Key': uuid.uuid4().hex}
        first = self.u1.raw('POST', CASES, self.ask('1'), key)
        held = self.city.quota('key')['vcpu']['reserved']
        again = self.u1.raw('POST', CASES, self.ask('1'), key)
        self.assertEqual(first[0], 201)
        self.assertEqual(again[:2], first[:2])
        for header in ('ETag', 'Location'):
            self.assertEqual(again[2][header], first[2][header])
        self.assertEqual(self.city.quota('key')['vcpu']['reserved'], held)
        status, body, _ = self.u1.raw('POST', CASES, self.ask('2'), key)
        self.assertEqual((status, body['slug']), (409, 'idempotency-key-reused'))
        self.assertEqual(self.city.quota('key')['vcpu']['reserved'], held)
        # another person's key is another key
        status, body, _ = self.city.who['u2'].raw('POST', CASES, self.ask('1'), key)
        self.assertEqual((status, body['slug']), (404, 'project-unknown'))

    def test_a_failure_is_not_kept(self):
        key = {'Idempotency-Key': uuid.uuid4().hex}
        o1 = self.city.who['o1']
        no = self.city.apply('key', 1)['no']
        path = f'{CASES}/{no}/steps/open/decision'
        body = {'outcome': 'done', 'reason': '已开通'}
        self.assertEqual(o1.raw('POST', path, body, key)[0], 409)
        o1.decide(no, 'review')
        status, body, _ = o1.raw('POST', path, body, key)
        self.assertEqual((status, body['slug']), (403, 'decide-not-permitted'))

    def test_a_key_that_is_no_key_is_refused(self):
        for key in ('a b', 'x' * 129):
            status, body, _ = self.u1.raw('POST', CASES, self.ask('1'), {'Idempotency-Key': key})
            self.assertEqual((status, body['slug']), (400, 'idempotency-key-invalid'))

    def test_what_compares_a_version_says_so_in_the_description(self):
        api = self.u1.get('/api/v1/openapi.json')
        wanted = {op['operationId'] for ops in api['paths'].values() for op in ops.values()
                  if any(p.get('$ref', '').endswith('/if-match-optional')
                         for p in op.get('parameters', []))}
        self.assertEqual(wanted, {'case.decide', 'case.opine', 'case.return', 'case.resubmit', 'scheme.amend',
                                  'case.withdraw', 'edition.items', 'settle.pay'})
        header = api['components']['parameters']['if-match-optional']
        self.assertEqual((header['name'], header['in'], header['required']),
                         ('If-Match', 'header', False))

    def test_the_version_that_was_read_may_be_decided_on(self):
        no = self.city.apply('key', 1)['no']
        o1 = self.city.who['o1']
        _, _, headers = o1.raw('GET', f'{CASES}/{no}')
        status, body, _ = o1.raw('POST', f'{CASES}/{no}/steps/review/decision',
                                 {'outcome': 'approve', 'reason': '同意'},
                                 {'If-Match': headers['ETag']})
        self.assertEqual((status, steps(body)), (200, ['open']))


on_both_engines(Input)
on_both_engines(Keys)
del Input, Keys

if __name__ == '__main__':
    unittest.main()
