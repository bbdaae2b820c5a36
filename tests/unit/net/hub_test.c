#include "../check.h"
#include "net/hub.h"

static const struct instant start = {1795418647000};
static const char secret[] = "the session's own secret";
static int owners[8]; /* only their addresses are used */
static void *last_due;
static int dues;

static void due(void *owner)
{
    last_due = owner;
    dues++;
}

static struct hub_join join_of(const char *account, const char *session, const char *resume, void *owner,
                               int64_t at_ms)
{
    return (struct hub_join){.who = {str_of(account), str_of(session), {0}, str_of(secret)},
                             .resume = str_of(resume),
                             .owner = owner,
                             .now = {start.ms + at_ms}};
}

static struct hub_tab *joined(struct hub *h, const struct hub_join *j, bool expect_resumed)
{
    struct hub_tab *t;
    bool resumed;
    void *before;
    CHECK_OK(hub_join(h, j, &t, &resumed, &before));
    CHECK_INT(resumed, expect_resumed);
    return t;
}

static void notify(struct hub *h, const char *session, const char *kind)
{
    hub_notify(h, &(struct site_notice){.session = session, .kind = kind, .data = "{\"a\":1}"}, due);
}

static int frames(struct hub_tab *t, bool *ret_ends)
{
    struct str frame;
    int n = 0;
    *ret_ends = false;
    while (hub_next(t, &frame, ret_ends))
        n++;
    return n;
}

TEST(a_notice_reaches_the_tabs_of_its_session_and_no_others)
{
    struct hub *h = hub_new(8, start);
    struct hub_join a = join_of("anna", "s1", "", &owners[0], 0),
                    b = join_of("anna", "s2", "", &owners[1], 0);
    struct hub_tab *ta = joined(h, &a, false), *tb = joined(h, &b, false);
    struct str frame;
    bool ends;
    dues = 0;
    notify(h, "s2", "health");
    CHECK_INT(dues, 1);
    CHECK(last_due == &owners[1]);
    CHECK(!hub_next(ta, &frame, &ends));
    CHECK(hub_next(tb, &frame, &ends) && !ends);
    CHECK(str_starts(frame, STR("{\"type\":\"notice\",\"id\":")));
    CHECK(memmem(frame.at, frame.bytes, "\"kind\":\"health\",\"data\":{\"a\":1}}", 31) != NULL);
    hub_free(h);
}

TEST(a_role_and_an_account_can_be_told_too)
{
    struct hub *h = hub_new(8, start);
    struct hub_join a = join_of("anna", "s1", "", &owners[0], 0);
    a.who.roles = role_set_add((struct role_set){0}, ROLE_SYSTEM_ADMIN);
    struct hub_tab *t = joined(h, &a, false);
    bool ends;
    hub_notify(h, &(struct site_notice){.role = "system-admin", .kind = "health", .data = "{}"}, due);
    hub_notify(h, &(struct site_notice){.role = "guard", .kind = "health", .data = "{}"}, due);
    hub_notify(h, &(struct site_notice){.role = "no such role", .kind = "health", .data = "{}"}, due);
    hub_notify(h, &(struct site_notice){.account = "anna", .kind = "x", .data = "{}"}, due);
    hub_notify(h, &(struct site_notice){.account = "berta", .kind = "x", .data = "{}"}, due);
    CHECK_INT(frames(t, &ends), 2);
    hub_free(h);
}

TEST(what_was_said_during_a_loss_follows_when_the_tab_comes_back)
{
    struct hub *h = hub_new(8, start);
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 0);
    struct hub_tab *t = joined(h, &first, false);
    bool ends;
    hub_resume_text(t, str_of(secret), start, resume);
    notify(h, "s1", "one");
    CHECK_INT(frames(t, &ends), 1); /* sent, but never seen */
    hub_leave(h, t, &owners[0], start);
    dues = 0;
    notify(h, "s1", "two");
    CHECK_INT(dues, 0);
    struct hub_join again = join_of("anna", "s1", resume, &owners[1], 5000);
    CHECK(joined(h, &again, true) == t);
    CHECK_INT(frames(t, &ends), 2);
    hub_free(h);
}

TEST(what_was_seen_is_not_sent_again)
{
    struct hub *h = hub_new(8, start);
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 0);
    struct hub_tab *t = joined(h, &first, false);
    bool ends;
    notify(h, "s1", "one");
    hub_seen(t, INT64_MAX); /* not sent yet: it cannot have been seen */
    CHECK_INT(frames(t, &ends), 1);
    hub_seen(t, start.ms);
    hub_resume_text(t, str_of(secret), start, resume);
    struct hub_join again = join_of("anna", "s1", resume, &owners[1], 1000);
    joined(h, &again, true);
    CHECK_INT(frames(t, &ends), 0);
    hub_free(h);
}

TEST(a_tab_that_comes_back_takes_over_from_its_dead_connection)
{
    struct hub *h = hub_new(8, start);
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 0);
    struct hub_tab *t = joined(h, &first, false), *same;
    bool resumed;
    void *before;
    hub_resume_text(t, str_of(secret), start, resume);
    struct hub_join again = join_of("anna", "s1", resume, &owners[1], 1000);
    CHECK_OK(hub_join(h, &again, &same, &resumed, &before));
    CHECK(same == t && resumed && before == &owners[0]);
    hub_leave(h, t, &owners[0], start); /* the old one's end, late: the new one stays */
    dues = 0;
    notify(h, "s1", "x");
    CHECK_INT(dues, 1);
    CHECK(last_due == &owners[1]);
    hub_free(h);
}

TEST(after_ten_minutes_a_tab_is_forgotten)
{
    struct hub *h = hub_new(8, start);
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 1);
    struct hub_tab *t = joined(h, &first, false);
    hub_resume_text(t, str_of(secret), (struct instant){start.ms + 1}, resume);
    hub_leave(h, t, &owners[0], start);
    hub_sweep(h, (struct instant){start.ms + HUB_KEEP_MS});
    CHECK_INT(hub_count(h), 1);
    hub_sweep(h, (struct instant){start.ms + HUB_KEEP_MS + 1});
    CHECK_INT(hub_count(h), 0);
    struct hub_join again = join_of("anna", "s1", resume, &owners[1], HUB_KEEP_MS + 2);
    joined(h, &again, false);
    hub_free(h);
}

TEST(a_tab_is_known_again_after_the_server_restarted)
{
    struct hub *before = hub_new(8, (struct instant){start.ms - 100000});
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], -50000);
    struct hub_tab *t = joined(before, &first, false);
    hub_resume_text(t, str_of(secret), first.now, resume);
    hub_free(before);

    struct hub *after = hub_new(8, start);
    struct hub_join again = join_of("anna", "s1", resume, &owners[1], 3000);
    joined(after, &again, true);
    struct hub_join much_later = join_of("anna", "s1", resume, &owners[2], HUB_KEEP_MS + 1);
    hub_free(after);
    after = hub_new(8, start);
    joined(after, &much_later, false);
    hub_free(after);
}

TEST(another_sessions_secret_opens_no_tab)
{
    struct hub *h = hub_new(8, start);
    char resume[RESUME_TEXT_BYTES];
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 0);
    struct hub_tab *t = joined(h, &first, false);
    hub_resume_text(t, str_of(secret), start, resume);
    struct hub_join thief = join_of("berta", "s9", resume, &owners[1], 100);
    thief.who.secret = STR("another secret");
    CHECK(joined(h, &thief, false) != t);
    hub_free(h);
}

TEST(the_end_of_a_session_is_its_last_notice)
{
    struct hub *h = hub_new(8, start);
    struct hub_join first = join_of("anna", "s1", "", &owners[0], 0);
    struct hub_tab *t = joined(h, &first, false);
    bool ends;
    notify(h, "s1", "health");
    notify(h, "s1", "session_ended");
    CHECK_INT(frames(t, &ends), 2);
    CHECK(ends);
    hub_free(h);
}

TEST(neither_tabs_nor_notices_grow_without_bound)
{
    struct hub *h = hub_new(2, start);
    struct hub_join a = join_of("anna", "s1", "", &owners[0], 0),
                    b = join_of("berta", "s2", "", &owners[1], 0),
                    c = join_of("cara", "s3", "", &owners[2], 10);
    struct hub_tab *ta = joined(h, &a, false), *t;
    bool ends, resumed;
    void *before;
    joined(h, &b, false);
    for (int i = 0; i < 100; i++)
        notify(h, "s1", "x");
    CHECK_INT(frames(ta, &ends), HUB_NOTICES_MAX);
    CHECK_ERR(hub_join(h, &c, &t, &resumed, &before), ERR_BUSY);
    hub_leave(h, ta, &owners[0], start);
    CHECK_OK(hub_join(h, &c, &t, &resumed, &before)); /* the lost one went */
    CHECK_INT(hub_count(h), 2);
    hub_free(h);
}

SWEEP(a_tab_joins_and_is_told)
{
    struct hub *h = hub_new(4, start);
    struct hub_tab *t;
    bool resumed;
    void *before;
    if (!h) return ERR_NOMEM;
    struct hub_join j = join_of("anna", "s1", "", &owners[0], 0);
    enum err err = hub_join(h, &j, &t, &resumed, &before);
    if (!err) notify(h, "s1", "x"); /* without memory, the tab misses it */
    hub_free(h);
    return err;
}
