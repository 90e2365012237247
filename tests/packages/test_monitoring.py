"""The dashboard and the alert rules: they are right, and ask for nothing that the server does not say."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
from city import BIN, Server, Store  # noqa: E402 pylint: disable=C0413

HERE = pathlib.Path(__file__).parent
FILES = HERE.parents[1] / 'packaging/monitoring'
RULES = FILES / 'yunheng.rules.yml'
# a server says these of the districts that it is paired with, see tests/api/test_link.py
PAIRED = {'yunheng_link_lag_seconds', 'yunheng_link_waiting_documents', 'yunheng_link_skew_seconds'}
OTHERS = {'up'}  # Prometheus's own


def expressions():
    dashboard = json.loads((FILES / 'dashboard.json').read_text(encoding='utf-8'))
    for panel in dashboard['panels']:
        for target in panel.get('targets', ()):
            yield panel['title'], target['expr'].replace('$instance', '.*')
    for note in dashboard['annotations']['list']:
        yield note['name'], note['expr'].replace('$instance', '.*')
    for rule in re.split(r'(?m)^ +- alert: ', RULES.read_text(encoding='utf-8'))[1:]:
        yield rule.split()[0], re.search(r'expr: (.*?)\n +(?:for|labels):', rule, re.S)[1]


def metrics_of(expr):
    return set(re.findall(r'\b(?:yunheng|process)_[a-z0-9_]+|\bup\b', re.sub(r'"[^"]*"', '', expr)))


class Monitoring(unittest.TestCase):
    def test_the_rules_wake_whom_they_must_and_nobody_else(self):
        if not shutil.which('promtool'):
            self.skipTest('promtool comes with the package prometheus')
        with tempfile.TemporaryDirectory() as folder:
            for path in (RULES, HERE / 'rules_test.yml'):
                shutil.copy(path, folder)
            for words in (['check', 'rules', 'yunheng.rules.yml'], ['test', 'rules', 'rules_test.yml']):
                done = subprocess.run(['promtool', *words], cwd=folder, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_S23_every_expression_asks_for_what_a_running_server_says(self):
        store = Store(None)
        try:
            store.init()
            with tempfile.TemporaryDirectory() as sets:
                server = Server(store, '--backup-dir', sets)
                with urllib.request.urlopen(f'http://127.0.0.1:{server.port}/metrics') as reply:
                    said = reply.read().decode()
                server.stop()
        finally:
            store.drop()
        names = set(re.findall(r'^([a-z0-9_]+)[ {]', said, re.M)) | PAIRED | OTHERS
        kinds = dict(re.findall(r'^# TYPE (\S+) (\S+)$', said, re.M))
        asked = set()
        for where, expr in expressions():
            found = metrics_of(expr)
            self.assertTrue(found, where)
            self.assertLessEqual(found, names, where)
            asked |= found
            for name in found & kinds.keys():
                counted = re.search(rf'(rate|increase)\({name}\b', expr)
                self.assertEqual(bool(counted), kinds[name] == 'counter', f'{where}: {name} is a {kinds[name]}')
        self.assertGreater(len(asked), 50)

    def test_what_is_asked_for_is_told_of_in_the_guide(self):
        guide = (HERE.parents[1] / 'docs/metrics.zh-CN.md').read_text(encoding='utf-8')
        for where, expr in expressions():
            for name in metrics_of(expr) - OTHERS:
                self.assertIn(re.sub('_(bucket|sum|count)$', '', name), guide, where)

    def test_the_dashboard_is_whole(self):
        dashboard = json.loads((FILES / 'dashboard.json').read_text(encoding='utf-8'))
        panels = dashboard['panels']
        self.assertEqual(len({p['id'] for p in panels}), len(panels))
        for p in panels:
            at = p['gridPos']
            self.assertLessEqual(at['x'] + at['w'], 24, p['title'])
            self.assertIn(' / ', p['title'], 'in both languages')
        taken = [(x, y) for p in panels for x in range(p['gridPos']['x'], p['gridPos']['x'] + p['gridPos']['w'])
                 for y in range(p['gridPos']['y'], p['gridPos']['y'] + p['gridPos']['h'])]
        self.assertEqual(len(taken), len(set(taken)), 'panels lie beside each other')


if __name__ == '__main__':
    unittest.main()
