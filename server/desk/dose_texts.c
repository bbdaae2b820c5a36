#include "desk/dose_texts.h"
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *names[3]; /* UCUM, and how a site's table of drugs has it */
    const char *chinese, *one, *many;
} units[] = {
    {{"{tbl}", "{tablet}", "片"}, "片", "tablet", "tablets"},
    {{"{cap}", "{capsule}", "粒"}, "粒", "capsule", "capsules"},
    {{"[drp]", "{drop}", "滴"}, "滴", "drop", "drops"},
    {{"{puff}", "{actuat}", "揿"}, "揿", "puff", "puffs"},
    {{"{spray}", "喷", NULL}, "喷", "spray", "sprays"},
    {{"{patch}", "贴", NULL}, "贴", "patch", "patches"},
    {{"{sachet}", "袋", NULL}, "袋", "sachet", "sachets"},
    {{"{ampule}", "{ampoule}", "支"}, "支", "ampoule", "ampoules"},
    {{"{vial}", "瓶", NULL}, "瓶", "vial", "vials"},
    {{"[iU]", "[IU]", "单位"}, "单位", "IU", "IU"},
    {{"10*4.[iU]", "万单位", NULL}, "万单位", "× 10,000 IU", "× 10,000 IU"},
    {{"Cel", "℃", NULL}, "℃", "°C", "°C"},
    {{"/min", "次/分", NULL}, "次/分", "/min", "/min"},
};

static int unit_at(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(units); i++)
        for (size_t n = 0; n < COUNT_OF(units[i].names) && units[i].names[n]; n++)
            if (str_is_text(name, units[i].names[n])) return (int)i;
    return -1;
}

struct str dose_unit(struct str unit, struct str code, bool is_one, bool is_english)
{
    int i = unit_at(code);
    if (i < 0) i = unit_at(unit);
    if (i >= 0) return str_of(!is_english ? units[i].chinese : is_one ? units[i].one : units[i].many);
    struct str said = unit.bytes ? unit : code;
    bool is_bracketed = said.bytes > 2 && ((said.at[0] == '{' && said.at[said.bytes - 1] == '}') ||
                                           (said.at[0] == '[' && said.at[said.bytes - 1] == ']'));
    return is_bracketed ? (struct str){said.at + 1, said.bytes - 2} : said;
}

static double number_of(struct str text)
{
    char copy[24];
    if (text.bytes == 0 || text.bytes >= sizeof copy) return 1;
    memcpy(copy, text.at, text.bytes);
    copy[text.bytes] = 0;
    double n = strtod(copy, NULL);
    return n > 0 ? n : 1;
}

struct str dose_times(struct arena *arena, const struct dose_times *t, bool is_english)
{
    double days = number_of(t->period);
    if (t->is_as_needed) return str_of(is_english ? "as needed" : "必要时");
    if (t->frequency.bytes == 0) return (struct str){"", 0};
    if (str_is_text(t->period_unit, "h")) days /= 24;
    if (str_is_text(t->period_unit, "wk")) days *= 7;
    double a_day = number_of(t->frequency) / days;
    int times = (int)(a_day + 0.5), every = (int)(1 / a_day + 0.5);
    char *text = NULL;
    if (a_day < 0.75)
        text = !is_english && every == 2
                   ? arena_printf(arena, "隔日1次")
                   : arena_printf(arena, is_english ? "every %d days" : "每%d日1次", every);
    else if (!is_english)
        text = arena_printf(arena, "每日%d次", times);
    else
        text = times == 1   ? arena_printf(arena, "once a day")
               : times == 2 ? arena_printf(arena, "twice a day")
                            : arena_printf(arena, "%d times a day", times);
    return text ? str_of(text) : (struct str){"", 0};
}

struct str dose_refused(struct arena *arena, uint32_t times, struct str drug)
{
    char *text = arena_printf(arena, "连续%u次拒服：%.*s / refused %u times in a row", times, (int)drug.bytes,
                              drug.at ? drug.at : "", times);
    return text ? str_of(text) : (struct str){"", 0};
}
