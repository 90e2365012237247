/* Stores that programs of their time made, kept as text: gzip of JSON lines. A line that is an
 * object begins a table ({"schema": N, …} the file; {"table": name, "columns": [...]}), an array is
 * a row; bytes are {"x": hex}. tests/store/upgrade/dump.py writes them. */
#ifndef TESTS_STORE_UPGRADE_REAL_H
#define TESTS_STORE_UPGRADE_REAL_H

#include "store_test.h"

/* The schema of a file. */
int upgrade_real_schema(const char *path);
/* Brings an empty store to the file's schema and puts its rows in. */
void upgrade_real_load(struct store_test *t, const char *path);

#endif
