/* The site's clock: the server's time, ticking each second. */
import { signal } from '@preact/signals';

const skew = signal(0);
let bestRound_ms = Infinity;

export const now = signal(Date.now());

export const serverNow = (): number => Date.now() + skew.value;

/** Takes the server's time; a quicker question gives a better answer and wins. */
export function setServerNow(at: number, round_ms: number): void {
  if (round_ms > bestRound_ms * 2 && Math.abs(at - serverNow()) < 1000) return;
  bestRound_ms = Math.min(bestRound_ms, round_ms);
  skew.value = at - Date.now();
  now.value = serverNow();
}

export const setSkew = (ms: number): void => {
  if (bestRound_ms !== Infinity) return;
  skew.value = ms;
  now.value = serverNow();
};

function tick(): void {
  now.value = serverNow();
  setTimeout(tick, 1000 - (serverNow() % 1000) + 5);
}
tick();
