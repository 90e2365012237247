"""Planning, supervision and security as procedures of the pack over registers (Art. 5, 7 to 10, 30 to 32):
each is filed, decided by those whose it is, and its result stands in the register."""
import contextlib
import datetime
import json
import os
import tempfile
import unittest

from city import City, InCity, on_both_engines, steps, today
from metering import Sender, now_ms
from pledges import Officer, gate, upload

FROM, UNTIL = today().isoformat(), (today() + datetime.timedelta(days=300)).isoformat()
TERM = {'from': FROM, 'until': UNTIL}


class Governance(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.who['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政局', 'kind': 'body'})
        cls.city.who['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        cls.city.person('f1', 'finance', 'fin')
        for login, role, org in (('a2', 'authority', 'auth'), ('e2', 'econ_info', 'econ'),
                                 ('o2', 'operator', 'bdc')):
            cls.city.person(login, role, org)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.officer = Officer(cls.w['u1'], cls.folder.name).found()

    def records(self, who, register, **query):
        return self.w[who].get('/api/v1/records', register=register, limit=200, **query)['items']

    def record(self, who, register, **query):
        """The newest record of a register."""
        return max(self.records(who, register, **query), key=lambda r: r['no'])

    def owed(self, who, case):
        """What a case laid on others, by what it says."""
        return {d['what']: d for d in self.w[who].get('/api/v1/duties', case=case, limit=200)['items']}

    def shown(self, who, no):
        return self.w[who].get(f'/api/v1/records/{no}')

    def done(self, who, procedure, form, *deciders, **about):
        """Files, has the steps decided in turn as (who, step[, outcome[, form]]), and returns the case."""
        if not about:
            about = {'cloud': 'YH'}
        no = self.w[who].file(procedure, form, **about)['no']
        for body, step, *rest in deciders:
            self.w[body].decide(no, step, *rest)
        return self.w[who].case(no)

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

    # ---- security

    MAP = {'system': 's1', 'builder': '民生事务局', 'runner': '大数据中心', 'manager': '民生事务局信息科',
           'user': '各街道', 'contact': '王工'}

    def test_A29_1_each_system_names_who_answers_for_it_before_it_goes_live(self):
        self.city.project('answer')
        form = gate(self.officer, 'answer')
        said = self.refused('record-not-valid', self.w['u1'].file, 'go_live', form, project='answer')
        self.assertEqual(said['article'], '29')
        for party in ('builder', 'runner', 'manager', 'user'):
            self.refused('form-missing', self.w['u1'].file, 'responsibility',
                         {k: v for k, v in self.MAP.items() if k != party}, project='answer')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='answer')
        kept = self.record('u1', 'responsibility', project='civil.answer')
        self.done('u1', 'responsibility_change', {'user': '各街道与社区', 'reason': '推广至社区'},
                  ('o1', 'accept'), record=kept['no'])
        now = self.shown('o1', kept['no'])['content']
        self.assertEqual((now['user'], now['builder']), ('各街道与社区', '民生事务局'))
        self.w['u1'].file('go_live', form, project='answer')

    def test_A29_1_each_part_of_the_platform_names_who_answers_for_it(self):
        part = {'title': '存储资源池', 'provider': 'vendor', 'builder': '云服务商甲', 'runner': '云服务商甲',
                'manager': '大数据中心', 'user': '各使用单位'}
        for party in ('builder', 'runner', 'manager', 'user'):
            self.refused('form-missing', self.w['o1'].file, 'platform_part',
                         {k: v for k, v in part.items() if k != party}, cloud='YH')
        self.w['o1'].file('platform_part', part, cloud='YH')
        kept = self.record('p1', 'platform_part')
        self.assertEqual((kept['title'], kept['provider']), ('存储资源池', 'vendor'))
        self.w['o1'].file('platform_part_change', dict(part, manager='市大数据中心'), record=kept['no'])
        self.assertEqual(self.shown('a1', kept['no'])['content']['manager'], '市大数据中心')

    def test_A30_1_a_system_goes_live_with_all_its_six_pieces_and_once(self):
        self.city.project('gate')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='gate')
        whole = gate(self.officer, 'gate')
        for piece in [k for k in whole if k != 'system']:
            form = {k: v for k, v in whole.items() if k != piece}
            said = self.refused('form-missing', self.w['u1'].file, 'go_live', form, project='gate')
            self.assertEqual(said['field'], '/form/' + piece)
        case = self.done('u1', 'go_live', whole, ('o1', 'verify'), project='gate')
        attached = self.w['o1'].get(f"/api/v1/cases/{case['no']}/documents")['items']
        self.assertEqual({d['id'] for d in attached}, {v for k, v in whole.items() if k != 'system'})
        live = self.record('u1', 'go_live', project='civil.gate')
        self.assertEqual((live['state'], live['system']), ('live', 's1'))
        self.refused('record-exists', self.w['u1'].file, 'go_live', gate(self.officer, 'gate'), project='gate')

    def platform_key(self, path):
        """The platform's published key, in a file."""
        out = os.path.join(self.folder.name, 'platform.pem')
        with open(path, encoding='utf-8') as f, open(out, 'w', encoding='utf-8') as to:
            to.write(json.load(f)['seal']['public_key'])
        return out

    # proves S30
    def test_A30_4_a_pledge_verifies_from_its_file_alone_or_says_why_not(self):
        self.city.project('vow')
        path = self.officer.signed('vow')
        key = self.platform_key(path)
        done = self.officer.run('verify', path, '--key', key, YUNHENG_SERVER='http://127.0.0.1:1')
        self.assertEqual(done.returncode, 0, done)
        for part in ('民生事务局', '业务系统', 'civil.vow', 'u1', '3'):
            self.assertIn(part, done.stdout)
        with open(path, encoding='utf-8') as f:
            good = json.load(f)
        with open(self.officer.signed('vow'), encoding='utf-8') as f:
            other = json.load(f)
        bad = {
            'pledge-seal-broken': dict(good, statement=dict(good['statement'], mlps_level=2)),
            'pledge-signature-broken': dict(good, signature=other['signature']),
            'pledge-unsigned': {k: v for k, v in good.items() if k != 'signature'},
            'pledge-invalid': {'format': 'yunheng-pledge-1'},
            'pledge-seal-other-key': dict(good, seal=dict(good['seal'], key_id='0' * 64)),
        }
        for slug, text in bad.items():
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(text, f)
            done = self.officer.run('verify', path, '--key', key)
            self.assertEqual(done.returncode, 1, slug)
            self.assertIn(slug, done.stderr)

    # proves S18
    def test_A30_4_the_key_needs_its_passphrase_and_its_owner(self):
        u1 = self.w['u1']
        done = self.officer.run('sign', '--key', self.officer.key, '--project', 'x', '--system', 's1',
                                '--out', '/dev/null', YUNHENG_PASSPHRASE='not this one, really')
        self.assertNotEqual(done.returncode, 0)
        with open(self.officer.key, encoding='ascii') as f:
            self.assertIn('ENCRYPTED PRIVATE KEY', f.read())
        self.assertNotEqual(self.officer.run('keygen', '--key', self.officer.key).returncode, 0)
        self.assertEqual(self.w['u2'].get('/api/v1/account/officer-key'), {'key': None})
        mine = u1.get('/api/v1/account/officer-key')['key']
        self.refused('officer-key-unproved', self.w['u2'].call, 'POST', '/api/v1/account/officer-key',
                     {'public_key': mine['public_key'], 'proof': 'ab'})
        self.refused('officer-key-unproved', u1.call, 'POST', '/api/v1/account/officer-key',
                     {'public_key': mine['public_key'], 'proof': 'ab' * 70})
        self.city.project('word')
        clerk = self.city.person('u8', 'unit', 'civil', capacity='handle')
        Officer(clerk, self.folder.name, 'clerk').found()
        self.refused('pledge-not-officer', clerk.call, 'POST', '/api/v1/pledges',
                     {'project': 'civil.word', 'system': 's1'})
        self.refused('not-permitted', self.w['o1'].call, 'POST', '/api/v1/pledges',
                     {'project': 'civil.word', 'system': 's1'})

    def test_A30_4_the_gate_takes_only_a_pledge_of_its_own_system_unit_and_level(self):
        for project in ('mine', 'else'):
            self.city.project(project)
            self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project=project)
        form = gate(self.officer, 'mine')
        u1 = self.w['u1']
        plain = upload(u1, 'plain.txt', '承诺\n'.encode())
        said = self.refused('json-invalid', u1.file, 'go_live', dict(form, pledge=plain), project='mine')
        self.assertEqual(said['article'], '30')
        other = self.officer.pledge('else')
        said = self.refused('pledge-other-system', u1.file, 'go_live', dict(form, pledge=other), project='mine')
        self.assertEqual((said['article'], said['field']), ('30', '/form/pledge'))
        self.assertTrue(u1.get(f'/api/v1/documents/{other}/pledge')['holds'])
        self.assertFalse(u1.get(f'/api/v1/documents/{plain}/pledge')['holds'])
        self.city.store.sql("UPDATE info_system SET mlps_level = 2 WHERE project = (SELECT id FROM project"
                            " WHERE code = 'civil.mine')")
        said = self.refused('pledge-other-level', u1.file, 'go_live', form, project='mine')
        self.assertEqual((said['figures']['said'], said['figures']['asked']), ('3', '2'))

    def test_A30_4_who_signed_must_still_sign_for_the_unit_when_it_is_handed_in(self):
        self.city.project('left')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='left')
        sec, officer = self.w['secadmin'], Officer(self.city.person('u7', 'unit', 'civil'), self.folder.name, 'left')
        form = gate(self.officer, 'left')
        with open(officer.found().signed('civil.left'), 'rb') as f:
            form['pledge'] = upload(self.w['u1'], 'pledge.json', f.read())
        [grant] = sec.get('/api/v1/people/u7')['grants']
        self.city.two('DELETE', f"/api/v1/grants/{grant['id']}")
        said = self.refused('pledge-officer-left', self.w['u1'].file, 'go_live', form, project='left')
        self.assertEqual((said['article'], said['figures']['login']), ('30', 'u7'))

    # proves S30
    def test_A30_4_a_second_key_ends_the_first_from_its_moment_on(self):
        self.city.project('early')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='early')
        old = Officer(self.city.person('u9', 'unit', 'civil'), self.folder.name, 'old').found()
        before = gate(old, 'civil.early')
        late = old.signed('civil.early')
        Officer(self.w['u9'], self.folder.name, 'new').found()
        done = old.run('sign', '--key', old.key, '--project', 'civil.early', '--system', 's1', '--out', late + '2')
        self.assertIn('pledge-key-other', done.stderr)
        with open(late, 'rb') as f:
            after = upload(self.w['u9'], 'late.json', f.read())
        self.refused('pledge-key-ended', self.w['u9'].file, 'go_live', dict(before, pledge=after), project='early')
        self.w['u9'].file('go_live', before, project='early')
        for kind in ('officer-key.ended', 'officer-key.registered', 'pledge.drawn'):
            self.city.wait_until(lambda kind=kind: self.w['auditor'].get('/api/v1/audit/events', kind=kind)['items'],
                                 kind + ' is not on record')

    def test_A30_1_hardening_tasks_are_owed_until_they_were_verified(self):
        self.city.project('hard')
        case = self.done('o1', 'hardening', {'reason': '漏洞通报', 'tasks': [{'what': '升级组件', 'due': UNTIL}]},
                         project='civil.hard')
        [owed] = self.owed('u1', case['no']).values()
        self.done('u1', 'hardened', {'measures': '已升级至修复版本', 'evidence': '版本截图编号7'},
                  ('o1', 'verify'), duty=owed['no'])
        [owed] = self.owed('u1', case['no']).values()
        self.assertEqual(owed['state'], 'done')

    def overdue(self):
        return sum(line['overdue'] for line in self.w['a1'].get('/api/v1/statistics/decisions')['items'])

    # proves S39
    def test_A31_1_an_incident_is_coordinated_reported_and_concluded_in_its_time(self):
        form = {'title': '网页被篡改', 'grade': 'serious', 'seen_at': '今日八时', 'what': '首页出现异常内容'}
        no = self.w['u1'].file('incident', form, cloud='YH')['no']
        [step] = self.w['o1'].case(no)['steps']
        self.assertEqual((step['step'], step['period']), ('coordinate_at_once', '1h'))
        # to the second, whatever the day or the night
        opened, due = (datetime.datetime.fromisoformat(t) for t in (step['opened_at'], step['due']['at']))
        self.assertEqual((due - opened, step['due']['overdue']), (datetime.timedelta(hours=1), False))
        [desk] = [s for s in self.w['o1'].get('/api/v1/inbox', limit=200)['items'] if s['no'] == no]
        self.assertEqual(desk['due']['at'], step['due']['at'])
        before = self.overdue()
        case = f"(SELECT id FROM case_file WHERE no = '{no}')"
        self.city.store.sql(f'UPDATE case_step SET due_at = due_at - 3601000000 WHERE case_id = {case}')
        self.assertTrue(self.w['o1'].case(no)['steps'][0]['due']['overdue'])
        late = lambda who, path, **query: [c['no'] for c in self.w[who].get(path, limit=200, **query)['items']]
        self.assertIn(no, late('a1', '/api/v1/overdue'))
        self.assertIn(no, late('o1', '/api/v1/cases', overdue='true'))
        self.assertEqual(self.overdue(), before + 1)
        # the hour is told at its end to the desk, and to those who may supervise it
        self.city.due_now('step.overdue', no)
        told = lambda who: [n['figures']['at'] for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                            if n['slug'] == 'step-overdue' and n['case'] == no]
        for who in ('o1', 'a1'):
            self.city.wait_until(lambda who=who: told(who), f'{who} was not told')
        self.assertEqual(len(told('o1')), 1)
        self.w['o1'].decide(no, 'coordinate_at_once', 'handled', {'measures': '断开外网，恢复备份', 'grade': 'serious'})
        self.assertTrue(self.w['o1'].case(no)['steps'][0]['late'])
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'step.count' AND done_at IS NULL")
        times = lambda: self.w['a1'].get('/api/v1/statistics/decisions', procedure='incident')
        self.city.wait_until(lambda: times()['pending'] == 0, 'nobody counted')
        [line] = [i for i in times()['items'] if i['step'] == 'coordinate_at_once']
        self.assertEqual((line['on_time'], line['late']), (0, 1))
        self.assertEqual(steps(self.w['a1'].case(no)), ['urgent_report'])
        self.w['a1'].decide(no, 'urgent_report', 'received')
        self.w['o1'].decide(no, 'report', 'done', {'cause': '弱口令', 'loss': '两小时不可用',
                                                   'lessons': '统一口令策略'})
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        self.assertEqual(self.record('a1', 'incident')['title'], '网页被篡改')
        self.city.papers_served()
        [paper] = [p for p in self.w['a1'].get('/api/v1/papers')['items'] if p['case'] == no]
        text = json.dumps(self.w['a1'].get(f"/api/v1/papers/{paper['id']}"), ensure_ascii=False)
        for said in ('网页被篡改', '弱口令', '统一口令策略', '政云安〔'):
            self.assertIn(said, text)

    def test_A31_1_the_authority_is_told_in_the_hours_of_the_grade(self):
        for grade, at_once, told in (('extraordinary', '_at_once', ('report_at_once', '1h')),
                                     ('serious', '_at_once', ('urgent_report', '2h')),
                                     ('large', '', ('large_report', '24h')), ('general', '', None)):
            form = {'title': '事件 ' + grade, 'grade': grade, 'seen_at': '今日八时', 'what': '首页出现异常内容'}
            no = self.w['u1'].file('incident', form, cloud='YH')['no']
            self.w['o1'].decide(no, 'coordinate' + at_once, 'handled', {'measures': '断开外网', 'grade': grade})
            step = [s for s in self.w['a1'].case(no)['steps'] if not s['closed_at']][-1]
            want = told or ('report', '10wd')
            self.assertEqual((step['step'], step['period']), want, grade)

    # proves S39
    def test_A31_2_a_drill_is_planned_and_held_and_what_it_found_is_mended(self):
        self.done('o1', 'drill_plan', dict(TERM, title='勒索演练', scenario='核心库被加密'))
        drill = self.record('a1', 'drill')['no']
        case = self.done('o1', 'drill_report', {'held_on': FROM, 'summary': '四十分钟恢复', 'findings': [
            {'what': '联系人过期', 'due': UNTIL}]}, record=drill)
        self.assertEqual(self.shown('a1', drill)['state'], 'held')
        [owed] = self.owed('a1', case['no']).values()
        self.assertEqual((owed['record'], owed['state']), (drill, 'open'))
        self.done('o1', 'drill_fix', {'measures': '已更新联系人'}, ('a1', 'verify'), duty=owed['no'])
        [owed] = self.owed('a1', case['no']).values()
        self.assertEqual(owed['state'], 'done')

    # proves S41, S25
    def test_A32_1_backup_is_ordered_with_its_objectives_and_a_restore_is_drilled(self):
        self.city.project('safe')
        # without an objective nothing could ever be late
        self.refused('quantity-out-of-range', self.w['u1'].file, 'dr_order', {
            'system': 's1', 'rpo_hours': '0', 'rto_hours': '8', 'scope': '数据库每日全量'}, project='safe')
        self.done('u1', 'dr_order', {'system': 's1', 'rpo_hours': '4', 'rto_hours': '8',
                                     'scope': '数据库每日全量'}, ('o1', 'review'),
                  ('p1', 'set_up', 'done', {'done': '首次备份成功'}), project='safe')
        order = self.record('u1', 'dr_order', project='civil.safe')
        now = self.shown('u1', order['no'])
        self.assertEqual({f['figure']: f['value'] for f in now['figures']},
                         {'rpo_hours': '4', 'rto_hours': '8'})
        self.saved(order['no'])
        said = self.refused('day-ahead', self.w['u1'].file, 'dr_drill', {
            'held_on': UNTIL, 'restored': '抽样核对一致', 'minutes': 95}, record=order['no'])
        self.assertEqual((said['article'], said['field']), ('32', '/form/held_on'))
        self.done('u1', 'dr_drill', {'held_on': FROM, 'restored': '抽样核对一致', 'minutes': 95},
                  record=order['no'])
        self.assertEqual(self.shown('o1', order['no'])['content']['minutes'], 95)
        self.assertTrue(self.shown('u1', order['no'])['backup'])
        self.done('u1', 'dr_change', {'rpo_hours': '12', 'reason': '改为半日一备'}, ('o1', 'review'),
                  ('p1', 'set_up', 'done', {'done': '已按新周期备份'}), record=order['no'])
        now = self.shown('u1', order['no'])
        self.assertEqual(({f['figure']: f['value'] for f in now['figures']}, now['content']['scope']),
                         ({'rpo_hours': '12', 'rto_hours': '8'}, '数据库每日全量'))
        self.done('u1', 'dr_end', {'reason': '系统下线，备份留存一年'}, ('o1', 'review'), record=order['no'])
        over = self.shown('u1', order['no'])
        self.assertEqual((over['state'], over['final'], over['backup']), ('ended', True, False))
        self.refused('record-state', self.w['u1'].file, 'dr_change', {'reason': '再改'}, record=order['no'])

    def saved(self, order):
        """The last success is what the meter was told of, and overdue when it is older than the objective."""
        def told(hours):
            with contextlib.closing(Sender(self.city.server.port, token)) as sender:
                status, reply = sender.lines([{
                    'metric': 'resource_backup_last_success_timestamp_seconds', 'labels': {'resource': no},
                    'at': now_ms(), 'value': now_ms() / 1000 - hours * 3600}])
            self.assertEqual((status, reply['refused']), (200, 0), reply)
            return self.w['u1'].get(f'/api/v1/records/{order}/backup')
        self.assertIn('Nothing of this system runs', self.w['u1'].get(f'/api/v1/records/{order}/backup')['sentence'])
        no = self.city.formal('safe', 1)
        never = self.w['u1'].get(f'/api/v1/records/{order}/backup')
        self.assertEqual((never['overdue'], never['last_success'], len(never['items'])), (True, None, 1), never)
        no = never['items'][0]['resource']
        token = self.w['p1'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'provider', 'about': 'vendor', 'label': 'backup', 'days': 1})['token']
        late = told(5)
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'backup.watch'")
        owes = lambda: self.w['o1'].get('/api/v1/duties', kind='backup_late', record=order)['items']
        self.city.wait_until(owes, 'no duty arose')
        [owed] = owes()
        self.assertEqual((owed['owner'], owed['record'], owed['state']), ('bdc', order, 'open'))
        self.done('o1', 'backup_restored', {'result': '扩容备份存储后恢复'}, duty=owed['no'])
        self.assertEqual([d['state'] for d in owes()], ['done'])
        # the repair takes days: within them it does not arise anew
        watched = lambda: self.w['o1'].get('/api/v1/jobs', kind='backup.watch')['items'][0]['due_at']
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'backup.watch'")
        self.city.wait_until(lambda: watched() > '2000', 'nobody watched')
        self.assertEqual([d['state'] for d in owes()], ['done'])
        fresh = told(1)
        self.assertEqual((late['overdue'], fresh['overdue'], fresh['rpo_hours']), (True, False, 4))
        self.assertIn('5 hours old, beyond the objective of 4 hours', late['sentence'])
        self.assertLess(fresh['last_success'], fresh['due'])
        self.refused('record-unknown', self.w['u2'].get, f'/api/v1/records/{order}/backup')


on_both_engines(Governance)
del Governance

if __name__ == '__main__':
    unittest.main()
