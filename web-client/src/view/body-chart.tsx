/* A body, front and back, drawn here: a tap marks a place; what stands there is told in a list beside it. The right side of the front is on the left of
   whoever looks. */
import { useSignal } from '@preact/signals';
import { intakeText } from '../text/intake';
import type { Line } from '../wire/intake';
import { markKinds, regions } from '../state/intake';
import { SelectField, TextField } from '../ui/form';
import { Button, IconButton } from '../ui/parts';

type Side = 'front' | 'back';
const sides: readonly Side[] = ['front', 'back'];
const most = 40;

/* One outline for both sides, in a box of 1000 by 1000. */
const outline = 'M500 20 C452 20 430 58 434 98 C437 124 448 142 462 154 L462 178 C430 190 392 196 370 214 C346 236 338 286 328 340 C318 396 296 446 278 494 C270 516 280 536 296 536 C312 536 318 520 326 500 C344 458 364 408 378 358 L390 312 C398 356 398 396 394 436 C390 480 396 540 404 610 C410 676 412 740 420 812 C426 862 426 896 418 926 C412 950 424 968 448 968 C470 968 478 954 476 932 C472 880 480 820 484 756 C488 690 494 600 500 540 C506 600 512 690 516 756 C520 820 528 880 524 932 C522 954 530 968 552 968 C576 968 588 950 582 926 C574 896 574 862 580 812 C588 740 590 676 596 610 C604 540 610 480 606 436 C602 396 602 356 610 312 L622 358 C636 408 656 458 674 500 C682 520 688 536 704 536 C720 536 730 516 722 494 C704 446 682 396 672 340 C662 286 654 236 630 214 C608 196 570 190 538 178 L538 154 C552 142 563 124 566 98 C570 58 548 20 500 20 Z';
const details: Record<Side, string> = {
  front: 'M470 82 h16 M514 82 h16 M482 122 q18 12 36 0 M420 262 q40 26 74 4 M580 262 q-40 26 -74 4 M500 400 v10 M430 716 q18 10 36 0 M570 716 q-18 10 -36 0',
  back: 'M500 190 V440 M420 232 q18 44 40 58 M580 232 q-18 44 -40 58 M430 452 q34 44 70 10 q36 34 70 -10 M430 716 q18 -10 36 0 M570 716 q-18 -10 -36 0',
};

function Body({ side, marks, onPoint }: { side: Side; marks: readonly Line[]; onPoint: ((x: number, y: number) => void) | null }) {
  const t = intakeText();
  const [left, right] = side === 'front' ? [t.right, t.left] : [t.left, t.right];
  const title = side === 'front' ? t.front : t.back_;
  return (
    <figure class="body-side">
      <figcaption><span>{left}</span><b>{title}</b><span>{right}</span></figcaption>
      {/* who does not point adds a mark by the name of the place, below */}
      <svg viewBox="230 0 540 1000" role="img" aria-label={title} data-side={side} data-live={onPoint === null ? undefined : ''} onPointerDown={(e) => {
        if (onPoint === null || e.button !== 0) return;
        const box = e.currentTarget.getBoundingClientRect();
        const x = 230 + ((e.clientX - box.left) / box.width) * 540, y = ((e.clientY - box.top) / box.height) * 1000;
        onPoint(Math.round(Math.min(1000, Math.max(0, x))), Math.round(Math.min(1000, Math.max(0, y))));
      }}>
        <path class="skin" d={outline} /><path class="lines" d={details[side]} />
        {marks.map((m, i) => (m['side'] !== side ? null : <g key={i} class="spot" transform={`translate(${Number(m['x'])} ${Number(m['y'])})`}><circle r="22" /><text text-anchor="middle" dy="11">{i + 1}</text></g>))}
      </svg>
    </figure>
  );
}

function Mark({ at, n, onChange, onDrop }: { at: Line; n: number; onChange: (to: Line) => void; onDrop: () => void }) {
  const t = intakeText();
  return (
    <li class="in-mark">
      <b>{n}</b>
      <SelectField label={`${t.markNth(n)} ${t.markKind}`} value={at['kind'] ?? 'bruise'} options={markKinds.map((k) => ({ value: k as string, words: t.markKinds(k) }))} onPick={(kind) => { onChange({ ...at, kind }); }} />
      <TextField label={`${t.markNth(n)} ${t.markWords}`} value={at['words'] ?? ''} max={300} onInput={(words) => { onChange({ ...at, words }); }} />
      <IconButton icon="x" label={t.drop(t.markNth(n))} onClick={onDrop} />
    </li>
  );
}

export function BodyChart({ marks, onChange }: { marks: readonly Line[]; onChange: ((marks: Line[]) => void) | null }) {
  const t = intakeText();
  const place = useSignal('front/head');
  const add = (side: Side, x: number, y: number): void => { if (marks.length < most) onChange?.([...marks, { side, x: String(x), y: String(y), kind: 'bruise', words: '' }]); };
  const [side, name] = place.value.split('/') as [Side, string];
  const at = regions[side][name];
  return (
    <div class="body-chart">
      <div class="bodies">{sides.map((s) => <Body key={s} side={s} marks={marks} onPoint={onChange === null ? null : (x, y) => { add(s, x, y); }} />)}</div>
      <div class="gap-4">
        {onChange !== null && <p class="help">{t.pointHelp}</p>}
        {onChange !== null && (
          <div class="in-add"><SelectField label={t.addAt} value={place.value} options={sides.flatMap((s) => Object.keys(regions[s]).map((r) => ({ value: `${s}/${r}`, words: `${s === 'front' ? t.front : t.back_}${t.comma}${t.region(r)}` })))} onPick={(v) => { place.value = v; }} /><Button icon="plus" onClick={() => { if (at !== undefined) add(side, at[0], at[1]); }}>{t.addDo}</Button></div>
        )}
        {marks.length === 0 && <p class="muted">{t.markNone}</p>}
        {onChange !== null && <ol class="in-marks">{marks.map((m, i) => <Mark key={i} at={m} n={i + 1} onChange={(to) => { onChange(marks.map((x, k) => (k === i ? to : x))); }} onDrop={() => { onChange(marks.filter((_, k) => k !== i)); }} />)}</ol>}
        {onChange === null && marks.length > 0 && <ol class="in-marks read">{marks.map((m, i) => <li key={i}><b>{i + 1}</b><span>{m['side'] === 'back' ? t.back_ : t.front}{t.comma}{t.markKinds(m['kind'] ?? '')}</span><span>{m['words']}</span></li>)}</ol>}
      </div>
    </div>
  );
}
