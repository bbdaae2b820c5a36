/* XML as cameras write it. */
#include "camera/xml.h"
#include "tests/unit/check.h"
#include <stdio.h>

static int opened, closed;
static char two_x[8], three[XML_TEXT_BYTES + 1];
static size_t three_bytes;

static bool note_open(void *ctx, const struct xml *x)
{
    (void)ctx;
    opened++;
    if (xml_is_in(x, (const char *const[]){"One", "Two"}, 2)) {
        CHECK(!xml_is_in(x, (const char *const[]){"One"}, 1) && !xml_attribute(x, "z"));
        snprintf(two_x, sizeof two_x, "%s", xml_attribute(x, "x"));
    }
    return true;
}

static bool note_close(void *ctx, const struct xml *x)
{
    (void)ctx;
    closed++;
    if (!xml_is_in(x, (const char *const[]){"Three"}, 1)) return true;
    three_bytes = x->text.bytes;
    memcpy(three, x->text.at, x->text.bytes);
    three[x->text.bytes] = '\0';
    return strcmp(three, "no") != 0;
}

static enum err read_all(const char *text)
{
    opened = closed = 0;
    return xml_read(str_of(text), note_open, note_close, NULL);
}

TEST(elements_are_found_by_their_names_whatever_the_prefix)
{
    CHECK_OK(read_all("<?xml version=\"1.0\"?><!-- a > b --><a:One x='>'><b:Two y = \"1\" x=\"2\"/>"
                      "<c:Three> a &amp; b\n</c:Three></a:One>\n"));
    CHECK(opened == 3 && closed == 3);
    CHECK_STR(str_of(two_x), "2");
    CHECK_STR(str_of(three), "a & b");
    CHECK_INT(read_all("<One><Three>no</Three></One>"), ERR_BAD_INPUT);
}

TEST(what_is_not_whole_or_brings_entities_of_its_own_is_refused)
{
    static const char *const wrong[] = {"",
                                        "text",
                                        "<a>",
                                        "<a></b>",
                                        "</a>",
                                        "<a/><b/>",
                                        "<a/>text",
                                        "<a",
                                        "<a x=\">",
                                        "<>",
                                        "< a/>",
                                        "<a>&b;</a>",
                                        "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
                                        "<!-- ",
                                        "<?xml"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_INT(read_all(wrong[i]), ERR_BAD_INPUT);
    CHECK_OK(read_all("<a/>"));
    CHECK_OK(read_all("<a><b></b ></a>"));
}

TEST(no_deeper_and_no_longer_than_can_be_held)
{
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "<a>");
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "</a>");
    CHECK_OK(read_all(text));
    snprintf(text, sizeof text, "<Three>%0*d</Three>", XML_TEXT_BYTES + 50, 7);
    CHECK_OK(read_all(text));
    CHECK_INT(three_bytes, XML_TEXT_BYTES);
    n = 0;
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "<a>");
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "</a>");
    CHECK_INT(read_all(text), ERR_BAD_INPUT);
}
