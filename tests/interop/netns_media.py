"""Networks that let little out, made of namespaces and nftables: with UDP blocked media goes over ICE-TCP, with everything
but TCP 443 blocked over TURN over TLS, and with that blocked too nothing gets through (or the others would prove nothing)."""
import os
import shutil
import subprocess
import sys

PROGRAM = os.path.join(os.environ["YQ_BIN"], "call")
SERVER, CLIENT = f"yqs{os.getpid()}", f"yqc{os.getpid()}"
AT = {4: ("10.77.0.1", "10.77.0.2", "10.77.0.1:8444", "10.77.0.1:443"),
      6: ("fd77::1", "fd77::2", "[fd77::1]:8444", "[fd77::1]:443")}
RULES = {
    "udp": "accept",
    "tcp": "meta l4proto udp drop",
    "turn": "meta l4proto icmpv6 accept; tcp dport 443 accept; drop",
    "none": "meta l4proto icmpv6 accept; drop",
}


def run(*words, **more):
    subprocess.run(words, check=True, timeout=20, **more)


def inside(space, *words, **more):
    run("ip", "netns", "exec", space, *words, **more)


def made():
    run("ip", "netns", "add", SERVER)
    run("ip", "netns", "add", CLIENT)
    run("ip", "link", "add", "yqv0", "netns", SERVER, "type", "veth", "peer", "name", "yqv1", "netns", CLIENT)
    for space, link, place in ((SERVER, "yqv0", 0), (CLIENT, "yqv1", 1)):
        inside(space, "ip", "addr", "add", AT[4][place] + "/24", "dev", link)
        inside(space, "ip", "addr", "add", AT[6][place] + "/64", "dev", link, "nodad")
        inside(space, "ip", "link", "set", link, "up")
        inside(space, "ip", "link", "set", "lo", "up")


def removed():
    for space in (SERVER, CLIENT):
        subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL, check=False, timeout=20)


if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("nft"):
    print("wants root, ip and nft")
    sys.exit(77)
try:
    try:
        made()
    except subprocess.CalledProcessError:
        print("no network namespaces here")
        sys.exit(77)
    for way, rule in RULES.items():
        inside(CLIENT, "nft", "-f", "-", text=True,
               input=f"flush ruleset\ntable inet yq {{\nchain out {{\ntype filter hook output priority 0;\n{rule};\n}}\n}}\n")
        for family in (4, 6):
            got = subprocess.run([PROGRAM, SERVER, CLIENT, *AT[family][2:]], stdout=subprocess.PIPE, text=True, timeout=60,
                                 check=True).stdout.strip()
            assert got == way, f"IPv{family}: {got}, not {way}"
            print(f"ok IPv{family} {way}")
finally:
    removed()
