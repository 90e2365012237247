"""A server with the demonstration's city, to be attacked by tools from elsewhere: on this machine's own
address, and looked at meanwhile."""
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import city  # pylint: disable=wrong-import-position
import sweep  # pylint: disable=wrong-import-position


class Attacked:
    def __init__(self):
        self.store = city.Store(None)
        try:
            subprocess.run([f'{city.BIN}/yunheng', 'simulate', '--seed', '1', '--months', '4', '--small', '--demo',
                            '--data', self.store.data], check=True, capture_output=True)
            with open(os.path.join(self.store.data, 'demo-accounts.txt'), encoding='utf-8') as f:
                self.password = f.readline().split()[-1]
            self.server = city.Server(self.store)
            self.unit = self.server.session('unit01', self.password)
        except BaseException:
            self.store.drop()
            raise
        self.url = f'http://127.0.0.1:{self.server.port}'
        self.cookie = 'yh_session=' + self.unit.token
        self.api = self.unit.get('/api/v1/openapi.json')

    def run(self, seconds, *command, **more):
        """A tool's output; it has so long, and is ended then."""
        env = dict(os.environ, HOME=self.store.dir, XDG_CONFIG_HOME=self.store.dir, NO_COLOR='1')
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                              stdin=subprocess.DEVNULL, env=env, cwd=self.store.dir, start_new_session=True, **more) as p:
            try:
                return p.communicate(timeout=seconds)[0]
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, 15)
                return p.communicate()[0]

    def searches(self):
        """Addresses of lists with each text that one may search them by."""
        found = []
        for method, path, op in sweep.operations(self.api):
            if method != 'GET' or '{' in path or 'text/event-stream' in str(op['responses']):
                continue
            names = [p['name'] for p in sweep.parameters(self.api, op, 'query')]
            least = sweep.query(self.api, op, {'cloud': 'YH', 'from': '2026-11-02', 'period': '5wd'})
            for name in names:
                if name in ('text', 'case', 'project', 'unit', 'kind', 'state', 'cursor', 'resource'):
                    found.append(path + least + ('&' if least else '?') + name + '=a')
        return found

    @contextlib.contextmanager
    def watched(self):
        """Meanwhile others ask; gives the list of how each was answered: (seconds, status)."""
        answers, done = [], threading.Event()

        def ask():
            while not done.is_set():
                began = time.monotonic()
                line = sweep.Line(self.unit)
                try:
                    status = line.send('GET', '/api/v1/projects')[0]
                except OSError:
                    status = 0
                finally:
                    line.conn.close()
                answers.append((time.monotonic() - began, status))
                done.wait(0.2)
        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield answers
        finally:
            done.set()
            thread.join()

    def failures(self):
        """Requests that the server says it failed at, out of its own log."""
        with open(self.server.log, encoding='utf-8', errors='replace') as f:
            text = f.read()
        assert 'Sanitizer' not in text, text[-3000:]
        return sorted(set(re.findall(r'\w+ /\S* 5(?!03)\d\d .*', text)))

    def close(self):
        self.server.stop()
        self.store.drop()


def params(url):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)


def read_json(path):
    with open(path, encoding='utf-8') as f:
        return json.load(f)
