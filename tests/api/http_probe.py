"""The HTTP room on a real socket: tests/unit/http/http_probe.c, a small server with a store of its
own, and lines to it that send whatever bytes a test wants."""
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
