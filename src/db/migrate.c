/* Numbered migrations, in driver words. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "db/internal.h"

/* Any fixed key: migrations of one store never run side by side. */
static const struct yh_id migrate_key = { "yunheng-migrate" };

static const char schema_table[] = "CREATE TABLE yh_schema (number i64 NOT NULL PRIMARY KEY,"
				   " name text NOT NULL)";

static enum yh_rc run_text(struct yh_tx *tx, const char *text, struct yh_err *err)
{
	const char *sql;
	size_t n;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && yh_ddl_next(&text, &sql, &n)) {
		YH_FREE_AUTO char *own = yh_ddl_translate(tx->engine, sql, n);

		if (!own)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (*own)
			rc = yh_db_define(tx, own, err);
	}
	return rc;
}

static enum yh_rc read_int(struct yh_tx *tx, int64_t *out, struct yh_err *err, const char *sql,
			   const struct yh_arg *args, size_t n)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_db_query(tx, err, &rows, sql, args, n);

	if (rc != YH_OK)
		return rc;
	*out = yh_rows_next(rows) ? yh_col_i64(rows, 0) : 0;
	return yh_rows_end(rows, err);
}

struct reading {
	int64_t tables, number;
};

/* Looks without touching: a program that may not create tables can still tell where it is. */
static enum yh_rc read_number(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_arg name = YH_T("yh_schema");
	struct reading *r = arg;
	enum yh_rc rc = read_int(tx, &r->tables, err, tx->engine->table_count, &name, 1);

	r->number = 0;
	if (rc == YH_OK && r->tables > 0)
		rc = read_int(tx, &r->number, err, "SELECT max(number) FROM yh_schema", NULL, 0);
	return rc;
}

enum yh_rc yh_db_schema(struct yh_exec *x, int *number, struct yh_err *err)
{
	struct reading r = { 0 };
	enum yh_rc rc = yh_exec_read(x, read_number, &r, err);

	*number = (int)r.number;
	return rc;
}

static enum yh_rc newer(int64_t store, size_t program, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, "schema-newer");

	yh_err_int(err, "store", store);
	yh_err_int(err, "program", (int64_t)program);
	return rc;
}

struct stepping {
	const struct yh_migration *m;
	size_t known; /* steps the program has */
};

static enum yh_rc step(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct stepping *s = arg;
	struct reading r = { 0 };
	enum yh_rc rc = yh_db_lock(tx, &migrate_key, 1, err);

	if (rc == YH_OK)
		rc = read_number(tx, &r, err);
	if (rc == YH_OK && r.number > (int64_t)s->known)
		rc = newer(r.number, s->known, err);
	if (rc != YH_OK || r.number >= s->m->number)
		return rc; /* another server was faster */
	if (r.tables == 0)
		rc = run_text(tx, schema_table, err);
	if (rc == YH_OK)
		rc = run_text(tx, s->m->sql, err);
	if (rc != YH_OK) {
		yh_err_int(err, "migration", s->m->number);
		return rc;
	}
	return yh_exec(tx, err, "INSERT INTO yh_schema (number, name) VALUES ($1, $2)",
		       YH_I(s->m->number), YH_T(s->m->name));
}

enum yh_rc yh_db_migrate(struct yh_exec *x, const struct yh_migration *m, size_t n,
			 struct yh_err *err)
{
	int have;
	enum yh_rc rc = yh_db_schema(x, &have, err);

	for (size_t i = 0; i < n; i++)
		assert(m[i].number == (int)i + 1);
	if (rc != YH_OK)
		return rc;
	if (have > (int)n)
		return newer(have, n, err);
	if (have > 0 && have < (int)n && x->kind->snapshot)
		rc = x->kind->snapshot(x->self, have, err);
	for (size_t i = (size_t)have; rc == YH_OK && i < n; i++) {
		struct stepping s = { &m[i], n };

		rc = yh_exec_write(x, step, &s, err);
	}
	return rc;
}
