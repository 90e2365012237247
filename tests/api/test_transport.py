"""The listener as strangers meet it: TLS of its own, where administrators may act from, how often one
may ask, and how long one may dawdle."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

import issuer
from city import City, Server, Session, PASSWORD

PLAIN = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer'}


def certificate(folder, name, days=365, ca=None):
    """A pair of files; `ca`: signed by that pair, else by itself."""
    cert, key = os.path.join(folder, name + '.pem'), os.path.join(folder, name + '.key')
    signer = ['-CA', ca[0], '-CAkey', ca[1]] if ca else []
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', key, '-out', cert, '-days', str(days), '-subj', f'/CN={name}',
                    '-addext', 'subjectAltName=IP:127.0.0.1', *signer], check=True, capture_output=True)
    return cert, key


class Listener(unittest.TestCase):
    """One small city; each test starts the server anew with what it is about."""

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.server.stop()
        cls.folder = cls.city.store.dir

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @contextlib.contextmanager
    def server(self, *extra, **more):
        server = Server(self.city.store, '--no-web', *extra, **more)
        try:
            yield server
        finally:
            self.assertEqual(server.stop(), 0)

    def ask(self, port, path='/readyz', method='GET', headers=None, body=None, tls=None):
        conn = (http.client.HTTPSConnection('127.0.0.1', port, timeout=60, context=tls) if tls else
                http.client.HTTPConnection('127.0.0.1', port, timeout=60))
        try:
            conn.request(method, path, body, headers or {})
            reply = conn.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            conn.close()

    @contextlib.contextmanager
    def issuing(self):
        """The settings of a server that signs in at an issuer, which is there."""
        one = issuer.Issuer()
        try:
            path = issuer.write(os.path.join(one.folder, 'issuers.yaml'), city=one.settings())
            yield '--issuers', path, '--public-url', 'https://yunheng.example'
        finally:
            one.close()

    @staticmethod
    def log(server):
        with open(server.log, encoding='utf-8') as f:
            return f.read()

    SIGN_IN = {'method': 'POST', 'path': '/api/v1/session',
               'body': '{"login": "u1", "password": "' + PASSWORD + '"}'}
    JSON = {'Content-Type': 'application/json'}

    def wrong(self, n):
        return {**self.SIGN_IN, 'body': '{"login": "nobody%d", "password": "wrong-1"}' % n}


class Tls(Listener):
    def trusting(self, cert, **more):
        context = ssl.create_default_context(cafile=cert)
        for key, value in more.items():
            setattr(context, key, value)
        return context

    def test_S03_tls_of_its_own_makes_cookies_secure_and_browsers_stay_with_it(self):
        cert, key = certificate(self.folder, 'one')
        with self.server('--tls-cert', cert, '--tls-key', key) as server:
            status, headers, _ = self.ask(server.port, headers=self.JSON, tls=self.trusting(cert), **self.SIGN_IN)
            self.assertEqual(status, 200)
            self.assertIn('; Secure', headers['Set-Cookie'])
            # by a name that no neighbour of the host may set; one that it may is no session
            mine = headers['Set-Cookie'].split(';')[0]
            self.assertEqual(mine.split('=')[0], '__Host-yh_session')
            for cookie, status in ((mine, 200), (mine.removeprefix('__Host-'), 401),
                                   ('yh_session=planted; ' + mine, 200)):
                self.assertEqual(self.ask(server.port, '/api/v1/session', tls=self.trusting(cert),
                                          headers={'Cookie': cookie})[0], status, cookie)
            self.assertEqual(headers['Strict-Transport-Security'], 'max-age=31536000')
            with socket.create_connection(('127.0.0.1', server.port), 60) as raw:
                with self.trusting(cert).wrap_socket(raw, server_hostname='127.0.0.1') as s:
                    self.assertEqual(s.version(), 'TLSv1.3')
            # nothing older than TLS 1.2, and nothing in clear
            old = self.trusting(cert, minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
            old.set_ciphers('ALL:@SECLEVEL=0')
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.ask(server.port, tls=old)
            weak = self.trusting(cert, maximum_version=ssl.TLSVersion.TLSv1_2)
            weak.set_ciphers('AES128-SHA:ECDHE-ECDSA-AES128-SHA')
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.ask(server.port, tls=weak)
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                self.ask(server.port)
            text = self.ask(server.port, '/metrics', tls=self.trusting(cert))[2].decode()
            self.assertRegex(text, r'(?m)^yunheng_tls_certificate_end_timestamp_seconds \d{10}$')

    def test_S03_S04_the_cookie_of_a_sign_in_at_an_issuer_is_secure_too(self):
        cert, key = certificate(self.folder, 'issuing')
        with self.issuing() as issuing, self.server('--tls-cert', cert, '--tls-key', key, *issuing) as server:
            tls = self.trusting(cert)
            status, headers, body = self.ask(server.port, '/api/v1/issuers/city/sign-in', 'POST', tls=tls)
            self.assertEqual(status, 200, body)
            self.assertRegex(headers['Set-Cookie'], '^__Host-yh_sign_in=.*; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=600$')

    def test_S03_a_new_certificate_is_taken_up_under_load_and_no_connection_fails(self):
        one, two = certificate(self.folder, 'now'), certificate(self.folder, 'next', days=10)
        live = [os.path.join(self.folder, name) for name in ('live.pem', 'live.key')]
        both = os.path.join(self.folder, 'both.pem')
        with open(both, 'wb') as f:
            for pair in (one, two):
                with open(pair[0], 'rb') as part:
                    f.write(part.read())

        def put(pair):
            for source, to in zip(pair, live):
                shutil.copy(source, to + '.new')
                os.replace(to + '.new', to)

        put(one)
        faults, stop, asked = [], threading.Event(), [0] * 4

        def load(port, n):
            while not stop.is_set():
                try:
                    if self.ask(port, tls=self.trusting(both))[0] != 200:
                        raise AssertionError('not served')
                    asked[n] += 1
                except Exception as e:  # pylint: disable=broad-except
                    faults.append(e)

        def shown(port):
            with socket.create_connection(('127.0.0.1', port), 60) as raw:
                with self.trusting(both).wrap_socket(raw, server_hostname='127.0.0.1') as s:
                    return dict(x[0] for x in s.getpeercert()['subject'])['commonName']

        with self.server('--tls-cert', live[0], '--tls-key', live[1]) as server:
            threads = [threading.Thread(target=load, args=(server.port, n)) for n in range(4)]
            for t in threads:
                t.start()
            try:
                self.assertEqual(shown(server.port), 'now')
                put(two)
                server.process.send_signal(signal.SIGHUP)
                City.wait_until(lambda: shown(server.port) == 'next', 'the new certificate was not taken up')
                put((two[0], one[1]))  # no pair: the server stays with what it has
                server.process.send_signal(signal.SIGHUP)
                City.wait_until(lambda: 'tls-key-other' in self.log(server), 'the wrong pair was not noticed')
                self.assertEqual(shown(server.port), 'next')
                City.wait_until(lambda: min(asked) > 20, 'no load')
            finally:
                stop.set()
                for t in threads:
                    t.join()
            self.assertEqual(faults, [])
            self.assertIn('tls-expiring', self.ask(server.port, tls=self.trusting(both))[2].decode())

    def test_S31_the_districts_link_shows_a_certificate_when_the_city_asks_for_one(self):
        server_pair, ca = certificate(self.folder, 'city'), certificate(self.folder, 'ca')
        with self.server('--tls-cert', server_pair[0], '--tls-key', server_pair[1], '--tls-client-ca',
                         ca[0]) as server:
            bare, known = self.trusting(server_pair[0]), self.trusting(server_pair[0])
            known.load_cert_chain(*ca)
            for path in ('/api/v1/link/batch', '/api/v1/link/enrolments'):
                status, _, body = self.ask(server.port, path, 'POST', self.JSON, '{}', bare)
                self.assertEqual((status, 'client-certificate-needed' in body.decode()), (403, True))
                _, _, body = self.ask(server.port, path, 'POST', self.JSON, '{}', known)
                self.assertNotIn('client-certificate-needed', body.decode())
            self.assertEqual(self.ask(server.port, tls=bare)[0], 200)  # persons need none


class Limits(Listener):
    def test_S03_nobody_signs_in_in_clear_from_elsewhere_by_a_password_or_an_issuer(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(('192.0.2.1', 9))  # sends nothing: asks for the way
            except OSError:
                self.skipTest('this machine has no other address')
            address = probe.getsockname()[0]
        ways = [(self.SIGN_IN['path'], self.SIGN_IN['body'], 200), ('/api/v1/issuers/city/sign-in', None, 200),
                ('/api/v1/session/issuer', '{"issuer": "city", "state": "s.0"}', 404)]
        for extra in ((), ('--plain-sign-in',)):
            with self.issuing() as issuing, self.server(*extra, *issuing, listen='0.0.0.0') as server:
                for path, body, wanted in ways:
                    conn = http.client.HTTPConnection(address, server.port, timeout=60)
                    conn.request('POST', path, body, self.JSON)
                    reply = conn.getresponse()
                    text = reply.read().decode()
                    self.assertEqual(reply.status, wanted if extra else 403, (path, text))
                    self.assertEqual('sign-in-needs-tls' in text, not extra, text)
                    conn.close()

    def test_S14_administrators_act_from_the_ranges_that_are_set_and_proxies_are_believed_by_address(self):
        sysadmin, unit = (self.city.who[n] for n in ('sysadmin', 'u1'))

        def show(port, who, forwarded=None):
            return self.ask(port, '/api/v1/session', headers={
                'Cookie': 'yh_session=' + who.token, **({'X-Forwarded-For': forwarded} if forwarded else {})})

        with self.server('--admin-from', '10.9.0.0/16,2001:db8::/32', '--trust-proxy') as server:
            p = server.port
            self.assertEqual(show(p, sysadmin)[0], 403)
            self.assertIn('address-not-admitted', show(p, sysadmin)[2].decode())
            self.assertEqual(show(p, sysadmin, '10.9.1.1')[0], 200)
            self.assertEqual(show(p, sysadmin, '2001:db8::7')[0], 200)
            self.assertEqual(show(p, sysadmin, '10.9.1.1, 10.8.1.1')[0], 403)
            self.assertEqual(show(p, unit)[0], 200)
        for extra in (('--trust-proxy', '--proxy-from', '10.0.0.1'), ()):  # not the proxy; not believed by default
            with self.server('--admin-from', '10.9.0.0/16', *extra) as server:
                self.assertEqual(show(server.port, sysadmin, '10.9.1.1')[0], 403)

    def test_S14_who_asks_too_often_waits_and_others_do_not(self):
        u1, u2 = (self.city.who[n] for n in ('u1', 'u2'))
        def ask(server, source, who=None, **more):
            return self.ask(server.port, headers={'X-Forwarded-For': source, **self.JSON,
                                                  **({'Cookie': 'yh_session=' + who.token} if who else {})}, **more)

        # one a minute, and ten at once: whatever the machine's pace, the twelfth comes too early
        with self.server('--trust-proxy', '--rate-address', '1', '--rate-account', '0') as s:
            statuses = [ask(s, '192.0.2.1')[0] for _ in range(12)]
            self.assertEqual((statuses[:10], statuses[11]), ([200] * 10, 429))
            status, headers, body = ask(s, '192.0.2.1')
            self.assertEqual(status, 429)
            self.assertRegex(headers['Retry-After'], r'^[1-9]\d*$')
            self.assertIn('rate-limited', body.decode())
            self.assertEqual(ask(s, '192.0.2.2')[0], 200)
            self.assertEqual([ask(s, f'2001:db8::{n}')[0] for n in range(1, 13)][-1], 429)  # a /64 is one address
            self.assertEqual(self.ask(s.port)[0], 200)  # this machine is not held back
            self.assertRegex(self.ask(s.port, '/metrics')[2].decode(), r'(?m)^yunheng_http_limited_total [1-9]')
        with self.server('--trust-proxy', '--rate-account', '1', '--rate-sign-in', '1') as s:
            got = [ask(s, f'198.51.100.{n}', u1, path='/api/v1/session')[0] for n in range(12)]
            self.assertEqual((got[:10], got[11]), ([200] * 10, 429))
            self.assertEqual(ask(s, '198.51.100.1', u2, path='/api/v1/session')[0], 200)
            # an office behind one address signs in; who guesses from there waits
            self.assertEqual({ask(s, '203.0.113.5', **self.SIGN_IN)[0] for _ in range(12)}, {200})
            begun, tries = time.monotonic(), 0
            while (status := ask(s, '203.0.113.5', **self.wrong(tries))[0]) == 401:
                tries += 1
            self.assertEqual(status, 429)
            self.assertTrue(10 <= tries <= 11 + (time.monotonic() - begun) / 60, tries)
            self.assertEqual(ask(s, '203.0.113.5', **self.SIGN_IN)[0], 429)
            self.assertEqual(ask(s, '203.0.113.6', **self.SIGN_IN)[0], 200)
            self.assertEqual(ask(s, '203.0.113.5')[0], 200)

    def test_S14_those_who_sign_what_they_send_share_no_address(self):
        with self.server('--trust-proxy', '--rate-address', '1') as s:
            def send(path, kind):
                return self.ask(s.port, path, 'POST', {'X-Forwarded-For': '192.0.2.9', 'Content-Type': kind,
                                                       'Content-Encoding': 'snappy'}, b'x')[0]
            batches = f'/api/v1/agents/{"0" * 32}/batches'
            self.assertNotIn(429, [send(batches, 'application/x-protobuf') for _ in range(12)])
            self.assertNotIn(429, [send('/api/v1/link/batch', 'application/octet-stream') for _ in range(12)])

    def test_S14_who_speaks_for_others_and_is_no_proxy_is_told_of_once(self):
        with self.server('--trust-proxy', '--proxy-from', '192.0.2.0/24') as s:
            for n in range(3):
                self.assertEqual(self.ask(s.port, headers={'X-Forwarded-For': f'198.51.100.{n}'})[0], 200)
            self.assertEqual(self.log(s).count('forwarded-by-stranger'), 1)

    def dawdlers(self, port):
        slow = [socket.create_connection(('127.0.0.1', port), 60) for _ in range(6)]
        for s in slow:
            self.addCleanup(s.close)
            s.sendall(b'GET /readyz HTTP/1.1\r\nHost: x\r\n')
        return slow

    def test_S14_one_address_does_not_take_all_connections(self):
        with self.server('--rate-local', '--connections-each', '6') as server:
            slow = self.dawdlers(server.port)
            City.wait_until(lambda: self.turned_away(server.port), 'a seventh is let in')  # once the six are
            for s in slow:
                s.close()
            City.wait_until(lambda: self.readable(server.port), 'the room was not given back')

    @staticmethod
    def turned_away(port):
        with socket.create_connection(('127.0.0.1', port), 60) as more:
            with contextlib.suppress(ConnectionError):
                more.sendall(b'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n')
                return more.recv(100) == b''
        return True

    def test_S14_trickling_does_not_keep_a_connection_beyond_its_time(self):
        with self.server('--request-deadline', '1') as server:
            open_ = self.dawdlers(server.port)
            for s in open_:
                s.settimeout(0.2)

            def trickle():
                for s in list(open_):
                    try:
                        s.sendall(b'a')
                        if s.recv(100) == b'':
                            open_.remove(s)
                    except TimeoutError:
                        pass
                    except ConnectionError:
                        open_.remove(s)
                return not open_

            City.wait_until(trickle, 'a dawdler kept its connection')
            self.assertEqual(self.ask(server.port)[0], 200)

    def readable(self, port):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask(port)[0] == 200
        return False

    def test_S03_every_kind_of_reply_says_what_browsers_may_do_with_it(self):
        with tempfile.TemporaryDirectory() as web, open(os.path.join(web, 'index.html'), 'w', encoding='ascii') as f:
            f.write('<!doctype html><title>x</title>')
            f.flush()
            server = Server(self.city.store, '--web', web, '--secure-cookie')
            self.addCleanup(server.stop)
            u1 = self.city.who['u1']
            cookie = {'Cookie': '__Host-yh_session=' + u1.token}
            replies = {
                'json': self.ask(server.port, '/api/v1/session', headers=cookie),
                'problem': self.ask(server.port, '/api/v1/none'),
                'unauthenticated': self.ask(server.port, '/api/v1/session'),
                'method': self.ask(server.port, '/readyz', 'DELETE'),
                'head': self.ask(server.port, '/readyz', 'HEAD'),
                'too large': self.ask(server.port, '/api/v1/session', 'POST', {**self.JSON, 'Content-Length': str(2 << 20)}),
                'file': self.ask(server.port, '/api/v1/projects?as=csv', headers=cookie),
                'text': self.ask(server.port, '/metrics'),
                'page': self.ask(server.port, '/'),
                'page of a path': self.ask(server.port, '/cases'),
            }
            etag = replies['page'][1]['ETag']
            replies['unchanged'] = self.ask(server.port, '/', headers={'If-None-Match': etag})
            self.assertEqual(replies['unchanged'][0], 304)
            for kind, (status, headers, _) in replies.items():
                for name, value in PLAIN.items():
                    self.assertEqual(headers.get(name), value, (kind, status))
                csp = headers['Content-Security-Policy']
                self.assertIn("frame-ancestors 'none'", csp, kind)
                self.assertIn("default-src 'none'", csp, kind)
                self.assertNotIn("'unsafe-eval'", csp, kind)
                self.assertNotRegex(csp, "script-src[^;]*'unsafe-inline'", kind)
                self.assertIn('camera=()', headers['Permissions-Policy'], kind)
                self.assertEqual(headers['Strict-Transport-Security'], 'max-age=31536000', kind)
                self.assertNotIn('Server', headers, kind)
            status, headers, _ = self.ask(server.port, headers=self.JSON, **self.SIGN_IN)
            self.assertRegex(headers['Set-Cookie'], r'^__Host-yh_session=\w+; Path=/; HttpOnly; SameSite=Strict; Secure$')
            self.assertEqual(json.loads(self.ask(server.port, '/api/v1/session', headers=cookie)[2])['login'], 'u1')


if __name__ == '__main__':
    unittest.main()
