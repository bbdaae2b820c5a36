/* The floor plan, drawn from the Location tree: blocks of cells on both sides of a corridor, each cell by its state. */
import { epidemicText } from '../text/epidemic';
import { now } from '../state/clock';
import { cellState, type CellState } from '../state/epidemic';
import type { EpiCase, Place } from '../wire/epidemic';

const w = 66;
const h = 54;
const gap = 4;

export function Hatches() {
  return (
    <svg class="hatches" aria-hidden="true" width="0" height="0"><defs>
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-under" width="6" height="6" /><path class="hatch-line" d="M0 0V6" /></pattern>
    </defs></svg>
  );
}

export function Swatch({ state, words }: { state: CellState | 'bar-iso' | 'bar-conf'; words: string }) {
  const kind = state === 'bar-iso' ? 'iso' : state === 'bar-conf' ? 'conf' : state;
  return <span><svg class="plan" viewBox="0 0 18 14" aria-hidden="true"><rect class={kind === '' ? 'cell' : `cell c-${kind}`} x="1" y="1" width="16" height="12" rx="2" /></svg>{words}</span>;
}

function Block({ name, places, cases, picked, pick }: { name: string; places: readonly Place[]; cases: readonly EpiCase[]; picked: string; pick: (id: string) => void }) {
  const t = epidemicText();
  const perRow = Math.max(1, Math.ceil(places.length / 2));
  const width = perRow * (w + gap) + gap;
  const twoRows = places.length > 1;
  const marked = places.filter((p) => cellState(p, cases, now.value).state !== '').length;
  return (
    <figure class="plan-block">
      <figcaption>{name}</figcaption>
      <svg class="plan" viewBox={`0 0 ${width} ${twoRows ? 2 * h + 40 : h + 8}`} role="group" aria-label={`${name}: ${t.planSay(places.length, marked)}`}>
        {twoRows && <><rect class="hall" x={gap} y={h + 8} width={width - 2 * gap} height="24" /><text class="sub" x={width / 2} y={h + 24} text-anchor="middle">{t.hall}</text></>}
        {places.map((p, i) => {
          const { state, count } = cellState(p, cases, now.value);
          const x = gap + (i % perRow) * (w + gap);
          const y = i < perRow ? 4 : h + 36;
          const words = state === '' ? t.people(p.people) : t.cellCount(state, count);
          return (
            <g key={p.id} class={`cell-at${picked === p.name ? ' is-picked' : ''}`} role="button" tabIndex={0} aria-pressed={picked === p.name} aria-label={t.pick(p.name, state === '' ? words : `${words} ${t.cell(state)}`)} onClick={() => { pick(p.name); }} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); pick(p.name); } }}>
              <rect class={state === '' ? 'cell' : `cell c-${state}`} x={x} y={y} width={w} height={h} rx="3" />
              <text x={x + 7} y={y + 17} class={state === 'conf' ? 'b inv' : 'b'}>{p.name}</text>
              <text x={x + 7} y={y + 45} class={state === 'conf' ? 'sub inv' : 'sub'}>{words}</text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

export function Plan({ places, cases, picked, pick }: { places: readonly Place[]; cases: readonly EpiCase[]; picked: string; pick: (cell: string) => void }) {
  const blocks = new Map<string, Place[]>();
  for (const p of places) if (p.kind === 'cell') blocks.set(p.block, [...(blocks.get(p.block) ?? []), p]);
  return <div class="blocks">{[...blocks.values()].map((of) => <Block key={of[0]!.block} name={of[0]!.block_name} places={of} cases={cases} picked={picked} pick={pick} />)}</div>;
}
