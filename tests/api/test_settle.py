"""A month is settled: reckoned by itself or on request, reviewed, closed and signed, paid, disputed and
corrected by later lines; and who sees what of it."""
import datetime
import json
import os
import subprocess
import tempfile
import unittest
from fractions import Fraction

from city import BIN, BLOCK, PASSWORD, SHARED_METER, VM, City, Problem, on_both_engines, steps

CENT = Fraction(1, 100)


def month_after(month, by=1):
    n = month.year * 12 + month.month - 1 + by
    return datetime.date(n // 12, n % 12 + 1, 1)


def text(month):
    return month.strftime('%Y-%m')


def half_even(x):
    """A fraction of yuan in fen."""
    fen = x / CENT
    low = fen.numerator // fen.denominator
    rest = fen - low
    return low + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2))


def yuan(fen):
    sign = '-' if fen < 0 else ''
    return f'{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}'


class Settle:
    founded = {'init': ()}

    @classmethod
    def setUpClass(cls):
        founded = dict(cls.founded, init=(*cls.founded['init'], '--demo-clock'))
        cls.city = City(cls.postgres, serve=SHARED_METER if cls.postgres else (), **founded)
        w = cls.w = cls.city.who
        for code, name, more in (('fin', '财政部门', {}),
                                 ('press', '报社', {'kind': 'unit', 'outside_budget': True}),
                                 ('other', '云服务商乙', {'kind': 'provider'})):
            w['sysadmin'].call('POST', '/api/v1/orgs', dict({'code': code, 'name': name,
                                                            'kind': 'body'}, **more))
        for login, role, org in (('f1', 'finance', 'fin'), ('nb', 'unit', 'press'),
                                 ('p2', 'provider', 'other')):
            cls.city.person(login, role, org)
        cls.first = cls.city.early()
        cls.city.project('s1')
        cls.machines = [cls.city.formal('s1', 1)[0] for _ in range(3)]
        cls.trial = cls.city.open(cls.city.apply('s1', 1)['no'])
        cls.city.project('n1', unit='nb', org='press')
        cls.press = [cls.city.formal('n1', 1, unit='nb')[0] for _ in range(2)]
        cls.second = month_after(cls.first)
        cls.city.turn(cls.second + datetime.timedelta(days=1))

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def refused(self, slug, call, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, str(caught.exception))
        return caught.exception.body

    def settle(self, month, who='o1', cloud='YH'):
        return self.w[who].settle(text(month), cloud)

    def submit(self, no, **form):
        return self.w['o1'].file('settlement', form, settlement=no)['no']

    def close(self, month, **form):
        """From a draft to signed statements; the settlement's number."""
        no = self.settle(month)['no']
        self.w['e1'].decide(self.submit(no, **form), 'review')
        self.city.wait_until(lambda: all(s['signed'] for s in self.statements(settlement=no)
                                         if s['state'] == 'closed'), 'not signed')
        return no

    def statements(self, who='o1', **query):
        return self.w[who].get('/api/v1/statements', limit=200, **query)['items']

    def statement(self, unit, month, number=1):
        [one] = [s for s in self.statements(month=text(month), unit=unit)
                 if s['settlement'].endswith(f'-{number}')]
        return one

    def lines(self, statement, who='o1'):
        return self.w[who].get(f'/api/v1/statements/{statement}/lines', limit=200)['items']

    def told(self, who, slug):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == slug]

    def formal_at(self, resource):
        """Since when it is formal, in whole seconds."""
        key = resource.replace('-', '')
        got = self.city.store.sql('SELECT formal_at FROM resource WHERE id = ' +
                                  (f"decode('{key}', 'hex')" if self.city.store.url else f"x'{key}'"))
        return int(got if isinstance(got, str) else got[0][0]) // 1000000

    @staticmethod
    def instant(day):
        return int(datetime.datetime.combine(day, datetime.time(), datetime.timezone(
            datetime.timedelta(hours=8))).timestamp())

    def cost(self, machines, month, price='320', factor='1'):
        """What they cost from their formal opening on, reckoned anew."""
        begin, end = self.instant(month), self.instant(month_after(month))
        seconds = sum(end - max(begin, self.formal_at(m)) for m in machines)
        return half_even(Fraction(price) * Fraction(factor) * seconds / (end - begin))

    def test_1_a_month_that_is_not_over_is_not_settled(self):
        body = self.refused('settlement-month-open', self.settle, self.second)
        self.assertEqual(body['figures']['last'][:7], text(self.first))
        self.refused('month-invalid', self.w['o1'].call, 'POST', '/api/v1/settlements',
                     {'month': '2026-1', 'cloud': 'YH'})
        for who in ('e1', 'u1', 'p1', 'f1', 'auditor'):
            self.refused('not-permitted', self.settle, self.first, who)
        self.refused('settlement-not-permitted', self.settle, self.first, 'o1', 'EAST')

    # proves A27.1
    def test_2_who_does_not_know_who_pays_bills_nobody_and_says_so(self):
        drafted = self.settle(self.first)
        self.assertEqual((drafted['state'], drafted['no']),
                         ('draft', f"YH-{self.first.strftime('%Y%m')}-1"))
        civil, press = (self.statement(u, self.first) for u in ('civil', 'press'))
        self.assertEqual((civil['state'], civil['fault']['slug']), ('stopped', 'payer-missing'))
        self.assertTrue(civil['fault']['sentence'])
        self.assertEqual((press['state'], press['payer_code'], press['pays_itself']),
                         ('draft', 'press', True))
        body = self.refused('settlement-stopped', self.submit, drafted['no'])
        self.assertEqual((body['field'], body['figures']['stopped']), ('/form/stopped', 1))
        self.assertEqual(body['article'], '27')
        self.close(self.first, stopped='财政部门尚未登记，登记后补结')
        self.assertEqual(self.statement('press', self.first)['state'], 'closed')
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})

    def test_3_what_was_stopped_is_settled_by_the_months_next_settlement(self):
        drafted = self.settle(self.first)
        self.assertTrue(drafted['no'].endswith('-2'))
        [civil] = self.statements(settlement=drafted['no'])
        self.assertEqual((civil['unit_code'], civil['payer_code'], civil['state']),
                         ('civil', 'fin', 'draft'))
        lines = {(line['resource_kind'], line['billed']): line for line in self.lines(civil['no'])}
        self.assertEqual(set(lines), {('test', False), ('formal', True)})
        self.assertEqual(lines['test', False]['amount'], '0.00')
        self.assertIn('settlement.billed.test', lines['test', False]['reason'])
        self.assertEqual(lines['formal', True]['amount'],
                         yuan(self.cost(self.machines, self.first)))
        self.assertEqual(lines['formal', True]['factor'], '1')
        self.assertEqual(civil['total'], lines['formal', True]['amount'])

    # proves A27.1, A27.2
    def test_4_sent_back_it_is_a_draft_again_and_approved_it_is_closed_for_good(self):
        no = self.settle(self.first)['no']
        case = self.submit(no, explanation='按目录核算')
        self.assertEqual(self.w['o1'].case(case)['settlement'], no)
        body = self.refused('settlement-submitted', self.settle, self.first)
        self.assertEqual(body['figures']['settlement'], no)
        self.refused('settlement-state', self.submit, no)
        self.w['e1'].decide(case, 'review', 'refuse', reason='请核对测试资源')
        self.assertEqual(self.w['o1'].get(f'/api/v1/settlements/{no}')['state'], 'draft')
        self.assertEqual(self.settle(self.first)['no'], no)
        again = self.submit(no)
        self.w['o1'].call('POST', f'/api/v1/cases/{again}/withdrawal', {'reason': '再核对'})
        self.assertEqual(self.w['o1'].get(f'/api/v1/settlements/{no}')['state'], 'draft')
        third = self.submit(no)
        self.w['e1'].decide(third, 'review', reason='核算无误')
        shown = self.w['e1'].get(f'/api/v1/settlements/{no}')
        self.assertEqual((shown['state'], shown['case']), ('closed', third))
        listed = self.w['o1'].get('/api/v1/cases', settlement=no, limit=200)['items']
        self.assertEqual({c['no'] for c in listed}, {case, again, third})
        civil = self.statement('civil', self.first, 2)
        self.city.wait_until(lambda: self.w['u1'].get(f"/api/v1/statements/{civil['no']}")['signed'],
                             'not signed')
        for who, org in (('u1', 1), ('f1', 1), ('p1', 1)):
            notices = [n for n in self.told(who, 'statements-closed')
                       if n['figures']['settlement'] == no]
            self.assertEqual(len(notices), org, who)
            self.assertEqual(notices[0]['figures']['total'], civil['total'])
        # nothing is left of the month
        left = self.settle(self.first)
        self.assertEqual((left['settlement'], left['statements']), (None, 0))
        self.assertIn('no statement', left['says'])

    def test_5_everybody_sees_what_is_theirs_and_nothing_else(self):
        civil, press = self.statement('civil', self.first, 2), self.statement('press', self.first)
        sees = {'u1': {civil['no']}, 'nb': {press['no']}, 'f1': {civil['no'], press['no']},
                'p1': {civil['no'], press['no']}, 'p2': set(), 'u2': set(), 'du': set(),
                'e1': {civil['no'], press['no']}, 'a1': {civil['no'], press['no']},
                'auditor': {civil['no'], press['no']}}
        for who, want in sees.items():
            got = {s['no'] for s in self.statements(who, month=text(self.first))
                   if s['state'] == 'closed'}
            self.assertEqual(got, want, who)
            for one in (civil, press):
                for path in ('', '/lines', '/payments'):
                    status, body, _ = self.w[who].raw(
                        'GET', f"/api/v1/statements/{one['no']}{path}")
                    self.assertEqual(status, 200 if one['no'] in want else 404, (who, path, body))
        whole = f"/api/v1/settlements/{civil['settlement']}"
        self.assertIn('total', self.w['o1'].get(whole))
        self.assertNotIn('total', self.w['u1'].get(whole))  # nor by it the other unit's bill
        for who in ('p2', 'u2'):
            self.assertEqual(self.w[who].get('/api/v1/settlements')['items'], [])
            self.refused('settlement-unknown', self.w[who].get,
                         f"/api/v1/settlements/{civil['settlement']}")
        self.assertEqual(self.w['p2'].raw('GET', '/api/v1/units/civil/bill?month=' +
                                          text(self.first))[0], 404)

    # proves A27.4
    def test_6_a_bill_shows_a_unit_its_month_by_project_and_provider(self):
        bill = self.w['nb'].get('/api/v1/units/press/bill', month=text(self.first))
        want = yuan(self.cost(self.press, self.first))
        self.assertEqual((bill['in_budget'], bill['total'], bill['due'], bill['paid']),
                         (False, want, want, '0.00'))
        [project], [provider] = bill['by_project'], bill['by_provider']
        self.assertEqual((project['code'], project['total']), ('press.n1', want))
        self.assertEqual((provider['code'], provider['total']), ('vendor', want))
        self.assertEqual(len(bill['items']), 1)

    def pay(self, who, no, amount, reference, **rest):
        return self.w[who].call('POST', f'/api/v1/statements/{no}/payments',
                                dict(rest, amount=amount, reference=reference))

    def test_7_who_pays_records_it_in_parts_and_never_more_than_is_due(self):
        civil, press = self.statement('civil', self.first, 2), self.statement('press', self.first)
        no, total = civil['no'], Fraction(civil['total'])
        self.refused('not-permitted', self.pay, 'u1', no, '1.00', 'A-1')
        self.refused('payment-not-payer', self.pay, 'o1', no, '1.00', 'A-1')
        self.refused('payment-not-payer', self.pay, 'f1', press['no'], '1.00', 'A-1')
        self.refused('amount-not-in-fen', self.pay, 'f1', no, '1.005', 'A-1')
        self.refused('payment-nothing', self.pay, 'f1', no, '0', 'A-1')
        self.refused('payment-ahead', self.pay, 'f1', no, '1.00', 'A-1',
                     day=str(self.city.clock() + datetime.timedelta(days=1)))
        got = self.pay('f1', no, '100.50', 'A-1', note='首付')
        self.assertEqual((got['paid'], Fraction(got['due'])), ('100.50', total - Fraction('100.50')))
        self.refused('payment-known', self.pay, 'f1', no, '1.00', 'A-1')
        body = self.refused('payment-beyond', self.pay, 'f1', no, civil['total'], 'A-2')
        self.assertEqual(body['figures']['due'], got['due'])
        self.refused('payment-beyond', self.pay, 'f1', no, '-200.00', 'A-1')
        self.assertEqual(self.pay('f1', no, '-100.50', 'A-1', note='误登')['paid'], '0.00')
        self.assertEqual(self.pay('f1', no, civil['total'], 'A-3')['due'], '0.00')
        shown = self.w['u1'].get(f'/api/v1/statements/{no}')
        self.assertEqual((shown['paid'], shown['due']), (civil['total'], '0.00'))
        self.assertEqual(len(self.w['u1'].get(f'/api/v1/statements/{no}/payments')['items']), 3)
        self.assertIn(no, [n['figures']['statement'] for n in self.told('u1', 'statement-paid')])
        self.assertEqual(self.pay('o1', press['no'], press['total'], 'B-1')['due'], '0.00')

    # proves A27.3
    def test_8_every_line_explains_itself_and_a_closed_month_is_proved(self):
        civil = self.statement('civil', self.first, 2)
        line = next(li for li in self.lines(civil['no']) if li['billed'])
        why = self.w['u1'].get(f"/api/v1/statements/{civil['no']}/lines/{line['line']}/explanation")
        self.assertIn('27', json.dumps(why))
        self.assertIn(line['item'], json.dumps(why))
        for no in (civil['settlement'], self.statement('press', self.first)['settlement']):
            proof = self.w['auditor'].call('POST', f'/api/v1/settlements/{no}/verification')
            self.assertEqual((proof['identical'], proof['differences']), (True, 0))
            self.assertGreaterEqual(proof['statements'], 1)
        self.refused('not-permitted', self.w['u1'].call, 'POST',
                     f"/api/v1/settlements/{civil['settlement']}/verification")

    def test_9_a_draft_edition_says_what_it_would_have_cost_and_keeps_nothing(self):
        w = self.w['o1']
        draft = w.call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '调价草案'})
        dear = dict(VM, tiers=[{'from': '0', 'price': '640'}])
        w.call('PUT', f"/api/v1/editions/{draft['id']}/items", {'items': [dear, BLOCK]})
        before = self.city.store.sql('SELECT COUNT(*) FROM settlement')
        got = w.call('POST', '/api/v1/settlement-previews',
                     {'month': text(self.first), 'edition': draft['id']})
        units = {u['unit_code']: u for u in got['items']}
        self.assertEqual(units['civil']['was'], yuan(self.cost(self.machines, self.first)))
        self.assertIn('correct earlier months', got['says'])
        self.assertEqual(units['civil']['would'], yuan(self.cost(self.machines, self.first, '640')))
        half = w.call('POST', '/api/v1/settlement-previews',
                      {'month': text(self.first), 'provider': 'vendor', 'factor': '0.5'})
        units = {u['unit_code']: u for u in half['items']}
        self.assertEqual(units['press']['would'],
                         yuan(self.cost(self.press, self.first, factor='0.5')))
        self.assertEqual(self.city.store.sql('SELECT COUNT(*) FROM settlement'), before)
        self.refused('preview-factor', w.call, 'POST', '/api/v1/settlement-previews',
                     {'month': text(self.first), 'factor': '0.5'})
        self.refused('not-permitted', self.w['u1'].call, 'POST', '/api/v1/settlement-previews', {})

    DISPUTE = {'lines': [{'line': 1, 'claim': '三台中的一台十天没有运行'}],
               'reason': '机器于月末故障停机，服务商有记录'}

    # proves A27.2
    def test_a_dispute_that_is_upheld_becomes_a_line_of_the_next_settlement(self):
        civil = self.statement('civil', self.first, 2)
        formal = next(li for li in self.lines(civil['no']) if li['billed'])
        for who in ('u2', 'nb', 'p2'):
            self.refused('statement-unknown', self.w[who].file, 'dispute', self.DISPUTE,
                         statement=civil['no'])
        self.refused('file-not-permitted', self.w['o1'].file, 'dispute', self.DISPUTE,
                     statement=civil['no'])
        self.refused('line-unknown', self.w['u1'].file, 'dispute',
                     dict(self.DISPUTE, lines=[{'line': 99, 'claim': '没有这一行'}]),
                     statement=civil['no'])
        press = self.statement('press', self.first)
        self.refused('statement-not-party', self.w['f1'].file, 'dispute',
                     {'reason': self.DISPUTE['reason']}, statement=press['no'])
        case = self.w['u1'].file('dispute', self.DISPUTE, statement=civil['no'])
        self.assertEqual((case['statement'], steps(case)), (civil['no'], ['answer']))
        self.assertIsNotNone(case['steps'][0]['due'])
        self.refused('case-open-already', self.w['u1'].file, 'dispute', self.DISPUTE,
                     statement=civil['no'])
        self.assertEqual(self.w['p1'].case(case['no'])['no'], case['no'])
        self.w['o1'].decide(case['no'], 'answer', 'confirm',
                            {'finding': '属实', 'figures': [
                                {'line': formal['line'], 'what': '台数', 'stands': '3',
                                 'found': '2'}]})
        last = self.second - datetime.timedelta(days=1)
        fix = {'resource': self.machines[0], 'item': 'vm-4c8g', 'from': str(last),
               'until': str(last), 'direction': 'less', 'quantity': '1', 'reason': '故障停机'}
        for wrong, slug in ((dict(fix, until=str(self.second)), 'usage-fix-outside'),
                            (dict(fix, resource=self.press[0]), 'resource-unknown'),
                            (dict(fix, quantity='1.001'), 'usage-fix-beyond')):
            self.refused(slug, self.w['e1'].decide, case['no'], 'decide', 'upheld',
                         {'conclusion': '减一日', 'usage': [wrong]})
        self.w['e1'].decide(case['no'], 'decide', 'upheld',
                            {'conclusion': '核减一台一日', 'usage': [fix]})
        decided = self.w['u1'].case(case['no'])
        self.assertEqual(decided['state'], 'closed')
        machine = self.w['u1'].get(f'/api/v1/resources/{self.machines[0]}')['no']
        self.assertIn(machine, json.dumps([s['says'] for s in decided['steps']]))
        self.assertEqual(self.lines(civil['no'])[formal['line'] - 1]['amount'], formal['amount'])
        for who in ('u1', 'p1', 'f1'):
            self.assertIn(civil['no'], [n['figures']['statement']
                                        for n in self.told(who, 'dispute-upheld')], who)
        type(self).disputed = (civil, formal, case['no'])

    # proves A27.1
    def test_b_the_next_month_is_drafted_by_itself_with_the_correction(self):
        civil, formal, case = self.disputed
        self.city.turn(month_after(self.second) + datetime.timedelta(days=3))
        no = f"YH-{self.second.strftime('%Y%m')}-1"
        self.city.wait_until(lambda: [n for n in self.told('o1', 'settlement-drafted')
                                      if n['figures']['settlement'] == no], 'not drafted')
        self.city.turn(month_after(self.second) + datetime.timedelta(days=6))
        self.assertEqual(len([n for n in self.told('o1', 'settlement-drafted')
                              if n['figures']['settlement'] == no]), 1)
        statement = self.statement('civil', self.second)
        [line] = [li for li in self.lines(statement['no']) if li['kind'] == 'correction']
        self.assertEqual((line['corrects'], line['corrects_line'], line['reason']),
                         (civil['no'], formal['line'], '核减一台一日'))
        days = (self.second - self.first).days
        begin, end = self.instant(self.first), self.instant(self.second)
        seconds = sum(end - max(begin, self.formal_at(m)) for m in self.machines) - 86400
        anew = half_even(Fraction(320) * seconds / (days * 86400))
        self.assertEqual(line['amount'], yuan(anew - self.cost(self.machines, self.first)))
        # who is no party of a statement does not learn how it stands either
        press = self.statement('press', self.second)
        self.assertEqual(press['state'], 'draft')
        self.refused('statement-not-party', self.w['f1'].file, 'dispute',
                     {'reason': self.DISPUTE['reason']}, statement=press['no'])
        self.refused('statement-state', self.w['nb'].file, 'dispute',
                     {'reason': self.DISPUTE['reason']}, statement=press['no'])
        self.close(self.second)
        proof = self.w['o1'].call('POST', f'/api/v1/settlements/{no}/verification')
        self.assertTrue(proof['identical'])
        late = self.refused('statement-dispute-late', self.w['u1'].file, 'dispute',
                            {'reason': '又发现一台机器没有运行'}, statement=civil['no'])
        self.assertEqual(late['parameter'], 'dispute.period')
        self.assertIn('last', late['figures'])

    def test_c_statements_come_with_the_last_month_first_page_by_page(self):
        rows, cursor = [], ''
        while cursor is not None:
            page = self.w['o1'].get('/api/v1/statements', limit=2, **({'cursor': cursor} if cursor else {}))
            rows, cursor = rows + page['items'], page['next']
        self.assertGreater(len({s['month'] for s in rows}), 1)
        months = [s['month'] for s in rows]
        self.assertEqual(months, sorted(months, reverse=True))
        for month in set(months):
            of_it = [s['no'] for s in rows if s['month'] == month]
            self.assertEqual(of_it, sorted(of_it))
        self.assertEqual([s['no'] for s in rows], [s['no'] for s in self.statements()])
        self.refused('cursor-invalid', self.w['o1'].get, '/api/v1/statements', cursor='YH-JS-1')

    def test_c_a_dispute_that_is_not_upheld_leaves_everything(self):
        statement = self.statement('civil', self.second)
        case = self.w['p1'].file('dispute', {'reason': '价格应按旧版目录计算'},
                                 statement=statement['no'])['no']
        self.w['o1'].decide(case, 'answer', 'confirm', {'finding': '按现行目录计价'})
        self.w['e1'].decide(case, 'decide', 'rejected', reason='目录已经生效')
        self.assertEqual(self.w['p1'].case(case)['state'], 'refused')
        self.assertIn(statement['no'], [n['figures']['statement']
                                        for n in self.told('p1', 'dispute-rejected')])

    # proves S08
    def test_c_what_people_say_in_a_labelled_dispute_is_not_in_the_statement(self):
        statement = self.statement('civil', self.second)
        case = self.w['u1'].file('dispute', {'reason': '停机的原因涉及敏感系统'}, statement=statement['no'], label='internal')['no']
        self.w['o1'].decide(case, 'answer', 'confirm', {'finding': '属实'})
        day = str(self.second)
        fix = {'resource': self.machines[0], 'item': 'vm-4c8g', 'from': day, 'until': day, 'quantity': '1',
               'reason': '涉敏缘由'}
        self.w['e1'].decide(case, 'decide', 'upheld', {
            'conclusion': '涉敏结论', 'usage': [dict(fix, direction=way) for way in ('less', 'more')]})
        said = [str(self.city.store.sql(f'SELECT DISTINCT reason FROM {table} WHERE case_id ='
                                        f" (SELECT id FROM case_file WHERE no = '{case}')"))
                for table in ('correction_due', 'usage_adjustment')]
        for text_, want in zip(said, (f'{case} 结算争议', case)):
            self.assertIn(text_, (want, f"[('{want}',)]"))

    def yunheng(self, login, *args):
        self.w[login].sign_in()  # whose password has grown too old has another then
        with tempfile.TemporaryDirectory() as folder:
            env = dict(os.environ, YUNHENG_LANG='en', YUNHENG_SESSION=os.path.join(folder, 's.json'),
                       YUNHENG_SERVER=f'http://127.0.0.1:{self.city.server.port}')
            password = self.city.server.changed.get((login, PASSWORD), PASSWORD)
            for words in (['session', 'create', '--login', login, '--password', password], args):
                done = subprocess.run([f'{BIN}/yunheng', *words], env=env, capture_output=True,
                                      text=True, check=False)
        return done

    def test_d_the_command_line_settles_explains_and_verifies(self):
        third = month_after(self.second)
        self.city.turn(month_after(third) + datetime.timedelta(days=1))
        done = self.yunheng('o1', 'settle', '--month', text(third), '--cloud', 'YH')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        no = f"YH-{third.strftime('%Y%m')}-1"
        self.assertIn(no, done.stdout)
        self.assertIn(no, self.yunheng('o1', 'settle', 'list').stdout)
        shown = self.yunheng('o1', 'settle', 'statements', '--settlement', no)
        statement = self.statement('civil', third)['no']
        self.assertIn(statement, shown.stdout)
        lines = self.w['o1'].get(f'/api/v1/statements/{statement}/lines')['items']
        number = next(each['line'] for each in lines if float(each['amount']) > 0)
        explained = self.yunheng('o1', 'settle', 'explain', statement, str(number))
        self.assertIn('vm-4c8g', explained.stdout, explained.stderr)
        line = self.w['o1'].get(f'/api/v1/statements/{statement}/lines/{number}/explanation')
        amount = f"{float(line['amount']):.2f}"
        self.assertIn(f'Amount {amount} yuan', explained.stdout)
        self.assertIn(f'= {amount} yuan, rounded once', explained.stdout)
        for part in (p for r in line['resources'] for p in r['parts']):
            # to the second, for that is what is paid for
            begins, ends = (part[key][:19].replace('T', ' ') for key in ('from', 'to'))
            self.assertIn(f"{begins} → {ends}  {part['seconds']} s", explained.stdout)
        self.assertIn('Closed', self.yunheng('o1', 'settle', 'list').stdout)
        proved = self.yunheng('o1', 'settle', 'verify', f"YH-{self.second.strftime('%Y%m')}-1").stdout
        self.assertIn('identical: yes', proved)
        self.assertIn('every line is identical to the fen', proved)
        tried = self.yunheng('o1', 'settle', 'preview', '--month', text(third), '--cloud', 'YH')
        self.assertIn('correct earlier months', tried.stdout, tried.stderr)
        self.assertIn(statement, self.yunheng('u1', 'settle', 'bill', 'civil', '--month',
                                              text(third)).stdout)
        self.assertEqual(self.yunheng('u1', 'settle', '--month', text(third)).returncode, 1)
        self.assertIn('run', self.yunheng('u1', 'settle').stderr)
        again = self.yunheng('o1', 'settle', '--month', text(self.second), '--cloud', 'YH')
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn('no statement to reckon', again.stdout)

    def test_e_a_month_that_is_asked_for_is_followed_by_who_asked_and_not_asked_for_twice(self):
        ask = {'month': text(self.second), 'cloud': 'YH'}
        self.w['o1'].sign_in()
        status, body, headers = self.w['o1'].raw('POST', '/api/v1/settlements', ask)
        self.assertEqual((status, body['state'], headers['Location']), (202, 'waiting', body['wait']))
        self.city.wait_until(lambda: self.w['o1'].get(body['wait'])['ended_at'], 'not reckoned')
        how = self.w['o1'].get(body['wait'])
        self.assertEqual((how['state'], how['month'], how['steps_done']),
                         ('done', text(self.second), how['steps']))
        self.refused('not-permitted', self.w['u1'].get, body['wait'])
        self.refused('settlement-ask-unknown', self.w['do'].get, body['wait'])
        key = body['id'].replace('-', '')
        mine = f"id = decode('{key}', 'hex')" if self.city.store.url else f"id = x'{key}'"
        self.city.store.sql(f'UPDATE settlement_ask SET ended_at = NULL WHERE {mine}')
        self.refused('settlement-running', self.w['o1'].call, 'POST', '/api/v1/settlements', ask)
        self.assertEqual(self.w['o1'].get(body['wait'])['state'], 'running')
        self.city.store.sql(f'UPDATE settlement_ask SET ended_at = asked_at WHERE {mine}')
        self.assertEqual(self.settle(self.second)['statements'], 0)

    def contract(self):
        return self.w['o1'].get('/api/v1/records', register='contract', cloud='YH')['items'][0]

    def amend(self, **what):
        no = self.w['o1'].file('contract_amendment', {**what, 'reason': '按结算情况调整'},
                               record=self.contract()['no'])['no']
        self.w['a1'].decide(no, 'approve')

    def ceiling(self, amount):
        self.amend(ceiling=amount)
        return self.contract()['figures'][0]

    def test_f_A10_1_what_is_settled_uses_up_a_contract_and_nothing_is_opened_beyond_it(self):
        settled = sum(Fraction(s['total']) for s in self.statements() if s['state'] == 'closed')
        used = self.contract()['figures'][0]['used']
        self.assertEqual(Fraction(used), settled)
        figure = self.ceiling(used)
        self.assertEqual((Fraction(figure['value']), figure['used']), (settled, used))
        no = self.city.apply('s1', 1)['no']
        body = self.refused('record-used-up', self.city.open, no)
        self.assertEqual((body['article'], Fraction(str(body['figures']['taken']))), ('10', settled))
        self.city.turn(self.city.clock() + datetime.timedelta(days=1))
        [owed] = self.w['o1'].get('/api/v1/duties', kind='contract_ceiling')['items']
        self.assertEqual((owed['state'], owed['owner'], owed['record']),
                         ('open', 'bdc', self.contract()['no']))
        self.amend(scope='计算、存储与网络服务')  # says nothing of the amount
        self.assertEqual(self.w['o1'].get(f"/api/v1/duties/{owed['no']}")['state'], 'open')
        self.ceiling(str(2 * int(settled)))
        self.assertEqual(self.w['o1'].get(f"/api/v1/duties/{owed['no']}")['state'], 'done')
        ids = [r['id'] for r in self.w['p1'].case(no)['resources']]
        self.w['p1'].decide(no, 'open', 'done', {'resources': [
            {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})
        self.city.turn(self.city.clock() + datetime.timedelta(days=1))
        self.assertEqual([d['state'] for d in self.w['o1'].get(
            '/api/v1/duties', kind='contract_ceiling')['items']], ['done'])

    def test_g_A10_1_contracts_that_overlap_bear_what_is_settled_together_and_the_earlier_first(self):
        of = lambda: {r['no']: Fraction(r['figures'][0]['used']) for r in self.w['o1'].get(
            '/api/v1/records', register='contract', cloud='YH')['items']}
        [(first, settled)] = of().items()
        self.assertGreater(settled, 0)
        no = self.w['o1'].file('contract', {
            'title': '续签合同', 'provider': 'vendor', 'scope': '计算与存储服务', 'from': self.first.isoformat(),
            'until': '2045-12-31', 'ceiling': str(int(settled) // 2)}, cloud='YH')['no']
        self.w['a1'].decide(no, 'approve')
        [second] = set(of()) - {first}
        # nothing is counted twice, and together they are far from used up
        self.assertAlmostEqual(float(sum(of().values())), float(settled), delta=0.01)
        self.assertLess(of()[second], of()[first])
        self.city.turn(self.city.clock() + datetime.timedelta(days=1))
        self.assertEqual(self.w['o1'].get('/api/v1/duties', kind='contract_ceiling', record=second)['items'], [])
        no = self.w['o1'].file('contract_end', {'reason': '提前终止'}, record=first)['no']
        self.w['a1'].decide(no, 'approve')
        self.assertEqual(of(), {first: settled, second: 0})
        self.city.open(self.city.apply('s1', 1)['no'])


on_both_engines(Settle)
del Settle

if __name__ == '__main__':
    unittest.main()
