"""Background jobs as those who run the platform see them: what waits, what fails and why, trying again; and
what the server says of them to whoever watches it."""
import datetime
import http.client
import json
import subprocess
import unittest

from city import BIN, City, Problem, on_both_engines

POISON = '0192f000000070008000000000000bad'


class Jobs:
    races = True

    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres, init=('--demo-clock',))
        cls.w = cls.city.who
        blob = f"'\\x{POISON}'" if cls.postgres else f"x'{POISON}'"
        cls.city.store.sql("INSERT INTO job (id, kind, due_at, tries, fault) VALUES"
                           f" ({blob}, 'no.such', 1, 0, '')")
        cls.job = '-'.join((POISON[:8], POISON[8:12], POISON[12:16], POISON[16:20], POISON[20:]))
        City.wait_until(lambda: cls.show()['failures'] > 0, 'the poisoned job was never tried')

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    @classmethod
    def show(cls):
        return cls.w['sysadmin'].get('/api/v1/jobs/' + cls.job)

    def plain(self, path):
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        try:
            conn.request('GET', path)
            return conn.getresponse().read().decode()
        finally:
            conn.close()

    def refused(self, slug, call, *args):
        with self.assertRaises(Problem) as caught:
            call(*args)
        self.assertEqual(caught.exception.slug, slug, str(caught.exception))

    def test_1_a_failing_job_says_why_how_often_and_when_it_is_tried_again(self):
        seen = []
        City.wait_until(lambda: seen.extend(self.w['o1'].get('/api/v1/jobs', state='failing')['items']) or seen,
                        'nothing fails')  # while it is tried, nothing does
        [job] = seen
        self.assertEqual((job['id'], job['kind'], job['state'], job['slug'], job['figures']),
                         (self.job, 'no.such', 'failing', 'job-unknown', {'kind': 'no.such'}))
        self.assertEqual(job['sentence'], 'There is no kind of job called no.such.')
        self.assertLess(job['failed_at'], job['due_at'])
        def counts():
            return self.w['o1'].get('/api/v1/job-counts')
        City.wait_until(lambda: counts()['failing'] == 1, 'it is not counted')
        self.assertGreaterEqual(counts()['waiting'], 3)

    def test_2_retried_it_is_tried_at_once_and_the_record_says_by_whom(self):
        before = self.show()['failures']
        self.w['o1'].call('POST', f'/api/v1/jobs/{self.job}/retry')
        City.wait_until(lambda: self.show()['failures'] > before, 'it was not tried again')
        City.wait_until(lambda: any(e['kind'] == 'job.retried' and e['person'] == 'o1' for e in
                                    self.w['auditor'].get('/api/v1/audit/events', kind='job.retried')['items']),
                        'the record does not say so')

    # proves S22
    def test_3_only_who_runs_the_platform_sees_and_retries(self):
        for login in ('u1', 'a1', 'secadmin', 'auditor', 'p1'):
            self.refused('not-permitted', self.w[login].get, '/api/v1/jobs')
            self.refused('not-permitted', self.w[login].call, 'POST', f'/api/v1/jobs/{self.job}/retry')
        self.refused('job-absent', self.w['sysadmin'].get,
                     '/api/v1/jobs/0192f000-0000-7000-8000-000000000001')

    def test_4_lists_are_filtered_and_paged_in_the_order_of_due_times(self):
        city = self.city
        city.project('many')
        for _ in range(5):
            city.open(city.apply('many', 1)['no'])
        seen, page = [], self.w['o1'].get('/api/v1/jobs', kind='step.remind', limit=2)
        while True:
            seen += page['items']
            if not page['next']:
                break
            page = self.w['o1'].get('/api/v1/jobs', kind='step.remind', limit=2, cursor=page['next'])
        self.assertEqual(len({j['id'] for j in seen}), 5)
        self.assertEqual([j['due_at'] for j in seen], sorted(j['due_at'] for j in seen))
        self.assertTrue(all(j['case'].startswith('YH-') for j in seen))
        self.refused('cursor-invalid', lambda: self.w['o1'].get('/api/v1/jobs', cursor='x'))
        self.refused('field-choice', lambda: self.w['o1'].get('/api/v1/jobs', state='odd'))

    def test_5_after_an_outage_of_weeks_all_is_done_and_shown_as_done(self):
        day = self.city.clock()
        self.city.turn(day + datetime.timedelta(days=60), at_once=True)
        left = self.w['o1'].get('/api/v1/jobs', kind='step.remind')['items']
        self.assertEqual(left, [])
        done = self.w['o1'].get('/api/v1/jobs', state='done', kind='step.remind')['items']
        self.assertEqual(len(done), 5)
        self.refused('job-done', self.w['o1'].call, 'POST', f"/api/v1/jobs/{done[0]['id']}/retry")
        self.city.turn(day + datetime.timedelta(days=160))
        self.assertEqual(self.w['o1'].get('/api/v1/jobs', state='done', kind='step.remind')['items'], [])

    def test_6_the_command_line_lists_and_retries(self):
        env = {'YUNHENG_SERVER': f'http://127.0.0.1:{self.city.server.port}', 'PATH': '/usr/bin:/bin',
               'YUNHENG_TOKEN': self.w['o1'].call('POST', '/api/v1/account/tokens',
                                                  {'label': 'x', 'scopes': 'all', 'days': 9})['token'],
               'HOME': self.city.store.dir}
        for args in (['job', 'list', '--state', 'failing'], ['job', 'show', self.job],
                     ['job', 'retry', self.job]):
            out = subprocess.run([f'{BIN}/yunheng', *args, '--format', 'json'], env=env, text=True,
                                 capture_output=True)
            self.assertEqual(out.returncode, 0, out.stderr)
            self.assertIn(self.job, out.stdout)

    def test_7_who_watches_the_server_sees_it_too(self):
        City.wait_until(lambda: 'yunheng_jobs_failing 1' in self.plain('/metrics'), 'no figure')
        figures = self.plain('/metrics')
        for name in ('waiting', 'due', 'oldest_due_seconds', 'stalled_seconds',
                     'last_pass_timestamp_seconds'):
            self.assertIn(f'\nyunheng_jobs_{name} ', figures)
        warned = [{'slug': 'jobs-failing', 'figures': {'n': 1}}]
        City.wait_until(lambda: json.loads(self.plain('/readyz'))['warnings'] == warned, 'no warning')
        self.assertEqual(json.loads(self.plain('/readyz'))['status'], 'ready')


on_both_engines(Jobs)

if __name__ == '__main__':
    unittest.main()
