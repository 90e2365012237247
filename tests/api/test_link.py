"""The districts' link (Art. 13): two real servers, a proxy between them that does its worst, and the
reference sender for other platforms."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from city import SHARED_METER, City, InCity, Server, on_both_engines
from hostile import Proxy
from linked import Linked, until
from storm import Storm

SENDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), 'docs',
                      'link-sender.py')


def org(code, name=None, status='active'):
    return {'k': 'org/' + code, 'b': {'kind': 'org', 'code': code, 'name': name or '他平台' + code, 'role': 'unit',
                                      'sector': '', 'outside': False, 'in_budget': True, 'status': status}}


class Sender:
    """docs/link-sender.py with its folder."""

    def __init__(self, city):
        self.city, self.dir = city, tempfile.mkdtemp(prefix='yh-sender-')
        code = city.who['sysadmin'].call('POST', '/api/v1/districts/east/link-code', {})['code']
        self.run('enrol', f'http://127.0.0.1:{city.server.port}', code)

    def run(self, *args, lines=(), good=True, program=SENDER):
        done = subprocess.run([sys.executable, program, self.dir, *args], capture_output=True, text=True,
                              input=''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in lines))
        if good and done.returncode:
            raise AssertionError(done.stderr)
        return done

    def spare_code_is_dead(self, test, make):
        """Of two codes of a district, the one that is used ends the other."""
        first, second = make(), make()
        self.run('enrol', f'http://127.0.0.1:{self.city.server.port}', second)
        done = self.run('enrol', f'http://127.0.0.1:{self.city.server.port}', first, good=False)
        test.assertNotEqual(done.returncode, 0)
        test.assertIn('409', done.stderr)

    def send(self, *lines, good=True):
        return self.run('send', 'register', lines=lines, good=good)

    def state(self):
        with open(os.path.join(self.dir, 'state.json'), encoding='utf-8') as f:
            return json.load(f)

    def close(self):
        shutil.rmtree(self.dir)


@on_both_engines
class Linking:
    """One pair, and what is done to it."""
    races = True

    @classmethod
    def setUpClass(cls):
        cls.proxy = None

        def via(port):
            cls.proxy = Proxy(port)
            return cls.proxy.listen
        cls.pair = Linked(cls.postgres, via, pair=False)
        cls.city, cls.district = cls.pair.city, cls.pair.district
        cls.pair.pair_by_command()

    @classmethod
    def tearDownClass(cls):
        cls.pair.close()
        cls.proxy.close()

    refused = InCity.refused

    def stream(self, side, way, name='register'):
        return self.pair.streams(side, way)[name]

    # ---- flowing ----

    def test_A13_3_what_a_district_enters_is_at_the_city_and_both_can_prove_it(self):
        self.pair.unit('east-a')
        got = until(lambda: self.pair.at_city('east-a'))
        self.assertEqual((got['district'], got['kind']), ('east', 'unit'))
        until(self.pair.level)
        self.assertGreaterEqual(self.pair.reconcile()['register'], 2)
        self.assertEqual([(x['link'], x['lag_s']) for x in self.pair.command(self.city, 'link', 'list')['items']],
                         [('east', 0)])

    # proves S23
    def test_A13_3_a_broken_link_buffers_and_catches_up_and_the_city_sees_the_lag(self):
        until(self.pair.level)
        self.proxy.open = False
        try:
            for i in range(20):
                self.pair.unit(f'east-cut{i}')
            waiting = until(lambda: (s := self.stream(self.district, 'out'))['waiting'] == 20 and s)
            self.assertIsNotNone(waiting['oldest_at'])
            link = until(lambda: (one := self.district.who['sysadmin'].get('/api/v1/links/city'))['fault'] and one)
            self.assertEqual(link['fault']['slug'], 'server-unreachable')
            us = 3600 * 1000000  # an hour passes without a word
            self.city.store.sql(f'UPDATE link_peer SET heard_at = heard_at - {us}')
            self.assertGreaterEqual(self.city.who['a1'].get('/api/v1/links')['items'][0]['lag_s'], 3600)
            row = next(d for d in self.city.who['a1'].get('/api/v1/districts')['items'] if d['district'] == 'east')
            self.assertGreaterEqual(row['lag_s'], 3600)
            metrics = urllib.request.urlopen(f'http://127.0.0.1:{self.city.server.port}/metrics').read().decode()
            lag = next(line for line in metrics.splitlines() if line.startswith(
                'yunheng_link_lag_seconds{district="east",stream="register",way="in"}'))
            self.assertGreaterEqual(int(lag.split()[-1]), 3600)
        finally:
            self.proxy.open = True
        until(lambda: self.pair.at_city('east-cut19') and self.pair.level())
        self.assertIsNone(until(lambda: not (one := self.district.who['sysadmin'].get('/api/v1/links/city'))['fault']
                                and one)['fault'])
        self.assertLess(self.city.who['a1'].get('/api/v1/links')['items'][0]['lag_s'], 60)

    def test_a_city_that_asks_for_patience_is_given_it(self):
        until(self.pair.level)
        self.proxy.busy, self.proxy.times = 4, ()
        self.pair.unit('east-patient')
        times = until(lambda: len(self.proxy.times) > 1 and self.proxy.times)
        self.assertGreaterEqual(times[1] - times[0], 4)  # else the second try comes within a second
        self.proxy.times = ()
        until(lambda: self.pair.at_city('east-patient'))

    # ---- strangers ----

    def post(self, body):
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    f'http://127.0.0.1:{self.city.server.port}/api/v1/link/batch', body,
                    {'Content-Type': 'application/octet-stream'})) as reply:
                return reply.status, None
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)['slug']

    # proves S29, S31
    def test_batches_of_strangers_are_refused_before_anything_is_unpacked(self):
        until(lambda: self.proxy.kept)
        real = self.proxy.kept[-1]
        words = real.split(b'\n', 1)[0].split(b' ')
        nobody = b'yunheng-link 1 01a21965-8a68-701b-9431-b245851e681a up 1790000000000 zstd 30\n'
        for body, told in [(b'', (400, 'link-batch-invalid')), (b'\x00' * 1000, (400, 'link-batch-invalid')),
                           (nobody, (404, 'link-peer-unknown')),
                           (real[:-1] + bytes([real[-1] ^ 1]), (403, 'link-signature')),
                           (real.replace(b' up ', b' down ', 1), (403, 'link-signature')),
                           (real.replace(words[4], b'1790000000000', 1), (403, 'link-signature'))]:
            self.assertEqual(self.post(body), told)

    # proves S31
    def test_a_replayed_batch_changes_nothing(self):
        self.pair.unit('east-replay')
        until(lambda: self.pair.at_city('east-replay') and self.pair.level())
        before = self.pair.streams(self.city, 'in')
        for body in list(self.proxy.kept):
            self.assertEqual(self.post(body), (200, None))
        after = self.pair.streams(self.city, 'in')
        for name, s in before.items():
            self.assertEqual([s[k] for k in ('state', 'number', 'chain', 'total')],
                             [after[name][k] for k in ('state', 'number', 'chain', 'total')], name)

    def test_a_code_is_good_once_and_for_the_city_that_made_it(self):
        sysadmin = self.city.who['sysadmin']
        code = sysadmin.call('POST', '/api/v1/districts/east/link-code', {})['code']
        url = f'http://127.0.0.1:{self.city.server.port}'
        ask = self.district.who['sysadmin'].call
        self.refused('link-enrolled', ask, 'POST', '/api/v1/links', {'url': url, 'code': code})
        self.refused('link-url', ask, 'POST', '/api/v1/links', {'url': 'http://10.0.0.1', 'code': code})
        self.refused('link-code-invalid', ask, 'POST', '/api/v1/links', {'url': url, 'code': 'x'})
        self.refused('cloud-unknown', sysadmin.call, 'POST', '/api/v1/districts/nowhere/link-code', {})
        self.refused('link-is-district', ask, 'POST', '/api/v1/districts/east/link-code', {})
        self.refused('not-permitted', self.city.who['o1'].call, 'POST', '/api/v1/districts/east/link-code', {})

    # ---- healing ----

    def test_a_document_that_cannot_be_applied_stops_its_stream_until_it_is_passed_over(self):
        city = self.other()
        sender = Sender(city)
        ask = city.who['sysadmin'].call

        def stream():
            return next(s for s in city.who['sysadmin'].get('/api/v1/links/east')['streams']
                        if (s['stream'], s['way']) == ('register', 'in'))
        try:
            bad = sender.send(org('east-p0'), {'k': 'org/east-bad', 'b': {'kind': 'org'}}, org('east-p1'), good=False)
            self.assertIn('register: number 2 is not taken', bad.stderr)
            self.assertEqual([stream()[k] for k in ('state', 'number', 'stopped_at', 'stopped_key')],
                             ['stopped', 1, 2, 'org/east-bad'])
            path = '/api/v1/links/east/streams/register/skip'
            self.refused('link-other-document', ask, 'POST', path, {'number': 3, 'reason': '误'})
            ask('POST', path, {'number': 2, 'reason': '对方资料有误，已告知'})
            self.refused('link-not-stopped', ask, 'POST', path, {'number': 3, 'reason': '误'})
            sender.send()
            self.assertEqual([stream()[k] for k in ('state', 'number', 'skipped', 'total')], ['flowing', 3, 1, 2])
            self.assertEqual(ask('GET', '/api/v1/orgs/east-p1')['status'], 'active')
        finally:
            sender.close()

    def test_differences_are_healed_and_told(self):
        self.pair.unit('east-heal')
        until(lambda: self.pair.at_city('east-heal') and self.pair.level())
        # the city forgets a document and has another one too many; the district changed one unseen
        self.city.store.sql("DELETE FROM link_doc WHERE doc_key = 'org/east-heal'")
        self.city.store.sql("UPDATE link_doc SET doc_key = 'org/east-nobody', bucket = 7 WHERE doc_key = 'org/east-edu'"
                            ' AND sends = 0')
        self.district.store.sql("UPDATE org SET name = '改名' WHERE code = 'east-heal'")
        before = self.stream(self.district, 'out')['healed']
        self.pair.reconcile()
        self.assertEqual(self.pair.at_city('east-heal')['name'], '改名')
        self.assertGreater(self.stream(self.district, 'out')['healed'], before)
        told = self.city.store.sql("SELECT COUNT(*) FROM event WHERE kind = 'link.differs'")
        self.assertNotIn(told, ('0', [(0,)]))

    # proves S23
    def test_a_clock_that_is_off_is_shown_and_one_by_more_than_a_day_refused(self):
        sender = Sender(self.other())
        try:
            sender.send(org('east-skew'))
            path = os.path.join(sender.dir, 'state.json')
            state = sender.state()
            state['ms'] += 600 * 1000  # ten minutes ahead
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(state, f)
            sender.send(org('east-skew', '新名'))
            link = sender.city.who['sysadmin'].get('/api/v1/links/east')
            self.assertTrue(link['skewed'] and 590 <= link['skew_s'] <= 610, link['skew_s'])
            state['ms'] += 2 * 86400 * 1000
            with open(path, 'w', encoding='utf-8') as f:
                json.dump(state, f)
            self.assertIn('422', sender.send(org('east-skew', '又新'), good=False).stderr)
        finally:
            sender.close()

    # ---- another platform ----

    @classmethod
    def other(cls):
        """A city of its own, which no Yunheng is paired with."""
        if not hasattr(cls, 'apart'):
            cls.apart = City(cls.postgres)
            cls.addClassCleanup(cls.apart.close)
        return cls.apart

    def test_A13_3_the_reference_sender_of_another_platform_passes(self):
        with open(SENDER, encoding='utf-8') as f:
            self.assertLess(len(f.readlines()), 100)
        city = self.other()
        sender = Sender(city)
        try:
            down = sender.send(*[org(f'east-x{i}') for i in range(300)]).stdout.splitlines()
            self.assertIn('edition', {json.loads(d)['b'].get('kind') for d in down})
            self.assertEqual(city.who['sysadmin'].get('/api/v1/orgs/east-x299')['name'], '他平台east-x299')
            sender.send(org('east-x0', '改了名'), org('east-x1'))  # the second is as it was
            self.assertEqual(city.who['sysadmin'].get('/api/v1/orgs/east-x0')['name'], '改了名')
            streams = {(s['stream'], s['way']): s for s in city.who['sysadmin'].get('/api/v1/links/east')['streams']}
            self.assertEqual([streams['register', 'in'][k] for k in ('number', 'total', 'state')],
                             [301, 301, 'flowing'])
            self.assertEqual(streams['register', 'out']['waiting'], 0)
            # what it remembers is put back to before: a fork, which it heals by sending everything anew
            old = sender.state()
            sender.send(org('east-x2', '第二次'))
            with open(os.path.join(sender.dir, 'state.json'), 'w', encoding='utf-8') as f:
                json.dump(old, f)
            sender.send(org('east-x2', '第三次'))
            got = {(s['stream'], s['way']): s for s in city.who['sysadmin'].get('/api/v1/links/east')['streams']}
            self.assertEqual((got['register', 'in']['state'], got['register', 'in']['number']), ('flowing', 300))
            self.assertEqual(city.who['sysadmin'].get('/api/v1/orgs/east-x2')['name'], '第三次')
            ask = city.who['sysadmin'].call
            sender.spare_code_is_dead(self, lambda: ask('POST', '/api/v1/districts/east/link-code', {})['code'])
            ask('POST', '/api/v1/districts/east/link-code', {})
            self.assertEqual([c['district'] for c in ask('GET', '/api/v1/links')['codes']], ['east'])
            ask('POST', '/api/v1/links/east/end', {'reason': '撤销'})
            self.assertEqual(ask('GET', '/api/v1/links')['codes'], [])
            self.assertIn('403', sender.send(good=False).stderr)
        finally:
            sender.close()



@on_both_engines
class Failing:
    """A storm over the link, and then one of the two is put back to what a backup knew."""
    races = True

    @classmethod
    def setUpClass(cls):
        cls.storm = Storm(cls.postgres, 8, 7)
        cls.pair = cls.storm.pair
        cls.city, cls.district = cls.pair.city, cls.pair.district

    @classmethod
    def tearDownClass(cls):
        cls.storm.close()

    def test_A13_3_through_cuts_repeats_and_kills_nothing_is_lost_or_doubled(self):
        self.storm.run()
        self.storm.judge(self)

    @staticmethod
    def keep(side):
        """Stops it, copies its store and data, starts it again."""
        side.server.listen = side.server.port
        side.server.stop()
        store, copy = side.store, tempfile.mkdtemp(prefix='yh-kept-')
        shutil.copytree(store.data, os.path.join(copy, 'data'))
        if store.url:
            store.psql(f"CREATE DATABASE {store.url.rsplit('/', 1)[1]}_kept TEMPLATE {store.url.rsplit('/', 1)[1]}")
        side.server.start()
        return copy

    @staticmethod
    def put_back(side, copy):
        store = side.store
        side.server.kill()
        shutil.rmtree(store.data)
        shutil.move(os.path.join(copy, 'data'), store.data)
        shutil.rmtree(copy)
        if store.url:
            name = store.url.rsplit('/', 1)[1]
            store.psql(f'DROP DATABASE {name} WITH (FORCE)')
            store.psql(f'ALTER DATABASE {name}_kept RENAME TO {name}')
        side.server.start()

    def test_a_district_put_back_is_a_fork_that_is_shown_until_everything_is_sent_anew(self):
        self.pair.unit('east-f0')
        until(self.pair.level)
        copy = self.keep(self.district)
        for i in range(1, 4):
            self.pair.unit(f'east-f{i}')
        until(lambda: self.pair.at_city('east-f3') and self.pair.level())
        self.put_back(self.district, copy)
        self.pair.unit('east-g')  # under a number that the city has already
        forked = until(lambda: (s := self.pair.streams(self.city, 'in')['register'])['state'] == 'forked' and s)
        self.assertEqual(forked['fault']['slug'], 'link-forked')
        until(lambda: self.pair.streams(self.district, 'out')['register']['state'] == 'forked')
        self.assertIsNone(self.pair.at_city('east-g'))
        self.city.who['sysadmin'].call('POST', '/api/v1/links/east/streams/register/resync',
                                       {'reason': '区平台用备份恢复'})
        until(lambda: self.pair.at_city('east-g') and self.pair.level())
        self.pair.reconcile()
        # what the city had from it comes back to the district: the city was asked for what it had told before
        for i in range(1, 4):
            until(lambda code=f'east-f{i}': self.pair.at(self.district, code))

    def test_a_city_put_back_asks_for_what_it_lost(self):
        self.pair.unit('east-l0')
        until(lambda: self.pair.at_city('east-l0') and self.pair.level())
        copy = self.keep(self.city)
        until(self.pair.level)
        for i in range(1, 4):
            self.pair.unit(f'east-l{i}')
        until(lambda: self.pair.at_city('east-l3') and self.pair.level())
        self.put_back(self.city, copy)
        until(lambda: all(self.pair.at_city(f'east-l{i}') for i in range(1, 4)))
        until(self.pair.level)
        self.pair.reconcile()


@on_both_engines
class Several:
    """A district on several servers of one store: one of them delivers."""
    races = True

    @classmethod
    def setUpClass(cls):
        if not cls.postgres:
            raise unittest.SkipTest('an embedded store has one server')
        cls.pair = Linked(cls.postgres, serve=SHARED_METER)
        cls.other = Server(cls.pair.district.store, *SHARED_METER)

    @classmethod
    def tearDownClass(cls):
        cls.other.stop()
        cls.pair.close()

    # proves S19
    def test_one_of_two_servers_delivers_and_the_other_goes_on_when_it_stops(self):
        district = self.pair.district
        for i in range(10):
            self.pair.unit(f'east-w{i}')
        until(lambda: self.pair.at_city('east-w9') and self.pair.level())
        got = self.pair.both()[1]['register']
        self.assertEqual(got['total'], got['number'])
        holder = district.store.sql('SELECT holder FROM link_worker')
        if district.server.stop() == 0:  # whichever of the two it was, the other holds it now, or soon
            district.server = self.other
            district.meet()
        self.pair.unit('east-v')
        until(lambda: self.pair.at_city('east-v') and self.pair.level(), 90)
        got = self.pair.both()[1]['register']
        self.assertEqual((got['total'], got['state']), (got['number'], 'flowing'))
        self.assertEqual(len(district.store.sql('SELECT holder FROM link_worker').split()), 1, holder)


if __name__ == '__main__':
    unittest.main()
