/* The privacy officer reviews who broke the glass (PROTOCOL §12, rule 11). */
import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { glassText } from '../text/glass';
import * as wire from '../wire/glass';
import type { Glass, GlassVerdict } from '../wire/glass';
import { roles as allRoles, type Role } from '../wire/roles';
import { exact } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Empty, FaultNotice, PageHead, Seg, Skeleton, St } from '../ui/parts';
import { Check } from '../ui/form';
import { ReasonDialog } from '../ui/reason';
import { Row, Table } from '../ui/table';

const isRole = (r: string): r is Role => (allRoles as readonly string[]).includes(r);

/** What the person left in the trail about that patient while the glass was broken. */
function OpenedUnder({ id }: { id: number }) {
  const t = text();
  const g = glassText();
  const load = useLoad(() => wire.glassOpened(id), id);
  const found = load.value.value;
  return (
    <section aria-label={g.opened}>
      <p class="muted">{g.opened}{t.colon}{found !== null && found.rows.length === 0 && g.openedNone}</p>
      <FaultNotice fault={load.fault.value} />
      {found !== null && found.rows.length > 0 && <ul class="open-list glass-opened">{found.rows.map((r) => <li key={r.seq}><span>{t.audit.actions[r.action] ?? r.action}<small class="mono">{r.target}</small></span><time dateTime={new Date(r.at).toISOString()}>{exact(r.at)}</time></li>)}</ul>}
      {found !== null && found.next !== null && <p class="muted">{g.openedMore}</p>}
    </section>
  );
}

export function GlassReviews() {
  const t = text();
  const g = glassText();
  const which = useSignal<'open' | 'all'>('open');
  const rows = useSignal<Glass[]>([]);
  const next = useSignal<number | null>(null);
  const open = useSignal<{ glass: Glass; verdict: GlassVerdict } | null>(null);
  const tell = useSignal(true);
  const more = useAct();
  const load = useLoad(() => wire.glassReviews(which.value === 'open', null), `${which.value}|${news.glass.value}`);
  useEffect(() => {
    if (load.value.value === null) return;
    rows.value = load.value.value.rows;
    next.value = load.value.value.next;
  }, [load.value.value]);

  const goOn = async (): Promise<void> => {
    const result = await more.run(wire.glassReviews(which.value === 'open', next.value));
    if (!result.ok) return;
    rows.value = [...rows.value, ...result.value.rows];
    next.value = result.value.next;
  };
  const ask = (glass: Glass, verdict: GlassVerdict) => (): void => { tell.value = true; open.value = { glass, verdict }; };

  return (
    <>
      <PageHead title={g.title} sum={g.sum} end={<Seg label={g.which} value={which.value} options={[{ value: 'open' as const, words: g.open }, { value: 'all' as const, words: g.all }]} onPick={(v) => { which.value = v; }} />} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {load.value.value === null ? load.slow.value && <Skeleton rows={4} /> : rows.value.length === 0 ? <Empty icon="shield" title={g.empty}>{g.emptyText}</Empty> : (
        <Table label={g.title} columns={[{ words: g.at }, { words: g.who }, { words: g.patient, wide: true }, { words: g.why }, { words: g.state }, { words: g.act, hidden: true }]}>
          {rows.value.map((r) => (
            <Row key={r.id}>
              <td class="line"><time dateTime={new Date(r.at).toISOString()}>{exact(r.at)}</time></td>
              <td><b>{r.account.display}</b><small>{isRole(r.role) ? t.roles[r.role] : r.role}</small></td>
              <td class="wide mono">{r.patient}</td>
              <td>{r.reason}</td>
              <td class="mark">{r.verdict === null ? <St tone="warn">{g.waiting}</St> : <St tone={r.verdict === 'justified' ? 'ok' : 'bad'}>{g.verdictOf(g.verdicts[r.verdict], r.reviewed_by?.display ?? '')}</St>}{r.remark !== null && r.remark !== '' && <small>{r.remark}</small>}{r.told && <small>{g.told}</small>}</td>
              <td class="act">{r.verdict === null && wire.verdicts.map((v) => <Fragment key={v}><Button open onClick={ask(r, v)}>{g.verdicts[v]}</Button>{' '}</Fragment>)}</td>
            </Row>
          ))}
        </Table>
      )}
      <FaultNotice fault={more.fault} />
      {next.value !== null && <div class="more"><Button busy={more.busy ? t.loading : false} onClick={() => { void goOn(); }}>{t.more}</Button></div>}
      {open.value !== null && (
        <ReasonDialog
          title={g.titleOf(g.verdicts[open.value.verdict])} sub={open.value.glass.account.display} act={g.save} busy={g.saving}
          draft={['glass', String(open.value.glass.id)]}
          call={((o) => (remark: string) => wire.reviewGlass(o.glass.id, o.verdict, remark, tell.value))(open.value)}
          onClose={() => { open.value = null; }} onDone={() => { open.value = null; say(g.saved); void load.again(); }}
        >
          <p>{open.value.glass.reason}</p>
          <OpenedUnder id={open.value.glass.id} />
          <Check label={g.tell} help={g.tellHelp} checked={tell.value} onPick={(v) => { tell.value = v; }} />
        </ReasonDialog>
      )}
    </>
  );
}
