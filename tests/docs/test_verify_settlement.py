"""The offline verifier: proves a month that was reckoned by hand, and finds whatever is changed in it."""
import copy
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, '..', '..', 'docs', 'verify-settlement.py')
sys.path.insert(0, HERE)
import bundle  # noqa: E402

spec = importlib.util.spec_from_file_location('verify_settlement', SCRIPT)
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)


class Case(unittest.TestCase):
    runs = 0

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='yh-bundle-')
        os.mkdir(os.path.join(cls.folder.name, 'keys'))
        cls.signer = bundle.Signer(os.path.join(cls.folder.name, 'keys'))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def place(self):
        Case.runs += 1
        return os.path.join(self.folder.name, str(Case.runs))

    def verify_bytes(self, out, *more):
        place, said = self.place(), io.StringIO()
        bundle.write_folder(out, place)
        with redirect_stdout(said):
            code = verify.main([place, '--lang', 'en', *more])
        return code, said.getvalue()

    def verify_records(self, files):
        return self.verify_bytes(bundle.sealed(files, self.signer))


class Good(Case):
    def test_a_month_reckoned_by_hand_is_proved(self):
        code, said = self.verify_records(bundle.FILES)
        self.assertEqual((code, said.splitlines()[-1]), (
            0, 'Proved: SH-202610-1, 2026-10, 2 statements, 5 lines, 2506.65 yuan in all, identical to the fen.'))
        self.assertIn(verify.PublicKey(self.signer.public.decode()).fingerprint(), said)

    def test_a_month_of_which_a_statement_was_stopped_is_proved(self):
        files = copy.deepcopy(bundle.FILES)
        files['settlements.jsonl'][0].update(statements=3, stopped=1)
        files['stopped.jsonl'].append({'statement': 'SH-V-202610-3', 'unit': bundle.A, 'project': bundle.Q,
                                       'provider': bundle.V, 'fault': {'slug': 'usage-unknown'}})
        self.assertEqual(self.verify_records(files)[0], 0, self.verify_records(files)[1])

    def test_a_settlement_with_nothing_but_corrections_of_its_own_month_is_proved(self):
        files = copy.deepcopy(bundle.FILES)
        first, second = files['statements.jsonl'][:2]
        files['settlements.jsonl'] = [
            bundle.settlement(bundle.SETTLED, 'SH-202609-2', '2026-09', 2, bundle.at('10-10T00:00:00'), '-2.88', 1, 1),
            files['settlements.jsonl'][1]]
        second['total'] = second['lines'][0]['amount'] = '-2.88'  # a day of one machine
        files['statements.jsonl'] = [first, second]
        files['resources.jsonl'], files['intervals.jsonl'] = files['resources.jsonl'][:1], files['intervals.jsonl'][:2]
        files['usage.jsonl'] = []
        files['adjustments.jsonl'] = [{**bundle.adjustment(bundle.ADJUST, bundle.at('10-09T00:00:00'), '-1.000'),
                                       'resource': bundle.R1, 'code': 'vm', 'from': bundle.at('09-11T00:00:00'),
                                       'to': bundle.at('09-12T00:00:00')}]
        code, said = self.verify_records(files)
        self.assertEqual(code, 0, said)

    def use_fixed(self, total, amount, usage, **fix):
        """r4, too, calls the API by a correction alone, before the month was settled."""
        files = copy.deepcopy(bundle.FILES)
        files['adjustments.jsonl'].append({**bundle.adjustment(bundle.LATE, bundle.at('11-02T00:00:00'), '300.000'),
                                           'resource': bundle.R4, **fix})
        api = files['statements.jsonl'][3]['lines'][0]
        api.update(amount=amount, list=usage[1], usage=usage[0], resources=2)
        files['statements.jsonl'][3]['total'] = total
        files['settlements.jsonl'][0]['total'] = f'{568.65 + float(total):.2f}'
        return files

    def test_use_that_a_case_added_where_nothing_was_held_is_reckoned(self):
        # 200 of the 300 are charged, at the price of the 20th: 2.00, times 0.95
        code, said = self.verify_records(self.use_fixed('2318.00', '2280.00', ('1900.000000', '2400.00')))
        self.assertEqual(code, 0, said)
        # left out of the statement, it is missed
        files = copy.deepcopy(bundle.FILES)
        files['adjustments.jsonl'].append({**bundle.adjustment(bundle.LATE, bundle.at('11-02T00:00:00'), '300.000'),
                                           'resource': bundle.R4})
        code, said = self.verify_records(files)
        self.assertEqual(code, 1)
        self.assertIn('SH-V-202610-2/1 usage: is 1600.000000, must be 1900.000000', said)

    def test_use_that_a_case_added_to_what_was_held_without_use_is_of_its_piece(self):
        files = self.use_fixed('2413.00', '2375.00', ('1900.000000', '2500.00'))
        # 968.75 a month at least: 500 for the sixteen days that it is held, instead of 400
        files['intervals.jsonl'].append(bundle.interval(bundle.R4, 'api', bundle.at('10-16T00:00:00'), None, '1.000'))
        for api in (files['items.jsonl'][2], files['items.jsonl'][3]):
            api['minimum'] = '968.750000'
        code, said = self.verify_records(files)
        self.assertEqual(code, 0, said)

    def test_taking_away_what_was_never_used_is_found(self):
        files = self.use_fixed('1938.00', '1900.00', ('1600.000000', '2000.00'), quantity='-300.000')
        code, said = self.verify_records(files)
        self.assertEqual(code, 1)
        self.assertIn('adjustments.jsonl: r4', said)

    def test_the_program_reads_a_zip_and_checks_against_the_key_one_has(self):
        path, key = self.place() + '.zip', self.place() + '.pem'
        bundle.write_zip(bundle.sealed(bundle.FILES, self.signer), path)
        with open(key, 'wb') as f:
            f.write(self.signer.public)
        done = subprocess.run([sys.executable, '-I', SCRIPT, path, '--key', key], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('核验通过', done.stdout)

    # proves S43, S45
    def test_a_python_without_sm3_has_the_same_digests(self):
        for n in (0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000):
            data = bytes(range(250)) * 4
            self.assertEqual(verify.sm3_plain(data[:n]), bundle.sm3(data[:n]).digest())
        kept, verify.sm3_new = verify.sm3_new, verify.PlainSm3
        try:
            self.assertEqual(self.verify_records(bundle.FILES)[0], 0)
        finally:
            verify.sm3_new = kept


class Tampered(Case):
    """Changed by who does not have the key, in each of three places, and by who does."""

    # proves S17
    def test_a_change_of_any_byte_file_by_file_is_found(self):
        good = bundle.sealed(bundle.FILES, self.signer)
        for name, data in good.items():
            at = data.find(b'"') if name != 'public-key.pem' else data.find(b'\n') + 70
            if name == 'manifest.sig':
                at = 20
            turned = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]] if data else []
            # what stands around the key in its file says nothing
            for changed in turned + [data + b'{}\n'] * (name != 'public-key.pem'):
                code, said = self.verify_bytes({**good, name: changed})
                self.assertNotEqual(code, 0, (name, said))

    def test_a_file_that_is_missing_is_found(self):
        good = bundle.sealed(bundle.FILES, self.signer)
        for name in good:
            code, said = self.verify_bytes({n: d for n, d in good.items() if n != name})
            self.assertEqual(code, 2, name)
            self.assertIn(name, said)

    def test_a_file_and_its_digest_changed_without_the_key_are_found(self):
        good = bundle.sealed(bundle.FILES, self.signer)
        changed = good['intervals.jsonl'].replace(b'"8.000"', b'"9.000"')
        manifest = good['manifest.json'].replace(bundle.sm3(good['intervals.jsonl']).hexdigest().encode(),
                                                 bundle.sm3(changed).hexdigest().encode())
        code, said = self.verify_bytes({**good, 'intervals.jsonl': changed, 'manifest.json': manifest})
        self.assertEqual(code, 1)
        self.assertIn('manifest.sig: manifest.json: is not signed by this key', said)

    # proves S30
    def test_a_bundle_signed_by_another_key_is_found(self):
        place, key = self.place(), self.place() + '.pem'
        os.mkdir(place)
        other = bundle.Signer(place)
        with open(key, 'wb') as f:
            f.write(self.signer.public)
        out = bundle.sealed(bundle.FILES, other)
        self.assertEqual(self.verify_bytes(out)[0], 0)
        code, said = self.verify_bytes(out, '--key', key)
        self.assertEqual(code, 1)
        self.assertIn('is not the key that was given', said)
        self.assertIn('signatures.jsonl: SH-V-202610-1: is not signed by this key', said)

    def changed(self, name, at, change):
        files = copy.deepcopy(bundle.FILES)
        change(files[name][at])
        code, said = self.verify_records(files)
        self.assertEqual(code, 1, (name, at, said))
        return said

    def test_a_figure_of_the_evidence_changed_with_the_key_is_found(self):
        def put(member, value):
            return lambda r: r.__setitem__(member, value)

        def price(value):
            return lambda r: r['tiers'][-1].__setitem__('price', value)

        for name, at, change, line in (
                ('intervals.jsonl', 0, put('quantity', '4.001'), 'SH-V-202610-1/1 amount: is 575.93'),
                ('intervals.jsonl', 0, put('to', bundle.at('10-11T00:00:01')), 'SH-V-202610-1/1'),
                ('intervals.jsonl', 1, put('from', bundle.at('10-12T00:00:00')), 'SH-V-202610-1/1 usage'),
                ('intervals.jsonl', 3, put('quantity', '99.000'), 'SH-V-202610-2/2 list: is 40.00, must be 49.50'),
                ('intervals.jsonl', 2, put('code', 'disk'), 'SH-V-202610-1 formal disk: there is use'),
                ('usage.jsonl', 0, put('quantity', '599.000'), 'SH-V-202610-2/1'),
                ('usage.jsonl', 1, put('from', bundle.at('10-15T00:00:00')), 'SH-V-202610-2/1'),
                ('adjustments.jsonl', 0, put('quantity', '99.999'), 'SH-V-202610-2/1 usage'),
                ('adjustments.jsonl', 1, put('made', bundle.at('11-03T00:00:00')), 'SH-V-202610-2/1'),
                ('factors.jsonl', 0, put('factor', '0.960000'), 'SH-V-202610-1/3 amount: is -7.28, must be -3.82'),
                ('factors.jsonl', 0, put('from_month', '2026-11'), 'SH-V-202610-1/1 factor'),
                ('factors.jsonl', 0, put('made', bundle.at('11-03T00:00:01')), 'SH-V-202610-1/1 factor'),
                ('editions.jsonl', 1, put('effective', '2026-10-17'), 'SH-V-202610-1/1'),
                ('items.jsonl', 0, price('0.130000'), 'SH-V-202610-1/1'),
                ('items.jsonl', 3, put('free', '0.000'), 'SH-V-202610-2/1'),
                ('items.jsonl', 4, put('minimum', '90.000000'), 'SH-V-202610-2/2'),
                ('items.jsonl', 5, put('code', 'disc'), 'the edition in force on 2026-10-16 has no price of disk'),
                ('resources.jsonl', 1, lambda r: r['kinds'][1].__setitem__('from', bundle.at('10-05T11:59:59')),
                 'SH-V-202610-1/2 usage'),
                ('resources.jsonl', 3, put('project', bundle.P), 'r4: has use in the month, but no statement'),
                ('parties.jsonl', 0, put('in_budget', False), 'SH-V-202610-1 payer'),
                ('parties.jsonl', 1, put('in_budget', True), 'SH-V-202610-2 payer'),
                ('settlements.jsonl', 0, put('total', '2506.66'), 'SH-202610-1 total'),
                ('settlements.jsonl', 0, lambda r: r['parameters'].__setitem__('month_days', 30),
                 'SH-V-202610-2/2 list'),
                ('settlements.jsonl', 0, lambda r: r['kinds'][1].__setitem__('billed', True),
                 'SH-V-202610-1/2 billed')):
            with self.subTest(name=name, line=line):
                self.assertIn(line, self.changed(name, at, change))

    def test_a_figure_of_a_line_changed_with_the_key_is_found(self):
        changes = {'amount': '575.92', 'list': '606.25', 'usage': '5628.000001', 'resources': 3, 'billed': False,
                   'factor': '0.950001', 'factor_id': bundle.CASE, 'item': bundle.CASE}
        for member, value in changes.items():
            with self.subTest(member=member):
                self.assertIn(f'SH-V-202610-1/1 {member}: is {value}', self.changed(
                    'statements.jsonl', 2, lambda s: s['lines'][0].__setitem__(member, value)))
        self.assertIn('total: is 568.66, must be 568.65', self.changed(
            'statements.jsonl', 2, lambda s: s.__setitem__('total', '568.66')))
        # what was said in September counts for what is corrected now
        self.assertIn('SH-V-202610-1/3 amount', self.changed(
            'statements.jsonl', 1, lambda s: s['lines'][0].__setitem__('amount', '-10.01')))

    def test_lines_that_are_left_out_or_made_up_are_found(self):
        files = copy.deepcopy(bundle.FILES)
        made_up = files['statements.jsonl'][3]['lines'][1]
        made_up['code'] = 'vm'
        code, said = self.verify_records(files)
        self.assertEqual(code, 1)
        self.assertIn('SH-V-202610-2/2: the statement has this line, but there is no use', said)
        self.assertIn('SH-V-202610-2 formal disk: there is use, but the statement has no such line', said)

    def test_what_is_no_bundle_is_refused_with_where_and_why(self):
        place = self.place()
        with open(place, 'w') as f:
            f.write('no zip')
        with redirect_stdout(io.StringIO()):
            self.assertEqual(verify.main([place]), 2)
        for name, line in (('items.jsonl', '{"id": 1}'), ('intervals.jsonl', '[]'), ('usage.jsonl', 'x'),
                           ('statements.jsonl', '{"no": "a", "no": "b"}'), ('resources.jsonl', '{"id": []}')):
            files = bundle.sealed(bundle.FILES, self.signer)
            files[name] += line.encode() + b'\n'
            manifest = json.loads(files['manifest.json'])
            for f in manifest['files']:
                if f['name'] == name:
                    f['sm3'], f['records'] = bundle.sm3(files[name]).hexdigest(), f['records'] + 1
            files['manifest.json'] = bundle.text_of(manifest)
            files['manifest.sig'] = self.signer.sign(files['manifest.json']).hex().encode()
            code, said = self.verify_bytes(files)
            self.assertEqual(code, 2, (name, said))
            self.assertIn(f'cannot be read: {name}', said)


if __name__ == '__main__':
    unittest.main()
