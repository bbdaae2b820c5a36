/* The live link's state, and what its notices do. */
import { effect, signal, untracked } from '@preact/signals';
import type { CallFrame, CallIntent } from '../wire/call';
import { openLink, type Link, type LinkState } from '../wire/socket';
import { setServerNow } from './clock';
import { endsIn } from './idle';
import { checkSession, expire, over, session } from './session';

export const link = signal<LinkState>({ is: 'off' });
/** The browser itself has no network; the link learns of that only when nothing is heard any more. */
export const isOut = signal(false);
/** The last that was heard of an opinion: which visit's, which part moved (null: it stands otherwise), and who moves it. */
export const opinionHeard = signal<{ visit: string; part: string | null; by: string; n: number }>({ visit: '', part: null, by: '', n: 0 });
/** Counts notices of a kind: a screen that shows it loads again when the number moves. */
export const news = { health: signal(0), lockout: signal(0), glass: signal(0), exports: signal(0), sign: signal(0), copies: signal(0), statements: signal(0), agenda: signal(0), ring: signal(0), sick: signal(0), results: signal(0), registry: signal(0), late: signal(0), alarm: signal(0), exception: signal(0), deaths: signal(0), keeping: signal(0) };
/** The last grant of this person's that ended: what is open of that patient closes (rule 8). */
export const grantEnded = signal<{ id: number; patient: string } | null>(null);
/** Engagements that an emergency wants and that yield by a written order alone. */
export const ordersWanted = signal<readonly string[]>([]);
/** The server was upgraded while this page was open. */
export const upgraded = signal(false);

let open: Link | null = null;
let callHears: ((frame: CallFrame) => void) | null = null;
let version = '';

export function watchLink(): void {
  effect(() => {
    const wanted = session.value !== null && over.value === null;
    untracked(() => {
      if (wanted && open === null) open = start();
      else if (!wanted && open !== null) {
        open.stop();
        open = null;
      }
    });
  });
  const look = (): void => { isOut.value = !navigator.onLine; };
  look();
  addEventListener('offline', look);
  addEventListener('online', () => { look(); open?.nudge(); });
  addEventListener('pageshow', () => open?.nudge());
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') open?.nudge(); });
}

/** The call this page is in hears its frames here; null when it is over. */
export const hearCall = (hear: ((frame: CallFrame) => void) | null): void => { callHears = hear; };
export const tellCall = (intent: CallIntent): boolean => open?.call(intent) ?? false;

export const lineAgain = (): void => open?.again();

export const reconnect = (): void => open?.nudge();

function start(): Link {
  return openLink(`${location.origin.replace(/^http/, 'ws')}/ws`, {
    state: (state) => { link.value = state; },
    clock: (at, round_ms) => {
      setServerNow(at, round_ms);
      if (link.value.is === 'live') link.value = { ...link.value, round_ms };
    },
    version: (v) => {
      if (version !== '' && v !== '' && v !== version) upgraded.value = true;
      version = v;
    },
    /* What is booked and who is rung may have moved between a screen's first look and this. */
    anew: () => {
      news.agenda.value += 1;
      news.ring.value += 1;
      for (const moved of [news.sick, news.registry, news.results, news.late, news.alarm]) moved.value += 1;
    },
    notice: (notice) => {
      switch (notice.kind) {
        case 'session_ended': expire(notice.why); break;
        case 'session_ending': endsIn(notice.in_s); break;
        case 'health': news.health.value += 1; break;
        case 'lockout': news.lockout.value += 1; break;
        case 'glass_broken': news.glass.value += 1; break;
        case 'exports': news.exports.value += 1; break;
        case 'seal_asked': news.sign.value += 1; break;
        case 'copies': news.copies.value += 1; break;
        case 'statements': news.statements.value += 1; news.late.value += 1; break;
        case 'opinion': opinionHeard.value = { visit: notice.visit, part: notice.part, by: notice.by, n: opinionHeard.peek().n + 1 }; break;
        case 'agenda': news.agenda.value += 1; break;
        case 'deaths': news.deaths.value += 1; break;
        case 'keeping': news.keeping.value += 1; break;
        case 'exception': news.exception.value += 1; break;
        case 'order_wanted': ordersWanted.value = [...ordersWanted.peek().filter((id) => id !== notice.engagement), notice.engagement]; news.agenda.value += 1; break;
        case 'ring': news.ring.value += 1; break;
        case 'sick_calls': news.sick.value += 1; news.late.value += 1; break;
        case 'registry': news.registry.value += 1; break;
        case 'results': news.results.value += 1; news.late.value += 1; break;
        case 'late': news.late.value += 1; break;
        case 'alarm': news.alarm.value += 1; break;
        case 'grant_ended': grantEnded.value = { id: notice.id, patient: notice.patient }; break;
        case 'other': break;
      }
    },
    call: (frame) => callHears?.(frame),
    doubt: (certain) => { if (certain) expire(null); else void checkSession(); },
  });
}
