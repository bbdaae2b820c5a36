/* The pictures of the README, two screens side by side, from a site of their own: node readme.mjs */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { live, logIn, person, root, startBrowser, startSite } from './lib.mjs';

const site = await startSite();
const browser = await startBrowser();
for (const lang of ['zh', 'en']) {
  const shots = [];
  const admin = await person(browser, site, { lang, width: 1200, height: 750 });
  await admin.page.goto('/');
  await admin.page.locator('input[name=username]').waitFor();
  await admin.page.evaluate(() => document.fonts.ready);
  shots.push(await admin.page.screenshot());
  await logIn(admin.page, site.by['security-admin']);
  await admin.page.goto('/security/accounts');
  await admin.page.locator('main table').waitFor();
  await live(admin.page);
  shots.push(await admin.page.screenshot());
  await admin.close();
  const sheet = await browser.newPage({ viewport: { width: 1200, height: 385 } });
  const images = shots.map((s) => `<img src="data:image/png;base64,${s.toString('base64')}">`).join('');
  await sheet.setContent(`<style>body{margin:0;display:flex;gap:12px;padding:4px;background:#dfe4e5}img{width:590px;height:auto;display:block}</style>${images}`);
  await sheet.waitForFunction(() => [...document.images].every((i) => i.complete));
  writeFileSync(join(root, `docs/images/readme-${lang}.png`), await sheet.screenshot());
  await sheet.close();
}
await browser.close();
await site.stop();
