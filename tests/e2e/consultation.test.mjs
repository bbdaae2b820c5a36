/* A consultation as its people see it, in Chinese: the doctor asks, the patient consents, a time is found, everybody waits, is let in, and meets.
   Pictures of each step are kept as consultation-NN-…png. Others' steps stand in their place between these. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { devices, party, sees } from './call-lib.mjs';
import { axe, call, shot, sideways, startSite, until } from './lib.mjs';
import { alwaysThere, signPad } from './visit-lib.mjs';

const patient = 'demo-p001';
const question = '右眼突出红肿一周，视物模糊，伴头痛。请看是否为眶内病变。';
let site, media, doctor, specialist, visit, room;
let shots = 0;
const keep = (page, what) => shot(page, `consultation-${String((shots += 1)).padStart(2, '0')}-${what}`);

before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  media = mkdtempSync(join(tmpdir(), 'yunqiao-consultation-'));
  doctor = await party(site, site.by['clinic-doctor'], devices(media, 1));
  specialist = await party(site, site.by.specialist, devices(media, 2, { voice: 'goforward.raw' }));
});
after(async () => {
  await doctor?.stop();
  await specialist?.stop();
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

test('the doctor asks from the chart: of whom, what, and what of the record goes along, as the specialist will see it', async () => {
  const { page } = doctor;
  await page.goto(`/patients/${patient}`);
  await page.getByRole('link', { name: '请会诊' }).click();
  await page.waitForURL((u) => u.pathname.startsWith(`/visits/new/${patient}`));
  await page.getByLabel('请哪些科室').selectOption({ label: '眼科' });
  await page.getByLabel('要请教的问题').fill(question);
  await page.locator('.attach .choice').first().waitFor();
  await page.locator('[data-preview] li').first().waitFor();
  const ticked = await page.locator('.attach input:checked').count();
  await until('what is ticked is previewed', async () => (await page.locator('[data-preview] li').count()) >= ticked);
  assert.deepEqual(await axe(page, 'request'), []);
  await keep(page, 'request');
  await page.getByRole('button', { name: '保存，去征求同意' }).click();
  await page.waitForURL((u) => /^\/visits\/[0-9a-f-]{36}$/.test(u.pathname));
  visit = new URL(page.url()).pathname.split('/')[2];
  await page.getByText('还没有患者的同意').waitFor();
});

test('what is typed survives a session that ends', async () => {
  const { page } = doctor;
  await page.goto(`/visits/change/${visit}`);
  await page.getByLabel('要请教的问题').fill(`${question}既往体健。`);
  await page.getByText(/草稿已存/).first().waitFor();
  await page.reload();
  await until('the words are there again', async () => (await page.getByLabel('要请教的问题').inputValue()).endsWith('既往体健。'));
  await page.getByRole('button', { name: '保存，去征求同意' }).click();
  await page.waitForURL((u) => u.pathname === `/visits/${visit}`);
});

test('the patient signs on the pad, and the request goes out', async () => {
  const { page } = doctor;
  await page.getByRole('button', { name: '征求同意' }).click();
  await signPad(page);
  await keep(page, 'consent');
  await page.getByRole('button', { name: '患者同意' }).click();
  await page.locator('.consent-list').getByText('已签名').waitFor();
  await page.getByRole('button', { name: '提交申请' }).click();
  await page.getByText('已提交', { exact: true }).first().waitFor();
  assert.deepEqual(await axe(page, 'visit'), []);
  await keep(page, 'sent');
});

test('a time is found, the specialist accepts, and sees time and people but no chart', async () => {
  const admin = await party(site, site.by['scheduling-admin'], []);
  const own = (await call(specialist.page, 'GET', '/api/session')).body.account.person;
  const doctorOwn = (await call(doctor.page, 'GET', '/api/session')).body.account.person;
  await alwaysThere(admin.page, [own, doctorOwn, 'Practitioner/demo-escort-1']);
  const v = (await call(doctor.page, 'GET', `/api/visits/${visit}`)).body.visit;
  const now = new Date();
  const asked = { patient: `Patient/${patient}`, minutes: 40, triage: 'soon', from: now.toISOString(), until: new Date(now.getTime() + 86_400_000).toISOString(),
    needs: [{ need: 'specialist:ophthalmology', reference: own }, { need: 'clinic-doctor', reference: doctorOwn }, { need: 'room:video-room' }, { need: 'escort' }] };
  const found = (await call(admin.page, 'POST', '/api/agenda/find', asked)).body.proposals[0];
  const made = await call(admin.page, 'POST', '/api/bookings', { patient: asked.patient, request: v.request, triage: 'soon', start: found.start, minutes: 40, ask: true, seats: found.seats.map((s) => ({ need: s.need, reference: s.reference })) });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.ok(!JSON.stringify((await call(admin.page, 'GET', `/api/visits/${visit}`)).body).includes('红肿'), 'who schedules does not learn the question');
  const b = made.body.booking;
  if (b.seats.some((s) => s.reference === doctorOwn && s.answer === 'asked')) await call(doctor.page, 'POST', `/api/bookings/${b.id}/accept`, { version: b.version, seat: doctorOwn });
  await admin.stop();
  const { page } = specialist;
  await page.goto('/invitations');
  await page.locator('.invite').getByRole('button', { name: '接受' }).click();
  await page.getByRole('link', { name: '查看会诊' }).waitFor();
  await keep(page, 'invited');
  const seen = (await call(doctor.page, 'GET', `/api/visits/${visit}`)).body.visit;
  assert.equal(seen.booking.state, 'booked');
  room = seen.booking.room;
  await page.getByRole('link', { name: '查看会诊' }).click();
  await page.waitForURL((u) => u.pathname === `/visits/${visit}`);
  await page.getByText('参加的人').waitFor();
  await keep(page, 'specialist-visit');
});

test('the specialist waits; the clinic checks who it is, asks on camera, and lets them in; they see each other', async () => {
  await doctor.page.goto(`/visits/${visit}`);
  await doctor.page.getByRole('button', { name: '患者已到' }).click();
  await doctor.page.locator('[data-step=identity]').waitFor();
  await doctor.page.goto(`/rooms/${room}`);
  await doctor.page.locator('.check-stage video').first().waitFor();
  await doctor.page.locator('.check-form .btn-primary').click();
  await doctor.page.locator('.room').waitFor();
  const { page } = specialist;
  await page.goto(`/rooms/${room}`);
  await page.locator('.check-stage video').first().waitFor();
  await page.locator('.check-form .btn-primary').click();
  await page.locator('[data-waiting]').waitFor();
  await keep(page, 'waiting');
  assert.equal(await page.evaluate(() => window.pcs.length), 0, 'no connection before consent');
  const reception = doctor.page.locator('.room-reception');
  await reception.getByText(site.by.specialist.display).first().waitFor();
  await reception.getByLabel('患者说出了姓名').check();
  await reception.getByLabel('面容与照片相符').check();
  await reception.getByRole('button', { name: '身份无误' }).click();
  await reception.locator('[data-step=camera]').waitFor();
  await keep(doctor.page, 'asked-on-camera');
  await reception.getByRole('button', { name: '患者同意' }).click();
  await reception.getByRole('button', { name: '不同意录像' }).click();
  await reception.getByRole('button', { name: `请进 ${site.by.specialist.display}` }).click();
  await page.locator('.room').waitFor();
  await sees(doctor.page, [2]);
  await sees(page, [1]);
  await keep(page, 'met');
  await keep(doctor.page, 'met-doctor');
});

test('consent is taken back: the specialist is out at once, and in again only when the patient has said yes again', async () => {
  const reception = doctor.page.locator('.room-reception');
  if (!(await reception.evaluate((d) => d.open))) await reception.locator('summary').click();
  await reception.getByRole('button', { name: '患者撤回同意' }).click();
  await doctor.page.getByRole('button', { name: '立即停止' }).click();
  await specialist.page.locator('[data-over=consent]').waitFor({ timeout: 5000 });
  await keep(specialist.page, 'withdrawn');
  assert.equal((await call(specialist.page, 'GET', `/fhir/Patient/${patient}`)).status, 404);
  await specialist.page.getByRole('button', { name: '再次进入' }).click();
  await specialist.page.locator('.check-stage video').first().waitFor();
  await specialist.page.locator('.check-form .btn-primary').click();
  await specialist.page.locator('[data-waiting]').waitFor();
  await reception.getByRole('button', { name: '患者同意' }).click();
  await reception.getByRole('button', { name: `请进 ${site.by.specialist.display}` }).click();
  await specialist.page.locator('.room').waitFor();
  await sees(doctor.page, [2]);
  await new Promise((go) => { setTimeout(go, 5000); }); // a line is looked at every other second
});

test('the conversation ends, the call with it; the page fits a phone', async () => {
  const { page } = doctor;
  await page.goto(`/visits/${visit}`);
  await page.getByRole('button', { name: '结束会诊' }).first().click();
  await page.locator('dialog').getByRole('button', { name: '结束会诊' }).click();
  await page.getByText('通话已结束').first().waitFor();
  await specialist.page.locator('[data-over]').waitFor();
  await keep(page, 'finished');
  await lines(page, '通话质量', '发送');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(page), 0);
  await keep(page, 'phone');
});

/** How the lines were: of each participant, every minute, both ways; for who schedules too. */
async function lines(page, title, way) {
  const quality = page.locator('section[aria-labelledby=quality]');
  await until('both lines are told', async () => {
    await page.reload();
    await page.getByRole('heading', { name: title }).waitFor();
    return await quality.locator('.line-list > li').count() === 2;
  });
  for (const who of ['clinic-doctor', 'specialist']) {
    const line = quality.locator('.line-list > li').filter({ hasText: site.by[who].display });
    assert.ok(await line.getByRole('img', { name: way }).locator('rect').count() >= 1, who);
    await line.locator('summary').click();
    await line.locator('tbody tr').first().waitFor();
  }
  await keep(page, 'lines');
  const admin = await party(site, site.by['scheduling-admin'], []);
  const told = (await call(admin.page, 'GET', `/api/visits/${visit}/call-quality`)).body.lines;
  await admin.stop();
  assert.deepEqual(told.map((l) => l.kind), ['person', 'person']);
  assert.ok(told.every((l) => l.up.length > 0 && l.down.length > 0 && l.share.good + l.share.fair + l.share.poor + l.share.lost > 990));
}

test('the trail lists each step, and verifies', async () => {
  const officer = await party(site, site.by['privacy-officer'], []);
  for (const step of ['begin', 'change', 'consent', 'activate', 'wait', 'arrive', 'identify', 'admit', 'withdraw', 'finish']) {
    const { rows } = (await call(officer.page, 'GET', `/api/audit?action=visit.${step}`)).body;
    assert.ok(rows.some((r) => r.target === `Encounter/${visit}` && r.outcome === 'ok'), step);
  }
  assert.equal((await call(officer.page, 'POST', '/api/audit/verify', {})).body.ok, true);
  await officer.stop();
});
