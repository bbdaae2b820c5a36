/* The wall terminal, by a finger alone: enrolled by a code, number and PIN on large digits, in three languages. No key is pressed anywhere. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, test } from 'node:test';
import { enrol, enter as enterAt, nothing, number, press, stores, tap, wall as atWall } from './kiosk-lib.mjs';
import { axe, call, clean, live, logIn, person, shot, sideways, startBrowser, startSite, until } from './lib.mjs';

let site, browser, security;
before(async () => {
  site = await startSite();
  browser = await startBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
});
after(async () => { await browser?.close(); await site?.stop(); });

const wall = (more) => atWall(browser, site, more);
const enter = (page) => enterAt(page, site);
async function enrolled(p) {
  await enrol(p.page, site);
  return p;
}

test('the security admin gives a code, a finger types it, and revoked the terminal lets nobody in', async () => {
  security = await person(browser, site);
  const { page } = security;
  await logIn(page, site.by['security-admin']);
  await page.goto('/security/terminals');
  await page.getByRole('button', { name: '登记新终端' }).click();
  await page.locator('dialog input').fill('B 区 2 室');
  await page.getByRole('button', { name: '取登记码' }).click();
  const code = (await page.locator('dialog .secret code').textContent()).replace(' ', '');
  assert.match(code, /^\d{10}$/);
  await shot(page, 'terminal-code');
  await page.getByRole('button', { name: '完成' }).click();
  await page.locator('[data-row]').filter({ hasText: 'B 区 2 室' }).filter({ hasText: '等待输入登记码' }).waitFor();

  const p = await wall();
  await p.page.goto('/terminal');
  await p.page.locator('.k-pad').waitFor();
  await clean(p.page, 'kiosk-enrol');
  await press(p.page, '0123456789');
  await tap(p.page, '登记');
  await p.page.locator('.notice.bad').waitFor();
  await press(p.page, code);
  await tap(p.page, '登记');
  await p.page.getByText('终端：B 区 2 室').waitFor();
  await enter(p.page);
  await page.reload();
  await page.locator('[data-row]').filter({ hasText: '已登记' }).filter({ hasText: 'B 区 2 室' }).waitFor();
  await clean(page, 'terminals');
  await page.getByRole('button', { name: '吊销 B 区 2 室' }).click();
  await page.locator('dialog textarea').fill('终端搬到了别处');
  await page.locator('dialog button[type=submit]').click();
  await p.page.getByRole('heading', { name: '登记这台终端' }).waitFor().catch(async (e) => { await shot(p.page, 'kiosk-revoked'); throw e; });
  assert.deepEqual(p.complaints, []);
  await p.close();
});

test('number and PIN by touch, in Chinese, English and Uyghur from the right; the way out leaves nothing', async () => {
  const p = await enrolled(await wall());
  const { page } = p;
  for (const [lang, words] of [['中文', '请输入您的编号'], ['English', 'Enter your number'], ['ئۇيغۇرچە', 'نومۇرىڭىزنى كىرگۈزۈڭ']]) {
    await tap(page, lang);
    await page.getByRole('heading', { name: words }).waitFor();
    await clean(page, `kiosk-number-${{ 中文: 'zh', English: 'en' }[lang] ?? 'ug'}`);
    assert.equal(await sideways(page), 0);
  }
  await page.locator('html[dir=rtl][lang=ug]').waitFor();
  await tap(page, '中文');
  await page.locator('html[dir=ltr]').waitFor();
  await press(page, number);
  await tap(page, '下一步');
  await press(page, '00000000');
  assert.equal(await page.locator('.k-typed').textContent(), '●●●●●●●●', 'a PIN is never shown');
  await shot(page, 'kiosk-pin');
  await tap(page, '进入');
  await page.locator('.notice.bad').waitFor();
  await enter(page);
  await clean(page, 'kiosk-home-zh');
  await tap(page, 'English');
  await clean(page, 'kiosk-home-en');
  await tap(page, 'ئۇيغۇرچە');
  await clean(page, 'kiosk-home-ug');
  await page.locator('.k-speak').waitFor();
  await page.locator('.k-foot .btn-primary').tap();
  await page.locator('.k-pad').waitFor();
  assert.equal(new URL(page.url()).pathname, '/terminal');
  await page.goBack().catch(() => {});
  assert.ok(!(await page.content()).includes(site.by.detainee.display));
  await page.goForward().catch(() => {});
  await page.locator('.k-pad').waitFor();
  assert.ok(!(await page.content()).includes(site.by.detainee.display));
  assert.deepEqual(await stores(page), nothing);
  assert.deepEqual(p.complaints, []);
  await p.close();
});

test('a finger on the picture of the body, words to press, a number at once; the clinic reads where it hurts; taken back', async () => {
  const nurse = await person(browser, site);
  await logIn(nurse.page, site.by['clinic-doctor']);
  const fhir = (method, path, body) => call(nurse.page, method, path, body);
  const made = await fhir('POST', '/fhir/Patient', { resourceType: 'Patient', active: true, name: [{ text: '卓远山' }], gender: 'male', identifier: [{ system: 'urn:yunqiao:detainee-number', value: number }] });
  assert.equal(made.status, 201);
  const accounts = await call(security.page, 'GET', '/api/accounts?role=detainee');
  const own = accounts.body.accounts.find((a) => a.name === site.by.detainee.name);
  assert.equal((await call(security.page, 'POST', `/api/accounts/${own.id}/person`, { reference: `Patient/${made.body.id}`, cleared: [] })).status, 204);

  const p = await enrolled(await wall());
  const { page } = p;
  await enter(page);
  const region = (code) => page.locator(`[data-region=${code}]`).tap();
  for (const [lang, word, next, send] of [['中文', '头晕', '下一步', '发给卫生所'], ['English', 'Dizzy', 'Next', 'Send to the clinic']]) {
    await tap(page, lang);
    await page.locator('a[href="/me/ask"]').tap();
    await region('head');
    await region('left-arm');
    await page.locator('.k-fig .seg button').nth(1).tap();
    await region('lower-back');
    await region('left-arm');
    assert.equal(await page.locator('[data-region=left-arm]').getAttribute('aria-pressed'), 'false', 'pressed again it is taken off');
    await clean(page, `kiosk-where-${next === 'Next' ? 'en' : 'zh'}`);
    await tap(page, next);
    await tap(page, word);
    await page.locator('.k-choices').nth(1).getByRole('button').nth(1).tap();
    await clean(page, `kiosk-what-${next === 'Next' ? 'en' : 'zh'}`);
    await tap(page, next);
    await clean(page, `kiosk-look-${next === 'Next' ? 'en' : 'zh'}`);
    await tap(page, send);
    await page.locator('.k-number b').waitFor();
    await clean(page, `kiosk-sent-${next === 'Next' ? 'en' : 'zh'}`);
    assert.equal(await page.locator('.notice.act').count(), next === 'Next' ? 1 : 0, 'the second is linked to the first');
    await page.locator('.k-foot .btn-primary').tap();
    await page.locator('a[href="/me/ask"]').waitFor();
  }
  await tap(page, 'ئۇيغۇرچە');
  await page.locator('a[href="/me/ask"]').tap();
  await region('belly');
  await clean(page, 'kiosk-where-ug');
  assert.equal(await sideways(page), 0);
  await page.locator('.k-foot a.btn').tap();
  await tap(page, '中文');
  await page.locator('a[href="/me/requests"]').tap();
  await page.locator('.k-rows h2').nth(1).waitFor();
  assert.match(await page.locator('.k-rows h2').first().textContent(), /收到了/);
  await clean(page, 'kiosk-requests');
  await page.getByRole('button', { name: /^撤回/ }).first().tap();
  await tap(page, '撤回');
  await page.locator('.k-rows h2').filter({ hasText: '您撤回了' }).waitFor();

  const calls = (await call(nurse.page, 'GET', '/api/sick-calls')).body.calls;
  assert.deepEqual(calls.map((c) => [c.regions, c.place, c.door]), [[['head', 'lower-back'], 'head', 'terminal']]);
  assert.equal(calls[0].words, '头晕 · 几天了', 'in the clinic\'s own language');
  assert.deepEqual(await stores(page), nothing);
  assert.deepEqual(p.complaints, []);
  await p.close();
  await nurse.close();
});

test('a face that the device beside the terminal asserts logs in, and a late one does not', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex');
  const { page: admin } = security;
  const p = await enrolled(await wall());
  const { page } = p;
  assert.equal(await page.getByRole('button', { name: '刷脸进入' }).count(), 0, 'no device, no button');
  await admin.goto('/security/terminals');
  await admin.getByRole('button', { name: '人脸设备 A 区 1 室' }).click();
  const aud = (await admin.locator('dialog code').nth(1).textContent()).trim();
  assert.equal((await admin.locator('dialog code').first().textContent()).trim(), `${site.url}/api/face/${aud}`);
  await admin.locator('dialog textarea').fill('no key');
  await admin.locator('dialog button[type=submit]').click();
  await admin.locator('dialog .notice.bad').waitFor();
  await admin.locator('dialog textarea').fill(publicKey.export({ type: 'spki', format: 'pem' }));
  await admin.locator('dialog button[type=submit]').click();
  await admin.locator('dialog').waitFor({ state: 'detached' });
  await admin.getByRole('button', { name: '人脸设备 A 区 1 室' }).click();
  await admin.locator('dialog code').getByText(kid).waitFor();
  await clean(admin, 'terminal-device');
  await admin.keyboard.press('Escape');

  const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
  const device = await person(browser, site);
  await device.page.goto('/healthz');
  const says = (more) => {
    const now = Math.floor(Date.now() / 1000);
    const words = `${part({ alg: 'ES256', kid })}.${part({ aud, sub: number, nonce: randomUUID(), iat: now, exp: now + 50, ...more })}`;
    return `${words}.${sign('sha256', Buffer.from(words), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const handIn = (assertion) => device.page.evaluate(async ([at, body]) => (await fetch(at, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status, [`/api/face/${aud}`, JSON.stringify({ assertion })]);
  await page.reload();
  for (const [lang, name] of [['中文', '刷脸进入'], ['English', 'Log in by face'], ['ئۇيغۇرچە', 'يۈز ئارقىلىق كىرىش']]) {
    await tap(page, lang);
    await page.getByRole('button', { name }).tap();
    await page.locator('.k-face').waitFor();
    await clean(page, `kiosk-face-${{ 中文: 'zh', English: 'en' }[lang] ?? 'ug'}`);
    await page.locator('.k-foot button').tap();
    await page.locator('.k-pad').waitFor();
  }
  await tap(page, '中文');
  await clean(page, 'kiosk-number-face');
  await page.getByRole('button', { name: '刷脸进入' }).tap();
  const old = Math.floor(Date.now() / 1000) - 120;
  assert.equal(await handIn(says({ iat: old, exp: old + 60 })), 403);
  const good = says({});
  assert.equal(await handIn(good), 204);
  await page.locator('.k-rows').waitFor();
  assert.equal(await handIn(good), 409, 'once');
  await page.locator('.k-foot .btn-primary').tap();
  await page.locator('.k-pad').waitFor();
  assert.deepEqual(await stores(page), nothing);
  assert.deepEqual(p.complaints, []);
  await device.close();
  await p.close();
});

test('elsewhere number and PIN open nothing', async () => {
  const p = await wall({ lang: 'en' });
  await p.page.goto('/login');
  const got = await call(p.page, 'POST', '/api/login', { name: site.by.detainee.name, password: site.by.detainee.password });
  assert.equal(got.status, 403);
  assert.equal(got.body.error.code, 'terminal_needed');
  await p.close();
});
