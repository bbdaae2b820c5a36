/* Errands and texts. */
#include "../check.h"
#include "desk/errand.h"
#include "desk/texts.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct chore {
    struct errand_job job; /* first */
    pthread_barrier_t *meet;
    _Atomic int *done;
};

static void do_chore(struct errand_job *job)
{
    struct chore *c = (struct chore *)job;
    if (c->meet) pthread_barrier_wait(c->meet);
    atomic_fetch_add(c->done, 1);
}

TEST(two_hashes_run_at_once_and_the_slow_lane_does_not_wait_for_them)
{
    struct errand *e = errand_new(8);
    pthread_barrier_t meet;
    _Atomic int done = 0;
    CHECK(e != NULL);
    pthread_barrier_init(&meet, NULL, 3); /* two hashes and one slow one: passes only if all three run */
    struct chore chores[3];
    for (int i = 0; i < 3; i++) {
        chores[i] = (struct chore){{.run = do_chore}, &meet, &done};
        CHECK_OK(errand_post(e, i < 2 ? ERRAND_HASH : ERRAND_SLOW, &chores[i].job));
    }
    errand_free(e);
    CHECK_INT(done, 3);
    pthread_barrier_destroy(&meet);
}

TEST(a_full_lane_says_so_and_what_was_taken_is_done)
{
    struct errand *e = errand_new(2);
    pthread_barrier_t meet;
    _Atomic int done = 0;
    pthread_barrier_init(&meet, NULL, 2);
    struct chore holder = {{.run = do_chore}, &meet, &done}, chores[8];
    CHECK_OK(errand_post(e, ERRAND_SLOW, &holder.job));
    int taken = 0, refused = 0;
    for (int i = 0; i < 8; i++) {
        chores[i] = (struct chore){{.run = do_chore}, NULL, &done};
        enum err err = errand_post(e, ERRAND_SLOW, &chores[i].job);
        CHECK(err == OK || err == ERR_BUSY);
        err ? refused++ : taken++;
    }
    CHECK(refused >= 6 && taken >= 1); /* two may wait while one is held */
    pthread_barrier_wait(&meet);
    errand_free(e);
    CHECK_INT(done, 1 + taken);
    pthread_barrier_destroy(&meet);
}

SWEEP(errands_without_memory_do_not_start)
{
    struct errand *e = errand_new(2);
    if (!e) return ERR_NOMEM;
    errand_free(e);
    return OK;
}

TEST(each_text_is_in_both_languages_and_each_code_once)
{
    for (const struct text *t = texts; t->code; t++) {
        CHECK(t->zh && *t->zh && t->en && *t->en);
        CHECK((t->todo_zh == NULL) == (t->todo_en == NULL));
        for (const struct text *other = t + 1; other->code; other++)
            CHECK(strcmp(t->code, other->code) != 0);
    }
}

static bool is_code_sign(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* Every `word` in PROTOCOL that stands after a status (401 `login_wrong`) is a code; each has its text. */
TEST(every_code_of_the_protocol_has_its_text)
{
    static char page[128 * 1024];
    char path[512];
    const char *source = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/docs/PROTOCOL.md", source ? source : ".");
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    page[fread(page, 1, sizeof page - 1, f)] = 0;
    fclose(f);
    int found = 0;
    for (const char *at = page; (at = strstr(at, " `")) != NULL; at += 2) {
        char code[64];
        size_t n = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz_");
        bool after_status =
            at - page >= 3 && at[-1] >= '0' && at[-1] <= '9' && at[-3] >= '4' && at[-3] <= '5';
        if (!after_status || n == 0 || n >= sizeof code || at[2 + n] != '`' || !is_code_sign(at[2])) continue;
        memcpy(code, at + 2, n);
        code[n] = 0;
        if (strcmp(text_find(code, NULL)->code, code) != 0)
            check_fail(__FILE__, __LINE__, "no text for %s", code);
        found++;
    }
    CHECK(found > 15);
}

TEST(a_fault_is_told_with_all_it_knows)
{
    struct fault f;
    struct buf to;
    struct json_out out;
    buf_init(&to, 4096);
    fault_set(&f, 400, "password_weak", "new");
    snprintf(f.detail, sizeof f.detail, "short");
    f.left = 4;
    f.until.ms = 1800000000000;
    json_out_init(&out, &to);
    json_open(&out, NULL);
    text_write_fault(&out, &f, true);
    json_close(&out);
    CHECK_STR(buf_str(&to),
              "{\"code\":\"password_weak\",\"message\":\"The password is too weak.\",\"where\":\"new\","
              "\"todo\":\"Use at least 12 characters, or 10 with three of: small letters, capitals, digits, "
              "signs.\","
              "\"left\":4,\"until\":\"2027-01-15T08:00:00.000Z\"}");
    CHECK_STR(str_of(text_find("no such code", NULL)->code), "failed");
    buf_done(&to);
}
