"""A receiver of webhooks for tests, over TLS, that verifies signatures by code of its own."""
import base64
import hmac
import http.server
import json
import ssl
import subprocess
import threading


def signed(secret, algorithm, id_, stamp, body):
    """The signature that `secret` ("whsec_…") gives, as it stands in the header."""
    assert secret.startswith('whsec_')
    key, text = base64.b64decode(secret[6:], validate=True), f'{id_}.{stamp}.'.encode() + body
    if algorithm == 'sha256':
        return 'v1,' + base64.b64encode(hmac.digest(key, text, 'sha256')).decode()
    mac = subprocess.run(['openssl', 'dgst', '-sm3', '-mac', 'HMAC', '-macopt', 'hexkey:' + key.hex(),
                          '-binary'], input=text, check=True, capture_output=True).stdout
    return 'v1sm3,' + base64.b64encode(mac).decode()


class Talk(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        call = Call(self.path, dict(self.headers), body)
        receiver = self.server.receiver
        with receiver.lock:
            receiver.calls.append(call)
        status, headers = receiver.answer(call, self) or (204, {})
        if status is None:
            return  # answered by itself, or not at all
        if 200 <= status < 300:
            with receiver.lock:
                receiver.taken.append(call)
        self.send_response(status)
        for name, value in {'Content-Length': '0', **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *args):
        pass


class Call:
    def __init__(self, path, headers, body):
        self.path, self.body = path, body
        self.headers = {k.lower(): v for k, v in headers.items()}
        self.event = json.loads(body) if body else {}
        self.id = self.headers.get('webhook-id')
        self.position = int(self.event.get('sequence', 0))

    def signatures(self):
        return self.headers['webhook-signature'].split(' ')

    def is_signed(self, secret, algorithm='sha256'):
        want = signed(secret, algorithm, self.id, self.headers['webhook-timestamp'], self.body)
        return any(hmac.compare_digest(want, s) for s in self.signatures())


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # clients that go away are what some tests are about


class Receiver:
    """Keeps every call in `calls`, and those it took in `taken`. `answer(call, handler)` may return
    (status, headers), or (None, None) when it answers by itself."""

    def __init__(self, certificate=None):
        self.calls, self.taken, self.lock = [], [], threading.Lock()
        self.answer = lambda call, handler: None
        self.server = Quiet(('127.0.0.1', 0), Talk)
        self.server.receiver = self
        self.tls = certificate is not None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path='/hook', host='localhost'):
        return f'{"https" if self.tls else "http"}://{host}:{self.port}{path}'

    def at(self, path, taken=True):
        with self.lock:
            return [c for c in (self.taken if taken else self.calls) if c.path == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
