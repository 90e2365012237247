"""Files of cases across the districts' link (docs/link-cases.zh-CN.md), beside link-sender.py and with its folder DIR.
  link-files.py DIR bring     brings the files that the city waited for at the last exchange, from DIR/files/SM3
  link-files.py DIR get SM3   fetches a file that a document of the city names, into DIR/files/SM3"""
import importlib.util, json, os, pathlib, sys  # noqa: E401
BESIDE = importlib.util.spec_from_file_location('link_sender', pathlib.Path(__file__).with_name('link-sender.py'))
sender = importlib.util.module_from_spec(BESIDE)
BESIDE.loader.exec_module(sender)
PIECE = 512 * 1024
DIR = sender.DIR / 'files'

def ask(state, data=b'', **head):  # about a file: a line, and the bytes of a piece behind it
    head = json.dumps(dict(head, yunheng_file=1)).encode() + b'\n'
    line, piece = sender.signed(state, 'file', head + data).split(b'\n', 1)
    return json.loads(line), piece
def bring(state):  # behind what the city has of each
    for digest, at in [(w['digest'], w['got']) for w in state['wanted'] if (DIR / w['digest']).exists()]:
        said = {}
        while said.get('state', 'coming') == 'coming' and said.get('got') != at:
            at = said.get('got', at)
            with (DIR / digest).open('rb') as f:
                f.seek(at)
                said, _ = ask(state, f.read(PIECE), do='put', digest=digest, at=at)
        if said.get('problem'):
            print(digest, json.dumps(said['problem'], ensure_ascii=False), file=sys.stderr)
def get(state, digest):
    part = DIR / (digest + '.part')
    part.parent.mkdir(exist_ok=True)
    at, size = part.stat().st_size if part.exists() else 0, None
    while size is None or at < size:
        said, piece = ask(state, do='get', digest=digest, at=at)
        assert not said.get('problem'), said['problem']
        with part.open('ab') as f:
            f.write(piece)
        at, size = at + len(piece), said['size']
        assert piece or at >= size, 'the city has less than it says'
    good = sender.sm3(part.read_bytes()).hex() == digest
    os.replace(part, DIR / digest) if good else part.unlink()
    assert good, 'what came is not what was named'
STATE = json.loads((sender.DIR / 'state.json').read_text(encoding='utf-8'))
{'bring': bring, 'get': get}[sys.argv[2]](STATE, *sys.argv[3:])
