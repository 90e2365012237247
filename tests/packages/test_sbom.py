"""The list of what the programs and the console are made of (CycloneDX 1.5)."""
import datetime
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import uuid

BIN = os.path.abspath(os.environ.get('YH_BIN_DIR', 'build/src/cmd'))
ROOT = pathlib.Path(__file__).parents[2]
PARTS = os.environ.get('YH_CONSOLE_PACKAGES', '')
WHEN = 1764000000
KEYS = {'bomFormat', 'specVersion', 'serialNumber', 'version', 'metadata', 'components', 'dependencies'}
COMPONENT = {'type', 'bom-ref', 'name', 'version', 'scope', 'licenses', 'purl', 'properties', 'hashes'}


def make():
    with tempfile.TemporaryDirectory() as top:
        for folder, program in (('usr/bin', 'yunheng'), ('usr/sbin', 'yunhengd'), ('usr/sbin', 'yunheng-agent')):
            os.makedirs(f'{top}/{folder}', exist_ok=True)
            os.symlink(f'{BIN}/{program}', f'{top}/{folder}/{program}')
        parts = PARTS
        if not os.path.exists(parts):
            parts = top + '/none'
            pathlib.Path(parts).write_text('', encoding='ascii')
        subprocess.run([ROOT / 'tools/sbom', '--root', top, '--web', ROOT / 'web', '--packages', parts, '--time',
                        str(WHEN), '--out', top + '/sbom', '--notices', top + '/notices'], check=True)
        return (pathlib.Path(top + '/sbom').read_text(encoding='utf-8'),
                pathlib.Path(top + '/notices').read_text(encoding='utf-8'))


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text, cls.notices = make()
        cls.bom = json.loads(cls.text)
        cls.components = {c['bom-ref']: c for c in cls.bom['components']}

    def check_licences(self, component):
        self.assertTrue(component['licenses'], component['name'])
        for entry in component['licenses']:
            if 'expression' in entry:
                self.assertEqual(len(component['licenses']), 1)
                self.assertRegex(entry['expression'], r'^[A-Za-z0-9.+() -]+$')
            else:
                self.assertEqual(set(entry), {'license'})
                self.assertEqual(len(entry['license'].keys() & {'id', 'name'}), 1)
                self.assertRegex(entry['license'].get('id', 'MIT'), r'^[A-Za-z0-9.-]+$')

    def test_it_has_the_form_of_the_standard(self):
        self.assertEqual(set(self.bom), KEYS)
        self.assertEqual((self.bom['bomFormat'], self.bom['specVersion'], self.bom['version']), ('CycloneDX', '1.5', 1))
        self.assertEqual(uuid.UUID(self.bom['serialNumber'].removeprefix('urn:uuid:')).urn, self.bom['serialNumber'])
        at = datetime.datetime.fromisoformat(self.bom['metadata']['timestamp'].replace('Z', '+00:00'))
        self.assertEqual(at.timestamp(), WHEN)
        self.assertEqual(len(self.components), len(self.bom['components']), 'a reference stands for one component')
        for c in [*self.bom['components'], self.bom['metadata']['component']]:
            self.assertLessEqual(set(c), COMPONENT)
            self.assertIn(c['type'], ('application', 'library'))
            self.assertIn(c.get('scope', 'required'), ('required', 'optional'))
            self.assertTrue(c['name'] and c['version'])
            self.check_licences(c)
            for h in c.get('hashes', ()):
                self.assertRegex(h['content'], '^[0-9a-f]{128}$')
        known = {*self.components, self.bom['metadata']['component']['bom-ref']}
        for d in self.bom['dependencies']:
            self.assertIn(d['ref'], known)
            self.assertLessEqual(set(d['dependsOn']), known)
            self.assertEqual(len(d['dependsOn']), len(set(d['dependsOn'])))
        self.assertEqual({d['ref'] for d in self.bom['dependencies']}, known)

    def test_S16_every_linked_library_is_in_it_with_its_version_and_licence(self):
        by_name = {c['name']: c for c in self.bom['components']}
        linked = subprocess.run(['ldd', f'{BIN}/yunhengd'], check=True, capture_output=True, text=True).stdout
        paths = [os.path.realpath(p) for p in re.findall(r'=> (/\S+)', linked)]
        self.assertGreater(len(paths), 20)
        asked = {p for path in paths for p in (path, path.replace('/usr/lib', '/lib', 1))}
        said = subprocess.run(['dpkg-query', '-S', *asked], capture_output=True, text=True).stdout
        for package in set(re.findall(r'^(?!diversion )([^:,]+)', said, re.M)):
            version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}\n', package], check=True,
                                     capture_output=True, text=True).stdout.split()[0]
            self.assertEqual(by_name[package]['version'], version)
            self.assertEqual(by_name[package]['scope'], 'required')
            self.assertRegex(by_name[package]['purl'], f'^pkg:deb/[a-z]+/{re.escape(package)}@.*distro=')

    def test_S16_every_npm_package_of_the_console_is_in_it_with_its_licence(self):
        if not os.path.exists(PARTS):
            self.skipTest('the console is not built')
        by_ref = {c.get('purl'): c for c in self.bom['components']}
        lock = json.loads((ROOT / 'web/package-lock.json').read_text(encoding='utf-8'))['packages']
        paths = pathlib.Path(PARTS).read_text(encoding='utf-8').split()
        self.assertLess({'node_modules/vue', 'node_modules/echarts', 'node_modules/@vue/runtime-core'}, set(paths))
        for path in paths:
            # one may go by another's name
            name = lock[path].get('name') or path.rsplit('node_modules/', 1)[1]
            c = by_ref[f'pkg:npm/{name.replace("@", "%40")}@{lock[path]["version"]}']
            self.assertEqual(c['licenses'][0].get('expression') or c['licenses'][0]['license']['id'],
                             lock[path]['license'].strip('()'))
            self.assertIn(f'==== {name} {lock[path]["version"]}: ', self.notices)
        self.assertFalse(any(c['name'] in ('vite', 'typescript', 'playwright-core') for c in self.bom['components']),
                         'what only builds the console is not in it')

    def test_the_same_build_gives_the_same_bytes(self):
        self.assertEqual(make()[0], self.text)


if __name__ == '__main__':
    unittest.main()
