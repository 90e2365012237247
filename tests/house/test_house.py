"""The guards themselves: each finds what it is there to find."""
import contextlib
import io
import os
import tempfile
import unittest

import jobs
import messages
import rooms


class Rooms(unittest.TestCase):
    def found(self, path, text):
        with tempfile.TemporaryDirectory() as root:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full))
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
            return list(rooms.faults(root))

    def test_an_arrow_that_runs_up_is_found(self):
        self.assertIn('the arrow runs up', self.found('src/law/a.c', '#include "store/x.h"\n')[0])
        self.assertEqual(self.found('src/store/a.c', '#include "law/x.h"\n'), [])

    def test_an_engine_outside_its_room_is_found(self):
        self.assertTrue(self.found('src/store/a.c', '#include <sqlite3.h>\n'))

    def test_sql_outside_the_store_is_found(self):
        self.assertTrue(self.found('src/api/a.c', 'q("SELECT 1");\n'))
        self.assertEqual(self.found('src/store/a.c', 'q("SELECT 1");\n'), [])

    def test_a_long_function_is_found_unless_it_says_why(self):
        body = 'int f(void)\n{\n' + '\tx();\n' * 71 + '}\n'
        self.assertIn('a function of 71 lines', self.found('src/law/a.c', body)[0])
        self.assertEqual(self.found('src/law/a.c', '/* Longer than 70 lines: a table. */\n' + body),
                         [])

    def test_a_long_file_is_found(self):
        self.assertTrue(self.found('src/law/a.h', 'x\n' * 201))


class Jobs(unittest.TestCase):
    def test_a_job_of_a_kind_that_nobody_does_is_found(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, 'src/jobs'))
            with open(os.path.join(root, 'src/jobs/kinds.c'), 'w', encoding='utf-8') as f:
                f.write('static const struct yh_job_kind kinds[] = {\n'
                        '\t{ "a.known", a_known, NULL },\n};\n')
            with open(os.path.join(root, 'src/b.c'), 'w', encoding='utf-8') as f:
                f.write('rc = yh_job_insert(tx, &id, "a.known", NULL, now, err);\n'
                        'rc = yh_job_insert(tx, &id,\n\t"a.new", NULL, now, err);\n')
            self.assertEqual(list(jobs.faults(root)), ['src/b.c: no kind of job is called a.new'])


class Messages(unittest.TestCase):
    def test_a_slug_without_a_sentence_and_unequal_figures_are_found(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, 'policy/messages'))
            os.makedirs(os.path.join(root, 'src'))
            for lang, line in (('zh', 'b: "{x}"\n'), ('en', 'b: "{y}"\n')):
                with open(os.path.join(root, f'policy/messages/{lang}.yaml'), 'w',
                          encoding='utf-8') as f:
                    f.write('a: "s"\n' + line)
            with open(os.path.join(root, 'src/a.c'), 'w', encoding='utf-8') as f:
                f.write('yh_fail(err, YH_OK, "a"); yh_fail(err, YH_OK, "new-one");')
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.assertEqual(messages.main(root), 1)
            self.assertIn('b: figures differ', said.getvalue())
            self.assertEqual(set(messages.used(root)), {'a', 'new-one'})

    def test_a_notice_of_a_pack_without_a_sentence_is_found(self):
        with tempfile.TemporaryDirectory() as root:
            for folder in ('policy/messages', 'policy/a-city/procedures', 'src'):
                os.makedirs(os.path.join(root, folder))
            for lang in ('zh', 'en'):
                with open(os.path.join(root, f'policy/messages/{lang}.yaml'), 'w',
                          encoding='utf-8') as f:
                    f.write('told: "s"\n')
            with open(os.path.join(root, 'policy/a-city/procedures/x.yaml'), 'w',
                      encoding='utf-8') as f:
                f.write('    effect:\n      - notice.send: {role: unit, text: told}\n'
                        '      - notice.send: {role: unit, text: untold}\n')
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.assertEqual(messages.main(root), 1)
            [fault] = said.getvalue().splitlines()
            self.assertIn('untold: no sentence', fault)


if __name__ == '__main__':
    unittest.main()
