"""A cloud's driver, driven from Python: see drive.c."""
import json
import os
import shutil
import subprocess
import tempfile
import uuid


class Drive:
    def __init__(self, driver, **settings):
        self.folder = tempfile.mkdtemp(prefix='yh-drive-')
        self.file = os.path.join(self.folder, 'clouds.yaml')
        with open(self.file, 'w', encoding='utf-8') as f:
            f.write(f'SH:\n  driver: {driver}\n  items: "*"\n')
            f.writelines(f'  {key}: "{value}"\n' for key, value in settings.items())
        self.process = subprocess.Popen(
            [os.environ['YH_DRIVE_CLOUD'], self.file, 'SH'], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, encoding='utf-8')

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        shutil.rmtree(self.folder)
        return status

    def tell(self, **command):
        self.process.stdin.write(json.dumps(command) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, 'the driver has died'
        return json.loads(line)


def order(number=1, **more):
    """Whole numbers are thousandths, as in the driver's interface."""
    return {'id': str(uuid.UUID(int=(7 << 76) + (2 << 62) + number)),
            'resource_no': f'SH-R-{number:06}', 'case_no': 'SH-2026-VM-000001', 'name': '社保前置机',
            'unit_code': 'rsj', 'project_code': 'P1', 'system_code': 'S1',
            'item_code': 'vm-x86-2c4g', 'item_category': '计算',
            'dims': {'vcpu': 2000, 'memory_gib': 4000}, **more}


def carry_out(drive, act, what, ref='', patience=3000):
    """All steps of an order as the saga does them: what is busy comes again. (reply, ref)"""
    steps = drive.tell(do=act, order=what)['steps']
    for name in steps:
        for _ in range(patience):
            reply = drive.tell(do=act, step=name, order=what, ref=ref)
            ref = reply['ref'] or ref
            if reply['rc'] != 'busy':
                break
        if reply['rc'] != 'ok':
            return reply, ref
    return reply, ref


def undo_all(drive, act, what, ref='', patience=3000):
    kept = []
    for name in reversed(drive.tell(do=act, order=what)['steps']):
        for _ in range(patience):
            reply = drive.tell(do=act, undo=name, order=what, ref=ref)
            if reply['rc'] != 'busy':
                break
        if reply['kept']:
            kept.append(name)
        if reply['rc'] != 'ok':
            return reply, kept
    return reply, kept
