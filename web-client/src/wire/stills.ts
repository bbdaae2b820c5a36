/* Stills of a consultation (PROTOCOL, stills): a picture as it lies, or a source's, that the server takes itself. */
import { obj, str, num, or, type Out } from './read';
import type { Call } from './http';

const readStill = obj({ id: str, sha256: or(str, ''), width: or(num, 0), height: or(num, 0) });
export type MadeStill = Out<typeof readStill>;

const path = (visit: string): string => `/api/visits/${encodeURIComponent(visit)}/stills`;
const wait_ms = 25_000;

export interface TakenPicture { picture: Blob; width: number; height: number; at: number }

/** `source`: a label or a device's name, nobody's own. */
export const keepStill = (visit: string, source: string, p: TakenPicture): Call<MadeStill> => ({
  method: 'POST', file: p.picture, media: p.picture.type, wait_ms, read: readStill,
  path: `${path(visit)}?${new URLSearchParams({ source, at: new Date(p.at).toISOString(), width: String(p.width), height: String(p.height) }).toString()}`,
});

export const grabStill = (visit: string, room: string, track: number): Call<MadeStill> =>
  ({ method: 'POST', path: path(visit), body: { track, room }, wait_ms, read: readStill });
