/* Each screen of scheduling seen in both languages, in light and in dark. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, logIn, person, shot, startBrowser, startSite } from './lib.mjs';

let site, browser;
before(async () => {
  site = await startSite({}, { whole: true });
  browser = await startBrowser();
});
after(async () => { await browser?.close(); await site?.stop(); });

test('each screen of scheduling: Chinese in light, English in dark, and axe finds nothing', async () => {
  const places = ['board', 'joint', 'series', 'waiting', 'directory', 'hospitals', 'holidays', 'hours/demo-wenzhiyuan-role'];
  for (const [lang, theme] of [['zh', 'light'], ['en', 'dark']]) {
    const who = await person(browser, site, { lang, theme });
    await logIn(who.page, site.by['scheduling-admin']);
    for (const place of places) {
      await who.page.goto(`/${place}`);
      await who.page.locator('main h1').waitFor();
      await who.page.waitForFunction(() => document.querySelector('main .skel') === null);
      await who.page.waitForLoadState('networkidle');
      assert.deepEqual(await axe(who.page, `${place} ${lang} ${theme}`), []);
      await shot(who.page, `seen-${place.split('/')[0]}-${lang}-${theme}`);
    }
    assert.deepEqual(who.complaints, []);
    await who.close();
  }
});
