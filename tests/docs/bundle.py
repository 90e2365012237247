"""A settled month that was reckoned by hand, as the bundle that docs/settlement-bundle.md describes.

Cloud SH, October 2026; prices change on the 16th. Provider v has the factor 0.95 since September, made late.
p/a, in the budget: r1 holds 4 of vm, 8 from the 11th; r2 holds 1, a test until the 5th at noon.
q/b pays for itself: r3 calls an API, r4 holds a disk for the first half of the month.
September was settled without the factor and corrected once.
"""
import copy
import hashlib
import json
import os
import subprocess
import zipfile

def name(k):
    return f'00000000-0000-7000-8000-{k:012d}'


(CLOUD, A, B, FIN, V, P, Q, R1, R2, R3, R4, E1, E2) = map(name, range(1, 14))
ITEMS = {(e, c): name(100 * e + n) for e in (1, 2) for n, c in enumerate(('vm', 'api', 'disk'))}
FACTOR, ADJUST, LATE, CASE, SETTLED, SEPTEMBER, MENDED = map(name, range(20, 27))


def at(text):
    return f'2026-{text}.000000+08:00'


def item(edition, code, per, mode, tiers, free='0.000', minimum='0.000000', package='0.000', metered=None):
    return {'id': ITEMS[edition, code], 'edition': (E1, E2)[edition - 1], 'code': code, 'name': code, 'per': per,
            'mode': mode, 'measure': 'unit', 'free': free, 'minimum': minimum, 'package': package,
            'tiers': [{'from': f, 'price': p} for f, p in tiers], 'metered': metered}


def line(n, resource_kind, code, amount, **more):
    return {'line': n, 'kind': 'use', 'resource_kind': resource_kind, 'billed': True, 'item': ITEMS[2, code], 'code': code,
            'resources': 1, 'intervals': 1, 'usage': '0.000000', 'list': '0.00', 'factor': '0.950000',
            'factor_id': FACTOR, 'amount': amount, 'corrects': None, 'corrects_line': None, 'reason': '',
            'case': None, **more}


def statement(no, settlement, month, unit, project, payer, total, lines):
    return {'format': 'yunheng-statement-1', 'no': no, 'settlement': settlement, 'cloud': CLOUD, 'month': month,
            'unit': unit, 'project': project, 'provider': V, 'payer': payer, 'total': total, 'lines': lines}


def settlement(id_, no, month, n, as_of, total, statements, lines):
    return {'id': id_, 'no': no, 'cloud': CLOUD, 'cloud_code': 'SH', 'month': month, 'number': n,
            'state': 'closed', 'as_of': as_of, 'pack': '00' * 32, 'digest': '', 'total': total,
            'statements': statements, 'stopped': 0, 'lines': lines,
            'parameters': {'month_days': 0, 'year_days': 0},
            'kinds': [{'kind': 'formal', 'billed': True, 'parameter': None},
                      {'kind': 'test', 'billed': False, 'parameter': 'settlement.bill.test'}]}


def interval(resource, code, begin, end, quantity):
    return {'resource': resource, 'code': code, 'from': begin, 'to': end, 'quantity': quantity}


def resource(id_, no, unit, project, kinds=(('formal', None),)):
    return {'id': id_, 'no': no, 'unit': unit, 'project': project, 'provider': V,
            'kinds': [{'kind': k, 'from': f} for k, f in kinds]}


def adjustment(id_, made, quantity):
    return {'id': id_, 'resource': R3, 'code': 'api', 'from': at('10-20T00:00:00'), 'to': at('10-21T00:00:00'),
            'quantity': quantity, 'reason': 'x', 'case': CASE, 'made': made}


FILES = {
    'settlements.jsonl': [
        settlement(SETTLED, 'SH-202610-1', '2026-10', 1, at('11-03T00:00:00'), '2506.65', 2, 5),
        settlement(SEPTEMBER, 'SH-202609-1', '2026-09', 1, at('10-03T00:00:00'), '345.60', 1, 1),
        settlement(MENDED, 'SH-202609-2', '2026-09', 2, at('10-10T00:00:00'), '-10.00', 1, 1)],
    'statements.jsonl': [
        # 720 h x 4 x 0.12
        statement('SH-V-202609-1', 'SH-202609-1', '2026-09', A, P, FIN, '345.60', [
            line(1, 'formal', 'vm', '345.60', item=ITEMS[1, 'vm'], factor='1.000000', factor_id=None,
                 usage='2880', list='345.6')]),
        statement('SH-V-202609-2', 'SH-202609-2', '2026-09', A, P, FIN, '-10.00', [
            line(1, 'formal', 'vm', '-10.00', kind='correction', corrects='SH-V-202609-1', corrects_line=1)]),
        # r1 240 h x 4 x 0.12 + 120 h x 8 x 0.12 + 384 h x 8 x 0.10; r2 252 h x 0.12 + 384 h x 0.10, before it
        # 108 h as a test; September would be 328.32 with the factor
        statement('SH-V-202610-1', 'SH-202610-1', '2026-10', A, P, FIN, '568.65', [
            line(1, 'formal', 'vm', '575.93', resources=2, intervals=5, usage='5628.000000', list='606.24'),
            line(2, 'test', 'vm', '0.00', billed=False, usage='108.000000', list='12.96',
                 reason='settlement.bill.test'),
            line(3, 'formal', 'vm', '-7.28', kind='correction', corrects='SH-V-202609-1', corrects_line=1)]),
        # api: 1600 used, 100 free; 500 x 1, then 500 x 2 and 500 x 1; disk: 100 x 0.8 for half a month
        statement('SH-V-202610-2', 'SH-202610-1', '2026-10', B, Q, B, '1938.00', [
            line(1, 'formal', 'api', '1900.00', usage='1600.000000', list='2000.00'),
            line(2, 'formal', 'disk', '38.00', usage='50.000000', list='40.00')])],
    'signatures.jsonl': [],
    'stopped.jsonl': [],
    'parties.jsonl': [{'id': i, 'code': c, 'name': c, 'in_budget': b, 'finance': f} for i, c, b, f in (
        (A, 'a', True, False), (B, 'b', False, False), (FIN, 'f', True, True), (V, 'v', False, False))],
    'projects.jsonl': [{'id': P, 'code': 'p', 'name': 'p', 'unit': A}, {'id': Q, 'code': 'q', 'name': 'q', 'unit': B}],
    'editions.jsonl': [{'id': E1, 'number': 1, 'title': 'one', 'effective': '2026-01-01'},
                       {'id': E2, 'number': 2, 'title': 'two', 'effective': '2026-10-16'}],
    'items.jsonl': [
        item(1, 'vm', 'hour', 'flat', [('0.000', '0.120000')]),
        item(2, 'vm', 'hour', 'flat', [('0.000', '0.100000')]),
        item(1, 'api', 'use', 'graduated', [('0.000', '1.000000'), ('1000.000', '0.500000')], free='100.000'),
        item(2, 'api', 'use', 'graduated', [('0.000', '2.000000'), ('1000.000', '1.000000')], free='100.000'),
        item(1, 'disk', 'month', 'volume', [('0.000', '1.000000'), ('100.000', '0.800000')], minimum='50.000000'),
        item(2, 'disk', 'month', 'volume', [('0.000', '1.000000'), ('100.000', '0.800000')], minimum='50.000000')],
    'resources.jsonl': [
        resource(R1, 'r1', A, P), resource(R2, 'r2', A, P, (('test', None), ('formal', at('10-05T12:00:00')))),
        resource(R3, 'r3', B, Q), resource(R4, 'r4', B, Q)],
    'intervals.jsonl': [
        interval(R1, 'vm', at('08-20T10:00:00'), at('10-11T00:00:00'), '4.000'),
        interval(R1, 'vm', at('10-11T00:00:00'), None, '8.000'),
        interval(R2, 'vm', at('10-01T00:00:00'), None, '1.000'),
        interval(R4, 'disk', at('10-01T00:00:00'), at('10-16T12:00:00'), '100.000')],
    'usage.jsonl': [
        {'settlement': 'SH-202610-1', 'resource': R3, 'code': 'api', 'from': at('10-01T00:00:00'),
         'to': at('10-16T00:00:00'), 'quantity': '600.000', 'coverage': '1.000'},
        {'settlement': 'SH-202610-1', 'resource': R3, 'code': 'api', 'from': at('10-16T00:00:00'),
         'to': at('11-01T00:00:00'), 'quantity': '900.000', 'coverage': '0.990'}],
    'adjustments.jsonl': [adjustment(ADJUST, at('11-02T00:00:00'), '100.000'),
                          adjustment(LATE, at('11-04T00:00:00'), '7.000')],
    'factors.jsonl': [{'id': FACTOR, 'provider': V, 'cloud': CLOUD, 'from_month': '2026-09', 'factor': '0.950000',
                       'evaluation': None, 'case': CASE, 'made': at('11-01T10:00:00')}],
}


def sm3(data):
    return hashlib.new('sm3', data)


def text_of(record):
    return json.dumps(record, ensure_ascii=False, separators=(',', ':')).encode()


class Signer:
    """Signs with the openssl program, whose SM2 is neither the server's nor the verifier's work."""

    def __init__(self, folder):
        self.folder, self.key = folder, os.path.join(folder, 'key.pem')
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2', '-out', self.key],
                       check=True, capture_output=True)
        self.public = subprocess.run(['openssl', 'pkey', '-in', self.key, '-pubout'], check=True,
                                     capture_output=True).stdout
        self.known = {}

    def sign(self, message):
        if message not in self.known:
            source = os.path.join(self.folder, 'message')
            with open(source, 'wb') as f:
                f.write(message)
            self.known[message] = subprocess.run(
                ['openssl', 'pkeyutl', '-sign', '-inkey', self.key, '-rawin', '-digest', 'sm3',
                 '-pkeyopt', 'distid:1234567812345678', '-in', source], check=True, capture_output=True).stdout
        return self.known[message]


def sealed(files, signer):
    """The bytes of a bundle whose records are `files`, everything digested and signed."""
    files = copy.deepcopy(files)
    digests = {s['no']: (s['settlement'], sm3(text_of(s)).digest()) for s in files['statements.jsonl']}
    files['signatures.jsonl'] = [
        {'statement': no, 'digest': d.hex(), 'signature': signer.sign(d).hex(), 'key_id': 'k'}
        for no, (_, d) in digests.items()]
    for s in files['settlements.jsonl']:
        own = b''.join(d for _, (of, d) in sorted(digests.items()) if of == s['no'])
        s['digest'] = sm3(own).hexdigest()
    out = {n: b''.join(text_of(r) + b'\n' for r in records) for n, records in files.items()}
    manifest = {'format': 'yunheng-settlement-bundle-1', 'settlement': SETTLED, 'made': at('11-05T00:00:00'), 'key_id': 'k',
                'files': [{'name': n, 'sm3': sm3(b).hexdigest(), 'records': b.count(b'\n')} for n, b in out.items()]}
    out['manifest.json'] = text_of(manifest)
    out['manifest.sig'] = signer.sign(out['manifest.json']).hex().encode() + b'\n'
    out['public-key.pem'] = signer.public
    return out


def write_folder(out, folder):
    os.makedirs(folder, exist_ok=True)
    for n, data in out.items():
        with open(os.path.join(folder, n), 'wb') as f:
            f.write(data)


def write_zip(out, path):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
        for n, data in out.items():
            z.writestr(n, data)
