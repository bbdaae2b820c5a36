/* The privacy officer's screens and the own record at the terminal: the trail by patient and its chain, a break-glass reviewed with what was opened
   and its reason told, an export asked for, granted and fetched, and the person concerned reading who opened the file. Both languages. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { axe, call, freshCode, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser, officer, doctor, nurse, security, anna, canary;
const code = (role) => freshCode(site.by[role].totp_secret);
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  [officer, doctor, nurse, security] = await Promise.all([1, 2, 3, 4].map(() => person(browser, site)));
  for (const [who, role] of [[officer, 'privacy-officer'], [doctor, 'clinic-doctor'], [nurse, 'nurse'], [security, 'security-admin']]) await logIn(who.page, site.by[role]);
  canary = '青霉素过敏的说明';
  const make = async (body) => {
    const r = await call(doctor.page, 'POST', `/fhir/${body.resourceType}`, body);
    assert.equal(r.status, 201, JSON.stringify(r.body));
    return r.body;
  };
  const released = { security: [{ system: 'https://yunqiao.invalid/fhir/label', code: 'released' }] };
  anna = await make({ resourceType: 'Patient', name: [{ family: '安', given: ['娜'] }], identifier: [{ system: 'urn:yunqiao:test:detainee-number', value: '20260417' }] });
  const subject = { reference: `Patient/${anna.id}` };
  await make({ resourceType: 'Observation', status: 'final', code: { text: '血压' }, subject, effectiveDateTime: '2026-11-20', component: [{ code: { text: 's' }, valueQuantity: { value: 128, unit: 'mmHg' } }, { code: { text: 'd' }, valueQuantity: { value: 82, unit: 'mmHg' } }], meta: released });
  await make({ resourceType: 'Condition', code: { text: canary }, subject, recordedDate: '2026-11-21', meta: released });
  await make({ resourceType: 'Condition', code: { text: '尚未放行的诊断' }, subject });
  const accounts = await call(security.page, 'GET', '/api/accounts?role=detainee');
  const bound = await call(security.page, 'POST', `/api/accounts/${accounts.body.accounts[0].id}/person`, { reference: `Patient/${anna.id}` });
  assert.equal(bound.status, 204);
  const broken = await call(nurse.page, 'POST', '/api/glass', { patient: anna.id, reason: '抽搐，不知服用何药', code: await code('nurse') });
  assert.equal(broken.status, 201, JSON.stringify(broken.body));
  assert.equal((await call(nurse.page, 'GET', `/fhir/Patient/${anna.id}`)).status, 200);
});
after(async () => { await browser?.close(); await site?.stop(); });

async function clean(page, name) {
  const wrong = [];
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme });
    wrong.push(...await axe(page, `${name} ${theme}`));
    await shot(page, `${name}-${theme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(wrong, []);
  assert.equal(await sideways(page), 0, name);
}

test('the trail is searched by patient, one row is opened, and the chain is verified', async () => {
  const { page } = officer;
  await page.goto('/audit');
  await page.getByText('还没有核验过').waitFor();
  await page.getByLabel('患者病历号').fill(anna.id);
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: '登录' }).first().waitFor({ state: 'detached' }); // only what was about her
  await page.getByRole('row').filter({ hasText: '紧急调阅' }).waitFor();
  await page.getByRole('button', { name: '核验整条链' }).click();
  await page.getByText(/核验通过：/).waitFor();
  await page.getByText(/\d核验通过$/).waitFor();
  await clean(page, 'privacy-audit');
  await page.getByRole('row').filter({ hasText: '紧急调阅' }).locator('button').first().click();
  await page.getByRole('dialog').getByText(`Patient/${anna.id}`).waitFor();
  await clean(page, 'privacy-audit-row');
});

test('a break-glass is reviewed with what was opened under it, and its reason is told', async () => {
  const { page } = officer;
  await page.goto('/glass');
  await page.getByRole('button', { name: '有正当理由', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('查看病历').waitFor();
  await dialog.getByText(`Patient/${anna.id}`).first().waitFor();
  assert.equal(await dialog.getByLabel('告诉本人调阅理由').isChecked(), true);
  await dialog.locator('textarea').fill('已核对，情况属实');
  await clean(page, 'privacy-glass');
  await page.getByRole('button', { name: '记录结论' }).click();
  await page.getByText('没有待复核的紧急调阅').waitFor();
});

test('an export is asked for by the doctor, granted by the officer, and fetched once', async () => {
  const { page } = doctor;
  await page.goto('/exports');
  await page.getByText('没有导出').waitFor();
  await page.getByRole('button', { name: '申请导出' }).click();
  const ask = page.getByRole('dialog');
  await ask.getByLabel('编号').fill('no such');
  await ask.getByLabel('接收方').fill('市人民检察院 王检察官');
  await ask.getByLabel('理由').fill('调取证据通知书2026第12号');
  await ask.getByLabel('格式').selectOption('zip');
  await ask.getByLabel('6位动态码').fill(await code('clinic-doctor'));
  await ask.getByRole('button', { name: '提交申请' }).click();
  await ask.getByText('没有这个编号').waitFor();
  await ask.getByLabel('编号').fill('20260417');
  await clean(page, 'privacy-export-ask');
  await ask.getByRole('button', { name: '提交申请' }).click();
  await page.getByRole('row').filter({ hasText: '待批准' }).waitFor();

  await officer.page.goto('/exports');
  await officer.page.getByText('顾清和：申请1次').waitFor();
  await officer.page.getByRole('button', { name: '批准', exact: true }).click();
  const decide = officer.page.getByRole('dialog');
  await decide.getByText('调取证据通知书2026第12号').waitFor();
  await decide.getByLabel('6位动态码').fill(await code('privacy-officer'));
  await clean(officer.page, 'privacy-export-decide');
  await decide.getByRole('button', { name: '批准', exact: true }).click();
  await officer.page.getByText('已批准，待取').waitFor();
  await clean(officer.page, 'privacy-exports');
  assert.ok(!(await officer.page.content()).includes(canary), 'no clinical word before the officer');

  await page.getByRole('button', { name: '取文件' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('button', { name: '取文件' }).click()]);
  assert.match(file.suggestedFilename(), /^yunqiao-export-\d+\.zip$/);
  assert.equal(readFileSync(await file.path()).subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  await page.getByText(/\d取走$/).waitFor();
  assert.equal(await page.getByRole('button', { name: '取文件' }).count(), 0, 'once');
  await officer.page.getByText(/取走1次/).waitFor();
});

test('many records are asked for, granted, begun, and their marked files taken and given up', async () => {
  const { page } = doctor;
  await page.getByRole('button', { name: '申请导出' }).click();
  const ask = page.getByRole('dialog');
  await ask.getByLabel('内容').selectOption('bulk');
  await ask.getByLabel('资料类型').fill('Patient，Observation');
  await ask.getByLabel('接收方').fill('档案馆 林馆员');
  await ask.getByLabel('理由').fill('年度归档');
  await ask.getByLabel('6位动态码').fill(await code('clinic-doctor'));
  await clean(page, 'privacy-bulk-ask');
  await ask.getByRole('button', { name: '提交申请' }).click();
  await officer.page.getByRole('button', { name: '批准', exact: true }).click();
  const decide = officer.page.getByRole('dialog');
  await decide.getByText('所有患者的资料').waitFor();
  await decide.getByLabel('6位动态码').fill(await code('privacy-officer'));
  await decide.getByRole('button', { name: '批准', exact: true }).click();
  await page.getByRole('button', { name: '开始' }).click();
  await clean(page, 'privacy-bulk-begin');
  await page.getByRole('dialog').getByRole('button', { name: '开始' }).click();
  await page.getByRole('button', { name: '文件', exact: true }).click();
  const files = page.getByRole('dialog');
  const [file] = await Promise.all([page.waitForEvent('download'), files.getByRole('link', { name: '保存 Patient' }).click()]);
  assert.match(file.suggestedFilename(), /^yunqiao-export-\d+-\d+-Patient\.ndjson$/);
  const first = JSON.parse(readFileSync(await file.path(), 'utf8').split('\n')[0]);
  assert.ok(first.resourceType === 'Patient' && first.meta.tag.some((t) => t.display.includes('档案馆 林馆员') && t.display.includes('顾清和')));
  await clean(page, 'privacy-bulk-files');
  await files.getByRole('button', { name: '不再需要，删除文件' }).click();
  await files.getByRole('button', { name: '再按一次，删除文件' }).click();
  await page.getByText('文件已删除').waitFor();
  await page.getByRole('button', { name: '文件', exact: true }).waitFor({ state: 'detached' });
});

const results = [];
test('a result is held back from the patient by the doctor, with a reason that stands beside it, and given later', async () => {
  const { page } = doctor;
  const result = (text, issued) => ({ resourceType: 'Observation', status: 'final', category: [{ coding: [{ code: 'laboratory' }] }], code: { text }, subject: { reference: `Patient/${anna.id}` }, issued, valueQuantity: { value: 6.1, unit: 'mmol/L' } });
  for (const text of ['空腹血糖', '肿瘤标志物']) {
    const made = await call(page, 'POST', '/fhir/Observation', result(text, new Date().toISOString()));
    assert.equal(made.status, 201);
    results.push(made.body.id);
  }
  await page.goto(`/patients/${anna.id}/labs`);
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  await row('空腹血糖').getByText('自动公开').waitFor();
  await row('肿瘤标志物').getByRole('button', { name: '暂不公开：肿瘤标志物' }).click();
  await page.getByRole('dialog').locator('textarea').fill('先当面谈');
  await clean(page, 'privacy-hold-ask');
  await page.getByRole('dialog').getByRole('button', { name: '暂不公开' }).click();
  await row('肿瘤标志物').getByText('顾清和：先当面谈').waitFor();
  await clean(page, 'privacy-hold');
  await page.setViewportSize({ width: 390, height: 844 });
  assert.ok((await sideways(page)) <= 0);
  await shot(page, 'privacy-hold-phone');
  await page.setViewportSize({ width: 1440, height: 900 });
  await row('肿瘤标志物').getByRole('button', { name: '现在公开：肿瘤标志物' }).click();
  await row('肿瘤标志物').getByText('由顾清和公开').waitFor();
});

for (const [lang, words] of [['zh', { record: '我的病历', news: '您的病历有新内容', bp: '血压', opened: '谁看过', nurse: '陆白苏，护士', glass: '理由：抽搐，不知服用何药', withheld: '医生还没有放行的内容不在这里', you: '您自己', out: '办理导出', back: '返回', copy: '要一份纸质副本', asked: '您要的纸质副本，卫生所会打印好交给您。' }],
  ['en', { record: 'My record', news: 'Your record has something new', bp: '血压', opened: 'Who opened it', nurse: '陆白苏, Nurse', glass: 'Reason: 抽搐，不知服用何药', withheld: 'What the doctor has not released yet is not here', you: 'You', out: 'dealt with an export', back: 'Back', copy: 'Ask for a paper copy', asked: 'The clinic will print your paper copy and hand it to you.' }]]) {
  test(`the person reads the own record and who opened it (${lang})`, async () => {
    const me = await person(browser, site, { lang, width: 1080, height: 1920 });
    const { page } = me;
    if (lang === 'en') assert.equal((await call(doctor.page, 'POST', `/api/releases/Observation/${results[0]}`, {})).status, 204);
    await doctor.page.goto('/');
    await doctor.page.locator('#signin').waitFor();
    await logIn(page, site.by.detainee);
    await page.getByRole('link', { name: words.news }).waitFor(); // released since the person last looked
    await clean(page, `kiosk-news-${lang}`);
    await page.getByRole('link', { name: words.record }).click();
    await page.getByRole('heading', { name: words.bp }).waitFor();
    await page.getByText('128 mmHg / 82 mmHg').waitFor();
    await page.getByText(words.withheld).waitFor();
    assert.equal(await page.getByText('尚未放行的诊断').count(), 0);
    await page.getByRole('button', { name: words.copy }).click();
    await page.getByText(words.asked).waitFor();
    await clean(page, `own-record-${lang}`);
    await doctor.page.locator('section[aria-labelledby=copies]').getByRole('link').first().waitFor(); // told over the line: the page was open before
    await clean(doctor.page, `home-copies-${lang}`);
    await doctor.page.locator('section[aria-labelledby=copies]').getByRole('link').first().click();
    await doctor.page.waitForURL((u) => u.pathname.startsWith(`/patients/${anna.id}`));
    const printed = doctor.page.waitForResponse((r) => r.url().endsWith('/copy.pdf'));
    await doctor.page.getByRole('button', { name: '打印副本' }).click();
    assert.equal((await printed).status(), 200);
    await clean(doctor.page, `copy-asked-${lang}`);
    await doctor.page.getByRole('button', { name: '已交给本人' }).click();
    await doctor.page.locator('[data-copy]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: words.opened }).click();
    await page.getByRole('heading', { name: words.nurse }).first().waitFor(); // once more for each look at who waits for a copy
    await page.getByText(words.glass).first().waitFor();
    await page.getByRole('heading', { name: words.you, exact: true }).first().waitFor();
    await page.getByText(words.out).first().waitFor();
    await clean(page, `own-opened-${lang}`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await clean(page, `own-opened-wide-${lang}`);
    await page.getByRole('link', { name: words.back }).click();
    await page.waitForURL((u) => u.pathname === '/me');
    assert.deepEqual(me.complaints, []);
    await me.close();
  });
}
