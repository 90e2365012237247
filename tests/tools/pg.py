"""A private PostgreSQL for tests: `pg.py run -- COMMAND …` starts one on a free loopback port as an
unprivileged user, gives its address to the command in YH_TEST_POSTGRES and the file of its log in
YH_TEST_POSTGRES_LOG, and stops it by its pid."""
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def binaries():
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/postgres'),
                   key=lambda p: int(p.split('/')[4]))
    if not found:
        raise SystemExit('pg.py: no PostgreSQL server is installed')
    return os.path.dirname(found[-1])


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def demote():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None, None
    try:
        who = pwd.getpwnam('postgres')
    except KeyError:
        who = pwd.getpwnam('nobody')

    def change():
        os.setgid(who.pw_gid)
        os.setgroups([])
        os.setuid(who.pw_uid)
    return who, change


@contextlib.contextmanager
def server():
    bindir, port = binaries(), free_port()
    who, change = demote()
    home = tempfile.mkdtemp(prefix='yh-pg-')
    process = None
    try:
        if who:
            os.chown(home, who.pw_uid, who.pw_gid)
        data = os.path.join(home, 'data')
        subprocess.run([os.path.join(bindir, 'initdb'), '-D', data, '-U', 'yunheng', '-A', 'trust',
                        '-E', 'UTF8', '--locale=C', '--no-sync'], check=True, preexec_fn=change, cwd=home,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(home, 'log'), 'wb') as log:
            process = subprocess.Popen(
                [os.path.join(bindir, 'postgres'), '-D', data, '-p', str(port), '-k', home,
                 '-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200',
                 # the tests kill programs, never the machine: what is written need not be on disk
                 '-c', 'fsync=off', '-c', 'full_page_writes=off'],
                preexec_fn=change, cwd=home, stdout=log, stderr=log)
        wait_ready(bindir, port, process)
        yield f'postgresql://yunheng@127.0.0.1:{port}/postgres', os.path.join(home, 'log')
    finally:
        if process:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def wait_ready(bindir, port, process):
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit('pg.py: the server stopped at once')
        ready = subprocess.run([os.path.join(bindir, 'pg_isready'), '-q', '-h', '127.0.0.1', '-p',
                                str(port)], check=False)
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise SystemExit('pg.py: the server did not get ready')


def main(argv):
    if len(argv) < 3 or argv[:2] != ['run', '--']:
        raise SystemExit(__doc__)
    with server() as (url, log):
        done = subprocess.run(argv[2:], env=dict(os.environ, YH_TEST_POSTGRES=url,
                                                 YH_TEST_POSTGRES_LOG=log), check=False)
    return done.returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
