"""Files of cases across the districts' link: what a district's unit hands in is read at the city, and
what the city makes is read at the district; in pieces, once each, whatever happens to the link."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from unittest import mock

from city import BIN, City, InCity, Problem, on_both_engines, steps
from districts import District
from hostile import Proxy
from linked import until
from test_documents import PDF, archive, download, upload
from test_link_sender import SENDER, Sender

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')
PIECE = 512 * 1024
FILES = SENDER.replace('link-sender.py', 'link-files.py')


def sm3(data):
    return hashlib.new('sm3', data).hexdigest()


def pdf(seed, size):
    """One of its own, so long."""
    filler = seed.encode()
    return b'%PDF-1.7\n%' + os.urandom(8).hex().encode() + filler * ((size - 100) // len(filler)) + b'\n' + PDF


class Counting(Proxy):
    """Counts the calls about files, and what they carried, and is shut behind so many."""
    files, carried, most = 0, 0, None

    def before(self, how, chance, path, body, kind):
        if path.endswith('/link/file'):
            self.carried += len(body)
        return super().before(how, chance, path, body, kind)

    def choose(self, path):
        if path.endswith('/link/file'):
            if self.most is not None and self.files >= self.most:
                self.open = False
            self.files += self.open
        return super().choose(path)


def lenient(folder):
    """The measures of a district that admits archives."""
    shutil.copytree(POLICY, folder)
    path = os.path.join(folder, 'shanghai-2022', 'parameters.yaml')
    with open(path, encoding='utf-8') as f:
        text = f.read()
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text.replace('value: pdf ofd', 'value: zip pdf ofd'))
    return folder


@on_both_engines
class LinkFiles(InCity):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix='yh-files-')
        cls.city = City(cls.postgres)
        try:
            with mock.patch.dict(os.environ, YUNHENG_POLICY=lenient(os.path.join(cls.home, 'policy'))):
                cls.east = District(cls.postgres)
            cls.project = cls.city.project('m1', 'du', 'east-edu', district=True)
            cls.wire = Counting(cls.city.server.port)
            code = cls.city.who['sysadmin'].call('POST', '/api/v1/districts/east/link-code', {})['code']
            cls.east.who['sysadmin'].call('POST', '/api/v1/links', {
                'url': f'http://127.0.0.1:{cls.wire.listen}', 'code': code})
            until(lambda: cls.east.who['du'].get('/api/v1/projects')['items'])
        except BaseException:
            cls.city.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.east.close()
        cls.wire.close()
        cls.city.close()
        shutil.rmtree(cls.home)

    def here(self, login='du'):
        return self.east.who[login]

    def there(self, login='o1'):
        return self.city.who[login]

    def files(self, who, no):
        try:
            return {d['name']: d for d in who.get(f'/api/v1/cases/{no}/documents')['items']}
        except Problem as problem:
            if problem.status != 404:
                raise
            return {}

    def arrived(self, who, no, name):
        return until(lambda: (d := self.files(who, no).get(name)) and d['state'] == 'here' and d)

    def carry(self, *names):
        """Filed with these files, approved by the district's operator; (name, bytes) each."""
        ids = [upload(self.here(), name, data)['id'] for name, data in names]
        no = self.here().file('test', {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]},
                              project=self.project, documents=ids)['no']
        self.here('dd').decide(no, 'district_review', reason='属实')
        return no

    def test_A12_1_S07_what_the_unit_attached_is_read_at_the_city_by_who_sees_the_case(self):
        data = pdf('附', 1200000)
        no = self.carry(('可行性报告.pdf', data))
        got = self.arrived(self.there(), no, '可行性报告.pdf')
        self.assertEqual((got['digest'], got['kind'], got['size_bytes'], got['person'], got['got_bytes'], got['there']),
                         (sm3(data), 'pdf', len(data), 'du', len(data), None))
        self.assertEqual(download(self.there(), got['id']), (200, data))
        self.assertEqual(download(self.there('u1'), got['id'])[0], 404)  # another unit's
        mine = until(lambda: (d := self.files(self.here(), no)['可行性报告.pdf'])['there'] == 'here' and d)
        self.assertEqual((mine['state'], mine['there'], mine['there_problem']), ('here', 'here', None))
        # the same bytes under another name: they are there, and do not go again
        carried = self.wire.carried
        again = self.arrived(self.there(), self.carry(('副本.pdf', data)), '副本.pdf')
        self.assertEqual(again['digest'], sm3(data))
        self.assertLess(self.wire.carried - carried, PIECE)
        self.assertNotEqual(again['id'], got['id'])

    def test_A12_1_what_is_handed_in_later_comes_with_its_act_and_forms_name_it(self):
        data, reply = pdf('改', 3000), pdf('验', 2000)
        no = self.carry()
        until(lambda: self.files(self.there(), no) == {} and self.there().get('/api/v1/cases', text=no)['items'])
        self.city.open(no)
        until(lambda: 'verify' in steps(self.here().case(no)))
        ids = [upload(self.here(), '验收.pdf', reply)['id']]
        self.here().call('POST', f'/api/v1/cases/{no}/steps/verify/decision',
                         {'outcome': 'passed', 'reason': '可用', 'documents': ids})
        got = self.arrived(self.there(), no, '验收.pdf')
        self.assertEqual((got['step'], download(self.there(), got['id'])[1]), ('verify', reply))
        # a form that names one names it there, too
        self.here().call('POST', '/api/v1/projects', {'unit': 'east-edu', 'cloud': 'YH', 'code': 'fp', 'name': '表单'})
        named = upload(self.here(), '额度说明.pdf', data)['id']
        no = self.here().file('quota', dict(self.city.quota_form(), documents=[named]), project='fp')['no']
        self.here('dd').decide(no, 'district_review')
        got = self.arrived(self.there('e1'), no, '额度说明.pdf')
        self.assertEqual(self.there('e1').case(no)['form']['documents'], [got['id']])
        # and comes back under its own name
        until(lambda: 'review' in steps(self.here().case(no)))
        self.assertEqual(self.here().case(no)['form']['documents'], [named])
        # what the city decided on paper is read at the district
        self.there('e1').decide(no, 'review')
        paper = until(lambda: [p for p in self.here().case(no)['abroad']['papers'] if p['document']])[0]
        name = next(n for n, d in self.files(self.here(), no).items() if d['id'] == paper['document'])
        self.assertEqual(name, paper['no'] + '.pdf')
        self.arrived(self.here(), no, name)
        status, text = download(self.here(), paper['document'])
        self.assertEqual((status, text[:5]), (200, b'%PDF-'))
        self.assertEqual(text, download(self.there('e1'), self.files(self.there('e1'), no)[name]['id'])[1])

    def label(self, document, label):
        return self.here().call('PUT', f'/api/v1/documents/{document}/label', {'label': label, 'reason': '含内部信息'})

    def test_S08_a_label_that_rises_after_the_file_crossed_rises_at_the_city_too(self):
        no = self.carry(('拓扑.pdf', pdf('拓', 1000)))
        got = self.arrived(self.there(), no, '拓扑.pdf')
        self.assertEqual((got['label'], self.city.store.sql('SELECT COUNT(*) FROM document WHERE owner IS NULL AND '
                                                            "name = '拓扑.pdf'") in ('0', [(0,)])), ('internal', True))
        [mine] = self.files(self.here(), no).values()
        self.label(mine['id'], 'sensitive')
        until(lambda: self.files(self.there(), no)['拓扑.pdf']['label'] == 'sensitive')
        self.assertEqual(download(self.there('e1'), got['id'])[0], 403)

    def test_S08_the_notice_of_a_refused_file_does_not_name_what_is_labelled_higher(self):
        made = upload(self.here(), '密级源码.zip', archive('b.txt'))['id']
        self.label(made, 'sensitive')
        no = self.here().file('test', {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]},
                              project=self.project, documents=[made])['no']
        self.here('dd').decide(no, 'district_review', reason='属实')
        [notice] = until(lambda: [n for n in self.here().get('/api/v1/notices', limit=100)['items']
                                  if n['case'] == no and n['slug'] == 'case-file-refused'])
        self.assertNotIn('密级源码', json.dumps(notice, ensure_ascii=False))
        self.assertIn('敏感', notice['sentence'])

    def test_S17_a_cut_and_a_killed_city_lose_no_piece_and_send_none_twice(self):
        data = pdf('大', 12 * PIECE - 100000)
        pieces = -(-len(data) // PIECE)
        self.wire.most = self.wire.files + 5
        begun = self.wire.files
        try:
            no = self.carry(('大文件.pdf', data))
            until(lambda: not self.wire.open)
            coming = until(lambda: (d := self.files(self.there(), no).get('大文件.pdf')) and d['got_bytes'] and d)
            self.assertEqual((coming['state'], coming['got_bytes'] % PIECE), ('coming', 0))
            body = self.refused('document-coming', self.there().get, f"/api/v1/documents/{coming['id']}")
            self.assertIn('大文件.pdf', body['title'] + str(body['figures']))
            self.refused('document-unknown', self.there('u1').get, f"/api/v1/documents/{coming['id']}")
            port = self.city.server.port
            self.city.server.stop(signal.SIGKILL)
            for lease in ('link_worker', 'lease_holder'):
                self.city.store.sql(f'UPDATE {lease} SET until_at = 0')
            self.city.server.start(port)
            self.city.meet()
        finally:
            self.wire.most, self.wire.open = None, True
        got = self.arrived(self.there(), no, '大文件.pdf')
        self.assertEqual(download(self.there(), got['id']), (200, data))
        self.assertLessEqual(self.wire.files - begun, pieces + 1)

    def test_S15_what_the_city_does_not_admit_is_refused_by_name_and_its_unit_hears(self):
        calls = self.wire.files
        no = self.carry(('源码.zip', archive('a.txt')))
        told = until(lambda: (d := self.files(self.here(), no)['源码.zip'])['there'] and d)
        self.assertEqual((told['state'], told['there'], told['there_problem']['slug']),
                         ('here', 'refused', 'document-kind-other'))
        self.assertEqual(self.wire.files, calls)  # not a byte of it
        [notice] = until(lambda: [n for n in self.here().get('/api/v1/notices', limit=100)['items']
                                  if n['case'] == no and n['slug'] == 'case-file-refused'])
        self.assertIn('源码.zip', notice['sentence'])
        there = self.files(self.there(), no)['源码.zip']
        self.assertEqual((there['state'], there['problem']['slug']), ('refused', 'document-kind-other'))
        self.refused('document-refused', self.there().get, f"/api/v1/documents/{there['id']}")

    def test_a_city_and_a_district_that_hold_files_of_each_other_pass_the_check_of_their_store(self):
        no = self.carry(('查.pdf', pdf('查', 1000)))
        self.arrived(self.there(), no, '查.pdf')
        for side in (self.city, self.east):  # by its name the last of these
            side.server.stop()
            done = subprocess.run([f'{BIN}/yunheng', 'fsck', *side.store.args()], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class OtherPlatforms(InCity, unittest.TestCase):
    """docs/link-sender.py tells of a case, docs/link-files.py brings its files and fetches what the city made."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(None)
        cls.city.project('m1', 'du', 'east-edu', district=True)

    def case(self, no, *documents):
        at = time.strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', time.gmtime(time.time() - 60))
        return {'k': no, 'b': {
            'kind': 'case', 'no': no, 'procedure': 'test', 'title': '', 'role': 'unit', 'unit': 'east-edu',
            'filer': 'east-edu', 'by': '张三', 'cloud': 'YH', 'project': 'east-edu.m1', 'filed_at': at,
            'form': json.dumps({'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}),
            'prior': [{'step': 'district_review', 'role': 'district_operator', 'org': 'east-bdc', 'by': '李四',
                       'outcome': 'approve', 'reason': '属实', 'at': at}],
            'documents': [{'id': f'{i}', 'name': name, 'size': size, 'digest': digest, 'by': '张三'}
                          for i, (name, size, digest) in enumerate(documents)]}}

    def stands(self, no):
        return {d['name']: (d['state'], d['problem'] and d['problem']['slug'])
                for d in self.city.who['o1'].get(f'/api/v1/cases/{no}/documents')['items']}

    def test_S17_the_reference_sender_brings_files_in_pieces_and_hears_which_are_not_taken(self):
        sender = Sender(self.city)
        self.addCleanup(sender.close)
        good, program, other = pdf('好', PIECE + 5), b'\x7fELF' + os.urandom(5000), pdf('另', 3000)
        folder = os.path.join(sender.dir, 'files')
        os.mkdir(folder)
        told = sm3(b'what was told')
        for digest, data in ((sm3(good), good), (sm3(program), program), (told, other)):
            with open(os.path.join(folder, digest), 'wb') as f:
                f.write(data)
        no = 'EAST-2026-CS-000901'
        proxy = Proxy(self.city.server.port)  # of a city that is busy once
        self.addCleanup(proxy.close)
        proxy.busy = 2
        with open(os.path.join(sender.dir, 'state.json'), encoding='utf-8') as f:
            state = f.read()
        with open(os.path.join(sender.dir, 'state.json'), 'w', encoding='utf-8') as f:
            f.write(state.replace(str(self.city.server.port), str(proxy.listen)))
        done = sender.run('send', 'case', lines=[self.case(
            no, ('好.pdf', len(good), sm3(good)), ('程序.pdf', len(program), sm3(program)),
            ('换.pdf', len(other), told), ('太大.pdf', 60 << 20, sm3(b'too big')))])
        self.assertEqual(done.returncode, 0)
        done = sender.run('bring', program=FILES)
        self.assertEqual(self.stands(no), {
            '好.pdf': ('here', None), '程序.pdf': ('refused', 'document-kind-unknown'),
            '换.pdf': ('coming', 'link-file-changed'), '太大.pdf': ('refused', 'document-too-big')})
        self.assertIn('document-kind-unknown', done.stderr)
        self.assertIn('link-file-changed', done.stderr)
        self.assertGreaterEqual(proxy.times[1] - proxy.times[0], 2)
        # what was changed on its way is asked for again, and is taken when it is right
        mine = upload(self.city.who['o1'], '意见.pdf', pdf('意', 2 * PIECE))
        self.city.who['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/decision',
                                 {'outcome': 'approve', 'reason': '依据充分，同意', 'documents': [mine['id']]})
        standing = until(lambda: next((
            d for line in sender.run('send', 'case').stdout.splitlines()
            for d in (json.loads(line)['b'] or {}).get('documents', []) if d['name'] == '意见.pdf'), None))
        with open(os.path.join(folder, standing['digest'] + '.part'), 'wb') as f:  # a cut, some time ago
            f.write(self.city.who['o1'].bytes_of(f"/api/v1/documents/{mine['id']}/content")[1][:PIECE + 7])
        sender.run('get', standing['digest'], program=FILES)
        with open(os.path.join(folder, standing['digest']), 'rb') as f:
            self.assertEqual(sm3(f.read()), standing['digest'])
        # nobody gets what belongs to no case of theirs
        self.city.project('o2')
        secret = upload(self.city.who['u1'], '别区.pdf', pdf('密', 1000))
        self.city.who['u1'].file('test', {'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]},
                                 project='o2', documents=[secret['id']])
        done = sender.run('get', secret['digest'], good=False, program=FILES)
        self.assertIn('document-unknown', done.stderr)


if __name__ == '__main__':
    unittest.main()
