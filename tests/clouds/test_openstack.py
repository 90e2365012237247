"""The OpenStack driver against a strict peer, whose replies are held against those that Debian's
own services gave (openstack_seen.json, recorded by test_openstack_real.py)."""
import json
import os
import tempfile
import unittest

from drive import Drive, carry_out, order, undo_all
from openstack_peer import PROJECT, SECRET, USER, Peer
from openstack_probe import Probe, within

HERE = os.path.dirname(os.path.abspath(__file__))
FLAVOR = {'vcpus': 2, 'ram': 4096, 'disk': 0}


class Against(unittest.TestCase):
    volumes = False

    def setUp(self):
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        secret = tempfile.NamedTemporaryFile('w', suffix='.secret')  # pylint: disable=R1732
        self.addCleanup(secret.close)
        os.chmod(secret.name, 0o600)
        secret.write(SECRET + '\n')
        secret.flush()
        self.secret = secret
        self.settings = {'auth_url': self.peer.url + '/identity/v3', 'region': 'R1',
                         'project': PROJECT, 'user': USER, 'password_file': secret.name,
                         'image': 'tiny', 'network': 'gov', 'wait_s': '0'}
        if self.volumes:
            self.settings['volume_type'] = 'fast'
        self.drive = None

    def start(self, **more):
        self.drive = Drive('openstack', **{**self.settings, **more})
        self.addCleanup(self.stop)
        return self.drive

    def stop(self):
        if self.drive:
            self.assertEqual(self.drive.close(), 0)
            self.drive = None

    def tearDown(self):
        self.stop()
        self.assertEqual(self.peer.wrongs, [])

    def done(self, act, what, ref=''):
        reply, ref = carry_out(self.drive, act, what, ref)
        self.assertEqual(reply['rc'], 'ok', reply)
        return ref

    def opened(self, what):
        return self.done('open', what)

    def machines(self):
        reply = self.drive.tell(do='list')
        self.assertEqual(reply['rc'], 'ok', reply)
        return reply['list']


class Life(Against):
    def test_a_server_is_made_resized_stopped_and_deleted(self):
        self.start()
        self.peer.looks = 2
        what = order(dims={'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 40000})
        self.assertEqual(self.drive.tell(do='open', order=what)['steps'], ['port', 'server'])
        ref = self.opened(what)
        server = self.peer.servers[ref]
        self.assertEqual((server['status'], server['name']), ('ACTIVE', 'SH-R-000001'))
        self.assertEqual(server['metadata']['yunheng_case'], 'SH-2026-VM-000001')
        self.assertIn('case:SH-2026-VM-000001', server['tags'])
        self.assertEqual((server['flavor']['vcpus'], server['flavor']['ram'],
                          server['flavor']['disk']), (2, 4096, 40))

        bigger = order(case_no='SH-2026-EX-000002', provider_ref=ref,
                       before=what['dims'],
                       dims={'vcpu': 4000, 'memory_gib': 8000, 'block_gib': 40000})
        self.done('resize', bigger, ref)
        self.assertEqual((server['status'], server['flavor']['vcpus']), ('ACTIVE', 4))
        self.assertEqual(self.machines(), [{
            'ref': ref, 'name': 'SH-R-000001', 'resource_no': 'SH-R-000001',
            'case_no': 'SH-2026-EX-000002', 'running': True,
            'dims': {'vcpu': 4000, 'memory_gib': 8000, 'block_gib': 40000}}])

        self.done('stop', order(provider_ref=ref, case_no='SH-2026-RC-000003', snapshot=True), ref)
        self.assertEqual(server['status'], 'SHUTOFF')
        self.assertFalse(self.machines()[0]['running'])
        kept = [i for i in self.peer.images.values() if i['name'] == 'SH-R-000001@SH-2026-RC-000003']
        self.assertEqual([i['status'] for i in kept], ['active'])

        self.done('destroy', order(provider_ref=ref), ref)
        self.assertEqual((self.peer.servers, self.peer.ports), ({}, {}))
        self.assertEqual(list(self.peer.images), [self.peer.image])
        self.assertEqual(self.machines(), [])

    def test_doing_every_step_twice_makes_nothing_twice(self):
        self.start()
        what = order()
        ref = self.opened(what)
        for act, more in (('open', what), ('resize', order(provider_ref=ref, dims={
                'vcpu': 4000, 'memory_gib': 8000})), ('stop', order(provider_ref=ref, snapshot=True)),
                          ('destroy', order(provider_ref=ref))):
            self.done(act, more, ref)
            before = self.writes()
            if act == 'destroy':
                for name in reversed(self.drive.tell(do=act, order=more)['steps'][1:]):
                    self.assertEqual(self.drive.tell(do=act, step=name, order=more,
                                                     ref=ref)['rc'], 'ok')
            elif act != 'open':
                again = self.done(act, more, ref)
                self.assertIn(again, (ref, ''))
            self.assertEqual(self.writes()['made'], before['made'], act)
        self.assertEqual((self.peer.servers, self.peer.ports), ({}, {}))

    def test_a_server_that_was_off_is_not_started_when_its_stop_is_taken_back(self):
        self.start()
        ref = self.opened(order())
        server = self.peer.servers[ref]
        for number, status in enumerate(('ACTIVE', 'SHUTOFF', 'ACTIVE')):
            server['status'] = status
            what = order(provider_ref=ref, case_no=f'SH-2026-RC-{number:06}', snapshot=True)
            for _ in range(2):  # a stop that is repeated does not take what it did for what was
                self.done('stop', what, ref)
                self.assertEqual(server['status'], 'SHUTOFF')
            for _ in range(2):
                self.assertEqual(undo_all(self.drive, 'stop', what, ref)[0]['rc'], 'ok')
                self.assertEqual(server['status'], status)

    # proves S25
    def test_what_was_never_there_is_not_said_to_be_destroyed(self):
        self.start()
        for ref in (order(9)['id'], 'volume/' + order(9)['id'], None):
            reply, _ = carry_out(self.drive, 'destroy', order(provider_ref=ref))
            self.assertEqual((reply['rc'], reply['slug']), ('refused', 'cloud-refused'), ref)
            self.assertEqual(reply['figures']['step'], 'find')

    # proves S25
    def test_a_destruction_that_was_refused_half_way_goes_on_with_what_is_left(self):
        self.start()
        ref = self.opened(order())
        self.peer.next_time('DELETE', '/ports/', 403)
        what = order(provider_ref=ref)
        reply, _ = carry_out(self.drive, 'destroy', what, ref)
        self.assertEqual((reply['rc'], self.peer.servers), ('refused', {}))
        steps = self.drive.tell(do='destroy', order=what)['steps']
        self.assertEqual(undo_all(self.drive, 'destroy', what, ref)[1], steps[::-1])
        self.done('destroy', what, ref)
        self.assertEqual(self.peer.ports, {})

    def writes(self):
        return {'made': sum(self.peer.count('POST', p) for p in (
            '/servers$', '/ports$', '/volumes$', '/snapshots$', '/flavors$', '/action$'))}

    def test_a_disk_by_itself_is_made_extended_put_aside_and_deleted(self):
        self.start()
        self.peer.looks = 1
        what = order(dims={'block_gib': 1862645}, item_code='block-bulk-2t')
        self.assertEqual(self.drive.tell(do='open', order=what)['steps'], ['volume'])
        ref = self.opened(what)
        volume = self.peer.volumes[ref.removeprefix('volume/')]
        self.assertEqual((volume['size'], volume['status']), (1863, 'available'))
        self.assertEqual(self.machines()[0]['dims'], {'block_gib': 1862645})
        self.done('resize', order(provider_ref=ref, dims={'block_gib': 2000000}), ref)
        self.assertEqual(volume['size'], 2000)
        self.done('stop', order(provider_ref=ref, snapshot=True), ref)
        self.assertEqual(len(self.peer.snapshots), 1)
        listed = self.machines()
        self.assertEqual((listed[0]['ref'], listed[0]['running'], listed[0]['dims']),
                         (ref, False, {'block_gib': 2000000}))
        self.done('destroy', order(provider_ref=ref), ref)
        self.assertEqual((self.peer.volumes, self.peer.snapshots), ({}, {}))

    def test_what_is_no_plain_server_or_disk_is_left_to_people(self):
        self.start()
        for dims in ({'vcpu': 2000}, {'memory_gib': 1000}, {'object_gib': 1000}, {},
                     {'vcpu': 2000, 'memory_gib': 4000, 'gpu': 1000}):
            self.assertEqual(self.drive.tell(do='open', order=order(dims=dims))['steps'], [], dims)
        theirs = order(provider_ref='机柜 7-03')
        for act in ('resize', 'stop', 'destroy'):
            self.assertEqual(self.drive.tell(do=act, order=theirs)['steps'], [])

    def test_the_whole_list_is_walked_page_by_page(self):
        self.start()
        flavor = self.peer.add_flavor('m1', **FLAVOR)
        for i in range(10):
            self.peer.add_server(f'old-{i}', flavor)
        self.peer.add_volume('loose', 7)
        listed = self.machines()
        self.assertEqual(sorted(m['name'] for m in listed), ['loose'] + [f'old-{i}' for i in range(10)])
        self.assertEqual({m['resource_no'] for m in listed}, {''})
        self.assertTrue(self.peer.count('GET', 'servers/detail.*marker='))

    def test_a_list_that_changes_while_it_is_walked_is_walked_again(self):
        self.start()
        flavor = self.peer.add_flavor('m1', **FLAVOR)
        for i in range(7):
            self.peer.add_server(f'old-{i}', flavor)
        self.peer.next_time('GET', 'servers/detail.*marker=', 400)
        reply = self.drive.tell(do='list')
        self.assertEqual((reply['rc'], reply['slug']), ('busy', 'cloud-unreachable'))
        self.assertEqual(len(self.machines()), 7)

    def load(self):
        reply = self.drive.tell(do='sample')
        self.assertEqual(reply['rc'], 'ok', reply)
        return {(s['ref'], s['metric']): s['value'] for s in reply['sample']}

    def test_the_load_of_every_server_is_told_also_of_those_that_have_no_marks(self):
        self.start()
        ref = self.opened(order())
        old = self.peer.add_server('old', next(iter(self.peer.flavors.values())))['id']
        off = self.peer.add_server('off', next(iter(self.peer.flavors.values())))
        off['status'] = 'SHUTOFF'
        first = self.load()
        self.assertEqual({k: v for k, v in first.items() if k[0] != old}, {
            (off['id'], 'resource_up'): 0, (ref, 'resource_up'): 1, (ref, 'resource_cpu_cores'): 2,
            (ref, 'resource_memory_total_bytes'): 4096 * 1048576,
            (ref, 'resource_disk_read_bytes_total'): 7,
            (ref, 'resource_disk_written_bytes_total'): 8,
            (ref, 'resource_network_receive_bytes_total'): 9,
            (ref, 'resource_network_transmit_bytes_total'): 10})
        self.assertIn((old, 'resource_cpu_cores'), first)
        self.drive.tell(do='again')
        cpu = None
        while cpu is None:  # two looks in one millisecond tell nothing
            cpu = self.load().get((ref, 'resource_cpu_usage_ratio'))
        self.assertTrue(0 <= cpu <= 1)
        self.assertEqual(self.peer.count('POST', '/auth/tokens$'), 1)

    def test_its_room_is_what_may_be_promised_less_what_is_reserved(self):
        self.start()
        self.opened(order())
        reply = self.drive.tell(do='capacity')
        self.assertEqual(reply['capacity'], [
            {'name': 'vcpu', 'total': 384000, 'used': 2000},
            {'name': 'memory_gib', 'total': 508000, 'used': 4000},
            {'name': 'block_gib', 'total': 1000000, 'used': 0}])


class OnVolumes(Against):
    volumes = True

    def test_a_server_boots_from_its_volume_which_grows_and_goes_with_it(self):
        self.start()
        self.peer.looks = 1
        what = order(dims={'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 100000})
        self.assertEqual(self.drive.tell(do='open', order=what)['steps'],
                         ['port', 'volume', 'server'])
        ref = self.opened(what)
        (volume,) = self.peer.volumes.values()
        self.assertEqual((self.peer.servers[ref]['volumes'], volume['status'], volume['size']),
                         ([volume['id']], 'in-use', 100))
        self.assertEqual(self.peer.servers[ref]['flavor']['disk'], 0)
        self.done('resize', order(provider_ref=ref, dims={
            'vcpu': 4000, 'memory_gib': 4000, 'block_gib': 200000}), ref)
        self.assertEqual((volume['size'], volume['status']), (200, 'in-use'))
        (machine,) = self.machines()
        self.assertEqual(machine['dims'], {'vcpu': 4000, 'memory_gib': 4000, 'block_gib': 200000})
        self.done('stop', order(provider_ref=ref, snapshot=True), ref)
        self.assertEqual([s['volume_id'] for s in self.peer.snapshots.values()], [volume['id']])
        self.done('destroy', order(provider_ref=ref), ref)
        self.assertEqual((self.peer.servers, self.peer.volumes, self.peer.snapshots,
                          self.peer.ports), ({}, {}, {}, {}))

    def test_a_volume_that_shall_shrink_is_refused_and_the_server_gets_its_size_back(self):
        self.start()
        what = order(dims={'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 100000})
        ref = self.opened(what)
        smaller = order(provider_ref=ref, before=what['dims'], dims={
            'vcpu': 4000, 'memory_gib': 4000, 'block_gib': 50000})
        reply, _ = carry_out(self.drive, 'resize', smaller, ref)
        self.assertEqual((reply['slug'], reply['figures']['step']), ('cloud-refused', 'extend'))
        self.assertIn('100', reply['figures']['detail'])
        reply, kept = undo_all(self.drive, 'resize', smaller, ref)
        self.assertEqual((reply['rc'], kept), ('ok', ['extend']))
        self.assertEqual(self.machines()[0]['dims'], what['dims'])

    def test_a_disk_beyond_the_quota_is_refused_and_nothing_is_left(self):
        self.start()
        self.peer.quota_gib = 50
        what = order(dims={'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 100000})
        reply, _ = carry_out(self.drive, 'open', what)
        self.assertEqual((reply['slug'], reply['figures']['step']), ('cloud-refused', 'volume'))
        self.assertIn('VolumeSizeExceedsAvailableQuota', reply['figures']['detail'])
        self.assertEqual(undo_all(self.drive, 'open', what)[0]['rc'], 'ok')
        self.assertEqual((self.peer.ports, self.peer.volumes), ({}, {}))


    def test_items_have_images_and_kinds_of_disks_of_their_own(self):
        self.peer.types |= {'hdd', 'nvme'}
        arm = self.peer.add_image('tiny-arm', {})['id']
        self.start(images='vm-arm-*=tiny-arm', volume_types='block-sata=hdd, block-nvme=nvme')
        for number, (item, kind) in enumerate((('block-sata', 'hdd'), ('block-nvme', 'nvme'),
                                               ('block-ssd', 'fast')), 1):
            ref = self.opened(order(number, item_code=item, dims={'block_gib': 1000}))
            self.assertEqual(self.peer.volumes[ref.removeprefix('volume/')]['volume_type'], kind)
        for number, (item, image) in enumerate((('vm-arm-2c4g', arm),
                                                ('vm-x86-2c4g', self.peer.image)), 11):
            ref = self.opened(order(number, item_code=item))
            self.assertEqual(self.peer.servers[ref]['image'], image)

    def test_a_server_without_a_disk_of_ours_is_not_taken_to_have_grown(self):
        self.start()
        ref = self.opened(order())
        reply, _ = carry_out(self.drive, 'resize', order(provider_ref=ref, dims={
            'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 50000}), ref)
        self.assertEqual((reply['slug'], reply['figures']['detail']),
                         ('cloud-refused', 'the server has no disk of ours to extend'))


class Trouble(Against):
    def test_an_answer_that_is_lost_is_found_again_and_nothing_is_made_twice(self):
        for pattern in ('/v2.0/ports$', '/flavors$', '/servers$'):
            self.peer.next_time('POST', pattern, 'lost')
        self.start()
        ref = self.opened(order())
        self.assertEqual((list(self.peer.servers), len(self.peer.ports), len(self.peer.flavors)),
                         ([ref], 1, 1))

    def test_a_lost_answer_is_found_while_the_server_is_still_being_built(self):
        self.start()
        self.peer.looks = 8
        self.peer.next_time('POST', '/servers$', 'lost')
        ref = self.opened(order())
        self.assertEqual(list(self.peer.servers), [ref])
        self.assertGreater(self.peer.count('GET', '/servers/'), 7)

    def test_lost_answers_to_deletions_and_actions_do_no_harm(self):
        self.start()
        ref = self.opened(order())
        for method, pattern in (('POST', '/action$'), ('DELETE', '/servers/'),
                                ('DELETE', '/ports/'), ('DELETE', '/images/')):
            self.peer.next_time(method, pattern, 'lost')
        self.done('stop', order(provider_ref=ref, snapshot=True), ref)
        self.done('destroy', order(provider_ref=ref), ref)
        self.assertEqual((self.peer.servers, self.peer.ports, len(self.peer.images)), ({}, {}, 1))

    def test_two_servers_of_one_tag_are_refused_and_none_is_picked(self):
        self.start()
        what = order()
        flavor = self.peer.add_flavor('m1', **FLAVOR)
        mine = {'yunheng_id': what['id'], 'yunheng_resource': what['resource_no']}
        tag = 'yunheng:' + what['id']
        for name in ('SH-R-000001', 'renamed'):
            self.peer.add_server(name, flavor, mine, tags=[tag])
        reply, _ = carry_out(self.drive, 'open', what)
        self.assertEqual((reply['rc'], reply['slug']), ('refused', 'cloud-refused'))
        self.assertEqual(len(self.peer.servers), 2)
        reply, _ = carry_out(self.drive, 'destroy', what)
        self.assertEqual(reply['slug'], 'cloud-refused')
        self.assertEqual(len(self.peer.servers), 2)

    def test_a_machine_of_that_name_which_is_not_ours_is_left_alone(self):
        self.start()
        theirs = self.peer.add_server('SH-R-000001', self.peer.add_flavor('m1', **FLAVOR))
        reply, _ = carry_out(self.drive, 'open', order())
        self.assertEqual((reply['rc'], reply['slug']), ('conflict', 'cloud-machine-foreign'))
        self.assertEqual(reply['figures']['machine'], theirs['id'])
        self.assertEqual(undo_all(self.drive, 'open', order())[0]['rc'], 'ok')
        self.assertEqual((list(self.peer.servers), self.peer.ports), ([theirs['id']], {}))
        theirs['metadata']['yunheng_id'] = order(9)['id']
        reply = self.drive.tell(do='destroy', step='delete-server', ref='',
                                order=order(provider_ref=theirs['id']))
        self.assertEqual(reply['slug'], 'cloud-machine-foreign')
        self.assertEqual(list(self.peer.servers), [theirs['id']])

    def test_a_machine_that_was_there_before_is_resized_by_its_identifier(self):
        self.start()
        old = self.peer.add_server('legacy-web-1', self.peer.add_flavor('m1', **FLAVOR))
        self.done('resize', order(provider_ref=old['id'], dims={
            'vcpu': 8000, 'memory_gib': 16000}), old['id'])
        self.assertEqual(old['flavor']['vcpus'], 8)
        self.assertEqual(self.machines()[0]['resource_no'], 'SH-R-000001')

    def test_an_expired_token_is_renewed_within_the_step(self):
        self.start()
        self.assertEqual(self.drive.tell(do='ping')['rc'], 'ok')
        self.peer.expire()
        self.opened(order())
        self.assertEqual(self.peer.count('POST', '/auth/tokens$'), 2)

    def test_a_password_that_was_changed_is_read_anew_and_refuses_no_order(self):
        self.start()
        self.peer.secret = 'another'
        reply = self.drive.tell(do='open', step='port', order=order(), ref='')
        self.assertEqual((reply['rc'], reply['slug']), ('busy', 'cloud-unreachable'))
        self.assertIn('identity 401', reply['figures']['detail'])
        self.assertNotIn(SECRET, json.dumps(reply))
        self.secret.seek(0)
        self.secret.truncate()
        self.secret.write('another')
        self.secret.flush()
        self.opened(order())

    def test_a_cloud_that_is_busy_or_broken_is_tried_again_and_one_that_refuses_is_not(self):
        self.start()
        cases = [(429, 'busy', {'Retry-After': '3'}), (500, 'busy', None), (503, 'busy', None),
                 (409, 'busy', None), (413, 'busy', {'Retry-After': '5'}), (413, 'refused', None),
                 (403, 'refused', None), (400, 'refused', None), (404, 'refused', None)]
        for status, rc, headers in cases:
            self.peer.next_time('POST', '/servers$', status, headers=headers,
                                message='words of the cloud ' + '长' * 300)
            self.drive.tell(do='open', step='port', order=order(), ref='')
            reply = self.drive.tell(do='open', step='server', order=order(), ref='')
            self.assertEqual((status, reply['rc']), (status, rc))
            self.assertEqual(reply['slug'],
                             'cloud-unreachable' if rc == 'busy' else 'cloud-refused')
            self.assertTrue(reply['figures']['detail'].startswith(
                f'compute {status} words of the cloud 长'), reply)
        self.assertEqual(self.peer.servers, {})

    def test_nobody_there_is_unreachable(self):
        self.start(auth_url='http://127.0.0.1:9/v3')
        reply = self.drive.tell(do='ping')
        self.assertEqual((reply['rc'], reply['slug'], reply['figures']['cloud']),
                         ('busy', 'cloud-unreachable', 'SH'))

    def test_a_quota_that_is_spent_is_refused_in_the_clouds_words_and_undone(self):
        self.start()
        self.peer.quota_servers = 0
        reply, ref = carry_out(self.drive, 'open', order())
        self.assertEqual((reply['rc'], reply['figures']['step']), ('refused', 'server'))
        self.assertIn('Quota exceeded for instances', reply['figures']['detail'])
        self.assertEqual(len(self.peer.ports), 1)
        self.assertEqual(undo_all(self.drive, 'open', order(), ref)[0]['rc'], 'ok')
        self.assertEqual(undo_all(self.drive, 'open', order(), ref)[0]['rc'], 'ok')
        self.assertEqual(self.peer.ports, {})

    def test_without_a_host_the_server_is_refused_and_removed(self):
        self.start()
        self.peer.no_host, self.peer.looks = True, 1
        reply, ref = carry_out(self.drive, 'open', order())
        self.assertEqual((reply['slug'], reply['figures']['detail']),
                         ('cloud-refused', 'server ERROR: No valid host was found. '))
        self.assertEqual(undo_all(self.drive, 'open', order(), ref)[0]['rc'], 'ok')
        self.assertEqual((self.peer.servers, self.peer.ports), ({}, {}))

    def test_a_resize_that_nova_gives_up_is_refused(self):
        self.start()
        what = order()
        ref = self.opened(what)
        self.peer.no_host = True
        reply, _ = carry_out(self.drive, 'resize', order(
            provider_ref=ref, dims={'vcpu': 64000, 'memory_gib': 512000}), ref)
        self.assertEqual((reply['slug'], reply['figures']['detail']),
                         ('cloud-refused', 'the server was not resized'))
        self.assertEqual(self.machines()[0]['dims'], what['dims'])

    def test_a_server_that_is_busy_otherwise_is_resized_later(self):
        self.start()
        ref = self.opened(order())
        server = self.peer.servers[ref]
        self.peer.looks = 3
        self.peer.begin(server, lambda: None, 'image_uploading')
        self.done('resize', order(provider_ref=ref, dims={'vcpu': 4000, 'memory_gib': 8000}), ref)
        self.assertEqual(server['flavor']['vcpus'], 4)

    def test_a_slow_resize_is_confirmed_by_a_later_attempt(self):
        self.start()
        what = order()
        ref = self.opened(what)
        self.peer.looks = 6
        bigger = order(provider_ref=ref, before=what['dims'],
                       dims={'vcpu': 4000, 'memory_gib': 8000})
        reply = self.drive.tell(do='resize', step='resize', order=bigger, ref=ref)
        self.assertEqual((reply['rc'], reply['slug'], reply['figures']['detail']),
                         ('busy', 'cloud-working', 'RESIZE'))
        self.drive.tell(do='again')
        self.done('resize', bigger, ref)
        self.assertEqual(self.peer.servers[ref]['status'], 'ACTIVE')
        self.assertEqual(self.peer.acts, ['resize', 'confirmResize'])

    def test_a_flavor_with_properties_of_its_own_is_not_taken_for_a_plain_one(self):
        self.start()
        self.peer.add_flavor('gpu', 2, 4096, 0, {'pci_passthrough:alias': 'a100:1'})
        ref = self.opened(order())
        self.assertEqual(self.peer.servers[ref]['flavor']['name'], 'yunheng-2c-4096m-0g')

    def test_flavors_are_taken_by_their_prefix_and_never_made_then(self):
        self.peer.add_flavor('gov-2c4g', 2, 4096, 0, {'hw:cpu_policy': 'dedicated'})
        self.peer.add_flavor('other-2c4g', 2, 4096, 0)
        self.start(flavor_prefix='gov-')
        ref = self.opened(order())
        self.assertEqual(self.peer.servers[ref]['flavor']['name'], 'gov-2c4g')
        reply, _ = carry_out(self.drive, 'open', order(2, dims={
            'vcpu': 3000, 'memory_gib': 4000}))
        self.assertEqual(reply['figures']['detail'], 'no flavor of 3 vcpu, 4096 MiB, 0 GiB')
        self.peer.add_flavor('gov-2c4g-b', 2, 4096, 0)
        reply, _ = carry_out(self.drive, 'open', order(3))
        self.assertIn('two flavors of that size', reply['figures']['detail'])

    def test_flavors_that_may_not_be_made_are_refused(self):
        self.peer.may_make_flavors = False
        self.start()
        reply, _ = carry_out(self.drive, 'open', order())
        self.assertIn("Policy doesn't allow os_compute_api:os-flavor-manage:create",
                      reply['figures']['detail'])

    def test_a_cloud_without_volumes_or_networks_is_served_too(self):
        del self.settings['network']
        self.peer.services -= {'volumev3', 'network'}
        self.start(system_disk_gib='20')
        self.assertEqual(self.drive.tell(do='open', order=order())['steps'], ['server'])
        ref = self.opened(order())
        self.assertEqual(self.peer.servers[ref]['flavor']['disk'], 20)
        self.assertEqual(self.machines()[0]['dims'], order()['dims'])
        reply, _ = carry_out(self.drive, 'open', order(2, dims={'block_gib': 1000}))
        self.assertEqual(reply['figures']['detail'],
                         'no endpoint of block-storage in the catalogue')
        self.done('destroy', order(provider_ref=ref), ref)

    def test_another_side_or_region_is_not_asked(self):
        self.start(region='R2')
        reply = self.drive.tell(do='ping')
        self.assertEqual(reply['slug'], 'cloud-refused')
        self.assertIn('not a compute v2.1', reply['figures']['detail'])

    def test_settings_that_cannot_work_are_refused(self):
        for key, value in (('auth_url', 'http://127.0.0.1:5000/v2.0'), ('wait_s', '90'),
                           ('wait_s', 'long'), ('system_disk_gib', '-1')):
            drive = Drive('openstack', **{**self.settings, key: value})
            said = json.loads(drive.process.stdout.readline())
            self.assertEqual(said['slug'], 'cloud-config')
            self.assertEqual(drive.close(), 1)
        os.chmod(self.secret.name, 0o644)
        drive = Drive('openstack', **self.settings)
        self.assertEqual(json.loads(drive.process.stdout.readline())['slug'], 'cloud-config')
        self.assertEqual(drive.close(), 1)


class Held(unittest.TestCase):
    def test_the_peer_answers_as_the_real_services_did(self):
        with open(os.path.join(HERE, 'openstack_seen.json'), encoding='utf-8') as f:
            kept = json.load(f)
        peer = Peer()
        self.addCleanup(peer.close)
        peer.looks = 1
        seen = Probe(peer.url + '/identity/v3', USER, PROJECT, SECRET, 'R1').run()
        self.assertEqual(set(seen), set(kept))
        for what, (status, body) in seen.items():
            self.assertEqual((what, status), (what, kept[what][0]))
            if status < 300:
                self.assertEqual(within(body, kept[what][1], what), [])
            else:
                # of a refusal the message counts, wherever each service puts it
                self.assertEqual(type(body), type(kept[what][1]), what)


if __name__ == '__main__':
    unittest.main()
