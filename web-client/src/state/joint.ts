/* The request that a joint search is for: carried from the waiting list to the search, never in an address. */
import { signal } from '@preact/signals';
import type { Waiting } from '../wire/agenda';

export const chosen = signal<Waiting | null>(null);
