/* hl7: a message of HL7 v2 in its text form (ER7), as registries send it, and the acknowledgement that answers it. Sources: HL7 v2.5
 * chapter 2 (§2.5 separators, §2.7 escapes, §2.9.2 acknowledgement in original mode, §2.15 MSH, MSA, ERR), table 0211 (MSH-18).
 *
 *     MSH|^~\&|REG|SITE|YUNQIAO|SITE|20261127081500+0800||ADT^A01|MSG0001|P|2.5||||||UNICODE UTF-8 <CR>
 *     EVN|A01|20261127081500+0800 <CR>
 *     PID|1||9900417^^^SITE^PI||淳于^鹭||19880102|M <CR>
 *
 * Segments end with CR; LF and CR LF are taken too. The bytes are turned into UTF-8 before they are split, as the second byte of a GB 18030
 * character may be any of |^~\. Field 1 of MSH is the separator itself (§2.15.9). All of it lies in the arena or in the bytes given; pure,
 * any thread. */
#ifndef REGISTRY_HL7_H
#define REGISTRY_HL7_H
#include "base/buf.h"
#include "base/clock.h"
#include "base/zone.h"
#include "registry/charset.h"

#define HL7_SEGMENTS_MAX 256
#define HL7_ESCAPE_BYTES_MAX 256 /* of one \X…\ */

struct hl7_segment {
    struct str name, text; /* "PID"; the line without its end */
};
struct hl7 {
    struct hl7_segment *segments;
    size_t segment_count;
    enum charset charset; /* that it came in: the answer goes back in the same */
    char field, component, repeat, escape, subcomponent;
};

/* ERR_BAD_INPUT: no MSH, separators that are none, a segment name that is none, text of no known charset; *ret_why says what in a
 * phrase of English that holds nothing of the message. ERR_LIMIT: too many segments. */
enum err hl7_read(struct arena *arena, struct str bytes, enum charset unless_said, struct hl7 *ret,
                  const char **ret_why) MUST_USE;

/* The nth segment of that name, from 0; NULL: none. */
const struct hl7_segment *hl7_segment(const struct hl7 *m, const char *name, size_t nth);
/* A field (from 1), as it stands there; its repetitions; and of one repetition a component and subcomponent (both from 1). Empty where there
 * is none. */
struct str hl7_field(const struct hl7 *m, const struct hl7_segment *s, size_t field);
struct str hl7_repeat(const struct hl7 *m, struct str field, size_t nth /* from 0 */);
size_t hl7_repeats(const struct hl7 *m, struct str field);
struct str hl7_component(const struct hl7 *m, struct str one, size_t component, size_t subcomponent);
/* The text of a part with its escapes resolved, trimmed. HL7's null, "", is the empty text with *ret_is_null. ERR_BAD_INPUT: an escape of none
 * that we know, or that makes no UTF-8. */
enum err hl7_text(struct arena *arena, const struct hl7 *m, struct str raw, struct str *ret,
                  bool *ret_is_null) MUST_USE;
/* Field, first repetition, component: the usual way to one text. */
enum err hl7_get(struct arena *arena, const struct hl7 *m, const struct hl7_segment *s, size_t field,
                 size_t component, struct str *ret) MUST_USE;

/* TS/DTM (§2.A.22): YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]. What is not said of it is its beginning; without an offset it is a time
 * on the site's wall. */
bool hl7_instant(struct str text, const struct zone *zone, struct instant *ret);
bool hl7_date(struct str text, struct date *ret); /* its day */

/* -- the answer -- */
enum hl7_ack {
    HL7_AA, /* taken */
    HL7_AE, /* understood and not taken: it will not be, however often it is sent */
    HL7_AR, /* not taken: of no use to anybody as it is, or not now */
};
struct hl7_answer {
    enum hl7_ack code;
    const char *
        error; /* code of table 0357: "100" segment order, "101" field missing, "102" data type, "103" table value, "200" type of
                            message, "201" event, "207" ours; NULL with HL7_AA */
    const char *where; /* "PID^1^3", or NULL */
    const char *words; /* English, with nothing of the message in it; or NULL */
    struct instant now;
    const char *control; /* our own number */
    const char *site;
};
/* Writes MSH, MSA and, where there is an error, ERR: UTF-8, unframed. `to` may be NULL: of a message that could not be read. */
void hl7_ack(struct buf *out, const struct hl7 *to, const struct hl7_answer *a);

/* For who writes messages: escapes what would be read as a separator. */
void hl7_put(struct buf *out, struct str text);

#endif
