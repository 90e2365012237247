"""Numbered documents: issued with a decision, printed, sealed, served, acknowledged; and verified by
whoever has the file, without a server."""
import datetime
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from city import BIN, City, Problem, on_both_engines, today


@on_both_engines
class Papers:
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.who = cls.city.who
        cls.city.project('paper-a', initiated=False)
        cls.city.project('paper-b', initiated=False)

    @classmethod
    def tearDownClass(cls):
        cls.city.close()

    def refused(self, slug, call, *args, **kwargs):
        with self.assertRaises(Problem) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.slug, slug, caught.exception)

    def served(self, project):
        """The paper of the quota of a project, once it is served."""
        u1 = self.who['u1']
        [case] = [c['no'] for c in u1.get('/api/v1/cases', project=project)['items']]
        self.city.wait_until(lambda: self.of(case)[0]['served_at'], 'it is not served')
        return case, self.of(case)[0]

    def of(self, case):
        return self.who['u1'].get(f'/api/v1/cases/{case}/papers')['items']

    # proves X7
    def test_a_decision_is_a_numbered_paper_and_numbers_go_on(self):
        year = today().year
        _, first = self.served('paper-a')
        _, second = self.served('paper-b')
        self.assertEqual([first['no'], second['no']],
                         [f'政云配〔{year}〕1号', f'政云配〔{year}〕2号'])
        self.assertEqual((first['issuer'], first['recipient'], first['article']),
                         ('经信部门', '民生事务局', '18'))
        shown = self.who['u1'].get(f"/api/v1/papers/{first['id']}")
        self.assertIn('vCPU', shown['text'])
        self.assertIn('100', shown['text'])
        self.assertNotIn('{', shown['text'])
        self.assertIn('项目paper-a', shown['heading'])

    def test_its_print_says_it_in_chinese(self):
        _, paper = self.served('paper-a')
        status, pdf = self.who['u1'].bytes_of(f"/api/v1/papers/{paper['id']}/document")
        self.assertEqual((status, pdf[:5]), (200, b'%PDF-'))
        if not shutil.which('pdftotext'):
            self.skipTest('pdftotext is not installed')
        text = subprocess.run(['pdftotext', '-', '-'], input=pdf, capture_output=True,
                              check=True).stdout.decode().replace('\n', '').replace(' ', '')
        for part in (paper['no'], '经信部门', '民生事务局', '批复', '核定以下配额', '已电子签章', '内部'):
            self.assertIn(part, text)

    # proves X7
    def test_service_is_proved_by_who_opened_and_who_acknowledged(self):
        case, paper = self.served('paper-b')
        u1, e1 = self.who['u1'], self.who['e1']
        path = f"/api/v1/papers/{paper['id']}"
        self.assertEqual(e1.bytes_of(path + '/document')[0], 200)
        self.assertIn('vCPU', e1.get(path)['text'])
        self.assertIsNone(self.of(case)[0]['opened_at'], 'its issuer reading it is no proof')
        self.refused('paper-not-yours', e1.call, 'POST', path + '/acknowledgement')
        self.assertEqual(u1.get(path)['opened_by'], 'u1', 'who reads its text has opened it')
        opened = u1.get(path)['opened_at']
        u1.bytes_of(path + '/document')
        self.assertEqual(u1.get(path)['opened_at'], opened)
        done = u1.call('POST', path + '/acknowledgement')
        self.assertEqual((done['acknowledged_by'], done['mine']), ('u1', True))
        self.refused('paper-acknowledged', u1.call, 'POST', path + '/acknowledgement')
        told = u1.get(f'/api/v1/cases/{case}/events')['items']
        self.assertNotIn('vCPU', str([e for e in told if e['kind'] == 'paper.issued']), 'read only by opening it')
        kinds = [e['kind'] for e in told]
        for kind in ('issued', 'served', 'opened', 'acknowledged'):
            self.assertEqual(kinds.count('paper.' + kind), 1, kind)
        self.assertTrue(any(n['slug'] == 'paper-served' and paper['no'] in n['sentence'] and
                            n['figures']['paper_id'] == paper['id']
                            for n in u1.get('/api/v1/notices', limit=200)['items']))

    def test_only_its_parties_and_who_sees_its_case_read_it(self):
        _, paper = self.served('paper-a')
        for other in ('u2', 'du', 'sysadmin'):
            self.refused('paper-unknown', self.who[other].get, f"/api/v1/papers/{paper['id']}")
            self.assertEqual(self.who[other].bytes_of(
                f"/api/v1/papers/{paper['id']}/document")[0], 404)
            self.assertEqual(self.who[other].get('/api/v1/papers')['items'], [])
        self.assertIn(paper['id'], [p['id'] for p in self.who['u1'].get('/api/v1/papers')['items']])

    # proves X12
    def test_X12_whoever_waits_urges_the_desk_it_waits_for_and_not_too_often(self):
        u1, e1 = self.who['u1'], self.who['e1']
        u1.call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH', 'code': 'urged', 'name': '催'})
        case = u1.file('quota', self.city.quota_form(), project='urged')['no']
        path = f'/api/v1/cases/{case}/urgings'
        [urged] = u1.call('POST', path, {'reason': '项目急需'})['items']
        self.assertEqual((urged['kind'], urged['step'], urged['desk'], urged['from'], urged['open']),
                         ('urge', 'review', '经信部门', '民生事务局', False))
        told = e1.get('/api/v1/notices', limit=200)['items'][0]
        self.assertEqual((told['slug'], told['case']), ('step-urged', case))
        self.assertIn('项目急需', told['sentence'])
        with self.assertRaises(Problem) as caught:
            u1.call('POST', path, {})
        self.assertEqual((caught.exception.slug, caught.exception.body['figures']['last']),
                         ('urged-lately', today().isoformat()))
        [new] = self.city.store.copies('case_step', f"case_id = (SELECT id FROM case_file WHERE no = '{case}')")
        self.assertEqual(len(u1.call('POST', path, {})['items']), 2, 'another desk is urged all the same')
        self.refused('urged-lately', u1.call, 'POST', path, {})
        self.city.store.sql(f'DELETE FROM urging WHERE step = {self.city.store.key(new)}')
        self.city.store.sql(f'DELETE FROM case_step WHERE id = {self.city.store.key(new)}')
        self.refused('urge-own', e1.call, 'POST', path, {})
        self.refused('step-not-open', u1.call, 'POST', path, {'step': 'nowhere'})
        self.refused('case-unknown', self.who['u2'].call, 'POST', path, {})
        self.assertIn(('step.urged', '项目急需'), [(e['kind'], e['reason']) for e in
                                               u1.get(f'/api/v1/cases/{case}/events')['items']])
        e1.decide(case, 'review', 'refuse', reason='材料不符')
        self.refused('case-not-open', u1.call, 'POST', path, {})

    # proves X12
    def test_X12_the_authority_supervises_a_case_until_its_desk_has_answered(self):
        u1, e1, a1 = (self.who[n] for n in ('u1', 'e1', 'a1'))
        u1.call('POST', '/api/v1/projects', {'unit': 'civil', 'cloud': 'YH', 'code': 'watched', 'name': '督'})
        case = u1.file('quota', self.city.quota_form(), project='watched')['no']
        path, by = f'/api/v1/cases/{case}/supervisions', (today() + datetime.timedelta(days=4)).isoformat()
        self.refused('answer-by-past', a1.call, 'POST', path,
                     {'reason': '何时办结', 'answer_by': (today() - datetime.timedelta(days=1)).isoformat()})
        with self.assertRaises(Problem) as caught:
            e1.call('POST', path, {'reason': '何时办结', 'answer_by': by})
        self.assertEqual(caught.exception.status, 403)
        before = e1.get('/api/v1/inbox/count')['supervisions']['open']
        [asked] = a1.call('POST', path, {'reason': '何时办结', 'answer_by': by})['items']
        self.assertEqual((asked['kind'], asked['answer_by'], asked['open']), ('supervise', by, True))
        self.refused('supervised-already', a1.call, 'POST', path, {'reason': '再问', 'answer_by': by})
        self.assertEqual(e1.get('/api/v1/inbox/count')['supervisions']['open'], before + 1)
        older = self.city.store.copies('urging', "kind = 'supervise' AND answered_at IS NULL AND case_id ="
                                       f" (SELECT id FROM case_file WHERE no = '{case}')", 205, kind="'urge'")
        self.refused('supervised-already', a1.call, 'POST', path, {'reason': '再问', 'answer_by': by})
        said = u1.get(f'/api/v1/cases/{case}/urgings')['items']
        self.assertEqual((len(said), said[-1]['id']), (200, asked['id']), 'the newest are told')
        self.city.store.sql(f"DELETE FROM urging WHERE id IN ({', '.join(map(self.city.store.key, older))})")
        self.assertEqual([c['supervised'] for c in e1.get('/api/v1/inbox')['items'] if c['no'] == case], [by])
        self.assertEqual(u1.case(case)['supervised'], by)
        mine = e1.get('/api/v1/supervisions', open='true', mine='true')['items']
        self.assertIn((asked['id'], True), [(m['id'], m['mine']) for m in mine])
        self.assertEqual(self.who['u2'].get('/api/v1/supervisions')['items'], [])
        answer = f"/api/v1/supervisions/{asked['id']}/answer"
        self.refused('supervision-not-yours', u1.call, 'POST', answer, {'answer': '无关'})
        self.refused('supervision-unknown', self.who['u2'].call, 'POST', answer, {'answer': '无关'})
        done = e1.call('POST', answer, {'answer': '本周内办结'})
        self.assertEqual((done['answer'], done['answered_by'], done['open']), ('本周内办结', 'e1', False))
        self.refused('supervision-answered', e1.call, 'POST', answer, {'answer': '再答'})
        self.assertIn('本周内办结', a1.get('/api/v1/notices', limit=200)['items'][0]['sentence'])
        self.assertIsNone(u1.case(case)['supervised'])

    # proves X7
    def test_X7_a_letter_from_outside_is_registered_on_its_case_and_found_again(self):
        u1, e1 = self.who['u1'], self.who['e1']
        [case] = [c['no'] for c in u1.get('/api/v1/cases', project='paper-a')['items']]
        path = f'/api/v1/cases/{case}/letters'
        status, scan, _ = e1.raw('POST', '/api/v1/documents?name=%E6%9D%A5%E6%96%87.txt', '来函全文'.encode(),
                                 {'Content-Type': 'text/plain'})
        self.assertEqual(status, 201)
        letter = {'sender': '市审计局', 'number': '审〔2026〕7号', 'day': today().isoformat(),
                  'subject': '关于配额使用情况的函', 'document': scan['id']}
        self.refused('letter-day-ahead', e1.call, 'POST', path,
                     dict(letter, day=(today() + datetime.timedelta(days=1)).isoformat()))
        [kept] = e1.call('POST', path, letter)['items']
        self.assertEqual((kept['sender'], kept['digest'], kept['registered_by'], kept['case']),
                         ('市审计局', scan['digest'], 'e1', case))
        self.assertEqual(u1.get(path)['items'], [kept], 'who sees the case sees its letters')
        self.assertEqual(u1.bytes_of(f"/api/v1/documents/{scan['id']}/content"), (200, '来函全文'.encode()))
        with self.assertRaises(Problem) as caught:
            u1.call('POST', path, letter)
        self.assertEqual(caught.exception.status, 403)
        self.refused('case-unknown', self.who['u2'].get, path)
        for text, n in (('审计', 1), ('审〔2026〕7', 1), ('配额使用', 1), ('无此来文', 0)):
            self.assertEqual(len(e1.get('/api/v1/letters', text=text)['items']), n, text)
        self.assertEqual(self.who['u2'].get('/api/v1/letters')['items'], [])
        for q in ('审计局', '审〔2026〕7', letter['number']):
            groups = {g['kind']: g['items'] for g in u1.get('/api/v1/search', q=q)['groups']}
            self.assertEqual(len(groups['letter']), 1, q)
        self.assertEqual([(i['no'], i['title']) for i in groups['letter']], [(case, letter['subject'])])
        self.assertIn('letter.registered', [e['kind'] for e in u1.get(f'/api/v1/cases/{case}/events')['items']])
    def test_what_one_received_is_listed_apart_from_what_one_issued(self):
        self.served('paper-a')
        u1, e1 = self.who['u1'], self.who['e1']
        for who, box, mine in ((u1, 'received', True), (e1, 'issued', False)):
            items = who.get('/api/v1/papers', box=box)['items']
            self.assertTrue(items)
            self.assertEqual({p['mine'] for p in items}, {mine})
        self.assertEqual(u1.get('/api/v1/papers', box='issued')['items'], [])
        self.assertEqual(e1.get('/api/v1/papers', box='received')['items'], [])

    # proves X7
    def test_X7_a_body_may_have_a_prefix_of_its_own_and_goes_on_counting(self):
        _, first = self.served('paper-a')
        admin = self.who['sysadmin']
        self.assertEqual(admin.call('PUT', '/api/v1/orgs/econ/paper-prefix', {'prefix': '沪经信云'})['paper_prefix'],
                         '沪经信云')
        try:
            self.city.project('prefixed', initiated=False)
            number = self.of(self.who['u1'].get('/api/v1/cases', project='prefixed')['items'][0]['no'])[0]['no']
            self.assertRegex(number, r'^沪经信云配〔\d{4}〕[2-9]\d*号$')
            self.assertNotEqual(number.split('〕')[1], first['no'].split('〕')[1])
        finally:
            admin.call('PUT', '/api/v1/orgs/econ/paper-prefix', {})

    def test_a_trial_takes_no_number(self):
        u1, e1 = self.who['u1'], self.who['e1']
        u1.call('POST', '/api/v1/projects',
                {'unit': 'civil', 'cloud': 'YH', 'code': 'tried', 'name': '试'})
        case = u1.file('quota', self.city.quota_form(), project='tried')['no']
        for _ in range(3):
            e1.call('POST', f'/api/v1/cases/{case}/steps/review/decision?dry_run=true',
                    {'outcome': 'approve', 'reason': '同意'})
        self.assertEqual(self.of(case), [])
        e1.decide(case, 'review')
        [paper] = self.of(case)
        numbers = [int(p['no'].split('〕')[1].rstrip('号')) for p in u1.get('/api/v1/papers')['items']]
        self.assertEqual(sorted(numbers), list(range(1, len(numbers) + 1)))

    # proves X7, S17, S30
    def test_the_seal_is_verified_from_the_file_alone_and_a_changed_byte_is_seen(self):
        _, paper = self.served('paper-a')
        u1 = self.who['u1']
        _, pdf = u1.bytes_of(f"/api/v1/papers/{paper['id']}/document")
        proof = u1.get(f"/api/v1/papers/{paper['id']}/proof")
        other = u1.get(f"/api/v1/papers/{self.served('paper-b')[1]['id']}/proof")
        with tempfile.TemporaryDirectory() as folder:
            def write(name, data):
                path = os.path.join(folder, name)
                with open(path, 'wb') as f:
                    f.write(data)
                return path

            def verify(data, with_proof, *more):
                return subprocess.run(
                    [f'{BIN}/yunheng', 'paper', 'verify', write('a.pdf', data), '--proof',
                     write('proof.json', json.dumps(with_proof).encode()), *more],
                    capture_output=True, text=True, check=False)
            self.assertTrue(proof['holds'], 'the platform says so itself')
            good = verify(pdf, proof)
            self.assertEqual(good.returncode, 0, good)
            self.assertIn(paper['no'], good.stdout)
            self.assertEqual(verify(pdf, proof, '--key', write('k.pem', proof['public_key'].encode())
                                    ).returncode, 0)
            changed = bytearray(pdf)
            changed[len(pdf) // 2] ^= 1
            self.assertEqual(verify(bytes(changed), proof).returncode, 1)
            self.assertEqual(verify(pdf, other).returncode, 1)
            self.assertEqual(verify(pdf, dict(proof, signature='00')).returncode, 1)
            self.assertNotEqual(verify(pdf, dict(proof, public_key='x')).returncode, 0)
            self.assertNotEqual(verify(pdf, {}).returncode, 0)
            kept = os.path.join(self.city.store.data, 'documents', proof['digest'][:2],
                                proof['digest'])
            os.chmod(kept, 0o600)
            with open(kept, 'r+b') as f:
                f.write(bytes(changed))
            self.assertFalse(u1.get(f"/api/v1/papers/{paper['id']}/proof")['holds'])
            with open(kept, 'r+b') as f:
                f.write(pdf)
            self.assertTrue(u1.get(f"/api/v1/papers/{paper['id']}/proof")['holds'])

    def test_what_a_killed_server_left_is_sealed_by_the_next(self):
        u1, e1 = self.who['u1'], self.who['e1']
        u1.call('POST', '/api/v1/projects',
                {'unit': 'civil', 'cloud': 'YH', 'code': 'left', 'name': '留'})
        case = u1.file('quota', self.city.quota_form(), project='left')['no']
        e1.decide(case, 'review')
        self.city.server.kill()
        self.city.store.sql("UPDATE paper SET served_at = NULL, document = NULL")
        self.city.store.sql("UPDATE job SET due_at = 1 WHERE kind LIKE 'paper.%'")
        self.city.server.start()
        self.city.meet()
        self.city.wait_until(lambda: self.of(case)[0]['served_at'], 'it is not served')


if __name__ == '__main__':
    unittest.main()
