"""Searching everything one may see, by number or name."""
import unittest

from city import City, InCity, on_both_engines


class Search(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('portal')
        cls.city.project('far', unit='u2', org='health')
        cls.ids = cls.city.formal('portal', 1)
        cls.no = cls.w['u1'].call('POST', '/api/v1/cases', {
            'procedure': 'test', 'project': 'portal', 'title': '门户扩建 Portal_100%',
            'form': {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}})['no']
        cls.foreign = cls.city.apply('far', 1, unit='u2')['no']
        cls.resource = cls.w['u1'].get(f'/api/v1/resources/{cls.ids[0]}')['no']

    def find(self, q, who='u1', **query):
        groups = self.w[who].get('/api/v1/search', q=q, **query)['groups']
        return {g['kind']: [(i['no'], i['match']) for i in g['items']] for g in groups}

    def test_a_number_is_found_whole_by_its_beginning_and_by_its_end(self):
        for no, kind in ((self.no, 'case'), (self.resource, 'resource')):
            self.assertEqual(self.find(no)[kind][0], (no, 'exact'))
            self.assertEqual(self.find(no.lower())[kind][0], (no, 'exact'))
            self.assertIn((no, 'prefix'), self.find(no[:-3], limit=20)[kind])
            self.assertIn((no, 'tail'), self.find(no[-6:], limit=20)[kind])
            self.assertIn((no, 'tail'), self.find(str(int(no[-6:])), limit=20)[kind])

    def test_names_are_found_by_a_part_whatever_the_case_of_letters(self):
        self.assertEqual(self.find('PORTAL')['project'], [('civil.portal', 'name')])
        self.assertEqual(self.find('civil.portal')['project'], [('civil.portal', 'exact')])
        self.assertEqual(self.find('扩建')['case'], [(self.no, 'name')])
        self.assertEqual(self.find('portal_100%')['case'], [(self.no, 'name')])
        self.assertIn('vm-4c8g', [no for no, _ in self.find('云主机')['item']])
        self.assertIn(self.resource, [no for no, _ in self.find('云主机', limit=20)['resource']])
        self.assertIn('civil', [no for no, _ in self.find('民生', who='sysadmin')['organisation']])
        self.assertIn('expansion', [no for no, _ in self.find('expansion')['procedure']])
        self.assertEqual(self.find('20')['article'][0], ('20', 'exact'))

    def test_what_is_not_ones_own_is_not_found(self):
        for q in (self.foreign, self.foreign[-6:], self.foreign[:-3]):
            self.assertNotIn(self.foreign, [no for no, _ in self.find(q, limit=20).get('case', [])])
        self.assertEqual(self.find('far').get('project'), None)
        self.assertNotIn('resource', self.find(self.resource, who='u2'))
        self.assertIn(self.foreign, [no for no, _ in self.find(self.foreign, who='e1')['case']])

    def test_wildcards_are_letters_like_others(self):
        for q in ('%', '_', '!', '%%%'):
            found = self.find(q, limit=20)
            self.assertEqual(found.get('project'), None, found)
            self.assertEqual(found.get('resource'), None, found)

    def test_a_group_is_cut_and_says_so(self):
        for _ in range(3):
            self.city.apply('portal', 1)
        groups = {g['kind']: g for g in
                  self.w['u1'].get('/api/v1/search', q='YH-', limit=2)['groups']}
        self.assertEqual((len(groups['case']['items']), groups['case']['more']), (2, True))
        self.assertTrue(groups['case']['kind_title'])
        item = groups['case']['items'][0]
        self.assertTrue(item['title'] and item['where'] and item['state_title'])
        self.refused('field-required', self.w['u1'].get, '/api/v1/search', q='  ')
        self.refused('field-range', self.w['u1'].get, '/api/v1/search', q='a', limit=21)


on_both_engines(Search)
del Search

if __name__ == '__main__':
    unittest.main()
