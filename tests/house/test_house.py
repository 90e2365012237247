"""The guards themselves: each finds what it is there to find."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

import jobs
import messages
import rooms

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tools'))
import articles  # noqa: E402
import security  # noqa: E402


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
        self.assertTrue(self.found('tests/api/test_a.py', 'x\n' * 601))
        self.assertEqual(self.found('tests/api/test_a.py', 'x\n' * 600), [])


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
            for folder in ('policy/messages', 'src', 'web/src/locales/zh', 'web/src/locales/en'):
                os.makedirs(os.path.join(root, folder))
            with open(os.path.join(root, 'web/src/locales/zh/a.json'), 'w', encoding='utf-8') as f:
                f.write('{"b": {"c": "{n}"}}')
            for lang, line in (('zh', 'b: "{x}"\n'), ('en', 'b: "{y}"\n')):
                with open(os.path.join(root, f'policy/messages/{lang}.yaml'), 'w',
                          encoding='utf-8') as f:
                    f.write('a: "s"\n' + line)
            with open(os.path.join(root, 'src/a.c'), 'w', encoding='utf-8') as f:
                f.write('yh_fail(err, YH_OK, "a"); yh_fail(err, YH_OK, "new-one");')
            with contextlib.redirect_stdout(io.StringIO()) as said:
                self.assertEqual(messages.main(root), 1)
            self.assertIn('b: figures differ', said.getvalue())
            self.assertIn('a.b.c: the console says it in one language only', said.getvalue())
            self.assertEqual(set(messages.used(root)), {'a', 'new-one'})

    def test_a_notice_of_a_pack_without_a_sentence_is_found(self):
        with tempfile.TemporaryDirectory() as root:
            for folder in ('policy/messages', 'policy/a-city/procedures', 'src', 'web/src/locales/zh',
                           'web/src/locales/en'):
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


class Articles(unittest.TestCase):
    PACK = {'articles.yaml': 'articles:\n  "1": {zh: a, en: a, summary_zh: a, summary_en: a}\n'
                             '  "2": {zh: b, en: b, summary_zh: b, summary_en: b}\n',
            'parameters.yaml': 'parameters:\n  most: {value: 3, article: "2", zh: p, en: p}\n',
            'permissions.yaml': 'permissions:\n  unit: {case.read: own}\n',
            'procedures/ask.yaml': 'procedure: ask\narticle: "2"\ntitle: {zh: c, en: c}\nfiled_by: unit\n'
                                   'steps:\n  review: {decided_by: operator, within: $most}\n'}
    DATA = ('pack: town\nprinciples: {"1": {zh: z, en: e}}\nrequirements:\n'
            '  A2.1: {source: [law], permissions: [case.read], zh: z, en: e}\n'
            '  X1: {source: [beyond], zh: z, en: e}\n')
    TESTS = 'def test_A2_1_asked(self):\n    pass\n# proves X1\ndef test_all(self):\n    pass\n'

    def said(self, data=DATA + 'not_yet: []\n', tests=TESTS, built="'asked'", page=None):
        with tempfile.TemporaryDirectory() as root:
            files = {f'policy/town/{name}': text for name, text in self.PACK.items()}
            files.update({articles.DATA: data, 'tests/api/test_asked.py': tests,
                          'tests/api/meson.build': built})
            for name, text in files.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(text)
            with contextlib.redirect_stdout(io.StringIO()) as out:
                code = articles.main(root, False)
                if page is not None:
                    with open(os.path.join(root, articles.PAGE), 'a', encoding='utf-8') as f:
                        f.write(page)
                    code = articles.main(root, True)
            self.assertEqual(code, 1 if out.getvalue() else 0)
            return out.getvalue()

    def test_a_page_as_it_is_made_passes_and_one_that_was_touched_is_found(self):
        self.assertEqual(self.said(page=''), '')
        self.assertIn('run it', self.said(page='\n'))

    def test_a_requirement_without_a_test_and_one_not_yet_with_one_are_found(self):
        self.assertIn('no test proves X1', self.said(tests='def test_A2_1_asked(self):\n'))
        self.assertEqual(self.said(self.DATA + 'not_yet: [X1]\n', 'def test_A2_1_asked(self):\n'), '')
        self.assertIn('X1 is in not_yet', self.said(self.DATA + 'not_yet: [X1]\n'))

    def test_citations_that_prove_nothing_are_found(self):
        for tests, want in (('def test_A2_9_x(self):\n', 'there is no requirement A2.9'),
                            ('def test_A2_x(self):\n', 'A2 is an article'),
                            ('# proves X1\n\nx = 1\n', 'X1 is cited above no test')):
            self.assertIn(want, self.said(tests=self.TESTS + tests))
        self.assertIn('no meson.build runs it', self.said(built="'other'"))

    def test_an_article_of_which_nothing_is_said_and_a_strange_permission_are_found(self):
        data = self.DATA.replace('"1": {zh: z, en: e}', '') + 'not_yet: []\n'
        self.assertIn('no requirement of article 1', self.said(data))
        self.assertIn('the matrix has no case.eat', self.said(
            self.DATA.replace('case.read', 'case.eat') + 'not_yet: []\n'))


class Security(unittest.TestCase):
    ROW = '  S01: {standard: g, clause: c, asks: a, does: d%s}\n'
    PROVED = '    # proves S01\n    def test_it(self):\n'

    def check(self, row, test, owed='false', guide='## 安排\n', key='S01'):
        with tempfile.TemporaryDirectory() as root:
            files = {'docs/security.yaml': f'owed_allowed: {owed}\nrows:\n' +
                                           (self.ROW % row).replace('S01', key),
                     'docs/operator-guide.zh-CN.md': guide, 'tests/api/test_a.py': test,
                     'tests/api/meson.build': "'test_a'"}
            for path, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), 'w', encoding='utf-8') as f:
                    f.write(text)
            with contextlib.redirect_stdout(io.StringIO()) as said:
                first = security.main(root, False)
                again = security.main(root, True) if first == 0 else 1
            return first, again, said.getvalue()

    def test_a_row_is_proved_or_the_deployments_or_a_fault(self):
        self.assertEqual(self.check('', self.PROVED)[:2], (0, 0))
        there = ', deployment: {zh: 因为, guide: 安排}'
        self.assertEqual(self.check(there, '')[:2], (0, 0))
        self.assertEqual(self.check(there + ', partly: true', self.PROVED)[:2], (0, 0))
        self.assertIn('no test', self.check('', '')[2])
        self.assertIn('no heading', self.check(there, '', guide='## 别的\n')[2])
        self.assertIn('partly', self.check(', partly: true', self.PROVED)[2])

    def test_what_is_owed_is_counted_until_nothing_may_be(self):
        code, _, said = self.check(', owed: w', '', owed='true')
        self.assertEqual(code, 0)
        self.assertIn('1 rows are owed', said)
        self.assertIn('may be any more', self.check(', owed: w', '')[2])
        self.assertIn('take `owed` away', self.check(', owed: w', self.PROVED, owed='true')[2])

    def test_a_row_that_nobody_knows_is_found(self):
        self.assertIn('there is no row S02',
                      self.check('', self.PROVED.replace('S01', 'S01, S02'))[2])


if __name__ == '__main__':
    unittest.main()
