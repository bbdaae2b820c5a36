#include "desk/order_check.h"

static void add(struct order_verdict *v, enum order_alert_kind kind, bool is_high, struct str other,
                const char *zh, const char *en)
{
    for (uint32_t i = 0; i < v->alert_count; i++)
        if (v->alerts[i].kind == kind && str_is(v->alerts[i].other, other)) {
            v->alerts[i].is_high = v->alerts[i].is_high || is_high;
            return;
        }
    if (v->alert_count == ORDER_ALERTS_MAX) {
        v->unavailable = "record";
        return;
    }
    v->alerts[v->alert_count++] = (struct order_alert){kind, is_high, other, zh, en};
}

/* The families that an allergen names, by its code or in words. */
static uint32_t families_of(const struct order_allergen *a)
{
    uint32_t families = 0;
    for (int f = 0; f < FAMILY_COUNT; f++)
        if (str_is_text(a->code, formulary_families[f].code) ||
            formulary_names(formulary_families[f].stems, a->words) ||
            formulary_names(formulary_families[f].stems, a->code))
            families |= 1u << f;
    return families;
}

static void allergy(const struct drug *d, const struct order_allergen *a, struct order_verdict *v)
{
    uint32_t families = families_of(a);
    bool is_same = str_is_text(a->code, d->code) || formulary_names(d->stems, a->words) ||
                   formulary_names(d->stems, a->code);
    if (is_same || families & d->families)
        add(v, ORDER_ALLERGY, true, a->words, NULL, NULL);
    else if (families & FAMILY(PENICILLIN) && d->families & (FAMILY(CEPHALOSPORIN) | FAMILY(CARBAPENEM)))
        add(v, ORDER_ALLERGY, false, a->words, NULL, NULL);
    else if (families & FAMILY(CEPHALOSPORIN) && d->families & (FAMILY(PENICILLIN) | FAMILY(CARBAPENEM)))
        add(v, ORDER_ALLERGY, false, a->words, NULL, NULL);
}

static void current(const struct drug *d, const struct order_current *c, struct order_verdict *v)
{
    const struct drug *other = formulary_known(c->code, c->words);
    if (!other) {
        v->unavailable = "order";
        return;
    }
    bool is_same = str_is_text(str_of(d->code), other->code) || formulary_names(d->stems, str_of(other->zh));
    if (is_same)
        add(v, ORDER_DUPLICATE, true, c->words, NULL, NULL);
    else if (d->families & other->families & (FAMILY(NSAID) | FAMILY(SEDATIVE) | FAMILY(OPIOID)))
        add(v, ORDER_DUPLICATE, false, c->words, NULL, NULL);
    for (const struct interaction *i = formulary_pairs(); i->a; i++)
        if (!is_same && ((i->a & d->families && i->b & other->families) ||
                         (i->b & d->families && i->a & other->families)))
            add(v, ORDER_INTERACTION, i->is_high, c->words, i->zh, i->en);
}

void order_check(const struct order_ask *ask, struct order_verdict *ret)
{
    const struct drug *d = formulary_find(ask->drug);
    *ret = (struct order_verdict){.unavailable = !formulary_is_whole() ? "table"
                                                 : ask->is_cut         ? "record"
                                                 : d                   ? NULL
                                                                       : "drug",
                                  .is_controlled = d && d->is_controlled};
    for (uint32_t i = 0; d && i < ask->allergen_count; i++)
        allergy(d, &ask->allergens[i], ret);
    for (uint32_t i = 0; d && i < ask->current_count; i++)
        current(d, &ask->currents[i], ret);
}

void order_verdict_write(struct json_out *to, const struct order_verdict *v, bool is_english)
{
    static const char *const kinds[] = {"allergy", "interaction", "duplicate"};
    json_put_text(to, "state", v->unavailable ? "unavailable" : "ran");
    json_put_text(to, "why", v->unavailable ? v->unavailable : "");
    json_put_bool(to, "controlled", v->is_controlled);
    json_open_array(to, "alerts");
    for (uint32_t i = 0; i < v->alert_count; i++) {
        const struct order_alert *a = &v->alerts[i];
        const char *words = is_english ? a->en : a->zh;
        json_open(to, NULL);
        json_put_text(to, "kind", kinds[a->kind]);
        json_put_text(to, "severity", a->is_high ? "high" : "moderate");
        json_put_str(to, "other", a->other);
        json_put_text(to, "words", words ? words : "");
        json_close(to);
    }
    json_close_array(to);
}
