"""Stores that programs of their time made, on today's server: its own migration, the record, the figures,
and work that goes on."""
import gzip
import json
import os
import subprocess
import time
import unittest

from city import BIN, Server, Store, on_both_engines

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = os.environ.get('YH_UPGRADE_LOADER', os.path.join(BIN, '..', '..', 'tests', 'store', 'store_upgrade'))
REDUCE = {'action': 'reduce', 'reason': '清退', 'dimensions': [{'dimension': 'vcpu', 'quantity': '1'}]}


class Upgrade:
    def store(self, schema):
        path = os.path.join(HERE, '..', 'store', 'upgrade', f'{schema}.jsonl.gz')
        with gzip.open(path, 'rt', encoding='utf-8') as f:
            head = json.loads(f.readline())
        store = Store(self.postgres)
        self.addCleanup(store.drop)
        os.makedirs(os.path.join(store.data, 'keys'), mode=0o700)
        for name, hexed in head['keys'].items():
            with open(os.open(os.path.join(store.data, 'keys', name), os.O_WRONLY | os.O_CREAT, 0o600), 'wb') as f:
                f.write(bytes.fromhex(hexed))
        subprocess.run([LOADER, 'load', path, store.url or f'sqlite:{store.data}/yunheng.db'], check=True)
        # passwords grow old while the file lies in the tree
        store.sql(f'UPDATE person SET secret_at = {int(time.time() * 1000000)}')
        return store, head['password']

    def offline(self, store, *args):
        where = ['--database', store.url] if 'migrate' in args else store.args()
        return subprocess.run([f'{BIN}/yunheng', *args, *where], capture_output=True, text=True, check=False)

    @staticmethod
    def one_open(store):
        """A step that waits for a decision, and the role that takes it."""
        row = store.sql("SELECT c.no || ' ' || s.step || ' ' || s.role FROM case_step s JOIN case_file c ON c.id ="
                        " s.case_id WHERE s.closed_at IS NULL AND c.ended_at IS NULL AND s.role IN ('operator',"
                        " 'authority') AND s.kind = 'decide' ORDER BY s.role DESC, c.no LIMIT 1")
        return (row if isinstance(row, str) else row[0][0]).split()

    def came_through(self, schema):
        store, password = self.store(schema)
        early = self.offline(store, 'fsck')
        self.assertIn('schema-older', early.stderr)  # it keeps its figures elsewhere
        if store.url:
            with self.assertRaises(AssertionError) as refused:
                Server(store, '--meter', 'http://127.0.0.1:9')
            self.assertIn('schema-older', str(refused.exception))
            migrated = self.offline(store, 'migrate')
            self.assertEqual(migrated.returncode, 0, migrated.stderr)
        else:
            self.assertFalse(os.path.exists(f'{store.data}/yunheng.db.before-{schema}'))
        server = Server(store, *(('--meter', 'http://127.0.0.1:9') if store.url else ()))
        try:
            if not store.url:
                self.assertTrue(os.path.exists(f'{store.data}/yunheng.db.before-{schema}'))
            no, step, role = self.one_open(store)
            who = server.session(role, password)
            who.decide(no, step, form={'order': '按规定清退'} if step == 'consent' else None)
            self.assertIn(step, [s['step'] for s in who.case(no)['steps'] if s['closed_at']])
            unit = server.session('unit01', password)
            project = unit.get('/api/v1/projects', limit=200)['items'][0]
            filed = unit.file('quota_change', REDUCE, project=project['code'])['no']
            self.assertEqual(unit.case(filed)['state'], 'open')
        finally:
            self.assertEqual(server.stop(), 0)
        looked = self.offline(store, 'fsck')
        self.assertEqual(looked.returncode, 0, looked.stdout + looked.stderr)
        verified = self.offline(store, 'audit', 'verify')
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)

    # proves S11, S19
    def test_a_store_of_schema_37_comes_through_with_its_record_and_a_case_goes_on(self):
        self.came_through(37)

    def test_a_store_of_schema_22_comes_through_with_its_record_and_a_case_goes_on(self):
        self.came_through(22)


on_both_engines(Upgrade)
del Upgrade

if __name__ == '__main__':
    unittest.main()
