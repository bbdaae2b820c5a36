"""Nothing tracked names a machine of ours: no folder of a developer's computer, no package registry's or mirror's host."""
import re

import lint

FOLDER = re.compile(r"(?<![\w.\-/{}$])/(work|workspace|home/[a-z][\w.-]*|Users/[A-Za-z][\w.-]*|tmp/yq)(?=/|\b(?![\w-]))")
HOST = re.compile(r"\b(?:https?|git\+https?|ssh)://([\w.-]+)", re.I)
REGISTRY = re.compile(r"(^|[.-])(registry|npm|npmjs|yarnpkg|pypi|pythonhosted|artifactory|nexus|jfrog|mirrors?|proxy|cache)([.-]|$)", re.I)
RESOLVED = re.compile(r'"resolved"\s*:\s*"https?:')
# A path on an installed site, as its documentation names it.
FINE = re.compile(r"/home/yunqiao")


def check(path, text):
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        m = FOLDER.search(FINE.sub("", line))
        if m:
            found.append((number, f"a folder of one machine: {m.group(0)}"))
        for host in HOST.findall(line):
            if REGISTRY.search(host):
                found.append((number, f"a registry's host: {host}"))
        if RESOLVED.search(line):
            found.append((number, "package-lock says where a package was fetched (omit-lockfile-registry-resolved)"))
    return found


def hidden(text):
    return text.replace("~", "")


SAMPLES = [
    ("docs/x.md", hidden("see /wo~rk/main/docs\n"), 1),
    ("docs/x.md", hidden("cp /home/al~ice/x y\n"), 1),
    ("web-client/package-lock.json", hidden('"resolved": "ht~tps://regi~stry.example/x.tgz",\n'), 2),
    ("web-client/.npmrc", hidden("reg=ht~tps://npm.corp.exa~mple/\n"), 1),
    ("docs/x.md", "https://hl7.org/fhir/R4 and /var/lib/yunqiao and server/work/x and http/work\n", 0),
]


def wanted(path):
    return not re.search(r"\.(png|ico|woff2?|wav|bin|gz|der|p12)$|/corpus/", path) and path != "tests/lint/paths.py"


if __name__ == "__main__":
    lint.run(check, SAMPLES, wanted)
