"""What the lints share: the tracked files, C without comments and strings, and the way findings are told.

A lint has check(path, text) -> [(line, message)] and samples: (path, text, number of findings) that prove it. A lint that
does not find its own bad samples fails like one that finds something in the tree."""
import os
import re
import subprocess
import sys

ROOT = os.environ.get("YQ_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIP = 77


def tracked():
    """Paths relative to the root: what git tracks, or without git every file that is no build product."""
    try:
        out = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True).stdout
        names = out.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in ("build", "node_modules", "dist", ".git")]
            names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return sorted(n for n in names if n and os.path.isfile(os.path.join(ROOT, n)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def is_c(path):
    return path.endswith((".c", ".h"))


def in_product(path):
    return is_c(path) and path.startswith(("server/", "media/", "scheduler/"))


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, comments=True, strings=True):
    """The same text with comments and the insides of strings made blank; lines stay where they are."""
    def out(m):
        t = m.group(0)
        is_comment = t.startswith("/")
        if not (comments if is_comment else strings):
            return t
        inside = re.sub(r"[^\n]", " ", t if is_comment else t[1:-1])
        return inside if is_comment else t[0] + inside + t[0]
    return TOKEN.sub(out, text)


def literals(text):
    """(line, the literal's text) for every string literal; neighbours are joined, as the compiler does."""
    code = blank(text, strings=False)
    found = []
    for m in re.finditer(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*', code):
        parts = re.findall(r'"((?:\\.|[^"\\\n])*)"', m.group(0))
        found.append((line_of(code, m.start()), "".join(parts), m.start()))
    return found


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def tell(path, line, message):
    print(f"{path}:{line}: {message}")


def prove(check, samples):
    bad = 0
    for path, text, expected in samples:
        found = check(path, text)
        if len(found) != expected:
            print(f"self-test: {len(found)} findings, not {expected}, in sample {path}: {text!r}: {found}")
            bad += 1
    return bad


def run(check, samples, wanted):
    """The whole life of a lint that looks at one file at a time. wanted(path) says which."""
    bad = prove(check, samples)
    files = [p for p in tracked() if wanted(p)]
    for path in files:
        for line, message in check(path, read(path)):
            tell(path, line, message)
            bad += 1
    print(f"{len(files)} files, {len(samples)} samples, {bad} findings")
    sys.exit(1 if bad or not files or not samples else 0)
