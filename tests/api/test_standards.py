"""Service level agreements, and codes of services, as the service standards would have them."""
import datetime
import unittest

from city import BLOCK, VM, City, Problem, today

SLA = {'title': '云主机服务水平协议', 'items': ['vm-4c8g'], 'from': today().isoformat(),
       'until': (today() + datetime.timedelta(days=365)).isoformat(), 'availability': '99.95', 'period_days': '30',
       'respond_minutes': '15', 'restore_hours': '4', 'rpo_hours': '24', 'rto_hours': '8', 'definition': '指标字典 1',
       'method': '（T−停机）/T，T 为周期内应运行的分钟数，取自 resource_up，四舍六入到百分之一；没有数据的时段不计入 T',
       'exclusions': '事先通知的维护窗口、使用单位自己停机', 'remedies': '每低 0.01% 扣当月费用 1%，计入评价',
       'changes': '任一方书面提出，主管部门核准；每年评审一次'}


class Standards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.addClassCleanup(cls.city.close)
        cls.w = cls.city.who

    def refused(self, slug, fn, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            fn(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, caught.exception)
        return caught.exception.body

    def agreed(self):
        no = self.w['p1'].file('service_level', SLA, cloud='YH')['no']
        self.refused('decide-not-permitted', self.w['p1'].decide, no, 'agree')
        self.w['o1'].decide(no, 'agree')
        self.w['a1'].decide(no, 'approve')
        return no, self.w['o1'].get('/api/v1/records', register='service_level')['items'][0]['no']

    def test_S40_an_agreement_lacks_none_of_its_parts(self):
        for part in ('availability', 'period_days', 'method', 'exclusions', 'remedies', 'changes', 'until', 'items', 'definition'):
            form = {k: v for k, v in SLA.items() if k != part}
            self.refused('form-missing', self.w['p1'].file, 'service_level', form, cloud='YH')

    def test_S39_S40_S41_an_agreement_is_of_both_parties_dated_and_changed_by_versions(self):
        case, no = self.agreed()
        r = self.w['o1'].get('/api/v1/records/' + no)
        self.assertEqual((r['provider'], r['cloud'], r['in_force'], r['until']), ('vendor', 'YH', True, SLA['until']))
        figures = {f['figure']: f['value'] for f in r['figures']}
        self.assertEqual((figures['availability'], figures['period_days'], figures['restore_hours']), ('99.95', '30', '4'))
        self.assertEqual((r['content']['method'], r['content']['rpo_hours']), (SLA['method'], '24'))
        self.assertEqual(self.w['u1'].get('/api/v1/records/' + no)['content']['remedies'], SLA['remedies'])
        yesterday = (today() - datetime.timedelta(1)).isoformat()
        told = self.refused('day-past', self.w['p1'].file, 'service_level_change',
                            {'until': yesterday, 'reason': '提前结束'}, record=no)
        self.assertEqual((told['field'], told['article'], told['figures']['day']), ('/form/until', '28', yesterday))
        change = self.w['p1'].file('service_level_change', {'availability': '99.9', 'reason': '机房搬迁'}, record=no)['no']
        self.w['a1'].decide(change, 'approve')
        now = self.w['o1'].get('/api/v1/records/' + no)
        self.assertEqual({f['figure']: f['value'] for f in now['figures']}['availability'], '99.9')
        self.assertEqual([h['case'] for h in now['history']], [case, change])
        end = self.w['o1'].file('service_level_end', {'reason': '更换服务商'}, record=no)['no']
        self.w['a1'].decide(end, 'approve')
        self.assertEqual(self.w['o1'].get('/api/v1/records/' + no)['state'], 'ended')
        self.refused('record-state', self.w['p1'].file, 'service_level_change', {'reason': '再改'}, record=no)

    def test_S38_a_code_that_meant_a_service_is_never_given_to_another(self):
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '改版'})
        path = f"/api/v1/editions/{draft['id']}/items"
        for change in ({'measure': 'gib'}, {'class': 'PaaS'}):
            body = self.refused('item-code-reused', self.w['o1'].call, 'PUT', path, {'items': [BLOCK, dict(VM, **change)]})
            self.assertEqual(body['figures'], {'item': 'vm-4c8g', 'number': 1})
        self.w['o1'].call('PUT', path, {'items': [BLOCK, dict(VM, name='云主机（新名）', tiers=[{'from': '0', 'price': '300'}])]})


if __name__ == '__main__':
    unittest.main()
