/* The way to a hospital outside, through every screen that it passes: asked for in the chart, agreed to, approved and its packet signed by the doctor, arranged by the
   duty command, reported by the guard, back. Custody's screens say no word of what for. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, clean, live, logIn, out, person, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser, doctor, command, guard;
const why = '左眼视网膜脱离';
/* Tomorrow at two in the morning by the site's clock: nobody of the demo leads another then. */
const night = `${new Date(Date.now() + 32 * 3600_000).toISOString().slice(0, 10)}T02:00`;
before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  doctor = await person(browser, site);
  command = await person(browser, site, { lang: 'en', width: 1280, height: 800 });
  guard = await person(browser, site, { width: 1024, height: 768 });
  await logIn(doctor.page, site.by['clinic-doctor']);
  await logIn(command.page, site.by['duty-command']);
  await logIn(guard.page, site.by.guard);
});
after(async () => { await browser?.close(); await site?.stop(); });

test('the doctor asks for it in the chart', async () => {
  const { page } = doctor;
  await page.goto(`${site.url}/patients/demo-p030`);
  await page.getByRole('button', { name: '转院' }).click();
  await page.getByLabel('性质').selectOption('surgery');
  await page.getByRole('button', { name: '提出转院' }).click();
  await page.getByText('必填').first().waitFor();
  await page.getByLabel('医院').selectOption('demo-h1');
  await page.getByLabel('搬运方式').selectOption('wheelchair');
  await page.getByLabel('出发时间').fill(night);
  await page.getByLabel('转院原因').fill(why);
  await clean(page, 'transfer-form');
  await page.getByRole('button', { name: '提出转院' }).click();
  await page.getByText('待批准、待安排').waitFor();
  await clean(page, 'transfer-needed');
});

test('it is agreed to before a witness and approved', async () => {
  const { page } = doctor;
  assert.equal(await page.getByRole('button', { name: '批准转院' }).count(), 0, 'the patient is asked first');
  await page.getByRole('button', { name: '记录患者意见' }).click();
  await page.getByLabel('见证人').fill('陆白苏');
  await clean(page, 'transfer-consent');
  await page.getByRole('button', { name: '患者同意' }).click();
  await page.getByRole('button', { name: '批准转院' }).click();
  await page.getByText('已批准，待押解安排').waitFor();
});

test('what the hospital is told is read, signed with the password, and printed', async () => {
  const { page } = doctor;
  await page.goto(`${site.url}/today`);
  await page.locator('#transfers-today').or(page.locator('section', { hasText: '转院待办' })).first().waitFor();
  await clean(page, 'transfer-today');
  await page.locator('.tf-list a').first().click();
  await page.getByRole('button', { name: '核对并签名' }).click();
  await page.locator('.tf-packet').getByText(why).waitFor();
  await clean(page, 'transfer-packet');
  await page.getByLabel('密码').fill(site.by['clinic-doctor'].password);
  await page.getByRole('button', { name: '签名', exact: true }).click();
  await page.getByRole('button', { name: '打印' }).waitFor();
  const pdf = await page.evaluate(async () => {
    const got = await fetch(`/api${location.pathname}/packet.pdf`);
    return { status: got.status, bytes: [...new Uint8Array(await got.arrayBuffer())] };
  });
  assert.equal(pdf.status, 200);
  const file = join(out, 'transfer-packet.pdf');
  writeFileSync(file, Buffer.from(pdf.bytes));
  const words = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
  for (const said of [why, '转院病情摘要', '核对码', '过敏']) assert.ok(words.includes(said), said);
  await clean(page, 'transfer-approved');
});

test('the duty command arranges it and reads no word of what for', async () => {
  const { page } = command;
  await live(page);
  const line = page.locator('.esc-list button').filter({ hasText: '童延明' });
  await page.goto(`${site.url}/escorts`);
  await line.first().waitFor();
  for (let i = 0; i < await line.count(); i += 1) {
    await line.nth(i).click();
    if (await page.getByRole('button', { name: 'Arrange the escort' }).count() > 0) break;
  }
  await page.getByText('Escort to be arranged').waitFor();
  await clean(page, 'transfer-escort');
  await page.getByRole('button', { name: 'Arrange the escort' }).click();
  await page.getByRole('button', { name: 'Arrange', exact: true }).click();
  await page.getByText('Required').waitFor();
  await page.getByLabel('Leads').selectOption({ index: 1 });
  await page.getByLabel('Vehicle').selectOption('ambulance');
  await clean(page, 'transfer-arrange');
  await page.getByRole('button', { name: 'Arrange', exact: true }).click();
  await page.getByText('2 officers, ambulance').waitFor();
  const told = await page.content();
  for (const word of [why, '视网膜', 'surgery', 'Operation', '手术']) assert.ok(!told.includes(word), word);
  assert.equal((await page.evaluate(() => fetch('/api/transfers').then((r) => r.status))), 404);
});

test('the guard takes them there and back, and each step stands in the clinic', async () => {
  const { page } = guard;
  await page.goto(`${site.url}/escorts`);
  const line = page.locator('.esc-list button').filter({ hasText: '童延明' });
  await line.first().waitFor();
  for (let i = 0; i < await line.count(); i += 1) {
    await line.nth(i).click();
    if (await page.getByText('2 名押解人员，救护车').count() > 0) break;
  }
  await page.getByText('2 名押解人员，救护车').waitFor();
  await clean(page, 'transfer-guard');
  assert.equal(await sideways(page), 0);
  for (const [tap, state] of [['接受任务', '可以出发'], ['已接到人', '在途'], ['已送达', '在医院'], ['已送回', '已返回']]) {
    await page.getByRole('button', { name: tap }).click();
    await doctor.page.locator('.st').getByText(state, { exact: true }).waitFor();
  }
  await clean(doctor.page, 'transfer-returned');
  await doctor.page.goto(`${site.url}/transfers`);
  await doctor.page.getByText('没有在办的转院').first().waitFor();
});

test('the list and one of it are read in English, in the dark and on a phone', async () => {
  const nurse = await person(browser, site, { lang: 'en', theme: 'dark', width: 390, height: 844 });
  await logIn(nurse.page, site.by.nurse);
  const { page } = nurse;
  await page.goto(`${site.url}/patients/demo-p007`);
  await page.getByRole('button', { name: 'Transfer' }).click();
  await page.getByLabel('Kind').selectOption('emergency');
  await page.getByLabel('Hospital').selectOption('demo-h2');
  await page.getByLabel('How moved').selectOption('stretcher');
  await page.getByLabel('Reason').fill('Chest pain for an hour');
  await page.getByRole('button', { name: 'Ask for the transfer' }).click();
  await page.getByRole('button', { name: 'They have left' }).click();
  await page.locator('#main').getByText('On the way').waitFor();
  await clean(page, 'transfer-phone');
  assert.equal(await sideways(page), 0);
  await page.goto(`${site.url}/transfers`);
  await page.locator('tbody tr').first().waitFor();
  await clean(page, 'transfer-phone-list');
  assert.equal(await sideways(page), 0);
});

test('somebody leaves: the summary is read, signed, handed over before a witness and sent on', async () => {
  const { page } = doctor;
  const made = await call(page, 'PUT', '/fhir/Task/release-e2e', {
    resourceType: 'Task', id: 'release-e2e', status: 'requested', intent: 'order', code: { coding: [{ system: 'urn:yunqiao:task', code: 'release-summary' }] }, for: { reference: 'Patient/demo-p001' },
    businessStatus: { coding: [{ system: 'urn:yunqiao:release-summary', code: 'drafted' }] }, authoredOn: new Date().toISOString(),
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await page.goto(`${site.url}/today`);
  await page.locator('section', { hasText: '出所小结' }).locator('.tf-list a').first().click();
  await page.locator('.tf-packet').getByText('尚未回报的检查').waitFor();
  await clean(page, 'leaving-drafted');
  await page.getByRole('button', { name: '签署小结' }).click();
  await page.getByLabel('密码').fill(site.by['clinic-doctor'].password);
  await page.getByRole('button', { name: '签名', exact: true }).click();
  await page.getByText('已签名，待交付').first().waitFor();
  await page.getByLabel('见证人').fill('陆白苏');
  await page.getByRole('button', { name: '已交本人' }).click();
  await page.getByLabel('接续的医疗机构').fill('岚桥社区卫生服务中心');
  await clean(page, 'leaving-handed');
  await page.getByRole('button', { name: '本人同意，已转送' }).click();
  await page.locator('main').getByText('已完成').first().waitFor();
  await clean(page, 'leaving-closed');
  assert.equal(await sideways(page), 0);
});
