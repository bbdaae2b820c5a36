/* A specialist let into one consultation: the chart on a phone, the opinion signed by two, and the grant taken back; and an erasure by two. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, freshCode, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { seed } from './chart-seed.mjs';

let site, browser, doctor, specialist, patient;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
  const made = await call(doctor.page, 'POST', '/fhir', seed());
  assert.equal(made.status, 200, JSON.stringify(made.body).slice(0, 600));
  patient = /Patient\/([^/]+)/.exec(made.body.entry[1].response.location)[1];
  specialist = await person(browser, site, { width: 390, height: 844 });
  await logIn(specialist.page, site.by.specialist);
});
after(async () => { await browser?.close(); await site?.stop(); });

const quiet = async (page, name) => {
  assert.deepEqual(await axe(page, name), []);
  assert.equal(await sideways(page), 0, name);
  await shot(page, `care-${name}`);
};

test('the doctor gives access; the specialist finds the chart and sees what was attached, and nothing else', async () => {
  const { page } = doctor;
  await specialist.page.goto('/charts');
  await specialist.page.getByText('现在没有对您开放的病历').waitFor();
  await specialist.page.goto(`/patients/${patient}`);
  await specialist.page.getByText('没有这份病历').first().waitFor();
  await page.goto(`/patients/${patient}/access`);
  await page.getByText('还没有给外院专家授权').waitFor();
  await quiet(page, 'access-none');
  await page.locator('#access').locator('xpath=..').getByRole('button', { name: '授权给专家' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('专家').selectOption({ label: site.by.specialist.display });
  await dialog.getByLabel('结束').fill('2020-01-01T10:00');
  await dialog.getByRole('button', { name: '授权给专家' }).click();
  await dialog.getByText('结束要晚于开始').waitFor();
  await dialog.getByLabel('结束').fill('');
  await quiet(page, 'access-give');
  await dialog.getByRole('button', { name: '授权给专家' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('[data-row]').getByText('有效').waitFor();
  await quiet(page, 'access');
  await page.goto(`/patients/${patient}`);
  await page.locator('.pt-head').getByText(`会诊中，由${site.by.specialist.display}查看所附`).waitFor();

  await specialist.page.goto('/charts');
  await specialist.page.getByText('淳于鹭').waitFor();
  await quiet(specialist.page, 'charts-phone');
  await specialist.page.getByRole('link', { name: '打开病历' }).click();
  await specialist.page.locator('.pt-head h1').getByText('淳于鹭').waitFor();
  await specialist.page.locator('.allergy').getByText('青霉素').waitFor();
  await specialist.page.getByText('高血压2级').first().waitFor();
  await quiet(specialist.page, 'chart-phone');
  assert.equal((await call(specialist.page, 'GET', `/fhir/Composition?patient=Patient/${patient}`)).body.entry?.length ?? 0, 0, 'no note was attached');
});

test('an opinion is written on the phone, signed by the specialist, and by the doctor who is asked for it', async () => {
  const { page } = specialist;
  await page.getByRole('button', { name: '写会诊意见' }).click();
  await page.getByLabel('所见').fill('视乳头水肿，右眼重。');
  await page.getByLabel('会诊建议').fill('尽快头颅CT。');
  await quiet(page, 'opinion-phone');
  await page.getByRole('button', { name: '保存并签名' }).click();
  await page.locator('dialog[open] input[name=password]').fill(site.by.specialist.password);
  await page.locator('dialog[open]').getByRole('button', { name: '签名', exact: true }).click();
  const note = page.locator('article.note').filter({ hasText: '视乳头水肿' });
  await note.getByText('已定稿').waitFor();
  const id = (await note.getAttribute('aria-labelledby')).slice(2);

  await doctor.page.goto(`/patients/${patient}/notes`);
  const seen = doctor.page.locator('article.note').filter({ hasText: '视乳头水肿' });
  await seen.getByRole('button', { name: '签名', exact: true }).click();
  await seen.getByText('核验通过').waitFor();
  await seen.getByRole('button', { name: '核验材料' }).click();
  await seen.getByText('公钥', { exact: true }).waitFor();
  await seen.getByRole('button', { name: '请人会签' }).click();
  const nurse = site.by.nurse;
  await doctor.page.locator('dialog[open]').getByLabel(nurse.display).check();
  await quiet(doctor.page, 'ask');
  await doctor.page.locator('dialog[open]').getByRole('button', { name: '请人会签' }).click();
  await seen.getByText('还有1人未签').waitFor();
  await quiet(doctor.page, 'seals');

  const other = await person(browser, site, { lang: 'en' });
  await logIn(other.page, nurse);
  await other.page.goto('/signatures');
  await other.page.locator('[data-row]').getByText('Opinion').waitFor(); /* a title of ours, in the page's language */
  await quiet(other.page, 'signatures-en');
  await other.page.locator('[data-row]').getByRole('link', { name: 'Open the chart' }).click();
  const theirs = other.page.locator('article.note').filter({ hasText: '视乳头水肿' });
  await theirs.getByRole('button', { name: 'Signatures' }).click();
  await theirs.getByRole('button', { name: 'Sign', exact: true }).click();
  await other.page.locator('dialog[open] input[name=password]').fill(nurse.password);
  await other.page.locator('dialog[open]').getByRole('button', { name: 'Sign', exact: true }).click();
  await theirs.getByText('All who were asked have signed').waitFor();
  await quiet(other.page, 'seals-en');
  await other.close();
  const state = (await call(doctor.page, 'GET', `/api/seals/Composition/${id}`)).body;
  assert.ok(state.whole && state.signatures.every((s) => s.holds), JSON.stringify(state).slice(0, 400));
});

test('the grant is taken back: the open chart closes by itself and says so', async () => {
  await live(specialist.page);
  await doctor.page.goto(`/patients/${patient}/access`);
  await doctor.page.getByRole('button', { name: '收回' }).click();
  await doctor.page.locator('dialog[open]').getByRole('button', { name: '收回' }).click();
  await specialist.page.locator('[data-closed]').getByText('授权已结束，病历已关闭').first().waitFor();
  assert.equal(await specialist.page.getByText('淳于鹭').count(), 0, 'no name is left on the page');
  await quiet(specialist.page, 'closed-phone');
  await doctor.page.locator('[data-row]').getByText('已收回').waitFor();
  await specialist.page.getByRole('link', { name: '我的会诊病历' }).click();
  await specialist.page.getByText('现在没有对您开放的病历').waitFor();
  assert.deepEqual(specialist.complaints, []);
});

test('an erasure is asked for by one and decided by another', async () => {
  const officer = await person(browser, site);
  await logIn(officer.page, site.by['privacy-officer']);
  await officer.page.goto('/erasures');
  await officer.page.getByText('没有销毁申请').waitFor();
  await officer.page.getByRole('button', { name: '提出销毁' }).click();
  const dialog = officer.page.locator('dialog[open]');
  await dialog.getByLabel('患者资料号').fill(patient);
  await dialog.getByLabel('法律依据和理由').fill('法院裁定书第12号');
  await dialog.locator('input[name=code]').fill(await freshCode(site.by['privacy-officer'].totp_secret));
  await quiet(officer.page, 'erasure-ask');
  await dialog.getByRole('button', { name: '提出销毁' }).click();
  await dialog.waitFor({ state: 'detached' });
  await officer.page.getByText('您提出的，由另一人决定').waitFor();
  await clean(officer.page, 'care-erasures');
  await officer.close();
  await doctor.page.goto('/signatures');
  await doctor.page.getByRole('link', { name: '查看' }).click();
  await doctor.page.getByRole('button', { name: '同意销毁' }).click();
  await doctor.page.locator('dialog[open] input[name=code]').fill(await freshCode(site.by['clinic-doctor'].totp_secret));
  await quiet(doctor.page, 'erasure-decide');
  await doctor.page.locator('dialog[open]').getByRole('button', { name: '同意销毁' }).click();
  await doctor.page.locator('[data-row]').getByText('已销毁').waitFor();
  await until('the patient is gone', async () => [404, 410].includes((await call(doctor.page, 'GET', `/fhir/Patient/${patient}`)).status));
  assert.deepEqual(doctor.complaints, []);
});
