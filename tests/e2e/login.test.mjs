/* Each of the twelve roles logs in; its home shows; axe finds nothing. The long tier does it in both languages, light and dark each; the quick one
   takes for each role one of the languages and one of the themes, in turn. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, homes, live, logIn, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

let site, browser;
before(async () => { site = await startSite(); browser = await startBrowser(); });
after(async () => { await browser?.close(); await site?.stop(); });

const long = process.env.YQ_LONG === '1';
Object.entries(homes).forEach(([role, [path, zh, en]], i) => {
  const themes = long ? ['light', 'dark'] : [['light', 'dark'][(i >> 1) % 2]];
  for (const lang of long ? ['zh', 'en'] : [['zh', 'en'][i % 2]]) {
    test(`${role} logs in and finds the own home, ${lang}`, async () => {
      const account = site.by[role];
      assert.ok(account, `the demo has no ${role}`);
      const p = await person(browser, site, { lang, ...(role === 'detainee' ? { width: 1080, height: 1920 } : {}) });
      await logIn(p.page, account);
      await p.page.locator('main h1').getByText(lang === 'zh' ? zh : en, { exact: true }).waitFor();
      assert.equal(new URL(p.page.url()).pathname, path);
      assert.equal(await p.page.locator('html').getAttribute('lang'), lang === 'zh' ? 'zh-CN' : 'en');
      const title = await p.page.title();
      assert.ok(!title.includes(account.display) && !title.includes(account.name), `the title names a person: ${title}`);
      if (role !== 'detainee') await live(p.page);
      await p.page.waitForLoadState('networkidle');
      const wrong = [];
      for (const theme of themes) {
        await p.page.emulateMedia({ colorScheme: theme });
        wrong.push(...await axe(p.page, `${role} ${lang} ${theme}`));
        await shot(p.page, `home-${role}-${lang}-${theme}`);
      }
      assert.deepEqual(wrong, []);
      assert.equal(await sideways(p.page), 0);
      assert.deepEqual(p.complaints, []);
      assert.deepEqual(p.asked.filter((u) => !u.startsWith(site.url) && !/^(data|blob):/.test(u)), []);
      await p.close();
    });
  }
});

test('a wrong password says so beside the field, with the tries left, and keeps the name', async () => {
  const p = await person(browser, site);
  await p.page.goto('/');
  await p.page.locator('input[name=username]').fill(site.by.interpreter.name);
  await p.page.locator('input[name=password]').fill('not the password');
  await p.page.locator('button[type=submit]').click();
  const error = p.page.locator('.field.bad .error');
  await error.waitFor();
  assert.match(await error.innerText(), /还可试\d+次/);
  assert.equal(await p.page.locator('input[name=username]').inputValue(), site.by.interpreter.name);
  assert.deepEqual(await axe(p.page, 'refused'), []);
  await shot(p.page, 'login-refused');
  await p.close();
});

test('the language is switched on the page and remembered', async () => {
  const p = await person(browser, site);
  await p.page.goto('/');
  await p.page.getByRole('button', { name: 'English' }).click();
  await p.page.getByRole('heading', { name: 'Log in' }).waitFor();
  await p.page.reload();
  await p.page.getByRole('heading', { name: 'Log in' }).waitFor();
  assert.deepEqual(await p.page.evaluate(() => Object.keys(localStorage)), ['lang']);
  await p.close();
});
