/* Wall terminals (PROTOCOL §2.1): what this browser is, and what the security admin does about them. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, obj, or, str, type Out } from './read';

const readTerminal = obj({ enrolled: bool, name: or(str, ''), face: or(bool, false) });
export type Terminal = Out<typeof readTerminal>;
export const terminal = (): Call<Terminal> => ({ method: 'GET', path: '/api/terminal', read: readTerminal });
export const enrol = (code: string): Call<{ name: string }> => ({ method: 'POST', path: '/api/terminal/enrol', body: { code }, read: obj({ name: str }) });

const readRow = obj({ id: str, name: str, state: str, created: instant, code_ends: maybe(instant), enrolled: maybe(instant), seen: maybe(instant), from: or(str, ''), device: bool, device_id: or(str, '') });
export type TerminalRow = Out<typeof readRow>;
const readMade = obj({ id: str, code: str, ends: instant });
export type TerminalCode = Out<typeof readMade>;
const placeOf = (id: string): string => `/api/terminals/${encodeURIComponent(id)}`;

export const terminals = (): Call<TerminalRow[]> => ({ method: 'GET', path: '/api/terminals', read: (v, at) => obj({ terminals: list(readRow) })(v, at).terminals });
export const addTerminal = (name: string): Call<TerminalCode> => ({ method: 'POST', path: '/api/terminals', body: { name }, read: readMade });
export const newCode = (id: string): Call<TerminalCode> => ({ method: 'POST', path: `${placeOf(id)}/code`, body: {}, read: readMade });
export const revokeTerminal = (id: string, reason: string): Call<null> => ({ method: 'POST', path: `${placeOf(id)}/revoke`, body: { reason }, read: nothing });
export const setDevice = (id: string, key: string): Call<null> => ({ method: 'POST', path: `${placeOf(id)}/device`, body: { public: key }, read: nothing });
