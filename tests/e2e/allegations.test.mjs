/* An allegation of ill-treatment that was made at an intake: with the doctor by name and with the privacy officer without, until it is sent to a body outside; in Chinese and English. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, clean, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser;
before(async () => { site = await startSite({}, { whole: true }); browser = await startBrowser(); });
after(async () => { await browser?.close(); await site?.stop(); });

const words = {
  zh: { open: '尚未送交', title: '虐待指控', sent: /已送交驻所检察室/, send: '登记送交', to: '送交', body: '驻所检察室' },
  en: { open: 'Not sent yet', title: 'Allegations of ill-treatment', sent: /Sent to Procuratorate/, send: 'Note that it was sent', to: 'Sent to', body: 'Procuratorate' },
};
const asked = async (page, method, path, body, want = 200) => {
  const r = await call(page, method, path, body);
  assert.equal(r.status, want, `${method} ${path}: ${JSON.stringify(r.body)}`);
  return r.body;
};
async function someone(role, lang) {
  const p = await person(browser, site, { lang });
  await logIn(p.page, site.by[role]);
  return p;
}

test('an allegation stands with the doctor by name and with the privacy officer without, until it is sent, in Chinese and English', async () => {
  const people = { zh: [await someone('clinic-doctor', 'zh'), await someone('privacy-officer', 'zh')], en: [await someone('clinic-doctor', 'en'), await someone('privacy-officer', 'en')] };
  const [doctor] = people.zh;
  /* the demo's intake that waits for the doctor: what was said of the body, and by whom it was done */
  const handed = (await asked(doctor.page, 'GET', '/api/intakes')).intakes.find((i) => i.state === 'handed');
  const of = (await asked(doctor.page, 'GET', `/api/intakes/${handed.id}`)).intake;
  await asked(doctor.page, 'PUT', `/api/intakes/${of.id}/injuries`, { answers: { ...of.injuries.answers, allegation: 'yes', consistency: 'consistent' } });
  await asked(doctor.page, 'POST', `/api/intakes/${of.id}/sign`, { fitness: 'fit', housing: 'normal', password: site.by['clinic-doctor'].password });
  for (const lang of ['zh', 'en']) {
    const w = words[lang];
    const [{ page: d }, { page: q }] = people[lang];
    await d.goto('/today');
    const row = d.locator('#allegations').locator('xpath=ancestor-or-self::section').first().or(d.locator('section[aria-labelledby=allegations]')).first();
    await row.getByText(of.patient.name).waitFor();
    await row.getByText(w.open).waitFor();
    await clean(d, `allegations-today-${lang}`);
    assert.equal(await sideways(d), 0);
    await q.goto('/allegations');
    await q.getByRole('heading', { name: w.title, level: 1 }).waitFor();
    await q.getByText(w.open).waitFor();
    const said = await q.locator('main').textContent();
    assert.ok(!said.includes(of.patient.name) && !said.includes(of.patient.number), 'nobody is named');
    await clean(q, `allegations-officer-${lang}`);
    assert.equal(await sideways(q), 0);
  }
  const [{ page: d }] = people.en;
  await d.locator('section[aria-labelledby=allegations] a').click();
  await d.getByLabel(words.en.to).selectOption({ label: words.en.body });
  await d.getByRole('button', { name: words.en.send }).click();
  await d.getByText(words.en.sent).waitFor();
  for (const lang of ['zh', 'en']) {
    const [{ page: own }, { page: q }] = people[lang];
    await own.goto('/today');
    await own.locator('#urgent').waitFor();
    assert.equal(await own.locator('section[aria-labelledby=allegations]').count(), 0, 'nothing is open');
    await q.reload();
    await q.getByText(words[lang].sent).waitFor();
    await shot(q, `allegations-sent-${lang}`);
    for (const p of people[lang]) { assert.deepEqual(p.complaints, []); await p.close(); }
  }
});
