#!/usr/bin/env python3
"""Writes amounts in capitals a second time, by another method, and reads them back: every digit is
written with its unit, and what is too much is taken away by replacement. Used by the tests, or:

    capitals_oracle.py PROBE [CASES]     compares with the program PROBE (fen a line -> capitals)
"""
import random
import re
import subprocess
import sys

DIGITS = '零壹贰叁肆伍陆柒捌玖'
UNITS = ['', '拾', '佰', '仟']
GROUPS = ['', '万', '亿', '万']


def integer(yuan):
    """Below 10^16."""
    text = ''
    digits = str(yuan)
    for i, digit in enumerate(digits):
        at = len(digits) - 1 - i
        text += DIGITS[int(digit)] + (UNITS[at % 4] if digit != '0' else '')
        if at % 4 == 0:
            text += GROUPS[at // 4]
    text = re.sub('零+', '零', text)
    text = re.sub('零([万亿])', r'\1', text)
    # a group of nothing but zeros leaves its unit behind another one's
    text = re.sub('^万', '', text)
    text = text.replace('亿万', '亿零')
    text = re.sub('零+', '零', text)
    return text.rstrip('零')


def capitals(fen):
    yuan, jiao, rest = abs(fen) // 100, abs(fen) // 10 % 10, abs(fen) % 10
    if yuan >= 10 ** 16:
        high, low = divmod(yuan, 10 ** 8)
        whole = integer(high) + '亿'
        low = integer(10 ** 8 + low)[len('壹亿'):] if low else ''
        whole += low
    else:
        whole = integer(yuan)
    text = whole + '圆' if whole else ''
    text += DIGITS[jiao] + '角' if jiao else ('零' if rest and whole else '')
    text += DIGITS[rest] + '分' if rest else '整'
    return ('负' if fen < 0 else '') + ('零圆整' if fen == 0 else text)


def value(text):
    """What an amount in capitals says, in fen."""
    sign = -1 if text.startswith('负') else 1
    text = text.lstrip('负')
    whole, rest = text.split('圆') if '圆' in text else ('', text)

    def number(part):
        if '亿' in part:
            high, low = part.rsplit('亿', 1)
            return number(high) * 10 ** 8 + number(low)
        if '万' in part:
            high, low = part.split('万')
            return number(high) * 10 ** 4 + number(low)
        n = digit = 0
        for c in part:
            if c in DIGITS:
                digit = DIGITS.index(c)
            else:
                n += digit * 10 ** UNITS.index(c)
                digit = 0
        return n + digit

    fen = number(whole) * 100
    for digit, unit in re.findall('(.)([角分])', rest):
        fen += DIGITS.index(digit) * (10 if unit == '角' else 1)
    return sign * fen


def amounts(cases):
    rng = random.Random(20221)
    yield from range(-200, 20001)
    for power in range(19):
        for near in (-101, -100, -11, -10, -1, 0, 1, 9, 10, 11, 100, 101):
            yield 10 ** power + near
    yield from (2 ** 63 - 1, -2 ** 63)
    for _ in range(cases):
        # zeros are what goes wrong: digits that are mostly zero, and evenly spread ones
        length = rng.randint(1, 18)
        share = rng.choice((0.2, 0.5, 0.8))
        digits = ''.join('0' if rng.random() < share else rng.choice('123456789')
                         for _ in range(length))
        yield int(digits) * rng.choice((1, 1, 1, -1))


def compare(probe, cases):
    fens = list(amounts(cases))
    out = subprocess.run([probe], input='\n'.join(map(str, fens)), capture_output=True, text=True,
                         check=True).stdout.splitlines()
    if len(out) != len(fens):
        return [f'{len(out)} answers to {len(fens)} amounts']
    faults = []
    for fen, line in zip(fens, out):
        plain, grouped, words = line.split()
        sign = '-' if fen < 0 else ''
        want = f'{sign}{abs(fen) // 100}.{abs(fen) % 100:02}'
        if plain != want or grouped != f'{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02}':
            faults.append(f'{fen}: {plain} {grouped}')
        if words != capitals(fen):
            faults.append(f'{fen}: {words}, not {capitals(fen)}')
        elif value(words) != fen:
            faults.append(f'{fen}: {words} says {value(words)}')
    return faults


def main(probe, cases=40000):
    faults = compare(probe, int(cases))
    print('1..1')
    print('not ok' if faults else 'ok', '1 - capitals_are_what_the_oracle_writes_and_read_back')
    for fault in faults[:20]:
        print('#', fault)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
