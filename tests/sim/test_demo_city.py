"""The demo city as a newcomer finds it: a factor lowered by an evaluation, a statement disputed and
corrected, and every line of them explained."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
from city import BIN, Server, Store  # pylint: disable=wrong-import-position
from linked import until  # pylint: disable=wrong-import-position

MONTHS = 8


class DemoCity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = Store(None)
        cls.addClassCleanup(cls.store.drop)
        subprocess.run([f'{BIN}/yunheng', 'simulate', '--data', cls.store.data, '--months', str(MONTHS),
                        '--seed', '3', '--small', '--demo'], check=True, capture_output=True)
        with open(os.path.join(cls.store.data, 'demo-accounts.txt'), encoding='utf-8') as f:
            cls.password = f.readline().rsplit(': ', 1)[1].strip()
        cls.server = Server(cls.store)
        cls.addClassCleanup(cls.server.stop)
        cls.operator = cls.server.session('operator', cls.password)
        cls.lines = list(cls.all_lines())

    @classmethod
    def all_lines(cls):
        query = {'limit': 200, 'state': 'closed'}
        while True:
            page = cls.operator.get('/api/v1/statements', **query)
            for s in page['items']:
                for line in cls.operator.get(f"/api/v1/statements/{s['no']}/lines", limit=200)['items']:
                    yield s, line
            if not page.get('next'):
                return
            query['after'] = page['next']

    def told(self, statement, line):
        return self.operator.get(f"/api/v1/statements/{statement['no']}/lines/{line['line']}/explanation")

    def published(self):
        return [e for e in self.operator.get('/api/v1/evaluations', state='published', limit=200)['items']]

    def test_A33_1_units_and_providers_were_evaluated_and_some_have_to_rectify(self):
        self.assertEqual({e['subject'] for e in self.published()}, {'unit', 'provider'})
        results = [r for e in self.published()
                   for r in self.operator.get(f"/api/v1/evaluations/{e['no']}/results", limit=200)['items']]
        self.assertTrue([r for r in results if r['rectify'] and r['case']])
        self.assertTrue(self.operator.get('/api/v1/cases', procedure='objection')['items'])

    def test_A34_2_later_months_are_settled_with_the_lowered_factor_and_say_where_it_is_from(self):
        numbers = {e['no']: e for e in self.published() if e['subject'] == 'provider'}
        lowered = [(s, li) for s, li in self.lines if li['kind'] == 'use' and float(li['factor']) < 1]
        self.assertTrue(lowered)
        for statement, line in (lowered[0], lowered[-1]):
            factor = self.told(statement, line)['factor']
            self.assertEqual(factor['factor'], line['factor'])
            self.assertIn(factor['evaluation_no'], numbers)
            self.assertGreaterEqual(statement['month'], factor['from_month'][:7])
        told = subprocess.run([f'{BIN}/yunheng', 'settle', 'explain', lowered[0][0]['no'],
                               str(lowered[0][1]['line'])], check=True, capture_output=True, text=True,
                              env=dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.server.port}',
                                       YUNHENG_SESSION=self.session_file())).stdout
        self.assertIn(f"评价系数 {lowered[0][1]['factor']}", told)
        self.assertIn('-PJ-provider-', told)

    def session_file(self):
        path = os.path.join(self.store.dir, 'session.json')
        subprocess.run([f'{BIN}/yunheng', 'session', 'create', '--login', 'operator', '--password',
                        self.password], check=True, capture_output=True,
                       env=dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.server.port}',
                                YUNHENG_SESSION=path))
        return path

    def test_A27_2_a_statement_was_disputed_and_corrected_by_a_later_line(self):
        disputes = {c['no'] for c in self.operator.get('/api/v1/cases', procedure='dispute', limit=200)['items']}
        evaluated = {c['no'] for c in self.operator.get('/api/v1/cases', procedure='evaluation', limit=200)['items']}
        by, fixed = {}, set()
        for statement, line in self.lines:
            if line['kind'] == 'correction':
                told = self.told(statement, line)
                self.assertEqual(told['corrects']['statement'], line['corrects'])
                by.setdefault(told['corrects']['case_no'], line)
                fixed |= {a['case_no'] for r in told['resources'] for a in r['adjustments']}
        self.assertTrue(disputes & set(by), json.dumps(sorted(by)))
        self.assertTrue(fixed and fixed <= disputes, fixed)
        self.assertTrue(evaluated & set(by), json.dumps(sorted(by)))

    def test_A13_1_the_platforms_are_heard_of_until_now_and_one_district_has_gone_quiet(self):
        city = self.operator.get('/api/v1/city')
        self.assertGreater(len([p for p in city['load_day'] if p['cpu_ratio'] is not None]), 280)
        self.assertGreater(city['load']['hosts'], city['load']['hosts_up'])
        self.assertGreater(city['load']['hosts_up'], 20)
        self.assertEqual(len(city['events']), 20)  # though the last events of all are the agents'
        ages = sorted(d['age_s'] for d in self.server.session('authority', self.password)
                      .get('/api/v1/districts')['items'])
        self.assertLess(ages[0], 3600)
        self.assertGreater(ages[-1], 86400)

    def test_A25_1_most_machines_have_an_agent_that_was_heard_and_one_runs_another_program(self):
        agents = self.operator.get('/api/v1/agents', limit=200)['items']
        self.assertGreater(len(agents), 5)
        self.assertEqual({a['last_batch'] for a in agents}, {2})
        # that one is missing, the server finds in a round of its own
        until(lambda: {'absent', 'binary'} <= {
            o['kind'] for o in self.operator.get('/api/v1/observations', limit=200)['items']})


if __name__ == '__main__':
    unittest.main()
