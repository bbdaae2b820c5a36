"""SQL stands where the tables are owned, is always bound and never built."""
import re

import lint

# A statement, not a sentence: keyword pairs as SQL has them, in capitals.
STATEMENT = re.compile(
    r"\b(SELECT\s+[\w*(?'\"].*\bFROM\b|SELECT\s+[\w(?]+|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|"
    r"CREATE\s+(TEMP\s+|UNIQUE\s+|VIRTUAL\s+)?(TABLE|INDEX|TRIGGER|VIEW)|ALTER\s+TABLE|DROP\s+(TABLE|INDEX)|"
    r"REPLACE\s+INTO|PRAGMA\s+\w+|ATTACH\s+|VACUUM|SAVEPOINT\s|BEGIN\s+IMMEDIATE)")
FOLDERS = ("server/store/", "server/auth/", "server/records/", "server/registry/", "server/desk/")
# What is about the file rather than about the facts in it is the store's alone.
STORE_ONLY = re.compile(r"\b(PRAGMA\s+\w+|ATTACH\s+|VACUUM\b|BEGIN\s+IMMEDIATE)")
# Tables with an owner elsewhere: the certificate is net's own; /healthz asks the store whether it answers at all.
OWNERS = ("server/net/cert.c", "server/api/public.c")
PRINTERS = re.compile(r"\b(v?snprintf|buf_printf|arena_printf|v?asprintf|sqlite3_v?mprintf|sqlite3_v?snprintf)\s*\(")


def call_end(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[i], 0)
        if depth == 0 and code[i] == ")":
            return i
    return len(code)


def check(path, text):
    found = []
    plain = lint.blank(text)
    calls = [(m.start(), call_end(plain, m.end() - 1)) for m in PRINTERS.finditer(plain)]
    for line, value, at in lint.literals(text):
        if not STATEMENT.search(value):
            continue
        if not path.startswith(FOLDERS + OWNERS):
            found.append((line, f"SQL outside the folders that own tables: {value[:50]}"))
        elif STORE_ONLY.search(value) and not path.startswith("server/store/"):
            found.append((line, f"only the store speaks of the file itself: {value[:50]}"))
        if any(start < at < end for start, end in calls) and not is_pragma_number(path, value):
            found.append((line, f"SQL is bound, never printed together: {value[:50]}"))
    return found


def is_pragma_number(path, value):
    """PRAGMA and VACUUM INTO take no bound values everywhere; the store may print a number of its own into one."""
    return path.startswith("server/store/") and re.fullmatch(r"PRAGMA \w+\s*=\s*%(d|u|ld|lu|lld|\" PRI\w+ \")?;?", value)


SAMPLES = [
    ("server/net/x.c", 'run("SELECT id FROM account");', 1),
    ("server/auth/x.c", 'run("SELECT id FROM account WHERE name = ?1");', 0),
    ("server/auth/x.c", 'snprintf(q, sizeof q, "SELECT id "\n  "FROM %s", table);', 1),
    ("server/auth/x.c", 'buf_printf(&b, "DELETE FROM account WHERE id = %d", id);', 1),
    ("server/auth/x.c", 'run("PRAGMA key_list");', 1),
    ("server/store/x.c", 'snprintf(q, sizeof q, "PRAGMA user_version = %d", n);', 0),
    ("server/net/x.c", '/* SELECT id FROM account */ log("select one from the list");', 0),
]

if __name__ == "__main__":
    lint.run(check, SAMPLES, lint.in_product)
