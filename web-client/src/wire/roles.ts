/* Roles and worlds (PROTOCOL §3 and §4; worlds never share an account: rules 4 and 30). */
import { oneOf } from './read';

export const roles = [
  'clinic-doctor', 'nurse', 'pharmacist', 'specialist', 'scheduling-admin', 'guard', 'duty-command', 'detainee',
  'interpreter', 'privacy-officer', 'security-admin', 'system-admin',
] as const;
export type Role = (typeof roles)[number];

export const worlds = ['clinical', 'scheduling', 'custody', 'administration', 'detainee'] as const;
export type World = (typeof worlds)[number];

export const readRole = oneOf(roles);
export const readWorld = oneOf(worlds);

export interface RoleRow { role: Role; world: World }

/** Roles that nobody may hold beside another of their own world: the three administrators (rule 30). */
const alone: readonly Role[] = ['privacy-officer', 'security-admin', 'system-admin'];

export type Exclusion = { why: 'world' | 'alone'; by: Role };

/** Why `role` cannot be added to `held`, or null. The server decides; this only says it before the click. */
export function excludedBy(role: Role, held: readonly Role[], rows: readonly RoleRow[]): Exclusion | null {
  const world = (r: Role): World | undefined => rows.find((row) => row.role === r)?.world;
  for (const by of held) {
    if (by === role) continue;
    if (world(by) !== world(role)) return { why: 'world', by };
    if (alone.includes(by) && alone.includes(role)) return { why: 'alone', by };
  }
  return null;
}
