"""One's deadlines as a calendar to subscribe to, read by a parser that is not ours."""
import datetime
import http.client
import os
import shutil
import subprocess
import sys
import unittest

import shape_check
from city import BIN, City, Problem, Session, on_both_engines
from ical_rules import faults

try:
    import icalendar
except ImportError:
    sys.path.append('/usr/lib/python3/dist-packages')
    try:
        import icalendar
    except ImportError:
        icalendar = None

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')
DAY = datetime.timedelta(days=1)
CHINA = datetime.timezone(datetime.timedelta(hours=8))
HOSTILE = '云; "主机", \\n BEGIN:VEVENT \\; ' + '很长的名称' * 6


@unittest.skipUnless(icalendar, 'python3-icalendar is not installed')
class Feed:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))
        cls.w = cls.city.who
        cls.city.project('feed')
        cls.no = cls.apply()

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def apply(cls):
        no = cls.city.apply('feed', 1)['no']
        cls.city.open(no)
        return no

    def fetch(self, path, **headers):
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        try:
            conn.request('GET', path, headers=headers)
            reply = conn.getresponse()
            body = reply.read()
            shape_check.check(conn.port, 'GET', path, reply.status,
                              reply.getheader('Content-Type'), body)
            return reply.status, body, dict(reply.getheaders())
        finally:
            conn.close()

    def renew(self, login='u1'):
        return self.w[login].call('POST', '/api/v1/account/calendar')['path']

    def events(self, path):
        status, body, head = self.fetch(path)
        self.assertEqual(status, 200, body)
        self.assertEqual(head['Content-Type'], 'text/calendar; charset=utf-8')
        self.assertEqual(faults(body, empty=True), [])
        cal = icalendar.Calendar.from_ical(body)
        return {str(e['UID']): e for e in cal.walk('VEVENT')}, cal, body

    def test_what_waits_on_ones_desk_stands_on_its_day_with_an_alarm(self):
        events, cal, body = self.events(self.renew())
        [verify] = [s for s in self.w['u1'].case(self.no)['steps'] if not s['closed_at']]
        [event] = [e for e in events.values() if self.no in str(e['SUMMARY'])]
        due = datetime.date.fromisoformat(verify['due']['day'])
        self.assertEqual(event.decoded('DTSTART'), due)
        self.assertEqual(event.decoded('DTEND'), due + datetime.timedelta(days=1))
        self.assertEqual(str(event['STATUS']) in ('CONFIRMED', 'TENTATIVE'), True)
        [alarm] = event.walk('VALARM')
        self.assertEqual(alarm.decoded('TRIGGER'), datetime.timedelta(hours=-15))
        self.assertEqual(str(cal['VERSION']), '2.0')
        self.assertIn(b'REFRESH-INTERVAL;VALUE=DURATION:PT1H', body)
        for name in ('UID', 'DTSTAMP', 'SEQUENCE', 'LAST-MODIFIED', 'TRANSP', 'CATEGORIES', 'DESCRIPTION'):
            self.assertIn(name, event)

    def test_lines_are_folded_at_75_octets_and_hostile_text_stays_text(self):
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'odd', 'name': HOSTILE, 'kind': 'unit'})
        self.city.person('uo', 'unit', 'odd')
        self.w['uo'].call('POST', '/api/v1/projects', {'unit': 'odd', 'cloud': 'YH', 'code': 'odd',
                                                       'name': '项目'})
        no = self.w['uo'].file('quota', City.quota_form(), project='odd')['no']
        events, _, body = self.events(self.renew('e1'))
        [odd] = [e for e in events.values() if no in str(e['SUMMARY'])]
        self.assertIn('很长的名称', str(odd['DESCRIPTION']))
        escaped = HOSTILE
        for char in '\\;,':  # RFC 5545, 3.3.11; read raw, for that parser takes \\\\n for a line break
            escaped = escaped.replace(char, '\\' + char)
        self.assertIn(escaped, body.decode().replace('\r\n ', ''))
        for line in body.split(b'\r\n'):
            self.assertLessEqual(len(line), 75, line)
            line.decode()
        self.assertTrue(body.endswith(b'END:VCALENDAR\r\n'))
        self.assertNotIn(b'\n', body.replace(b'\r\n', b''))
        self.assertEqual(body.count(b'\r\nBEGIN:VEVENT'), len(events))

    def test_the_same_days_are_answered_by_not_modified(self):
        path = self.renew()
        _, _, head = self.fetch(path)
        status, body, again = self.fetch(path, **{'If-None-Match': head['ETag']})
        self.assertEqual((status, body, again['ETag']), (304, b'', head['ETag']))
        self.apply()
        status, _, other = self.fetch(path, **{'If-None-Match': head['ETag']})
        self.assertEqual(status, 200)
        self.assertNotEqual(other['ETag'], head['ETag'])

    def test_what_is_done_stays_on_its_day_as_cancelled_and_goes_after_a_month(self):
        no = self.apply()
        path = self.renew()
        before, _, _ = self.events(path)
        [uid] = [u for u, e in before.items() if no in str(e['SUMMARY']) and
                 str(e['STATUS']) != 'CANCELLED']
        self.tomorrow()
        self.w['u1'].decide(no, 'verify', 'passed')
        after, _, _ = self.events(path)
        was, now = before[uid], after[uid]
        self.assertEqual((str(now['STATUS']), now['DTSTART'].dt, str(now['SUMMARY'])),
                         ('CANCELLED', was['DTSTART'].dt, str(was['SUMMARY'])))
        self.newer(was, now)
        self.assertEqual(now.walk('VALARM'), [])
        self.assertEqual(now['CREATED'].dt, was['CREATED'].dt)
        for other in set(before) & set(after) - {uid}:
            self.assertEqual(after[other].to_ical(), before[other].to_ical())
        self.assertTrue(set(before) <= set(after))
        # a month and a day later it is not told of any more
        self.city.turn(self.city.clock() + 31 * DAY)
        self.assertNotIn(uid, self.events(path)[0])

    def newer(self, was, now):
        """The same thing, by its id, as a later version of it."""
        self.assertEqual(str(now['UID']), str(was['UID']))
        self.assertGreater(int(now['SEQUENCE']), int(was['SEQUENCE']))
        for name in ('LAST-MODIFIED', 'DTSTAMP'):  # whole seconds
            self.assertGreaterEqual(now[name].dt, was[name].dt)
            if self.city.clock() > now['CREATED'].dt.astimezone(CHINA).date():
                self.assertGreater(now[name].dt, was[name].dt)

    def tomorrow(self):
        self.city.turn(self.city.clock() + DAY)

    def of(self, path, what, status=None):
        [event] = [e for e in self.events(path)[0].values() if what in str(e['SUMMARY']) and
                   (status is None or str(e['STATUS']) == status)]
        return event

    def test_a_case_that_is_returned_has_no_day_until_it_is_answered(self):
        no = self.city.apply('feed', 1)['no']
        path = self.renew('o1')
        first = self.of(path, no)
        self.w['o1'].call('POST', f'/api/v1/cases/{no}/steps/review/return', {'defects': ['缺少说明']})
        away = self.of(path, no)
        self.newer(first, away)
        self.assertEqual((str(away['STATUS']), away['DTSTART'].dt), ('CANCELLED', first['DTSTART'].dt))
        self.w['u1'].call('POST', f'/api/v1/cases/{no}/resubmission', {'form': {
            'items': [{'item': 'vm-4c8g', 'quantity': '1', 'system': 's1'}]}})
        again = self.of(path, no)
        self.newer(away, again)
        self.assertIn(str(again['STATUS']), ('CONFIRMED', 'TENTATIVE'))
        self.w['o1'].decide(no, 'review', 'refuse', reason='不予同意')
        self.newer(again, self.of(path, no))

    def test_a_due_day_that_moves_is_a_later_version_of_the_same_event(self):
        no = self.city.apply('feed', 1)['no']
        path = self.renew('o1')
        was = self.of(path, no)
        first = was['DTSTART'].dt
        halt = self.w['o1'].file('clock_suspension', {
            'from': str(first - 2 * DAY), 'to': str(first + 5 * DAY), 'reason': '重大活动保障'},
            cloud='YH')['no']
        self.w['a1'].decide(halt, 'review')
        self.city.wait_until(lambda: self.of(path, no)['DTSTART'].dt != first, 'it never moved')
        now = self.of(path, no)
        self.assertGreater(now['DTSTART'].dt, first)
        self.newer(was, now)

    def lease(self, project, **form):
        """An emergency resource: its number, its case, its days as events."""
        self.city.project(project)
        no = self.w['u1'].file('emergency', dict({'items': [{'item': 'vm-4c8g', 'quantity': '1'}],
                                                  'reason': '防汛指挥'}, **form), project=project)['no']
        self.w['e1'].decide(no, 'grant')
        [r] = self.w['p1'].case(no)['resources']
        self.w['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': r['id'], 'provider_ref': 'i-1'}]})
        return r['id'], no, self.w['u1'].get(f"/api/v1/leases/{r['id']}")

    def days(self, path, resource):
        events, _, _ = self.events(path)
        return {part: events.get(f'{resource}-{part}@yunheng') for part in ('end', 'extend')}

    def test_a_lease_shows_its_last_day_and_the_last_for_an_extension(self):
        resource, _, lease = self.lease('due')
        first = self.days(self.renew(), resource)
        for part, day in (('end', lease['last_day']), ('extend', lease['extension']['until'])):
            self.assertEqual(str(first[part]['DTSTART'].dt), day)
            self.assertIn(lease['no'], str(first[part]['SUMMARY']))
            self.assertNotEqual(str(first[part]['STATUS']), 'CANCELLED')
        self.assertEqual(str(first['end']['STATUS']), 'CONFIRMED')
        # the unit's own only
        self.assertEqual(self.days(self.renew('o1'), resource), {'end': None, 'extend': None})
        self.assertNotIn('END', [str(e['UID'])[-3:].upper() for e in
                                 self.events(self.renew('u2'))[0].values()])

    def test_an_extension_moves_the_end_and_is_over_itself(self):
        resource, _, lease = self.lease('more')
        path = self.renew()
        first = self.days(path, resource)
        ext = self.w['u1'].file('lease_extension', {'resources': [resource], 'reason': '汛期延长'})['no']
        self.w['e1'].decide(ext, 'decide')
        self.tomorrow()
        self.w['a1'].decide(ext, 'decide')
        longer = self.w['u1'].get(f'/api/v1/leases/{resource}')
        self.assertGreater(longer['last_day'], lease['last_day'])
        now = self.days(path, resource)
        self.newer(first['end'], now['end'])
        self.assertEqual((str(now['end']['DTSTART'].dt), str(now['end']['STATUS'])),
                         (longer['last_day'], 'CONFIRMED'))
        self.newer(first['extend'], now['extend'])
        self.assertEqual(str(now['extend']['STATUS']), 'CANCELLED')

    def test_a_corrected_lease_moves_to_an_earlier_day(self):
        self.city.person('e2', 'econ_info', 'econ')
        resource, no, lease = self.lease('wrong')
        path = self.renew()
        first = self.days(path, resource)
        self.tomorrow()
        right = self.city.clock() + 40 * DAY
        self.assertLess(str(right), lease['last_day'])
        case = self.w['e1'].file('correction', {'article': '23', 'reason': '录入有误', 'leases': [
            {'resource': resource, 'last_day': str(right)}]}, about=no)['no']
        self.w['e2'].decide(case, 'econ_review')
        self.w['o1'].decide(case, 'carry_out', 'done')
        now = self.days(path, resource)
        for part in ('end', 'extend'):
            self.newer(first[part], now[part])
            self.assertLess(now[part]['DTSTART'].dt, first[part]['DTSTART'].dt)
            self.assertNotEqual(str(now[part]['STATUS']), 'CANCELLED')
        self.assertEqual(now['end']['DTSTART'].dt, right)

    def test_what_is_given_back_early_stays_as_cancelled(self):
        resource, _, lease = self.lease('back')
        path = self.renew()
        first = self.days(path, resource)
        gone = self.w['u1'].file('reclaim', {'resources': [resource], 'reason': '提前结束',
                                             'backup': {'choice': 'migrated'}})['no']
        self.w['o1'].decide(gone, 'review')
        self.w['p1'].decide(gone, 'stop', 'done')
        now = self.days(path, resource)
        for part in ('end', 'extend'):
            self.newer(first[part], now[part])
            self.assertEqual(str(now[part]['STATUS']), 'CANCELLED')
            self.assertEqual(now[part]['DTSTART'].dt, first[part]['DTSTART'].dt)
            self.assertEqual(now[part].walk('VALARM'), [])

    def test_a_calendar_that_is_announced_is_a_later_version_of_what_hung_on_it(self):
        resource, _, _ = self.lease('spring')
        path = self.renew()
        first = self.days(path, resource)
        policy = os.path.join(self.city.store.dir, 'policy')
        shutil.copytree(POLICY, policy)
        year = first['extend']['DTSTART'].dt.year
        if os.path.exists(f'{policy}/calendars/{year}.yaml'):
            self.skipTest(f'{year} is announced')
        with open(f'{policy}/calendars/{year}.yaml', 'x', encoding='utf-8') as f:
            f.write(f'year: {year}\nsource: 测试\nrest: [{year}-01-01]\nwork: []\n')
        self.city.server.stop()
        subprocess.run([f'{BIN}/yunheng', 'install', *self.city.store.args()], check=True,
                       env=dict(os.environ, YUNHENG_POLICY=policy))
        self.city.server.start()
        self.city.meet()
        now = self.days(path, resource)
        self.newer(first['extend'], now['extend'])
        self.assertEqual(now['end'].to_ical(), first['end'].to_ical())

    def test_the_address_is_secret_renewed_and_revoked(self):
        first = self.renew('p1')
        self.assertEqual(self.fetch(first)[0], 200)
        second = self.renew('p1')
        self.assertEqual(self.fetch(first)[0], 404)
        self.assertEqual(self.fetch(second)[0], 200)
        self.assertTrue(self.w['p1'].get('/api/v1/account/calendar')['subscribed'])
        self.w['p1'].call('DELETE', '/api/v1/account/calendar')
        self.assertEqual(self.fetch(second)[0], 404)
        with self.assertRaises(Problem) as caught:
            self.w['p1'].call('DELETE', '/api/v1/account/calendar')
        self.assertEqual(caught.exception.slug, 'feed-none')
        for guess in ('x.ics', 'a' * 32, 'a' * 32 + '.ics', 'due'):
            self.assertIn(self.fetch('/api/v1/calendar/' + guess)[0], (400, 401, 404))
        secret = second.rsplit('/', 1)[1][:-4]
        with open(self.city.server.log, encoding='utf-8') as f:
            self.assertNotIn(secret, f.read())
        self.assertEqual(Session(self.city.server.port).raw('POST', '/api/v1/account/calendar')[0], 401)

    def test_another_sees_only_what_is_his(self):
        events, _, _ = self.events(self.renew('u2'))
        self.assertEqual(events, {})

    def test_z_one_address_cannot_ask_without_end(self):
        path = '/api/v1/calendar/' + 'b' * 32 + '.ics'
        seen = {self.fetch(path)[0] for _ in range(140)}
        self.assertEqual(seen, {404, 503})


on_both_engines(Feed)

if __name__ == '__main__':
    unittest.main()
