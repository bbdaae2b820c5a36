/* PROTOCOL §5 and §8: what the system admin sees. No clinical word, no name of a patient. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';

export const checkStates = ['ok', 'warn', 'bad'] as const;
export type CheckState = (typeof checkStates)[number];

const readHealth = obj({
  version: str,
  started: instant,
  uptime_s: num,
  clock: obj({ now: instant, offset_ms: maybe(num), source: or(str, ''), synced: maybe(bool) }),
  store: obj({
    schema: num, bytes: num, wal_bytes: num, free_bytes: num, readers: num, queue: num, commits: num,
    last_commit_ms: maybe(num),
  }),
  audit: obj({ seq: num, head: str, anchor_at: maybe(instant) }),
  scrub: obj({ state: oneOf(['idle', 'running', 'failed']), last: maybe(instant), pages: or(num, 0), bad: or(num, 0) }),
  connections: obj({ http: num, ws: num }),
  checks: list(obj({ name: str, state: oneOf(checkStates), code: or(str, ''), detail: or(str, '') })),
});
export type Health = Out<typeof readHealth>;
export type Check = Health['checks'][number];

const readBadLine = obj({ side: oneOf(['clinic', 'outside', 'device'], 'clinic'), since: instant, last: instant, minutes: num });
export type BadLine = Out<typeof readBadLine>;
/** Lines of consultations that stayed bad, the newest first. */
export const badLines = (): Call<BadLine[]> => ({ method: 'GET', path: '/api/system/calls', read: (v, at) => obj({ lines: list(readBadLine) })(v, at).lines });

export const health = (): Call<Health> => ({ method: 'GET', path: '/api/system/health', read: readHealth });
export const scrub = (): Call<null> => ({ method: 'POST', path: '/api/system/scrub', body: {}, read: nothing });

const readWorker = obj({
  index: num,
  pid: maybe(num),
  state: oneOf(['starting', 'up', 'backoff', 'draining']),
  since: maybe(instant),
  restarts: or(num, 0),
  rss_bytes: or(num, 0),
  cpu_ms: or(num, 0),
  rooms: or(num, 0),
  peers: or(num, 0),
  last_exit: maybe((v) => (typeof v === 'string' ? v : JSON.stringify(v))),
  sandbox: maybe(obj({ seccomp: or(bool, false), landlock: or(num, 0) })),
});
export type Worker = Out<typeof readWorker>;

export const workers = (): Call<{ workers: Worker[] }> =>
  ({ method: 'GET', path: '/api/system/workers', read: obj({ workers: list(readWorker) }) });

export const restartWorker = (index: number, reason: string): Call<null> =>
  ({ method: 'POST', path: `/api/system/workers/${index}/restart`, body: { reason }, read: nothing });

const readCertificates = obj({
  ca: maybe(obj({ subject: str, sha256: str, from: instant, until: instant })),
  leaf: maybe(obj({
    subject: str, names: or(list(str), []), sha256: str, from: instant, until: instant,
    source: oneOf(['site-ca', 'files']),
  })),
});
export type Certificates = Out<typeof readCertificates>;

export const certificates = (): Call<Certificates> =>
  ({ method: 'GET', path: '/api/system/certificates', read: readCertificates });

export const renewCertificate = (reason: string): Call<Certificates> =>
  ({ method: 'POST', path: '/api/system/certificates/renew', body: { reason }, read: readCertificates });

const readBackups = obj({
  target: maybe(str),
  state: oneOf(['off', 'ok', 'late', 'failed']),
  last_segment: maybe(instant),
  last_anchor: maybe(instant),
  behind_s: maybe(num),
  error: maybe(str),
  bases: or(list(obj({ name: str, made: instant, bytes: num, seq: maybe(num), key: maybe(str) })), []),
});
export type Backups = Out<typeof readBackups>;

export const backups = (): Call<Backups> => ({ method: 'GET', path: '/api/system/backups', read: readBackups });
export const runBackup = (): Call<null> => ({ method: 'POST', path: '/api/system/backups/run', body: {}, read: nothing });

const readService = obj({ state: oneOf(['ok', 'degraded', 'draining'], 'degraded'), version: or(str, ''), zone: or(str, '') });
export type Service = Out<typeof readService>;
export const service = (): Call<Service> => ({ method: 'GET', path: '/healthz', read: readService });
