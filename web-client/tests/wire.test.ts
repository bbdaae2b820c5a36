import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFault } from '../src/wire/fault';
import { perform } from '../src/wire/http';
import { BadAnswer, instant, list, maybe, num, obj, oneOf, str } from '../src/wire/read';
import { excludedBy, type RoleRow } from '../src/wire/roles';
import { draftKey } from '../src/wire/session';
import { backoff_ms, readFrame } from '../src/wire/socket';

describe('readers', () => {
  const read = obj({ name: str, at: instant, left: maybe(num), kind: oneOf(['a', 'b']), all: list(num) });
  const good = { name: 'x', at: '2026-11-23T07:24:07.031Z', kind: 'a', all: [1] };
  test('a_good_answer_is_typed_and_an_unknown_key_is_passed_over', () => {
    expect(read({ ...good, extra: 1 }, '')).toEqual({ name: 'x', at: Date.UTC(2026, 10, 23, 7, 24, 7, 31), left: null, kind: 'a', all: [1] });
  });
  test.each([[{ ...good, name: 1 }, 'name'], [{ ...good, at: 'soon' }, 'at'], [{ ...good, left: '4' }, 'left'], [{ ...good, kind: 'c' }, 'kind'], [{ ...good, all: [1, 'x'] }, 'all[1]'], [null, ''], [[], '']])('a_wrong_one_says_where %#', (value, where) => {
    expect(() => read(value, '')).toThrow(BadAnswer);
    try { read(value, ''); } catch (e) { expect(e instanceof BadAnswer && e.at).toBe(where); }
  });
});

describe('faults', () => {
  test('the_contracts_body_is_read', () => {
    const f = readFault(401, { error: { code: 'totp_wrong', message: 'm', where: 'code', left: 4 } }, null, 0);
    expect(f).toMatchObject({ status: 401, code: 'totp_wrong', where: 'code', left: 4, until: null });
  });
  test('retry_after_becomes_an_instant', () => {
    expect(readFault(429, { error: { code: 'slow_down', message: '' } }, '7', 1000).until).toBe(8000);
  });
  test.each([null, 'x', [], { error: 1 }, { error: { code: 5 } }])('a_body_that_is_not_the_contracts_is_still_a_fault %#', (body) => {
    expect(readFault(502, body, null, 0).code).toBe('http_502');
  });
});

describe('requests', () => {
  const answer = (body: string, init: ResponseInit = {}): void => { globalThis.fetch = () => Promise.resolve(new Response(body, init)); };
  const call = { method: 'GET', path: '/api/x', read: obj({ n: num }) } as const;
  const as = { csrf: null, lang: 'en', unattended: false };
  test('an_answer_of_the_wrong_shape_is_a_fault_and_not_a_crash', async () => {
    answer('{"n":"1"}');
    expect(await perform(call, as)).toMatchObject({ ok: false, fault: { code: 'bad_answer' } });
    answer('<html>');
    expect(await perform(call, as)).toMatchObject({ ok: false, fault: { code: 'bad_answer' } });
  });
  test('no_answer_is_a_fault_too', async () => {
    globalThis.fetch = () => Promise.reject(new TypeError('x'));
    expect(await perform(call, as)).toMatchObject({ ok: false, fault: { code: 'offline', status: 0 } });
  });
  test('a_write_carries_the_csrf_token_and_a_read_does_not', async () => {
    let seen: HeadersInit | undefined;
    globalThis.fetch = (_, init) => { seen = init?.headers; return Promise.resolve(new Response('{"n":1}')); };
    await perform(call, { ...as, csrf: 'c' });
    expect(seen).not.toHaveProperty('X-CSRF-Token');
    await perform({ ...call, method: 'POST', body: {} }, { ...as, csrf: 'c', lang: 'zh-CN' });
    expect(seen).toMatchObject({ 'X-CSRF-Token': 'c', 'Accept-Language': 'zh-CN' });
  });
  test('what_a_page_asks_by_itself_says_so_unless_somebody_is_known_to_be_there', async () => {
    let seen: HeadersInit | undefined;
    globalThis.fetch = (_, init) => { seen = init?.headers; return Promise.resolve(new Response('{"n":1}')); };
    await perform(call, as);
    expect(seen).not.toHaveProperty('X-Unattended');
    await perform(call, { ...as, unattended: true });
    expect(seen).toMatchObject({ 'X-Unattended': '1' });
    await perform({ ...call, attended: true }, { ...as, unattended: true });
    expect(seen).not.toHaveProperty('X-Unattended');
  });
});

describe('the live link', () => {
  test('frames_are_read', () => {
    expect(readFrame('{"type":"hello","session":"s","now":"2026-11-23T07:24:07.031Z","resume":"r","resumed":false,"version":"1"}')).toMatchObject({ type: 'hello', resume: 'r' });
    expect(readFrame('{"type":"notice","id":3,"kind":"session_ended","data":{"why":"forced"}}')).toEqual({ type: 'notice', id: 3, notice: { kind: 'session_ended', why: 'forced' } });
    expect(readFrame('{"type":"notice","id":4,"kind":"new_kind","data":{}}')).toMatchObject({ notice: { kind: 'other' } });
  });
  test.each(['', '{', '[]', '{"type":"hello"}', '{"type":"pong","id":"1","now":"x"}', '{"type":"notice","kind":"health"}', '{"type":"what"}'])('a_wrong_frame_is_dropped %#', (text) => {
    expect(readFrame(text)).toBeNull();
  });
  test('the_wait_grows_is_never_long_and_never_in_step', () => {
    expect(backoff_ms(0, 0)).toBe(200);
    expect(backoff_ms(3, 1)).toBeGreaterThan(backoff_ms(1, 1));
    expect(backoff_ms(50, 1)).toBeLessThanOrEqual(15_200);
    expect(backoff_ms(50, 0.1)).not.toBe(backoff_ms(50, 0.9));
  });
});

describe('roles that exclude each other', () => {
  const rows: RoleRow[] = [{ role: 'nurse', world: 'clinical' }, { role: 'clinic-doctor', world: 'clinical' }, { role: 'guard', world: 'custody' }, { role: 'system-admin', world: 'administration' }, { role: 'security-admin', world: 'administration' }];
  test('two_of_one_world_go_together', () => { expect(excludedBy('nurse', ['clinic-doctor'], rows)).toBeNull(); });
  test('two_worlds_never_do', () => { expect(excludedBy('guard', ['nurse'], rows)).toEqual({ why: 'world', by: 'nurse' }); });
  test('no_one_holds_two_of_the_three_administrators', () => { expect(excludedBy('security-admin', ['system-admin'], rows)).toEqual({ why: 'alone', by: 'system-admin' }); });
});

test('a_draft_key_is_one_the_server_takes', () => {
  expect(draftKey('security', 'disable', 'AB_c:1')).toMatch(/^[a-z0-9./-]{1,100}$/);
  expect(draftKey('x'.repeat(200))).toHaveLength(100);
});

test('wire_knows_no_dom_and_nothing_is_any', () => {
  const src = resolve(import.meta.dirname, '../src');
  const all = readdirSync(src, { recursive: true, withFileTypes: true }).filter((e) => e.isFile() && /\.tsx?$/.test(e.name)).map((e) => join(e.parentPath, e.name));
  for (const file of all) {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    expect(code, file).not.toMatch(/:\s*any\b|\bas any\b|<any>|@ts-(ignore|expect-error|nocheck)|innerHTML|eval\(/);
    if (file.startsWith(join(src, 'wire'))) expect(code, file).not.toMatch(/\b(localStorage|HTMLElement)\b|(?<![.'\w])(document|window)\s*(\.|\[|\))/);
    if (!/prefs\.ts$/.test(file)) expect(code, file).not.toMatch(/\b(localStorage|sessionStorage|indexedDB)\b/);
  }
});
