/* The terminal at the wall, by a finger alone. */
import { person, terminalCode } from './lib.mjs';

/** The number by which the demo's detainee logs in. */
export const number = '3120417';

export const tap = (page, name) => page.getByRole('button', { name, exact: true }).tap();
export const press = async (page, digits) => { for (const d of digits) await page.locator('.k-pad').getByRole('button', { name: d, exact: true }).tap(); };
/** What is kept in the browser's own stores, and of answers in its cache: `nothing`, at a terminal. */
export const stores = (page) => page.evaluate(async () => [Object.keys(localStorage), Object.keys(sessionStorage), await caches.keys(), (await indexedDB.databases()).length]);
export const nothing = [[], [], [], 0];

export const wall = (browser, site, more = {}) => person(browser, site, { width: 1080, height: 1920, touch: true, ...more });
/** Takes the page for a terminal of the site's. */
export async function enrol(page, site) {
  await page.goto('/terminal');
  await press(page, await terminalCode(site.url));
  await page.locator('.k-foot .btn-primary').tap();
  await page.locator('.k-place').waitFor();
}
/** The detainee, by number and PIN. */
export async function enter(page, site) {
  await press(page, number);
  await page.locator('.k-foot .btn-primary').tap();
  await page.locator('.k-foot button:not([aria-disabled=true])').first().waitFor();
  await press(page, site.by.detainee.password);
  await page.locator('.k-foot .btn-primary').tap();
  await page.locator('.k-rows').waitFor();
}
