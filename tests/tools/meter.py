"""A private metrics store for tests: `meter.py victoria|prometheus -- COMMAND …` starts Debian's on a
free loopback port with a folder of its own, gives its address to the command in YH_TEST_METER, and
stops it by its pid."""
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PROMETHEUS_YML = 'storage: {tsdb: {out_of_order_time_window: 7d}}\n'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def victoria(home, port):
    return (['victoria-metrics', f'-storageDataPath={home}/data', '-retentionPeriod=10y',
             f'-httpListenAddr=127.0.0.1:{port}', '-dedup.minScrapeInterval=1ms',
             '-maxLabelsPerTimeseries=41'], '/health')


def prometheus(home, port):
    with open(os.path.join(home, 'prometheus.yml'), 'w', encoding='utf-8') as f:
        f.write(PROMETHEUS_YML)
    return (['prometheus', f'--config.file={home}/prometheus.yml',
             f'--storage.tsdb.path={home}/data', f'--web.listen-address=127.0.0.1:{port}',
             '--web.enable-remote-write-receiver'], '/-/ready')


def wait_ready(url, process):
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit('meter.py: the store stopped at once')
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit('meter.py: the store did not get ready')


@contextlib.contextmanager
def server(kind):
    home = tempfile.mkdtemp(prefix='yh-meter-')
    process = None
    try:
        port = free_port()
        command, ready = {'victoria': victoria, 'prometheus': prometheus}[kind](home, port)
        if not shutil.which(command[0]):
            raise SystemExit(f'meter.py: {command[0]} is not installed')
        with open(os.path.join(home, 'log'), 'wb') as log:
            process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log)
        wait_ready(f'http://127.0.0.1:{port}{ready}', process)
        yield f'http://127.0.0.1:{port}'
    finally:
        if process:
            process.terminate()
            process.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def main(argv):
    if len(argv) < 3 or argv[0] not in ('victoria', 'prometheus') or argv[1] != '--':
        raise SystemExit(__doc__)
    with server(argv[0]) as url:
        done = subprocess.run(argv[2:], check=False, env=dict(
            os.environ, YH_TEST_METER=url, YH_TEST_METER_STORE=argv[0]))
    return done.returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
