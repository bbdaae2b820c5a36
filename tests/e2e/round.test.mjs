/* Doses at the cell doors, by a finger: in Chinese on a tablet, in English on a phone. The block's list by cell, somebody found by the number; of each drug what became of its dose, with why when it
   was not taken; a controlled drug by two, the second with the own password on the own device. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, doctor, pharmacist;
const day = 86_400_000;
const words = {
  zh: {
    size: { width: 820, height: 1180 }, block: '二监区', cells: 'B', scan: '扫腕带或输入编号', none: (n) => `这个监区没有编号${n}的人有待给的药`, all: '显示全部', given: '给药', other: '没给…', title: '没有给药', outcome: '结果', why: '原因', whyFirst: '请写明原因。', record: '记录', done: '已记录',
    became: { given: '已服', refused: '拒服', held: '暂缓', missed: '漏服', absent: '不在' }, reasons: { refused: '他说胃里不舒服', held: '医生电话让等血压结果', missed: '送药时门打不开', absent: '出庭，下午回来' },
    waits: '已给，等另一位签名', second: '第二人签名', twice: '管制药品由两人签名，请另一位来签', password: '登录密码', sign: '第二人签名',
  },
  en: {
    size: { width: 390, height: 844 }, block: '三监区', cells: 'C', scan: 'Scan the wristband, or type the number', none: (n) => `Nobody with the number ${n} has a drug here`, all: 'Show all', given: 'Given', other: 'Not given…', title: 'Not given', outcome: 'Outcome', why: 'Why', whyFirst: 'Say why.', record: 'Record', done: 'Recorded',
    became: { given: 'Given', refused: 'Refused', held: 'Held', missed: 'Missed', absent: 'Absent' }, reasons: { refused: 'Says it upsets the stomach', held: 'The doctor wants the pressure first', missed: 'The door would not open', absent: 'In court until the afternoon' },
    waits: 'waits for another signature', second: 'Sign as second', twice: 'A controlled drug takes two: another person signs', password: 'Your password', sign: 'Sign as second',
  },
};
/* Which drug becomes what; the last is controlled. */
const drugs = { given: ['loratadine', '10', 'mg'], refused: ['omeprazole', '20', 'mg'], held: ['metformin', '0.5', 'g'], missed: ['ambroxol', '30', 'mg'], absent: ['ibuprofen', '0.2', 'g'], controlled: ['tramadol', '50', 'mg'] };

before(async () => {
  site = await startSite({}, { whole: true, clock: true });
  /* The morning's round: five past eight there. */
  const eight = Math.ceil(Date.now() / day) * day + 5 * 60_000;
  site.ahead(eight - Date.now());
  browser = await startBrowser();
  [doctor, pharmacist] = await Promise.all([1, 2].map(() => person(browser, site)));
  for (const [p, role] of [[doctor, 'clinic-doctor'], [pharmacist, 'pharmacist']]) {
    await logIn(p.page, site.by[role]);
  }
});
after(async () => { await browser?.close(); await site?.stop(); });

const ok = (r, status = 200) => { assert.equal(r.status, status, JSON.stringify(r.body)); return r.body; };
const button = (at, name) => at.getByRole('button', { name, exact: true });
/** All that a finger is to hit is large enough. */
const small = (page) => page.evaluate(() => [...document.querySelectorAll('.round-act button, .round-act .btn, .round-drug > .btn')].filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 32).map((e) => `${e.textContent} ${Math.round(e.getBoundingClientRect().height)}`));

/** Somebody of the block who takes nothing yet, with an order of each drug in force. */
async function whoTakes(cells, from) {
  for (let i = from; ; i += 48) {
    const patient = `demo-p${String(i).padStart(3, '0')}`;
    const has = ok(await call(doctor.page, 'GET', `/fhir/MedicationRequest?patient=Patient/${patient}&status=active`));
    if ((has.entry ?? []).length > 0) continue;
    const p = ok(await call(doctor.page, 'GET', `/fhir/Patient/${patient}`));
    const of = { id: patient, name: p.name[0].text, number: p.identifier.find((x) => x.system === 'urn:yunqiao:detainee-number').value, drug: {}, orders: [] };
    for (const [what, [drug, dose, unit]] of Object.entries(drugs)) {
      const { id } = ok(await call(doctor.page, 'POST', '/api/orders', { patient, drug, dose, unit, route: '口服', per_day: 1, as_needed: false, days: 7, words: '', override: '已当面核对' }), 201);
      ok(await call(pharmacist.page, 'POST', `/api/orders/${id}/approve`, { reason: '剂量合适' }), 204);
      of.orders.push(`MedicationRequest/${id}`);
      of.drug[what] = ok(await call(doctor.page, 'GET', `/fhir/MedicationRequest/${id}`)).medicationCodeableConcept.text;
    }
    return of;
  }
}

for (const [lang, from] of [['zh', 24], ['en', 44]]) {
  test(`a round at the cell doors (${lang})`, async () => {
    const w = words[lang];
    const of = await whoTakes(w.cells, from);
    const p = await person(browser, site, { lang, touch: true, ...w.size });
    const { page } = p;
    await logIn(page, site.by.nurse);
    await page.goto('/round');
    await page.getByRole('button', { name: new RegExp(`^${w.block}`) }).tap();
    const people = page.locator('.round-list > li');
    const mine = people.filter({ hasText: of.number });
    await mine.waitFor();
    assert.ok(await people.count() > 1, 'the whole block');
    const heads = await people.locator('h2').allTextContents();
    assert.ok(heads.every((h) => h.startsWith(w.cells)), 'this block alone');
    const cells = heads.map((h) => h.slice(0, 3));
    assert.deepEqual(cells, [...cells].sort(), 'by cell');
    await clean(page, `round-block-${lang}`);
    assert.equal(await sideways(page), 0);

    const field = page.getByLabel(w.scan);
    await field.fill('9999999');
    await field.press('Enter');
    await page.getByText(w.none('9999999')).waitFor();
    assert.ok(await people.count() > 1);
    await field.fill(of.number); // as a scanner types it
    await field.press('Enter');
    await until('he alone', async () => await people.count() === 1);
    await page.getByText(w.none('9999999')).waitFor({ state: 'detached' });
    assert.equal(await mine.locator('.round-drug').count(), Object.keys(drugs).length);
    assert.deepEqual(await small(page), []);
    const line = (what) => mine.locator('.round-drug').filter({ hasText: of.drug[what] });

    await button(line('given'), `${w.given} ${of.name} ${of.drug.given}`).tap();
    await line('given').locator('.chip.ok').getByText(w.became.given).waitFor();
    await button(line('given'), `${w.given} ${of.name} ${of.drug.given}`).waitFor({ state: 'detached' });
    const dialog = page.getByRole('dialog', { name: w.title, exact: true });
    for (const what of ['refused', 'held', 'missed', 'absent']) {
      await button(line(what), `${w.other} ${of.name} ${of.drug[what]}`).tap();
      await dialog.getByText(of.drug[what]).waitFor();
      await dialog.getByLabel(w.outcome).selectOption({ label: w.became[what] });
      if (what === 'refused') {
        await button(dialog, w.record).tap();
        await dialog.getByText(w.whyFirst).waitFor();
        assert.deepEqual(await axe(page, 'not given'), []);
        await shot(page, `round-not-given-${lang}`);
      }
      await dialog.getByLabel(w.why, { exact: true }).fill(w.reasons[what]);
      await button(dialog, w.record).tap();
      await dialog.waitFor({ state: 'detached' });
      await line(what).locator('.chip.warn').getByText(w.became[what]).waitFor();
    }

    /* the controlled one: half, until another signs with the own password */
    await button(line('controlled'), `${w.given} ${of.name} ${of.drug.controlled}`).tap();
    await line('controlled').getByText(w.waits).waitFor();
    assert.equal(await line('controlled').getByRole('button').count(), 0, 'not given a second time');
    assert.equal(await line('controlled').locator('.chip.ok').count(), 0, 'half a dose is none');
    await clean(page, `round-done-${lang}`);
    assert.equal(await sideways(page), 0);
    await line('controlled').getByRole('link', { name: w.second }).tap();
    await page.getByText(w.twice).waitFor();
    await shot(page, `round-own-${lang}`);

    const other = await person(browser, site, { lang, touch: true, ...w.size });
    await logIn(other.page, site.by['clinic-doctor']);
    await other.page.goto(`/patients/${of.id}/orders`);
    await button(other.page, w.second).tap();
    const signing = other.page.locator('dialog[open]');
    await signing.getByText(of.drug.controlled).waitFor();
    await signing.getByLabel(w.password).fill('not the password');
    await button(signing, w.sign).tap();
    await signing.locator('.notice.bad').waitFor();
    assert.deepEqual(await axe(other.page, 'second'), []);
    await signing.getByLabel(w.password).fill(site.by['clinic-doctor'].password);
    await shot(other.page, `round-second-${lang}`);
    await button(signing, w.sign).tap();
    await signing.waitFor({ state: 'detached' });

    await page.goto('/round');
    await page.getByRole('button', { name: new RegExp(`^${w.block}`) }).tap();
    await line('controlled').locator('.chip.ok').getByText(w.became.given).waitFor();
    const doses = ok(await call(doctor.page, 'GET', `/fhir/MedicationAdministration?patient=Patient/${of.id}`)).entry.map((e) => e.resource);
    const told = doses.filter((d) => of.orders.includes(d.request?.reference));
    assert.equal(told.length, 6);
    const controlled = told.find((d) => d.medicationCodeableConcept.text === of.drug.controlled);
    assert.deepEqual([controlled.status, controlled.performer.length], ['completed', 2]);
    assert.deepEqual(told.filter((d) => d.status === 'not-done').map((d) => d.statusReason[0].coding[0].code).sort(), ['absent', 'held', 'missed', 'refused']);
    for (const one of [p, other]) { assert.deepEqual(one.complaints, []); await one.close(); }
  });
}
