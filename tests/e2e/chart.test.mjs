/* The patient's chart as a doctor, a pharmacist and a nurse use it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, freshCode, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { seed } from './chart-seed.mjs';

let site, browser, doctor, patient;
/* The site's own table of drugs, so that it can be broken. */
const folder = mkdtempSync(join(tmpdir(), 'yunqiao-drugs-'));
const table = join(folder, 'drugs.tsv');
const drugs = [
  'drug\tamoxicillin\t阿莫西林胶囊\tAmoxicillin capsules\t0.25 g×24\tg\t口服\t阿莫西林|amoxicillin\tpenicillin\tfree',
  'drug\tloratadine\t氯雷他定片\tLoratadine tablets\t10 mg×6\tmg\t口服\t氯雷他定|loratadine\t-\tfree',
  'drug\tamlodipine\t苯磺酸氨氯地平片\tAmlodipine tablets\t5 mg×28\tmg\t口服\t氨氯地平|amlodipine\t-\tfree', 'end\t3', '',
].join('\n');
before(async () => {
  writeFileSync(table, drugs);
  site = await startSite({ orders: { drug_table: table } });
  browser = await startBrowser();
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
  const made = await call(doctor.page, 'POST', '/fhir', seed());
  assert.equal(made.status, 200, JSON.stringify(made.body).slice(0, 600));
  patient = /Patient\/([^/]+)/.exec(made.body.entry[1].response.location)[1];
});
after(async () => { await browser?.close(); await site?.stop(); rmSync(folder, { recursive: true, force: true }); });

const open = async (page, tab = '') => {
  await page.goto(`/patients/${patient}${tab === '' ? '' : `/${tab}`}`);
  await page.locator('.pt-head h1').getByText('淳于鹭').waitFor();
};

test('a patient is found by pinyin initials, by number, by cell and by characters, and no name stands in an address', async () => {
  const { page, asked } = doctor;
  await page.locator('nav.side').getByText('患者', { exact: true }).click();
  await page.locator('[data-row]').nth(1).waitFor();
  for (const q of ['cyl', 'chunyulu', '9900417', 'Q区912', '淳于']) {
    await page.locator('[data-search]').fill(q);
    await until(`only one is left for ${q}`, async () => (await page.locator('[data-row]').count()) === 1 && (await page.locator('[data-row]').innerText()).includes('淳于鹭'));
  }
  await page.locator('[data-search]').fill('没有这个人');
  await page.getByText('没有找到').waitFor();
  await page.locator('[data-search]').fill('cyl');
  await page.locator('[data-row] [data-open]').click();
  await page.locator('.pt-head h1').getByText('淳于鹭').waitFor();
  assert.deepEqual(asked.filter((u) => /cyl|chunyulu|9900417|%E6%B7%B3|淳|912/.test(new URL(u).pathname + new URL(u).search)), []);
});

test('the summary says what is wrong, what is taken, and how it goes; the allergy stands on every page', async () => {
  const { page } = doctor;
  await open(page);
  await page.locator('.trend canvas').waitFor();
  for (const words of ['高血压2级', '苯磺酸氨氯地平片', '168/101']) await page.locator('.chart').getByText(words).first().waitFor();
  await page.getByRole('button', { name: '看成表格' }).click();
  await page.getByRole('cell', { name: '142/88 mmHg' }).waitFor();
  for (const tab of ['', 'notes', 'labs', 'files', 'orders', 'course']) {
    await open(page, tab);
    await page.locator('.allergy').getByText('青霉素').waitFor();
    assert.deepEqual(await axe(page, `zh ${tab}`), []);
  }
  await page.locator('[data-search]').fill('视物模糊');
  await page.getByText(/找到\d条/).waitFor();
});

test('a problem is added and ended; an allergy is recorded, and taken back when it was wrong', async () => {
  const { page } = doctor;
  await open(page);
  const dialog = page.locator('dialog[open]');
  await page.getByRole('button', { name: '登记过敏' }).click();
  await dialog.getByLabel('对什么过敏').fill('头孢');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.allergy').getByText('头孢').waitFor();
  await page.getByRole('button', { name: '登记过敏' }).click();
  assert.deepEqual(await axe(page, 'allergy'), []);
  await page.getByRole('button', { name: '头孢登记有误' }).click();
  await page.getByRole('button', { name: '头孢登记有误' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.locator('.chart').getByRole('button', { name: '添加', exact: true }).click();
  await dialog.getByRole('combobox').fill('tnb');
  await page.getByRole('option').first().click();
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /标为已解决：.*糖尿病/ }).first().click();
  await page.getByRole('button', { name: /标为已解决：.*糖尿病/ }).waitFor({ state: 'detached' });
});

test('a goal stands beside its problem and in the trend, precautions under them, results beside their range and the ones before', async () => {
  const { page } = doctor;
  await open(page);
  const problem = page.locator('.facts-list li').filter({ hasText: '高血压2级' });
  await problem.getByText('目标 140/90以下').waitFor();
  await problem.getByText('未达标').waitFor();
  await problem.getByRole('button', { name: '高血压2级，设目标' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('高压低于').fill('85');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.getByText('高压要大于低压').waitFor();
  await dialog.getByLabel('高压低于').fill('180');
  await dialog.getByLabel('低压低于').fill('110');
  assert.deepEqual(await axe(page, 'goal'), []);
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  await problem.getByText('目标 180/110以下').waitFor();
  await problem.getByText('达标', { exact: true }).waitFor();
  assert.equal((await call(page, 'GET', `/fhir/Goal?patient=Patient/${patient}`)).body.entry.length, 1, 'the goal is changed, not doubled');
  const fit = page.locator('section[aria-labelledby=precautions]');
  await fit.getByText('适合，须坐轮椅').waitFor();
  await fit.getByRole('button', { name: '添加注意事项' }).click();
  await dialog.getByLabel('结果').selectOption('unfit');
  assert.deepEqual(await axe(page, 'precaution'), []);
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  await fit.getByText('不适合').waitFor();
  assert.equal(await fit.locator('li').count(), 1, 'the newest of a kind holds');
  await open(page, 'labs');
  const row = page.locator('[data-row]').filter({ hasText: '血红蛋白' });
  await row.getByText('偏低 ↓').waitFor();
  await row.getByText('130–175').waitFor();
  assert.equal(await page.locator('[data-row]').filter({ hasText: '82 μmol/L' }).getByText('范围内').count(), 1);
  await row.getByRole('button', { name: '全部2次：血红蛋白' }).click();
  await page.locator('[data-row]').nth(2).waitFor();
});

test('vital signs: what cannot be is refused, what is rare is said twice', async () => {
  const { page } = doctor;
  await open(page);
  await page.getByRole('button', { name: '录入' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel(/^高压/).fill('1');
  await dialog.getByLabel(/^低压/).fill('90');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.getByText('不可能的数值').waitFor();
  await dialog.getByLabel(/^高压/).fill('214');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.getByText('这些数值少见').waitFor();
  assert.deepEqual(await axe(page, 'vitals'), []);
  await dialog.getByLabel('我重新看过，数值无误').check();
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.vitals').getByText('214/90').waitFor();
});

test('a note is written from a template with a diagnosis, outlives a reload, is signed, and amended beside', async () => {
  const { page } = doctor;
  await open(page, 'notes');
  await page.locator('.pt-head').getByRole('button', { name: '写病程' }).click();
  await page.getByLabel('主诉').fill('头痛加重，右眼看东西发糊。');
  await page.locator('[data-draft=saved]').waitFor();
  await page.reload();
  await page.locator('.pt-head').getByRole('button', { name: '写病程' }).click();
  await until('the draft is back', async () => (await page.getByLabel('主诉').inputValue()) === '头痛加重，右眼看东西发糊。');
  await page.getByRole('combobox', { name: /ICD-10/ }).fill('gxy');
  await page.getByRole('option').filter({ hasText: 'I1' }).first().click();
  await page.locator('.picked .chip').waitFor();
  assert.deepEqual(await axe(page, 'editor'), []);
  await page.getByRole('button', { name: '保存并签名' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('input[name=password]').fill('not the password');
  await dialog.getByRole('button', { name: '签名', exact: true }).click();
  await dialog.locator('.notice.bad').waitFor();
  await dialog.locator('input[name=password]').fill(site.by['clinic-doctor'].password);
  await dialog.getByRole('button', { name: '签名', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  const note = page.locator('article.note').filter({ hasText: '右眼看东西发糊' });
  await note.getByText('已定稿').waitFor();
  await note.getByRole('button', { name: '签名', exact: true }).click();
  await note.getByText(/签名于/).waitFor();
  await note.getByText('核验通过').waitFor();
  const id = (await note.getAttribute('aria-labelledby')).slice(2);
  const again = await call(page, 'DELETE', `/fhir/Composition/${id}`);
  assert.ok(again.status === 409 || again.status === 403, `a final note was deleted: ${again.status}`);

  await note.getByRole('button', { name: '修正' }).click();
  await page.getByLabel('修正内容').fill('右眼应为左眼。');
  await page.getByRole('button', { name: '保存，暂不签名' }).click();
  await page.getByText('请写明修正原因。').waitFor();
  await page.getByLabel('修正原因').fill('笔误');
  await page.getByRole('button', { name: '保存，暂不签名' }).click();
  await note.locator('aside').getByText('右眼应为左眼。').waitFor();
  await note.locator('aside').getByText('修正原因：笔误').waitFor();
  await note.getByText('头痛加重，右眼看东西发糊。').waitFor();
  await shot(page, 'chart-notes');
});

test('an order: the allergy alerts, a reason goes past it, the pharmacist checks, the nurse records', async () => {
  const { page } = doctor;
  await open(page);
  await page.locator('.pt-head').getByRole('button', { name: '开医嘱' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByRole('combobox', { name: /药品/ }).fill('amxl');
  await dialog.locator('[role=listbox] [role=option]').first().click();
  await dialog.getByText('患者对青霉素过敏').waitFor();
  await dialog.getByLabel(/^每次用量/).fill('0.5');
  await dialog.getByRole('button', { name: '开立' }).click();
  await dialog.getByText('请换药，或写明理由。').waitFor();
  assert.deepEqual(await axe(page, 'order'), []);
  await dialog.getByLabel('仍要开的理由').fill('皮试阴性，既往记录有误');
  await dialog.getByLabel('频次').selectOption('3');
  await dialog.getByLabel('天数').fill('5');
  await dialog.getByRole('button', { name: '开立' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('待药师审核，尚未生效').waitFor();

  const pharmacist = await person(browser, site);
  await logIn(pharmacist.page, site.by.pharmacist);
  await open(pharmacist.page, 'orders');
  await pharmacist.page.getByRole('button', { name: '审核通过' }).click();
  await pharmacist.page.locator('dialog[open] textarea').fill('已核对过敏史');
  await pharmacist.page.locator('dialog[open]').getByRole('button', { name: '审核通过' }).click();
  await pharmacist.page.locator('dialog[open]').waitFor({ state: 'detached' });
  await pharmacist.close();

  const nurse = await person(browser, site, { width: 820, height: 1180 });
  await logIn(nurse.page, site.by.nurse);
  await open(nurse.page, 'orders');
  const line = nurse.page.locator('.orders > li').filter({ hasText: '阿莫西林' });
  const record = async (outcome, reason) => {
    await line.getByRole('button', { name: '记录' }).click();
    await nurse.page.locator('dialog[open] select').selectOption(outcome);
    if (reason) await nurse.page.locator('dialog[open]').getByLabel('原因').fill(reason);
    await nurse.page.locator('dialog[open]').getByRole('button', { name: '记录' }).click();
    await nurse.page.locator('dialog[open]').waitFor({ state: 'detached' });
  };
  await record('given');
  await line.getByText(/已服/).first().waitFor();
  await record('refused', '说胃不舒服');
  await until('the refusal is kept', async () => (await call(nurse.page, 'GET', `/fhir/MedicationAdministration?patient=Patient/${patient}&status=not-done`)).body.entry?.length === 1);
  assert.equal(await sideways(nurse.page), 0);
  await shot(nurse.page, 'chart-orders');
  assert.deepEqual(nurse.complaints, []);
  await nurse.close();
});

test('the table of drugs is cut off: the form says loudly that no check runs, and asks for a reason', async () => {
  const { page } = doctor;
  writeFileSync(table, drugs.slice(0, -30));
  await site.restart();
  await open(page);
  await page.locator('.pt-head').getByRole('button', { name: '开医嘱' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByRole('combobox', { name: /药品/ }).fill('lltd');
  await dialog.locator('.notice.bad').getByText('检查没有运行').waitFor();
  await dialog.locator('[role=listbox] [role=option]').first().click();
  await dialog.locator('.notice.bad').getByText('检查没有运行').waitFor();
  await dialog.getByLabel(/^每次用量/).fill('10');
  await dialog.getByRole('button', { name: '开立' }).click();
  await dialog.getByText('请换药，或写明理由。').waitFor();
  assert.deepEqual(await axe(page, 'no check'), []);
  await shot(page, 'chart-no-check');
  await dialog.getByRole('button', { name: '取消' }).click();
  writeFileSync(table, drugs);
  await site.restart();
});

test('a check that gives no answer is no clean one', async () => {
  const { page, context } = doctor;
  await open(page);
  await context.route('**/api/orders/check', (r) => r.fulfill({ status: 503, body: '{}' }));
  await page.locator('.pt-head').getByRole('button', { name: '开医嘱' }).click();
  await page.locator('dialog[open]').getByRole('combobox', { name: /药品/ }).fill('lltd');
  await page.locator('dialog[open] [role=listbox] [role=option]').first().click();
  await page.locator('dialog[open] .notice.bad').getByText('检查没有运行').waitFor();
  await page.locator('dialog[open]').getByRole('button', { name: '取消' }).click();
  await context.unroute('**/api/orders/check');
});

test('emergency access opens what is restricted, under a red banner', async () => {
  const { page } = doctor;
  const made = await call(page, 'POST', '/fhir/Condition', { resourceType: 'Condition', meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }] }, code: { text: '焦虑状态' }, subject: { reference: `Patient/${patient}` } });
  assert.equal(made.status, 201, JSON.stringify(made.body).slice(0, 300));
  const nurse = await person(browser, site);
  await logIn(nurse.page, site.by.nurse);
  await open(nurse.page);
  await nurse.page.locator('#problems').waitFor();
  assert.equal(await nurse.page.getByText('焦虑状态').count(), 0);
  await nurse.page.getByRole('button', { name: '紧急查看受限内容' }).click();
  const dialog = nurse.page.locator('dialog[open]');
  await dialog.getByLabel('原因').fill('患者自伤，需知既往史');
  await dialog.locator('input[name=code]').fill(await freshCode(site.by.nurse.totp_secret));
  await dialog.getByRole('button', { name: '打开' }).click();
  await nurse.page.locator('.glass-banner').getByText('紧急查看中').waitFor();
  await nurse.page.getByText('焦虑状态').first().waitFor();
  assert.deepEqual(await axe(nurse.page, 'glass'), []);
  await nurse.close();
});

test('a document opens, the summary prints as a PDF', async () => {
  const { page } = doctor;
  await open(page, 'files');
  await page.getByRole('button', { name: '打开外院病历摘录' }).click();
  await page.locator('dialog[open]').getByText('既往青霉素过敏性休克').waitFor();
  await page.keyboard.press('Escape');
  const answered = page.waitForResponse((r) => r.url().endsWith('/summary.pdf'));
  await page.getByRole('button', { name: '打印摘要' }).click();
  const pdf = await answered;
  assert.equal(pdf.status(), 200);
  assert.equal(pdf.headers()['content-type'], 'application/pdf');
});

test('English, dark, on a phone: nothing sideways, axe clean', async () => {
  const p = await person(browser, site, { lang: 'en', theme: 'dark', width: 390, height: 844 });
  await logIn(p.page, site.by['clinic-doctor']);
  for (const tab of ['', 'notes', 'orders', 'course']) {
    await open(p.page, tab);
    await p.page.locator('.chart h2').first().waitFor();
    assert.equal(await sideways(p.page), 0, tab);
    assert.deepEqual(await axe(p.page, `en ${tab}`), []);
    await shot(p.page, `chart-phone-${tab === '' ? 'summary' : tab}`);
  }
  assert.deepEqual(p.complaints, []);
  await p.close();
  assert.deepEqual(doctor.complaints, []);
});

test('whoever has no part in care finds no patients', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by.guard);
  for (const path of ['/patients', `/patients/${patient}`]) {
    await p.page.goto(path);
    await p.page.getByRole('heading', { name: '没有这一页' }).first().waitFor();
  }
  assert.equal((await call(p.page, 'GET', `/fhir/Condition?patient=Patient/${patient}`)).body.entry?.length ?? 0, 0);
  await p.close();
});
