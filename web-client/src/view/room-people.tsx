/* What is told of the room itself: who and what is here, and how the link is. */
import { useSignal } from '@preact/signals';
import type { Call } from '../call/call';
import { isWeak } from '../call/quality';
import { text } from '../text';
import { callText, type CallDict } from '../text/call';
import type { Participant, Quality } from '../wire/call';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Button, IconButton, Sep, St } from '../ui/parts';
import { PassesDialog } from './room-passes';
import { nameOf, rolesOf, trackName, wordFor } from './room-names';

export function People({ call, room, onChoose }: { call: Call; room: string; onChoose: (track: number) => void }) {
  const c = callText();
  const t = text();
  const out = useSignal<Participant | null>(null);
  const passing = useSignal(false);
  const has = call.participants.value.some((p) => p.kind === 'endpoint');
  const pictures = call.tracks.value.filter((x) => x.kind === 'video');
  return (
    <>
      <h2>{c.peopleList} <span class="muted">{call.participants.value.length}</span></h2>
      <ul class="who-list">
        {call.participants.value.map((p) => (
          <li key={p.id}>
            <span class="avatar" aria-hidden="true">{[...p.display][0]}</span>
            <div class="grow">{p.display}<small>{rolesOf(p)}{p.host && <><Sep />{c.host}</>}{p.id === call.me.value && <><Sep />{c.you}</>}</small></div>
            {wordFor(call, p) !== 'unknown' && <St tone={isWeak(wordFor(call, p)) ? 'warn' : 'ok'}>{c.words[wordFor(call, p)]}</St>}
            {call.host.value && p.id !== call.me.value && <IconButton icon="x" label={c.kick(p.display)} onClick={() => { out.value = p; }} />}
          </li>
        ))}
      </ul>
      {call.host.value && <p><Button icon="key" onClick={() => { passing.value = true; }}>{c.passes.open}</Button></p>}
      {call.endpoint.value !== null && <p><Button icon="screen" onClick={() => call.callIn(!has)}>{has ? c.endpointOut(call.endpoint.value) : c.endpointIn(call.endpoint.value)}</Button></p>}
      {passing.value && <PassesDialog room={room} onClose={() => { passing.value = false; }} />}
      <h2>{c.pictures} <span class="muted">{pictures.length}</span></h2>
      {pictures.length === 0 ? <p class="muted">{c.noPictures}</p> : (
        <ul class="who-list">
          {pictures.map((x) => (
            <li key={x.id}>
              <Icon name={x.label === 'screen' ? 'screen' : x.label === 'camera' ? 'video' : 'eye'} />
              <div class="grow">{trackName(call, x)}<small>{c.labels[x.label]}<Sep />{nameOf(call, x.participant)}{x.muted && <><Sep />{c.offPicture}</>}</small></div>
              {!x.muted && <Button kind="plain" onClick={() => onChoose(x.id)} label={`${c.show} ${trackName(call, x)}`}>{c.show}</Button>}
            </li>
          ))}
        </ul>
      )}
      {out.value !== null && (
        <Dialog title={c.kickTitle} sub={c.kickSub(out.value.display)} onClose={() => { out.value = null; }}>
          <div class="actions"><Button onClick={() => { out.value = null; }}>{t.cancel}</Button><Button kind="danger" onClick={() => { if (out.value) call.kick(out.value.id); out.value = null; }}>{c.kickNow}</Button></div>
        </Dialog>
      )}
    </>
  );
}

const Rows = ({ rows }: { rows: [string, string][] }) => <table class="linkfacts"><tbody>{rows.map(([k, v]) => <tr key={k}><th scope="row">{k}</th><td class="num">{v}</td></tr>)}</tbody></table>;

function wayRows(c: CallDict, way: string, q: Quality | null): [string, string][] {
  if (q === null) return [[way, c.unknown]];
  return [[c.way(way, c.rtt), c.ms(q.rtt_ms)], [c.way(way, c.loss), c.permille(q.loss)], [c.way(way, c.rate), c.kbps(q.kbps)]];
}

export function LinkPane({ call }: { call: Call }) {
  const c = callText();
  const f = call.own.value;
  const others = call.participants.value.filter((p) => p.id !== call.me.value && p.kind === 'person');
  const sends = call.sources.value.flatMap((s): [string, string][] => { const at = call.sent.value.get(s.key); return at === undefined ? [] : [[s.name === '' ? c.labels[s.label] : s.name, c.sentAs(at.codec, at.width, at.height, at.fps)]]; });
  return (
    <>
      <h2>{c.toServer}</h2>
      <p class="muted">{c.linkSum}</p>
      {f === null ? <p class="muted">{c.unknown}</p> : (
        <Rows rows={[
          [c.rtt, f.rtt_ms === null ? c.unknown : c.ms(f.rtt_ms)], [c.lossUp, c.permille(f.loss_up)], [c.lossDown, c.permille(f.loss_down)],
          [c.rateUp, c.kbps(f.kbps_up)], [c.rateDown, c.kbps(f.kbps_down)], [c.room, f.room_kbps === null ? c.unknown : c.kbps(f.room_kbps)], [c.sending, c.steps[call.ladder.value.step]],
        ]} />
      )}
      {sends.length > 0 && <><h2>{c.sends}</h2><Rows rows={sends} /></>}
      <h2>{c.everybody}</h2>
      {others.length === 0 ? <p class="muted">{c.alone}</p> : others.map((p) => {
        const q = call.quality.value.get(p.id);
        const word = wordFor(call, p);
        return (
          <details key={p.id} class="link-row">
            <summary><span class="i-turn"><Icon name="right" size="s" /></span>{p.display}{word !== 'unknown' && <St tone={isWeak(word) ? 'warn' : 'ok'}>{c.words[word]}</St>}</summary>
            <Rows rows={[...wayRows(c, c.upWay, q?.up ?? null), ...wayRows(c, c.downWay, q?.down ?? null)]} />
          </details>
        );
      })}
    </>
  );
}
