"""docs/RULES.md names proofs that exist, and every proof of the rules that it speaks of."""
import os
import re
import sys

import lint

PAGE = "docs/RULES.md"
PROOF = re.compile(r"`((?:rules|unit|e2e|scheduler|scene|faults|interop)/[\w./-]+): ([^`]+)`")
ROW = re.compile(r"^\| (\d+) \|")
DEFINED = re.compile(r"^def (rule_\w+)\(", re.M)


def file_of(name, files):
    """rules/07 is the file that begins with 07."""
    path = f"tests/{name}"
    if re.fullmatch(r"rules/\d\d", name):
        return next((f for f in files if f.startswith(path + "_") and f.endswith(".py")), None)
    return path if path in files else None


def is_there(name, words, files, read):
    path = file_of(name, files)
    if not path:
        return False
    return f"def {words}(" in read(path) if words.startswith("rule_") else words in read(path)


def check(text, files, read):
    """(line, message) of what is wrong; files: paths of the tree, read(path): its text."""
    found, named, spoken_of = [], set(), set()
    for number, line in enumerate(text.split("\n"), 1):
        row = ROW.match(line)
        if not row:
            continue
        spoken_of.add(int(row.group(1)))
        proofs = PROOF.findall(line)
        if not proofs:
            found.append((number, f"a sentence of rule {row.group(1)} without a proof"))
        for name, words in proofs:
            named.add(words)
            if not is_there(name, words, files, read):
                found.append((number, f"there is no proof {words!r} in {name}"))
    for rule in sorted(spoken_of):
        path = file_of(f"rules/{rule:02d}", files)
        for proof in DEFINED.findall(read(path)) if path else []:
            if proof not in named:
                found.append((1, f"{path}: {proof} stands at no sentence"))
    return found


TREE = {"tests/rules/07_x.py": "def rule_a():\n\ndef rule_b():\n", "tests/unit/x/y_test.c": "TEST(it_is_so)\n"}
SAMPLES = [
    ("| 7 | a | `rules/07: rule_a`, `rules/07: rule_b` |\n", 0),
    ("| 7 | a | `rules/07: rule_a` |\n", 1),
    ("| 7 | a | `rules/07: rule_a`, `rules/07: rule_b`, `rules/08: rule_a` |\n", 1),
    ("| 7 | a | `rules/07: rule_a`, `rules/07: rule_b`, `rules/07: rule_c` |\n", 1),
    ("| 9 | a | `unit/x/y_test.c: it_is_so` |\n", 0),
    ("| 9 | a | `unit/x/y_test.c: it_is_not` |\n", 1),
    ("| 9 | a | by hand |\n", 1),
]


if __name__ == "__main__":
    bad = 0
    for text, expected in SAMPLES:
        got = check(text, TREE, TREE.__getitem__)
        if len(got) != expected:
            print(f"self-test: {len(got)} findings, not {expected}: {text!r}: {got}")
            bad += 1
    files = set(lint.tracked()) | {f"tests/rules/{name}" for name in os.listdir(f"{lint.ROOT}/tests/rules")}
    for line, message in check(lint.read(PAGE), files, lint.read):
        lint.tell(PAGE, line, message)
        bad += 1
    print(f"{len(SAMPLES)} samples, {bad} findings")
    sys.exit(1 if bad else 0)
