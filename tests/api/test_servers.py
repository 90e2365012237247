"""What one server has acknowledged holds on every server of the store at once: an ended grant, an ended
token, a new calendar, a suspension. On PostgreSQL two servers; on SQLite there is only one."""
import datetime
import os
import shutil
import subprocess
import unittest

from city import BIN, SHARED_METER, City, Problem, Server, Session, on_both_engines, today

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')
ROUNDS = 12
REDUCE = {'action': 'reduce', 'reason': '清退', 'dimensions': [{'dimension': 'vcpu', 'quantity': '1'}]}


class Servers:
    races = True

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, serve=SHARED_METER)
        cls.who = cls.city.who
        cls.second = Server(cls.city.store, *SHARED_METER) if cls.postgres else None
        cls.here = cls.city.server.port
        cls.there = cls.second.port if cls.second else cls.here
        cls.city.project('shared', dims={'vcpu': 1000, 'memory_gib': 1000})

    @classmethod
    def tearDownClass(cls):
        if cls.second:
            cls.second.stop()
        cls.city.close()

    def at(self, port, login):
        return Session(port, self.who[login].token, self.who[login].csrf)

    def slug(self, call, *args, **kwargs):
        try:
            call(*args, **kwargs)
        except Problem as problem:
            return problem.slug
        return None

    def file(self, session):
        return session.file('quota_change', REDUCE, project='shared')

    def give(self, login, role='unit', org='civil'):
        return self.city.grant(login, role, org)

    def end(self, grant):
        self.city.two('DELETE', f'/api/v1/grants/{grant}')

    # proves S05
    def test_an_ended_grant_acts_nowhere_once_its_end_is_acknowledged(self):
        self.city.person('gone', 'unit', 'civil')
        first = self.who['secadmin'].get('/api/v1/people/gone')['grants'][0]['id']
        self.end(first)
        far = self.at(self.there, 'gone')
        for _ in range(ROUNDS):
            grant = self.give('gone')
            no = self.file(far)['no']
            self.assertEqual(far.case(no)['no'], no)
            self.end(grant)
            self.assertEqual(self.slug(self.file, far), 'file-not-permitted')
            self.assertEqual(self.slug(far.case, no), 'not-permitted')

    def test_a_new_grant_acts_everywhere_once_it_is_acknowledged(self):
        self.city.person('comes', 'unit', 'health')
        far = self.at(self.there, 'comes')
        self.assertEqual(self.slug(self.file, far), 'project-unknown')
        self.give('comes')
        self.file(far)

    # proves S05
    def test_a_lent_role_acts_everywhere_and_ends_with_the_grant_it_comes_from(self):
        self.city.person('giver', 'unit', 'civil')
        self.city.person('taker', 'unit', 'health')
        far = self.at(self.there, 'taker')
        self.assertEqual(self.slug(self.file, far), 'project-unknown')
        self.who['giver'].call('POST', '/api/v1/delegations', {
            'taker': 'taker', 'role': 'unit', 'org': 'civil', 'first_day': today().isoformat(),
            'last_day': today().isoformat(), 'reason': '外出'})
        self.file(far)
        self.end(self.who['secadmin'].get('/api/v1/people/giver')['grants'][0]['id'])
        self.assertEqual(self.slug(self.file, far), 'project-unknown')

    # proves S02
    def test_an_ended_token_opens_nothing_anywhere(self):
        near = self.who['u1']
        for _ in range(ROUNDS):
            made = near.call('POST', '/api/v1/account/tokens',
                             {'label': 'x', 'scopes': 'all', 'days': 1})
            far = Session(self.there)
            bearer = {'Authorization': 'Bearer ' + made['token']}
            body = {'procedure': 'quota_change', 'project': 'shared', 'form': REDUCE}
            self.assertEqual(far.raw('POST', '/api/v1/cases', body, bearer)[0], 201)
            self.assertEqual(far.raw('GET', '/api/v1/session', None, bearer)[0], 200)
            near.call('DELETE', f"/api/v1/account/tokens/{made['id']}")
            self.assertEqual(far.raw('GET', '/api/v1/session', None, bearer)[0], 401)
            self.assertEqual(far.raw('POST', '/api/v1/cases', body, bearer)[0], 401)

    # proves S02
    def test_a_signed_out_session_opens_nothing_anywhere(self):
        near = self.city.server.session('u2')
        far = Session(self.there, near.token, near.csrf)
        far.get('/api/v1/session')
        near.call('DELETE', '/api/v1/session')
        self.assertEqual(self.slug(far.get, '/api/v1/session'), 'token-unknown')

    # proves S02, S05
    def test_a_reset_password_ends_every_session_everywhere(self):
        self.city.person('reset', 'unit', 'civil')
        far = self.at(self.there, 'reset')
        self.file(far)
        self.who['secadmin'].call('POST', '/api/v1/people/reset/password')
        self.assertEqual(self.slug(self.file, far), 'token-unknown')

    # proves S03
    def test_a_remembered_session_is_held_to_its_own_csrf_token(self):
        far = self.at(self.there, 'u1')
        self.file(far)
        forged = Session(self.there, far.token, 'x' * len(far.csrf))
        self.assertEqual(self.slug(self.file, forged), 'csrf-mismatch')
        as_bearer = Session(self.there)
        self.assertEqual(as_bearer.raw('GET', '/api/v1/session', None,
                                       {'Authorization': 'Bearer ' + far.token})[0], 401)
        self.file(far)

    def due(self, case):
        return datetime.date.fromisoformat(case['steps'][0]['due']['day'])

    def test_x_a_new_calendar_holds_on_a_running_server_before_it_next_reckons(self):
        if not self.postgres:
            self.skipTest('an embedded store has one server, and installing stops it')
        far = self.at(self.there, 'u1')
        before = self.due(self.file(far))
        policy = os.path.join(self.city.store.dir, 'policy')
        shutil.copytree(POLICY, policy)
        path = os.path.join(policy, 'calendars', f'{before.year}.yaml')
        if not os.path.exists(path):
            self.skipTest(f'the schedule of {before.year} is not announced')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        day = before.isoformat()
        self.assertNotIn(day, text)
        more, mark = (f'{day}, ', 'rest: [') if 'rest: [' in text else (f'  - {day}\n', 'rest:\n')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace(mark, mark + more, 1))
        subprocess.run([f'{BIN}/yunheng', 'install', *self.city.store.args()], check=True,
                       env=dict(os.environ, YUNHENG_POLICY=policy))
        self.assertGreater(self.due(self.file(far)), before)
        self.assertGreater(self.due(self.file(self.who['u1'])), before)

    def test_y_a_suspension_decided_here_holds_there_at_once(self):
        if not self.postgres:
            self.skipTest('an embedded store has one server')
        far = self.at(self.there, 'u1')
        before = self.due(self.file(far))
        no = self.who['o1'].file('clock_suspension', {'from': before.isoformat(),
                                                      'to': before.isoformat(),
                                                      'reason': '重大活动保障'}, cloud='YH')['no']
        self.who['a1'].decide(no, 'review')
        self.assertGreater(self.due(self.file(far)), before)


on_both_engines(Servers)
del Servers

if __name__ == '__main__':
    unittest.main()
