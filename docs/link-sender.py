"""A sender for the districts' link (docs/link.zh-CN.md), for platforms other than Yunheng: Python's standard library,
curl and openssl. What it has to remember lies in the folder DIR; files of cases are the affair of link-files.py.
  link-sender.py DIR enrol URL CODE  pairs with the city by the one-time code that it made
  link-sender.py DIR send STREAM     sends documents, a line {"k": KEY, "b": BODY} each; prints what the city sent"""
import hashlib, json, os, pathlib, secrets, subprocess, sys, time, uuid  # noqa: E401
SPKI = bytes.fromhex('3059301306072a8648ce3d020106082a811ccf5501822d034200')  # stands before an SM2 point
NOTHING = '00' * 32
DIR = pathlib.Path(sys.argv[1])
def openssl(*args, given=b''):
    return subprocess.run(['openssl', *args], cwd=DIR, input=given, check=True, capture_output=True).stdout
def sm3(data):
    return hashlib.new('sm3', data).digest()
def sign(text):
    return openssl('dgst', '-sm3', '-sigopt', 'distid:1234567812345678', '-sign', 'key.pem', given=text.encode()).hex()
def check(text, signature):  # fails when it is another's
    (DIR / 'signature').write_bytes(bytes.fromhex(signature))
    openssl('dgst', '-sm3', '-sigopt', 'distid:1234567812345678', '-keyform', 'DER', '-verify', 'city.der',
            '-signature', 'signature', given=text.encode())
def call(url, body=None, kind='application/json'):  # waits as long as a busy city says
    given = [] if body is None else ['-H', 'Content-Type: ' + kind, '-H', 'Expect:', '--data-binary', '@-']
    return subprocess.run(['curl', '-fsS', '-m', '60', '--retry', '9', *given, url], input=body, check=True,
                          stdout=subprocess.PIPE).stdout
def save(state):  # on the disk before anything is sent
    (DIR / 'part').write_text(json.dumps(state), encoding='utf-8')
    os.sync()
    os.replace(DIR / 'part', DIR / 'state.json')
def enrol(url, code):
    _, secret, finger = code.split('-')
    openssl('ecparam', '-name', 'SM2', '-genkey', '-noout', '-out', 'key.pem')
    point = openssl('pkey', '-in', 'key.pem', '-pubout', '-outform', 'DER')[len(SPKI):]
    city = bytes.fromhex(json.loads(call(url + '/api/v1/link/key'))['public_key'])
    assert sm3(city)[:20].hex() == finger, 'this is not the city that the code names'
    (DIR / 'city.der').write_bytes(SPKI + city)
    box = openssl('pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'city.der',
                  given=secret.encode() + sm3(point)).hex()
    asked = f'yunheng-link-enrol 1\n{point.hex()}\n{box}\n{city.hex()}\n'
    got = json.loads(call(url + '/api/v1/link/enrolments', json.dumps(
        {'point': point.hex(), 'box': box, 'version': 'sender-1', 'signature': sign(asked)}).encode()))
    said = [got[k] for k in ('peer', 'district', 'cloud', 'municipal')] + [sm3(asked.encode()).hex()]
    check('yunheng-link-enrolled 1\n' + '\n'.join(said) + '\n', got['signature'])
    save({'url': url, 'peer': got['peer'], 'sent': {}, 'got': {}, 'ms': 0})
def chained(chain, key, body):
    text = '' if body is None else json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return sm3(bytes.fromhex(chain) + sm3(text.encode()) + key.encode()).hex()
def put(s, key, body):  # numbers what is not as it was sent last
    if s['docs'].get(key) != body:
        s['docs'][key] = body
        s['box'].append({'n': s['acked'] + len(s['box']) + 1, 'k': key, 'b': body,
                         'c': chained(s['box'][-1]['c'] if s['box'] else s['chain'], key, body)})
def anew(docs):  # a new epoch, in which everything is sent from number 1
    s = {'acked': 0, 'chain': NOTHING, 'docs': {}, 'box': [],
         'epoch': str(uuid.UUID(int=time.time_ns() // 1000000 << 80 | secrets.randbits(80)))}
    [put(s, key, body) for key, body in docs.items()]
    return s
def signed(state, what, payload):  # one call; what is answered to it, and by nobody but the city
    state['ms'] = max(state['ms'] + 1, time.time_ns() // 1000000)
    said = f"yunheng-link 1 {state['peer']} up {state['ms']} plain"
    save(state)
    body = f'{said} '.encode() + sign(f'{said}\n{sm3(payload).hex()}\n-\n').encode() + b'\n' + payload
    head, got = call(f"{state['url']}/api/v1/link/{what}", body, 'application/octet-stream').split(b'\n', 1)
    ms, signature = head.decode().split(' ')[4::2]
    check(f"yunheng-link 1 {state['peer']} down {ms} plain\n{sm3(got).hex()}\n{sm3(payload).hex()}\n", signature)
    return got
def exchange(state):  # one batch and its answer, whose new documents are returned
    heads = [{'stream': n, 'epoch': s['epoch'], 'head': s['acked'] + len(s['box']), 'from': s['acked'] + 1,
              'chain': s['chain']} for n, s in state['sent'].items()]
    lines = [{'yunheng_link': 1, 'streams': heads, 'acks': [dict(g, stream=n) for n, g in state['got'].items()]}]
    lines += [{'s': n, 'n': d['n'], 'k': d['k'], 'b': d['b']} for n, s in state['sent'].items() for d in s['box'][:200]]
    payload = ''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in lines).encode()  # at most 1 MiB
    got = signed(state, 'batch', payload)
    first, *docs = [json.loads(line) for line in got.decode().split('\n')[:-1]]
    for a in first['acks']:
        s, n = state['sent'].get(a['stream']), a['seq']
        if s and a['epoch'] >= s['epoch']:
            chains = {s['acked']: s['chain'], **{d['n']: d['c'] for d in s['box']}}
            if a.get('resync') or a['state'] == 'forked' or chains.get(n) != a['chain'] or a['epoch'] > s['epoch']:
                state['sent'][a['stream']] = anew(s['docs'])  # one of the two was put back
                continue
            s.update(box=[d for d in s['box'] if d['n'] > n], acked=n, chain=a['chain'])
            assert a['state'] != 'stopped', f"{a['stream']}: number {n + 1} is not taken: {a.get('fault')}"
    for h in first['streams']:
        if h['epoch'] != state['got'].get(h['stream'], {}).get('epoch'):
            state['got'][h['stream']] = {'epoch': h['epoch'], 'seq': 0, 'chain': NOTHING, 'state': 'flowing'}
    fresh = [d for d in docs if d['n'] > state['got'][d['s']]['seq']]
    for d, g in [(d, state['got'][d['s']]) for d in fresh]:
        g.update(seq=d['n'], chain=chained(g['chain'], d['k'], d['b']))
    save(dict(state, wanted=first.get('files', [])))
    return fresh
def send(stream):
    state = json.loads((DIR / 'state.json').read_text(encoding='utf-8'))
    s = state['sent'].setdefault(stream, anew({}))
    for document in map(json.loads, sys.stdin):
        put(s, document['k'], document['b'])
    fresh = True
    while fresh or any(s['box'] for s in state['sent'].values()):
        fresh = exchange(state)
        sys.stdout.writelines(json.dumps(d, ensure_ascii=False) + '\n' for d in fresh)
if __name__ == '__main__':
    {'enrol': enrol, 'send': send}[sys.argv[2]](*sys.argv[3:])
