"""The meter over HTTP: who writes and reads what, what is promised, and what is told live."""
import http.client
import json
import os
import resource
import time
import unittest

import shape_check
from city import City, Problem, on_both_engines
from metering import Sender, now_ms, series

CPU = 'resource_cpu_usage_ratio'
SHARED = os.environ.get('YH_SHARED', '')
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Metered:
    """The small city with a unit's two resources, another's one, and senders."""

    @classmethod
    def setUpClass(cls):
        city = cls.city = City(cls.postgres)
        cls.w = city.who
        city.project('own')
        city.project('alien', unit='u2', org='health')
        cls.own = cls.numbers('u1', city.formal('own', 1) + city.formal('own', 1))
        cls.alien = cls.numbers('u2', city.formal('alien', 1, unit='u2'))
        cls.cloud = cls.sender('o1', 'cloud', 'YH', backfill=True)
        cls.unit = cls.sender('u1', 'unit', 'civil')

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def numbers(cls, login, ids):
        return [cls.w[login].get(f'/api/v1/resources/{i}')['no'] for i in ids]

    @classmethod
    def token(cls, login, kind, about, **more):
        return cls.w[login].call('POST', '/api/v1/meter/tokens',
                                 {'kind': kind, 'about': about, 'label': 'test', 'days': 30, **more})

    @classmethod
    def sender(cls, *args, **more):
        return Sender(cls.city.server.port, cls.token(*args, **more)['token'])

    def latest(self, login, **query):
        return self.w[login].get('/api/v1/meter/latest', **query)['items']

    def status(self):
        return self.w['o1'].get('/api/v1/meter/status')

    @staticmethod
    def row(resource, value, at=None, metric=CPU, **labels):
        return {'metric': metric, 'labels': dict(labels, resource=resource), 'value': value,
                'at': at or now_ms()}


class Tokens(Metered):
    def test_each_issues_tokens_for_its_own_and_for_nothing_else(self):
        good = {('o1', 'cloud', 'YH'), ('o1', 'provider', 'vendor'), ('u1', 'unit', 'civil'),
                ('u2', 'unit', 'health'), ('p1', 'provider', 'vendor'), ('do', 'cloud', 'EAST'),
                ('do', 'provider', 'vendor')}
        for login in ('o1', 'u1', 'u2', 'p1', 'do', 'dd', 'a1', 'sysadmin'):
            for kind, about in (('cloud', 'YH'), ('cloud', 'EAST'), ('provider', 'vendor'),
                                ('unit', 'civil'), ('unit', 'health')):
                with self.subTest(login=login, kind=kind, about=about):
                    if (login, kind, about) in good:
                        self.assertTrue(self.token(login, kind, about)['token'].startswith('yhm_'))
                        continue
                    with self.assertRaises(Problem) as e:
                        self.token(login, kind, about)
                    self.assertEqual(e.exception.status, 403)

    def test_history_is_brought_in_only_by_whom_the_matrix_lets(self):
        with self.assertRaises(Problem) as e:
            self.token('u1', 'unit', 'civil', backfill=True)
        self.assertEqual(e.exception.slug, 'meter-token-other')
        old = [self.row(self.own[0], 0.5, at=1375308000000)]
        status, reply = self.unit.lines(old, '?backfill=true')
        self.assertEqual((status, reply['slug']), (403, 'meter-backfill-other'))
        status, reply = self.cloud.lines(old)
        self.assertEqual((status, reply['reasons']['late'], reply['why']), (200, 1, 'meter-late'))
        status, reply = self.cloud.lines(old, '?backfill=true')
        self.assertEqual((status, reply['samples'], reply['refused']), (200, 1, 0))
        status, reply = self.cloud.lines(old, '?backfill=true')
        self.assertEqual((status, reply['samples'], reply['repeated']), (200, 1, 1))

    def test_a_token_that_writes_opens_nothing_else_and_others_do_not_write(self):
        http = http_get(self.city.server.port, '/api/v1/session', self.unit.token)
        self.assertEqual(http, (401, 'token-unknown'))
        personal = self.w['u1'].call('POST', '/api/v1/account/tokens',
                                     {'label': 'x', 'scopes': 'all', 'days': 1})['token']
        for token in (personal, 'yhm_' + 'a' * 32, ''):
            status, reply = Sender(self.city.server.port, token).lines([self.row(self.own[0], 1)])
            self.assertEqual(status, 401, reply)

    def test_an_ended_token_writes_no_more(self):
        made = self.token('u1', 'unit', 'civil')
        sender = Sender(self.city.server.port, made['token'])
        self.assertEqual(sender.lines([self.row(self.own[0], 0.1)])[0], 200)
        listed = self.w['u1'].get('/api/v1/meter/tokens', limit=200)['items']
        self.assertIn(made['id'], [t['id'] for t in listed])
        self.assertNotIn('token', listed[0])
        with self.assertRaises(Problem) as e:
            self.w['u2'].call('DELETE', '/api/v1/meter/tokens/' + made['id'])
        self.assertEqual((e.exception.status, e.exception.slug), (404, 'token-unknown'))
        self.w['u1'].call('DELETE', '/api/v1/meter/tokens/' + made['id'])
        status, reply = sender.lines([self.row(self.own[0], 0.1)])
        self.assertEqual((status, reply['slug']), (401, 'token-unknown'))

    def test_series_beyond_a_tokens_limit_are_refused(self):
        few = self.sender('p1', 'provider', 'vendor', series_max=3)
        rows = [self.row(self.own[0], i, metric='resource_many', part=str(i)) for i in range(5)]
        status, reply = few.lines(rows)
        self.assertEqual((status, reply['samples'], reply['reasons']['limit'], reply['why']),
                         (200, 3, 2, 'meter-series-limit'))


class Writing(Metered):
    # proves A13.1, S07
    def test_a_unit_writes_about_its_own_and_foreign_samples_are_refused_and_counted(self):
        before = self.status()['refused']['foreign']
        at = now_ms()
        status, problem = self.unit.write(
            series({'__name__': CPU, 'resource': self.own[0]}, [(at, 0.25)]),
            series({'__name__': CPU, 'resource': self.alien[0]}, [(at, 0.9), (at + 1, 0.9)]),
            series({'__name__': CPU, 'resource': 'YH-R-999999'}, [(at, 0.9)]))
        self.assertEqual((status, problem['slug']), (400, 'meter-foreign'))
        self.assertEqual(self.status()['refused']['foreign'], before + 3)
        mine = self.latest('u1', resource=self.own[0], metric=CPU)
        self.assertIn(0.25, [i['value'] for i in mine])
        self.assertEqual(self.latest('u2', unit='health', metric='none'), [])
        # nor does it speak as its provider
        pretended = self.row(self.own[0], 1, metric='resource_pretended', provider='vendor', part='a')
        self.assertEqual(self.unit.lines([pretended])[1]['samples'], 1)
        [said] = self.latest('u1', resource=self.own[0], metric='resource_pretended')
        self.assertEqual(said['labels'], {'part': 'a', 'unit': 'civil'})
        self.assertNotIn(0.9, [i['value'] for i in self.latest('u2', unit='health')])

    def test_what_was_all_taken_is_204_with_nothing_in_it(self):
        status, headers, body = self.unit.send(
            '/api/v1/write', b'\x00', {'Content-Type': 'application/x-protobuf',
                                       'Content-Encoding': 'snappy'})
        self.assertEqual((status, body), (204, b''))
        self.assertNotIn('X-Prometheus-Remote-Write-Samples-Written', headers)

    def test_what_cannot_be_read_is_400_and_never_to_be_repeated(self):
        kind = {'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy'}
        for body in (b'', b'garbage', b'\xff' * 100):
            status, _, text = self.unit.send('/api/v1/write', body, kind)
            self.assertEqual((status, json.loads(text)['slug']), (400, 'meter-body-invalid'))
        for other in ({'Content-Encoding': 'gzip'}, {'Content-Type': 'application/json'}):
            self.assertEqual(self.unit.send('/api/v1/write', b'x', dict(kind, **other))[0], 415)
        status, reply = self.unit.lines([self.row(self.own[0], 1), {'metric': 1}])
        self.assertEqual((status, reply['field']), (400, 'line:2'))

    def test_a_resource_is_metered_from_the_day_it_is_open(self):
        case = self.city.apply('own', 1)
        self.w['o1'].decide(case['no'], 'review')
        no = self.w['u1'].case(case['no'])['resources'][0]['no']
        status, reply = self.unit.lines([self.row(no, 0.5)])
        self.assertEqual((status, reply['reasons']['foreign']), (200, 1))
        self.w['p1'].decide(case['no'], 'open', 'done', {'resources': [
            {'resource': r['id'], 'provider_ref': 'i-1'}
            for r in self.w['p1'].case(case['no'])['resources']]})
        until = time.monotonic() + 60  # the record is followed once a second
        while time.monotonic() < until:
            status, reply = self.unit.lines([self.row(no, 0.5)])
            if reply['samples'] == 1:
                break
        self.assertEqual(reply['samples'], 1)
        self.assertEqual(self.latest('u1', resource=no)[0]['value'], 0.5)

    def test_version_2_is_told_what_was_written_of_each_kind_and_that_no_exemplar_is(self):
        at, name = now_ms(), {'__name__': 'rtt', 'resource': self.own[0]}
        status, problem, written = self.unit.write2(
            (name, [(at, 1), (at + 1, 2)], [], 3), (dict(name, a='b'), [], [(at, 4)], 1))
        self.assertEqual((status, problem, written), (204, None, ['2', '1', '0']))
        status, problem, written = self.unit.write2(
            (dict(name, a='c'), [], [(at - 8 * 86400000, 4), (at, 5)], 0))
        self.assertEqual((status, problem['slug'], written), (400, 'meter-late', ['0', '1', '0']))
        counts = self.latest('u1', resource=self.own[0], metric='rtt_count')
        self.assertEqual(sorted(i['value'] for i in counts), [4, 5])

    @unittest.skipUnless(os.path.isdir(SHARED), 'YH_SHARED names no folder that is here')
    def test_the_vectors_of_remote_write_are_answered_as_they_must_be(self):
        folder = os.path.join(SHARED, 'data', 'remote-write', 'vectors')
        with open(os.path.join(folder, 'manifest.json'), encoding='utf-8') as f:
            manifest = json.load(f)
        if now_ms() - manifest['base_ms'] > 6 * 86400000:
            self.skipTest('the vectors are older than the time for late samples')
        for case in manifest['cases']:
            with open(os.path.join(folder, case['file']), 'rb') as f:
                body = f.read()
            status, headers, text = self.cloud.send('/api/v1/write', body, case['headers'])
            want = case['expect']
            with self.subTest(name=case['name'], got=status, reply=text):
                self.assertTrue(status == 204 if want[0] == '2' else str(status) == want)
                if case.get('written') and status == 204:
                    for kind, n in case['written'].items():
                        name = f'X-Prometheus-Remote-Write-{kind.capitalize()}-Written'
                        self.assertEqual(headers[name], '0' if kind == 'exemplars' else str(n))

    # proves S33
    def test_every_figure_of_the_server_is_described(self):
        self.unit.lines([self.row(self.alien[0], 1)])
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        self.addCleanup(conn.close)
        conn.request('GET', '/metrics')
        text = conn.getresponse().read().decode()
        names = {line.split()[2] for line in text.splitlines() if line.startswith('# TYPE')}
        self.assertIn('yunheng_meter_samples_refused_total', names)
        self.assertIn('yunheng_agent_batches_total', names)
        foreign = [x for x in text.splitlines() if 'reason="foreign"' in x]
        self.assertGreater(int(foreign[0].split()[1]), 0)
        with open(os.path.join(ROOT, 'docs', 'metrics.zh-CN.md'), encoding='utf-8') as f:
            described = f.read()
        self.assertEqual([n for n in sorted(names) if f'`{n}`' not in described], [])
        for secret in (self.unit.token, self.city.store.dir, 'civil', self.own[0]):
            self.assertNotIn(secret, text)

    def test_a_full_disk_is_507_and_what_is_sent_again_is_there_once(self):
        def limit(most):
            pid = self.city.server.process.pid
            resource.prlimit(pid, resource.RLIMIT_FSIZE,
                             (most, resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]))

        at, name = now_ms() - 60000, {'__name__': 'resource_full', 'resource': self.own[0]}
        one = series(name, [(at, 1)])
        two = series(name, [(at + 1, 2), (at + 2, 3)])
        self.assertEqual(self.unit.write(one), (204, None))
        limit(64)
        self.addCleanup(limit, resource.RLIM_INFINITY)
        for _ in range(3):
            status, problem = self.unit.write(two)
            self.assertEqual((status, problem['slug']), (507, 'meter-full'))
        self.assertTrue(self.status()['full'])
        limit(resource.RLIM_INFINITY)
        self.assertEqual(self.unit.write(two), (204, None))
        self.assertEqual(self.unit.write(one, two), (204, None))
        self.assertFalse(self.status()['full'])
        got = self.w['u1'].get('/api/v1/meter/history/' + self.own[0], metric='resource_full',
                               step='1h')['items']
        self.assertEqual((sum(i['count'] for i in got), max(i['max'] for i in got)), (3, 3))

    # proves A13.1, S19
    def test_zz_what_was_acknowledged_survives_a_kill(self):
        """Last: the server gets another address."""
        at = now_ms() - 600000
        said = 0
        for i in range(40):
            status, reply = self.unit.lines([self.row(self.own[1], i, at=at + i * 1000 + k,
                                                      metric='resource_kill') for k in range(5)])
            self.assertEqual((status, reply['samples']), (200, 5))
            said += 5
        self.city.server.kill()
        self.city.server.start()
        self.city.meet()
        got = self.w['u1'].get('/api/v1/meter/history/' + self.own[1], metric='resource_kill',
                               step='1h')['items']
        self.assertEqual(sum(i['count'] for i in got), said)
        self.assertEqual(max(i['max'] for i in got), 39)


class Reading(Metered):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.at = now_ms() - 3 * 3600000
        rows = []
        for n, (no, top) in enumerate([(cls.own[0], 0.04), (cls.own[1], 0.8), (cls.alien[0], 0.6)]):
            rows += [cls.row(no, top * i / 99, at=cls.at + i * 60000) for i in range(100)]
            rows.append(cls.row(no, 7 + n, metric='resource_network_receive_bytes_total',
                                device='eth0', at=cls.at))
        status, reply = cls.cloud.lines(rows)
        assert (status, reply['samples']) == (200, len(rows)), reply

    # proves A13.2
    def test_the_latest_of_a_unit_is_every_series_once(self):
        items = self.latest('u1', unit='civil', metric=CPU)
        self.assertEqual([(i['resource'], i['value']) for i in items],
                         [(self.own[0], 0.04), (self.own[1], 0.8)])
        self.assertEqual(items[0]['measure'], 'ratio')
        self.assertEqual(items[0]['labels'], {'cloud': 'YH'})
        of_project = self.latest('u1', project='own', metric=CPU)
        self.assertEqual(of_project, items)
        pages, cursor = [], None
        while cursor is not None or not pages:
            query = {'unit': 'civil', 'limit': 1, **({'cursor': cursor} if cursor else {})}
            page = self.w['u1'].get('/api/v1/meter/latest', **query)
            pages.append(page['items'])
            cursor = page['next']
        self.assertEqual([len(p) for p in pages], [2, 2])
        for query in ({}, {'unit': 'civil', 'resource': self.own[0]}):
            with self.assertRaises(Problem) as e:
                self.latest('u1', **query)
            self.assertEqual(e.exception.slug, 'meter-about-one')

    def test_each_sees_what_the_matrix_gives_and_nothing_else(self):
        every = {self.own[0], self.own[1], self.alien[0]}
        for login, sees in (('u1', set(self.own)), ('u2', set(self.alien)), ('o1', every),
                            ('a1', every), ('e1', every), ('du', set()), ('do', set()),
                            ('dd', set())):
            got = set()
            for unit in ('civil', 'health'):
                got |= {i['resource'] for i in self.latest(login, unit=unit)}
            use = self.w[login].get('/api/v1/meter/utilisation', cloud='YH', window='1d')['items']
            with self.subTest(login=login):
                self.assertEqual(got, sees)
                self.assertEqual({i['resource'] for i in use}, sees)
                for no in every:
                    try:
                        self.w[login].get('/api/v1/meter/history/' + no)
                        self.assertIn(no, sees)
                    except Problem as e:
                        self.assertEqual((e.status, e.slug), (404, 'resource-unknown'))
                        self.assertNotIn(no, sees)
        for login in ('p1', 'sysadmin', 'auditor', 'secadmin'):
            with self.assertRaises(Problem) as e:
                self.latest(login, unit='civil')
            self.assertEqual(e.exception.slug, 'not-permitted')

    # proves S34
    def test_history_adds_up(self):
        reply = self.w['u1'].get('/api/v1/meter/history/' + self.own[1], metric=CPU, step='10m',
                                 **{'from': '-4h', 'to': 'now'})
        items = reply['items']
        self.assertEqual(sum(i['count'] for i in items), 100)
        self.assertEqual((items[0]['first'], items[-1]['last']), (0, 0.8))
        self.assertAlmostEqual(sum(i['mean'] * i['count'] for i in items) / 100, 0.4)
        for query, slug in (({'from': 'yesterday'}, 'instant-invalid'),
                            ({'step': '5'}, 'length-invalid'),
                            ({'from': '2026-02-30'}, 'instant-invalid'),
                            ({'from': 'now', 'to': '-1h'}, 'instant-order'),
                            ({'step': '1s', 'from': '-30d'}, 'meter-buckets-many')):
            with self.assertRaises(Problem) as e:
                self.w['u1'].get('/api/v1/meter/history/' + self.own[1], **query)
            self.assertEqual(e.exception.slug, slug, query)

    def test_utilisation_finds_the_idle(self):
        def ask(**query):
            return self.w['o1'].get('/api/v1/meter/utilisation', cloud='YH', window='1d', **query)

        items = ask()['items']
        self.assertEqual([(i['resource'], round(i['quantile'], 9)) for i in items],
                         [(self.own[0], round(0.04 * 94 / 99, 9)),
                          (self.own[1], round(0.8 * 94 / 99, 9)),
                          (self.alien[0], round(0.6 * 94 / 99, 9))])
        self.assertEqual([i['unit'] for i in items], ['民生事务局', '民生事务局', '卫生事务局'])
        idle = ask(below='0.05', quantile='1')['items']
        self.assertEqual([(i['resource'], i['max'], i['count']) for i in idle],
                         [(self.own[0], 0.04, 100)])
        first = ask(limit=1)
        self.assertEqual([i['resource'] for i in first['items']], [self.own[0]])
        rest = ask(limit=2, cursor=first['next'])
        self.assertEqual([i['resource'] for i in rest['items']], [self.own[1], self.alien[0]])
        self.assertIsNone(rest['next'])

    # proves A13.1
    def test_a_cloud_is_told_by_its_own_senders_only(self):
        vendor = self.sender('p1', 'provider', 'vendor')
        rows = [{'metric': 'platform_host_up', 'labels': {'cloud': 'YH', 'host': h}, 'at': now_ms(),
                 'value': 1} for h in ('h1', 'h2')]
        self.assertEqual(vendor.lines(rows)[1]['samples'], 2)
        self.assertEqual(self.cloud.lines([{'metric': 'platform_capacity', 'value': 512,
                                            'labels': {'dimension': 'vcpu'},
                                            'at': now_ms()}])[1]['samples'], 1)
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'other', 'name': '另一云服务商',
                                                        'kind': 'provider'})
        self.city.person('p9', 'provider', 'other')
        other = self.sender('p9', 'provider', 'other')
        self.assertEqual(other.lines([dict(rows[0], labels={'cloud': 'YH', 'host': 'h9'})])[0], 200)
        items = self.w['o1'].get('/api/v1/meter/capacity', cloud='YH')['items']
        self.assertEqual([(i['metric'], i['labels'].get('host'), i['value']) for i in items],
                         [('platform_capacity', None, 512), ('platform_host_up', 'h1', 1),
                          ('platform_host_up', 'h2', 1)])
        with self.assertRaises(Problem) as e:
            self.w['do'].get('/api/v1/meter/capacity', cloud='YH')
        self.assertEqual(e.exception.slug, 'meter-cloud-other')


class Streaming(Metered):
    def follow(self, login, **query):
        who = self.w[login]
        conn = http.client.HTTPConnection('127.0.0.1', who.port, timeout=60)
        path = '/api/v1/meter/stream?' + '&'.join(f'{k}={v}' for k, v in query.items())
        conn.request('GET', path, headers={'Cookie': 'yh_session=' + who.token})
        self.addCleanup(conn.close)
        return conn.getresponse()

    def event(self, reply):
        fields = {}
        while True:
            line = reply.readline().decode()
            if not line:
                return None
            line = line.rstrip('\n')
            if not line and fields:
                name, data = fields['event'], json.loads(fields['data'])
                shape_check.check_event(self.city.server.port, '/api/v1/meter/stream', name, data)
                return name, data
            if line and not line.startswith(':'):
                name, _, value = line.partition(': ')
                fields[name] = value

    # proves A13.2
    def test_a_unit_follows_its_own_as_they_change(self):
        self.unit.lines([self.row(self.own[0], 0.125)])
        stream = self.follow('u1', unit='civil')
        self.assertEqual((stream.status, stream.getheader('Content-Type')),
                         (200, 'text/event-stream'))
        name, data = self.event(stream)
        self.assertEqual(name, 'state')
        self.assertIn(0.125, [i['value'] for i in data['items']])
        self.cloud.lines([self.row(self.alien[0], 0.99)])
        self.unit.lines([self.row(self.own[1], 0.5)])
        seen = []
        while (self.own[1], 0.5) not in seen:
            name, data = self.event(stream)
            self.assertEqual(name, 'usage')
            seen += [(i['resource'], i['value']) for i in data['items']]
        self.assertNotIn(self.alien[0], [r for r, _ in seen])

    def test_only_who_sees_all_of_it_follows(self):
        for login, query, want in (('u1', {'unit': 'health'}, 404), ('du', {'unit': 'civil'}, 404),
                                   ('p1', {'unit': 'civil'}, 403), ('o1', {'unit': 'civil'}, 200),
                                   ('o1', {'unit': 'civil', 'cloud': 'YH'}, 200),
                                   ('u1', {'unit': 'nowhere'}, 404), ('u1', {}, 400)):
            with self.subTest(login=login, query=query):
                self.assertEqual(self.follow(login, **query).status, want)


def http_get(port, path, bearer):
    conn = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        conn.request('GET', path, headers={'Authorization': 'Bearer ' + bearer})
        reply = conn.getresponse()
        return reply.status, json.loads(reply.read()).get('slug')
    finally:
        conn.close()


for suite in (Tokens, Writing, Reading, Streaming):
    on_both_engines(suite)
del suite, Tokens, Writing, Reading, Streaming

if __name__ == '__main__':
    unittest.main()
