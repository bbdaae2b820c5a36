/* A place is a path alone (state/route): no link and no step through the screens carries a query, so none can be dropped. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((e) => e.isFile() && /\.tsx?$/.test(e.name)).map((e) => join(e.parentPath, e.name));

test('no_place_has_a_query', () => {
  const found = files.flatMap((f) => {
    const code = readFileSync(f, 'utf8');
    const places = [...code.matchAll(/(?:\bhref=\{?|\bgo\()\s*([`'"])((?:\\.|(?!\1)[\s\S])*)\1/g)].map((m) => m[2] ?? '');
    return [...places.filter((p) => p.includes('?') && !/^\/(api|fhir|dicom-web)\//.test(p)), ...(code.includes('location.search') ? ['location.search'] : [])].map((p) => `${f.slice(src.length + 1)}: ${p}`);
  });
  /* A choice within a template is no query: `${x ? 'a' : 'b'}`. */
  expect(found.filter((p) => /\?[a-z_]+=|location\.search/i.test(p))).toEqual([]);
});
