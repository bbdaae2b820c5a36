"""What people read stands in text files: in C, Chinese in a string literal only in files that hold texts (texts.c, text_*.c,
*_text.c, *_texts.c), in invented demo data (ops_demo.c) and in tests; in the client only under src/text. Comments may name
things as they are called."""
import re

import lint

CJK = re.compile("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
DATE_UNITS = "年月日"  # a date's form is no word
TEXT_FILE = re.compile(r"(^|/)(texts?|texts?_\w+|\w+_texts?|\w*demo\w*)\.[ch]$")


# Pages that are read before the client can be (how to trust the certificate, that the client has not been built), and the
# names which the site and its first accounts bear until somebody gives them others.
PAGES = ("server/net/ca.c", "server/net/http.c", "server/app/settings.c", "server/desk/ops_people.c")


def check_c(path, text):
    if path.startswith("tests/") or path in PAGES or TEXT_FILE.search(path):
        return []
    return [(line, f"text for people in a source file: {value[:40]}") for line, value, _ in lint.literals(text)
            if CJK.search(value)]


def check_client(path, text):
    if path.startswith("web-client/src/text/") or ".test." in path or "/test/" in path:
        return []
    code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)
    return [(lint.line_of(code, m.start()), "text for people outside src/text") for m in CJK.finditer(code)
            if m.group(0) not in DATE_UNITS][:5]


def check(path, text):
    return check_c(path, text) if lint.is_c(path) else check_client(path, text)


SAMPLES = [
    ("server/api/x.c", 'return "口令不对";\n', 1),
    ("server/api/x.c", '/* 口令: password */\nreturn "password";\n', 0),
    ("server/api/texts.c", 'return "口令不对";\n', 0),
    ("web-client/src/view/x.tsx", "return <p>登录</p>;\n", 2),
    ("web-client/src/view/x.tsx", "// 登录\nreturn <p>{t.login}</p>;\n", 0),
    ("web-client/src/text/zh.ts", "login: '登录'\n", 0),
]


def wanted(path):
    return lint.in_product(path) or re.match(r"web-client/src/.*\.(ts|tsx|css)$", path)


if __name__ == "__main__":
    lint.run(check, SAMPLES, wanted)
