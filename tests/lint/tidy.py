"""clang-tidy with the checks of .clang-tidy on every C file of the product: tidy.py BUILD_FOLDER [--changed] [FILE …]."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lint

# Flags of gcc that clang does not know, and of sanitizers that only cost time here.
DROP = re.compile(r"^(-fsanitize.*|-fno-sanitize.*|--coverage|-fstack-clash-protection|-fcf-protection|-Werror)$")
BAD = "#include <stdlib.h>\nint f(int n);\nint f(int n)\n{\n    int *p = NULL;\n    if (n) n = *p;\n    return n;\n}\n"


def commands(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        entries = json.load(f)
    found = {}
    for e in entries:
        path = os.path.relpath(os.path.realpath(os.path.join(e["directory"], e["file"])), os.path.realpath(lint.ROOT))
        found.setdefault(path, [a for a in e["command"].split()[1:] if not DROP.match(a)])
    return found


def arguments_of(command):
    """The compiler's flags alone, without input, output and dependency files."""
    kept, skip = [], False
    for a in command:
        if skip:
            skip = False
        elif a in ("-o", "-MF", "-MT", "-c", "-MD", "-MMD"):
            skip = a in ("-o", "-MF", "-MT")
        elif not a.endswith(".c"):
            kept.append(a.replace('\\"', '"'))
    return kept


def tidy(file, flags):
    config = "--config-file=" + os.path.join(lint.ROOT, ".clang-tidy")
    out = subprocess.run(["clang-tidy", config, "--quiet", file, "--", *flags, "-Wno-unknown-warning-option"],
                         capture_output=True, text=True)
    text = "\n".join(line for line in out.stdout.split("\n") if line.strip())
    return out.returncode != 0 or "warning:" in text or "error:" in text, text or out.stderr


def prove():
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "sample.c")
        with open(file, "w", encoding="utf-8") as f:
            f.write(BAD)
        is_found, _ = tidy(file, ["-std=gnu17"])
    if not is_found:
        print("self-test: clang-tidy finds nothing in a sample that reads through NULL")
    return 0 if is_found else 1


def changed():
    """Files that differ from the last commit, or that it touched."""
    names = set()
    for arguments in (["diff", "--name-only", "HEAD"], ["diff", "--name-only", "HEAD~1", "HEAD"]):
        out = subprocess.run(["git", "-C", lint.ROOT, *arguments], capture_output=True, text=True)
        names |= set(out.stdout.split())
    return names


def main():
    if len(sys.argv) < 2:
        sys.exit(2)
    if not shutil.which("clang-tidy"):
        print("clang-tidy is not installed")
        sys.exit(lint.SKIP)
    build, wanted = sys.argv[1], [a for a in sys.argv[2:] if not a.startswith("--")]
    known = commands(build)
    files = [p for p in lint.tracked() if p.endswith(".c") and lint.in_product(p) and p in known and (not wanted or p in wanted)]
    if "--changed" in sys.argv:
        only = changed()
        files = [p for p in files if p in only]
    bad = prove()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(tidy, os.path.join(lint.ROOT, p), arguments_of(known[p])) for p in files]
        for path, job in zip(files, jobs):
            is_bad, text = job.result()
            if is_bad:
                print(f"-- {path}\n{text}")
                bad += 1
    print(f"{len(files)} files, {bad} with findings")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
