"""What the static analysis says is read as it is meant."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'security'))
import static  # noqa: E402

SOURCE = '''static int f(void)
{
	YH_FREE_AUTO char *mine = malloc(9);
	char *lost = malloc(9);

	return !mine || !lost;
}
'''


class Findings(unittest.TestCase):
    def found(self, *lines):
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(os.path.join(root, 'src'))
            with open(os.path.join(root, 'src', 'a.c'), 'w', encoding='utf-8') as f:
                f.write(SOURCE)
            return list(static.findings(root, '\n'.join(lines) + '\n'))

    def test_what_is_released_at_the_end_of_its_block_does_not_leak_and_all_else_does(self):
        self.assertEqual(self.found('src/a.c:6: memleak: Memory leak: mine', 'src/a.c:6: memleak: Memory leak: lost'),
                         [('src/a.c', 'memleak', 'lost')])

    def test_a_finding_is_known_by_what_it_is_about_wherever_it_stands(self):
        self.assertEqual(self.found('src/a.c:3: uninitvar: Uninitialized variable: c->row',
                                    "src/a.c:4: nullPointerRedundantCheck: Either the condition 'e' is redundant"
                                    ' or there is possible null pointer dereference: e.', 'Checking src/a.c'),
                         [('src/a.c', 'uninitvar', 'c->row'), ('src/a.c', 'nullPointerRedundantCheck', 'e')])

    def test_what_is_new_and_what_is_gone_is_said(self):
        one, two, three = (('src/a.c', 'uninitvar', name) for name in 'abc')
        self.assertEqual(static.judge([one, two, two], [two, three]), ([one], [three]))

    def test_every_finding_of_the_list_has_a_reason(self):
        known = list(static.listed(os.path.join(static.HERE, 'static.txt')))
        self.assertTrue(all(len(key) == 3 and reason for key, reason in known))
        self.assertEqual(len(known), len(dict(known)))


if __name__ == '__main__':
    unittest.main()
