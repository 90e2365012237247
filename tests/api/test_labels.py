"""Sensitivity labels (S08): what documents and papers have, who is cleared for them, and that nobody gets at what is
above, by whichever way."""
import io
import json
import subprocess
import tempfile
import unittest
import urllib.parse
import zipfile

from city import BIN, City, InCity, Session, on_both_engines, today
from test_documents import PDF, TEST, download

HIDDEN = '(labelled “Sensitive”, above your clearance)'
PAPER = '/api/v1/papers/{}'


def upload(who, name, data, label=None):
    query = {'name': name, **({'label': label} if label else {})}
    return who.call('POST', '/api/v1/documents?' + urllib.parse.urlencode(query), data,
                    {'Content-Type': 'application/octet-stream'})


@on_both_engines
class Labels(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.project('labelled')
        cls.n = 0

    def handed_in(self, label=None, name='资料.pdf', who='u1'):
        """A document of its own on a case of its own, and the case."""
        type(self).n += 1
        made = upload(self.w[who], name, PDF + str(self.n).encode(), label)
        case = self.w['u1'].call('POST', '/api/v1/cases', {'procedure': 'test', 'project': 'labelled', 'form': TEST,
                                                           'documents': [made['id']]})['no']
        return made, case

    def label(self, who, document, label, reason='按制度调整'):
        return self.w[who].call('PUT', f"/api/v1/documents/{document['id']}/label", {'label': label, 'reason': reason})

    def clear(self, who, login, clearance=None, reason='岗位需要'):
        body = {'reason': reason, **({'clearance': clearance} if clearance else {})}
        return self.w[who].call('PUT', f'/api/v1/people/{login}/clearance', body)

    def confirm(self, act, who='secadmin2'):
        return self.w[who].call('POST', f"/api/v1/acts/{act['id']}/decision", {'outcome': 'confirm', 'reason': '属实'})

    def seen(self, who, case):
        return self.w[who].get(f'/api/v1/cases/{case}/documents')['items']

    def told(self, kind, subject):
        return [e for e in self.w['auditor'].get('/api/v1/audit/events', subject=subject)['items'] if e['kind'] == kind]

    def test_S08_what_is_handed_in_has_a_label_of_the_pack(self):
        labels = self.w['o1'].get('/api/v1/labels')['items']
        self.assertEqual([(x['label'], x['label_title'], x['cleared'], x['usual']) for x in labels],
                         [('open', 'Open', True, False), ('internal', 'Internal', True, True), ('sensitive', 'Sensitive', True, False)])
        self.assertEqual([x['cleared'] for x in self.w['e1'].get('/api/v1/labels')['items']], [True, True, False])
        made, _ = self.handed_in()
        self.assertEqual((made['label'], made['label_title'], made['withheld']), ('internal', 'Internal', False))
        self.assertEqual(upload(self.w['u1'], '公告.pdf', PDF + b'open', 'open')['label'], 'open')
        problem = self.refused('label-unknown', upload, self.w['u1'], '密件.pdf', PDF + b'secret', 'secret')
        self.assertEqual((problem['field'], problem['figures']['admitted']), ('?label', 'open internal sensitive'))

    def test_S08_nobody_opens_what_is_above_their_clearance_by_any_way(self):
        made, case = self.handed_in('sensitive', '漏洞清单.pdf')
        e1, o1 = self.w['e1'], self.w['o1']
        self.assertEqual(download(o1, made['id'])[0], 200)
        [row] = self.seen('o1', case)
        self.assertEqual((row['name'], row['withheld']), ('漏洞清单.pdf', False))

        [row] = self.seen('e1', case)
        self.assertEqual((row['name'], row['label_title'], row['withheld']), (HIDDEN, 'Sensitive', True))
        problem = self.refused('label-above', e1.call, 'GET', f"/api/v1/documents/{made['id']}/content")
        self.assertEqual((problem['status'], problem['figures']['label'], problem['figures']['clearance']),
                         (403, 'sensitive', 'internal'))
        self.assertIn('“Sensitive”', problem['title'])
        for path in (f"documents/{made['id']}", f'cases/{case}', f'cases/{case}/events', f'cases/{case}/documents'):
            self.assertNotIn('漏洞清单', json.dumps(e1.get('/api/v1/' + path), ensure_ascii=False), path)
        self.assertIn('漏洞清单', json.dumps(o1.get(f'/api/v1/cases/{case}/events'), ensure_ascii=False))

        self.city.wait_until(lambda: self.told('document.withheld', made['id']), 'the refusal is not on record')
        [event] = self.told('document.withheld', made['id'])
        self.assertEqual((event['person'], event['before'], event['after']), ('e1', 'sensitive', 'internal'))
        self.city.wait_until(lambda: [e for e in self.w['auditor'].get('/api/v1/audit/events', kind='call.refused',
                                                                         person='e1')['items']
                                      if e['reason'] == 'label-above'], 'no refusal')

    def test_S08_an_archive_leaves_out_what_its_maker_is_not_cleared_for_and_says_so(self):
        made, case = self.handed_in('sensitive', '拓扑图.pdf')
        for who, kept in (('o1', True), ('e1', False)):
            status, body = self.w[who].bytes_of(f'/api/v1/cases/{case}/archive')
            self.assertEqual(status, 200, body[:300])
            with zipfile.ZipFile(io.BytesIO(body)) as z:
                whole = {name: z.read(name) for name in z.namelist()}
            self.assertEqual(f"documents/{made['id']}.pdf" in whole, kept)
            self.assertEqual(any('拓扑图'.encode() in part for part in whole.values()), kept)
            withheld = json.loads(whole['index.json'])['withheld']
            self.assertEqual([d['document'] for d in withheld], [] if kept else [made['id']])
            self.assertEqual('另有 1 份文件' in whole['index.txt'].decode(), not kept)

    def test_S08_a_label_is_raised_by_its_body_and_lowered_by_who_signs_there_or_the_security_administrator(self):
        made, case = self.handed_in()
        self.city.person('clerk', 'unit', 'civil', 'handle')
        self.refused('label-raise', self.label, 'e1', made, 'sensitive')
        self.refused('label-raise', self.label, 'o1', made, 'sensitive')
        self.refused('document-unknown', self.label, 'u2', made, 'sensitive')
        self.refused('label-same', self.label, 'u1', made, 'internal')
        self.assertEqual(self.label('clerk', made, 'sensitive')['label'], 'sensitive')
        self.assertEqual(download(self.w['e1'], made['id'])[0], 403)
        self.refused('label-lower', self.label, 'clerk', made, 'internal')
        self.refused('label-lower', self.label, 'o1', made, 'internal')
        self.assertEqual(self.label('u1', made, 'internal', '已脱敏')['label'], 'internal')
        self.assertEqual(download(self.w['e1'], made['id'])[0], 200)
        self.label('clerk', made, 'sensitive')
        back = self.label('secadmin', made, 'open')
        self.assertEqual((back['label'], back['name']), ('open', None))
        self.assertEqual(download(self.w['secadmin'], made['id'])[0], 404)
        self.city.wait_until(lambda: len(self.told('document.labelled', made['id'])) == 4, 'not all on record')
        self.assertIn(('u1', 'sensitive', 'internal', '已脱敏'), [(e['person'], e['before'], e['after'], e['reason'])
                                                               for e in self.told('document.labelled', made['id'])])

    def test_S08_who_signs_lowers_nothing_that_is_above_their_own_clearance(self):
        made, _ = self.handed_in('sensitive')
        self.confirm(self.clear('secadmin', 'u1', 'internal')['act'])
        try:
            self.assertEqual(download(self.w['u1'], made['id'])[0], 403)
            self.refused('label-above', self.label, 'u1', made, 'open')
        finally:
            self.confirm(self.clear('secadmin', 'u1')['act'])
        self.assertEqual(download(self.w['u1'], made['id'])[0], 200)

    def test_S08_a_higher_clearance_takes_two_persons_and_a_lower_one_is_at_once(self):
        made, _ = self.handed_in('sensitive')
        shown = self.w['secadmin'].get('/api/v1/people/e1')
        self.assertEqual((shown['clearance'], shown['clearance_title'], shown['clearance_named']), ('internal', 'Internal', False))
        reply = self.clear('secadmin', 'e1', 'sensitive')
        self.assertEqual((reply['act']['state'], reply['act']['label_title'], reply['clearance']), ('waiting', 'Sensitive', 'internal'))
        self.assertEqual(download(self.w['e1'], made['id'])[0], 403)
        self.refused('act-own', self.confirm, reply['act'], 'secadmin')
        self.refused('grant-to-self', self.clear, 'secadmin', 'secadmin', 'sensitive')
        self.refused('not-permitted', self.clear, 'o1', 'e1', 'sensitive')
        self.refused('label-unknown', self.clear, 'secadmin', 'e1', 'secret')
        done = self.confirm(reply['act'])
        self.assertEqual((done['before'], done['after']), ('internal', 'sensitive'))
        self.assertEqual(download(self.w['e1'], made['id'])[0], 200)
        [row] = self.w['secadmin'].get('/api/v1/accounts', text='e1')['items']
        self.assertEqual((row['clearance_title'], row['clearance_named']), ('Sensitive', True))
        self.refused('clearance-same', self.clear, 'secadmin', 'e1', 'sensitive')
        lower = self.clear('secadmin', 'e1', 'internal', '调离')
        self.assertEqual((lower.get('act'), lower['clearance']), (None, 'internal'))
        self.assertEqual(download(self.w['e1'], made['id'])[0], 403)
        self.assertEqual(self.clear('secadmin', 'e1')['act']['state'], 'waiting')

    def test_S08_what_is_named_in_place_of_the_roles_takes_two_for_it_outlasts_them(self):
        self.assertEqual(self.clear('secadmin', 'u2', 'sensitive')['act']['state'], 'waiting')
        lowest = self.clear('secadmin', 'o1', 'open')
        self.assertEqual((lowest.get('act'), lowest['clearance']), (None, 'open'))
        self.confirm(self.clear('secadmin', 'o1')['act'])

    def test_S08_what_a_procedure_asks_for_is_lowered_by_the_security_administrator_alone(self):
        made, case = self.handed_in('sensitive')
        self.city.store.sql(f"UPDATE case_file SET procedure_name = 'mlps_retest' WHERE no = '{case}'")
        problem = self.refused('label-least', self.label, 'u1', made, 'internal')
        self.assertIn('“Sensitive”', problem['title'])
        self.assertEqual(self.label('secadmin', made, 'internal')['label'], 'internal')
        self.city.store.sql(f"UPDATE case_file SET procedure_name = 'test' WHERE no = '{case}'")

    def test_S08_what_is_handed_in_anew_keeps_its_label_and_the_body_that_lowers_it(self):
        made, _ = self.handed_in('sensitive', '拓扑图二.pdf')
        copy = lambda who: self.w[who].call('POST', f"/api/v1/documents/{made['id']}/copies")
        problem = self.refused('label-above', copy, 'e1')
        self.assertNotIn('拓扑图二', json.dumps(problem, ensure_ascii=False))
        self.city.wait_until(lambda: self.told('document.withheld', made['id']), 'the refusal is not on record')
        anew = copy('o1')
        self.assertEqual((anew['label'], anew['name']), ('sensitive', '拓扑图二.pdf'))
        self.refused('label-lower', self.label, 'o1', anew, 'open')
        self.assertEqual(self.label('u1', copy('u1'), 'internal')['label'], 'internal')
        self.assertEqual(self.w['o1'].get(f"/api/v1/documents/{made['id']}")['label'], 'sensitive')

    def test_S08_who_asks_again_and_again_is_on_record_once(self):
        made, _ = self.handed_in('sensitive')
        for _ in range(4):
            self.assertEqual(download(self.w['e1'], made['id'])[0], 403)
        self.city.wait_until(lambda: self.told('document.withheld', made['id']), 'the refusal is not on record')
        self.assertEqual(len(self.told('document.withheld', made['id'])), 1)

    def test_S08_what_came_before_labels_did_has_that_of_its_procedure(self):
        made, case = self.handed_in()
        other, _ = self.handed_in()
        sql = self.city.store.sql
        sql("UPDATE document SET label = '' WHERE attached_at IS NOT NULL")
        sql(f"UPDATE case_file SET procedure_name = 'mlps_retest' WHERE no = '{case}'")
        port = self.city.server.port
        self.city.server.stop()
        self.city.server.start(port)
        self.city.meet()
        sql(f"UPDATE case_file SET procedure_name = 'test' WHERE no = '{case}'")
        self.assertEqual(download(self.w['e1'], made['id'])[0], 403)
        self.assertEqual(download(self.w['e1'], other['id'])[0], 200)

    def test_S08_a_lent_role_clears_nobody(self):
        made, case = self.handed_in('sensitive')
        day = today().isoformat()
        self.w['o1'].call('POST', '/api/v1/delegations', {'role': 'operator', 'org': 'bdc', 'taker': 'e1', 'first_day': day,
                                                          'last_day': day, 'reason': '出差'})
        self.assertEqual(self.seen('e1', case)[0]['withheld'], True)
        self.assertEqual(download(self.w['e1'], made['id'])[0], 403)

    def test_S08_a_paper_above_the_clearance_of_its_reader_is_neither_shown_nor_opened(self):
        self.city.project('on-paper')
        self.city.papers_served()
        [paper] = [p for p in self.w['u1'].get('/api/v1/papers')['items'] if '项目on-paper' in p['heading']]
        path, e1 = PAPER.format(paper['id']), self.w['e1']
        status, pdf = self.w['u1'].bytes_of(path + '/document')
        self.assertEqual((status, paper['label_title']), (200, 'Internal'))
        document = {'id': e1.get(path)['document']}
        self.label('e1', document, 'sensitive')
        for call in (path, path + '/document', path + '/proof'):
            self.refused('label-above', e1.call, 'GET', call)
        self.city.wait_until(lambda: self.told('document.withheld', document['id']), 'the refusal is not on record')
        # earlier programs wrote the heading of a paper into its event
        self.city.store.sql(f"UPDATE event SET reason = '{paper['heading']}' WHERE kind = 'paper.issued' AND outcome = '{paper['no']}'")
        self.addCleanup(self.city.store.sql, f"UPDATE event SET reason = '' WHERE outcome = '{paper['no']}' AND kind = 'paper.issued'")
        status, body = e1.bytes_of(f"/api/v1/cases/{paper['case']}/archive")
        with tempfile.NamedTemporaryFile(suffix='.zip') as f:
            f.write(body)
            f.flush()
            done = subprocess.run([f'{BIN}/yunheng', 'archive', 'verify', f.name], capture_output=True, text=True)
        self.assertEqual((status, done.returncode), (200, 0), done.stdout + done.stderr)
        with zipfile.ZipFile(io.BytesIO(body)) as z:
            chain = z.read('chain.json').decode()
        for text in (chain, json.dumps(self.told('paper.issued', paper['id']), ensure_ascii=False)):
            self.assertNotIn(paper['heading'], text)
            self.assertNotIn(paper['heading'].encode().hex(), text)
        [hidden] = [p for p in e1.get('/api/v1/papers')['items'] if p['id'] == paper['id']]
        self.assertEqual((hidden['heading'], hidden['withheld']), (HIDDEN, True))
        self.assertEqual(self.w['u1'].get(path)['heading'], paper['heading'])
        for who, shown in (('u1', True), ('e1', False)):
            table = self.w[who].bytes_of('/api/v1/papers', **{'as': 'csv'})[1].decode()
            self.assertIn('敏感', table)
            self.assertEqual('项目on-paper' in json.dumps(self.w[who].get('/api/v1/papers'), ensure_ascii=False), shown)

    def test_S08_an_outside_auditor_gets_what_its_clearance_opens(self):
        low, high = self.handed_in(), self.handed_in('sensitive')
        self.w['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'cpa', 'name': '会计师事务所', 'kind': 'body'})
        self.w['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/outside_auditor', {'org': 'cpa'})
        made = self.w['secadmin'].call('POST', '/api/v1/people', {'login': 'cpa1', 'name': '审计师'})
        self.city.grant('cpa1', 'outside_auditor', 'cpa', 'handle', scope='archive case document', last_day=today().isoformat())
        cpa = self.w['cpa1'] = self.city.first('cpa1', made['one_time_password'])
        self.assertEqual(download(cpa, low[0]['id'])[0], 200)
        self.assertEqual(download(cpa, high[0]['id'])[0], 403)
        self.refused('reading-only', self.label, 'cpa1', low[0], 'sensitive')


if __name__ == '__main__':
    unittest.main()
