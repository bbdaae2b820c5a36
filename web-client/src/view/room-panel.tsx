/* The right-hand side of the room, one tab each: in a consultation what is written and read of the patient; in every room the chat, the people, the link. */
import { useEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import type { Call } from '../call/call';
import { callText } from '../text/call';
import { lookText } from '../text/look';
import { useChart, type Chart } from '../state/chart';
import { grantEnded } from '../state/link';
import { roomVisit, type RoomVisit } from '../state/visit-room';
import { has } from '../state/session';
import { Icon } from '../ui/icon';
import { Opinion } from './opinion';
import { Chat } from './room-chat';
import { isClinic, RoomChart, RoomOrders } from './room-chart';
import { Images } from './room-images';
import type { What } from './room-led';
import { LinkPane, People } from './room-people';

const records = ['opinion', 'chart', 'images', 'orders'] as const;
type RecordTab = (typeof records)[number];
export type Tab = RecordTab | 'chat' | 'people' | 'link';

type Screens<K extends string, V> = { [k in K]: V };
const isRecordTab = (t: Tab): t is RecordTab => (records as readonly Tab[]).includes(t);

export interface PanelProps { call: Call; room: string; tab: Tab; onTab: (t: Tab) => void; onChoose: (track: number) => void; onOpen: (what: What) => void; onStill: (() => void) | null }

/** All that is of the record is read once, and kept while tabs change: what is typed stays where it is. */
function OfRecord({ call, visit, tab, onOpen, onStill }: { call: Call; visit: RoomVisit; tab: RecordTab | null; onOpen: (what: What) => void; onStill: (() => void) | null }) {
  const c = lookText();
  const chart: Chart = useChart(visit.patient);
  const before = useRef(grantEnded.peek());
  const ended = grantEnded.value;
  /* Rule 8: the grant is over; nothing of the record stays on the page. */
  if (!isClinic() && ended !== null && ended !== before.current && ended.patient === visit.patient) return tab === null ? null : <div class="empty" role="alert" data-closed=""><Icon name="lock" /><b>{c.grantOver}</b></div>;
  const screens: Screens<RecordTab, () => VNode> = {
    opinion: () => <div class="room-chart"><Opinion visit={visit.id} /></div>,
    chart: () => <RoomChart chart={chart} visit={visit.id} />,
    images: () => <Images call={call} chart={chart} visit={visit.id} onOpen={onOpen} onStill={onStill} />,
    orders: () => <RoomOrders chart={chart} />,
  };
  return tab === null ? null : screens[tab]();
}

export function Panel({ call, room, tab, onTab, onChoose, onOpen, onStill }: PanelProps) {
  const c = callText();
  const l = lookText();
  const bar = useRef<HTMLDivElement>(null);
  const visit = roomVisit.value;
  const tabs: readonly Tab[] = [...(visit === null ? [] : records.filter((k) => k !== 'orders' || has('clinic-doctor') || has('nurse'))), 'chat', 'people', 'link'];
  const words: Screens<Tab, string> = { opinion: l.tabOpinion, chart: l.tabChart, images: l.tabImages, orders: l.tabOrders, chat: l.chat, people: c.tabPeople, link: c.tabLink };
  const at: Tab = tabs.includes(tab) ? tab : 'people';
  const unread = useRef(0);
  const lines = call.look.lines.value;
  if (at === 'chat') unread.current = lines.length;
  const fresh = lines.slice(unread.current).filter((x) => !x.own).length;
  useEffect(() => { bar.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }, [at]);
  const arrow = (e: KeyboardEvent): void => {
    if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return;
    e.preventDefault();
    const next = tabs[(tabs.indexOf(at) + (e.key === 'ArrowRight' ? 1 : tabs.length - 1)) % tabs.length] ?? 'people';
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <aside class="panel" aria-label={c.panel}>
      <div ref={bar} class="tabs" role="tablist" aria-label={c.panel} onKeyDown={arrow}>
        {tabs.map((id) => <button key={id} id={`tab-${id}`} type="button" role="tab" aria-selected={at === id} aria-controls={`pane-${id}`} tabIndex={at === id ? 0 : -1} onClick={() => onTab(id)}>{words[id]}{id === 'chat' && fresh > 0 && <small>{fresh}<span class="vh">{l.chatFresh}</span></small>}</button>)}
      </div>
      <section class="pane" id={`pane-${at}`} role="tabpanel" aria-labelledby={`tab-${at}`} tabIndex={0}>
        {visit !== null && <OfRecord key={visit.id} call={call} visit={visit} tab={isRecordTab(at) ? at : null} onOpen={onOpen} onStill={onStill} />}
        {at === 'chat' ? <Chat call={call} room={room} /> : at === 'people' ? <People call={call} room={room} onChoose={onChoose} /> : at === 'link' ? <LinkPane call={call} /> : null}
      </section>
    </aside>
  );
}
