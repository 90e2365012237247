"""A private libvirt with QEMU for tests: `libvirt_session.py run -- COMMAND …` starts a session daemon as an
unprivileged user in a folder of its own, with a pool `tiny` that holds one image, gives its address to
the command in YH_TEST_LIBVIRT, and stops it and what it left running by their pids. Exit code 77, which
counts as skipped, where there is no libvirtd or no QEMU.

The image `boot.img` is made here: a boot sector that writes itself to the next sector of its disk, and
halts. That a guest's disk was written to shows that it booted: firmware writes nothing."""
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from pg import demote

POOL = '''<pool type='dir'><name>tiny</name><target><path>{}</path></target></pool>'''
# xor ax,ax; mov es,ax; mov bx,7c00h; mov ax,0301h; mov cx,2; mov dh,0; int 13h; hlt; jmp -3
CODE = bytes.fromhex('31c0 8ec0 bb007c b80103 b90200 b600 cd13 f4 ebfd')
SECTOR = CODE.ljust(510, b'\0') + b'\x55\xaa'
IMAGE_BYTES = 1 << 20


def missing():
    for name in ('libvirtd', 'qemu-system-x86_64', 'qemu-img'):
        if not shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin'):
            return name
    return None


def furnish(home):
    config, pool = os.path.join(home, 'config', 'libvirt'), os.path.join(home, 'pool')
    for folder in (os.path.join(config, 'storage', 'autostart'), pool):
        os.makedirs(folder)
    with open(os.path.join(config, 'storage', 'tiny.xml'), 'w', encoding='utf-8') as f:
        f.write(POOL.format(pool))
    os.symlink(os.path.join(config, 'storage', 'tiny.xml'),
               os.path.join(config, 'storage', 'autostart', 'tiny.xml'))
    with open(os.path.join(config, 'qemu.conf'), 'w', encoding='utf-8') as f:
        f.write('stdio_handler = "file"\n')  # no daemon of logs that would outlive it
    with open(os.path.join(pool, 'boot.img'), 'wb') as f:
        f.write(SECTOR.ljust(IMAGE_BYTES, b'\0'))


def give(home, who):
    for folder, folders, files in os.walk(home):
        for name in ['.', *folders, *files]:
            os.lchown(os.path.join(folder, name), who.pw_uid, who.pw_gid)


def end(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


@contextlib.contextmanager
def daemon():
    who, change = demote()
    home = tempfile.mkdtemp(prefix='yh-lv-', dir='/tmp')  # a short path: it holds sockets
    process = None
    try:
        furnish(home)
        if who:
            give(home, who)
        env = {'PATH': os.environ['PATH'] + ':/usr/sbin:/sbin', 'HOME': home, 'XDG_RUNTIME_DIR': home,
               'XDG_CONFIG_HOME': os.path.join(home, 'config'), 'LANG': 'C.UTF-8',
               'XDG_CACHE_HOME': os.path.join(home, 'cache'),
               'XDG_DATA_HOME': os.path.join(home, 'data')}
        socket = os.path.join(home, 'libvirt', 'libvirt-sock')
        with open(os.path.join(home, 'log'), 'wb') as log:
            process = subprocess.Popen([shutil.which('libvirtd', path=env['PATH'])], env=env, cwd=home,
                                       preexec_fn=change, stdout=log, stderr=log)
        for _ in range(600):
            if os.path.exists(socket) or process.poll() is not None:
                break
            time.sleep(0.05)
        if not os.path.exists(socket):
            with open(os.path.join(home, 'log'), encoding='utf-8', errors='replace') as f:
                raise SystemExit('libvirt_session.py: the daemon did not start: ' + f.read()[-2000:])
        yield f'qemu+unix:///session?socket={socket}', home, process.pid
    finally:
        for path in glob.glob(os.path.join(home, 'libvirt', 'qemu', 'run', '*.pid')):
            with open(path, encoding='ascii') as f:
                end(int(f.read()))
        if process:
            end(process.pid)
            process.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def main(args):
    if args[:2] != ['run', '--'] or len(args) < 3:
        raise SystemExit(__doc__)
    lacks = missing()
    if lacks:
        print(f'1..0 # SKIP there is no {lacks}')
        return 77
    with daemon() as (uri, home, pid):
        return subprocess.run(args[2:], env=dict(os.environ, YH_TEST_LIBVIRT=uri, YH_TEST_LIBVIRT_HOME=home,
                                                 YH_TEST_LIBVIRT_PID=str(pid))).returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
