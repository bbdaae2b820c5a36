#include "desk/opinion_text.h"
#include "desk/xhtml.h"

static const char *const parts[OPINION_PARTS] = {"findings", "assessment", "advice", "follow-up"};
static const char *const part_words[OPINION_PARTS] = {"所见", "评估与诊断", "建议", "随访"};
static const struct {
    const char *name, *zh, *en;
} kinds[OPINION_KINDS] = {
    [OPINION_MEDICATION] = {"medication", "用药", "Medication"},
    [OPINION_EXAMINATION] = {"examination", "检查", "Examination"},
    [OPINION_REFERRAL] = {"referral", "转诊或手术", "Referral or surgery"},
    [OPINION_REVIEW] = {"follow-up", "复诊", "Follow-up"},
    [OPINION_OTHER] = {"other", "其他", "Other"},
};

const char *opinion_part_name(enum opinion_part part)
{
    ASSERT(part < OPINION_PARTS);
    return parts[part];
}

bool opinion_part_of(struct str name, enum opinion_part *ret)
{
    for (enum opinion_part p = 0; p < OPINION_PARTS; p++)
        if (str_is_text(name, parts[p])) return *ret = p, true;
    return false;
}

const char *opinion_kind_name(enum opinion_kind kind)
{
    ASSERT(kind < OPINION_KINDS);
    return kinds[kind].name;
}

const char *opinion_kind_words(enum opinion_kind kind, bool is_english)
{
    ASSERT(kind < OPINION_KINDS);
    return is_english ? kinds[kind].en : kinds[kind].zh;
}

static bool kind_of(struct str name, enum opinion_kind *ret)
{
    for (enum opinion_kind k = 0; k < OPINION_KINDS; k++)
        if (str_is_text(name, kinds[k].name)) return *ret = k, true;
    return false;
}

static bool is_blank(struct str words)
{
    ASSERT(words.at || words.bytes == 0);
    for (size_t i = 0; i < words.bytes; i++)
        if (words.at[i] != ' ' && words.at[i] != '\n' && words.at[i] != '\t') return false;
    return true;
}

static bool stands(const struct opinion_text *t, enum opinion_part p)
{
    for (uint32_t i = 0; p == OPINION_ADVICE && i < t->item_count; i++)
        if (!is_blank(t->items[i].words)) return true;
    if (p == OPINION_ADVICE) return false;
    return !is_blank(t->words[p]) || (p == OPINION_ASSESSMENT && t->code_count > 0) ||
           (p == OPINION_FOLLOW_UP && t->due.bytes > 0);
}

bool opinion_text_is_empty(const struct opinion_text *t)
{
    for (enum opinion_part p = 0; p < OPINION_PARTS; p++)
        if (stands(t, p)) return false;
    return true;
}

/* -- from JSON -- */

struct reading {
    struct arena *arena;
    const char *where;
    enum err err;
};

static bool wrong(struct reading *r, const char *where)
{
    if (!r->where) r->where = where;
    r->err = r->err ? r->err : ERR_BAD_INPUT;
    return false;
}

/* Copied: the JSON goes before the text does. No control characters but newlines and tabs. */
static bool take(struct reading *r, const struct json *object, const char *key, size_t most, struct str *ret)
{
    struct str s = {0};
    if (!json_text(json_get(object, key), &s) || s.bytes > most) return wrong(r, key);
    for (size_t i = 0; i < s.bytes; i++)
        if ((unsigned char)s.at[i] < 0x20 && s.at[i] != '\n' && s.at[i] != '\t') return wrong(r, key);
    const char *copy = arena_text(r->arena, s.bytes ? s.at : "", s.bytes);
    if (!copy) return r->err = ERR_NOMEM, false;
    *ret = (struct str){copy, s.bytes};
    return true;
}

static bool is_only(struct reading *r, const struct json *v, const char *const *known)
{
    if (!json_is_object(v)) return wrong(r, "value");
    const char *key = json_unknown_key(v, known);
    return key ? wrong(r, "value") : true;
}

static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '+' || c == '*' || c == '-'))
            return false;
    }
    return s.bytes >= 1 && s.bytes <= 20;
}

static bool is_item_id(struct str s)
{
    for (size_t i = 0; i < s.bytes; i++)
        if (!((s.at[i] >= 'a' && s.at[i] <= 'z') || (s.at[i] >= '0' && s.at[i] <= '9'))) return false;
    return s.bytes >= 1 && s.bytes <= 16;
}

static bool is_day(struct str s)
{
    char text[32];
    struct instant at;
    if (s.bytes != 10) return false;
    memcpy(text, s.at, 10);
    memcpy(text + 10, "T00:00:00Z", 11);
    return instant_from_text(str_of(text), &at);
}

static bool read_codes(struct reading *r, const struct json *list, struct opinion_text *to)
{
    if (!json_is_array(list) || json_count(list) > OPINION_CODES_MAX) return wrong(r, "codes");
    to->code_count = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct opinion_code *c = &to->codes[i];
        const struct json *v = json_at(list, i);
        if (!is_only(r, v, (const char *const[]){"code", "display", NULL}) ||
            !take(r, v, "code", 20, &c->code) || !take(r, v, "display", 400, &c->display))
            return false;
        if (!is_code(c->code) || c->display.bytes == 0 || memchr(c->display.at, '\n', c->display.bytes))
            return wrong(r, "codes");
        for (uint32_t k = 0; k < to->code_count; k++)
            if (str_is(to->codes[k].code, c->code)) return wrong(r, "codes");
        to->code_count++;
    }
    return true;
}

static bool read_items(struct reading *r, const struct json *list, struct opinion_text *to)
{
    if (!json_is_array(list) || json_count(list) > OPINION_ITEMS_MAX) return wrong(r, "items");
    to->item_count = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        struct opinion_item *item = &to->items[i];
        struct str kind;
        const struct json *v = json_at(list, i);
        if (!is_only(r, v, (const char *const[]){"id", "kind", "words", NULL}) ||
            !take(r, v, "id", 16, &item->id) || !take(r, v, "kind", 20, &kind) ||
            !take(r, v, "words", OPINION_ITEM_BYTES_MAX, &item->words))
            return false;
        if (!is_item_id(item->id) || !kind_of(kind, &item->kind)) return wrong(r, "items");
        for (uint32_t k = 0; k < to->item_count; k++)
            if (str_is(to->items[k].id, item->id)) return wrong(r, "items");
        to->item_count++;
    }
    return true;
}

static bool read_part(struct reading *r, enum opinion_part part, const struct json *v,
                      struct opinion_text *to)
{
    static const char *const known[OPINION_PARTS][3] = {
        {"text", NULL}, {"text", "codes", NULL}, {"items", NULL}, {"text", "due", NULL}};
    if (!is_only(r, v, known[part])) return false;
    if (part == OPINION_ADVICE) return read_items(r, json_get(v, "items"), to);
    if (!take(r, v, "text", OPINION_TEXT_BYTES_MAX, &to->words[part])) return false;
    if (part == OPINION_ASSESSMENT) return read_codes(r, json_get(v, "codes"), to);
    if (part == OPINION_FOLLOW_UP) {
        if (!take(r, v, "due", 10, &to->due)) return false;
        if (to->due.bytes && !is_day(to->due)) return wrong(r, "due");
    }
    return true;
}

enum err opinion_text_read(struct arena *arena, enum opinion_part part, const struct json *v,
                           struct opinion_text *to, const char **ret_where)
{
    struct reading r = {.arena = arena};
    struct opinion_text *scratch = arena_alloc(arena, sizeof *scratch);
    if (!scratch) return ERR_NOMEM;
    *scratch = *to;
    if (read_part(&r, part, v, scratch)) {
        *to = *scratch;
        return OK;
    }
    if (ret_where && r.err == ERR_BAD_INPUT) *ret_where = r.where;
    return r.err;
}

/* -- to JSON -- */

void opinion_text_write(const struct opinion_text *t, enum opinion_part part, struct json_out *o,
                        const char *key)
{
    json_open(o, key);
    if (part != OPINION_ADVICE) json_put_str(o, "text", t->words[part].at ? t->words[part] : STR(""));
    if (part == OPINION_ASSESSMENT) {
        json_open_array(o, "codes");
        for (uint32_t i = 0; i < t->code_count; i++) {
            json_open(o, NULL);
            json_put_str(o, "code", t->codes[i].code);
            json_put_str(o, "display", t->codes[i].display);
            json_close(o);
        }
        json_close_array(o);
    }
    if (part == OPINION_ADVICE) {
        json_open_array(o, "items");
        for (uint32_t i = 0; i < t->item_count; i++) {
            json_open(o, NULL);
            json_put_str(o, "id", t->items[i].id);
            json_put_text(o, "kind", kinds[t->items[i].kind].name);
            json_put_str(o, "words", t->items[i].words);
            json_close(o);
        }
        json_close_array(o);
    }
    if (part == OPINION_FOLLOW_UP) json_put_str(o, "due", t->due.at ? t->due : STR(""));
    json_close(o);
}

/* -- as sections -- */

void opinion_put_escaped(struct buf *to, struct str s)
{
    for (size_t i = 0; i < s.bytes; i++) {
        char c = s.at[i];
        if (c == '&')
            buf_add_text(to, "&amp;");
        else if (c == '<')
            buf_add_text(to, "&lt;");
        else if (c == '>')
            buf_add_text(to, "&gt;");
        else
            buf_add_char(to, c == '\t' ? ' ' : c);
    }
}

void opinion_text_narrative(struct json_out *o, struct arena *arena, struct str words)
{
    struct buf div;
    struct str rest = words;
    buf_init(&div, OPINION_JSON_BYTES_MAX);
    buf_add_text(&div, "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    while (rest.bytes) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.bytes == 0) continue;
        buf_add_text(&div, "<p>");
        opinion_put_escaped(&div, line);
        buf_add_text(&div, "</p>");
    }
    buf_add_text(&div, "</div>");
    const char *copy = div.err ? NULL : arena_text(arena, div.at, div.bytes);
    if (!copy) o->to->err = div.err ? div.err : ERR_NOMEM;
    json_open(o, "text");
    json_put_text(o, "status", "additional");
    if (copy) json_put_text(o, "div", copy);
    json_close(o);
    buf_done(&div);
}

static void put_code(struct json_out *o, const char *system, const char *code)
{
    json_open(o, "code");
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static void open_section(struct json_out *o, const char *id, const char *title, const char *system,
                         const char *code)
{
    json_open(o, NULL);
    json_put_text(o, "id", id);
    json_put_text(o, "title", title);
    put_code(o, system, code);
}

static void put_diagnoses(const struct opinion_text *t, const char *const *conditions, struct json_out *o)
{
    if (t->code_count == 0) return;
    json_open_array(o, "extension");
    for (uint32_t i = 0; i < t->code_count; i++) {
        json_open(o, NULL);
        json_put_text(o, "url", OPINION_DIAGNOSIS_URL);
        json_open(o, "valueCoding");
        json_put_text(o, "system", OPINION_ICD10_SYSTEM);
        json_put_str(o, "code", t->codes[i].code);
        json_put_str(o, "display", t->codes[i].display);
        json_close(o);
        json_close(o);
    }
    json_close_array(o);
    if (!conditions) return;
    json_open_array(o, "entry");
    for (uint32_t i = 0; i < t->code_count; i++) {
        json_open(o, NULL);
        json_put_text(o, "reference", conditions[i]);
        json_close(o);
    }
    json_close_array(o);
}

/* The words of the assessment with a line for each diagnosis before them: what is read where nobody knows the extension. */
static struct str assessment_words(const struct opinion_text *t, struct arena *arena)
{
    struct buf to;
    buf_init(&to, OPINION_JSON_BYTES_MAX);
    for (uint32_t i = 0; i < t->code_count; i++) {
        buf_add_str(&to, t->codes[i].display);
        buf_add_char(&to, ' ');
        buf_add_str(&to, t->codes[i].code);
        buf_add_char(&to, '\n');
    }
    buf_add_str(&to, t->words[OPINION_ASSESSMENT]);
    const char *copy = to.err ? NULL : arena_text(arena, to.at ? to.at : "", to.bytes);
    struct str ret = {copy, copy ? to.bytes : 0};
    buf_done(&to);
    return ret;
}

static void put_items(const struct opinion_text *t, struct arena *arena, struct json_out *o)
{
    json_open_array(o, "section");
    for (uint32_t i = 0; i < t->item_count; i++) {
        const struct opinion_item *item = &t->items[i];
        if (is_blank(item->words)) continue;
        const char *id = arena_text(arena, item->id.at, item->id.bytes);
        if (!id) o->to->err = ERR_NOMEM;
        open_section(o, id ? id : "a", kinds[item->kind].zh, OPINION_ADVICE_SYSTEM, kinds[item->kind].name);
        opinion_text_narrative(o, arena, item->words);
        json_close(o);
    }
    json_close_array(o);
}

void opinion_text_put(const struct opinion_text *t, struct arena *arena, const char *const *conditions,
                      struct json_out *o)
{
    for (enum opinion_part p = 0; p < OPINION_PARTS; p++) {
        if (!stands(t, p)) continue;
        open_section(o, parts[p], part_words[p], OPINION_SYSTEM, parts[p]);
        if (p == OPINION_ASSESSMENT) put_diagnoses(t, conditions, o);
        if (p == OPINION_FOLLOW_UP && t->due.bytes) {
            json_open_array(o, "extension");
            json_open(o, NULL);
            json_put_text(o, "url", OPINION_DUE_URL);
            json_put_str(o, "valueDate", t->due);
            json_close(o);
            json_close_array(o);
        }
        if (p == OPINION_ADVICE) {
            put_items(t, arena, o);
        } else {
            struct str words = p == OPINION_ASSESSMENT ? assessment_words(t, arena) : t->words[p];
            if (!words.at && p == OPINION_ASSESSMENT) o->to->err = ERR_NOMEM;
            opinion_text_narrative(o, arena, is_blank(words) ? t->due : words);
        }
        json_close(o);
    }
}

/* -- from sections -- */

static enum err from_codes(struct record_reader *who, const struct chart_item *c, uint32_t section,
                           struct opinion_text *ret)
{
    uint32_t list = tape_get(&c->tape, section, STR("extension"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&c->tape, list, i)) != TAPE_NONE; i++) {
        struct str url = chart_text(who, c, at, "url");
        if (str_is_text(url, OPINION_DUE_URL)) ret->due = chart_text(who, c, at, "valueDate");
        if (!str_is_text(url, OPINION_DIAGNOSIS_URL) || ret->code_count == OPINION_CODES_MAX) continue;
        ret->codes[ret->code_count++] = (struct opinion_code){chart_text(who, c, at, "valueCoding.code"),
                                                              chart_text(who, c, at, "valueCoding.display")};
    }
    return OK;
}

static enum err from_items(struct record_reader *who, const struct chart_item *c, uint32_t section,
                           struct opinion_text *ret)
{
    uint32_t list = tape_get(&c->tape, section, STR("section"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&c->tape, list, i)) != TAPE_NONE; i++) {
        struct opinion_item item = {.id = chart_text(who, c, at, "id")};
        if (ret->item_count == OPINION_ITEMS_MAX ||
            !kind_of(chart_text(who, c, at, "code.coding.code"), &item.kind))
            continue;
        enum err err = xhtml_plain(who->arena, chart_text(who, c, at, "text.div"), &item.words);
        if (err) return err;
        ret->items[ret->item_count++] = item;
    }
    return OK;
}

/* The lines that say the diagnoses again are taken off. */
static struct str without_codes(const struct opinion_text *t, struct str words)
{
    for (uint32_t i = 0; i < t->code_count; i++)
        (void)str_cut(&words, '\n');
    return words;
}

enum err opinion_text_from(struct record_reader *who, const struct chart_item *c, struct opinion_text *ret)
{
    uint32_t list = tape_get(&c->tape, 0, STR("section"));
    enum err err = OK;
    *ret = (struct opinion_text){0};
    for (uint32_t i = 0, at; list != TAPE_NONE && !err && (at = tape_at(&c->tape, list, i)) != TAPE_NONE;
         i++) {
        enum opinion_part p;
        if (!opinion_part_of(chart_text(who, c, at, "code.coding.code"), &p)) continue;
        if (p == OPINION_ADVICE) {
            err = from_items(who, c, at, ret);
            continue;
        }
        err = xhtml_plain(who->arena, chart_text(who, c, at, "text.div"), &ret->words[p]);
        if (!err) err = from_codes(who, c, at, ret);
        if (p == OPINION_ASSESSMENT) ret->words[p] = without_codes(ret, ret->words[p]);
        bool is_day_alone = p == OPINION_FOLLOW_UP && str_is(ret->words[p], ret->due);
        if (is_day_alone) ret->words[p] = STR("");
    }
    return err;
}
