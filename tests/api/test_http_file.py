"""Files as replies on a real socket: whole, named, and closed whatever becomes of the request."""
import os
import socket
import time
import unittest

import http_probe as probe
from http_probe import ALICE, HOST


def numbers(n):
    return b"".join(b"%015d\n" % i for i in range(0, n, 16))


class Files(probe.Base):
    def open_files(self):
        """Files without a name that the server holds open."""
        folder = f"/proc/{self.probe.process.pid}/fd"
        found = 0
        for fd in os.listdir(folder):
            try:
                found += "(deleted)" in os.readlink(os.path.join(folder, fd))
            except FileNotFoundError:
                pass
        return found

    def until_closed(self, most):
        end = time.monotonic() + probe.WAIT
        while self.open_files() > most:
            self.assertLess(time.monotonic(), end, "a file stays open")

    def test_a_file_arrives_whole_with_its_type_and_its_name(self):
        for n in (0, 16, 65536, 20000000):
            reply = self.probe.get(f"/api/v1/file?size={n}")
            self.assertEqual((reply.status, len(reply.body)), (200, n))
            self.assertEqual(reply.body, numbers(n))
            self.assertEqual(reply.header("Content-Type"), "application/x-numbers")
            self.assertEqual(reply.header("Content-Disposition"),
                             "attachment; filename=\"_____.txt\"; filename*=UTF-8''%E6%95%B0%20%E5%AD%97%22%E4%B8%80.txt")
            self.assertEqual(reply.header("X-Content-Type-Options"), "nosniff")
        self.until_closed(0)

    def test_a_head_tells_the_length_and_sends_nothing(self):
        with self.probe.line() as line:
            line.send(b"HEAD /api/v1/file?size=1600 HTTP/1.1\r\n" + HOST + ALICE + b"\r\n")
            reply = line.reply(head_only=True)
            self.assertEqual(reply.header("Content-Length"), "1600")
            line.send(b"GET /api/v1/file?size=16 HTTP/1.1\r\n" + HOST + ALICE + b"\r\n")
            self.assertEqual(line.reply().body, numbers(16))
        self.until_closed(0)

    def test_a_request_that_fails_after_all_answers_so_and_closes_the_file(self):
        for _ in range(20):
            self.refused(self.probe.get("/api/v1/file?size=64&kind=memo"), 409, "note-failed")
        self.until_closed(0)

    def test_a_client_that_goes_leaves_no_file_open(self):
        for _ in range(4):
            with self.probe.line() as line:
                line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                line.send(b"GET /api/v1/file?size=20000000 HTTP/1.1\r\n" + HOST + ALICE + b"\r\n")
                self.assertTrue(line.sock.recv(100))
        self.until_closed(0)

    def test_who_may_not_ask_gets_no_file(self):
        self.refused(self.probe.get("/api/v1/file?size=16", b"X-None: 1\r\n"), 401,
                     "sign-in-required")


if __name__ == "__main__":
    unittest.main()
