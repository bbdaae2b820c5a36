/* list: an intrusive doubly linked ring. The head is a struct list of its own; items embed one. Any single
 * thread. */
#ifndef BASE_LIST_H
#define BASE_LIST_H
#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}
static inline void list_add_last(struct list *head, struct list *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}
static inline void list_add_first(struct list *head, struct list *item)
{
    list_add_last(head->next, item);
}
/* Leaves the item a ring of its own, so that removing it twice does no harm. */
static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}
#define list_of(item, type, member) ((type *)(void *)((char *)(item)-offsetof(type, member)))
/* The body may remove the current item. */
#define list_each(item, after, head)                                                                         \
    for (struct list *item = (head)->next, *after = item->next; item != (head);                              \
         item = after, after = item->next)

#endif
