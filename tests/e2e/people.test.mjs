/* Hospitals and their specialists: invited by a one-time link, in on the phone with two factors, approved, licensed, suspended. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, freshCode, live, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser, admin, phone, link, secret;
before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  admin = await person(browser, site);
  phone = await person(browser, site, { width: 390, height: 844 });
  await logIn(admin.page, site.by['scheduling-admin']);
});
after(async () => { await browser?.close(); await site?.stop(); });

const nav = (page, words) => page.locator('nav.side').getByText(words, { exact: true }).click();
const nextYear = `${new Date().getFullYear() + 1}-12-31`;

test('a hospital is added, and a specialist of it is invited by a link that is shown once', async () => {
  const { page } = admin;
  await live(page);
  await nav(page, '医院');
  await page.locator('.lines li').nth(7).waitFor();
  assert.deepEqual(await axe(page, 'hospitals'), []);
  await page.getByRole('button', { name: '登记医院' }).click();
  await page.getByLabel('医院名称').fill('青石县人民医院');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.lines').getByText('青石县人民医院').waitFor();
  await page.getByRole('button', { name: '科室 青石县人民医院' }).click();
  const sorts = page.locator('dialog[open]');
  await sorts.getByLabel('眼科', { exact: true }).check();
  await sorts.getByLabel('神经外科', { exact: true }).check();
  assert.deepEqual(await axe(page, 'departments'), []);
  await shot(page, 'people-departments');
  await sorts.locator('button[type=submit]').click();
  await page.locator('.lines li').filter({ hasText: '青石县人民医院' }).getByText(/^(眼科、神经外科|神经外科、眼科)$/).waitFor();
  await nav(page, '专家名录');
  await page.getByRole('button', { name: '邀请专科医生' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('姓名').fill('何行舟');
  await dialog.getByLabel('医院').selectOption({ label: '青石县人民医院' });
  assert.deepEqual(await axe(page, 'invite'), []);
  await shot(page, 'people-invite');
  await dialog.getByRole('button', { name: '生成链接' }).click();
  link = await dialog.locator('.secret code').textContent();
  assert.match(link, /\/invite#[A-Za-z0-9_-]{32}$/);
  await shot(page, 'people-link');
  await dialog.getByRole('button', { name: '完成' }).click();
  await page.locator('#invited').waitFor();
});

test('the specialist comes in on the phone, in either language, with a password and an authenticator', async () => {
  const { page } = phone;
  await page.goto(link);
  await page.getByRole('heading', { name: '岚桥看守所邀请您参加远程会诊' }).waitFor();
  assert.equal(await sideways(page), 0);
  await clean(page, 'people-invited-phone-zh');
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: /invites you/ }).waitFor();
  await clean(page, 'people-invited-phone-en');
  assert.equal(await sideways(page), 0);
  await page.getByRole('button', { name: 'Next: the second factor' }).click();
  await page.getByText('Required').first().waitFor();
  await page.getByLabel('Licence number').fill('110440100123456');
  await page.getByLabel('Last day').fill(nextYear);
  await page.getByLabel('Choose a user name').fill('peiyan');
  await page.getByLabel('Choose a password').fill('Bridge-over-4-rivers');
  await page.getByLabel('The password again').fill('Bridge-over-4-rivers');
  await page.getByRole('button', { name: 'Next: the second factor' }).click();
  await page.locator('.field.bad').getByLabel('Choose a user name').waitFor(); // taken, and said beside the field
  await page.getByLabel('Choose a user name').fill('hexingzhou');
  await page.getByRole('button', { name: 'Next: the second factor' }).click();
  await page.locator('.qr img').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'what is used up leaves the address');
  assert.match(await page.locator('a[href^="otpauth://totp/"]').getAttribute('href'), /secret=/);
  await clean(page, 'people-enrol-phone');
  assert.equal(await sideways(page), 0);
  secret = (await page.locator('.secret code').textContent()).replace(/\s/g, '');
  await page.locator('input[name=code]').fill(await freshCode(secret));
  await page.locator('button[type=submit]').click();
  await page.locator('[data-codes]').waitFor();
  await page.getByRole('checkbox').check();
  await page.locator('.btn-primary').click();
  await page.getByText('waits for the scheduling admin').waitFor();
  await clean(page, 'people-pending-phone');
  assert.equal(await sideways(page), 0);
  assert.ok(!phone.asked.some((u) => u.includes(link.split('#')[1])), 'no request carries the secret');
});

test('a link that was used opens nothing more', async () => {
  const other = await person(browser, site, { width: 390, height: 844 });
  await other.page.goto(link);
  await other.page.getByRole('alert').waitFor();
  assert.match(await other.page.getByRole('alert').textContent(), /已用过/);
  assert.deepEqual(await axe(other.page, 'gone'), []);
  await other.close();
});

test('found by initials among those to approve, checked, approved; the phone says so by itself', async () => {
  const { page } = admin;
  await page.getByRole('button', { name: '待批准', exact: true }).click();
  await page.locator('[data-search]').fill('hxz');
  await page.locator('[data-row]').getByText('何行舟').waitFor();
  assert.deepEqual(await axe(page, 'directory'), []);
  await shot(page, 'people-directory-zh');
  await page.locator('[data-row] [data-open]').click();
  await page.getByRole('button', { name: '批准', exact: true }).waitFor();
  await clean(page, 'people-specialist');
  await page.getByRole('button', { name: '批准', exact: true }).click();
  await page.getByRole('button', { name: '暂停' }).waitFor();
  await phone.page.getByText('waits for the scheduling admin').waitFor({ state: 'detached' });
});

test('a licence that ends soon is told to both; one that is over lets nothing be booked', async () => {
  const { page } = admin;
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('有效期至').fill(soon);
  await page.getByRole('button', { name: '保存证书' }).click();
  await page.locator('.notice.warn').getByText('之后不能再约请').waitFor();
  await phone.page.goto('/');
  await phone.page.getByText('Your licence ends on').waitFor();
});

test('suspended: the phone is shut out at once, what is booked is shown and another takes the place', async () => {
  const { page } = admin;
  const role = new URL(page.url()).pathname.split('/')[2];
  const one = (await call(page, 'GET', `/api/specialists/${role}`)).body.specialist;
  const own = await call(phone.page, 'GET', `/api/agenda/hours/${role}`);
  const week = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', until: '18:00' }];
  assert.equal((await call(phone.page, 'PUT', `/api/agenda/hours/${role}`, { version: own.body.version, weekly: week })).status, 204);
  const ask = { patient: 'Patient/demo-p002', needs: [{ need: 'specialist:ophthalmology', reference: one.reference }, { need: 'clinic-doctor' }], minutes: 40, triage: 'soon', from: new Date().toISOString(), until: new Date(Date.now() + 15 * 86_400_000).toISOString() };
  const found = (await call(page, 'POST', '/api/agenda/find', ask)).body.proposals[0];
  const seats = found.seats.map(({ need, reference }) => ({ need, reference }));
  const made = await call(page, 'POST', '/api/bookings', { patient: ask.patient, triage: 'soon', start: found.start, minutes: 40, seats, ask: true });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await page.locator('#booked ~ ul li, section[aria-labelledby=booked] li').first().waitFor();
  await page.getByRole('button', { name: '暂停' }).click();
  await page.locator('dialog[open]').getByLabel('原因').selectOption('conduct');
  assert.deepEqual(await axe(page, 'suspend'), []);
  await page.locator('dialog[open] button[type=submit]').click();
  await page.getByRole('button', { name: '恢复' }).waitFor();
  await phone.page.locator('dialog.gate').waitFor();
  const swap = page.getByRole('button', { name: /^换人/ });
  await shot(page, 'people-suspended');
  await swap.click();
  await page.getByText('没有已约的会诊').waitFor();
  const now = (await call(page, 'GET', `/api/bookings/${made.body.booking.id}`)).body.booking;
  assert.ok(!now.seats.some((s) => s.reference === one.reference), 'another sits there');
  assert.equal(now.seats.find((s) => s.need === 'clinic-doctor').reference, seats.find((s) => s.need === 'clinic-doctor').reference, 'the others stay');
});

test('nothing was complained about', () => {
  assert.deepEqual(admin.complaints, []);
  assert.deepEqual(phone.complaints, []);
});
