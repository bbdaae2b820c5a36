/* The centre: its blocks and cells, the clinic's rooms, and the devices in them. */
#include "desk/demo_gen.h"
#include "desk/registrar.h"
#include <stdio.h>

#define SYSTEM_PHYSICAL "http://terminology.hl7.org/CodeSystem/location-physical-type"
#define SYSTEM_PLACE "urn:yunqiao:place"

static const struct {
    const char *id, *words;
    int cells;
} blocks[] = {{"a", "一监区", 16}, {"b", "二监区", 16}, {"c", "三监区", 16}, {"d", "女监区", 12}};

int demo_cell_of(int who)
{
    /* The last 40 are women, in block d. */
    return who < 260 ? who % 48 : 48 + who % 12;
}

void demo_cell_name(int cell, char ret_id[DEMO_ID_BYTES], char ret_words[32])
{
    int block = cell / 16, number = cell % 16 + 1;
    snprintf(ret_id, DEMO_ID_BYTES, "demo-cell-%s%02d", blocks[block].id, number);
    snprintf(ret_words, 32, "%c%02d室", 'A' + block, number);
}

void demo_cell_number(int cell, char ret_number[DEMO_CELL_BYTES])
{
    snprintf(ret_number, DEMO_CELL_BYTES, "%c/%c%02d", 'A' + cell / 16, 'A' + cell / 16, cell % 16 + 1);
}

static void place(struct demo_gen *g, const char *id, const char *name, const char *physical,
                  const char *kind, const char *within, bool is_room, const char *cell)
{
    demo_begin(g, "Location", "%s", id);
    if (cell) demo_identifier(g, REGISTRAR_CELL_SYSTEM, "%s", cell);
    demo_text(g, "status", "active");
    demo_text(g, "name", name);
    demo_text(g, "mode", "instance");
    demo_concepts(g, "type", SYSTEM_PLACE, kind, NULL);
    demo_concept(g, "physicalType", SYSTEM_PHYSICAL, physical, NULL, NULL);
    demo_ref(g, "managingOrganization", NULL, "Organization/demo-%s", is_room ? "clinic" : "centre");
    if (within) demo_ref(g, "partOf", NULL, "Location/%s", within);
    demo_end(g);
}

static void organization(struct demo_gen *g, const char *id, const char *name, const char *part_of)
{
    demo_begin(g, "Organization", "%s", id);
    json_put_bool(&g->o, "active", true);
    demo_concepts(g, "type", "http://terminology.hl7.org/CodeSystem/organization-type",
                  part_of ? "prov" : "govt", NULL);
    demo_text(g, "name", name);
    if (part_of) demo_ref(g, "partOf", NULL, "Organization/%s", part_of);
    demo_end(g);
}

static const struct {
    const char *id, *name, *kind;
} rooms[] = {
    {"demo-room-1", "诊室1", "consulting-room"},      {"demo-room-2", "诊室2", "consulting-room"},
    {"demo-room-treat", "治疗室", "treatment-room"},  {"demo-room-tele", "远程会诊室", "video-room"},
    {"demo-room-tele2", "远程会诊室2", "video-room"}, {"demo-room-drug", "药房", "pharmacy"},
    {"demo-room-iso1", "隔离室1", "isolation-room"},  {"demo-room-iso2", "隔离室2", "isolation-room"},
};

static const struct {
    const char *id, *name, *kind, *room, *maker;
} devices[] = {
    {"demo-dev-fundus", "眼底相机", "fundus-camera", "demo-room-tele", "岚桥光学"},
    {"demo-dev-exam", "手持检查镜头", "exam-camera", "demo-room-tele", "岚桥光学"},
    {"demo-dev-cart", "会诊推车1", "video-cart", "demo-room-tele", "岚桥"},
    {"demo-dev-cart2", "会诊推车2", "video-cart", "demo-room-tele2", "岚桥"},
    {"demo-dev-ecg", "十二导联心电图机", "ecg", "demo-room-treat", "岚桥心电"},
    {"demo-dev-us", "便携超声", "ultrasound", "demo-room-1", "岚桥影像"},
    {"demo-dev-bp", "电子血压计", "blood-pressure", "demo-room-1", "岚桥"},
    {"demo-dev-spo2", "指夹血氧仪", "oximeter", "demo-room-1", "岚桥"},
};

static void device(struct demo_gen *g, size_t i)
{
    demo_begin(g, "Device", "%s", devices[i].id);
    demo_text(g, "status", "active");
    demo_text(g, "manufacturer", devices[i].maker);
    demo_text(g, "serialNumber", devices[i].id);
    demo_list(g, "deviceName");
    demo_open(g, NULL);
    demo_text(g, "name", devices[i].name);
    demo_text(g, "type", "user-friendly-name");
    demo_close(g);
    demo_list_end(g);
    demo_concept(g, "type", "urn:yunqiao:device", devices[i].kind, NULL, NULL);
    demo_ref(g, "owner", NULL, "Organization/demo-clinic");
    demo_ref(g, "location", NULL, "Location/%s", devices[i].room);
    demo_end(g);
}

void demo_places(struct demo_gen *g)
{
    organization(g, "demo-centre", "岚桥看守所", NULL);
    organization(g, "demo-clinic", "岚桥看守所卫生所", "demo-centre");
    place(g, "demo-site", "岚桥看守所", "si", "site", NULL, false, NULL);
    for (size_t b = 0; b < COUNT_OF(blocks); b++) {
        char id[DEMO_ID_BYTES];
        snprintf(id, sizeof id, "demo-block-%s", blocks[b].id);
        place(g, id, blocks[b].words, "bu", "block", "demo-site", false, NULL);
    }
    for (int c = 0; c < DEMO_CELLS; c++) {
        char id[DEMO_ID_BYTES], words[32], block[DEMO_ID_BYTES], cell[DEMO_CELL_BYTES];
        demo_cell_name(c, id, words);
        snprintf(block, sizeof block, "demo-block-%s", blocks[c / 16].id);
        demo_cell_number(c, cell);
        place(g, id, words, "ro", "cell", block, false, cell);
    }
    place(g, "demo-clinic-place", "卫生所", "wi", "clinic", "demo-site", true, NULL);
    for (size_t r = 0; r < COUNT_OF(rooms); r++)
        place(g, rooms[r].id, rooms[r].name, "ro", rooms[r].kind, "demo-clinic-place", true, NULL);
    for (size_t d = 0; d < COUNT_OF(devices); d++)
        device(g, d);
}
