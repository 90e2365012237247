"""Inside a body (X6): who handles, reviews, signs and countersigns, who stands in for whom, and who has it all
when a person moves on."""
import datetime
import json
import os
import subprocess
import tempfile
import unittest

from city import BIN, PASSWORD, City, InCity, Session, on_both_engines, today


class Chain(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who

    # proves S26, S09
    def test_X6_only_the_signature_decides_and_the_chain_is_kept(self):
        sys_ = self.w['sysadmin']
        sys_.call('POST', '/api/v1/orgs', {'code': 'econ2', 'name': '经信二部', 'kind': 'body',
                                           'chain': 'handle,review,sign'})
        h = self.city.person('eh', 'econ_info', 'econ2', 'handle')
        r = self.city.person('er', 'econ_info', 'econ2', 'review')
        s = self.city.person('boss', 'econ_info', 'econ2', 'sign')
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'chain', 'name': '审签项目'})
        sys_.call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ2'})
        try:
            no = self.w['u1'].file('quota', self.city.quota_form(), project='chain')['no']
        finally:
            sys_.call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ'})

        def opine(who, stage):
            who.call('POST', f'/api/v1/cases/{no}/steps/review/opinions',
                     {'stage': stage, 'outcome': 'approve', 'reason': '拟同意'})
        self.refused('signature-needed', h.decide, no, 'review')
        self.refused('opinion-missing', s.decide, no, 'review')
        opine(h, 'handle')
        self.refused('opinion-missing', s.decide, no, 'review')
        self.refused('review-needed', opine, h, 'review')
        self.city.grant('eh', 'econ_info', 'econ2', 'review')
        self.refused('opinion-own', opine, h, 'review')
        opine(r, 'review')
        s.decide(no, 'review')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')

    # proves S26
    def test_X6_a_program_is_nobody_besides_who_answers_for_it(self):
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'econ4', 'name': '经信四部', 'kind': 'body',
                                                         'chain': 'handle,sign'})
        owner = self.city.person('own4', 'econ_info', 'econ4')
        boss = self.city.person('boss4', 'econ_info', 'econ4')
        other = self.city.person('u4', 'unit', 'civil')
        handles = self.program('svc-hand', 'own4', owner, 'econ_info', 'econ4')
        files = self.program('svc-file', 'boss4', boss, 'unit', 'civil')
        other.call('POST', '/api/v1/projects',
                   {'unit': 'civil', 'cloud': 'YH', 'code': 'program', 'name': '程序项目'})
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ4'})
        try:
            no = files('POST', '/api/v1/cases', {'procedure': 'quota', 'project': 'program',
                                                 'form': self.city.quota_form()})['no']
        finally:
            self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ'})
        opinion = {'stage': 'handle', 'outcome': 'approve', 'reason': '拟同意'}
        handles('POST', f'/api/v1/cases/{no}/steps/review/opinions', opinion)
        self.refused('opinion-missing', owner.decide, no, 'review')  # the handler is who signs
        # and remains so when the program is another's
        self.w['secadmin'].call('PUT', '/api/v1/services/svc-hand/owner', {'owner': 'u4', 'reason': '交接'})
        self.refused('opinion-missing', owner.decide, no, 'review')
        self.refused('same-person', boss.decide, no, 'review')       # and this one's program filed it
        self.city.person('clerk4', 'econ_info', 'econ4', 'handle').call(
            'POST', f'/api/v1/cases/{no}/steps/review/opinions', opinion)
        owner.decide(no, 'review')

    def program(self, login, owner, who, role, org):
        """Calls as a program of `owner`, `who`'s session, that holds a role."""
        last = (today() + datetime.timedelta(30)).isoformat()
        self.w['secadmin'].call('POST', '/api/v1/services', {'login': login, 'name': login, 'owner': owner,
                                                             'last_day': last})
        self.city.grant(login, role, org, 'handle')
        token = who.call('POST', f'/api/v1/services/{login}/tokens', {'label': '接口', 'scopes': 'all', 'days': 30})
        bearer = {'Authorization': 'Bearer ' + token['token']}

        def call(method, path, body):
            status, said, _ = Session(who.port).raw(method, path, body, bearer)
            self.assertLess(status, 300, said)
            return said
        return call

    # proves S26
    def test_X6_another_body_countersigns_before_the_signature(self):
        sys_ = self.w['sysadmin']
        sys_.call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政部门', 'kind': 'body'})
        sys_.call('POST', '/api/v1/orgs', {'code': 'econ3', 'name': '经信三部', 'kind': 'body',
                                           'countersign': 'fin'})
        boss = self.city.person('boss3', 'econ_info', 'econ3')
        fin = self.city.person('fin1', 'finance', 'fin')
        clerk = self.city.person('fin2', 'finance', 'fin', 'handle')
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'both', 'name': '会签项目'})
        sys_.call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ3'})
        try:
            no = self.w['u1'].file('quota', self.city.quota_form(), project='both')['no']
        finally:
            sys_.call('PUT', '/api/v1/clouds/YH/bodies/econ_info', {'org': 'econ'})
        for who in (fin, boss):
            self.assertIn(no, [i['no'] for i in who.get('/api/v1/inbox', limit=200)['items']])

        def countersign(who, outcome='approve'):
            return who.call('POST', f'/api/v1/cases/{no}/steps/review/opinions',
                            {'stage': 'countersign', 'outcome': outcome, 'reason': '预算已安排'})
        self.assertEqual(self.refused('opinion-missing', boss.decide, no, 'review')['figures']['stage'],
                         'countersign')
        self.refused('decide-not-permitted', countersign, clerk)
        self.refused('decide-not-permitted', countersign, boss)
        self.refused('outcome-unknown', countersign, fin, 'perhaps')
        self.refused('decide-not-permitted', fin.decide, no, 'review')
        countersign(fin, 'refuse')  # binds nobody: the signature decides
        boss.decide(no, 'review')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')

    # proves S26, S05
    def test_X6_a_delegation_lends_the_role_for_its_days(self):
        stranger = self.city.person('e2', 'finance', 'econ')
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'lent', 'name': '委托项目'})
        no = self.w['u1'].file('quota', self.city.quota_form(), project='lent')['no']
        self.refused('case-unknown', stranger.decide, no, 'review')
        day = today().isoformat()
        self.w['e1'].call('POST', '/api/v1/delegations',
                          {'role': 'econ_info', 'org': 'econ', 'taker': 'e2', 'first_day': day,
                           'last_day': day, 'reason': '出差'})
        stranger.decide(no, 'review')

    # proves S05
    def test_X6_what_was_lent_is_seen_by_both_and_taken_back(self):
        giver = self.city.person('lender', 'econ_info', 'econ')
        taker = self.city.person('borrower', 'finance', 'econ')
        day = today().isoformat()
        lend = lambda: giver.call('POST', '/api/v1/delegations', {
            'role': 'econ_info', 'org': 'econ', 'taker': 'borrower', 'first_day': day, 'last_day': day,
            'reason': '出差'})['id']
        roles = lambda: [r['role'] for r in taker.get('/api/v1/session')['roles']]
        for who in (giver, taker):
            lent = lend()
            self.assertIn('econ_info', roles())
            for one in (giver, taker):
                [row] = one.get('/api/v1/delegations')['items']
                self.assertEqual((row['id'], row['giver'], row['taker'], row['role'], row['org'], row['last_day']),
                                 (lent, 'lender', 'borrower', 'econ_info', 'econ', day))
            self.assertEqual(self.w['u1'].get('/api/v1/delegations')['items'], [])
            self.refused('delegation-unknown', self.w['u1'].call, 'DELETE', '/api/v1/delegations/' + lent)
            who.call('DELETE', '/api/v1/delegations/' + lent)
            self.assertNotIn('econ_info', roles())
            self.refused('delegation-unknown', who.call, 'DELETE', '/api/v1/delegations/' + lent)
            self.assertEqual(giver.get('/api/v1/delegations')['items'], [])

    def test_X6_a_loan_that_cannot_be_is_refused_at_its_field(self):
        giver = self.city.person('loans', 'econ_info', 'econ')
        at = lambda days: (today() + datetime.timedelta(days=days)).isoformat()
        good = {'role': 'econ_info', 'org': 'econ', 'taker': 'u1', 'first_day': at(0), 'last_day': at(1), 'reason': '出差'}
        for slug, field, wrong in (('person-unknown', '/taker', {'taker': 'nobody-here'}),
                                   ('grant-to-self', '/taker', {'taker': 'loans'}),
                                   ('days-reversed', '/last_day', {'first_day': at(2)}),
                                   ('last-day-past', '/last_day', {'first_day': at(-3), 'last_day': at(-1)})):
            with self.subTest(slug=slug):
                refused = self.refused(slug, giver.call, 'POST', '/api/v1/delegations', dict(good, **wrong))
                self.assertEqual(refused['field'], field)
        self.assertEqual(giver.get('/api/v1/delegations')['items'], [])

    # proves S05
    def test_X6_what_a_closed_account_lent_is_lent_no_more(self):
        giver = self.city.person('lends', 'econ_info', 'econ')
        taker = self.city.person('stands', 'finance', 'econ')
        self.w['u1'].call('POST', '/api/v1/projects',
                          {'unit': 'civil', 'cloud': 'YH', 'code': 'lapsed', 'name': '停用的'})
        no = self.w['u1'].file('quota', self.city.quota_form(), project='lapsed')['no']
        day = today().isoformat()
        giver.call('POST', '/api/v1/delegations', {'role': 'econ_info', 'org': 'econ', 'taker': 'stands',
                                                   'first_day': day, 'last_day': day, 'reason': '出差'})
        self.assertEqual(taker.case(no)['no'], no)
        [row] = taker.get('/api/v1/delegations')['items']
        self.assertEqual(row['giver'], 'lends')
        self.w['secadmin'].call('POST', '/api/v1/people/lends/close', {'reason': '离岗'})
        for reopened in (False, True):
            if reopened:
                self.w['secadmin'].call('POST', '/api/v1/people/lends/reopen', {'reason': '返岗'})
            self.refused('case-unknown', taker.decide, no, 'review')
            self.assertNotIn('econ_info', [r['role'] for r in taker.get('/api/v1/session')['roles']])
            self.assertEqual(taker.get('/api/v1/delegations')['items'], [])

    def test_X6_all_that_a_person_has_to_do_is_handed_over_in_one_act(self):
        sec, leaver = self.w['secadmin'], self.city.person('leaver', 'econ_info', 'econ')
        self.city.grant('leaver', 'unit', 'civil')
        taker = self.city.person('taker', 'econ_info', 'econ', 'handle')
        lent = self.city.person('lent', 'finance', 'econ')
        days = {'first_day': today().isoformat(), 'last_day': today().isoformat()}
        leaver.call('POST', '/api/v1/delegations', dict(days, role='econ_info', org='econ', taker='lent',
                                                        reason='出差'))
        for code in ('left', 'own'):
            self.w['u1'].call('POST', '/api/v1/projects',
                              {'unit': 'civil', 'cloud': 'YH', 'code': code, 'name': '交接项目'})
        no = self.w['u1'].file('quota', self.city.quota_form(), project='left')['no']
        self.assertIn(no, [i['no'] for i in lent.get('/api/v1/inbox', limit=200)['items']])
        path = '/api/v1/people/leaver/handover'
        act = {'taker': 'taker', 'reason': '调离'}
        self.refused('not-permitted', self.w['sysadmin'].call, 'POST', path, act)
        self.refused('handover-self', sec.call, 'POST', path, dict(act, taker='leaver'))
        self.refused('grant-to-self', sec.call, 'POST', path, dict(act, taker='secadmin'))
        before = {(g['role'], g['had']): g for g in sec.get(path, taker='taker')['items']}
        self.assertEqual(set(before), {('econ_info', False), ('unit', False)})
        self.assertGreaterEqual(before['econ_info', False]['steps'], 1)
        self.assertEqual(len(sec.get('/api/v1/people/leaver')['grants']), 2)  # the preview did nothing

        done = self.city.two('POST', path, act)
        self.assertEqual((done['before'], done['after']), ('econ_info@econ:sign, unit@civil:sign', ''))
        self.assertEqual(sec.get('/api/v1/people/leaver')['grants'], [])
        self.assertEqual({(g['role'], g['capacity']) for g in sec.get('/api/v1/people/taker')['grants']},
                         {('econ_info', 'handle'), ('econ_info', 'sign'), ('unit', 'sign')})
        self.refused('not-permitted', leaver.decide, no, 'review')
        self.refused('case-unknown', lent.decide, no, 'review')
        taker.decide(no, 'review')
        self.assertEqual(self.w['u1'].case(no)['state'], 'closed')
        self.refused('handover-nothing', sec.call, 'POST', path, act)
        self.city.wait_until(lambda: self.w['auditor'].get('/api/v1/audit/events', kind='person.handed_over')['items'],
                             'not sealed')
        [said] = self.w['auditor'].get('/api/v1/audit/events', kind='person.handed_over')['items']
        self.assertEqual(said['reason'], '调离')

    def test_X6_who_reads_less_is_not_taken_to_read_what_is_handed_over(self):
        sec, days = self.w['secadmin'], {'first_day': today().isoformat(), 'last_day': (
            today() + datetime.timedelta(days=20)).isoformat()}
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'cpa', 'name': '会计师事务所', 'kind': 'body'})
        for login, scope in (('reader1', 'case project'), ('reader2', 'project'), ('reader3', 'case project record')):
            sec.call('POST', '/api/v1/people', {'login': login, 'name': login})
            self.city.grant(login, 'outside_auditor', 'cpa', 'handle', scope=scope, **days)
        path, act = '/api/v1/people/reader1/handover', {'taker': 'reader2', 'reason': '调离'}
        self.assertEqual([g['had'] for g in sec.get(path, taker='reader2')['items']], [False])
        self.refused('reader-scope-other', sec.call, 'POST', path, act)
        self.assertEqual(len(sec.get('/api/v1/people/reader1')['grants']), 1)
        self.assertEqual([g['had'] for g in sec.get(path, taker='reader3')['items']], [True])
        self.city.two('POST', path, dict(act, taker='reader3'))
        self.assertEqual(len(sec.get('/api/v1/people/reader3')['grants']), 1)

    def test_X6_the_command_line_hands_over_and_shows_it_first(self):
        self.city.person('goes', 'finance', 'econ')
        self.city.person('comes', 'finance', 'econ', 'handle')
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, YUNHENG_LANG='en', YUNHENG_SESSION=os.path.join(folder, 's.json'),
                       YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}')

            def yunheng(*words):
                return subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True, text=True,
                                      check=False)
            with open(env['YUNHENG_SESSION'], 'w', encoding='ascii') as f:
                f.write('{}')  # of somebody with another umask
                os.fchmod(f.fileno(), 0o644)
            yunheng('session', 'create', '--login', 'secadmin', '--password', PASSWORD)
            self.assertEqual(os.stat(env['YUNHENG_SESSION']).st_mode & 0o777, 0o600)
            yunheng('session', 'code', '--code', self.city.who['secadmin'].device.next())
            preview = ('person', 'handover_preview', 'goes', '--taker', 'comes')
            shown = yunheng(*preview)
            self.assertIn('Finance', shown.stdout, shown.stderr)
            # a truth as people read it, and as programs do
            self.assertEqual(shown.stdout.split('\n')[1].split()[-4:], ['no', '0', '0', '0'])
            self.assertIn('"false"', yunheng(*preview, '--format', 'csv').stdout)
            self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'wide', 'name': '＝1+1', 'kind': 'body'})
            self.assertIn('"\'＝1+1"', yunheng('org', 'list', '--format', 'csv').stdout)  # no formula
            self.assertIs(json.loads(yunheng(*preview, '--format', 'json').stdout)['items'][0]['had'], False)
            env['YUNHENG_LANG'] = 'zh'
            self.assertEqual(yunheng(*preview).stdout.split('\n')[1].split()[-4:], ['否', '0', '0', '0'])
            done = yunheng('person', 'handover', 'goes', '--taker', 'comes', '--reason', '调离', '--format', 'json')
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([json.loads(done.stdout)[k] for k in ('kind', 'state', 'before')],
                             ['handover', 'waiting', 'finance@econ:sign'])


on_both_engines(Chain)
del Chain

if __name__ == '__main__':
    unittest.main()
