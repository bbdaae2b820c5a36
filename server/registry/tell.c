#include "registry/tell.h"
#include "base/csv.h"
#include "registry/batch.h"
#include <stdio.h>

/* -- HL7 -- */

static void stamp(struct buf *to, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_text(at, text);
    buf_printf(to, "%.4s%.2s%.2s%.2s%.2s%.2s+0000", text, text + 5, text + 8, text + 11, text + 14,
               text + 17);
}

static void day(struct buf *to, struct date d)
{
    struct date_parts p = date_parts(d);
    buf_printf(to, "%04d%02d%02d", (int)p.year, (int)p.month, (int)p.day);
}

static void place(struct buf *to, const struct event *e)
{
    if (e->where == WHERE_UNSAID) return;
    hl7_put(to, e->block);
    buf_add_char(to, '^');
    hl7_put(to, e->cell);
    buf_add_char(to, '^');
    hl7_put(to, e->bed);
    buf_printf(to, "^^^%s", event_where_text(e->where));
}

static void person(struct buf *to, const struct event *e)
{
    buf_add_text(to, "PID|1||");
    hl7_put(to, e->number);
    buf_add_text(to, "^^^SITE^PI");
    if (e->national.bytes) {
        buf_add_char(to, '~');
        hl7_put(to, e->national);
        buf_add_text(to, "^^^GOV^NI");
    }
    buf_add_text(to, "||");
    hl7_put(to, e->family);
    buf_add_char(to, '^');
    hl7_put(to, e->given);
    buf_add_text(to, "||");
    if (e->has_birth) day(to, e->birth);
    buf_printf(to, "|%s\r", event_sex_text(e->sex));
    if (e->kind != EVENT_MERGE) return;
    buf_add_text(to, "MRG|");
    hl7_put(to, e->prior);
    buf_add_text(to, "^^^SITE^PI\r");
}

void tell_hl7(struct buf *to, const struct event *e, enum charset charset)
{
    const char *kind = event_hl7_text(e->kind);
    buf_add_text(to, "MSH|^~\\&|REG|SITE|YUNQIAO|SITE|");
    stamp(to, e->recorded);
    buf_printf(to, "||ADT^%s|", kind);
    hl7_put(to, e->control);
    buf_printf(to, "|P|2.5||||||%s\rEVN|%s|", charset == CHARSET_GB18030 ? "GB 18030-2000" : "UNICODE UTF-8",
               kind);
    stamp(to, e->recorded);
    buf_add_text(to, "||||");
    stamp(to, e->at);
    buf_add_char(to, '\r');
    person(to, e);
    buf_add_text(to, "PV1|1|I|");
    place(to, e);
    buf_add_text(to, "||||||||||||||||");
    hl7_put(to, e->stay);
    buf_printf(to, "|||||||||||||||||%s\r", event_end_text(e->end));
}

/* -- columns -- */

struct told {
    char at[INSTANT_TEXT_BYTES], recorded[INSTANT_TEXT_BYTES], birth[DATE_TEXT_BYTES];
    struct str values[BATCH_COLUMNS]; /* empty: unsaid */
};

/* What each column says; the texts lie in the event and in *ret. */
static void tell(const struct event *e, struct told *ret)
{
    *ret = (struct told){0};
    instant_text(e->at, ret->at);
    instant_text(e->recorded, ret->recorded);
    if (e->has_birth) date_text(e->birth, ret->birth);
    const struct str values[BATCH_COLUMNS] = {[BATCH_EVENT] = str_of(event_kind_text(e->kind)),
                                              [BATCH_CONTROL] = e->control,
                                              [BATCH_AT] = str_of(ret->at),
                                              [BATCH_RECORDED] = str_of(ret->recorded),
                                              [BATCH_NUMBER] = e->number,
                                              [BATCH_STAY] = e->stay,
                                              [BATCH_PRIOR] = e->prior,
                                              [BATCH_NATIONAL] = e->national,
                                              [BATCH_FAMILY] = e->family,
                                              [BATCH_GIVEN] = e->given,
                                              [BATCH_BIRTH] = str_of(ret->birth),
                                              [BATCH_SEX] = str_of(event_sex_text(e->sex)),
                                              [BATCH_WHERE] = str_of(event_where_text(e->where)),
                                              [BATCH_BLOCK] = e->block,
                                              [BATCH_CELL] = e->cell,
                                              [BATCH_BED] = e->bed,
                                              [BATCH_END] = str_of(event_end_text(e->end))};
    memcpy(ret->values, values, sizeof values);
}

void tell_columns(struct buf *to, enum charset charset)
{
    for (size_t i = 0; i < BATCH_COLUMNS; i++) {
        if (i) buf_add_char(to, ',');
        buf_add_text(to, charset == CHARSET_GB18030 ? batch_column_chinese((enum batch_column)i)
                                                    : batch_column_text((enum batch_column)i));
    }
    buf_add_text(to, "\r\n");
}

void tell_row(struct buf *to, const struct event *e)
{
    struct told t;
    tell(e, &t);
    for (size_t i = 0; i < BATCH_COLUMNS; i++) {
        if (i) buf_add_char(to, ',');
        csv_put(to, t.values[i]);
    }
    buf_add_text(to, "\r\n");
}

void tell_json(struct json_out *to, const struct event *e)
{
    struct told t;
    tell(e, &t);
    json_open(to, NULL);
    for (size_t i = 0; i < BATCH_COLUMNS; i++)
        if (t.values[i].bytes) json_put_str(to, batch_column_text((enum batch_column)i), t.values[i]);
    json_close(to);
}
