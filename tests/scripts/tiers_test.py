#!/usr/bin/env python3
"""The pool that runs the tiers' tests, and the page that is the long tier's memory."""
import contextlib
import io
import os
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [f"{TOP}/scripts/lib", f"{TOP}/tests/rules"]
import house
import results
import suite
import tiers


def made(name, command, **properties):
    given = {"WORKING_DIRECTORY": "/", "TIMEOUT": 20, "SKIP_RETURN_CODE": 77, "ENVIRONMENT": [], **properties}
    return suite.Test("release", {"name": name, "command": command and ["sh", "-c", command],
                                  "properties": [{"name": k, "value": v} for k, v in given.items()]})


def run(tests, jobs=2, **more):
    ended = {}
    suite.Pool(jobs).run(tests, lambda test, outcome: ended.update({test.name: outcome}), **more)
    return ended


def tier_a_test_passes_fails_is_skipped_or_was_not_built():
    ended = run([made("good", "echo said"), made("bad", "exit 3"), made("skipped", "exit 77"), made("unbuilt", None),
                 made("slow", "sleep 60", TIMEOUT=0.2)])
    assert {n: o.result for n, o in ended.items()} == {"good": "passed", "bad": "failed", "skipped": "skipped", "unbuilt": "failed",
                                                       "slow": "failed"}
    assert ended["good"].said == "said\n" and "limit" in ended["slow"].said


def tier_the_end_of_a_run_tells_why_a_test_failed():
    said = "ok 1 - one\n" * 50 + "not ok 2 - two\n  ---\n  error: 'gave up waiting: a picture'\n  ...\nok 3 - three\n1..3\n# fail 1\n"
    told = tiers.Sum(1)
    told.add(made("bad", "exit 1"), suite.Outcome("failed", said=said))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert told.close(1) == 1
    assert out.getvalue().splitlines()[-4:] == ["failed: release bad", "    not ok 2 - two", "    error: 'gave up waiting: a picture'",
                                                "0 passed, 1 failed, 0 skipped"], out.getvalue()
    assert tiers.why("line\n" * 40 + "the last\n")[-1] == "the last" and len(tiers.why("line\n" * 40)) == tiers.WHY_LINES


def tier_what_a_test_leaves_behind_ends_with_it():
    with tempfile.TemporaryDirectory() as folder:
        run([made("parent", f"sleep 300 & echo $! >{folder}/child")])
        child = int(open(f"{folder}/child").read())
        house.until("the child is gone", lambda: not os.path.exists(f"/proc/{child}") or
                    open(f"/proc/{child}/stat").read().split(") ")[1][0] == "Z")


def tier_locks_and_the_wish_to_be_alone_are_kept():
    with tempfile.TemporaryDirectory() as folder:
        step = "echo {0}+ >>%s/log; {1}; echo {0}- >>%s/log" % (folder, folder)
        beside_b = "until grep -qx b+ %s/log; do sleep 0.02; done" % folder  # two at once, where they may: else this never ends
        run([made("alone", step.format("alone", "sleep 0.1"), RUN_SERIAL=True),
             made("a1", step.format("a", beside_b), RESOURCE_LOCK=["a"], TIMEOUT=60),
             made("a2", step.format("a", "sleep 0.1"), RESOURCE_LOCK=["a"]), made("b", step.format("b", "sleep 0.1"))], jobs=3)
        log = open(f"{folder}/log").read().split()
    assert log[-2:] == ["alone+", "alone-"], log
    assert [w for w in log if w[0] == "a" and len(w) == 2] == ["a+", "a-", "a+", "a-"], log


def tier_no_test_starts_once_the_time_is_spent():
    ended = []
    suite.Pool(1).run([made("one", "true"), made("two", "sleep 60")], lambda test, _: ended.append(test.name), may_start=lambda: not ended)
    assert ended == ["one"]


def tier_the_page_reads_back_as_it_was_written():
    rows = {"release unit/a": results.Row("passed", 3, "0123456789ab", ["figure x 1", "1 passed, 0 failed"]),
            "tsan unit/a": results.Row("failed", 300, "0123456789ab+")}
    known = {*rows, "asan unit/a"}
    text = results.page(rows, known)
    assert "Not run yet: asan unit/a." in text and "Failed: tsan unit/a." in text
    back = results.parse(text)
    assert {k: vars(r) for k, r in back.items()} == {k: vars(r) for k, r in rows.items()}
    assert results.page(back, known) == text


def tier_each_row_is_written_at_once_and_one_of_a_lost_test_goes():
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/docs")
        os.chdir(folder)
        try:
            results.add("release gone", results.Row("passed", 1, "a"), {"release gone"})
            results.add("release b", results.Row("passed", 1, "a"), {"release b", "release c"})
            results.add("release c", results.Row("failed", 1, "a"), {"release b", "release c"})
            assert sorted(results.read()) == ["release b", "release c"]
        finally:
            os.chdir(here)


def tier_what_has_not_passed_runs_first_what_never_ran():
    rows = {"release p": results.Row("passed", 1, "x"), "release f": results.Row("failed", 1, "x"),
            "release s": results.Row("skipped", 1, "x")}
    tests = [made(name, "true") for name in ("p", "s", "f", "new")]
    names = lambda *how: [t.name for t in tiers.long_choice(tests, rows, *how)]
    assert names(False, "") == ["new", "f", "s"]
    assert sorted(names(True, "")) == ["f", "new", "p", "s"]


def tier_the_sum_names_what_failed_and_what_was_slow():
    told, out = tiers.Sum(2), io.StringIO()
    with contextlib.redirect_stdout(out):
        told.add(made("quick", ""), suite.Outcome("passed", 1.0))
        told.add(made("slow", ""), suite.Outcome("failed", 9.0, 1.0, "why\n"))
        assert told.close(10) == 1
    lines = out.getvalue().splitlines()
    assert "why" in lines and "failed: release slow" in lines and lines[-1] == "1 passed, 1 failed, 0 skipped"
    assert next(i for i, w in enumerate(lines) if "9.0        1.0" in w) < next(i for i, w in enumerate(lines) if "1.0        0.0" in w)


if __name__ == "__main__":
    house.main(prefix="tier_")
