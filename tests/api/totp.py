"""A person's device: codes of RFC 6238 and of GM/T 0021, computed apart from the server."""
import base64
import hashlib
import hmac
import struct
import time

STEP = {'sha1': 30, 'sm3': 60}
STALL_S = 12  # as long as a busy machine may take until the server looks at a code


def sm3(raw, step, rest=bytes(8)):
    """GM/T 0021: `rest` is what its identifier has behind the time."""
    digest = hashlib.new('sm3', raw + struct.pack('>Q', step) + rest).digest()
    return f'{sum(struct.unpack(">8I", digest)) % 2 ** 32 % 10 ** 6:06d}'


def code(key, step, kind='sha1'):
    raw = base64.b32decode(key)
    if kind == 'sm3':
        return sm3(raw, step)
    mac = hmac.new(raw, struct.pack('>Q', step), hashlib.sha1).digest()
    at = mac[19] & 15
    return f'{(struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 10 ** 6:06d}'


class Device:
    """Knows the key, and which codes it has given: each step's once, the earliest that is still good
    and will be for a while first, so that two can be had at any moment. Recovery codes serve when these
    are spent."""

    def __init__(self, key, kind='sha1', last=0, recovery=()):
        self.key, self.kind, self.last, self.recovery = key, kind, last, list(recovery)

    def step(self):
        return int(time.time()) // STEP[self.kind]

    def next(self):
        step = max(self.last + 1, self.step() - 1)
        if time.time() % STEP[self.kind] > STEP[self.kind] - STALL_S:  # it may be the next step by then
            step = max(step, self.step())
        if step > self.step() + 1 and self.recovery:
            return self.recovery.pop()
        if step > self.step() + 4:
            raise AssertionError('no code is left, and the next one is far away')
        while step > self.step() + 1:  # all are spent: the next one's time comes
            time.sleep(0.5)
        self.last = step
        return code(self.key, step, self.kind)

    def kept(self):
        return [self.key, self.kind, self.last, self.recovery]
