/* Whose consultation the room is that this page is in, as far as the reader may know. */
import { signal } from '@preact/signals';
import { idOf, readEncounter, readOne } from '../wire/fhir';
import { visitOfRoom } from '../wire/rooms';
import { send } from './session';

export interface RoomVisit { id: string; room: string; patient: string }
export const roomVisit = signal<RoomVisit | null>(null);

/** Asked when the room is entered, and again when a way into the chart may have opened or ended. */
export async function askRoomVisit(room: string): Promise<void> {
  const found = await send(visitOfRoom(room));
  if (!found.ok) return;
  if (found.value === null) { roomVisit.value = null; return; }
  const encounter = await send(readOne('Encounter', found.value, readEncounter));
  roomVisit.value = encounter.ok ? { id: found.value, room, patient: idOf(encounter.value.subject.reference) } : null;
}
