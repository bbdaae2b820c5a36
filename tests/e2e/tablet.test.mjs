/* A guard with a tablet, by a finger alone, in Chinese and in English: whom to fetch and how, the day, each step, what cannot be done by a code. Then the line goes: the page opens again
   without it, steps wait in their order and are sent when it is back, what was overtaken meanwhile is told; after ten minutes, and at log-out, no name is left on the tablet. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, freshCode, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, doctor, command;
const minute = 60_000;
const iso = (ms) => new Date(ms).toISOString();
const custody = { meta: { security: [{ system: 'https://yunqiao.invalid/fhir/label', code: 'custody' }] } };

const words = {
  zh: { list: '押解任务', tabs: { list: '押解', plan: '日程', counts: '人数' }, precautions: '押送要求', wheelchair: '轮椅', watch: '不离视线', accept: '接受任务', collected: '已接到人', delivered: '已送达', returned: '已送回', accepted: '已接受', cannot: '不能执行…', cannotTitle: '不能执行', cannotDo: '报告不能执行', lockdown: '监区封闭', overlaps: '时间重叠', now: '现在', free: /^空 /, waiting: '条报告待发送', kept: '名单在本机保留到', gone: '名单已从本机清除', notTaken: '没有被接受', why: '任务在此期间已由他人结束。', read: '知道了', unreached: '连不上服务器', logout: '退出登录', steps: '进度' },
  en: { list: 'Tasks', tabs: { list: 'Escorts', plan: 'Day plan', counts: 'Counts' }, precautions: 'How to bring', wheelchair: 'Wheelchair', watch: 'Never out of sight', accept: 'Accept', collected: 'Collected', delivered: 'Arrived', returned: 'Returned', accepted: 'Accepted', cannot: 'Cannot…', cannotTitle: 'It cannot be done', cannotDo: 'Report that it cannot be done', lockdown: 'Lockdown', overlaps: 'Overlaps', now: 'Now', free: /free$/, waiting: 'wait', kept: 'The list stays on this tablet until', gone: 'The list was removed from this tablet', notTaken: 'Not taken', why: 'Somebody else ended the task meanwhile.', read: 'I have read it', unreached: 'The server cannot be reached', logout: 'Log out', steps: 'Steps' },
};

before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  doctor = await person(browser, site);
  command = await person(browser, site);
  for (const p of [doctor, command]) p.context.setDefaultTimeout(25_000);
  await logIn(doctor.page, site.by['clinic-doctor']);
  await logIn(command.page, site.by['duty-command']);
});
after(async () => { await browser?.close(); await site?.stop(); });

/** An escort's task of this guard, as a booking orders them; answers its id and whom it is about. */
async function errand(patient, from_min, minutes, room = 'demo-room-1') {
  const start = Date.now() + from_min * minute;
  const made = await call(doctor.page, 'POST', '/fhir/Task', {
    resourceType: 'Task', ...custody, status: 'requested', intent: 'order', code: { coding: [{ system: 'urn:yunqiao:task', code: 'escort' }] }, for: { reference: `Patient/${patient}` },
    owner: { reference: 'Practitioner/demo-escort-1' }, location: { reference: `Location/${room}` }, executionPeriod: { start: iso(start), end: iso(start + minutes * minute) },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body;
  return { id, ...(await asCommandSees(id)) };
}
async function asCommandSees(id) {
  const got = await call(command.page, 'GET', `/api/escorts?from=${iso(Date.now() - 24 * 60 * minute)}&until=${iso(Date.now() + 2 * 24 * 60 * minute)}`);
  const found = got.body.escorts.find((e) => e.id === id);
  assert.ok(found, `the command sees ${id}`);
  return found;
}
async function precaution(patient, code) {
  const made = await call(doctor.page, 'POST', '/fhir/Flag', { resourceType: 'Flag', status: 'active', subject: { reference: `Patient/${patient}` }, code: { coding: [{ system: 'urn:yunqiao:precaution', code }] } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
}

async function tablet(lang) {
  const p = await person(browser, site, { lang, width: 820, height: 1180, touch: true });
  p.context.setDefaultTimeout(25_000);
  return p;
}
async function touchIn(page, account) {
  await page.goto('/');
  await page.locator('input[name=username]').fill(account.name);
  await page.locator('input[name=password]').fill(account.password);
  await page.locator('button[type=submit]').tap();
  await page.locator('input[name=code]').fill(await freshCode(account.totp_secret));
  await page.locator('button[type=submit]').tap();
  await page.waitForURL((u) => u.pathname === '/escorts');
}
const button = (page, name) => page.getByRole('button', { name, exact: true });
const pick = (page, w, task) => page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: task.number }).tap();
const at = (page, w, name) => page.getByRole('list', { name: w.steps, exact: true }).locator('[aria-current=step]').getByText(name).waitFor();
const stores = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
/** All that a finger is to hit is large enough for one in a glove. */
const small = (page) => page.evaluate(() => [...document.querySelectorAll('main button, main select, dialog[open] form button, dialog[open] select')].filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 44).map((e) => `${e.textContent} ${Math.round(e.getBoundingClientRect().height)}`));
/** The worker that opens the page without a line has all it needs. */
const ready = (page) => page.waitForFunction(async () => {
  await navigator.serviceWorker.ready;
  return navigator.serviceWorker.controller !== null && (await caches.match('/')) !== undefined;
});

let next = 40;
const patient = () => `demo-p${String((next += 1)).padStart(3, '0')}`;

for (const lang of ['zh', 'en']) {
  test(`the day on a tablet, by touch (${lang})`, async () => {
    const w = words[lang];
    const whom = patient();
    await precaution(whom, 'transport-wheelchair');
    await precaution(whom, 'selfharm-high');
    const first = await errand(whom, 20, 50);
    const meets = await errand(patient(), 40, 40, 'demo-room-2');
    const later = await errand(patient(), 200, 30);
    const p = await tablet(lang);
    const { page } = p;
    await touchIn(page, site.by.guard);
    for (const task of [first, meets, later]) await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: task.number }).waitFor();
    await pick(page, w, first);
    const one = page.getByRole('region', { name: first.name, exact: true });
    for (const part of [first.number, first.cell, first.room]) await one.getByText(part).first().waitFor();
    const how = one.getByRole('list', { name: w.precautions, exact: true });
    for (const part of [w.wheelchair, w.watch]) await how.getByText(part, { exact: true }).waitFor();
    assert.ok(!/自杀|自伤|self.?harm/i.test(await page.content()), 'how, and never why');
    await clean(page, `tablet-list-${lang}`);
    assert.equal(await sideways(page), 0);
    assert.deepEqual(await small(page), []);

    await button(page, w.tabs.plan).tap();
    const row = (task) => page.locator('.day-plan > li').filter({ hasText: task.number });
    await row(meets).getByText(w.overlaps, { exact: true }).waitFor();
    await row(first).getByText(w.wheelchair, { exact: true }).waitFor();
    await page.locator('.day-now').getByText(w.now, { exact: true }).waitFor();
    await page.getByText(w.free).first().waitFor();
    const order = await page.locator('.day-plan > li').allTextContents();
    assert.ok(order.findIndex((r) => r.includes(first.number)) < order.findIndex((r) => r.includes(meets.number)) && order.findIndex((r) => r.includes(meets.number)) < order.findIndex((r) => r.includes(later.number)), 'by their hours');
    await clean(page, `tablet-plan-${lang}`);
    assert.equal(await sideways(page), 0);
    await button(page, w.tabs.counts).tap();
    await page.locator('.esc-counts li').nth(4).waitFor();
    await clean(page, `tablet-counts-${lang}`);

    await button(page, w.tabs.list).tap();
    await pick(page, w, first);
    for (const [press, step] of [[w.accept, w.accepted], [w.collected, w.collected], [w.delivered, w.delivered]]) {
      await button(one, press).tap();
      await at(page, w, step);
    }
    await shot(page, `tablet-arrived-${lang}`);
    await button(one, w.returned).tap();
    await until('it is over, on the server too', async () => (await asCommandSees(first.id)).step === 'returned');

    await pick(page, w, meets);
    await button(page, w.cannot).tap();
    const dialog = page.getByRole('dialog', { name: w.cannotTitle, exact: true });
    await dialog.getByRole('combobox').selectOption('lockdown');
    assert.deepEqual(await axe(page, 'cannot'), []);
    assert.deepEqual(await small(page), []);
    await shot(page, `tablet-cannot-${lang}`);
    await button(dialog, w.cannotDo).tap();
    await until('a code and nothing else', async () => { const e = await asCommandSees(meets.id); return e.step === 'failed' && e.reason === 'lockdown'; });
    await page.getByRole('region', { name: meets.name, exact: true }).getByText(w.lockdown, { exact: true }).waitFor();
    assert.deepEqual(p.complaints, []);
    await p.close();
  });

  test(`ten minutes without the line (${lang})`, async () => {
    const w = words[lang];
    const mine = await errand(patient(), 30, 40);
    const lost = await errand(patient(), 90, 30, 'demo-room-2');
    const p = await tablet(lang);
    const { page, context } = p;
    await touchIn(page, site.by.guard);
    await live(page);
    await ready(page);
    await page.clock.install();
    await page.reload();
    await live(page);
    await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: mine.number }).waitFor();
    const kept = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (k) => (await (await caches.open(k)).keys()).map((r) => new URL(r.url).pathname)))).flat());
    assert.ok(kept.length > 5 && kept.every((path) => /^\/(assets\/.*|icon\.svg)?$/.test(path)), `the client's own files alone: ${kept}`);

    await context.setOffline(true);
    const opened = await page.reload();
    assert.ok(opened.fromServiceWorker());
    await pick(page, w, mine);
    const one = page.getByRole('region', { name: mine.name, exact: true });
    for (const part of [mine.number, mine.cell, mine.room]) await one.getByText(part).first().waitFor();
    await page.getByText(w.kept).waitFor();
    await button(one, w.accept).tap();
    await button(one, w.collected).tap();
    await pick(page, w, lost);
    await button(page.getByRole('region', { name: lost.name, exact: true }), w.accept).tap();
    await page.getByText(`3 ${lang === 'zh' ? w.waiting : 'reports wait'}`).waitFor();
    await clean(page, `tablet-offline-${lang}`);
    await page.reload();
    await page.getByText(`3 ${lang === 'zh' ? w.waiting : 'reports wait'}`).waitFor();
    await pick(page, w, mine);
    await at(page, w, w.collected);
    assert.equal((await asCommandSees(mine.id)).step, 'requested', 'nothing has been heard of it');
    await page.clock.fastForward(5 * minute);
    await one.getByText(mine.cell).first().waitFor();
    await button(page, w.tabs.plan).tap();
    await page.locator('.day-plan > li').filter({ hasText: mine.number }).waitFor();

    const ended = await call(command.page, 'POST', `/api/escorts/${lost.id}/cannot`, { reason: 'lockdown' });
    assert.equal(ended.status, 200, JSON.stringify(ended.body));
    const sent = [];
    page.on('request', (r) => { if (r.method() === 'POST' && r.url().includes('/api/escorts/')) sent.push(new URL(r.url()).pathname.split('/').slice(3).join(' ')); });
    await context.setOffline(false);
    await until('what was done has come', async () => (await asCommandSees(mine.id)).step === 'collected', 60_000);
    const told = page.getByRole('alert').filter({ hasText: lost.name });
    await told.getByText(w.why, { exact: true }).waitFor();
    assert.ok((await told.textContent()).includes(w.notTaken));
    await live(page);
    assert.deepEqual([...new Set(sent)], [`${mine.id} accept`, `${mine.id} collect`, `${lost.id} accept`], 'in the order of the taps');
    await clean(page, `tablet-conflict-${lang}`);
    await page.reload();
    await told.waitFor(); // until it has been read
    await button(told, w.read).tap();
    await told.waitFor({ state: 'detached' });
    await until('nothing waits', async () => await page.evaluate(() => localStorage.getItem('taps')) === null);
    await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: mine.number }).waitFor();

    await context.setOffline(true);
    await page.clock.fastForward(9 * minute);
    await page.getByText(w.kept).waitFor();
    await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: mine.number }).waitFor();
    assert.ok((await stores(page)).includes(mine.name));
    await page.clock.fastForward(minute + 2000);
    await page.getByText(w.gone, { exact: true }).waitFor();
    await clean(page, `tablet-gone-${lang}`);
    const left = `${await page.content()} ${await stores(page)}`;
    for (const word of [mine.name, mine.number, lost.name]) assert.ok(!left.includes(word), word);
    await page.reload();
    await page.getByText(w.unreached).waitFor();
    await shot(page, `tablet-unreached-${lang}`);
    assert.ok(!(await page.content()).includes(mine.name));
    await context.setOffline(false);
    await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: mine.number }).waitFor();
    assert.ok((await stores(page)).includes(mine.name));
    await button(page, w.logout).tap();
    await page.locator('input[name=username]').waitFor();
    assert.ok(!(await stores(page)).includes(mine.name), 'gone with who left');
    assert.deepEqual(p.complaints, []);
    await p.close();
  });
}

test('the server itself is away: the day is there; who leaves then has left', async () => {
  const w = words.zh;
  const mine = await errand(patient(), 45, 30);
  const p = await tablet('zh');
  const { page } = p;
  await touchIn(page, site.by.guard);
  await live(page);
  await ready(page);
  await page.getByRole('navigation', { name: w.list, exact: true }).getByRole('button').filter({ hasText: mine.number }).waitFor();
  await site.halt();
  await page.reload();
  await pick(page, w, mine);
  await page.getByRole('region', { name: mine.name, exact: true }).getByText(mine.room).first().waitFor();
  await button(page, w.logout).tap();
  await page.getByText(w.unreached).waitFor();
  assert.ok(!(await stores(page)).includes(mine.name));
  assert.ok(!(await page.content()).includes(mine.name));
  await site.start();
  await page.locator('input[name=username]').waitFor();
  assert.equal((await call(page, 'GET', '/api/session?peek=1')).status, 401, 'the session is over');
  assert.ok(!(await page.content()).includes(mine.name));
  await p.close();
});
