"""Adds up the test cases of meson's JUnit files and prints the closing line: count.py FILE …
What a case that failed said of itself is repeated at the end, where it is looked for. A suite that did not
come to its end, in time or at all, has cases that JUnit knows nothing of, or calls passed: the log beside
the file (testlog.json) tells, and it counts as one that failed."""
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

SAID_MOST = 12
ENDED_WELL = ('OK', 'SKIP', 'EXPECTEDFAIL')
HOW = {'TIMEOUT': 'not done in time, ended after', 'INTERRUPT': 'interrupted after',
       'ERROR': 'did not come to its end, after', 'FAIL': 'failed after'}


def whole(path):
    """The account; what colours the words of a browser's driver is in it as it was, and is no XML."""
    with open(path, encoding='utf-8', errors='replace') as f:
        return ET.fromstring(re.sub('[\x00-\x08\x0b\x0c\x0e-\x1f]', '', f.read()))


def said(suite, name):
    """The last remarks below "not ok …" in what the test program printed."""
    text = ''.join(out.text or '' for out in suite.iter('system-out'))
    lines = iter(text.splitlines())
    for line in lines:
        if re.match(r'not ok \d+ (- )?' + re.escape(re.sub(r'^\d+ - ', '', name)) + r'\s*$', line):
            break
    remarks = []
    for line in lines:
        if not line.startswith('#'):
            break
        remarks.append(line)
    return remarks[-SAID_MOST:]


def ended_badly(path):
    """What the log says of suites that did not end well, by their names."""
    with open(re.sub(r'\.junit\.xml$', '.json', path), encoding='utf-8') as f:
        entries = [json.loads(line) for line in f]
    return {entry['name']: entry for entry in entries if entry['result'] not in ENDED_WELL}


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def fail(self, what, remarks):
        self.failed += 1
        print('\n    '.join([f'failed: {what}', *remarks]))

    def case(self, suite, case):
        """One case; whether it is one that failed."""
        if case.find('failure') is not None or case.find('error') is not None:
            self.fail(f"{case.get('classname')} {case.get('name')}", said(suite, case.get('name')))
            return True
        if case.find('skipped') is not None:
            self.skipped += 1
        else:
            self.passed += 1
        return False

    def file(self, path):
        bad = ended_badly(path)
        told = set()
        for suite in whole(path).iter('testsuite'):
            # of a program with cases it is PROJECT.NAME; one without is a case of its project
            name = suite.get('name').partition('.')[2]
            for case in suite.iter('testcase'):
                if case.get('name') not in bad and self.case(suite, case):
                    told.add(name)
        for name in sorted(bad.keys() - told):
            entry = bad[name]
            lines = (entry.get('stdout', '') + entry.get('stderr', '')).splitlines()
            how = HOW.get(entry['result'], entry['result'] + ' after')
            self.fail(f"{name}: {how} {entry['duration']:.0f} s", [l for l in lines if l][-SAID_MOST:])


def main(files):
    count = Count()
    for path in files:
        try:
            count.file(path)
        except (OSError, ValueError, KeyError, ET.ParseError) as e:
            count.fail(f'{os.path.dirname(path) or "."}: the tests left no whole account: {e}', [])
    print(f'{count.passed} passed, {count.failed} failed, {count.skipped} skipped')
    return 1 if count.failed or count.passed == 0 else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
