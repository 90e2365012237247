"""What filing and deciding would come to, without anything being kept."""
import json
import os
import subprocess
import unittest

from city import BIN, City, InCity, on_both_engines, steps

TABLES = ('case_file', 'case_step', 'case_actor', 'case_resource', 'event', 'notice', 'job', 'reservation',
          'quota_line', 'resource', 'idempotency')


class DryRun(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('dry')

    def kept(self):
        """What a trial must leave as it is; jobs and the sealer go on beside it."""
        self.city.papers_served()
        counts = [self.count(t) for t in TABLES]
        counters = self.city.store.sql("SELECT * FROM counter WHERE name LIKE 'YH%' ORDER BY name")
        return counts, str(counters)

    def count(self, table):
        [row] = self.rows(f'SELECT COUNT(*) FROM {table}')
        return int(row[0])

    def rows(self, sql):
        got = self.city.store.sql(sql)
        return [line.split('|') for line in got.splitlines()] if isinstance(got, str) else got

    def try_file(self, procedure, form, who='u1', headers=None, **rest):
        return self.w[who].call('POST', '/api/v1/cases?dry_run=true',
                                dict(rest, procedure=procedure, form=form), headers)

    def try_decide(self, who, case, step, outcome='approve', **body):
        body.setdefault('reason', '依据充分')
        return self.w[who].call('POST', f'/api/v1/cases/{case}/steps/{step}/decision?dry_run=true',
                                dict(body, outcome=outcome))

    def form(self, quantity, item='vm-4c8g'):
        return {'items': [{'item': item, 'quantity': str(quantity), 'system': 's1'}]}

    def test_a_filing_that_would_pass_tells_checks_reservations_and_the_first_step(self):
        before = self.kept()
        seen = self.try_file('test', self.form(2), project='dry')
        self.assertTrue(seen['dry_run'] and seen['accepted'])
        self.assertIsNone(seen['problem'])
        self.assertIsNone(seen['case'])
        self.assertEqual((seen['unit']['code'], seen['cloud']['code']), ('civil', 'YH'))
        self.assertEqual({c['state'] for c in seen['checks']}, {'holds'})
        [fits] = [c for c in seen['checks'] if c['check'] == 'quota.within']
        self.assertEqual(fits['slug'], 'quota-fits')
        self.assertTrue(fits['sentence'] and fits['figures']['left'])
        self.assertEqual({r['dimension']: r['quantity'] for r in seen['reserves']},
                         {'vcpu': 8, 'memory_gib': 16})
        [first] = seen['steps']
        self.assertEqual((first['step'], first['org']['code']), ('review', 'bdc'))
        self.assertEqual((first['period'], first['source'], first['article']), ('5wd', 'law', '19'))
        self.assertTrue(first['due']['day'])
        self.assertEqual(self.kept(), before)
        real = self.w['u1'].file('test', self.form(2), project='dry')
        self.assertEqual(real['steps'][0]['due']['day'], first['due']['day'])
        self.w['u1'].call('POST', f"/api/v1/cases/{real['no']}/withdrawal", {'reason': '试办'})

    # proves X2
    def test_every_check_is_judged_and_says_why(self):
        before = self.kept()
        form = self.city.quota_form(level=4, classified=True)
        seen = self.try_file('quota', form, project='dry')
        self.assertFalse(seen['accepted'])
        states = {c['check']: c['state'] for c in seen['checks']}
        self.assertEqual(states, {'system.mlps_at_most': 'fails', 'system.not_classified': 'fails',
                                  'project.is': 'fails', 'record.absent': 'holds'})
        self.assertEqual(seen['problem']['slug'], seen['checks'][0]['slug'])
        self.assertEqual((seen['problem']['status'], seen['problem']['article']), (422, '2'))
        for c in seen['checks']:
            self.assertTrue(c['title'] and c['sentence'] and c['article'], c)
            self.assertEqual(c['title'] == c['sentence'], c['state'] == 'holds', c)
        self.assertEqual((seen['steps'], seen['reserves']), ([], []))
        self.assertEqual(self.kept(), before)

    def test_what_hangs_on_an_earlier_failure_is_not_judged(self):
        seen = self.try_file('test', self.form(1, 'no-such'), project='dry')
        states = [c['state'] for c in seen['checks']]
        self.assertEqual(states.count('fails'), 1, seen['checks'])
        self.assertIn('not_judged', states)
        self.assertEqual(seen['problem']['slug'], 'item-unknown')
        self.assertEqual(seen['problem']['field'], '/form/items/0/item')

    def test_a_form_that_does_not_pass_leaves_every_check_unjudged(self):
        seen = self.try_file('test', {'items': []}, project='dry')
        self.assertFalse(seen['accepted'])
        self.assertEqual(seen['problem']['status'], 400)
        self.assertEqual({c['state'] for c in seen['checks']}, {'not_judged'})

    def test_the_language_is_the_askers(self):
        body = {'procedure': 'test', 'project': 'dry', 'form': self.form(1000)}
        said = {}
        for lang in ('zh', 'en'):
            _, seen, _ = self.w['u1'].raw('POST', '/api/v1/cases?dry_run=true', body,
                                          {'Accept-Language': lang})
            said[lang] = [c for c in seen['checks'] if c['check'] == 'quota.within'][0]
        self.assertEqual(said['zh']['title'], '所申请的数量在每一天都不超过项目的有效配额')
        self.assertIn('内存（GiB）', said['zh']['sentence'])
        self.assertTrue(said['en']['title'].startswith('What is asked fits'))

    def test_who_may_not_file_hears_so(self):
        seen = self.try_file('test', self.form(1), who='a1', project='dry')
        self.assertEqual((seen['accepted'], seen['problem']['slug']), (False, 'file-not-permitted'))
        self.refused('procedure-unknown', self.try_file, 'no_such', {})

    def test_a_decision_tells_what_each_outcome_would_do(self):
        no = self.city.apply('dry', 3)['no']
        before = self.kept()
        seen = self.try_decide('o1', no, 'review')
        self.assertTrue(seen['accepted'], seen)
        outcomes = {o['outcome']: o for o in seen['outcomes']}
        self.assertTrue(outcomes['approve']['chosen'] and outcomes['approve']['accepted'])
        self.assertEqual(outcomes['approve']['state'], 'open')
        [opened] = outcomes['approve']['steps']
        self.assertEqual((opened['step'], opened['role']), ('open', 'provider'))
        self.assertIn('resource.apply', [e['word'] for e in outcomes['approve']['effects']])
        self.assertEqual((outcomes['refuse']['judged'], outcomes['refuse']['state']), (True, 'refused'))
        self.assertEqual(outcomes['refuse']['steps'], [])
        self.assertEqual({c['moment'] for c in seen['checks']}, {'effect'})
        self.assertEqual({c['state'] for c in seen['checks']}, {'holds'})
        self.assertEqual(self.kept(), before)
        self.assertEqual(steps(self.w['o1'].decide(no, 'review')), ['open'])

    def test_an_outcome_that_needs_a_form_is_not_judged_without_it(self):
        no = self.city.apply('dry', 1)['no']
        self.w['o1'].decide(no, 'review')
        seen = self.try_decide('p1', no, 'open', 'done')
        self.assertEqual(seen['problem']['slug'], 'outcome-form-missing')
        ids = [r['id'] for r in self.w['p1'].case(no)['resources']]
        form = {'resources': [{'resource': i, 'provider_ref': 'x-1'} for i in ids]}
        before = self.kept()
        seen = self.try_decide('p1', no, 'open', 'done', form=form)
        self.assertTrue(seen['accepted'], seen)
        self.assertEqual(seen['outcomes'][0]['steps'][0]['step'], 'verify')
        self.assertEqual(self.kept(), before)

    def test_refusals_of_a_decision_are_told_with_all_checks(self):
        no = self.city.apply('dry', 1)['no']
        self.assertEqual(self.try_decide('o1', no, 'review', 'perhaps')['problem']['slug'],
                         'outcome-unknown')
        self.assertEqual(self.try_decide('o1', no, 'review', reason='')['problem']['slug'],
                         'reason-missing')
        self.assertEqual(self.try_decide('u1', no, 'review')['problem']['slug'],
                         'decide-not-permitted')
        self.refused('case-unknown', self.try_decide, 'u2', no, 'review')
        late = self.try_decide('o1', no, 'open', 'done')
        self.assertEqual(late['problem']['slug'], 'step-not-open')

    def test_a_corrected_form_is_tried_before_it_is_sent(self):
        no = self.city.apply('dry', 1)['no']
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['数量有误']})
        before = self.kept()
        path = f'/api/v1/cases/{no}/resubmission?dry_run=true'
        seen = self.w['u1'].call('POST', path, {'form': self.form(2)})
        self.assertTrue(seen['accepted'], seen)
        self.assertEqual(seen['case'], no)
        self.assertEqual({r['dimension']: r['quantity'] for r in seen['reserves']}['vcpu'], 8)
        seen = self.w['u1'].call('POST', path, {'form': self.form(1000)})
        self.assertEqual(seen['problem']['slug'], 'quota-exceeded')
        self.assertEqual(self.kept(), before)
        self.assertEqual(self.w['u1'].case(no)['state'], 'returned')

    def test_a_trial_takes_no_idempotency_key(self):
        key = {'Idempotency-Key': 'dry-1'}
        for _ in range(2):
            self.assertTrue(self.try_file('test', self.form(1), headers=key, project='dry')['accepted'])
        body = {'procedure': 'test', 'project': 'dry', 'form': self.form(1)}
        made = self.w['u1'].call('POST', '/api/v1/cases', body, key)
        self.assertTrue(made['no'])

    def test_the_command_line_tries_it_too(self):
        token = self.w['u1'].call('POST', '/api/v1/account/tokens',
                                  {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token, YUNHENG_LANG='en')

        def say(quantity):
            return subprocess.run([f'{BIN}/yunheng', 'case', 'file', '--procedure', 'test', '--project',
                                   'dry', '--form', json.dumps(self.form(quantity)), '--dry-run'],
                                  env=env, capture_output=True, text=True, check=True).stdout

        before = self.kept()
        self.assertIn('It would be accepted', say(1))
        self.assertIn('▶', say(1))
        refused = say(1000)
        self.assertIn('It would be refused', refused)
        self.assertIn('✗', refused)
        self.assertEqual(self.kept(), before)

    def test_a_step_tells_who_may_do_what_and_how_the_checks_stand(self):
        no = self.city.apply('dry', 1)['no']
        path = f'/api/v1/cases/{no}/steps/review'
        seen = self.w['o1'].get(path)
        self.assertTrue(seen['open'] and seen['returns'] and seen['reason_required'])
        self.assertEqual(seen['case']['no'], no)
        self.assertEqual(seen['you'], {'decide': True, 'problem': None, 'return': True, 'opine': []})
        [desk] = seen['desks']
        self.assertEqual((desk['org']['code'], desk['mine'], desk['wanted']), ('bdc', True, []))
        self.assertEqual([o['outcome'] for o in seen['outcomes']], ['approve', 'refuse'])
        self.assertEqual({c['state'] for c in seen['checks']}, {'holds'})
        other = self.w['u1'].get(path)
        self.assertEqual(other['you']['problem']['slug'], 'decide-not-permitted')
        self.assertEqual((other['you']['decide'], other['desks'][0]['mine']), (False, False))
        opened = self.w['o1'].get(f'/api/v1/cases/{no}/steps/open')
        self.assertEqual((opened['open'], opened['desks']), (False, []))
        self.assertIn('properties', opened['outcomes'][0]['schema'])
        self.refused('step-unknown', self.w['o1'].get, f'/api/v1/cases/{no}/steps/no_such')
        self.refused('case-unknown', self.w['u2'].get, path)


on_both_engines(DryRun)
del DryRun

if __name__ == '__main__':
    unittest.main()
