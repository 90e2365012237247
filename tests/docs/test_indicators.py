"""The dictionary of indicators, the page of metrics, the programs and the catalogue say the same."""
import json
import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).parents[2]
TYPES = {'1': 'infrastructure', '2': 'platform', '3': 'application'}


def text(path):
    return (ROOT / path).read_text(encoding='utf-8')


class Indicators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.book = yaml.safe_load(text('docs/indicators.yaml'))
        cls.rows = cls.book['indicators']
        cls.by_metric = {row['metric']: row for row in cls.rows.values()}
        cls.items = json.loads(text('data/demo/catalogue.json'))

    def test_S33_every_metric_that_is_known_has_its_class_unit_period_and_source(self):
        page = text('docs/metrics.zh-CN.md')
        known = page[page.index('## 资源'):page.index('## 怎样接入')]
        named = set(re.findall(r'`((?:resource|platform|yunheng_agent)_[a-z0-9_]+)`', known))
        self.assertEqual(named, set(self.by_metric))
        for code, row in self.rows.items():
            self.assertIn(row['class'], ('compute', 'storage', 'network', 'set'), code)
            self.assertRegex(row['period'], r'^\d+[smh]$', code)
            self.assertIn(row['source'], ('agent', 'provider', 'cloud'), code)
        self.assertEqual({row['class'] for row in self.rows.values()}, {'compute', 'storage', 'network', 'set'})

    def test_S33_units_are_those_that_the_names_say(self):
        ends = {'_ratio': 'ratio', '_bytes': 'byte', '_bytes_total': 'byte', '_bytes_per_second': 'byte/s',
                '_seconds': 's', '_seconds_total': 's', '_cores': 'core'}
        for metric, row in self.by_metric.items():
            for end, unit in ends.items():
                if metric.endswith(end):
                    self.assertEqual(row['unit'], unit, metric)
            self.assertEqual(row['kind'] == 'counter', metric.endswith('_total') or metric == 'yunheng_agent_batch', metric)

    def test_S35_codes_are_of_their_type_and_never_given_twice(self):
        codes = re.findall(r"^  '([^']*)':", text('docs/indicators.yaml'), re.M)
        self.assertEqual(len(codes), len(set(codes)))
        self.assertEqual(len(self.by_metric), len(codes))
        for code in codes:
            self.assertRegex(code, r'^[123]\.[1-9]\.\d\d$')
            self.assertEqual(self.rows[code]['type'], TYPES[code[0]])
        self.assertEqual(set(codes) & set(self.book['retired']), set())
        self.assertEqual({row['type'] for row in self.rows.values()}, set(TYPES.values()))

    def test_S41_each_definition_has_the_version_it_holds_since(self):
        for code, row in self.rows.items():
            self.assertTrue(1 <= row['since'] <= self.book['version'], code)

    def test_S33_S36_what_the_programs_reckon_with_is_in_it(self):
        used = set()
        for path in [*(ROOT / 'src').rglob('*.c')]:
            used |= set(re.findall(r'"((?:resource|platform)_[a-z0-9_]+_(?:ratio|bytes|bytes_total|seconds))"',
                                   path.read_text(encoding='utf-8')))
        self.assertGreater(len(used), 5)
        self.assertLessEqual(used, set(self.by_metric))

    def test_S36_each_item_of_the_catalogue_names_what_is_counted_and_in_which_unit(self):
        for item in self.items:
            self.assertTrue(item['measure'] and item['per'], item['code'])
            self.assertTrue(item['per'] != 'use' or not item.get('metered')
                            or item['metered']['metric'] in self.by_metric, item['code'])
        # capability that a quota counts says of which dimension and how much
        for item in self.items:
            if item['class'] == 'IaaS' and item['category'] == '计算' and item['measure'] == 'instance':
                self.assertTrue(item['dims'], item['code'])

    def test_S37_resources_software_and_people_stand_in_one_catalogue_people_by_grade(self):
        self.assertEqual({i['class'] for i in self.items}, {'IaaS', 'PaaS', 'SaaS'})
        people = [i for i in self.items if i['measure'] == 'person']
        self.assertTrue(all(i['per'] in ('day', 'month') for i in people))
        grades = {tag for i in people for tag in i['tags'] if tag.startswith('等级-')}
        self.assertEqual(grades, {'等级-初级', '等级-中级', '等级-高级'})
        price = {i['tags'][0]: float(i['tiers'][0]['price']) for i in people}
        self.assertLess(price['等级-初级'], price['等级-中级'])
        self.assertLess(price['等级-中级'], price['等级-高级'])

    def test_S38_codes_are_unique_and_one_above_the_other(self):
        codes = [i['code'] for i in self.items]
        self.assertEqual(len(codes), len(set(codes)))
        above = {}  # class > category > family > code
        for item in self.items:
            family = item['code'].split('-')[0]
            self.assertEqual(above.setdefault(family, item['class']), item['class'], item['code'])


if __name__ == '__main__':
    unittest.main()
