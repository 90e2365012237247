"""The three administrators: what they do in twos, and what each of them reaches."""
import datetime
import http.client
import os
import subprocess
import tempfile
import unittest

from city import BIN, PASSWORD, City, InCity, Server, Session, Store, on_both_engines, today, whole


class Twos(InCity):
    """A1: nobody holds two, nobody grants to themselves, and every grant is a recorded act of two."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.one, cls.two = cls.w['secadmin'], cls.w['secadmin2']
        cls.one.call('POST', '/api/v1/people', {'login': 'new', 'name': '新人'})
        cls.one.call('POST', '/api/v1/people', {'login': 'other', 'name': '另一人'})

    def ask(self, login='new', role='unit', org='civil', who=None, **more):
        return (who or self.one).call('POST', f'/api/v1/people/{login}/grants',
                                      dict(more, role=role, org=org, capacity='sign', reason='到岗'))

    def answer(self, who, act, outcome='confirm', reason='情况属实'):
        return who.call('POST', f"/api/v1/acts/{act['id']}/decision", {'outcome': outcome, 'reason': reason})

    def roles(self, login):
        return sorted(g['role'] for g in self.one.get(f'/api/v1/people/{login}')['grants'])

    @staticmethod
    def status_of(port, path):
        conn = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        conn.request('GET', path)
        status = conn.getresponse().status
        conn.close()
        return status

    def events(self, act):
        return {e['kind']: e for e in self.w['auditor'].get('/api/v1/audit/events', subject=act['id'])['items']}

    def test_S26_a_role_is_granted_by_two_persons_and_its_story_names_both(self):
        act = self.ask(role='sponsor')
        self.assertEqual((act['state'], act['asked_by'], act['before'], act['grant']), ('waiting', 'secadmin', '', None))
        self.assertEqual(self.roles('new'), [])
        self.assertIn(act['id'], [a['id'] for a in self.two.get('/api/v1/acts', state='waiting')['items'] if a['you_may']])
        self.assertIn('act-asked-grant', [n['slug'] for n in self.two.get('/api/v1/notices', limit=200)['items']])
        self.refused('act-waits', self.ask, role='sponsor')
        self.refused('act-own', self.answer, self.one, act)
        for who in ('sysadmin', 'u1'):
            self.refused('not-permitted', self.answer, self.w[who], act)
        self.refused('not-permitted', self.answer, self.w['auditor'], act)
        self.refused('not-permitted', self.answer, self.w['a1'], act)
        done = self.answer(self.two, act)
        self.assertEqual((done['state'], done['ended_by'], done['after']), ('done', 'secadmin2', 'sponsor@civil:sign'))
        self.assertEqual(self.roles('new'), ['sponsor'])
        self.refused('act-ended', self.answer, self.two, act)

        self.city.wait_until(lambda: len(self.events(act)) == 2, 'the story is not sealed')
        told = self.events(act)
        self.assertEqual([(told[k]['person'], told[k]['reason'], told[k]['before'], told[k]['after'])
                          for k in ('act.asked', 'act.answered')],
                         [('安全管理员', '到岗', '', ''), ('安全管理员二', '情况属实', '', 'sponsor@civil:sign')])
        end = self.one.call('DELETE', f"/api/v1/grants/{done['grant']}", {'reason': '离岗'})
        self.assertEqual((end['kind'], end['person'], self.roles('new')), ('ungrant', 'new', ['sponsor']))
        self.answer(self.two, end)
        self.assertEqual(self.roles('new'), [])

    def test_S26_what_is_refused_taken_back_or_left_alone_does_nothing(self):
        refused = self.ask('other')
        self.assertEqual(self.answer(self.two, refused, 'refuse', '不在编')['state'], 'refused')
        taken = self.ask('other')
        self.refused('act-others', self.two.call, 'POST', f"/api/v1/acts/{taken['id']}/withdrawal")
        self.assertEqual(self.one.call('POST', f"/api/v1/acts/{taken['id']}/withdrawal")['state'], 'withdrawn')
        self.refused('act-ended', self.answer, self.two, taken)
        left = self.ask('other')
        key = self.city.store.key(left['id'])
        self.city.store.sql(f"UPDATE admin_act SET until_at = 1 WHERE id = {key}")
        self.refused('act-ended', self.answer, self.two, left)
        self.city.store.sql(f"UPDATE job SET due_at = 1 WHERE kind = 'act.lapse' AND ref = {key}")
        self.city.wait_until(lambda: self.one.get('/api/v1/acts/' + left['id'])['state'] == 'lapsed', 'it did not lapse')
        self.assertEqual(self.roles('other'), [])

    def test_S06_nobody_grants_to_themselves_nor_confirms_what_is_about_them(self):
        self.refused('grant-to-self', self.ask, 'secadmin')
        self.refused('grant-to-self', self.answer, self.two, self.ask('secadmin2', org='platform', role='secadmin'))
        self.refused('roles-exclusive', self.ask, 'auditor')
        self.refused('roles-exclusive', self.ask, 'sysadmin', 'secadmin', 'platform')
        self.refused('roles-exclusive', self.ask, 'u1', 'auditor', 'platform')

    def test_S06_a_lent_role_confirms_nothing_and_a_password_of_an_administrator_takes_two(self):
        stand_in = self.city.person('standin', 'secadmin', 'platform', 'handle')
        self.refused('act-signs', self.answer, stand_in, act := self.ask('other', 'assessor'))
        self.one.call('POST', f"/api/v1/acts/{act['id']}/withdrawal")
        self.city.person('forgets', 'auditor', 'platform')
        reset = stand_in.call('POST', '/api/v1/people/forgets/password', {'reason': '遗忘'})
        self.assertNotIn('one_time_password', reset)
        self.refused('grant-to-self', stand_in.call, 'POST', '/api/v1/people/standin/password')
        done = self.answer(self.two, reset['act'])
        self.assertTrue(self.city.server.session('forgets', whole(reset, done)))
        self.assertIn('one_time_password', self.one.call('POST', '/api/v1/people/other/password'))

    def test_S06_no_single_token_gets_at_an_account_that_weighs(self):
        who = self.city.person('weighty', 'auditor', 'platform')
        path = '/api/v1/people/weighty'
        why = {'reason': '查'}
        factor = self.one.call('POST', path + '/second-factor/reset', why)['act']
        self.assertEqual((factor['kind'], factor['state']), ('factor', 'waiting'))
        self.assertTrue(self.one.get(path)['second_factor'])
        who.get('/api/v1/audit/kinds')
        self.refused('act-own', self.answer, self.one, factor)
        self.refused('account-state', self.one.call, 'POST', path + '/reopen', why)
        self.one.call('POST', path + '/close', why)  # an emergency brake, which one alone does not let go of
        replies = [self.one.call('POST', path + way, why) for way in ('/reopen', '/password')]
        self.assertEqual([(r.get('one_time_password'), r['act']['state']) for r in replies], [(None, 'waiting')] * 2)
        self.assertEqual(self.one.get(path)['status'], 'closed')
        self.refused('act-own', self.answer, self.one, replies[0]['act'])
        self.refused('account-own', self.two.call, 'POST', '/api/v1/people/secadmin2/reopen', why)
        done = self.answer(self.two, replies[0]['act'])
        self.assertEqual((self.one.get(path)['status'], self.one.get(path)['second_factor']), ('active', True))
        self.assertTrue(self.city.server.session('weighty', whole(replies[0], done)))
        self.assertEqual(self.answer(self.two, factor)['state'], 'done')
        self.assertFalse(self.one.get(path)['second_factor'])

    def test_S06_whoever_made_an_account_or_knew_its_password_is_shut_out_when_it_begins_to_weigh(self):
        once = self.one.call('POST', '/api/v1/people', {'login': 'rises', 'name': '升任'})['one_time_password']
        maker = self.city.first('rises', once)  # the first to sign in is who made it, and enrols a device
        maker.enrol()
        token = maker.call('POST', '/api/v1/account/tokens', {'label': '后路', 'scopes': 'all', 'days': 3})['token']
        calendar = maker.call('POST', '/api/v1/account/calendar')['path']
        act = self.ask('rises', 'authority', 'auth')
        maker.get('/api/v1/session')
        self.assertEqual(self.status_of(maker.port, calendar), 200)
        done = self.answer(self.two, act)
        self.refused('token-unknown', maker.get, '/api/v1/session')
        self.assertEqual(self.status_of(maker.port, calendar), 404)
        status, said, _ = Session(maker.port).raw('GET', '/api/v1/session', None, {'Authorization': 'Bearer ' + token})
        self.assertEqual((status, said['slug']), (401, 'token-unknown'))
        halves = act['one_time_half'], done['one_time_half']
        for guess in (once, PASSWORD, *halves, '-'.join(reversed(halves))):
            self.refused('sign-in-failed', self.city.server.session, 'rises', guess)
        self.city.store.sql("UPDATE person SET locked_until = 0 WHERE login = 'rises'")
        begun = Session(maker.port, login=('rises', whole(act, done))).begin()
        self.assertEqual((begun['must_change_password'], begun['second_factor']), (True, 'code'))
        # whose account weighs already keeps its password
        self.assertNotIn('one_time_half', self.ask('rises', 'authority', 'econ'))
        who = self.one.get('/api/v1/people/rises')['id']
        self.city.wait_until(lambda: 'calendar.revoked' in [e['kind'] for e in self.w['auditor'].get(
            '/api/v1/audit/events', subject=who)['items']], 'the end of the calendar is not on record')
        # what two persons were shown is nowhere to be read
        shown = self.city.store.sql(f"SELECT half FROM admin_act WHERE id = {self.city.store.key(act['id'])}")
        self.assertIn(shown, ('', [('',)]))
        self.assertNotIn('one_time_half', self.one.get('/api/v1/acts/' + act['id']))

    def test_S06_a_role_that_is_lent_spares_nobody_the_halves_and_a_handover_shows_them_too(self):
        for login in ('lentto', 'gives', 'gets'):
            self.one.call('POST', '/api/v1/people', {'login': login, 'name': login})
        day = today().isoformat()
        grant = self.one.get('/api/v1/session')['roles'][0]
        self.one.call('POST', '/api/v1/delegations', {'role': grant['role'], 'org': grant['org'], 'taker': 'lentto',
                                                      'first_day': day, 'last_day': day, 'reason': '出差'})
        self.assertIn('one_time_half', self.ask('lentto', 'secadmin', 'platform'))
        self.city.grant('gives', 'authority', 'auth')
        over = self.one.call('POST', '/api/v1/people/gives/handover', {'taker': 'gets', 'reason': '调离'})
        done = self.answer(self.two, over)
        self.assertTrue(Session(self.one.port, login=('gets', whole(over, done))).begin()['must_change_password'])

    def test_S06_a_lent_role_asks_for_nothing_so_that_nobody_sees_both_halves(self):
        once = self.one.call('POST', '/api/v1/people', {'login': 'puppet', 'name': '代理'})['one_time_password']
        day = today().isoformat()
        grant = self.one.get('/api/v1/session')['roles'][0]
        self.one.call('POST', '/api/v1/delegations', {'role': grant['role'], 'org': grant['org'], 'taker': 'puppet',
                                                      'first_day': day, 'last_day': day, 'reason': '出差'})
        puppet = self.city.first('puppet', once)
        self.assertTrue(puppet.get('/api/v1/people/auditor'))
        self.refused('act-lent', puppet.call, 'POST', '/api/v1/people/secadmin2/password', {'reason': '遗忘'})
        self.refused('act-lent', self.ask, 'other', 'assessor', who=puppet)

    def test_S06_an_act_that_was_asked_for_earlier_resets_no_account_that_weighs_by_now(self):
        self.one.call('POST', '/api/v1/people', {'login': 'twice', 'name': '两次'})
        acts = [self.ask('twice', 'authority', org) for org in ('auth', 'econ')]
        self.assertTrue(all('one_time_half' in act for act in acts))
        who = self.city.first('twice', whole(acts[0], self.answer(self.two, acts[0])))
        done = self.answer(self.two, acts[1])
        self.assertEqual((done['state'], 'one_time_half' in done), ('done', False))
        self.assertEqual(len(who.get('/api/v1/session')['roles']), 2)

    def test_S06_an_act_whose_first_half_nobody_was_shown_is_asked_for_anew(self):
        self.one.call('POST', '/api/v1/people', {'login': 'early', 'name': '早先'})
        act = self.ask('early', 'authority', 'auth')
        self.city.store.sql(f"UPDATE admin_act SET half = '' WHERE id = {self.city.store.key(act['id'])}")
        self.refused('act-no-half', self.answer, self.two, act)
        self.assertEqual(self.answer(self.two, act, 'refuse')['state'], 'refused')

    def test_S06_a_program_confirms_nothing(self):
        self.one.call('POST', '/api/v1/services', {'login': 'svc-weighs', 'name': '程序', 'owner': 'u1',
                                                   'last_day': (today() + datetime.timedelta(9)).isoformat()})
        for role, org in (('authority', 'auth'), ('auditor', 'platform')):
            self.refused('service-role', self.ask, 'svc-weighs', role, org)

    def test_S06_who_is_about_to_weigh_or_is_lent_what_weighs_does_so_already(self):
        for login in ('soon', 'leaves', 'takes', 'standby'):
            self.one.call('POST', '/api/v1/people', {'login': login, 'name': login})
        reset = '/api/v1/people/%s/password'
        self.assertIn('one_time_password', self.one.call('POST', reset % 'soon'))
        act = self.ask('soon', 'auditor', 'platform')
        self.assertIn('act', self.one.call('POST', reset % 'soon'))
        self.answer(self.two, act, 'refuse')
        self.assertIn('one_time_password', self.one.call('POST', reset % 'soon'))
        self.city.grant('leaves', 'authority', 'econ')
        over = self.one.call('POST', '/api/v1/people/leaves/handover', {'taker': 'takes', 'reason': '调离'})
        self.assertIn('act', self.one.call('POST', reset % 'takes'))
        # what the confirmer was shown is no more what would be handed over
        self.city.grant('leaves', 'finance', 'econ')
        self.refused('act-changed', self.answer, self.two, over)
        day = today().isoformat()
        grant = self.w['a1'].get('/api/v1/session')['roles'][0]
        self.w['a1'].call('POST', '/api/v1/delegations', {'role': grant['role'], 'org': grant['org'], 'taker': 'standby',
                                                         'first_day': day, 'last_day': day, 'reason': '出差'})
        self.assertIn('act', self.one.call('POST', reset % 'standby'))

    def test_S26_who_asked_must_still_be_in_office_when_it_is_confirmed(self):
        asker = self.city.person('asker', 'secadmin', 'platform')
        act = self.ask('other', 'domain_unit', who=asker)
        [grant] = self.one.get('/api/v1/people/asker')['grants']
        self.city.two('DELETE', '/api/v1/grants/' + grant['id'])
        self.refused('act-asker-gone', self.answer, self.two, act)

    def test_S26_an_account_that_was_closed_asks_for_nothing_any_more(self):
        asker = self.city.person('shut', 'secadmin', 'platform')
        act = self.ask('other', 'sponsor', who=asker)
        self.one.call('POST', '/api/v1/people/shut/close', {'reason': '离岗'})
        self.refused('act-asker-gone', self.answer, self.two, act)


on_both_engines(Twos)
del Twos


class Packs(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    def bring(self, name, changes, *how):
        """A pack is brought in that differs in one of its files; what that said."""
        with tempfile.TemporaryDirectory() as folder:
            pack = os.path.join(folder, 'shanghai-2022')
            subprocess.run(['cp', '-r', os.path.join(os.path.dirname(__file__), '../../policy/shanghai-2022'), pack],
                           check=True)
            path = os.path.join(pack, name)
            with open(path, encoding='utf-8') as f:
                text = f.read()
            for old, new in changes:
                self.assertIn(old, text)
                text = text.replace(old, new, 1)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
            self.city.server.stop()
            done = subprocess.run([f'{BIN}/yunheng', 'install', *self.city.store.args(), '--pack', pack, *how],
                                  check=not how, capture_output=True, text=True)
        self.city.server.start()
        self.city.meet()
        return done

    def test_S06_no_pack_makes_accounts_weigh_whose_password_one_alone_knew(self):
        weighs = ('permissions.yaml', [('  assessor:\n', '  assessor:\n    policy.confirm: any\n')])
        self.bring(*weighs)
        sec = self.w['secadmin']
        new = sec.get('/api/v1/policy/packs')['items'][-1]['digest']
        act = sec.call('POST', f'/api/v1/policy/packs/{new}/enactment', {'reason': '换'})  # nobody holds the role
        grant = self.city.grant('u1', 'assessor', 'civil')
        said = self.refused('pack-weighs', self.w['a1'].call, 'POST', f"/api/v1/acts/{act['id']}/decision",
                            {'outcome': 'confirm', 'reason': '是'})
        self.assertEqual(said['figures']['roles'], 'assessor')
        sec.call('POST', f"/api/v1/acts/{act['id']}/withdrawal")
        self.refused('pack-weighs', sec.call, 'POST', f'/api/v1/policy/packs/{new}/enactment', {'reason': '换'})
        said = self.bring(*weighs, '--at-once', '急')
        self.assertEqual((said.returncode, 'assessor' in said.stderr), (1, True), said)
        in_force = lambda: [p['in_force'] for p in sec.get('/api/v1/policy/packs')['items']]
        self.assertEqual(in_force(), [True, False])
        self.city.two('DELETE', f'/api/v1/grants/{grant}')
        self.bring(*weighs, '--at-once', '急')
        self.assertEqual(in_force(), [False, True])
        self.bring('permissions.yaml', [], '--at-once', '还原')
        self.assertEqual(in_force(), [True, False])

    def test_S26_another_pack_is_brought_in_asked_for_and_confirmed_by_three(self):
        city = self.city
        self.bring('parameters.yaml', [('admin.lapse: {value: 7', 'admin.lapse: {value: 9'),
                                       ('admin.two_persons: {value: true', 'admin.two_persons: {value: false')])
        sec, a1 = self.w['secadmin'], self.w['a1']
        old, *_, new = sec.get('/api/v1/policy/packs')['items']
        self.assertEqual([(p['in_force'], p['enacted_at'] is None) for p in (old, new)], [(True, False), (False, True)])
        ask = f"/api/v1/policy/packs/{new['digest']}/enactment"
        self.refused('not-permitted', self.w['sysadmin'].call, 'POST', ask, {'reason': '换'})
        self.refused('not-permitted', a1.call, 'POST', ask, {'reason': '换'})
        self.refused('pack-in-force', sec.call, 'POST', ask.replace(new['digest'], old['digest']), {'reason': '换'})
        act = sec.call('POST', ask, {'reason': '新年度'})
        decision = f"/api/v1/acts/{act['id']}/decision"
        self.refused('not-permitted', self.w['secadmin2'].call, 'POST', decision, {'outcome': 'confirm', 'reason': '是'})
        self.assertEqual([a['id'] for a in a1.get('/api/v1/acts', state='waiting')['items']], [act['id']])
        sec.call('POST', f"/api/v1/acts/{act['id']}/withdrawal")
        done = city.enact()
        self.assertEqual((done['before'], done['after']), (old['digest'], new['digest']))
        self.assertEqual([p['value'] for p in a1.get('/api/v1/policy/parameters')['items']
                          if p['parameter'] == 'admin.lapse'], ['9'])
        # under this one a single administrator acts at once
        one = {'role': 'unit', 'org': 'health', 'capacity': 'sign'}
        act = sec.call('POST', '/api/v1/people/u1/grants', one)
        self.assertEqual((act['state'], act['ended_by']), ('done', 'secadmin'))
        self.assertIn('one_time_password', sec.call('POST', '/api/v1/people/auditor/password'))
        self.assertIn('health', [g['org'] for g in sec.get('/api/v1/people/u1')['grants']])
        self.w['auditor'] = city.person('auditor2', 'auditor', 'platform')
        wanted = {'policy.brought', 'act.asked', 'act.withdrawn', 'act.answered'}
        city.wait_until(lambda: wanted <= {e['kind'] for e in self.w['auditor'].get(
            '/api/v1/audit/events', limit=200)['items']}, 'an act is not on record')


class FirstDay(unittest.TestCase):
    def test_S22_a_fresh_store_has_two_security_administrators_and_a_third_is_made_at_the_terminal(self):
        store = Store(None)
        self.addCleanup(store.drop)
        admins = store.init()
        self.assertEqual(list(admins), ['sysadmin', 'secadmin', 'secadmin2', 'auditor'])
        made = subprocess.run([f'{BIN}/yunheng', 'secadmin', *store.args(), '--login', 'third', '--name', '第三人'],
                              check=True, capture_output=True, text=True).stdout.split()
        server = Server(store)
        self.addCleanup(server.stop)
        third = Session(server.port, login=('third', made[1]))
        owes = third.begin()
        self.assertEqual((owes['must_change_password'], owes['second_factor']), (True, 'enrol'))
        third.change(PASSWORD)
        third.enrol()
        self.assertEqual([g['role'] for g in third.get('/api/v1/session')['roles']], ['secadmin'])


if __name__ == '__main__':
    unittest.main()
