/* How loud a microphone is, from 0 to 1, ten times a second. */
export interface Meter { stop: () => void }

export function meter(track: MediaStreamTrack, heard: (level: number) => void): Meter {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  void context.resume();
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const s of samples) sum += s * s;
    heard(loudness(Math.sqrt(sum / samples.length)));
  }, 100);
  return { stop: () => { clearInterval(timer); source.disconnect(); void context.close(); } };
}

/** -60 dBFS is silence, -12 dBFS is full. */
export const loudness = (rms: number): number => (rms <= 0 ? 0 : Math.min(1, Math.max(0, (20 * Math.log10(rms) + 60) / 48)));

/** Bars that are lit, of four. */
export const bars = (level: number): number => (level < 0.08 ? 0 : Math.min(4, 1 + Math.floor(level * 4)));
