"""The monitoring agent on the real server: enrolment, batches, what is noticed."""
import hashlib
import hmac
import http.client
import http.server
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

import shape_check
from city import BIN, City, Problem, on_both_engines

AGENT = f'{BIN}/yunheng-agent'


def until(what, seconds=120):
    """The first truthy answer of `what`; fails after so long."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError('waited in vain')
        time.sleep(0.05)


YH_BATCH = 'yunheng_agent_batch'


def sample(metric, value):
    """A remote-write body of one sample; snappy by one literal."""
    def field(tag, data):
        return bytes([tag, len(data)]) + data
    label = field(0x0A, b'__name__') + field(0x12, metric.encode())
    at = int(time.time() * 1000)
    stamp = b''
    while at > 127:
        stamp += bytes([at & 127 | 128])
        at >>= 7
    point = b'\x09' + struct.pack('<d', value) + b'\x10' + stamp + bytes([at])
    plain = field(0x0A, field(0x0A, label) + field(0x12, point))
    return bytes([len(plain), 60 << 2, len(plain) - 1]) + plain


class Agent:
    """One agent in a directory of its own."""

    def __init__(self, test, name):
        self.test = test
        self.dir = os.path.join(test.city.store.dir, name)
        self.process = None

    def call(self, *args):
        return subprocess.run([AGENT, *args, '--dir', self.dir], capture_output=True, text=True,
                              timeout=60)

    def enrol(self, code, server=None, *extra):
        server = server or f'http://127.0.0.1:{self.test.city.server.port}'
        return self.call('enrol', '--server', server, '--code', code, '--interval', '1', *extra)

    def start(self):
        self.process = subprocess.Popen([AGENT, 'run', '--dir', self.dir],
                                        stderr=subprocess.DEVNULL)
        self.test.addCleanup(self.kill)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def key(self):
        with open(os.path.join(self.dir, 'agent.key'), encoding='ascii') as f:
            return f.read().split()


class Relay(http.server.BaseHTTPRequestHandler):
    """Somebody between agent and server, who passes on and may change what it passes."""
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.pass_on()

    def do_POST(self):
        self.pass_on()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        if self.server.busy(self.path):
            self.send_response(503)
            self.send_header('Retry-After', '4')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        conn = http.client.HTTPConnection('127.0.0.1', self.server.to, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() != 'host'}
        conn.request(self.command, self.path, body, headers)
        reply = conn.getresponse()
        data = reply.read()
        shape_check.check(self.server.to, self.command, self.path, reply.status,
                          reply.getheader('Content-Type'), data)
        data = self.server.change(self.path, data)
        conn.close()
        self.send_response(reply.status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Agents:
    postgres = None

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.city.project('P-1', dims={'vcpu': 400, 'memory_gib': 800})
        item = {'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}
        for _ in range(2):
            cls.city.open(cls.city.who['u1'].file('test', {'items': [item] * 20},
                                                  project='P-1')['no'])
        cls.free = [r['no'] for r in cls.city.who['u1'].get('/api/v1/resources', limit=200)['items']]

        cls.mute = Agent(cls, 'mute')
        cls.mute.resource = cls.take()
        code = cls.city.who['u1'].call('POST', '/api/v1/agents/codes',
                                       {'resource': cls.mute.resource})['code']
        assert cls.mute.enrol(code).returncode == 0
        cls.mute.id = cls.mute.key()[0]

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def take(cls):
        return cls.free.pop(0)

    def setUp(self):
        self.resource = self.take()

    def code(self, who='u1', resource=None, **rest):
        return self.city.who[who].call('POST', '/api/v1/agents/codes',
                                       dict(rest, resource=resource or self.resource))['code']

    def enrolled(self, *extra):
        agent = Agent(self, 'agent-' + self.resource)
        out = agent.enrol(self.code(), None, *extra)
        self.assertEqual(out.returncode, 0, out.stderr)
        agent.id = agent.key()[0]
        return agent

    def shown(self, agent, who='o1'):
        return self.city.who[who].get(f'/api/v1/agents/{agent.id}')

    def observed(self, kind='', who='o1'):
        query = {'resource': self.resource, **({'kind': kind} if kind else {})}
        return self.city.who[who].get('/api/v1/observations', **query)['items']

    def relay(self, change=lambda path, data: data, tls=None, busy=lambda path: False):
        relay = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Relay)
        relay.to, relay.change, relay.busy = self.city.server.port, change, busy
        if tls:
            relay.socket = tls.wrap_socket(relay.socket, server_side=True)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        self.addCleanup(relay.server_close)
        self.addCleanup(relay.shutdown)
        return relay.server_address[1]

    def send(self, agent, number, body=b'x', kind='usage', lost=0, key=None, sent_ms=None):
        """A batch as the protocol says, made here; the status and the answer."""
        ident, _, secret = key or agent.key()
        digests = [self.shown(agent)[k] for k in ('binary_accepted', 'config_accepted')]
        head = (f'1 {number} {sent_ms or int(time.time() * 1000)} {kind} {lost} 0 '
                + ' '.join(digests))
        text = f"yunheng agent batch 1\n{ident}\n{head}\n{hashlib.new('sm3', body).hexdigest()}\n"
        mark = hmac.new(bytes.fromhex(secret), text.encode(), 'sm3').hexdigest()
        status, reply, _ = self.city.server.session().raw(
            'POST', f'/api/v1/agents/{ident}/batches', body,
            {'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy',
             'Yunheng-Batch': head, 'Yunheng-Mac': mark})
        return status, reply

    def metered(self):
        """Batches need the meter; a server without one says so to a batch with the right mark."""
        agent = self.enrolled()
        status, reply = self.send(agent, 1, sample(YH_BATCH, 1))
        if status == 503 and reply['slug'] == 'meter-absent':
            self.skipTest('this server has no meter')
        self.assertEqual((status, reply['state'], reply['last']), (200, 'done', 1))
        self.resource = self.take()
        agent = self.enrolled()
        agent.start()
        until(lambda: self.shown(agent)['last_batch'] > 0)
        return agent

    def small(self, agent):
        with open(AGENT, 'rb') as f:
            if b'__asan_init' in f.read():
                return  # a sanitizer's own memory is in it
        with open(f'/proc/{agent.process.pid}/smaps_rollup', encoding='ascii') as f:
            anonymous = [line for line in f if line.startswith('Anonymous')][0]
        self.assertLess(int(anonymous.split()[1]), 2048)

    # ---- enrolment ----

    def test_a_code_enrols_one_machine_and_never_a_second(self):
        code = self.code()
        first = Agent(self, 'first-' + self.resource)
        self.assertEqual(first.enrol(code).returncode, 0)
        key = os.path.join(first.dir, 'agent.key')
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
        second = Agent(self, 'second-' + self.resource)
        out = second.enrol(code)
        self.assertEqual(out.returncode, 1)
        self.assertIn('agent-code-used', out.stderr)
        self.assertFalse(os.path.exists(os.path.join(second.dir, 'agent.key')))

    def test_a_second_enrolment_replaces_the_first_agent(self):
        old = self.enrolled()
        new = Agent(self, 'new-' + self.resource)
        self.assertEqual(new.enrol(self.code()).returncode, 0)
        self.assertEqual(self.shown(old)['state'], 'replaced')
        new.id = new.key()[0]
        self.assertEqual(self.shown(new)['state'], 'enrolled')

    # proves S31
    def test_a_code_of_another_server_sends_nothing_secret(self):
        code = self.code()
        asked = []

        def spy(path, data):
            asked.append(path)
            return data
        wrong = code[:-4] + ('0000' if code[-4:] != '0000' else '1111')
        agent = Agent(self, 'wrong-' + self.resource)
        out = agent.enrol(wrong, f'http://127.0.0.1:{self.relay(spy)}')
        self.assertEqual(out.returncode, 1)
        self.assertIn('agent-server-other', out.stderr)
        self.assertEqual(asked, ['/api/v1/agents/key'])

    # proves S28, S31
    def test_somebody_in_between_cannot_stand_in_for_the_server(self):
        def forged(path, data):
            if path != '/api/v1/agents':
                return data
            return json.dumps(dict(json.loads(data), agent='01a2151b-0ed5-703b-a1c0-e91948f1d80f'),
                              separators=(',', ':')).encode()
        agent = Agent(self, 'forged-' + self.resource)
        out = agent.enrol(self.code(), f'http://127.0.0.1:{self.relay(forged)}')
        self.assertEqual(out.returncode, 1)
        self.assertIn('agent-server-other', out.stderr)
        self.assertFalse(os.path.exists(os.path.join(agent.dir, 'agent.key')))

    def test_hostile_enrolments_are_refused(self):
        good = {'box': 'ab' * 180, 'host': 'h', 'version': '1', 'binary': 'ab' * 32,
                'config': 'ab' * 32, 'interval_s': 15, 'mac': 'ab' * 32}
        for change in ({}, {'box': 'zz'}, {'box': 'a'}, {'box': 'ab' * 192}, {'binary': 'AB' * 32},
                       {'interval_s': 0}, {'host': 'x' * 65}, {'mac': 'ab'}):
            with self.assertRaises(Problem) as got:
                self.city.server.session().call('POST', '/api/v1/agents', dict(good, **change))
            self.assertEqual(got.exception.status, 400, change)

    def test_only_the_unit_and_the_operator_make_codes(self):
        self.assertTrue(self.code('u1'))
        self.assertTrue(self.code('o1'))
        for who, status in (('u2', 404), ('a1', 403), ('do', 404), ('p1', 403)):
            with self.assertRaises(Problem) as got:
                self.code(who)
            self.assertEqual(got.exception.status, status, who)

    # proves A25.1
    def test_a_machine_that_got_no_agent_in_time_is_observed_until_it_has_one(self):
        self.city.store.sql("UPDATE resource SET opened_at = opened_at - 345600000000 "
                            f"WHERE no = '{self.resource}'")
        seen = until(lambda: self.observed('absent'))
        self.assertEqual((len(seen), seen[0]['agent'], seen[0]['to'], seen[0]['article']),
                         (1, None, None, '25'))
        self.assertFalse(seen[0]['evidence']['had_one'])
        self.assertEqual(len(self.observed('absent', who='u1')), 1)
        self.enrolled()
        self.assertEqual(until(lambda: self.observed('absent')[0]['ended_by']), {'by': 'enrolment'})

    def test_other_units_see_neither_agents_nor_observations(self):
        agent = self.enrolled()
        with self.assertRaises(Problem) as got:
            self.shown(agent, 'u2')
        self.assertEqual(got.exception.status, 404)
        self.assertEqual(self.city.who['u2'].get('/api/v1/agents')['items'], [])
        self.assertEqual(self.shown(agent, 'a1')['resource'], self.resource)
        with self.assertRaises(Problem):
            self.city.who['u2'].call('POST', f'/api/v1/agents/{agent.id}/revocation',
                                     {'reason': 'x'})

    # proves S31
    def test_over_tls_the_certificate_must_be_right(self):
        folder = self.city.store.dir
        cert, key = os.path.join(folder, 'tls.pem'), os.path.join(folder, 'tls.key')
        if not os.path.exists(cert):
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                            'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=test',
                            '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
                           check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        url = f'https://127.0.0.1:{self.relay(tls=tls)}'
        agent = Agent(self, 'tls-' + self.resource)
        out = agent.enrol(self.code(), url)
        self.assertEqual(out.returncode, 1)
        self.assertIn('server-unreachable', out.stderr)
        out = agent.enrol(self.code(), url, '--ca', cert)
        self.assertEqual(out.returncode, 0, out.stderr)
        agent.start()
        time.sleep(2.5)  # for the measurement; nothing hangs on it
        self.small(agent)

    # proves S18
    def test_a_server_that_asks_for_patience_is_given_it(self):
        times = []

        def busy(path):
            if path.endswith('/batches'):
                times.append(time.monotonic())
            return len(times) == 1 and path.endswith('/batches')
        agent = Agent(self, 'patient-' + self.resource)
        out = agent.enrol(self.code(), f'http://127.0.0.1:{self.relay(busy=busy)}')
        self.assertEqual(out.returncode, 0, out.stderr)
        agent.start()
        until(lambda: len(times) > 1)
        self.assertGreaterEqual(times[1] - times[0], 4)  # else the second try comes within two

    def test_a_key_that_others_may_read_is_not_used(self):
        agent = self.enrolled()
        os.chmod(os.path.join(agent.dir, 'agent.key'), 0o644)
        out = agent.call('run')
        self.assertEqual(out.returncode, 1)
        self.assertIn('agent-key-open', out.stderr)

    def test_a_revoked_agent_is_refused(self):
        agent = self.enrolled()
        self.city.who['u1'].call('POST', f'/api/v1/agents/{agent.id}/revocation',
                                 {'reason': '迁移'})
        status, body = self.send(agent, 1)
        self.assertEqual((status, body['slug']), (403, 'agent-revoked'))
        self.assertEqual(self.shown(agent)['state'], 'revoked')

    # ---- without batches ----

    # proves S29, S23
    def test_a_batch_with_a_wrong_mark_is_refused_and_observed_once(self):
        agent = self.enrolled()
        head = f"1 1 {int(time.time() * 1000)} usage 0 0 {'ab' * 32} {'cd' * 32}"
        for _ in range(20):
            status, body, _ = self.city.server.session().raw(
                'POST', f'/api/v1/agents/{agent.id}/batches', b'x',
                {'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy',
                 'Yunheng-Batch': head, 'Yunheng-Mac': '00' * 32})
            self.assertEqual((status, body['slug']), (401, 'agent-mac-wrong'))
        seen = until(lambda: self.observed('wrong_mac'))
        self.assertEqual(len(seen), 1)
        self.assertEqual(seen[0]['evidence'], {'source': '127.0.0.1'})

    # proves A25.1, S23, S34
    def test_when_an_agent_never_sends_it_is_silent(self):
        """Enrolled before all other tests, so that the time of silence passes with them."""
        agent, self.resource = self.mute, self.mute.resource
        seen = until(lambda: self.observed('silence'), 120)
        self.assertEqual(len(seen), 1)
        self.assertIsNone(seen[0]['to'])
        self.assertEqual(seen[0]['evidence']['register'], 'running')
        self.assertIn('silence', self.shown(agent)['open'])

    def test_a_memory_of_two_mebibytes_is_enough_while_the_server_is_away(self):
        agent = self.enrolled('--spool', '128')
        with open(os.path.join(agent.dir, 'agent.conf'), encoding='utf-8') as f:
            conf = f.read()
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            nobody = s.getsockname()[1]
        with open(os.path.join(agent.dir, 'agent.conf'), 'w', encoding='utf-8') as f:
            f.write(conf.replace(str(self.city.server.port), str(nobody)))
        agent.start()
        spool = os.path.join(agent.dir, 'spool')
        until(lambda: os.path.exists(spool))
        time.sleep(2.5)
        self.assertEqual(os.path.getsize(spool), 128 * 1024)
        self.small(agent)
        self.assertEqual(agent.stop(), 0)

    # ---- with the meter ----

    def test_batches_arrive_and_a_repeated_start_goes_on_counting(self):
        agent = self.metered()
        until(lambda: self.shown(agent)['last_batch'] >= 3)
        self.assertEqual(agent.stop(), 0)
        last = self.shown(agent)['last_batch']
        agent.start()
        until(lambda: self.shown(agent)['last_batch'] >= last + 2)
        self.assertEqual(self.observed('gap') + self.observed('replay'), [])

    # proves A25.1, S23
    def test_a_changed_configuration_is_observed_and_the_operator_accepts_it(self):
        agent = self.metered()
        with open(os.path.join(agent.dir, 'agent.conf'), 'a', encoding='utf-8') as f:
            f.write('# changed\n')
        seen = until(lambda: self.observed('config'))
        self.assertIsNone(seen[0]['to'])
        with self.assertRaises(Problem):
            self.city.who['u1'].call('POST', f'/api/v1/agents/{agent.id}/acceptance',
                                     {'reason': 'x'})
        self.city.who['o1'].call('POST', f'/api/v1/agents/{agent.id}/acceptance',
                                 {'reason': '已核实'})
        self.assertIsNotNone(self.observed('config')[0]['to'])

    # proves A25.1, S23, S31
    def test_a_changed_program_is_observed(self):
        agent = self.metered()
        agent.stop()
        copy = os.path.join(agent.dir, 'yunheng-agent')
        with open(AGENT, 'rb') as f, open(copy, 'wb') as g:
            g.write(f.read() + b'tampered')
        os.chmod(copy, 0o755)
        agent.process = subprocess.Popen([copy, 'run', '--dir', agent.dir],
                                         stderr=subprocess.DEVNULL)
        self.assertTrue(until(lambda: self.observed('binary')))

    def test_a_deleted_spool_is_a_replay_and_the_agent_goes_on(self):
        agent = self.metered()
        until(lambda: self.shown(agent)['last_batch'] >= 6)
        agent.stop()
        last = self.shown(agent)['last_batch']
        os.unlink(os.path.join(agent.dir, 'spool'))
        agent.start()
        until(lambda: self.shown(agent)['last_batch'] > last)
        self.assertEqual(len(until(lambda: self.observed('replay'))), 1)

    def test_numbers_left_out_and_used_twice_are_observed(self):
        self.metered().stop()
        self.resource = self.take()
        agent = self.enrolled()
        for number in (1, 2, 5):
            self.assertEqual(self.send(agent, number, sample(YH_BATCH, number))[1]['state'], 'done')
        status, reply = self.send(agent, 4, sample(YH_BATCH, 4))
        self.assertEqual((status, reply['state'], reply['last']), (200, 'behind', 5))
        gap = until(lambda: self.observed('gap'))
        self.assertEqual(gap[0]['evidence'], {'from': 3, 'to': 4, 'missing': 2, 'declared': 0})
        self.assertEqual(len(until(lambda: self.observed('replay'))), 1)

    # proves A25.1
    def test_an_uninstall_is_said_and_the_key_is_gone(self):
        agent = self.metered()
        agent.stop()
        self.assertEqual(agent.call('goodbye').returncode, 0)
        self.assertTrue(until(lambda: self.observed('uninstall')))
        self.assertFalse(os.path.exists(os.path.join(agent.dir, 'agent.key')))

    def test_a_server_killed_and_started_loses_and_doubles_nothing(self):
        agent = self.metered()
        until(lambda: self.shown(agent)['last_batch'] >= 3)
        self.city.server.kill()
        self.city.server.start(self.city.server.port)
        last = self.shown(agent)['last_batch']
        self.assertGreaterEqual(last, 3)
        until(lambda: self.shown(agent)['last_batch'] >= last + 3)
        self.assertEqual(self.observed('gap') + self.observed('replay'), [])


on_both_engines(Agents)

if __name__ == '__main__':
    unittest.main()
