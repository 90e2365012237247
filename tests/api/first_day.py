"""Small cities on their first day, founded once for all the tests of a run and copied from then on:
founding one takes a hundred calls and fifty password hashes, more than most tests do."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HOURS = 4  # its people stay signed in for twelve
LOCKS = 64
ROOT = os.path.join(tempfile.gettempdir(), f'yh-cities-{os.getuid()}')


def contents():
    """What a founded city depends on, but for the programs."""
    digest = hashlib.sha256()
    founders = [HERE / f'{name}.py' for name in ('city', 'first_day', 'server', 'session', 'totp')]
    for path in sorted([*HERE.parent.parent.glob('policy/**/*'), *founders]):
        if path.is_file():
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def key(programs, init, postgres):
    engine = ''
    if postgres:  # another server at the same address is not this one
        engine = subprocess.run(['psql', '-qAtX', postgres, '-c', 'SELECT pg_postmaster_start_time()'],
                                check=True, capture_output=True, text=True).stdout
    stamp = [[os.path.realpath(p), os.stat(p).st_mtime_ns] for p in programs]
    parts = [stamp, init, postgres, engine, contents(), int(time.time() / 3600 / HOURS)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


@contextlib.contextmanager
def alone(name):
    """Nobody founds the same city meanwhile; others are not waited for."""
    os.makedirs(ROOT, mode=0o700, exist_ok=True)
    with open(os.path.join(ROOT, f'lock-{int(name, 16) % LOCKS}'), 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget_old():
    for entry in os.scandir(ROOT):
        with contextlib.suppress(FileNotFoundError):  # forgotten by another
            if entry.is_dir() and time.time() - entry.stat().st_mtime > 24 * 3600:
                shutil.rmtree(entry.path, ignore_errors=True)


def kept(programs, init, postgres, found):
    """The folder of the city made by `init` with what `found(folder)` leaves there: the data, and in
    city.json what else it takes to go on."""
    name = key(programs, init, postgres)
    folder = os.path.join(ROOT, name)
    with alone(name):
        if not os.path.exists(folder):
            forget_old()
            made = tempfile.mkdtemp(dir=ROOT)
            found(made)
            os.rename(made, folder)
    with open(os.path.join(folder, 'city.json'), encoding='utf-8') as f:
        return folder, json.load(f)
