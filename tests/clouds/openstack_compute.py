"""Nova's part of the peer in place of OpenStack: flavors and servers."""
import re

from openstack_shapes import (
    NEW_FLAVOR, NEW_SERVER, PROJECT_ID, Refusal, STAMP, an_id, shaped, string, texts)


class Compute:  # pylint: disable=no-member
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
