"""What suites of resources with a last day have in common: a city on a turned clock, and what its
people do with such resources (Art. 21-24, 26)."""
import datetime

from city import BLOCK, VM, City, InCity
from workdays import Calendar

DAY = datetime.timedelta(days=1)
WEB = dict(VM, code='web-front', name='对外网关', exposed=True, dims={'vcpu': 2, 'memory_gib': 4})


def months(day, n):
    """The corresponding day n months on, or that month's last."""
    y, m = divmod(day.year * 12 + day.month - 1 + n, 12)
    for d in range(day.day, 0, -1):
        try:
            return datetime.date(y, m + 1, d)
        except ValueError:
            continue
    raise AssertionError(day)


class Leasing(InCity):
    founded = {}  # further arguments of the city, see test_renamed.py

    @classmethod
    def setUpClass(cls):
        more = dict(cls.founded)
        cls.city = City(cls.postgres, init=('--demo-clock', *more.pop('init', ())), **more)
        cls.w = cls.city.who
        cls.city.publish([VM, BLOCK, WEB])
        calendar = Calendar()
        cls.ahead, cls.after = staticmethod(calendar.ahead), staticmethod(calendar.after)
        cls.not_before = staticmethod(calendar.not_before)

    def turn(self, day, **how):
        """Lives on until that day, unless it is that day."""
        if self.city.clock() != day:
            self.city.turn(day, **how)

    # what people do

    def fresh(self, code, initiated=True, dims=None):
        return self.city.project(code, initiated=initiated, dims=dims)

    def emergency(self, project, quantity=1, who='u1', **more):
        form = dict({'items': [{'item': 'vm-4c8g', 'quantity': '1'}] * quantity,
                     'reason': '防汛指挥'}, **more)
        return self.w[who].file('emergency', form, project=project)['no']

    def fulfil(self, no, step='open'):
        ids = [r['id'] for r in self.w['p1'].case(no)['resources']]
        self.w['p1'].decide(no, step, 'done', {'resources': [
            {'resource': i, 'provider_ref': 'i-' + i[-6:]} for i in ids]})
        return ids

    def running(self, project, quantity=1, **more):
        """An emergency resource that runs; the case's number and the ids."""
        no = self.emergency(project, quantity, **more)
        self.w['e1'].decide(no, 'grant')
        return no, self.fulfil(no)

    def extension(self, ids, who='u1', **more):
        form = dict({'resources': ids, 'reason': '汛期延长'}, **more)
        return self.w[who].file('lease_extension', form)['no']

    def lease(self, which, who='u1'):
        return self.w[who].get(f'/api/v1/leases/{which}')

    def resource(self, which, who='u1'):
        return self.w[who].get(f'/api/v1/resources/{which}')

    def told(self, who, slug, no):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['slug'] == slug and n['case'] == no]

    def expiry_of(self, which):
        cases = self.w['u1'].get('/api/v1/cases', procedure='expiry', limit=200)['items']
        for c in cases:
            case = self.w['u1'].case(c['no'])
            if which in [r['id'] for r in case['resources']]:
                return case
        return None

    def notices(self, no, who='u1'):
        return [n for n in self.w[who].get('/api/v1/notices', limit=200)['items']
                if n['case'] == no and n['slug'].startswith('lease-ends')]
