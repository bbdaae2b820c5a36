"""Who may include whom (docs/ARCHITECTURE), and each foreign library in its one folder."""
import re

import lint

# What a folder stands on directly; what those stand on follows.
BELOW = {
    "base": [],
    "link": ["base"],
    "store": ["base"],
    "auth": ["store"],
    "records": ["auth"],
    "registry": ["records"],
    "scheduler": ["base"],
    "imaging": ["base"],
    "paper": ["base"],
    "mail": ["base"],
    "ical": ["base"],
    "camera": ["base"],
    "desk": ["link", "scheduler", "auth", "records", "registry", "imaging", "paper", "mail", "ical"],
    "api": ["desk"],
    "net": ["api"],
    "app": ["net"],
    "media": ["base", "link"],
}

# The first match decides. Paths are prefixes of the including file.
FOREIGN = [
    (r"sqlite3", ["server/store/"]),
    (r"libwebsockets", ["server/net/"]),
    (r"jansson", ["server/base/json.c"]),
    (r"ini\.h", ["server/base/conf.c"]),
    (r"zlib\.h", ["server/base/gzip.c", "server/base/gunzip.c"]),
    (r"openssl/", ["server/base/", "server/net/", "media/"]),
    (r"sodium", ["server/auth/", "server/store/"]),
    (r"liboath/", ["server/auth/"]),
    (r"qrencode", ["server/auth/"]),
    (r"seccomp\.h", ["server/base/sandbox.c"]),
    (r"iconv\.h", ["server/registry/charset.c"]),
    (r"curl/", ["server/mail/", "server/camera/"]),
    (r"expat\.h$", ["server/camera/"]),
    (r"(cairo|pango|fontconfig|harfbuzz)", ["server/paper/"]),
    (r"(srtp2|opus|vpx|wels|png\.h|libyuv|speex|ebur128)", ["media/"]),
]

# What the C library and the kernel give to everybody.
SYSTEM = re.compile(
    r"^(assert|ctype|dirent|errno|fcntl|float|getopt|glob|grp|ifaddrs|inttypes|libgen|limits|locale|malloc|math|netdb|poll|pthread|pwd|"
    r"sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|"
    r"syslog|termios|time|unistd|wchar|immintrin|emmintrin|cpuid)\.h$|^(sys|net|netinet|arpa|linux|bits)/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>]+>|"[^"]+")', re.M)


def reachable(folder):
    seen, todo = set(), [folder]
    while todo:
        f = todo.pop()
        if f not in seen:
            seen.add(f)
            todo += BELOW[f]
    return seen


REACH = {f: reachable(f) for f in BELOW}


def folder_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "server" and len(parts) > 2 else parts[0]


def check_own(path, name):
    folder = folder_of(path)
    if path.startswith("tests/"):
        return None
    if folder not in BELOW:
        return "the folder of this file is unknown to the architecture"
    target = name.split("/")[0]
    if "/" not in name:
        return f'"{name}" is not named by its folder'
    if target not in BELOW:
        return f'"{name}" is in no folder of the architecture'
    if target not in REACH[folder]:
        return f'"{name}": {folder} may not include {target}'
    return None


def check_foreign(path, name):
    if path.startswith("tests/"):
        return None
    for pattern, folders in FOREIGN:
        if re.match(pattern, name):
            if path.startswith(tuple(folders)):
                return None
            return f"<{name}> belongs to {' and '.join(folders)}"
    if SYSTEM.match(name):
        return None
    return f"<{name}> is in no table of this lint: a new library needs a folder of its own"


def check(path, text):
    found = []
    code = lint.blank(text, strings=False)
    for m in INCLUDE.finditer(code):
        name = m.group(1)[1:-1]
        message = check_own(path, name) if m.group(1)[0] == '"' else check_foreign(path, name)
        if message:
            found.append((lint.line_of(code, m.start()), message))
    return found


SAMPLES = [
    ("server/base/x.c", '#include "store/db.h"\n', 1),
    ("server/store/x.c", '#include "base/err.h"\n#include "auth/role.h"\n', 1),
    ("server/desk/x.c", '#include "media/loop.h"\n', 1),
    ("media/x.c", '#include "desk/site.h"\n#include "link/msg.h"\n', 1),
    ("scheduler/x.c", '#include "store/db.h"\n', 1),
    ("server/net/x.c", '#include "base/err.h"\n#include "desk/site.h"\n#include <libwebsockets.h>\n', 0),
    ("server/api/x.c", "#include <sqlite3.h>\n", 1),
    ("server/base/buf.c", "#include <jansson.h>\n", 1),
    ("server/base/json.c", "#include <jansson.h>\n", 0),
    ("server/base/x.c", "#  include <glib.h>\n", 1),
    ("server/base/x.c", '#include "err.h"\n', 1),
    ("server/novel/x.c", '#include "base/err.h"\n', 1),
    ("server/base/x.c", '/* #include "store/db.h" */\n#include <stdio.h>\n', 0),
    ("server/store/x.c", '#include "novel/db.h"\n', 1),
]

if __name__ == "__main__":
    lint.run(check, SAMPLES, lambda p: lint.in_product(p))
