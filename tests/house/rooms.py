"""The rooms of src/ include only what is below them, SQL engines stay in src/db, HTTP in src/http,
and files, headers and functions keep their size, files of the tests theirs: rooms.py ROOT"""
import os
import re
import sys

ROOMS = ('cmd api http sim jobs link export notify effects services cases clouds meter store db law'
         ' agent net base').split()
SYSTEM = {'sqlite3.h': {'db'}, 'libpq-fe.h': {'db'}, 'microhttpd.h': {'http'},
          'curl/curl.h': {'net'}, 'xlsxwriter.h': {'export'}, 'minizip/zip.h': {'export'},
          'cairo-pdf.h': {'export'}, 'qrencode.h': {'export'}, 'pango/pangocairo.h': {'export'}, 'libical/ical.h': {'export', 'law'},
          'libvirt/libvirt.h': {'clouds'}, 'libvirt/virterror.h': {'clouds'}}
SQL = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\s')
SIZES = {'.c': 600, '.h': 200}
FUNCTION = 70
TESTS = ('.c', '.h', '.py', '.mjs')
TEST_FILE = 600


def check_includes(room, path, lines):
    for number, line in enumerate(lines, 1):
        m = re.match(r'#include ["<]([^">]+)[">]', line)
        if not m:
            continue
        name = m.group(1)
        if name in SYSTEM and room not in SYSTEM[name]:
            yield f'{path}:{number}: {name} belongs to src/{"/".join(SYSTEM[name])}'
        if line.startswith('#include "'):
            other = name.split('/')[0]
            if other not in ROOMS:
                yield f'{path}:{number}: no room called {other}'
            elif ROOMS.index(other) < ROOMS.index(room):
                yield f'{path}:{number}: {room} may not include {name}: the arrow runs up'


def check_sql(room, path, lines):
    if room in ('db', 'store'):
        return
    for number, line in enumerate(lines, 1):
        if SQL.search(line):
            yield f'{path}:{number}: SQL outside src/store and src/db'


def check_sizes(path, lines):
    most = SIZES[os.path.splitext(path)[1]]
    if len(lines) > most:
        yield f'{path}: {len(lines)} lines, at most {most}'
    begin = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            begin = number
        elif line == '}' and begin:
            excused = any('Longer than 70 lines:' in text for text in lines[max(0, begin - 12):begin])
            if number - begin - 1 > FUNCTION and not excused:
                yield f'{path}:{begin}: a function of {number - begin - 1} lines, at most {FUNCTION}'
            begin = None


def check_tests(root):
    for folder, _, names in sorted(os.walk(os.path.join(root, 'tests'))):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if os.path.splitext(name)[1] not in TESTS:
                continue
            with open(os.path.join(root, path), encoding='utf-8') as f:
                n = sum(1 for _ in f)
            if n > TEST_FILE:
                yield f'{path}: {n} lines, at most {TEST_FILE}'


def faults(root):
    src = os.path.join(root, 'src')
    for folder, _, names in sorted(os.walk(src)):
        for name in sorted(names):
            if os.path.splitext(name)[1] not in SIZES:
                continue
            path = os.path.relpath(os.path.join(folder, name), root)
            room = path.split(os.sep)[1]
            with open(os.path.join(root, path), encoding='utf-8') as f:
                lines = f.read().splitlines()
            yield from check_includes(room, path, lines)
            yield from check_sql(room, path, lines)
            yield from check_sizes(path, lines)
    yield from check_tests(root)


def main(root):
    found = list(faults(root))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
