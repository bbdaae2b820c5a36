/* The opinion of a visit and what becomes of it (PROTOCOL §18). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';
import type { Prescription } from './orders';
import { askingBody, type Asking } from './transfers';

export const partNames = ['findings', 'assessment', 'advice', 'follow-up'] as const;
export type PartName = (typeof partNames)[number];
export const kinds = ['medication', 'examination', 'referral', 'follow-up', 'other'] as const;
export type Kind = (typeof kinds)[number];
const isKind = oneOf(kinds, 'other');

const readAccount = obj({ id: str, display: or(str, '') });
const readCode = obj({ code: str, display: str });
const readItem = obj({ id: str, kind: isKind, words: or(str, '') });
export type Item = Out<typeof readItem>;
/** One part's value: which members it has depends on the part; those of another are empty. */
const readValue = obj({ text: or(str, ''), codes: or(list(readCode), []), items: or(list(readItem), []), due: or(str, '') });
export type Value = Out<typeof readValue>;
const readPart = obj({ rev: num, by: maybe(readAccount), at: maybe(instant), value: readValue });
export type Part = Out<typeof readPart>;

const readPerson = obj({ account: readAccount, hospital: or(str, ''), answer: oneOf(['waited', 'signed', 'dissented', 'excused'], 'waited'), at: maybe(instant), reason: or(str, '') });
export type Person = Out<typeof readPerson>;
const readAmendment = obj({ id: str, by: or(str, ''), at: or(str, ''), reason: or(str, ''), words: or(str, '') });
const readAdvice = obj({ id: str, kind: isKind, words: or(str, ''), due: or(str, ''), state: oneOf(['open', 'ordered', 'declined', 'done'], 'open'), reason: or(str, ''), by: or(str, ''), at: or(str, ''), order: or(str, ''), order_status: or(str, '') });
export type Advice = Out<typeof readAdvice>;

const readOpinion = obj({
  visit: str, patient: str, state: oneOf(['draft', 'signing', 'final'], 'draft'), rev: num, composition: maybe(str), version: num,
  parts: obj({ findings: readPart, assessment: readPart, advice: readPart, 'follow-up': readPart }),
  people: or(list(readPerson), []), received: maybe(instant), received_by: or(str, ''), code: maybe(str), amendments: or(list(readAmendment), []), advice: or(list(readAdvice), []),
  told: maybe(obj({ at: instant, by: or(str, ''), words: or(str, ''), opinion: or(bool, false) })), held: maybe(obj({ at: instant, by: or(str, ''), reason: or(str, '') })),
  open: obj({ signatures: bool, advice: num, telling: bool }),
  may: obj({ write: or(bool, false), sign: or(bool, false), dissent: or(bool, false), amend: or(bool, false), receive: or(bool, false), decide: or(bool, false) }),
});
export type Opinion = Out<typeof readOpinion>;

const place = (visit: string): string => `/api/visits/${encodeURIComponent(visit)}/opinion`;
export const pdfOf = (visit: string): string => `${place(visit)}.pdf`;
export const bundleOf = (visit: string): string => `${place(visit)}/bundle`;

export const opinion = (visit: string): Call<Opinion> => ({ method: 'GET', path: place(visit), read: readOpinion });

/** Only what the part has. */
function bodyOf(part: PartName, v: Value): unknown {
  if (part === 'assessment') return { text: v.text, codes: v.codes };
  if (part === 'advice') return { items: v.items };
  return part === 'follow-up' ? { text: v.text, due: v.due } : { text: v.text };
}
export const savePart = (visit: string, part: PartName, rev: number, value: Value, keepalive = false): Call<{ rev: number; draft: number; saved: number }> =>
  ({ method: 'PUT', path: `${place(visit)}/parts/${part}`, body: { rev, value: bodyOf(part, value) }, read: obj({ rev: num, draft: num, saved: instant }), keepalive });

/** The own password, or a code of the authenticator. */
export type Proof = { password: string } | { code: string };
const readState = obj({ state: oneOf(['draft', 'signing', 'final'], 'draft'), composition: or(str, ''), version: num });
type Answered = Call<Out<typeof readState>>;
export const sign = (o: Opinion, proof: Proof): Answered => ({ method: 'POST', path: `${place(o.visit)}/sign`, body: { ...(o.state === 'draft' ? { rev: o.rev } : { version: o.version }), ...proof }, read: readState });
export const dissent = (o: Opinion, reason: string, proof: Proof): Answered => ({ method: 'POST', path: `${place(o.visit)}/dissent`, body: { version: o.version, reason, ...proof }, read: readState });
export const amend = (o: Opinion, reason: string, words: string, proof: Proof): Answered => ({ method: 'POST', path: `${place(o.visit)}/amendments`, body: { reason, words, ...proof }, read: readState });
export const excuse = (o: Opinion, account: string, reason: string): Answered => ({ method: 'POST', path: `${place(o.visit)}/excuse`, body: { account, reason }, read: readState });

const readOrder = obj({ order: or(str, '') });
const decide = (visit: string, item: string, body: Record<string, unknown>): Call<Out<typeof readOrder>> => ({ method: 'POST', path: `${place(visit)}/advice/${encodeURIComponent(item)}`, body, read: readOrder });
export const orderDrug = (visit: string, item: string, p: Prescription, override: string | null): Call<Out<typeof readOrder>> =>
  decide(visit, item, { verdict: 'order', as: 'medication', drug: p.drug, dose: p.dose, unit: p.unit, route: p.route, per_day: p.per_day, as_needed: p.as_needed, days: p.days, words: p.words, override: override ?? undefined });
export const orderExamination = (visit: string, item: string, words: string): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'order', as: 'examination', words });
export const orderReview = (visit: string, item: string, words: string, due: string): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'order', as: 'follow-up', words, due });
export const sendOut = (visit: string, item: string, a: Asking): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'order', as: 'referral', ...askingBody(a) });
export const takeUp = (visit: string, item: string): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'order' });
export const decline = (visit: string, item: string, reason: string): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'decline', reason });
export const finish = (visit: string, item: string): Call<Out<typeof readOrder>> => decide(visit, item, { verdict: 'done' });

export const tell = (visit: string, words: string, withOpinion: boolean): Call<null> => ({ method: 'POST', path: `${place(visit)}/tell`, body: { words, opinion: withOpinion }, read: nothing });
export const hold = (visit: string, reason: string): Call<null> => ({ method: 'POST', path: `${place(visit)}/hold`, body: { reason }, read: nothing });

const readFollowUp = obj({ id: str, patient: str, visit: or(str, ''), words: or(str, ''), due: str, state: oneOf(['waiting', 'due', 'lapsed'], 'waiting') });
export type FollowUp = Out<typeof readFollowUp>;
export const followUps = (): Call<{ rows: FollowUp[] }> => ({ method: 'GET', path: '/api/follow-ups', read: obj({ rows: list(readFollowUp) }) });
export const followUpDone = (id: string, words: string): Call<null> => ({ method: 'POST', path: `/api/follow-ups/${encodeURIComponent(id)}/done`, body: words === '' ? {} : { words }, read: nothing });
