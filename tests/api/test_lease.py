"""Emergency resources by role, on a turned clock: granted, warned of, extended or refused, expired,
stopped, kept, destroyed (Art. 21, 23, 26)."""
import datetime
import unittest

from city import Problem, on_both_engines, steps
from leasing import DAY, Leasing, months


class Leases(Leasing):
    # proves A21.2, A23.1, A26.1, T2, S20
    def test_an_emergency_resource_is_granted_warned_of_expires_is_kept_and_destroyed(self):
        self.fresh('flood')
        start = self.city.clock()
        no = self.emergency('flood', 2)
        self.assertEqual(steps(self.w['e1'].case(no)), ['grant'])
        self.refused('decide-not-permitted', self.w['o1'].decide, no, 'grant')
        self.w['e1'].decide(no, 'grant')
        ids = self.fulfil(no)
        last = months(start, 3)
        lease = self.lease(ids[0])
        by = self.ahead(last, 15)
        self.assertEqual((lease['first_day'], lease['last_day'], lease['state']),
                         (str(start), str(last), 'running'))
        self.assertEqual((lease['extension']['possible'], lease['extension']['until']),
                         (True, str(by)))
        self.assertEqual([lease['extension'][k] for k in ('most', 'next_last_day', 'cap')],
                         [1, str(months(last, 3)), str(months(last, 3))])
        # its quota stands beside the project's, day for day
        line = self.city.quota('flood')['vcpu']
        self.assertEqual((line['base'], line['allowance'], line['allocated']), (100, 8, 8))
        beyond = self.city.quota('flood', day=str(last + DAY))['vcpu']
        self.assertEqual((beyond['allowance'], beyond['allocated']), (0, 0))
        # told ahead, once for both, unit and operator
        for n, ahead in enumerate((25, 20, 10, 5, 1), 1):
            day = self.ahead(last, ahead)
            self.turn(day - DAY)
            self.assertEqual(len(self.notices(no)), n - 1, ahead)
            self.turn(day)
            self.assertEqual(len(self.notices(no)), n, ahead)
            self.assertEqual(len(self.notices(no, 'o1')), n)
        slugs = [x['slug'] for x in self.notices(no)]
        self.assertEqual(slugs[::-1], ['lease-ends'] * 2 + ['lease-ends-finally'] * 3)
        self.assertIn(str(last.day), self.notices(no)[0]['sentence'])
        # one day late: refused with the last good day
        body = self.refused('lease-extension-late', self.extension, ids)
        self.assertIn('filed 15 working days ahead', body['title'])
        self.assertEqual((body['figures']['until'], body['figures']['last']), (str(by), str(last)))
        # the expiry began five working days ahead, one case for both, and nobody can take it back
        expiry = self.expiry_of(ids[0])
        self.assertEqual(sorted(r['id'] for r in expiry['resources']), sorted(ids))
        self.assertEqual(steps(expiry), ['backup'])
        self.assertEqual(expiry['steps'][0]['due']['day'], str(last))
        with self.assertRaises(Problem):
            self.w['u1'].call('POST', f"/api/v1/cases/{expiry['no']}/withdrawal",
                              {'reason': '不想停'})
        self.w['u1'].decide(expiry['no'], 'backup', 'confirmed', {'choice': 'migrated'})
        self.assertEqual(steps(self.w['u1'].case(expiry['no'])), ['over'])
        self.turn(last)
        self.assertEqual(self.resource(ids[0])['state'], 'running')
        self.assertEqual(self.lease(ids[0])['state'], 'running')
        self.turn(last + DAY)
        case = self.w['p1'].case(expiry['no'])
        self.assertEqual(steps(case), ['stop'])
        stop = self.after(last)
        self.assertEqual([s['due']['day'] for s in case['steps'] if s['step'] == 'stop'], [str(stop)])
        self.assertEqual(self.lease(ids[0])['state'], 'over')
        self.assertEqual(self.lease(ids[0])['stops_on'], str(stop))
        # it takes its share until it is stopped, and so does what was allowed for it
        line = self.city.quota('flood')['vcpu']
        self.assertEqual((line['allowance'], line['allocated']), (8, 8))
        self.turn(stop)
        self.w['p1'].decide(expiry['no'], 'stop', 'done')
        line = self.city.quota('flood')['vcpu']
        self.assertEqual((line['effective'], line['allocated']), (100, 0))
        seen = self.resource(ids[0])
        self.assertEqual((seen['state'], seen['lease_last_day'], seen['stopped_at'][:10]),
                         ('stopped', str(last), str(stop)))
        self.assertEqual(self.lease(ids[0])['state'], 'ended')
        kept = self.w['p1'].case(expiry['no'])
        self.assertEqual(steps(kept), ['retention'])
        [wait] = [s for s in kept['steps'] if not s['closed_at']]
        self.assertEqual((wait['kind'], wait['due']['overdue']), ('wait', False))
        self.assertEqual(wait['due']['day'], str(self.not_before(stop + 15 * DAY)))
        self.turn(self.not_before(stop + 15 * DAY))
        self.assertEqual(steps(self.w['p1'].case(expiry['no'])), ['retention'])
        self.turn(self.not_before(stop + 15 * DAY) + DAY)
        done = self.w['p1'].decide(expiry['no'], 'destroy', 'done', {'evidence': '三次覆写'})
        self.assertEqual(done['state'], 'closed')
        self.assertEqual(self.resource(ids[0])['state'], 'destroyed')
        story = [e['kind'] for e in self.w['u1'].get(f'/api/v1/cases/{no}/events')['items']]
        self.assertEqual(story.count('lease.notice'), 10)

    # proves A21.2, A26.1
    def test_silence_stops_by_force_and_a_stop_that_does_not_come_shows(self):
        self.fresh('silent')
        no, ids = self.running('silent')
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        self.turn(last + DAY)
        expiry = self.expiry_of(ids[0])
        self.assertEqual(steps(expiry), ['stop'])
        self.assertEqual([s['outcome'] for s in expiry['steps'] if s['step'] == 'backup'], ['silent'])
        stop = self.after(last)
        self.turn(stop)
        self.assertEqual(self.told('a1', 'lease-lapsed', no), [])
        self.turn(stop + 20 * DAY)
        for who in ('u1', 'o1', 'a1'):
            self.assertEqual(len(self.told(who, 'lease-lapsed', no)), 1, who)
        over = [c['no'] for c in self.w['o1'].get('/api/v1/overdue', limit=200)['items']]
        self.assertIn(expiry['no'], over)
        live = self.w['o1'].get('/api/v1/leases', limit=200, until=str(last))['items']
        self.assertIn('over', [x['state'] for x in live if x['resource'] == ids[0]])
        self.w['p1'].decide(expiry['no'], 'stop', 'done')
        events = self.w['u1'].get(f"/api/v1/cases/{expiry['no']}/events")['items']
        self.assertEqual([e['outcome'] for e in events if e['kind'] == 'resource.stopped'], ['forced'])

    # proves A23.1, T1
    def test_both_bodies_extend_in_any_order_from_the_old_end(self):
        self.fresh('longer')
        no, ids = self.running('longer')
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        self.turn(self.ahead(last, 15))
        ext = self.extension(ids)  # the last good day
        self.refused('lease-extension-pending', self.extension, ids)
        self.assertEqual([self.lease(ids[0])['extension'][k] for k in ('pending', 'cap')],
                         [ext, str(months(last, 3))])
        self.w['e1'].decide(ext, 'decide')
        self.assertEqual(self.lease(ids[0])['last_day'], str(last))
        done = self.w['a1'].decide(ext, 'decide')
        self.assertEqual(done['state'], 'closed')
        now = self.lease(ids[0])
        self.assertEqual(now['last_day'], str(months(last, 3)))
        self.assertEqual((now['first_day'], now['extension']['made'], now['extension']['possible']),
                         (now['first_day'], 1, False))
        self.assertEqual((now['extension']['next_last_day'], now['extension']['cap']), (None, None))
        self.assertEqual([(h['extension'], h['last_day'], h['ended_as']) for h in now['history']],
                         [(0, str(last), 'extended'), (1, str(months(last, 3)), '')])
        self.assertEqual([h['case'] for h in now['history']], [no, ext])
        for day, want in ((last, 4), (last + DAY, 4), (months(last, 3), 4), (months(last, 3) + DAY, 0)):
            self.assertEqual(self.city.quota('longer', day=str(day))['vcpu']['allowance'], want, day)
        self.turn(last + DAY)
        self.assertIsNone(self.expiry_of(ids[0]))
        self.assertEqual(self.resource(ids[0])['state'], 'running')
        body = self.refused('lease-extensions-spent', self.extension, ids)
        self.assertEqual((body['parameter'], body['figures']['most']), ('extension.most', 1))

    # proves A23.1, T2
    def test_an_undecided_extension_holds_and_both_bodies_are_overdue(self):
        self.fresh('held')
        no, ids = self.running('held')
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        self.turn(self.ahead(last, 15))
        ext = self.extension(ids)
        stop = self.after(last)
        self.turn(stop + 10 * DAY)
        lease = self.lease(ids[0])
        self.assertEqual((lease['state'], lease['extension']['pending']), ('held', ext))
        self.assertIsNone(self.expiry_of(ids[0]))
        self.assertEqual(self.told('a1', 'lease-lapsed', no), [])
        over = [(c['no'], c['role']) for c in self.w['o1'].get('/api/v1/overdue', limit=200)['items']]
        for role in ('authority', 'econ_info'):
            self.assertIn((ext, role), over)
        self.assertEqual(self.city.quota('held')['vcpu']['allowance'], 4)
        # refused after all: ended from there, the unit is still asked for its data
        today = self.city.clock()
        self.w['a1'].decide(ext, 'decide', 'refuse', reason='应急事项已结束')
        self.turn(today + DAY)
        expiry = self.expiry_of(ids[0])
        self.assertEqual(steps(expiry), ['backup'])
        due = datetime.date.fromisoformat(expiry['steps'][0]['due']['day'])
        self.assertGreater(due, today)
        self.turn(due + DAY)
        self.assertIn('stop', steps(self.expiry_of(ids[0])))

    def test_after_an_outage_only_the_latest_notice_is_given(self):
        self.fresh('asleep')
        no, ids = self.running('asleep')
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        self.turn(self.ahead(last, 5), at_once=True)
        self.assertEqual(len(self.notices(no)), 1)
        story = self.w['u1'].get(f'/api/v1/cases/{no}/events')['items']
        self.assertEqual([(e['outcome'], e['reason']) for e in story if e['kind'] == 'lease.notice'],
                         [('5wd', '25wd 20wd 10wd')])
        self.assertIsNotNone(self.expiry_of(ids[0]))

    # proves A23.1, T1
    def test_a_wanted_end_counts_and_never_passes_the_cap(self):
        self.fresh('wanted')
        today = self.city.clock()
        cap = months(today, 3)
        body = self.refused('lease-over-cap', self.emergency, 'wanted', until=str(cap + DAY))
        self.assertEqual((body['article'], body['parameter'], body['field'], body['figures']['last']),
                         ('23', 'lease.emergency', '/form/until', str(cap)))
        self.refused('lease-in-the-past', self.emergency, 'wanted', until=str(today - DAY))
        _, ids = self.running('wanted', until=str(today + 30 * DAY))
        self.assertEqual(self.lease(ids[0])['last_day'], str(today + 30 * DAY))
        # too short for an extension: the grant says so
        _, ids = self.running('wanted', until=str(today + 10 * DAY))
        self.assertEqual(self.lease(ids[0])['extension']['possible'], False)
        body = self.refused('lease-extension-never', self.extension, ids)
        self.assertEqual(body['figures']['allocated'], str(today))
        self.refused('resource-leased', self.w['u1'].file, 'expansion',
                     {'changes': [{'resource': ids[0], 'quantity': '2'}], 'reason': '更多',
                      'backup': {'choice': 'nothing_to_keep'}}, project='wanted')

    def test_what_was_granted_and_is_not_needed_any_more_leaves_nothing(self):
        self.fresh('dropped')
        no = self.emergency('dropped')
        self.w['e1'].decide(no, 'grant')
        done = self.w['p1'].decide(no, 'open', 'dropped')
        self.assertEqual(done['state'], 'closed')
        line = self.city.quota('dropped')['vcpu']
        self.assertEqual((line['effective'], line['reserved'], line['allocated']), (100, 0, 0))

    def test_a_returned_early_resource_ends_its_lease_and_what_was_started_for_it(self):
        self.fresh('early')
        _, ids = self.running('early', 2)
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        self.turn(self.ahead(last, 5))
        expiry = self.expiry_of(ids[0])
        gone = self.w['u1'].file('reclaim', {'resources': ids[:1], 'reason': '提前结束',
                                             'backup': {'choice': 'migrated'}})['no']
        self.w['o1'].decide(gone, 'review')
        self.w['p1'].decide(gone, 'stop', 'done')
        self.assertEqual(self.lease(ids[0])['state'], 'ended')
        case = self.w['u1'].case(expiry['no'])
        self.assertEqual([r['id'] for r in case['resources']], ids[1:])
        self.assertEqual(self.city.quota('early')['vcpu']['allowance'], 4)

    def test_a_lease_that_was_recorded_wrongly_is_corrected_with_what_was_allowed_for_it(self):
        self.city.person('e2', 'econ_info', 'econ')
        self.fresh('wrong')
        no, ids = self.running('wrong')
        last = datetime.date.fromisoformat(self.lease(ids[0])['last_day'])
        right = self.city.clock() + 40 * DAY

        def correct(day):
            return self.w['e1'].file('correction', {'article': '23', 'reason': '录入有误', 'leases': [
                {'resource': ids[0], 'last_day': str(day)}]}, about=no)['no']
        self.refused('lease-too-long', correct, last + DAY)
        case = correct(right)
        self.w['e2'].decide(case, 'econ_review')
        self.w['o1'].decide(case, 'carry_out', 'done')
        now = self.lease(ids[0])
        self.assertEqual(now['last_day'], str(right))
        self.assertEqual([h['ended_as'] for h in now['history']], ['corrected', ''])
        self.assertEqual(self.city.quota('wrong', day=str(right))['vcpu']['allowance'], 4)
        self.assertEqual(self.city.quota('wrong', day=str(right + DAY))['vcpu']['allowance'], 0)

    # who sees what

    def test_leases_are_seen_by_the_unit_the_operator_and_nobody_elses(self):
        self.fresh('seen')
        _, ids = self.running('seen')
        for who in ('u1', 'o1', 'e1', 'a1', 'sp'):
            self.assertEqual(self.lease(ids[0], who)['resource'], ids[0], who)
        for who in ('u2', 'du', 'dd'):
            self.refused('lease-missing-here', self.lease, ids[0], who)
        self.refused('not-permitted', self.lease, ids[0], 'p1')


on_both_engines(Leases)
del Leases

if __name__ == '__main__':
    unittest.main()
