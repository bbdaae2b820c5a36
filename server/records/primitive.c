#include "records/primitive.h"
#include "base/err.h"

enum { ID_BYTES_MAX = 64 };

enum tape_kind primitive_kind(enum fhir_primitive type)
{
    switch (type) {
    case FHIR_BOOLEAN:
        return TAPE_TRUE;
    case FHIR_DECIMAL:
    case FHIR_INTEGER:
    case FHIR_POSITIVEINT:
    case FHIR_UNSIGNEDINT:
        return TAPE_NUMBER;
    case FHIR_BASE64BINARY:
    case FHIR_CANONICAL:
    case FHIR_CODE:
    case FHIR_DATE:
    case FHIR_DATETIME:
    case FHIR_ID:
    case FHIR_INSTANT:
    case FHIR_MARKDOWN:
    case FHIR_OID:
    case FHIR_STRING:
    case FHIR_TIME:
    case FHIR_URI:
    case FHIR_URL:
    case FHIR_UUID:
    case FHIR_XHTML:
    case FHIR_PRIMITIVES:
        break;
    }
    return TAPE_TEXT;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* count digits at the start of *s, taken away. */
static bool take(struct str *s, size_t count, int *ret_n)
{
    int n = 0;
    if (s->bytes < count) return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(s->at[i])) return false;
        n = n * 10 + (s->at[i] - '0');
    }
    s->at += count, s->bytes -= count;
    *ret_n = n;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->bytes == 0 || s->at[0] != c) return false;
    s->at++, s->bytes--;
    return true;
}

struct moment {
    int year, month, day, hour, minute, second, ms; /* month 0: only a year; day 0: only a month */
    bool has_time, has_zone;
    int zone_min;
};

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct str *s, struct moment *m)
{
    if (!take(s, 4, &m->year) || m->year == 0) return false;
    if (!take_char(s, '-')) return true;
    if (!take(s, 2, &m->month) || m->month < 1 || m->month > 12) return false;
    if (!take_char(s, '-')) return true;
    return take(s, 2, &m->day) && m->day >= 1 && m->day <= days_in(m->year, m->month);
}

/* hh:mm:ss[.f…]; a leap second (60) is a time too. */
static bool take_time(struct str *s, struct moment *m)
{
    if (!take(s, 2, &m->hour) || m->hour > 23 || !take_char(s, ':') || !take(s, 2, &m->minute) ||
        m->minute > 59 || !take_char(s, ':') || !take(s, 2, &m->second) || m->second > 60)
        return false;
    m->has_time = true;
    if (!take_char(s, '.')) return true;
    int scale = 100, digits = 0;
    for (; s->bytes && is_digit(s->at[0]); digits++, scale /= 10) {
        m->ms += (s->at[0] - '0') * scale;
        s->at++, s->bytes--;
    }
    return digits > 0;
}

static bool take_zone(struct str *s, struct moment *m)
{
    int hours, minutes;
    m->has_zone = true;
    if (take_char(s, 'Z')) return true;
    int sign = take_char(s, '+') ? 1 : take_char(s, '-') ? -1 : 0;
    if (!sign || !take(s, 2, &hours) || !take_char(s, ':') || !take(s, 2, &minutes)) return false;
    m->zone_min = sign * (hours * 60 + minutes);
    return hours <= 14 && minutes <= 59 && (hours < 14 || minutes == 0);
}

static bool read_moment(struct str s, struct moment *m)
{
    *m = (struct moment){0};
    if (!take_date(&s, m)) return false;
    if (s.bytes == 0) return true;
    return m->day && take_char(&s, 'T') && take_time(&s, m) && take_zone(&s, m) && s.bytes == 0;
}

static bool is_time(struct str s)
{
    struct moment m = {0};
    return take_time(&s, &m) && s.bytes == 0;
}

static bool is_id(struct str s)
{
    if (s.bytes == 0 || s.bytes > ID_BYTES_MAX) return false;
    for (size_t i = 0; i < s.bytes; i++)
        if (!is_letter(s.at[i]) && !is_digit(s.at[i]) && s.at[i] != '-' && s.at[i] != '.') return false;
    return true;
}

static bool has_blank(struct str s)
{
    for (size_t i = 0; i < s.bytes; i++)
        if (s.at[i] == ' ' || s.at[i] == '\t' || s.at[i] == '\n' || s.at[i] == '\r') return true;
    return false;
}

/* No blanks at the ends, single spaces inside. */
static bool is_code(struct str s)
{
    bool blank = true;
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        if (c == '\t' || c == '\n' || c == '\r' || (c == ' ' && blank)) return false;
        blank = c == ' ';
    }
    return s.bytes > 0 && !blank;
}

/* urn:oid:[0-2](\.(0|[1-9][0-9]*))+ */
static bool is_oid(struct str s)
{
    if (!str_starts(s, STR("urn:oid:"))) return false;
    s.at += 8, s.bytes -= 8;
    struct str root = str_cut(&s, '.');
    if (root.bytes != 1 || root.at[0] < '0' || root.at[0] > '2' || s.bytes == 0) return false;
    if (s.at[s.bytes - 1] == '.') return false;
    while (s.bytes) {
        struct str arc = str_cut(&s, '.');
        if (arc.bytes == 0 || (arc.at[0] == '0' && arc.bytes > 1)) return false;
        for (size_t i = 0; i < arc.bytes; i++)
            if (!is_digit(arc.at[i])) return false;
    }
    return true;
}

static bool is_uuid(struct str s)
{
    if (!str_starts(s, STR("urn:uuid:")) || s.bytes != 45) return false;
    for (size_t i = 0; i < 36; i++) {
        char c = s.at[9 + i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

/* RFC 4648 §4; blanks may stand between. */
static bool is_base64(struct str s)
{
    size_t digits = 0, pads = 0;
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
        if (c == '=')
            pads++;
        else if (pads == 0 && (is_letter(c) || is_digit(c) || c == '+' || c == '/'))
            digits++;
        else
            return false;
    }
    return (digits + pads) % 4 == 0 && pads <= 2 && digits > 0;
}

static bool is_whole(struct str s, int64_t least, int64_t most)
{
    int64_t n;
    return str_to_i64(s, &n) && n >= least && n <= most;
}

const char *primitive_fault(enum fhir_primitive type, struct str text)
{
    struct moment m;
    switch (type) {
    case FHIR_BOOLEAN:
        return str_is_text(text, "true") || str_is_text(text, "false") ? NULL : "true or false is wanted";
    case FHIR_DECIMAL:
        return NULL; /* any JSON number; its text is kept */
    case FHIR_INTEGER:
        return is_whole(text, INT32_MIN, INT32_MAX) ? NULL : "a whole number of 32 bits is wanted";
    case FHIR_POSITIVEINT:
        return is_whole(text, 1, INT32_MAX) ? NULL : "a whole number from 1 is wanted";
    case FHIR_UNSIGNEDINT:
        return is_whole(text, 0, INT32_MAX) ? NULL : "a whole number from 0 is wanted";
    case FHIR_DATE:
        return read_moment(text, &m) && !m.has_time ? NULL : "a date is wanted: YYYY, YYYY-MM or YYYY-MM-DD";
    case FHIR_DATETIME:
        return read_moment(text, &m) ? NULL : "a date, or a date and time with seconds and zone, is wanted";
    case FHIR_INSTANT:
        return read_moment(text, &m) && m.has_time ? NULL : "a date and time with seconds and zone is wanted";
    case FHIR_TIME:
        return is_time(text) ? NULL : "a time is wanted: hh:mm:ss";
    case FHIR_ID:
        return is_id(text) ? NULL : "an id is wanted: 1 to 64 letters, digits, - and .";
    case FHIR_CODE:
        return is_code(text) ? NULL : "a code is wanted: no blanks at its ends, single spaces inside";
    case FHIR_OID:
        return is_oid(text) ? NULL : "an OID is wanted: urn:oid:1.2.3";
    case FHIR_UUID:
        return is_uuid(text) ? NULL : "a UUID is wanted: urn:uuid:…";
    case FHIR_BASE64BINARY:
        return is_base64(text) ? NULL : "base64 is wanted";
    case FHIR_CANONICAL:
    case FHIR_URI:
    case FHIR_URL:
        return text.bytes && !has_blank(text) ? NULL : "a URI without blanks is wanted";
    case FHIR_XHTML:
        return str_starts(text, STR("<div")) ? NULL : "an XHTML <div> is wanted";
    case FHIR_MARKDOWN:
    case FHIR_STRING:
        if (text.bytes > PRIMITIVE_TEXT_MAX) return "a text of at most 1 MiB is wanted";
        return str_trim(text).bytes ? NULL : "a text that is not empty is wanted";
    case FHIR_PRIMITIVES:
        break;
    }
    ASSERT(!"a primitive type");
    return NULL;
}

/* Days since 1970-01-01; years are counted from March, so that the leap day is the last of its year. */
static int64_t days_of(int year, int month, int day)
{
    int y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t ms_of(int year, int month, int day)
{
    return days_of(year, month, day) * 86400000;
}

static struct instant on_wall(int64_t wall_ms, const struct zone *zone)
{
    if (!zone) return (struct instant){wall_ms};
    int64_t s = wall_ms / 1000 - (wall_ms % 1000 < 0);
    return (struct instant){zone_instant(zone, (struct wall){s}, NULL).ms + (wall_ms - s * 1000)};
}

bool primitive_span(struct str text, const struct zone *zone, struct instant *ret_from,
                    struct instant *ret_to)
{
    struct moment m;
    if (!read_moment(text, &m)) return false;
    int64_t from = ms_of(m.year, m.month ? m.month : 1, m.day ? m.day : 1), to;
    if (m.has_time) { /* and so a zone of its own */
        from +=
            ((int64_t)m.hour * 3600 + m.minute * 60 + m.second) * 1000 + m.ms - m.zone_min * (int64_t)60000;
        *ret_from = (struct instant){from};
        *ret_to = (struct instant){from + (memchr(text.at, '.', text.bytes) ? 1 : 1000)};
        return true;
    }
    if (m.day)
        to = from + 86400000;
    else if (m.month)
        to = m.month == 12 ? ms_of(m.year + 1, 1, 1) : ms_of(m.year, m.month + 1, 1);
    else
        to = ms_of(m.year + 1, 1, 1);
    *ret_from = on_wall(from, zone);
    *ret_to = on_wall(to, zone);
    return true;
}
