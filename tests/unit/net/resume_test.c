#include "../check.h"
#include "net/resume.h"

static const struct instant now = {1795418647031};
static const struct resume_tab tab = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

TEST(a_resume_text_says_which_tab_and_when)
{
    char text[RESUME_TEXT_BYTES];
    struct resume_tab read;
    struct instant written;
    resume_write(tab, now, STR("secret"), text);
    CHECK_INT(strlen(text), 54);
    CHECK(resume_read(str_of(text), now, STR("secret"), &read, &written));
    CHECK_INT(written.ms, now.ms);
    CHECK(memcmp(&read, &tab, sizeof tab) == 0);
}

TEST(no_changed_character_is_taken)
{
    char text[RESUME_TEXT_BYTES];
    struct resume_tab read;
    struct instant written;
    resume_write(tab, now, STR("secret"), text);
    for (size_t i = 0; i + 1 < strlen(text); i++) { /* the last one has bits that mean nothing */
        char before = text[i];
        text[i] = before == 'A' ? 'B' : 'A';
        CHECK(!resume_read(str_of(text), now, STR("secret"), &read, &written));
        text[i] = before;
    }
    CHECK(!resume_read((struct str){text, 53}, now, STR("secret"), &read, &written));
    CHECK(!resume_read(STR(""), now, STR("secret"), &read, &written));
}

TEST(another_secret_an_empty_one_or_the_future_is_refused)
{
    char text[RESUME_TEXT_BYTES];
    struct resume_tab read;
    struct instant written;
    resume_write(tab, now, STR("secret"), text);
    CHECK(!resume_read(str_of(text), now, STR("Secret"), &read, &written));
    CHECK(!resume_read(str_of(text), (struct instant){now.ms - 3600001}, STR("secret"), &read, &written));
    CHECK(resume_read(str_of(text), (struct instant){now.ms - 3599999}, STR("secret"), &read, &written));
    resume_write(tab, now, STR(""), text);
    CHECK(!resume_read(str_of(text), now, STR(""), &read, &written));
}
