"""nginx with the SM suites before a real server: docs/nginx-sm.conf as it is printed but for ports and paths, and
who speaks through it. Takes builds that Debian has not; see sm-proxy beside this."""
import contextlib
import http.client
import json
import os
import pathlib
import pwd
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import city  # pylint: disable=wrong-import-position

DOCS = pathlib.Path(__file__).resolve().parents[2] / 'docs'
TONGSUO, NGINX = os.environ.get('YH_TONGSUO'), os.environ.get('YH_SM_NGINX')
OPENSSL = os.environ.get('YH_OPENSSL', 'openssl')
NAME = 'yunheng.example.cn'
SM2_ID = 'distid:1234567812345678'
# Two certificates for each suite, the third and fourth want two of the client as well.
ECC, ECDHE = ('ECC-SM2-SM4-GCM-SM3', 'ECC-SM2-SM4-CBC-SM3'), ('ECDHE-SM2-SM4-GCM-SM3', 'ECDHE-SM2-SM4-CBC-SM3')
RFC_8998 = 'TLS_SM4_GCM_SM3'
SM_ONLY = ('-tls1_3', '-ciphersuites', RFC_8998, '-sigalgs', 'sm2sig_sm3')


def run(*command, ok=True, **more):
    done = subprocess.run(command, capture_output=True, text=True, errors='replace', timeout=60, **more)
    if ok and done.returncode:
        raise AssertionError(f'{command}\n{done.stdout}{done.stderr}')
    return done


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Papers:
    """An SM2 authority and an ordinary one, and what they issued: <name>.pem and <name>.key."""
    USES = {'sign': 'digitalSignature', 'enc': 'keyEncipherment,dataEncipherment,keyAgreement'}

    def __init__(self, folder):
        self.folder = folder
        sm, ordinary = ('-algorithm', 'SM2'), ('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256')
        self.authority('sm-ca', sm, ('-sm3', '-sigopt', SM2_ID))
        self.authority('ca', ordinary, ('-sha256',))
        self.authority('nobody', ordinary, ('-sha256',))
        for use in ('sign', 'enc'):
            self.issue('sm-' + use, NAME, 'sm-ca', sm, self.USES[use], 'serverAuth')
            self.issue('east-' + use, 'east', 'sm-ca', sm, self.USES[use], 'clientAuth')
        self.issue('private', NAME, 'ca', ordinary, self.USES['sign'], 'serverAuth')
        self.issue('stranger', 'east', 'nobody', ordinary, self.USES['sign'], 'clientAuth')
        self.issue('east', 'east', 'ca', ordinary, self.USES['sign'], 'clientAuth')
        self.join('fullchain.pem', 'private.pem')
        self.join('districts-ca.pem', 'sm-ca.pem', 'ca.pem')

    def at(self, name):
        return os.path.join(self.folder, name)

    def join(self, to, *names):
        with open(self.at(to), 'w', encoding='ascii') as f:
            for name in names:
                f.write(pathlib.Path(self.at(name)).read_text(encoding='ascii'))

    def authority(self, name, kind, digest):
        run('openssl', 'genpkey', *kind, '-out', self.at(name + '.key'))
        run('openssl', 'req', '-x509', '-new', '-key', self.at(name + '.key'), *digest, '-days', '30', '-subj', '/CN=' + name,
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', self.at(name + '.pem'))

    def issue(self, name, subject, by, kind, usage, purpose):
        digest = ('-sm3', '-sigopt', SM2_ID) if by == 'sm-ca' else ('-sha256',)
        asked, own = self.at(name + '.csr'), self.at(name + '.key')
        run('openssl', 'genpkey', *kind, '-out', own)
        run('openssl', 'req', '-new', '-key', own, *digest, '-subj', '/CN=' + subject, '-out', asked)
        with open(self.at(name + '.ext'), 'w', encoding='ascii') as f:
            f.write(f'basicConstraints=CA:FALSE\nkeyUsage=critical,{usage}\nextendedKeyUsage={purpose}\n'
                    f'subjectAltName=DNS:{subject},IP:127.0.0.1\n')
        run('openssl', 'x509', '-req', '-in', asked, *(('-vfyopt', SM2_ID) if by == 'sm-ca' else ()), '-CA', self.at(by + '.pem'),
            '-CAkey', self.at(by + '.key'), '-CAcreateserial', *digest, '-days', '30', '-extfile', self.at(name + '.ext'),
            '-out', self.at(name + '.pem'))

    def two(self):
        """A district's two certificates, for s_client."""
        return [word for use in ('sign', 'enc') for word in (f'-{use}_cert', self.at(f'east-{use}.pem'),
                                                             f'-{use}_key', self.at(f'east-{use}.key'))]


def block(part):
    """The one block of the guide that holds `part`."""
    guide = (DOCS / 'hardening.zh-CN.md').read_text(encoding='utf-8')
    found, = (b for b in re.findall(r'```[a-z]*\n(.*?)```', guide, re.S) if part in b)
    return found


def put(text, *changes):
    """Text as it is printed, with the ports and paths of this trial; each has to be in it."""
    for old, new in changes:
        text, n = re.subn(old, new, text)
        if not n:
            raise AssertionError(f'{old} is not in the configuration')
    return text


class Nginx:
    """One nginx, with the configuration of a site."""

    def __init__(self, folder, site, port):
        self.folder, self.port = folder, port
        os.makedirs(os.path.join(folder, 'logs'))
        user = f'user {pwd.getpwuid(os.geteuid()).pw_name};' if os.geteuid() == 0 else ''
        self.write(f'{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/logs/error.log info;\n'
                   'events {}\nhttp {\nlog_format said "$remote_addr $ssl_protocol $ssl_cipher $status $request";\n'
                   f'access_log {folder}/logs/said said;\n{site}\n}}\n')
        self.ntls = 'unknown directive "enable_ntls"' not in run(*self.command(), '-t', ok=False).stderr
        if not self.ntls:
            self.write(re.sub(r'(?m)^ *(enable_ntls|ssl_sign_|ssl_enc_).*\n', '', self.text))
        for line in run(*self.command(), '-t').stderr.splitlines():
            if '[warn]' in line and '"http2" directive instead' not in line:
                raise AssertionError(line)
        self.process = subprocess.Popen(self.command(), stderr=subprocess.DEVNULL)
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1):
                return
            time.sleep(0.05)
        raise AssertionError('nginx did not start')

    @classmethod
    def before(cls, server, papers, folder, districts=False):
        """The configuration of docs/ before a server, which listens there; `districts`: with what the guide
        says of their certificates."""
        site, port = (DOCS / 'nginx-sm.conf').read_text(encoding='utf-8'), free_port()
        if districts:
            outside, inside = re.split(r'(?m)^#.*server.*\n', block('ssl_verify_client optional;'))[1:]
            site = put(site, (r'server \{\n    listen 443', lambda m: outside + '\nserver {\n' + inside + '    listen 443'))
        return cls(folder, put(site, (r'(?m)^ *listen \[::\]:.*\n', ''), (r'listen 80;', f'listen 127.0.0.1:{free_port()};'),
                               (r'listen 443 ', f'listen 127.0.0.1:{port} '), (r'127\.0\.0\.1:8480', f'127.0.0.1:{server}'),
                               (r'/etc/ssl/yunheng', papers.folder)), port)

    @classmethod
    def of_district(cls, to, papers, folder):
        """What the guide prints for a district's own nginx, which calls the one there."""
        port = free_port()
        return cls(folder, put(block('proxy_enable_ntls on;'), (r'127\.0\.0\.1:8481', f'127.0.0.1:{port}'),
                               (r'https://yunheng\.example\.cn', f'https://127.0.0.1:{to}'),
                               (r'/etc/ssl/yunheng', papers.folder)), port)

    def command(self):
        return NGINX, '-p', self.folder, '-c', os.path.join(self.folder, 'conf')

    def write(self, text):
        self.text = text
        with open(os.path.join(self.folder, 'conf'), 'w', encoding='utf-8') as f:
            f.write(text)

    def said(self):
        with open(os.path.join(self.folder, 'logs', 'said'), encoding='utf-8', errors='replace') as f:
            return f.read()

    def close(self):
        self.process.terminate()
        self.process.wait(60)


class Tunnel:
    """A port of this machine from which each connection goes on through an `openssl s_client` of its own: whoever
    speaks plain HTTP to it speaks the suite to nginx."""

    def __init__(self, program, nginx, *how, source='127.0.0.1'):
        self.command = [program, 's_client', '-connect', f'127.0.0.1:{nginx.port}', '-bind', source + ':0', '-servername', NAME,
                        '-quiet', '-no_ign_eof', '-verify_return_error', *how]
        self.listener, self.children = socket.create_server(('127.0.0.1', 0)), []
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                with self.listener.accept()[0] as wire:
                    self.children.append(subprocess.Popen(self.command, stdin=wire, stdout=wire, stderr=subprocess.DEVNULL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for child in self.children:
            child.kill()
            child.wait()


def shaken(program, nginx, *how):
    """The protocol and suite of one handshake, or None where there was none; and all that was said."""
    said = run(program, 's_client', '-connect', f'127.0.0.1:{nginx.port}', '-servername', NAME, '-verify_return_error', *how,
               ok=False, stdin=subprocess.DEVNULL)
    text = said.stdout + said.stderr
    found = re.search(r'New, (\S+), Cipher is (\S+)', text)
    return (found.groups() if found and said.returncode == 0 else None), text


@unittest.skipUnless(TONGSUO and NGINX, 'needs the builds that sm-proxy is given')
class SmProxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = city.City(serve=('--trust-proxy', '--secure-cookie'))
        cls.addClassCleanup(cls.city.close)
        folder = cls.city.store.dir
        papers = os.path.join(folder, 'papers')
        os.mkdir(papers)
        cls.papers = Papers(papers)
        cls.nginx = Nginx.before(cls.city.server.port, cls.papers, os.path.join(folder, 'nginx'))
        cls.addClassCleanup(cls.nginx.close)
        cls.linked = Nginx.before(cls.city.server.port, cls.papers, os.path.join(folder, 'linked'), districts=True)
        cls.addClassCleanup(cls.linked.close)
        cls.sm, cls.ordinary = ('-CAfile', cls.papers.at('sm-ca.pem')), ('-CAfile', cls.papers.at('ca.pem'))

    def two_certificates(self):
        if not self.nginx.ntls:
            self.skipTest('this nginx has no NTLS')

    def works(self, nginx, how, protocol, suite, program=TONGSUO):
        """Somebody signs in through it, reads, and follows what is live."""
        before = len(nginx.said())
        with Tunnel(program, nginx, *how) as tunnel:
            u2 = city.Session(tunnel.port, login=('u2', city.PASSWORD), device=self.city.server.devices.get('u2'),
                              changed=self.city.server.changed).sign_in()
            self.assertEqual(u2.get('/api/v1/session')['login'], 'u2')
            status, _, headers = u2.raw('POST', '/api/v1/session', {'login': 'u2', 'password': city.PASSWORD})
            self.assertEqual((status, headers['Strict-Transport-Security']), (200, 'max-age=31536000'))
            self.assertIn('; Secure', headers['Set-Cookie'])
            conn = http.client.HTTPConnection('127.0.0.1', tunnel.port, timeout=60)
            conn.request('GET', '/api/v1/account/stream', headers={'Cookie': u2.cookie})
            reply = conn.getresponse()
            self.assertEqual((reply.status, reply.getheader('Content-Type')), (200, 'text/event-stream'))
            while not (line := reply.readline()).startswith(b'data:'):
                self.assertTrue(line, 'the stream ended')
            self.assertIn('today', json.loads(line[5:]))
            conn.close()
        said = nginx.said()[before:]
        for method in ('POST /api/v1/session ', 'GET /api/v1/session '):
            self.assertIn(f'127.0.0.1 {protocol} {suite} 200 {method}', said)

    def test_two_certificates_carry_a_sign_in_and_a_live_stream(self):
        self.two_certificates()
        for suite in ECC:
            with self.subTest(suite):
                self.works(self.nginx, ('-enable_ntls', '-ntls', '-cipher', suite, *self.sm), 'NTLSv1.1', suite)

    def test_with_a_clients_own_two_the_key_is_exchanged_anew_each_time(self):
        self.two_certificates()
        for suite in ECDHE:
            with self.subTest(suite):
                self.works(self.linked, ('-enable_ntls', '-ntls', '-cipher', suite, *self.sm, *self.papers.two()),
                           'NTLSv1.1', suite)

    def test_who_offers_every_suite_and_has_no_certificate_is_served(self):
        self.two_certificates()
        for nginx in (self.nginx, self.linked):
            for offered in (ECDHE + ECC, ECC + ECDHE):
                got, said = shaken(TONGSUO, nginx, '-enable_ntls', '-ntls', '-cipher', ':'.join(offered), *self.sm)
                self.assertEqual(got, ('NTLSv1.1', ECC[0]), said)

    def test_one_certificate_in_tls_1_3_carries_them_too(self):
        self.works(self.nginx, (*SM_ONLY, '-groups', 'SM2', *self.sm), 'TLSv1.3', RFC_8998)
        said = shaken(TONGSUO, self.nginx, *SM_ONLY, '-groups', 'SM2:X25519', '-enable_sm_tls13_strict', *self.sm)[1]
        self.assertRegex(said, r'(?i)peer signature type: sm2.*\n(.*\n)*(server|peer) temp key: .*sm2')

    def test_another_implementation_of_it_agrees(self):
        if run(OPENSSL, 'ciphers', '-tls1_3', '-ciphersuites', RFC_8998, ok=False).returncode:
            self.skipTest(f'{OPENSSL} does not know {RFC_8998}; OpenSSL 4 does')
        self.works(self.nginx, (*SM_ONLY, '-groups', 'curveSM2', *self.sm), 'TLSv1.3', RFC_8998, OPENSSL)

    def test_an_ordinary_browser_is_served_on_the_same_port_and_never_shown_what_it_cannot_take(self):
        for nginx in (self.nginx, self.linked):
            self.works(nginx, ('-tls1_2', *self.ordinary), 'TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384', OPENSSL)
            self.works(nginx, ('-tls1_3', *self.ordinary), 'TLSv1.3', 'TLS_AES_256_GCM_SHA384', OPENSSL)
        for version in ('--http1.1', '--http2'):
            head = run('curl', '-sSI', version, '--cacert', self.papers.at('ca.pem'), '--resolve',
                       f'{NAME}:{self.nginx.port}:127.0.0.1', f'https://{NAME}:{self.nginx.port}/').stdout
            self.assertRegex(head, r'^HTTP/(1\.1|2) 200')
            self.assertIn('strict-transport-security: max-age=31536000', head.lower())

    def test_what_is_older_than_tls_1_2_is_refused_and_so_is_what_is_weak(self):
        for how in (('-tls1',), ('-tls1_1',), ('-tls1_2', '-cipher', 'AES128-SHA:ECDHE-ECDSA-AES128-SHA')):
            for program in (OPENSSL, TONGSUO):
                got, said = shaken(program, self.nginx, *how[:1], '-cipher', f'{how[-1] if len(how) > 1 else "ALL"}:@SECLEVEL=0',
                                   *self.ordinary)
                self.assertIsNone(got, said)
                self.assertRegex(said, r'alert (protocol version|handshake failure)|no protocols available')

    def test_the_record_has_the_address_that_nginx_saw_and_not_one_that_was_written(self):
        ways = [(OPENSSL, ('-tls1_3', *self.ordinary)), (TONGSUO, (*SM_ONLY, *self.sm))]
        if self.nginx.ntls:
            ways.append((TONGSUO, ('-enable_ntls', '-ntls', *self.sm)))
        for i, (program, how) in enumerate(ways, 1):
            source = f'127.0.8.{i}'
            with Tunnel(program, self.nginx, *how, source=source) as tunnel:
                status, _, _ = city.Session(tunnel.port).raw('POST', '/api/v1/session', {
                    'login': 'u2', 'password': city.PASSWORD}, {'X-Forwarded-For': '192.0.2.9'})
                self.assertEqual(status, 200)
            self.city.wait_until(lambda source=source: source in self.sources(), 'nobody came from ' + source)
        self.assertEqual(self.sources() & {'192.0.2.9'}, set())

    def sources(self):
        """Where u2 signed in from."""
        return {e['source'] for e in self.city.who['auditor'].get('/api/v1/audit/events', kind='sign-in.done',
                                                                  person='u2', limit=200)['items']}

    def test_the_link_is_for_districts_with_a_certificate_and_the_rest_for_everybody(self):
        key = '/api/v1/link/key'
        ways = [(*SM_ONLY, *self.sm)] + [('-enable_ntls', '-ntls', *self.sm)] * self.linked.ntls
        own = [('-cert', self.papers.at('east-sign.pem'), '-key', self.papers.at('east-sign.key')), self.papers.two()]
        for how, mine in zip(ways, own):
            with Tunnel(TONGSUO, self.linked, *how) as tunnel:
                stranger = city.Session(tunnel.port)
                for path in (key, '/api/v1/%6cink/key', '/api/v1/x/..//link/key'):
                    self.assertEqual(self.status(tunnel.port, path), 403)
                self.assertEqual(stranger.raw('GET', '/api/v1/session')[0], 401)
            with Tunnel(TONGSUO, self.linked, *how, *mine) as tunnel:
                self.assertIn('public_key', city.Session(tunnel.port).get(key))

        unknown = ('-cert', self.papers.at('stranger.pem'), '-key', self.papers.at('stranger.key'))
        with Tunnel(OPENSSL, self.linked, '-tls1_3', *self.ordinary, *unknown) as tunnel:
            self.assertIn(self.status(tunnel.port, key), (400, 403))

    @staticmethod
    def status(port, path):
        conn = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        try:
            conn.request('GET', path)
            return conn.getresponse().status
        finally:
            conn.close()

    def test_a_district_with_an_ordinary_certificate_is_paired_through_it(self):
        url = f'https://127.0.0.1:{self.linked.port}'
        trust = ('--link-ca', self.papers.at('ca.pem'))
        own = ('--link-cert', self.papers.at('east.pem'), '--link-key', self.papers.at('east.key'))
        self.pair(url, trust, refused=True)
        self.pair(url, trust + own)

    def test_a_district_behind_a_proxy_of_its_own_is_paired_over_sm_suites_alone(self):
        self.two_certificates()
        own = Nginx.of_district(self.linked.port, self.papers, os.path.join(self.city.store.dir, 'east'))
        try:
            self.pair(f'http://127.0.0.1:{own.port}', ())
            self.assertEqual(self.status(own.port, '/api/v1/session'), 404)
        finally:
            own.close()
        self.assertIn(f'127.0.0.1 NTLSv1.1 {ECDHE[0]} 200 POST /api/v1/link/batch', self.linked.said())

    def pair(self, url, settings, refused=False):
        code = self.city.who['sysadmin'].call('POST', '/api/v1/districts/east/link-code', {'days': 1})['code']
        district = city.City(serve=settings)
        try:
            admin = district.who['sysadmin']
            if refused:
                with self.assertRaises(city.Problem):
                    admin.call('POST', '/api/v1/links', {'url': url, 'code': code})
                return
            admin.call('POST', '/api/v1/links', {'url': url, 'code': code})
            before = len(self.linked.said())
            self.city.wait_until(lambda: '200 POST /api/v1/link/batch' in self.linked.said()[before:], 'no batch came')
        finally:
            district.close()

    def test_the_command_line_and_the_agent_speak_to_its_ordinary_side(self):
        url, ca = f'https://127.0.0.1:{self.nginx.port}', self.papers.at('ca.pem')
        admin = self.city.who['sysadmin']
        token = admin.call('POST', '/api/v1/account/tokens', {'label': 'sm', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=url, YUNHENG_TOKEN=token)
        trusting = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"', ca]
        listed = [f'{city.BIN}/yunheng', 'org', 'list', '--format', 'json']
        self.assertNotEqual(run(*listed, env=env, ok=False).returncode, 0)
        if os.geteuid() == 0:
            self.assertIn('civil', run(*trusting, *listed, env=env).stdout)
        project = self.city.project('sm-agent')
        resource, = self.city.formal(project, 1)
        code = self.city.who['u1'].call('POST', '/api/v1/agents/codes', {'resource': resource})['code']
        agent = os.path.join(self.city.store.dir, 'agent')
        run(f'{city.BIN}/yunheng-agent', 'enrol', '--server', url, '--ca', ca, '--code', code, '--dir', agent)
        self.assertIn('201 POST /api/v1/agents ', self.nginx.said())

    def test_from_the_first_location_on_it_is_the_ordinary_file(self):
        sm, ordinary = ((DOCS / name).read_text(encoding='utf-8').partition('    location / {')[2]
                        for name in ('nginx-sm.conf', 'nginx.conf'))
        self.assertEqual(sm, ordinary)


if __name__ == '__main__':
    unittest.main()
