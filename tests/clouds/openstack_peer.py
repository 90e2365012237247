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

PROJECT, USER, SECRET = 'gov', 'yunheng', 'a-secret-of-the-test'
PROJECT_ID = uuid.uuid4().hex
PAGE_MOST = 3  # so that every list has pages
STAMP = '2026-01-01T00:00:00Z'
FAULTS = {400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound', 409: 'conflictingRequest',
          413: 'overLimit', 429: 'overLimit', 500: 'computeFault', 503: 'serviceUnavailable'}


class Refusal(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def an_id():
    return str(uuid.uuid4())


def whole(low, high=2 ** 31 - 1):
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def string(low=1, high=255, pattern=None):
    return lambda v: isinstance(v, str) and low <= len(v) <= high and (
        pattern is None or re.fullmatch(pattern, v) is not None)


def word(*words):
    return lambda v: v in words


def texts(v):
    return isinstance(v, dict) and all(
        re.fullmatch(r'[a-zA-Z0-9\-_:. ]{1,255}', k) and isinstance(t, str) and len(t) <= 255
        for k, t in v.items())


def flag(v):
    return isinstance(v, bool)


UUID = string(36, 36, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def each(check, most=1000):
    return lambda v: isinstance(v, list) and len(v) <= most and all(check(one) for one in v)


def shaped(fields, needed=()):
    """An object of these fields and no others."""
    return lambda v: isinstance(v, dict) and all(k in v for k in needed) and all(
        k in fields and fields[k](t) for k, t in v.items())


DISK = shaped({'boot_index': whole(-1), 'uuid': UUID, 'source_type': word('volume'),
               'destination_type': word('volume'), 'delete_on_termination': flag},
              ('uuid', 'source_type', 'destination_type'))
NEW_SERVER = shaped({
    'name': string(), 'flavorRef': string(), 'imageRef': UUID, 'metadata': texts,
    'availability_zone': string(), 'block_device_mapping_v2': each(DISK),
    'tags': each(string(1, 60, '[^,/]*'), 50),
    'networks': lambda v: v in ('none', 'auto') or (
        each(shaped({'port': UUID, 'uuid': UUID}))(v) and len(v) > 0)},
    ('name', 'flavorRef', 'networks'))
NEW_FLAVOR = shaped({'name': string(), 'ram': whole(1), 'vcpus': whole(1), 'disk': whole(0)},
                    ('name', 'ram', 'vcpus', 'disk'))
# Cinder itself lets pass what it does not know
NEW_VOLUME = shaped({'size': whole(1), 'name': string(0), 'metadata': texts, 'imageRef': UUID,
                     'volume_type': string(), 'availability_zone': string()}, ('size',))
NEW_SNAPSHOT = shaped({'volume_id': UUID, 'name': string(0), 'force': flag, 'metadata': texts},
                      ('volume_id',))
NEW_PORT = shaped({'network_id': UUID, 'name': string(0), 'description': string(0)},
                  ('network_id',))
PASSWORD = shaped({'identity': shaped({
    'methods': lambda v: v == ['password'],
    'password': shaped({'user': shaped({
        'name': string(), 'domain': shaped({'name': string()}, ('name',)),
        'password': string()}, ('name', 'domain', 'password'))}, ('user',))},
    ('methods', 'password')),
    'scope': shaped({'project': shaped({
        'name': string(), 'domain': shaped({'name': string()}, ('name',))},
        ('name', 'domain'))}, ('project',))}, ('identity', 'scope'))


class Peer:
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

    # Nova

    def flavor_view(self, f):
        return {'id': f['id'], 'name': f['name'], 'vcpus': f['vcpus'], 'ram': f['ram'],
                'disk': f['disk'], 'OS-FLV-EXT-DATA:ephemeral': 0, 'swap': f.get('swap', ''),
                'OS-FLV-DISABLED:disabled': False, 'os-flavor-access:is_public': True,
                'rxtx_factor': 1.0, 'extra_specs': f.get('extra_specs', {}), 'description': None,
                'links': []}

    def add_flavor(self, name, vcpus, ram, disk, extra_specs=None):
        f = {'id': an_id(), 'name': name, 'vcpus': vcpus, 'ram': ram, 'disk': disk,
             'extra_specs': extra_specs or {}}
        self.flavors[f['id']] = f
        return f

    def make_flavor(self, body):
        if not shaped({'flavor': NEW_FLAVOR}, ('flavor',))(body):
            self.wrong(f'flavor {body}')
            raise Refusal(400, 'Invalid input for field/attribute flavor.')
        if not self.may_make_flavors:
            raise Refusal(403, "Policy doesn't allow os_compute_api:os-flavor-manage:create to be "
                               'performed.')
        new = body['flavor']
        if any(f['name'] == new['name'] for f in self.flavors.values()):
            raise Refusal(409, f'Flavor with name {new["name"]} already exists.')
        return 200, {'flavor': self.flavor_view(self.add_flavor(**new))}, {}

    def server_view(self, s):
        f = s['flavor']
        view = {
            'id': s['id'], 'name': s['name'], 'status': s['status'], 'metadata': s['metadata'],
            'tags': s['tags'], 'tenant_id': PROJECT_ID, 'user_id': 'u', 'description': None,
            'flavor': {'vcpus': f['vcpus'], 'ram': f['ram'], 'disk': f['disk'], 'ephemeral': 0,
                       'swap': 0, 'original_name': f['name'],
                       'extra_specs': f.get('extra_specs', {})},
            'image': {'id': s['image'], 'links': []} if s['image'] else '',
            'os-extended-volumes:volumes_attached': [
                {'id': v, 'delete_on_termination': False} for v in s['volumes']],
            'OS-EXT-STS:vm_state': 'active', 'OS-EXT-STS:task_state': s.get('_task') if '_then' in s else None,
            'OS-EXT-STS:power_state': 1, 'OS-EXT-AZ:availability_zone': 'nova',
            'OS-SRV-USG:launched_at': None, 'OS-SRV-USG:terminated_at': None,
            'OS-DCF:diskConfig': 'MANUAL', 'accessIPv4': '', 'accessIPv6': '', 'addresses': {},
            'config_drive': '', 'created': STAMP, 'updated': STAMP, 'hostId': '', 'key_name': None,
            'links': [], 'locked': False}
        if s['status'] == 'ERROR':
            view['fault'] = {'code': 500, 'created': STAMP, 'message': s['fault']}
        else:
            view['progress'] = 0
        return view

    def add_server(self, name, flavor, metadata=None, image='', tags=(), volumes=()):
        """One that somebody made there; `image` None: it boots from a volume."""
        image = self.image if image == '' else image
        s = {'id': an_id(), 'name': name, 'status': 'ACTIVE', 'flavor': flavor,
             'metadata': dict(metadata or {}), 'tags': list(tags),
             'image': image, 'volumes': list(volumes), 'ports': []}
        self.servers[s['id']] = s
        return s

    def make_server(self, body):
        if not shaped({'server': NEW_SERVER}, ('server',))(body):
            self.wrong(f'server {body}')
            raise Refusal(400, 'Invalid input for field/attribute server.')
        new = body['server']
        if len(self.servers) >= self.quota_servers:
            raise Refusal(403, f'Quota exceeded for instances: Requested 1, but already used '
                               f'{len(self.servers)} of {self.quota_servers} instances')
        if new['flavorRef'] not in self.flavors:
            raise Refusal(400, 'Flavor could not be found.')
        disks = new.get('block_device_mapping_v2', [])
        image = new.get('imageRef')
        if not image and not any(d.get('boot_index') == 0 for d in disks):
            raise Refusal(400, 'Block Device Mapping is Invalid: Boot sequence is not valid.')
        if image and image not in self.images:
            raise Refusal(400, 'Can not find requested image')
        for d in disks:
            if self.volumes.get(d['uuid'], {}).get('status') != 'available':
                raise Refusal(400, f'Block Device Mapping is Invalid: failed to get volume '
                                   f'{d["uuid"]}.')
        ports = [] if isinstance(new['networks'], str) else [n['port'] for n in new['networks']]
        for p in ports:
            if p not in self.ports:
                raise Refusal(404, f'Port id {p} could not be found.')
            if self.ports[p]['device_id']:
                raise Refusal(409, f'Port {p} is still in use.')
        s = self.add_server(new['name'], self.flavors[new['flavorRef']], new.get('metadata'),
                            image, new.get('tags', ()), [d['uuid'] for d in disks])
        s.update(status='BUILD', ports=ports)

        def done():
            if self.no_host:
                s.update(status='ERROR', fault='No valid host was found. ')
                return
            s['status'] = 'ACTIVE'
            for v in s['volumes']:
                self.volumes[v].update(status='in-use', attachments=[{'server_id': s['id']}])
            for p in ports:
                self.ports[p].update(device_id=s['id'], status='ACTIVE')
        self.begin(s, done, 'spawning')
        return 202, {'server': {'id': s['id'], 'links': [], 'adminPass': 'x', 'security_groups': [],
                                'OS-DCF:diskConfig': 'MANUAL'}}, {}

    def server(self, name):
        if name not in self.servers:
            raise Refusal(404, f'Instance {name} could not be found.')
        return self.servers[name]

    def servers_found(self, query, path):
        self.only(query, 'tags', 'name', 'status')
        found = {k: s for k, s in self.servers.items()
                 if ('tags' not in query or query['tags'] in s['tags'] and s['status'] != 'BUILD')
                 and ('name' not in query or re.search(query['name'], s['name']))
                 and ('status' not in query or query['status'] == s['status'])}
        return self.page(found, 'servers', query, path, self.server_view)

    def server_act(self, name, body):
        s = self.server(name)
        if not isinstance(body, dict) or len(body) != 1:
            raise Refusal(400, 'There is no such action.')
        act, arg = next(iter(body.items()))
        needs = {'os-start': ('SHUTOFF',), 'os-stop': ('ACTIVE', 'ERROR'),
                 'resize': ('ACTIVE', 'SHUTOFF'), 'confirmResize': ('VERIFY_RESIZE',),
                 'revertResize': ('VERIFY_RESIZE',), 'createImage': ('ACTIVE', 'SHUTOFF')}
        if act not in needs:
            self.wrong(f'action {act}')
            raise Refusal(400, f'There is no such action: {act}')
        if s['status'] not in needs[act]:
            raise Refusal(409, f"Cannot '{act}' instance {name} while it is in vm_state "
                               f"{s['status'].lower()}")
        if '_then' in s and act == 'confirmResize':
            raise Refusal(400, 'Instance has not been resized.')
        if '_then' in s and s.get('_task'):
            raise Refusal(409, f"Cannot '{act}' instance {name} while it is in task_state "
                               f"{s['_task']}")
        if act in ('os-start', 'os-stop', 'confirmResize', 'revertResize') and arg is not None:
            self.wrong(f'{act} {arg}')
            raise Refusal(400, f'Invalid input for field/attribute {act}.')
        self.acts.append(act)
        return getattr(self, 'act_' + act.replace('-', '_'))(s, arg)

    def act_os_stop(self, s, _arg):
        self.begin(s, lambda: s.update(status='SHUTOFF'), 'powering-off')
        return 202, None, {}

    def act_os_start(self, s, _arg):
        self.begin(s, lambda: s.update(status='ACTIVE'), 'powering-on')
        return 202, None, {}

    def act_resize(self, s, arg):
        if not shaped({'flavorRef': string()}, ('flavorRef',))(arg):
            self.wrong(f'resize {arg}')
            raise Refusal(400, 'Invalid input for field/attribute resize.')
        if arg['flavorRef'] not in self.flavors:
            raise Refusal(400, 'Flavor could not be found.')
        new, old, was = self.flavors[arg['flavorRef']], s['flavor'], s['status']
        if new['id'] == old['id']:
            raise Refusal(400, 'When resizing, instances must change flavor!')
        if new['disk'] < old['disk'] and s['image']:
            raise Refusal(400, "Flavor's disk is smaller than the image's.")
        s.update(status='RESIZE', _old=(old, was))  # Nova says so before it answers

        def done():
            if self.no_host:
                s['status'] = was
                return
            s.update(status='VERIFY_RESIZE', flavor=new)
        self.begin(s, done, 'resize_prep')
        return 202, None, {}

    def act_confirmResize(self, s, _arg):  # pylint: disable=invalid-name
        self.begin(s, lambda: s.update(status=s['_old'][1]))
        return 204, None, {}

    def act_revertResize(self, s, _arg):  # pylint: disable=invalid-name
        s['status'] = 'REVERT_RESIZE'
        self.begin(s, lambda: s.update(status=s['_old'][1], flavor=s['_old'][0]))
        return 202, None, {}

    def act_createImage(self, s, arg):  # pylint: disable=invalid-name
        if not shaped({'name': string(), 'metadata': texts}, ('name',))(arg):
            self.wrong(f'createImage {arg}')
            raise Refusal(400, 'Invalid input for field/attribute createImage.')
        if not s['image']:
            self.wrong('an image of a server that boots from a volume')
        image = self.add_image(arg['name'], arg.get('metadata', {}))
        image['status'] = 'queued'
        self.begin(image, lambda: image.update(status='active'))
        return 202, {'image_id': image['id']}, {}

    def remove_server(self, name):
        s = self.server(name)

        def done():
            self.servers.pop(name, None)
            for v in s['volumes']:
                if v in self.volumes:
                    self.volumes[v].update(status='available', attachments=[])
            for p in s['ports']:
                if p in self.ports:
                    self.ports[p].update(device_id='', status='DOWN')
        self.begin(s, done)
        return 204, None, {}

    def note(self, thing, body):
        if not shaped({'metadata': texts}, ('metadata',))(body):
            self.wrong(f'metadata {body}')
            raise Refusal(400, 'Invalid input for field/attribute metadata.')
        thing['metadata'].update(body['metadata'])
        return 200, {'metadata': thing['metadata']}, {}

    def diagnostics(self, name):
        s = self.server(name)
        if s['status'] != 'ACTIVE':
            raise Refusal(409, f'Instance {name} is not active')
        s['_cpu'] = s.get('_cpu', 10 ** 9) + 10 ** 6
        return 200, {
            'state': 'running', 'driver': 'libvirt', 'hypervisor': 'kvm', 'hypervisor_os': 'linux',
            'uptime': 1, 'config_drive': False, 'num_cpus': 1, 'num_nics': 0, 'num_disks': 0,
            'disk_details': [{'read_bytes': 7, 'read_requests': 1, 'write_bytes': 8,
                              'write_requests': 1, 'errors_count': 0}],
            'nic_details': [{'mac_address': 'fa:16:3e:00:00:01', 'rx_octets': 9, 'rx_errors': 0,
                             'rx_drop': 0, 'rx_packets': 1, 'rx_rate': None, 'tx_octets': 10,
                             'tx_errors': 0, 'tx_drop': 0, 'tx_packets': 1, 'tx_rate': None}],
            'cpu_details': [{'id': 0, 'time': s['_cpu'], 'utilisation': 1}],
            'memory_details': {'maximum': s['flavor']['ram'], 'used': s['flavor']['ram'] // 4}}, {}

    # Cinder

    def volume_view(self, v):
        return {'id': v['id'], 'name': v['name'], 'size': v['size'], 'status': v['status'],
                'metadata': v['metadata'], 'attachments': v['attachments'], 'bootable': 'false',
                'volume_type': v['volume_type'], 'availability_zone': 'nova', 'created_at': STAMP,
                'updated_at': None, 'description': None, 'encrypted': False, 'links': [],
                'multiattach': False, 'snapshot_id': None, 'source_volid': None, 'user_id': 'u',
                'consistencygroup_id': None, 'replication_status': None, 'group_id': None,
                'provider_id': None, 'migration_status': None}

    def add_volume(self, name, size, metadata=None, kind='fast'):
        v = {'id': an_id(), 'name': name, 'size': size, 'status': 'available', 'attachments': [],
             'metadata': dict(metadata or {}), 'volume_type': kind}
        self.volumes[v['id']] = v
        return v

    def room(self, more):
        used = sum(v['size'] for v in self.volumes.values())
        if used + more > self.quota_gib:
            raise Refusal(413, f'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot '
                               f'exceeds allowed gigabytes quota. Requested {more}G, quota is '
                               f'{self.quota_gib}G and {used}G has been consumed.',
                          {'Retry-After': '0'})

    def make_volume(self, body):
        if not shaped({'volume': NEW_VOLUME}, ('volume',))(body):
            self.wrong(f'volume {body}')
            raise Refusal(400, 'Invalid input for field/attribute volume.')
        new = body['volume']
        if new.get('volume_type', 'fast') not in self.types:
            raise Refusal(404, f'Volume type with name {new["volume_type"]} could not be found.')
        self.room(new['size'])
        v = self.add_volume(new.get('name', ''), new['size'], new.get('metadata'),
                            new.get('volume_type', 'fast'))
        v['status'] = 'creating'
        self.begin(v, lambda: v.update(status='available'))
        return 202, {'volume': self.volume_view(v)}, {}

    def volume(self, name):
        if name not in self.volumes:
            raise Refusal(404, f'Volume {name} could not be found.')
        return self.volumes[name]

    def volumes_found(self, query, path):
        self.only(query, 'metadata', 'name')
        want = json.loads(query.get('metadata', '{}'))
        found = {k: v for k, v in self.volumes.items() if want.items() <= v['metadata'].items()}
        return self.page(found, 'volumes', query, path, self.volume_view)

    def volume_act(self, name, body):
        v = self.volume(name)
        if not shaped({'os-extend': shaped({'new_size': whole(1)}, ('new_size',))},
                      ('os-extend',))(body):
            self.wrong(f'volume action {body}')
            raise Refusal(400, 'There is no such action.')
        size, was = body['os-extend']['new_size'], v['status']
        if size <= v['size'] or was not in ('available', 'in-use'):
            raise Refusal(400, f'Invalid volume: New size for extend must be greater than current '
                               f'size. (current: {v["size"]}, extended: {size}).')
        self.room(size - v['size'])
        v['status'] = 'extending'
        self.begin(v, lambda: v.update(status=was, size=size))
        return 202, None, {}

    def remove_volume(self, name):
        v = self.volume(name)
        if v['status'] != 'available' or any(
                s['volume_id'] == name for s in self.snapshots.values()):
            raise Refusal(400, 'Invalid volume: Volume status must be available or error and must '
                               'not have snapshots.')
        v['status'] = 'deleting'
        self.begin(v, lambda: self.volumes.pop(name, None))
        return 202, None, {}

    def snapshot_view(self, s):
        return {'id': s['id'], 'name': s['name'], 'status': s['status'], 'size': 1,
                'volume_id': s['volume_id'], 'metadata': s['metadata'], 'description': None,
                'created_at': STAMP, 'updated_at': None, 'user_id': 'u', 'group_snapshot_id': None,
                'os-extended-snapshot-attributes:progress': '100%',
                'os-extended-snapshot-attributes:project_id': PROJECT_ID}

    def make_snapshot(self, body):
        if not shaped({'snapshot': NEW_SNAPSHOT}, ('snapshot',))(body):
            self.wrong(f'snapshot {body}')
            raise Refusal(400, 'Invalid input for field/attribute snapshot.')
        new = body['snapshot']
        self.volume(new['volume_id'])
        s = {'id': an_id(), 'status': 'creating', 'name': new.get('name', ''),
             'volume_id': new['volume_id'], 'metadata': new.get('metadata', {})}
        self.snapshots[s['id']] = s
        self.begin(s, lambda: s.update(status='available'))
        return 202, {'snapshot': {k: v for k, v in self.snapshot_view(s).items()
                                  if not k.startswith('os-extended')}}, {}

    def snapshot(self, name):
        if name not in self.snapshots:
            raise Refusal(404, f'Snapshot {name} could not be found.')
        return self.snapshots[name]

    def snapshots_found(self, query, path):
        self.only(query, 'name')
        found = {k: s for k, s in self.snapshots.items() if query.get('name', s['name']) == s['name']}
        return self.page(found, 'snapshots', query, path, self.snapshot_view)

    def remove_snapshot(self, name):
        s = self.snapshot(name)
        s['status'] = 'deleting'
        self.begin(s, lambda: self.snapshots.pop(name, None))
        return 202, None, {}

    # Glance

    def add_image(self, name, properties):
        image = {'id': an_id(), 'name': name, 'status': 'active', **properties}
        self.images[image['id']] = image
        return image

    def image_view(self, i):
        return {'visibility': 'private', 'disk_format': 'raw', 'container_format': 'bare',
                'min_disk': 1, 'min_ram': 0, 'size': 1, 'virtual_size': None, 'checksum': None,
                'os_hash_algo': None, 'os_hash_value': None, 'os_hidden': False, 'owner': 'x',
                'protected': False, 'tags': [], 'created_at': STAMP, 'updated_at': STAMP,
                'self': '', 'file': '', 'schema': '',
                **{k: v for k, v in i.items() if k[0] != '_'}}

    def image_of(self, name):
        if name not in self.images:
            raise Refusal(404, f'No image found with ID {name}')
        return self.images[name]

    def images_found(self, query, path):
        self.only(query, 'name', 'status')
        found = {k: i for k, i in self.images.items()
                 if query.get('name', i['name']) == i['name']
                 and query.get('status', i['status']) == i['status']}
        return self.page(found, 'images', query, path, self.image_view)

    def remove_image(self, name):
        self.image_of(name)
        del self.images[name]
        return 204, None, {}

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
