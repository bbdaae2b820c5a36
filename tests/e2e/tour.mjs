/* Walks through the screens and keeps a picture of each, with axe's findings: node tour.mjs [zh|en] [light|dark] [desk|phone|…] */
import { axe, live, logIn, out, person, shot, sideways, startBrowser, startSite } from './lib.mjs';

const langs = (process.argv[2] ?? 'zh,en').split(',');
const themes = (process.argv[3] ?? 'light,dark').split(',');
const sizes = { desk: [1440, 900], phone: [390, 844], narrow: [320, 640], tablet: [1024, 768], wall: [1080, 1920] };
const wanted = (process.argv[4] ?? 'desk,phone').split(',');
const only = process.argv[5]?.split(',');

const site = await startSite();
const browser = await startBrowser();
let found = 0;
const states = new Map();

async function look(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await shot(page, name);
  const wrong = await axe(page, name);
  const over = await sideways(page);
  if (over > 0) wrong.push(`${name} scrolls sideways by ${over}`);
  for (const w of wrong) console.log(w);
  found += wrong.length;
}

const walks = {
  login: { role: null },
  doctor: { role: 'clinic-doctor', pages: ['/today', '/account', '/nowhere'] },
  specialist: { role: 'specialist', pages: ['/invitations'] },
  board: { role: 'scheduling-admin', pages: ['/board'] },
  guard: { role: 'duty-command', pages: ['/escorts'] },
  detainee: { role: 'detainee', pages: ['/me', '/account'] },
  privacy: { role: 'privacy-officer', pages: ['/audit'] },
  security: { role: 'security-admin', pages: ['/security/accounts', '/security/lockouts', '/security/tokens'] },
  system: { role: 'system-admin', pages: ['/system/health', '/system/workers', '/system/certificates', '/system/backups'] },
};

for (const [name, walk] of Object.entries(walks)) {
  if (only && !only.includes(name)) continue;
  for (const lang of langs) for (const theme of themes) for (const size of wanted) {
    const [width, height] = sizes[size];
    const p = await person(browser, site, { lang, theme, width, height });
    const tag = `${lang}-${theme}-${size}`;
    if (walk.role === null) {
      await p.page.goto('/');
      await p.page.locator('input[name=username]').waitFor();
      await look(p.page, `login-${tag}`);
    } else {
      /* One login a role: its cookie is carried to the other looks. */
      const kept = states.get(walk.role);
      if (kept && walk.role !== 'detainee') { await p.context.addCookies(kept); await p.page.goto('/'); } else {
        await logIn(p.page, site.by[walk.role]);
        states.set(walk.role, await p.context.cookies());
      }
      for (const path of walk.pages) {
        await p.page.goto(path);
        await p.page.locator('main h1').waitFor();
        await p.page.waitForLoadState('networkidle');
        if (walk.role !== 'detainee' ) await live(p.page);
        await look(p.page, `${walk.role}${path.replaceAll('/', '-')}-${tag}`);
      }
    }
    for (const c of p.complaints) { console.log(`${name} ${tag} complains: ${c}`); found += 1; }
    await p.close();
  }
}
await browser.close();
await site.stop();
console.log(found === 0 ? `clean; pictures in ${out}` : `${found} findings`);
process.exitCode = found === 0 ? 0 : 1;
