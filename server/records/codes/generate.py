#!/usr/bin/env python3
"""Writes ../codes_text.c from the three lists beside it: rows of SQL for the schema's step that brings the starter lists.
   generate.py PINYIN, where PINYIN is a program that reads lines and writes `full<TAB>initials` for each (bin/pinyin_lines)."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def rows(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def pinyin(words):
    done = subprocess.run([sys.argv[1]], input="\n".join(words) + "\n", capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def c_lines(head, values):
    out = []
    for i in range(0, len(values), 100):
        part = values[i:i + 100]
        out.append(f'    "{head} VALUES"')
        out += [f'    "{value}{";" if j == len(part) - 1 else ","}"' for j, value in enumerate(part)]
    return out


def codes(name, parts):
    sounds = pinyin([p[1] for p in parts])
    return [f"({quoted(name)},{quoted(p[0])},{quoted(p[1])},{quoted(s[0])},{quoted(s[1])},"
            f"{quoted(' ' + p[2] + ' ' if len(p) > 2 else '')})" for p, s in zip(parts, sounds)]


text = ["/* Written by codes/generate.py from the lists beside it: never edited. */", '#include "records/codes_own.h"', "",
        "const char codes_starter_sql[] ="]
text += ["    \"INSERT INTO code_list (name, title, is_starter) VALUES ('icd10', 'ICD-10', 1), ('drug', 'drug', 1);\""]
text += c_lines("INSERT INTO code (list, code, words, pinyin, initials, classes)", codes("icd10", rows("icd10.txt")) + codes("drug", rows("drugs.txt")))
text += c_lines("INSERT INTO drug_interaction (a, b, severity, zh, en)",
                ["(" + ",".join(quoted(v) for v in p) + ")" for p in rows("interactions.txt")])
text[-1] += ";"
(HERE.parent / "codes_text.c").write_text("\n".join(text) + "\n", encoding="utf-8")
