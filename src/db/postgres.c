/* PostgreSQL behind the driver: everything travels in binary, so that numbers and bytes are exact.
 */
#include "db/postgres.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/mem.h"

enum {
	OID_BOOL = 16,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_NUMERIC = 1700,
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MOST_MS = 5000
};

struct rows {
	struct yh_rows base;
	PGresult *res;
	int at;
	bool out_of_range; /* a number was read that 64 bits do not hold */
};

/* How a failure is told, by its code or the beginning of it; the first that fits. */
static const struct {
	const char *state;
	enum yh_rc rc;
	const char *slug;
	bool retry, broken;
} failures[] = {
	{ "40001", YH_BUSY, "store-busy", true, false }, /* serialization */
	{ "40P01", YH_BUSY, "store-busy", true, false }, /* deadlock */
	{ "23505", YH_CONFLICT, "db-unique", false, false },
	{ "23", YH_INTERNAL, "db-constraint", false, false },
	{ "22021", YH_BAD_INPUT, "text-encoding", false, false },
	{ "53100", YH_STORAGE, "store-full", false, false },
	{ "53", YH_BUSY, "store-busy", false, false },           /* memory, connections */
	{ "25006", YH_STORAGE, "store-read-only", false, true }, /* a standby: look for the head */
	{ "58", YH_STORAGE, "store-io", false, false },
	{ "57014", YH_BUSY, "store-busy", false, false },    /* took too long */
	{ "55P03", YH_BUSY, "store-busy", false, false },    /* a lock that took too long */
	{ "57P", YH_BUSY, "db-unavailable", false, true },   /* going down */
	{ "26000", YH_BUSY, "db-unavailable", false, true }, /* lost its prepared statements */
	{ "", YH_INTERNAL, "db-failed", false, false },
};

static bool plan_outdated(const PGresult *res)
{
	const char *where = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);

	return where && strcmp(where, "RevalidateCachedQuery") == 0;
}

static enum yh_rc fail(struct yh_pg *c, const PGresult *res, struct yh_err *err)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *said = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	enum yh_rc rc;
	size_t i = 0;

	if (PQstatus(c->conn) != CONNECTION_OK || (res && plan_outdated(res))) {
		c->broken = true;
		rc = yh_fail(err, YH_BUSY, "db-unavailable");
	} else {
		while (strncmp(state ? state : "", failures[i].state, strlen(failures[i].state)))
			i++;
		c->retry |= failures[i].retry;
		c->broken |= failures[i].broken;
		rc = yh_fail(err, failures[i].rc, failures[i].slug);
	}
	if (rc == YH_STORAGE || rc == YH_INTERNAL) /* the others reach clients whole */
		yh_err_text(err, "detail", said ? said : PQerrorMessage(c->conn));
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

static bool names_several_hosts(const char *url)
{
	const char *host = strstr(url, "://");

	return host && host[3 + strcspn(host + 3, ",/?")] == ',';
}

/* What the address does not say itself: bounds on waiting for a server that is not there, and,
 * where it names several, that the one to be found takes writes. */
static PGconn *dial(const char *url)
{
	static const char *const names[] = { "connect_timeout",
					     "keepalives_idle",
					     "keepalives_interval",
					     "keepalives_count",
					     "tcp_user_timeout",
					     "application_name",
					     "client_encoding",
					     "target_session_attrs",
					     "dbname",
					     NULL };
	const char *const values[] = { "5",     "10",
				       "5",     "3",
				       "30000", "yunheng",
				       "UTF8",  names_several_hosts(url) ? "primary" : "any",
				       url,     NULL };

	return PQconnectdbParams(names, values, 1);
}

/* A server set to acknowledge before it syncs is overruled for us. */
static enum yh_rc greet(struct yh_pg *c, struct yh_err *err)
{
	enum yh_rc rc;

	(void)PQsetNoticeProcessor(c->conn, quiet, NULL);
	rc = yh_pg_run(c, "SET statement_timeout = '60s'", err);
	/* Compiling a page's query takes ten times as long as running it. Who sees what is known to
	 * no statistics: the planner expects thousands of rows where a page reads fifty, and builds
	 * tables of what it then does not look up. Engines that speak this protocol may lack these
	 * settings. */
	if (rc == YH_OK)
		rc = yh_pg_run(c,
			       c->use == YH_PG_READS
				       ? "SELECT set_config(name, CASE name WHEN"
					 " 'random_page_cost' THEN '1.1' ELSE 'off' END, false)"
					 " FROM pg_settings WHERE name IN ('jit',"
					 " 'enable_hashjoin', 'random_page_cost')"
				       : "SELECT set_config('jit', 'off', false) FROM pg_settings"
					 " WHERE name = 'jit'",
			       err);
	if (rc == YH_OK)
		rc = yh_pg_run(c,
			       c->use == YH_PG_LAX
				       ? "SET synchronous_commit = off"
				       : "SELECT set_config('synchronous_commit', 'on', false)"
					 " WHERE current_setting('synchronous_commit') = 'off'",
			       err);
	return rc;
}

static enum yh_rc connect_to(struct yh_pg *c, const char *url, enum yh_rc as, const char *slug,
			     struct yh_err *err)
{
	struct yh_err why = { 0 };

	yh_pg_close(c);
	c->prepared = 0;
	c->retry = false;
	c->conn = dial(url);
	c->broken = PQstatus(c->conn) != CONNECTION_OK || greet(c, &why) != YH_OK;
	if (!c->broken)
		return YH_OK;
	(void)yh_fail(err, as, slug);
	if (as == YH_STORAGE)
		yh_err_text(err, "detail", PQerrorMessage(c->conn));
	return as;
}

enum yh_rc yh_pg_open(struct yh_pg *c, const char *url, enum yh_pg_use use, struct yh_err *err)
{
	*c = (struct yh_pg){ .use = use };
	return connect_to(c, url, YH_STORAGE, "db-open", err);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum yh_rc yh_pg_ready(struct yh_pg *c, const char *url, struct yh_err *err)
{
	unsigned char jitter;
	enum yh_rc rc;

	if (!c->broken)
		return YH_OK;
	if (now_ms() < c->retry_at_ms)
		return yh_fail(err, YH_BUSY, "db-unavailable");
	rc = connect_to(c, url, YH_BUSY, "db-unavailable", err);
	if (rc == YH_OK) {
		c->backoff_ms = 0;
		return YH_OK;
	}
	yh_random(&jitter, sizeof jitter);
	c->backoff_ms = c->backoff_ms ? c->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (c->backoff_ms > BACKOFF_MOST_MS)
		c->backoff_ms = BACKOFF_MOST_MS;
	c->retry_at_ms = now_ms() + c->backoff_ms / 2 + c->backoff_ms * jitter / 512;
	return rc;
}

enum yh_rc yh_pg_run(struct yh_pg *c, const char *sql, struct yh_err *err)
{
	PGresult *res = PQexec(c->conn, sql);
	ExecStatusType st = PQresultStatus(res);
	enum yh_rc rc = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? YH_OK : fail(c, res, err);

	PQclear(res);
	return rc;
}

enum yh_rc yh_pg_commit(struct yh_pg *c, struct yh_err *err)
{
	PGresult *res = PQexec(c->conn, "COMMIT");
	enum yh_rc rc = YH_OK;

	if (PQstatus(c->conn) != CONNECTION_OK) {
		c->broken = true;
		rc = yh_fail(err, YH_BUSY, "db-commit-unknown");
	} else if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		rc = fail(c, res, err);
	} else if (strcmp(PQcmdStatus(res), "COMMIT") != 0) {
		rc = yh_fail(err, YH_INTERNAL, "db-failed"); /* it was rolled back instead */
	}
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
		return YH_PG_INT8;
	case YH_A_TEXT:
		return YH_PG_TEXT;
	case YH_A_BYTES:
		return YH_PG_BYTEA;
	case YH_A_NULL:
		break;
	}
	return 0;
}

static bool serves(const struct yh_pg_stmt *s, const char *sql, const struct yh_pg_values *v)
{
	if (s->n != v->n || strcmp(s->sql, sql) != 0)
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (v->types[i] != 0 && v->types[i] != s->types[i])
			return false;
	return true;
}

/* A NULL leaves its type to the server, which may choose another than we send later: a statement
 * is kept for each set of types it was used with. */
static enum yh_rc prepare(struct yh_pg *c, const char *sql, const struct yh_pg_values *v,
			  const char **name, struct yh_err *err)
{
	unsigned slot = slot_of(sql);
	struct yh_pg_stmt *s;
	PGresult *res;
	enum yh_rc rc = YH_OK;

	for (s = c->cache[slot]; s; s = s->next)
		if (serves(s, sql, v)) {
			*name = s->name;
			return YH_OK;
		}
	s = calloc(1, sizeof *s);
	if (!s || !(s->sql = strdup(sql))) {
		free(s);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	s->n = v->n;
	(void)snprintf(s->name, sizeof s->name, "yh%u", ++c->prepared);
	memcpy(s->types, v->types, v->n * sizeof s->types[0]);
	res = PQprepare(c->conn, s->name, sql, (int)v->n, v->types);
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

enum yh_rc yh_pg_execute(struct yh_pg *c, const char *sql, const struct yh_pg_values *v,
			 PGresult **res, struct yh_err *err)
{
	int formats[YH_ARGS_MAX];
	const char *name = NULL;
	ExecStatusType st;
	enum yh_rc rc = prepare(c, sql, v, &name, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < v->n; i++)
		formats[i] = 1;
	*res = PQexecPrepared(c->conn, name, (int)v->n, v->values, v->lengths, formats, 1);
	st = PQresultStatus(*res);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK)
		return YH_OK;
	rc = fail(c, *res, err);
	PQclear(*res);
	return rc;
}

static enum yh_rc perform(struct yh_pg *c, const char *sql, const struct yh_arg *args, size_t n,
			  PGresult **res, struct yh_err *err)
{
	uint64_t numbers[YH_ARGS_MAX];
	struct yh_pg_values v = { .n = n };

	for (size_t i = 0; i < n; i++) {
		const struct yh_arg *a = &args[i];

		v.types[i] = type_of(a);
		numbers[i] = htobe64((uint64_t)a->num);
		v.lengths[i] = a->kind == YH_A_I64 ? 8 : (int)a->n;
		v.values[i] = a->kind == YH_A_I64 ? (const char *)&numbers[i] : a->p;
		if (a->kind == YH_A_NULL)
			v.values[i] = NULL;
		else if (!v.values[i])
			v.values[i] = "";
	}
	return yh_pg_execute(c, sql, &v, res, err);
}

static enum yh_rc exec(void *conn, struct yh_err *err, int64_t *changed, const char *sql,
		       const struct yh_arg *args, size_t n)
{
	PGresult *res;
	enum yh_rc rc = perform(conn, sql, args, n, &res, err);

	if (rc != YH_OK)
		return rc;
	if (changed)
		*changed = strncmp(PQcmdStatus(res), "SELECT", 6) == 0
				   ? 0
				   : strtoll(PQcmdTuples(res), NULL, 10);
	PQclear(res);
	return YH_OK;
}

/* The extended protocol takes one statement only, as SQLite does. */
static enum yh_rc define(void *conn, struct yh_err *err, const char *sql)
{
	struct yh_pg *c = conn;
	PGresult *res = PQexecParams(c->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
	ExecStatusType st = PQresultStatus(res);
	enum yh_rc rc = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK ? YH_OK : fail(c, res, err);

	PQclear(res);
	return rc;
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
	*r = (struct rows){ .res = res, .at = -1 };
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
	enum yh_rc rc = r->out_of_range ? yh_fail(err, YH_INTERNAL, "db-range") : YH_OK;

	PQclear(r->res);
	free(r);
	return rc;
}

static bool is_null(const struct yh_rows *rows, int col)
{
	const struct rows *r = (const struct rows *)rows;

	return PQgetisnull(r->res, r->at, col);
}

/* sum() of bigint comes as numeric: base-10000 digits after four 16-bit header words. False when it
 * is no number or too large. */
static bool numeric(const unsigned char *p, int64_t *out)
{
	int digits = p[0] << 8 | p[1], weight = (int16_t)(p[2] << 8 | p[3]);
	int sign = p[4] << 8 | p[5];
	int64_t v = 0;

	if (sign != 0 && sign != 0x4000)
		return false;
	for (int i = 0; i <= weight; i++) {
		int d = i < digits ? p[8 + 2 * i] << 8 | p[9 + 2 * i] : 0;

		if (__builtin_mul_overflow(v, 10000, &v) ||
		    __builtin_add_overflow(v, sign ? -d : d, &v))
			return false;
	}
	*out = v;
	return true;
}

static int64_t i64(const struct yh_rows *rows, int col)
{
	struct rows *r = (struct rows *)(uintptr_t)rows;
	const char *p;
	uint64_t v8;
	uint32_t v4;
	uint16_t v2;
	int64_t v = 0;

	if (is_null(rows, col))
		return 0;
	p = PQgetvalue(r->res, r->at, col);
	switch (PQftype(r->res, col)) {
	case YH_PG_INT8:
		memcpy(&v8, p, sizeof v8);
		return (int64_t)be64toh(v8);
	case OID_INT4:
		memcpy(&v4, p, sizeof v4);
		return (int32_t)be32toh(v4);
	case OID_INT2:
		memcpy(&v2, p, sizeof v2);
		return (int16_t)be16toh(v2);
	case OID_BOOL:
		return *p != 0;
	case OID_NUMERIC:
		r->out_of_range |= !numeric((const unsigned char *)p, &v);
		return v;
	default:
		r->out_of_range = true;
		return 0;
	}
}

static const char *text(const struct yh_rows *rows, int col)
{
	const struct rows *r = (const struct rows *)rows;

	return is_null(rows, col) ? "" : PQgetvalue(r->res, r->at, col);
}

static const void *bytes(const struct yh_rows *rows, int col, size_t *n)
{
	const struct rows *r = (const struct rows *)rows;

	*n = is_null(rows, col) ? 0 : (size_t)PQgetlength(r->res, r->at, col);
	return *n ? PQgetvalue(r->res, r->at, col) : "";
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Advisory locks know 64 bits; two ids that fall together only wait for each other. */
static enum yh_rc lock(void *conn, const struct yh_id *keys, size_t n, struct yh_err *err)
{
	int64_t mixed[YH_LOCKS_MAX];
	enum yh_rc rc = YH_OK;

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

		if (i > 0 && mixed[i] == mixed[i - 1])
			continue;
		rc = perform(conn, "SELECT pg_advisory_xact_lock($1)", &key, 1, &res, err);
		if (rc == YH_OK)
			PQclear(res);
	}
	return rc;
}

static enum yh_rc mark(void *conn, struct yh_err *err)
{
	return yh_pg_run(conn, "SAVEPOINT try", err);
}

static enum yh_rc keep(void *conn, struct yh_err *err)
{
	return yh_pg_run(conn, "RELEASE try", err);
}

/* A collision is answered by repeating the whole. */
static enum yh_rc back(void *conn, struct yh_err *err)
{
	struct yh_pg *c = conn;

	if (c->broken)
		return yh_fail(err, YH_BUSY, "db-unavailable");
	if (c->retry)
		return yh_fail(err, YH_BUSY, "store-busy");
	return yh_pg_run(c, "ROLLBACK TO try; RELEASE try", err);
}

const struct yh_engine yh_engine_postgres = {
	.exec = exec,
	.insert = yh_pg_insert,
	.query = query,
	.define = define,
	.lock = lock,
	.mark = mark,
	.keep = keep,
	.back = back,
	.next = next,
	.end = end,
	.is_null = is_null,
	.i64 = i64,
	.text = text,
	.bytes = bytes,
	.ddl_i64 = "bigint",
	.ddl_bytes = "bytea",
	.ddl_text = "text COLLATE \"C\"",
	.ddl_clustered = "",
	.table_suffix = "",
	.table_count = "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1)",
};
