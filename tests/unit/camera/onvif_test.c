/* What is said to a camera, and what it answers. */
#include "camera/onvif.h"
#include "tests/unit/check.h"

#define BODY(inner) "<s:Envelope xmlns:s=\"e\"><s:Body>" inner "</s:Body></s:Envelope>"
#define PAN_TILT "http://www.onvif.org/ver10/tptz/PanTiltSpaces/PositionGenericSpace"
#define ZOOM "http://www.onvif.org/ver10/tptz/ZoomSpaces/PositionGenericSpace"
#define RANGE(name, least, most) "<t:" name "><t:Min>" least "</t:Min><t:Max>" most "</t:Max></t:" name ">"
#define NODES(spaces)                                                                                        \
    BODY("<p:GetNodesResponse><p:PTZNode token=\"n\"><t:SupportedPTZSpaces>" spaces                          \
         "</t:SupportedPTZSpaces></p:PTZNode></p:GetNodesResponse>")
#define STATUS(place)                                                                                        \
    BODY("<p:GetStatusResponse><p:PTZStatus><t:Position>" place                                              \
         "</t:Position></p:PTZStatus></p:GetStatusResponse>")

TEST(the_ways_of_the_first_node_are_read_in_the_generic_spaces_alone)
{
    struct onvif_range r[ONVIF_AXES];
    CHECK_OK(onvif_read_nodes(
        STR(NODES("<t:AbsolutePanTiltPositionSpace><t:URI>" PAN_TILT "</t:URI>" RANGE("XRange", "-1", "1")
                      RANGE("YRange", "-0.5",
                            " 1.0 ") "</t:AbsolutePanTiltPositionSpace>"
                                     "<t:AbsolutePanTiltPositionSpace><t:URI>degrees</t:URI>" RANGE(
                                         "XRange", "-180", "180")
                                         RANGE("YRange", "-90",
                                               "90") "</t:AbsolutePanTiltPositionSpace>"
                                                     "<t:AbsoluteZoomPositionSpace><t:URI>" ZOOM
                                                     "</t:URI>" RANGE("XRange", "0",
                                                                      "1") "</t:AbsoluteZoomPositionSpace>")),
        r));
    CHECK(r[ONVIF_PAN].is_there && r[ONVIF_TILT].is_there && r[ONVIF_ZOOM].is_there);
    CHECK(r[ONVIF_PAN].least == -1 && r[ONVIF_PAN].most == 1 && r[ONVIF_TILT].least == -0.5);
    CHECK_OK(onvif_read_nodes(STR(NODES("<t:AbsoluteZoomPositionSpace><t:URI>" ZOOM "</t:URI>" RANGE(
                                  "XRange", "1", "1") "</t:AbsoluteZoomPositionSpace>")),
                              r));
    CHECK(!r[ONVIF_PAN].is_there && !r[ONVIF_ZOOM].is_there); /* a way of no length */
}

TEST(where_it_stands_is_read_and_another_space_is_not)
{
    struct onvif_place p;
    CHECK_OK(onvif_read_status(
        STR(STATUS("<t:PanTilt x=\"0.25\" y=\"-0.5\"/><t:Zoom x='1' space='" ZOOM "'/>")), &p));
    CHECK(p.is_known[ONVIF_PAN] && p.at[ONVIF_PAN] == 0.25 && p.at[ONVIF_TILT] == -0.5 &&
          p.at[ONVIF_ZOOM] == 1);
    CHECK_OK(onvif_read_status(STR(STATUS("<t:PanTilt x=\"90\" y=\"1\" space=\"degrees\"/>")), &p));
    CHECK(!p.is_known[ONVIF_PAN] && !p.is_known[ONVIF_TILT] && !p.is_known[ONVIF_ZOOM]);
}

TEST(what_is_no_answer_or_no_number_is_refused)
{
    struct onvif_range r[ONVIF_AXES];
    struct onvif_place p;
    static const char *const wrong[] = {STATUS("<t:Zoom x=\"nan\"/>"),
                                        STATUS("<t:Zoom x=\"0x1\"/>"),
                                        STATUS("<t:Zoom x=\"1e99\"/>"),
                                        STATUS("<t:Zoom x=\"\"/>"),
                                        BODY("<s:Fault/>"),
                                        "<html/>",
                                        ""};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK_INT(onvif_read_status(str_of(wrong[i]), &p), ERR_BAD_INPUT);
        CHECK_INT(onvif_read_nodes(str_of(wrong[i]), r), ERR_BAD_INPUT);
        CHECK_INT(onvif_read_moved(str_of(wrong[i])), ERR_BAD_INPUT);
    }
    CHECK_OK(onvif_read_moved(STR(BODY("<p:AbsoluteMoveResponse/>"))));
}

/* The digest is Python's, of the same nonce, time and password. */
TEST(the_password_goes_as_a_digest_and_texts_are_escaped)
{
    struct onvif_login l = {.user = "a<&b", .password = "userpassword", .at = {1284624000000}};
    struct onvif_place to = {{false, false, true}, {0, 0, 0.5}};
    struct buf b;
    for (int i = 0; i < ONVIF_NONCE_BYTES; i++)
        l.nonce[i] = (uint8_t)i;
    buf_init(&b, 8192);
    onvif_ask_move(&b, &l, "profile_1", &to);
    buf_add_char(&b, '\0');
    CHECK_OK(b.err);
    CHECK(strstr(b.at, "<Username>a&lt;&amp;b</Username>") && !strstr(b.at, "userpassword"));
    CHECK(strstr(b.at, "Base64Binary\">AAECAwQFBgcICQoLDA0ODw==</Nonce>") &&
          strstr(b.at, ">2010-09-16T08:00:00.000Z</Created>"));
    CHECK(strstr(b.at, "#PasswordDigest\">COAHZf5mpbLR7gPipdNSgijT8Vc=</Password>") != NULL);
    CHECK(strstr(b.at, "<t:Zoom x=\"0.50000\" space=\"" ZOOM "\"/>") && !strstr(b.at, "PanTilt "));
    buf_done(&b);
}

TEST(a_part_of_a_way_and_a_place_on_it_are_one_another)
{
    static const struct onvif_range way = {true, -1, 1};
    for (int part = 0; part <= ONVIF_UNIT; part += 7)
        CHECK_INT(onvif_part(&way, onvif_at(&way, part)), part);
    CHECK_INT(onvif_part(&way, -7), 0);
    CHECK_INT(onvif_part(&way, 7), ONVIF_UNIT);
}
