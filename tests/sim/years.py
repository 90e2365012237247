"""City-years with faults, one seed each: years.py FIRST LAST [--projects N] [--out FILE] [--folder DIR].
After each the store's figures are compared. A line a year is appended to FILE; a seed that has one is
not lived through again, so that a run that was broken off goes on. Exit status 1: a year broke."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

BIN = os.environ.get('YH_BIN_DIR', 'build/src/cmd')
MONTHS = 12
COUNTED = ('working days', 'cases', 'steps', 'records', 'crashes', 'outages', 'findings', 'cut off', 'settled months',
           'corrections', 'evaluations')


def run(*args):
    return subprocess.run([f'{BIN}/yunheng', *args], capture_output=True, text=True, check=False)


def year(seed, projects, folder=None):
    """What happened in it by name, or why it broke."""
    data = tempfile.mkdtemp(prefix=f'yh-year-{seed}-', dir=folder)
    began, used = time.monotonic(), os.times()
    try:
        lived = run('simulate', '--data', data, '--seed', str(seed), '--months', str(MONTHS),
                    '--projects', str(projects))
        if lived.returncode:
            return {}, f'simulate: {lived.returncode} {lived.stderr.strip()}'
        for look in (('fsck',), ('audit', 'verify')):
            looked = run(*look, '--data', data)
            if looked.returncode:
                return {}, f"{' '.join(look)}: {looked.returncode} {looked.stdout} {looked.stderr.strip()}"
    finally:
        shutil.rmtree(data, ignore_errors=True)
    found = {name.strip(): int(n) for name, n in re.findall(r'(?:^|[^a-z])([a-z][a-z ]*) (\d+)', lived.stdout)}
    found |= {name: int(n) for n, name in re.findall(r'(\d+) [^ ]+ (working days|cases|steps)', lived.stdout)}
    now = os.times()
    found['seconds'] = round(time.monotonic() - began, 1)
    found['processor seconds'] = round(now.children_user + now.children_system - used.children_user
                                       - used.children_system, 1)
    return found, None


def done_before(out):
    try:
        with open(out, encoding='utf-8') as f:
            return {int(line.split()[1]) for line in f if line.startswith('seed ')}
    except (FileNotFoundError, TypeError):
        return set()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('first', type=int)
    ap.add_argument('last', type=int)
    ap.add_argument('--projects', type=int, default=4)
    ap.add_argument('--out')
    ap.add_argument('--folder')
    o = ap.parse_args()
    before, broken = done_before(o.out), 0
    for seed in range(o.first, o.last + 1):
        if seed in before:
            continue
        found, why = year(seed, o.projects, o.folder)
        broken += why is not None
        line = f'seed {seed} ' + (f'BROKEN {why!r}' if why else ', '.join(
            f'{name} {found.get(name, 0)}' for name in COUNTED + ('seconds', 'processor seconds')))
        print(line, flush=True)
        if o.out:
            with open(o.out, 'a', encoding='utf-8') as f:
                f.write(line + '\n')
    return 1 if broken else 0


if __name__ == '__main__':
    sys.exit(main())
