/* A nurse breaks the glass; the privacy officer sees it without reloading, and records a verdict. Both languages, both themes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, clean, freshCode, live, logIn, person, startBrowser, startSite } from './lib.mjs';

let site, browser, officer, nurse, doctor;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  [officer, nurse, doctor] = [await person(browser, site), await person(browser, site), await person(browser, site)];
  await logIn(officer.page, site.by['privacy-officer']);
  await logIn(nurse.page, site.by.nurse);
  await logIn(doctor.page, site.by['clinic-doctor']);
  await live(officer.page);
});
after(async () => { await browser?.close(); await site?.stop(); });

test('a broken glass shows at once, is reviewed with a remark, and stays in the list of all', async () => {
  const { page } = officer;
  await page.goto('/glass');
  await page.getByText('没有待复核的紧急调阅').waitFor();
  await clean(page, 'glass-empty');
  const patient = await call(doctor.page, 'POST', '/fhir/Patient', { resourceType: 'Patient', name: [{ family: '安' }] });
  assert.equal(patient.status, 201, JSON.stringify(patient.body));
  const broken = await call(nurse.page, 'POST', '/api/glass', { patient: patient.body.id, reason: '抽搐，不知服用何药', code: await freshCode(site.by.nurse.totp_secret) });
  assert.equal(broken.status, 201, JSON.stringify(broken.body));
  await page.getByText('抽搐，不知服用何药').waitFor();
  await clean(page, 'glass-open');
  await page.getByRole('button', { name: '有正当理由', exact: true }).click();
  await page.getByRole('dialog').locator('textarea').fill('已核对，情况属实');
  await clean(page, 'glass-dialog');
  await page.getByRole('button', { name: '记录结论' }).click();
  await page.getByText('没有待复核的紧急调阅').waitFor();
  await page.getByText('全部', { exact: true }).click();
  await page.getByText('已核对，情况属实').waitFor();
  await clean(page, 'glass-all');
});
