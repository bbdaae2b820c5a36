"""docs/RESULTS.md: what each test of the long tier gave when it last ran, and at which commit. The page is the memory: it is read
when the tier starts and written after each test, so that a run can end at any moment and another go on, here or in a fresh clone.
"""
import fcntl
import os
import re

PATH = "docs/RESULTS.md"
KEEP = re.compile(r"^\s*(figure|bench|ratio)\b|\d+ passed, \d+ failed")  # lines that stand on the page
LINES_MAX = 80
HEAD = """# The long tier's last result

Written by `scripts/test --long`, which goes on from here. Tests run with their full counts, each at the commit named in its row (a `+`:
with changes that were not committed); figures are of one run on a shared machine of 2 cores: read them as proportions.
"""


class Row:
    def __init__(self, result, seconds, commit, lines=()):
        self.result, self.seconds, self.commit, self.lines = result, seconds, commit, list(lines)


def kept_lines(said):
    return [line.strip() for line in said.splitlines() if KEEP.search(line)][-LINES_MAX:]


def parse(text):
    """key -> Row."""
    rows, of = {}, None
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == 5 and cells[2] in ("passed", "failed", "skipped"):
            rows[f"{cells[0]} {cells[1]}"] = Row(cells[2], int(cells[3]), cells[4])
        elif re.fullmatch(r"`[^`]+`", line):
            of = rows.get(line.strip("`"))
        elif line.startswith("    ") and of:
            of.lines.append(line.strip())
    return rows


def page(rows, known):
    """The text; `known` are the keys of all tests there are."""
    missing = sorted(set(known) - set(rows))
    bad = sorted(key for key, row in rows.items() if row.result == "failed")
    results = [row.result for row in rows.values()]
    out = [HEAD, f"{results.count('passed')} passed, {results.count('failed')} failed, {results.count('skipped')} skipped, "
                 f"{len(missing)} not run yet, at {len({r.commit for r in rows.values()})} commits.\n"]
    if bad:
        out.append(f"Failed: {', '.join(bad)}.\n")
    if missing:
        out.append(f"Not run yet: {', '.join(missing)}.\n")
    out.append("| build | test | result | seconds | commit |\n|---|---|---|---|---|")
    for key, row in sorted(rows.items()):
        out.append(f"| {' | '.join(key.split(' ', 1))} | {row.result} | {row.seconds} | {row.commit} |")
    out.append("\n## What they printed\n")
    for key, row in sorted(rows.items()):
        if row.lines:
            out.append(f"`{key}`\n\n" + "".join(f"    {line}\n" for line in row.lines))
    return "\n".join(out)


def read():
    if not os.path.exists(PATH):
        return {}
    with open(PATH) as page_now:
        return parse(page_now.read())


def add(key, row, known):
    """Puts one row onto the page as it stands now: another run may have written since. A row whose test is gone goes too."""
    os.makedirs("build", exist_ok=True)
    with open("build/results.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = {k: r for k, r in read().items() if k in known}
        rows[key] = row
        with open(PATH + ".new", "w") as out:
            out.write(page(rows, known))
        os.replace(PATH + ".new", PATH)
