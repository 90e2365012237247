"""The districts' link (Art. 13): two real servers, and a proxy between them that does its worst."""
import json
import unittest
import urllib.error
import urllib.request

from city import InCity, on_both_engines
from hostile import Proxy
from linked import Linked, until


@on_both_engines
class Linking:
    """One pair, and what is done to it."""

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


if __name__ == '__main__':
    unittest.main()
