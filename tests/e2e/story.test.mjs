/* The thin thread: as much of the story as exists today, told in order by those who play it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { devices, enter, openRoom, party, sees } from './call-lib.mjs';
import { call, freshCode, live, logIn, person, shot, startBrowser, startSite } from './lib.mjs';
import { seed } from './chart-seed.mjs';
import { object, stow, uid } from './imaging-seed.mjs';

let site, browser;
before(async () => { site = await startSite(); browser = await startBrowser(); });
after(async () => { await browser?.close(); await site?.stop(); });

test('a clinic doctor starts the day: logs in, sees Today and the own last login, writes a draft that waits for tomorrow, leaves', async () => {
  const doctor = site.by['clinic-doctor'];
  const p = await person(browser, site);
  await logIn(p.page, doctor);
  await p.page.locator('main h1').getByText('今日', { exact: true }).waitFor();
  await live(p.page);
  await p.page.getByText('现在没有求医申请').waitFor();
  await p.page.locator('#signin').waitFor();
  await shot(p.page, 'story-1-today');

  const saved = await call(p.page, 'PUT', '/api/drafts/notes/morning', { text: '交班：夜间无急诊。' });
  assert.equal(saved.status, 200);

  await p.page.locator('.topbar .who').click();
  await p.page.locator('main h1').getByText('我的账号').waitFor();
  await p.page.getByText('这一台').waitFor();
  await p.page.locator('main').getByRole('button', { name: '退出登录' }).click();
  await p.page.locator('input[name=username]').waitFor();
  assert.equal((await call(p.page, 'GET', '/api/drafts/notes/morning')).status, 401);
  await shot(p.page, 'story-2-left');

  await logIn(p.page, doctor, { go: null });
  const kept = await call(p.page, 'GET', '/api/drafts/notes/morning');
  assert.equal(kept.body.text, '交班：夜间无急诊。');
  assert.equal((await call(p.page, 'DELETE', '/api/drafts/notes/morning')).status, 204);
  await p.close();
});

test('she opens a patient from Today, writes a note and signs it', async () => {
  const doctor = site.by['clinic-doctor'];
  const p = await person(browser, site);
  await logIn(p.page, doctor);
  assert.equal((await call(p.page, 'POST', '/fhir', seed())).status, 200);
  await p.page.locator('main').getByRole('link', { name: '患者' }).click();
  await p.page.locator('[data-search]').fill('cyl');
  await p.page.locator('[data-row] [data-open]').getByText('淳于鹭').click();
  /* He asked to be seen; she triages him, and he is before her. */
  const of = /patients\/([^/]+)/.exec(p.page.url())[1];
  const asked = await call(p.page, 'POST', '/api/sick-calls', { patient: `Patient/${of}`, words: '头疼得厉害，右眼看东西发糊', place: 'head' });
  assert.equal(asked.status, 201, JSON.stringify(asked.body));
  await p.page.goto('/today');
  const sick = p.page.locator('.sick').filter({ hasText: '头疼得厉害' });
  await sick.getByRole('button', { name: '分诊 淳于鹭' }).first().click();
  await p.page.locator('dialog[open]').getByRole('radio', { name: /今日/ }).check();
  await p.page.locator('dialog[open]').getByRole('button', { name: '确定' }).click();
  await sick.getByRole('button', { name: '接诊 淳于鹭' }).click();
  await p.page.locator('.visit-bar').getByText('接诊中').waitFor();
  await p.page.locator('.pt-head').getByRole('button', { name: '写病程' }).click();
  await p.page.getByLabel('主诉').fill('头痛较前减轻。');
  await p.page.getByRole('button', { name: '保存并签名' }).click();
  await p.page.locator('dialog[open] input[name=password]').fill(doctor.password);
  await p.page.locator('dialog[open]').getByRole('button', { name: '签名', exact: true }).click();
  const note = p.page.locator('article.note').filter({ hasText: '头痛较前减轻' });
  await note.getByText('已定稿').waitFor();
  await note.getByRole('button', { name: '修正' }).click();
  await p.page.getByLabel('修正内容').fill('头痛加重，不是减轻。');
  await p.page.getByLabel('修正原因').fill('笔误');
  await p.page.getByRole('button', { name: '保存，暂不签名' }).click();
  await note.locator('aside').getByText('头痛加重，不是减轻。').waitFor();
  await note.getByText('头痛较前减轻。').waitFor();
  await shot(p.page, 'story-amended');
  await p.page.locator('.visit-bar').getByRole('button', { name: '结束接诊' }).click();
  await p.page.locator('dialog[open]').getByLabel('结果').selectOption('consultation');
  await p.page.locator('dialog[open]').getByRole('button', { name: '结束', exact: true }).click();
  await p.page.locator('.visit-bar').waitFor({ state: 'detached' });
  await p.close();
});

let patient;
const study = '眼眶CT平扫';

test('the nurse adds a CT and a photo of the eye; the doctor lets the specialist in and attaches both', async () => {
  const [nurse, doctor] = [await person(browser, site), await person(browser, site)];
  await logIn(nurse.page, site.by.nurse);
  patient = (await call(nurse.page, 'GET', '/fhir/Patient?identifier=9900417')).body.entry[0].resource.id;
  const of = { study: uid(), series: uid(), number: 1, patient: '9900417', name: 'Chunyu^Lu=淳于^鹭', study_words: study, series_words: '轴位' };
  assert.equal(await stow(nurse.page, [1, 2, 3].map((n) => object(of, n))), 200);
  await nurse.page.goto(`/patients/${patient}/files`);
  await nurse.page.getByRole('button', { name: '添加文件或影像' }).click();
  const eye = Buffer.from(await nurse.page.evaluate(async () => {
    const c = new OffscreenCanvas(320, 240);
    const d = c.getContext('2d');
    d.fillStyle = '#d9a58a'; d.fillRect(0, 0, 320, 240);
    d.fillStyle = '#f4eeea'; d.beginPath(); d.ellipse(160, 130, 80, 30, 0, 0, 7); d.fill();
    d.fillStyle = '#3a2a20'; d.beginPath(); d.arc(160, 130, 26, 0, 7); d.fill();
    return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
  }));
  await nurse.page.locator('dialog[open] input[type=file]').setInputFiles({ name: '右眼.jpg', mimeType: 'image/jpeg', buffer: eye });
  await nurse.page.locator('dialog[open]').getByRole('button', { name: '存入病历' }).click();
  await nurse.page.locator('.files').getByText('右眼').first().waitFor();
  await nurse.close();
  await logIn(doctor.page, site.by['clinic-doctor']);
  await doctor.page.goto(`/patients/${patient}/access`);
  await doctor.page.locator('.chart').getByRole('button', { name: '授权给专家' }).click();
  const dialog = doctor.page.locator('dialog[open]');
  await dialog.getByLabel('专家').selectOption({ label: site.by.specialist.display });
  for (const what of [study, '右眼']) await dialog.getByLabel(what, { exact: true }).check();
  await dialog.getByRole('button', { name: '授权给专家' }).click();
  await doctor.page.locator('[data-row]').getByText('有效').waitFor();
  await doctor.close();
});

test('she opens a room, and meets the specialist in it, who opens the images beside the call and writes and signs the opinion on them', async () => {
  const media = mkdtempSync(join(tmpdir(), 'yunqiao-story-'));
  const doctor = await party(site, site.by['clinic-doctor'], devices(media, 1));
  const specialist = await party(site, site.by.specialist, devices(media, 2, { voice: 'goforward.raw' }), { lang: 'en' });
  try {
    await openRoom(doctor.page, '眼科会诊', [site.by.specialist.display]);
    await enter(doctor.page, null);
    await specialist.page.locator('.side').getByText('Rooms').click();
    await specialist.page.locator('.rooms a.btn').click();
    await enter(specialist.page, null);
    await sees(doctor.page, [2]);
    await sees(specialist.page, [1]);
    await shot(specialist.page, 'story-meeting');

    const beside = await specialist.page.context().newPage();
    await beside.goto('/charts');
    await beside.getByRole('link', { name: 'Open the chart' }).click();
    await beside.locator('.pt-head h1').getByText('淳于鹭').waitFor();
    await beside.getByRole('link', { name: /^Images and files/ }).click();
    await beside.getByRole('button', { name: `Open ${study}` }).click();
    await beside.locator('.iv-stage[data-state=here]').waitFor();
    await beside.locator('.iv-stage').focus();
    await beside.keyboard.press('ArrowDown');
    await beside.getByText('Image 2 of 3').first().waitFor();
    const light = await beside.locator('.iv-stage canvas').first().evaluate((c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let sum = 0; for (let i = 0; i < d.length; i += 4) sum += d[i]; return sum / (d.length / 4); });
    assert.ok(light > 2, `the CT is drawn: ${light}`);
    await shot(beside, 'story-image');
    await beside.keyboard.press('Escape');
    await beside.getByRole('button', { name: 'Open 右眼' }).click();
    await beside.locator('.iv-stage[data-state=here]').waitFor();
    await beside.keyboard.press('Escape');
    await sees(doctor.page, [2]);

    await beside.getByRole('button', { name: 'Write opinion' }).click();
    await beside.getByLabel('Advice').fill('CT示左眼球突出，尽快手术减压。');
    await beside.getByLabel(study).check();
    await beside.getByRole('button', { name: 'Save and sign' }).click();
    await beside.locator('dialog[open] input[name=password]').fill(site.by.specialist.password);
    await beside.locator('dialog[open]').getByRole('button', { name: 'Sign', exact: true }).click();
    const opinion = beside.locator('article.note').filter({ hasText: '尽快手术减压' });
    await opinion.getByText('Final').waitFor();
    await opinion.getByRole('link', { name: study }).waitFor();
    await shot(beside, 'story-opinion');
    await doctor.page.locator('[data-ctl=leave]').click();
    await doctor.page.locator('dialog .actions .btn').first().click();
    await specialist.page.locator('[data-over=ended]').waitFor();
  } finally {
    await doctor.stop();
    await specialist.stop();
    rmSync(media, { recursive: true, force: true });
  }
});

test('she finds the image by the opinion and signs it too; she takes the access back, and the open chart closes', async () => {
  const [doctor, specialist] = [await person(browser, site), await person(browser, site, { width: 390, height: 844 })];
  await logIn(doctor.page, site.by['clinic-doctor']);
  await logIn(specialist.page, site.by.specialist);
  await live(specialist.page);
  await specialist.page.goto(`/patients/${patient}/notes`);
  await specialist.page.getByText('尽快手术减压').waitFor();
  await doctor.page.goto(`/patients/${patient}/notes`);
  const opinion = doctor.page.locator('article.note').filter({ hasText: '尽快手术减压' });
  await opinion.getByRole('button', { name: '签名', exact: true }).click();
  await opinion.locator('.seals').getByRole('button', { name: '签名', exact: true }).click();
  await doctor.page.locator('dialog[open] input[name=password]').fill(site.by['clinic-doctor'].password);
  await doctor.page.locator('dialog[open]').getByRole('button', { name: '签名', exact: true }).click();
  await doctor.page.locator('dialog[open]').waitFor({ state: 'detached' });
  await opinion.getByText('核验通过').nth(1).waitFor();
  await shot(doctor.page, 'story-together');
  const found = (await call(doctor.page, 'GET', `/fhir/Composition?patient=Patient/${patient}&_sort=-date`)).body.entry.map((e) => e.resource).find((c) => JSON.stringify(c).includes('尽快手术减压'));
  assert.match(found.section.at(-1).entry[0].reference, /^ImagingStudy\//);
  await opinion.getByRole('link', { name: study }).click();
  await doctor.page.getByRole('button', { name: `打开${study}` }).waitFor();

  await doctor.page.goto(`/patients/${patient}/access`);
  await doctor.page.getByRole('button', { name: '收回' }).click();
  await doctor.page.locator('dialog[open]').getByRole('button', { name: '收回' }).click();
  await specialist.page.locator('[data-closed]').waitFor();
  assert.equal(await specialist.page.getByText('尽快手术减压').count(), 0);
  await shot(specialist.page, 'story-closed');
  await specialist.close();
  await doctor.close();
});

test('meanwhile nobody of another world can read it', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by.guard);
  assert.equal((await call(p.page, 'GET', '/api/drafts/notes/morning')).status, 404);
  for (const path of ['/api/accounts', '/api/audit', '/api/system/health', '/api/tokens', '/api/lockouts']) {
    const r = await call(p.page, 'GET', path);
    assert.ok(r.status === 403 || r.status === 404, `${path}: ${r.status}`);
  }
  for (const path of ['/today', '/audit', '/security/accounts', '/system/health']) {
    await p.page.goto(path);
    await p.page.getByRole('heading', { name: '没有这一页' }).first().waitFor();
  }
  await p.close();
});

test('the privacy officer finds the doctor’s day in the audit, and the chain whole', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by['privacy-officer']);
  await p.page.locator('[data-search]').fill(site.by['clinic-doctor'].name);
  await p.page.locator('[data-row]').filter({ hasText: site.by['clinic-doctor'].display }).first().waitFor();
  await p.page.getByRole('button', { name: '核验整条链' }).click();
  await p.page.locator('.notice.ok').waitFor();
  await shot(p.page, 'story-3-audit');
  await p.close();
});
