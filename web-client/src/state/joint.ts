/* What a search is for, carried from one screen to the next, never in an address: the request that waits, the booking that is to come again. */
import { signal } from '@preact/signals';
import type { Booking, Waiting } from '../wire/agenda';

export const chosen = signal<Waiting | null>(null);
export const followed = signal<Booking | null>(null);
