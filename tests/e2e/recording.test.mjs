/* A consultation recorded on its screens: who may begin it, everybody seeing it, paused, stopped by the patient's no, and played on the visit's page. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { devices, enter, party, sees } from './call-lib.mjs';
import { alwaysThere, consultation, letIn, step } from './visit-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-recording-'));
let site, clinic, eye, made, screens;

before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1, { width: 640, height: 360 }), { width: 1440, height: 900 });
  eye = await party(site, site.accounts.find((a) => a.name === 'wenzhiyuan'), devices(media, 2, { voice: 'goforward.raw' }), { lang: 'en', width: 1024, height: 768 });
  for (const one of [clinic, eye]) one.page.setDefaultTimeout(60_000);
  const browser = await startBrowser();
  const office = await person(browser, site);
  await logIn(office.page, site.by['scheduling-admin']);
  const escorts = (await call(office.page, 'GET', '/api/agenda/resources')).body.resources.filter((r) => r.reference.startsWith('Practitioner/demo-escort')).map((r) => r.reference);
  await alwaysThere(office.page, ['Practitioner/demo-guqinghe', 'Practitioner/demo-wenzhiyuan', ...escorts]);
  await browser.close();
  made = await consultation(clinic.page, { patient: 'Patient/demo-p001', attached: [], question: '左眼红肿一周', specialist: 'Practitioner/demo-wenzhiyuan' });
  await letIn(clinic.page, eye.page, made.visit);
});
after(async () => {
  await Promise.all([clinic?.stop(), eye?.stop()]);
  await screens?.close();
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

const band = (page, state) => page.locator(`[data-recording=${state}]`);

/* What a device's window would send: a picture as it lies. */
const takeStill = (page, visit) => page.evaluate(async (id) => {
  const place = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
  place.getContext('2d').fillRect(8, 8, 20, 20);
  const picture = await new Promise((done) => { place.toBlob(done, 'image/png'); });
  const asked = new URLSearchParams({ source: 'exam-camera', at: new Date().toISOString(), width: '64', height: '48' });
  const { csrf } = await (await fetch('/api/session?peek=1')).json();
  const got = await fetch(`/api/visits/${id}/stills?${asked}`, { method: 'POST', headers: { 'Content-Type': 'image/png', 'X-CSRF-Token': csrf }, body: picture });
  if (!got.ok) throw new Error(await got.text());
}, visit.id);

test('nothing is recorded without a yes, and with it everybody sees that it is', async () => {
  await enter(clinic.page, `/rooms/${made.room}`);
  await enter(eye.page, `/rooms/${made.room}`);
  await sees(clinic.page, [2]);
  await sees(eye.page, [1]);
  assert.equal(await eye.page.locator('[data-recording]').count(), 0);
  await band(clinic.page, 'off').getByRole('button', { name: '开始录像' }).click();
  await clinic.page.getByText('患者没有同意录像').first().waitFor();
  await step(clinic.page, made.visit, 'consent', { kind: 'recording' });
  await band(clinic.page, 'off').getByRole('button', { name: '开始录像' }).click();
  await band(clinic.page, 'on').waitFor();
  await band(eye.page, 'on').getByText('Recording since').waitFor();
  assert.equal(await band(eye.page, 'on').getByRole('button').count(), 0);
  await shot(clinic.page, 'recording-room-zh');
  await shot(eye.page, 'recording-room-en');
  for (const one of [clinic, eye]) assert.deepEqual(await axe(one.page), []);
  await clinic.page.waitForTimeout(6000);
});

test('it is paused and goes on, and the patient’s no stops it', async () => {
  await band(clinic.page, 'on').getByRole('button', { name: '暂停录像' }).click();
  await band(eye.page, 'held').getByText('The recording is paused').waitFor();
  await band(clinic.page, 'held').getByRole('button', { name: '继续录像' }).click();
  await band(eye.page, 'on').waitFor();
  await takeStill(clinic.page, made.visit);
  await clinic.page.waitForTimeout(3000);
  await step(clinic.page, made.visit, 'consent', { kind: 'recording', agrees: false });
  await band(eye.page, 'held').getByText('took consent back').waitFor();
  await band(clinic.page, 'held').getByText('患者收回了同意').waitFor();
});

test('the films are played on the visit’s page by whoever is shown the visit', async () => {
  for (const [one, lang] of [[clinic, 'zh'], [eye, 'en']]) {
    await one.page.goto(`/visits/${made.visit.id}`);
    const films = one.page.locator('[data-film]');
    await until('both films', async () => (await films.count()) === 2, 60_000);
    for (let i = 0; i < 2; i += 1) {
      const film = films.nth(i).locator('video');
      await film.evaluate((v) => { v.muted = true; return v.play(); });
      await until('a picture that moves', () => film.evaluate((v) => v.currentTime > 1 && v.videoWidth > 0 && v.error === null), 60_000);
      await film.evaluate((v) => v.pause());
    }
    await one.page.locator('#recordings, section:has([data-film])').first().scrollIntoViewIfNeeded();
    await shot(one.page, `recording-visit-${lang}`);
    assert.deepEqual(await axe(one.page), []);
    assert.equal(await sideways(one.page), 0);
  }
});

test('one film is made of them all, and what happened when stands over its time', async () => {
  const { page } = clinic;
  const ask = page.locator('[data-montage-state=none]').getByRole('button', { name: '合成为一个录像' });
  await until('the recording has ended', async () => {
    await page.reload();
    await page.locator('[data-film]').first().waitFor();
    return (await ask.count()) === 1;
  }, 60_000);
  await ask.click();
  const film = page.locator('[data-montage]');
  await until('the film is there', async () => (await film.count()) === 1, 120_000);
  assert.equal(await page.locator('[data-film]').count(), 3);
  const video = film.locator('video');
  await video.evaluate((v) => { v.muted = true; return v.play(); });
  await until('a picture that moves', () => video.evaluate((v) => v.currentTime > 1 && v.videoWidth === 1280 && v.error === null), 60_000);
  await video.evaluate((v) => v.pause());
  const still = film.getByRole('button', { name: /定格取图/ }).first();
  await still.focus();
  await page.keyboard.press('Enter');
  await until('it goes to the still', () => video.evaluate((v) => v.currentTime > 3), 20_000);
  await video.evaluate((v) => v.pause());
  assert.ok((await film.locator('.film-mark.speaker').count()) + (await film.locator('.film-marks button').count()) > 0);
  await film.scrollIntoViewIfNeeded();
  await shot(page, 'recording-montage-zh');
  assert.deepEqual(await axe(page), []);
  await eye.page.reload();
  await eye.page.locator('[data-montage]').getByText('Everything in one film').waitFor();
  await eye.page.locator('[data-montage]').getByRole('button', { name: /A still was taken/ }).first().waitFor({ timeout: 20_000 });
  await eye.page.locator('[data-montage]').scrollIntoViewIfNeeded();
  await shot(eye.page, 'recording-montage-en');
  assert.deepEqual(await axe(eye.page), []);
  assert.equal(await sideways(eye.page), 0);
});

test('the privacy officer finds it within its time and puts a legal hold on it; a doctor reads of it in English', async () => {
  await until('it has ended', async () => (await call(clinic.page, 'GET', `/api/visits/${made.visit.id}/recordings`)).body.recordings.every((r) => r.ended !== null), 60_000);
  screens = await startBrowser();
  const officer = await person(screens, site);
  await logIn(officer.page, site.by['privacy-officer']);
  await officer.page.goto('/erasures');
  const keeping = officer.page.locator('section:has(#keeping), #keeping').first();
  await officer.page.getByText('会诊录像的保存').first().waitFor();
  await officer.page.locator('[data-keeping=others] summary').click();
  await officer.page.locator('[data-keeping=others]').getByText('保存中').waitFor();
  await officer.page.locator('[data-keeping=others]').getByRole('button', { name: '依法保全' }).click();
  const dialog = officer.page.locator('dialog[open]');
  await dialog.getByRole('button', { name: '依法保全' }).click();
  await dialog.getByText('请写明依据').waitFor();
  await dialog.getByLabel('依据').fill('法院来函第7号');
  await shot(officer.page, 'recording-hold-zh');
  await dialog.getByRole('button', { name: '依法保全' }).click();
  await dialog.waitFor({ state: 'detached' });
  await keeping.getByText('法院来函第7号').waitFor();
  assert.equal(await officer.page.getByRole('button', { name: '提出删除' }).count(), 0, 'not before its time, and not under a hold');
  await shot(officer.page, 'recording-keeping-zh');
  assert.deepEqual(await axe(officer.page), []);
  await officer.page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(officer.page), 0);
  await shot(officer.page, 'recording-keeping-phone-zh');
  const doctor = await person(screens, site, { lang: 'en' });
  await logIn(doctor.page, site.by['clinic-doctor']);
  await doctor.page.goto('/erasures');
  await doctor.page.getByText('Legal hold').first().waitFor();
  await shot(doctor.page, 'recording-keeping-en');
  assert.deepEqual(await axe(doctor.page), []);
});
