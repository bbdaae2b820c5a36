/* PROTOCOL §12: broken glasses and the privacy officer's review. */
import type { Call } from './http';
import { readRow } from './audit';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';
import { query } from './security';

export const verdicts = ['justified', 'unjustified'] as const;
export type GlassVerdict = (typeof verdicts)[number];

const readPerson = obj({ id: str, display: str });
const readGlass = obj({
  id: num, at: instant, ends: instant, account: readPerson, role: str, patient: maybe(str), reason: str,
  reviewed: maybe(instant), reviewed_by: maybe(readPerson), verdict: maybe(oneOf(verdicts)), remark: maybe(str), told: or(bool, false),
});
export type Glass = Out<typeof readGlass>;

const readGlasses = obj({ rows: list(readGlass), next: maybe(num) });

export const glassReviews = (open: boolean, before: number | null): Call<Out<typeof readGlasses>> =>
  ({ method: 'GET', path: `/api/glass/reviews${query({ open: open ? '1' : '', before: before === null ? '' : String(before) })}`, read: readGlasses });
export const reviewGlass = (id: number, verdict: GlassVerdict, remark: string, tell: boolean): Call<null> =>
  ({ method: 'POST', path: `/api/glass/reviews/${id}`, body: { verdict, remark, tell }, read: nothing });

/** What was opened under it: rows of the trail, newest first; `next` when there are more than are shown. */
const readOne = obj({ rows: list(readRow), next: maybe(str) });
export const glassOpened = (id: number): Call<Out<typeof readOne>> => ({ method: 'GET', path: `/api/glass/reviews/${id}`, read: readOne });
