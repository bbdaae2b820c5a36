/* codes: the list of diagnoses that a site works with (icd10), its one home. A starter comes with the schema: the three-character codes, and
 * finer ones of our own writing; a site loads its whole list over it (yunqiao codes load), and the next search finds in that. Drugs have
 * their own home, with what they are checked against: desk/formulary.
 *
 * Reading functions run on a reader or the desk, loading on the desk. Texts are in the arena. */
#ifndef RECORDS_CODES_H
#define RECORDS_CODES_H
#include "base/arena.h"
#include "store/store.h"

extern const struct migration codes_migrations[]; /* 241 …; ends with number 0 */

#define CODES_ICD10 "icd10"

struct code {
    struct str code, words, classes; /* classes: " nsaid topical " */
};
struct code_list {
    struct str title;
    bool is_starter;
    int64_t count;
};

/* ERR_NOT_FOUND: no such list. */
enum err codes_list(struct tx *tx, struct arena *arena, struct str list, struct code_list *ret) MUST_USE;
/* By code, Chinese characters anywhere, pinyin or its initials from the beginning; those that begin so come first. An empty text: the
 * list's beginning. */
enum err codes_search(struct tx *tx, struct arena *arena, struct str list, struct str text, size_t most,
                      struct code *ret, size_t *ret_n) MUST_USE;
enum err codes_find(struct tx *tx, struct arena *arena, struct str list, struct str code,
                    struct code *ret) MUST_USE; /* ERR_NOT_FOUND */

/* Replaces the list by lines `code,name[,classes]` (CSV, RFC 4180; UTF-8, with or without a byte order mark; a first line that begins with
 * "code" is a heading). ERR_BAD_INPUT: *ret_line says which line. */
enum err codes_load(struct tx *tx, struct str list, struct str csv, int64_t *ret_rows,
                    int64_t *ret_line) MUST_USE;

#endif
