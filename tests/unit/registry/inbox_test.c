/* What has been sent is there once, and what could not be taken waits for somebody. */
#include "base/log.h"
#include "registry/inbox.h"
#include "tests/unit/check.h"

struct step {
    struct job job; /* first */
    enum err (*story)(struct tx *tx, struct arena *arena);
};

static enum err run_step(struct job *job, struct tx *tx)
{
    struct arena *arena = arena_new(8 << 20);
    enum err err = arena ? ((struct step *)job)->story(tx, arena) : ERR_NOMEM;
    arena_free(arena);
    return err;
}

static enum err with_store(enum err (*story)(struct tx *tx, struct arena *arena))
{
    static int folders;
    struct store *store;
    char data[200], key[200], why[256] = "";
    log_level_set(LOG_ERROR);
    snprintf(data, sizeof data, "%s/data%d", check_tmp_dir(), folders++);
    snprintf(key, sizeof key, "%s.key", data);
    struct store_settings how = {
        .dir = data, .key_path = key, .create = true, .migrations = registry_migrations, .queue_max = 8};
    enum err err = store_open(&how, &store, why);
    if (err) return err;
    struct step step = {.job.run = run_step, .story = story};
    err = store_run(store, &step.job);
    store_close(store, 1000);
    return err;
}

static struct event event(const char *control, const char *cell)
{
    return (struct event){.kind = EVENT_TRANSFER,
                          .control = str_of(control),
                          .at = {1000},
                          .recorded = {2000},
                          .number = STR("77"),
                          .stay = STR("S1"),
                          .family = STR("淳于"),
                          .where = WHERE_CELL,
                          .block = STR("B"),
                          .cell = str_of(cell),
                          .birth = {6575},
                          .has_birth = true};
}

static enum err once(struct tx *tx, struct arena *arena)
{
    struct event e = event("M1", "3-07"), *all;
    enum inbox_found found;
    size_t n;
    struct str *stays;
    CHECK_OK(inbox_put(tx, STR("reg"), &e, &found));
    CHECK_INT(found, INBOX_NEW);
    e.recorded.ms = 2500;
    CHECK_OK(inbox_put(tx, STR("reg"), &e, &found));
    CHECK_INT(found, INBOX_AGAIN);
    e.cell = STR("3-08");
    CHECK_OK(inbox_put(tx, STR("reg"), &e, &found));
    CHECK_INT(found, INBOX_DIFFERS);
    CHECK_OK(inbox_put(tx, STR("other"), &e, &found));
    CHECK_INT(found, INBOX_NEW);
    e = event("M2", "3-08");
    e.stay = STR("S2");
    CHECK_OK(inbox_put(tx, STR("reg"), &e, &found));
    CHECK_OK(inbox_events(tx, arena, STR("reg"), STR("77"), STR(""), &all, &n));
    CHECK_INT(n, 2);
    CHECK_OK(inbox_events(tx, arena, STR("reg"), STR("77"), STR("S1"), &all, &n));
    CHECK_INT(n, 1);
    CHECK_STR(all[0].cell, "3-07");
    CHECK_STR(all[0].family, "淳于");
    CHECK_INT(all[0].birth.days, 6575);
    CHECK_INT(all[0].recorded.ms, 2000);
    CHECK_OK(inbox_stays(tx, arena, STR("reg"), STR("77"), &stays, &n));
    CHECK_INT(n, 2);
    CHECK_STR(stays[1], "S2");
    return OK;
}

TEST(an_event_is_there_once_whatever_is_sent_again)
{
    CHECK_OK(with_store(once));
}

static enum err kept(struct tx *tx, struct arena *arena)
{
    (void)arena;
    struct event e = event("M1", "3-07");
    enum inbox_found found;
    CHECK_OK(inbox_put(tx, STR("reg"), &e, &found));
    CHECK_ERR(db_exec(tx->db, "UPDATE registry_event SET cell = '9'"), ERR_DENIED);
    CHECK_ERR(db_exec(tx->db, "DELETE FROM registry_event"), ERR_DENIED);
    return OK;
}

TEST(no_event_is_changed_or_deleted)
{
    CHECK_OK(with_store(kept));
}

static enum err letters(struct tx *tx, struct arena *arena)
{
    struct letter l = {.source = STR("reg"),
                       .code = STR("101"),
                       .place = STR("PID^1^3"),
                       .words = STR("no number")},
                  all[4];
    struct str text;
    int64_t first, again, second, open, dropped;
    size_t n;
    CHECK_OK(letter_put(tx, &l, STR("MSH|…"), &first));
    CHECK_OK(letter_put(tx, &l, STR("MSH|…"), &again));
    CHECK_INT(first, again);
    CHECK_OK(letter_put(tx, &l, STR("MSH|other"), &second));
    CHECK(second > first);
    CHECK_OK(letter_list(tx, arena, LETTER_OPEN, 0, 4, all, &n));
    CHECK_INT(n, 2);
    CHECK_INT(all[0].id, second);
    CHECK_STR(all[1].place, "PID^1^3");
    CHECK_OK(letter_list(tx, arena, -1, second, 4, all, &n));
    CHECK_INT(n, 1);
    CHECK_OK(letter_find(tx, arena, first, &l, &text));
    CHECK_STR(text, "MSH|…");
    CHECK_OK(letter_settle(tx, first, LETTER_TAKEN));
    CHECK_ERR(letter_settle(tx, first, LETTER_SET_ASIDE), ERR_DENIED);
    CHECK_OK(letter_find(tx, arena, first, &l, &text));
    CHECK_INT(l.state, LETTER_TAKEN);
    CHECK_INT(text.bytes, 0);
    CHECK_ERR(letter_find(tx, arena, 99, &l, &text), ERR_NOT_FOUND);
    CHECK_OK(letter_put(tx, &all[0], STR("MSH|…"), &again)); /* it came again after it was settled */
    CHECK(again > second);
    CHECK_OK(letter_count(tx, &open, &dropped));
    CHECK_INT(open, 2);
    CHECK_INT(dropped, 0);
    return OK;
}

TEST(a_letter_waits_with_its_reason_until_somebody_settles_it)
{
    CHECK_OK(with_store(letters));
}

static enum err in_short(struct tx *tx, struct arena *arena)
{
    struct event e = event("M1", "3-07"), *all;
    struct letter l = {.source = STR("reg"), .code = STR("101")}, found;
    struct str text;
    enum inbox_found how;
    size_t n;
    int64_t id;
    enum err err = inbox_put(tx, STR("reg"), &e, &how);
    if (!err) err = inbox_events(tx, arena, STR("reg"), STR("77"), STR(""), &all, &n);
    if (!err) err = letter_put(tx, &l, STR("MSH"), &id);
    if (!err) err = letter_find(tx, arena, id, &found, &text);
    return err;
}

SWEEP(events_and_letters_are_kept)
{
    return with_store(in_short);
}
