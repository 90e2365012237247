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
        day = today()
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

    def test_a_line_says_where_the_case_stands(self):
        [line] = [c for c in self.w['u1'].get('/api/v1/cases')['items'] if c['no'] == self.open[0]]
        self.assertEqual((line['project'], line['step'], line['waits_for']),
                         ('civil.one', 'review', '大数据中心'))
        self.assertTrue(line['due']['day'])
        closed = self.w['u1'].get('/api/v1/cases', state='closed')['items'][0]
        self.assertEqual((closed['step'], closed['due'], closed['waits_for']), (None, None, None))

    def test_resources_are_sorted_and_found_by_a_part_of_their_name(self):
        path = '/api/v1/resources'
        whole = self.w['u1'].get(path, limit=200)['items']
        self.assertGreater(len(whole), 3)
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

    def test_what_is_not_ones_own_stays_out_whatever_is_asked(self):
        for query in ({'unit': 'civil'}, {'body': 'bdc'}, {'resource': self.ids[0]},
                      {'overdue': 'true'}, {'sort': 'due'}, {'project': 'civil.one'}):
            self.assertFalse({*self.open, self.late} & set(self.nos('u2', **query)), query)


on_both_engines(Lists)
del Lists

if __name__ == '__main__':
    unittest.main()
