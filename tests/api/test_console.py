"""What the console asks for beside the cases themselves: saved views, how fast is decided, what
waits as a stream, districts side by side, the wall screen."""
import contextlib
import datetime
import http.client
import json
import unittest
import urllib.parse

from city import City, InCity, Problem, on_both_engines
from metering import Sender, now_ms

VIEWS = '/api/v1/account/views/'


class Views(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who

    def put(self, who, page, name, value):
        return self.w[who].call('PUT', VIEWS + page + '/' + urllib.parse.quote(name), {'value': value})

    def names(self, who, page):
        return [v['name'] for v in self.w[who].get(VIEWS + page)['items']]

    def test_a_view_is_kept_under_the_name_that_people_typed_and_read_as_it_was(self):
        value = {'columns': ['no', 'due.day'], 'sort': {'by': 'due', 'desc': False}, 'width': 1.5,
                 'title': '我的待办 "快到期"'}
        made = self.put('u1', 'inbox', '快到期 的', value)
        self.assertEqual((made['page'], made['name'], made['value']), ('inbox', '快到期 的', value))
        self.assertEqual(self.w['u1'].get(VIEWS + 'inbox')['items'],
                         [{k: made[k] for k in ('name', 'value', 'changed_at')}])
        self.put('u1', 'inbox', '快到期 的', {'now': 'other'})
        self.assertEqual([v['value'] for v in self.w['u1'].get(VIEWS + 'inbox')['items']],
                         [{'now': 'other'}])
        status, body, _ = self.w['u1'].raw('DELETE', VIEWS + 'inbox/' + urllib.parse.quote('快到期 的'))
        self.assertEqual((status, body), (204, None))
        self.assertEqual(self.names('u1', 'inbox'), [])

    def test_views_are_a_persons_own_and_a_pages_own(self):
        self.put('u1', 'cases', 'mine', {'a': 1})
        self.put('u2', 'cases', 'mine', {'a': 2})
        self.put('u1', 'leases', 'mine', {'a': 3})
        for who, page, value in (('u1', 'cases', 1), ('u2', 'cases', 2), ('u1', 'leases', 3)):
            self.assertEqual([v['value'] for v in self.w[who].get(VIEWS + page)['items']],
                             [{'a': value}])
        self.refused('view-unknown', self.w['u2'].call, 'DELETE', VIEWS + 'leases/mine')
        self.assertEqual(self.names('u1', 'leases'), ['mine'])

    def test_there_are_bounds_to_how_large_and_how_many(self):
        self.put('e1', 'big', 'just', {'x': 'y' * (16 * 1024 - 8)})
        problem = self.refused('view-too-large', self.put, 'e1', 'big', 'over', {'x': 'y' * (16 * 1024 - 7)})
        self.assertEqual((problem['figures'], problem['field']), ({'max': 16384}, '/value'))
        for i in range(20):
            self.put('e1', 'many', f'v{i}', {})
        self.assertEqual(self.refused('views-many', self.put, 'e1', 'many', 'v20', {})['figures'], {'max': 20})
        self.put('e1', 'many', 'v19', {'again': True})
        self.w['e1'].call('DELETE', VIEWS + 'many/v3')
        self.put('e1', 'many', 'v20', {})
        self.assertEqual(len(self.names('e1', 'many')), 20)

    def test_a_view_is_an_object_under_a_name_of_one_line(self):
        for body in ({'value': []}, {'value': 'x'}, {}):
            with self.assertRaises(Problem) as caught:
                self.w['u1'].call('PUT', VIEWS + 'inbox/x', body)
            self.assertEqual(caught.exception.status, 400)
        for path in ('in%20box/x', 'inbox/' + 'x' * 49, 'inbox/a%0ab', 'inbox/%00'):
            with self.assertRaises(Problem) as caught:
                self.w['u1'].call('PUT', VIEWS + path, {'value': {}})
            self.assertIn(caught.exception.status, (400, 404), path)


on_both_engines(Views)
del Views


class Stream:
    """A stream of server-sent events, as one person follows it."""

    def __init__(self, who, path, lang=None):
        self.conn = http.client.HTTPConnection('127.0.0.1', who.port, timeout=60)
        self.conn.request('GET', path, headers={'Cookie': 'yh_session=' + who.token,
                                                **({'Accept-Language': lang} if lang else {})})
        self.reply = self.conn.getresponse()
        if self.reply.status != 200:
            raise Problem(self.reply.status, json.loads(self.reply.read()))

    def event(self):
        """The name and the data of the next event."""
        found = {}
        while 'data' not in found or self.line.strip():
            self.line = self.reply.readline().decode()
            if not self.line:
                raise AssertionError('the stream is over')
            key, _, value = self.line.rstrip('\n').partition(': ')
            found[key] = value
        return found['event'], json.loads(found['data'])

    def until(self, true, name='change'):
        """Reads on to an event that is so."""
        while True:
            got, data = self.event()
            if got == name and true(data):
                return data

    def close(self):
        self.conn.close()


class Waiting(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        for code, unit, org in (('ours', 'u1', 'civil'), ('theirs', 'u2', 'health')):
            cls.w[unit].call('POST', '/api/v1/projects', {'unit': org, 'cloud': 'YH', 'code': code,
                                                         'name': '项目' + code})

    def follow(self, stack, who, **how):
        path = '/api/v1/account/stream' + ('?lang=' + how['lang'] if 'lang' in how else '')
        return stack.enter_context(contextlib.closing(Stream(self.w[who], path, how.get('accept'))))

    def test_what_waits_and_what_is_told_comes_as_it_happens_and_only_to_whom_it_concerns(self):
        self.city.papers_served()  # those of other tests are told before this one counts
        with contextlib.ExitStack() as stack:
            streams = {who: self.follow(stack, who, lang='en') for who in ('e1', 'u1', 'u2')}
            begun = {}
            for name, stream in streams.items():
                kind, begun[name] = stream.event()
                self.assertEqual((kind, begun[name]['cases'], begun[name]['again']), ('state', [], False))
                inbox = self.w[name].get('/api/v1/inbox', limit=200)['items']
                self.assertEqual(begun[name]['inbox']['open'], len(inbox))
            no = self.w['u1'].file('quota', City.quota_form(), project='ours')['no']

            def heard(stream, waits, told):
                """Reads on until it was told of the case, and so much waits and was told."""
                seen, last = set(), {'inbox': {'open': 0}, 'notices': {'count': 0}}
                last = dict(last, **{k: begun[stream][k] for k in ('inbox', 'notices')})
                while no not in seen or (last['inbox']['open'], last['notices']['count']) != (waits, told):
                    name, data = streams[stream].event()
                    self.assertEqual(name, 'change')
                    seen.update(c['no'] for c in data['cases'])
                    last.update(data)
                begun[stream] = last
                return last
            waits, told = begun['e1']['inbox']['open'], begun['e1']['notices']['count']
            ours = begun['u1']['inbox']['open'], begun['u1']['notices']['count']
            heard('e1', waits + 1, told + 1)
            heard('u1', *ours)
            self.w['e1'].decide(no, 'review')
            heard('e1', waits, told + 1)
            last = heard('u1', ours[0], ours[1] + 2)  # of the decision, and of its paper
            listed = self.w['u1'].get('/api/v1/notices', limit=10)['items']
            self.assertEqual(last['notices']['items'], listed)
            self.assertEqual([n['slug'] for n in listed if n['case'] == no], ['paper-served', 'case-closed'])
            # of another unit nothing was heard: the next it hears is its own
            own, seen = self.w['u2'].file('quota', City.quota_form(), project='theirs')['no'], []
            while own not in seen:
                _, data = streams['u2'].event()
                seen += [c['no'] for c in data['cases']]
                self.assertNotIn(no, json.dumps(data))

    # proves S21
    def test_who_reads_no_cases_is_told_of_none(self):
        with contextlib.ExitStack() as stack:
            record, econ = self.follow(stack, 'auditor'), self.follow(stack, 'e1')
            self.assertEqual(record.event()[1]['inbox']['open'], 0)
            self.assertEqual(econ.event()[0], 'state')
            no = self.w['u1'].file('quota', City.quota_form(), project='ours')['no']
            econ.until(lambda d: any(c['no'] == no for c in d['cases']))
            name, data = record.event()  # its first look, which tells of no case
            self.assertEqual((name, data['cases']), ('change', []))

    def test_it_speaks_the_language_asked_for(self):
        no = self.w['u1'].file('quota', City.quota_form(), project='ours')['no']
        self.w['e1'].decide(no, 'review')
        self.city.papers_served()  # which is told, too: the same is read in either language
        with contextlib.ExitStack() as stack:
            said = {}
            for how in ({'lang': 'zh'}, {'lang': 'en'}, {'accept': 'en'}):
                _, data = self.follow(stack, 'u1', **how).event()
                said[str(how)] = data['notices']['items'][0]['sentence']
            self.assertEqual(len(set(said.values())), 2, said)

    def test_a_role_that_ends_ends_the_stream_that_it_was_followed_in(self):
        person = self.city.person('parter', 'unit', 'health')
        grants = self.w['secadmin'].get('/api/v1/people/parter')['grants']
        with contextlib.closing(Stream(person, '/api/v1/account/stream')) as stream:
            self.assertEqual(stream.event()[0], 'state')
            self.city.two('DELETE', '/api/v1/grants/' + grants[0]['id'])
            self.assertEqual(stream.until(lambda d: True, 'ended'), {'slug': 'stream-roles-changed'})


on_both_engines(Waiting)
del Waiting


class Decisions(InCity):
    """A city whose days pass as the test says."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))
        cls.w = cls.city.who
        cls.fast, cls.usual, cls.slow = (cls.decide(*how) for how in
                                         (('fast', 0), ('usual', 2), ('slow', None)))
        cls.decided = [cls.fast, cls.usual, cls.slow]
        cls.ask('open-one')

    @classmethod
    def ask(cls, code, unit='u1', org='civil'):
        w = cls.w[unit]
        w.call('POST', '/api/v1/projects', {'unit': org, 'cloud': 'YH', 'code': code, 'name': '项目' + code})
        return w.file('quota', City.quota_form(), project=code)['no']

    @classmethod
    def decide(cls, code, workdays):
        """Applied for, and decided so many working days later, or (None) on the first working day
        on which it is overdue."""
        no = cls.ask(code)

        def due():
            return next(s['due'] for s in cls.w['e1'].case(no)['steps'] if s['step'] == 'review')
        term = due()['workdays_left']
        while (not due()['overdue'] or cls.city.clock().weekday() > 4 if workdays is None
               else term - due()['workdays_left'] < workdays):
            cls.city.turn(cls.city.clock() + datetime.timedelta(1))
        late = due()['overdue']
        cls.w['e1'].decide(no, 'review')
        return {'late': late, 'month': cls.city.clock().isoformat()[:7], 'term': term}

    def figures(self, who='e1', **query):
        """Once everything decided so far is counted."""
        def counted():
            self.city.store.sql("UPDATE job SET due_at = 1 WHERE done_at IS NULL AND kind = 'step.count'")
            return self.w[who].get('/api/v1/statistics/decisions', **query)['pending'] == 0
        self.city.wait_until(counted, 'steps stay uncounted')
        return self.w[who].get('/api/v1/statistics/decisions', **query)

    def line(self, figures, org='econ', step='review', procedure='quota'):
        found = [l for l in figures['items'] if (l['org'], l['procedure'], l['step']) == (org, procedure, step)]
        return found[0] if found else None

    def test_decided_steps_stand_by_body_procedure_and_step_with_the_days_they_took(self):
        self.assertEqual([d['late'] for d in self.decided], [False, False, True])
        l = self.line(self.figures())
        self.assertEqual({k: l[k] for k in ('decided', 'on_time', 'late', 'on_time_milli', 'median_wd',
                                            'open', 'overdue')},
                         {'decided': 3, 'on_time': 2, 'late': 1, 'on_time_milli': 666, 'median_wd': 2,
                          'open': 1, 'overdue': 0})
        self.assertGreater(l['p90_wd'], self.slow['term'])
        self.assertEqual((l['org_name'], l['procedure_title'] != 'quota', l['step_title'] != 'review'),
                         ('经信部门', True, True))

    def test_months_say_how_it_went(self):
        months = {m['month']: m for m in self.figures(procedure='quota')['months']}
        for month in {d['month'] for d in self.decided}:
            of = [d for d in self.decided if d['month'] == month]
            self.assertEqual((months[month]['decided'], months[month]['late']),
                             (len(of), sum(d['late'] for d in of)))

    def test_z_days_on_which_a_case_waits_for_its_applicant_are_not_the_bodys(self):
        no = self.ask('returned')
        self.w['e1'].call('POST', f'/api/v1/cases/{no}/steps/review/return',
                          {'defects': ['缺少说明']})
        self.city.turn(self.city.clock() + datetime.timedelta(7))
        self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': City.quota_form()})
        before = self.line(self.figures())
        self.w['e1'].decide(no, 'review')
        after = self.line(self.figures())
        self.assertEqual((after['decided'] - before['decided'], after['on_time'] - before['on_time'],
                          after['median_wd']), (1, 1, 0))

    def test_a_body_sees_its_own_a_body_of_the_cloud_what_is_on_it_and_an_auditor_all(self):
        self.assertIsNotNone(self.line(self.figures('a1')))
        self.assertIsNotNone(self.line(self.figures('auditor')))
        self.assertIsNone(self.line(self.figures('u1')))
        self.assertEqual({l['org'] for l in self.figures('p1')['items']} - {'vendor'}, set())
        self.assertIsNone(self.line(self.figures('do')))
        self.refused('not-permitted', self.w['sysadmin'].get, '/api/v1/statistics/decisions')

    def test_narrower_questions_and_wrong_ones(self):
        self.assertEqual(self.figures(cloud='EAST')['items'], [])
        self.assertEqual({l['procedure'] for l in self.figures(procedure='quota')['items']}, {'quota'})
        empty = self.figures(**{'from': '2025-01', 'to': '2025-02', 'procedure': 'quota'})
        self.assertEqual((empty['months'], self.line(empty)['decided'], self.line(empty)['median_wd'],
                          self.line(empty)['on_time_milli'], self.line(empty)['open']), ([], 0, None, None, 1))
        for slug, query in (('months-order', {'from': '2026-03', 'to': '2026-02'}),
                            ('months-many', {'from': '2001-01', 'to': '2026-02'}),
                            ('cloud-unknown', {'cloud': 'NONE'})):
            self.refused(slug, self.w['e1'].get, '/api/v1/statistics/decisions', **query)


on_both_engines(Decisions)
del Decisions

CPU, MEMORY = 'platform_host_cpu_usage_ratio', 'platform_host_memory_used_bytes'


class Overview(InCity):
    """The wall screen and the districts."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('web', dims={'vcpu': 80, 'memory_gib': 160})
        cls.city.formal('web', 1)
        cls.waiting = cls.city.apply('web', 1)['no']
        for cloud, login, cpu in (('YH', 'o1', (0.5, 0.25)), ('EAST', 'do', (0.75,))):
            token = cls.w[login].call('POST', '/api/v1/meter/tokens', {
                'kind': 'cloud', 'about': cloud, 'label': 'wall', 'days': 1})['token']
            cls.lines(token, cpu)

    @classmethod
    def lines(cls, token, cpu):
        """Of each host: 16 cores, 100 bytes of which 40 are used; now, and an hour ago at once full."""
        rows, now = [], now_ms()
        for i, ratio in enumerate(cpu):
            for at, use in ((now - 3600000, 1.0), (now, ratio)):
                for metric, value in (('platform_host_up', 1), ('platform_host_cpu_cores', 16 * (i + 1)),
                                      (CPU, use), ('platform_host_memory_total_bytes', 100), (MEMORY, 40)):
                    rows.append({'metric': metric, 'labels': {'host': f'h{i}'}, 'at': at, 'value': value})
        for metric, value in (('platform_capacity', 512), ('platform_capacity_used', 48)):
            rows.append({'metric': metric, 'labels': {'dimension': 'vcpu'}, 'at': now, 'value': value})
        rows.append({'metric': 'platform_alarms_firing', 'at': now, 'value': 3,
                     'labels': {'severity': 'critical', 'source': 'san'}})
        with contextlib.closing(Sender(cls.city.server.port, token)) as sender:
            status, reply = sender.lines(rows)
        assert (status, reply['refused']) == (200, 0), reply

    # proves S21
    def test_the_wall_screen_says_what_is_so_and_names_no_person(self):
        def all_there():  # what was found out for an earlier look is good for a while
            city = self.w['a1'].get('/api/v1/city')
            return city if city['clouds'][1]['alarms'] and city['load']['hosts'] == 3 and \
                self.waiting in [e['case'] for e in city['events']] else None
        self.city.wait_until(all_there, 'not all is told')
        city = all_there()
        clouds = {c['code']: c for c in city['clouds']}
        vcpu = next(d for d in clouds['YH']['dimensions'] if d['dimension'] == 'vcpu')
        self.assertEqual({k: vcpu[k] for k in ('quota', 'allocated', 'capacity', 'capacity_used')},
                         {'quota': 80, 'allocated': 4, 'capacity': 512, 'capacity_used': 48})
        self.assertEqual((clouds['YH']['hosts'], clouds['YH']['hosts_up'], clouds['YH']['alarms']),
                         (2, 2, [{'severity': 'critical', 'count': 3}]))
        # 16 cores at 0.5, 32 at 0.25 and 16 at 0.75
        self.assertAlmostEqual(city['load']['cpu_ratio'], (8 + 8 + 12) / 64)
        self.assertAlmostEqual(city['load']['memory_ratio'], 0.4)
        self.assertEqual(len(city['load_day']), 288)
        told = [p for p in city['load_day'] if p['cpu_ratio'] is not None]
        self.assertEqual([(p['cpu_ratio'], p['memory_ratio']) for p in told][:1], [(1, 0.4)])
        self.assertGreaterEqual(city['cases']['open'], 1)
        deadline = next(d for d in city['deadlines'] if d['no'] == self.waiting)
        step = next(s for s in self.w['a1'].case(self.waiting)['steps'] if not s['closed_at'])
        self.assertEqual((deadline['day'], deadline['workdays_left'], deadline['step'], deadline['body']),
                         (step['due']['day'], step['due']['workdays_left'], step['step'], '大数据中心'))
        event = next(e for e in city['events'] if e['case'] == self.waiting)
        self.assertEqual((event['kind'], event['body']), ('case.filed', '民生事务局'))
        self.assertLessEqual(len(city['events']), 20)
        self.assertEqual([d['district'] for d in city['districts']], ['east'])
        self.assertIsNotNone(city['districts'][0]['fresh_at'])
        self.assertEqual(city['agents'], {'online': 0, 'lost': 0})
        text = json.dumps(city, ensure_ascii=False)
        for login in ('a1', 'o1', 'u1'):
            self.assertNotIn(f'"{login}"', text)

    def test_only_the_citys_own_bodies_see_all_of_the_city(self):
        for who, slug in (('do', 'city-bodies-only'), ('u1', 'not-permitted'), ('auditor', 'not-permitted')):
            for path in ('/api/v1/city', '/api/v1/city/stream'):
                self.refused(slug, self.w[who].get, path)

    def test_who_follows_is_told_the_parts_that_changed(self):
        with contextlib.ExitStack() as stack:
            screens = [stack.enter_context(contextlib.closing(Stream(self.w[who], '/api/v1/city/stream?lang=zh')))
                       for who in ('a1', 'e1')]
            for screen in screens:
                name, state = screen.event()
                self.assertEqual((name, len(state['load_day'])), ('state', 288))
            no = self.city.apply('web', 1)['no']
            for screen in screens:
                data = screen.until(lambda d: any(e['case'] == no for e in d.get('events', [])))
                self.assertNotIn('person', json.dumps(data))

    def test_districts_stand_side_by_side_and_a_district_sees_its_own(self):
        for who in ('e1', 'do'):
            items = self.w[who].get('/api/v1/districts')['items']
            self.assertEqual([d['district'] for d in items], ['east'])
        east = items[0]
        self.assertEqual((east['cloud'], east['units'], east['cpu_ratio'], east['memory_ratio']),
                         ('EAST', 1, 0.75, 0.4))
        self.assertLess(east['age_s'], 600)
        no = self.district_case()
        after = self.w['e1'].get('/api/v1/districts')['items'][0]
        self.assertEqual(after['steps_open'], east['steps_open'] + 1, no)
        self.refused('not-permitted', self.w['u1'].get, '/api/v1/districts')

    def district_case(self):
        """A district's unit asks for a quota on the city's cloud: its operator reviews it first."""
        self.w['du'].call('POST', '/api/v1/projects', {'unit': 'east-edu', 'cloud': 'YH', 'code': 'edu',
                                                      'name': '教育'})
        return self.w['du'].file('quota', City.quota_form(), project='edu')['no']


on_both_engines(Overview)
del Overview

if __name__ == '__main__':
    unittest.main()
