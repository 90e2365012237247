"""Who pays for whom, sees what and takes what away, where it is not as in most months: statements that are
stopped, a finance body that uses the cloud itself, a provider who had a hand in another's project."""
import csv
import datetime
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from city import SHARED_METER, City, InCity, on_both_engines, sought

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Rights(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',),
                        serve=SHARED_METER if cls.postgres else ())
        w = cls.w = cls.city.who
        for code, name, more in (('fin', '财政部门', {}),
                                 ('press', '报社', {'kind': 'unit', 'outside_budget': True}),
                                 ('other', '云服务商乙', {'kind': 'provider'})):
            w['sysadmin'].call('POST', '/api/v1/orgs', dict({'code': code, 'name': name,
                                                            'kind': 'body'}, **more))
        for login, role, org in (('f1', 'finance', 'fin'), ('fu', 'unit', 'fin'),
                                 ('nb', 'unit', 'press'), ('p2', 'provider', 'other')):
            cls.city.person(login, role, org)
        cls.month = cls.city.early()
        for code, unit, org in (('s1', 'u1', 'civil'), ('n1', 'nb', 'press'), ('f1', 'fu', 'fin')):
            cls.city.project(code, unit=unit, org=org)
            cls.city.formal(code, 1, unit=unit)
        # the one provider opened them, the other runs them now
        cls.city.store.sql("UPDATE resource SET provider = (SELECT id FROM org WHERE code = 'other')"
                           " WHERE unit IN (SELECT id FROM org WHERE code IN ('civil', 'fin'))")
        cls.city.turn((cls.month + datetime.timedelta(days=32)).replace(day=2))
        # nobody is named yet who pays for units within the budget
        cls.one = cls.close(stopped='财政部门尚未登记，登记后补结')
        w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        cls.two = cls.close()

    @classmethod
    def close(cls, **form):
        w = cls.w
        no = w['o1'].settle(cls.month.strftime('%Y-%m'))['no']
        w['e1'].decide(w['o1'].file('settlement', form, settlement=no)['no'], 'review')
        cls.city.wait_until(lambda: all(s['signed'] for s in cls.statements('o1', no)
                                        if s['state'] == 'closed'), 'not signed')
        return no

    @classmethod
    def statements(cls, who, settlement):
        return cls.w[who].get('/api/v1/statements', settlement=settlement)['items']

    def statement(self, unit, settlement):
        [one] = [s for s in self.statements('o1', settlement) if s['unit_code'] == unit]
        return one

    def export(self, who, settlement, form):
        session = self.w[who]
        session.get('/api/v1/settlements')  # signs in anew, where the clock was turned
        return session.bytes_of(f'/api/v1/settlements/{settlement}/export', format=form)

    def test_1_the_evidence_of_a_month_with_stopped_statements_is_taken_away_and_proves_it(self):
        states = {s['unit_code']: s['state'] for s in self.statements('auditor', self.one)}
        self.assertEqual(states, {'civil': 'stopped', 'fin': 'stopped', 'press': 'closed'})
        for no in (self.one, self.two):
            for who in ('auditor', 'o1'):
                status, body = self.export(who, no, 'bundle')
                self.assertEqual(status, 200, body)
                with tempfile.TemporaryDirectory() as place:
                    path = os.path.join(place, 'b.zip')
                    with open(path, 'wb') as f:
                        f.write(body)
                    done = subprocess.run([sys.executable, ROOT / 'docs/verify-settlement.py', path],
                                          capture_output=True, text=True, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_1_a_statement_is_found_by_its_number(self):
        sought(self, self.w['o1'], '/api/v1/statements')

    def test_2_who_sees_a_part_of_the_statements_takes_no_evidence_away(self):
        for who, settlement in (('nb', self.one), ('u1', self.one), ('u1', self.two),
                                ('p1', self.one)):
            status, body = self.export(who, settlement, 'bundle')
            self.assertEqual(status, 403, (who, body))
            self.assertIn(b'settlement-not-permitted', body)

    def test_3_a_provider_does_not_see_what_another_bills_for_a_project_it_had_a_step_in(self):
        seen = {who: {s['unit_code'] for no in (self.one, self.two)
                      for s in self.statements(who, no)} for who in ('p1', 'p2', 'a1')}
        self.assertEqual(seen, {'p1': {'press'}, 'p2': {'civil', 'fin'},
                                'a1': {'press', 'civil', 'fin'}})
        civil = self.statement('civil', self.two)['no']
        for path in ('', '/lines', '/payments', '/document'):
            self.refused('statement-unknown', self.w['p1'].get, f'/api/v1/statements/{civil}{path}')
        self.refused('statement-unknown', self.w['p1'].file, 'dispute',
                     {'reason': '这不是我方的结算单，无从提出'}, statement=civil)
        self.refused('settlement-unknown', self.w['p1'].get, f'/api/v1/settlements/{self.two}')
        self.assertEqual([s['no'] for s in self.w['p1'].get('/api/v1/settlements')['items']],
                         [self.one])

    # proves A27.4
    def test_4_a_finance_body_that_uses_the_cloud_pays_as_such(self):
        own, press = self.statement('fin', self.two), self.statement('press', self.one)
        self.assertEqual((own['payer_code'], own['pays_itself']), ('fin', False))
        self.assertEqual((press['payer_code'], press['pays_itself']), ('press', True))
        bill = self.w['fu'].get('/api/v1/units/fin/bill', month=self.month.strftime('%Y-%m'))
        self.assertEqual((bill['in_budget'], bill['total']), (True, own['total']))
        for who, number in (('f1', 2), ('fu', 1)):
            [told] = [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                      if n['slug'] == 'statements-closed']
            self.assertEqual(told['figures']['statements'], number, who)
        rows = csv.DictReader(io.StringIO(self.export('o1', self.two, 'focus')[1].decode()))
        self.assertEqual({r['BillingAccountType'] for r in rows}, {'Finance body'})
        rows = csv.DictReader(io.StringIO(self.export('o1', self.one, 'focus')[1].decode()))
        self.assertEqual({r['BillingAccountType'] for r in rows}, {'Self-paying unit'})
        pay = f"/api/v1/statements/{own['no']}/payments"
        self.refused('payment-not-payer', self.w['o1'].call, 'POST', pay,
                     {'amount': own['total'], 'reference': 'A-1'})
        paid = self.w['f1'].call('POST', pay, {'amount': own['total'], 'reference': 'A-1'})
        self.assertEqual(paid['due'], '0.00')


on_both_engines(Rights)
del Rights

if __name__ == '__main__':
    unittest.main()
