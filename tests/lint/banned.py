"""Functions that are never called, and functions that one file of the product alone may call."""
import re

import lint

NEVER = {
    "strcpy": "no bound", "strcat": "no bound", "sprintf": "no bound", "vsprintf": "no bound", "gets": "no bound",
    "stpcpy": "no bound", "strncpy": "leaves no NUL", "strncat": "counts oddly",
    "strtok": "hidden state", "atoi": "no errors", "atol": "no errors", "atoll": "no errors", "atof": "no errors",
    "system": "a shell", "popen": "a shell", "wordexp": "a shell",
    "rand": "predictable: base/rnd", "srand": "predictable: base/rnd", "random": "predictable: base/rnd",
    "localtime": "hidden state, and the zone is the site's", "gmtime": "hidden state", "ctime": "hidden state",
    "asctime": "hidden state",
    "alloca": "no bound", "tmpnam": "a race", "tempnam": "a race", "mktemp": "a race",
    "sleep": "wait for what is awaited", "usleep": "wait for what is awaited",
    "gethostbyname": "hidden state", "inet_ntoa": "hidden state",
}
ONLY = {
    "malloc": ["server/base/mem.c"], "calloc": ["server/base/mem.c"], "realloc": ["server/base/mem.c"],
    "free": ["server/base/mem.c"], "strdup": [], "strndup": [], "asprintf": [], "vasprintf": [],
    "reallocarray": [], "aligned_alloc": [], "posix_memalign": [],
    "clock_gettime": ["server/base/clock.c"], "time": ["server/base/clock.c"],
    "gettimeofday": ["server/base/clock.c"],
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(list(NEVER) + list(ONLY)) + r")\s*\(")


def check(path, text):
    found = []
    code = lint.blank(text)
    for m in CALL.finditer(code):
        name = m.group(1)
        line = lint.line_of(code, m.start())
        if name in NEVER:
            found.append((line, f"{name}: {NEVER[name]}"))
        elif lint.in_product(path) and path not in ONLY[name]:
            where = " and ".join(ONLY[name])
            found.append((line, f"{name}: " + (f"only in {where}" if where else "use base/mem")))
    return found


SAMPLES = [
    ("server/net/x.c", 'int main(void) { strcpy(a, b); }', 1),
    ("server/net/x.c", 'void f(void) { char *p = malloc (3); free(p); }', 2),
    ("server/base/mem.c", 'void f(void) { char *p = malloc(3); free(p); }', 0),
    ("server/base/clock.c", "clock_gettime(CLOCK_REALTIME, &t);", 0),
    ("server/auth/x.c", "clock_gettime(CLOCK_REALTIME, &t);\nx = time(NULL);", 2),
    ("server/auth/x.c", "/* strcpy(a, b) */ log(\"strcpy(a, b)\"); // atoi(x)\n", 0),
    ("server/auth/x.c", "r->free(p); o.time(1); mem_free(p); my_malloc(3); strftime(a, b, c, d);", 0),
    ("tests/unit/x.c", "usleep(1000); p = malloc(3);", 1),
]

if __name__ == "__main__":
    lint.run(check, SAMPLES, lint.is_c)
