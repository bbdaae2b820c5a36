/* Networks that let little out, and Chromium behind them: with UDP blocked a call runs over ICE-TCP; where nothing but TCP to port 443 leaves, over TURN in
   TLS. A site of several workers, so that port 443 must lead to the one that has the room. Needs root for a network namespace; long tier. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSite, until } from './lib.mjs';
import { makeNetwork } from './netns.mjs';
import { devices, enter, openRoom, party, received, sees } from './call-lib.mjs';

const skip = process.env.YQ_LONG !== '1' ? 'long tier' : process.getuid() !== 0 ? 'needs root for a network namespace' : process.env.YQ_BASE ? 'needs a site of its own' : false;
const workers = 2;
let media, net, site, clinic, away;

before(async () => {
  if (skip) return;
  media = mkdtempSync(join(tmpdir(), 'yunqiao-wall-'));
  net = makeNetwork();
  for (const l of net.links) net.plug(l);
  /* Pages on one address, TURN on the other, both at 443. */
  const [pages, turn] = net.links.map((l) => l.host);
  site = await startSite({ listen: { turn: `${turn}:443` }, media: { workers } }, { host: pages, name: pages, port: 443 });
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1));
  away = await party(site, site.by.specialist, [...devices(media, 2, { voice: 'goforward.raw' }), '--ignore-certificate-errors'], { executable: net.chromium(media) });
});
after(async () => {
  await Promise.allSettled([clinic?.stop(), away?.stop()]);
  await site?.stop();
  net?.remove();
  if (media !== undefined) rmSync(media, { recursive: true, force: true });
});

/** How the browser's connections reach the server: directly or by a relay, by which protocol; and which worker's port it is. */
const ways = (page) => page.evaluate(async () => {
  const out = [];
  for (const pc of window.pcs) {
    if (pc.connectionState !== 'connected') continue;
    const stats = await pc.getStats();
    const transport = [...stats.values()].find((r) => r.type === 'transport');
    const local = stats.get(stats.get(transport.selectedCandidatePairId)?.localCandidateId);
    const remote = stats.get(stats.get(transport.selectedCandidatePairId)?.remoteCandidateId);
    if (local !== undefined) out.push({ way: local.relayProtocol ? `relay ${local.relayProtocol}` : `direct ${local.protocol}`, port: remote.port });
  }
  return out;
});

async function meet(title, way) {
  const room = await openRoom(clinic.page, title, [site.by.specialist.display]);
  await enter(clinic.page, null);
  await enter(away.page, room);
  await sees(clinic.page, [2], 30_000);
  await sees(away.page, [1], 30_000);
  const used = await ways(away.page);
  assert.deepEqual(used.map((u) => u.way), [way, way]);
  const got = await until('sound and pictures', async () => { const r = await received(away.page); return r.frames > 0 && r.voices > 0 && r; });
  console.log(`figure behind_a_wall_frames ${got.frames} ${way}`);
  const worker = used[0].port - site.mediaPort;
  for (const p of [away, clinic]) {
    await p.page.locator('[data-ctl=leave]').click();
    await p.page.locator('dialog .actions .btn').last().click();
    await p.page.locator('[data-over]').waitFor();
  }
  return worker;
}

test('nothing is blocked: media goes by UDP', { skip }, async () => { await meet('直连', 'direct udp'); });

test('UDP is blocked: media goes by ICE-TCP', { skip }, async () => {
  net.wall('meta l4proto udp drop;');
  await meet('阻断UDP', 'direct tcp');
});

test('nothing but TCP to port 443 leaves: media goes by TURN in TLS, whichever worker has the room', { skip }, async () => {
  net.wall('tcp dport 443 accept; drop;');
  /* The first worker is the one that ends TURN; a room with somebody in it keeps it busy, and the next room is the second's. */
  assert.equal(await meet('仅443，一号', 'relay tls'), 0);
  const other = await clinic.context.newPage();
  await openRoom(other, '占用', [site.by.nurse.display]);
  await enter(other, null);
  assert.equal(await meet('仅443', 'relay tls'), 1);
});
