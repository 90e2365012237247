"""What a period leaves behind: reports that freeze, years that are closed, archives of cases, and who may
look at them from outside. The city lives through the year on a clock that the test turns."""
import csv
import datetime
import io
import json
import os
import subprocess
import tempfile
import unittest
import zipfile

from city import BIN, City, InCity, on_both_engines, today


def month_of(day):
    return day.strftime('%Y-%m')


class Year(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))
        cls.w = cls.city.who
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.city.project('first')
        cls.machine = cls.city.formal('first', 2)
        cls.begun = cls.city.clock()

    def next_month(self):
        """The first of the month after the city's day."""
        day = self.city.clock().replace(day=28) + datetime.timedelta(days=7)
        return self.city.turn(day.replace(day=1))

    def kept(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, 'wb') as f:
            f.write(data)
        return path

    def run_yunheng(self, *args):
        return subprocess.run([f'{BIN}/yunheng', *args], capture_output=True, text=True, check=False)

    def table(self, no):
        """A report's rows: (section, about …, indicator): value."""
        status, data = self.w['o1'].bytes_of(f'/api/v1/reports/{no}/document', format='csv')
        self.assertEqual(status, 200, data)
        rows = list(csv.reader(io.StringIO(data.decode('utf-8-sig'))))[1:]
        return {tuple(c for c in row[:-1] if c): row[-1] for row in rows}

    # proves X12
    def test_1_a_month_is_reported_once_it_is_over_and_stays_as_it_was_sealed(self):
        o1, month = self.w['o1'], month_of(self.begun)
        self.refused('report-period-open', o1.call, 'POST', '/api/v1/reports', {'cloud': 'YH', 'period': month})
        for bad in ('2026', '2026-13', '26-1', '2026/10'):
            self.assertIn(o1.raw('POST', '/api/v1/reports', {'cloud': 'YH', 'period': bad})[0], (400, 409), bad)
        self.next_month()
        made = o1.call('POST', '/api/v1/reports', {'cloud': 'YH', 'period': month})
        self.assertEqual((made['no'], made['edition'], made['made_by']), (f'YH-{month}.1', 1, 'o1'))
        shown = o1.get('/api/v1/reports/' + made['no'])
        self.assertTrue(shown['holds'])
        self.assertEqual([s['id'] for s in shown['sections']][:3], ['cases', 'steps', 'quotas'])
        facts = self.table(made['no'])
        self.assertEqual(facts[('期末配额', 'civil', '民生事务局', 'vCPU（核）', '数量')], '100')
        self.assertTrue(any(k[0] == '办理时效' and 'econ' in k and k[-1] == '按时'
                            for k in facts), list(facts)[:20])
        self.assertTrue(any(k[0] == '期末分配' for k in facts))
        self.assertTrue(any(k[0] == '期内平均占用' for k in facts))

    def test_2_a_correction_is_another_edition_that_says_what_changed(self):
        o1, month = self.w['o1'], month_of(self.begun)
        ask = {'cloud': 'YH', 'period': month}
        self.refused('report-reason', o1.call, 'POST', '/api/v1/reports', ask)
        self.refused('report-unchanged', o1.call, 'POST', '/api/v1/reports', dict(ask, reason='复核'))
        before = o1.get(f'/api/v1/reports/YH-{month}.1')
        self.city.store.sql("UPDATE quota_line SET qty_milli = qty_milli + 1000 WHERE dim = 'vcpu'")
        made = o1.call('POST', '/api/v1/reports', dict(ask, reason='漏记一核'))
        self.assertEqual((made['no'], made['edition']), (f'YH-{month}.2', 2))
        shown = o1.get('/api/v1/reports/' + made['no'])
        self.assertEqual(shown['changes_total'], 1)
        [change] = shown['changes']
        self.assertEqual((change['section'], change['column'], change['before'], change['after']),
                         ('quotas', 'quantity', '100', '101'))
        self.assertEqual(o1.get(f'/api/v1/reports/YH-{month}.1'), before)
        self.assertEqual([r['edition'] for r in o1.get('/api/v1/reports', cloud='YH', kind='month')['items']
                          if r['no'].startswith(f'YH-{month}')], [2, 1])

    def test_3_a_report_is_verified_from_its_file_alone(self):
        no = f'YH-{month_of(self.begun)}.2'
        _, data = self.w['o1'].bytes_of(f'/api/v1/reports/{no}/document', format='json')
        doc = json.loads(data)
        path = self.kept('r.json', data)
        key = self.kept('platform.pem', doc['seal']['public_key'].encode())
        done = self.run_yunheng('report', 'verify', path, '--key', key)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn('市级政务云', done.stdout)
        doc['content']['sections'][0]['rows'][0][1] += 1
        done = self.run_yunheng('report', 'verify', self.kept('r.json', json.dumps(doc).encode()), '--key', key)
        self.assertEqual(done.returncode, 1)
        self.assertIn('sealed-broken', done.stderr)
        self.city.store.sql(f"UPDATE report SET body = replace(body, '漏记', '多记') WHERE no = '{no}'")
        self.assertFalse(self.w['o1'].get('/api/v1/reports/' + no)['holds'])
        self.city.store.sql(f"UPDATE report SET body = replace(body, '多记', '漏记') WHERE no = '{no}'")

    def test_4_a_report_is_a_document_and_a_workbook(self):
        no = f'YH-{month_of(self.begun)}.2'
        self.w['e1'].get('/api/v1/session')
        _, pdf = self.w['e1'].bytes_of(f'/api/v1/reports/{no}/document')
        self.assertEqual(pdf[:5], b'%PDF-', pdf)
        _, book = self.w['e1'].bytes_of(f'/api/v1/reports/{no}/document', format='xlsx')
        self.assertIn('xl/workbook.xml', zipfile.ZipFile(io.BytesIO(book)).namelist())

    def test_5_only_bodies_of_the_cloud_and_the_auditor_read_reports(self):
        no = f'YH-{month_of(self.begun)}.1'
        for login in ('a1', 'e1', 'o1', 'auditor'):
            self.assertEqual(self.w[login].get('/api/v1/reports/' + no)['no'], no)
        for login in ('u1', 'p1'):
            self.refused('not-permitted', self.w[login].get, '/api/v1/reports/' + no)
        self.refused('report-unknown', self.w['do'].get, '/api/v1/reports/' + no)
        self.refused('report-not-permitted', self.w['do'].call, 'POST', '/api/v1/reports',
                     {'cloud': 'YH', 'period': month_of(self.begun), 'reason': '试'})
        self.refused('not-permitted', self.w['auditor'].call, 'POST', '/api/v1/reports',
                     {'cloud': 'YH', 'period': month_of(self.begun)})

    def test_6_the_next_month_is_reported_by_itself(self):
        month = month_of(self.city.clock())
        self.next_month()
        self.city.turn(self.city.clock().replace(day=21))
        self.city.wait_until(lambda: [r for r in self.w['o1'].get('/api/v1/reports', cloud='YH')['items']
                                      if r['no'] == f'YH-{month}.1'], 'no report came by itself')


on_both_engines(Year)

if __name__ == '__main__':
    unittest.main()
