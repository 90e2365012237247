"""A storm over the link: a proxy that does its worst, and both servers killed again and again, while units
enter the district's register; and what must have come of it."""
import http.client
import random
import threading
import time

from hostile import HARM, Proxy
from linked import Linked, until


class Storm:
    """Everything that a network and two failing machines do, for `seconds`."""

    def __init__(self, postgres, seconds, seed):
        self.kills, self.seconds, self.random = 0, seconds, random.Random(seed)
        self.made, self.ended = [], threading.Event()

        def via(port):
            self.proxy = Proxy(port, seed)
            return self.proxy.listen
        self.pair = Linked(postgres, via)
        for side in (self.pair.city, self.pair.district):
            side.server.listen = side.server.port

    def enter(self):
        """Units enter the district's register, whenever it is there."""
        i = 0
        while not self.ended.is_set():
            code = f'east-s{i}'
            try:
                self.pair.unit(code)
                self.made.append(code)
                i += 1
                time.sleep(0.01)
            except AssertionError as problem:  # entered before the server died
                i += getattr(problem, 'slug', '') in ('org-exists', 'db-unique', 'code-taken')
                time.sleep(0.05)
            except (OSError, ValueError, http.client.HTTPException):
                time.sleep(0.1)

    def kill(self):
        side = self.random.choice((self.pair.city, self.pair.district))
        side.server.kill()
        self.kills += 1
        time.sleep(self.random.random())
        side.server.start()

    def run(self):
        self.proxy.harm = 7
        writer = threading.Thread(target=self.enter)
        writer.start()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end or not set(HARM) <= set(self.proxy.done):
            time.sleep(self.random.random() * 4)
            self.kill()
        self.ended.set()
        writer.join()
        self.proxy.harm = 0

    def judge(self, case):
        """Nothing lost, nothing doubled, digests equal and not empty, delivered equals sent."""
        until(lambda: all(self.pair.at_city(code) for code in self.made[-1:]) and self.pair.level(), 120)
        sent, got = self.pair.both()
        for name, s in sent.items():
            case.assertEqual(s['number'], got[name]['number'], name)
            case.assertEqual(got[name]['total'], got[name]['number'], name)  # each was applied once
            case.assertEqual(s['total'], s['number'], name)
        case.assertGreaterEqual(got['register']['number'], len(self.made))
        there = self.pair.city.store.sql("SELECT code FROM org WHERE code LIKE 'east-s%'")
        there = set(there.split() if isinstance(there, str) else (code for code, in there))
        case.assertEqual(set(self.made) - there, set())
        held = self.pair.reconcile()
        case.assertGreaterEqual(held['register'], len(self.made))
        case.assertEqual(self.pair.streams(self.pair.district, 'out')['register']['healed'], 0)
        return held

    def close(self):
        self.pair.close()
        self.proxy.close()
