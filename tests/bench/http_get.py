#!/usr/bin/env python3
"""Small authenticated JSON GETs per second (GET /api/session with a bearer token) beside nginx serving a static file of the same
size, plain and over TLS. One run, interleaved, three rounds; the server on one core, wrk on the other; the median of the rounds'
ratios counts. Both answer over keep-alive; nginx looks nobody up.

    YQ_BIN=build/release/bin python3 tests/bench/http_get.py
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules"))
from house import free_port, site, until  # noqa: E402

SECONDS, ROUNDS, CONNECTIONS = int(os.environ.get("YQ_SECONDS", "4")), 3, 64


def nginx(root, body, ports):
    os.makedirs(f"{root}/www/api")
    with open(f"{root}/www/api/session", "wb") as out:
        out.write(body)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", f"{root}/n.key", "-out", f"{root}/n.crt"], check=True, capture_output=True)
    with open(f"{root}/nginx.conf", "w") as out:
        out.write(f"""
daemon off; worker_processes 1; pid {root}/nginx.pid; error_log {root}/nginx.log; user root;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/json; open_file_cache max=10;
  client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3; uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
  server {{ listen 127.0.0.1:{ports[0]}; listen 127.0.0.1:{ports[1]} ssl; root {root}/www;
    ssl_certificate {root}/n.crt; ssl_certificate_key {root}/n.key; ssl_protocols TLSv1.2 TLSv1.3; }} }}
""")
    return subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", f"{root}/nginx.conf", "-e", f"{root}/nginx.log"])


def wrk(url, token):
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H", f"Authorization: Bearer {token}", url]
    got = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in got, got
    p99 = re.search(r"99%\s+(\S+)", got).group(1)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", got).group(1)), p99


def cpu_s(pid):
    """Seconds of processor time of a process and what it started."""
    pids = [pid] + [int(p) for p in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]
    ticks = 0
    for each in pids:
        with open(f"/proc/{each}/stat") as f:
            ticks += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(url, token, pid):
    """Requests a second, p99, and processor time a request: the last holds on a machine that others use too."""
    before = cpu_s(pid)
    rate, p99 = wrk(url, token)
    return rate, p99, (cpu_s(pid) - before) * 1e6 / (rate * SECONDS)


def main():
    if not all(shutil.which(program) for program in ("nginx", "wrk", "taskset")) or os.cpu_count() < 2:
        print("skipped: nginx, wrk, taskset and two cores are needed")
        return 77
    plain = free_port()
    with site(options=["--http", f"127.0.0.1:{plain}"]) as s:
        token = json.loads(s.run("token", "--user", "guqinghe", "--json").stdout)["token"]
        body = s.client().get("/api/session", headers={"Authorization": f"Bearer {token}"}).body
        subprocess.run(["taskset", "-a", "-c", "-p", "0", str(s.process.pid)], check=True, capture_output=True)
        ports = (free_port(), free_port())
        peer = nginx(s.root, body, ports)
        try:
            ours = {"plain": f"http://127.0.0.1:{plain}/api/session", "tls": f"https://127.0.0.1:{s.port}/api/session"}
            theirs = {"plain": f"http://127.0.0.1:{ports[0]}/api/session", "tls": f"https://127.0.0.1:{ports[1]}/api/session"}
            until("nginx serves", lambda: subprocess.run(["curl", "-sf", "-o", "/dev/null", theirs["plain"]]).returncode == 0)
            print(f"body {len(body)} bytes, {CONNECTIONS} connections, {SECONDS} s a run")
            for how in ("plain", "tls"):
                rates, costs = [], []
                for n in range(ROUNDS):
                    (a, a99, a_us), (b, b99, b_us) = measure(ours[how], token, s.process.pid), measure(theirs[how], token, peer.pid)
                    rates.append(a / b)
                    costs.append(a_us / b_us)
                    print(f"{how} round {n + 1}: yunqiaod {a:.0f}/s (p99 {a99}, {a_us:.1f} us of cpu each), nginx {b:.0f}/s (p99 {b99}, "
                          f"{b_us:.1f} us), ratio {a / b:.3f}", flush=True)
                print(f"figure http_get_{how}_rate_of_nginx {statistics.median(rates):.3f}")
                print(f"figure http_get_{how}_cpu_of_nginx {statistics.median(costs):.3f}")
        finally:
            peer.terminate()
            peer.wait()
        assert s.process.poll() is None
        print(f"figure resident_kib {[line.split()[1] for line in open(f'/proc/{s.process.pid}/status') if line.startswith('VmRSS')][0]}")
    return 0


sys.exit(main())
