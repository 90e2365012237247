"""The districts' link with many districts: link.py [DISTRICTS [RESOURCES]], 16 and 100,000 when not said.
Each district is a sender of its own that says what docs/link.zh-CN.md describes, packed; the city is
the real server, embedded or on YH_TEST_POSTGRES. CPU is the city's; milliseconds are those of a shared
machine."""
import concurrent.futures
import ctypes
import datetime
import hashlib
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
from city import City  # noqa: E402

METRICS = ('resource_cpu_usage_ratio', 'resource_memory_usage_ratio', 'resource_disk_usage_ratio',
           'resource_network_receive_bytes_total')
PART, SLOT_S, NOTHING = 1000, 300, bytes(32)
ID = ('-sigopt', 'distid:1234567812345678')
zstd = ctypes.CDLL('libzstd.so.1')
zstd.ZSTD_compressBound.restype = zstd.ZSTD_compress.restype = ctypes.c_size_t


def packed(data):
    room = zstd.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(room)
    n = zstd.ZSTD_compress(out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:n]


def sm3(data):
    return hashlib.new('sm3', data).digest()


def text_of(body):
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(',', ':'))


class District:
    def __init__(self, city, n, resources):
        self.city, self.n, self.code, self.cloud = city, n, f'd{n}', f'D{n}'
        self.resources = [f'{self.cloud}-R-{i:06d}' for i in range(resources)]
        self.dir, self.streams, self.ms, self.bytes, self.docs = tempfile.mkdtemp(), {}, 0, 0, 0
        sender = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'docs', 'link-sender.py')
        code = city.who['sysadmin'].call('POST', f'/api/v1/districts/{self.code}/link-code', {})['code']
        subprocess.run([sys.executable, sender, self.dir, 'enrol', f'http://127.0.0.1:{city.server.port}', code],
                       check=True)
        with open(os.path.join(self.dir, 'state.json'), encoding='utf-8') as f:
            self.peer = json.load(f)['peer']
        self.conn = http.client.HTTPConnection('127.0.0.1', city.server.port, timeout=300)

    def sign(self, text):
        return subprocess.run(['openssl', 'dgst', '-sm3', *ID, '-sign', 'key.pem'], cwd=self.dir, check=True,
                              input=text.encode(), capture_output=True).stdout.hex()

    def post(self, lines):
        payload = packed(('\n'.join(lines) + '\n').encode())
        self.ms = max(self.ms + 1, time.time_ns() // 1000000)
        said = f'yunheng-link 1 {self.peer} up {self.ms} zstd'
        body = f"{said} {self.sign(f'{said}{chr(10)}{sm3(payload).hex()}{chr(10)}-{chr(10)}')}\n".encode() + payload
        self.conn.request('POST', '/api/v1/link/batch', body, {'Content-Type': 'application/octet-stream'})
        reply = self.conn.getresponse()
        data = reply.read()
        self.conn.close()  # the next call may come long after
        assert reply.status == 200, data
        self.bytes += len(body)

    def send(self, stream, docs, most=2000, room=2 << 20):
        """All of them, in batches; each is taken when the next goes. Asserts at the end that it was so."""
        s = self.streams.setdefault(stream, {'epoch': str(uuid.UUID(int=time.time_ns() // 1000000 << 80)), 'n': 0,
                                             'chain': NOTHING})
        while docs:
            head = {'stream': stream, 'epoch': s['epoch'], 'from': s['n'] + 1, 'chain': s['chain'].hex()}
            lines, size = [], 0
            while docs and len(lines) < most and size < room:
                key, body = docs.pop(0)
                text = text_of(body)
                s['n'] += 1
                s['chain'] = sm3(s['chain'] + sm3(text.encode()) + key.encode())
                lines.append(json.dumps({'s': stream, 'n': s['n'], 'k': key}, ensure_ascii=False)[:-1]
                             + ',"b":' + text + '}')
                size += len(text)
            head['head'] = s['n']
            self.post([json.dumps({'yunheng_link': 1, 'streams': [head], 'acks': []})] + lines)
            self.docs += len(lines)

    def first(self):
        """What its resources rest on."""
        at = '2026-03-01T09:00:00.000000+08:00'
        item = {'kind': 'item', 'edition': 1, 'code': 'vm', 'class': 'IaaS', 'category': '计算', 'name': '云主机',
                'content': '', 'per': 'month', 'measure': 'instance', 'mode': 'flat', 'free_milli': 0,
                'minimum_e6': 0, 'step_milli': 1000, 'package_milli': 0, 'metric': '', 'metric_as': '',
                'metric_per': 0, 'tags': '', 'trusted': False, 'exposed': False,
                'tiers': [{'from_milli': 0, 'price_e6': 320000000}],
                'dims': [{'dim': 'memory_gib', 'quantity_milli': 8000}, {'dim': 'vcpu', 'quantity_milli': 4000}]}
        self.send('catalogue', [('edition/000001', {'kind': 'edition', 'number': 1, 'title': '目录', 'created': at,
                                                    'state': 'published', 'effective': '2026-03-01'}),
                                ('item/000001/vm', item)])
        unit, provider = f'{self.code}-u', f'{self.code}-p'
        orgs = [(f'org/{c}', {'kind': 'org', 'code': c, 'name': c, 'role': role, 'sector': '', 'outside': False,
                              'in_budget': True, 'status': 'active'})
                for c, role in ((unit, 'unit'), (provider, 'provider'))]
        self.send('register', orgs + [
            (f'project/{unit}.P', {'kind': 'project', 'code': f'{unit}.P', 'unit': unit, 'name': '项目',
                                   'state': 'initiated', 'created': at}),
            (f'system/{unit}.P/s', {'kind': 'system', 'project': f'{unit}.P', 'code': 's', 'name': '系统',
                                    'mlps_level': 2, 'created': at})])

    def machines(self):
        at, unit = '2026-03-12T15:30:00.000000+08:00', f'{self.code}-u'
        return [(no, {'kind': 'resource', 'no': no, 'unit': unit, 'project': f'{unit}.P', 'system': 's',
                      'type': 'formal', 'former_type': 'test', 'state': 'running', 'name': no, 'edition': 1,
                      'item': 'vm', 'provider': f'{self.code}-p', 'provider_ref': 'i-' + no,
                      'case': f'{self.cloud}-2026-CS-000001', 'created': at, 'opened': at, 'formal': at,
                      'sizes': [{'from': at, 'edition': 1, 'item': 'vm', 'quantity_milli': 1000,
                                 'case': f'{self.cloud}-2026-CS-000001'}]}) for no in self.resources]

    def usage(self, slot):
        at = datetime.datetime.fromtimestamp(slot, datetime.timezone(datetime.timedelta(hours=8)))
        at = at.strftime('%Y-%m-%dT%H:%M:%S.000000+08:00')
        for metric in METRICS:
            for part in range(0, len(self.resources), PART):
                samples = [{'resource': no, 'value': f'{random.random():.2f}'}
                           for no in self.resources[part:part + PART]]
                yield (f'{at}/{metric}/{part // PART}', {'kind': 'usage', 'from': at, 'metric': metric,
                                                         'part': part // PART, 'samples': samples})


def cpu_s(city):
    with open(f'/proc/{city.server.process.pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def found(city, n):
    sysadmin = city.who['sysadmin']
    for i in range(n):
        for code, kind in ((f'd{i}-bdc', 'body'), (f'd{i}-econ', 'body')):
            sysadmin.call('POST', '/api/v1/orgs', {'code': code, 'name': code, 'kind': kind, 'district': f'd{i}'})
        sysadmin.call('POST', '/api/v1/clouds', {'code': f'D{i}', 'name': f'区云 {i}', 'level': 'district',
                                                'district': f'd{i}'})
        for role, org in (('authority', 'auth'), ('econ_info', f'd{i}-econ'), ('operator', f'd{i}-bdc')):
            sysadmin.call('PUT', f'/api/v1/clouds/D{i}/bodies/{role}', {'org': org})


def measured(city, what, units, unit, work):
    cpu, begun = cpu_s(city), time.monotonic()
    work()
    took, used = time.monotonic() - begun, cpu_s(city) - cpu
    print(f'{what}: {units:,} {unit} in {took:.1f} s, {units / took:,.0f}/s; city CPU {used:.1f} s,'
          f' {1e6 * used / units:.1f} µs each', flush=True)


def state_of(city):
    wrong = [(x['link'], s['stream'], s['state'], s['fault']) for x in city.who['sysadmin'].get('/api/v1/links')['items']
             for s in x['streams'] if s['way'] == 'in' and (s['state'] != 'flowing' or s['waiting'])]
    assert not wrong, wrong[:3]


def main(n=16, resources=100000):
    city = City(os.environ.get('YH_TEST_POSTGRES'))
    try:
        found(city, n)
        districts = [District(city, i, resources // n) for i in range(n)]
        total = sum(len(d.resources) for d in districts)
        pool = concurrent.futures.ThreadPoolExecutor(4)

        def each(fn):
            list(pool.map(fn, districts))
        each(District.first)
        state_of(city)
        measured(city, 'resources, all anew', total, 'documents', lambda: each(lambda d: d.send('resource', d.machines())))
        state_of(city)
        last = int(time.time()) // SLOT_S * SLOT_S - SLOT_S
        backlog = [(d, [doc for k in range(12, 0, -1) for doc in d.usage(last - (k + 12) * SLOT_S)]) for d in districts]
        samples = 12 * total * len(METRICS)
        measured(city, 'an hour of usage, caught up', samples, 'samples',
                 lambda: list(pool.map(lambda b: b[0].send('usage', b[1]), backlog)))
        state_of(city)
        lags, before = [], sum(d.bytes for d in districts)

        def steady():
            for k in range(6, 0, -1):
                for d in districts:
                    docs, begun = list(d.usage(last - k * SLOT_S)), time.monotonic()
                    d.send('usage', docs)
                    lags.append(time.monotonic() - begun)
        measured(city, 'six times five minutes, one district after the other', 6 * total * len(METRICS), 'samples', steady)
        state_of(city)
        lags.sort()
        sent = sum(d.bytes for d in districts) - before
        print(f'one district\'s five minutes ({len(METRICS)} metrics of {total // n:,} resources), until they are'
              f' acknowledged: median {1000 * lags[len(lags) // 2]:.0f} ms, p99 {1000 * lags[int(len(lags) * .99)]:.0f} ms;'
              f' on the wire {sent / 6 / total * 288 / 1024:.1f} KiB per resource and day')
    finally:
        city.close()


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
