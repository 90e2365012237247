"""Writes the schema of the link's documents as a C text: embed.py OUT.c SCHEMA.json"""
import json
import sys

with open(sys.argv[2], encoding='utf-8') as f:
    text = json.dumps(json.load(f), ensure_ascii=True, separators=(',', ':'))
lines = [text[i:i + 120] for i in range(0, len(text), 120)]
with open(sys.argv[1], 'w', encoding='utf-8') as f:
    f.write('/* Made from docs/link.schema.json; see embed.py. */\n#include "link/shape.h"\n\n'
            'const char yh_link_schema_text[] =\n')
    f.write('\n'.join('\t"' + x.replace('\\', '\\\\').replace('"', '\\"') + '"' for x in lines) + ';\n')
