"""What a choice from the catalogue would cost, and what it leaves of the quota, before one applies."""
import datetime
import unittest

from city import BLOCK, VM, City, InCity, on_both_engines, today

CALLS = dict(VM, code='api-calls', category='能力', name='接口调用', per='use', measure='10k_calls',
             tiers=[{'from': '0', 'price': '2'}], dims={})
TIERED = dict(VM, code='disk-tiered', name='分级存储', measure='gib', mode='graduated', step='10',
              tiers=[{'from': '0', 'price': '1'}, {'from': '100', 'price': '0.5'}],
              dims={'block_gib': 1})


class Estimate(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.publish([VM, BLOCK, CALLS, TIERED])
        cls.city.project('est', dims={'vcpu': 40, 'memory_gib': 100, 'block_gib': 1000})
        cls.city.apply('est', 2)

    def ask(self, items, who='u1', **rest):
        rest.setdefault('project', 'est')
        return self.w[who].call('POST', '/api/v1/catalogue/estimates', dict(rest, items=items))

    def test_prices_add_up_by_line_and_in_all(self):
        seen = self.ask([{'item': 'vm-4c8g', 'count': 3},
                         {'item': 'block-ssd', 'count': 2, 'configuration': {'quantity': '50'}}])
        vm, disk = seen['lines']
        self.assertEqual((vm['unit_price'], vm['monthly']), ('320', '960.00'))
        self.assertEqual((disk['quantity'], disk['monthly']), (100, '80.00'))
        self.assertEqual((seen['monthly'], seen['total'], seen['until']), ('1040.00', None, None))
        self.assertEqual({s['dimension']: s['quantity'] for s in vm['sizes']},
                         {'vcpu': 12, 'memory_gib': 24})
        self.assertEqual(seen['edition']['number'], 2)

    def test_a_span_has_its_own_total(self):
        day = today()
        seen = self.ask([{'item': 'vm-4c8g'}], days=15)
        self.assertEqual((seen['monthly'], seen['total']), ('320.00', '160.00'))
        self.assertEqual(seen['until'], (day + datetime.timedelta(days=14)).isoformat())
        self.assertEqual(self.ask([{'item': 'vm-4c8g'}], months=6)['total'], '1920.00')
        self.refused('estimate-span', self.ask, [{'item': 'vm-4c8g'}], days=1, months=1)
        self.refused('day-out-of-range', self.ask, [{'item': 'vm-4c8g'}], **{'from': '2199-12-31'}, days=2)

    def test_steps_of_a_price_and_what_is_used_are_told(self):
        tiered, calls = self.ask([{'item': 'disk-tiered', 'count': 300},
                                  {'item': 'api-calls', 'count': 5}])['lines']
        self.assertEqual((tiered['monthly'], len(tiered['prices'])), ('200.00', 2))
        self.assertEqual((calls['metered'], calls['monthly']), (True, None))
        self.assertFalse(self.ask([{'item': 'disk-tiered', 'count': 5}])['lines'][0]['orderable'])

    def test_the_quota_left_is_that_of_the_day_with_what_is_reserved(self):
        seen = self.ask([{'item': 'vm-4c8g', 'count': 3}])
        vcpu = {d['dimension']: d for d in seen['dimensions']}['vcpu']
        self.assertEqual((vcpu['quota'], vcpu['used'], vcpu['reserved']), (40, 0, 8))
        self.assertEqual((vcpu['left'], vcpu['left_after'], vcpu['fits']), (32, 20, True))
        self.assertTrue(seen['within_quota'])
        self.assertIsNone(seen['over'])
        seen = self.ask([{'item': 'vm-4c8g', 'count': 9}])
        self.assertFalse(seen['within_quota'])
        self.assertEqual(seen['over']['slug'], 'quota-exceeded')
        self.assertEqual(seen['over']['figures']['dimension'], 'vcpu')

    def test_passing_the_unit_total_names_who_decides(self):
        within = self.ask([{'item': 'vm-4c8g', 'count': 10}])['unit_total']
        self.assertEqual((within['percent'], within['article'], within['passed']), (120, '20', False))
        seen = self.ask([{'item': 'vm-4c8g', 'count': 11}])
        total = {d['dimension']: d for d in seen['unit_total']['dimensions']}['vcpu']
        self.assertEqual((total['quota'], total['taken'], total['limit']), (40, 8, 48))
        self.assertTrue(seen['unit_total']['passed'] and total['passed'])
        [decision] = seen['decisions']
        self.assertEqual([r['role'] for r in decision['roles']], ['econ_info'])
        self.assertEqual(decision['because']['word'], 'unit_total.exceeds')

    def test_who_decides_a_case_sees_what_is_left_without_it_and_growth_only_as_what_is_new(self):
        no = self.city.apply('est', 3)['no']
        vcpu = lambda seen: {d['dimension']: d for d in seen['dimensions']}['vcpu']  # noqa: E731
        project = self.w['o1'].case(no)['project']['code']
        twice = self.ask([{'item': 'vm-4c8g', 'count': 3}], who='o1', project=project)
        once = self.ask([{'item': 'vm-4c8g', 'count': 3}], who='o1', project=project, case=no)
        self.assertEqual((vcpu(twice)['reserved'], vcpu(once)['reserved']), (20, 8))
        self.assertEqual(vcpu(once)['left_after'], 20)
        total = {d['dimension']: d for d in once['unit_total']['dimensions']}['vcpu']
        self.assertEqual((total['taken'], total['asked']), (8, 12))
        self.w['u1'].call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '另行申请'})

    def test_what_runs_costs_and_takes_what_it_grows_by(self):
        self.city.project('grows', dims={'vcpu': 40, 'memory_gib': 100, 'block_gib': 1000})
        [disk] = self.city.formal('grows', 50, item='disk-tiered')
        grown = self.ask([{'resource': disk, 'configuration': {'quantity': '300'}}], project='grows')
        [line] = grown['lines']
        self.assertEqual((line['quantity'], line['running'], line['monthly']), (250, 50, '150.00'))
        self.assertEqual(line['resource'], self.w['u1'].get(f'/api/v1/resources/{disk}')['no'])
        self.assertEqual([d['asked'] for d in grown['dimensions']], [250])
        [line] = self.ask([{'resource': disk, 'configuration': {'quantity': '40'}}], project='grows')['lines']
        self.assertEqual((line['quantity'], line['monthly']), (0, '0.00'))
        self.city.publish([VM, BLOCK, CALLS, dict(TIERED, dims={'block_gib': 2}, tiers=[
            {'from': '0', 'price': '2'}, TIERED['tiers'][1]])])
        self.addCleanup(self.city.publish, [VM, BLOCK, CALLS, TIERED])
        grown = self.ask([{'resource': disk, 'configuration': {'quantity': '300'}}], project='grows')
        self.assertEqual(grown['monthly'], '200.00')  # as today's edition has it
        self.assertEqual([d['asked'] for d in grown['dimensions']], [250])  # of the item that it was opened by
        for slug, item, project in (('resource-unknown', {'resource': disk}, 'est'),
                                    ('resource-unknown', {'resource': 'no-such'}, 'grows'),
                                    ('field-unknown', {'resource': disk, 'count': 2}, 'grows'),
                                    ('field-unknown', {'resource': disk, 'item': 'vm-4c8g'}, 'grows')):
            self.refused(slug, self.ask, [item], project=project)

    def test_a_case_that_is_not_about_the_project_is_as_one_that_is_not_there(self):
        mine = [{'item': 'vm-4c8g'}]
        other = self.city.apply('est', 1)['no']
        self.refused('case-unknown', self.ask, mine, case='YH-2026-TS-999999')
        self.refused('field-required', self.ask, mine, project=None, cloud='YH', case=other)
        self.city.project('foreign', 'u2', 'health', dims={'vcpu': 4, 'memory_gib': 8})
        self.refused('case-unknown', self.ask, mine, who='u2', project='foreign', case=other)
        self.refused('case-unknown', self.ask, mine, who='o1', project='health.foreign', case=other)
        self.w['u1'].call('POST', f'/api/v1/cases/{other}/withdrawal', {'reason': '另行申请'})

    def test_without_a_project_only_prices_are_told(self):
        seen = self.ask([{'item': 'vm-4c8g'}], project=None, cloud='YH')
        self.assertEqual((seen['project'], seen['within_quota'], seen['unit_total']), (None,) * 3)
        self.assertIsNone(seen['dimensions'][0]['left'])

    def test_what_is_wrong_is_named(self):
        for slug, items in (('item-unknown', [{'item': 'no-such'}]),
                            ('field-required', [{'count': 1}]),
                            ('field-required', []),
                            ('field-type', ['vm-4c8g']),
                            ('field-unknown', [{'item': 'vm-4c8g', 'colour': 'red'}]),
                            ('quantity-out-of-range', [{'item': 'vm-4c8g', 'count': 0}]),
                            ('number-invalid', [{'item': 'vm-4c8g', 'count': 'many'}]),
                            ('list-too-long', [{'item': 'vm-4c8g'}] * 201)):
            body = self.refused(slug, self.ask, items)
            self.assertTrue(body['field'].startswith('/items'), body)
        self.refused('field-required', self.ask, [{'item': 'vm-4c8g'}], project=None)
        self.refused('project-unknown', self.ask, [{'item': 'vm-4c8g'}], who='u2')
        self.refused('estimate-cloud', self.ask, [{'item': 'vm-4c8g'}], cloud='EAST')


on_both_engines(Estimate)
del Estimate

if __name__ == '__main__':
    unittest.main()
