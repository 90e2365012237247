"""A mail server for tests (RFC 5321, 3207, 4954): strict in what it takes, with STARTTLS, sign-in,
and answers that a test chooses."""
import base64
import email
import email.policy
import os
import re
import socketserver
import ssl
import subprocess
import tempfile
import threading

USER, PASSWORD = 'yunheng', 'mail-Passw0rd'


def certificate(folder, name='localhost'):
    """A key and a certificate that vouches for itself; returns (certificate, key)."""
    cert, key = os.path.join(folder, name + '.pem'), os.path.join(folder, name + '.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-subj', '/CN=' + name, '-addext', f'subjectAltName=DNS:{name},IP:127.0.0.1',
                    '-keyout', key, '-out', cert], check=True, capture_output=True)
    return cert, key


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')
        self.wfile.flush()

    def line(self):
        raw = self.rfile.readline(1002)
        if not raw or (b'\n' not in raw and len(raw) < 1002):  # whoever spoke was killed
            raise EOFError
        if not raw.endswith(b'\r\n') or b'\r' in raw[:-2] or b'\0' in raw:
            self.server.box.faults.append(raw)
            raise EOFError
        return raw[:-2]

    def handle(self):
        self.tls = self.known = False
        self.reset()
        try:
            self.say('220 localhost ESMTP')
            while self.command(self.line().decode('ascii')):
                pass
        except (EOFError, OSError, UnicodeDecodeError):
            pass

    def finish(self):
        super().finish()
        self.request.close()

    def reset(self):
        self.sender, self.receivers = None, []

    def command(self, text):
        box, verb = self.server.box, text.split(' ')[0].upper()
        if verb in ('EHLO', 'HELO'):
            offers = ['localhost', '8BITMIME']
            if box.context and not self.tls:
                offers.append('STARTTLS')
            if box.auth and (self.tls or not box.context):
                offers.append('AUTH PLAIN')
            for offer in offers[:-1]:
                self.say('250-' + offer)
            self.say('250 ' + offers[-1])
        elif verb == 'STARTTLS' and box.context and not self.tls:
            self.say('220 go ahead')
            self.request = box.context.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.request.makefile('rb'), self.request.makefile('wb')
            self.tls = True
            self.reset()
        elif verb == 'AUTH':
            self.sign_in(text)
        elif verb == 'MAIL':
            self.mail_from(text)
        elif verb == 'RCPT':
            self.rcpt_to(text)
        elif verb == 'DATA' and self.receivers:
            self.data()
        elif verb == 'RSET' or verb == 'NOOP':
            self.reset()
            self.say('250 OK')
        elif verb == 'QUIT':
            self.say('221 bye')
            return False
        else:
            self.say('503 not now')
        return True

    def sign_in(self, text):
        words = text.split(' ')
        if len(words) == 2:
            self.say('334 ')
            words.append(self.line().decode('ascii'))
        given = base64.b64decode(words[2], validate=True).split(b'\0')
        self.known = given[-2:] == [USER.encode(), PASSWORD.encode()]
        self.server.box.signed_in += self.known
        self.say('235 welcome' if self.known else '535 wrong')

    def mail_from(self, text):
        box = self.server.box
        m = re.fullmatch(r'MAIL FROM:<([^<>\s]+)>( [A-Z0-9=]+)*', text)
        if box.context and not self.tls:
            self.say('530 STARTTLS first')
        elif box.auth and not self.known:
            self.say('530 sign in first')
        elif not m:
            self.say('501 what sender?')
        else:
            self.sender = m.group(1)
            self.say('250 OK')

    def rcpt_to(self, text):
        m = re.fullmatch(r'RCPT TO:<([^<>\s]+)>', text)
        if not self.sender or not m:
            self.say('501 what receiver?')
            return
        refused = self.server.box.receive(m.group(1))
        if not refused:
            self.receivers.append(m.group(1))
        self.say(refused or '250 OK')

    def data(self):
        self.say('354 end with a dot')
        lines = []
        while (line := self.line()) != b'.':
            lines.append(line[1:] if line.startswith(b'.') else line)
        raw = b'\r\n'.join(lines) + b'\r\n'
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        mail.raw, mail.sender, mail.receivers = raw, self.sender, list(self.receivers)
        self.reset()
        box = self.server.box
        refused = box.answer(mail)
        if not refused:
            with box.lock:
                box.mails.append(mail)
        self.say(refused or '250 taken')


class Postbox:
    """Keeps what it is sent in `mails`, each parsed. `answer(mail)` may return another reply, and
    `receive(address)` one for a receiver."""

    def __init__(self, tls=True, auth=True):
        self.dir = tempfile.TemporaryDirectory(prefix='yh-mail-')
        self.mails, self.faults, self.lock = [], [], threading.Lock()
        self.answer = self.receive = lambda what: None
        self.auth, self.signed_in, self.context = auth and tls, 0, None
        self.cert, key = certificate(self.dir.name)
        self.password_file = os.path.join(self.dir.name, 'password')
        with open(self.password_file, 'w', encoding='ascii') as f:
            f.write(PASSWORD + '\n')
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(self.cert, key)
        self.server = socketserver.ThreadingTCPServer(('127.0.0.1', 0), Talk)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.server.box = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def to(self, address):
        with self.lock:
            return [m for m in self.mails if m.receivers == [address]]

    def options(self, *extra):
        return ('--smtp-url', f'smtp://localhost:{self.port}', '--smtp-ca', self.cert, '--smtp-user',
                USER, '--smtp-password-file', self.password_file, '--mail-from',
                'noreply@yunheng.example.cn', *extra)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.dir.cleanup()
        if self.faults:
            raise AssertionError(f'not SMTP: {self.faults}')
