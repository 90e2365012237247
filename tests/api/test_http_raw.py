"""Bodies of bytes on a real socket: what is admitted, how long they may wait, what they may cost."""
import contextlib
import unittest

import http_probe as probe
from http_probe import HOST

KEY = b"Authorization: Bearer blob\r\n"
TYPE = b"Content-Type: application/x-blob\r\n"


def blob(body, *headers, query="", key=KEY, kind=TYPE, length=None):
    n = len(body) if length is None else length
    return (b"POST /api/v1/blobs" + query.encode() + b" HTTP/1.1\r\n" + HOST + key + kind +
            b"Content-Length: %d\r\n" % n + b"".join(headers) + b"\r\n" + body)


def total(body):
    out = 0
    for byte in body:
        out = (out * 31 + byte) & 0xFFFFFFFF
    return str(out)


class Bytes(probe.Base):
    ARGS = (2,)

    def test_bytes_arrive_as_they_were_sent(self):
        for n in (0, 1, 16384, 16385, 40000, 300001):
            body = bytes(i * 7 & 0xFF for i in range(n))
            with self.subTest(n=n):
                reply = self.probe.raw(blob(body))
                self.assertEqual((reply.status, reply.body), (204, b""), reply.body)
                self.assertEqual(reply.header("X-Blob-Length"), str(n))
                self.assertEqual(reply.header("X-Blob-Sum"), total(body))
                self.assertIsNone(reply.header("Content-Type"))

    def test_a_line_carries_many_bodies_one_after_another(self):
        with self.probe.line() as line:
            for n in (5, 70000, 0, 123456):
                line.send(blob(b"z" * n))
                self.assertEqual(line.reply().header("X-Blob-Length"), str(n))

    def test_declared_headers_are_read_and_set(self):
        reply = self.probe.raw(blob(b"x", b"X-Blob-Say: a\r\n", b"Content-Encoding: Snappy\r\n"))
        self.assertEqual(reply.header("X-Blob-Said"), "snappy 0 said")
        reply = self.probe.raw(blob(b"x", b"Content-Encoding: identity\r\n"))
        self.assertEqual(reply.header("X-Blob-Said"), "identity 0 silent")
        self.refused(self.probe.raw(blob(b"x", b"X-Blob-Say: a\r\nx-blob-say: b\r\n")), 400,
                     "header-duplicate")

    def test_types_are_known_by_their_parameters(self):
        for kind, index in ((b"application/x-blob", 0), (b"APPLICATION/X-Blob", 0),
                            (b"application/x-blob; charset=UTF-8", 0),
                            (b"application/x-blob;v=Two", 1), (b"application/x-blob ; V=\"Two\"", 1),
                            (b"application/x-blob;charset=\"utf-8\"; v=Two", 1)):
            reply = self.probe.raw(blob(b"x", kind=b"Content-Type: " + kind + b"\r\n"))
            with self.subTest(kind=kind):
                self.assertEqual(reply.header("X-Blob-Said"), f"identity {index} silent")

    def test_other_types_and_codings_are_415(self):
        for kind in (b"", b"Content-Type: application/json\r\n", b"Content-Type: \r\n",
                     b"Content-Type: application/x-blob;v=two\r\n",
                     b"Content-Type: application/x-blob;v=Two;w=1\r\n",
                     b"Content-Type: application/x-blob;v=\"Two\r\n",
                     b"Content-Type: application/x-blob;\r\n",
                     b"Content-Type: application/x-blob;" + b"v" * 300 + b"=1\r\n",
                     b"Content-Type: application/x-blob v=Two\r\n"):
            with self.subTest(kind=kind):
                problem = self.refused(self.probe.raw(blob(b"x", kind=kind)), 415,
                                       "media-type-other")
                self.assertEqual(problem["figures"], {"admitted": "application/x-blob"})
        for coding in (b"gzip", b"snappy, gzip", b"snap", b"x", b"identity|snappy"):
            with self.subTest(coding=coding):
                self.refused(self.probe.raw(blob(b"x", b"Content-Encoding: " + coding + b"\r\n")),
                             415, "encoding-unsupported")
        self.refused(self.probe.post("/api/v1/notes", {}, b"Content-Encoding: gzip\r\n"), 415,
                     "encoding-unsupported")

    def test_a_body_announces_its_length_and_keeps_the_bound(self):
        head = b"POST /api/v1/blobs HTTP/1.1\r\n" + HOST + KEY + TYPE
        self.refused(self.probe.raw(head + b"\r\n"), 411, "length-required")
        self.refused(self.probe.raw(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 411,
                     "length-required")
        problem = self.refused(self.probe.raw(blob(b"", length=(4 << 20) + 1)), 413,
                               "body-too-large")
        self.assertEqual(problem["figures"]["max"], 4 << 20)
        self.assertEqual(self.probe.raw(blob(b"q" * (4 << 20))).status, 204)

    def test_a_persons_token_opens_nothing_here_and_its_key_nothing_elsewhere(self):
        for key in (b"", probe.ALICE, b"Cookie: yh_session=alice-session\r\n"):
            self.refused(self.probe.raw(blob(b"x", key=key)), 401, "token-unknown")
        self.refused(self.probe.get("/api/v1/notes", KEY), 401, "token-unknown")

    def test_a_failing_reply_carries_what_was_set(self):
        reply = self.probe.raw(blob(b"abc", query="?spoil=true"))
        self.refused(reply, 400, "note-failed")
        self.assertEqual(reply.header("X-Blob-Length"), "3")

    def test_held_replies_keep_no_worker_and_leave_when_they_are_let_go(self):
        with contextlib.ExitStack() as stack:
            lines = [stack.enter_context(self.probe.line()) for _ in range(20)]
            for i, line in enumerate(lines):
                line.send(blob(b"h" * i, query="?hold=true"))
            self.probe.until("yunheng_http_requests_running", len(lines))
            for _ in range(3):
                self.assertEqual(self.probe.raw(blob(b"x")).status, 204)
            for i, line in enumerate(lines):
                reply = self.probe.release_until(line)
                self.assertEqual((reply.status, reply.header("X-Blob-Length")), (204, str(i)))

    def test_a_reply_held_in_vain_leaves_at_once(self):
        self.refused(self.probe.raw(blob(b"x", query="?fail=true")), 503, "server-busy")

    def strangers(self):
        """Of eight that begin, how many are refused at once; whoever is known is served meanwhile."""
        stranger = blob(b"", key=b"Authorization: Bearer nobody\r\n", length=4 << 20)
        with contextlib.ExitStack() as stack:
            refused = 0
            for _ in range(8):
                line = stack.enter_context(self.probe.line())
                line.send(stranger)
                line.sock.settimeout(0.3)
                with contextlib.suppress(OSError):
                    self.refused(line.reply(), 503, "server-busy")
                    refused += 1
            self.assertEqual(self.probe.raw(blob(b"k" * (4 << 20))).status, 204)
        return refused

    def test_strangers_bodies_share_a_bound_that_leaves_the_known_theirs(self):
        seen = [self.strangers()]
        while seen[-1] != 2 and len(seen) < 20:  # a slow machine answers late, or loses some of them
            seen.append(self.strangers())
        self.assertEqual(seen[-1], 2, seen)
        for _ in range(200):  # the strangers hung up
            reply = self.probe.raw(blob(b"x" * (4 << 20), key=b"Authorization: Bearer nobody\r\n"))
            if reply.status == 401:
                break
        self.assertEqual(reply.status, 401)


if __name__ == "__main__":
    unittest.main(verbosity=1)
