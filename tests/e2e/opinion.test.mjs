/* One opinion by two specialists in their own browsers: written together, signed; another one dissented from; on paper and verified away from
   the site; its advice ordered past an allergy; and what the detainee reads of it at the terminal. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, bin, call, live, logIn, logInAgain, out, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { paperOf, prove } from './visit-lib.mjs';

const DAY = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
let site, browser, security, doctor, wen, pei, patient, visit, second;
const account = (name) => site.accounts.find((a) => a.name === name);
const make = async (body) => {
  const r = await call(doctor.page, 'POST', `/fhir/${body.resourceType}`, body);
  assert.equal(r.status, 201, JSON.stringify(r.body).slice(0, 400));
  return r.body;
};
const ref = (r) => ({ reference: `${r.resourceType}/${r.id}` });

async function consultation(reason) {
  const made = await make({ resourceType: 'Encounter', status: 'in-progress', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' }, subject: ref(patient), reasonCode: [{ text: reason }], period: { start: new Date().toISOString() } });
  for (const who of [wen.account, pei.account]) {
    const r = await call(doctor.page, 'POST', '/api/grants', { account: who.id, encounter: made.id, starts: new Date().toISOString(), attached: [] });
    assert.equal(r.status, 201, JSON.stringify(r.body));
  }
  return made.id;
}

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  security = await person(browser, site);
  [doctor, wen, pei] = await Promise.all([person(browser, site), person(browser, site), person(browser, site, { lang: 'en' })]);
  await Promise.all([logIn(security.page, site.by['security-admin']), logIn(doctor.page, account('guqinghe')), logIn(wen.page, account('wenzhiyuan')), logIn(pei.page, account('peiyan'))]);
  patient = await make({ resourceType: 'Patient', name: [{ text: '卓远山' }], gender: 'male', birthDate: '1985-03-12', identifier: [{ system: 'urn:yunqiao:detainee-number', value: '3120417' }] });
  await make({ resourceType: 'AllergyIntolerance', code: { coding: [{ system: 'urn:yunqiao:substance', code: 'nsaid' }], text: '布洛芬' }, patient: ref(patient) });
  const ids = (await call(security.page, 'GET', '/api/accounts')).body.accounts;
  for (const [who, name, hospital] of [[wen, 'wenzhiyuan', '市第一人民医院'], [pei, 'peiyan', '医科大学附属医院']]) {
    who.account = ids.find((a) => a.name === name);
    const org = await make({ resourceType: 'Organization', name: hospital });
    const p = await make({ resourceType: 'Practitioner', name: [{ text: who.account.display }] });
    await make({ resourceType: 'PractitionerRole', practitioner: ref(p), organization: ref(org) });
    assert.equal((await call(security.page, 'POST', `/api/accounts/${who.account.id}/person`, { reference: ref(p).reference })).status, 204);
  }
  const own = ids.find((a) => a.name === site.by.detainee.name);
  assert.equal((await call(security.page, 'POST', `/api/accounts/${own.id}/person`, { reference: ref(patient).reference })).status, 204);
  visit = await consultation('右眼肿胀');
  second = await consultation('头痛');
});
after(async () => { await browser?.close(); await site?.stop(); });

const quiet = async (page, name) => {
  assert.deepEqual(await axe(page, name), []);
  await page.screenshot({ path: join(out, `opinion-${name}.png`), fullPage: true });
};
const saved = (page, part) => page.locator(`[data-part="${part}"][data-draft=saved]`).waitFor();

test('two write one text, each sees the other writing, and a clash loses neither', async () => {
  await Promise.all([wen.page.goto(`/opinions/${visit}`), pei.page.goto(`/opinions/${visit}`)]);
  await Promise.all([live(wen.page), live(pei.page)]);
  await wen.page.getByLabel('所见').fill('右眼睑肿胀，结膜充血，眼压 38 mmHg。');
  await saved(wen.page, 'findings');
  await until('the other reads it', async () => (await pei.page.getByLabel('Findings').inputValue()).includes('38 mmHg'));
  await pei.page.getByText('is writing').first().waitFor();
  await wen.page.getByLabel('添加诊断').fill('qingguangyan');
  await wen.page.locator('[role=option]').first().click();
  await wen.page.locator('.picked .chip').first().waitFor();
  await wen.page.getByLabel('评估与诊断').fill('考虑急性闭角型青光眼。');
  await saved(wen.page, 'assessment');
  /* both change one part, out of each other's sight: the second of them is shown both */
  await pei.context.setOffline(true);
  await pei.page.getByLabel('Findings').fill('No neurological deficit.');
  await wen.page.getByLabel('所见').fill('右眼睑肿胀，结膜充血，眼压 38 mmHg，角膜水肿。');
  const stands = async (words) => (await call(doctor.page, 'GET', `/api/visits/${visit}/opinion`)).body.parts.findings.value.text.includes(words);
  await until('the first of them is saved', () => stands('角膜水肿'));
  await pei.context.setOffline(false);
  await pei.page.getByText('has just changed this part too').waitFor({ timeout: 20_000 });
  await shot(pei.page, 'opinion-clash-en');
  await pei.page.reload();
  await pei.page.getByText('has just changed this part too').waitFor();
  await pei.page.getByRole('button', { name: 'Put both together' }).click();
  await until('both texts stand', async () => { const v = await wen.page.getByLabel('所见').inputValue(); return v.includes('角膜水肿') && v.includes('No neurological deficit'); });
  await wen.page.getByLabel('随访', { exact: true }).fill('视力下降随时复诊。');
  for (const [kind, words] of [['medication', '布洛芬 0.2 g 每日三次'], ['examination', '眼眶 CT 平扫'], ['follow-up', '五日后复查眼压']]) {
    await wen.page.getByRole('button', { name: '添加建议' }).click();
    await wen.page.locator('.op-item').last().locator('select').selectOption(kind);
    await wen.page.locator('.op-item').last().locator('textarea').fill(words);
  }
  await saved(wen.page, 'advice');
  await quiet(wen.page, 'draft-zh');
  await quiet(pei.page, 'draft-en');
  await wen.page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(wen.page), 0);
  await quiet(wen.page, 'draft-phone');
  await wen.page.setViewportSize({ width: 1440, height: 900 });
});

test('what is typed outlives the end of the session', async () => {
  const words = wen.page.getByLabel('随访', { exact: true });
  await words.fill('视力下降随时复诊，夜间加重也来。'); // before the dialog takes the focus; it is saved 0.8 s later
  assert.equal((await call(security.page, 'POST', `/api/accounts/${wen.account.id}/logout`, { reason: '测试强制退出' })).status, 200);
  await wen.page.locator('dialog.gate').waitFor({ timeout: 20_000 });
  await logInAgain(wen.page, account('wenzhiyuan'));
  await until('it is saved', async () => (await call(pei.page, 'GET', `/api/visits/${visit}/opinion`)).body.parts['follow-up'].value.text.includes('夜间加重'), 20_000);
});

const sign = (page, who, name) => prove(page, name, account(who));

test('both sign, the clinic receives it, and the paper verifies away from the site', async () => {
  await sign(wen.page, 'wenzhiyuan', '签名');
  await wen.page.locator('.opinion[data-state=signing]').waitFor();
  await pei.page.locator('.opinion[data-state=signing]').waitFor();
  await sign(pei.page, 'peiyan', 'Sign');
  await pei.page.locator('.opinion[data-state=final]').waitFor();
  await quiet(pei.page, 'signed-en');
  await doctor.page.goto(`/opinions/${visit}`);
  await sign(doctor.page, 'guqinghe', '签收');
  await doctor.page.getByText('顾清和').first().waitFor();
  await quiet(doctor.page, 'doctor-zh');
  for (const [lang, tag] of [['zh', 'zh-CN'], ['en', 'en']]) {
    const pdf = join(out, `opinion-${lang}.pdf`);
    const { text } = await paperOf(doctor.page, visit, pdf, tag);
    for (const word of ['卓远山', '角膜水肿', '布洛芬', '温知远', '裴砚', '市第一人民医院']) assert.ok(text.includes(word), `${word}\n${text}`);
    execFileSync('pdftoppm', ['-r', '70', '-png', pdf, join(out, `opinion-paper-${lang}`)]);
    const said = execFileSync(join(bin, 'yunqiao'), ['verify', pdf, '--lang', lang], { encoding: 'utf8' });
    assert.ok(said.includes(lang === 'zh' ? '全部相符' : 'Everything holds'), said);
  }
});

test('a second specialist dissents, and it stands on the opinion', async () => {
  await wen.page.goto(`/opinions/${second}`);
  await wen.page.getByLabel('所见').fill('头颅无外伤。');
  await saved(wen.page, 'findings');
  await sign(wen.page, 'wenzhiyuan', '签名');
  await pei.page.goto(`/opinions/${second}`);
  await pei.page.getByRole('button', { name: 'Dissent', exact: true }).click();
  const dialog = pei.page.locator('dialog[open]');
  await dialog.getByLabel('Reason').fill('A CT is needed before anything is said.');
  await dialog.locator('input[name=password]').fill(account('peiyan').password);
  await dialog.getByRole('button', { name: 'Dissent', exact: true }).click();
  await pei.page.locator('.opinion[data-state=final]').waitFor();
  await pei.page.getByText('A CT is needed before anything is said.').waitFor();
  await quiet(pei.page, 'dissent-en');
});

test('advice becomes orders past an allergy, the patient is told, and reads it at the terminal', async () => {
  const { page } = doctor;
  await page.goto(`/opinions/${visit}`);
  const line = (n) => page.locator('.op-advice').nth(n);
  await line(0).getByRole('button', { name: '开医嘱' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel(/药品/).fill('布洛芬');
  await dialog.locator('[role=option]').first().click();
  await dialog.getByText('布洛芬').first().waitFor();
  await dialog.locator('.notice.bad').first().waitFor();
  await dialog.getByLabel(/一次用量|每次用量|剂量/).fill('0.2');
  await dialog.getByRole('button', { name: '开立' }).last().click();
  assert.equal(await dialog.count(), 1, 'an alert wants a reason');
  await shot(page, 'opinion-allergy-zh');
  await dialog.getByLabel(/理由/).fill('短程，观察过敏反应');
  await dialog.getByRole('button', { name: '开立' }).last().click();
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.op-advice[data-state=ordered]').first().waitFor();
  await line(1).getByRole('button', { name: '不采纳' }).click();
  await page.locator('dialog[open] textarea').fill('昨日已做 CT');
  await page.locator('dialog[open]').getByRole('button', { name: '不采纳' }).click();
  await page.locator('.op-advice[data-state=declined]').waitFor();
  await line(2).getByRole('button', { name: '安排复诊' }).click();
  await page.locator('dialog[open] input[name=due]').fill(DAY);
  await page.locator('dialog[open] input[name=due]').blur();
  await page.locator('dialog[open]').getByRole('button', { name: '开医嘱' }).click();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  const due = (await call(page, 'GET', '/api/follow-ups')).body.rows;
  assert.deepEqual(due.map((r) => [r.due, r.words]), [[DAY, '五日后复查眼压']]);
  await page.getByLabel('说给患者的话').fill('您的右眼眼压太高。我们已经用药，五天后再看。');
  await page.getByRole('button', { name: '告知', exact: true }).click();
  await page.getByText('意见全文也已公开').waitFor();
  await quiet(page, 'after-zh');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(page), 0);
  await page.setViewportSize({ width: 1440, height: 900 });

  const kiosk = await person(browser, site, { width: 1080, height: 1920 });
  await logIn(kiosk.page, site.by.detainee);
  await kiosk.page.goto('/me/record');
  await kiosk.page.getByText('您的右眼眼压太高').waitFor();
  await kiosk.page.getByText('角膜水肿').first().waitFor();
  await quiet(kiosk.page, 'kiosk');
  await kiosk.close();
  for (const p of [doctor, wen, pei]) assert.deepEqual(p.complaints, []);
});
