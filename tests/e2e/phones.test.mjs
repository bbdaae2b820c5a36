/* Every screen that a specialist has, on a phone (390 × 844), in both languages and a theme each: nothing runs off to the side, nothing is too small to touch, axe finds nothing. The list of
   screens is the product's own; one that is added is tried here by itself. With it what the scheduling admin looks at away from the desk. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, live, logIn, person, root, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

const phone = { width: 390, height: 844 };
let site, browser, zh, en, admin;
before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
  zh = await person(browser, site, phone);
  en = await person(browser, site, { ...phone, lang: 'en', theme: 'dark' });
  admin = await person(browser, site, { ...phone, lang: 'en', theme: 'dark' });
  const who = site.accounts.find((a) => a.name === 'wenzhiyuan');
  await logIn(zh.page, who);
  await logIn(en.page, who);
  await logIn(admin.page, site.by['scheduling-admin']);
});
after(async () => { await browser?.close(); await site?.stop(); });

/** The paths of a role's own screens, out of the client's one list of pages. */
function pathsOf(role) {
  const lines = readFileSync(join(root, 'web-client/src/view/pages.ts'), 'utf8').split('\n').filter((l) => /^ {2}\{ path: /.test(l));
  return lines.filter((l) => new RegExp(`roles: ('all'|\\[[^\\]]*'${role}')`).test(l)).map((l) => /path: '([^']+)'/.exec(l)[1]);
}

/** What is touched is 24 × 24 at least (WCAG 2.2 AA, 2.5.8); a link within a sentence is not meant. */
const tooSmall = (page) => page.evaluate(() => [...document.querySelectorAll('main button, main a, main input, main select, nav a, nav button')].filter((e) => {
  const r = (e.closest('label') ?? e).getBoundingClientRect(); // a label is touched for its field
  return r.width > 0 && (r.width < 24 || r.height < 24) && getComputedStyle(e).display !== 'inline' && !/checkbox|radio/.test(e.type ?? '') && !e.closest('.vh');
}).map((e) => e.outerHTML.slice(0, 120)));

async function tried(who, path, name) { // one theme for each of the two languages: axe takes its time
  await who.page.goto(`${site.url}${path}`);
  await live(who.page);
  await who.page.locator('main h1, main h2').first().waitFor();
  await who.page.locator('.skeleton').first().waitFor({ state: 'detached' });
  assert.deepEqual(await axe(who.page, name), []);
  await shot(who.page, name);
  assert.equal(await sideways(who.page), 0, `${path} runs off`);
  assert.deepEqual(await tooSmall(who.page), [], path);
}

test('each screen of a specialist fits a phone', async () => {
  const paths = pathsOf('specialist');
  for (const path of ['/invitations', '/hours', '/charts', '/signatures', '/rooms', '/account', '/patients/']) assert.ok(paths.includes(path), `${path} of ${paths}`);
  for (const path of paths.filter((p) => !p.endsWith('/'))) {
    const name = path.slice(1).replaceAll('/', '-');
    await tried(zh, path, `phone-${name}-zh`);
    await tried(en, path, `phone-${name}-en`);
  }
  console.log(`figure phones.specialist_screens ${paths.length}`);
});

test('an address for the phone’s calendar is made, read without logging in, and ended', async () => {
  const { page } = en;
  const read = (url) => new Promise((done, fail) => { request(url, { rejectUnauthorized: false }, (r) => { r.resume(); done(r.statusCode); }).on('error', fail).end(); }); // no cookie: the address is the key
  await page.goto(`${site.url}/hours`);
  await page.getByRole('button', { name: 'Make an address' }).click();
  const one = await page.locator('.secret code').textContent();
  assert.match(one, /\.ics|calendar/);
  assert.equal(await read(one), 200);
  assert.equal(await sideways(page), 0);
  assert.deepEqual(await axe(page, 'feed'), []);
  await shot(page, 'phone-feed');
  await page.getByRole('button', { name: 'Make a new one (the old one ends)' }).click();
  await until('another is shown', async () => (await page.locator('.secret code').textContent()) !== one);
  const two = await page.locator('.secret code').textContent();
  assert.equal(await read(one), 404, 'the old one has ended');
  assert.equal(await read(two), 200);
  await page.getByRole('button', { name: 'End this address' }).click();
  await page.getByText('The address is no good any more').waitFor();
  assert.equal(await page.locator('.secret').count(), 0);
  assert.equal(await read(two), 404);
  await page.reload();
  await page.getByRole('button', { name: 'Make an address' }).waitFor();
});

test('the directory is searched by pinyin on a phone', async () => {
  const { page } = admin;
  await page.goto(`${site.url}/directory`);
  await live(page);
  await page.locator('[data-search]').fill('wenzhiyuan');
  await page.locator('[data-row]').getByText('温知远').waitFor();
  await until('the one and no other', async () => await page.locator('[data-row]').count() === 1);
  await page.locator('[data-search]').fill('wzy');
  await page.locator('[data-row]').getByText('温知远').waitFor();
  assert.deepEqual(await axe(page, 'directory'), []);
  await shot(page, 'phone-directory');
  assert.equal(await sideways(page), 0);
  assert.deepEqual(await tooSmall(page), []);
});

test('holidays and the joint search, in English and dark, at the desk and on a phone', async () => {
  const { page } = admin;
  for (const [path, name] of [['/holidays', 'holidays'], ['/joint', 'joint']]) {
    await tried(admin, path, `phone-${name}`);
    await page.setViewportSize({ width: 1440, height: 900 });
    assert.deepEqual(await axe(page, `desk-${name}`), []);
    await shot(page, `desk-${name}-en-dark`);
    assert.ok(!/[一-鿿]/.test(await page.locator('main h1').textContent()), 'in English');
    await page.setViewportSize(phone);
  }
  for (const who of [zh, en, admin]) assert.deepEqual(who.complaints, []);
  assert.ok((await call(page, 'GET', '/api/agenda/texts/calendar')).status === 200);
});
