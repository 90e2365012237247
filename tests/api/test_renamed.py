"""No C file names a procedure, a step or a kind of resources: the main scenarios pass with a pack in
which every one of them is called otherwise. YH_RENAMED names one of PARTS, which are to run beside each
other; all without."""
import importlib
import os
import subprocess
import unittest

from city import BIN
from renamed import renamed_pack

PARTS = {
    'lease': ['lease.Leases'],
    'money': ['evaluation.Evaluation', 'settle.Settle'],
    'rules': ['development.Development', 'duty.Duties', 'flow.Flow', 'ladder.Ladder', 'later.Later'],
}
PACK, PATH, WORDS = renamed_pack()


def tearDownModule():
    PACK.cleanup()


class Renamed:
    founded = {'init': ('--pack', PATH), 'words': WORDS}

    def test_the_copy_is_sound_and_shares_no_name_with_the_first(self):
        subprocess.run([f'{BIN}/yunheng', 'policy', 'check', PATH], check=True, capture_output=True)
        names = WORDS.names
        for table in (names.procedures, names.kinds, names.steps, names.registers,
                      names.duties):
            self.assertTrue(table)
            self.assertFalse(set(table) & set(table.values()))
        seen = self.w['u1'].get('/api/v1/policy/procedures')['items']
        self.assertEqual({p['procedure'] for p in seen}, set(names.procedures))


def renamed(which):
    """The scenarios of a suite once more, on one engine: names are the same on both."""
    module, name = which.split('.')
    engine = os.environ.get('YH_RENAMED_ON', 'Sqlite')
    base = getattr(importlib.import_module('test_' + module), name + engine)
    made = type(f'Renamed{name}{engine}', (Renamed, base), {})
    made.__unittest_skip__ = getattr(base, '__unittest_skip__', False)
    made.__unittest_skip_why__ = getattr(base, '__unittest_skip_why__', '')
    globals()[made.__name__] = made


for part in [os.environ['YH_RENAMED']] if 'YH_RENAMED' in os.environ else PARTS:
    for suite in PARTS[part]:
        renamed(suite)

if __name__ == '__main__':
    unittest.main()
