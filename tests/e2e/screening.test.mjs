/* One's own screening at the wall terminal, by a finger alone, in Chinese and in English: nothing before a doctor has released it; then what was asked and answered,
   part by part; and a word of one's own beside it, which the doctor gets (what was found on a body is the doctor's alone, and so is what is said of it). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enrol, enter, nothing, number, stores, tap, wall } from './kiosk-lib.mjs';
import { call, clean, freePort, logIn, person, sideways, startBrowser, startSite, until } from './lib.mjs';
import { head, says, stamp } from './registry-lib.mjs';

const patient = 'demo-p001'; /* whom the demo's detainee is */
let site, browser, nurse, doctor;
const asked = async (who, method, path, body, want = 200) => {
  const r = await call(who.page, method, path, body);
  assert.equal(r.status, want, `${method} ${path}: ${JSON.stringify(r.body)}`);
  return r.body;
};

const no = ['infect.cough', 'infect.blood', 'infect.sweats', 'infect.fever', 'infect.rash', 'infect.contact', 'harm.thoughts', 'harm.before', 'history.disease', 'history.mental', 'family'];
const form = { identity: 'checked', consent: 'given', 'present.conscious': 'alert', 'present.walks': 'alone', allergy: 'no', 'vital.systolic': '132', 'vital.diastolic': '84', 'exam.blood': 'done', 'exam.ecg': 'done',
  'exam.ultrasound': 'ordered', 'exam.chest': 'refused', 'harm.level': 'low', withdrawal: 'none', pregnancy: 'not-applicable', notes: '想家，夜里醒两次', ...Object.fromEntries(no.map((q) => [q, 'no'])) };
const injuries = { injuries: 'found', statement: '上车时碰到了膝盖', findings: '右膝青紫，3厘米', consistency: 'consistent', allegation: 'no', marks: [{ side: 'front', x: '412', y: '705', kind: 'bruise', words: '右膝' }] };

let parts;
before(async () => {
  const port = await freePort();
  site = await startSite({ registry: { mllp: `127.0.0.1:${port}` } }, { whole: 'unbooked' });
  browser = await startBrowser();
  [nurse, doctor] = await Promise.all([1, 2].map(() => person(browser, site)));
  for (const [who, role] of [[nurse, 'nurse'], [doctor, 'clinic-doctor']]) {
    await logIn(who.page, site.by[role]);
  }
  const name = site.by.detainee.display;
  const came = [...head('A01', 'screening1', stamp(Date.now() - 600_000)), `PID|1||${number}^^^SITE^PI||${name.slice(0, 1)}^${name.slice(1)}`, 'PV1||I|B^B07^^^^CELL'];
  assert.equal(await says(port, came), 'AA');
  const mine = await until('the screening is due', async () => (await asked(nurse, 'GET', '/api/intakes')).intakes.find((i) => i.patient.id === patient));
  await asked(nurse, 'POST', `/api/intakes/${mine.id}/begin`, {});
  await asked(nurse, 'PUT', `/api/intakes/${mine.id}/form`, { answers: form });
  await asked(nurse, 'PUT', `/api/intakes/${mine.id}/injuries`, { answers: injuries });
  await asked(nurse, 'POST', `/api/intakes/${mine.id}/hand`, {});
  await asked(doctor, 'POST', `/api/intakes/${mine.id}/sign`, { fitness: 'fit', housing: 'normal', password: site.by['clinic-doctor'].password });
  parts = (await asked(doctor, 'GET', `/api/intakes/${mine.id}`)).intake;
});
after(async () => { await browser?.close(); await site?.stop(); });

const words = {
  zh: { button: '中文', title: '我的入所筛查', none: '现在没有放行的内容', form: '入所筛查表', kind: '补充我的说明', send: '发给卫生所', sent: '卫生所收到了', good: '好', mine: '膝盖还在疼，下楼要扶着。' },
  en: { button: 'English', title: 'My screening at arrival', none: 'Nothing is released now', form: 'Screening form', kind: 'Add my own words', send: 'Send to the clinic', sent: 'The clinic has it', good: 'Good', mine: 'The knee still hurts on the stairs.' },
};
/** A terminal on the wall, in that language, and the detainee at it. */
async function atTheWall(lang) {
  const p = await wall(browser, site);
  await enrol(p.page, site);
  await tap(p.page, words[lang].button);
  await enter(p.page, site);
  return p;
}
const readIt = async (page) => {
  await page.locator('a[href="/me/record"]').first().tap(); /* the first says that there is news */
  await page.locator('a[href="/me/intake"]').first().tap();
};

test('before a doctor has released it there is nothing to be read', async () => {
  const p = await atTheWall('zh');
  await p.page.locator('.k-rows a[href="/me/record"]').tap();
  await p.page.locator('.k-main h1').waitFor();
  assert.equal(await p.page.locator('a[href="/me/intake"]').count(), 0);
  await p.page.goto('/me/intake');
  await p.page.getByText(words.zh.none).waitFor();
  await clean(p.page, 'screening-none');
  await p.close();
  for (const part of [parts.form, parts.injuries]) await asked(doctor, 'POST', `/api/releases/QuestionnaireResponse/${part.id}`, undefined, 204);
});

for (const lang of ['zh', 'en']) {
  test(`what was asked and answered, part by part, and a word of one's own beside it (${lang})`, async () => {
    const w = words[lang];
    const p = await atTheWall(lang);
    const { page } = p;
    await readIt(page);
    await page.getByRole('heading', { name: w.title }).waitFor();
    const whole = page.locator('.k-intake[data-part=form]');
    await whole.getByRole('heading', { name: w.form }).waitFor();
    await whole.getByText('想家，夜里醒两次').waitFor();
    await whole.getByText('132').first().waitFor();
    await page.locator('.k-intake[data-part=injuries]').getByText('上车时碰到了膝盖').waitFor();
    assert.equal(await sideways(page), 0);
    await clean(page, `screening-${lang}`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator('.k-intake[data-part=injuries] a.btn').tap();
    await page.locator('.k-entry').waitFor();
    await tap(page, w.kind);
    await page.locator('textarea').fill(w.mine);
    await clean(page, `screening-say-${lang}`);
    await page.emulateMedia({ colorScheme: 'light' });
    await tap(page, w.send);
    await page.getByText(w.sent).waitFor();
    await tap(page, w.good);
    await page.locator('.k-said').filter({ hasText: w.mine }).waitFor();
    assert.deepEqual(await stores(page), nothing);
    assert.deepEqual(p.complaints, []);
    await p.close();
    const told = (await asked(doctor, 'GET', `/api/statements?patient=${patient}`)).statements;
    assert.ok(told.some((s) => s.words === w.mine && s.record === `QuestionnaireResponse/${parts.injuries.id}`), JSON.stringify(told));
  });
}
