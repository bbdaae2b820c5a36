/* The picture of the body, front and back: regions to press, each with its code. The person's own right is on the left of the front. */
import { useSignal } from '@preact/signals';
import { kioskText } from '../text/kiosk';
import { Icon } from '../ui/icon';
import { Button, Seg } from '../ui/parts';

type Side = 'front' | 'back';
interface Region { code: string; d: string; label?: readonly [number, number] }

const arm = 'M136 312c-30 16-42 52-48 100l-16 100h56l46-122z';
const hand = 'M71 520l-9 36c-5 34 10 46 28 44 16-2 24-16 28-34l10-46z';
const otherArm = 'M404 312c30 16 42 52 48 100l16 100h-56l-46-122z';
const otherHand = 'M469 520l9 36c5 34-10 46-28 44-16-2-24-16-28-34l-10-46z';
const thigh = 'M157 656c34 18 78 26 110 28l-10 146h-84c-8-58-14-116-16-174z';
const otherThigh = 'M383 656c-34 18-78 26-110 28l10 146h84c8-58 14-116 16-174z';
const shin = 'M174 836h82l-8 126h-58c-8-40-14-84-16-126z';
const otherShin = 'M366 836h-82l8 126h58c8-40 14-84 16-126z';
const foot = 'M190 968h58c4 14 2 30-4 36h-72c-14-4-6-22 18-36z';
const otherFoot = 'M350 968h-58c-4 14-2 30 4 36h72c14-4 6-22-18-36z';
const head = 'M270 14c50 0 80 38 80 90 0 60-36 104-80 104s-80-44-80-104c0-52 30-90 80-90z';
const neck = 'M236 212c20 10 48 10 68 0v30c0 14 14 22 34 28H202c20-6 34-14 34-28z';
const chest = 'M200 276h140c26 4 46 14 58 30l-22 116H164l-22-116c12-16 32-26 58-30z';
const belly = 'M165 428h210c-2 50-4 84-2 132H167c2-48 0-82-2-132z';
const hips = 'M167 566h206c4 30 8 56 10 84-40 22-88 30-113 30s-73-8-113-30c2-28 6-54 10-84z';

const regions: Record<Side, readonly Region[]> = {
  front: [
    { code: 'head', d: head, label: [270, 118] }, { code: 'neck', d: neck }, { code: 'chest', d: chest, label: [270, 358] }, { code: 'belly', d: belly, label: [270, 506] }, { code: 'groin', d: hips },
    { code: 'right-arm', d: arm }, { code: 'left-arm', d: otherArm }, { code: 'right-hand', d: hand }, { code: 'left-hand', d: otherHand }, { code: 'right-leg', d: thigh }, { code: 'left-leg', d: otherThigh },
    { code: 'right-shin', d: shin }, { code: 'left-shin', d: otherShin }, { code: 'right-foot', d: foot }, { code: 'left-foot', d: otherFoot },
  ],
  back: [
    { code: 'head', d: head, label: [270, 118] }, { code: 'nape', d: neck }, { code: 'upper-back', d: chest, label: [270, 358] }, { code: 'lower-back', d: belly, label: [270, 506] }, { code: 'buttocks', d: hips },
    { code: 'left-arm', d: arm }, { code: 'right-arm', d: otherArm }, { code: 'left-hand', d: hand }, { code: 'right-hand', d: otherHand }, { code: 'left-leg', d: thigh }, { code: 'right-leg', d: otherThigh },
    { code: 'left-shin', d: shin }, { code: 'right-shin', d: otherShin }, { code: 'left-foot', d: foot }, { code: 'right-foot', d: otherFoot },
  ],
};
const listed = ['eyes', 'ears', 'mouth', 'teeth', 'face', 'skin', 'mind', 'whole'] as const;
export const regionsMost = 12;

export function BodyPicture({ chosen, onChange }: { chosen: readonly string[]; onChange: (v: string[]) => void }) {
  const k = kioskText();
  const t = k.where;
  const side = useSignal<Side>('front');
  const flip = (code: string): void => { onChange(chosen.includes(code) ? chosen.filter((c) => c !== code) : chosen.length < regionsMost ? [...chosen, code] : [...chosen]); };
  return (
    <div class="k-body">
      <div class="k-fig">
        <Seg label={t.sides} value={side.value} options={[{ value: 'front' as const, words: t.front }, { value: 'back' as const, words: t.back }]} onPick={(v) => { side.value = v; }} />
        <svg class="man" viewBox="0 0 540 1010" role="group" aria-label={t.figure}>
          {regions[side.value].map((r) => {
            const on = chosen.includes(r.code);
            const press = (): void => { flip(r.code); };
            return (
              <g key={r.code} role="button" tabIndex={0} aria-label={k.regions[r.code]} aria-pressed={on} data-region={r.code} onClick={press} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); press(); } }}>
                <path class={on ? 'zone sel' : 'zone'} d={r.d} />
                {r.label && <text class={on ? 'in' : 'out'} x={r.label[0]} y={r.label[1]} text-anchor="middle" aria-hidden="true">{k.regions[r.code]}</text>}
              </g>
            );
          })}
        </svg>
      </div>
      <div class="k-list" role="group" aria-label={t.list}>
        {listed.map((code) => <button key={code} type="button" aria-pressed={chosen.includes(code)} onClick={() => { flip(code); }}>{k.regions[code]}<span class="box" aria-hidden="true">{chosen.includes(code) && <Icon name="check" />}</span></button>)}
        <p class="k-chosen" role="status">{chosen.length === 0 ? t.none : chosen.map((c) => k.regions[c] ?? c).join(' · ')}</p>
        {chosen.length > 0 && <Button onClick={() => { onChange([]); }}>{t.clear}</Button>}
      </div>
    </div>
  );
}
