#!/usr/bin/env python3
"""Proves a settled month from its bundle, without the server and by other code than the server's.
用导出的结算包离线核验某月结算，不依赖服务器，也不用服务器的代码。

    python3 verify-settlement.py BUNDLE [--key PUBLIC.pem] [--lang zh|en] [--most N]

BUNDLE is the ZIP or the folder it was unpacked into; settlement-bundle.md says what is in it and what is proved.
Needs Python 3.9 or newer and nothing else. Exit code 0: proved; 1: differences; 2: no bundle, or wrong use.
"""
import argparse
import base64
import bisect
import datetime
import functools
import hashlib
import json
import math
import os
import re
import sys
import zipfile
from fractions import Fraction

FORMAT, STATEMENT = 'yunheng-settlement-bundle-1', 'yunheng-statement-1'
RECORDS = ('settlements.jsonl', 'statements.jsonl', 'signatures.jsonl', 'stopped.jsonl', 'parties.jsonl',
           'projects.jsonl', 'editions.jsonl', 'items.jsonl', 'resources.jsonl', 'intervals.jsonl',
           'usage.jsonl', 'adjustments.jsonl', 'factors.jsonl')
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
SIGNER = b'1234567812345678'

TEXT = {
    'differs': ('为 {had}，应为 {want}', 'is {had}, must be {want}'),
    'missing': ('缺少', 'is missing'),
    'unreadable': ('无法解读：{why}', 'cannot be read: {why}'),
    'digest': ('摘要不符', 'has another digest'),
    'signature': ('签名无效', 'is not signed by this key'),
    'no-record': ('没有对应的记录 {what}', 'has no record {what} to go with it'),
    'no-line': ('证据中有用量，结算单没有这一行', 'there is use, but the statement has no such line'),
    'no-use': ('结算单有这一行，证据中没有用量', 'the statement has this line, but there is no use'),
    'no-statement': ('资源在当月有用量，但没有结算单', 'has use in the month, but no statement'),
    'no-price': ('{day} 生效的目录没有条目 {code} 的价格',
                 'the edition in force on {day} has no price of {code}'),
    'negative': ('数量为负：{had}', 'its quantity is negative: {had}'),
    'order': ('次序或重复有误', 'is out of order or double'),
    'unlisted': ('清单没有此文件', 'is not in the manifest'),
    'key-other': ('包内公钥与指定的公钥不同', 'is not the key that was given'),
    'key-unchecked': ('注意：公钥取自包内，请与已盖章的结算单上的密钥编号核对：{print}',
                      'Note: the key is the bundle\'s own; compare its number with the one on sealed statements: {print}'),
    'proved': ('核验通过：{no}，{month}，{statements} 份结算单、{lines} 行，合计 {total} 元，与记录一致到分。',
               'Proved: {no}, {month}, {statements} statements, {lines} lines, {total} yuan in all, identical to the fen.'),
    'failed': ('核验未通过：{n} 处不符。', 'Not proved: {n} differences.'),
    'more': ('……其余 {n} 处从略。', '… and {n} more.'),
}


class NoBundle(Exception):
    pass


class Report:
    def __init__(self, lang, most):
        self.at, self.most, self.n = 0 if lang == 'zh' else 1, most, 0

    def say(self, what, **figures):
        return TEXT[what][self.at].format(**figures)

    def fault(self, where, record, what, **figures):
        self.n += 1
        if self.n <= self.most:
            print(f'{where}: {record}: {self.say(what, **figures)}')

    def same(self, where, record, had, want):
        if had != want:
            self.fault(where, record, 'differs', had=had, want=want)

    def same_number(self, where, record, had, want, digits):
        """`want` is rounded to so many decimals; 0.50 and 0.5 are one number."""
        if number(had) * 10**digits != round(want * 10**digits):
            self.fault(where, record, 'differs', had=had, want=decimal(want, digits))


# ---- SM3 (GM/T 0004) and SM2 (GM/T 0003.2) ----

def sm3_plain(data):
    def turn(x, n):
        n %= 32
        return (x << n | x >> (32 - n)) & 0xffffffff if n else x

    v = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]
    data += b'\x80' + b'\0' * ((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, 'big')
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[at + 4 * i:at + 4 * i + 4], 'big') for i in range(16)]
        for i in range(16, 68):
            x = w[i - 16] ^ w[i - 9] ^ turn(w[i - 3], 15)
            w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[i - 13], 7) ^ w[i - 6])
        a, b, c, d, e, f, g, h = v
        for i in range(64):
            early = i < 16
            s1 = turn((turn(a, 12) + e + turn(0x79cc4519 if early else 0x7a879d8a, i)) & 0xffffffff, 7)
            s2 = s1 ^ turn(a, 12)
            t1 = ((a ^ b ^ c if early else a & b | a & c | b & c) + d + s2 + (w[i] ^ w[i + 4])) & 0xffffffff
            t2 = ((e ^ f ^ g if early else e & f | ~e & g) + h + s1 + w[i]) & 0xffffffff
            d, c, b, a = c, turn(b, 9), a, t1
            h, g, f, e = g, turn(f, 19), e, t2 ^ turn(t2, 9) ^ turn(t2, 17)
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b''.join(x.to_bytes(4, 'big') for x in v)


class PlainSm3:
    """For a Python whose OpenSSL has no SM3."""
    def __init__(self, data=b''):
        self.data = bytearray(data)

    def update(self, data):
        self.data += data

    def digest(self):
        return sm3_plain(bytes(self.data))


def sm3_new(data=b''):
    """OpenSSL's where it has one that gives the standard's example, since it is a thousand times faster."""
    global sm3_new
    sm3_new = PlainSm3
    try:
        if hashlib.new('sm3', b'abc').digest() == sm3_plain(b'abc'):
            sm3_new = lambda d=b'': hashlib.new('sm3', d)  # noqa: E731
    except ValueError:
        pass
    return sm3_new(data)


def sm3(data):
    return sm3_new(data).digest()


P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff
A, B = P - 3, 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93
N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123
G = (0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7,
     0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0)


def add(a, b):
    """Points of the curve, None = infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = (3 * a[0] * a[0] + A) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


class Multiples:
    """k times one point, by a table of its multiples of 16^i: no doublings and one inversion in the end."""
    def __init__(self, point):
        self.table = []
        for _ in range(64):
            row = [None, point]
            for _ in range(14):
                row.append(add(row[-1], point))
            self.table.append(row)
            point = add(row[-1], point)

    def add_to(self, total, k):
        """`total` in Jacobian coordinates (x, y, z), z 0 = infinity."""
        x1, y1, z1 = total
        for row in self.table:
            point = row[k & 15]
            k >>= 4
            if point is None:
                continue
            x2, y2 = point
            if z1 == 0:
                x1, y1, z1 = x2, y2, 1
                continue
            zz = z1 * z1 % P
            h, r = (x2 * zz - x1) % P, (y2 * zz * z1 - y1) % P
            if h == 0:
                if r != 0:
                    x1, y1, z1 = 1, 1, 0
                else:
                    x1, y1 = add((x2, y2), (x2, y2))
                    z1 = 1
                continue
            hh = h * h % P
            hhh, v = h * hh % P, x1 * hh % P
            x3 = (r * r - hhh - 2 * v) % P
            x1, y1, z1 = x3, (r * (v - x3) - y1 * hhh) % P, z1 * h % P
        return x1, y1, z1


@functools.lru_cache(maxsize=8)
def multiples(point):
    return Multiples(point)


def read_der(data, at=0):
    """tag, content, end of the element that begins at `at`."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        n = length & 0x7f
        length, at = int.from_bytes(data[at:at + n], 'big'), at + n
    if at + length > len(data):
        raise ValueError('DER')
    return tag, data[at:at + length], at + length


class PublicKey:
    def __init__(self, pem):
        m = re.search(r'-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----', pem, re.S)
        if not m:
            raise ValueError('PEM')
        self.der = base64.b64decode(''.join(m.group(1).split()), validate=True)
        tag, info, _ = read_der(self.der)
        _, algorithm, end = read_der(info)
        tag, bits, _ = read_der(info, end)
        # id-ecPublicKey on SM2's curve, the point uncompressed
        if bytes.fromhex('06082a811ccf5501822d') not in algorithm or tag != 3 or bits[:2] != b'\0\x04':
            raise ValueError('SM2')
        self.raw = bits[2:]
        self.point = int.from_bytes(bits[2:34], 'big'), int.from_bytes(bits[34:66], 'big')
        x, y = self.point
        if len(bits) != 66 or max(x, y) >= P or (y * y - x * x * x - A * x - B) % P:
            raise ValueError('point')
        self.g, self.p = multiples(G), multiples(self.point)
        n = lambda v: v.to_bytes(32, 'big')  # noqa: E731
        self.za = sm3((8 * len(SIGNER)).to_bytes(2, 'big') + SIGNER + n(A) + n(B) + n(G[0]) + n(G[1]) + self.raw)

    def fingerprint(self):
        """The number of the key as statements print it: SM3 of the PEM file."""
        der = base64.b64encode(self.der).decode()
        lines = [der[i:i + 64] for i in range(0, len(der), 64)]
        return sm3('\n'.join(['-----BEGIN PUBLIC KEY-----', *lines, '-----END PUBLIC KEY-----', '']).encode()).hex()

    def signed(self, message, signature):
        try:
            tag, both, end = read_der(signature)
            if tag != 0x30 or end != len(signature):
                return False
            tag_r, r, at = read_der(both)
            tag_s, s, end = read_der(both, at)
            if (tag_r, tag_s, end) != (2, 2, len(both)):
                return False
        except (IndexError, ValueError):
            return False
        r, s = (int.from_bytes(v, 'big', signed=True) for v in (r, s))
        if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
            return False
        e = int.from_bytes(sm3(self.za + message), 'big')
        x, _, z = self.p.add_to(self.g.add_to((1, 1, 0), s), (r + s) % N)
        return z != 0 and (e + x * pow(z, -2, P) % P) % N == r


# ---- the bundle ----

class Bundle:
    def __init__(self, path):
        self.folder = path if os.path.isdir(path) else None
        try:
            self.zip = None if self.folder else zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as why:
            raise NoBundle(f'{path}: {why}') from None

    def names(self):
        return os.listdir(self.folder) if self.folder else self.zip.namelist()

    def open(self, name):
        try:
            return open(os.path.join(self.folder, name), 'rb') if self.folder else self.zip.open(name)
        except (KeyError, OSError) as why:
            raise NoBundle(f'{name}: {why}') from None

    def read(self, name):
        with self.open(name) as f:
            return f.read()

    def lines(self, name):
        with self.open(name) as f:
            yield from f

    def records(self, name):
        for number, line in enumerate(self.lines(name), 1):
            yield number, parse(line, f'{name}:{number}')

    def digest(self, name):
        digest, records = sm3_new(), 0
        with self.open(name) as f:
            while piece := f.read(1 << 20):
                digest.update(piece)
                records += piece.count(b'\n')
        return digest.digest().hex(), records


def once(pairs):
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError('a member stands twice')
    return keys


def parse(line, where):
    try:
        record = json.loads(line, object_pairs_hook=once)
    except ValueError as why:
        raise NoBundle(f'{where}: {why}') from None
    if not isinstance(record, dict):
        raise NoBundle(f'{where}: no object')
    return record


def number(text):
    if not isinstance(text, str) or not re.fullmatch(r'-?\d+(\.\d+)?', text):
        raise ValueError(f'no number: {text!r}')
    return Fraction(text)


def second(text):
    """Whole seconds since 1970, fallen back; None stays None."""
    if text is None:
        return None
    t = datetime.datetime.fromisoformat(text) - EPOCH
    return t.days * 86400 + t.seconds


def instant(text):
    t = datetime.datetime.fromisoformat(text) - EPOCH
    return (t.days * 86400 + t.seconds) * 10**6 + t.microseconds


def decimal(value, digits):
    """The text of a fraction, rounded half to even."""
    whole = round(value * 10**digits)
    text = f'{abs(whole):0{digits + 1}d}'
    return ('-' if whole < 0 else '') + text[:-digits] + '.' + text[-digits:]


# ---- prices ----

class Item:
    def __init__(self, r):
        self.id, self.code, self.per, self.mode = r['id'], r['code'], r['per'], r['mode']
        self.free, self.minimum, self.package = (number(r[k]) for k in ('free', 'minimum', 'package'))
        self.begins = [number(t['from']) for t in r['tiers']]
        self.prices = [number(t['price']) for t in r['tiers']]
        if (self.begins[:1] != [0] or self.begins != sorted(set(self.begins)) or
                self.mode not in ('flat', 'graduated', 'volume', 'package') or
                (self.mode == 'flat' and len(self.begins) > 1) or
                (self.mode == 'package' and self.package <= 0)):
            raise ValueError('tariff')

    def counted(self, quantity):
        charged = max(Fraction(0), quantity - self.free)
        return Fraction(math.ceil(charged / self.package)) if self.mode == 'package' else charged

    def below(self, counted):
        """Yuan of all below a counted quantity, each part at its own step's price."""
        total, before = Fraction(0), Fraction(0)
        for begin, price in zip(self.begins, self.prices):
            total += (price - before) * max(Fraction(0), counted - begin)
            before = price
        return total

    def between(self, first, last, whole):
        if self.mode == 'volume':
            price = self.prices[bisect.bisect_right(self.begins, self.counted(whole)) - 1]
            return price * (self.counted(last) - self.counted(first))
        return self.below(self.counted(last)) - self.below(self.counted(first))

    def of_period(self, quantity):
        if quantity <= 0:
            return Fraction(0)
        return max(self.minimum, self.between(Fraction(0), quantity, quantity))


class Month:
    def __init__(self, text, parameters):
        if not re.fullmatch(r'\d{4}-\d\d', text):
            raise ValueError('month')
        year, month = int(text[:4]), int(text[5:])
        first = datetime.date(year, month, 1)
        last = datetime.date(year + month // 12, month % 12 + 1, 1)
        self.text, days = text, (last - first).days
        self.begin = int(datetime.datetime(year, month, 1, tzinfo=SHANGHAI).timestamp())
        self.end = self.begin + 86400 * days
        month_days = parameters['month_days'] or days
        year_days = {0: (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days,
                     -1: 12 * month_days}.get(parameters['year_days'], parameters['year_days'])
        self.seconds = {'hour': 3600, 'day': 86400, 'month': 86400 * month_days, 'year': 86400 * year_days}

    def clip(self, begin, end):
        return max(begin, self.begin), self.end if end is None else min(end, self.end)


class Catalogue:
    def __init__(self, bundle):
        self.begins, self.editions, items = [], [], {}
        for n, r in bundle.records('items.jsonl'):
            try:
                items.setdefault(r['edition'], {})[r['code']] = Item(r)
            except (KeyError, TypeError, ValueError, IndexError) as why:
                raise NoBundle(f'items.jsonl:{n}: {why}') from None
        rows = sorted((r['effective'], r['number'], r['id']) for _, r in bundle.records('editions.jsonl'))
        for day, _, edition in rows:
            start = datetime.datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
            self.begins.append(int(start.timestamp()))
            self.editions.append(items.get(edition, {}))

    def item(self, code, at):
        """The item of a code in the edition in force at a second, or None."""
        i = bisect.bisect_right(self.begins, at) - 1
        return self.editions[i].get(code) if i >= 0 else None

    def of_use(self, code, begin, month):
        """Is a correction that begins then one of use, or of what was held?"""
        item = self.item(code, max(begin, month.begin))
        return item is not None and item.per == 'use'


# ---- reckoning ----

class Sum:
    __slots__ = ('yuan', 'usage', 'resources')

    def __init__(self):
        self.yuan, self.usage, self.resources = Fraction(0), Fraction(0), 0


class Reckoning:
    """The sums of one month for statements of it, from one resource after the other."""

    def __init__(self, month, settlement, usage_of, as_of, wanted):
        self.month, self.settlement, self.usage_of = month, settlement, usage_of
        self.as_of, self.wanted = as_of, wanted  # (unit, project, provider) -> statement
        self.sums = {}     # (statement no, kind, code) -> Sum
        self.strays = []   # resources with time in the month and no statement
        self.factors = {}


class Resource:
    def __init__(self, r):
        self.id, self.no, self.owner = r['id'], r['no'], (r['unit'], r['project'], r['provider'])
        self.kinds = [k['kind'] for k in r['kinds']]
        self.since = [second(k['from']) for k in r['kinds'][1:]]
        if not self.kinds or self.since != sorted(self.since):
            raise ValueError('kinds')
        self.intervals, self.usage, self.adjustments = {}, [], {}
        begin, end = second(r.get('theirs_from')), second(r.get('theirs_to'))
        self.since_when = float('-inf') if begin is None else begin
        self.until = float('inf') if end is None else end

    def kind(self, at):
        return self.kinds[bisect.bisect_right(self.since, at)]


def owner_of(statement):
    return statement['unit'], statement['project'], statement['provider']


class Verifier:
    def __init__(self, bundle, report):
        self.bundle, self.report = bundle, report

    # what stands in the bundle

    def load(self):
        b = self.bundle
        try:
            self.settlements = {r['no']: r for _, r in b.records('settlements.jsonl')}
            self.own = next(iter(self.settlements.values()))
            self.statements = {}
            for n, s in b.records('statements.jsonl'):
                if s['no'] in self.statements:
                    self.report.fault('statements.jsonl', s['no'], 'order')
                self.statements[s['no']] = s
            self.parties = {r['id']: r for _, r in b.records('parties.jsonl')}
            self.stopped = {(r['unit'], r['project'], r['provider']) for _, r in b.records('stopped.jsonl')}
            self.catalogue = Catalogue(b)
            self.factors = [(r['provider'], r['cloud'], r['from_month'], instant(r['made']), r['id'],
                             number(r['factor'])) for _, r in b.records('factors.jsonl')]
            self.adjustments, self.usage = {}, {}
            for _, r in b.records('adjustments.jsonl'):
                self.adjustments.setdefault(r['resource'], []).append(
                    (r['code'], second(r['from']), second(r['to']), number(r['quantity']), instant(r['made'])))
            for _, r in b.records('usage.jsonl'):
                self.usage.setdefault(r['resource'], []).append(
                    (r['settlement'], r['code'], second(r['from']), second(r['to']), number(r['quantity'])))
        except (KeyError, TypeError, ValueError, StopIteration) as why:
            raise NoBundle(f'{type(why).__name__}: {why}') from None

    # digests and signatures

    def check_seals(self, key):
        b, report = self.bundle, self.report
        manifest_bytes = b.read('manifest.json')
        manifest = parse(manifest_bytes, 'manifest.json')
        if manifest.get('format') != FORMAT:
            raise NoBundle(f'manifest.json: {manifest.get("format")!r}')
        if not key.signed(manifest_bytes, unhex(b.read('manifest.sig').strip())):
            report.fault('manifest.sig', 'manifest.json', 'signature')
        listed = {f['name']: f for f in manifest['files']}
        for name in RECORDS:
            if name not in b.names():
                raise NoBundle(f'{name}: {report.say("missing")}')
            if name not in listed:
                report.fault('manifest.json', name, 'unlisted')
                continue
            digest, records = b.digest(name)
            if digest != listed[name]['sm3']:
                report.fault(name, 'SM3', 'digest')
            report.same('manifest.json', f'{name} records', listed[name]['records'], records)

    def check_signatures(self, key):
        report, digests, signed = self.report, {}, {}
        for _, r in self.bundle.records('signatures.jsonl'):
            signed[r.get('statement')] = r
        before = b''
        for line in self.bundle.lines('statements.jsonl'):
            line = line.rstrip(b'\n')
            s = json.loads(line)
            if s['no'].encode() <= before:
                report.fault('statements.jsonl', s['no'], 'order')
            before = s['no'].encode()
            digest = sm3(line)
            r = signed.pop(s['no'], None)
            if s['settlement'] == self.own['no']:
                digests[before] = digest
            if r is None:
                report.fault('signatures.jsonl', s['no'], 'missing')
            elif r['digest'] != digest.hex():
                report.fault('statements.jsonl', s['no'], 'digest')
            elif not key.signed(digest, unhex(r['signature'])):
                report.fault('signatures.jsonl', s['no'], 'signature')
        for no in signed:
            report.fault('signatures.jsonl', no, 'no-record', what='statements.jsonl')
        all_of_it = sm3(b''.join(digests[no] for no in sorted(digests))).hex()
        report.same('settlements.jsonl', f'{self.own["no"]} digest', self.own['digest'], all_of_it)

    # sums of sums

    def check_totals(self):
        report, own = self.report, self.own
        mine = [s for s in self.statements.values() if s['settlement'] == own['no']]
        for s in self.statements.values():
            total = sum((number(line['amount']) for line in s['lines']), Fraction(0))
            report.same_number('statements.jsonl', f'{s["no"]} total', s['total'], total, 2)
            report.same('statements.jsonl', f'{s["no"]} lines', [line['line'] for line in s['lines']],
                        list(range(1, len(s['lines']) + 1)))
            report.same('statements.jsonl', f'{s["no"]} format', s['format'], STATEMENT)
            if s['settlement'] not in self.settlements:
                report.fault('statements.jsonl', s['no'], 'no-record', what=s['settlement'])
                continue
            of = self.settlements[s['settlement']]
            report.same('statements.jsonl', f'{s["no"]} month', s['month'], of['month'])
            report.same('statements.jsonl', f'{s["no"]} cloud', s['cloud'], of['cloud'])
            self.check_payer(s)
        report.same_number('settlements.jsonl', f'{own["no"]} total', own['total'],
                           sum((number(s['total']) for s in mine), Fraction(0)), 2)
        stopped = sum(1 for _ in self.bundle.lines('stopped.jsonl'))
        report.same('settlements.jsonl', f'{own["no"]} statements', own['statements'], len(mine) + stopped)
        report.same('settlements.jsonl', f'{own["no"]} stopped', own['stopped'], stopped)
        report.same('settlements.jsonl', f'{own["no"]} lines', own['lines'], sum(len(s['lines']) for s in mine))

    def check_payer(self, s):
        unit, payer = self.parties.get(s['unit']), self.parties.get(s['payer'])
        if unit is None or payer is None:
            self.report.fault('parties.jsonl', s['no'], 'no-record', what=s['unit' if unit is None else 'payer'])
        elif unit['in_budget']:
            self.report.same('parties.jsonl', f'{s["no"]} payer: finance', payer['finance'], True)
        else:
            self.report.same('statements.jsonl', f'{s["no"]} payer', payer['code'], unit['code'])

    # the arithmetic, once more

    def plan(self):
        """One reckoning of the own month, and one for each other settlement that is corrected."""
        own, plans = self.own, []
        as_of = instant(own['as_of'])
        mine = [s for s in self.statements.values() if s['settlement'] == own['no']]
        # one with nothing but corrections is not where the month's use was settled
        with_use = [s for s in mine if any(line['kind'] == 'use' for line in s['lines'])]
        plans.append(Reckoning(Month(own['month'], own['parameters']), own, (own['no'],), as_of,
                               {owner_of(s): s for s in with_use}))
        corrected = {line['corrects'] for s in mine for line in s['lines'] if line['kind'] == 'correction'}
        for no, of in self.settlements.items():
            wanted = {owner_of(s): s for s in self.statements.values()
                      if s['settlement'] == no and s['no'] in corrected}
            if wanted:
                plans.append(Reckoning(Month(of['month'], of['parameters']), of, (own['no'], no), as_of, wanted))
        for no in sorted(corrected - set(self.statements)):
            self.report.fault('statements.jsonl', no, 'missing')
        return plans

    def resources(self):
        """Each resource with its intervals, the two files read side by side."""
        rows = self.bundle.records('intervals.jsonl')
        number_, row = next(rows, (0, None))
        met = set()
        for n, r in self.bundle.records('resources.jsonl'):
            try:
                resource = Resource(r)
                while (row is not None and row['resource'] == resource.id and
                       second(row['from']) < resource.until):
                    resource.intervals.setdefault(row['code'], []).append(
                        (second(row['from']), second(row['to']), number(row['quantity'])))
                    number_, row = next(rows, (0, None))
            except (KeyError, TypeError, ValueError) as why:
                raise NoBundle(f'resources.jsonl:{n}, intervals.jsonl:{number_}: {why}') from None
            # one that moved to another within the time stands once for each who had it
            resource.usage = [u for u in self.usage.get(resource.id, ())
                              if resource.since_when <= u[2] < resource.until]
            resource.adjustments = self.adjustments.get(resource.id, [])
            met.add(resource.id)
            yield resource
        if row is not None:
            self.report.fault('intervals.jsonl', row.get('resource'), 'order')
        for where, rest in (('usage.jsonl', self.usage), ('adjustments.jsonl', self.adjustments)):
            for resource in set(rest) - met:
                self.report.fault(where, resource, 'no-record', what='resources.jsonl')

    def reckon(self, plan, resource):
        adjustments = [b for a in resource.adjustments if a[4] <= plan.as_of
                       for b in self.theirs(plan.month, resource, a)]
        parts = {}
        self.reckon_time(plan, resource, adjustments, parts)
        self.reckon_use(plan, resource, adjustments, parts)
        statement = plan.wanted.get(resource.owner)
        if statement is None:
            if parts and resource.owner not in self.stopped:
                plan.strays.append(resource.no)
            return
        for (kind, code), (yuan, usage) in parts.items():
            total = plan.sums.setdefault((statement['no'], kind, code), Sum())
            total.yuan += yuan
            total.usage += usage
            total.resources += 1

    def theirs(self, month, resource, adjustment):
        """What of a correction falls on whom the resource was with: of time as far as it reaches, of use
        where it begins."""
        code, begin, end, *rest = adjustment
        if self.catalogue.of_use(code, begin, month):
            return [adjustment] if resource.since_when <= begin < resource.until else []
        begin, end = max(begin, resource.since_when), min(end, resource.until)
        return [(code, begin, end, *rest)] if begin < end else []

    def reckon_time(self, plan, resource, adjustments, parts):
        month = plan.month
        for code in {*resource.intervals, *(a[0] for a in adjustments)}:
            held = [(*month.clip(a, b), q) for a, b, q in resource.intervals.get(code, ())]
            held += [(*month.clip(a, b), q) for c, a, b, q, _ in adjustments
                     if c == code and not self.catalogue.of_use(c, a, month)]
            held = [h for h in held if h[0] < h[1]]
            cuts = {x for a, b, _ in held for x in (a, b)}
            cuts |= {x for x in (*self.catalogue.begins, *resource.since) if month.begin < x < month.end}
            cuts = sorted(cuts)
            for a, b in zip(cuts, cuts[1:]):
                quantities = [q for begin, end, q in held if begin <= a and b <= end]
                if not quantities:
                    continue
                item = self.catalogue.item(code, a)
                if item is None:
                    self.no_price(resource, code, a)
                elif item.per != 'use':
                    if sum(quantities) < 0:
                        self.report.fault('adjustments.jsonl', resource.no, 'negative', had=sum(quantities))
                    self.put(parts, resource.kind(a), code,
                             item.of_period(sum(quantities)) * Fraction(b - a, month.seconds[item.per]),
                             sum(quantities) * Fraction(b - a, month.seconds[item.per]))

    def reckon_use(self, plan, resource, adjustments, parts):
        month = plan.month
        fixes = [(code, max(begin, month.begin), quantity) for code, begin, end, quantity, _ in adjustments
                 if begin < month.end and end > month.begin and self.catalogue.of_use(code, begin, month)]
        for code in {*(u[1] for u in resource.usage), *(f[0] for f in fixes)}:
            used = {}  # (from, to) -> quantity
            for settlement in plan.usage_of:
                used = {u[2:4]: u[4] for u in resource.usage if u[0] == settlement and u[1] == code and
                        month.begin <= u[2] < month.end}
                if used:
                    break
            for _, at, quantity in (f for f in fixes if f[0] == code):
                piece = next((p for p in used if p[0] <= at < p[1] or p[0] == at), None)
                piece = piece or self.piece_at(month, resource, code, at)
                used[piece] = used.get(piece, Fraction(0)) + quantity
            for quantity in used.values():
                if quantity < 0:
                    self.report.fault('adjustments.jsonl', resource.no, 'negative', had=quantity)
            if used:
                self.price_use(plan, resource, code, [(*p, q) for p, q in sorted(used.items())], parts)

    def piece_at(self, month, resource, code, at):
        """The time around a second in which a size, the edition and the kind stay; empty where nothing is held."""
        for begin, end, _ in resource.intervals.get(code, ()):
            begin, end = month.clip(begin, end)
            if begin <= at < end:
                cuts = [x for x in (*self.catalogue.begins, *resource.since) if begin < x < end]
                return max([begin, *(x for x in cuts if x <= at)]), min([end, *(x for x in cuts if x > at)])
        return at, at

    def price_use(self, plan, resource, code, rows, parts):
        whole, used, least, amounts = sum(q for _, _, q in rows), Fraction(0), Fraction(0), []
        for begin, end, quantity in rows:
            item = self.catalogue.item(code, begin)
            if item is None or item.per != 'use':
                self.no_price(resource, code, begin)
                return
            amounts.append(item.between(used, used + quantity, whole))
            used += quantity
            least += item.minimum * Fraction(end - begin, plan.month.end - plan.month.begin)
        if whole > 0 and least > sum(amounts):
            amounts[-1] += least - sum(amounts)
        for (begin, _, quantity), yuan in zip(rows, amounts):
            self.put(parts, resource.kind(begin), code, yuan, quantity)

    @staticmethod
    def put(parts, kind, code, yuan, usage):
        had = parts.get((kind, code), (0, 0))
        parts[kind, code] = had[0] + yuan, had[1] + usage

    def no_price(self, resource, code, at):
        # a stopped statement is stopped for such a reason
        if resource.owner not in self.stopped:
            day = datetime.datetime.fromtimestamp(at, SHANGHAI).date()
            self.report.fault('items.jsonl', resource.no, 'no-price', day=day, code=code)

    def factor(self, plan, statement):
        rows = [f for f in self.factors if f[0] == statement['provider'] and f[1] == statement['cloud'] and
                f[2] <= plan.month.text and f[3] <= plan.as_of]
        best = max(rows, key=lambda f: (f[2], f[3], f[4]), default=None)
        return (best[5], best[4]) if best else (Fraction(1), None)

    def check_lines(self, plan):
        report, billed = self.report, {k['kind']: k['billed'] for k in plan.settlement['kinds']}
        sums = plan.sums
        for s in plan.wanted.values():
            for line in s['lines']:
                if line['kind'] != 'use':
                    continue
                where, total = f'{s["no"]}/{line["line"]}', sums.pop((s['no'], line['resource_kind'], line['code']), None)
                if total is None:
                    report.fault('statements.jsonl', where, 'no-use')
                    continue
                factor, factor_id = self.factor(plan, s)
                last = self.catalogue.item(line['code'], plan.month.end - 1)
                amount = total.yuan * factor if line['billed'] else Fraction(0)
                for member, value, digits in (('usage', total.usage, 6), ('list', total.yuan, 2),
                                              ('factor', factor, 6), ('amount', amount, 2)):
                    report.same_number('statements.jsonl', f'{where} {member}', line[member], value, digits)
                want = {'billed': billed.get(line['resource_kind']), 'resources': total.resources,
                        'factor_id': factor_id}
                if last:
                    want['item'] = last.id
                for member, value in want.items():
                    report.same('statements.jsonl', f'{where} {member}', line[member], value)
        for no, kind, code in sums:
            report.fault('statements.jsonl', f'{no} {kind} {code}', 'no-line')

    def check_corrections(self, plan):
        """What each line of a corrected statement would be now, less what it says and was corrected by."""
        billed = {k['kind']: k['billed'] for k in plan.settlement['kinds']}
        own, said = self.own['no'], {}
        corrected = {s['no'] for s in plan.wanted.values()}
        mine = {}
        for s in self.statements.values():
            for line in s['lines']:
                if line['kind'] == 'use' and s['no'] in corrected:
                    key = s['no'], line['resource_kind'], line['code']
                elif line['kind'] == 'correction' and line['corrects'] in corrected:
                    key = line['corrects'], line['resource_kind'], line['code']
                else:
                    continue
                if line['kind'] == 'correction' and s['settlement'] == own:
                    mine.setdefault(key, []).append((s, line))
                elif s['no'] in corrected or s['settlement'] != own:
                    said[key] = said.get(key, Fraction(0)) + number(line['amount'])
        statements = {s['no']: s for s in plan.wanted.values()}
        for key in {*said, *plan.sums, *mine}:
            factor, _ = self.factor(plan, statements[key[0]])
            now = plan.sums[key].yuan * factor if key in plan.sums and billed.get(key[1]) else Fraction(0)
            want = Fraction(round(now * 100), 100) - said.get(key, Fraction(0))
            had = sum((number(line['amount']) for _, line in mine.get(key, ())), Fraction(0))
            where = ', '.join(f'{s["no"]}/{line["line"]}' for s, line in mine.get(key, ())) or ' '.join(key)
            if had != want:
                self.report.fault('statements.jsonl', f'{where} amount', 'differs', had=decimal(had, 2),
                                  want=decimal(want, 2))
            for s, _ in mine.get(key, ()):
                owner = statements[key[0]]
                for member in ('unit', 'project', 'provider', 'payer'):
                    self.report.same('statements.jsonl', f'{s["no"]} {member}', s[member], owner[member])

    def check_arithmetic(self):
        plans = self.plan()
        for resource in self.resources():
            for plan in plans:
                self.reckon(plan, resource)
        self.check_lines(plans[0])
        if self.own['number'] == 1:
            for no in plans[0].strays:
                self.report.fault('resources.jsonl', no, 'no-statement')
        for plan in plans[1:]:
            self.check_corrections(plan)


def unhex(text):
    try:
        return bytes.fromhex(text.decode() if isinstance(text, bytes) else text)
    except (TypeError, ValueError):
        return b''


def prove(bundle, key_path, report):
    inside = bundle.read('public-key.pem').decode('utf-8', 'replace')
    try:
        key = PublicKey(inside)
        if key_path:
            with open(key_path, encoding='utf-8') as f:
                given = PublicKey(f.read())
            if given.point != key.point:
                report.fault('public-key.pem', key.fingerprint(), 'key-other')
                key = given
    except (OSError, ValueError, IndexError) as why:
        raise NoBundle(f'public-key.pem: {why}') from None
    verifier = Verifier(bundle, report)
    verifier.check_seals(key)
    verifier.load()
    try:
        verifier.check_signatures(key)
        verifier.check_totals()
        verifier.check_arithmetic()
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise NoBundle(f'{type(why).__name__}: {why}') from None
    if not key_path:
        print(report.say('key-unchecked', print=key.fingerprint()))
    return verifier.own


def main(arguments):
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asks.add_argument('bundle')
    asks.add_argument('--key', help='公钥文件（另行取得） / the public key, had otherwise')
    asks.add_argument('--lang', choices=('zh', 'en'), default='zh')
    asks.add_argument('--most', type=int, default=200, help='最多列出多少处 / differences to print at most')
    asked = asks.parse_args(arguments)
    report = Report(asked.lang, asked.most)
    try:
        own = prove(Bundle(asked.bundle), asked.key, report)
    except NoBundle as why:
        print(report.say('unreadable', why=why))
        return 2 if report.n == 0 else 1
    if report.n > asked.most:
        print(report.say('more', n=report.n - asked.most))
    if report.n:
        print(report.say('failed', n=report.n))
        return 1
    print(report.say('proved', **{k: own[k] for k in ('no', 'month', 'statements', 'lines', 'total')}))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
