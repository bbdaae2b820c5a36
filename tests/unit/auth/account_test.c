/* Accounts, sessions, tickets, tokens, drafts: what they promise, on a real store. */
#include "../check.h"
#include "auth/account.h"
#include "auth/draft.h"
#include "auth/idle.h"
#include "auth/session.h"
#include "auth/ticket.h"
#include "auth/token.h"
#include "home.h"

static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;

TEST(names_displays_and_staff_numbers_have_a_shape)
{
    CHECK(account_name_is(STR("guqinghe")) && account_name_is(STR("g2")) && account_name_is(STR("a.b_c-d")));
    CHECK(!account_name_is(STR("g")) && !account_name_is(STR("Gu")) && !account_name_is(STR("-gu")));
    CHECK(!account_name_is(STR("顾清和")) && !account_name_is(STR("a b")) && !account_name_is(STR("")));
    CHECK(account_display_is(STR("顾清和")) && account_display_is(STR("Dr. O'Neil")));
    CHECK(!account_display_is(STR("")) && !account_display_is(STR(" a")) && !account_display_is(STR("a\nb")));
    CHECK(!account_display_is(STR("\xff\xfe")));
    CHECK(account_staff_number_is(STR("D-1001")) && !account_staff_number_is(STR("")));
    CHECK(!account_staff_number_is(STR("D 1001")) && !account_staff_number_is(STR("工号1")));
}

struct adding {
    struct account_start start;
    char id[ACCOUNT_ID_TEXT];
    const char *code;
};

static enum err add(struct tx *tx, void *with)
{
    struct adding *a = with;
    return account_add(tx, &a->start, a->id, &a->code);
}

TEST(a_person_has_one_account)
{
    struct home h;
    CHECK_OK(home_open(&h));
    struct adding a = {
        .start = {STR("guqinghe"), STR("顾清和"), STR("D1001"), {ROLE_BIT(ROLE_NURSE)}, STR("x")}};
    CHECK_OK(home_write(&h, add, &a));
    CHECK_ERR(home_write(&h, add, &a), ERR_EXISTS);
    CHECK_STR(str_of(a.code), "name_taken");
    a.start.name = STR("gu2");
    a.start.staff_number = STR("d1001"); /* the case does not make another person */
    CHECK_ERR(home_write(&h, add, &a), ERR_EXISTS);
    CHECK_STR(str_of(a.code), "staff_number_taken");
    a.start.staff_number = STR("D1002");
    a.start.roles.bits = ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_GUARD);
    CHECK_ERR(home_write(&h, add, &a), ERR_DENIED);
    CHECK_STR(str_of(a.code), "roles_exclude");
    CHECK_INT(home_int(&h, "SELECT count(*) FROM account"), 1); /* nothing half-made stays */
    CHECK_ERR(home_exec(&h, "UPDATE account SET staff_number = 'D9'"), ERR_DENIED);
    CHECK_ERR(home_exec(&h, "DELETE FROM account"), ERR_DENIED);
    home_close(&h);
}

struct changing {
    struct account account;
    struct role_set roles;
    const char *code;
};

static enum err set_roles(struct tx *tx, void *with)
{
    struct changing *c = with;
    c->code = NULL;
    return account_set_roles(tx, &c->account, c->roles, &c->code);
}

static enum err disable(struct tx *tx, void *with)
{
    struct changing *c = with;
    c->code = NULL;
    return account_disable(tx, &c->account, &c->code);
}

TEST(the_last_administrator_of_a_kind_stays)
{
    struct home h;
    struct changing c = {.roles = {ROLE_BIT(ROLE_NURSE)}};
    struct account other;
    CHECK_OK(home_open(&h));
    for (enum role r = ROLE_PRIVACY_OFFICER; r <= ROLE_SYSTEM_ADMIN; r++) {
        CHECK_OK(home_account(&h, role_name(r), ROLE_BIT(r), &c.account));
        CHECK_ERR(home_write(&h, disable, &c), ERR_DENIED);
        CHECK_STR(str_of(c.code), "last_admin");
        CHECK_ERR(home_write(&h, set_roles, &c), ERR_DENIED);
        CHECK_STR(str_of(c.code), "last_admin");
        char name[40];
        snprintf(name, sizeof name, "%s-2", role_name(r));
        CHECK_OK(home_account(&h, name, ROLE_BIT(r), &other));
        CHECK_OK(home_write(&h, disable, &c));
        CHECK_OK(home_find(&h, role_name(r), &c.account));
        CHECK(c.account.disabled.ms != 0);
        CHECK_OK(home_write(&h, set_roles, &c)); /* a disabled one is none to lose */
        CHECK_OK(home_find(&h, role_name(r), &c.account));
        CHECK_INT(c.account.roles.bits, ROLE_BIT(ROLE_NURSE));
    }
    home_close(&h);
}

TEST(a_move_to_another_world_leaves_the_old_one_first)
{
    struct home h;
    struct changing c = {.roles = {ROLE_BIT(ROLE_GUARD)}};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "somebody", ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_PHARMACIST), &c.account));
    CHECK_OK(home_write(&h, set_roles, &c));
    CHECK_OK(home_find(&h, "somebody", &c.account));
    CHECK_INT(c.account.roles.bits, ROLE_BIT(ROLE_GUARD));
    c.roles.bits = ROLE_BIT(ROLE_GUARD) | ROLE_BIT(ROLE_NURSE);
    CHECK_ERR(home_write(&h, set_roles, &c), ERR_DENIED);
    CHECK_STR(str_of(c.code), "roles_exclude");
    home_close(&h);
}

TEST(a_detainees_account_never_becomes_a_member_of_staffs)
{
    struct home h;
    struct changing c = {.roles = {ROLE_BIT(ROLE_NURSE)}};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "detained", ROLE_BIT(ROLE_DETAINEE), &c.account));
    CHECK_ERR(home_write(&h, set_roles, &c), ERR_DENIED);
    CHECK_STR(str_of(c.code), "roles_exclude");
    CHECK_OK(home_account(&h, "nurse", ROLE_BIT(ROLE_NURSE), &c.account));
    c.roles.bits = ROLE_BIT(ROLE_DETAINEE);
    CHECK_ERR(home_write(&h, set_roles, &c), ERR_DENIED);
    CHECK_OK(home_find(&h, "nurse", &c.account));
    CHECK_INT(c.account.roles.bits, ROLE_BIT(ROLE_NURSE));
    home_close(&h);
}

struct listing {
    struct home *h;
    struct account_query query;
    struct buf text;
    char next[ACCOUNT_NAME_MAX + 1];
    int64_t n;
};

static enum err list(struct tx *tx, void *with)
{
    struct listing *l = with;
    struct json_out out;
    buf_clear(&l->text);
    json_out_init(&out, &l->text);
    json_open_array(&out, NULL);
    enum err err = account_list(tx, l->h->arena, &l->query, &out, l->next, &l->n);
    json_close_array(&out);
    return err ? err : l->text.err;
}

TEST(a_list_goes_on_after_its_last_name_and_shows_each_once)
{
    struct home h;
    struct account a;
    struct listing l = {.h = &h, .query = {.role = ROLE_COUNT, .limit = 3}};
    char name[24];
    int64_t total = 0;
    CHECK_OK(home_open(&h));
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "person%d", i);
        CHECK_OK(home_account(&h, name, ROLE_BIT(i % 2 ? ROLE_NURSE : ROLE_GUARD), &a));
    }
    buf_init(&l.text, 1 << 20);
    do {
        char *after = arena_text(h.arena, l.next, strlen(l.next));
        l.query.after = str_of(after);
        CHECK_OK(home_read(&h, list, &l));
        total += l.n;
    } while (l.next[0]);
    CHECK_INT(total, 8);
    l.query = (struct account_query){.role = ROLE_GUARD, .limit = 50};
    CHECK_OK(home_read(&h, list, &l));
    CHECK_INT(l.n, 4);
    l.query = (struct account_query){.text = STR("PERSON3"), .role = ROLE_COUNT, .limit = 50};
    CHECK_OK(home_read(&h, list, &l));
    CHECK_INT(l.n, 1);
    l.query = (struct account_query){.state = STR("disabled"), .role = ROLE_COUNT, .limit = 50};
    CHECK_OK(home_read(&h, list, &l));
    CHECK_INT(l.n, 0);
    buf_done(&l.text);
    home_close(&h);
}

/* -- sessions -- */

struct visit {
    struct home *h;
    struct account account;
    char token[SESSION_TOKEN_TEXT], id[SESSION_ID_TEXT];
    struct idle *idle;
    struct session found;
    enum session_state state;
    char header[128];
};

enum { IDLE_S = 900, SESSION_S = 43200 };

static enum err start(struct tx *tx, void *with)
{
    struct visit *v = with;
    struct session_start s = {v->account.id, STR("192.0.2.7"), STR("Browser/1 \xe4\xb8"), SESSION_S, 3};
    return session_new(tx, &s, v->token, v->id);
}

static enum err find(struct tx *tx, void *with)
{
    struct visit *v = with;
    snprintf(v->header, sizeof v->header, "other=1; " SESSION_COOKIE "=%s; x=2", v->token);
    return session_find(tx, v->h->arena, str_of(v->header), (struct str){0}, v->idle, IDLE_S, &v->found,
                        &v->state);
}

static enum session_state state_of(struct visit *v)
{
    CHECK_OK(home_read(v->h, find, v));
    return v->state;
}

TEST(a_session_is_found_by_its_cookie_and_holds_what_the_store_does_not)
{
    struct home h;
    struct visit v = {.h = &h};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "guqinghe", ROLE_BIT(ROLE_CLINIC_DOCTOR), &v.account));
    CHECK_OK(home_write(&h, start, &v));
    CHECK_INT(state_of(&v), SESSION_LIVE);
    CHECK_STR(v.found.name, "guqinghe");
    CHECK_STR(v.found.id, v.id);
    CHECK_INT(v.found.roles.bits, ROLE_BIT(ROLE_CLINIC_DOCTOR));
    CHECK_INT(v.found.failed_before, 3);
    CHECK_INT(v.found.before.ms, 0);
    CHECK(strlen(v.found.csrf) == 43 && strlen(v.found.resume) == 43 &&
          strcmp(v.found.csrf, v.found.resume) != 0);
    CHECK(strcmp(v.found.csrf, v.token) != 0);
    CHECK_INT(v.found.idle_ends.ms - clock_now().ms, IDLE_S * 1000);
    char wrong[SESSION_TOKEN_TEXT];
    memcpy(wrong, v.token, sizeof wrong);
    v.token[5] = v.token[5] == 'A' ? 'B' : 'A';
    CHECK_INT(state_of(&v), SESSION_NONE);
    v.token[0] = 0;
    CHECK_INT(state_of(&v), SESSION_NONE);
    home_close(&h);
}

TEST(a_session_ends_by_idling_by_age_and_by_being_ended)
{
    struct home h;
    struct visit v = {.h = &h};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "guqinghe", ROLE_BIT(ROLE_CLINIC_DOCTOR), &v.account));
    v.idle = idle_new(10);
    CHECK_OK(home_write(&h, start, &v));
    clock_fake_advance(IDLE_S * 1000 - 1);
    CHECK_INT(state_of(&v), SESSION_LIVE);
    (void)idle_touch(v.idle, v.found.id, v.found.stored_seen, clock_now());
    clock_fake_advance(IDLE_S * 1000 - 1);
    CHECK_INT(state_of(&v), SESSION_LIVE);
    clock_fake_advance(1);
    CHECK_INT(state_of(&v), SESSION_EXPIRED);
    CHECK_OK(home_write(&h, start, &v));
    for (int64_t at = 0; at < SESSION_S; at += IDLE_S / 2) { /* never idle, and yet too old in the end */
        CHECK_INT(state_of(&v), SESSION_LIVE);
        (void)idle_touch(v.idle, v.found.id, v.found.stored_seen, clock_now());
        clock_fake_advance(IDLE_S / 2 * 1000);
    }
    CHECK_INT(state_of(&v), SESSION_EXPIRED);
    clock_fake_advance(2 * day_ms);
    CHECK_OK(home_write(&h, start, &v)); /* sweeps what is long over */
    CHECK_INT(home_int(&h, "SELECT count(*) FROM session"), 1);
    CHECK_OK(home_exec(&h, "UPDATE account SET disabled = 1"));
    CHECK_INT(state_of(&v), SESSION_NONE);
    idle_free(v.idle);
    home_close(&h);
}

struct ending {
    struct str account, id;
    int64_t n;
};

static enum err end_one(struct tx *tx, void *with)
{
    struct ending *e = with;
    return session_end(tx, e->account, e->id);
}

static enum err end_all(struct tx *tx, void *with)
{
    struct ending *e = with;
    return session_end_all(tx, e->account, e->id, &e->n);
}

TEST(nobody_ends_somebody_elses_session)
{
    struct home h;
    struct visit v = {.h = &h}, w = {.h = &h};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "one", ROLE_BIT(ROLE_NURSE), &v.account));
    CHECK_OK(home_account(&h, "two", ROLE_BIT(ROLE_NURSE), &w.account));
    CHECK_OK(home_write(&h, start, &v));
    CHECK_OK(home_write(&h, start, &v));
    CHECK_OK(home_write(&h, start, &w));
    struct ending e = {v.account.id, str_of(w.id), 0};
    CHECK_ERR(home_write(&h, end_one, &e), ERR_NOT_FOUND);
    e.id = str_of(v.id);
    CHECK_OK(home_write(&h, end_all, &e)); /* all but this one */
    CHECK_INT(e.n, 1);
    CHECK_INT(state_of(&v), SESSION_LIVE);
    CHECK_OK(home_write(&h, end_one, &e));
    CHECK_INT(state_of(&v), SESSION_NONE);
    CHECK_INT(state_of(&w), SESSION_LIVE);
    home_close(&h);
}

/* -- tickets -- */

struct passing {
    struct str account;
    enum ticket_next next;
    char text[TICKET_TEXT];
    struct ticket found;
};

static enum err ticket_make(struct tx *tx, void *with)
{
    struct passing *p = with;
    return ticket_new(tx, p->account, p->next, p->text);
}

static enum err ticket_look(struct tx *tx, void *with)
{
    struct passing *p = with;
    return ticket_find(tx, str_of(p->text), p->next, &p->found);
}

static enum err ticket_spend(struct tx *tx, void *with)
{
    struct passing *p = with;
    return ticket_use(tx, str_of(p->text));
}

TEST(a_ticket_opens_one_step_once_and_for_five_minutes)
{
    struct home h;
    struct account a;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "one", ROLE_BIT(ROLE_NURSE), &a));
    struct passing p = {.account = a.id, .next = TICKET_TOTP};
    CHECK_OK(home_write(&h, ticket_make, &p));
    CHECK(str_starts(str_of(p.text), STR("tkt_")));
    p.next = TICKET_ENROL;
    CHECK_ERR(home_read(&h, ticket_look, &p), ERR_NOT_FOUND);
    p.next = TICKET_TOTP;
    CHECK_OK(home_read(&h, ticket_look, &p));
    CHECK_STR(a.id, p.found.account);
    clock_fake_advance(TICKET_TTL_MS - 1);
    CHECK_OK(home_read(&h, ticket_look, &p));
    CHECK_OK(home_write(&h, ticket_spend, &p));
    CHECK_ERR(home_write(&h, ticket_spend, &p), ERR_NOT_FOUND);
    CHECK_OK(home_write(&h, ticket_make, &p));
    clock_fake_advance(TICKET_TTL_MS);
    CHECK_ERR(home_read(&h, ticket_look, &p), ERR_NOT_FOUND);
    CHECK_OK(home_write(&h, ticket_make, &p));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM ticket"), 1); /* the old one is swept */
    home_close(&h);
}

/* -- tokens -- */

struct minting {
    struct home *h;
    struct str account;
    struct token_made made;
    struct session found;
    enum session_state state;
    char header[128];
};

static enum err token_make(struct tx *tx, void *with)
{
    struct minting *m = with;
    return token_new(tx, m->account, STR("monitor"), 60, &m->made);
}

static enum err token_look(struct tx *tx, void *with)
{
    struct minting *m = with;
    return session_find(tx, m->h->arena, (struct str){0}, str_of(m->header), NULL, IDLE_S, &m->found,
                        &m->state);
}

static enum err token_drop(struct tx *tx, void *with)
{
    struct minting *m = with;
    char account[TOKEN_ID_TEXT];
    return token_revoke(tx, str_of(m->made.id), account);
}

static enum session_state bearer(struct minting *m, const char *before, const char *after)
{
    snprintf(m->header, sizeof m->header, "%s%s%s", before, m->made.text, after);
    CHECK_OK(home_read(m->h, token_look, m));
    return m->state;
}

TEST(a_token_carries_its_accounts_roles_until_its_end)
{
    struct home h;
    struct account a;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "one", ROLE_BIT(ROLE_SYSTEM_ADMIN), &a));
    struct minting m = {.h = &h, .account = a.id};
    CHECK_OK(home_write(&h, token_make, &m));
    CHECK_INT(bearer(&m, "Bearer ", ""), SESSION_LIVE);
    CHECK(m.found.is_token && m.found.csrf[0] == 0);
    CHECK_INT(m.found.roles.bits, ROLE_BIT(ROLE_SYSTEM_ADMIN));
    CHECK_INT(bearer(&m, "bearer  ", ""), SESSION_LIVE);
    CHECK_INT(bearer(&m, "Basic ", ""), SESSION_NONE);
    CHECK_INT(bearer(&m, "Bearer ", "x"), SESSION_NONE);
    CHECK_INT(bearer(&m, "", ""), SESSION_NONE);
    clock_fake_advance(60 * 1000);
    CHECK_INT(bearer(&m, "Bearer ", ""), SESSION_EXPIRED);
    CHECK_OK(home_write(&h, token_make, &m));
    CHECK_OK(home_write(&h, token_drop, &m));
    CHECK_ERR(home_write(&h, token_drop, &m), ERR_NOT_FOUND);
    CHECK_INT(bearer(&m, "Bearer ", ""), SESSION_NONE);
    home_close(&h);
}

/* -- drafts -- */

struct writing {
    struct home *h;
    struct str account, key, text, got;
    struct instant saved;
};

static enum err draft_save(struct tx *tx, void *with)
{
    struct writing *w = with;
    return draft_put(tx, w->account, w->key, w->text);
}

static enum err draft_read(struct tx *tx, void *with)
{
    struct writing *w = with;
    return draft_get(tx, w->h->arena, w->account, w->key, &w->got, &w->saved);
}

static enum err draft_drop(struct tx *tx, void *with)
{
    struct writing *w = with;
    return draft_delete(tx, w->account, w->key);
}

TEST(a_draft_is_its_writers_own_for_thirty_days)
{
    struct home h;
    struct account a, b;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "one", ROLE_BIT(ROLE_NURSE), &a));
    CHECK_OK(home_account(&h, "two", ROLE_BIT(ROLE_NURSE), &b));
    struct writing w = {&h, a.id, STR("note/7"), STR("头疼两天"), {0}, {0}};
    CHECK_OK(home_write(&h, draft_save, &w));
    CHECK_OK(home_read(&h, draft_read, &w));
    CHECK_STR(w.got, "头疼两天");
    w.account = b.id;
    CHECK_ERR(home_read(&h, draft_read, &w), ERR_NOT_FOUND);
    CHECK_ERR(home_write(&h, draft_drop, &w), ERR_NOT_FOUND);
    w.account = a.id;
    clock_fake_advance(DRAFT_DAYS * day_ms - 1);
    CHECK_OK(home_read(&h, draft_read, &w));
    clock_fake_advance(1);
    CHECK_ERR(home_read(&h, draft_read, &w), ERR_NOT_FOUND);
    w.key = STR("note/8");
    w.text = (struct str){0};
    CHECK_OK(home_write(&h, draft_save, &w));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM draft"), 1); /* the old one is swept */
    CHECK_OK(home_write(&h, draft_drop, &w));
    CHECK_ERR(home_write(&h, draft_drop, &w), ERR_NOT_FOUND);
    home_close(&h);
}

TEST(an_account_holds_a_hundred_drafts)
{
    struct home h;
    struct account a;
    char key[16];
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "one", ROLE_BIT(ROLE_NURSE), &a));
    struct writing w = {&h, a.id, {0}, STR("x"), {0}, {0}};
    for (int i = 0; i <= DRAFTS_MAX; i++) {
        snprintf(key, sizeof key, "k%d", i);
        w.key = str_of(key);
        CHECK_ERR(home_write(&h, draft_save, &w), i < DRAFTS_MAX ? OK : ERR_LIMIT);
    }
    w.key = STR("k5"); /* saving again is no new one */
    CHECK_OK(home_write(&h, draft_save, &w));
    home_close(&h);
}

TEST(a_drafts_key_is_of_few_signs)
{
    CHECK(draft_key_is(STR("a")) && draft_key_is(STR("note/7.b-c")));
    CHECK(!draft_key_is(STR("")) && !draft_key_is(STR("A")) && !draft_key_is(STR("a b")) &&
          !draft_key_is(STR("é")));
    char long_key[DRAFT_KEY_MAX + 1];
    memset(long_key, 'a', sizeof long_key);
    CHECK(draft_key_is((struct str){long_key, DRAFT_KEY_MAX}));
    CHECK(!draft_key_is((struct str){long_key, DRAFT_KEY_MAX + 1}));
}
