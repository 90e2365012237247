"""The HTTP room on a real socket: what it refuses, what it bounds, what it promises.

Drives tests/unit/http/http_probe.c, a small server with a store of its own."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROBE = os.environ.get("YH_HTTP_PROBE", str(ROOT / "build/tests/unit/http/http_probe"))
HOST = b"Host: x\r\n"
ALICE = b"Authorization: Bearer alice\r\n"
JSON = b"Content-Type: application/json\r\n"
WAIT = 60


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(found) if found else None


class Line:
    """A connection that can read one reply after another."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.rest = b""

    def send(self, data):
        self.sock.sendall(data)

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise EOFError(self.rest)
        self.rest += data

    def reply(self, head_only=False):
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = [tuple(x.strip() for x in line.split(":", 1)) for line in lines[1:]]
        out = Reply(int(lines[0].split()[1]), headers, b"")
        n = 0 if head_only or out.status == 304 else int(out.header("Content-Length") or 0)
        while len(self.rest) < n:
            self._more()
        out.body, self.rest = self.rest[:n], self.rest[n:]
        return out

    def ends(self):
        """True when the server closes without a further reply."""
        try:
            return self.rest == b"" and self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.sock.close()


class Probe:
    def __init__(self, *args):
        self.folder = tempfile.TemporaryDirectory()
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1", TZ="UTC")
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        self.process = subprocess.Popen(
            [PROBE, self.folder.name, str(ROOT / "policy/messages"), *map(str, args)],
            stdout=subprocess.PIPE, stderr=self.log, env=env)
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise RuntimeError(self.log.read().decode())
        self.port = json.loads(line)["port"]

    @contextlib.contextmanager
    def line(self):
        line = Line(self.port)
        try:
            yield line
        finally:
            line.close()

    def raw(self, data):
        with self.line() as line:
            line.send(data)
            return line.reply()

    def get(self, path, *headers, method=b"GET"):
        with self.line() as line:
            line.send(method + b" " + path.encode() + b" HTTP/1.1\r\n" + HOST +
                      b"".join(headers or (ALICE,)) + b"\r\n")
            return line.reply(method == b"HEAD")

    def post(self, path, body, *headers, method=b"POST", who=ALICE):
        return self.raw(post(path, body, *headers, method=method, who=who))

    def figures(self):
        """The server's own figures, by name."""
        text = self.get("/metrics").body.decode()
        pairs = (x.rsplit(" ", 1) for x in text.splitlines() if not x.startswith("#"))
        return {k: float(v) for k, v in pairs}

    def until(self, name, value):
        for _ in range(20000):
            if self.figures()[name] == value:
                return
        raise AssertionError((name, value, self.figures()))

    def release(self):
        self.process.send_signal(signal.SIGUSR1)

    def release_until(self, line):
        """Lets held requests go until this line has its reply."""
        line.sock.settimeout(0.1)
        for _ in range(WAIT * 10):
            self.release()
            with contextlib.suppress(socket.timeout):
                return line.reply()
        raise AssertionError("a held request never ended")

    def stop(self):
        """Ends the server; its exit status and its log."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        for _ in range(WAIT * 10):
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self.process.wait(0.1)
                break
            self.release()
        self.process.stdout.close()
        self.log.seek(0)
        text = self.log.read().decode()
        self.log.close()
        self.folder.cleanup()
        return status, text


def post(path, body, *headers, method=b"POST", who=ALICE):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return (method + b" " + path.encode() + b" HTTP/1.1\r\n" + HOST + who + JSON +
            b"Content-Length: %d\r\n" % len(body) + b"".join(headers) + b"\r\n" + body)


class Base(unittest.TestCase):
    ARGS = ()

    @classmethod
    def setUpClass(cls):
        cls.probe = Probe(*cls.ARGS)

    @classmethod
    def tearDownClass(cls):
        status, log = cls.probe.stop()
        assert status == 0, log
        assert "Sanitizer" not in log, log

    def refused(self, reply, status, slug, field=None):
        self.assertEqual(reply.status, status, reply.body)
        self.assertEqual(reply.header("Content-Type"), "application/problem+json")
        problem = reply.json()
        self.assertEqual(problem["slug"], slug)
        self.assertEqual(problem["type"], "urn:yunheng:problem:" + slug)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        self.assertEqual(problem.get("field"), field, problem)
        return problem


class Smuggling(Base):
    """A second request must never hide in a first one."""

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
            line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
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


class Routing(Base):
    def test_an_unknown_path_is_404(self):
        for path in ("/", "/api/v1/nothing", "/api/v1/notes/a/b", "/api//v1/notes",
                     "/api/v1/notes/", "/../etc/passwd", "/api/v1/notes/../notes"):
            self.refused(self.probe.get(path), 404, "path-unknown")

    def test_a_broken_escape_is_400(self):
        for path in ("/api/v1/notes/%", "/api/v1/notes/%4", "/api/v1/notes/%zz",
                     "/api/v1/notes/%00", "/api/v1/notes/a%2fb", "/api/v1/notes/%c0%af",
                     "/api/v1/notes/%ff", "/api/v1/notes/a%0ab"):
            self.refused(self.probe.get(path), 400, "path-invalid")

    def test_a_method_not_admitted_is_405_and_says_which_are(self):
        reply = self.probe.get("/api/v1/notes/a", ALICE, method=b"DELETE")
        self.refused(reply, 405, "method-not-allowed")
        self.assertEqual(reply.header("Allow"), "GET, HEAD, PUT")
        for method in (b"OPTIONS", b"TRACE", b"PROPFIND"):
            reply = self.probe.get("/api/v1/session", ALICE, method=method)
            self.refused(reply, 405, "method-not-allowed")
            self.assertEqual(reply.header("Allow"), "POST, DELETE")

    def test_HEAD_is_GET_without_the_body(self):
        reply = self.probe.get("/healthz", method=b"HEAD")
        self.assertEqual((reply.status, reply.body), (200, b""))
        self.assertGreater(int(reply.header("Content-Length")), 0)

    def test_other_media_types_are_415(self):
        for kind in (b"text/plain", b"application/x-www-form-urlencoded", b"application/jsonx",
                     b"application/json; charset=gbk", b"application/json; x=y", b""):
            reply = self.probe.raw(post("/api/v1/notes", {}).replace(b"application/json", kind))
            self.refused(reply, 415, "media-type-unsupported")
        data = post("/api/v1/notes", {}).replace(b"application/json",
                                                 b"Application/JSON; Charset=\"UTF-8\"")
        self.refused(self.probe.raw(data), 400, "field-required", "/name")

    def test_replies_tell_browsers_what_not_to_do(self):
        reply = self.probe.get("/api/v1/notes")
        self.assertEqual(reply.header("X-Content-Type-Options"), "nosniff")
        self.assertIn("default-src 'none'", reply.header("Content-Security-Policy"))
        self.assertEqual(reply.header("Cache-Control"), "no-store")
        self.assertEqual(reply.header("Content-Type"), "application/json")

    def test_a_request_keeps_its_name(self):
        reply = self.probe.get("/healthz", b"X-Request-Id: abc-1\r\n")
        self.assertEqual(reply.header("X-Request-Id"), "abc-1")
        reply = self.probe.get("/healthz", b"X-Request-Id: a b\"\r\n")
        self.assertRegex(reply.header("X-Request-Id"), "^[0-9a-f]{16}$")

    def test_refusals_are_in_the_language_that_is_asked_for(self):
        for accept, lang in ((b"en", "en"), (b"fr, en-GB;q=0.8, zh;q=0.3", "en"), (b"fr", "zh"),
                             (b"zh-CN,zh;q=0.9,en;q=0.8", "zh")):
            reply = self.probe.get("/nothing", b"Accept-Language: " + accept + b"\r\n")
            self.assertEqual(reply.header("Content-Language"), lang)
            self.assertEqual(reply.json()["title"].isascii(), lang == "en")

    def test_the_server_says_how_it_is(self):
        self.assertEqual(self.probe.get("/healthz").json()["status"], "ok")
        self.assertEqual(self.probe.get("/readyz").json(), {"status": "ready", "warnings": []})
        self.assertIn("yunheng_http_requests_running", self.probe.figures())

    def test_its_figures_are_for_the_machine_itself_and_for_who_has_the_token(self):
        afar = b"X-Forwarded-For: 192.0.2.7\r\n"
        text = self.probe.get("/metrics").body.decode()
        for name in ("yunheng_http_replies_total", "yunheng_db_writes_total", "yunheng_streams_open",
                     'yunheng_http_request_duration_seconds_bucket{kind="json",le="+Inf"}',
                     "process_cpu_seconds_total", "process_resident_memory_bytes"):
            self.assertIn("\n" + name, "\n" + text)
        for secret in ("alice", "csrf", "probe-metrics-token", "office"):
            self.assertNotIn(secret, text)
        self.refused(self.probe.get("/metrics", afar), 403, "metrics-not-yours")
        self.refused(self.probe.get("/metrics", afar, ALICE), 403, "metrics-not-yours")
        reply = self.probe.get("/metrics", afar, b"Authorization: Bearer probe-metrics-token\r\n")
        self.assertEqual(reply.status, 200)

    def test_durations_are_counted_where_they_fall(self):
        def count():
            figures = self.probe.figures()
            return [figures[f'yunheng_http_request_duration_seconds_bucket{{kind="json",le="{le}"}}']
                    for le in ("10", "+Inf")]

        before = count()
        self.assertEqual(self.probe.get("/api/v1/notes").status, 200)
        after = count()
        self.assertGreaterEqual(after[1], before[1] + 1)
        self.assertEqual(after[0], after[1])

    def test_the_description_of_the_api_holds_together(self):
        import openapi_check
        document = self.probe.get("/api/v1/openapi.json").json()
        self.assertEqual(openapi_check.faults(document), [])
        self.assertIn("/api/v1/notes/{name}", document["paths"])
        self.assertIn("note.change", [op["operationId"] for path in document["paths"].values()
                                      for op in path.values()])
        for name, path in document["paths"].items():
            path["post"] = dict(path.get("post", {}), operationId="twice", responses={})
        self.assertGreater(len(openapi_check.faults(document)), 2)


class Input(Base):
    def test_what_is_sent_arrives(self):
        reply = self.probe.post("/api/v1/notes", {
            "name": "all.of-it", "text": "政务云八个字够了", "kind": "memo", "count": 9,
            "amount": 1.5, "urgent": True, "due": "2024-02-29",
            "ref": "018f0000-0000-7000-8000-000000000001", "extra": {"a": 1}, "list": [1, 2]})
        self.assertEqual(reply.status, 201, reply.body)
        self.assertEqual(reply.header("Location"), "/api/v1/notes/all.of-it")
        self.assertEqual(reply.header("ETag"), 'W/"v24"')
        self.assertEqual(reply.json(), {
            "name": "all.of-it", "text": "政务云八个字够了", "count": 9, "amount": 1.5,
            "urgent": True, "due": "2024-02-29", "ref": "018f0000-0000-7000-8000-000000000001",
            "extra": 1, "list": 2, "relation": "own"})
        shown = self.probe.get("/api/v1/notes/all%2Eof-it")
        self.assertEqual((shown.status, shown.json()["text"]), (200, "政务云八个字够了"))

    def test_text_that_is_no_json_is_refused_with_its_place(self):
        for body in (b"{", b"{]", b"nul", b"{'a':1}", b'{"a":1,}', b'{"a":1} x', b"\xef\xbb\xbf{}",
                     b'{"name":"\xff"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\xc0\xaf"}',
                     b'{"name":"\\ud800"}', b'{"name":"a\\u0000b"}', b'{"name":"a\nb"}',
                     b'{"a":1,"a":2}', b"[" * 30000, b'{"a":' * 9000, b"{\"count\":1e999}",
                     b'{"count":99999999999999999999}', b"NaN"):
            reply = self.probe.post("/api/v1/notes", body)
            self.assertEqual((reply.status, reply.json()["slug"]), (400, "json-invalid"), body[:40])
            self.assertRegex(reply.json()["field"], r"^-?\d+:-?\d+$")

    def test_a_body_that_is_no_object_is_refused(self):
        for body in (b"[]", b"1", b"null", b'"x"', b"true"):
            self.refused(self.probe.post("/api/v1/notes", body), 400, "body-not-object")

    def test_fields_are_held_to_their_declaration(self):
        for change, slug, field in (
            ({"nmae": 1}, "field-unknown", "/nmae"),
            ({"a/b~c": 1}, "field-unknown", "/a~1b~0c"),
            ({"name": None}, "field-required", "/name"),
            ({"name": ""}, "field-required", "/name"),
            ({"text": "   "}, "field-required", "/text"),
            ({"name": "a b"}, "field-code", "/name"),
            ({"name": ".a"}, "field-code", "/name"),
            ({"name": 1}, "field-type", "/name"),
            ({"text": "123456789"}, "field-too-long", "/text"),
            ({"text": "政务云政务云政务云"}, "field-too-long", "/text"),
            ({"text": "a\nb"}, "field-characters", "/text"),
            ({"text": "a\u0085b"}, "field-characters", "/text"),
            ({"kind": "Memo"}, "field-choice", "/kind"),
            ({"kind": "memo|letter"}, "field-choice", "/kind"),
            ({"kind": ""}, "field-choice", "/kind"),
            ({"count": 0}, "field-range", "/count"),
            ({"count": 10}, "field-range", "/count"),
            ({"count": "1"}, "field-type", "/count"),
            ({"count": 1.0}, "field-type", "/count"),
            ({"amount": 5.001}, "field-range", "/amount"),
            ({"amount": "1.2345"}, "number-invalid", "/amount"),
            ({"amount": "ten"}, "number-invalid", "/amount"),
            ({"amount": True}, "field-type", "/amount"),
            ({"urgent": "true"}, "field-type", "/urgent"),
            ({"urgent": 1}, "field-type", "/urgent"),
            ({"due": "2026-02-29"}, "date-invalid", "/due"),
            ({"due": "2026-2-1"}, "date-invalid", "/due"),
            ({"due": "2026-13-01"}, "date-invalid", "/due"),
            ({"due": 20260201}, "field-type", "/due"),
            ({"ref": "018F0000-0000-7000-8000-000000000001"}, "id-invalid", "/ref"),
            ({"ref": "x"}, "id-invalid", "/ref"),
            ({"extra": []}, "field-type", "/extra"),
            ({"list": {}}, "field-type", "/list"),
        ):
            with self.subTest(change):
                reply = self.probe.post("/api/v1/notes", {"name": "x", "text": "x", **change})
                self.refused(reply, 400, slug, field)

    def test_the_query_is_held_to_its_declaration(self):
        for query, slug, field in (
            ("limit=0", "field-range", "?limit"), ("limit=201", "field-range", "?limit"),
            ("limit=x", "number-invalid", "?limit"), ("limit=1.5", "number-invalid", "?limit"),
            ("since=2026-02-30", "date-invalid", "?since"), ("kind=x", "field-choice", "?kind"),
            ("x=1", "field-unknown", "?x"), ("limit=1&limit=2", "query-duplicate", "?limit"),
            ("limit", "query-invalid", None), ("=1", "query-invalid", None),
            ("limit=1&", "query-invalid", None), ("cursor=%zz", "query-invalid", None),
            ("cursor=%00", "query-invalid", None), ("cursor=%ff", "query-invalid", None),
            ("cursor=" + "x" * 201, "field-too-long", "?cursor"),
        ):
            with self.subTest(query):
                self.refused(self.probe.get("/api/v1/notes?" + query), 400, slug, field)
        self.assertEqual(self.probe.get("/api/v1/notes?cursor=a+b%2B&limit=200&kind=memo").json(), {
            "limit": 200, "cursor": "a b+", "kind": "memo", "since": None, "source": "127.0.0.1"})
        self.assertEqual(self.probe.get("/api/v1/notes").json()["limit"], 50)

    def test_a_path_parameter_is_held_to_its_declaration(self):
        self.refused(self.probe.get("/api/v1/notes/a%20b"), 400, "field-code", "{name}")

    def test_an_operation_without_a_body_takes_none(self):
        reply = self.probe.post("/api/v1/session", {"x": 1}, method=b"DELETE")
        self.refused(reply, 400, "field-unknown", "/x")
        self.assertEqual(self.probe.post("/api/v1/session", b"", method=b"DELETE").status, 200)


class Identity(Base):
    def test_without_a_credential_one_is_asked_for(self):
        for header in (b"X: y\r\n", b"Authorization: Bearer nobody\r\n",
                       b"Authorization: Basic YTpi\r\n", b"Authorization: Bearer a b\r\n",
                       b"Authorization: Bearer\r\n", b"Cookie: yh_session=alice\r\n",
                       b"Authorization: Bearer alice-session\r\n"):
            reply = self.probe.get("/api/v1/notes", header)
            self.assertEqual(reply.status, 401, header)
            self.assertIn("Bearer", reply.header("WWW-Authenticate"))

    def test_two_credentials_are_refused(self):
        cookie = b"Cookie: yh_session=alice-session\r\n"
        for headers in ((ALICE, cookie),
                        (b"Cookie: yh_session=alice-session; a=b; yh_session=other\r\n",)):
            self.refused(self.probe.get("/api/v1/notes", *headers), 400, "credentials-twice")

    def test_a_session_writes_only_with_its_anti_forgery_token(self):
        cookie = b"Cookie: a=b; yh_session=alice-session\r\n"
        self.assertEqual(self.probe.get("/api/v1/notes", cookie).status, 200)
        for header in (b"", b"X-CSRF-Token: other\r\n"):
            reply = self.probe.post("/api/v1/notes", {"name": "c", "text": "x"}, header, who=cookie)
            self.refused(reply, 403, "csrf-mismatch")
        reply = self.probe.post("/api/v1/notes", {"name": "c", "text": "x"},
                                b"X-CSRF-Token: csrf\r\n", who=cookie)
        self.assertEqual(reply.status, 201)

    def test_the_session_cookie_is_out_of_reach_of_scripts(self):
        reply = self.probe.post("/api/v1/session", b"", who=b"")
        self.assertEqual(reply.header("Set-Cookie"),
                         "yh_session=abc; Path=/; HttpOnly; SameSite=Strict")
        reply = self.probe.post("/api/v1/session", b"", method=b"DELETE")
        self.assertIn("Max-Age=0", reply.header("Set-Cookie"))

    def test_the_matrix_decides_and_the_widest_relation_counts(self):
        note = {"name": "m1", "text": "x"}
        reply = self.probe.post("/api/v1/notes", note, who=b"Authorization: Bearer guest\r\n")
        self.assertEqual(self.refused(reply, 403, "not-permitted")["figures"],
                         {"action": "note.create"})
        reply = self.probe.post("/api/v1/notes", note, who=b"Authorization: Bearer carol\r\n")
        self.assertEqual(reply.json()["relation"], "any")

    def test_a_reading_token_only_reads(self):
        who = b"Authorization: Bearer alice-read\r\n"
        self.assertEqual(self.probe.get("/api/v1/notes", who).status, 200)
        self.refused(self.probe.post("/api/v1/notes", {"name": "r", "text": "x"}, who=who), 403,
                     "token-read-only")

    def test_who_must_change_the_password_does_nothing_else(self):
        who = b"Authorization: Bearer newbie\r\n"
        self.refused(self.probe.get("/api/v1/notes", who), 403, "password-must-change")
        self.assertEqual(self.probe.post("/api/v1/session", b"", method=b"DELETE",
                                         who=who).status, 200)

    def test_the_unknown_are_turned_away_before_their_body_is_read(self):
        self.refused(self.probe.post("/api/v1/notes", b"{", who=b""), 401, "sign-in-required")


class Promises(Base):
    def test_a_change_needs_the_version_that_was_read(self):
        self.probe.post("/api/v1/notes", {"name": "v", "text": "one"})
        path, change = "/api/v1/notes/v", {"text": "three"}
        put = dict(method=b"PUT")
        self.refused(self.probe.post(path, change, **put), 428, "if-match-required")
        for tag in (b"*", b"v3", b'"3"', b'W/"v3", W/"v4"', b'"v"', b'"v-3"'):
            reply = self.probe.post(path, change, b"If-Match: " + tag + b"\r\n", **put)
            self.refused(reply, 400, "if-match-invalid")
        reply = self.probe.post(path, change, b'If-Match: W/"v2"\r\n', **put)
        self.assertEqual(self.refused(reply, 412, "stale-version")["figures"],
                         {"yours": 2, "current": 3})
        reply = self.probe.post(path, change, b'If-Match: W/"v3"\r\n', **put)
        self.assertEqual((reply.status, reply.header("ETag")), (200, 'W/"v5"'))

    def test_what_is_known_is_not_sent_again(self):
        self.probe.post("/api/v1/notes", {"name": "k", "text": "one"})
        reply = self.probe.get("/api/v1/notes/k", ALICE, b'If-None-Match: W/"v3"\r\n')
        self.assertEqual((reply.status, reply.body), (304, b""))
        reply = self.probe.get("/api/v1/notes/k", ALICE, b'If-None-Match: W/"v4"\r\n')
        self.assertEqual(reply.status, 200)

    def test_the_same_key_and_request_get_the_same_reply(self):
        key = b"Idempotency-Key: k-1\r\n"
        note = {"name": "i1", "text": "x"}
        first = self.probe.post("/api/v1/notes", note, key)
        again = self.probe.post("/api/v1/notes", note, key)
        self.assertEqual(first.status, 201)
        self.assertEqual((again.status, again.body), (first.status, first.body))
        for name in ("ETag", "Location", "Content-Type"):
            self.assertEqual(again.header(name), first.header(name))
        self.assertIsNone(first.header("Idempotent-Replayed"))
        self.assertEqual(again.header("Idempotent-Replayed"), "true")
        self.assertEqual(self.probe.post("/api/v1/notes", note).status, 409)

    def test_the_same_key_with_another_request_is_refused(self):
        key = b"Idempotency-Key: k-2\r\n"
        self.probe.post("/api/v1/notes", {"name": "i2", "text": "x"}, key)
        for path, note in (("/api/v1/notes", {"name": "i3", "text": "x"}),
                           ("/api/v1/doubts", {"name": "i2", "text": "x"})):
            self.refused(self.probe.post(path, note, key), 409, "idempotency-key-reused")
        self.assertEqual(self.probe.post("/api/v1/notes", {"name": "i4", "text": "x"}, key,
                                         who=b"Authorization: Bearer carol\r\n").status, 201)

    def test_a_refused_request_does_not_use_its_key_up(self):
        key = b"Idempotency-Key: k-3\r\n"
        self.assertEqual(self.probe.post("/api/v1/failures", {"name": "f", "text": "x"},
                                         key).status, 409)
        self.assertEqual(self.probe.post("/api/v1/notes", {"name": "f", "text": "x"},
                                         key).status, 201)

    def test_a_key_has_bounds(self):
        for key in (b"", b"a b", b"x" * 129, b"\xe4\xba\x91"):
            reply = self.probe.post("/api/v1/notes", {"name": "z", "text": "x"},
                                    b"Idempotency-Key: " + key + b"\r\n")
            self.refused(reply, 400, "idempotency-key-invalid")

    def test_a_failing_handler_leaves_nothing_behind(self):
        self.refused(self.probe.post("/api/v1/failures", {"name": "nb", "text": "x"}), 409,
                     "note-failed")
        self.refused(self.probe.get("/api/v1/notes/nb"), 404, "note-unknown")

    def test_a_refusal_that_must_be_remembered_is_committed(self):
        reply = self.probe.post("/api/v1/doubts", {"name": "d", "text": "x"})
        problem = self.refused(reply, 422, "not-permitted")
        self.assertEqual(problem["figures"], {"last": "2026-03-01", "over": 1.5, "action": '"x"'})
        self.assertEqual((problem["article"], problem["parameter"]), ("20", "note.doubt"))
        self.assertEqual(self.probe.get("/api/v1/notes/d").status, 200)
        self.assertIsNone(reply.header("ETag"))
        self.assertIsNone(reply.header("Location"))

    def test_nothing_is_promised_when_the_commit_fails(self):
        self.probe.process.send_signal(signal.SIGUSR2)
        replies = []
        for i in range(2000):  # the signal needs a moment to arrive
            replies.append(self.probe.post("/api/v1/notes", {"name": f"c{i}", "text": "x"}))
            if replies[-1].status != 201:
                break
        self.assertEqual(replies[-1].status, 507, replies[-1].body)
        shown = self.probe.get(f"/api/v1/notes/c{len(replies) - 1}")
        self.assertEqual(shown.status, 404)

    def test_a_line_serves_many_requests(self):
        with self.probe.line() as line:
            for i in range(20):
                line.send(post("/api/v1/notes", {"name": f"line{i}", "text": "x"}))
                self.assertEqual(line.reply().status, 201)
                line.send(b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n")
                self.assertEqual(line.reply().status, 404)

    def test_pipelined_requests_are_answered_in_order(self):
        with self.probe.line() as line:
            line.send(b"".join(post("/api/v1/notes", {"name": f"pipe{i}", "text": "x"}) +
                               b"GET /api/v1/notes/pipe%d HTTP/1.1\r\n" % i + HOST + ALICE + b"\r\n"
                               for i in range(10)))
            for i in range(10):
                self.assertEqual(line.reply().header("Location"), f"/api/v1/notes/pipe{i}")
                self.assertEqual(line.reply().json()["name"], f"pipe{i}")

    def test_whoever_hangs_up_midway_leaves_nothing_running(self):
        whole = post("/api/v1/notes", {"name": "gone", "text": "x"})
        for n in (1, 30, len(whole) - 5):
            with self.probe.line() as line:
                line.send(whole[:n])
        for path in ("/api/v1/hold", "/api/v1/large?size=30000000"):
            with self.probe.line() as line:
                line.send(b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + ALICE + b"\r\n")
                if "hold" in path:
                    self.probe.until("yunheng_http_requests_running", 1)
        for _ in range(20000):
            self.probe.release()
            if self.probe.figures()["yunheng_http_requests_running"] == 0:
                return
        self.fail("something runs on for nobody")


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
            lines = []
            busy = None
            for _ in range(5):
                line = stack.enter_context(self.probe.line())
                line.send(hold)
                line.sock.settimeout(0.5)
                try:
                    busy = line.reply()
                    break
                except socket.timeout:
                    line.sock.settimeout(WAIT)
                    lines.append(line)
            self.refused(busy, 503, "write-queue-full")
            self.assertEqual(busy.header("Retry-After"), "1")
            for line in lines:
                self.assertEqual(self.probe.release_until(line).status, 200)


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
                reply = open_line.reply()
                if reply.status != 200:
                    break
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
