"""What the command line asks for at a terminal, where nobody sees what is typed: a slip is found before
it locks its owner out."""
import os
import select
import subprocess
import tempfile
import termios
import time
import unittest

from server import BIN, Server, Store

GOOD = 'Walk-Passw0rd!'


def asked(words, *answers, **env):
    """The exit status and all that was said; each answer is typed when a question stands there and no longer
    echoes."""
    near, far = os.openpty()
    said, last, left = '', '', list(answers)
    with subprocess.Popen(['setsid', '-c', '-w', f'{BIN}/yunheng', *words], stdin=far, stdout=far, stderr=far,
                          env={**os.environ, **env}) as p:
        os.close(far)
        while select.select([near], [], [], 120)[0]:
            try:
                piece = os.read(near, 65536).decode(errors='replace')
            except OSError:
                break
            said, last = said + piece, last + piece
            if not last.endswith(': ') or not left:
                continue
            end = time.monotonic() + 120
            while termios.tcgetattr(near)[3] & termios.ECHO:
                if p.poll() is not None or time.monotonic() > end:
                    p.kill()
                    break
                time.sleep(0.01)
            os.write(near, left.pop(0).encode() + b'\n')
            last = ''
        else:
            p.kill()
    os.close(near)
    return p.returncode, said


class Asking(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_a_key_that_is_made_has_a_passphrase_that_was_typed_alike_twice(self):
        key = os.path.join(self.folder, 'backup.pem')
        words = ['backup', 'keygen', '--key', key, '--out', key + '.pub']
        code, said = asked(words, 'walk-walk-walk', 'walk-wolk-walk')
        self.assertEqual((code, os.path.exists(key)), (2, False), said)
        self.assertIn('passphrase-differs', said)
        code, said = asked(words, 'walk-walk-walk', 'walk-walk-walk')
        self.assertEqual((code, os.path.exists(key)), (0, True), said)
        with open(key, encoding='ascii') as f:
            self.assertIn('ENCRYPTED', f.read())

    def test_a_new_password_is_typed_alike_twice_and_the_questions_are_of_the_language(self):
        store = Store(None)
        self.addCleanup(store.drop)
        first = store.init()['sysadmin']
        server = Server(store)
        self.addCleanup(server.kill)
        env = {'YUNHENG_SERVER': f'http://127.0.0.1:{server.port}',
               'YUNHENG_SESSION': os.path.join(self.folder, 'session.json')}
        code, said = asked(['session', 'create', '--login', 'sysadmin'], first, **env)
        self.assertEqual(code, 0, said)
        self.assertIn('密码: ', said)
        code, said = asked(['account', 'password'], first, GOOD, GOOD + 'x', **env)
        self.assertEqual(code, 2, said)
        self.assertIn('两次输入不同', said)
        self.assertNotIn('argument missing', said)
        # so that the one before still holds
        code, said = asked(['account', 'password', '--lang', 'en'], first, GOOD, GOOD, **env)
        self.assertEqual(code, 0, said)
        self.assertIn('the password so far: ', said)
        self.assertIn('once more: ', said)
        self.assertNotIn(GOOD, said)
        code, said = asked(['session', 'create', '--login', 'sysadmin'], GOOD, **env)
        self.assertEqual(code, 0, said)
        code, said = asked(['session', 'show'], **env)
        self.assertEqual(code, 0, said)
        # another host is not told of it, even where the same server answers
        code, said = asked(['session', 'show'], **{**env, 'YUNHENG_SERVER': f'http://localhost:{server.port}'})
        self.assertNotEqual(code, 0, said)
        self.assertIn('请先登录', said)

    def test_a_server_that_does_not_answer_is_told_of_with_what_names_another(self):
        done = subprocess.run([f'{BIN}/yunheng', 'session', 'show'], capture_output=True, text=True, check=False,
                              env={**os.environ, 'YUNHENG_SERVER': 'http://127.0.0.1:9', 'YUNHENG_SESSION': self.folder + '/none'})
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, '连不上服务器.*YUNHENG_SERVER')


if __name__ == '__main__':
    unittest.main()
