"""The manual pages and the completion say what the programs do: they come out of the same tables."""
import os
import re
import subprocess
import tempfile
import unittest

BIN = os.environ.get('YH_BIN_DIR', 'build/src/cmd')
PAGES = ('yunheng.1', 'yunhengd.8', 'yunhengd.conf.5', 'yunheng-agent.8')


def yunheng(*words):
    return subprocess.run([f'{BIN}/yunheng', *words], check=True, capture_output=True, text=True).stdout


def plain(page):
    return page.replace('\\-', '-').replace('\\&', '').replace('\\fB', '').replace('\\fR', '').replace('\\e', '\\')


class Manual(unittest.TestCase):
    def test_every_page_is_good_in_both_languages(self):
        for page in PAGES:
            for lang in ('zh', 'en'):
                with self.subTest(page=page, lang=lang):
                    done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning'], text=True, capture_output=True,
                                          input=yunheng('manual', page, '--lang', lang, '--date', '2026-11-26'))
                    self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))

    def test_every_command_operation_and_setting_has_its_place(self):
        pages = {p: plain(yunheng('manual', p, '--lang', 'en')) for p in PAGES}
        told = re.findall(r'^  ([a-z-]+(?: [a-z_-]+)?) +\S', yunheng('help'), re.M)
        self.assertGreater(len(told), 250)
        for name in told:
            self.assertTrue(f'\n.SS {name}\n' in pages['yunheng.1'] or f'.TP\n{name} ' in pages['yunheng.1'], name)
        for line in yunheng('config', 'keys').splitlines():
            name = line.split()[0]
            self.assertIn(f'\n{name} =', pages['yunhengd.conf.5'])
            self.assertIn(f'\n--{name}', pages['yunhengd.8'])
        for word in ('enrol', 'run', 'goodbye', '--spool'):
            self.assertIn(word, pages['yunheng-agent.8'])

    def test_what_is_no_page_is_said(self):
        done = subprocess.run([f'{BIN}/yunheng', 'manual', 'yunheng.7'], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ''))


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.file = tempfile.NamedTemporaryFile('w', suffix='.bash')
        cls.file.write(yunheng('manual', 'completion'))
        cls.file.flush()

    @classmethod
    def tearDownClass(cls):
        cls.file.close()

    def complete(self, *words):
        """What bash would offer behind these words, the last of which is begun."""
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _yunheng; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        return subprocess.run(['bash', '-c', script, 'bash', self.file.name, 'yunheng', *words], check=True,
                              capture_output=True, text=True).stdout.split()

    def test_nouns_verbs_options_and_words_are_completed(self):
        self.assertEqual(self.complete('back'), ['backup'])
        self.assertLess({'case', 'init', 'meter', 'help'}, set(self.complete('')))
        self.assertEqual(sorted(set(self.complete('backup', 'key'))), ['keygen'])
        self.assertLess({'list', 'show', 'create'}, set(self.complete('case', '')) | {'create'})
        self.assertIn('--unit', self.complete('resource', 'list', '--'))
        self.assertIn('--limit', self.complete('resource', 'list', '--li'))
        self.assertNotIn('--limit', self.complete('resource', 'show', '--'))
        self.assertEqual(self.complete('resource', 'list', '--format', ''), ['table', 'json', 'csv'])
        self.assertIn('wrong_mac', self.complete('observation', 'list', '--kind', ''))
        self.assertIn('--backup-key', self.complete('backup', '--'))
        self.assertIn('--resume', self.complete('meter', 'import', '--'))
        self.assertIn('yunhengd.8', self.complete('manual', ''))
        self.assertIn('simulate', self.complete('help', 'sim'))

    def test_a_file_is_left_to_bash(self):
        self.assertEqual(self.complete('backup', 'verify', '/tm'), [])


if __name__ == '__main__':
    unittest.main()
