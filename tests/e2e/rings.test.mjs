/* A specialist at once: the clinic rings and sees who is being rung; the phone rings, answers, and both stand in one room. And where one is told. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser, doctor, specialist, admin;
before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  browser = await startBrowser();
  doctor = await person(browser, site);
  specialist = await person(browser, site, { lang: 'en', width: 390, height: 844 });
  await logIn(doctor.page, site.accounts.find((a) => a.name === 'guqinghe'));
  await logIn(specialist.page, site.accounts.find((a) => a.name === 'wenzhiyuan'));
});
after(async () => { await browser?.close(); await site?.stop(); });

const nav = (page, words) => page.locator('nav.side').getByText(words, { exact: true }).click();

test('the doctor rings, sees who is rung, and notes what is said on the telephone', async () => {
  const { page } = doctor;
  await live(page);
  await live(specialist.page);
  await nav(page, '紧急呼叫');
  await page.getByText('没有进行中的呼叫').waitFor();
  await page.getByLabel('姓名、拼音或编号').fill('卓远山');
  await page.locator('select').first().locator('option', { hasText: '卓远山' }).waitFor({ state: 'attached' });
  await page.getByLabel('患者', { exact: true }).selectOption({ index: 1 });
  await page.getByLabel('专科').selectOption('specialist:ophthalmology');
  await page.getByRole('button', { name: '开始呼叫' }).click();
  await page.getByRole('button', { name: '停止呼叫' }).waitFor();
  await page.getByText('正在呼叫').first().waitFor();
  assert.deepEqual(await axe(page, 'rings'), []);
  await shot(page, 'rings-doctor');
  /* others are rung before the one with a phone in hand: they decline by telephone */
  const bell = specialist.page.getByRole('button', { name: 'Answer and enter' });
  for (let i = 0; i < 20 && !(await bell.isVisible()); i += 1) {
    const ring = (await call(page, 'GET', '/api/rings')).body.rings[0];
    const now = ring.people.find((p) => p.state === 'ringing');
    if (now.reference === 'Practitioner/demo-wenzhiyuan') break;
    await page.getByRole('button', { name: `${now.name}在电话中谢绝` }).click();
    await page.getByRole('button', { name: `${now.name}在电话中谢绝` }).waitFor({ state: 'detached' });
  }
  await bell.waitFor();
});

test('the phone rings on whatever page, fits it, and a yes opens the room for both', async () => {
  const { page } = specialist;
  await clean(page, 'rings-phone');
  assert.equal(await sideways(page), 0);
  await page.getByRole('button', { name: 'Answer and enter' }).click();
  await page.waitForURL((u) => u.pathname.startsWith('/rooms/'));
  const room = new URL(page.url()).pathname;
  const link = doctor.page.getByRole('link', { name: '进入会诊室' }).first();
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), room);
  await doctor.page.getByText('已接听').first().waitFor();
  await shot(doctor.page, 'rings-answered');
});

test('where one is told is one’s own to say, and what is not delivered is seen', async () => {
  const { page } = specialist;
  await page.goto('/account');
  await page.getByLabel('E-mail').fill('not an address');
  const section = page.locator('section', { has: page.getByRole('heading', { name: 'Where reminders go' }) });
  await section.getByRole('button', { name: 'Save' }).click();
  await section.getByText('Check how it is written').waitFor();
  await page.getByLabel('E-mail').fill('wen@hospital.example');
  await page.getByLabel('Mobile number').fill('+86 138 0000 0001');
  await section.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).waitFor();
  await clean(page, 'reach-phone');
  assert.equal(await sideways(page), 0);
  admin = await person(browser, site);
  await logIn(admin.page, site.by['scheduling-admin']);
  await nav(admin.page, '外发消息');
  await admin.page.getByText('没有这样的消息').waitFor();
  assert.deepEqual(await axe(admin.page, 'posts'), []);
  await shot(admin.page, 'posts');
  for (const who of [doctor, specialist, admin]) assert.deepEqual(who.complaints, []);
});
