"""A store on one of the two engines, and servers on it. What a test leaves behind, for its set-up failed,
ends with the program."""
import atexit
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import uuid

from session import PASSWORD, Session

BIN = os.environ.get('YH_BIN_DIR', 'build/src/cmd')
# Several servers on one database name one outer meter, which is asked only when somebody meters.
SHARED_METER = ('--meter', 'http://127.0.0.1:9')


class Store:
    """A fresh store on one of the two engines; `like`: a copy of that database."""

    def __init__(self, postgres, like=None):
        self.dir = tempfile.mkdtemp(prefix='yh-city-')
        self.data = os.path.join(self.dir, 'data')
        self.devices, self.changed = {}, {}
        self.url, self.admin = None, postgres
        if postgres:
            name = 'yh_' + uuid.uuid4().hex
            self.psql(f'CREATE DATABASE {name}' + (f' TEMPLATE {like}' if like else ''))
            self.url = postgres.rsplit('/', 1)[0] + '/' + name
        atexit.register(self.drop)

    def psql(self, sql, url=None):
        return subprocess.run(['psql', '-qAtX', '-v', 'ON_ERROR_STOP=1', url or self.admin, '-c', sql],
                              check=True, capture_output=True, text=True).stdout.strip()

    def args(self):
        return ['--data', self.data] + (['--database', self.url] if self.url else [])

    def init(self, *extra):
        out = subprocess.run([f'{BIN}/yunheng', 'init', *self.args(), *extra], check=True,
                             capture_output=True, text=True).stdout
        return dict(line.split() for line in out.splitlines())

    def sql(self, text):
        """One statement beside the running server: how tests let time pass."""
        if self.url:
            return self.psql(text, self.url)
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, 'yunheng.db'),
                                                timeout=60)) as db, db:
            return db.execute(text).fetchall()

    def copies(self, table, where, n=1, **changed):
        """Further rows like one that is there, with ids before all others; `changed` is SQL, in which
        copy_no counts them."""
        found = self.sql('SELECT column_name FROM information_schema.columns WHERE table_schema ='
                         f" current_schema() AND table_name = '{table}'" if self.url else
                         f"SELECT name FROM pragma_table_info('{table}')")
        columns = found.split() if self.url else [name for name, in found]
        ids = ['0000' + os.urandom(14).hex() for _ in range(n)]
        values = ', '.join(f"({i}, {self.key(key)})" for i, key in enumerate(ids))
        new = dict(changed, id='copy_id')
        self.sql(f"WITH v (copy_no, copy_id) AS (VALUES {values}) INSERT INTO {table} ({', '.join(columns)})"
                 f" SELECT {', '.join(new.get(c, c) for c in columns)} FROM {table}, v WHERE {where}")
        return ids

    def key(self, text):
        """An id as SQL has it."""
        text = text.replace('-', '')
        return f"decode('{text}', 'hex')" if self.url else f"x'{text}'"

    def stay(self):
        """Is there for other programs when this one has ended."""
        atexit.unregister(self.drop)

    def drop(self):
        self.stay()
        if self.url:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.psql(f'DROP DATABASE {self.url.rsplit("/", 1)[1]} WITH (FORCE)')
        shutil.rmtree(self.dir, ignore_errors=True)


class Server:
    def __init__(self, store, *extra, words=None, listen='127.0.0.1'):
        self.store, self.extra, self.process, self.words = store, extra, None, words
        self.address = listen
        # of those who have a second factor, by login, and what Session says of passwords: the same
        # for all servers of a store
        self.devices, self.changed = store.devices, store.changed
        self.log = os.path.join(store.dir, f'log-{uuid.uuid4().hex[:6]}')
        self.listen = 0  # set: started anew, it listens there again
        atexit.register(self.kill)
        self.start()

    def start(self, port=0):
        port_file = os.path.join(self.store.dir, 'port-' + uuid.uuid4().hex[:6])
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [f'{BIN}/yunhengd', *self.store.args(), '--listen', f'{self.address}:{port or self.listen}',
                 '--port-file', port_file, *self.extra], stdout=log, stderr=log)
        for _ in range(2400):
            if os.path.exists(port_file):
                with open(port_file, encoding='ascii') as f:
                    self.port = int(f.read())
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        with open(self.log, encoding='utf-8') as f:
            raise AssertionError('the server did not start: ' + f.read()[-2000:])

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=60)

    def kill(self):
        self.stop(signal.SIGKILL)

    def session(self, login=None, password=PASSWORD):
        if not login:
            return Session(self.port)
        return Session(self.port, login=(login, password), words=self.words,
                       device=self.devices.get(login), changed=self.changed).sign_in()
