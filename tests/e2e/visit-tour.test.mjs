/* The screens around a call as those see them who read English, by day and by night, at a desk and on a phone: the request, the patient's consent, the visit, the
   waiting room, the reception. axe finds nothing, and none scrolls sideways. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { devices, party } from './call-lib.mjs';
import { clean, logIn, person, sideways, startSite } from './lib.mjs';
import { acceptAll, alwaysThere, ask, book, knock, signPad } from './visit-lib.mjs';

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const own = { eyes: 'Practitioner/demo-wenzhiyuan', doctor: 'Practitioner/demo-guqinghe' };
let site, media, doctor, specialist, visit, booking;

before(async () => {
  site = await startSite({}, { whole: 'unbooked' });
  media = mkdtempSync(join(tmpdir(), 'yunqiao-visit-tour-'));
  doctor = await party(site, site.by['clinic-doctor'], devices(media, 1), { lang: 'en', ...desk });
  specialist = await party(site, site.accounts.find((a) => a.name === 'wenzhiyuan'), devices(media, 2), { lang: 'en', ...phone });
  const admin = await person(doctor.browser, site);
  await logIn(admin.page, site.by['scheduling-admin']);
  await alwaysThere(admin.page, [own.eyes, own.doctor, 'Practitioner/demo-escort-1']);
  await admin.close();
});
after(async () => {
  await Promise.allSettled([doctor?.stop(), specialist?.stop()]);
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

/** Looked at in both themes and at each size. */
async function look(page, name, sizes = { desk, phone }) {
  const was = page.viewportSize();
  for (const [size, box] of Object.entries(sizes)) {
    await page.setViewportSize(box);
    await clean(page, `tour-${name}-${size}`);
    assert.equal(await sideways(page), 0, `${name} ${size}`);
  }
  await page.setViewportSize(was);
  await page.emulateMedia({ colorScheme: 'light' });
}

test('the request, with what is wrong said beside it', async () => {
  const { page } = doctor;
  await page.goto('/patients/demo-p002');
  await page.getByRole('link', { name: 'Ask for a consultation' }).click();
  await page.waitForURL((u) => u.pathname.startsWith('/visits/new/'));
  await page.locator('.attach .choice').first().waitFor();
  await page.getByRole('button', { name: 'Save and ask for consent' }).click();
  await page.getByText('Say what the question is.').first().waitFor();
  await page.getByText('Choose at least one specialty.').waitFor();
  await look(page, 'request-lacks');
  await page.getByLabel('Which specialties').selectOption({ index: 1 });
  await page.getByLabel('The question', { exact: true }).fill('Headache for two weeks and blurred sight on the right. Is the optic disc swollen?');
  await page.locator('[data-preview] li').first().waitFor();
  await look(page, 'request');
  await page.getByRole('button', { name: 'Save and ask for consent' }).click();
  await page.waitForURL((u) => /^\/visits\/[0-9a-f-]{36}$/.test(u.pathname));
});

test('the patient is asked: the pad, a witness, a no', async () => {
  const { page } = doctor;
  await page.getByRole('button', { name: 'Ask for consent' }).waitFor();
  await look(page, 'visit-draft');
  await page.getByRole('button', { name: 'Ask for consent' }).click();
  await page.locator('canvas.sign-pad').waitFor();
  await look(page, 'consent');
  await page.getByRole('button', { name: 'The patient agrees' }).click();
  await page.getByText('Let the patient sign, or name a witness.').waitFor();
  await look(page, 'consent-lacks');
  await signPad(page);
  await page.getByRole('button', { name: 'The patient agrees' }).click();
  await page.locator('.consent-list').getByText('Signed').waitFor();
  await page.getByRole('button', { name: 'The patient refuses' }).click();
  await look(page, 'refusal');
  await page.locator('dialog[open]').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Send the request' }).click();
  await page.getByText('Asked for', { exact: true }).first().waitFor();
  await look(page, 'visit-sent');
});

test('whoever is asked has the visit on a phone, and waits there', async () => {
  visit = await ask(doctor.page, { patient: 'Patient/demo-p001', question: 'Swollen right eye for a week. What is behind it?', needs: ['specialist:ophthalmology'] });
  booking = await acceptAll(doctor.page, await book(doctor.page, visit, [{ need: 'specialist:ophthalmology', reference: own.eyes }, { need: 'clinic-doctor', reference: own.doctor }, { need: 'room:video-room' }, { need: 'escort' }]));
  const { page } = specialist;
  await page.goto(`/visits/${visit.id}`);
  await page.getByText('Who takes part').waitFor();
  await look(page, 'specialist-visit');
  await page.goto(`/rooms/${booking.room}`);
  await page.locator('.check-stage video').first().waitFor();
  await look(page, 'device-check');
  await page.locator('.check-form .btn-primary').click();
  await page.locator('[data-waiting]').waitFor();
  await look(page, 'waiting');
});

test('the clinic receives: who it is, consent on camera, recording, who waits; and an emergency without consent', async () => {
  const { page } = doctor;
  await page.goto(`/visits/${visit.id}`);
  await page.getByRole('button', { name: 'The patient is here' }).click();
  await page.locator('[data-step=identity]').waitFor();
  await look(page, 'visit-here');
  await knock(page, booking.room);
  const reception = page.locator('.room-reception');
  await reception.getByText(site.accounts.find((a) => a.name === 'wenzhiyuan').display).first().waitFor();
  await look(page, 'reception-identity');
  await reception.getByLabel('The patient said the name').check();
  await reception.getByLabel('The face is the photo’s').check();
  await reception.getByRole('button', { name: 'It is the right person' }).click();
  await reception.locator('[data-step=camera]').waitFor();
  await look(page, 'reception-camera');
  await reception.getByRole('button', { name: 'Emergency' }).click();
  await page.locator('dialog[open]').waitFor();
  await look(page, 'exception');
  await page.locator('dialog[open]').getByRole('button', { name: 'Cancel' }).click();
  await reception.getByRole('button', { name: 'The patient agrees' }).click();
  await reception.getByRole('button', { name: 'May not be recorded' }).waitFor();
  await look(page, 'reception-recording');
  await reception.getByRole('button', { name: 'May not be recorded' }).click();
  await look(page, 'reception-waiting');
  await reception.getByRole('button', { name: /^Let in/ }).click();
  await specialist.page.locator('.room').waitFor();
  await look(specialist.page, 'room');
});

test('consent is withdrawn, and the consultation ends', async () => {
  const { page } = doctor;
  const reception = page.locator('.room-reception');
  if (!(await reception.evaluate((d) => d.open))) await reception.locator('summary').click();
  await reception.getByRole('button', { name: 'Consent is withdrawn' }).click();
  await look(page, 'withdraw');
  await page.getByRole('button', { name: 'Stop at once' }).click();
  await specialist.page.locator('[data-over=consent]').waitFor();
  await look(specialist.page, 'withdrawn');
  await page.goto(`/visits/${visit.id}`);
  await page.getByRole('button', { name: 'End the consultation' }).first().click();
  await look(page, 'finish');
  await page.locator('dialog[open]').getByRole('button', { name: 'End the consultation' }).click();
  await page.getByText('Call is over').first().waitFor();
  await look(page, 'visit-over');
  await page.goto('/visits');
  await page.locator('main h1').waitFor();
  await look(page, 'visits');
  for (const p of [doctor, specialist]) assert.deepEqual(p.complaints, []);
});
