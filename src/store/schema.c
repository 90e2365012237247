/* Opening a store at the right schema. */
#include "store/schema.h"

enum yh_rc yh_store_open(const struct yh_exec_config *cfg, bool migrate, struct yh_exec **out,
			 struct yh_err *err)
{
	size_t n;
	const struct yh_migration *m = yh_schema(&n);
	int have = 0;
	enum yh_rc rc = yh_exec_open(cfg, out, err);

	if (rc != YH_OK)
		return rc;
	if (yh_exec_is_postgres(*out) && !migrate) {
		rc = yh_db_schema(*out, &have, err);
		if (rc == YH_OK && have < (int)n) {
			rc = yh_fail(err, YH_CONFLICT, "schema-older");
			yh_err_int(err, "store", have);
			yh_err_int(err, "program", (int64_t)n);
		}
	}
	if (rc == YH_OK)
		rc = yh_db_migrate(*out, m, n, err);
	if (rc != YH_OK) {
		yh_exec_close(*out);
		*out = NULL;
	}
	return rc;
}
