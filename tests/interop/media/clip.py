"""A clip of what is to be seen and heard (marks.py), encoded: for clients that are given packets and not pictures. A file of records: a letter (V or A), milliseconds,
length (both 32 bits, big-endian), one access unit of H.264 in Annex B, or one packet of Opus of 20 ms."""
import fractions
import struct

import av
import numpy
from marks import FPS, HEIGHT, RATE, WIDTH, frame, tone


def pictures(who, seconds):
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate, encoder.time_base = fractions.Fraction(FPS, 1), fractions.Fraction(1, FPS)
    # As OBS sets it for WHIP: no pictures out of order, parameter sets before each key frame.
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": str(FPS), "x264-params": "repeat-headers=1"}
    for count in range(FPS * seconds):
        luma = numpy.frombuffer(frame(who, count), numpy.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
        picture = av.VideoFrame.from_ndarray(luma, format="yuv420p")
        picture.pts = count
        for packet in encoder.encode(picture):
            yield b"V", count * 1000 // FPS, bytes(packet)


def sounds(hz, seconds):
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout = RATE, "s16", "mono"
    for n in range(50 * seconds):
        sound = av.AudioFrame.from_ndarray(tone(hz, n * 960, 960).reshape(1, -1), format="s16", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = RATE, n * 960, fractions.Fraction(1, RATE)
        for packet in encoder.encode(sound):
            yield b"A", n * 20, bytes(packet)


def write(path, who, hz, seconds):
    records = sorted([*pictures(who, seconds), *sounds(hz, seconds)], key=lambda r: r[1])
    with open(path, "wb") as f:
        for kind, ms, data in records:
            f.write(struct.pack("!cII", kind, ms, len(data)) + data)
