"""The simulated city keeps its invariants and is the same twice for one seed."""
import os
import subprocess
import tempfile
import unittest

BIN = os.environ.get('YH_BIN_DIR', 'build/src/cmd')


class Simulation(unittest.TestCase):
    def live(self, seed):
        with tempfile.TemporaryDirectory() as data:
            done = subprocess.run([f'{BIN}/yunheng', 'simulate', '--data', data, '--small',
                                   '--months', '3', '--seed', str(seed)], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            verified = subprocess.run([f'{BIN}/yunheng', 'audit', 'verify', '--data', data],
                                      capture_output=True, text=True, check=False)
            self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
            return done.stdout.splitlines()

    def test_one_seed_lives_the_same_record_twice_and_another_does_not(self):
        first, again, other = self.live(7), self.live(7), self.live(8)
        self.assertEqual(first, again)
        self.assertNotEqual(first[-1], other[-1])
        self.assertIn('cases', first[0])


if __name__ == '__main__':
    unittest.main()
