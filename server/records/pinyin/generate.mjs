// Writes ../pinyin_table.c: the readings of the 20,992 characters U+4E00-9FFF without tones, and those that a character has as a
// surname. From npm pinyin-pro (MIT). Run: npm ci && node generate.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { pinyin } from "pinyin-pro";

const FIRST = 0x4e00, LAST = 0x9fff;
const version = JSON.parse(readFileSync(new URL("node_modules/pinyin-pro/package.json", import.meta.url))).version;
const plain = (text, options) => pinyin(text, { toneType: "none", type: "array", v: true, ...options })[0];
const readings = [], surnames = [];
for (let c = FIRST; c <= LAST; c++) {
    const text = String.fromCodePoint(c);
    const one = plain(text);
    readings.push(/^[a-z]{1,6}$/.test(one) ? one : "");
    const name = plain(text + "某", { surname: "head" });
    if (/^[a-z]{1,6}$/.test(name) && name !== one) surnames.push([c, name]);
}
const syllables = [...new Set([...readings, ...surnames.map(([, s]) => s)])].sort();
const number = new Map(syllables.map((s, i) => [s, i]));
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const pair = (s) => digits[number.get(s) >> 6] + digits[number.get(s) & 63];
const wrap = (text, n) => (text.match(new RegExp(`.{1,${n}}`, "g")) ?? []).map((line) => `"${line}"`).join("\n");
const list = (items, n) => {
    const lines = [];
    for (let i = 0; i < items.length; i += n) lines.push(items.slice(i, i + n).join(", "));
    return lines.join(",\n");
};
if (syllables.length > 4096) throw new Error("too many syllables");
writeFileSync(new URL("../pinyin_table.c", import.meta.url), `/* Written by pinyin/generate.mjs from pinyin-pro ${version} (MIT). Not to be edited. */
/* clang-format off */
#include "records/pinyin_table.h"

const char *const pinyin_syllables[] = {
${list(syllables.map((s) => `"${s}"`), 14)}};

const char pinyin_readings[] =
${wrap(readings.map(pair).join(""), 140)};

const struct pinyin_surname pinyin_surnames[] = {
${list(surnames.map(([c, s]) => `{0x${c.toString(16)}, ${number.get(s)}}`), 8)}};
const uint16_t pinyin_surname_count = ${surnames.length};
`);
