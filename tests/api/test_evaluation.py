"""Evaluation (Art. 33, 34): a scheme is set by two bodies together, a period's results come from the
records, are objected to, published, and bear on fees and quotas; and what a catalogue is adjusted from
(Art. 16). The city lives through the days on a clock that the test turns."""
import datetime
import json
import subprocess
import unittest
from decimal import Decimal

from city import BIN, City, InCity, on_both_engines, steps
from test_watch import CPU, Use

GRADES = [{'from': 90, 'zh': '优秀', 'en': 'Excellent', 'factor': '1'},
          {'from': 60, 'zh': '合格', 'en': 'Fair', 'factor': '0.95'},
          {'from': 0, 'zh': '不合格', 'en': 'Poor', 'factor': '0.9', 'rectify': True}]
OPENING = {'code': 'opening', 'zh': '按时开通', 'en': 'Opened in time', 'source': 'provider.opening',
           'direction': 'higher', 'shape': 'linear', 'weight': 60, 'article': '33',
           'points': [{'at': 50, 'score': 0}, {'at': 100, 'score': 100}]}
DRILLS = {'code': 'drills', 'zh': '安全演练', 'en': 'Drills', 'hand': True, 'direction': 'higher',
          'shape': 'steps', 'weight': 40, 'article': '33',
          'points': [{'at': 0, 'score': 0}, {'at': 1, 'score': 50}, {'at': 2, 'score': 100}]}
PROVIDERS = {'subject': 'provider', 'period': 'month', 'known_at_least': 60,
             'indicators': [OPENING, DRILLS], 'grades': GRADES}
UNITS = {'subject': 'unit', 'period': 'month', 'known_at_least': 100,
         'indicators': [
             {'code': 'quota', 'zh': '配额使用率', 'en': 'Quota used', 'source': 'unit.quota_used',
              'dimension': 'vcpu', 'direction': 'higher', 'shape': 'linear', 'weight': 50,
              'article': '33', 'points': [{'at': 0, 'score': 0}, {'at': 80, 'score': 100}]},
             {'code': 'orders', 'zh': '警告', 'en': 'Warnings', 'source': 'unit.orders',
              'direction': 'lower', 'shape': 'steps', 'weight': 50, 'article': '33',
              'points': [{'at': 0, 'score': 100}, {'at': 1, 'score': 0}]}],
         'grades': [{'from': 80, 'zh': '高效', 'en': 'Efficient'},
                    {'from': 0, 'zh': '低效', 'en': 'Inefficient', 'quota': 'reduce',
                     'rectify': True}]}


def month_after(day, months=1):
    n = day.year * 12 + day.month - 1 + months
    return datetime.date(n // 12, n % 12 + 1, 1)


class Evaluated(InCity):
    founded = {'init': ()}

    @classmethod
    def setUpClass(cls):
        founded = dict(cls.founded, init=(*cls.founded['init'], '--demo-clock'))
        cls.city = City(cls.postgres, **founded)
        cls.w = cls.city.who
        cls.city.person('a2', 'authority', 'auth')
        cls.city.person('e2', 'econ_info', 'econ')
        cls.city.person('o2', 'operator', 'bdc')
        cls.city.person('p2', 'provider', 'vendor')
        cls.n = 0

    def draft(self, definition, who='a1', code=None):
        type(self).n += 1
        return self.w[who].call('POST', '/api/v1/schemes',
                                {'cloud': 'YH', 'code': code or f's{self.n}', 'title': '评价办法',
                                 'definition': definition})

    def enact(self, definition, code=None):
        scheme = self.draft(definition, code=code)
        no = self.w['a1'].file('scheme', {'effective_date': self.city.clock().isoformat(),
                                          'grounds': '首版'}, scheme=scheme['no'])['no']
        self.w['e1'].decide(no, 'approve')
        self.w['a2'].decide(no, 'approve')
        return scheme['code']

    def open(self, code, period, who='o1'):
        return self.w[who].call('POST', '/api/v1/evaluations',
                                {'cloud': 'YH', 'scheme': code, 'period': period})

    def results(self, evaluation, who='o1'):
        found = self.w[who].get(f'/api/v1/evaluations/{evaluation}/results')['items']
        return {r['subject']: r for r in found}

    def explained(self, result, who='o1'):
        return self.w[who].get(f'/api/v1/evaluation-results/{result}')

    def proven(self, evaluation):
        proof = self.w['a1'].call('POST', f'/api/v1/evaluations/{evaluation}/verification')
        return proof['identical'], proof['scores']

    def told(self, who, slug):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == slug]

    def score(self, evaluation, subject, indicator, who='a1', **said):
        return self.w[who].call('PUT', f'/api/v1/evaluations/{evaluation}/scores',
                                dict({'subject': subject, 'indicator': indicator,
                                      'evidence': '现场核查记录'}, **said))


class Evaluation(Evaluated):
    # proves S42, S41
    def test_A33_1_a_scheme_is_set_by_both_bodies_and_then_never_changes(self):
        scheme = self.draft(PROVIDERS)
        self.assertEqual((scheme['state'], scheme['number']), ('draft', 1))
        amended = self.w['e1'].call('PUT', f"/api/v1/schemes/{scheme['no']}",
                                    {'title': '服务商评价', 'definition': PROVIDERS})
        self.assertEqual(amended['title'], '服务商评价')
        # read before that change: it would be overwritten unseen
        self.refused('stale-version', self.w['e1'].call, 'PUT', f"/api/v1/schemes/{scheme['no']}",
                     {'title': '迟到的修改', 'definition': PROVIDERS},
                     {'If-Match': f'W/"v{scheme["version"]}"'})
        self.assertEqual(self.w['a1'].get(f"/api/v1/schemes/{scheme['no']}")['title'], '服务商评价')
        day = self.city.clock()
        past = {'effective_date': (day - datetime.timedelta(days=1)).isoformat(), 'grounds': '首版'}
        self.refused('scheme-in-the-past', self.w['a1'].file, 'scheme', past, scheme=scheme['no'])
        no = self.w['a1'].file('scheme', {'effective_date': day.isoformat(), 'grounds': '首版'},
                               scheme=scheme['no'])['no']
        self.refused('scheme-state', self.w['e1'].call, 'PUT', f"/api/v1/schemes/{scheme['no']}",
                     {'title': '改', 'definition': PROVIDERS})
        self.w['e1'].decide(no, 'approve')
        self.assertEqual(self.w['a1'].get(f"/api/v1/schemes/{scheme['no']}")['state'], 'submitted')
        self.w['a2'].decide(no, 'approve')
        shown = self.w['u1'].get(f"/api/v1/schemes/{scheme['no']}")
        self.assertEqual((shown['state'], shown['effective_date']), ('enacted', day.isoformat()))
        self.assertEqual(shown['definition'], PROVIDERS)
        self.refused('scheme-state', self.w['e1'].call, 'PUT', f"/api/v1/schemes/{scheme['no']}",
                     {'title': '改', 'definition': PROVIDERS})
        later = self.draft(PROVIDERS, code=scheme['code'])
        self.assertEqual(later['number'], 2)

    def test_A33_1_a_refused_scheme_is_a_draft_again(self):
        scheme = self.draft(PROVIDERS)
        no = self.w['a1'].file('scheme', {'effective_date': self.city.clock().isoformat(),
                                          'grounds': '首版'}, scheme=scheme['no'])['no']
        self.w['e1'].decide(no, 'approve', 'refuse', reason='权重不妥')
        self.assertEqual(self.w['a1'].get(f"/api/v1/schemes/{scheme['no']}")['state'], 'draft')

    # proves S42
    def test_faults_of_a_scheme_are_named_with_their_place(self):
        heavy = dict(PROVIDERS, indicators=[OPENING, dict(DRILLS, weight=30)])
        body = self.refused('scheme-weights', self.draft, heavy)
        self.assertEqual(body['field'], '/definition/indicators')
        other = dict(PROVIDERS, indicators=[dict(OPENING, source='unit.orders'), DRILLS])
        body = self.refused('scheme-source-unknown', self.draft, other)
        self.assertEqual(body['field'], '/definition/indicators/0/source')
        foreign = dict(PROVIDERS, indicators=[dict(OPENING, article='999'), DRILLS])
        self.refused('article-unknown', self.draft, foreign)
        self.refused('not-permitted', self.draft, PROVIDERS, who='o1')
        self.refused('scheme-code', self.draft, PROVIDERS, code='Big')

    # proves A33.1, A33.2, A34.1, A34.2, S39, S42
    def test_a_late_provider_is_evaluated_objects_and_its_factor_falls(self):
        code = self.enact(PROVIDERS)
        start = month_after(self.city.clock())
        self.city.turn(start)
        period = f'{start.year}-{start.month:02d}'
        cases = [self.city.apply(self.city.project(f'pr{i}'), 1)['no'] for i in range(4)]
        for no in cases[:2]:
            self.city.open(no)
        for no in cases[2:]:
            self.w['o1'].decide(no, 'review')
        self.city.turn(start + datetime.timedelta(days=20))
        for no in cases[2:3]:  # weeks late; the last one is never opened
            ids = [r['id'] for r in self.w['p1'].case(no)['resources']]
            self.w['p1'].decide(no, 'open', 'done', {'resources': [
                {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})
        self.refused('evaluation-period-open', self.open, code, period)
        self.refused('evaluation-period-invalid', self.open, code, f'{start.year + 1}-Q1')
        board = self.w['p1'].get('/api/v1/evaluation-scoreboard', cloud='YH', scheme=code)
        [row] = board['items']
        self.assertEqual((row['subject'], row['indicators'][0]['figure']), ('vendor', '50'))
        # a clock in hours is judged by its instant, not by the end of its day
        step = f"kind = 'fulfil' AND case_id = (SELECT id FROM case_file WHERE no = '{cases[0]}')"
        self.city.store.sql(f'UPDATE case_step SET due_at = closed_at - 1 WHERE {step}')
        [row] = self.w['o1'].get('/api/v1/evaluation-scoreboard', cloud='YH', scheme=code)['items']
        self.assertEqual(row['indicators'][0]['figure'], '25')
        self.city.store.sql(f'UPDATE case_step SET due_at = NULL WHERE {step}')
        nowhere = self.w['dd'].get('/api/v1/evaluation-scoreboard', cloud='YH', scheme=code)
        self.assertEqual(nowhere['items'], [])  # who stands nowhere sees nobody
        self.city.turn(month_after(start) + datetime.timedelta(days=1))

        made = self.open(code, period)
        self.assertEqual((made['state'], made['subjects']), ('draft', 1))
        result = self.results(made['no'])['vendor']
        told = self.explained(result['no'])['items']
        self.assertEqual((told[0]['figure'], told[0]['score'], told[0]['facts']), ('50', '0', 4))
        self.assertEqual((told[1]['kind'], told[1]['score']), ('open', None))
        facts = self.w['o1'].get(f"/api/v1/evaluation-results/{result['no']}/facts/opening")['items']
        self.assertEqual({f['ref']: f['note'] for f in facts},
                         dict(zip(cases, ['on_time', 'on_time', 'late', 'open'])))
        self.assertEqual(sum(f['num'] for f in facts), 2)
        # the draft is its bodies' alone
        self.refused('evaluation-unknown', self.w['p1'].get, f"/api/v1/evaluations/{made['no']}")
        self.refused('result-unknown', self.explained, result['no'], 'p1')
        # what no register holds is scored by hand, with evidence
        self.refused('evaluation-unscored', self.w['o1'].file, 'evaluation', {'summary': '报审'},
                     evaluation=made['no'])
        self.refused('indicator-reckoned', self.score, made['no'], 'vendor', 'opening', value='80')
        self.refused('not-permitted', self.score, made['no'], 'vendor', 'drills', 'p1', value='2')
        self.score(made['no'], 'vendor', 'drills', value='1', reference='演练〔2026〕3号')
        again = self.open(code, period)  # a new reckoning keeps what was said by hand
        self.assertEqual(again['no'], made['no'])
        result = self.results(made['no'])['vendor']
        self.assertEqual((result['score'], result['grade']), ('20', '不合格'))
        told = self.explained(result['no'])['items'][1]
        self.assertEqual((told['kind'], told['scorer'], told['evidence'], told['reference']),
                         ('hand', 'a1', '现场核查记录', '演练〔2026〕3号'))
        self.assertEqual(self.proven(made['no']), (True, 1))

        # announced: those concerned are told, see it, and may object
        no = self.w['o1'].file('evaluation', {'summary': '报审'}, evaluation=made['no'])['no']
        self.assertEqual(self.told('p1', 'evaluation-announced')[0]['figures']['score'], '20')
        self.assertEqual(self.results(made['no'], 'p1')['vendor']['score'], '20')
        self.refused('evaluation-state', self.score, made['no'], 'vendor', 'drills', value='2')
        self.refused('evaluation-state', self.open, code, period)
        self.refused('result-unknown', self.w['u1'].file, 'objection', {'grounds': '不服'},
                     result=result['no'])
        objection = self.w['p1'].file('objection', {'indicator': 'opening', 'grounds': '单位未答复'},
                                      result=result['no'])['no']
        last = self.w['a1'].get(f"/api/v1/evaluations/{made['no']}")['objections_until']
        self.city.turn(datetime.date.fromisoformat(last) + datetime.timedelta(days=1))
        self.refused('objection-late', self.w['p1'].file, 'objection', {'grounds': '再议'},
                     result=result['no'])
        self.w['a1'].decide(no, 'publish')
        self.refused('evaluation-objections', self.w['e1'].decide, no, 'publish')
        self.w['o1'].decide(objection, 'answer', 'upheld',
                            {'indicator': 'opening', 'value': '75', 'explanation': '一件责任在单位'})
        told = self.explained(result['no'], 'p1')['items'][0]
        self.assertEqual((told['kind'], told['figure'], told['score'], told['reference']),
                         ('corrected', '75', '50', objection))
        self.assertEqual(self.results(made['no'])['vendor']['score'], '50')

        # published, never to be edited
        self.w['e1'].decide(no, 'publish')
        shown = self.w['u1'].get(f"/api/v1/evaluations/{made['no']}")
        self.assertEqual(shown['state'], 'published')
        self.assertEqual(self.results(made['no'], 'u1')['vendor']['factor'], '0.9')
        self.refused('result-unknown', self.explained, result['no'], 'u1')
        self.refused('evaluation-state', self.score, made['no'], 'vendor', 'drills', value='2')
        self.refused('evaluation-state', self.open, code, period)
        self.refused('evaluation-state', self.w['o1'].file, 'evaluation', {'summary': '再报'},
                     evaluation=made['no'])
        self.assertTrue(self.told('p1', 'evaluation-published'))
        [factor] = self.w['u1'].get('/api/v1/provider-factors', provider='vendor')['items']
        self.assertEqual((factor['factor'], factor['from'], factor['evaluation']),
                         ('0.9', start.isoformat(), made['no']))

        # the order to rectify is a case of its own, tracked until it is done
        self.city.wait_until(lambda: self.results(made['no'])['vendor']['case'],
                             'the rectification did not begin')
        rectified = self.results(made['no'])['vendor']['case']
        case = self.w['p1'].case(rectified)
        self.assertEqual((case['result'], steps(case)), (result['no'], ['provider_rectifies']))
        self.assertIn('Opened in time', self.told('p1', 'evaluation-ordered')[0]['sentence'])
        self.w['p1'].decide(rectified, 'provider_rectifies', 'confirm', {'measures': '增加人手'})
        self.w['o1'].decide(rectified, 'verify', 'failed', reason='仍有逾期')
        self.w['p2'].decide(rectified, 'provider_again', 'confirm', {'measures': '更换负责人'})
        self.w['a1'].decide(rectified, 'conclude', 'rectified')
        self.assertEqual(self.w['p1'].case(rectified)['state'], 'closed')

    def test_A34_2_results_of_units_propose_what_their_quotas_lose(self):
        code = self.enact(UNITS)
        start = month_after(self.city.clock())
        self.city.turn(start)
        self.city.project('idle', dims={'vcpu': 100, 'memory_gib': 200})
        self.city.formal('idle', 2)
        self.city.turn(month_after(start))
        made = self.open(code, f'{start.year}-{start.month:02d}')
        found = self.results(made['no'])
        told = self.explained(found['civil']['no'])['items']
        self.assertEqual(told[1]['score'], '100')
        self.assertLess(float(told[0]['score']), 30)
        self.w['a1'].file('evaluation', {'summary': '报审'}, evaluation=made['no'])
        self.refused('evaluation-state', self.w['o1'].get,
                     f"/api/v1/evaluations/{made['no']}/proposals")
        [no] = [c['no'] for c in self.w['a1'].get('/api/v1/cases', evaluation=made['no'])['items']]
        last = self.w['a1'].get(f"/api/v1/evaluations/{made['no']}")['objections_until']
        self.city.turn(datetime.date.fromisoformat(last) + datetime.timedelta(days=1))
        self.w['e1'].decide(no, 'publish')
        self.w['a2'].decide(no, 'publish')
        proposed = self.w['e1'].get(f"/api/v1/evaluations/{made['no']}/proposals",
                                    subject='civil')['items']
        [cpu] = [p for p in proposed if p['project'].endswith('.idle') and p['dimension'] == 'vcpu']
        self.assertEqual((cpu['quota'], cpu['taken'], cpu['keep'], cpu['reduce']), (100, 8, 10, 90))
        self.refused('not-permitted', self.w['u1'].get,
                     f"/api/v1/evaluations/{made['no']}/proposals")
        change = self.w['u1'].file('quota_change', {
            'action': 'reduce', 'reason': cpu['reason'],
            'dimensions': [{'dimension': 'vcpu', 'quantity': str(cpu['reduce'])}]}, project='idle')
        self.w['e1'].decide(change['no'], 'review')
        self.assertEqual(self.city.quota('idle')['vcpu']['base'], 10)
        self.city.wait_until(lambda: self.results(made['no'])['civil']['case'], 'no rectification')
        case = self.w['u1'].case(self.results(made['no'])['civil']['case'])
        self.assertEqual(steps(case), ['unit_rectifies'])
        # proved though a unit of it is closed by now; not when a result is missing
        self.city.store.sql("UPDATE org SET status = 'closed' WHERE code = 'health'")
        scores = 2 * len(self.results(made['no']))
        self.assertEqual(self.proven(made['no']), (True, scores))
        self.city.store.sql("UPDATE eval_result SET digest = evaluation WHERE no LIKE '%-0001'")
        self.assertEqual(self.proven(made['no']), (False, scores))


METERED = {'subject': 'unit', 'period': 'month', 'known_at_least': 100,
           'indicators': [
               {'code': 'use', 'zh': '使用率', 'en': 'Use', 'source': 'unit.utilisation',
                'direction': 'higher', 'shape': 'linear', 'weight': 100, 'article': '33',
                'points': [{'at': 0, 'score': 0}, {'at': 60, 'score': 100}]}],
           'grades': [{'from': 0, 'zh': '一般', 'en': 'Fair'}]}
UP = {'subject': 'provider', 'period': 'month', 'known_at_least': 100,
      'indicators': [
          {'code': code, 'zh': code, 'en': code, 'source': 'provider.' + code,
           'direction': 'higher', 'shape': 'linear', 'weight': 50, 'article': '33',
           'points': [{'at': 0, 'score': 0}, {'at': 100, 'score': 100}]}
          for code in ('availability', 'reporting')],
      'grades': [{'from': 0, 'zh': '一般', 'en': 'Fair', 'factor': '1'}]}


class Metered(Evaluated):
    # proves S34, S41
    def test_A33_1_use_is_the_mean_of_what_the_meter_heard_and_silence_is_not_idleness(self):
        units, providers = self.enact(METERED), self.enact(UP)
        start = month_after(self.city.clock())
        self.city.turn(start)
        self.city.project('busy')
        self.city.project('quiet', unit='u2', org='health')
        self.city.formal('busy', 1)
        self.city.formal('quiet', 1, unit='u2')
        no = self.w['u1'].get('/api/v1/resources')['items'][0]['no']
        self.city.turn(month_after(start) + datetime.timedelta(days=1))
        days = (month_after(start) - start).days
        use = Use(self.city)
        self.addCleanup(use.close)
        # a third of the days at work; up on all days but three
        use.put(no, {CPU: lambda day, hour: 0.6 if day.day % 3 == 0 else 0.15,
                     'resource_up': lambda day, hour: 0 if day.day in (5, 6, 7) else 1},
                first=start, days=range(days))
        period = f'{start.year}-{start.month:02d}'
        made = self.open(units, period)['no']
        found = self.results(made)
        [told] = self.explained(found['civil']['no'])['items']
        # the month began in the morning of its first day
        busy = sum(1 for d in range(1, days + 1) if d % 3 == 0)
        mean = (busy * 0.6 + (days - busy) * 0.15) / days * 100
        self.assertAlmostEqual(told['num'] / told['den'], mean, places=2)
        self.assertEqual(told['score'], str(round(told['num'] / told['den'] / 60 * 100, 2)))
        [fact] = self.w['o1'].get(f"/api/v1/evaluation-results/{found['civil']['no']}/facts/use")['items']
        self.assertEqual((fact['ref'], fact['note']), (no, 'measured'))
        # nothing was heard of the other's machine: unknown, never a zero
        self.assertEqual((found['health']['withheld'], found['health']['score']), (True, None))
        [fact] = self.w['o1'].get(f"/api/v1/evaluation-results/{found['health']['no']}/facts/use")['items']
        self.assertEqual((fact['note'], fact['counts']), ('unheard', False))
        of_vendor = self.open(providers, period)['no']
        vendor = self.results(of_vendor)['vendor']
        told = {i['indicator']: i for i in self.explained(vendor['no'])['items']}
        up = told['availability']
        self.assertAlmostEqual(up['num'] / up['den'], (days - 3) / days * 100, places=1)
        heard = told['reporting']  # of one of two machines
        self.assertAlmostEqual(heard['num'] / heard['den'], 50, delta=1)
        # what comes late does not change what was known then
        quiet = self.w['u2'].get('/api/v1/resources')['items'][0]['no']
        use.put(quiet, {CPU: lambda day, hour: 0.9, 'resource_up': lambda day, hour: 1},
                first=start, days=range(days))
        self.assertEqual((self.proven(made), self.proven(of_vendor)), ((True, 2), (True, 2)))


class Experience(Evaluated):
    def test_A16_1_use_satisfaction_and_incidents_go_with_a_proposal(self):
        start = self.city.clock()
        self.city.project('exp')
        ids = self.city.formal('exp', 3)
        rate = '/api/v1/catalogue/items/vm-4c8g/rating'
        said = {'cloud': 'YH', 'unit': 'civil', 'score': 2, 'comment': '规格偏少'}
        self.w['u1'].call('PUT', rate, said)
        again = self.w['u1'].call('PUT', rate, dict(said, score=4, comment='已改进'))
        self.assertEqual((again['score'], again['comment']), (4, '已改进'))
        self.refused('item-not-used', self.w['u2'].call, 'PUT', rate, dict(said, unit='health'))
        self.refused('item-not-used', self.w['u1'].call, 'PUT',
                     '/api/v1/catalogue/items/block-ssd/rating', said)
        self.refused('unit-only', self.w['u2'].call, 'PUT', rate, said)
        self.refused('not-permitted', self.w['p1'].call, 'PUT', rate, said)
        self.city.turn(start + datetime.timedelta(days=10))
        window = {'cloud': 'YH', 'from': start.isoformat(),
                  'to': (start + datetime.timedelta(days=9)).isoformat()}
        seen = self.w['o1'].get('/api/v1/catalogue/experience', **window)
        [vm] = [i for i in seen['items'] if i['code'] == 'vm-4c8g']
        self.assertEqual((vm['resources'], vm['ratings'], vm['satisfaction']), (len(ids), 1, '4'))
        self.assertEqual((vm['quantity_hours_before'], vm['trend_percent']), ('0', None))
        hours = float(vm['quantity_hours'])  # three instances since some time of the first day
        self.assertTrue(3 * 9 * 24 < hours < 3 * 10 * 24, hours)
        self.refused('not-permitted', self.w['u1'].get, '/api/v1/catalogue/experience', **window)
        self.refused('evaluation-window', self.w['o1'].get, '/api/v1/catalogue/experience',
                     **dict(window, to=self.city.clock().isoformat()))
        [said] = self.w['u1'].get('/api/v1/catalogue/items/vm-4c8g/ratings', cloud='YH')['items']
        self.assertEqual(said['comment'], '已改进')
        kept = self.w['o1'].call('POST', '/api/v1/catalogue/experiences', window)
        self.assertEqual(kept['figures']['items'], seen['items'])
        draft = self.w['o1'].call('POST', '/api/v1/editions', {'cloud': 'YH', 'title': '调整'})
        self.refused('experience-unknown', self.w['o1'].file, 'catalogue_edition',
                     {'summary': '调整', 'experience': 'YH-TY-999999'}, edition=draft['id'])
        no = self.w['o1'].file('catalogue_edition', {'summary': '调整', 'experience': kept['no']},
                               edition=draft['id'])['no']
        self.assertEqual(self.w['a1'].case(no)['form']['experience'], kept['no'])
        shown = self.w['a1'].get(f"/api/v1/catalogue/experiences/{kept['no']}")
        self.assertEqual(shown['digest'], kept['digest'])

    def test_the_command_line_knows_evaluations(self):
        told = subprocess.run([f'{BIN}/yunheng', 'evaluation', 'open', '--help'], check=True,
                              capture_output=True, text=True).stdout
        self.assertIn('--period', told)
        told = subprocess.run([f'{BIN}/yunheng', 'catalogue', 'experience', '--help'], check=True,
                              capture_output=True, text=True).stdout
        self.assertIn('--cloud', told)


class Fees(Evaluated):
    def statement(self, month, number):
        no = f"YH-{month.strftime('%Y%m')}-{number}"
        [one] = [s for s in self.w['o1'].get('/api/v1/statements', month=month.strftime('%Y-%m'),
                                             unit='civil')['items'] if s['settlement'] == no]
        return one

    def lines(self, statement):
        return self.w['o1'].get(f'/api/v1/statements/{statement}/lines', limit=200)['items']

    def close(self, month):
        no = self.w['o1'].settle(month.strftime('%Y-%m'))['no']
        case = self.w['o1'].file('settlement', {}, settlement=no)['no']
        self.w['e1'].decide(case, 'review')
        return self.statement(month, no.rsplit('-', 1)[1])

    def test_A34_2_the_next_month_carries_the_factor_and_the_closed_one_is_corrected(self):
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政部门',
                                                        'kind': 'body'})
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        code = self.enact(dict(PROVIDERS, indicators=[dict(DRILLS, weight=100)]))
        first = month_after(self.city.clock())
        self.city.turn(first)
        self.city.project('fees')
        self.city.formal('fees', 2)
        second, third = month_after(first), month_after(first, 2)
        self.city.turn(second + datetime.timedelta(days=1))
        closed = self.close(first)
        [was] = [li for li in self.lines(closed['no']) if li['billed']]
        self.assertEqual((was['kind'], was['factor']), ('use', '1'))

        made = self.open(code, first.strftime('%Y-%m'))
        self.score(made['no'], 'vendor', 'drills', value='0')
        no = self.w['o1'].file('evaluation', {'summary': '报审'}, evaluation=made['no'])['no']
        last = self.w['a1'].get(f"/api/v1/evaluations/{made['no']}")['objections_until']
        self.city.turn(datetime.date.fromisoformat(last) + datetime.timedelta(days=1))
        self.w['a1'].decide(no, 'publish')
        self.w['e1'].decide(no, 'publish')
        self.assertEqual(self.results(made['no'])['vendor']['factor'], '0.9')

        self.city.turn(third + datetime.timedelta(days=1))
        later = self.close(second)
        [use] = [li for li in self.lines(later['no']) if li['kind'] == 'use' and li['billed']]
        [fixed] = [li for li in self.lines(later['no']) if li['kind'] == 'correction']
        self.assertEqual(use['factor'], '0.9')
        listed = Decimal(use['list'])
        self.assertLessEqual(abs(Decimal(use['amount']) - listed * Decimal('0.9')),
                             Decimal('0.01'))
        # the closed statement stays as it was; the line says which one it corrects, and why
        self.assertEqual([li for li in self.lines(closed['no']) if li['billed']], [was])
        self.assertEqual((fixed['corrects'], fixed['corrects_line'], fixed['reason']),
                         (closed['no'], was['line'], made['no']))
        due = (Decimal(was['amount']) * Decimal('0.9')).quantize(Decimal('0.01'))
        self.assertLessEqual(abs(Decimal(fixed['amount']) - (due - Decimal(was['amount']))),
                             Decimal('0.01'))
        told = self.w['o1'].get(f"/api/v1/statements/{later['no']}/lines/{use['line']}/explanation")
        self.assertEqual({key: told['factor'][key] for key in ('evaluation', 'evaluation_no', 'case_no')},
                         {'evaluation': made['id'], 'evaluation_no': made['no'], 'case_no': no})
        told = self.w['o1'].get(f"/api/v1/statements/{later['no']}/lines/{fixed['line']}/explanation")
        self.assertEqual((told['corrects']['statement'], told['corrects']['case_no']),
                         (closed['no'], no))


on_both_engines(Evaluation)
on_both_engines(Metered)
on_both_engines(Fees)
on_both_engines(Experience)

if __name__ == '__main__':
    unittest.main()
