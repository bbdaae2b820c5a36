/* What goes out by e-mail and to the SMS gateway, and where one is reached (PROTOCOL §14). */
import type { Call } from './http';
import { instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readPost = obj({
  number: num, way: str, state: str, why: or(str, ''), code: or(num, 0), kind: str, minutes: or(num, 0), tries: num, made: instant, changed: instant, next: maybe(instant),
  start: instant, booking: or(str, ''), name: or(str, ''),
});
export type Post = Out<typeof readPost>;
const readCounts = obj({ waiting: or(num, 0), sending: or(num, 0), sent: or(num, 0), failed: or(num, 0), unknown: or(num, 0), late: or(num, 0), dropped: or(num, 0) });
export type PostCounts = Out<typeof readCounts>;

export const posts = (state: string): Call<{ counts: PostCounts; posts: Post[] }> =>
  ({ method: 'GET', path: `/api/posts?state=${encodeURIComponent(state)}`, read: obj({ counts: readCounts, posts: list(readPost) }) });
export const postAgain = (number: number): Call<null> => ({ method: 'POST', path: `/api/posts/${number}/again`, body: {}, read: nothing });

const readReach = obj({ email: str, phone: str });
export type Reach = Out<typeof readReach>;
export const reach = (): Call<Reach> => ({ method: 'GET', path: '/api/own/reach', read: readReach });
export const putReach = (to: Reach): Call<null> => ({ method: 'PUT', path: '/api/own/reach', body: to, read: nothing });
