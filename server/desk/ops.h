/* ops: what the operator may ask, over DIR/control.sock of a running server or by the `yunqiao` command on a store that it opened
 * itself: one JSON line in, one JSON line out (docs/PROTOCOL §9). Runs on the caller's thread, which must be none of the store's.
 *
 * | op           | args                                          | result                                    |
 * | version      |                                               | {"version","schema"}                      |
 * | init         | "accounts"? [{"role","name","display","staff_number"}] | {"accounts":[{"name","display","role","password"}]} |
 * | user.add     | "name","display","staff_number","roles":[…]   | {"account":{…},"password"}                |
 * | user.list    |                                               | {"accounts":[…]}                          |
 * | user.disable, user.enable, user.unlock | "name","reason"?    | {"account":{…}}                           |
 * | user.reset   | "name","totp"?: bool                          | {"account":{…},"password"}                |
 * | token        | "user","ttl_s"?,"label"?                      | {"token","id","ends"}                     |
 * | terminal     | "name","ttl_s"?                               | {"code","id","ends"}                      |
 * | audit.verify |                                               | as POST /api/audit/verify; exit 1 when damaged |
 * | backup       | "to"?                                         | {"to"}                                    |
 * | rotate-key   |                                               | {"key"}                                   |
 * | scrub        |                                               | {"pages","bad"}; exit 1 when bad > 0      |
 * | records.verify |                                             | {"ok","records","versions","entries","bad"}; exit 1 when bad > 0 |
 * | import       | "files": [paths]                              | {"files":[{"file","ok","created","updated","found","why","where"}]}; exit 1 when one is not ok |
 * | recording.list |                                           | {"recordings":[{"id","visit","started","ended","files","readable"}]}, the newest 1,000 |
 * | recording.export | "recording","out","force"?: bool        | {"recording","visit","folder","files":[{"file","ok","whole","length_ms","gaps","why"?,"piece"?}]}; exit 1 when one is not ok |
 * | codes.load   | "list","file"                                 | {"codes"}                                 |
 * | demo         | "force"?, "bare"?, "unbooked"?, "any-hour"?: bool | {"accounts":[{"name","display","role","password","totp_secret","code"}],"terminals":[{"terminal","code","ends"}]} |
 *
 * init refuses a store that has accounts; demo one that has accounts it did not make, unless forced. */
#ifndef DESK_OPS_H
#define DESK_OPS_H
#include "desk/site.h"

enum ops_exit { OPS_DONE, OPS_NOT_SO, OPS_USAGE, OPS_STORE, OPS_REFUSED, OPS_FAILED };

/* Called now and then by long work; the line is a whole JSON line with its newline: {"progress":{…}}. */
typedef void ops_progress(void *ctx, struct str line);

/* Runs one request and appends one answer line (with newline) to *to. Returns the exit code of the command, which also stands in
 * the line when it is not 0. */
enum ops_exit ops_run(struct site *site, struct str request, struct buf *to, ops_progress *progress,
                      void *ctx);

/* The same line for an error found before or around ops_run (store_open failed, no answer from the server). */
enum ops_exit ops_exit_of(enum err err);
void ops_error_line(struct buf *to, enum err err, const char *why);

#endif
