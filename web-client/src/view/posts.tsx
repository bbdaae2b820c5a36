/* How each message that leaves the house stands, and sending one again. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { postsText } from '../text/posts';
import { postAgain, posts, type Post } from '../wire/posts';
import { day, hm, stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Button, Empty, FaultNotice, PageHead, Seg, Skeleton, St, When } from '../ui/parts';
import { Row, Table } from '../ui/table';

const tones = { sent: 'ok', failed: 'bad', unknown: 'warn', late: 'warn', waiting: 'act', sending: 'act' } as const;
const filters = ['', 'sent', 'waiting', 'failed', 'unknown', 'late', 'dropped'] as const;
type Filter = (typeof filters)[number];
const mayAgain = (p: Post): boolean => ['failed', 'unknown', 'late'].includes(p.state) || (p.state === 'waiting' && p.tries > 0);

function One({ post, again }: { post: Post; again: () => void }) {
  const w = postsText();
  const act = useAct();
  const send = async (): Promise<void> => {
    const done = await act.run(postAgain(post.number));
    if (done.ok) { say(w.againDone); again(); }
  };
  return (
    <Row>
      <td><b>{post.name}</b><small>{w.ways[post.way] ?? post.way}</small></td>
      <td>{agendaText().message(post.kind)}<small><When at={post.made} /></small></td>
      <td class="line num">{day(post.start)} {hm(post.start)}</td>
      <td>
        <St tone={tones[post.state as keyof typeof tones]}>{w.states[post.state] ?? post.state}</St>
        {post.why !== '' && <small>{w.why(post.why, post.code)}</small>}
        {post.tries > 1 && <small>{w.tries(post.tries)}</small>}
        {post.next !== null && post.state === 'waiting' && <small>{w.next(stamp(post.next))}</small>}
        <FaultNotice fault={act.fault} />
      </td>
      <td class="act">{mayAgain(post) && <Button label={w.againNamed(post.name)} busy={act.busy ? w.againBusy : false} onClick={() => { void send(); }}>{w.again}</Button>}</td>
    </Row>
  );
}

export function PostsPage() {
  const w = postsText();
  const filter = useSignal<Filter>('');
  const list = useLoad(() => posts(filter.value), `${news.agenda.value} ${filter.value}`);
  const all = list.value.value;
  const count = (f: Filter): number => (all === null ? 0 : f === '' ? all.counts.waiting + all.counts.sending + all.counts.failed + all.counts.unknown + all.counts.late : all.counts[f]);
  return (
    <>
      <PageHead title={w.title} sum={w.sum} end={<Button onClick={() => { void list.again(); }}>{text().system.refresh}</Button>} />
      <div class="stack">
        <Seg label={w.state} value={filter.value} options={filters.map((f) => ({ value: f, words: `${f === '' ? w.open : w.states[f]} ${w.count(count(f))}` }))} onPick={(f) => { filter.value = f; }} />
        <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
        {all === null && list.slow.value ? <Skeleton /> : null}
        {all !== null && all.posts.length === 0 ? <Empty icon="bell" title={w.none}>{w.noneText}</Empty> : null}
        {all !== null && all.posts.length > 0 ? (
          <Table label={w.title} columns={[{ words: w.who }, { words: w.what, wide: true }, { words: w.when }, { words: w.state, wide: true }, { words: w.again, hidden: true }]}>
            {all.posts.map((p) => <One key={p.number} post={p} again={() => { void list.again(); }} />)}
          </Table>
        ) : null}
        {all !== null && all.counts.unknown > 0 ? <p class="help">{w.unknownHelp}</p> : null}
      </div>
    </>
  );
}
