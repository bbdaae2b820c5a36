/* Somebody comes into custody: the registry says so, the screening stands on Today with its clock; a nurse fills it in (what she typed survives a reload),
   marks the body, hands it on; the doctor signs; custody reads how to house and nothing else; the assessment follows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, freePort, live, logIn, out, person, sideways, startBrowser, startSite, until } from './lib.mjs';
import { head, says, stamp } from './registry-lib.mjs';

let site, browser, nurse, doctor, command, port, said = 0;

/** The registry's word, by HL7 over MLLP; answered when it is in the record. */
const registry = async (event, number, name, cell, ago_min = 0) => {
  said += 1;
  assert.equal(await says(port, [...head(event, `e2e${said}`, stamp(Date.now() - ago_min * 60_000)), `PID|1||${number}^^^SITE^PI||${name}||19880102|M`, `PV1||I|B^${cell}^^^^CELL`]), 'AA');
};

before(async () => {
  port = await freePort();
  site = await startSite({ registry: { mllp: `127.0.0.1:${port}` } });
  browser = await startBrowser();
  nurse = await person(browser, site);
  doctor = await person(browser, site, { lang: 'en' });
  command = await person(browser, site);
  await Promise.all([logIn(nurse.page, site.by.nurse), logIn(doctor.page, site.by['clinic-doctor']), logIn(command.page, site.by['duty-command'])]);
});
after(async () => { await browser?.close(); await site?.stop(); });

const quiet = async (page, name) => {
  await page.screenshot({ path: join(out, `intake-${name}.png`), fullPage: true });
  assert.deepEqual(await axe(page, name), []);
  assert.equal(await sideways(page), 0, name);
};
const pick = (page, question, answer) => page.locator(`[data-q="${question}"] label`).filter({ hasText: new RegExp(`^${answer}$`) }).click();

test('who is admitted stands on Today with the clock running, and the nurse begins', async () => {
  await live(nurse.page);
  await registry('A01', '7301', '淳于^鹭', 'B07', 12);
  await registry('A01', '7302', '澹台^砚', 'B08', 85);
  const { page } = nurse;
  await page.reload();
  await page.locator('.intake-row').filter({ hasText: '淳于鹭' }).waitFor();
  await quiet(page, 'today');
  await page.getByRole('link', { name: '入所筛查' }).first().click();
  await page.locator('.intake-row').filter({ hasText: '澹台砚' }).getByText('已超').waitFor();
  await quiet(page, 'list');
  await page.locator('.intake-row').filter({ hasText: '淳于鹭' }).click();
  await page.getByRole('button', { name: '开始筛查' }).click();
  await page.getByRole('heading', { name: '身份与同意' }).waitFor();
});

test('what is typed survives a reload, and a refusal asks no further', async () => {
  const { page } = nurse;
  await pick(page, 'identity', '相符');
  await pick(page, 'consent', '拒绝');
  await page.getByRole('heading', { name: '目前情况' }).waitFor({ state: 'detached' });
  await pick(page, 'consent', '同意');
  await pick(page, 'present.conscious', '清醒');
  await page.getByLabel('目前不适及现病史').fill('左上臂疼，走路稳');
  await page.reload(); // at once: the last words are still on their way when the new page asks for them
  await until('the words are back', async () => await page.getByLabel('目前不适及现病史').inputValue() === '左上臂疼，走路稳');
  assert.ok(await page.locator('[data-q="present.conscious"] input[value=alert]').isChecked());
});

test('the whole form, the body marked by a tap and by name, and handed to the doctor', async () => {
  const { page } = nurse;
  await pick(page, 'present.walks', '自行');
  await page.getByLabel('收缩压').fill('132');
  await page.getByLabel('舒张压').fill('84');
  await page.getByLabel('体温').fill('36.8');
  for (const q of ['history.mental', 'family', 'infect.cough', 'infect.blood', 'infect.sweats', 'infect.fever', 'infect.rash', 'infect.contact', 'harm.thoughts', 'harm.before']) await pick(page, q, '无');
  await pick(page, 'history.disease', '有');
  await page.getByRole('combobox', { name: /确认的疾病/ }).fill('高血压');
  await page.locator('[role=listbox] [role=option]').first().click();
  await pick(page, 'allergy', '有');
  await page.getByRole('button', { name: '添加过敏' }).click();
  await page.getByRole('textbox', { name: /药物或物质/ }).fill('青霉素');
  await page.getByRole('textbox', { name: /反应/ }).fill('皮疹');
  for (const q of ['exam.blood', 'exam.ecg']) await pick(page, q, '已做');
  await pick(page, 'exam.ultrasound', '已开单');
  await pick(page, 'exam.chest', '拒绝');
  await pick(page, 'harm.level', '低');
  await pick(page, 'withdrawal', '无');
  await pick(page, 'pregnancy', '不适用');
  await pick(page, 'injuries', '有');
  await page.getByLabel('本人陈述').fill('昨天摔倒，撞到门框');
  const front = page.locator('svg[data-side=front]');
  const box = await front.boundingBox();
  await front.click({ position: { x: box.width * 0.84, y: box.height * 0.31 } });
  await page.getByLabel('标记 1 大小').fill('3×2 cm，青紫');
  await page.getByLabel('按部位添加').selectOption('back/loins');
  await page.getByRole('button', { name: '添加标记' }).click();
  assert.equal(await page.locator('.body-side .spot').count(), 2);
  await page.getByLabel('检查所见').fill('左上臂外侧瘀斑');
  await pick(page, 'allegation', '否');
  await quiet(page, 'form');
  await page.setViewportSize({ width: 820, height: 1180 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await quiet(page, 'form-tablet-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  await quiet(page, 'form-phone');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: '交医生签名' }).click();
  await page.getByText('已交医生，等待签名').waitFor();
});

test('the doctor judges, is shown what is missing, signs; it is final, and the chart gets its records', async () => {
  const { page } = doctor;
  await page.goto('/intakes');
  await page.locator('.intake-row').filter({ hasText: '淳于鹭' }).getByText('Waits for the doctor').waitFor();
  await page.locator('.intake-row').filter({ hasText: '淳于鹭' }).click();
  await page.getByRole('button', { name: 'Review and sign' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('Conclusion').selectOption('fit-with-conditions');
  await dialog.getByLabel('Housing instruction').selectOption('lower-bunk');
  await dialog.getByLabel('Password').fill(site.by['clinic-doctor'].password);
  await quiet(page, 'sign-en');
  await dialog.getByRole('button', { name: 'Sign', exact: true }).click();
  await page.locator('[data-q=consistency]').getByText('Needed before the signature').waitFor();
  await pick(page, 'consistency', 'Consistent');
  await page.getByRole('button', { name: 'Review and sign' }).click();
  await dialog.getByLabel('Conclusion').selectOption('fit-with-conditions');
  await dialog.getByLabel('Housing instruction').selectOption('lower-bunk');
  await dialog.getByLabel('Password').fill(site.by['clinic-doctor'].password);
  await dialog.getByRole('button', { name: 'Sign', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('This is all that custody sees').waitFor();
  await page.getByRole('button', { name: 'Write into the chart' }).click();
  await page.getByText('4 written').waitFor();
  await page.getByRole('button', { name: 'Let the person read it' }).click();
  await page.getByText('The person can read it (').waitFor();
  await quiet(page, 'signed-en');
  await page.emulateMedia({ colorScheme: 'dark' });
  await quiet(page, 'signed-en-dark');
  await page.emulateMedia({ colorScheme: 'light' });
});

test('the nurse no longer reads the injuries, and custody reads how to house and no more', async () => {
  const { page } = nurse;
  await page.reload();
  await page.getByText('伤情记录限制查阅').waitFor();
  assert.equal(await page.getByText('昨天摔倒').count(), 0);
  const c = command.page;
  await c.getByRole('button', { name: '监室安排' }).click();
  const row = c.getByRole('row').filter({ hasText: '淳于鹭' });
  await row.getByText('下铺').waitFor();
  await row.getByText('有条件适合').waitFor();
  await c.getByRole('row').filter({ hasText: '澹台砚' }).getByText('筛查超时').waitFor();
  const words = await c.locator('main').innerText();
  for (const word of ['青霉素', '高血压', '瘀', '摔倒', '拒绝']) assert.ok(!words.includes(word), word);
  await quiet(c, 'housing');
  for (const path of ['/api/intakes', '/fhir/QuestionnaireResponse?_summary=count']) {
    const got = await call(c, 'GET', path);
    assert.ok(got.status === 404 || got.body.total === 0, `${path} ${got.status}`);
  }
});

test('the assessment is written and signed, and the yearly clock runs', async () => {
  const { page } = doctor;
  await page.getByRole('textbox', { name: 'Assessment', exact: true }).fill('血压需随访');
  await pick(page, 'chronic', 'Planned');
  await page.getByRole('textbox', { name: 'Plan', exact: true }).fill('每月量血压');
  await page.getByRole('button', { name: 'Sign the assessment' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('Password').fill(site.by['clinic-doctor'].password);
  await dialog.getByRole('button', { name: 'Sign', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Yearly review: by').waitFor();
  await quiet(page, 'assessed-en');
  await until('no page has complained', () => [nurse, doctor, command].every((p) => p.complaints.length === 0));
});
