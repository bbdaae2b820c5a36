/* The round at the cell doors (PROTOCOL §13). */
import { readDose, readOrder } from './fhir';
import type { Call } from './http';
import { bool, list, num, obj, or, str, type Out } from './read';

const readRow = obj({ patient: obj({ id: str, name: str, number: str, cell: str }), order: readOrder, doses: list(readDose) });
export type RoundRow = Out<typeof readRow>;
const readRound = obj({ rows: list(readRow), blocks: list(obj({ block: str, name: str, orders: num })), cut: or(bool, false) });
export type Round = Out<typeof readRound>;
/** Of one block; of none: the blocks alone. */
export const round = (block: string): Call<Round> => ({ method: 'GET', path: `/api/doses/round?block=${encodeURIComponent(block)}`, read: readRound });
