"""Who the HTTP room thinks somebody is, and what it promises: versions, keys, commits, order."""
import signal
import unittest

from http_probe import ALICE, Base, HOST, post


class Identity(Base):
    # proves S01
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

    # proves S03
    def test_a_session_writes_only_with_its_anti_forgery_token(self):
        cookie = b"Cookie: a=b; yh_session=alice-session\r\n"
        self.assertEqual(self.probe.get("/api/v1/notes", cookie).status, 200)
        for header in (b"", b"X-CSRF-Token: other\r\n"):
            reply = self.probe.post("/api/v1/notes", {"name": "c", "text": "x"}, header, who=cookie)
            self.refused(reply, 403, "csrf-mismatch")
        reply = self.probe.post("/api/v1/notes", {"name": "c", "text": "x"},
                                b"X-CSRF-Token: csrf\r\n", who=cookie)
        self.assertEqual(reply.status, 201)

    # proves S03
    def test_the_session_cookie_is_out_of_reach_of_scripts(self):
        reply = self.probe.post("/api/v1/session", b"", who=b"")
        self.assertEqual(reply.header("Set-Cookie"),
                         "yh_session=abc; Path=/; HttpOnly; SameSite=Strict")
        reply = self.probe.post("/api/v1/session", b"", method=b"DELETE")
        self.assertIn("Max-Age=0", reply.header("Set-Cookie"))

    # proves S06
    def test_the_matrix_decides_and_the_widest_relation_counts(self):
        note = {"name": "m1", "text": "x"}
        reply = self.probe.post("/api/v1/notes", note, who=b"Authorization: Bearer guest\r\n")
        self.assertEqual(self.refused(reply, 403, "not-permitted")["figures"],
                         {"action": "note.create"})
        reply = self.probe.post("/api/v1/notes", note, who=b"Authorization: Bearer carol\r\n")
        self.assertEqual(reply.json()["relation"], "any")

    # proves S06
    def test_a_reading_token_only_reads(self):
        who = b"Authorization: Bearer alice-read\r\n"
        self.assertEqual(self.probe.get("/api/v1/notes", who).status, 200)
        self.refused(self.probe.post("/api/v1/notes", {"name": "r", "text": "x"}, who=who), 403,
                     "token-read-only")

    # proves S01
    def test_who_must_change_the_password_does_nothing_else(self):
        who = b"Authorization: Bearer newbie\r\n"
        self.refused(self.probe.get("/api/v1/notes", who), 403, "password-must-change")
        self.assertEqual(self.probe.post("/api/v1/session", b"", method=b"DELETE",
                                         who=who).status, 200)

    # proves S15
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

    # proves S09
    def test_a_refusal_that_must_be_remembered_is_committed(self):
        reply = self.probe.post("/api/v1/doubts", {"name": "d", "text": "x"})
        problem = self.refused(reply, 422, "not-permitted")
        self.assertEqual(problem["figures"], {"last": "2026-03-01", "over": 1.5, "action": '"x"'})
        self.assertEqual((problem["article"], problem["parameter"]), ("20", "note.doubt"))
        self.assertEqual(self.probe.get("/api/v1/notes/d").status, 200)
        self.assertIsNone(reply.header("ETag"))
        self.assertIsNone(reply.header("Location"))

    # proves S12
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


if __name__ == "__main__":
    unittest.main(verbosity=1)
