/* Scheduling where people meet: two admins drag one booking at the same time, follow-ups that come again, who did not come, and when the room opens. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, enrolDirectly, live, logIn, makeAccount, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, admin, second, doctor, specialist, booked;
const minute = 60_000, hour = 60 * minute, day = 24 * hour;
const needs = [{ need: 'specialist:ophthalmology', reference: 'Practitioner/demo-wenzhiyuan' }, { need: 'clinic-doctor', reference: 'Practitioner/demo-guqinghe' }];
const iso = (ms) => new Date(ms).toISOString();
const dateOf = (at) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date(at));
const clockOf = (at) => new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
const nav = (page, words) => page.locator('nav.side').getByText(words, { exact: true }).click();

/** Booked, each answer noted as if by telephone. */
async function book(page, body) {
  const made = await call(page, 'POST', '/api/bookings', { ask: true, ...body });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  let b = made.body.booking;
  for (const seat of b.seats.filter((s) => s.answer === 'asked'))
    b = (await call(page, 'POST', `/api/bookings/${b.id}/accept`, { version: b.version, seat: seat.reference })).body.booking;
  assert.equal(b.state, 'booked');
  return b;
}
const find = async (page, from, until, who = needs) => (await call(page, 'POST', '/api/agenda/find', { patient: 'Patient/demo-p001', needs: who, minutes: 30, triage: 'soon', from: iso(from), until: iso(until), proposals: 20 })).body.proposals;

before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  browser = await startBrowser();
  admin = await person(browser, site);
  second = await person(browser, site, { lang: 'en' });
  await logIn(admin.page, site.by['scheduling-admin']);
  const maker = await person(browser, site);
  await logIn(maker.page, site.by['security-admin']);
  const account = await makeAccount(maker.page, '沈知白', ['scheduling-admin']);
  await maker.close();
  await enrolDirectly(second.page, account);
  await second.page.goto('/board');
});
after(async () => { await browser?.close(); await site?.stop(); });

/** To the day on the board. */
async function turnTo(page, next) {
  const bar = page.locator(`.bar.booked[data-booking="${booked.id}"]`).first();
  for (let i = 0; i < 31 && !(await bar.isVisible()); i += 1) {
    const loaded = page.waitForResponse((r) => r.url().includes('/api/bookings?'));
    await page.getByRole('button', { name: next }).click();
    await loaded;
    await page.waitForTimeout(50);
  }
  await bar.waitFor();
  return bar;
}

/** Grips the bar and pulls it by so much time; lets go when the answer says so. */
async function grip(page, bar, by) {
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  const lane = (await bar.locator('..').boundingBox()).width;
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + (lane * by) / (20 * hour), y, { steps: 4 });
  await page.mouse.move(x + (lane * by) / (10 * hour), y, { steps: 4 });
  return async () => {
    const answered = page.waitForResponse((r) => r.url().endsWith('/move'));
    await page.mouse.up();
    return answered;
  };
}

test('two admins drag one booking: one wins, and the other is told why, in words of the own language', async () => {
  await live(admin.page);
  await live(second.page);
  const free = await find(admin.page, Date.now() + 2 * day, Date.now() + 30 * day);
  const first = free.find((p) => free.filter((q) => dateOf(q.start) === dateOf(p.start)).length >= 3);
  assert.ok(first, 'a day with a few times');
  booked = await book(admin.page, { patient: 'Patient/demo-p001', triage: 'soon', start: first.start, minutes: 30, seats: first.seats.map(({ need, reference }) => ({ need, reference })) });
  for (const [winner, loser, words] of [[admin, second, 'Somebody else changed this booking'], [second, admin, '这个预约已被别人改动']]) {
    const a = await turnTo(winner.page, winner === admin ? '后一天' : 'Day after');
    const b = await turnTo(loser.page, loser === admin ? '后一天' : 'Day after');
    const now = (await call(admin.page, 'GET', `/api/bookings/${booked.id}`)).body.booking;
    const others = await find(admin.page, Date.parse(now.start) - 12 * hour, Date.parse(now.start) + 12 * hour);
    const to = others.find((p) => dateOf(p.start) === dateOf(now.start) && Math.abs(Date.parse(p.start) - Date.parse(now.start)) % (10 * minute) === 0);
    assert.ok(to, 'another time that day');
    const dropWinner = await grip(winner.page, a, Date.parse(to.start) - Date.parse(now.start));
    const dropLoser = await grip(loser.page, b, 90 * minute);
    /* the other has not heard of it yet when the bar is let go */
    let hear;
    const heard = new Promise((go) => { hear = go; });
    const late = async (route) => { await heard; await route.continue().catch(() => {}); };
    await loser.page.route(/\/api\/(agenda\/board|bookings\?)/, late);
    const won = await dropWinner();
    assert.equal(won.status(), 200, await won.text());
    const lost = await dropLoser();
    hear();
    await loser.page.unroute(/\/api\/(agenda\/board|bookings\?)/);
    assert.equal(lost.status(), 409);
    assert.equal((await lost.json()).error.code, 'booking_stale');
    await loser.page.getByRole('alert').getByText(words).waitFor();
    assert.deepEqual(await axe(loser.page, 'lost'), []);
    await shot(loser.page, `plan-lost-${loser === admin ? 'zh' : 'en'}`);
    /* and both see where it is now */
    const then = (await call(admin.page, 'GET', `/api/bookings/${booked.id}`)).body.booking;
    assert.equal(Date.parse(then.start), Date.parse(to.start), 'the winner’s time stands');
    for (const who of [winner, loser]) await who.page.locator(`.bar.booked[data-booking="${booked.id}"][aria-label^="${clockOf(to.start)}"]`).first().waitFor();
    booked = then;
  }
});

test('follow-ups: each is checked, what does not fit says so with other times, and all are booked', async () => {
  const { page } = admin;
  const free = await find(page, Date.now() + 7 * day, Date.now() + 30 * day);
  const first = free[0];
  /* in the second week the specialist is taken for the whole day */
  const taken = Date.parse(`${dateOf(Date.parse(first.start) + 7 * day)}T06:00:00+08:00`);
  for (const at of [taken, taken + 8 * hour])
    await book(page, { triage: 'emergency', start: iso(at), minutes: 480, seats: [needs[0]] });
  await page.locator(`.bar.booked[data-booking="${booked.id}"]`).first().press('Enter');
  await page.getByRole('button', { name: '定期复诊' }).click();
  await page.getByLabel('首次日期').fill(dateOf(first.start));
  await page.getByLabel('间隔').selectOption('1');
  await page.getByLabel('次数').selectOption('3');
  await page.getByLabel('希望时间').fill(clockOf(first.start));
  await page.getByLabel('可前后移几天').selectOption('0');
  await page.getByRole('button', { name: '逐次核对' }).click();
  const lines = page.locator('.turns > li');
  await until('three are checked', async () => (await lines.count()) === 3);
  await lines.nth(0).getByText('当天有时间').waitFor();
  await lines.nth(1).getByText('这几天排不上').waitFor();
  assert.deepEqual(await axe(page, 'series'), []);
  await shot(page, 'plan-series');
  const other = page.getByLabel('第2次的时间');
  assert.ok(await other.locator('option').count() > 1, 'there are other times');
  await other.selectOption({ index: 0 });
  await page.getByRole('button', { name: /占位并询问/ }).click();
  await until('the second is made', async () => (await lines.nth(1).getByText('待答复').count()) + (await lines.nth(1).getByText('已约').count()) > 0);
  await shot(page, 'plan-series-made');
  const all = (await call(page, 'GET', `/api/bookings?from=${iso(Date.now())}&until=${iso(Date.now() + 60 * day)}`)).body.bookings;
  const follow = all.filter((b) => b.id !== booked.id && ['pending', 'booked'].includes(b.state) && b.seats.some((s) => s.reference === 'Patient/demo-p001') && b.seats.some((s) => s.need === 'specialist:ophthalmology'));
  assert.ok(follow.length >= 2, `${follow.length} follow-ups`);
});

test('the room opens to the specialist a quarter of an hour before, and the way in stands in the list', async () => {
  specialist = await person(browser, site, { lang: 'en', width: 390, height: 844 });
  await logIn(specialist.page, site.accounts.find((a) => a.name === 'wenzhiyuan'));
  const start = Math.ceil((Date.now() + 10 * minute) / minute) * minute;
  const soon = await book(admin.page, { patient: 'Patient/demo-p003', triage: 'emergency', start: iso(start), minutes: 20, seats: needs });
  const later = await book(admin.page, { patient: 'Patient/demo-p004', triage: 'emergency', start: iso(start + 3 * hour), minutes: 20, seats: needs });
  const { page } = specialist;
  const enter = page.getByRole('link', { name: 'Enter the room' });
  await enter.waitFor();
  assert.equal(await enter.count(), 1);
  await page.getByText(`opens ${clockOf(start + 3 * hour - 15 * minute)}`).waitFor();
  assert.equal(await sideways(page), 0);
  await clean(page, 'plan-door-phone');
  const room = async (id) => (await call(page, 'GET', `/api/bookings/${id}`)).body.booking.room;
  const open = await call(page, 'POST', `/api/rooms/${await room(soon.id)}/join`, {});
  assert.equal(open.body.error?.code, 'room_waiting', 'the time has come, and the clinic lets in');
  const early = await call(page, 'POST', `/api/rooms/${await room(later.id)}/join`, {});
  assert.equal(early.status, 409);
  assert.equal(early.body.error.code, 'room_early');
  assert.equal(Date.parse(early.body.error.until), start + 3 * hour - 15 * minute);
  await page.goto(`/rooms/${await room(later.id)}`);
  await page.getByRole('button', { name: /^Enter/ }).click();
  await page.getByText('The room opens 15 minutes before the consultation.').first().waitFor();
});

test('who did not come is noted by the clinic with side and reason; who schedules sees it', async () => {
  doctor = await person(browser, site);
  await logIn(doctor.page, site.accounts.find((a) => a.name === 'guqinghe'));
  const { page } = doctor;
  await live(page);
  await page.getByRole('link', { name: /^进入会诊室/ }).first().waitFor();
  const start = Math.floor(Date.now() / minute) * minute;
  const now = await book(admin.page, { patient: 'Patient/demo-p005', triage: 'emergency', start: iso(start), minutes: 5, seats: [needs[0]] });
  const name = (await call(page, 'GET', `/api/bookings/${now.id}`)).body.booking.seats.find((s) => s.need === 'patient').name;
  await page.getByRole('button', { name: `未到 ${name}` }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('由哪一方').selectOption('hospital');
  assert.deepEqual(await axe(page, 'no-show'), []);
  await shot(page, 'plan-noshow');
  await dialog.getByRole('button', { name: '未到' }).click();
  await page.getByText(/^未到：医院，/).waitFor();
  assert.deepEqual(await axe(page, 'today'), []);
  await shot(page, 'plan-today');
  const after = (await call(page, 'GET', `/api/bookings/${now.id}`)).body.booking;
  assert.deepEqual([after.state, after.side, after.reason], ['noshow', 'hospital', 'other-duty']);
  await nav(admin.page, '排程');
  await admin.page.getByRole('button', { name: '今天' }).click();
  await admin.page.getByText(/^未到：医院，/).waitFor();
  await second.page.getByRole('button', { name: 'Today' }).click();
  await second.page.getByText('No show: Hospital, Other duty').waitFor();
  assert.deepEqual(await axe(second.page, 'board no-show'), []);
  await shot(second.page, 'plan-board-noshow-en');
});

test('an emergency goes first: the doctor says why, and is told what gave way', async () => {
  const { page } = doctor;
  await nav(page, '候诊名单');
  const row = page.locator('.waits > li').filter({ hasText: '卓远山' });
  await row.waitFor();
  const request = (await call(page, 'GET', '/api/waiting')).body.waiting.find((w) => w.name === '卓远山');
  /* every doctor of the clinic has something routine at the earliest time there is */
  const earliest = (await call(page, 'POST', '/api/agenda/find', { patient: request.patient, needs: request.needs.map(({ need }) => ({ need })), minutes: request.minutes, triage: 'emergency', from: iso(Date.now()), until: iso(Date.now() + 3 * day) })).body.proposals[0];
  assert.ok(earliest, 'a time within three days');
  const doctors = (await call(page, 'GET', '/api/agenda/resources?kind=clinic-doctor')).body.resources;
  let taken = 0;
  for (const { reference } of doctors)
    taken += (await call(admin.page, 'POST', '/api/bookings', { triage: 'routine', ask: true, start: earliest.start, minutes: 30, seats: [{ need: 'clinic-doctor', reference }] })).status === 201 ? 1 : 0;
  assert.ok(taken > 0);
  await row.getByRole('button', { name: /^急诊优先/ }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByRole('button', { name: '立即安排' }).click();
  await dialog.getByText('请填写').waitFor();
  await dialog.getByLabel('在此之内').selectOption('72');
  await dialog.getByLabel('理由').fill('急性视力下降');
  assert.deepEqual(await axe(page, 'override'), []);
  await shot(page, 'plan-override');
  await dialog.getByRole('button', { name: '立即安排' }).click();
  await dialog.getByText('让开的预约').waitFor();
  await dialog.getByText(/^已安排在/).waitFor();
  assert.deepEqual(await axe(page, 'overridden'), []);
  await shot(page, 'plan-overridden');
  await dialog.getByRole('button', { name: '关闭' }).first().click();
  await row.waitFor({ state: 'detached' });
  for (const who of [admin, second, doctor, specialist]) assert.deepEqual(who.complaints, []);
});
