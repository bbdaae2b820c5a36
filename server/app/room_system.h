/* room_system: what the settings say of a room system that speaks plain RTP ([room_system]), with the file of its keys read in. Main thread, at
 * start. */
#ifndef APP_ROOM_SYSTEM_H
#define APP_ROOM_SYSTEM_H
#include "app/settings.h"

/* Fills what of the workers' settings is about it; nothing where none is set up. ERR_BAD_INPUT: ret_why says what. */
enum err room_system_read(const struct settings *s, struct workers_settings *ret, char ret_why[256]) MUST_USE;

#endif
