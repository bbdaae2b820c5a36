/* The same consultation where the network is not one machine: a specialist behind a network of his own, whose address changes in the middle of it; and
   Firefox ESR, unmodified, in the same room. Needs root for a network namespace; long tier. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { out, startSite, until } from './lib.mjs';
import { firefoxPage, lacksFirefox, startFirefox } from './firefox.mjs';
import { makeNetwork } from './netns.mjs';
import { devices, enter, frameTimes, longestGap, look, noteFrames, openRoom, party, received, sees } from './call-lib.mjs';

const skip = process.env.YQ_LONG !== '1' ? 'long tier' : process.getuid() !== 0 ? 'needs root for a network namespace' : process.env.YQ_BASE ? 'needs a site of its own' : false;
const exam = 9;

let media, net, site, clinic, away, fox, room;

before(async () => {
  if (skip) return;
  media = mkdtempSync(join(tmpdir(), 'yunqiao-net-'));
  net = makeNetwork();
  const [first] = net.links;
  net.plug(first);
  net.route(first);
  site = await startSite({}, { host: first.host, name: first.host });
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1, { width: 640, height: 360 }), { second: exam });
  away = await party(site, site.by.specialist, devices(media, 2, { voice: 'goforward.raw' }), { executable: net.chromium(media) });
});
after(async () => {
  await Promise.allSettled([clinic?.stop(), away?.stop(), fox?.close()]);
  await site?.stop();
  net?.remove();
  if (media !== undefined) rmSync(media, { recursive: true, force: true });
});

test('a specialist of another network joins', { skip }, async () => {
  room = await openRoom(clinic.page, '远程会诊', [site.by.specialist.display, site.by.nurse.display]);
  await enter(clinic.page, null, { second: true });
  await enter(away.page, room);
  await sees(clinic.page, [2]);
  await sees(away.page, [1, exam]);
});

test('his network address changes: pictures flow again both ways within 2 s, and he is the same participant', { skip }, async () => {
  const ids = await clinic.page.locator('.presence li').evaluateAll((all) => all.map((x) => x.dataset.participant));
  await noteFrames(clinic.page);
  await noteFrames(away.page);
  /* The new network is there before the old one goes, as with a cable put in; Chromium tells its pages of a network two seconds after it came. */
  const [first, second] = net.links;
  net.plug(second);
  await new Promise((go) => setTimeout(go, 4000));
  const at = Date.now();
  net.unplug(first);
  net.route(second);
  const gap = await until('pictures are back', async () => {
    const worst = Math.max(longestGap(await frameTimes(clinic.page), at), longestGap(await frameTimes(away.page), at));
    return worst !== Infinity && worst;
  }, 20_000, 250);
  console.log(`figure address_change_gap_ms ${Math.round(gap)}`);
  assert.ok(gap <= 2000, `${gap} ms without a picture`);
  await until('the line is back too', async () => (await away.page.locator('[data-trouble]').count()) === 0, 30_000);
  assert.deepEqual(await clinic.page.locator('.presence li').evaluateAll((all) => all.map((x) => x.dataset.participant)), ids);
  await sees(away.page, [1, exam]);
});

test('Firefox ESR joins the same room: it sees and hears, and is seen and heard', { skip: skip || lacksFirefox }, async () => {
  fox = await startFirefox();
  const page = await firefoxPage(fox, site, site.by.nurse);
  await page.goto(`${site.url}${room}`);
  await page.waitForSelector('.check-stage video');
  await (await page.waitForSelector('.check-form .btn-primary')).click();
  await page.waitForSelector('.room');
  await sees(page, [1, exam, 2], 30_000);
  const got = await until('Firefox hears', async () => { const r = await received(page); return r.voices >= 2 && r.pictures >= 3 && r; }, 20_000, 250);
  assert.ok(got.energy > 0);
  await page.screenshot({ path: join(out, 'call-firefox.png') });
  for (const p of [clinic, away]) {
    /* its fake camera draws no counter: its picture is the one that is nobody else's */
    await until('the others see Firefox', async () => (await look(p.page)).some((x) => x.width > 0 && x.who === null), 20_000, 250);
    await until('and hear it', async () => (await received(p.page)).voices >= 2, 20_000, 250);
  }
  await page.close();
});
