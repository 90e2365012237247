"""The console's files as a browser gets them: what is served under which address and headers, what is
never served, and what a folder must be to be served at all."""
import gzip
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import http_probe as probe
from http_probe import ALICE, HOST

INDEX = '<!doctype html><title>云衡</title>' + '<p>x</p>' * 300
SCRIPT = 'console.log("云");' * 200
FILES = {'index.html': INDEX, 'theme.js': 'let a=1', 'icon.svg': '<svg/>', 'site.webmanifest': '{}',
         'assets/index-1a2B.js': SCRIPT, 'assets/index-1a2B.css': 'p{}', 'assets/f-00.woff2': b'\0\1\xff' * 9,
         'assets/empty-0.js': '', 'assets/odd name-1.bin': b'\0', 'help/one.html': '<p>help</p>',
         '.vite/manifest.json': '{}', '.secret': 'no', 'lone.gz': b'not compressed at all'}
PACKED = ('index.html', 'assets/index-1a2B.js')


def folder(files=None, packed=PACKED):
    made = tempfile.TemporaryDirectory()
    for name, body in (FILES if files is None else files).items():
        path = pathlib.Path(made.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
    for name in packed:
        path = pathlib.Path(made.name, name)
        pathlib.Path(str(path) + '.gz').write_bytes(gzip.compress(path.read_bytes()))
    return made


class Console(probe.Base):
    @classmethod
    def setUpClass(cls):
        cls.folder = folder()
        cls.probe = probe.Probe(5, 0, 0, cls.folder.name)
        cls.folder.cleanup()  # what is served is in memory

    def get(self, path, *headers, method=b'GET'):
        return self.probe.get(path, b'', *headers, method=method)

    def body(self, reply):
        return gzip.decompress(reply.body) if reply.header('Content-Encoding') else reply.body

    def test_every_address_of_the_console_is_its_index(self):
        for path in ('/', '/?a=b', '/inbox', '/cases/YH-2026-000001', '/a/b/c/d', '/projects/unit03.XM-063', '/%E4%BA%8B/%20x', '/inbox/',
                     '/index.html', '/apish', '/help/two', '/a%20b?next=/x.y'):
            with self.subTest(path):
                reply = self.get(path)
                self.assertEqual((reply.status, reply.body.decode()), (200, INDEX))
                self.assertEqual(reply.header('Content-Type'), 'text/html; charset=utf-8')
                self.assertEqual(reply.header('Cache-Control'), 'no-cache')

    def test_what_is_no_file_and_no_address_is_404(self):
        for path in ('/api', '/api/', '/api/v1/nothing', '/healthz/x', '/metrics/', '/assets', '/assets/',
                     '/assets/none-1.js', '/assets/none', '/none.js', '/.secret', '/.vite/manifest.json',
                     '//', '//inbox', '/a//b', '/./a', '/../etc/passwd', '/assets/../index.html', '/%2e%2e/etc/hosts',
                     '/assets/%2e%2e/%2e%2e/etc/passwd', '/index.html.gz', '/assets/index-1a2B.js.gz', '/help.d',
                     '/INDEX.HTML', '/assets/index-1a2b.js', '/' + 'a/' * 20 + '.x'):
            with self.subTest(path):
                self.refused(self.get(path), 404, 'path-unknown')

    def test_odd_addresses_are_refused_as_ever(self):
        for path in ('/%', '/%zz', '/%00', '/a%2fb', '/assets/..%2f..%2fetc%2fpasswd', '/%c0%ae%c0%ae/x', '/%ff',
                     '/a%0d%0ab', '/%5c..%5c%0a'):
            with self.subTest(path):
                self.refused(self.get(path), 400, 'path-invalid')
        for data in (b'GET /inbox\\x HTTP/1.1\r\n', b'GET http://y/inbox HTTP/1.1\r\n', b'GET /a#b HTTP/1.1\r\n',
                     b'GET /a b HTTP/1.1\r\n'):
            with self.subTest(data):
                reply = self.probe.raw(data + HOST + b'\r\n')
                self.assertEqual(reply.status, 400)
        self.refused(self.get('/' + 'y' * 9000), 414, 'uri-too-long')

    def test_assets_are_kept_for_a_year_and_all_else_is_asked_for_again(self):
        for path in FILES:
            if not path.startswith('.') and ' ' not in path:
                with self.subTest(path):
                    reply = self.get('/' + path)
                    self.assertEqual(reply.status, 200)
                    self.assertEqual(reply.header('Cache-Control'), 'public, max-age=31536000, immutable'
                                     if path.startswith('assets/') else 'no-cache')
                    body = FILES[path]
                    self.assertEqual(reply.body, body if isinstance(body, bytes) else body.encode())
        self.assertEqual(self.get('/assets/odd%20name-1.bin').body, b'\0')

    def test_files_bear_their_types_in_utf_8(self):
        for path, kind in (('/assets/index-1a2B.js', 'text/javascript; charset=utf-8'),
                           ('/assets/index-1a2B.css', 'text/css; charset=utf-8'), ('/icon.svg', 'image/svg+xml'),
                           ('/assets/f-00.woff2', 'font/woff2'), ('/site.webmanifest', 'application/manifest+json'),
                           ('/lone.gz', 'application/octet-stream')):
            self.assertEqual(self.get(path).header('Content-Type'), kind)

    # proves S15
    def test_every_page_is_fenced_in(self):
        for reply in (self.get('/'), self.get('/assets/index-1a2B.js'), self.get('/inbox', method=b'HEAD')):
            policy = dict(p.strip().split(' ', 1) for p in reply.header('Content-Security-Policy').split(';'))
            self.assertEqual(policy['default-src'], "'none'")
            self.assertEqual(policy['script-src'], "'self'")
            self.assertEqual(policy['frame-ancestors'], "'none'")
            self.assertEqual(reply.header('X-Content-Type-Options'), 'nosniff')
            self.assertEqual(reply.header('Referrer-Policy'), 'no-referrer')
            self.assertEqual(reply.header('Cross-Origin-Opener-Policy'), 'same-origin')
            self.assertIn('camera=()', reply.header('Permissions-Policy'))
            self.assertTrue(reply.header('X-Request-Id'))
            self.assertIsNone(reply.header('Set-Cookie'))

    def test_who_takes_gzip_gets_it_and_caches_are_told(self):
        plain = self.get('/assets/index-1a2B.js')
        for accept, packed in ((b'gzip', True), (b'gzip, deflate, br', True), (b'br;q=1.0, gzip;q=0.8, *;q=0.1', True),
                               (b'GZIP', True), (b'*', True), (b'gzip;q=0.001', True), (b'br', False), (b'', False),
                               (b'identity', False), (b'gzip;q=0', False), (b'gzip; q=0.000', False),
                               (b'*;q=0', False), (b'gzip;q=0, *', False), (b'xgzip', False), (b'gzipx', False)):
            with self.subTest(accept):
                reply = self.get('/assets/index-1a2B.js', b'Accept-Encoding: ' + accept + b'\r\n')
                self.assertEqual(reply.header('Content-Encoding'), 'gzip' if packed else None)
                self.assertEqual(self.body(reply).decode(), SCRIPT)
                self.assertEqual(len(reply.body) < len(plain.body), packed)
                self.assertEqual(reply.header('Vary'), 'Accept-Encoding')
                self.assertEqual(reply.header('Content-Type'), plain.header('Content-Type'))
                self.assertEqual(reply.header('ETag') == plain.header('ETag'), not packed)
        two = self.get('/', b'Accept-Encoding: br\r\n', b'Accept-Encoding: gzip\r\n')
        self.assertEqual(two.header('Content-Encoding'), 'gzip')
        alone = self.get('/theme.js', b'Accept-Encoding: gzip\r\n')
        self.assertEqual((alone.header('Content-Encoding'), alone.header('Vary')), (None, None))

    def test_what_the_browser_has_already_is_not_sent_again(self):
        for path in ('/', '/inbox', '/assets/index-1a2B.js', '/theme.js', '/assets/empty-0.js'):
            for coding in ((), (b'Accept-Encoding: gzip\r\n',)):
                tag = self.get(path, *coding).header('ETag').encode()
                self.assertRegex(tag.decode(), r'^"[0-9a-f]{32}"$')
                for given in (tag, b'W/' + tag, b'"x", ' + tag, b'W/"y",' + tag + b' , "z"', b'*'):
                    with self.subTest(path, coding=coding, given=given):
                        reply = self.get(path, b'If-None-Match: ' + given + b'\r\n', *coding)
                        self.assertEqual((reply.status, reply.body), (304, b''))
                        self.assertEqual(reply.header('ETag').encode(), tag)
                        self.assertTrue(reply.header('Cache-Control'))
                        self.assertTrue(reply.header('Content-Security-Policy'))
                for given in (b'"x"', b'W/"v1"', tag[:-1], tag[1:], tag[:-1] + b'0"', tag + b'x'):
                    with self.subTest(path, coding=coding, given=given):
                        self.assertEqual(self.get(path, b'If-None-Match: ' + given + b'\r\n', *coding).status, 200)

    def test_HEAD_is_GET_without_the_body_and_no_other_method_is_admitted(self):
        for coding in ((), (b'Accept-Encoding: gzip\r\n',)):
            whole, head = self.get('/', *coding), self.get('/', *coding, method=b'HEAD')
            self.assertEqual(head.status, 200)
            for name in ('Content-Length', 'ETag', 'Content-Encoding', 'Content-Type', 'Cache-Control'):
                self.assertEqual(head.header(name), whole.header(name))
        for method in (b'POST', b'PUT', b'DELETE', b'PATCH', b'OPTIONS', b'TRACE', b'FROB'):
            reply = self.get('/inbox', method=method)
            self.refused(reply, 405, 'method-not-allowed')
            self.assertEqual(reply.header('Allow'), 'GET, HEAD')

    def test_a_body_on_a_page_is_refused_and_the_line_is_closed(self):
        with self.probe.line() as line:
            line.send(b'GET /inbox HTTP/1.1\r\n' + HOST + b'Content-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n')
            self.refused(line.reply(), 400, 'body-unexpected')
            self.assertTrue(line.ends())

    def test_pages_and_the_api_share_a_line(self):
        with self.probe.line() as line:
            for path, first in (('/', b'<!doc'), ('/healthz', b'{"sta'), ('/assets/index-1a2B.js', b'conso'),
                                ('/api/v1/notes', b'{"lim'), ('/x', b'<!doc')):
                line.send(b'GET ' + path.encode() + b' HTTP/1.1\r\n' + HOST + ALICE + b'\r\n')
                reply = line.reply()
                self.assertEqual((reply.status, reply.body[:5]), (200, first))
            line.send((b'GET /theme.js HTTP/1.1\r\n' + HOST + b'\r\n') * 20)  # without waiting
            for _ in range(20):
                self.assertEqual(line.reply().body, b'let a=1')

    def test_the_api_keeps_its_own_headers(self):
        for reply in (self.probe.get('/api/v1/notes'), self.probe.get('/api/v1/openapi.json'),
                      self.probe.get('/api/v1/none')):
            self.assertEqual(reply.header('Content-Security-Policy'), "default-src 'none'; frame-ancestors 'none'")
            self.assertEqual(reply.header('X-Content-Type-Options'), 'nosniff')
            self.assertEqual(reply.header('Cache-Control'), 'no-store')

    def test_pages_are_counted_among_the_replies_and_their_bytes_need_no_worker(self):
        before = self.probe.figures()
        for _ in range(5):
            self.assertEqual(self.get('/').status, 200)
        after = self.probe.figures()
        name = 'yunheng_http_replies_total{class="2xx"}'
        self.assertGreaterEqual(after[name] - before[name], 5)
        name = 'yunheng_http_request_duration_seconds_count{kind="json"}'
        self.assertLessEqual(after[name] - before[name], 1)


class WithoutOne(probe.Base):
    def test_a_person_with_a_browser_is_told_in_words_where_the_api_is(self):
        reply = self.probe.get('/', b'')
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.header('Content-Type'), 'text/html; charset=utf-8')
        self.assertEqual(reply.header('Cache-Control'), 'no-store')
        text = reply.body.decode()
        for part in ('没有安装控制台', 'no console installed', 'href="/api/v1/openapi.json"', 'charset="utf-8"'):
            self.assertIn(part, text)
        self.assertFalse(re.search(r'<script|<style|style=|onload|src=', text))
        self.assertIn("default-src 'none'", reply.header('Content-Security-Policy'))
        self.assertEqual(self.probe.get('/', b'', method=b'HEAD').status, 200)
        self.refused(self.probe.get('/', b'', method=b'POST'), 405, 'method-not-allowed')

    def test_nothing_else_changes(self):
        for path in ('/inbox', '/index.html', '/assets/a.js', '/../etc/passwd'):
            self.refused(self.probe.get(path, b''), 404, 'path-unknown')


class Folders(unittest.TestCase):
    """The probe says "console: SLUG FIELD" when it cannot serve the folder."""

    def start(self, path):
        with tempfile.TemporaryDirectory() as data:
            done = subprocess.run([probe.PROBE, data, str(probe.ROOT / 'policy/messages'), '0', '0', '0', path],
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertNotIn('Sanitizer', done.stderr)
        found = re.search(r'^console: (\S+) (.*)$', done.stderr, re.M)
        return found.groups() if found else done.stderr

    def refused(self, files, slug, field, packed=(), change=None):
        with folder(files, packed) as path:
            if change:
                change(pathlib.Path(path))
            self.assertEqual(self.start(path), (slug, field or path))

    def test_a_folder_that_is_not_there_or_has_no_index_is_no_console(self):
        self.assertEqual(self.start('/no/such/folder'), ('web-none', '/no/such/folder'))
        self.assertEqual(self.start('/etc/passwd'), ('web-none', '/etc/passwd'))
        self.refused({}, 'web-none', None)
        self.refused({'a.html': 'x', '.index.html': 'x'}, 'web-none', None)

    def test_links_and_what_is_no_file_are_not_followed(self):
        whole = {'index.html': 'x', 'assets/a.js': 'y'}
        for what, change in (('a link out', lambda p: (p / 'z').symlink_to('/etc/passwd')),
                             ('a link to a folder', lambda p: (p / 'z').symlink_to('/etc')),
                             ('a link within', lambda p: (p / 'z').symlink_to('index.html')),
                             ('a link to nothing', lambda p: (p / 'z').symlink_to('nothing')),
                             ('a pipe', lambda p: os.mkfifo(p / 'z'))):
            with self.subTest(what):
                self.refused(whole, 'web-unreadable', 'z', change=change)

    def test_a_gz_that_holds_something_else_is_told_of(self):
        for what, packed in (('another content', gzip.compress(b'other')), ('a longer one', gzip.compress(b'xy')),
                             ('a shorter one', gzip.compress(b'')), ('no gzip', b'x'), ('nothing', b''),
                             ('cut off', gzip.compress(b'x')[:-1]), ('two in one', gzip.compress(b'x') * 2),
                             ('more behind', gzip.compress(b'x') + b'x')):
            with self.subTest(what):
                self.refused({'index.html': 'x', 'index.html.gz': packed}, 'web-unreadable', 'index.html')

    def test_a_folder_beyond_its_bounds_is_refused(self):
        self.refused({'index.html': 'x', **{f'f{i}': '' for i in range(4096)}}, 'web-too-large', self.any)
        deep = '/'.join('d' * 9)
        self.refused({'index.html': 'x', deep + '/a': ''}, 'web-too-large', deep)
        self.refused({'index.html': 'x', 'n' * 200 + '/' + 'm' * 60: ''}, 'web-too-large', 'n' * 127)

        def large(path):
            for name in ('a', 'b'):
                with open(path / name, 'wb') as f:
                    f.truncate(33 << 20)
        self.refused({'index.html': 'x'}, 'web-too-large', self.any, change=large)

    class Any(str):
        def __eq__(self, other):
            return True
        __hash__ = str.__hash__

    any = Any('any')


if __name__ == '__main__':
    unittest.main(verbosity=1)
