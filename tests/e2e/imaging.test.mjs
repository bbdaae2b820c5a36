/* Images and files: a nurse adds them, a doctor looks at them, a specialist sees what was attached and only then, a guard nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { axe, call, logIn, person, root, shot, startBrowser, startSite, until } from './lib.mjs';
import { seed } from './chart-seed.mjs';
import { object, pdf, uid } from './imaging-seed.mjs';

let site, browser, nurse, doctor, patient, visit;
const study = uid();
const axial = { study, series: uid(), number: 1, patient: '9900417', name: 'Chunyu^Lu=淳于^鹭', study_words: '眼眶CT平扫', series_words: '轴位' };
const coronal = { ...axial, series: uid(), number: 2, series_words: '冠状位', flat: true };
const slices = [...[1, 2, 3].map((n) => object(axial, n)), object(coronal, 1)];

before(async () => {
  site = await startSite();
  browser = await startBrowser();
  [nurse, doctor] = [await person(browser, site), await person(browser, site)];
  await logIn(doctor.page, site.by['clinic-doctor']);
  const made = await call(doctor.page, 'POST', '/fhir', seed());
  assert.equal(made.status, 200, JSON.stringify(made.body).slice(0, 600));
  const ids = made.body.entry.map((e) => e.response.location.split('/').slice(-4, -2).join('/'));
  patient = ids.find((i) => i.startsWith('Patient/')).split('/')[1];
  visit = ids.filter((i) => i.startsWith('Encounter/'))[1].split('/')[1];
  await logIn(nurse.page, site.by.nurse);
});
after(async () => { await browser?.close(); await site?.stop(); });

const files = async (page) => {
  await page.goto(`/patients/${patient}/files`);
  await page.locator('#images').waitFor();
};
const add = async (page, name, mimeType, buffer) => {
  await page.getByRole('button', { name: '添加文件或影像' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('input[type=file]').setInputFiles({ name, mimeType, buffer });
  await dialog.getByRole('button', { name: '存入病历' }).click();
  return dialog;
};
/** How bright the canvas is, from 0 to 255. */
const light = (page) => page.locator('.iv-stage canvas').first().evaluate((c) => {
  const at = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0;
  for (let i = 0; i < at.length; i += 4) sum += at[i];
  return sum / (at.length / 4);
});

test('the nurse adds slices, a photo and a paper; what is not the patient’s, or not what it says, is refused', async () => {
  const { page } = nurse;
  await files(page);
  for (const [i, one] of slices.entries()) await (await add(page, `${i}.dcm`, '', one)).waitFor({ state: 'detached' });
  const wrong = await add(page, 'x.dcm', '', object({ ...axial, patient: '9900424', study: uid() }, 1));
  await wrong.getByText('影像属于另一名患者。').waitFor();
  assert.deepEqual(await axe(page, 'add'), []);
  await shot(page, 'imaging-refused');
  await wrong.getByRole('button', { name: '取消' }).click();
  const fake = await add(page, 'paper.pdf', 'application/pdf', Buffer.from('<html><script>1</script></html>'));
  await fake.getByText(/不接受这种文件/).waitFor();
  await fake.getByRole('button', { name: '取消' }).click();
  await (await add(page, '转诊单.pdf', 'application/pdf', pdf('Referral 2026'))).waitFor({ state: 'detached' });
  const photo = Buffer.from(await page.evaluate(async () => {
    const c = new OffscreenCanvas(320, 240);
    const d = c.getContext('2d');
    d.fillStyle = '#d9a58a'; d.fillRect(0, 0, 320, 240);
    d.fillStyle = '#b8695e'; d.beginPath(); d.ellipse(160, 110, 120, 80, 0, 0, 7); d.fill();
    d.fillStyle = '#f4eeea'; d.beginPath(); d.ellipse(160, 130, 80, 30, 0, 0, 7); d.fill();
    d.fillStyle = '#3a2a20'; d.beginPath(); d.arc(160, 130, 26, 0, 7); d.fill();
    return [...new Uint8Array(await (await c.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
  }));
  await (await add(page, '右眼.jpg', 'image/jpeg', photo)).waitFor({ state: 'detached' });
  await page.locator('.files').getByText('4幅').waitFor();
  await page.locator('.files').getByText('右眼').first().waitFor();
});

test('the doctor opens the study: series, window, zoom, two side by side; the photo and the paper open too', async () => {
  const { page, complaints } = doctor;
  await files(page);
  await page.getByRole('button', { name: /打开眼眶CT平扫/ }).click();
  await page.locator('.iv-stage[data-state=here]').waitFor();
  await page.getByText('窗宽 400').waitFor();
  await page.getByText('第1幅，共3幅').first().waitFor();
  await until('small pictures are there', () => page.locator('.study-series img').evaluateAll((all) => all.length === 2 && all.every((i) => i.complete && i.naturalWidth > 0)));
  const before = await light(page);
  assert.ok(before > 2, `something is drawn: ${before}`);
  const box = await page.locator('.iv-stage').boundingBox();
  await page.mouse.move(box.x + 200, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 90, { steps: 4 });
  await page.mouse.up();
  await until('a lower level is brighter', async () => (await light(page)) > before + 2);
  await page.locator('.iv-stage').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText('第2幅，共3幅').first().waitFor();
  await page.keyboard.press('0');
  await page.keyboard.press('+');
  assert.deepEqual(await axe(page, 'viewer'), []);
  await shot(page, 'imaging-study');
  await page.getByRole('button', { name: '并排对比' }).click();
  await until('both are there', async () => (await page.locator('.iv-stage[data-state=here]').count()) === 2);
  await page.getByText('第1幅，共1幅').first().waitFor();
  assert.deepEqual(await axe(page, 'side by side'), []);
  await shot(page, 'imaging-compare');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.iv-tools').first().evaluate((e) => getComputedStyle(e).visibility), 'hidden');
  await page.emulateMedia({ media: 'screen' });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '打开右眼' }).click();
  await page.locator('.iv-stage[data-state=here]').waitFor();
  await shot(page, 'imaging-photo');
  await page.keyboard.press('Escape');
  const link = page.getByRole('link', { name: '打开转诊单' });
  const got = await page.evaluate(async (u) => { const r = await fetch(u); return [r.status, r.headers.get('content-type'), (await r.text()).slice(0, 5)]; }, await link.getAttribute('href'));
  assert.deepEqual(got, [200, 'application/pdf', '%PDF-']);
  assert.deepEqual(complaints.filter((c) => /Content Security|Refused/.test(c)), []);
});

test('the client that OHIF stands on stores, finds and fetches, unmodified', async () => {
  const { page } = doctor;
  await files(page);
  await page.evaluate(readFileSync(join(root, 'tests/e2e/node_modules/dicomweb-client/build/dicomweb-client.js'), 'utf8'));
  const mine = object({ ...axial, study: uid(), series: uid() }, 1);
  const told = await page.evaluate(async ([bytes, csrf]) => {
    const { api } = globalThis['dicomweb-client'] ?? globalThis.DICOMwebClient;
    const client = new api.DICOMwebClient({ url: `${location.origin}/dicom-web`, headers: { 'X-CSRF-Token': csrf } });
    await client.storeInstances({ datasets: [new Uint8Array(bytes).buffer] });
    const studies = await client.searchForStudies({ queryParams: { PatientName: '淳于*' } });
    const study = studies.find((s) => s['00201208'].Value[0] === 1)['0020000D'].Value[0];
    const [series] = await client.searchForSeries({ studyInstanceUID: study });
    const [instance] = await client.searchForInstances({ studyInstanceUID: study });
    const one = { studyInstanceUID: study, seriesInstanceUID: series['0020000E'].Value[0], sopInstanceUID: instance['00080018'].Value[0] };
    const [metadata] = await client.retrieveStudyMetadata({ studyInstanceUID: study });
    const whole = await client.retrieveInstance(one);
    const frames = await client.retrieveInstanceFrames({ ...one, frameNumbers: [1] });
    const all = await client.retrieveSeries(one);
    return { name: metadata['00100010'].Value[0].Ideographic, whole: whole.byteLength, frame: frames[0].byteLength, all: all.length };
  }, [[...mine], (await call(page, 'GET', '/api/session?peek=1')).body.csrf]);
  assert.deepEqual(told, { name: '淳于^鹭', whole: mine.length, frame: 160 * 160 * 2, all: 1 });
});

test('a specialist sees it under a grant, in English and on a phone; without one, and as a guard, there is nothing', async () => {
  const them = await person(browser, site, { lang: 'en', width: 390, height: 844 });
  await logIn(them.page, site.by.specialist);
  const paths = [`/dicom-web/studies/${study}/metadata`, `/dicom-web/studies/${study}/thumbnail`, `/dicom-web/studies/${study}`];
  const status = (page) => page.evaluate((all) => Promise.all(all.map(async (p) => (await fetch(p)).status)), paths);
  assert.deepEqual(await status(them.page), [404, 404, 404]);
  const found = (await call(doctor.page, 'GET', `/fhir/ImagingStudy?patient=Patient/${patient}`)).body.entry.map((e) => e.resource).find((s) => s.identifier.some((i) => i.value === `urn:oid:${study}`));
  const paper = (await call(doctor.page, 'GET', `/fhir/DocumentReference?patient=Patient/${patient}&_sort=-date`)).body.entry.map((e) => e.resource).find((d) => d.description === '右眼');
  const file = `/fhir/${paper.content[0].attachment.url}`;
  const given = await call(doctor.page, 'POST', '/api/grants', {
    account: site.by.specialist.id ?? (await call(them.page, 'GET', '/api/session')).body.account.id, encounter: visit, starts: new Date().toISOString(),
    attached: [`ImagingStudy/${found.id}`, `DocumentReference/${paper.id}`],
  });
  assert.equal(given.status, 201, JSON.stringify(given.body));
  assert.deepEqual(await status(them.page), [200, 200, 200]);
  assert.equal(await them.page.evaluate(async (u) => (await fetch(u)).status, file), 200);
  await them.page.goto(`/patients/${patient}/files`);
  await them.page.getByRole('button', { name: /^Open 眼眶CT平扫/ }).click();
  await them.page.locator('.iv-stage[data-state=here]').waitFor();
  assert.deepEqual(await axe(them.page, 'phone'), []);
  await shot(them.page, 'imaging-phone-en');
  assert.equal((await call(doctor.page, 'POST', `/api/grants/${given.body.id}/revoke`, {})).status, 204);
  assert.deepEqual(await status(them.page), [404, 404, 404]);
  await them.close();
  const guard = await person(browser, site);
  await logIn(guard.page, site.by.guard);
  assert.deepEqual(await status(guard.page), [404, 404, 404]);
  assert.equal(await guard.page.evaluate(async (u) => (await fetch(u)).status, file), 404);
  await guard.close();
});
