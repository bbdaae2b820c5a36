/* A short sound to try a loudspeaker with: two notes, made here, played once through the chosen one. */
const hz = 16_000;
const notes: readonly [number, number][] = [[523, 0.35], [659, 0.55]];

/** The notes as a WAV file of 16 bits. Pure. */
export function chime(): Uint8Array<ArrayBuffer> {
  const samples = notes.flatMap(([pitch, s]) => Array.from({ length: Math.floor(hz * s) }, (_, i) => {
    const at = i / hz;
    const swell = Math.min(1, at / 0.02, (s - at) / 0.15);
    return Math.sin(2 * Math.PI * pitch * at) * 0.4 * Math.max(0, swell);
  }));
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const v = new DataView(bytes.buffer);
  const word = (at: number, text: string): void => { for (let i = 0; i < text.length; i += 1) v.setUint8(at + i, text.charCodeAt(i)); };
  word(0, 'RIFF'); v.setUint32(4, 36 + 2 * samples.length, true); word(8, 'WAVEfmt ');
  v.setUint32(16, 16, true); v.setUint16(20, 1, true); v.setUint16(22, 1, true); v.setUint32(24, hz, true); v.setUint32(28, 2 * hz, true); v.setUint16(32, 2, true); v.setUint16(34, 16, true);
  word(36, 'data'); v.setUint32(40, 2 * samples.length, true);
  samples.forEach((x, i) => { v.setInt16(44 + 2 * i, Math.round(x * 32767), true); });
  return bytes;
}

/** Plays it; `ended` when it is over or could not be played. Answers how to stop it. */
export function playChime(speaker: string | null, ended: (played: boolean) => void): () => void {
  const url = URL.createObjectURL(new Blob([chime()], { type: 'audio/wav' }));
  const audio = new Audio(url);
  let over = false;
  const end = (played: boolean): void => { if (over) return; over = true; audio.pause(); URL.revokeObjectURL(url); ended(played); };
  audio.onended = () => end(true);
  audio.onerror = () => end(false);
  const go = async (): Promise<void> => {
    if (speaker !== null && 'setSinkId' in audio) await audio.setSinkId(speaker);
    if (!over) await audio.play();
  };
  go().catch(() => end(false));
  return () => { over = true; audio.pause(); URL.revokeObjectURL(url); };
}
