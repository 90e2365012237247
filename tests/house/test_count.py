"""The closing line of a run counts what went wrong: on what this machine's meson writes of suites that
pass, fail, hang, break off or break down."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = os.path.join(HERE, '..', 'tools', 'count.py')
PROGRAMS = {
    'well': 'echo 1..3; echo ok 1 - one; echo ok 2 - two; echo ok 3 - three \\# SKIP not here',
    'ill': 'echo 1..2; echo ok 1 - fine; echo not ok 2 - wrong; echo "# it was 7"; exit 1',
    'hangs': 'echo 1..2; echo ok 1 - first; exec sleep 600',
    'breaks': 'echo 1..3; echo ok 1 - first; kill -SEGV $$',
    'leaks': 'echo 1..1; echo ok 1 - first; echo "ERROR: LeakSanitizer" >&2; exit 23',
}
PLAIN = {'plain': 'exit 0', 'plain_ill': 'echo because; exit 1', 'plain_hangs': 'exec sleep 600',
         'plain_skipped': 'exit 77'}


def meson(folder, *args):
    return subprocess.run(['meson', *args], cwd=folder, capture_output=True, text=True, check=False)


class Counted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.folder = cls.kept.name
        lines = ["project('p')"]
        for name, script in {**PROGRAMS, **PLAIN}.items():
            path = os.path.join(cls.folder, name + '.sh')
            with open(path, 'w', encoding='utf-8') as f:
                f.write(f'#!/bin/sh\n{script}\n')
            os.chmod(path, 0o755)
            lines.append(f"test('{name}', files('{name}.sh'), suite: ['s', 'once'],"
                         f" timeout: {1 if 'hangs' in name else 120}" + (", protocol: 'tap')" if name in PROGRAMS else ')'))
        with open(os.path.join(cls.folder, 'meson.build'), 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')
        made = meson(cls.folder, 'setup', 'build')
        assert made.returncode == 0, made.stdout

    def counted(self, *names):
        """The lines of the count after a run of these."""
        meson(self.folder, 'test', '-C', 'build', *names)
        return self.count('build/meson-logs/testlog.junit.xml')

    def count(self, path):
        done = subprocess.run([sys.executable, COUNT, path], cwd=self.folder, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.stderr, '')
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0 if ' 0 failed' in lines[-1] and lines[-1][0] != '0' else 1)
        return lines

    def test_what_passes_and_what_is_skipped_is_counted(self):
        self.assertEqual(self.counted('well', 'plain', 'plain_skipped'), ['3 passed, 0 failed, 2 skipped'])

    def test_a_case_that_fails_is_named_with_what_it_said_and_counted_once(self):
        lines = self.counted('well', 'ill')
        self.assertIn('ill', lines[0])
        self.assertIn('wrong', lines[0])
        self.assertEqual(lines[1].strip(), '# it was 7')
        self.assertEqual(lines[2:], ['3 passed, 1 failed, 1 skipped'])

    def test_a_suite_that_hangs_breaks_down_or_ends_badly_failed_however_many_of_its_cases_passed(self):
        lines = self.counted('well', 'hangs', 'breaks', 'leaks')
        self.assertEqual(lines[-1], '5 passed, 3 failed, 1 skipped')
        for name, how in (('hangs', 'not done in time'), ('breaks', ''), ('leaks', '')):
            [line] = [l for l in lines if l.startswith(f'failed: p:s+once / {name}:')]
            self.assertIn(how, line)
        self.assertIn('    ERROR: LeakSanitizer', lines)

    def test_a_program_without_cases_that_fails_or_hangs_has_not_passed(self):
        lines = self.counted('plain', 'plain_ill', 'plain_hangs')
        self.assertEqual(lines[-1], '1 passed, 2 failed, 0 skipped')
        [line] = [l for l in lines if 'plain_hangs' in l]
        self.assertIn('not done in time', line)
        self.assertIn('    because', lines)

    def test_a_run_without_an_account_failed(self):
        lines = self.count('build/nowhere/testlog.junit.xml')
        self.assertIn('no whole account', lines[0])
        self.assertEqual(lines[-1], '0 passed, 1 failed, 0 skipped')


if __name__ == '__main__':
    unittest.main()
