/* Which pages exist, for whom, and where home is. Navigation is made from this and from nothing else. */
import type { ComponentType } from 'preact';
import type { Dict } from '../text';
import { kioskText } from '../text/kiosk';
import type { Role } from '../wire/roles';
import type { IconName } from '../ui/icon';
import { lazy } from '../ui/lazy';

export interface Page {
  path: string;
  roles: readonly Role[] | 'all';
  icon: IconName;
  words: (t: Dict) => string;
  short?: (t: Dict) => string;
  screen: ComponentType;
  /** Takes all paths that begin so: one thing of a list. Stands in no navigation; its list is marked there. */
  under?: string;
  /** Lays itself out to the edges. */
  bare?: boolean;
}

/** The page at a path. */
export const pageAt = (open: readonly Page[], path: string): Page | null =>
  open.find((p) => p.path === path) ?? open.find((p) => p.under !== undefined && path.startsWith(p.path) && path.length > p.path.length) ?? null;

const series = lazy(async () => (await import('./series')).SeriesPage);
const visit = lazy(async () => (await import('./visit')).VisitsPage);
const transfers = lazy(async () => (await import('./transfers')).TransfersPage);
const home = lazy(async () => (await import('./home')).Home);

export const pages: readonly Page[] = [
  { path: '/today', roles: ['clinic-doctor', 'nurse', 'pharmacist'], icon: 'today', words: (t) => t.nav.today, screen: home },
  { path: '/patients', roles: ['clinic-doctor', 'nurse', 'pharmacist'], icon: 'people', words: (t) => t.nav.patients, screen: lazy(async () => (await import('./patients')).Patients) },
  { path: '/patients/', under: '/patients', bare: true, roles: ['clinic-doctor', 'nurse', 'pharmacist', 'specialist'], icon: 'people', words: (t) => t.nav.chart, screen: lazy(async () => (await import('./chart')).ChartPage) },
  { path: '/intakes', roles: ['clinic-doctor', 'nurse'], icon: 'badge', words: (t) => t.nav.intakes, screen: lazy(async () => (await import('./intakes')).IntakesPage) },
  { path: '/intakes/', under: '/intakes', roles: ['clinic-doctor', 'nurse'], icon: 'badge', words: (t) => t.nav.intakes, screen: lazy(async () => (await import('./intake')).IntakePage) },
  { path: '/invitations', roles: ['specialist', 'interpreter'], icon: 'bell', words: (t) => t.nav.invitations, screen: lazy(async () => (await import('./invitations')).Invitations) },
  { path: '/hours', roles: ['specialist', 'interpreter'], icon: 'time', words: (t) => t.nav.hours, screen: lazy(async () => (await import('./hours')).HoursPage) },
  { path: '/charts', roles: ['specialist'], icon: 'chart', words: (t) => t.nav.charts, screen: lazy(async () => (await import('./granted')).Granted) },
  { path: '/signatures', roles: ['clinic-doctor', 'nurse', 'pharmacist', 'specialist'], icon: 'note', words: (t) => t.nav.signatures, screen: lazy(async () => (await import('./signatures')).Signatures) },
  { path: '/opinions/', under: '/signatures', roles: ['clinic-doctor', 'nurse', 'specialist'], icon: 'note', words: (t) => t.nav.opinion, screen: lazy(async () => (await import('./opinion-page')).OpinionPage) },
  { path: '/board', roles: ['scheduling-admin'], icon: 'cal', words: (t) => t.nav.board, screen: lazy(async () => (await import('./board')).BoardPage) },
  { path: '/joint', roles: ['scheduling-admin'], icon: 'link', words: (t) => t.nav.joint, short: (t) => t.nav.jointShort, screen: lazy(async () => (await import('./joint')).JointPage) },
  { path: '/series', under: '/board', roles: ['scheduling-admin'], icon: 'follow', words: (t) => t.nav.joint, screen: series },
  { path: '/series', under: '/today', roles: ['clinic-doctor'], icon: 'follow', words: (t) => t.nav.joint, screen: series },
  { path: '/waiting', roles: ['scheduling-admin', 'clinic-doctor', 'nurse'], icon: 'list', words: (t) => t.nav.waiting, short: (t) => t.nav.waitingShort, screen: lazy(async () => (await import('./waiting')).WaitingPage) },
  { path: '/directory', roles: ['scheduling-admin'], icon: 'people', words: (t) => t.nav.directory, short: (t) => t.nav.directoryShort, screen: lazy(async () => (await import('./directory')).DirectoryPage) },
  { path: '/directory/', under: '/directory', roles: ['scheduling-admin'], icon: 'people', words: (t) => t.nav.directory, screen: lazy(async () => (await import('./specialist')).SpecialistPage) },
  { path: '/hospitals', roles: ['scheduling-admin'], icon: 'home', words: (t) => t.nav.hospitals, screen: lazy(async () => (await import('./hospitals')).HospitalsPage) },
  { path: '/hours/', under: '/directory', roles: ['scheduling-admin'], icon: 'time', words: (t) => t.nav.hours, screen: lazy(async () => (await import('./hours')).HoursPage) },
  { path: '/holidays', roles: ['scheduling-admin'], icon: 'cal', words: (t) => t.nav.holidays, screen: lazy(async () => (await import('./holidays')).HolidaysPage) },
  { path: '/posts', roles: ['scheduling-admin'], icon: 'bell', words: (t) => t.nav.posts, short: (t) => t.nav.postsShort, screen: lazy(async () => (await import('./posts')).PostsPage) },
  { path: '/registry', roles: ['clinic-doctor', 'nurse'], icon: 'badge', words: (t) => t.nav.registry, short: (t) => t.nav.registryShort, screen: lazy(async () => (await import('./registry')).RegistryPage) },
  { path: '/escorts', roles: ['guard', 'duty-command'], icon: 'badge', words: (t) => t.nav.escorts, screen: lazy(async () => (await import('./escorts')).EscortsPage) },
  { path: '/engagements', roles: ['duty-command'], icon: 'cal', words: (t) => t.nav.engagements, screen: lazy(async () => (await import('./engagements')).EngagementsPage) },
  { path: '/round', roles: ['nurse'], icon: 'pill', words: (t) => t.nav.round, screen: lazy(async () => (await import('./round')).RoundPage) },
  { path: '/epidemic', roles: ['clinic-doctor', 'nurse'], icon: 'outbreak', words: (t) => t.nav.epidemic, short: (t) => t.nav.epidemicShort, screen: lazy(async () => (await import('./epidemic')).EpidemicPage) },
  { path: '/visits', roles: ['clinic-doctor', 'nurse'], icon: 'ask', words: (t) => t.nav.visits, screen: visit },
  { path: '/visits/', under: '/visits', roles: ['clinic-doctor', 'nurse'], icon: 'video', words: (t) => t.nav.visits, screen: visit },
  { path: '/visits/', under: '/invitations', roles: ['specialist', 'interpreter'], icon: 'video', words: (t) => t.nav.visits, screen: visit },
  { path: '/visits/', under: '/waiting', roles: ['scheduling-admin'], icon: 'video', words: (t) => t.nav.visits, screen: visit },
  { path: '/transfers', roles: ['clinic-doctor', 'nurse'], icon: 'out', words: (t) => t.nav.transfers, short: (t) => t.nav.transfersShort, screen: transfers },
  { path: '/transfers/', under: '/transfers', roles: ['clinic-doctor', 'nurse'], icon: 'out', words: (t) => t.nav.transfers, screen: transfers },
  { path: '/leaving/', under: '/today', roles: ['clinic-doctor', 'nurse'], icon: 'out', words: (t) => t.nav.transfers, screen: lazy(async () => (await import('./leaving')).LeavingPage) },
  { path: '/rings', roles: ['clinic-doctor', 'nurse'], icon: 'bell', words: (t) => t.nav.rings, screen: lazy(async () => (await import('./rings')).RingsPage) },
  { path: '/rooms', roles: ['clinic-doctor', 'nurse', 'specialist', 'interpreter'], icon: 'video', words: (t) => t.nav.rooms, screen: lazy(async () => (await import('./rooms')).RoomsPage) },
  { path: '/me', roles: ['detainee'], icon: 'home', words: () => kioskText().hello, screen: lazy(async () => (await import('./kiosk')).Kiosk) },
  { path: '/me/ask', under: '/me', roles: ['detainee'], icon: 'ask', words: () => kioskText().ask, screen: lazy(async () => (await import('./kiosk-ask')).KioskAsk) },
  { path: '/me/requests', under: '/me', roles: ['detainee'], icon: 'list', words: () => kioskText().requests, screen: lazy(async () => (await import('./kiosk-asked')).KioskAsked) },
  { path: '/me/appointments', under: '/me', roles: ['detainee'], icon: 'cal', words: () => kioskText().appointments, screen: lazy(async () => (await import('./kiosk-visits')).KioskVisits) },
  { path: '/me/say/', under: '/me', roles: ['detainee'], icon: 'pen', words: () => kioskText().say.button, screen: lazy(async () => (await import('./kiosk-say')).KioskSay) },
  { path: '/me/intake', under: '/me', roles: ['detainee'], icon: 'badge', words: () => kioskText().intake.title, screen: lazy(async () => (await import('./kiosk-intake')).KioskIntake) },
  { path: '/me/record', under: '/me', roles: ['detainee'], icon: 'chart', words: () => kioskText().record, screen: lazy(async () => (await import('./kiosk-record')).KioskRecord) },
  { path: '/audit', roles: ['privacy-officer'], icon: 'eye', words: (t) => t.nav.audit, screen: lazy(async () => (await import('./audit')).Audit) },
  { path: '/glass', roles: ['privacy-officer'], icon: 'shield', words: (t) => t.nav.glass, screen: lazy(async () => (await import('./glass-reviews')).GlassReviews) },
  { path: '/deaths', roles: ['privacy-officer'], icon: 'follow', words: (t) => t.nav.deaths, screen: lazy(async () => (await import('./deaths')).Deaths) },
  { path: '/allegations', roles: ['privacy-officer'], icon: 'warn', words: (t) => t.nav.allegations, screen: lazy(async () => (await import('./allegations')).Allegations) },
  { path: '/exports', roles: ['clinic-doctor', 'privacy-officer'], icon: 'out', words: (t) => t.nav.exports, screen: lazy(async () => (await import('./exports')).Exports) },
  { path: '/erasures', roles: ['privacy-officer'], icon: 'disk', words: (t) => t.nav.erasures, screen: lazy(async () => (await import('./erasures')).Erasures) },
  { path: '/erasures', under: '/signatures', roles: ['clinic-doctor'], icon: 'disk', words: (t) => t.nav.erasures, screen: lazy(async () => (await import('./erasures')).Erasures) },
  { path: '/system/health', roles: ['system-admin'], icon: 'wave', words: (t) => t.nav.health, short: (t) => t.nav.healthShort, screen: lazy(async () => (await import('./system-health')).HealthPage) },
  { path: '/system/workers', roles: ['system-admin'], icon: 'chip', words: (t) => t.nav.workers, short: (t) => t.nav.workersShort, screen: lazy(async () => (await import('./system-workers')).WorkersPage) },
  { path: '/system/certificates', roles: ['system-admin'], icon: 'shield', words: (t) => t.nav.certificates, screen: lazy(async () => (await import('./system-certificates')).CertificatesPage) },
  { path: '/system/backups', roles: ['system-admin'], icon: 'disk', words: (t) => t.nav.backups, screen: lazy(async () => (await import('./system-backups')).BackupsPage) },
  { path: '/security/accounts', roles: ['security-admin'], icon: 'people', words: (t) => t.nav.accounts, screen: lazy(async () => (await import('./accounts')).AccountsPage) },
  { path: '/security/lockouts', roles: ['security-admin'], icon: 'lock', words: (t) => t.nav.lockouts, screen: lazy(async () => (await import('./lockouts')).LockoutsPage) },
  { path: '/security/tokens', roles: ['security-admin'], icon: 'key', words: (t) => t.nav.tokens, short: (t) => t.nav.tokensShort, screen: lazy(async () => (await import('./tokens')).TokensPage) },
  { path: '/security/terminals', roles: ['security-admin'], icon: 'screen', words: (t) => t.nav.terminals, screen: lazy(async () => (await import('./terminals')).TerminalsPage) },
  { path: '/account', roles: 'all', icon: 'user', words: (t) => t.nav.account, short: (t) => t.nav.accountShort, screen: lazy(async () => (await import('./account')).AccountPage) },
];

/** A room by its address: `/rooms/ID`. It fills the whole window. */
export const roomAt = (path: string): string | null => /^\/rooms\/([a-z0-9-]{1,40})$/.exec(path)?.[1] ?? null;

export const pagesFor = (held: readonly Role[]): Page[] =>
  pages.filter((page) => page.roles === 'all' || page.roles.some((r) => held.includes(r)));

export const homeFor = (held: readonly Role[]): string => pagesFor(held).find((p) => p.under === undefined)?.path ?? '/account';
