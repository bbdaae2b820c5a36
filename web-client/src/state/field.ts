/* A field of date and time, at the site. */
import { siteDate } from './chart';
import { hm, siteMidnight } from './format';

export const fieldOf = (at: number): string => `${siteDate(at)}T${hm(at)}`;
/** What a field of date and time says, at the site; null: nothing that is one. */
export function readField(value: string): number | null {
  const m = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)$/.exec(value);
  return m === null ? null : siteMidnight(m[1] ?? '') + (Number(m[2]) * 60 + Number(m[3])) * 60_000;
}
