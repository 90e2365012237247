"""What a thousand open consoles cost the server, and how long the latest of a unit takes.

usage: streams.py [READERS [SECONDS]]; prints a table. YH_BIN_DIR says which programs."""
import http.client
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'api'))
from city import City  # noqa: E402
from metering import Sender, Watchers, now_ms  # noqa: E402

RESOURCES, EACH = 50, 63
METRICS = ['resource_cpu_usage_ratio', 'resource_memory_used_bytes']
TICK = os.sysconf('SC_CLK_TCK')


def usage(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        parts = f.read().rsplit(')', 1)[1].split()
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        anon = next(int(x.split()[1]) for x in f if x.startswith('RssAnon'))
    return (int(parts[11]) + int(parts[12])) / TICK, anon / 1024


def fill(sender, nos, value):
    status, reply = sender.lines([{'metric': m, 'labels': {'resource': no}, 'at': now_ms(),
                                   'value': value} for no in nos for m in METRICS])
    assert (status, reply['refused']) == (200, 0), reply


def latest(port, token):
    conn = http.client.HTTPConnection('127.0.0.1', port)
    times = []
    for _ in range(500):
        begin = time.perf_counter()
        conn.request('GET', '/api/v1/meter/latest?unit=civil&metric=' + METRICS[0],
                     headers={'Authorization': 'Bearer ' + token})
        reply = conn.getresponse()
        body = reply.read()
        times.append((time.perf_counter() - begin) * 1000)
        assert reply.status == 200 and body.count(b'"resource"') == RESOURCES
    conn.close()
    return times


def measure(city, readers, seconds):
    pid, port = city.server.process.pid, city.server.port
    city.project('own', dims={'vcpu': 4 * RESOURCES, 'memory_gib': 8 * RESOURCES})
    ids = [city.formal('own', 1)[0] for _ in range(RESOURCES)]
    nos = [city.who['u1'].get('/api/v1/resources/' + i)['no'] for i in ids]
    token = city.who['u1'].call('POST', '/api/v1/meter/tokens', {
        'kind': 'unit', 'about': 'civil', 'label': 'bench', 'days': 1})['token']
    people = [city.person(f'watcher{i}', 'unit', 'civil') for i in range(-(-readers // EACH))]
    tokens = [p.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 1})
              ['token'] for p in people]
    sender = Sender(port, token)
    fill(sender, nos, 0.5)
    times = latest(port, tokens[0])
    _, before = usage(pid)
    crowd = Watchers()
    follow = [crowd.open(port, tokens[i // EACH], '/api/v1/meter/stream?unit=civil')
              for i in range(readers)]
    crowd.follow(follow)
    crowd.read(lambda: all(w['events'] for w in follow))
    end = time.monotonic() + 3
    crowd.read(lambda: time.monotonic() > end)
    cpu, idle = usage(pid)
    end = time.monotonic() + seconds
    crowd.read(lambda: time.monotonic() > end)
    quiet = usage(pid)[0] - cpu
    cpu, _ = usage(pid)
    for i in range(seconds):
        fill(sender, nos, i / seconds)
        end = time.monotonic() + 1
        crowd.read(lambda: time.monotonic() > end)
    busy, after = usage(pid)
    got = sum(w['bytes'] for w in follow)
    crowd.close()
    return times, before, idle, after, quiet, busy - cpu, got


def main():
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    city = City()
    try:
        times, before, idle, after, quiet, busy, got = measure(city, readers, seconds)
    finally:
        city.close()
    print(f'latest of {RESOURCES} resources over HTTP: median {statistics.median(times):.2f} ms, '
          f'p99 {sorted(times)[len(times) * 99 // 100]:.2f} ms')
    print(f'{readers} open streams: anonymous memory {before:.1f} -> {idle:.1f} MiB, '
          f'{(idle - before) * 1024 / readers:.1f} KiB a stream; {after:.1f} MiB under load')
    print(f'quiet, {seconds} s: {quiet / seconds * 100:.1f} % of a core')
    print(f'an event of {RESOURCES * len(METRICS)} series a second to each, {seconds} s: '
          f'{busy / seconds * 100:.1f} % of a core, {got / 1e6:.0f} MB read in all')


if __name__ == '__main__':
    main()
