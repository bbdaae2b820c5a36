/* Scheduling as those who do it see it: the joint search, the board, and the specialist on the phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, admin, specialist;
before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  browser = await startBrowser();
  admin = await person(browser, site);
  specialist = await person(browser, site, { lang: 'en', width: 390, height: 844 });
  await logIn(admin.page, site.by['scheduling-admin']);
  await logIn(specialist.page, site.accounts.find((a) => a.name === 'wenzhiyuan'));
});
after(async () => { await browser?.close(); await site?.stop(); });

const complaints = (who) => assert.deepEqual(who.complaints, []);
const nav = (page, words) => page.locator('nav.side').getByText(words, { exact: true }).click();
const day = 86_400_000;
let booked;

test('an admin finds and books a joint consultation of two specialties in under eight actions', async () => {
  const { page } = admin;
  let actions = 0;
  const act = async (doing) => { actions += 1; await doing; };
  await live(page);
  await act(nav(page, '候诊名单'));
  await page.locator('.waits').getByText('卓远山').waitFor();
  await act(page.locator('.waits [data-open]').first().click());
  await page.locator('.cand').first().waitFor();
  await page.locator('.bar.pick').first().waitFor();
  assert.ok(await page.locator('.bar.pick').count() >= 4, 'each of them is shown in the day');
  assert.deepEqual(await axe(page, 'joint'), []);
  await shot(page, 'schedule-joint');
  const asked = page.waitForResponse((r) => r.url().endsWith('/api/bookings') && r.request().method() === 'POST');
  await act(page.getByRole('button', { name: '占位并逐一询问' }).click());
  const answer = await asked;
  assert.equal(answer.status(), 201, await answer.text());
  booked = (await answer.json()).booking;
  await page.waitForURL((u) => u.pathname === '/board');
  assert.ok(actions < 8, `${actions} actions`);
  const specialties = booked.seats.filter((s) => s.need.startsWith('specialist')).map((s) => s.need).sort();
  assert.deepEqual(specialties, ['specialist:neurosurgery', 'specialist:ophthalmology']);
});

test('what stands in the way is said, with the least change that helps', async () => {
  const { page } = admin;
  await nav(page, '联合会诊');
  await page.getByLabel('加专科').selectOption('specialist:ophthalmology');
  await page.getByLabel('加专科').selectOption('specialist:neurosurgery');
  await page.getByLabel('加专科').selectOption('specialist:geriatrics');
  await page.getByLabel('加专科').selectOption('specialist:tuberculosis');
  await page.getByLabel('期限', { exact: true }).selectOption('1');
  await page.getByRole('button', { name: '查找时段' }).click();
  const found = await page.locator('.cand, .blocked').first().waitFor().then(() => page.locator('.cand').count());
  if (found === 0) {
    await page.getByText('没有大家都有空的时段').waitFor();
    await shot(page, 'schedule-blocked');
    assert.deepEqual(await axe(page, 'blocked'), []);
  }
  await page.getByLabel('期限', { exact: true }).selectOption('30');
  await page.getByRole('button', { name: '查找时段' }).click();
  await page.locator('.cand').first().waitFor();
});

test('the specialist is told at once, accepts on the phone, and declines another with a reason', async () => {
  const { page } = specialist;
  await live(page);
  await page.getByRole('button', { name: 'Accept' }).first().waitFor();
  await clean(page, 'schedule-invitations-phone');
  assert.equal(await sideways(page), 0);
  /* another time is proposed first; the answer stays open */
  const ask = { needs: [{ need: 'specialist:ophthalmology', reference: 'Practitioner/demo-wenzhiyuan' }], minutes: 40, triage: 'soon', from: new Date().toISOString(), until: new Date(Date.now() + 30 * day).toISOString() };
  const free = (await call(admin.page, 'POST', '/api/agenda/find', ask)).body.proposals.find((p) => p.start !== booked.start);
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' }).format(new Date(free.start));
  await page.getByRole('button', { name: 'Another time' }).first().click();
  await page.locator('dialog[open]').getByLabel('Day').fill(local.slice(0, 10));
  await page.locator('dialog[open]').getByLabel('New start').fill(local.slice(11, 16));
  assert.deepEqual(await axe(page, 'propose'), []);
  await shot(page, 'schedule-propose-phone');
  await page.getByRole('button', { name: 'Propose', exact: true }).click();
  await page.getByText('You proposed').waitFor();
  assert.equal(await sideways(page), 0);
  for (let left = await page.getByRole('button', { name: 'Accept' }).count(); left > 0; left -= 1) { /* the demo's own invitation too */
    await page.getByRole('button', { name: 'Accept' }).first().click();
    await until('answered', async () => (await page.getByRole('button', { name: 'Accept' }).count()) < left);
  }
  await page.getByText('Nothing to answer').waitFor();
  const now = await call(admin.page, 'GET', `/api/bookings/${booked.id}`);
  assert.equal(now.body.booking.seats.find((s) => s.reference === 'Practitioner/demo-wenzhiyuan').answer, 'accepted');
});

test('the others answer by telephone; the board shows it booked, live', async () => {
  const { page } = admin;
  let b = (await call(page, 'GET', `/api/bookings/${booked.id}`)).body.booking;
  for (const seat of b.seats.filter((s) => s.answer === 'asked'))
    b = (await call(page, 'POST', `/api/bookings/${b.id}/accept`, { version: b.version, seat: seat.reference })).body.booking;
  assert.equal(b.state, 'booked');
  booked = b;
  await nav(page, '排程');
  const lane = page.locator('.bar.booked').first();
  for (let i = 0; i < 20 && (await lane.count()) === 0; i += 1) {
    await page.getByRole('button', { name: '后一天' }).click();
    await page.waitForTimeout(300);
  }
  await lane.waitFor();
  assert.deepEqual(await axe(page, 'board'), []);
  await shot(page, 'schedule-board');
});

test('a booking is dragged to another hour, and keeps its identity', async () => {
  const { page } = admin;
  const bar = page.locator('.bar.booked').first();
  const box = await bar.boundingBox();
  const hour = (await page.locator('.grid-head .bar.tick').first().boundingBox()).width;
  const moved = page.waitForResponse((r) => r.url().endsWith('/move'));
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + hour / 2, box.y + box.height / 2, { steps: 5 });
  await page.mouse.move(box.x + box.width / 2 + hour, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  const answer = await (await moved).json();
  if (answer.error) await page.getByRole('alert').first().waitFor(); // refused, and the reason is said
  else {
    assert.equal(answer.booking.id, booked.id);
    assert.equal(Date.parse(answer.booking.start) - Date.parse(booked.start), 3_600_000);
    booked = answer.booking;
  }
  assert.match(JSON.stringify(answer), /"version"|barred_|booking_taken/);
});

test('a booking is opened by the keyboard, and says who has answered', async () => {
  const { page } = admin;
  await page.locator('.bar.booked').first().press('Enter');
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('新的开始时间').waitFor();
  await shot(page, 'schedule-booking');
  assert.deepEqual(await axe(page, 'booking'), []);
});

test('the directory, the holidays and the hours, in both languages', async () => {
  const { page } = admin;
  await page.keyboard.press('Escape');
  await nav(page, '专家名录');
  await page.locator('[data-search]').fill('wzy');
  await until('only one is left', async () => (await page.locator('[data-row]').count()) === 1);
  await page.locator('[data-row]').getByText('温知远').waitFor();
  assert.deepEqual(await axe(page, 'directory'), []);
  await shot(page, 'schedule-directory');
  await page.locator('[data-row] [data-open]').click();
  await page.locator('main a[href^="/hours/"]').click();
  await page.getByText('每周', { exact: true }).first().waitFor();
  await nav(page, '节假日');
  await page.getByLabel('节假日表').waitFor();
  assert.deepEqual(await axe(page, 'holidays'), []);
  await shot(page, 'schedule-holidays');
  const phone = specialist.page;
  await phone.goto('/hours');
  await phone.getByRole('heading', { name: 'Each week' }).waitFor();
  assert.equal(await sideways(phone), 0);
  await clean(phone, 'schedule-hours-phone');
  await phone.getByRole('button', { name: 'Add hours' }).click();
  await phone.getByRole('button', { name: 'Save' }).click();
  await phone.getByText('Saved').waitFor();
  complaints(admin);
  complaints(specialist);
});
