/* What the registry sends and somebody decides: who a number is, what could not be taken, what was merged. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, clean, freePort, live, logIn, person, startBrowser, startSite, until } from './lib.mjs';
import { head, says } from './registry-lib.mjs';

let site, browser, nurse, port;

const sent = (event, number, control, { name = '淳于^鹭', birth = '19880102', national = '', prior = '' } = {}) => [
  ...head(event, control, '20261127081500+0800'), `PID|1||${number}^^^SITE^PI${national ? `~${national}^^^GA^NI` : ''}||${name}||${birth}|M`, ...(prior ? [`MRG|${prior}^^^SITE^PI`] : []), 'PV1|1|I|B^B03^^^^CELL'];
const say = (message) => says(port, message);

before(async () => {
  port = await freePort();
  site = await startSite({ registry: { mllp: `127.0.0.1:${port}` } });
  browser = await startBrowser();
  nurse = await person(browser, site);
  assert.equal(await say(sent('A01', '7101', 'c1', { national: '110101198801020011' })), 'AA');
  assert.equal(await say(sent('A01', '7102', 'c2')), 'AA');
  assert.equal(await say(sent('A01', '7103', 'c3', { name: '司徒^鹮', birth: '19900101', national: '110101198801020011' })), 'AA');
  assert.equal(await say(sent('A05', '7104', 'c4')), 'AR');
  await logIn(nurse.page, site.by.nurse);
});
after(async () => { await browser?.close(); await site?.stop(); });

const tab = (page, words) => page.getByRole('radio', { name: words }).or(page.getByRole('button', { name: words, exact: true })).first().click();

test('both sides stand beside each other, and a nurse says whether they are one person', async () => {
  const { page } = nurse;
  await live(page);
  await page.locator('nav.side').getByText('收押登记', { exact: true }).click();
  await page.locator('.reg-doubt').nth(1).waitFor();
  await clean(page, 'registry-doubts-zh');
  const first = page.locator('.reg-doubt').filter({ hasText: '姓名和出生日期相同' });
  await first.getByRole('button', { name: '是同一人', exact: true }).click();
  assert.deepEqual(await axe(page, 'registry-sure'), []);
  await page.locator('dialog[open]').getByRole('button', { name: '是同一人', exact: true }).click();
  await until('one is left', async () => await page.locator('.reg-doubt').count() === 1);
  assert.equal(await page.locator('.reg-doubt .differs').count() > 0, true);
  await page.locator('.reg-doubt').getByRole('button', { name: '不是同一人' }).click();
  await page.locator('dialog[open]').getByRole('button', { name: '不是同一人' }).click();
  await page.getByText('没有待核对的身份').waitFor();
});

test('a message that was not taken says why, is read, tried again and set aside', async () => {
  const { page } = nurse;
  await tab(page, '未接收消息');
  await page.getByText('不支持的事件').waitFor();
  await clean(page, 'registry-letters-zh');
  await page.getByRole('button', { name: /原文/ }).click();
  await page.locator('dialog[open]').getByText('ADT^A05').waitFor();
  assert.deepEqual(await axe(page, 'registry-original'), []);
  await page.locator('dialog[open]').getByRole('button', { name: '关闭' }).last().click();
  await page.getByRole('button', { name: '再试一次' }).click();
  await page.getByText('仍然不能接收').waitFor();
  await page.getByRole('button', { name: '放到一边', exact: true }).click();
  await page.getByText('没有这样的消息').waitFor();
  assert.equal(await say(sent('A06', '7105', 'c5')), 'AR');
  await page.getByText('不支持的事件').waitFor(); /* told, not asked for */
});

test('what the registry merged is taken apart and merged again', async () => {
  const { page } = nurse;
  assert.equal(await say(sent('A40', '7103', 'c6', { name: '司徒^鹮', birth: '19900101', prior: '7101' })), 'AA');
  await tab(page, '编号合并');
  await page.getByText('已合并').waitFor();
  await page.getByRole('button', { name: '拆开 7101 与 7103' }).click();
  await page.getByText('已拆开', { exact: true }).waitFor();
  await clean(page, 'registry-merges-zh');
  await page.getByRole('button', { name: '重新合并 7101 与 7103' }).click();
  await page.getByText('已合并', { exact: true }).waitFor();
  assert.deepEqual(nurse.complaints, []);
});

test('it reads in English and in the dark, and others do not have it', async () => {
  const doctor = await person(browser, site, { lang: 'en', theme: 'dark' });
  assert.equal(await say(sent('A01', '7106', 'c7', { name: '司徒^鹮', birth: '19900101' })), 'AA');
  await logIn(doctor.page, site.by['clinic-doctor']);
  await doctor.page.goto('/registry');
  await doctor.page.locator('.reg-doubt').waitFor();
  await clean(doctor.page, 'registry-doubts-en-dark');
  await tab(doctor.page, 'Not taken');
  await doctor.page.getByText('An event that is not taken').waitFor();
  await clean(doctor.page, 'registry-letters-en-dark');
  const guard = await person(browser, site, { width: 1024 });
  await logIn(guard.page, site.by.guard);
  assert.equal(await guard.page.getByText('收押登记').count(), 0);
});
