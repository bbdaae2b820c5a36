/* What whoever deals with the patient minds: fit for transport, what was screened for. One of each kind holds at a time. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import { all, myself, type Chart } from '../state/chart';
import { serverNow } from '../state/clock';
import { say, useAct } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField } from '../ui/form';
import { Button, FaultNotice, Section, Sep, St } from '../ui/parts';
import { dayOf, PartState } from './chart-summary';

const system = 'urn:yunqiao:precaution';
/** Kinds, and what can be found of each: from what asks for nothing to what asks for most. */
export const precautions = {
  transport: ['fit', 'wheelchair', 'stretcher', 'unfit'],
  selfharm: ['low', 'raised', 'high'],
  tuberculosis: ['negative', 'suspected', 'isolated'],
} as const;
export type Precaution = keyof typeof precautions;
const kinds = Object.keys(precautions) as Precaution[];

interface Held { kind: Precaution; at: number; found: string; flag: wire.Flag }
const heldOf = (chart: Chart): Held[] => kinds.flatMap((kind): Held[] => {
  const of = all(chart.flags).filter((f) => f.status === 'active' && wire.codeOf(f.code, system).startsWith(`${kind}-`)).sort((a, b) => (b.period.start?.at ?? 0) - (a.period.start?.at ?? 0))[0];
  if (of === undefined) return [];
  const found = wire.codeOf(of.code, system).slice(kind.length + 1);
  const at = (precautions[kind] as readonly string[]).indexOf(found);
  return at < 0 ? [] : [{ kind, at, found, flag: of }];
});
/** Flags of other systems: as they are written. */
const othersOf = (chart: Chart): wire.Flag[] => all(chart.flags).filter((f) => f.status === 'active' && !kinds.some((k) => wire.codeOf(f.code, system).startsWith(`${k}-`)));

function FlagDialog({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const t = chartText();
  const kind = useSignal<Precaution>('transport');
  const found = useSignal<string>('fit');
  const act = useAct();
  const submit = async (): Promise<void> => {
    const now = new Date(serverNow()).toISOString();
    const old = heldOf(chart).find((h) => h.kind === kind.value);
    if (old !== undefined) {
      const ended = await act.run(wire.patch('Flag', old.flag.id, old.flag.meta.versionId, [{ op: 'replace', path: '/status', value: 'inactive' }], wire.readFlag));
      if (!ended.ok) return;
    }
    const r = await act.run(wire.create('Flag', {
      status: 'active', category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/flag-category', code: 'safety' }] }],
      code: { coding: [{ system, code: `${kind.value}-${found.value}` }], text: `${t.precaution[kind.value]}${t.comma}${t.precautionFound[kind.value][found.value] ?? ''}` },
      subject: { reference: `Patient/${chart.id}` }, period: { start: now }, author: myself(),
    }, wire.readFlag));
    void chart.flags.again();
    if (!r.ok) return;
    say(t.precautionKept);
    onClose();
  };
  return (
    <Dialog title={t.precautionSet} sub={t.precautionHelp} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={t.precautionKind} value={kind.value} options={kinds.map((k) => ({ value: k, words: t.precaution[k] }))} onPick={(v) => { kind.value = v; found.value = precautions[v][0]; }} />
        <SelectField label={t.outcomeLabel} value={found.value} options={precautions[kind.value].map((f) => ({ value: f as string, words: t.precautionFound[kind.value][f] ?? f }))} onPick={(v) => { found.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.keeping : false}>{t.keep}</Button></div>
      </form>
    </Dialog>
  );
}

export function Precautions({ chart }: { chart: Chart }) {
  const t = chartText();
  const adding = useSignal(false);
  const held = heldOf(chart);
  const others = othersOf(chart);
  return (
    <Section id="precautions" title={t.precautions} end={has('clinic-doctor') || has('nurse') ? <Button kind="plain" label={t.precautionSet} onClick={() => { adding.value = true; }}>{t.add}</Button> : undefined}>
      <PartState part={chart.flags} />
      <ul class="facts-list">
        {held.map((h) => <li key={h.kind}><b>{t.precaution[h.kind]}</b><St tone={h.at === 0 ? 'ok' : h.at === precautions[h.kind].length - 1 ? 'bad' : 'warn'}>{t.precautionFound[h.kind][h.found]}</St><p>{dayOf(h.flag.period.start)}</p></li>)}
        {others.map((f) => <li key={f.id}><b>{wire.codeOf(f.code, system) === 'isolated' ? t.isolated : wire.wordsOf(f.code)}</b><span /><p>{f.period.start !== null && <>{t.since(dayOf(f.period.start))}<Sep /></>}</p></li>)}
      </ul>
      {chart.flags.value.value !== null && held.length + others.length === 0 && <p class="muted">{t.precautionsNone}</p>}
      {adding.value && <FlagDialog chart={chart} onClose={() => { adding.value = false; }} />}
    </Section>
  );
}
