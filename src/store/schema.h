/* The schema of the store: numbered migrations, and opening a store at the right one. */
#ifndef YH_STORE_SCHEMA_H
#define YH_STORE_SCHEMA_H

#include "db/exec.h"

const struct yh_migration *yh_schema(size_t *n);

/* Opens a store. An embedded one is brought up to date by itself; on PostgreSQL that is done only
 * when `migrate` is set, otherwise an older schema is CONFLICT "schema-older". A newer schema is
 * CONFLICT "schema-newer" on both. */
YH_CHECK enum yh_rc yh_store_open(const struct yh_exec_config *cfg, bool migrate,
				  struct yh_exec **out, struct yh_err *err);

#endif
