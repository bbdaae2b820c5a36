/* Whether the patient may read a result: released, by whom or by the clock; held back, and why; or when the clock will. For the clinic's doctor. */
import { useSignal } from '@preact/signals';
import { chartText } from '../text/chart';
import { holdBack, release, type Release, type Releases } from '../wire/sign';
import type { Observation } from '../wire/fhir';
import { serverNow } from '../state/clock';
import { stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { FaultNotice, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';

const hour_ms = 3_600_000;
const finals: readonly string[] = ['final', 'amended', 'corrected'];

/** The rows by what they are of. */
export const byRecord = (releases: Releases): ReadonlyMap<string, Release> => new Map(releases.rows.map((r) => [r.record, r]));

export function ReleaseCell({ o, name, state, after_h, again }: { o: Observation; name: string; state: Release | undefined; after_h: number; again: () => void }) {
  const t = chartText();
  const asking = useSignal(false);
  const act = useAct();
  if (state?.released != null) return <small class="muted">{t.releasedAt(stamp(state.released), state.by)}</small>;
  const labels = o.meta.security.map((c) => c.code ?? '');
  if (labels.includes('released')) return <small class="muted">{t.releaseGiven}</small>;
  if (!finals.includes(o.status)) return null;
  const give = async (): Promise<void> => {
    const result = await act.run(release('Observation', o.id));
    if (!result.ok) return;
    say(t.releaseGiven);
    again();
  };
  const due = (o.meta.lastUpdated ?? 0) + after_h * hour_ms; // from when this version was written
  const byClock = after_h > 0 && due > serverNow() && !labels.some((c) => c !== 'custody'); // never what is labelled
  if (state?.held == null && byClock) {
    return (
      <>
        <small class="muted">{t.releaseDue(stamp(due))}</small>
        <button type="button" class="linkish" aria-label={t.holdBackNamed(name)} onClick={() => { asking.value = true; }}>{t.holdBack}</button>
        {asking.value && <ReasonDialog title={t.holdBackTitle} sub={<><b>{name}</b><br />{t.holdBackHelp}</>} act={t.holdBack} busy={t.holdingBack} draft={['release-hold', o.id]} call={(reason) => holdBack('Observation', o.id, reason)} onClose={() => { asking.value = false; }} onDone={() => { asking.value = false; say(t.heldBackSaid); again(); }} />}
      </>
    );
  }
  return (
    <>
      {state?.held != null && <><St tone="warn">{t.heldBack}</St><small>{t.heldBy(state.by ?? '', state.reason ?? '')}</small></>}
      <button type="button" class="linkish" aria-label={t.releaseNamed(name)} disabled={act.busy} onClick={() => { void give(); }}>{act.busy ? t.releaseGiving : t.releaseGive}</button>
      <FaultNotice fault={act.fault} />
    </>
  );
}
