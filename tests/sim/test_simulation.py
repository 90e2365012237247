"""The simulated city keeps its invariants and is the same twice for one seed; with two servers that race
over one PostgreSQL it keeps them, too."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

BIN = os.environ.get('YH_BIN_DIR', 'build/src/cmd')
POSTGRES = os.environ.get('YH_TEST_POSTGRES')
LADDER = ('findings', 'reported', 'dismissed', 'answered', 'silent', 'not verified', 'cut off', 'held back',
          'supplied again', 'destroyed')
EVALUATED = ('evaluations', 'objections', 'upheld', 'orders', 'lowered', 'lines at it', 'corrected by it')
SETTLED = ('settled months', 'fen', 'paid', 'disputed', 'corrections')


def city(data, seed, months, *more):
    done = subprocess.run([f'{BIN}/yunheng', 'simulate', '--data', data, '--months', str(months), '--seed',
                           str(seed), *more], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines()


def counted(lines):
    """Every "word 12" of the report."""
    return {name.strip(): int(n) for name, n in re.findall(r'([a-z][a-z ]*) (\d+)', ' '.join(lines[:-1]))}


class Simulation(unittest.TestCase):
    def live(self, seed, months):
        with tempfile.TemporaryDirectory() as data:
            lines = city(data, seed, months, '--small')
            verified = subprocess.run([f'{BIN}/yunheng', 'audit', 'verify', '--data', data],
                                      capture_output=True, text=True, check=False)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
            return lines

    # proves X1
    def test_one_seed_lives_the_same_record_twice_and_another_does_not(self):
        first, again, other = self.live(7, 3), self.live(7, 3), self.live(8, 3)
        self.assertEqual(first, again)
        self.assertNotEqual(first[-1], other[-1])
        self.assertIn('cases', first[0])

    # proves A25.2, A25.3, A27.1, A33.1, A34.2
    def test_every_rung_of_the_ladder_is_stood_on_and_months_settled_and_evaluated_with_crashes_in_between(self):
        seen = counted(self.live(9, 10))
        self.assertEqual([name for name in LADDER + SETTLED + EVALUATED if not seen[name]], [], seen)
        self.assertGreater(seen['corrections'], seen['corrected by it'])
        self.assertGreater(seen['crashes'], 10)


@unittest.skipUnless(POSTGRES, 'YH_TEST_POSTGRES is not set')
class Rivals(unittest.TestCase):
    def test_two_servers_that_race_over_one_store_bring_about_everything_once(self):
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
        from city import Store  # pylint: disable=import-outside-toplevel
        store = Store(POSTGRES)
        try:
            seen = counted(city(store.data, 9, 4, '--small', '--servers', '2', '--database', store.url))
        finally:
            store.drop()
        self.assertGreater(seen['races'], 20)
        self.assertGreater(seen['crashes'], 40)


if __name__ == '__main__':
    unittest.main()
