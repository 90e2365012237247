"""One's deadlines as a calendar to subscribe to, read by a parser that is not ours."""
import datetime
import http.client
import sys
import unittest

from city import City, Problem, Session, on_both_engines

try:
    import icalendar
except ImportError:
    sys.path.append('/usr/lib/python3/dist-packages')
    try:
        import icalendar
    except ImportError:
        icalendar = None

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
            return reply.status, reply.read(), dict(reply.getheaders())
        finally:
            conn.close()

    def renew(self, login='u1'):
        return self.w[login].call('POST', '/api/v1/account/calendar')['path']

    def events(self, path):
        status, body, head = self.fetch(path)
        self.assertEqual(status, 200, body)
        self.assertEqual(head['Content-Type'], 'text/calendar; charset=utf-8')
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

    def test_ids_stay_and_what_is_done_goes(self):
        no = self.apply()
        path = self.renew()
        before, _, _ = self.events(path)
        self.w['u1'].decide(no, 'verify', 'passed')
        after, _, _ = self.events(path)
        self.assertEqual([str(e['SUMMARY']) for u, e in before.items() if u not in after and no not in
                          str(e['SUMMARY'])], [])
        self.assertEqual([u for u, e in after.items() if no in str(e['SUMMARY'])], [])
        self.assertTrue(set(after) <= set(before))

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
