/* Each text of the dictionaries is on some screen: one that nobody reads goes. The screens' code is read as a tree; a dictionary is followed through
   the names it is given (`const c = callText()`, `const s = t.security`, a parameter of its type). A text that is picked by a value (`t.roles[role]`), or whose
   group is handed on whole, counts as read with all its neighbours. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');
const inText = join(src, 'text') + '/';
const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((e) => e.isFile() && /\.tsx?$/.test(e.name)).map((e) => join(e.parentPath, e.name));

interface Node { type: string; [key: string]: unknown }
const isNode = (v: unknown): v is Node => typeof v === 'object' && v !== null && typeof (v as Node).type === 'string';
const children = (n: Node): Node[] => Object.values(n).flatMap((v) => (Array.isArray(v) ? v : [v])).filter(isNode);
const nameOf = (v: unknown): string => (isNode(v) && v.type === 'Identifier' ? String(v['name']) : '');

type Words = { [key: string]: unknown };
/** 'text' → the dictionary; 'callText' → the dictionary of calls. */
const dictionaries = new Map<string, Words>();
for (const f of files.filter((x) => x.startsWith(inText) && /^([a-z]+\.)?zh\.ts$/.test(basename(x)))) {
  const stem = basename(f).replace(/\.?zh\.ts$/, '');
  const found = Object.values(await import(f) as Words).find((v) => typeof v === 'object' && v !== null);
  dictionaries.set(stem === '' ? 'text' : `${stem}Text`, found as Words);
}
const ofType = (type: string): string | null => { const name = type === 'Dict' ? 'text' : type.replace(/^(\w)(\w*)Dict$/, (_, a: string, b: string) => `${a.toLowerCase()}${b}Text`); return dictionaries.has(name) ? name : null; };

const isGroup = (v: unknown): v is Words => typeof v === 'object' && v !== null && !Array.isArray(v);
const at = (path: readonly string[]): unknown => path.slice(1).reduce<unknown>((v, k) => (isGroup(v) ? v[k] : undefined), dictionaries.get(path[0] ?? ''));

/** What one file reads: paths, and groups that it reads whole. */
function reads(code: string, tsx: boolean): Set<string> {
  const tree = parseAst(code, { lang: tsx ? 'tsx' : 'ts' }) as unknown as Node;
  const aliases = new Map<string, Set<string>>();
  const alias = (name: string, path: readonly string[]): boolean => {
    const all = aliases.get(name) ?? new Set();
    aliases.set(name, all);
    const size = all.size;
    all.add(path.join('.'));
    return all.size > size;
  };
  const typed = (n: Node): void => {
    if (n.type !== 'Identifier' || !isNode(n['typeAnnotation'])) return;
    const [, type = '', words = '', group] = /^: *(?:(\w+)|ReturnType<typeof (\w+)>)(?:\['(\w+)'\])?/.exec(code.slice(Number(n['typeAnnotation']['start'])).slice(0, 80)) ?? [];
    const dict = ofType(type) ?? (dictionaries.has(words) ? words : null);
    if (dict !== null) alias(String(n['name']), group === undefined ? [dict] : [dict, group]);
  };
  /** The paths that an expression stands for; none for what is no dictionary. */
  const paths = (n: Node): string[][] => {
    if (n.type === 'CallExpression') { const f = nameOf(n['callee']); return dictionaries.has(f) ? [[f]] : []; }
    if (n.type === 'Identifier') return [...aliases.get(String(n['name'])) ?? []].map((p) => p.split('.'));
    if (n.type === 'ChainExpression' || n.type === 'TSAsExpression' || n.type === 'TSNonNullExpression' || n.type === 'ParenthesizedExpression') return paths(n['expression'] as Node);
    if (n.type !== 'MemberExpression') return [];
    const property = n['property'] as Node;
    const key = n['computed'] === true ? (property.type === 'Literal' ? String(property['value']) : null) : nameOf(property);
    return paths(n['object'] as Node).flatMap((p) => (Array.isArray(at(p)) ? [p] : key === null ? [[...p, '*']] : at([...p, key]) === undefined ? [] : [[...p, key]]));
  };
  const visit = (n: Node, see: (n: Node, parent: Node | null) => void, parent: Node | null = null): void => { see(n, parent); for (const c of children(n)) visit(c, see, n); };
  /* Names first, until no more are found: `const t = text(); const s = t.security`. */
  for (let more = true; more;) {
    more = false;
    visit(tree, (n) => {
      typed(n);
      if (n.type !== 'VariableDeclarator' || !isNode(n['init'])) return;
      for (const p of paths(n['init'])) if (nameOf(n['id']) !== '' && isGroup(at(p)) && alias(nameOf(n['id']), p)) more = true;
    });
    /* A page's words are asked of a function that has no type of its own: `words: (t) => t.nav.today`. */
    visit(tree, (n) => { if (n.type === 'ArrowFunctionExpression') for (const param of n['params'] as Node[]) if (nameOf(param) === 't' && !param['typeAnnotation'] && alias('t', ['text'])) more = true; });
  }
  /* Handed to a function of the same file that gives it a name and its type there. */
  const byName = (n: Node | null): boolean => n?.type === 'CallExpression' && nameOf(n['callee']) !== '' && new RegExp(`\\b${nameOf(n['callee'])}\\b[^\\n]*Dict\\[`).test(code);
  const out = new Set<string>();
  visit(tree, (n, parent) => {
    if (n.type === 'Property' && parent?.type === 'ObjectPattern') for (const p of aliases.values()) for (const x of p) if (at([...x.split('.'), nameOf(n['key'])]) !== undefined) out.add(`${x}.${nameOf(n['key'])}`);
    if (n.type !== 'MemberExpression' && n.type !== 'CallExpression' && n.type !== 'Identifier') return;
    const inner = parent !== null && ['MemberExpression', 'ChainExpression', 'TSAsExpression', 'TSNonNullExpression', 'ParenthesizedExpression'].includes(parent.type) && (parent['object'] === n || parent['expression'] === n);
    if (inner || isNode(n['typeAnnotation'])) return;
    for (const p of paths(n)) {
      if (p.includes('*')) out.add(p.slice(0, p.indexOf('*') + 1).join('.'));
      else if (!isGroup(at(p))) out.add(p.join('.'));
      else if (p.length > 1 && parent?.type !== 'VariableDeclarator' && !byName(parent)) out.add(`${p.join('.')}.*`);
    }
  });
  return out;
}

const leaves = (v: unknown, path: string): string[] => (isGroup(v) ? Object.entries(v).flatMap(([k, x]) => leaves(x, `${path}.${k}`)) : [path]);

test('each_text_is_on_some_screen', () => {
  const screens = files.filter((f) => !f.startsWith(inText) || basename(f) === 'index.ts');
  const code = screens.map((f) => readFileSync(f, 'utf8')).join('\n');
  const read = new Set(screens.flatMap((f) => [...reads(readFileSync(f, 'utf8'), f.endsWith('x'))]));
  /* Of a whole dictionary a value picks only what some code says as a word: `t[order.is]`. */
  const said = new Set([...code.matchAll(/'([\w-]+)'/g)].map((m) => m[1]));
  const whole = [...read].filter((p) => p.endsWith('.*') && p.split('.').length > 2).map((p) => p.slice(0, -1));
  for (const p of read) if (p.endsWith('.*') && p.split('.').length === 2) for (const k of Object.keys(dictionaries.get(p.slice(0, -2)) ?? {})) if (said.has(k)) read.add(`${p.slice(0, -1)}${k}`);
  const all = [...dictionaries].flatMap(([name, d]) => leaves(d, name));
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter((p) => !read.has(p) && !whole.some((w) => p.startsWith(w)))).toEqual([]);
}, 60_000);

test('the_search_follows_names_and_finds_what_nobody_reads', () => {
  const one = reads('const t = text(); const s = t.security; const x = s.tokens; f(t.roles[r], callText().mute);', false);
  expect([...one].sort()).toEqual(['callText.mute', 'text.roles.*', 'text.security.tokens']);
  expect(reads('const mute = other().mute;', false).size).toBe(0);
});
