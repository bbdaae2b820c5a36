/* PROTOCOL §12: the privacy officer's review of a death in custody. */
import { readRow } from './audit';
import type { Call } from './http';
import { instant, list, maybe, nothing, num, obj, str, type Out } from './read';

const readPerson = obj({ id: str, display: str });
const readReview = obj({ id: num, patient: maybe(str), since: instant, made: instant, opened: maybe(instant), opened_by: maybe(readPerson), closed: maybe(instant), closed_by: maybe(readPerson), remark: maybe(str) });
export type DeathReview = Out<typeof readReview>;
export const deathReviews = (): Call<DeathReview[]> => ({ method: 'GET', path: '/api/death-reviews', read: (v, at) => obj({ rows: list(readReview) })(v, at).rows });
/** Who opened what of that person from a week before on, newest first; `next` when there is more than is shown. */
const readOne = obj({ rows: list(readRow), next: maybe(str) });
export const deathOpened = (id: number): Call<Out<typeof readOne>> => ({ method: 'GET', path: `/api/death-reviews/${id}`, read: readOne });
export const openDeath = (id: number): Call<null> => ({ method: 'POST', path: `/api/death-reviews/${id}/open`, body: {}, read: nothing });
export const closeDeath = (id: number, remark: string): Call<null> => ({ method: 'POST', path: `/api/death-reviews/${id}/close`, body: { remark }, read: nothing });
