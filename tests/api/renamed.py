"""Sessions that speak to a city whose pack names everything otherwise: the scenarios stay as they are,
names are put into the pack's on the way in and back on the way out."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tools'))
from rename_pack import rename  # noqa: E402

POLICY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'policy')


class Words:
    def __init__(self, names):
        self.names, self.old = names, names.back()

    def path(self, path):
        n = self.names
        path = re.sub(r'/steps/(\w+)', lambda m: '/steps/' + n.steps.get(m[1], m[1]), path)
        path = re.sub(r'/policy/procedures/(\w+)',
                      lambda m: '/policy/procedures/' + n.procedures.get(m[1], m[1]), path)
        path = re.sub(r'([?&])procedure=(\w+)',
                      lambda m: f'{m[1]}procedure={n.procedures.get(m[2], m[2])}', path)
        path = re.sub(r'([?&])register=(\w+)',
                      lambda m: f'{m[1]}register={n.registers.get(m[2], m[2])}', path)
        return re.sub(r'([?&])kind=(\w+)', lambda m: f'{m[1]}kind=' +
                      n.kinds.get(m[2], n.duties.get(m[2], m[2])), path)

    def body(self, body):
        if isinstance(body, dict) and 'procedure' in body:
            named = body['procedure']
            return dict(body, procedure=self.names.procedures.get(named, named))
        return body

    def back(self, data):
        if isinstance(data, dict):
            return {k: self.back(v) for k, v in data.items()}
        if isinstance(data, list):
            return [self.back(v) for v in data]
        return self.old.get(data, data) if isinstance(data, str) else data


def renamed_pack(pack='shanghai-2022'):
    """The folder of the copy, in a temporary one to be dropped, and its words."""
    top = tempfile.TemporaryDirectory(prefix='yh-renamed-')
    path = os.path.join(top.name, pack)
    return top, path, Words(rename(os.path.join(POLICY, pack), path))
