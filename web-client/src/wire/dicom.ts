/* A DICOM file as the viewer needs it: its picture's shape and its frames. Knows no DOM. What it cannot unpack itself (JPEG 2000, JPEG-LS,
 * palettes …) it says so, and the viewer asks the server for a rendered picture. */
import dicomParser, { type DataSet } from 'dicom-parser';

export interface DicomWindow { center: number; width: number }

export type Frame =
  | { kind: 'gray'; values: Float32Array; min: number; max: number }
  | { kind: 'colour'; rgba: Uint8ClampedArray<ArrayBuffer> }
  | { kind: 'jpeg'; bytes: Uint8Array<ArrayBuffer> }
  | { kind: 'beyond' };

export interface Dicom {
  rows: number;
  columns: number;
  frames: number;
  voi: DicomWindow | null;
  /** MONOCHROME1: the least value is white. */
  isInverted: boolean;
  frame: (at: number) => Frame;
}

const explicitBig = '1.2.840.10008.1.2.2';
const plain = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', explicitBig];
const jpegBaseline = '1.2.840.10008.1.2.4.50';
const rle = '1.2.840.10008.1.2.5';
const pixels_max = 64 * 1024 * 1024;

/** PackBits, as DICOM PS3.5 annex G has it: n ≥ 0 copies n + 1 bytes, n < 0 repeats the next 1 - n times. */
export function unpackRle(from: Uint8Array, to: Uint8Array, start: number, step: number): void {
  let at = 0;
  let out = start;
  while (at < from.length && out < to.length) {
    const n = (from[at++] ?? 0) << 24 >> 24;
    if (n === -128) continue;
    const count = n < 0 ? 1 - n : n + 1;
    for (let i = 0; i < count && out < to.length; i++, out += step) to[out] = from[n < 0 ? at : at + i] ?? 0;
    at += n < 0 ? 1 : count;
  }
}

interface Shape {
  rows: number; columns: number; samples: number; bytes: number; bits: number; signed: boolean; planar: boolean; big: boolean;
  photometric: string; slope: number; intercept: number;
}

/** Up to 15 segments, each all the bytes of one kind of all pixels; of 16-bit values the high bytes come first. */
function rleFrame(packed: Uint8Array, shape: Shape): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = packed.length >= 64 ? view.getUint32(0, true) : 0;
  const pixels = shape.rows * shape.columns;
  const out = new Uint8Array(pixels * shape.samples * shape.bytes);
  if (count !== shape.samples * shape.bytes) return out;
  for (let s = 0; s < count; s++) {
    const from = view.getUint32(4 + 4 * s, true);
    const end = s + 1 < count ? view.getUint32(8 + 4 * s, true) : packed.length;
    const part = out.subarray(Math.floor(s / shape.bytes) * pixels * shape.bytes, (Math.floor(s / shape.bytes) + 1) * pixels * shape.bytes);
    unpackRle(packed.subarray(from, end), part, shape.bytes - 1 - (s % shape.bytes), shape.bytes);
  }
  return out;
}

function grayFrame(raw: Uint8Array, shape: Shape): Frame {
  const pixels = shape.rows * shape.columns;
  if (raw.length < pixels * shape.bytes) return { kind: 'beyond' };
  const values = new Float32Array(pixels);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const unused = 32 - shape.bits;
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < pixels; i++) {
    const word = shape.bytes === 1 ? view.getUint8(i) : view.getUint16(2 * i, !shape.big);
    const stored = shape.signed ? (word << unused) >> unused : (word << unused) >>> unused;
    const v = stored * shape.slope + shape.intercept;
    values[i] = v;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return { kind: 'gray', values, min, max };
}

function colourFrame(raw: Uint8Array, shape: Shape): Frame {
  const pixels = shape.rows * shape.columns;
  if (raw.length < pixels * 3) return { kind: 'beyond' };
  const rgba = new Uint8ClampedArray(pixels * 4);
  const ybr = shape.photometric === 'YBR_FULL';
  for (let i = 0; i < pixels; i++) {
    const a = raw[shape.planar ? i : 3 * i] ?? 0;
    const b = raw[shape.planar ? pixels + i : 3 * i + 1] ?? 0;
    const c = raw[shape.planar ? 2 * pixels + i : 3 * i + 2] ?? 0;
    rgba[4 * i] = ybr ? a + 1.402 * (c - 128) : a;
    rgba[4 * i + 1] = ybr ? a - 0.344136 * (b - 128) - 0.714136 * (c - 128) : b;
    rgba[4 * i + 2] = ybr ? a + 1.772 * (b - 128) : c;
    rgba[4 * i + 3] = 255;
  }
  return { kind: 'colour', rgba };
}

function unpacked(raw: Uint8Array, shape: Shape): Frame {
  if (shape.samples === 1 && shape.photometric.startsWith('MONOCHROME')) return grayFrame(raw, shape);
  if (shape.samples === 3 && shape.bytes === 1 && (shape.photometric === 'RGB' || shape.photometric === 'YBR_FULL')) return colourFrame(raw, shape);
  return { kind: 'beyond' };
}

function shapeOf(data: DataSet, big: boolean): Shape {
  const allocated = data.uint16('x00280100') ?? 8;
  return {
    rows: data.uint16('x00280010') ?? 0,
    columns: data.uint16('x00280011') ?? 0,
    samples: data.uint16('x00280002') ?? 1,
    bytes: allocated / 8,
    bits: Math.min(data.uint16('x00280101') ?? allocated, 32),
    signed: data.uint16('x00280103') === 1,
    planar: data.uint16('x00280006') === 1,
    big,
    photometric: data.string('x00280004') ?? 'MONOCHROME2',
    slope: data.floatString('x00281053') ?? 1,
    intercept: data.floatString('x00281052') ?? 0,
  };
}

/** Throws an Error for what is no DICOM file with a picture. */
export function readDicom(bytes: Uint8Array<ArrayBuffer>): Dicom {
  const data = dicomParser.parseDicom(bytes);
  const syntax = data.string('x00020010') ?? '1.2.840.10008.1.2';
  const shape = shapeOf(data, syntax === explicitBig);
  const pixel = data.elements['x7fe00010'];
  const frames = Math.max(1, data.intString('x00280008') ?? 1);
  const center = data.floatString('x00281050');
  const width = data.floatString('x00281051');
  if (pixel === undefined || shape.rows === 0 || shape.columns === 0) throw new Error('no picture');
  if (shape.rows * shape.columns > pixels_max) throw new Error('too large');

  const packed = (at: number): Uint8Array<ArrayBuffer> => {
    const offsets = pixel.basicOffsetTable ?? [];
    const fragments = pixel.fragments ?? [];
    const whole = offsets.length > 0
      ? dicomParser.readEncapsulatedImageFrame(data, pixel, at)
      : fragments.length === frames
        ? dicomParser.readEncapsulatedPixelDataFromFragments(data, pixel, at, 1)
        : dicomParser.readEncapsulatedImageFrame(data, pixel, at, dicomParser.createJPEGBasicOffsetTable(data, pixel));
    return new Uint8Array(whole);
  };
  const frame = (at: number): Frame => {
    try {
      if (shape.bytes !== 1 && shape.bytes !== 2) return { kind: 'beyond' };
      if (syntax === jpegBaseline && shape.samples === 3) return { kind: 'jpeg', bytes: packed(at) };
      if (syntax === rle) return unpacked(rleFrame(packed(at), shape), { ...shape, planar: true, big: false });
      if (!plain.includes(syntax)) return { kind: 'beyond' };
      const size = shape.rows * shape.columns * shape.samples * shape.bytes;
      return unpacked(bytes.subarray(pixel.dataOffset + at * size, Math.min(pixel.dataOffset + (at + 1) * size, pixel.dataOffset + pixel.length)), shape);
    } catch {
      return { kind: 'beyond' };
    }
  };
  return {
    rows: shape.rows, columns: shape.columns, frames,
    voi: center !== undefined && width !== undefined && width >= 1 ? { center, width } : null,
    isInverted: shape.photometric === 'MONOCHROME1',
    frame,
  };
}

/** Values to grey bytes through a window (PS3.3 C.11.2.1.2.1, LINEAR), in place of an RGBA picture. */
export function windowed(values: Float32Array, w: DicomWindow, invert: boolean, to: Uint8ClampedArray): void {
  const width = Math.max(1, w.width);
  const low = w.center - 0.5 - (width - 1) / 2;
  const scale = width > 1 ? 255 / (width - 1) : 255 * 1e6;
  for (let i = 0; i < values.length; i++) {
    const linear = Math.min(255, Math.max(0, ((values[i] ?? 0) - low) * scale));
    const grey = invert ? 255 - linear : linear;
    to[4 * i] = to[4 * i + 1] = to[4 * i + 2] = grey;
    to[4 * i + 3] = 255;
  }
}
