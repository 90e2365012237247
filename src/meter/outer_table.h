/* A growing table of rows under 128-bit keys that already are hashes. A row begins with its key;
 * nothing is taken out singly. */
#ifndef YH_METER_OUTER_TABLE_H
#define YH_METER_OUTER_TABLE_H

#include "meter/wire.h"

struct yh_table {
	unsigned char *rows;
	size_t row_bytes, cap, n;
};

void yh_table_init(struct yh_table *t, size_t row_bytes);
void yh_table_done(struct yh_table *t); /* empty again */
/* Borrowed until the next yh_table_put; NULL when there is none. */
void *yh_table_get(const struct yh_table *t, struct yh_wire_key key);
/* The row of this key, zeroed behind its key when it is new; NULL without memory. */
void *yh_table_put(struct yh_table *t, struct yh_wire_key key, bool *fresh);
/* The i-th place of `cap`; NULL when it is empty. */
void *yh_table_at(const struct yh_table *t, size_t i);

#endif
