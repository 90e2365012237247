"""The measures are data: a pack alone gives a new procedure, another place's figures, or a refusal."""
import datetime
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from city import BIN, City, Problem, Server, Store, on_both_engines, steps, today

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')

PROCEDURE = '''procedure: showcase
code: ZS
title: {zh: 展示环境申请, en: Showcase}
article: "19"
level: any
filed_by: unit
about: project
form: forms/showcase.json
checks:
  - project.is: {state: initiated, article: "19"}
  - item.orderable: {article: "15"}
  - quota.within: {article: "19"}
on_filed:
  - quota.reserve
steps:
  public_review:
    title: {zh: 公众开放审核, en: Review of a public showcase}
    when:
      - form.is: {field: audience, value: public}
    decided_by: authority
    within: 3wd
    article: "19"
  joint_review:
    title: {zh: 双方审核, en: Review by both bodies}
    decided_by: [operator, econ_info]
    within: 4wd
    local: true
    effect:
      - resource.apply: {kind: development}
  open:
    title: {zh: 开通, en: Opening}
    fulfilled_by: provider
    within: 2wd
    local: true
    form: forms/fulfil.json
    effect:
      - resource.open
'''
FORM = '''{
  "title": "展示环境", "x-title-en": "Showcase", "type": "object",
  "properties": {
    "audience": {"title": "受众", "x-title-en": "Audience", "type": "string", "enum": ["public", "staff"]},
    "items": {
      "title": "申请资源", "x-title-en": "Resources", "type": "array", "minItems": 1, "maxItems": 10,
      "items": {
        "type": "object",
        "properties": {
          "item": {"title": "目录条目", "x-title-en": "Item", "type": "string", "minLength": 1, "maxLength": 63},
          "quantity": {"title": "数量", "x-title-en": "Quantity", "type": "string", "format": "quantity"}
        },
        "required": ["item", "quantity"]
      }
    }
  },
  "required": ["audience", "items"]
}
'''


class Pack:
    """A copy of the city's pack in a folder of its own, to be changed."""

    def __init__(self, name='shanghai-2022'):
        self.dir = tempfile.mkdtemp(prefix='yh-pack-')
        self.path = os.path.join(self.dir, name)
        shutil.copytree(os.path.join(POLICY, name), self.path)

    def write(self, name, text):
        with open(os.path.join(self.path, name), 'w', encoding='utf-8') as f:
            f.write(text)

    def drop(self):
        shutil.rmtree(self.dir, ignore_errors=True)


class Showcase:
    @classmethod
    def setUpClass(cls):
        cls.pack = Pack()
        cls.pack.write('procedures/showcase.yaml', PROCEDURE)
        cls.pack.write('forms/showcase.json', FORM)
        try:
            cls.city = City(cls.postgres, init=('--pack', cls.pack.path))
        finally:
            cls.pack.drop()
        cls.w = cls.city.who
        cls.city.project('show')

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def ask(self, audience, quantity):
        return self.w['u1'].file('showcase', {'audience': audience, 'items': [
            {'item': 'vm-4c8g', 'quantity': str(quantity)}]}, project='show')

    def test_X3_a_procedure_of_yaml_alone_runs_from_filing_to_effect(self):
        before = self.city.quota('show')['vcpu']
        case = self.ask('public', 3)
        no = case['no']
        self.assertIn('-ZS-', no)
        self.assertEqual(steps(case), ['public_review'])
        self.assertEqual((case['steps'][0]['period'], case['steps'][0]['article']), ('3wd', '19'))
        self.assertEqual(self.city.quota('show')['vcpu']['reserved'], before['reserved'] + 12)
        self.w['a1'].decide(no, 'public_review')
        both = self.w['u1'].case(no)
        self.assertEqual(set(steps(both)), {'joint_review'})
        self.w['e1'].decide(no, 'joint_review')
        self.assertEqual(self.w['u1'].case(no)['resources'], [])
        self.w['o1'].decide(no, 'joint_review')
        made = self.w['p1'].case(no)
        self.assertEqual((steps(made), len(made['resources'])), (['open'], 1))
        which = made['resources'][0]['id']
        self.w['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': which, 'provider_ref': 'i-1'}]})
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        now = self.w['u1'].get(f'/api/v1/resources/{which}')
        self.assertEqual((now['kind'], now['state']), ('development', 'running'))
        after = self.city.quota('show')['vcpu']
        self.assertEqual((after['allocated'], after['reserved']),
                         (before['allocated'] + 12, before['reserved']))

    def test_X3_the_conditional_step_is_passed_over_and_the_bodies_decide_in_any_order(self):
        case = self.ask('staff', 1)
        self.assertEqual(set(steps(case)), {'joint_review'})
        self.w['o1'].decide(case['no'], 'joint_review')
        self.assertEqual(set(steps(self.w['u1'].case(case['no']))), {'joint_review'})
        self.w['e1'].decide(case['no'], 'joint_review')
        self.assertEqual(steps(self.w['u1'].case(case['no'])), ['open'])

    def test_X3_a_return_pauses_the_clock_and_a_refusal_frees_the_reservation(self):
        before = self.city.quota('show')['vcpu']['reserved']
        no = self.ask('public', 2)['no']
        back = self.w['a1'].call('POST', f'/api/v1/cases/{no}/steps/public_review/return',
                                 {'defects': ['缺少开放范围说明']})
        self.assertEqual((back['state'], back['steps'][0]['due']), ('returned', None))
        again = self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': {
            'audience': 'public', 'items': [{'item': 'vm-4c8g', 'quantity': '4'}]}})
        self.assertIsNotNone(again['steps'][0]['due'])
        self.assertEqual(self.city.quota('show')['vcpu']['reserved'], before + 16)
        self.w['a1'].decide(no, 'public_review', 'refuse')
        self.assertEqual(self.w['u1'].case(no)['state'], 'refused')
        self.assertEqual(self.city.quota('show')['vcpu']['reserved'], before)


on_both_engines(Showcase)
del Showcase


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.project('plain')

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def test_X3_the_city_without_that_file_knows_no_such_procedure(self):
        with self.assertRaises(Problem) as caught:
            self.city.who['u1'].file('showcase', {}, project='plain')
        self.assertEqual(caught.exception.slug, 'procedure-unknown')


if __name__ == '__main__':
    unittest.main()
