"""A calendar that comes in later moves open deadlines, never to an earlier day (T4)."""
import datetime
import os
import re
import shutil
import subprocess
import time
import unittest

from city import BIN, City, on_both_engines, today

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')


class Calendar:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def install(self, policy):
        self.city.server.stop()
        subprocess.run([f'{BIN}/yunheng', 'install', *self.city.store.args()], check=True,
                       env=dict(os.environ, YUNHENG_POLICY=policy))
        self.city.server.start()
        self.city.meet()

    def test_T4_a_holiday_announced_later_moves_the_due_day_back_and_never_forth(self):
        self.city.project('cal')
        no = self.city.apply('cal', 1)['no']

        def due():
            return datetime.date.fromisoformat(
                self.city.who['u1'].case(no)['steps'][0]['due']['day'])
        before = due()
        policy = os.path.join(self.city.store.dir, 'policy')
        shutil.copytree(POLICY, policy)
        path = os.path.join(policy, 'calendars', f'{before.year}.yaml')
        if not os.path.exists(path):
            self.skipTest(f'the schedule of {before.year} is not announced')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        days = [before - datetime.timedelta(days=n) for n in range((before - today()).days)]
        new = [d.isoformat() for d in days if d.weekday() < 5 and d.isoformat() not in text]
        with open(path, 'w', encoding='utf-8') as f:
            f.write(re.sub(r'rest: *\[', 'rest: [' + ''.join(d + ', ' for d in new), text, count=1)
                    if re.search(r'rest: *\[', text) else
                    re.sub(r'rest:\n', 'rest:\n' + ''.join(f'  - {d}\n' for d in new), text, count=1))
        self.install(policy)
        end = time.monotonic() + 60
        while due() == before:
            self.assertLess(time.monotonic(), end, 'the due day did not move')
            time.sleep(0.05)
        moved = due()
        self.assertGreater(moved, before)
        self.install(POLICY)
        self.city.apply('cal', 1)
        time_to_run = time.monotonic() + 3
        while time.monotonic() < time_to_run:
            self.assertEqual(due(), moved, 'a told due day moved to an earlier one')


on_both_engines(Calendar)
del Calendar

if __name__ == '__main__':
    unittest.main()
