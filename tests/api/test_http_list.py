"""A whole list as a file: the same rows as its pages, in the columns asked for, safe to open in a
spreadsheet, within bounds, for whoever may see the list."""
import csv
import io
import json
import re
import sys
import unittest
import urllib.parse

import http_probe as probe
from http_probe import ALICE, HOST

try:
    import openpyxl
except ImportError:
    sys.path.append('/usr/lib/python3/dist-packages')
    try:
        import openpyxl
    except ImportError:
        openpyxl = None

ROWS = '/api/v1/rows'
XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
ZH = b'Accept-Language: zh\r\n'
EN = b'Accept-Language: en\r\n'


class List(probe.Base):
    ARGS = (5,)

    def get(self, path, *headers, who=ALICE, **query):
        query = '?' + urllib.parse.urlencode(query) if query else ''
        return self.probe.get(path + query, who, *headers)

    def table(self, path=ROWS, *headers, **query):
        """(titles, rows) of a CSV file."""
        reply = self.get(path, *headers, **{'as': 'csv', **query})
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.header('Content-Type'), 'text/csv; charset=utf-8')
        self.assertTrue(reply.body.startswith(b'\xef\xbb\xbf'))
        rows = list(csv.reader(io.StringIO(reply.body[3:].decode(), newline='')))
        return rows[0], rows[1:]

    def pages(self, size, path=ROWS):
        items, cursor = [], None
        while True:
            page = self.get(path, size=size, limit=200, **({'cursor': cursor} if cursor else {})).json()
            items += page['items']
            cursor = page['next']
            if not cursor:
                return items

    def test_a_file_has_the_rows_of_all_pages(self):
        for path in (ROWS, ROWS + '/aside'):
            for size in (0, 1, 199, 200, 201, 400, 1000):
                with self.subTest(path, size=size):
                    titles, rows = self.table(path, size=size, columns='id,big')
                    self.assertEqual(titles, ['编号', 'big'])
                    self.assertEqual(rows, [[str(i['id']), str(i['big'])] for i in self.pages(size, path)])

    def test_without_columns_it_has_those_of_the_operation_in_the_language_asked_for(self):
        titles, rows = self.table(ROWS, ZH, size=2)
        self.assertEqual(titles, ['编号', '名称', '期限', '状态'])
        self.assertEqual(rows, [['0', 'plain', '', 'open'], ['1', "'=1+1", '2026-01-02', '未结']])
        self.assertEqual(self.table(ROWS, EN, size=1)[0], ['NUMBER', "'=NAME", 'DUE', 'STATE'])
        self.refused(self.get(ROWS + '/bare', **{'as': 'csv', 'size': 1}), 400, 'columns-invalid', '?columns')

    # proves S15
    def test_what_a_spreadsheet_takes_for_a_formula_is_text(self):
        _, rows = self.table(size=12, columns='name')
        self.assertEqual([r[0] if r else '' for r in rows],
                         ['plain', "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'＝1", 'a,b', 'say "x"', ' blank ',
                          '云\n衡', ''])
        titles, rows = self.table(size=1, columns='tags,extra,name', titles='=cmd|@x|-1')
        self.assertEqual(titles, ["'=cmd", "'@x", "'-1"])
        self.assertEqual(rows[0], ["'=a、b", '{"a":"=x","b":[1,2]}', 'plain'])

    def test_values_are_told_as_people_read_them(self):
        every = 'at,price,ratio,flag,tags,unit,unit.code,due,due.day,big,extra.a'
        self.assertEqual(self.table(ROWS, ZH, size=2, columns=every)[1][1],
                         ['2026-01-01 12:00:01', '1.25', '0.005', '是', "'=a、b", '一处', 'u1', '2026-01-02',
                          '2026-01-02', '9007199254740994', "'=x"])
        self.assertEqual(self.table(ROWS, EN, size=1, columns='flag,tags,due')[1], [['no', "'=a, b", '']])

    @unittest.skipUnless(openpyxl, 'openpyxl is not installed')
    def test_a_workbook_has_the_same_and_its_numbers_and_days_are_such(self):
        reply = self.get(ROWS, ZH, **{'as': 'xlsx', 'size': 450, 'columns': 'id,name,due.day,at,price,ratio,flag,big'})
        self.assertEqual((reply.status, reply.header('Content-Type')), (200, XLSX))
        sheet = openpyxl.load_workbook(io.BytesIO(reply.body)).active
        rows = list(sheet.iter_rows())
        self.assertEqual([c.value for c in rows[0]], ['编号', '名称', '期限', 'at', 'price', 'ratio', 'flag', 'big'])
        self.assertEqual(len(rows), 451)
        self.assertEqual([r[0].value for r in rows[1:]], list(range(450)))
        second = rows[2]
        self.assertEqual(second[1].value, '=1+1')
        self.assertEqual(second[1].data_type, 's')  # no formula
        self.assertEqual((second[2].value.date().isoformat(), second[3].value.isoformat()),
                         ('2026-01-02', '2026-01-01T12:00:01'))
        self.assertEqual((second[4].value, second[5].value, second[6].value), (1.25, 0.005, '是'))
        self.assertEqual(second[7].value, '9007199254740994')  # more digits than a sheet's numbers have
        self.assertEqual(sheet.title, '行列表')

    def test_the_file_is_named_after_the_list_and_the_day(self):
        for lang, name in ((ZH, '行列表'), (EN, 'row.list')):
            told = self.get(ROWS, lang, **{'as': 'xlsx', 'size': 1}).header('Content-Disposition')
            name = urllib.parse.quote(name)
            self.assertRegex(told, r"^attachment; filename=\"[\w.-]+\"; filename\*=UTF-8''" + re.escape(name) +
                             r'-\d{4}-\d\d-\d\d\.xlsx$')

    def test_columns_that_are_none_are_refused(self):
        for columns in ('', ',', 'id,', 'id,,name', '.', 'due.', '.day', 'due..day', 'a b', '=cmd', 'id;name', "id'",
                        '../x', '__proto__()', 'x' * 200, ','.join(['id'] * 65), 'id\u4e91', '*'):
            with self.subTest(columns):
                problem = self.refused(self.get(ROWS, **{'as': 'csv', 'size': 1, 'columns': columns}), 400,
                                       'columns-invalid', '?columns')
                self.assertEqual(problem['figures'], {'max': 64})
        for columns in ('none', 'id.x', 'name.x', 'due.month', '__proto__', 'constructor', 'id,next', 'items'):
            with self.subTest(columns):
                self.refused(self.get(ROWS, **{'as': 'csv', 'size': 1, 'columns': columns}), 400, 'column-unknown',
                             '?columns')
        self.assertEqual(len(self.table(size=1, columns=','.join(['id'] * 64))[0]), 64)

    def test_titles_are_one_for_each_column(self):
        self.assertEqual(self.table(size=1, columns='id,name', titles='序号, no|"名"')[0], ['序号, no', '"名"'])
        self.assertEqual(self.table(size=1, titles='a|b||d')[0], ['a', 'b', '', 'd'])
        for titles in ('a', 'a|b|c', '|||'):
            problem = self.refused(self.get(ROWS, **{'as': 'csv', 'size': 1, 'columns': 'id,name', 'titles': titles}),
                                   400, 'titles-count', '?titles')
            self.assertEqual(problem['figures'], {'n': 2})

    def test_a_page_of_a_file_and_parts_of_a_file_without_one_are_refused(self):
        for query in ('as=csv&limit=5', 'cursor=5&as=xlsx', 'limit=50&cursor=1&as=csv'):
            self.refused(self.probe.get(f'{ROWS}?size=9&{query}'), 400, 'list-whole')
        for query in ('columns=id', 'titles=a', 'columns=id&titles=a&limit=3'):
            self.refused(self.probe.get(f'{ROWS}?size=9&{query}'), 400, 'field-required', '?as')
        for query in ('as=pdf', 'as=CSV', 'as=json'):
            self.refused(self.probe.get(f'{ROWS}?size=9&{query}'), 400, 'field-choice', '?as')
        for query in ('%61s=csv', 'as=csv&as=xlsx', 'as=', 'as', 'x=as=csv'):
            self.assertEqual(self.probe.get(f'{ROWS}?size=9&{query}').status, 400, query)

    def test_what_is_no_list_is_no_file(self):
        for path in ('/api/v1/notes/a', '/healthz', '/api/v1/news/first', '/api/v1/hold'):
            self.refused(self.probe.get(path + '?as=csv'), 400, 'field-unknown', '?as')

    def test_a_list_beyond_the_bound_is_refused_and_says_which(self):
        self.assertEqual(len(self.table(size=1000, columns='id')[1]), 1000)
        for kind in ('csv', 'xlsx'):
            problem = self.refused(self.get(ROWS, **{'as': kind, 'size': 1001}), 413, 'list-too-long')
            self.assertEqual(problem['figures'], {'max': 1000})

    def test_filters_and_permission_are_those_of_the_list(self):
        self.refused(self.get(ROWS, who=b'', **{'as': 'csv', 'size': 1}), 401, 'sign-in-required')
        self.refused(self.get(ROWS, who=b'Authorization: Bearer guest\r\n', **{'as': 'csv', 'size': 1}), 403,
                     'not-permitted')
        self.refused(self.get(ROWS, **{'as': 'csv'}), 400, 'field-required', '?size')
        self.refused(self.get(ROWS, **{'as': 'csv', 'size': 1, 'other': 1}), 400, 'field-unknown', '?other')
        self.refused(self.get(ROWS, **{'as': 'csv', 'size': 1, 'kind': 'memo'}), 409, 'note-failed')
        cookie = self.get(ROWS, who=b'Cookie: yh_session=alice-session\r\n', **{'as': 'csv', 'size': 1})
        self.assertEqual(cookie.status, 200)  # a link in a page is enough
        self.assertEqual(cookie.header('Cache-Control'), 'no-store')

    def test_files_are_made_on_workers_of_their_own(self):
        with self.probe.line() as line:
            line.send(b'GET /api/v1/hold HTTP/1.1\r\n' + HOST + ALICE + b'\r\n')  # the only worker of the rest
            self.probe.until('yunheng_http_requests_running', 1)
            self.assertEqual(len(self.table(size=400, columns='id')[1]), 400)
            self.probe.release_until(line)
        self.assertGreater(self.probe.figures()['yunheng_http_request_duration_seconds_count{kind="list"}'], 0)

    def test_the_contract_tells_of_it(self):
        api = json.loads(self.probe.get('/api/v1/openapi.json').body)
        for path, ops in api['paths'].items():
            for op in ops.values():
                names = {p.get('$ref', '').rsplit('/', 1)[-1] for p in op['parameters']}
                self.assertEqual('as' in names, 'cursor' in names, path)
                self.assertEqual({'columns', 'titles'} <= names, 'cursor' in names, path)
        self.assertEqual(api['components']['parameters']['as']['schema']['enum'], ['csv', 'xlsx'])
        done = api['paths'][ROWS]['get']['responses']['200']
        self.assertEqual((list(done['content']), done['x-files']), (['application/json'], ['text/csv', XLSX]))


class Stopping(unittest.TestCase):
    def test_who_hangs_up_does_not_keep_the_server(self):
        server = probe.Probe()
        for _ in range(8):
            with server.line() as line:
                line.send(b'GET /api/v1/rows?as=xlsx&size=1000 HTTP/1.1\r\n' + HOST + ALICE + b'\r\n')
        status, log = server.stop()
        self.assertEqual(status, 0, log)
        self.assertNotIn('Sanitizer', log)


if __name__ == '__main__':
    unittest.main(verbosity=1)
