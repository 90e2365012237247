"""The record: what gets onto it, what it says, that it is intact, and that it leaves the machine."""
import contextlib
import datetime
import hashlib
import json
import os
import re
import socket
import subprocess
import threading
import unittest

from city import BIN, City, InCity, Problem, Session, today

ANY = '0192f000-0000-7000-8000-000000000000'


class Collector:
    """A syslog server over TCP that counts octets (RFC 6587), and can go away and come back."""

    def __init__(self, port=0):
        self.got, self.sock, self.conns = [], socket.create_server(('127.0.0.1', port), reuse_port=False), []
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                conn = self.sock.accept()[0]
                self.conns.append(conn)
                threading.Thread(target=self.read, args=(conn,), daemon=True).start()

    def read(self, conn):
        with contextlib.suppress(OSError, ValueError), conn.makefile('rb') as f:
            while True:
                size = b''
                while (c := f.read(1)) not in (b' ', b''):
                    size += c
                self.got.append(f.read(int(size)).decode())

    def stop(self):
        for s in (self.sock, *self.conns):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()


class OnRecord(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    def events(self, **query):
        return self.w['auditor'].get('/api/v1/audit/events', limit=200, **query)['items']

    def settled(self, n, **query):
        """The events of a query, once there are so many; then there are no more of them either."""
        self.city.wait_until(lambda: len(self.events(**query)) >= n, f'{query}: {len(self.events(**query))} of {n}')
        return self.events(**query)

    def writes(self):
        for path, ops in self.w['u1'].get('/api/v1/openapi.json')['paths'].items():
            for method, op in ops.items():
                if method in ('post', 'put', 'patch', 'delete') and 'x-permission' in op:
                    yield method.upper(), re.sub(r'{\w+}', ANY, path), op

    def said(self, event):
        with open(self.city.server.log, encoding='utf-8') as f:
            return f.read().count(f'"event":"{event}"')

    def test_S09_sealing_goes_on_while_refusals_cannot_be_written(self):
        self.city.store.sql("CREATE TRIGGER unwritten BEFORE INSERT ON event WHEN NEW.kind = 'call.refused'"
                            " BEGIN SELECT RAISE(ABORT, 'not now'); END")
        self.addCleanup(self.city.store.sql, 'DROP TRIGGER unwritten')
        for n, path in enumerate(('orgs', 'clouds', 'people', 'services')):  # a slow machine has several tries
            failed, dropped = self.said('refusals'), self.said('refusals-dropped')
            self.assertEqual(self.w['dd'].raw('POST', '/api/v1/' + path, {})[0], 403)
            self.city.wait_until(lambda was=failed: self.said('refusals') > was, 'nothing is said of what is not written')
            self.w['secadmin'].call('POST', '/api/v1/people', {'login': f'meanwhile{n}', 'name': '其间'})
            self.city.wait_until(lambda one=f'meanwhile{n}': one in [e['after'] for e in self.events(kind='person.created')],
                                 'nothing is sealed')
            if self.said('refusals-dropped') == dropped:
                return  # sealed before the refusals were given up
        self.fail('what is done waits for refusals that cannot be written')

    def test_S09_every_refused_attempt_to_change_something_is_on_record_once(self):
        """The sponsor may change next to nothing: each operation is tried three times."""
        me, refused = self.w['sp'], set()
        for _ in range(3):
            for method, path, op in self.writes():
                status, data, _ = me.raw(method, path, b'{}' if 'requestBody' in op else None)
                if status == 403 and data['slug'] == 'not-permitted':
                    refused.add(op['operationId'])
        self.assertGreater(len(refused), 50)
        seen = self.settled(len(refused), kind='call.refused', person='sp')
        self.assertEqual(sorted(e['after'] for e in seen), sorted(refused))
        for e in seen:
            self.assertEqual((e['outcome'], e['reason'], e['source']), ('refused', 'not-permitted', '127.0.0.1'))
        [alarm] = [s for s in self.w['secadmin'].get('/api/v1/security/events', limit=200)['items']
                   if (s['kind'], s['subject']) == ('probing', 'sp')]
        self.assertGreaterEqual(alarm['count'], 30)

    def test_S09_a_flood_of_strangers_is_one_record_and_a_security_event(self):
        stranger = Session(self.city.server.port)
        for i in range(200):
            self.assertEqual(stranger.raw('POST', '/api/v1/orgs', {'code': f'x{i}'})[0], 401)
        self.city.wait_until(lambda: any(e['reason'] == 'sign-in-required' for e in self.events(kind='call.refused')),
                             'the strangers are not on record')
        self.assertEqual(len([e for e in self.events(kind='call.refused') if e['reason'] == 'sign-in-required']), 1)
        sec = self.w['secadmin']
        self.city.wait_until(lambda: any(s['subject'] == '127.0.0.1' for s in sec.get('/api/v1/security/events')['items']),
                             'no security event')

    def test_S10_what_was_changed_tells_who_what_when_from_where_and_before_and_after(self):
        sys_ = self.w['sysadmin']
        org = sys_.call('POST', '/api/v1/orgs', {'code': 'told', 'name': '留痕单位', 'kind': 'unit'})
        self.w['u1'].call('PUT', '/api/v1/account/views/inbox/mine', {'value': {'columns': ['no']}})
        [made] = self.settled(1, kind='org.created', subject=org['id'])
        self.assertEqual((made['person'], made['source'], made['after'], made['reason']),
                         ('系统管理员', '127.0.0.1', 'active', '留痕单位'))
        self.assertTrue(made['at'].startswith(today().isoformat()))
        [other] = self.settled(1, kind='call.done', person='u1')
        self.assertEqual((other['after'], other['reason']), ('view.put', '/api/v1/account/views/inbox/mine'))

    def test_S09_signing_in_and_failing_to_and_what_is_taken_away_are_on_record(self):
        self.city.person('watched', 'unit', 'civil')
        with self.assertRaises(Problem):
            self.city.server.session('watched', 'Wrong-Passw0rd')
        me = self.city.server.session('watched')
        self.assertEqual(me.bytes_of('/api/v1/cases', **{'as': 'csv'})[0], 200)
        self.settled(1, kind='sign-in.failed', subject='watched')
        self.assertEqual(len(self.settled(2, kind='sign-in.done', person='watched')), 2)
        [taken] = self.settled(1, kind='data.taken', person='watched')
        self.assertEqual((taken['after'], taken['reason']), ('case.list', '/api/v1/cases?as=csv'))

    def test_S16_guessing_at_an_account_is_raised_and_a_person_takes_note_of_it(self):
        self.city.person('guessed', 'unit', 'civil')
        for _ in range(5):
            with self.assertRaises(Problem):
                self.city.server.session('guessed', 'Wrong-Passw0rd')
        sec = self.w['secadmin']
        [event] = [s for s in sec.get('/api/v1/security/events', open='true')['items'] if s['subject'] == 'guessed']
        self.assertEqual((event['kind'], event['count'], event['noted_by']), ('brute-force', 5, ''))
        for login in ('secadmin', 'auditor'):
            self.assertIn('security-brute-force', [n['slug'] for n in self.w[login].get('/api/v1/notices', limit=200)['items']])
        self.refused('not-permitted', self.w['sysadmin'].get, '/api/v1/security/events')
        path = f"/api/v1/security/events/{event['id']}/note"
        noted = sec.call('POST', path, {'note': '本人遗忘密码，已核实'})
        self.assertEqual((noted['noted_by'], noted['note']), ('secadmin', '本人遗忘密码，已核实'))
        self.refused('security-noted', self.w['auditor'].call, 'POST', path, {'note': '再'})

    def test_S16_a_further_administrator_is_a_security_event(self):
        self.city.person('third', 'auditor', 'platform')
        self.assertIn(('admin-granted', 'third'), [(s['kind'], s['subject']) for s in
                                                   self.w['auditor'].get('/api/v1/security/events')['items']])

    def test_S11_nothing_of_the_api_changes_the_record_and_half_a_year_ago_is_still_read(self):
        paths = self.w['u1'].get('/api/v1/openapi.json')['paths']
        self.assertEqual({op['operationId'] for path, ops in paths.items() if path.startswith('/api/v1/audit/')
                          for method, op in ops.items() if method != 'get'}, {'audit.check'})
        self.settled(1, kind='cloud.created')
        self.city.store.copies('event', "pos = (SELECT MIN(pos) FROM event WHERE kind = 'cloud.created')", at='at - 190 * 86400000000',
                               pos='-pos')
        day = today() - datetime.timedelta(days=191)
        old = self.events(**{'from': day.isoformat(), 'to': (day + datetime.timedelta(days=2)).isoformat()})
        self.assertEqual({e['kind'] for e in old}, {'cloud.created'})


class Flooded(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City(serve=('--trust-proxy',))
        cls.w = cls.city.who

    def strangers(self, *addresses):
        stranger = Session(self.city.server.port)
        for address in addresses:
            self.assertEqual(stranger.raw('POST', '/api/v1/orgs', {}, {'X-Forwarded-For': address})[0], 401)

    def test_S09_more_addresses_than_are_counted_lose_no_number_and_crowd_out_no_person(self):
        self.strangers(*(f'2001:db8::{i:x}' for i in range(1, 21)))
        self.strangers(*(f'10.9.{i // 250}.{i % 250 + 1}' for i in range(500)))
        self.assertEqual(self.w['sp'].raw('POST', '/api/v1/orgs', {})[0], 403)
        self.city.wait_until(lambda: [e['after'] for e in self.w['auditor'].get(
            '/api/v1/audit/events', kind='call.refused', person='sp')['items']] == ['org.create'], 'the person is not on record')

        def raised():
            return {s['kind']: (s['subject'], s['source']) for s in
                    self.w['secadmin'].get('/api/v1/security/events', open='true')['items']}
        self.city.wait_until(lambda: 'many-refused' in raised(), 'no security event')
        self.assertEqual(raised(), {'many-refused': ('', ''), 'brute-force': ('2001:db8::/64', '2001:db8::/64')})
        self.strangers('10.9.0.1', '10.9.0.1')
        self.assertEqual(self.city.server.stop(), 0)
        told = {}
        for source, payload in self.city.store.sql("SELECT source, payload FROM event WHERE kind = 'call.refused' AND"
                                                   " reason = 'sign-in-required' AND pos > 0"):
            told[source] = told.get(source, 0) + json.loads(payload)['count']
        self.assertEqual((len(told), sum(told.values())), (385, 522))
        self.assertEqual([told[s] for s in ('2001:db8::/64', '10.9.0.1', '')], [20, 3, 117])


class Stopped(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    def test_S12_what_cannot_be_recorded_is_not_done(self):
        self.city.store.sql("CREATE TRIGGER no_record BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'full'); END")
        status, _, _ = self.w['sysadmin'].raw('POST', '/api/v1/orgs', {'code': 'lost', 'name': '不留痕', 'kind': 'unit'})
        self.assertGreaterEqual(status, 500)
        self.assertGreaterEqual(self.w['u1'].raw('PUT', '/api/v1/account/views/inbox/lost', {'value': {}})[0], 500)
        self.assertGreaterEqual(self.w['u1'].bytes_of('/api/v1/cases', **{'as': 'csv'})[0], 500)
        self.city.store.sql('DROP TRIGGER no_record')
        self.assertEqual(self.w['sysadmin'].raw('GET', '/api/v1/orgs/lost')[0], 404)
        self.assertEqual(self.w['u1'].get('/api/v1/account/views/inbox')['items'], [])


class Intact(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    def check(self):
        return self.w['auditor'].later('/api/v1/audit/checks', None)

    def test_S17_S29_a_changed_record_and_a_changed_right_are_found_by_the_running_server(self):
        self.refused('not-permitted', self.w['secadmin'].call, 'POST', '/api/v1/audit/checks')
        good = self.check()
        self.assertEqual((good['last']['state'], good['last']['what']), ('intact', ''))
        self.assertGreater(good['last']['grants'], 10)
        self.assertEqual(len(good['last']['head']), 64)
        sql = self.city.store.sql
        for change, back in (("UPDATE role_grant SET role = 'sysadmin' WHERE role = 'sponsor'",
                              "UPDATE role_grant SET role = 'sponsor' WHERE role = 'sysadmin' AND org = (SELECT id FROM"
                              " org WHERE code = 'civil')"),
                             ("UPDATE role_grant SET ended_at = 5 WHERE role = 'sponsor'",
                              "UPDATE role_grant SET ended_at = NULL WHERE role = 'sponsor'")):
            sql(change)
            bad = self.check()['last']
            self.assertEqual((bad['state'], bad['what'], bad['broken_kind']), ('broken', 'rights', 'grant'))
            sql(back)
            self.assertEqual(self.check()['last']['state'], 'intact')
        made = self.city.store.copies('role_grant', "role = 'sponsor'")
        self.assertEqual(self.check()['last']['what'], 'rights')
        sql(f"DELETE FROM role_grant WHERE id = {self.city.store.key(made[0])}")
        self.assertEqual(self.check()['last']['state'], 'intact')
        # one that the server itself cannot read, in a chain that holds
        unread = self.city.store.copies('event', "id = (SELECT MIN(id) FROM event WHERE kind = 'role.granted')",
                                        pos='NULL', payload="'{'",
                                        payload_digest=f"x'{hashlib.new('sm3', b'{').hexdigest()}'")[0]
        self.city.wait_until(lambda: sql(f"SELECT 1 FROM event WHERE id = {self.city.store.key(unread)} AND pos > 0"),
                             'it was not sealed')
        bad = self.check()['last']
        self.assertEqual((bad['state'], bad['what']), ('broken', 'rights-event'))
        sql("UPDATE event SET reason = 'x' WHERE pos = 5")
        bad = self.check()['last']
        self.assertEqual((bad['state'], bad['what'], bad['broken_position']), ('broken', 'edited', 5))
        self.assertIn('record-broken', [s['kind'] for s in self.w['secadmin'].get('/api/v1/security/events')['items']])
        self.assertIn('audit.verified', [k['kind'] for k in self.w['auditor'].get('/api/v1/audit/kinds')['items']])


class Rolled(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who

    def run_yunheng(self, *words):
        return subprocess.run([f'{BIN}/yunheng', *words], capture_output=True, text=True, check=False)

    def paper(self, project):
        """A decision in writing, sealed: the file, its proof, and who received it."""
        self.city.project(project)
        self.city.open(self.city.apply(project, 1)['no'])
        self.city.papers_served()
        newest = self.w['u1'].get('/api/v1/papers', box='received')['items'][0]
        folder = self.city.store.dir
        path, proof = (os.path.join(folder, f'{project}.{kind}') for kind in ('pdf', 'json'))
        with open(path, 'wb') as f:
            f.write(self.w['u1'].bytes_of(f"/api/v1/papers/{newest['id']}/document")[1])
        with open(proof, 'w', encoding='utf-8') as f:
            json.dump(self.w['u1'].get(f"/api/v1/papers/{newest['id']}/proof"), f)
        return path, proof

    def verify(self, paper, key):
        return self.run_yunheng('paper', 'verify', paper[0], '--proof', paper[1], '--key', key).returncode

    def test_S30_what_was_signed_before_the_key_was_changed_is_verified_without_the_server_after_it(self):
        before = self.paper('before')
        data, keys = self.city.store.data, os.path.join(self.city.store.data, 'keys')
        self.city.server.stop()
        done = self.run_yunheng('audit', 'rotate', '--data', data)
        self.assertEqual(done.returncode, 0, done.stderr)
        old, new = done.stdout.strip().split(' -> ')
        self.assertEqual(sorted(os.listdir(keys)), sorted(['audit.pem', f'audit-{old[:16]}.pub'] + [
            n for n in os.listdir(keys) if not n.startswith('audit')]))
        self.city.server.start()
        self.city.meet()
        after = self.paper('after')
        with open(after[1], encoding='utf-8') as f:
            proof = json.load(f)
        self.assertEqual(proof['key_id'], new)
        current, former = os.path.join(self.city.store.dir, 'new.pub'), os.path.join(keys, f'audit-{old[:16]}.pub')
        with open(current, 'w', encoding='ascii') as f:
            f.write(proof['public_key'])
        self.assertEqual([self.verify(paper, key) for paper in (before, after) for key in (former, current)],
                         [0, 1, 1, 0])
        self.city.server.stop()
        said = self.run_yunheng('audit', 'verify', '--data', data)
        self.assertEqual(said.returncode, 0, said.stdout)
        # a key that the present one does not vouch for signed nothing here
        self.city.store.sql("UPDATE event SET payload = replace(payload, 'by_next', 'by_none') WHERE kind = 'key.rotated'")
        self.assertEqual(self.run_yunheng('audit', 'verify', '--data', data).returncode, 1)


LINE = re.compile(r'<(\d+)>1 (\S+) (\S+) yunheng \d+ (\S+) \[audit@32473 pos="(\d+)" event="[0-9a-f-]{36}"(.*)\] \ufeff(\S+)$')


class Sent(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = Collector()
        cls.city = City(serve=('--audit-syslog', f'tcp://127.0.0.1:{cls.collector.port}'))
        cls.w = cls.city.who

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.collector.stop()

    def head(self):
        return self.w['auditor'].get('/api/v1/audit/integrity')

    def positions(self, lines):
        return [int(LINE.match(line).group(5)) for line in lines]

    def test_S08_the_collector_is_told_what_happened_in_a_labelled_case_and_not_in_which_words(self):
        for code, label, reason in (('plain', {}, '请尽快办理'), ('secret', {'label': 'sensitive'}, '核心密钥丙')):
            self.w['u1'].call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH', 'code': code, 'name': code})
            no = self.w['u1'].file('quota', self.city.quota_form(), project=code, **label)['no']
            self.w['o1'].call('POST', f'/api/v1/cases/{no}/urgings', {'reason': reason})
        def urged():
            return [line for line in list(self.collector.got) if ' step.urged [' in line]
        self.city.wait_until(lambda: len(urged()) >= 2, 'the record was not sent')
        self.assertEqual(['reason="请尽快办理"' in line for line in urged()], [True, False])
        self.assertNotIn('核心密钥', ''.join(self.collector.got))

    def test_S13_every_record_reaches_the_collector_also_over_a_break(self):
        def up_to_date(least=1):
            now = self.head()
            return now['sent'] == now['head']['position'] >= least
        self.city.wait_until(lambda: up_to_date() and len(self.collector.got) >= self.head()['sent'],
                             'the record was not sent')  # nor anything left on its way
        first = self.positions(self.collector.got)
        self.assertEqual(first, list(range(1, len(first) + 1)))
        port = self.collector.port
        self.collector.stop()
        for i in range(5):
            self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': f'b{i}', 'name': '断"线]', 'kind': 'unit'})
        again = Collector(port)
        self.__class__.collector = again
        self.city.wait_until(lambda: up_to_date(len(first) + 5), 'the record was not sent after the break')
        last = self.head()['head']['position']
        self.city.wait_until(lambda: last in self.positions(again.got), 'the record did not arrive')
        got = [at for at in self.positions(again.got) if at <= last]
        self.assertLessEqual(got[0], len(first) + 1)
        self.assertEqual(sorted(set(got)), list(range(got[0], last + 1)))
        said = next(line for line in again.got if 'org.created' in line and 'reason' in line)
        pri, at, _, kind, _, data, _ = LINE.match(said).groups()
        self.assertEqual((pri, kind), ('110', 'org.created'))
        self.assertTrue(at.startswith(today().isoformat()))
        for part in ('person="sysadmin"', 'object="org"', 'after="active"', 'source="127.0.0.1"', r'reason="断\"线\]"'):
            self.assertIn(part, data)

    def test_S13_a_collector_that_takes_nothing_holds_up_no_stop(self):
        path = os.path.join(self.city.store.dir, 'deaf')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
            deaf.bind(path)
            city = City(serve=('--audit-syslog', 'unix:' + path))
            self.addCleanup(city.close)
            with contextlib.suppress(BlockingIOError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as more:
                more.setblocking(False)
                while True:
                    more.sendto(b'x', path)
            city.who['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'deaf', 'name': '无人听', 'kind': 'unit'})
            city.wait_until(lambda: city.who['auditor'].get('/api/v1/audit/events', kind='org.created',
                                                           limit=200)['items'][0]['reason'] == '无人听', 'not sealed')
            self.assertEqual(city.server.stop(), 0)

    def test_S13_a_setting_that_is_no_collector_is_refused(self):
        done = subprocess.run([f'{BIN}/yunhengd', '--data', self.city.store.data, '--audit-syslog', 'http://x'],
                              capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('audit-syslog', done.stdout + done.stderr)


if __name__ == '__main__':
    unittest.main()
