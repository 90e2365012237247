"""docs/hardening.zh-CN.md, point by point, each command as it is printed there."""
import http.client
import re
import socket
import ssl
import threading

from machine import CONF, Guide, Person, get, holds, wait

HARDENING = Guide('hardening.zh-CN.md')
NAME = 'yunheng.example.cn'
URL = f'https://{NAME}:8443'
DISTRICT = '/srv/district'
STRANGER = '198.51.100.9'


def trusting(m):
    return ssl.create_default_context(cafile=m.root + '/root/ca.pem')


def authority(m):
    """What a city has beside the server: an authority of its own, and certificates of it."""
    m.sh('''cd /root
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 365 -subj "/CN=Walk" 2>/dev/null
for name in yunheng log db; do
    openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj "/CN=$name.example.cn" 2>/dev/null
    printf "subjectAltName=DNS:$name.example.cn\\n" > $name.ext
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile $name.ext -out $name.pem 2>/dev/null
done
cat yunheng.pem ca.pem > fullchain.pem; cp yunheng.key private.key''')


class Collector:
    """A log platform with TLS: what it was sent."""

    def __init__(self, m, port=6514):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(m.root + '/root/log.pem', m.root + '/root/log.key')
        self.got = b''
        self.listener = context.wrap_socket(socket.create_server(('127.0.0.1', port)), server_side=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                conn = self.listener.accept()[0]
            except ssl.SSLError:
                continue
            except OSError:
                return
            threading.Thread(target=self.read, args=(conn,), daemon=True).start()

    def read(self, conn):
        try:
            while piece := conn.recv(65536):
                self.got += piece
        except OSError:
            pass


def accounts_and_files(m):
    m.sh(HARDENING.block('chmod 0640 /etc/yunheng/yunhengd.conf'))
    said = m.sh(HARDENING.block('ss -ltnp | grep yunhengd')).stdout.splitlines()
    holds('S13: 1, who may read and write what', said[:3] == ['700 yunheng:yunheng /var/lib/yunheng', f'640 root:yunheng {CONF}',
                                                           '600 yunheng:yunheng /etc/yunheng/field.key'], said)
    holds('S14: one port is listened to', len(said) == 4 and m.ports() >= {8480}, said)


def field_key(m, people):
    first, *_ = HARDENING.block('yunheng field-key rotate').splitlines()
    known = m.at('/etc/yunheng/field.key').read_text(encoding='ascii').splitlines()
    m.sh(first)
    people['sysadmin']('yunheng field-key rotate')
    owner = m.sh("stat -c '%a %U' /etc/yunheng/field.key").stdout
    holds('2, a second key goes into the file, which stays the service\'s', owner == '600 yunheng\n', owner)

    def turned():
        said = people['sysadmin'](HARDENING.says('yunheng field-key status') + ' --format json')
        return said if re.search(r'"retired_at": ?"', said) else None
    wait('S28: nothing is under the first any more', turned, 120)
    now = m.at('/etc/yunheng/field.key').read_text(encoding='ascii').splitlines()
    m.at('/etc/yunheng/field.key').write_text('\n'.join(line for line in now if line not in known or line.startswith('#')) + '\n',
                                            encoding='ascii')
    m.sh(HARDENING.says('systemctl reload yunhengd'))
    m.restart()
    holds('and the server starts without it', True)


def tls(m, people):
    authority(m)
    m.sh('cd /root; ' + HARDENING.block('install -d -o root -g yunheng -m 0750 /etc/yunheng/tls'))
    m.sh('cd /root; ' + HARDENING.block('update-ca-certificates'))
    m.configure(HARDENING.block('listen = 0.0.0.0:8443'))
    m.restart(URL, context=trusting(m))
    lines = HARDENING.block('-tls1_1').splitlines()
    old = m.sh(lines[0], ok=False)
    holds('S07: 3, TLS 1.1 is refused', old.returncode != 0, old)
    holds('and browsers are told to stay with TLS', 'max-age' in m.sh(lines[1]).stdout)
    m.sh('cd /root; ' + HARDENING.says('install -o root -g yunheng -m 0640 fullchain.pem private.key /etc/yunheng/tls/'))
    m.sh(HARDENING.says('systemctl reload yunhengd'))
    wait('a new certificate is taken at once', lambda: 'tls-reloaded' in m.log())
    HARDENING.says('export YUNHENG_SERVER=' + URL)
    for who in people.values():
        who.env['YUNHENG_SERVER'] = URL
    sign_in(people, 'sysadmin', 'auditor')


def sign_in(people, *logins):
    for login in logins:
        people[login].sign_in(Guide('install.zh-CN.md'))


def nginx(m):
    """The other way, looked at and taken away again."""
    lines = HARDENING.block('nginx -t && systemctl reload nginx')
    m.sh('systemctl start nginx; cd /root; ' + lines)
    kept = m.at(CONF).read_text(encoding='utf-8')
    m.configure(HARDENING.block('secure-cookie = true'))
    m.at(CONF).write_text(re.sub('(?m)^tls-.*\n', '', m.at(CONF).read_text(encoding='utf-8')), encoding='utf-8')
    m.restart()
    status, _ = get('/', f'https://{NAME}', context=trusting(m))
    holds('or nginx before it', status == 200)
    m.at(CONF).write_text(kept, encoding='utf-8')
    m.sh('systemctl stop nginx')
    m.restart(URL, context=trusting(m))


class District:
    """The server of a district, on the same machine."""
    URL = 'http://127.0.0.1:8490'

    def __init__(self, m):
        self.m = m
        m.sh('''cd /root
openssl req -newkey rsa:2048 -nodes -keyout district.key -out district.csr -subj "/CN=east" 2>/dev/null
openssl x509 -req -in district.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out district.pem 2>/dev/null
cp ca.pem city-ca.pem
install -o root -g yunheng -m 0640 city-ca.pem district.pem district.key /etc/yunheng/tls/''')
        m.sh(f'install -d -o yunheng -g yunheng -m 0700 {DISTRICT}')
        said = m.sh(f'runuser -u yunheng -- yunheng init --data {DISTRICT}/data').stdout
        self.serve('')
        self.admin = Person(m, 'sysadmin', self.URL)
        self.admin.env['YUNHENG_SESSION'] = '/root/district.json'
        self.admin.begin(Guide('install.zh-CN.md'), re.search(r'sysadmin +(\S+)', said)[1])

    def serve(self, settings):
        conf = DISTRICT + '/conf'
        self.m.at(conf).write_text(f'data = {DISTRICT}/data\nlisten = 127.0.0.1:8490\n{settings}', encoding='utf-8')
        self.m.sh(f'yunheng config check {conf}; systemctl stop district 2>/dev/null || true; '
                  f'systemd-run -q --unit=district --uid=yunheng yunhengd --config {conf}')
        self.m.ready(self.URL)

    def end(self):
        self.m.sh(f'systemctl stop district; rm -rf {DISTRICT}')


def link(m, people):
    m.sh('install -o root -g yunheng -m 0640 /root/ca.pem /etc/yunheng/tls/districts-ca.pem')
    m.configure(HARDENING.block('tls-client-ca = '))
    m.restart(URL, context=trusting(m))
    district, settings = District(m), HARDENING.block('link-cert = ')
    create = 'yunheng cloud create --code east --name 东区政务云 --level district --district east'
    district.admin('yunheng cloud create --code YH --name 市级政务云 --level municipal')
    for who in (people['sysadmin'], district.admin):
        who(create)
    code = re.search(r'[0-9A-Za-z]+(?:[-.][0-9A-Za-z]+){2,}', people['sysadmin']('yunheng link code east --days 7'))[0]
    enrol = f'yunheng link enrol {URL} --code {code}'
    district.serve(re.search('(?m)^link-ca = .*\n', settings)[0])
    said = district.admin(enrol, ok=False)
    holds('S31: 4, a district without a certificate is refused', 'client-certificate-needed' in said, said)
    district.serve(settings)
    district.admin(enrol)
    for who in (people['sysadmin'], district.admin):
        wait('S31: and with one it is paired', lambda w=who: 'active' in w('yunheng link list --format json'))
    people['sysadmin']('yunheng link end east --reason 演练')
    district.end()


class Dripping:
    """A connection that sends a request a byte at a time, for as long as it is let."""

    def __init__(self, m):
        self.sock = trusting(m).wrap_socket(stranger(), server_hostname=NAME)
        self.thread = threading.Thread(target=self.send, daemon=True)
        self.done = threading.Event()
        self.thread.start()

    def send(self):
        try:
            for byte in b'GET /healthz HTTP/1.1\r\nHost: ' + b'x' * 4000:
                self.sock.send(bytes([byte]))
                if self.done.wait(0.5):
                    return
        except OSError:
            self.done.set()


def stranger():
    return socket.create_connection((NAME, 8443), 60, (STRANGER, 0))


def limits(m):
    """What is held back from an address that is not this machine's loopback."""
    m.sh(f'ip address add {STRANGER}/32 dev lo')
    slow = Dripping(m)

    def ask(source, wrong):
        conn = http.client.HTTPSConnection(NAME, 8443, timeout=60, context=trusting(m), source_address=(source, 0))
        try:
            while True:
                body = '{"login": "nobody", "password": "wrong-word-1"}' if wrong else None
                conn.request('POST' if wrong else 'GET', '/api/v1/session', body, {'Content-Type': 'application/json'})
                reply = conn.getresponse()
                reply.read()
                yield reply.status, reply.headers['Retry-After']
        finally:
            conn.close()

    def until_held(source, wrong, most):
        for n, (status, after) in zip(range(most), ask(source, wrong)):
            if status == 429:
                return n, after
        return most, None

    n, after = until_held(STRANGER, True, 40)
    holds('S03: 7, who guesses passwords waits', n >= 10 and after, (n, after))
    n, after = until_held('127.0.0.1', True, 40)
    holds('and not on the machine itself', after is None, (n, after))
    n, after = until_held(STRANGER, False, 20000)
    holds('who asks all the time waits', n >= 1500 and after, (n, after))
    many = [stranger() for _ in range(520)]

    def turned_away():
        for sock in many:
            sock.setblocking(False)
            try:
                if sock.recv(1) == b'':
                    return True
            except BlockingIOError:
                continue
            except OSError:
                return True
        return False
    wait('an address has 512 connections', turned_away)
    for sock in many:
        sock.close()
    figures = get('/metrics', URL, context=trusting(m))[1]
    for name in re.findall('`(yunheng_http_[a-z_]+)`', HARDENING.text):
        holds('it is counted: ' + name, re.search(f'(?m)^{name} [1-9]', figures), figures[:3000])
    holds('who sends a request byte by byte is ended', slow.done.wait(120))
    m.sh(f'ip address del {STRANGER}/32 dev lo')


def administrators(m, people):
    m.configure(HARDENING.block('admin-from = '), **{',127.0.0.1': ''})
    m.restart(URL, context=trusting(m))
    said = people['sysadmin']('yunheng backup sets', ok=False)
    holds('S03: 5, an administrator from elsewhere is refused', 'address-not-admitted' in said, said)
    m.configure(HARDENING.block('admin-from = '))
    m.restart(URL, context=trusting(m))
    people['sysadmin']('yunheng backup sets')
    holds('and not from where they are let in', True)


def firewall(m):
    m.at('/etc/nftables.conf').write_text(HARDENING.block('flush ruleset'), encoding='utf-8')
    m.sh(HARDENING.block('nft -c -f /etc/nftables.conf'))
    said = m.sh('nft list ruleset').stdout
    holds('S12: 6, what is not let in stays out', 'policy drop' in said and '8443' in said, said)
    holds('S12: and the machine itself goes on', get('/healthz', URL, context=trusting(m))[0] == 200)


def factors(people):
    said = people['secadmin'](HARDENING.says('yunheng policy parameters'))
    holds('S02: 8, who needs a second factor', 'second_factor.roles' in said, said[:500])


def backup_key(m):
    m.at('/root/passphrase').write_text('walk-walk-walk-walk\n', encoding='ascii')
    made, put = HARDENING.block('yunheng backup keygen').splitlines()
    m.asked('cd /root; ' + made, 'walk-walk-walk-walk', 'walk-walk-walk-walk')
    m.sh('cd /root; ' + put)
    m.configure(HARDENING.block('backup-key = '))
    m.restart(URL, context=trusting(m))
    holds('9, the backup key is the server\'s public half', True)


def records(m, people):
    collector = Collector(m)
    m.sh('cp /root/ca.pem /etc/yunheng/tls/log-ca.pem')
    m.configure(HARDENING.block('audit-syslog = '))
    m.restart(URL, context=trusting(m))
    sign_in(people, 'auditor')
    wait('S10: 10, the record goes to the collector', lambda: b'audit@32473' in collector.got)
    said = people['auditor'](HARDENING.says('yunheng audit integrity'))
    holds('which its administrator is told of', 'log.example.cn' in said or re.search('sent|外送|feed', said), said)
    m.at('/etc/rsyslog.d/yunheng.conf').write_text(HARDENING.block('# /etc/rsyslog.d/yunheng.conf'), encoding='utf-8')
    before = len(collector.got)
    m.sh(HARDENING.block('rsyslogd -N1'))
    m.restart(URL, context=trusting(m))
    wait('S10: and the log', lambda: b'"event":"listening"' in collector.got[before:])


def programs(m):
    line = re.search(r'root (.*)', HARDENING.block('# /etc/cron.d/yunheng'))[1]
    m.at('/etc/cron.d/yunheng').write_text(HARDENING.block('# /etc/cron.d/yunheng'), encoding='utf-8')
    said = m.sh(HARDENING.block('yunheng selftest --manifest /etc/yunheng/release.manifest --key /etc/yunheng/release.pub\n')).stdout
    holds('S17: 12, the programs are those of the release', 'FAILED' not in said, said[-2000:])
    changed = m.at('/usr/share/yunheng/policy/shanghai-2022/parameters.yaml')
    kept = changed.read_bytes()
    changed.write_bytes(kept + b'\n')
    m.sh(line, ok=False)
    wait('S17: and what was changed is told of', lambda: '程序文件与发布的不符' in m.sh('journalctl -t yunheng -o cat').stdout)
    changed.write_bytes(kept)


def last_look(m, people):
    *_, check, ready, status, sets = HARDENING.block('yunheng field-key status\nyunheng backup sets').splitlines()
    m.sh(check)
    said = m.sh(ready).stdout
    holds('13, nothing is left to warn of', '"warnings":[]' in said.replace(' ', ''), said)
    for line in (status, sets):
        people['sysadmin'](line)


def walk(m, people):
    accounts_and_files(m)
    field_key(m, people)
    tls(m, people)
    nginx(m)
    link(m, people)
    administrators(m, people)
    firewall(m)
    limits(m)
    sign_in(people, 'secadmin')
    factors(people)
    backup_key(m)
    records(m, people)
    programs(m)
    sign_in(people, 'sysadmin')
    last_look(m, people)
