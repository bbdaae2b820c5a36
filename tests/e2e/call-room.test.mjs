/* The room's page in each of its states, in both languages, at a desk and on a phone: devices that are missing, refused or pulled out, several cameras,
   a private talk, passes for devices, codecs that follow who watches, being sent out, the room's end. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, clean as cleanAtLength, sideways, startSite, until } from './lib.mjs';
import { devices, enter, firstPicture, look, openRoom, party, sees } from './call-lib.mjs';

const media = mkdtempSync(join(tmpdir(), 'yunqiao-room-'));
const exam = 9;
const long = process.env.YQ_LONG === '1';
const skip = !long && 'long tier';
/* axe in both themes takes a second a screen */
const clean = long ? cleanAtLength : async () => {};
let site, clinic, eye, room;

before(async () => {
  site = await startSite();
  clinic = await party(site, site.by['clinic-doctor'], devices(media, 1, { width: 640, height: 360 }), { second: exam, width: 1440, height: 900 });
  eye = await party(site, site.by.specialist, devices(media, 2, { voice: 'goforward.raw' }), { lang: 'en', width: 390, height: 844 });
});
after(async () => {
  await Promise.all([clinic?.stop(), eye?.stop()]);
  await site?.stop();
  rmSync(media, { recursive: true, force: true });
});

const codecOf = (page, label) => page.evaluate(async (wanted) => {
  const track = document.querySelector(`video[data-label=${wanted}]`)?.srcObject?.getVideoTracks()[0];
  for (const pc of window.pcs) {
    if (track === undefined || pc.connectionState === 'closed') continue;
    const all = [...(await pc.getStats(track).catch(() => new Map())).values()];
    const row = all.find((r) => r.type === 'inbound-rtp' && r.framesDecoded > 0);
    const codec = all.find((r) => r.id === row?.codecId);
    if (codec) return codec.mimeType;
  }
  return null;
}, label);

/** A browser without devices, or with devices that say no. */
const without = (name) => `(() => { const m = navigator.mediaDevices; if (!m) return; window.deny = sessionStorage.getItem('deny') ?? ${JSON.stringify(name)};
  const open = m.getUserMedia.bind(m); m.getUserMedia = async (w) => { if (window.deny) throw new DOMException('', window.deny); return open(w); }; })()`;

test('a device that is refused, missing or in use is told apart, tried again when asked, and never keeps anybody out', async () => {
  room = await openRoom(clinic.page, '眼科联合会诊', [site.by.specialist.display]);
  await clinic.page.locator('.check-stage video').first().waitFor();
  await clean(clinic.page, 'room-check-zh');

  await eye.context.addInitScript(without('NotAllowedError'));
  await eye.page.goto(room);
  await eye.page.getByText('The browser does not allow it').first().waitFor();
  await clean(eye.page, 'room-check-refused-phone-en');
  assert.equal(await sideways(eye.page), 0);
  for (const [name, words] of [['NotFoundError', 'No device found'], ['NotReadableError', 'Another program uses the device']]) {
    await eye.page.evaluate((n) => { window.deny = n; }, name);
    await eye.page.locator('[data-retry]').click();
    await eye.page.getByText(words).first().waitFor();
  }
  assert.equal(await eye.page.locator('.check-form .btn-primary').getAttribute('aria-disabled'), 'false');
  /* put in: found without being asked */
  await eye.page.evaluate(() => { window.deny = ''; sessionStorage.setItem('deny', ''); navigator.mediaDevices.dispatchEvent(new Event('devicechange')); });
  await eye.page.locator('.check-stage video').waitFor();
  await eye.page.locator('[data-retry]').waitFor({ state: 'detached' });
  await eye.page.locator('.levelbar .on').first().waitFor();
  await eye.page.getByRole('button', { name: 'Play a test sound' }).click();
  await eye.page.locator('[data-chime=done]').waitFor();
  await clean(eye.page, 'room-check-phone-en');
});

test('who is present stands on the phone whatever is scrolled, and pictures fit', async () => {
  await enter(clinic.page, null, { second: true });
  await enter(eye.page, null);
  console.log(`figure join_first_picture_ms ${Math.round(await firstPicture(eye.page))}`);
  await sees(eye.page, [1, exam]);
  await sees(clinic.page, [2]);
  await clean(eye.page, 'room-phone-en');
  await clean(clinic.page, 'room-desk-zh');
  assert.equal(await sideways(eye.page), 0);
  const bar = () => eye.page.locator('.presence').evaluate((x) => { const r = x.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; });
  await eye.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  assert.equal(await bar(), true);
  await eye.page.evaluate(() => scrollTo(0, 0));
  assert.equal(await eye.page.locator('.controls').evaluate((x) => x.getBoundingClientRect().bottom <= innerHeight), true, 'the controls are within reach');
});

test('what must be seen whole goes as VP9 in layers of time, faces as VP8; a viewer without VP9 who comes late has its owner asked, sees it, and takes nothing along when she leaves', async () => {
  /* Switched on before anybody watched, the exam camera went as VP8; it has what it is wished in when somebody is there who decodes it. */
  if (long) await until('the exam camera is VP9', async () => (await codecOf(eye.page, 'exam')) === 'video/VP9', 20_000);
  assert.notEqual(await codecOf(eye.page, 'camera'), 'video/VP9');
  await clinic.page.locator('[data-ctl=screen]').click();
  await until('the screen is VP9', async () => (await codecOf(eye.page, 'screen')) === 'video/VP9', 20_000);
  const mode = await clinic.page.evaluate(async () => { for (const pc of window.pcs) for (const r of (await pc.getStats()).values()) if (r.type === 'outbound-rtp' && r.scalabilityMode && r.contentType === 'screenshare') return r.scalabilityMode; return null; });
  assert.equal(mode, 'L1T3');
  await clinic.page.locator('#tab-link').click();
  await clinic.page.getByText('您发送的画面').waitFor();
  await clinic.page.getByText(/^VP9，640 × 400，/).waitFor();
  await clean(clinic.page, 'room-link-zh');

  const id = await eye.page.locator('video[data-label=screen]').getAttribute('data-track');
  if (long) await lateWithoutVp9(id);
  await clinic.page.locator('[data-ctl=screen]').click();
  await eye.page.locator('video[data-label=screen]').waitFor({ state: 'detached' });
});

async function lateWithoutVp9(id) {
  const nurse = await party(site, site.by.nurse, devices(media, 3, { voice: 'something.raw' }));
  try {
    /* A browser whose offers name no VP9, as an old one's. */
    await nurse.context.addInitScript(() => {
      const add = RTCPeerConnection.prototype.addTransceiver;
      RTCPeerConnection.prototype.addTransceiver = function (...a) {
        const t = add.apply(this, a);
        if (t.receiver.track.kind === 'video' && t.direction === 'recvonly') t.setCodecPreferences(RTCRtpReceiver.getCapabilities('video').codecs.filter((c) => c.mimeType !== 'video/VP9'));
        return t;
      };
    });
    const member = (await call(clinic.page, 'GET', '/api/rooms/people')).body.people.find((p) => p.display === site.by.nurse.display);
    assert.equal((await call(clinic.page, 'POST', `/api${room}/members`, { account: member.account, role: 'member' })).status, 200);
    await enter(nurse.page, room);
    await until('the screen is VP8 for her', async () => (await codecOf(nurse.page, 'screen')) === 'video/VP8', 20_000);
    await until('and for who was there', async () => (await codecOf(eye.page, 'screen')) === 'video/VP8', 20_000);
    assert.equal(await eye.page.locator('video[data-label=screen]').getAttribute('data-track'), id, 'it is the same picture for who watched it');
    await nurse.page.locator('[data-ctl=leave]').click();
    await nurse.page.locator('dialog .btn-danger').click();
    await until('she has left, and the screen is VP9 again', async () => (await codecOf(eye.page, 'screen')) === 'video/VP9', 30_000);
    assert.equal(await eye.page.locator('video[data-label=screen]').getAttribute('data-track'), id, 'still the same picture');
  } finally {
    await nurse.stop();
  }
}

test('a camera is taken out and put in again during the call; one that is pulled out is told to everybody', { skip }, async () => {
  await clinic.page.locator('[data-ctl=devices]').click();
  await clean(clinic.page, 'room-devices-zh');
  await clinic.page.getByRole('button', { name: '停止发送Fundus camera' }).click();
  await until('the exam picture goes', async () => !(await look(eye.page)).some((p) => p.label === 'exam'));
  await clinic.page.getByLabel('再加一路画面').selectOption({ label: 'Fundus camera' });
  await sees(eye.page, [exam]);
  await clinic.page.keyboard.press('Escape');
  await clinic.page.evaluate(() => { for (const pc of window.pcs) for (const s of pc.getSenders()) if (s.track?.kind === 'audio') { s.track.stop(); s.track.dispatchEvent(new Event('ended')); } });
  await clinic.page.locator('[data-unplugged]').getByText('麦克风断开了').waitFor();
  await eye.page.locator('.tile', { hasText: site.by['clinic-doctor'].display }).getByText('Muted').waitFor({ state: 'attached' });
  await clean(clinic.page, 'room-unplugged-zh');
  await clinic.page.locator('[data-ctl=mic]').click();
  await eye.page.locator('.tile', { hasText: site.by['clinic-doctor'].display }).getByText('Muted').waitFor({ state: 'detached' });
  await clinic.page.locator('[data-unplugged]').waitFor({ state: 'detached' });
});

test('a private talk names who is cut off; to them no old picture stands as if it were live', async () => {
  await clinic.page.locator('.presence .btn').click();
  await clinic.page.locator('dialog .choice input').first().check();
  await clinic.page.locator('dialog .btn-primary').click();
  await eye.page.locator('[data-cut]').waitFor();
  assert.deepEqual((await look(eye.page)).filter((p) => p.who === 1 || p.who === exam), []);
  await clinic.page.locator('.tile', { hasText: site.by.specialist.display }).getByText('已隔开').waitFor();
  assert.match(await clinic.page.locator('[data-private]').innerText(), new RegExp(site.by.specialist.display));
  await clean(eye.page, 'room-private-phone-en');
  await clean(clinic.page, 'room-private-zh');
  await clinic.page.locator('.presence .btn').click();
  await eye.page.locator('[data-private]').waitFor({ state: 'detached' });
  await sees(eye.page, [1, exam]);
});

test('a host makes a pass for a device, sees it listed, takes it back', { skip }, async () => {
  await clinic.page.locator('#tab-people').click();
  await clinic.page.getByRole('button', { name: '设备接入' }).click();
  await clinic.page.getByText('还没有接入凭证').waitFor();
  await clean(clinic.page, 'room-passes-none-zh');
  await clinic.page.locator('dialog .btn-primary').click();
  await clinic.page.getByLabel('画面的代号').fill('Fundus 1');
  await clinic.page.locator('dialog .btn-primary').click();
  await clinic.page.getByText('只用小写字母').waitFor();
  await clinic.page.getByLabel('画面的代号').fill('fundus-1');
  await clean(clinic.page, 'room-pass-make-zh');
  await clinic.page.locator('dialog .btn-primary').click();
  await clinic.page.locator('dialog .secret').nth(1).waitFor();
  const [address, token] = await clinic.page.locator('dialog .secret code').allInnerTexts();
  assert.equal(address, `${site.url}/whip${room.replace('/rooms', '')}/fundus-1`);
  await clean(clinic.page, 'room-pass-made-zh');
  const knock = (method) => clinic.page.evaluate(async ([u, tok, m]) => (await fetch(u, { method: m, headers: { Authorization: `Bearer ${tok}`, 'Content-Type': 'application/sdp' }, body: m === 'POST' ? 'v=0' : undefined })).status, [address, token, method]);
  assert.equal(await knock('POST'), 400, 'the pass is good, the offer is none');
  await clinic.page.locator('dialog input[type=checkbox]').check();
  await clinic.page.locator('dialog .btn-primary').click();
  await clinic.page.locator('[data-pass=fundus-1]').getByText('发送').waitFor();
  await clean(clinic.page, 'room-passes-zh');
  await clinic.page.locator('[data-pass=fundus-1] .btn').click();
  await clinic.page.locator('dialog .btn-danger').click();
  await clinic.page.getByText('还没有接入凭证').waitFor();
  assert.equal(await knock('POST'), 401);
  await clinic.page.keyboard.press('Escape');
});

test('who walks away from the page is gone at once, and comes in again', async () => {
  await eye.page.goto('/rooms'); /* a page of the site by its address: the tab's own call ends with it */
  await eye.page.locator(`a[href="${room}"]`).click();
  await enter(eye.page, null);
  await sees(eye.page, [1]);
  await eye.page.evaluate(() => { history.pushState(null, '', '/rooms'); dispatchEvent(new PopStateEvent('popstate')); });
  await until('nobody is left over', async () => (await clinic.page.locator('.presence li').count()) === 1, 5000);
  await eye.page.locator(`a[href="${room}"]`).click();
  await enter(eye.page, null);
  await sees(eye.page, [1]);
});

test('where hardware encodes AV1 a screen goes as AV1, and every browser here decodes it', { skip }, async () => {
  await eye.context.addInitScript(() => {
    const media = navigator.mediaCapabilities;
    const ask = media?.encodingInfo.bind(media);
    if (media) media.encodingInfo = async (wanted) => ({ ...await ask(wanted), ...(wanted.video?.contentType === 'video/AV1' ? { supported: true, powerEfficient: true } : {}) });
  });
  await eye.page.reload(); /* back as the same participant */
  await eye.page.locator('.room').waitFor();
  await sees(eye.page, [1]);
  await eye.page.locator('[data-ctl=screen]').click();
  await until('the screen is AV1', async () => (await codecOf(clinic.page, 'screen')) === 'video/AV1', 20_000);
  await eye.page.locator('[data-ctl=screen]').click();
  await clinic.page.locator('video[data-label=screen]').waitFor({ state: 'detached' });
});

test('sent out, and the room closed: each says why in its own words, and devices are dark', { skip }, async () => {
  await clinic.page.getByRole('button', { name: `请${site.by.specialist.display}离开` }).click();
  await clean(clinic.page, 'room-kick-zh');
  await clinic.page.locator('dialog .btn-danger').click();
  await eye.page.locator('[data-over=kicked]').getByText('The host asked you to leave').first().waitFor();
  await clean(eye.page, 'room-kicked-phone-en');
  await eye.page.getByRole('button', { name: 'Enter again' }).click();
  await enter(eye.page, null);
  await sees(clinic.page, [2]);
  assert.equal((await call(clinic.page, 'POST', `/api${room}/close`, { reason: '会诊结束' })).status, 204);
  await eye.page.locator('[data-over=room_closed]').getByText('The room is closed').first().waitFor();
  await clinic.page.locator('[data-over=room_closed]').getByText('会诊室已关闭').first().waitFor();
  await clean(clinic.page, 'room-closed-zh');
  assert.equal(await eye.page.getByRole('button', { name: 'Enter again' }).count(), 0);
  for (const p of [clinic, eye]) {
    assert.equal(await p.page.evaluate(() => window.pcs.every((pc) => pc.connectionState === 'closed')), true);
    assert.deepEqual(p.complaints, []);
  }
});
