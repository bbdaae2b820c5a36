/* clinic_parts: what the endpoints of the clinic's own work share: who acts, as the record names them, and a reader without a guard for
 * what those who may see the one thing see beside it. */
#ifndef API_CLINIC_PARTS_H
#define API_CLINIC_PARTS_H
#include "api/request.h"
#include "desk/sickcall.h"

/* patient: the row of the asker's own Patient (a detainee), else 0. */
enum err clinic_by(struct request *r, struct tx *tx, struct sickcall_by *ret, int64_t *ret_patient) MUST_USE;
/* "Patient/id": somebody whom the asker sees; else the fault of a bad field, "patient". */
enum err clinic_see_patient(struct request *r, struct tx *tx, struct str reference) MUST_USE;
struct record_reader clinic_server(struct request *r);
bool clinic_is_detainee(const struct request *r);
/* After a write: the trail's row on the head, Provenance, and the notice to nurses and doctors that something has changed. detail: a
 * JSON object. */
enum err clinic_done(struct request *r, struct tx *tx, struct record_reader *server,
                     const struct record_head *head, const char *detail) MUST_USE;
/* A fault for why a sick call does not allow it. */
enum err clinic_refuse_call(struct request *r, enum sick_no no);
/* Text or the empty one. */
struct str clinic_text(struct str s);

#endif
