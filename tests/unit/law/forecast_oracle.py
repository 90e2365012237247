#!/usr/bin/env python3
"""Reckons monthly changes with fractions, and Student's t by integrating its density, and compares every answer
of forecast_cases with that; a band is also tried on walks whose truth is known: forecast_oracle.py FORECAST_CASES COUNT [SEED]"""
import functools
import math
import random
import subprocess
import sys
from fractions import Fraction


@functools.lru_cache(None)
def student(share, freedom):
    """The t with P(|T| <= t) = share: the density in t = tan(u), so that the whole of it lies in a finite
    stretch, by Simpson's rule."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def area(t, steps=2000):
        def f(u):
            return scale * (1 + math.tan(u) ** 2 / freedom) ** (-(freedom + 1) / 2) / math.cos(u) ** 2
        h = math.atan(t) / steps
        return 2 * h / 3 * (f(0) + f(math.atan(t)) + 4 * sum(f(h * i) for i in range(1, steps, 2)) +
                            2 * sum(f(h * i) for i in range(2, steps, 2)))
    low, high = 0.0, 1.0
    while area(high) < share:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if area(middle) < share else (low, middle)
    return high


def answer(band, amount, horizon, months, figures):
    changes = [Fraction(b) - Fraction(a) for a, b in zip(figures, figures[1:])]
    n, t = len(changes), student(band, len(changes) - 1)
    rise = sum(changes) / n
    error = math.sqrt(sum((c - rise) ** 2 for c in changes) / (n - 1))

    def at(h):
        expected = float(figures[-1] + h * rise)
        half = t * error * math.sqrt(h + Fraction(h * h, n))
        return expected, expected - half, expected + half

    def first(which):
        return next((m for m in range(months % 2, horizon + 1) if at(m)[which] >= amount), -1)
    return [float(rise), figures[-1], error, t, *at(months), first(0), first(2), first(1)]


def cases(dice, count):
    for _ in range(count):
        n = dice.choice([4, 5, 6, 7, 12, 13, 24, 61, 120])
        rise, noise, base = dice.uniform(-50, 400), dice.choice([0, 1, 300]), dice.uniform(0, 1e5)
        figures = [round(base + rise * i + dice.gauss(0, noise), 3) for i in range(n)]
        # never just what is expected, where a last digit would decide
        amount = round(figures[-1] + dice.uniform(-100, 9000), 3) + 0.00043
        amount = dice.choice([amount] * 9 + [figures[-1]])  # reached by now, whatever the changes are
        yield dice.choice([.5, .8, .9, .95, .99]), amount, dice.randrange(121), dice.randrange(60), figures


def walks_held(program, dice, count):
    """The share of walks of steady steps whose later figure lies within the band of the earlier ones."""
    n, months, walks = 7, 6, []
    for _ in range(count):
        walk = [1000.0]
        for _ in range(n + months - 1):
            walk.append(walk[-1] + dice.gauss(40, 25))
        walks.append(walk)
    text = ''.join(f'0.9 1 1 {months} {n} {" ".join(map(repr, w[:n]))}\n' for w in walks)
    said = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    bands = [[float(f) for f in line.split()[5:7]] for line in said]
    return sum(low <= walk[-1] <= high for walk, (low, high) in zip(walks, bands, strict=True)) / count


def main(program, count, seed=1):
    asked = list(cases(random.Random(int(seed)), int(count)))
    text = ''.join(f'{b!r} {a!r} {h} {m} {len(f)} {" ".join(map(repr, f))}\n' for b, a, h, m, f in asked)
    text += '0.95 1 1 1 3 1 2 3\n1 1 1 1 4 1 2 3 4\n0.95 1 1 1 4 1 2 nan 4\n'
    said = subprocess.run([program], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[-3:] == ['forecast-months-few', 'number-invalid', 'number-invalid'], said[-3:]
    for case, got in zip(asked, said[:-3], strict=True):
        want, have = answer(*case), [float(g) for g in got.split()]
        scale = max(abs(f) for f in case[4]) or 1
        for i, (w, g) in enumerate(zip(want, have)):
            near = w == g if i > 6 else abs(w - g) <= 1e-6 * max(1, abs(w)) + 1e-9 * scale
            assert near, (case, i, want, have)
    held = walks_held(program, random.Random(int(seed)), 20000)
    assert abs(held - .9) < .01, held
    print(f'{len(asked)} forecasts agree; the band of 90 % held {held:.1%}')


main(*sys.argv[1:])
