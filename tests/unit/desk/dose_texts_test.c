#include "../check.h"
#include "desk/dose_texts.h"

TEST(units_of_doses_are_words_in_both_languages)
{
    struct str none = {0};
    CHECK_STR(dose_unit(STR("{tbl}"), STR("{tbl}"), true, false), "片");
    CHECK_STR(dose_unit(STR("{tbl}"), none, true, true), "tablet");
    CHECK_STR(dose_unit(STR("片"), STR("{tbl}"), false, true), "tablets");
    CHECK_STR(dose_unit(STR("滴"), none, false, true), "drops");
    CHECK_STR(dose_unit(STR("[drp]"), none, false, false), "滴");
    CHECK_STR(dose_unit(STR("次/分"), STR("/min"), false, true), "/min");
    CHECK_STR(dose_unit(STR("mg"), STR("mg"), false, false), "mg");
    CHECK_STR(dose_unit(STR("{枚}"), none, false, false), "枚");
    CHECK_STR(dose_unit(none, STR("mL"), false, false), "mL");
    CHECK_STR(dose_unit(none, none, false, false), "");
}

static bool says(const char *frequency, const char *period, const char *unit, const char *chinese,
                 const char *english)
{
    struct arena *arena = arena_new(4096);
    struct dose_times t = {str_of(frequency), str_of(period), str_of(unit), false};
    bool is = arena && str_is_text(dose_times(arena, &t, false), chinese) &&
              str_is_text(dose_times(arena, &t, true), english);
    arena_free(arena);
    return is;
}

TEST(how_often_is_said_in_words_whatever_period_it_is_kept_in)
{
    CHECK(says("1", "", "", "每日1次", "once a day"));
    CHECK(says("2", "1", "d", "每日2次", "twice a day"));
    CHECK(says("1", "8", "h", "每日3次", "3 times a day"));
    CHECK(says("1", "2", "d", "隔日1次", "every 2 days"));
    CHECK(says("1", "1", "wk", "每7日1次", "every 7 days"));
    CHECK(says("", "1", "d", "", ""));
    struct dose_times needed = {STR("3"), STR("1"), STR("d"), true};
    CHECK_STR(dose_times(NULL, &needed, false), "必要时");
    CHECK_STR(dose_times(NULL, &needed, true), "as needed");
}
