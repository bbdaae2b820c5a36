import { describe, expect, it } from 'vitest';
import { readDicom, unpackRle, windowed } from '../src/wire/dicom';

/* A Part 10 file of our own making, explicit little endian. */
function element(group: number, at: number, vr: string, value: Uint8Array): number[] {
  const head = [group & 255, group >> 8, at & 255, at >> 8, vr.charCodeAt(0), vr.charCodeAt(1)];
  const n = value.length;
  const long = ['OB', 'OW', 'SQ', 'UN'].includes(vr);
  return [...head, ...(long ? [0, 0, n & 255, n >> 8, 0, 0] : [n & 255, n >> 8]), ...value];
}
const text = (s: string): Uint8Array => new TextEncoder().encode(s.length % 2 ? `${s}\0` : s);
const short = (...n: number[]): Uint8Array => new Uint8Array(n.flatMap((v) => [v & 255, (v >> 8) & 255]));

function file(parts: number[][], syntax = '1.2.840.10008.1.2.1'): Uint8Array<ArrayBuffer> {
  const meta = element(2, 0x10, 'UI', text(syntax));
  return new Uint8Array([...new Uint8Array(128), ...text('DICM'), ...element(2, 0, 'UL', short(meta.length, 0)), ...meta, ...parts.flat()]);
}
const gray = (pixels: number[], more: number[][] = [], photometric = 'MONOCHROME2', frames = 1): Uint8Array<ArrayBuffer> => file([
  element(0x28, 2, 'US', short(1)), element(0x28, 4, 'CS', text(photometric)), element(0x28, 8, 'IS', text(String(frames))),
  element(0x28, 0x10, 'US', short(2)), element(0x28, 0x11, 'US', short(2)),
  element(0x28, 0x100, 'US', short(16)), element(0x28, 0x101, 'US', short(12)), element(0x28, 0x103, 'US', short(1)),
  ...more, element(0x7fe0, 0x10, 'OW', short(...pixels)),
]);

describe('a DICOM file', () => {
  it('gives_signed_values_of_the_stored_bits_rescaled', () => {
    const d = readDicom(gray([0, 1, 0x0fff, 0x0800], [element(0x28, 0x1052, 'DS', text('-10')), element(0x28, 0x1053, 'DS', text('2'))]));
    const f = d.frame(0);
    expect([d.rows, d.columns, d.frames, d.isInverted, d.voi]).toEqual([2, 2, 1, false, null]);
    expect(f.kind === 'gray' && [...f.values]).toEqual([-10, -8, -12, -4106]);
  });
  it('has_its_frames_apart_and_its_window', () => {
    const d = readDicom(gray([1, 2, 3, 4, 5, 6, 7, 8], [element(0x28, 0x1050, 'DS', text('40')), element(0x28, 0x1051, 'DS', text('400'))], 'MONOCHROME1', 2));
    const f = d.frame(1);
    expect(f.kind === 'gray' && [...f.values]).toEqual([5, 6, 7, 8]);
    expect([d.voi, d.isInverted]).toEqual([{ center: 40, width: 400 }, true]);
  });
  it('whose_pixels_are_cut_short_is_beyond_us_and_no_crash', () => {
    expect(readDicom(gray([1, 2, 3])).frame(0).kind).toBe('beyond');
    expect(() => readDicom(new Uint8Array(200))).toThrow();
  });
  it('in_a_syntax_that_we_do_not_unpack_is_beyond_us', () => {
    const bytes = gray([1, 2, 3, 4]);
    const at = new TextDecoder('latin1').decode(bytes).indexOf('1.2.840.10008.1.2.1');
    bytes[at + 18] = '9'.charCodeAt(0);
    expect(readDicom(bytes).frame(0).kind).toBe('beyond');
  });
});

describe('packed bits', () => {
  it('copy_and_repeat', () => {
    const to = new Uint8Array(8);
    unpackRle(new Uint8Array([1, 7, 8, 0xfd, 9, 0x80, 0, 1]), to, 0, 1);
    expect([...to]).toEqual([7, 8, 9, 9, 9, 9, 1, 0]);
  });
  it('never_write_beyond_the_end', () => {
    const to = new Uint8Array(3);
    unpackRle(new Uint8Array([0x81, 5]), to, 1, 2);
    expect([...to]).toEqual([0, 5, 0]);
  });
});

describe('a window', () => {
  it('cuts_below_and_above_and_is_straight_between', () => {
    const to = new Uint8ClampedArray(16);
    windowed(new Float32Array([-100, 0, 127.5, 1000]), { center: 128, width: 256 }, false, to);
    expect([to[0], to[4], to[8], to[12], to[3]]).toEqual([0, 0, 128, 255, 255]);
    windowed(new Float32Array([-100, 0, 127.5, 1000]), { center: 128, width: 256 }, true, to);
    expect([to[0], to[12]]).toEqual([255, 0]);
  });
});
