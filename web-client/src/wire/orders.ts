/* PROTOCOL, orders: prescribing, the pharmacist's check, doses; and the code lists. The rules are the server's. */
import type { Call } from './http';
import { bool, list, nothing, obj, oneOf, or, str, type Out } from './read';
import type { Outcome } from '../state/doses';

const readDrug = obj({ code: str, display: str, form: or(str, ''), unit: or(str, ''), route: or(str, ''), controlled: or(bool, false) });
export type Drug = Out<typeof readDrug>;
const readAlert = obj({ kind: oneOf(['allergy', 'interaction', 'duplicate'], 'interaction'), severity: oneOf(['high', 'moderate'], 'high'), other: str, words: str });
export type Alert = Out<typeof readAlert>;
const readCheck = obj({ state: oneOf(['ran', 'unavailable'], 'unavailable'), why: or(str, ''), alerts: or(list(readAlert), []), controlled: or(bool, false) });
export type Check = Out<typeof readCheck>;
const readCode = obj({ code: str, display: str });
export type Code = Out<typeof readCode>;

export const drugs = (text: string): Call<{ checked: boolean; drugs: Drug[] }> => ({ method: 'POST', path: '/api/drugs/search', body: { text }, read: obj({ checked: bool, drugs: list(readDrug) }) });
export const diagnoses = (text: string): Call<{ codes: Code[] }> => ({ method: 'POST', path: '/api/codes/search', body: { system: 'icd-10', text }, read: obj({ codes: list(readCode) }) });

export interface Prescription { patient: string; encounter: string | null; drug: string; dose: string; unit: string; route: string; per_day: number; as_needed: boolean; days: number; words: string }

export const check = (patient: string, drug: string): Call<Check> => ({ method: 'POST', path: '/api/orders/check', body: { patient, drug }, read: readCheck });

/** Refused with `order_alert` while there is an alert and no reason to go on. */
export const prescribe = (p: Prescription, override: string | null): Call<{ id: string }> =>
  ({ method: 'POST', path: '/api/orders', body: { ...p, encounter: p.encounter ?? undefined, override: override ?? undefined }, read: obj({ id: str }) });

export type OrderAct = 'approve' | 'hold' | 'resume' | 'stop';
export const act = (id: string, how: OrderAct, reason: string): Call<null> => ({ method: 'POST', path: `/api/orders/${encodeURIComponent(id)}/${how}`, body: { reason }, read: nothing });

export const recordDose = (id: string, outcome: Outcome, reason: string): Call<null> => ({ method: 'POST', path: `/api/orders/${encodeURIComponent(id)}/doses`, body: { outcome, reason }, read: nothing });
