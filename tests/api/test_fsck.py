"""yunheng fsck finds what does not agree: one fault is planted at a time in a simulated city's store, and
is told; nothing is told of the city as it was."""
import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from city import BIN

FAULTS = [
    ('allocated', 'kept=', 'UPDATE allocated SET qty_milli = qty_milli + 1000 WHERE month = -1'),
    ('allocated-months', 'kept=', 'UPDATE allocated SET qty_milli = qty_milli + 1 WHERE month > 0'),
    ('size-twice', '- kept=2 found=1', 'INSERT INTO resource_size (resource, from_at, item, qty_milli, case_id) SELECT'
     ' resource, from_at + 1, item, qty_milli, case_id FROM resource_size WHERE to_at IS NULL'),
    ('reservation', 'found=0', 'UPDATE reservation SET released_at = NULL'),
    ('open-step', 'kept=1 found=0', 'UPDATE case_file SET ended_at = 1 WHERE ended_at IS NULL'),
    ('step-sum', 'kept=1 found=0', 'INSERT INTO step_sum (month, org, cloud, procedure_name, step, used_wd, on_time,'
     " late, unclocked) SELECT 1, id, x'00', 'p', 's', 1, 1, 0, 0 FROM org LIMIT 1"),
    ('statement-total', '- kept=', 'UPDATE statement_kept SET total_fen = total_fen + 1'),
    ('statement-lines', '- kept=', 'UPDATE statement_kept SET lines = lines + 1'),
    ('statement-paid', '- kept=', 'UPDATE statement_kept SET paid_fen = paid_fen + 1'),
    ('settlement-total', '- kept=', 'UPDATE settlement SET total_fen = total_fen + 1'),
    ('settled-sum', 'kept=', 'UPDATE settled SET fen = fen + 1 WHERE rowid = (SELECT MIN(rowid) FROM settled)'),
    ('quota-line', 'found=0', 'UPDATE case_file SET effected = 0 WHERE id = (SELECT case_id FROM quota_line LIMIT 1)'),
    ('size-open', 'running kept=0 found=1', 'UPDATE resource_size SET to_at = from_at + 1 WHERE to_at IS NULL AND'
     " resource = (SELECT id FROM resource WHERE state = 'running' LIMIT 1)"),
    ('size-open', 'stopped kept=1 found=0', "UPDATE resource SET state = 'stopped' WHERE state = 'running'"),
    ('lease-end', 'kept=', 'UPDATE lease SET last_day = last_day + 1 WHERE ended_at IS NULL'),
    ('lease-open', 'kept=1 found=0', "UPDATE resource SET state = 'destroyed' WHERE id = (SELECT resource FROM"
     ' lease WHERE ended_at IS NULL)'),
    ('lease-held', 'kept=0 found=1', 'INSERT INTO lease_held (lease, from_at, case_id) SELECT id, 1, case_id FROM'
     ' lease WHERE hold_case IS NULL LIMIT 1'),
    ('order-open', 'kept=1 found=0', 'UPDATE cloud_order SET booked = NULL WHERE step IS NOT NULL'),
    ('inbox', 'open kept=0 found=1', 'UPDATE case_step SET closed_at = 1 WHERE closed_at IS NULL'),
    ('case-filed', 'kept=1 found=0', "DELETE FROM event WHERE id = (SELECT id FROM event WHERE kind = 'case.filed'"
     ' ORDER BY pos LIMIT 1)'),
    ('case-filed', 'kept=1 found=2', 'INSERT INTO event SELECT * FROM copied'),
    ('case-ended', 'kept=0 found=1', 'UPDATE case_file SET ended_at = NULL WHERE id = (SELECT id FROM case_file'
     ' WHERE ended_at IS NOT NULL LIMIT 1)'),
    ('step-told', 'kept=', "DELETE FROM event WHERE id = (SELECT id FROM event WHERE kind = 'step.decided' LIMIT 1)"),
    ('event-place', 'kept=', "DELETE FROM event WHERE id = (SELECT id FROM event WHERE kind = 'person.created'"
     ' ORDER BY pos DESC LIMIT 1)'),
    ('document-attached', 'kept=1 found=0', 'UPDATE document SET attached_at = 1'),
    ('link-file', 'here kept=1 found=0', "INSERT INTO link_file SELECT randomblob(16), c.cloud, c.id, 'a', zeroblob(32),"
     " 'a.pdf', 'pdf', '', 1, '', '', 1, 'here', 1, 1, '', 0 FROM case_file c LIMIT 1"),
]


SOURCE = os.path.join(os.path.dirname(__file__), '..', '..', 'src', 'store', 'fsck.c')


def fsck(data):
    return subprocess.run([f'{BIN}/yunheng', 'fsck', '--data', data], capture_output=True, text=True, check=False)


class Planted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        home = tempfile.mkdtemp(prefix='yh-fsck-')
        cls.addClassCleanup(shutil.rmtree, home)
        cls.data = os.path.join(home, 'data')
        subprocess.run([f'{BIN}/yunheng', 'simulate', '--data', cls.data, '--seed', '6', '--months', '4',
                        '--projects', '4'], check=True, capture_output=True)
        cls.store, cls.kept = (os.path.join(cls.data, n) for n in ('yunheng.db', 'kept.db'))
        text = b'a,b\n'
        digest = hashlib.new('sm3', text)
        cls.file = os.path.join(cls.data, 'documents', digest.hexdigest()[:2], digest.hexdigest())
        os.makedirs(os.path.dirname(cls.file))
        cls.write(cls.file, text)
        with contextlib.closing(sqlite3.connect(cls.store)) as db, db:
            db.execute('INSERT INTO document (id, digest, name, kind, size_bytes, made_at) VALUES'
                       " (randomblob(16), ?, 'a.csv', 'csv', ?, 1)", (digest.digest(), len(text)))
        shutil.copy(cls.store, cls.kept)

    @classmethod
    def segments(cls):
        meter = os.path.join(cls.data, 'meter')
        return [os.path.join(meter, n) for n in os.listdir(meter) if n.startswith('segment-')]

    @staticmethod
    def write(path, what):
        with open(path, 'wb') as f:
            f.write(what)

    def told(self):
        done = fsck(self.data)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        lines = [line for line in done.stdout.splitlines() if line[0] not in '✓✗']
        self.assertEqual(bool(lines), done.returncode == 1)
        return lines

    def test_nothing_is_told_of_a_store_that_agrees(self):
        self.assertEqual(self.told(), [])

    def test_a_fault_is_planted_for_every_comparison(self):
        with open(SOURCE, encoding='utf-8') as f:
            self.assertEqual({name for name, *_ in FAULTS}, set(re.findall(r'^\t\{ "([a-z-]+)", ', f.read(), re.M)))

    # proves S11, S17
    def test_each_comparison_tells_of_a_fault_that_was_planted(self):
        try:
            for name, said, sql in FAULTS:
                with self.subTest(name=name, said=said):
                    shutil.copy(self.kept, self.store)
                    with contextlib.closing(sqlite3.connect(self.store)) as db, db:
                        db.execute("CREATE TEMP TABLE copied AS SELECT * FROM event WHERE kind = 'case.filed' LIMIT 1")
                        db.execute('UPDATE copied SET id = randomblob(16), pos = NULL')
                        self.assertGreater(db.execute(sql).rowcount, 0)
                    self.assertIn(said, '\n'.join(li for li in self.told() if li.startswith(name + ' ')))
        finally:
            shutil.copy(self.kept, self.store)

    def test_a_document_that_is_gone_or_says_otherwise_is_told(self):
        with open(self.file, 'rb') as f:
            text = f.read()
        try:
            self.write(self.file, b'a,c\n')
            self.assertEqual(self.told(), [f'document-file {os.path.basename(self.file)} document-changed'])
            os.remove(self.file)
            self.assertEqual(self.told(), [f'document-file {os.path.basename(self.file)} document-missing'])
        finally:
            self.write(self.file, text)

    def test_a_page_of_the_meter_that_is_not_as_it_was_written_is_told(self):
        path = self.segments()[0]
        name = os.path.basename(path)
        with open(path, 'rb') as f:
            whole = f.read()
        try:
            for at in (100, len(whole) // 2, len(whole) - 20):
                self.write(path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                self.assertEqual([li.split()[:2] for li in self.told()], [['meter-file', name]], at)
            os.remove(path)
            self.assertEqual([li.split()[:2] for li in self.told()], [['meter-file', name]])
        finally:
            self.write(path, whole)


if __name__ == '__main__':
    unittest.main()
