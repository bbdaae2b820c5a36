/* room_world: rooms on workers that only write down what they are told, for the tests of rooms. Time stands still until a test moves it. */
#ifndef TESTS_UNIT_DESK_ROOM_WORLD_H
#define TESTS_UNIT_DESK_ROOM_WORLD_H
#include "base/buf.h"
#include "desk/room.h"

enum { SENT_MAX = 4096, MINUTES_MAX = 16 };

struct sent {
    int worker;
    enum link_type type;
    uint32_t room, participant, peer, request, track, cut;
    uint8_t kind, lane;
    int binds;
    bool is_on;
    struct link_film_set film; /* its key is gone */
};

struct room_world {
    struct sent sent[SENT_MAX];
    int sent_n;
    const char *endpoint;    /* of the next open_rooms: the room system's name; NULL: there is none */
    struct buf told, traced; /* told: "3<{…}\n" for the client of serial 3 */
    int answers, status;
    char code[32], etag[32], session[64], body[160];
    int films_n; /* said of recordings; the first of them are kept, their texts are not */
    struct room_film_said films[16];
    int drawings_n;
    char drawing[200]; /* the last, as "RECORDING WHO on WHAT" */
    int grabs;         /* answered */
    char grab_code[32], grab_label[32], grab_source[64];
    size_t grab_bytes;
    struct room_grab grab; /* its texts are gone */
    struct told_minute {
        char who[64];
        struct room_line_minute line; /* its texts are gone */
    } minutes[MINUTES_MAX];
    int minutes_n;
};
extern struct room_world world;
extern struct tick now;
extern const struct instant wall;

struct rooms *open_rooms(int workers); /* NULL: no memory */
void close_rooms(struct rooms *r);
bool told(int serial, const char *words);
bool traced(const char *words);
const struct sent *last(enum link_type type); /* NULL: none */
void forget(void);
/* Into the room r1, as a host or as a specialist. */
void enter(struct rooms *r, int serial, const char *account, bool is_host);
void enter_as(struct rooms *r, int serial, const char *account, enum role role, const char *visit);
uint32_t number_of(int serial); /* as the first call.joined that is not forgotten has it; 0: none */
void say(struct rooms *r, int serial, const char *text);
/* What the worker says to the last offer. */
void answer_last(struct rooms *r, enum link_type type, enum link_status status);
void add_track(struct rooms *r, const struct sent *offer, uint32_t track, const char *mid);

#endif
