"""A decision is never edited: a later case corrects or revokes it, and both stories say so (X8)."""
import datetime
import unittest

from city import City, InCity, Problem, on_both_engines, steps, today


class Later(InCity):
    founded = {}  # further arguments of the city, see test_renamed.py

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, **cls.founded)
        cls.w = cls.city.who
        for login, role, org in (('e2', 'econ_info', 'econ'), ('o2', 'operator', 'bdc'),
                                 ('a2', 'authority', 'auth'), ('ee', 'econ_info', 'east-econ')):
            cls.city.person(login, role, org)

    def granted(self, code, dims=None, windows=None, unit='u1', org='civil'):
        """A project with its quota; the number of the case that granted it."""
        self.w[unit].call('POST', '/api/v1/projects',
                          {'unit': org, 'cloud': 'YH', 'code': code, 'name': '项目' + code})
        no = self.w[unit].file('quota', self.city.quota_form(dims, windows=windows), project=code)['no']
        self.w['e1'].decide(no, 'review')
        return no

    def initiate(self, code):
        no = self.w['u1'].file('initiation', {'result': 'initiated', 'document': '批复'},
                               project=code)['no']
        self.w['e1'].decide(no, 'initiated')
        return no

    def later(self, procedure, no, who='e1', **form):
        return self.w[who].file(procedure, dict({'article': '18', 'reason': '录入有误'}, **form),
                                about=no)

    def finish(self, case, *deciders):
        for login, step in deciders:
            self.w[login].decide(case['no'], step)
        return self.w['o1'].decide(case['no'], 'carry_out', 'done')

    def story(self, no, who='u1'):
        return self.w[who].get(f'/api/v1/cases/{no}/events')['items']

    # proves X8
    def test_a_wrongly_typed_quota_is_corrected_from_today_and_both_stories_say_so(self):
        no = self.granted('typed', {'vcpu': 1000, 'memory_gib': 200})
        self.city.store.sql("UPDATE quota_line SET first_day = first_day - 30")
        was = self.w['u1'].case(no)
        case = self.later('correction', no, quota=[{'dimension': 'vcpu', 'quantity': '100'}])
        self.assertIn('-GZ-', case['no'])
        self.assertEqual((case['about'], steps(case)), (no, ['econ_review']))
        self.refused('same-person', self.w['e1'].decide, case['no'], 'econ_review')
        self.assertEqual(self.city.quota('typed')['vcpu']['effective'], 1000)
        done = self.finish(case, ('e2', 'econ_review'))
        self.assertEqual(done['state'], 'closed')
        line = self.city.quota('typed')
        self.assertEqual((line['vcpu']['effective'], line['memory_gib']['effective']), (100, 200))
        before = (today() - datetime.timedelta(days=3)).isoformat()
        self.assertEqual(self.city.quota('typed', day=before)['vcpu']['effective'], 1000)
        now = self.w['u1'].case(no)
        self.assertEqual(now['later'], [{'no': case['no'], 'procedure': 'correction',
                                         'state': 'closed', 'state_title': 'Closed'}])
        self.assertEqual({**now, 'later': []}, was)
        said = [e for e in self.story(no) if e['kind'] == 'decision.corrected']
        self.assertEqual([(e['before'], e['after'], e['outcome'], e['reason'], e['article'])
                          for e in said],
                         [('vcpu 1000', '', case['no'], '录入有误', '18'),
                          ('', 'vcpu 100', case['no'], '录入有误', '18')])
        mirrored = [e['outcome'] for e in self.story(case['no']) if e['kind'] == 'about.corrected']
        self.assertEqual(mirrored, [no, no])
        told = [n for n in self.w['u1'].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == 'decision-corrected' and n['case'] == case['no']]
        self.assertEqual((len(told), told[0]['figures']['about']), (1, no))
        # and a correction is corrected by a further one about the same decision
        case = self.later('correction', no, quota=[{'dimension': 'vcpu', 'quantity': '120'}])
        self.finish(case, ('e2', 'econ_review'))
        self.assertEqual(self.city.quota('typed')['vcpu']['effective'], 120)

    def test_a_correction_never_goes_below_what_runs(self):
        no = self.granted('runs')
        self.initiate('runs')
        self.city.formal('runs', 5)
        body = self.refused('quota-still-used', self.later, 'correction', no,
                            quota=[{'dimension': 'vcpu', 'quantity': '19'}])
        f = body['figures']
        self.assertEqual((f['dimension'], f['asked'], f['taken'], f['quota']), ('vcpu', 81, 20, 100))
        case = self.later('correction', no, quota=[{'dimension': 'vcpu', 'quantity': '20'}])
        self.city.apply('runs', 1)  # counts when the correction is carried out
        self.w['e2'].decide(case['no'], 'econ_review')
        self.refused('quota-still-used', self.w['o1'].decide, case['no'], 'carry_out', 'done')

    # proves X8, S26
    def test_only_those_who_decided_correct_and_revoke(self):
        no = self.granted('whose')
        fix = {'quota': [{'dimension': 'vcpu', 'quantity': '50'}]}
        for procedure, form in (('correction', fix), ('revocation', {})):
            self.refused('file-not-permitted', self.later, procedure, no, 'u1', **form)
            self.refused('about-not-decider', self.later, procedure, no, 'o1', **form)
            self.refused('about-not-decider', self.later, procedure, no, 'a1', **form)
            self.refused('case-unknown', self.later, procedure, no, 'ee', **form)
            self.refused('file-not-permitted', self.later, procedure, no, 'p1', **form)
            self.refused('case-unknown', self.later, procedure, 'YH-2020-PE-000001', **form)
        case = self.later('revocation', no)
        for login in ('u1', 'o1', 'a1', 'u2'):
            with self.assertRaises(Problem) as caught:
                self.w[login].decide(case['no'], 'econ_review')
            self.assertIn(caught.exception.slug, ('decide-not-permitted', 'case-unknown'))
        self.refused('applicant-only', self.w['u1'].call, 'POST',
                     f"/api/v1/cases/{case['no']}/withdrawal", {'reason': '不服'})

    def test_what_a_decision_did_not_set_cannot_be_corrected(self):
        no = self.granted('other')
        body = self.refused('correction-not-of-case', self.later, 'correction', no,
                            quota=[{'dimension': 'gpu', 'quantity': '1'}])
        self.assertEqual(body['field'], '/form/quota/0/dimension')
        self.refused('correction-empty', self.later, 'correction', no)
        self.refused('article-unknown', self.later, 'correction', no, article='99',
                     quota=[{'dimension': 'vcpu', 'quantity': '50'}])
        self.refused('form-twice', self.later, 'correction', no,
                     quota=[{'dimension': 'vcpu', 'quantity': q} for q in ('50', '60')])
        self.initiate('other')
        mine = self.city.apply('other', 1)['no']
        self.refused('about-case-state', self.later, 'revocation', mine)

    def test_windows_are_corrected_from_their_next_day(self):
        start = today() + datetime.timedelta(days=10)
        window = {'dimension': 'vcpu', 'quantity': '200', 'rrule': 'FREQ=MONTHLY', 'days': 5,
                  'from': start.isoformat()}
        no = self.granted('shift', windows=[window])
        self.assertEqual(self.city.quota('shift', day=start.isoformat())['vcpu']['effective'], 300)
        late = start + datetime.timedelta(days=15)
        past = dict(window, **{'from': (today() - datetime.timedelta(days=1)).isoformat()})
        body = self.refused('window-in-the-past', self.later, 'correction', no, windows=[past])
        self.assertEqual(body['field'], '/form/windows/0/from')
        case = self.later('correction', no, windows=[
            dict(window, quantity='20', **{'from': late.isoformat()})])
        self.finish(case, ('e2', 'econ_review'))
        for day, want in ((start, 100), (late, 120), (today(), 100)):
            self.assertEqual(self.city.quota('shift', day=day.isoformat())['vcpu']['effective'], want)

    def test_a_lease_is_corrected_within_its_longest_period_and_the_quota(self):
        self.granted('lease', {'vcpu': 8, 'memory_gib': 16})
        self.initiate('lease')
        days = [(today() + datetime.timedelta(days=n)).isoformat() for n in (20, 40, 200)]
        no = self.city.apply('lease', 2)['no']
        [which] = self.city.open(no)
        number = self.w['u1'].get(f'/api/v1/resources/{which}')['no']
        epoch = (today() - datetime.date(1970, 1, 1)).days
        self.city.store.sql(f"UPDATE resource SET kind = '{self.city.kind('development')}', lease_last = {epoch + 20}"
                            f" WHERE no = '{number}'")

        def fix(day, **form):
            return self.later('correction', no, 'o1', article='19',
                              leases=[{'resource': which, 'last_day': day}], **form)
        self.assertEqual(self.w['u1'].get(f'/api/v1/resources/{which}')['lease_last_day'], days[0])
        self.refused('lease-in-the-past', fix, (today() - datetime.timedelta(days=1)).isoformat())
        body = self.refused('lease-too-long', fix, days[2])
        self.assertEqual((body['article'], body['parameter']), ('22', 'lease.development'))
        case = fix(days[1])
        self.assertEqual(steps(case), ['operator_review'])
        self.refused('same-person', self.w['o1'].decide, case['no'], 'operator_review')
        self.finish(case, ('o2', 'operator_review'))
        self.assertEqual(self.w['u1'].get(f'/api/v1/resources/{which}')['lease_last_day'], days[1])
        [said] = [e for e in self.story(no) if e['kind'] == 'decision.corrected']
        self.assertTrue(said['before'].endswith(days[0]) and said['after'].endswith(days[1]))
        # a longer lease needs the quota of its days
        self.city.store.sql(f"UPDATE quota_line SET last_day = {epoch + 45} WHERE project ="
                            " (SELECT id FROM project WHERE code = 'civil.lease')")
        body = self.refused('quota-still-used', fix, (today() + datetime.timedelta(days=60)).isoformat())
        self.assertEqual(body['figures']['day'], (today() + datetime.timedelta(days=46)).isoformat())

    # proves S08
    def test_why_a_decision_was_corrected_is_not_in_its_story_where_the_correction_is_labelled_higher(self):
        no = self.granted('guarded', {'vcpu': 1000})
        self.city.store.sql("UPDATE quota_line SET first_day = first_day - 30")
        case = self.w['e1'].file('correction', {'article': '18', 'reason': '涉敏缘由',
                                                'quota': [{'dimension': 'vcpu', 'quantity': '100'}]},
                                 about=no, label='internal')
        self.finish(case, ('e2', 'econ_review'))
        told = [e for e in self.story(no) if e['kind'] == 'decision.corrected']
        self.assertEqual([(e['outcome'], e['reason']) for e in told], [(case['no'], '')] * 2)
        own = [e for e in self.story(case['no'], 'e1') if e['kind'] == 'about.corrected']
        self.assertEqual([(e['outcome'], e['reason']) for e in own], [(no, '涉敏缘由')] * 2)

    # proves X8
    def test_a_revoked_quota_ends_that_day_and_not_below_what_runs(self):
        no = self.granted('ended')
        self.initiate('ended')
        self.city.store.sql("UPDATE quota_line SET first_day = first_day - 30")
        ids = self.city.formal('ended', 2)
        f = self.refused('quota-still-used', self.later, 'revocation', no)['figures']
        self.assertEqual((f['taken'], f['quota']), (8, 100))
        gone = self.w['u1'].file('reclaim', {'resources': ids, 'reason': '下线',
                                             'backup': {'choice': 'migrated'}})['no']
        self.w['o1'].decide(gone, 'review')
        self.w['p1'].decide(gone, 'stop', 'done')
        case = self.later('revocation', no)
        self.assertIn('-CX-', case['no'])
        self.finish(case, ('e2', 'econ_review'))
        self.assertNotIn('vcpu', self.city.quota('ended'))
        before = (today() - datetime.timedelta(days=2)).isoformat()
        self.assertEqual(self.city.quota('ended', day=before)['vcpu']['effective'], 100)
        [said] = [e for e in self.story(no) if e['kind'] == 'decision.revoked']
        self.assertEqual((said['outcome'], said['after']), (case['no'], 'revoked'))
        [paper] = [p for p in self.w['u1'].get('/api/v1/papers', limit=200)['items'] if p['case'] == no]
        self.assertEqual(paper['revoked_by'], case['no'])
        self.assertTrue(paper['revoked_at'])
        self.refused('about-revoked', self.later, 'revocation', no)
        self.refused('about-revoked', self.later, 'correction', no,
                     quota=[{'dimension': 'vcpu', 'quantity': '5'}])
        told = [n['sentence'] for n in self.w['u1'].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == 'decision-revoked']
        self.assertTrue(any(no in s and case['no'] in s for s in told), told)

    def test_two_revocations_under_way_revoke_once(self):
        no = self.granted('once')
        first, second = (self.later('revocation', no) for _ in range(2))
        self.finish(first, ('e2', 'econ_review'))
        self.w['e2'].decide(second['no'], 'econ_review')
        self.refused('about-revoked', self.w['o1'].decide, second['no'], 'carry_out', 'done')

    def test_running_resources_are_reclaimed_and_not_revoked(self):
        self.granted('live')
        self.initiate('live')
        case = self.city.apply('live', 1)
        self.city.open(case['no'])
        self.w['u1'].decide(case['no'], 'verify', 'passed')
        self.w['o1'].decide(case['no'], 'formal')
        body = self.refused('revoke-running', self.later, 'revocation', case['no'], 'o1')
        self.assertEqual((body['status'], body['figures']['instead']), (422, 'reclaim'))

    def test_an_admission_is_ended_when_nothing_of_the_body_is_under_way(self):
        form = {'code': 'ferry-co', 'name': '轮渡公司', 'outside_budget': True, 'reason': '公共服务'}
        no = self.w['sp'].file('admission', form)['no']
        self.w['o1'].decide(no, 'review')
        fu = self.city.person('fu', 'unit', 'ferry-co')
        waiting = self.granted_case(fu)
        f = self.refused('revoke-in-use', self.later, 'revocation', no, 'o1', article='7')['figures']
        self.assertEqual((f['what'], f['running'], f['pending']), ('ferry-co', 0, 1))
        fu.call('POST', f'/api/v1/cases/{waiting}/withdrawal', {'reason': '不再需要'})
        case = self.later('revocation', no, 'o1', article='7')
        self.finish(case, ('o2', 'operator_review'))
        self.assertEqual(self.w['o1'].get('/api/v1/orgs/ferry-co')['status'], 'closed')
        self.refused('unit-closed', fu.file, 'quota', self.city.quota_form(), project='boats')
        self.refused('unit-closed', fu.call, 'POST', '/api/v1/projects',
                     {'unit': 'ferry-co', 'cloud': 'YH', 'code': 'more', 'name': '又一项目'})
        told = [n for n in self.w['sp'].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == 'decision-revoked']
        self.assertEqual(told[0]['figures']['about'], no)

    def granted_case(self, fu):
        fu.call('POST', '/api/v1/projects',
                {'unit': 'ferry-co', 'cloud': 'YH', 'code': 'boats', 'name': '船务'})
        return fu.file('quota', self.city.quota_form(), project='boats')['no']

    def edition(self, day):
        w = self.w
        draft = w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '新版',
                                                          'from': self.city.edition})
        no = w['o1'].file('catalogue_edition', {'summary': '新版'}, edition=draft['id'])['no']
        w['a1'].decide(no, 'review')
        w['o1'].decide(no, 'compile', 'confirm')
        w['e1'].decide(no, 'approve')
        w['a1'].decide(no, 'approve')
        w['o1'].decide(no, 'publish', 'confirm', {'effective_date': day.isoformat()})
        return no, draft['id']

    def test_an_edition_is_withdrawn_before_it_is_in_force_and_never_after(self):
        no, edition = self.edition(today() + datetime.timedelta(days=30))
        case = self.later('revocation', no, 'a1', article='15')
        # both bodies that approved it sign
        self.assertEqual(steps(case), ['econ_review'])
        self.w['e1'].decide(case['no'], 'econ_review')
        self.assertEqual(steps(self.w['a1'].case(case['no'])), ['authority_review'])
        self.refused('same-person', self.w['a1'].decide, case['no'], 'authority_review')
        self.finish(case, ('a2', 'authority_review'))
        self.assertEqual(self.w['o1'].get(f'/api/v1/editions/{edition}')['state'], 'withdrawn')
        no, edition = self.edition(today())
        body = self.refused('revoke-in-force', self.later, 'revocation', no, 'a1', article='15')
        self.assertEqual(body['figures']['instead'], 'catalogue_edition')

    # proves X8
    def test_a_refusal_is_revoked_and_the_applicant_files_anew(self):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'wrong', 'name': '误拒项目'})
        no = self.w['u1'].file('quota', self.city.quota_form(), project='wrong')['no']
        self.w['e1'].decide(no, 'review', 'refuse')
        self.finish(self.later('revocation', no), ('e2', 'econ_review'))
        self.assertEqual(self.w['u1'].case(no)['state'], 'refused')
        self.assertIn('decision.revoked', [e['kind'] for e in self.story(no)])
        no = self.w['u1'].file('quota', self.city.quota_form(), project='wrong')['no']
        self.w['e1'].decide(no, 'review')

    def test_an_initiation_is_open_again_when_nothing_uses_it(self):
        self.granted('init')
        no = self.initiate('init')
        waits = self.city.apply('init', 1)['no']
        self.refused('revoke-in-use', self.later, 'revocation', no)
        self.w['u1'].call('POST', f'/api/v1/cases/{waits}/withdrawal', {'reason': '重新测算'})
        self.finish(self.later('revocation', no), ('e2', 'econ_review'))
        self.assertEqual(self.w['u1'].get('/api/v1/projects/init')['state'], 'initiating')

    def test_what_has_no_way_back_says_which_procedure_does_it(self):
        no = self.granted('chain')
        case = self.later('correction', no, quota=[{'dimension': 'vcpu', 'quantity': '90'}])
        self.finish(case, ('e2', 'econ_review'))
        body = self.refused('revoke-unsupported', self.later, 'revocation', case['no'])
        self.assertEqual((body['figures']['what'], body['figures']['instead']),
                         ('quota.corrected', 'correction'))
        less = self.w['u1'].file('quota_change', {'action': 'cancel', 'reason': '取消'},
                                 project='chain')['no']
        self.w['e1'].decide(less, 'review')
        self.refused('nothing-standing', self.later, 'revocation', no)

    def test_a_body_that_files_about_a_unit_decides_by_another_person_and_the_unit_hears(self):
        self.granted('ours')
        no = self.w['e1'].file('quota_change', {'action': 'reduce', 'reason': '清退', 'dimensions': [
            {'dimension': 'vcpu', 'quantity': '10'}]}, project='civil.ours')['no']
        self.assertIn(no, [i['no'] for i in self.w['e2'].get('/api/v1/inbox', limit=200)['items']])
        self.refused('same-person', self.w['e1'].decide, no, 'review')
        self.w['e2'].decide(no, 'review')
        self.assertEqual(self.city.quota('ours')['vcpu']['effective'], 90)
        self.assertIn(no, [n['case'] for n in self.w['u1'].get('/api/v1/notices', limit=200)['items']])


on_both_engines(Later)
del Later

if __name__ == '__main__':
    unittest.main()
