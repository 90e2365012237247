"""Development and temporary resources by role, on a turned clock (Art. 22, 24)."""
import datetime
import unittest

from city import on_both_engines, steps
from leasing import DAY, Leasing, months


class Development(Leasing):
    # development, Art. 22

    def development(self, project, quantity=1, item='vm-4c8g', **more):
        form = dict({'items': [{'item': item, 'quantity': str(quantity)}],
                     'reason': '部署验证'}, **more)
        return self.w['u1'].file('development', form, project=project)['no']

    # proves A22.1, A22.2
    def test_development_takes_its_share_serves_nobody_outside_and_is_not_extended(self):
        self.fresh('dev', dims={'vcpu': 80, 'memory_gib': 400})
        self.refused('item-exposed', self.development, 'dev', item='web-front')
        body = self.refused('quota-share-exceeded', self.development, 'dev', 4)
        f = body['figures']
        self.assertEqual((body['article'], f['dimension'], f['asked'], f['taken'], f['quota'], f['limit']),
                         ('22', 'vcpu', 16, 0, 80, 12))
        no = self.development('dev', 2)
        body = self.refused('quota-share-exceeded', self.development, 'dev', 2)  # pending counts
        self.assertEqual(body['figures']['taken'], 8)
        self.w['o1'].decide(no, 'review')
        ids = self.fulfil(no)
        self.refused('quota-share-exceeded', self.development, 'dev', 2)  # and running
        self.development('dev', 1)  # exactly the share
        lease = self.lease(ids[0])
        start = self.city.clock()
        self.assertEqual((lease['last_day'], lease['extension']['possible']),
                         (str(months(start, 3)), False))
        self.refused('lease-extension-none', self.extension, ids)
        line = self.city.quota('dev')['vcpu']
        self.assertEqual((line['allowance'], line['allocated']), (0, 8))
        cleanup = self.w['o1'].get('/api/v1/leases', kind='development', limit=200)['items']
        self.assertIn(ids[0], [x['resource'] for x in cleanup])
        days = [x['last_day'] for x in cleanup]
        self.assertEqual(days, sorted(days))

    # proves A22.2
    def test_the_operator_is_told_of_what_is_to_be_cleaned_up_every_month(self):
        self.fresh('sweep', dims={'vcpu': 80, 'memory_gib': 400})
        no = self.development('sweep', 1)
        self.w['o1'].decide(no, 'review')
        self.fulfil(no)

        def told():
            page, found = {'next': ''}, []
            while page['next'] is not None:
                more = {'cursor': page['next']} if page['next'] else {}
                page = self.w['o1'].get('/api/v1/notices', limit=200, **more)
                found += [n for n in page['items'] if n['slug'] == 'lease-cleanup']
            return found
        before = len(told())
        self.turn(self.not_before(months(self.city.clock(), 1)))
        first = told()
        self.assertGreater(len(first), before)
        self.assertGreaterEqual(first[0]['figures']['count'], 1)
        self.turn(self.not_before(months(self.city.clock(), 1)))
        self.assertGreater(len(told()), len(first))
        days = [n['at'][:10] for n in told()]
        self.assertEqual(len(set(days)), len(days))

    # proves A22.1
    def test_a_small_quota_rounds_up_to_one_orderable_size(self):
        self.fresh('tiny', dims={'vcpu': 8, 'memory_gib': 16})
        self.development('tiny', 1)
        self.refused('quota-share-exceeded', self.development, 'tiny', 1)

    # proves A22.1
    def test_more_than_the_share_is_econ_infos_to_grant_with_reasons(self):
        self.fresh('more', dims={'vcpu': 80, 'memory_gib': 400})
        no = self.development('more', 5, exception='全链路压测需要')
        self.assertEqual(steps(self.w['e1'].case(no)), ['exception'])
        self.w['e1'].decide(no, 'exception')
        self.w['o1'].decide(no, 'review')
        self.fulfil(no)
        within = self.development('more', 1, exception='以防万一')
        self.assertEqual(steps(self.w['e1'].case(within)), ['exception'])  # 5 run already
        self.fresh('less', dims={'vcpu': 80, 'memory_gib': 400})
        within = self.development('less', 1, exception='以防万一')
        self.assertEqual(steps(self.w['o1'].case(within)), ['review'])

    # proves A22.1
    def test_development_is_for_initiated_projects_of_the_city(self):
        self.fresh('plan', initiated=False)
        self.refused('project-state', self.development, 'plan')
        self.city.project('school', unit='du', org='east-edu', district=True)
        body = self.refused('applicant-of-district', self.w['du'].file, 'development',
                            {'items': [{'item': 'vm-4c8g', 'quantity': '1'}], 'reason': '验证'},
                            project='school')
        self.assertEqual(body['article'], '22')

    # temporary, Art. 24

    def temporary(self, project, quantity=2, **more):
        form = dict({'items': [{'item': 'vm-4c8g', 'quantity': str(quantity)}],
                     'condition': 'special_meeting', 'meeting_decision': '专题会议纪要〔2026〕7号',
                     'initiation_filing': '申报受理 2026-118', 'reason': '先行部署'}, **more)
        form = {k: v for k, v in form.items() if v is not None}
        return self.w['u1'].file('temporary', form, project=project)['no']

    def allocated(self, project, quantity=2):
        no = self.temporary(project, quantity)
        self.w['e1'].decide(no, 'grant', form={'dimensions': [
            {'dimension': 'vcpu', 'quantity': str(4 * quantity)},
            {'dimension': 'memory_gib', 'quantity': str(8 * quantity)}]})
        self.w['o1'].decide(no, 'allocate')
        return no

    def granted(self, project, quantity=2):
        no = self.allocated(project, quantity)
        return no, self.fulfil(no)

    def fail(self, project):
        init = self.w['u1'].file('initiation', {'result': 'failed', 'document': '不予立项'},
                                 project=project)['no']
        self.w['e1'].decide(init, 'failed')

    def plan(self, code):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': code, 'name': '项目' + code})

    # proves A24.1
    def test_the_second_condition_needs_both_proofs(self):
        self.plan('proofs')
        for missing in ('meeting_decision', 'initiation_filing'):
            body = self.refused('evidence-missing', self.temporary, 'proofs', **{missing: None})
            self.assertEqual((body['article'], body['field']), ('24', '/form/' + missing))
        body = self.refused('evidence-missing', self.temporary, 'proofs', condition='key_work')
        self.assertEqual(body['field'], '/form/key_work_list')
        self.temporary('proofs', condition='key_work', key_work_list='2026 年重点工作第 12 项',
                       meeting_decision=None, initiation_filing=None)
        self.fresh('done')
        self.refused('project-state', self.temporary, 'done')

    # proves A24.1
    def test_econ_info_sets_the_quota_and_the_operator_allocates_within_it(self):
        self.plan('less-set')
        no = self.temporary('less-set', 2)
        self.w['e1'].decide(no, 'grant', form={'dimensions': [
            {'dimension': 'vcpu', 'quantity': '4'}, {'dimension': 'memory_gib', 'quantity': '8'}]})
        body = self.refused('quota-set-lower', self.w['o1'].decide, no, 'allocate')
        self.assertEqual((body['figures']['asked'], body['figures']['set']), (16, 8))
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/allocate/return',
                          {'defects': ['按核定数量更正']})
        case = self.w['u1'].case(no)
        form = dict(case['form'], items=[{'item': 'vm-4c8g', 'quantity': '1'}])
        self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': form})
        self.w['o1'].decide(no, 'allocate')
        ids = self.fulfil(no)
        self.assertEqual(self.lease(ids[0])['last_day'], str(months(self.city.clock(), 6)))
        line = self.city.quota('less-set')['vcpu']
        self.assertEqual((line['base'], line['allowance'], line['allocated']), (0, 4, 4))

    # proves X11
    def test_temporary_resources_turn_formal_when_the_project_is_initiated_and_count_once(self):
        self.plan('turns')
        no, ids = self.granted('turns')
        self.refused('project-state', self.convert, ids)
        quota = self.w['u1'].file('quota', self.city.quota_form({'vcpu': 20, 'memory_gib': 40}),
                                  project='turns')['no']
        self.w['e1'].decide(quota, 'review')
        init = self.w['u1'].file('initiation', {'result': 'initiated', 'document': '批复'},
                                 project='turns')['no']
        self.w['e1'].decide(init, 'initiated')
        [n] = self.told('u1', 'leases-may-convert', init)
        self.assertEqual(n['figures']['count'], 1)
        line = self.city.quota('turns')['vcpu']
        self.assertEqual((line['base'], line['allowance'], line['allocated']), (20, 8, 8))
        conv = self.convert(ids)
        self.w['o1'].decide(conv, 'review')
        line = self.city.quota('turns')['vcpu']
        self.assertEqual((line['base'], line['allowance'], line['allocated']), (20, 0, 8))
        seen = self.resource(ids[0])
        self.assertEqual((seen['kind'], seen['lease_last_day'], seen['state']),
                         ('formal', None, 'running'))
        self.assertEqual([h['ended_as'] for h in self.lease(ids[0])['history']], ['formal'])
        self.turn(months(self.city.clock(), 7))
        self.assertEqual(self.resource(ids[0])['state'], 'running')
        self.assertEqual(self.notices(no), [])

    # proves A18.4
    def test_a_failed_initiation_takes_the_quota_and_leaves_the_lease(self):
        self.plan('fails')
        _, ids = self.granted('fails')
        quota = self.w['u1'].file('quota', self.city.quota_form({'vcpu': 20, 'memory_gib': 40}),
                                  project='fails')['no']
        self.w['e1'].decide(quota, 'review')
        self.fail('fails')
        line = self.city.quota('fails')['vcpu']
        self.assertEqual((line['base'], line['allowance'], line['allocated']), (0, 8, 8))
        self.assertEqual(self.lease(ids[0])['state'], 'running')

    def test_what_was_not_open_yet_when_the_initiation_failed_is_not_opened(self):
        self.plan('too-soon')
        no = self.allocated('too-soon')
        self.fail('too-soon')
        body = self.refused('quota-set-lower', self.fulfil, no)
        self.assertEqual((body['figures']['set'], body['article']), (0, '24'))
        self.w['p1'].decide(no, 'open', 'dropped')
        self.assertEqual((self.w['u1'].case(no)['state'], self.city.quota('too-soon')), ('closed', {}))

    def convert(self, ids):
        return self.w['u1'].file('temporary_to_formal', {'resources': ids, 'document': '批复'})['no']

    def test_a_quota_that_cannot_carry_them_refuses_the_conversion(self):
        self.plan('narrow')
        _, ids = self.granted('narrow')
        quota = self.w['u1'].file('quota', self.city.quota_form({'vcpu': 7, 'memory_gib': 40}),
                                  project='narrow')['no']
        self.w['e1'].decide(quota, 'review')
        init = self.w['u1'].file('initiation', {'result': 'initiated', 'document': '批复'},
                                 project='narrow')['no']
        self.w['e1'].decide(init, 'initiated')
        f = self.refused('quota-exceeded', self.convert, ids)['figures']
        self.assertEqual((f['dimension'], f['asked'], f['taken'], f['quota']), ('vcpu', 8, 0, 7))


on_both_engines(Development)
del Development

if __name__ == '__main__':
    unittest.main()
