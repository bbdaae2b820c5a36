/* The README's first consultation, walked as it is written: its ten steps are read from the README and done, so that they cannot drift from the screens. A name set like code
   is who acts; **bold** is pressed, or with a colon filled with the code that follows; *italic* is waited for. A picture is kept after each step. In both languages in the
   long tier, in Chinese else. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test as nodeTest } from 'node:test';
import { devices, party } from './call-lib.mjs';
import { fill, logIn, person, press, root, shot, shown, startBrowser, startSite, until } from './lib.mjs';

const books = { zh: { file: 'README.zh-CN.md', title: '## 第一次会诊', own: '您的密码' }, en: { file: 'README.md', title: '## Your first consultation', own: 'your password' } };
const cameras = { guqinghe: 1, wenzhiyuan: 2, peiyan: 3 };
const media = mkdtempSync(join(tmpdir(), 'yunqiao-walk-'));
const open = [];
after(async () => { await Promise.all(open.map((x) => x.stop())); rmSync(media, { recursive: true, force: true }); });

/** The steps of one README, each a list of { who } | { fill, with } | { press } | { see }. */
function read({ file, title }, names) {
  const text = readFileSync(join(root, file), 'utf8');
  const part = text.slice(text.indexOf(title)).split('\n## ')[0];
  return [...part.matchAll(/^\d+\. (.*)$/gm)].map(([, line]) => {
    const parts = [];
    for (const m of line.matchAll(/\*\*([^*]+)\*\*|`([^`]+)`|\*([^*]+)\*/g)) {
      const last = parts.at(-1);
      if (m[1] !== undefined) parts.push(/[：:]$/.test(m[1]) ? { fill: m[1].slice(0, -1) } : { press: m[1] });
      else if (m[3] !== undefined) parts.push({ see: m[3] });
      else if (last?.fill !== undefined && last.with === undefined) last.with = m[2];
      else { assert.ok(names.includes(m[2]), `${file}: nobody is called ${m[2]}`); parts.push({ who: m[2] }); }
    }
    for (const p of parts) assert.ok(p.fill === undefined || p.with !== undefined, `${file}: ${p.fill} is filled with nothing`);
    return parts;
  });
}

for (const lang of ['zh', 'en']) {
  const of = books[lang];
  let site, house, broken = null;
  const people = new Map();
  const skip = lang === 'en' && process.env.YQ_LONG !== '1' && 'long tier';
  const steps = read(of, ['lubaisu', 'guqinghe', 'jiangyining', 'wenzhiyuan', 'peiyan', 'shenzhiyang']);

  async function pageOf(who) {
    if (site === undefined) {
      site = await startSite({}, { whole: 'any-hour' }); /* as scripts/run makes it */
      house = await startBrowser();
      open.push({ stop: async () => { await house.close(); await site.stop(); } });
    }
    if (people.has(who)) return people.get(who).page;
    const account = site.accounts.find((a) => a.name === who);
    const at = cameras[who] === undefined ? await person(house, site, { lang }) : await party(site, account, devices(media, cameras[who]), { lang });
    if (cameras[who] === undefined) await logIn(at.page, account); else open.unshift(at);
    people.set(who, { page: at.page, account });
    return at.page;
  }

  nodeTest(`${lang}: the README has ten steps`, () => assert.equal(steps.length, 10));
  steps.forEach((parts, i) => nodeTest(`${lang}: step ${i + 1}`, { skip }, async () => {
    assert.equal(broken, null, 'an earlier step failed');
    let who = '', page = null, doing = null;
    try {
      for (const part of parts) {
        doing = part;
        if (part.who !== undefined) { who = part.who; page = await pageOf(who); }
        else if (part.press !== undefined) await press(page, part.press);
        else if (part.fill !== undefined) await fill(page, part.fill, part.with === of.own ? people.get(who).account.password : part.with);
        else await until(`${part.see} is seen`, async () => (await shown(page.getByText(part.see))) !== null, 40_000, 150);
      }
      await shot(page, `walk-${lang}-${String(i + 1).padStart(2, '0')}`);
    } catch (e) {
      broken = i + 1;
      if (page !== null) await shot(page, `walk-${lang}-broken`).catch(() => {});
      throw new Error(`step ${i + 1}, ${who}, ${JSON.stringify(doing)}: ${e.message}`, { cause: e });
    }
  }));
}
