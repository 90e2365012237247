"""What single articles ask and no other suite is about: which clouds there are (2), what an item is
(9, 14), what a quota is asked with (18), the two clocks of an expansion (20), the pack that a case
keeps (35), and a record in which a change is found."""
import contextlib
import datetime
import os
import shutil
import sqlite3
import subprocess
import unittest

from city import BIN, BLOCK, VM, City, InCity, Store, steps
from test_packs import Pack


class Measures(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City(init=('--demo-clock',))
        cls.w = cls.city.who

    def test_A2_1_three_kinds_of_cloud_stand_apart_each_with_its_own_bodies(self):
        sysadmin = self.w['sysadmin']
        sysadmin.call('POST', '/api/v1/clouds',
                      {'code': 'MED', 'name': '医疗专有域', 'level': 'domain', 'parent': 'YH'})
        sysadmin.call('PUT', '/api/v1/clouds/MED/bodies/operator', {'org': 'health'})
        levels = {c['code']: c['level'] for c in sysadmin.get('/api/v1/clouds')['items']}
        self.assertEqual({code: levels[code] for code in ('YH', 'EAST', 'MED')},
                         {'YH': 'municipal', 'EAST': 'district', 'MED': 'domain'})
        # whoever operates one of them proposes a catalogue for that one alone
        self.city.person('dm', 'operator', 'health')
        for who, own in (('o1', 'YH'), ('do', 'EAST'), ('dm', 'MED')):
            for code in levels:
                draft = {'cloud': code, 'title': '目录'}
                if code == own:
                    self.w[who].call('POST', '/api/v1/editions', draft)
                else:
                    self.refused('operator-only', self.w[who].call, 'POST', '/api/v1/editions', draft)
        self.refused('cloud-district', sysadmin.call, 'POST', '/api/v1/clouds',
                     {'code': 'WEST', 'name': '西区政务云', 'level': 'district'})
        self.refused('cloud-exists', sysadmin.call, 'POST', '/api/v1/clouds',
                     {'code': 'YH2', 'name': '又一市级云', 'level': 'municipal'})

    def test_A9_1_an_item_is_infrastructure_platform_or_software_and_nothing_else(self):
        w = self.w['o1']
        draft = w.call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '三类'})
        path = f"/api/v1/editions/{draft['id']}/items"
        kinds = [dict(VM, code='c-' + k.lower(), **{'class': k}) for k in ('IaaS', 'PaaS', 'SaaS')]
        w.call('PUT', path, {'items': kinds})
        self.assertEqual({i['class'] for i in w.get(f"/api/v1/editions/{draft['id']}")['items']},
                         {'IaaS', 'PaaS', 'SaaS'})
        status, said, _ = w.raw('PUT', path, {'items': [dict(VM, **{'class': 'DaaS'})]})
        self.assertEqual((status, said['field']), (400, '/items/0/class'))

    def test_A14_1_tags_are_kept_and_the_share_of_trusted_products_is_told(self):
        trusted = dict(BLOCK, trusted=True, tags=['security-suite'], step='1')
        self.city.publish([VM, trusted])
        self.city.project('trust', dims={'vcpu': 100, 'memory_gib': 200, 'block_gib': 100})
        no = self.w['u1'].file('test', {'items': [
            {'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'},
            {'item': 'block-ssd', 'quantity': '10', 'system': 's1'}]}, project='trust')['no']
        self.city.open(no)
        start = self.city.clock()
        self.city.turn(start + datetime.timedelta(days=2), at_once=True)
        seen = self.w['o1'].get('/api/v1/catalogue/experience', cloud='YH', to=start.isoformat(),
                                **{'from': start.isoformat()})
        self.assertEqual({i['code']: i['trusted'] for i in seen['items'] if i['resources']},
                         {'vm-4c8g': False, 'block-ssd': True})
        def share(of):
            return of['resources'], of['trusted_resources'], of['trusted_percent']
        self.assertEqual(share(seen), (2, 1, '50'))
        self.assertEqual({c['category']: share(c) for c in seen['categories']},
                         {'计算': (1, 0, '0'), '存储': (1, 1, '100')})
        # what somebody drafts says nothing of what runs
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '草案'})
        self.w['o1'].call('PUT', f"/api/v1/editions/{draft['id']}/items",
                          {'items': [dict(VM, trusted=True, name='改名的云主机'), trusted]})
        again = self.w['o1'].get('/api/v1/catalogue/experience', cloud='YH', to=start.isoformat(),
                                 **{'from': start.isoformat()})
        self.assertEqual((again['items'], share(again)), (seen['items'], (2, 1, '50')))

    def test_A18_1_a_quota_is_asked_for_with_systems_levels_and_an_assessment(self):
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'asked', 'name': '申报项目'})
        whole = self.city.quota_form()
        for field in ('project_type', 'systems', 'dimensions', 'demand_assessment',
                      'initiation_document'):
            form = {k: v for k, v in whole.items() if k != field}
            said = self.refused('form-missing', self.w['u1'].file, 'quota', form, project='asked')
            self.assertEqual(said['field'], '/form/' + field)
        no = self.w['u1'].file('quota', whole, project='asked')['no']
        self.w['e1'].decide(no, 'review')
        [system] = self.w['u1'].get('/api/v1/projects/asked')['systems']
        self.assertEqual((system['code'], system['mlps_level']), ('s1', 3))
        # once the initiation is over nothing is asked for with it
        no = self.w['u1'].file('initiation', {'result': 'initiated', 'document': '批复'},
                               project='asked')['no']
        self.w['e1'].decide(no, 'initiated')
        self.refused('project-state', self.w['u1'].file, 'quota', whole, project='asked')

    def test_A20_1_the_review_has_five_days_and_so_has_the_work_from_its_end(self):
        self.city.project('two-clocks')
        [first] = self.city.formal('two-clocks', 1)
        no = self.w['u1'].file('expansion', {
            'changes': [{'resource': first, 'quantity': '2'}], 'reason': '业务增长',
            'backup': {'choice': 'nothing_to_keep'}}, project='two-clocks')['no']

        def due(step):
            [found] = [s for s in self.w['u1'].case(no)['steps'] if s['step'] == step]
            return found['period'], found['article'], found['due']['day']

        def in_five_days(day):
            return self.w['u1'].get('/api/v1/calendar/due', period='5wd', **{'from': str(day)})['day']
        filed = self.city.clock()
        self.assertEqual(due('review'), ('5wd', '20', in_five_days(filed)))
        decided = self.city.turn(filed + datetime.timedelta(days=3), at_once=True)
        self.w['o1'].decide(no, 'review')
        self.assertEqual(due('carry_out'), ('5wd', '20', in_five_days(decided)))


class Kept(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()

    def test_A35_1_a_case_keeps_the_pack_of_its_filing_day(self):
        city = self.city
        city.project('kept')
        before = city.apply('kept', 1)['no']
        pack = Pack()
        self.addCleanup(pack.drop)
        with open(os.path.join(pack.path, 'parameters.yaml'), encoding='utf-8') as f:
            text = f.read()
        changed = text.replace('formal.open: {value: 2wd', 'formal.open: {value: 1wd', 1)
        self.assertNotEqual(changed, text)
        pack.write('parameters.yaml', changed)
        city.server.stop()
        subprocess.run([f'{BIN}/yunheng', 'install', '--data', city.store.data, '--pack', pack.path],
                       check=True, capture_output=True)
        city.server.start()
        city.meet()
        city.enact()
        after = city.apply('kept', 1)['no']
        for no, period in ((before, '2wd'), (after, '1wd')):
            city.open(no)
            city.who['u1'].decide(no, 'verify', 'passed')
            case = city.who['u1'].case(no)
            self.assertEqual(steps(case), ['formal'])
            self.assertEqual(case['steps'][-1]['period'], period)


class Record(unittest.TestCase):
    """A record of a hundred events or so, copied for each that meddles with it."""

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.project('chained')
        cls.city.open(cls.city.apply('chained', 1)['no'])
        cls.city.server.stop()
        cls.anchor = os.path.join(cls.city.store.dir, 'checkpoint')
        subprocess.run([f'{BIN}/yunheng', 'audit', 'checkpoint', '--data', cls.city.store.data,
                        '--out', cls.anchor], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def verify(self, sql, *rest):
        """What the verification says of a copy in which a statement was carried out."""
        copy = Store(None)
        self.addCleanup(copy.drop)
        shutil.copytree(self.city.store.data, copy.data)
        shutil.copy(self.city.store.data + '.key', copy.data + '.key')
        if sql:
            with contextlib.closing(sqlite3.connect(os.path.join(copy.data, 'yunheng.db'))) as db, db:
                self.assertGreater(db.execute(sql).rowcount, 0, sql)
        done = subprocess.run([f'{BIN}/yunheng', 'audit', 'verify', '--data', copy.data, *rest],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    # proves X1, S11, S17, S29
    def test_a_change_and_a_deletion_in_the_record_are_found(self):
        code, said = self.verify(None)
        self.assertEqual(code, 0, said)
        middle = '(SELECT MAX(pos) / 2 FROM event)'
        for sql in (f"UPDATE event SET reason = reason || ' ' WHERE pos = {middle}",
                    f"UPDATE event SET outcome = 'refuse' WHERE pos = {middle}",
                    f"UPDATE event SET payload = '{{}}', at = at + 1 WHERE pos = {middle}",
                    f'UPDATE event SET role = \'unit2\' WHERE pos = {middle}',
                    f'DELETE FROM event WHERE pos = {middle}'):
            code, said = self.verify(sql)
            self.assertEqual(code, 1, sql + said)
            self.assertIn('broken', said)

    # proves X1, S11, S29
    def test_a_record_cut_off_at_its_end_is_found_by_the_checkpoint_kept_elsewhere(self):
        code, said = self.verify(None, '--checkpoint', self.anchor)
        self.assertEqual(code, 0, said)
        cut = 'DELETE FROM event WHERE pos > (SELECT MAX(pos) - 5 FROM event)'
        code, said = self.verify(cut, '--checkpoint', self.anchor)
        self.assertEqual(code, 1, said)


if __name__ == '__main__':
    unittest.main()
