/* opinion_text: what specialists write together, in its four parts: findings, assessment with diagnoses, advice (a list of items, each of a
 * kind), follow-up. As JSON it comes from a browser and is kept while it is drafted; as sections of a Composition it is signed, and read
 * again from what was signed. Everything is in the arena; any thread.
 *
 *   findings    {"text"}
 *   assessment  {"text", "codes": [{"code", "display"}]}
 *   advice      {"items": [{"id", "kind", "words"}]}        kind: medication examination referral follow-up other
 *   follow-up   {"text", "due": "2026-12-03" | ""}
 */
#ifndef DESK_OPINION_TEXT_H
#define DESK_OPINION_TEXT_H
#include "base/json.h"
#include "desk/chart.h"

#define OPINION_SYSTEM "urn:yunqiao:opinion" /* of a section: which part it is */
#define OPINION_ADVICE_SYSTEM "urn:yunqiao:advice"
#define OPINION_DIAGNOSIS_URL "https://yunqiao.invalid/fhir/opinion-diagnosis"
#define OPINION_DUE_URL "https://yunqiao.invalid/fhir/opinion-due"
#define OPINION_ICD10_SYSTEM "http://hl7.org/fhir/sid/icd-10"

enum opinion_part { OPINION_FINDINGS, OPINION_ASSESSMENT, OPINION_ADVICE, OPINION_FOLLOW_UP, OPINION_PARTS };
enum opinion_kind {
    OPINION_MEDICATION,
    OPINION_EXAMINATION,
    OPINION_REFERRAL,
    OPINION_REVIEW, /* "follow-up" */
    OPINION_OTHER,
    OPINION_KINDS
};
const char *opinion_part_name(enum opinion_part part);
bool opinion_part_of(struct str name, enum opinion_part *ret);
const char *opinion_kind_name(enum opinion_kind kind);
const char *opinion_kind_words(enum opinion_kind kind, bool is_english);

#define OPINION_CODES_MAX 20
#define OPINION_ITEMS_MAX 30
#define OPINION_TEXT_BYTES_MAX 16000 /* of one part's words */
#define OPINION_ITEM_BYTES_MAX 2000
#define OPINION_JSON_BYTES_MAX (160 * 1024) /* of one part */

struct opinion_code {
    struct str code, display;
};
struct opinion_item {
    struct str id; /* "a1": for its life */
    enum opinion_kind kind;
    struct str words;
};
struct opinion_text {
    struct str words[OPINION_PARTS]; /* of advice: none */
    struct str due;                  /* of the follow-up: a day, or empty */
    struct opinion_code codes[OPINION_CODES_MAX];
    struct opinion_item items[OPINION_ITEMS_MAX];
    uint32_t code_count, item_count;
};
bool opinion_text_is_empty(const struct opinion_text *t);

/* One part from its JSON; the others stay. ERR_BAD_INPUT: it is none, *ret_where (if not NULL) says at what; ERR_NOMEM. */
enum err opinion_text_read(struct arena *arena, enum opinion_part part, const struct json *v,
                           struct opinion_text *to, const char **ret_where) MUST_USE;
/* The same part as an object under the key. */
void opinion_text_write(const struct opinion_text *t, enum opinion_part part, struct json_out *o,
                        const char *key);

/* As sections into an open array; conditions: references of the diagnoses, as many as there are, or NULL. */
void opinion_text_put(const struct opinion_text *t, struct arena *arena, const char *const *conditions,
                      struct json_out *o);
/* From the sections of a Composition. ERR_NOMEM. */
enum err opinion_text_from(struct record_reader *who, const struct chart_item *composition,
                           struct opinion_text *ret) MUST_USE;
/* A narrative of these words, under "text"; each line is a paragraph. */
void opinion_text_narrative(struct json_out *o, struct arena *arena, struct str words);

/* As text of XML. */
void opinion_put_escaped(struct buf *to, struct str s);

#endif
