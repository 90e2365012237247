"""Webhooks: every notice in its order, signed, at least once under one id; and no stranger's address
makes the server speak to what lies inside."""
import datetime
import json
import os
import signal
import subprocess
import tempfile
import threading
import unittest

from city import BIN, SHARED_METER, City, Problem, Server, on_both_engines
from postbox import certificate
from receiver import Receiver


def slug(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except Problem as problem:
        return problem.slug
    return None


class Hooked:
    """A city that may call 127.0.0.1 on the ports of its receivers, and nothing else inside."""

    init = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='yh-hooks-')
        pair = certificate(cls.folder.name)
        cls.receiver, cls.other = Receiver(pair), Receiver(pair)
        cls.stranger = Receiver(certificate(cls.folder.name, 'stranger'))
        cls.options = (*SHARED_METER, '--hook-allow', '127.0.0.1/32', '--hook-ports',
                       f'443,{cls.receiver.port},{cls.other.port},{cls.stranger.port}', '--hook-ca', pair[0],
                       '--public-url', 'https://yunheng.example.cn')
        cls.city = City(cls.postgres, init=cls.init, serve=cls.options)
        cls.who = cls.city.who
        cls.city.project('hooks', dims={'vcpu': 1000, 'memory_gib': 2000})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.receiver.close()
        cls.other.close()
        cls.stranger.close()
        cls.folder.cleanup()

    def setUp(self):
        self.receiver.answer = self.other.answer = lambda call, handler: None
        self.path = '/' + self.id().rsplit('.', 1)[1]
        self.given_out()

    def given_out(self):
        """Every notice so far has become deliveries."""
        self.wait(lambda: str(self.city.store.sql(
            'SELECT count(*) FROM notice WHERE fanned_at IS NULL')).strip('[(,)]') == '0')

    def tearDown(self):
        for hook in self.who['sysadmin'].get('/api/v1/webhooks', limit=200)['items']:
            self.who['sysadmin'].call('DELETE', '/api/v1/webhooks/' + hook['id'])

    def hook(self, login='o1', role='operator', org='bdc', url=None, **more):
        return self.who[login].call('POST', '/api/v1/webhooks', {
            'org': org, 'role': role, 'url': url or self.receiver.url(self.path), 'label': '对接',
            **more})

    def show(self, hook, login='o1'):
        return self.who[login].get('/api/v1/webhooks/' + hook['id'])

    def set(self, hook, login='o1', **change):
        return self.who[login].call('PATCH', '/api/v1/webhooks/' + hook['id'], change)

    def deliveries(self, hook, login='o1', **query):
        return self.who[login].get(f"/api/v1/webhooks/{hook['id']}/deliveries", limit=200, **query)['items']

    def file(self):
        return self.city.apply('hooks', 1)['no']

    def wait(self, true, why='the webhook was not called'):
        City.wait_until(true, why)

    def taken(self, path=None):
        return self.receiver.at(path or self.path)

    def cases(self, path=None):
        return [c.event['data']['case'] for c in self.taken(path)]

    def hurry(self):
        """What waits for its time is due."""
        self.city.store.sql("UPDATE webhook SET next_at = 1 WHERE ended_at IS NULL")

    def until(self, true, why='it did not come to that'):
        """Time passes until it is so."""
        def look():
            self.hurry()
            return true()
        self.wait(look, why)

    def delivered(self, hook, login='o1'):
        self.given_out()
        self.wait(lambda: self.show(hook, login)['waiting'] == 0, 'deliveries still wait')


@on_both_engines
class Sending(Hooked):
    def test_a_notice_comes_as_a_signed_cloud_event(self):
        hook = self.hook()
        no = self.file()
        self.wait(lambda: no in self.cases())
        call = next(c for c in self.taken() if c.event['data']['case'] == no)
        self.assertTrue(call.is_signed(hook['secret']))
        self.assertEqual(len(call.signatures()), 1)
        self.assertFalse(call.is_signed('whsec_' + 'A' * 43 + '='))
        self.assertEqual(call.headers['content-type'], 'application/cloudevents+json; charset=utf-8')
        event, notice = call.event, next(n for n in self.who['o1'].get('/api/v1/notices', limit=200)['items']
                                         if n['case'] == no)
        self.assertEqual((event['specversion'], event['type'], event['source'], event['subject']),
                         ('1.0', 'yunheng.notice.step-opened', 'https://yunheng.example.cn', no))
        self.assertEqual((event['id'], call.id, event['time']), (notice['id'], notice['id'], notice['at']))
        self.assertEqual(event['data']['sentence_en'], notice['sentence'])
        self.assertIn('待办', event['data']['sentence_zh'])
        self.assertEqual((event['data']['category'], event['data']['org'], event['data']['role'],
                          event['data']['figures']['case']), ('work', 'bdc', 'operator', no))
        self.assertIn('o1', event['data']['recipients'])
        self.assertNotIn(hook['secret'], json.dumps(self.show(hook)))

    def test_a_signature_by_sm3_verifies_with_openssl(self):
        hook = self.hook(algorithm='sm3')
        self.file()
        self.wait(self.taken)
        self.assertTrue(self.taken()[0].is_signed(hook['secret'], 'sm3'))
        self.assertFalse(self.taken()[0].is_signed(hook['secret'], 'sha256'))

    def test_a_new_secret_signs_beside_the_old_one_as_long_as_was_asked(self):
        hook = self.hook()
        url = f"/api/v1/webhooks/{hook['id']}/secret"
        new = self.who['o1'].call('POST', url, {'hours': 24})['secret']
        self.file()
        self.wait(self.taken)
        call = self.taken()[-1]
        self.assertEqual((call.is_signed(hook['secret']), call.is_signed(new), len(call.signatures())),
                         (True, True, 2))
        self.city.store.sql('UPDATE webhook SET old_until = 1 WHERE old_until IS NOT NULL')
        before = len(self.taken())
        self.file()
        self.wait(lambda: len(self.taken()) > before)
        call = self.taken()[-1]
        self.assertEqual((call.is_signed(hook['secret']), call.is_signed(new)), (False, True))
        newest = self.who['o1'].call('POST', url, {})['secret']
        before = len(self.taken())
        self.file()
        self.wait(lambda: len(self.taken()) > before)
        self.assertEqual((self.taken()[-1].is_signed(new), self.taken()[-1].is_signed(newest)),
                         (False, True))

    def test_only_chosen_categories_come_and_positions_have_no_gaps(self):
        hook = self.hook('u1', 'unit', 'civil', categories='decision,deadline')
        nos = [self.file() for _ in range(3)]
        for no in nos:
            self.who['o1'].decide(no, 'review', 'refuse')
        self.wait(lambda: len(self.taken()) == 3)
        self.assertEqual({c.event['data']['category'] for c in self.taken()}, {'decision'})
        self.assertEqual([c.position for c in self.taken()], [1, 2, 3])
        self.assertEqual(self.show(hook, 'u1')['position'], 3)
        self.assertEqual(slug(self.hook, categories='work,nonsense'), 'category-unknown')

    def test_whoever_switched_webhooks_off_is_not_named_in_events(self):
        self.city.person('silent', 'operator', 'bdc')
        self.who['silent'].call('POST', '/api/v1/notify',
                                {'category': 'work', 'channel': 'webhook', 'state': 'off'})
        self.hook()
        self.file()
        self.wait(self.taken)
        self.assertNotIn('silent', self.taken()[0].event['data']['recipients'])
        self.assertIn('o1', self.taken()[0].event['data']['recipients'])

    # proves S21
    def test_the_webhook_of_a_cloud_hears_of_all_its_cases_and_names_nobody_of_others(self):
        hook = self.hook(cloud='YH')
        no = self.file()
        self.who['o1'].decide(no, 'review', 'refuse')
        self.wait(lambda: {(c.event['data']['org'], c.event['data']['slug']) for c in self.taken()
                           if c.event['data']['case'] == no} ==
                  {('bdc', 'step-opened'), ('civil', 'case-refused')})
        for call in self.taken():
            data = call.event['data']
            self.assertEqual(bool(data['recipients']), data['org'] == 'bdc')
        self.delivered(hook)
        self.city.who['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/operator', {'org': 'east-bdc'})
        try:
            before = len(self.taken())
            self.file()
            self.delivered(hook)
            self.assertEqual(len(self.taken()), before)
        finally:
            self.city.who['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/operator', {'org': 'bdc'})

    def test_only_who_holds_the_role_may_have_a_webhook_of_it(self):
        self.assertEqual(slug(self.hook, 'u1', 'unit', 'health'), 'webhook-not-yours')
        self.assertEqual(slug(self.hook, 'u1', 'operator', 'bdc'), 'webhook-not-yours')
        self.assertEqual(slug(self.hook, 'u1', 'unit', 'civil', cloud='YH'), 'webhook-not-yours')
        self.assertEqual(slug(self.hook, 'o1', cloud='EAST'), 'webhook-not-yours')
        self.assertEqual(slug(self.hook, 'sysadmin', 'operator', 'bdc'), 'webhook-not-yours')
        hook = self.hook('u1', 'unit', 'civil')
        self.assertEqual(slug(self.show, hook, 'u2'), 'webhook-unknown')
        self.assertEqual(slug(self.deliveries, hook, 'u2'), 'webhook-unknown')
        for method, path, body in (('PATCH', '', {'state': 'off'}), ('DELETE', '', None),
                                   ('POST', '/secret', {}), ('POST', '/test', None),
                                   ('POST', '/replay', {'from': 1})):
            self.assertEqual(slug(self.who['u2'].call, method, f"/api/v1/webhooks/{hook['id']}{path}",
                                  body), 'webhook-unknown', (method, path))
        self.assertEqual(self.who['u2'].get('/api/v1/webhooks')['items'], [])
        self.assertEqual(self.show(hook, 'sysadmin')['url'], self.receiver.url(''))
        # administrators look and switch, and learn no secret and lead nothing elsewhere
        self.assertEqual(self.set(hook, 'sysadmin', state='off')['state'], 'off')
        self.assertEqual(slug(self.set, hook, 'sysadmin', url=self.other.url()), 'webhook-not-yours')
        self.assertEqual(slug(self.who['sysadmin'].call, 'POST', f"/api/v1/webhooks/{hook['id']}/secret",
                              {}), 'webhook-not-yours')

    def test_an_organisation_has_twenty_at_most(self):
        for _ in range(20):
            self.hook('u2', 'unit', 'health')
        self.assertEqual(slug(self.hook, 'u2', 'unit', 'health'), 'webhooks-most')

    def test_a_test_tells_whether_it_works_also_while_it_is_off(self):
        hook = self.hook()
        self.set(hook, state='off')
        made = self.who['o1'].call('POST', f"/api/v1/webhooks/{hook['id']}/test")
        self.wait(lambda: self.deliveries(hook)[0]['state'] == 'sent')
        [call] = self.taken()
        self.assertEqual((call.event['type'], call.id), ('yunheng.webhook.test', made['delivery']))
        self.assertTrue(call.is_signed(hook['secret']))
        self.receiver.answer = lambda call, handler: (500, {})
        self.who['o1'].call('POST', f"/api/v1/webhooks/{hook['id']}/test")
        self.wait(lambda: self.deliveries(hook)[0]['state'] == 'failed')
        row = self.deliveries(hook)[0]
        self.assertEqual((row['code'], row['fault'], row['position']), (500, 'hook-answer', None))

    def test_switched_on_again_what_waited_comes_in_order(self):
        hook = self.hook()
        self.set(hook, state='off')
        nos = [self.file() for _ in range(3)]
        self.wait(lambda: self.show(hook)['waiting'] == 3)
        self.assertEqual(self.taken(), [])
        self.set(hook, state='on')
        self.wait(lambda: self.cases() == nos)

    def test_deleted_it_is_called_no_more(self):
        hook = self.hook()
        self.set(hook, state='off')
        self.file()
        self.wait(lambda: self.show(hook)['waiting'] == 1)
        self.who['o1'].call('DELETE', '/api/v1/webhooks/' + hook['id'])
        self.assertEqual(slug(self.show, hook), 'webhook-unknown')
        second = self.hook(url=self.receiver.url('/second'))
        self.file()
        self.wait(lambda: self.taken('/second'))
        self.delivered(second)
        self.assertEqual(self.taken(), [])

    def test_each_step_is_one_command(self):
        token = self.who['o1'].call('POST', '/api/v1/account/tokens',
                                    {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token, YUNHENG_LANG='en')

        def run(*words):
            return subprocess.run([f'{BIN}/yunheng', *words], env=env, check=True, capture_output=True,
                                  text=True).stdout
        made = json.loads(run('webhook', 'create', '--org', 'bdc', '--role', 'operator', '--url',
                              self.receiver.url(self.path), '--label', 'IM', '--format', 'json'))
        run('webhook', 'test', made['id'])
        self.wait(self.taken)
        self.assertIn(made['id'], run('webhook', 'list'))
        self.file()
        self.wait(lambda: len(self.taken()) == 2)
        self.assertIn('step-opened', run('webhook', 'deliveries', made['id']))
        run('webhook', 'replay', made['id'], '--from', '1')
        self.wait(lambda: len(self.taken()) == 3)
        run('webhook', 'set', made['id'], '--state', 'off')
        run('webhook', 'rotate', made['id'], '--hours', '1')
        self.assertIn('"state":"off"', run('webhook', 'show', made['id'], '--format', 'json').replace(' ', ''))
        run('webhook', 'delete', made['id'])


@on_both_engines
class Trying(Hooked):
    def test_what_fails_comes_again_under_its_id_and_nothing_overtakes_it(self):
        self.hook()
        failed = []

        def sometimes(call, _handler):
            if call.position in (2, 4) and failed.count(call.position) < 2:
                failed.append(call.position)
                return 503, {}
            return None
        self.receiver.answer = sometimes
        nos = [self.file() for _ in range(6)]
        self.until(lambda: len(self.taken()) == 6)
        self.assertEqual([c.position for c in self.receiver.at(self.path, taken=False)],
                         [1, 2, 2, 2, 3, 4, 4, 4, 5, 6])
        self.assertEqual(self.cases(), nos)
        ids = {}
        for call in self.receiver.at(self.path, taken=False):
            ids.setdefault(call.position, set()).add((call.id, call.body))
        self.assertTrue(all(len(same) == 1 for same in ids.values()))

    def test_a_failure_shows_and_the_wait_doubles(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (500, {})
        self.file()
        for fails in (1, 2, 3):
            self.wait(lambda n=fails: self.show(hook)['fails'] == n)
            shown = self.show(hook)
            self.assertEqual((shown['fault'], shown['state'], shown['waiting']), ('hook-answer', 'on', 1))
            self.assertIsNotNone(shown['failing_since'])
            row = self.deliveries(hook)[0]
            self.assertEqual((row['state'], row['tries'], row['code']), ('waiting', fails, 500))
            seconds = str(self.city.store.sql(
                'SELECT (next_at - failing_since) / 1000000 FROM webhook WHERE ended_at IS NULL')).strip('[(,)]')
            self.assertGreaterEqual(int(seconds), 30 * 2 ** (fails - 1) * 0.75 - 1)
            self.hurry()

    def test_a_busy_receiver_says_when_it_is_to_be_asked_again(self):
        hook = self.hook()
        answers = [(429, '3600'), (503, '5'), (500, '7200'), (503, '99999999'), (429, 'nonsense')]
        given = iter(answers)
        self.receiver.answer = lambda call, handler: (
            lambda status, after: (status, {'Retry-After': after}))(*next(given, (204, '0')))
        self.file()
        for fails, (least, most) in enumerate(
                [(3600, 3600), (60 * .75, 60 * 1.25), (120 * .75, 120 * 1.25), (21600, 21600),
                 (480 * .75, 480 * 1.25)], 1):
            self.wait(lambda n=fails: self.show(hook)['fails'] == n)
            row = str(self.city.store.sql(
                'SELECT (next_at - failing_since) / 1000000 FROM webhook WHERE ended_at IS NULL')).strip('[(,)]')
            self.assertTrue(least - 1 <= int(row) <= most + 60, (fails, row))
            self.hurry()
        self.until(lambda: self.cases())

    def test_a_message_refused_as_such_is_given_up_and_the_next_one_comes(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (422, {}) if call.position == 1 else None
        first, second = self.file(), self.file()
        self.until(lambda: self.cases() == [second])
        tried = [c for c in self.receiver.at(self.path, taken=False) if c.position == 1]
        self.assertEqual(len(tried), 8)
        row = next(d for d in self.deliveries(hook) if d['case'] == first)
        self.assertEqual((row['state'], row['tries'], row['code']), ('given_up', 8, 422))
        self.delivered(hook)
        self.assertEqual(self.show(hook)['fails'], 0)

    def test_one_that_always_failed_is_stopped_its_owner_told_and_nothing_is_lost(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (500, {})
        nos = [self.file() for _ in range(2)]
        self.wait(lambda: self.show(hook)['fails'] == 1)
        self.city.store.sql('UPDATE webhook SET failing_since = failing_since - 5 * 86400000000'
                            ' WHERE failing_since IS NOT NULL')
        self.until(lambda: self.show(hook)['state'] == 'stopped')
        notice = self.who['o1'].get('/api/v1/notices', limit=200)['items'][0]
        self.assertEqual(notice['slug'], 'webhook-stopped')
        self.assertIn(self.receiver.url(''), notice['sentence'])
        self.assertNotIn(self.path, notice['sentence'])
        self.receiver.answer = lambda call, handler: None
        nos.append(self.file())
        self.wait(lambda: self.show(hook)['waiting'] == 4)
        self.hurry()
        self.assertEqual(self.taken(), [])
        self.set(hook, state='on')
        self.wait(lambda: len(self.taken()) == 4)
        self.assertEqual([c for c in self.cases() if c], nos)

    def test_gone_stops_it_at_once(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (410, {})
        self.file()
        self.wait(lambda: self.show(hook)['state'] == 'stopped')

    def test_a_redirect_is_not_followed(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (302, {'Location': self.other.url('/inner')})
        self.file()
        self.wait(lambda: self.show(hook)['fails'] == 1)
        self.assertEqual(self.deliveries(hook)[0]['code'], 302)
        self.assertEqual(self.other.at('/inner', taken=False), [])

    def test_an_endless_reply_is_cut_and_its_status_counts(self):
        hook, sent = self.hook(), []

        def endless(_call, handler):
            handler.send_response(200)
            handler.send_header('Transfer-Encoding', 'chunked')
            handler.end_headers()
            try:
                while sum(sent) < 64 * 1024 * 1024:
                    handler.wfile.write(b'4000\r\n' + b'x' * 0x4000 + b'\r\n')
                    sent.append(0x4000)
            except OSError:
                pass
            return None, None
        self.receiver.answer = endless
        self.file()
        self.delivered(hook)
        self.assertEqual(self.deliveries(hook)[0]['state'], 'sent')
        self.assertLess(sum(sent), 16 * 1024 * 1024)

    def test_receivers_that_do_not_answer_hold_up_no_other(self):
        held, free = threading.Event(), threading.Event()
        waiting = []

        def hold(call, _handler):
            waiting.append(call.path)
            if len(waiting) == 2:
                held.set()
            free.wait(60)
            return None
        self.other.answer = hold
        for path in ('/a', '/b'):
            self.hook(url=self.other.url(path))
        self.hook()
        no = self.file()
        try:
            self.assertTrue(held.wait(60))
            self.wait(lambda: no in self.cases())
            # both are still being waited for
            self.assertEqual(self.other.taken, [])
        finally:
            free.set()

    def test_killed_after_the_call_and_before_that_was_noted_it_comes_again_the_same(self):
        hook, seen = self.hook(), []

        def kill(call, _handler):
            seen.append(call.position)
            if seen == [1, 2]:
                self.city.server.process.send_signal(signal.SIGKILL)
                self.city.server.process.wait(timeout=60)
        self.receiver.answer = kill
        self.set(hook, state='off')
        nos = [self.file() for _ in range(4)]
        self.wait(lambda: self.show(hook)['waiting'] == 4)
        self.set(hook, state='on')
        self.city.server.process.wait(timeout=60)
        self.city.server.start()
        self.city.meet()
        if self.postgres:  # the claim of the dead server runs out
            self.city.store.sql('UPDATE webhook SET lease_until = 0')
        self.wait(lambda: len(seen) >= 5)
        self.delivered(hook)
        self.assertEqual(seen, [1, 2, 2, 3, 4])
        calls = self.receiver.at(self.path, taken=False)
        self.assertEqual((calls[1].id, calls[1].body), (calls[2].id, calls[2].body))
        self.assertEqual([c.event['data']['case'] for c in calls if c is not calls[2]], nos)

    def test_what_is_kept_comes_again_one_or_from_a_position_on(self):
        hook = self.hook()
        nos = [self.file() for _ in range(5)]
        self.wait(lambda: self.cases() == nos)
        self.delivered(hook)
        url = f"/api/v1/webhooks/{hook['id']}/replay"
        second = next(d for d in self.deliveries(hook) if d['position'] == 2)
        self.assertEqual(self.who['o1'].call('POST', url, {'delivery': second['id']})['replayed'], 1)
        self.wait(lambda: self.cases() == nos + [nos[1]])
        self.delivered(hook)
        self.assertEqual(self.who['o1'].call('POST', url, {'from': 3})['replayed'], 3)
        self.wait(lambda: self.cases() == nos + [nos[1]] + nos[2:])
        calls = self.taken()
        self.assertEqual([calls[1].id, calls[2].id], [calls[5].id, calls[6].id])
        for bad in ({}, {'delivery': second['id'], 'from': 1}):
            self.assertEqual(slug(self.who['o1'].call, 'POST', url, bad), 'webhook-replay')
        foreign = self.hook('u1', 'unit', 'civil')
        self.assertEqual(slug(self.who['u1'].call, 'POST', f"/api/v1/webhooks/{foreign['id']}/replay",
                              {'delivery': second['id']}), 'delivery-unknown')


class Days(Hooked, unittest.TestCase):
    """On a clock that is turned."""
    postgres = None
    init = ('--demo-clock',)

    def turn(self, days):
        now = datetime.date.fromisoformat(str(self.city.clock()))
        self.city.turn((now + datetime.timedelta(days=days)).isoformat(), at_once=True)

    def test_a_webhook_that_fails_for_five_days_is_stopped_and_what_waited_is_kept(self):
        hook = self.hook()
        self.receiver.answer = lambda call, handler: (500, {})
        no = self.file()
        self.wait(lambda: self.show(hook)['fails'] >= 1)
        self.turn(3)
        self.wait(lambda: self.show(hook)['fails'] >= 2)
        self.assertEqual(self.show(hook)['state'], 'on')
        self.turn(3)
        self.wait(lambda: self.show(hook)['state'] == 'stopped')
        self.assertEqual(self.who['o1'].get('/api/v1/notices', limit=200)['items'][0]['slug'], 'webhook-stopped')
        self.receiver.answer = lambda call, handler: None
        self.turn(1)
        self.set(hook, state='on')
        self.wait(lambda: no in self.cases())

    def test_what_a_stopped_webhook_did_not_get_is_forgotten_after_thirty_days(self):
        hook = self.hook()
        self.set(hook, state='off')
        self.file()
        self.wait(lambda: self.show(hook)['waiting'] >= 1)
        self.turn(31)
        self.wait(lambda: self.show(hook)['waiting'] == 0)
        self.set(hook, state='on')
        no = self.file()
        self.wait(lambda: no in self.cases())
        self.assertGreater(self.taken()[0].position, 1)


class Inner(Hooked, unittest.TestCase):
    """Requests into inner networks."""
    postgres = None

    # proves S14
    def test_an_address_of_this_machine_is_refused_when_it_is_named(self):
        for url in ('https://127.0.0.2/', f'https://[::1]:{self.receiver.port}/', 'https://10.0.0.1/',
                    'https://169.254.169.254/latest/meta-data', 'https://[::ffff:192.168.0.1]/',
                    'https://0/', 'https://2130706434/', 'https://[64:ff9b::a00:1]/'):
            self.assertEqual(slug(self.hook, url=url), 'hook-address-refused', url)
        for url in ('http://example.cn/', 'https://example.cn:22/', 'https://u:p@example.cn/', 'file:///etc',
                    f'http://127.0.0.1:{self.receiver.port}/'):
            self.assertEqual(slug(self.hook, url=url), 'hook-url', url)

    # proves S14
    def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(self):
        # the name is as good as any when it is kept; this server allows another range only
        box = Receiver(certificate(self.folder.name, 'box'))
        city = City(None, serve=('--hook-allow', '127.0.0.9/32', '--hook-ports', f'{box.port}'))
        try:
            hook = city.who['o1'].call('POST', '/api/v1/webhooks', {
                'org': 'bdc', 'role': 'operator', 'url': box.url(), 'label': 'inside'})
            made = city.who['o1'].call('POST', f"/api/v1/webhooks/{hook['id']}/test")

            def row():
                return next(d for d in city.who['o1'].get(
                    f"/api/v1/webhooks/{hook['id']}/deliveries")['items'] if d['id'] == made['delivery'])
            self.wait(lambda: row()['state'] == 'failed')
            self.assertEqual((row()['fault'], row()['detail']), ('hook-address-refused', ''))
            with open(city.server.log, encoding='utf-8') as log:
                self.assertRegex(log.read(), '"webhook-refused".*(127.0.0.1|::1)')
            self.assertEqual(box.calls, [])
        finally:
            city.close()
            box.close()

    # proves S31
    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        hook = self.hook(url=self.stranger.url(self.path))
        self.who['o1'].call('POST', f"/api/v1/webhooks/{hook['id']}/test")
        self.wait(lambda: self.deliveries(hook)[0]['state'] == 'failed')
        self.assertEqual(self.deliveries(hook)[0]['fault'], 'server-unreachable')
        self.assertEqual(self.stranger.calls, [])


@unittest.skipUnless(os.environ.get('YH_TEST_POSTGRES'), 'YH_TEST_POSTGRES is not set')
class Several(Hooked, unittest.TestCase):
    postgres = os.environ.get('YH_TEST_POSTGRES')

    def test_two_servers_call_once_and_in_order(self):
        hook = self.hook()
        second = Server(self.city.store, *self.options)
        try:
            nos = [self.file() for _ in range(20)]
            self.wait(lambda: len(self.cases()) >= 20)
            self.delivered(hook)
            self.assertEqual(self.cases(), nos)
            self.assertEqual([c.position for c in self.taken()], list(range(1, 21)))
        finally:
            second.stop()


if __name__ == '__main__':
    unittest.main()
