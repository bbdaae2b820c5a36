#include "desk/extract.h"
#include "base/json.h"
#include "base/mem.h"
#include "desk/extract_own.h"
#include "records/seal.h"
#include <stdio.h>
#include <time.h>

enum { ARENA_BYTES = 64 * 1024 * 1024, BLOCKS_MAX = PAPER_BLOCKS_MAX - 50 };

static const char pdf_name[] = "export.pdf", lines_name[] = "export.ndjson";

struct extract *extract_new(int64_t id, const struct export_row *row, const struct extract_who *who,
                            const char *files, struct instant now)
{
    struct extract *x = mem_zalloc(sizeof *x);
    if (!x) return NULL;
    x->id = id;
    x->row = *row;
    x->who = *who;
    x->now = now;
    x->arena = arena_new(ARENA_BYTES);
    x->files = files;
    x->lines = digest_new();
    if (x->arena && x->lines) return x;
    extract_free(x);
    return NULL;
}

void extract_free(struct extract *x)
{
    if (!x) return;
    arena_free(x->arena);
    digest_free(x->lines);
    file_writer_free(x->file);
    zip_done(&x->zip);
    mem_free(x);
}

struct arena *extract_arena(struct extract *x)
{
    return x->arena;
}

/* -- for those that fill it -- */

struct str extract_own(struct extract *x, char *text)
{
    if (!text) x->err = ERR_NOMEM;
    return str_of(text);
}

struct paper_block *extract_add(struct extract *x, enum paper_kind kind, struct str cell)
{
    bool has_room = x->paper.count < BLOCKS_MAX;
    struct paper_block *b = x->err || !has_room ? NULL : paper_add(&x->paper, x->arena, kind, cell);
    if (!has_room) x->is_cut = true;
    if (!b && has_room && !x->err) x->err = ERR_NOMEM;
    return b ? b : &x->nowhere;
}

void extract_row(struct extract *x, const struct str cells[PAPER_CELLS])
{
    struct paper_block *b = extract_add(x, PAPER_ROW, cells[0]);
    for (int i = 1; i < PAPER_CELLS; i++)
        b->cells[i] = cells[i];
}

void extract_heads(struct extract *x, enum extract_word a, enum extract_word b, enum extract_word c)
{
    struct paper_block *heads = extract_add(x, PAPER_HEADS, extract_says(x, EXTRACT_WHEN));
    heads->cells[1] = extract_says(x, a);
    heads->cells[2] = extract_says(x, b);
    heads->cells[3] = extract_says(x, c);
}

void extract_line(struct extract *x, struct str json)
{
    static const struct str end = {"\n", 1};
    x->count++;
    if (!x->file || x->err) return;
    digest_add(x->lines, json.at, json.bytes);
    digest_add(x->lines, end.at, end.bytes);
    x->lines_bytes += json.bytes + end.bytes;
    x->err = zip_write(&x->zip, json);
    if (!x->err) x->err = zip_write(&x->zip, end);
}

static struct str local_in(struct arena *arena, const struct zone *zone, struct instant at)
{
    struct tm tm;
    char shown[32];
    time_t seconds = (time_t)zone_wall(zone, at).s;
    gmtime_r(&seconds, &tm);
    strftime(shown, sizeof shown, "%Y-%m-%d %H:%M", &tm);
    return str_of(arena_text(arena, shown, strlen(shown)));
}

static struct str local(struct extract *x, struct instant at)
{
    return extract_own(x, (char *)(uintptr_t)local_in(x->arena, x->who.zone, at).at);
}

struct str extract_when(struct extract *x, struct str text)
{
    struct instant at;
    return text.bytes <= 10 || !instant_from_text(text, &at) ? text : local(x, at);
}

static void fact(struct extract *x, enum extract_word label, struct str value)
{
    if (value.bytes) extract_add(x, PAPER_FACT, extract_says(x, label))->cells[1] = value;
}

char *extract_mark(struct arena *arena, const struct extract_who *who, struct str recipient, int64_t id,
                   struct instant at)
{
    const char *gap = who->is_english ? "" : " ";
    struct str when = local_in(arena, who->zone, at);
    if (!when.at) return NULL;
    if (id == 0)
        return arena_printf(arena, "%s%s%.*s · %s", extract_word(EXTRACT_PRINTED, who->is_english), gap,
                            (int)who->by.bytes, who->by.at, when.at);
    return arena_printf(arena, "%s%s%.*s · %s%s%.*s · %s · %s%s%lld",
                        extract_word(EXTRACT_FOR, who->is_english), gap, (int)recipient.bytes, recipient.at,
                        extract_word(EXTRACT_BY, who->is_english), gap, (int)who->by.bytes, who->by.at,
                        when.at, extract_word(EXTRACT_NUMBER, who->is_english), gap, (long long)id);
}

static enum err into_file(void *ctx, struct str bytes)
{
    struct extract *x = ctx;
    return file_writer_add(x->file, bytes.at, bytes.bytes);
}

static enum err open_archive(struct extract *x)
{
    enum err err = file_writer_new(x->files, &x->file);
    if (!err) err = zip_init(&x->zip, into_file, x, x->now, zone_offset(x->who.zone, x->now).s / 60);
    return err ? err : zip_open(&x->zip, lines_name);
}

void extract_begin(struct extract *x, enum extract_word title, struct str subject)
{
    struct str line = extract_own(x, extract_mark(x->arena, &x->who, x->row.ask.recipient, x->id, x->now));
    if (x->row.ask.is_zip && !x->err) x->err = open_archive(x);
    x->paper = (struct paper){.site = x->who.site,
                              .title = extract_says(x, title),
                              .subject = subject,
                              .foot = line,
                              .mark = line,
                              .is_english = x->who.is_english,
                              .made = x->now};
    fact(x, EXTRACT_RECIPIENT, x->row.ask.recipient);
    fact(x, EXTRACT_REASON, x->row.ask.reason);
    fact(x, EXTRACT_ASKED, x->row.asked_by);
    fact(x, EXTRACT_GRANTED, x->row.decided_by);
}

/* -- the file -- */

static enum err draw_pdf(struct extract *x, const char *press, struct buf *to)
{
    uint32_t pages;
    if (x->is_cut && paper_add(&x->paper, x->arena, PAPER_ALERT, extract_says(x, EXTRACT_CUT)) == NULL)
        return ERR_NOMEM;
    return paper_pdf(press, &x->paper, to, &pages);
}

enum err extract_draw(struct extract *x, const char *press, struct buf *to)
{
    struct buf pdf;
    if (!x->row.ask.is_zip) return draw_pdf(x, press, to);
    buf_init(&pdf, EXTRACT_PDF_BYTES_MAX);
    enum err err = zip_close(&x->zip);
    if (!err) err = draw_pdf(x, press, &pdf);
    if (!err) err = zip_add(&x->zip, pdf_name, buf_str(&pdf));
    x->pdf_bytes = pdf.bytes;
    x->pdf_hash = digest_of(pdf.at, pdf.bytes);
    x->lines_hash = digest_end(x->lines);
    buf_done(&pdf);
    return err;
}

struct file_writer *extract_file(struct extract *x, struct file_seal *ret)
{
    struct file_writer *file = x->file;
    *ret = x->seal;
    x->file = NULL;
    return file;
}

static void put_file(struct json_out *o, const char *name, size_t bytes, const struct digest_value *hash)
{
    char hex[2 * DIGEST_BYTES + 1];
    str_hex(hash->at, sizeof hash->at, hex);
    json_open(o, NULL);
    json_put_text(o, "name", name);
    json_put_int(o, "bytes", (int64_t)bytes);
    json_put_text(o, "sha256", hex);
    json_close(o);
}

static void write_manifest(const struct extract *x, struct str account, struct buf *to)
{
    struct json_out o;
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_text(&o, "yunqiao", "export 1");
    json_put_int(&o, "export", x->id);
    json_put_text(&o, "kind", export_kind_name(x->row.ask.kind));
    json_put_str(&o, "site", x->who.site);
    json_put_instant(&o, "at", x->now);
    json_put_str(&o, "for", x->row.ask.recipient);
    json_put_str(&o, "reason", x->row.ask.reason);
    json_put_str(&o, "asked_by", x->row.asked_by);
    json_put_str(&o, "granted_by", x->row.decided_by);
    json_put_str(&o, "exported_by", x->who.by);
    json_put_str(&o, "account", account);
    json_put_int(&o, "entries", x->count);
    json_open_array(&o, "files");
    put_file(&o, pdf_name, x->pdf_bytes, &x->pdf_hash);
    put_file(&o, lines_name, x->lines_bytes, &x->lines_hash);
    json_close_array(&o);
    json_close(&o);
}

enum err extract_seal(struct extract *x, struct tx *tx, struct str account)
{
    struct seal_text seal;
    struct buf manifest;
    if (!x->row.ask.is_zip) return OK;
    buf_init(&manifest, 1 << 20);
    write_manifest(x, account, &manifest);
    enum err err = manifest.err;
    if (!err) err = seal_text(tx, account, SIGN_ECDSA, buf_str(&manifest), &seal);
    if (!err) err = zip_add(&x->zip, "manifest.json", buf_str(&manifest));
    if (!err)
        err = zip_add(&x->zip, "manifest.sig", (struct str){(const char *)seal.value, seal.value_bytes});
    if (!err) err = zip_add(&x->zip, "signer.pem", str_of(seal.public));
    if (!err) err = zip_end(&x->zip);
    if (!err) err = file_writer_end(x->file, &x->seal);
    buf_done(&manifest);
    return err;
}
