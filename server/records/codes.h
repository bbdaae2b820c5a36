/* codes: the code lists that a site works with: diagnoses (icd10), drugs with their classes (drug), and which of these do not go together.
 * A starter list of our own writing comes with the schema; a site loads its whole list over it (yunqiao codes load). No clinical
 * knowledge base: what it does not know it does not warn of, and the starter lists say that they are such.
 *
 * Reading functions run on a reader or the desk, loading on the desk. Texts are in the arena. */
#ifndef RECORDS_CODES_H
#define RECORDS_CODES_H
#include "base/arena.h"
#include "store/store.h"

extern const struct migration codes_migrations[]; /* 241 …; ends with number 0 */

#define CODES_ICD10 "icd10"
#define CODES_DRUG "drug"

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
/* Whether the site has loaded a list of its own over the starter. */
enum err codes_are_own(struct tx *tx, struct str list, bool *ret_are) MUST_USE;
/* By code, Chinese characters anywhere, pinyin or its initials from the beginning; those that begin so come first. An empty text: the
 * list's beginning. */
enum err codes_search(struct tx *tx, struct arena *arena, struct str list, struct str text, size_t most,
                      struct code *ret, size_t *ret_n) MUST_USE;
enum err codes_find(struct tx *tx, struct arena *arena, struct str list, struct str code,
                    struct code *ret) MUST_USE; /* ERR_NOT_FOUND */

#define CODES_ALERTS_MAX 64
#define CODES_DRUGS_MAX 40
struct drug_alert {
    bool is_allergy;
    bool is_avoid;     /* else: watch */
    struct str drug;   /* a code as it was asked */
    struct str other;  /* the other drug, or the substance */
    struct str zh, en; /* what happens; of an allergy empty */
};
struct drug_check {
    struct drug_alert *alerts;
    size_t count;
    struct str unknown[CODES_DRUGS_MAX]; /* drugs that no list has: nothing can be said of them */
    size_t unknown_n;
};
/* Drugs with each other, and with substances that somebody is allergic to (drug codes or classes). ERR_LIMIT: more drugs or substances
 * than CODES_DRUGS_MAX. */
enum err codes_check(struct tx *tx, struct arena *arena, const struct str *drugs, size_t drugs_n,
                     const struct str *substances, size_t substances_n, struct drug_check *ret) MUST_USE;

/* Replaces the list by lines `code,name[,classes]` (CSV, RFC 4180; UTF-8, with or without a byte order mark; a first line that begins with
 * "code" is a heading). ERR_BAD_INPUT: *ret_line says which line. */
enum err codes_load(struct tx *tx, struct str list, struct str csv, int64_t *ret_rows,
                    int64_t *ret_line) MUST_USE;

#endif
