/* A screen that is loaded when it is first shown. */
import type { ComponentType } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { Button, Empty, Skeleton } from './parts';

export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let ready: ComponentType | null = null;
  return function Lazy() {
    const state = useSignal<'asking' | 'slow' | 'here' | 'failed'>(ready ? 'here' : 'asking');
    useEffect(() => {
      if (ready) return;
      let gone = false;
      const timer = setTimeout(() => { if (!gone && state.value === 'asking') state.value = 'slow'; }, 200);
      load().then((screen) => { ready = screen; if (!gone) state.value = 'here'; }, () => { if (!gone) state.value = 'failed'; });
      return () => { gone = true; clearTimeout(timer); };
    }, []);
    const t = text();
    if (state.value === 'here' && ready) { const Screen = ready; return <Screen />; }
    if (state.value === 'failed') return <Empty icon="warn" title={t.broken.title} action={<Button kind="primary" onClick={() => location.reload()}>{t.reload}</Button>}>{t.broken.text}</Empty>;
    return state.value === 'slow' ? <Skeleton /> : <div />;
  };
}
