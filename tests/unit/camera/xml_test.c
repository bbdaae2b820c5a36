/* XML as cameras write it. */
#include "camera/xml.h"
#include "tests/unit/check.h"
#include <stdio.h>

static enum err read_all(const char *text)
{
    struct xml x;
    struct xml_part part;
    xml_begin(&x, str_of(text));
    for (;;) {
        enum err err = xml_next(&x, &part);
        if (err || part.kind == XML_END) return err;
    }
}

TEST(elements_are_found_by_their_names_whatever_the_prefix)
{
    struct xml x;
    struct xml_part part;
    struct str value;
    xml_begin(
        &x,
        STR("<?xml version=\"1.0\"?><!-- a > b --><a:One x='>'><b:Two y = \"1\" x=\"2\"/> three </a:One>\n"));
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_OPEN);
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_OPEN);
    CHECK(xml_is_in(&x, (const char *const[]){"One", "Two"}, 2) &&
          !xml_is_in(&x, (const char *const[]){"One"}, 1));
    CHECK(xml_attribute(part.attributes, "x", &value) && str_is_text(value, "2"));
    CHECK(!xml_attribute(part.attributes, "z", &value));
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_CLOSE);
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_TEXT && str_is_text(part.text, "three"));
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_CLOSE);
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_TEXT);
    CHECK(xml_next(&x, &part) == OK && part.kind == XML_END);
}

TEST(what_is_not_whole_or_more_than_elements_is_refused)
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
                                        "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
                                        "<a><![CDATA[b]]></a>",
                                        "<!-- ",
                                        "<?xml"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_INT(read_all(wrong[i]), ERR_BAD_INPUT);
    CHECK_OK(read_all("<a/>"));
    CHECK_OK(read_all("<a><b></b ></a>"));
}

TEST(no_deeper_than_can_be_held)
{
    char text[(XML_DEPTH_MAX + 1) * 7 + 1];
    size_t n = 0;
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "<a>");
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "</a>");
    CHECK_OK(read_all(text));
    n = 0;
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "<a>");
    CHECK_INT(read_all(text), ERR_BAD_INPUT);
}
