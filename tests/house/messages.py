"""Every failure's slug in the sources, every notice that a pack sends and every word of the vocabulary
has a sentence in both message catalogues, with the same figures; every code word that people meet
has a title there; what a form of a pack asks is titled in both languages by the pack itself; and the
console says all it says in both: messages.py ROOT"""
import json
import os
import re
import sys

CALL = re.compile(r'yh_(?:fail|fail_field|refuse|pack_fault|yaml_fail)\s*\((?:[^()"]|\([^()]*\))*?"([a-z0-9-]+)"', re.S)
TOLD = re.compile(r'yh_case_(?:tell|told)\((?:[^()"]|\([^()]*\))*?"([a-z0-9-]+)"', re.S)
NOTICE = re.compile(r"^\s*- notice\.\w+:.*\btext: ([a-z0-9-]+)", re.M)
RECORDED = re.compile(r'_record\((?:[^()"]|\([^()]*\))*?"([a-z_]+\.[a-z_]+)"', re.S)
WORD = re.compile(r'^SIG\(\w+, "([a-z_]+\.[a-z_]+)"', re.M)
JOB = re.compile(r'^\t\{ "([a-z_.]+)", ', re.M)
ACTION = re.compile(r'^    ([a-z]+\.[a-z_]+): (\w+)$', re.M)
LINE = re.compile(r'^([a-z0-9-]+): "(.*)"$')


def catalogue(path):
    found = {}
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith('#'):
                continue
            m = LINE.match(line.rstrip('\n'))
            if not m or m.group(1) in found:
                raise SystemExit(f'{path}:{number}: not one `slug: "sentence"`, or twice')
            found[m.group(1)] = set(re.findall(r'\{(\w+(?::\w+)?)\}', m.group(2)))
    return found


def used(root):
    slugs = {}
    for folder, _, names in os.walk(os.path.join(root, 'src')):
        for name in names:
            if name.endswith('.c'):
                path = os.path.join(folder, name)
                with open(path, encoding='utf-8') as f:
                    text = f.read()
                for pattern in (CALL, TOLD):
                    for m in pattern.finditer(text):
                        slugs.setdefault(m.group(1), os.path.relpath(path, root))
    return slugs


def sent(root):
    """The notices of the packs, and the file that sends each."""
    slugs = {}
    for folder, _, names in os.walk(os.path.join(root, 'policy')):
        for name in names:
            if name.endswith('.yaml'):
                path = os.path.join(folder, name)
                with open(path, encoding='utf-8') as f:
                    for m in NOTICE.finditer(f.read()):
                        slugs.setdefault(m.group(1), os.path.relpath(path, root))
    return slugs


def words(root):
    """What people must be able to read a title of: the choices of forms, kinds of jobs, events, and what the
    permission matrix is made of."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            where = os.path.relpath(path, root)
            if not name.endswith(('.c', '.json', 'permissions.yaml')) or not where.startswith(('src/', 'policy/')):
                continue
            with open(path, encoding='utf-8') as f:
                text = f.read()
            if name.endswith('.json'):
                for choices in re.findall(r'"enum": \[([^]]*)\]', text):
                    for word in re.findall(r'"([^"]*)"', choices):
                        found['word-value-' + word] = where
            if name == 'permissions.yaml':
                for action, relation in ACTION.findall(text):
                    found['word-action-' + action] = found['word-relation-' + relation] = where
            for word in RECORDED.findall(text):
                found['word-event-' + word] = where
            for word in WORD.findall(text):
                found['vocab-' + word] = where
            if where == 'src/jobs/kinds.c':
                for word in JOB.findall(text):
                    found['word-job-kind-' + word] = where
    return {re.sub('[_.]', '-', word): where for word, where in found.items()}


def untitled(schema, path):
    """What of a form a console could not name: properties, and choices of an enum."""
    if 'enum' in schema and 'x-enum-titles' not in schema:
        yield path
    for name, sub in schema.get('properties', {}).items():
        if not (sub.get('title') and sub.get('x-title-en')):
            yield f'{path}/{name}'
        yield from untitled(sub, f'{path}/{name}')
    if 'items' in schema:
        yield from untitled(schema['items'], path)


def forms(root):
    for folder, _, names in os.walk(os.path.join(root, 'policy')):
        for name in sorted(names):
            if name.endswith('.json'):
                path = os.path.join(folder, name)
                with open(path, encoding='utf-8') as f:
                    yield from untitled(json.load(f), os.path.relpath(path, root))


def texts(node, path):
    """The texts of a room of the console by their paths, each with the figures it names."""
    if isinstance(node, dict):
        return {k: v for name, inner in node.items() for k, v in texts(inner, f'{path}.{name}').items()}
    return {path: set(re.findall(r'{(\w+)}', node))}


def console(root):
    """What the console says in one language only, or with other figures."""
    said = {}
    for lang in ('zh', 'en'):
        folder = os.path.join(root, 'web/src/locales', lang)
        said[lang] = {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding='utf-8') as f:
                said[lang].update(texts(json.load(f), name[:-len('.json')]))
    zh, en = said['zh'], said['en']
    return ([f'{path}: the console says it in one language only' for path in sorted(set(zh) ^ set(en))] +
            [f'{path}: figures differ in the console' for path in sorted(set(zh) & set(en))
             if zh[path] - {'n'} != en[path] - {'n'}])


def main(root):
    zh = catalogue(os.path.join(root, 'policy/messages/zh.yaml'))
    en = catalogue(os.path.join(root, 'policy/messages/en.yaml'))
    faults = [f'{slug}: only in one language' for slug in sorted(set(zh) ^ set(en))]
    faults += [f'{slug}: figures differ' for slug in sorted(set(zh) & set(en))
               if zh[slug] != en[slug]]
    faults += [f'{slug}: no sentence ({path})' for slug, path
               in sorted({**used(root), **sent(root)}.items()) if slug not in zh]
    faults += [f'{word}: no title ({path})' for word, path in sorted(words(root).items())
               if word not in zh]
    faults += [f'{where}: no title in both languages' for where in forms(root)]
    faults += console(root)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
