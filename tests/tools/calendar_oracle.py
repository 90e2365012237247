#!/usr/bin/env python3
"""Reckons periods a second time, without any of the program's code or method.

Working days are one sorted list of a whole span, in which positions are looked up; months are
reckoned by stepping a day past the month's end and back. Used as a module by the tests, or:

    calendar_oracle.py CALENDARS > rows        lines "date period result"
"""
import bisect
import datetime
import pathlib
import re
import sys

DAY = datetime.timedelta(days=1)


class Oracle:
    def __init__(self, folder):
        rest, work = set(), set()
        self.years = []
        for path in sorted(pathlib.Path(folder).glob("[0-9]*.yaml")):
            text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
            self.years.append(int(path.stem))
            head, tail = re.split(r"(?m)^work:", text)
            # the source line may hold an address with digits, but no day of the list
            days = head[head.index("rest:"):]
            rest |= set(re.findall(r"\d{4}-\d\d-\d\d", days))
            work |= set(re.findall(r"\d{4}-\d\d-\d\d", tail))
        self.first = datetime.date(self.years[0], 1, 1)
        self.last = datetime.date(self.years[-1], 12, 31)
        span = [self.first + i * DAY for i in range((self.last - self.first).days + 1)]
        self.working = [d for d in span
                        if str(d) in work or (d.isoweekday() < 6 and str(d) not in rest)]

    def nth_after(self, start, n):
        """None when the calendars do not reach that far."""
        if start < self.first - DAY:
            return None
        at = bisect.bisect_right(self.working, start) + n - 1
        return self.working[at] if at < len(self.working) else None

    def last_filing(self, expiry, n):
        if expiry > self.last + DAY:
            return None
        at = bisect.bisect_left(self.working, expiry) - n
        return self.working[at] if at >= 0 else None

    def moved(self, day):
        at = bisect.bisect_left(self.working, day)
        return self.working[at] if self.first <= day and at < len(self.working) else None

    def months(self, start, n):
        total = start.year * 12 + start.month - 1 + n
        for day in (start.day, 30, 29, 28):
            if day <= start.day:
                try:
                    return self.moved(datetime.date(total // 12, total % 12 + 1, day))
                except ValueError:
                    continue
        raise AssertionError("no such month")

    def due(self, start, period):
        sign, number, unit = re.fullmatch(r"(-?)(\d+)(wd|d|mo)", period).groups()
        n = int(number)
        if unit == "mo":
            return self.months(start, n)
        if unit == "d":
            return start - n * DAY if sign else self.moved(start + n * DAY)
        return self.last_filing(start, n) if sign else self.nth_after(start, n)

    def rows(self):
        """Every day of the known years: 2, 5, 10 wd and -15wd; months at and around month ends."""
        day = self.first
        while day <= self.last:
            periods = ["1wd", "2wd", "5wd", "10wd", "-15wd", "-1wd", "30d", "-30d"]
            if day.day <= 2 or day.day >= 27:
                periods += ["1mo", "3mo", "6mo", "12mo"]
            for period in periods:
                yield day, period, self.due(day, period)
            day += DAY


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for day, period, due in Oracle(sys.argv[1]).rows():
        print(day, period, due or "unknown")


if __name__ == "__main__":
    main()
