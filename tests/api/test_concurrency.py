"""Many at once for the last of a quota: never over it, nothing lost, nothing left held."""
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from city import SHARED_METER, City, Server, Session, on_both_engines

MANY = 200
ROOM = 25  # how many applications of one machine the quota takes


class LastOfTheQuota:
    races = True

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, serve=SHARED_METER)
        cls.u1 = cls.city.who['u1']
        cls.ports = [cls.city.server.port]
        cls.second = None
        if cls.postgres:
            cls.second = Server(cls.city.store, *SHARED_METER)
            cls.ports.append(cls.second.port)

    @classmethod
    def tearDownClass(cls):
        if cls.second:
            cls.second.stop()
        cls.city.close()

    def all_at_once(self, calls, threads=MANY):
        """Runs the calls together; their (status, body, headers) in order."""
        gate = threading.Barrier(threads)

        def run(call):
            gate.wait(60)
            return call()
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(run, calls))

    def ask(self, at, project, quantity='1'):
        who = Session(self.ports[at % len(self.ports)], self.u1.token, self.u1.csrf)
        body = {'procedure': 'test', 'project': project, 'form': {
            'items': [{'item': 'vm-4c8g', 'quantity': quantity, 'system': 's1'}]}}
        return lambda: who.raw('POST', '/api/v1/cases', body)

    def sort(self, replies):
        won, slugs = [], {}
        for status, body, _ in replies:
            if status == 201:
                won.append(body['no'])
                continue
            slugs[body['slug']] = slugs.get(body['slug'], 0) + 1
            if body['slug'] != 'quota-exceeded':
                self.assertEqual(status, 503, body)
        return won, slugs

    def test_A19_1_two_hundred_ask_for_the_last_of_a_quota(self):
        self.city.project('last', dims={'vcpu': 4 * ROOM, 'memory_gib': 10000})
        replies = self.all_at_once([self.ask(i, 'last') for i in range(MANY)])
        won, slugs = self.sort(replies)
        line = self.city.quota('last')['vcpu']
        self.assertEqual(line['reserved'], 4 * len(won))
        self.assertLessEqual(line['reserved'], line['effective'])
        self.assertEqual(len(won) + sum(slugs.values()), MANY)
        self.assertEqual(len(set(won)), len(won))
        if 'quota-exceeded' in slugs:
            self.assertEqual(len(won), ROOM)
        # who was turned away by a full queue comes again: then the quota is full to the brim
        for i in range(ROOM - len(won)):
            status, body, _ = self.ask(i, 'last')()
            self.assertEqual(status, 201, body)
            won.append(body['no'])
        status, body, _ = self.ask(0, 'last')()
        self.assertEqual((status, body['slug']), (422, 'quota-exceeded'))

        def withdraw(at, no):
            who = Session(self.ports[at % len(self.ports)], self.u1.token, self.u1.csrf)
            return lambda: who.raw('POST', f'/api/v1/cases/{no}/withdrawal', {'reason': '重新测算'})
        gone = self.all_at_once([withdraw(i, no) for i, no in enumerate(won)], len(won))
        for no, (status, body, _) in zip(won, gone):
            if status == 503:
                status, body, _ = withdraw(0, no)()
            self.assertLess(status, 300, body)
        self.assertEqual(self.city.quota('last')['vcpu']['reserved'], 0)
        states = {c['no']: c['state'] for c in self.everything('last')}
        self.assertEqual(states, {no: 'withdrawn' for no in won})
        self.assertEqual(self.ask(0, 'last', str(ROOM))()[0], 201)

    def everything(self, project):
        found, cursor = [], {}
        while True:
            page = self.u1.get('/api/v1/cases', limit=200, procedure='test', project=project,
                               **cursor)
            found += page['items']
            if not page.get('next'):
                return found
            cursor = {'cursor': page['next']}

    def test_X2_a_reduction_and_an_application_do_not_both_take_the_same_room(self):
        e1, calls, names = self.city.who['e1'], [], [f'squeeze{i}' for i in range(12)]
        for i, name in enumerate(names):
            self.city.project(name, dims={'vcpu': 8, 'memory_gib': 1000})
            no = self.u1.file('quota_change', {'action': 'reduce', 'reason': '压减', 'dimensions': [
                {'dimension': 'vcpu', 'quantity': '4'}]}, project=name)['no']
            decider = Session(self.ports[i % len(self.ports)], e1.token, e1.csrf)
            calls.append(lambda no=no, who=decider: who.raw(
                'POST', f'/api/v1/cases/{no}/steps/review/decision',
                {'outcome': 'approve', 'reason': '同意'}))
            calls.append(self.ask(i + 1, name, '2'))
        replies = self.all_at_once(calls, len(calls))
        for i, name in enumerate(names):
            reduced, applied = replies[2 * i][0], replies[2 * i + 1][0]
            line = self.city.quota(name)['vcpu']
            with self.subTest(project=name, reduced=reduced, applied=applied):
                self.assertLessEqual(line['reserved'], line['effective'])
                self.assertLessEqual({reduced, applied}, {200, 201, 422, 503})
                self.assertNotEqual((reduced, applied), (200, 201))
                if 503 not in (reduced, applied):
                    self.assertNotEqual((reduced, applied), (422, 422))

    def test_one_decision_is_taken_once_however_many_press_the_button(self):
        self.city.project('once', dims={'vcpu': 100, 'memory_gib': 10000})
        no = self.city.apply('once', 2)['no']
        o1 = self.city.who['o1']

        def press(at):
            who = Session(self.ports[at % len(self.ports)], o1.token, o1.csrf)
            return lambda: who.raw('POST', f'/api/v1/cases/{no}/steps/review/decision',
                                   {'outcome': 'approve', 'reason': '同意'})
        replies = self.all_at_once([press(i) for i in range(40)], 40)
        self.assertEqual([s for s, _, _ in replies].count(200), 1, replies)
        for status, body, _ in replies:
            if status != 200:
                self.assertIn((status, body['slug']) if status != 503 else 503,
                              [503, (409, 'step-not-open')])
        self.assertEqual(len(self.u1.case(no)['resources']), 1)

    def test_A29_1_of_many_cases_that_would_enter_the_same_record_one_does(self):
        self.city.project('shared')
        form = {'system': 's1', 'builder': '建设方', 'runner': '运行方', 'manager': '管理方', 'user': '使用方',
                'contact': '王工'}
        cases = [self.u1.file('responsibility', form, project='shared')['no'] for _ in range(12)]
        o1 = self.city.who['o1']

        def accept(at, no):
            who = Session(self.ports[at % len(self.ports)], o1.token, o1.csrf)
            return lambda: who.raw('POST', f'/api/v1/cases/{no}/steps/accept/decision',
                                   {'outcome': 'approve', 'reason': '同意'})
        replies = self.all_at_once([accept(i, no) for i, no in enumerate(cases)], len(cases))
        self.assertEqual([s for s, _, _ in replies].count(200), 1, replies)
        self.assertLessEqual({b['slug'] for s, b, _ in replies if s == 422}, {'record-exists'})
        records = o1.get('/api/v1/records', register='responsibility', project='civil.shared')['items']
        self.assertEqual(len(records), 1)


on_both_engines(LastOfTheQuota)
del LastOfTheQuota

if __name__ == '__main__':
    unittest.main()
