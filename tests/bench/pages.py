"""The data behind every page, with everything at once: a million resources, a hundred thousand cases, a
thousand open consoles and a meter that is fed.

usage: pages.py [CASES [RESOURCES [CONSOLES [SECONDS]]]]; prints a table. YH_BIN_DIR says which programs,
YH_TEST_POSTGRES makes it PostgreSQL. Every reading operation that answers in JSON is asked as four people, in
a random order that is the same at each run, while the streams are read and the meter is written to by other
processes. Milliseconds are those of the machine as loaded as it is: compare them within one run, and with
the same pages asked of the city before it was filled, which is measured first."""
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[0] / 'api'))
sys.path.insert(0, str(HERE))
import lists  # noqa: E402
import shape_check  # noqa: E402
from city import City, Problem, today  # noqa: E402
from metering import Sender, Watchers, now_ms, series  # noqa: E402

PEOPLE = ('e1', 'o1', 'u1', 'auditor')
# Files, streams, and what reckons on purpose (an estimate of years, a scan) are no page's data.
LEFT_OUT = {'api.describe', 'health.metrics', 'calendar.feed', 'settle.document', 'settle.export'}


def reads(city):
    """(operation, path with its {names}, the query parameters it cannot do without)."""
    paths = city.who['o1'].get('/api/v1/openapi.json')['paths']
    for path, methods in paths.items():
        op = methods.get('get')
        if not op or op['operationId'] in LEFT_OUT:
            continue
        if 'application/json' in op['responses']['200'].get('content', {}):
            yield op['operationId'], path, [p['name'] for p in op.get('parameters', [])
                                            if p.get('in') == 'query' and p.get('required')]


def examples(city):
    """A value for each name that stands in a path or must stand in a query."""
    o, e, u = (city.who[p] for p in ('o1', 'e1', 'u1'))
    month = (today().replace(day=1) - today().resolution).strftime('%Y-%m')

    def first(who, path, key, **query):
        with_it = [i for i in who.get(path, **query)['items'] if i.get(key)]
        return with_it[0][key] if with_it else None
    case = e.get('/api/v1/inbox')['items']
    case = case[0] if case else {'case': first(e, '/api/v1/cases', 'no'), 'step': None}
    statement = first(u, '/api/v1/statements', 'no')
    line = first(u, f'/api/v1/statements/{statement}/lines', 'line') if statement else None
    settlement = first(o, '/api/v1/settlements', 'id')
    return {'person': 'u1', 'org': 'civil', 'unit': 'civil', 'cloud': 'YH', 'project': 'civil.one',
            'resource': first(u, '/api/v1/resources', 'no'), 'edition': city.edition, 'from': month,
            'to': month, 'month': month, 'q': '主机', 'procedure': 'test', 'subject': '20', 'article': '20',
            'case': case.get('no') or case['case'], 'step': case.get('step'), 'period': '5wd',
            'statement': statement, 'line': line, 'settlement': settlement, 'provider': 'vendor',
            'item': 'vm-4c8g', 'page': 'cases'}


def asked(city):
    known, asks = examples(city), []
    for op, path, wanted in reads(city):
        names = [part[1:-1] for part in path.split('/') if part.startswith('{')]
        if not all(known.get(n) for n in names + wanted):
            continue
        for n in names:
            path = path.replace('{' + n + '}', urllib.parse.quote(str(known[n]), safe=''))
        query = {n: known[n] for n in wanted}
        if op == 'calendar.due':
            query['from'] = today().isoformat()
        path += '?' + urllib.parse.urlencode(query) if query else ''
        asks += [(op, who, path) for who in PEOPLE if answers(city.who[who], path)]
    return asks


def answers(who, path):
    """Whether it is given; what takes more than ten seconds is said and left out, for one such reply would be
    all that is measured."""
    begun = time.monotonic()
    try:
        status = who.raw('GET', path)[0]
    except OSError as why:
        status = why
    if time.monotonic() - begun > 10:
        print(f'TOO SLOW: {path}: {status} after {time.monotonic() - begun:.0f} s', flush=True)
        return False
    return status == 200


def ask(city, asks, seconds):
    """Milliseconds by operation, each asked in turn until the time is over and at least ten times; and the
    server's CPU milliseconds meanwhile, in ticks, so that they say something only over many."""
    took, spent, order, end = {}, {}, list(asks), time.monotonic() + seconds
    pid = city.server.process.pid
    dice, rounds = random.Random(1), 0
    while rounds < 10 or time.monotonic() < end:
        dice.shuffle(order)
        for op, who, path in order:
            cpu, begun = lists.cpu(pid), time.perf_counter()
            status = city.who[who].raw('GET', path)[0]
            took.setdefault(op, []).append((time.perf_counter() - begun) * 1000)
            spent[op] = spent.get(op, 0) + (lists.cpu(pid) - cpu) * 1000
            if status != 200:
                raise AssertionError(f'{path} as {who}: {status}')
        rounds += 1
    return took, {op: spent[op] / len(took[op]) for op in took}


def watch(port, tokens, consoles, ready, stop):
    crowd = Watchers()
    follow = [crowd.open(port, tokens[i % len(tokens)], '/api/v1/account/stream') for i in range(consoles)]
    crowd.follow(follow)
    crowd.read(lambda: all(w['bytes'] for w in follow))
    ready.set()
    crowd.read(stop.is_set, 7200)
    crowd.close()


def feed(port, token, numbers, stop, sent):
    """Two metrics of each of these machines every fifteen seconds."""
    sender = Sender(port, token)
    while not stop.is_set():
        at, begun = now_ms(), time.monotonic()
        for k in range(0, len(numbers), 1000):
            body = [series({'__name__': name, 'resource': no}, [(at, value)])
                    for no in numbers[k:k + 1000]
                    for name, value in (('resource_cpu_usage_ratio', .31), ('resource_memory_used_bytes', 4e9))]
            status, problem = sender.write(*body)
            if status >= 300:
                raise AssertionError(problem)
            with sent.get_lock():
                sent.value += len(body)
        stop.wait(max(0, 15 - (time.monotonic() - begun)))
    sender.close()


def crowd_tokens(city, consoles):
    desks = [('unit', 'civil'), ('unit', 'health'), ('operator', 'bdc'), ('econ_info', 'econ'),
             ('authority', 'auth'), ('provider', 'vendor')]
    people = [city.person(f'console{i}', *desks[i % len(desks)]) for i in range(-(-consoles // 50))]
    return [p.call('POST', '/api/v1/account/tokens', {'label': 'x', 'scopes': 'read', 'days': 1})['token']
            for p in people]


def table(before, after, spent):
    print(f'{"operation":28}{"asked":>7}{"empty p50":>11}{"p50":>9}{"p99":>9}  ms{"CPU ms":>10}')
    every = []
    for op, took in sorted(after.items(), key=lambda kv: -p99(kv[1])):
        every += took
        empty = f'{statistics.median(before[op]):.1f}' if op in before else ''
        print(f'{op:28}{len(took):7}{empty:>11}{statistics.median(took):9.1f}{p99(took):9.1f}{spent[op]:14.1f}')
    print(f'all: {len(every)} replies, p50 {statistics.median(every):.1f} ms, p99 {p99(every):.1f} ms')


def p99(took):
    return sorted(took)[min(len(took) - 1, int(len(took) * .99))]


def settled(city):
    """Last month, so that there are bills; what a city cannot settle yet has none."""
    month = (today().replace(day=1) - today().resolution).strftime('%Y-%m')
    begun, before = time.monotonic(), lists.cpu(city.server.process.pid)
    try:
        city.who['o1'].settle(month)
        print(f'{month} settled: {time.monotonic() - begun:.0f} s,'
              f' {lists.cpu(city.server.process.pid) - before:.1f} CPU s', flush=True)
    except Problem as why:
        print('not settled:', why, flush=True)


def together(city, asks, numbers, consoles, seconds):
    tokens, port = crowd_tokens(city, consoles), city.server.port
    meter = city.who['o1'].call('POST', '/api/v1/meter/tokens',
                                {'kind': 'cloud', 'about': 'YH', 'label': 'bench', 'days': 1})['token']
    stop, ready, sent = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Value('q', 0)
    others = [multiprocessing.Process(target=watch, args=(port, tokens, consoles, ready, stop)),
              multiprocessing.Process(target=feed, args=(port, meter, numbers, stop, sent))]
    for p in others:
        p.start()
    try:
        if not ready.wait(120):
            raise AssertionError('the consoles did not connect')
        fed, begun = sent.value, time.monotonic()
        took, spent = ask(city, asks, seconds)
        wall = time.monotonic() - begun
        print(f'{consoles} consoles; {(sent.value - fed) / wall:.0f} samples a second;'
              f' load {os.getloadavg()[0]:.1f}', flush=True)
        return took, spent
    finally:
        stop.set()
        for p in others:
            p.join()


def main(cases=100000, resources=1000000, consoles=1000, seconds=120):
    shape_check.measuring = True
    city = City(os.environ.get('YH_TEST_POSTGRES'))
    try:
        city.project('one')
        city.formal('one', 1)
        before, _ = ask(city, asked(city), 1)
        begun = time.monotonic()
        lists.grow(city, int(cases), int(resources))
        print(f'filled in {time.monotonic() - begun:.0f} s', flush=True)
        settled(city)
        numbers = [f'X-R-{i:07}' for i in range(1, min(int(resources), 20000) + 1)]
        table(before, *together(city, asked(city), numbers, int(consoles), int(seconds)))
    finally:
        city.close()


if __name__ == '__main__':
    main(*sys.argv[1:])
