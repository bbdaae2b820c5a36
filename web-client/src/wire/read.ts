/* Readers turn `unknown` from the network into typed values. A reader throws BadAnswer with the path of what was wrong;
   nothing past this folder ever sees an unread value. Keys we do not know are passed over: a newer server may send more. */

export type Read<T> = (value: unknown, at: string) => T;
export type Out<R> = R extends Read<infer T> ? T : never;

export class BadAnswer extends Error {
  constructor(readonly at: string, readonly want: string) {
    super(`${at || 'answer'}: not ${want}`);
  }
}

export const str: Read<string> = (v, at) => {
  if (typeof v !== 'string') throw new BadAnswer(at, 'a string');
  return v;
};

export const num: Read<number> = (v, at) => {
  if (typeof v !== 'number' || !Number.isFinite(v)) throw new BadAnswer(at, 'a number');
  return v;
};

export const bool: Read<boolean> = (v, at) => {
  if (typeof v !== 'boolean') throw new BadAnswer(at, 'true or false');
  return v;
};

/** An RFC 3339 instant, kept as milliseconds since the epoch. */
export const instant: Read<number> = (v, at) => {
  const ms = typeof v === 'string' ? Date.parse(v) : NaN;
  if (Number.isNaN(ms)) throw new BadAnswer(at, 'an instant');
  return ms;
};

export const anything: Read<unknown> = (v) => v;
export const nothing: Read<null> = () => null;

/** Absent and null both read as null. */
export const maybe = <T>(read: Read<T>): Read<T | null> => (v, at) => (v === undefined || v === null ? null : read(v, at));

export const or = <T>(read: Read<T>, fallback: T): Read<T> => (v, at) => (v === undefined || v === null ? fallback : read(v, at));

export const list = <T>(read: Read<T>): Read<T[]> => (v, at) => {
  if (!Array.isArray(v)) throw new BadAnswer(at, 'a list');
  return v.map((item: unknown, i) => read(item, `${at}[${i}]`));
};

/** A closed set of words. A word outside of it is an error unless `other` says how it reads. */
export const oneOf = <const W extends readonly string[]>(words: W, other?: W[number]): Read<W[number]> => (v, at) => {
  if (typeof v === 'string' && (words as readonly string[]).includes(v)) return v as W[number];
  if (other !== undefined && typeof v === 'string') return other;
  throw new BadAnswer(at, words.join(' | '));
};

export function isRecord(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

export const record: Read<Record<string, unknown>> = (v, at) => {
  if (!isRecord(v)) throw new BadAnswer(at, 'an object');
  return v;
};

type Shape = Record<string, Read<unknown>>;
type Shaped<S extends Shape> = { [K in keyof S]: Out<S[K]> };

export const obj = <S extends Shape>(shape: S): Read<Shaped<S>> => (v, at) => {
  const from = record(v, at);
  const to: Record<string, unknown> = {};
  for (const key of Object.keys(shape)) to[key] = shape[key]!(from[key], at ? `${at}.${key}` : key);
  return to as Shaped<S>;
};
