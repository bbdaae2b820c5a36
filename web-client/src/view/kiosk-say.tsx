/* What I want to say of one entry of my record: words of my own beside it, or that it be corrected. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { kioskText } from '../text/kiosk';
import { ownText } from '../text/own';
import * as wire from '../wire/statement';
import type { Statement, StatementKind } from '../wire/statement';
import { useAct, useLoad } from '../state/load';
import { go, path } from '../state/route';
import { Button, Notice, Skeleton } from '../ui/parts';
import { KioskFault, KioskFoot, KioskHead, kioskDay } from './kiosk-parts';
import { valueOf } from './kiosk-record';

const wordsMost = 1000;
const kinds: readonly StatementKind[] = ['statement', 'correction'];

function Sent({ s }: { s: Statement }) {
  const t = kioskText().say;
  const text = s.due === null ? t.sentStatement : t.sentCorrection(kioskDay(s.due));
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}><KioskHead title={t.sentTitle} sub={text} /></main>
      <footer class="k-foot"><Button kind="primary" block onClick={() => { go('/me/record'); }}>{t.good}</Button></footer>
    </>
  );
}

export function KioskSay() {
  const t = kioskText().say;
  const o = ownText();
  const id = useId();
  const at = path.value.replace('/me/say/', '');
  const load = useLoad(() => wire.entryAt(at), at);
  const kind = useSignal<StatementKind>('statement');
  const words = useSignal('');
  const tried = useSignal(false);
  const sent = useSignal<Statement | null>(null);
  const act = useAct();
  const entry = load.value.value;
  if (sent.value !== null) return <Sent s={sent.value} />;
  const what = entry === null ? '' : entry.what === '' ? o.types[entry.type] ?? o.other : entry.what;
  const send = async (): Promise<void> => {
    tried.value = true;
    if (words.value.trim() === '') return;
    const result = await act.run(wire.sayOf(at, kind.value, words.value.trim()));
    if (result.ok) sent.value = result.value;
  };
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.title} sub={t.text} aloud={[what, ...kinds.map((k) => t.kinds[k] ?? '')]} />
        {entry === null ? load.fault.value !== null ? <Notice tone="bad" live>{t.gone}</Notice> : <Skeleton rows={2} /> : <dl class="k-look k-entry"><dt>{[what, entry.at === null ? '' : kioskDay(entry.at.at)].filter((x) => x !== '').join(' · ')}</dt><dd dir="auto">{valueOf(entry)}</dd></dl>}
        <h2>{t.which}</h2>
        <div class="k-choices" role="group" aria-label={t.which}>{kinds.map((k) => <button key={k} type="button" aria-pressed={kind.value === k} onClick={() => { kind.value = k; }}>{t.kinds[k]}</button>)}</div>
        <div class="k-own"><label for={id}>{t.own}</label><textarea id={id} rows={4} maxLength={wordsMost} dir="auto" autocomplete="off" value={words.value} onInput={(e) => { words.value = e.currentTarget.value; }} /></div>
        {tried.value && words.value.trim() === '' && <Notice tone="warn" live>{t.empty}</Notice>}
        <KioskFault fault={act.fault} />
      </main>
      <KioskFoot back="/me/record"><Button kind="primary" disabled={entry === null} busy={act.busy ? t.sending : false} onClick={() => { void send(); }}>{t.send}</Button></KioskFoot>
    </>
  );
}
