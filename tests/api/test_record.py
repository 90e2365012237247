"""Registers and their records: entered, amended and ended by cases, read by whom the pack names."""
import datetime
import unittest

from city import City, Problem, on_both_engines, today
from test_packs import Pack


def contract(provider='vendor', days=365, **more):
    return dict({'title': '云服务合同', 'provider': provider, 'scope': '计算与存储服务',
                 'from': today().isoformat(),
                 'until': (today() + datetime.timedelta(days=days)).isoformat(),
                 'ceiling': '1000000'}, **more)


class Records(unittest.TestCase):
    postgres = None

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.addClassCleanup(cls.city.close)

    def enter(self, **more):
        w = self.city.who
        case = w['o1'].file('contract', contract(**more))['no']
        w['a1'].decide(case, 'approve')
        return w['o1'].get('/api/v1/records', register='contract')['items'][0]

    # proves A10.1
    def test_A10_1_a_contract_is_entered_when_the_authority_approves_it(self):
        r = self.enter(title='甲合同')
        self.assertEqual((r['title'], r['state'], r['provider'], r['in_force']),
                         ('甲合同', 'valid', 'vendor', True))
        self.assertEqual(r['figures'][0]['value'], '1000000')
        self.assertEqual(r['values'], {'ceiling': '1000000'})

    def test_what_it_says_comes_with_the_fields_of_its_forms_in_their_order(self):
        r = self.enter()
        shown = self.city.who['o1'].get('/api/v1/records/' + r['no'])
        fields = shown['schema']['properties']
        names = sorted(fields, key=lambda n: fields[n]['x-order'])
        self.assertEqual(names[:3] + names[-1:], ['title', 'provider', 'number', 'reason'])
        self.assertEqual(fields['scope']['title'], '服务范围')
        self.assertLessEqual(set(shown['content']), set(fields))

    def test_an_amendment_keeps_what_it_does_not_say_and_the_history_names_both_cases(self):
        w, r = self.city.who, self.enter()
        case = w['o1'].file('contract_amendment', {'ceiling': '2000000', 'reason': '追加'},
                            record=r['no'])['no']
        w['a1'].decide(case, 'approve')
        now = w['p1'].get('/api/v1/records/' + r['no'])
        self.assertEqual(now['content']['scope'], '计算与存储服务')
        self.assertEqual(now['figures'][0]['value'], '2000000')
        self.assertEqual([h['case'] for h in now['history']], [r['case'], case])
        story = w['o1'].get(f'/api/v1/cases/{case}/events')['items']
        self.assertEqual([e['before_title'] for e in story if e['kind'] == 'record.amended'],
                         [r['state_title']])

    # proves A10.1
    def test_A10_1_a_contract_is_not_amended_to_have_ended_before_today(self):
        w, r = self.city.who, self.enter()
        for days, slug in ((-1, 'day-past'), (0, None)):
            until = (today() + datetime.timedelta(days=days)).isoformat()
            try:
                w['o1'].file('contract_amendment', {'until': until, 'reason': '缩短'}, record=r['no'])
                self.assertIsNone(slug)
            except Problem as told:
                self.assertEqual((told.slug, told.body['article'], told.body['field']), (slug, '10', '/form/until'))

    def test_a_record_that_changed_ever_so_often_is_shown_with_its_newest_versions(self):
        r = self.enter()
        of = f"FROM ledger_version WHERE record = (SELECT id FROM ledger WHERE no = '{r['no']}')"
        for _ in range(8):
            self.city.store.sql(
                'INSERT INTO ledger_version SELECT record, version + (SELECT MAX(version) ' + of +
                '), kind, state, case_id, from_day, until_day, content, made_at ' + of)
        history = self.city.who['o1'].get('/api/v1/records/' + r['no'])['history']
        self.assertEqual([h['version'] for h in history], list(range(57, 257)))

    def test_an_ended_contract_is_amended_no_more(self):
        w, r = self.city.who, self.enter()
        case = w['o1'].file('contract_end', {'reason': '提前终止'}, record=r['no'])['no']
        w['a1'].decide(case, 'approve')
        self.assertFalse(w['o1'].get('/api/v1/records/' + r['no'])['in_force'])
        with self.assertRaises(Problem) as refused:
            w['o1'].file('contract_amendment', {'reason': '再改'}, record=r['no'])
        self.assertEqual(refused.exception.slug, 'record-state')

    def test_days_that_run_back_are_refused_when_it_is_filed(self):
        with self.assertRaises(Problem) as refused:
            self.city.who['o1'].file('contract', contract(days=-2))
        self.assertEqual(refused.exception.slug, 'days-reversed')

    def test_a_provider_that_is_nobody_is_refused_when_it_is_filed(self):
        with self.assertRaises(Problem) as refused:
            self.city.who['o1'].file('contract', contract('nobody'))
        self.assertEqual(refused.exception.body['field'], '/form/provider')

    def test_a_unit_sees_no_contract_and_may_not_even_hear_of_the_register(self):
        u, r = self.city.who['u1'], self.enter()
        self.assertEqual(u.get('/api/v1/records')['items'], [])
        self.assertNotIn('contract', [i['register'] for i in u.get('/api/v1/registers')['items']])
        with self.assertRaises(Problem) as hidden:
            u.get('/api/v1/records/' + r['no'])
        self.assertEqual(hidden.exception.status, 404)

    def planned(self, who, **about):
        w = self.city.who[who]
        no = w.file('drill_plan', {'title': '断网演练', 'from': today().isoformat(),
                                   'until': today().isoformat(), 'scenario': '主链路中断'}, **about)['no']
        return next(r for r in self.city.who['a1'].get('/api/v1/records', register='drill')['items']
                    if r['case'] == no)

    def test_what_a_register_need_not_say_whose_it_is_is_of_whoever_entered_it(self):
        w = self.city.who
        report = {'held_on': today().isoformat(), 'summary': '切换用时四分钟',
                  'findings': [{'what': '台账缺失', 'owner': 'civil', 'role': 'unit'}]}
        for who, org, about in (('o1', 'bdc', {}), ('o1', 'bdc', {'cloud': 'YH', 'unit': 'health'}),
                                ('u1', 'civil', {'cloud': 'YH'})):
            drill = self.planned(who, **about)
            self.assertEqual(drill['org'], org)
            for stored in ('org', 'NULL'):  # it stood for nobody once
                self.city.store.sql(f"UPDATE ledger SET org = {stored} WHERE no = '{drill['no']}'")
                with self.assertRaises(Problem) as refused:
                    w['u2'].file('drill_report', report, record=drill['no'])
                self.assertEqual(refused.exception.slug, 'record-unknown')
                self.assertEqual(w['a1'].get('/api/v1/records/' + drill['no'])['state'], 'planned')
            w[who].file('drill_report', report, record=drill['no'])
            self.assertEqual(w['a1'].get('/api/v1/records/' + drill['no'])['state'], 'held')

    def test_a_body_of_another_cloud_does_not_file_on_the_citys_by_naming_none(self):
        w = self.city.who
        w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'elsewhere', 'name': '域外服务商', 'kind': 'provider'})
        w['sysadmin'].call('POST', '/api/v1/clouds', {'code': 'MED', 'name': '医疗专有域', 'level': 'domain'})
        for role, org in (('operator', 'health'), ('provider', 'elsewhere'), ('authority', 'auth')):
            w['sysadmin'].call('PUT', '/api/v1/clouds/MED/bodies/' + role, {'org': org})
        owner, provider = (self.city.person('med-' + role, role, org)
                           for role, org in (('operator', 'health'), ('provider', 'elsewhere')))
        inspection = {'checked': '机房与平台', 'normal': True}
        for who, procedure, form in ((owner, 'contract', contract()),
                                     (provider, 'daily_inspection', inspection)):
            for about in ({}, {'cloud': 'YH'}):
                with self.assertRaises(Problem) as refused:
                    who.file(procedure, form, **about)
                self.assertEqual(refused.exception.slug, 'file-not-permitted')
            self.assertTrue(who.file(procedure, form, cloud='MED')['no'].startswith('MED-'))
        self.assertTrue(w['p1'].file('daily_inspection', inspection)['no'].startswith('YH-'))
        # who is a unit besides files as one: that is no body of any cloud
        self.city.grant('med-operator', 'unit', 'health')
        drill = {'title': '域内演练', 'from': today().isoformat(), 'until': today().isoformat(),
                 'scenario': '主链路中断'}
        no = owner.file('drill_plan', drill)['no']
        self.assertEqual(owner.case(no)['filed_by'], 'unit')

    def test_the_register_tells_what_it_keeps_and_what_one_may_begin(self):
        self.enter()
        items = self.city.who['o1'].get('/api/v1/registers')['items']
        c = next(i for i in items if i['register'] == 'contract')
        self.assertEqual([p['procedure'] for p in c['begin']], ['contract'])
        self.assertEqual([p['procedure'] for p in c['about']],
                         ['contract_amendment', 'contract_end'])
        self.assertGreaterEqual(c['holding'], 1)


PAYMENT = """procedure: payment
code: ZFX
title: {zh: 付款, en: Payment}
article: "10"
level: any
filed_by: provider
about: none
form: forms/payment.json
checks:
  - record.room: {register: contract, figure: ceiling, by: provider, takes: ceiling, spent: payment, article: "10"}
effect:
  - record.enter: {register: payment}
  - notice.units: {text: resources-formal}
"""
PAYMENT_FORM = """{"title": "付款", "x-title-en": "Payment", "type": "object", "properties": {
  "ceiling": {"title": "金额", "x-title-en": "Amount", "type": "string", "format": "quantity"},
  "record": {"title": "合同", "x-title-en": "Contract", "type": "string", "format": "line", "maxLength": 64, "x-ref": "record"}},
 "required": ["ceiling", "record"]}
"""
PAYMENTS = """  payment:
    zh: 合同付款
    en: Payment
    article: "10"
    code: ZFJ
    refs: {record: required, provider: required}
    states: {made: {zh: 已付, en: Made}}
    figures: {ceiling: {zh: 金额, en: Amount, unit: 元}}
    read: {operator: cloud, provider: own}
"""


class Outside(unittest.TestCase):
    """A city whose contract has ended, and whose pack keeps payments too."""

    @classmethod
    def setUpClass(cls):
        pack = Pack()
        cls.addClassCleanup(pack.drop)
        pack.write('procedures/payment.yaml', PAYMENT)
        pack.write('forms/payment.json', PAYMENT_FORM)
        pack.change('registers.yaml', 'registers:\n', 'registers:\n' + PAYMENTS)
        cls.city = City(init=('--pack', pack.path))
        cls.addClassCleanup(cls.city.close)
        w = cls.city.who
        old = w['o1'].get('/api/v1/records', register='contract')['items'][0]['no']
        w['a1'].decide(w['o1'].file('contract_end', {'reason': '期满'}, record=old)['no'], 'approve')

    # proves A10.1
    def test_A10_1_nothing_is_opened_outside_a_contract_that_is_in_force(self):
        w = self.city.who
        self.city.project('bare')
        no = self.city.apply('bare', 1)['no']
        with self.assertRaises(Problem) as refused:
            self.city.open(no)
        self.assertEqual((refused.exception.slug, refused.exception.body['article']),
                         ('record-not-valid', '10'))
        case = w['o1'].file('contract', contract())['no']
        w['a1'].decide(case, 'approve')
        ids = [r['id'] for r in w['p1'].case(no)['resources']]
        w['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})
        self.assertEqual(w['p1'].case(no)['resources'][0]['state'], 'running')
        # who has something running on the cloud is told of a payment, by this pack; nobody else is
        record = w['o1'].get('/api/v1/records', register='contract')['items'][0]['no']
        w['p1'].file('payment', {'ceiling': '1', 'record': record})
        for who, times in (('u1', 1), ('u2', 0)):
            told = w[who].get('/api/v1/notices', limit=200)['items']
            self.assertEqual(len([n for n in told if n['slug'] == 'resources-formal']), times)

    def test_what_a_record_names_by_its_code_is_told_by_its_name(self):
        w = self.city.who
        case = w['o1'].file('contract', contract())['no']
        w['a1'].decide(case, 'approve')
        no = w['o1'].get('/api/v1/records', register='contract')['items'][0]['no']
        seen = w['o1'].get('/api/v1/records/' + no)
        self.assertEqual(seen['content']['provider'], 'vendor')
        self.assertEqual(seen['names'], [{'ref': 'org', 'code': 'vendor', 'text': '云服务商甲 (vendor)'}])

    def test_what_is_paid_by_a_contract_never_passes_its_ceiling(self):
        w = self.city.who
        case = w['o1'].file('contract', contract(days=4000))['no']
        w['a1'].decide(case, 'approve')
        no = w['o1'].get('/api/v1/records', register='contract')['items'][0]['no']
        w['p1'].file('payment', {'ceiling': '600000', 'record': no})
        with self.assertRaises(Problem) as refused:
            w['p1'].file('payment', {'ceiling': '400000.01', 'record': no})
        self.assertEqual(refused.exception.slug, 'record-no-room')
        figures = refused.exception.body['figures']
        self.assertEqual((figures['most'], figures['taken']), (1000000, 600000))
        self.assertTrue(refused.exception.body['title'].endswith(
            'at most 1,000,000, 600,000 taken, 400,000.01 asked.'), refused.exception.body['title'])
        w['p1'].file('payment', {'ceiling': '400000', 'record': no})
        of = w['o1'].get('/api/v1/records', register='payment', of=no)['items']
        self.assertEqual([r['figures'][0]['value'] for r in of], ['400000', '600000'])


on_both_engines(Records)
del Records

if __name__ == '__main__':
    unittest.main()
