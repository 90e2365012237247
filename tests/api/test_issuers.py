"""Signing in through an issuer (OpenID Connect), against one of our own that is wrong in turn."""
import json
import concurrent.futures
import datetime
import hmac
import http.client
import os
import re
import subprocess
import time
import unittest
import urllib.parse

import issuer as issuers
from city import BIN, City, Problem, Session, on_both_engines, today

HOME = 'https://yunheng.example'
BACK = HOME + '/sign-in/issuer'


class Browser:
    """A browser without any session: it keeps cookies, and takes what the issuer sends it back with."""

    def __init__(self, port):
        self.port, self.jar, self.csrf = port, {}, None

    def send(self, method, path, body=None):
        conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        headers = {'Content-Type': 'application/json', 'Accept-Language': 'en'}
        if self.jar:
            headers['Cookie'] = '; '.join(f'{k}={v}' for k, v in self.jar.items())
        if self.csrf:
            headers['X-CSRF-Token'] = self.csrf
        try:
            conn.request(method, path, json.dumps(body) if body is not None else None, headers)
            reply = conn.getresponse()
            self.set_cookie = reply.headers.get_all('Set-Cookie') or []
            for line in self.set_cookie:
                name, value = line.split(';')[0].split('=', 1)
                if value:
                    self.jar[name] = value
                else:
                    self.jar.pop(name, None)
            return reply.status, json.loads(reply.read() or b'null')
        finally:
            conn.close()

    def call(self, method, path, body=None):
        status, data = self.send(method, path, body)
        if status >= 300:
            raise Problem(status, data)
        return data

    def begin(self, name='city'):
        return self.call('POST', f'/api/v1/issuers/{name}/sign-in')['location']

    def back(self, answer):
        reply = self.call('POST', '/api/v1/session/issuer', answer)
        self.csrf = reply['csrf']
        return reply

    def sign_in(self, issuer, sub='u-1', at='city', **claims):
        return self.back(issuer.authorize(self.begin(at), sub, **claims))


class Issued:
    @classmethod
    def setUpClass(cls):
        cls.one, cls.other = issuers.Issuer(), issuers.Issuer(tls=True)
        cls.addClassCleanup(cls.one.close)
        cls.addClassCleanup(cls.other.close)
        cls.file = issuers.write(
            os.path.join(cls.one.folder, 'issuers.yaml'),
            city=cls.one.settings(second_factor={'amr': ['otp'], 'acr': ['gold']}),
            tls=cls.other.settings(create=True),
            untrusted=cls.other.settings(ca=None, issuer=cls.other.url + '/x'))
        cls.city = City(cls.postgres, serve=('--issuers', cls.file, '--public-url', HOME + '/'))
        cls.addClassCleanup(cls.city.close)
        cls.port = cls.city.server.port
        cls.sec = cls.city.who['secadmin']
        cls.sec.call('POST', '/api/v1/people/u1/issuers', {'issuer': 'city', 'subject': 'u-1'})

    def setUp(self):
        for each in (self.one, self.other):
            each.right()
            each.refused.clear()

    def refused(self, slug, fn, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            fn(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, caught.exception)
        return caught.exception.body

    def events(self, kind, reason=None):
        """Those of a kind, once what was last done is sealed."""
        end = time.monotonic() + 60
        while True:
            found = self.city.who['auditor'].get('/api/v1/audit/events', kind=kind, limit=200)['items']
            chosen = [e for e in found if reason is None or e['reason'] == reason]
            if chosen or time.monotonic() > end:
                return chosen
            time.sleep(0.1)

    # proves S03
    def test_S04_S27_a_bound_account_is_signed_in_by_the_issuers_signed_word(self):
        items = Session(self.port).get('/api/v1/issuers')['items']
        self.assertEqual(items[0], {'name': 'city', 'title': 'City sign-on'})
        b = Browser(self.port)
        location = b.begin()
        [cookie] = b.set_cookie
        self.assertRegex(cookie, r'^yh_sign_in=\w+; Path=/; HttpOnly; SameSite=Strict; Max-Age=600$')
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
        self.assertEqual(asked['redirect_uri'], [BACK + '/city'])
        self.assertEqual(asked['acr_values'], ['gold'])
        self.assertNotIn(b.jar['yh_sign_in'], location)
        b.back(self.one.authorize(location))
        self.assertEqual(b.call('GET', '/api/v1/session')['login'], 'u1')
        self.assertNotIn('yh_sign_in', b.jar)
        [event, *_] = self.events('issuer.signed-in')
        self.assertEqual(event['after'], 'city')
        self.assertTrue(self.events('sign-in.done'))

    def test_S27_each_admitted_algorithm_verifies_and_its_keys_are_asked_for_anew(self):
        for algorithm in ('PS256', 'ES256', 'EdDSA', 'RS256'):
            self.other.rotate(algorithm)
            if algorithm != 'PS256':  # new keys within the minute are not looked for
                self.refused('jwt-key-unknown', Browser(self.port).sign_in, self.other, 'k', 'tls')
                before = self.other.asked.count('/keys')
                self.refused('jwt-key-unknown', Browser(self.port).sign_in, self.other, 'k', 'tls')
                self.assertEqual(self.other.asked.count('/keys'), before)
                self.city.server.stop()
                self.city.server.start(self.port)
            reply = Browser(self.port).sign_in(self.other, 'k', 'tls')
            self.assertIn('token', reply, algorithm)

    def test_S04_a_second_factor_that_the_issuer_asserts_counts_as_one_where_that_is_set(self):
        for claims, factor in (({}, 'none'), ({'amr': ['pwd', 'otp']}, 'done'), ({'acr': 'gold'}, 'done'),
                               ({'amr': ['pwd']}, 'none'), ({'amr': 'otp'}, 'none'), ({'acr': 'silver'}, 'none')):
            reply = Browser(self.port).sign_in(self.one, **claims)
            self.assertEqual(reply['second_factor'], factor, claims)

    def test_S27_a_token_that_says_anything_else_than_it_must_is_refused_by_its_claim(self):
        now = int(time.time())
        faults = {'iss': {'iss': self.one.url + '/'}, 'aud': {'aud': 'another'}, 'azp': {'azp': 'another'},
                  'exp': {'exp': now - 120}, 'iat': {'iat': now + 200, 'exp': now + 400},
                  'nbf': {'nbf': now + 200}, 'nonce': {'nonce': 'x' * 64}, 'sub': {'sub': ''},
                  'at_hash': {'at_hash': 'AAAAAAAAAAAAAAAAAAAAAA'}}
        more = [('aud', {'aud': [issuers.CLIENT, 'another']}), ('aud', {'aud': []}), ('exp', {'exp': None}),
                ('exp', {'exp': 'soon'}), ('iat', {'iat': now - 3600}), ('iat', {'exp': now + 10 ** 7}),
                ('nonce', {'nonce': None}), ('sub', {'sub': 'a\u00e9'}), ('sub', {'sub': 'x' * 300}), ('sub', {'sub': 7})]
        for claim, change in [*faults.items(), *more]:
            def wrong(claims, change=change):
                claims.update(change)
                for key, value in change.items():
                    if value is None:
                        del claims[key]
            self.one.wrong = wrong
            body = self.refused('issuer-token', Browser(self.port).sign_in, self.one)
            self.assertEqual(body['figures']['claim'], claim, change)
        # clocks may differ by a minute, and others may be meant besides
        self.one.wrong = lambda claims: claims.update(aud=[issuers.CLIENT, 'another'], azp=issuers.CLIENT,
                                                      exp=int(time.time()) - 20, iat=int(time.time()) - 21)
        Browser(self.port).sign_in(self.one)

    def test_S27_a_token_that_is_not_signed_as_admitted_is_refused(self):
        b = Browser(self.port)
        self.one.head, self.one.sign = {'alg': 'none', 'kid': None}, lambda text: b'x'
        self.refused('jwt-algorithm', b.sign_in, self.one)
        # the public key taken for a shared secret
        self.one.head = {'alg': 'HS256'}
        self.one.sign = lambda text: hmac.digest(self.one.key.der, text, 'sha256')
        self.refused('jwt-algorithm', b.sign_in, self.one)
        self.one.head, self.one.sign = {}, lambda text: self.one.key.sign(text + b'.')
        self.refused('jwt-signature', b.sign_in, self.one)
        self.one.sign = lambda text: b''
        self.refused('jwt-malformed', b.sign_in, self.one)
        stranger = issuers.Key(self.one.folder, kid='stranger')
        self.one.head, self.one.sign = {'kid': self.one.key.kid}, stranger.sign
        self.refused('jwt-signature', b.sign_in, self.one)
        # a key that the token brings along is not looked at
        self.one.head = {'jwk': stranger.jwk(), 'jku': self.one.url + '/other-keys'}
        self.refused('jwt-signature', b.sign_in, self.one)
        self.one.head, self.one.sign = {'crit': ['exp']}, None
        self.refused('jwt-malformed', b.sign_in, self.one)
        self.one.right()
        b.sign_in(self.one)

    def test_S04_what_was_begun_is_good_once_in_the_browser_that_began_it(self):
        b, thief = Browser(self.port), Browser(self.port)
        answer = self.one.authorize(b.begin())
        self.refused('issuer-flow-unknown', thief.back, answer)  # no cookie
        thief.begin()
        self.refused('issuer-state', thief.back, answer)         # another's
        self.refused('issuer-flow-unknown', thief.back, answer)  # and what it had begun is over
        cookie = dict(b.jar)
        b.back(answer)
        again = Browser(self.port)
        again.jar = {'yh_sign_in': cookie['yh_sign_in']}
        self.refused('issuer-flow-unknown', again.back, answer)
        # a code that was used before
        b = Browser(self.port)
        fresh = self.one.authorize(b.begin())
        self.one.codes.pop(fresh['code'])
        self.refused('issuer-exchange', b.back, fresh)
        self.assertEqual(self.one.refused, ['code'])
        self.city.store.sql(f'UPDATE issuer_flow SET expires_at = {int(time.time() * 10 ** 6)}')
        b = Browser(self.port)
        late = self.one.authorize(b.begin())
        self.city.store.sql(f'UPDATE issuer_flow SET expires_at = {int(time.time() * 10 ** 6)}')
        self.refused('issuer-flow-unknown', b.back, late)

    def test_S04_an_answer_of_another_issuer_or_a_denial_is_none(self):
        for change, slug in (({'iss': self.other.url}, 'issuer-other'), ({'iss': None}, 'issuer-other'),
                             ({'code': None, 'error': 'access_denied'}, 'issuer-denied'), ({'code': None}, 'issuer-state')):
            b = Browser(self.port)
            answer = dict(self.one.authorize(b.begin()), **change)
            self.refused(slug, b.back, {k: v for k, v in answer.items() if v is not None})
        self.assertEqual(self.one.refused, [])

    def test_S04_an_issuer_that_does_not_name_itself_is_told_by_where_it_sends_the_browser(self):
        self.one.more = {'authorization_response_iss_parameter_supported': False}
        self.city.server.stop()
        self.city.server.start(self.port)  # nothing is remembered
        self.one.asked.clear()
        self.other.asked.clear()

        def answer(begun, **change):  # begun at one, and not a word of who it is
            b = Browser(self.port)
            said = dict(begun.authorize(b.begin('city' if begun is self.one else 'tls')), **change)
            del said['iss']
            return b, said
        for other in ('tls', 'none'):  # its code is handed to another
            b, said = answer(self.one, issuer=other)
            self.refused('issuer-other', b.back, said)
        b, said = answer(self.one)
        self.refused('issuer-state', b.back, dict(said, state=answer(self.other)[1]['state']))
        self.assertNotIn('/token', self.one.asked + self.other.asked)
        b, said = answer(self.one)
        self.refused('field-code', b.back, dict(said, issuer='city/'))
        self.refused('field-required', b.back, {k: v for k, v in said.items() if k != 'issuer'})
        b.back(said)
        self.assertEqual(b.call('GET', '/api/v1/session')['login'], 'u1')

    def test_S05_nobody_is_signed_in_whom_no_account_is_bound_to(self):
        body = self.refused('issuer-not-bound', Browser(self.port).sign_in, self.one, 'stranger')
        self.assertEqual(body['figures'], {'issuer': 'city', 'subject': 'stranger'})
        self.assertEqual(self.events('sign-in.failed', 'issuer-not-bound')[0]['after'], 'city')

    def test_S05_an_account_made_for_who_the_issuer_vouches_for_has_no_role_and_no_password(self):
        b = Browser(self.port)
        b.sign_in(self.other, 'new-1', 'tls', preferred_username='wang.wu', name='王五')
        me = b.call('GET', '/api/v1/session')
        self.assertEqual((me['login'], me['name'], me['roles'], me['must_change_password']),
                         ('wang.wu', '王五', [], False))
        self.assertTrue(b.call('GET', '/api/v1/account/issuers')['only'])
        # a name that is taken, or none
        for sub, login in (('new-2', 'wang.wu'), ('new-3', '../../x')):
            other = Browser(self.port)
            other.sign_in(self.other, sub, 'tls', preferred_username=login)
            self.assertRegex(other.call('GET', '/api/v1/session')['login'], '^sso-[0-9a-f]{16}$')
        City.wait_until(lambda: [e['after'] for e in self.events('person.created')].count('wang.wu') == 1,
                        'the account that was made is not on record')

    def test_S04_one_binds_ones_own_account_and_a_subject_is_bound_once(self):
        u2 = self.city.who['u2']
        b = Browser(self.port)
        b.jar, b.csrf = {'yh_session': u2.token}, u2.csrf
        location = b.call('POST', '/api/v1/account/issuers/city')['location']
        answer = self.one.authorize(location, 'u-2')
        self.refused('issuer-state', Browser.back, self.copy(b), answer)  # it was begun to bind, not to sign in
        location = b.call('POST', '/api/v1/account/issuers/city')['location']
        bound = b.call('POST', '/api/v1/account/issuers', self.one.authorize(location, 'u-2'))
        self.assertEqual((bound['issuer'], bound['subject'], bound['used_at']), ('city', 'u-2', None))
        Browser(self.port).sign_in(self.one, 'u-2')
        location = b.call('POST', '/api/v1/account/issuers/city')['location']
        self.refused('issuer-bound-already', b.call, 'POST', '/api/v1/account/issuers',
                     self.one.authorize(location, 'u-1'))
        self.refused('issuer-binding-unknown', self.city.who['e1'].call, 'DELETE',
                     '/api/v1/account/issuers/' + bound['id'])
        b.call('DELETE', '/api/v1/account/issuers/' + bound['id'])
        self.refused('issuer-not-bound', Browser(self.port).sign_in, self.one, 'u-2')
        self.assertTrue(self.events('issuer.unbound', 'u-2'))

    def copy(self, browser):
        b = Browser(self.port)
        b.jar = {k: v for k, v in browser.jar.items() if k == 'yh_sign_in'}
        return b

    def test_S05_S06_the_security_administrator_binds_others_but_no_administrator(self):
        path = '/api/v1/people/%s/issuers'
        self.refused('not-permitted', self.city.who['e1'].call, 'GET', path % 'u1')
        for login in ('sysadmin', 'auditor', 'secadmin'):
            self.refused('issuer-bind-administrator', self.sec.call, 'POST', path % login,
                         {'issuer': 'city', 'subject': 'mine'})
        self.refused('issuer-bound-already', self.sec.call, 'POST', path % 'e1',
                     {'issuer': 'city', 'subject': 'u-1'})
        self.refused('issuer-subject', self.sec.call, 'POST', path % 'e1', {'issuer': 'city', 'subject': '名'})
        self.refused('issuer-unknown', self.sec.call, 'POST', path % 'e1', {'issuer': 'none', 'subject': 'x'})

    def test_S06_who_comes_to_administrate_is_bound_by_nobody_else(self):
        made = self.sec.call('POST', '/api/v1/people', {'login': 'rises', 'name': '升任'})
        self.city.first('rises', made['one_time_password'])
        b, path = Browser(self.port), '/api/v1/people/rises/issuers'
        self.sec.call('POST', path, {'issuer': 'city', 'subject': 'r-1'})
        b.sign_in(self.one, 'r-1')
        self.sec.call('PUT', '/api/v1/people/rises/sign-in', {'only': True})
        self.refused('token-unknown', b.call, 'GET', '/api/v1/session')
        b = Browser(self.port)
        b.sign_in(self.one, 'r-1')
        act = self.sec.call('POST', '/api/v1/people/rises/grants',
                            {'role': 'auditor', 'org': 'platform', 'capacity': 'sign', 'reason': '到岗'})
        self.refused('issuer-bind-administrator', self.sec.call, 'POST', path, {'issuer': 'city', 'subject': 'r-2'})
        self.city.who['secadmin2'].call('POST', f"/api/v1/acts/{act['id']}/decision",
                                        {'outcome': 'confirm', 'reason': '情况属实'})
        self.assertEqual(self.sec.get(path), {'items': [], 'only': True})
        self.assertTrue(self.events('issuer.unbound', 'r-1'))
        self.refused('token-unknown', b.call, 'GET', '/api/v1/session')
        self.refused('issuer-not-bound', Browser(self.port).sign_in, self.one, 'r-1')
        # at the machine itself such an account is opened again, by a password alone
        self.sec.call('POST', '/api/v1/people/rises/close', {'reason': '待查'})
        self.city.server.stop()
        said = subprocess.run([f'{BIN}/yunheng', 'rescue', 'rises', *self.city.store.args(), '--reason', '当面核实'],
                              check=True, capture_output=True, text=True).stdout.split()
        self.city.server.start(self.port)
        self.assertTrue(Session(self.port, login=('rises', said[1])).begin()['must_change_password'])
        self.assertEqual(self.sec.get('/api/v1/people/rises')['status'], 'active')

    def test_S04_S05_a_program_is_bound_to_nobody_and_a_token_binds_nothing(self):
        self.sec.call('POST', '/api/v1/services', {'login': 'svc-bound', 'name': '程序', 'owner': 'u2',
                                                   'last_day': (today() + datetime.timedelta(9)).isoformat()})
        self.refused('service-issuer', self.sec.call, 'POST', '/api/v1/people/svc-bound/issuers',
                     {'issuer': 'city', 'subject': 'svc'})
        self.refused('service-issuer', self.sec.call, 'PUT', '/api/v1/people/svc-bound/sign-in', {'only': True})
        # one that was bound before that was refused
        bound = self.sec.call('POST', '/api/v1/people/e1/issuers', {'issuer': 'city', 'subject': 'svc'})
        key = self.city.store.key(bound['id'])
        self.city.store.sql("UPDATE issuer_subject SET person = (SELECT id FROM person WHERE login = 'svc-bound')"
                            f" WHERE id = {key}")
        self.refused('sign-in-failed', Browser(self.port).sign_in, self.one, 'svc')
        u2 = self.city.who['u2']
        token = u2.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'all', 'days': 1})['token']
        bearer = {'Authorization': 'Bearer ' + token}
        for method, at in (('POST', '/issuers/city'), ('DELETE', '/issuers/' + bound['id'])):
            status, said, _ = Session(self.port).raw(method, '/api/v1/account' + at, None, bearer)
            self.assertEqual((status, said['slug']), (403, 'session-required'))

    def test_S04_an_account_may_be_signed_in_to_through_the_issuer_alone(self):
        self.refused('issuer-not-bound-yet', self.sec.call, 'PUT', '/api/v1/people/o1/sign-in', {'only': True})
        bound = self.sec.call('POST', '/api/v1/people/o1/issuers', {'issuer': 'city', 'subject': 'o-1'})
        self.sec.call('PUT', '/api/v1/people/o1/sign-in', {'only': True})
        self.refused('sign-in-by-issuer', self.city.server.session, 'o1')
        self.refused('sign-in-failed', self.city.server.session, 'o1', 'Wrong-Passw0rd!')
        Browser(self.port).sign_in(self.one, 'o-1')
        self.refused('issuer-only-way', self.sec.call, 'DELETE', f'/api/v1/people/o1/issuers/{bound["id"]}')
        self.sec.call('PUT', '/api/v1/people/o1/sign-in', {'only': False})
        self.city.server.session('o1')
        self.sec.call('DELETE', f'/api/v1/people/o1/issuers/{bound["id"]}')

    def test_S27_an_issuer_that_is_away_slow_or_answers_too_much_holds_up_nobody(self):
        self.city.server.stop()
        self.city.server.start(self.port)  # nothing is remembered
        self.one.keys_bytes = b'{"keys":[' + b'{"kty":"RSA"},' * 30000 + b'{}]}'
        self.refused('issuer-away', Browser(self.port).sign_in, self.one)
        self.refused('issuer-away', Browser(self.port).sign_in, self.one)  # nor asked again at once
        self.one.right()
        self.city.server.stop()
        self.city.server.start(self.port)
        self.one.elsewhere = True
        body = self.refused('issuer-away', Browser(self.port).sign_in, self.one)
        self.assertEqual(body['figures']['detail'], 'HTTP 302')
        self.assertNotIn('/other-keys', self.one.asked)
        self.one.right()
        self.city.server.stop()
        self.city.server.start(self.port)
        self.one.more = {'issuer': self.other.url}
        self.refused('issuer-metadata', Browser(self.port).begin)
        self.one.more = {'token_endpoint': 'http://example.net/token'}
        self.assertEqual(self.refused('issuer-metadata', Browser(self.port).begin)['figures']['member'],
                         'token_endpoint')
        self.one.right()
        Browser(self.port).sign_in(self.one)
        self.refused('issuer-away', Browser(self.port).begin, 'untrusted')  # its certificate is nobody's

    def test_S27_two_ask_issuers_at_once_and_whoever_comes_then_is_told_to_wait(self):
        self.city.server.stop()
        self.city.server.start(self.port)  # nothing is remembered
        self.one.asked.clear()
        self.one.slow = True
        self.one.go_on.clear()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            try:
                asking = [pool.submit(Browser(self.port).begin) for _ in range(2)]
                City.wait_until(lambda: len(self.one.asked) == 2, 'they do not ask at once')
                status, said = Browser(self.port).send('POST', '/api/v1/issuers/tls/sign-in')
                Session(self.port).get('/api/v1/issuers')  # all else goes on
            finally:
                self.one.right()
            begun = [each.result() for each in asking]
        self.assertEqual((status, said['slug']), (503, 'issuer-busy'))
        self.assertEqual([b.startswith(self.one.url) for b in begun], [True] * 2)
        self.city.server.session('u1')
        Browser(self.port).begin('tls')

    def test_S02_an_issuer_ends_the_sessions_that_came_of_it_and_no_others(self):
        b, by_password = Browser(self.port), self.city.server.session('u1')
        b.sign_in(self.one)
        send = Session(self.port).call
        form = {'Content-Type': 'application/x-www-form-urlencoded'}

        def tell(**claims):
            return send('POST', '/api/v1/issuers/city/logout',
                        ('logout_token=' + self.one.logout_token(**claims)).encode(), form)
        for claims, claim in (({'sub': 'u-1', 'events': {}}, 'events'), ({'sub': 'u-1', 'nonce': 'x'}, 'nonce'),
                              ({}, 'sub'), ({'sub': 'u-1', 'aud': 'another'}, 'aud'), ({'sub': 'u-1', 'jti': None}, 'jti')):
            self.assertEqual(self.refused('issuer-token', tell, **claims)['figures']['claim'], claim)
        self.assertEqual(tell(sid='s-another'), {'ended': 0})
        self.assertEqual(b.call('GET', '/api/v1/session')['login'], 'u1')
        token = self.one.logout_token(sub='u-1', sid='s-u-1')
        self.assertGreater(send('POST', '/api/v1/issuers/city/logout', ('logout_token=' + token).encode(), form)['ended'], 0)
        self.refused('token-unknown', b.call, 'GET', '/api/v1/session')
        by_password.get('/api/v1/session')
        self.refused('issuer-token-used', send, 'POST', '/api/v1/issuers/city/logout',
                     ('logout_token=' + token).encode(), form)

    def test_S14_many_who_begin_and_do_not_come_back_lock_nobody_out(self):
        if self.postgres:
            self.skipTest('one text for both engines, and thousands of rows')
        first = Browser(self.port)
        where = first.begin()
        conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        self.addCleanup(conn.close)
        for _ in range(5000):
            conn.request('POST', '/api/v1/issuers/city/sign-in')
            reply = conn.getresponse()
            reply.read()
            self.assertEqual(reply.status, 200)
        Browser(self.port).sign_in(self.one)
        self.refused('issuer-flow-unknown', first.back, self.one.authorize(where, 'u-1'))

    def test_who_signs_out_is_told_where_to_sign_out_at_the_issuer(self):
        b = Browser(self.port)
        b.sign_in(self.one)
        out = b.call('GET', '/api/v1/session/issuer')
        self.assertEqual(out['location'], f'{self.one.url}/leave?client_id={issuers.CLIENT}&post_logout_redirect_uri='
                         + urllib.parse.quote(HOME + '/sign-in', safe=''))
        by_password = Session(self.port, login=self.city.who['u1'].login).sign_in()
        self.assertIsNone(by_password.get('/api/v1/session/issuer')['location'])

    # proves S03, S10
    def test_zz_S09_every_refusal_is_on_record_and_no_secret_is(self):
        for slug in ('issuer-state', 'issuer-token', 'issuer-other', 'issuer-denied', 'jwt-algorithm',
                     'jwt-signature', 'issuer-exchange'):
            self.assertTrue(self.events('sign-in.failed', slug), slug)
        record = json.dumps(self.city.who['auditor'].get('/api/v1/audit/events', limit=200), ensure_ascii=False)
        with open(self.city.server.log, encoding='utf-8') as f:
            record += f.read()
        spoken = {s for each in (self.one, self.other) for s in each.secrets if s} | {issuers.SECRET}
        self.assertGreater(len(spoken), 50)
        self.assertEqual([s for s in spoken if s in record], [])
        stored = b''
        for name in ('yunheng.db', 'yunheng.db-wal') if not self.postgres else ():
            with open(os.path.join(self.city.store.data, name), 'rb') as f:
                stored += f.read()
        self.assertEqual([s for s in spoken if s.encode() in stored], [])


on_both_engines(Issued)


class File(unittest.TestCase):
    """The issuers' file, by `yunheng config check`."""

    def setUp(self):
        self.one = issuers.Issuer()
        self.addCleanup(self.one.close)

    def fault(self, text=None, url=HOME, **more):
        import test_config
        path = os.path.join(self.one.folder, 'issuers.yaml')
        if text is None:
            issuers.write(path, city=self.one.settings(**more))
        else:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
        conf = os.path.join(self.one.folder, 'yunhengd.conf')
        with open(conf, 'w', encoding='utf-8') as f:
            f.write(f'data = {self.one.folder}\nissuers = {path}\n' + (f'public-url = {url}\n' if url else ''))
        done = test_config.config('check', conf)
        found = re.findall(r'^yunheng: ([a-z-]+): ', done.stderr, re.M)
        self.assertEqual(done.returncode, 1 if found else 0, done.stderr)
        return found

    def test_each_fault_is_told(self):
        self.assertEqual(self.fault(), [])
        self.assertEqual(self.fault(url=None), ['config-needs'])
        for more, slug in (({'issuer': 'http://example.net'}, 'issuer-key-value'), ({'plain': False}, 'issuer-key-value'),
                           ({'issuer': 'http://127.0.0.1.example.net'}, 'issuer-key-value'),
                           ({'client_id': None}, 'issuer-key-missing'), ({'algorithms': ['HS256']}, 'issuer-key-value'),
                           ({'algorithms': ['none']}, 'issuer-key-value'), ({'scopes': ['email']}, 'issuer-key-value'),
                           ({'skew_seconds': 3600}, 'issuer-key-value'), ({'colour': 'red'}, 'issuer-key-unknown'),
                           ({'second_factor': {'foo': ['x']}}, 'issuer-key-unknown'),
                           ({'client_secret_file': '/nowhere'}, 'issuers-unreadable')):
            self.assertEqual(self.fault(**more), [slug], more)
        for text in ('', 'issuers: {}', 'issuers: [a]', 'issuers:\n  A b: {}\n', 'other: 1\n'):
            self.assertEqual(len(self.fault(text)), 1, text)


if __name__ == '__main__':
    unittest.main()
