/* A consultation as far as a test of its room needs it: asked for with something of the chart attached, consented to, booked for this hour, its specialists let in. All through the API, as the page's own account. */
import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { call } from './lib.mjs';

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

/** Answers { visit, booking, room }. `specialist`: the need, and by which of them. */
export async function consultation(doctor, { patient, attached, question, need = 'specialist:ophthalmology', specialist }) {
  const step = async (v, verb, body = {}) => (await must(doctor, 'POST', `/api/visits/${v.id}/${verb}`, body)).visit;
  let visit = (await must(doctor, 'POST', '/api/visits', { patient, needs: [need], question, triage: 'soon', minutes: 40, attached, labels: [] }, 201)).visit;
  visit = await step(visit, 'consent', { kind: 'request', signature: png() });
  visit = await step(visit, 'activate');
  const needs = [{ need, reference: specialist }, { need: 'clinic-doctor', reference: 'Practitioner/demo-guqinghe' }, { need: 'room:video-room' }, { need: 'escort' }];
  const now = Date.now();
  const found = (await must(doctor, 'POST', '/api/agenda/find', { patient, minutes: 40, triage: 'soon', from: iso(now), until: iso(now + 2 * day), needs })).proposals[0];
  let booking = (await must(doctor, 'POST', '/api/bookings', { patient, request: visit.request, triage: 'soon', start: found.start, minutes: 40, seats: found.seats.map(({ need: n, reference }) => ({ need: n, reference })), ask: true }, 201)).booking;
  for (const seat of booking.seats.filter((s) => s.answer === 'asked')) booking = (await must(doctor, 'POST', `/api/bookings/${booking.id}/accept`, { version: booking.version, seat: seat.reference })).booking;
  assert.equal(booking.state, 'booked');
  visit = await step(visit, 'arrive');
  visit = await step(visit, 'identify', { how: ['name', 'face'] });
  visit = await step(visit, 'consent', { kind: 'camera', present: [] });
  return { visit, booking, room: booking.room };
}

/** A specialist says "I am here" on their own page, and the clinic lets them in. */
export async function letIn(doctor, specialist, visit) {
  const said = await call(specialist, 'POST', `/api/visits/${visit.id}/wait`, {});
  assert.ok(said.status < 300, JSON.stringify(said));
  const account = (await must(specialist, 'GET', '/api/session')).account.id;
  await must(doctor, 'POST', `/api/visits/${visit.id}/admit`, { account });
}
