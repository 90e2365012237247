"""An OpenID Connect issuer for tests: strict in what it takes, and wrong where a test has it be.

It signs with the openssl command, so that nothing of the server's code judges itself. A test sets
`issuer.wrong` to a function that changes the claims, or one of the other faults below."""
import base64
import hashlib
import http.server
import json
import os
import re
import secrets
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

import postbox

CLIENT, SECRET = 'yunheng-test', 'gehe:im/+ 7'


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def openssl(*words, data=None):
    return subprocess.run(['openssl', *words], input=data, check=True, capture_output=True).stdout


class Key:
    """One signing key, with its public half as a JWK."""

    MAKE = {'RS256': ('RSA', 'rsa_keygen_bits:2048'), 'PS256': ('RSA', 'rsa_keygen_bits:2048'),
            'ES256': ('EC', 'ec_paramgen_curve:P-256'), 'EdDSA': ('ED25519', None)}

    def __init__(self, folder, algorithm='RS256', kid=None, bits=None):
        self.algorithm, self.kid = algorithm, kid or secrets.token_hex(4)
        self.path = os.path.join(folder, self.kid + '.pem')
        kind, option = self.MAKE[algorithm]
        if bits:
            option = f'rsa_keygen_bits:{bits}'
        openssl('genpkey', '-algorithm', kind, *(['-pkeyopt', option] if option else []), '-out', self.path)
        self.der = openssl('pkey', '-in', self.path, '-pubout', '-outform', 'DER')

    def jwk(self):
        out = {'kid': self.kid, 'alg': self.algorithm, 'use': 'sig'}
        if self.algorithm == 'EdDSA':
            return dict(out, kty='OKP', crv='Ed25519', x=b64(self.der[-32:]))
        if self.algorithm == 'ES256':
            return dict(out, kty='EC', crv='P-256', x=b64(self.der[-64:-32]), y=b64(self.der[-32:]))
        n = bytes.fromhex(openssl('rsa', '-in', self.path, '-noout', '-modulus').decode().strip()[8:])
        return dict(out, kty='RSA', n=b64(n), e='AQAB')

    def sign(self, text):
        if self.algorithm == 'EdDSA':
            with tempfile.NamedTemporaryFile() as f:
                f.write(text)
                f.flush()
                return openssl('pkeyutl', '-sign', '-inkey', self.path, '-rawin', '-in', f.name)
        more = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'] \
            if self.algorithm == 'PS256' else []
        raw = openssl('dgst', '-sha256', '-sign', self.path, *more, data=text)
        return raw if self.algorithm != 'ES256' else self.plain(raw)

    @staticmethod
    def plain(der):
        """The two numbers of an ECDSA signature, side by side."""
        r_end = 4 + der[3]
        r, s = der[4:r_end], der[r_end + 2:]
        return r.lstrip(b'\0').rjust(32, b'\0') + s.lstrip(b'\0').rjust(32, b'\0')


class Talk(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        issuer, path = self.server.issuer, urllib.parse.urlsplit(self.path)
        issuer.asked.append(path.path)
        if issuer.slow:
            issuer.go_on.wait(30)
        if path.path == '/.well-known/openid-configuration':
            self.answer(200, issuer.metadata())
        elif path.path == '/keys':
            if issuer.elsewhere:
                self.answer(302, b'', Location=issuer.url + '/other-keys')
            else:
                self.answer(200, issuer.keys_text())
        elif path.path == '/other-keys':
            self.answer(200, issuer.keys_text())
        else:
            self.answer(404, b'{}')

    def do_POST(self):
        issuer = self.server.issuer
        form = self.rfile.read(int(self.headers['Content-Length'])).decode()
        issuer.asked.append(self.path)
        self.answer(*issuer.exchange(self.headers, urllib.parse.parse_qs(form, strict_parsing=True)))

    def answer(self, status, body, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            self.send_response(status)
            for name, value in {'Content-Type': 'application/json', 'Content-Length': str(len(body)),
                                **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # it had enough

    def log_message(self, *args):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # whoever had enough of an answer hangs up


class Issuer:
    def __init__(self, tls=False):
        self.folder = tempfile.mkdtemp(prefix='yh-issuer-')
        self.server = Quiet(('127.0.0.1', 0), Talk)
        self.server.issuer = self
        self.ca = None
        if tls:
            self.ca, key = postbox.certificate(self.folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.ca, key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f'http{"s" if tls else ""}://127.0.0.1:{self.server.server_port}'
        self.key = Key(self.folder)
        self.published = [self.key]
        self.go_on = threading.Event()
        self.codes, self.asked, self.refused, self.secrets = {}, [], [], []
        self.right()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()

    def right(self):
        """Nothing is wrong (any more)."""
        self.wrong, self.head, self.sign = None, {}, None
        self.slow = self.elsewhere = False
        self.keys_bytes = None
        self.more = {}
        self.go_on.set()

    def metadata(self):
        return dict({'issuer': self.url, 'authorization_endpoint': self.url + '/authorize?tenant=1',
                     'token_endpoint': self.url + '/token', 'jwks_uri': self.url + '/keys',
                     'end_session_endpoint': self.url + '/leave',
                     'authorization_response_iss_parameter_supported': True}, **self.more)

    def keys_text(self):
        return self.keys_bytes or {'keys': [k.jwk() for k in self.published]}

    def rotate(self, algorithm='RS256'):
        self.key = Key(self.folder, algorithm)
        self.published = [self.key]

    def authorize(self, location, sub='u-1', **claims):
        """What a browser does there: signs in, and comes back with what is returned."""
        url = urllib.parse.urlsplit(location)
        asked = {k: v[0] for k, v in urllib.parse.parse_qs(url.query, strict_parsing=True).items()}
        assert location.startswith(self.url + '/authorize?tenant=1&'), location
        assert asked['response_type'] == 'code' and asked['client_id'] == CLIENT, asked
        assert 'openid' in asked['scope'].split(), asked
        assert asked['code_challenge_method'] == 'S256' and len(asked['code_challenge']) == 43, asked
        assert len(asked['state']) >= 32 and len(asked['nonce']) >= 32, asked
        code = secrets.token_urlsafe(24)
        self.codes[code] = dict(asked, sub=sub, claims=claims)
        self.secrets += [code, asked['state'], asked['nonce']]
        return {'issuer': asked['redirect_uri'].rsplit('/', 1)[1], 'code': code, 'state': asked['state'],
                'iss': self.url}

    def exchange(self, headers, form):
        form = {k: v[0] for k, v in form.items()}
        basic = f'{urllib.parse.quote(CLIENT, safe="")}:{urllib.parse.quote(SECRET, safe="")}'
        known = self.codes.pop(form.get('code'), None)
        verifier = form.get('code_verifier', '')
        self.secrets += [form.get('code', ''), verifier]
        for what, right in (
                ('client', headers.get('Authorization') == 'Basic ' + base64.b64encode(basic.encode()).decode()),
                ('grant', form.get('grant_type') == 'authorization_code'),
                ('code', known is not None),
                ('redirect', known and form.get('redirect_uri') == known['redirect_uri']),
                ('verifier', re.fullmatch(r'[A-Za-z0-9._~-]{43,128}', verifier)),
                ('challenge', known and b64(hashlib.sha256(verifier.encode()).digest()) == known['code_challenge'])):
            if not right:
                self.refused.append(what)
                return 400, {'error': 'invalid_grant'}
        access = secrets.token_urlsafe(24)
        token = self.token(self.claims(known, access))
        self.secrets += [access, token]
        return 200, {'access_token': access, 'token_type': 'Bearer', 'expires_in': 300, 'id_token': token}

    def claims(self, known, access):
        now = int(time.time())
        claims = dict({'iss': self.url, 'aud': CLIENT, 'sub': known['sub'], 'exp': now + 300, 'iat': now,
                       'nonce': known['nonce'], 'sid': 's-' + known['sub']}, **known['claims'])
        half = hashlib.sha512(access.encode()).digest()[:32] if self.key.algorithm == 'EdDSA' \
            else hashlib.sha256(access.encode()).digest()[:16]
        claims['at_hash'] = b64(half)
        if self.wrong:
            self.wrong(claims)
        return claims

    def token(self, claims, typ='JWT'):
        head = dict({'alg': self.key.algorithm, 'kid': self.key.kid, 'typ': typ}, **self.head)
        head = {k: v for k, v in head.items() if v is not None}
        text = f'{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}'
        sign = self.sign or self.key.sign
        return f'{text}.{b64(sign(text.encode()))}'

    def logout_token(self, **changed):
        now = int(time.time())
        claims = dict({'iss': self.url, 'aud': CLIENT, 'iat': now, 'exp': now + 120, 'jti': secrets.token_hex(8),
                       'events': {'http://schemas.openid.net/event/backchannel-logout': {}}}, **changed)
        return self.token({k: v for k, v in claims.items() if v is not None}, 'logout+jwt')

    def settings(self, **more):
        """The issuers' file, as text; in `folder` stands what it names."""
        secret = os.path.join(self.folder, 'secret')
        with open(secret, 'w', encoding='ascii') as f:
            f.write(SECRET + '\n')
        values = dict({'issuer': self.url, 'client_id': CLIENT, 'client_secret_file': secret,
                       'zh': '市统一身份认证', 'en': 'City sign-on', 'plain': self.ca is None,
                       'ca': self.ca}, **more)
        return {k: v for k, v in values.items() if v is not None}


def write(path, **issuers):
    with open(path, 'w', encoding='utf-8') as f:
        f.write('issuers:\n')
        for name, values in issuers.items():
            f.write(f'  {name}:\n')
            for key, value in values.items():
                f.write(f'    {key}: {json.dumps(value, ensure_ascii=False)}\n')
    return path
