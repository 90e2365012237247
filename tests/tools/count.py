"""Adds up the test cases of meson's JUnit files and prints the closing line: count.py FILE …"""
import sys
import xml.etree.ElementTree as ET


def main(files):
    passed = failed = skipped = 0
    for path in files:
        for case in ET.parse(path).iter('testcase'):
            if case.find('failure') is not None or case.find('error') is not None:
                failed += 1
                print(f"failed: {case.get('classname')} {case.get('name')}")
            elif case.find('skipped') is not None:
                skipped += 1
            else:
                passed += 1
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or passed == 0 else 0


sys.exit(main(sys.argv[1:]))
