"""Duties: laid by cases and by time, done with evidence, overdue and missed where all can see it."""
import datetime
import os
import subprocess
import unittest

from city import BIN, City, Problem, on_both_engines, today
from test_documents import PDF
from test_labels import upload
from test_packs import Pack
from test_record import contract


class Owed:
    """What both cities below live through."""

    def later(self, days):
        return self.city.turn(self.city.clock() + datetime.timedelta(days=days))

    def due(self, days):
        return (self.city.clock() + datetime.timedelta(days=days)).isoformat()

    def contract_for(self, days):
        """A contract that ends so many days on from the server's day."""
        no = self.w['o1'].file('contract', contract(
            days=(self.city.clock() - today()).days + days))['no']
        self.w['a1'].decide(no, 'approve')
        return self.w['o1'].get('/api/v1/records', register='contract')['items'][0]

    def change(self, procedure, record, **form):
        no = self.w['o1'].file(procedure, dict(form, reason='按约定'), record=record['no'])['no']
        self.w['a1'].decide(no, 'approve')
        return no

    def of(self, record, kind, **query):
        return self.w['o1'].get('/api/v1/duties', kind=kind, record=record['no'], **query)['items']


class Duties(Owed, unittest.TestCase):
    postgres = None
    founded = {'init': ()}  # further arguments of the city, see test_renamed.py

    @classmethod
    def setUpClass(cls):
        founded = dict(cls.founded, init=(*cls.founded['init'], '--demo-clock'))
        cls.city = City(cls.postgres, **founded)
        cls.addClassCleanup(cls.city.close)
        cls.w = cls.city.who
        no = cls.w['o1'].file('contract', contract())['no']
        cls.w['a1'].decide(no, 'approve')
        cls.contract = cls.w['o1'].get('/api/v1/records', register='contract')['items'][0]['no']

    def resolve(self, *resolutions):
        no = self.w['a1'].file('consultation', {
            'title': '统筹扩容', 'from': self.city.clock().isoformat(),
            'agenda': [{'item': '扩容安排'}], 'attendees': ['经信部门', '大数据中心']})['no']
        self.w['a1'].decide(no, 'minutes', 'confirm',
                            {'minutes': '会议议定如下', 'resolutions': list(resolutions)})
        return self.w['a1'].get('/api/v1/duties', case=no)['items']

    # proves A6.1
    def test_A6_1_each_resolution_is_owed_by_whom_it_names_and_tracked_until_it_is_accepted(self):
        one, two = self.resolve(
            {'what': '提出迁移计划', 'owner': 'civil', 'due': self.due(20)},
            {'what': '核定容量', 'role': 'operator', 'due': self.due(30)})
        self.assertEqual([(d['owner'], d['owner_role'], d['state']) for d in (one, two)],
                         [('civil', 'unit', 'open'), ('bdc', 'operator', 'open')])
        self.assertIn(one['no'], [d['no'] for d in
                                  self.w['u1'].get('/api/v1/duties', mine='true')['items']])
        self.assertNotIn(two['no'], [d['no'] for d in self.w['u1'].get('/api/v1/duties')['items']])
        no = self.w['u1'].file('resolution_done', {'result': '已报送'}, duty=one['no'])['no']
        show = self.w['u1'].get('/api/v1/duties/' + one['no'])
        self.assertEqual((show['state'], show['done_by']), ('reported', no))
        self.w['a1'].decide(no, 'accept')
        self.assertEqual(self.w['u1'].get('/api/v1/duties/' + one['no'])['state'], 'done')

    def test_a_filter_that_is_given_alone_is_true_on_the_command_line(self):
        one, = self.resolve({'what': '整理清单', 'owner': 'civil', 'due': self.due(20)})
        token = self.w['u1'].call('POST', '/api/v1/account/tokens',
                                  {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token)
        for words in (('--mine', '--open'), ('--mine', 'true', '--open'), ('--open', '--limit', '50'),
                      ('--mine', '--overdue=false')):
            done = subprocess.run([f'{BIN}/yunheng', 'duty', 'list', *words], env=env,
                                  capture_output=True, text=True, check=True)
            self.assertIn(one['no'], done.stdout, words)
        done = subprocess.run([f'{BIN}/yunheng', 'duty', 'list', '--mine', '--overdue'], env=env,
                              capture_output=True, text=True, check=True)
        self.assertNotIn(one['no'], done.stdout)

    # proves A6.1
    def test_A6_1_a_body_that_a_resolution_names_without_a_role_owes_it_in_the_role_it_has(self):
        one, two = self.resolve({'what': '核定扩容批次', 'owner': 'bdc', 'due': self.due(20)},
                                {'what': '报送运行情况', 'owner': 'vendor', 'due': self.due(20)})
        self.assertEqual([d['owner_role'] for d in (one, two)], ['operator', 'provider'])
        for who, duty in (('o1', one), ('p1', two)):
            mine = self.w[who].get('/api/v1/duties', mine='true', kind='resolution')['items']
            self.assertIn(duty['no'], [d['no'] for d in mine])
            self.assertTrue([n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                             if duty['no'] in n['sentence']], who)
        # a label of the case that laid it keeps nobody from what they owe
        case = two['laid_by']
        self.w['a1'].call('PUT', f'/api/v1/cases/{case}/label', {'label': 'sensitive', 'reason': '会议内容敏感'})
        self.assertEqual([n['slug'] for n in self.w['p1'].get('/api/v1/notices', limit=200)['items']
                          if two['no'] in n['sentence']], ['duty-laid'])

    def test_a_report_that_is_not_accepted_leaves_the_duty_owed(self):
        one, = self.resolve({'what': '整理台账', 'owner': 'civil', 'due': self.due(20)})
        no = self.w['u1'].file('resolution_done', {'result': '大体完成'}, duty=one['no'])['no']
        self.w['a1'].decide(no, 'accept', 'refuse')
        show = self.w['u1'].get('/api/v1/duties/' + one['no'])
        self.assertEqual((show['state'], show['done_by']), ('open', None))

    def test_another_unit_may_not_report_it_nor_hear_of_it(self):
        one, = self.resolve({'what': '清理闲置', 'owner': 'civil', 'due': self.due(20)})
        with self.assertRaises(Problem) as refused:
            self.w['u2'].file('resolution_done', {'result': '代办'}, duty=one['no'])
        self.assertEqual(refused.exception.slug, 'duty-unknown')

    def test_nothing_is_laid_on_a_role_that_could_not_report_it_done(self):
        for role in ('authority', 'auditor', 'sysadmin'):
            with self.assertRaises(Problem, msg=role) as refused:
                self.resolve({'what': '督促整改', 'role': role, 'due': self.due(20)})
            self.assertEqual((refused.exception.slug, refused.exception.body['field']),
                             ('form-choice', '/form/resolutions/0/role'))

    def test_a_body_of_the_cloud_or_another_role_of_the_same_organisation_does_not_report_it(self):
        one, two = self.resolve({'what': '报送清单', 'owner': 'civil', 'due': self.due(20)},
                                {'what': '调整预留', 'role': 'operator', 'due': self.due(20)})
        for who, duty in (('o1', one), ('e1', one), ('p1', one), ('sp', one),
                          ('e1', two), ('p1', two), ('do', two), ('u1', two)):
            with self.assertRaises(Problem, msg=who) as refused:
                self.w[who].file('resolution_done', {'result': '代办'}, duty=duty['no'])
            self.assertEqual(refused.exception.slug, 'duty-unknown')
        for who, duty in (('u1', one), ('o1', two)):
            self.w[who].file('resolution_done', {'result': '已办'}, duty=duty['no'])
            self.assertEqual(self.w['a1'].get('/api/v1/duties/' + duty['no'])['state'], 'reported')

    def test_what_is_not_done_in_time_shows_as_overdue_and_owner_and_authority_are_told(self):
        one, = self.resolve({'what': '逾期的事', 'owner': 'civil', 'due': self.due(1)})
        self.later(3)
        show = self.w['u1'].get('/api/v1/duties/' + one['no'])
        self.assertEqual((show['state'], show['overdue']), ('open', True))
        self.assertLess(show['workdays_left'], 0)
        for who in ('u1', 'a1'):
            told = self.w[who].get('/api/v1/notices', limit=200)['items']
            self.assertTrue([n for n in told if n['slug'] == 'duty-overdue'
                             and one['no'] in n['sentence']], who)

    # proves A28.2
    def test_A28_2_a_provider_inspects_daily_and_a_missed_day_stays_missed(self):
        self.later(1)
        mine = self.w['p1'].get('/api/v1/duties', kind='daily_inspection', open='true',
                                  record=self.contract)['items']
        self.assertEqual([(d['due'], d['record']) for d in mine],
                         [(self.city.clock().isoformat(), self.contract)])
        self.assertEqual((mine[0]['what'], mine[0]['kind_title']), ('Daily inspection',) * 2)
        filed = self.w['p1'].file('daily_inspection', {'checked': '机房与平台', 'normal': True})
        self.assertEqual((filed['state'], filed['steps']), ('closed', []))
        self.assertEqual(self.w['p1'].get('/api/v1/duties/' + mine[0]['no'])['state'], 'done')
        day = self.later(1)
        self.later(1)
        missed = self.w['o1'].get('/api/v1/duties', kind='daily_inspection', state='missed',
                                    record=self.contract)['items']
        self.assertIn(day.isoformat(), [d['due'] for d in missed])
        on_it = self.w['o1'].get('/api/v1/duties', kind='daily_inspection', record=self.contract,
                                 due_from=day.isoformat(),
                                 due_before=(day + datetime.timedelta(days=1)).isoformat())['items']
        self.assertEqual([d['due'] for d in on_it], [day.isoformat()])
        kinds = {k['kind']: k for k in self.w['o1'].get('/api/v1/duty-kinds')['items']}
        self.assertEqual([(kinds[k]['missed'], kinds[k]['about'], kinds[k]['again'])
                          for k in ('daily_inspection', 'resolution')],
                         [(True, 'record', True), (False, 'record', False)])
        self.w['p1'].file('daily_inspection', {'checked': '补录', 'normal': True})
        again = self.w['o1'].get('/api/v1/duties', kind='daily_inspection', state='missed',
                                    record=self.contract)['items']
        self.assertEqual([d['no'] for d in again], [d['no'] for d in missed])

    # proves A28.2
    def test_A28_2_days_missed_in_a_row_are_told_on_the_first_and_every_seventh(self):
        record = self.contract_for(400)

        def told():
            mine = {d['no'] for d in self.of(record, 'daily_inspection')}
            return sorted(n['slug'] for n in self.w['o1'].get('/api/v1/notices', limit=200)['items']
                          if n['figures'].get('no') in mine)
        self.later(1)
        self.later(1)
        self.assertEqual(told(), ['duty-missed'])
        self.later(5)
        self.assertEqual(told(), ['duty-missed'])
        self.later(2)
        self.assertEqual(told(), ['duty-missed', 'duty-missed-on'])
        self.assertGreater(len(self.of(record, 'daily_inspection', state='missed')), 6)

    def test_what_one_owes_is_counted_searched_and_in_the_calendar_and_shown_with_its_record(self):
        w = self.w
        before = w['u1'].get('/api/v1/inbox/count')['duties']
        [owed] = self.resolve({'what': '上报容灾方案', 'owner': 'civil', 'due': self.due(2)})
        counts = w['u1'].get('/api/v1/inbox/count')['duties']
        self.assertEqual([counts[k] - before[k] for k in ('open', 'overdue')], [1, 0])
        for who, seen in (('u1', [owed['no']]), ('u2', [])):
            found = w[who].get('/api/v1/search', q='容灾方案')['groups']
            self.assertEqual([i['no'] for g in found if g['kind'] == 'duty' for i in g['items']], seen, who)
        self.crowd(owed)
        address = w['u1'].call('POST', '/api/v1/account/calendar')
        status, text = w['u1'].bytes_of(address['path'])
        self.assertEqual(status, 200)
        self.assertIn(owed['no'], text.decode().replace('\r\n ', ''), 'behind what is long overdue')
        self.city.store.sql("DELETE FROM duty WHERE no LIKE 'A-%'")
        shown = w['a1'].get('/api/v1/records/' + owed['record'])
        self.assertEqual([(d['no'], d['owner_name']) for d in shown['duties']], [(owed['no'], '民生事务局')])
        self.assertEqual(shown['documents'], [])

    def crowd(self, owed):
        """Older duties of the same words, more than a search looks at or a calendar holds: of another
        first, then of the same unit, that has been behind with them for long."""
        def found():
            groups = self.w['u1'].get('/api/v1/search', q=owed['what'])['groups']
            return [i['no'] for g in groups if g['kind'] == 'duty' for i in g['items']]
        self.city.store.copies('duty', f"no = '{owed['no']}'", 205, no="'A-' || copy_no", org='NULL',
                               owner="(SELECT id FROM org WHERE code = 'health')", told_overdue='1')
        self.assertEqual(found(), [owed['no']])
        self.city.store.sql("DELETE FROM duty WHERE no LIKE 'A-%'")
        self.city.store.copies('duty', f"no = '{owed['no']}'", 305, no="'A-' || copy_no",
                               due_day='due_day - 60', told_overdue='1')
        self.assertEqual(found()[0], owed['no'], 'the newest first')

    # proves A10.1
    def test_A10_1_the_operator_is_reminded_before_a_contract_ends_and_its_amendment_settles_that(self):
        w = self.w
        no = w['o1'].file('contract', contract(days=(self.city.clock() - today()).days + 62))['no']
        w['a1'].decide(no, 'approve')
        record = w['o1'].get('/api/v1/records', register='contract')['items'][0]
        self.later(4)
        one, = w['o1'].get('/api/v1/duties', kind='contract_term', record=record['no'])['items']
        self.assertEqual((one['due'], one['owner']), (record['until'], 'bdc'))
        told = w['o1'].get('/api/v1/notices', limit=200)['items']
        self.assertTrue([n for n in told if n['slug'] == 'duty-reminder'
                         and one['no'] in n['sentence']])
        case = w['o1'].file('contract_amendment', {'until': self.due(400), 'reason': '续签'},
                            record=record['no'])['no']
        w['a1'].decide(case, 'approve')
        self.assertEqual(w['o1'].get('/api/v1/duties/' + one['no'])['state'], 'done')
        self.later(1)
        two, = w['o1'].get('/api/v1/duties', kind='contract_term', record=record['no'],
                           open='true')['items']
        self.assertGreater(two['due'], one['due'])

    # proves A10.1
    def test_A10_1_of_a_contract_that_ends_before_a_reminder_could_come_the_operator_is_told_at_once(self):
        record = self.contract_for(30)
        self.later(1)
        one, = self.of(record, 'contract_term', open='true')
        told = [n['slug'] for n in self.w['o1'].get('/api/v1/notices', limit=200)['items'] if one['no'] in n['sentence']]
        self.assertEqual(told, ['duty-laid'])

    # proves A10.1
    def test_A10_1_an_amendment_that_leaves_the_last_day_leaves_its_reminder_too(self):
        record = self.contract_for(90)
        self.later(1)
        self.change('contract_amendment', record, ceiling='2000000')
        self.later(1)
        two, = self.of(record, 'contract_term', open='true')
        self.assertEqual(two['due'], record['until'])
        case = self.change('contract_end', record)
        self.later(2)
        self.assertEqual(self.of(record, 'contract_term', open='true'), [])
        self.assertEqual([(d['state'], d['done_by']) for d in self.of(record, 'contract_term')
                          if d['no'] == two['no']], [('done', case)])

    # proves A28.2
    def test_A28_2_what_a_record_that_ended_still_owed_is_waived_and_never_missed(self):
        record = self.contract_for(300)
        self.later(1)
        one, = self.of(record, 'daily_inspection', open='true')
        case = self.change('contract_end', record)
        self.later(2)
        show = self.w['o1'].get('/api/v1/duties/' + one['no'])
        self.assertEqual((show['state'], show['done_by'], show['reason']),
                         ('waived', case, '按约定'))
        for kind in ('daily_inspection', 'platform_mlps', 'platform_crypto'):
            self.assertEqual(self.of(record, kind, open='true'), [], kind)
            self.assertEqual(self.of(record, kind, state='missed'), [], kind)

    def test_what_was_reported_when_its_record_ended_is_owed_no_more_although_the_report_is_refused(self):
        record = self.contract_for(300)
        self.later(1)
        one, = self.of(record, 'platform_mlps', open='true')
        report = self.w['p1'].file('platform_mlps', {'result': '符合', 'evidence': '报告一'}, duty=one['no'])['no']
        self.change('contract_end', record)
        self.assertEqual(self.w['o1'].get('/api/v1/duties/' + one['no'])['state'], 'reported')
        self.w['o1'].decide(report, 'verify', 'refuse')
        self.later(1)
        self.assertEqual(self.w['o1'].get('/api/v1/duties/' + one['no'])['state'], 'waived')

    # proves A28.2
    def test_A28_2_a_renewed_contract_is_not_blamed_for_the_days_before_it_begins_again(self):
        record = self.contract_for(2)
        self.later(1)
        self.later(6)
        before = len(self.of(record, 'daily_inspection', state='missed'))
        self.change('contract_amendment', record, until=self.due(100), **{'from': self.due(1)})
        begins = self.later(1)
        one, = self.of(record, 'daily_inspection', open='true')
        self.assertEqual(one['due'], begins.isoformat())
        self.assertEqual(len(self.of(record, 'daily_inspection', state='missed')), before)

    # proves A30.2
    # proves S08
    def test_A30_2_a_system_of_level_3_owes_a_retest_each_cycle(self):
        self.city.project('retest')
        self.later(1)
        one = next(d for d in self.w['u1'].get('/api/v1/duties', kind='mlps_retest',
                                               mine='true')['items']
                   if d['project_name'] == '项目retest')
        self.assertEqual((one['state'], one['system']), ('open', 's1'))
        made = upload(self.w['u1'], '测评报告.pdf', PDF + b'retest')
        self.assertEqual(made['label'], 'internal')
        no = self.w['u1'].file('mlps_retest', {
            'assessor': '测评中心', 'tested': self.city.clock().isoformat(), 'conclusion': '符合',
            'evidence': '报告〔2026〕8号'}, duty=one['no'], documents=[made['id']])['no']
        [row] = self.w['o1'].get(f'/api/v1/cases/{no}/documents')['items']
        self.assertEqual(row['label'], 'sensitive', 'what belongs to such a case has at least the label of its procedure')
        self.w['o1'].decide(no, 'verify')
        self.later(1)
        two = [d for d in self.w['u1'].get('/api/v1/duties', kind='mlps_retest', open='true')['items']
               if d['project_name'] == '项目retest']
        self.assertEqual(len(two), 1)
        self.assertNotEqual(two[0]['no'], one['no'])
        self.assertGreater(two[0]['due'], one['due'])


REPORT = """procedure: term_report
code: HTBG
title: {zh: 合同到期处置报告, en: Report of what follows a contract}
article: "10"
level: any
filed_by: operator
about: duty
duty: contract_term
form: forms/platform_mlps.json
steps:
  verify:
    title: {zh: 核实, en: Verify}
    decided_by: authority
    within: $duty.accept
    effect:
      - duty.fulfil
"""
STOCK = """  stock:
    zh: 设施盘点
    en: Stock taken of rooms
    article: "10"
    code: SSP
    about: record
    owner: unit
    every: 30d
    for: {register: infrastructure}
"""
CLONED = """WITH n(id, no) AS (VALUES {}) INSERT INTO ledger (id, no, register, state, final, title, cloud,
 filer_org, case_id, content, figures, lines, entered_at, changed_at, version) SELECT n.id, n.no,
 r.register, r.state, r.final, r.title, r.cloud, r.filer_org, r.case_id, r.content, '{{}}', '{{}}',
 r.entered_at, r.changed_at, 1 FROM ledger r, n WHERE r.no = '{}'"""


class Reported(Owed):
    """A city whose pack lets the end of a contract be reported, and asks for stock to be taken."""
    postgres = None

    @classmethod
    def setUpClass(cls):
        pack = Pack()
        cls.addClassCleanup(pack.drop)
        pack.write('procedures/term_report.yaml', REPORT)
        pack.change('duties.yaml', 'duties:\n', 'duties:\n' + STOCK)
        cls.city = City(cls.postgres, init=('--pack', pack.path, '--demo-clock'))
        cls.addClassCleanup(cls.city.close)
        cls.w = cls.city.who

    def test_another_case_leaves_a_duty_that_is_reported_to_the_case_that_reported_it(self):
        record = self.contract_for(90)
        self.later(1)
        one, = self.of(record, 'contract_term', open='true')
        case = self.w['o1'].file('term_report', {'result': '拟续签', 'evidence': '报告〔2026〕8号'},
                                 duty=one['no'])['no']
        self.change('contract_amendment', record, until=self.due(400))
        show = self.w['o1'].get('/api/v1/duties/' + one['no'])
        self.assertEqual((show['state'], show['done_by']), ('reported', case))
        self.w['a1'].decide(case, 'verify')
        self.assertEqual(self.w['o1'].get('/api/v1/duties/' + one['no'])['state'], 'done')

    def test_what_nobody_owes_yet_keeps_no_duty_of_others_waiting(self):
        no = self.w['u1'].file('infrastructure', {
            'title': '民生机房', 'place': '三号楼',
            'lines': [{'dimension': 'vcpu', 'held': '640'}]}, unit='civil')['no']
        self.w['o1'].decide(no, 'accept')
        record = self.w['u1'].get('/api/v1/records', register='infrastructure')['items'][0]
        blob = "'\\x%032x'::bytea" if self.postgres else "x'%032x'"
        self.city.store.sql(CLONED.format(
            ', '.join(f"({blob % i}, 'bare-{i}')" for i in range(1, 1002)), record['no']))
        self.later(1)
        self.assertEqual([d['record'] for d in self.of(record, 'stock', open='true')],
                         [record['no']])
        self.later(1)
        self.assertEqual(len(self.of(record, 'stock')), 1)


on_both_engines(Duties)
on_both_engines(Reported)
del Duties, Reported

if __name__ == '__main__':
    unittest.main()
