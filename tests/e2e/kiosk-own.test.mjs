/* What is one's own at the wall terminal, by a finger alone: appointments; what one says of the own record, and what the clinic answers;
   a note by voice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enrol, enter, nothing, stores, tap, wall } from './kiosk-lib.mjs';
import { call, clean, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

const patient = 'demo-p001'; /* whom the demo's detainee is */
let site, browser, doctor, nurse, admin;
before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  browser = await startBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  [doctor, nurse, admin] = await Promise.all([1, 2, 3].map(() => person(browser, site)));
  for (const [who, role] of [[doctor, 'clinic-doctor'], [nurse, 'nurse'], [admin, 'scheduling-admin']]) {
    await logIn(who.page, site.by[role]);
  }
});
after(async () => { await browser?.close(); await site?.stop(); });

const asked = async (who, method, path, body, want = 200) => {
  const r = await call(who.page, method, path, body);
  assert.equal(r.status, want, `${method} ${path}: ${JSON.stringify(r.body)}`);
  return r.body;
};
/** A terminal on the wall, and the detainee at it. */
async function atTheWall(more = {}) {
  const p = await wall(browser, site, more);
  await enrol(p.page, site);
  await enter(p.page, site);
  return p;
}
/** A minute without a touch: the terminal is as if nobody had been there, and nothing said there can be brought back. */
async function leftAlone(page, words) {
  await page.locator('.k-main').waitFor();
  await page.clock.install();
  await page.reload();
  await page.getByText(words).first().waitFor();
  await page.clock.fastForward(62_000);
  await page.locator('.k-pad').waitFor();
  assert.equal(new URL(page.url()).pathname, '/terminal');
  await page.goBack().catch(() => {});
  await page.goForward().catch(() => {});
  await page.locator('.k-pad').waitFor();
  assert.ok(!(await page.content()).includes(words), 'nothing comes back');
  assert.deepEqual(await stores(page), nothing);
}
const langs = [['中文', 'zh'], ['English', 'en'], ['ئۇيغۇرچە', 'ug']];
/** The screen in each language, looked at by axe in both themes. */
async function inEach(page, name) {
  for (const [button, lang] of langs) {
    await tap(page, button);
    await page.locator(`html[lang^=${lang}]`).waitFor();
    await clean(page, `${name}-${lang}`);
    assert.equal(await sideways(page), 0, `${name} ${lang}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await tap(page, '中文');
}

async function alwaysThere(references) {
  for (const [name, text] of [['calendar', '# no holidays\n'], ['custody-day', 'Mon-Sun 00:00-24:00\n']]) {
    const { version } = await asked(admin, 'GET', `/api/agenda/texts/${name}`);
    await asked(admin, 'PUT', `/api/agenda/texts/${name}`, { version, text }, 204);
  }
  const all = (await asked(admin, 'GET', '/api/agenda/resources')).resources;
  for (const row of all.filter((r) => references.includes(r.reference))) {
    const { version } = await asked(admin, 'GET', `/api/agenda/hours/${row.role}`);
    await asked(admin, 'PUT', `/api/agenda/hours/${row.role}`, { version, weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', until: '24:00' }], limits: { horizon: 90 } }, 204);
  }
}

test('own appointments: nothing, being arranged, fixed with whom, called off; in three languages', async () => {
  const p = await atTheWall();
  const { page } = p;
  await page.locator('a[href="/me/appointments"]').tap();
  await page.getByRole('heading', { name: '我的预约' }).waitFor();
  await page.getByText('现在没有预约').waitFor();
  await clean(page, 'kiosk-appointments-none');

  const need = 'specialist:ophthalmology';
  const v = (await asked(doctor, 'POST', '/api/visits', { patient: `Patient/${patient}`, needs: [need], question: '左眼红肿一周，视物模糊', triage: 'soon', minutes: 40, attached: [], labels: [] }, 201)).visit;
  await asked(doctor, 'POST', `/api/visits/${v.id}/consent`, { kind: 'request', witness: '陆白苏' });
  await asked(doctor, 'POST', `/api/visits/${v.id}/activate`, {});
  const own = (await asked(doctor, 'GET', '/api/session')).account.person;
  const all = (await asked(admin, 'GET', '/api/agenda/resources')).resources;
  await alwaysThere([own, ...all.filter((r) => /Practitioner\/demo-/.test(r.reference)).map((r) => r.reference)]);
  const now = new Date();
  const found = (await asked(admin, 'POST', '/api/agenda/find', { patient: `Patient/${patient}`, minutes: 40, triage: 'soon', from: now.toISOString(), until: new Date(now.getTime() + 2 * 86_400_000).toISOString(),
    needs: [{ need }, { need: 'clinic-doctor', reference: own }, { need: 'room:video-room' }, { need: 'escort' }] })).proposals[0];
  let b = (await asked(admin, 'POST', '/api/bookings', { patient: `Patient/${patient}`, request: v.request, triage: 'soon', start: found.start, minutes: 40, ask: true, seats: found.seats.map((s) => ({ need: s.need, reference: s.reference })) }, 201)).booking;
  await page.reload();
  await page.locator('[data-word=arranging]').waitFor();
  assert.match(await page.locator('[data-word=arranging]').textContent(), /时间还没有定/);
  for (const seat of b.seats.filter((s) => s.answer === 'asked')) b = (await asked(doctor, 'POST', `/api/bookings/${b.id}/accept`, { version: b.version, seat: seat.reference })).booking;
  await page.reload();
  await page.locator('[data-word=booked]').waitFor();
  const row = await page.locator('[data-word=booked]').textContent();
  const name = b.seats.find((s) => s.need === need).name;
  assert.ok(row.includes(name) && row.includes('眼科'), row);
  const said = await page.locator('main').textContent();
  for (const seat of b.seats.filter((s) => ['escort', 'room:video-room'].includes(s.need))) assert.ok(!said.includes(seat.name), `${seat.need} is not told`);
  await inEach(page, 'kiosk-appointments');
  await asked(admin, 'POST', `/api/bookings/${b.id}/cancel`, { version: b.version, side: 'clinic', reason: 'need-gone' });
  await page.reload();
  await page.locator('[data-word=cancelled]').waitFor();
  await shot(page, 'kiosk-appointments-cancelled');
  await leftAlone(page, '我的预约');
  assert.deepEqual(p.complaints, []);
  await p.close();
});

test('words of the own beside an entry, and a correction that is decided: terminal, Today, chart, in two languages', async () => {
  const released = { security: [{ system: 'https://yunqiao.invalid/fhir/label', code: 'released' }] };
  const made = await call(doctor.page, 'POST', '/fhir/Observation', { resourceType: 'Observation', status: 'final', code: { text: '空腹血糖' }, subject: { reference: `Patient/${patient}` }, effectiveDateTime: '2026-11-20', valueQuantity: { value: 7.9, unit: 'mmol/L' }, meta: released });
  assert.equal(made.status, 201);
  const entry = `Observation/${made.body.id}`;
  const p = await atTheWall();
  const { page } = p;
  const speak = async (kind, words, lang) => {
    await page.goto('/me/record');
    await page.locator(`a[href="/me/say/${entry}"]`).tap();
    await page.locator('.k-entry').getByText('7.9 mmol/L').waitFor();
    await page.getByRole('button', { name: kind }).tap();
    await page.locator('.k-foot .btn-primary').tap();
    await page.locator('.notice.warn').waitFor();
    await page.locator('textarea').fill(words);
    if (lang) await inEach(page, 'kiosk-say');
    await page.locator('.k-foot .btn-primary').tap();
    await page.locator('.k-entry').waitFor({ state: 'detached' });
  };
  await speak('补充我的说明', '抽血那天我吃过早饭。', true);
  await clean(page, 'kiosk-say-sent');
  await speak('请求更正', '这不是我的血。');
  await page.getByText(/卫生所最晚在/).waitFor();
  await tap(page, '好');
  await page.locator('.k-said').first().waitFor();
  await inEach(page, 'kiosk-record-said');

  for (const who of [nurse, doctor]) {
    await who.page.goto('/today');
    await who.page.locator('#statements').waitFor();
  }
  await clean(doctor.page, 'today-statements');
  await nurse.page.getByRole('button', { name: /处理 .* 本人意见/ }).click();
  await nurse.page.locator('dialog .beside').getByText('抽血那天我吃过早饭。').waitFor();
  await nurse.page.locator('dialog .beside').getByText(/空腹血糖/).waitFor();
  await clean(nurse.page, 'statement-noted');
  await nurse.page.locator('dialog textarea').fill('已记下，下次抽血前请空腹。');
  await nurse.page.getByRole('button', { name: '已阅' }).click();
  await nurse.page.locator('dialog').waitFor({ state: 'detached' });
  await nurse.page.getByRole('button', { name: /处理 .* 更正申请/ }).click();
  await nurse.page.locator('dialog').getByText('更正申请由医生决定').waitFor();
  await nurse.page.keyboard.press('Escape');

  await doctor.page.goto(`/patients/${patient}`);
  await doctor.page.locator('[data-statements] .beside').first().getByText(/空腹血糖/).waitFor();
  await clean(doctor.page, 'chart-statements-zh');
  await doctor.page.locator('[data-statements]').getByRole('button', { name: /处理/ }).click();
  await doctor.page.getByRole('button', { name: '作出决定' }).click();
  await doctor.page.getByText('请写明理由。').waitFor();
  await clean(doctor.page, 'statement-decide');
  await doctor.page.locator('dialog textarea').fill('已核对条码与采血记录，是您的血。');
  await doctor.page.getByRole('button', { name: '作出决定' }).click();
  await doctor.page.locator('dialog').waitFor({ state: 'detached' });
  await doctor.page.locator('[data-statements] [data-state=declined]').waitFor();
  const english = await person(browser, site, { lang: 'en', theme: 'dark' });
  await logIn(english.page, site.by.nurse);
  await english.page.goto(`/patients/${patient}`);
  await english.page.locator('[data-statements] summary').click();
  await english.page.locator('[data-statements] [data-state=declined]').getByText('Correction declined').first().waitFor();
  await clean(english.page, 'chart-statements-en');
  await english.close();
  assert.equal((await call(doctor.page, 'GET', `/fhir/${entry}`)).body.meta.versionId, '1', 'the entry is as it was');

  await page.goto('/me/record');
  await tap(page, '我说过的');
  await page.locator('[data-state=declined]').getByText('已核对条码与采血记录，是您的血。').waitFor();
  await page.locator('[data-state=noted]').getByText('已记下，下次抽血前请空腹。').waitFor();
  await inEach(page, 'kiosk-said');
  await page.goto(`/me/say/${entry}`);
  await page.locator('textarea').fill('没有写完的话');
  await leftAlone(page, '空腹血糖');
  assert.deepEqual(p.complaints, []);
  await p.close();
});

/* In each language the terminal's own buttons, and a nurse who reads that language. */
const spoken = {
  zh: { button: '中文', next: '下一步', start: '按下开始说', stop: '说完了', drop: '不要这段', yours: '您的录音', send: '发给卫生所', listen: /^听语音留言（\d+秒）$/, heard: /^听语音留言/ },
  en: { button: 'English', next: 'Next', start: 'Press and speak', stop: 'Done', drop: 'Drop it', yours: 'Your recording', send: 'Send to the clinic', listen: /^Listen to the voice note \(\d+ s\)$/, heard: /^Listen to the voice note/ },
};
for (const lang of ['zh', 'en']) {
  test(`a note by voice: spoken, listened to, spoken again, sent, and heard by the nurse alone (${lang})`, async () => {
    const w = spoken[lang];
    const p = await atTheWall();
    const { page } = p;
    await tap(page, w.button);
    await page.locator('a[href="/me/ask"]').tap();
    await page.locator('[data-region=chest]').first().tap();
    await tap(page, w.next);
    const voice = page.locator('.k-voice');
    await tap(page, w.start);
    await page.locator('[data-voice=recording]').waitFor();
    assert.ok(await page.locator('.k-foot .btn-primary').evaluate((b) => b.getAttribute('aria-disabled') === 'true' || b.disabled), 'first it is spoken to the end');
    await tap(page, w.stop);
    await page.locator('[data-voice=made]').waitFor();
    await tap(page, w.drop);
    await page.locator('[data-voice=none]').waitFor();
    await tap(page, w.start);
    await voice.getByText(/[12]/).first().waitFor();
    await page.waitForFunction(() => /\b[2-9]\b|[2-9]秒/.test(document.querySelector('.k-rec span')?.textContent ?? '')); // two seconds have been said
    await tap(page, w.stop);
    await voice.getByLabel(w.yours).waitFor();
    await clean(page, `kiosk-voice-${lang}`);
    assert.equal(await sideways(page), 0);
    await page.emulateMedia({ colorScheme: 'light' });
    await tap(page, w.next);
    await shot(page, `kiosk-voice-look-${lang}`);
    await tap(page, w.send);
    const number = Number(await page.locator('.k-number b').textContent());
    assert.equal(await page.locator('.k-main .notice.warn').count(), 0, 'the recording went with it');
    assert.deepEqual(await stores(page), nothing);

    const call_ = (await asked(nurse, 'GET', '/api/sick-calls')).calls.find((c) => c.number === number);
    assert.ok(call_.voice.ms >= 1500, JSON.stringify(call_.voice));
    assert.equal((await call(admin.page, 'GET', `/api/sick-calls/${call_.id}/voice`)).status, 404, 'who schedules hears nothing');
    const hears = await person(browser, site, { lang });
    await logIn(hears.page, site.by.nurse);
    await hears.page.locator('.sick').filter({ hasText: call_.words }).first().locator('[data-open]').click();
    const dialog = hears.page.locator('dialog[open]');
    await dialog.getByRole('button', { name: w.listen }).click();
    const audio = dialog.locator('audio');
    await audio.waitFor();
    assert.match(await audio.getAttribute('aria-label'), w.heard);
    await hears.page.waitForFunction(() => (document.querySelector('dialog[open] audio')?.currentTime ?? 0) > 0.2);
    await clean(hears.page, `kiosk-voice-heard-${lang}`);
    await asked(nurse, 'POST', `/api/sick-calls/${call_.id}/withdraw`, {});
    for (const one of [p, hears]) { assert.deepEqual(one.complaints, []); await one.close(); }
  });
}
