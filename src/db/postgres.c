/* PostgreSQL behind the driver: everything travels in binary, so that numbers and bytes are exact.
 */
#include "db/postgres.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARGS_MAX = 32,
	OID_BYTEA = 17,
	OID_INT8 = 20,
	OID_INT4 = 23,
	OID_INT2 = 21,
	OID_TEXT = 25,
	OID_NUMERIC = 1700
};

struct rows {
	struct yh_rows base;
	PGresult *res;
	int at;
};

static enum yh_rc fail(struct yh_pg *c, const PGresult *res, struct yh_err *err)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	enum yh_rc rc;

	c->retry = state && (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0);
	if (PQstatus(c->conn) != CONNECTION_OK) {
		c->broken = true;
		rc = yh_fail(err, YH_BUSY, "db-unavailable");
	} else if (c->retry) {
		rc = yh_fail(err, YH_BUSY, "store-busy");
	} else if (state && strcmp(state, "23505") == 0) {
		return yh_fail(err, YH_CONFLICT, "db-unique");
	} else if (state && (strcmp(state, "53100") == 0 || strcmp(state, "25006") == 0)) {
		rc = yh_fail(err, YH_STORAGE, "store-full");
	} else if (state && strcmp(state, "58030") == 0) {
		rc = yh_fail(err, YH_STORAGE, "store-io");
	} else if (state && strncmp(state, "57P0", 4) == 0) {
		c->broken = true;
		rc = yh_fail(err, YH_BUSY, "db-unavailable");
	} else {
		rc = yh_fail(err, YH_INTERNAL, "db-failed");
	}
	yh_err_text(err, "detail", PQerrorMessage(c->conn));
	return rc;
}

static void forget_statements(struct yh_pg *c)
{
	for (size_t i = 0; i < YH_PG_CACHE; i++)
		while (c->cache[i]) {
			struct yh_pg_stmt *s = c->cache[i];

			c->cache[i] = s->next;
			free(s->sql);
			free(s);
		}
}

void yh_pg_close(struct yh_pg *c)
{
	forget_statements(c);
	PQfinish(c->conn);
	c->conn = NULL;
}

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

enum yh_rc yh_pg_connect(struct yh_pg *c, const char *url, struct yh_err *err)
{
	bool again = c->conn != NULL;
	enum yh_rc rc;

	if (again)
		yh_pg_close(c);
	memset(c, 0, sizeof *c);
	c->url = url;
	c->conn = PQconnectdb(url);
	if (PQstatus(c->conn) != CONNECTION_OK) {
		c->broken = true;
		rc = again ? yh_fail(err, YH_BUSY, "db-unavailable")
			   : yh_fail(err, YH_STORAGE, "db-open");
		yh_err_text(err, "detail", PQerrorMessage(c->conn));
		return rc;
	}
	(void)PQsetNoticeProcessor(c->conn, quiet, NULL);
	return yh_pg_run(c, "SET client_encoding = 'UTF8'; SET statement_timeout = '60s'", err);
}

enum yh_rc yh_pg_run(struct yh_pg *c, const char *sql, struct yh_err *err)
{
	PGresult *res = PQexec(c->conn, sql);
	ExecStatusType st = PQresultStatus(res);
	enum yh_rc rc = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? YH_OK : fail(c, res, err);

	PQclear(res);
	return rc;
}

static unsigned slot_of(const char *sql)
{
	unsigned h = 2166136261u;

	for (; *sql; sql++)
		h = (h ^ (unsigned char)*sql) * 16777619u;
	return h % YH_PG_CACHE;
}

static Oid type_of(const struct yh_arg *a)
{
	switch (a->kind) {
	case YH_A_I64:
		return OID_INT8;
	case YH_A_TEXT:
		return OID_TEXT;
	case YH_A_BYTES:
		return OID_BYTEA;
	case YH_A_NULL:
		break;
	}
	return 0;
}

/* The types of the first use are declared; a NULL there leaves the type to the server. */
static enum yh_rc prepare(struct yh_pg *c, const char *sql, const struct yh_arg *args, size_t n,
			  const char **name, struct yh_err *err)
{
	unsigned slot = slot_of(sql);
	struct yh_pg_stmt *s;
	Oid types[ARGS_MAX];
	PGresult *res;
	enum yh_rc rc = YH_OK;

	for (s = c->cache[slot]; s; s = s->next)
		if (strcmp(s->sql, sql) == 0) {
			*name = s->name;
			return YH_OK;
		}
	s = calloc(1, sizeof *s);
	if (!s || !(s->sql = strdup(sql))) {
		free(s);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	(void)snprintf(s->name, sizeof s->name, "yh%u", ++c->prepared);
	for (size_t i = 0; i < n; i++)
		types[i] = type_of(&args[i]);
	res = PQprepare(c->conn, s->name, sql, (int)n, types);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		rc = fail(c, res, err);
		free(s->sql);
		free(s);
	} else {
		s->next = c->cache[slot];
		c->cache[slot] = s;
		*name = s->name;
	}
	PQclear(res);
	return rc;
}

static enum yh_rc perform(struct yh_pg *c, const char *sql, const struct yh_arg *args, size_t n,
			  PGresult **res, struct yh_err *err)
{
	const char *values[ARGS_MAX], *name = NULL;
	int lengths[ARGS_MAX], formats[ARGS_MAX];
	uint64_t numbers[ARGS_MAX];
	ExecStatusType st;
	enum yh_rc rc;

	if (n > ARGS_MAX)
		return yh_fail(err, YH_INTERNAL, "db-too-many-arguments");
	rc = prepare(c, sql, args, n, &name, err);
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		formats[i] = 1;
		numbers[i] = htobe64((uint64_t)args[i].num);
		values[i] = args[i].kind == YH_A_NULL  ? NULL
			    : args[i].kind == YH_A_I64 ? (const char *)&numbers[i]
						       : args[i].p;
		lengths[i] = args[i].kind == YH_A_I64 ? 8 : (int)args[i].n;
		if (values[i] == NULL && args[i].kind != YH_A_NULL)
			values[i] = "";
	}
	*res = PQexecPrepared(c->conn, name, (int)n, values, lengths, formats, 1);
	st = PQresultStatus(*res);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK)
		return YH_OK;
	rc = fail(c, *res, err);
	PQclear(*res);
	return rc;
}

/* DDL comes without arguments and is not worth preparing. */
static enum yh_rc exec(void *conn, struct yh_err *err, int64_t *changed, const char *sql,
		       const struct yh_arg *args, size_t n)
{
	PGresult *res;
	enum yh_rc rc;

	if (n == 0 && !changed && strncmp(sql, "CREATE", 6) == 0)
		return yh_pg_run(conn, sql, err);
	rc = perform(conn, sql, args, n, &res, err);
	if (rc != YH_OK)
		return rc;
	if (changed)
		*changed = strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return YH_OK;
}

static enum yh_rc query(void *conn, struct yh_err *err, struct yh_rows **out, const char *sql,
			const struct yh_arg *args, size_t n)
{
	PGresult *res;
	struct rows *r;
	enum yh_rc rc = perform(conn, sql, args, n, &res, err);

	if (rc != YH_OK)
		return rc;
	r = calloc(1, sizeof *r);
	if (!r) {
		PQclear(res);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	*r = (struct rows){ .base = { &yh_engine_postgres }, .res = res, .at = -1 };
	*out = &r->base;
	return YH_OK;
}

static bool next(struct yh_rows *rows)
{
	struct rows *r = (struct rows *)rows;

	if (r->at < PQntuples(r->res))
		r->at++;
	return r->at < PQntuples(r->res);
}

static enum yh_rc end(struct yh_rows *rows, struct yh_err *err)
{
	struct rows *r = (struct rows *)rows;

	(void)err;
	PQclear(r->res);
	free(r);
	return YH_OK;
}

static bool is_null(const struct yh_rows *rows, int col)
{
	const struct rows *r = (const struct rows *)rows;

	return PQgetisnull(r->res, r->at, col);
}

/* sum() of bigint comes as numeric: base-10000 digits after four 16-bit header words. */
static int64_t numeric(const unsigned char *p)
{
	int digits = p[0] << 8 | p[1], weight = (int16_t)(p[2] << 8 | p[3]);
	bool negative = (p[4] << 8 | p[5]) == 0x4000;
	int64_t v = 0;

	for (int i = 0; i <= weight; i++) {
		int d = i < digits ? p[8 + 2 * i] << 8 | p[9 + 2 * i] : 0;

		v = v * 10000 + d;
	}
	return negative ? -v : v;
}

static int64_t i64(const struct yh_rows *rows, int col)
{
	const struct rows *r = (const struct rows *)rows;
	const char *p = PQgetvalue(r->res, r->at, col);
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;

	if (is_null(rows, col))
		return 0;
	switch (PQftype(r->res, col)) {
	case OID_INT8:
		memcpy(&v8, p, sizeof v8);
		return (int64_t)be64toh(v8);
	case OID_INT4:
		memcpy(&v4, p, sizeof v4);
		return (int32_t)be32toh(v4);
	case OID_INT2:
		memcpy(&v2, p, sizeof v2);
		return (int16_t)be16toh(v2);
	case OID_NUMERIC:
		return numeric((const unsigned char *)p);
	default:
		return *p != 0; /* boolean */
	}
}

static const char *text(const struct yh_rows *rows, int col)
{
	const struct rows *r = (const struct rows *)rows;

	return PQgetvalue(r->res, r->at, col);
}

static const void *bytes(const struct yh_rows *rows, int col, size_t *n)
{
	const struct rows *r = (const struct rows *)rows;

	*n = (size_t)PQgetlength(r->res, r->at, col);
	return PQgetvalue(r->res, r->at, col);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Advisory locks know 64 bits; two ids that fall together only wait for each other. */
static enum yh_rc lock(void *conn, const struct yh_id *keys, size_t n, struct yh_err *err)
{
	int64_t mixed[16];
	enum yh_rc rc = YH_OK;

	if (n > 16)
		return yh_fail(err, YH_INTERNAL, "db-too-many-arguments");
	for (size_t i = 0; i < n; i++) {
		uint64_t hi, lo;

		memcpy(&hi, keys[i].b, 8);
		memcpy(&lo, keys[i].b + 8, 8);
		mixed[i] = (int64_t)(be64toh(hi) * 0x9E3779B97F4A7C15u ^ be64toh(lo));
	}
	qsort(mixed, n, sizeof mixed[0], by_value);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_arg key = YH_I(mixed[i]);
		PGresult *res;

		rc = perform(conn, "SELECT pg_advisory_xact_lock($1)", &key, 1, &res, err);
		if (rc == YH_OK)
			PQclear(res);
	}
	return rc;
}

const struct yh_engine yh_engine_postgres = {
	.exec = exec,
	.query = query,
	.lock = lock,
	.next = next,
	.end = end,
	.is_null = is_null,
	.i64 = i64,
	.text = text,
	.bytes = bytes,
	.ddl_i64 = "bigint",
	.ddl_bytes = "bytea",
	.ddl_text = "text COLLATE \"C\"",
	.table_suffix = "",
};
