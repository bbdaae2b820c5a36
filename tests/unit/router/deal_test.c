/* What descriptions make of peers and tracks: whole or not at all, and told in their order. */
#include "base/mem.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"

TEST(the_answer_is_told_before_the_tracks_it_brings)
{
    CHECK_OK(world_open(1));
    stage_offer_begin(2, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    stage_offer_video("sendonly", STAGE_VP8 | STAGE_VP9, STAGE_ORDINARY, "q;h;f");
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    CHECK(stage.told_count == 3 && stage.told[0].type == LINK_PEER_ANSWER &&
          stage.told[1].type == LINK_TRACK_ADDED && stage.told[2].type == LINK_TRACK_ADDED);
    CHECK_STR(stage.told[2].track_added.mid, "1");
    CHECK(stage.told[2].track_added.codec == LINK_VP8 && stage.told[2].track_added.layers == 3);
    world_close();
}
