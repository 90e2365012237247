"""Who holds how much of a cloud, by department and by sector (A17.1)."""
import datetime
import unittest

from city import City, Problem, on_both_engines, today


class Allocation:
    @classmethod
    def setUpClass(cls):
        city = cls.city = City(cls.postgres)
        w = cls.w = city.who
        for org, sector in (('civil', '民生'), ('health', '卫生'), ('east-edu', '民生')):
            cls.sector(org, sector)
        city.project('one', dims={'vcpu': 40, 'memory_gib': 200})
        city.project('two', dims={'vcpu': 60, 'memory_gib': 200})
        city.project('clinic', unit='u2', org='health', dims={'vcpu': 10, 'memory_gib': 100})
        city.project('school', unit='du', org='east-edu', dims={'vcpu': 20, 'memory_gib': 100},
                     district=True)
        city.formal('one', 5)
        city.formal('two', 2)
        city.apply('clinic', 2, unit='u2')
        w['du'].call('POST', '/api/v1/projects',
                     {'unit': 'east-edu', 'cloud': 'EAST', 'code': 'there', 'name': '区云项目'})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def sector(cls, org, sector):
        return cls.w['sysadmin'].call('PUT', f'/api/v1/orgs/{org}/sector', {'sector': sector})

    def lines(self, who, **query):
        got = self.w[who].get('/api/v1/allocation', **dict({'cloud': 'YH', 'limit': 200}, **query))
        self.assertIsNone(got['next'])
        return {(i['key'], i['dimension']): i for i in got['items']}

    # proves A17.1
    def test_a_body_of_the_cloud_sees_every_department_with_its_use(self):
        for who in ('o1', 'e1', 'a1'):
            lines = self.lines(who)
            self.assertEqual({k for k, _ in lines}, {'civil', 'health', 'east-edu'}, who)
            self.assertEqual({k: lines['civil', 'vcpu'][k] for k in
                              ('quota', 'allocated', 'reserved', 'free', 'use', 'name')},
                             {'quota': 100, 'allocated': 28, 'reserved': 0, 'free': 72, 'use': 0.28,
                              'name': '民生事务局'})
            clinic = lines['health', 'vcpu']
            self.assertEqual((clinic['reserved'], clinic['free'], clinic['use']), (8, 2, 0))

    # proves A17.1
    def test_sectors_are_sums_of_their_departments(self):
        lines = self.lines('o1', by='sector')
        self.assertEqual({k for k, _ in lines}, {'民生', '卫生'})
        line = lines['民生', 'vcpu']
        self.assertEqual((line['quota'], line['allocated'], line['use']), (120, 28, 0.233))
        self.sector('health', '')
        try:
            self.assertEqual(self.lines('o1', by='sector')['', 'vcpu']['quota'], 10)
        finally:
            self.sector('health', '卫生')

    def test_it_agrees_with_the_quota_of_each_unit(self):
        for day in (today(), today() + datetime.timedelta(days=400)):
            lines = self.lines('o1', day=day.isoformat())
            for unit in ('civil', 'health', 'east-edu'):
                for q in self.w['o1'].get(f'/api/v1/units/{unit}/quota', cloud='YH',
                                          day=day.isoformat())['items']:
                    line = lines[unit, q['dimension']]
                    self.assertEqual((line['quota'], line['allocated'], line['reserved'], line['free']),
                                     (q['effective'], q['allocated'], q['reserved'], q['free']))

    # proves A18.2
    def test_a_window_counts_on_its_days_and_a_lease_until_its_end(self):
        w = self.w
        first = today() + datetime.timedelta(days=50)
        w['u2'].call('POST', '/api/v1/projects',
                     {'unit': 'health', 'cloud': 'YH', 'code': 'peak', 'name': '高峰项目'})
        no = w['u2'].file('quota', self.city.quota_form({'gpu': 2}, windows=[
            {'dimension': 'gpu', 'quantity': '3', 'rrule': 'FREQ=YEARLY', 'days': 2,
             'from': first.isoformat()}]), project='peak')['no']
        w['e1'].decide(no, 'review')
        for days, want in ((0, 5), (1, 5), (2, 2), (-1, 2)):
            day = first + datetime.timedelta(days=days)
            self.assertEqual(self.lines('o1', day=day.isoformat())['health', 'gpu']['quota'], want)
        epoch = (today() - datetime.date(1970, 1, 1)).days
        self.city.store.sql(f"UPDATE resource SET lease_last = {epoch + 10} WHERE project ="
                            " (SELECT id FROM project WHERE code = 'civil.two')")
        for days, want in ((0, 28), (10, 28), (11, 20)):
            day = (today() + datetime.timedelta(days=days)).isoformat()
            self.assertEqual(self.lines('o1', day=day)['civil', 'vcpu']['allocated'], want)
        self.city.store.sql("UPDATE resource SET lease_last = NULL")

    def test_a_stretch_of_days_says_what_each_of_them_says_alone(self):
        w = self.w
        first = today() + datetime.timedelta(days=10)
        w['u2'].call('POST', '/api/v1/projects',
                     {'unit': 'health', 'cloud': 'YH', 'code': 'often', 'name': '周期项目'})
        no = w['u2'].file('quota', self.city.quota_form({'public_ip': 8, 'block_gib': 1}, windows=[
            {'dimension': 'block_gib', 'quantity': '3', 'rrule': 'FREQ=MONTHLY', 'days': 2,
             'from': first.isoformat()}]), project='often')['no']
        w['e1'].decide(no, 'review')
        path = '/api/v1/projects/health.often/quota'
        from_, to = today() - datetime.timedelta(days=2), today() + datetime.timedelta(days=75)
        got = w['u2'].get(f'{path}/days', **{'from': from_.isoformat(), 'to': to.isoformat()})
        self.assertEqual((got['from'], got['to']), (from_.isoformat(), to.isoformat()))
        windows = [r for r in got['items'] if r['windows']]
        self.assertTrue(len(windows) >= 2 and all(r['dimension'] == 'block_gib' for r in windows))
        for dimension in ('public_ip', 'block_gib'):
            runs = [r for r in got['items'] if r['dimension'] == dimension]
            self.assertEqual((runs[0]['from'], runs[-1]['to']), (got['from'], got['to']))
            day = from_
            for run in runs:
                self.assertEqual(run['from'], day.isoformat())
                day = datetime.date.fromisoformat(run['to']) + datetime.timedelta(days=1)
                for at in (run['from'], run['to']):
                    alone = [i for i in w['u2'].get(path, day=at)['items']
                             if i['dimension'] == dimension]
                    same = {k: v for k, v in run.items() if k not in ('from', 'to')}
                    if alone or any(same[k] for k in ('effective', 'allocated', 'reserved')):
                        self.assertEqual([same], alone)
        for query in ({'from': to.isoformat(), 'to': from_.isoformat()},
                      {'from': '2026-01-01', 'to': '2028-01-03'}):
            with self.assertRaises(Problem) as caught:
                w['u2'].get(f'{path}/days', **query)
            self.assertEqual(caught.exception.slug, 'quota-days-span')
        last = w['u2'].get(f'{path}/days', **{'from': '2199-12-31'})
        self.assertEqual((last['from'], last['to']), ('2199-12-31', '2199-12-31'))

    def test_others_see_their_own_and_nothing_else(self):
        for who, keys in (('u1', {'civil'}), ('u2', {'health'}), ('du', {'east-edu'}),
                          ('dd', {'east-edu'})):
            self.assertEqual({k for k, _ in self.lines(who)}, keys, who)
        line = self.lines('du', by='sector')['民生', 'vcpu']
        self.assertEqual((line['quota'], line['allocated']), (20, 0))
        self.assertEqual(self.lines('o1', cloud='EAST'), {})
        for who in ('p1', 'auditor', 'sysadmin'):
            with self.assertRaises(Problem) as caught:
                self.lines(who)
            self.assertEqual(caught.exception.slug, 'not-permitted')
        with self.assertRaises(Problem) as caught:
            self.lines('o1', cloud='NOWHERE')
        self.assertEqual(caught.exception.slug, 'cloud-unknown')

    def test_pages_follow_each_other_without_a_gap(self):
        for by in ('unit', 'sector'):
            whole = list(self.lines('o1', by=by))
            seen, cursor = [], None
            while True:
                query = {'cloud': 'YH', 'by': by, 'limit': 1}
                if cursor:
                    query['cursor'] = cursor
                page = self.w['o1'].get('/api/v1/allocation', **query)
                seen += [(i['key'], i['dimension']) for i in page['items']]
                cursor = page['next']
                if not cursor:
                    break
            self.assertEqual(seen, whole)
        status, body, _ = self.w['o1'].raw('GET', '/api/v1/allocation?cloud=YH&cursor=abc')
        self.assertEqual((status, body['slug']), (400, 'cursor-invalid'))

    def test_only_the_administrator_names_a_sector(self):
        with self.assertRaises(Problem) as caught:
            self.w['u1'].call('PUT', '/api/v1/orgs/civil/sector', {'sector': '教育'})
        self.assertEqual(caught.exception.slug, 'not-permitted')
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'lib', 'name': '图书馆',
                                                         'kind': 'unit', 'sector': '文化'})
        self.assertEqual(self.w['o1'].get('/api/v1/orgs/lib')['sector'], '文化')


on_both_engines(Allocation)
del Allocation

if __name__ == '__main__':
    unittest.main()
