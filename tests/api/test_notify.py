"""Persons are told by mail what they chose to be told, once if all goes well, at least once whatever
happens, and nobody else is."""
import datetime
import json
import os
import re
import signal
import subprocess
import unittest
import urllib.request

from city import BIN, PASSWORD, SHARED_METER, City, Problem, Server, Store, on_both_engines, today
from postbox import Postbox


def slug(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except Problem as problem:
        return problem.slug
    return None


class Told:
    """A city whose server sends mails to `box`."""

    @classmethod
    def setUpClass(cls):
        cls.box = Postbox()
        cls.city = City(cls.postgres, serve=(*SHARED_METER, *cls.box.options()))
        cls.who = cls.city.who
        cls.city.project('mail', dims={'vcpu': 1000, 'memory_gib': 2000})

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.box.close()

    def setUp(self):
        self.box.answer = self.box.receive = lambda what: None

    def wait(self, true, why='the mail did not come'):
        City.wait_until(true, why)

    def code_in(self, address, n=1):
        self.wait(lambda: len(self.box.to(address)) >= n)
        return re.search(r'\b\d{8}\b', self.box.to(address)[n - 1].get_content()).group()

    def register(self, login, address):
        self.who[login].call('POST', '/api/v1/notify/address', {'mail': address})
        self.who[login].call('POST', '/api/v1/notify/verification', {'code': self.code_in(address)})

    def newcomer(self, login, role='operator', org='bdc'):
        """A person of a role with a confirmed address."""
        self.city.person(login, role, org)
        address = login + '@gov.example.cn'
        self.register(login, address)
        return address

    def file(self):
        return self.city.apply('mail', 1)['no']

    def about(self, address, no):
        return [m for m in self.box.to(address) if no in m.get_content()]

    def deliveries(self, login, **query):
        return self.who[login].get('/api/v1/notify/deliveries', **query)['items']

    def delivery_about(self, login, no):
        return next((d for d in self.deliveries(login) if d['case'] == no), None)

    def settled(self, login, no, state):
        self.wait(lambda: (self.delivery_about(login, no) or {}).get('state') == state,
                  f'the delivery about {no} is not {state}')
        return self.delivery_about(login, no)

    def no_more_waits(self):
        def none():
            new = self.city.store.sql('SELECT count(*) FROM notice WHERE fanned_at IS NULL')
            old = self.city.store.sql("SELECT count(*) FROM delivery WHERE state = 'waiting'")
            return str(new) in ('0', '[(0,)]') and str(old) in ('0', '[(0,)]')
        self.wait(none, 'deliveries still wait')


@on_both_engines
class Choices(Told):
    def test_an_address_is_used_only_after_its_code_came_back(self):
        self.city.person('unsure', 'operator', 'bdc')
        me, address = self.who['unsure'], 'unsure@gov.example.cn'
        view = me.call('POST', '/api/v1/notify/address', {'mail': address})
        self.assertEqual((view['mail'], view['pending']), (None, address))
        code = self.code_in(address)
        self.file()
        self.no_more_waits()
        wrong = '00000000' if code != '00000000' else '11111111'
        self.assertEqual(slug(me.call, 'POST', '/api/v1/notify/verification', {'code': wrong}),
                         'mail-code-wrong')
        view = me.call('POST', '/api/v1/notify/verification', {'code': code})
        self.assertEqual((view['mail'], view['pending']), (address, None))
        self.assertEqual(slug(me.call, 'POST', '/api/v1/notify/verification', {'code': code}),
                         'mail-code-none')
        no = self.file()
        self.wait(lambda: self.about(address, no))
        self.assertEqual(len(self.box.to(address)), 2)

    # proves S21
    def test_a_code_is_void_after_five_wrong_tries_and_five_codes_are_sent_a_day(self):
        self.city.person('guesser', 'operator', 'bdc')
        me, address = self.who['guesser'], 'guesser@gov.example.cn'
        me.call('POST', '/api/v1/notify/address', {'mail': address})
        code = self.code_in(address)
        wrong = '00000000' if code != '00000000' else '11111111'
        for _ in range(5):
            slug(me.call, 'POST', '/api/v1/notify/verification', {'code': wrong})
        self.assertEqual(slug(me.call, 'POST', '/api/v1/notify/verification', {'code': code}),
                         'mail-code-none')
        for _ in range(4):
            me.call('POST', '/api/v1/notify/address', {'mail': address})
        self.assertEqual(slug(me.call, 'POST', '/api/v1/notify/address', {'mail': address}),
                         'mail-codes-spent')

    def test_a_newer_address_makes_the_code_of_the_former_void(self):
        self.city.person('mover', 'operator', 'bdc')
        me = self.who['mover']
        me.call('POST', '/api/v1/notify/address', {'mail': 'first@gov.example.cn'})
        old = self.code_in('first@gov.example.cn')
        me.call('POST', '/api/v1/notify/address', {'mail': 'second@gov.example.cn'})
        new = self.code_in('second@gov.example.cn')
        if old != new:
            self.assertEqual(slug(me.call, 'POST', '/api/v1/notify/verification', {'code': old}),
                             'mail-code-wrong')
        view = me.call('POST', '/api/v1/notify/verification', {'code': new})
        self.assertEqual(view['mail'], 'second@gov.example.cn')

    def test_what_is_no_address_is_refused(self):
        for bad in ('a', 'a@b', 'a b@c.cn', '"a"@c.cn', 'a@c..cn', '.a@c.cn', 'a@-c.cn', 'ä@c.cn',
                    '<a@c.cn>', 'a@c.cn,b@c.cn', 'a@c.cn>', 'a@' + 'c' * 64 + '.cn'):
            self.assertEqual(slug(self.who['o1'].call, 'POST', '/api/v1/notify/address', {'mail': bad}),
                             'mail-invalid', bad)
        status, _, _ = self.who['o1'].raw('POST', '/api/v1/notify/address',
                                          {'mail': 'a@c.cn\r\nBcc: b@c.cn'})
        self.assertEqual(status, 400)

    def test_the_mail_says_in_the_persons_language_what_the_notice_says(self):
        address = self.newcomer('reader')
        no = self.file()
        self.wait(lambda: self.about(address, no))
        mail = self.about(address, no)[0]
        notice = next(n for n in self.who['reader'].get('/api/v1/notices', limit=200)['items'] if n['case'] == no)
        zh = self.who['reader'].raw('GET', '/api/v1/notices', headers={'Accept-Language': 'zh'})[1]
        sentence = next(n for n in zh['items'] if n['id'] == notice['id'])['sentence']
        self.assertIn(sentence, mail.get_content())
        self.assertIn(sentence[:20], mail['Subject'])
        self.assertTrue(mail['Subject'].startswith('云衡：'))
        self.assertIn('yunheng notify set --category work --channel mail --state off', mail.get_content())
        self.assertEqual(mail['From'].addresses[0].addr_spec, 'noreply@yunheng.example.cn')
        self.assertEqual(mail['From'].addresses[0].display_name, '云衡')
        self.assertEqual(mail['Auto-Submitted'], 'auto-generated')
        self.assertTrue(all(len(line) <= 998 and line.isascii() for line in mail.raw.split(b'\r\n')))
        self.assertFalse(mail.defects)
        self.who['reader'].call('POST', '/api/v1/notify', {'lang': 'en'})
        no = self.file()
        self.wait(lambda: self.about(address, no))
        self.assertIn('Case ' + no, self.about(address, no)[0].get_content())

    def test_a_category_switched_off_sends_nothing_and_the_inbox_keeps_it(self):
        address = self.newcomer('quiet')
        view = self.who['quiet'].call('POST', '/api/v1/notify',
                                      {'category': 'work', 'channel': 'mail', 'state': 'off'})
        row = {c['category']: c for c in view['categories']}
        self.assertEqual((row['work']['mail'], row['work']['webhook'], row['deadline']['mail']),
                         (False, True, True))
        no = self.file()
        self.no_more_waits()
        self.assertEqual(self.about(address, no), [])
        self.assertTrue(any(n['case'] == no for n in self.who['quiet'].get('/api/v1/notices', limit=200)['items']))
        self.assertEqual(slug(self.who['quiet'].call, 'POST', '/api/v1/notify',
                              {'category': 'nonsense', 'state': 'off'}), 'category-unknown')
        self.assertEqual(slug(self.who['quiet'].call, 'POST', '/api/v1/notify', {}), 'notify-nothing')

    def test_a_delegate_is_told_and_who_has_lost_the_role_is_not(self):
        giver, taker = self.newcomer('giver'), self.newcomer('taker', 'unit', 'health')
        loan = {'taker': 'taker', 'role': 'operator', 'org': 'bdc', 'first_day': today().isoformat(),
                'last_day': (today() + datetime.timedelta(days=1)).isoformat(), 'reason': '外出'}
        self.who['giver'].call('POST', '/api/v1/delegations', loan)
        no = self.file()
        self.wait(lambda: self.about(taker, no) and self.about(giver, no))
        grant = self.who['secadmin'].get('/api/v1/people/giver')['grants'][0]['id']
        self.city.two('DELETE', f'/api/v1/grants/{grant}')
        no = self.file()
        self.no_more_waits()
        self.assertEqual((self.about(giver, no), self.about(taker, no)), ([], []))
        # nor the delegate of somebody whose account is closed, or past its last day
        self.newcomer('giver2')
        self.who['giver2'].call('POST', '/api/v1/delegations', loan)
        self.city.store.sql("UPDATE person SET last_day = 1 WHERE login = 'giver2'")
        no = self.file()
        self.no_more_waits()
        self.assertEqual(self.about(taker, no), [])
        self.who['secadmin'].call('POST', '/api/v1/people/giver2/close', {'reason': '离岗'})
        no = self.file()
        self.no_more_waits()
        self.assertEqual(self.about(taker, no), [])

    def test_whoever_lost_the_role_before_a_later_try_is_told_no_more(self):
        address = self.newcomer('leaver')
        self.box.receive = lambda a: '451 later' if a == address else None
        no = self.file()
        self.wait(lambda: (self.delivery_about('leaver', no) or {}).get('tries') == 1)
        grant = self.who['secadmin'].get('/api/v1/people/leaver')['grants'][0]['id']
        self.city.two('DELETE', f'/api/v1/grants/{grant}')
        self.box.receive = lambda what: None
        self.city.store.sql("UPDATE delivery SET next_at = 1 WHERE state = 'waiting'")
        row = self.settled('leaver', no, 'failed')
        self.assertEqual((row['fault'], self.about(address, no)), ('notice-not-concerned', []))

    def test_one_mail_a_day_holds_all_of_it_and_every_try_is_the_same_mail(self):
        address = self.newcomer('digest')
        self.who['digest'].call('POST', '/api/v1/notify', {'digest': 'on'})
        nos = [self.file() for _ in range(3)]
        for no in nos:
            self.wait(lambda n=no: self.delivery_about('digest', n))
        waits = [self.delivery_about('digest', no) for no in nos]
        self.assertEqual([w['state'] for w in waits], ['waiting'] * 3)
        self.assertTrue(all(w['next_at'][11:16] == '08:00' for w in waits))
        seen = []

        def later(mail):
            if mail.receivers == [address]:
                seen.append(mail)
                return '452 later' if len(seen) == 1 else None
            return None
        self.box.answer = later
        # their morning has come, and of the last one a little later, when the first try is over
        person = "(SELECT id FROM person WHERE login = 'digest')"
        self.city.store.sql(f"UPDATE delivery SET next_at = 1 WHERE person = {person} AND state ="
                            f" 'waiting' AND notice IN (SELECT x.id FROM notice x JOIN case_file c ON"
                            f" c.id = x.case_id WHERE c.no <> '{nos[2]}')")
        self.wait(lambda: self.delivery_about('digest', nos[0])['tries'] == 1)
        self.city.store.sql(f"UPDATE delivery SET next_at = 1 WHERE person = {person} AND state = 'waiting'")
        self.settled('digest', nos[0], 'sent')
        self.settled('digest', nos[2], 'sent')
        # two workers send: which of the last two came first is not said
        same = [m for m in seen if m['Message-ID'] == seen[0]['Message-ID']]
        [other] = [m for m in seen if m not in same]
        self.assertEqual(len(same), 2)
        for mail in same:
            self.assertEqual([n in mail.get_content() for n in nos], [True, True, False])
            self.assertIn('2 条通知', mail['Subject'])
        self.assertIn(nos[2], other.get_content())

    # proves S21
    def test_the_administrator_tries_the_mail_and_sees_results_but_no_content(self):
        sys_ = self.who['sysadmin']
        made = sys_.call('POST', '/api/v1/mail/test', {'mail': 'ops@gov.example.cn'})
        self.wait(lambda: self.box.to('ops@gov.example.cn'))
        self.wait(lambda: next(d for d in sys_.get('/api/v1/mail/deliveries')['items']
                               if d['id'] == made['id'])['state'] == 'sent')
        self.assertEqual(slug(self.who['o1'].call, 'POST', '/api/v1/mail/test',
                              {'mail': 'a@gov.example.cn'}), 'not-permitted')
        self.assertEqual(slug(self.who['o1'].get, '/api/v1/mail/deliveries'), 'not-permitted')

    def command(self, login, *words):
        token = self.who[login].call('POST', '/api/v1/account/tokens',
                                     {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token, YUNHENG_LANG='en')
        return subprocess.run([f'{BIN}/yunheng', *words], env=env, check=True, capture_output=True,
                              text=True).stdout

    def test_each_step_is_one_command(self):
        self.city.person('typist', 'operator', 'bdc')
        address = 'typist@gov.example.cn'
        self.command('typist', 'notify', 'address', '--mail', address)
        self.command('typist', 'notify', 'verify', '--code', self.code_in(address))
        self.command('typist', 'notify', 'set', '--category', 'system', '--state', 'off', '--digest', 'on')
        shown = json.loads(self.command('typist', 'notify', 'show', '--format', 'json'))
        self.assertEqual((shown['mail'], shown['digest']), (address, True))
        self.assertIn({'category': 'system', 'name': 'System', 'inbox': True, 'mail': False,
                       'webhook': False}, shown['categories'])
        no = self.file()
        self.wait(lambda: self.delivery_about('typist', no))
        self.assertIn(no, self.command('typist', 'notify', 'deliveries', '--state', 'waiting'))

    def test_an_address_taken_away_is_written_to_no_more(self):
        address = self.newcomer('hermit')
        self.who['hermit'].call('DELETE', '/api/v1/notify/address')
        no = self.file()
        self.no_more_waits()
        self.assertEqual(self.about(address, no), [])
        self.assertIsNone(self.who['hermit'].get('/api/v1/notify')['mail'])


@on_both_engines
class Failures(Told):
    def test_a_mail_put_off_by_the_server_comes_later_under_the_same_id(self):
        address = self.newcomer('patient')
        seen = []

        def busy(mail):
            seen.append(mail['Message-ID'])
            return '451 try later' if len(seen) == 1 else None
        self.box.answer = busy
        no = self.file()
        self.wait(lambda: (self.delivery_about('patient', no) or {}).get('tries') == 1)
        row = self.delivery_about('patient', no)
        self.assertEqual((row['state'], row['fault'], row['code']),
                         ('waiting', 'mail-server-trouble', 451))
        self.city.store.sql("UPDATE delivery SET next_at = 1 WHERE state = 'waiting'")
        self.settled('patient', no, 'sent')
        self.assertEqual(len(self.about(address, no)), 1)
        self.assertEqual(len(set(seen)), 1)

    def test_the_wait_doubles_within_its_bounds(self):
        self.newcomer('doubling')
        self.box.receive = lambda a: '450 no' if a.startswith('doubling') else None
        no = self.file()
        waits = []
        for tries in range(1, 5):
            self.wait(lambda t=tries: (self.delivery_about('doubling', no) or {}).get('tries') == t)
            [[wait]] = [[int(v) for v in str(r).strip('[(,)]').split(',')] for r in
                        [self.city.store.sql("SELECT max(next_at - made_at) FROM delivery WHERE state ="
                                             " 'waiting' AND tries = %d" % tries)]]
            waits.append(wait / 1e6)
            self.city.store.sql("UPDATE delivery SET next_at = 1 WHERE state = 'waiting'")
        for i, wait in enumerate(waits):  # from the making on: some seconds of the test come on top
            self.assertGreaterEqual(wait, 30 * 2 ** i * 0.75)

    def test_a_refused_mail_has_failed_and_may_be_sent_once_more(self):
        address = self.newcomer('refused')
        self.box.receive = lambda a: '550 no such user' if a == address else None
        no = self.file()
        row = self.settled('refused', no, 'failed')
        self.assertEqual((row['fault'], row['code']), ('mail-refused', 550))
        self.box.receive = lambda what: None
        self.who['refused'].call('POST', f"/api/v1/notify/deliveries/{row['id']}/resend")
        self.settled('refused', no, 'sent')
        self.assertEqual(len(self.about(address, no)), 1)
        self.assertEqual(slug(self.who['o1'].call, 'POST',
                              f"/api/v1/notify/deliveries/{row['id']}/resend"), 'delivery-unknown')

    def test_a_mail_that_stays_impossible_is_given_up_after_twenty_tries(self):
        self.newcomer('lost')
        self.box.receive = lambda a: '450 no' if a.startswith('lost') else None
        no = self.file()
        self.wait(lambda: (self.delivery_about('lost', no) or {}).get('tries') == 1)
        id_ = self.delivery_about('lost', no)['id'].replace('-', '')
        literal = f"'\\x{id_}'" if self.postgres else f"x'{id_}'"
        self.city.store.sql(f'UPDATE delivery SET next_at = 1, tries = 19'
                            f' WHERE id = {literal}')
        self.assertEqual(self.settled('lost', no, 'given_up')['fault'], 'mail-server-trouble')

    def test_one_refused_receiver_holds_up_no_other(self):
        bad, good = self.newcomer('bad'), self.newcomer('good')
        self.box.receive = lambda a: '450 no' if a == bad else None
        nos = [self.file() for _ in range(5)]
        for no in nos:
            self.wait(lambda n=no: self.about(good, n))

    def test_killed_after_the_mail_went_and_before_that_was_noted_it_comes_again_the_same(self):
        address = self.newcomer('twice')
        seen = []

        def kill(mail):
            if mail.receivers == [address]:
                seen.append(mail)
                if len(seen) == 1:
                    self.city.server.process.send_signal(signal.SIGKILL)
        self.box.answer = kill
        no = self.file()
        self.city.server.process.wait(timeout=60)
        self.city.server.start()
        self.city.meet()
        if self.postgres:  # the claim of the dead server runs out
            self.city.store.sql('UPDATE delivery SET lease_until = 0')
        self.settled('twice', no, 'sent')
        copies = self.about(address, no)
        self.assertEqual(len(copies), 2)
        self.assertEqual(copies[0]['Message-ID'], copies[1]['Message-ID'])
        self.assertEqual(copies[0].get_content(), copies[1].get_content())

    def test_killed_before_a_notice_was_given_out_it_is_given_out_afterwards(self):
        address = self.newcomer('later')
        self.city.server.kill()
        self.city.store.sql('UPDATE notice SET fanned_at = made_at WHERE fanned_at IS NULL')
        self.city.server.start()
        self.city.meet()
        no = self.file()
        self.city.server.kill()
        self.city.server.start()
        self.city.meet()
        self.wait(lambda: self.about(address, no))

    def test_old_deliveries_are_forgotten(self):
        self.newcomer('old')
        no = self.file()
        self.settled('old', no, 'sent')
        self.city.store.sql('UPDATE delivery SET made_at = made_at - 31 * 86400000000')
        self.wait(lambda: not self.delivery_about('old', no), 'it was not forgotten')

    def test_metrics_count_what_became_of_mails(self):
        self.newcomer('counted')
        self.settled('counted', self.file(), 'sent')
        with urllib.request.urlopen(f'http://127.0.0.1:{self.city.server.port}/metrics') as reply:
            text = reply.read().decode()
        sent = re.search(r'yunheng_deliveries_total\{channel="mail",outcome="sent"\} (\d+)', text)
        self.assertGreater(int(sent.group(1)), 0)
        self.assertIn('yunheng_deliveries_waiting{channel="webhook"} 0', text)


class Transport(unittest.TestCase):
    """What is refused before a word of a mail or a password goes out."""

    def tried(self, box, *options):
        store = Store(None)
        self.addCleanup(store.drop)
        self.addCleanup(box.close)
        first = store.init()['sysadmin']
        server = Server(store, *options)
        self.addCleanup(server.stop)
        me = server.session('sysadmin', first)
        me.call('POST', '/api/v1/account/password', {'old_password': first, 'new_password': PASSWORD})
        me.enrol()
        me.call('POST', '/api/v1/mail/test', {'mail': 'ops@gov.example.cn'})

        def one():
            return me.get('/api/v1/mail/deliveries')['items'][0]
        City.wait_until(lambda: one()['tries'] == 1 or one()['state'] == 'sent', 'it was not tried')
        self.assertEqual(len(box.mails), one()['state'] == 'sent')
        return one()

    # proves S31
    def test_a_server_without_starttls_gets_no_mail(self):
        box = Postbox(tls=False)
        row = self.tried(box, *box.options())
        self.assertEqual((row['state'], row['fault']), ('waiting', 'mail-server-trouble'))

    def test_a_server_without_starttls_gets_mail_where_that_is_configured(self):
        box = Postbox(tls=False)
        row = self.tried(box, '--smtp-url', f'smtp://localhost:{box.port}', '--mail-from',
                         'noreply@yunheng.example.cn', '--smtp-plain')
        self.assertEqual(row['state'], 'sent')

    # proves S31
    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        box = Postbox()
        options = list(box.options())
        at = options.index('--smtp-ca')
        row = self.tried(box, *options[:at], *options[at + 2:])
        self.assertEqual((row['state'], row['fault']), ('waiting', 'mail-server-trouble'))

    def test_a_wrong_password_is_the_servers_trouble_and_the_mail_waits(self):
        box = Postbox()
        with open(box.password_file, 'w', encoding='ascii') as f:
            f.write('other\n')
        row = self.tried(box, *box.options())
        self.assertEqual((row['state'], row['fault']), ('waiting', 'mail-server-trouble'))


@unittest.skipUnless(os.environ.get('YH_TEST_POSTGRES'), 'YH_TEST_POSTGRES is not set')
class Several(Told, unittest.TestCase):
    postgres = os.environ.get('YH_TEST_POSTGRES')

    def test_two_servers_share_the_work_and_each_mail_goes_once(self):
        address = self.newcomer('shared')
        second = Server(self.city.store, *SHARED_METER, *self.box.options())
        try:
            nos = [self.file() for _ in range(20)]
            for no in nos:
                self.settled('shared', no, 'sent')
            self.no_more_waits()
            self.assertEqual([len(self.about(address, no)) for no in nos], [1] * 20)
        finally:
            second.stop()


if __name__ == '__main__':
    unittest.main()
