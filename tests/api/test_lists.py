"""Lists of cases and resources, narrowed and sorted as their tables are."""
import datetime
import unittest

from city import City, InCity, on_both_engines, today


class Lists(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('one')
        cls.city.project('two')
        cls.city.project('far', unit='u2', org='health')
        cls.open = [cls.city.apply('one', 1)['no'], cls.city.apply('two', 1)['no']]
        cls.ids = [i for p in ('one', 'two', 'two', 'one') for i in cls.city.formal(p, 1)]
        cls.late = cls.city.apply('two', 1)['no']
        cls.day = today()
        cls.city.age(cls.late, 30)
        cls.reclaim = cls.w['u1'].file('reclaim', {'resources': cls.ids[:1], 'reason': '系统下线'})['no']

    def nos(self, who='u1', **query):
        return [c['no'] for c in self.w[who].get('/api/v1/cases', **query)['items']]

    def pages(self, path, who='u1', **query):
        """Every page of two, joined; the cursor is the server's own."""
        rows, cursor = [], ''
        while cursor is not None:
            page = self.w[who].get(path, **dict(query, limit=2, **({'cursor': cursor} if cursor else {})))
            rows, cursor = rows + page['items'], page['next']
        return rows

    def test_each_filter_keeps_just_its_own(self):
        every = self.w['e1'].get('/api/v1/cases', limit=200)['items']
        for query, keeps in (({'state': 'closed'}, lambda c: c['state'] == 'closed'),
                             ({'procedure': 'quota'}, lambda c: c['procedure'] == 'quota'),
                             ({'unit': 'health'}, lambda c: c['unit_code'] == 'health'),
                             ({'project': 'civil.two'}, lambda c: c['project'] == 'civil.two'),
                             ({'overdue': 'true'}, lambda c: bool(c['due'] and c['due']['overdue'])),
                             ({'state': 'open', 'procedure': 'test'},
                              lambda c: (c['state'], c['procedure']) == ('open', 'test'))):
            kept = [c['no'] for c in every if keeps(c)]
            self.assertTrue(kept and len(kept) < len(every), query)
            self.assertEqual(self.nos('e1', limit=200, **query), kept, query)
            for sort in ('number', 'due', 'filed'):
                got = set(self.nos('e1', limit=200, sort=sort, **query))
                waiting = {c['no'] for c in every if keeps(c) and c['step']}
                self.assertEqual(got, waiting if sort == 'due' else set(kept), (query, sort))

    def test_cases_are_found_by_resource_article_and_body(self):
        self.assertIn(self.reclaim, self.nos(resource=self.ids[0]))
        self.assertNotIn(self.reclaim, self.nos(resource=self.ids[1]))
        self.assertEqual(self.nos(resource='YH-R-999999'), [])
        articles = {c['procedure'] for c in self.w['u1'].get('/api/v1/cases', article='21')['items']}
        self.assertIn('reclaim', articles)
        self.assertNotIn('quota', articles)
        self.refused('article-unknown', self.nos, article='999')
        self.assertEqual(set(self.nos(body='bdc', procedure='test')), {*self.open, self.late})
        self.assertEqual(self.nos(body='vendor', state='open'), [])

    def test_the_days_of_filing_bound_the_list_on_both_sides(self):
        day = self.day
        long_ago = (day - datetime.timedelta(days=30)).isoformat()
        self.assertIn(self.late, self.nos(filed_to=long_ago))
        self.assertNotIn(self.late, self.nos(filed_from=day.isoformat()))
        self.assertEqual(self.nos(filed_from=long_ago, filed_to=long_ago), [self.late])

    def test_every_order_pages_through_all_of_it_once(self):
        whole = self.nos(limit=200)
        for sort in ('filed', 'number', 'due'):
            for order in ('asc', 'desc'):
                rows = self.pages('/api/v1/cases', sort=sort, order=order)
                keys = {'filed': [r['id'] for r in rows], 'number': [r['no'] for r in rows],
                        'due': [r['due']['day'] if r['due'] else '9' for r in rows]}[sort]
                self.assertEqual(keys, sorted(keys, reverse=order == 'desc'), (sort, order))
                self.assertEqual(len({r['no'] for r in rows}), len(rows))
                if sort != 'due':
                    self.assertEqual({r['no'] for r in rows}, set(whole))

    def test_what_is_due_at_an_hour_is_due_before_the_end_of_its_day_and_in_the_order_of_hours(self):
        day_end, later, sooner = self.city.apply('one', 1)['no'], *(
            self.w['u1'].file('incident', {'title': '网页被篡改', 'grade': 'serious', 'seen_at': '今日八时',
                                           'what': '首页出现异常内容'}, cloud='YH')['no'] for _ in range(2))
        step = "closed_at IS NULL AND case_id = (SELECT id FROM case_file WHERE no = '{}')".format
        self.city.hurry(1800, step(sooner))
        self.city.store.sql("UPDATE case_step SET due_day = (SELECT MAX(due_day) FROM case_step WHERE case_id ="
                            f" (SELECT id FROM case_file WHERE no = '{later}')) WHERE {step(day_end)}")
        ours = [sooner, later, day_end]
        for path, query in (('/api/v1/inbox', {}), ('/api/v1/cases', {'sort': 'due', 'order': 'asc'})):
            rows = [r['no'] for r in self.pages(path, 'o1', **query)]
            self.assertEqual([no for no in rows if no in ours], ours, path)
        for no in ours[:2]:  # an hour ago and earlier
            self.city.hurry(7200, step(no))
        late = [r['no'] for r in self.pages('/api/v1/overdue', 'o1')]
        self.assertEqual([no for no in late if no in ours], ours[:2])

    def test_what_is_overdue_is_seen_with_its_case(self):
        for who in ('u1', 'u2', 'e1', 'o1', 'p1'):
            seen = {c['no'] for c in self.pages('/api/v1/cases', who, overdue='true')}
            self.assertEqual({r['no'] for r in self.pages('/api/v1/overdue', who)}, seen, who)
            self.assertEqual(self.late in seen, who in ('u1', 'e1', 'o1'), who)

    def test_a_line_says_where_the_case_stands(self):
        [line] = [c for c in self.w['u1'].get('/api/v1/cases')['items'] if c['no'] == self.open[0]]
        self.assertEqual((line['project'], line['step'], line['waits_for']),
                         ('civil.one', 'review', '大数据中心'))
        self.assertTrue(line['due']['day'])
        closed = self.w['u1'].get('/api/v1/cases', state='closed')['items'][0]
        self.assertEqual((closed['step'], closed['due'], closed['waits_for']), (None, None, None))

    def test_a_line_names_the_version_that_a_decision_is_made_at(self):
        for who, path in (('u1', '/api/v1/cases'), ('o1', '/api/v1/inbox')):
            lines = self.w[who].get(path, limit=200)['items']
            self.assertTrue(lines)
            for line in lines:
                self.assertEqual(line['version'], self.w[who].case(line['no'])['version'], path)

    def test_a_case_is_its_filers_and_nobody_elses(self):
        self.assertTrue(self.w['u1'].case(self.open[0])['mine'])
        self.assertFalse(self.w['o1'].case(self.open[0])['mine'])
        self.assertFalse(self.w['sp'].case(self.open[0])['mine'])

    def test_a_case_without_a_title_of_its_own_is_titled_in_the_language_of_who_reads(self):
        def titles(lang):
            head = {'Accept-Language': lang}
            lines = self.w['u1'].raw('GET', '/api/v1/cases?limit=200', headers=head)[1]['items']
            shown = self.w['u1'].raw('GET', f'/api/v1/cases/{self.open[0]}', headers=head)[1]
            [line] = [x for x in lines if x['no'] == self.open[0]]
            self.assertEqual((line['title'], line['procedure_title']),
                             (shown['title'], shown['procedure_title']))
            return shown['title'], shown['procedure_title']
        for lang in ('zh', 'en'):
            title, procedure = titles(lang)
            self.assertEqual(title, procedure, lang)
        self.assertNotEqual(titles('zh'), titles('en'))

    def test_resources_are_sorted_and_found_by_a_part_of_their_name(self):
        path = '/api/v1/resources'
        whole = self.w['u1'].get(path, limit=200)['items']
        self.assertGreater(len(whole), 3)
        self.assertEqual({r['unit_code'] for r in whole}, {'civil'})
        key = {'no': lambda r: r['no'], 'name': lambda r: (r['name'], r['no']),
               'lease': lambda r: (r['lease_last_day'] or '9', r['no']),
               'opened': lambda r: (r['opened_at'] or '', r['no'])}
        for sort, of in key.items():
            for order in ('asc', 'desc'):
                rows = self.pages(path, sort=sort, order=order)
                self.assertEqual([of(r) for r in rows],
                                 sorted(map(of, whole), reverse=order == 'desc'), (sort, order))
                for narrower in ({'project': 'civil.one'}, {'unit': 'civil'}):
                    some = self.pages(path, sort=sort, order=order, **narrower)
                    self.assertEqual([r['no'] for r in some],
                                     [r['no'] for r in rows if 'project' not in narrower
                                      or r['project'] == 'civil.one'])
        number = whole[0]['no']
        self.assertEqual([r['no'] for r in self.w['u1'].get(path, text=number[-4:].lower())['items']
                          if r['no'] == number], [number])
        self.assertEqual(len(self.w['u1'].get(path, text='云主机')['items']), len(whole))
        for nothing in ('%', '_', '!', 'zzz'):
            self.assertEqual(self.w['u1'].get(path, text=nothing)['items'], [])
        self.assertEqual(self.w['u2'].get(path, text=number)['items'], [])

    def sorted_both_ways(self, path, keys, who):
        whole = self.w[who].get(path, limit=200)['items']
        self.assertGreater(len(whole), 2)
        for sort, of in keys.items():
            for order in ('asc', 'desc'):
                rows = self.pages(path, who, sort=sort, order=order)
                self.assertEqual([of(r) for r in rows],
                                 sorted(map(of, whole), reverse=order == 'desc'), (sort, order))
        return whole

    def test_organisations_are_sorted_and_found_by_a_part_of_their_code_or_name(self):
        path = '/api/v1/orgs'
        keys = {'code': lambda r: r['code'], 'name': lambda r: (r['name'], r['code'])}
        whole = self.sorted_both_ways(path, keys, 'sysadmin')
        for text in ('CIV', '事务局', '甲'):
            kept = [r['code'] for r in whole if text.lower() in r['code'] or text in r['name']]
            self.assertTrue(kept and len(kept) < len(whole), text)
            found = self.w['sysadmin'].get(path, text=text, limit=200)['items']
            self.assertEqual([r['code'] for r in found], kept, text)
        units = self.pages(path, 'sysadmin', kind='unit', status='active', sort='name')
        self.assertEqual({r['code'] for r in units},
                         {r['code'] for r in whole if r['kind'] == 'unit'})
        for nothing in ('%', '_', '!'):
            self.assertEqual(self.w['sysadmin'].get(path, text=nothing)['items'], [])

    def test_projects_are_sorted_and_found_among_those_one_sees(self):
        path = '/api/v1/projects'
        keys = {'code': lambda r: r['code'], 'name': lambda r: (r['name'], r['code']),
                'entered': lambda r: (r['created_at'], r['code'])}
        self.sorted_both_ways(path, keys, 'e1')
        self.assertEqual([p['code'] for p in self.w['e1'].get(path, text='VIL.TW')['items']],
                         ['civil.two'])
        self.assertEqual(self.w['u2'].get(path, text='civil')['items'], [])

    # proves S22
    def test_accounts_are_sorted_and_found_by_login_name_and_role(self):
        path = '/api/v1/people'
        keys = {'login': lambda r: r['login'], 'name': lambda r: (r['name'], r['login'])}
        whole = self.sorted_both_ways(path, keys, 'secadmin')
        self.assertEqual([p['login'] for p in self.w['secadmin'].get(path, text='U1')['items']],
                         [p['login'] for p in whole if 'u1' in p['login'] or 'u1' in p['name']])

        def logins(**query):
            return {p['login'] for p in self.w['secadmin'].get(path, **query)['items']}
        self.assertEqual(logins(role='sponsor'), {'sp'})
        self.assertEqual(logins(org='civil'), {'u1', 'sp'})
        self.assertEqual(logins(org='civil', role='unit'), {'u1'})
        self.assertEqual(logins(org='bdc', role='unit'), set())

    # proves S10, S13
    def test_the_record_is_narrowed_by_who_what_on_what_and_when(self):
        path, auditor = '/api/v1/audit/events', 'auditor'
        self.city.sealed()
        whole = self.pages(path, auditor)
        top = max(r['position'] for r in whole)
        at = [(r['at'], r['position']) for r in whole]
        self.assertEqual(at, sorted(at, reverse=True))
        self.assertEqual(len({r['position'] for r in whole}), len(whole))
        names = {p['login']: p['name'] for p in self.w['secadmin'].get('/api/v1/people', limit=200)['items']}

        def positions(**query):
            return [r['position'] for r in self.pages(path, auditor, **query)
                    if r['position'] <= top]
        of_case = self.w['u1'].case(self.open[0])['id']
        for query, keeps in (({'person': 'u1'}, lambda r: r['person'] == names['u1']),
                             ({'kind': 'case.filed'}, lambda r: r['kind'] == 'case.filed'),
                             ({'person': 'o1', 'kind': 'step.decided'},
                              lambda r: r['person'] == names['o1'] and r['kind'] == 'step.decided'),
                             ({'subject': of_case, 'kind': 'case.filed'},
                              lambda r: r['object_id'] == of_case and r['kind'] == 'case.filed')):
            kept = [r['position'] for r in whole if keeps(r)]
            self.assertTrue(kept and len(kept) < len(whole), query)
            self.assertEqual(positions(**query), kept, query)
        story = self.w['u1'].get(f'/api/v1/cases/{self.open[0]}/events')['items']
        self.assertEqual(set(positions(subject=self.open[0])), {e['position'] for e in story})
        self.assertEqual(positions(subject='civil.two'),
                         positions(subject=self.w['u1'].get('/api/v1/projects/civil.two')['id']))
        day = today().isoformat()
        before = (today() - datetime.timedelta(days=1)).isoformat()
        self.assertEqual(positions(**{'from': day, 'to': day}), [r['position'] for r in whole
                                                                 if r['at'][:10] == day])
        self.assertFalse(set(positions(to=before)) & set(positions(**{'from': day})))
        kinds = [k['kind'] for k in self.w[auditor].get('/api/v1/audit/kinds')['items']]
        self.assertEqual(kinds, sorted(kinds))
        self.assertLessEqual({r['kind'] for r in whole}, set(kinds))
        self.refused('audit-subject-unknown', positions, subject='nothing-has-this')
        self.refused('person-unknown', positions, person='nobody')
        self.refused('cursor-invalid', self.w[auditor].get, path, cursor='12')
        with self.assertRaises(Exception):
            self.w['u1'].get('/api/v1/audit/kinds')

    # proves S07
    def test_what_is_not_ones_own_stays_out_whatever_is_asked(self):
        for query in ({'unit': 'civil'}, {'body': 'bdc'}, {'resource': self.ids[0]},
                      {'overdue': 'true'}, {'sort': 'due'}, {'project': 'civil.one'}):
            self.assertFalse({*self.open, self.late} & set(self.nos('u2', **query)), query)


on_both_engines(Lists)
del Lists

if __name__ == '__main__':
    unittest.main()
