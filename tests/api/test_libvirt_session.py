"""A machine from its application to its end, on QEMU itself under software emulation: it is allowed by a
case, boots, its load is metered, it is reclaimed, kept for the retention, and its disk is gone. Run by
tests/tools/libvirt_session.py."""
import datetime
import os
import tempfile
import unittest

from city import BLOCK, VM, City, steps

URI, HOME = os.environ.get('YH_TEST_LIBVIRT'), os.environ.get('YH_TEST_LIBVIRT_HOME')
SETTINGS = f'''YH:
  driver: libvirt
  items: vm-*
  uri: {URI}
  pool: tiny
  type: qemu
  arch: x86_64
  image: boot.img
  shutdown_s: 1
'''
TINY = dict(VM, code='vm-1c1g', name='云主机 1 核 1 GiB', dims={'vcpu': 1, 'memory_gib': 1})


@unittest.skipUnless(URI, 'tests/tools/libvirt_session.py runs it')
class Session(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='yh-clouds-')
        self.addCleanup(self.folder.cleanup)
        path = os.path.join(self.folder.name, 'clouds.yaml')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(SETTINGS)
        self.city = City(init=('--demo-clock',), serve=('--clouds', path))
        self.addCleanup(self.city.close)
        self.who = self.city.who
        self.city.publish([VM, BLOCK, TINY])
        self.city.project('QEMU', dims={'vcpu': 10, 'memory_gib': 20})

    def until(self, no, at):
        self.city.wait_until(lambda: steps(self.who['u1'].case(no)) == at, f'{no} is not at {at}')

    def differences(self):
        found = self.who['o1'].later('/api/v1/clouds/YH/reconcile', {}, limit=200)
        return [(d['kind'], d['machine']) for d in found['items']]

    # proves A13.1, A21.1, A26.1, S20
    def test_A19_1_a_machine_boots_is_metered_and_is_taken_back_with_its_disk(self):
        no = self.city.apply('QEMU', 1, item='vm-1c1g')['no']
        self.who['o1'].decide(no, 'review')
        self.until(no, ['verify'])
        resource, = self.who['u1'].case(no)['resources']
        self.assertEqual(self.differences(), [])
        written = []

        def booted():
            self.city.store.sql("UPDATE job SET due_at = 0 WHERE kind = 'cloud.sample'")
            written[:] = [i['value'] for i in self.who['u1'].get('/api/v1/meter/latest',
                                                                 resource=resource['no'])['items']
                          if i['metric'] == 'resource_disk_written_bytes_total']
            return written and written[0] > 0
        self.city.wait_until(booted, 'the guest has not booted')
        self.assertEqual(len(os.listdir(os.path.join(HOME, 'pool'))), 2)

        self.who['u1'].decide(no, 'verify', 'passed')
        self.who['o1'].decide(no, 'formal')
        back = self.who['u1'].file('reclaim', {'resources': [resource['id']], 'reason': '系统下线',
                                               'backup': {'choice': 'migrated'}}, project='QEMU')['no']
        self.who['o1'].decide(back, 'review')
        self.until(back, ['retention'])
        self.city.turn(self.city.clock() + datetime.timedelta(days=20), at_once=True)
        self.city.wait_until(lambda: self.who['u1'].case(back)['state'] == 'closed', 'not destroyed')
        self.assertEqual(os.listdir(os.path.join(HOME, 'pool')), ['boot.img'])
        self.assertEqual(self.differences(), [])


if __name__ == '__main__':
    unittest.main()
