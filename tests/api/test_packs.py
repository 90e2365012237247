"""The measures are data: a pack alone gives a new procedure, another place's figures, or a refusal."""
import datetime
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
import urllib.request

from city import BIN, City, Problem, Server, Store, on_both_engines, steps, today

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')

PROCEDURE = '''procedure: showcase
code: ZSYS
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
TOLD = '{title: {zh: 告知窗口, en: The window is told}, at_once: [notice.units: {text: change-window, what: title, from: from, until: until}]}'
WINDOW = f'''procedure: %s
code: %s
title: {{zh: 维护窗口, en: Maintenance window}}
article: "28"
level: any
filed_by: provider
about: none
form: forms/window.json
steps:
  first: {TOLD}
'''
WINDOW_STEPS = f'''  public_review:
    title: {{zh: 公众开放审核, en: Review of what the public sees}}
    when:
      - form.is: {{field: audience, value: public}}
    decided_by: authority
    within: $change.approve
    returns: false
  between: {TOLD}
  review:
    title: {{zh: 运行管理单位审核, en: The operator reviews it}}
    decided_by: operator
    within: $change.review
  last: {TOLD}
'''
WINDOW_FORM = '''{
  "title": "维护窗口", "x-title-en": "Window", "type": "object",
  "properties": {
    "title": {"title": "名称", "x-title-en": "Title", "type": "string", "format": "line", "minLength": 2, "maxLength": 200},
    "audience": {"title": "受众", "x-title-en": "Audience", "type": "string", "enum": ["public", "staff"]},
    "from": {"title": "起", "x-title-en": "From", "type": "string", "format": "date"},
    "until": {"title": "止", "x-title-en": "Until", "type": "string", "format": "date"}
  },
  "required": ["title", "audience", "from", "until"]
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

    def change(self, name, old, new):
        """Puts `new` in the place of the one `old` in a file."""
        with open(os.path.join(self.path, name), encoding='utf-8') as f:
            text = f.read()
        assert text.count(old) == 1, (name, old)
        self.write(name, text.replace(old, new))

    def drop(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def described(*words):
    return subprocess.run([f'{BIN}/yunheng', 'openapi', *words], check=True, capture_output=True).stdout


class Showcase:
    @classmethod
    def setUpClass(cls):
        cls.pack = Pack()
        cls.pack.write('procedures/showcase.yaml', PROCEDURE)
        cls.pack.write('forms/showcase.json', FORM)
        cls.pack.write('procedures/window.yaml', WINDOW % ('window', 'WHCK') + WINDOW_STEPS)
        cls.pack.write('procedures/bulletin.yaml', WINDOW % ('bulletin', 'WHTB'))
        cls.pack.write('forms/window.json', WINDOW_FORM)
        try:
            cls.city = City(cls.postgres, init=('--pack', cls.pack.path))
            cls.offline = described('--pack', cls.pack.path)
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

    def test_the_api_is_described_offline_as_the_server_does(self):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.city.server.port}/api/v1/openapi.json') as reply:
            online = reply.read()
        self.assertEqual(online, self.offline)
        self.assertIn(b'"form-showcase"', online)
        usual = described()
        self.assertNotIn(b'"form-showcase"', usual)
        self.assertEqual(json.loads(usual)['paths'], json.loads(online)['paths'])

    def test_X3_a_procedure_of_yaml_alone_runs_from_filing_to_effect(self):
        before = self.city.quota('show')['vcpu']
        case = self.ask('public', 3)
        no = case['no']
        self.assertIn('-ZSYS-', no)
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

    def window(self, procedure, audience='staff'):
        day = today().isoformat()
        form = {'title': '夜间割接', 'audience': audience, 'from': day, 'until': day}
        return self.w['p1'].file(procedure, form, cloud='YH'), form

    def told(self, no):
        return len([n for n in self.w['u1'].get('/api/v1/notices', limit=200)['items']
                    if n['slug'] == 'change-window' and n['case'] == no])

    def test_X3_what_the_system_does_at_once_is_done_once_first_last_and_after_a_return_that_reroutes(self):
        self.city.open(self.city.apply('show', 1)['no'])
        case, form = self.window('window')
        no = case['no']
        self.assertEqual(steps(case), ['review'])
        self.assertEqual(self.told(no), 2)
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['窗口涉及公众']})
        again = self.w['p1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': dict(form, audience='public')})
        self.assertEqual(steps(again), ['public_review'])
        self.w['a1'].decide(no, 'public_review')
        self.assertEqual(steps(self.w['p1'].case(no)), ['review'])
        self.assertEqual(self.told(no), 2)
        self.w['o1'].decide(no, 'review')
        ended = self.w['p1'].case(no)
        self.assertEqual((ended['state'], self.told(no)), ('closed', 3))
        once = [s['step'] for s in ended['steps'] if s['kind'] == 'at_once']
        self.assertEqual(sorted(once), ['between', 'first', 'last'])

    def test_X3_a_case_of_nothing_but_what_the_system_does_is_over_when_it_is_filed(self):
        self.city.open(self.city.apply('show', 1)['no'])
        case, _ = self.window('bulletin')
        self.assertEqual((case['state'], [s['outcome'] for s in case['steps']]), ('closed', ['done']))
        self.assertEqual(self.told(case['no']), 1)


on_both_engines(Showcase)
del Showcase


def deadline(period):
    out = subprocess.run([f'{BIN}/yunheng', 'deadline', '--provisional', today().isoformat(), period], check=True,
                         capture_output=True, text=True).stdout
    return out.split()[0]


class Figures(unittest.TestCase):
    """The same application in two cities; the program is the same."""

    @classmethod
    def setUpClass(cls):
        cls.cities = {name: City(init=('--pack', name))
                      for name in ('shanghai-2022', 'calendar-days-2020')}
        for city in cls.cities.values():
            city.project('plain')

    @classmethod
    def tearDownClass(cls):
        for city in cls.cities.values():
            city.close()

    def refused(self, slug, call, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, str(caught.exception))
        return caught.exception.body

    def test_X3_the_city_without_that_file_knows_no_such_procedure(self):
        self.refused('procedure-unknown', self.cities['shanghai-2022'].who['u1'].file, 'showcase',
                     {}, project='plain')

    def test_X4_the_same_application_has_another_due_day(self):
        due = {}
        for name, city in self.cities.items():
            review = city.apply('plain', 1)['steps'][0]
            due[name] = (review['period'], review['due']['day'])
        self.assertEqual(due, {'shanghai-2022': ('5wd', deadline('5wd')),
                               'calendar-days-2020': ('30d', deadline('30d'))})

    def test_X4_a_test_passes_at_once_in_one_place_and_not_before_30_days_in_the_other(self):
        for name, city in self.cities.items():
            no = city.apply('plain', 1)['no']
            city.open(no)
            if name == 'shanghai-2022':
                city.who['u1'].decide(no, 'verify', 'passed')
                self.assertEqual(steps(city.who['u1'].case(no)), ['formal'])
                continue
            body = self.refused('test-too-short', city.who['u1'].decide, no, 'verify', 'passed')
            self.assertEqual((body['status'], body['article']), (422, '3'))
            self.assertEqual(body['figures']['opened'], today().isoformat())
            self.assertEqual(body['figures']['earliest'],
                             (today() + datetime.timedelta(days=30)).isoformat())
            self.assertEqual(steps(city.who['u1'].case(no)), ['verify'])
            city.who['u1'].decide(no, 'verify', 'failed')
            self.assertEqual(steps(city.who['u1'].case(no)), ['retention'])


class Broken(unittest.TestCase):
    def setUp(self):
        self.store = Store(None)
        self.addCleanup(self.store.drop)

    def run_init(self, *extra):
        return subprocess.run([f'{BIN}/yunheng', 'init', *self.store.args(), *extra],
                              capture_output=True, text=True)

    def test_a_broken_pack_is_refused_with_its_file_and_line_and_a_sound_one_may_follow(self):
        pack = Pack()
        self.addCleanup(pack.drop)
        at = PROCEDURE.splitlines().index('    within: 4wd') + 1
        pack.write('procedures/showcase.yaml', PROCEDURE.replace('within: 4wd', 'within: 4weeks'))
        pack.write('forms/showcase.json', FORM)
        out = self.run_init('--pack', pack.path)
        self.assertNotEqual(out.returncode, 0)
        self.assertEqual(out.stdout, '')
        self.assertIn(f'procedures/showcase.yaml:{at}', out.stderr)
        out = self.run_init()
        self.assertEqual(out.returncode, 0, out.stderr)

    def test_a_pack_that_is_not_there_is_refused(self):
        out = self.run_init('--pack', os.path.join(self.store.dir, 'none'))
        self.assertNotEqual(out.returncode, 0)
        self.assertIn('none', out.stderr)

    def test_a_clock_without_an_article_is_refused(self):
        pack = Pack()
        self.addCleanup(pack.drop)
        pack.write('procedures/showcase.yaml', PROCEDURE.replace('    local: true\n', '', 1))
        pack.write('forms/showcase.json', FORM)
        out = self.run_init('--pack', pack.path)
        self.assertIn('pack-clock-lawless', out.stderr)


class Newer:
    def test_a_store_of_a_newer_program_is_not_opened(self):
        store = Store(self.postgres)
        self.addCleanup(store.drop)
        store.init()
        sql = "INSERT INTO yh_schema (number, name) VALUES (9999, 'later')"
        if self.postgres:
            store.psql(sql, store.url)
        else:
            db = sqlite3.connect(os.path.join(store.data, 'yunheng.db'))
            with db:
                db.execute(sql)
            db.close()
        with self.assertRaisesRegex(AssertionError, 'schema-newer'):
            Server(store).stop()


on_both_engines(Newer)
del Newer

if __name__ == '__main__':
    unittest.main()
