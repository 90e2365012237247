"""Statements and settlements as files: what each holds, who gets what of it, and that the month can be
proved from what an auditor takes away."""
import csv
import datetime
import http.client
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import zipfile
from decimal import Decimal

import shape_check
from city import BIN, PASSWORD, SHARED_METER, City, on_both_engines

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/tools'))
import capitals_oracle  # noqa: E402
import focus_check  # noqa: E402

MODEL = os.path.join(os.environ.get('YH_SHARED', ''), 'data/focus/focus_validator-model-1.2.json')


def month_after(month):
    return (month.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


class Files:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',),
                        serve=SHARED_METER if cls.postgres else ())
        w = cls.w = cls.city.who
        for code, name, more in (('fin', '财政部门', {}),
                                 ('press', '=报社', {'kind': 'unit', 'outside_budget': True}),
                                 ('other', '云服务商乙', {'kind': 'provider'})):
            w['sysadmin'].call('POST', '/api/v1/orgs', dict({'code': code, 'name': name,
                                                            'kind': 'body'}, **more))
        w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        for login, role, org in (('f1', 'finance', 'fin'), ('nb', 'unit', 'press'),
                                 ('p2', 'provider', 'other')):
            cls.city.person(login, role, org)
        cls.month = cls.city.early()
        cls.city.project('s1')
        for _ in range(3):
            cls.city.formal('s1', 1)
        cls.city.open(cls.city.apply('s1', 1)['no'])
        cls.city.project('n1', unit='nb', org='press')
        cls.city.formal('n1', 1, unit='nb')
        cls.city.turn(month_after(cls.month) + datetime.timedelta(days=1))
        cls.no = w['o1'].settle(cls.month.strftime('%Y-%m'))['no']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def raw(self, who, path, method='GET', **query):
        """The reply as it is; who was signed in before the clock was turned signs in anew."""
        session = self.w[who]
        got = self.once(session, path, method, query)
        return got if got[0] != 401 else self.once(session.sign_in(), path, method, query)

    @staticmethod
    def once(session, path, method, query):
        conn = http.client.HTTPConnection('127.0.0.1', session.port, timeout=60)
        try:
            conn.request(method, path + ('?' + urllib.parse.urlencode(query) if query else ''),
                         headers={'Cookie': 'yh_session=' + session.token})
            reply = conn.getresponse()
            body = reply.read()
            shape_check.check(session.port, method, path, reply.status,
                              reply.getheader('Content-Type'), body)
            return reply.status, body, dict(reply.getheaders())
        finally:
            conn.close()

    def file(self, who, path, **query):
        status, body, headers = self.raw(who, path, **query)
        if status != 200:
            raise AssertionError((status, body.decode()))
        return body, headers

    def refused(self, slug, who, path, **query):
        status, body, _ = self.raw(who, path, **query)
        self.assertEqual(json.loads(body)['slug'], slug, (status, body))

    def statement(self, unit):
        [one] = [s for s in self.w['o1'].get('/api/v1/statements', settlement=self.no)['items']
                 if s['unit_code'] == unit]
        return one

    def document(self, who, unit, form):
        return self.file(who, f"/api/v1/statements/{self.statement(unit)['no']}/document",
                         format=form)

    def export(self, who, form):
        return self.file(who, f'/api/v1/settlements/{self.no}/export', format=form)

    @staticmethod
    def text(pdf):
        return re.sub(r'\s+', '', subprocess.run(['pdftotext', '-', '-'], input=pdf, check=True,
                                                 capture_output=True).stdout.decode())

    def close(self):
        case = self.w['o1'].file('settlement', {}, settlement=self.no)['no']
        self.w['e1'].decide(case, 'review')
        self.city.wait_until(
            lambda: all(s['signed'] for s in
                        self.w['o1'].get('/api/v1/statements', settlement=self.no)['items']),
            'not signed')

    def test_1_a_draft_prints_as_one_and_is_not_taken_away(self):
        pdf, headers = self.document('o1', 'civil', 'pdf')
        self.assertEqual(headers['Content-Type'], 'application/pdf')
        self.assertIn('未经审定', self.text(pdf))
        self.refused('settlement-state', 'auditor', f'/api/v1/settlements/{self.no}/export',
                     format='bundle')

    def test_2_a_closed_statement_prints_what_it_comes_to(self):
        self.close()
        s = self.statement('civil')
        pdf, headers = self.document('u1', 'civil', 'pdf')
        self.assertEqual(headers['Content-Disposition'],
                         f"attachment; filename=\"___-{s['no']}.pdf\"; filename*=UTF-8''"
                         f"{urllib.parse.quote('结算单')}-{s['no']}.pdf")
        said = self.text(pdf)
        total = Decimal(s['total'])
        for word in (s['no'], f'¥{total:,.2f}', '民生事务局', '财政部门', '云服务商甲', '不计费', 'SM2签名',
                     '人民币' + capitals_oracle.capitals(int(total * 100)), '台·月'):
            self.assertIn(word, said)
        self.assertEqual(pdf, self.document('auditor', 'civil', 'pdf')[0])
        table = list(csv.DictReader(io.StringIO(self.document('p1', 'civil', 'csv')[0].decode(
            'utf-8-sig'), newline='')))
        self.assertEqual(sum(Decimal(r['结算金额（元）']) for r in table), total)
        with zipfile.ZipFile(io.BytesIO(self.document('f1', 'civil', 'xlsx')[0])) as z:
            self.assertIsNone(z.testzip())
        status, body, headers = self.raw('u1', f"/api/v1/statements/{s['no']}/document", 'HEAD')
        self.assertEqual((status, body), (200, b''))
        self.assertEqual(int(headers['Content-Length']), len(pdf))

    def test_3_who_may_not_see_a_statement_gets_no_file_of_it(self):
        path = f"/api/v1/statements/{self.statement('civil')['no']}/document"
        for who in ('u2', 'nb', 'p2'):
            self.refused('statement-unknown', who, path)
        self.refused('statement-unknown', 'o1', '/api/v1/statements/YH-JS-199901-000001/document')
        self.refused('field-choice', 'u1', path, format='docx')

    def test_4_a_table_of_the_month_has_what_its_reader_sees(self):
        def units(who, form='csv'):
            body, _ = self.export(who, form)
            rows = list(csv.DictReader(io.StringIO(body.decode('utf-8-sig'), newline='')))
            return {r['x_UnitName' if form == 'focus' else '使用单位'] for r in rows}

        everybody = {'民生事务局', "'=报社"}
        for who in ('o1', 'e1', 'a1', 'auditor'):
            self.assertEqual(units(who), everybody, who)
        self.assertEqual(units('p1'), everybody)
        self.assertEqual(units('u1'), {'民生事务局'})
        self.assertEqual(units('nb'), {"'=报社"})
        self.assertEqual(units('u1', 'focus'), {'民生事务局'})
        for who in ('u2', 'p2'):
            self.refused('settlement-unknown', who, f'/api/v1/settlements/{self.no}/export',
                         format='csv')
        with zipfile.ZipFile(io.BytesIO(self.export('o1', 'xlsx')[0])) as z:
            sheet = z.read('xl/worksheets/sheet1.xml').decode()
        self.assertIn('=报社', sheet)
        self.assertNotIn('<f>', sheet)  # no name became a formula

    def test_5_focus_says_the_same_in_its_own_words(self):
        columns, rows = focus_check.read(self.export('o1', 'focus')[0].decode())
        costs = {}
        for row in rows:
            r = dict(zip(columns, row))
            costs[r['InvoiceId']] = costs.get(r['InvoiceId'], 0) + Decimal(r['BilledCost'])
        wanted = {s['no']: Decimal(s['total']) for s in
                  self.w['o1'].get('/api/v1/statements', settlement=self.no)['items']}
        self.assertEqual(costs, wanted)
        if not os.path.isfile(MODEL):
            self.skipTest('YH_SHARED names no folder with the rule model')
        with open(MODEL, encoding='utf-8') as f:
            model = json.load(f)
        answers = re.findall(r'^\| `([A-Z_]+)` \| yes \|',
                             (ROOT / 'docs/focus.md').read_text(encoding='utf-8'), re.M)
        self.assertEqual(focus_check.check(model, columns, rows, answers).failed, {})

    # proves S30
    def test_6_the_month_is_proved_by_what_an_auditor_takes_away(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'b.zip')
            with open(path, 'wb') as f:
                f.write(self.export('auditor', 'bundle')[0])
            done = subprocess.run([sys.executable, ROOT / 'docs/verify-settlement.py', path],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn(self.no, done.stdout)
        for who in ('u1', 'nb'):
            self.refused('settlement-not-permitted', who, f'/api/v1/settlements/{self.no}/export',
                         format='bundle')

    def test_7_the_command_line_saves_files_whole_or_not_at_all(self):
        with tempfile.TemporaryDirectory() as place:
            env = dict(os.environ, YUNHENG_SESSION=os.path.join(place, 's.json'),
                       YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}')

            def yunheng(*words):
                return subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True,
                                      check=False)

            yunheng('session', 'create', '--login', 'o1', '--password', PASSWORD)
            path = os.path.join(place, 'a.csv')
            done = yunheng('settle', 'export', self.no, '--format', 'csv', '--out', path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, 'rb') as f:
                self.assertEqual(f.read(), self.export('o1', 'csv')[0])
            done = yunheng('settle', 'document', self.statement('civil')['no'])
            self.assertTrue(done.stdout.startswith(b'%PDF'), done.stderr)
            done = yunheng('settle', 'export', 'YH-199901-1', '--out', path + '2')
            self.assertEqual(done.returncode, 1)
            self.assertIn(b'settlement-unknown', done.stderr)
            self.assertFalse(os.path.exists(path + '2'))


on_both_engines(Files)
del Files

if __name__ == '__main__':
    unittest.main()
