#!/usr/bin/env python3
"""The FOCUS file against the validator's rule model: every rule that applies holds, and a file in
which one thing is broken is told so."""
import csv
import decimal
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / 'tests/tools'))
import focus_check  # noqa: E402

PROBE = os.environ['YH_BILL_PROBE']
MODEL = os.path.join(os.environ.get('YH_SHARED', ''), 'data/focus/focus_validator-model-1.2.json')


def criteria():
    """What the documentation says of this platform."""
    text = (ROOT / 'docs/focus.md').read_text(encoding='utf-8')
    found = dict(re.findall(r'^\| `([A-Z_]+)` \| (yes|no) \|', text, re.M))
    return found, [name for name, answer in found.items() if answer == 'yes']


def made(lines, state='closed'):
    out = subprocess.run([PROBE, ROOT / 'policy/messages/zh.yaml', 'focus', str(lines), state],
                         capture_output=True, check=True).stdout.decode()
    return focus_check.read(out)


class Shape(unittest.TestCase):
    def test_costs_add_up_to_the_statement_to_the_fen(self):
        columns, rows = made(60)
        at = columns.index('BilledCost')
        lines = csv.DictReader(io.StringIO(subprocess.run(
            [PROBE, ROOT / 'policy/messages/zh.yaml', 'csv', '60', 'closed'], capture_output=True,
            check=True).stdout.decode('utf-8-sig'), newline=''))
        self.assertEqual(sum(decimal.Decimal(r[at]) for r in rows),
                         sum(decimal.Decimal(r['结算金额（元）']) for r in lines))
        self.assertEqual(len({len(r) for r in rows}), 1)

    def test_a_months_bounds_are_those_of_shanghai_in_utc(self):
        columns, rows = made(5)
        row = dict(zip(columns, rows[0]))
        self.assertEqual(row['BillingPeriodStart'], '2026-09-30T16:00:00Z')
        self.assertEqual(row['BillingPeriodEnd'], '2026-10-31T16:00:00Z')
        self.assertEqual(row['ChargePeriodStart'], row['BillingPeriodStart'])

    def test_a_correction_charges_the_month_that_it_corrects(self):
        columns, rows = made(5)
        row = dict(zip(columns, rows[4]))
        self.assertEqual(row['ChargeClass'], 'Correction')
        self.assertEqual((row['ChargePeriodStart'], row['ChargePeriodEnd']),
                         ('2026-08-31T16:00:00Z', '2026-09-30T16:00:00Z'))
        self.assertEqual((row['x_CorrectsInvoiceId'], row['x_CorrectsLine']),
                         ('SH-JS-202609-000118', '2'))

    def test_a_catalogue_price_stands_where_there_is_one(self):
        columns, rows = made(5)
        found = [(r[columns.index('ListUnitPrice')], r[columns.index('x_UnitPriceBasis')])
                 for r in rows]
        self.assertEqual(found[:4], [('320', 'catalogue'), ('0.75', 'mean'), ('320', 'catalogue'),
                                     ('0.5', 'catalogue')])

    def test_what_stopped_is_not_charged(self):
        self.assertEqual(made(0, 'stopped')[1], [])


@unittest.skipUnless(os.path.isfile(MODEL), 'YH_SHARED names no folder with the rule model')
class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(MODEL, encoding='utf-8') as f:
            cls.model = json.load(f)
        cls.columns, cls.rows = made(60)

    def report(self, columns, rows):
        return focus_check.check(self.model, columns, rows, criteria()[1])

    def test_every_criterion_is_answered(self):
        self.assertEqual(set(criteria()[0]), set(self.model['ApplicabilityCriteria']))

    def test_every_rule_that_applies_holds(self):
        for lines, state in ((1, 'closed'), (60, 'closed'), (60, 'draft'), (12, 'hostile')):
            report = self.report(*made(lines, state))
            self.assertEqual(report.failed, {})
            self.assertGreater(len(report.passed), 250)

    def test_each_column_that_is_taken_away_is_missed(self):
        for i, column in enumerate(self.columns):
            if column.startswith('x_') or column in ('PricingCategory',):
                continue
            columns = self.columns[:i] + self.columns[i + 1:]
            report = self.report(columns, [r[:i] + r[i + 1:] for r in self.rows])
            self.assertTrue(any(rule.startswith('CostAndUsage-D-') and column in why
                                for rule, why in report.failed.items()), column)

    def broken(self, column, value, row=0):
        rows = [list(r) for r in self.rows]
        rows[row][self.columns.index(column)] = value
        return self.report(self.columns, rows).failed

    def test_each_value_that_is_broken_is_told(self):
        for column, value, rule in [
                ('BilledCost', '1,000.00', 'BilledCost-C-002-M'),
                ('BilledCost', '', 'BilledCost-C-003-M'),
                ('BilledCost', '+5', 'BilledCost-C-002-M'),
                ('BillingAccountId', '', 'BillingAccountId-C-001-M'),
                ('BillingAccountType', '', 'BillingAccountType-C-005-C'),
                ('BillingCurrency', 'RMB', 'BillingCurrency-C-006-M'),
                ('BillingPeriodStart', '2026-10-01 00:00:00', 'BillingPeriodStart-C-002-M'),
                ('BillingPeriodEnd', '2026-10-31T16:00:00+08:00', 'BillingPeriodEnd-C-002-M'),
                ('BillingPeriodEnd', '2026-08-31T16:00:00Z', 'BillingPeriodEnd-C-004-M'),
                ('ChargeCategory', 'Rent', 'ChargeCategory-C-003-M'),
                ('ChargeCategory', 'Tax', 'ListUnitPrice-C-004-C'),
                ('ChargeClass', 'Correct', 'ChargeClass-C-005-C'),
                ('ChargeClass', 'Correction', 'ChargeClass-C-003-C'),
                ('ChargeFrequency', 'Monthly', 'ChargeFrequency-C-003-M'),
                ('ConsumedQuantity', '1/2', 'ConsumedQuantity-C-002-M'),
                ('ConsumedUnit', '', 'ConsumedUnit-C-006-C'),
                ('InvoiceIssuerName', '别家', 'BilledCost-C-005-C'),
                ('ListCost', '3674.84', 'ListCost-C-009-C'),
                ('ListUnitPrice', '-320', 'ListUnitPrice-C-008-M'),
                ('ListUnitPrice', '', 'ListUnitPrice-C-005-C'),
                ('PricingCategory', 'Cheap', 'PricingCategory-C-007-M'),
                ('PricingUnit', 'gib-months', 'PricingUnit-C-003-O'),
                ('ProviderName', '', 'ProviderName-C-003-M'),
                ('RegionName', '', 'RegionName-C-005-C'),
                ('ServiceCategory', 'Storage', 'ServiceName-C-005-C'),
                ('ServiceSubcategory', 'Object Storage', 'ServiceSubcategory-C-004-M'),
                ('SkuId', 'other', 'SkuPriceId-C-005-C'),
                ('SkuPriceDetails', '{"a": [1]}', 'SkuPriceDetails-C-001-M'),
                ('SkuPriceDetails', '{"a": 1, "a": 2}', 'SkuPriceDetails-C-001-M'),
                ('SubAccountName', '', 'SubAccountName-C-005-C')]:
            if column == 'SkuId':
                rows = [list(r) for r in self.rows]
                rows[1][self.columns.index('SkuPriceId')] = rows[0][self.columns.index('SkuPriceId')]
                self.assertIn('SkuPriceId-C-008-M', self.report(self.columns, rows).failed)
                continue
            self.assertIn(rule, self.broken(column, value), (column, value))

    def test_columns_of_our_own_are_marked_and_last(self):
        columns = list(self.columns)
        columns[-1] = 'UnitPriceBasis'
        self.assertIn('ColumnHandling-A-010-M', self.report(columns, self.rows).failed)
        columns = [self.columns[-1]] + self.columns[:-1]
        rows = [[r[-1]] + r[:-1] for r in self.rows]
        self.assertIn('ColumnHandling-A-013-O', self.report(columns, rows).failed)


if __name__ == '__main__':
    unittest.main()
