"""What a period leaves behind: reports that freeze, years that are closed, archives of cases, and who may
look at them from outside. The city lives through the year on a clock that the test turns."""
import csv
import datetime
import io
import json
import os
import subprocess
import tempfile
import threading
import unittest
import zipfile
from concurrent.futures import ThreadPoolExecutor

from city import BIN, PASSWORD, City, InCity, Problem, Session, on_both_engines
from pledges import upload


def month_of(day):
    return day.strftime('%Y-%m')


# how one signs in and out is one's own, also for who only reads; an issuer's word has its signature
OF_ONES_OWN = ('issuer.ended', 'account.password', 'session.delete', 'session.code', 'session.end',
               'session.end_others', 'second-factor.enrol', 'second-factor.confirm', 'second-factor.renew',
               'second-factor.remove')


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
        for bad in (str(self.begun.year), '2026-13', '26-1', '2026/10'):
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

    # proves S17, S30
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
        for path in ('/api/v1/clouds/YH/years', f'/api/v1/clouds/YH/years/{self.begun.year}'):
            self.w['auditor'].get(path)
            self.refused('cloud-unknown', self.w['do'].get, path)
        second = "FROM cloud c JOIN org o ON o.code = 'civil' WHERE c.code = 'YH'"
        self.city.store.sql("INSERT INTO cloud_body (cloud, role, org) SELECT c.id, 'operator', o.id " + second)
        self.refused('report-period-open', self.w['o1'].call, 'POST', '/api/v1/reports',
                     {'cloud': 'YH', 'period': month_of(self.city.clock())})
        self.city.store.sql("DELETE FROM cloud_body WHERE role = 'operator' AND (cloud, org) IN (SELECT c.id, o.id "
                            + second + ')')
        self.refused('not-permitted', self.w['auditor'].call, 'POST', '/api/v1/reports',
                     {'cloud': 'YH', 'period': month_of(self.begun)})

    def test_6_the_next_month_is_reported_by_itself(self):
        month = month_of(self.city.clock())
        self.next_month()
        self.city.turn(self.city.clock().replace(day=21))
        self.city.wait_until(lambda: [r for r in self.w['o1'].get('/api/v1/reports', cloud='YH')['items']
                                      if r['no'] == f'YH-{month}.1'], 'no report came by itself')


    # ---- archives of cases

    def archived(self, login='u1'):
        """The archive of a case with a document and a paper, as a file, and the case's number."""
        u1, e1 = self.w['u1'], self.w['e1']
        if not hasattr(self, 'case_no'):
            u1.call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH', 'code': 'arch', 'name': '归档项目'})
            document = upload(u1, 'proof.txt', '立项依据\n'.encode())
            type(self).case_no = u1.call('POST', '/api/v1/cases', {
                'procedure': 'quota', 'form': self.city.quota_form(), 'project': 'arch', 'documents': [document]})['no']
            e1.decide(type(self).case_no, 'review')
            self.city.papers_served()
        self.w[login].get('/api/v1/session')
        status, data = self.w[login].bytes_of(f'/api/v1/cases/{type(self).case_no}/archive')
        return status, data

    def verified(self, data, *more):
        return self.run_yunheng('archive', 'verify', self.kept('a.zip', data), *more)

    # proves X12
    def test_7_the_archive_of_a_case_stands_for_itself(self):
        status, data = self.archived()
        self.assertEqual(status, 200, data)
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            names = z.namelist()
            for name in ('case.json', 'events.json', 'chain.json', 'papers.json', 'index.json', 'index.txt',
                         'manifest.json'):
                self.assertIn(name, names)
            self.assertEqual(sorted(n.rsplit('.', 1)[1] for n in names if n.startswith('documents/')), ['pdf', 'txt'])
            self.assertEqual(json.loads(z.read('case.json'))['no'], type(self).case_no)
            self.assertTrue(json.loads(z.read('papers.json'))[0]['signature'])
            text = z.read('index.txt').decode()
            key = json.loads(z.read('manifest.json'))['seal']['public_key']
        for part in (type(self).case_no, '民生事务局', 'proof.txt', '依据充分'):
            self.assertIn(part, text)
        done = self.verified(data, '--key', self.kept('platform.pem', key.encode()))
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(type(self).case_no, done.stdout)

    # proves S17, S30
    def test_8_whatever_is_changed_in_an_archive_is_named(self):
        _, data = self.archived()
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            members = {name: z.read(name) for name in z.namelist()}

        def packed(**changed):
            out = io.BytesIO()
            with zipfile.ZipFile(out, 'w') as z:
                for name, body in {**members, **changed}.items():
                    if body is not None:
                        z.writestr(name, body)
            return out.getvalue()
        self.assertEqual(self.verified(packed()).returncode, 0)
        manifest = json.loads(members['manifest.json'])
        manifest['content']['files'][0]['sm3'] = '0' * 64
        for slug, changed in {
                'archive-changed': {'case.json': members['case.json'].replace(b'civil', b'other')},
                'archive-missing': {'events.json': None},
                'archive-added': {'more.txt': b'x'},
                'sealed-broken': {'manifest.json': json.dumps(manifest).encode()}}.items():
            done = self.verified(packed(**changed))
            self.assertEqual(done.returncode, 1, slug)
            self.assertIn(slug, done.stderr)
        for length in (255, 256, 300):
            done = self.verified(packed(**{'n' * length: b'x'}))
            self.assertEqual(done.returncode, 1, length)
            self.assertIn('archive-added', done.stderr)
        self.assertEqual(self.verified(b'no archive').returncode, 1)

    # proves S09
    def test_9_an_archive_is_for_who_sees_the_case_and_is_on_record(self):
        self.assertEqual(self.archived('e1')[0], 200)
        for login in ('u2', 'du', 'auditor'):
            self.assertIn(self.archived(login)[0], (403, 404), login)
        kinds = [e['kind'] for e in self.w['u1'].get(f'/api/v1/cases/{type(self).case_no}/events')['items']]
        self.assertIn('case.archived', kinds)

    # ---- closing a year

    def filed_once(self, body, many=12):
        """Filed by several at once, of whom one is taken: its number, which all others are told."""
        o1, gate = self.w['o1'], threading.Barrier(many)

        def ask(_):
            who = Session(self.city.server.port, o1.token, o1.csrf)
            gate.wait(60)
            return who.raw('POST', '/api/v1/cases', body)[:2]
        with ThreadPoolExecutor(many) as pool:
            replies = list(pool.map(ask, range(many)))
        [no] = [said['no'] for status, said in replies if status == 201]
        self.assertEqual([(said['slug'], said['figures']['case']) for status, said in replies if status != 201],
                         [('case-open-same', no)] * (many - 1))
        return no

    def test_a_year_is_closed_when_it_is_settled_and_reported_and_takes_nothing_more(self):
        o1, e1, year = self.w['o1'], self.w['e1'], self.begun.year
        self.city.turn(max(self.city.clock(), datetime.date(year + 1, 2, 2)))
        # nobody was here on the days on which they were due
        for period in [f'{year}-{m:02}' for m in range(self.begun.month, 13)] + [str(year)]:
            self.city.wait_until(lambda no=f'YH-{period}.1': no in {
                r['no'] for r in o1.get('/api/v1/reports', cloud='YH', limit=200)['items']}, 'no report of ' + period)
        said = self.refused('year-not-ready', o1.file, 'year_closing', {'year': year}, cloud='YH')
        months = f'{year}-{self.begun.month:02}…{year}-12' if self.begun.month < 12 else f'{year}-12'
        self.assertEqual(said['figures']['missing'], months)
        asked = o1.get(f'/api/v1/clouds/YH/years/{year}')
        self.assertEqual((asked['ready'], asked['closed']), (False, False))
        for month in [i['period'] for i in asked['items'] if i['what'] == 'settlement' and not i['done']]:
            no = self.w['o1'].settle(month)['no']
            self.city.store.sql("INSERT INTO closed_year (cloud, year, case_id, closed_at) SELECT c.id, "
                                f"{year}, f.id, 0 FROM cloud c JOIN case_file f ON f.no = '{self.case_no}'"
                                " WHERE c.code = 'YH'")
            self.refused('year-closed', o1.file, 'settlement',
                         {'explanation': '月度结算', 'stopped': '付款单位待定'}, settlement=no)
            self.city.store.sql('DELETE FROM closed_year')
            case = o1.file('settlement', {'explanation': '月度结算', 'stopped': '付款单位待定'}, settlement=no)['no']
            e1.decide(case, 'review')
        self.assertEqual([i for i in o1.get(f'/api/v1/clouds/YH/years/{year}')['items'] if not i['done']][0]['what'],
                         'report')
        ask = {'cloud': 'YH', 'period': str(year), 'reason': '结算后重出'}
        o1.call('POST', '/api/v1/reports', ask)
        case = self.filed_once({'procedure': 'year_closing', 'cloud': 'YH', 'form': {'year': year}})
        told = self.refused('case-open-same', o1.file, 'year_closing', {'year': year, 'remark': '再报'}, cloud='YH')
        self.assertEqual((told['article'], told['field'], told['figures']['case']), ('27', '/form/year', case))
        e1.decide(case, 'confirm')
        self.assertTrue(o1.get(f'/api/v1/clouds/YH/years/{year}')['closed'])
        self.assertEqual([y['year'] for y in o1.get('/api/v1/clouds/YH/years')['items']], [year])
        design = {'title': '总体设计', 'content': '全市一朵云，市区两级布局'}
        said = self.refused('year-closed', self.w['a1'].file, 'overall_design',
                            dict(design, **{'from': f'{year}-03-01'}), cloud='YH')
        self.assertEqual((said['figures']['year'], said['field']), (year, '/form/from'))
        self.w['a1'].file('overall_design', dict(design, **{'from': f'{year + 1}-01-05'}), cloud='YH')
        self.refused('year-closed', o1.call, 'POST', '/api/v1/reports', dict(ask, reason='再出'))
        self.refused('year-closed', o1.file, 'year_closing', {'year': year}, cloud='YH')
        with self.assertRaises(Problem) as caught:
            o1.settle(f'{year}-{self.begun.month:02}')
        self.assertEqual(caught.exception.slug, 'year-closed')

    # ---- who looks from outside

    # proves S05, S06, S08
    def test_b_an_outside_auditor_looks_at_what_it_was_let_in_for_on_its_days_and_changes_nothing(self):
        sec, day = self.w['secadmin'], self.city.clock()
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'cpa', 'name': '审计组', 'kind': 'body'})
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/outside_auditor', {'org': 'cpa'})
        made = sec.call('POST', '/api/v1/people', {'login': 'cpa1', 'name': 'cpa1'})
        grant = {'role': 'outside_auditor', 'org': 'cpa', 'capacity': 'handle', 'first_day': day.isoformat(),
                 'last_day': (day + datetime.timedelta(days=9)).isoformat(), 'scope': 'case project record report'}
        for slug, wrong in (('reader-days', {'last_day': None}),
                            ('reader-days', {'last_day': (day + datetime.timedelta(days=400)).isoformat()}),
                            ('reader-scope', {'scope': None}), ('reader-scope', {'scope': 'case person'}),
                            ('reader-scope', {'role': 'unit'})):
            self.refused(slug, sec.call, 'POST', '/api/v1/people/cpa1/grants',
                         {k: v for k, v in {**grant, **wrong}.items() if v is not None})
        kinds = {k['kind']: k['kind_title'] for k in sec.get('/api/v1/reader-kinds')['items']}
        self.assertEqual(kinds['settle'], 'Settlements')
        nouns = {op['operationId'].split('.')[0] for ops in sec.get('/api/v1/openapi.json')['paths'].values()
                 for method, op in ops.items() if method == 'get'}
        self.assertEqual(set(kinds) - nouns, set())
        self.city.two('POST', '/api/v1/people/cpa1/grants', grant)
        self.refused('roles-exclusive', sec.call, 'POST', '/api/v1/people/cpa1/grants',
                     {'role': 'unit', 'org': 'civil', 'capacity': 'sign'})
        later = (day + datetime.timedelta(days=11)).isoformat()
        self.refused('reader-scope-other', sec.call, 'POST', '/api/v1/people/cpa1/grants',
                     dict(grant, scope='settle', first_day=grant['last_day'], last_day=later))
        lent = {'role': 'econ_info', 'org': 'econ', 'taker': 'cpa1', 'first_day': later, 'last_day': later,
                'reason': '出差'}
        self.refused('delegate-reader', self.w['e1'].call, 'POST', '/api/v1/delegations', lent)
        self.refused('roles-exclusive', self.w['e1'].call, 'POST', '/api/v1/delegations', dict(lent, taker='auditor'))
        cpa = self.city.first('cpa1', made['one_time_password'])
        me, other = cpa.get('/api/v1/session'), self.w['o1'].get('/api/v1/session')
        self.assertEqual([(r['role'], r['reads_only'], r['scope']) for r in me['roles']],
                         [('outside_auditor', True, grant['scope'])])
        self.assertEqual((me['reads_only'], other['reads_only'], {r['scope'] for r in other['roles']}),
                         (True, False, {''}))
        seen = cpa.get('/api/v1/cases', limit=200)['items']
        self.assertTrue(seen and all(c['cloud'] == 'YH' for c in seen))
        self.assertEqual(cpa.get(f'/api/v1/cases/{seen[0]["no"]}')['no'], seen[0]['no'])
        self.assertTrue(cpa.get('/api/v1/reports')['items'])
        for path in ('/api/v1/settlements', '/api/v1/resources', '/api/v1/duties'):
            self.refused('reading-scope', cpa.get, path)
        self.refused('not-permitted', cpa.get, '/api/v1/people')
        self.refused('reading-scope', cpa.get, f'/api/v1/cases/{seen[0]["no"]}/archive')
        self.refused('reading-scope', cpa.get, '/api/v1/search', q='1')
        writes = 0
        for path, ops in cpa.get('/api/v1/openapi.json')['paths'].items():
            for method, op in ops.items():
                if method == 'get' or not op['security'] or op['operationId'] in OF_ONES_OWN:
                    continue
                at = path.replace('{', '').replace('}', '')
                media = next(iter(op.get('requestBody', {}).get('content', {'application/json': 0})))
                status, said, _ = cpa.raw(method.upper(), at, b'{}', {'Content-Type': media, 'If-Match': '"v1"'})
                with self.subTest(method=method, path=path):
                    # the last two: of the meter and the agents, who come with a key of their own
                    self.assertIn(said['slug'], ('reading-only', 'not-permitted', 'encoding-unsupported',
                                                 'sign-in-required'), said)
                    self.assertIn(status, (401, 403, 415))
                writes += said['slug'] == 'reading-only'
        self.assertGreater(writes, 20)
        self.city.wait_until(lambda: any(
            e['after'] == 'case.show' and e['person'] == 'cpa1'
            for e in self.w['auditor'].get('/api/v1/audit/events', kind='reader.looked', limit=200)['items']),
            'the look is not on record')
        self.city.turn(day + datetime.timedelta(days=10))
        # what was lent before it was refused to lend
        self.city.store.sql(
            "INSERT INTO delegation (id, giver, taker, role, org, first_day, last_day, reason, created_at) SELECT g.id,"
            " g.person, p.id, g.role, g.org, 0, 99999, '', 0 FROM role_grant g JOIN person q ON q.id = g.person JOIN"
            " person p ON p.login = 'cpa1' WHERE q.login = 'e1'")
        cpa.login = None
        status, said, _ = cpa.raw('GET', '/api/v1/session')
        self.assertEqual(status, 401, said)
        self.refused('access-ended', Session(cpa.port).call, 'POST', '/api/v1/session',
                     {'login': 'cpa1', 'password': PASSWORD})

    # proves S08
    def test_c_who_may_search_and_archive_from_outside_finds_only_kinds_of_the_scope(self):
        sec, day = self.w['secadmin'], self.city.clock()
        made = sec.call('POST', '/api/v1/people', {'login': 'cpa2', 'name': 'cpa2'})
        grant = {'role': 'outside_auditor', 'org': 'cpa', 'capacity': 'handle', 'last_day': day.isoformat(),
                 'scope': 'project search archive'}
        held = self.city.two('POST', '/api/v1/people/cpa2/grants', grant)['grant']
        cpa = self.city.first('cpa2', made['one_time_password'])
        kinds = [g['kind'] for g in cpa.get('/api/v1/search', q='归档项目')['groups']]
        self.assertEqual(kinds, ['project'])
        self.refused('reading-scope', cpa.get, f'/api/v1/cases/{self.case_no}/archive')
        self.city.two('DELETE', f'/api/v1/grants/{held}')
        self.city.two('POST', '/api/v1/people/cpa2/grants', dict(grant, scope='archive case document search'))
        self.assertEqual(cpa.bytes_of(f'/api/v1/cases/{self.case_no}/archive')[0], 200)
        self.assertIn('case', [g['kind'] for g in cpa.get('/api/v1/search', q=self.case_no)['groups']])
        # in the body itself, it is nobody to whom papers are served
        paper = self.w['u1'].get('/api/v1/papers', box='received')['items'][0]['id']
        self.assertEqual(cpa.raw('GET', '/api/v1/papers/' + paper)[1]['slug'], 'reading-scope')
        made = sec.call('POST', '/api/v1/people', {'login': 'cpa3', 'name': 'cpa3'})
        self.city.two('POST', '/api/v1/people/cpa3/grants', dict(grant, org='civil', scope='paper'))
        cpa = self.city.first('cpa3', made['one_time_password'])
        self.assertEqual((self.w['u1'].get('/api/v1/papers/' + paper)['mine'],
                          cpa.get('/api/v1/papers/' + paper)['mine']), (True, False))


on_both_engines(Year)

if __name__ == '__main__':
    unittest.main()
