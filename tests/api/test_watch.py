"""The watch of Art. 25 on the real server: idle machines, zombie systems, agents, leases, exposure;
what is not known is never idle; what is declared is looked into; who may see and dismiss what."""
import calendar
import datetime
import json
import unittest
import uuid

from city import VM, BLOCK, City, Problem, on_both_engines, sought, today
from metering import Sender

CPU, USED, TOTAL = ('resource_cpu_usage_ratio', 'resource_memory_used_bytes',
                    'resource_memory_total_bytes')
CORES = 'resource_cpu_cores'
RX, TX = ('resource_network_receive_bytes_per_second', 'resource_network_transmit_bytes_per_second')
GIB = 1 << 30
SMALL = dict(VM, code='vm-2c4g', name='云主机 2 核 4 GiB', tiers=[{'from': '0', 'price': '170'}],
             dims={'vcpu': 2, 'memory_gib': 4})
TINY = dict(VM, code='vm-1c2g', name='云主机 1 核 2 GiB', tiers=[{'from': '0', 'price': '99.995'}],
            dims={'vcpu': 1, 'memory_gib': 2})
EXPOSED = dict(BLOCK, code='eip', name='公网地址', step='1', exposed=True, dims={'public_ip': 1})


def last_month():
    first = today().replace(day=1)
    last = first - datetime.timedelta(days=1)
    return last.replace(day=1), last


FIRST, LAST = last_month()
DAYS = calendar.monthrange(FIRST.year, FIRST.month)[1]
MONTH = FIRST.isoformat()[:7]
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


def ms(day, hour=0, minute=0):
    at = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
    return int(at.timestamp() * 1000)


class Use:
    """A month of hourly bursts: every five minutes of every hour, or fewer."""

    def __init__(self, city):
        token = city.who['o1'].call('POST', '/api/v1/meter/tokens',
                                    {'kind': 'cloud', 'about': 'YH', 'label': 'x', 'days': 1,
                                     'backfill': True})['token']
        self.sender = Sender(city.server.port, token)

    def put(self, no, metrics, days=None, minutes=range(0, 60, 5), first=FIRST):
        """metrics: name -> value, or a function of (day, hour)."""
        for day in days if days is not None else range(DAYS):
            date = first + datetime.timedelta(days=day)
            rows = []
            for hour in range(24):
                for minute in minutes:
                    for name, value in metrics.items():
                        v = value(date, hour) if callable(value) else value
                        rows.append({'metric': name, 'labels': {'resource': no},
                                     'at': ms(date, hour, minute), 'value': v})
            for i in range(0, len(rows), 20000):
                status, reply = self.sender.lines(rows[i:i + 20000], '?backfill=true')
                assert status == 200 and not reply['refused'], reply

    def close(self):
        self.sender.close()


IDLE = {CPU: 0.01, USED: 0.5 * GIB, TOTAL: 8 * GIB, CORES: 4, RX: 100, TX: 50}
BUSY = {CPU: 0.6, USED: 6 * GIB, TOTAL: 8 * GIB, CORES: 4, RX: 90000, TX: 70000}


def verdicts(reply, about):
    return {i['rule']: i['verdict'] for i in reply['items']
            if about in (i.get('resource'), i.get('system'))}


@on_both_engines
class Watch:
    postgres = None

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        w = cls.city.who
        cls.city.publish([VM, SMALL, TINY, BLOCK, EXPOSED])
        cls.use = Use(cls.city)
        cls.nos = {}
        for code in ('idle', 'busy', 'gone', 'zeros', 'season', 'lazy'):
            cls.city.project(code)
            cls.nos[code] = cls.one(code)
        use = cls.use
        use.put(cls.nos['idle'], IDLE)
        use.put(cls.nos['busy'], BUSY)
        use.put(cls.nos['gone'], IDLE, days=range(10))          # a third of the month
        use.put(cls.nos['zeros'], {**IDLE, USED: 0})            # a broken agent
        for code, busy in (('season', True), ('lazy', False)):
            cls.declare(code)
            use.put(cls.nos[code], IDLE)
            use.put(cls.nos[code], BUSY if busy else IDLE, days=range(10),
                    first=FIRST - datetime.timedelta(days=20))
        cls.reply = w['o1'].scan({'month': MONTH}, limit=200)

    @classmethod
    def one(cls, project):
        ident = cls.city.formal(project, 1)[0]
        return cls.city.who['u1'].get('/api/v1/resources/' + ident)['no']

    @classmethod
    def declare(cls, project):
        """The project declared load in the ten days that ended ten days before the window."""
        start = (FIRST - datetime.timedelta(days=20)).toordinal() - datetime.date(1970, 1, 1).toordinal()
        row = cls.city.store.sql(f"SELECT project FROM resource WHERE no = '{cls.nos[project]}'")
        assert row
        cls.city.store.sql(
            "INSERT INTO quota_line (id, unit, project, kind, dim, qty_milli, first_day, last_day, rrule,"
            " span_days, case_id, created_at) SELECT "
            + (f"decode('{abs(hash(project)) % 10 ** 32:032d}', 'hex')" if cls.postgres
               else f"x'{abs(hash(project)) % 10 ** 32:032d}'")
            + f", unit, project, 'window', 'vcpu', 4000, {start}, NULL, 'FREQ=YEARLY', 10, case_id, 1"
              f" FROM resource WHERE no = '{cls.nos[project]}'")

    @classmethod
    def tearDownClass(cls):
        cls.use.close()
        cls.city.close()

    def verdict(self, code, rule):
        return verdicts(self.reply, self.nos[code]).get(rule)

    def line(self, code, rule):
        return next(i for i in self.reply['items']
                    if i.get('resource') == self.nos[code] and i['rule'] == rule)

    # proves A25.2
    def test_idle_is_flagged_and_busy_is_not(self):
        self.assertEqual(self.verdict('idle', 'low_use'), 'flagged')
        self.assertEqual(self.verdict('busy', 'low_use'), 'ok')
        first = self.line('idle', 'low_use')['all'][0]
        self.assertEqual((first['figure'], first['below'], first['coverage'], first['holds']),
                         (0.01, 0.1, 1, 'yes'))
        self.assertEqual(first['parameter'], 'watch.low.cpu')

    # proves S34
    def test_what_is_missing_or_broken_is_unknown_and_never_idle(self):
        self.assertEqual(self.verdict('gone', 'low_use'), 'unknown')
        self.assertEqual(self.line('gone', 'low_use')['all'][0]['why'], 'low_coverage')
        self.assertEqual(self.verdict('zeros', 'low_use'), 'unknown')
        self.assertEqual(self.line('zeros', 'low_use')['all'][1]['why'], 'only_zero')

    # proves A25.2
    def test_declared_load_excepts_only_who_used_it(self):
        self.assertEqual(self.verdict('season', 'low_use'), 'excepted')
        self.assertEqual(self.line('season', 'low_use')['periodic_load']['then'], 'used')
        self.assertEqual(self.verdict('lazy', 'low_use'), 'flagged')
        self.assertEqual(self.line('lazy', 'low_use')['periodic_load']['then'], 'idle')

    # proves A25.2
    def test_a_system_is_a_zombie_only_when_all_of_it_is_idle(self):
        self.assertEqual(verdicts(self.reply, 'civil.idle/s1'), {'zombie': 'flagged'})
        self.assertEqual(verdicts(self.reply, 'civil.busy/s1'), {'zombie': 'ok'})
        self.assertEqual(verdicts(self.reply, 'civil.gone/s1'), {'zombie': 'unknown'})
        self.assertEqual(verdicts(self.reply, 'civil.season/s1'), {'zombie': 'excepted'})

    def test_the_same_scan_again_is_the_same_bytes_and_finds_nothing_twice(self):
        o1 = self.city.who['o1']
        before = o1.get('/api/v1/findings', limit='200')['items']
        again = o1.scan({'month': MONTH}, limit=200)
        self.assertEqual(json.dumps(again), json.dumps(self.reply))
        self.assertEqual(o1.get('/api/v1/findings', limit='200')['items'], before)
        sought(self, o1, '/api/v1/findings')
        scans = [s for s in o1.get('/api/v1/watch/scans')['items'] if s['rule'] is None]
        self.assertEqual([s['id'] for s in scans], [self.reply['id']])
        whole = o1.get('/api/v1/watch/scans/' + self.reply['id'], limit='200')
        self.assertEqual(whole['items'], self.reply['items'])
        flagged = o1.get('/api/v1/watch/scans/' + self.reply['id'], verdict='flagged')['items']
        self.assertEqual(flagged, [i for i in self.reply['items'] if i['verdict'] == 'flagged'])
        pages, cursor = [], None
        while cursor or not pages:
            page = o1.get('/api/v1/watch/scans/' + self.reply['id'], limit='5',
                          **({'cursor': cursor} if cursor else {}))
            pages += page['items']
            cursor = page['next']
        self.assertEqual(pages, self.reply['items'])

    # proves S34
    def test_a_finding_shows_its_evidence_and_a_smaller_size(self):
        o1 = self.city.who['o1']
        found = o1.get('/api/v1/findings', resource=self.nos['idle'], rule='low_use')['items']
        self.assertEqual(len(found), 1)
        f = o1.get('/api/v1/findings/' + found[0]['no'])
        self.assertTrue(f['no'].startswith('YH-F-'))
        self.assertEqual((f['article'], f['state'], f['from'], f['to']),
                         ('25', 'open', FIRST.isoformat(), LAST.isoformat()))
        e = f['evidence']
        self.assertEqual(e['pack_digest'], self.reply['pack_digest'])
        curve = e['resources'][0]['curves'][0]
        self.assertEqual((curve['metric'], curve['step']), (CPU, '1d'))
        self.assertEqual([p[0] for p in curve['series'][0]['points']],
                         [(FIRST + datetime.timedelta(days=d)).isoformat() for d in range(DAYS)])
        self.assertEqual(curve['series'][0]['points'][0][1:], [0.01, 0.01, 288])
        a = f['advice']['resources'][0]
        # 0.01 of 4 cores and 0.5 GiB, 30 % more each, fit into 1 core and 2 GiB
        self.assertEqual([(n['dimension'], n['used'], n['needed']) for n in a['needs']],
                         [('vcpu', 0.04, 0.052), ('memory_gib', 0.5, 0.65)])
        self.assertEqual((a['now']['item'], a['then']['item'], a['then']['quantity']),
                         ('vm-4c8g', 'vm-1c2g', 1))
        self.assertEqual((a['now']['month_yuan'], a['saves_month_yuan']), ('320', '220'))
        zombie = o1.get('/api/v1/findings', resource=self.nos['idle'], rule='zombie')['items'][0]
        self.assertIsNone(zombie['resource'])
        z = o1.get('/api/v1/findings/' + zombie['id'])
        self.assertEqual((z['system'], z['advice']['saves_month_yuan']), ('s1', '320'))

    def test_explain_says_of_one_resource_what_the_scan_said(self):
        reply = self.city.who['u1'].get('/api/v1/watch/explain/' + self.nos['idle'], month=MONTH)
        mine = {i['rule']: i for i in reply['items'] if i.get('resource')}
        for item in self.reply['items']:
            if item.get('resource') == self.nos['idle']:
                told = mine[item['rule']]
                self.assertEqual({k: told[k] for k in item}, item)
                self.assertTrue(told['because'] or told['verdict'] == 'excepted')
        self.assertEqual(mine['exposed_development']['why'], 'kind')

    def test_who_sees_and_dismisses_what(self):
        w = self.city.who
        mine = w['u1'].get('/api/v1/findings', limit='200')['items']
        self.assertTrue(mine and {f['unit'] for f in mine} == {'civil'})
        self.assertEqual(w['u2'].get('/api/v1/findings')['items'], [])
        self.assertEqual(w['a1'].get('/api/v1/findings', limit='200')['items'], mine)
        for who in ('u1', 'p1', 'sysadmin', 'auditor'):
            with self.assertRaises(Problem) as e:
                w[who].call('POST', '/api/v1/watch/scans', {'month': MONTH})
            self.assertEqual(e.exception.status, 403)
        with self.assertRaises(Problem) as e:
            w['u2'].get('/api/v1/watch/explain/' + self.nos['idle'], month=MONTH)
        self.assertEqual(e.exception.status, 404)
        finding = w['o1'].get('/api/v1/findings', resource=self.nos['lazy'], rule='low_use')
        path = f"/api/v1/findings/{finding['items'][0]['no']}"
        for who in ('u1', 'a1'):
            with self.assertRaises(Problem) as e:
                w[who].call('POST', path + '/dismissal', {'reason': '不需要'})
            self.assertEqual(e.exception.status, 403)
        with self.assertRaises(Problem) as e:
            w['do'].call('POST', path + '/dismissal', {'reason': '不是本区的'})
        self.assertEqual((e.exception.status, e.exception.slug), (404, 'finding-unknown'))
        w['o1'].call('POST', path + '/dismissal', {'reason': '即将下线，已约定'})
        f = w['u1'].get(path)
        self.assertEqual((f['state'], f['reason']), ('dismissed', '即将下线，已约定'))
        with self.assertRaises(Problem) as e:
            w['o1'].call('POST', path + '/dismissal', {'reason': '再次'})
        self.assertEqual((e.exception.status, e.exception.slug), (409, 'finding-not-open'))
        self.assertEqual(w['do'].scan({'month': MONTH})['resources'], 0)

    def test_a_scan_is_asked_for_seen_on_its_way_and_of_nobody_elses_business(self):
        o1, a1 = self.city.who['o1'], self.city.who['a1']
        status, reply, head = o1.raw('POST', '/api/v1/watch/scans', {'month': MONTH, 'rule': 'low_use'})
        self.assertEqual((status, reply['state'], head['Location']), (202, 'waiting', reply['wait']))
        self.city.wait_until(lambda: o1.get(reply['wait'])['state'] == 'done', 'it never ended')
        how = o1.get(reply['wait'])
        self.assertEqual(how['steps'], how['steps_done'])
        self.assertLessEqual(how['asked_at'], how['begun_at'])
        self.assertLessEqual(how['begun_at'], how['ended_at'])
        lines = o1.get(how['result'], limit=200)['items']
        self.assertEqual({i['rule'] for i in lines} - {None}, {'low_use'})
        with self.assertRaises(Problem) as e:
            a1.get(reply['wait'])
        self.assertEqual((e.exception.status, e.exception.slug), (404, 'scan-ask-unknown'))
        # the same request sent twice is one scan
        key = {'Idempotency-Key': 'scan-once'}
        twice = [o1.call('POST', '/api/v1/watch/scans', {'month': MONTH}, key)['id'] for _ in range(2)]
        self.assertEqual(twice[0], twice[1])
        self.city.wait_until(lambda: o1.get('/api/v1/watch/asked/' + twice[0])['ended_at'],
                             'it never ended')

    def blob(self, ident):
        return f"decode('{ident.hex}', 'hex')" if self.postgres else f"x'{ident.hex}'"

    def test_somebody_asks_for_a_few_scans_at_a_time(self):
        o1, sql = self.city.who['o1'], self.city.store.sql
        one = o1.call('POST', '/api/v1/watch/scans', {'month': MONTH, 'rule': 'zombie'})
        self.city.wait_until(lambda: o1.get(one['wait'])['ended_at'], 'it never ended')
        for _ in range(4):
            sql(f"INSERT INTO watch_ask SELECT {self.blob(uuid.uuid4())}, person, NULL, NULL, sees,"
                " rule, first_day, last_day, source, asked_at, NULL, NULL, 0, 0, NULL, '', ''"
                f" FROM watch_ask WHERE id = {self.blob(uuid.UUID(one['id']))}")
        with self.assertRaises(Problem) as e:
            o1.call('POST', '/api/v1/watch/scans', {'month': MONTH})
        self.assertEqual((e.exception.status, e.exception.slug), (409, 'watch-asked-many'))
        self.assertEqual(e.exception.body['figures'], {'most': 4})
        sql('DELETE FROM watch_ask WHERE ended_at IS NULL')

    def test_a_window_that_is_not_over_or_has_no_sense_is_refused(self):
        o1 = self.city.who['o1']
        for body, slug in (({'month': today().isoformat()[:7]}, 'watch-window-future'),
                           ({}, 'watch-window-none'),
                           ({'from': '2026-01-01'}, 'watch-window-none'),
                           ({'month': '2026-1'}, 'watch-month-invalid'),
                           ({'month': '2026-01', 'from': '2026-01-01'}, 'watch-window-none'),
                           ({'from': '2026-02-01', 'to': '2026-01-01'}, 'watch-window-order'),
                           ({'from': '2024-01-01', 'to': '2025-12-31'}, 'watch-window-long'),
                           ({'month': MONTH, 'rule': 'no_such'}, 'rule-unknown')):
            with self.assertRaises(Problem) as e:
                o1.call('POST', '/api/v1/watch/scans', body)
            self.assertEqual(e.exception.slug, slug, body)

    # proves S34
    def test_rules_are_told_with_their_parameters(self):
        rules = {r['rule']: r for r in self.city.who['u1'].get('/api/v1/watch/rules')['items']}
        self.assertEqual(rules['low_use']['conditions']['all'][0]['parameter'], 'watch.low.cpu')
        self.assertEqual(rules['zombie']['about'], 'system')
        self.assertIn('CPU use (95th percentile) < 10 %, data at least 50 %', rules['low_use']['says'])
        self.assertEqual([r for r in rules if rules[r]['minor']], ['agent_trouble'])


class Register(unittest.TestCase):
    """Rules that read the register: agents, leases, stops, exposure; and the monthly scan."""

    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.city.publish([VM, BLOCK, EXPOSED])
        cls.city.project('own', dims={'vcpu': 100, 'memory_gib': 200, 'public_ip': 5})
        cls.use = Use(cls.city)
        cls.nos = {code: cls.one() for code in ('plain', 'late', 'stopped', 'exposed', 'quiet')}
        cls.backdate(40)

    @classmethod
    def tearDownClass(cls):
        cls.use.close()
        cls.city.close()

    @classmethod
    def one(cls, item='vm-4c8g'):
        no = cls.city.apply('own', 1, item=item)['no']
        ident = cls.city.open(no)[0]
        return cls.city.who['u1'].get('/api/v1/resources/' + ident)['no']

    @classmethod
    def backdate(cls, days):
        """All was opened so many days before the window's end, not last month only."""
        at = ms(LAST - datetime.timedelta(days=days)) * 1000
        cls.city.store.sql(f'UPDATE resource SET opened_at = {at}')
        cls.city.store.sql(f'UPDATE resource_size SET from_at = {at}')

    def test_what_is_missing_of_agents_is_listed_behind_all_else_and_counted(self):
        self.scan()
        o1 = self.city.who['o1']
        whole = o1.get('/api/v1/findings', limit='200')
        rules = [f['rule'] for f in whole['items']]
        first = rules.index('agent_trouble')
        self.assertGreater(first, 0)
        self.assertEqual(set(rules[first:]), {'agent_trouble'})
        self.assertEqual([(c['rule'], c['n']) for c in whole['counts']][-1],
                         ('agent_trouble', len(rules) - first))
        self.assertEqual(sum(c['n'] for c in whole['counts']), len(rules))
        self.assertTrue(whole['says'].startswith(f'{len(rules)} in all: '), whole['says'])
        pages, cursor = [], None
        while cursor or not pages:
            page = o1.get('/api/v1/findings', limit='2', **({'cursor': cursor} if cursor else {}))
            self.assertEqual('counts' in page, cursor is None)
            pages += page['items']
            cursor = page['next']
        self.assertEqual(pages, whole['items'])
        for bad in ('2_' + whole['items'][0]['id'], whole['items'][0]['id'], '0_', '1'):
            with self.assertRaises(Problem) as e:
                o1.get('/api/v1/findings', cursor=bad)
            self.assertEqual(e.exception.slug, 'cursor-invalid')

    def scan(self, **more):
        return self.city.who['o1'].scan({'month': MONTH, **more}, limit=200)

    def day(self, date):
        return date.toordinal() - datetime.date(1970, 1, 1).toordinal()

    # proves A25.1
    def test_a_machine_without_an_agent_is_found_until_one_lasts(self):
        got = verdicts(self.scan(rule='agent_trouble'), self.nos['plain'])
        self.assertEqual(got, {'agent_trouble': 'flagged'})

    # proves A25.2
    def test_a_lease_that_ended_and_a_stop_that_did_not_hold_are_found(self):
        last = LAST - datetime.timedelta(days=10)
        sql = self.city.store.sql
        sql(f"UPDATE resource SET lease_last = {self.day(last)} WHERE no = '{self.nos['late']}'")
        stop = ms(last) * 1000
        sql(f"UPDATE resource SET state = 'stopped', stopped_at = {stop} WHERE no ="
            f" '{self.nos['stopped']}'")
        self.use.put(self.nos['stopped'], {CPU: 0.3}, days=[DAYS - 3])
        reply = self.scan(rule='beyond_lease')
        line = {i['resource']: i for i in reply['items']}
        self.assertEqual(line[self.nos['late']]['verdict'], 'flagged')
        self.assertEqual((line[self.nos['late']]['any'][0]['since'],
                          line[self.nos['late']]['any'][0]['days']), (last.isoformat(), 10))
        self.assertEqual(line[self.nos['stopped']]['verdict'], 'flagged')
        self.assertEqual(line[self.nos['stopped']]['any'][1]['why'], 'measured')
        self.assertEqual(line[self.nos['plain']]['verdict'], 'ok')

    # proves A22.2, A25.2
    def test_a_development_resource_that_is_open_to_the_outside_is_found(self):
        sql = self.city.store.sql
        sql("UPDATE resource SET kind = 'development', item = (SELECT i.id FROM item i JOIN edition e ON"
            " e.id = i.edition WHERE i.code = 'eip' AND e.state = 'published') WHERE no ="
            f" '{self.nos['exposed']}'")
        sql("UPDATE resource_size SET item = (SELECT item FROM resource r WHERE r.id ="
            f" resource_size.resource) WHERE resource = (SELECT id FROM resource WHERE no ="
            f" '{self.nos['exposed']}')")
        sql(f"UPDATE resource SET kind = 'development' WHERE no = '{self.nos['quiet']}'")
        reply = self.scan(rule='exposed_development')
        self.assertEqual(verdicts(reply, self.nos['exposed']), {'exposed_development': 'flagged'})
        self.assertEqual(verdicts(reply, self.nos['quiet']), {'exposed_development': 'ok'})
        self.assertEqual(verdicts(reply, self.nos['plain']), {None: 'none'})

    def forget(self):
        """As if nothing had been scanned yet, and it were time."""
        if today().day < 4:
            self.skipTest('the day of the scan has not come this month')
        for table in ('watch_ask', 'finding_resource', 'finding', 'watch_result', 'watch_scan'):
            self.city.store.sql('DELETE FROM ' + table)
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind = 'watch.scan'")

    def test_a_server_killed_while_it_scans_repeats_it_and_finds_nothing_twice(self):
        sql, server = self.city.store.sql, self.city.server
        self.forget()
        self.city.wait_until(lambda: sql('SELECT count(*) FROM finding')[0][0] > 0, 'nothing found')
        server.kill()
        server.start()
        self.city.meet()
        self.use.sender.port = server.port
        sql("UPDATE job SET due_at = 1 WHERE kind = 'watch.scan'")
        self.city.wait_until(lambda: sql('SELECT count(*) FROM watch_scan')[0][0] == 2,
                             'the scan was not repeated')
        found = sql('SELECT count(*), count(DISTINCT rule || hex(subject)) FROM finding')[0]
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[0], sql('SELECT sum(flagged) FROM watch_scan')[0][0])

    def test_last_month_is_scanned_by_itself_and_the_operator_is_told(self):
        sql = self.city.store.sql
        self.forget()
        o1 = self.city.who['o1']
        by_itself = "SELECT count(*) FROM watch_scan WHERE person IS NULL"
        self.city.wait_until(lambda: sql(by_itself)[0][0] == 2, 'the monthly scan did not come')
        notices = o1.get('/api/v1/notices', limit=200)['items']
        self.assertTrue([n for n in notices if n['slug'] == 'watch-found'])
        waits = sql("SELECT due_at FROM job WHERE kind = 'watch.scan' AND done_at IS NULL")
        self.assertEqual(len(waits), 1)


if __name__ == '__main__':
    unittest.main()
