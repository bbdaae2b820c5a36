"""The log names no people, no secrets, no clinical text (rules 2, 28, 31): neither by the key of a field nor by what stands in
it, and nothing goes around the log."""
import re

import lint

FIELD = re.compile(r"\bLOG_(T|I|U)\s*\(")
KEYS = re.compile(r"^(name|display|patient|person|detainee|password|secret|token|ticket|cookie|totp|otp|recovery|question|"
                  r"note|text|diagnosis|reason|staff_number|body|query|csrf|resume|bearer|uri|qr|draft)$")
VALUES = re.compile(r"\b(password|secret|totp|otp_?code|recovery|ticket|cookie|authorization|csrf|bearer|resume|draft|"
                    r"display|staff_number|diagnosis|patient|detainee|body|query|json)\b")
# Keys that mean something harmless there: the reason in a BYE, the name of a backup or a migration.
FINE = {("server/link/", "reason"), ("media/", "reason"), ("server/app/", "reason"),
        ("server/store/", "name")}
AROUND = re.compile(r"\b(fprintf\s*\(\s*stderr|printf\s*\(|puts\s*\(|perror\s*\(|syslog\s*\(|dprintf\s*\(\s*2)")
# Programs that talk to a person at a terminal do so on purpose.
TERMINAL = re.compile(r"^(server/app/(yunqiao|main|command|show|process|settings)\w*\.c|media/main\.c|server/camera/camera\.c|"
                      r"server/base/(log|err)\.c|server/records/generate/|server/\w+/\w*_tool\.c)")


def argument(text, code, at):
    """What stands between the parentheses that open at `at`, split at the first comma of that level."""
    depth, comma = 0, None
    for i in range(at, len(code)):
        if code[i] in "([{":
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
            if depth == 0:
                end = i
                break
        elif code[i] == "," and depth == 1 and comma is None:
            comma = i
    else:
        return "", ""
    comma = comma or end
    return text[at + 1:comma].strip(), code[comma + 1:end].strip()


def check_fields(path, text, code):
    found = []
    for m in FIELD.finditer(code):
        key, value = argument(text, code, m.end() - 1)
        key = key.strip('"')
        line = lint.line_of(code, m.start())
        is_fine = any(path.startswith(folder) and key == name for folder, name in FINE)
        if m.group(1) == "T" and KEYS.match(key) and not is_fine:
            found.append((line, f"the log must not carry {key!r}"))
        elif m.group(1) == "T" and VALUES.search(value):
            found.append((line, f"the log must not carry {value!r}"))
    return found


def check(path, text):
    code = lint.blank(text)
    if path == "server/base/log.h":
        return []
    found = check_fields(path, text, code)
    if not TERMINAL.match(path):
        found += [(lint.line_of(code, m.start()), "goes around the log") for m in AROUND.finditer(code)]
    return found


SAMPLES = [
    ("server/auth/x.c", 'log_info("auth", "in", LOG_T("name", a->name));', 1),
    ("server/auth/x.c", 'log_info("auth", "in", LOG_T("account", a->id));', 0),
    ("server/auth/x.c", 'log_info("auth", "in", LOG_T("what", session->csrf));', 1),
    ("server/auth/x.c", 'log_info("auth", "in", LOG_T("x", str_of(f(r->body, 2)).at), LOG_U("n", n));', 1),
    ("server/auth/x.c", 'fprintf(stderr, "%s", a->name);', 1),
    ("server/auth/x.c", 'snprintf(b, sizeof b, "x"); buf_printf(&b, "x");', 0),
    ("media/x.c", 'log_error("x", "bye", LOG_T("reason", text));', 0),
]

if __name__ == "__main__":
    lint.run(check, SAMPLES, lint.in_product)
