/* The stills of a visit: which are there while the opinion is written, and which it names once it is signed. */
#include "base/mem.h"
#include "desk/opinion_own.h"
#include "desk/opinion_texts.h"
#include "records/attach.h"

static enum err hash_of_file(struct tx *tx, struct record_reader *all, struct str url,
                             struct opinion_still *ret)
{
    struct record_head binary;
    struct attach a;
    struct str id = url, type = str_cut(&id, '/');
    if (!str_is_text(type, "Binary")) return OK;
    enum err err = record_head_find(tx, all->arena, fhir_resource_of(STR("Binary")), id, &binary);
    if (!err) err = attach_of(tx, all->records, binary.row, binary.version, &a);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    mem_wipe(a.seal.key, sizeof a.seal.key);
    ret->file = a.id;
    str_hex(a.seal.sha256.at, DIGEST_BYTES, ret->sha256);
    return OK;
}

static enum err read_still(struct tx *tx, struct record_reader *all, const struct chart_item *d,
                           struct opinion_still *ret)
{
    *ret = (struct opinion_still){.title = chart_text(all, d, 0, "content.attachment.title"),
                                  .at = chart_text(all, d, 0, "date")};
    const char *reference =
        arena_printf(all->arena, "DocumentReference/%.*s", (int)d->head.id.bytes, d->head.id.at);
    if (!reference) return ERR_NOMEM;
    ret->reference = str_of(reference);
    if (!ret->title.bytes) ret->title = chart_text(all, d, 0, "description");
    return hash_of_file(tx, all, chart_text(all, d, 0, "content.attachment.url"), ret);
}

enum err opinion_stills_now(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct opinion_still ret[OPINION_STILLS_MAX], uint32_t *ret_n)
{
    struct chart_list list;
    const char *more = arena_printf(all->arena, "&encounter=Encounter/%.*s&_sort=date",
                                    (int)o->visit.id.bytes, o->visit.id.at);
    enum err err = more ? chart_list(tx, all, "DocumentReference", o->patient, more, &list) : ERR_NOMEM;
    uint32_t n = 0;
    for (uint32_t i = 0; !err && i < list.count && n < OPINION_STILLS_MAX; i++)
        err = read_still(tx, all, &list.at[i], &ret[n++]);
    if (!err) *ret_n = n;
    return err;
}

enum err opinion_stills(struct tx *tx, struct record_reader *all, const struct opinion *o,
                        struct opinion_still ret[OPINION_STILLS_MAX], uint32_t *ret_n)
{
    const struct tape *t = &o->body.tape;
    uint32_t sections = tape_get(t, 0, STR("section")), n = 0;
    enum err err = OK;
    for (uint32_t i = 0, at; sections != TAPE_NONE && (at = tape_at(t, sections, i)) != TAPE_NONE; i++) {
        uint32_t entries = tape_get(t, at, STR("entry"));
        if (!str_is_text(chart_text(all, &o->body, at, "id"), "stills") || entries == TAPE_NONE) continue;
        for (uint32_t k = 0, e; !err && n < OPINION_STILLS_MAX && (e = tape_at(t, entries, k)) != TAPE_NONE;
             k++) {
            struct chart_item d;
            struct str id = chart_text(all, &o->body, e, "reference");
            (void)str_cut(&id, '/');
            err = chart_one(tx, all, "DocumentReference", id, &d);
            if (!err) err = read_still(tx, all, &d, &ret[n]);
            if (!err) n++;
            if (err == ERR_NOT_FOUND) err = OK; /* taken back since */
        }
    }
    if (!err) *ret_n = n;
    return err;
}

enum err opinion_put_stills(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct json_out *to)
{
    struct opinion_still *s = arena_alloc(all->arena, OPINION_STILLS_MAX * sizeof *s);
    struct buf words;
    uint32_t n = 0;
    enum err err = s ? opinion_stills_now(tx, all, o, s, &n) : ERR_NOMEM;
    if (err || n == 0) return err;
    buf_init(&words, OPINION_BODY_MAX);
    json_open(to, NULL);
    json_put_text(to, "id", "stills");
    json_put_text(to, "title", opinion_word(OPINION_WORD_STILLS, false));
    for (uint32_t i = 0; i < n; i++) {
        buf_add_str(&words, s[i].title);
        buf_add_char(&words, ' ');
        buf_add_str(&words, s[i].at);
        buf_printf(&words, " SHA-256 %s\n", s[i].sha256);
    }
    opinion_text_narrative(to, all->arena, buf_str(&words));
    json_open_array(to, "entry");
    for (uint32_t i = 0; i < n; i++) {
        json_open(to, NULL);
        json_put_str(to, "reference", s[i].reference);
        json_close(to);
    }
    json_close_array(to);
    json_close(to);
    err = words.err;
    buf_done(&words);
    return err;
}
