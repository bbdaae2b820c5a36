/* Ways to a hospital outside, on the clinic's side (PROTOCOL §24). */
import type { Call } from './http';
import { bool, instant, list, maybe, num, obj, oneOf, or, str, type Out } from './read';

export const transferStates = ['needed', 'approved', 'arranged', 'ready', 'departed', 'at-hospital', 'admitted', 'returned', 'refused', 'called-off'] as const;
export const transferKinds = ['referral', 'surgery', 'emergency'] as const;
export type TransferKind = (typeof transferKinds)[number];
export const transferMeans = ['walking', 'wheelchair', 'stretcher'] as const;
export type TransferMeans = (typeof transferMeans)[number];

const readEscort = obj({ step: str, arranged: bool, lead: or(str, ''), vehicle: or(str, ''), officers: num });
const readTransfer = obj({
  id: str, state: oneOf(transferStates), over: bool, patient: obj({ id: str, name: or(str, ''), number: or(str, ''), cell: or(str, '') }), kind: oneOf(transferKinds, 'referral'), means: oneOf(transferMeans, 'walking'),
  officers: num, hospital: str, hospital_name: or(str, ''), visit: or(str, ''), words: or(str, ''), by: or(str, ''), approved_by: or(str, ''), why: or(str, ''), packet: or(str, ''),
  asked: instant, from: instant, until: instant, consented: maybe(instant), approved: maybe(instant), arranged: maybe(instant), departed: maybe(instant), arrived: maybe(instant), admitted: maybe(instant),
  returned: maybe(instant), ended: maybe(instant), approve_by: maybe(instant), escort: maybe(readEscort),
});
export type Transfer = Out<typeof readTransfer>;

const place = (id: string): string => `/api/transfers/${encodeURIComponent(id)}`;
const readOne = (v: unknown, at: string): Transfer => obj({ transfer: readTransfer })(v, at).transfer;
export const transfers = (patient = ''): Call<Transfer[]> => ({ method: 'GET', path: `/api/transfers${patient === '' ? '' : `?patient=${encodeURIComponent(patient)}`}`, read: (v, at) => obj({ transfers: list(readTransfer) })(v, at).transfers });
export const transfer = (id: string): Call<Transfer> => ({ method: 'GET', path: place(id), read: readOne });

const readHospital = obj({ id: str, name: str });
export const transferHospitals = (): Call<Out<typeof readHospital>[]> => ({ method: 'GET', path: '/api/transfers/hospitals', read: (v, at) => obj({ hospitals: list(readHospital) })(v, at).hospitals });

/** What is asked for; from null: now, of an emergency. */
export interface Asking { kind: TransferKind; hospital: string; means: TransferMeans; officers: number; from: number | null; minutes: number; words: string }
export const askingBody = (a: Asking): Record<string, unknown> => ({ kind: a.kind, hospital: a.hospital, means: a.means, officers: a.officers, minutes: a.minutes, words: a.words, ...(a.from === null ? {} : { from: new Date(a.from).toISOString() }) });
export const askTransfer = (patient: string, a: Asking): Call<Transfer> => ({ method: 'POST', path: '/api/transfers', body: { patient: `Patient/${patient}`, ...askingBody(a) }, read: readOne });
export const transferStep = (id: string, verb: 'consent' | 'approve' | 'call-off' | 'depart' | 'admit', body: Record<string, unknown> = {}): Call<Transfer> => ({ method: 'POST', path: `${place(id)}/${verb}`, body, read: readOne });

const readPacket = obj({ title: str, parts: list(obj({ title: str, text: or(str, '') })), digest: str });
export type Packet = Out<typeof readPacket>;
export const packet = (id: string): Call<Packet> => ({ method: 'GET', path: `${place(id)}/packet`, read: readPacket });
export const signPacket = (id: string, digest: string, password: string): Call<Transfer> => ({ method: 'POST', path: `${place(id)}/packet`, body: { digest, password }, read: readOne });
export const packetPdf = (id: string): string => `${place(id)}/packet.pdf`;
