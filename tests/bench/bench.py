"""Durable filings, reads with many cases, memory and start of the server, beside pgbench on the same
machine in the same run: bench.py [--cases N] [--seconds S]. Needs wrk and PostgreSQL; run it through
tests/tools/pg.py. Prints a table."""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'api'))
from city import City, Session  # noqa: E402

LUA = '''
local n, heads = 0, {{}}
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


def pgbench(url, seconds, clients):
    subprocess.run(['pgbench', '-i', '-q', '-s', '10', url], capture_output=True, check=True)
    out = subprocess.run(['pgbench', '-N', '-n', '-c', str(clients), '-j', '2', '-T', str(seconds), url],
                         capture_output=True, text=True, check=True).stdout
    return float(re.search(r'tps = ([\d.]+)', out).group(1))


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


def fill(city, token, script, cases):
    made = 0
    while made < cases:
        rate, _, _ = wrk(city.server.port, 10, 64, script)
        made += int(rate * 10)
    return made


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--cases', type=int, default=100000)
    options.add_argument('--seconds', type=int, default=10)
    o = options.parse_args()
    city = City()
    rows = []
    try:
        for i in range(16):
            city.project(f'bench{i}', dims={'vcpu': 100000, 'memory_gib': 100000}, initiated=False)
        token = bearer(city, 'u1')
        with tempfile.NamedTemporaryFile('w', suffix='.lua', delete=False) as f:
            f.write(LUA.format(token=token))
        before = cpu_seconds(city.server.process.pid)
        rate, p50, p99 = wrk(city.server.port, o.seconds, 16, f.name)
        cpu = (cpu_seconds(city.server.process.pid) - before) / (rate * o.seconds) * 1e6
        rows.append(('filings/s, 16 clients, durable', f'{rate:,.0f}'))
        rows.append(('  p50 / p99, ms', f'{p50:.1f} / {p99:.1f}'))
        rows.append(('  server CPU a filing, µs', f'{cpu:.0f}'))
        peer = os.environ.get('YH_TEST_POSTGRES')
        if peer:
            tps = pgbench(peer, o.seconds, 16)
            rows.append(('pgbench simple-update/s, 16 clients', f'{tps:,.0f}'))
            rows.append(('  ratio', f'{rate / tps:.2f}'))
        rate, p50, p99 = wrk(city.server.port, o.seconds, 64, f.name)
        rows.append(('filings/s, 64 clients, durable', f'{rate:,.0f}'))
        rows.append(('  p50 / p99, ms', f'{p50:.1f} / {p99:.1f}'))
        rows.append(('cases in the store', f'{fill(city, token, f.name, o.cases):,}'))
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
    for name, value in rows:
        print(f'| {name} | {value} |')


if __name__ == '__main__':
    main()
