"""The measures as a console draws them: procedures with their forms, and the articles."""
import unittest

from city import City

LANGS = ('zh', 'en')


def properties(schema):
    for name, sub in schema.get('properties', {}).items():
        yield name, sub
        yield from properties(sub)
    if 'items' in schema:
        yield from properties(schema['items'])


class Measures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def ask(self, path, lang='en', who='u1'):
        status, body, _ = self.w[who].raw('GET', path, headers={'Accept-Language': lang})
        self.assertEqual(status, 200, body)
        return body

    def procedures(self, lang='en'):
        for p in self.ask('/api/v1/policy/procedures')['items']:
            yield self.ask(f"/api/v1/policy/procedures/{p['procedure']}", lang)

    def test_every_form_can_be_built_from_what_the_pack_says(self):
        for p in self.procedures():
            forms = [p['form'], *(o['schema'] for s in p['steps'] for o in s['outcomes'])]
            for form in filter(None, forms):
                self.assertTrue(form['title'] and form['x-title-en'], form)
                for name, sub in properties(form):
                    self.assertTrue(sub['title'] and sub['x-title-en'], (p['procedure'], name))
                    self.assertIn('x-order', sub)
                    if sub.get('format') == 'id':
                        self.assertIn('x-ref', sub, (p['procedure'], name))
                    for lang in LANGS:
                        self.assertEqual(set(sub.get('enum', ())),
                                         set(sub.get('x-enum-titles', {}).get(lang, ())))
                    if sub.get('items', {}).get('format') == 'id':
                        self.assertIn('x-ref', sub['items'])

    def test_what_a_procedure_checks_and_brings_about_is_told_by_the_vocabularys_words(self):
        words = {p['procedure']: p['words'] for p in self.ask('/api/v1/policy/procedures')['items']}
        self.assertIn('lease.extendable', words['lease_extension'])
        self.assertIn('resource.formalise', words['temporary_to_formal'])
        self.assertIn('resource.stop', words['reclaim'])
        self.assertIn('resource.resize', words['expansion'])
        self.assertIn('quota.change', words['quota_change'])
        self.assertIn('duty.lay_each', words['drill_report'])  # which has no step
        for name, used in words.items():
            self.assertEqual(len(used), len(set(used)), name)

    def test_the_fields_of_a_form_keep_the_order_of_the_pack(self):
        form = self.ask('/api/v1/policy/procedures/quota')['form']
        names = list(form['properties'])
        self.assertEqual(names[:3], ['project_type', 'systems', 'dimensions'])
        self.assertEqual([form['properties'][n]['x-order'] for n in names], list(range(len(names))))

    def test_a_procedure_can_be_drawn(self):
        for lang in LANGS:
            for p in self.procedures(lang):
                names = [s['step'] for s in p['steps']]
                self.assertTrue(p['about_title'] and p['level_title'] and p['code'])
                self.assertEqual([f['role'] for f in p['filers']], p['filed_by'])
                for s in p['steps']:
                    self.assertEqual([b['role'] for b in s['bodies']], s['roles'])
                    self.assertTrue(s['kind_title'] and s['outcomes'])
                    self.assertEqual(s['kind'] == 'wait', s['waits'] is not None)
                    self.assertEqual([o['positive'] for o in s['outcomes']],
                                     [True] + [False] * (len(s['outcomes']) - 1))
                    for o in s['outcomes']:
                        self.assertTrue(o['title'] and (o['end'] is None or o['end_title']))
                        self.assertIn(o['next'], [None, *names])
                    if s['clock']:
                        self.assertTrue(s['clock']['text'] and s['clock']['since_title'])
                        self.assertIn(s['clock']['source'], ('law', 'local'))

    def test_every_word_of_every_procedure_is_said_in_both_languages(self):
        def uses(p):
            yield from p['started_by'] + p['checks'] + p['reserves']
            for s in p['steps']:
                yield from s['when'] + s['unless'] + s['checks']
                for o in s['outcomes']:
                    yield from o['effects']

        for lang in LANGS:
            seen = 0
            for p in self.procedures(lang):
                for use in uses(p):
                    self.assertNotEqual(use['sentence'], use['word'])
                    self.assertNotIn('…', use['sentence'], use)
                    self.assertNotIn('{', use['sentence'])
                    seen += 1
            self.assertGreater(seen, 100)

    def test_a_sentence_holds_its_figures_as_people_read_them(self):
        steps = self.ask('/api/v1/policy/procedures/expansion', 'zh')['steps']
        [use] = [u for s in steps for u in s['when'] if u['word'] == 'unit_total.exceeds']
        self.assertEqual(use['sentence'], '本单位已分配、在办与所申请的总量超过总配额的 120 %')
        self.assertEqual((use['article'], use['parameters']), ('20', ['expansion.ratio']))
        self.assertLessEqual(set(use['arguments']), set(use['values']))
        self.assertEqual(use['values']['article'], '20')
        checks = self.ask('/api/v1/policy/procedures/lease_extension', 'zh')['checks']
        self.assertIn('每项资源均为运行中', [c['sentence'] for c in checks])

    def test_every_article_tells_what_rests_on_it(self):
        for lang in LANGS:
            items = {a['article']: a for a in self.ask('/api/v1/policy/articles', lang)['items']}
            self.assertEqual(sorted(items, key=int), [str(n) for n in range(1, 36)])
            for a in items.values():
                self.assertTrue(a['title'] and a['summary'])
            twenty = items['20']
            self.assertIn('expansion', [p['procedure'] for p in twenty['procedures']])
            self.assertEqual({p['source'] for p in twenty['parameters']}, {'law'})
            self.assertTrue(all(p['text'] for p in twenty['parameters']))
            self.assertIn('low_use', [r['rule'] for r in items['25']['rules']])
            self.assertTrue([c for c in items['2']['checks'] if c['word'] == 'system.mlps_at_most'])

    def test_a_parameter_that_names_roles_says_them_by_their_titles(self):
        [said] = [p for p in self.ask('/api/v1/policy/parameters', 'zh')['items'] if p['parameter'] == 'second_factor.roles']
        self.assertEqual(len(said['text'].split('、')), len(said['value'].split()))
        self.assertNotRegex(said['text'], '[a-z]')

    def test_the_cases_an_article_governed_are_those_one_may_see(self):
        def counted(who, article='18'):
            return self.ask(f'/api/v1/policy/articles/{article}', who=who)

        before = counted('u1'), counted('u2'), counted('e1')
        self.city.project('art')
        after = counted('u1'), counted('u2'), counted('e1')
        for i, more in ((0, 2), (1, 0), (2, 2)):  # the quota, and the initiation
            self.assertEqual(after[i]['cases']['n'] - before[i]['cases']['n'], more)
            self.assertFalse(after[i]['cases']['more'])
        latest = after[0]['latest'][0]
        self.assertEqual((latest['procedure'], latest['state']), ('initiation', 'closed'))
        self.assertEqual(after[1]['latest'], before[1]['latest'])
        self.assertIn('review', [s['step'] for s in after[0]['steps'] if s['procedure'] == 'quota'])
        status, body, _ = self.w['u1'].raw('GET', '/api/v1/policy/articles/99')
        self.assertEqual((status, body['slug']), (404, 'article-unknown'))

    def test_who_may_file_is_told(self):
        path = '/api/v1/policy/procedures/quota'
        self.assertTrue(self.ask(path)['you_may'])
        self.assertFalse(self.ask(path, who='a1')['you_may'])


if __name__ == '__main__':
    unittest.main()
