"""A small city on the real server, for black-box tests: accounts, one unit of the city and one of a
district. Programs, stores and sessions, too, are imported from here."""
import datetime
import json
import os
import shutil
import time
import unittest

import first_day
import totp
from server import BIN, SHARED_METER, Server, Store  # noqa: F401
from session import OWED, PASSWORD, Problem, Session  # noqa: F401

VM = {'code': 'vm-4c8g', 'class': 'IaaS', 'category': '计算', 'name': '云主机 4 核 8 GiB',
      'content': '通用云主机', 'per': 'month', 'measure': 'instance', 'mode': 'flat', 'free': '0',
      'minimum': '0', 'step': '1', 'tags': ['x86'], 'trusted': False, 'exposed': False,
      'tiers': [{'from': '0', 'price': '320'}], 'dims': {'vcpu': 4, 'memory_gib': 8}}
BLOCK = dict(VM, code='block-ssd', category='存储', name='块存储', content='固态块存储',
             measure='gib', step='10', tiers=[{'from': '0', 'price': '0.8'}],
             dims={'block_gib': 1})

BODIES = [('auth', '主管部门', 'body'), ('econ', '经信部门', 'body'), ('bdc', '大数据中心', 'body'),
          ('vendor', '云服务商甲', 'provider'), ('civil', '民生事务局', 'unit'),
          ('health', '卫生事务局', 'unit')]
PEOPLE = [('a1', 'authority', 'auth'), ('e1', 'econ_info', 'econ'), ('o1', 'operator', 'bdc'),
          ('p1', 'provider', 'vendor'), ('u1', 'unit', 'civil'), ('u2', 'unit', 'health'),
          ('du', 'unit', 'east-edu'), ('do', 'operator', 'east-bdc'),
          ('dd', 'district_operator', 'east-bdc'), ('sp', 'sponsor', 'civil')]


def today():
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date()


def whole(asked, confirmed):
    """The one-time password of which two persons were shown half each."""
    return asked['one_time_half'] + '-' + confirmed['one_time_half']


def in_twos(who, method, path, body=None):
    """What comes of it; with the password, where it gives one."""
    act = who['secadmin'].call(method, path, body)
    if act['state'] == 'done':  # under a pack where one administrator acts alone
        return act
    done = who['secadmin2'].call('POST', f"/api/v1/acts/{act['id']}/decision",
                                 {'outcome': 'confirm', 'reason': '情况属实'})
    return dict(done, one_time_password=whole(act, done)) if 'one_time_half' in act else done


class City:
    """The small city, ready to work: sessions by login in `who`."""

    def __init__(self, postgres=None, init=(), serve=(), words=None):
        self.words = words  # a pack's own names for the procedures, steps and kinds, see renamed.py
        if 'YH_TEST_PACK' in os.environ and '--pack' not in init:  # see tests/docs/test_taken_out.py
            init = ('--pack', os.environ['YH_TEST_PACK'], *init)
        if words or any(os.sep in word for word in init):
            self.make(postgres, init, serve)
        else:
            self.copy(postgres, init, serve)

    def make(self, postgres, init, serve=()):
        self.store = Store(postgres)
        try:
            admins = self.store.init(*init)
            self.server = Server(self.store, *serve, words=self.words)
            self.found(admins)
        except BaseException:
            self.store.drop()
            raise

    def copy(self, postgres, init, serve):
        programs = [f'{BIN}/{name}' for name in ('yunheng', 'yunhengd')]
        folder, known = first_day.kept(programs, init, postgres,
                                       lambda to: self.leave(postgres, init, to))
        self.store = Store(postgres, known['database'])
        try:
            shutil.copytree(os.path.join(folder, 'data'), self.store.data)
            shutil.copy(os.path.join(folder, 'data.key'), self.store.data + '.key')
            # however long ago it was founded, its people have not been idle
            self.store.sql(f'UPDATE token SET used_at = {int(time.time() * 1000000)}')
            self.server = Server(self.store, *serve)
        except BaseException:
            self.store.drop()
            raise
        self.edition = known['edition']
        self.who = {name: Session(self.server.port, token, csrf, (name, PASSWORD),
                                  device=device and totp.Device(*device), changed=self.server.changed)
                    for name, (token, csrf, device) in known['who'].items()}
        self.server.devices.update({name: s.device for name, s in self.who.items() if s.device})

    def leave(self, postgres, init, to):
        """Founds the city for others to copy."""
        self.make(postgres, init)
        self.server.stop()
        shutil.move(self.store.data, os.path.join(to, 'data'))
        shutil.move(self.store.data + '.key', os.path.join(to, 'data.key'))
        shutil.rmtree(self.store.dir)
        self.store.stay()
        with open(os.path.join(to, 'city.json'), 'w', encoding='utf-8') as f:
            json.dump({'edition': self.edition,
                       'database': self.store.url and self.store.url.rsplit('/', 1)[1],
                       'who': {name: [s.token, s.csrf, s.device and s.device.kept()]
                               for name, s in self.who.items()}}, f)

    def first(self, login, password):
        s = Session(self.server.port, login=(login, password), words=self.words,
                    changed=self.server.changed)
        reply = s.begin()
        if reply['second_factor'] == 'code':
            s.device = self.server.devices[login]
            s.prove()
        try:
            s.change(PASSWORD)
        except Problem as problem:  # who had it before has another now
            if problem.slug != 'password-used':
                raise
            s.change(self.server.changed.get((login, PASSWORD), PASSWORD) + '+')
            self.server.changed[login, PASSWORD] = s.login[1]
            s.login = (login, PASSWORD)
        if reply['second_factor'] == 'enrol':
            s.enrol()
            self.server.devices[login] = s.device
        return s

    def found(self, admins):
        self.who = {name: self.first(name, admins[name]) for name in admins}
        sys_, sec = self.who['sysadmin'], self.who['secadmin']
        for code, name, kind in BODIES:
            sys_.call('POST', '/api/v1/orgs', {'code': code, 'name': name, 'kind': kind})
        for code, name, kind in [('east-econ', '东区经信部门', 'body'),
                                 ('east-bdc', '东区大数据中心', 'body'),
                                 ('east-edu', '东区教育局', 'unit')]:
            sys_.call('POST', '/api/v1/orgs',
                      {'code': code, 'name': name, 'kind': kind, 'district': 'east'})
        sys_.call('POST', '/api/v1/clouds',
                  {'code': 'YH', 'name': '市级政务云', 'level': 'municipal'})
        sys_.call('POST', '/api/v1/clouds', {'code': 'EAST', 'name': '东区政务云',
                                            'level': 'district', 'district': 'east'})
        for cloud, bodies in [('YH', {'authority': 'auth', 'econ_info': 'econ', 'operator': 'bdc',
                                      'provider': 'vendor'}),
                              ('EAST', {'authority': 'auth', 'econ_info': 'east-econ',
                                        'operator': 'east-bdc', 'provider': 'vendor'})]:
            for role, org in bodies.items():
                sys_.call('PUT', f'/api/v1/clouds/{cloud}/bodies/{role}', {'org': org})
        for login, role, org in PEOPLE:
            self.person(login, role, org)
        self.contract('YH', 'o1')
        self.contract('EAST', 'do')
        self.edition = self.publish()

    def contract(self, cloud, operator, provider='vendor', until='2045-12-31'):
        """Enters what the provider has long been working by: nothing is opened without (A10.1)."""
        form = {'title': '云服务合同', 'provider': provider, 'scope': '计算与存储服务',
                'from': '2022-05-01', 'until': until, 'ceiling': '100000000'}
        try:
            no = self.who[operator].file('contract', form, cloud=cloud)['no']
        except Problem as problem:  # a pack that knows of no contracts
            if problem.slug != 'procedure-unknown':
                raise
            return
        self.who['a1'].decide(no, 'approve')

    def two(self, method, path, body=None):
        """What two security administrators do: one asks, the other confirms. The act, done."""
        return in_twos(self.who, method, path, body)

    def grant(self, login, role, org, capacity='sign', **rest):
        """Grants a role; the grant's id. An account that begins to weigh has another password then,
        which is changed back at once."""
        done = self.two('POST', f'/api/v1/people/{login}/grants',
                        dict(rest, role=role, org=org, capacity=capacity))
        if 'one_time_password' in done:
            self.who[login] = self.first(login, done['one_time_password'])
        return done['grant']

    def person(self, login, role, org, capacity='sign'):
        sec = self.who['secadmin']
        made = sec.call('POST', '/api/v1/people', {'login': login, 'name': login})
        self.who.pop(login, None)
        self.grant(login, role, org, capacity)
        if login not in self.who:
            self.who[login] = self.first(login, made['one_time_password'])
        return self.who[login]

    def publish(self, items=None, cloud='YH'):
        w = self.who
        draft = w['o1'].call('POST', '/api/v1/editions', {'cloud': cloud, 'title': '服务目录'})
        w['o1'].call('PUT', f"/api/v1/editions/{draft['id']}/items", {'items': items or [VM, BLOCK]})
        no = w['o1'].file('catalogue_edition', {'summary': '首版目录'}, edition=draft['id'])['no']
        w['a1'].decide(no, 'review')
        w['o1'].decide(no, 'compile', 'confirm')
        w['e1'].decide(no, 'approve')
        w['a1'].decide(no, 'approve')
        w['o1'].decide(no, 'publish', 'confirm', {'effective_date': today().isoformat()})
        return draft['id']

    @staticmethod
    def quota_form(dims=None, level=3, classified=False, windows=None):
        form = {'project_type': 'built',
                'systems': [{'code': 's1', 'name': '业务系统', 'mlps_level': level,
                             'classified': classified}],
                'dimensions': [{'dimension': k, 'quantity': str(v)}
                               for k, v in (dims or {'vcpu': 100, 'memory_gib': 200}).items()],
                'demand_assessment': '按业务量评估', 'initiation_document': '立项〔2026〕1号'}
        if windows:
            form['windows'] = windows
        return form

    def project(self, code, unit='u1', org='civil', dims=None, initiated=True, district=False):
        w = self.who
        w[unit].call('POST', '/api/v1/projects',
                     {'unit': org, 'cloud': 'YH', 'code': code, 'name': '项目' + code})
        no = w[unit].file('quota', self.quota_form(dims), project=code)['no']
        if district:
            w['dd'].decide(no, 'district_review')
        w['e1'].decide(no, 'review')
        if initiated:
            no = w[unit].file('initiation', {'result': 'initiated', 'document': '批复'},
                              project=code)['no']
            w['e1'].decide(no, 'initiated')
        return code

    def apply(self, project, quantity, unit='u1', item='vm-4c8g'):
        return self.who[unit].file('test', {'items': [{'item': item, 'quantity': str(quantity),
                                                       'system': 's1'}]}, project=project)

    def open(self, no):
        """From the operator's review to running test resources; returns their ids."""
        self.who['o1'].decide(no, 'review')
        ids = [r['id'] for r in self.who['p1'].case(no)['resources']]
        self.who['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})
        return ids

    def formal(self, project, quantity, unit='u1', item='vm-4c8g'):
        no = self.apply(project, quantity, unit, item)['no']
        ids = self.open(no)
        self.who[unit].decide(no, 'verify', 'passed')
        self.who['o1'].decide(no, 'formal')
        return ids

    def age(self, no, days):
        """What happened in a case so far happened `days` earlier."""
        us = days * 86400 * 1000000
        self.store.sql(f"UPDATE case_step SET opened_at = opened_at - {us}, closed_at = closed_at"
                       f" - {us}, start_day = start_day - {days}, due_day = due_day - {days}"
                       f" WHERE case_id = (SELECT id FROM case_file WHERE no = '{no}')")
        self.store.sql(f"UPDATE case_file SET filed_at = filed_at - {us} WHERE no = '{no}'")
        self.store.sql(f"UPDATE edition SET effective_day = effective_day - {days}")

    def turn(self, day, at_once=False, hour=9):
        """Lives through the days until nine o'clock of `day`, a date or a text, on every server of
        the store: for cities made with init=('--demo-clock',). Tests see what each day brought."""
        day, there = datetime.date.fromisoformat(str(day)), False
        while not there:
            stop = min(day, self.clock() + datetime.timedelta(days=300))
            self.stretch({'to': str(stop), 'at_once': at_once, 'hour': hour})
            there = stop == day
        return self.clock()

    def early(self):
        """Goes on to next month where little is left of this one, for what takes most of a month; the first
        of the month it is then. For cities whose clock can be turned."""
        day = self.clock()
        if day.day > 14:
            day = self.turn((day.replace(day=1) + datetime.timedelta(days=32)).replace(day=2))
        return day.replace(day=1)

    def stretch(self, body):
        """With a token, which lasts a year: a session ends as the days pass, and who signs in beside a
        clock that is being turned is let in on one day and asked for the code on another."""
        by, who = {'Authorization': 'Bearer ' + self.year_token()}, self.who['sysadmin']
        while True:
            status, data, _ = Session(who.port, words=self.words).raw('POST', '/api/v1/clock/turn', body, by)
            if status >= 300:
                raise Problem(status, data)
            if data['there']:
                return

    def year_token(self):
        return self.who['sysadmin'].call('POST', '/api/v1/account/tokens', {
            'label': 'turn', 'scopes': 'all', 'days': 366})['token']

    def clock(self):
        """The day it is for the server."""
        return datetime.date.fromisoformat(self.who['sysadmin'].get('/api/v1/clock')['today'])

    def kind(self, name):
        """What the store calls a kind of resources."""
        return self.words.names.kinds[name] if self.words else name

    def hurry(self, seconds, which):
        """Steps that are due at an hour are so many seconds earlier, be it on the day before."""
        us = seconds * 1000000
        self.store.sql(f'UPDATE case_step SET due_at = due_at - {us}, due_day = (due_at - {us} + 28800000000) /'
                       f' 86400000000 WHERE due_at IS NOT NULL AND {which}')

    def due_now(self, kind, no):
        """The waiting jobs of a kind for a case, or for its steps, are due at once."""
        case = f"(SELECT id FROM case_file WHERE no = '{no}')"
        self.store.sql(f"UPDATE job SET due_at = 1 WHERE done_at IS NULL AND kind = '{kind}' AND (ref ="
                       f" {case} OR ref IN (SELECT id FROM case_step WHERE case_id = {case}))")

    @staticmethod
    def wait_until(true, why):
        end = time.monotonic() + 120
        while not true():
            if time.monotonic() > end:
                raise AssertionError(why)
            time.sleep(0.05)

    def papers_served(self):
        """What was issued is printed, sealed and served by jobs: waits until nothing of it is to come."""
        self.wait_until(lambda: self.store.sql('SELECT COUNT(*) FROM paper WHERE served_at IS NULL')
                        in ('0', [(0,)]), 'a paper was not served')

    def sealed(self):
        """What was done until now stands in the record, which tells of nothing that is not sealed."""
        self.wait_until(lambda: self.store.sql('SELECT COUNT(*) FROM event WHERE pos IS NULL') in ('0', [(0,)]),
                        'the record was not sealed')

    def quota(self, project, unit='u1', **query):
        lines = self.who[unit].get(f'/api/v1/projects/{project}/quota', **query)['items']
        return {line['dimension']: line for line in lines}

    def meet(self):
        """After the server was started anew: everybody stays signed in, at its new address."""
        for session in self.who.values():
            session.port = self.server.port

    def enact(self, by='a1'):
        """The pack that was brought in last is put in force by two persons; the act."""
        sec = self.who['secadmin']
        pack = sec.get('/api/v1/policy/packs')['items'][-1]['digest']
        act = sec.call('POST', f'/api/v1/policy/packs/{pack}/enactment', {'reason': '按新办法'})
        done = self.who[by].call('POST', f"/api/v1/acts/{act['id']}/decision",
                                 {'outcome': 'confirm', 'reason': '同意施行'})
        end = time.monotonic() + 60
        while not sec.get('/api/v1/policy/packs')['items'][-1]['in_force'] and time.monotonic() < end:
            time.sleep(0.02)
        return done

    def close(self):
        self.server.stop()
        self.store.drop()


def sought(case, who, path, name='no', **query):
    """A list's ?text= gives what has it in its number (or `name`), whatever the letters' case, and % is a letter."""
    whole = who.get(path, limit=200, **query)['items']
    asked = whole[-1][name]
    found = who.get(path, limit=200, text=asked.lower(), **query)['items']
    case.assertEqual(found, [row for row in whole if asked.lower() in row[name].lower()])
    case.assertEqual(who.get(path, text='%', **query)['items'], [])


class InCity:
    """What suites in a city of their own, `city`, have in common."""

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def refused(self, slug, call, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, str(caught.exception))
        return caught.exception.body


def steps(case, open_only=True):
    return [s['step'] for s in case['steps'] if not (open_only and s['closed_at'])]


def on_both_engines(cls):
    """Class decorator: the suite once on SQLite and once on PostgreSQL (skipped visibly without).
    With YH_SECOND_BUILD set, on PostgreSQL only what has `races`: servers or transactions that
    meet. The rest stands above the engine, and has met both in the first build."""
    lite = type(cls.__name__ + 'Sqlite', (cls, unittest.TestCase), {'postgres': None})
    url = os.environ.get('YH_TEST_POSTGRES')
    pg = type(cls.__name__ + 'Postgres', (cls, unittest.TestCase), {'postgres': url})
    if not url:
        pg = unittest.skip('YH_TEST_POSTGRES is not set')(pg)
    elif os.environ.get('YH_SECOND_BUILD') and not getattr(cls, 'races', False):
        pg = unittest.skip('on PostgreSQL in the first build, or with --all')(pg)
    module = __import__('sys').modules[cls.__module__]
    for made in (lite, pg):
        made.__module__ = cls.__module__
        setattr(module, made.__name__, made)
    return None
