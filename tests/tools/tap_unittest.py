"""Runs one file of unittest cases and prints TAP, a line for each test: tap_unittest.py FILE"""
import importlib.util
import os
import sys
import traceback
import unittest


class Tap(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0

    def line(self, ok, test, rest=''):
        self.count += 1
        name = test.id().split('.', 1)[-1].replace('#', '')
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}{rest}", flush=True)

    def addSuccess(self, test):
        self.line(True, test)

    def addSkip(self, test, reason):
        self.line(True, test, f' # SKIP {reason}')

    def say(self, test, err):
        self.line(False, test)
        for text in traceback.format_exception(*err):
            for part in text.rstrip().splitlines():
                print('# ' + part, flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.say(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say(subtest, err)


def main(path):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location('tests', path)
    module = importlib.util.module_from_spec(spec)
    sys.modules['tests'] = module
    spec.loader.exec_module(module)
    result = Tap()
    unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    print(f'1..{result.count}')
    return 0 if result.wasSuccessful() else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
