/* Who works there: the clinic's six, interpreter and escorts, and the specialists of eight hospitals, with working hours. */
#include "desk/demo_gen.h"
#include "desk/departments.h"
#include "desk/standing.h"
#include <stdio.h>

/* -- the demo's accounts, as resources -- */

static const struct {
    const char *account, *name, *role, *role_words;
} clinic[] = {
    {"guqinghe", "顾清和", "doctor", "所医"},       {"xuwang", "许望", "doctor", "所医"},
    {"lubaisu", "陆白苏", "nurse", "护士"},         {NULL, "白芷", "nurse", "护士"},
    {"songyanqiu", "宋砚秋", "pharmacist", "药师"}, {NULL, "简宁", "nurse", "护士"},
};
static const struct {
    const char *account, *name;
    int hospital, department;
} known[] = {
    {"wenzhiyuan", "温知远", 0, 0}, /* 眼科 */
    {"peiyan", "裴砚", 1, 1},       /* 神经外科 */
    {"yinshu", "尹舒", 2, 2},       /* 皮肤科 */
};

const char *demo_person_of(const char *account)
{
    static const struct {
        const char *account, *person;
    } persons[] = {
        {"guqinghe", "Practitioner/demo-guqinghe"},     {"xuwang", "Practitioner/demo-xuwang"},
        {"lubaisu", "Practitioner/demo-lubaisu"},       {"songyanqiu", "Practitioner/demo-songyanqiu"},
        {"wenzhiyuan", "Practitioner/demo-wenzhiyuan"}, {"peiyan", "Practitioner/demo-peiyan"},
        {"yinshu", "Practitioner/demo-yinshu"},         {"ayinuer", "Practitioner/demo-ayinuer"},
        {"zhuoyuanshan", "Patient/demo-p001"},          {"jingyuan0613", "Practitioner/demo-escort-1"},
    };
    for (size_t i = 0; i < COUNT_OF(persons); i++)
        if (str_is_text(str_of(account), persons[i].account)) return persons[i].person;
    return NULL;
}

static void one_name(struct demo_gen *g, const char *text)
{
    demo_list(g, "name");
    demo_open(g, NULL);
    demo_text(g, "text", text);
    demo_close(g);
    demo_list_end(g);
}

/* Of a specialist: a licence for years; now and then one that ends within weeks, and one that nobody renewed. */
static void licence(struct demo_gen *g, int i)
{
    int64_t ends = g->today + (i % 97 == 50 ? 25 : i % 151 == 70 ? -12 : 400 + 7 * i);
    char number[24];
    snprintf(number, sizeof number, "1104401%08d", 10007 * (i + 1));
    demo_list(g, "qualification");
    demo_open(g, NULL);
    demo_identifier(g, STANDING_LICENCE_SYSTEM, "%s", number);
    demo_concept(g, "code", "urn:yunqiao:qualification", "licence", "执业医师", NULL);
    demo_open(g, "period");
    demo_date(g, "end", ends);
    demo_close(g);
    demo_close(g);
    demo_list_end(g);
}

/* specialist: its number among them; -1: of the clinic or an escort. */
static void practitioner(struct demo_gen *g, const char *id, const char *name, const char *gender,
                         const char *number, int specialist, const char *const language[2])
{
    demo_begin(g, "Practitioner", "%s", id);
    demo_identifier(g, "urn:yunqiao:staff-number", "%s", number);
    json_put_bool(&g->o, "active", true);
    one_name(g, name);
    if (gender) demo_text(g, "gender", gender);
    if (specialist >= 0) licence(g, specialist);
    if (language) demo_concepts(g, "communication", "urn:ietf:bcp:47", language[0], language[1]);
    demo_end(g);
}

/* Two spans a day, on some days of the week. */
struct hours {
    unsigned days; /* bit 0: Monday */
    int from, to;  /* minutes of the day */
};

static void hours_write(struct demo_gen *g, const char *key, const struct hours *all, size_t n)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    demo_list(g, key);
    for (size_t i = 0; i < n; i++) {
        char time[16];
        demo_open(g, NULL);
        demo_list(g, "daysOfWeek");
        for (size_t d = 0; d < COUNT_OF(days); d++)
            if (all[i].days >> d & 1) json_put_text(&g->o, NULL, days[d]);
        demo_list_end(g);
        snprintf(time, sizeof time, "%02d:%02d:00", all[i].from / 60, all[i].from % 60);
        demo_text(g, "availableStartTime", time);
        snprintf(time, sizeof time, "%02d:%02d:00", all[i].to / 60, all[i].to % 60);
        demo_text(g, "availableEndTime", time);
        demo_close(g);
    }
    demo_list_end(g);
}

/* Of somebody with an account, if the demo is to be tried at any hour of any day; else as the others. */
static void hours_of(struct demo_gen *g, bool has_account, const struct hours *all, size_t n)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if (!has_account || !g->is_any_hour) {
        hours_write(g, "availableTime", all, n);
        return;
    }
    demo_list(g, "availableTime");
    demo_open(g, NULL);
    demo_list(g, "daysOfWeek");
    for (size_t d = 0; d < COUNT_OF(days); d++)
        json_put_text(&g->o, NULL, days[d]);
    demo_list_end(g);
    json_put_bool(&g->o, "allDay", true);
    demo_close(g);
    demo_list_end(g);
}

static void schedule(struct demo_gen *g, const char *id, const char *actor, const char *second_actor)
{
    demo_begin(g, "Schedule", "%s-schedule", id);
    json_put_bool(&g->o, "active", true);
    demo_list(g, "actor");
    demo_ref(g, NULL, NULL, "%s", actor);
    if (second_actor) demo_ref(g, NULL, NULL, "%s", second_actor);
    demo_list_end(g);
    demo_period(g, "planningHorizon", g->today * MINUTES_A_DAY, (g->today + 90) * MINUTES_A_DAY);
    demo_end(g);
}

static void interpreter(struct demo_gen *g)
{
    static const struct hours days[] = {{0x1f, 9 * 60, 12 * 60}, {0x1f, 14 * 60, 17 * 60 + 30}};
    static const char *const uyghur[] = {"ug", "维吾尔语"};
    practitioner(g, "demo-ayinuer", "阿依努尔", "female", "I5001", -1, uyghur);
    demo_begin(g, "PractitionerRole", "demo-role-i1");
    json_put_bool(&g->o, "active", true);
    demo_ref(g, "practitioner", "阿依努尔", "Practitioner/demo-ayinuer");
    demo_ref(g, "organization", NULL, "Organization/demo-clinic");
    demo_concepts(g, "code", "urn:yunqiao:staff-role", "interpreter", "译员");
    hours_of(g, true, days, COUNT_OF(days));
    demo_end(g);
}

void demo_staff(struct demo_gen *g)
{
    static const struct hours desk[] = {{0x1f, 8 * 60, 12 * 60}, {0x1f, 14 * 60, 18 * 60}};
    char id[DEMO_ID_BYTES], number[24], text[2 * DEMO_ID_BYTES];
    demo_seed(g, 1);
    for (size_t i = 0; i < COUNT_OF(clinic); i++) {
        if (clinic[i].account)
            snprintf(id, sizeof id, "demo-%s", clinic[i].account);
        else
            snprintf(id, sizeof id, "demo-nurse-%zu", i);
        snprintf(number, sizeof number, "C%04zu", i + 1);
        practitioner(g, id, clinic[i].name, NULL, number, -1, NULL);
        demo_begin(g, "PractitionerRole", "demo-role-c%zu", i);
        json_put_bool(&g->o, "active", true);
        demo_ref(g, "practitioner", clinic[i].name, "Practitioner/%s", id);
        demo_ref(g, "organization", NULL, "Organization/demo-clinic");
        demo_concepts(g, "code", "http://terminology.hl7.org/CodeSystem/practitioner-role", clinic[i].role,
                      clinic[i].role_words);
        demo_list(g, "location");
        demo_ref(g, NULL, NULL, "Location/demo-clinic-place");
        demo_list_end(g);
        hours_of(g, clinic[i].account != NULL, desk, COUNT_OF(desk));
        demo_end(g);
        snprintf(text, sizeof text, "Practitioner/%s", id);
        schedule(g, id, text, NULL);
    }
    interpreter(g);
    for (int e = 1; e <= 12; e++) {
        snprintf(id, sizeof id, "demo-escort-%d", e);
        snprintf(text, sizeof text, "警员 %04d", 612 + e);
        snprintf(number, sizeof number, "G%04d", 612 + e);
        practitioner(g, id, text, NULL, number, -1, NULL);
        demo_begin(g, "PractitionerRole", "demo-role-e%d", e);
        json_put_bool(&g->o, "active", true);
        demo_ref(g, "practitioner", text, "Practitioner/%s", id);
        demo_ref(g, "organization", NULL, "Organization/demo-centre");
        demo_concepts(g, "code", "urn:yunqiao:staff-role", "escort", "押解");
        hours_of(g, e == 1, (const struct hours[]){{0x7f, e % 2 ? 8 * 60 : 9 * 60, 18 * 60}}, 1);
        demo_end(g);
    }
    static const char *const room_ids[] = {"demo-room-1", "demo-room-2", "demo-room-treat", "demo-room-tele",
                                           "demo-room-tele2"};
    for (size_t r = 0; r < COUNT_OF(room_ids); r++) {
        snprintf(text, sizeof text, "Location/%s", room_ids[r]);
        schedule(g, room_ids[r], text, NULL);
    }
    static const char *const device_ids[] = {"demo-dev-fundus", "demo-dev-exam", "demo-dev-cart",
                                             "demo-dev-cart2", "demo-dev-us"};
    for (size_t d = 0; d < COUNT_OF(device_ids); d++) {
        snprintf(text, sizeof text, "Device/%s", device_ids[d]);
        schedule(g, device_ids[d], text, NULL);
    }
}

/* -- the hospitals -- */

static const char *const hospitals[DEMO_HOSPITALS] = {
    "岚桥市第一人民医院", "岚桥市中心医院",     "岚桥大学附属医院", "岚桥市第三人民医院",
    "岚桥市中医院",       "岚桥市精神卫生中心", "岚桥市胸科医院",   "清溪县人民医院",
};

static void hospital(struct demo_gen *g, int h)
{
    demo_begin(g, "Organization", "demo-h%d", h + 1);
    json_put_bool(&g->o, "active", true);
    demo_concepts(g, "type", "http://terminology.hl7.org/CodeSystem/organization-type", "prov", NULL);
    demo_text(g, "name", hospitals[h]);
    demo_end(g);
}

static bool offers[DEMO_HOSPITALS][DEPARTMENTS];

static void service(struct demo_gen *g, int h, int d)
{
    static const struct hours open[][2] = {{{0x1f, 8 * 60, 12 * 60}, {0x1f, 14 * 60, 17 * 60 + 30}},
                                           {{0x3f, 8 * 60, 12 * 60}, {0x1f, 13 * 60 + 30, 17 * 60}},
                                           {{0x1f, 8 * 60 + 30, 12 * 60}, {0x1f, 14 * 60 + 30, 18 * 60}}};
    char name[96];
    demo_begin(g, "HealthcareService", "demo-h%d-%s", h + 1, departments[d].code);
    json_put_bool(&g->o, "active", true);
    demo_ref(g, "providedBy", hospitals[h], "Organization/demo-h%d", h + 1);
    demo_concepts(g, "specialty", DEPARTMENT_SYSTEM, departments[d].code, departments[d].words);
    snprintf(name, sizeof name, "%s%s", hospitals[h], departments[d].words);
    demo_text(g, "name", name);
    hours_write(g, "availableTime", open[h % (int)COUNT_OF(open)], 2);
    demo_end(g);
}

/* A specialist gives two to four half days a week to consultations. */
static void specialist(struct demo_gen *g, int i, const char *account, const char *name, bool is_woman, int h,
                       int d)
{
    static const char *const titles[] = {"主任医师", "副主任医师", "主治医师"};
    char id[DEMO_ID_BYTES], number[24], actor[2 * DEMO_ID_BYTES], second[2 * DEMO_ID_BYTES];
    struct hours hours[4];
    int spans = demo_between(g, 2, 4);
    unsigned used = 0;
    if (account)
        snprintf(id, sizeof id, "demo-%s", account);
    else
        snprintf(id, sizeof id, "demo-s%03d", i);
    snprintf(number, sizeof number, "S%04d", 4001 + i);
    practitioner(g, id, name, account ? NULL : is_woman ? "female" : "male", number, i, NULL);
    demo_begin(g, "PractitionerRole", "%s-role", id);
    json_put_bool(&g->o, "active", true);
    demo_ref(g, "practitioner", name, "Practitioner/%s", id);
    demo_ref(g, "organization", hospitals[h], "Organization/demo-h%d", h + 1);
    demo_concepts(g, "code", "urn:yunqiao:title", "specialist", titles[demo_below(g, COUNT_OF(titles))]);
    demo_concepts(g, "specialty", DEPARTMENT_SYSTEM, departments[d].code, departments[d].words);
    demo_list(g, "healthcareService");
    demo_ref(g, NULL, NULL, "HealthcareService/demo-h%d-%s", h + 1, departments[d].code);
    demo_list_end(g);
    for (int s = 0; s < spans; s++) {
        unsigned half = demo_below(g, 10);
        while (used >> half & 1)
            half = (half + 1) % 10;
        used |= 1u << half;
        int from = half % 2 ? 14 * 60 : 8 * 60 + 30;
        hours[s] = (struct hours){1u << half / 2, from, from + 180};
    }
    hours_of(g, account != NULL, hours, (size_t)spans);
    demo_end(g);
    struct demo_specialist *kept = &g->specialists[i];
    snprintf(kept->id, sizeof kept->id, "%s", id);
    snprintf(kept->name, sizeof kept->name, "%s", name);
    kept->department = d, kept->halves = used;
    snprintf(actor, sizeof actor, "Practitioner/%s", id);
    snprintf(second, sizeof second, "HealthcareService/demo-h%d-%s", h + 1, departments[d].code);
    schedule(g, id, actor, second);
}

void demo_hospitals(struct demo_gen *g)
{
    demo_seed(g, 2);
    memset(offers, 0, sizeof offers);
    for (int h = 0; h < DEMO_HOSPITALS; h++)
        hospital(g, h);
    for (int i = 0; i < DEMO_SPECIALISTS; i++) {
        bool is_known = i < (int)COUNT_OF(known);
        struct demo_name n;
        int d = is_known ? known[i].department : i % DEPARTMENTS;
        /* Each department at four of the hospitals. */
        int h = is_known ? known[i].hospital : (d + 2 * (int)demo_below(g, 4)) % DEMO_HOSPITALS;
        demo_name(g, demo_chance(g, 40), &n);
        if (!offers[h][d]) service(g, h, d);
        offers[h][d] = true;
        specialist(g, i, is_known ? known[i].account : NULL, is_known ? known[i].name : n.whole, n.is_woman,
                   h, d);
    }
}
