"""./quickstart in a folder of its own: interrupted, then twice at once, then once more. Nothing is installed
or built; the city that it makes and the server that it starts are real, the city only a small one."""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

BIN = os.path.abspath(os.environ.get('YH_BIN_DIR', 'build/src/cmd'))
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'quickstart')
TRIES, PATIENCE = 3000, 150  # of a tenth of a second, and seconds: what hangs fails at last

# each says that it was called; who stands at a gate waits until it is opened
CALLED = '#!/bin/bash\nset -eu\necho {name} >>"$ROOM/calls"\n'
GATE = 'while [ -e "$ROOM/gate-{name}" ]; do sleep 0.05; done\n'
STUBS = {
    'work/tools/install': '',
    'path/meson': 'mkdir -p build && touch build/build.ninja\n',
    'path/ninja': GATE + 'mkdir -p build/src/cmd && cp "$ROOM"/made/* build/src/cmd/\n',
    'made/yunhengd': 'exec "$BIN/yunhengd" "$@"\n',
    'made/yunheng': '''data=${*: -1}
if [ -e "$ROOM/gate-yunheng" ]; then mkdir "$data" && touch "$data/half" "$data/yunheng.db"; fi
''' + GATE + 'words=("$@")\nexec "$BIN/yunheng" "${words[@]/#12/1}" --small\n',
}


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        adopt = 36  # PR_SET_CHILD_SUBREAPER: a server outlives its script, and its end is to be waited for
        assert ctypes.CDLL(None).prctl(adopt, 1, 0, 0, 0) == 0

    def setUp(self):
        room = tempfile.TemporaryDirectory(prefix='yh-quickstart-')
        self.addCleanup(room.cleanup)
        self.room, self.work = room.name, os.path.join(room.name, 'work')
        for path, script in STUBS.items():
            whole, name = os.path.join(self.room, path), os.path.basename(path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, 'w', encoding='utf-8') as f:
                f.write(CALLED.replace('{name}', name) + script.replace('{name}', name))
            os.chmod(whole, 0o755)
        shutil.copy(SCRIPT, self.work)
        self.env = {**os.environ, 'ROOM': self.room, 'BIN': BIN, 'YUNHENG_PORT': '0',
                    'PATH': os.path.join(self.room, 'path') + ':' + os.environ['PATH']}
        self.env.pop('YUNHENG_DATA', None)
        self.addCleanup(lambda: self.ended(self.begun('stop')))

    def begun(self, *words):
        # where nobody is at a terminal, that it ignores Ctrl-C may be inherited
        terminal = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        run = subprocess.Popen(['./quickstart', *words], cwd=self.work, env=self.env, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True, preexec_fn=terminal)
        self.addCleanup(self.swept, run)
        return run

    @staticmethod
    def swept(run):
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
        run.stdout.close()

    def ended(self, run):
        text, _ = run.communicate(timeout=PATIENCE)
        self.assertEqual(run.returncode, 0, text)
        return text

    def gate(self, name, shut):
        path = os.path.join(self.room, 'gate-' + name)
        if shut:
            with open(path, 'w', encoding='utf-8'):
                pass
        else:
            os.unlink(path)

    def calls(self):
        with open(os.path.join(self.room, 'calls'), encoding='utf-8') as f:
            return f.read().split()

    def until(self, holds):
        for _ in range(TRIES):
            if holds():
                return
            time.sleep(0.1)
        self.fail('it did not come to that')

    def here(self, path):
        return os.path.exists(os.path.join(self.work, 'demo-data', path))

    def interrupted(self):
        """Ctrl-C as the city is being made: whoever is at the terminal has all its processes ended."""
        self.gate('yunheng', True)
        run = self.begun()
        self.until(lambda: self.here('half'))
        os.killpg(run.pid, signal.SIGINT)
        text, _ = run.communicate(timeout=PATIENCE)
        self.assertNotEqual(run.returncode, 0, text)
        self.gate('yunheng', False)

    def answers(self, text):
        [base] = re.findall(r'(?:console|already running): (http://127\.0\.0\.1:\d+)', text)
        with urllib.request.urlopen(base + '/healthz', timeout=PATIENCE) as reply:
            self.assertEqual(reply.status, 200)
        return base

    def stopped(self):
        with open(os.path.join(self.work, 'demo-data', 'yunhengd.pid'), encoding='utf-8') as f:
            server = int(f.read())
        run = self.begun('stop')
        os.waitpid(server, 0)
        self.assertIn('stopped', self.ended(run))

    def test_a_city_is_made_once_whoever_is_interrupted_or_comes_at_the_same_time(self):
        self.interrupted()
        self.gate('ninja', True)
        first = self.begun()
        self.until(lambda: self.calls().count('ninja') == 2)
        second = self.begun()
        waits = second.stdout.readline()
        self.assertIn('waiting for it', waits)
        self.gate('ninja', False)
        base = self.answers(self.ended(first))
        self.assertEqual(self.answers(self.ended(second)), base)
        self.assertFalse(self.here('half'))
        self.assertTrue(self.here('demo-accounts.txt'))
        self.assertEqual(self.calls(), ['install', 'meson', 'ninja', 'yunheng',
                                        'install', 'ninja', 'yunheng', 'yunhengd'])

        self.stopped()
        self.answers(self.ended(self.begun()))
        self.assertEqual(self.calls()[8:], ['install', 'ninja', 'yunhengd'])
        self.stopped()


if __name__ == '__main__':
    unittest.main()
