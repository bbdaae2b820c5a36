/* Wall terminals: a code for one use and within its time, one machine, and nothing after they are revoked. */
#include "../check.h"
#include "auth/account.h"
#include "auth/session.h"
#include "auth/terminal.h"
#include "home.h"
#include <stdio.h>

struct doing {
    struct terminal_made made;
    struct str id, code;
    char key[TERMINAL_KEY_TEXT], session[SESSION_ID_TEXT], account[ACCOUNT_ID_TEXT];
    struct terminal terminal;
    struct arena *arena;
    bool is_found;
};

static enum err make(struct tx *tx, void *with)
{
    struct doing *d = with;
    return terminal_new(tx, STR("A 区 1 室"), (struct str){0}, TERMINAL_CODE_TTL_S, &d->made);
}

static enum err code(struct tx *tx, void *with)
{
    struct doing *d = with;
    return terminal_code_new(tx, str_of(d->made.id), TERMINAL_CODE_TTL_S, &d->made);
}

static enum err enrol(struct tx *tx, void *with)
{
    struct doing *d = with;
    return terminal_enrol(tx, d->arena, d->code, STR("192.0.2.7"), &d->terminal, d->key);
}

static enum err look(struct tx *tx, void *with)
{
    struct doing *d = with;
    char header[160];
    snprintf(header, sizeof header, "a=b; " TERMINAL_COOKIE "=%s", d->key);
    enum err err = terminal_find(tx, d->arena, str_of(header), &d->terminal);
    d->is_found = d->terminal.id.at != NULL;
    return err;
}

static enum err revoke(struct tx *tx, void *with)
{
    struct doing *d = with;
    return terminal_revoke(tx, str_of(d->made.id));
}

static enum err log_in(struct tx *tx, void *with)
{
    struct doing *d = with;
    char token[SESSION_TOKEN_TEXT];
    const char *why = NULL;
    struct account_start start = {STR("d1"), STR("某"), STR("3120417"), {ROLE_BIT(ROLE_DETAINEE)}, STR("x")};
    enum err err = account_add(tx, &start, d->account, &why);
    struct session_start s = {str_of(d->account), STR("192.0.2.7"), STR(""), 3600, 0};
    if (!err) err = session_new(tx, &s, token, d->session);
    return err ? err : terminal_note_session(tx, str_of(d->made.id), str_of(d->session));
}

static bool is_known(struct home *h, struct doing *d)
{
    CHECK_OK(home_write(h, look, d));
    return d->is_found;
}

TEST(a_code_makes_one_machine_the_terminal_once_and_within_its_time)
{
    struct home h;
    struct doing d = {.arena = arena_new(1 << 20)}, other;
    CHECK(d.arena != NULL);
    CHECK_OK(home_open(&h));
    CHECK_OK(home_write(&h, make, &d));
    CHECK_INT(strlen(d.made.code), 10);
    CHECK(!is_known(&h, &d));
    d.code = STR("0");
    CHECK_ERR(home_write(&h, enrol, &d), ERR_NOT_FOUND);
    d.code = str_of(d.made.code);
    clock_fake_advance(TERMINAL_CODE_TTL_S * 1000);
    CHECK_ERR(home_write(&h, enrol, &d), ERR_NOT_FOUND); /* too late */
    CHECK_OK(home_write(&h, code, &d));
    CHECK_OK(home_write(&h, enrol, &d));
    CHECK_STR(d.terminal.name, "A 区 1 室");
    CHECK_ERR(home_write(&h, enrol, &d), ERR_NOT_FOUND); /* for one use */
    CHECK(is_known(&h, &d));
    other = d;
    CHECK_OK(home_write(&h, code, &other));
    CHECK(is_known(&h, &d)); /* until the new code is traded */
    other.code = str_of(other.made.code);
    CHECK_OK(home_write(&h, enrol, &other));
    CHECK(!is_known(&h, &d) && is_known(&h, &other));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM terminal"), 1);
    arena_free(d.arena);
    home_close(&h);
}

TEST(revoked_it_is_nothing_any_more_and_its_sessions_are_over)
{
    struct home h;
    struct doing d = {.arena = arena_new(1 << 20)};
    CHECK(d.arena != NULL);
    CHECK_OK(home_open(&h));
    CHECK_OK(home_write(&h, make, &d));
    d.code = str_of(d.made.code);
    CHECK_OK(home_write(&h, enrol, &d));
    CHECK_OK(home_write(&h, log_in, &d));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM session"), 1);
    CHECK_OK(home_write(&h, revoke, &d));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM session"), 0);
    CHECK(!is_known(&h, &d));
    CHECK_ERR(home_write(&h, code, &d), ERR_NOT_FOUND);
    CHECK_ERR(home_write(&h, revoke, &d), ERR_NOT_FOUND);
    CHECK_ERR(home_exec(&h, "UPDATE terminal SET revoked = NULL"), ERR_DENIED);
    CHECK_ERR(home_exec(&h, "DELETE FROM terminal"), ERR_DENIED);
    arena_free(d.arena);
    home_close(&h);
}

TEST(names_of_terminals_have_a_shape)
{
    CHECK(terminal_name_is(STR("A 区 1 室")) && terminal_name_is(STR("T1")));
    CHECK(!terminal_name_is(STR("")) && !terminal_name_is(STR(" x")) && !terminal_name_is(STR("a\nb")));
    CHECK(!terminal_name_is(STR("12345678901234567890123456789012345678901")));
}
