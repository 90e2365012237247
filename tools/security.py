#!/usr/bin/env python3
"""What the software does for each row of the security and service standards, and the tests that prove
it: makes docs/security.md of docs/security.yaml and what the tests cite.

    tools/security.py [--root DIR] [--check]    writes the page, or says whether it is as it should be

A test cites a row in its name (test_S04_…) or in the comment right above it (`proves S04`), as it does
requirements (tools/articles.py). A row says what is asked (`asks`), what the software does (`does`) or
why that is the matter of whoever runs it (`deployment`, with the heading of the guide that says how),
or both; `partly: true` where the software does a part of it. Faults: a row with neither a test nor a
deployment; a deployment whose heading is not there; `partly` of what is whole; `owed` of what is
proved; a row that nobody knows; and, with --check, a page that is not what this prints. What is still
owed is counted and printed; once `owed_allowed` is false, it is a fault."""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from articles import Cited, cell, load  # noqa: E402

PAGE, DATA = 'docs/security.md', 'docs/security.yaml'
GUIDE = 'operator-guide.zh-CN.md'


def headings(root, name):
    path = os.path.join(root, 'docs', name)
    if not os.path.exists(path):
        return set()
    with open(path, encoding='utf-8') as f:
        return set(re.findall(r'^#+ (.+?)\s*$', f.read(), re.M))


def place(guide):
    """'章节' of the operator's guide, or 'page.zh-CN.md#章节'."""
    name, found, heading = guide.rpartition('#')
    return (name if found else GUIDE), heading


def faults_of(root, one, row, tests):
    found, deployment = [], row.get('deployment')
    for key in ('standard', 'clause', 'asks'):
        if not row.get(key):
            found.append(f'{one} says no {key}')
    if tests and not row.get('does'):
        found.append(f'{one} is proved and does not say what the software does')
    if row.get('owed') and tests and not row.get('partly'):
        found.append(f'{one} is owed, and {tests[0].path} proves it: take `owed` away')
    if not tests and not deployment and not row.get('owed'):
        found.append(f'{one} has no test and is no matter of the deployment')
    if row.get('partly') and not (tests and (deployment or row.get('owed'))):
        found.append(f'{one} is partly so, and needs tests and what the other part is')
    if deployment:
        name, heading = place(deployment.get('guide', ''))
        if heading not in headings(root, name):
            found.append(f'{one}: docs/{name} has no heading "{heading}"')
        if not deployment.get('zh'):
            found.append(f'{one}: why it is a matter of the deployment is not said')
    return [f'{DATA}: {line}' for line in found]


def faults(root, data, cited):
    rows = data['rows']
    found = [f for f in cited.faults if re.search(r'\bS\d{2}\b', f)]
    found += [f'{cited.by[one][0].path}: there is no row {one}'
              for one in sorted(cited.by) if one[0] == 'S' and one not in rows]
    for one, row in rows.items():
        found += faults_of(root, one, row, cited.by.get(one, []))
        if row.get('owed') and not data.get('owed_allowed'):
            found.append(f'{DATA}: {one} is owed, and nothing may be any more')
    return found


def state(row, tests):
    if row.get('owed'):
        return '尚欠'
    if row.get('partly') or (tests and row.get('deployment')):
        return '软件＋部署'
    return '软件' if tests else '部署'


def who(row):
    deployment = row.get('deployment')
    if not deployment:
        return ''
    name, heading = place(deployment['guide'])
    return f'<br>**部署方**：{deployment["zh"]}（[{heading}]({name})）'


def summary(one, row, tests):
    done = cell(row.get('does', '')) + cell(who(row))
    if row.get('owed'):
        done += f'<br>**尚欠**：{cell(row["owed"])}'
    return (f'| [{one}](#{one.lower()}) | {row["standard"]} {row["clause"]} | {cell(row["asks"])} | '
            f'{done.removeprefix("<br>")} | {state(row, tests)} | {len(tests) or "–"} |')


def detail(one, row, tests):
    out = ['', f'<a id="{one.lower()}"></a>', f'### {one} {row["asks"]}', '']
    for proof in tests:
        out.append(f'- {proof.path[len("tests/"):]} `{proof.test}`')
    return out if tests else []


def page(data, cited):
    rows = data['rows']
    proved = [one for one in rows if cited.by.get(one)]
    owed = [one for one, row in rows.items() if row.get('owed')]
    ours = [one for one, row in rows.items() if row.get('deployment')]
    out = ['# 安全与服务标准逐项对照', '',
           '<!-- Made by tools/security.py of docs/security.yaml and the tests: not by hand. -->', '',
           f'共 {len(rows)} 项：{len(proved)} 项有测试证明，{len(ours)} 项全部或部分由部署方承担，'
           f'{len(owed)} 项尚欠。', '',
           '“要求”是我们自己的概括，不是标准原文；标准以其正式文本为准。“软件＋部署”表示软件做一部分，'
           '另一部分写明由部署方做，并指向说明怎样做的章节。', '',
           '| 编号 | 标准与条款 | 要求 | 怎样满足 | 由谁 | 测试 |', '|---|---|---|---|---|---|']
    out += [summary(one, row, cited.by.get(one, [])) for one, row in rows.items()]
    out += ['', '## 证明各项的测试']
    for one, row in rows.items():
        out += detail(one, row, cited.by.get(one, []))
    return '\n'.join(out) + '\n'


def was(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as f:
        return f.read()


def main(root, check):
    data = load(root, DATA)
    cited = Cited(root)
    found = faults(root, data, cited)
    if not found:
        text, path = page(data, cited), os.path.join(root, PAGE)
        if not check:
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
        elif was(path) != text:
            found = [f'{PAGE}: not what tools/security.py prints; run it']
    for fault in found:
        print(fault)
    owed = {one: row['owed'] for one, row in data['rows'].items() if row.get('owed')}
    if owed:
        print(f'{len(owed)} rows are owed: ' + '; '.join(f'{one} {what}' for one, what in owed.items()))
    return 1 if found else 0


if __name__ == '__main__':
    options = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    options.add_argument('--root', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    options.add_argument('--check', action='store_true')
    chosen_options = options.parse_args()
    sys.exit(main(os.path.normpath(chosen_options.root), chosen_options.check))
