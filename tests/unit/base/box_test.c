#include "base/box.h"
#include "tests/unit/check.h"
#include <pthread.h>
#include <stdatomic.h>

struct letter {
    struct box_item item;
    int from, n;
};

static struct letter *letter_of(struct box_item *item)
{
    return (struct letter *)(void *)item;
}

TEST(letters_come_out_in_the_order_they_went_in)
{
    struct letter letters[5];
    struct box *b = box_new(5);
    CHECK(b != NULL);
    for (int i = 0; i < 5; i++) {
        letters[i].n = i;
        CHECK_OK(box_put(b, &letters[i].item));
    }
    CHECK_INT(box_count(b), 5);
    struct box_item *first = box_take(b, 2, 0), *rest = box_take(b, 100, 0);
    CHECK_INT(letter_of(first)->n, 0);
    CHECK_INT(letter_of(first->next)->n, 1);
    CHECK(first->next->next == NULL);
    int n = 2;
    for (struct box_item *i = rest; i; i = i->next)
        CHECK_INT(letter_of(i)->n, n++);
    CHECK_INT(n, 5);
    CHECK_INT(box_count(b), 0);
    CHECK(box_take(b, 1, 0) == NULL);
    box_free(b);
}

TEST(a_full_box_says_so_at_once_but_takes_what_must_be_finished)
{
    struct letter letters[4];
    struct box *b = box_new(2);
    CHECK(b != NULL);
    CHECK_OK(box_put(b, &letters[0].item));
    CHECK_OK(box_put(b, &letters[1].item));
    CHECK_ERR(box_put(b, &letters[2].item), ERR_BUSY);
    CHECK_OK(box_put_always(b, &letters[2].item));
    CHECK_INT(box_count(b), 3);
    CHECK(box_take(b, 1, 0) == &letters[0].item);
    CHECK_ERR(box_put(b, &letters[3].item), ERR_BUSY);
    CHECK(box_take(b, 9, 0) == &letters[1].item);
    CHECK_OK(box_put(b, &letters[3].item));
    CHECK(box_take(b, 9, 0) == &letters[3].item);
    box_free(b);
}

TEST(a_closed_box_is_drained_and_takes_nothing_more)
{
    struct letter letters[2];
    struct box *b = box_new(2);
    CHECK(b != NULL);
    CHECK_OK(box_put(b, &letters[0].item));
    box_close(b);
    CHECK_ERR(box_put(b, &letters[1].item), ERR_CLOSED);
    CHECK_ERR(box_put_always(b, &letters[1].item), ERR_CLOSED);
    CHECK(box_take(b, 1, -1) == &letters[0].item);
    CHECK(box_take(b, 1, -1) == NULL); /* does not wait for ever */
    box_free(b);
}

TEST(a_wait_ends_by_itself)
{
    struct box *b = box_new(1);
    CHECK(b != NULL);
    int64_t from_us = clock_tick_us();
    CHECK(box_take(b, 1, 20) == NULL);
    CHECK(clock_tick_us() - from_us >= 20000);
    box_free(b);
}

enum { PUTTERS = 3, TAKERS = 3, EACH = 20000 };

static struct box *shared;
static atomic_long taken_sum, taken_n;
static atomic_bool out_of_order;

static void *put_many(void *arg)
{
    struct letter *mine = arg;
    for (int i = 0; i < EACH; i++)
        while (box_put(shared, &mine[i].item) == ERR_BUSY)
            sched_yield();
    return NULL;
}

static void *take_many(void *arg)
{
    int last[PUTTERS] = {-1, -1, -1};
    struct box_item *items;
    (void)arg;
    while ((items = box_take(shared, 7, -1)) != NULL)
        for (; items; items = items->next) {
            struct letter *l = letter_of(items);
            if (l->n <= last[l->from]) atomic_store(&out_of_order, true);
            last[l->from] = l->n;
            atomic_fetch_add(&taken_sum, l->n);
            atomic_fetch_add(&taken_n, 1);
        }
    return NULL;
}

TEST(many_threads_lose_nothing_and_keep_each_ones_order)
{
    static struct letter letters[PUTTERS][EACH];
    pthread_t putters[PUTTERS], takers[TAKERS];
    shared = box_new(50);
    CHECK(shared != NULL);
    atomic_store(&taken_sum, 0);
    atomic_store(&taken_n, 0);
    for (int p = 0; p < PUTTERS; p++)
        for (int i = 0; i < EACH; i++)
            letters[p][i].from = p, letters[p][i].n = i;
    for (int t = 0; t < TAKERS; t++)
        CHECK(pthread_create(&takers[t], NULL, take_many, NULL) == 0);
    for (int p = 0; p < PUTTERS; p++)
        CHECK(pthread_create(&putters[p], NULL, put_many, letters[p]) == 0);
    for (int p = 0; p < PUTTERS; p++)
        pthread_join(putters[p], NULL);
    box_close(shared);
    for (int t = 0; t < TAKERS; t++)
        pthread_join(takers[t], NULL);
    CHECK_INT(taken_n, (long)PUTTERS * EACH);
    CHECK_INT(taken_sum, (long)PUTTERS * EACH * (EACH - 1) / 2);
    CHECK(!atomic_load(&out_of_order));
    box_free(shared);
}

SWEEP(a_box_is_made)
{
    struct box *b = box_new(3);
    if (!b) return ERR_NOMEM;
    box_free(b);
    return OK;
}
