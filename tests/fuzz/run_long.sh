#!/usr/bin/env bash
# Drives a fuzz target with libFuzzer: tests/fuzz/run_long.sh TARGET [SECONDS]
# SECONDS: YQ_FUZZ_SECONDS, or 600. What it has learnt is kept in YQ_OUT/fuzz/TARGET (build/fuzz/test-output by default) and
# used the next time; an input that breaks the target lies in YQ_OUT/fuzz/TARGET-broken, and belongs into the corpus once mended.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -ge 1 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
target=$1 seconds=${2:-${YQ_FUZZ_SECONDS:-600}}
bin=${YQ_BIN:-build/fuzz/bin}
if [ ! -x "$bin/fuzz_$target" ]; then
    cmake --preset fuzz >/dev/null
    cmake --build build/fuzz --target "fuzz_$target"
    bin=build/fuzz/bin
fi
out=${YQ_OUT:-build/fuzz/test-output}/fuzz
mkdir -p "$out/$target" "$out/$target-broken"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}
log=$out/$target.log
inputs() { sed -n 's/^stat::number_of_executed_units: //p' "$log"; }
started=$SECONDS child='' interrupted=''
# Whoever stops it is told how far it came: what was learnt until then is kept.
trap 'interrupted=1; [ -z "$child" ] || kill -INT "$child" 2>/dev/null || true' INT TERM HUP
"$bin/fuzz_$target" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="$out/$target-broken/" "$out/$target" "tests/fuzz/corpus/$target" >"$log" 2>&1 &
child=$!
code=0
wait "$child" || code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child" || code=$?; done
if [ -n "$interrupted" ]; then
    echo "fuzz/$target: interrupted after $((SECONDS - started)) of $seconds s, $(inputs) inputs, nothing broke until then"
    exit 130
fi
if [ "$code" -ne 0 ]; then
    tail -60 "$log"
    exit 1
fi
echo "figure fuzz/$target: $seconds s, $(inputs) inputs, nothing broke"
