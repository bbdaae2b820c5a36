/* A specialist moves the clinic's exam camera: takes it, moves it, is seen doing so, and has it taken away. The browser's fake camera really has pan, tilt and zoom.
   Three browsers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, clean, logIn, person, sideways, startBrowser, startSite, until } from './lib.mjs';
import { devices, enter, openRoom, party } from './call-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-steer-'));
let site, clinic, nurse, eye, officer, room;

before(async () => {
  site = await startSite();
  clinic = await party(site, site.by['clinic-doctor'], ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream=device-count=2,fps=10', '--autoplay-policy=no-user-gesture-required']);
  const bus = await clinic.browser.newBrowserCDPSession();
  const { targetInfo } = await (await clinic.context.newCDPSession(clinic.page)).send('Target.getTargetInfo');
  await bus.send('Browser.setPermission', { permission: { name: 'camera', panTiltZoom: true }, setting: 'granted', origin: site.url, browserContextId: targetInfo.browserContextId });
  nurse = await party(site, site.by.nurse, devices(media, 2));
  eye = await party(site, site.by.specialist, devices(media, 3), { lang: 'en', width: 1366, height: 768 });
});
after(async () => {
  await Promise.allSettled([clinic?.stop(), nurse?.stop(), eye?.stop(), officer?.browser.close()]);
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

const steer = (page) => page.locator('.pinned .steer');
const place = async (page) => JSON.parse(await page.locator('.pinned [data-place]').getAttribute('data-place'));
/** What the exam camera itself says, in the browser that has it; the face's, which comes first, could be moved as well and is not offered. */
const camera = (page) => page.evaluate(() => {
  const found = [];
  for (const pc of window.pcs) for (const s of pc.getSenders()) {
    const can = s.track?.kind === 'video' && s.track.readyState === 'live' ? s.track.getCapabilities() : {};
    if (can.zoom === undefined) continue;
    const { pan, tilt, zoom } = s.track.getSettings();
    found.push({ pan, tilt, zoom });
  }
  return found.length < 2 ? null : found.at(-1);
});

test('a camera that can be moved is offered to those who may', async () => {
  room = await openRoom(clinic.page, '裂隙灯会诊', [site.by.nurse.display, site.by.specialist.display]);
  await clinic.page.locator('.check-form').waitFor();
  await clinic.page.locator('.check-stage video').first().waitFor();
  const second = clinic.page.locator('.check-form select').last();
  await second.selectOption({ index: await second.locator('option').count() - 1 });
  await clinic.page.locator('.check-stage .second video').waitFor();
  await clinic.page.locator('.check-form .btn-primary').click();
  await clinic.page.locator('.room').waitFor();
  await until('the camera says what it can', async () => (await camera(clinic.page)) !== null, 20_000);
  await enter(nurse.page, room);
  await enter(eye.page, room);
  await eye.page.getByRole('button', { name: 'Move the camera' }).waitFor();
  await clean(eye.page, 'room-steer-offered-en');
});

test('who examines asks for light: who sits at the camera has it in a band, and everybody sees that it was asked', async () => {
  const band = clinic.page.locator('[data-light-here]');
  /* It is there for ten seconds: it is awaited from before it is asked, and asked anew for each picture of it. */
  const more = () => Promise.all([
    band.filter({ hasText: `${site.by.specialist.display}请您把检查灯调亮一些` }).waitFor(),
    nurse.page.locator('.light-lab').filter({ hasText: `${site.by.specialist.display}请求：检查灯亮一些` }).waitFor(),
    eye.page.locator('.light-lab').filter({ hasText: 'You asked for more light' }).waitFor(),
    eye.page.getByRole('button', { name: 'More light' }).click(),
  ]);
  await more();
  await clean(eye.page, 'room-light-en');
  await more();
  await clean(nurse.page, 'room-light-zh');
  await more();
  await clean(clinic.page, 'room-light-here-zh');
  for (const p of [clinic, nurse, eye]) assert.equal(await sideways(p.page), 0);
  assert.equal(await nurse.page.locator('[data-light-here]').count(), 0, 'the nurse does not sit there');
  assert.equal(await clinic.page.locator('.ask-light').count(), 0, 'nobody asks at the own camera');
  await more();
  await band.getByRole('button', { name: '已调好' }).click();
  await band.waitFor({ state: 'detached' });
  await Promise.all([clinic.page.locator('[data-light-here=less]').filter({ hasText: '调暗一些' }).waitFor(), eye.page.getByRole('button', { name: 'Less light' }).click()]);
  const at = Date.now();
  await clinic.page.locator('[data-light-here]').waitFor({ state: 'detached' });
  await nurse.page.locator('[data-light-asked]').waitFor({ state: 'detached' });
  const took = Date.now() - at;
  assert.ok(took > 7_000 && took < 14_000, `${took} ms`);
});

test('who takes it moves it, and everybody sees who', async () => {
  await eye.page.getByRole('button', { name: 'Move the camera' }).click();
  await eye.page.locator('.steer-pad').waitFor();
  await nurse.page.locator('.steer').filter({ hasText: `${site.by.specialist.display}正在移动镜头` }).waitFor();
  await clinic.page.locator('[data-steered]').filter({ hasText: site.by.specialist.display }).waitFor();
  const before_ = await camera(clinic.page);
  const stood = await place(eye.page);
  for (let i = 0; i < 3; i += 1) await eye.page.locator('[data-way=closer]').click();
  await until('it is closer', async () => (await camera(clinic.page)).zoom > before_.zoom);
  await until('and that is told', async () => (await place(eye.page)).zoom >= Math.min(10_000, stood.zoom + 1500));
  await eye.page.locator('.steer-pad button').first().focus();
  await eye.page.keyboard.press('ArrowRight');
  await until('it is turned', async () => (await camera(clinic.page)).pan > before_.pan);
  await until('and the nurse is told', async () => (await place(nurse.page)).pan > stood.pan);
  await clean(eye.page, 'room-steers-en');
  await clean(nurse.page, 'room-steered-zh');
  await clean(clinic.page, 'room-steered-here-zh');
  for (const p of [clinic, nurse, eye]) assert.equal(await sideways(p.page), 0);
});

test('the clinic takes it away, and who sits at the camera stops anybody', async () => {
  await nurse.page.getByRole('button', { name: '收回镜头' }).click();
  await nurse.page.locator('.steer-pad').waitFor();
  await eye.page.locator('.steer').filter({ hasText: `${site.by.nurse.display} moves the camera` }).waitFor();
  assert.equal(await eye.page.locator('.steer-pad').count(), 0);
  await clinic.page.locator('[data-steered]').getByRole('button', { name: '不让移动' }).click();
  await eye.page.getByRole('button', { name: 'Move the camera' }).waitFor();
  await nurse.page.locator('.steer-pad').waitFor({ state: 'detached' });
});

test('who does nothing for half a minute has it no more', async () => {
  await eye.page.getByRole('button', { name: 'Move the camera' }).click();
  await eye.page.locator('.steer-pad').waitFor();
  const at = Date.now();
  await eye.page.getByRole('button', { name: 'Move the camera' }).waitFor();
  const took = Date.now() - at;
  assert.ok(took > 26_000 && took < 40_000, `${took} ms`);
});

test('a camera that is switched off is nobody’s to move, and all of it stands in the trail', async () => {
  await eye.page.getByRole('button', { name: 'Move the camera' }).click();
  await eye.page.locator('.steer-pad').waitFor();
  await clinic.page.locator('[data-ctl=camera]').click();
  await steer(eye.page).waitFor({ state: 'detached' });
  const browser = await startBrowser();
  officer = { ...(await person(browser, site)), browser };
  await logIn(officer.page, site.by['privacy-officer']);
  const rows = async (action) => (await call(officer.page, 'GET', `/api/audit?action=${action}`)).body.rows;
  const taken = await rows('call.steer');
  const over = await rows('call.steer-end');
  assert.deepEqual(taken.map((r) => r.actor?.display), [site.by.specialist, site.by.specialist, site.by.nurse, site.by.specialist].map((a) => a.display));
  assert.deepEqual(over.map((r) => r.detail.why), ['gone', 'unused', 'taken', 'taken']);
  assert.equal(over.at(-1).detail.moves, 4);
  assert.equal(over.at(-1).actor.display, site.by.specialist.display);
});
