"""What a new edition of the catalogue must keep: items by which resources run, or are to be opened."""
import datetime
import json
import os
import subprocess
import tempfile
import unittest

from city import BIN, BLOCK, PASSWORD, VM, City, InCity, on_both_engines, sought, today

TRAFFIC = dict(VM, code='traffic', category='网络', name='出口流量', per='use', measure='gb', mode='graduated',
               free='10', tags=['x86', 'gov'], dims={},
               tiers=[{'from': '0', 'price': '0.5'}, {'from': '1000', 'price': '0.4'}],
               metered={'metric': 'net_out_bytes_total', 'as': 'rise', 'per': 1000000000})
PACK = dict(VM, code='calls', name='接口调用包', per='month', measure='times', mode='package', package='100',
            trusted=True, exposed=True, dims={})


class Catalogue(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('s1', dims={'vcpu': 100, 'memory_gib': 200, 'block_gib': 100})
        cls.machines = [cls.city.formal('s1', 1)[0] for _ in range(2)]

    def draft(self, *items):
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '新版'})
        self.fill(draft['id'], *items)
        return draft['id']

    def fill(self, edition, *items):
        self.w['o1'].call('PUT', f'/api/v1/editions/{edition}/items', {'items': list(items)})

    def propose(self, edition):
        return self.w['o1'].file('catalogue_edition', {'summary': '新版目录'},
                                 edition=edition)['no']

    def approve(self, no):
        for who in ('e1', 'a1'):
            self.w[who].decide(no, 'approve')

    def publish(self, no):
        return self.w['o1'].decide(no, 'publish', 'confirm',
                                   {'effective_date': today().isoformat()})

    def assert_drops(self, body, items, codes, resources):
        self.assertEqual((body['status'], body['article']), (422, '15'))
        figures = body['figures']
        self.assertEqual((figures['items'], figures['codes'], figures['resources']),
                         (items, codes, resources))
        self.assertIn(codes, body['title'])

    def test_1_one_that_leaves_out_what_runs_is_refused_when_it_is_filed(self):
        body = self.refused('edition-drops-used', self.propose, self.draft(BLOCK))
        self.assert_drops(body, 1, 'vm-4c8g', 2)

    def test_1_cases_and_editions_are_found_by_their_number_or_title(self):
        sought(self, self.w['o1'], '/api/v1/cases')
        sought(self, self.w['o1'], '/api/v1/cases', sort='number')
        no = self.city.apply('s1', 1)['no']
        for text, found in ((no.lower(), [no]), ('%', [])):
            waiting = self.w['o1'].get('/api/v1/cases', sort='due', text=text)['items']
            self.assertEqual([c['no'] for c in waiting], found)
        self.w['u1'].call('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '重新测算'})
        sought(self, self.w['o1'], '/api/v1/editions', 'title', cloud='YH')

    def test_1_items_that_another_replaced_meanwhile_are_not_overwritten_unseen(self):
        edition = self.draft(BLOCK)
        version = self.w['o1'].get(f'/api/v1/editions/{edition}')['version']
        path, read = f'/api/v1/editions/{edition}/items', {'If-Match': f'W/"v{version}"'}
        self.w['o1'].call('PUT', path, {'items': [BLOCK]}, read)
        self.refused('stale-version', self.w['o1'].call, 'PUT', path, {'items': []}, read)

    # proves A15.1, S36
    def test_1_everything_that_is_wrong_with_the_items_is_told_at_once(self):
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '多处有误'})['id']
        path = f'/api/v1/editions/{draft}/items'
        items = [VM, dict(VM, code='b', **{'class': 'XaaS'}), dict(VM), dict(VM, code='d', step='-1'),
                 dict(VM, code='e')]
        body = self.refused('field-choice', self.w['o1'].call, 'PUT', path, {'items': items})
        self.assertEqual((body['field'], body['faults_found']), ('/items/1/class', 3))
        self.assertEqual([f['field'] for f in body['faults']],
                         ['/items/1/class', '/items/2/code', '/items/3/step'])
        self.assertEqual(body['faults'][0]['figures'], body['figures'])
        for fault in body['faults']:
            self.assertTrue(fault['title'] and fault['slug'], fault)
        body = self.refused('code-twice', self.w['o1'].call, 'PUT', path, {'items': [VM, VM]})
        self.assertNotIn('faults', body)
        many = [dict(VM, code=f'c{n}', per='week') for n in range(60)]
        body = self.refused('field-choice', self.w['o1'].call, 'PUT', path, {'items': many})
        self.assertEqual((body['faults_found'], len(body['faults'])), (60, 50))

    def test_2_a_proposal_without_items_is_judged_when_it_is_compiled(self):
        edition = self.draft()
        no = self.propose(edition)
        self.w['a1'].decide(no, 'review')
        self.fill(edition, BLOCK)
        body = self.refused('edition-drops-used', self.w['o1'].decide, no, 'compile', 'confirm')
        self.assert_drops(body, 1, 'vm-4c8g', 2)
        self.fill(edition, dict(VM, code='vm-old'), VM)
        self.w['o1'].decide(no, 'compile', 'confirm')

    # proves A15.1
    def test_3_what_was_asked_for_meanwhile_stops_the_publishing(self):
        no = self.propose(self.draft(VM))  # nobody has a disk yet
        self.w['a1'].decide(no, 'review')
        self.w['o1'].decide(no, 'compile', 'confirm')
        self.approve(no)
        asked = self.city.apply('s1', 10, item='block-ssd')['no']
        self.w['o1'].decide(asked, 'review')
        self.assert_drops(self.refused('edition-drops-used', self.publish, no), 1, 'block-ssd', 1)
        [disk] = [r['id'] for r in self.w['p1'].case(asked)['resources']]
        self.w['p1'].decide(asked, 'open', 'done', {'resources': [
            {'resource': disk, 'provider_ref': 'i-1'}]})
        self.assert_drops(self.refused('edition-drops-used', self.publish, no), 1, 'block-ssd', 1)
        self.w['o1'].decide(no, 'publish', 'abandon')
        self.assertEqual(self.w['o1'].case(no)['state'], 'refused')
        now = self.w['u1'].get('/api/v1/catalogue', cloud='YH')
        self.assertEqual({i['code'] for i in now['items']}, {'vm-4c8g', 'block-ssd'})

    def test_4_many_codes_are_named_as_far_as_they_fit(self):
        codes = ['disk-' + 'x' * 40 + str(i) for i in range(3)]
        self.city.publish([VM, BLOCK] + [dict(BLOCK, code=code) for code in codes])
        for code in codes:
            self.w['o1'].decide(self.city.apply('s1', 10, item=code)['no'], 'review')
        body = self.refused('edition-drops-used', self.propose, self.draft(VM, BLOCK))
        self.assert_drops(body, 3, codes[0] + ' …', 3)

    def test_A15_1_a_case_filed_before_an_edition_opens_nothing_that_the_edition_dropped(self):
        now = [i for i in self.w['u1'].get('/api/v1/catalogue', cloud='YH')['items']]
        keys = [k for k in VM if k != 'tiers'] + ['tiers']
        kept = [{k: i[k] for k in keys} for i in now]
        old = dict(BLOCK, code='disk-old', name='旧盘')
        self.city.publish([*kept, old])
        first = self.city.apply('s1', 10, item='disk-old')['no']
        self.city.age(first, 1)
        self.city.publish(kept)
        body = self.refused('item-dropped', self.w['o1'].decide, first, 'review')
        self.assertEqual((body['status'], body['article'], body['figures']['item']),
                         (422, '15', '旧盘'))
        self.assertEqual(body['figures']['from'], today().isoformat())
        self.assertEqual(self.w['o1'].case(first)['resources'], [])
        self.refused('item-unknown', self.city.apply, 's1', 10, item='disk-old')
        self.w['o1'].decide(first, 'review', 'refuse')

    def test_A15_1_what_an_edition_to_come_drops_is_ordered_no_more(self):
        now = [i for i in self.w['u1'].get('/api/v1/catalogue', cloud='YH')['items']]
        keys = [k for k in VM if k != 'tiers'] + ['tiers']
        kept = [{k: i[k] for k in keys} for i in now]
        self.city.publish([*kept, dict(BLOCK, code='disk-next', name='将停售的盘')])
        no = self.propose(self.draft(*kept))
        self.w['a1'].decide(no, 'review')
        self.w['o1'].decide(no, 'compile', 'confirm')
        self.approve(no)
        day = (today() + datetime.timedelta(days=30)).isoformat()
        self.w['o1'].decide(no, 'publish', 'confirm', {'effective_date': day})
        body = self.refused('item-dropped', self.city.apply, 's1', 10, item='disk-next')
        self.assertEqual((body['figures']['from'], body['field']), (day, '/form/items/0/item'))
        self.city.apply('s1', 10, item='block-ssd')

    def yunheng(self, folder, *words):
        env = dict(os.environ, YUNHENG_LANG='en', YUNHENG_SESSION=os.path.join(folder, 's.json'),
                   YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}')
        return subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True, text=True,
                              check=False)

    def test_5_an_edition_as_it_is_shown_is_taken_as_it_is(self):
        edition, empty = self.draft(VM, BLOCK, TRAFFIC, PACK), self.draft()
        with tempfile.TemporaryDirectory() as folder:
            self.yunheng(folder, 'session', 'create', '--login', 'o1', '--password', PASSWORD)
            shown = self.yunheng(folder, 'edition', 'show', edition, '--format', 'json')
            path = os.path.join(folder, 'shown.json')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(shown.stdout)
            done = self.yunheng(folder, 'edition', 'items', empty, '--items', '@' + path)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
        items = [self.w['o1'].get(f'/api/v1/editions/{i}')['items'] for i in (edition, empty)]
        self.assertEqual(items[0], items[1])
        kept = {i['code']: i for i in items[1]}
        self.assertEqual(kept['traffic']['metered'], TRAFFIC['metered'])
        self.assertEqual((kept['calls']['package'], kept['traffic']['tags']), (100, 'x86 gov'))
        changes = self.w['o1'].get(f'/api/v1/editions/{empty}/changes', **{'from': edition})
        self.assertEqual(changes['items'], [])
        self.assertEqual(json.loads(shown.stdout)['items'], items[0])

    def test_6_a_price_changed_beside_the_tiers_is_not_lost_in_silence(self):
        edition = self.draft(VM)
        [item] = self.w['o1'].get(f'/api/v1/editions/{edition}')['items']
        body = self.refused('price-not-of-tiers', self.fill, edition, dict(item, price='300'))
        self.assertEqual(body['field'], '/items/0/price')
        self.fill(edition, dict(item, price='300', tiers=[{'from': '0', 'price': '300'}]))
        [item] = self.w['o1'].get(f'/api/v1/editions/{edition}')['items']
        self.assertEqual(item['price'], item['tiers'][0]['price'])


on_both_engines(Catalogue)
del Catalogue

if __name__ == '__main__':
    unittest.main()
