"""What the command line shows people: titles in their language, in columns that stand in line."""
import os
import re
import subprocess
import unicodedata
import unittest

from city import BIN, City

# Code words that the tables and texts below would show without their titles.
CODES = re.compile(r'\b(open|closed|running|destroyed|approve|waiting|flagged|unknown|in_case|unit|body'
                   r'|provider|[a-z]+[._][a-z_.]+)\b')


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


class Words(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.w = cls.city.who
        cls.city.project('words')
        ids = cls.city.formal('words', 1)
        cls.no = cls.w['u1'].file('reclaim', {'resources': ids, 'reason': '系统下线', 'backup': {
            'choice': 'migrated', 'note': '已移至新云'}})['no']
        cls.w['o1'].decide(cls.no, 'review')
        cls.resource = cls.w['u1'].get('/api/v1/resources')['items'][0]['no']

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def command(self, login, *words, lang='zh'):
        token = self.w[login].call('POST', '/api/v1/account/tokens',
                                   {'label': 'cli', 'scopes': 'all', 'days': 1})['token']
        env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}',
                   YUNHENG_TOKEN=token, YUNHENG_LANG=lang)
        done = subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True, text=True)
        return done.stdout + done.stderr

    def test_tables_stand_in_line_and_name_no_code_word(self):
        for login, words in (('u1', ('case', 'list')), ('u1', ('resource', 'list')),
                             ('u1', ('project', 'list')), ('sysadmin', ('org', 'list')),
                             ('p1', ('inbox', 'list')), ('o1', ('watch', 'list')),
                             ('u1', ('quota', 'show', 'words')), ('sysadmin', ('job', 'list'))):
            said = self.command(login, *words)
            head, *rows = said.splitlines()
            columns = [m.start() for m in re.finditer(r'(?<=  )\S', head)]
            self.assertTrue(columns, said)
            rows = [r for r in rows if not r.startswith(('共 ', '（'))]
            for row in rows:
                for at in columns:
                    # a column begins where its title does, whatever stands before it
                    text, used = '', 0
                    for c in row:
                        if used >= width(head[:at]):
                            break
                        text += c
                        used += width(c)
                    self.assertIn(used, (width(head[:at]), width(row)), row)
                    self.assertTrue(used == width(row) or text.endswith('  '), said)
                self.assertIsNone(CODES.search(re.sub(r'\S*-\S*|[a-z0-9]+\.words|[a-z0-9]+$', '', row)
                                               if words[0] != 'org' else row.split(None, 1)[1]), row)

    def test_a_case_says_what_its_forms_said(self):
        said = self.command('u1', 'case', 'show', self.no)
        for line in (f'  回收的资源：{self.resource}', '  备份声明：备份情况：已备份迁移；说明：已移至新云',
                     '  回收理由：系统下线', '      理由：依据充分，同意'):
            self.assertIn(line + '\n', said)
        self.assertIn(' · 同意 · ', said)
        self.assertIn(' · 办理中\n', said)
        english = self.command('u1', 'case', 'show', self.no, lang='en')
        self.assertIn('  Backup: Choice: Backed up or moved; Note: 已移至新云\n', english)

    def test_a_step_without_its_form_is_told_which_fields_the_answer_needs(self):
        self.w['p1'].decide(self.no, 'stop', 'done')
        self.city.due_now('case.elapse', self.no)
        self.city.wait_until(lambda: self.w['p1'].case(self.no)['steps'][-1]['step'] == 'destroy',
                             'retention never ended')
        said = self.command('p1', 'case', 'decide', self.no, 'destroy', '--outcome', 'done')
        self.assertIn('答复“办结”须附表单，必填：销毁方式与凭证 (evidence)。', said)
        said = self.command('p1', 'case', 'decide', self.no, 'destroy', '--outcome', 'done', '--form',
                            '{}')
        self.assertIn('缺少必填项“销毁方式与凭证”。', said)
        self.assertIn('/form/evidence', said)

    def test_csv_and_json_keep_the_code_words(self):
        rows = self.command('u1', 'project', 'list', '--format', 'csv').splitlines()
        self.assertIn('"initiated"', rows[1])
        self.assertIn('"state": "initiated"', self.command('u1', 'project', 'list', '--format', 'json'))

    def test_rules_of_the_watch_are_told_in_words(self):
        said = self.command('o1', 'watch', 'rules')
        self.assertIn('处理器使用率（99 分位）< 5 %，数据不少于 50 %', said)
        self.assertNotIn('{', said)


if __name__ == '__main__':
    unittest.main()
