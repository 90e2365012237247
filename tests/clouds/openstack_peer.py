"""A strict peer in place of OpenStack's services: what the published interfaces of Keystone v3, Nova
2.61, Cinder 3.42, Neutron 2.0 and Glance 2 admit is done, in the states they describe, and all else
is refused as they refuse it. What a client must never send is noted in `wrongs` besides. Its replies
are held against those of the real services (test_openstack.py)."""
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from openstack_compute import Compute
from openstack_shapes import (
    FAULTS, NEW_PORT, PAGE_MOST, PASSWORD, PROJECT, PROJECT_ID, Refusal, SECRET, STAMP, USER,
    an_id, shaped)
from openstack_storage import Storage


class Peer(Compute, Storage):
    def __init__(self):
        self.lock = threading.RLock()
        self.tokens, self.servers, self.flavors, self.volumes = {}, {}, {}, {}
        self.snapshots, self.images, self.ports, self.networks = {}, {}, {}, {}
        self.asked, self.acts, self.wrongs, self.plan = [], [], [], []
        self.looks = 0      # how often one looks until an operation is over
        self.secret = SECRET
        self.services = {'compute', 'volumev3', 'network', 'image', 'placement'}
        self.no_host = False  # the scheduler finds none
        self.quota_servers, self.quota_gib = 100, 10000
        self.may_make_flavors = True
        self.types = {'fast'}
        self.image = self.add_image('tiny', {})['id']
        network = an_id()
        self.networks[network] = {'id': network, 'name': 'gov', 'project_id': PROJECT_ID,
                                  'status': 'ACTIVE', 'admin_state_up': True}
        self.http = ThreadingHTTPServer(('127.0.0.1', 0), handler_of(self))
        self.http.daemon_threads = True
        self.url = f'http://127.0.0.1:{self.http.server_port}'
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    # what a test has happen

    def next_time(self, method, pattern, what, times=1, **more):
        """`what`: a status, or 'lost': it is done, but the answer never comes."""
        self.plan.append({'method': method, 'pattern': pattern, 'what': what, 'times': times,
                          **more})

    def expire(self):
        self.tokens.clear()

    def count(self, method, pattern):
        return sum(1 for m, p in self.asked if m == method and re.search(pattern, p))

    def planned(self, method, path):
        for one in self.plan:
            if one['times'] > 0 and one['method'] == method and re.search(one['pattern'], path):
                one['times'] -= 1
                return one
        return None

    def wrong(self, what):
        self.wrongs.append(what)

    # a resource that gets on as one looks at it

    def begin(self, thing, then, task=None):
        thing['_looks'], thing['_then'], thing['_task'] = self.looks, then, task
        self.look(thing, 0)

    @staticmethod
    def look(thing, by=1):
        if '_then' not in thing:
            return
        thing['_looks'] -= by
        if thing['_looks'] <= 0:
            then = thing.pop('_then')
            then()

    # Keystone

    def sign_in(self, body):
        if not shaped({'auth': PASSWORD}, ('auth',))(body):
            self.wrong(f'sign in: {list(body or {})}')
            raise Refusal(400, 'Expecting to find identity in auth.')
        user = body['auth']['identity']['password']['user']
        scope = body['auth']['scope']['project']
        if (user['name'], user['password'], scope['name'], user['domain']['name']) != (
                USER, self.secret, PROJECT, 'Default'):
            raise Refusal(401, 'The request you have made requires authentication.')
        token = 'gAAAAA' + uuid.uuid4().hex * 5
        self.tokens[token] = True
        paths = {'compute': '/compute/v2.1', 'volumev3': f'/volume/v3/{PROJECT_ID}',
                 'network': '/network', 'image': '/image', 'placement': '/placement'}
        catalog = [{'id': uuid.uuid4().hex, 'type': kind, 'name': kind, 'endpoints': [
            {'id': uuid.uuid4().hex, 'interface': side, 'region': region, 'region_id': region,
             'url': self.url + path if (side, region) == ('public', 'R1') else 'http://127.0.0.1:9'}
            for side in ('public', 'internal') for region in ('R1', 'R2')]}
            for kind, path in paths.items() if kind in self.services]
        named = {'id': 'default', 'name': 'Default'}
        return 201, {'token': {
            'methods': ['password'], 'audit_ids': ['x'], 'expires_at': STAMP, 'issued_at': STAMP,
            'is_domain': False, 'roles': [{'id': 'r', 'name': 'member'}], 'catalog': catalog,
            'project': {'id': PROJECT_ID, 'name': PROJECT, 'domain': named},
            'user': {'id': 'u', 'name': USER, 'domain': named, 'password_expires_at': None}}}, {
                'X-Subject-Token': token}

    # lists

    def page(self, things, key, query, path, view):
        things = [t for t in things.values()]
        marker, limit = query.pop('marker', None), int(query.pop('limit', '1000'))
        if marker is not None:
            at = [i for i, t in enumerate(things) if t['id'] == marker]
            if not at:
                raise Refusal(400, f'marker [{marker}] not found')
            things = things[at[0] + 1:]
        limit = min(limit, PAGE_MOST)
        for t in things[:limit]:
            self.look(t)
        shown = [view(t) for t in things[:limit]]
        out = {key: shown}
        if len(things) >= limit and shown:
            # where the service believes to be is no address a client should follow
            href = f'http://unreachable.invalid{path}?limit={limit}&marker={shown[-1]["id"]}'
            if path.startswith('/image'):
                out['next'] = href
            else:
                out[f'{key}_links'] = [{'rel': 'next', 'href': href}]
        return 200, out, {}

    def only(self, query, *names):
        unknown = set(query) - set(names) - {'limit', 'marker'}
        if unknown:
            self.wrong(f'query {sorted(unknown)}')
            raise Refusal(400, f'Additional properties are not allowed ({sorted(unknown)})')

    # Neutron

    def port_view(self, p):
        return {k: v for k, v in p.items() if k[0] != '_'}

    def make_port(self, body):
        if not shaped({'port': NEW_PORT}, ('port',))(body):
            self.wrong(f'port {body}')
            raise Refusal(400, 'Unrecognized attribute(s)')
        new = body['port']
        if new['network_id'] not in self.networks:
            raise Refusal(404, f'Network {new["network_id"]} could not be found.')
        p = {'id': an_id(), 'name': '', 'description': '', 'admin_state_up': True, 'status': 'DOWN',
             'device_id': '', 'device_owner': '', 'fixed_ips': [], 'mac_address': '',
             'project_id': PROJECT_ID, 'tenant_id': PROJECT_ID, 'allowed_address_pairs': [],
             'created_at': STAMP, 'updated_at': STAMP, 'revision_number': 1, 'security_groups': [],
             'tags': [], 'extra_dhcp_opts': [], 'binding:vnic_type': 'normal',
             'port_security_enabled': True, **new}
        self.ports[p['id']] = p
        return 201, {'port': p}, {}

    def named(self, things, key, query, path, *filters):
        self.only(query, *filters)
        found = {k: t for k, t in things.items()
                 if all(query.get(f, t[f]) == t[f] for f in filters)}
        return self.page(found, key, query, path, self.port_view)

    def remove_port(self, name):
        if name not in self.ports:
            raise Refusal(404, f'Port {name} could not be found.')
        if self.ports[name]['device_id']:
            self.wrong('the port of a server that lives')
        del self.ports[name]
        return 204, None, {}

    # Placement

    def inventories(self, _name):
        def of(total, reserved, ratio):
            return {'total': total, 'reserved': reserved, 'min_unit': 1, 'max_unit': total,
                    'step_size': 1, 'allocation_ratio': ratio}
        return 200, {'resource_provider_generation': 1, 'inventories': {
            'VCPU': of(100, 4, 4.0), 'MEMORY_MB': of(524288, 4096, 1.0),
            'DISK_GB': of(1000, 0, 1.0)}}, {}

    def usages(self, _name):
        size = [s['flavor'] for s in self.servers.values()]
        return 200, {'resource_provider_generation': 1, 'usages': {
            'VCPU': sum(f['vcpus'] for f in size), 'MEMORY_MB': sum(f['ram'] for f in size),
            'DISK_GB': sum(f['disk'] for f in size)}}, {}

    def shown(self, key, thing, view):
        """Deletion of what is looked at may be over now."""
        things = {'server': self.servers, 'volume': self.volumes, 'snapshot': self.snapshots}[key]
        self.look(thing)
        if thing['id'] not in things:
            raise Refusal(404, f'{key} {thing["id"]} could not be found.')
        return 200, {key: view(thing)}, {}

    def shown_image(self, name):
        image = self.image_of(name)
        self.look(image)
        return 200, self.image_view(image), {}

    def routes(self):
        ident = '([0-9a-f-]{36})'
        volume = f'/volume/v3/{PROJECT_ID}'
        return [
            ('POST', '/compute/v2.1/servers', lambda b, q, p: self.make_server(b)),
            ('GET', '/compute/v2.1/servers/detail', lambda b, q, p: self.servers_found(q, p)),
            ('GET', f'/compute/v2.1/servers/{ident}', lambda b, q, p, i: self.shown(
                'server', self.server(i), self.server_view)),
            ('DELETE', f'/compute/v2.1/servers/{ident}', lambda b, q, p, i: self.remove_server(i)),
            ('POST', f'/compute/v2.1/servers/{ident}/action',
             lambda b, q, p, i: self.server_act(i, b)),
            ('POST', f'/compute/v2.1/servers/{ident}/metadata',
             lambda b, q, p, i: self.note(self.server(i), b)),
            ('GET', f'/compute/v2.1/servers/{ident}/diagnostics',
             lambda b, q, p, i: self.diagnostics(i)),
            ('GET', '/compute/v2.1/flavors/detail', lambda b, q, p: self.page(
                self.flavors, 'flavors', q, p, self.flavor_view)),
            ('GET', '/compute/v2.1/flavors', lambda b, q, p: self.page(
                self.flavors, 'flavors', q, p, lambda f: {'id': f['id'], 'name': f['name']})),
            ('POST', '/compute/v2.1/flavors', lambda b, q, p: self.make_flavor(b)),
            ('POST', f'{volume}/volumes', lambda b, q, p: self.make_volume(b)),
            ('GET', f'{volume}/volumes/detail', lambda b, q, p: self.volumes_found(q, p)),
            ('GET', f'{volume}/volumes/{ident}', lambda b, q, p, i: self.shown(
                'volume', self.volume(i), self.volume_view)),
            ('DELETE', f'{volume}/volumes/{ident}', lambda b, q, p, i: self.remove_volume(i)),
            ('POST', f'{volume}/volumes/{ident}/action',
             lambda b, q, p, i: self.volume_act(i, b)),
            ('POST', f'{volume}/volumes/{ident}/metadata',
             lambda b, q, p, i: self.note(self.volume(i), b)),
            ('POST', f'{volume}/snapshots', lambda b, q, p: self.make_snapshot(b)),
            ('GET', f'{volume}/snapshots/detail', lambda b, q, p: self.snapshots_found(q, p)),
            ('GET', f'{volume}/snapshots/{ident}', lambda b, q, p, i: self.shown(
                'snapshot', self.snapshot(i), self.snapshot_view)),
            ('DELETE', f'{volume}/snapshots/{ident}', lambda b, q, p, i: self.remove_snapshot(i)),
            ('GET', '/image/v2/images', lambda b, q, p: self.images_found(q, p)),
            ('GET', f'/image/v2/images/{ident}', lambda b, q, p, i: self.shown_image(i)),
            ('DELETE', f'/image/v2/images/{ident}', lambda b, q, p, i: self.remove_image(i)),
            ('POST', '/network/v2.0/ports', lambda b, q, p: self.make_port(b)),
            ('GET', '/network/v2.0/ports', lambda b, q, p: self.named(
                self.ports, 'ports', q, p, 'description')),
            ('DELETE', f'/network/v2.0/ports/{ident}', lambda b, q, p, i: self.remove_port(i)),
            ('GET', '/placement/resource_providers', lambda b, q, p: (200, {
                'resource_providers': [{'uuid': self.image, 'name': 'host', 'generation': 1,
                                        'root_provider_uuid': self.image,
                                        'parent_provider_uuid': None, 'links': []}]}, {})),
            ('GET', f'/placement/resource_providers/{ident}/inventories',
             lambda b, q, p, i: self.inventories(i)),
            ('GET', f'/placement/resource_providers/{ident}/usages',
             lambda b, q, p, i: self.usages(i)),
            ('GET', '/network/v2.0/networks', lambda b, q, p: self.named(
                self.networks, 'networks', q, p, 'name')),
        ]

    def answer(self, method, target, headers, body):
        parts = urlsplit(target)
        query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path == '/identity/v3/auth/tokens' and method == 'POST':
            return self.sign_in(body)
        if headers.get('X-Auth-Token') not in self.tokens:
            raise Refusal(401, 'The request you have made requires authentication.')
        service = parts.path.split('/')[1]
        versions = {'compute': 'compute 2.61', 'volume': 'volume 3.42',
                    'placement': 'placement 1.20'}
        if headers.get('OpenStack-API-Version') != versions.get(service):
            self.wrong(f'{service} asked in {headers.get("OpenStack-API-Version")}')
            raise Refusal(406, 'Version is not supported by the API.')
        for m, pattern, do in self.routes():
            found = re.fullmatch(pattern, parts.path)
            if found and m == method:
                return do(body, query, parts.path, *found.groups())
        self.wrong(f'{method} {parts.path}')
        raise Refusal(404, 'The resource could not be found.')


def fault_body(path, refusal):
    service = path.split('/')[1]
    if service == 'identity' or refusal.status == 401:
        return {'error': {'code': refusal.status, 'title': 'Unauthorized',
                          'message': refusal.message}}
    if service == 'network':
        return {'NeutronError': {'type': 'X', 'message': refusal.message, 'detail': ''}}
    name = FAULTS.get(refusal.status, 'computeFault')
    return {name: {'code': refusal.status, 'message': refusal.message}}


def handler_of(peer):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        disable_nagle_algorithm = True
        wbufsize = 65536

        def log_message(self, *args):  # pylint: disable=arguments-differ
            pass

        def read(self):
            raw = self.rfile.read(int(self.headers.get('Content-Length') or 0))
            if not raw:
                return None
            if self.headers.get('Content-Type') != 'application/json':
                peer.wrong(f'content type {self.headers.get("Content-Type")}')
            return json.loads(raw)

        def reply(self, status, body, headers):
            raw = b'' if body is None else json.dumps(body).encode()
            self.send_response(status)
            for k, v in headers.items():
                self.send_header(k, v)
            if raw:
                self.send_header('Content-Type', 'application/json')
            self.send_header('Content-Length', str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
            self.wfile.flush()

        def serve(self):
            body = self.read()
            path = urlsplit(self.path).path
            with peer.lock:
                peer.asked.append((self.command, self.path))
                plan = peer.planned(self.command, self.path)
                try:
                    if plan and plan['what'] != 'lost':
                        raise Refusal(plan['what'], plan.get('message', 'planned'),
                                      plan.get('headers'))
                    status, out, headers = peer.answer(self.command, self.path, self.headers, body)
                except Refusal as r:
                    status, out, headers = r.status, fault_body(path, r), r.headers
            if plan and plan['what'] == 'lost':
                self.close_connection = True
                self.connection.shutdown(2)
                return
            if plan and plan.get('garbage'):
                out = None
            self.reply(status, out, headers)

        do_GET = do_POST = do_DELETE = do_PUT = serve
    return Handler


def main():
    peer = Peer()
    print(peer.url, flush=True)
    while True:
        time.sleep(3600)


if __name__ == '__main__':
    main()
