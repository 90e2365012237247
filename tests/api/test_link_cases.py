"""Cases across the districts' link (Art. 12): a district's unit files at its own server, its operator
reviews there, the city decides, under one number, and both sides tell the whole story. Two real
servers on loopback."""
import json
import signal
import time

from city import City, InCity, Problem, on_both_engines, steps
from districts import District
from test_documents import PDF
from test_labels import upload


class Cases(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        try:
            cls.east = District(cls.postgres)
            cls.project = cls.city.project('m1', 'du', 'east-edu', district=True)  # it comes down
            cls.pair()
            cls().wait(lambda: cls.east.who['du'].get('/api/v1/projects')['items'], 'the project did not come')
        except BaseException:
            cls.city.close()
            raise
    @classmethod
    def tearDownClass(cls):
        cls.east.close()
        cls.city.close()

    @classmethod
    def pair(cls):
        code = cls.city.who['sysadmin'].call('POST', '/api/v1/districts/east/link-code', {})['code']
        cls.east.who['sysadmin'].call('POST', '/api/v1/links', {
            'url': f'http://127.0.0.1:{cls.city.server.port}', 'code': code})

    def here(self, login='du'):
        return self.east.who[login]

    def there(self, login):
        return self.city.who[login]

    def wait(self, look, why):
        """What `look` gives, once it gives something: the link delivers within a second or so."""
        end = time.monotonic() + 180
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(why + ' ' + str(self.east.who['sysadmin'].get('/api/v1/links/city')))
            time.sleep(0.05)
        return found

    def at_city(self, no, step=None):
        """The case at the city, once it is there (with that step open)."""
        def look():
            try:
                case = self.there('o1').case(no)
            except Problem as problem:
                if problem.status != 404:
                    raise
                return None
            return case if step is None or step in steps(case) else None
        return self.wait(look, f'{no} is not at the city, at {step}')

    def at_district(self, no, ready):
        return self.wait(lambda: (case := self.here().case(no)) and ready(case) and case, f'{no} at the district')

    def carry(self, procedure, form, **rest):
        """Filed at the district, approved by its operator, arrived at the city."""
        no = self.here().file(procedure, form, **rest)['no']
        self.here('dd').decide(no, 'district_review', reason='属实，请市级支持')
        return no

    @staticmethod
    def order(quantity):
        return {'items': [{'item': 'vm-4c8g', 'quantity': str(quantity), 'system': 's1'}]}

    def story(self, who, no):
        return [(e['kind'], e['before'], e['outcome'], e['person']) for e in
                who.get(f'/api/v1/cases/{no}/events')['items']]

    def test_A12_1_a_districts_application_is_decided_at_the_city_under_one_number(self):
        code = self.project
        case = self.here().file('test', self.order(2), project=code)
        no = case['no']
        self.assertTrue(no.startswith('EAST-'), no)
        self.assertEqual((case['state'], case['abroad']['with'], steps(case)), ('open', 'district', ['district_review']))
        self.assertEqual(self.there('o1').get('/api/v1/cases', text=no)['items'], [])  # nothing goes up before
        self.here('dd').decide(no, 'district_review', reason='属实，请市级支持')
        there = self.at_city(no, 'review')
        first = there['steps'][0]
        self.assertEqual((first['step'], first['outcome'], first['reason'], first['article'], first['org']['code']),
                         ('district_review', 'approve', '属实，请市级支持', '12', 'east-bdc'))
        self.assertEqual((there['unit']['code'], there['state']), ('east-edu', 'open'))
        told = self.at_district(no, lambda c: 'review' in steps(c))
        self.assertEqual((told['state'], told['abroad']['with'], told['abroad']['at']['code']), ('abroad', 'city', 'YH'))
        # the clock is the city's, from the arrival there
        due = [s['due'] for s in there['steps'] if s['step'] == 'review'], [s['due'] for s in told['steps'] if s['step'] == 'review']
        self.assertEqual(due[0], due[1])
        self.city.open(no)
        told = self.at_district(no, lambda c: 'verify' in steps(c))
        self.assertIn(no, [row['no'] for row in self.here().get('/api/v1/inbox')['items']])
        self.here().decide(no, 'verify', 'passed', reason='可用')
        self.at_city(no, 'formal')
        self.there('o1').decide(no, 'formal')
        told = self.at_district(no, lambda c: c['state'] == 'closed')
        self.assertEqual([s['step'] for s in told['steps']], ['district_review', 'review', 'open', 'verify', 'formal'])
        self.assertEqual([r['state'] for r in told['abroad']['resources']], ['running'])
        here, there = self.story(self.here(), no), self.story(self.there('o1'), no)
        for story in (here, there):
            for kind, step, outcome, person in [
                    ('step.decided', 'district_review', 'approve', 'dd'), ('step.decided', 'review', 'approve', 'o1'),
                    ('step.fulfilled', 'open', 'done', 'p1'), ('step.confirmed', 'verify', 'passed', 'du'),
                    ('step.decided', 'formal', 'approve', 'o1')]:
                self.assertEqual(story.count((kind, step, outcome, person)), 1, (kind, step, story))
        self.assertEqual(here[-1][0], 'case.ended')
        sent, = [e for e in self.here().get(f'/api/v1/cases/{no}/events')['items'] if e['kind'] == 'case.act-sent']
        self.assertEqual((sent['outcome'], sent['outcome_title']), ('decide', 'Step answered'))
        slugs = [n['slug'] for n in self.here().get('/api/v1/notices', limit=200)['items'] if n['case'] == no]
        self.assertIn('case-carried', slugs)
        self.assertIn('case-closed', slugs)

    def test_X12_a_unit_urges_the_citys_desk_from_its_district(self):
        no = self.carry('test', self.order(1), project=self.project)
        self.at_city(no, 'review')
        self.at_district(no, lambda c: 'review' in steps(c))
        self.here().call('POST', f'/api/v1/cases/{no}/urgings', {'reason': '月底要上线'})
        told = lambda: [n for n in self.there('o1').get('/api/v1/notices', limit=50)['items']
                        if n['case'] == no and n['slug'] == 'step-urged']
        [one] = self.wait(told, 'the city was not urged')
        self.assertEqual((one['figures']['reason'], one['figures']['from']), ('月底要上线', '东区教育局'))
        self.refused('urged-lately', self.here().call, 'POST', f'/api/v1/cases/{no}/urgings', {})
        who = [[u['person'] for u in side.get(f'/api/v1/cases/{no}/urgings')['items']]
               for side in (self.here(), self.there('o1'))]
        self.assertTrue(who[0] == who[1] and who[0][0], who)
        self.at_district(no, lambda c: not c['abroad']['on_their_way'] and not c['abroad']['not_taken'])
        self.here().call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '不需要了'})
        self.at_district(no, lambda c: c['state'] == 'withdrawn')

    def test_A12_1_the_citys_return_is_answered_at_the_district(self):
        code = self.project
        no = self.carry('test', self.order(1), project=code)
        self.at_city(no, 'review')
        self.there('o1').call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['请说明用途']})
        told = self.at_district(no, lambda c: c['state'] == 'returned')
        self.assertEqual(told['answer_due'], self.there('o1').case(no)['answer_due'])
        self.here().call('POST', f'/api/v1/cases/{no}/resubmission', {'form': dict(self.order(3), reason='三个节点')})
        self.wait(lambda: self.there('o1').case(no)['state'] == 'open', 'not resubmitted')
        self.assertEqual(self.there('o1').case(no)['form']['items'][0]['quantity'], '3')
        told = self.at_district(no, lambda c: c['state'] == 'abroad' and not c['abroad']['on_their_way'])
        self.assertEqual(told['form']['reason'], '三个节点')
        self.assertIn(('case.resubmitted', 'returned', '', 'du'), self.story(self.there('o1'), no))
        # and the unit takes it back there, too
        self.here().call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '暂缓'})
        self.at_district(no, lambda c: c['state'] == 'withdrawn')
        self.assertEqual(self.there('o1').case(no)['state'], 'withdrawn')

    def test_A12_1_the_citys_quota_refuses_and_the_district_reads_the_figures(self):
        no = self.carry('test', self.order(26), project=self.project)  # of 25
        told = self.at_district(no, lambda c: c['state'] == 'refused')
        why = told['abroad']['turned_away']
        self.assertEqual((why['slug'], why['article']), ('quota-exceeded', '19'))
        self.assertIn('200', why['title'])
        self.assertTrue(why['figures'])
        self.assertEqual(self.there('o1').get('/api/v1/cases', text=no)['items'], [])
        notice = [n for n in self.here().get('/api/v1/notices', limit=200)['items'] if n['case'] == no and n['slug'] == 'case-turned-away']
        self.assertEqual(len(notice), 1)

    def test_A12_1_what_the_districts_operator_refuses_goes_nowhere(self):
        code = self.project
        no = self.here().file('test', self.order(1), project=code)['no']
        self.here('dd').decide(no, 'district_review', 'refuse', reason='本区云可满足')
        self.assertEqual(self.here().case(no)['state'], 'refused')
        later = self.carry('test', self.order(1), project=code)  # what came after it is there, so it would be
        self.at_city(later)
        self.assertEqual(self.there('o1').get('/api/v1/cases', text=no)['items'], [])

    def test_S08_the_name_of_what_is_labelled_higher_stays_at_the_district(self):
        made = [upload(self.here(), name, PDF + name.encode(), label)
                for name, label in (('说明.pdf', None), ('漏洞清单.pdf', 'sensitive'))]
        no = self.carry('test', self.order(1), project=self.project, documents=[d['id'] for d in made])
        self.at_city(no, 'review')
        told = [d for e in self.there('o1').get(f'/api/v1/cases/{no}/events')['items']
                for d in e.get('payload', []) if isinstance(e.get('payload'), list)]
        self.assertEqual([(d['name'], d['digest']) for d in told],
                         [('说明.pdf', made[0]['digest']), ('（敏感文件）.pdf', made[1]['digest'])])
        self.there('o1').decide(no, 'review', 'refuse')
        self.at_district(no, lambda c: c['state'] == 'refused')

    def test_S08_the_label_of_a_case_crosses_with_it_and_rises_on_either_side(self):
        def raise_it(who, no, label):
            who.call('PUT', f'/api/v1/cases/{no}/label', {'label': label, 'reason': '含敏感内容'})
        no = self.carry('test', self.order(1), project=self.project, title='迁移甲', label='internal')
        self.assertEqual(self.at_city(no, 'review')['label'], 'internal')
        raise_it(self.there('o1'), no, 'sensitive')
        self.at_district(no, lambda c: c['label'] == 'sensitive')
        self.assertNotIn('迁移甲', json.dumps(self.there('e1').case(no), ensure_ascii=False))
        # who is cleared at the city's desks is not known here
        self.assertFalse(any(s.get('uncleared') for s in self.here().case(no)['steps']))
        self.assertNotIn(no, [r['case'] for r in self.here('secadmin').get('/api/v1/labels/hindered')['items']])
        later = self.carry('test', self.order(1), project=self.project)
        self.at_city(later, 'review')
        raise_it(self.here(), later, 'internal')
        self.wait(lambda: self.there('o1').case(later)['label'] == 'internal', 'the label did not rise at the city')
        for each in (no, later):
            self.there('o1').decide(each, 'review', 'refuse')
            self.at_district(each, lambda c: c['state'] == 'refused')

    def test_A12_1_a_case_that_begins_at_the_city_is_on_the_districts_desks_too(self):
        no = self.there('e1').file('quota_change', {'action': 'reduce', 'reason': '闲置',
                                                    'dimensions': [{'dimension': 'vcpu', 'quantity': '1'}]},
                                   project='east-edu.m1')['no']
        self.assertTrue(no.startswith('YH-'), no)
        def look():
            rows = self.here('dd').get('/api/v1/inbox')['items']
            return [row for row in rows if row['no'] == no]
        self.assertEqual(self.wait(look, 'not on the desk')[0]['step'], 'district_review')
        self.here('dd').decide(no, 'district_review', reason='情况\r\n属实')  # line ends of another system
        there = self.at_city(no, 'review')
        self.assertEqual(there['steps'][0]['reason'], '情况\n属实')
        self.assertIn(('step.decided', 'district_review', 'approve', 'dd'), self.story(self.there('o1'), no))

    def test_A12_1_both_sides_at_once_and_a_link_that_is_cut(self):
        code = self.project
        no = self.carry('test', self.order(1), project=code)
        self.at_city(no, 'review')
        self.at_district(no, lambda c: 'review' in steps(c))
        port = self.city.server.port
        self.city.server.stop(signal.SIGKILL)
        self.here().call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '不需要了'})
        waits = self.here().file('test', self.order(1), project=code)['no']
        self.here('dd').decide(waits, 'district_review')
        self.assertEqual([a['act'] for a in self.here().case(no)['abroad']['on_their_way']], ['withdraw'])
        self.east.server.stop(signal.SIGKILL)  # what waits is on disk
        east = self.east.server.port
        for side in (self.city, self.east):  # who died seals and delivers no longer
            for lease in ('link_worker', 'lease_holder'):
                side.store.sql(f'UPDATE {lease} SET until_at = 0')
        self.city.server.start(port)
        self.city.meet()
        self.city.open(no)  # the city decides before it hears
        self.east.server.start(east)
        self.east.meet()
        told = self.at_district(no, lambda c: c['abroad']['not_taken'])
        self.assertEqual(told['abroad']['not_taken'][0]['problem']['slug'], 'withdraw-too-late')
        self.assertEqual((told['state'], steps(told)), ('abroad', ['verify']))
        self.at_city(waits, 'review')
        self.assertEqual(len(self.there('o1').get('/api/v1/cases', text=waits)['items']), 1)
        self.assertIn('case-act-refused', [n['slug'] for n in self.here().get('/api/v1/notices', limit=200)['items']
                                           if n['case'] == no])

    def test_cases_under_way_go_on_when_the_district_pairs_anew(self):
        no = self.carry('test', self.order(1), project=self.project)
        self.at_city(no, 'review')
        self.at_district(no, lambda c: 'review' in steps(c))
        alone = self.carry('test', self.order(1), project=self.project)
        self.at_district(alone, lambda c: 'review' in steps(c))
        waits = self.here().file('test', self.order(1), project=self.project)['no']
        self.here('sysadmin').call('POST', '/api/v1/links/city/end', {'reason': '换密钥'})
        # nobody at the city hears: the unit's own word ends it here, and nothing is handed over
        self.here().call('POST', f'/api/v1/cases/{alone}/withdrawal', {'reason': '不等了'})
        self.assertEqual(self.here().case(alone)['state'], 'withdrawn')
        with self.assertRaises(Problem) as refused:
            self.here('dd').decide(waits, 'district_review')
        self.assertEqual(refused.exception.slug, 'city-not-linked')
        self.pair()
        self.here('dd').decide(waits, 'district_review')
        self.at_city(waits, 'review')
        self.wait(lambda: self.there('o1').case(alone)['state'] == 'withdrawn', 'not withdrawn at the city')
        self.here().call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '不需要了'})
        self.at_district(no, lambda c: c['state'] == 'withdrawn')
        self.assertEqual(self.there('o1').case(no)['state'], 'withdrawn')
        streams = self.there('sysadmin').get('/api/v1/links/east')['streams']
        self.assertEqual([s['name'] for s in streams if s['state'] == 'stopped'], [])


on_both_engines(Cases)
