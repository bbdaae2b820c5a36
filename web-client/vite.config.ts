import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/* The server serves a `.gz` beside each file that shrinks; it never compresses at run time. */
function gzipBeside(): Plugin {
  let out = 'dist';
  const walk = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(dir, e.name)) : [join(dir, e.name)]));
  return {
    name: 'gzip-beside',
    apply: 'build',
    configResolved: (config) => { out = config.build.outDir; },
    closeBundle: () => {
      for (const file of walk(out)) {
        if (!/\.(html|js|css|svg|json|webmanifest|txt)$/.test(file)) continue;
        const plain = readFileSync(file);
        const small = gzipSync(plain, { level: 9 });
        if (small.length < plain.length) writeFileSync(`${file}.gz`, small);
      }
    },
  };
}

/* What a guard's page is made of, by name, laid into the worker that keeps it for when the line is gone: the entry, both languages, the page, and all that these import. */
function keepsOffline(): Plugin {
  const begins = /src\/(main\.tsx|text\/(zh|en)\.ts|view\/escorts\.tsx)$|\/index\.html$/;
  return {
    name: 'keeps-offline',
    apply: 'build',
    generateBundle: function (_options, bundle) {
      const files = new Set<string>(['/', '/icon.svg']);
      const take = (name: string): void => {
        const chunk = bundle[name];
        if (files.has(`/${name}`) || chunk === undefined || chunk.type !== 'chunk') return;
        files.add(`/${name}`);
        const css = (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? new Set<string>();
        for (const sheet of css) files.add(`/${sheet}`);
        for (const more of chunk.imports) take(more);
      };
      for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk' && chunk.facadeModuleId !== null && begins.test(chunk.facadeModuleId)) take(chunk.fileName);
      if (![...files].some((f) => /escorts/.test(f))) this.error('the guard’s page was not found in the bundle');
      const all = [...files].sort();
      const plain = readFileSync(join(import.meta.dirname, 'worker/offline.js'), 'utf8');
      const version = createHash('sha256').update(all.join()).update(plain).digest('hex').slice(0, 12);
      this.emitFile({ type: 'asset', fileName: 'offline.js', source: plain.replace('const files = []', `const files = ${JSON.stringify(all)}`).replace('VERSION', version) });
    },
  };
}

export default defineConfig({
  plugins: [keepsOffline(), gzipBeside()],
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    include: ['tests/*.test.ts'],
    environment: 'node',
  },
});
