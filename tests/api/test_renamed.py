"""No C file names a procedure, a step or a kind of resources: the main scenarios pass with a pack in
which every one of them is called otherwise."""
import os
import subprocess
import unittest

import test_duty
import test_evaluation
import test_flow
import test_ladder
import test_later
import test_lease
import test_settle
from city import BIN
from renamed import renamed_pack

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


def renamed(module, name):
    """The scenarios of a module once more, on one engine: names are the same on both."""
    for engine in (os.environ.get('YH_RENAMED_ON', 'Sqlite'),):
        base = getattr(module, name + engine)
        made = type(f'Renamed{name}{engine}', (Renamed, base), {})
        made.__unittest_skip__ = getattr(base, '__unittest_skip__', False)
        made.__unittest_skip_why__ = getattr(base, '__unittest_skip_why__', '')
        globals()[made.__name__] = made


renamed(test_duty, 'Duties')
renamed(test_evaluation, 'Evaluation')
renamed(test_flow, 'Flow')
renamed(test_ladder, 'Ladder')
renamed(test_later, 'Later')
renamed(test_lease, 'Leases')
renamed(test_settle, 'Settle')

if __name__ == '__main__':
    unittest.main()
