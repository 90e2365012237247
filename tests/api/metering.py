"""What senders of usage are made of: tokens, JSON lines, and remote-write without a library."""
import http.client
import json
import re
import resource
import selectors
import socket
import struct
import time

import shape_check


def now_ms():
    return int(time.time() * 1000)


def varint(n):
    out = b''
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def series(labels, samples):
    """A TimeSeries: labels as a dict, samples as (ms, value)."""
    body = b''
    for name, value in sorted(labels.items()):
        body += field(1, field(1, name.encode()) + field(2, value.encode()))
    for at, value in samples:
        body += field(2, b'\x09' + struct.pack('<d', value) + b'\x10' +
                      varint(at & 0xFFFFFFFFFFFFFFFF))
    return field(1, body)


def number(field_no, n):
    return varint(field_no << 3) + varint(n & 0xFFFFFFFFFFFFFFFF)


def double(field_no, value):
    return varint(field_no << 3 | 1) + struct.pack('<d', value)


def histogram(at, count):
    """A native histogram, all of whose observations lie in the bucket of zero."""
    return (number(1, count) + double(3, count * 1.5) + double(5, 0.001) + number(6, count) +
            number(15, at))


def request2(*all_series):
    """A body of remote-write 2.0: of each series the labels, then (ms, value) of its samples,
    (ms, count) of its histograms and how many exemplars it has."""
    symbols, body = [''], b''
    for labels, samples, histograms, exemplars in all_series:
        refs = b''
        for text in (t for pair in sorted(labels.items()) for t in pair):
            if text not in symbols:
                symbols.append(text)
            refs += varint(symbols.index(text))
        one = field(1, refs)
        one += b''.join(field(2, double(1, v) + number(2, at)) for at, v in samples)
        one += b''.join(field(3, histogram(at, n)) for at, n in histograms)
        one += exemplars * field(4, double(2, 1))
        body += field(5, one)
    return b''.join(field(4, s.encode()) for s in symbols) + body


def snappy(data):
    """The block format, without compressing."""
    out = varint(len(data))
    for i in range(0, len(data), 60000):
        part = data[i:i + 60000]
        out += bytes([61 << 2]) + struct.pack('<H', len(part) - 1) + part
    return out


class Sender:
    def __init__(self, port, token):
        self.port, self.token, self.conn = port, token, None

    def send(self, path, body, headers):
        """(status, headers, body) over a line that is kept; once more when it was closed."""
        for last in (False, True):
            if self.conn is None:
                self.conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
            try:
                self.conn.request('POST', path, body, {'Authorization': 'Bearer ' + self.token,
                                                       'Accept-Language': 'en', **headers})
                reply = self.conn.getresponse()
                text = reply.read()
                shape_check.check(self.port, 'POST', path, reply.status,
                                  reply.getheader('Content-Type'), text)
                return reply.status, dict(reply.getheaders()), text
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if last:
                    raise
        return None

    def close(self):
        if self.conn:
            self.conn.close()
        self.conn = None

    def lines(self, rows, query=''):
        body = ''.join(json.dumps(r) + '\n' for r in rows).encode()
        status, _, text = self.send('/api/v1/meter/lines' + query, body,
                                    {'Content-Type': 'application/x-ndjson'})
        return status, json.loads(text)

    def write(self, *all_series):
        """Remote-write 1.0; (status, problem or None)."""
        status, _, text = self.send('/api/v1/write', snappy(b''.join(all_series)),
                                    {'Content-Type': 'application/x-protobuf',
                                     'Content-Encoding': 'snappy',
                                     'X-Prometheus-Remote-Write-Version': '0.1.0'})
        return status, json.loads(text) if text else None


    def write2(self, *all_series):
        """Remote-write 2.0; (status, problem or None, what the headers say was written)."""
        status, headers, text = self.send(
            '/api/v1/write', snappy(request2(*all_series)),
            {'Content-Type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
             'Content-Encoding': 'snappy', 'X-Prometheus-Remote-Write-Version': '2.0.0'})
        written = [headers.get(f'X-Prometheus-Remote-Write-{kind}-Written')
                   for kind in ('Samples', 'Histograms', 'Exemplars')]
        return status, json.loads(text) if text else None, written


class Watchers:
    """Many live streams, read by one thread: of each, the numbers of its events in order."""

    NUMBER = re.compile(rb'id: [0-9a-f]{16}-(\d+)\nevent: (\w+)\n')

    def __init__(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.selector, self.all = selectors.DefaultSelector(), []

    def open(self, port, token, path, small=False):
        w = {'sock': socket.socket(), 'tail': b'', 'events': [], 'bytes': 0}
        if small:
            w['sock'].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        w['sock'].settimeout(60)
        w['sock'].connect(('127.0.0.1', port))
        w['sock'].sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n'
                          '\r\n'.encode())
        self.all.append(w)
        return w

    def follow(self, watchers):
        for w in watchers:
            w['sock'].setblocking(False)
            self.selector.register(w['sock'], selectors.EVENT_READ, w)

    def read(self, until, seconds=120):
        """Reads whatever comes until `until()` holds."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                raise AssertionError('what was waited for did not come')
            for key, _ in self.selector.select(0.2):
                self.take(key.data)

    def take(self, w):
        try:
            data = w['sock'].recv(262144)
        except BlockingIOError:
            return
        if not data:
            raise AssertionError('a stream ended: ' + repr(w['tail'][-300:]))
        w['bytes'] += len(data)
        text = w['tail'] + data
        last = 0
        for m in self.NUMBER.finditer(text):
            w['events'].append((int(m.group(1)), m.group(2).decode()))
            last = m.end()
        w['tail'] = text[max(last, len(text) - 120):]

    def close(self):
        for w in self.all:
            w['sock'].close()
        self.selector.close()
