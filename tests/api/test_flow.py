"""A department gets its cloud: the measures' procedures from filing to effect, over HTTP."""
import datetime
import unittest

from city import VM, City, InCity, on_both_engines, steps, today


class Flow(InCity):
    races = True
    founded = {}  # further arguments of the city, see test_renamed.py

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, **cls.founded)
        cls.w = cls.city.who

    # proves S08
    def test_A2_2_a_level_4_system_is_refused_with_article_2(self):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'lvl', 'name': '等级项目'})
        body = self.refused('mlps-too-high', self.w['u1'].file, 'quota',
                            self.city.quota_form(level=4), project='lvl')
        self.assertEqual((body['status'], body['article']), (422, '2'))
        self.assertEqual((body['figures']['level'], body['figures']['most']), (4, 3))
        body = self.refused('system-classified', self.w['u1'].file, 'quota',
                            self.city.quota_form(classified=True), project='lvl')
        self.assertEqual(body['article'], '2')

    def test_A15_1_both_bodies_approve_an_edition_and_then_it_is_fixed(self):
        body = self.refused('edition-fixed', self.w['o1'].call, 'PUT',
                            f'/api/v1/editions/{self.city.edition}/items', {'items': []})
        self.assertEqual(body['status'], 409)
        now = self.w['u1'].get('/api/v1/catalogue', cloud='YH')
        self.assertEqual(now['edition']['state'], 'published')
        self.assertEqual({i['code'] for i in now['items']}, {'vm-4c8g', 'block-ssd'})

    def test_A15_2_an_item_without_its_content_is_not_compiled(self):
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '缺项'})
        self.w['o1'].call('PUT', f"/api/v1/editions/{draft['id']}/items",
                          {'items': [dict(VM, content='')]})
        no = self.w['o1'].file('catalogue_edition', {'summary': '缺项'}, edition=draft['id'])['no']
        self.w['a1'].decide(no, 'review')
        body = self.refused('item-incomplete', self.w['o1'].decide, no, 'compile', 'confirm')
        self.assertEqual((body['article'], body['figures']['item'], body['figures']['what']),
                         ('15', 'vm-4c8g', 'content'))

    def test_A18_2_the_effective_quota_of_any_day_knows_its_windows(self):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'win', 'name': '周期项目'})
        first = (today().replace(day=1) + datetime.timedelta(days=62)).replace(day=10)
        form = self.city.quota_form(windows=[
            {'dimension': 'vcpu', 'quantity': '20', 'rrule': 'FREQ=MONTHLY', 'days': 5,
             'from': first.isoformat()}])
        no = self.w['u1'].file('quota', form, project='win')['no']
        self.w['e1'].decide(no, 'review')
        inside = first + datetime.timedelta(days=4)
        for day, want in [(first, 120), (inside, 120), (inside + datetime.timedelta(days=1), 100),
                          (first - datetime.timedelta(days=1), 100)]:
            self.assertEqual(self.city.quota('win', day=day.isoformat())['vcpu']['effective'], want)

    def notices(self, who, no, lang='en'):
        status, body, _ = self.w[who].raw('GET', '/api/v1/notices?limit=200',
                                          headers={'Accept-Language': lang})
        self.assertEqual(status, 200)
        return [n for n in body['items'] if n['case'] == no]

    def test_A18_3_the_operator_reads_base_and_windows_in_the_notice(self):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'told', 'name': '告知项目'})
        first = today() + datetime.timedelta(days=40)
        form = self.city.quota_form({'vcpu': 64, 'memory_gib': 256}, windows=[
            {'dimension': 'vcpu', 'quantity': '20', 'rrule': 'FREQ=MONTHLY;INTERVAL=3', 'days': 5,
             'from': first.isoformat()},
            {'dimension': 'vcpu', 'quantity': '1.5', 'rrule': 'FREQ=MONTHLY;BYMONTHDAY=-1',
             'days': 1, 'from': first.isoformat()}])
        no = self.w['u1'].file('quota', form, project='told')['no']
        self.w['e1'].decide(no, 'review')
        [told] = [n for n in self.notices('o1', no) if n['slug'] == 'quota-granted']
        self.assertEqual([(b['dimension'], b['quantity']) for b in told['figures']['base']],
                         [('vcpu', '64'), ('memory_gib', '256')])
        self.assertEqual([(w['quantity'], w['interval'], w['days'], w['from'])
                          for w in told['figures']['windows']],
                         [('20', 3, 5, first.isoformat()), ('1.5', 1, 1, first.isoformat())])
        self.assertEqual(told['figures']['project'], 'civil.told')
        for part in ('civil.told', no, 'vcpu 64; memory_gib 256',
                     'vcpu 20 more, every 3 month(s) from', 'for 5 day(s)',
                     'by the rule FREQ=MONTHLY;BYMONTHDAY=-1'):
            self.assertIn(part, told['sentence'])
        [zh] = [n for n in self.notices('o1', no, 'zh') if n['slug'] == 'quota-granted']
        self.assertIn(f'vcpu 另加 20，自{first.year}年{first.month}月{first.day}日起每 3 个月一次',
                      zh['sentence'])
        self.assertNotIn('…', told['sentence'] + zh['sentence'])
        # a change tells what changed and what holds now
        no = self.w['u1'].file('quota_change', {'action': 'reduce', 'reason': '清退', 'dimensions': [
            {'dimension': 'vcpu', 'quantity': '14'}]}, project='told')['no']
        self.w['e1'].decide(no, 'review')
        [told] = [n for n in self.notices('o1', no) if n['slug'] == 'quota-changed']
        self.assertIn('Change: vcpu -14. In force today: memory_gib 256; vcpu 50.', told['sentence'])

    def test_every_notice_is_a_sentence_with_the_steps_own_name(self):
        self.city.project('named')
        no = self.city.apply('named', 1)['no']
        for lang, want in (('zh', '审核测试资源申请'), ('en', 'Review of the application')):
            [told] = [n for n in self.notices('o1', no, lang) if n['slug'] == 'step-opened']
            self.assertIn(want, told['sentence'])

    def test_A18_4_a_failed_initiation_takes_the_quota_with_it(self):
        self.city.project('failing', initiated=False)
        self.assertEqual(self.city.quota('failing')['vcpu']['effective'], 100)
        no = self.w['u1'].file('initiation', {'result': 'failed', 'document': '不予立项'},
                               project='failing')['no']
        self.w['e1'].decide(no, 'failed')
        self.assertNotIn('vcpu', self.city.quota('failing'))

    def test_A19_1_test_resources_need_an_initiated_project(self):
        self.city.project('early', initiated=False)
        body = self.refused('project-state', self.city.apply, 'early', 1)
        self.assertEqual(body['article'], '19')

    def test_A19_3_the_same_resource_becomes_formal_and_counts_once(self):
        self.city.project('flow')
        case = self.city.apply('flow', 10)
        self.assertEqual(self.city.quota('flow')['vcpu']['reserved'], 40)
        review = case['steps'][0]
        self.assertEqual((review['step'], review['period'], review['article']),
                         ('review', '5wd', '19'))
        ids = self.city.open(case['no'])
        line = self.city.quota('flow')['vcpu']
        self.assertEqual((line['allocated'], line['reserved']), (40, 0))
        verify = self.w['u1'].case(case['no'])['steps'][-1]
        self.assertEqual((verify['step'], verify['period']), ('verify', '1mo'))
        self.assertTrue(verify['due']['in_principle'])
        self.w['u1'].decide(case['no'], 'verify', 'passed')
        self.assertEqual(self.w['u1'].case(case['no'])['steps'][-1]['period'], '2wd')
        self.w['o1'].decide(case['no'], 'formal')
        done = self.w['u1'].case(case['no'])
        self.assertEqual((done['state'], [r['id'] for r in done['resources']]), ('closed', ids))
        self.assertEqual(self.w['u1'].get(f'/api/v1/resources/{ids[0]}')['kind'], 'formal')
        self.assertEqual(self.city.quota('flow')['vcpu']['allocated'], 40)

    def test_A19_1_above_the_quota_is_refused_with_the_figures(self):
        self.city.project('small', dims={'vcpu': 10, 'memory_gib': 1000})
        body = self.refused('quota-exceeded', self.city.apply, 'small', 3)
        f = body['figures']
        self.assertEqual((f['dimension'], f['asked'], f['limit'], f['taken']), ('vcpu', 12, 10, 0))

    def test_A19_2_the_verification_is_reminded_of_and_marked_and_nothing_is_deleted(self):
        self.city.project('slow')
        no = self.city.apply('slow', 1)['no']
        [which] = self.city.open(no)
        # on a day before the reminder's the job puts itself off and tells nothing
        self.city.due_now('step.remind', no)
        waits = ("SELECT COUNT(*) FROM job WHERE kind = 'step.remind' AND done_at IS NULL AND due_at > 1"
                 " AND ref IN (SELECT id FROM case_step WHERE case_id = (SELECT id FROM case_file"
                 f" WHERE no = '{no}'))")
        one = (lambda: str(self.city.store.sql(waits)).strip("[](),\n") == '1')
        self.city.wait_until(one, 'the reminder was not put off')
        self.assertNotIn('step-reminder', [n['slug'] for n in self.notices('u1', no)])
        self.city.age(no, 27)
        self.city.due_now('step.remind', no)
        self.city.wait_until(lambda: 'step-reminder' in [n['slug'] for n in self.notices('u1', no)],
                             'no reminder came')
        [told] = [n for n in self.notices('u1', no) if n['slug'] == 'step-reminder']
        self.assertIn('Verification by the unit is due on', told['sentence'])
        self.city.age(no, 30)
        verify = self.w['u1'].case(no)['steps'][-1]
        self.assertTrue(verify['due']['overdue'] and verify['due']['in_principle'])
        self.assertIn(no, [i['no'] for i in self.w['o1'].get('/api/v1/overdue', limit=200)['items']])
        self.assertEqual(self.w['u1'].get(f'/api/v1/resources/{which}')['state'], 'running')
        self.w['u1'].decide(no, 'verify', 'passed')

    def test_A20_2_a_corrected_form_that_passes_120_percent_goes_to_econ_info_after_all(self):
        self.city.who['sysadmin'].call('POST', '/api/v1/orgs',
                                       {'code': 'grow', 'name': '补正单位', 'kind': 'unit'})
        u8 = self.city.person('u8', 'unit', 'grow')
        self.city.project('more', unit='u8', org='grow', dims={'vcpu': 40, 'memory_gib': 80})
        [which] = self.city.formal('more', 10, unit='u8')

        def form(quantity):
            return {'changes': [{'resource': which, 'quantity': str(quantity)}], 'reason': '业务增长',
                    'backup': {'choice': 'nothing_to_keep'}}
        no = u8.file('expansion', form(12), project='more')['no']
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['数量依据不足']})
        case = u8.call('POST', f'/api/v1/cases/{no}/resubmission', {'form': form(13)})
        self.assertEqual(steps(case), ['econ_review'])
        self.refused('step-not-open', self.w['o1'].decide, no, 'review')
        self.w['e1'].decide(no, 'econ_review')
        again = u8.case(no)
        self.assertEqual(steps(again), ['review'])
        self.assertEqual(again['steps'][-1]['due']['workdays_left'], 5)
        self.w['o1'].decide(no, 'review')
        self.assertEqual(steps(u8.case(no)), ['carry_out'])

    def test_A18_4_a_result_that_was_corrected_is_confirmed_as_what_it_is(self):
        self.city.project('turn', initiated=False)
        no = self.w['u1'].file('initiation', {'result': 'initiated', 'document': '批复'},
                               project='turn')['no']
        self.w['e1'].call('POST', f'/api/v1/cases/{no}/steps/initiated/return', {'defects': ['批复未附']})
        case = self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission',
                                 {'form': {'result': 'failed', 'document': '不予立项'}})
        self.assertEqual(steps(case), ['failed'])
        self.w['e1'].decide(no, 'failed')
        self.assertEqual(self.w['u1'].get('/api/v1/projects/turn')['state'], 'failed')

    def test_A20_2_the_total_is_that_of_the_municipal_cloud(self):
        self.city.project('muni', unit='du', org='east-edu', dims={'vcpu': 40, 'memory_gib': 80},
                          district=True)
        no = self.city.apply('muni', 10, unit='du')['no']
        self.w['dd'].decide(no, 'district_review')
        [which] = self.city.open(no)
        self.w['du'].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')
        # a large quota on the district's own cloud is no room on the municipal one
        self.w['du'].call('POST', '/api/v1/projects',
                          {'unit': 'east-edu', 'cloud': 'EAST', 'code': 'own', 'name': '区云项目'})
        self.city.person('eo', 'econ_info', 'east-econ')
        own = self.w['du'].file('quota', self.city.quota_form({'vcpu': 1000}), project='own')['no']
        self.w['eo'].decide(own, 'review')
        total = {i['dimension']: i['effective']
                 for i in self.w['du'].get('/api/v1/units/east-edu/quota', cloud='YH')['items']}
        whole = {i['dimension']: i['effective']
                 for i in self.w['du'].get('/api/v1/units/east-edu/quota')['items']}
        self.assertEqual(whole['vcpu'] - total['vcpu'], 1000)
        told = self.w['du'].get('/api/v1/units/east-edu/quota', cloud='YH')
        self.assertEqual(told['limit'], {'percent': 120, 'article': '20'})
        self.assertEqual({i['dimension']: i['limit'] for i in told['items']}['vcpu'],
                         total['vcpu'] * 1.2)
        quantity = int(total['vcpu'] * 1.2 // 4) + 1
        no = self.w['du'].file('expansion', {'changes': [{'resource': which, 'quantity': str(quantity)}],
                                             'reason': '增长'}, project='muni')['no']
        self.w['dd'].decide(no, 'district_review')
        self.assertEqual(steps(self.w['du'].case(no)), ['econ_review'])

    # proves A26.1, X2
    def test_A20_2_exactly_120_percent_stays_with_the_operator(self):
        self.city.who['sysadmin'].call('POST', '/api/v1/orgs',
                                       {'code': 'only', 'name': '单项目单位', 'kind': 'unit'})
        self.city.person('u9', 'unit', 'only')
        self.city.project('exact', unit='u9', org='only', dims={'vcpu': 40, 'memory_gib': 80})
        ids = self.city.formal('exact', 10, unit='u9')
        u9 = self.w['u9']

        def ask(quantity):
            return u9.file('expansion', {'changes': [{'resource': ids[0],
                                                      'quantity': str(quantity)}],
                                         'reason': '业务增长'}, project='exact')
        at = ask(12)
        self.assertEqual(steps(at), ['review'])
        self.assertEqual(at['steps'][0]['period'], '5wd')
        u9.call('POST', f"/api/v1/cases/{at['no']}/withdrawal", {'reason': '重新测算'})
        self.assertEqual(self.city.quota('exact', 'u9')['vcpu']['reserved'], 0)
        over = ask(13)
        self.assertEqual(steps(over), ['econ_review'])
        no = over['no']
        self.w['e1'].decide(no, 'econ_review')
        self.w['o1'].decide(no, 'review')
        self.assertEqual(steps(u9.case(no)), ['backup'])
        u9.decide(no, 'backup', 'confirm', {'choice': 'nothing_to_keep'})
        self.w['p1'].decide(no, 'carry_out', 'done', {'resources': [
            {'resource': ids[0], 'provider_ref': 'i-' + ids[0][-6:]}]})
        line = self.city.quota('exact', 'u9')['vcpu']
        self.assertEqual((line['allocated'], line['base'], line['allowance']), (52, 40, 12))
        # an expansion never enlarges the base against which 20 % is taken
        again = ask(14)
        self.assertEqual(steps(again), ['econ_review'])
        u9.call('POST', f"/api/v1/cases/{again['no']}/withdrawal", {'reason': '另行安排'})
        # and what it allowed ends with what it was allowed for
        no = u9.file('reclaim', {'resources': ids, 'reason': '下线',
                                 'backup': {'choice': 'nothing_to_keep'}})['no']
        self.w['o1'].decide(no, 'review')
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual(self.city.quota('exact', 'u9')['vcpu']['effective'], 40)

    # proves S20
    def test_A21_1_reclaim_waits_for_the_backup_word_and_keeps_before_destruction(self):
        self.city.project('gone')
        ids = self.city.formal('gone', 2)
        first = self.w['u1'].get(f'/api/v1/resources/{ids[0]}')['no']  # a number will do as well
        case = self.w['u1'].file('reclaim', {'resources': [first], 'reason': '系统下线'})
        no = case['no']
        self.assertEqual(steps(case), ['backup'])
        self.refused('step-not-open', self.w['o1'].decide, no, 'review')
        self.w['u1'].decide(no, 'backup', 'confirm', {'choice': 'migrated'})
        review = self.w['u1'].case(no)['steps'][-1]
        self.assertEqual((review['step'], review['period'], review['article']),
                         ('review', '10wd', '21'))
        self.w['o1'].decide(no, 'review')
        self.w['p1'].decide(no, 'stop', 'done')
        done = self.w['u1'].case(no)
        self.assertEqual(steps(done), ['retention'])
        self.assertEqual(done['resources'][0]['state'], 'stopped')
        self.assertEqual(self.city.quota('gone')['vcpu']['allocated'], 0)
        self.refused('step-not-open', self.w['p1'].decide, no, 'destroy', 'done',
                     {'evidence': '未到期'})

    # proves S26
    def test_A12_1_a_district_unit_passes_through_its_district_operator(self):
        self.w['du'].call('POST', '/api/v1/projects',
                          {'unit': 'east-edu', 'cloud': 'YH', 'code': 'dist', 'name': '区级项目'})
        case = self.w['du'].file('quota', self.city.quota_form(), project='dist')
        self.assertEqual(steps(case), ['district_review'])
        self.refused('step-not-open', self.w['e1'].decide, case['no'], 'review')
        self.w['dd'].decide(case['no'], 'district_review')
        self.assertEqual(steps(self.w['dd'].case(case['no'])), ['review'])

    def test_A12_1_every_use_of_municipal_resources_passes_through_the_district(self):
        self.city.project('dist2', unit='du', org='east-edu', district=True)
        case = self.city.apply('dist2', 2, unit='du')
        no = case['no']
        self.assertEqual(steps(case), ['district_review'])
        self.refused('step-not-open', self.w['o1'].decide, no, 'review')
        self.w['dd'].decide(no, 'district_review')
        ids = self.city.open(no)
        self.w['du'].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')
        less = {'action': 'reduce', 'reason': '清退',
                'dimensions': [{'dimension': 'vcpu', 'quantity': '10'}]}
        form = {'resources': ids, 'reason': '下线', 'backup': {'choice': 'migrated'}}
        for procedure, body, rest in (('reclaim', form, {}),
                                      ('quota_change', less, {'project': 'dist2'})):
            case = self.w['du'].file(procedure, body, **rest)
            self.assertEqual(steps(case), ['district_review'], procedure)
            self.assertEqual((case['steps'][0]['period'], case['steps'][0]['article']), ('3wd', ''))
            self.w['dd'].decide(case['no'], 'district_review')
            self.assertEqual(steps(self.w['dd'].case(case['no'])), ['review'], procedure)

    def test_A19_1_the_districts_days_are_not_taken_from_the_operators(self):
        self.city.project('dist3', unit='du', org='east-edu', district=True)
        no = self.city.apply('dist3', 1, unit='du')['no']
        self.city.age(no, 20)
        late = self.w['du'].case(no)['steps'][0]
        self.assertTrue(late['due']['overdue'])
        self.w['dd'].decide(no, 'district_review')
        review = self.w['du'].case(no)['steps'][-1]
        self.assertEqual((review['period'], review['article'], review['due']['workdays_left']),
                         ('5wd', '19', 5))
        # review and opening share one span, from the arrival at the operator
        self.city.age(no, 7)
        self.w['o1'].decide(no, 'review')
        opening = self.w['du'].case(no)['steps'][-1]
        self.assertEqual((opening['step'], opening['period']), ('open', '5wd'))
        self.assertEqual(opening['due']['day'], self.ends(7, '5wd'))

    def ends(self, days_ago, period):
        begun = (today() - datetime.timedelta(days=days_ago)).isoformat()
        return self.w['u1'].get('/api/v1/calendar/due', **{'from': begun, 'period': period})['day']

    def test_A21_1_review_and_stop_share_ten_days_from_the_arrival(self):
        self.city.project('gone2', unit='du', org='east-edu', district=True)
        no = self.city.apply('gone2', 1, unit='du')['no']
        self.w['dd'].decide(no, 'district_review')
        ids = self.city.open(no)
        no = self.w['du'].file('reclaim', {'resources': ids, 'reason': '下线',
                                           'backup': {'choice': 'migrated'}})['no']
        self.city.age(no, 20)
        self.w['dd'].decide(no, 'district_review')
        self.assertEqual(self.w['du'].case(no)['steps'][-1]['due']['day'], self.ends(0, '10wd'))
        self.city.age(no, 9)
        self.w['o1'].decide(no, 'review')
        stop = self.w['du'].case(no)['steps'][-1]
        self.assertEqual((stop['step'], stop['period'], stop['article']), ('stop', '10wd', '21'))
        self.assertEqual(stop['due']['day'], self.ends(9, '10wd'))

    def test_A7_3_an_outside_body_is_admitted_by_its_sponsor(self):
        form = {'code': 'rail-co', 'name': '轨道运营公司', 'outside_budget': True,
                'reason': '承担公共服务'}
        self.refused('file-not-permitted', self.w['u2'].file, 'admission', form)
        no = self.w['sp'].file('admission', form)['no']
        self.w['o1'].decide(no, 'review')
        org = self.w['o1'].get('/api/v1/orgs/rail-co')
        self.assertTrue(org['outside'])
        self.assertFalse(org['in_budget'])
        self.refused('org-exists', self.w['sp'].file, 'admission', form)

    def test_T3_a_case_is_returned_once_with_every_defect_and_its_clock_pauses(self):
        self.city.project('ret')
        case = self.city.apply('ret', 1)
        no = case['no']

        def give_back():
            return self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return',
                                     {'defects': ['缺少系统说明', '数量依据不足']})
        back = give_back()
        self.assertEqual(back['state'], 'returned')
        self.assertIsNotNone(back['answer_due'])
        self.assertIsNone(back['steps'][0]['due'])
        self.refused('case-not-open', self.w['o1'].decide, no, 'review')
        again = self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': {
            'items': [{'item': 'vm-4c8g', 'quantity': '2', 'system': 's1'}]}})
        self.assertEqual((again['state'], steps(again)), ('open', ['review']))
        self.assertIsNotNone(again['steps'][0]['due'])
        self.assertEqual(self.city.quota('ret')['vcpu']['reserved'], 8)
        self.refused('returned-before', give_back)

    def test_T3_a_return_that_is_not_answered_in_time_withdraws_the_case(self):
        self.city.project('mute')
        no = self.city.apply('mute', 1)['no']
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['缺少说明']})
        self.city.due_now('case.lapse', no)  # too early: nothing happens
        self.city.store.sql(f"UPDATE case_file SET answer_due = 1 WHERE no = '{no}'")
        self.city.store.sql("UPDATE job SET done_at = NULL WHERE kind = 'case.lapse'")
        self.city.wait_until(lambda: self.w['u1'].case(no)['state'] == 'withdrawn', 'it never lapsed')
        self.assertEqual(self.city.quota('mute')['vcpu']['reserved'], 0)

    def test_what_a_form_names_by_a_code_is_said_by_its_name_too(self):
        self.city.project('spelt')
        case = self.city.apply('spelt', 2)
        code = case['form']['items'][0]['item']
        names = {i['code']: i['name'] for i in self.w['u1'].get('/api/v1/catalogue?cloud=YH')['items']}
        [said] = [s['text'] for s in case['says'] if s['field'] == 'items']
        self.assertIn(f'{names[code]} ({code})', said)

    # proves S20, S25
    def test_A26_1_what_stopped_is_destroyed_with_evidence_after_its_retention(self):
        self.city.project('kept')
        ids = self.city.formal('kept', 1)
        no = self.w['u1'].file('reclaim', {'resources': ids, 'reason': '下线',
                                           'backup': {'choice': 'migrated'}})['no']
        self.w['o1'].decide(no, 'review')
        self.w['p1'].decide(no, 'stop', 'done')
        self.city.due_now('case.elapse', no)
        self.city.wait_until(lambda: steps(self.w['p1'].case(no)) == ['destroy'], 'retention never ended')
        body = self.refused('outcome-form-missing', self.w['p1'].decide, no, 'destroy', 'done')
        self.assertEqual(body['title'],
                         'The answer Done comes with a form; required: Evidence (evidence).')
        self.w['p1'].decide(no, 'destroy', 'done', {'evidence': '三次覆写记录'})
        done = self.w['u1'].case(no)
        last = done['steps'][-1]
        self.assertEqual((last['answer'], last['says'], last['outcome_title']),
                         ({'evidence': '三次覆写记录'},
                          [{'field': 'evidence', 'title': 'Evidence', 'text': '三次覆写记录'}], 'Done'))
        self.assertEqual([s['text'] for s in done['says']],
                         [done['resources'][0]['no'], 'Choice: Backed up or moved', '下线'])
        self.assertEqual((done['state'], done['resources'][0]['state']), ('closed', 'destroyed'))

    def test_X11_a_transfer_moves_quota_between_a_units_projects_and_is_judged_at_filing(self):
        for code in ('from', 'to'):
            self.city.project(code, dims={'vcpu': 50, 'memory_gib': 100})
        ids = {c: self.w['u1'].get(f'/api/v1/projects/{c}')['id'] for c in ('from', 'to')}
        other = self.w['u2'].call('POST', '/api/v1/projects',
                                  {'unit': 'health', 'cloud': 'YH', 'code': 'alien', 'name': '他人'})['id']

        def ask(action, quantity=None, to=None):
            form = {'action': action, 'reason': '调剂'}
            if quantity:
                form['dimensions'] = [{'dimension': 'vcpu', 'quantity': str(quantity)}]
            if to:
                form['to_project'] = to
            return self.w['u1'].file('quota_change', form, project='from')
        for slug, args in (('form-missing', ('reduce',)), ('form-missing', ('transfer', 20)),
                           ('project-unknown', ('transfer', 20, other)),
                           ('transfer-to-itself', ('transfer', 20, ids['from'])),
                           ('form-unknown', ('reduce', 20, ids['to'])), ('form-unknown', ('cancel', 20)),
                           ('quota-still-used', ('transfer', 51, ids['to']))):
            self.refused(slug, ask, *args)
        self.w['e1'].decide(ask('transfer', 20, ids['to'])['no'], 'review')
        self.assertEqual([self.city.quota(c)['vcpu']['effective'] for c in ('from', 'to')], [30, 70])

    def test_X11_temporary_resources_become_formal_once_the_project_is_initiated(self):
        self.city.project('temp')
        no = self.city.apply('temp', 1)['no']
        [which] = self.city.open(no)
        self.refused('resource-state', self.w['u1'].file, 'temporary_to_formal',
                     {'resources': [which], 'document': '批复'})
        self.city.store.sql(f"UPDATE resource SET kind = '{self.city.kind('temporary')}', lease_last = 40000 WHERE project ="
                            " (SELECT id FROM project WHERE code = 'civil.temp')")
        no = self.w['u1'].file('temporary_to_formal', {'resources': [which], 'document': '批复'})['no']
        self.w['o1'].decide(no, 'review')
        now = self.w['u1'].get(f'/api/v1/resources/{which}')
        self.assertEqual((now['kind'], now['lease_last_day']), ('formal', None))

    # proves S07
    def test_A12_1_the_districts_officer_sees_all_of_its_units_use(self):
        self.city.project('seen', unit='du', org='east-edu', district=True)
        codes = [p['code'] for p in self.w['dd'].get('/api/v1/projects', limit=200)['items']]
        self.assertIn('east-edu.seen', codes)
        self.assertTrue(all(c.startswith('east-edu.') for c in codes), codes)
        cases = self.w['dd'].get('/api/v1/cases', limit=200, procedure='initiation')['items']
        self.assertIn('east-edu', [c['unit_code'] for c in cases])
        self.assertEqual({c['unit_code'] for c in cases}, {'east-edu'})

    # proves S26
    def test_X5_nobody_acts_for_applicant_and_decider(self):
        self.city.grant('u2', 'econ_info', 'econ')
        self.w['u2'].call('POST', '/api/v1/projects',
                          {'unit': 'health', 'cloud': 'YH', 'code': 'self', 'name': '自批项目'})
        no = self.w['u2'].file('quota', self.city.quota_form(), project='self')['no']
        self.refused('same-person', self.w['u2'].decide, no, 'review')
        self.w['e1'].decide(no, 'review')

    def test_X2_mending_one_dimension_is_not_blocked_by_another_that_is_over(self):
        self.city.project('mend', dims={'vcpu': 8, 'memory_gib': 16, 'block_gib': 100})
        self.city.formal('mend', 2)
        no = self.w['u1'].file('quota_change', {'action': 'reduce', 'reason': '清退', 'dimensions': [
            {'dimension': 'block_gib', 'quantity': '50'}]}, project='mend')['no']
        self.w['e1'].decide(no, 'review')
        self.city.apply('mend', 50, item='block-ssd')
        self.refused('quota-still-used', self.w['u1'].file, 'quota_change',
                     {'action': 'reduce', 'reason': '清退', 'dimensions': [
                         {'dimension': 'vcpu', 'quantity': '1'}]}, project='mend')

    def test_T4_a_suspension_moves_every_open_clock_and_says_why(self):
        self.city.project('halt')
        no = self.city.apply('halt', 1)['no']

        def due():
            return self.w['u1'].case(no)['steps'][0]['due']['day']
        before = due()
        days = [today() + datetime.timedelta(days=n) for n in (1, 4)]
        self.refused('file-not-permitted', self.w['u1'].file, 'clock_suspension',
                     {'from': days[0].isoformat(), 'to': days[1].isoformat(), 'reason': '不应准许'},
                     cloud='YH')
        halt = self.w['o1'].file('clock_suspension', {'from': days[0].isoformat(),
                                                      'to': days[1].isoformat(),
                                                      'reason': '重大活动保障'}, cloud='YH')['no']
        self.w['a1'].decide(halt, 'review')
        self.city.wait_until(lambda: due() != before, 'no clock moved')
        self.assertGreater(due(), before)

    def test_inbox_is_due_first_and_the_story_names_articles(self):
        self.city.project('story')
        no = self.city.apply('story', 1)['no']
        inbox = self.w['o1'].get('/api/v1/inbox', limit=200)['items']
        days = [i['due']['day'] for i in inbox if i['due']]
        self.assertEqual(days, sorted(days))
        self.assertIn(no, [i['no'] for i in inbox])
        story = self.w['u1'].get(f'/api/v1/cases/{no}/events')['items']
        self.assertEqual(story[0]['kind'], 'case.filed')
        self.assertEqual(story[0]['article'], '19')

    # proves S07
    def test_A5_1_a_foreign_case_does_not_exist_for_another_unit(self):
        self.city.project('own')
        no = self.city.apply('own', 1)['no']
        for path in (f'/api/v1/cases/{no}', f'/api/v1/cases/{no}/events'):
            self.refused('case-unknown', self.w['u2'].get, path)
        self.refused('case-unknown', self.w['u2'].decide, no, 'verify', 'passed')
        self.refused('project-unknown', self.w['u2'].get, '/api/v1/projects/own')
        self.assertNotIn(no, [c['no'] for c in self.w['u2'].get('/api/v1/cases')['items']])


on_both_engines(Flow)
del Flow

if __name__ == '__main__':
    unittest.main()
