"""A copy of a pack in which every procedure, step and kind of resources has another name, so that
tests find what the program knows by name: rename_pack.py PACK OUT

Which arguments of words are names is read from the vocabulary itself. What this misses makes the
pack unsound, which `yunheng policy check` and the tests say."""
import json
import os
import re
import shutil
import sys

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
TYPES = {'YH_P_KIND': 'kind', 'YH_P_STEP': 'step', 'YH_P_PROCEDURE': 'procedure',
         'YH_P_REGISTER': 'register', 'YH_P_ENTERS': 'register', 'YH_P_DUTY': 'duty'}


def vocabulary():
    """{word: {argument: kind | step | procedure | register | duty}} from the signatures in src/effects."""
    words, folder = {}, os.path.join(SOURCE, 'src', 'effects')
    for name in sorted(os.listdir(folder)):
        if not name.startswith('vocab'):
            continue
        with open(os.path.join(folder, name), encoding='utf-8') as f:
            text = f.read()
        for sig in re.split(r'\nSIG\(', text)[1:]:
            word = re.match(r'\w+,\s*"([a-z_.]+)"', sig).group(1)
            words[word] = {arg: TYPES[kind] for arg, kind in
                           re.findall(r'"(\w+)",\s*(YH_P_\w+)', sig) if kind in TYPES}
    return words


def other(prefix, name):
    return prefix + name[::-1]


class Names:
    """What the copy calls things: procedures, kinds, registers, duties, the steps of each procedure."""

    def __init__(self, pack):
        self.procedures, self.kinds, self.steps, self.registers, self.duties = {}, {}, {}, {}, {}
        for path, text in read(pack):
            if path == 'kinds.yaml':
                self.kinds = {k: other('ki_', k) for k in re.findall(r'^  (\w+): *\{', text, re.M)}
            elif path == 'registers.yaml':
                self.registers = {k: other('re_', k) for k in re.findall(r'^  (\w+):', text, re.M)}
            elif path == 'duties.yaml':
                self.duties = {k: other('du_', k) for k in re.findall(r'^  (\w+):', text, re.M)}
            elif path.startswith('procedures/'):
                name = re.search(r'^procedure: (\w+)$', text, re.M).group(1)
                self.procedures[name] = other('pr_', name)
                after = text.partition('\nsteps:\n')[2]
                for step in re.findall(r'^  (\w+):$', after, re.M):
                    self.steps[step] = other('st_', step)

    def back(self):
        return {new: old for names in (self.procedures, self.kinds, self.steps,
                                             self.registers, self.duties)
                for old, new in names.items()}


def read(pack):
    for folder, _, files in os.walk(pack):
        for file in sorted(files):
            if file.endswith('.yaml'):
                path = os.path.join(folder, file)
                with open(path, encoding='utf-8') as f:
                    yield os.path.relpath(path, pack), f.read()


def rename_words(text, names, vocab):
    tables = {'kind': names.kinds, 'step': names.steps, 'procedure': names.procedures,
              'register': names.registers, 'duty': names.duties}

    def argument(word, m):
        kind = vocab[word].get(m.group(1))
        return f"{m.group(1)}: {tables[kind].get(m.group(2), m.group(2)) if kind else m.group(2)}"

    def use(m):
        if m.group(1) not in vocab:
            return m.group(0)
        inner = re.sub(r'(\w+): ([\w$.]+)', lambda a: argument(m.group(1), a), m.group(2))
        return f'{m.group(1)}: {{{inner}}}'

    return re.sub(r'([a-z_]+\.[a-z_]+): \{([^}]*)\}', use, text)


def rename_procedure(text, names, vocab):
    head, between, steps = text.partition('\nsteps:\n')
    head = re.sub(r'^(register|duty): (\w+)$', lambda m: m.group(1) + ': ' + (
        names.registers if m.group(1) == 'register' else names.duties)[m.group(2)], head, flags=re.M)
    head = re.sub(r'^procedure: (\w+)$', lambda m: 'procedure: ' + names.procedures[m.group(1)], head,
                  flags=re.M)
    steps = re.sub(r'^  (\w+):$', lambda m: f'  {names.steps[m.group(1)]}:', steps, flags=re.M)
    steps = re.sub(r'since: (step|opened|served):(\w+)',
                   lambda m: f'since: {m.group(1)}:{names.steps[m.group(2)]}', steps)
    return rename_words(head + between + steps, names, vocab)


def rename_kinds(text, names):
    """Where a file of the pack lists kinds: as keys of kinds.yaml, or under `kinds:` elsewhere."""
    text = re.sub(r'^  (\w+)(: *\{)', lambda m: '  ' + names.kinds.get(m.group(1), m.group(1)) +
                  m.group(2), text, flags=re.M)
    return re.sub(r'kinds: \[([^]]*)\]', lambda m: 'kinds: [' + ', '.join(
        names.kinds.get(k.strip(), k.strip()) for k in m.group(1).split(',')) + ']', text)


def rename_kept(text, table, names):
    """registers.yaml and duties.yaml: their keys, and the register that a duty arises for."""
    text = re.sub(r'^  (\w+):', lambda m: f'  {table[m.group(1)]}:', text, flags=re.M)
    return re.sub(r'\{register: (\w+)', lambda m: '{register: ' + names.registers[m.group(1)], text)


def rename(pack, out):
    """Writes the copy into the folder `out`, which is not there yet."""
    names, vocab = Names(pack), vocabulary()
    shutil.copytree(pack, out)
    for path, text in read(pack):
        if path.startswith('procedures/'):
            text = rename_procedure(text, names, vocab)
        elif path in ('kinds.yaml', 'rules.yaml'):
            text = rename_kinds(text, names)
        elif path == 'registers.yaml':
            text = rename_kept(text, names.registers, names)
        elif path == 'duties.yaml':
            text = rename_kept(text, names.duties, names)
        elif path == 'labels.yaml':
            text = re.sub(r'^  (\w+):', lambda m: f'  {names.procedures.get(m.group(1), m.group(1))}:', text, flags=re.M)
        else:
            continue
        with open(os.path.join(out, path), 'w', encoding='utf-8') as f:
            f.write(text)
    return names


if __name__ == '__main__':
    made = rename(sys.argv[1], sys.argv[2])
    print(json.dumps({'procedures': made.procedures, 'kinds': made.kinds, 'steps': made.steps}))
