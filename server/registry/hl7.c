#include "registry/hl7.h"

/* -- splitting -- */

/* The nth part (from 0) of s between separators; empty where there are fewer. */
static struct str part(struct str s, char separator, size_t nth)
{
    for (; nth && s.bytes; nth--)
        str_cut(&s, separator);
    return s.bytes ? str_cut(&s, separator) : (struct str){0};
}

static bool is_name(struct str s)
{
    if (s.bytes != 3) return false;
    for (size_t i = 0; i < 3; i++)
        if (!((s.at[i] >= 'A' && s.at[i] <= 'Z') || (i && s.at[i] >= '0' && s.at[i] <= '9'))) return false;
    return true;
}

static bool is_separator(char c)
{
    return c > ' ' && c < 127 && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
           !(c >= 'a' && c <= 'z');
}

static enum err separators(struct hl7 *m, struct str text, const char **ret_why)
{
    *ret_why = "a message begins with MSH and its separators";
    if (!str_starts(text, STR("MSH")) || text.bytes < 8) return ERR_BAD_INPUT;
    const char c[5] = {text.at[3], text.at[4], text.at[5], text.at[6], text.at[7]};
    for (size_t i = 0; i < 5; i++) {
        if (!is_separator(c[i])) return ERR_BAD_INPUT;
        for (size_t j = 0; j < i; j++)
            if (c[i] == c[j]) return ERR_BAD_INPUT;
    }
    m->field = c[0];
    m->component = c[1];
    m->repeat = c[2];
    m->escape = c[3];
    m->subcomponent = c[4];
    if (text.bytes > 8 && text.at[8] != m->field && text.at[8] != '\r' && text.at[8] != '\n') {
        *ret_why = "MSH-2 holds the four separators and nothing else";
        return ERR_BAD_INPUT;
    }
    return OK;
}

/* MSH-18 in bytes of an unknown charset: field separators are looked for, with those skipped that are a second byte of GB 18030. */
static struct str charset_field(struct str bytes, bool is_gb)
{
    size_t field = 2, from = 0, at = 4; /* after "MSH|" */
    char separator = bytes.at[3];
    for (; at < bytes.bytes && bytes.at[at] != '\r' && bytes.at[at] != '\n'; at++) {
        unsigned char c = (unsigned char)bytes.at[at];
        if (is_gb && c >= 0x81) {
            at += at + 1 < bytes.bytes && bytes.at[at + 1] >= '0' && bytes.at[at + 1] <= '9' ? 3 : 1;
            continue;
        }
        if (bytes.at[at] != separator) continue;
        if (++field == 18) from = at + 1;
        if (field == 19) break;
    }
    if (!from) return (struct str){0};
    if (at > bytes.bytes) at = bytes.bytes;
    return (struct str){bytes.at + from, at - from};
}

static enum err decode(struct arena *arena, struct str bytes, enum charset unless_said, struct hl7 *m,
                       struct str *ret, const char **ret_why)
{
    *ret_why = "a message begins with MSH and its separators";
    if (bytes.bytes < 8) return ERR_BAD_INPUT;
    struct str name = charset_field(bytes, !str_is_utf8(bytes));
    name = str_trim(
        str_cut(&name, bytes.at[5])); /* its first repetition: the others are for fields that switch */
    m->charset = unless_said;
    *ret_why = "MSH-18 names a character set that is not known here";
    if (name.bytes && !charset_from_name(name, &m->charset)) return ERR_BAD_INPUT;
    *ret_why = "the bytes are not text of the character set";
    if (m->charset == CHARSET_AUTO) m->charset = str_is_utf8(bytes) ? CHARSET_UTF8 : CHARSET_GB18030;
    return charset_to_utf8(arena, m->charset, bytes, ret, NULL);
}

static bool next_line(struct str *rest, struct str *ret)
{
    while (rest->bytes) {
        size_t n = 0;
        while (n < rest->bytes && rest->at[n] != '\r' && rest->at[n] != '\n')
            n++;
        *ret = (struct str){rest->at, n};
        if (n < rest->bytes) n++;
        rest->at += n;
        rest->bytes -= n;
        if (ret->bytes) return true;
    }
    return false;
}

static enum err segments(struct arena *arena, struct str text, struct hl7 *m, const char **ret_why)
{
    struct str line, rest = text;
    size_t n = 0;
    while (next_line(&rest, &line))
        n++;
    *ret_why = "more segments than a message may have";
    if (n > HL7_SEGMENTS_MAX) return ERR_LIMIT;
    m->segments = arena_alloc(arena, (n ? n : 1) * sizeof *m->segments);
    if (!m->segments) return ERR_NOMEM;
    *ret_why = "a segment has no name of three letters";
    for (rest = text; next_line(&rest, &line);) {
        struct str name = line;
        name = str_cut(&name, m->field);
        if (!is_name(name) || (m->segment_count && str_is_text(name, "MSH"))) return ERR_BAD_INPUT;
        m->segments[m->segment_count++] = (struct hl7_segment){name, line};
    }
    return OK;
}

enum err hl7_read(struct arena *arena, struct str bytes, enum charset unless_said, struct hl7 *ret,
                  const char **ret_why)
{
    struct hl7 m = {0};
    struct str text;
    enum err err = decode(arena, bytes, unless_said, &m, &text, ret_why);
    if (!err) err = separators(&m, text, ret_why);
    if (!err) err = segments(arena, text, &m, ret_why);
    if (!err) *ret = m;
    return err;
}

/* -- reading -- */

const struct hl7_segment *hl7_segment(const struct hl7 *m, const char *name, size_t nth)
{
    for (size_t i = 0; i < m->segment_count; i++)
        if (str_is_text(m->segments[i].name, name) && nth-- == 0) return &m->segments[i];
    return NULL;
}

struct str hl7_field(const struct hl7 *m, const struct hl7_segment *s, size_t field)
{
    if (!s || !field) return (struct str){0};
    if (!str_is_text(s->name, "MSH")) return part(s->text, m->field, field);
    return field == 1 ? (struct str){s->text.at + 3, 1} : part(s->text, m->field, field - 1);
}

struct str hl7_repeat(const struct hl7 *m, struct str field, size_t nth)
{
    return part(field, m->repeat, nth);
}

size_t hl7_repeats(const struct hl7 *m, struct str field)
{
    size_t n = field.bytes ? 1 : 0;
    for (size_t i = 0; i < field.bytes; i++)
        n += field.at[i] == m->repeat;
    return n;
}

struct str hl7_component(const struct hl7 *m, struct str one, size_t component, size_t subcomponent)
{
    return part(part(one, m->component, component - 1), m->subcomponent, subcomponent - 1);
}

static bool escaped(const struct hl7 *m, struct str code, char *ret, size_t *ret_n)
{
    static const char letters[] = "FSTRE";
    const char means[] = {m->field, m->component, m->subcomponent, m->repeat, m->escape};
    *ret_n = 1;
    if (code.bytes == 1 && code.at[0] && strchr(letters, code.at[0])) {
        ret[0] = means[strchr(letters, code.at[0]) - letters];
        return true;
    }
    if (str_is_text(code, ".br") || str_is_text(code, ".sp")) {
        ret[0] = '\n';
        return true;
    }
    *ret_n = 0;
    if (str_is_text(code, "H") || str_is_text(code, "N")) return true; /* highlighting: none here */
    if (code.bytes < 3 || code.at[0] != 'X' || code.bytes % 2 == 0 || code.bytes > HL7_ESCAPE_BYTES_MAX)
        return false;
    *ret_n = code.bytes / 2;
    return str_from_hex((struct str){code.at + 1, code.bytes - 1}, ret, *ret_n);
}

enum err hl7_text(struct arena *arena, const struct hl7 *m, struct str raw, struct str *ret,
                  bool *ret_is_null)
{
    raw = str_trim(raw);
    bool is_null = str_is_text(raw, "\"\"");
    if (is_null || !raw.bytes || !memchr(raw.at, m->escape, raw.bytes)) {
        if (ret_is_null) *ret_is_null = is_null;
        *ret = is_null || !raw.bytes ? STR("") : raw;
        return OK;
    }
    char *out = arena_alloc(arena, raw.bytes); /* no escape means more than it takes */
    size_t n = 0;
    if (!out) return ERR_NOMEM;
    while (raw.bytes) {
        bool is_escape = memchr(raw.at, m->escape, raw.bytes) != NULL;
        struct str plain = str_cut(&raw, m->escape);
        if (plain.bytes) memcpy(out + n, plain.at, plain.bytes);
        n += plain.bytes;
        if (!is_escape) break;
        if (!raw.bytes || !memchr(raw.at, m->escape, raw.bytes)) return ERR_BAD_INPUT;
        struct str code = str_cut(&raw, m->escape);
        size_t bytes;
        if (!escaped(m, code, out + n, &bytes)) return ERR_BAD_INPUT;
        n += bytes;
    }
    if (!str_is_utf8((struct str){out, n})) return ERR_BAD_INPUT;
    if (ret_is_null) *ret_is_null = false;
    *ret = str_trim((struct str){out, n});
    return OK;
}

enum err hl7_get(struct arena *arena, const struct hl7 *m, const struct hl7_segment *s, size_t field,
                 size_t component, struct str *ret)
{
    return hl7_text(arena, m, hl7_component(m, hl7_repeat(m, hl7_field(m, s, field), 0), component, 1), ret,
                    NULL);
}

/* -- time -- */

static bool digits(struct str *s, size_t n, unsigned *ret)
{
    unsigned value = 0;
    if (s->bytes < n) return false;
    for (size_t i = 0; i < n; i++) {
        if (s->at[i] < '0' || s->at[i] > '9') return false;
        value = value * 10 + (unsigned)(s->at[i] - '0');
    }
    s->at += n;
    s->bytes -= n;
    *ret = value;
    return true;
}

static bool has_digit(struct str s)
{
    return s.bytes && s.at[0] >= '0' && s.at[0] <= '9';
}

struct moment {
    struct date day;
    int32_t second;
    int64_t ms;
};

/* Reads up to the offset and leaves it in *text. */
static bool moment(struct str *text, struct moment *ret)
{
    unsigned year, month = 1, day = 1, hour = 0, minute = 0, second = 0, tenth;
    int64_t ms = 0, weight = 100;
    if (!digits(text, 4, &year)) return false;
    if (has_digit(*text) && !digits(text, 2, &month)) return false;
    if (has_digit(*text) && !digits(text, 2, &day)) return false;
    if (has_digit(*text) && !digits(text, 2, &hour)) return false;
    if (has_digit(*text) && !digits(text, 2, &minute)) return false;
    if (has_digit(*text) && !digits(text, 2, &second)) return false;
    if (text->bytes && text->at[0] == '.') {
        text->at++;
        text->bytes--;
        if (!has_digit(*text)) return false;
        for (int i = 0; i < 4 && digits(text, 1, &tenth); i++, weight /= 10)
            ms += (int64_t)tenth * weight;
    }
    if (!date_is_real((int32_t)year, month, day) || hour > 23 || minute > 59 || second > 59) return false;
    *ret = (struct moment){date_of((int32_t)year, month, day), (int32_t)(hour * 3600 + minute * 60 + second),
                           ms};
    return true;
}

bool hl7_instant(struct str text, const struct zone *zone, struct instant *ret)
{
    struct moment m;
    unsigned hours, minutes;
    text = str_trim(text);
    if (!moment(&text, &m)) return false;
    struct wall wall = wall_of(m.day, m.second);
    if (!text.bytes) {
        *ret = (struct instant){zone_instant(zone, wall, NULL).ms + m.ms};
        return true;
    }
    char sign = text.at[0];
    text.at++;
    text.bytes--;
    if ((sign != '+' && sign != '-') || !digits(&text, 2, &hours) || !digits(&text, 2, &minutes) ||
        text.bytes || hours > 14 || minutes > 59)
        return false;
    int64_t ahead = (int64_t)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    *ret = (struct instant){(wall.s - ahead) * 1000 + m.ms};
    return true;
}

bool hl7_date(struct str text, struct date *ret)
{
    struct moment m;
    text = str_trim(text);
    for (size_t i = 0; i < 8; i++)
        if (i >= text.bytes || text.at[i] < '0' || text.at[i] > '9') return false;
    if (!moment(&text, &m) || (text.bytes && text.at[0] != '+' && text.at[0] != '-')) return false;
    *ret = m.day;
    return true;
}

/* -- the answer -- */

void hl7_put(struct buf *out, struct str text)
{
    static const char separators_of_ours[] = "|^&~\\", letters[] = "FSTRE";
    for (size_t i = 0; i < text.bytes; i++) {
        const char *at = text.at[i] ? strchr(separators_of_ours, text.at[i]) : NULL;
        if (at) {
            buf_add_char(out, '\\');
            buf_add_char(out, letters[at - separators_of_ours]);
            buf_add_char(out, '\\');
        } else if (text.at[i] == '\r' || text.at[i] == '\n') {
            buf_add_text(out, "\\.br\\");
        } else {
            buf_add_char(out, text.at[i]);
        }
    }
}

static void stamp(struct buf *out, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_text(at, text);
    buf_printf(out, "%.4s%.2s%.2s%.2s%.2s%.2s+0000", text, text + 5, text + 8, text + 11, text + 14,
               text + 17);
}

/* A field of theirs under our separators: where they use the same ones, as it is. */
static void theirs(struct buf *out, const struct hl7 *m, size_t field)
{
    struct str raw = m ? hl7_field(m, hl7_segment(m, "MSH", 0), field) : (struct str){0};
    bool are_ours =
        m && m->component == '^' && m->repeat == '~' && m->escape == '\\' && m->subcomponent == '&';
    if (are_ours && !memchr(raw.at ? raw.at : "", '|', raw.bytes))
        buf_add_str(out, raw);
    else
        hl7_put(out, raw);
}

void hl7_ack(struct buf *out, const struct hl7 *to, const struct hl7_answer *a)
{
    static const char *const codes[] = {[HL7_AA] = "AA", [HL7_AE] = "AE", [HL7_AR] = "AR"};
    bool is_gb = to && to->charset == CHARSET_GB18030;
    buf_add_text(out, "MSH|^~\\&|YUNQIAO|");
    hl7_put(out, str_of(a->site ? a->site : ""));
    buf_add_char(out, '|');
    theirs(out, to, 3);
    buf_add_char(out, '|');
    theirs(out, to, 4);
    buf_add_char(out, '|');
    stamp(out, a->now);
    buf_add_text(out, "||ACK");
    struct str event =
        to ? hl7_component(to, hl7_field(to, hl7_segment(to, "MSH", 0), 9), 2, 1) : (struct str){0};
    if (event.bytes) {
        buf_add_char(out, '^');
        hl7_put(out, event);
        buf_add_text(out, "^ACK");
    }
    buf_printf(out, "|%s|P|2.5||||||%s\rMSA|%s|", a->control, is_gb ? "GB 18030-2000" : "UNICODE UTF-8",
               codes[a->code]);
    theirs(out, to, 10);
    buf_add_char(out, '\r');
    if (!a->error) return;
    buf_printf(out, "ERR||%s|%s^^HL70357|E||||", a->where ? a->where : "", a->error);
    hl7_put(out, str_of(a->words ? a->words : ""));
    buf_add_char(out, '\r');
}
