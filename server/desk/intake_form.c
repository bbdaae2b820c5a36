#include "desk/intake_form.h"
#include <string.h>

/* -- one answer -- */

/* One of the words of `codes`, which have blanks between. */
static bool is_code(const char *codes, struct str word)
{
    struct str rest = str_of(codes);
    while (rest.bytes) {
        struct str one = str_cut(&rest, ' ');
        if (str_is(one, word)) return true;
    }
    return false;
}

/* "132" or "36.8"; in tenths. */
static bool read_tenths(struct str text, int32_t *ret)
{
    struct str rest = text, whole = str_cut(&rest, '.');
    int64_t n, tenth = 0;
    bool has_point = whole.bytes < text.bytes;
    if (whole.bytes == 0 || whole.bytes > 4 || (has_point && rest.bytes != 1)) return false;
    for (size_t i = 0; i < whole.bytes; i++)
        if (whole.at[i] < '0' || whole.at[i] > '9') return false;
    if (whole.bytes > 1 && whole.at[0] == '0') return false;
    if (!str_to_i64(whole, &n) || (has_point && !str_to_i64(rest, &tenth))) return false;
    if (has_point && (rest.at[0] < '0' || rest.at[0] > '9')) return false;
    *ret = (int32_t)(n * 10 + tenth);
    return true;
}

static bool is_answer(const struct intake_question *q, struct str text)
{
    int32_t tenths;
    if (q->kind == INTAKE_CHOICE) return is_code(q->codes, text);
    if (q->kind == INTAKE_NUMBER)
        return read_tenths(text, &tenths) && tenths >= q->least && tenths <= q->most;
    return text.bytes <= INTAKE_WORDS_BYTES_MAX;
}

static void put_answer(struct json_out *o, const struct intake_question *q, struct str text)
{
    json_open(o, NULL);
    json_put_text(o, "linkId", q->link);
    json_put_text(o, "text", q->words);
    json_open_array(o, "answer");
    json_open(o, NULL);
    if (q->kind == INTAKE_CHOICE) {
        json_open(o, "valueCoding");
        json_put_text(o, "system", INTAKE_ANSWER);
        json_put_str(o, "code", text);
        json_close(o);
    } else if (q->kind == INTAKE_NUMBER) {
        json_put_raw(o, "valueDecimal", text);
    } else {
        json_put_str(o, "valueString", text);
    }
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static const struct intake_question *find(const struct intake_question *all, const char *link)
{
    for (; all->link; all++)
        if (strcmp(all->link, link) == 0) return all;
    return NULL;
}

/* Whether each key is one that is asked. */
static bool is_known(const struct intake_question *all, const struct json *answers, const char **ret_where)
{
    void *it = NULL;
    const char *key;
    const struct json *value;
    while (json_next(answers, &it, &key, &value))
        if (!find(all, key)) return *ret_where = "answers", false;
    return true;
}

/* -- from a screen -- */

/* Simple answers of an object: the form's, or a line's. An empty text is no answer. */
static bool put_simple(const struct intake_question *q, const struct json *answers, struct json_out *o)
{
    struct str text;
    const struct json *value = json_get(answers, q->link);
    if (!value) return true;
    if (!json_text(value, &text)) return false;
    text = str_trim(text);
    if (text.bytes == 0) return true;
    if (!is_answer(q, text)) return false;
    put_answer(o, q, text);
    return true;
}

static bool is_line_said(const struct intake_question *fields, const struct json *line)
{
    struct str text;
    for (; fields->link; fields++) {
        const struct json *value = json_get(line, fields->link);
        bool is_said = value && json_text(value, &text) && str_trim(text).bytes;
        if (fields->need == INTAKE_NEEDED_ALWAYS && !is_said) return false;
    }
    return true;
}

static bool put_line(const struct intake_question *q, const struct json *line, struct json_out *o)
{
    const char *where;
    if (!json_is_object(line) || !is_known(q->fields, line, &where) || !is_line_said(q->fields, line))
        return false;
    json_open(o, NULL);
    json_put_text(o, "linkId", q->link);
    json_put_text(o, "text", q->words);
    bool is_good = true;
    json_open_array(o, "item");
    for (const struct intake_question *f = q->fields; f->link && is_good; f++)
        is_good = put_simple(f, line, o);
    json_close_array(o);
    json_close(o);
    return is_good;
}

/* A line that says nothing at all is left out: FHIR knows no empty arrays. */
static bool is_blank(const struct intake_question *fields, const struct json *line)
{
    struct str text;
    for (; fields->link; fields++) {
        const struct json *value = json_get(line, fields->link);
        if (value && (!json_text(value, &text) || str_trim(text).bytes)) return false;
    }
    return json_is_object(line);
}

static bool put_list(const struct intake_question *q, const struct json *answers, struct json_out *o)
{
    const struct json *lines = json_get(answers, q->link);
    if (!lines) return true;
    if (!json_is_array(lines) || json_count(lines) > INTAKE_LINES_MAX) return false;
    for (size_t i = 0; i < json_count(lines); i++)
        if (!is_blank(q->fields, json_at(lines, i)) && !put_line(q, json_at(lines, i), o)) return false;
    return true;
}

bool intake_form_put(enum intake_part part, const struct json *answers, struct json_out *o,
                     const char **ret_where)
{
    const struct intake_question *all = intake_questions(part);
    if (!json_is_object(answers)) return *ret_where = "answers", false;
    if (!is_known(all, answers, ret_where)) return false;
    json_open_array(o, "item");
    for (const struct intake_question *q = all; q->link; q++) {
        bool is_good = q->kind == INTAKE_LIST ? put_list(q, answers, o) : put_simple(q, answers, o);
        if (!is_good) return *ret_where = q->link, false;
    }
    json_close_array(o);
    return true;
}

/* -- out of the record -- */

static struct str answer_of(struct record_reader *server, const struct chart_item *item, uint32_t at)
{
    static const char *const values[] = {"answer.valueCoding.code", "answer.valueString"};
    struct str text = {0};
    for (size_t i = 0; i < COUNT_OF(values) && !text.bytes; i++)
        text = chart_text(server, item, at, values[i]);
    if (text.bytes) return text;
    uint32_t number = chart_node(item, at, "answer.valueDecimal");
    return number == TAPE_NONE ? (struct str){"", 0} : tape_raw(&item->tape, number);
}

/* The nth item with this link below a node. */
static uint32_t find_item(const struct chart_item *item, uint32_t node, const char *link, uint32_t nth)
{
    uint32_t all = tape_get(&item->tape, node, STR("item")), at;
    for (uint32_t i = 0; (at = tape_at(&item->tape, all, i)) != TAPE_NONE; i++)
        if (tape_is_text(&item->tape, tape_get(&item->tape, at, STR("linkId")), link) && nth-- == 0)
            return at;
    return TAPE_NONE;
}

struct str intake_form_answer(struct record_reader *server, const struct chart_item *item, const char *link)
{
    uint32_t at = find_item(item, 0, link, 0);
    return at == TAPE_NONE ? (struct str){"", 0} : answer_of(server, item, at);
}

uint32_t intake_form_line(const struct chart_item *item, const char *link, uint32_t nth)
{
    return find_item(item, 0, link, nth);
}

struct str intake_form_field(struct record_reader *server, const struct chart_item *item, uint32_t line,
                             const char *field)
{
    uint32_t at = find_item(item, line, field, 0);
    return at == TAPE_NONE ? (struct str){"", 0} : answer_of(server, item, at);
}

static void say_lines(struct record_reader *server, const struct chart_item *item,
                      const struct intake_question *q, struct json_out *o)
{
    uint32_t line;
    json_open_array(o, q->link);
    for (uint32_t i = 0; (line = intake_form_line(item, q->link, i)) != TAPE_NONE; i++) {
        json_open(o, NULL);
        for (const struct intake_question *f = q->fields; f->link; f++)
            json_put_str(o, f->link, intake_form_field(server, item, line, f->link));
        json_close(o);
    }
    json_close_array(o);
}

enum err intake_form_say(enum intake_part part, struct record_reader *server, const struct chart_item *item,
                         struct json_out *o)
{
    for (const struct intake_question *q = intake_questions(part); q->link; q++) {
        if (q->kind == INTAKE_LIST) {
            say_lines(server, item, q, o);
            continue;
        }
        struct str text = intake_form_answer(server, item, q->link);
        if (text.bytes) json_put_str(o, q->link, text);
    }
    return o->to->err;
}

/* What was found is judged by whoever signs. */
static bool wants_judging(enum intake_part part, struct record_reader *server, const struct chart_item *item)
{
    return part == INTAKE_INJURIES && str_is_text(intake_form_answer(server, item, "injuries"), "found") &&
           intake_form_answer(server, item, "consistency").bytes == 0;
}

const char *intake_form_missing(enum intake_part part, struct record_reader *server,
                                const struct chart_item *item)
{
    if (wants_judging(part, server, item)) return "consistency";
    bool is_refused = str_is_text(intake_form_answer(server, item, "consent"), "refused");
    for (const struct intake_question *q = intake_questions(part); q->link; q++) {
        bool is_needed = q->need == INTAKE_NEEDED_ALWAYS || (q->need == INTAKE_NEEDED && !is_refused);
        if (is_needed && intake_form_answer(server, item, q->link).bytes == 0) return q->link;
    }
    return NULL;
}

/* -- what is asked -- */

static void put_options(struct json_out *o, const char *codes)
{
    struct str rest = str_of(codes);
    json_open_array(o, "answerOption");
    while (rest.bytes) {
        json_open(o, NULL);
        json_open(o, "valueCoding");
        json_put_text(o, "system", INTAKE_ANSWER);
        json_put_str(o, "code", str_cut(&rest, ' '));
        json_close(o);
        json_close(o);
    }
    json_close_array(o);
}

static void put_questions(const struct intake_question *all, struct json_out *o)
{
    static const char *const types[] = {[INTAKE_CHOICE] = "choice",
                                        [INTAKE_WORDS] = "text",
                                        [INTAKE_NUMBER] = "decimal",
                                        [INTAKE_LIST] = "group"};
    json_open_array(o, "item");
    for (const struct intake_question *q = all; q->link; q++) {
        json_open(o, NULL);
        json_put_text(o, "linkId", q->link);
        json_put_text(o, "text", q->words);
        json_put_text(o, "type", types[q->kind]);
        if (q->need) json_put_bool(o, "required", true);
        if (q->kind == INTAKE_LIST) json_put_bool(o, "repeats", true);
        if (q->kind == INTAKE_CHOICE) put_options(o, q->codes);
        if (q->kind == INTAKE_LIST) put_questions(q->fields, o);
        json_close(o);
    }
    json_close_array(o);
}

void intake_form_put_questions(enum intake_part part, struct json_out *o)
{
    put_questions(intake_questions(part), o);
}
