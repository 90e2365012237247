"""Opening balances: what a city has already enters out of one XLSX or CSV file, after a look at what it
would enter, all of it or nothing, every fault at its cell, once."""
import datetime
import io
import os
import subprocess
import tempfile
import unittest
import zipfile

from city import BIN, City, InCity, on_both_engines, today

try:
    import openpyxl
except ImportError:  # not for this interpreter, but for the system's
    import sys
    sys.path.append('/usr/lib/python3/dist-packages')
    import openpyxl

UNITS = ['单位', ['代码', '名称', '所属领域'], ['water', '水务局', '水利'], ['parks', '绿化局', '']]
PROJECTS = ['项目', ['单位代码', '项目代码', '项目名称'], ['water', 'FLOOD', '防汛调度'],
            ['parks', 'TREES', '古树名木']]
SYSTEMS = ['系统', ['单位代码', '项目代码', '系统代码', '系统名称', '等保级别', '涉密'],
           ['water', 'FLOOD', 'core', '调度平台', 3, '否'], ['parks', 'TREES', 'map', '古树图', 2, '']]
QUOTAS = ['配额', ['单位代码', '项目代码', '维度', '数量'], ['water', 'FLOOD', 'vcpu', 40],
          ['water', 'FLOOD', 'memory_gib', '80'], ['parks', 'TREES', 'vcpu', 8],
          ['parks', 'TREES', 'memory_gib', 16], ['parks', 'TREES', 'block_gib', 100]]
RESOURCES = ['资源', ['单位代码', '项目代码', '系统代码', '名称', '目录条目', '数量', '资源类别', '开通日',
                    '使用末日', '服务商', '服务商编号'],
             ['water', 'FLOOD', 'core', '调度一', 'vm-4c8g', 9, '正式资源', '2024-05-06', '', 'vendor',
              'vm-1'],
             ['parks', 'TREES', 'map', '', 'vm-4c8g', 1, 'formal', '2025-01-01', None, '', 'vm-2'],
             ['parks', 'TREES', '', '盘', 'block-ssd', 100, 'formal', '2025-01-01', '', '', 'disk-1']]


def tables(**changed):
    all_of = {'UNITS': UNITS, 'PROJECTS': PROJECTS, 'SYSTEMS': SYSTEMS, 'QUOTAS': QUOTAS,
              'RESOURCES': RESOURCES}
    all_of.update(changed)
    return [[list(row) if isinstance(row, list) else row for row in t] for t in all_of.values()]


def renamed(parts, **codes):
    """The same balance of other units: a city has each only once."""
    for t in parts:
        for row in t[1:]:
            row[:] = [codes.get(cell, cell) if isinstance(cell, str) else cell for cell in row]
    for row in parts[4][2:]:
        row[10] = f"{row[10].split('/')[0]}/{next(iter(codes.values()))}"
    return parts


def xlsx(parts):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, *rows in parts:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv(parts):
    lines = []
    for name, *rows in parts:
        lines.append(f'[{name}]')
        lines += [','.join('"%s"' % ('' if c is None else c) for c in row) for row in rows]
    return ('\ufeff' + '\r\n'.join(lines)).encode()


@on_both_engines
class Openings(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.who = cls.city.who

    def upload(self, data, name='期初.xlsx', who='o1'):
        s = self.who[who]
        status, body, _ = s.raw('POST', '/api/v1/documents?name=x.' + name.rsplit('.', 1)[1], data,
                                {'Content-Type': 'application/octet-stream'})
        self.assertEqual(status, 201, body)
        return body['id']

    def preview(self, data, name='期初.xlsx', who='o1', **more):
        document = self.upload(data, name, who)
        return document, self.who[who].get('/api/v1/openings/preview', document=document, cloud='YH',
                                           **more)

    def file(self, document, day=None):
        return self.who['o1'].file('opening_balance', {'document': document,
                                                       'day': (day or today()).isoformat()}, cloud='YH')

    def faults(self, parts):
        _, seen = self.preview(xlsx(parts))
        self.assertFalse(seen['accepted'])
        return {(f['cell'], f['problem']['slug']) for f in seen['faults']}

    def events(self, kind, subject):
        """What the audit record tells of a thing, once it is sealed."""
        def got():
            return self.who['auditor'].get('/api/v1/audit/events', kind=kind, subject=subject)['items']
        self.city.wait_until(got, 'not sealed')
        return [e for e in got() if e['outcome'] == 'opening']

    def orgs(self):
        return {o['code'] for o in self.who['sysadmin'].get('/api/v1/orgs', limit=200)['items']}

    # proves X10
    def test_X10_what_a_city_has_enters_after_a_look_at_it_and_counts_like_any_other(self):
        document, seen = self.preview(xlsx(tables()))
        self.assertTrue(seen['accepted'], seen)
        self.assertEqual({k: seen['total'][k] for k in ('units', 'projects', 'systems', 'resources')},
                         {'units': 2, 'projects': 2, 'systems': 2, 'resources': 3})
        [water] = [u for u in seen['items'] if u['code'] == 'water']
        self.assertTrue(water['new'])
        self.assertIn(('vcpu', 40, 36),
                      [(d['dimension'], d['quota'], d['allocated']) for d in water['dimensions']])
        self.assertNotIn('water', self.orgs(), 'a look enters nothing')
        case = self.file(document)
        self.assertNotIn('water', self.orgs(), 'nothing enters before it is agreed to')
        agreeing = self.who['e1'].get('/api/v1/openings/preview', document=document, cloud='YH')
        self.assertEqual(agreeing['total'], seen['total'], 'who agrees sees what it is')
        self.who['e1'].decide(case['no'], 'agree')
        self.assertTrue({'water', 'parks'} <= self.orgs())
        [one] = [r for r in self.who['o1'].get('/api/v1/resources', unit='water')['items']]
        self.assertEqual((one['kind'], one['state'], one['quantity'], one['provider_ref'], one['system']),
                         ('formal', 'running', 9, 'vm-1', 'core'))
        shown = self.who['o1'].get(f"/api/v1/resources/{one['no']}")
        self.assertEqual(shown['opening_day'], today().isoformat())
        self.assertEqual(shown['opened_at'][:10], '2024-05-06')
        self.assertEqual(shown['sizes'][0]['from'][:10], today().isoformat())
        quota = self.who['o1'].get('/api/v1/projects/water.FLOOD/quota')['items']
        [vcpu] = [q for q in quota if q['dimension'] == 'vcpu']
        self.assertEqual((vcpu['base'], vcpu['allocated'], vcpu['free']), (40, 36, 4))
        kinds = [e['kind'] for e in self.who['o1'].get(f"/api/v1/cases/{case['no']}/events")['items']]
        self.assertEqual((kinds.count('opening.entered'), kinds.count('org.created'),
                          kinds.count('project.entered')), (1, 2, 2))
        self.assertEqual(len(self.events('resource.opened', one['no'])), 1)
        # what is there already does not enter out of another file either
        again = tables()
        again[0].append(['more', '另一单位', ''])
        found = self.faults(again)
        self.assertIn(('单位!A2', 'org-exists'), found)
        self.assertTrue({(f'资源!K{n}', 'opening-ref-runs') for n in (2, 3, 4)} <= found, found)

    # proves X10
    def test_X10_a_csv_enters_too_and_the_same_file_only_once(self):
        parts = renamed(tables(), water='tide', parks='moor')
        data = csv(parts)
        first, seen = self.preview(data, 'b.csv')
        self.assertTrue(seen['accepted'], seen['faults'])
        second = self.upload(data + b'', 'b.csv', 'o1')
        case, other = self.file(first), None
        if second != first:
            other = self.file(second)
        self.who['e1'].decide(case['no'], 'agree')
        if other:
            self.refused('opening-known', self.who['e1'].decide, other['no'], 'agree')
        third = self.upload(data, 'c.csv')
        body = self.refused('opening-known', self.file, third)
        self.assertIn(case['no'], body['title'])
        self.assertEqual(len(self.who['o1'].get('/api/v1/resources', unit='tide')['items']), 1)

    # proves X10
    def test_X10_all_faults_are_told_at_once_each_at_its_cell_and_nothing_enters(self):
        bad = renamed(tables(), water='mist', parks='dune')
        bad[0].append(['civil', '民生事务局', ''])
        bad[0].append(['dune', '又一个', ''])
        bad[0][1].append('所属区')
        bad[0][2].append('east')
        bad[1].append(['vendor', 'OWN', '服务商自己的'])
        bad[2][2][4] = 4
        bad[2][3][5] = '是'
        bad[3][2][3] = 'viel'
        bad[4][2][4] = 'vm-64c'
        bad[4][3][0] = 'nobody'
        bad[4][4][5] = 5
        bad[4].append(['dune', 'TREES', '', '', 'vm-4c8g', 2, '开发资源', '2025-01-01', '', '', 'vm-9'])
        bad[4].append(['dune', 'TREES', '', '', 'vm-4c8g', 2, 'formal', '2025-01-01', '', '', 'vm-7'])
        got = self.faults(bad)
        for want in [('单位!A4', 'org-exists'), ('单位!A5', 'opening-twice'),
                     ('系统!E2', 'mlps-too-high'), ('系统!F3', 'system-classified'),
                     ('配额!D2', 'opening-number'), ('资源!E2', 'item-unknown'),
                     ('资源!A3', 'opening-unit-unknown'), ('资源!F4', 'quantity-step'),
                     ('资源!I5', 'opening-lease-missing'), ('单位!D2', 'opening-district-other'),
                     ('项目!A4', 'opening-unit-unknown')]:
            self.assertIn(want, got)
        body = self.refused('opening-faulty', self.file, self.upload(xlsx(bad)))
        self.assertIn('单位!D2', body['title'])
        self.assertNotIn('mist', self.orgs())

    # proves X10
    def test_X10_more_than_the_quota_does_not_enter(self):
        parts = renamed(tables(), water='brook', parks='glade')
        parts[4][2][5] = 11
        _, seen = self.preview(xlsx(parts))
        over = [f for f in seen['faults'] if f['problem']['slug'] == 'quota-exceeded']
        self.assertEqual([(f['cell'], f['problem']['article']) for f in over],
                         [('资源!F2', '18'), ('资源!F2', '18')])
        self.assertEqual({f['problem']['figures']['limit'] for f in over}, {40, 80})

    def test_sums_that_no_number_holds_are_refused_at_the_row_that_makes_them(self):
        codes = [f'P{i}' for i in range(9300)]
        parts = [UNITS[:2] + [['huge', '巨量单位', '']], PROJECTS[:2] + [['huge', c, c] for c in codes],
                 QUOTAS[:2] + [['huge', c, 'vcpu', 10**12] for c in codes]]
        _, seen = self.preview(csv(parts), 'h.csv')
        self.assertEqual({f['problem']['slug'] for f in seen['faults']}, {'quantity-overflow'})
        self.assertRegex(seen['faults'][0]['cell'], r'^配额!D\d+$')

    def test_a_lease_enters_with_its_last_day_and_is_watched(self):
        parts = renamed(tables(), water='lake', parks='hill')
        opened = today() - datetime.timedelta(days=20)
        last = opened + datetime.timedelta(days=60)
        parts[4][2][6:9] = ['开发资源', opened, last]  # days as spreadsheets keep them
        document, seen = self.preview(xlsx(parts))
        self.assertTrue(seen['accepted'], seen['faults'])
        self.who['e1'].decide(self.file(document)['no'], 'agree')
        [one] = self.who['o1'].get('/api/v1/resources', unit='lake')['items']
        [lease] = [v for v in self.who['o1'].get('/api/v1/leases', unit='lake')['items']]
        self.assertEqual((lease['first_day'], lease['last_day'], one['lease_last_day']),
                         (opened.isoformat(), last.isoformat(), last.isoformat()))
        parts[4][2][8] = opened + datetime.timedelta(days=200)
        self.assertIn(('资源!I2', 'lease-over-cap'),
                      self.faults(renamed(parts, lake='pond', hill='dale')))

    def test_only_who_may_file_it_looks_and_a_unit_does_not(self):
        document = self.upload(csv(tables()), 'u.csv', 'u1')
        self.refused('file-not-permitted', self.who['u1'].get, '/api/v1/openings/preview',
                     document=document, cloud='YH')
        self.refused('document-unknown', self.who['o1'].get, '/api/v1/openings/preview',
                     document=document, cloud='YH')
        self.refused('file-not-permitted', self.who['do'].get, '/api/v1/openings/template', cloud='YH')

    def test_a_day_that_has_not_begun_or_a_month_that_was_settled_is_refused(self):
        document = self.upload(csv(renamed(tables(), water='a1x', parks='b1x')), 'd.csv')
        self.refused('opening-day', self.who['o1'].get, '/api/v1/openings/preview', document=document,
                     cloud='YH', day=(today() + datetime.timedelta(days=1)).isoformat())

    def test_hostile_files_are_refused_with_what_is_wrong(self):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as z:
            good = zipfile.ZipFile(io.BytesIO(xlsx(tables())))
            for name in good.namelist():
                data = good.read(name)
                if name.endswith('sheet1.xml'):
                    data = (b'<worksheet><sheetData>' + b' ' * (80 << 20) + b'</sheetData></worksheet>')
                z.writestr(name, data)
        document = self.upload(bomb.getvalue())
        self.refused('sheet-too-large', self.who['o1'].get, '/api/v1/openings/preview',
                     document=document, cloud='YH')
        laughs = io.BytesIO()
        with zipfile.ZipFile(laughs, 'w') as z:
            for name in good.namelist():
                data = good.read(name)
                if name == 'xl/workbook.xml':
                    data = b'<!DOCTYPE a [<!ENTITY b "c">]>' + data[data.index(b'<workbook'):]
                z.writestr(name, data)
        self.refused('sheet-doctype', self.who['o1'].get, '/api/v1/openings/preview',
                     document=self.upload(laughs.getvalue()), cloud='YH')
        self.refused('sheet-kind', self.who['o1'].get, '/api/v1/openings/preview',
                     document=self.upload(b'hello', 't.txt'), cloud='YH')
        rows = '[单位]\n代码,名称\n' + ''.join(f'u{i},名{i}\n' for i in range(20001))
        self.refused('sheet-too-large', self.who['o1'].get, '/api/v1/openings/preview',
                     document=self.upload(rows.encode(), 'r.csv'), cloud='YH')

    def test_its_template_names_the_codes_and_the_command_enters_a_file(self):
        status, data = self.who['o1'].bytes_of('/api/v1/openings/template', cloud='YH')
        self.assertEqual(status, 200, data)
        book = openpyxl.load_workbook(io.BytesIO(data))
        self.assertEqual(book.sheetnames[:5], ['单位', '项目', '系统', '配额', '资源'])
        codes = {row[1] for row in book['代码'].iter_rows(min_row=2, values_only=True)}
        self.assertTrue({'vcpu', 'vm-4c8g', 'formal', 'vendor'} <= codes)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, '期初.csv')
            with open(path, 'wb') as f:
                f.write(csv(renamed(tables(), water='spring', parks='orchard')))
            env = dict(os.environ, HOME=folder, YUNHENG_PASSWORD='Test-Passw0rd!x')
            server = f'http://127.0.0.1:{self.city.server.port}'

            def run(*args):
                return subprocess.run([f'{BIN}/yunheng', *args, '--server', server], env=env,
                                      capture_output=True, text=True, check=False)
            signed = run('session', 'create', '--login', 'o1', '--password', 'Test-Passw0rd!x')
            self.assertEqual(signed.returncode, 0, signed)
            seen = run('import', 'opening', path, '--cloud', 'YH', '--preview')
            self.assertEqual(seen.returncode, 0, seen)
            self.assertIn('spring', seen.stdout)
            filed = run('import', 'opening', path, '--cloud', 'YH')
            self.assertEqual(filed.returncode, 0, filed)
            self.assertIn('QC-', filed.stdout)
            with open(path, 'ab') as f:
                f.write(b'\r\nspring,NONE,,,vm-4c8g,1,formal,2025-01-01,,,x')
            wrong = run('import', 'opening', path, '--cloud', 'YH')
            self.assertEqual(wrong.returncode, 1, wrong)
            self.assertIn('B', wrong.stderr)


if __name__ == '__main__':
    unittest.main()
