/* chart_write: what the server itself composes, into the record: a body, or the steps of a JSON Patch (RFC 6902). On the desk, in the
 * job's transaction; everything is in who->arena.
 *
 * ret: the record as it then stands; may be NULL. ret_status: with what the store refused it (409, 412 …; records/fault), 0: not;
 * NULL: a refusal is ERR_BAD_INPUT. A job that was refused must end with an error (records/record.h). */
#ifndef DESK_CHART_WRITE_H
#define DESK_CHART_WRITE_H
#include "base/buf.h"
#include "base/json.h"
#include "records/record.h"

/* The buffer's text; the buffer is done with. Its own error, or ERR_NOMEM. */
enum err chart_take(struct record_reader *who, struct buf *from, struct str *ret) MUST_USE;
/* An empty id: a new record; else the next version of that one, when it is still at `version` (0: at whichever; made when it is new). */
enum err chart_write(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                     int64_t version, struct str body, struct record_head *ret, int *ret_status) MUST_USE;
enum err chart_write_steps(struct tx *tx, struct record_reader *who, const struct record_head *of,
                           int64_t version, struct str steps, struct record_head *ret,
                           int *ret_status) MUST_USE;

/* A step, open for its value. */
void chart_put_step(struct json_out *o, const char *op, const char *path);

/* {"reference": "Type/id"} */
void chart_put_reference(struct json_out *o, const char *key, struct str reference);
/* To a record of our own: "Type/id". */
void chart_put_local(struct json_out *o, const char *key, const char *type, struct str id);
/* A new record's meta: one label (records/label). */
void chart_put_label(struct json_out *o, const char *system, const char *code);
/* How a Consent was given, at `now`: a signature (a PNG in base64), a witness's name, or both; nothing where neither is. */
void chart_put_consented(struct json_out *o, struct instant now, struct str signature, struct str witness);
/* A CodeableConcept of one coding; display NULL: none. */
void chart_put_code(struct json_out *o, const char *key, const char *system, const char *code,
                    const char *display);
/* A part of an extension, of a value of that type ("valueString", "valueCode" …), or an instant; nothing where there is none. */
void chart_put_part(struct json_out *o, const char *url, const char *type, struct str value);
void chart_put_moment(struct json_out *o, const char *url, struct instant at);
/* Who an account is: the reference to its Practitioner, where it is one, the account as identifier, and the name. */
#define CHART_ACCOUNT "https://yunqiao.invalid/fhir/account"
enum err chart_put_person(struct tx *tx, struct record_reader *who, struct json_out *o, const char *key,
                          struct str account, struct str display) MUST_USE;

#endif
