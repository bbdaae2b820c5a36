/* What a message says has happened. */
#include "base/zone_file.h"
#include "registry/event.h"
#include "tests/unit/check.h"

struct setting {
    struct arena *arena;
    struct zone *zone;
    struct event event;
    struct event_fault fault;
};

static void begin(struct setting *s)
{
    *s = (struct setting){.arena = arena_new(1 << 20)};
    CHECK(s->arena != NULL);
    CHECK_OK(zone_china(&s->zone));
}

static void over(struct setting *s)
{
    zone_free(s->zone);
    arena_free(s->arena);
}

static enum err event(struct setting *s, const char *text)
{
    struct hl7 m;
    const char *why;
    CHECK_OK(hl7_read(s->arena, str_of(text), CHARSET_AUTO, &m, &why));
    return event_from_hl7(s->arena, &m, s->zone, &s->event, &s->fault);
}

TEST(an_admission_says_who_where_and_since_when)
{
    struct setting s;
    struct instant at;
    begin(&s);
    CHECK_OK(event(
        &s,
        "MSH|^~\\&|REG|SITE|||20261127081500||ADT^A01|M1|P|2.5\rEVN|A01|20261127081500||||20261127081000\r"
        "PID|1||510104198801020017^^^GOV^NI~9900417^^^SITE^PI||淳于^鹭||19880102|M\r"
        "PV1|1|I|B^3-07^2||||||||||||||||S-77"));
    CHECK_INT(s.event.kind, EVENT_ADMIT);
    CHECK_STR(s.event.number, "9900417");
    CHECK_STR(s.event.national, "510104198801020017");
    CHECK_STR(s.event.stay, "S-77");
    CHECK_STR(s.event.cell, "3-07");
    CHECK_INT(s.event.where, WHERE_CELL);
    CHECK_INT(s.event.sex, SEX_MALE);
    CHECK(instant_from_text(STR("2026-11-27T00:10:00Z"), &at));
    CHECK_INT(s.event.at.ms, at.ms);
    CHECK_INT(s.event.recorded.ms, at.ms + 300000);
    over(&s);
}

TEST(to_court_and_away_are_places_without_a_cell)
{
    struct setting s;
    begin(&s);
    CHECK_OK(event(&s, "MSH|^~\\&|R|S|||20261127081500||ADT^A02|M2|P|2.5\rPID|1||77\rPV1|1|I|^^^^^COURT"));
    CHECK_INT(s.event.where, WHERE_COURT);
    CHECK_STR(s.event.stay, "77");
    CHECK_OK(event(&s, "MSH|^~\\&|R|S|||20261127081500||ADT^A03|M3|P|2.5\rPID|1||77\rPV1|1|I|||||||||||||||||"
                       "|||||||||||||||||RELEASED"));
    CHECK_INT(s.event.end, END_RELEASED);
    CHECK_OK(event(&s, "MSH|^~\\&|R|S|||20261127081500||ADT^A40|M4|P|2.5\rPID|1||77\rMRG|78^^^S^PI"));
    CHECK_STR(s.event.prior, "78");
    over(&s);
}

static void refused(struct setting *s, const char *text, enum err expected, const char *code,
                    const char *where)
{
    enum err err = event(s, text);
    if (err != expected || strcmp(s->fault.code, code) != 0 || strcmp(s->fault.where, where) != 0)
        check_fail(__FILE__, __LINE__, "%s: %s %s %s", text, err_text(err), s->fault.code, s->fault.where);
}

TEST(what_is_missing_or_wrong_is_said_with_its_place)
{
    struct setting s;
    begin(&s);
    refused(&s, "MSH|^~\\&|R|S|||20261127||ORU^R01|1|P|2.5\rPID|1||77", ERR_UNSUPPORTED, "200", "MSH^1^9");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A99|1|P|2.5\rPID|1||77", ERR_UNSUPPORTED, "201",
            "MSH^1^9^1^2");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5", ERR_BAD_INPUT, "100", "PID");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08||P|2.5\rPID|1||77", ERR_BAD_INPUT, "101", "MSH^1^10");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5\rPID|1||5101^^^G^NI", ERR_BAD_INPUT, "101",
            "PID^1^3");
    refused(&s, "MSH|^~\\&|R|S|||||ADT^A08|1|P|2.5\rPID|1||77", ERR_BAD_INPUT, "101", "EVN^1^2");
    refused(&s, "MSH|^~\\&|R|S|||yesterday||ADT^A08|1|P|2.5\rPID|1||77", ERR_BAD_INPUT, "102", "EVN^1^2");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5\rPID|1||77||A^B||19881302", ERR_BAD_INPUT, "102",
            "PID^1^7");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5\rPID|1||77||A^B|||X", ERR_BAD_INPUT, "103",
            "PID^1^8");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A01|1|P|2.5\rPID|1||77||A^B", ERR_BAD_INPUT, "101", "PV1^1^3");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A02|1|P|2.5\rPID|1||77\rPV1|1|I|B", ERR_BAD_INPUT, "101",
            "PV1^1^3^1^2");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A01|1|P|2.5\rPID|1||77\rPV1|1|I|B^3", ERR_BAD_INPUT, "101",
            "PID^1^5");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A40|1|P|2.5\rPID|1||77", ERR_BAD_INPUT, "101", "MRG^1^1");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A40|1|P|2.5\rPID|1||77\rMRG|77", ERR_BAD_INPUT, "103",
            "MRG^1^1");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5\rPID|1||77||a\\.br\\b", ERR_BAD_INPUT, "102",
            "PID^1^5");
    refused(&s, "MSH|^~\\&|R|S|||20261127||ADT^A08|1|P|2.5\rPID|1||77\\Z", ERR_BAD_INPUT, "102", "PID^1^3");
    over(&s);
}

TEST(words_and_codes_say_the_same)
{
    enum event_kind kind;
    for (int k = 0; k < EVENT_KINDS; k++) {
        CHECK(event_kind_from(str_of(event_kind_text((enum event_kind)k)), &kind) && (int)kind == k);
        CHECK(event_kind_from(str_of(event_hl7_text((enum event_kind)k)), &kind) && (int)kind == k);
    }
    enum event_sex sex;
    CHECK(event_sex_from(STR("女"), &sex) && sex == SEX_FEMALE);
    CHECK(!event_sex_from(STR("X"), &sex));
}
