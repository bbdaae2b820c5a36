/* The system admin's screens and the privacy officer's verifier, with what the site really says. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser, admin;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  admin = await person(browser, site);
  await logIn(admin.page, site.by['system-admin']);
  await live(admin.page);
});
after(async () => { await browser?.close(); await site?.stop(); });

test('health shows each check, worst first, and a scrub can be started', async () => {
  const { page } = admin;
  await page.goto('/system/health');
  await page.locator('.checks > li').first().waitFor();
  const told = (await call(page, 'GET', '/api/system/health')).body;
  assert.equal(await page.locator('.checks > li').count(), told.checks.length);
  await page.getByText(told.version, { exact: true }).waitFor();
  await clean(page, 'health');
  await page.getByRole('button', { name: '现在巡检' }).click();
  await page.locator('.toast').getByText('巡检已开始').waitFor();
});

test('lines of calls that stayed bad are listed by side and hour, in two languages', async () => {
  /* What the site would say after a bad quarter of an hour (scene/lines has a real one). */
  const from = Date.now() - 3_600_000;
  const lines = [{ side: 'outside', since: from, minutes: 9 }, { side: 'clinic', since: from - 86_400_000, minutes: 3 }, { side: 'device', since: from - 90_000_000, minutes: 1 }]
    .map((l) => ({ ...l, last: new Date(l.since + 600_000).toISOString(), since: new Date(l.since).toISOString() }));
  const en = await person(browser, site, { lang: 'en', width: 390, height: 844 });
  await logIn(en.page, site.by['system-admin']);
  for (const [page, words] of [[admin.page, ['不好的线路', '院外', '差或断开9分钟']], [en.page, ['Bad lines', 'Outside', '1 minute poor or away']]]) {
    await page.goto('/system/health');
    await page.locator('#bad-lines').waitFor();
    assert.equal(await page.locator('section:has(#bad-lines) .facts-list li').count(), 0);
    await page.route('**/api/system/calls', (r) => r.fulfill({ json: { lines } }));
    await page.reload();
    const section = page.locator('section:has(#bad-lines)');
    for (const w of words) await section.getByText(w).first().waitFor();
    assert.equal(await section.locator('.facts-list li').count(), 3);
    await section.scrollIntoViewIfNeeded();
    await clean(page, `bad-lines-${page === en.page ? 'phone-en' : 'zh'}`);
    assert.equal(await sideways(page), 0);
    await page.unroute('**/api/system/calls');
  }
  await en.close();
});

test('workers are listed; one is restarted with a reason', async () => {
  const { page } = admin;
  await page.goto('/system/workers');
  const told = (await call(page, 'GET', '/api/system/workers')).body.workers;
  if (told.length === 0) {
    await page.getByText('没有媒体进程').waitFor();
    await clean(page, 'workers');
    return;
  }
  await page.locator('[data-row]').first().waitFor();
  assert.equal(await page.locator('[data-row]').count(), told.length);
  await clean(page, 'workers');
  await page.getByRole('button', { name: '重启进程 0' }).click();
  await page.locator('dialog textarea').fill('内存持续上涨');
  assert.deepEqual(await axe(page, 'restart'), []);
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.toast').getByText('进程 0 正在重启').waitFor();
});

test('certificates show their life; the site authority renews', async () => {
  const { page } = admin;
  await page.goto('/system/certificates');
  const told = (await call(page, 'GET', '/api/system/certificates')).body;
  await page.getByText('SHA-256指纹').first().waitFor();
  await clean(page, 'certificates');
  if (told.leaf?.source !== 'site-ca') return;
  await page.getByRole('button', { name: '续期' }).click();
  await page.locator('dialog textarea').fill('换了域名');
  await page.locator('dialog button[type=submit]').click();
  await page.locator('.toast').getByText('证书已续期').waitFor();
  const renewed = (await call(page, 'GET', '/api/system/certificates')).body;
  assert.notEqual(renewed.leaf.sha256, told.leaf.sha256);
});

test('backups say where they stand', async () => {
  const { page } = admin;
  await page.goto('/system/backups');
  const told = (await call(page, 'GET', '/api/system/backups')).body;
  if (told.target === null) await page.getByText('备份没有开启').waitFor();
  else {
    await page.getByRole('button', { name: '现在备份' }).click();
    await page.locator('.toast').getByText('备份已开始').waitFor();
  }
  await clean(page, 'backups');
});

test('the system admin has no way to the accounts', async () => {
  const { page } = admin;
  await page.goto('/security/accounts');
  await page.getByRole('heading', { name: '没有这一页' }).first().waitFor();
  const r = await call(page, 'GET', '/api/accounts');
  assert.ok(r.status === 403 || r.status === 404, String(r.status));
});

test('the privacy officer sees it all, filters, opens a row, and verifies the chain', async () => {
  const p = await person(browser, site);
  const { page } = p;
  await logIn(page, site.by['privacy-officer']);
  await page.locator('[data-row]').first().waitFor();
  await page.getByRole('button', { name: '核验整条链' }).click();
  await page.locator('.notice.ok').getByText('核验通过').waitFor();
  await clean(page, 'audit');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.keyboard.press('/');
  await page.keyboard.type(site.by['system-admin'].name);
  await page.waitForResponse((r) => r.url().includes('/api/audit?') && r.url().includes(site.by['system-admin'].name));
  await page.locator('[data-row]').first().getByText(site.by['system-admin'].display).waitFor(); // the answer is drawn, not only here
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor();
  await page.locator('dialog').getByText(site.by['system-admin'].display).waitFor();
  assert.deepEqual(await axe(page, 'audit row'), []);
  await shot(page, 'audit-row');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.ok(!page.url().includes(site.by['system-admin'].name), 'no name in the address');
  await p.close();
});
