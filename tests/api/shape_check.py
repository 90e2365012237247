"""Whether replies are what the API's description says: every call of the tests is compared with the
schema of its operation, so that neither can drift from the other. Stricter than the document asks
clients to be: a member that is not declared is a fault."""
import http.client
import json
import re

PLAIN = {'string': str, 'boolean': bool, 'object': dict, 'array': list, 'null': type(None)}
FORMATS = {
    'date': r'\d{4}-\d\d-\d\d',
    'date-time': r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)',
    'uuid': r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}',
}


def is_a(name, value):
    if name == 'integer':
        return isinstance(value, int) and not isinstance(value, bool)
    if name == 'number':
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, PLAIN[name])


class Schema:
    """A compiled schema: faults(value, where) is a list of sentences. Knows the keywords that
    src/http/shape_schema.c and the problem's schema use, and refuses others."""

    KNOWN = {'$ref', 'type', 'format', 'pattern', 'enum', 'properties', 'required', 'items', 'anyOf',
             'additionalProperties', 'description'}

    def __init__(self, raw, known):
        self.ref = known[raw['$ref'].rsplit('/', 1)[1]] if '$ref' in raw else None
        if set(raw) - self.KNOWN:
            raise AssertionError(f'unknown keywords: {set(raw) - self.KNOWN}')
        types = raw.get('type', [])
        self.types = [types] if isinstance(types, str) else types
        patterns = [p for p in (FORMATS.get(raw.get('format')), raw.get('pattern')) if p]
        self.patterns = [re.compile(p) for p in patterns]
        self.enum = raw.get('enum')
        self.either = [Schema(s, known) for s in raw.get('anyOf', [])]
        self.members = ({k: Schema(s, known) for k, s in raw['properties'].items()}
                        if 'properties' in raw else None)
        self.required = raw.get('required', [])
        self.items = Schema(raw['items'], known) if 'items' in raw else None
        rest = raw.get('additionalProperties')
        self.rest = Schema(rest, known) if isinstance(rest, dict) else None

    def faults(self, value, where=''):
        if self.ref:
            return self.ref().faults(value, where)
        if self.either:
            tries = [s.faults(value, where) for s in self.either]
            return min(tries, key=len)
        if self.types and not any(is_a(t, value) for t in self.types):
            return [f'{where}: {value!r:.80} is no {"|".join(self.types)}']
        if self.enum is not None and value not in self.enum:
            return [f'{where}: {value!r:.80} is none of {self.enum}']
        if isinstance(value, str) and not all(p.fullmatch(value) for p in self.patterns):
            return [f'{where}: {value!r:.80} is not written as declared']
        if isinstance(value, list) and self.items:
            return [f for i, v in enumerate(value) for f in self.items.faults(v, f'{where}/{i}')]
        return self.inside(value, where) if isinstance(value, dict) else []

    def inside(self, value, where):
        if self.rest:
            return [f for k, v in value.items() for f in self.rest.faults(v, f'{where}/{k}')]
        if self.members is None:
            return []
        out = [f'{where}: {k} is missing' for k in self.required if k not in value]
        for key, inner in value.items():
            if key in self.members:
                out += self.members[key].faults(inner, f'{where}/{key}')
            else:
                out.append(f'{where}: {key} is not declared')
        return out


class Contract:
    """A document, ready to compare replies with."""

    def __init__(self, document):
        raw = document['components']['schemas']
        self.schemas = {}

        class Known(dict):
            def __missing__(known, name):  # each is compiled when it is first met
                known[name] = lambda: self.named(name, raw, known)
                return known[name]

        self.known = Known()
        self.problem = Schema({'$ref': '#/components/schemas/Problem'}, self.known)
        self.operations = {}
        for path, item in document['paths'].items():
            for method, op in item.items():
                self.operations[method.upper(), path] = op
        self.paths = sorted({path for _, path in self.operations}, key=lambda p: p.count('{'))
        self.paths = [(re.compile(re.sub(r'\{[^}]*\}', '[^/]+', re.escape(p).replace(r'\{', '{')
                                         .replace(r'\}', '}'))), p) for p in self.paths]

    def named(self, name, raw, known):
        if name not in self.schemas:
            self.schemas[name] = Schema(raw[name], known)
        return self.schemas[name]

    def operation(self, method, path):
        for pattern, name in self.paths:
            if (method, name) in self.operations and pattern.fullmatch(path.split('?')[0]):
                return self.operations[method, name]
        return None

    def faults(self, method, path, status, content_type, body):
        """A list of sentences; `body` is what was received, bytes."""
        media = (content_type or '').split(';')[0]
        if method == 'HEAD':
            return []
        if status >= 400:
            if media != 'application/problem+json':
                return [f'{status} is {media}, no problem']
            return self.problem.faults(json.loads(body))
        op = self.operation(method, path)
        if op is None:
            return ['the operation is not declared']
        reply = op['responses'].get(str(status), op['responses'].get('2XX'))
        if status == 304 or reply is None:
            return [] if status == 304 else [f'{status} is not declared']
        content = reply.get('content', {})
        if not content or not body:
            return [] if not content and not body else [f'{len(body)} bytes, declared: {list(content)}']
        if media not in content:
            return [f'{media} is not declared']
        if media != 'application/json':
            return []
        schema = content[media]['schema']
        if '_compiled' not in content:
            content['_compiled'] = Schema(schema, self.known)
        return content['_compiled'].faults(json.loads(body))

    def event_faults(self, path, name, data):
        if name in ('missed', 'ended'):
            return []
        stream = self.operation('GET', path)['responses']['200']['content']['text/event-stream']
        if name not in stream['x-events']:
            return [f'{name} is not declared']
        return Schema(stream['x-events'][name], self.known).faults(data)


measuring = False  # set: replies are not looked at, for those who take the time
_contract = []


def contract(port):
    """What the server at `port` tells of itself, asked for once: the operations are those of the
    program, whatever pack it runs with."""
    if not _contract:
        conn = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        try:
            conn.request('GET', '/api/v1/openapi.json')
            _contract.append(Contract(json.load(conn.getresponse())))
        finally:
            conn.close()
    return _contract[0]


def check(port, method, path, status, content_type, body):
    """Raises when a reply, as it was received, is not as declared."""
    if measuring:
        return
    refuse(f'{method} {path} {status}',
           contract(port).faults(method, path, status, content_type, body))


def check_event(port, path, name, data):
    """The same of one event of a stream."""
    refuse(f'{path} {name}', contract(port).event_faults(path, name, data))


def refuse(what, found):
    if found:
        raise AssertionError(f'{what} is not as declared: ' + '; '.join(found[:6]))
