"""Live streams on a real socket: who follows, what they are told, and what they are told they missed."""
import contextlib
import json
import signal
import socket
import unittest

import http_probe as probe
from http_probe import ALICE, HOST, WAIT

CAROL = b"Authorization: Bearer carol\r\n"


class Stream(probe.Line):
    """Reads events out of a chunked reply."""

    def __init__(self, port, topic, *headers, who=ALICE, small=False):
        if small:
            self.sock = socket.socket()
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.sock.settimeout(WAIT)
            self.sock.connect(("127.0.0.1", port))
            self.rest = b""
        else:
            super().__init__(port)
        self.text, self.over = b"", False
        self.send(b"GET /api/v1/news/" + topic.encode() + b" HTTP/1.1\r\n" + HOST + who +
                  b"".join(headers) + b"\r\n")

    def head(self):
        reply = self.reply(head_only=True)
        if reply.header("Content-Length"):
            n = int(reply.header("Content-Length"))
            while len(self.rest) < n:
                self._more()
            reply.body, self.rest = self.rest[:n], self.rest[n:]
        return reply

    def _chunk(self):
        while b"\r\n" not in self.rest:
            self._more()
        size, _, rest = self.rest.partition(b"\r\n")
        n = int(size, 16)
        self.rest = rest
        while len(self.rest) < n + 2:
            self._more()
        self.text += self.rest[:n]
        self.rest = self.rest[n + 2:]
        self.over = n == 0

    def event(self):
        """(id, name, data), or None at the end."""
        while True:
            while b"\n\n" not in self.text:
                if self.over:
                    return None
                self._chunk()
            one, _, self.text = self.text.partition(b"\n\n")
            if one.startswith(b":"):
                continue
            fields = dict(line.split(": ", 1) for line in one.decode().split("\n"))
            return fields["id"], fields["event"], json.loads(fields["data"])


class Following(probe.Base):
    ARGS = (5,)

    @contextlib.contextmanager
    def stream(self, *args, **more):
        s = Stream(self.probe.port, *args, **more)
        try:
            yield s
        finally:
            s.close()

    def tell(self, topic, size=0):
        self.assertEqual(self.probe.post(f"/api/v1/news/{topic}?size={size}", b"").status, 200)

    def test_a_reader_gets_the_state_and_then_what_is_new(self):
        self.tell("first")
        with self.stream("first") as s:
            head = s.head()
            self.assertEqual(head.status, 200)
            self.assertEqual(head.header("Content-Type"), "text/event-stream")
            self.assertEqual(head.header("Cache-Control"), "no-store")
            _, name, data = s.event()
            self.assertEqual((name, data), ("state", {"count": 1}))
            for i in range(2, 6):
                self.tell("first")
                seen = 0
                while seen < i:
                    _, name, data = s.event()
                    self.assertEqual((name, data["topic"]), ("news", "first"))
                    seen = data["count"]

    def test_a_browser_follows_by_its_cookie_alone_and_goes_on_by_itself(self):
        browser = (b"Accept: text/event-stream\r\nCache-Control: no-cache\r\nSec-Fetch-Mode: cors\r\n"
                   b"Sec-Fetch-Site: same-origin\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
                   b"Cookie: theme=dark; yh_session=alice-session\r\n")
        with self.stream("tab", who=browser) as s:
            head = s.head()
            self.assertEqual((head.status, head.header("Content-Type")), (200, "text/event-stream"))
            self.assertIsNone(head.header("Content-Encoding"))
            self.assertEqual(head.header("X-Accel-Buffering"), "no")
            place, name, _ = s.event()
            self.assertEqual(name, "state")
        self.tell("tab")
        with self.stream("tab", b"Last-Event-ID: " + place.encode() + b"\r\n", who=browser) as s:
            self.assertEqual(s.head().status, 200)
            self.assertEqual(s.event()[1:], ("news", {"count": 1, "topic": "tab"}))

    def test_a_quiet_stream_says_now_and_then_that_it_is_there(self):
        with self.stream("quiet") as s:
            self.assertEqual(s.head().status, 200)
            self.assertEqual(s.event()[1], "state")
            while s.text.count(b": \n\n") < 3:
                s._chunk()
            self.assertEqual(s.text.replace(b": \n\n", b""), b"")

    def test_what_was_seen_last_is_where_one_goes_on(self):
        with self.stream("second") as s, self.stream("second") as other:
            for one in (s, other):
                self.assertEqual(one.head().status, 200)
                self.assertEqual(one.event()[1], "state")
            self.tell("second")
            seen = s.event()
            while seen[2]["count"] < 1:
                seen = s.event()
            at = seen[0]
            s.close()
            numbers = [int(at.split("-")[1])]
            for _ in range(3):
                self.tell("second")
                while True:
                    where, _, data = other.event()
                    if int(where.split("-")[1]) > numbers[-1]:
                        break
                numbers.append(int(where.split("-")[1]))
            with self.stream("second", b"Last-Event-ID: " + at.encode() + b"\r\n") as again:
                self.assertEqual(again.head().status, 200)
                for want in numbers[1:]:
                    where, name, _ = again.event()
                    self.assertEqual((name, int(where.split("-")[1])), ("news", want))

    def test_a_place_that_is_not_known_any_more_is_said_to_be_lost(self):
        for place in (b"0000000000000000-1", b"x", b"12", b"ffffffffffffffff-99999999999999999999"):
            with self.stream("third", b"Last-Event-ID: " + place + b"\r\n") as s:
                self.assertEqual(s.head().status, 200)
                self.assertEqual(s.event()[1:], ("state", {"count": 0}))
                self.assertEqual(s.event()[1:], ("missed", {"missed": None}))

    def test_a_slow_reader_is_told_how_many_it_missed_and_the_others_miss_nothing(self):
        with self.stream("slow", small=True) as slow, self.stream("slow") as quick:
            for s in (slow, quick):
                self.assertEqual(s.head().status, 200)
                self.assertEqual(s.event()[1], "state")
            number = None
            for i in range(1, 60):
                self.tell("slow", 50000)
                while True:
                    where, name, data = quick.event()
                    self.assertEqual(name, "news")
                    now = int(where.split("-")[1])
                    self.assertTrue(number is None or now == number + 1)
                    number = now
                    if data["count"] == i:
                        break
            got, missed, at = 0, 0, None
            while at != number:
                where, name, data = slow.event()
                at = int(where.split("-")[1])
                if name == "missed":
                    missed += data["missed"]
                else:
                    got += 1
            self.assertGreater(missed, 0)
            self.assertEqual(got + missed, number)
        self.assertGreaterEqual(self.probe.figures()["yunheng_stream_events_missed_total"], missed)

    def test_who_may_not_see_it_may_not_follow_it(self):
        with self.stream("first", who=b"") as s:
            reply = s.head()
            self.assertEqual((reply.status, reply.json()["slug"]), (401, "sign-in-required"))
        with self.stream("first", who=b"Authorization: Bearer guest\r\n") as s:
            self.assertEqual(s.head().json()["slug"], "not-permitted")
        with self.stream("secret") as s:
            reply = s.head()
            self.assertEqual((reply.status, reply.json()["slug"]), (404, "note-unknown"))

    def test_beyond_its_bounds_nobody_more_is_let_in_until_someone_leaves(self):
        with contextlib.ExitStack() as stack:
            for i in range(30):
                s = stack.enter_context(self.stream(f"crowd{i % 3}", who=CAROL))
                self.assertEqual(s.head().status, 200)
            with self.stream("crowd0", who=CAROL) as s:
                reply = s.head()
                self.refused(reply, 503, "streams-full")
                self.assertEqual(reply.json()["figures"], {"max": 30})
            with self.stream("crowd0") as s:
                self.assertEqual(s.head().status, 200)
        self.probe.until("yunheng_streams_open", 0)
        with self.stream("crowd0", who=CAROL) as s:
            self.assertEqual(s.head().status, 200)

    def test_a_stream_of_an_older_version_of_the_protocol_ends_with_its_line(self):
        with self.probe.line() as line:
            line.send(b"GET /api/v1/news/old HTTP/1.0\r\n" + ALICE + b"\r\n")
            self.assertEqual(line.reply(head_only=True).status, 200)
            while b"event: state" not in line.rest:
                line._more()

    def test_z_an_ended_token_ends_its_streams(self):
        with self.stream("first", who=b"Authorization: Bearer carol\r\n") as s:
            self.assertEqual(s.head().status, 200)
            self.assertEqual(s.event()[1], "state")
            self.assertEqual(self.probe.post("/api/v1/token/end", b"", who=CAROL).status, 200)
            self.assertEqual(s.event()[1:], ("ended", {"slug": "token-unknown"}))
            self.assertIsNone(s.event())


class Stopping(unittest.TestCase):
    def test_readers_are_told_that_the_server_stops(self):
        server = probe.Probe()
        streams = [Stream(server.port, f"bye{i % 2}") for i in range(10)]
        for s in streams:
            self.assertEqual(s.head().status, 200)
            self.assertEqual(s.event()[1], "state")
        server.process.send_signal(signal.SIGTERM)
        for s in streams:
            self.assertEqual(s.event()[1:], ("ended", {"slug": "server-stopping"}))
            self.assertIsNone(s.event())
            s.close()
        status, log = server.stop()
        self.assertEqual(status, 0, log)
        self.assertNotIn("Sanitizer", log)


if __name__ == "__main__":
    unittest.main(verbosity=1)
