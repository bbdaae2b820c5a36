/* What the tests of calls stand on: pictures with a frame counter drawn into them and real speech as fake devices, a browser for each party,
   and eyes and ears that look at what a page shows and plays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, out, person, startBrowser, until } from './lib.mjs';

const speech = '/usr/share/pocketsphinx/test/data';

/* ── test media ── */
const cells = 16;

/** A picture of its party (4 bits) and number (12 bits): a row of black and white cells, under it the same inverted; below, a texture that moves. */
export function paint(y, width, height, who, count) {
  const bits = ((who & 15) << 12) | (count & 0xfff);
  const cw = width / cells;
  const ch = Math.floor(height / 8);
  for (let row = 0; row < height; row += 1) {
    for (let col = 0; col < width; col += 1) {
      if (row < 2 * ch) {
        const bit = (bits >> (cells - 1 - Math.floor(col / cw))) & 1;
        y[row * width + col] = (row < ch) === (bit === 1) ? 235 : 16;
      } else {
        const dx = col - width / 2;
        const dy = row - height * 0.6;
        const r = Math.sqrt(dx * dx + dy * dy);
        y[row * width + col] = Math.max(16, Math.min(235, 190 - r * 0.9 + 18 * Math.sin(col * 0.11 + count * 0.3 + who) + 12 * Math.sin(row * 0.17)));
      }
    }
  }
}

function pictures(path, who, width, height, fps, seconds, noise) {
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`)];
  for (let i = 0; i < fps * seconds; i += 1) {
    const y = Buffer.alloc(width * height);
    paint(y, width, height, who, i);
    if (noise > 0) for (let at = 2 * width * Math.floor(height / 8); at < y.length; at += 1) y[at] = Math.max(16, Math.min(235, y[at] + noise * (Math.random() - 0.5)));
    parts.push(Buffer.from('FRAME\n'), y, Buffer.alloc((width * height) / 4, 112 + who), Buffer.alloc((width * height) / 4, 150 - who));
  }
  writeFileSync(path, Buffer.concat(parts));
}

/** Read speech of 16 kHz as a WAV file, said again and again. */
function sounds(path, name) {
  const once = readFileSync(join(speech, name));
  const body = Buffer.concat(Array.from({ length: 4 }, () => once));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0); head.writeUInt32LE(36 + body.length, 4); head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16); head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(16_000, 24); head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(body.length, 40);
  writeFileSync(path, Buffer.concat([head, body]));
}

/** Fake devices of a party; `who` is what its camera shows. `noise` makes pictures that take bits, as a real camera's do. */
export function devices(folder, who, { width = 320, height = 180, fps = 15, voice = 'numbers.raw', seconds = 12, noise = 0 } = {}) {
  const y4m = join(folder, `${who}.y4m`);
  const wav = join(folder, `${who}.wav`);
  pictures(y4m, who, width, height, fps, seconds, noise);
  sounds(wav, voice);
  return ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${y4m}`, `--use-file-for-fake-audio-capture=${wav}`, '--autoplay-policy=no-user-gesture-required'];
}

/* ── in the page: connections that can be asked, and a second camera where a test wants one ── */
export function watchConnections() {
  const Native = window.RTCPeerConnection;
  window.pcs = [];
  window.RTCPeerConnection = class extends Native { constructor(...a) { super(...a); window.pcs.push(this); } };
}

export function secondCamera(who) {
  const media = navigator.mediaDevices;
  if (media === undefined) return; /* about:blank */
  const list = media.enumerateDevices.bind(media);
  const open = media.getUserMedia.bind(media);
  const id = 'fundus-camera';
  media.enumerateDevices = async () => [...await list(), { deviceId: id, kind: 'videoinput', label: 'Fundus camera', groupId: 'x', toJSON() { return this; } }];
  media.getUserMedia = async (wanted) => {
    if (wanted?.video?.deviceId?.exact !== id) return open(wanted);
    const c = document.createElement('canvas');
    c.width = 480; c.height = 360;
    const g = c.getContext('2d');
    let n = 0;
    const draw = () => {
      n += 1;
      g.fillStyle = '#c4602e'; g.fillRect(0, 0, 480, 360);
      g.fillStyle = '#6a210f'; g.beginPath(); g.arc(240 + 40 * Math.sin(n / 9), 230, 80, 0, 7); g.fill();
      const bits = (who << 12) | (n & 0xfff);
      for (let i = 0; i < 16; i += 1) for (const row of [0, 1]) { g.fillStyle = (((bits >> (15 - i)) & 1) === 1) === (row === 0) ? '#fff' : '#000'; g.fillRect(i * 30, row * 45, 30, 45); }
    };
    draw();
    setInterval(draw, 66);
    return c.captureStream(15);
  };
}

/** The screen that is shared: fine stripes and a mark that moves. */
export const stripes_px = 4;
function screen(px) {
  if (navigator.mediaDevices === undefined) return;
  navigator.mediaDevices.getDisplayMedia = async () => {
    const c = document.createElement('canvas');
    c.width = 640; c.height = 400;
    const g = c.getContext('2d');
    let n = 0;
    const draw = () => {
      for (let x = 0; x < 640; x += px) { g.fillStyle = (x / px) % 2 === 0 ? '#000' : '#fff'; g.fillRect(x, 0, px, 380); }
      g.fillStyle = (n += 1) % 2 === 0 ? '#888' : '#999';
      g.fillRect(0, 380, 640, 20);
    };
    draw();
    setInterval(draw, 100);
    return c.captureStream(10);
  };
}

/** A party: a browser of its own with its fake devices, logged in. */
export async function party(site, account, flags, { second = null, lang = 'zh', width = 1280, height = 800, executable } = {}) {
  const browser = await startBrowser(flags, executable);
  const p = await person(browser, site, { lang, width, height });
  try {
    await p.context.grantPermissions(['camera', 'microphone']);
    await p.context.addInitScript(watchConnections);
    await p.context.addInitScript(screen, stripes_px);
    if (second !== null) await p.context.addInitScript(secondCamera, second);
    await logIn(p.page, account);
  } catch (fault) {
    await p.page.screenshot({ path: join(out, 'party-failed.png') }).catch(() => undefined);
    await browser.close(); // a browser that nobody holds would keep the test from ending
    throw fault;
  }
  const kill = async () => {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const gone = new Promise((done) => browser.once('disconnected', done));
    process.kill(processInfo.find((x) => x.type === 'browser').id, 'SIGKILL');
    await gone;
  };
  return { ...p, browser, stop: () => browser.close(), kill };
}

/** Opens a room through the page, inviting those named; answers its path. */
export async function openRoom(page, title, names) {
  await page.goto('/rooms');
  await page.locator('main h1').waitFor();
  await page.locator('main .btn-primary').first().click();
  const dialog = page.locator('dialog');
  await dialog.locator('input.input[type=text]').fill(title);
  for (const name of names) await dialog.locator('.choice').filter({ hasText: name }).locator('input').check();
  await dialog.locator('.btn-primary').click();
  await page.waitForURL((u) => u.pathname.startsWith('/rooms/'));
  return new URL(page.url()).pathname;
}

/** From the press on "join" to the first picture of somebody else that is decoded and shown, by the page's clock; to be begun before, asked for after. */
const timeJoin = (page) => page.evaluate(() => {
  window.join = { at: 0, steps: {}, first: null };
  document.querySelector('.check-form').addEventListener('submit', () => { window.join.at = performance.now(); }, { capture: true });
  const seen = new WeakSet();
  new MutationObserver(() => {
    for (const v of document.querySelectorAll('video[data-track]')) {
      if (seen.has(v)) continue;
      seen.add(v);
      const next = (now, about) => { if (about.receiveTime === undefined && about.rtpTimestamp === undefined) v.requestVideoFrameCallback(next); else window.join.first ??= performance.now() - window.join.at; };
      v.requestVideoFrameCallback(next);
    }
    if (document.querySelector('.room')) window.join.steps.in ??= performance.now() - window.join.at;
  }).observe(document.body, { childList: true, subtree: true });
});
export const firstPicture = (page) => until('a first picture', () => page.evaluate(() => window.join.first));
export const joinSteps = (page) => page.evaluate(() => window.join.steps);

/** Through the device check into the room. */
export async function enter(page, path, { second = false } = {}) {
  if (path !== null) await page.goto(path);
  await page.locator('.check-form').waitFor();
  await page.locator('.check-stage video').first().waitFor();
  if (second) {
    await page.locator('.check-form select').last().selectOption({ label: 'Fundus camera' });
    await page.locator('.check-stage .second video').waitFor();
  }
  await timeJoin(page);
  await page.locator('.check-form .btn-primary').click();
  await page.locator('.room').waitFor();
}

/* ── eyes and ears ──
   Each takes a page of Playwright's or of Puppeteer's. */
/** What each picture on the page shows now: who, and its counter; null where nothing can be read. */
export const look = (page) => page.evaluate(() => [...document.querySelectorAll('video[data-track]')].map((v) => {
  const w = v.videoWidth;
  const h = v.videoHeight;
  const out = { track: Number(v.dataset.track), label: v.dataset.label, width: w, height: h, who: null, count: null };
  if (w === 0) return out;
  const c = document.createElement('canvas');
  c.width = w; c.height = h;
  const g = c.getContext('2d', { willReadFrequently: true });
  g.drawImage(v, 0, 0);
  const ch = h / 8;
  const at = (i, row) => { const d = g.getImageData(Math.floor((i + 0.5) * (w / 16)), Math.floor((row + 0.5) * ch), 1, 1).data; return d[0] * 0.3 + d[1] * 0.6 + d[2] * 0.1; };
  let bits = 0;
  for (let i = 0; i < 16; i += 1) {
    const [a, b] = [at(i, 0), at(i, 1)];
    if (Math.abs(a - b) < 60) return out;
    bits = bits * 2 + (a > b ? 1 : 0);
  }
  return { ...out, who: bits >> 12, count: bits & 0xfff };
}));

/** Waits until each of `whos` is on the page and its counter moves. */
export async function sees(page, whos, wait_ms = 60_000) {
  const first = new Map();
  let last = [];
  await until(`${whos} seen`, async () => {
    last = await look(page);
    for (const p of last) if (p.who !== null && !first.has(p.who)) first.set(p.who, p.count);
    return whos.every((w) => last.some((p) => p.who === w && first.get(w) !== p.count));
  }, wait_ms, 150).catch((e) => { throw new Error(`${e.message}; on the page: ${JSON.stringify(last)}`); });
}

/** What the connections of the page received: frames by track, audio energy. */
export const received = (page) => page.evaluate(async () => {
  const out = { frames: 0, pictures: 0, energy: 0, voices: 0 };
  for (const pc of window.pcs) {
    if (pc.connectionState === 'closed') continue;
    for (const r of (await pc.getStats()).values()) {
      if (r.type !== 'inbound-rtp') continue;
      if (r.kind === 'video' && r.framesDecoded > 0) { out.frames += r.framesDecoded; out.pictures += 1; }
      if (r.kind === 'audio' && r.totalAudioEnergy > 0) { out.energy += r.totalAudioEnergy; out.voices += 1; }
    }
  }
  return out;
});

/** From now on notes when each picture on the page moves, by the page's clock in ms since the epoch. */
export const noteFrames = (page) => page.evaluate(() => {
  window.moved = {};
  for (const v of document.querySelectorAll('video[data-track]')) {
    const list = (window.moved[v.dataset.track] = []);
    const next = () => { list.push(performance.timeOrigin + performance.now()); v.requestVideoFrameCallback(next); };
    v.requestVideoFrameCallback(next);
  }
});
export const frameTimes = (page) => page.evaluate(() => window.moved);

/** The longest time without a new picture after `from`, over all pictures that moved before it; Infinity while one has not moved since. */
export function longestGap(times, from) {
  let worst = 0;
  for (const list of Object.values(times)) {
    const before = list.filter((t) => t <= from).at(-1);
    if (before === undefined) continue;
    const after = list.filter((t) => t > from);
    if (after.length < 5) return Infinity;
    let last = before;
    for (const t of after) { worst = Math.max(worst, t - last); last = t; }
  }
  return worst;
}
