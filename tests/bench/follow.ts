/* What our room's page does with what it measures of a call's ways (web-client/src/call), for the page that tests/bench/quality.mjs measures by: the same ladder of
   what is sent, and the same patience with each voice. */
import { atStep, climb, degradation, encodingsFor, ladderStart } from '../../web-client/src/call/encodings';
import { leastFor, noLeast, withLeast } from '../../web-client/src/call/least';
import { figures, madeUp, sample, type Sample } from '../../web-client/src/call/quality';
import { noTrips, tripped, waits } from '../../web-client/src/call/trips';
import { askable, hold, holdFor, unheld, voiceBits, type Hold } from '../../web-client/src/call/voice';

/** What goes up of a face of that height. */
export const layers = (height: number) => encodingsFor('camera', height);

const look_ms = 2000;
const rows = async (pc: RTCPeerConnection | undefined) => (pc === undefined ? [] : [...(await pc.getStats()).values()] as Record<string, unknown>[]);

/** Follows the connections that `now` names, until they are others: then it begins anew. height: of the picture that is sent. */
export function follow(now: () => { up?: RTCPeerConnection; down?: RTCPeerConnection }, height: number): void {
  const full = encodingsFor('camera', height);
  let of: ReturnType<typeof now> = {};
  let before: Sample | null = null;
  let trips = noTrips;
  let ladder = ladderStart(Date.now());
  let least = noLeast;
  let answer: string | null = null; /* as the server gave it */
  let holds = new Map<RTCRtpReceiver, Hold>();

  const send = async (pc: RTCPeerConnection): Promise<void> => {
    for (const sender of pc.getSenders()) {
      const p = sender.getParameters();
      if (sender.track?.kind === 'video') {
        const wanted = atStep('camera', full, height, ladder.step);
        p.degradationPreference = degradation('camera', wanted, height);
        wanted.forEach(({ active, maxBitrate, scaleResolutionDownBy }, i) => Object.assign(p.encodings[i]!, { active, maxBitrate, scaleResolutionDownBy }));
      } else if (voiceBits(ladder.step === 0) === undefined) delete p.encodings[0]!.maxBitrate;
      else p.encodings[0]!.maxBitrate = voiceBits(ladder.step === 0);
      await sender.setParameters(p);
    }
  };

  /* In a call the server answers another offer; here its answer is taken once more. */
  const agree = async (pc: RTCPeerConnection): Promise<void> => {
    answer ??= pc.remoteDescription?.sdp ?? '';
    await pc.setLocalDescription({ type: 'offer', sdp: askable((await pc.createOffer()).sdp ?? '') });
    await pc.setRemoteDescription({ type: 'answer', sdp: withLeast(answer, least.kbps) });
  };

  setInterval(async () => {
    const is = now();
    if (is.up !== of.up || is.down !== of.down) {
      [of, before, trips, ladder, least, answer, holds] = [is, null, noTrips, ladderStart(Date.now()), noLeast, null, new Map()];
      return;
    }
    const s = sample(performance.now(), await rows(is.up), await rows(is.down));
    trips = tripped(trips, s.rtt_ms, s.lossUp, ladder.step, Date.now());
    if (before !== null) {
      const f = figures(before, s, waits(trips));
      const next = climb(ladder, f, Date.now());
      const stepped = next.step !== ladder.step;
      ladder = next;
      if (stepped && is.up !== undefined) await send(is.up);
      const { kbps } = least;
      least = leastFor(least, f, Date.now());
      if (least.kbps !== kbps && is.up !== undefined) await agree(is.up);
      const made_up = madeUp(before, s);
      for (const { receiver, mid } of is.down?.getTransceivers() ?? []) {
        if (receiver.track.kind !== 'audio') continue;
        const held = holdFor(holds.get(receiver) ?? unheld, f, made_up.get(mid ?? '') ?? 0);
        holds.set(receiver, held);
        hold(receiver, held.ms);
      }
    }
    before = s;
  }, look_ms);
}
