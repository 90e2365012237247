"""What OpenStack's interfaces admit, as checks of values, for the peer in its place."""
import re
import uuid

PROJECT, USER, SECRET = 'gov', 'yunheng', 'a-secret-of-the-test'
PROJECT_ID = uuid.uuid4().hex
PAGE_MOST = 3  # so that every list has pages
STAMP = '2026-01-01T00:00:00Z'
FAULTS = {400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound', 409: 'conflictingRequest',
          413: 'overLimit', 429: 'overLimit', 500: 'computeFault', 503: 'serviceUnavailable'}


class Refusal(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


def an_id():
    return str(uuid.uuid4())


def whole(low, high=2 ** 31 - 1):
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def string(low=1, high=255, pattern=None):
    return lambda v: isinstance(v, str) and low <= len(v) <= high and (
        pattern is None or re.fullmatch(pattern, v) is not None)


def word(*words):
    return lambda v: v in words


def texts(v):
    return isinstance(v, dict) and all(
        re.fullmatch(r'[a-zA-Z0-9\-_:. ]{1,255}', k) and isinstance(t, str) and len(t) <= 255
        for k, t in v.items())


def flag(v):
    return isinstance(v, bool)


UUID = string(36, 36, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def each(check, most=1000):
    return lambda v: isinstance(v, list) and len(v) <= most and all(check(one) for one in v)


def shaped(fields, needed=()):
    """An object of these fields and no others."""
    return lambda v: isinstance(v, dict) and all(k in v for k in needed) and all(
        k in fields and fields[k](t) for k, t in v.items())


DISK = shaped({'boot_index': whole(-1), 'uuid': UUID, 'source_type': word('volume'),
               'destination_type': word('volume'), 'delete_on_termination': flag},
              ('uuid', 'source_type', 'destination_type'))
NEW_SERVER = shaped({
    'name': string(), 'flavorRef': string(), 'imageRef': UUID, 'metadata': texts,
    'availability_zone': string(), 'block_device_mapping_v2': each(DISK),
    'tags': each(string(1, 60, '[^,/]*'), 50),
    'networks': lambda v: v in ('none', 'auto') or (
        each(shaped({'port': UUID, 'uuid': UUID}))(v) and len(v) > 0)},
    ('name', 'flavorRef', 'networks'))
NEW_FLAVOR = shaped({'name': string(), 'ram': whole(1), 'vcpus': whole(1), 'disk': whole(0)},
                    ('name', 'ram', 'vcpus', 'disk'))
# Cinder itself lets pass what it does not know
NEW_VOLUME = shaped({'size': whole(1), 'name': string(0), 'metadata': texts, 'imageRef': UUID,
                     'volume_type': string(), 'availability_zone': string()}, ('size',))
NEW_SNAPSHOT = shaped({'volume_id': UUID, 'name': string(0), 'force': flag, 'metadata': texts},
                      ('volume_id',))
NEW_PORT = shaped({'network_id': UUID, 'name': string(0), 'description': string(0)},
                  ('network_id',))
PASSWORD = shaped({'identity': shaped({
    'methods': lambda v: v == ['password'],
    'password': shaped({'user': shaped({
        'name': string(), 'domain': shaped({'name': string()}, ('name',)),
        'password': string()}, ('name', 'domain', 'password'))}, ('user',))},
    ('methods', 'password')),
    'scope': shaped({'project': shaped({
        'name': string(), 'domain': shaped({'name': string()}, ('name',))},
        ('name', 'domain'))}, ('project',))}, ('identity', 'scope'))
