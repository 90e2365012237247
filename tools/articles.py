#!/usr/bin/env python3
"""What the software does for each article of the measures, and the tests that prove it: makes
docs/articles.md of docs/requirements.yaml, the pack it names, and what the tests cite.

    tools/articles.py [--root DIR] [--check]    writes the page, or says whether it is as it should be

A test cites requirements in its name (test_A19_2_…) or in the comment right above it
(`proves A19.2, T3`); S… are rows of tools/security.py, and may stand among them. Faults: a requirement that no test cites and that is not in `not_yet`; one in
`not_yet` that a test cites; an unknown one; a citation that stands above no test; a test that no build
runs; an article of which nothing is said; and, with --check, a page that is not what this prints."""
import argparse
import collections
import os
import re
import sys

import yaml

PAGE, DATA = 'docs/articles.md', 'docs/requirements.yaml'
ID = r'(?:A\d{1,2}\.\d{1,2}|[TX]\d{1,2}|S\d{2})'
CITED = re.compile(rf'\bproves ({ID}(?:(?:, | and ){ID})*)')
IN_NAME = re.compile(r'(A\d{1,2}_\d{1,2}|[TX]\d{1,2}|S\d{2}|A\d{1,2})_')
TEST = {'.py': re.compile(r'\s*def (test_\w+)\('),
        '.c': re.compile(r'(?:static )?void (\w+)\(void(?: \*\*\w+)?\)'),
        '.mjs': re.compile(r"\s*name: ['`](.*)['`],$")}
ABOVE = {'.py': re.compile(r'\s*[#@]'), '.c': re.compile(r'\s*/?\*'), '.mjs': re.compile(r'\s*//|\s*\{$')}
LAW = {'law': '法', 'local': '本地', 'beyond': '自加'}

Proof = collections.namedtuple('Proof', 'path test')


def load(*path):
    full = os.path.join(*path)
    if not os.path.exists(full):
        return {}
    with open(full, encoding='utf-8') as f:
        return yaml.safe_load(f) or {}


class Cited:
    """Every citation of the tests: `by` requirement, and what is wrong with some."""

    def __init__(self, root):
        self.by, self.faults = collections.defaultdict(list), []
        for folder, dirs, names in os.walk(os.path.join(root, 'tests')):
            dirs.sort()
            for name in sorted(names):
                kind = os.path.splitext(name)[1]
                if kind in TEST and not (kind == '.py' and not name.startswith('test_')):
                    self.read(root, os.path.relpath(os.path.join(folder, name), root), kind)

    def read(self, root, path, kind):
        with open(os.path.join(root, path), encoding='utf-8') as f:
            lines = f.read().split('\n')
        waiting, cites = [], False
        for number, line in enumerate(lines, 1):
            here = CITED.search(line)
            test = TEST[kind].match(line)
            if here and ABOVE[kind].match(line):
                waiting += [(number, one) for one in re.findall(ID, here.group(1))]
            elif test:
                named = self.in_name(path, number, test.group(1)) if kind == '.py' else []
                for _, one in waiting + [(number, one) for one in named]:
                    if Proof(path, test.group(1)) not in self.by[one]:
                        self.by[one].append(Proof(path, test.group(1)))
                cites = cites or bool(waiting or named)
                waiting = []
            elif waiting and not ABOVE[kind].match(line):
                self.faults.append(f'{path}:{waiting[0][0]}: {waiting[0][1]} is cited above no test')
                waiting = []
        if cites and not runs(root, path, kind):
            self.faults.append(f'{path}: cites requirements, and no meson.build runs it')

    def in_name(self, path, number, name):
        ids, rest = [], name[len('test_'):]
        while m := IN_NAME.match(rest):
            if m.group(1)[0] == 'A' and '_' not in m.group(1):
                self.faults.append(f'{path}:{number}: {m.group(1)} is an article and no requirement')
            else:
                ids.append(m.group(1).replace('_', '.'))
            rest = rest[m.end():]
        return ids


def runs(root, path, kind):
    if kind == '.mjs':  # the browser's runner reads its whole folder
        return True
    stem = re.escape(os.path.splitext(os.path.basename(path))[0])
    short = re.sub('^test_', '', stem)
    with open(os.path.join(root, os.path.dirname(path), 'meson.build'), encoding='utf-8') as f:
        return re.search(rf"'({stem}|{short})(\.c|\.py)?'", f.read()) is not None


class Pack:
    """What of a pack rests on each article."""

    def __init__(self, root, name):
        self.dir = os.path.join(root, 'policy', name)
        self.articles = load(self.dir, 'articles.yaml')['articles']
        self.parameters = load(self.dir, 'parameters.yaml')['parameters']
        self.permissions = load(self.dir, 'permissions.yaml')['permissions']
        self.actions = {action for role in self.permissions.values() for action in role}
        self.procedures = {}
        folder = os.path.join(self.dir, 'procedures')
        for file in sorted(os.listdir(folder)):
            p = load(folder, file)
            self.procedures[p['procedure']] = p
        self.data = {what: load(self.dir, what + '.yaml').get(what, {})
                     for what in ('kinds', 'rules', 'registers', 'duties', 'papers')}

    def of(self, article):
        """{heading: [line]} of what names an article."""
        own = [p for p in self.procedures.values() if base(p.get('article')) == article]
        also = [f'`{p["procedure"]}`：{"、".join(found)}' for p in self.procedures.values()
                if (found := self.inside(p, article, p in own))]
        law = [f'`{k}` = {v["value"]}（{v["zh"]} / {v["en"]}）' for k, v in self.parameters.items()
               if base(v.get('article')) == article]
        used = {k for p in own for k in dollars(p)}
        local = [f'`{k}` = {v["value"]}' for k, v in self.parameters.items()
                 if v.get('local') and k in used]
        data = [f'`{what}.yaml`: `{k}` {v["zh"]} / {v["en"]}' for what, all_ in self.data.items()
                for k, v in all_.items() if base(v.get('article')) == article]
        return {'流程 / Procedures': [self.procedure(p) for p in own],
                '其他流程中的检查与环节 / Checks and steps elsewhere': also,
                '办法的参数 / Parameters of the measures': law,
                '本地政策的参数 / Parameters of local policy': ['、'.join(local)] if local else [],
                '政策数据 / Data of the pack': data}

    @staticmethod
    def procedure(p):
        files = listed(p['filed_by']) if 'filed_by' in p else ['time']
        bodies = [role for step in (p.get('steps') or {}).values() for key in
                  ('decided_by', 'confirmed_by', 'fulfilled_by') for role in listed(step.get(key))]
        return (f'`{p["procedure"]}` {p["title"]["zh"]} / {p["title"]["en"]} — `file:{p["procedure"]}`: '
                f'{", ".join(files)}; `decide:{p["procedure"]}.*`: {", ".join(dict.fromkeys(bodies)) or "–"}')

    def inside(self, p, article, own):
        """The words, and of other articles' procedures the steps, of a procedure that name an article."""
        found = []
        for place, part in [(None, p)] + list((p.get('steps') or {}).items()):
            if place and not own and self.step_is_of(part, article):
                found.append(f'`{place}`')
            for key in ('checks', 'when', 'unless', 'effect', 'on_filed'):
                found += [f'`{word}`' for word, args in words(part.get(key))
                          if base(args.get('article')) == article]
        return list(dict.fromkeys(found))

    def step_is_of(self, step, article):
        clock = str(step.get('within') or step.get('waits') or '')
        of_clock = self.parameters.get(clock[1:], {}).get('article') if clock[:1] == '$' else None
        return article in (base(step.get('article')), base(of_clock))


def base(article):
    return str(article).split('.', maxsplit=1)[0] if article is not None else None


def listed(value):
    return value if isinstance(value, list) else [value] if value else []


def words(entries):
    for entry in entries or []:
        if isinstance(entry, dict):
            for word, args in entry.items():
                yield word, args if isinstance(args, dict) else {}
        else:
            yield entry, {}


def dollars(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return {name for one in value for name in dollars(one)}
    return {value[1:]} if isinstance(value, str) and value.startswith('$') else set()


def faults(data, cited, pack):
    known, later = data['requirements'], data['not_yet']
    found = list(cited.faults)
    found += [f'{cited.by[one][0].path}: there is no requirement {one}'
              for one in sorted(cited.by) if one not in known and one[0] != 'S']
    found += [f'{DATA}: not_yet names {one}, which is no requirement' for one in later if one not in known]
    for one, what in known.items():
        if not cited.by.get(one) and one not in later:
            found.append(f'{DATA}: no test proves {one}')
        if cited.by.get(one) and one in later:
            found.append(f'{DATA}: {one} is in not_yet, and {cited.by[one][0].path} proves it')
        for action in what.get('permissions', []):
            if action not in pack.actions:
                found.append(f'{DATA}: {one}: the matrix has no {action}')
    for article in pack.articles:
        if article not in data['principles'] and not of_article(data, article):
            found.append(f'{DATA}: no requirement of article {article}')
    return found


def of_article(data, article):
    return {k: v for k, v in data['requirements'].items()
            if k.startswith(f'A{article}.') or str(v.get('article')) == article}


def cell(text):
    return text.replace('|', '\\|').replace('\n', ' ')


def state(data, cited, one):
    if one in data['not_yet']:
        return '**尚未 / not yet**'
    return '<br>'.join(f'{p.path[len("tests/"):]} `{cell(p.test)}`' for p in cited.by[one])


def summary(data, cited, pack, article, title):
    """A line of the table: an article, what is done for it, on what that rests, and what proves it."""
    mine, rests = of_article(data, article), []
    if article in data['principles']:
        said = data['principles'][article]
        return f'| {article} {title["zh"]} | 原则：{said["zh"]} | – | – |'
    for heading, lines in pack.of(article).items():
        if heading.startswith('流程') or heading.startswith('其他'):
            rests += re.findall(r'^`(\w+)`', '\n'.join(lines), re.M)
        elif heading.startswith('办法') or heading.startswith('政策数据'):
            rests += re.findall(r'^(?:`\w+\.yaml`: )?`([\w.]+)`', '\n'.join(lines), re.M)
    rests += [r for v in mine.values() for r in (*v.get('permissions', []), *v.get('rests', []))]
    done = [f'{k} {v["zh"]}' + ('（尚未）' if k in data['not_yet'] else '') for k, v in mine.items()]
    tests = list(dict.fromkeys(p for k in mine for p in cited.by.get(k, [])))
    shown = [f'`{cell(p.test)}`' for p in tests[:3]]
    if len(tests) > 3:
        shown.append(f'… [{len(tests)}](#art-{article})')
    return (f'| [{article} {title["zh"]}](#art-{article}) | {"<br>".join(map(cell, done))} | '
            f'{"、".join(f"`{r}`" for r in dict.fromkeys(rests)) or "尚未 / not yet"} | '
            f'{"<br>".join(shown) or "尚未 / not yet"} |')


def requirement(data, cited, one, what):
    lacks = what.get('lacks')
    text = f'{what["zh"]}<br>{what["en"]}'
    if lacks:
        text += f'<br>**尚缺 / still missing**: {lacks["zh"]} / {lacks["en"]}'
    source = '、'.join(LAW[s] for s in what['source'])
    return f'| {one} | {source} | {text} | {state(data, cited, one)} |'


def table(data, cited, chosen):
    return ['| 编号 / ID | 依据 / Source | 软件做什么 / What the software does | 测试 / Tests |', '|---|---|---|---|',
            *(requirement(data, cited, one, what) for one, what in chosen.items()), '']


def page(data, cited, pack):
    built = [k for k in data['requirements'] if k not in data['not_yet']]
    out = ['# 逐条对照 / Article by article', '',
           '<!-- Made by tools/articles.py of docs/requirements.yaml, the pack and the tests: not by hand. -->', '',
           f'政策包 `{data["pack"]}`。{len(built)} 项要求有测试证明，{len(data["not_yet"])} 项尚未。'
           '依据：法 = 办法有规定，本地 = 办法未规定、由参数给出的本地政策，自加 = 办法之外。',
           f'Pack `{data["pack"]}`. {len(built)} requirements are proved by tests, {len(data["not_yet"])} are not yet '
           'built. Source: 法 the measures, 本地 local policy by parameter, 自加 beyond the measures.', '',
           '| 条 / Article | 软件做什么 / What the software does | 流程、参数、权限 / Rests on | 测试 / Tests |',
           '|---|---|---|---|']
    articles = sorted(pack.articles.items(), key=lambda a: int(a[0]))
    out += [summary(data, cited, pack, article, title) for article, title in articles]
    if data['not_yet']:
        out += ['', '尚未 / Not yet: ' + '、'.join(data['not_yet'])]
    for article, title in articles:
        if article in data['principles']:
            continue
        out += ['', f'<a id="art-{article}"></a>', f'## 第{article}条 {title["zh"]} / Art. {article} {title["en"]}',
                f'{title["summary_zh"]} / {title["summary_en"]}', '']
        for heading, lines in pack.of(article).items():
            out += [f'- {heading}：'] * bool(lines) + [f'  - {line}' for line in lines]
        actions = [a for v in of_article(data, article).values() for a in v.get('permissions', [])]
        if actions:
            out.append('- 权限 / Permissions: ' + '、'.join(f'`{a}`' for a in dict.fromkeys(actions)))
        out += ['', *table(data, cited, {k: v for k, v in of_article(data, article).items() if k[0] == 'A'})]
    for letter, title in (('T', '期间与时限 / Time'), ('X', '处处适用 / Everywhere')):
        out += [f'## {title}', '', *table(data, cited, {k: v for k, v in data['requirements'].items()
                                                        if k[0] == letter})]
    return '\n'.join(out).rstrip() + '\n'


def main(root, check):
    data = load(root, DATA)
    cited, pack = Cited(root), Pack(root, data['pack'])
    found = faults(data, cited, pack)
    if not found:
        text, path = page(data, cited, pack), os.path.join(root, PAGE)
        if not check:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
        elif not os.path.exists(path) or open(path, encoding='utf-8').read() != text:
            found = [f'{PAGE}: not what tools/articles.py prints; run it']
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == '__main__':
    options = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    options.add_argument('--root', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    options.add_argument('--check', action='store_true')
    chosen_options = options.parse_args()
    sys.exit(main(os.path.normpath(chosen_options.root), chosen_options.check))
