"""Nothing new that cppcheck says of src/: static.py ROOT [--list]
Every finding stands in static.txt with the reason why it is none, or is mended; --list prints those that do
not. Versions find different things: the list is of cppcheck 2.10 (Debian 12), with another it is skipped."""
import os
import re
import shutil
import subprocess
import sys

VERSION = '2.10'
HERE = os.path.dirname(os.path.abspath(__file__))
# what the headers of the system are not read for
MACROS = ('json_array_foreach(a,i,v)=while ((v = json_array_get(a, i)) && i++ < json_array_size(a))',
          'json_object_foreach(o,k,v)=while ((k = json_object_iter_key(o)) && (v = json_object_get(o, k)))')
OWNED = re.compile(r'\bYH_\w+_AUTO\b[^;=]*?\b(\w+)\s*(?:=|;)')
FINDING = re.compile(r'(?P<file>[^:]+):(?P<line>\d+): (?P<id>\w+): (?P<text>.*)')
REACH = 80  # lines above a finding in which what it is about is declared


def is_owned(root, found):
    """Is what leaks declared to be released at the end of its block?"""
    name = found['text'].rsplit(' ', 1)[-1]
    with open(os.path.join(root, found['file']), encoding='utf-8') as f:
        above = f.read().splitlines()[max(0, int(found['line']) - REACH):int(found['line'])]
    return any(name == m for line in above for m in OWNED.findall(line))


def findings(root, said):
    """(file, id, what) of each finding, as they are listed: without the line, which moves."""
    for line in said.splitlines():
        found = FINDING.fullmatch(line)
        if not found:
            continue
        if found['id'] in ('memleak', 'resourceLeak') and is_owned(root, found):
            continue
        what = re.search(r"'(\w[^']*)'|: (\w[\w.>\[\]-]*)$", found['text'])
        yield found['file'], found['id'], re.sub(r'\s+', '_', (what[1] or what[2]) if what else '-')


def listed(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                key, _, reason = line.partition('|')
                yield tuple(key.split()), reason.strip()


def judge(found, known):
    """What is new, and what is listed and not found any more."""
    return sorted(set(found) - set(known)), sorted(set(known) - set(found))


def main(root, only_list=False):
    program = shutil.which('cppcheck')
    version = subprocess.run([program, '--version'], capture_output=True, text=True,
                             check=True).stdout.split()[-1] if program else ''
    if not re.match(re.escape(VERSION) + r'(\.|$)', version):
        print(f'cppcheck {VERSION} is not installed')
        return 77
    done = subprocess.run([program, '--enable=warning,portability', '--std=c11', '-Isrc', '--quiet', '-j2',
                           *('-D' + m for m in MACROS), '--template={file}:{line}: {id}: {message}', 'src'],
                          cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr)
        return 1
    found = list(findings(root, done.stderr))
    if only_list:
        for finding in sorted(set(found)):
            print(*finding)
        return 0
    known = dict(listed(os.path.join(HERE, 'static.txt')))
    new, gone = judge(found, known)
    for finding in new:
        print('new:', *finding)
    for finding in gone:
        print('not found any more, take it out of static.txt:', *finding)
    for finding, reason in known.items():
        if not reason:
            print('without a reason:', *finding)
    return 1 if new or gone or not all(known.values()) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else '.', '--list' in sys.argv))
