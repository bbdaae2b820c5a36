/* Files and images on their way up: the browser sends the file as it lies, whatever its size. */
import { obj, or, str, type Out } from './read';
import type { Call } from './http';

const readBinary = obj({ id: str, contentType: or(str, '') });
export type Binary = Out<typeof readBinary>;

/** A minute for a small one; a large one over a slow line has half an hour. */
const wait_ms = 30 * 60_000;

/** What the server takes beside DICOM. */
export const fileTypes = ['application/pdf', 'image/jpeg', 'image/png', 'image/webp', 'text/plain'] as const;

export const uploadFile = (patient: string, file: File): Call<Binary> => ({
  method: 'POST', path: '/fhir/Binary', file, media: file.type, wait_ms,
  headers: { Accept: 'application/fhir+json', 'X-Security-Context': `Patient/${patient}` }, read: readBinary,
});

/** One DICOM object, for this patient and nobody else. */
export const uploadImage = (patient: string, file: File): Call<null> => ({
  method: 'POST', path: `/dicom-web/studies?patient=${encodeURIComponent(`Patient/${patient}`)}`, file, media: 'application/dicom', wait_ms,
  headers: { Accept: 'application/dicom+json' }, read: () => null,
});

/** PS3.10: 128 bytes, then these. */
export async function isDicom(file: File): Promise<boolean> {
  const head = await file.slice(128, 132).text();
  return head === 'DICM';
}

/** Why an object was refused, as the answer to an upload of one says it. */
export function whyRefused(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const at = (v: unknown, key: string): unknown => (typeof v === 'object' && v !== null ? (v as Record<string, unknown>)[key] : undefined);
  const first = (v: unknown): unknown => (Array.isArray(at(v, 'Value')) ? (at(v, 'Value') as unknown[])[0] : undefined);
  const words = first(at(first(at(body, '00081198')), '00000902'));
  return typeof words === 'string' ? words : '';
}
