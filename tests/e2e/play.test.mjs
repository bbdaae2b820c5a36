/* The one play: a man's eye swells, and four people in their own browsers (the clinic's doctor, two specialists, who schedules), a nurse, a guard and an exam camera without
   a browser bring him from the sick call to the closed follow-up, in Chinese, on the screens. A picture of each step is kept as play-NN-…png; the paper is read back and
   verified away from the site; the trail lists every step, and verifies. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { devices, party, received, sees } from './call-lib.mjs';
import { axe, bin, call, fill, live, logIn, out, person, press, shot, startBrowser, startSite, until } from './lib.mjs';
import { acceptInvite, alwaysThere, examCamera, examPass, knock, openEscort, paperOf, prove, signPad, story, visitNow, welcome } from './visit-lib.mjs';

const skip = process.env.YQ_BASE ? 'needs a site of its own' : false;
const patient = 'demo-p001';
const name = '卓远山';
const complaint = '右眼肿胀五天，看东西重影';
const question = '眶内还是颅内占位？是否需急诊转出？';
const findings = '右眼突出约 3 毫米，外转受限，结膜充血。';
const assessment = '眶内占位可能性大，颅内暂无定位体征。';
const plain = '您的右眼后面可能长了东西。先用药，三天后再看。';
const in_days = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
const exam = 4;
const small = { width: 320, height: 180, fps: 10 };
const patience_ms = 60_000; /* three browsers with cameras, and others beside this test */
let site, house, media, nurse, doctor, wen, pei, admin, guard, officer, camera, visit, room;
const stills = [];
const account = (who) => site.accounts.find((a) => a.name === who);
const part = story(test, 'play', () => ({ nurse, doctor, wen, pei, admin, guard }), { skip });
let shots = 0;
const keep = (page, what) => shot(page, `play-${String((shots += 1)).padStart(2, '0')}-${what}`);
const look = () => visitNow(doctor.page, visit);
const tab = (page, which) => page.locator(`#tab-${which}`).click();
const saved = (page, which) => page.locator(`[data-part="${which}"][data-draft=saved]`).waitFor();
const guest = async (who, more) => { const p = await person(house, site, more); p.context.setDefaultTimeout(patience_ms); await logIn(p.page, who); return p; };

before(async () => {
  if (skip) return;
  site = await startSite({}, { whole: 'unbooked' });
  media = mkdtempSync(join(tmpdir(), 'yunqiao-play-'));
  house = await startBrowser();
  admin = await guest(account('jiangyining'));
  const escorts = (await call(admin.page, 'GET', '/api/agenda/resources')).body.resources.map((r) => r.reference).filter((r) => r.startsWith('Practitioner/demo-escort'));
  await alwaysThere(admin.page, ['Practitioner/demo-guqinghe', 'Practitioner/demo-wenzhiyuan', 'Practitioner/demo-peiyan', ...escorts]);
  nurse = await guest(site.by.nurse);
  doctor = await party(site, account('guqinghe'), devices(media, 1, small), { width: 1440, height: 900 });
  wen = await party(site, account('wenzhiyuan'), devices(media, 2, { ...small, voice: 'goforward.raw' }));
  pei = await party(site, account('peiyan'), devices(media, 3, small));
  for (const p of [doctor, wen, pei]) p.context.setDefaultTimeout(patience_ms);
});
after(async () => {
  await camera?.stop();
  await Promise.allSettled([doctor?.stop(), wen?.stop(), pei?.stop(), house?.close()]);
  await site?.stop();
  if (media) rmSync(media, { recursive: true, force: true });
});

part('the nurse enters a sick call and triages it; it comes live to the doctor, who sees him', async () => {
  await doctor.page.goto('/today');
  await live(doctor.page);
  const { page } = nurse;
  await page.goto('/today');
  await press(page, '代录求医');
  await fill(page, '患者姓名、拼音或编号', '3120417');
  await press(page, name);
  await fill(page, '他怎么说', complaint);
  await page.locator('dialog[open]').getByLabel('哪里不舒服').selectOption('eye');
  await keep(page, 'sick-call');
  await press(page, '登记');
  await press(page, '今日');
  await keep(page, 'triage');
  await press(page, '确定');
  await doctor.page.locator('.sick').filter({ hasText: complaint }).getByText('今日').first().waitFor();
  await keep(doctor.page, 'today');
  await nurse.close();
  nurse = undefined;
  await press(doctor.page, `接诊 ${name}`);
  await doctor.page.locator('.visit-bar').getByText('接诊中').waitFor();
  await keep(doctor.page, 'local-visit');
});

part('the doctor asks two specialists from the chart, with what of it goes along', async () => {
  const { page } = doctor;
  await press(page, '请会诊');
  for (const [department, who] of [['眼科', '温知远'], ['神经外科', '裴砚']]) {
    await fill(page, '请哪些科室', department);
    await fill(page, `${department}请谁`, who);
  }
  await fill(page, '要请教的问题', question);
  await fill(page, '紧急程度', '今日');
  await page.locator('.attach .choice').first().waitFor();
  const ticked = await page.locator('.attach input:checked').count();
  assert.ok(ticked > 0, 'what is usual is ticked');
  await until('what is ticked is previewed', async () => (await page.locator('[data-preview] li').count()) >= ticked);
  await keep(page, 'request');
  await press(page, '保存，去征求同意');
  await page.waitForURL((u) => /^\/visits\/[0-9a-f-]{36}$/.test(u.pathname));
  visit = { id: new URL(page.url()).pathname.split('/')[2] };
});

part('the patient signs on the pad, and the request goes out', async () => {
  const { page } = doctor;
  await press(page, '征求同意');
  await signPad(page);
  await keep(page, 'consent');
  await press(page, '患者同意');
  await page.locator('.consent-list').getByText('已签名').waitFor();
  await press(page, '提交申请');
  await page.getByText('申请已提交，可以找时间了。').first().waitFor();
  await keep(page, 'sent');
});

part('who schedules finds the first hour that all have, and learns nothing of what for', async () => {
  const { page } = admin;
  await page.goto('/board');
  await press(page, '候诊名单');
  await press(page, `查找时段 ${name}`);
  await page.getByText('最早可行').first().waitFor();
  await keep(page, 'joint');
  await press(page, '占位并逐一询问');
  await until('it is held', async () => (await look()).booking?.state === 'pending');
  await keep(page, 'asked');
  const told = await page.content();
  for (const word of [complaint, question, '占位？', '重影']) assert.ok(!told.includes(word), word);
  assert.ok(!JSON.stringify((await call(page, 'GET', `/api/visits/${visit.id}`)).body).includes('占位'));
});

part('all three say yes', async () => {
  await wen.page.goto('/invitations');
  await wen.page.locator('.invite').waitFor();
  assert.ok(!(await wen.page.locator('main').textContent()).includes('重影'), 'the own words of the patient are not in the invitation');
  await keep(wen.page, 'invitation');
  await acceptInvite(wen.page);
  await acceptInvite(pei.page);
  await doctor.page.goto('/today');
  await press(doctor.page, '接受');
  visit = await until('it is booked', async () => { const v = await look(); return v.booking.state === 'booked' && v; });
  room = visit.booking.room;
  await doctor.page.goto(`/visits/${visit.id}`);
  await doctor.page.getByText('已约定').first().waitFor();
  await keep(doctor.page, 'booked');
});

part('the guard brings him, and reads when and where and no more', async () => {
  guard = await guest(site.by.guard, { width: 1024, height: 768 });
  const { page } = guard;
  await openEscort(page, visit.booking, name);
  await press(page, '接受任务');
  await press(page, '已接到人');
  await keep(page, 'escort');
  await press(page, '已送达');
  await page.locator('.stepper [aria-current]').getByText('已送达').waitFor();
  assert.ok(!/眼科|神经外科|占位|重影/.test(await page.locator('main').textContent()));
});

part('the specialists wait at the door; the clinic checks who he is, asks on camera, and lets them in', async () => {
  await doctor.page.goto(`/visits/${visit.id}`);
  await press(doctor.page, '患者已到');
  await doctor.page.locator('[data-step=identity]').waitFor();
  await knock(doctor.page, room);
  for (const p of [wen, pei]) await knock(p.page, room);
  await keep(wen.page, 'waiting');
  assert.equal(await wen.page.evaluate(() => window.pcs.length), 0, 'no connection before consent');
  await welcome(doctor.page, ['温知远', '裴砚'], () => keep(doctor.page, 'asked-on-camera'));
  for (const p of [wen, pei]) await p.page.locator('.room').waitFor();
});

part('they see and hear each other; the exam camera joins by itself and is large before everybody', async () => {
  await sees(doctor.page, [2, 3], patience_ms);
  await sees(wen.page, [1, 3], patience_ms);
  await sees(pei.page, [1, 2], patience_ms);
  for (const p of [doctor, wen, pei]) await until('it is heard', async () => (await received(p.page)).voices > 0, patience_ms);
  await keep(pei.page, 'met');
});

/** A still by this person's press; answers its hash, once everybody in the room has it before the eyes. */
async function takeStill(by) {
  const before = new Set(stills);
  await by.page.locator('[data-ctl=still]').click();
  const hash = await until('the still is shown', async () => { const h = await by.page.locator('.pinned .still-facts[data-hash]').getAttribute('data-hash', { timeout: 1000 }).catch(() => null); return h !== null && !before.has(h) && h; }, patience_ms);
  for (const p of [doctor, wen, pei]) await p.page.locator(`.pinned .still-facts[data-hash="${hash}"]`).waitFor();
  stills.push(hash);
  return hash;
}
/** What is in the record under this hash: its DocumentReference and its bytes. */
async function stillInRecord(hash) {
  const found = (await call(doctor.page, 'GET', `/fhir/DocumentReference?encounter=Encounter/${visit.id}&_count=50`)).body.entry.map((x) => x.resource);
  for (const d of found) {
    const bytes = Buffer.from(await doctor.page.evaluate(async (url) => { const r = await fetch(`/fhir/${url}`, { headers: { Accept: 'image/*' } }); return [...new Uint8Array(await r.arrayBuffer())]; }, d.content[0].attachment.url));
    if (createHash('sha256').update(bytes).digest('hex') === hash) return { d, bytes };
  }
  assert.fail(`no still of the record is ${hash}`);
}

part('a still of a browser\'s camera and one of the exam camera land in the record, with instant, source, operator and hash', async () => {
  await wen.page.locator('.tile', { hasText: '顾清和' }).click();
  const one = await stillInRecord(await takeStill(wen));
  assert.equal(one.d.author[0].display, '顾清和', 'whose camera it is took it');
  await keep(wen.page, 'still');
  await press(wen.page, '结束带看');
  await wen.page.locator('.tile', { hasText: '顾清和' }).click(); /* nobody is kept large by oneself */
  const { token, whip } = await examPass(doctor.page, room);
  camera = await examCamera(new URL(whip, site.url).href, token, exam);
  for (const p of [doctor, wen, pei]) await sees(p.page, [exam], patience_ms);
  await until('it is large', async () => /exam-camera/.test(await pei.page.locator('.pinned .tl-l').innerText()), patience_ms);
  await keep(pei.page, 'exam-camera');
  const { d, bytes } = await stillInRecord(await takeStill(pei));
  assert.equal(d.content[0].attachment.contentType, 'image/png');
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [640, 480], 'as the camera sends it');
  assert.equal(d.author[0].display, '裴砚', 'who pressed is who took it');
  assert.match(JSON.stringify(d), /exam-camera/);
  assert.ok(Math.abs(Date.parse(d.content[0].attachment.creation) - Date.now()) < 120_000);
  await keep(pei.page, 'still-exam-camera');
  await press(pei.page, '结束带看');
});

part('they point, they talk in lines that are kept', async () => {
  await wen.page.locator('[data-ctl=point]').click();
  const hand = await wen.page.locator('.pinned .marks.works').boundingBox();
  await wen.page.mouse.move(hand.x + hand.width * 0.4, hand.y + hand.height * 0.6);
  await doctor.page.locator('.pinned [data-pointer]').getByText('温知远').waitFor();
  await keep(doctor.page, 'pointed');
  await wen.page.locator('[data-ctl=point]').click();
  await tab(doctor.page, 'chat');
  await doctor.page.locator('#chat-words').fill('眼压右 18，左 17。');
  await doctor.page.keyboard.press('Enter');
  await tab(pei.page, 'chat');
  await pei.page.locator('[data-line]').filter({ hasText: '眼压右 18' }).waitFor();
});

part('both write one opinion in the call, and each signs it', async () => {
  await tab(wen.page, 'opinion');
  await wen.page.locator('#op-findings').fill(findings);
  await saved(wen.page, 'findings');
  await tab(pei.page, 'opinion');
  await until('the other reads it', async () => (await pei.page.locator('#op-findings').inputValue()) === findings);
  await pei.page.locator('#op-assessment').fill(assessment);
  await saved(pei.page, 'assessment');
  await wen.page.getByLabel('添加诊断').fill('眶');
  await wen.page.locator('[role=option]').first().click();
  await wen.page.locator('.picked .chip').first().waitFor();
  for (const [kind, words] of [['medication', '对乙酰氨基酚 0.5 g 必要时'], ['examination', '眼眶增强 CT'], ['follow-up', '三天后复查视力与眼压']]) {
    await press(wen.page, '添加建议');
    await wen.page.locator('.op-item').last().locator('select').selectOption(kind);
    await wen.page.locator('.op-item').last().locator('textarea').fill(words);
  }
  await saved(wen.page, 'advice');
  await keep(wen.page, 'opinion');
  await prove(wen.page, '签名', account('wenzhiyuan'));
  await prove(pei.page, '签名', account('peiyan'));
  await pei.page.locator('.opinion[data-state=final]').waitFor();
  await keep(pei.page, 'signed');
  assert.deepEqual(await axe(pei.page, 'signed'), []);
});

part('the call ends for everybody, and he is brought back', async () => {
  const { page } = doctor;
  await press(page, '离开');
  await press(page, '离开');
  await page.goto(`/visits/${visit.id}`);
  await press(page, '结束会诊');
  await press(page, '结束会诊');
  await page.getByText('通话已结束').first().waitFor();
  for (const p of [wen, pei]) await p.page.locator('[data-over]').waitFor();
  await keep(page, 'ended');
  await press(guard.page, '已送回');
  await guard.page.locator('.stepper [aria-current]').getByText('已送回').waitFor();
  await camera.stop();
  camera = undefined;
  await Promise.all([wen.stop(), pei.stop()]);
  await guard.close();
});

part('the clinic receives it; the paper says what they said, shows both stills, and verifies away from the site', async () => {
  const { page } = doctor;
  await page.goto(`/opinions/${visit.id}`);
  await prove(page, '签收', account('guqinghe'));
  const pdf = join(out, 'play-opinion.pdf');
  const { text } = await paperOf(page, visit.id, pdf);
  const said = text.replace(/\s/g, '');
  for (const word of [name, findings, assessment, '眼眶增强 CT', '温知远', '裴砚', '顾清和', ...stills.map((h) => h.slice(0, 16))]) assert.ok(said.includes(word.replace(/\s/g, '')), `${word}\n${text}`);
  execFileSync('pdftoppm', ['-r', '70', '-png', pdf, join(out, 'play-paper')]);
  const verified = execFileSync(join(bin, 'yunqiao'), ['verify', pdf, '--lang', 'zh'], { encoding: 'utf8' });
  for (const word of ['全部相符', '温知远', '裴砚']) assert.ok(verified.includes(word), verified);
});

part('advice becomes orders, the patient is told in plain words, and the consultation is closed', async () => {
  const { page } = doctor;
  await page.goto(`/opinions/${visit.id}`);
  const line = (n) => page.locator('.op-advice').nth(n);
  const dialog = page.locator('dialog[open]');
  await line(0).getByRole('button', { name: '开医嘱' }).click();
  await dialog.getByLabel(/药品/).fill('对乙酰氨基酚');
  await dialog.locator('[role=option]').first().click();
  await dialog.getByLabel(/一次用量|每次用量|剂量/).fill('0.5');
  await dialog.getByRole('button', { name: '开立' }).last().click();
  await until('ordered, or asked why all the same', async () => (await dialog.count()) === 0 || (await dialog.getByLabel(/理由/).count()) > 0, patience_ms);
  if ((await dialog.count()) > 0) {
    await dialog.getByLabel(/理由/).fill('短程，必要时用');
    await dialog.getByRole('button', { name: '开立' }).last().click();
  }
  await dialog.waitFor({ state: 'detached' });
  await line(1).getByRole('button', { name: '开检查' }).click();
  await dialog.getByRole('button', { name: '开医嘱' }).click();
  await dialog.waitFor({ state: 'detached' });
  await line(2).getByRole('button', { name: '安排复诊' }).click();
  await dialog.locator('input[name=due]').fill(in_days(3));
  await dialog.locator('input[name=due]').blur();
  await dialog.getByRole('button', { name: '开医嘱' }).click();
  await dialog.waitFor({ state: 'detached' });
  await until('all three are ordered', async () => (await page.locator('.op-advice[data-state=ordered]').count()) === 3);
  await fill(page, '说给患者的话', plain);
  await press(page, '告知');
  await page.getByText('意见全文也已公开').waitFor();
  await keep(page, 'after');
  await page.goto(`/visits/${visit.id}`);
  await press(page, '结案');
  await page.getByText('会诊已结案。').first().waitFor();
  await keep(page, 'closed');
});

part('he reads it at the wall terminal', async () => {
  const terminal = await guest(site.by.detainee, { width: 1080, height: 1920 });
  await terminal.page.goto('/me/record');
  await terminal.page.getByText(plain).waitFor();
  await keep(terminal.page, 'terminal');
  await terminal.close();
});

part('the doctor ends the local visit; the follow-up stands on Today, and is closed when it was done', async () => {
  const { page } = doctor;
  await page.goto(`/patients/${patient}`);
  await press(page, '结束接诊');
  await page.locator('dialog[open]').getByLabel('结果').selectOption('consultation');
  await page.locator('dialog[open]').getByRole('button', { name: '结束', exact: true }).click();
  await page.locator('.visit-bar').waitFor({ state: 'detached' });
  await page.goto('/today');
  const due = page.locator('[data-follow-up]').filter({ hasText: '三天后复查视力与眼压' });
  await due.getByText(name).waitFor();
  await keep(page, 'follow-up');
  await due.getByRole('button', { name: '已复诊' }).click();
  await due.waitFor({ state: 'detached' });
  assert.ok((await call(page, 'GET', '/api/follow-ups')).body.rows.every((r) => r.visit !== visit.id && r.words !== '三天后复查视力与眼压'));
  await press(page, `结案 ${name}`);
  await page.locator('.sick').filter({ hasText: complaint }).waitFor({ state: 'detached' });
  await keep(page, 'done');
});

part('the trail of this patient lists every step, in its order, by whom; and verifies', async () => {
  officer = await guest(site.by['privacy-officer']);
  const { page } = officer;
  const rows = [];
  for (let before = ''; before !== null;) {
    const got = (await call(page, 'GET', `/api/audit?from=${new Date(Date.now() - 3_600_000).toISOString()}${before === '' ? '' : `&before=${before}`}`)).body;
    rows.push(...got.rows.filter((r) => r.outcome === 'ok'));
    before = got.next ?? null;
  }
  rows.reverse();
  const nurses = '陆白苏', doctors = '顾清和', eyes = '温知远', brain = '裴砚';
  const steps = [
    ['sickcall.make', nurses], ['sickcall.event', nurses, 'triage'], ['sickcall.event', doctors, 'visit'], ['localvisit.event', doctors, 'in-progress'],
    ['visit.preview', doctors], ['visit.begin', doctors], ['visit.consent', doctors, 'request'], ['visit.activate', doctors],
    ['booking.start', '江以宁'], ['booking.event', eyes], ['booking.event', brain], ['booking.event', doctors, 'booked'], ['grant.give', doctors],
    ['escort.report', /./, 'accepted'], ['escort.report', /./, 'collected'], ['escort.report', /./, 'delivered'],
    ['visit.arrive', doctors], ['call.join', doctors], ['visit.wait', eyes], ['visit.wait', brain], ['visit.identify', doctors], ['visit.consent', doctors, 'camera'],
    ['visit.consent', doctors, 'recording'], ['visit.admit', doctors], ['call.join', eyes],
    ['still.take', doctors], ['call.stream.join', /^$/, 'exam-camera'], ['still.take', brain], ['call.chat', doctors],
    ['opinion.save', eyes, 'findings'], ['opinion.save', brain, 'assessment'], ['opinion.save', eyes, 'advice'], ['opinion.sign', eyes], ['opinion.sign', brain],
    ['call.leave', doctors, 'left'], ['visit.finish', doctors], ['call.leave', eyes, 'ended'], ['escort.report', /./, 'returned'], ['opinion.sign', doctors],
    ['opinion.advice', doctors, 'order'], ['opinion.advice', doctors, 'order'], ['opinion.advice', doctors, 'order'], ['opinion.tell', doctors], ['visit.close', doctors],
    ['localvisit.event', doctors, 'finished'], ['follow-up.done', doctors], ['sickcall.event', doctors, 'close'],
  ];
  let at = -1;
  for (const [action, by, how] of steps) {
    const next = rows.findIndex((r, i) => i > at && r.action === action && (typeof by === 'string' ? r.actor?.display === by : by.test(r.actor?.display ?? '')) && (how === undefined || JSON.stringify(r.detail).includes(`"${how}"`)));
    assert.ok(next > at, `${action} ${by} ${how ?? ''} after ${at < 0 ? 'the beginning' : rows[at].action}`);
    at = next;
  }
  assert.equal(rows.filter((r) => r.action === 'visit.admit' && r.actor?.display === doctors).length, 2, 'each was let in; the first may be in before the second is');
  assert.ok(!/重影|占位|突出/.test(JSON.stringify(rows)), 'and it holds no word of what was said');
  await page.goto('/audit');
  await page.locator('main table').waitFor();
  await keep(page, 'trail');
  assert.equal((await call(page, 'POST', '/api/audit/verify', {})).body.ok, true);
  for (const p of [doctor, admin, officer]) assert.deepEqual(p.complaints, []);
});
