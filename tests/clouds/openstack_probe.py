"""Asks an OpenStack what the driver asks, and what it must never be answered well, and tells what came
back: {what: [status, shape of the body]}. The same is asked of the real services and of the peer."""
import json
import time
import urllib.error
import urllib.request
import uuid


def shape(v):
    """Types in place of values; of a list what its members have in common."""
    if isinstance(v, dict):
        return {k: shape(one) for k, one in v.items()}
    if isinstance(v, list):
        return [shape(v[0])] if v else []
    if v is None:
        return None
    return {bool: 'bool', int: 'number', float: 'number', str: 'text'}[type(v)]


def within(inner, outer, at=''):
    """What of `inner` is not so in `outer`: the peer's replies may hold less than the real ones, and
    nothing else."""
    if inner is None or outer is None or inner == []:
        return []
    if isinstance(inner, dict) and isinstance(outer, dict):
        return [fault for k, one in inner.items() for fault in (
            within(one, outer[k], f'{at}/{k}') if k in outer else [f'{at}/{k} is not there'])]
    if isinstance(inner, list) and isinstance(outer, list):
        return within(inner[0], outer[0], at + '/0') if outer else []
    return [] if inner == outer else [f'{at}: {inner} is {outer} there']


class Probe:
    def __init__(self, auth_url, user, project, secret, region, patience_s=60):
        self.auth, self.user, self.project, self.secret = auth_url, user, project, secret
        self.region, self.patience_s = region, patience_s
        self.token, self.urls, self.seen = None, {}, {}

    def ask(self, service, method, path, body=None, token=True, version=True):
        base = self.auth if service == 'identity' else self.urls[service]
        headers = {'Accept': 'application/json'}
        if body is not None:
            headers['Content-Type'] = 'application/json'
        if token and self.token:
            headers['X-Auth-Token'] = self.token
        versions = {'compute': 'compute 2.61', 'volumev3': 'volume 3.42',
                    'placement': 'placement 1.20'}
        if version and service in versions:
            headers['OpenStack-API-Version'] = version if isinstance(version, str) \
                else versions[service]
        request = urllib.request.Request(
            base + path, None if body is None else json.dumps(body).encode(), headers,
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, got, raw = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as e:
            with e:
                status, got, raw = e.code, e.headers, e.read()
        try:
            out = json.loads(raw) if raw else None
        except ValueError:
            out = None
        return status, out, got

    def note(self, what, service, method, path, body=None, **how):
        status, out, _ = self.ask(service, method, path, body, **how)
        self.seen[what] = [status, shape(out)]
        return out

    def until(self, service, path, done):
        end = time.monotonic() + self.patience_s
        while True:
            status, out, _ = self.ask(service, 'GET', path)
            if done(status, out):
                return out
            broken = any(isinstance(one, dict) and str(one.get('status', '')).lower().startswith(
                'error') for one in (out or {}).values())
            assert time.monotonic() < end and not broken, (path, status, out)
            time.sleep(0.05)

    def sign_in(self, secret):
        return {'auth': {'identity': {'methods': ['password'], 'password': {'user': {
            'name': self.user, 'domain': {'name': 'Default'}, 'password': secret}}},
            'scope': {'project': {'name': self.project, 'domain': {'name': 'Default'}}}}}

    def keystone(self):
        self.note('sign in with a wrong password', 'identity', 'POST', '/auth/tokens',
                  self.sign_in('wrong'))
        self.note('sign in without a body that says how', 'identity', 'POST', '/auth/tokens',
                  {'auth': {}})
        out = self.note('sign in', 'identity', 'POST', '/auth/tokens', self.sign_in(self.secret))
        self.token = self.ask('identity', 'POST', '/auth/tokens',
                              self.sign_in(self.secret))[2]['X-Subject-Token']
        for service in out['token']['catalog']:
            for e in service['endpoints']:
                if e['interface'] == 'public' and e['region_id'] == self.region:
                    self.urls[service['type']] = e['url']

    def nova_before(self):
        self.note('a request without a token', 'compute', 'GET', '/servers/detail', token=False)
        self.note('a version that does not exist', 'compute', 'GET', '/servers/detail',
                  version='compute 2.9999')
        self.note('a path that does not exist', 'compute', 'GET', '/serversx')
        self.note('a server that is not there', 'compute', 'GET', f'/servers/{uuid.uuid4()}')
        self.note('flavors', 'compute', 'GET', '/flavors/detail?limit=2')
        name = f'probe-{uuid.uuid4().hex[:6]}'
        flavor = {'flavor': {'name': name, 'vcpus': 1, 'ram': 512, 'disk': 1}}
        small = self.note('make a flavor', 'compute', 'POST', '/flavors', flavor)
        self.note('make it again', 'compute', 'POST', '/flavors', flavor)
        self.note('make one with an unknown field', 'compute', 'POST', '/flavors',
                  {'flavor': {**flavor['flavor'], 'cores': 1}})
        _, big, _ = self.ask('compute', 'POST', '/flavors', {'flavor': {
            'name': name + '-b', 'vcpus': 2, 'ram': 1024, 'disk': 1}})
        return small['flavor']['id'], big['flavor']['id']

    def neutron(self):
        out = self.note('networks by name', 'network', 'GET', '/v2.0/networks?name=gov&limit=5')
        network = out['networks'][0]['id']
        tag = f'yunheng:{uuid.uuid4()}'
        port = {'network_id': network, 'name': 'probe', 'description': tag}
        made = self.note('make a port', 'network', 'POST', '/v2.0/ports', {'port': port})
        self.note('make a port with an unknown field', 'network', 'POST', '/v2.0/ports',
                  {'port': {**port, 'colour': 'red'}})
        self.note('make a port on no network', 'network', 'POST', '/v2.0/ports',
                  {'port': {**port, 'network_id': str(uuid.uuid4())}})
        found = self.note('ports by description', 'network', 'GET',
                          f'/v2.0/ports?description={tag}&limit=5')
        assert [p['id'] for p in found['ports']] == [made['port']['id']]
        self.note('delete a port that is not there', 'network', 'DELETE',
                  f'/v2.0/ports/{uuid.uuid4()}')
        return made['port']['id']

    def server(self, flavors, port):
        image = self.note('images by name', 'image', 'GET',
                          '/v2/images?status=active&name=tiny&limit=5')['images'][0]['id']
        self.note('an image that is not there', 'image', 'GET', f'/v2/images/{uuid.uuid4()}')
        tag = f'yunheng:{uuid.uuid4()}'
        server = {'name': 'probe', 'flavorRef': flavors[0], 'imageRef': image,
                  'networks': [{'port': port}], 'metadata': {'yunheng_id': 'x'}, 'tags': [tag]}
        for what, field, value in (
                ('an unknown field', 'colour', 'red'), ('a number for its name', 'name', 7),
                ('a tag with a comma', 'tags', ['a,b']), ('no such flavor', 'flavorRef', 'none'),
                ('no such image', 'imageRef', str(uuid.uuid4())),
                ('metadata that is too long', 'metadata', {'k': 'v' * 256})):
            self.note(f'make a server with {what}', 'compute', 'POST', '/servers',
                      {'server': {**server, field: value}})
        self.note('make a server without networks', 'compute', 'POST', '/servers',
                  {'server': {k: v for k, v in server.items() if k != 'networks'}})
        made = self.note('make a server', 'compute', 'POST', '/servers', {'server': server})
        name = made['server']['id']
        path = f'/servers/{name}'
        self.until('compute', path, lambda s, o: s == 200 and o['server']['status'] == 'ACTIVE')
        self.note('a server', 'compute', 'GET', path)
        for by in (f'tags={tag}', 'name=%5Eprobe%24', 'status=ACTIVE'):
            found = self.note(f'servers by {by.split("=")[0]}', 'compute', 'GET',
                              f'/servers/detail?{by}&limit=1')
            assert [s['id'] for s in found['servers']] == [name], by
        self.note('note metadata', 'compute', 'POST', path + '/metadata',
                  {'metadata': {'yunheng_last_case': 'C'}})
        self.note('diagnostics', 'compute', 'GET', path + '/diagnostics')
        self.note('start a server that runs', 'compute', 'POST', path + '/action',
                  {'os-start': None})
        self.note('confirm no resize', 'compute', 'POST', path + '/action', {'confirmResize': None})
        self.note('an action that does not exist', 'compute', 'POST', path + '/action',
                  {'os-fly': None})
        self.note('resize to the flavor it has', 'compute', 'POST', path + '/action',
                  {'resize': {'flavorRef': flavors[0]}})
        self.note('resize', 'compute', 'POST', path + '/action',
                  {'resize': {'flavorRef': flavors[1]}})
        self.until('compute', path, lambda s, o: o['server']['status'] == 'VERIFY_RESIZE')
        self.note('confirm a resize', 'compute', 'POST', path + '/action', {'confirmResize': None})
        self.until('compute', path, lambda s, o: o['server']['status'] == 'ACTIVE')
        self.note('stop', 'compute', 'POST', path + '/action', {'os-stop': None})
        self.until('compute', path, lambda s, o: o['server']['status'] == 'SHUTOFF')
        self.note('stop a server that is stopped', 'compute', 'POST', path + '/action',
                  {'os-stop': None})
        out = self.note('make an image of a server', 'compute', 'POST', path + '/action', {
            'createImage': {'name': 'probe@1', 'metadata': {'yunheng_id': 'x'}}})
        kept = f'/v2/images/{out["image_id"]}'
        self.until('image', kept, lambda s, o: s == 200 and o['status'] == 'active')
        image = self.note('an image of a server', 'image', 'GET', kept)
        assert image['yunheng_id'] == 'x'
        self.note('delete an image', 'image', 'DELETE', kept)
        self.note('start', 'compute', 'POST', path + '/action', {'os-start': None})
        self.until('compute', path, lambda s, o: o['server']['status'] == 'ACTIVE')
        self.note('delete a server', 'compute', 'DELETE', path)
        self.until('compute', path, lambda s, o: s == 404)
        self.note('delete a server that is not there', 'compute', 'DELETE', path)
        self.note('delete a port', 'network', 'DELETE', f'/v2.0/ports/{port}')

    def cinder(self):
        mark = uuid.uuid4().hex
        volume = {'size': 1, 'name': 'probe', 'metadata': {'yunheng_id': mark}}
        self.note('make a volume of an unknown type', 'volumev3', 'POST', '/volumes',
                  {'volume': {**volume, 'volume_type': 'none'}})
        self.note('make a volume of no size', 'volumev3', 'POST', '/volumes',
                  {'volume': {**volume, 'size': 0}})
        made = self.note('make a volume', 'volumev3', 'POST', '/volumes', {'volume': volume})
        path = f'/volumes/{made["volume"]["id"]}'
        self.until('volumev3', path, lambda s, o: o['volume']['status'] == 'available')
        self.note('a volume', 'volumev3', 'GET', path)
        self.note('a volume that is not there', 'volumev3', 'GET', f'/volumes/{uuid.uuid4()}')
        by = '%7B%22yunheng_id%22%3A%20%22' + mark + '%22%7D'
        found = self.note('volumes by metadata', 'volumev3', 'GET',
                          f'/volumes/detail?metadata={by}&limit=1')
        assert [v['id'] for v in found['volumes']] == [made['volume']['id']]
        self.note('note metadata on a volume', 'volumev3', 'POST', path + '/metadata',
                  {'metadata': {'yunheng_state': 'stopped'}})
        self.note('extend', 'volumev3', 'POST', path + '/action', {'os-extend': {'new_size': 2}})
        self.until('volumev3', path, lambda s, o: (o['volume']['status'], o['volume']['size'])
                   == ('available', 2))
        self.note('shrink', 'volumev3', 'POST', path + '/action', {'os-extend': {'new_size': 1}})
        made = self.note('make a snapshot', 'volumev3', 'POST', '/snapshots', {'snapshot': {
            'volume_id': path[9:], 'name': 'probe@1', 'force': True,
            'metadata': {'yunheng_id': mark}}})
        kept = f'/snapshots/{made["snapshot"]["id"]}'
        self.until('volumev3', kept, lambda s, o: o['snapshot']['status'] == 'available')
        self.note('a snapshot', 'volumev3', 'GET', kept)
        self.note('snapshots by name', 'volumev3', 'GET', '/snapshots/detail?name=probe@1&limit=1')
        self.note('delete a volume that has a snapshot', 'volumev3', 'DELETE', path)
        self.note('delete a snapshot', 'volumev3', 'DELETE', kept)
        self.until('volumev3', kept, lambda s, o: s == 404)
        self.note('delete a volume', 'volumev3', 'DELETE', path)
        self.until('volumev3', path, lambda s, o: s == 404)

    def placement(self):
        out = self.note('providers', 'placement', 'GET', '/resource_providers')
        path = f'/resource_providers/{out["resource_providers"][0]["uuid"]}'
        self.note('inventories', 'placement', 'GET', path + '/inventories')
        self.note('usages', 'placement', 'GET', path + '/usages')

    def run(self):
        self.keystone()
        flavors = self.nova_before()
        self.placement()
        self.server(flavors, self.neutron())
        self.cinder()
        return self.seen
