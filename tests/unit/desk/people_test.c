/* Who may be asked: invitations that open once, and the standing of outside specialists and their hospitals. */
#include "../check.h"
#include "auth/account.h"
#include "desk/invitation.h"
#include "desk/schedule_own.h"
#include "plan_house.h"
#include <stdio.h>

/* An account of the demo's, of the clinic's first doctor. */
static struct str some_account(struct turn *t)
{
    const char *account = NULL;
    for (uint32_t i = 0; i < t->s.view->count && !account; i++)
        if (t->s.view->at[i].kind == AGENDA_DOCTOR)
            CHECK_OK(schedule_account_of(&t->s, t->s.view->at[i].row, &account));
    CHECK(account != NULL);
    return str_of(account);
}

/* -- invitations -- */

static const struct invitation whom = {.name = {"Ling", 4},
                                       .hospital = {"demo-h1", 7},
                                       .specialty = {"ophthalmology", 13},
                                       .title = {"chief", 5}};
static struct invitation made;
static char secret[INVITATION_TEXT];

static enum err invite(struct turn *t)
{
    struct str by = some_account(t);
    return invitation_make(t->s.tx, &whom, by, 7, &made, secret);
}

static enum err open_and_use(struct turn *t)
{
    struct invitation found;
    char other[INVITATION_TEXT];
    struct str by = some_account(t);
    CHECK_OK(invitation_find_open(t->s.tx, t->s.server.arena, str_of(secret), &found));
    CHECK_INT(found.id, made.id);
    CHECK_STR(found.specialty, "ophthalmology");
    CHECK_INT(found.ends.ms, made.made.ms + 7 * DAY_MS);
    memcpy(other, secret, sizeof other);
    other[3] = other[3] == 'A' ? 'B' : 'A';
    CHECK_ERR(invitation_find_open(t->s.tx, t->s.server.arena, str_of(other), &found), ERR_NOT_FOUND);
    CHECK_ERR(invitation_find_open(t->s.tx, t->s.server.arena, STR("short"), &found), ERR_NOT_FOUND);
    CHECK_OK(invitation_use(t->s.tx, made.id, by));
    CHECK_ERR(invitation_use(t->s.tx, made.id, by), ERR_NOT_FOUND);
    CHECK_ERR(invitation_withdraw(t->s.tx, made.id), ERR_NOT_FOUND);
    CHECK_ERR(invitation_find_open(t->s.tx, t->s.server.arena, str_of(secret), &found), ERR_NOT_FOUND);
    return OK;
}

static enum err withdraw(struct turn *t)
{
    struct invitation found;
    CHECK_OK(invitation_withdraw(t->s.tx, made.id));
    CHECK_ERR(invitation_withdraw(t->s.tx, made.id), ERR_NOT_FOUND);
    CHECK_ERR(invitation_find_open(t->s.tx, t->s.server.arena, str_of(secret), &found), ERR_NOT_FOUND);
    return OK;
}

static enum err is_over(struct turn *t)
{
    struct invitation found;
    CHECK_ERR(invitation_find_open(t->s.tx, t->s.server.arena, str_of(secret), &found), ERR_NOT_FOUND);
    CHECK_ERR(invitation_use(t->s.tx, made.id, some_account(t)), ERR_NOT_FOUND);
    return OK;
}

static char rows[4000];
static enum err list(struct turn *t)
{
    struct buf text;
    struct json_out o;
    buf_init(&text, sizeof rows - 1);
    json_out_init(&o, &text);
    json_open_array(&o, NULL);
    CHECK_OK(invitation_list(t->s.tx, &o));
    json_close_array(&o);
    snprintf(rows, sizeof rows, "%.*s", (int)text.bytes, text.at);
    buf_done(&text);
    return OK;
}

/* -- standing -- */

TEST(a_standing_goes_only_where_its_table_says)
{
    static const char *const may[] = {"pending approved", "pending declined", "approved suspended",
                                      "suspended approved", "declined approved"};
    for (int from = 0; from < STANDINGS; from++)
        for (int to = 0; to < STANDINGS; to++) {
            char both[40];
            bool is_told = false;
            snprintf(both, sizeof both, "%s %s", standing_text((enum standing)from),
                     standing_text((enum standing)to));
            for (size_t i = 0; i < COUNT_OF(may); i++)
                is_told |= strcmp(both, may[i]) == 0;
            CHECK_INT(standing_may_become((enum standing)from, (enum standing)to), is_told);
        }
    enum standing s;
    CHECK(standing_from(STR("suspended"), &s) && s == STANDING_SUSPENDED && !standing_from(STR("gone"), &s));
    CHECK(standing_reason_is(STR("conduct")) && !standing_reason_is(STR("gossip")));
    CHECK(standing_title_words(STR("chief")) && !standing_title_words(STR("king")));
    CHECK_STR(str_of(standing_title_code(str_of(standing_title_words(STR("deputy"))))), "deputy");
}

static char hospital[80], role[80], person[80];
static int64_t practitioner;

static struct standing_person newcomer(void)
{
    return (struct standing_person){.name = STR("Ling Yun"),
                                    .hospital = str_of(hospital),
                                    .hospital_name = STR("North Bank"),
                                    .specialty = STR("ophthalmology"),
                                    .title = STR("chief"),
                                    .licence = STR("L-2026-1"),
                                    .licence_ends = STR("2027-06-30")};
}

static enum err add(struct turn *t)
{
    struct str id;
    struct record_head head;
    struct standing_hospital h = {.name = STR("North Bank"), .is_active = true};
    CHECK_OK(standing_hospital_put(t->s.tx, &t->s.server, &h, &id));
    snprintf(hospital, sizeof hospital, "%.*s", (int)id.bytes, id.at);
    CHECK_ERR(standing_hospital_put(t->s.tx, &t->s.server, &h, &id), ERR_EXISTS);
    h.id = STR("none-such"), h.name = STR("South Bank");
    CHECK_ERR(standing_hospital_put(t->s.tx, &t->s.server, &h, &id), ERR_NOT_FOUND);
    h.id = STR("demo-clinic"); /* a part of something is no hospital */
    CHECK_ERR(standing_hospital_put(t->s.tx, &t->s.server, &h, &id), ERR_NOT_FOUND);
    struct standing_person p = newcomer();
    p.licence_ends = STR("soon");
    CHECK_ERR(standing_add(t->s.tx, &t->s.server, &p, &practitioner, &id), ERR_BAD_INPUT);
    p = newcomer(), p.specialty = STR("astrology");
    CHECK_ERR(standing_add(t->s.tx, &t->s.server, &p, &practitioner, &id), ERR_BAD_INPUT);
    p = newcomer();
    CHECK_OK(standing_add(t->s.tx, &t->s.server, &p, &practitioner, &id));
    snprintf(role, sizeof role, "%.*s", (int)id.bytes, id.at);
    CHECK_OK(record_head_at(t->s.tx, t->s.server.arena, practitioner, &head));
    snprintf(person, sizeof person, "%.*s", (int)head.id.bytes, head.id.at);
    return OK;
}

static enum standing wanted;
static enum err change(struct turn *t)
{
    CHECK_ERR(standing_change(t->s.tx, &t->s.server, STR("none-such"), wanted, STR("")), ERR_NOT_FOUND);
    return standing_change(t->s.tx, &t->s.server, str_of(role), wanted,
                           wanted == STANDING_APPROVED ? STR("") : STR("licence"));
}

static struct agenda_resource seen;
static enum err see(struct turn *t)
{
    const struct agenda_resource *e = agenda_find(t->s.view, practitioner, AGENDA_SPECIALIST);
    CHECK(e != NULL);
    seen = *e;
    seen.licence = (struct str){NULL, e->licence.bytes};
    CHECK_INT(agenda_may(e, (struct instant){MONDAY_MS + DAY_MS}), wanted == STANDING_APPROVED);
    CHECK(!agenda_may(e, (struct instant){MONDAY_MS + 800 * DAY_MS})); /* the licence has ended */
    return OK;
}

static enum err extend_licence(struct turn *t)
{
    struct str id = str_of(person);
    CHECK_ERR(standing_licence(t->s.tx, &t->s.server, id, STR("L 1"), STR("2028-01-01")), ERR_BAD_INPUT);
    CHECK_ERR(standing_licence(t->s.tx, &t->s.server, STR("nobody"), STR("L-1"), STR("2028-01-01")),
              ERR_NOT_FOUND);
    return standing_licence(t->s.tx, &t->s.server, id, STR("L-2026-22"), STR("2028-01-01"));
}

static enum err close_and_open(struct turn *t)
{
    struct account who;
    struct str id = some_account(t);
    struct tx *tx = t->s.tx;
    CHECK_OK(standing_close(tx, t->s.server.arena, id));
    CHECK_OK(account_find(tx, t->s.server.arena, id, &who));
    CHECK(who.disabled.ms != 0);
    CHECK_OK(standing_open(tx, id));
    CHECK_OK(account_find(tx, t->s.server.arena, id, &who));
    CHECK(who.disabled.ms == 0);
    CHECK_OK(standing_close(tx, t->s.server.arena, id));
    CHECK_OK(standing_leave_closed(tx, id)); /* the security admin has the say now */
    CHECK_OK(standing_open(tx, id));
    CHECK_OK(account_find(tx, t->s.server.arena, id, &who));
    CHECK(who.disabled.ms != 0);
    return OK;
}

TEST(an_invitation_opens_once_within_its_days_and_a_newcomer_is_asked_once_approved)
{
    struct turn t = {0};
    fill();
    turn(&t, invite);
    turn(&t, list);
    CHECK(strstr(rows, "\"state\":\"open\"") && !strstr(rows, secret));
    turn(&t, open_and_use);
    turn(&t, list);
    CHECK(strstr(rows, "\"state\":\"used\"") != NULL);
    turn(&t, invite);
    turn(&t, withdraw);
    turn(&t, invite);
    clock_fake_advance(7 * DAY_MS);
    turn(&t, is_over);
    turn(&t, list);
    CHECK(strstr(rows, "\"state\":\"withdrawn\"") && strstr(rows, "\"state\":\"over\""));

    turn(&t, add);
    wanted = STANDING_PENDING;
    turn(&t, see);
    CHECK_INT(seen.standing, STANDING_PENDING);
    for (wanted = STANDING_APPROVED; wanted <= STANDING_SUSPENDED; wanted++) {
        turn(&t, change);
        turn(&t, see);
        CHECK_INT(seen.standing, wanted);
    }
    turn(&t, extend_licence);
    wanted = STANDING_APPROVED;
    turn(&t, change);
    turn(&t, see);
    CHECK_INT(seen.licence.bytes, 9);
    CHECK_INT(seen.licence_ends.ms,
              INT64_C(1830355200000)); /* 2028-01-01T16:00Z: its last day is whole, there */
    turn(&t, close_and_open);
    close_store();
}
