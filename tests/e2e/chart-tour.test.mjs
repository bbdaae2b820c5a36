/* Each screen of the chart and of the privacy officer with rows in it, seen in both languages, in light and in dark; and the papers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, freshCode, live, logIn, out, person, shot, sideways, startBrowser, startSite } from './lib.mjs';
import { seed } from './chart-seed.mjs';

let site, browser, patient, note;
const people = {};
const ok = (r, status = 200) => { assert.equal(r.status, status, JSON.stringify(r.body).slice(0, 400)); return r.body; };
const code = (role) => freshCode(site.by[role].totp_secret);
const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();

before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  for (const role of ['clinic-doctor', 'nurse', 'privacy-officer', 'pharmacist', 'specialist']) {
    people[role] = await person(browser, site);
    await logIn(people[role].page, site.by[role]);
  }
  const other = await person(browser, site);
  await logIn(other.page, site.accounts.find((a) => a.name === 'xuwang'));
  const doctor = people['clinic-doctor'].page;
  const nurse = people.nurse.page;
  const officer = people['privacy-officer'].page;
  const made = ok(await call(doctor, 'POST', '/fhir', seed()));
  const at = (n) => made.entry[n].response.location;
  patient = /Patient\/([^/]+)/.exec(at(1))[1];

  /* orders: in force, waiting for the check, on hold, stopped; doses given, refused, held and missed */
  const drug = async (drugCode, dose, unit, perDay, words) => ok(await call(doctor, 'POST', '/api/orders', { patient, drug: drugCode, dose, unit, route: '口服', per_day: perDay, as_needed: perDay === 0, days: 7, words, override: '已当面核对' }), 201).id;
  const orders = [await drug('loratadine', '10', 'mg', 1, '睡前'), await drug('metformin', '0.5', 'g', 2, '随餐'), await drug('ibuprofen', '0.2', 'g', 3, '饭后'), await drug('omeprazole', '20', 'mg', 1, ''), await drug('ambroxol', '30', 'mg', 3, '')];
  const pharmacist = people.pharmacist.page;
  for (const id of orders.slice(0, 4)) ok(await call(pharmacist, 'POST', `/api/orders/${id}/approve`, { reason: '剂量合适' }), 204);
  for (const [i, outcome, reason] of [[0, 'given', ''], [1, 'refused', '说不想吃'], [2, 'held', '等血压结果'], [3, 'missed', '外出开庭']])
    ok(await call(nurse, 'POST', `/api/orders/${orders[i]}/doses`, { outcome, ...(reason === '' ? {} : { reason }) }), 201);
  ok(await call(doctor, 'POST', `/api/orders/${orders[2]}/hold`, { reason: '胃不舒服，先停' }), 204);
  ok(await call(doctor, 'POST', `/api/orders/${orders[3]}/stop`, { reason: '疗程已够' }), 204);

  /* signatures: one whole, one that waits for two, one with a dissent */
  const notes = ok(await call(doctor, 'GET', `/fhir/Composition?patient=Patient/${patient}&_sort=-date`)).entry.map((e) => e.resource);
  const accounts = new Map(site.accounts.map((a) => [a.name, a]));
  const idOf = async (page) => ok(await call(page, 'GET', '/api/session')).account.id;
  const nurseId = await idOf(nurse);
  const otherId = await idOf(other.page);
  note = notes[0].id;
  for (const n of notes) ok(await call(doctor, 'POST', `/api/seals/Composition/${n.id}`, { version: Number(n.meta.versionId), password: accounts.get('guqinghe').password }), 201);
  ok(await call(doctor, 'POST', `/api/seals/Composition/${note}/ask`, { version: Number(notes[0].meta.versionId), accounts: [nurseId, otherId] }), 204);
  ok(await call(doctor, 'POST', `/api/seals/Composition/${notes[1].id}/ask`, { version: Number(notes[1].meta.versionId), accounts: [nurseId, otherId] }), 204);
  ok(await call(other.page, 'POST', `/api/seals/Composition/${notes[1].id}/dissent`, { version: Number(notes[1].meta.versionId), reason: '用药史记得不全，要先补上再签。' }), 204);

  /* access: live, coming, ended, taken back */
  const visit = /Encounter\/([^/]+)/.exec(at(4))[1];
  const grant = (starts, more = {}) => call(doctor, 'POST', '/api/grants', { account: people.specialistId, encounter: visit, starts, attached: [`Composition/${note}`], ...more });
  people.specialistId = await idOf(people.specialist.page);
  const first = ok(await grant(ago(2), { ends: new Date(Date.now() + 2_000).toISOString() }), 201);
  ok(await call(doctor, 'POST', `/api/grants/${first.id}/revoke`, {}), 204);
  ok(await grant(ago(-1), { ends: ago(-1.1) }), 201);
  ok(await grant(ago(0.05), { ends: ago(-0.1) }), 201);

  /* the glass: broken twice, one of them reviewed */
  ok(await call(nurse, 'POST', '/api/glass', { patient, reason: '抽搐，不知服用何药', code: await code('nurse') }), 201);
  ok(await call(nurse, 'GET', `/fhir/Condition?patient=Patient/${patient}`));
  ok(await call(pharmacist, 'POST', '/api/glass', { patient: 'demo-p019', reason: '配药前要看全部用药', code: await code('pharmacist') }), 201);
  const glass = ok(await call(officer, 'GET', '/api/glass/reviews?open=1')).rows;
  ok(await call(officer, 'POST', `/api/glass/reviews/${glass[0].id}`, { verdict: 'unjustified', remark: '配药用不到这些内容，已当面提醒。', tell: true }), 204);

  /* exports: granted, declined, waiting; and the trail */
  const ask = async (role, more) => ok(await call(people[role].page, 'POST', '/api/exports', { kind: 'record', format: 'pdf', patient, recipient: '岚桥市第一人民医院医务科', reason: '转诊需要完整病历', code: await code(role), ...more }), 201).id;
  const granted = await ask('clinic-doctor', {});
  const declined = await ask('clinic-doctor', { recipient: '某保险公司', reason: '理赔' });
  await ask('clinic-doctor', { format: 'zip', recipient: '岚桥市卫生健康委员会' });
  await ask('privacy-officer', { kind: 'audit', patient: undefined, recipient: '岚桥市检察院', reason: '专项检查' });
  ok(await call(officer, 'POST', `/api/exports/${granted}`, { verdict: 'grant', remark: '核对过函件', code: await code('privacy-officer') }), 204);
  ok(await call(officer, 'POST', `/api/exports/${declined}`, { verdict: 'decline', remark: '没有本人同意书', code: await code('privacy-officer') }), 204);

  /* erasures: declined, done, waiting */
  const erase = async (who, reason) => ok(await call(officer, 'POST', '/api/erasures', { patient: who, reason, code: await code('privacy-officer') }), 201).id;
  const kept = await erase('demo-p210', '本人申请，称资料有误');
  ok(await call(doctor, 'POST', `/api/erasures/${kept}`, { verdict: 'decline', code: await code('clinic-doctor') }), 204);
  const gone = await erase('demo-p211', '法院裁定书第12号：错误关押，资料销毁');
  ok(await call(doctor, 'POST', `/api/erasures/${gone}`, { verdict: 'erase', code: await code('clinic-doctor') }), 204);
  await erase('demo-p212', '上级机关决定第7号');
});
after(async () => { await browser?.close(); await site?.stop(); });

const looks = [['zh', 'light'], ['zh', 'dark'], ['en', 'light'], ['en', 'dark']];
const wrong = [];
async function see(role, places, widths = [[1440, 900, '']]) {
  const cookies = await people[role].context.cookies();
  for (const [lang, theme] of looks) for (const [width, height, tag] of widths) {
    const who = await person(browser, site, { lang, theme, width, height });
    await who.context.addCookies(cookies);
    for (const place of places) {
      await who.page.goto(place);
      await who.page.locator('main h1').waitFor();
      await live(who.page);
      await who.page.waitForFunction(() => document.querySelector('main .skel') === null);
      await who.page.waitForLoadState('networkidle');
      const name = `tour${place.replaceAll('/', '-').replace(patient, 'p')}-${role}-${lang}-${theme}${tag}`;
      wrong.push(...await axe(who.page, name));
      if (await sideways(who.page) > 0) wrong.push(`${name} scrolls sideways`);
      const raw = await who.page.locator('main').innerText();
      for (const bad of raw.match(/\{[a-z]+\}|\[drp\]|undefined|\bnull\b|NaN|\d{4}-\d\d-\d\dT/g) ?? []) wrong.push(`${name} shows ${bad}`);
      await shot(who.page, name);
    }
    wrong.push(...who.complaints);
    await who.close();
  }
}

test('the chart as the doctor sees it', async () => {
  await see('clinic-doctor', ['/today', ...['', '/notes', '/labs', '/files', '/orders', '/course', '/access'].map((t) => `/patients/${patient}${t}`), '/patients/demo-p001', '/signatures', '/exports', '/erasures']);
  assert.deepEqual(wrong, []);
});

test('the chart as the nurse and the pharmacist see it', async () => {
  await see('nurse', ['/today', `/patients/${patient}/orders`, '/signatures']);
  await see('pharmacist', ['/today', `/patients/${patient}/orders`]);
  assert.deepEqual(wrong, []);
});

test('the chart on the specialist\'s phone', async () => {
  await see('specialist', ['/charts', `/patients/${patient}`, `/patients/${patient}/notes`], [[390, 844, '-phone']]);
  assert.deepEqual(wrong, []);
});

test('what the privacy officer watches over', async () => {
  await see('privacy-officer', ['/audit', '/glass', '/exports', '/erasures'], [[1440, 900, ''], [390, 844, '-phone']]);
  assert.deepEqual(wrong, []);
});

test('the papers, in both languages', async () => {
  const { page } = people['clinic-doctor'];
  for (const lang of ['zh-CN', 'en']) for (const path of [`/api/patients/${patient}/summary.pdf`, `/api/notes/${note}/print.pdf`, `/api/patients/demo-p001/summary.pdf`, `/api/patients/demo-p001/copy.pdf`]) {
    const bytes = await page.evaluate(async ([p, l]) => { const r = await fetch(p, { headers: { 'Accept-Language': l } }); return r.ok ? [...new Uint8Array(await r.arrayBuffer())] : r.status; }, [path, lang]);
    assert.ok(Array.isArray(bytes), `${path}: ${bytes}`);
    assert.equal(Buffer.from(bytes.slice(0, 5)).toString(), '%PDF-');
    writeFileSync(join(out, `tour-${path.split('/').slice(-2).join('-').replace('.pdf', '')}-${lang}.pdf`), Buffer.from(bytes));
  }
});
