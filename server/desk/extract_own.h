/* extract_own: an extract under way, between extract.c, extract_record.c and extract_trail.c. */
#ifndef DESK_EXTRACT_OWN_H
#define DESK_EXTRACT_OWN_H
#include "base/zip.h"
#include "desk/extract.h"
#include "desk/extract_texts.h"
#include "paper/paper.h"

struct extract {
    struct arena *arena;
    int64_t id;
    struct export_row row;
    struct extract_who who;
    struct instant now;
    struct paper paper;
    uint32_t count;
    bool is_cut; /* the paper does not hold all */
    enum err err;
    struct paper_block nowhere; /* takes what no longer fits; never read */
    /* of an archive */
    const char *files;
    struct file_writer *file;
    struct file_seal seal;
    struct zip zip;
    struct digest *lines; /* NDJSON: all of it */
    struct digest_value pdf_hash, lines_hash;
    size_t pdf_bytes, lines_bytes;
};

static inline struct str extract_says(const struct extract *x, enum extract_word w)
{
    return str_of(extract_word(w, x->who.is_english));
}
/* A copy for the person concerned, which is no export: it has no number. */
static inline bool extract_is_own(const struct extract *x)
{
    return x->id == 0;
}
struct str extract_own(struct extract *x, char *text); /* NULL: no memory, which is noted */
/* A block more, as long as the paper has room. */
struct paper_block *extract_add(struct extract *x, enum paper_kind kind, struct str cell);
/* Four cells under EXTRACT_WHEN and the heads given. */
void extract_heads(struct extract *x, enum extract_word a, enum extract_word b, enum extract_word c);
void extract_row(struct extract *x, const struct str cells[PAPER_CELLS]);
/* One line of NDJSON, into the archive. */
void extract_line(struct extract *x, struct str json);
/* Local day and minute of an instant's text; what is none is given back. */
struct str extract_when(struct extract *x, struct str text);
/* The facts that stand first: for whom, why, who asked and granted. */
void extract_begin(struct extract *x, enum extract_word title, struct str subject);

#endif
