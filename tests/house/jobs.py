"""Every kind of job that is inserted somewhere in src/ stands in the table of src/jobs/kinds.c:
jobs.py ROOT"""
import os
import re
import sys

INSERT = re.compile(r'yh_job_(?:insert|waits|cancel)\([^;"{]*"([^"]*)"')
KIND = re.compile(r'^\t\{ "([a-z_.]+)",', re.M)


def faults(root):
    with open(os.path.join(root, 'src/jobs/kinds.c'), encoding='utf-8') as f:
        known = set(KIND.findall(f.read()))
    for folder, _, names in sorted(os.walk(os.path.join(root, 'src'))):
        for name in sorted(n for n in names if n.endswith('.c')):
            path = os.path.join(folder, name)
            with open(path, encoding='utf-8') as f:
                for kind in INSERT.findall(f.read()):
                    if kind not in known:
                        yield f'{os.path.relpath(path, root)}: no kind of job is called {kind}'


def main(root):
    found = list(faults(root))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.'))
