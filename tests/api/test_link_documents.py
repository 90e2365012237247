"""What a district has stands at the city as it is there, over two real servers (A13.3): lists, allocation,
capacity, usage; and the other way what its units have at the city."""
import datetime
import unittest

from city import BLOCK, InCity, VM, on_both_engines, today
from linked import Linked, until
from metering import Sender, now_ms


@on_both_engines
class LinkDocuments(InCity):
    @classmethod
    def setUpClass(cls):
        cls.linked = Linked(cls.postgres, init=('--demo-clock',))
        cls.city, cls.district = cls.linked.city, cls.linked.district
        cls.d, cls.c = cls.district.who, cls.city.who
        try:
            cls.district.person('ee', 'econ_info', 'east-econ')
            cls.publish()
            cls.machine = cls.run_a_machine('edu-net', 3)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.linked.close()

    @classmethod
    def publish(cls):
        w = cls.d
        draft = w['do'].call('POST', '/api/v1/editions', {'cloud': 'EAST', 'title': '东区目录'})
        w['do'].call('PUT', f"/api/v1/editions/{draft['id']}/items", {'items': [VM, BLOCK]})
        no = w['do'].file('catalogue_edition', {'summary': '首版'}, edition=draft['id'])['no']
        w['a1'].decide(no, 'review')
        w['do'].decide(no, 'compile', 'confirm')
        w['ee'].decide(no, 'approve')
        w['a1'].decide(no, 'approve')
        w['do'].decide(no, 'publish', 'confirm', {'effective_date': today().isoformat()})

    @classmethod
    def run_a_machine(cls, project, quantity):
        """A unit of the district has a project with a quota and a running machine on its own cloud."""
        w = cls.d
        w['du'].call('POST', '/api/v1/projects', {'unit': 'east-edu', 'cloud': 'EAST', 'code': project,
                                                  'name': '教育城域网'})
        no = w['du'].file('quota', cls.district.quota_form(), project=project)['no']
        w['ee'].decide(no, 'review')
        no = w['du'].file('initiation', {'result': 'initiated', 'document': '批复'}, project=project)['no']
        w['ee'].decide(no, 'initiated')
        no = w['du'].file('test', {'items': [{'item': 'vm-4c8g', 'quantity': str(quantity),
                                              'system': 's1'}]}, project=project)['no']
        w['do'].decide(no, 'review')
        made = w['p1'].case(no)['resources'][0]
        w['p1'].decide(no, 'open', 'done', {'resources': [{'resource': made['id'],
                                                           'provider_ref': 'i-' + made['no']}]})
        w['du'].decide(no, 'verify', 'passed')
        w['do'].decide(no, 'formal')
        return made['no']

    def run_at_the_city(self, project):
        """A unit of the district has a running machine on the municipal cloud."""
        self.city.project(project, 'du', 'east-edu', district=True)
        case = self.city.apply(project, 3, 'du')['no']
        self.c['dd'].decide(case, 'district_review')
        self.city.open(case)
        self.c['du'].decide(case, 'verify', 'passed')
        self.c['o1'].decide(case, 'formal')
        return self.c['du'].case(case)['resources'][0]['no']

    def at_city(self, no):
        found = self.c['a1'].get('/api/v1/resources', cloud='EAST', text=no)['items']
        return found[0] if found else None

    def level(self):
        until(self.linked.level)

    def test_A13_3_what_runs_in_a_district_is_listed_at_the_city_as_it_is_there(self):
        here = until(lambda: (self.level(), self.at_city(self.machine))[1])
        there = self.d['do'].get('/api/v1/resources', cloud='EAST', text=self.machine)['items'][0]
        for name in ('no', 'name', 'state', 'kind', 'item', 'quantity', 'unit', 'project', 'system',
                     'provider_ref', 'opened_at', 'formal_at'):
            self.assertEqual(here.get(name), there.get(name), name)
        self.assertNotEqual(here['id'], there['id'])

    def test_A13_3_allocation_and_capacity_of_the_district_are_the_same_on_both_sides(self):
        def allocated():
            ours, theirs = [[[line[k] for k in ('key', 'name', 'dimension', 'quota', 'allocated')] for line in
                             side['a1'].get('/api/v1/allocation', cloud='EAST')['items']]
                            for side in (self.c, self.d)]
            return ours == theirs and ours

        def capacity():
            ours, theirs = [{(l['cloud'], l['dimension']): l['allocated'] for l in
                             side['a1'].get('/api/v1/capacity')['items'] if l['cloud'] == 'EAST'}
                            for side in (self.c, self.d)]
            return ours == theirs and ours
        self.assertTrue(any(line[4] > 0 for line in until(allocated)))
        until(capacity)

    def test_A8_1_plans_and_incidents_of_the_district_stand_at_the_city(self):
        year = self.city.clock().year
        form = {'title': '东区容量规划', 'basis': '近三年增长', 'from': f'{year}-01-01',
                'until': f'{year}-12-31',
                'lines': [{'dimension': 'vcpu', 'planned': '3000', 'built': '2000'}]}
        no = self.d['do'].file('capacity_plan', form, cloud='EAST')['no']
        self.d['a1'].decide(no, 'decide')
        record = self.d['a1'].get('/api/v1/records', register='capacity_plan')['items'][0]
        here = until(lambda: (self.level(), self.c['a1'].get(
            '/api/v1/records', register='capacity_plan', cloud='EAST')['items'])[1])[0]
        self.assertEqual([here[k] for k in ('no', 'title', 'state')],
                         [record[k] for k in ('no', 'title', 'state')])
        lines = {l['dimension']: l for l in self.c['a1'].get('/api/v1/capacity')['items']
                 if l['cloud'] == 'EAST'}
        self.assertEqual((lines['vcpu']['planned'], lines['vcpu']['built']), (3000, 2000))
        until(lambda: self.c['a1'].get('/api/v1/cases', text=no, state='closed')['items'])

    def test_S08_a_record_that_crossed_is_shut_when_its_case_is_raised(self):
        year = self.city.clock().year
        no = self.d['do'].file('capacity_plan', {
            'title': '东区后年规划', 'basis': '据未公开的规划', 'from': f'{year + 2}-01-01', 'until': f'{year + 2}-12-31',
            'lines': [{'dimension': 'vcpu', 'planned': '30', 'built': '20'}]}, cloud='EAST')['no']
        self.d['a1'].decide(no, 'decide')
        def at_city():
            rows = self.c['a1'].get('/api/v1/records', register='capacity_plan', cloud='EAST')['items']
            return [(r['no'], r['title'], r['label']) for r in rows if r['case'] == no]
        record, title, label = until(lambda: (self.level(), at_city())[1])[0]
        self.assertEqual((title, label), ('东区后年规划', 'open'))
        self.d['do'].call('PUT', f'/api/v1/cases/{no}/label', {'label': 'sensitive', 'reason': '含未公开内容'})
        # the versions that crossed before are shut by the label that the case has there, too
        until(lambda: at_city() == [(record, record, 'sensitive')], 60)
        self.assertEqual(self.c['a1'].get(f'/api/v1/records/{record}')['content'], {})

    def test_A13_3_a_new_size_and_a_stop_follow(self):
        no = self.run_a_machine('edu-more', 2)
        until(lambda: (self.level(), self.at_city(no))[1])
        mine, w = self.d['du'].get('/api/v1/resources', text=no)['items'][0], self.d
        case = w['du'].file('expansion', {'changes': [{'resource': mine['id'], 'quantity': '5'}],
                                          'reason': '业务增长'},
                            project='edu-more')['no']
        w['do'].decide(case, 'review')
        w['du'].decide(case, 'backup', 'confirm', {'choice': 'nothing_to_keep'})
        w['p1'].decide(case, 'carry_out', 'done', {'resources': [{'resource': mine['id'],
                                                                  'provider_ref': mine['provider_ref']}]})
        until(lambda: float(self.at_city(no)['quantity']) == 5)
        case = w['du'].file('reclaim', {'resources': [mine['id']], 'reason': '项目结束',
                                        'backup': {'choice': 'nothing_to_keep'}})['no']
        w['do'].decide(case, 'review')
        w['p1'].decide(case, 'stop', 'done')
        until(lambda: self.at_city(no)['state'] == 'stopped')
        both = [side['a1'].get('/api/v1/resources/' + side['a1'].get(
            '/api/v1/resources', text=no)['items'][0]['id'])['sizes'] for side in (self.c, self.d)]
        self.assertEqual(*[[(z['from'], z['to'], z['quantity']) for z in sizes] for sizes in both])

    def test_what_the_district_manages_is_not_acted_on_at_the_city(self):
        until(lambda: (self.level(), self.at_city(self.machine))[1])
        mine = self.at_city(self.machine)
        said = self.refused('managed-elsewhere', self.c['du'].file, 'reclaim',
                            {'resources': [mine['id']], 'reason': '试试'})
        self.assertEqual(said['figures']['district'], 'east')
        self.refused('managed-elsewhere', self.c['do'].call, 'POST', '/api/v1/editions',
                     {'cloud': 'EAST', 'title': '另一版'})
        self.refused('managed-elsewhere', self.c['du'].call, 'POST', '/api/v1/projects',
                     {'unit': 'east-edu', 'cloud': 'EAST', 'code': 'other', 'name': '另一个'})
        self.refused('managed-elsewhere', self.d['o1'].call, 'POST', '/api/v1/editions',
                     {'cloud': 'YH', 'title': '另一版'})

    def test_what_a_unit_of_the_district_has_at_the_city_stands_at_the_district(self):
        no = self.run_at_the_city('edu-city')
        found = until(lambda: self.d['du'].get('/api/v1/resources', text=no)['items'])
        self.assertEqual((found[0]['cloud'] if 'cloud' in found[0] else 'YH', found[0]['state']),
                         ('YH', 'running'))
        self.assertEqual(self.d['du'].get('/api/v1/projects/edu-city')['unit'], 'east-edu')
        self.assertEqual(self.d['du'].get('/api/v1/resources', text='YH-R-')['items'][0]['no'], no)

    def test_A13_3_usage_is_in_the_citys_meter_once_for_every_five_minutes(self):
        until(lambda: (self.level(), self.at_city(self.machine))[1])
        token = self.d['do'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'cloud', 'about': 'EAST', 'label': 'test', 'days': 30})['token']
        at = now_ms() // 300000 * 300000
        sender = Sender(self.district.server.port, token)
        status, reply = sender.lines(
            [{'metric': 'resource_cpu_usage_ratio', 'labels': {'resource': self.machine},
              'at': at + k * 1000, 'value': value} for k, value in ((10, 0.2), (70, 0.4), (200, 0.6))] +
            [{'metric': 'platform_capacity', 'labels': {'dimension': 'vcpu'}, 'at': at, 'value': 512}])
        sender.close()
        self.assertEqual((status, reply['samples']), (200, 4))
        then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8, minutes=70)
        then += datetime.timedelta(hours=then.hour == 0)  # a day is not turned to its very beginning
        for side in (self.city, self.district):
            side.turn(then.date(), hour=then.hour)
        samples = until(lambda: self.c['a1'].get('/api/v1/meter/latest', resource=self.machine)['items'])
        self.assertEqual([(s['metric'], round(s['value'], 9)) for s in samples],
                         [('resource_cpu_usage_ratio', 0.4)])
        room = until(lambda: self.c['a1'].get('/api/v1/meter/capacity', cloud='EAST')['items'])
        self.assertEqual([(line['metric'], line['value']) for line in room], [('platform_capacity', 512)])

    # proves A12.1, A27.2
    def test_what_the_city_bills_for_a_month_the_district_reckons_to_the_same_fen(self):
        sys_ = self.c['sysadmin']
        sys_.call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政部门', 'kind': 'body'})
        sys_.call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        self.run_at_the_city('edu-billed')
        first = self.city.clock().replace(day=1)
        after = (first + datetime.timedelta(days=32)).replace(day=2)
        for side in (self.city, self.district):
            side.turn(after, at_once=True)
        month = first.strftime('%Y-%m')
        no = self.c['o1'].settle(month)['no']
        self.c['e1'].decide(self.c['o1'].file('settlement', {}, settlement=no)['no'], 'review')
        billed = [s for s in self.c['o1'].get('/api/v1/statements', settlement=no)['items']
                  if s['unit'] == '东区教育局']
        told = until(lambda: [line for line in self.d['a1'].get('/api/v1/link/statements', month=month)['items']
                              if line['statements'] == len(billed)])
        self.assertEqual([(l['unit_code'], l['difference'], l['stopped']) for l in told],
                         [('east-edu', '0.00', None)])
        self.assertEqual(told[0]['billed'], f"{sum(round(float(s['total']) * 100) for s in billed) / 100:.2f}")
        self.assertGreater(float(told[0]['billed']), 0)
        self.refused('link-unknown', self.c['a1'].get, '/api/v1/link/statements')


if __name__ == '__main__':
    unittest.main()
