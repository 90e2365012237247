"""The OpenStack driver against Debian's own Keystone, Glance, Placement, Nova, Cinder and Neutron, in a
chroot made by debootstrap: only the hypervisor, the volume driver and Neutron's agent are not real.
What they answer is held against what is kept of it (openstack_seen.json), and so is the peer of the
plain tests. YH_OPENSTACK=http://…/v3 uses services that are there; YH_RECORD=1 keeps anew."""
import contextlib
import datetime
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
from city import City, steps  # noqa: E402 pylint: disable=C0413
from drive import Drive, carry_out, order, undo_all
from openstack_probe import Probe

HERE = os.path.dirname(os.path.abspath(__file__))
SEEN = os.path.join(HERE, 'openstack_seen.json')
SECRET = 'a-secret-of-the-test'
PACKAGES = ('keystone glance-api placement-api nova-api nova-conductor nova-scheduler nova-compute '
            'cinder-api cinder-scheduler cinder-volume neutron-server rabbitmq-server '
            'mariadb-server python3-pymysql uwsgi-core uwsgi-plugin-python3').split()
UP = TAKES = None


def make_chroot(root):
    """Once; it is kept. No service is started while it is made, and what is mounted for it is mounted
    for it alone."""
    if os.path.exists(root + '/made'):
        return
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(['unshare', '--mount', 'debootstrap', '--variant=minbase', 'bookworm', root,
                    'http://deb.debian.org/debian'], check=True, stdout=subprocess.DEVNULL)
    policy = root + '/usr/sbin/policy-rc.d'
    with open(policy, 'w', encoding='utf-8') as f:
        f.write('#!/bin/sh\nexit 101\n')
    os.chmod(policy, 0o755)
    shutil.copy('/etc/resolv.conf', root + '/etc/resolv.conf')
    inside = ('mount -t proc proc "$1/proc" && exec chroot "$1" env DEBIAN_FRONTEND=noninteractive '
              'LC_ALL=C.UTF-8 sh -c "apt-get update -q && apt-get install -y -q '
              f'--no-install-recommends {" ".join(PACKAGES)}"')
    subprocess.run(['unshare', '--mount', 'sh', '-c', inside, 'sh', root], check=True,
                   stdout=subprocess.DEVNULL)
    with open(root + '/made', 'w', encoding='utf-8'):
        pass


def free_ports(n):
    for first in range(28000, 32000, n):
        held = []
        try:
            for port in range(first, first + n):
                held.append(socket.socket())
                held[-1].bind(('127.0.0.1', port))
            return first
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise AssertionError('no ports are free')


class Up:
    """The services; all of them end with the first process of their PID namespace."""

    def __init__(self, root):
        first = free_ports(12)
        shutil.copy(os.path.join(HERE, 'openstack_up.py'), root + '/root/openstack_up.py')
        os.makedirs(root + '/srv/up', exist_ok=True)
        inside = ('mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/srv/up" && '
                  'exec chroot "$1" python3 /root/openstack_up.py /srv/up "$2"')
        self.process = subprocess.Popen(
            ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', inside, 'sh', root,
             str(first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line == 'ready\n':
                break
        else:
            self.close()
            raise AssertionError('OpenStack did not come up:\n' + ''.join(said[-200:]))
        self.auth = f'http://127.0.0.1:{first}/v3'

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class There:
    """Services that somebody else has started."""

    def __init__(self, auth):
        self.auth = auth

    def close(self):
        pass


class Hypervisor(threading.Thread):
    """Nova's fake one takes no image of a machine: here Glance is given its bytes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.probe = probe()
        self.probe.keystone()

    def put(self, method, path, raw, kind):
        request = urllib.request.Request(self.probe.urls['image'] + path, raw, {
            'X-Auth-Token': self.probe.token, 'Content-Type': kind}, method=method)
        urllib.request.urlopen(request, timeout=60).close()

    def run(self):
        while not self.over.wait(0.3):
            for image in self.probe.ask('image', 'GET', '/v2/images?status=queued')[1]['images']:
                with contextlib.suppress(urllib.error.HTTPError):  # it was deleted meanwhile
                    self.put('PATCH', f'/v2/images/{image["id"]}', json.dumps([
                        {'op': 'replace', 'path': f'/{what}', 'value': value}
                        for what, value in (('disk_format', 'raw'), ('container_format', 'bare'))
                    ]).encode(), 'application/openstack-images-v2.1-json-patch')
                    self.put('PUT', f'/v2/images/{image["id"]}/file', b'bytes',
                             'application/octet-stream')

    def close(self):
        self.over.set()
        self.join()


def setUpModule():  # pylint: disable=invalid-name
    global UP, TAKES  # pylint: disable=global-statement
    UP = begin()
    TAKES = Hypervisor()
    TAKES.start()


def begin():
    if os.environ.get('YH_OPENSTACK'):
        return There(os.environ['YH_OPENSTACK'])
    if os.geteuid() != 0:
        raise unittest.SkipTest('a chroot needs root')
    for needed in ('debootstrap', 'unshare'):
        if not shutil.which(needed):
            raise unittest.SkipTest(f'{needed} is not there')
    root = os.environ['YH_OPENSTACK_ROOT']
    make_chroot(root)
    return Up(root)


def tearDownModule():  # pylint: disable=invalid-name
    if TAKES:
        TAKES.close()
    if UP:
        UP.close()


def probe():
    return Probe(UP.auth, 'admin', 'admin', SECRET, 'RegionOne', 120)


class Real(unittest.TestCase):
    def setUp(self):
        secret = tempfile.NamedTemporaryFile('w', suffix='.secret')  # pylint: disable=R1732
        self.addCleanup(secret.close)
        secret.write(SECRET)
        secret.flush()
        self.settings = {'auth_url': UP.auth, 'region': 'RegionOne', 'project': 'admin',
                         'user': 'admin', 'password_file': secret.name, 'image': 'tiny',
                         'network': 'gov'}
        self.probe = probe()
        self.probe.keystone()

    def start(self, **more):
        drive = Drive('openstack', **{**self.settings, **more})
        self.addCleanup(drive.close)
        return drive

    def done(self, drive, act, what, ref=''):
        reply, ref = carry_out(drive, act, what, ref)
        self.assertEqual(reply['rc'], 'ok', reply)
        return ref

    def get(self, service, path):
        status, out, _ = self.probe.ask(service, 'GET', path)
        self.assertEqual(status, 200, out)
        return out

    def ours(self, drive, number):
        reply = drive.tell(do='list')
        self.assertEqual(reply['rc'], 'ok', reply)
        return [m for m in reply['list'] if m['resource_no'] == f'SH-R-{number:06}']

    def life(self, drive, number, dims, bigger):
        what = order(number, dims=dims)
        ref = self.done(drive, 'open', what)
        self.assertEqual(self.done(drive, 'open', what), ref)
        server = self.get('compute', f'/servers/{ref}')['server']
        self.assertEqual((server['status'], server['name']), ('ACTIVE', what['resource_no']))
        self.assertEqual(server['metadata']['yunheng_case'], what['case_no'])
        self.assertIn('case:' + what['case_no'], server['tags'])
        (machine,) = self.ours(drive, number)
        self.assertEqual((machine['ref'], machine['running'], machine['dims']), (ref, True, dims))
        more = order(number, case_no='SH-2026-EX-000002', provider_ref=ref, dims=bigger, before=dims)
        self.done(drive, 'resize', more, ref)
        self.done(drive, 'resize', more, ref)
        (machine,) = self.ours(drive, number)
        self.assertEqual((machine['dims'], machine['case_no']), (bigger, 'SH-2026-EX-000002'))
        self.assertEqual(drive.tell(do='sample')['rc'], 'ok')
        stop = order(number, case_no='SH-2026-RC-000003', provider_ref=ref, snapshot=True)
        self.done(drive, 'stop', stop, ref)
        self.done(drive, 'stop', stop, ref)
        (machine,) = self.ours(drive, number)
        self.assertFalse(machine['running'])
        self.assertEqual(undo_all(drive, 'stop', stop, ref)[0]['rc'], 'ok')
        self.assertTrue(self.ours(drive, number)[0]['running'])
        self.done(drive, 'stop', stop, ref)
        self.done(drive, 'destroy', order(number, provider_ref=ref), ref)
        again, _ = carry_out(drive, 'destroy', order(number, provider_ref=ref), ref)
        self.assertEqual((again['rc'], again['figures']['step']), ('refused', 'find'))
        self.assertEqual(self.ours(drive, number), [])

    def left_over(self):
        """Nothing that was made for a resource is left."""
        found = [f'{s["status"]} {s["name"]}' for service, path, key in (
            ('compute', '/servers/detail?name=SH-R', 'servers'),
            ('volumev3', '/volumes/detail', 'volumes'),
            ('volumev3', '/snapshots/detail', 'snapshots'),
            ('network', '/v2.0/ports', 'ports'), ('image', '/v2/images', 'images'))
            for s in self.get(service, path)[key] if s['name'].startswith('SH-R-')]
        return found

    def test_a_server_lives_on_its_flavors_disk(self):
        self.life(self.start(), 1, {'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 10000},
                  {'vcpu': 4000, 'memory_gib': 8000, 'block_gib': 20000})
        self.assertEqual(self.left_over(), [])

    def test_a_server_lives_on_a_volume_that_grows_while_it_runs(self):
        self.life(self.start(volume_type='fake'), 2,
                  {'vcpu': 2000, 'memory_gib': 4000, 'block_gib': 10000},
                  {'vcpu': 2000, 'memory_gib': 8000, 'block_gib': 20000})
        self.assertEqual(self.left_over(), [])

    def test_a_disk_by_itself_lives(self):
        drive = self.start()
        what = order(3, dims={'block_gib': 1500})
        ref = self.done(drive, 'open', what)
        self.assertEqual(self.ours(drive, 3)[0]['dims'], {'block_gib': 1500})
        self.done(drive, 'resize', order(3, provider_ref=ref, dims={'block_gib': 3000}), ref)
        self.done(drive, 'stop', order(3, provider_ref=ref, snapshot=True), ref)
        (machine,) = self.ours(drive, 3)
        self.assertEqual((machine['running'], machine['dims']), (False, {'block_gib': 3000}))
        self.done(drive, 'destroy', order(3, provider_ref=ref), ref)
        self.assertEqual(self.left_over(), [])

    def test_patience_of_no_second_comes_to_the_same(self):
        self.life(self.start(wait_s='0'), 4, {'vcpu': 1000, 'memory_gib': 1000, 'block_gib': 1000},
                  {'vcpu': 2000, 'memory_gib': 1000, 'block_gib': 2000})
        self.assertEqual(self.left_over(), [])

    def quota(self, service, **limits):
        """Until the test is over."""
        me = self.get('identity', '/auth/projects')['projects'][0]['id']
        path = f'/os-quota-sets/{me}'
        old = self.get(service, path)['quota_set']
        for values in ({key: old[key] for key in limits}, limits):
            body = {'quota_set': values}
            if service == 'compute':  # also below what is used
                body['quota_set'] = {**values, 'force': True}
            if values is limits:
                self.assertEqual(self.probe.ask(service, 'PUT', path, body)[0], 200)
            else:
                self.addCleanup(self.probe.ask, service, 'PUT', path, body)

    def refused(self, what, step, words):
        drive = self.start()
        reply, ref = carry_out(drive, 'open', what)
        undone = undo_all(drive, 'open', what, ref)[0]
        self.assertEqual((reply['slug'], reply['figures']['step']), ('cloud-refused', step), reply)
        self.assertIn(words, reply['figures']['detail'])
        self.assertEqual(undone['rc'], 'ok', undone)
        self.assertEqual(self.left_over(), [])

    def test_a_size_that_no_host_has_is_refused_in_novas_words_and_undone(self):
        self.quota('compute', cores=-1)
        self.refused(order(5, dims={'vcpu': 100000000, 'memory_gib': 4000, 'block_gib': 1000}),
                     'server', 'server ERROR: No valid host')

    def test_a_spent_quota_of_servers_is_refused_in_novas_words_and_undone(self):
        self.quota('compute', instances=0)
        self.refused(order(6), 'server', 'Quota exceeded')

    def test_a_spent_quota_of_disks_is_refused_in_cinders_words_and_undone(self):
        self.quota('volumev3', gigabytes=1)
        self.refused(order(7, dims={'block_gib': 5000}), 'volume', 'VolumeSizeExceedsAvailableQuota')

    def test_its_room_is_told(self):
        room = {r['name']: r for r in self.start().tell(do='capacity')['capacity']}
        self.assertEqual(set(room), {'vcpu', 'memory_gib', 'block_gib'})
        self.assertGreater(room['vcpu']['total'], room['vcpu']['used'])


class WholeCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=R1732
        self.addCleanup(self.folder.cleanup)
        secret, clouds = (os.path.join(self.folder.name, name) for name in ('secret', 'clouds.yaml'))
        with open(secret, 'w', encoding='utf-8') as f:
            f.write(SECRET)
        os.chmod(secret, 0o600)
        with open(clouds, 'w', encoding='utf-8') as f:
            f.write(f'YH:\n  driver: openstack\n  items: vm-*\n  auth_url: {UP.auth}\n'
                    f'  project: admin\n  user: admin\n  password_file: {secret}\n'
                    '  image: tiny\n  network: gov\n  system_disk_gib: 2\n')
        self.city = City(None, init=('--demo-clock',), serve=('--clouds', clouds))
        self.addCleanup(self.city.close)
        self.w = self.city.who
        self.probe = probe()
        self.probe.keystone()

    def server(self):
        status, out, _ = self.probe.ask('compute', 'GET', '/servers/detail?name=YH-')
        self.assertEqual(status, 200)
        return [(s['status'], s['flavor']['vcpus']) for s in out['servers']]

    def until(self, no, step):
        end = time.monotonic() + 300
        while step not in (steps(self.w['u1'].case(no)) or [self.w['u1'].case(no)['state']]):
            self.assertLess(time.monotonic(), end, self.w['p1'].get('/api/v1/orders', case=no))
            time.sleep(0.3)

    def test_from_the_application_to_the_destruction(self):
        self.city.project('os')
        no = self.city.apply('os', 1)['no']
        self.w['o1'].decide(no, 'review')
        self.until(no, 'verify')
        [resource] = self.w['u1'].case(no)['resources']
        self.assertEqual(self.server(), [('ACTIVE', 4)])
        self.w['u1'].decide(no, 'verify', 'passed')
        self.w['o1'].decide(no, 'formal')
        no = self.w['u1'].file('reclaim', {'resources': [resource['id']], 'reason': '下线',
                                           'backup': {'choice': 'nothing_to_keep'}})['no']
        self.w['o1'].decide(no, 'review')
        self.until(no, 'retention')
        self.assertEqual(self.server(), [('SHUTOFF', 4)])
        found = self.w['o1'].later('/api/v1/clouds/YH/reconcile', {}, limit=200)['items']
        self.assertEqual([d for d in found if d['kind'] != 'unregistered'], [])
        self.city.turn(self.city.clock() + datetime.timedelta(days=120))
        self.until(no, 'closed')
        self.assertEqual(self.server(), [])


class Kept(unittest.TestCase):
    def test_the_services_answer_as_is_kept_of_them(self):
        seen = probe().run()
        if os.environ.get('YH_RECORD'):
            with open(SEEN, 'w', encoding='utf-8') as f:
                json.dump(seen, f, indent=1, sort_keys=True)
                f.write('\n')
        with open(SEEN, encoding='utf-8') as f:
            kept = json.load(f)
        self.assertEqual({k: v[0] for k, v in seen.items()}, {k: v[0] for k, v in kept.items()})
        for what, (_, body) in kept.items():
            self.assertEqual(type(seen[what][1]), type(body), what)


if __name__ == '__main__':
    unittest.main()
