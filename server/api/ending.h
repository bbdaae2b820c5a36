/* ending: taking away what lets somebody in, and telling the browsers concerned once it is durable. On the desk. */
#ifndef API_ENDING_H
#define API_ENDING_H
#include "api/request.h"

/* A notice session_ended with {"why":…}: "forced", "password" (docs/PROTOCOL §7). */
enum err ending_tell_session(struct request *r, struct str session, const char *why) MUST_USE;
/* Ends an account's sessions but `but` (may be empty) and tells each. */
enum err ending_sessions(struct request *r, struct tx *tx, struct str account, struct str but,
                         const char *why) MUST_USE;
/* Its sessions, half-done logins and tokens. */
enum err ending_all(struct request *r, struct tx *tx, struct str account, const char *why) MUST_USE;

/* Every grant of the account ends now (rule 8): notices go out, and the calls are left when it is durable. Sets r->apply. */
enum err ending_grants(struct request *r, struct tx *tx, struct str account) MUST_USE;

#endif
