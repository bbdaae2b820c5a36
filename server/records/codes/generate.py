#!/usr/bin/env python3
"""Writes ../codes_three_text.c from the list beside it: rows of SQL for the schema's step that brings the three-character codes into the
   starter list, beside what ../codes_text.c brought (which is as it was released, and never edited).
   generate.py PINYIN, where PINYIN is a program that reads lines and writes `full<TAB>initials` for each (bin/pinyin_lines)."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


lines = (HERE / "icd10_three.txt").read_text(encoding="utf-8").splitlines()
codes = [line.split("\t") for line in lines if line and not line.startswith("#")]
done = subprocess.run([sys.argv[1]], input="\n".join(c[1] for c in codes) + "\n", capture_output=True, text=True, check=True)
sounds = [line.split("\t") for line in done.stdout.splitlines()]
values = [f"('icd10',{quoted(c[0])},{quoted(c[1])},{quoted(s[0])},{quoted(s[1])},'')" for c, s in zip(codes, sounds)]
text = ["/* Written by codes/generate.py from the list beside it: never edited. */", '#include "records/codes_own.h"', "", "const char codes_three_sql[] ="]
for i in range(0, len(values), 100):
    part = values[i:i + 100]
    text.append('    "INSERT OR IGNORE INTO code (list, code, words, pinyin, initials, classes) SELECT * FROM (VALUES"')
    text += [f'    "{value}{"" if j == len(part) - 1 else ","}"' for j, value in enumerate(part)]
    text.append("    \") WHERE (SELECT is_starter FROM code_list WHERE name = 'icd10') = 1;\"")
text[-1] += ";"
(HERE.parent / "codes_three_text.c").write_text("\n".join(text) + "\n", encoding="utf-8")
