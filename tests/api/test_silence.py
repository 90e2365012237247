"""What a due day without an answer takes; what a unit says of its data before they go (Art. 26)."""
import datetime
import unittest

from city import SHARED_METER, City, InCity, on_both_engines, steps
from test_packs import Pack

PROCEDURE = '''procedure: inquiry
code: WX
title: {zh: 使用情况问询, en: Inquiry}
article: "25"
level: any
filed_by: operator
about: resource
form: forms/inquiry.json
checks:
  - resource.is: {state: formal}
steps:
  answer:
    title: {zh: 使用单位答复, en: The unit answers}
    article: "26"
    confirmed_by: unit
    within: 5wd
    silence: silent
    form: forms/backup.json
    outcomes:
      answered: {zh: 已答复, en: Answered, effect: [backup.note]}
      refused: {zh: 拒绝, en: Refused, effect: [backup.silent], end: refused}
      silent: {zh: 未答复, en: No answer, effect: [backup.silent]}
  consent:
    title: {zh: 主管部门同意强制停止, en: The authority consents}
    when:
      - step.was: {step: answer, outcome: silent}
    decided_by: authority
    within: 3wd
    local: true
  stop:
    title: {zh: 停止, en: Stop}
    fulfilled_by: provider
    within: 3wd
    local: true
    effect:
      - resource.stop: {backup: answer}
'''
FORM = '''{
  "title": "问询", "x-title-en": "Inquiry", "type": "object",
  "properties": {
    "resources": {
      "title": "资源", "x-title-en": "Resources", "type": "array", "minItems": 1, "maxItems": 200, "uniqueItems": true,
      "items": {"type": "string", "format": "id"}
    },
    "reason": {"title": "理由", "x-title-en": "Reason", "type": "string", "minLength": 2, "maxLength": 2000}
  },
  "required": ["resources", "reason"]
}
'''


class Silence(InCity):
    @classmethod
    def setUpClass(cls):
        pack = Pack()
        pack.write('procedures/inquiry.yaml', PROCEDURE)
        pack.write('forms/inquiry.json', FORM)
        try:
            cls.city = City(cls.postgres, init=('--pack', pack.path, '--demo-clock'),
                            serve=SHARED_METER if cls.postgres else ())
        finally:
            pack.drop()
        cls.w = cls.city.who
        cls.city.project('quiet')

    def ask(self, quantity=1):
        """A new resource and a case that asks its unit about it."""
        [resource] = self.city.formal('quiet', quantity)
        case = self.w['o1'].file('inquiry', {'resources': [resource], 'reason': '长期低效'})
        return resource, case['no'], datetime.date.fromisoformat(case['steps'][0]['due']['day'])

    def story(self, no, kind):
        return [e for e in self.w['a1'].get(f'/api/v1/cases/{no}/events')['items']
                if e['kind'] == kind]

    def notes(self, no):
        found = self.city.store.sql(
            'SELECT choice, note FROM backup_note WHERE case_id = (SELECT id FROM case_file WHERE'
            f" no = '{no}') ORDER BY choice")
        return ['|'.join(r) for r in found] if isinstance(found, list) else found.split('\n')

    # proves A26.1
    def test_silence_is_taken_after_the_due_day_once_and_as_the_system(self):
        resource, no, due = self.ask()
        self.city.turn(due)
        self.assertEqual(steps(self.w['u1'].case(no)), ['answer'])
        self.city.turn(due + datetime.timedelta(days=1))
        case = self.w['u1'].case(no)
        self.assertEqual((case['steps'][0]['outcome'], steps(case)), ('silent', ['consent']))
        self.assertEqual([s['nature'] for s in case['steps']], ['neutral', None])
        [event] = self.story(no, 'step.silent')
        self.assertEqual((event['person'], event['role'], event['outcome'], event['article']),
                         ('', 'system', 'silent', '26'))
        told = [n['sentence'] for n in self.w['u1'].get('/api/v1/notices', limit=200)['items']
                if n['case'] == no and n['slug'] == 'step-silent']
        self.assertEqual(len(told), 1)
        self.assertIn('The unit answers', told[0])
        self.assertEqual(self.notes(no), ['silent|'])
        self.city.turn(due + datetime.timedelta(days=9))
        self.assertEqual(len(self.story(no, 'step.silent')), 1)
        self.w['a1'].decide(no, 'consent')
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual(self.w['u1'].get(f'/api/v1/resources/{resource}')['state'], 'stopped')
        self.assertEqual([e['outcome'] for e in self.story(no, 'resource.stopped')], ['forced'])

    def test_an_answer_in_time_is_no_silence_and_the_case_goes_another_way(self):
        _, no, due = self.ask()
        self.city.turn(due)
        self.w['u1'].decide(no, 'answer', 'answered', {'choice': 'migrated', 'note': '已迁往新库'})
        self.assertEqual(steps(self.w['u1'].case(no)), ['stop'])
        self.city.turn(due + datetime.timedelta(days=4))
        self.assertEqual(steps(self.w['u1'].case(no)), ['stop'])
        self.assertEqual(self.story(no, 'step.silent'), [])
        self.assertEqual(self.notes(no), ['migrated|已迁往新库'])
        self.w['p1'].decide(no, 'stop', 'done')
        self.assertEqual([e['outcome'] for e in self.story(no, 'resource.stopped')], [''])

    def test_nobody_chooses_silence(self):
        _, no, _ = self.ask()
        [step] = self.w['u1'].case(no)['steps']
        self.assertEqual(step['you_may'], ['answered', 'refused'])
        body = self.refused('outcome-unknown', self.w['u1'].decide, no, 'answer', 'silent')
        self.assertEqual(body['field'], '/outcome')
        self.w['u1'].decide(no, 'answer', 'refused')
        self.assertEqual([s['nature'] for s in self.w['u1'].case(no)['steps']], ['negative'])

    def test_silence_moves_with_the_due_day(self):
        _, no, due = self.ask()
        w, day = self.w, self.city.clock() + datetime.timedelta(days=1)
        stop = w['o1'].file('clock_suspension', {
            'from': day.isoformat(), 'to': (day + datetime.timedelta(days=9)).isoformat(),
            'reason': '全市停办'}, cloud='YH')['no']
        w['a1'].decide(stop, 'review')
        self.city.turn(due)
        [step] = [s for s in w['u1'].case(no)['steps'] if not s['closed_at']]
        moved = datetime.date.fromisoformat(step['due']['day'])
        self.assertGreater(moved, due)
        self.city.turn(moved)
        self.assertEqual(steps(w['u1'].case(no)), ['answer'])
        self.city.turn(moved + datetime.timedelta(days=1))
        self.assertEqual(steps(w['u1'].case(no)), ['consent'])

    def test_X5_whoever_answers_for_the_unit_decides_nothing_in_the_case(self):
        _, no, _ = self.ask()
        both = self.city.person('both', 'unit', 'civil')
        self.city.grant('both', 'provider', 'vendor')
        both.decide(no, 'answer', 'answered', {'choice': 'nothing_to_keep'})
        self.refused('same-person', both.decide, no, 'stop', 'done')
        self.w['p1'].decide(no, 'stop', 'done')

    def test_A26_1_what_a_form_says_at_filing_is_noted_by_resource(self):
        one, two = self.city.formal('quiet', 1), self.city.formal('quiet', 1)
        no = self.w['u1'].file('reclaim', {'resources': one + two, 'reason': '系统下线', 'backup': {
            'choice': 'nothing_to_keep', 'note': '测试数据'}})['no']
        self.assertEqual(self.notes(no), ['nothing_to_keep|测试数据'] * 2)
        self.assertEqual([e['person'] for e in self.story(no, 'backup.noted')], ['u1'])


on_both_engines(Silence)
del Silence

if __name__ == '__main__':
    unittest.main()
