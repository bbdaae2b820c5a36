/* What custody and the clinic tell each other on the screen, in Chinese and in English: a platform's concern on the clinic's Today with its clock, of which it hears back a state alone; the duty
   command's counts, none below five, and what was told to that very person; the privacy officer's review of a death. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { axe, bin, call, clean, freePort, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';
import { head, says } from './registry-lib.mjs';

let site, browser, port, token, doctor;
const button = (at, name) => at.getByRole('button', { name, exact: true });
const toast = (page, said) => page.locator('.toast').getByText(said, { exact: true }).waitFor();

/** The registry says something; the code that answers it. */
const adt = (event, number, control, { name, birth, end = '', at = '20261127081500+0800' }) => says(port, [
  ...head(event, control, at), `PID|1||${number}^^^SITE^PI||${name}||${birth}|M`, `PV1|1|I|B^B03^^^^CELL${end === '' ? '' : `|${'|'.repeat(32)}${end}`}`]);
/** As the platform's program asks: by its token, on the page that is nobody's. */
const platform = (page, method, path, body) => page.evaluate(async ([m, p, b, t]) => {
  const r = await fetch(p, { method: m, credentials: 'omit', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${t}` }, ...(b === null ? {} : { body: JSON.stringify(b) }) });
  const text = await r.text();
  return { status: r.status, body: text === '' ? null : JSON.parse(text) };
}, [method, path, body ?? null, token]);

const words = {
  zh: { kind: '跌倒', cellKind: '打架', cell: '整间监室', seen: '已查看', done: '处理完', seenSaid: '已记为查看', doneSaid: '已记为处理完', title: '关注信号', counts: '人数', ward: '各监区隔离与在管人数', below: '不足5', told: '告知我的病名', illness: '流行性感冒', why: '保护民警', deaths: '死亡复核', begin: /^开始复核/, close: '结束复核…', closeDo: '结束复核', closed: '复核已结束', opened: '死亡前七天以来谁打开过什么', closedBy: /已结束$/ },
  en: { kind: 'Fall', cellKind: 'Fight', cell: 'The whole cell', seen: 'Seen', done: 'Done', seenSaid: 'Marked as seen', doneSaid: 'Marked as done', title: 'Concerns', counts: 'Counts', ward: 'Isolated and watched, by block', below: 'below 5', told: 'Illnesses told to me', illness: 'Influenza', why: 'To protect officers', deaths: 'Deaths', begin: /^Begin the review/, close: 'Close the review…', closeDo: 'Close the review', closed: 'The review is closed', opened: 'Who opened what, from a week before on', closedBy: /^Closed by/ },
};

before(async () => {
  port = await freePort();
  site = await startSite({ registry: { mllp: `127.0.0.1:${port}` } }, { whole: true });
  browser = await startBrowser();
  const { stdout } = await promisify(execFile)(join(bin, 'yunqiao'), ['token', '--user', site.by.guard.name, '--data', site.data, '--json']);
  const told = JSON.parse(stdout);
  ({ token } = told.result ?? told);
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
});
after(async () => { await browser?.close(); await site?.stop(); });

for (const lang of ['zh', 'en']) {
  test(`a platform's concern: on Today with its clock, seen and done, and a state alone goes back (${lang})`, async () => {
    const w = words[lang];
    const p = await person(browser, site, { lang });
    const { page } = p;
    await logIn(page, site.by.nurse);
    await live(page);
    const outside = await person(browser, site);
    await outside.page.goto('/login');
    const found = await call(page, 'GET', `/fhir/Patient/demo-p0${lang === 'zh' ? 70 : 71}`);
    const number = found.body.identifier.find((i) => i.system === 'urn:yunqiao:detainee-number').value;
    const name = found.body.name[0].text;
    const at = new Date().toISOString();
    const raised = await platform(outside.page, 'POST', '/api/signals', { id: `fall-${lang}`, kind: 'fall', person: number, at });
    assert.deepEqual([raised.status, raised.body], [201, { id: `fall-${lang}`, state: 'received' }]);
    assert.equal((await platform(outside.page, 'POST', '/api/signals', { id: `fight-${lang}`, kind: 'fight', cell: 'A/A05', at })).status, 201);
    const list = page.locator('section:has(#concerns)');
    const row = list.locator('.sick').filter({ hasText: name });
    await row.getByText(w.kind, { exact: true }).waitFor();
    await row.locator('.clock').waitFor();
    const whole = list.locator('.sick').filter({ hasText: w.cell });
    await whole.getByText(w.cellKind, { exact: true }).first().waitFor();
    await list.scrollIntoViewIfNeeded();
    await clean(page, `desk-concerns-${lang}`);
    assert.equal(await sideways(page), 0);
    await button(row, `${w.seen} ${name}`).click();
    await toast(page, w.seenSaid);
    const back = await platform(outside.page, 'GET', `/api/signals/fall-${lang}`);
    assert.deepEqual([back.status, back.body], [200, { id: `fall-${lang}`, state: 'seen' }], 'a state and no more');
    await row.locator('.clock').waitFor({ state: 'detached' });
    await button(row, `${w.done} ${name}`).click();
    await row.waitFor({ state: 'detached' });
    assert.deepEqual((await platform(outside.page, 'GET', `/api/signals/fall-${lang}`)).body, { id: `fall-${lang}`, state: 'done' });
    for (const one of [p, outside]) { assert.deepEqual(one.complaints, []); await one.close(); }
  });

  test(`the duty command's counts and what was told to that person (${lang})`, async () => {
    const w = words[lang];
    const p = await person(browser, site, { lang });
    const { page } = p;
    await logIn(page, site.by['duty-command']);
    await button(page, w.counts).click();
    const table = page.getByRole('table', { name: w.ward, exact: true });
    await table.locator('tbody tr').first().waitFor();
    const told = await table.textContent();
    assert.ok(told.includes(w.below), 'what is below five is not shown');
    const said = (await call(page, 'GET', '/api/epidemic/counts')).body;
    for (const n of await table.locator('td.num').allTextContents()) assert.ok(n === w.below || Number(n) >= 5, n);
    assert.equal(await table.locator('tbody tr').count(), said.blocks.length + 1);
    assert.ok(!/流感|流行性感冒|[Ii]nfluenza/.test(await page.locator('main').textContent()) || lang === 'en', 'no illness before one is told');
    if (lang === 'zh') {
      const all = (await call(doctor.page, 'GET', '/api/epidemic')).body;
      const one = all.cases.find((c) => c.illness === 'influenza' && c.state === 'confirmed');
      const whom = all.commands.find((c) => c.name === site.by['duty-command'].display) ?? all.commands[0];
      assert.equal((await call(doctor.page, 'POST', `/api/epidemic/cases/${one.id}/tell`, { account: whom.id, reason: 'officers' })).status, 204);
      await page.reload();
      await button(page, w.counts).click();
    }
    const mine = page.getByRole('table', { name: w.told, exact: true });
    await mine.getByText(w.illness).waitFor();
    await mine.getByText(w.why, { exact: true }).waitFor();
    await clean(page, `desk-counts-${lang}`);
    assert.equal(await sideways(page), 0);
    assert.deepEqual(p.complaints, []);
    await p.close();
  });

  test(`the privacy officer reviews a death (${lang})`, async () => {
    const w = words[lang];
    const number = lang === 'zh' ? '8801' : '8802';
    const who = { name: lang === 'zh' ? '淳于^鹭' : '司徒^鹮', birth: lang === 'zh' ? '19700303' : '19710404' };
    assert.equal(await adt('A01', number, `${number}-1`, who), 'AA');
    const patient = await until('the person is there', async () => (await call(doctor.page, 'GET', `/fhir/Patient?identifier=urn:yunqiao:detainee-number|${number}`)).body.entry?.[0]?.resource);
    assert.equal((await call(doctor.page, 'GET', `/fhir/Patient/${patient.id}`)).status, 200);
    assert.equal(await adt('A03', number, `${number}-2`, { ...who, end: 'DEAD', at: '20261127101500+0800' }), 'AA');
    const p = await person(browser, site, { lang });
    const { page } = p;
    await logIn(page, site.by['privacy-officer']);
    await page.goto('/deaths');
    const row = page.locator('tbody tr').filter({ hasText: patient.id });
    await row.waitFor();
    await clean(page, `desk-deaths-${lang}`);
    await row.getByRole('button', { name: w.begin }).click();
    const rows = page.getByRole('table', { name: w.opened, exact: true });
    await rows.locator('tbody tr').first().waitFor();
    assert.ok(!/淳于|司徒鹮/.test(await page.locator('main').textContent()), 'a pseudonym');
    await clean(page, `desk-death-${lang}`);
    assert.equal(await sideways(page), 0);
    await button(page, w.close).click();
    const dialog = page.getByRole('dialog', { name: w.closeDo, exact: true });
    await dialog.locator('textarea').fill('查阅均在诊疗之内，无异常。');
    assert.deepEqual(await axe(page, 'close'), []);
    await shot(page, `desk-death-close-${lang}`);
    await button(dialog, w.closeDo).click();
    await toast(page, w.closed);
    await row.getByText(w.closedBy).waitFor();
    assert.equal(await button(page, w.close).count(), 0, 'once');
    assert.deepEqual(p.complaints, []);
    await p.close();
  });
}
