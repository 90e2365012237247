"""Writes the migrations (NNN_name.sql …) as a C table: embed.py OUT.c FILE.sql …"""
import os
import re
import sys


def c_string(line):
    return '"' + line.replace('\\', '\\\\').replace('"', '\\"') + '\\n"'


def main(out, files):
    parts = ['/* Made from the migrations; see embed.py. */', '#include "store/schema.h"', '']
    rows = []
    for want, path in enumerate(sorted(files), start=1):
        name = os.path.basename(path)
        number = int(re.match(r'(\d{3})_[a-z_]+\.sql$', name).group(1))
        if number != want:
            sys.exit(f'{name}: migration {want} is missing')
        with open(path, encoding='utf-8') as f:
            body = '\n\t'.join(c_string(line) for line in f.read().splitlines())
        parts.append(f'static const char sql_{number}[] =\n\t{body};\n')
        rows.append(f'\t{{ {number}, "{name[4:-4]}", sql_{number} }},')
    parts.append('static const struct yh_migration migrations[] = {')
    parts += rows
    parts.append('};\n')
    parts.append('const struct yh_migration *yh_schema(size_t *n)\n{\n'
                 '\t*n = sizeof migrations / sizeof migrations[0];\n\treturn migrations;\n}')
    with open(out, 'w', encoding='utf-8') as f:
        f.write('\n'.join(parts) + '\n')


main(sys.argv[1], sys.argv[2:])
