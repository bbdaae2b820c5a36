/* The thin thread: as much of the story as exists today, told in order by those who play it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { devices, enter, openRoom, party, sees } from './call-lib.mjs';
import { call, freshCode, live, logIn, person, shot, startBrowser, startSite } from './lib.mjs';
import { seed } from './chart-seed.mjs';

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
  await p.page.locator('.pt-head').getByRole('button', { name: '写病程' }).click();
  await p.page.getByLabel('主诉').fill('头痛较前减轻。');
  await p.page.getByRole('button', { name: '保存并签名' }).click();
  await p.page.locator('dialog[open] input[name=code]').fill(await freshCode(doctor.totp_secret));
  await p.page.locator('dialog[open]').getByRole('button', { name: '签名', exact: true }).click();
  await p.page.locator('article.note').filter({ hasText: '头痛较前减轻' }).getByText('已定稿').waitFor();
  await shot(p.page, 'story-signed');
  await p.close();
});

test('she opens a room, and meets the specialist in it', async () => {
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
    await doctor.page.locator('[data-ctl=leave]').click();
    await doctor.page.locator('dialog .actions .btn').first().click();
    await specialist.page.locator('[data-over=ended]').waitFor();
  } finally {
    await doctor.stop();
    await specialist.stop();
    rmSync(media, { recursive: true, force: true });
  }
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
