/* The system admin's first look (PROTOCOL §5). */
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import * as wire from '../wire/system';
import type { BadLine, Check, CheckState } from '../wire/system';
import { bytes, count, full, hm, hms, longSpan } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Fact, Facts, FaultNotice, PageHead, Section, Skeleton, SiteSeconds, St, When } from '../ui/parts';

const order: Record<CheckState, number> = { bad: 0, warn: 1, ok: 2 };
const refresh_ms = 10_000;
/* A screen left alone must not keep its session alive: it refreshes by itself only while somebody is there. */

/** What is wrong in words, and the figure behind it. */
function CheckWords({ check }: { check: Check }) {
  const s = text().system;
  const why = s.checkCodes[`${check.name}.${check.code}`] ?? check.code;
  const mib = /^(\d+) MiB$/.exec(check.detail)?.[1];
  const days = /^(-?\d+) d$/.exec(check.detail)?.[1];
  const figure = mib !== undefined ? s.left(bytes(Number(mib) * 1_048_576)) : days !== undefined ? s.daysLeft(Number(days)) : check.detail;
  return <>{why !== '' && <span class="soft">{why}</span>}<span class="muted num">{figure}</span></>;
}

const minute_ms = 60_000;

/** Whose network to look at, and for when; nobody's name. */
function BadLines({ lines }: { lines: readonly BadLine[] }) {
  const s = text().system;
  return (
    <Section id="bad-lines" title={s.badLines} count={lines.length}>
      <p class="help">{s.badLinesHelp}</p>
      {lines.length === 0 ? <p class="muted">{s.badLinesNone}</p> : (
        <Facts>{lines.map((l, i) => (
          <Fact key={i} label={s.lineSides[l.side] ?? l.side} note={<span class="num"><When at={l.since} />–{hm(l.last + minute_ms)}</span>}>{s.lineMinutes(l.minutes)}</Fact>
        ))}</Facts>
      )}
    </Section>
  );
}

export function HealthPage() {
  const t = text();
  const s = t.system;
  const load = useLoad(wire.health, news.health.value);
  const lines = useLoad(wire.badLines, news.health.value);
  const act = useAct();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void load.again();
    }, refresh_ms);
    return () => clearInterval(timer);
  }, []);
  const h = load.value.value;
  const bad = h?.checks.filter((c) => c.state === 'bad').length ?? 0;
  const warn = h?.checks.filter((c) => c.state === 'warn').length ?? 0;
  const sum = h === null ? undefined : <>
    {bad > 0 ? <St tone="bad">{s.someBad(bad)}</St> : warn > 0 ? <St tone="warn">{s.someWarn(warn)}</St> : <St tone="ok">{s.allOk}</St>} <span class="muted">{s.updated(hms(load.at.value))}</span>
  </>;
  const scrub = async (): Promise<void> => {
    const result = await act.run(wire.scrub());
    if (result.ok) { say(s.scrubDone); void load.again(); }
  };
  return (
    <>
      <PageHead title={s.health} sum={sum} end={<Button icon="follow" onClick={() => { void load.again(); }}>{s.refresh}</Button>} />
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {h === null ? load.slow.value && <Skeleton rows={8} /> : (
        <div class="cols">
          <div class="stack">
            <Section id="checks" title={s.checks} count={h.checks.length}>
              {h.checks.length === 0 ? <p class="muted">{s.checksNone}</p> : (
                <ul class="list checks">{[...h.checks].sort((a, b) => order[a.state] - order[b.state]).map((c) => (
                  <li key={c.name}><St tone={c.state === 'ok' ? 'ok' : c.state === 'warn' ? 'warn' : 'bad'}>{s.checkStates[c.state]}</St><b>{s.checkNames[c.name] ?? c.name}</b><CheckWords check={c} /></li>
                ))}</ul>
              )}
            </Section>
            {lines.value.value !== null && <BadLines lines={lines.value.value} />}
            <div class="two">
              <Section id="store" title={s.store}>
                <Facts>
                  <Fact label={s.size}>{bytes(h.store.bytes)}</Fact>
                  <Fact label={s.wal}>{bytes(h.store.wal_bytes)}</Fact>
                  <Fact label={s.free}>{bytes(h.store.free_bytes)}</Fact>
                  <Fact label={s.queue}>{count(h.store.queue)}</Fact>
                  <Fact label={s.readers}>{count(h.store.readers)}</Fact>
                  <Fact label={s.commits}>{count(h.store.commits)}</Fact>
                  {h.store.last_commit_ms !== null && <Fact label={s.lastCommit}>{s.ms(h.store.last_commit_ms)}</Fact>}
                  <Fact label={s.schema}>{h.store.schema}</Fact>
                </Facts>
              </Section>
              <div class="stack">
                <Section id="audit" title={s.audit}>
                  <Facts>
                    <Fact label={s.seq}>{count(h.audit.seq)}</Fact>
                    <Fact label={s.anchor}><When at={h.audit.anchor_at} /></Fact>
                    <Fact label={s.head} tall><span class="print-id">{h.audit.head}</span></Fact>
                  </Facts>
                </Section>
                <Section id="scrub" title={s.scrub} end={<Button busy={act.busy ? s.scrubBusy : false} disabled={h.scrub.state === 'running'} onClick={() => { void scrub(); }}>{s.scrubNow}</Button>}>
                  <FaultNotice fault={act.fault} />
                  <Facts>
                    <Fact label={t.security.state}><St tone={h.scrub.state === 'failed' ? 'bad' : h.scrub.state === 'running' ? 'act' : 'ok'}>{s.scrubStates[h.scrub.state]}</St></Fact>
                    <Fact label={s.scrubLast}><When at={h.scrub.last} /></Fact>
                    <Fact label={s.scrubPages}>{count(h.scrub.pages)}</Fact>
                    <Fact label={s.scrubBad}>{h.scrub.bad > 0 ? <St tone="bad">{count(h.scrub.bad)}</St> : count(0)}</Fact>
                  </Facts>
                </Section>
              </div>
            </div>
          </div>
          <div class="stack">
            <Section id="clock" title={s.clock}>
              <Facts>
                <Fact label={s.now}><SiteSeconds /></Fact>
                {h.clock.synced !== null && <Fact label={s.source} note={h.clock.source === '' || h.clock.source === 'none' ? undefined : h.clock.source}>{h.clock.synced ? <St tone="ok">{s.synced}</St> : <St tone="warn">{s.unsynced}</St>}</Fact>}
                {h.clock.offset_ms !== null && <Fact label={s.offset}>{s.ms(h.clock.offset_ms)}</Fact>}
              </Facts>
            </Section>
            <Section id="server" title={s.server}>
              <Facts>
                <Fact label={s.version}><span class="mono">{h.version}</span></Fact>
                <Fact label={s.started}>{full(h.started)}</Fact>
                <Fact label={s.uptime}><span class="num">{longSpan(h.uptime_s)}</span></Fact>
                <Fact label={s.http}>{count(h.connections.http)}</Fact>
                <Fact label={s.ws}>{count(h.connections.ws)}</Fact>
              </Facts>
            </Section>
          </div>
        </div>
      )}
    </>
  );
}
