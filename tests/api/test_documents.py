"""Documents: handed in, judged by their bytes, attached to cases, read by whoever may see these; and
what becomes of them when the server is killed, or nobody attaches them."""
import hashlib
import http.client
import io
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import zipfile
import zlib

from city import BIN, City, InCity, Session, on_both_engines

PDF = b'%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n'


def png():
    def chunk(kind, data):
        return (struct.pack('>I', len(data)) + kind + data +
                struct.pack('>I', zlib.crc32(kind + data)))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 1, 1, 8, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(b'\0\0')) + chunk(b'IEND', b''))


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for name in names:
            z.writestr(name, 'x')
    return out.getvalue()


DOCX = archive('[Content_Types].xml', 'word/document.xml')
XLSX = archive('[Content_Types].xml', 'xl/workbook.xml')
OFD = archive('OFD.xml', 'Doc_0/Document.xml')
KINDS = [('批复.pdf', PDF, 'pdf'), ('图.png', png(), 'png'), ('照片.JPG', b'\xff\xd8\xff\xe0' + b'j' * 90, 'jpeg'),
         ('公文.ofd', OFD, 'ofd'), ('说明.docx', DOCX, 'docx'), ('清单.xlsx', XLSX, 'xlsx'),
         ('注.txt', '说明\r\n'.encode(), 'txt'), ('表.csv', '甲,乙\n1,2\n'.encode(), 'csv')]
TYPES = {'pdf': 'application/pdf', 'png': 'image/png', 'jpeg': 'image/jpeg',
         'ofd': 'application/ofd', 'txt': 'text/plain; charset=utf-8',
         'csv': 'text/csv; charset=utf-8'}
TEST = {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}


def upload(who, name, data, kind='application/octet-stream'):
    return who.call('POST', '/api/v1/documents?name=' + urllib.parse.quote(name), data,
                    {'Content-Type': kind})


def download(who, document):
    status, body = who.bytes_of(f'/api/v1/documents/{document}/content')
    return (status, body) if status == 200 else (status, None)


def sm3(data):
    return hashlib.new('sm3', data).hexdigest()


@on_both_engines
class Documents(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.who = cls.city.who
        cls.city.project('papers')

    def file(self, documents, who='u1'):
        return self.who[who].file('test', TEST, project='papers', documents=documents)

    def folder(self, *parts):
        return os.path.join(self.city.store.data, 'documents', *parts)

    def path(self, digest):
        return self.folder(digest[:2], digest)

    def run_job(self):
        job = ("(SELECT due_at FROM job WHERE kind = 'document.tidy' AND done_at IS NULL)")
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'document.tidy'")
        self.city.wait_until(lambda: str(self.city.store.sql('SELECT ' + job)) not in
                             ('1', '[(1,)]') and self.later(), 'the job does not run')

    def later(self):
        text = self.city.store.sql("SELECT due_at FROM job WHERE kind = 'document.tidy'")
        due = int(text) if isinstance(text, str) else text[0][0]
        # while it runs it is held for ten minutes; done, it comes again after an hour
        return due > (time.time() + 1800) * 1000000

    def test_each_kind_is_judged_by_its_bytes_and_comes_back_whole(self):
        u1 = self.who['u1']
        for name, data, kind in KINDS:
            with self.subTest(name=name):
                made = upload(u1, name, data)
                self.assertEqual((made['kind'], made['size_bytes'], made['name'], made['attached']),
                                 (kind, len(data), name, False))
                self.assertEqual(made['digest'], sm3(data))
                self.assertEqual(download(u1, made['id']), (200, data))
                self.assertEqual(upload(u1, name, data)['id'], made['id'], 'the same is one')
                u1.call('DELETE', f'/api/v1/documents/{made["id"]}')
                self.assertEqual(download(u1, made['id'])[0], 404)

    # proves S15
    def test_it_is_served_as_a_file_to_be_saved_and_never_as_a_page(self):
        u1 = self.who['u1']
        text = b'<html><script>alert(1)</script></html>'
        made = upload(u1, 'page.txt', text)
        _, _, headers = self.head(u1, made['id'])
        self.assertEqual(headers['Content-Type'], 'text/plain; charset=utf-8')
        self.assertTrue(headers['Content-Disposition'].startswith('attachment; filename="page.txt"'))
        self.assertEqual(headers['X-Content-Type-Options'], 'nosniff')
        self.assertIn("default-src 'none'", headers['Content-Security-Policy'])
        for name, data, kind in KINDS:
            if kind in TYPES:
                made = upload(u1, name, data)
                self.assertEqual(self.head(u1, made['id'])[2]['Content-Type'], TYPES[kind])

    def head(self, who, document):
        return who.raw('HEAD', f'/api/v1/documents/{document}/content')

    # proves S15
    def test_hostile_names_kinds_and_sizes_are_refused_in_words(self):
        u1 = self.who['u1']
        for name in ['../../etc/passwd.pdf', 'a/b.pdf', 'a\\b.pdf', '.pdf', ' a.pdf', 'a.pdf ',
                     'evil\u202efdp.pdf', 'zero\u200bwidth.pdf', 'a:b.pdf', 'a<b>.pdf', '"a.pdf']:
            with self.subTest(name=name):
                self.refused('document-name', upload, u1, name, PDF)
        self.refused('field-too-long', upload, u1, 'a' * 200 + '.pdf', PDF)
        for name, data in [('a.exe', PDF), ('a.pdf', png()), ('a.pdf.html', PDF), ('a', PDF),
                           ('a.docx', XLSX), ('a.html', b'<html></html>')]:
            with self.subTest(name=name):
                self.refused('document-name-other', upload, u1, name, data)
        for data in [b'MZ\x90\0\3\0\0\0', b'\x7fELF\2\1\1', PDF[:20], b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
                     b'ok\0no', '中文'.encode('gb18030'), b'\xed\xa0\x80', b'\xc0\xaf', DOCX[:40],
                     b'PK\3\4' + b'\0' * 100, b'a\xe4\xb8']:
            with self.subTest(data=data[:8]):
                self.refused('document-kind-unknown', upload, u1, 'a.pdf', data)
        self.refused('document-macro', upload, u1, 'a.docx',
                     archive('[Content_Types].xml', 'word/document.xml', 'word/vbaProject.bin'))
        problem = self.refused('document-kind-other', upload, u1, 'a.zip', archive('a.txt'))
        self.assertEqual(problem['parameter'], 'document.kinds')
        self.refused('document-empty', upload, u1, 'a.txt', b'')
        self.refused('document-type-other', upload, u1, 'a.pdf', PDF, 'image/png')
        self.refused('media-type-other', upload, u1, 'a.html', b'<html>', 'text/html')
        self.assertEqual(upload(u1, 'typed.pdf', PDF, 'application/pdf')['kind'], 'pdf')

    def test_what_is_too_large_is_refused_and_leaves_nothing(self):
        u1 = self.who['u1']
        big = b'x' * (50 * 1024 * 1024 + 1)
        before = set(os.listdir(self.folder('incoming')))
        problem = self.refused('document-too-big', upload, u1, 'big.txt', big)
        self.assertEqual(problem['figures']['max'], 50)
        with socket.create_connection(('127.0.0.1', self.city.server.port)) as s:
            s.sendall(f'POST /api/v1/documents?name=a.txt HTTP/1.1\r\nHost: x\r\nCookie: yh_session='
                      f'{u1.token}\r\nX-CSRF-Token: {u1.csrf}\r\nContent-Type: text/plain\r\n'
                      f'Content-Length: {1 << 40}\r\n\r\n'.encode())
            self.assertIn(b' 413 ', s.recv(200))
        self.city.wait_until(lambda: set(os.listdir(self.folder('incoming'))) == before,
                             'what was received stays')

    def test_a_large_file_costs_no_memory(self):
        data = b''.join(b'%015d\n' % i for i in range(3000000))  # 48 MB
        made = upload(self.who['u1'], 'numbers.txt', data)
        self.assertEqual(made['digest'], sm3(data))
        with open(f'/proc/{self.city.server.process.pid}/status', encoding='ascii') as f:
            peak = [int(line.split()[1]) for line in f if line.startswith('VmHWM')][0]
        self.assertLess(peak, 400 * 1024 if 'asan' in BIN else 120 * 1024)

    def test_who_sends_no_credential_is_refused_before_a_byte(self):
        nobody = Session(self.city.server.port)
        self.refused('sign-in-required', upload, nobody, 'a.pdf', PDF)
        with socket.create_connection(('127.0.0.1', self.city.server.port)) as s:
            s.sendall(b'POST /api/v1/documents?name=a.pdf HTTP/1.1\r\nHost: x\r\n'
                      b'Content-Type: application/pdf\r\nContent-Length: 1000000\r\n\r\n')
            self.assertIn(b' 401 ', s.recv(200))
        forged = Session(self.city.server.port, self.who['u1'].token, 'x' * 32)
        self.refused('csrf-mismatch', upload, forged, 'a.pdf', PDF)
        self.city.wait_until(lambda: not os.listdir(self.folder('incoming')),
                             'what was received stays')

    # proves S07
    def test_attached_at_filing_it_is_read_by_whoever_sees_the_case_and_nobody_else(self):
        w = self.who
        made = upload(w['u1'], '申请.pdf', PDF + b'filing')
        self.assertEqual(download(w['o1'], made['id'])[0], 404)
        case = self.file([made['id']])['no']
        self.assertEqual(download(w['o1'], made['id']), (200, PDF + b'filing'))
        for other in ('u2', 'du', 'sysadmin', 'dd'):
            self.assertEqual(download(w[other], made['id'])[0], 404, other)
        [row] = w['o1'].get(f'/api/v1/cases/{case}/documents')['items']
        self.assertEqual((row['name'], row['step'], row['person'], row['attached']),
                         ('申请.pdf', '', 'u1', True))
        self.refused('case-unknown', w['u2'].get, f'/api/v1/cases/{case}/documents')
        self.refused('document-attached', w['u1'].call, 'DELETE', f'/api/v1/documents/{made["id"]}')
        events = w['o1'].get(f'/api/v1/cases/{case}/events')['items']
        [event] = [e for e in events if e['kind'] == 'document.attached']
        self.assertEqual(event['payload']['digest'], sm3(PDF + b'filing'))
        mine = upload(w['o1'], '审核.pdf', PDF + b'review')
        w['o1'].call('POST', f'/api/v1/cases/{case}/steps/review/decision',
                     {'outcome': 'approve', 'reason': '同意', 'documents': [mine['id']]})
        rows = w['u1'].get(f'/api/v1/cases/{case}/documents')['items']
        self.assertEqual([(r['name'], r['step']) for r in rows],
                         [('申请.pdf', ''), ('审核.pdf', 'review')])
        self.assertEqual(download(w['u1'], mine['id']), (200, PDF + b'review'))

    def test_what_is_attached_is_handed_in_anew_for_another_case_by_whoever_sees_it_and_kept_once(self):
        w, data = self.who, PDF + b'once more'
        made = upload(w['u1'], '旧件.pdf', data)
        copy = lambda who, of=made: w[who].call('POST', f"/api/v1/documents/{of['id']}/copies")
        self.assertEqual(copy('u1')['id'], made['id'])
        case = self.file([made['id']])['no']
        w['o1'].decide(case, 'review', 'refuse')
        anew = copy('u1')
        self.assertEqual(copy('u1')['id'], anew['id'])
        self.assertEqual((anew['id'] == made['id'], anew['attached'], anew['name'], anew['digest'], anew['label']),
                         (False, False, '旧件.pdf', made['digest'], made['label']))
        again = self.file([anew['id']])['no']
        for no, document in ((case, made), (again, anew)):
            rows = w['o1'].get(f'/api/v1/cases/{no}/documents')['items']
            self.assertEqual([r['id'] for r in rows], [document['id']])
        self.assertEqual(os.listdir(self.folder(made['digest'][:2])).count(made['digest']), 1)
        theirs = copy('o1')
        self.assertEqual(download(w['o1'], theirs['id']), (200, data))
        w['o1'].call('DELETE', f"/api/v1/documents/{theirs['id']}")
        self.assertEqual(download(w['o1'], made['id']), (200, data))
        for other in ('u2', 'du', 'sysadmin', 'dd'):
            self.refused('document-unknown', copy, other)

    def test_nobody_attaches_another_ones_document(self):
        w = self.who
        made = upload(w['u2'], '他人.pdf', PDF + b'other')
        for documents in ([made['id']], ['0' * 32], ['x'], [7], [None]):
            problem = self.refused('document-unknown', self.file, documents)
            self.assertEqual(problem['field'], '/documents/0')
        self.assertFalse(w['u2'].get(f'/api/v1/documents/{made["id"]}')['attached'])
        self.refused('documents-many', self.file,
                     [upload(w['u1'], '很多.pdf', PDF + b'many')['id']] * 101)

    def test_a_field_of_a_form_that_asks_for_a_document_attaches_it(self):
        u1, e1 = self.who['u1'], self.who['e1']
        u1.call('POST', '/api/v1/projects',
                {'unit': 'civil', 'cloud': 'YH', 'code': 'asked', 'name': '附件项目'})
        made = upload(u1, '立项.pdf', PDF + b'asked')
        form = dict(self.city.quota_form(), documents=['01890000-0000-7000-8000-000000000000'])
        problem = self.refused('document-unknown', u1.file, 'quota', form, project='asked')
        self.assertEqual(problem['field'], '/form/documents/0')
        form['documents'] = [made['id']]
        case = u1.file('quota', form, project='asked')
        [said] = [s['text'] for s in case['says'] if s['field'] == 'documents']
        self.assertIn('立项.pdf', said)
        self.assertEqual(download(e1, made['id']), (200, PDF + b'asked'))
        e1.call('POST', f"/api/v1/cases/{case['no']}/steps/review/return", {'defects': ['缺附图']})
        more = upload(u1, '附图.png', png())
        form['documents'].append(more['id'])
        u1.call('POST', f"/api/v1/cases/{case['no']}/resubmission", {'form': form})
        rows = e1.get(f"/api/v1/cases/{case['no']}/documents")['items']
        self.assertEqual([r['name'] for r in rows], ['立项.pdf', '附图.png'])

    def test_a_trial_attaches_nothing(self):
        made = upload(self.who['u1'], '试.pdf', PDF + b'trial')
        self.who['u1'].call('POST', '/api/v1/cases?dry_run=true',
                            {'procedure': 'test', 'project': 'papers', 'form': TEST,
                             'documents': [made['id']]})
        self.assertFalse(self.who['u1'].get(f'/api/v1/documents/{made["id"]}')['attached'])

    def test_what_is_attached_to_nothing_lapses_and_its_file_is_collected(self):
        u1 = self.who['u1']
        kept = upload(u1, '留.pdf', PDF + b'kept')
        gone = upload(u1, '去.pdf', PDF + b'gone')
        twin = upload(u1, '同.pdf', PDF + b'kept')
        self.file([kept['id']])
        us = 2 * 86400 * 1000000
        self.city.store.sql(f'UPDATE document SET made_at = made_at - {us}')
        for digest in (kept['digest'], gone['digest']):
            os.utime(self.path(digest), (1, 1))
        for _ in range(9):  # a pass looks through an eighth of the folder
            self.run_job()
        self.assertEqual(download(u1, gone['id'])[0], 404)
        self.assertEqual(download(u1, twin['id'])[0], 404)
        self.assertFalse(os.path.exists(self.path(gone['digest'])))
        self.assertEqual(download(u1, kept['id']), (200, PDF + b'kept'))

    def test_a_file_that_was_just_put_is_not_collected_before_its_row(self):
        os.makedirs(self.folder('ab'), exist_ok=True)
        fresh, lost = 'ab' + '0' * 62, 'ab' + '1' * 62
        for name in (fresh, lost):
            with open(self.path(name), 'wb') as f:
                f.write(b'x')
        os.utime(self.path(lost), (1, 1))
        with open(self.folder('incoming', 'dead'), 'wb') as f:
            f.write(b'x')
        os.utime(self.folder('incoming', 'dead'), (1, 1))
        for _ in range(9):
            self.run_job()
        self.assertTrue(os.path.exists(self.path(fresh)))
        self.assertFalse(os.path.exists(self.path(lost)))
        self.assertFalse(os.path.exists(self.folder('incoming', 'dead')))
        os.unlink(self.path(fresh))

    def test_a_file_that_is_missing_is_told_and_not_served_as_another(self):
        u1 = self.who['u1']
        made = upload(u1, '丢.pdf', PDF + b'lost')
        os.unlink(self.path(made['digest']))
        status, body = u1.bytes_of(f'/api/v1/documents/{made["id"]}/content')
        self.assertGreaterEqual(status, 500)
        self.assertIn(b'document-missing', body)
        again = upload(u1, '丢.pdf', PDF + b'lost')
        self.assertEqual(download(u1, again['id']), (200, PDF + b'lost'))

    def test_the_command_line_sends_and_saves(self):
        u1 = self.who['u1']
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, '函件.pdf')
            with open(path, 'wb') as f:
                f.write(PDF + b'cli')
            env = dict(os.environ, YUNHENG_HOME=folder, HOME=folder, XDG_CONFIG_HOME=folder)

            def run(*args, **more):
                return subprocess.run([f'{BIN}/yunheng', *args], env=env, capture_output=True,
                                      text=True, check=False, **more)
            run('session', 'create', '--login', 'u1', '--password', 'Test-Passw0rd!x', '--server',
                f'http://127.0.0.1:{self.city.server.port}')
            out = run('document', 'upload', path, '--format', 'json')
            self.assertEqual(out.returncode, 0, out.stderr)
            made = json.loads(out.stdout)
            self.assertEqual((made['name'], made['kind']), ('函件.pdf', 'pdf'))
            saved = os.path.join(folder, 'saved')
            run('document', 'save', made['id'], '--out', saved)
            with open(saved, 'rb') as f:
                self.assertEqual(f.read(), PDF + b'cli')
            self.assertNotEqual(run('document', 'upload', folder + '/none').returncode, 0)
        self.assertIn(made['id'], [d['id'] for d in u1.get('/api/v1/documents')['items']])


@on_both_engines
class Killed:
    """The server is killed while documents come in: what was acknowledged is there, whole."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def test_a_server_with_another_folder_does_not_start(self):
        who = self.city.who['u2']
        made = upload(who, '在此.pdf', PDF + b'here')
        self.city.server.stop()
        place = os.path.join(self.city.store.data, 'documents', 'place')
        os.rename(place, place + '.kept')
        with self.assertRaisesRegex(AssertionError, 'documents-elsewhere'):
            self.city.server.start()
        os.replace(place + '.kept', place)
        self.city.server.start()
        self.city.meet()
        self.assertEqual(download(who, made['id']), (200, PDF + b'here'))

    def test_a_row_is_never_without_its_file(self):
        told, lock, go = {}, threading.Lock(), threading.Event()

        def send(login, i):
            who = self.city.who[login]
            for k in range(200):
                data = PDF[:-6] + f'{login} {i} {k}'.encode() * 2000 + b'%%EOF\n'
                try:
                    made = upload(Session(who.port, who.token, who.csrf), f'{i}-{k}.pdf', data)
                except (OSError, http.client.HTTPException):
                    return
                with lock:
                    told[made['id']] = (login, data)
                    if len(told) == 25:
                        go.set()
                        os.kill(self.city.server.process.pid, signal.SIGKILL)
        threads = [threading.Thread(target=send, args=(login, i))
                   for i, login in enumerate(['u1', 'u2', 'o1', 'e1'])]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertTrue(go.is_set())
        self.city.server.process.wait(60)
        self.city.server.start()
        self.city.meet()
        for document, (login, data) in told.items():
            self.assertEqual(download(self.city.who[login], document), (200, data))
        for login in ('u1', 'u2', 'o1', 'e1'):
            for row in self.city.who[login].get('/api/v1/documents')['items']:
                status, data = download(self.city.who[login], row['id'])
                self.assertEqual((status, sm3(data or b'')), (200, row['digest']))


if __name__ == '__main__':
    unittest.main()
