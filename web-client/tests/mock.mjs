/* node tests/mock.mjs [port] [empty]: prints one line of JSON, as `yunqiao demo --json` does, and serves dist/. */
import { runnerImport } from 'vite';

const { module } = await runnerImport(new URL('./mock-server.ts', import.meta.url).pathname, { logLevel: 'silent' });
const mock = await module.startMock(Number(process.argv[2] ?? 0), process.env.MOCK_DIST, process.argv[3] === 'empty' ? 'empty' : 'full');
console.log(JSON.stringify({ url: mock.url, accounts: mock.accounts }));
