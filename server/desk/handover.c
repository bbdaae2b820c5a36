#include "desk/handover.h"
#include "base/mem.h"
#include "desk/chart_write.h"
#include "desk/handover_texts.h"
#include "desk/opinion_own.h"
#include "desk/opinion_texts.h"
#include "desk/sheet_own.h"
#include "desk/xhtml.h"
#include "records/seal.h"

enum { TEXT_MAX = 256 * 1024 };

static const struct {
    const char *name, *loinc;
} kinds[HANDOVER_KINDS] = {
    [HANDOVER_PACKET] = {"packet", "18761-7"}, [HANDOVER_RELEASE] = {"release", "18842-5"}};

/* -- gathered -- */

static void add_line(struct buf *to, const struct paper_block *b)
{
    bool is_first = true;
    if (to->bytes) buf_add_char(to, '\n');
    for (size_t i = 0; i < PAPER_CELLS; i++) {
        if (b->cells[i].bytes == 0) continue;
        if (!is_first) buf_add_text(to, "  ");
        buf_add_str(to, b->cells[i]);
        is_first = false;
    }
}

/* A part of the sheet, as a title and lines. */
static enum err take_part(struct sheet *s, enum sheet_part part, struct handover *h)
{
    struct paper paper = {.is_english = s->by->is_english};
    struct buf text;
    struct handover_part *p = &h->parts[h->count];
    ASSERT(h->count < HANDOVER_PARTS_MAX);
    s->paper = &paper;
    *p = (struct handover_part){.title = str_of(handover_word(HANDOVER_ALLERGIES, s->by->is_english))};
    sheet_put_part(s, part, h->patient);
    buf_init(&text, TEXT_MAX);
    for (const struct paper_block *b = paper.first; b; b = b->next) {
        if (b->kind == PAPER_HEADING)
            p->title = b->cells[0];
        else if (b->kind != PAPER_HEADS)
            add_line(&text, b);
    }
    enum err err = chart_take(s->who, &text, &p->text);
    h->count++;
    return s->err ? s->err : err;
}

static enum err take_digest(struct handover *h)
{
    struct digest *d = digest_new();
    if (!d) return ERR_NOMEM;
    digest_add(d, h->title.at, h->title.bytes);
    for (uint32_t i = 0; i < h->count; i++) {
        digest_add(d, "\n\n", 2);
        digest_add(d, h->parts[i].title.at, h->parts[i].title.bytes);
        digest_add(d, "\n", 1);
        digest_add(d, h->parts[i].text.at, h->parts[i].text.bytes);
    }
    struct digest_value v = digest_end(d);
    digest_free(d);
    str_hex(v.at, DIGEST_BYTES, h->digest);
    return OK;
}

enum err handover_gather(struct tx *tx, struct record_reader *who, const struct sheet_by *by,
                         enum handover_kind kind, struct str patient, struct handover_part first,
                         struct handover *ret)
{
    static const enum sheet_part parts[HANDOVER_KINDS][6] = {
        [HANDOVER_PACKET] = {SHEET_PART_ALLERGIES, SHEET_PART_PROBLEMS, SHEET_PART_MEDICATION,
                             SHEET_PART_VITALS, SHEET_PART_OPINION, SHEET_PARTS},
        [HANDOVER_RELEASE] = {SHEET_PART_ALLERGIES, SHEET_PART_PROBLEMS, SHEET_PART_MEDICATION,
                              SHEET_PART_RESULTS, SHEET_PART_FOLLOW_UPS, SHEET_PARTS}};
    struct sheet s = {.tx = tx, .who = who, .by = by};
    struct chart_item item;
    enum handover_word title = kind == HANDOVER_PACKET ? HANDOVER_PACKET_TITLE : HANDOVER_RELEASE_TITLE;
    *ret = (struct handover){
        .kind = kind, .title = str_of(handover_word(title, by->is_english)), .patient = patient};
    enum err err = chart_one(tx, who, "Patient", patient, &item);
    if (!err && first.title.at) ret->parts[ret->count++] = first;
    for (uint32_t i = 0; !err && parts[kind][i] != SHEET_PARTS; i++)
        err = take_part(&s, parts[kind][i], ret);
    return err ? err : take_digest(ret);
}

void handover_write(const struct handover *h, struct json_out *to)
{
    json_put_str(to, "title", h->title);
    json_open_array(to, "parts");
    for (uint32_t i = 0; i < h->count; i++) {
        json_open(to, NULL);
        json_put_str(to, "title", h->parts[i].title);
        json_put_str(to, "text", h->parts[i].text);
        json_close(to);
    }
    json_close_array(to);
    json_put_text(to, "digest", h->digest);
}

/* -- signed -- */

static void put_section(struct record_reader *server, struct json_out *o, const struct handover_part *p)
{
    struct buf div;
    struct str text, rest = p->text;
    buf_init(&div, 4 * TEXT_MAX);
    buf_add_text(&div, "<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    while (rest.bytes) {
        buf_add_text(&div, "<p>");
        opinion_put_escaped(&div, str_cut(&rest, '\n'));
        buf_add_text(&div, "</p>");
    }
    buf_add_text(&div, "</div>");
    enum err err = chart_take(server, &div, &text);
    if (err) {
        o->to->err = err;
        return;
    }
    json_open(o, NULL);
    json_put_str(o, "title", p->title);
    json_open(o, "text");
    json_put_text(o, "status", "generated");
    json_put_str(o, "div", text);
    json_close(o);
    json_close(o);
}

static enum err put_body(struct tx *tx, struct record_reader *server, struct json_out *o,
                         const struct opinion_by *by, const struct handover *h, struct str encounter)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Composition");
    json_put_text(o, "status", "final");
    chart_put_code(o, "type", "http://loinc.org", kinds[h->kind].loinc, NULL);
    opinion_put_reference(o, server->arena, "subject", "Patient", h->patient);
    if (encounter.bytes) chart_put_reference(o, "encounter", encounter);
    json_put_instant(o, "date", tx->now);
    json_open_array(o, "author");
    enum err err = chart_put_person(tx, server, o, NULL, by->account, by->display);
    json_close_array(o);
    json_put_str(o, "title", h->title);
    json_open_array(o, "section");
    for (uint32_t i = 0; i < h->count; i++)
        put_section(server, o, &h->parts[i]);
    json_close_array(o);
    json_close(o);
    return err;
}

/* What the site vouches with is there before the first paper. */
static enum err have_site_key(struct tx *tx, enum sign_algorithm algorithm)
{
    struct site_key key;
    enum err err = site_key_find(tx, algorithm, &key);
    if (err == ERR_NOT_FOUND) err = site_key_make(tx, algorithm, &key);
    mem_wipe(&key, sizeof key);
    return err;
}

enum err handover_sign(struct tx *tx, struct record_reader *server, const struct opinion_by *by,
                       const struct handover *h, struct str encounter, struct record_head *ret)
{
    struct buf text;
    struct json_out o;
    struct str body;
    struct chart_item item;
    int64_t id;
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    json_out_init(&o, &text);
    enum err err = put_body(tx, server, &o, by, h, encounter);
    enum err taken = chart_take(server, &text, &body);
    if (!err) err = taken;
    if (!err)
        err = chart_write(tx, server, fhir_resource_of(STR("Composition")), STR(""), 0, body, ret, NULL);
    if (!err) err = chart_one(tx, server, "Composition", ret->id, &item); /* as it stands in the record */
    if (!err) err = have_site_key(tx, by->algorithm);
    if (err) return err;
    struct record record = {.head = item.head, .body = item.tape.body};
    struct seal_ask ask = {
        .record = &record, .account = by->account, .role = role_name(by->acting), .algorithm = by->algorithm};
    return seal_sign(tx, server->arena, &ask, &id);
}

/* -- on paper -- */

static void draw_sections(struct sheet *s, const struct chart_item *item)
{
    uint32_t sections = tape_get(&item->tape, 0, STR("section"));
    for (uint32_t i = 0, at;
         sections != TAPE_NONE && !s->err && (at = tape_at(&item->tape, sections, i)) != TAPE_NONE; i++) {
        struct str text = {0};
        enum err err = xhtml_plain(s->who->arena, chart_text(s->who, item, at, "text.div"), &text);
        if (err) s->err = err;
        sheet_add(s, PAPER_HEADING, chart_text(s->who, item, at, "title"));
        sheet_add(s, PAPER_TEXT, text);
    }
}

enum err handover_paper(struct tx *tx, struct record_reader *all, const struct sheet_by *by,
                        enum handover_kind kind, struct str composition, struct str to,
                        struct opinion_paper *ret)
{
    struct sheet s = {.tx = tx, .who = all, .by = by, .paper = &ret->paper};
    struct chart_item item, patient;
    char code[OPINION_CODE_BYTES];
    struct str id = composition, type = str_cut(&id, '/');
    ret->picture_count = 0;
    if (!str_is_text(type, "Composition")) return ERR_NOT_FOUND;
    enum err err = chart_one(tx, all, "Composition", id, &item);
    if (err) return err;
    if (!str_is_text(chart_text(all, &item, 0, "type.coding.code"), kinds[kind].loinc)) return ERR_NOT_FOUND;
    struct str whose = chart_text(all, &item, 0, "subject.reference");
    (void)str_cut(&whose, '/');
    err = chart_one(tx, all, "Patient", whose, &patient);
    if (!err) err = opinion_code_of_document(all, &item, code);
    if (!err)
        err = opinion_bundle_open_alone(tx, all, &item, kinds[kind].name, whose, by->site, &ret->bundle);
    if (err) return err;
    const char *title = arena_text(all->arena, chart_text(all, &item, 0, "title").at,
                                   chart_text(all, &item, 0, "title").bytes);
    if (!title) return ERR_NOMEM;
    sheet_begin(&s, title, &patient);
    ret->paper.mark = to;
    draw_sections(&s, &item);
    sheet_put_signatures(&s, &item);
    opinion_sheet_verify(&s, &ret->bundle, code);
    return s.err;
}
