"""A year of the city that ./quickstart makes, as large as it is there."""
import re
import tempfile
import unittest

from test_simulation import EVALUATED, LADDER, SETTLED, city, counted

MONTHS = 12


class FullCity(unittest.TestCase):
    def test_a_year_of_the_whole_city_keeps_every_invariant(self):
        with tempfile.TemporaryDirectory() as data:
            lines = city(data, 2, MONTHS)
        seen = counted(lines)
        self.assertGreater(int(re.search(r'(\d+) 件 cases', lines[0])[1]), 1000)
        self.assertEqual([name for name in LADDER + SETTLED + EVALUATED if not seen[name]], [], seen)


if __name__ == '__main__':
    unittest.main()
