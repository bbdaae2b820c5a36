#include "desk/opinion_sheet.h"
#include "auth/qr.h"
#include "base/mem.h"
#include "desk/chart_write.h"
#include "desk/opinion_texts.h"
#include "desk/sheet_own.h"
#include "paper/paper_attach.h"
#include "records/attach.h"
#include <stdio.h>

enum {
    PICTURE_BYTES_MAX = 8 << 20,
    PICTURES_BYTES_MAX = 14 << 20, /* as base64, in an order of PAPER_ORDER_BYTES_MAX */
    BUNDLE_ARENA_BYTES = 8 << 20
};

struct filling {
    struct sheet s;
    struct record_reader *all;
    const struct opinion *o;
    struct opinion_paper *to;
};

static const char *word(const struct filling *f, enum opinion_word w)
{
    return opinion_word(w, f->s.by->is_english);
}

static void heading(struct filling *f, enum opinion_word w)
{
    sheet_add(&f->s, PAPER_HEADING, str_of(word(f, w)));
}

static struct paper_block *fact(struct filling *f, struct str label, struct str value)
{
    struct paper_block *b = sheet_add(&f->s, PAPER_FACT, label);
    b->cells[1] = value;
    return b;
}

/* -- what it says -- */

static void people(struct filling *f)
{
    struct sheet *s = &f->s;
    struct str start = chart_text(f->all, &f->o->encounter, 0, "period.start");
    if (start.bytes) fact(f, str_of(word(f, OPINION_WORD_MET)), sheet_when(s, start));
    for (uint32_t i = 0; i < f->o->people_count; i++) {
        const struct opinion_person *p = &f->o->people[i];
        fact(f, str_of(i ? "" : word(f, OPINION_WORD_SPECIALISTS)),
             sheet_joined(s, p->display, word(f, OPINION_WORD_COMMA), p->hospital));
    }
}

static void text(struct filling *f)
{
    const struct opinion_text *t = &f->o->text;
    bool is_english = f->s.by->is_english;
    if (t->words[OPINION_FINDINGS].bytes) {
        heading(f, OPINION_WORD_FINDINGS);
        sheet_add(&f->s, PAPER_TEXT, t->words[OPINION_FINDINGS]);
    }
    if (t->words[OPINION_ASSESSMENT].bytes || t->code_count) heading(f, OPINION_WORD_ASSESSMENT);
    for (uint32_t i = 0; i < t->code_count; i++)
        fact(f, t->codes[i].code, t->codes[i].display);
    if (t->words[OPINION_ASSESSMENT].bytes) sheet_add(&f->s, PAPER_TEXT, t->words[OPINION_ASSESSMENT]);
    if (t->item_count) heading(f, OPINION_WORD_ADVICE);
    for (uint32_t i = 0; i < t->item_count; i++)
        fact(f, str_of(opinion_kind_words(t->items[i].kind, is_english)), t->items[i].words);
    if (!t->words[OPINION_FOLLOW_UP].bytes && !t->due.bytes) return;
    heading(f, OPINION_WORD_FOLLOW_UP);
    if (t->words[OPINION_FOLLOW_UP].bytes) sheet_add(&f->s, PAPER_TEXT, t->words[OPINION_FOLLOW_UP]);
    if (t->due.bytes) fact(f, str_of(word(f, OPINION_WORD_DUE)), t->due);
}

static enum err note_picture(struct filling *f, const struct opinion_still *still, struct paper_block *b)
{
    struct attach a;
    if (still->file == 0) return OK;
    enum err err = attach_at(f->s.tx, f->all->records, still->file, &a);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    bool is_drawn = str_is_text(str_of(a.type), "image/png") || str_is_text(str_of(a.type), "image/jpeg");
    if (is_drawn) f->to->pictures[f->to->picture_count++] = (struct opinion_picture){b, a.seal};
    mem_wipe(&a, sizeof a);
    return OK;
}

static void stills(struct filling *f)
{
    struct sheet *s = &f->s;
    uint32_t n = 0;
    struct opinion_still *still = arena_alloc(f->all->arena, OPINION_STILLS_MAX * sizeof *still);
    enum err err = still ? opinion_stills(s->tx, f->all, f->o, still, &n) : ERR_NOMEM;
    if (n) heading(f, OPINION_WORD_STILLS);
    for (uint32_t i = 0; i < n && !err && !s->err; i++) {
        struct str at = sheet_when(s, still[i].at);
        struct paper_block *b = sheet_add(s, PAPER_PICTURE, STR(""));
        b->cells[1] =
            sheet_own(s, arena_printf(f->all->arena, "%.*s\n%.*s\nSHA-256 %s", (int)still[i].title.bytes,
                                      still[i].title.at ? still[i].title.at : "", (int)at.bytes, at.at,
                                      still[i].sha256));
        if (!s->err) err = note_picture(f, &still[i], b);
    }
    if (err && !s->err) s->err = err;
}

/* -- who answers for it -- */

static const char *algorithm_words(enum sign_algorithm a)
{
    return a == SIGN_SM2 ? "SM2 / SM3" : "ECDSA P-256 / SHA-256";
}

/* Name, role, hospital; when, by what; the key's fingerprint in full: what a reader compares. */
static void signed_by(struct filling *f, struct str name, struct str role, struct str hospital,
                      const char *did, struct instant at, enum sign_algorithm algorithm, struct str public,
                      struct str more)
{
    char print[SITE_KEY_FINGERPRINT_BYTES] = "?";
    struct sheet *s = &f->s;
    if (site_key_fingerprint(public, print)) snprintf(print, sizeof print, "?");
    struct str who = sheet_joined(s, role, word(f, OPINION_WORD_COMMA), hospital),
               when = sheet_instant(s, at);
    fact(f, name,
         sheet_own(s, arena_printf(f->all->arena, "%.*s\n%s %.*s%s%s\n%s %s%s%.*s", (int)who.bytes, who.at,
                                   did, (int)when.bytes, when.at, word(f, OPINION_WORD_COMMA),
                                   algorithm_words(algorithm), word(f, OPINION_WORD_KEY), print,
                                   more.bytes ? "\n" : "", (int)more.bytes, more.bytes ? more.at : "")));
}

static void signatures_of(struct filling *f, const struct chart_item *document)
{
    struct opinion_signature *g = arena_alloc(f->all->arena, OPINION_SIGNATURES_MAX * sizeof *g);
    uint32_t n = 0;
    struct sheet *s = &f->s;
    enum err err = g ? opinion_signatures(s->tx, f->all, document, s->by->site, g, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        bool is_clinic = !str_is_text(g[i].role, "specialist");
        struct str broken = g[i].holds ? STR("") : str_of(word(f, OPINION_WORD_BROKEN));
        signed_by(f, g[i].display, str_of(word(f, is_clinic ? OPINION_WORD_CLINIC : OPINION_WORD_SPECIALIST)),
                  g[i].hospital, word(f, is_clinic ? OPINION_WORD_RECEIVED : OPINION_WORD_SIGNED), g[i].at,
                  g[i].algorithm, g[i].public, broken);
    }
    if (err && !s->err) s->err = err;
}

static void answers(struct filling *f)
{
    struct opinion_dissent d[COSIGNERS_MAX + 1];
    struct sheet *s = &f->s;
    uint32_t n = 0;
    enum err err = opinion_dissents(s->tx, f->all->arena, f->o->composition.seq, d, &n);
    heading(f, OPINION_WORD_SIGNATURES);
    signatures_of(f, &f->o->body);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct str hospital = {0}, reason = d[i].text;
        (void)str_cut(&reason, '\n');
        for (uint32_t k = 0; k < f->o->people_count; k++)
            if (str_is(f->o->people[k].account, d[i].account)) hospital = f->o->people[k].hospital;
        signed_by(f, d[i].display, str_of(word(f, OPINION_WORD_SPECIALIST)), hospital,
                  word(f, OPINION_WORD_DISSENTED), d[i].at, d[i].algorithm, d[i].public,
                  sheet_joined(s, str_of(word(f, OPINION_WORD_REASON)), "", reason));
    }
    for (uint32_t i = 0; i < f->o->people_count && !err; i++) {
        const struct opinion_person *p = &f->o->people[i];
        if (p->answer == OPINION_WAITED) fact(f, p->display, str_of(word(f, OPINION_WORD_WAITED)));
        if (p->answer == OPINION_EXCUSED)
            fact(f, p->display, sheet_joined(s, str_of(word(f, OPINION_WORD_WITHOUT)), "", p->reason));
    }
    if (err && !s->err) s->err = err;
}

static void amendments(struct filling *f)
{
    struct chart_list list;
    struct sheet *s = &f->s;
    enum err err = opinion_amendments(s->tx, f->all, f->o, &list);
    if (!err && list.count) heading(f, OPINION_WORD_AMENDMENTS);
    for (uint32_t i = 0; !err && i < list.count; i++) {
        struct opinion_amendment a;
        err = opinion_amendment_read(f->all, &list.at[i], &a);
        if (err) break;
        sheet_add(s, PAPER_TEXT, sheet_joined(s, a.by, "  ", sheet_when(s, a.at)));
        sheet_add(s, PAPER_TEXT, sheet_joined(s, str_of(word(f, OPINION_WORD_REASON)), "", a.reason));
        sheet_add(s, PAPER_TEXT, a.words);
        signatures_of(f, &list.at[i]);
    }
    if (err && !s->err) s->err = err;
}

void opinion_sheet_verify(struct sheet *s, const struct opinion_bundle *bundle, const char *code)
{
    char print[SITE_KEY_FINGERPRINT_BYTES] = "";
    bool is_english = s->by->is_english;
    struct buf rows;
    struct str squares;
    enum err err = site_key_fingerprint(str_of(bundle->key.public), print);
    char *said = err ? NULL : arena_printf(s->who->arena, "yunqiao opinion 1 %s %.*s", code, 16, print);
    buf_init(&rows, 64 * 1024);
    if (!err) err = said ? qr_rows(&rows, said) : ERR_NOMEM;
    enum err taken = chart_take(s->who, &rows, &squares);
    if (!err) err = taken;
    if (err && !s->err) s->err = err;
    if (s->err) return;
    sheet_add(s, PAPER_HEADING, str_of(opinion_word(OPINION_WORD_VERIFY, is_english)));
    struct paper_block *b = sheet_add(s, PAPER_CODE, squares);
    b->cells[1] = sheet_own(s, arena_printf(s->who->arena, "%s %s\n%s %s\n%s",
                                            opinion_word(OPINION_WORD_CODE, is_english), code,
                                            opinion_word(OPINION_WORD_SITE_KEY, is_english), print,
                                            opinion_word(OPINION_WORD_HOW, is_english)));
}

static void verify_by(struct filling *f)
{
    char code[OPINION_CODE_BYTES];
    enum err err = opinion_code_of(f->all, f->o, code);
    if (err && !f->s.err) f->s.err = err;
    if (!f->s.err) opinion_sheet_verify(&f->s, &f->to->bundle, code);
}

enum err opinion_sheet(struct tx *tx, struct record_reader *all, const struct sheet_by *by,
                       const struct opinion *o, struct opinion_paper *ret)
{
    struct filling f = {
        .s = {.tx = tx, .who = all, .by = by, .paper = &ret->paper}, .all = all, .o = o, .to = ret};
    struct chart_item patient;
    ret->picture_count = 0;
    enum err err = opinion_bundle_open(tx, all, o, by->site, &ret->bundle);
    if (!err) err = chart_one(tx, all, "Patient", o->patient, &patient);
    if (err) return err;
    sheet_begin(&f.s, word(&f, OPINION_WORD_TITLE), &patient);
    if (o->state != OPINION_FINAL) ret->paper.mark = str_of(word(&f, OPINION_WORD_MARK));
    people(&f);
    text(&f);
    stills(&f);
    answers(&f);
    amendments(&f);
    verify_by(&f);
    return f.s.err;
}

/* -- drawn -- */

static enum err load_picture(const struct opinion_picture *p, struct arena *arena, const char *files,
                             size_t *left)
{
    struct file_reader *reader;
    size_t bytes = (size_t)p->seal.bytes, at = 0;
    if (p->seal.bytes <= 0 || bytes > PICTURE_BYTES_MAX || bytes / 3 * 4 + 8 > *left)
        return OK; /* its hash alone */
    enum err err = file_reader_new(files, &p->seal, &reader);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    char *raw = mem_alloc(bytes), *text = arena_alloc(arena, STR_BASE64_BYTES(bytes));
    if (!raw || !text) err = ERR_NOMEM;
    while (at < bytes && !err) {
        size_t n = 0;
        err = file_reader_get(reader, (int64_t)at, raw + at, bytes - at, &n);
        if (n == 0) break;
        at += n;
    }
    file_reader_free(reader);
    if (!err && at < bytes) err = ERR_CORRUPT;
    if (!err) p->block->cells[0] = (struct str){text, str_base64url(raw, bytes, text)};
    if (!err) *left -= p->block->cells[0].bytes;
    if (raw) mem_wipe_free(raw, bytes);
    return err;
}

static enum err attach_bundle(const struct opinion_paper *p, struct arena *arena, struct buf *to)
{
    struct buf bundle;
    buf_init(&bundle, OPINION_BUNDLE_BYTES_MAX);
    enum err err = opinion_bundle_close(&p->bundle, arena, buf_str(to), &bundle);
    if (!err) err = paper_attach(to, OPINION_BUNDLE_NAME, buf_str(&bundle));
    buf_done(&bundle);
    return err;
}

enum err opinion_sheet_pdf(struct opinion_paper *p, const char *files, const char *press, struct buf *to)
{
    uint32_t pages;
    size_t left = PICTURES_BYTES_MAX;
    struct arena *arena = arena_new(PICTURES_BYTES_MAX + BUNDLE_ARENA_BYTES); /* a request's own is less */
    enum err err = arena ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < p->picture_count && !err; i++)
        err = load_picture(&p->pictures[i], arena, files, &left);
    if (!err) err = paper_pdf(press, &p->paper, to, &pages);
    if (!err) err = attach_bundle(p, arena, to);
    for (uint32_t i = 0; i < p->picture_count; i++)
        p->pictures[i].block->cells[0] = (struct str){0};
    arena_free(arena);
    return err;
}

void opinion_paper_done(struct opinion_paper *p)
{
    mem_wipe(&p->bundle.key, sizeof p->bundle.key);
    for (uint32_t i = 0; i < p->picture_count; i++)
        mem_wipe(p->pictures[i].seal.key, sizeof p->pictures[i].seal.key);
}
