"""The API's description: that it holds together and says all of every reply, and that the tests see
a reply that is not as described."""
import json
import unittest

import openapi_check
import shape_check
from city import VM, City, InCity


class Description(InCity, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.city = City()
        cls.document = cls.city.server.session().get('/api/v1/openapi.json')
        cls.contract = shape_check.Contract(cls.document)
        cls.operations = [op for item in cls.document['paths'].values() for op in item.values()]

    def test_it_holds_together(self):
        self.assertEqual(openapi_check.faults(self.document), [])

    def test_every_success_says_what_comes_and_json_has_a_name(self):
        for op in self.operations:
            with self.subTest(op['operationId']):
                code, reply = next((c, r) for c, r in op['responses'].items() if c[0] == '2')
                self.assertEqual(code == '204', 'content' not in reply)
                for media, body in reply.get('content', {}).items():
                    self.assertIn('/', media)
                    if media == 'application/json' and op['operationId'] != 'api.describe':
                        schemas = body['schema'].get('anyOf', [body['schema']])
                        self.assertEqual([list(s) for s in schemas], [['$ref']] * len(schemas))

    def test_a_typed_client_need_not_send_what_only_some_do(self):
        """If-Match is asked for where a write needs it; no other header that this program reads of
        JSON requests is."""
        for op in self.operations:
            where = [self.resolved(p) for p in op['parameters']]
            needed = [p['name'] for p in where if p['in'] == 'header' and p['required']]
            body = op.get('requestBody', {}).get('content', {'application/json': 0})
            if 'application/json' in body:
                self.assertLessEqual(set(needed), {'If-Match'}, op['operationId'])
            self.assertEqual('If-Match' in needed, '428' in op['responses'], op['operationId'])

    def test_the_measures_are_told_as_described(self):
        """All of them: what a pack's procedures hold differs. The client compares."""
        who = self.city.who['u1']
        procedures = [p['procedure'] for p in who.get('/api/v1/policy/procedures')['items']]
        parameters = [p['parameter'] for p in who.get('/api/v1/policy/parameters')['items']]
        articles = {p['article'] for p in who.get('/api/v1/policy/kinds')['items']}
        for name in procedures:
            self.assertEqual(who.get('/api/v1/policy/procedures/' + name)['procedure'], name)
        for name in [*procedures, *parameters, *sorted(articles)]:
            who.get('/api/v1/policy/explain/' + name)

    def test_so_is_what_other_tests_do_not_read(self):
        w = self.city.who
        for login, path in [('u1', '/api/v1/account/tokens'), ('u1', '/api/v1/agents/key'),
                            ('o1', '/api/v1/scheme-sources'), ('o1', '/api/v1/schemes'),
                            ('o1', '/api/v1/evaluations'), ('u1', '/healthz'), ('u1', '/readyz')]:
            w[login].get(path)
        first, = [e['id'] for e in w['o1'].get('/api/v1/editions', cloud='YH')['items']]
        second = w['o1'].call('POST', '/api/v1/editions',
                              {'cloud': 'YH', 'title': '二', 'from': first})['id']
        w['o1'].call('PUT', f'/api/v1/editions/{second}/items',
                     {'items': [dict(VM, tiers=[{'from': '0', 'price': '1'}])]})
        changes = w['o1'].get(f'/api/v1/editions/{second}/changes', **{'from': first})['items']
        self.assertEqual({c['change'] for c in changes}, {'removed', 'repriced'})
        self.assertEqual(w['sysadmin'].call('PUT', '/api/v1/orgs/civil/chain',
                                            {'chain': 'handle,sign'})['code'], 'civil')

    def resolved(self, thing):
        return (openapi_check.resolve(self.document, thing['$ref']) if '$ref' in thing else thing)

    def test_what_a_page_holds_beside_its_items_is_said(self):
        page = self.document['components']['schemas']['AllocationList']
        self.assertEqual(page['required'], ['items', 'next', 'day'])
        self.assertEqual(page['properties']['items']['items'],
                         {'$ref': '#/components/schemas/AllocationListItem'})

    def test_what_comes_later_and_streams_and_files_are_said(self):
        def success(name):
            return next(op for op in self.operations if op['operationId'] == name)['responses']
        self.assertIn('202', success('watch.scan'))
        self.assertIn('204', success('meter.write'))
        self.assertEqual(list(success('settle.document')['200']['content']),
                         ['application/pdf', 'application/vnd.openxmlformats-officedocument.'
                          'spreadsheetml.sheet', 'text/csv'])
        stream = success('meter.stream')['200']['content']['text/event-stream']
        self.assertEqual(set(stream['x-events']), {'state', 'usage'})


class Comparing(unittest.TestCase):
    """The comparison of the tests' client, on a small document."""

    @classmethod
    def setUpClass(cls):
        schemas = {
            'Problem': {'type': 'object', 'required': ['slug'],
                        'properties': {'slug': {'type': 'string'}}},
            'Row': {'type': 'object', 'required': ['id', 'n', 'state', 'of', 'left', 'free'],
                    'properties': {'id': {'type': 'string', 'format': 'uuid'},
                                   'n': {'type': 'integer'}, 'due': {'type': 'string', 'format': 'date'},
                                   'state': {'type': ['string', 'null'], 'enum': ['on', 'off', None]},
                                   'of': {'anyOf': [{'$ref': '#/components/schemas/Row'},
                                                    {'type': 'null'}]},
                                   'left': {'type': 'object',
                                            'additionalProperties': {'type': 'number'}},
                                   'free': {'type': 'object', 'additionalProperties': True}}}}
        ref = {'schema': {'$ref': '#/components/schemas/Row'}}
        cls.contract = shape_check.Contract({'components': {'schemas': schemas}, 'paths': {
            '/rows/{row}': {'get': {'responses': {'200': {'content': {'application/json': ref}}}},
                            'delete': {'responses': {'204': {}}}},
            '/rows/first': {'get': {'responses': {'200': {'content': {'text/csv': {}}}}}}}})

    ROW = {'id': '018f0000-0000-7000-8000-000000000001', 'n': 1, 'state': None, 'of': None,
           'left': {'a': 1.5}, 'free': {'any': [1, 'x']}}

    def found(self, body, method='GET', path='/rows/x?y=1', status=200, media='application/json'):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.contract.faults(method, path, status, media, data)

    def test_a_reply_as_declared_is_none(self):
        self.assertEqual(self.found(self.ROW), [])
        self.assertEqual(self.found(dict(self.ROW, due='2026-03-01', state='on', of=self.ROW)), [])
        self.assertEqual(self.found(b'', 'DELETE', status=204, media=None), [])
        self.assertEqual(self.found(b'a,b', path='/rows/first', media='text/csv; charset=utf-8'), [])
        self.assertEqual(self.found(b'', status=304), [])
        self.assertEqual(self.found({'slug': 'x'}, status=404, media='application/problem+json'), [])

    def test_each_way_to_differ_is_one(self):
        for change in ({'id': 'x'}, {'n': 1.5}, {'n': True}, {'n': '1'}, {'n': None}, {'due': '1.3.'},
                       {'due': None}, {'state': 'odd'}, {'of': dict(self.ROW, n='1')}, {'of': 1},
                       {'left': {'a': 'b'}}, {'left': []}, {'free': None}, {'more': 1}):
            with self.subTest(change):
                self.assertEqual(len(self.found(dict(self.ROW, **change))), 1)
        for key in self.ROW:
            with self.subTest('without ' + key):
                self.assertEqual(self.found({k: v for k, v in self.ROW.items() if k != key}),
                                 [f': {key} is missing'])

    def test_so_are_a_status_a_type_and_an_operation_that_are_not_declared(self):
        for found in (self.found(self.ROW, status=201), self.found(self.ROW, media='text/plain'),
                      self.found(self.ROW, path='/rows'), self.found(self.ROW, 'PUT'),
                      self.found(b''), self.found(self.ROW, 'DELETE', status=204),
                      self.found(self.ROW, path='/rows/first'),
                      self.found({'slug': 'x'}, status=404),
                      self.found({}, status=404, media='application/problem+json')):
            self.assertEqual(len(found), 1)

    def test_a_schema_that_it_does_not_understand_is_refused(self):
        with self.assertRaises(AssertionError):
            shape_check.Schema({'type': 'string', 'minLength': 1}, {})


if __name__ == '__main__':
    unittest.main()
