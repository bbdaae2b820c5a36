/* Messages as registries send them, and as nobody should. */
#include "base/zone_file.h"
#include "registry/hl7.h"
#include "tests/unit/check.h"

static const char admit[] =
    "MSH|^~\\&|REG|SITE|YUNQIAO|SITE|20261127081500+0800||ADT^A01^ADT_A01|MSG0001|P|2.5||||||UNICODE UTF-8\r"
    "EVN|A01|20261127081500+0800||||20261127081000+0800\r"
    "PID|1||9900417^^^SITE^PI~510104198801020017^^^GOV^NI||淳于^鹭||19880102|M\r"
    "PV1|1|I|B^3-07^2||||||||||||||||S-77\r";

static struct arena *room(void)
{
    struct arena *a = arena_new(1 << 20);
    CHECK(a != NULL);
    return a;
}

static struct hl7 message(struct arena *a, struct str bytes)
{
    struct hl7 m;
    const char *why;
    CHECK_OK(hl7_read(a, bytes, CHARSET_AUTO, &m, &why));
    return m;
}

static struct str get(struct arena *a, const struct hl7 *m, const char *segment, size_t field,
                      size_t component)
{
    struct str text;
    CHECK_OK(hl7_get(a, m, hl7_segment(m, segment, 0), field, component, &text));
    return text;
}

TEST(an_admission_is_read_field_by_field)
{
    struct arena *a = room();
    struct hl7 m = message(a, str_of(admit));
    CHECK_INT(m.segment_count, 4);
    CHECK_STR(get(a, &m, "MSH", 1, 1), "|");
    CHECK_STR(get(a, &m, "MSH", 9, 1), "ADT");
    CHECK_STR(get(a, &m, "MSH", 9, 2), "A01");
    CHECK_STR(get(a, &m, "MSH", 10, 1), "MSG0001");
    CHECK_STR(get(a, &m, "PID", 3, 1), "9900417");
    CHECK_STR(get(a, &m, "PID", 3, 5), "PI");
    CHECK_STR(get(a, &m, "PID", 5, 1), "淳于");
    CHECK_STR(get(a, &m, "PID", 5, 2), "鹭");
    CHECK_STR(get(a, &m, "PV1", 3, 2), "3-07");
    CHECK_STR(get(a, &m, "PV1", 19, 1), "S-77");
    CHECK_STR(get(a, &m, "PV1", 40, 1), "");
    CHECK_STR(get(a, &m, "ZZZ", 1, 1), "");
    struct str numbers = hl7_field(&m, hl7_segment(&m, "PID", 0), 3);
    CHECK_INT(hl7_repeats(&m, numbers), 2);
    CHECK_STR(hl7_component(&m, hl7_repeat(&m, numbers, 1), 5, 1), "NI");
    CHECK_STR(hl7_repeat(&m, numbers, 2), "");
    arena_free(a);
}

TEST(a_character_whose_second_byte_is_a_separator_stays_whole)
{
    struct arena *a = room();
    static const char gb[] = "MSH|^~\\&|\x81\x7C|SITE|||20261127||ADT^A08|7|P|2.5||||||GB 18030-2000\r"
                             "PID|1||1||\x8D\x5E\x85\x7E^\x83\x5C\r";
    struct hl7 m = message(a, str_of(gb));
    CHECK_INT(m.charset, CHARSET_GB18030);
    CHECK_STR(get(a, &m, "MSH", 4, 1), "SITE");
    struct str back;
    CHECK_OK(charset_from_utf8(a, CHARSET_GB18030, get(a, &m, "PID", 5, 1), &back));
    CHECK_STR(back, "\x8D\x5E\x85\x7E");
    CHECK_OK(charset_from_utf8(a, CHARSET_GB18030, get(a, &m, "PID", 5, 2), &back));
    CHECK_STR(back, "\x83\x5C");
    arena_free(a);
}

TEST(the_charset_is_what_is_said_and_else_what_fits)
{
    struct arena *a = room();
    struct hl7 m = message(a, STR("MSH|^~\\&|A|B|||||ADT^A08|7|P|2.5\rPID|1||1||淳于\r"));
    CHECK_INT(m.charset, CHARSET_UTF8);
    m = message(a, STR("MSH|^~\\&|A|B|||||ADT^A08|7|P|2.5\rPID|1||1||\xB4\xBE\xD3\xDA\r"));
    CHECK_INT(m.charset, CHARSET_GB18030);
    CHECK_STR(get(a, &m, "PID", 5, 1), "淳于");
    const char *why;
    CHECK_ERR(hl7_read(a, STR("MSH|^~\\&|A|B|||||ADT^A08|7|P|2.5||||||8859/1\r"), CHARSET_AUTO, &m, &why),
              ERR_BAD_INPUT);
    CHECK(strstr(why, "MSH-18"));
    CHECK_ERR(hl7_read(a, STR("MSH|^~\\&|A|B|||||ADT^A08|7|P|2.5||||||UNICODE UTF-8\rPID|1||1||\xB4\xBE\r"),
                       CHARSET_AUTO, &m, &why),
              ERR_BAD_INPUT);
    arena_free(a);
}

TEST(other_separators_and_line_ends_are_taken)
{
    struct arena *a = room();
    struct hl7 m = message(a, STR("MSH$*+!%$A$B$$$$$ADT*A08$7$P$2.5\r\nPID$1$$1*x%y$$a!F!b!S!c!E!d\n\n"));
    CHECK_INT(m.segment_count, 2);
    CHECK_STR(get(a, &m, "PID", 5, 1), "a$b*c!d");
    CHECK_STR(hl7_component(&m, hl7_field(&m, hl7_segment(&m, "PID", 0), 3), 2, 2), "y");
    arena_free(a);
}

static struct str resolved(struct arena *a, const struct hl7 *m, struct str raw)
{
    struct str text;
    CHECK_OK(hl7_text(a, m, raw, &text, NULL));
    return text;
}

TEST(escapes_are_resolved_and_strange_ones_refused)
{
    struct arena *a = room();
    struct hl7 m = message(a, str_of(admit));
    struct str text;
    bool is_null;
    CHECK_STR(resolved(a, &m, STR(" a\\T\\b\\R\\c ")), "a&b~c");
    CHECK_STR(resolved(a, &m, STR("one\\.br\\two")), "one\ntwo");
    CHECK_STR(resolved(a, &m, STR("\\H\\loud\\N\\")), "loud");
    CHECK_STR(resolved(a, &m, STR("\\XE6B7B3\\")), "淳");
    CHECK_OK(hl7_text(a, &m, STR("\"\""), &text, &is_null));
    CHECK(is_null && text.bytes == 0);
    CHECK_OK(hl7_text(a, &m, STR(""), &text, &is_null));
    CHECK(!is_null && text.bytes == 0);
    for (size_t i = 0; i < 6; i++) {
        static const char *const bad[] = {"\\", "a\\F", "\\Z9\\", "\\X0\\", "\\XFF\\", "\\X00\\"};
        CHECK_ERR(hl7_text(a, &m, str_of(bad[i]), &text, NULL), ERR_BAD_INPUT);
    }
    arena_free(a);
}

TEST(what_is_no_message_is_refused_with_a_reason)
{
    static const char *const bad[] = {"",
                                      "MSH",
                                      "PID|1",
                                      "MSH|^~\\|A",
                                      "MSHA^~\\&A",
                                      "MSH|^~\\&X|A",
                                      "MSH|^~\\&|A\rpid|1",
                                      "MSH|^~\\&|A\rMSH|^~\\&|B",
                                      "MSH|^~\\&|A\rPI|1"};
    struct arena *a = room();
    struct hl7 m;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *why = NULL;
        CHECK_ERR(hl7_read(a, str_of(bad[i]), CHARSET_AUTO, &m, &why), ERR_BAD_INPUT);
        CHECK(why != NULL && why[0]);
    }
    char many[4 * (HL7_SEGMENTS_MAX + 1) + 16] = "MSH|^~\\&|A\r";
    for (size_t i = 0, at = strlen(many); i < HL7_SEGMENTS_MAX; i++, at += 4)
        memcpy(many + at, "NTE\r", 5);
    const char *why;
    CHECK_ERR(hl7_read(a, str_of(many), CHARSET_AUTO, &m, &why), ERR_LIMIT);
    arena_free(a);
}

static struct zone *beijing(void)
{
    struct zone *z;
    CHECK_OK(zone_china(&z));
    return z;
}

static bool at(const struct zone *z, const char *text, const char *utc)
{
    struct instant is, should;
    CHECK(instant_from_text(str_of(utc), &should));
    return hl7_instant(str_of(text), z, &is) && is.ms == should.ms;
}

TEST(times_are_read_to_what_they_say)
{
    struct zone *z = beijing();
    struct instant none;
    struct date day;
    CHECK(at(z, "20261127081500+0800", "2026-11-27T00:15:00Z"));
    CHECK(at(z, "20261127081500", "2026-11-27T00:15:00Z"));
    CHECK(at(z, "202611270815", "2026-11-27T00:15:00Z"));
    CHECK(at(z, "20261127", "2026-11-26T16:00:00Z"));
    CHECK(at(z, "20261127081500.1234-0330", "2026-11-27T11:45:00.123Z"));
    CHECK(at(z, "2026", "2025-12-31T16:00:00Z"));
    static const char *const bad[] = {"",
                                      "202",
                                      "20261",
                                      "20261301",
                                      "20260230",
                                      "2026112724",
                                      "20261127081560",
                                      "20261127+8",
                                      "20261127081500.+0800",
                                      "20261127081500Z",
                                      "2026112708150",
                                      "20261127081500+1500"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (hl7_instant(str_of(bad[i]), z, &none)) check_fail(__FILE__, __LINE__, "%s is a time", bad[i]);
    CHECK(hl7_date(STR("19880102"), &day));
    CHECK_INT(date_parts(day).year, 1988);
    CHECK(hl7_date(STR("198801021200+0800"), &day));
    CHECK(!hl7_date(STR("198801"), &day));
    CHECK(!hl7_date(STR("1988-01-02"), &day));
    CHECK(!hl7_date(STR("19880102x"), &day));
    zone_free(z);
}

static const struct hl7_answer taken = {
    .code = HL7_AA, .now = {1795739700000}, .control = "Y1", .site = "云桥"};

TEST(an_acknowledgement_goes_back_to_who_sent)
{
    struct arena *a = room();
    struct buf out;
    struct hl7 m = message(a, str_of(admit));
    buf_init(&out, 4096);
    hl7_ack(&out, &m, &taken);
    CHECK_OK(out.err);
    struct hl7 back = message(a, buf_str(&out));
    CHECK_STR(get(a, &back, "MSH", 3, 1), "YUNQIAO");
    CHECK_STR(get(a, &back, "MSH", 5, 1), "REG");
    CHECK_STR(get(a, &back, "MSH", 9, 2), "A01");
    CHECK_STR(get(a, &back, "MSA", 1, 1), "AA");
    CHECK_STR(get(a, &back, "MSA", 2, 1), "MSG0001");
    CHECK(hl7_segment(&back, "ERR", 0) == NULL);
    buf_done(&out);
    arena_free(a);
}

TEST(a_refusal_says_where_and_why_and_quotes_no_separators)
{
    struct arena *a = room();
    struct buf out;
    struct hl7 m = message(a, STR("MSH$*+!%$A|B$C$$$$$ADT*A08$7|9$P$2.5\r"));
    struct hl7_answer no = taken;
    no.code = HL7_AE;
    no.error = "101";
    no.where = "PID^1^3";
    no.words = "who: a number | is missing";
    buf_init(&out, 4096);
    hl7_ack(&out, &m, &no);
    struct hl7 back = message(a, buf_str(&out));
    CHECK_STR(get(a, &back, "MSH", 5, 1), "A|B");
    CHECK_STR(get(a, &back, "MSA", 2, 1), "7|9");
    CHECK_STR(get(a, &back, "ERR", 2, 3), "3");
    CHECK_STR(get(a, &back, "ERR", 3, 1), "101");
    CHECK_STR(get(a, &back, "ERR", 8, 1), "who: a number | is missing");
    buf_clear(&out);
    no.code = HL7_AR;
    hl7_ack(&out, NULL, &no);
    back = message(a, buf_str(&out));
    CHECK_STR(get(a, &back, "MSA", 1, 1), "AR");
    buf_done(&out);
    arena_free(a);
}

SWEEP(a_message_is_read_and_answered)
{
    struct arena *a = arena_new(1 << 20);
    struct hl7 m;
    struct buf out;
    const char *why;
    if (!a) return ERR_NOMEM;
    buf_init(&out, 4096);
    enum err err = hl7_read(a, str_of(admit), CHARSET_AUTO, &m, &why);
    if (!err) {
        hl7_ack(&out, &m, &taken);
        err = out.err;
    }
    buf_done(&out);
    arena_free(a);
    return err;
}
