/* The pure parts of a call: which m-line carries what, what the link bears, words for it, what stands large, frames from the wire. */
import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { atStep, climb, degradation, encodingsFor, ladderStart, resting, stepFor, thinned, watched, type LinkFigures, type Step } from '../src/call/encodings';
import { chime } from '../src/call/chime';
import { keeping, names, ordered, wishFor, type Codec, type Means } from '../src/call/codecs';
import { faces, otherPictures, pinnedTrack, senses } from '../src/call/layout';
import { bars, loudness } from '../src/call/meter';
import { figures, isWeak, madeUp, ownWord, sample, wordOf } from '../src/call/quality';
import { recordingWord, unrecorded } from '../src/call/recorded';
import { askedAway, isDue, lavish, othersChanged, settled, thriftFor, tried } from '../src/call/recode';
import { light_ms, openLights } from '../src/call/light';
import { noTrips, tripped, waits, type Trips } from '../src/call/trips';
import { leastFor, noLeast, withLeast, type Least } from '../src/call/least';
import { floorAtRest, floorNext, gainOf, type Floor } from '../src/call/lanes';
import { openLook } from '../src/call/look';
import { contentBox, framingOf, saidOf, toPicture } from '../src/call/place';
import { isStill, numbersFor, placeOf, pressed, samePlace } from '../src/call/steer';
import { assign, type Slot } from '../src/call/slots';
import { askable, holdFor, orderedVoice, plainVoice, unheld, voiceBits, voiceFor } from '../src/call/voice';
import { deviceFault, looksClinical } from '../src/call/devices';
import { readCallFrame, type CallIntent, type Participant, type Track } from '../src/wire/call';
import { callEn } from '../src/text/call.en';
import { callZh } from '../src/text/call.zh';

const person = (id: number, more: Partial<Participant> = {}): Participant => ({ id, kind: 'person', display: `P${id}`, roles: [], host: false, since: 0, state: 'here', cut: false, ink: 0, hears: null, speaks: null, ...more });
const track = (id: number, participant: number, more: Partial<Track> = {}): Track => ({ id, participant, kind: 'video', label: 'camera', name: '', muted: false, codec: 'VP8', ptz: null, steer: null, ...more });
const link = (more: Partial<LinkFigures> = {}): LinkFigures => ({ rtt_ms: 30, queue_ms: 0, loss_up: 0, loss_down: 0, kbps_up: 800, kbps_down: 800, room_kbps: 2000, limited: false, ...more });

describe('a camera that can be moved', () => {
  const can = { pan: { min: -36_000, max: 36_000, step: 3600 }, zoom: { min: 100, max: 400, step: 1 }, width: { min: 1, max: 4000 } };
  test('says_where_it_stands_in_ten_thousandths_of_each_way_and_nothing_of_an_axis_that_it_does_not_have', () => {
    expect(placeOf(can, { pan: 0, zoom: 400, tilt: 3 })).toEqual({ pan: 5000, zoom: 10_000 });
    expect(placeOf(can, {})).toEqual({});
    expect(placeOf({}, { pan: 0 })).toEqual({});
    expect(placeOf({ pan: { min: 0, max: 0 } }, { pan: 0 })).toEqual({});
    expect(isStill(placeOf({}, {}))).toBe(true);
  });
  test('is_moved_on_its_own_steps_and_never_beyond_its_ends', () => {
    expect(numbersFor(can, { pan: 5400, tilt: 1, zoom: 10_000 })).toEqual({ pan: 3600, zoom: 400 });
    expect(numbersFor(can, { pan: 10_000 })).toEqual({ pan: 36_000 });
    expect(numbersFor({ zoom: { min: 0, max: 1, step: 0 } }, { zoom: 2500 })).toEqual({ zoom: 0.25 });
  });
  test('a_press_goes_one_step_and_says_nothing_at_an_end', () => {
    expect(pressed({ pan: 5000 }, 'pan', 1)).toEqual({ pan: 5400 });
    expect(pressed({ pan: 100 }, 'pan', -1)).toEqual({ pan: 0 });
    expect(pressed({ pan: 0 }, 'pan', -1)).toBeNull();
    expect(pressed({ pan: 0 }, 'zoom', 1)).toBeNull();
    expect(samePlace({ pan: 1 }, { pan: 1 })).toBe(true);
    expect(samePlace(null, { pan: 1 })).toBe(false);
    expect(samePlace(null, {})).toBe(true);
  });
});

describe('languages in a room', () => {
  const run = (f: Floor, speaks: boolean, from: number, ms: number): Floor => { for (let at = from; at < from + ms; at += 50) f = floorNext(f, speaks, 50, at + 50); return f; };
  test('who_interprets_is_heard_by_those_who_chose_the_language_and_by_nobody_else', () => {
    const ug = person(2, { speaks: 'ug' });
    expect(gainOf(ug, 'ug', false, floorAtRest)).toBe(1);
    expect(gainOf(ug, 'zh', false, floorAtRest)).toBe(0);
    expect(gainOf(ug, null, false, floorAtRest)).toBe(0);
    expect(gainOf(person(2), 'ug', false, floorAtRest)).toBe(1);
    expect(gainOf(ug, null, true, floorAtRest)).toBe(1); /* a mix */
  });
  test('the_floor_is_fifteen_decibels_down_a_tenth_of_a_second_after_the_first_word_and_up_again_after_the_last', () => {
    const down = run(floorAtRest, true, 0, 100);
    expect(down.down_db).toBe(15);
    expect(gainOf(person(2), 'ug', false, down)).toBeCloseTo(0.178, 3);
    const breath = run(down, false, 100, 400);
    expect(breath.down_db).toBe(15);
    expect(run(breath, true, 500, 50).down_db).toBe(15);
    const rising = run(breath, false, 500, 250);
    expect(rising.down_db).toBeGreaterThan(5);
    expect(rising.down_db).toBeLessThan(10);
    expect(run(rising, false, 750, 300)).toMatchObject({ down_db: 0 });
  });
});

describe('voice over a lossy way', () => {
  test('takes_its_past_along_from_two_percent_on_and_leaves_it_after_half_a_minute_of_calm', () => {
    expect(voiceFor(plainVoice, link({ loss_up: 19 }))).toEqual(plainVoice);
    let v = voiceFor(plainVoice, link({ loss_up: 20 }));
    expect(v.redundant).toBe(true);
    for (let i = 0; i < 14; i += 1) v = voiceFor(v, link({ loss_up: 9 }));
    expect(v.redundant).toBe(true);
    v = voiceFor(v, link({ loss_up: 15 })); /* not calm, and not much */
    for (let i = 0; i < 14; i += 1) v = voiceFor(v, link({ loss_up: 0 }));
    expect(v.redundant).toBe(true);
    expect(voiceFor(v, link({ loss_up: 0 }))).toEqual(plainVoice);
  });
  test('never_on_a_way_too_narrow_for_it', () => {
    expect(voiceFor({ redundant: true, calm: 0 }, link({ loss_up: 300, room_kbps: 64 }))).toEqual(plainVoice);
    expect(voiceFor(plainVoice, link({ loss_up: 300, room_kbps: 88 })).redundant).toBe(true);
    expect(voiceFor(plainVoice, link({ loss_up: 300, room_kbps: null })).redundant).toBe(true);
  });
  test('a_listener_waits_for_what_a_later_packet_brings', () => {
    const held = { ms: 80, calm: 0 };
    expect(holdFor(unheld, link({ loss_down: 19 }), 0)).toEqual(unheld);
    expect(holdFor(unheld, link({ loss_down: 20 }), 0)).toEqual(held);
    expect(holdFor(held, link({ loss_down: 10 }), 0)).toEqual(held);
    expect(holdFor(held, link({ loss_down: 9 }), 0)).toEqual(unheld);
  });
  test('a_listener_waits_longer_for_a_voice_that_is_lost_on_its_way_to_us_and_asked_for_again', () => {
    let now = holdFor(unheld, link(), 29);
    expect(now).toEqual(unheld);
    now = holdFor(now, link(), 30);
    expect(now).toEqual({ ms: 200, calm: 0 });
    now = holdFor(now, link({ loss_down: 100 }), 5);
    expect(now).toEqual({ ms: 200, calm: 0 });
    for (let i = 1; i < 30; i += 1) now = holdFor(now, link(), 4);
    expect(now).toEqual({ ms: 200, calm: 29 });
    expect(holdFor(now, link(), 4)).toEqual(unheld);
    expect(holdFor(now, link({ loss_down: 20 }), 4)).toEqual({ ms: 80, calm: 0 });
  });
  test('what_was_made_up_of_each_voice_is_counted_between_two_looks_without_what_was_silence', () => {
    const at = (all: number, concealed: number, silent: number) => sample(0, [], [{ type: 'inbound-rtp', kind: 'audio', mid: '0', totalSamplesReceived: all, concealedSamples: concealed, silentConcealedSamples: silent }]);
    expect(madeUp(at(48_000, 4800, 0), at(144_000, 12_400, 2800))).toEqual(new Map([['0', 50]]));
    expect(madeUp(at(48_000, 4800, 0), at(4800, 0, 0))).toEqual(new Map([['0', 0]])); /* another connection */
    expect(madeUp(sample(0, [], []), at(48_000, 480, 0))).toEqual(new Map([['0', 10]]));
  });
  test('red_stands_first_where_it_is_wished_and_behind_opus_else', () => {
    const all = [{ mimeType: 'audio/opus' }, { mimeType: 'audio/red' }, { mimeType: 'audio/G722' }];
    expect(orderedVoice(all, true).map((f) => f.mimeType)).toEqual(['audio/red', 'audio/opus', 'audio/G722']);
    expect(orderedVoice(all, false).map((f) => f.mimeType)).toEqual(['audio/opus', 'audio/G722', 'audio/red']);
  });
});

describe('m-lines', () => {
  const empty: Slot[] = [];
  test('a_newcomer_takes_a_new_m_line_and_one_that_stands_never_moves', () => {
    const a = assign(empty, [{ id: 1, kind: 'audio' }, { id: 2, kind: 'video' }]);
    expect(a).toEqual({ slots: [{ kind: 'audio', track: 1 }, { kind: 'video', track: 2 }], changed: true });
    const b = assign(a.slots, [{ id: 2, kind: 'video' }, { id: 1, kind: 'audio' }, { id: 3, kind: 'video' }]);
    expect(b.slots.map((s) => s.track)).toEqual([1, 2, 3]);
  });
  test('what_went_leaves_its_m_line_to_the_next_of_its_kind_and_to_no_other', () => {
    const gone = assign([{ kind: 'audio', track: 1 }, { kind: 'video', track: 2 }], [{ id: 1, kind: 'audio' }]);
    expect(gone).toEqual({ slots: [{ kind: 'audio', track: 1 }, { kind: 'video', track: null }], changed: true });
    expect(assign(gone.slots, [{ id: 1, kind: 'audio' }, { id: 4, kind: 'audio' }, { id: 5, kind: 'video' }]).slots.map((s) => s.track)).toEqual([1, 5, 4]);
  });
  test('the_same_wish_twice_asks_for_no_new_offer', () => {
    const a = assign(empty, [{ id: 1, kind: 'audio' }]);
    expect(assign(a.slots, [{ id: 1, kind: 'audio' }]).changed).toBe(false);
  });
  test('there_are_never_more_than_the_server_takes', () => {
    const many = Array.from({ length: 80 }, (_, i) => ({ id: i + 1, kind: 'video' as const }));
    const full = assign(empty, many);
    expect(full.slots).toHaveLength(64);
    expect(assign(full.slots, many).changed).toBe(false);
  });
});

describe('what is sent', () => {
  test('a_face_comes_in_layers_by_its_size_and_a_small_one_whole', () => {
    expect(encodingsFor('camera', 720).map((e) => e.rid)).toEqual(['q', 'h', 'f']);
    expect(encodingsFor('camera', 540).map((e) => e.rid)).toEqual(['q', 'h', 'f']);
    expect(encodingsFor('camera', 360).map((e) => e.rid)).toEqual(['h', 'f']);
    for (const height of [320, 360, 480, 540, 720, 1080]) expect(Math.round(height / encodingsFor('camera', height)[0]!.scaleResolutionDownBy)).toBe(180);
    expect(encodingsFor('camera', 180)).toHaveLength(1);
  });
  test('a_face_keeps_the_size_of_its_lowest_layer_when_that_goes_alone', () => {
    const full = encodingsFor('camera', 720);
    expect([3, 2, 1, 0].map((step) => degradation('camera', atStep('camera', full, 720, step as 0 | 1 | 2 | 3), 720))).toEqual(['balanced', 'balanced', 'balanced', 'maintain-resolution']);
    expect(degradation('camera', watched(full, 1), 720)).toBe('maintain-resolution');
    expect(degradation('camera', encodingsFor('camera', 240), 240)).toBe('balanced');
    expect(degradation('exam', encodingsFor('exam', 720), 720)).toBe('maintain-resolution');
  });
  test('a_clinical_source_never_loses_a_pixel_only_pictures_a_second', () => {
    for (const label of ['exam', 'imaging', 'screen'] as const) {
      const full = encodingsFor(label, 1440);
      for (const step of [1, 2, 3] as const) expect(atStep(label, full, 720, step).map((e) => e.scaleResolutionDownBy)).toEqual([1]);
      expect(atStep(label, full, 720, 1)[0]!.maxFramerate).toBeLessThan(atStep(label, full, 720, 3)[0]!.maxFramerate!);
    }
  });
  test('which_layers_of_a_face_rest_is_the_browsers_and_it_is_a_thumbnail_at_last', () => {
    const full = encodingsFor('camera', 720);
    expect(atStep('camera', full, 720, 3)).toEqual(full);
    for (const step of [1, 2] as const) expect(atStep('camera', full, 720, step)).toEqual([{ ...full[0], maxBitrate: 70_000 }, full[1], full[2]]);
    expect(atStep('camera', full, 720, 0).map((e) => e.active)).toEqual([true, false, false]);
    expect(atStep('camera', full, 720, 0)[0]).toMatchObject({ scaleResolutionDownBy: 8, maxBitrate: 20_000, maxFramerate: 4 });
    expect(atStep('exam', encodingsFor('exam', 720), 720, 0).map((e) => e.active)).toEqual([false]);
    expect(resting(full).map((e) => e.active)).toEqual([false, false, false]);
  });
  test('an_offer_says_that_opus_may_be_asked_for_again_once', () => {
    const sdp = 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=rtpmap:63 red/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n';
    expect(askable(sdp)).toBe(sdp.replace('a=rtpmap:111 opus/48000/2\r\n', 'a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\n'));
    expect(askable(askable(sdp))).toBe(askable(sdp));
    expect(askable('')).toBe('');
  });
  test('for_a_narrow_way_the_lowest_layer_is_a_thumbnail_and_what_must_be_seen_whole_stays', () => {
    const full = encodingsFor('camera', 720);
    expect(thinned('camera', full, 720)).toEqual([{ ...full[0]!, scaleResolutionDownBy: 8, maxBitrate: 20_000, maxFramerate: 4 }, { ...full[1], maxFramerate: 30 }, { ...full[2], maxFramerate: 30 }]);
    expect(thinned('camera', encodingsFor('camera', 80), 80)[0]!.scaleResolutionDownBy).toBe(1);
    expect(thinned('exam', encodingsFor('exam', 720), 720)).toEqual(encodingsFor('exam', 720));
    expect([voiceBits(true), voiceBits(false)]).toEqual([16_000, undefined]);
  });
  test('layers_that_nobody_watches_rest_and_the_lowest_goes_always', () => {
    const full = encodingsFor('camera', 720);
    expect([3, 2, 1, 0].map((k) => watched(full, k).map((e) => e.active))).toEqual([[true, true, true], [true, true, false], [true, false, false], [true, false, false]]);
    expect(watched(atStep('camera', full, 720, 0), 3).map((e) => e.active)).toEqual([true, false, false]);
  });
  const tight = (room_kbps: number): LinkFigures => link({ room_kbps, limited: true });
  test('the_link_decides_the_step_but_a_small_estimate_alone_does_not', () => {
    expect(stepFor(link())).toBe(3);
    expect(stepFor(link({ room_kbps: 100 }))).toBe(3);
    expect(stepFor(tight(400))).toBe(2);
    expect(stepFor(tight(150))).toBe(1);
    expect(stepFor(tight(40))).toBe(0);
    expect(stepFor(link({ room_kbps: null, loss_up: 300 }))).toBe(1);
  });
  const airs = (more: Partial<LinkFigures> = {}): LinkFigures => link({ room_kbps: 100, limited: true, loss_up: 300, queue_ms: 10, ...more });
  const after = (at: Least, f: LinkFigures, looks: number, now = 0): Least => { for (let i = 0; i < looks; i += 1) at = leastFor(at, f, now); return at; };
  test('where_the_air_takes_much_and_nothing_waits_on_the_way_the_browser_is_told_to_believe_in_more', () => {
    expect([1, 2].map((looks) => after(noLeast, airs(), looks).kbps)).toEqual([null, 240]);
    for (const f of [airs({ room_kbps: 301 }), airs({ room_kbps: null }), airs({ loss_up: 150 }), airs({ queue_ms: 110 })]) expect(after(noLeast, f, 9).kbps).toBeNull();
    expect(after(leastFor(after(noLeast, airs(), 1), airs({ loss_up: 150 }), 0), airs(), 1).kbps).toBeNull(); /* in a row */
  });
  test('what_crowds_the_way_or_makes_more_get_lost_is_taken_back_and_each_next_try_waits_longer', () => {
    const on = after(noLeast, airs(), 3);
    for (const f of [airs({ queue_ms: 150 }), airs({ loss_up: 510 })]) {
      expect(leastFor(leastFor(leastFor(on, f, 0), airs(), 0), f, 0).kbps).toBe(240); /* one look may be chance */
      const off = after(on, f, 2, 1000);
      expect(off).toMatchObject({ kbps: null, rest: 61_000, rest_ms: 120_000 });
      expect(after(off, airs(), 9, 60_000).kbps).toBeNull();
      expect(after(off, airs(), 3, 61_000).kbps).toBe(240);
    }
    let at = on;
    for (let i = 0; i < 9; i += 1) at = after({ ...at, kbps: 240 }, airs({ queue_ms: 150 }), 2);
    expect(at.rest_ms).toBe(960_000);
  });
  test('a_way_that_loses_little_again_is_left_to_the_browser', () => {
    const on = after(noLeast, airs(), 3);
    expect([2, 3].map((looks) => after(on, airs({ loss_up: 50 }), looks).kbps)).toEqual([240, null]);
    expect(after(on, airs({ loss_up: 160 }), 50).kbps).toBe(240);
    expect(after(leastFor(after(on, airs({ loss_up: 50 }), 2), airs(), 0), airs({ loss_up: 50 }), 2).kbps).toBe(240);
  });
  test('an_answer_tells_the_least_for_each_codec_of_pictures_and_for_nothing_else', () => {
    const sdp = 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n';
    expect(withLeast(sdp, null)).toBe(sdp);
    expect(withLeast(sdp, 240)).toBe(sdp.replace('VP8/90000\r\n', 'VP8/90000\r\na=fmtp:96 x-google-min-bitrate=240\r\n').replace('packetization-mode=1', 'packetization-mode=1;x-google-min-bitrate=240'));
    expect(withLeast('', 240)).toBe('');
  });
  test('loss_behind_a_queue_is_too_much_sent_and_loss_without_one_the_airs', () => {
    const crowded = (kbps_up: number): LinkFigures => link({ room_kbps: null, loss_up: 200, queue_ms: 250, kbps_up });
    expect([140, 300, 900].map((k) => stepFor(crowded(k)))).toEqual([0, 1, 2]);
    expect(stepFor({ ...crowded(140), queue_ms: 20 })).toBe(2);
    expect(voiceFor({ redundant: true, calm: 0 }, crowded(140))).toEqual(plainVoice);
    expect(voiceFor(plainVoice, { ...crowded(140), queue_ms: 20 }).redundant).toBe(true);
  });
  test('where_not_even_a_thumbnails_room_is_seen_a_step_up_is_tried_seldom', () => {
    const low = { ...ladderStart(0), step: 0 as const, since: 0, good: 20_000 };
    expect(climb(low, link({ room_kbps: 60 }), 30_000).step).toBe(0);
    expect(climb(low, link({ room_kbps: 60 }), 80_000).step).toBe(1);
    expect(climb(low, link({ room_kbps: 95 }), 30_000).step).toBe(1);
  });
  const fallen = (room_kbps: number): ReturnType<typeof ladderStart> => climb(climb(ladderStart(0), tight(room_kbps), 20_000), tight(room_kbps), 22_000);
  test('the_first_seconds_and_one_bad_look_say_nothing', () => {
    expect(climb(ladderStart(0), tight(100), 4000)).toEqual(ladderStart(0));
    const once = climb(ladderStart(0), tight(100), 20_000);
    expect(once.step).toBe(3);
    expect(climb(once, link(), 22_000)).toMatchObject({ step: 3, bad: 0 });
  });
  test('down_at_the_second_look_up_one_step_after_a_quiet_while', () => {
    let at = fallen(100);
    expect(at.step).toBe(1);
    for (const now of [24_000, 27_000]) { at = climb(at, link(), now); expect(at.step).toBe(1); }
    expect(climb(at, link(), 30_000).step).toBe(2);
  });
  test('a_bad_moment_starts_the_quiet_while_anew', () => {
    let at = fallen(100);
    at = climb(at, link(), 24_000);
    at = climb(at, tight(150), 29_000);
    expect(climb(at, link(), 31_000).step).toBe(1);
  });
  test('sound_alone_tries_pictures_again_and_waits_twice_as_long_after_a_failed_try', () => {
    let at = fallen(20);
    expect(at.step).toBe(0);
    at = climb(at, link({ room_kbps: null }), 24_000);
    at = climb(at, link({ room_kbps: null }), 30_500);
    expect(at.step).toBe(1);
    at = climb(climb(at, tight(20), 32_500), tight(20), 34_500);
    expect(at).toMatchObject({ step: 0, hold_ms: 12_000 });
  });
});

describe('a codec changes in the middle of a call', () => {
  const stand = (at: typeof lavish, step: 0 | 1 | 2 | 3, from: number, until: number) => { let x = at; for (let now = from; now <= until; now += 2000) x = thriftFor(x, step, now); return x; };
  test('thrifty_after_eight_seconds_on_the_lowest_layer_and_lavish_after_half_a_minute_above_it', () => {
    const at = stand(lavish, 1, 0, 6000);
    expect(at.on).toBe(false);
    const on = thriftFor(at, 1, 8000);
    expect(on.on).toBe(true);
    expect(stand(lavish, 0, 0, 60_000).on).toBe(false); /* a thumbnail goes in layers */
    expect(stand(on, 2, 10_000, 38_000).on).toBe(true);
    expect(stand(on, 2, 10_000, 40_000).on).toBe(false);
  });
  test('a_way_that_swings_changes_nothing', () => {
    let at = lavish;
    let changes = 0;
    for (let now = 0; now < 600_000; now += 2000) { const next = thriftFor(at, Math.floor(now / 6000) % 2 === 0 ? 1 : 2, now); if (next.on !== at.on) changes += 1; at = next; }
    expect(changes).toBe(0);
    /* slow enough to be believed once: then it stays thrifty, and no codec comes and goes */
    at = lavish;
    for (let now = 0; now < 600_000; now += 2000) { const next = thriftFor(at, Math.floor(now / 14_000) % 2 === 0 ? 1 : 3, now); if (next.on !== at.on) changes += 1; at = next; }
    expect([changes, at.on]).toEqual([1, true]);
  });
  test('a_return_that_did_not_last_waits_twice_as_long_the_next_time_and_one_that_did_does_not', () => {
    const on = stand(lavish, 1, 0, 8000);
    const off = stand(on, 3, 10_000, 40_000);
    expect(off.on).toBe(false);
    expect(stand(off, 1, 42_000, 50_000)).toMatchObject({ on: true, hold_ms: 60_000 });
    expect(stand(off, 1, 300_000, 308_000)).toMatchObject({ on: true, hold_ms: 30_000 });
  });
  test('a_face_on_a_narrow_way_is_wished_in_vp9_and_then_goes_as_one_stream_of_the_steps_own_size', () => {
    const means: Means = { sends: new Set(['VP8', 'VP9', 'H264']), light: new Set(), tired: false };
    expect(wishFor('camera', means, true)).toEqual(['VP9', 'VP8', 'H264']);
    expect(wishFor('camera', { ...means, tired: true }, true)).toEqual(['VP8', 'H264']);
    expect(wishFor('camera', { ...means, sends: new Set(['VP8']) }, true)).toEqual(['VP8']);
    const full = encodingsFor('camera', 720);
    expect(atStep('camera', full, 720, 1, false).map((e) => [e.active, e.scaleResolutionDownBy, e.maxBitrate])).toEqual([[true, 4, 150_000], [false, 2, 500_000], [false, 1, 1_700_000]]);
    expect(atStep('camera', full, 720, 2, false)[0]).toMatchObject({ scaleResolutionDownBy: 2, maxBitrate: 375_000 });
    expect(atStep('camera', full, 720, 3, false)[0]).toMatchObject({ scaleResolutionDownBy: 1, maxBitrate: 1_275_000 });
    expect(atStep('camera', full, 720, 0, false).map((e) => e.active)).toEqual([true, false, false]);
    /* what is small already keeps its pixels */
    expect(atStep('camera', encodingsFor('camera', 180), 180, 1, false)[0]).toMatchObject({ scaleResolutionDownBy: 1, maxBitrate: 150_000 });
  });
  test('who_left_or_came_is_reason_to_try_again_after_a_while_once', () => {
    expect(isDue(settled, 1e9)).toBe(false);
    const left = othersChanged(settled, 1000);
    expect([isDue(left, 5999), isDue(left, 6000)]).toEqual([false, true]);
    expect(isDue(othersChanged(left, 4000), 6000)).toBe(false); /* the last one counts */
    expect(isDue(tried(left, 6000), 1e9)).toBe(false);
  });
  test('each_return_that_somebody_undoes_makes_the_next_wait_longer', () => {
    let at = settled;
    const waits = [];
    for (let i = 0, now = 0; i < 9; i += 1) {
      at = othersChanged(at, now);
      waits.push(at.due! - now);
      now = at.due!;
      at = askedAway(tried(at, now), now + 20_000);
      now += 30_000;
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 320_000, 320_000]);
    /* one who cannot decode it and comes first is no failure of ours */
    expect(askedAway(settled, 1000).wait_ms).toBe(5000);
    expect(askedAway(tried(settled, 0), 400_000).wait_ms).toBe(5000);
  });
});

describe('round trips', () => {
  const looks = (at: Trips, from: number, step: Step, loss: number, ...ms: (number | null)[]) => ms.reduce<Trips>((t, x, i) => tripped(t, x, loss, step, from + i * 2000), at);
  const was = looks(noTrips, 0, 3, 200, 5, 5, 130, 131);
  const quiet = [132, 130, 131, 133, 129, 132, 130, 131, 134];
  test('what_waits_is_the_least_of_two_beyond_the_least_of_all', () => {
    const good = looks(noTrips, 0, 3, 0, 30);
    expect(waits(good)).toBe(0);
    expect(waits(looks(good, 2000, 3, 0, 200))).toBe(0); /* a picture before the report */
    const full = looks(good, 2000, 3, 0, 200, 180);
    expect(waits(full)).toBe(150);
    expect(waits(looks(full, 6000, 3, 0, null, 190))).toBe(150);
    expect(waits(looks(full, 6000, 3, 300, ...Array<number>(300).fill(190)))).toBe(160); /* however long it stands */
  });
  test('where_next_to_nothing_goes_and_much_is_lost_a_longer_way_is_no_queue', () => {
    expect(waits(was)).toBe(125);
    expect(waits(looks(was, 8000, 0, 200, ...quiet.slice(0, 8)))).toBe(125);
    const anew = looks(was, 8000, 0, 200, ...quiet);
    expect(waits(anew)).toBe(2); /* 131 beyond 129 */
    expect(waits(looks(anew, 26_000, 1, 200, 260, 270))).toBe(131); /* and one is seen again */
  });
  test('where_little_is_lost_then_what_waited_was_ours', () => {
    expect(waits(looks(was, 8000, 0, 90, ...quiet, ...quiet))).toBe(126);
    const emptied = looks(looks(was, 8000, 0, 400, 130, 130, 130), 14_000, 0, 0, ...quiet); /* what is lost at first was sent before */
    expect(waits(emptied)).toBe(126);
  });
  test('a_while_without_next_to_nothing_begins_anew', () => {
    const swung = looks(looks(looks(was, 8000, 0, 200, ...quiet.slice(0, 7)), 22_000, 1, 200, 130), 24_000, 0, 200, ...quiet.slice(0, 8));
    expect(waits(swung)).toBe(125);
  });
  test('no_reports_at_all_say_nothing', () => { expect(looks(was, 8000, 0, 0, ...Array<null>(20).fill(null)).least).toBe(5); });
});

describe('words for the link', () => {
  const q = (grade: 'good' | 'fair' | 'poor' | 'lost') => ({ loss: 0, rtt_ms: 10, kbps: 100, grade });
  const tracks = [track(1, 2), track(2, 2, { kind: 'audio', label: 'microphone' })];
  test.each([['good', 'good'], ['fair', 'weak'], ['poor', 'lowered'], ['lost', 'lost']] as const)('the_servers_%s_is_said_as_%s', (grade, word) => {
    expect(wordOf(person(2), tracks, { up: q(grade), down: q('good') })).toBe(word);
  });
  test('the_worse_of_both_ways_counts', () => { expect(wordOf(person(2), tracks, { up: q('good'), down: q('poor') })).toBe('lowered'); });
  test('who_lost_the_line_is_lost_whatever_was_measured', () => { expect(wordOf(person(2, { state: 'away' }), tracks, { up: q('good'), down: q('good') })).toBe('lost'); });
  test('sound_without_a_picture_is_audio_only', () => { expect(wordOf(person(2), [track(2, 2, { kind: 'audio', label: 'microphone' })], { up: q('good'), down: null })).toBe('audio'); });
  test('nothing_measured_says_nothing', () => { expect(wordOf(person(2), tracks, undefined)).toBe('unknown'); });
  test('of_oneself', () => {
    expect(ownWord(link(), 3, false, false)).toBe('good');
    expect(ownWord(link({ loss_down: 90 }), 3, false, false)).toBe('weak');
    expect(ownWord(link(), 2, false, false)).toBe('lowered');
    expect(ownWord(link(), 0, false, false)).toBe('lowered');
    expect(ownWord(link(), 3, true, false)).toBe('lost');
    expect(isWeak('audio')).toBe(false);
  });
  test('numbers_come_from_two_samples_and_a_new_connection_counts_from_zero', () => {
    const up = [{ type: 'outbound-rtp', bytesSent: 1000, qualityLimitationReason: 'bandwidth' }, { type: 'remote-inbound-rtp', fractionLost: 0.02, roundTripTime: 0.05 }, { type: 'candidate-pair', nominated: true, state: 'succeeded', availableOutgoingBitrate: 900_000 }];
    const down = (lost: number, got: number) => [{ type: 'inbound-rtp', kind: 'video', mid: '1', bytesReceived: got * 100, packetsLost: lost, packetsReceived: got, frameWidth: 640, frameHeight: 360, framesPerSecond: 14.6 }];
    const a = sample(0, up, down(0, 100));
    const b = sample(2000, [{ ...up[0]!, bytesSent: 101_000 }, up[1]!, up[2]!], down(10, 190));
    expect(figures(a, b, 30).queue_ms).toBe(30);
    expect(figures(a, b)).toEqual({ rtt_ms: 50, queue_ms: 0, loss_up: 20, loss_down: 100, kbps_up: 400, kbps_down: 36, room_kbps: 900, limited: true });
    expect(b.shown.get('1')).toEqual({ width: 640, height: 360, fps: 15 });
    expect(figures(b, a)).toMatchObject({ loss_down: 0, kbps_up: 0, kbps_down: 0 });
  });
  test('the_last_report_of_what_rests_says_nothing_any_more_and_the_newest_counts_however_old_it_is', () => {
    const report = (timestamp: number, fractionLost: number, roundTripTime: number) => ({ type: 'remote-inbound-rtp', timestamp, fractionLost, roundTripTime });
    expect(sample(0, [report(10_000, 0.4, 0.3), report(19_000, 0.1, 0.12), report(20_000, 0.05, 0.1), { type: 'candidate-pair', timestamp: 40_000 }], [])).toMatchObject({ lossUp: 100, rtt_ms: 100 });
  });
});

describe('layout', () => {
  const people = [person(1), person(2), person(3), person(9, { kind: 'viewer' }), person(10, { kind: 'source' })];
  const all = [track(1, 1), track(2, 2), track(3, 1, { label: 'exam' }), track(4, 3, { label: 'screen' }), track(5, 1, { name: 'b' })];
  test('the_clinical_source_stands_large_by_itself_before_a_screen_and_before_who_speaks', () => {
    expect(pinnedTrack(all, null, 2, 3)?.id).toBe(3);
    expect(pinnedTrack(all.filter((t) => t.label !== 'exam'), null, 2, 1)?.id).toBe(4);
    expect(pinnedTrack([track(1, 1), track(2, 2), track(6, 3)], null, 2, 3)?.id).toBe(6);
  });
  test('a_chosen_one_stays_until_it_goes', () => {
    expect(pinnedTrack(all, 2, 2, null)?.id).toBe(2);
    expect(pinnedTrack(all, 77, 2, null)?.id).toBe(3);
  });
  test('what_is_off_is_never_large', () => { expect(pinnedTrack([track(1, 1, { muted: true })], 1, 2, null)).toBeNull(); });
  test('each_person_has_one_tile_in_the_order_of_coming_oneself_last_and_viewers_none', () => {
    expect(faces(people, all, 1).map((f) => [f.participant.id, f.track?.id ?? null])).toEqual([[2, 2], [3, null], [1, 1]]);
  });
  test('every_other_picture_is_shown_too', () => { expect(otherPictures(people, all, 1).map((t) => t.id)).toEqual([3, 4, 5]); });
  test('who_is_cut_off_or_away_neither_hears_nor_sees', () => {
    expect(senses(person(2), [])).toEqual({ hears: true, sees: true });
    for (const p of [person(2, { cut: true }), person(2, { state: 'away' }), person(2, { kind: 'source' })]) expect(senses(p, [])).toEqual({ hears: false, sees: false });
    expect(senses(person(2), [2])).toEqual({ hears: false, sees: false });
  });
});

describe('codecs', () => {
  const all: ReadonlySet<Codec> = new Set(['VP8', 'VP9', 'H264', 'AV1']);
  const means = (light: Codec[] = [], more: Partial<Means> = {}): Means => ({ sends: all, light: new Set(light), tired: false, ...more });
  test('faces_are_wished_in_vp8_and_what_must_be_seen_whole_in_vp9', () => {
    expect(wishFor('camera', means())).toEqual(['VP8', 'H264']);
    for (const label of ['screen', 'exam', 'imaging'] as const) expect(wishFor(label, means())).toEqual(['VP9', 'VP8', 'H264']);
  });
  test('hardware_that_does_h264_or_av1_is_used_and_a_tired_processor_spared', () => {
    expect(wishFor('camera', means(['H264']))).toEqual(['H264', 'VP8']);
    expect(wishFor('camera', means(['H264', 'VP8']))).toEqual(['VP8', 'H264']);
    expect(wishFor('screen', means(['AV1']))[0]).toBe('AV1');
    expect(wishFor('exam', means([], { tired: true }))).toEqual(['VP8', 'H264']);
  });
  test('what_a_browser_does_not_encode_is_not_wished', () => { expect(wishFor('screen', means([], { sends: new Set(['VP8']) }))).toEqual(['VP8']); });
  test('a_codec_agreed_on_stays_the_first_wish_while_it_is_one', () => {
    expect(keeping(['VP9', 'VP8'], 'VP8')).toEqual(['VP8', 'VP9']);
    expect(keeping(['VP8', 'H264'], 'VP9')).toEqual(['VP8', 'H264']);
    expect(keeping(['VP8'], '')).toEqual(['VP8']);
  });
  test('formats_are_put_in_the_order_of_the_wish_and_none_is_lost', () => {
    const formats = ['video/VP8', 'video/rtx', 'video/VP9', 'video/AV1', 'video/red', 'video/VP9'].map((mimeType, i) => ({ mimeType, i }));
    expect(ordered(formats, ['VP9', 'VP8']).map((f) => f.i)).toEqual([2, 5, 0, 3, 1, 4]);
  });
  test('a_description_names_a_codec_by_its_rtpmap_alone', () => {
    const sdp = 'v=0\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:98 VP9/1\r\n';
    expect([names(sdp, 'VP8'), names(sdp, 'opus'), names(sdp, 'VP9'), names(sdp, 'VP')]).toEqual([true, true, false, false]);
  });
  test('what_is_sent_is_told_by_its_largest_layer_and_its_codec', () => {
    const rows = [{ type: 'codec', id: 'c', mimeType: 'video/VP9' }, { type: 'outbound-rtp', kind: 'video', mid: '1', codecId: 'c', frameWidth: 320, frameHeight: 180, framesPerSecond: 14.6 },
      { type: 'outbound-rtp', kind: 'video', mid: '1', codecId: 'c', frameWidth: 640, frameHeight: 360, framesPerSecond: 15, qualityLimitationReason: 'cpu' }];
    const at = sample(0, rows, []);
    expect(at.sent.get('1')).toEqual({ width: 640, height: 360, fps: 15, codec: 'VP9', layers: 2 });
    expect(at.tired).toBe(true);
  });
  test('the_sound_for_a_loudspeaker_is_a_file_that_says_its_own_length', () => {
    const v = new DataView(chime().buffer);
    expect([v.byteLength, v.getUint32(4, true) + 8, v.getUint32(40, true) + 44]).toEqual([v.byteLength, v.byteLength, v.byteLength]);
  });
});

describe('devices', () => {
  test('each_refusal_has_its_words', () => {
    expect(deviceFault(new DOMException('', 'NotAllowedError'))).toBe('refused');
    expect(deviceFault(new DOMException('', 'NotFoundError'))).toBe('none');
    expect(deviceFault(new DOMException('', 'NotReadableError'))).toBe('taken');
    expect(deviceFault(new Error('x'))).toBe('failed');
  });
  test('an_exam_camera_is_known_by_its_name', () => {
    for (const name of ['Fundus Camera 2', 'USB Otoscope', '眼底相机']) expect(looksClinical(name)).toBe(true);
    expect(looksClinical('Integrated Webcam')).toBe(false);
  });
  test('loudness_is_silence_at_the_bottom_and_full_at_the_top', () => {
    expect(loudness(0)).toBe(0);
    expect(loudness(0.25)).toBeCloseTo(1, 1);
    expect(loudness(0.001)).toBeLessThan(0.05);
    expect([bars(0), bars(0.1), bars(0.5), bars(1)]).toEqual([0, 1, 3, 4]);
  });
});

describe('frames of a call', () => {
  const p = { id: 1, kind: 'person', display: 'x', roles: ['specialist'], host: true, since: '2026-11-23T07:24:07.031Z', state: 'here', cut: false };
  const t = { id: 7, participant: 1, kind: 'video', label: 'exam', name: 'n', muted: false, codec: 'VP8' };
  test('the_whole_state_is_read', () => {
    const f = readCallFrame({ type: 'call.joined', room: 'r', title: 'T', me: 1, host: true, resume: 'yqc_1', resume_s: 20, up: false, down: false, participants: [p], tracks: [t], private: null, ice: [], speaker: null });
    expect(f).toMatchObject({ type: 'call.joined', me: 1, tracks: [{ id: 7, label: 'exam' }], participants: [{ host: true }], private: null });
  });
  test.each([{ type: 'call.what' }, { type: 'toString' }, { type: 'call.track', track: { ...t, id: '7' } }, { type: 'call.answer', n: 1, peer: 'side', sdp: '' }, null, 5])('a_wrong_one_is_none %#', (v) => { expect(readCallFrame(v)).toBeNull(); });
  test('words_that_are_new_to_us_are_taken_as_the_nearest', () => {
    expect(readCallFrame({ type: 'call.track', track: { ...t, label: 'hologram' } })).toMatchObject({ track: { label: 'camera' } });
    expect(readCallFrame({ type: 'call.ended', why: 'new' })).toMatchObject({ why: 'ended' });
  });
});

describe('the words of calls', () => {
  const shape = (v: unknown, path = ''): string[] => typeof v === 'object' && v !== null ? Object.entries(v).flatMap(([k, x]) => shape(x, `${path}.${k}`)) : [`${path}:${typeof v === 'function' ? `of${v.length}` : typeof v}`];
  test('have_the_same_keys_in_both_languages', () => { expect(shape(callEn)).toEqual(shape(callZh)); });
  test('type_no_space_inside_a_chinese_phrase', () => {
    const strings = (v: unknown): string[] => typeof v === 'string' ? [v] : typeof v === 'object' && v !== null ? Object.values(v).flatMap(strings) : [];
    expect(strings(callZh).filter((s) => /[!！]|[,;:?](?=[\u4e00-\u9fff])/.test(s) || /[\u4e00-\u9fff] \d|\d [\u4e00-\u9fff]/.test(s))).toEqual([]);
  });
});

describe('pointing', () => {
  test('a_picture_lies_letterboxed_or_cropped_and_a_point_is_the_same_part_of_it', () => {
    expect(contentBox('contain', { w: 800, h: 800 }, { w: 1600, h: 800 })).toEqual({ x: 0, y: 200, w: 800, h: 400 });
    expect(contentBox('cover', { w: 800, h: 800 }, { w: 1600, h: 800 })).toEqual({ x: -400, y: 0, w: 1600, h: 800 });
    expect(contentBox('contain', { w: 0, h: 10 }, { w: 1, h: 1 })).toBe(null);
    const box = { x: 0, y: 200, w: 800, h: 400 };
    expect(toPicture(box, { x: 200, y: 300 })).toEqual({ x: 2500, y: 2500 });
    expect(toPicture(box, { x: 200, y: 300 }, true)).toEqual({ x: 7500, y: 2500 });
    expect(toPicture(box, { x: 200, y: 199 })).toBe(null); /* on the letterbox */
    expect(toPicture(box, { x: 900, y: 100 }, false, true)).toEqual({ x: 10_000, y: 0 });
  });
  test('a_framing_that_is_said_and_heard_is_the_same', () => {
    const f = { image: 2, frame: 4, window: { center: -40.25, width: 350 }, zoom: 1.5, pan: { x: -0.1234, y: 2 }, invert: true };
    expect(saidOf(f)).toEqual({ frame: 5, window: [-4025, 35_000], zoom: 1500, pan: [-1234, 20_000], invert: true });
    expect(framingOf(2, { ...saidOf(f), window: [-4025, 35_000] })).toEqual(f);
    expect(saidOf({ ...f, zoom: 1000, window: null })).toEqual({ frame: 5, zoom: 32_000, pan: [-1234, 20_000], invert: true });
  });
});

describe('what is looked at together', () => {
  const open = () => {
    const told: CallIntent[] = [];
    const l = openLook({ tell: (i) => { told.push(i); return true; }, me: signal(1), self: () => ({ name: 'A', ink: 0 }), nameOf: (id) => `P${id}`, clock: () => 1000 });
    return { ...l, told };
  };
  const draw = (by: number, id: number, points: number[], more = {}) => ({ type: 'call.draw' as const, by, name: `P${by}`, ink: by, target: 7, id, points, end: false, fade: false, ...more });
  test('what_was_led_stays_when_who_led_is_gone_and_not_when_they_stopped', () => {
    const { look, heard } = open();
    const view = (by: number, hidden = false) => ({ by, study: '', series: '', instance: '', document: 'd1', frame: 1, window: null, zoom: 1000, pan: [0, 0] as [number, number], invert: false, hidden });
    heard({ type: 'call.view', view: view(2) });
    heard({ type: 'call.view', view: null });
    expect(look.held.value).toBe(null);
    heard({ type: 'call.view', view: view(2) });
    heard({ type: 'call.gone', participant: 3, why: 'left' });
    expect(look.held.value).toBe(null);
    heard({ type: 'call.gone', participant: 2, why: 'left' });
    heard({ type: 'call.view', view: null });
    expect(look.view.value).toBe(null);
    expect(look.held.value).toEqual({ view: view(2), name: 'P2' });
    heard({ type: 'call.view', view: view(3, true) });
    expect(look.held.value).toBe(null);
    heard({ type: 'call.gone', participant: 3, why: 'left' });
    expect(look.held.value).toBe(null);
  });
  test('strokes_go_on_until_they_end_and_are_erased_by_who_drew_them', () => {
    const { look, heard } = open();
    heard(draw(2, 1, [1, 1]));
    heard(draw(2, 1, [2, 2], { end: true }));
    heard(draw(2, 1, [3, 3], { end: true }));
    heard(draw(3, 1, [4, 4], { target: 'doc', end: true }));
    expect(look.strokes.value.map((s) => s.points)).toEqual([[1, 1, 2, 2], [3, 3], [4, 4]]);
    heard({ type: 'call.erase', by: 3, all: false, target: null });
    expect(look.strokes.value.length).toBe(2);
    heard({ type: 'call.erase', by: 9, all: true, target: 'doc' });
    expect(look.strokes.value.length).toBe(2);
    heard({ type: 'call.untrack', track: 7 });
    expect(look.strokes.value).toEqual([]);
  });
  test('a_stroke_that_the_server_refuses_is_not_shown', () => {
    const { look, heard, told } = open();
    look.stroke(7, false).to(5, 5);
    expect(look.strokes.value.length).toBe(1);
    heard({ type: 'call.refused', of: 'call.draw', n: null, code: 'full', detail: '' });
    expect(look.strokes.value).toEqual([]);
    expect(told).toEqual([]); /* gathered for a moment */
  });
  test('a_line_stands_once_the_server_has_it_and_is_offered_again_when_it_does_not', () => {
    const { look, heard, joined } = open();
    look.say('疼');
    expect(look.lines.value).toEqual([]);
    heard({ type: 'call.refused', of: 'call.chat', n: null, code: 'visit_over', detail: '' });
    expect(look.saying.value?.failed).toBe('visit_over');
    look.say('疼');
    heard({ type: 'call.chat', by: 1, name: 'A', id: 'c1', at: 1001, text: '疼' });
    expect([look.saying.value, look.lines.value.length, look.lines.value[0]?.own]).toEqual([null, 1, true]);
    look.say('又疼');
    const state = { type: 'call.joined' as const, room: 'r', title: '', me: 1, host: false, resume: 'x', resume_s: 20, up: true, down: true, participants: [], tracks: [], private: null, ice: [], speaker: null, kept: true, view: null, drawings: [] };
    joined({ ...state, chat: [{ id: 'c1', name: 'A', own: true, at: 1001, text: '疼' }] });
    expect(look.saying.value?.failed).toBe('lost');
    look.say('又疼');
    joined({ ...state, chat: [{ id: 'c2', name: 'A', own: true, at: 1002, text: '又疼' }] });
    expect(look.saying.value).toBe(null);
    joined({ ...state, kept: false, chat: null });
    expect(look.lines.value.length).toBe(1);
  });
  test('a_pointer_goes_with_who_points', () => {
    const { look, heard } = open();
    heard({ type: 'call.point', by: 2, target: 7, x: 1, y: 2 });
    heard({ type: 'call.point', by: 3, target: 7, x: 1, y: 2 });
    heard({ type: 'call.private', private: { by: 1, cut: [3], since: 0 } });
    expect([...look.pointers.value.keys()]).toEqual([2]);
    heard({ type: 'call.participant', participant: person(2, { state: 'away' }) });
    expect(look.pointers.value.size).toBe(0);
  });
  test('only_who_leads_shows', () => {
    const { look, heard, told } = open();
    const what = { document: 'd', frame: 1, zoom: 1000, pan: [0, 0] as const, invert: false };
    look.show(what);
    expect(told).toEqual([]);
    look.lead(what);
    heard({ type: 'call.view', view: { by: 1, hidden: false, document: 'd', study: '', series: '', instance: '', frame: 1, window: null, zoom: 1000, pan: [0, 0], invert: false } });
    look.show({ ...what, frame: 2 });
    expect(told).toEqual([{ type: 'call.view', lead: true, ...what }, { type: 'call.view', ...what, frame: 2 }]);
  });
});

describe('what is said of a recording', () => {
  const on = { since: 0, held: null, lossy: false };
  test('that something is lost is said while it runs, and what holds it before that', () => {
    expect(recordingWord(null, false)).toBe('off');
    expect(recordingWord(on, false)).toBe('on');
    expect(recordingWord({ ...on, lossy: true }, false)).toBe('lossy');
    expect(recordingWord({ ...on, lossy: true }, true)).toBe('private');
    expect(recordingWord({ ...on, lossy: true, held: 'paused' }, true)).toBe('paused');
    expect(recordingWord({ ...on, held: 'consent' }, true)).toBe('consent');
  });
  test('whose picture no file can hold is named once, and nobody else', () => {
    expect(unrecorded([track(1, 7), track(2, 8, { codec: 'H264' }), track(3, 8, { kind: 'audio', codec: 'opus' })])).toEqual([]);
    expect(unrecorded([track(1, 7, { codec: 'AV1' }), track(2, 7, { codec: 'AV1', label: 'exam' }), track(3, 8, { codec: 'VP9' })])).toEqual([7]);
  });
});

describe('light that is asked for', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });
  const asks = (track: number, by: number, more: boolean) => ({ type: 'call.light', track, by, more }) as const;
  test('the_newest_of_a_camera_is_seen_for_ten_seconds', () => {
    const l = openLights();
    l.heard(asks(1, 5, true));
    l.heard(asks(2, 5, true));
    vi.advanceTimersByTime(light_ms - 1);
    l.heard(asks(1, 6, false));
    vi.advanceTimersByTime(1);
    expect([...l.asked.value]).toEqual([[1, { by: 6, more: false }]]);
    vi.advanceTimersByTime(light_ms - 1);
    expect(l.asked.value.size).toBe(0);
  });
  test('it_is_over_with_who_asked_with_the_camera_and_when_a_private_talk_begins', () => {
    const l = openLights();
    const over = (f: Parameters<typeof l.heard>[0]): number => { l.heard(asks(1, 5, true)); l.heard(f); return l.asked.value.size; };
    expect(over({ type: 'call.gone', participant: 5, why: 'left' })).toBe(0);
    expect(over({ type: 'call.gone', participant: 6, why: 'left' })).toBe(1);
    expect(over({ type: 'call.untrack', track: 1 })).toBe(0);
    expect(over({ type: 'call.private', private: null })).toBe(0);
    l.heard(asks(1, 5, true));
    l.done(1);
    expect(l.asked.value.size).toBe(0);
  });
});
