"""Durable filings, reads with many cases, memory and start of the server, beside pgbench on the same
machine in the same run: bench.py [--cases N] [--seconds S]. Needs wrk and PostgreSQL; run it through
tests/tools/pg.py. Prints a table."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
import same  # noqa: E402
from city import City, Session  # noqa: E402

LUA = '''
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {token}"
function request()
  n = n + 1
  local project = "bench" .. (n % 16)
  return wrk.format(nil, "/api/v1/cases", nil, '{{"procedure":"quota_change","project":"' .. project ..
    '","form":{{"action":"reduce","dimensions":[{{"dimension":"vcpu","quantity":"1"}}],"reason":"bench"}}}}')
end
function response(status)
  if status ~= 201 then io.stderr:write("status " .. status .. "\\n") end
end
'''


def wrk(port, seconds, clients, script=None, path='/', token=None):
    args = ['wrk', '-t', '2', '-c', str(clients), '-d', f'{seconds}s', '--latency', '--timeout', '30s']
    if script:
        args += ['-s', script]
    if token:
        args += ['-H', 'Authorization: Bearer ' + token]
    out = subprocess.run(args + [f'http://127.0.0.1:{port}{path}'], capture_output=True, text=True,
                         check=True)
    if 'status' in out.stderr or 'Non-2xx' in out.stdout:
        raise SystemExit('bench: some requests failed: ' + out.stderr[:300] + out.stdout[-300:])

    def latency(percent):
        value, unit = re.search(rf'{percent}%\s+([\d.]+)(us|ms|s)', out.stdout).groups()
        return float(value) * {'us': 0.001, 'ms': 1, 's': 1000}[unit]
    return float(re.search(r'Requests/sec:\s+([\d.]+)', out.stdout).group(1)), latency(50), latency(99)


def pgbench(url, seconds, clients, args):
    done = subprocess.run(['pgbench', '-n', '-c', str(clients), '-j', '2', '-T', str(seconds), *args, url],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit('bench: pgbench failed: ' + done.stderr[:2000])
    return float(re.search(r'tps = ([\d.]+)', done.stdout).group(1))


def simple_update(url, seconds, clients):
    subprocess.run(['pgbench', '-i', '-q', '-s', '10', url], capture_output=True, check=True)
    return pgbench(url, seconds, clients, ['-N'])


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def rss_mb(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1)) / 1024


def bearer(city, login):
    return city.who[login].call('POST', '/api/v1/account/tokens',
                                {'label': 'bench', 'scopes': 'all', 'days': 1})['token']


def fill(city, script, cases):
    made = 0
    while made < cases:
        rate, _, _ = wrk(city.server.port, 10, 64, script)
        made += int(rate * 10)
    return made


def projects(city):
    for i in range(16):
        city.project(f'bench{i}', dims={'vcpu': 100000, 'memory_gib': 100000}, initiated=False)


def filings(city, script, seconds, clients, label):
    """A run of filings: its rate, and the rows that tell of it."""
    pid = city.server.process.pid
    before = cpu_seconds(pid)
    rate, p50, p99 = wrk(city.server.port, seconds, clients, script)
    cpu = (cpu_seconds(pid) - before) / (rate * seconds) * 1e6
    return rate, [(f'{label}/s, {clients} clients, durable', f'{rate:,.0f}'),
                  ('  p50 / p99, ms', f'{p50:.1f} / {p99:.1f}'),
                  ('  server CPU a filing, µs', f'{cpu:.0f}')]


def lua(city, folder):
    name = os.path.join(folder, f'file-{city.server.port}.lua')
    with open(name, 'w', encoding='utf-8') as f:
        f.write(LUA.format(token=bearer(city, 'u1')))
    return name


def beside(peer, rate, seconds, folder):
    """What PostgreSQL does with the same statements, and with pgbench's own."""
    city = City(peer)
    try:
        projects(city)
        since = os.path.getsize(os.environ['YH_TEST_POSTGRES_LOG'])
        form = {'action': 'reduce', 'dimensions': [{'dimension': 'vcpu', 'quantity': '1'}],
                'reason': 'bench'}

        def file():
            city.who['u1'].file('quota_change', form, project='bench0')
        file()  # the first of the year, and each connection's first, are not like the others
        sent = same.recorded(os.environ['YH_TEST_POSTGRES_LOG'], since, city.store.psql, file)
        rows = filings(city, lua(city, folder), seconds, 16, 'filings on PostgreSQL')[1]
        city.server.stop()
        for waits, label in ((True, f'the same {len(sent)} statements by pgbench'),
                             (False, 'the same without the lock and the number')):
            args = ['-M', 'prepared', '-D', f'n={(1 + waits) * 10 ** 9}', '-f',
                    same.write(sent, folder, waits)]
            tps = pgbench(city.store.url, seconds, 16, args)
            rows.append((f'{label}/s', f'{tps:,.0f}'))
            rows.append(('  filings to them', f'{rate / tps:.2f}'))
    finally:
        city.close()
    tps = simple_update(peer, seconds, 16)
    return rows + [('pgbench simple-update/s, 16 clients', f'{tps:,.0f}'),
                   ('  filings to them', f'{rate / tps:.2f}')]


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--cases', type=int, default=100000)
    options.add_argument('--seconds', type=int, default=10)
    o = options.parse_args()
    peer = os.environ.get('YH_TEST_POSTGRES')
    folder = tempfile.mkdtemp(prefix='yh-bench-')
    os.chmod(folder, 0o755)
    city = City()
    try:
        projects(city)
        script = lua(city, folder)
        rate, rows = filings(city, script, o.seconds, 16, 'filings')
        if peer:
            rows += beside(peer, rate, o.seconds, folder)
        rows += filings(city, script, o.seconds, 64, 'filings')[1]
        rows.append(('cases in the store', f'{fill(city, script, o.cases):,}'))
        reader = bearer(city, 'e1')
        no = city.who['u1'].get('/api/v1/cases', limit=1)['items'][0]['no']
        for name, path in (('inbox of 50', '/api/v1/inbox'), ('one case', f'/api/v1/cases/{no}'),
                           ('its story', f'/api/v1/cases/{no}/events')):
            rate, p50, p99 = wrk(city.server.port, o.seconds, 16, path=path, token=reader)
            rows.append((f'{name}: reads/s', f'{rate:,.0f}'))
            rows.append(('  p50 / p99, ms', f'{p50:.1f} / {p99:.1f}'))
        city.server.stop()
        begin = time.monotonic()
        city.server.start()
        Session(city.server.port).raw('GET', '/readyz')
        rows.append(('start to ready, s', f'{time.monotonic() - begin:.2f}'))
        rows.append(('idle server, MB', f'{rss_mb(city.server.process.pid):.0f}'))
    finally:
        city.close()
        shutil.rmtree(folder)
    for name, value in rows:
        print(f'| {name} | {value} |')


if __name__ == '__main__':
    main()
