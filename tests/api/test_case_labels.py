"""Sensitivity labels of cases (S08): whoever is not cleared for one sees its number, procedure, steps, days and label,
and nothing that it says, by whichever way; and does nothing to it."""
import http.client
import json
import re
import socket
import tempfile
import threading
import unittest

from city import SHARED_METER, City, InCity, on_both_engines, today
from postbox import Postbox, certificate
from receiver import Receiver
from test_documents import PDF
from test_labels import HIDDEN, upload

TITLE, FORM, SAID, LETTER, NAME, PLAIN = '机房搬迁甲', '灾备弱点乙', '核心密钥丙', '来函要点丁', '拓扑戊.pdf', '平常申请'
WORDS = (TITLE, FORM, SAID, LETTER, NAME[:-4])
MAIL = 'e1@gov.example.cn'


@on_both_engines
class CaseLabels(InCity):
    """e1, of the body that decides quotas, is cleared for internal; o1, a1 and u1 for sensitive; auditors for open."""

    @classmethod
    def setUpClass(cls):
        cls.box, cls.folder = Postbox(), tempfile.TemporaryDirectory(prefix='yh-marks-')
        pair = certificate(cls.folder.name)
        cls.hook = Receiver(pair)
        cls.city = City(cls.postgres, serve=(*SHARED_METER, *cls.box.options(), '--hook-allow', '127.0.0.1/32',
                                             '--hook-ports', f'443,{cls.hook.port}', '--hook-ca', pair[0],
                                             '--public-url', 'https://yunheng.example.cn'))
        cls.w = cls.city.who
        e1 = cls.w['e1']
        e1.call('POST', '/api/v1/notify/address', {'mail': MAIL})
        cls.city.wait_until(lambda: cls.box.to(MAIL), 'no code')
        code = re.search(r'\b\d{8}\b', cls.box.to(MAIL)[0].get_content()).group()
        e1.call('POST', '/api/v1/notify/verification', {'code': code})
        cls.w['e1'].call('POST', '/api/v1/webhooks', {'org': 'econ', 'role': 'econ_info', 'url': cls.hook.url('/told'),
                                                      'label': '对接'})
        cls.n = 0
        cls.no = cls.labelled()

    @classmethod
    def tearDownClass(cls):
        cls.city.close()
        cls.box.close()
        cls.hook.close()
        cls.folder.cleanup()

    @classmethod
    def filed(cls, label=None, **rest):
        """A case of its own that waits for e1."""
        cls.n += 1
        code = f'marked-{cls.n}'
        cls.w['u1'].call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH', 'code': code, 'name': code})
        secret = label == 'sensitive'
        form = dict(cls.city.quota_form(), demand_assessment=FORM if secret else PLAIN)
        return cls.w['u1'].file('quota', form, project=code, title=TITLE if secret else PLAIN, **rest,
                                **({'label': label} if label else {}))

    @classmethod
    def labelled(cls):
        """One with all that a case has to say."""
        made = upload(cls.w['u1'], NAME, PDF + b'marked')
        no = cls.filed('sensitive', documents=[made['id']])['no']
        cls.document = made['id']
        o1, a1 = cls.w['o1'], cls.w['a1']
        o1.call('POST', f'/api/v1/cases/{no}/urgings', {'reason': SAID})
        a1.call('POST', f'/api/v1/cases/{no}/supervisions', {'reason': SAID, 'answer_by': (today()).isoformat()})
        o1.call('POST', f'/api/v1/cases/{no}/letters', {'sender': LETTER, 'number': LETTER + '〔2026〕7号',
                                                        'day': today().isoformat(), 'subject': LETTER})
        return no

    def label(self, who, case, label, reason='按制度调整'):
        return self.w[who].call('PUT', f'/api/v1/cases/{case}/label', {'label': label, 'reason': reason})

    def told(self, kind, subject):
        self.city.sealed()
        return [e for e in self.w['auditor'].get('/api/v1/audit/events', subject=subject)['items']
                if e['kind'] == kind]

    def text(self, who, path, **query):
        status, body = self.w[who].bytes_of('/api/v1/' + path, **query)
        self.assertEqual(status, 200, body[:300])
        return body.decode('utf-8-sig')

    def hides(self, path, *words, here=None, **query):
        """What the cleared read there, the other does not; `here`: that the case is there is told."""
        open_, closed = self.text('o1', path, **query), self.text('e1', path, **query)
        for word in words:
            self.assertIn(word, open_, f'{path}: the cleared do not read {word}')
        for word in WORDS:
            self.assertNotIn(word, closed, path)
        if here is not False:
            self.assertIn(here or self.no, closed, path)

    # ---- what a case has ----

    def test_S08_a_case_has_the_label_it_is_filed_with_and_at_least_that_of_its_procedure(self):
        plain = self.filed()
        self.assertEqual((plain['label'], plain['withheld'], plain['you_may_label']), ('open', False, True))
        self.assertEqual(self.w['e1'].case(plain['no'])['title'], PLAIN)
        self.assertEqual(self.filed('internal')['label'], 'internal')
        problem = self.refused('label-unknown', self.filed, 'secret')
        self.assertEqual(problem['field'], '/label')

    def test_S08_what_was_filed_before_labels_did_has_that_of_its_procedure(self):
        no = self.filed()['no']
        self.assertIn(str(self.city.store.sql(f"SELECT label FROM case_file WHERE no = '{no}'")), ('', "[('',)]"))
        self.assertEqual(self.w['o1'].case(no)['label'], 'open')

    def test_S08_the_label_that_a_case_has_from_the_first_is_on_record(self):
        no = self.filed('internal')['no']
        self.assertEqual([(e['person'], e['before'], e['after']) for e in self.told('case.labelled', no)],
                         [('u1', 'open', 'internal')])
        self.assertEqual(self.told('case.labelled', self.filed()['no']), [])

    def test_S08_a_case_is_raised_by_who_files_or_handles_it_and_lowered_by_who_signs_there(self):
        no = self.filed()['no']
        self.city.person('scribe', 'unit', 'civil', 'handle')
        self.refused('case-unknown', self.label, 'u2', no, 'internal')
        self.refused('case-label-raise', self.label, 'o1', no, 'internal')
        self.assertEqual(self.label('scribe', no, 'internal')['label'], 'internal')
        self.refused('case-label-same', self.label, 'u1', no, 'internal')
        raised = self.label('e1', no, 'sensitive')
        self.assertEqual((raised['label'], raised['withheld']), ('sensitive', True))
        self.assertEqual(self.w['e1'].case(no)['title'], HIDDEN)
        self.refused('label-above', self.label, 'e1', no, 'open')
        self.refused('case-label-lower', self.label, 'scribe', no, 'open')
        self.refused('case-label-lower', self.label, 'o1', no, 'open')
        self.assertEqual(self.label('u1', no, 'internal', '已脱敏')['label'], 'internal')
        self.assertEqual(self.label('secadmin', no, 'open')['label'], 'open')
        self.assertEqual(self.w['e1'].case(no)['title'], PLAIN)
        self.assertEqual([(e['person'], e['before'], e['after'], e['reason']) for e in self.told('case.labelled', no)][::-1],
                         [('scribe', 'open', 'internal', '按制度调整'), ('e1', 'internal', 'sensitive', '按制度调整'),
                          ('u1', 'sensitive', 'internal', '已脱敏'), ('安全管理员', 'internal', 'open', '按制度调整')])

    def test_S08_what_belongs_to_a_case_rises_with_it_and_stays_when_it_falls(self):
        name = '附图.pdf'
        made = upload(self.w['u1'], name, PDF + b'rises')
        no = self.filed(documents=[made['id']])['no']
        self.assertEqual(self.w['e1'].get(f'/api/v1/cases/{no}/documents')['items'][0]['name'], name)
        self.label('u1', no, 'sensitive')
        [row] = self.w['e1'].get(f'/api/v1/cases/{no}/documents')['items']
        self.assertEqual((row['name'], row['label']), (HIDDEN, 'sensitive'))
        self.assertEqual(len(self.told('document.labelled', made['id'])), 1)
        self.refused('label-least', self.w['u1'].call, 'PUT', f"/api/v1/documents/{made['id']}/label",
                     {'label': 'internal', 'reason': '试'})
        self.label('u1', no, 'open')
        self.assertEqual(self.w['e1'].get(f'/api/v1/cases/{no}/documents')['items'][0]['name'], HIDDEN)

    def test_S08_what_was_filed_about_a_case_rises_with_it(self):
        no = self.filed()['no']
        self.w['e1'].decide(no, 'review')
        later = self.w['e1'].file('correction', {'article': '18', 'reason': '录入有误', 'quota': [
            {'dimension': 'vcpu', 'quantity': '1'}]}, about=no)['no']
        self.assertEqual(self.w['e1'].case(later)['label'], 'open')
        self.label('u1', no, 'sensitive')
        self.assertEqual((self.w['e1'].case(later)['label'], self.w['e1'].case(later)['title']), ('sensitive', HIDDEN))
        self.assertEqual([(e['before'], e['after']) for e in self.told('case.labelled', later)], [('open', 'sensitive')])

    # ---- every way to read it ----

    def test_S08_the_case_itself_tells_number_step_days_and_label(self):
        self.hides(f'cases/{self.no}', TITLE, FORM)
        seen = self.w['e1'].case(self.no)
        self.assertEqual((seen['no'], seen['procedure'], seen['title'], seen['label'], seen['withheld'], seen['form'], seen['says']),
                         (self.no, 'quota', HIDDEN, 'sensitive', True, {}, []))
        [step] = seen['steps']
        self.assertEqual((step['step'], step['org']['name'], bool(step['due'])), ('review', '经信部门', True))

    def test_S08_its_story_tells_what_happened_and_not_in_which_words(self):
        self.hides(f'cases/{self.no}/events', FORM, SAID, NAME[:-4], here='case.filed')

    def test_S08_its_documents_letters_and_urgings_are_told_to_be_there(self):
        self.hides(f'cases/{self.no}/documents', NAME[:-4], here='sensitive')
        self.hides(f'cases/{self.no}/letters', TITLE, LETTER)
        self.hides(f'cases/{self.no}/urgings', TITLE, SAID)
        self.hides(f'cases/{self.no}/papers', here=False)

    def test_S08_lists_tell_that_it_is_there(self):
        for path in ('cases', 'overdue', 'supervisions', 'letters'):
            with self.subTest(path):
                self.hides(path, *{'cases': (TITLE,), 'supervisions': (TITLE, SAID), 'letters': (LETTER,)}.get(path, ()),
                           here=False if path == 'overdue' else None)
        for word in WORDS:
            self.assertNotIn(word, self.text('e1', 'inbox'))
        [row] = [r for r in self.w['e1'].get('/api/v1/inbox', limit=200)['items'] if r['no'] == self.no]
        self.assertEqual((row['title'], row['label_title'], row['withheld']), (HIDDEN, 'Sensitive', True))
        self.hides('policy/articles/18', TITLE)

    def test_S08_it_is_found_by_its_number_and_not_by_what_it_says(self):
        o1, e1 = self.w['o1'], self.w['e1']
        for word in (TITLE, LETTER):
            self.assertIn(self.no, json.dumps(o1.get('/api/v1/search', q=word)))
            self.assertNotIn(self.no, json.dumps(e1.get('/api/v1/search', q=word)))
        self.assertIn(self.no, [r['no'] for r in o1.get('/api/v1/cases', text=TITLE, limit=200)['items']])
        self.assertNotIn(self.no, [r['no'] for r in e1.get('/api/v1/cases', text=TITLE, limit=200)['items']])
        self.assertEqual(e1.get('/api/v1/letters', text=LETTER)['items'], [])
        self.assertTrue(o1.get('/api/v1/letters', text=LETTER)['items'])
        self.hides('search', TITLE, q=self.no)
        self.assertEqual([r['no'] for r in e1.get('/api/v1/cases', text=self.no.lower())['items']], [self.no])

    def test_S08_notices_say_of_it_that_there_is_news(self):
        mine = [n for n in self.w['e1'].get('/api/v1/notices', limit=200)['items'] if n['case'] == self.no]
        self.assertTrue(mine)
        for n in mine:
            self.assertEqual((n['slug'], n['figures']['label']), ('notice-withheld', 'sensitive'))
            self.assertIn(f'case {self.no}, which is labelled “Sensitive”', n['sentence'])
        self.city.wait_until(lambda: [m for m in self.box.to(MAIL) if self.no in m.get_content()], 'no mail')
        for m in self.box.to(MAIL):
            for word in WORDS:
                self.assertNotIn(word, m.get_content() + str(m['Subject']))

    def test_S08_a_webhook_is_told_of_it_as_who_is_cleared_for_nothing(self):
        self.city.wait_until(lambda: [c for c in self.hook.at('/told') if c.event['data'].get('case') == self.no], 'no call')
        plain = self.filed()['no']
        self.city.wait_until(lambda: [c for c in self.hook.at('/told') if c.event['data'].get('case') == plain], 'no call')
        for c in self.hook.at('/told'):
            body = json.dumps(c.event, ensure_ascii=False)
            self.assertNotIn(TITLE, body)
            self.assertEqual(PLAIN in body, c.event['data'].get('case') == plain or PLAIN in body)
            if c.event['data'].get('case') == self.no:
                self.assertEqual(c.event['data']['slug'], 'notice-withheld')

    def test_S08_the_calendar_of_deadlines_has_its_number_alone(self):
        path = self.w['e1'].call('POST', '/api/v1/account/calendar')['path']
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        conn.request('GET', path)
        text = conn.getresponse().read().decode().replace('\r\n ', '')
        conn.close()
        self.assertIn(self.no, text)
        self.assertNotIn(TITLE, text)

    def test_S08_the_record_hides_its_words_from_an_auditor_who_is_not_cleared(self):
        self.city.sealed()
        auditor = self.w['auditor'].get('/api/v1/audit/events', subject=self.no, limit=200)['items']
        self.assertTrue([e for e in auditor if e['kind'] == 'case.filed'])
        for word in WORDS:
            self.assertNotIn(word, json.dumps(auditor, ensure_ascii=False))
        for kind in ('step.urged', 'step.supervised', 'letter.registered'):
            for e in self.w['auditor'].get('/api/v1/audit/events', kind=kind)['items']:
                self.assertNotIn(SAID, e['reason'])

    def test_S08_a_live_stream_tells_each_what_they_are_cleared_for(self):
        seen = {who: [] for who in ('o1', 'e1')}
        conns = [self.follow(who, seen[who]) for who in seen]
        no = self.filed('sensitive')['no']
        for who in seen:
            self.city.wait_until(lambda: no in ''.join(seen[who]), f'{who} was told nothing')
        self.assertIn(TITLE, ''.join(seen['o1']))
        for word in WORDS:
            self.assertNotIn(word, ''.join(seen['e1']))
        for conn, reply in conns:
            conn.sock.shutdown(socket.SHUT_RDWR)
            reply.close()
            conn.close()

    def test_S08_the_board_that_the_city_looks_at_together_says_it_to_nobody(self):
        board = self.w['a1'].get('/api/v1/city')
        self.assertIn(self.no, json.dumps(board))
        for word in WORDS:
            self.assertNotIn(word, json.dumps(board, ensure_ascii=False))

    def follow(self, who, lines):
        conn = http.client.HTTPConnection('127.0.0.1', self.city.server.port, timeout=60)
        conn.request('GET', '/api/v1/account/stream', headers={'Cookie': 'yh_session=' + self.w[who].token,
                                                               'Accept': 'text/event-stream'})
        reply = conn.getresponse()
        self.assertEqual(reply.status, 200)
        first = threading.Event()

        def read():
            try:
                for line in reply:
                    lines.append(line.decode())
                    first.set()
            except (OSError, ValueError, AttributeError):
                pass
        threading.Thread(target=read, daemon=True).start()
        self.assertTrue(first.wait(60))
        return conn, reply

    def test_S08_a_list_as_a_file_says_how_it_is_labelled_and_how_many_rows_are_withheld(self):
        for as_ in ('csv', 'xlsx'):
            status, _ = self.w['e1'].bytes_of('/api/v1/cases', **{'as': as_})
            self.assertEqual(status, 200)
        self.hides('cases', TITLE, **{'as': 'csv'})
        last = self.text('e1', 'cases', **{'as': 'csv'}).strip().splitlines()[-1]
        self.assertRegex(last, '本表最高标记：敏感；未列出内容的：[1-9]')
        self.assertIn('最高标记：敏感；未列出内容的：0 行', self.text('o1', 'cases', **{'as': 'csv'}))
        self.assertNotIn('最高标记', self.text('u2', 'cases', **{'as': 'csv'}))
        self.city.sealed()
        for who, path in (('e1', 'letters'), ('e1', 'supervisions'), ('auditor', 'audit/events')):
            with self.subTest(path):
                last = self.text(who, path, **{'as': 'csv'}).strip().splitlines()[-1]
                self.assertRegex(last, '本表最高标记：敏感；未列出内容的：[1-9]')

    def test_S08_an_outside_auditor_reads_no_more_than_it_is_cleared_for(self):
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'cpa', 'name': '会计师事务所', 'kind': 'body'})
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/outside_auditor', {'org': 'cpa'})
        made = self.w['secadmin'].call('POST', '/api/v1/people', {'login': 'cpa1', 'name': '审计师'})
        self.city.grant('cpa1', 'outside_auditor', 'cpa', 'handle', scope='archive case document', last_day=today().isoformat())
        cpa = self.w['cpa1'] = self.city.first('cpa1', made['one_time_password'])
        self.assertEqual(cpa.case(self.no)['title'], HIDDEN)
        self.assertEqual(cpa.case(self.filed()['no'])['title'], PLAIN)
        self.refused('label-above', cpa.get, f'/api/v1/cases/{self.no}/archive')
        for path in (f'cases/{self.no}', f'cases/{self.no}/events', 'cases'):
            for word in WORDS:
                self.assertNotIn(word, self.text('cpa1', path))

    def test_S08_a_record_that_a_labelled_case_made_is_labelled_as_the_case(self):
        p1, o1 = self.w['p1'], self.w['o1']
        plain = p1.file('daily_inspection', {'checked': PLAIN, 'normal': True}, title=PLAIN)['no']
        no = p1.file('daily_inspection', {'checked': FORM, 'normal': True}, title=TITLE, label='sensitive')['no']
        rows = {r['case']: r for r in o1.get('/api/v1/records', register='inspection', limit=200)['items']}
        self.assertEqual((rows[no]['title'], rows[no]['label'], rows[plain]['title'], rows[plain]['label']),
                         ('日常巡检记录', 'sensitive', PLAIN, 'open'))
        record = rows[no]['no']
        whole = o1.get(f'/api/v1/records/{record}')
        self.assertEqual((whole['content']['checked'], whole['withheld']), (FORM, False))
        shut = p1.get(f'/api/v1/records/{record}')
        self.assertEqual((shut['no'], shut['title'], shut['content'], [h['content'] for h in shut['history']], shut['withheld']),
                         (record, HIDDEN, {}, [{}], True))
        for who, found in (('o1', {no}), ('p1', set())):
            got = {r['case'] for r in self.w[who].get('/api/v1/records', register='inspection', q='日常巡检')['items']}
            self.assertEqual(got, found, who)
        for path, query in (('records', {}), (f'records/{record}', {}), ('records', {'register': 'inspection', 'as': 'csv'})):
            for word in WORDS:
                self.assertNotIn(word, self.text('p1', path, **query))

    # ---- doing something to it ----

    def test_S08_nothing_is_done_to_it_by_who_is_not_cleared_and_the_attempt_is_on_record(self):
        e1, no = self.w['e1'], self.no
        acts = [('steps/review/decision', {'outcome': 'approve', 'reason': '同意'}),
                ('steps/review/decision?dry_run=true', {'outcome': 'approve', 'reason': '同意'}),
                ('steps/review/opinions', {'stage': 'handle', 'outcome': 'approve', 'reason': '同意'}),
                ('steps/review/return', {'defects': ['缺材料']}),
                ('urgings', {'reason': '请办'}),
                ('letters', {'sender': '某', 'day': today().isoformat(), 'subject': '某'})]
        for path, body in acts:
            with self.subTest(path):
                problem = self.refused('label-above', e1.call, 'POST', f'/api/v1/cases/{no}/{path}', body)
                self.assertEqual((problem['figures']['label'], problem['figures']['clearance']), ('sensitive', 'internal'))
        for path in ('archive', 'steps/review'):
            self.refused('label-above', e1.get, f'/api/v1/cases/{no}/{path}')
        self.city.wait_until(lambda: self.told('case.withheld', no), 'the refusal is not on record')
        mine = [e for e in self.told('case.withheld', no) if e['person'] == 'e1']
        self.assertEqual([(e['before'], e['after']) for e in mine], [('sensitive', 'internal')])
        self.city.wait_until(lambda: {'case.decide', 'case.return', 'case.urge'} <= {
            e['after'] for e in self.w['auditor'].get('/api/v1/audit/events', kind='call.refused', person='e1')['items']
            if e['reason'] == 'label-above'}, 'the calls are not on record')
        self.assertEqual([s['closed_at'] for s in self.w['o1'].case(no)['steps']], [None])

    def test_S08_a_desk_where_nobody_is_cleared_is_shown_to_who_hands_out_clearances(self):
        row = next(r for r in self.w['secadmin'].get('/api/v1/labels/hindered')['items'] if r['case'] == self.no)
        self.assertEqual((row['step'], row['org'], row['role'], row['label'], row['holders']),
                         ('review', '经信部门', 'econ_info', 'sensitive', 1))
        self.assertNotIn(TITLE, json.dumps(row, ensure_ascii=False))
        self.assertTrue(self.w['u1'].case(self.no)['steps'][0]['uncleared'])
        self.refused('not-permitted', self.w['o1'].get, '/api/v1/labels/hindered')
        no = self.filed('sensitive')['no']
        self.city.person('e2', 'econ_info', 'econ')
        act = self.w['secadmin'].call('PUT', '/api/v1/people/e2/clearance', {'clearance': 'sensitive', 'reason': '岗位需要'})['act']
        self.w['secadmin2'].call('POST', f"/api/v1/acts/{act['id']}/decision", {'outcome': 'confirm', 'reason': '属实'})
        try:
            self.assertEqual(self.w['secadmin'].get('/api/v1/labels/hindered')['items'], [])
            self.assertFalse(self.w['u1'].case(no)['steps'][0]['uncleared'])
            self.w['e2'].decide(no, 'review')
        finally:
            self.w['secadmin'].call('PUT', '/api/v1/people/e2/clearance', {'clearance': 'internal', 'reason': '调离'})


if __name__ == '__main__':
    unittest.main()
