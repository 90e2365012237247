#!/usr/bin/env python3
"""Checks a FOCUS 1.2 file by interpreting the validator's rule model: every rule that applies is
evaluated over every row. What a file cannot show (rules the model calls dynamic) is listed, and
checked here where it can be after all.

    focus_check.py MODEL.json FILE.csv [CRITERION …]

As a module: check(model, columns, rows, criteria) -> Report. Independent of the program."""
import csv
import datetime
import decimal
import json
import re
import sys

D = decimal.Decimal
decimal.getcontext().prec = 100
NUMBER = re.compile(r'-?\d+(\.\d+)?([eE]-?\d+)?\Z')
INSTANT = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z')
SIZES = r'(?:[KMGTPE]i?b|[KMGTPE]i?B|b|B)'
TIMES = ('Year', 'Month', 'Day', 'Hour', 'Minute', 'Second')
NOUN = r'[A-Z][A-Za-z]*'
CURRENCIES = set('''AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD
BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF
YER ZAR ZMW'''.split())
PASCAL = re.compile(r'[A-Z][A-Za-z0-9]*\Z')


def number(text):
    return D(text) if text is not None and NUMBER.match(text) else None


def instant(text):
    if not INSTANT.match(text):
        return None
    try:
        return datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ')
    except ValueError:
        return None


def unit(text):
    """plural units, singular-unit-plural-times, plural units/singular time; quantities in whole."""
    def plural(word):
        return re.fullmatch(SIZES, word) or re.fullmatch(NOUN, word)

    text = re.sub(r'\A[1-9]\d* ', '', text)
    if '/' in text:
        units, _, time = text.partition('/')
        interval = re.fullmatch(r'[1-9]\d* (\w+)s', time)
        return bool(plural(units)) and (interval.group(1) if interval else time) in TIMES
    if '-' in text:
        one, _, times = text.partition('-')
        return bool(plural(one)) and times in [t + 's' for t in TIMES]
    return bool(plural(text))


def key_values(text):
    def pairs(found):
        if len({k for k, _ in found}) != len(found):
            raise ValueError('a key twice')
        return dict(found)

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except ValueError:
        return False
    return isinstance(value, dict) and not any(isinstance(v, (dict, list)) for v in value.values())


def same(value, want):
    if want is None or value is None:
        return value is None and want is None
    if isinstance(want, (int, float)):
        return number(value) == D(str(want))
    return value == want


class Report:
    def __init__(self):
        self.passed, self.failed, self.absent, self.undecided = set(), {}, set(), {}
        self.optional = set()

    def lines(self):
        yield (f'{len(self.passed)} rules hold, {len(self.failed)} do not, {len(self.absent)} do not'
               f' apply, {len(self.optional)} only permit, {len(self.undecided)} a file cannot show')
        for rule, why in sorted(self.failed.items()):
            yield f'{rule}: {why}'


class Checker:
    def __init__(self, model, columns, rows, criteria):
        self.rules, self.dataset = model['ModelRules'], model['ModelDatasets']
        self.columns, self.rows, self.criteria = columns, rows, set(criteria)
        unknown = self.criteria - set(model['ApplicabilityCriteria'])
        if unknown:
            raise SystemExit(f'no such criteria: {sorted(unknown)}')
        self.report = Report()
        self.values = {c: [(r[i] or None) if i < len(r) else None for r in rows]
                       for i, c in enumerate(columns)}
        self.own = {
            'ChargeClass-C-003-C': lambda i: self.at('ChargeClass', i) is None or self.moved(i),
            'ChargeClass-C-004-C': lambda i: self.at('ChargeClass', i) is not None or not self.moved(i),
            'ConsumedQuantity-C-008-C': lambda i: self.at('ConsumedQuantity', i) is None
            or number(self.at('ConsumedQuantity', i)) is not None,
            'ContractedCost-C-009-C': lambda i: self.product(i, 'ContractedUnitPrice', 'ContractedCost'),
            'PricingQuantity-C-009-C': lambda i: self.product(i, 'ListUnitPrice', 'ListCost'),
            'BillingPeriodEnd-C-004-M': lambda i: self.before(i, 'BillingPeriodStart', 'BillingPeriodEnd'),
            'ChargePeriodEnd-C-004-M': lambda i: self.before(i, 'ChargePeriodStart', 'ChargePeriodEnd'),
            'StringHandling-A-007-M': lambda i: not any((self.at(c, i) or 'x').isspace() for c in columns),
        }
        self.of_file = {
            'ColumnHandling-A-001-M': lambda: all(PASCAL.match(re.sub('^x_', '', c)) for c in columns),
            'ColumnHandling-A-003-M': lambda: all(re.sub('^x_', '', c).isalnum() for c in columns),
            'ColumnHandling-A-005-O': lambda: all(len(c) <= 50 for c in columns),
            'ColumnHandling-A-010-M': lambda: all(c.startswith('x_') for c in columns if c not in self.known()),
            'ColumnHandling-A-013-O': lambda: [c.startswith('x_') for c in columns] ==
            sorted(c.startswith('x_') for c in columns),
        }
        self.of_file['ColumnHandling-A-012-O'] = self.of_file['ColumnHandling-A-013-O']

    def known(self):
        return {r['Reference'] for r in self.rules.values() if r['EntityType'] == 'Column'}

    def at(self, column, i):
        return self.values[column][i] if column in self.values else None

    def moved(self, i):
        """Whether a row charges another period than the one it is billed in."""
        return self.at('ChargePeriodStart', i) != self.at('BillingPeriodStart', i)

    def before(self, i, a, b):
        start, end = instant(self.at(a, i) or ''), instant(self.at(b, i) or '')
        return start is not None and end is not None and start < end

    def product(self, i, price, cost):
        p, q, c = (number(self.at(x, i)) for x in (price, 'PricingQuantity', cost))
        return None in (p, q) or self.at('ChargeClass', i) == 'Correction' or p * q == c

    # ---- one check over one row ----
    def holds(self, check, i, reference):
        name = check.get('CheckFunction')
        if name is None:  # the model also writes {"AND": [...]}
            for word, all_of in (('AND', all), ('OR', any)):
                if word in check:
                    items = check[word] if isinstance(check[word], list) else [check[word]]
                    return all_of(self.holds(c, i, reference) for c in items)
            raise SystemExit(f'a check that is none: {check}')
        if name in ('AND', 'OR'):
            return (all if name == 'AND' else any)(self.holds(c, i, reference) for c in check['Items'])
        column = check.get('ColumnName', reference)
        value = self.at(column, i)
        if name == 'ColumnPresent':
            return column in self.columns
        if name == 'CheckValue':
            return same(value, check['Value'])
        if name == 'CheckNotValue':
            return not same(value, check['Value'])
        if name in ('CheckSameValue', 'CheckNotSameValue'):
            is_same = self.at(check['ColumnAName'], i) == self.at(check['ColumnBName'], i)
            return is_same == (name == 'CheckSameValue')
        if name == 'ColumnByColumnEqualsColumnValue':
            a, b, c = (number(self.at(check[k], i)) for k in
                       ('ColumnAName', 'ColumnBName', 'ResultColumnName'))
            return None in (a, b) or a * b == c
        if name == 'CheckDecimalValue':
            return number(value) is not None
        if value is None:
            return True  # the form of nothing is never wrong
        if name == 'CheckGreaterOrEqualThanValue':
            return number(value) is not None and number(value) >= D(str(check['Value']))
        forms = {'TypeString': lambda v: True, 'TypeDecimal': lambda v: number(v) is not None,
                 'TypeDateTime': lambda v: instant(v) is not None,
                 'FormatNumeric': lambda v: number(v) is not None,
                 'FormatDateTime': lambda v: instant(v) is not None,
                 'FormatString': lambda v: not v.isspace() and '\ufffd' not in v,
                 'FormatUnit': unit, 'FormatKeyValue': key_values,
                 'FormatCurrency': lambda v: v in CURRENCIES,
                 'CheckNationalCurrency': lambda v: v in CURRENCIES}
        return forms[name](value)

    def distinct(self, check, among):
        seen = {}
        for i in among:
            a = self.at(check['ColumnAName'], i)
            if a is not None:
                seen.setdefault(a, set()).add(self.at(check['ColumnBName'], i))
        bad = {a for a, b in seen.items() if len(b) != check['ExpectedCount']}
        return {i for i in among if self.at(check['ColumnAName'], i) in bad}

    # ---- rules ----
    def applies(self, rule):
        return set(rule['ApplicabilityCriteria']) <= self.criteria or (
            rule['EntityType'] == 'Column' and rule['Reference'] in self.columns)

    def note(self, rule_id, bad, among):
        keyword = self.rules[rule_id]['ValidationCriteria']['Keyword']
        if keyword == 'MAY':
            self.report.optional.add(rule_id)
        elif bad:
            first = min(bad)
            row = f' (row {first + 2})' if first >= 0 else ''
            self.report.failed[rule_id] = (self.rules[rule_id]['ValidationCriteria']['MustSatisfy']
                                           + f' [{keyword}]{row}')
        else:
            self.report.passed.add(rule_id)

    def dynamic(self, rule_id, among):
        if rule_id in self.of_file:
            bad = set() if self.of_file[rule_id]() else {-1}
        elif rule_id in self.own:
            bad = {i for i in among if not self.own[rule_id](i)}
        else:
            self.report.undecided[rule_id] = self.rules[rule_id]['ValidationCriteria']['MustSatisfy']
            return None
        self.note(rule_id, bad, among)
        return bad

    def rule(self, rule_id, among, noted=True):
        """The rows among which the rule does not hold, {-1} for the file; None: nobody can tell."""
        rule = self.rules[rule_id]
        criteria, reference = rule['ValidationCriteria'], rule['Reference']
        if not self.applies(rule):
            self.report.absent.add(rule_id)
            return None
        check, condition = criteria['Requirement'], criteria['Condition']
        if condition:
            among = [i for i in among if self.holds(condition, i, reference)]
        if rule['Type'] == 'Dynamic' or not check:
            return self.dynamic(rule_id, among)
        if rule['Function'] == 'Presence':
            bad = set() if self.holds(check, -1, reference) else {-1}
        elif rule['Function'] == 'Composite':
            is_or = check['CheckFunction'] == 'OR'
            parts = [self.rule(c['ModelRuleId'], among, noted and not is_or) for c in check['Items']]
            parts = [p for p in parts if p is not None]
            bad = (set.intersection(*parts) if is_or else set.union(*parts)) if parts else set()
        elif check['CheckFunction'] == 'CheckDistinctCount':
            bad = self.distinct(check, among)
        else:
            bad = {i for i in among if not self.holds(check, i, reference)}
        if criteria['Keyword'] == 'MAY':
            bad = set()
        if noted:
            self.note(rule_id, bad, among)
        return bad

    def run(self):
        width = len(self.columns)
        for i, row in enumerate(self.rows):
            if len(row) != width:
                self.report.failed['rows'] = f'row {i + 2} has {len(row)} of {width} fields'
        for top in self.dataset['CostAndUsage']['ModelRules']:
            self.rule(top, range(len(self.rows)))
        for rule_id, rule in self.rules.items():  # attributes stand beside the dataset
            if rule['EntityType'] == 'Attribute' and rule['Function'] == 'Composite':
                self.rule(rule_id, range(len(self.rows)))
        return self.report


def check(model, columns, rows, criteria):
    return Checker(model, columns, rows, criteria).run()


def read(text):
    table = list(csv.reader(text.splitlines(keepends=True)))
    return table[0], table[1:]


def main(model_path, csv_path, *criteria):
    with open(model_path, encoding='utf-8') as f:
        model = json.load(f)
    with open(csv_path, encoding='utf-8', newline='') as f:
        columns, rows = read(f.read())
    report = check(model, columns, rows, criteria)
    print('\n'.join(report.lines()))
    return 1 if report.failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
