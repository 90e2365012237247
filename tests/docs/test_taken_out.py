"""What docs/articles.md lists as proof is one: the check or the step of a requirement is taken out of a
copy of the pack, which stays sound, and the listed test fails; with nothing taken out it passes.
Prints a table. YH_BIN_DIR: the programs."""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
API = os.path.join(ROOT, 'tests', 'api')
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import articles  # noqa: E402

Out = collections.namedtuple('Out', 'requirement procedure word suite test')
TABLE = [
    Out('A2.2', 'quota', 'system.mlps_at_most', 'test_flow.Flow',
        'test_A2_2_a_level_4_system_is_refused_with_article_2'),
    Out('A5.2', 'quota', 'record.absent', 'test_governance.Governance',
        'test_A5_2_a_rejected_item_blocks_the_quota_of_its_project_until_it_is_approved'),
    Out('A7.2', 'cloud_elsewhere', 'record.absent', 'test_governance.Governance',
        'test_A7_2_a_system_with_public_data_goes_to_no_other_cloud'),
    Out('A12.1', 'quota', 'step district_review', 'test_flow.Flow',
        'test_A12_1_a_district_unit_passes_through_its_district_operator'),
    Out('A15.2', 'catalogue_edition', 'edition.items_whole', 'test_flow.Flow',
        'test_A15_2_an_item_without_its_content_is_not_compiled'),
    Out('A19.1', 'test', 'quota.within', 'test_flow.Flow',
        'test_A19_1_above_the_quota_is_refused_with_the_figures'),
    Out('A20.2', 'expansion', 'step econ_review', 'test_flow.Flow',
        'test_A20_2_exactly_120_percent_stays_with_the_operator'),
    Out('A22.1', 'development', 'quota.share_within', 'test_development.Development',
        'test_development_takes_its_share_serves_nobody_outside_and_is_not_extended'),
    Out('A22.2', 'development', 'item.not_exposed', 'test_development.Development',
        'test_development_takes_its_share_serves_nobody_outside_and_is_not_extended'),
    Out('A23.1', 'lease_extension', 'lease.in_time', 'test_lease.Leases',
        'test_an_emergency_resource_is_granted_warned_of_expires_is_kept_and_destroyed'),
    Out('A24.1', 'temporary', 'form.needs', 'test_development.Development',
        'test_the_second_condition_needs_both_proofs'),
    Out('A25.3', 'test', 'system.supplied', 'test_ladder.Ladder',
        'test_A25_3_nothing_under_way_opens_for_a_system_that_was_cut_off'),
    Out('A26.1', 'expansion', 'step backup', 'test_flow.Flow',
        'test_A20_2_exactly_120_percent_stays_with_the_operator'),
    Out('A27.1', 'settlement', 'settlement.whole', 'test_settle.Settle',
        'test_2_who_does_not_know_who_pays_bills_nobody_and_says_so'),
    Out('A28.3', 'change_plan', 'form.needs', 'test_operation.Operation',
        'test_A28_3_a_major_change_needs_an_assessment_and_the_authority_before_it_begins'),
    Out('A29.1', 'go_live', 'record.valid', 'test_safety.Safety',
        'test_A29_1_each_system_names_who_answers_for_it_before_it_goes_live'),
    Out('A34.1', 'objection', 'result.objectionable', 'test_evaluation.Evaluation',
        'test_a_late_provider_is_evaluated_objects_and_its_factor_falls'),
]


def without(text, word):
    """A procedure's text without a step, or without a word wherever it stands."""
    if word.startswith('step '):
        left, n = re.subn(rf'(?m)^  {word[5:]}:.*\n(?:    .*\n|\n|  #.*\n)*', '', text)
    else:
        left, n = re.subn(rf'(?m)^ *- {re.escape(word)}(?::.*)?\n', '', text)
        left, more = re.subn(rf', effect: \[{re.escape(word)}\]', '', left)
        n += more
        left = re.sub(r'(?m)^( *)(?:checks|when|unless|effect):\n(?!\1 +- )', '', left)
    if not n:
        raise AssertionError(f'{word} does not stand there')
    return left


def run(suite, tests, pack):
    """Whether the tests pass in a city of that pack, and what they say."""
    module, name = suite.split('.')
    env = dict(os.environ, YH_TEST_PACK=pack, YH_BIN_DIR=os.path.abspath(os.environ['YH_BIN_DIR']))
    done = subprocess.run([sys.executable, '-m', 'unittest', '-q',
                           *(f'{module}.{name}Sqlite.{test}' for test in tests)], cwd=API, env=env,
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def why(said):
    """The line on which a failed test fell."""
    found = re.findall(r'(?m)^(?:AssertionError|session\.Problem|[\w.]*Error).*', said)
    return found[-1][:110].replace('|', '/') if found else 'no reason found'


class TakenOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cited = articles.Cited(ROOT).by
        cls.dir = tempfile.mkdtemp(prefix='yh-taken-')
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)

    def pack(self, out=None):
        path = os.path.join(tempfile.mkdtemp(dir=self.dir), 'shanghai-2022')
        shutil.copytree(os.path.join(ROOT, 'policy', 'shanghai-2022'), path)
        if out:
            file = os.path.join(path, 'procedures', out.procedure + '.yaml')
            with open(file, encoding='utf-8') as f:
                left = without(f.read(), out.word)
            with open(file, 'w', encoding='utf-8') as f:
                f.write(left)
            sound = subprocess.run([os.path.join(os.environ['YH_BIN_DIR'], 'yunheng'), 'policy',
                                    'check', path], capture_output=True, text=True, check=False)
            self.assertEqual(sound.returncode, 0, sound.stderr)
        return path

    def taken_out(self, out):
        self.assertIn(out.test, [p.test for p in self.cited[out.requirement]],
                      f'{articles.PAGE} does not list it')
        passed, said = run(out.suite, [out.test], self.pack(out))
        self.assertFalse(passed, f'passes without {out.word}')
        self.assertNotIn('setUpClass', said)
        print(f'# | {out.requirement} | {out.procedure} | {out.word} | {out.test} | {why(said)} |', flush=True)

    def all_there(self, suite):
        passed, said = run(suite, dict.fromkeys(o.test for o in TABLE if o.suite == suite), self.pack())
        self.assertTrue(passed, said)


def add(name, test):
    setattr(TakenOut, 'test_' + re.sub(r'\W', '_', name), test)


for one in TABLE:
    add(f'{one.requirement}_{one.procedure}_without_{one.word}', lambda self, o=one: self.taken_out(o))
for whole in dict.fromkeys(o.suite for o in TABLE):
    add(f'with_nothing_taken_out_{whole}', lambda self, s=whole: self.all_there(s))

if __name__ == '__main__':
    unittest.main()
