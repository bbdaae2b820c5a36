/* Interpreting: the interpreter chooses the language that he speaks into, each chooses the one that is heard, and everybody sees it. Who gets every voice hears
   the interpreter whole and the room quieter; who saves data gets the same from the server's mixer. Three browsers that speak all the time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clean, sideways, startSite, until } from './lib.mjs';
import { devices, enter, openRoom, party, sees } from './call-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-lanes-'));
let site, clinic, voice, eye, room;

before(async () => {
  site = await startSite();
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1));
  voice = await party(site, site.by.interpreter, devices(media, 2, { voice: 'something.raw' }));
  eye = await party(site, site.by.specialist, devices(media, 3, { voice: 'goforward.raw' }), { lang: 'en', width: 1366, height: 768 });
});
after(async () => {
  await Promise.allSettled([clinic?.stop(), voice?.stop(), eye?.stop()]);
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

/** Under whose name each sound of others is played, and how loud. */
const heard = (page, names) => page.evaluate((who) => {
  const out = {};
  for (const li of document.querySelectorAll('.presence li')) for (const name of who) if (li.textContent.includes(name)) out[name] = li.dataset.participant;
  const found = {};
  for (const a of document.querySelectorAll('audio[data-sound]')) for (const name of who) if (a.dataset.of === out[name]) found[name] = { volume: Number(a.volume.toFixed(2)), muted: a.muted };
  return found;
}, names);
const volume = async (page, who) => { const h = (await heard(page, [who.display]))[who.display]; return h === undefined ? null : h.muted ? 0 : h.volume; };
const lane = (page, group, words) => page.locator('.lanes').getByRole('group', { name: group }).getByRole('button', { name: words, exact: true }).click();

/** Energy of what is mixed for this page, in a while. */
async function energy(page, ms) {
  const sum = () => page.evaluate(async () => {
    let all = 0;
    for (const pc of window.pcs) if (pc.connectionState !== 'closed') for (const r of (await pc.getStats()).values()) if (r.type === 'inbound-rtp' && r.kind === 'audio') all += r.totalAudioEnergy ?? 0;
    return all;
  });
  const was = await sum();
  await new Promise((go) => setTimeout(go, ms));
  return (await sum()) - was;
}

test('an interpreter chooses a language, everybody sees it, and only who chooses it hears it', async () => {
  room = await openRoom(clinic.page, '有译员的会诊', [site.by.interpreter.display, site.by.specialist.display]);
  await enter(clinic.page, null);
  await enter(voice.page, room);
  await enter(eye.page, room);
  await sees(eye.page, [1, 2], 60_000);
  assert.equal(await volume(eye.page, site.by.interpreter), 1, 'all hear all until somebody interprets');
  assert.equal(await clinic.page.locator('.lanes').count(), 0, 'nothing to choose');
  await lane(voice.page, '我译入', '维吾尔语');
  for (const [p, words] of [[clinic, '译入维吾尔语'], [voice, '译入维吾尔语'], [eye, 'interprets into Uyghur']]) await p.page.locator('.presence [data-lane]').filter({ hasText: words }).waitFor();
  for (const p of [clinic, eye]) await until('the interpreter is not on the floor', async () => (await volume(p.page, site.by.interpreter)) === 0);
  assert.equal(await volume(eye.page, site.by['clinic-doctor']), 1);
  await clean(voice.page, 'room-lanes-interpreter-zh');
});

test('who hears the language has the interpreter whole and the room quieter while he speaks', async () => {
  await lane(eye.page, 'I hear', 'Uyghur');
  await clinic.page.locator('.presence [data-lane]').filter({ hasText: '听维吾尔语' }).waitFor();
  await until('the interpreter is heard', async () => (await volume(eye.page, site.by.interpreter)) === 1);
  await until('the room is 15 dB down', async () => (await volume(eye.page, site.by['clinic-doctor'])) === 0.18);
  assert.equal(await volume(voice.page, site.by['clinic-doctor']), 1, 'the interpreter hears the floor');
  await clean(eye.page, 'room-lanes-en');
  await clean(clinic.page, 'room-lanes-zh');
  for (const p of [clinic, voice, eye]) assert.equal(await sideways(p.page), 0);
  await voice.page.locator('[data-ctl=mic]').click();
  await until('he says nothing, and the room is as loud as it is', async () => (await volume(eye.page, site.by['clinic-doctor'])) === 1);
  await voice.page.locator('[data-ctl=mic]').click();
  await until('and down again', async () => (await volume(eye.page, site.by['clinic-doctor'])) === 0.18);
});

test('the choice stands when the page is loaded anew', async () => {
  await eye.page.reload();
  await eye.page.locator('.room').waitFor();
  await eye.page.locator('.lanes[data-hears=ug]').waitFor();
  await until('the interpreter is heard', async () => (await volume(eye.page, site.by.interpreter)) === 1);
  await until('the room is down', async () => (await volume(eye.page, site.by['clinic-doctor'])) === 0.18, 30_000);
});

test('who saves data has the language in the mix, and on the floor no interpreter', async () => {
  await clinic.page.locator('[data-ctl=mic]').click(); /* the interpreter alone speaks */
  await eye.page.locator('[data-ctl=save]').click();
  await eye.page.locator('[data-mix=asked]').waitFor();
  await until('the mix is heard', async () => (await energy(eye.page, 1500)) > 0.001, 30_000, 0);
  await lane(eye.page, 'I hear', 'As spoken');
  await until('on the floor nobody speaks', async () => (await energy(eye.page, 1500)) < 0.0001, 30_000, 0);
  await lane(eye.page, 'I hear', 'Uyghur');
  await until('the interpreter is back', async () => (await energy(eye.page, 1500)) > 0.001, 30_000, 0);
  await eye.page.locator('[data-ctl=save]').click();
  await eye.page.locator('[data-mix]').waitFor({ state: 'detached' });
});

test('an interpreter who speaks to all again is heard by all', async () => {
  await lane(voice.page, '我译入', '所有人');
  for (const p of [clinic, eye]) await until('he is on the floor', async () => (await volume(p.page, site.by.interpreter)) === 1);
  await eye.page.locator('.lanes [role=status]').waitFor(); /* nobody interprets now, and it is said */
  await lane(eye.page, 'I hear', 'As spoken');
  await eye.page.locator('.lanes').waitFor({ state: 'detached' });
});
