#include "base/list.h"
#include "tests/unit/check.h"

struct thing {
    int n;
    struct list in;
};

static int order(struct list *head)
{
    int digits = 0;
    for (struct list *i = head->next; i != head; i = i->next)
        digits = digits * 10 + list_of(i, struct thing, in)->n;
    return digits;
}

TEST(items_stand_where_they_were_put)
{
    struct list head;
    struct thing t[4] = {{.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}};
    list_init(&head);
    CHECK(list_is_empty(&head));
    list_add_last(&head, &t[1].in);
    list_add_last(&head, &t[2].in);
    list_add_first(&head, &t[0].in);
    list_add_last(&head, &t[3].in);
    CHECK_INT(order(&head), 1234);
    list_remove(&t[1].in);
    CHECK_INT(order(&head), 134);
    list_remove(&t[1].in); /* twice does no harm */
    CHECK_INT(order(&head), 134);
    list_remove(&t[0].in);
    list_remove(&t[3].in);
    CHECK_INT(order(&head), 3);
    list_remove(&t[2].in);
    CHECK(list_is_empty(&head));
}

TEST(a_walk_may_remove_the_current_item)
{
    struct list head;
    struct thing t[5];
    int seen = 0;
    list_init(&head);
    for (int i = 0; i < 5; i++) {
        t[i].n = i + 1;
        list_add_last(&head, &t[i].in);
    }
    list_each (item, after, &head) {
        struct thing *one = list_of(item, struct thing, in);
        seen++;
        if (one->n % 2 == 0) list_remove(item);
    }
    CHECK_INT(seen, 5);
    CHECK_INT(order(&head), 135);
    list_each (item, after, &head)
        list_remove(item);
    CHECK(list_is_empty(&head));
}
