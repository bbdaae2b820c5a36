/* A consultation recorded on its screens: who may begin it, everybody seeing it, paused, stopped by the patient's no, and played on the visit's page with what happened when; kept, held, and
   deleted by two once its time is over. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, freshCode, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { devices, enter, party, sees } from './call-lib.mjs';
import { alwaysThere, consultation, letIn, step } from './visit-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-recording-'));
let site, clinic, eye, made, screens;

before(async () => {
  site = await startSite({ recordings: { keep_days: 2 } }, { whole: 'unbooked', clock: true });
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1, { width: 640, height: 360 }), { width: 1440, height: 900 });
  eye = await party(site, site.accounts.find((a) => a.name === 'wenzhiyuan'), devices(media, 2, { voice: 'goforward.raw' }), { lang: 'en', width: 1024, height: 768 });
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

/* Over the large picture of this page, as a hand draws. */
async function draw({ page }) {
  await page.locator('[data-ctl=draw]').click();
  const b = await page.locator('.pinned .marks.works').boundingBox();
  await page.mouse.move(b.x + b.width * 0.4, b.y + b.height * 0.4);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width * 0.6, b.y + b.height * 0.6, { steps: 5 });
  await page.mouse.up();
  await page.locator('.pinned .mark-name').waitFor();
  await page.locator('[data-ctl=draw]').click();
}

/* The program that makes this site's film, stopped in its work; answers how it goes on. */
async function stopMaking() {
  const parent = Number(readFileSync(`/proc/${site.workers()[0]}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
  const pid = await until('a child that makes the film', () => readdirSync('/proc').filter((d) => /^\d+$/.test(d)).find((d) => {
    try {
      const words = readFileSync(`/proc/${d}/cmdline`, 'utf8').split('\0');
      return words[1] === '--montage' && Number(words[2]) === parent;
    } catch { return false; }
  }), 20_000, 5);
  process.kill(Number(pid), 'SIGSTOP');
  return () => process.kill(Number(pid), 'SIGCONT');
}

test('nothing is recorded without a yes, and with it everybody sees that it is', async () => {
  await enter(clinic.page, `/rooms/${made.room}`);
  await enter(eye.page, `/rooms/${made.room}`);
  await sees(clinic.page, [2]);
  await sees(eye.page, [1]);
  assert.equal(await eye.page.locator('[data-recording]').count(), 0);
  await band(clinic.page, 'off').getByRole('button', { name: '开始录像' }).click();
  await clinic.page.getByText('患者没有同意录像').first().waitFor();
  await step(clinic.page, made.visit, 'consent', { kind: 'recording' });
  /* A disk that takes nothing: all are told, and once it takes something again the recording is whole from there on. */
  const films = join(site.data, 'recordings');
  renameSync(films, `${films}.away`);
  await band(clinic.page, 'off').getByRole('button', { name: '开始录像' }).click();
  await band(clinic.page, 'on').getByText('正在录像，但有内容没能保存').waitFor();
  await band(eye.page, 'on').getByText('Recording, but parts are being lost').waitFor();
  await shot(clinic.page, 'recording-lossy-zh');
  await shot(eye.page, 'recording-lossy-en');
  for (const one of [clinic, eye]) assert.deepEqual(await axe(one.page), []);
  renameSync(`${films}.away`, films);
  await band(eye.page, 'on').getByText('Recording since').waitFor({ timeout: 60_000 });
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
  await clinic.page.waitForTimeout(2000);
  await draw(eye);
  await clinic.page.waitForTimeout(3000);
  await step(clinic.page, made.visit, 'consent', { kind: 'recording', agrees: false });
  await band(eye.page, 'held').getByText('took consent back').waitFor();
  await band(clinic.page, 'held').getByText('患者收回了同意').waitFor();
  await draw(clinic); /* nothing is taken any more, and this leaves no mark */
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

test('the report of the call says from when to when a line stayed bad', async () => {
  /* As the site says it after minutes of one (scene/lines has real ones). */
  for (const [one, words, name] of [[clinic, /到.*之间有4分钟线路差或断开/, 'zh'], [eye, /the line was poor or away for 4 minutes/, 'en']]) {
    await one.page.route('**/call-quality', async (r) => {
      const { lines } = await (await r.fetch()).json();
      assert.ok(lines.length >= 2 && lines.every((l) => l.stayed_bad === null));
      lines[0].stayed_bad = { since: '2026-11-27T02:41:00.000Z', last: '2026-11-27T02:47:00.000Z', minutes: 4 };
      await r.fulfill({ json: { lines } });
    });
    await until('the lines are told', async () => { await one.page.reload(); await one.page.locator('#quality').waitFor({ timeout: 10_000 }).catch(() => null); return (await one.page.locator('[data-stayed-bad]').count()) === 1; }, 90_000);
    await one.page.locator('[data-stayed-bad]').getByText(words).waitFor();
    await one.page.locator('[data-stayed-bad]').scrollIntoViewIfNeeded();
    await shot(one.page, `visit-quality-bad-${name}`);
    assert.deepEqual(await axe(one.page), []);
    assert.equal(await sideways(one.page), 0);
    await one.page.unroute('**/call-quality');
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
  const goOn = await stopMaking();
  const making = page.locator('[data-montage-state=waits]');
  await making.getByText(/正在合成：\d+%/).or(making.getByText('等待合成')).first().waitFor();
  assert.equal(await making.getByRole('progressbar').count(), 1);
  await making.scrollIntoViewIfNeeded();
  await shot(page, 'recording-making-zh');
  assert.deepEqual(await axe(page), []);
  await eye.page.reload();
  await eye.page.locator('[data-montage-state=waits]').getByRole('button', { name: 'Stop making it' }).scrollIntoViewIfNeeded();
  await shot(eye.page, 'recording-making-en');
  assert.deepEqual(await axe(eye.page), []);
  goOn();
  const film = page.locator('[data-montage]');
  await until('the film is there', async () => (await film.count()) === 1, 300_000); /* behind everything else that runs */
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
  const { display } = site.accounts.find((a) => a.name === 'wenzhiyuan');
  /* Over a long film the drawing lies too near the still to stand on the bar beside it: the list has all. */
  await film.locator('summary').click();
  const drawn = film.locator('.film-marks button').filter({ hasText: '的画面上标注' });
  assert.equal(await drawn.count(), 1, 'one drawing, and none of what was drawn once the consent was gone');
  assert.match(await drawn.textContent(), new RegExp(`${display}在${site.by['clinic-doctor'].display}的画面上标注`));
  await drawn.click();
  await until('it goes to the drawing', () => video.evaluate((v) => v.currentTime > 6), 20_000);
  await video.evaluate((v) => v.pause());
  await page.locator('[data-film]:not([data-montage])').first().getByText('1.', { exact: true }).waitFor();
  await film.getByText('画面下方“not shown”').waitFor();
  await film.scrollIntoViewIfNeeded();
  await shot(page, 'recording-montage-zh');
  assert.deepEqual(await axe(page), []);
  await eye.page.reload();
  await eye.page.locator('[data-montage]').getByText('Everything in one film').waitFor();
  await eye.page.locator('[data-montage]').getByRole('button', { name: /A still was taken/ }).first().waitFor({ timeout: 20_000 });
  await eye.page.locator('[data-montage] summary').click();
  await eye.page.locator('[data-montage]').getByRole('button', { name: /draws on the picture of/ }).first().waitFor();
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

test('past its time it is told to the privacy officer, who asks for its end; a doctor declines, then confirms', async () => {
  const { visit } = made;
  await step(clinic.page, visit, 'finish');
  site.ahead(2 * 24 * 3_600_000 + 600_000);
  await screens.close();
  screens = await startBrowser();
  const [officer, doctor] = ['privacy-officer', 'clinic-doctor'].map((r) => site.by[r]);
  const come = async (account, lang) => {
    const one = await person(screens, site, { lang });
    await logIn(one.page, account);
    return one.page;
  };
  const row = (page) => page.locator('#keeping, section:has(#keeping)').first();
  const open = async (page, words) => {
    await row(page).getByRole('button', { name: words, exact: true }).click();
    return page.locator('dialog[open]');
  };
  const shut = (page, words) => page.locator('dialog[open]').getByRole('button', { name: words, exact: true }).click();
  const look = async (page, name) => {
    await shot(page, name);
    assert.deepEqual(await axe(page, name), []);
    assert.equal(await sideways(page), 0);
  };
  const askFor = async (page, name) => {
    const dialog = await open(page, '提出删除');
    await dialog.getByRole('button', { name: '提出删除' }).click();
    await dialog.getByText('请写明依据').waitFor();
    await dialog.getByLabel('依据').fill('保存期满，无保全要求');
    await look(page, name);
    await dialog.getByLabel('动态码').fill(await freshCode(officer.totp_secret));
    await dialog.getByRole('button', { name: '提出删除' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row(page).getByText('等医生确认').first().waitFor();
  };

  const zh = await come(officer, 'zh');
  await until('its hold is there', async () => { await zh.goto('/erasures'); await row(zh).getByRole('button', { name: '解除保全' }).first().waitFor(); return true; }, 40_000);
  await open(zh, '解除保全');
  await look(zh, 'recording-lift-zh');
  await shut(zh, '解除保全');
  await row(zh).getByText('已到期').first().waitFor({ timeout: 30_000 });
  await zh.goto('/audit');
  await zh.getByText('有1份录像已过保存期').waitFor();
  await look(zh, 'recording-due-zh');
  const en = await come(officer, 'en');
  await en.getByText('1 recording is past its time.').waitFor();
  await look(en, 'recording-due-en');
  await en.goto('/erasures');
  await open(en, 'Ask for deletion');
  await look(en, 'recording-ask-en');
  await shut(en, 'Cancel');
  await zh.goto('/erasures');
  await askFor(zh, 'recording-ask-zh');

  const english = await come(doctor, 'en');
  await english.goto('/signatures');
  await english.getByText('1 recording waits for you').waitFor();
  await look(english, 'recording-waits-en');
  await english.goto('/erasures');
  await open(english, 'Delete');
  await look(english, 'recording-confirm-en');
  await shut(english, 'Cancel');
  const no = await open(english, 'Decline');
  await look(english, 'recording-decline-en');
  await no.getByLabel('Code').fill(await freshCode(doctor.totp_secret));
  await no.getByRole('button', { name: 'Decline' }).click();
  await no.waitFor({ state: 'detached' });

  await zh.goto('/erasures');
  await askFor(zh, 'recording-ask-again-zh');
  const chinese = await come(doctor, 'zh');
  await chinese.goto('/signatures');
  await chinese.getByText('有1份录像等您确认').waitFor();
  await look(chinese, 'recording-waits-zh');
  await chinese.goto('/erasures');
  const yes = await open(chinese, '确认删除');
  await look(chinese, 'recording-confirm-zh');
  await yes.getByLabel('动态码').fill(await freshCode(doctor.totp_secret));
  await yes.getByRole('button', { name: '确认删除' }).click();
  await yes.waitFor({ state: 'detached' });
  await row(chinese).getByText('已删除').first().waitFor();
  await look(chinese, 'recording-deleted-zh');
  for (const [page, words, name] of [[chinese, '录像已被永久删除', 'zh'], [english, 'deleted for good', 'en']]) {
    await page.goto(`/visits/${visit.id}`);
    await page.getByText(words).waitFor();
    assert.equal(await page.locator('[data-film]').count(), 0);
    await page.getByText(words).scrollIntoViewIfNeeded();
    await look(page, `recording-gone-${name}`);
  }
  assert.deepEqual((await call(chinese, 'GET', `/api/visits/${visit.id}/recordings`)).body.recordings.map((r) => r.marks), [[]], 'who spoke and drew when is gone with it');
});
