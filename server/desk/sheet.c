#include "desk/sheet.h"
#include "desk/chart.h"
#include "desk/dose_texts.h"
#include "desk/opinion.h"
#include "desk/sheet_own.h"
#include "desk/sheet_texts.h"
#include "desk/xhtml.h"
#include "records/amend.h"
#include "records/seal.h"
#include <stdio.h>
#include <time.h>

enum { NOTES_PRINTED = 5, VITALS_PRINTED = 8 };

static const char *word(const struct sheet *s, enum sheet_word w)
{
    return sheet_word(w, s->by->is_english);
}

struct str sheet_own(struct sheet *s, char *text)
{
    if (!text) s->err = ERR_NOMEM;
    return str_of(text);
}

struct paper_block *sheet_add(struct sheet *s, enum paper_kind kind, struct str cell)
{
    struct paper_block *b = s->err ? NULL : paper_add(s->paper, s->who->arena, kind, cell);
    if (!b && !s->err) s->err = s->paper->count >= PAPER_BLOCKS_MAX ? ERR_LIMIT : ERR_NOMEM;
    return b ? b : &s->nowhere;
}

/* Local day, and minute where the text has one: "2026-11-26 20:03". What is no instant is shown as it is. */
struct str sheet_when(struct sheet *s, struct str text)
{
    struct instant at;
    struct tm tm;
    char shown[32];
    if (text.bytes <= 10 || !instant_from_text(text, &at)) return text;
    time_t local = (time_t)zone_wall(s->by->zone, at).s;
    gmtime_r(&local, &tm);
    strftime(shown, sizeof shown, "%Y-%m-%d %H:%M", &tm);
    return sheet_own(s, arena_text(s->who->arena, shown, strlen(shown)));
}

static struct str date(struct sheet *s, struct str text)
{
    struct str whole = sheet_when(s, text);
    return (struct str){whole.at, whole.bytes > 10 ? 10 : whole.bytes};
}

struct str sheet_joined(struct sheet *s, struct str a, const char *between, struct str b)
{
    if (a.bytes == 0) return b;
    if (b.bytes == 0) return a;
    return sheet_own(
        s, arena_printf(s->who->arena, "%.*s%s%.*s", (int)a.bytes, a.at, between, (int)b.bytes, b.at));
}

/* -- head and foot -- */

static struct str subject(struct sheet *s, const struct chart_item *p)
{
    struct record_reader *who = s->who;
    struct str name = chart_text(who, p, 0, "name.text"), number = chart_text(who, p, 0, "identifier.value");
    struct str gender = chart_text(who, p, 0, "gender"), born = chart_text(who, p, 0, "birthDate");
    if (name.bytes == 0)
        name = sheet_joined(s, chart_text(who, p, 0, "name.family"), "", chart_text(who, p, 0, "name.given"));
    bool is_woman = str_is_text(gender, "female");
    const char *sex =
        is_woman || str_is_text(gender, "male") ? word(s, is_woman ? SHEET_FEMALE : SHEET_MALE) : "";
    return sheet_own(s, arena_printf(who->arena, "%.*s    %s    %s%.*s    %s%.*s", (int)name.bytes,
                                     name.at ? name.at : "", sex, word(s, SHEET_BORN), (int)born.bytes,
                                     born.at ? born.at : "", word(s, SHEET_NUMBER), (int)number.bytes,
                                     number.at ? number.at : ""));
}

void sheet_begin(struct sheet *s, const char *title, const struct chart_item *patient)
{
    char now[INSTANT_TEXT_BYTES];
    const struct sheet_by *by = s->by;
    instant_text(s->tx->now, now);
    struct str at = sheet_when(s, sheet_own(s, arena_text(s->who->arena, now, strlen(now))));
    struct buf foot;
    *s->paper = (struct paper){
        .site = by->site, .title = str_of(title), .is_english = by->is_english, .made = s->tx->now};
    s->paper->subject = subject(s, patient);
    buf_init(&foot, 1024);
    buf_add_str(&foot, by->display);
    if (by->role.bytes) {
        buf_add_text(&foot, by->is_english ? " (" : " ");
        buf_add_str(&foot, by->role);
        buf_add_text(&foot, by->is_english ? ")" : "");
    }
    buf_add_char(&foot, ' ');
    buf_add_text(&foot, word(s, SHEET_PRINTED));
    buf_add_char(&foot, ' ');
    buf_add_str(&foot, at);
    s->paper->foot =
        foot.err ? (struct str){0} : sheet_own(s, arena_text(s->who->arena, foot.at, foot.bytes));
    if (foot.err && !s->err) s->err = foot.err;
    buf_done(&foot);
}

/* -- sections -- */

static struct chart_list section(struct sheet *s, const char *type, struct str patient, const char *more)
{
    struct chart_list found = {0};
    if (!s->err) s->err = chart_list(s->tx, s->who, type, patient, more, &found);
    return found;
}

static void nothing_or_cut(struct sheet *s, uint32_t shown, bool is_cut)
{
    if (shown == 0 && !is_cut) sheet_add(s, PAPER_TEXT, str_of(word(s, SHEET_NONE)));
    if (is_cut) sheet_add(s, PAPER_TEXT, str_of(word(s, SHEET_CUT)));
}

static bool is_over(struct sheet *s, const struct chart_item *i)
{
    struct str state = chart_text(s->who, i, 0, "clinicalStatus.coding.code"),
               sure = chart_text(s->who, i, 0, "verificationStatus.coding.code");
    return str_is_text(state, "resolved") || str_is_text(state, "inactive") ||
           str_is_text(state, "remission") || str_is_text(sure, "refuted") ||
           str_is_text(sure, "entered-in-error");
}

static void allergies(struct sheet *s, struct str patient)
{
    struct chart_list found = section(s, "AllergyIntolerance", patient, NULL);
    struct str all = {0};
    for (uint32_t i = 0; i < found.count && !s->err; i++) {
        if (is_over(s, &found.at[i])) continue;
        struct str what = chart_words(s->who, &found.at[i], chart_node(&found.at[i], 0, "code"));
        struct str how =
            chart_words(s->who, &found.at[i], chart_node(&found.at[i], 0, "reaction.manifestation"));
        if (how.bytes)
            what = sheet_own(s, arena_printf(s->who->arena, "%.*s (%.*s)", (int)what.bytes, what.at,
                                             (int)how.bytes, how.at));
        all = sheet_joined(s, all, word(s, SHEET_COMMA), what);
    }
    struct str line = all.bytes ? sheet_joined(s, str_of(word(s, SHEET_ALLERGIES)), "", all)
                                : str_of(word(s, SHEET_ALLERGY_NONE));
    if (found.is_cut) line = sheet_joined(s, line, "  ", str_of(word(s, SHEET_ALLERGY_CUT)));
    sheet_add(s, PAPER_ALERT, line);
}

static void problems(struct sheet *s, struct str patient)
{
    struct chart_list found = section(s, "Condition", patient, NULL);
    uint32_t shown = 0;
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_PROBLEMS)));
    for (uint32_t i = 0; i < found.count && !s->err; i++) {
        const struct chart_item *c = &found.at[i];
        if (is_over(s, c)) continue;
        struct paper_block *b = sheet_add(s, PAPER_FACT, chart_text(s->who, c, 0, "code.coding.code"));
        b->cells[1] = sheet_joined(s, chart_words(s->who, c, chart_node(c, 0, "code")), word(s, SHEET_COMMA),
                                   date(s, chart_text(s->who, c, 0, "onsetDateTime")));
        shown++;
    }
    nothing_or_cut(s, shown, found.is_cut);
}

static struct str unit_of(struct sheet *s, const struct chart_item *o, uint32_t quantity)
{
    return dose_unit(chart_text(s->who, o, quantity, "unit"), chart_text(s->who, o, quantity, "code"),
                     str_is_text(chart_text(s->who, o, quantity, "value"), "1"), s->by->is_english);
}

/* 5 mg, 1片: what is counted follows its number in Chinese. */
static struct str amount_of(struct sheet *s, const struct chart_item *o, uint32_t quantity)
{
    struct str unit = unit_of(s, o, quantity);
    bool is_close = unit.bytes >= 3 && (uint8_t)unit.at[0] >= 0xe4 && (uint8_t)unit.at[0] <= 0xe9;
    return sheet_joined(s, chart_text(s->who, o, quantity, "value"), is_close ? "" : " ", unit);
}

static bool asks_when_needed(const struct chart_item *o)
{
    uint32_t node = chart_node(o, 0, "dosageInstruction.asNeededBoolean");
    return node != TAPE_NONE && o->tape.nodes[node].kind == TAPE_TRUE;
}

/* 5 mg 每日1次，晨服 */
static struct str dose_words(struct sheet *s, const struct chart_item *o)
{
    bool is_english = s->by->is_english;
    uint32_t dose = chart_node(o, 0, "dosageInstruction.doseAndRate.doseQuantity");
    struct str amount = dose == TAPE_NONE ? (struct str){0} : amount_of(s, o, dose);
    struct dose_times t = {chart_text(s->who, o, 0, "dosageInstruction.timing.repeat.frequency"),
                           chart_text(s->who, o, 0, "dosageInstruction.timing.repeat.period"),
                           chart_text(s->who, o, 0, "dosageInstruction.timing.repeat.periodUnit"),
                           asks_when_needed(o)};
    struct str times = sheet_joined(s, amount, " ", dose_times(s->who->arena, &t, is_english));
    return sheet_joined(s, times, word(s, SHEET_COMMA), chart_text(s->who, o, 0, "dosageInstruction.text"));
}

static void medication(struct sheet *s, struct str patient)
{
    struct chart_list found = section(s, "MedicationRequest", patient, "&status=active,on-hold");
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_MEDICATION)));
    if (found.count) {
        struct paper_block *h = sheet_add(s, PAPER_HEADS, str_of(word(s, SHEET_DRUG)));
        h->cells[1] = str_of(word(s, SHEET_USE)), h->cells[2] = str_of(word(s, SHEET_SINCE)),
        h->cells[3] = str_of(word(s, SHEET_BY));
    }
    for (uint32_t i = 0; i < found.count && !s->err; i++) {
        const struct chart_item *o = &found.at[i];
        struct paper_block *b =
            sheet_add(s, PAPER_ROW, chart_words(s->who, o, chart_node(o, 0, "medicationCodeableConcept")));
        b->cells[1] = dose_words(s, o);
        b->cells[2] = date(s, chart_text(s->who, o, 0, "authoredOn"));
        b->cells[3] = chart_text(s->who, o, 0, "requester.display");
    }
    nothing_or_cut(s, found.count, found.is_cut);
}

/* 36.5 ℃; of components that share their unit 128/82 mmHg. */
static struct str measured(struct sheet *s, const struct chart_item *o)
{
    uint32_t parts = tape_get(&o->tape, 0, STR("component")), whole = chart_node(o, 0, "valueQuantity");
    struct str all = {0}, unit = {0};
    if (whole != TAPE_NONE) return amount_of(s, o, whole);
    for (uint32_t i = 0, n; parts != TAPE_NONE && (n = tape_at(&o->tape, parts, i)) != TAPE_NONE; i++) {
        uint32_t q = chart_node(o, n, "valueQuantity");
        if (q == TAPE_NONE) continue;
        if (i > 0 && !str_is(unit, unit_of(s, o, q))) all = sheet_joined(s, all, " ", unit);
        unit = unit_of(s, o, q);
        all = sheet_joined(s, all, all.bytes ? "/" : "", chart_text(s->who, o, q, "value"));
    }
    return sheet_joined(s, all, " ", unit);
}

/* What is measured in the language of the paper, as far as the code is known here; else as it was written. */
static struct str measure_words(struct sheet *s, const struct chart_item *o, struct str code)
{
    const char *known = sheet_measure(code, s->by->is_english);
    return known ? str_of(known) : chart_words(s->who, o, chart_node(o, 0, "code"));
}

/* The newest of each kind: the search has the newest first. */
static void vitals(struct sheet *s, struct str patient)
{
    struct chart_list found = section(s, "Observation", patient, "&category=vital-signs&_sort=-date");
    struct str seen[VITALS_PRINTED];
    uint32_t shown = 0;
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_VITALS)));
    for (uint32_t i = 0; i < found.count && shown < VITALS_PRINTED && !s->err; i++) {
        struct str code = chart_text(s->who, &found.at[i], 0, "code.coding.code");
        bool is_new = true;
        for (uint32_t k = 0; k < shown; k++)
            is_new = is_new && !str_is(seen[k], code);
        if (!is_new) continue;
        seen[shown++] = code;
        struct paper_block *b = sheet_add(s, PAPER_ROW, measure_words(s, &found.at[i], code));
        b->cells[1] = measured(s, &found.at[i]);
        b->cells[2] = sheet_when(s, chart_text(s->who, &found.at[i], 0, "effectiveDateTime"));
    }
    nothing_or_cut(s, shown, false);
}

/* -- notes -- */

static struct str plain(struct sheet *s, struct str div)
{
    struct str text = {0};
    enum err err = xhtml_plain(s->who->arena, div, &text);
    if (err) s->err = err;
    return text;
}

static void note_body(struct sheet *s, const struct chart_item *n)
{
    uint32_t sections = tape_get(&n->tape, 0, STR("section"));
    for (uint32_t i = 0, at;
         sections != TAPE_NONE && !s->err && (at = tape_at(&n->tape, sections, i)) != TAPE_NONE; i++) {
        struct paper_block *b = sheet_add(s, PAPER_FACT, chart_text(s->who, n, at, "title"));
        b->cells[1] = plain(s, chart_text(s->who, n, at, "text.div"));
    }
}

static struct str note_line(struct sheet *s, const struct chart_item *n)
{
    struct str title = chart_text(s->who, n, 0, "title");
    struct str by = sheet_joined(s, chart_text(s->who, n, 0, "author.display"), " ",
                                 sheet_when(s, chart_text(s->who, n, 0, "date")));
    return sheet_joined(s, title, "    ", by);
}

static bool is_draft(struct sheet *s, const struct chart_item *n)
{
    return str_is_text(chart_text(s->who, n, 0, "status"), "preliminary");
}

static void notes(struct sheet *s, struct str patient)
{
    struct chart_list found = section(s, "Composition", patient, "&status=final,amended&_sort=-date");
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_NOTES)));
    for (uint32_t i = 0; i < found.count && i < NOTES_PRINTED && !s->err; i++) {
        sheet_add(s, PAPER_TEXT, note_line(s, &found.at[i]));
        note_body(s, &found.at[i]);
    }
    nothing_or_cut(s, found.count, found.count > NOTES_PRINTED || found.is_cut);
}

/* -- for who takes over -- */

static void opinion(struct sheet *s, struct str patient)
{
    struct chart_list found =
        section(s, "Composition", patient, "&type=http://loinc.org|11488-4&status=final,amended&_sort=-date");
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_OPINION)));
    if (found.count) sheet_add(s, PAPER_TEXT, note_line(s, &found.at[0]));
    if (found.count) note_body(s, &found.at[0]);
    nothing_or_cut(s, found.count, false);
}

/* Each by its words and its day. */
static uint32_t list(struct sheet *s, const struct chart_list *found, const char *words, const char *day)
{
    for (uint32_t i = 0; i < found->count && !s->err; i++) {
        const struct chart_item *o = &found->at[i];
        struct str said = chart_node(o, 0, words) == TAPE_NONE ? STR("")
                          : o->tape.nodes[chart_node(o, 0, words)].kind == TAPE_TEXT
                              ? chart_text(s->who, o, 0, words)
                              : chart_words(s->who, o, chart_node(o, 0, words));
        sheet_add(s, PAPER_TEXT, sheet_joined(s, said, "  ", date(s, chart_text(s->who, o, 0, day))));
    }
    return found->count;
}

static void results(struct sheet *s, struct str patient)
{
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_RESULTS)));
    struct chart_list open =
        section(s, "DiagnosticReport", patient, "&status=registered,partial,preliminary&_sort=date");
    uint32_t n = list(s, &open, "code", "effectiveDateTime");
    struct chart_list asked =
        section(s, "ServiceRequest", patient, "&status=active&category=examination&_sort=authored");
    n += list(s, &asked, "code", "authoredOn");
    nothing_or_cut(s, n, open.is_cut || asked.is_cut);
}

static void follow_ups(struct sheet *s, struct str patient)
{
    struct chart_list found =
        section(s, "Task", patient, "&code=follow-up&status=accepted,requested&_sort=authored-on");
    sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_FOLLOW_UPS)));
    nothing_or_cut(s, list(s, &found, "description", "input.valueDate"), found.is_cut);
}

void sheet_put_part(struct sheet *s, enum sheet_part part, struct str patient)
{
    static void (*const parts[SHEET_PARTS])(struct sheet * s, struct str patient) = {
        [SHEET_PART_ALLERGIES] = allergies,   [SHEET_PART_PROBLEMS] = problems,
        [SHEET_PART_MEDICATION] = medication, [SHEET_PART_VITALS] = vitals,
        [SHEET_PART_OPINION] = opinion,       [SHEET_PART_RESULTS] = results,
        [SHEET_PART_FOLLOW_UPS] = follow_ups};
    ASSERT(part < SHEET_PARTS);
    parts[part](s, patient);
}

/* -- who signed, and what was amended -- */

struct str sheet_instant(struct sheet *s, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    instant_text(at, text);
    return sheet_when(s, sheet_own(s, arena_text(s->who->arena, text, strlen(text))));
}

struct signed_by {
    struct sheet *s;
    uint32_t count;
};

static void put_seal(void *ctx, const struct seal *seal)
{
    struct signed_by *by = ctx;
    struct sheet *s = by->s;
    if (s->err) return;
    struct str who = sheet_own(s, arena_text(s->who->arena, seal->display.at, seal->display.bytes));
    struct str how = sheet_joined(s, str_of(word(s, SHEET_SIGNED)), "", sheet_instant(s, seal->at));
    how =
        sheet_joined(s, how, word(s, SHEET_COMMA), str_of(word(s, seal->holds ? SHEET_HOLDS : SHEET_BROKEN)));
    struct paper_block *b = sheet_add(s, PAPER_SIGN, who);
    b->cells[2] = sheet_joined(s, who, " ", how);
    by->count++;
}

/* How many signed it. */
static uint32_t signatures(struct sheet *s, const struct chart_item *n)
{
    struct record record = {.head = n->head, .body = n->tape.body};
    struct signed_by by = {.s = s};
    if (s->err) return 0;
    enum err err = seal_each(s->tx, s->who->arena, &record, put_seal, &by);
    if (err && !s->err) s->err = err;
    return by.count;
}

void sheet_put_signatures(struct sheet *s, const struct chart_item *document)
{
    (void)signatures(s, document);
}

/* Those that are final, beside the original that they name, oldest first (rule 21). */
static void amendments(struct sheet *s, struct str patient, struct str note)
{
    const char *more =
        arena_printf(s->who->arena, "&status=final,amended&_sort=date&related-ref=Composition/%.*s",
                     (int)note.bytes, note.at);
    if (!more && !s->err) s->err = ERR_NOMEM;
    if (s->err) return;
    struct chart_list found = section(s, "Composition", patient, more);
    if (found.count) sheet_add(s, PAPER_HEADING, str_of(word(s, SHEET_AMENDMENT)));
    for (uint32_t i = 0; i < found.count && !s->err; i++) {
        const struct chart_item *n = &found.at[i];
        sheet_add(s, PAPER_TEXT, note_line(s, n));
        sheet_add(s, PAPER_TEXT,
                  sheet_joined(s, str_of(word(s, SHEET_REASON)), "", opinion_amendment_reason(s->who, n)));
        note_body(s, n);
        (void)signatures(s, n);
    }
    if (found.is_cut) sheet_add(s, PAPER_TEXT, str_of(word(s, SHEET_CUT)));
}

/* A line for the pen: only where nobody has signed. */
static void sign(struct sheet *s)
{
    struct paper_block *b = sheet_add(s, PAPER_SIGN, str_of(word(s, SHEET_SIGNATURE)));
    b->cells[1] = str_of(word(s, SHEET_DATE));
}

enum err sheet_summary(struct tx *tx, struct record_reader *who, const struct sheet_by *by,
                       struct str patient, struct paper *ret)
{
    struct sheet s = {.tx = tx, .who = who, .by = by, .paper = ret};
    struct chart_item item;
    enum err err = chart_one(tx, who, "Patient", patient, &item);
    if (err) return err;
    sheet_begin(&s, word(&s, SHEET_SUMMARY), &item);
    allergies(&s, patient);
    problems(&s, patient);
    medication(&s, patient);
    vitals(&s, patient);
    notes(&s, patient);
    sign(&s);
    return s.err;
}

enum err sheet_note(struct tx *tx, struct record_reader *who, const struct sheet_by *by, struct str note,
                    struct paper *ret)
{
    struct sheet s = {.tx = tx, .who = who, .by = by, .paper = ret};
    struct chart_item item, patient;
    enum err err = chart_one(tx, who, "Composition", note, &item);
    struct str whose = err ? (struct str){0} : chart_text(who, &item, 0, "subject.reference");
    if (!err && !str_starts(whose, STR("Patient/"))) err = ERR_NOT_FOUND;
    struct str id = err ? (struct str){0} : (struct str){whose.at + 8, whose.bytes - 8};
    if (!err) err = chart_one(tx, who, "Patient", id, &patient);
    if (err) return err;
    sheet_begin(&s, word(&s, SHEET_NOTE), &patient);
    allergies(&s, id);
    sheet_add(&s, PAPER_HEADING, note_line(&s, &item));
    if (is_draft(&s, &item)) sheet_add(&s, PAPER_TEXT, str_of(word(&s, SHEET_DRAFT)));
    note_body(&s, &item);
    bool is_signed = signatures(&s, &item) > 0;
    amendments(&s, id, note);
    if (!is_signed) sign(&s);
    return s.err;
}
