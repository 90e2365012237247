"""The rules of RFC 5545 for what we send, read off the bytes and not by any library: content lines,
folding, escaping, which property may stand where and how often. faults(BYTES) lists what is wrong."""
import re

NAME = re.compile(r'[A-Za-z0-9-]+$')
PARAM = re.compile(r';([A-Za-z0-9-]+)=("[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)')
DATE = re.compile(r'\d{8}$')
UTC = re.compile(r'\d{8}T\d{6}Z$')
DURATION = re.compile(r'-?P(\d+W|\d+D(T\d+H(\d+M)?(\d+S)?)?|T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))$')
TEXT = re.compile(r'(?:[^\\;,\x00-\x08\x0a-\x1f\x7f]|\\[\\;,nN])*$')
TEXTS = re.compile(r'(?:[^\\;\x00-\x08\x0a-\x1f\x7f]|\\[\\;,nN])*$')  # several, by commas
# per component: how often a property stands (least, most), and what its value is
RULES = {
    'VCALENDAR': {'VERSION': (1, 1, re.compile(r'2\.0$')), 'PRODID': (1, 1, TEXT),
                  'CALSCALE': (0, 1, re.compile('GREGORIAN$')), 'METHOD': (0, 1, NAME),
                  'NAME': (0, 1, TEXT), 'REFRESH-INTERVAL': (0, 1, DURATION)},
    'VEVENT': {'UID': (1, 1, TEXT), 'DTSTAMP': (1, 1, UTC), 'DTSTART': (1, 1, DATE),
               'DTEND': (1, 1, DATE), 'SUMMARY': (1, 1, TEXT), 'DESCRIPTION': (1, 1, TEXT),
               'CATEGORIES': (0, 9, TEXTS), 'CREATED': (0, 1, UTC), 'LAST-MODIFIED': (1, 1, UTC),
               'SEQUENCE': (1, 1, re.compile(r'\d+$')),
               'STATUS': (1, 1, re.compile('(TENTATIVE|CONFIRMED|CANCELLED)$')),
               'TRANSP': (0, 1, re.compile('(OPAQUE|TRANSPARENT)$'))},
    'VALARM': {'ACTION': (1, 1, re.compile('DISPLAY$')), 'TRIGGER': (1, 1, DURATION),
               'DESCRIPTION': (1, 1, TEXT)},
}
INSIDE = {'VCALENDAR': None, 'VEVENT': 'VCALENDAR', 'VALARM': 'VEVENT'}


def physical(body):
    """Faults of the lines as they are on the wire."""
    if not body.endswith(b'\r\n'):
        yield 'the last line has no CRLF'
    if re.search(rb'(?<!\r)\n|\r(?!\n)', body):
        yield 'a line break that is not CRLF'
    for line in body.split(b'\r\n')[:-1]:
        if len(line) > 75:
            yield f'a line of {len(line)} octets: {line!r}'
        if not line.strip():
            yield 'an empty line'
        try:
            line.decode('utf-8')
        except UnicodeDecodeError:
            yield f'folded within a character: {line!r}'


class Component:
    def __init__(self, kind):
        self.kind, self.values, self.parts = kind, {}, []

    def faults(self):
        rules = RULES[self.kind]
        for name, (least, most, value) in rules.items():
            found = self.values.get(name, [])
            if not least <= len(found) <= most:
                yield f'{self.kind}: {len(found)} {name}'
            for params, text in found:
                if not value.match(text):
                    yield f'{self.kind} {name}: {text!r}'
                if (value is DATE) != (params.get('VALUE') == 'DATE'):
                    yield f'{self.kind} {name}: {params}'
                if 'TZID' in params:
                    yield f'{self.kind} {name}: a zone that no VTIMEZONE tells of'
        for name in self.values:
            if name not in rules and not name.startswith('X-'):
                yield f'{self.kind}: {name}'
        if self.kind == 'VEVENT' and 'DTSTART' in self.values and 'DTEND' in self.values:
            if self.values['DTSTART'][0][1] >= self.values['DTEND'][0][1]:
                yield 'it ends before it begins'
        if not self.parts and self.kind == 'VCALENDAR':
            yield 'a calendar of nothing'


def components(body, faults):
    """Every component, outermost last."""
    done, stack = [], []
    for line in body.decode('utf-8', 'replace').replace('\r\n ', '').split('\r\n')[:-1]:
        name = re.match(r'[^;:]*', line).group()
        at, params = len(name), {}
        while match := PARAM.match(line, at):
            params[match[1].upper()] = match[2].strip('"')
            at = match.end()
        if not NAME.match(name) or line[at:at + 1] != ':':
            faults.append(f'no content line: {line!r}')
            continue
        name, text = name.upper(), line[at + 1:]
        if name == 'BEGIN':
            if text not in RULES or INSIDE[text] != (stack[-1].kind if stack else None):
                faults.append(f'{text} stands where it may not')
                return done
            stack.append(Component(text))
        elif not stack:
            faults.append(f'outside of everything: {line!r}')
        elif name == 'END':
            part = stack.pop()
            if part.kind != text:
                faults.append(f'END:{text} of {part.kind}')
            if stack:
                stack[-1].parts.append(part)
            done.append(part)
        else:
            stack[-1].values.setdefault(name, []).append((params, text))
    if stack:
        faults.append(f'{stack[-1].kind} has no end')
    return done


def faults(body, empty=False):
    """What is wrong with an iCalendar object; `empty`: it may hold no events."""
    found = list(physical(body))
    every = components(body, found)
    for part in every:
        found += [f for f in part.faults() if not (empty and f == 'a calendar of nothing')]
    if [p.kind for p in every].count('VCALENDAR') != 1:
        found.append('not one VCALENDAR')
    uids = [p.values['UID'][0][1] for p in every if p.kind == 'VEVENT' and 'UID' in p.values]
    if len(uids) != len(set(uids)):
        found.append('an UID twice')
    return found
