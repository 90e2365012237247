/* Numbered migrations, in driver words. */
#include <stdlib.h>
#include <string.h>

#include "db/internal.h"

/* Any fixed key: migrations of one store never run side by side. */
static const struct yh_id migrate_key = { "yunheng-migrate" };

static enum yh_rc run_text(struct yh_tx *tx, const char *sql, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && *sql) {
		const char *stop = strstr(sql, "\n--;\n");
		size_t n = stop ? (size_t)(stop - sql) : strlen(sql);
		char *text = yh_ddl_translate(tx->engine, sql, n);

		if (!text)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		rc = yh_db_exec(tx, err, NULL, text, NULL, 0);
		free(text);
		sql += n + (stop ? strlen("\n--;\n") : 0);
	}
	return rc;
}

struct reading {
	int number;
};

static enum yh_rc read_number(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT max(number) FROM yh_schema");

	if (rc != YH_OK)
		return rc;
	r->number = yh_rows_next(rows) ? (int)yh_col_i64(rows, 0) : 0;
	return yh_rows_end(rows, err);
}

static enum yh_rc make_table(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char ddl[] = "CREATE TABLE IF NOT EXISTS yh_schema (number i64 NOT NULL"
				  " PRIMARY KEY, name text NOT NULL)";

	(void)arg;
	return run_text(tx, ddl, err);
}

enum yh_rc yh_db_schema(struct yh_exec *x, int *number, struct yh_err *err)
{
	struct reading r = { 0 };
	enum yh_rc rc = yh_exec_write(x, make_table, NULL, err);

	if (rc == YH_OK)
		rc = yh_exec_read(x, read_number, &r, err);
	*number = r.number;
	return rc;
}

struct stepping {
	const struct yh_migration *m;
};

static enum yh_rc step(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_migration *m = ((struct stepping *)arg)->m;
	struct reading r = { 0 };
	enum yh_rc rc = yh_db_lock(tx, &migrate_key, 1, err);

	if (rc == YH_OK)
		rc = read_number(tx, &r, err);
	if (rc != YH_OK || r.number >= m->number)
		return rc; /* another server was faster */
	rc = run_text(tx, m->sql, err);
	if (rc != YH_OK) {
		yh_err_int(err, "migration", m->number);
		return rc;
	}
	return yh_exec(tx, err, "INSERT INTO yh_schema (number, name) VALUES ($1, $2)",
		       YH_I(m->number), YH_T(m->name));
}

enum yh_rc yh_db_migrate(struct yh_exec *x, const struct yh_migration *m, size_t n,
			 struct yh_err *err)
{
	int have;
	enum yh_rc rc = yh_db_schema(x, &have, err);

	if (rc != YH_OK)
		return rc;
	if (have > (int)n) {
		rc = yh_fail(err, YH_CONFLICT, "schema-newer");
		yh_err_int(err, "store", have);
		yh_err_int(err, "program", (int64_t)n);
		return rc;
	}
	if (have > 0 && have < (int)n && x->kind->snapshot)
		rc = x->kind->snapshot(x->self, have, err);
	for (size_t i = (size_t)have; rc == YH_OK && i < n; i++) {
		struct stepping s = { &m[i] };

		rc = yh_exec_write(x, step, &s, err);
	}
	return rc;
}
