"""Every operation that a server describes, called as nobody means it: values for its paths, queries and
bodies by its own description, and what every answer must be like."""
import http.client
import json
import re
import urllib.parse

NOBODY = '0192f000-0000-7000-8000-000000000000'
HEADERS = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store',
           'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'"}


class Line:
    """One connection of a person's, kept; who is signed out signs in again."""

    def __init__(self, session):
        self.session = session
        self.conn = http.client.HTTPConnection('127.0.0.1', session.port, timeout=60)

    def send(self, method, path, body=None, headers=None):
        """Status, headers, bytes; of a stream nothing but its head."""
        for _ in range(2):
            got = self.once(method, path, body, headers)
            if got[0] != 401 or not self.session.login:
                break
            self.session.sign_in()
        return got

    def once(self, method, path, body, headers):
        h = {'Accept-Language': 'en'}
        if body is not None:
            h['Content-Type'] = 'application/json'
        if self.session.token:
            h.update({'Cookie': 'yh_session=' + self.session.token, 'X-CSRF-Token': self.session.csrf})
        h.update(headers or {})
        for again in (True, False):
            try:
                self.conn.request(method, path, body, h)
                reply = self.conn.getresponse()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.conn.close()  # it had been closed after an answer
                if not again:
                    raise
        if reply.getheader('Content-Type') == 'text/event-stream':
            self.conn.close()
            return reply.status, reply, b''
        return reply.status, reply, reply.read()


def wrong(got):
    """What is wrong with an answer, whatever was asked; '' when nothing is."""
    status, reply, data = got
    if status >= 500:
        return f'{status} {data[:300]}'
    missing = [name for name, value in HEADERS.items() if reply.getheader(name) != value]
    if missing:
        return f'without {missing}'
    if reply.getheader('Server') or reply.getheader('X-Powered-By'):
        return 'it names itself'
    if status < 400:
        return ''
    if reply.getheader('Content-Type') != 'application/problem+json':
        return f'{status} is no problem+json'
    problem = json.loads(data)
    if not re.fullmatch(r'[a-z0-9-]+', problem.get('slug', '')) or not problem.get('title'):
        return f'{status} says nothing: {problem}'
    return ''


def operations(api):
    """(method, path, operation), in the order of the description."""
    return [(method.upper(), path, op) for path, ops in api['paths'].items() for method, op in ops.items()]


def parameters(api, op, place):
    """Those of the path or the query, references looked up."""
    found = []
    for p in op.get('parameters', []):
        if '$ref' in p:
            p = api['components']['parameters'][p['$ref'].rsplit('/', 1)[1]]
        if p['in'] == place:
            found.append(p)
    return found


def filled(path, values):
    """The path with these values, NOBODY where there is none."""
    return re.sub(r'{(\w+)}', lambda m: urllib.parse.quote(str(values.get(m[1], NOBODY)), safe=''), path)


def query(api, op, values):
    """The least query that the operation admits."""
    wanted = {p['name']: values.get(p['name'], 'abc') for p in parameters(api, op, 'query') if p.get('required')}
    return '?' + urllib.parse.urlencode(wanted) if wanted else ''


def schema(op):
    """Of a JSON body; None where there is none."""
    content = op.get('requestBody', {}).get('content', {})
    return content['application/json']['schema'] if 'application/json' in content else None


def kinds(field):
    kind = field.get('type', [])
    return [k for k in (kind if isinstance(kind, list) else [kind]) if k != 'null']


def plain(name, field, values):
    """A value that the field's description admits."""
    if name in values:
        return values[name]
    if 'enum' in field:
        return field['enum'][0]
    if field.get('format') in ('uuid', 'id'):
        return NOBODY
    if field.get('format') in ('date', 'day'):
        return '2026-12-01'
    return {'string': 'abc', 'integer': field.get('minimum', 1), 'number': 1, 'boolean': False, 'object': {},
            'array': []}.get((kinds(field) or ['string'])[0])


def body(op, values):
    """The least body that the operation admits, as a dict; None where it takes none."""
    s = schema(op)
    if s is None:
        return None
    return {name: plain(name, s['properties'][name], values) for name in s.get('required', [])}
