/* Somebody goes to an emergency: who and when on Today, a state for the command that was asked for help and for the patient who raised it; in Chinese and English. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser;
before(async () => { site = await startSite({}, { whole: true, clock: true }); browser = await startBrowser(); });
after(async () => { await browser?.close(); await site?.stop(); });

const minute = 60_000;
const words = {
  zh: { go: '我去', goes: /陆白苏.*赶去/, help: /医务室需要支援/, coming: /医务人员正在赶去/, patient: 'demo-p003' },
  en: { go: 'I am going', goes: /陆白苏 on the way/, help: /The clinic needs help/, coming: /The clinic is on the way/, patient: 'demo-p004' },
};
async function someone(role, lang) {
  const p = await person(browser, site, { lang });
  await logIn(p.page, site.by[role]);
  return p;
}

let ahead = 0;
for (const lang of ['zh', 'en']) {
  test(`who goes to an emergency stands on Today, the command learns that somebody does, and the patient too (${lang})`, async () => {
    const w = words[lang];
    const asked = async (page, method, path, body, want = 200) => {
      const r = await call(page, method, path, body);
      assert.equal(r.status, want, `${method} ${path}: ${JSON.stringify(r.body)}`);
      return r.body;
    };
    const early = await someone('nurse', lang);
    const made = (await asked(early.page, 'POST', '/api/sick-calls', { patient: `Patient/${w.patient}`, words: '胸口压着疼，出冷汗', place: 'chest' }, 201)).call;
    await asked(early.page, 'POST', `/api/sick-calls/${made.id}/triage`, { triage: 'emergency' });
    await early.close();
    ahead += 26 * minute;
    site.ahead(ahead);
    /* who looks from then on: a session does not outlive such a leap */
    const people = await Promise.all([someone('nurse', lang), someone('clinic-doctor', lang), someone('duty-command', lang)]);
    const [n, d, c] = people.map((p) => p.page);
    await Promise.all([live(n), live(d), live(c)]);
    await c.getByText(w.help).waitFor();
    await shot(c, `emergency-alone-${lang}`);
    const row = (page) => page.locator('.sick').filter({ hasText: made.patient.name }).filter({ hasText: made.words }).first();
    await clean(n, `emergency-today-${lang}`);
    assert.equal(await sideways(n), 0);
    await row(n).getByRole('button', { name: `${w.go} ${made.patient.name}` }).click();
    await row(d).getByText(w.goes).waitFor();
    await row(n).getByText(w.goes).waitFor();
    assert.equal(await row(d).getByRole('button', { name: `${w.go} ${made.patient.name}` }).count(), 0, 'once');
    await shot(d, `emergency-going-${lang}`);
    await c.getByText(w.coming).waitFor();
    const told = await c.locator('.notice').filter({ hasText: w.coming }).textContent();
    assert.ok(!told.includes('陆白苏') && !told.includes(made.patient.name) && !told.includes('胸'), told);
    await shot(c, `emergency-coming-${lang}`);
    await asked(d, 'POST', `/api/sick-calls/${made.id}/triage`, { triage: 'routine', reason: '心电图正常' });
    await until('the alarm is over', async () => (await asked(c, 'GET', '/api/alarm')).since === null);
    for (const p of people) { assert.deepEqual(p.complaints, []); await p.close(); }
  });
}
