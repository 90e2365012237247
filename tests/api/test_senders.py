"""Debian's prometheus and vmagent, unchanged, write to the server while it is killed and started again and
while its disk takes no more: what they say they sent is what is stored, each sample once.

YH_SENDERS_SECONDS: how long it goes on; a hundred seconds otherwise. YH_TEST_METER: the server's meter,
the embedded one otherwise."""
import datetime
import http.server
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.request

from city import City, Session

SECONDS = float(os.environ.get('YH_SENDERS_SECONDS', '100'))
METER = os.environ.get('YH_TEST_METER')
GAUGES = 30
DRAIN_S = 150


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Exporter:
    """Serves, on a path for each sender, a counter of the times it was asked and some gauges of it."""

    def __init__(self):
        self.asked = {}
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                n = exporter.asked[self.path] = exporter.asked.get(self.path, 0) + 1
                lines = ['# TYPE probe_scrapes_total counter', f'probe_scrapes_total {n}',
                         '# TYPE probe_value gauge']
                lines += [f'probe_value{{n="{i}"}} {n * i}' for i in range(GAUGES)]
                body = ('\n'.join(lines) + '\n').encode()
                self.send_response(200)
                self.send_header('Content-Type', 'text/plain; version=0.0.4')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Sender:
    """A program that scrapes the exporter and writes to the server."""

    def __init__(self, home, exporter, resource, url, token):
        self.home = os.path.join(home, self.name)
        os.mkdir(self.home)
        self.exporter, self.resource, self.url, self.token = exporter, resource, url, token
        self.path, self.port = f'/{self.name}', free_port()
        self.configure(scrape=True)
        with open(os.path.join(self.home, 'log'), 'wb') as log:
            self.process = subprocess.Popen(self.command(), cwd=self.home, stdout=log, stderr=log)

    def configure(self, scrape):
        target = {'targets': [f'127.0.0.1:{self.exporter.port}'],
                  'labels': {'resource': self.resource}}
        config = dict(self.config(), scrape_configs=[{
            'job_name': 'probe', 'scrape_interval': '2s', 'metrics_path': self.path,
            'static_configs': [target] if scrape else []}])
        with open(os.path.join(self.home, 'config.yml'), 'w', encoding='utf-8') as f:
            json.dump(config, f)

    def end_scraping(self):
        self.configure(scrape=False)
        self.process.send_signal(signal.SIGHUP)

    def metrics(self):
        with urllib.request.urlopen(f'http://127.0.0.1:{self.port}/metrics', timeout=30) as r:
            text = r.read().decode()
        found = {}
        for m in re.finditer(r'^(\w+)(?:\{[^}]*\})? (\S+)$', text, re.M):
            found[m.group(1)] = found.get(m.group(1), 0) + float(m.group(2))
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)


class Prometheus(Sender):
    name = 'prometheus'

    def config(self):
        return {'remote_write': [{'url': self.url, 'authorization': {'credentials': self.token},
                                  'queue_config': {'max_backoff': '1s', 'max_samples_per_send': 100,
                                                   'batch_send_deadline': '1s'},
                                  'metadata_config': {'send_interval': '5s'}}]}

    def command(self):
        return ['prometheus', '--config.file=config.yml', '--storage.tsdb.path=data',
                f'--web.listen-address=127.0.0.1:{self.port}']

    def state(self):
        m = self.metrics()
        name = 'prometheus_remote_storage_samples_'
        sent = m[name + 'total'] - m[name + 'retried_total']  # every attempt counts in the first
        idle = m[name + 'pending'] == 0 and m[name + 'in_total'] == sent
        return idle, int(sent), int(m[name + 'failed_total'] + m[name + 'dropped_total'])


class Vmagent(Sender):
    name = 'vmagent'

    def config(self):
        return {}

    def command(self):
        return ['vmagent', '-promscrape.config=config.yml', f'-remoteWrite.url={self.url}',
                f'-remoteWrite.bearerToken={self.token}', '-remoteWrite.tmpDataPath=data',
                '-remoteWrite.flushInterval=1s', f'-httpListenAddr=127.0.0.1:{self.port}']

    def state(self):
        m = self.metrics()
        name = 'vmagent_remotewrite_'
        sent = m[name + 'block_size_rows_sum']
        idle = (m[name + 'pending_data_bytes'] == 0 and m[name + 'pending_inmemory_blocks'] == 0 and
                m[name + 'rows_pushed_after_relabel_total'] == sent and
                m[name + 'blocks_sent_total'] == m[name + 'block_size_rows_count'])
        return idle, int(sent), int(m[name + 'packets_dropped_total'])


class Senders(unittest.TestCase):
    def setUp(self):
        self.city = City(serve=('--meter', METER) if METER else ())
        self.addCleanup(self.city.close)
        self.server = self.city.server
        self.server.listen = self.server.port  # the senders know it by this port
        self.city.project('metered', dims={'vcpu': 100, 'memory_gib': 100})
        self.exporter = Exporter()
        self.addCleanup(self.exporter.close)
        reply = self.city.who['u1'].call('POST', '/api/v1/meter/tokens', {
            'kind': 'unit', 'about': 'civil', 'label': '采集', 'days': 30})
        self.senders = []
        ids = self.city.formal('metered', 2)
        for kind, resource in zip((Prometheus, Vmagent), ids):
            if not shutil.which(kind.name):
                self.fail(f'{kind.name} is not installed')
            no = self.city.who['u1'].get(f'/api/v1/resources/{resource}')['no']
            sender = kind(self.server.store.dir, self.exporter, no,
                          f'http://127.0.0.1:{self.server.port}/api/v1/write', reply['token'])
            self.addCleanup(sender.stop)
            self.senders.append(sender)

    def kill_now_and_then(self):
        chance, kills, fulls = random.Random(13), 0, 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(chance.uniform(2, 12))
            if not METER and chance.random() < 0.3:
                self.limit_files(64)
                time.sleep(chance.uniform(1, 4))
                if not fulls:  # a busy machine takes longer to find out
                    asked = time.monotonic()
                    City.wait_until(self.full, 'it is never full')
                    end += time.monotonic() - asked
                fulls += self.full()
                if chance.random() < 0.5:  # otherwise it is killed in this state
                    self.limit_files(resource.RLIM_INFINITY)
                    continue
            self.server.kill()
            time.sleep(chance.choice((0, 0, 1.5)))
            self.server.start()
            kills += 1
        self.assertGreater(kills, SECONDS / 25)
        self.assertTrue(METER or fulls > 0)  # it was refused for want of room, and sent again

    def full(self):
        return self.city.who['o1'].get('/api/v1/meter/status')['full']

    def limit_files(self, most):
        """As if the disk were full for all beyond so many bytes of a file."""
        hard = resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE, (most, hard))

    def owed(self, sent, series):
        """How many samples that were sent are not stored; negative: stored and not sent. Markers are sent
        and are no samples: one ends each series, one each of the exporter's when a scrape fails."""
        up = next(s for key, s in series.items() if key.startswith('up{'))
        probes = sum(key.startswith('probe_') for key in series)
        failed = up['count'] - round(up['sum'])
        owed = sent - sum(s['count'] for s in series.values()) - len(series)
        return owed - probes * max(0, min(failed, owed // probes))

    def drained(self, sender):
        """What the sender says it sent, and what is stored, once nothing is left to send. The last
        markers come some scrapes after the end, and an outer store shows things a second later."""
        for _ in range(DRAIN_S):
            idle, sent, lost = sender.state()
            series = self.stored(sender)
            if idle and series and self.owed(sent, series) == 0:
                break
            time.sleep(1)
        self.assertEqual((idle, lost), (True, 0), sender.name)
        return sent, series

    def stored(self, sender):
        """Count, sum, least and most of each series stored about the sender's resource."""
        now = datetime.datetime.now(datetime.timezone.utc)
        span = datetime.timedelta(seconds=SECONDS + DRAIN_S + 3600)
        page = self.city.who['u1'].get(f'/api/v1/meter/history/{sender.resource}', step='1d',
                                       **{'from': (now - span).isoformat(),
                                          'to': (now + span).isoformat()})
        found = {}
        for row in page['items']:
            key = row['metric'] + json.dumps(row.get('labels'), sort_keys=True)
            one = found.setdefault(key, {'count': 0, 'sum': 0, 'min': row['min'], 'max': 0})
            one['count'] += row['count']
            one['sum'] += row['count'] * row['mean']
            one['min'] = min(one['min'], row['min'])
            one['max'] = max(one['max'], row['max'])
        return found

    def test_every_sample_that_was_sent_is_stored_once(self):
        self.kill_now_and_then()
        self.city.who['u1'] = self.server.session('u1')  # the first lapses in half an hour
        for sender in self.senders:
            sender.end_scraping()
        for sender in self.senders:
            sent, series = self.drained(sender)
            self.assertEqual(self.owed(sent, series), 0,
                             f'{sender.name} sent {sent}: {json.dumps(series)}')
            asked = self.exporter.asked[sender.path]
            up, counter = (next(s for key, s in series.items() if key.startswith(name))
                           for name in ('up{', 'probe_scrapes_total'))
            scrapes, failed = round(up['sum']), up['count'] - round(up['sum'])
            self.assertGreater(scrapes, SECONDS / 10)
            self.assertEqual(counter['count'], scrapes, sender.name)
            # the end may cut one off
            self.assertTrue(scrapes <= asked <= scrapes + failed + 1, (sender.name, scrapes, asked, failed))
            if not failed:  # every number from one on, once
                self.assertEqual((counter['min'], counter['max']), (1, scrapes), sender.name)
                self.assertAlmostEqual(counter['sum'], scrapes * (scrapes + 1) / 2, places=3)
            gauges = [s['count'] for key, s in series.items() if key.startswith('probe_value')]
            self.assertEqual(gauges, [scrapes] * GAUGES, sender.name)


if __name__ == '__main__':
    unittest.main()
