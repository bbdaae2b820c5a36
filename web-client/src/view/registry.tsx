/* What the registry said and somebody has to decide: who a number is, what could not be taken, what was merged (decision 0201). */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { registryText } from '../text/registry';
import { decide, doubts, letter, letterAgain, letterAside, letters, merges, mergeTurn, type Doubt, type Letter, type Merge, type Side } from '../wire/registry';
import { stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { Button, Empty, FaultNotice, Notice, PageHead, Seg, Skeleton, St, When } from '../ui/parts';
import { Row, Table } from '../ui/table';
import './registry.css';

/* -- who is it -- */

const facts = ['name', 'number', 'birth', 'sex', 'national', 'cell'] as const;
const shown = (side: Side, what: (typeof facts)[number]): string => {
  const t = registryText();
  const value = side[what];
  return value === '' ? t.unsaid : what === 'sex' ? t.sexes[value] ?? value : value;
};

function Sure({ doubt, same, onDone, onClose }: { doubt: Doubt; same: boolean; onDone: () => void; onClose: () => void }) {
  const t = registryText();
  const act = useAct();
  const go = async (): Promise<void> => { const r = await act.run(decide(doubt, same)); if (r.ok) { say(t.decided); onDone(); } };
  return (
    <Dialog title={same ? t.sameSure : t.otherSure} sub={`${doubt.said.name} ${doubt.number}`} onClose={onClose}>
      {same ? <Notice tone="warn">{t.sameText}</Notice> : <p>{t.otherText}</p>}
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="primary" busy={act.busy ? t.sameBusy : false} onClick={() => { void go(); }}>{same ? t.same : t.other}</Button></div>
    </Dialog>
  );
}

function Sides({ doubt, again }: { doubt: Doubt; again: () => void }) {
  const t = registryText();
  const asked = useSignal<'same' | 'other' | null>(null);
  return (
    <li class="reg-doubt">
      <div class="row wrap"><St tone="warn">{t.why[doubt.why] ?? doubt.why}</St><span class="muted">{t.waits(stamp(doubt.since))}</span></div>
      <table class="reg-sides" aria-label={`${doubt.said.name} ${doubt.number}`}>
        <thead><tr><td /><th scope="col">{t.said}</th><th scope="col">{t.known}</th></tr></thead>
        <tbody>{facts.map((what) => {
          const differs = what !== 'number' && doubt.said[what] !== '' && doubt.patient[what] !== '' && doubt.said[what] !== doubt.patient[what];
          return (
            <tr key={what} class={differs ? 'differs' : undefined}>
              <th scope="row">{t.fields[what]}</th><td>{what === 'cell' ? '' : shown(doubt.said, what)}</td>
              <td>{shown(doubt.patient, what)}{differs && <small>{t.differs}</small>}</td>
            </tr>
          );
        })}</tbody>
      </table>
      <div class="row wrap"><Button onClick={() => { asked.value = 'same'; }}>{t.same}</Button><Button onClick={() => { asked.value = 'other'; }}>{t.other}</Button><a href={`/patients/${doubt.patient.id}`}>{t.chart}</a></div>
      {asked.value !== null && <Sure doubt={doubt} same={asked.value === 'same'} onClose={() => { asked.value = null; }} onDone={() => { asked.value = null; again(); }} />}
    </li>
  );
}

function Doubts() {
  const t = registryText();
  const load = useLoad(doubts, news.registry.value);
  const rows = load.value.value?.doubts ?? null;
  return (
    <>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null && load.slow.value && <Skeleton rows={3} />}
      {rows?.length === 0 && <Empty icon="people" title={t.doubtsNone}>{t.doubtsNoneText}</Empty>}
      {rows !== null && rows.length > 0 && <ul class="reg-doubts">{rows.map((d) => <Sides key={`${d.source} ${d.number}`} doubt={d} again={() => { void load.again(); }} />)}</ul>}
    </>
  );
}

/* -- letters -- */

function Original({ id, onClose }: { id: number; onClose: () => void }) {
  const t = registryText();
  const load = useLoad(() => letter(id), id);
  return (
    <Dialog title={t.original} onClose={onClose} wide>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {load.value.value !== null && <pre class="reg-text" tabIndex={0}>{load.value.value.text.replace(/\r\n?/g, '\n')}</pre>}
      <div class="actions"><Button onClick={onClose}>{text().close}</Button></div>
    </Dialog>
  );
}

function OneLetter({ one, again }: { one: Letter; again: () => void }) {
  const t = registryText();
  const act = useAct();
  const open = useSignal(false);
  const retry = async (): Promise<void> => { const r = await act.run(letterAgain(one.id)); if (r.ok) { say(t.againDone[r.value.did] ?? t.decided); again(); } };
  const aside = async (): Promise<void> => { const r = await act.run(letterAside(one.id)); if (r.ok) { say(t.asideDone); again(); } };
  return (
    <Row>
      <td><When at={one.received} />{one.control !== '' && <small>{t.control} {one.control}</small>}</td>
      <td>{t.codes[one.code] ?? one.words}<small>{t.where(one.place, one.line)}</small><FaultNotice fault={act.fault} /></td>
      <td class="mark"><St tone={one.state === 'open' ? 'warn' : undefined}>{t.states[one.state] ?? one.state}</St></td>
      <td class="act">{one.state === 'open' && (
        <>
          <Button label={t.showOf(String(one.id))} onClick={() => { open.value = true; }}>{t.show}</Button> <Button busy={act.busy ? t.againBusy : false} onClick={() => { void retry(); }}>{t.again}</Button> <Button busy={act.busy ? t.asideBusy : false} onClick={() => { void aside(); }}>{t.aside}</Button>
          {open.value && <Original id={one.id} onClose={() => { open.value = false; }} />}
        </>
      )}</td>
    </Row>
  );
}

const states = ['open', 'set-aside', 'taken'] as const;

function Letters() {
  const t = registryText();
  const state = useSignal<(typeof states)[number]>('open');
  const load = useLoad(() => letters(state.value), `${news.registry.value} ${state.value}`);
  const all = load.value.value;
  return (
    <>
      <Seg label={t.state} value={state.value} options={states.map((s) => ({ value: s, words: t.states[s] ?? s }))} onPick={(s) => { state.value = s; }} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null && load.slow.value && <Skeleton rows={3} />}
      {all !== null && all.dropped > 0 && <Notice tone="warn">{t.dropped(all.dropped)}</Notice>}
      {all?.letters.length === 0 && <Empty icon="bell" title={t.lettersNone}>{t.lettersNoneText}</Empty>}
      {all !== null && all.letters.length > 0 && (
        <Table label={t.tabs.letters} columns={[{ words: t.received }, { words: t.reason, wide: true }, { words: t.state }, { words: t.act, hidden: true }]}>
          {all.letters.map((l) => <OneLetter key={l.id} one={l} again={() => { void load.again(); }} />)}
        </Table>
      )}
      <p class="help">{t.asideHelp}</p>
    </>
  );
}

/* -- merges -- */

function OneMerge({ one, again }: { one: Merge; again: () => void }) {
  const t = registryText();
  const act = useAct();
  const turn = async (verdict: 'part' | 'join'): Promise<void> => { const r = await act.run(mergeTurn(one, verdict)); if (r.ok) { say(verdict === 'part' ? t.parted : t.joined); again(); } };
  const busy = act.busy ? t.turning : false;
  return (
    <Row>
      <td><b class="num">{one.prior}</b><small>{one.from?.name ?? ''}</small></td>
      <td><b class="num">{one.number}</b><small>{one.to?.name ?? ''}</small></td>
      <td class="mark"><St tone={one.state === 'joined' ? 'ok' : one.state === 'waits' ? 'warn' : undefined}>{t.mergeStates[one.state] ?? one.state}</St><FaultNotice fault={act.fault} /></td>
      <td class="act">
        {one.state === 'joined' && <Button label={t.partOf(one.prior, one.number)} busy={busy} onClick={() => { void turn('part'); }}>{t.part}</Button>}
        {one.state === 'apart' && <Button label={t.joinOf(one.prior, one.number)} busy={busy} onClick={() => { void turn('join'); }}>{t.join}</Button>}
      </td>
    </Row>
  );
}

function Merges() {
  const t = registryText();
  const load = useLoad(merges, news.registry.value);
  const rows = load.value.value?.merges ?? null;
  return (
    <>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {rows === null && load.slow.value && <Skeleton rows={3} />}
      {rows?.length === 0 && <Empty icon="link" title={t.mergesNone}>{t.mergesNoneText}</Empty>}
      {rows !== null && rows.length > 0 && (
        <Table label={t.tabs.merges} columns={[{ words: t.from }, { words: t.to }, { words: t.state, wide: true }, { words: t.act, hidden: true }]}>
          {rows.map((m) => <OneMerge key={`${m.prior} ${m.number}`} one={m} again={() => { void load.again(); }} />)}
        </Table>
      )}
    </>
  );
}

const tabs = ['doubts', 'letters', 'merges'] as const;

export function RegistryPage() {
  const t = registryText();
  const tab = useSignal<(typeof tabs)[number]>('doubts');
  return (
    <>
      <PageHead title={t.title} sum={t.sum} />
      <div class="stack">
        <Seg label={t.pick} value={tab.value} options={tabs.map((x) => ({ value: x, words: t.tabs[x] }))} onPick={(x) => { tab.value = x; }} />
        <div class="stack">{tab.value === 'doubts' ? <Doubts /> : tab.value === 'letters' ? <Letters /> : <Merges />}</div>
      </div>
    </>
  );
}
