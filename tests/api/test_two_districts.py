"""A city and two districts on loopback: a machine applied for in a district boots under the city's
libvirt, its load shows on both sides, the link is cut and healed, the month is settled to the same fen
on both sides, and the machine is reclaimed."""
import os
import unittest

from districts import PLACES, TEST_DRIVER, Region, session_of, story

URI = os.environ.get('YH_TEST_LIBVIRT')  # of QEMU, by tests/tools/libvirt_session.py


class TwoDistricts(unittest.TestCase):
    # proves A12.1, A13.3
    def test_a_machine_lives_its_life_across_the_link_in_two_districts(self):
        said = []
        region = Region(session_of(URI) if URI else TEST_DRIVER, said.append, 'vm-1c1g' if URI else 'vm-4c8g')
        try:
            story(region, said.append)
        finally:
            region.close()
        self.assertEqual(len([line for line in said if 'fen' in line]), len(PLACES))


if __name__ == '__main__':
    unittest.main()
