/* A party's network address changes in the middle of a call, and it does not know: its NAT sends from elsewhere and takes nothing at the old place any more.
   The relay of tests/lab stands between the browsers and the worker. Media must be back both ways within 2 s, for the same participant. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { bin, startSite, until } from './lib.mjs';
import { devices, enter, frameTimes, longestGap, noteFrames, openRoom, party, sees } from './call-lib.mjs';

const skip = process.env.YQ_BASE ? 'needs a site of its own' : false;
const relayed = '127.0.0.2';
let media, site, relay, clinic, away, room;

/** The relay: `say` gives it a line and answers with its. */
async function startRelay(port) {
  const child = spawn(join(bin, 'impair'), ['--listen', `${relayed}:${port}`, '--to', `127.0.0.1:${port}`, '--up', 'delay=15', '--down', 'delay=15', '--commands', 'stdin'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.match((await lines.next()).value, /^ready/);
  return { say: async (line) => { child.stdin.write(`${line}\n`); return (await lines.next()).value; }, stop: () => child.kill('SIGTERM') };
}

before(async () => {
  if (skip) return;
  media = mkdtempSync(join(tmpdir(), 'yunqiao-move-'));
  site = await startSite({ listen: { announce: relayed } });
  relay = await startRelay(site.mediaPort);
  [clinic, away] = await Promise.all([
    party(site, site.by['clinic-doctor'], devices(media, 1)),
    party(site, site.by.specialist, devices(media, 2, { voice: 'goforward.raw' })),
  ]);
});
after(async () => {
  await Promise.allSettled([clinic?.stop(), away?.stop()]);
  relay?.stop();
  await site?.stop();
  if (media !== undefined) rmSync(media, { recursive: true, force: true });
});

const participants = (page) => page.locator('.presence li').evaluateAll((all) => all.map((x) => x.dataset.participant));

/** The addresses that the browser's connections may send from: behind the relay each sees itself as the server does, and its own as the related one. */
const sockets = (page) => page.evaluate(async () => {
  const out = [];
  for (const pc of window.pcs) {
    if (pc.connectionState !== 'connected') continue;
    const stats = await pc.getStats();
    const transport = [...stats.values()].find((r) => r.type === 'transport');
    const local = stats.get(stats.get(transport.selectedCandidatePairId).localCandidateId);
    out.push(['127.0.0.1', local.relatedAddress].map((host) => `${host}:${local.relatedPort}`));
  }
  return out;
});

test('two meet through a relay', { skip }, async () => {
  room = await openRoom(clinic.page, '远程会诊', [site.by.specialist.display]);
  await enter(clinic.page, null);
  await enter(away.page, room);
  await sees(clinic.page, [2]);
  await sees(away.page, [1]);
});

test('the address of one changes: pictures flow again both ways within 2 s, and it is the same participant', { skip }, async () => {
  const ids = await participants(clinic.page);
  await noteFrames(clinic.page);
  await noteFrames(away.page);
  await new Promise((go) => setTimeout(go, 800)); /* pictures before the change, to measure from */
  const from = await sockets(away.page);
  assert.equal(from.length, 2);
  const at = Date.now();
  for (const hosts of from) {
    const told = [];
    for (const host of hosts) told.push(await relay.say(`move ${host} 127.0.0.77:0`));
    assert.deepEqual(told.sort(), ['moved', 'unknown']);
  }
  const gap = await until('pictures are back', async () => {
    const worst = Math.max(longestGap(await frameTimes(clinic.page), at), longestGap(await frameTimes(away.page), at));
    return worst !== Infinity && worst;
  }, 20_000, 250);
  console.log(`figure address_move_gap_ms ${Math.round(gap)}`);
  assert.ok(gap > 200, 'the change was none');
  assert.ok(gap <= 2000, `${gap} ms without a picture`);
  await until('no banner stands any more', async () => (await away.page.locator('[data-trouble]').count()) === 0, 5000);
  assert.deepEqual(await participants(clinic.page), ids);
  await sees(clinic.page, [2]);
  await sees(away.page, [1]);
});
