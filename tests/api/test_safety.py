"""Security as procedures of the pack over registers (Art. 29 to 32): who answers, what goes live, what happened
and what is kept for that day."""
import contextlib
import datetime
import json
import os
import unittest

from city import on_both_engines, steps
from metering import Sender, now_ms
from pledges import Officer, gate, upload
from registers import FROM, TERM, UNTIL, InRegisters


class Safety(InRegisters):
    MAP = {'system': 's1', 'builder': '民生事务局', 'runner': '大数据中心', 'manager': '民生事务局信息科',
           'user': '各街道', 'contact': '王工'}

    def test_A29_1_each_system_names_who_answers_for_it_before_it_goes_live(self):
        self.city.project('answer')
        form = gate(self.officer, 'answer')
        said = self.refused('record-not-valid', self.w['u1'].file, 'go_live', form, project='answer')
        self.assertEqual(said['article'], '29')
        for party in ('builder', 'runner', 'manager', 'user'):
            self.refused('form-missing', self.w['u1'].file, 'responsibility',
                         {k: v for k, v in self.MAP.items() if k != party}, project='answer')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='answer')
        kept = self.record('u1', 'responsibility', project='civil.answer')
        self.done('u1', 'responsibility_change', {'user': '各街道与社区', 'reason': '推广至社区'},
                  ('o1', 'accept'), record=kept['no'])
        now = self.shown('o1', kept['no'])['content']
        self.assertEqual((now['user'], now['builder']), ('各街道与社区', '民生事务局'))
        self.w['u1'].file('go_live', form, project='answer')

    def test_A29_1_each_part_of_the_platform_names_who_answers_for_it(self):
        part = {'title': '存储资源池', 'provider': 'vendor', 'builder': '云服务商甲', 'runner': '云服务商甲',
                'manager': '大数据中心', 'user': '各使用单位'}
        for party in ('builder', 'runner', 'manager', 'user'):
            self.refused('form-missing', self.w['o1'].file, 'platform_part',
                         {k: v for k, v in part.items() if k != party}, cloud='YH')
        self.w['o1'].file('platform_part', part, cloud='YH')
        kept = self.record('p1', 'platform_part')
        self.assertEqual((kept['title'], kept['provider']), ('存储资源池', 'vendor'))
        self.w['o1'].file('platform_part_change', dict(part, manager='市大数据中心'), record=kept['no'])
        self.assertEqual(self.shown('a1', kept['no'])['content']['manager'], '市大数据中心')

    def test_A30_1_a_system_goes_live_with_all_its_six_pieces_and_once(self):
        self.city.project('gate')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='gate')
        whole = gate(self.officer, 'gate')
        for piece in [k for k in whole if k != 'system']:
            form = {k: v for k, v in whole.items() if k != piece}
            said = self.refused('form-missing', self.w['u1'].file, 'go_live', form, project='gate')
            self.assertEqual(said['field'], '/form/' + piece)
        case = self.done('u1', 'go_live', whole, ('o1', 'verify'), project='gate')
        attached = self.w['o1'].get(f"/api/v1/cases/{case['no']}/documents")['items']
        self.assertEqual({d['id'] for d in attached}, {v for k, v in whole.items() if k != 'system'})
        live = self.record('u1', 'go_live', project='civil.gate')
        self.assertEqual((live['state'], live['system']), ('live', 's1'))
        self.refused('record-exists', self.w['u1'].file, 'go_live', gate(self.officer, 'gate'), project='gate')

    def platform_key(self, path):
        """The platform's published key, in a file."""
        out = os.path.join(self.folder.name, 'platform.pem')
        with open(path, encoding='utf-8') as f, open(out, 'w', encoding='utf-8') as to:
            to.write(json.load(f)['seal']['public_key'])
        return out

    # proves S30
    def test_A30_4_a_pledge_verifies_from_its_file_alone_or_says_why_not(self):
        self.city.project('vow')
        path = self.officer.signed('vow')
        key = self.platform_key(path)
        done = self.officer.run('verify', path, '--key', key, YUNHENG_SERVER='http://127.0.0.1:1')
        self.assertEqual(done.returncode, 0, done)
        for part in ('民生事务局', '业务系统', 'civil.vow', 'u1', '3'):
            self.assertIn(part, done.stdout)
        with open(path, encoding='utf-8') as f:
            good = json.load(f)
        with open(self.officer.signed('vow'), encoding='utf-8') as f:
            other = json.load(f)
        bad = {
            'pledge-seal-broken': dict(good, statement=dict(good['statement'], mlps_level=2)),
            'pledge-signature-broken': dict(good, signature=other['signature']),
            'pledge-unsigned': {k: v for k, v in good.items() if k != 'signature'},
            'pledge-invalid': {'format': 'yunheng-pledge-1'},
            'pledge-seal-other-key': dict(good, seal=dict(good['seal'], key_id='0' * 64)),
        }
        for slug, text in bad.items():
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(text, f)
            done = self.officer.run('verify', path, '--key', key)
            self.assertEqual(done.returncode, 1, slug)
            self.assertIn(slug, done.stderr)

    # proves S18
    def test_A30_4_the_key_needs_its_passphrase_and_its_owner(self):
        u1 = self.w['u1']
        done = self.officer.run('sign', '--key', self.officer.key, '--project', 'x', '--system', 's1',
                                '--out', '/dev/null', YUNHENG_PASSPHRASE='not this one, really')
        self.assertNotEqual(done.returncode, 0)
        with open(self.officer.key, encoding='ascii') as f:
            self.assertIn('ENCRYPTED PRIVATE KEY', f.read())
        self.assertNotEqual(self.officer.run('keygen', '--key', self.officer.key).returncode, 0)
        self.assertEqual(self.w['u2'].get('/api/v1/account/officer-key'), {'key': None})
        mine = u1.get('/api/v1/account/officer-key')['key']
        self.refused('officer-key-unproved', self.w['u2'].call, 'POST', '/api/v1/account/officer-key',
                     {'public_key': mine['public_key'], 'proof': 'ab'})
        self.refused('officer-key-unproved', u1.call, 'POST', '/api/v1/account/officer-key',
                     {'public_key': mine['public_key'], 'proof': 'ab' * 70})
        self.city.project('word')
        clerk = self.city.person('u8', 'unit', 'civil', capacity='handle')
        Officer(clerk, self.folder.name, 'clerk').found()
        self.refused('pledge-not-officer', clerk.call, 'POST', '/api/v1/pledges',
                     {'project': 'civil.word', 'system': 's1'})
        self.refused('not-permitted', self.w['o1'].call, 'POST', '/api/v1/pledges',
                     {'project': 'civil.word', 'system': 's1'})

    def test_A30_4_the_gate_takes_only_a_pledge_of_its_own_system_unit_and_level(self):
        for project in ('mine', 'else'):
            self.city.project(project)
            self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project=project)
        form = gate(self.officer, 'mine')
        u1 = self.w['u1']
        plain = upload(u1, 'plain.txt', '承诺\n'.encode())
        said = self.refused('json-invalid', u1.file, 'go_live', dict(form, pledge=plain), project='mine')
        self.assertEqual(said['article'], '30')
        other = self.officer.pledge('else')
        said = self.refused('pledge-other-system', u1.file, 'go_live', dict(form, pledge=other), project='mine')
        self.assertEqual((said['article'], said['field']), ('30', '/form/pledge'))
        self.assertTrue(u1.get(f'/api/v1/documents/{other}/pledge')['holds'])
        self.assertFalse(u1.get(f'/api/v1/documents/{plain}/pledge')['holds'])
        self.city.store.sql("UPDATE info_system SET mlps_level = 2 WHERE project = (SELECT id FROM project"
                            " WHERE code = 'civil.mine')")
        said = self.refused('pledge-other-level', u1.file, 'go_live', form, project='mine')
        self.assertEqual((said['figures']['said'], said['figures']['asked']), ('3', '2'))

    def test_A30_4_who_signed_must_still_sign_for_the_unit_when_it_is_handed_in(self):
        self.city.project('left')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='left')
        sec, officer = self.w['secadmin'], Officer(self.city.person('u7', 'unit', 'civil'), self.folder.name, 'left')
        form = gate(self.officer, 'left')
        with open(officer.found().signed('civil.left'), 'rb') as f:
            form['pledge'] = upload(self.w['u1'], 'pledge.json', f.read())
        [grant] = sec.get('/api/v1/people/u7')['grants']
        self.city.two('DELETE', f"/api/v1/grants/{grant['id']}")
        said = self.refused('pledge-officer-left', self.w['u1'].file, 'go_live', form, project='left')
        self.assertEqual((said['article'], said['figures']['login']), ('30', 'u7'))

    # proves S30
    def test_A30_4_a_second_key_ends_the_first_from_its_moment_on(self):
        self.city.project('early')
        self.done('u1', 'responsibility', self.MAP, ('o1', 'accept'), project='early')
        old = Officer(self.city.person('u9', 'unit', 'civil'), self.folder.name, 'old').found()
        before = gate(old, 'civil.early')
        late = old.signed('civil.early')
        Officer(self.w['u9'], self.folder.name, 'new').found()
        done = old.run('sign', '--key', old.key, '--project', 'civil.early', '--system', 's1', '--out', late + '2')
        self.assertIn('pledge-key-other', done.stderr)
        with open(late, 'rb') as f:
            after = upload(self.w['u9'], 'late.json', f.read())
        self.refused('pledge-key-ended', self.w['u9'].file, 'go_live', dict(before, pledge=after), project='early')
        self.w['u9'].file('go_live', before, project='early')
        for kind in ('officer-key.ended', 'officer-key.registered', 'pledge.drawn'):
            self.city.wait_until(lambda kind=kind: self.w['auditor'].get('/api/v1/audit/events', kind=kind)['items'],
                                 kind + ' is not on record')

    def test_A30_1_hardening_tasks_are_owed_until_they_were_verified(self):
        self.city.project('hard')
        case = self.done('o1', 'hardening', {'reason': '漏洞通报', 'tasks': [{'what': '升级组件', 'due': UNTIL}]},
                         project='civil.hard')
        [owed] = self.owed('u1', case['no']).values()
        self.done('u1', 'hardened', {'measures': '已升级至修复版本', 'evidence': '版本截图编号7'},
                  ('o1', 'verify'), duty=owed['no'])
        [owed] = self.owed('u1', case['no']).values()
        self.assertEqual(owed['state'], 'done')

    def overdue(self):
        return sum(line['overdue'] for line in self.w['a1'].get('/api/v1/statistics/decisions')['items'])

    # proves S39
    def test_A31_1_an_incident_is_coordinated_reported_and_concluded_in_its_time(self):
        form = {'title': '网页被篡改', 'grade': 'serious', 'seen_at': '今日八时', 'what': '首页出现异常内容'}
        no = self.w['u1'].file('incident', form, cloud='YH')['no']
        [step] = self.w['o1'].case(no)['steps']
        self.assertEqual((step['step'], step['period']), ('coordinate_at_once', '1h'))
        # to the second, whatever the day or the night
        opened, due = (datetime.datetime.fromisoformat(t) for t in (step['opened_at'], step['due']['at']))
        self.assertEqual((due - opened, step['due']['overdue']), (datetime.timedelta(hours=1), False))
        [desk] = [s for s in self.w['o1'].get('/api/v1/inbox', limit=200)['items'] if s['no'] == no]
        self.assertEqual(desk['due']['at'], step['due']['at'])
        before = self.overdue()
        self.city.hurry(3601, f"case_id = (SELECT id FROM case_file WHERE no = '{no}')")
        self.assertTrue(self.w['o1'].case(no)['steps'][0]['due']['overdue'])
        late = lambda who, path, **query: [c['no'] for c in self.w[who].get(path, limit=200, **query)['items']]
        self.assertIn(no, late('a1', '/api/v1/overdue'))
        self.assertIn(no, late('o1', '/api/v1/cases', overdue='true'))
        self.assertEqual(self.overdue(), before + 1)
        # the hour is told at its end to the desk, and to those who may supervise it
        self.city.due_now('step.overdue', no)
        told = lambda who: [n['figures']['at'] for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                            if n['slug'] == 'step-overdue' and n['case'] == no]
        for who in ('o1', 'a1'):
            self.city.wait_until(lambda who=who: told(who), f'{who} was not told')
        self.assertEqual(len(told('o1')), 1)
        self.w['o1'].decide(no, 'coordinate_at_once', 'handled', {'measures': '断开外网，恢复备份', 'grade': 'serious'})
        self.assertTrue(self.w['o1'].case(no)['steps'][0]['late'])
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'step.count' AND done_at IS NULL")
        times = lambda: self.w['a1'].get('/api/v1/statistics/decisions', procedure='incident')
        self.city.wait_until(lambda: times()['pending'] == 0, 'nobody counted')
        [line] = [i for i in times()['items'] if i['step'] == 'coordinate_at_once']
        self.assertEqual((line['on_time'], line['late']), (0, 1))
        self.assertEqual(steps(self.w['a1'].case(no)), ['urgent_report'])
        self.w['a1'].decide(no, 'urgent_report', 'received')
        self.w['o1'].decide(no, 'report', 'done', {'cause': '弱口令', 'loss': '两小时不可用',
                                                   'lessons': '统一口令策略'})
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        self.assertEqual(self.record('a1', 'incident')['title'], '网页被篡改')
        self.city.papers_served()
        [paper] = [p for p in self.w['a1'].get('/api/v1/papers')['items'] if p['case'] == no]
        text = json.dumps(self.w['a1'].get(f"/api/v1/papers/{paper['id']}"), ensure_ascii=False)
        for said in ('网页被篡改', '弱口令', '统一口令策略', '政云安〔'):
            self.assertIn(said, text)

    def test_A31_1_the_authority_is_told_in_the_hours_of_the_grade(self):
        for grade, at_once, told in (('extraordinary', '_at_once', ('report_at_once', '1h')),
                                     ('serious', '_at_once', ('urgent_report', '2h')),
                                     ('large', '', ('large_report', '24h')), ('general', '', None)):
            form = {'title': '事件 ' + grade, 'grade': grade, 'seen_at': '今日八时', 'what': '首页出现异常内容'}
            no = self.w['u1'].file('incident', form, cloud='YH')['no']
            self.w['o1'].decide(no, 'coordinate' + at_once, 'handled', {'measures': '断开外网', 'grade': grade})
            step = [s for s in self.w['a1'].case(no)['steps'] if not s['closed_at']][-1]
            want = told or ('report', '10wd')
            self.assertEqual((step['step'], step['period']), want, grade)

    # proves S39
    def test_A31_2_a_drill_is_planned_and_held_and_what_it_found_is_mended(self):
        self.done('o1', 'drill_plan', dict(TERM, title='勒索演练', scenario='核心库被加密'))
        drill = self.record('a1', 'drill')['no']
        case = self.done('o1', 'drill_report', {'held_on': FROM, 'summary': '四十分钟恢复', 'findings': [
            {'what': '联系人过期', 'due': UNTIL}]}, record=drill)
        self.assertEqual(self.shown('a1', drill)['state'], 'held')
        [owed] = self.owed('a1', case['no']).values()
        self.assertEqual((owed['record'], owed['state']), (drill, 'open'))
        self.done('o1', 'drill_fix', {'measures': '已更新联系人'}, ('a1', 'verify'), duty=owed['no'])
        [owed] = self.owed('a1', case['no']).values()
        self.assertEqual(owed['state'], 'done')

    # proves S41, S25
    def test_A32_1_backup_is_ordered_with_its_objectives_and_a_restore_is_drilled(self):
        self.city.project('safe')
        # without an objective nothing could ever be late
        self.refused('quantity-out-of-range', self.w['u1'].file, 'dr_order', {
            'system': 's1', 'rpo_hours': '0', 'rto_hours': '8', 'scope': '数据库每日全量'}, project='safe')
        self.done('u1', 'dr_order', {'system': 's1', 'rpo_hours': '4', 'rto_hours': '8',
                                     'scope': '数据库每日全量'}, ('o1', 'review'),
                  ('p1', 'set_up', 'done', {'done': '首次备份成功'}), project='safe')
        order = self.record('u1', 'dr_order', project='civil.safe')
        now = self.shown('u1', order['no'])
        self.assertEqual({f['figure']: f['value'] for f in now['figures']},
                         {'rpo_hours': '4', 'rto_hours': '8'})
        self.saved(order['no'])
        said = self.refused('day-ahead', self.w['u1'].file, 'dr_drill', {
            'held_on': UNTIL, 'restored': '抽样核对一致', 'minutes': 95}, record=order['no'])
        self.assertEqual((said['article'], said['field']), ('32', '/form/held_on'))
        self.done('u1', 'dr_drill', {'held_on': FROM, 'restored': '抽样核对一致', 'minutes': 95},
                  record=order['no'])
        self.assertEqual(self.shown('o1', order['no'])['content']['minutes'], 95)
        self.assertTrue(self.shown('u1', order['no'])['backup'])
        self.done('u1', 'dr_change', {'rpo_hours': '12', 'reason': '改为半日一备'}, ('o1', 'review'),
                  ('p1', 'set_up', 'done', {'done': '已按新周期备份'}), record=order['no'])
        now = self.shown('u1', order['no'])
        self.assertEqual(({f['figure']: f['value'] for f in now['figures']}, now['content']['scope']),
                         ({'rpo_hours': '12', 'rto_hours': '8'}, '数据库每日全量'))
        self.done('u1', 'dr_end', {'reason': '系统下线，备份留存一年'}, ('o1', 'review'), record=order['no'])
        over = self.shown('u1', order['no'])
        self.assertEqual((over['state'], over['final'], over['backup']), ('ended', True, False))
        self.refused('record-state', self.w['u1'].file, 'dr_change', {'reason': '再改'}, record=order['no'])

    def saved(self, order):
        """The last success is what the meter was told of, and overdue when it is older than the objective."""
        def told(hours):
            with contextlib.closing(Sender(self.city.server.port, token)) as sender:
                status, reply = sender.lines([{
                    'metric': 'resource_backup_last_success_timestamp_seconds', 'labels': {'resource': no},
                    'at': now_ms(), 'value': now_ms() / 1000 - hours * 3600}])
            self.assertEqual((status, reply['refused']), (200, 0), reply)
            return self.w['u1'].get(f'/api/v1/records/{order}/backup')
        self.assertIn('Nothing of this system runs', self.w['u1'].get(f'/api/v1/records/{order}/backup')['sentence'])
        no = self.city.formal('safe', 1)
        never = self.w['u1'].get(f'/api/v1/records/{order}/backup')
        self.assertEqual((never['overdue'], never['last_success'], len(never['items'])), (True, None, 1), never)
        no = never['items'][0]['resource']
        token = self.w['p1'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'provider', 'about': 'vendor', 'label': 'backup', 'days': 1})['token']
        late = told(5)
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'backup.watch'")
        owes = lambda: self.w['o1'].get('/api/v1/duties', kind='backup_late', record=order)['items']
        self.city.wait_until(owes, 'no duty arose')
        [owed] = owes()
        self.assertEqual((owed['owner'], owed['record'], owed['state']), ('bdc', order, 'open'))
        self.done('o1', 'backup_restored', {'result': '扩容备份存储后恢复'}, duty=owed['no'])
        self.assertEqual([d['state'] for d in owes()], ['done'])
        # the repair takes days: within them it does not arise anew
        watched = lambda: self.w['o1'].get('/api/v1/jobs', kind='backup.watch')['items'][0]['due_at']
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'backup.watch'")
        self.city.wait_until(lambda: watched() > '2000', 'nobody watched')
        self.assertEqual([d['state'] for d in owes()], ['done'])
        fresh = told(1)
        self.assertEqual((late['overdue'], fresh['overdue'], fresh['rpo_hours']), (True, False, 4))
        self.assertIn('5 hours old, beyond the objective of 4 hours', late['sentence'])
        self.assertLess(fresh['last_success'], fresh['due'])
        self.refused('record-unknown', self.w['u2'].get, f'/api/v1/records/{order}/backup')


on_both_engines(Safety)
del Safety

if __name__ == '__main__':
    unittest.main()
