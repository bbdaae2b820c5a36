/* A drug that was refused again and again is the doctor's to look into (workflow, step 13): at each third refusal in a row a follow-up for
 * today. */
#include "base/zone.h"
#include "desk/dose_texts.h"
#include "desk/follow_up.h"
#include "desk/order_own.h"
#include "records/records.h"
#include <stdio.h>

enum { IN_A_ROW = 3 };

static bool is_refused(struct record_reader *all, const struct chart_item *dose)
{
    return str_is_text(chart_text(all, dose, 0, "status"), "not-done") &&
           str_is_text(chart_text(all, dose, 0, "statusReason.coding.code"), "refused");
}

/* How many of the latest doses of the order were refused, without one between that was not. */
static enum err count(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                      struct str patient, uint32_t *ret)
{
    struct chart_list doses;
    const char *more = arena_printf(all->arena, "&request=MedicationRequest/%.*s&_sort=-effective-time",
                                    (int)order->head.id.bytes, order->head.id.at);
    *ret = 0;
    enum err err = more ? chart_list(tx, all, "MedicationAdministration", patient, more, &doses) : ERR_NOMEM;
    if (err) return err;
    while (*ret < doses.count && is_refused(all, &doses.at[*ret]))
        (*ret)++;
    return OK;
}

enum err order_refused(struct tx *tx, struct record_reader *all, const struct order_by *by,
                       const struct chart_item *order)
{
    struct follow_up_start start = {
        .by = {.account = by->account, .display = by->display, .acting = by->acting}};
    struct record_head task;
    char due[INSTANT_TEXT_BYTES];
    uint32_t n;
    start.patient = chart_text(all, order, 0, "subject.reference");
    (void)str_cut(&start.patient, '/');
    enum err err = count(tx, all, order, start.patient, &n);
    if (err || n == 0 || n % IN_A_ROW) return err;
    struct date today = zone_date(records_zone(all->records), tx->now);
    instant_text((struct instant){(int64_t)today.days * 86400000}, due); /* a date, read as if it were UTC */
    start.due = (struct str){due, 10};
    start.words = dose_refused(all->arena, n,
                               chart_words(all, order, chart_node(order, 0, "medicationCodeableConcept")));
    return start.words.bytes ? follow_up_make(tx, all, &start, &task) : ERR_NOMEM;
}
