#!/usr/bin/env python3
"""Printed statements, read as those who receive them do: PDF by poppler, workbooks by openpyxl."""
import csv
import decimal
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

try:
    import openpyxl
except ImportError:
    sys.path.append('/usr/lib/python3/dist-packages')
    try:
        import openpyxl
    except ImportError:
        openpyxl = None

ROOT = pathlib.Path(__file__).resolve().parents[3]
MESSAGES = ROOT / 'policy/messages/zh.yaml'
sys.path.insert(0, str(ROOT / 'tests/tools'))
import capitals_oracle  # noqa: E402

PROBE = os.environ['YH_BILL_PROBE']
D = decimal.Decimal


def make(form, lines, state, env=None):
    return subprocess.run([PROBE, MESSAGES, form, str(lines), state], capture_output=True,
                          env=dict(os.environ, **(env or {})), check=False)


def made(form, lines, state):
    out = make(form, lines, state)
    if out.returncode:
        raise AssertionError(out.stderr.decode())
    return out.stdout


def pages(pdf):
    """The text of each page as it stands on paper."""
    text = subprocess.run(['pdftotext', '-layout', '-', '-'], input=pdf, capture_output=True,
                          check=True).stdout.decode()
    return text.split('\f')[:-1]


def yuan(text):
    return D(text.replace(',', ''))


def rows(data):
    return list(csv.reader(io.StringIO(data.decode('utf-8-sig'), newline='')))


def total(lines, state='closed'):
    table = rows(made('csv', lines, state))
    at = table[0].index('结算金额（元）')
    return sum((D(row[at]) for row in table[1:]), D(0))


class Pdf(unittest.TestCase):
    def test_a_statement_says_who_what_and_how_much(self):
        text = re.sub(r'\s+', '', ''.join(pages(made('pdf', 5, 'closed'))))
        for word in ('政务云资源费用结算单', 'SH-JS-202610-000123', '2026年10月1日至31日',
                     '上海市民生事务局信息中心', '一网通办事项受理系统二期', '云服务商甲（集团）股份有限公司',
                     '上海市财政局', '第3、4版', '本页小计', '合计（大写）', '（办法第81条）', '（办法第82条）',
                     '（办法第81条、第83条）', '制表', '复核', '审定',
                     '（盖章）', '日期：', '已审定，2026年11月8日', 'SM3摘要', 'SM2签名', '第1页共1页',
                     '更正SH-JS-202609-000118第2行', '不计费', 'settlement.bill_test'):
            self.assertIn(word, text)

    def test_the_total_stands_in_figures_and_in_capitals(self):
        for lines in (1, 5, 60):
            want = total(lines)
            text = re.sub(r'\s+', '', ''.join(pages(made('pdf', lines, 'closed'))))
            self.assertIn(f'¥{want:,}', text)
            self.assertIn('人民币' + capitals_oracle.capitals(int(want * 100)), text)

    def test_page_totals_add_up_to_the_total_and_every_line_is_there_once(self):
        sheets = pages(made('pdf', 137, 'closed'))
        found = [re.search(r'本页小计\s+(\S+)\s+(\S+)', page) for page in sheets]
        sums = [yuan(m.group(2)) for m in found if m]
        self.assertGreater(len(sums), 5)
        self.assertEqual(sum(sums), total(137))
        numbers = [int(n) for page in sheets
                   for n in re.findall(r'^\s{0,6}(\d+)\s+(?:云主机|高性能|互联网)', page, re.M)]
        self.assertEqual(numbers, list(range(1, 138)))
        for i, page in enumerate(sheets, 1):
            self.assertIn(f'第{i}页共{len(sheets)}页', re.sub(r'\s+', '', page))

    def test_the_page_that_is_signed_says_how_much(self):
        for lines in (11, 14, 15, 16, 17, 18, 22):
            last = pages(made('pdf', lines, 'closed'))[-1]
            self.assertIn('盖章', last)
            self.assertIn('合计（大写）', last)

    def test_the_same_statement_gives_the_same_bytes(self):
        for form in ('pdf', 'xlsx', 'csv'):
            self.assertEqual(made(form, 30, 'closed'), made(form, 30, 'closed'))
        self.assertIn(b'2026-11-08', subprocess.run(
            ['pdfinfo', '-isodates', '-'], input=made('pdf', 1, 'closed'), capture_output=True,
            check=True).stdout)

    def test_no_letters_are_of_a_font_whose_letters_cairo_loses(self):
        fonts = subprocess.run(['pdffonts', '-'], input=made('pdf', 5, 'closed'), capture_output=True,
                               check=True).stdout.decode()
        self.assertIn('TrueType', fonts)
        self.assertNotIn('CJK', fonts)

    def test_a_draft_is_marked_across_every_page(self):
        def pictures(state):
            with tempfile.TemporaryDirectory() as place:
                subprocess.run(['pdftoppm', '-r', '36', '-gray', '-aa', 'no', '-aaVector', 'no', '-', place + '/p'], check=True,
                               input=made('pdf', 30, state))
                found = []
                for name in sorted(os.listdir(place)):
                    with open(os.path.join(place, name), 'rb') as f:
                        found.append(f.read())
                return found

        pale = bytes([0xEF])
        for draft, final in zip(pictures('draft'), pictures('closed')):
            self.assertGreater(draft.count(pale), final.count(pale) + 3000)
        self.assertIn('未经审定', re.sub(r'\s+', '', pages(made('pdf', 5, 'draft'))[0]))

    def test_a_stopped_statement_says_why_and_has_nothing_to_sign(self):
        text = re.sub(r'\s+', '', ''.join(pages(made('pdf', 0, 'stopped'))))
        self.assertIn('未能核算', text)
        self.assertIn('vm-9c', text)
        self.assertNotIn('盖章', text)
        self.assertNotIn('合计', text)

    def test_names_of_any_length_keep_their_page(self):
        sheets = pages(made('pdf', 40, 'hostile'))
        self.assertLess(len(sheets), 40)
        self.assertIn('盖章', sheets[-1])

    def test_more_lines_than_a_document_holds_are_refused(self):
        out = make('pdf', 5001, 'closed')
        self.assertEqual((out.returncode, out.stderr), (1, b'document-too-large\n'))

    def test_without_a_chinese_font_the_reason_is_told(self):
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, 'fonts.conf')
            with open(path, 'w', encoding='ascii') as f:
                f.write('<fontconfig></fontconfig>')
            out = make('pdf', 1, 'closed', {'FONTCONFIG_FILE': path})
        self.assertEqual((out.returncode, out.stderr), (1, b'font-missing\n'))

    def test_without_room_for_the_file_the_reason_is_told(self):
        out = make('pdf', 1, 'closed', {'TMPDIR': '/nonexistent'})
        self.assertEqual((out.returncode, out.stderr), (1, b'export-unwritable\n'))


@unittest.skipUnless(openpyxl, 'python3-openpyxl is not installed')
class Workbook(unittest.TestCase):
    def sheet(self, lines, state, values=False):
        book = openpyxl.load_workbook(io.BytesIO(made('xlsx', lines, state)), data_only=values)
        return book['结算单']

    def test_totals_are_formulas_that_already_have_their_values(self):
        for lines in (1, 17):
            formulas, values = self.sheet(lines, 'closed'), self.sheet(lines, 'closed', True)
            at = next(r for r in range(1, 99) if formulas.cell(r, 1).value == '合计')
            head = next(r for r in range(1, 99) if formulas.cell(r, 1).value == '序号')
            self.assertEqual(formulas.cell(at, 10).value, f'=SUM(J{head + 1}:J{at - 1})')
            cents = [round(D(str(values.cell(r, 10).value)), 2) for r in range(head + 1, at)]
            self.assertEqual(len(cents), lines)
            self.assertEqual(sum(cents), total(lines))
            self.assertEqual(round(D(str(values.cell(at, 10).value)), 2), total(lines))
            self.assertEqual(formulas.freeze_panes, f'A{head + 1}')

    def test_it_says_what_the_paper_says(self):
        text = '\n'.join(str(c.value) for row in self.sheet(5, 'closed').iter_rows() for c in row
                         if c.value is not None)
        for word in ('政务云资源费用结算单', 'SH-JS-202610-000123', '使用单位', '合计（大写）',
                     '人民币' + capitals_oracle.capitals(int(total(5) * 100)), '（办法第81条）', '制表：',
                     '复核：', '审定：', '日期：', 'SM3 摘要'):
            self.assertIn(word, text)

    def test_hostile_names_stay_text(self):
        sheet = self.sheet(6, 'hostile')
        cells = [c for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
        formulas = [c.value for c in cells if c.data_type == 'f']
        self.assertEqual(len(formulas), 2)  # the two sums
        self.assertTrue(any(c.value.startswith('=HYPERLINK') for c in cells if c.data_type != 'f'))
        self.assertIn('-9007199254740993.12', [c.value for c in cells])

    def test_every_part_of_the_file_is_whole(self):
        with zipfile.ZipFile(io.BytesIO(made('xlsx', 300, 'draft'))) as z:
            self.assertIsNone(z.testzip())


class Csv(unittest.TestCase):
    def test_excel_sees_utf8_and_every_row_has_every_column(self):
        data = made('csv', 40, 'closed')
        self.assertTrue(data.startswith(b'\xef\xbb\xbf'))
        self.assertTrue(data.endswith(b'\r\n'))
        table = rows(data)
        self.assertEqual(len(table), 41)
        self.assertEqual({len(row) for row in table}, {len(table[0])})

    def test_no_text_begins_a_formula_and_no_number_is_text(self):
        table = rows(made('csv', 6, 'hostile'))
        head = {name: i for i, name in enumerate(table[0])}
        for row in table[1:]:
            for name in ('使用单位', '项目', '服务项目'):
                self.assertNotIn(row[head[name]][0], '=+-@\t＝＋－＠')
            D(row[head['结算金额（元）']])
            D(row[head['计费用量']])
        self.assertEqual(table[1][head['使用单位']], '\'=HYPERLINK("http://x","a")')
        self.assertEqual(table[1][head['结算金额（元）']], '-9007199254740993.12')


if __name__ == '__main__':
    unittest.main()
