#include "media/level.h"

void level_note(struct level *l, uint8_t level, bool is_voice, struct tick now)
{
    int32_t loudness = (LEVEL_SILENT - (level & 0x7f)) * 256;
    (void)is_voice; /* browsers set it for noise as well */
    if (!l->was_heard || now.ms - l->heard.ms > LEVEL_STALE_MS) l->smooth = 0;
    /* Up fast, down slowly: a packet of 20 ms moves it by a quarter, or by a sixteenth. */
    l->smooth += (loudness - l->smooth) / (loudness > l->smooth ? 4 : 16);
    l->heard = now;
    l->was_heard = true;
}

int level_db(const struct level *l, struct tick now)
{
    bool is_stale = !l->was_heard || now.ms - l->heard.ms > LEVEL_STALE_MS;
    return is_stale ? 0 : l->smooth / 256;
}

bool level_is_speech(const struct level *l, struct tick now)
{
    return level_db(l, now) > LEVEL_SILENT - LEVEL_SPEECH;
}

static bool become(struct speaker *s, uint64_t id, struct tick now)
{
    s->current = id;
    s->since = now;
    s->rival = 0;
    return true;
}

bool speaker_choose(struct speaker *s, const struct speaker_entry *entries, unsigned count, struct tick now)
{
    const struct speaker_entry *loudest = NULL, *current = NULL;
    for (unsigned i = 0; i < count; i++) {
        if (entries[i].id == s->current) current = &entries[i];
        if (!level_is_speech(entries[i].level, now)) continue;
        if (!loudest || level_db(entries[i].level, now) > level_db(loudest->level, now))
            loudest = &entries[i];
    }
    if (s->current && !current) return become(s, loudest ? loudest->id : 0, now); /* has left */
    if (!loudest || loudest == current) {
        s->rival = 0;
        return false;
    }
    if (!current) return become(s, loudest->id, now);
    if (level_db(loudest->level, now) < level_db(current->level, now) + LEVEL_LOUDER_DB) {
        s->rival = 0;
        return false;
    }
    if (s->rival != loudest->id) {
        s->rival = loudest->id;
        s->rival_since = now;
    }
    bool is_lasting = now.ms - s->rival_since.ms >= LEVEL_TAKE_OVER_MS,
         is_held = now.ms - s->since.ms < LEVEL_HOLD_MS;
    return is_lasting && !is_held && become(s, loudest->id, now);
}
