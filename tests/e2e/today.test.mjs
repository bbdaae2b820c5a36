/* The clinic's day: a nurse enters a sick call and triages it, the doctor sees it come live, sees the patient, writes, and finishes; results are
   acknowledged; what is late stands first. And the homes of who schedules and of a specialist. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, nurse, doctor, patient;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  nurse = await person(browser, site, { lang: 'en' });
  doctor = await person(browser, site);
  await Promise.all([logIn(nurse.page, site.by.nurse), logIn(doctor.page, site.by['clinic-doctor'])]);
  const made = await call(doctor.page, 'POST', '/fhir/Patient', { resourceType: 'Patient', active: true, name: [{ family: '卓', given: ['远山'] }], identifier: [{ system: 'urn:yunqiao:detainee-number', value: '0417' }], gender: 'male', birthDate: '1988-02-03' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  patient = made.body.id;
});
after(async () => { await browser?.close(); await site?.stop(); });

const quiet = async (page, name) => {
  assert.deepEqual(await axe(page, name), []);
  assert.equal(await sideways(page), 0, name);
  await shot(page, `today-${name}`);
};
const row = (page, words) => page.locator('.sick').filter({ hasText: words });

test('a nurse enters a sick call and triages it; the doctor sees it come and go up without a reload', async () => {
  await Promise.all([live(nurse.page), live(doctor.page)]);
  await doctor.page.getByText('现在没有求医申请').waitFor();
  const n = nurse.page;
  await n.getByRole('button', { name: 'Enter a sick call' }).click();
  const dialog = n.locator('dialog[open]');
  await dialog.getByRole('button', { name: 'Enter', exact: true }).click();
  await dialog.getByText('Choose the patient first').waitFor();
  await dialog.getByRole('combobox', { name: /Patient/ }).fill('0417');
  await dialog.locator('[role=listbox] [role=option]').first().click();
  await dialog.getByLabel('What he says').fill('右眼肿了三天，看东西重影');
  await dialog.getByLabel('Where').selectOption('eye');
  await quiet(n, 'enter-en');
  await dialog.getByRole('button', { name: 'Enter', exact: true }).click();
  await dialog.getByText('To be seen today').waitFor();
  await row(doctor.page, '右眼肿了三天').getByText('待分诊', { exact: true }).first().waitFor();
  await dialog.getByRole('radio', { name: /Soon/ }).check();
  await quiet(n, 'triage-en');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row(doctor.page, '右眼肿了三天').getByText('尽快').waitFor();

  /* less urgent takes a reason, more urgent none: by the keyboard */
  await row(n, '右眼肿了三天').focus();
  await n.keyboard.press('t');
  await dialog.getByRole('radio', { name: /Routine/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Less urgent needs a reason').waitFor();
  await dialog.getByRole('radio', { name: /Same day/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await doctor.page.locator('section').filter({ has: doctor.page.getByRole('heading', { name: '先处理' }) }).getByText('右眼肿了三天').waitFor();
});

test('the same issue told again is proposed as a link, and linked with a click', async () => {
  const n = nurse.page;
  const again = await call(n, 'POST', '/api/sick-calls', { patient: `Patient/${patient}`, words: '眼睛还是肿，疼', place: 'eye' });
  assert.equal(again.status, 201, JSON.stringify(again.body));
  await row(n, '眼睛还是肿').getByRole('button', { name: /眼睛还是肿/ }).click();
  const dialog = n.locator('dialog[open]');
  await dialog.getByText('Perhaps the same issue').waitFor();
  await quiet(n, 'link-en');
  await dialog.getByRole('button', { name: /Link to this one/ }).click();
  await dialog.getByText('Linked to an earlier one').waitFor();
  await n.keyboard.press('Escape');
  await row(doctor.page, '眼睛还是肿').getByText('已合并').first().waitFor();
});

test('the doctor sees the patient: what is written belongs to the visit; an officer in sight takes a reason; the end asks what came of it', async () => {
  const { page } = doctor;
  await clean(page, 'today-doctor');
  await row(page, '右眼肿了三天').getByRole('button', { name: '接诊 卓远山' }).click();
  await page.locator('.visit-bar').getByText('接诊中').waitFor();
  assert.match(page.url(), new RegExp(`/patients/${patient}$`));
  await page.locator('.visit-bar').getByRole('link', { name: '请会诊' }).waitFor();
  await quiet(page, 'visit');
  await page.locator('.pt-head').getByRole('button', { name: '写病程' }).click();
  await page.getByLabel('主诉').fill('右眼肿三天，复视');
  await page.getByRole('button', { name: '保存，暂不签名' }).click();
  await until('the note is kept', async () => ((await call(page, 'GET', `/fhir/Composition?patient=Patient/${patient}`)).body.entry ?? []).length > 0);
  const note = (await call(page, 'GET', `/fhir/Composition?patient=Patient/${patient}`)).body.entry[0].resource;
  const visit = (await call(page, 'GET', `/fhir/Encounter?patient=Patient/${patient}&class=AMB`)).body.entry[0].resource;
  assert.equal(note.encounter.reference, `Encounter/${visit.id}`, 'the note names the visit');
  await page.keyboard.press('Escape');
  await page.goto(`/patients/${patient}`);
  await page.locator('.visit-bar').getByRole('button', { name: '民警在可视处' }).click();
  await page.locator('dialog[open] textarea').fill('情绪激动，为安全起见');
  await page.locator('dialog[open]').getByRole('button', { name: '记下' }).click();
  await page.locator('.visit-bar').getByText('民警在可视处1次').waitFor();
  await page.locator('.visit-bar').getByRole('button', { name: '结束接诊' }).click();
  await page.locator('dialog[open]').getByLabel('结果').selectOption('treated');
  await quiet(page, 'finish');
  await page.locator('dialog[open]').getByRole('button', { name: '结束', exact: true }).click();
  await page.locator('.visit-bar').waitFor({ state: 'detached' });
  await row(nurse.page, '右眼肿了三天').waitFor({ state: 'detached' });
  await row(nurse.page, '眼睛还是肿').waitFor({ state: 'detached' });
  await nurse.page.locator('section').filter({ has: nurse.page.getByRole('heading', { name: 'Clinic today' }) }).getByText('Treated').waitFor();
  const done = (await call(page, 'GET', `/fhir/Task?patient=Patient/${patient}&status=completed`)).body.entry ?? [];
  assert.equal(done.length, 2, 'the linked one is closed with it');
});

test('a result comes by itself, is acknowledged with one click, and stands in the record; an advice answers without a visit', async () => {
  const { page } = doctor;
  await page.goto('/today');
  await page.getByText('没有待确认的结果').waitFor();
  await call(page, 'POST', '/fhir/Observation', { resourceType: 'Observation', status: 'final', category: [{ coding: [{ code: 'laboratory' }] }], code: { text: '钾' }, subject: { reference: `Patient/${patient}` }, valueQuantity: { value: 2.9, unit: 'mmol/L' }, interpretation: [{ coding: [{ code: 'LL' }] }] });
  const result = page.locator('.result').filter({ hasText: '钾' });
  await result.getByText('危急值').waitFor();
  await call(page, 'POST', '/api/sick-calls', { patient: `Patient/${patient}`, words: '想重新配眼镜', door: 'paper' });
  const dialog = page.locator('dialog[open]');
  await row(page, '想重新配眼镜').getByRole('button', { name: /^分诊/ }).first().click();
  await dialog.getByRole('radio', { name: /常规/ }).check();
  await dialog.getByRole('button', { name: '确定' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row(page, '想重新配眼镜').getByRole('button', { name: /想重新配眼镜/ }).click();
  await dialog.getByRole('button', { name: '答复', exact: true }).click();
  await dialog.getByLabel('自我护理的建议').fill('下个月验光日统一配镜，已登记。');
  await quiet(page, 'answer');
  await dialog.getByRole('button', { name: '答复，不面诊' }).click();
  await row(page, '想重新配眼镜').getByText('已答复').first().waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1024, height: 768 });
  await quiet(page, 'tablet');
  await page.setViewportSize({ width: 390, height: 844 });
  await quiet(page, 'phone');
  await page.setViewportSize({ width: 1440, height: 900 });
  await result.getByRole('button', { name: /^确认/ }).click();
  await page.getByText('没有待确认的结果').waitFor();
  const kept = (await call(page, 'GET', `/fhir/Task?patient=Patient/${patient}&code=urn:yunqiao:task|result-acknowledged`)).body.entry;
  assert.equal(kept.length, 1);
  assert.deepEqual(doctor.complaints, []);
  assert.deepEqual(nurse.complaints, []);
});

test('who schedules and a specialist find their day on their homes', async () => {
  const admin = await person(browser, site);
  await logIn(admin.page, site.by['scheduling-admin']);
  await admin.page.getByText('等待安排').waitFor();
  await quiet(admin.page, 'admin');
  await admin.close();
  const specialist = await person(browser, site, { lang: 'en' });
  await logIn(specialist.page, site.by.specialist);
  await specialist.page.getByText('Opinions to sign').waitFor();
  await quiet(specialist.page, 'specialist-en');
  await specialist.close();
});
