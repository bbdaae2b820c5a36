/* A session that ends takes nothing that was typed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, call, enrolDirectly, live, logIn, logInAgain, makeAccount, person, shot, startBrowser, startSite, until } from './lib.mjs';

let site, browser, admin, second, writer; /* writer: the second admin's browser, where drafts are written */
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  admin = await person(browser, site);
  await logIn(admin.page, site.by['security-admin']);
  await live(admin.page);
  second = await makeAccount(admin.page, '第二管理员', ['security-admin']);
});
after(async () => { await browser?.close(); await site?.stop(); });

const words = '核对过工号与本人，手机遗失后找回';

/** The reason dialog for logging `who` out, over the accounts screen. */
async function openReason(page, who) {
  await page.goto('/security/accounts');
  await page.locator('[data-search]').fill(who.name);
  await page.locator('[data-row]').filter({ hasText: who.name }).first().waitFor();
  await until('one row', async () => (await page.locator('[data-row]').count()) === 1);
  await page.locator('[data-open]').click();
  await page.locator('dialog .acts').getByRole('button', { name: '强制退出' }).click();
  await page.locator('dialog textarea').waitFor();
}

test('ended by the security admin: the dialog comes within two seconds, the text stays, and is sent after a new login', async () => {
  const p = await person(browser, site);
  second = await enrolDirectly(p.page, second);
  const victim = await makeAccount(admin.page, '被退出的人', ['nurse']);
  await openReason(p.page, victim);
  await live(p.page);
  await p.page.locator('dialog textarea').fill(words);

  const began = Date.now();
  const ended = await call(admin.page, 'POST', `/api/accounts/${second.id}/logout`, { reason: '测试强制退出' });
  assert.equal(ended.status, 200);
  await p.page.locator('dialog.gate').waitFor({ timeout: 2500 });
  assert.ok(Date.now() - began < 2500, `the dialog took ${Date.now() - began} ms`);
  await shot(p.page, 'session-ended-zh-light');
  assert.deepEqual(await axe(p.page, 'gate'), []);

  /* nothing under it can be read or reached */
  assert.match(await p.page.locator('.app').evaluate((e) => getComputedStyle(e).filter), /blur\(/);
  assert.match(await p.page.locator('dialog:not(.gate)').evaluate((e) => getComputedStyle(e).filter), /blur\(/);
  await p.page.keyboard.press('Escape');
  await p.page.keyboard.press('Escape');
  assert.equal(await p.page.locator('dialog.gate').evaluate((d) => d.open), true, 'Esc must not open the veil');
  await p.page.emulateMedia({ colorScheme: 'dark' });
  await shot(p.page, 'session-ended-zh-dark');
  assert.deepEqual(await axe(p.page, 'gate dark'), []);
  await p.page.emulateMedia({ colorScheme: 'light' });

  await logInAgain(p.page, second);
  assert.equal(await p.page.locator('dialog textarea').inputValue(), words);
  await live(p.page);
  await p.page.locator('dialog button[type=submit]').click();
  await p.page.locator('dialog').waitFor({ state: 'detached' });
  await p.page.locator('.toast').getByText('被退出的人').waitFor();
  assert.deepEqual(p.complaints, []);
  await p.close();
});

test('a request that meets the end waits for the login and is then done', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by['privacy-officer']);
  await p.page.locator('[data-row]').first().waitFor();
  const me = (await call(p.page, 'GET', '/api/session?peek=1')).body.account;
  /* The link is cut, so that only the request itself can find out. */
  await p.context.routeWebSocket('**/ws', (ws) => ws.close({ code: 1013 }));
  await p.page.reload();
  await p.page.locator('[data-row]').first().waitFor();
  assert.equal((await call(admin.page, 'POST', `/api/accounts/${me.id}/logout`, { reason: '测试强制退出' })).status, 200);
  await p.page.getByRole('button', { name: '核验整条链' }).evaluate((b) => b.click()); /* on a slow machine the dialog may be there already */
  await p.page.locator('dialog.gate').waitFor();
  await logInAgain(p.page, site.by['privacy-officer']);
  await p.page.locator('.notice.ok').getByText('核验通过').waitFor();
  await p.close();
});

test('a draft outlives a reload, and is gone once it is sent', async () => {
  const p = writer = await person(browser, site);
  await logIn(p.page, second);
  const victim = await makeAccount(admin.page, '草稿对象', ['nurse']);
  await openReason(p.page, victim);
  await p.page.locator('dialog textarea').pressSequentially(words);
  await p.page.locator('[data-draft=saved]').waitFor();
  await openReason(p.page, victim);
  await p.page.locator('[data-draft=restored]').waitFor();
  assert.equal(await p.page.locator('dialog textarea').inputValue(), words);
  await shot(p.page, 'draft-restored');
  await p.page.locator('dialog button[type=submit]').click();
  await p.page.locator('dialog').waitFor({ state: 'detached' });
  await until('the draft is gone', async () => (await call(p.page, 'GET', `/api/drafts/security/logout/${victim.id.toLowerCase()}`)).status === 404);
});

test('what is typed and left at once is saved while leaving', async () => {
  const p = writer;
  const victim = await makeAccount(admin.page, '离开的人', ['nurse']);
  await openReason(p.page, victim);
  await p.page.locator('dialog textarea').fill(words);
  await p.page.goto('/account');
  const kept = await until('the draft is there', async () => {
    const r = await call(p.page, 'GET', `/api/drafts/security/logout/${victim.id.toLowerCase()}`);
    return r.status === 200 && r.body;
  });
  assert.equal(kept.text, words);
  await p.close();
});

test('the way out wipes the page, and going back shows nothing', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by.nurse);
  await p.page.goto('/account');
  await p.page.locator('main h1').waitFor();
  await p.page.locator('.side').getByRole('button', { name: '退出登录' }).click();
  await p.page.locator('input[name=username]').waitFor();
  await p.page.goBack().catch(() => {});
  await p.page.locator('input[name=username]').waitFor();
  assert.ok(!(await p.page.content()).includes(site.by.nurse.display));
  await p.close();
});

test('somebody who is away is warned, stays with one press, and a terminal left alone clears itself', async () => {
  const staff = await person(browser, site);
  await logIn(staff.page, site.by.guard);
  await live(staff.page);
  const idle_s = (await call(staff.page, 'GET', '/api/session?peek=1')).body.idle_s;
  await staff.page.clock.install();
  await staff.page.reload();
  await staff.page.locator('main h1').waitFor();
  /* Whatever the page asks by itself at such a leap (its line is new, its lists are old) would be work to it. */
  await staff.page.route('**/api/**', (r) => (new URL(r.request().url()).pathname === '/api/session' ? r.continue() : r.abort()));
  await staff.page.clock.fastForward((idle_s - 45) * 1000);
  const warning = staff.page.locator('dialog').getByText('快要自动退出了');
  await warning.waitFor();
  await staff.page.locator('dialog').getByText(/还有\d+秒/).waitFor();
  await shot(staff.page, 'idle-warning');
  await staff.page.locator('dialog').getByRole('button', { name: '继续登录' }).click();
  await warning.waitFor({ state: 'detached' });
  await staff.close();

  const p = await person(browser, site, { width: 1080, height: 1920 });
  await logIn(p.page, site.by.detainee);
  await p.page.clock.install();
  await p.page.reload();
  await p.page.locator('main h1').getByText('我的健康').waitFor();
  await p.page.clock.fastForward(62_000);
  await p.page.locator('.k-pad').waitFor();
  assert.equal(new URL(p.page.url()).pathname, '/terminal');
  assert.equal((await call(p.page, 'GET', '/api/session?peek=1')).status, 401);
  assert.ok(!(await p.page.content()).includes(site.by.detainee.display));
  assert.deepEqual(await p.page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]), [[], []]);
  await p.close();
});

test('what news makes a page ask is no work; a hand on the page is', async () => {
  const nurse = await person(browser, site);
  const doctor = await person(browser, site);
  await logIn(nurse.page, site.by.nurse);
  await logIn(doctor.page, site.by['clinic-doctor']);
  await nurse.page.clock.install();
  await nurse.page.reload();
  await live(nurse.page);
  await nurse.page.clock.fastForward(90_000);
  await live(nurse.page);
  const asks = (is) => nurse.page.waitForRequest((r) => new URL(r.url()).pathname.startsWith('/api/') && is(r), { timeout: 60_000 });
  const byItself = asks((r) => r.headers()['x-unattended'] === '1');
  const who = await call(doctor.page, 'POST', '/fhir/Patient', { resourceType: 'Patient', name: [{ text: '淳于越' }] });
  assert.equal(who.status, 201, JSON.stringify(who.body));
  const made = await call(doctor.page, 'POST', '/api/sick-calls', { patient: `Patient/${who.body.id}`, words: '牙疼两天', place: 'head' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await byItself;
  const touched = asks((r) => new URL(r.url()).pathname === '/api/session' && r.headers()['x-unattended'] === undefined);
  await nurse.page.keyboard.press('Shift');
  await touched;
  for (const one of [nurse, doctor]) await one.close();
});

test('another account in the same browser wipes what the first one had open', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by.interpreter);
  await p.page.goto('/account');
  await p.page.locator('#who').waitFor();
  const second_tab = await p.context.newPage();
  await second_tab.goto('/account');
  await second_tab.locator('#who').waitFor();
  await second_tab.locator('.side').getByRole('button', { name: '退出登录' }).click();
  await second_tab.locator('input[name=username]').waitFor();
  await p.page.locator('dialog.gate').waitFor();
  await logIn(second_tab, site.by.pharmacist, { go: null });
  await p.page.locator('main h1').getByText('今日', { exact: true }).waitFor();
  assert.ok(!(await p.page.content()).includes(site.by.interpreter.display));
  await p.close();
});
