#include "registry/batch.h"
#include "base/csv.h"
#include "base/digest.h"

/* The Chinese names as registries' exports have them, in UTF-8. */
static const struct {
    const char *en, *zh;
} columns[BATCH_COLUMNS] = {
    [BATCH_EVENT] = {"event", "\xE4\xBA\x8B\xE4\xBB\xB6"},
    [BATCH_CONTROL] = {"control", "\xE6\xB5\x81\xE6\xB0\xB4\xE5\x8F\xB7"},
    [BATCH_AT] = {"at", "\xE5\x8F\x91\xE7\x94\x9F\xE6\x97\xB6\xE9\x97\xB4"},
    [BATCH_RECORDED] = {"recorded", "\xE5\xBD\x95\xE5\x85\xA5\xE6\x97\xB6\xE9\x97\xB4"},
    [BATCH_NUMBER] = {"number", "\xE7\xBC\x96\xE5\x8F\xB7"},
    [BATCH_STAY] = {"stay", "\xE6\x94\xB6\xE6\x8A\xBC\xE5\x8F\xB7"},
    [BATCH_PRIOR] = {"prior", "\xE5\x8E\x9F\xE7\xBC\x96\xE5\x8F\xB7"},
    [BATCH_NATIONAL] = {"national", "\xE8\xBA\xAB\xE4\xBB\xBD\xE8\xAF\x81\xE5\x8F\xB7"},
    [BATCH_FAMILY] = {"family", "\xE5\xA7\x93"},
    [BATCH_GIVEN] = {"given", "\xE5\x90\x8D"},
    [BATCH_NAME] = {"name", "\xE5\xA7\x93\xE5\x90\x8D"},
    [BATCH_BIRTH] = {"birth", "\xE5\x87\xBA\xE7\x94\x9F\xE6\x97\xA5\xE6\x9C\x9F"},
    [BATCH_SEX] = {"sex", "\xE6\x80\xA7\xE5\x88\xAB"},
    [BATCH_WHERE] = {"where", "\xE5\x8E\xBB\xE5\x90\x91"},
    [BATCH_BLOCK] = {"block", "\xE7\x9B\x91\xE5\x8C\xBA"},
    [BATCH_CELL] = {"cell", "\xE7\x9B\x91\xE5\xAE\xA4"},
    [BATCH_BED] = {"bed", "\xE5\xBA\x8A\xE4\xBD\x8D"},
    [BATCH_END] = {"end", "\xE5\x87\xBA\xE6\x89\x80\xE5\x8E\x9F\xE5\x9B\xA0"},
};

const char *batch_column_text(enum batch_column column)
{
    return columns[column].en;
}

const char *batch_column_chinese(enum batch_column column)
{
    return columns[column].zh;
}

static int column_of(struct str name)
{
    for (int c = 0; c < BATCH_COLUMNS; c++)
        if (str_is_nocase(name, str_of(columns[c].en)) || str_is_text(name, columns[c].zh)) return c;
    return -1;
}

static enum err head(struct batch *b, const struct csv_row *row, const char **ret_words)
{
    static const enum batch_column needed[] = {BATCH_EVENT, BATCH_AT, BATCH_NUMBER};
    uint32_t seen = 0;
    for (size_t i = 0; i < row->count; i++) {
        int c = column_of(row->fields[i]);
        *ret_words =
            c < 0 ? "the first row names a column that is not known" : "the first row names a column twice";
        if (c < 0 || (seen & (1u << c))) return ERR_BAD_INPUT;
        seen |= 1u << c;
        b->columns[i] = (int8_t)c;
    }
    b->column_count = row->count;
    *ret_words = "the first row must name the columns event, at and number";
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (!(seen & (1u << needed[i]))) return ERR_BAD_INPUT;
    return OK;
}

enum err batch_begin(struct arena *arena, struct str bytes, enum charset charset, const struct zone *zone,
                     struct batch *ret, const char **ret_words)
{
    struct batch b = {.zone = zone};
    struct csv_row row;
    *ret_words = "the file is longer than 32 MiB";
    if (bytes.bytes > BATCH_BYTES_MAX) return ERR_LIMIT;
    *ret_words = "the bytes are no text of UTF-8 or GB 18030";
    enum err err = charset_to_utf8(arena, charset, bytes, &b.rest, NULL);
    if (err) return err;
    b.separator = csv_separator(b.rest);
    *ret_words = "the first row is no row of columns";
    err = csv_read(arena, b.separator, &b.rest, &row);
    if (err == ERR_LIMIT) err = ERR_BAD_INPUT;
    if (!err) err = head(&b, &row, ret_words);
    if (err) return err;
    b.line = 1 + row.lines;
    *ret = b;
    return OK;
}

/* -- a row -- */

static enum err fault(struct event_fault *ret, const char *code, enum batch_column column, const char *words)
{
    *ret = (struct event_fault){code, columns[column].en, words};
    return ERR_BAD_INPUT;
}

/* "2026-11-27 08:15" or with a T, with seconds or without; on the site's wall. */
static bool wall_time(struct str text, const struct zone *zone, struct instant *ret)
{
    struct date day;
    unsigned parts[3] = {0};
    if ((text.bytes != 10 && text.bytes != 16 && text.bytes != 19) ||
        !date_from_text((struct str){text.at, 10}, &day))
        return false;
    for (size_t i = 0, at = 10; at < text.bytes; i++, at += 3) {
        char before = text.at[at], tens = text.at[at + 1], ones = text.at[at + 2];
        if (i ? before != ':' : before != ' ' && before != 'T') return false;
        if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return false;
        parts[i] = (unsigned)(tens - '0') * 10 + (unsigned)(ones - '0');
    }
    if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return false;
    *ret = zone_instant(zone, wall_of(day, (int32_t)(parts[0] * 3600 + parts[1] * 60 + parts[2])), NULL);
    return true;
}

static bool time_of(struct str text, const struct zone *zone, struct instant *ret)
{
    return instant_from_text(text, ret) || wall_time(text, zone, ret);
}

static enum err words(const struct str *v, const struct zone *zone, struct event *e, struct event_fault *ret)
{
    if (!event_kind_from(v[BATCH_EVENT], &e->kind)) return fault(ret, "103", BATCH_EVENT, "no such event");
    if (!time_of(v[BATCH_AT], zone, &e->at)) return fault(ret, "102", BATCH_AT, "no time");
    e->recorded = e->at;
    if (v[BATCH_RECORDED].bytes && !time_of(v[BATCH_RECORDED], zone, &e->recorded))
        return fault(ret, "102", BATCH_RECORDED, "no time");
    e->has_birth = v[BATCH_BIRTH].bytes != 0;
    if (e->has_birth && !date_from_text(v[BATCH_BIRTH], &e->birth) && !hl7_date(v[BATCH_BIRTH], &e->birth))
        return fault(ret, "102", BATCH_BIRTH, "no day");
    if (!event_sex_from(v[BATCH_SEX], &e->sex)) return fault(ret, "103", BATCH_SEX, "none of M, F, O, U");
    if (!event_where_from(v[BATCH_WHERE], &e->where))
        return fault(ret, "103", BATCH_WHERE, "none of CELL, COURT, HOSPITAL, ELSEWHERE");
    if (!event_end_from(v[BATCH_END], &e->end))
        return fault(ret, "103", BATCH_END, "none of RELEASED, TRANSFERRED, HOSPITAL, DEAD, OTHER");
    return OK;
}

static enum err control_of(struct arena *arena, struct str row, struct str *ret)
{
    char *text = arena_alloc(arena, 2 * DIGEST_BYTES + 1);
    if (!text) return ERR_NOMEM;
    struct digest_value digest = digest_of(row.at, row.bytes);
    str_hex(&digest, DIGEST_BYTES, text);
    *ret = (struct str){text, 2 * DIGEST_BYTES};
    return OK;
}

enum err batch_event(struct arena *arena, const struct zone *zone, const struct str v[BATCH_COLUMNS],
                     struct str text, struct event *ret, struct event_fault *ret_fault)
{
    struct event e = {.control = v[BATCH_CONTROL],
                      .number = v[BATCH_NUMBER],
                      .stay = v[BATCH_STAY].bytes ? v[BATCH_STAY] : v[BATCH_NUMBER],
                      .prior = v[BATCH_PRIOR],
                      .national = v[BATCH_NATIONAL],
                      .family = v[BATCH_FAMILY].bytes ? v[BATCH_FAMILY] : v[BATCH_NAME],
                      .given = v[BATCH_GIVEN]};
    enum err err = e.control.bytes ? OK : control_of(arena, text, &e.control);
    if (!err) err = words(v, zone, &e, ret_fault);
    if (err) return err;
    if (e.where == WHERE_UNSAID && v[BATCH_CELL].bytes) e.where = WHERE_CELL;
    if (e.where == WHERE_CELL) {
        e.block = v[BATCH_BLOCK];
        e.cell = v[BATCH_CELL];
        e.bed = v[BATCH_BED];
    }
    err = event_check(&e, ret_fault);
    if (!err) *ret = e;
    return err;
}

enum err batch_next(struct arena *arena, struct batch *b, struct batch_row *ret, bool *ret_more,
                    struct event_fault *ret_fault)
{
    struct str v[BATCH_COLUMNS] = {0};
    struct csv_row row;
    for (;;) {
        struct str before = b->rest;
        *ret_more = before.bytes != 0;
        if (!before.bytes) return OK;
        ret->line = b->line;
        enum err err = csv_read(arena, b->separator, &b->rest, &row);
        if (err == ERR_NOMEM) return err;
        b->line += err ? 1 : row.lines;
        ret->text = str_trim((struct str){before.at, before.bytes - b->rest.bytes});
        while (ret->text.bytes &&
               (ret->text.at[ret->text.bytes - 1] == '\n' || ret->text.at[ret->text.bytes - 1] == '\r'))
            ret->text.bytes--;
        if (err) return fault(ret_fault, "102", BATCH_EVENT, "quotes that do not end, or too many columns");
        if (row.count == 1 && !row.fields[0].bytes) continue;
        break;
    }
    if (row.count != b->column_count)
        return fault(ret_fault, "102", BATCH_EVENT, "more or fewer values than there are columns");
    for (size_t i = 0; i < row.count; i++)
        v[b->columns[i]] = row.fields[i];
    return batch_event(arena, b->zone, v, ret->text, &ret->event, ret_fault);
}
