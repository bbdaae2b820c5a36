/* What holds for every screen: size, origin, policy, keys, narrow windows, the line's state, storage. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, live, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser;
before(async () => { site = await startSite(); browser = await startBrowser(); });
after(async () => { await browser?.close(); await site?.stop(); });

test('the entry is under 150 KB as the server sends it, and is sent compressed', async () => {
  const p = await person(browser, site);
  const answers = [];
  p.page.on('response', (r) => answers.push(r));
  await p.page.goto('/');
  await p.page.locator('input[name=username]').waitFor();
  await p.page.waitForLoadState('networkidle');
  let bytes = 0;
  for (const r of answers) {
    const type = r.headers()['content-type'] ?? '';
    if (!/html|javascript|css/.test(type)) continue;
    bytes += (await r.request().sizes()).responseBodySize;
    if (/javascript|css/.test(type) && (await r.body()).length > 500) assert.equal(r.headers()['content-encoding'], 'gzip', r.url());
    if (r.url().includes('/assets/')) assert.match(r.headers()['cache-control'] ?? '', /immutable/, r.url());
  }
  console.log(`entry: ${(bytes / 1024).toFixed(1)} KB in ${answers.length} answers`);
  assert.ok(bytes > 10_000 && bytes < 150 * 1024, `${bytes} bytes`);
  await p.close();
});

test('nothing leaves the origin, and the policy would not let it', async () => {
  const p = await person(browser, site);
  const first = await p.page.goto('/');
  const policy = first.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src '(self|none)'/);
  assert.doesNotMatch(policy, /https?:\/\/|wss?:\/\/|\*|unsafe-/);
  assert.match(policy, /frame-ancestors 'none'/);
  await logIn(p.page, site.by['clinic-doctor'], { go: null });
  for (const path of ['/today', '/account']) {
    await p.page.goto(path);
    await p.page.locator('main h1').waitFor();
    await p.page.waitForLoadState('networkidle');
  }
  assert.ok(p.asked.length > 5);
  assert.deepEqual(p.asked.filter((u) => !u.startsWith(site.url) && !/^(data|blob):/.test(u)), []);
  assert.deepEqual(p.complaints, [], 'no refusal by the policy either');
  const blocked = await p.page.evaluate(() => fetch('https://elsewhere.example/').then(() => false, () => true));
  assert.ok(blocked);
  assert.deepEqual(await p.page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], '']);
  await p.close();
});

test('keys: / searches, J K move, Enter opens, Esc closes and gives the focus back, ? shows them all', async () => {
  const p = await person(browser, site);
  const { page } = p;
  await logIn(page, site.by['security-admin']);
  await page.locator('[data-row]').first().waitFor();
  const row = () => page.evaluate(() => [...document.querySelectorAll('[data-row]')].indexOf(document.activeElement));
  await page.keyboard.press('j');
  assert.equal(await row(), 0);
  await page.keyboard.press('j');
  assert.equal(await row(), 1);
  await page.keyboard.press('k');
  assert.equal(await row(), 0);
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor();
  await shot(page, 'account-one');
  assert.deepEqual(await axe(page, 'one account'), []);
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.locator('dialog').getByText('按键一览').waitFor();
  assert.deepEqual(await axe(page, 'keys'), []);
  await shot(page, 'keys');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.matches('[data-search]')), true);
  await page.keyboard.type('jk?');
  assert.equal(await page.locator('[data-search]').inputValue(), 'jk?', 'letters rest while typing');
  await page.locator('[data-search]').fill('');
  /* turned off, a letter does nothing */
  await page.locator('main h1').click();
  await page.locator('[data-row]').first().waitFor();
  await page.keyboard.press('?');
  await page.getByLabel('启用字母键').uncheck();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('main').focus();
  await page.keyboard.press('j');
  assert.equal(await row(), -1);
  await p.close();
});

test('the first Tab stop skips to the content; each stop is seen', async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by['clinic-doctor']);
  await p.page.goto('/today');
  await p.page.locator('main h1').waitFor();
  await p.page.keyboard.press('Tab');
  assert.equal(await p.page.evaluate(() => document.activeElement.textContent), '跳到正文');
  await p.page.keyboard.press('Enter');
  assert.equal(await p.page.evaluate(() => document.activeElement.id), 'main');
  for (let i = 0; i < 6; i += 1) {
    await p.page.keyboard.press('Tab');
    const seen = await p.page.evaluate(() => { const s = getComputedStyle(document.activeElement); return document.activeElement === document.body || s.outlineStyle !== 'none' || s.boxShadow !== 'none'; });
    assert.ok(seen, `stop ${i} has no visible focus`);
  }
  await p.close();
});

const everywhere = { 'clinic-doctor': ['/today', '/account'], 'security-admin': ['/security/accounts', '/security/lockouts', '/security/tokens', '/security/terminals'], 'system-admin': ['/system/health', '/system/workers', '/system/certificates', '/system/backups'], 'privacy-officer': ['/audit'], detainee: ['/me', '/account'] };
for (const [role, paths] of Object.entries(everywhere)) {
  test(`${role}: no sideways scrolling at 320 px, on a phone, and at 200 % zoom`, async () => {
    const p = await person(browser, site, { lang: 'en', width: 320, height: 640 });
    await p.page.goto('/');
    await p.page.locator('input[name=username]').waitFor();
    assert.equal(await sideways(p.page), 0, 'login');
    await logIn(p.page, site.by[role], { go: null });
    const wrong = [];
    for (const path of paths) {
      for (const [width, height] of [[320, 640], [390, 844], [720, 450]]) {
        await p.page.setViewportSize({ width, height });
        if (new URL(p.page.url()).pathname !== path) await p.page.goto(path);
        await p.page.locator('main h1').waitFor();
        await p.page.waitForLoadState('networkidle');
        const over = await sideways(p.page);
        if (over > 0) wrong.push(`${path} ${width}: ${over}`);
        if (width === 390) {
          wrong.push(...await axe(p.page, `${path} phone`));
          await shot(p.page, `phone-${role}${path.replaceAll('/', '-')}`);
        }
      }
    }
    assert.deepEqual(wrong, []);
    await p.close();
  });
}

test('a lost line is said in words with its time, and comes back by itself', async () => {
  const p = await person(browser, site, { lang: 'en' });
  let open = [];
  let cut = false;
  await p.context.routeWebSocket('**/ws', (ws) => {
    if (cut) { ws.close({ code: 1013 }); return; }
    ws.connectToServer();
    open.push(ws);
  });
  await logIn(p.page, site.by.nurse);
  await live(p.page);
  cut = true;
  for (const ws of open) await ws.close({ code: 1013 });
  open = [];
  await p.page.locator('[data-link=lost]').waitFor();
  const banner = p.page.locator('[data-lost]');
  await banner.waitFor({ timeout: 4000 });
  assert.match(await banner.innerText(), /Offline since \d\d:\d\d:\d\d; retries by itself/);
  await shot(p.page, 'lost');
  assert.deepEqual(await axe(p.page, 'lost'), []);
  cut = false;
  await live(p.page);
  await banner.waitFor({ state: 'detached' });
  await p.close();
});

test('a server restart is survived: the line comes back, nobody logs in again', { skip: process.env.YQ_BASE ? 'needs a site of its own' : false }, async () => {
  const p = await person(browser, site);
  await logIn(p.page, site.by.pharmacist);
  await live(p.page);
  await site.halt();
  await p.page.locator('[data-link=lost]').waitFor();
  await site.start();
  await p.page.locator('[data-link=live]').waitFor({ timeout: 30_000 });
  assert.equal(await p.page.locator('dialog.gate').count(), 0);
  await p.page.goto('/account');
  await p.page.locator('main h1').getByText('我的账号').waitFor();
  await p.close();
});
