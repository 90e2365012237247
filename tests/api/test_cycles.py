"""What recurs (Art. 30): assessments, retests and reports that are owed again and again."""
import datetime
import unittest

from city import City, InCity, on_both_engines, today

TERM = {'from': today().isoformat(), 'until': (today() + datetime.timedelta(days=300)).isoformat()}


class Cycles(InCity):
    """What recurs: it arises by itself, is reported, accepted, and due again."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))
        cls.w = cls.city.who
        no = cls.w['o1'].file('contract', dict(TERM, title='云服务合同', provider='vendor', scope='计算',
                                               ceiling='9000000'), cloud='YH')['no']
        cls.w['a1'].decide(no, 'approve')
        cls.city.project('cycle')
        cls.city.turn(cls.city.clock() + datetime.timedelta(days=1))

    def owes(self, who, kind, cloud='YH'):
        """Of one cloud: the provider owes the same for each that it serves, to that cloud's operator."""
        found = self.w[who].get('/api/v1/duties', kind=kind, open='true', mine='true')['items']
        return [d for d in found if d['cloud'] == cloud]

    def comes_again(self, kind, owner, decider, **more):
        one = self.owes(owner, kind)[0]
        year = datetime.date.fromisoformat(one['due']) - self.city.clock()
        self.assertTrue(300 < year.days < 400, one)
        self.refused('form-missing', self.w[owner].file, kind, {'result': '符合'}, duty=one['no'])
        no = self.w[owner].file(kind, dict({'result': '符合', 'evidence': '报告〔2026〕9号'}, **more), duty=one['no'])['no']
        self.assertEqual(self.w[owner].get('/api/v1/duties/' + one['no'])['state'], 'reported')
        self.w[decider].decide(no, 'verify')
        self.assertEqual(self.w[owner].get('/api/v1/duties/' + one['no'])['state'], 'done')
        self.city.turn(self.city.clock() + datetime.timedelta(days=1))
        self.assertIn(True, [d['no'] != one['no'] and d['due'] > one['due'] for d in self.owes(owner, kind)])

    # proves S43
    def test_A30_3_the_platforms_assessments_are_owed_by_its_provider_on_their_cycles(self):
        self.comes_again('platform_mlps', 'p1', 'o1')
        self.comes_again('platform_crypto', 'p1', 'o1')

    def test_S32_an_assessment_of_cryptography_carries_its_judgements_and_one_of_four_scores(self):
        marks = {'use': 'met', 'algorithms': 'met', 'keys': 'unmet', 'score': '0.5'}
        one = self.owes('p1', 'platform_crypto')[0]
        for wrong in ({'score': '0.3'}, {'keys': 'half'}):
            self.refused('form-choice', self.w['p1'].file, 'platform_crypto',
                         dict(marks, result='基本符合', evidence='密评报告', **wrong), duty=one['no'])
        no = self.w['p1'].file('platform_crypto', dict(marks, result='基本符合', evidence='密评报告'), duty=one['no'])['no']
        kept = self.w['o1'].case(no)['form']
        self.assertEqual({k: kept[k] for k in marks}, marks)
        # whose step it is reads it, and no other cloud's operator does
        self.refused('case-unknown', self.w['do'].case, no)
        there = self.owes('p1', 'platform_crypto', 'EAST')[0]
        no = self.w['p1'].file('platform_crypto', dict(marks, result='基本符合', evidence='密评报告'), duty=there['no'])['no']
        self.assertEqual(self.w['do'].case(no)['form']['score'], '0.5')
        self.refused('case-unknown', self.w['o1'].case, no)

    def test_A30_5_security_in_step_and_the_units_data_are_answered_for_every_year(self):
        self.comes_again('security_in_step', 'o1', 'a1')
        self.comes_again('data_security', 'u1', 'o1')


on_both_engines(Cycles)
del Cycles

if __name__ == '__main__':
    unittest.main()
