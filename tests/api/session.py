"""One signed-in person of a test, who meets by itself what a sign-in asks for."""
import http.client
import json
import time
import urllib.parse

import shape_check
import totp

PASSWORD = 'Test-Passw0rd!x'

# What a session whose time has come, or that was cut off before it was complete, is answered with.
OWED = ('token-expired', 'password-must-change', 'second-factor-code')


class Problem(AssertionError):
    def __init__(self, status, body):
        super().__init__(f'{status} {json.dumps(body, ensure_ascii=False)}')
        self.status, self.body = status, body or {}
        self.slug = self.body.get('slug')


class Session:
    """One signed-in person (or nobody)."""

    def __init__(self, port, token=None, csrf=None, login=None, words=None, device=None, changed=None):
        self.port, self.token, self.csrf, self.words = port, token, csrf, words
        self.device = device  # of the second factor, once there is one
        self.changed = {} if changed is None else changed  # passwords that were too old, by login
        self.login = login  # (login, password): signs in again when the clock was turned
        self.signing = False

    @property
    def cookie(self):
        """By either name, as behind TLS it is the other one: the server reads the one it sets."""
        return f'yh_session={self.token}; __Host-yh_session={self.token}'

    def raw(self, method, path, body=None, headers=None):
        conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        h = {'Accept-Language': 'en'}
        if self.words:
            path, body = self.words.path(path), self.words.body(body)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            h['Content-Type'] = 'application/json'
        if self.token:
            h['Cookie'] = self.cookie
            h['X-CSRF-Token'] = self.csrf
        h.update(headers or {})
        try:
            conn.request(method, path, body, h)
            reply = conn.getresponse()
            data = reply.read()
            shape_check.check(self.port, method, path, reply.status,
                              reply.getheader('Content-Type'), data)
            data = json.loads(data) if data else None
            if self.words:
                data = self.words.back(data)
            return reply.status, data, dict(reply.getheaders())
        finally:
            conn.close()

    def call(self, method, path, body=None, headers=None):
        status, data, _ = self.raw(method, path, body, headers)
        if self.login and not self.signing and status in (401, 403) and data.get('slug') in OWED:
            self.sign_in()
            status, data, _ = self.raw(method, path, body, headers)
        if status >= 300:
            raise Problem(status, data)
        return data

    def begin(self):
        """The first step of signing in."""
        login = self.login[0]
        password = self.changed.get(self.login, self.login[1])
        body = {'login': login, 'password': password}
        try:
            reply = Session(self.port).call('POST', '/api/v1/session', body)
        except Problem as problem:  # a server that was killed before it took the new one
            if problem.slug != 'sign-in-failed' or not password.endswith('+'):
                raise
            reply = Session(self.port).call('POST', '/api/v1/session', dict(body, password=password[:-1]))
            self.changed[self.login] = password[:-1]
        self.token, self.csrf = reply['token'], reply['csrf']
        return reply

    def prove(self):
        self.call('POST', '/api/v1/session/code', {'code': self.device.next()})

    def sign_in(self):
        self.signing = True
        try:
            reply = self.begin()
            if reply['second_factor'] == 'code':
                self.prove()
            return self.owe(reply)
        finally:
            self.signing = False

    def owe(self, reply):
        """Does what a sign-in asks for first: another password when the old one is too old, and a
        second factor where a role demands one."""
        if reply['must_change_password'] and self.login[1] != PASSWORD:
            return self  # of one time: the caller changes it, and nothing else is admitted before
        if reply['must_change_password']:
            old = self.changed.get(self.login, PASSWORD)
            self.changed[self.login] = old + '+'
            self.call('POST', '/api/v1/account/password', {'old_password': old, 'new_password': old + '+'})
        if reply['second_factor'] == 'enrol':
            self.enrol()
        if self.device and 0 < len(self.device.recovery) < 3:  # who signs in more often than codes change
            self.device.recovery = self.call('POST', '/api/v1/account/second-factor/recovery', {
                'code': self.device.next()})['recovery_codes']
        return self

    def change(self, to):
        self.call('POST', '/api/v1/account/password',
                  {'old_password': self.login[1], 'new_password': to})
        self.login = (self.login[0], to)

    def enrol(self, kind='sha1'):
        key = self.call('POST', '/api/v1/account/second-factor', {'kind': kind})['key']
        self.device = totp.Device(key, kind)
        self.device.recovery = self.call('POST', '/api/v1/account/second-factor/confirm',
                                         {'code': self.device.next()})['recovery_codes']

    def get(self, path, **query):
        return self.call('GET', path + ('?' + urllib.parse.urlencode(query) if query else ''))

    def bytes_of(self, path, **query):
        """The status of a GET, and its body as it is."""
        conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            conn.request('GET', path + ('?' + urllib.parse.urlencode(query) if query else ''),
                         headers={'Cookie': self.cookie})
            reply = conn.getresponse()
            return reply.status, reply.read()
        finally:
            conn.close()

    def file(self, procedure, form, **rest):
        return self.call('POST', '/api/v1/cases', dict(rest, procedure=procedure, form=form))

    def decide(self, case, step, outcome='approve', form=None, reason='依据充分，同意', **headers):
        body = {'outcome': outcome, 'reason': reason}
        if form is not None:
            body['form'] = form
        return self.call('POST', f'/api/v1/cases/{case}/steps/{step}/decision', body, headers)

    def later(self, path, body, **query):
        """What a job makes of a request, once it has ended: its result."""
        wait, end = self.call('POST', path, body)['wait'], time.monotonic() + 900
        while not (how := self.get(wait))['ended_at'] and time.monotonic() < end:
            time.sleep(0.02)
        if 'result' not in how:
            raise Problem(200, how)
        return self.get(how['result'], **query)

    def scan(self, body, **query):
        """A scan of use, once it is made: its results."""
        return self.later('/api/v1/watch/scans', body, **query)

    def settle(self, month, cloud='YH'):
        """A month, '2026-10', reckoned: its settlement."""
        return self.later('/api/v1/settlements', {'month': month, 'cloud': cloud})

    def case(self, case):
        return self.get(f'/api/v1/cases/{case}')
