/* What I asked, and how far it is: a number and a word, and the way to take it back. */
import { useSignal } from '@preact/signals';
import { kioskText } from '../text/kiosk';
import * as wire from '../wire/kiosk';
import type { Asked } from '../wire/kiosk';
import { useAct, useLoad } from '../state/load';
import { Icon } from '../ui/icon';
import { Button, Empty, Skeleton } from '../ui/parts';
import { KioskFault, KioskFoot, KioskHead, kioskWhen } from './kiosk-parts';

/** Until somebody has seen to it. */
const open = ['draft', 'received', 'today', 'soon', 'called', 'coming'];

function One({ call, onChange }: { call: Asked; onChange: () => void }) {
  const t = kioskText().asked;
  const asking = useSignal(false);
  const act = useAct();
  const back = async (): Promise<void> => { if ((await act.run(wire.takeBack(call.id))).ok) onChange(); };
  return (
    <li>
      <Icon name={call.word === 'withdrawn' ? 'x' : call.word === 'seen' || call.word === 'answered' ? 'check' : 'time'} />
      <h2>{t.number(call.number)} · {t.words[call.word] ?? call.word}</h2>
      <div><p>{t.askedAt(kioskWhen(call.asked))}</p>{call.answer !== '' && <p class="k-value"><b>{t.answer}</b> {call.answer}</p>}
        {open.includes(call.word) && (asking.value
          ? <div class="k-sure"><p>{t.sure}</p><KioskFault fault={act.fault} /><div class="two-btn"><Button onClick={() => { asking.value = false; }}>{t.no}</Button><Button kind="danger" busy={act.busy ? t.withdrawing : false} onClick={() => { void back(); }}>{t.yes}</Button></div></div>
          : <Button label={`${t.withdraw} ${t.number(call.number)}`} onClick={() => { asking.value = true; }}>{t.withdraw}</Button>)}
      </div>
    </li>
  );
}

export function KioskAsked() {
  const t = kioskText().asked;
  const load = useLoad(() => wire.asked(), 0);
  const calls = load.value.value;
  return (
    <>
      <main class="k-main" id="main" tabIndex={-1}>
        <KioskHead title={t.title} sub={t.text} aloud={(calls ?? []).map((c) => `${t.number(c.number)} ${t.words[c.word] ?? ''}`)} />
        <KioskFault fault={load.fault.value} again={() => { void load.again(); }} />
        {calls === null ? load.slow.value && <Skeleton rows={4} /> : calls.length === 0 ? <Empty icon="ask" title={t.empty}>{t.emptyText}</Empty>
          : <ul class="k-rows k-read">{calls.map((c) => <One key={c.id} call={c} onChange={() => { void load.again(); }} />)}</ul>}
        <p class="muted">{t.more}</p>
      </main>
      <KioskFoot />
    </>
  );
}
