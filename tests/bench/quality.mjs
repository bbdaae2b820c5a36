/* What a person gets over a bad line: one Chromium publishes and watches, by WHIP and WHEP through our server and by the videoroom through Debian's
   janus, each leg over the same relay (tests/lab/impair) with the same seed. Prints figures; the goals stand beside them. Frames are counted as the page is
   given them, sound as the decoder had to make it up, queues as the relay saw them. The table has them all, at 0 to 30 % of loss, at random and in bursts, each way,
   and while the way changes its width.

     node tests/bench/quality.mjs [--short] [--seconds N] [--only setup,first,viewer,publisher,narrow,capacity,table] [--ours]     (YQ_BIN as everywhere)
   --seconds: of the two legs that T1 wants five minutes of. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { devices } from '../e2e/call-lib.mjs';
import { bin, root, startBrowser, startSite, until } from '../e2e/lib.mjs';

const asked = process.argv.slice(2);
const short = asked.includes('--short');
const only = asked.includes('--only') ? asked[asked.indexOf('--only') + 1].split(',') : null;
const ours_alone = asked.includes('--ours');
const bad = 'loss=30,delay=50,rate=500,queue=200'; /* both ways: T1 of the goals */
const seconds = short ? 10 : 40;
const whole_seconds = short ? 10 : asked.includes('--seconds') ? Number(asked[asked.indexOf('--seconds') + 1]) : 300; /* T1 asks for five minutes; of janus forty seconds tell as much */
const place = mkdtempSync(join(tmpdir(), 'yunqiao-quality-'));
const wait = (ms) => new Promise((go) => setTimeout(go, ms));
const closers = [];
process.on('exit', () => { for (const c of [...closers].reverse()) c(); rmSync(place, { recursive: true, force: true }); });

const freePort = () => new Promise((done) => { const s = createSocket(); s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => done(port)); }); });
async function lines(child, wanted) {
  let said = '';
  child.stdout.on('data', (d) => { said += d; });
  await until('a child speaks', async () => { if (child.exitCode !== null) throw new Error(`it ended: ${said}`); return wanted.test(said); });
  return said.match(wanted);
}

/* ── the two servers, as one thing: publish(offer), watch ── */
async function ours() {
  const http = await freePort();
  const site = await startSite({ listen: { http: `127.0.0.1:${http}` } });
  const made = await promisify(execFile)(join(bin, 'yunqiao'), ['room-token', '--data', site.data, '--room', 'bench-*', '--publish', '--subscribe', '--ttl', '7200', '--json']);
  const said = JSON.parse(made.stdout);
  const token = said.token ?? said.result.token;
  const post = async (path, sdp) => {
    const r = await fetch(`http://127.0.0.1:${http}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` }, body: sdp });
    const text = await r.text();
    if (r.status !== 201) throw new Error(`${path}: ${r.status} ${text}`);
    return { sdp: text, end: () => fetch(`http://127.0.0.1:${http}${r.headers.get('location')}`, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } }) };
  };
  let rooms = 0;
  return {
    name: 'yunqiao', stop: () => site.stop(), room: async () => (rooms += 1), offers: false,
    publish: (room, sdp) => post(`/whip/bench-${room}/camera`, sdp),
    watch: (room, sdp) => post(`/whep/bench-${room}/camera`, sdp),
  };
}

async function janus() {
  const child = spawn('python3', [join(root, 'tests/lab/janus.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  closers.push(() => child.stdin.destroy());
  const { url } = JSON.parse((await lines(child, /\{.*\}\n/))[0]);
  let n = 0;
  let session = '';
  const ask = async (path, words) => {
    const r = await (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify({ transaction: `t${n += 1}`, ...words }) })).json();
    if (r.janus === 'error') throw new Error(JSON.stringify(r));
    return r;
  };
  const waiting = new Map();
  const say = async (path, body, jsep) => {
    const mine = `t${n + 1}`;
    const heard = new Promise((done) => waiting.set(mine, done));
    await ask(path, { janus: 'message', body, ...(jsep ? { jsep } : {}) });
    const e = await heard;
    waiting.delete(mine);
    if (e.plugindata?.data?.error) throw new Error(e.plugindata.data.error);
    return e;
  };
  session = `/${(await ask('', { janus: 'create' })).data.id}`;
  let isOver = false;
  (async () => {
    while (!isOver) {
      const events = await fetch(`${url}${session}?maxev=10`).then((r) => r.json()).catch(() => []);
      for (const e of [events].flat()) if (e.janus === 'event') waiting.get(e.transaction)?.(e);
    }
  })();
  const handle = async () => `${session}/${(await ask(session, { janus: 'attach', plugin: 'janus.plugin.videoroom' })).data.id}`;
  let rooms = 5000;
  const feeds = new Map();
  return {
    name: 'janus', offers: true,
    stop: async () => { isOver = true; child.stdin.end(); },
    room: async () => { const h = await handle(); await ask(h, { janus: 'message', body: { request: 'create', room: rooms += 1, publishers: 6, bitrate: 0, videocodec: 'vp8' } }); return rooms; },
    publish: async (room, sdp) => {
      const h = await handle();
      const e = await say(h, { request: 'joinandconfigure', ptype: 'publisher', room }, { type: 'offer', sdp });
      feeds.set(room, e.plugindata.data.id);
      return { sdp: e.jsep.sdp, end: () => ask(h, { janus: 'detach' }) };
    },
    /* it offers; what we say to that goes by answer */
    watch: async (room) => {
      const h = await handle();
      const e = await say(h, { request: 'join', ptype: 'subscriber', room, streams: [{ feed: feeds.get(room) }] });
      return { sdp: e.jsep.sdp, answer: (sdp) => say(h, { request: 'start' }, { type: 'answer', sdp }), end: () => ask(h, { janus: 'detach' }) };
    },
  };
}

/* ── the line: what a description names is reached by a relay instead ── */
async function impaired(sdp, line) {
  const [, host, port] = sdp.match(/a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i);
  const trace = join(place, `trace-${Math.random()}`);
  const script = join(place, `script-${Math.random()}`);
  writeFileSync(script, line.script ?? '');
  const child = spawn(join(bin, 'impair'), ['--listen', '127.0.0.2:0', '--to', `${host}:${port}`, '--up', line.up ?? 'good', '--down', line.down ?? 'good', '--seed', '7', '--commands', 'stdin', '--script', script, '--trace', trace], { stdio: ['pipe', 'pipe', 'inherit'] });
  closers.push(() => child.kill());
  const [, mine] = await lines(child, /ready (\d+)/);
  const began_ms = Date.now();
  let isFirst = true;
  const rewritten = sdp.split('\r\n').filter((l) => !/^a=end-of-candidates/.test(l)).flatMap((l) => {
    if (!/^a=candidate/.test(l)) return [l];
    const kept = isFirst ? [`a=candidate:1 1 udp 2130706431 127.0.0.2 ${mine} typ host`] : [];
    isFirst = false;
    return kept;
  }).join('\r\n');
  return {
    sdp: rewritten,
    now: () => Date.now() - began_ms, /* as the trace counts */
    set: (spec) => child.stdin.write(`set both ${spec}\n`),
    end: async () => {
      const over = new Promise((done) => child.once('exit', done));
      child.kill();
      await over;
      return readFileSync(trace, 'utf8').trim().split('\n').map((l) => { const [ms, way, queue, bytes, through] = l.split(' '); return { ms: Number(ms), down: way === 'down', queue_ms: Number(queue) / 1000, bytes: Number(bytes), through: through === '1' }; });
    },
  };
}

/* ── in the page ── */
function inPage() {
  const pcs = {};
  const settled = (pc) => new Promise((done) => { if (pc.iceGatheringState === 'complete') done(); else { pc.onicegatheringstatechange = () => { if (pc.iceGatheringState === 'complete') done(); }; setTimeout(done, 500); } });
  /* Our room's page: what it sends of a face, and how it follows its ways. */
  const ours = import('/follow.js');
  const height = 540;
  ours.then(({ follow }) => follow(() => ({ ...pcs }), height));
  window.publish = async (top_rate) => {
    window.stream ??= await navigator.mediaDevices.getUserMedia({ video: { width: 960, height: 540, frameRate: 24 }, audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    const pc = (pcs.up = new RTCPeerConnection());
    const layers = (await ours).layers(height);
    layers.at(-1).maxBitrate = top_rate ?? layers.at(-1).maxBitrate;
    pc.addTransceiver(window.stream.getAudioTracks()[0], { direction: 'sendonly', streams: [window.stream] });
    pc.addTransceiver(window.stream.getVideoTracks()[0], { direction: 'sendonly', streams: [window.stream], sendEncodings: layers });
    const offer = await pc.createOffer();
    await pc.setLocalDescription({ type: 'offer', sdp: offer.sdp.replace(/^(a=rtpmap:(\d+) opus\/.*)$/m, '$1\r\na=rtcp-fb:$2 nack') }); /* as our room's page does (decision 0054) */
    await settled(pc);
    return pc.localDescription.sdp;
  };
  window.published = (sdp) => pcs.up.setRemoteDescription({ type: 'answer', sdp });
  window.frames = [];
  window.gaps = { now_ms: 0, longest_ms: 0, count: 0 };
  const begin = (pc) => {
    const out = document.createElement('div');
    document.body.replaceChildren(out);
    window.frames = [];
    pc.ontrack = ({ track }) => {
      const v = document.createElement(track.kind === 'video' ? 'video' : 'audio');
      v.srcObject = new MediaStream([track]);
      v.autoplay = true;
      out.append(v);
      v.play().catch(() => {});
      if (track.kind !== 'video') return;
      const next = () => { window.frames.push(performance.now()); v.requestVideoFrameCallback(next); };
      v.requestVideoFrameCallback(next);
    };
    return pc;
  };
  /* runs of sound that was made up, in tenths of a second */
  window.listen = () => {
    window.gaps = { now_ms: 0, longest_ms: 0, count: 0 };
    let last = null;
    clearInterval(window.listening);
    window.listening = setInterval(async () => {
      const a = [...(await pcs.down.getStats()).values()].find((r) => r.type === 'inbound-rtp' && r.kind === 'audio');
      if (a === undefined) return;
      if (last !== null) {
        const all = a.totalSamplesReceived - last.totalSamplesReceived;
        const made = a.concealedSamples - last.concealedSamples;
        const is_gap = all > 0 && made > 0.9 * all;
        window.gaps.count += is_gap && window.gaps.now_ms === 0 ? 1 : 0;
        window.gaps.now_ms = is_gap ? window.gaps.now_ms + (all / 48) : 0;
        window.gaps.longest_ms = Math.max(window.gaps.longest_ms, window.gaps.now_ms);
      }
      last = a;
    }, 100);
  };
  window.watchOffer = async () => {
    window.began = performance.now();
    const pc = (pcs.down = begin(new RTCPeerConnection()));
    pc.addTransceiver('audio', { direction: 'recvonly' });
    pc.addTransceiver('video', { direction: 'recvonly' });
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  };
  /* In a call voice is a stream of its own (decision 0372); to players of WHEP it is not, so that the page takes it out. */
  window.apart = (sdp) => sdp.replace(/(m=audio[\s\S]*?)(?=m=|$)/, (section) => section.replace(/(msid:)(\S+)/g, '$1$2-voice'));
  window.watchAnswered = (sdp) => pcs.down.setRemoteDescription({ type: 'answer', sdp: window.apart(sdp) });
  window.watchStart = () => { window.began = performance.now(); };
  window.watchAnswer = async (sdp) => {
    const pc = (pcs.down = begin(new RTCPeerConnection()));
    await pc.setRemoteDescription({ type: 'offer', sdp: window.apart(sdp) });
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  };
  /* How late what is shown is: by the counters in the picture of the camera and in the one that came. The camera's file begins anew each four seconds. */
  const eye = Object.assign(document.createElement('canvas'), { width: 160, height: 80 }).getContext('2d', { willReadFrequently: true });
  const count = (video) => {
    if (!video?.videoWidth) return null;
    eye.drawImage(video, 0, 0, 160, 80);
    const { data } = eye.getImageData(0, 0, 160, 20);
    const light = (i, row) => data[4 * ((row * 10 + 5) * 160 + i * 10 + 5) + 1];
    let bits = 0;
    for (let i = 0; i < 16; i += 1) {
      if (Math.abs(light(i, 0) - light(i, 1)) < 60) return null;
      bits = bits * 2 + (light(i, 0) > light(i, 1) ? 1 : 0);
    }
    return bits & 0xfff;
  };
  window.late = () => {
    if (window.mirror === undefined) {
      window.mirror = Object.assign(document.createElement('video'), { srcObject: new MediaStream(window.stream.getVideoTracks()), muted: true });
      window.mirror.play().catch(() => {});
    }
    const [here, there] = [count(window.mirror), count(document.querySelector('video'))];
    return here === null || there === null ? null : (((here - there + 60) % 60) * 1000) / 15;
  };
  window.first = () => (window.frames.length > 0 ? window.frames[0] - window.began : null);
  window.isUp = () => pcs.down?.connectionState === 'connected' && window.frames.length > 0 && performance.now() - window.began;
  window.stats = async () => {
    const out = { frames: window.frames.length, at: performance.now() };
    for (const r of (await pcs.down.getStats()).values()) {
      if (r.type !== 'inbound-rtp') continue;
      if (r.kind === 'audio') Object.assign(out, { samples: r.totalSamplesReceived, made_up: r.concealedSamples, silent: r.silentConcealedSamples, lost: r.packetsLost, buffer_ms: (1000 * r.jitterBufferDelay) / r.jitterBufferEmittedCount });
      if (r.kind === 'video') Object.assign(out, { decoded: r.framesDecoded, height: r.frameHeight, freezes: r.freezeCount, keys: r.keyFramesDecoded, plis: r.pliCount, nacks: r.nackCount, again: r.retransmittedPacketsReceived, dropped: r.framesDropped, video_buffer_ms: Math.round((1000 * r.jitterBufferDelay) / r.jitterBufferEmittedCount) });
    }
    for (const r of (await (pcs.up?.getStats() ?? new Map())).values()) if (r.type === 'outbound-rtp' && r.kind === 'audio') out.sent_again = r.retransmittedPacketsSent;
    for (const r of (await (pcs.up?.getStats() ?? new Map())).values()) if (r.type === 'outbound-rtp' && r.kind === 'video') out[`sent_${r.rid ?? ''}`] = `${r.frameHeight}p ${Math.round(r.bytesSent / 1000)}kB ${r.qualityLimitationReason} ${r.active} ${Math.round(r.targetBitrate)} ${r.framesPerSecond}fps key ${r.keyFramesEncoded} pli ${r.pliCount} nack ${r.nackCount} again ${r.retransmittedPacketsSent}`;
    for (const r of (await (pcs.up?.getStats() ?? new Map())).values()) if (r.type === 'candidate-pair' && r.nominated) out.available = r.availableOutgoingBitrate;
    return out;
  };
  window.longestGap = (from, until) => {
    let last = from;
    let worst = 0;
    for (const t of window.frames) if (t > from && t < until) { worst = Math.max(worst, t - last); last = t; }
    return Math.max(worst, until - last);
  };
  window.end = (which) => { pcs[which]?.close(); delete pcs[which]; };
}

async function publish(server, page, room, line = null, top_rate = null) {
  const offer = await page.evaluate((rate) => window.publish(rate), top_rate);
  const made = await server.publish(room, offer);
  const way = line === null ? null : await impaired(made.sdp, line);
  await page.evaluate((sdp) => window.published(sdp), way?.sdp ?? made.sdp);
  return { way, end: async () => { await page.evaluate(() => window.end('up')); await made.end().catch(() => {}); return (await way?.end()) ?? []; } };
}

async function watch(server, page, room, line = null) {
  let made;
  let way = null;
  if (server.offers) {
    await page.evaluate(() => window.watchStart());
    made = await server.watch(room);
    way = line === null ? null : await impaired(made.sdp, line);
    await made.answer(await page.evaluate((sdp) => window.watchAnswer(sdp), way?.sdp ?? made.sdp));
  } else {
    made = await server.watch(room, await page.evaluate(() => window.watchOffer()));
    way = line === null ? null : await impaired(made.sdp, line);
    await page.evaluate((sdp) => window.watchAnswered(sdp), way?.sdp ?? made.sdp);
  }
  return {
    way,
    first: (ms = 15_000) => until('the first picture', () => page.evaluate(() => window.first()), ms, 20),
    end: async () => { await page.evaluate(() => window.end('down')); await made.end().catch(() => {}); return (await way?.end()) ?? []; },
  };
}

const quantile = (list, q) => { const s = [...list].sort((a, b) => a - b); return s[Math.min(s.length - 1, Math.floor(s.length * q))]; };
/* Of what a relay saw: kbit a second that got through, and how long nineteen of twenty packets waited no longer than. */
const carried = (seen, from, to) => (seen.filter((p) => p.through && p.ms >= from && p.ms < to).reduce((n, p) => n + p.bytes, 0) * 8) / (to - from);
const queued = (seen, from, to) => quantile(seen.filter((p) => p.ms >= from && p.ms < to).map((p) => p.queue_ms), 0.95) ?? 0;
const warm = async (page, server, top_rate) => { const room = await server.room(); const up = await publish(server, page, room, null, top_rate); await wait(4000); return { room, up }; };

/* ── the scenarios: each gives its figures by name ── */
/** From "join" to the first picture on one machine. */
async function first(server, page) {
  const { room, up } = await warm(page, server);
  const times = [];
  for (let i = 0; i < (short ? 3 : 12); i += 1) {
    const w = await watch(server, page, room);
    times.push(await w.first());
    await w.end();
    await wait(350);
  }
  await up.end();
  return { first_picture_p50_ms: quantile(times, 0.5), first_picture_p95_ms: quantile(times, 0.95) };
}

/** Setting up over the bad line, in how many tries within 5 s. */
async function setup(server, page) {
  const { room, up } = await warm(page, server);
  const times = [];
  const tries = short ? 3 : server.offers ? 20 : 100;
  for (let i = 0; i < tries; i += 1) {
    const w = await watch(server, page, room, { up: bad, down: bad });
    times.push(await w.first(12_000).catch(() => 12_000));
    await w.end();
  }
  await up.end();
  return { setup_within_5s_percent: (100 * times.filter((t) => t <= 5000).length) / tries, setup_p50_ms: quantile(times, 0.5), setup_p95_ms: quantile(times, 0.95) };
}

/* For who looks for a reason: a line each second. */
async function told(page, before, late) {
  const now = await page.evaluate(() => window.stats());
  const gap = await page.evaluate(([from, to]) => Math.round(window.longestGap(from, to)), [before.at, now.at]);
  const { samples: _, silent: __, ...figures } = now;
  console.log('   ', JSON.stringify({ ...figures, at: Math.round(now.at), shown: now.frames - before.frames, gap, late }));
  return now;
}

async function heard(page, ms) {
  await page.evaluate(() => window.listen());
  const a = await page.evaluate(() => window.stats());
  const late = [];
  let last = a;
  for (const end = Date.now() + ms; Date.now() < end;) {
    await wait(Math.min(1000, end - Date.now()));
    late.push(await page.evaluate(() => window.late()));
    if (process.env.YQ_DEBUG) last = await told(page, last, late.at(-1));
  }
  const b = await page.evaluate(() => window.stats());
  const gaps = await page.evaluate(() => window.gaps);
  const freeze = await page.evaluate(([from, to]) => window.longestGap(from, to), [a.at, b.at]);
  if (process.env.YQ_DEBUG) console.log('   ', JSON.stringify(b));
  return {
    audio_intact_percent: 100 * (1 - (b.made_up - a.made_up) / (b.samples - a.samples)), audio_gaps: gaps.count, audio_longest_gap_ms: gaps.longest_ms,
    video_fps: ((b.frames - a.frames) * 1000) / (b.at - a.at), video_freezes: (b.freezes ?? 0) - (a.freezes ?? 0), video_longest_freeze_ms: freeze, video_height: b.height ?? 0,
    video_late_ms: quantile(late.filter((v) => v !== null), 0.5) ?? NaN, /* NaN: it could not be read */
  };
}

/* Somebody publishes and is watched, each over that line (null: none), for so long that both have found out what it is like. */
async function met(server, page, lines_of, settled_ms) {
  const room = await server.room();
  const up = await publish(server, page, room, lines_of.up);
  await wait(5000);
  const w = await watch(server, page, room, lines_of.down);
  await w.first(20_000).catch(() => {});
  await wait(settled_ms);
  return { up, w };
}

const under = (lines_of, ours_seconds = seconds) => async (server, page) => {
  const { up, w } = await met(server, page, lines_of, 8000);
  const got = await heard(page, (server.offers ? seconds : ours_seconds) * 1000);
  await w.end();
  await up.end();
  const { audio_gaps: _, video_freezes: __, ...goals_of } = got;
  return goals_of;
};
const viewer = under({ up: null, down: { up: bad, down: bad } }, whole_seconds);
const publisher = under({ up: { up: bad, down: bad }, down: null }, whole_seconds);
const narrow = under({ up: null, down: { up: 'rate=64,delay=20,queue=300', down: 'rate=64,delay=20,queue=300' } });

/** 2 Mbit/s, 400 kbit/s, 2 Mbit/s again: what is used of it, and what waits. Of this face's largest layer may go as much as of one of 720 lines: else there is not enough to send. */
async function capacity(server, page) {
  const { room, up } = await warm(page, server, 1_700_000);
  const step_ms = short ? 15_000 : 20_000;
  const [wide, thin] = ['rate=2000,delay=20,queue=1000', 'rate=400,delay=20,queue=1000'];
  const w = await watch(server, page, room, { up: 'delay=20', down: wide, script: `${step_ms} down ${thin}\n${2 * step_ms} down ${wide}\n` });
  await w.first();
  for (let i = 0; i < 3; i += 1) { await wait(step_ms); if (process.env.YQ_DEBUG) console.log('   ', JSON.stringify(await page.evaluate(() => window.stats()))); }
  await wait(500);
  const seen = (await w.end()).filter((p) => p.down);
  await up.end();
  const used = (from, to) => carried(seen, from, to);
  const queues = (from, to) => queued(seen, from, to);
  if (process.env.YQ_DEBUG) for (let t = 0; t < 3 * step_ms; t += 1000) console.log('   ', t / 1000, Math.round(used(t, t + 1000)), 'kbit/s queue p95', Math.round(queues(t, t + 1000)), 'ms, lost', seen.filter((p) => !p.through && p.ms >= t && p.ms < t + 1000).length);
  return {
    used_first_percent: used(10_000, step_ms) / 20, used_down_percent: used(step_ms + 10_000, 2 * step_ms) / 4, used_up_percent: used(2 * step_ms + 10_000, 3 * step_ms) / 20,
    queue_p95_after_3s_ms: queues(step_ms + 3000, 2 * step_ms), queue_p95_first_3s_ms: queues(step_ms, step_ms + 3000),
  };
}

/* ── the table: who watches over the way, and who publishes ── */
const wide = 'delay=50,rate=2000,queue=300';
const losses = [['no loss', wide], ...[5, 10, 20, 30].flatMap((lost) => [
  [`${lost} % at random`, `${wide},loss=${lost}`],
  [`${lost} % in bursts`, `${wide},burst=${((25 * lost) / (100 - lost)).toFixed(1)}/25`], /* of four packets on average */
])];
const widths = [2000, 400, 64, 2000].map((kbit, i) => [`${i ? 'then ' : ''}${kbit} kbit/s${i === 3 ? ' again' : ''}`, `delay=20,rate=${kbit},queue=1000`]);
const table_seconds = short ? 5 : 12;

/** What was heard and seen of a while, and what the relay saw of the packets of that direction. */
async function rows_of(page, leg, is_down, whiles) {
  const rows = [];
  for (const [name, spec] of whiles) {
    leg.way.set(spec);
    const from = leg.way.now();
    const got = await heard(page, table_seconds * 1000);
    rows.push({ name, got, from, to: leg.way.now() });
  }
  const seen = (await leg.end()).filter((p) => p.down === is_down);
  return rows.map(({ name, got, from, to }) => [name, { ...got, kbit_per_s: carried(seen, from, to), queue_p95_ms: queued(seen, from, to) }]);
}

async function table(server, page) {
  const rows = {};
  for (const is_down of [true, false]) {
    for (const whiles of [...losses.map((l) => [l]), widths]) {
      const line = { up: whiles[0][1], down: whiles[0][1] };
      const { up, w } = await met(server, page, is_down ? { up: null, down: line } : { up: line, down: null }, 5000);
      for (const [name, figures] of await rows_of(page, is_down ? w : up, is_down, whiles)) rows[`${is_down ? 'watches' : 'publishes'}, ${name}`] = figures;
      await (is_down ? up : w).end();
    }
  }
  return rows;
}
const columns = [
  ['audio_intact_percent', 'sound made up %', (v) => (100 - v).toFixed(1)], ['audio_gaps', 'gaps'], ['audio_longest_gap_ms', 'longest ms'], ['video_fps', 'pictures/s', (v) => v.toFixed(1)], ['video_height', 'lines'],
  ['video_freezes', 'freezes'], ['video_longest_freeze_ms', 'longest ms'], ['video_late_ms', 'late ms'], ['kbit_per_s', 'kbit/s'], ['queue_p95_ms', 'queue p95 ms'],
];
/* A row for each case, in each cell ours / theirs. */
function table_print(of_servers) {
  const names = Object.keys(of_servers[0].rows);
  console.log(`figure table (${of_servers.map((s) => s.name).join(' / ')}) | ${columns.map(([, head]) => head).join(' | ')}`);
  for (const name of names) {
    const cells = columns.map(([key, , text = (v) => String(Math.round(v))]) => of_servers.map((s) => (s.rows[name] ? text(s.rows[name][key]) : '-')).join(' / '));
    console.log(`figure table ${name} | ${cells.join(' | ')}`);
  }
}

/* ── all of it ── */
const goals = {
  first_picture_p50_ms: '<= 500', setup_within_5s_percent: '>= 95', audio_intact_percent: '>= 95', audio_longest_gap_ms: '<= 200', video_fps: '>= 5', video_longest_freeze_ms: '<= 1000',
  used_down_percent: '>= 80', used_up_percent: '>= 80', queue_p95_after_3s_ms: '< 150',
};
/* On 64 kbit/s sound comes first, and a thumbnail of one picture a second (T2). */
const narrow_goals = { audio_intact_percent: '>= 95', audio_longest_gap_ms: '<= 200', video_fps: '>= 1' };
const goal = (scenario, figure) => (scenario === 'narrow' ? narrow_goals : goals)[figure];
const scenarios = { first, setup, viewer, publisher, narrow, capacity, table };

if (!existsSync('/usr/bin/chromium-headless-shell') || !existsSync('/usr/share/pocketsphinx/test/data')) {
  console.log('skipped: chromium and pocketsphinx-testdata are needed');
  process.exit(77);
}
if (!ours_alone && !existsSync('/usr/bin/janus')) {
  console.log('skipped: janus is needed');
  process.exit(77);
}
const { rolldown } = await import(join(root, 'web-client/node_modules/rolldown/dist/index.mjs'));
const follow = (await (await rolldown({ input: join(root, 'tests/bench/follow.ts') })).generate({ format: 'esm' })).output[0].code;
const web = createServer((asked, r) => {
  const is_script = asked.url === '/follow.js';
  r.setHeader('Content-Type', is_script ? 'text/javascript' : 'text/html');
  r.end(is_script ? follow : '<!doctype html><title>quality</title><body></body>');
});
await new Promise((done) => web.listen(0, '127.0.0.1', done));
const browser = await startBrowser(devices(place, 1, { width: 960, height: 540, noise: 40, seconds: 4 }));
const servers = await Promise.all([ours(), ...(ours_alone ? [] : [janus()])]);
let failed = false;
const tables = [];
for (const name of Object.keys(scenarios).filter((n) => (only ? only.includes(n) : !short || n === 'first'))) {
  for (const server of servers) {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${web.address().port}/`);
    await page.evaluate(inPage);
    try {
      const got = await scenarios[name](server, page);
      if (name === 'table') tables.push({ name: server.name, rows: got });
      else for (const [k, v] of Object.entries(got)) console.log(`figure quality_${name}_${k} ${server.name}=${v < 100 ? v.toFixed(1) : Math.round(v)}${server.name === 'yunqiao' && goal(name, k) ? ` (goal ${goal(name, k)})` : ''}`);
    } catch (e) {
      console.log(`figure quality_${name} ${server.name}=failed (${e.message.split('\n')[0]})`);
      failed ||= server.name === 'yunqiao';
    }
    await context.close();
  }
}
if (tables.length) table_print(tables);
await Promise.all(servers.map((s) => s.stop()));
await browser.close();
web.close();
process.exit(failed ? 1 : 0);
