/* A consultation, whole or step by step, for tests that begin in the midst of one: asked for with something of the chart attached, consented to, booked for
   this hour, its specialists let in. Through the API, as the page's own account, and on the screens. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { call, out, root, until } from './lib.mjs';

const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
const day = 24 * 3_600_000;

async function must(page, method, path, body, status = 200) {
  const r = await call(page, method, path, body);
  assert.equal(r.status, status, `${method} ${path}: ${r.status} ${JSON.stringify(r.body)}`);
  return r.body;
}

/** These have hours at every hour of every day, and no day is a holiday: for what a test does now, whenever it runs. On the page of a scheduling admin. */
export async function alwaysThere(page, names) {
  for (const [name, text] of [['calendar', '# no holidays\n'], ['custody-day', 'Mon-Sun 00:00-24:00\n']]) {
    const { version } = await must(page, 'GET', `/api/agenda/texts/${name}`);
    await must(page, 'PUT', `/api/agenda/texts/${name}`, { version, text }, 204);
  }
  const weekly = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', until: '24:00' }];
  for (const row of (await must(page, 'GET', '/api/agenda/resources')).resources.filter((r) => names.includes(r.reference))) {
    const { version } = await must(page, 'GET', `/api/agenda/hours/${row.role}`);
    await must(page, 'PUT', `/api/agenda/hours/${row.role}`, { version, weekly, limits: { horizon: 90 } }, 204);
  }
}

function png() {
  const part = (kind, body) => { const b = Buffer.concat([Buffer.from(kind), body]); const head = Buffer.alloc(4); head.writeUInt32BE(body.length); const crc = Buffer.alloc(4); crc.writeUInt32BE(crc32(b)); return Buffer.concat([head, b, crc]); };
  const ihdr = Buffer.alloc(13); ihdr.writeUInt32BE(8, 0); ihdr.writeUInt32BE(8, 4); ihdr[8] = 8;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), part('IHDR', ihdr), part('IDAT', deflateSync(Buffer.from(Array.from({ length: 72 }, (_, i) => (i % 9 === 0 ? 0 : (i * 37) & 255))))), part('IEND', Buffer.alloc(0))]).toString('base64');
}
function crc32(b) {
  let c = 0xffffffff;
  for (const x of b) { c ^= x; for (let i = 0; i < 8; i += 1) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0); }
  return (c ^ 0xffffffff) >>> 0;
}

/* -- the steps one by one, each as the page's own account -- */

/** One step of a visit; answers it as it then is. */
export const step = async (page, visit, verb, body = {}) => (await must(page, 'POST', `/api/visits/${visit.id}/${verb}`, body)).visit;
export const visitNow = async (page, visit) => (await must(page, 'GET', `/api/visits/${visit.id}`)).visit;

/** The clinic's doctor asks, the patient signs, and it goes out. */
export async function ask(doctor, { patient, needs, question, attached = [], triage = 'soon', minutes = 40, labels = [] }) {
  const visit = (await must(doctor, 'POST', '/api/visits', { patient, needs, question, triage, minutes, attached, labels }, 201)).visit;
  await step(doctor, visit, 'consent', { kind: 'request', signature: png() });
  return step(doctor, visit, 'activate');
}

/** The first time that all have, held, and everybody asked: `needs` as [{ need, reference? }]. On the page of who schedules, or the doctor's. */
export async function book(page, visit, needs, { patient = visit.patient.reference, minutes = 40, triage = 'soon', days = 2 } = {}) {
  const now = Date.now();
  const { proposals } = await must(page, 'POST', '/api/agenda/find', { patient, minutes, triage, from: iso(now), until: iso(now + days * day), needs });
  assert.ok(proposals.length > 0, 'a time that all have');
  const [found] = proposals;
  const seats = found.seats.map(({ need, reference }) => ({ need, reference }));
  return (await must(page, 'POST', '/api/bookings', { patient, request: visit.request, triage, start: found.start, minutes, seats, ask: true }, 201)).booking;
}

/** Whoever has not answered yet says yes by telephone, which the page's account notes. */
export async function acceptAll(page, booking) {
  let b = booking;
  for (const seat of b.seats.filter((s) => s.answer === 'asked')) b = (await must(page, 'POST', `/api/bookings/${b.id}/accept`, { version: b.version, seat: seat.reference })).booking;
  assert.equal(b.state, 'booked');
  return b;
}

/** The patient is there, is who he is, and agrees on camera to everybody of the booking. */
export async function receive(doctor, visit) {
  await step(doctor, visit, 'arrive');
  await step(doctor, visit, 'identify', { how: ['name', 'face'] });
  return step(doctor, visit, 'consent', { kind: 'camera', present: [] });
}

/** Answers { visit, booking, room }. `specialist`: the need, and by which of them; `with`: more of them, as [need, reference]. */
export async function consultation(doctor, { patient, attached, question, need = 'specialist:ophthalmology', specialist, with: more = [] }) {
  const people = [[need, specialist], ...more];
  const visit = await ask(doctor, { patient, attached, question, needs: people.map(([n]) => n) });
  const asked = await book(doctor, visit, [...people.map(([n, reference]) => ({ need: n, reference })), { need: 'clinic-doctor', reference: 'Practitioner/demo-guqinghe' }, { need: 'room:video-room' }, { need: 'escort' }]);
  const booking = await acceptAll(doctor, asked);
  return { visit: await receive(doctor, visit), booking, room: booking.room };
}

/** A specialist says "I am here" on their own page, and the clinic lets them in. */
export async function letIn(doctor, specialist, visit) {
  const said = await call(specialist, 'POST', `/api/visits/${visit.id}/wait`, {});
  assert.ok(said.status < 300, JSON.stringify(said));
  const account = (await must(specialist, 'GET', '/api/session')).account.id;
  await must(doctor, 'POST', `/api/visits/${visit.id}/admit`, { account });
}

/* -- the same on the screens, in Chinese -- */

/** A signature on the open pad. */
export async function signPad(page) {
  const pad = page.locator('canvas.sign-pad');
  await pad.waitFor();
  const box = await pad.boundingBox();
  await page.mouse.move(box.x + 60, box.y + 80);
  await page.mouse.down();
  for (let i = 0; i < 24; i += 1) await page.mouse.move(box.x + 60 + i * 12, box.y + 80 + 30 * Math.sin(i / 2));
  await page.mouse.up();
}

/** Through the device check; a specialist stands in the waiting room then, the clinic in the room. `second`: an exam camera by its name. */
export async function knock(page, room, { second = null } = {}) {
  await page.goto(`/rooms/${room}`);
  await page.locator('.check-stage video').first().waitFor();
  if (second !== null) {
    await page.locator('.check-form select').last().selectOption({ label: second });
    await page.locator('.check-stage .second video').waitFor();
  }
  await page.locator('.check-form .btn-primary').click();
  await page.locator('[data-waiting], .room').first().waitFor({ timeout: 20_000 });
}

/** The clinic in the room: who it is, the patient's yes on camera, no recording; then each of `names` is let in. */
export async function welcome(page, names, keep = async () => {}) {
  const reception = page.locator('.room-reception');
  await reception.getByText(names[0]).first().waitFor();
  await reception.getByLabel('患者说出了姓名').check();
  await reception.getByLabel('面容与照片相符').check();
  await reception.getByRole('button', { name: '身份无误' }).click();
  await reception.locator('[data-step=camera]').waitFor();
  await keep();
  await reception.getByRole('button', { name: '患者同意' }).click();
  await reception.getByRole('button', { name: '不同意录像' }).click();
  for (const name of names) await reception.getByRole('button', { name: `请进 ${name}` }).click();
}

/** Accepts what waits for an answer, as a specialist does. */
export async function acceptInvite(page) {
  await page.goto('/invitations');
  await page.locator('.invite').getByRole('button', { name: '接受' }).click();
  await page.locator('.invite').waitFor({ state: 'detached' });
}

/** The guard opens the task that brings this patient to this booking. */
export async function openEscort(page, booking, name) {
  const ms = (text) => Date.parse(text);
  const span = `from=${iso(Date.now() - day / 2)}&until=${iso(Date.now() + 2 * day)}`;
  const task = (await must(page, 'GET', `/api/escorts?${span}`)).escorts.find((e) => e.step !== 'failed' && !e.id.startsWith('demo-') && ms(e.start) <= ms(booking.start) && ms(booking.start) < ms(e.end) && e.name === name);
  assert.ok(task, `an escort for ${name}`);
  const at = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' }).format(new Date(task.start));
  await page.goto('/escorts');
  await page.locator('.esc-list button').filter({ hasText: at }).filter({ hasText: task.number }).click();
}

/** Signs, dissents or receives by the own password; `fill`: what the dialog asks besides. */
export async function prove(page, name, who, fill = async () => {}) {
  await page.getByRole('button', { name, exact: true }).click();
  const dialog = page.locator('dialog[open]');
  await fill(dialog);
  await dialog.locator('input[name=password]').fill(who.password);
  await dialog.getByRole('button', { name, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** The paper of a visit's opinion as a file, and its words. */
export async function paperOf(page, visit, file, lang = 'zh-CN') {
  const bytes = await page.evaluate(async ([v, l]) => { const r = await fetch(`/api/visits/${v}/opinion.pdf`, { headers: { 'Accept-Language': l } }); return [...new Uint8Array(await r.arrayBuffer())]; }, [visit, lang]);
  writeFileSync(file, Buffer.from(bytes));
  return { bytes: Buffer.from(bytes), text: execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }) };
}

/** `test`, but none makes sense after one that failed; then a picture of each page is kept. `pages`: by their names, as they are by then. */
export function story(test, title, pages, options = {}) {
  let failed = '';
  return (name, play) => test(name, options, async () => {
    assert.equal(failed, '', 'stopped before');
    failed = name;
    await play().catch(async (e) => {
      for (const [n, p] of Object.entries(pages())) await p?.page?.screenshot({ path: join(out, `${title}-failed-${n}.png`) }).catch(() => {});
      throw e;
    });
    failed = '';
  });
}

/* -- an exam camera without a browser -- */

/** A pass into the room, made by its host through the API: { token, whip }. */
export const examPass = (host, room, source = 'exam-camera') => must(host, 'POST', `/api/rooms/${room}/source-token`, { source, publish: true, subscribe: false, ttl_s: 3600 }, 201);

/** Publishes by WHIP what an exam camera sees (exam_camera.py), until stop(). `who`: what its picture says it is (call-lib.mjs, look). */
export async function examCamera(url, token, who) {
  const child = spawn('/usr/bin/python3', [join(root, 'tests/e2e/exam_camera.py'), url, token, String(who)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  const ended = new Promise((done) => child.once('exit', done));
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (d) => { said += d; });
  await until('the exam camera is connected', () => { if (child.exitCode !== null) throw new Error(`the exam camera ended:\n${said}`); return said.includes('up\n'); }, 100_000); /* a program that starts beside browsers in a call */
  return { stop: async () => { child.stdin.end(); const hard = setTimeout(() => child.kill('SIGKILL'), 10_000); await ended; clearTimeout(hard); } };
}
