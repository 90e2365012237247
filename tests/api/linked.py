"""A city and a district's server, paired over the link, for the tests of it."""
import json
import os
import subprocess
import time

from city import BIN, City, Problem  # noqa: F401 (Problem is for those who import this)


def until(what, seconds=180):
    """Asks again until it is so; returns what it came to."""
    end = time.monotonic() + seconds
    while not (got := what()) and time.monotonic() < end:
        time.sleep(0.05)
    assert got, 'it did not come to be'
    return got


class Linked:
    """`city` and `district`, each a City of its own; `via(port)`: where the district calls instead."""

    def __init__(self, postgres=None, via=None, init=(), pair=True, serve=()):
        self.city = City(postgres, init, serve)
        try:
            self.district = City(postgres, init, serve)
        except BaseException:
            self.close()
            raise
        self.via = via
        if pair:
            self.pair()

    def pair(self, days=7):
        code = self.city.who['sysadmin'].call('POST', '/api/v1/districts/east/link-code',
                                              {'days': days})['code']
        port = self.via(self.city.server.port) if self.via else self.city.server.port
        return self.district.who['sysadmin'].call(
            'POST', '/api/v1/links', {'url': f'http://127.0.0.1:{port}', 'code': code})

    @staticmethod
    def command(side, *args):
        """`yunheng …` as the administrator; its reply."""
        token = side.who['sysadmin'].call('POST', '/api/v1/account/tokens',
                                          {'label': 'link', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{side.server.port}', YUNHENG_TOKEN=token)
        done = subprocess.run([f'{BIN}/yunheng', *args, '--format', 'json'], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def pair_by_command(self):
        code = self.command(self.city, 'link', 'code', 'east', '--days', '1')['code']
        port = self.via(self.city.server.port) if self.via else self.city.server.port
        return self.command(self.district, 'link', 'enrol', f'http://127.0.0.1:{port}', '--code', code)

    def unit(self, code, name=None):
        """A unit of the district enters the district's register."""
        return self.district.who['sysadmin'].call(
            'POST', '/api/v1/orgs',
            {'code': code, 'name': name or '单位' + code, 'kind': 'unit', 'district': 'east'})

    def at_city(self, code):
        return self.at(self.city, code)

    @staticmethod
    def at(side, code):
        try:
            return side.who['sysadmin'].get('/api/v1/orgs/' + code)
        except Problem as problem:
            if problem.status != 404:
                raise
            return None

    def streams(self, side, way, name='sysadmin'):
        link = 'east' if side is self.city else 'city'
        shown = side.who[name].get('/api/v1/links/' + link)
        return {s['stream']: s for s in shown['streams'] if s['way'] == way}

    def both(self, up=True):
        """What is sent and what is received, by stream."""
        sender, receiver = (self.district, self.city) if up else (self.city, self.district)
        return self.streams(sender, 'out'), self.streams(receiver, 'in')

    def level(self, up=True):
        """Is everything that was put also taken, with the same chain?"""
        sent, got = self.both(up)
        return sent and all(
            s['state'] == 'flowing' and s['waiting'] == 0 and name in got and
            got[name]['state'] == 'flowing' and
            [s[k] for k in ('epoch', 'number', 'chain')] == [got[name][k] for k in ('epoch', 'number', 'chain')]
            for name, s in sent.items())

    def compared(self, since):
        """Have digests been equal on both sides after `since`? Then how many documents they are of."""
        sent, got = self.both()
        pairs = [(s, got.get(name)) for name, s in sent.items() if s['compared_at'] or name == 'register']
        if not all(g and s['compared_at'] and g['compared_at'] and s['compared_at'] > since and
                   g['compared_at'] > since and s['compared_digest'] == g['compared_digest'] and
                   s['compared_documents'] == g['compared_documents'] for s, g in pairs):
            return None
        return {s['stream']: s['compared_documents'] for s, _ in pairs}

    def reconcile(self):
        """Digests compared now: how many documents each stream holds on both sides."""
        before = max((s['compared_at'] or '' for s in self.streams(self.district, 'out').values()), default='')
        self.district.who['sysadmin'].call('POST', '/api/v1/links/city/reconcile', {})
        return until(lambda: self.compared(before))

    def close(self):
        for side in (self.city, getattr(self, 'district', None)):
            if side:
                side.close()
