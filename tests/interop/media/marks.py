"""What the clients of others send and must find again: a picture that says who it is of and which number it has, and a tone."""
import numpy

WIDTH, HEIGHT, FPS, CELLS = 320, 192, 15, 16
RATE = 48000


def paint(who, count):
    """Luma of one picture: a row of 16 cells of black and white (4 bits who, 12 bits count), the same inverted under it, texture below."""
    bits = (who & 15) << 12 | count & 0xFFF
    row = numpy.array([235 if bits >> (CELLS - 1 - i) & 1 else 16 for i in range(CELLS)], numpy.uint8).repeat(WIDTH // CELLS)
    cell = HEIGHT // 8
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    picture = (120 + 60 * numpy.sin((x + 3 * count) / 17.0) * numpy.sin(y / 13.0)).astype(numpy.uint8)
    picture[:cell], picture[cell:2 * cell] = row, 251 - row
    return picture


def frame(who, count):
    """The same as I420."""
    colours = numpy.full(WIDTH * HEIGHT // 4, 112 + who, numpy.uint8)
    return paint(who, count).tobytes() + colours.tobytes() + (colours + 30).tobytes()


def read(luma):
    """(who, count) of a picture, or None where it cannot be read: luma is an array of any size."""
    height, width = luma.shape
    bits = 0
    for i in range(CELLS):
        x = int((i + 0.5) * width / CELLS)
        above, below = int(luma[height // 16, x]), int(luma[height * 3 // 16, x])
        if abs(above - below) < 60:
            return None
        bits = bits * 2 + (above > below)
    return bits >> 12, bits & 0xFFF


def tone(hz, first, count):
    """Samples first … first + count of a tone, 16 bits."""
    at = numpy.arange(first, first + count) / RATE
    return (9000 * numpy.sin(2 * numpy.pi * hz * at)).astype(numpy.int16)


def loudest_hz(samples):
    """The frequency that is strongest in some tenth of a second of 48 kHz; None: silence."""
    samples = numpy.asarray(samples, numpy.float64)
    if len(samples) < RATE // 10 or numpy.abs(samples).max() < 300:
        return None
    samples = samples[:RATE // 2]
    spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    return float(numpy.argmax(spectrum) * RATE / len(samples))


class Eyes:
    """Gathers what a player sees and hears, and says when it is enough."""

    def __init__(self, who, hz, pictures):
        self.who, self.hz, self.wanted = who, hz, pictures
        self.frames, self.read, self.others, self.counts, self.sound, self.heard = 0, 0, 0, [], [], None

    def see(self, luma):
        self.frames += 1
        mark = read(luma)
        if mark is None:
            return
        self.read += 1
        if mark[0] != self.who:
            self.others += 1
        elif not self.counts or self.counts[-1] != mark[1]:
            self.counts.append(mark[1])

    def hear(self, samples):
        """Mono, 48 kHz."""
        if self.heard is None or abs(self.heard - self.hz) > 15:
            self.sound = (self.sound + list(samples))[-RATE // 2:]
            if len(self.sound) >= RATE // 2:
                self.heard = loudest_hz(self.sound)

    def has_enough(self):
        return len(self.counts) >= self.wanted and self.heard is not None and abs(self.heard - self.hz) <= 15

    def result(self):
        rising = sum(1 for a, b in zip(self.counts, self.counts[1:]) if 0 < (b - a) % 4096 < 200)
        return {"frames": self.frames, "read": self.read, "others": self.others, "distinct": len(self.counts), "rising": rising,
                "hz": self.heard, "enough": self.has_enough()}
