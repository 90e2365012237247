"""Adds up the test cases of meson's JUnit files and prints the closing line: count.py FILE …
What a case that failed said of itself is repeated at the end, where it is looked for."""
import re
import sys
import xml.etree.ElementTree as ET

SAID_MOST = 12


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


def main(files):
    passed = failed = skipped = 0
    for path in files:
        for suite in ET.parse(path).iter('testsuite'):
            for case in suite.iter('testcase'):
                if case.find('failure') is not None or case.find('error') is not None:
                    failed += 1
                    print('\n    '.join([f"failed: {case.get('classname')} {case.get('name')}",
                                         *said(suite, case.get('name'))]))
                elif case.find('skipped') is not None:
                    skipped += 1
                else:
                    passed += 1
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or passed == 0 else 0


sys.exit(main(sys.argv[1:]))
