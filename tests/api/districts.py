"""Districts with servers of their own, and a whole region of them: a city and two districts on loopback,
which live through what a machine's life is. As a program: tools/two-districts."""
import argparse
import datetime
import os
import socket
import sys
import tempfile
import threading
import time

from city import BLOCK, PASSWORD, VM, City, Problem, steps

# what a guest under software emulation needs
TINY = dict(VM, code='vm-1c1g', name='云主机 1 核 1 GiB', dims={'vcpu': 1, 'memory_gib': 1})
PLACES = {'east': '东区', 'west': '西区'}
# libvirt's own driver for tests: machines that live in the server's process
TEST_DRIVER = """YH:
  driver: libvirt
  items: vm-*
  uri: test:///default
  pool: default-pool
  type: test
  arch: i686
  shutdown_s: 0
"""


def session_of(uri):
    """QEMU under software emulation, as tests/tools/libvirt_session.py brings it up."""
    return (f'YH:\n  driver: libvirt\n  items: vm-*\n  uri: {uri}\n  pool: tiny\n  type: qemu\n'
            '  arch: x86_64\n  image: boot.img\n  shutdown_s: 1\n')


def found_orgs(who, place):
    """A district's bodies, unit and cloud, on its own server or at the city."""
    name = PLACES[place]
    for code, title, kind in [('econ', '经信部门', 'body'), ('bdc', '大数据中心', 'body'),
                              ('edu', '教育局', 'unit')]:
        who.call('POST', '/api/v1/orgs', {'code': f'{place}-{code}', 'name': name + title, 'kind': kind,
                                          'district': place})
    who.call('POST', '/api/v1/clouds', {'code': place.upper(), 'name': name + '政务云', 'level': 'district',
                                        'district': place})
    for role, org in {'econ_info': 'econ', 'operator': 'bdc'}.items():
        who.call('PUT', f'/api/v1/clouds/{place.upper()}/bodies/{role}', {'org': f'{place}-{org}'})


class District(City):
    """The server of a district: its own bodies and units, and the city's cloud by name."""

    def __init__(self, postgres=None, place='east', init=(), serve=()):
        self.words, self.place = None, place
        self.make(postgres, init, serve)

    def found(self, admins):
        self.who = {name: self.first(name, admins[name]) for name in admins}
        sys_ = self.who['sysadmin']
        sys_.call('POST', '/api/v1/clouds', {'code': 'YH', 'name': '市级政务云', 'level': 'municipal'})
        found_orgs(sys_, self.place)
        for login, role, org in [('du', 'unit', 'edu'), ('do', 'operator', 'bdc'),
                                 ('dd', 'district_operator', 'bdc')]:
            self.person(login, role, f'{self.place}-{org}')


class Wire:
    """Carries bytes to a port of this machine until it is cut."""

    def __init__(self, to):
        self.to, self.whole, self.ends = to, True, set()
        self.door = socket.create_server(('127.0.0.1', 0))
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            if not self.whole:
                near.close()
                continue
            far = socket.create_connection(('127.0.0.1', self.to))
            self.ends |= {near, far}
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(a, b), daemon=True).start()

    @staticmethod
    def carry(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for end in (a, b):
            Wire.end(end)

    @staticmethod
    def end(side):
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        side.close()

    def cut(self):
        self.whole = False
        for side in self.ends:
            self.end(side)
        self.ends = set()

    def heal(self):
        self.whole = True

    def close(self):
        self.cut()
        self.end(self.door)


class Region:
    """A city, whose cloud machines are run by libvirt, and its districts."""

    def __init__(self, clouds=TEST_DRIVER, say=lambda text: None, item='vm-4c8g'):
        self.item = item
        self.say, self.districts, self.wires = say, {}, {}
        self.folder = tempfile.TemporaryDirectory(prefix='yh-region-')
        path = os.path.join(self.folder.name, 'clouds.yaml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(clouds)
        self.city = City(init=('--demo-clock',), serve=('--clouds', path))
        try:
            self.found()
        except BaseException:
            self.close()
            raise

    def found(self):
        sys_ = self.city.who['sysadmin']
        found_orgs(sys_, 'west')
        self.city.publish([VM, BLOCK, TINY])
        sys_.call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政部门', 'kind': 'body'})
        sys_.call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        for place in PLACES:
            district = self.districts[place] = District(place=place, init=('--demo-clock',))
            wire = self.wires[place] = Wire(self.city.server.port)
            code = sys_.call('POST', f'/api/v1/districts/{place}/link-code', {})['code']
            district.who['sysadmin'].call('POST', '/api/v1/links', {
                'url': f'http://127.0.0.1:{wire.port}', 'code': code})
            self.say(f'{PLACES[place]} 已与市配对 / paired')

    def close(self):
        for side in (*self.wires.values(), *self.districts.values(), self.city):
            side.close()
        self.folder.cleanup()

    @staticmethod
    def until(look, why, seconds=120):
        end = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(why)
            time.sleep(0.1)
        return found

    def turn(self, day, **how):
        """The same day everywhere: clocks that differ by a day are refused."""
        for side in (self.city, *self.districts.values()):
            side.turn(day, **how)

    def there(self, no, step):
        """The case at the city, with that step open."""
        def look():
            try:
                return step in steps(self.city.who['o1'].case(no))
            except Problem as problem:
                if problem.status != 404:
                    raise
                return False
        self.until(look, f'{no} is not at {step} at the city')

    def told(self, place, no, ready):
        who = self.districts[place].who['du']
        return self.until(lambda: (case := who.case(no)) and ready(case) and case, f'{no} at {place}')

    def project(self, place):
        who, city = self.districts[place].who, self.city.who
        who['du'].call('POST', '/api/v1/projects', {'unit': f'{place}-edu', 'cloud': 'YH', 'code': 'school',
                                                    'name': '智慧校园'})
        no = who['du'].file('quota', City.quota_form(), project='school')['no']
        who['dd'].decide(no, 'district_review')
        self.there(no, 'review')
        city['e1'].decide(no, 'review')
        self.told(place, no, lambda c: c['state'] == 'closed')
        no = who['du'].file('initiation', {'result': 'initiated', 'document': '批复'}, project='school')['no']
        self.there(no, 'initiated')
        city['e1'].decide(no, 'initiated')
        self.told(place, no, lambda c: c['state'] == 'closed')

    def machine(self, place):
        """From the unit's application at the district to its formal machine; its number."""
        who, city = self.districts[place].who, self.city.who
        no = who['du'].file('test', {'items': [{'item': self.item, 'quantity': '1', 'system': 's1'}]},
                            project='school')['no']
        who['dd'].decide(no, 'district_review', reason='属实')
        self.there(no, 'review')
        city['o1'].decide(no, 'review')
        self.told(place, no, lambda c: 'verify' in steps(c))  # libvirt opened it
        order, = city['p1'].get('/api/v1/orders', case=no, state='all')['items']
        assert (order['by_machine'], order['state']) == (True, 'done'), order
        who['du'].decide(no, 'verify', 'passed')
        self.there(no, 'formal')
        city['o1'].decide(no, 'formal')
        told = self.told(place, no, lambda c: c['state'] == 'closed' and c['abroad']['resources'])
        return no, told['abroad']['resources'][0]['no']

    def resource(self, side, login, no):
        return next((r for r in side.who[login].get('/api/v1/resources', limit=200)['items'] if r['no'] == no), None)

    def load(self, side, login, machine):
        """What is metered of it there."""
        def seen():
            return {s['metric'] for s in side.who[login].get('/api/v1/meter/latest', resource=machine)['items']}
        return self.until(seen, f'no load of {machine} for {login}')

    def booted(self, machine):
        """The guest's own boot sector writes to its disk; firmware writes nothing."""
        def wrote():
            seen = self.city.who['a1'].get('/api/v1/meter/latest', resource=machine)['items']
            return any(s['metric'] == 'resource_disk_written_bytes_total' and s['value'] > 0 for s in seen)
        self.until(wrote, f'{machine} has not booted')

    def both(self, place, machine, state):
        for side, login in ((self.city, 'o1'), (self.districts[place], 'du')):
            self.until(lambda s=side, l=login: (r := self.resource(s, l, machine)) and r['state'] == state,
                       f'{machine} is not {state} for {login}')

    def settle(self, month):
        """The city bills; each district reckons the same lines again: the differences, by place."""
        city = self.city.who
        no = city['o1'].settle(month)['no']
        city['e1'].decide(city['o1'].file('settlement', {}, settlement=no)['no'], 'review')
        found = {}
        for place, district in self.districts.items():
            line = self.until(lambda d=district: [l for l in d.who['do'].get('/api/v1/link/statements', month=month)
                                                  ['items'] if l['statements']], f'no statement at {place}')[0]
            found[place] = (line['billed'], line['reckoned'], line['difference'])
        return found

    def reclaim(self, place, machine):
        who, city = self.districts[place].who, self.city.who
        no = who['du'].file('reclaim', {'resources': [machine], 'reason': '项目结束',
                                        'backup': {'choice': 'migrated'}})['no']
        who['dd'].decide(no, 'district_review')
        self.there(no, 'review')
        city['o1'].decide(no, 'review')
        self.told(place, no, lambda c: 'retention' in steps(c))  # libvirt stopped it
        return no


def story(region, say):
    """What the measures and the link have to do with a machine, from its application to its end."""
    machines, cases = {}, {}
    for place in PLACES:
        region.project(place)
        no, machines[place] = region.machine(place)
        cases[place] = no
        say(f'{PLACES[place]}：{no} 两边同号，{machines[place]} 由市级 libvirt 开通 / opened by the city\'s libvirt')
    for machine in machines.values():
        region.load(region.city, 'a1', machine)
        if region.item == TINY['code']:  # a real guest
            region.booted(machine)
    hour = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=10)
    region.turn(hour.date(), hour=hour.hour)  # averages of five minutes go down
    for place, machine in machines.items():
        region.load(region.districts[place], 'du', machine)
    say('市、区两级都看得到负载 / live load on both sides')
    region.wires['east'].cut()
    who = region.districts['east'].who
    waits = who['du'].file('test', {'items': [{'item': region.item, 'quantity': '1', 'system': 's1'}]},
                           project='school')['no']
    who['dd'].decide(waits, 'district_review')
    region.until(lambda: who['sysadmin'].get('/api/v1/links/city')['fault'], 'the cut was not seen')
    region.wires['east'].heal()
    region.there(waits, 'review')
    assert len(region.city.who['o1'].get('/api/v1/cases', text=waits)['items']) == 1
    say(f'断线后补送 / cut and healed: {waits}')
    first = region.city.clock().replace(day=1)
    month, after = first.strftime('%Y-%m'), (first + datetime.timedelta(days=32)).replace(day=2)
    region.turn(after, at_once=True)
    bills = region.settle(month)
    for place, (billed, reckoned, difference) in bills.items():
        assert billed == reckoned and float(billed) > 0 and float(difference) == 0, bills
        say(f'{PLACES[place]} {month} 结算 {billed} 元，两边一分不差 / the same to the fen')
    for place, machine in machines.items():
        region.reclaim(place, machine)
        region.both(place, machine, 'stopped')
        region.told(place, cases[place], lambda c: c['abroad']['resources'][0]['state'] == 'stopped')
    region.turn(after + datetime.timedelta(days=60), at_once=True)  # the data were kept as long as they must
    for place, machine in machines.items():
        region.both(place, machine, 'destroyed')
        say(f'{machine} 已停止、保留期满后销毁，两边一致 / stopped, then destroyed, on both sides')


def stay(region, say, ask):
    """A machine more in each district, whose load there is to be looked at in both consoles, and links to cut."""
    for place in PLACES:
        _, machine = region.machine(place)
        region.load(region.city, 'a1', machine)
        say(f'{PLACES[place]} {machine} 正在运行，负载在资源页面上看：市里（a1）即时，区里（du）每五分钟一批 /'
            ' runs: its load is on its page, at once at the city, each five minutes in the district')
    while place := ask(f'输入 {" 或 ".join(PLACES)} 断开该区的链路，再输入一次接通；直接回车结束 /'
                       ' a district cuts its link, again heals it; Enter ends'):
        if wire := region.wires.get(place):
            wire.cut() if wire.whole else wire.heal()
            say(f'{PLACES[place]}链路已{"接通 / healed" if wire.whole else "断开 / cut"}')


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument('--clouds', help='a file of clouds in place of the test driver (see docs/clouds.zh-CN.md)')
    p.add_argument('--item', default='vm-4c8g', help='vm-4c8g, or vm-1c1g for software emulation')
    p.add_argument('--keep', action='store_true',
                   help='leave the three servers running, with links to cut and heal, until Enter is pressed')
    a = p.parse_args()
    text = TEST_DRIVER
    if a.clouds:
        with open(a.clouds, encoding='utf-8') as f:
            text = f.read()
    say = lambda line: print('*', line, flush=True)  # noqa: E731
    region = Region(text, say, a.item)
    try:
        say(f'市 / city http://127.0.0.1:{region.city.server.port}  (o1 a1 e1 p1 …)')
        for place, d in region.districts.items():
            say(f'{PLACES[place]} http://127.0.0.1:{d.server.port}  (du dd do)')
        say(f'口令 / password {PASSWORD}')
        story(region, say)
        if a.keep:
            stay(region, say, lambda line: say(line) or sys.stdin.readline().strip())
    finally:
        region.close()


if __name__ == '__main__':
    main()
