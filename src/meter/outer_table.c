/* Rows under 128-bit keys, by open addressing. */
#include "meter/outer_table.h"

#include <stdlib.h>
#include <string.h>

enum { CAP_MIN = 64 };

/* The key of all zeros marks an empty place; a hash that falls on it is moved by one. */
static struct yh_wire_key usable(struct yh_wire_key key)
{
	if (key.lo == 0 && key.hi == 0)
		key.lo = 1;
	return key;
}

static struct yh_wire_key *place(const struct yh_table *t, struct yh_wire_key key)
{
	for (size_t i = (size_t)key.lo & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
		struct yh_wire_key *row = (void *)(t->rows + i * t->row_bytes);

		if ((row->lo == key.lo && row->hi == key.hi) || (row->lo == 0 && row->hi == 0))
			return row;
	}
}

void yh_table_init(struct yh_table *t, size_t row_bytes)
{
	*t = (struct yh_table){ .row_bytes = row_bytes };
}

void yh_table_done(struct yh_table *t)
{
	free(t->rows);
	yh_table_init(t, t->row_bytes);
}

void *yh_table_at(const struct yh_table *t, size_t i)
{
	struct yh_wire_key *row = (void *)(t->rows + i * t->row_bytes);

	return row->lo == 0 && row->hi == 0 ? NULL : row;
}

void *yh_table_get(const struct yh_table *t, struct yh_wire_key key)
{
	struct yh_wire_key *row;

	if (t->n == 0)
		return NULL;
	row = place(t, usable(key));
	return row->lo == 0 && row->hi == 0 ? NULL : row;
}

static bool grow(struct yh_table *t)
{
	struct yh_table wider = { .row_bytes = t->row_bytes, .n = t->n };

	wider.cap = t->cap ? t->cap * 2 : CAP_MIN;
	wider.rows = calloc(wider.cap, t->row_bytes);
	if (!wider.rows)
		return false;
	for (size_t i = 0; i < t->cap; i++) {
		struct yh_wire_key *row = yh_table_at(t, i);

		if (row)
			memcpy(place(&wider, *row), row, t->row_bytes);
	}
	free(t->rows);
	*t = wider;
	return true;
}

void *yh_table_put(struct yh_table *t, struct yh_wire_key key, bool *fresh)
{
	struct yh_wire_key *row;

	*fresh = false;
	if (t->n >= t->cap / 4 * 3 && !grow(t))
		return NULL;
	key = usable(key);
	row = place(t, key);
	if (row->lo == 0 && row->hi == 0) {
		*row = key;
		t->n++;
		*fresh = true;
	}
	return row;
}
