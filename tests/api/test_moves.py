"""Reorganisations: units merged, split and renamed and providers replaced on one day, planned ahead and
carried out by itself; who had what on which day stays true, and a month is billed to whoever had it."""
import csv
import datetime
import io
import os
import subprocess
import sys
import tempfile
import unittest

from city import SHARED_METER, City, InCity, on_both_engines, today

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def month_after(day):
    return (day.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


@on_both_engines
class Moves(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',), serve=SHARED_METER if cls.postgres else ())
        w = cls.who = cls.city.who
        for code, name, kind in (('fin', '财政部门', 'body'), ('other', '云服务商乙', 'provider'),
                                 ('water', '水务局', 'unit'), ('parks', '绿化局', 'unit')):
            w['sysadmin'].call('POST', '/api/v1/orgs', {'code': code, 'name': name, 'kind': kind})
        w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        cls.city.person('f1', 'finance', 'fin')
        cls.city.person('w1', 'unit', 'water')
        cls.city.person('k1', 'unit', 'parks')
        cls.city.person('p2', 'provider', 'other')
        sec = w['secadmin']
        cls.until = (today() + datetime.timedelta(days=80)).isoformat()
        for login, grants in (('w2', [('unit', 'water', {})]),
                              ('w3', [('unit', 'water', {}), ('unit', 'parks', {})]),
                              ('w4', [('outside_auditor', 'water', {'scope': 'case project'})])):
            made = sec.call('POST', '/api/v1/people', {'login': login, 'name': login})
            for role, org, more in grants:
                cls.city.grant(login, role, org, 'handle', **more,
                               **({'last_day': cls.until} if org == 'water' else {}))
        cls.who['w4'] = cls.city.first('w4', made['one_time_password'])
        cls.city.project('m1', unit='w1', org='water')
        cls.city.project('m2', unit='w1', org='water')
        cls.machines = [cls.city.formal('m1', 1, unit='w1')[0] for _ in range(2)]
        cls.city.formal('m2', 1, unit='w1')
        cls.first = month_after(today())
        cls.city.turn(cls.first, at_once=True)

    def plan(self, procedure, form, **rest):
        case = self.who['o1'].file(procedure, dict(form, basis='编办〔2026〕1号'), cloud='YH', **rest)['no']
        self.who['a1'].decide(case, 'approve')
        return case

    def day(self, n):
        return (self.first + datetime.timedelta(days=n - 1)).isoformat()

    def state(self, case):
        return self.who['o1'].get(f'/api/v1/cases/{case}/move')['state']

    def seen(self, org):
        """The projects that a desk has a step in, or has closed one in: by these one sees them."""
        got = self.city.store.sql('SELECT p.code FROM project_desk d JOIN project p ON p.id = d.project'
                                  f" JOIN org o ON o.id = d.org WHERE o.code = '{org}'")
        return set(got.split('\n') if isinstance(got, str) else (row[0] for row in got))

    def opened(self, no):
        ids = [r['id'] for r in self.who['p1'].case(no)['resources']]
        self.who['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})

    def grants(self, login):
        return [(g['role'], g['last_day'], g['scope']) for g in
                self.who['secadmin'].get(f'/api/v1/people/{login}')['grants']
                if g['org'] == 'parks']

    def orgs(self):
        return {o['code']: o for o in self.who['sysadmin'].get('/api/v1/orgs', limit=200)['items']}

    # proves X9
    def test_X9_1_what_stands_in_the_way_is_told_with_its_figures(self):
        o1 = self.who['o1']

        def look(slug, **query):
            return self.refused(slug, o1.get, '/api/v1/moves/preview', cloud='YH', **query)
        look('reorg-same', kind='merge', **{'from': 'water', 'to': 'water'})
        look('reorg-day', kind='merge', day='2020-01-01', **{'from': 'water', 'to': 'parks'})
        look('reorg-elsewhere', kind='merge', **{'from': 'east-edu', 'to': 'parks'})
        look('reorg-kind', kind='merge', **{'from': 'vendor', 'to': 'parks'})
        look('reorg-not-provider', kind='replace', **{'from': 'other', 'to': 'vendor'})
        chain = self.who['sysadmin'].call
        chain('PUT', '/api/v1/orgs/parks/chain', {'chain': 'sign', 'countersign': 'water'})
        body = look('reorg-leans', kind='merge', **{'from': 'water', 'to': 'parks'})
        self.assertIn('水务局', body['title'])
        chain('PUT', '/api/v1/orgs/parks/chain', {'chain': 'sign'})
        look('reorg-nothing', kind='split', **{'from': 'water', 'to': 'parks'})
        body = look('reorg-project-twice', kind='split', projects='m1,water.m1',
                    **{'from': 'water', 'to': 'parks'})
        self.assertIn('water.m1', body['title'])
        look('project-unknown', kind='split', projects='nope', **{'from': 'water', 'to': 'parks'})
        look('reorg-person-other', kind='split', projects='m1', people='k1',
             **{'from': 'water', 'to': 'parks'})
        self.refused('file-not-permitted', self.who['w1'].get, '/api/v1/moves/preview', cloud='YH',
                     kind='merge', **{'from': 'water', 'to': 'parks'})
        self.refused('reorg-same', o1.file, 'unit_merge', {'from': 'water', 'to': 'water',
                     'day': self.day(9), 'basis': '文件'}, cloud='YH')

    # proves X9
    def test_X9_2_units_merge_in_the_middle_of_a_month(self):
        o1, w1, k1 = (self.who[n] for n in ('o1', 'w1', 'k1'))
        old = w1.get('/api/v1/cases', project='m1')['items'][0]['no']
        open_case = self.city.apply('m1', 1, unit='w1')['no']
        seen = o1.get('/api/v1/moves/preview', cloud='YH', kind='merge', day=self.day(10),
                      **{'from': 'water', 'to': 'parks'})
        self.assertEqual([(p['code'], p['new_code'], p['resources']) for p in seen['items']],
                         [('water.m1', 'parks.m1', 2), ('water.m2', 'parks.m2', 1)])
        self.assertEqual((seen['total']['cases'], [(p['login'], p['held_already']) for p in seen['people']]),
                         (1, [('w1', False), ('w2', False), ('w3', True), ('w4', False)]))
        hook = w1.call('POST', '/api/v1/webhooks', {'org': 'water', 'role': 'unit', 'label': '对接',
                                                    'url': 'https://hooks.example.org/yh'})['id']
        case = self.plan('unit_merge', {'from': 'water', 'to': 'parks', 'day': self.day(10)})
        self.assertEqual(self.state(case), 'planned')
        self.refused('reorg-planned', o1.get, '/api/v1/moves/preview', cloud='YH', kind='merge',
                     **{'from': 'water', 'to': 'parks'})
        # nobody is merged into who will be gone by then, but before that
        told = self.refused('reorg-leaves', o1.file, 'unit_merge', {'from': 'civil', 'to': 'water', 'basis': '文件',
                                                                    'day': self.day(10)}, cloud='YH')
        self.assertEqual((told['article'], told['field'], told['figures']['no']), ('5', '/form/to', case))
        o1.get('/api/v1/moves/preview', cloud='YH', kind='merge', day=self.day(9), **{'from': 'civil', 'to': 'water'})
        # and who is waited for is not merged away before, nor on the day itself
        for day in (9, 10):
            told = self.refused('reorg-awaited', o1.file, 'unit_merge', {
                'from': 'parks', 'to': 'civil', 'basis': '文件', 'day': self.day(day)}, cloud='YH')
            self.assertEqual((told['field'], told['figures']['no'], told['figures']['day']),
                             ('/form/day', case, self.day(10)))
            self.assertIn(case, told['title'])
        o1.get('/api/v1/moves/preview', cloud='YH', kind='merge', day=self.day(11), **{'from': 'parks', 'to': 'civil'})
        self.city.turn(self.day(9), at_once=True)
        self.city.server.kill()
        self.city.server.start()
        self.city.meet()
        self.assertEqual(self.state(case), 'planned')
        self.assertEqual(self.orgs()['water']['status'], 'active')
        self.city.turn(self.day(10), at_once=True)
        self.city.wait_until(lambda: self.state(case) == 'done', 'it was not carried out')
        self.assertEqual(self.orgs()['water']['status'], 'closed')
        for login in ('o1', 'k1'):
            told = [n for n in self.who[login].get('/api/v1/notices', limit=200)['items'] if n['slug'] == 'reorg-done']
            self.assertEqual([n['figures']['case'] for n in told], [case], login)
        self.assertEqual({r['unit_code'] for r in o1.get('/api/v1/resources', project='parks.m1')['items']},
                         {'parks'})
        # what is open goes on with the successor, what has ended still says who it was
        self.assertEqual(o1.case(open_case)['unit']['code'], 'parks')
        self.assertEqual(o1.case(old)['unit']['name'], '水务局')
        self.assertIn('case.moved', [e['kind'] for e in
                                     o1.get(f'/api/v1/cases/{open_case}/events')['items']])
        self.assertEqual(k1.get(f'/api/v1/webhooks/{hook}')['state'], 'on')
        # its people act for the successor, whose people read what it left
        self.assertEqual(w1.case(old)['no'], old)
        self.assertEqual(k1.case(old)['no'], old)
        self.assertIn('parks.m1', [p['code'] for p in w1.get('/api/v1/projects')['items']])
        # no further than they had it: until the same day, and what only reads goes on to only read
        self.assertEqual([self.grants(n) for n in ('w2', 'w3', 'w4')],
                         [[('unit', self.until, '')], [('unit', None, '')],
                          [('outside_auditor', self.until, 'case project')]])
        self.refused('reading-scope', self.who['w4'].get, '/api/v1/settlements')
        self.refused('unit-closed', k1.call, 'POST', '/api/v1/projects',
                     {'unit': 'water', 'cloud': 'YH', 'code': 'late', 'name': '迟'})
        k1.call('POST', f'/api/v1/cases/{open_case}/withdrawal', {'reason': '合并后另行申请'})
        self.assertEqual(self.city.quota('m1', unit='k1')['vcpu']['base'], 100)

    # proves X9
    def test_X9_3_a_split_and_a_rename_and_another_provider_on_their_days(self):
        o1 = self.who['o1']
        self.who['sysadmin'].call('POST', '/api/v1/orgs',
                                  {'code': 'green', 'name': '园林中心', 'kind': 'unit'})
        old = o1.get('/api/v1/cases', project='parks.m2')['items'][0]['no']
        split = self.plan('unit_split', {'from': 'parks', 'to': 'green', 'projects': ['m2'],
                                         'people': ['k1'], 'day': self.day(15)})
        self.city.turn(self.day(15), at_once=True)
        self.city.wait_until(lambda: self.state(split) == 'done', 'no split')
        self.city.project('m3', unit='w1', org='parks')
        waits, asked = (self.city.apply(p, 1, unit='w1')['no'] for p in ('m3', 'm1'))
        o1.decide(waits, 'review')
        o1.decide(asked, 'review')
        wanted = [self.who['a1'].call('POST', f'/api/v1/cases/{c}/supervisions',
                                      {'reason': '何时开通', 'answer_by': self.day(25)})['items'][0]['id']
                  for c in (waits, asked)]
        self.opened(asked)
        self.assertLessEqual({'parks.m1', 'parks.m3'}, self.seen('vendor'))
        rename = self.plan('org_rename', {'from': 'green', 'name': '生态园林中心',
                                          'day': self.day(16)})
        hook = self.who['p1'].call('POST', '/api/v1/webhooks', {
            'org': 'vendor', 'role': 'provider', 'url': 'https://hooks.example.org/yh', 'label': '对接'})
        contracts = o1.get('/api/v1/records', register='contract', cloud='YH', holding='true')['items']
        self.assertEqual({c['provider'] for c in contracts}, {'vendor'})
        replace = self.plan('provider_replacement', {'from': 'vendor', 'to': 'other',
                                                     'day': self.day(20)})
        self.city.turn(self.day(20), at_once=True)
        self.city.wait_until(lambda: self.state(replace) == 'done', 'no other provider')
        # its contracts are the next one's, and what else it has on its other cloud stays
        now = o1.get('/api/v1/records', register='contract', cloud='YH', holding='true')['items']
        self.assertEqual({(c['no'], c['provider']) for c in now}, {(c['no'], 'other') for c in contracts})
        kept = self.who['p1'].get(f"/api/v1/webhooks/{hook['id']}")
        self.assertEqual((kept['state'], kept['org']), ('on', 'vendor'))
        other = o1.get('/api/v1/records', register='contract', cloud='EAST', holding='true')['items']
        self.assertEqual({c['provider'] for c in other} - {'vendor'}, set())
        # what is asked of the provider is asked of the next one, who answers it, also of what was done;
        # the one before sees on what it did there, and no more
        p1, p2 = self.who['p1'], self.who['p2']
        mine = p2.get('/api/v1/supervisions', mine='true', open='true')['items']
        self.assertEqual({m['id'] for m in mine if m['mine']}, set(wanted))
        self.assertEqual(p1.get('/api/v1/supervisions', mine='true')['items'], [])
        answer = {'answer': '已接手，本周内开通'}
        self.refused('supervision-not-yours', p1.call, 'POST', f'/api/v1/supervisions/{wanted[1]}/answer', answer)
        self.assertEqual(p2.case(asked)['no'], asked)
        for n in wanted:
            self.assertFalse(p2.call('POST', f'/api/v1/supervisions/{n}/answer', answer)['open'])
        self.assertEqual(self.seen('vendor') & {'parks.m1', 'parks.m3'}, {'parks.m1'})
        self.assertIn('parks.m3', self.seen('other'))
        self.assertEqual(self.state(rename), 'done')
        self.assertEqual(self.orgs()['green']['name'], '生态园林中心')
        self.assertEqual(self.orgs()['parks']['status'], 'active')
        self.assertEqual([p['code'] for p in self.who['k1'].get('/api/v1/projects')['items']],
                         ['green.m2'])
        self.assertIn('green.m2', [p['code'] for p in o1.get('/api/v1/projects')['items']])
        self.assertEqual(o1.case(old)['unit']['name'], '水务局')
        self.city.sealed()
        for kind in ('reorg.merge', 'reorg.split', 'reorg.rename', 'reorg.replace', 'project.moved'):
            self.assertTrue(self.who['auditor'].get('/api/v1/audit/events', kind=kind)['items'], kind)

    # proves X9
    def test_X9_4_each_month_is_billed_to_whoever_had_it_and_proves_itself(self):
        o1 = self.who['o1']
        self.city.turn(month_after(self.first) + datetime.timedelta(days=1), at_once=True)
        month = self.first.strftime('%Y-%m')
        before = self.settle_month(month_before(self.first).strftime('%Y-%m'))
        self.assertEqual({(s['unit'], s['provider']) for s in before}, {('水务局', '云服务商甲')})
        # a correction of time that reaches over the merger falls on both, each for its days
        self.one_more(self.machines[0], self.day(8), self.day(12))
        got = self.settle_month(month)
        days = (month_after(self.first) - self.first).days
        # 320 yuan a machine and month: by days, to the fen
        want = {('水务局', 'm1', '云服务商甲'): 2 * 9 + 2, ('水务局', 'm2', '云服务商甲'): 9,
                ('绿化局', 'm1', '云服务商甲'): 2 * 10 + 2, ('绿化局', 'm1', '云服务商乙'): 2 * (days - 19),
                ('绿化局', 'm2', '云服务商甲'): 5, ('生态园林中心', 'm2', '云服务商甲'): 5,
                ('生态园林中心', 'm2', '云服务商乙'): days - 19}
        self.assertEqual({(s['unit'], s['project_code'].rsplit('.', 1)[1], s['provider']):
                          float(s['total']) for s in got},
                         {k: round(320 * v / days, 2) for k, v in want.items()})
        self.assertEqual(self.settle_month(month), got, 'reckoned again it is the same')
        no = o1.get('/api/v1/settlements', month=month)['items'][0]['no']
        case = o1.file('settlement', {}, settlement=no)['no']
        self.who['e1'].decide(case, 'review')
        # its contracts bear what was settled for whoever was replaced, also when that was later
        [contract] = o1.get('/api/v1/records', register='contract', cloud='YH', holding='true')['items']
        [ceiling] = [f for f in contract['figures'] if f['used'] is not None]
        self.assertEqual((contract['provider'], round(float(ceiling['used']), 2)),
                         ('other', round(sum(float(s['total']) for s in got), 2)))
        self.city.wait_until(lambda: all(s['signed'] for s in self.statements(month)), 'not signed')
        self.who['auditor'].sign_in()
        status, bundle = self.who['auditor'].bytes_of(f'/api/v1/settlements/{no}/export', format='bundle')
        self.assertEqual(status, 200)
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'b.zip')
            with open(path, 'wb') as f:
                f.write(bundle)
            done = subprocess.run([sys.executable, f'{ROOT}/docs/verify-settlement.py', path],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        own = self.who['o1'].call('POST', f'/api/v1/settlements/{no}/verification')
        self.assertEqual((own['identical'], own['differences']), (True, 0))

    # proves X9
    def test_X9_5_a_month_is_reported_of_whoever_had_it(self):
        month, before = (d.strftime('%Y-%m') for d in (self.first, month_before(self.first)))
        self.assertEqual(self.report(before, '期末配额', '数量'), {'water': 200})
        self.assertEqual(self.report(before, '期末分配', '数量'), {'water': 12})
        self.assertEqual(self.report(month, '期末配额', '数量'), {'parks': 200, 'green': 100})
        self.assertEqual(self.report(month, '期末分配', '数量'), {'parks': 12, 'green': 4})
        days = (month_after(self.first) - self.first).days
        # 4 cores a machine: by days
        want = {'water': 3 * 9, 'parks': 2 * (days - 9) + 5 + days - 14, 'green': days - 14}
        got = self.report(month, '期内平均占用', None)
        self.assertEqual(set(got), set(want))
        for unit, machines in want.items():
            self.assertAlmostEqual(got[unit], 4 * machines / days, delta=0.07)

    def report(self, month, section, indicator):
        """Cores by unit, as a month's report tells them."""
        o1 = self.who['o1']
        if not [r for r in o1.get('/api/v1/reports', cloud='YH', limit=200)['items']
                if r['no'] == f'YH-{month}.1']:
            o1.call('POST', '/api/v1/reports', {'cloud': 'YH', 'period': month})
        status, data = o1.bytes_of(f'/api/v1/reports/YH-{month}.1/document', format='csv')
        self.assertEqual(status, 200, data)
        rows = [[c for c in row if c] for row in csv.reader(io.StringIO(data.decode('utf-8-sig')))]
        return {row[1]: float(row[-1]) for row in rows if row[0] == section and 'vCPU（核）' in row and
                indicator in (None, row[-2])}

    def one_more(self, resource, begin, end):
        """One machine more over some days, as a case would have put it right."""
        def blob(text):
            key = text.replace('-', '')
            return f"decode('{key}', 'hex')" if self.city.store.url else f"x'{key}'"

        def us(day):
            at = datetime.datetime.fromisoformat(day + 'T00:00:00+08:00')
            return int(at.timestamp()) * 1000000
        self.city.store.sql(
            'INSERT INTO usage_adjustment (id, resource, code, from_at, to_at, qty_milli, reason, case_id,'
            f" made_at) VALUES ({blob('0190' + '0' * 28)}, {blob(resource)}, 'vm-4c8g', {us(begin)},"
            f" {us(end)}, 1000, '漏计', {blob('0190' + '0' * 28)}, {us(end)})")

    def statements(self, month):
        return [s for s in self.who['o1'].get('/api/v1/statements', month=month, limit=200)['items']]

    def settle_month(self, month):
        self.who['o1'].settle(month)
        rows = [{k: s[k] for k in ('unit', 'project_code', 'provider', 'total')} for s in self.statements(month)]
        return sorted(rows, key=lambda s: tuple(str(v) for v in s.values()))


def month_before(day):
    return (day.replace(day=1) - datetime.timedelta(days=1)).replace(day=1)


if __name__ == '__main__':
    unittest.main()
