/* outbox_texts: the words of letters and short messages, in zh-CN and English. None of them is clinical and none names anybody (rule 2).
 * Constant; any thread. */
#ifndef DESK_OUTBOX_TEXTS_H
#define DESK_OUTBOX_TEXTS_H
#include "base/buf.h"

enum outbox_noun { OUTBOX_CONSULTATION, OUTBOX_ESCORT };

/* "会诊提醒", "Reminder of a consultation": kind as in desk/message; NULL: no such kind goes out. */
const char *outbox_subject(struct str kind, enum outbox_noun noun, bool english);
/* "15 分钟后开始。": of a reminder. */
void outbox_ahead(struct buf *to, int64_t minutes, bool english);
/* Both languages in one line, for a letter. */
void outbox_title(struct buf *to, struct str kind, enum outbox_noun noun);
/* All of a short message; when: a day and times, as they are written everywhere. */
void outbox_short(struct buf *to, struct str kind, enum outbox_noun noun, struct str when, const char *zone,
                  bool english);
const char *outbox_footer(bool english); /* where to look; that no answer is read */

#endif
