"""The districts' link (Art. 13) from another platform: its reference sender speaks to a city."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from city import City, InCity, on_both_engines

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
class OtherPlatform(InCity):
    """A city of its own, which no Yunheng is paired with."""

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)

    def test_a_document_that_cannot_be_applied_stops_its_stream_until_it_is_passed_over(self):
        city = self.city
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

    # proves S23
    def test_a_clock_that_is_off_is_shown_and_one_by_more_than_a_day_refused(self):
        sender = Sender(self.city)
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

    def test_A13_3_the_reference_sender_of_another_platform_passes(self):
        with open(SENDER, encoding='utf-8') as f:
            self.assertLess(len(f.readlines()), 100)
        city = self.city
        sender = Sender(city)
        try:
            down = sender.send(*[org(f'east-x{i}') for i in range(300)]).stdout.splitlines()

            def all_came():  # what goes down is gathered behind
                down.extend(sender.send().stdout.splitlines())
                return {'edition', 'org'} <= {json.loads(d)['b'].get('kind') for d in down}
            city.wait_until(all_came, 'no edition, or no body, came down')
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


if __name__ == '__main__':
    unittest.main()
