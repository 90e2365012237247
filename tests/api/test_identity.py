"""Passwords, second factors, sessions and accounts, as GB/T 22239 asks at level 3."""
import base64
import csv
import datetime
import io
import pathlib
import re
import struct
import subprocess
import threading
import time

import totp
from city import PASSWORD, City, InCity, Session, on_both_engines, today
from postbox import Postbox

SECOND = '/api/v1/account/second-factor'
WRONG = 'Wrong-Passw0rd!y'


class Accounts(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.sec = cls.city.who['secadmin']

    def person(self, login, name='某人'):
        """An account that has taken its own password."""
        once = self.sec.call('POST', '/api/v1/people', {'login': login, 'name': name})
        return self.city.first(login, once['one_time_password'])

    def again(self, who):
        """The same person at another place."""
        return Session(who.port, login=who.login, device=who.device).sign_in()

    def wrong(self, login, slug='sign-in-failed'):
        self.refused(slug, Session(self.sec.port).call, 'POST', '/api/v1/session',
                     {'login': login, 'password': WRONG})

    def recorded(self, kind, reason=None):
        """Once the record has been sealed, how many there are."""
        def found():
            events = self.city.who['auditor'].get('/api/v1/audit/events', kind=kind, limit=200)['items']
            return [e for e in events if reason is None or e['reason'] == reason]
        self.city.wait_until(found, f'{kind} was not recorded')
        return len(found())


@on_both_engines
class AtOnce(Accounts):
    """Attempts that meet."""
    races = True

    def all_at_once(self, n, call):
        gate, got = threading.Barrier(n), []

        def run():
            gate.wait(60)
            got.append(call())
        threads = [threading.Thread(target=run) for _ in range(n)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return got

    def test_S02_many_at_once_have_no_more_attempts_than_one(self):
        self.person('attacked')
        slugs = self.all_at_once(24, lambda: Session(self.sec.port).raw(
            'POST', '/api/v1/session', {'login': 'attacked', 'password': WRONG})[1]['slug'])
        self.assertEqual(slugs.count('sign-in-failed'), 5)
        self.assertEqual(slugs.count('account-locked'), 19)
        self.city.server.kill()
        self.city.server.start()
        self.city.meet()
        self.refused('account-locked', Session(self.sec.port, login=('attacked', PASSWORD)).sign_in)

    def test_S02_a_login_of_nobody_is_locked_as_one_of_somebody_is(self):
        self.person('somebody')
        self.person('svc-owner')
        last = (today() + datetime.timedelta(9)).isoformat()
        self.sec.call('POST', '/api/v1/services', {'login': 'svc-locked', 'name': '程序', 'owner': 'svc-owner',
                                                   'last_day': last})

        def told(login):
            status, said, _ = Session(self.sec.port).raw('POST', '/api/v1/session',
                                                         {'login': login, 'password': WRONG})
            return status, said['slug'], set(said.get('figures', {}))
        answers = [told('somebody') for _ in range(7)]
        self.assertEqual([slug for _, slug, _ in answers], 5 * ['sign-in-failed'] + 2 * ['account-locked'])
        for login in ('Nobody.Has.This', 'svc-locked'):
            self.assertEqual([told(login) for _ in range(7)], answers, login)
        self.assertEqual({len(name) for name, in self.strangers()}, {32})  # digests, not what was typed
        # of very many the oldest go
        self.city.store.sql('INSERT INTO stranger (name, failures, locked_until, tried_at) '
                            + ('SELECT sha256(i::text::bytea), 1, 0, i FROM generate_series(1, 10010) n(i)'
                               if self.city.store.url else
                               'SELECT * FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
                               ' WHERE i < 10010) SELECT randomblob(32), 1, 0, i FROM n)'))
        told('Nobody.Has.This.Either')
        self.assertEqual(len(self.strangers()), 10000)
        self.assertEqual(told('Nobody.Has.This')[1], 'account-locked')

    def strangers(self):
        rows = self.city.store.sql('SELECT name FROM stranger')
        return [(bytes.fromhex(line[2:]),) for line in rows.split()] if self.city.store.url else rows

    def test_S04_a_code_is_taken_once_also_of_many_who_bring_it_together(self):
        who = self.person('twice')
        who.enrol()
        code = who.device.next()
        halves = [Session(who.port, login=who.login) for _ in range(4)]
        for half in halves:
            half.begin()
        todo = list(halves)
        got = self.all_at_once(4, lambda: todo.pop().raw('POST', '/api/v1/session/code', {'code': code}))
        self.assertEqual(sorted(status for status, _, _ in got), [200, 403, 403, 403])
        self.assertEqual(sum(h.raw('GET', SECOND)[0] == 200 for h in halves), 1)
        # an earlier step is spent with it, though it was never shown
        before = totp.code(who.device.key, who.device.last - 1)
        fresh = self.again(who)
        self.refused('code-wrong', fresh.call, 'POST', SECOND + '/recovery', {'code': before})


@on_both_engines
class Identity(Accounts):
    @classmethod
    def setUpClass(cls):
        cls.box = Postbox()
        cls.addClassCleanup(cls.box.close)
        cls.city = City(cls.postgres, serve=cls.box.options())
        cls.sec = cls.city.who['secadmin']

    """What one person does, and what is done about their account."""

    def test_S01_a_password_is_strong_and_none_of_the_last_ones(self):
        who = self.person('pw')
        for bad in ('Short-1a', 'onlylowercase', 'Has-pw-1nside-it'):
            body = self.refused('password-weak', who.change, bad)
            self.assertEqual(body['figures'], {'least': 10, 'kinds': 3})
        self.refused('password-same', who.change, PASSWORD)
        for n in range(4):
            who.change(f'Fresh-Passw0rd-{n}')
        self.refused('password-used', who.change, PASSWORD)
        who.change('Fresh-Passw0rd-4')
        who.change(PASSWORD)  # five others were in between
        stolen = Session(who.port, who.token, who.csrf)
        for _ in range(5):
            self.refused('password-wrong', stolen.call, 'POST', '/api/v1/account/password',
                         {'old_password': WRONG, 'new_password': 'Fresh-Passw0rd-9'})
        self.refused('account-locked', stolen.call, 'POST', '/api/v1/account/password',
                     {'old_password': PASSWORD, 'new_password': 'Fresh-Passw0rd-9'})

    def test_S01_a_login_is_one_in_every_letter_case(self):
        self.person('unique')
        for login in ('Unique', 'UNIQUE'):
            self.refused('login-invalid', self.sec.call, 'POST', '/api/v1/people',
                         {'login': login, 'name': '另一人'})
        self.refused('login-taken', self.sec.call, 'POST', '/api/v1/people',
                     {'login': 'unique', 'name': '另一人'})

    def test_S02_wrong_codes_count_like_wrong_passwords(self):
        who = self.person('guessed')
        who.enrol()
        half = Session(who.port, login=who.login)
        self.assertEqual(half.begin()['second_factor'], 'code')
        for _ in range(4):
            self.refused('code-wrong', half.call, 'POST', '/api/v1/session/code', {'code': '000000'})
            Session(who.port, login=who.login).begin()  # the right password forgives nothing
        self.wrong('guessed')
        self.refused('account-locked', half.call, 'POST', '/api/v1/session/code',
                     {'code': who.device.next()})
        self.assertTrue(self.recorded('account.locked'))

    def test_S02_who_knows_a_password_only_heaps_up_no_sessions(self):
        who = self.person('halfway')
        who.enrol()
        halves = [Session(who.port, login=who.login) for _ in range(6)]
        for half in halves:
            self.assertEqual(half.begin()['second_factor'], 'code')
        self.assertEqual([h.raw('GET', '/api/v1/session')[0] for h in halves], [401] + [200] * 5)
        self.assertTrue(self.recorded('sign-in.password'))
        self.assertEqual(who.get('/api/v1/session')['second_factor'], 'done')
        self.assertEqual(who.call('DELETE', '/api/v1/account/sessions'), {'ended': 5})

    def test_S02_sessions_are_listed_ended_and_no_more_than_allowed(self):
        who = self.person('many')
        others = [self.again(who) for _ in range(3)]
        mine = who.get('/api/v1/account/sessions')['items']
        self.assertEqual([s['source'] for s in mine], ['127.0.0.1'] * 4)
        self.assertEqual([s['this'] for s in mine], [False] * 3 + [True])
        who.call('DELETE', f"/api/v1/account/sessions/{mine[0]['id']}")
        self.refused('token-unknown', Session(who.port, others[2].token, 'x').get, '/api/v1/session')
        self.assertEqual(who.call('DELETE', '/api/v1/account/sessions'), {'ended': 2})
        self.assertEqual(others[0].raw('GET', '/api/v1/session')[0], 401)
        first = self.again(who)
        for _ in range(10):  # session.most
            self.again(who)
        self.assertEqual(first.raw('GET', '/api/v1/session')[0], 401)
        self.assertEqual(len(self.again(who).get('/api/v1/account/sessions')['items']), 10)

    def test_S04_an_administrator_without_a_second_factor_may_only_enrol(self):
        who = self.person('newadmin')
        token = who.call('POST', '/api/v1/account/tokens',
                         {'label': '早先的', 'scopes': 'all', 'days': 3})['token']
        day = today().isoformat()
        self.city.who['auditor'].call('POST', '/api/v1/delegations', {
            'role': 'auditor', 'org': 'platform', 'taker': 'newadmin', 'first_day': day, 'last_day': day,
            'reason': '出差'})
        self.assertEqual(who.get('/api/v1/session')['second_factor'], 'enrol')
        self.refused('second-factor-enrol', who.get, '/api/v1/audit/events')
        bearer = Session(who.port)
        status, said, _ = bearer.raw('GET', '/api/v1/audit/events', None, {'Authorization': 'Bearer ' + token})
        self.assertEqual((status, said['slug']), (403, 'second-factor-enrol'))
        who.enrol()
        who.get('/api/v1/audit/events')
        self.assertEqual(who.get(SECOND)['recovery_codes_left'], 10)
        half = Session(who.port, login=who.login)
        self.assertEqual(half.begin()['second_factor'], 'code')
        for path in ('/api/v1/audit/events', SECOND, '/api/v1/account/sessions', '/api/v1/people'):
            self.refused('second-factor-code', Session(half.port, half.token, half.csrf).get, path)
        self.refused('second-factor-code', Session(half.port, half.token, half.csrf).call, 'POST',
                     '/api/v1/account/password', {'old_password': PASSWORD, 'new_password': WRONG})
        self.refused('factor-required', who.call, 'POST', SECOND + '/remove',
                     {'code': who.device.next()})

    def test_S04_only_codes_of_this_step_and_its_neighbours_are_taken(self):
        who = self.person('window')
        key = who.call('POST', SECOND, {})['key']
        now = int(time.time()) // 30
        for step in (now - 3, now + 3):
            self.refused('code-wrong', who.call, 'POST', SECOND + '/confirm',
                         {'code': totp.code(key, step)})
        self.assertFalse(who.get(SECOND)['enrolled'])
        self.assertEqual(self.again(who).get('/api/v1/session')['second_factor'], 'none')

    def test_S04_a_recovery_code_serves_once_and_ends_with_new_ones(self):
        who = self.person('lost')
        who.enrol()
        codes = who.device.recovery
        self.assertEqual(len(set(codes)), 10)
        who.device = totp.Device(who.device.key, last=1 << 40, recovery=[codes[0]])
        back = self.again(who)
        self.assertEqual(back.get(SECOND)['recovery_codes_left'], 9)
        half = Session(who.port, login=who.login)
        half.begin()
        self.refused('code-wrong', half.call, 'POST', '/api/v1/session/code', {'code': codes[0]})
        new = back.call('POST', SECOND + '/recovery', {'code': codes[1].upper()})['recovery_codes']
        self.refused('code-wrong', half.call, 'POST', '/api/v1/session/code', {'code': codes[2]})
        half.call('POST', '/api/v1/session/code', {'code': new[0].replace('-', ' ')})

    def test_S04_the_security_administrator_takes_a_factor_away_and_it_is_recorded(self):
        who = self.person('dropped')
        who.enrol()
        self.refused('factor-own', self.sec.call, 'POST',
                     '/api/v1/people/secadmin/second-factor/reset', {'reason': '换手机'})
        self.sec.call('POST', '/api/v1/people/dropped/second-factor/reset', {'reason': '手机丢失'})
        self.assertEqual(self.recorded('factor.reset', '手机丢失'), 1)
        self.refused('token-unknown', who.get, '/api/v1/session')
        self.assertEqual(self.again(who).get('/api/v1/session')['second_factor'], 'none')

    def test_S27_a_domestic_token_shows_codes_of_sm3(self):
        # the example in the standard's annex: T, then C and Q
        example = totp.sm3(bytes.fromhex('1234567890abcdef' * 2), 1313998979, struct.pack('>I', 1234) + b'5678')
        self.assertEqual(example, '814095')
        who = self.person('guomi')
        who.enrol('sm3')
        self.refused('factor-there', who.call, 'POST', SECOND, {})
        self.assertEqual(who.get(SECOND)['kind'], 'sm3')
        self.again(who).get(SECOND)

    def test_S02_a_session_that_may_lie_idle_for_a_minute_is_noted_as_used_within_a_third_of_it(self):
        who, sql = self.person('brief'), self.city.store.sql
        mine = ("(SELECT id FROM token WHERE kind = 'session' AND person = (SELECT id FROM person WHERE login ="
                " 'brief') ORDER BY created_at DESC LIMIT 1)")

        def used():
            found = sql(f'SELECT used_at FROM token WHERE id = {mine}')
            return int(found) if isinstance(found, str) else found[0][0]
        for idle_s, ago_s, noted in ((60, 30, True), (60, 1, False), (1800, 60, False), (1800, 400, True)):
            s = self.again(who)
            then = int((time.time() - ago_s) * 10 ** 6)
            sql(f'UPDATE token SET idle_us = {idle_s} * 1000000, used_at = {then} WHERE id = {mine}')
            s.get('/api/v1/session')
            if noted:
                City.wait_until(lambda then=then: used() > then, (idle_s, ago_s))
            else:
                self.person(f'other-{idle_s}')  # whatever is written after it is written by now
                self.assertEqual(used(), then, (idle_s, ago_s))

    def test_S05_an_account_works_to_its_last_day_and_not_when_it_is_closed(self):
        who = self.person('leaving')
        body = {'last_day': today().isoformat(), 'reason': '借调到期'}
        self.assertEqual(self.sec.call('PUT', '/api/v1/people/leaving/until', body)['last_day'],
                         body['last_day'])
        who.get('/api/v1/session')
        yesterday = (today() - datetime.timedelta(1)).isoformat()
        self.refused('last-day-past', self.sec.call, 'PUT', '/api/v1/people/leaving/until',
                     dict(body, last_day=yesterday))
        self.sec.call('POST', '/api/v1/people/leaving/close', {'reason': '已离岗'})
        self.refused('token-unknown', who.get, '/api/v1/session')
        self.refused('sign-in-failed', Session(who.port, login=who.login).sign_in)
        self.refused('account-state', self.sec.call, 'POST', '/api/v1/people/leaving/close',
                     {'reason': '再来'})
        self.refused('account-own', self.sec.call, 'POST', '/api/v1/people/secadmin/close',
                     {'reason': '自己'})
        once = self.sec.call('POST', '/api/v1/people/leaving/reopen', {'reason': '回来了'})
        self.refused('sign-in-failed', Session(who.port, login=who.login).sign_in)
        back = Session(who.port, login=('leaving', once['one_time_password']))
        self.assertTrue(back.begin()['must_change_password'])

    def test_S05_a_program_has_tokens_from_its_owner_and_nothing_else(self):
        owner, other = self.person('owner'), self.person('other')
        last = (today() + datetime.timedelta(30)).isoformat()
        body = {'login': 'svc-report', 'name': '报表程序', 'owner': 'owner', 'last_day': last}
        self.refused('service-days', self.sec.call, 'POST', '/api/v1/services',
                     dict(body, last_day=(today() + datetime.timedelta(400)).isoformat()))
        made = self.sec.call('POST', '/api/v1/services', body)
        self.assertEqual((made['kind'], made['last_day']), ('service', last))
        self.wrong('svc-report')
        grant = {'role': 'operator', 'org': 'bdc', 'capacity': 'handle'}
        self.refused('service-role', self.sec.call, 'POST', '/api/v1/people/svc-report/grants',
                     dict(grant, role='auditor', org='platform'))
        self.city.two('POST', '/api/v1/people/svc-report/grants', grant)
        self.refused('service-password', self.sec.call, 'POST', '/api/v1/people/svc-report/password')
        ask = {'label': '月报', 'scopes': 'read', 'nouns': 'case resource', 'days': 30}
        self.refused('service-owner-only', other.call, 'POST', '/api/v1/services/svc-report/tokens', ask)
        self.refused('service-owner-only', self.sec.call, 'POST', '/api/v1/services/svc-report/tokens', ask)
        self.refused('token-nouns', owner.call, 'POST', '/api/v1/services/svc-report/tokens',
                     dict(ask, nouns='nothing'))
        token = owner.call('POST', '/api/v1/services/svc-report/tokens', ask)
        bearer = {'Authorization': 'Bearer ' + token['token']}
        anyone = Session(self.sec.port)
        # nothing is made with a token that would outlast it
        every = owner.call('POST', '/api/v1/services/svc-report/tokens', dict(ask, scopes='all', nouns=''))
        lent = dict(role='operator', org='bdc', taker='owner', first_day=last, last_day=last, reason='出差')
        for path, body in (('/api/v1/account/calendar', None), ('/api/v1/delegations', lent)):
            status, said, _ = anyone.raw('POST', path, body, {'Authorization': 'Bearer ' + every['token']})
            self.assertEqual((status, said['slug']), (403, 'session-required'), path)
        self.assertEqual(anyone.raw('GET', '/api/v1/cases', None, bearer)[0], 200)
        for method, path, slug in (('GET', '/api/v1/projects', 'token-scope'),
                                   ('POST', '/api/v1/cases', 'token-read-only')):
            status, said, _ = anyone.raw(method, path, None if method == 'GET' else {}, bearer)
            self.assertEqual((status, said['slug']), (403, slug))
        self.sec.call('POST', '/api/v1/people/owner/close', {'reason': '离岗'})
        flags = {a['login']: [f['flag'] for f in a['flags']] for a in
                 self.sec.get('/api/v1/accounts', flag='ownerless')['items']}
        self.assertIn('ownerless', flags['svc-report'])
        self.sec.call('PUT', '/api/v1/services/svc-report/owner', {'owner': 'other', 'reason': '接手'})
        self.assertEqual(other.get('/api/v1/account/services')['items'][0]['login'], 'svc-report')
        # what the former owner drew, and may have kept, is over
        self.assertEqual(anyone.raw('GET', '/api/v1/cases', None, bearer)[0], 401)
        token = other.call('POST', '/api/v1/services/svc-report/tokens', ask)
        bearer = {'Authorization': 'Bearer ' + token['token']}
        self.assertEqual(anyone.raw('GET', '/api/v1/cases', None, bearer)[0], 200)
        other.call('DELETE', f"/api/v1/services/svc-report/tokens/{token['id']}")
        self.assertEqual(anyone.raw('GET', '/api/v1/cases', None, bearer)[0], 401)
        self.refused('service-owner', self.sec.call, 'PUT', '/api/v1/services/svc-report/owner',
                     {'owner': 'secadmin', 'reason': '接手'})
        token = other.call('POST', '/api/v1/services/svc-report/tokens', ask)
        bearer = {'Authorization': 'Bearer ' + token['token']}
        self.city.grant('other', 'finance', 'econ')
        self.refused('service-owner', self.sec.call, 'POST', '/api/v1/people/other/handover',
                     {'taker': 'svc-report', 'reason': '调离'})
        self.person('third')
        self.city.two('POST', '/api/v1/people/other/handover', {'taker': 'third', 'reason': '调离'})
        self.assertEqual(anyone.raw('GET', '/api/v1/cases', None, bearer)[0], 401)

    def test_S05_accounts_are_looked_through(self):
        who = self.person('shared')
        there = self.again(who)
        self.sec.call('POST', '/api/v1/people', {'login': 'dormant', 'name': '某人'})
        self.city.store.sql("UPDATE person SET created_at = created_at - 91 * 86400000000"
                            " WHERE login = 'dormant'")
        self.city.store.sql("UPDATE token SET source = '10.0.0.7' WHERE id = (SELECT t.id FROM token t"
                            " JOIN person p ON p.id = t.person WHERE p.login = 'shared' ORDER BY"
                            " t.created_at DESC LIMIT 1)")
        said = {}
        for row in self.sec.get('/api/v1/accounts', limit=200)['items']:
            said[row['login']] = {f['flag'] for f in row['flags']}
        self.assertEqual(said['shared'], {'roleless', 'shared'})
        self.assertEqual(said['dormant'], {'roleless', 'unused'})
        self.assertEqual(said['secadmin'], set())
        only = self.sec.get('/api/v1/accounts', flag='unused', unused_days=90)['items']
        self.assertEqual([a['login'] for a in only], ['dormant'])
        self.assertEqual(self.sec.get('/api/v1/accounts', flag='unused', unused_days=92)['items'], [])
        status, data = self.sec.bytes_of('/api/v1/accounts', **{'as': 'csv', 'flag': 'shared'})
        self.assertEqual(status, 200)
        rows = list(csv.reader(io.StringIO(data.decode('utf-8-sig'))))
        self.assertEqual([row[0] for row in rows[1:]], ['shared'])
        self.refused('not-permitted', there.get, '/api/v1/accounts')

    def test_S21_an_address_is_masked_and_seen_whole_only_with_a_reason(self):
        who, address = self.person('private'), 'zhang.san@city.example'
        who.call('POST', '/api/v1/notify/address', {'mail': address})
        self.city.wait_until(lambda: self.box.to(address), 'the code did not come')
        code = re.search(r'\b\d{8}\b', self.box.to(address)[0].get_content()).group()
        who.call('POST', '/api/v1/notify/verification', {'code': code})
        shown = self.sec.get('/api/v1/people/private')
        self.assertEqual(shown['mail'], 'z********@city.example')
        self.refused('not-permitted', self.city.who['auditor'].call, 'POST',
                     '/api/v1/people/private/contact', {'reason': '好奇'})
        told = self.sec.call('POST', '/api/v1/people/private/contact', {'reason': '通知本人到场'})
        self.assertEqual(told, {'mail': address})
        self.assertEqual(self.recorded('contact.unmasked', '通知本人到场'), 1)

    def test_S18_what_is_secret_is_nowhere_in_the_store(self):
        once = self.sec.call('POST', '/api/v1/people', {'login': 'hidden', 'name': '某人'},
                             {'Idempotency-Key': 'once'})['one_time_password']
        self.refused('reply-shown-once', self.sec.call, 'POST', '/api/v1/people',
                     {'login': 'hidden', 'name': '某人'}, {'Idempotency-Key': 'once'})
        who = self.city.first('hidden', once)
        who.enrol()
        token = who.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'all', 'days': 1},
                         {'Idempotency-Key': 'token'})['token']
        key = base64.b32decode(who.device.key)
        secrets = [once, PASSWORD, token, who.token, who.csrf, who.device.key, who.device.recovery[0],
                   who.device.recovery[0].replace('-', '')]
        if (pathlib.Path(__file__).parents[2] / 'src/store/sealed.h').exists():
            secrets += [key.hex(), base64.b64encode(key).decode()]
        stored = self.stored()
        self.assertIn(b'hidden', stored)
        self.assertNotIn(key, stored)
        self.assertEqual([s for s in secrets if s.encode() in stored], [])

    def stored(self):
        """All that the engine has on disk, or dumps."""
        if self.city.store.url:
            return subprocess.run(['pg_dump', '--inserts', self.city.store.url], check=True,
                                  capture_output=True).stdout
        return b''.join(p.read_bytes() for p in pathlib.Path(self.city.store.data).glob('yunheng.db*'))


@on_both_engines
class Aged(InCity):
    """What time does to passwords and sessions."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))

    def test_S01_S02_S05_time_ends_sessions_passwords_and_accounts(self):
        u1, sec = self.city.who['u1'], self.city.who['secadmin']
        at, hour = Session(u1.port, u1.token, u1.csrf), int(sec.get('/api/v1/clock')['now'][11:13])
        day = self.city.clock()
        if hour > 20:
            day, hour = self.city.turn(day + datetime.timedelta(1), at_once=True), 9
            at = Session(u1.port, u1.sign_in().token, u1.csrf)
        at.get('/api/v1/cases')
        self.city.turn(day, at_once=True, hour=hour + 2)
        self.refused('token-expired', at.get, '/api/v1/cases')
        self.assertEqual(at.raw('GET', '/api/v1/session')[0], 401)
        sec.call('PUT', '/api/v1/people/u2/until', {'last_day': day.isoformat(), 'reason': '到期'})
        u2 = self.city.who['u2'].sign_in()
        token = sec.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 366})
        keeps = {'Authorization': 'Bearer ' + token['token']}
        bearer = u2.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 9})
        of_u2 = {'Authorization': 'Bearer ' + bearer['token']}
        nobody = Session(u1.port)
        self.assertEqual(nobody.raw('GET', '/api/v1/cases', None, of_u2)[0], 200)
        self.city.turn(day + datetime.timedelta(1), at_once=True)
        self.assertEqual(nobody.raw('GET', '/api/v1/cases', None, of_u2)[1]['slug'], 'account-closed')
        self.assertEqual(nobody.raw('GET', '/api/v1/people', None, keeps)[0], 200)
        self.refused('sign-in-failed', u2.sign_in)
        self.city.turn(day + datetime.timedelta(91), at_once=True)  # at nine, which may be earlier than now
        old = Session(u1.port, login=u1.login)
        self.assertTrue(old.begin()['must_change_password'])
        self.refused('password-must-change', Session(old.port, old.token, old.csrf).get, '/api/v1/cases')
        old.change('Another-Passw0rd-1')
        old.get('/api/v1/cases')
