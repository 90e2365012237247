"""Planning and supervision as procedures of the pack over registers (Art. 5, 7 to 11): each is filed, decided by
those whose it is, and its result stands in the register."""
import contextlib
import datetime
import unittest

from city import on_both_engines, today
from metering import Sender, now_ms
from registers import FROM, TERM, UNTIL, InRegisters


class Governance(InRegisters):
    # ---- planning

    def test_A8_2_the_overall_design_is_set_by_both_bodies_and_kept_in_versions(self):
        first = {'title': '总体设计第一版', 'content': '全市一朵云，市区两级布局', 'from': FROM}
        no = self.w['a1'].file('overall_design', first, cloud='YH')['no']
        self.refused('decide-not-permitted', self.w['o1'].decide, no, 'decide')
        self.w['e1'].decide(no, 'decide')
        self.assertEqual(self.records('u1', 'overall_design'), [])
        self.w['a2'].decide(no, 'decide')
        made = self.record('u1', 'overall_design')
        self.assertEqual((made['state'], made['title']), ('valid', '总体设计第一版'))
        self.refused('record-exists', self.w['e1'].file, 'overall_design', first, cloud='YH')
        self.done('e1', 'overall_design_revision',
                  {'title': '总体设计第二版', 'content': '增加算力调度与灾备布局', 'from': FROM,
                   'reason': '新增智能算力'}, ('a1', 'decide'), ('e2', 'decide'), record=made['no'])
        now = self.shown('u1', made['no'])
        self.assertEqual((now['title'], len(now['history'])), ('总体设计第二版', 2))
        self.assertEqual(now['history'][0]['content']['content'], first['content'])

    def test_A8_1_plans_say_what_is_planned_and_built_of_the_city_and_of_districts(self):
        def plan(vcpu):
            return dict(TERM, title='容量规划', basis='近三年增长', lines=[
                {'dimension': 'vcpu', 'planned': str(vcpu), 'built': '0'}])
        self.done('o1', 'capacity_plan', plan(20000), ('a1', 'decide'))
        self.done('do', 'capacity_plan', plan(3000), ('a1', 'decide'), cloud='EAST')
        plans = {r['cloud']: r['no'] for r in self.records('a1', 'capacity_plan')}
        self.assertEqual(set(plans), {'YH', 'EAST'})
        self.done('o1', 'capacity_built', {'note': '一期交付', 'lines': [
            {'dimension': 'vcpu', 'planned': '20000', 'built': '8000'}]}, record=plans['YH'])
        self.done('do', 'capacity_built', {'note': '一期交付', 'lines': [
            {'dimension': 'vcpu', 'planned': '3000', 'built': '2000'}]}, record=plans['EAST'])
        lines = {l['line']: l['quantity'] for l in self.shown('a1', plans['YH'])['lines']}
        self.assertEqual(lines, {'planned': '20000', 'built': '8000'})
        self.stands_beside_what_is_allocated_and_used()

    def compared(self, who, **query):
        return {(l['cloud'], l['dimension']): l for l in self.w[who].get('/api/v1/capacity', **query)['items']}

    def grown(self, project, months, by):
        """What so many past months allocated, as whoever changes a size keeps it; the last is the one before
        this month, which is not over."""
        day, total = today().replace(day=1), 0
        for k in range(1, months + 1):
            day = (day - datetime.timedelta(days=1)).replace(day=1)
            more = by * 1000 + k % 3 * 90000
            total += more
            self.allocated(project, day.toordinal() - datetime.date(1970, 1, 1).toordinal(), more)
        self.allocated(project, -1, total)

    def allocated(self, project, month, milli):
        self.city.store.sql("INSERT INTO allocated (project, month, dim, qty_milli) SELECT id,"
                            f" {month}, 'vcpu', {milli} FROM project WHERE code = '{project}'")

    def busy(self, cloud, who, cores):
        token = self.w[who].call('POST', '/api/v1/meter/tokens', {
            'kind': 'cloud', 'about': cloud, 'label': 'capacity', 'days': 1})['token']
        day = 24 * 3600 * 1000
        at = now_ms() - day * 5 // 4  # of a day that is over
        with contextlib.closing(Sender(self.city.server.port, token)) as sender:
            # h0 was replaced by h1 between two days, and counts on the first of them alone
            status, reply = sender.lines([
                {'metric': metric, 'labels': {'host': host}, 'at': at - back, 'value': value}
                for host, back in (('h0', day), ('h1', 0)) for metric, value in (
                    ('platform_host_cpu_cores', 4000), ('platform_host_cpu_usage_ratio', cores / 4000))])
        self.assertEqual((status, reply['refused']), (200, 0), reply)

    def stands_beside_what_is_allocated_and_used(self):
        for who, code, unit, cloud in (('u1', 'plan', 'civil', 'YH'), ('du', 'local', 'east-edu', 'EAST')):
            self.w[who].call('POST', '/api/v1/projects', {'unit': unit, 'cloud': cloud, 'code': code, 'name': code})
        running = self.compared('a1')[('YH', 'vcpu')]['allocated'] or 0  # of other tests, this month
        self.grown('civil.plan', 7, 1000)
        self.grown('east-edu.local', 3, 10)
        self.busy('YH', 'o1', 500)
        now = self.compared('a1')
        city, east = now[('YH', 'vcpu')], now[('EAST', 'vcpu')]
        self.assertEqual([s['title'] for s in city['suggestions'] if s['slug'] == 'capacity-lend'],
                         ['Coordination with 东区政务云 is suggested: it has 1400 of vCPUs to spare.'])
        self.assertEqual([city[k] for k in ('planned', 'built', 'allocated', 'used', 'used_of', 'against', 'free')],
                         [20000, 8000, 7630 + running, 500, 'hosts', 'built', 370 - running])
        self.assertEqual({s['slug'] for s in city['suggestions']},
                         {'capacity-tight', 'capacity-lend', 'capacity-idle', 'capacity-behind'})
        # at about a thousand a month the rest is gone within the next one
        self.assertEqual(city['expected'], today().strftime('%Y-%m'))
        self.assertIn('By the trend of 7 months it is used up in ' + city['expected'], city['forecast'])
        self.assertTrue(city['earliest'] <= city['expected'] <= city['latest'], city)
        self.assertEqual((east['planned'], east['allocated'], east['expected']), (3000, 300, None))
        self.assertIn('too few months', east['forecast'])
        # of another year there is what was then, and nothing is forecast
        past = self.compared('a1', year=today().year - 2)[('YH', 'vcpu')]
        self.assertEqual((past['planned'], past['allocated'], past['forecast']), (None, 0, None))
        # a district sees its own, a unit nothing of it
        self.assertEqual({cloud for cloud, _ in self.compared('dd')}, {'EAST'})
        self.refused('meter-cloud-other', self.w['dd'].get, '/api/v1/capacity', cloud='YH')
        self.refused('not-permitted', self.w['u1'].get, '/api/v1/capacity')
        curve = self.w['e1'].get('/api/v1/capacity/forecast', cloud='YH', dimension='vcpu')
        self.assertEqual(([f['allocated'] for f in curve['figures']][:2], len(curve['figures']), curve['capacity']),
                         ([1090, 2090], 7, 8000))
        self.assertTrue(all(m['low'] < m['expected'] < m['high'] for m in curve['months_ahead']), curve)
        self.refused('dimension-unknown', self.w['e1'].get, '/api/v1/capacity/forecast', cloud='YH',
                     dimension='nothing')
        status, rows = self.w['e1'].bytes_of('/api/v1/capacity', **{'as': 'csv'})
        self.assertEqual(status, 200)
        self.assertIn(f',20000,8000,{7630 + running},500,', rows.decode())

    def test_A9_2_a_district_enters_what_its_cloud_is_able_to_do(self):
        form = {'title': '视频分层存储', 'kind': 'video_storage', 'content': '九十天分层存储', 'amount': '500'}
        case = self.done('do', 'capability', form, cloud='EAST')
        self.assertEqual(case['state'], 'closed')
        self.assertEqual(self.record('dd', 'capability')['cloud'], 'EAST')
        self.refused('level-mismatch', self.w['o1'].file, 'capability', form, cloud='YH')

    def test_A10_2_existing_infrastructure_is_followed_until_it_is_folded_in(self):
        self.done('u1', 'infrastructure', {'title': '民生机房', 'place': '三号楼', 'lines': [
            {'dimension': 'vcpu', 'held': '640'}]}, ('o1', 'accept'), unit='civil')
        no = self.record('u1', 'infrastructure')['no']
        self.refused('record-state', self.w['u1'].file, 'merge_progress',
                     {'merged_share': '10', 'note': '先行'}, record=no)
        self.done('u1', 'merge_plan', dict(TERM, plan='分三批迁移'), ('o1', 'review'), record=no)
        self.done('u1', 'merge_progress', {'merged_share': '40', 'note': '第一批完成'}, record=no)
        now = self.shown('o1', no)
        self.assertEqual((now['state'], now['figures'][0]['value']), ('merging', '40'))
        self.done('u1', 'merge_done', {'merged_share': '100', 'note': '全部迁移'}, ('o1', 'verify'),
                  record=no)
        self.assertEqual(self.shown('u1', no)['state'], 'merged')
        self.assertEqual(self.records('u2', 'infrastructure'), [])

    def test_A11_1_a_domain_comes_to_life_when_both_bodies_agree_and_its_owner_operates_it_alone(self):
        plan = {'code': 'med', 'name': '医疗专有域', 'purpose': '医疗数据专用，约两千核',
                'split': [{'task': '机房与网络', 'party': '大数据中心'}, {'task': '平台运维', 'party': '卫生事务局'}]}
        no = self.w['u2'].file('domain_plan', plan, unit='health', cloud='YH')['no']

        def clouds():
            return {c['code']: c['level'] for c in self.w['u2'].get('/api/v1/clouds')['items']}
        self.w['e1'].decide(no, 'decide')
        self.assertNotIn('med', clouds())
        self.w['a1'].decide(no, 'decide')
        self.assertEqual(clouds()['med'], 'domain')
        kept = self.shown('a1', self.record('a1', 'domain_plan')['no'])
        self.assertEqual(kept['content']['split'], plan['split'])
        self.refused('cloud-exists', self.w['u2'].file, 'domain_plan', plan, unit='health', cloud='YH')
        owner = self.city.person('dm', 'operator', 'health')
        draft = {'title': '域内目录'}
        owner.call('POST', '/api/v1/editions', dict(draft, cloud='med'))
        self.refused('operator-only', owner.call, 'POST', '/api/v1/editions', dict(draft, cloud='YH'))
        self.refused('operator-only', self.w['o1'].call, 'POST', '/api/v1/editions',
                     dict(draft, cloud='med'))

    # ---- who must be on the cloud

    def system(self, name):
        self.done('u1', 'cloud_system', {'name': name, 'mlps_level': 2, 'state_now': '自建机房'},
                  ('o1', 'accept'), unit='civil')
        return self.record('u1', 'cloud_system')['no']

    def test_A7_1_an_exemption_names_its_legal_basis_and_is_reviewed(self):
        no = self.system('档案系统')
        self.assertEqual(self.shown('u1', no)['state'], 'due')
        self.refused('form-missing', self.w['u1'].file, 'cloud_exemption', {'reason': '不宜上云'}, record=no)
        self.done('u1', 'cloud_exemption', {'legal_basis': '某条例第十条', 'reason': '须物理隔离',
                                            'until': UNTIL}, ('a1', 'review'), record=no)
        now = self.shown('u1', no)
        self.assertEqual((now['state'], now['until']), ('exempt', UNTIL))
        other = self.system('预约系统')
        self.city.project('booking')
        moved = {'project': 'civil.booking', 'system': 's1', 'done': '已迁移并切换'}
        said = self.refused('system-runs-not', self.w['u1'].file, 'cloud_move', moved, record=other)
        self.assertEqual((said['article'], said['field']), ('7', '/form/system'))
        self.refused('project-unknown', self.w['u1'].file, 'cloud_move', dict(moved, project='health.none'), record=other)
        self.city.open(self.city.apply('booking', 1)['no'])
        self.done('u1', 'cloud_move', moved, ('o1', 'accept'), record=other)
        self.assertEqual(self.shown('u1', other)['state'], 'on_cloud')

    def test_A7_2_a_system_with_public_data_goes_to_no_other_cloud(self):
        form = {'legal_basis': '某规定第三条', 'reason': '已购外部云', 'where': '某公有云'}
        free, bound = self.system('内部培训'), self.system('人口库查询')
        self.done('u1', 'data_declaration', {'title': '人口基础数据', 'scope': '查询与比对'}, record=bound)
        said = self.refused('record-exists', self.w['u1'].file, 'cloud_elsewhere', form, record=bound)
        self.assertEqual(said['article'], '7')
        no = self.w['u1'].file('cloud_elsewhere', form, record=free)['no']
        # what is declared while it is reviewed counts, too
        self.done('u1', 'data_declaration', {'title': '学员信息', 'scope': '报名与考试'}, record=free)
        self.refused('record-exists', self.w['a1'].decide, no, 'review')
        self.assertEqual(self.shown('u1', free)['state'], 'due')

    # ---- supervision

    def budget(self, project, outcome):
        form = dict(TERM, title='年度运维', amount='1200000', content='云资源按目录测算')
        no = self.w['u1'].file('budget_item', form, project=project)['no']
        self.w['e1'].decide(no, 'review', outcome)
        if outcome == 'approve':
            self.assertEqual(self.records('e1', 'budget_item', project='civil.' + project), [])
            self.w['f1'].decide(no, 'review', outcome)

    def test_A5_2_a_rejected_item_blocks_the_quota_of_its_project_until_it_is_approved(self):
        for code in ('good', 'bad'):
            self.w['u1'].call('POST', '/api/v1/projects',
                              {'unit': 'civil', 'cloud': 'YH', 'code': code, 'name': '预算项目'})
        self.budget('good', 'approve')
        self.budget('bad', 'refuse')
        item = self.record('u1', 'budget_item', project='civil.bad')
        self.assertEqual(item['state'], 'rejected')
        self.w['u1'].file('quota', self.city.quota_form(), project='good')
        said = self.refused('record-exists', self.w['u1'].file, 'quota', self.city.quota_form(),
                            project='bad')
        self.assertEqual((said['article'], said['figures']['no']), ('5', item['no']))
        self.done('u1', 'budget_again', dict(TERM, title='年度运维', amount='600000', content='压减后测算'),
                  ('e1', 'review'), ('f1', 'review'), record=item['no'])
        self.w['u1'].file('quota', self.city.quota_form(), project='bad')

    def test_A5_2_each_finding_of_an_inspection_is_owed_until_it_was_seen_mended(self):
        self.city.project('looked-at')
        case = self.done('e1', 'project_inspection', {
            'title': '年度检查', 'from': FROM, 'summary': '资料齐全，两处不规范',
            'findings': [{'what': '资源闲置', 'due': UNTIL}, {'what': '台账缺失'}]},
            project='civil.looked-at')
        self.assertEqual(case['state'], 'closed')
        self.assertEqual(self.record('u1', 'project_inspection', project='civil.looked-at')['title'], '年度检查')
        owed = self.owed('u1', case['no'])
        self.assertEqual((set(owed), owed['资源闲置']['due'], owed['资源闲置']['state']),
                         ({'资源闲置', '台账缺失'}, UNTIL, 'open'))
        no = self.w['u1'].file('inspection_answer', {'measures': '已退回闲置资源', 'evidence': '回收单'},
                               duty=owed['资源闲置']['no'])['no']
        self.refused('decide-not-permitted', self.w['o1'].decide, no, 'verify')
        self.w['e1'].decide(no, 'verify')
        self.assertEqual({what: d['state'] for what, d in self.owed('e1', case['no']).items()},
                         {'资源闲置': 'done', '台账缺失': 'open'})

    def test_A5_3_performance_has_goals_and_a_self_assessment_that_finance_reviews(self):
        self.done('o1', 'performance_goals', dict(TERM, title='云服务购买', goals='可用率不低于百分之九十九点九'),
                  ('f1', 'review'))
        no = self.record('f1', 'performance')['no']
        self.done('o1', 'performance_assessment', {'score': '92', 'assessment': '目标基本完成'},
                  ('f1', 'review'), record=no)
        now = self.shown('f1', no)
        self.assertEqual((now['state'], now['figures'][0]['value']), ('assessed', '92'))

    def test_A5_4_guidance_is_owed_until_it_was_followed(self):
        case = self.done('o1', 'guidance', dict(TERM, org='east-bdc', title='备份策略', content='按市级要求补足'))
        self.assertEqual(self.record('dd', 'guidance')['org'], 'east-bdc')
        [owed] = self.owed('dd', case['no']).values()
        self.assertEqual((owed['due'], owed['state']), (UNTIL, 'open'))
        self.done('dd', 'guidance_followed', {'done': '已按要求调整'}, ('o1', 'verify'), duty=owed['no'])
        [owed] = self.owed('o1', case['no']).values()
        self.assertEqual(owed['state'], 'done')

    def test_A5_3_a_contract_has_its_procurement(self):
        self.done('o1', 'contract', dict(TERM, title='云服务合同', provider='vendor', scope='计算与存储',
                                         ceiling='9000000'), ('a1', 'approve'))
        contract = self.record('f1', 'contract')['no']
        form = {'title': '云服务采购', 'provider': 'vendor', 'method': 'open_tender', 'price': '8800000',
                'result': '三家投标，综合评分第一'}
        self.done('f1', 'procurement', form, record=contract)
        kept = self.record('f1', 'procurement')
        self.assertEqual((kept['of'], kept['provider']), (contract, 'vendor'))
        self.refused('file-not-permitted', self.w['o1'].file, 'procurement', form, record=contract)


on_both_engines(Governance)
del Governance

if __name__ == '__main__':
    unittest.main()
