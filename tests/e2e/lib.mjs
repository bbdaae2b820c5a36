/* What each end-to-end test stands on: a fresh site of its own, a browser, a login, axe.
   A site is yunqiaod from YQ_BIN (build/release/bin) on a new data folder, with the client from YQ_WEB (web-client/dist); with YQ_BASE set, the site at that address, whose
   accounts are in the file YQ_ACCOUNTS (what `yunqiao demo --json` printed). No sleeps: everything waits for a condition. */
import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import axeCore from 'axe-core';
import { chromium } from 'playwright-core';
import { totp } from './totp.mjs';

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const bin = process.env.YQ_BIN ?? join(root, 'build/release/bin');
const web = process.env.YQ_WEB ?? join(root, 'web-client/dist');
const long = Boolean(process.env.YQ_LONG);
export const out = resolve(process.env.YQ_OUT ?? join(root, 'build/test-output'), 'e2e');
mkdirSync(out, { recursive: true });

/* ── time-based codes ── */
export { totp };

/** How far a site's clock was moved ahead of the machine's (startSite's clock). */
let ahead_ms = 0;
const siteNow = () => Date.now() + ahead_ms;

/** Codes already spent, by secret: a site takes each code once. */
const spent = new Map();
/** A code the site has not seen yet, of the last half minute (while that is not nearly out), this or the next one (sites allow one step of drift); else waits. */
export async function freshCode(secret) {
  const used = spent.get(secret) ?? new Set();
  spent.set(secret, used);
  for (;;) {
    const step = Math.floor(siteNow() / 30_000);
    const last = siteNow() % 30_000 < 12_000 ? [step - 1] : [];
    const at = [...last, step, step + 1].find((s) => ![...used].some((u) => u >= s));
    if (at !== undefined) {
      used.add(at);
      return totp(secret, at * 30_000);
    }
    await new Promise((go) => setTimeout(go, (step + 1) * 30_000 - siteNow() + 50));
  }
}

/* ── the site ── */
export const freePort = () => new Promise((done, fail) => {
  const s = createServer();
  s.on('error', fail);
  s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); });
});

const alive = (url) => new Promise((done) => {
  const asked = request(`${url}/healthz`, { rejectUnauthorized: false, timeout: 1000 }, (r) => { r.resume(); done(r.statusCode === 200); });
  asked.on('error', () => done(false));
  asked.on('timeout', () => { asked.destroy(); done(false); });
  asked.end();
});

export async function until(what, condition, wait_ms = 30_000, step_ms = 50) {
  const end = Date.now() + wait_ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((go) => setTimeout(go, step_ms));
  }
}

/** A demo site, copied from one that these programs made before, on the shelf that tests/rules/house.py keeps too; what it told. */
async function copyDemo(data, whole) {
  const program = statSync(join(bin, 'yunqiao'), { bigint: true });
  const shelf = join(tmpdir(), `yunqiao-demo-${process.getuid()}`);
  const kept = join(shelf, `${program.size}-${program.mtimeNs}-${new Date().toISOString().slice(0, 10)}${whole === true ? '-whole' : whole ? `-${whole}` : ''}`); /* its history ends today */
  if (!existsSync(kept)) {
    mkdirSync(shelf, { recursive: true, mode: 0o700 });
    const fresh = mkdtempSync(join(shelf, 'new-'));
    const made = await promisify(execFile)(join(bin, 'yunqiao'), ['demo', ...(whole === true ? [] : [`--${whole || 'bare'}`]), '--data', join(fresh, 'site'), '--json'], { maxBuffer: 4 << 20 });
    writeFileSync(join(fresh, 'told'), made.stdout);
    try { renameSync(fresh, kept); } catch { rmSync(fresh, { recursive: true, force: true }); /* another test was quicker */ }
  }
  cpSync(join(kept, 'site'), data, { recursive: true });
  chmodSync(data, 0o700);
  copyFileSync(join(kept, 'site.key'), `${data}.key`);
  return JSON.parse(readFileSync(join(kept, 'told'), 'utf8'));
}

const folders = new Map(); /* of the sites that were started here, by their address */

/** A code for one use that makes a browser a wall terminal; where the site is not ours, the one that its demo printed. */
export async function terminalCode(url, name = 'A 区 1 室') {
  if (process.env.YQ_BASE) return JSON.parse(readFileSync(process.env.YQ_ACCOUNTS, 'utf8')).terminals[0].code;
  const { stdout } = await promisify(execFile)(join(bin, 'yunqiao'), ['terminal', '--name', name, '--data', folders.get(url), '--json']);
  const told = JSON.parse(stdout);
  return (told.result ?? told).code;
}

/** This browser is a wall terminal from now on. */
export async function enrolTerminal(page, url) {
  const r = await call(page, 'POST', '/api/terminal/enrol', { code: await terminalCode(url) });
  if (r.status !== 200) throw new Error(`no terminal: ${JSON.stringify(r)}`);
}

/** Starts a site; `accounts` is what the demo made, one for each role. `whole`: with all its people, places and history; 'unbooked': but nothing booked from today on; 'any-hour':
   and whom one logs in as is there at any hour. `clock`: its clock can be moved ahead (`ahead`), as that of tests/rules/house.py. */
export async function startSite(settings = {}, { host = '127.0.0.1', name = 'localhost', port: fixed = null, whole = false, clock = false } = {}) {
  if (process.env.YQ_BASE) {
    const told = JSON.parse(readFileSync(process.env.YQ_ACCOUNTS, 'utf8'));
    return { url: process.env.YQ_BASE, accounts: told.accounts, by: byRole(told.accounts), stop: async () => {}, restart: async () => {}, real: false };
  }
  const folder = mkdtempSync(join(tmpdir(), 'yunqiao-e2e-'));
  const data = join(folder, 'site');
  const port = fixed ?? await freePort();
  const conf = join(folder, 'yunqiao.conf');
  writeFileSync(conf, sections({ site: { name: '岚桥看守所', zone: 'Asia/Shanghai' }, session: { argon2_mib: 19 }, ...settings }));
  const { accounts } = await copyDemo(data, whole);
  const url = `https://${name}:${port}`;
  const mediaPort = await freePort();
  const asked = ['--data', data, '--config', conf, '--listen', `${host}:${port}`, '--media', `${host}:${mediaPort}`, '--web', web];
  let child = null;
  let said = '';
  const hands = join(folder, 'clock');
  const ahead = (ms) => {
    writeFileSync(`${hands}.new`, `+${ms / 1000}s`);
    renameSync(`${hands}.new`, hands);
    ahead_ms = ms;
  };
  if (clock) ahead(0);
  const library = clock ? ['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketimeMT.so.1`).find(existsSync) : null;
  if (library === undefined) throw new Error('libfaketime is not here (faketime)');
  const env = clock ? { ...process.env, LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: hands, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' } : process.env;
  const start = async () => {
    child = spawn(join(bin, 'yunqiaod'), asked, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const mine = child;
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (d) => { said = (said + d).slice(-20_000); });
    await until('the site answers', async () => {
      if (mine.exitCode !== null) throw new Error(`yunqiaod ended with ${mine.exitCode}:\n${said}`);
      return alive(url);
    });
  };
  const halt = async () => {
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(hard);
  };
  /* As a fault of the machine ends it. */
  const kill = async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  folders.set(url, data);
  return {
    url, accounts, by: byRole(accounts), data, mediaPort, real: true, log: () => said,
    /* the media workers' process ids */
    workers: () => readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map(Number).filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return /^\d+ \(yunqiao-media/.test(stat) && Number(stat.split(') ')[1].split(' ')[1]) === child.pid;
      } catch { return false; }
    }),
    ahead, halt, kill, start, restart: async () => { await halt(); await start(); },
    stop: async () => {
      await halt();
      if (process.env.YQ_KEEP) writeFileSync(join(out, 'yunqiaod.log'), said);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Settings as the site reads them: [section] and key = value. */
const sections = (settings) => Object.entries(settings).map(([section, keys]) => `[${section}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${v}\n`).join('')}`).join('\n');

function byRole(accounts) {
  return Object.fromEntries([...accounts].reverse().map((a) => [a.role, a]));
}

/* ── the browser ── */
export async function startBrowser(more = [], executable = process.env.YQ_CHROMIUM ?? '/usr/bin/chromium-headless-shell') {
  return chromium.launch({
    executablePath: executable,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // As ignoreHTTPSErrors alone has Chromium start each request again once its certificate is refused, and a request that is beaten to the new
      // connection by others, on a slow machine, 32 times, fails with ERR_TOO_MANY_RETRIES (net/http/http_network_transaction.cc).
      '--ignore-certificate-errors', ...more],
  });
}

/** A person's own browser: nothing shared with the others. Keeps every address it asked for, and what it complained about. */
export async function person(browser, site, { lang = 'zh', theme = 'light', width = 1440, height = 900, touch = false } = {}) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true, baseURL: site.url, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: theme, viewport: { width, height }, reducedMotion: 'reduce', timezoneId: 'Europe/Lisbon',
    permissions: ['clipboard-read', 'clipboard-write'], hasTouch: touch,
  });
  context.setDefaultTimeout(60_000); /* against hanging: a busy machine is slow to show things */
  const asked = [];
  const complaints = [];
  context.on('request', (r) => asked.push(r.url()));
  context.on('console', (m) => { if (m.type() === 'error' && !/status of (4\d\d|503)|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|WebSocket/.test(m.text())) complaints.push(m.text()); });
  context.on('weberror', (e) => complaints.push(String(e.error())));
  const page = await context.newPage();
  return { context, page, asked, complaints, close: () => context.close() };
}

/** Logs in through the page as a person does. */
export async function logIn(page, account, { go = '/' } = {}) {
  if (go !== null) await page.goto(go);
  if (account.role === 'detainee') await enrolTerminal(page, new URL(page.url()).origin);
  await page.locator('input[name=username]').fill(account.name);
  await page.locator('input[name=password]').fill(account.password);
  await page.locator('button[type=submit]').click();
  if (account.totp_secret) {
    await page.locator('input[name=code]').fill(await freshCode(account.totp_secret));
    await page.locator('button[type=submit]').click();
  }
  await page.locator('main h1').waitFor();
  await page.waitForURL((u) => u.pathname !== '/login');
}

/** In the dialog over an expired page. */
export async function logInAgain(page, account) {
  const gate = page.locator('dialog.gate');
  await gate.locator('input[name=password]').fill(account.password);
  await gate.locator('button[type=submit]').click();
  if (account.totp_secret) {
    await gate.locator('input[name=code]').fill(await freshCode(account.totp_secret));
    await gate.locator('button[type=submit]').click();
  }
  await gate.waitFor({ state: 'detached' });
}

export const live = (page) => page.locator('[data-link=live]').waitFor();

/** axe's findings in words; empty when the page is clean. */
export async function axe(page, name = '') {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axeCore.source);
  const violations = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }).then((r) => r.violations), ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  return violations.flatMap((v) => v.nodes.map((n) => `${name} ${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
}

export const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`) });
let looked = 0;
/** axe finds nothing, and a picture is kept: in both themes, or in the quick tier in the one and the other by turns. */
export async function clean(page, name) {
  const wrong = [];
  looked += 1;
  for (const theme of long ? ['light', 'dark'] : [['light', 'dark'][looked % 2]]) {
    await page.emulateMedia({ colorScheme: theme });
    wrong.push(...await axe(page, `${name} ${theme}`));
    await shot(page, `${name}-${theme}`);
  }
  assert.deepEqual(wrong, []);
}
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export const homes = {
  'clinic-doctor': ['/today', '今日', 'Today'], nurse: ['/today', '今日', 'Today'], pharmacist: ['/today', '今日', 'Today'],
  specialist: ['/invitations', '邀请与今日会诊', 'Invitations and today'], interpreter: ['/invitations', '邀请与今日会诊', 'Invitations and today'],
  'scheduling-admin': ['/board', '排程', 'Board'], guard: ['/escorts', '押解', 'Escorts'], 'duty-command': ['/escorts', '押解', 'Escorts'],
  detainee: ['/me', '我的健康', 'My health'], 'privacy-officer': ['/audit', '审计', 'Audit'],
  'security-admin': ['/security/accounts', '账号', 'Accounts'], 'system-admin': ['/system/health', '运行状况', 'Health'],
};

/* ── a page as a person uses it: by the words that stand on it, in the open dialog where there is one ── */
const literally = (words) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** The first of these that a person sees and can use. */
export const shown = async (all) => { for (const one of await all.all()) if (await one.isVisible() && await one.isEnabled() && (await one.getAttribute('aria-disabled')) !== 'true') return one; return null; };
const scopeOf = async (page) => ((await page.locator('dialog[open]').count()) > 0 ? page.locator('dialog[open]').last() : page);

/** What is called so and can be pressed: by its whole name before others that begin so. */
export async function press(page, words) {
  const one = await until(`${words} can be pressed`, async () => {
    const scope = await scopeOf(page);
    for (const name of [new RegExp(`^${literally(words)}$`), new RegExp(`^${literally(words)}`)])
      for (const role of ['option', 'button', 'link', 'tab', 'radio', 'checkbox']) {
        const found = await shown(scope.getByRole(role, { name }));
        if (found !== null) return found;
      }
    return null;
  }, 40_000, 150);
  await one.click({ timeout: 60_000 }); /* a page with a call in it is slow to be pressed on a busy machine */
}

/** Into the field of this name, or chosen in it. */
export async function fill(page, label, value) {
  const field = await until(`${label} can be filled`, async () => shown((await scopeOf(page)).getByLabel(label, { exact: false })), 40_000, 150);
  if ((await field.evaluate((f) => f.tagName)) !== 'SELECT') { await field.fill(value); await field.dispatchEvent('change'); return; }
  const choice = field.locator('option').filter({ hasText: value }).first();
  await choice.waitFor({ state: 'attached' });
  await field.selectOption(await choice.getAttribute('value'));
}

/* ── speaking to the site directly, as the page's own account ── */
export function call(page, method, path, body) {
  return page.evaluate(async ([m, p, b]) => {
    const who = await fetch('/api/session?peek=1');
    const told = await who.text(); /* a body that nobody reads would be under way for ever */
    const csrf = who.ok ? JSON.parse(told).csrf : '';
    const r = await fetch(p, { method: m, headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, ...(b === undefined ? {} : { body: JSON.stringify(b) }) });
    const text = await r.text();
    return { status: r.status, body: text === '' ? null : JSON.parse(text) };
  }, [method, path, body]);
}

let made = 0;
export const unique = (name) => `${name}${process.pid % 10_000}${(made += 1)}`;

/** An account made by the security admin on `page`; answers its name and one-time password. */
export async function makeAccount(page, display, roles, name = unique('t')) {
  const r = await call(page, 'POST', '/api/accounts', { name, display, roles, staff_number: name });
  if (r.status !== 201) throw new Error(`account not made: ${JSON.stringify(r)}`);
  return { ...r.body.account, password: r.body.password };
}

/** A first login without the pages: own password, authenticator. Leaves `page` logged in, on no page yet. */
export async function enrolDirectly(page, account, password = 'Third stone under the bridge, 26') {
  await page.goto('/login');
  const one = await call(page, 'POST', '/api/login', { name: account.name, password: account.password });
  const two = await call(page, 'POST', '/api/login/password', { ticket: one.body.ticket, password });
  if (two.status !== 200) throw new Error(`own password refused: ${JSON.stringify(two)}`);
  const enrol = await call(page, 'POST', '/api/login/enrol', { ticket: two.body.ticket });
  const done = await call(page, 'POST', '/api/login/enrol/confirm', { ticket: two.body.ticket, code: await freshCode(enrol.body.secret) });
  if (done.status !== 200) throw new Error(`not enrolled: ${JSON.stringify(done)}`);
  return { ...account, password, totp_secret: enrol.body.secret, recovery_codes: done.body.recovery_codes };
}
