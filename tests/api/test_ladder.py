"""The ladder of Art. 25, one command at a time as its role would: reported, reviewed, warned, answered,
verified; refused or not answered: consent, supply stops, what the system has is reclaimed."""
import datetime
import json
import os
import subprocess
import unittest

from city import BIN, SHARED_METER, VM, City, InCity, Problem, on_both_engines, steps
from test_watch import IDLE, MONTH, Use

WARNING = '请将规格调整到与实际负荷相当，或退回资源'
POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')
BACKUP = {'choice': 'migrated', 'note': '已归档'}


class Ladder(InCity):
    founded = {'init': ()}

    @classmethod
    def setUpClass(cls):
        founded = dict(cls.founded, init=(*cls.founded['init'], '--demo-clock'))
        cls.city = City(cls.postgres, serve=SHARED_METER if cls.postgres else (), **founded)
        cls.w = cls.city.who
        cls.city.person('o2', 'operator', 'bdc')
        cls.n = 0

    def system(self, machines=2):
        """A project of its own whose one system runs some machines; their ids."""
        type(self).n += 1
        code = f'z{self.n}'
        self.city.project(code)
        return code, [self.city.formal(code, 1)[0] for _ in range(machines)]

    def find(self, resources, rule='zombie'):
        """A zombie system, as the watch would enter it; its number."""
        no = f'YH-F-{9000 + self.n:06d}'
        first = "'" + resources[0].replace('-', '') + "'"
        if self.city.store.url:
            new, key = "decode(md5(random()::text), 'hex')", f"decode({first}, 'hex')"
        else:
            new, key = 'randomblob(16)', f'x{first}'
        self.city.store.sql(
            'INSERT INTO finding (id, no, rule, article, subject, resource, info_system, project, unit,'
            ' cloud, first_day, last_day, state, case_id, pack, evidence, evidence_digest, advice,'
            f" found_at, ended_at, ended_by, reason, version) SELECT {new}, '{no}', '{rule}', '25',"
            ' r.info_system, NULL, r.info_system, r.project, r.unit, r.cloud, 20000, 20029,'
            " 'open', NULL, (SELECT digest FROM pack LIMIT 1), '{}', r.id, '', 1, NULL, NULL, '', 1 FROM"
            f' resource r WHERE r.id = {key}')
        self.city.store.sql(
            'INSERT INTO finding_resource (finding, resource) SELECT f.id, r.id FROM finding f JOIN'
            f" resource r ON r.info_system = f.info_system WHERE f.no = '{no}'")
        return no

    def state(self, finding):
        found = self.city.store.sql(f"SELECT state FROM finding WHERE no = '{finding}'")
        return found[0][0] if isinstance(found, list) else found

    def report(self, finding):
        return self.w['o1'].file('rectification', {'assessment': '核实属实，建议整改'},
                                 finding=finding)['no']

    def warned(self, machines=2):
        code, ids = self.system(machines)
        finding = self.find(ids)
        no = self.report(finding)
        self.w['a1'].decide(no, 'review', form={'order': WARNING})
        return code, ids, finding, no

    def told(self, who, no, slug):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['case'] == no and n['slug'] == slug]

    def story(self, no, kind):
        return [e for e in self.w['a1'].get(f'/api/v1/cases/{no}/events')['items']
                if e['kind'] == kind]

    def due(self, no):
        [step] = [s for s in self.w['a1'].case(no)['steps'] if not s['closed_at']]
        return datetime.date.fromisoformat(step['due']['day'])

    def resource(self, which):
        return self.w['u1'].get(f'/api/v1/resources/{which}')['state']

    def test_A25_2_the_warning_is_numbered_dated_and_served(self):
        _, ids, finding, no = self.warned()
        case = self.w['u1'].case(no)
        self.assertEqual((case['finding'], len(case['resources'])), (finding, len(ids)))
        self.assertEqual(self.state(finding), 'in_case')
        [notice] = self.told('u1', no, 'rectification-warned')
        self.assertEqual(notice['figures']['number'], no + '-W1')
        self.assertEqual(notice['figures']['order'], WARNING)
        self.assertEqual(notice['figures']['until'], self.due(no).isoformat())
        self.assertIn(WARNING, notice['sentence'])
        [event] = self.story(no, 'order.issued')
        self.assertEqual((event['outcome'], event['reason'], event['after'], event['article']),
                         (no + '-W1', WARNING, self.due(no).isoformat(), '25'))

    # proves X7
    def test_X7_the_time_to_rectify_runs_from_the_service_of_the_warning(self):
        def answer(no):
            return [s for s in self.w['u1'].case(no)['steps'] if not s['closed_at']][0]

        def paper(no):
            return self.w['u1'].get(f'/api/v1/cases/{no}/papers')['items'][0]
        opened, left = self.warned(1)[3], self.warned(1)[3]
        latest = answer(opened)
        deemed = paper(opened)['deemed_on']
        self.assertEqual((latest['awaits_service'], latest['due']['provisional'], latest['counts_from']),
                         (True, True, deemed), 'the latest day there can be')
        self.assertGreater(deemed, self.city.clock().isoformat())
        self.city.papers_served()
        self.assertEqual((paper(opened)['service'], paper(opened)['service_day']), ('sent', None))
        self.w['u1'].call('POST', f"/api/v1/papers/{paper(opened)['id']}/acknowledgement")
        self.assertEqual((paper(opened)['service'], paper(opened)['service_day']),
                         ('acknowledged', self.city.clock().isoformat()))
        now = answer(opened)
        self.assertEqual((now['awaits_service'], now['counts_from']),
                         (False, self.city.clock().isoformat()))
        self.assertLess(now['due']['day'], latest['due']['day'])
        # whoever opens nothing is served, too
        self.city.turn(deemed)
        self.assertEqual((paper(left)['service'], paper(left)['service_day']), ('deemed', deemed))
        self.assertEqual((answer(left)['due']['day'], answer(left)['awaits_service']),
                         (latest['due']['day'], False))
        self.assertEqual([len(self.story(no, 'paper.deemed')) for no in (opened, left)], [0, 1])

    def paper(self, no):
        return self.w['u1'].get(f'/api/v1/cases/{no}/papers')['items'][0]

    # proves X7
    def test_X7_the_day_it_is_deemed_served_counts_from_its_sending(self):
        eve, unsent = self.warned(1)[3], self.warned(1)[3]
        self.city.wait_until(lambda: self.city.store.sql(
            "SELECT COUNT(*) FROM job WHERE kind = 'paper.seal' AND done_at IS NULL") in ('0', [(0,)]),
            'what seals is still at work')
        first = self.paper(eve)['deemed_on']
        self.assertEqual(self.paper(unsent)['deemed_on'], first)
        day = datetime.date.fromisoformat(first)
        noon = int(datetime.datetime.combine(day - datetime.timedelta(days=1), datetime.time(4),
                                             datetime.timezone.utc).timestamp()) * 10**6

        def of(no):
            return f"WHERE case_id = (SELECT id FROM case_file WHERE no = '{no}')"
        self.city.store.sql(f'UPDATE paper SET served_at = {noon} {of(eve)}')
        self.city.store.sql(f'UPDATE paper SET served_at = NULL, document = NULL {of(unsent)}')
        shown = self.w['u1'].get(f"/api/v1/papers/{self.paper(unsent)['id']}")
        self.assertEqual((shown['text'], shown['opened_at']), (None, None), 'not sent, and not read')
        self.assertIn(WARNING, self.w['a1'].get(f"/api/v1/papers/{shown['id']}")['text'])
        self.city.turn(first, at_once=True)
        self.city.papers_served()
        later = []
        for no in (eve, unsent):
            self.city.wait_until(lambda: self.paper(no)['deemed_on'] > first, 'it is reckoned again')
            paper = self.paper(no)
            self.assertEqual((paper['service'], paper['service_day']), ('sent', None))
            [step] = [s for s in self.w['u1'].case(no)['steps'] if not s['closed_at']]
            self.assertEqual((step['counts_from'], step['awaits_service']), (paper['deemed_on'], True))
            later.append(paper['deemed_on'])
        self.assertLess(later[0], later[1], 'the later is sent, the later it is served')
        self.city.turn(later[0])
        self.assertEqual([(self.paper(no)['service'], self.paper(no)['service_day']) for no in (eve, unsent)],
                         [('deemed', later[0]), ('sent', None)])
        self.w['u1'].get(f"/api/v1/papers/{self.paper(unsent)['id']}")
        self.assertEqual((self.paper(unsent)['service'], self.paper(unsent)['service_day']),
                         ('opened', later[0]), 'who reads it has opened it')

    def test_A25_2_an_order_needs_its_words_and_a_finding_one_case_at_a_time(self):
        _, ids = self.system(1)
        finding = self.find(ids)
        no = self.report(finding)
        self.refused('outcome-form-missing', self.w['a1'].decide, no, 'review')
        self.refused('finding-not-open', self.report, finding)
        self.w['a1'].decide(no, 'review', 'refuse', reason='系统为季末专用')
        self.assertEqual(self.state(finding), 'open')
        again = self.report(finding)
        self.w['o1'].call('POST', f'/api/v1/cases/{again}/withdrawal', {'reason': '补充核实'})
        self.assertEqual(self.state(finding), 'open')

    def test_A25_2_a_rectification_that_is_verified_closes_the_finding(self):
        _, ids, finding, no = self.warned()
        _, others = self.system(1)
        form = {'resources': ids[:1], 'measures': '合并为一台'}
        self.refused('outcome-form-missing', self.w['u1'].decide, no, 'answer', 'right_sized')
        body = self.refused('resource-unknown', self.w['u1'].decide, no, 'answer', 'right_sized',
                            dict(form, resources=others))
        self.assertEqual(body['field'], '/form/resources/0')
        self.w['u1'].decide(no, 'answer', 'right_sized', form)
        self.refused('same-person', self.w['o1'].decide, no, 'verify', 'verified')
        self.w['o2'].decide(no, 'verify', 'verified')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        self.assertEqual((self.state(finding), self.resource(ids[0])), ('closed', 'running'))

    def test_A25_2_an_explanation_says_something(self):
        _, _, finding, no = self.warned(1)
        self.refused('form-length', self.w['u1'].decide, no, 'answer', 'explained',
                     {'explanation': '在用'})
        self.refused('form-unknown', self.w['u1'].decide, no, 'answer', 'refused',
                     {'reason': '不同意', 'explanation': '仍在使用'})
        self.w['u1'].decide(no, 'answer', 'explained', {'explanation': '系统于每季度末集中申报时使用'})
        self.w['o2'].decide(no, 'verify', 'verified')
        self.assertEqual(self.state(finding), 'closed')

    def test_A25_2_what_is_given_back_is_reclaimed_without_a_stop_of_supply(self):
        code, ids, finding, no = self.warned()
        self.w['u1'].decide(no, 'answer', 'given_back', BACKUP)
        self.assertEqual(steps(self.w['u1'].case(no)), ['stop'])
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual([self.resource(i) for i in ids], ['stopped'] * len(ids))
        self.assertEqual({e['outcome'] for e in self.story(no, 'resource.stopped')}, {''})
        self.city.turn(self.city.clock() + datetime.timedelta(days=25))
        self.w['p1'].decide(no, 'destroy', 'done', {'evidence': '三次覆写'})
        self.assertEqual(self.state(finding), 'closed')
        self.city.apply(code, 1)

    def cut_off(self, how):
        """Refused, silent, or not verified: up to the authority's consent."""
        code, ids, finding, no = self.warned()
        if how == 'silent':
            self.city.turn(self.due(no) + datetime.timedelta(days=1))
        elif how == 'failed':
            self.w['u1'].decide(no, 'answer', 'explained', {'explanation': '计划明年启用本系统功能'})
            self.w['o2'].decide(no, 'verify', 'failed')
        else:
            self.w['u1'].decide(no, 'answer', 'refused', {'reason': '不同意整改'})
        self.assertEqual(steps(self.w['u1'].case(no)), ['consent'])
        return code, ids, finding, no

    def test_A25_3_refusal_silence_and_failure_lead_to_the_stop_of_supply(self):
        for how in ('refused', 'silent', 'failed'):
            with self.subTest(how=how):
                code, ids, finding, no = self.cut_off(how)
                late = self.city.formal(code, 1)[0]  # opened while the case was under way
                self.w['a1'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
                [notice] = self.told('u1', no, 'rectification-stopped')
                self.assertEqual(notice['figures']['number'], no + '-W2')
                self.assertEqual(len(self.w['u1'].case(no)['resources']), len(ids) + 1)
                body = self.refused('supply-stopped', self.city.apply, code, 1)
                self.assertEqual((body['status'], body['article'], body['figures']['case']),
                                 (422, '25', no))
                self.assertEqual(body['field'], '/form/items/0/system')
                self.assertEqual(body['figures']['since'], self.city.clock().isoformat())
                self.w['u1'].decide(no, 'backup', 'confirmed', BACKUP)
                self.w['p1'].decide(no, 'stop', 'done')
                self.assertEqual([self.resource(i) for i in [*ids, late]], ['stopped'] * 3)
                self.assertEqual(self.state(finding), 'in_case')

    def test_A25_3_silence_at_the_backup_is_a_stop_by_force_and_the_data_wait(self):
        code, ids, finding, no = self.cut_off('refused')
        self.w['a1'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
        self.city.turn(self.due(no) + datetime.timedelta(days=1))
        self.assertEqual(steps(self.w['u1'].case(no)), ['stop'])
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual([e['outcome'] for e in self.story(no, 'resource.stopped')],
                         ['forced'] * len(ids))
        self.assertEqual(steps(self.w['u1'].case(no)), ['retention'])
        self.city.turn(self.city.clock() + datetime.timedelta(days=14))
        self.assertEqual(steps(self.w['u1'].case(no)), ['retention'])
        self.city.turn(self.city.clock() + datetime.timedelta(days=10))
        self.w['p1'].decide(no, 'destroy', 'done', {'evidence': '三次覆写'})
        self.assertEqual([self.resource(i) for i in ids], ['destroyed'] * len(ids))
        self.assertEqual((self.w['u1'].case(no)['state'], self.state(finding)), ('closed', 'closed'))
        self.refused('supply-stopped', self.city.apply, code, 1)

    def test_A25_3_nothing_under_way_opens_for_a_system_that_was_cut_off(self):
        code, _, _, no = self.cut_off('refused')
        test = self.city.apply(code, 1)['no']
        self.w['o1'].decide(test, 'review')
        [made] = self.w['p1'].case(test)['resources']
        self.w['a1'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
        opened = {'resources': [{'resource': made['id'], 'provider_ref': 'i-1'}]}
        body = self.refused('supply-stopped', self.w['p1'].decide, test, 'open', 'done', opened)
        self.assertEqual(body['article'], '25')
        unnamed = {'items': [{'item': 'vm-4c8g', 'quantity': '1'}]}
        self.refused('supply-stopped-unnamed', self.w['u1'].file, 'test', unnamed, project=code)
        self.refused('supply-stopped', self.w['u1'].file, 'expansion', {
            'reason': '扩容', 'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]},
                     project=code)

    def test_A25_3_a_later_case_restores_the_supply(self):
        code, _, _, no = self.cut_off('refused')
        form = {'system': 's1', 'measures': '已下线闲置模块并调整规格'}
        self.refused('supply-not-stopped', self.w['u1'].file, 'supply_restore', form, project=code)
        self.w['a1'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
        back = self.w['u1'].file('supply_restore', form, project=code)['no']
        self.w['o1'].decide(back, 'review')
        self.w['a1'].decide(back, 'consent')
        self.assertEqual(len(self.told('u1', back, 'supply-restored')), 1)
        self.city.apply(code, 1)

    def districts_system(self):
        type(self).n += 1
        code = f'z{self.n}'
        self.city.project(code, unit='du', org='east-edu', district=True)
        no = self.city.apply(code, 1, unit='du')['no']
        self.w['dd'].decide(no, 'district_review')
        ids = self.city.open(no)
        self.w['du'].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')
        return ids

    def test_A12_1_a_district_looks_into_its_units_rectification(self):
        for said in ('confirmed', 'doubted'):
            with self.subTest(said=said):
                finding = self.find(self.districts_system())
                no = self.report(finding)
                self.w['a1'].decide(no, 'review', form={'order': WARNING})
                self.w['du'].decide(no, 'answer', 'explained', {'explanation': '系统于每季度末集中申报时使用'})
                self.assertEqual(steps(self.w['du'].case(no)), ['district_review'])
                self.assertIn(no, [i['no'] for i in self.w['dd'].get('/api/v1/inbox', limit=200)['items']])
                for who in ('o2', 'a1', 'do'):
                    with self.assertRaises(Problem):
                        self.w[who].decide(no, 'district_review', said)
                self.w['dd'].decide(no, 'district_review', said)
                # what the district says binds nobody: the operator verifies
                self.assertEqual(steps(self.w['du'].case(no)), ['verify'])
                self.w['o2'].decide(no, 'verify', 'verified')
                self.assertEqual(self.state(finding), 'closed')
        # who refuses is not looked into, and a unit of the city has no district
        no = self.report(self.find(self.districts_system()))
        self.w['a1'].decide(no, 'review', form={'order': WARNING})
        self.w['du'].decide(no, 'answer', 'refused', {'reason': '不同意整改'})
        self.assertEqual(steps(self.w['du'].case(no)), ['consent'])

    def test_A5_1_a_districts_cloud_is_watched_by_its_own_bodies(self):
        w, sysadmin = self.w, self.w['sysadmin']
        sysadmin.call('POST', '/api/v1/orgs', {'code': 'east-office', 'name': '东区政府办公室',
                                               'kind': 'body', 'district': 'east'})
        sysadmin.call('PUT', '/api/v1/clouds/EAST/bodies/authority', {'org': 'east-office'})
        self.city.person('ea', 'authority', 'east-office')
        self.city.person('eo', 'econ_info', 'east-econ')
        self.city.person('do2', 'operator', 'east-bdc')
        draft = w['do'].call('POST', '/api/v1/editions', {'cloud': 'EAST', 'title': '区目录'})
        w['do'].call('PUT', f"/api/v1/editions/{draft['id']}/items", {'items': [VM]})
        no = w['do'].file('catalogue_edition', {'summary': '区首版目录'}, edition=draft['id'])['no']
        w['ea'].decide(no, 'review')
        w['do'].decide(no, 'compile', 'confirm')
        w['eo'].decide(no, 'approve')
        w['ea'].decide(no, 'approve')
        w['do'].decide(no, 'publish', 'confirm', {'effective_date': self.city.clock().isoformat()})
        w['du'].call('POST', '/api/v1/projects', {'unit': 'east-edu', 'cloud': 'EAST', 'code': 'local',
                                                  'name': '区云项目'})
        no = w['du'].file('quota', City.quota_form(), project='local')['no']
        w['eo'].decide(no, 'review')
        no = w['du'].file('initiation', {'result': 'initiated', 'document': '批复'}, project='local')['no']
        w['eo'].decide(no, 'initiated')
        no = self.city.apply('local', 1, unit='du')['no']
        w['do'].decide(no, 'review')
        ids = [r['id'] for r in w['p1'].case(no)['resources']]
        w['p1'].decide(no, 'open', 'done', {'resources': [{'resource': i, 'provider_ref': 'i-1'}
                                                          for i in ids]})
        w['du'].decide(no, 'verify', 'passed')
        w['do'].decide(no, 'formal')
        type(self).n += 1
        finding = self.find(ids)
        self.refused('finding-unknown', w['o1'].file, 'rectification', {'assessment': '核实属实'},
                     finding=finding)
        no = w['do'].file('rectification', {'assessment': '核实属实'}, finding=finding)['no']
        with self.assertRaises(Problem):
            w['a1'].decide(no, 'review', form={'order': WARNING})
        w['ea'].decide(no, 'review', form={'order': WARNING})
        w['du'].decide(no, 'answer', 'explained', {'explanation': '计划明年启用本系统功能'})
        # on its own cloud the district needs no rung between: it is the operator
        self.assertEqual(steps(w['du'].case(no)), ['verify'])
        w['do2'].decide(no, 'verify', 'failed')
        with self.assertRaises(Problem):
            w['a1'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
        w['ea'].decide(no, 'consent', form={'order': '停止供给并收回资源'})
        w['du'].decide(no, 'backup', 'confirmed', BACKUP)
        w['p1'].decide(no, 'stop', 'done')
        self.refused('supply-stopped', self.city.apply, 'local', 1, unit='du')

    def test_A5_1_each_rung_belongs_to_its_role(self):
        _, ids = self.system(1)
        finding = self.find(ids)
        form = {'assessment': '核实属实'}
        for who in ('u1', 'a1', 'e1', 'p1'):
            self.refused('file-not-permitted', self.w[who].file, 'rectification', form,
                         finding=finding)
        self.refused('finding-unknown', self.w['do'].file, 'rectification', form, finding=finding)
        self.refused('finding-unknown', self.w['o1'].file, 'rectification', form,
                     finding='YH-F-000000')
        no = self.report(finding)
        for who in ('o2', 'e1', 'do'):
            with self.assertRaises(Problem):
                self.w[who].decide(no, 'review', form={'order': WARNING})
        self.w['a1'].decide(no, 'review', form={'order': WARNING})
        self.refused('decide-not-permitted', self.w['o2'].decide, no, 'answer', 'refused',
                     {'reason': '代为拒绝'})
        self.refused('outcome-unknown', self.w['u1'].decide, no, 'answer', 'silent')
        self.refused('withdraw-too-late', self.w['o1'].call, 'POST',
                     f'/api/v1/cases/{no}/withdrawal', {'reason': '撤回'})


on_both_engines(Ladder)
LADDER = Ladder
del Ladder


class AnotherCity(unittest.TestCase):
    """X4: another place's ladder, from its pack alone: a reminder, the county's word, one order."""
    find, state, n = LADDER.find, LADDER.state, 0

    def setUp(self):
        self.city = City(init=('--demo-clock', '--pack', f'{POLICY}/calendar-days-2020'))
        self.addCleanup(self.city.close)
        self.w = self.city.who

    def formal(self, project, unit, district):
        no = self.city.apply(project, 1, unit=unit)['no']
        if district:
            self.w['dd'].decide(no, 'district_review')
        ids = self.city.open(no)
        self.city.turn(self.city.clock() + datetime.timedelta(days=31))
        self.w[unit].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')
        return ids

    def cleared(self, unit='u1', district=False):
        type(self).n += 1
        code = f'q{self.n}'
        self.city.project(code, unit=unit, org='east-edu' if district else 'civil', district=district)
        ids = self.formal(code, unit, district)
        finding = self.find(ids, 'unused')
        no = self.w['o1'].file('idle_clearance', {'situation': '半年无负载'}, finding=finding)['no']
        return ids, finding, no

    def due(self, no):
        [step] = [s for s in self.w['a1'].case(no)['steps'] if not s['closed_at']]
        return datetime.date.fromisoformat(step['due']['day'])

    def test_X4_silence_is_followed_by_one_order_and_the_stop(self):
        ids, finding, no = self.cleared()
        filed = self.city.clock()
        self.assertEqual(self.due(no), self.not_a_rest_day(filed + datetime.timedelta(days=30)))
        self.city.turn(self.due(no) + datetime.timedelta(days=1))
        self.assertEqual(steps(self.w['u1'].case(no)), ['order'])
        self.w['a1'].decide(no, 'order', form={'order': '予以清退'})
        self.assertEqual(steps(self.w['u1'].case(no)), ['leave'])
        self.city.turn(self.due(no) + datetime.timedelta(days=1))
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual(self.w['u1'].get('/api/v1/resources/' + ids[0])['state'], 'stopped')
        self.city.turn(self.city.clock() + datetime.timedelta(days=31))
        self.w['p1'].decide(no, 'destroy', 'done', {'evidence': '三次覆写'})
        self.assertEqual(self.state(finding), 'closed')

    def not_a_rest_day(self, day):
        return datetime.date.fromisoformat(self.w['u1'].get(
            '/api/v1/calendar/due', period='30d',
            **{'from': str(day - datetime.timedelta(days=30))})['day'])

    def test_X4_a_county_may_keep_what_its_unit_needs(self):
        _, finding, no = self.cleared('du', district=True)
        self.w['du'].decide(no, 'remind', 'needed', {'reason': '备灾专用'})
        self.w['dd'].decide(no, 'county', 'keep')
        self.assertEqual((self.w['du'].case(no)['state'], self.state(finding)), ('closed', 'closed'))

    def test_X4_its_register_and_its_duty_recur_by_calendar_days(self):
        def owed():
            return self.w['p1'].get('/api/v1/duties', kind='agreement_report', open='true')['items']
        day = self.city.clock()
        no = self.w['o1'].file('agreement', {
            'title': '平台服务协议', 'provider': 'vendor', 'from': day.isoformat(), 'ceiling': '9000000',
            'until': (day + datetime.timedelta(days=700)).isoformat()}, cloud='YH')['no']
        self.w['e1'].decide(no, 'review')
        [record] = self.w['p1'].get('/api/v1/records', register='agreement')['items']
        self.assertEqual((record['state'], record['figures'][0]['value']), ('valid', '9000000'))
        self.city.turn(day + datetime.timedelta(days=1))
        [one] = owed()
        self.assertEqual(datetime.date.fromisoformat(one['due']) - day, datetime.timedelta(days=90))
        no = self.w['p1'].file('agreement_report', {'result': '按协议履行'}, duty=one['no'])['no']
        self.w['o1'].decide(no, 'accept')
        self.city.turn(day + datetime.timedelta(days=2))
        [two] = owed()
        self.assertEqual(datetime.date.fromisoformat(two['due']) - day, datetime.timedelta(days=1 + 90))

    def test_X4_what_the_unit_gives_back_is_stopped_without_an_order(self):
        ids, _, no = self.cleared()
        self.w['u1'].decide(no, 'remind', 'given_back', BACKUP)
        self.assertEqual(steps(self.w['u1'].case(no)), ['stop'])
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual(self.w['u1'].get('/api/v1/resources/' + ids[0])['state'], 'stopped')

    def test_X4_its_rules_are_its_own(self):
        rules = {r['rule']: r for r in self.w['u1'].get('/api/v1/watch/rules')['items']}
        self.assertEqual(set(rules), {'unused', 'oversized'})


class Commands(unittest.TestCase):
    """From the curve to the destroyed machine, each step as its role types it."""

    def setUp(self):
        self.city = City(init=('--demo-clock',))
        self.addCleanup(self.city.close)
        self.city.project('dead')
        [self.machine] = self.city.formal('dead', 1)
        use = Use(self.city)
        use.put(self.city.who['u1'].get('/api/v1/resources/' + self.machine)['no'], IDLE)
        use.close()

    def command(self, login, *words):
        token = self.city.who[login].call('POST', '/api/v1/account/tokens',
                                          {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token, YUNHENG_LANG='en')
        done = subprocess.run([f'{BIN}/yunheng', *words, '--format', 'json'], env=env,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def decide(self, login, step, outcome, *form):
        return self.command(login, 'case', 'decide', self.no, step, '--outcome', outcome,
                            '--reason', '依据充分', *form)

    def test_a_zombie_is_found_reported_warned_refused_and_reclaimed(self):
        self.command('o1', 'watch', 'scan', '--month', MONTH)
        found = self.command('o1', 'watch', 'list', '--rule', 'zombie')['items'][0]['no']
        self.no = self.command('o1', 'case', 'file', '--procedure', 'rectification', '--finding',
                               found, '--form.assessment', '全月无业务')['no']
        self.decide('a1', 'review', 'approve', '--form.order', '请下线或说明理由')
        [told] = [n for n in self.command('u1', 'notice', 'list')['items']
                  if n['slug'] == 'rectification-warned']
        self.assertEqual(told['figures']['number'], self.no + '-W1')
        self.decide('u1', 'answer', 'refused', '--form.reason', '不同意下线')
        self.decide('a1', 'consent', 'approve', '--form.order', '停止供给并收回')
        self.decide('u1', 'backup', 'confirmed', '--form.choice', 'nothing_to_keep')
        self.decide('p1', 'stop', 'done')
        self.city.turn(self.city.clock() + datetime.timedelta(days=30))
        self.decide('p1', 'destroy', 'done', '--form.evidence', '三次覆写')
        self.assertEqual(self.command('u1', 'resource', 'show', self.machine)['state'], 'destroyed')
        self.assertEqual(self.command('o1', 'watch', 'show', found)['state'], 'closed')

if __name__ == '__main__':
    unittest.main()
