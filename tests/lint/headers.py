"""A header opens with what it is, has its guard, and compiles alone."""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lint

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", '-DYQ_VERSION="0"', "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers",
         "-fsyntax-only", "-x", "c", "-I" + os.path.join(lint.ROOT, "server"), "-I" + lint.ROOT]
MODULES = ["sqlite3", "libsodium", "jansson", "libssl", "inih", "libseccomp", "libwebsockets", "liboath", "libqrencode",
           "pangocairo"]


def library_flags():
    flags = []
    for module in MODULES:
        out = subprocess.run(["pkg-config", "--cflags", module], capture_output=True, text=True)
        flags += out.stdout.split() if out.returncode == 0 else []
    return flags


def guard_of(path):
    parts = path.split("/")
    parts = parts[1:] if parts[0] == "server" else parts
    return re.sub(r"\W", "_", "/".join(parts)).upper()


def check(path, text):
    found = []
    if not re.match(r"/\* ?\S", text):
        found.append((1, "a header opens with a comment that says what it is"))
    if not re.search(rf"^#ifndef {guard_of(path)}\n#define {guard_of(path)}\n", text, re.M):
        found.append((1, f"the guard is not {guard_of(path)}"))
    return found


def compile_alone(file, extra):
    return subprocess.run(["cc", *FLAGS, *extra, "-include", file, os.devnull], capture_output=True, text=True)


def prove_compile(extra):
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for text in ("size_t n;\n", "#include <stddef.h>\nsize_t n;\n"):
            file = os.path.join(folder, "sample.h")
            with open(file, "w", encoding="utf-8") as f:
                f.write(text)
            results.append(compile_alone(file, extra).returncode == 0)
    if results != [False, True]:
        print(f"self-test: compiled {results}, not [False, True]")
        return 1
    return 0


SAMPLES = [
    ("server/base/x.h", "#ifndef BASE_X_H\n#define BASE_X_H\n#endif\n", 1),
    ("server/base/x.h", "/* x: a thing. */\n#ifndef X_H\n#define X_H\n#endif\n", 1),
    ("media/x.h", "/* x: a thing. */\n#ifndef MEDIA_X_H\n#define MEDIA_X_H\n#endif\n", 0),
]


def main():
    if not shutil.which("cc"):
        sys.exit(lint.SKIP)
    extra = library_flags()
    bad = lint.prove(check, SAMPLES) + prove_compile(extra)
    files = [p for p in lint.tracked() if p.endswith(".h")]
    for path in files:
        if not path.startswith("tests/"):
            for line, message in check(path, lint.read(path)):
                lint.tell(path, line, message)
                bad += 1
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, out in zip(files, pool.map(lambda p: compile_alone(os.path.join(lint.ROOT, p), extra), files)):
            if out.returncode:
                print(f"{path}: does not compile alone\n{out.stderr}")
                bad += 1
    print(f"{len(files)} headers, {bad} findings")
    sys.exit(1 if bad or not files else 0)


if __name__ == "__main__":
    main()
