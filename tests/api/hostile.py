"""A proxy between a district's server and the city's that does what networks and strangers do: cuts,
delays, duplicates, reorders, truncates, changes and replays; by a seed, so that it can be repeated."""
import http.client
import http.server
import random
import threading
import time

HARM = ('cut', 'cut_reply', 'delay', 'duplicate', 'reorder', 'truncate', 'truncate_reply', 'change', 'replay',
        'other_reply')


class Proxy:
    """`harm`: how many of ten calls are harmed. `open` False: nobody gets through. `busy`: the next call is
    answered that the server wants to be left alone for so many seconds; `times`: when calls came since."""
    busy, times = 0, ()

    def __init__(self, port, seed=1, harm=0):
        self.port, self.harm, self.open = port, harm, True
        self.random = random.Random(seed)
        self.lock, self.kept, self.last, self.done, self.next = threading.Lock(), [], None, {}, []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def do_GET(self):
                proxy.serve(self, 'GET', None)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                proxy.serve(self, 'POST', body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None  # the other side went away: that is what it is for
        self.listen = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, method, path, body, kind):
        conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        try:
            conn.request(method, path, body, {'Content-Type': kind} if kind else {})
            reply = conn.getresponse()
            return reply.status, reply.getheader('Content-Type'), reply.read()
        finally:
            conn.close()

    def choose(self, path):
        with self.lock:
            batch = path.endswith('/link/batch')
            how = ''
            if batch and self.random.random() * 10 < self.harm:
                self.next = self.next or self.random.sample(HARM, len(HARM))  # each of them has its turn
                how = self.next.pop()
            self.done[how] = self.done.get(how, 0) + batch
            return how, self.random.random()

    def cut(self, handler):
        handler.close_connection = True
        handler.connection.close()

    def again(self, path, body, kind):
        """Something old comes once more."""
        try:
            self.forward('POST', path, body, kind)
        except OSError:
            pass

    def before(self, how, chance, path, body, kind):
        """What happens on the way there: the body that arrives, or None."""
        if how == 'delay':
            time.sleep(chance / 2)
        if how == 'truncate':
            return body[:int(len(body) * chance)]
        if how == 'change':
            at = int(len(body) * chance)
            return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        if how == 'duplicate':
            self.again(path, body, kind)
        if how == 'replay' and self.kept:
            self.again(path, self.random.choice(self.kept), kind)
        if how == 'reorder':
            threading.Timer(chance, self.again, (path, body, kind)).start()
        return body

    def serve(self, handler, method, body):
        kind = handler.headers.get('Content-Type')
        if self.busy or self.times:
            self.times = [*self.times, time.monotonic()]
        if self.busy:
            seconds, self.busy = self.busy, 0
            return self.answer(handler, 503, 'application/problem+json', b'{"slug":"link-busy"}', None, seconds)
        how, chance = self.choose(handler.path)
        if not self.open or how == 'cut':
            return self.cut(handler)
        try:
            there = self.before(how, chance, handler.path, body, kind)
            status, reply_kind, reply = self.forward(method, handler.path, there, kind)
        except (OSError, http.client.HTTPException):
            return self.cut(handler)
        if handler.path.endswith('/link/batch'):
            self.kept = (self.kept + [body])[-50:]
        if how == 'cut_reply':
            return self.cut(handler)
        if how == 'other_reply' and self.last:
            status, reply_kind, reply = self.last
        self.last = (status, reply_kind, reply)
        self.answer(handler, status, reply_kind, reply, int(len(reply) * chance) if how == 'truncate_reply' else None)
        return None

    @staticmethod
    def answer(handler, status, kind, reply, length, retry=0):
        try:
            handler.send_response(status)
            if retry:
                handler.send_header('Retry-After', str(retry))
            handler.send_header('Content-Type', kind or 'application/json')
            handler.send_header('Content-Length', str(len(reply)))
            handler.end_headers()
            handler.wfile.write(reply[:length])
            if length is not None:
                handler.close_connection = True
                handler.connection.close()
        except OSError:
            handler.close_connection = True

    def close(self):
        self.server.shutdown()
        self.server.server_close()
