#!/usr/bin/env python3
"""Reckons months with fractions, by other methods than src/law/rating.c, and compares every answer of
rating_cases: exact sums, fen, the amounts of parts, and what is refused.

    rating_oracle.py RATING_CASES COUNT [SEED]
"""
import bisect
import datetime
import math
import random
import subprocess
import sys
from fractions import Fraction

HOUR, DAY, MONTH, YEAR, USE = range(5)
FLAT, GRADUATED, VOLUME, PACKAGE = range(4)
MOST64, MOST128 = 2**63 - 1, 2**127 - 1
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
US = 1000000


class Refused(Exception):
    pass


class Tariff:
    def __init__(self, per, mode, free, minimum, package, steps):
        self.per, self.mode, self.free, self.minimum = per, mode, free, minimum
        self.package, self.steps = package, steps

    def fault(self):
        begins = [b for b, _ in self.steps]
        return (begins[:1] != [0] or begins != sorted(set(begins)) or
                (self.mode == FLAT and len(begins) > 1) or
                min(p for _, p in self.steps) < 0 or self.free < 0 or self.minimum < 0 or
                (self.mode == PACKAGE and (self.package <= 0 or any(b % 1000 for b in begins))))

    def climb(self, quantity):
        """yuan of all below a charged quantity: what each step adds to the one before it, over all that
        lies above its beginning."""
        total, before = Fraction(0), 0
        for begin, price in self.steps:
            total += Fraction((price - before) * max(0, quantity - begin), 10**9)
            before = price
        return total

    def counted(self, quantity):
        charged = max(0, quantity - self.free)
        if self.mode != PACKAGE:
            return charged
        packages = math.ceil(Fraction(charged, self.package)) * 1000
        if packages > MOST64:
            raise Refused('amount-out-of-range')
        return packages

    def between(self, first, last, whole):
        """yuan for a period, without the minimum."""
        if self.mode == VOLUME:
            at = bisect.bisect_right([b for b, _ in self.steps], self.counted(whole)) - 1
            return Fraction(self.steps[at][1] * (self.counted(last) - self.counted(first)), 10**9)
        return self.climb(self.counted(last)) - self.climb(self.counted(first))

    def text(self):
        flat = [self.per, self.mode, self.free, self.minimum, self.package, len(self.steps)]
        return ' '.join(map(str, flat + [x for s in self.steps for x in s]))


class Month:
    def __init__(self, year, month, month_days, year_days):
        self.asked = (year, month, month_days, year_days)
        after = (year + 1, 1) if month == 12 else (year, month + 1)
        first, last = datetime.date(year, month, 1), datetime.date(*after, 1)
        self.begin = int(datetime.datetime(year, month, 1, tzinfo=SHANGHAI).timestamp())
        days = (last - first).days
        self.end = self.begin + days * 86400
        month_days = month_days or days
        year_days = {0: (datetime.date(year + 1, 1, 1) - datetime.date(year, 1, 1)).days,
                     -1: 12 * month_days}.get(year_days, year_days)
        self.seconds = {HOUR: 3600, DAY: 86400, MONTH: month_days * 86400, YEAR: year_days * 86400}
        self.unit = math.lcm(days * 86400, *self.seconds.values())

    def fits(self, yuan):
        scaled = yuan * 10**9 * self.unit
        assert scaled.denominator == 1
        if scaled > MOST128:
            raise Refused('amount-out-of-range')

    def fen(self, yuan, factor_e6):
        exact = yuan * 100 * Fraction(factor_e6, 10**6)
        fen = round(exact)  # half to even
        if fen > MOST64:
            raise Refused('amount-out-of-range')
        return fen

    def time(self, tariffs, since, intervals):
        """At each second there is one quantity and one tariff: sums over the stretches between all
        instants at which anything changes."""
        total = Fraction(0)
        for begin, end, quantity in intervals:
            end = self.end if end == 0 else end // US
            cuts = sorted({self.begin, self.end, begin // US, end, *(s // US for s in since)})
            for a, b in zip(cuts, cuts[1:]):
                if not (self.begin <= a and b <= self.end and begin // US <= a and b <= end):
                    continue
                t = tariffs[bisect.bisect_right([s // US for s in since], a)]
                price = t.between(0, quantity, quantity)
                if quantity > 0:
                    price = max(price, Fraction(t.minimum, 10**6))
                total += price * Fraction(b - a, self.seconds[t.per])
        self.fits(total)
        return total

    def use(self, tariffs, parts):
        whole = sum(q for _, q, _ in parts)
        if whole > MOST64:
            raise Refused('amount-out-of-range')
        amounts, used = [], 0
        for at, quantity, _ in parts:
            amounts.append(tariffs[at].between(used, used + quantity, whole))
            used += quantity
        self.fits(sum(amounts, Fraction(0)))
        least = sum(Fraction(tariffs[at].minimum * s, 10**6 * (self.end - self.begin))
                    for at, _, s in parts)
        if whole > 0 and least > sum(amounts):
            amounts[-1] += least - sum(amounts)
        self.fits(sum(amounts, Fraction(0)))
        return amounts


class Maker:
    """Cases: mostly of the size that clouds have, some at the edge of something, some beyond all measure."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def quantity(self, steps=(), free=0):
        r = self.r
        kind = r.random()
        if kind < 0.05:
            return 0
        if kind < 0.25 and steps:
            return max(0, r.choice(steps)[0] + free + r.choice((-1, 0, 0, 1)))
        if kind < 0.30:
            return r.choice((MOST64, MOST64 - 1, 2**62, r.randrange(2**63), r.randrange(2**53)))
        if kind < 0.60:
            return r.randrange(1, 129) * 1000
        return r.randrange(10 ** r.randrange(1, 13))

    def price(self):
        r = self.r
        kind = r.random()
        if kind < 0.05:
            return 0
        if kind < 0.25:
            return r.randrange(1, 400) * 5000  # whole months of these end at half a fen
        if kind < 0.28:
            return r.choice((MOST64, r.randrange(2**63)))
        return r.randrange(10 ** r.randrange(1, 11))

    def tariff(self, per):
        r = self.r
        mode = r.randrange(4)
        grain = 1000 if mode == PACKAGE else r.choice((1, 1000, 1000, 10**6))
        begins = {0}
        if mode != FLAT:
            begins |= {r.randrange(1, 10 ** r.randrange(1, 7)) * grain for _ in range(r.randrange(5))}
        steps = [(b, self.price()) for b in sorted(begins)]
        free = 0 if r.random() < 0.5 else r.randrange(10 ** r.randrange(1, 9))
        minimum = 0 if r.random() < 0.5 else self.price()
        package = 0
        if mode == PACKAGE:
            package = r.choice((1, 1000, 100000, 1 + r.randrange(10**7)))
        if r.random() < 0.01:
            steps, free = r.choice(((steps[::-1] + [(0, 1)], free), (steps, -1),
                                    ([(5, 1)], free), ([(0, -1)], free)))
        return Tariff(per, mode, free, minimum, package, steps)

    def instant(self, month):
        """Anywhere around the month, often at its very ends."""
        r = self.r
        kind = r.random()
        if kind < 0.15:
            return r.choice((month.begin, month.end)) * US + r.choice((-1, 0, 0, 1))
        near = r.randrange(month.begin - 86400, month.end + 86400) * US
        return near if kind < 0.6 else near + r.randrange(US)

    def case(self):
        r = self.r
        year = r.choice((2000, 2024, 2026, 2027, 2028, 2100, 9998, r.randrange(2000, 2200)))
        month = Month(year, r.choice((2, r.randrange(1, 13))), r.choice((0, 30)),
                      r.choice((0, 360, 365, -1)))
        factor = r.choice((US, US, 0, 950000, r.randrange(2 * US), r.randrange(2**63)))
        if r.random() < 0.3:
            tariffs = [self.tariff(USE) for _ in range(r.randrange(1, 4))]
            parts = []
            for at in sorted(r.randrange(len(tariffs)) for _ in range(r.randrange(0, 7))):
                t = tariffs[at]
                parts.append((at, self.quantity(t.steps, t.free),
                              r.randrange(month.end - month.begin + 1)))
            return month, factor, tariffs, parts, None
        per = r.randrange(4)
        tariffs = [self.tariff(per) for _ in range(r.randrange(1, 4))]
        since = sorted(self.instant(month) // US * US for _ in tariffs[1:])
        steps, free = tariffs[0].steps, tariffs[0].free
        if r.random() < 0.2:  # all month long: ties and whole prices
            return month, factor, tariffs[:1], [(1, 0, self.quantity(steps, free))], []
        cuts = sorted(self.instant(month) for _ in range(r.randrange(2, 8)))
        intervals = [(a, b, self.quantity(steps, free)) for a, b in zip(cuts, cuts[1:])]
        if r.random() < 0.3:
            intervals[-1] = (intervals[-1][0], 0, intervals[-1][2])
        return month, factor, tariffs, intervals, since


def say(case):
    month, factor, tariffs, rows, since = case
    parts = [*month.asked, factor, len(tariffs), *(t.text() for t in tariffs)]
    parts += [1] if since is None else [0, *since]
    return ' '.join(map(str, parts + [len(rows), *(x for row in rows for x in row)]))


def expect(case):
    month, factor, tariffs, rows, since = case
    try:
        if any(t.fault() for t in tariffs):
            return 'tariff-invalid'
        if since is None:
            amounts = month.use(tariffs, rows)
            total = sum(amounts, Fraction(0))
        else:
            amounts, total = [], month.time(tariffs, since, rows)
        fen = month.fen(total, factor)
    except Refused as why:
        return str(why)
    scale = 10**9 * month.unit
    words = ['ok', f'{int(total * scale):032x}', str(month.unit), str(fen)]
    return ' '.join(words + [f'{int(a * scale):032x}' for a in amounts])


def main(program, count, seed):
    maker = Maker(seed)
    seen, wrong, batch = {}, 0, 5000
    for start in range(0, count, batch):
        cases = [maker.case() for _ in range(min(batch, count - start))]
        lines = [say(c) for c in cases]
        done = subprocess.run([program], input='\n'.join(lines) + '\n', capture_output=True, text=True)
        answers = done.stdout.splitlines()
        if done.returncode != 0 or len(answers) != len(cases):
            print(f'{program} ended with {done.returncode} after {len(answers)} cases\n{done.stderr}')
            return 1
        for line, case, answer in zip(lines, cases, answers):
            wanted = expect(case)
            kind = wanted.split()[0]
            seen[kind] = seen.get(kind, 0) + 1
            if answer != wanted:
                wrong += 1
                if wrong <= 5:
                    print(f'case   {line}\nwanted {wanted}\nhad    {answer}')
    print(f'{count} cases, {wrong} wrong; expected: {seen}')
    # a generator that has forgotten a kind proves nothing of it
    enough = all(seen.get(k, 0) >= count // 500 for k in ('ok', 'tariff-invalid', 'amount-out-of-range'))
    return 0 if wrong == 0 and enough else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else '20261001'))
