/* All text in text/: nothing a reader could see stands in a screen; both dictionaries agree; every code of the contract has words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAst } from 'vite';
import { describe, expect, test } from 'vitest';
import { en } from '../src/text/en';
import { zh } from '../src/text/zh';

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile() && /\.tsx?$/.test(e.name)).map((e) => join(e.parentPath, e.name))
  .filter((f) => !f.startsWith(join(src, 'text') + '/'));

const han = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]/;
/* Attributes and properties whose value a person reads or hears. */
const read = new Set(['title', 'label', 'help', 'error', 'alt', 'placeholder', 'aria-label', 'aria-description', 'sub', 'words', 'sum', 'busy']);

interface Node { type: string; start: number; [key: string]: unknown }
const isNode = (v: unknown): v is Node => typeof v === 'object' && v !== null && typeof (v as Node).type === 'string';

function visit(node: Node, see: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  see(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, see, node);
  }
}

function found(file: string): string[] {
  const code = readFileSync(file, 'utf8');
  const wrong: string[] = [];
  const at = (n: Node, what: string): void => { wrong.push(`${relative(src, file)}:${code.slice(0, n.start).split('\n').length}: ${what}`); };
  visit(parseAst(code, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as Node, (n, parent) => {
    if (n.type === 'Literal' && typeof n['value'] === 'string' && han.test(n['value'])) at(n, n['value']);
    if (n.type === 'TemplateElement') {
      const raw = (n['value'] as { raw: string }).raw;
      if (han.test(raw) && !/^\s*(年|月|日)\s*$|^[年月日 ]+$/.test(raw)) at(n, raw);
    }
    /* A single capital is a key's cap. */
    if (n.type === 'JSXText' && /\p{L}/u.test(String(n['value'])) && !/^[A-Z]$/.test(String(n['value']))) at(n, String(n['value']).trim());
    if (n.type === 'JSXAttribute' && read.has(String((n['name'] as Node)['name']))) {
      const value = n['value'];
      if (isNode(value) && value.type === 'Literal' && /\p{L}/u.test(String(value['value']))) at(n, String(value['value']));
    }
    if (n.type === 'Literal' && typeof n['value'] === 'string' && parent?.type === 'JSXExpressionContainer' && / /.test(n['value'].trim()) && /\p{L}{2}/u.test(n['value'])) at(n, n['value']);
  });
  return wrong;
}

test('no_text_stands_outside_of_the_dictionaries', () => {
  expect(files.length).toBeGreaterThan(20);
  expect(files.flatMap(found)).toEqual([]);
}, 60_000); /* a busy machine is no finding */

test('the_search_for_text_finds_what_it_is_for', () => {
  const probe = (code: string): boolean => {
    let hit = false;
    visit(parseAst(code, { lang: 'tsx' }) as unknown as Node, (n) => { if (n.type === 'JSXText' && /\p{L}/u.test(String(n['value']))) hit = true; });
    return hit;
  };
  expect(probe('const a = <p>Hello</p>')).toBe(true);
  expect(probe('const a = <p>{t.hello}</p>')).toBe(false);
});

const shape = (v: unknown, path = ''): string[] =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
    ? Object.entries(v).flatMap(([k, x]) => shape(x, path === '' ? k : `${path}.${k}`))
    : [`${path}:${Array.isArray(v) ? `list${v.length}` : typeof v === 'function' ? `of${v.length}` : typeof v}`];

describe('the two dictionaries', () => {
  test('have_the_same_keys_and_the_same_gaps_to_fill', () => {
    expect(shape(en)).toEqual(shape(zh));
  });
  test('leave_nothing_empty', () => {
    const empty = (v: unknown, path: string): string[] => typeof v === 'string' ? (v.trim() === '' ? [path] : []) : typeof v === 'object' && v !== null ? Object.entries(v).flatMap(([k, x]) => empty(x, `${path}.${k}`)) : [];
    expect([...empty(zh, 'zh'), ...empty(en, 'en')]).toEqual([]);
  });
  test('chinese_types_no_space_inside_a_phrase_and_no_exclamation_mark', () => {
    const strings = (v: unknown): string[] => typeof v === 'string' ? [v] : typeof v === 'object' && v !== null ? Object.values(v).flatMap(strings) : [];
    const wrong = strings(zh).filter((s) => /[!！]|亲|哦|[,;:?](?=[\u4e00-\u9fff])/.test(s) || /[\u4e00-\u9fff] \d|\d [\u4e00-\u9fff]/.test(s));
    expect(wrong).toEqual([]);
  });
});

test('every_error_code_of_the_contract_has_words', () => {
  const contract = readFileSync(resolve(import.meta.dirname, '../../docs/PROTOCOL.md'), 'utf8');
  const codes = new Set<string>();
  /* `401 `code` (…)`, lists after it, and the table of §1 */
  for (const line of contract.split('\n')) {
    for (const m of line.matchAll(/\b[45]\d\d(?:\s*[|/]\s*[45]?\d*)*\s*\|?\s*((?:`[a-z_]+`(?:\s*\([^)]*\))?(?:,\s*|\s*\/\s*| or )?)+)/g)) {
      for (const c of (m[1] ?? '').matchAll(/`([a-z_]+)`/g)) codes.add(c[1] ?? '');
    }
  }
  for (const not of ['left', 'until', 'where', 'todo', 'message']) codes.delete(not);
  expect(codes.size).toBeGreaterThan(25);
  expect(codes).toContain('login_wrong');
  expect(codes).toContain('disk_full');
  expect([...codes].filter((c) => !(c in zh.codes))).toEqual([]);
});

test('each action that the server leaves a trace of has words in both languages', async () => {
  const routes = readFileSync(new URL('../../server/api/routes.c', import.meta.url), 'utf8');
  const actions = [...routes.matchAll(/\.audit = "([a-z.-]+)"/g)].map((m) => m[1] ?? '');
  expect(actions.length).toBeGreaterThan(60);
  for (const dict of [zh, en]) expect(actions.filter((a) => dict.audit.actions[a] === undefined)).toEqual([]);
});
