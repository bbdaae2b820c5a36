/* Publishes by WHIP as OBS does, on the stack that OBS is built on, libdatachannel: its ICE, DTLS, SRTP, packetizers, its answers to NACK and its descriptions.
   What is ours is the order of calls (OBS's whip-output): two tracks with an SSRC and no extensions, the offer at once and without candidates, exactly 201, a Location;
   DELETE at the end. obs_peer.mjs URL TOKEN CLIP; prints "up" when it is connected and goes on until its input closes. */
import { readFileSync, unlinkSync } from 'node:fs';
import rtc from 'node-datachannel';

const [url, token, path] = process.argv.slice(2);
const clip = [];
for (let file = readFileSync(path), at = 0; at < file.length;) {
  const bytes = file.readUInt32BE(at + 5);
  clip.push({ isVideo: file[at] === 0x56, ms: file.readUInt32BE(at + 1), data: file.subarray(at + 9, at + 9 + bytes) });
  at += 9 + bytes;
}
unlinkSync(path);

const pc = new rtc.PeerConnection('obs', { iceServers: [], disableAutoNegotiation: true });
const connected = new Promise((done, fail) => pc.onStateChange((s) => { if (s === 'connected') done(); if (s === 'failed' || s === 'closed') fail(new Error(s)); }));

/** A track, its packetizer and what OBS chains behind it: reports, and packets kept for who asks again. */
function track(media, ssrc, type, rate, makePacketizer, kept) {
  media.addSSRC(ssrc, 'obs-whip', 'obs-whip', `obs-${type}`);
  const made = pc.addTrack(media);
  const config = new rtc.RtpPacketizationConfig(ssrc, 'obs-whip', type, rate);
  const packetizer = makePacketizer(config);
  packetizer.addToChain(new rtc.RtcpSrReporter(config));
  packetizer.addToChain(new rtc.RtcpNackResponder(kept));
  made.setMediaHandler(packetizer);
  return { made, config, rate, first: config.timestamp };
}
const audio = new rtc.Audio('0', 'SendOnly');
audio.addOpusCodec(111);
const video = new rtc.Video('1', 'SendOnly');
video.addH264Codec(96);
const sound = track(audio, 1001, 111, 48_000, (c) => new rtc.RtpPacketizer(c), 512);
const picture = track(video, 2002, 96, 90_000, (c) => new rtc.H264RtpPacketizer('StartSequence', c, 1100), 4000);

pc.setLocalDescription('offer');
const offer = pc.localDescription().sdp;
const asked = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}`, 'User-Agent': 'Mozilla/5.0 (OBS-Studio/30.2.3; Linux x86_64; en-US)' }, body: offer, redirect: 'manual' });
const answer = await asked.text();
if (asked.status !== 201 || answer === '' || asked.headers.get('location') === null) throw new Error(`${asked.status} ${answer}\n${offer}`);
const session = new URL(asked.headers.get('location'), url);
if (process.env.TALK) console.error(offer, answer);
pc.setRemoteDescription(answer, 'answer');
await connected;
console.log('up');

const began = performance.now();
let next = 0;
const turn = setInterval(() => {
  for (; next < clip.length && clip[next].ms <= performance.now() - began; next += 1) {
    const { isVideo, ms, data } = clip[next];
    const to = isVideo ? picture : sound;
    to.config.timestamp = (to.first + (ms * to.rate) / 1000) >>> 0;
    if (to.made.isOpen()) to.made.sendMessageBinary(data);
  }
}, 5);
process.stdin.resume();
await new Promise((done) => process.stdin.once('end', done));
clearInterval(turn);
const gone = await fetch(session, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } });
pc.close();
rtc.cleanup();
process.exit(gone.status === 200 ? 0 : 1);
