"""Operation (Art. 28): a unit's problem report with its clock and its end, and change plans that begin
only when they may."""
import datetime
import unittest

from city import City, InCity, on_both_engines, steps


class Operation(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('portal')

    def report(self, priority='p2'):
        return self.w['u1'].file('problem', {'title': '门户无法登录', 'priority': priority,
                                             'what': '九点起登录页返回错误，约三百人受影响',
                                             'system': 's1'}, project='portal')['no']

    def step(self, no, name):
        return [s for s in self.w['u1'].case(no)['steps'] if s['step'] == name][-1]

    def test_A28_1_a_problem_is_taken_on_mended_and_confirmed_each_in_its_time(self):
        no = self.report()
        self.assertEqual((self.step(no, 'dispatch')['period'], steps(self.w['o1'].case(no))),
                         ('1wd', ['dispatch']))
        self.refused('case-unknown', self.w['p1'].decide, no, 'solve', 'done', {'done': '重启'})
        self.w['o1'].decide(no, 'dispatch')
        self.assertEqual(self.step(no, 'solve')['period'], '3wd')
        self.refused('form-missing', self.w['p1'].decide, no, 'solve', 'done', {})
        self.w['p1'].decide(no, 'solve', 'done', {'done': '更换故障磁盘', 'cause': '磁盘损坏'})
        self.refused('decide-not-permitted', self.w['p1'].decide, no, 'accept', 'solved')
        self.w['u1'].decide(no, 'accept', 'solved')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')

    def test_A28_1_what_is_down_is_urgent_and_what_is_not_mended_is_tried_again(self):
        no = self.report('p1')
        self.w['o1'].decide(no, 'dispatch')
        self.assertEqual(self.step(no, 'urgent')['period'], '1wd')
        self.w['p1'].decide(no, 'urgent', 'done', {'done': '重启'})
        self.w['u1'].decide(no, 'accept', 'unsolved', {'why': '半小时后又不可用'})
        self.w['p1'].decide(no, 'again', 'done', {'done': '切换至备用节点'})
        self.w['o1'].decide(no, 'conclude', 'solved')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        self.refused('case-unknown', self.w['u2'].case, no)

    def plan(self, grade, **more):
        start = datetime.date.today() + datetime.timedelta(days=10)
        form = {'title': '存储扩容割接', 'grade': grade, 'plan': '分两批迁移数据卷', 'rollback': '切回旧卷',
                'from': start.isoformat(), 'until': start.isoformat()}
        return self.w['p1'].file('change_plan', dict(form, **more), cloud='YH')

    def test_A28_3_a_major_change_needs_an_assessment_and_the_authority_before_it_begins(self):
        said = self.refused('evidence-missing', self.plan, 'major')
        self.assertEqual(said['article'], '28')
        self.refused('evidence-missing', self.plan, 'major', assessor='市信息化专家组')
        no = self.plan('major', assessor='市信息化专家组', assessment='方案可行，回退完备')['no']
        self.w['o1'].decide(no, 'review')
        self.assertEqual(steps(self.w['p1'].case(no)), ['approve'])
        self.refused('step-not-open', self.w['p1'].decide, no, 'carry_out', 'done',
                     {'result': 'succeeded'})
        self.refused('decide-not-permitted', self.w['o1'].decide, no, 'approve')
        self.assertEqual(self.windows('u1'), [])
        self.w['a1'].decide(no, 'approve')
        self.w['p1'].decide(no, 'carry_out', 'done', {'result': 'succeeded'})
        self.assertEqual(self.w['p1'].case(no)['state'], 'closed')

    def windows(self, who):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == 'change-window']

    def test_A28_3_whoever_runs_on_the_cloud_is_told_of_an_approved_window_by_itself(self):
        self.city.open(self.city.apply('portal', 1)['no'])
        no = self.plan('major', assessor='市信息化专家组', assessment='方案可行')['no']
        before = len(self.windows('u1'))
        self.w['o1'].decide(no, 'review')
        self.assertEqual(len(self.windows('u1')), before)
        self.w['a1'].decide(no, 'approve')
        form = self.w['p1'].case(no)['form']
        told = self.windows('u1')
        self.assertEqual(len(told), before + 1)
        self.assertEqual([told[0]['figures'][f] for f in ('what', 'from', 'until', 'case')],
                         ['存储扩容割接', form['from'], form['until'], no])
        self.assertIn('存储扩容割接', told[0]['sentence'])
        self.assertEqual(self.windows('u2'), [])
        taken = [s for s in self.w['p1'].case(no)['steps'] if s['step'] == 'announce'][0]
        self.assertEqual((taken['kind'], taken['outcome'], taken['role']), ('at_once', 'done', ''))
        # whoever was told of it does not find it withdrawn
        self.refused('withdraw-too-late', self.w['p1'].call, 'POST',
                     f'/api/v1/cases/{no}/withdrawal', {'reason': '改期'})
        self.refused('step-not-open', self.w['p1'].decide, no, 'announce', 'done')

    def test_A28_3_an_ordinary_change_is_the_operators_to_admit(self):
        no = self.plan('ordinary')['no']
        self.refused('step-not-open', self.w['p1'].decide, no, 'carry_out', 'done',
                     {'result': 'succeeded'})
        self.w['o1'].decide(no, 'review')
        self.w['p1'].decide(no, 'carry_out', 'done', {'result': 'rolled_back', 'note': '超时回退'})
        self.assertEqual(self.w['o1'].case(no)['state'], 'closed')


on_both_engines(Operation)
del Operation

if __name__ == '__main__':
    unittest.main()
