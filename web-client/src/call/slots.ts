/* Which m-line of the down connection carries which track. An m-line lives as long as its connection: one whose track went waits, inactive, for
   another of its kind. Pure. */

export interface Slot { kind: 'audio' | 'video'; track: number | null }
export interface Wanted { id: number; kind: 'audio' | 'video' }

/** The slots for the wanted tracks: those that stand stay where they are, what is gone leaves its place, newcomers take free ones, then new ones. */
export function assign(slots: readonly Slot[], wanted: readonly Wanted[], most = 64): { slots: Slot[]; changed: boolean } {
  const ids = new Set(wanted.map((w) => w.id));
  const next: Slot[] = slots.map((s) => (s.track !== null && !ids.has(s.track) ? { kind: s.kind, track: null } : { ...s }));
  let changed = next.some((s, i) => s.track !== slots[i]?.track);
  const held = new Set(next.map((s) => s.track));
  for (const w of wanted) {
    if (held.has(w.id)) continue;
    const free = next.find((s) => s.track === null && s.kind === w.kind);
    if (free !== undefined) free.track = w.id;
    else if (next.length < most) next.push({ kind: w.kind, track: w.id });
    else continue;
    held.add(w.id);
    changed = true;
  }
  return { slots: next, changed };
}
