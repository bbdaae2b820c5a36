/* The trail is walked by blocks that may hold a match: whatever is asked, what is found is what a look at every row finds. */
#include "../check.h"
#include "auth/trail.h"
#include "base/arena.h"
#include "home.h"

enum { ROWS = 2600, PEOPLE = 3, PATIENTS = 4 };

static const char *const actions[] = {"record.read", "record.search-type", "login", "account.list"};

struct made { /* what each row says, to be compared with */
    int64_t at;
    int person, action, patient, outcome;
};

struct history {
    struct home home;
    struct account people[PEOPLE];
    struct made rows[ROWS + 1]; /* by number */
    int64_t first;              /* of ours */
};

static enum err nothing(struct job *job, struct tx *tx)
{
    (void)job;
    (void)tx;
    return OK;
}

/* Rows of three people, one of them rare; about four patients, one of them rare; and a clock that is set back in the middle. */
static enum err fill(struct history *h)
{
    static const int64_t subjects[PATIENTS + 1] = {0, 11, 12, 13, 99};
    enum err err = OK;
    h->first = home_int(&h->home, "SELECT ifnull(max(seq), 0) + 1 FROM audit");
    for (int i = 0; i < ROWS && !err; i++) {
        struct made *m = &h->rows[i];
        *m = (struct made){.person = i == 700 ? 2 : i % 2,
                           .action = i % 4,
                           .patient = i == 1500 ? 4 : i % 4,
                           .outcome = i % 7 == 0};
        if (i == 1300) clock_fake_jump(-400000);
        clock_fake_advance(1000);
        m->at = clock_now().ms;
        struct audit_row row = {.actor = h->people[m->person].id,
                                .role = STR("nurse"),
                                .from = STR("192.0.2.7"),
                                .action = str_of(actions[m->action]),
                                .target = STR(""),
                                .detail = STR("{}"),
                                .outcome = m->outcome ? AUDIT_REFUSED : AUDIT_OK,
                                .subjects = &subjects[m->patient],
                                .subject_count = m->patient != 0};
        struct job job = {.run = nothing, .audit = &row};
        err = store_run(h->home.store, &job);
    }
    return err;
}

struct asking {
    const struct trail_query *query;
    const struct history *h;
    int64_t seqs[ROWS];
    int n, most;
};

static enum err take(void *ctx, const struct trail_row *row, bool *more)
{
    struct asking *a = ctx;
    CHECK(a->n < ROWS);
    if (row->seq < a->h->first) return OK; /* the home's own */
    a->seqs[a->n++] = row->seq;
    *more = a->n < a->most;
    return OK;
}

static enum err walk(struct tx *tx, void *with)
{
    struct asking *a = with;
    return trail_walk(tx, a->query, take, a);
}

static bool matches(const struct history *h, const struct trail_query *q, int i)
{
    static const int64_t subjects[PATIENTS + 1] = {0, 11, 12, 13, 99};
    const struct made *m = &h->rows[i];
    bool is_prefix = q->action.bytes && q->action.at[q->action.bytes - 1] == '.';
    struct str action = str_of(actions[m->action]);
    return (!q->actor.bytes || str_is(q->actor, h->people[m->person].name) ||
            str_is(q->actor, h->people[m->person].id)) &&
           (!q->action.bytes || (is_prefix ? str_starts(action, q->action) : str_is(action, q->action))) &&
           (!q->subject || subjects[m->patient] == q->subject) &&
           (q->outcome < 0 || m->outcome == q->outcome) && m->at >= q->from.ms &&
           (!q->to.ms || m->at < q->to.ms) && (!q->before || h->first + i < q->before) &&
           h->first + i > q->after;
}

static void compare(struct history *h, const struct trail_query *q, int most)
{
    static struct asking a;
    a = (struct asking){.query = q, .h = h, .most = most};
    CHECK_OK(home_read(&h->home, walk, &a));
    int n = 0;
    for (int k = 0; k < ROWS && n < most; k++) {
        int i = q->is_oldest_first ? k : ROWS - 1 - k;
        if (!matches(h, q, i)) continue;
        CHECK(n < a.n);
        CHECK_INT(a.seqs[n], h->first + i);
        n++;
    }
    CHECK_INT(a.n, n);
}

TEST(whatever_is_asked_of_the_trail_every_match_is_found_and_no_other)
{
    static struct history h;
    h = (struct history){0};
    CHECK_OK(home_open(&h.home));
    for (int i = 0; i < PEOPLE; i++) {
        char name[8];
        snprintf(name, sizeof name, "nurse%d", i);
        CHECK_OK(home_account(&h.home, name, ROLE_BIT(ROLE_NURSE), &h.people[i]));
    }
    CHECK_OK(fill(&h));
    static const int64_t subjects[] = {0, 11, 99, 5};
    const struct str words[] = {STR(""), STR("login"), STR("record."), STR("nothing")};
    const struct str names[] = {STR(""), h.people[0].id, STR("nurse2"), STR("nobody")};
    const struct instant from[] = {{0}, {h.rows[1200].at}, {h.rows[2500].at}},
                         to[] = {{0}, {h.rows[1290].at}};
    long asked = 0;
    for (size_t s = 0; s < COUNT_OF(subjects); s++)
        for (size_t w = 0; w < COUNT_OF(words); w++)
            for (size_t p = 0; p < COUNT_OF(names); p++)
                for (size_t f = 0; f < COUNT_OF(from); f++)
                    for (size_t t = 0; t < COUNT_OF(to); t++) {
                        struct trail_query q = {.actor = names[p],
                                                .action = words[w],
                                                .subject = subjects[s],
                                                .outcome = (int)(asked % 3) - 1,
                                                .from = from[f],
                                                .to = to[t],
                                                .before = asked % 5 == 0 ? h.first + 1800 : 0,
                                                .after = asked % 7 == 0 ? h.first + 600 : 0};
                        for (int oldest = 0; oldest < 2; oldest++) {
                            q.is_oldest_first = oldest;
                            compare(&h, &q, asked % 4 == 0 ? 7 : ROWS);
                        }
                        asked++;
                    }
    printf("  %ld questions\n", asked);
    home_close(&h.home);
}
