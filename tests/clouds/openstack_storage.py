"""Cinder's and Glance's parts of the peer in place of OpenStack."""
import json

from openstack_shapes import (
    NEW_SNAPSHOT, NEW_VOLUME, PROJECT_ID, Refusal, STAMP, an_id, shaped, whole)


class Storage:  # pylint: disable=no-member
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
