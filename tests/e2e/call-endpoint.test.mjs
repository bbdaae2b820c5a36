/* A room system by plain RTP, played by ffmpeg: its own SRTP and Opus, and nothing of ours. A host calls it in, everybody sees it, what it says is heard, it hears the
   others and not itself, and it is put out again. Two browsers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clean, sideways, startSite, until } from './lib.mjs';
import { devices, enter, openRoom, party, sees } from './call-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-endpoint-'));
const key = () => randomBytes(30).toString('base64');
const [itsKey, ourKey] = [key(), key()];
const suite = 'AES_CM_128_HMAC_SHA1_80';
const tone_hz = 1000;
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
let site, clinic, eye, room, device, sender;

/** UDP on a port of the kernel's choice. */
const socket = async () => { const s = dgram.createSocket('udp4'); await new Promise((done) => s.bind(0, '127.0.0.1', done)); return s; };
const portOf = (s) => s.address().port;

/** The device's one port, before two programs of ffmpeg's: what one sends goes to the site, what the site sends goes to the other. */
async function startDevice(listen) {
  const [outside, from] = [await socket(), await socket()];
  const taken = await socket();
  const to = portOf(taken);
  taken.close();
  let came = 0;
  from.on('message', (m) => outside.send(m, listen, '127.0.0.1'));
  outside.on('message', (m) => { came += 1; outside.send(m, to, '127.0.0.1'); });
  return { from: portOf(from), to, port: portOf(outside), came: () => came, stop: () => { outside.close(); from.close(); } };
}

const freeUdp = async () => { const s = await socket(); const p = portOf(s); s.close(); return p; };

function ffmpeg(...asked) {
  const child = spawn('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', ...asked], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.said = '';
  child.stderr.on('data', (d) => { child.said += d; });
  child.gone = new Promise((done) => child.once('exit', done));
  return child;
}

before(async () => {
  const listen = await freeUdp();
  const keys = join(media, 'keys');
  writeFileSync(keys, `${itsKey}\n${ourKey}\n`, { mode: 0o600 });
  site = await startSite({ room_system: { listen: `127.0.0.1:${listen}`, name: '省医院3号会议室', address: '127.0.0.1', key_file: keys } });
  device = await startDevice(listen);
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1));
  eye = await party(site, site.by.specialist, devices(media, 3, { voice: 'goforward.raw' }), { lang: 'en', width: 1366, height: 768 });
});
after(async () => {
  sender?.kill('SIGKILL');
  await Promise.allSettled([clinic?.stop(), eye?.stop()]);
  await site?.stop();
  device?.stop();
  rmSync(media, { recursive: true, force: true });
});

/** Energy of each sound that comes, in a while, the loudest first. */
async function energies(page, ms) {
  const rows = () => page.evaluate(async () => {
    const out = {};
    for (const pc of window.pcs) if (pc.connectionState !== 'closed') for (const r of (await pc.getStats()).values()) if (r.type === 'inbound-rtp' && r.kind === 'audio') out[`${window.pcs.indexOf(pc)}/${r.mid}`] = r.totalAudioEnergy ?? 0;
    return out;
  });
  const was = await rows();
  await wait(ms);
  return Object.entries(await rows()).map(([k, e]) => e - (was[k] ?? 0)).sort((a, b) => b - a);
}

/** What ffmpeg decodes of what the device gets: mean power, and the part of it at the device's own tone. */
async function itHears(seconds) {
  const [sdp, wav] = [join(media, 'hears.sdp'), join(media, 'hears.wav')];
  writeFileSync(sdp, `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio ${device.to} RTP/SAVP 96\na=rtpmap:96 opus/48000/2\na=crypto:1 ${suite} inline:${ourKey}\n`);
  rmSync(wav, { force: true });
  const child = ffmpeg('-protocol_whitelist', 'file,udp,rtp,srtp', '-i', sdp, '-t', String(seconds), '-ac', '1', '-ar', '48000', '-c:a', 'pcm_s16le', '-y', wav);
  const slow = setTimeout(() => child.kill('SIGINT'), (seconds + 15) * 1000);
  await child.gone;
  clearTimeout(slow);
  assert.ok(existsSync(wav), `ffmpeg decodes nothing: ${child.said}`);
  const body = readFileSync(wav);
  const at = body.indexOf('data') + 8;
  const sound = new Int16Array(body.buffer.slice(body.byteOffset + at, body.byteOffset + at + Math.floor((body.length - at) / 2) * 2));
  let [power, re, im] = [0, 0, 0];
  sound.forEach((s, i) => { const x = s / 32768; const w = (2 * Math.PI * tone_hz * i) / 48_000; power += x * x; re += x * Math.cos(w); im += x * Math.sin(w); });
  return { seconds: sound.length / 48_000, power: power / sound.length, tone: (2 * (re * re + im * im)) / (sound.length * sound.length) };
}

test('until a host calls it in it is nowhere, whatever it sends', async () => {
  room = await openRoom(clinic.page, '全省会诊', [site.by.specialist.display]);
  await enter(clinic.page, null);
  await enter(eye.page, room);
  await sees(eye.page, [1], 60_000);
  sender = ffmpeg('-re', '-f', 'lavfi', '-i', `sine=frequency=${tone_hz}:sample_rate=48000`, '-ac', '1', '-c:a', 'libopus', '-b:a', '32k', '-payload_type', '96', '-srtp_out_suite', suite, '-srtp_out_params', itsKey, '-f', 'rtp', `srtp://127.0.0.1:${device.from}`);
  await wait(1500);
  assert.equal(sender.exitCode, null, sender.said);
  assert.equal(device.came(), 0);
  assert.equal(await eye.page.locator('.presence li').count(), 2);
  await eye.page.locator('#tab-people').click();
  assert.equal(await eye.page.getByRole('button', { name: 'Call in' }).count(), 0, 'a host alone calls it in');
});

test('called in it stands among the others, and is heard', async () => {
  await clinic.page.locator('#tab-people').click();
  await clinic.page.getByRole('button', { name: '接入省医院3号会议室' }).click();
  for (const p of [clinic, eye]) await p.page.locator('.presence li').filter({ hasText: '省医院3号会议室' }).waitFor();
  await eye.page.locator('.presence li').filter({ hasText: 'Room system, sound only' }).filter({ hasText: 'hears, sees nothing' }).waitFor();
  await clinic.page.locator('[data-ctl=mic]').click(); /* its tone alone */
  await until('its tone is heard', async () => (await energies(eye.page, 1500))[0] > 0.003, 30_000, 0);
  await clinic.page.locator('[data-ctl=mic]').click();
  await clean(clinic.page, 'room-endpoint-zh');
  await clean(eye.page, 'room-endpoint-en');
  for (const p of [clinic, eye]) assert.equal(await sideways(p.page), 0);
});

test('it hears the others, as ffmpeg decodes it, and not itself', async () => {
  const heard = await itHears(6);
  console.log(`figure endpoint_hears seconds=${heard.seconds.toFixed(1)} power_db=${(10 * Math.log10(heard.power)).toFixed(1)} own_tone_db=${(10 * Math.log10(heard.tone)).toFixed(1)}`);
  assert.ok(heard.seconds > 3 && heard.power > 1e-5, 'voices');
  assert.ok(heard.tone < heard.power / 30, 'its own tone is not in it');
});

test('in a private talk it neither hears nor is heard', async () => {
  await clinic.page.getByRole('button', { name: '医生私谈' }).click();
  await clinic.page.locator('dialog .choice').filter({ hasText: '省医院3号会议室' }).locator('input').check();
  await clinic.page.locator('dialog .btn-primary').click();
  await eye.page.locator('[data-private]').waitFor();
  await wait(500);
  const came = device.came();
  await wait(1500);
  assert.ok(device.came() - came < 5, 'nothing goes to it');
  await clinic.page.getByRole('button', { name: '结束私谈' }).click();
  await until('it hears again', async () => device.came() - came > 50);
});

test('a device that falls silent is seen to be away, and who is put out gets nothing more', async () => {
  sender.kill('SIGKILL');
  await eye.page.locator('.presence li').filter({ hasText: '省医院3号会议室' }).filter({ hasText: 'connection lost' }).waitFor({ timeout: 30_000 });
  await clinic.page.getByRole('button', { name: '断开省医院3号会议室' }).click();
  for (const p of [clinic, eye]) await p.page.locator('.presence li').filter({ hasText: '省医院3号会议室' }).waitFor({ state: 'detached' });
  await wait(300);
  const came = device.came();
  await wait(1000);
  assert.equal(device.came(), came);
});
