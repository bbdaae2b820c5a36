/* Custody's own screens: the guard's tasks on a tablet, reported also while out of reach, and the engagements that the duty command keeps. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, guard, command, doctor, admin;
const day = 86_400_000;
before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  guard = await person(browser, site, { width: 1024, height: 768 });
  command = await person(browser, site, { lang: 'en' });
  doctor = await person(browser, site);
  admin = await person(browser, site);
  await logIn(admin.page, site.by['scheduling-admin']);
  await logIn(guard.page, site.by.guard);
  await logIn(command.page, site.by['duty-command']);
  await logIn(doctor.page, site.by['clinic-doctor']);
});
after(async () => { await browser?.close(); await site?.stop(); });

test('a guard sees whom, from where, to where and when, and nothing of what for', async () => {
  const { page } = guard;
  await page.locator('.esc-list button').first().waitFor();
  await clean(page, 'custody-escorts');
  assert.equal(await sideways(page), 0);
  const told = await page.locator('main').textContent();
  for (const word of ['眼科', '神经外科', '会诊原因', '温知远', '紧急']) assert.ok(!told.includes(word), word);
});

test('how to bring is said and never why; the command sees who is kept apart, and counts', async () => {
  const { page } = guard;
  const from = new Date(Date.now() - day).toISOString(), end = new Date(Date.now() + 3 * day).toISOString();
  const task = (await call(page, 'GET', `/api/escorts?from=${from}&until=${end}`)).body.escorts.find((e) => e.step === 'requested');
  const found = (await call(doctor.page, 'GET', `/fhir/Patient?identifier=${task.number}`)).body.entry[0].resource;
  for (const code of ['tuberculosis-isolated', 'transport-wheelchair']) {
    const made = await call(doctor.page, 'POST', '/fhir/Flag', { resourceType: 'Flag', status: 'active', subject: { reference: `Patient/${found.id}` }, code: { coding: [{ system: 'urn:yunqiao:precaution', code }], text: '肺结核' } });
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  await page.reload();
  await page.locator('.esc-list button').filter({ hasText: task.number }).filter({ hasText: '3 项要求' }).first().click();
  const facts = page.locator('.esc-facts');
  for (const words of ['轮椅', '戴口罩和手套', '单独押送，与他人隔开', '适合移动']) await facts.getByText(words).waitFor();
  assert.ok(!/结核|tuberculosis/.test(await page.content()));
  await clean(page, 'custody-precautions');
  await page.getByRole('button', { name: '人数' }).or(page.getByRole('radio', { name: '人数' })).first().click();
  await page.locator('.esc-counts li').nth(4).waitFor();
  await clean(page, 'custody-counts');
  await page.getByRole('button', { name: '押解', exact: true }).or(page.getByRole('radio', { name: '押解', exact: true })).first().click();
  assert.equal(await page.getByText('隔离名单').count(), 0, 'the list is the command’s');
  const { page: theirs } = command;
  await theirs.getByRole('button', { name: 'Isolation' }).or(theirs.getByRole('radio', { name: 'Isolation' })).first().click();
  await theirs.locator('tbody tr').filter({ hasText: task.number }).waitFor();
  await clean(theirs, 'custody-isolation');
});

test('steps are tapped, and those tapped out of reach are sent when the line is back', async () => {
  const { page } = guard;
  await live(page);
  await page.locator('.esc-list button').filter({ hasText: '待接受' }).first().click();
  await page.getByRole('button', { name: '接受任务' }).click();
  await page.locator('.stepper [aria-current]').getByText('已接受').waitFor();
  await page.getByText('待发送').waitFor({ state: 'detached' });
  await guard.context.setOffline(true);
  await page.getByRole('button', { name: '已接到人' }).click();
  await page.getByRole('button', { name: '已送达' }).click();
  await page.getByText('2 条报告待发送').waitFor();
  await page.locator('.stepper [aria-current]').getByText('已送达').waitFor();
  assert.deepEqual(await axe(page, 'offline'), []);
  await shot(page, 'custody-offline');
  const name = await page.locator('.esc-one h2').textContent();
  const cell = await page.locator('.esc-one .fromto > span').first().evaluate((e) => e.firstChild.textContent);
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  for (const word of [name, cell]) assert.ok(!stored.includes(word), `${word} stays on the server`);
  await page.goto('about:blank'); // the tablet is put away; what was tapped stays, and is sent by itself
  await guard.context.setOffline(false);
  await page.goto(`${site.url}/`);
  await live(page);
  const from = new Date(Date.now() - day).toISOString(), end = new Date(Date.now() + 3 * day).toISOString();
  await until('both are sent', async () => (await call(page, 'GET', `/api/escorts?from=${from}&until=${end}`)).body.escorts.some((e) => e.name === name && e.step === 'delivered'));
  await page.getByText('条报告待发送').waitFor({ state: 'detached' });
  await until('nothing is left in the browser', async () => await page.evaluate(() => localStorage.getItem('taps')) === null);
});

test('what cannot be done is told by a code', async () => {
  const { page } = guard;
  await page.locator('.esc-list button').filter({ hasText: /待接受|已接受/ }).first().click();
  await page.getByRole('button', { name: '不能执行…' }).click();
  assert.deepEqual(await axe(page, 'cannot'), []);
  await page.locator('dialog[open]').getByLabel('不能执行').selectOption('lockdown');
  await page.getByRole('button', { name: '报告不能执行' }).click();
  await page.locator('.esc-one').getByText('监区封闭').waitFor();
  await guard.page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(page), 0);
  await shot(page, 'custody-phone');
});

test('the clinic sees how long each waits, and lowers a class with a reason', async () => {
  const { page } = doctor;
  await page.locator('nav.side').getByText('候诊名单', { exact: true }).click();
  await page.locator('.waits .clock').first().waitFor();
  await page.getByRole('button', { name: /^改分诊级别/ }).first().click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('级别').selectOption('routine');
  await dialog.getByLabel('原因').fill('视力已恢复');
  assert.deepEqual(await axe(page, 'retriage'), []);
  await shot(page, 'custody-retriage');
  await dialog.getByRole('button', { name: '保存' }).click();
  await page.locator('.waits').getByText('常规').first().waitFor();
  await clean(page, 'custody-waiting');
});

test('the duty command keeps an engagement, and court moves a consultation', async () => {
  const ask = { patient: 'Patient/demo-p001', needs: [{ need: 'clinic-doctor' }], minutes: 40, triage: 'soon', from: new Date().toISOString(), until: new Date(Date.now() + 14 * day).toISOString() };
  const found = (await call(doctor.page, 'POST', '/api/agenda/find', ask)).body.proposals[0];
  const seats = found.seats.map(({ need, reference }) => ({ need, reference }));
  const made = await call(doctor.page, 'POST', '/api/bookings', { patient: ask.patient, triage: 'soon', start: found.start, minutes: 40, seats, ask: true });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { page } = command;
  await page.locator('nav.side').getByText('Engagements', { exact: true }).click();
  await page.getByRole('button', { name: 'Add an engagement' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByRole('combobox').first().fill('zhuoyuanshan');
  await dialog.getByRole('option').getByText('卓远山').click();
  const at = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' }).format(new Date(found.start));
  await dialog.getByLabel('Day').fill(at.slice(0, 10));
  await dialog.getByLabel('Start').fill(at.slice(11, 16));
  await dialog.getByText('A consultation gives way to court').waitFor();
  await dialog.locator('li').filter({ hasText: 'Clinic appointment' }).getByText('Overlaps').waitFor();
  assert.ok(!(await dialog.textContent()).includes('顾清和'), 'whom it is with stays with the clinic');
  assert.deepEqual(await axe(page, 'engagement'), []);
  await shot(page, 'custody-engagement');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('1 consultation gives way').waitFor();
  await page.locator('.lines').getByText('Court').waitFor();
  await clean(page, 'custody-engagements');
  const now = (await call(doctor.page, 'GET', `/api/bookings/${made.body.booking.id}`)).body.booking;
  assert.notEqual(now.start, found.start);
});

test('an engagement is changed with its history, and yields to an emergency by a written order', async () => {
  const { page } = command;
  await live(page);
  const line = page.locator('.lines > li').filter({ hasText: '卓远山' });
  await line.getByRole('button', { name: /^Change/ }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('Length (minutes)').fill('90');
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByText('Changed', { exact: true }).waitFor();
  const ask = { patient: 'Patient/demo-p043', needs: [{ need: 'clinic-doctor' }], minutes: 20, reason: 'acute', until: new Date(Date.now() + 2 * 3_600_000).toISOString() };
  const soon = await call(page, 'POST', '/api/engagements', { patient: ask.patient, kind: 'lawyer', start: new Date(Math.ceil(Date.now() / 60_000) * 60_000 - 60_000).toISOString(), minutes: 300 });
  assert.equal(soon.status, 201, JSON.stringify(soon.body));
  const role = (await call(admin.page, 'GET', '/api/agenda/resources?kind=clinic-doctor')).body.resources[0];
  for (const [name, words] of [['calendar', '# none\n'], ['custody-day', 'Mon-Sun 00:00-24:00\n']]) {
    const { version } = (await call(admin.page, 'GET', `/api/agenda/texts/${name}`)).body;
    assert.equal((await call(admin.page, 'PUT', `/api/agenda/texts/${name}`, { version, text: words })).status, 204);
  }
  const { version } = (await call(admin.page, 'GET', `/api/agenda/hours/${role.role}`)).body;
  const weekly = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', until: '24:00' }];
  assert.equal((await call(admin.page, 'PUT', `/api/agenda/hours/${role.role}`, { version, weekly, limits: { horizon: 90 } })).status, 204);
  ask.needs[0].reference = role.reference;
  assert.equal((await call(doctor.page, 'POST', '/api/bookings/override', ask)).body.error.code, 'booking_order');
  await page.getByText('The clinic has an emergency').waitFor();
  await clean(page, 'custody-order-wanted');
  await page.locator('.lines > li').filter({ hasText: 'Wanted for an emergency' }).getByRole('button', { name: /^Written order/ }).click();
  await dialog.getByRole('button', { name: 'Let it yield' }).click();
  await dialog.getByText('Required').first().waitFor();
  await dialog.getByLabel('Number of the document').fill('岚公（看）令〔2026〕17号');
  await dialog.getByLabel('Issued by').fill('岚桥市公安局');
  assert.deepEqual(await axe(page, 'order'), []);
  await shot(page, 'custody-order');
  await dialog.getByRole('button', { name: 'Let it yield' }).click();
  await page.locator('.lines').getByText('May yield to an emergency').waitFor();
  assert.equal((await call(doctor.page, 'POST', '/api/bookings/override', ask)).status, 201);
  await page.locator('.lines').getByText('Gave way to an emergency').waitFor();
  await page.locator('.lines > li').filter({ hasText: 'Gave way' }).getByRole('button', { name: /^Change/ }).click();
  await dialog.locator('ol li').nth(2).waitFor(); // made, ordered, gave way
  assert.deepEqual(await axe(page, 'history'), []);
  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await sideways(page), 0);
  await shot(page, 'custody-history');
  for (const who of [guard, command, doctor]) assert.deepEqual(who.complaints.filter((c) => !/409/.test(c)), []);
});
