"""An officer's key and pledges, made by the program itself."""
import os
import subprocess

from city import BIN

PASSPHRASE = 'a passphrase of some length'


def upload(who, name, data):
    """The id of a document."""
    return who.call('POST', '/api/v1/documents?name=' + name, data,
                    {'Content-Type': 'application/octet-stream'})['id']


class Officer:
    """A person with a key of their own in `folder`."""

    def __init__(self, who, folder, name='officer'):
        self.who, self.folder = who, folder
        self.key = os.path.join(folder, name + '.pem')
        token = who.call('POST', '/api/v1/account/tokens',
                         {'label': 'pledges', 'scopes': 'all', 'days': 1})['token']
        self.env = dict(os.environ, YUNHENG_SERVER=f'http://127.0.0.1:{who.port}',
                        YUNHENG_TOKEN=token, YUNHENG_PASSPHRASE=PASSPHRASE)

    def run(self, *args, **env):
        return subprocess.run([f'{BIN}/yunheng', 'pledge', *args], env=dict(self.env, **env),
                              capture_output=True, text=True, check=False)

    def must(self, *args):
        done = self.run(*args)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def found(self):
        """Makes the key and registers it."""
        self.must('keygen', '--key', self.key)
        self.must('register', '--key', self.key)
        return self

    def signed(self, project, system='s1'):
        """The path of a signed pledge."""
        path = os.path.join(self.folder, f'{project}-{system}-{len(os.listdir(self.folder))}.json')
        self.must('sign', '--key', self.key, '--project', project, '--system', system, '--out', path)
        return path

    def pledge(self, project, system='s1'):
        """The id of a signed pledge that was handed in."""
        with open(self.signed(project, system), 'rb') as f:
            return upload(self.who, 'pledge.json', f.read())


def gate(officer, project, system='s1', **other):
    """The six pieces of a system that goes live."""
    pieces = ('security_resources', 'self_check', 'assessment', 'hardening', 'mlps_filing')
    form = {piece: upload(officer.who, piece + '.txt', f'{project} {piece}\n'.encode())
            for piece in pieces}
    return dict(form, system=system, pledge=officer.pledge(project, system), **other)
