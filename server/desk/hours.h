/* hours: when one person can be booked, as the person edits it: weekly hours, other days, leave, limits. Read from and written into the
 * PractitionerRole (agenda.h says where); all else in it stays as it is. read on a reader or the desk, write on the desk. */
#ifndef DESK_HOURS_H
#define DESK_HOURS_H
#include "base/json.h"
#include "desk/agenda.h"

/* Of the entry as JSON members into an open object: "version", "weekly": [{"days":["mon"],"from":"08:30","until":"11:30","every":1}],
 * "extra": [{"day":"2026-12-01","from","until"} | {"day"}], "leave": [{"start","end"}], "limits": {…}, "zone". ERR_NOT_FOUND. */
enum err hours_write_json(struct tx *tx, struct record_reader *server, const struct agenda_resource *e,
                          struct json_out *to) MUST_USE;
/* The same shape, read strictly: ERR_BAD_INPUT with *ret_where (a member's name); ERR_EXISTS: the version is no longer the current one. */
enum err hours_change(struct tx *tx, struct record_reader *server, const struct agenda_resource *e,
                      const struct json *from, const char **ret_where) MUST_USE;

#endif
