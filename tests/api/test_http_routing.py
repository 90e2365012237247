"""What the HTTP room routes and takes in: paths, methods, media types, bodies and queries as declared;
and what it says of itself."""
import unittest

from http_probe import ALICE, Base, HOST, post


class Routing(Base):
    def test_an_unknown_path_is_404(self):
        for path in ("/nothing", "/api/v1/nothing", "/api/v1/notes/a/b", "/api//v1/notes",
                     "/api/v1/notes/", "/../etc/passwd", "/api/v1/notes/../notes"):
            self.refused(self.probe.get(path), 404, "path-unknown")

    # proves S15
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

    # proves S15
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

    # proves S14
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

    # proves S15
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

    # proves S15
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

    # proves S15
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

    # proves S15
    def test_a_path_parameter_is_held_to_its_declaration(self):
        self.refused(self.probe.get("/api/v1/notes/a%20b"), 400, "field-code", "{name}")

    def test_an_operation_without_a_body_takes_none(self):
        reply = self.probe.post("/api/v1/session", {"x": 1}, method=b"DELETE")
        self.refused(reply, 400, "field-unknown", "/x")
        self.assertEqual(self.probe.post("/api/v1/session", b"", method=b"DELETE").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
