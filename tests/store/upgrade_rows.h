/* Rows for a store of any schema, made from what its catalogue says of its tables, and what they
 * hold told again after it was migrated. */
#ifndef TESTS_STORE_UPGRADE_ROWS_H
#define TESTS_STORE_UPGRADE_ROWS_H

#include "store_test.h"

enum { UPGRADE_ROWS = 3, UPGRADE_TABLES = 160, UPGRADE_COLUMNS = 48 };

struct upgrade_column {
	char name[64], ref_table[64], ref_column[64]; /* "": refers to nothing */
	char kind;                                    /* 'i'nteger, 't'ext, 'b'ytes */
	bool must, key;
};
struct upgrade_table {
	char name[64];
	struct upgrade_column columns[UPGRADE_COLUMNS];
	size_t n;
	bool filled;
	char **rows; /* as they were; see upgrade_remember */
	size_t n_rows;
};
struct upgrade_store {
	struct upgrade_table tables[UPGRADE_TABLES];
	size_t n;
};

/* The tables of the store, without yh_schema. */
void upgrade_read(struct store_test *t, struct upgrade_store *out);
void upgrade_done(struct upgrade_store *s);
/* Fills every table: rows 1 and 3 have all columns, in row 2 is NULL what may be. The n-th rows of
 * all tables are about each other: their ids are the same. */
void upgrade_fill(struct store_test *t, struct upgrade_store *s);
/* Keeps what every row says. */
void upgrade_remember(struct store_test *t, struct upgrade_store *s);
/* How many of the rows kept are there no more, or say otherwise in a column that is still there. */
size_t upgrade_lost(struct store_test *t, const struct upgrade_store *s);

#endif
