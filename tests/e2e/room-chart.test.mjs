/* The room of a consultation joined with the chart: what is attached and no more, images in step, pointing and drawing at the right place, chat that is kept, stills in the record, drafts that survive. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { devices, enter, party, sees } from './call-lib.mjs';
import { alwaysThere, consultation, letIn } from './visit-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-room-chart-'));
const exam = 9;
let site, clinic, eye, office, made, study, condition, foreign;
const eyes = devices(media, 2, { voice: 'goforward.raw' });
const fhir = async (page, path) => (await call(page, 'GET', `/fhir/${path}`)).body;

before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1, { width: 640, height: 360 }), { second: exam, width: 1440, height: 900 });
  const account = site.accounts.find((a) => a.name === 'wenzhiyuan');
  eye = await party(site, account, eyes, { lang: 'en', width: 1024, height: 768 });
  const browser = await startBrowser();
  office = await person(browser, site);
  await logIn(office.page, site.by['scheduling-admin']);
  const escorts = (await call(office.page, 'GET', '/api/agenda/resources')).body.resources.filter((r) => r.reference.startsWith('Practitioner/demo-escort')).map((r) => r.reference);
  await alwaysThere(office.page, ['Practitioner/demo-guqinghe', 'Practitioner/demo-wenzhiyuan', ...escorts]);
  await browser.close();
  const studies = (await fhir(clinic.page, 'ImagingStudy?_count=100')).entry.map((e) => e.resource);
  study = studies.filter((s) => s.series[0].modality.code === 'CT').sort((a, b) => b.series[0].instance.length - a.series[0].instance.length)[0];
  assert.ok(study.series[0].instance.length > 2, JSON.stringify(studies.map((s) => [s.series[0].modality.code, s.series[0].instance.length])));
  const patient = study.subject.reference;
  const conditions = (await fhir(clinic.page, `Condition?patient=${patient}&_count=20`)).entry.map((e) => e.resource);
  condition = conditions[0];
  foreign = conditions[1] ?? null;
  made = await consultation(clinic.page, { patient, attached: [`ImagingStudy/${study.id}`, `Condition/${condition.id}`], question: '右眼视物模糊，是否视盘水肿？', specialist: 'Practitioner/demo-wenzhiyuan' });
  await letIn(clinic.page, eye.page, made.visit);
});
after(async () => {
  await Promise.all([clinic?.stop(), eye?.stop()]);
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

/** Where something lies in the picture that carries it, as parts of its width and height. */
const within = (locator) => locator.evaluate((x) => { const p = x.closest('.marks').getBoundingClientRect(); const r = x.getBoundingClientRect(); return [(r.left - p.left) / p.width, (r.top - p.top) / p.height]; });
const near = (a, b) => Math.abs(a - b) < 0.012;
const tab = (page, name) => page.locator(`#tab-${name}`).click();

test('the chart tab shows what was attached, and nothing else of the patient', async () => {
  await enter(clinic.page, `/rooms/${made.room}`, { second: true });
  await enter(eye.page, `/rooms/${made.room}`);
  await sees(clinic.page, [2]);
  await sees(eye.page, [1, exam]);
  await tab(eye.page, 'chart');
  const chart = eye.page.locator('#pane-chart');
  await chart.getByText(condition.code.text ?? condition.code.coding[0].display).first().waitFor();
  if (foreign !== null) assert.equal(await chart.getByText(foreign.code.text ?? foreign.code.coding[0].display, { exact: true }).count(), 0);
  await tab(clinic.page, 'chart');
  await clinic.page.locator('#pane-chart .allergy').first().waitFor();
  if (foreign !== null) await clinic.page.locator('#pane-chart').getByText(foreign.code.text ?? foreign.code.coding[0].display).first().waitFor();
  await shot(clinic.page, 'room-chart-desk-zh');
  assert.deepEqual([...await axe(clinic.page, 'chart'), ...await axe(eye.page, 'chart')], []);
});

test('an image is led and followed in step; who looks by oneself comes back by a button', async () => {
  for (const p of [clinic, eye]) await tab(p.page, 'images');
  await clinic.page.locator(`[data-study="${study.id}"] .btn`).click();
  const stage = (p) => p.page.locator('.pinned .iv-stage[data-state=here]');
  await stage(clinic).waitFor();
  await clinic.page.locator('[data-led=own]').waitFor();
  assert.equal(await eye.page.locator('.pinned .iv-stage').count(), 0, 'looked at alone');
  await clinic.page.locator('.led-head').getByRole('button', { name: '带大家看' }).click();
  await clinic.page.locator('[data-led=lead]').waitFor();
  await eye.page.locator('[data-led=follow]').waitFor();
  await stage(eye).waitFor();
  const at = async (p) => ({ target: await p.page.locator('.led-body').getAttribute('data-target'), window: (await p.page.locator('.iv-mark.bl').allInnerTexts()).join().replace(/[^\d-]+/g, ' ').trim() });
  const same = async (why) => until(why, async () => { const [a, b] = [await at(clinic), await at(eye)]; return a.target === b.target && a.window === b.window; });
  await same('the same image');
  const before = await at(clinic);
  await clinic.page.locator('.iv-stage').focus();
  await clinic.page.keyboard.press('ArrowDown');
  await clinic.page.keyboard.press('i');
  const box = await clinic.page.locator('.iv-stage').boundingBox();
  await clinic.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await clinic.page.mouse.down();
  await clinic.page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height / 2 + 30, { steps: 4 });
  await clinic.page.mouse.up();
  await same('the same window');
  assert.notDeepEqual(await at(clinic), before);
  assert.equal(await eye.page.locator('.iv-tools [aria-pressed=true]').count(), await clinic.page.locator('.iv-tools [aria-pressed=true]').count(), 'inverted too');
  /* A mark on the led image lies at the same part of it for both, whatever the size and the zoom. */
  await clinic.page.keyboard.press('+');
  await clinic.page.locator('[data-ctl=draw]').click();
  const over = clinic.page.locator('.pinned .marks.works');
  const b = await over.boundingBox();
  await clinic.page.mouse.move(b.x + b.width * 0.4, b.y + b.height * 0.45);
  await clinic.page.mouse.down();
  await clinic.page.mouse.move(b.x + b.width * 0.6, b.y + b.height * 0.55, { steps: 6 });
  await clinic.page.mouse.up();
  const name = eye.page.locator('.pinned .mark-name');
  await name.waitFor();
  await until('the mark is where it was made', async () => { const [x, y] = await within(name); const shift = await name.evaluate((n) => { const p = n.closest('.marks').getBoundingClientRect(); return [8 / p.width, 6 / p.height]; }); return near(x - shift[0], 0.6) && near(y - shift[1], 0.55); });
  assert.equal(await name.innerText(), site.by['clinic-doctor'].display);
  await clinic.page.locator('[data-ctl=draw]').click();
  await shot(clinic.page, 'room-led-desk-zh');
  await shot(eye.page, 'room-led-1024-en');
  assert.deepEqual([...await axe(clinic.page, 'led'), ...await axe(eye.page, 'led')], []);

  /* By oneself, and back. */
  await eye.page.locator('.iv-stage').focus();
  await eye.page.keyboard.press('End');
  await eye.page.locator('[data-led=own]').waitFor();
  await clinic.page.locator('.iv-stage').focus();
  await clinic.page.keyboard.press('Home');
  await eye.page.locator('.led-head').getByRole('button', { name: 'Follow' }).click();
  await same('back in step');
  /* The lead passes by taking it, and all are told. */
  await eye.page.locator('.led-head').getByRole('button', { name: 'Lead' }).click();
  await clinic.page.locator('[data-led=follow]').waitFor();
  await clinic.page.locator('.led-head').getByText('正在带看').waitFor();
  await eye.page.locator('.led-head').getByRole('button', { name: 'Stop leading' }).click();
  await clinic.page.locator('.pinned[data-pinned]').waitFor();

  /* What was not attached is shown to those who may see it, and to nobody else. */
  const other = clinic.page.locator(`#pane-images [data-study]:not([data-study="${study.id}"]) .btn`).first();
  await other.click();
  await stage(clinic).waitFor();
  await clinic.page.locator('.led-head').getByRole('button', { name: '带大家看' }).click();
  const hidden = eye.page.locator('.pinned [data-hidden]');
  await hidden.getByText('Images of the record are being shown').waitFor();
  assert.equal(await eye.page.locator('.pinned canvas, .pinned img').count(), 0);
  await shot(eye.page, 'room-hidden-1024-en');
  await clinic.page.locator('.led-head').getByRole('button', { name: '结束带看' }).click();
  await hidden.waitFor({ state: 'detached' });
});

test('a pointer and a stroke on the video are seen at the right place by the other', async () => {
  await eye.page.locator('[data-ctl=point]').click();
  const hand = eye.page.locator('.pinned .marks.works');
  const e = await hand.boundingBox();
  await eye.page.mouse.move(e.x + e.width * 0.25, e.y + e.height * 0.75);
  const seen = clinic.page.locator('.pinned [data-pointer]');
  await until('the pointer lies there', async () => (await seen.count()) === 1 && (([x, y]) => near(x, 0.25) && near(y, 0.75))(await within(seen)));
  assert.equal(await seen.innerText(), '温知远');
  await eye.page.locator('[data-ctl=point]').click();
  await seen.waitFor({ state: 'detached' });
  await clinic.page.locator('[data-ctl=draw]').click();
  const b = await clinic.page.locator('.pinned .marks.works').boundingBox();
  await clinic.page.mouse.move(b.x + b.width * 0.5, b.y + b.height * 0.3);
  await clinic.page.mouse.down();
  for (let i = 0; i <= 24; i += 1) await clinic.page.mouse.move(b.x + b.width * (0.5 + 0.18 * Math.sin(i / 3.8)), b.y + b.height * (0.58 - 0.28 * Math.cos(i / 3.8)));
  await clinic.page.mouse.up();
  await eye.page.locator('.pinned .mark-name').waitFor();
  await shot(clinic.page, 'room-drawn-desk-zh');
  await eye.page.setViewportSize({ width: 390, height: 844 });
  await shot(eye.page, 'room-drawn-phone-en');
  assert.equal(await sideways(eye.page), 0);
  assert.deepEqual(await axe(eye.page, 'phone'), []);
  await eye.page.setViewportSize({ width: 1024, height: 768 });
  await clinic.page.getByRole('button', { name: '全部擦掉' }).click();
  await eye.page.locator('.pinned .mark-name').waitFor({ state: 'detached' });
  await clinic.page.locator('[data-ctl=draw]').click();
});

test('a still of the other browser\'s camera is in the record with instant, source and hash, shown to all, and kept once more with its marks', async () => {
  await eye.page.locator('[data-ctl=still]').click();
  const shown = eye.page.locator('.pinned .led .still-facts[data-hash]');
  await shown.waitFor({ timeout: 30_000 });
  const hash = await shown.getAttribute('data-hash');
  await clinic.page.locator('[data-led=follow]').waitFor();
  await clinic.page.locator(`.pinned .still-facts[data-hash="${hash}"]`).waitFor();
  const found = (await fhir(clinic.page, `DocumentReference?encounter=Encounter/${made.visit.id}`)).entry.map((x) => x.resource);
  assert.equal(found.length, 1);
  const file = await clinic.page.evaluate(async (url) => { const r = await fetch(`/fhir/${url}`, { headers: { Accept: 'image/*' } }); const b = new Uint8Array(await r.arrayBuffer()); let s = ''; for (let i = 0; i < b.length; i += 1) s += String.fromCharCode(b[i]); return btoa(s); }, found[0].content[0].attachment.url);
  assert.equal(createHash('sha256').update(Buffer.from(file, 'base64')).digest('hex'), hash);
  assert.equal(found[0].author[0].display, site.by['clinic-doctor'].display, 'whose camera it is took it');
  /* In its full size: 480 × 360, whatever of it was sent. */
  await until('its full size', async () => /480 × 360/.test((await eye.page.locator('.pinned .iv-mark.br').allInnerTexts()).join()));
  await clinic.page.locator('[data-ctl=draw]').click();
  const b = await clinic.page.locator('.pinned .marks.works').boundingBox();
  await clinic.page.mouse.move(b.x + b.width * 0.4, b.y + b.height * 0.5);
  await clinic.page.mouse.down();
  await clinic.page.mouse.move(b.x + b.width * 0.6, b.y + b.height * 0.6, { steps: 5 });
  await clinic.page.mouse.up();
  await eye.page.locator('.pinned .mark-name').waitFor();
  await clinic.page.getByRole('button', { name: '存为标注图' }).click();
  await until('another hash is shown', async () => { const other = await eye.page.locator('.pinned .still-facts[data-hash]').getAttribute('data-hash').catch(() => null); return other !== null && other !== hash; }, 20_000);
  assert.equal((await fhir(clinic.page, `DocumentReference?encounter=Encounter/${made.visit.id}`)).entry.length, 2);
  await clinic.page.locator('[data-ctl=draw]').click();
  await tab(clinic.page, 'images');
  await until('both in the tab', async () => (await clinic.page.locator('#pane-images [data-document]').count()) === 2);
  await shot(clinic.page, 'room-still-desk-zh');
  await shot(eye.page, 'room-still-1024-en');
  assert.deepEqual(await axe(clinic.page, 'still'), []);
  await clinic.page.locator('.led-head').getByRole('button', { name: /结束带看|回到会诊画面/ }).first().click();
});

test('who led leaves: the picture stays before who followed, nobody leads, and the lead is there to be taken', async () => {
  for (const p of [clinic, eye]) await tab(p.page, 'images');
  await clinic.page.locator(`[data-study="${study.id}"] .btn`).click();
  await clinic.page.locator('.pinned .iv-stage[data-state=here]').waitFor();
  await clinic.page.locator('.led-head').getByRole('button', { name: '带大家看' }).click();
  await clinic.page.locator('.iv-stage').focus();
  await clinic.page.keyboard.press('ArrowDown');
  const target = (p) => p.page.locator('.led-body').getAttribute('data-target');
  await eye.page.locator('[data-led=follow] .iv-stage[data-state=here]').waitFor();
  await until('in step', async () => (await target(eye)) !== '' && (await target(eye)) === (await target(clinic)));
  const seen = await target(eye);
  assert.ok(!seen.startsWith(study.series[0].instance[0].uid), 'not the first, which anything that begins anew shows');
  await clinic.page.locator('[data-ctl=leave]').click();
  await clinic.page.locator('dialog').getByRole('button', { name: '离开', exact: true }).click();
  await clinic.page.locator('[data-over=left]').waitFor();
  await eye.page.locator('[data-led=held]').getByText(`${site.by['clinic-doctor'].display} has left; nobody leads`).waitFor();
  assert.equal(await eye.page.locator('[data-led=held] .iv-stage[data-state=here]').count(), 1);
  assert.equal(await target(eye), seen);
  await shot(eye.page, 'room-held-1024-en');
  assert.deepEqual(await axe(eye.page, 'held'), []);
  await enter(clinic.page, `/rooms/${made.room}`, { second: true });
  assert.equal(await clinic.page.locator('[data-led]').count(), 0, 'who comes in is shown nothing that nobody leads');
  await eye.page.locator('.led-head').getByRole('button', { name: 'Lead', exact: true }).click();
  await eye.page.locator('[data-led=lead]').waitFor();
  await clinic.page.locator('[data-led=follow]').waitFor();
  await until('from where it stood', async () => (await target(clinic)) === seen);
  await eye.page.locator('.led-head').getByRole('button', { name: 'Stop leading' }).click();
  for (const p of [clinic, eye]) await p.page.locator('.pinned[data-pinned]').waitFor();
});

test('chat is kept, and read back by who comes in again; a draft survives a reload and a killed browser', async () => {
  for (const p of [clinic, eye]) await tab(p.page, 'chat');
  assert.equal(await eye.page.locator('[data-kept=yes]').count(), 1);
  await eye.page.locator('#chat-words').fill('Optic disc margins blurred, please send pressure.');
  await eye.page.keyboard.press('Enter');
  await clinic.page.locator('[data-line]').filter({ hasText: 'Optic disc' }).waitFor();
  await clinic.page.locator('#chat-words').fill('眼压右18，左17。');
  await clinic.page.keyboard.press('Enter');
  await eye.page.locator('[data-line]').filter({ hasText: '眼压右18' }).waitFor();
  await shot(eye.page, 'room-chat-1024-en');
  await eye.page.locator('#chat-words').fill('half a thou');
  await eye.page.locator('[data-ctl=devices]').focus();
  await until('the draft is kept', async () => (await call(eye.page, 'GET', `/api/drafts/chat/${made.room}`)).body?.text === 'half a thou');
  await eye.page.reload();
  await eye.page.locator('.room').waitFor();
  await tab(eye.page, 'chat');
  assert.equal(await eye.page.locator('[data-line]').count(), 2);
  await until('the draft is back', async () => (await eye.page.locator('#chat-words').inputValue()) === 'half a thou');

  await tab(eye.page, 'opinion');
  const words = eye.page.locator('#pane-opinion textarea').first();
  await words.fill('Disc oedema, both eyes');
  await words.blur();
  await eye.page.locator('[data-draft=saved]').first().waitFor();
  await eye.stop();
  eye = await party(site, site.accounts.find((a) => a.name === 'wenzhiyuan'), eyes, { lang: 'zh', width: 390, height: 844 });
  await enter(eye.page, `/rooms/${made.room}`);
  await tab(eye.page, 'opinion');
  await until('what was typed is there', async () => (await eye.page.locator('#pane-opinion textarea').first().inputValue()) === 'Disc oedema, both eyes');
  await tab(eye.page, 'chat');
  assert.equal(await eye.page.locator('[data-line]').count(), 2);
  await shot(eye.page, 'room-chat-phone-zh');
  await eye.page.evaluate(() => scrollTo(0, 0));
  await sees(eye.page, [exam]);
  await shot(eye.page, 'room-phone-zh');
  assert.equal(await sideways(eye.page), 0);
  for (const p of [clinic, eye]) assert.deepEqual(p.complaints, []);
});
