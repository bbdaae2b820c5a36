/* Firefox ESR, unmodified, driven by Puppeteer: its fake devices, a page that can be asked for its connections, and a login. */
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { freshCode } from './lib.mjs';
import { watchConnections } from './call-lib.mjs';

const program = '/usr/bin/firefox-esr';
export const lacksFirefox = !existsSync(program) && 'firefox-esr is not installed';

export const startFirefox = () => puppeteer.launch({
  browser: 'firefox', executablePath: program, headless: true, acceptInsecureCerts: true,
  extraPrefsFirefox: {
    'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true, 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0,
    'media.peerconnection.ice.obfuscate_host_addresses': false, 'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false,
    'intl.accept_languages': 'zh-CN', 'intl.locale.requested': 'zh-CN',
  },
});

/** A page of it, logged in. */
export async function firefoxPage(browser, site, account) {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.setViewport({ width: 1280, height: 800 });
  await page.evaluateOnNewDocument(watchConnections);
  const type = async (name, value) => { await page.waitForSelector(`input[name=${name}]`); await page.type(`input[name=${name}]`, value); };
  const press = (selector) => page.waitForSelector(selector).then((e) => e.click());
  await page.goto(`${site.url}/login`);
  await type('username', account.name);
  await type('password', account.password);
  await press('button[type=submit]');
  if (account.totp_secret) { await type('code', await freshCode(account.totp_secret)); await press('button[type=submit]'); }
  await page.waitForSelector('main h1');
  return page;
}
