"""Working days reckoned a second time, from the calendars that are read by themselves."""
import datetime
import pathlib
import re

DAY = datetime.timedelta(days=1)
CALENDARS = pathlib.Path(__file__).parents[2] / 'policy' / 'calendars'


def days_of(text, key):
    part = text.split(f'\n{key}:', 1)[1].split('\nwork:')[0]
    return {datetime.date.fromisoformat(d) for d in re.findall(r'\d{4}-\d\d-\d\d', part)}


class Calendar:
    """A second reckoning: the years that are known, weekends beyond them."""

    def __init__(self):
        self.rest, self.work = set(), set()
        for path in CALENDARS.glob('*.yaml'):
            self.add(path.read_text(encoding='utf-8'))

    def add(self, text):
        self.rest |= days_of(text, 'rest')
        self.work |= days_of(text, 'work')

    def works(self, day):
        return day in self.work or (day.weekday() < 5 and day not in self.rest)

    def ahead(self, day, n):
        """The last day on which [it, day) still holds n working days."""
        while n:
            day -= DAY
            n -= self.works(day)
        return day

    def after(self, day, n=1):
        while n:
            day += DAY
            n -= self.works(day)
        return day

    def not_before(self, day):
        while not self.works(day):
            day += DAY
        return day
