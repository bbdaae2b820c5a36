/* An account's life: made by the security admin, first login in another browser, recovery code, lockout, unlock. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe, freshCode, live, logIn, person, shot, startBrowser, startSite, unique } from './lib.mjs';

let site, browser, admin;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
  admin = await person(browser, site);
  await logIn(admin.page, site.by['security-admin']);
  await live(admin.page);
});
after(async () => { await browser?.close(); await site?.stop(); });

const name = unique('heqiao');
const password = '石桥下面第三块石板是空的';
let oneTime, secret, codes;

test('an account is made; roles that exclude each other cannot be ticked, with the reason', async () => {
  const { page } = admin;
  await page.getByRole('button', { name: '新建账号' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByRole('button', { name: '新建', exact: true }).click();
  await dialog.locator('.field.bad').first().waitFor();
  await dialog.getByLabel('姓名').fill('何桥');
  await dialog.getByLabel('用户名').fill(name);
  await dialog.getByLabel('工号').fill(name);
  await dialog.getByLabel('护士').check();
  assert.equal(await dialog.getByLabel('押解警员').isDisabled(), true);
  assert.equal(await dialog.getByLabel('药师').isDisabled(), false);
  await dialog.getByText('已选“护士”，类别不同，不能兼任').first().waitFor();
  await shot(page, 'account-create');
  assert.deepEqual(await axe(page, 'create'), []);
  await dialog.getByRole('button', { name: '新建', exact: true }).click();
  await page.getByText('何桥的一次性密码').waitFor();
  oneTime = await page.locator('dialog .secret code').innerText();
  assert.ok(oneTime.length >= 12);
  await shot(page, 'account-one-time');
  assert.deepEqual(await axe(page, 'one-time'), []);
  await page.locator('dialog').getByRole('button', { name: '复制' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), oneTime);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog').isVisible(), true, 'what is shown once is not lost by Esc');
  await page.locator('dialog').getByLabel('我已交给本人或记下').check();
  await page.locator('dialog').getByRole('button', { name: '完成' }).click();
  await page.locator('dialog').waitFor({ state: 'detached' });
});

test('a name that is taken is refused beside its field', async () => {
  const { page } = admin;
  await page.getByRole('button', { name: '新建账号' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByLabel('姓名').fill('另一人');
  await dialog.getByLabel('用户名').fill(name);
  await dialog.getByLabel('工号').fill(`${name}b`);
  await dialog.getByLabel('护士').check();
  await dialog.getByRole('button', { name: '新建', exact: true }).click();
  await dialog.locator('.field.bad').getByText('用户名已被使用').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
});

test('the first login: own password, authenticator by QR code, recovery codes that must be kept', async () => {
  const p = await person(browser, site);
  const { page } = p;
  await page.goto('/');
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill(oneTime);
  await page.locator('button[type=submit]').click();
  await page.getByRole('heading', { name: '设置您的密码' }).waitFor();
  assert.deepEqual(await axe(page, 'own password'), []);
  await page.locator('input[name=new-password]').fill(password);
  await page.locator('input[name=new-password-again]').fill(`${password}？`);
  await page.locator('button[type=submit]').click();
  await page.getByText('两次输入不一样').waitFor();
  await page.locator('input[name=new-password-again]').fill(password);
  await page.locator('button[type=submit]').click();

  await page.getByRole('heading', { name: '绑定验证器' }).waitFor();
  const qr = page.locator('.qr img');
  await qr.waitFor();
  assert.ok(await qr.evaluate(async (img) => { await img.decode(); return img.naturalWidth > 0; }), 'the QR code is drawn');
  secret = (await page.locator('.secret code').innerText()).replace(/\s/g, '');
  await shot(page, 'enrol');
  assert.deepEqual(await axe(page, 'enrol'), []);
  await page.locator('input[name=code]').fill(await freshCode(secret));
  await page.locator('button[type=submit]').click();

  await page.getByRole('heading', { name: '保存恢复码' }).waitFor();
  codes = await page.locator('[data-codes] li').allInnerTexts();
  assert.equal(codes.length, 10);
  for (const code of codes) assert.match(code, /^\w{5}-\w{5}$/);
  await shot(page, 'recovery-codes');
  assert.deepEqual(await axe(page, 'codes'), []);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载' }).click();
  assert.match((await download).suggestedFilename(), /\.txt$/);
  const enter = page.getByRole('button', { name: '进入云桥' });
  assert.equal(await enter.getAttribute('aria-disabled'), 'true');
  await enter.click({ force: true });
  await page.getByRole('heading', { name: '保存恢复码' }).waitFor();
  await page.getByLabel('我已把恢复码保存在安全的地方').check();
  await enter.click();
  await page.locator('main h1').getByText('今日', { exact: true }).waitFor();
  assert.deepEqual(p.complaints, []);
  await p.close();
});

test('a recovery code lets in once', async () => {
  const p = await person(browser, site, { lang: 'en' });
  const { page } = p;
  const enter = async (code) => {
    await page.goto('/');
    await page.locator('input[name=username]').fill(name);
    await page.locator('input[name=password]').fill(password);
    await page.locator('button[type=submit]').click();
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(code);
    await page.locator('button[type=submit]').click();
  };
  await enter(codes[0]);
  await page.locator('main h1').getByText('Today', { exact: true }).waitFor();
  await page.locator('.facts-list').getByText('9', { exact: true }).waitFor();
  await page.locator('.side').getByRole('button', { name: 'Log out' }).click();
  await page.locator('input[name=username]').waitFor();
  await enter(codes[0]);
  await page.locator('.field.bad .error').waitFor();
  await p.close();
});

test('wrong codes lock the account with a running clock; the security admin sees it at once and unlocks', async () => {
  await admin.page.goto('/security/lockouts');
  await live(admin.page);
  const p = await person(browser, site);
  const { page } = p;
  await page.goto('/');
  await page.locator('input[name=username]').fill(name);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  const box = page.locator('input[name=code]');
  const error = page.locator('.field.bad .error');
  await box.waitFor();
  for (let i = 0; i < 6; i += 1) {
    const answered = page.waitForResponse((r) => r.url().endsWith('/api/login/totp'));
    await box.fill(String(100_000 + i * 7));
    await page.locator('button[type=submit]').click();
    const answer = (await (await answered).json()).error;
    await error.waitFor();
    if (answer.code === 'locked') break;
    assert.equal(answer.code, 'totp_wrong');
    await error.getByText(`还可试${answer.left}次`).waitFor();
  }
  await error.getByText('账号已锁定').waitFor();
  const first = await error.innerText();
  assert.match(first, /还要等\d+:\d\d/);
  await shot(page, 'locked');
  assert.deepEqual(await axe(page, 'locked'), []);
  await page.waitForFunction((was) => document.querySelector('.field.bad .error')?.textContent !== was, first.trim());

  /* it is on the admin's screen without a reload */
  const row = admin.page.locator('[data-row]').filter({ hasText: name });
  await row.waitFor({ timeout: 5000 });
  await shot(admin.page, 'lockouts');
  await row.getByRole('button', { name: '解锁' }).click();
  await admin.page.locator('dialog textarea').fill('当面核对过本人和工号');
  await shot(admin.page, 'unlock-reason');
  await admin.page.locator('dialog button[type=submit]').click();
  await row.waitFor({ state: 'detached' });

  await logIn(page, { name, password, totp_secret: secret });
  await page.locator('main h1').getByText('今日', { exact: true }).waitFor();
  await p.close();
});

test('a disabled account is logged out at once and cannot come back until enabled', async () => {
  const p = await person(browser, site);
  await logIn(p.page, { name, password, totp_secret: secret });
  await live(p.page);
  const { page } = admin;
  const act = async (button, reason) => {
    await page.goto('/security/accounts');
    await page.locator('[data-search]').fill(name);
    const row = page.locator('[data-row]').filter({ hasText: name });
    await row.locator('[data-open]').click();
    await page.locator('dialog .acts').getByRole('button', { name: button, exact: true }).click();
    await page.locator('dialog textarea').fill(reason);
    await page.locator('dialog button[type=submit]').click();
    await page.locator('dialog').waitFor({ state: 'detached' });
  };
  await act('停用', '调离本所，账号不再使用');
  await p.page.locator('dialog.gate').waitFor({ timeout: 3000 });
  await p.page.locator('dialog.gate input[name=password]').fill(password);
  await p.page.locator('dialog.gate button[type=submit]').click();
  await p.page.locator('dialog.gate .error').getByText('停用').waitFor();
  await act('恢复', '调回本所');
  await p.close();
});

test('a token is made for an account, shown once, and revoked', async () => {
  const { page } = admin;
  await page.goto('/security/tokens');
  await page.getByRole('button', { name: '发放令牌' }).click();
  const dialog = page.locator('dialog');
  await dialog.getByLabel('所属账号').fill(site.by['scheduling-admin'].name);
  await dialog.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  const label = unique('接口');
  await dialog.getByLabel('用途').fill(label);
  assert.deepEqual(await axe(page, 'token'), []);
  await dialog.getByRole('button', { name: '发放', exact: true }).click();
  const token = await page.locator('dialog .secret code').innerText();
  assert.match(token, /^yqt_/);
  await shot(page, 'token-once');
  await page.locator('dialog').getByLabel('我已保存令牌').check();
  await page.locator('dialog').getByRole('button', { name: '完成' }).click();
  const row = page.locator('[data-row]').filter({ hasText: label });
  await row.getByRole('button', { name: '吊销' }).click();
  await page.locator('dialog textarea').fill('接口已停用');
  await page.locator('dialog button[type=submit]').click();
  await row.waitFor({ state: 'detached' });
});
