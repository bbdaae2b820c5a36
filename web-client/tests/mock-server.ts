/* PROTOCOL.md spoken well enough to look at the screens and to try the client's tests without the real server.
   Never part of the client: nothing in src/ knows it. Run: node tests/mock.mjs [port] */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, resolve } from 'node:path';
import type { Socket } from 'node:net';
import { totp } from './totp';

type Json = Record<string, unknown>;

interface Account {
  id: string; name: string; display: string; staff_number: string | null; roles: string[]; world: string; password: string; must_change: boolean;
  secret: string | null; used: Set<string>; codes: string[]; disabled: boolean; failed: number; locked_until: number; last: { at: string; from: string } | null;
  created: string; password_changed: string | null; drafts: Map<string, { text: string; saved: string }>;
}
interface Session { id: string; cookie: string; account: Account; csrf: string; started: number; seen: number; agent: string; before: { at: string; from: string } | null; failed: number; sockets: Set<Socket>; over: string | null }
interface Token { id: string; account: Account; label: string; created: string; ends: string; used: string | null }
interface Row { seq: number; at: string; actor: Json | null; role: string | null; from: string; action: string; target: string | null; outcome: string; detail: Json; hash: string }

const worldOf: Record<string, string> = {
  'clinic-doctor': 'clinical', nurse: 'clinical', pharmacist: 'clinical', specialist: 'clinical', interpreter: 'clinical', 'scheduling-admin': 'scheduling',
  guard: 'custody', 'duty-command': 'custody', detainee: 'detainee', 'privacy-officer': 'administration', 'security-admin': 'administration', 'system-admin': 'administration',
};
const people: [string, string, string][] = [
  ['guqinghe', '顾清和', 'clinic-doctor'], ['lubaisu', '陆白苏', 'nurse'], ['yaowenzhu', '姚文竹', 'pharmacist'], ['wenzhiyuan', '温知远', 'specialist'], ['qiaoyi', '乔译', 'interpreter'],
  ['shenanpai', '沈安排', 'scheduling-admin'], ['lijing', '厉警', 'guard'], ['fangzhihui', '方值会', 'duty-command'], ['shentulang', '申屠朗', 'detainee'], ['yinmian', '殷勉', 'privacy-officer'],
  ['anran', '安然', 'security-admin'], ['xitong', '习桐', 'system-admin'],
];

const iso = (ms = Date.now()): string => new Date(ms).toISOString();
const secret32 = (): string => [...randomBytes(32)].map((b) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[b & 31]).join('');
const tenCodes = (): string[] => Array.from({ length: 10 }, () => `${randomBytes(8).toString('hex').slice(0, 5)}-${randomBytes(8).toString('hex').slice(0, 5)}`);
const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };
const idle_s = (a: Account): number => (a.roles.includes('detainee') ? 60 : 900);

class Refuse extends Error { constructor(readonly status: number, readonly code: string, readonly extra: Json = {}) { super(code); } }

export interface Mock { url: string; accounts: Json[]; close: () => void }

export function startMock(port = 0, dist = resolve(import.meta.dirname, '../dist'), data: 'full' | 'empty' = 'full'): Promise<Mock> {
  const accounts: Account[] = [];
  const sessions = new Map<string, Session>();
  const tickets = new Map<string, { account: Account; step: string; secret?: string }>();
  const tokens: Token[] = [];
  const rows: Row[] = [];
  const addresses = new Map<string, { failed: number; until: number }>();
  const notices = new Map<string, { id: number; kind: string; data: Json }[]>();
  let noticeId = 0;
  let scrubbing = 0;
  let workerSince = Date.now() - 7_200_000;
  let leafFrom = Date.now() - 60 * 86_400_000;
  const started = Date.now() - 93_784_000;

  const add = (name: string, display: string, roles: string[], staff: string | null, more: Partial<Account> = {}): Account => {
    const a: Account = {
      id: randomUUID(), name, display, staff_number: staff, roles, world: worldOf[roles[0] ?? ''] ?? '', password: `Qiao-${name}-2026`, must_change: false, secret: roles.includes('detainee') ? null : secret32(),
      used: new Set(), codes: tenCodes(), disabled: false, failed: 0, locked_until: 0, last: { at: iso(Date.now() - 86_400_000 * 1.2), from: '192.0.2.17' }, created: iso(Date.now() - 86_400_000 * 40), password_changed: iso(Date.now() - 86_400_000 * 30), drafts: new Map(), ...more,
    };
    accounts.push(a);
    return a;
  };
  people.forEach(([name, display, role], i) => add(name, display, [role], `06${String(i + 1).padStart(2, '0')}`));
  if (data === 'full') {
    add('hejiankang', '何简康', ['clinic-doctor', 'nurse'], '0641', { last: null, secret: null, must_change: true });
    add('peiyangang', '裴砚刚', ['specialist'], '0642', { locked_until: Date.now() + 11 * 60_000, failed: 5 });
    add('zhouting', '周停', ['guard'], '0643', { disabled: true });
    for (let i = 0; i < 52; i += 1) add(`guard${i + 10}`, `警员${String(i + 10)}`, ['guard'], `07${i + 10}`);
    addresses.set('203.0.113.44', { failed: 23, until: Date.now() + 4 * 60_000 });
    tokens.push({ id: randomUUID(), account: accounts[5]!, label: '检验科接口', created: iso(Date.now() - 9e8), ends: iso(Date.now() + 5e9), used: iso(Date.now() - 3e5) }, { id: randomUUID(), account: accounts[0]!, label: '旧接口，二号机房', created: iso(Date.now() - 9e9), ends: iso(Date.now() - 1e8), used: null });
  }
  const acts: [string, string, string][] = [['login', 'ok', ''], ['account.list', 'ok', ''], ['login', 'refused', ''], ['account.unlock', 'ok', 'account/peiyangang'], ['token.create', 'ok', 'token/检验科接口'], ['audit.read', 'ok', ''], ['session.end', 'failed', '']];
  const log = (actor: Account | null, action: string, outcome: string, target: string | null, detail: Json = {}, at = Date.now()): void => {
    rows.push({ seq: rows.length + 1, at: iso(at), actor: actor && { id: actor.id, name: actor.name, display: actor.display }, role: actor?.roles[0] ?? null, from: '192.0.2.7', action, target, outcome, detail, hash: createHash('sha256').update(String(rows.length)).digest('hex') });
  };
  if (data === 'full') for (let i = 0; i < 120; i += 1) { const [action, outcome, target] = acts[i % acts.length]!; log(i % 9 === 8 ? null : accounts[i % 12]!, action, outcome, target || null, i % 3 === 0 ? { reason: '核对身份后解锁', count: i } : {}, Date.now() - (120 - i) * 601_000); }

  const state = (a: Account): string => (a.disabled ? 'disabled' : a.locked_until > Date.now() ? 'locked' : 'active');
  const listed = (a: Account): Json => ({ id: a.id, name: a.name, display: a.display, staff_number: a.staff_number, roles: a.roles, world: a.world, state: state(a), totp: a.secret !== null, last_login: a.last?.at ?? null, created: a.created, locked_until: a.locked_until > Date.now() ? iso(a.locked_until) : null });
  const enrolment = (a: Account, secret: string): Json => {
    let cells = '';
    const hash = createHash('sha512').update(secret).digest();
    for (let i = 0; i < 29 * 29; i += 1) if (((hash[i % 64]! >> (i % 8)) ^ (i >> 6)) & 1) cells += `M${4 + (i % 29)} ${4 + Math.floor(i / 29)}h1v1h-1z`;
    return { secret, uri: `otpauth://totp/Yunqiao:${a.name}?secret=${secret}&issuer=Yunqiao`, qr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37 37"><path fill="#fff" d="M0 0h37v37H0z"/><path d="${cells}"/></svg>` };
  };

  /* sockets: just enough of RFC 6455 for small text frames */
  const frame = (text: string): Buffer => {
    const body = Buffer.from(text);
    const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
    return Buffer.concat([head, body]);
  };
  const shut = (socket: Socket, code: number): void => { if (socket.writable) { socket.write(Buffer.from([0x88, 2, code >> 8, code & 255])); socket.end(); } };
  const notify = (s: Session, kind: string, data: Json): void => {
    noticeId += 1;
    const n = { type: 'notice', id: noticeId, kind, data };
    notices.set(s.id, [...(notices.get(s.id) ?? []), { id: noticeId, kind, data }]);
    for (const socket of s.sockets) socket.write(frame(JSON.stringify(n)));
  };
  const broadcast = (role: string, kind: string): void => { for (const s of sessions.values()) if (s.account.roles.includes(role) && s.over === null) notify(s, kind, {}); };
  const end = (s: Session, why: string): void => {
    if (s.over !== null) return;
    s.over = why;
    notify(s, 'session_ended', { why });
    for (const socket of s.sockets) shut(socket, 4401);
  };
  const endAll = (a: Account, why: string, but?: Session): void => { for (const s of sessions.values()) if (s.account === a && s !== but) end(s, why); };

  const open = (a: Account, req: IncomingMessage, res: ServerResponse): void => {
    const s: Session = { id: randomUUID(), cookie: randomBytes(32).toString('hex'), account: a, csrf: randomBytes(16).toString('hex'), started: Date.now(), seen: Date.now(), agent: req.headers['user-agent'] ?? '', before: a.last, failed: a.failed, sockets: new Set(), over: null };
    sessions.set(s.cookie, s);
    a.last = { at: iso(), from: '127.0.0.1' };
    a.failed = 0;
    log(a, 'login', 'ok', null);
    res.setHeader('Set-Cookie', `__Host-yunqiao=${s.cookie}; Path=/; Secure; HttpOnly; SameSite=Strict`);
  };
  const fail = (a: Account, code: string): never => {
    a.failed += 1;
    log(a, 'login', 'refused', null);
    if (a.failed % 5 === 0) { a.locked_until = Date.now() + 15 * 60_000; broadcast('security-admin', 'lockout'); throw new Refuse(403, 'locked', { until: iso(a.locked_until) }); }
    throw new Refuse(401, code, { left: 5 - (a.failed % 5), where: code === 'totp_wrong' ? 'code' : 'password' });
  };
  const checkCode = (a: Account, code: string): boolean => {
    const i = a.codes.indexOf(code);
    if (i >= 0) { a.codes.splice(i, 1); return true; }
    const good = a.secret !== null && [0, -30_000, 30_000].some((d) => totp(a.secret!, Date.now() + d) === code) && !a.used.has(code);
    if (good) a.used.add(code);
    return good;
  };
  const ticket = (a: Account, step: string, secret?: string): string => { const t = `tkt_${randomBytes(9).toString('hex')}`; tickets.set(t, { account: a, step, ...(secret === undefined ? {} : { secret }) }); return t; };
  const after = (a: Account, req: IncomingMessage, res: ServerResponse): Json => {
    const account = { name: a.name, display: a.display, roles: a.roles };
    if (a.must_change) return { next: 'password', ticket: ticket(a, 'password'), account };
    if (a.roles.includes('detainee')) { open(a, req, res); return { next: 'done', ticket: '', account }; }
    return a.secret === null ? { next: 'enrol', ticket: ticket(a, 'enrol'), account } : { next: 'totp', ticket: ticket(a, 'totp'), account };
  };

  const s1 = (v: unknown): string => (typeof v === 'string' ? v : '');
  type Ask = { req: IncomingMessage; res: ServerResponse; body: Json; url: URL; s: Session };
  const need = (s: Session, role: string): void => { if (!s.account.roles.includes(role)) throw new Refuse(403, 'not_allowed'); };
  const find = (id: string): Account => accounts.find((a) => a.id === id) ?? (() => { throw new Refuse(404, 'not_found'); })();
  const other = (s: Session, id: string): Account => { const a = find(id); if (a === s.account) throw new Refuse(409, 'own_account'); return a; };
  const pageOf = <T>(all: T[], after: number): [T[], string | null] => [all.slice(after, after + 50), after + 50 < all.length ? String(after + 50) : null];

  const routes: [string, RegExp, (a: Ask, m: string[]) => unknown][] = [
    ['GET', /^\/api\/session$/, ({ s }) => ({ account: { id: s.account.id, name: s.account.name, display: s.account.display, roles: s.account.roles, world: s.account.world }, csrf: s.csrf, resume: 'r', now: iso(), started: iso(s.started), idle_s: idle_s(s.account), ends: iso(s.started + 12 * 3_600_000), last_login: s.before, failed_since: s.failed, site: { name: '岚桥看守所', zone: 'Asia/Shanghai' } })],
    ['GET', /^\/api\/account$/, ({ s }) => ({ account: {}, totp: s.account.secret !== null, recovery_left: s.account.codes.length, password_changed: s.account.password_changed, sessions: [...sessions.values()].filter((x) => x.account === s.account && x.over === null).map((x) => ({ id: x.id, started: iso(x.started), seen: iso(x.seen), from: '127.0.0.1', agent: x.agent, current: x === s })), tokens: tokens.filter((k) => k.account === s.account).map(({ account: _, ...k }) => k) })],
    ['POST', /^\/api\/account\/password$/, ({ s, body }) => { if (body['old'] !== s.account.password) throw new Refuse(401, 'password_wrong', { left: 4 }); if (s.account.secret && !checkCode(s.account, s1(body['code']))) throw new Refuse(401, 'totp_wrong', { left: 4 }); s.account.password = s1(body['new']); s.account.password_changed = iso(); endAll(s.account, 'password', s); return null; }],
    ['POST', /^\/api\/account\/recovery-codes$/, ({ s, body }) => { if (!checkCode(s.account, s1(body['code']))) throw new Refuse(401, 'totp_wrong', { left: 4 }); s.account.codes = tenCodes(); return { recovery_codes: s.account.codes }; }],
    ['POST', /^\/api\/account\/totp$/, ({ s, body }) => { if (body['password'] !== s.account.password) throw new Refuse(401, 'password_wrong', { left: 4 }); const fresh = secret32(); tickets.set(s.id, { account: s.account, step: 'totp', secret: fresh }); return enrolment(s.account, fresh); }],
    ['POST', /^\/api\/account\/totp\/confirm$/, ({ s, body }) => { const t = tickets.get(s.id); if (!t?.secret || totp(t.secret) !== body['code']) throw new Refuse(401, 'totp_wrong', { left: 4 }); s.account.secret = t.secret; return null; }],
    ['POST', /^\/api\/account\/sessions\/end$/, ({ s, body }) => { for (const x of sessions.values()) if (x.account === s.account && (body['others'] === true ? x !== s : x.id === body['id'])) end(x, 'forced'); return null; }],
    ['GET', /^\/api\/drafts\/(.+)$/, ({ s }, [, key]) => s.account.drafts.get(key!) ?? (() => { throw new Refuse(404, 'not_found'); })()],
    ['PUT', /^\/api\/drafts\/(.+)$/, ({ s, body }, [, key]) => { const saved = iso(); s.account.drafts.set(key!, { text: s1(body['text']), saved }); return { saved }; }],
    ['DELETE', /^\/api\/drafts\/(.+)$/, ({ s }, [, key]) => { if (!s.account.drafts.delete(key!)) throw new Refuse(404, 'not_found'); return null; }],
    ['GET', /^\/api\/roles$/, () => ({ roles: Object.entries(worldOf).map(([role, world]) => ({ role, world })) })],
    ['GET', /^\/api\/accounts$/, ({ s, url }) => { need(s, 'security-admin'); const p = url.searchParams; const q = p.get('q') ?? ''; const all = accounts.filter((a) => (a.name + a.display + (a.staff_number ?? '')).includes(q) && (!p.get('role') || a.roles.includes(p.get('role')!)) && (!p.get('state') || state(a) === p.get('state'))); const [page, next] = pageOf(all, Number(p.get('after') ?? 0)); return { accounts: page.map(listed), next }; }],
    ['POST', /^\/api\/accounts$/, ({ s, body, res }) => { need(s, 'security-admin'); const roles = body['roles'] as string[]; if (accounts.some((a) => a.name === body['name'])) throw new Refuse(409, 'name_taken', { where: 'name' }); if (new Set(roles.map((r) => worldOf[r])).size > 1) throw new Refuse(409, 'roles_exclude', { where: 'roles' }); const a = add(s1(body['name']), s1(body['display']), roles, s1(body['staff_number']) || null, { password: 'kmft-wqzr-ahxu-pnde', must_change: true, secret: null, last: null, created: iso() }); log(s.account, 'account.create', 'ok', `account/${a.name}`); res.statusCode = 201; return { account: listed(a), password: a.password }; }],
    ['POST', /^\/api\/accounts\/([^/]+)\/roles$/, ({ s, body }, [, id]) => { need(s, 'security-admin'); const a = other(s, id!); a.roles = body['roles'] as string[]; a.world = worldOf[a.roles[0]!]!; endAll(a, 'forced'); return { account: listed(a) }; }],
    ['POST', /^\/api\/accounts\/([^/]+)\/(disable|enable|unlock|logout)$/, ({ s, body }, [, id, act]) => { need(s, 'security-admin'); const a = other(s, id!); if (act === 'disable') { a.disabled = true; endAll(a, 'forced'); } if (act === 'enable') a.disabled = false; if (act === 'unlock') { a.locked_until = 0; a.failed = 0; } if (act === 'logout') endAll(a, 'forced'); log(s.account, `account.${act!}`, 'ok', `account/${a.name}`, { reason: body['reason'] }); return { account: listed(a) }; }],
    ['POST', /^\/api\/accounts\/([^/]+)\/reset$/, ({ s, body }, [, id]) => { need(s, 'security-admin'); const a = other(s, id!); a.password = 'uqze-hmra-kdtw-xfpn'; a.must_change = true; if (body['totp'] === true) a.secret = null; endAll(a, 'forced'); return { account: listed(a), password: a.password }; }],
    ['GET', /^\/api\/lockouts$/, ({ s }) => { need(s, 'security-admin'); return { accounts: accounts.filter((a) => a.locked_until > Date.now()).map((a) => ({ id: a.id, name: a.name, display: a.display, locked_until: iso(a.locked_until), failed: a.failed })), addresses: [...addresses].map(([from, x]) => ({ from, failed: x.failed, until: iso(x.until) })) }; }],
    ['POST', /^\/api\/lockouts\/clear$/, ({ s, body }) => { need(s, 'security-admin'); addresses.delete(s1(body['from'])); return null; }],
    ['GET', /^\/api\/tokens$/, ({ s }) => { need(s, 'security-admin'); return { tokens: tokens.map((k) => ({ ...k, account: { id: k.account.id, name: k.account.name, display: k.account.display } })), next: null }; }],
    ['POST', /^\/api\/tokens$/, ({ s, body, res }) => { need(s, 'security-admin'); const k: Token = { id: randomUUID(), account: find(s1(body['account'])), label: s1(body['label']), created: iso(), ends: iso(Date.now() + Number(body['ttl_s']) * 1000), used: null }; tokens.unshift(k); res.statusCode = 201; return { token: `yqt_${randomBytes(24).toString('base64url')}`, id: k.id, ends: k.ends }; }],
    ['POST', /^\/api\/tokens\/([^/]+)\/revoke$/, ({ s }, [, id]) => { need(s, 'security-admin'); tokens.splice(tokens.findIndex((k) => k.id === id), 1); return null; }],
    ['GET', /^\/api\/system\/health$/, ({ s }) => { need(s, 'system-admin'); return { version: '0.1.0', started: iso(started), uptime_s: Math.floor((Date.now() - started) / 1000), clock: { now: iso(), offset_ms: 3, source: 'chrony, ntp.site.example', synced: true }, store: { schema: 3, bytes: 734_003_200, wal_bytes: 4_194_304, free_bytes: 81_604_378_624, readers: 4, queue: 0, commits: 128_411, last_commit_ms: 2 }, audit: { seq: rows.length, head: rows.at(-1)?.hash ?? '', anchor_at: iso(Date.now() - 1_500_000) }, scrub: { state: scrubbing > Date.now() ? 'running' : 'idle', last: iso(Date.now() - 40_000_000), pages: 179_200, bad: 0 }, connections: { http: 14, ws: 9 }, checks: [{ name: 'store', state: 'ok', code: '', detail: '' }, { name: 'disk', state: 'warn', code: 'filling', detail: '3921 MiB' }, { name: 'audit', state: 'ok', code: '', detail: '' }, { name: 'backup', state: 'bad', code: 'failed', detail: '' }, { name: 'scrub', state: 'ok', code: '', detail: '' }, { name: 'clock', state: 'ok', code: '', detail: '' }, { name: 'workers', state: 'ok', code: '', detail: '1/1' }, { name: 'certificate', state: 'ok', code: '', detail: '80 d' }] }; }],
    ['POST', /^\/api\/system\/scrub$/, ({ s, res }) => { need(s, 'system-admin'); scrubbing = Date.now() + 8000; res.statusCode = 202; return null; }],
    ['GET', /^\/api\/system\/workers$/, ({ s }) => { need(s, 'system-admin'); return { workers: data === 'empty' ? [] : [{ index: 0, pid: 4121, state: 'up', since: iso(workerSince), restarts: 0, rss_bytes: 91_234_304, cpu_ms: 5_412_000, rooms: 2, peers: 7, last_exit: null, sandbox: { seccomp: true, landlock: 7 } }, { index: 1, pid: 4188, state: 'backoff', since: iso(Date.now() - 4000), restarts: 3, rss_bytes: 0, cpu_ms: 0, rooms: 0, peers: 0, last_exit: 'signal 11', sandbox: { seccomp: true, landlock: 0 } }] }; }],
    ['POST', /^\/api\/system\/workers\/(\d+)\/restart$/, ({ s, res }) => { need(s, 'system-admin'); workerSince = Date.now(); res.statusCode = 202; return null; }],
    ['GET', /^\/api\/system\/certificates$/, ({ s }) => { need(s, 'system-admin'); return certs(); }],
    ['POST', /^\/api\/system\/certificates\/renew$/, ({ s }) => { need(s, 'system-admin'); leafFrom = Date.now(); return certs(); }],
    ['GET', /^\/api\/system\/backups$/, ({ s }) => { need(s, 'system-admin'); return data === 'empty' ? { target: null, state: 'off', last_segment: null, last_anchor: null, behind_s: null, error: null, bases: [] } : { target: 'sftp://backup.site.example/yunqiao', state: 'late', last_segment: iso(Date.now() - 190_000), last_anchor: iso(Date.now() - 1_500_000), behind_s: 190, error: '连接被对方关闭，正在重试', bases: [0, 1, 2].map((i) => ({ name: `base-2026112${i}T0300`, made: iso(Date.now() - (3 - i) * 86_400_000), bytes: 700_003_200 + i * 9_000_000, seq: 90 + i * 9, key: 'k1' })) }; }],
    ['POST', /^\/api\/system\/backups\/run$/, ({ s, res }) => { need(s, 'system-admin'); res.statusCode = 202; return null; }],
    ['GET', /^\/api\/audit$/, ({ s, url }) => { need(s, 'privacy-officer'); const p = url.searchParams; const all = [...rows].reverse().filter((r) => (!p.get('actor') || s1((r.actor ?? {})['name']).includes(p.get('actor')!)) && (!p.get('action') || r.action === p.get('action')) && (!p.get('outcome') || r.outcome === p.get('outcome')) && (!p.get('from') || r.at >= p.get('from')!) && (!p.get('to') || r.at < p.get('to')!) && (!p.get('before') || r.seq < Number(p.get('before')))); return { rows: all.slice(0, 50), next: all.length > 50 ? String(all[49]!.seq) : null }; }],
    ['POST', /^\/api\/audit\/verify$/, ({ s }) => { need(s, 'privacy-officer'); return { ok: true, rows: rows.length, head: rows.at(-1)?.hash ?? '', anchor: { seq: Math.max(1, rows.length - 4), at: iso(Date.now() - 1_500_000) } }; }],
    ['GET', /^\/api\/rooms$/, ({ s }) => ({ rooms: rooms.map((r) => roomFor(s, r)) })],
    ['GET', /^\/api\/rooms\/people$/, () => ({ people: accounts.filter((a) => a.world === 'clinical').map((a) => ({ account: a.id, display: a.display, roles: a.roles })) })],
    ['POST', /^\/api\/rooms$/, ({ s, body, res }) => { const r = { id: `r-${randomBytes(4).toString('hex')}`, title: s1(body['title']), created: iso(), host: s.account, present: 0 }; rooms.unshift(r); res.statusCode = 201; return { room: roomFor(s, r) }; }],
    ['POST', /^\/api\/rooms\/([a-z0-9-]+)\/join$/, ({ s }, [, id]) => { const r = rooms.find((x) => x.id === id); if (!r) throw new Refuse(404, 'not_found'); return { room: roomFor(s, r), token: 'yqj_mock', ends: iso(Date.now() + 60_000), me: { display: s.account.display, role: 'member' }, ice: [] }; }],
    ['POST', /^\/api\/logout$/, ({ s, res }) => { for (const socket of s.sockets) shut(socket, 4401); sessions.delete(s.cookie); res.setHeader('Set-Cookie', '__Host-yunqiao=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0'); return null; }],
  ];
  /* Rooms: enough to look at the list, the device check and the room's frame; no media goes through this. */
  const rooms: { id: string; title: string; created: string; host: Account; present: number }[] = data === 'full' ? [
    { id: 'r-4f0c', title: '眼科＋神经外科联合会诊', created: iso(Date.now() - 240_000), host: accounts[0]!, present: 2 },
    { id: 'r-77aa', title: '皮肤科会诊', created: iso(Date.now() - 7_400_000), host: accounts[0]!, present: 0 },
  ] : [];
  const roomFor = (s: Session, r: (typeof rooms)[number]): Json => ({ id: r.id, title: r.title, created: r.created, role: r.host === s.account ? 'host' : 'member', present: r.present, state: 'open' });
  const seat = (id: number, a: Account, more: Json = {}): Json => ({ id, kind: 'person', display: a.display, roles: a.roles, host: id === 1, since: iso(), state: 'here', cut: false, ...more });
  const pic = (id: number, participant: number, label: string, more: Json = {}): Json => ({ id, participant, kind: label === 'microphone' ? 'audio' : 'video', label, name: '', muted: false, codec: label === 'microphone' ? 'opus' : 'VP8', ...more });
  const talk = (socket: Socket, s: Session, f: Json): void => {
    const say = (v: Json): void => { socket.write(frame(JSON.stringify(v))); };
    if (f['type'] === 'call.join') {
      const r = rooms.find((x) => x.id === f['room']) ?? rooms[0]!;
      say({ type: 'call.joined', room: r.id, title: r.title, me: 3, host: s.account === r.host, resume: 'yqc_mock', resume_s: 20, up: false, down: false, ice: [], private: null, speaker: 2,
        participants: [seat(1, accounts[0]!), seat(2, accounts[13]!), seat(3, s.account, { host: s.account === r.host })],
        tracks: [pic(1, 1, 'microphone'), pic(2, 1, 'camera'), pic(3, 1, 'exam', { name: '眼底相机' }), pic(4, 2, 'microphone', { muted: true }), pic(5, 2, 'camera'), pic(6, 3, 'microphone'), pic(7, 3, 'camera')] });
      say({ type: 'call.quality', participants: [{ participant: 1, up: { loss: 2, rtt_ms: 18, kbps: 1900, grade: 'good' }, down: { loss: 0, rtt_ms: 18, kbps: 900, grade: 'good' } }, { participant: 2, up: { loss: 61, rtt_ms: 140, kbps: 210, grade: 'poor' }, down: { loss: 12, rtt_ms: 140, kbps: 400, grade: 'fair' } }] });
    }
    if (f['type'] === 'call.private') say({ type: 'call.private', private: f['on'] === true ? { by: 3, cut: f['cut'], since: iso() } : null });
    if (f['type'] === 'call.leave') say({ type: 'call.ended', why: 'left' });
  };
  const certs = (): Json => ({ ca: { subject: 'CN=岚桥看守所 云桥本站证书机构', sha256: createHash('sha256').update('ca').digest('hex'), from: iso(Date.now() - 9e9), until: iso(Date.now() + 3e11) }, leaf: { subject: 'CN=yunqiao.site.example', names: ['yunqiao.site.example', '192.0.2.10'], sha256: createHash('sha256').update(String(leafFrom)).digest('hex'), from: iso(leafFrom), until: iso(leafFrom + 80 * 86_400_000), source: 'site-ca' } });

  const login: Record<string, (body: Json, req: IncomingMessage, res: ServerResponse) => unknown> = {
    '/api/login': (body, req, res) => {
      const a = accounts.find((x) => x.name === body['name']);
      if (!a) throw new Refuse(401, 'login_wrong', { left: 4, where: 'password' });
      if (a.locked_until > Date.now()) throw new Refuse(403, 'locked', { until: iso(a.locked_until) });
      if (a.password !== body['password']) fail(a, 'login_wrong');
      if (a.disabled) throw new Refuse(403, 'disabled');
      return after(a, req, res);
    },
    '/api/login/password': (body, req, res) => {
      const t = tickets.get(s1(body['ticket']));
      if (t?.step !== 'password') throw new Refuse(401, 'ticket_gone');
      if (s1(body['password']).includes(t.account.name)) throw new Refuse(400, 'password_weak', { where: 'password', todo: '密码里不要含用户名。' });
      tickets.delete(s1(body['ticket']));
      t.account.password = s1(body['password']);
      t.account.must_change = false;
      return after(t.account, req, res);
    },
    '/api/login/totp': (body, req, res) => {
      const t = tickets.get(s1(body['ticket']));
      if (t?.step !== 'totp') throw new Refuse(401, 'ticket_gone');
      if (t.account.locked_until > Date.now()) throw new Refuse(403, 'locked', { until: iso(t.account.locked_until) });
      if (!checkCode(t.account, s1(body['code']))) fail(t.account, 'totp_wrong');
      tickets.delete(s1(body['ticket']));
      open(t.account, req, res);
      return { next: 'done', recovery_left: t.account.codes.length };
    },
    '/api/login/enrol': (body) => {
      const t = tickets.get(s1(body['ticket']));
      if (t?.step !== 'enrol') throw new Refuse(401, 'ticket_gone');
      t.secret ??= secret32();
      return enrolment(t.account, t.secret);
    },
    '/api/login/enrol/confirm': (body, req, res) => {
      const t = tickets.get(s1(body['ticket']));
      if (t?.step !== 'enrol' || !t.secret) throw new Refuse(401, 'ticket_gone');
      if (totp(t.secret) !== body['code']) throw new Refuse(401, 'totp_wrong', { left: 4, where: 'code' });
      t.account.secret = t.secret;
      t.account.used.add(s1(body['code']));
      t.account.codes = tenCodes();
      tickets.delete(s1(body['ticket']));
      open(t.account, req, res);
      return { next: 'done', recovery_codes: t.account.codes };
    },
  };

  const sessionOf = (req: IncomingMessage): Session | undefined => sessions.get(/__Host-yunqiao=([0-9a-f]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '');

  const answer = (res: ServerResponse, value: unknown): void => {
    if (value === null) { if (res.statusCode === 200) res.statusCode = 204; res.end(); return; }
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(value));
  };

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://localhost');
    res.setHeader('Content-Security-Policy', "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    res.setHeader('X-Content-Type-Options', 'nosniff');
    if (url.pathname === '/healthz') { answer(res, { state: 'ok', version: '0.1.0', workers: { up: 1, of: 1 }, store: 'ok', audit: 'ok', backup: 'ok' }); return; }
    if (url.pathname.startsWith('/api/')) {
      res.setHeader('Cache-Control', 'no-store');
      const chunks: Buffer[] = [];
      req.on('data', (c: Buffer) => chunks.push(c));
      req.on('end', () => {
        try {
          const raw = Buffer.concat(chunks).toString();
          const body = raw === '' ? {} : JSON.parse(raw) as Json;
          const free = login[url.pathname];
          if (free && req.method === 'POST') { answer(res, free(body, req, res)); return; }
          const s = sessionOf(req);
          if (!s) throw new Refuse(401, 'no_session');
          if (s.over !== null) throw new Refuse(401, s.over === 'idle' ? 'session_expired' : 'no_session');
          if (!url.searchParams.has('peek')) s.seen = Date.now();
          if (req.method !== 'GET' && req.headers['x-csrf-token'] !== s.csrf) throw new Refuse(403, 'csrf');
          const hit = routes.find(([m, r]) => m === req.method && r.test(url.pathname));
          if (!hit) throw new Refuse(404, 'not_found');
          answer(res, hit[2]({ req, res, body, url, s }, hit[1].exec(url.pathname)!.map((x) => decodeURIComponent(x))));
        } catch (e) {
          if (!(e instanceof Refuse)) throw e;
          res.statusCode = e.status;
          answer(res, { error: { code: e.code, message: e.code, ...e.extra } });
        }
      });
      return;
    }
    let file = join(dist, url.pathname);
    const gz = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '');
    if (!file.startsWith(dist) || !existsSync(file) || statSync(file).isDirectory()) file = join(dist, 'index.html');
    res.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    res.setHeader('Cache-Control', file.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (gz && existsSync(`${file}.gz`)) { res.setHeader('Content-Encoding', 'gzip'); res.setHeader('Content-Length', statSync(`${file}.gz`).size); createReadStream(`${file}.gz`).pipe(res); } else res.end(readFileSync(file));
  });

  server.on('upgrade', (req, socket: Socket) => {
    const s = sessionOf(req);
    const accept = createHash('sha1').update(`${String(req.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: yunqiao.1\r\n\r\n`);
    socket.on('error', () => {});
    if (!s || s.over !== null) { shut(socket, 4401); return; }
    s.sockets.add(socket);
    socket.on('close', () => s.sockets.delete(socket));
    socket.write(frame(JSON.stringify({ type: 'hello', session: s.id, now: iso(), resume: randomBytes(8).toString('hex'), resumed: false, version: '0.1.0' })));
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 6) {
        const len = rest[1]! & 127;
        const head = len === 126 ? 8 : 6;
        const size = len === 126 ? rest.readUInt16BE(2) : len;
        if (rest.length < head + size) return;
        const mask = rest.subarray(head - 4, head);
        const text = Buffer.from(rest.subarray(head, head + size).map((b, i) => b ^ mask[i % 4]!)).toString();
        const op = rest[0]! & 15;
        rest = rest.subarray(head + size);
        if (op === 8) { socket.end(); return; }
        if (op !== 1) continue;
        const f = JSON.parse(text) as Json;
        if (s1(f['type']).startsWith('call.')) talk(socket, s, f);
        if (f['type'] === 'ping') socket.write(frame(JSON.stringify({ type: 'pong', id: f['id'], now: iso() })));
      }
    });
  });

  return new Promise((done) => server.listen(port, '127.0.0.1', () => {
    const at = server.address();
    done({
      url: `http://localhost:${typeof at === 'object' && at ? at.port : port}`,
      accounts: accounts.slice(0, 12).map((a) => ({ name: a.name, role: a.roles[0], display: a.display, password: a.password, totp_secret: a.secret, code: a.secret === null ? null : totp(a.secret) })),
      close: () => { server.close(); server.closeAllConnections(); for (const s of sessions.values()) for (const x of s.sockets) x.destroy(); },
    });
  }));
}
