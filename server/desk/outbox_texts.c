#include "desk/outbox_texts.h"

enum { NOUNS = OUTBOX_ESCORT + 1 };

static const struct {
    const char *kind, *words[NOUNS][2];
} subjects[] = {
    {"reminder", {{"会诊提醒", "Reminder of a consultation"}, {"押解任务提醒", "Reminder of an escort"}}},
    {"invited",
     {{"请答复会诊邀请", "An invitation to a consultation waits for your answer"},
      {"新的押解任务", "A new escort"}}},
    {"booked", {{"会诊已约定", "A consultation is booked"}, {"押解任务已安排", "An escort is arranged"}}},
    {"moved",
     {{"会诊改了时间", "A consultation has another time"},
      {"押解任务改了时间", "An escort has another time"}}},
    {"ended", {{"会诊已取消", "A consultation is off"}, {"押解任务已取消", "An escort is off"}}},
    {"displaced",
     {{"会诊另行安排", "A consultation is being placed again"},
      {"押解任务另行安排", "An escort is being placed again"}}},
    {"declined",
     {{"会诊有人不能参加，正在另行安排", "Somebody cannot come to a consultation; another is being found"},
      {"押解任务另行安排", "An escort is being placed again"}}},
    {"rung", {{"请现在接听会诊呼叫", "You are being called to a consultation now"}, {NULL, NULL}}},
};

const char *outbox_subject(struct str kind, enum outbox_noun noun, bool english)
{
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++)
        if (str_is_text(kind, subjects[i].kind)) return subjects[i].words[noun][english];
    return NULL;
}

void outbox_ahead(struct buf *to, int64_t minutes, bool english)
{
    bool is_days = minutes % (24 * 60) == 0, is_hours = minutes % 60 == 0;
    int64_t n = is_days ? minutes / (24 * 60) : is_hours ? minutes / 60 : minutes;
    const char *unit = is_days ? "day" : is_hours ? "hour" : "minute";
    if (english)
        buf_printf(to, "It begins in %lld %s%s.", (long long)n, unit, n == 1 ? "" : "s");
    else
        buf_printf(to, "%lld %s后开始。", (long long)n, is_days ? "天" : is_hours ? "小时" : "分钟");
}

void outbox_title(struct buf *to, struct str kind, enum outbox_noun noun)
{
    buf_printf(to, "云桥：%s / Yunqiao: %s", outbox_subject(kind, noun, false),
               outbox_subject(kind, noun, true));
}

void outbox_short(struct buf *to, struct str kind, enum outbox_noun noun, struct str when, const char *zone,
                  bool english)
{
    buf_printf(to, english ? "Yunqiao: %s. %.*s (%s)." : "【云桥】%s。%.*s（%s）。",
               outbox_subject(kind, noun, english), (int)when.bytes, when.at, zone);
}

const char *outbox_footer(bool english)
{
    return english ? "Sign in to Yunqiao for more. Answers to this message are not read."
                   : "详情请登录云桥查看。请勿回复本消息。";
}
