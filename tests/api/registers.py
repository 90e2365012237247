"""Registers that procedures of the pack write: a city with its finance bureau, a second hand in each body and
a security officer, and what is asked of a register."""
import datetime
import tempfile

from city import City, InCity, today
from pledges import Officer

FROM, UNTIL = today().isoformat(), (today() + datetime.timedelta(days=300)).isoformat()
TERM = {'from': FROM, 'until': UNTIL}


class InRegisters(InCity):
    @classmethod
    def setUpClass(cls):
        cls.city = City(cls.postgres)
        cls.w = cls.city.who
        cls.city.who['sysadmin'].call('POST', '/api/v1/orgs', {'code': 'fin', 'name': '财政局', 'kind': 'body'})
        cls.city.who['sysadmin'].call('PUT', '/api/v1/clouds/YH/bodies/finance', {'org': 'fin'})
        cls.city.person('f1', 'finance', 'fin')
        for login, role, org in (('a2', 'authority', 'auth'), ('e2', 'econ_info', 'econ'),
                                 ('o2', 'operator', 'bdc')):
            cls.city.person(login, role, org)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.officer = Officer(cls.w['u1'], cls.folder.name).found()

    def records(self, who, register, **query):
        return self.w[who].get('/api/v1/records', register=register, limit=200, **query)['items']

    def record(self, who, register, **query):
        """The newest record of a register."""
        return max(self.records(who, register, **query), key=lambda r: r['no'])

    def owed(self, who, case):
        """What a case laid on others, by what it says."""
        return {d['what']: d for d in self.w[who].get('/api/v1/duties', case=case, limit=200)['items']}

    def shown(self, who, no):
        return self.w[who].get(f'/api/v1/records/{no}')

    def done(self, who, procedure, form, *deciders, **about):
        """Files, has the steps decided in turn as (who, step[, outcome[, form]]), and returns the case."""
        if not about:
            about = {'cloud': 'YH'}
        no = self.w[who].file(procedure, form, **about)['no']
        for body, step, *rest in deciders:
            self.w[body].decide(no, step, *rest)
        return self.w[who].case(no)
