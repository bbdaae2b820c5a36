/* What spreads, from the first fever to the end of isolation, in Chinese and in English: fevers come in by a sick call and by the thermometer, the third crosses the block's line; one is marked,
   kept apart and confirmed by the laboratory, of which the duty command, in the other language, learns where and until when, and no more; contacts are looked at one by one, one of them falls
   ill and is excluded; the statutory report has its number; six days later the criterion is met and a doctor signs the end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, doctor;
const day = 86_400_000;
const button = (at, name) => at.getByRole('button', { name, exact: true });
const toast = (page, said) => page.locator('.toast').getByText(said, { exact: true }).waitFor();

/* In each language another block: whom the fever comes to first, who lives in the same cell, and somebody three doors on. */
const words = {
  zh: {
    block: 'B', blockName: '二监区', first: 'demo-p021', ill: 'demo-p069', well: 'demo-p117', third: 'demo-p022',
    enter: '代录求医', patient: /^患者/, says: '他怎么说', said: '发烧两天，咳嗽，浑身酸痛', save: '登记', triage: '确定', measure: '录入', temperature: /^体温/, keep: '保存', sure: '我重新看过，数值无误', nav: '疫情防控',
    alarm: (n) => `二监区发热${n}人，已越过警戒线`, seen: '已去查看', suspect: '标记疑似', mark: '标记', marked: '已标记', where: '隔离在', room: '隔离室1', isolate: '隔离', isolated: '已隔离，接触者已列出', criterion: '解除标准',
    well_: '正常', ill_: '有症状', looked: '已记录', illNow: '已标记为疑似病例', lookedAt: /看过，正常/, dayOne: /第1天，共5天/, seenToday: '今日已看', missed: /漏看[56]天/, lookLate: /^漏看已/, officers: '待沟通的押解民警', officerDo: '已沟通', spoken: /已沟通$/, ack: '确认', as: '确诊为', influenza: '流行性感冒', confirm: '确诊', confirmed: '已确诊', exclude: '排除', excluded: '已排除',
    report: '登记上报', number: '报告卡编号', criteria: ['发病满5天', '症状消失满24小时'], met: '已满足', wellSince: '症状消失时间', course: '保存病程', courseDone: '已保存', end: '解除隔离', password: '登录密码', ended: '已解除隔离', mayEnd: '达到解除标准',
    free: '已解除', table: '看表格', curve: '流行曲线', plan: '监室状态', cases: '在管病例', test: '检测阳性', all: /^全部\d+人$/,
    theirs: { lang: 'en', tab: 'Isolation', none: 'Nobody is isolated' },
  },
  en: {
    block: 'C', blockName: '三监区', first: 'demo-p041', ill: 'demo-p089', well: 'demo-p137', third: 'demo-p042',
    enter: 'Enter a sick call', patient: /^Patient/, says: 'What he says', said: '发烧，嗓子疼', save: 'Enter', triage: 'Save', measure: 'Enter', temperature: /^Temperature/, keep: 'Save', sure: 'I looked again: the values are right', nav: 'Infection control',
    alarm: (n) => `三监区: fever in ${n} people, over the alarm line`, seen: 'Looked into', suspect: 'Mark a suspicion', mark: 'Mark', marked: 'Marked', where: 'Isolated in', room: '隔离室2', isolate: 'Isolate', isolated: 'Isolated; the contacts are listed', criterion: 'Criterion for release',
    well_: 'Well', ill_: 'Has symptoms', looked: 'Recorded', illNow: 'Marked as a suspected case', lookedAt: /seen .*, well/, dayOne: /Day 1 of 5/, seenToday: 'Seen today', missed: /[56] days missed/, lookLate: /^Look missed/, officers: 'Officers to speak with', officerDo: 'Spoken with', spoken: /^Spoken with /, ack: 'Acknowledge', as: 'Confirmed as', influenza: 'Influenza', confirm: 'Confirm', confirmed: 'Confirmed', exclude: 'Exclude', excluded: 'Excluded',
    report: 'Enter the report', number: 'Report number', criteria: ['5 days after onset', '24 h without symptoms'], met: 'met', wellSince: 'Without symptoms since', course: 'Save the course', courseDone: 'Saved', end: 'End isolation', password: 'Your password', ended: 'Isolation has ended', mayEnd: 'Criterion met',
    free: 'Released', table: 'As a table', curve: 'Epidemic curve', plan: 'Cells', cases: 'Open cases', test: 'Positive test', all: /^All \d+$/,
    theirs: { lang: 'zh', tab: '隔离', none: '没有隔离人员' },
  },
};
const secret = /流感|流行性感冒|[Ii]nfluenza|发热|[Ff]ever|发烧|咳嗽/;

before(async () => {
  site = await startSite({}, { whole: true, clock: true });
  browser = await startBrowser();
  doctor = await person(browser, site);
  await logIn(doctor.page, site.by['clinic-doctor']);
});
after(async () => { await browser?.close(); await site?.stop(); });

const asked = async (page, method, path, body, want = 200) => {
  const r = await call(page, method, path, body);
  assert.equal(r.status, want, `${method} ${path}: ${JSON.stringify(r.body)}`);
  return r.body;
};
async function who(id) {
  const p = await asked(doctor.page, 'GET', `/fhir/Patient/${id}`);
  return { id, name: p.name[0].text, number: p.identifier.find((i) => i.system === 'urn:yunqiao:detainee-number').value };
}
async function someone(role, lang, more = {}) {
  const p = await person(browser, site, { lang, ...more });
  await logIn(p.page, site.by[role]);
  return p;
}
const about = (patient) => ({ status: 'final', subject: { reference: `Patient/${patient}` }, effectiveDateTime: new Date().toISOString() });
const warm = (page, patient, value) => asked(page, 'POST', '/fhir/Observation', { resourceType: 'Observation', ...about(patient), code: { coding: [{ system: 'http://loinc.org', code: '8310-5' }], text: '体温' }, valueQuantity: { value, unit: '℃', system: 'http://unitsofmeasure.org', code: 'Cel' } }, 201);
const swab = (patient, code, text) => asked(doctor.page, 'POST', '/fhir/Observation', {
  resourceType: 'Observation', ...about(patient), category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '92142-9' }], text: '甲型流感病毒核酸' }, valueString: text, interpretation: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code }] }],
}, 201);
const row = (page, w, of) => page.getByRole('table', { name: w.cases, exact: true }).getByRole('row').filter({ hasText: of.number });
async function openCase(page, w, of) {
  await row(page, w, of).getByRole('button').click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByRole('heading', { name: `${of.name} ${of.number}` }).waitFor();
  return dialog;
}
const shut = async (page) => { await page.keyboard.press('Escape'); await page.locator('dialog[open]').waitFor({ state: 'detached' }); };
/** What the page says a cell is, on the floor plan. */
const cell = (page, name) => page.locator('svg.plan').getByRole('button', { name: new RegExp(name) });

const cells = {};
for (const lang of ['zh', 'en']) {
  test(`from the first fever to who is kept apart and confirmed (${lang})`, async () => {
    const w = words[lang];
    const [first, ill, well, third] = await Promise.all([w.first, w.ill, w.well, w.third].map(who));
    const nurse = await someone('nurse', lang);
    const hand = await someone('clinic-doctor', lang);
    const command = await someone('duty-command', w.theirs.lang);
    const n = nurse.page, d = hand.page, c = command.page;

    await button(c, w.theirs.tab).click();
    await d.locator('nav.side').getByText(w.nav, { exact: true }).click();
    await d.locator('svg.plan').first().waitFor();
    await Promise.all([live(n), live(d), live(c)]);
    const before = await asked(d, 'GET', '/api/epidemic');
    const feverish = (all) => all.counts.filter((x) => x.block === w.block && x.sign === 'fever').reduce((sum, x) => sum + x.people, 0);
    assert.ok(!before.alarms.some((a) => a.block === w.block), 'quiet in this block');
    cells[lang] = before.places.find((p) => p.name.startsWith(w.block) && p.kind === 'cell' && p.name.includes(lang === 'zh' ? '05' : '09')).name;

    /* the first: told to the nurse */
    await button(n, w.enter).click();
    const dialog = n.locator('dialog[open]');
    await dialog.getByRole('combobox', { name: w.patient }).fill(first.number);
    await dialog.locator('[role=listbox] [role=option]').first().click();
    await dialog.getByLabel(w.says).fill(w.said);
    await button(dialog, w.save).click();
    await button(dialog, w.triage).click();
    await dialog.waitFor({ state: 'detached' });
    /* the second: by the thermometer, in the chart */
    await n.goto(`/patients/${ill.id}`);
    await button(n.locator('section:has(#vitals)'), w.measure).click();
    await dialog.getByLabel(w.temperature).fill('38.9');
    await button(dialog, w.keep).click();
    await until('it is kept, said twice where it is rare', async () => {
      if (await dialog.count() === 0) return true;
      const rare = dialog.getByRole('checkbox');
      if (await rare.count() > 0 && !(await rare.isChecked())) { await rare.check(); await button(dialog, w.keep).click(); }
      return false;
    });
    await until('two are counted', async () => feverish(await asked(d, 'GET', '/api/epidemic')) === feverish(before) + 2);
    assert.equal(await d.getByText(w.alarm(3)).count(), 0);
    /* the third: three doors on, at a round */
    await warm(n, third.id, 38.1);
    await d.getByText(w.alarm(3)).waitFor();
    await shot(d, `outbreak-alarm-${lang}`);
    await d.locator('.notice').filter({ hasText: w.alarm(3) }).getByRole('button', { name: w.seen }).click();
    await d.getByText(w.alarm(3)).waitFor({ state: 'detached' });

    /* he was brought somewhere this morning, by an officer */
    const escort = lang === 'zh' ? 'demo-escort-1' : 'demo-escort-2';
    const rode = (min) => new Date(Date.now() - min * 60_000).toISOString();
    await asked(d, 'POST', '/fhir/Task', { resourceType: 'Task', status: 'completed', intent: 'order', for: { reference: `Patient/${first.id}` }, owner: { reference: `Practitioner/${escort}` }, code: { coding: [{ system: 'urn:yunqiao:task', code: 'escort' }] }, executionPeriod: { start: rode(50), end: rode(20) } }, 201);
    const officer = (await asked(d, 'GET', `/fhir/Practitioner/${escort}`)).name[0].text;

    /* a suspicion, by the nurse; kept apart */
    await n.locator('nav.side').getByText(w.nav, { exact: true }).click();
    await button(n, w.suspect).click();
    await dialog.getByRole('combobox').first().fill(first.number);
    await dialog.locator('[role=listbox] [role=option]').first().click();
    await shot(n, `outbreak-suspect-${lang}`);
    await button(dialog, w.mark).click();
    await toast(n, w.marked);
    await row(d, w, first).waitFor();
    await openCase(n, w, first);
    await dialog.getByLabel(w.where).selectOption({ label: w.room });
    assert.deepEqual(await axe(n, 'case'), []);
    await shot(n, `outbreak-case-${lang}`);
    await button(dialog, w.isolate).click();
    await toast(n, w.isolated);
    await shut(n);
    await cell(d, cells[lang]).waitFor();

    /* custody: who, where, until when; at once, and in its own language */
    const apart = c.getByRole('row').filter({ hasText: first.number });
    await apart.getByText(w.room).waitFor();
    assert.ok((await apart.textContent()).includes(cells[lang]));
    assert.ok(!secret.test(await c.content()), 'that somebody is kept apart, and never why');
    await clean(c, `outbreak-command-${lang}`);
    assert.equal(await sideways(c), 0);

    /* contacts: all of the cell, each looked at */
    const contacts = (await asked(n, 'GET', '/api/epidemic')).contacts.filter((x) => x.patient.cell === cells[lang]);
    assert.ok(contacts.some((x) => x.patient.id === ill.id) && contacts.some((x) => x.patient.id === well.id), 'who lives with him');
    if (await n.getByRole('button', { name: w.all }).count() > 0) await n.getByRole('button', { name: w.all }).click();
    const contact = (of) => n.locator('.epi-contact').filter({ hasText: of.number });
    await clean(n, `outbreak-contacts-${lang}`);
    await contact(well).getByText(w.dayOne).waitFor();
    await button(contact(well), `${w.well_} ${well.name}`).click();
    await toast(n, w.looked);
    await contact(well).getByText(w.seenToday).waitFor();
    await contact(well).getByText(w.lookedAt).waitFor();
    await button(contact(ill), `${w.ill_} ${ill.name}`).click();
    await toast(n, w.illNow);
    await contact(ill).waitFor({ state: 'detached' });
    await row(d, w, ill).waitFor();

    /* the officer is no patient: spoken with, and noted */
    const officers = n.locator('section[aria-labelledby=officers]');
    await officers.getByRole('button', { name: `${w.officerDo} ${officer}` }).click();
    await officers.locator('li').filter({ hasText: officer }).getByText(w.spoken).waitFor();
    await n.getByRole('heading', { name: w.officers }).scrollIntoViewIfNeeded();
    await shot(n, `outbreak-officers-${lang}`);
    assert.equal((await call(c, 'GET', '/api/epidemic')).status, 404, 'custody has no such list');

    /* the laboratory: of one positive, of the other negative */
    await swab(first.id, 'POS', '阳性');
    await swab(ill.id, 'NEG', '阴性');
    await until('the positive one is counted', async () => (await asked(d, 'GET', '/api/epidemic')).counts.some((x) => x.block === w.block && x.sign === 'test'));
    const theirs = d.locator('dialog[open]');
    await openCase(d, w, first);
    await theirs.getByLabel(w.as).selectOption({ label: w.influenza });
    await button(theirs, w.confirm).click();
    await toast(d, w.confirmed);
    for (const part of w.criteria) await theirs.getByText(part, { exact: true }).waitFor();
    await until('the end is not to be had yet', async () => theirs.getByRole('button', { name: `${w.end}…` }).isDisabled());
    assert.deepEqual(await axe(d, 'confirmed'), []);
    await shot(d, `outbreak-confirmed-${lang}`);
    await shut(d);
    await openCase(d, w, ill);
    await button(theirs, w.exclude).click();
    await toast(d, w.excluded);
    await button(theirs, `${w.end}…`).click();
    await theirs.getByLabel(w.password).fill(site.by['clinic-doctor'].password);
    await button(theirs, w.end).click();
    await toast(d, w.ended);
    await row(d, w, ill).waitFor({ state: 'detached' });

    /* the authority is told */
    const due = d.locator('.epi-report').filter({ hasText: first.name });
    await button(due, w.report).click();
    await theirs.getByLabel(w.number).fill(`LQ-2026-${lang}`);
    await button(theirs, w.report).click();
    await due.waitFor({ state: 'detached' });

    /* the floor plan and the curve, drawn and told */
    await cell(d, cells[lang]).click();
    await row(d, w, first).waitFor();
    await clean(d, `outbreak-plan-${lang}`);
    await d.getByRole('heading', { name: w.curve }).scrollIntoViewIfNeeded();
    await shot(d, `outbreak-curve-${lang}`);
    await button(d, w.table).click();
    const today = d.getByRole('table', { name: w.curve, exact: true }).locator('tbody tr').first().locator('td');
    const told = (await asked(d, 'GET', '/api/epidemic')).cases;
    assert.equal(told.find((x) => x.patient.id === ill.id).was, 'excluded');
    const dayOf = (x) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date(x.onset));
    const onset = dayOf(told.find((x) => x.patient.id === first.id));
    const confirmed = told.filter((x) => dayOf(x) === onset && (x.state === 'confirmed' || x.was === 'confirmed')).length;
    assert.equal(Number(await today.nth(2).textContent()), confirmed, 'confirmed today; what was excluded is no case');
    await d.setViewportSize({ width: 390, height: 844 });
    assert.equal(await sideways(d), 0);
    await shot(d, `outbreak-phone-${lang}`);
    for (const p of [nurse, hand, command]) { assert.deepEqual(p.complaints, []); await p.close(); }
  });
}

test('six days later: the criterion is met, a doctor signs, and custody sees nobody there any more (zh, en)', async () => {
  site.ahead(6 * day);
  for (const lang of ['zh', 'en']) {
    const w = words[lang];
    const first = await (async () => { doctor = await someone('clinic-doctor', lang); return who(w.first); })();
    const { page } = doctor;
    const command = await someone('duty-command', w.theirs.lang);
    await button(command.page, w.theirs.tab).click();
    await command.page.getByRole('row').filter({ hasText: first.number }).waitFor();
    await page.goto('/epidemic');
    await page.locator('.epi-contact').first().waitFor();
    if (await page.getByRole('button', { name: w.all }).count() > 0) await page.getByRole('button', { name: w.all }).click();
    const missed = page.locator('.epi-contact').filter({ has: page.getByText(w.lookLate) }).filter({ hasText: w.missed }).first();
    await missed.scrollIntoViewIfNeeded();
    await shot(page, `outbreak-missed-${lang}`);
    const dialog = await openCase(page, w, first);
    assert.ok(await dialog.getByRole('button', { name: `${w.end}…` }).isDisabled(), 'the days alone do not end it');
    const at = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' }).format(new Date(Date.now() + 4 * day));
    await dialog.getByLabel(w.wellSince).fill(at);
    await dialog.getByLabel(w.wellSince).blur();
    await button(dialog, w.course).click();
    await toast(page, w.courseDone);
    await until('both are met', async () => await dialog.getByText(w.met, { exact: true }).count() === 2);
    await shot(page, `outbreak-met-${lang}`);
    await dialog.getByRole('button', { name: `${w.end}…` }).click();
    await dialog.getByLabel(w.password).fill(site.by['clinic-doctor'].password);
    assert.deepEqual(await axe(page, 'end'), []);
    await button(dialog, w.end).click();
    await toast(page, w.ended);
    await row(page, w, first).waitFor({ state: 'detached' });
    await page.locator('svg.plan').getByRole('button', { name: new RegExp(`${cells[lang]}.*${w.free}`) }).waitFor();
    await clean(page, `outbreak-released-${lang}`);
    await command.page.getByRole('row').filter({ hasText: first.number }).waitFor({ state: 'detached' });
    for (const p of [doctor, command]) { assert.deepEqual(p.complaints, []); await p.close(); }
  }
});
