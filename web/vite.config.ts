import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import vue from '@vitejs/plugin-vue';
import Components from 'unplugin-vue-components/vite';
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers';

const worthIt = /\.(js|css|html|svg|json)$/;

/** Writes a .gz beside each file that shrinks, the same bytes for the same content. */
function compressed(): Plugin {
  let out = '';
  const walk = (dir: string): void => {
    for (const name of readdirSync(dir)) {
      const path = join(dir, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (worthIt.test(name)) {
        const plain = readFileSync(path);
        const packed = gzipSync(plain, { level: 9 });
        if (packed.length < plain.length) writeFileSync(`${path}.gz`, packed);
      }
    }
  };
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      out = config.build.outDir;
    },
    closeBundle() {
      walk(out);
    },
  };
}

/** Writes down, beside the console, which npm packages are in it: tools/sbom tells of them. */
function parts(): Plugin {
  const base = fileURLToPath(new URL('./node_modules/', import.meta.url));
  let out = '';
  return {
    name: 'parts',
    apply: 'build',
    configResolved(config) {
      out = config.build.outDir;
    },
    buildEnd() {
      const found = new Set<string>();
      for (const id of this.getModuleIds()) {
        if (!id.startsWith(base)) continue;
        const path = `/${id.slice(base.length)}`;
        const at = path.lastIndexOf('/node_modules/');
        const from = at < 0 ? 1 : at + '/node_modules/'.length;
        const name = /^(?:@[^/]+\/)?[^/?]+/.exec(path.slice(from));
        if (name) found.add(`node_modules${path.slice(0, from)}${name[0]}`);
      }
      writeFileSync(`${out}.packages`, [...found].sort().join('\n') + '\n');
    },
  };
}

export default defineConfig({
  plugins: [
    parts(),
    vue(),
    Components({
      dirs: [],
      dts: false,
      resolvers: [ElementPlusResolver({ importStyle: 'css' })],
    }),
    compressed(),
  ],
  // texts as one object, not a name for each, which compresses badly
  json: { namedExports: false },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2021',
    outDir: process.env['YH_CONSOLE_OUT'] ?? 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': process.env['YH_SERVER'] ?? 'http://127.0.0.1:8480' },
  },
});
