"""What the HTTP room bounds and refuses: smuggled requests, bodies, heads and clients without end,
full queues; and how it stops."""
import contextlib
import select
import signal
import socket
import unittest

from http_probe import ALICE, Base, HOST, JSON, Line, Probe, WAIT, post


class Smuggling(Base):
    """A second request must never hide in a first one."""

    # proves S15
    def test_heads_that_two_readers_read_differently_are_refused_and_the_line_is_closed(self):
        body = b'{"name":"s","text":"x"}'
        length = b"Content-Length: %d\r\n" % len(body)
        head = b"POST /api/v1/notes HTTP/1.1\r\n" + HOST + ALICE + JSON
        get = b"GET /healthz HTTP/1.1\r\n" + HOST
        hidden = b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n"
        for what, data, status, slug in (
            ("length and coding", head + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             400, "framing-ambiguous"),
            ("coding and length", head + b"Transfer-Encoding: chunked\r\n" + length +
             b"\r\n0\r\n\r\n", 400, "framing-ambiguous"),
            ("two lengths", head + length + length + b"\r\n" + body, 400, "header-duplicate"),
            ("two other lengths", head + length + b"content-length: 3\r\n\r\n" + body, 400,
             "header-duplicate"),
            ("chunked", head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411,
             "length-required"),
            ("odd coding", head + b"Transfer-Encoding: xchunked\r\n\r\n", 411, "length-required"),
            ("blank in a name", get + b"X-A : b\r\n\r\n", 400, "header-invalid"),
            ("blank in a length's name", head + b"Content-Length : 3\r\n\r\nabc", 400,
             "header-invalid"),
            ("odd name", get + b"X(A): b\r\n\r\n", 400, "header-invalid"),
            ("no name", get + b": b\r\n\r\n", 400, "header-invalid"),
            ("no name, no value", get + b":\r\n\r\n", 400, "header-invalid"),
            ("no name ends no head", get + b": b\r\nContent-Length: 9\r\n\r\n", 400,
             "header-invalid"),
            ("folded", get + b"X-A: b\r\n c\r\n\r\n", 400, "header-invalid"),
            ("folded coding", head + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400,
             "header-invalid"),
            ("folded with a tab", get + b"X-A: b\r\n\tc\r\nX-B: d\r\n\r\n", 400, "header-invalid"),
            ("fold first", b"GET /healthz HTTP/1.1\r\n X: y\r\n" + HOST + b"\r\n", 400,
             "header-invalid"),
            ("line feed alone", get + b"X-A: b\nX-B: c\r\n\r\n", 400, "header-invalid"),
            ("line feed alone last", get + b"X-A: b\n\r\n", 400, "header-invalid"),
            ("line feed alone first", b"GET /healthz HTTP/1.1\n" + HOST + b"\r\n", 400,
             "header-invalid"),
            ("line feed ends", get + b"X-A: b\r\n\n", 400, "header-invalid"),
            ("return alone", get + b"X-A: b\rX-B: c\r\n\r\n", 400, "header-invalid"),
            ("NUL", get + b"X-A: b\0c\r\n\r\n", 400, "header-invalid"),
            ("control character", get + b"X-A: b\x01c\r\n\r\n", 400, "header-invalid"),
            ("two hosts", get + HOST + b"\r\n", 400, "header-duplicate"),
            ("no host", b"GET /healthz HTTP/1.1\r\n\r\n", 400, "host-missing"),
            ("two credentials", get + ALICE + ALICE + b"\r\n", 400, "header-duplicate"),
            ("body on GET", get + b"Content-Length: 3\r\n\r\nabc", 400, "body-unexpected"),
            ("two blanks", b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400, "header-invalid"),
            ("blank in the target", b"GET /heal thz HTTP/1.1\r\n" + HOST + b"\r\n", 400,
             "uri-invalid"),
            ("absolute target", b"GET http://y/healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400,
             "uri-invalid"),
            ("asterisk", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 400, "uri-invalid"),
            ("fragment", b"GET /healthz#a HTTP/1.1\r\n" + HOST + b"\r\n", 400, "uri-invalid"),
            ("raw bytes", b"GET /\xe4\xba\x91 HTTP/1.1\r\n" + HOST + b"\r\n", 400, "uri-invalid"),
            ("version", b"GET /healthz HTTP/1.2\r\n" + HOST + b"\r\n", 505, "version-unknown"),
            ("expectation", get + b"Expect: more\r\n\r\n", 417, "expectation-unknown"),
            ("many headers", get + b"X: y\r\n" * 70 + b"\r\n", 431, "headers-too-many"),
            ("long target", b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414,
             "uri-too-long"),
        ):
            with self.subTest(what), self.probe.line() as line:
                line.send(data + hidden)
                reply = line.reply()
                if reply.header("Content-Type") == "application/problem+json":
                    self.refused(reply, status, slug)
                else:
                    # Newer versions of the HTTP library refuse some heads themselves.
                    self.assertIn(reply.status, (400, 413, 414, 417, 431, 501, 505))
                self.assertTrue(line.ends())

    # proves S15
    def test_broken_lengths_are_refused_and_the_line_is_closed(self):
        for value in (b"3, 3", b"+3", b"-1", b"0x3", b"3 3", b"", b"9" * 40):
            with self.subTest(value), self.probe.line() as line:
                line.send(b"POST /api/v1/notes HTTP/1.1\r\n" + HOST + ALICE + JSON +
                          b"Content-Length: " + value + b"\r\n\r\nabc")
                self.assertIn(line.reply(True).status, (400, 413))
                data = line.rest
                with contextlib.suppress(ConnectionResetError):
                    while more := line.sock.recv(65536):
                        data += more
                self.assertNotIn(b"201", data)

    # proves S15
    def test_a_body_is_never_read_as_a_request(self):
        inner = b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n"
        for path, who in (("/nowhere", ALICE), ("/api/v1/notes", b""), ("/api/v1/notes", ALICE)):
            with self.subTest(path), self.probe.line() as line:
                line.send(post(path, inner, who=who))
                self.assertGreaterEqual(line.reply().status, 400)
                line.sock.shutdown(socket.SHUT_WR)
                self.assertTrue(line.ends())


class Bounds(Base):
    ARGS = (2,)

    # proves S15
    def test_a_body_beyond_the_bound_is_413_before_it_is_sent(self):
        reply = self.probe.raw(b"POST /api/v1/notes HTTP/1.1\r\n" + HOST + ALICE + JSON +
                               b"Content-Length: 65537\r\n\r\n")
        self.assertEqual(self.refused(reply, 413, "body-too-large")["figures"], {"max": 65536})
        reply = self.probe.post("/api/v1/notes", b" " * 65536)
        self.refused(reply, 400, "json-invalid", reply.json().get("field"))

    def test_a_head_beyond_the_bound_is_refused(self):
        with self.probe.line() as line:
            with contextlib.suppress(ConnectionError):
                line.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 300000)
            with contextlib.suppress(ConnectionError, EOFError):
                self.assertEqual(line.reply(True).status, 431)

    def test_who_never_finishes_is_cut_off_while_others_are_served(self):
        starts = (b"", b"GET /heal", b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
                  post("/api/v1/notes", b"x" * 100)[:-50])
        lines = [Line(self.probe.port) for _ in starts]
        for line, data in zip(lines, starts):
            line.send(data)
        self.assertEqual(self.probe.get("/healthz").status, 200)
        drip = lines[2]
        cut = False
        drip.sock.settimeout(0.2)
        for _ in range(WAIT * 5):
            try:
                drip.send(b"X")
                if drip.sock.recv(1) == b"":
                    cut = True
                    break
            except socket.timeout:
                continue
            except OSError:
                cut = True
                break
        self.assertTrue(cut, "a dripping client keeps its connection")
        for line in (lines[0], lines[1], lines[3]):
            self.assertTrue(line.ends())
        for line in lines:
            line.close()

    def test_who_does_not_read_is_cut_off(self):
        with self.probe.line() as line:
            line.send(b"GET /api/v1/large?size=30000000 HTTP/1.1\r\n" + HOST + ALICE + b"\r\n")
            self.probe.until("yunheng_http_requests_running", 1)
            self.probe.until("yunheng_http_requests_running", 0)
            read = 0
            with contextlib.suppress(ConnectionError):
                while data := line.sock.recv(1 << 20):
                    read += len(data)
            self.assertLess(read, 30000000)

    def test_a_reply_beyond_the_bound_is_a_failure_and_not_half_a_reply(self):
        self.refused(self.probe.get("/api/v1/large?size=50000000"), 500, "reply-too-large")
        reply = self.probe.get("/api/v1/large?size=3000000")
        self.assertEqual((reply.status, len(reply.body)), (200, 3000000))


class FullQueue(Base):
    ARGS = (0, 1, 1)

    def test_a_full_queue_of_workers_is_503_with_a_time_to_come_back(self):
        hold = b"GET /api/v1/hold HTTP/1.1\r\n" + HOST + ALICE + b"\r\n"
        with self.probe.line() as running, self.probe.line() as waiting:
            running.send(hold)
            self.probe.until("yunheng_http_requests_running", 1)
            self.probe.until('yunheng_http_requests_waiting{kind="json"}', 0)
            waiting.send(hold)
            self.probe.until('yunheng_http_requests_waiting{kind="json"}', 1)
            reply = self.probe.get("/api/v1/notes")
            self.refused(reply, 503, "server-busy")
            self.assertEqual(reply.header("Retry-After"), "1")
            self.assertEqual(self.probe.get("/healthz").status, 200)
            self.assertEqual(self.probe.release_until(running).status, 200)
            self.assertEqual(self.probe.release_until(waiting).status, 200)
        self.assertEqual(self.probe.get("/api/v1/notes").status, 200)

    def test_a_full_queue_of_writes_is_503_with_a_time_to_come_back(self):
        hold = post("/api/v1/hold", b"")
        with contextlib.ExitStack() as stack:
            lines, refused = {}, 0
            # a refusal of something else before this may still be written: the first may be turned away, too
            while not (refused and lines):
                self.assertLess(len(lines), 5, "five wait")
                line = stack.enter_context(self.probe.line())
                line.send(hold)
                lines[line.sock] = line
                for sock in select.select(lines, [], [], 0.5 if len(lines) < 5 else WAIT)[0]:
                    busy = lines.pop(sock).reply()
                    self.refused(busy, 503, "write-queue-full")
                    self.assertEqual(busy.header("Retry-After"), "1")
                    refused += 1
            served = {self.probe.release_until(line).status for line in lines.values()}
            self.assertIn(200, served)
            self.assertLessEqual(served, {200, 503})  # of those who came later, on a slow machine


class Stopping(unittest.TestCase):
    def test_what_runs_is_finished_and_nothing_new_is_begun(self):
        probe = Probe()
        with probe.line() as held, probe.line() as open_line:
            open_line.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            open_line.reply()
            held.send(post("/api/v1/hold", b""))
            probe.until("yunheng_http_requests_running", 1)
            probe.process.send_signal(signal.SIGTERM)
            for _ in range(20000):  # until the listener is gone
                try:
                    socket.create_connection(("127.0.0.1", probe.port), timeout=WAIT).close()
                except ConnectionError:
                    break
            else:
                self.fail("still listening")
            reply = None
            for _ in range(2000):
                open_line.send(b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n")
                try:
                    reply = open_line.reply()
                except EOFError:  # the line was closed behind an answer, before this was read
                    reply = None
                if not reply or reply.status != 200:
                    break
            if reply:
                self.assertEqual((reply.status, reply.json()["slug"]), (503, "server-stopping"))
                self.assertEqual(reply.header("Connection"), "close")
            reply = probe.release_until(held)
            self.assertEqual((reply.status, reply.json()), (200, {"held": "yes"}))
            self.assertTrue(held.ends())
        status, log = probe.stop()
        self.assertEqual(status, 0, log)
        self.assertNotIn("Sanitizer", log)


if __name__ == "__main__":
    unittest.main(verbosity=1)
