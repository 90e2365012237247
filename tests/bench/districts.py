"""Real districts on a real link: districts.py [DISTRICTS [RESOURCES [SLOTS]]], 16, 100,000 and 12 when not said.
Each district is a server of its own with its share of running resources, entered as an opening balance, and
paired with the city's server; all of them on loopback, embedded, by the clock of a demonstration, which is turned
by five minutes at a time: in each every resource has four samples, and units are entered. Some of them with the
link whole, then SLOTS with the link cut, which then heals. CPU is the servers'; seconds are those of a shared
machine, and what else it does stretches them. At the end both sides' digests are compared."""
import concurrent.futures
import datetime
import http.client
import json
import os
import random
import re
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import districts as region  # noqa: E402
from city import VM, City  # noqa: E402
from metering import field, snappy, varint  # noqa: E402

METRICS = ('resource_cpu_usage_ratio', 'resource_memory_usage_ratio', 'resource_disk_usage_ratio',
           'resource_network_receive_bytes_total')
SLOT_S, ENTERED, QUIET_S, IDLE_S, BODY = 300, 20, 60, 60, 2500
QUOTA = 100000000


def now_of(server):
    return datetime.datetime.fromisoformat(server.call('GET', '/api/v1/clock')['now'])


class Server:
    """Of a city, a token that outlives the turning of clocks, and what it costs."""

    def __init__(self, city):
        self.city, self.port, self.conn = city, city.server.port, None
        self.used = 0
        self.token = city.who['sysadmin'].call('POST', '/api/v1/account/tokens', {
            'label': 'bench', 'scopes': 'all', 'days': 300})['token']

    def call(self, method, path, body=None, token=None, kind='application/json', more=None):
        """Its reply; None when there is nothing there."""
        if self.conn is None or time.monotonic() - self.used > 3:  # the server closes what is idle
            self.conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=300)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            self.conn.request(method, path, data, {'Authorization': 'Bearer ' + (token or self.token),
                                                   'Content-Type': kind, **(more or {})})
            reply = self.conn.getresponse()
            text, self.used = reply.read(), time.monotonic()
        except (http.client.HTTPException, OSError):
            self.conn = None
            raise
        if reply.status == 404:
            return None
        assert reply.status < 300, (path, reply.status, text[:300])
        return json.loads(text) if text[:1] in b'{[' and text else text

    def cpu_s(self):
        with open(f'/proc/{self.city.server.process.pid}/stat', encoding='ascii') as f:
            fields = f.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def figure(self, name):
        text = self.call('GET', '/metrics').decode()
        return int(re.search(rf'^{name} (\d+)$', text, re.M).group(1))

    def turn_to(self, at):
        at = at.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
        while not self.call('POST', '/api/v1/clock/turn', {
                'to': at.date().isoformat(), 'hour': at.hour, 'minute': at.minute, 'at_once': True})['there']:
            pass


class District(Server):
    def __init__(self, n, resources, city_port):
        self.place, self.n = f'd{n}', n
        region.PLACES[self.place] = f'{n} 区'
        city = region.District(place=self.place, init=('--demo-clock',))
        super().__init__(city)
        self.entered = 0
        self.enter(resources)
        self.sender = city.who['du'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'unit', 'about': f'{self.place}-edu', 'label': 'bench', 'days': 300})['token']
        self.labels = [[self.label(no, metric) for no in self.numbers] for metric in METRICS]

    def enter(self, resources):
        """What it has: one unit, one project, so many machines."""
        who, place = self.city.who, self.place
        who['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'auth', 'name': '主管部门', 'kind': 'body'})
        who['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'vendor', 'name': '云服务商', 'kind': 'provider'})
        for role, org in (('authority', 'auth'), ('provider', 'vendor')):
            who['sysadmin'].call('PUT', f'/api/v1/clouds/{place.upper()}/bodies/{role}', {'org': org})
        self.city.person('a1', 'authority', 'auth')
        self.city.person('e1', 'econ_info', f'{place}-econ')
        who['o1'] = who['do']
        self.city.publish([VM], place.upper())
        lines = ['[单位]', '代码,名称,所属领域', f'{place}-x,别的单位,', '[项目]', '单位代码,项目代码,项目名称',
                 f'{place}-edu,P1,智慧校园', '[系统]', '单位代码,项目代码,系统代码,系统名称,等保级别,涉密',
                 f'{place}-edu,P1,s1,门户,2,否', '[配额]', '单位代码,项目代码,维度,数量',
                 f'{place}-edu,P1,vcpu,{QUOTA}', f'{place}-edu,P1,memory_gib,{QUOTA}',
                 '[资源]', '单位代码,项目代码,系统代码,名称,目录条目,数量,资源类别,开通日,使用末日,服务商,服务商编号']
        lines += [f'{place}-edu,P1,s1,机 {i},vm-4c8g,1,formal,2025-01-01,,vendor,vm-{place}-{i}' for i in range(resources)]
        status, made, _ = who['do'].raw('POST', '/api/v1/documents?name=x.csv', ('\ufeff' + '\r\n'.join(lines)).encode(),
                                        {'Content-Type': 'application/octet-stream'})
        assert status == 201, made
        day = now_of(self).date().isoformat()
        no = who['do'].file('opening_balance', {'document': made['id'], 'day': day}, cloud=place.upper())['no']
        who['e1'].decide(no, 'agree')
        self.numbers = [no for no, in self.city.store.sql('SELECT no FROM resource ORDER BY no')]
        assert len(self.numbers) == resources, len(self.numbers)

    @staticmethod
    def label(no, metric):
        return b''.join(field(1, field(1, name.encode()) + field(2, value.encode()))
                        for name, value in (('__name__', metric), ('resource', no)))

    def pair(self, city, port):
        code = city.call('POST', f'/api/v1/districts/{self.place}/link-code', {})['code']
        self.call('POST', '/api/v1/links', {'url': f'http://127.0.0.1:{port}', 'code': code})

    def write(self, at):
        """Four samples of each resource."""
        stamp = varint(int(at.timestamp() * 1000))
        rest = [field(2, b'\x09' + struct.pack('<d', random.randrange(100) / 100) + b'\x10' + stamp) for _ in range(64)]
        for labels in self.labels:
            for i in range(0, len(labels), BODY):
                body = b''.join(field(1, label + random.choice(rest)) for label in labels[i:i + BODY])
                self.call('POST', '/api/v1/write', snappy(body), self.sender, 'application/x-protobuf', {
                    'Content-Encoding': 'snappy', 'X-Prometheus-Remote-Write-Version': '0.1.0'})

    def new_unit(self):
        self.entered += 1
        code = f'{self.place}-n{self.entered}'
        self.call('POST', '/api/v1/orgs', {'code': code, 'name': '单位 ' + code, 'kind': 'unit', 'district': self.place})
        return code

    def streams(self):
        return {s['stream']: s for s in self.call('GET', '/api/v1/links/city')['streams']}

    def sent(self, stream='usage'):
        return self.streams()[stream]['number']


class Run:
    def __init__(self, n, resources, slots):
        self.slots, self.resources = slots, resources // n * n
        self.city = Server(City(init=('--demo-clock',)))
        self.pool = concurrent.futures.ThreadPoolExecutor(2)
        self.wire = region.Wire(self.city.port)
        self.districts, self.lags, self.changes = [], [], []
        for i in range(n):
            region.PLACES[f'd{i}'] = f'{i} 区'
            region.found_orgs(self.city.city.who['sysadmin'], f'd{i}')
            self.city.call('PUT', f'/api/v1/clouds/D{i}/bodies/authority', {'org': 'auth'})
            self.districts.append(District(i, resources // n, self.wire.port))
        self.at = self.whole(max(now_of(s) for s in (self.city, *self.districts)))
        self.turn()

    @staticmethod
    def whole(now):
        """The second next end of five minutes."""
        at = (now + datetime.timedelta(seconds=2 * SLOT_S)).replace(second=0, microsecond=0)
        return at - datetime.timedelta(minutes=at.minute % 5)

    def each(self, fn):
        return list(self.pool.map(fn, self.districts))

    def turn(self):
        self.city.turn_to(self.at)
        self.each(lambda d: d.turn_to(self.at))

    def say(self, text):
        print(f'[{time.strftime("%H:%M:%S", time.gmtime())}] {text}', flush=True)

    def links(self):
        return {x['district']: {s['stream']: s for s in x['streams'] if s['way'] == 'in'}
                for x in self.city.call('GET', '/api/v1/links')['items']}

    def level(self, seconds=3600):
        """Until all that was put is taken, of every district and stream."""
        end, left = time.monotonic() + seconds, list(self.districts)
        while left:
            assert time.monotonic() < end, [(d.place, d.streams()) for d in left[:1]]
            there = self.links()
            left = [d for d in left if not self.is_level(d, there.get(d.place, {}))]
            time.sleep(0.2)

    @staticmethod
    def is_level(d, there):
        mine = {n: s for n, s in d.streams().items() if s['way'] == 'out'}
        return mine and all(n in there and s['waiting'] == 0 and there[n]['state'] == s['state'] == 'flowing' and
                            (s['epoch'], s['number'], s['chain']) == (there[n]['epoch'], there[n]['number'],
                                                                      there[n]['chain']) for n, s in mine.items())

    def five_minutes(self):
        """Samples are written, of five minutes that have not begun: the clock runs on meanwhile."""
        self.at = self.whole(max(now_of(s) for s in (self.city, *self.districts)))
        stamp = self.at - datetime.timedelta(seconds=SLOT_S // 2)
        self.each(lambda d: d.write(stamp))

    def measured(self, what, work):
        cpu, theirs = self.city.cpu_s(), sum(d.cpu_s() for d in self.districts)
        read, begun = self.city.figure('yunheng_link_bytes_received_total'), time.monotonic()
        work()
        took, used = time.monotonic() - begun, self.city.cpu_s() - cpu
        came = self.city.figure('yunheng_link_bytes_received_total') - read
        self.say(f'{what}: {took:.1f} s, city CPU {used:.1f} s ({100 * used / took:.1f} % of a core), districts'
                 f' {sum(d.cpu_s() for d in self.districts) - theirs:.1f} s, {came / 1024:,.0f} KiB came')
        return took, used, came

    def pair(self):
        for d in self.districts:
            d.pair(self.city, self.wire.port)
        self.level()

    def follow_usage(self, before, turned):
        """From when a district's five minutes were over until the city has them."""
        left = list(self.districts)
        while left:
            there = self.links()
            for d in list(left):
                got = there[d.place].get('usage')
                if got and got['number'] > before[d.place] and got['number'] == d.sent() > before[d.place]:
                    self.lags.append(time.monotonic() - turned[d.place])
                    left.remove(d)
            time.sleep(0.05)

    def change(self):
        """One document changes in each district: until each is at the city."""
        left = [(d.new_unit(), time.monotonic()) for d in self.districts]
        while left:
            for code, begun in list(left):
                if self.city.call('GET', '/api/v1/orgs/' + code):
                    self.changes.append(time.monotonic() - begun)
                    left.remove((code, begun))
            time.sleep(0.01)

    def steady(self, slots):
        for _ in range(slots):
            self.five_minutes()
            before = {d.place: d.sent() for d in self.districts}
            turned = {}
            self.city.turn_to(self.at + datetime.timedelta(seconds=60))
            for d in self.districts:
                d.turn_to(self.at + datetime.timedelta(seconds=60))
                turned[d.place] = time.monotonic()
            self.follow_usage(before, turned)

    def cut(self):
        self.wire.cut()
        for _ in range(self.slots):
            self.five_minutes()
            self.at += datetime.timedelta(seconds=60)
            self.turn()
            self.each(lambda d: d.new_unit())
        before = None
        while (now := [d.sent() for d in self.districts]) != before:  # all of it is gathered, and waits
            before = now
            time.sleep(2)

    def compared(self):
        """Digests of both sides, of every stream that keeps any."""
        since = {d.place: max((s['compared_at'] or '' for s in d.streams().values()), default='')
                 for d in self.districts}
        self.each(lambda d: d.call('POST', '/api/v1/links/city/reconcile', {}))
        sums, left = {}, list(self.districts)
        end = time.monotonic() + 1800
        while left:
            assert time.monotonic() < end, left[0].streams()
            there = self.links()
            for d in list(left):
                mine = {n: s for n, s in d.streams().items() if s['way'] == 'out' and s['compared_at']}
                if not mine or any(s['compared_at'] <= since[d.place] for s in mine.values()):
                    continue
                if all(there[d.place][n]['compared_digest'] == s['compared_digest'] and
                       there[d.place][n]['compared_documents'] == s['compared_documents'] for n, s in mine.items()):
                    for n, s in mine.items():
                        sums[n] = sums.get(n, 0) + s['compared_documents']
                    left.remove(d)
            time.sleep(0.5)
        return sums

    def prove(self, samples, first):
        sums = self.compared()
        assert sums['resource'] == self.resources and sums['register'] >= sum(d.entered for d in self.districts), sums
        totals = {n: (sum(d.streams()[n]['total'] for d in self.districts),
                      sum(x[n]['total'] for x in self.links().values())) for n in ('usage', 'resource', 'register')}
        assert all(a == b > 0 for a, b in totals.values()), totals
        here = self.city.figure('yunheng_meter_samples_total') - first
        assert here == samples, (here, samples)
        rows = self.city.city.store.sql("SELECT COUNT(*) FROM resource r JOIN cloud c ON c.id = r.cloud WHERE c.level ="
                                        " 'district' AND r.state = 'running'")[0][0]
        assert rows == self.resources, rows
        self.say(f'equal digests on both sides: {sums}; sent and taken: {totals}; {here:,} samples, each once')

    def go(self):
        n = self.resources
        self.say(f'{len(self.districts)} districts with {n:,} running resources')
        took, used, _ = self.measured('paired, all from nothing', self.pair)
        self.say(f'{n / took:,.0f} resources/s, city CPU {1e6 * used / n:.0f} µs each')
        first, steady = self.city.figure('yunheng_meter_samples_total'), max(2, self.slots // 4)
        _, used, came = self.measured(f'{steady} times five minutes', lambda: self.steady(steady))
        samples = n * len(METRICS)
        self.say(f'{came / steady / n * 288 / 1024:.2f} KiB a resource and day; city CPU {used / steady:.1f} s of each'
                 f' five minutes, {100 * used / steady / SLOT_S:.1f} % of a core')
        self.measured(f'{ENTERED} changes in each district', lambda: [self.change() for _ in range(ENTERED)])
        for what, lags in (('five minutes of a district', self.lags), ('a changed document', self.changes)):
            lags.sort()
            self.say(f'{what}, until the city has it: median {1000 * lags[len(lags) // 2]:,.0f} ms, p99'
                     f' {1000 * lags[int(len(lags) * .99)]:,.0f} ms, most {1000 * lags[-1]:,.0f} ms of {len(lags)}')
        time.sleep(QUIET_S)  # districts call the more rarely the longer there was no news
        _, used, came = self.measured(f'{IDLE_S} seconds without traffic', lambda: time.sleep(IDLE_S))
        self.say(f'idle: {came / IDLE_S / len(self.districts):,.0f} bytes a second and district')
        self.measured(f'{self.slots} times five minutes with the link cut', self.cut)
        waiting = sum(s['waiting'] for d in self.districts for s in d.streams().values() if s['way'] == 'out')
        self.wire.heal()
        took, used, came = self.measured(f'healed, {waiting:,} documents waiting, caught up', self.level)
        late = samples * self.slots
        self.say(f'{late / took:,.0f} samples/s, {self.slots * SLOT_S / took:.0f} times as fast as they came; city CPU'
                 f' {1e6 * used / late:.1f} µs a sample')
        self.prove(samples * (steady + self.slots), first)

    def close(self):
        self.wire.close()
        for s in (*self.districts, self.city):
            s.city.close()


def main(n=16, resources=100000, slots=12):
    run = Run(n, resources, slots)
    try:
        run.go()
    finally:
        run.close()


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
