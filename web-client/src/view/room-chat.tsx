/* The chat of the room: in a consultation kept with it, else not, and that is said. A line stands only once the server has it. */
import { useEffect, useRef } from 'preact/hooks';
import type { Call } from '../call/call';
import { text } from '../text';
import { callText } from '../text/call';
import { lookText } from '../text/look';
import { draftKey } from '../wire/session';
import { hm, stamp } from '../state/format';
import { now } from '../state/clock';
import { useDraft } from '../state/draft';
import { Icon } from '../ui/icon';
import { Button } from '../ui/parts';

const bytes_max = 2000;
const bytesOf = (words: string): number => new TextEncoder().encode(words).length;

export function Chat({ call, room }: { call: Call; room: string }) {
  const c = lookText();
  const look = call.look;
  const box = useDraft(draftKey('chat', room));
  const end = useRef<HTMLDivElement>(null);
  const lines = look.lines.value;
  const saying = look.saying.value;
  const words = box.text.value;
  const long = bytesOf(words.trim()) > bytes_max;
  useEffect(() => { end.current?.scrollIntoView({ block: 'nearest' }); }, [lines.length, saying?.failed]);
  /* What the server has is no draft any more. */
  const said = useRef<string | null>(null);
  useEffect(() => { if (saying === null && said.current !== null) { if (box.text.peek().trim() === said.current) void box.drop(); said.current = null; } }, [saying]);
  const waits = saying !== null && saying.failed === null;
  const send = (): void => {
    const line = words.trim();
    if (line === '' || long || waits) return;
    said.current = line;
    look.say(line);
  };
  const at = (ms: number): string => (Math.abs(now.peek() - ms) < 12 * 3_600_000 ? hm(ms) : stamp(ms));
  return (
    <div class="chat">
      <p class="muted small" data-kept={look.kept.value ? 'yes' : 'no'}>{look.kept.value ? c.chatKept : c.chatNotKept}</p>
      <div class="chat-lines" role="log" aria-label={c.chat} tabIndex={0}><ol>
        {lines.map((l, i) => <li key={l.id ?? `${l.at} ${i}`} class={l.own ? 'own' : undefined} data-line={l.id ?? ''}><p class="chat-who"><b>{l.own ? c.you : l.name}</b> <time class="muted">{at(l.at)}</time></p><p class="chat-words">{l.text}</p></li>)}
        {lines.length === 0 && <li class="muted">{c.chatNone}</li>}
      </ol><div ref={end} /></div>
      <form noValidate onSubmit={(e) => { e.preventDefault(); send(); }}>
        <label class="vh" for="chat-words">{c.chatLine}</label>
        <textarea id="chat-words" class="textarea" rows={2} value={words} placeholder={c.chatLine} onInput={(e) => { box.set(e.currentTarget.value); }} onBlur={box.flush}
          onKeyDown={(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); send(); } }} />
        <div class="row wrap">
          <Button type="submit" kind="primary" busy={waits ? c.chatSending : false} disabled={words.trim() === '' || long}>{c.chatSend}</Button>
          <span class="muted small">{c.chatKeys}</span>
        </div>
        {long && <p class="error" role="alert">{c.chatLong}</p>}
        {saying?.failed != null && <p class="error" role="alert" data-chat-failed=""><Icon name="warn" size="s" /><span>{callText().refused[saying.failed] ?? c.chatLost}</span> <button type="button" class="linkish" onClick={() => { look.say(saying.text); }}>{text().retry}</button> <button type="button" class="linkish" onClick={look.dropSaying}>{text().close}</button></p>}
      </form>
    </div>
  );
}
