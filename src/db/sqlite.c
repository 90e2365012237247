/* SQLite behind the driver. */
#include "db/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
	struct yh_rows base;
	struct yh_sqlite *conn;
	struct yh_sqlite_stmt *stmt;
	int state; /* SQLITE_ROW, SQLITE_DONE or an error */
};

enum yh_rc yh_sqlite_fail(struct yh_sqlite *c, int code, struct yh_err *err)
{
	enum yh_rc rc;

	switch (code & 0xFF) {
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
			return yh_fail(err, YH_CONFLICT, "db-unique");
		rc = yh_fail(err, YH_INTERNAL, "db-constraint");
		break;
	case SQLITE_FULL:
		rc = yh_fail(err, YH_STORAGE, "store-full");
		break;
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		rc = yh_fail(err, YH_STORAGE, "store-io");
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		rc = yh_fail(err, YH_BUSY, "store-busy");
		break;
	default:
		rc = yh_fail(err, YH_INTERNAL, "db-failed");
		break;
	}
	yh_err_text(err, "detail", c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
	return rc;
}

enum yh_rc yh_sqlite_run(struct yh_sqlite *c, const char *sql, struct yh_err *err)
{
	int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? YH_OK : yh_sqlite_fail(c, sqlite3_extended_errcode(c->db), err);
}

enum yh_rc yh_sqlite_open(struct yh_sqlite *c, const char *path, bool readonly, bool no_sync,
			  struct yh_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int code;
	enum yh_rc rc;

	memset(c, 0, sizeof *c);
	code = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (code != SQLITE_OK) {
		rc = yh_fail(err, YH_STORAGE, "db-open");
		yh_err_text(err, "detail", c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
		return rc;
	}
	(void)sqlite3_extended_result_codes(c->db, 1);
	(void)sqlite3_busy_timeout(c->db, 10000);
	rc = yh_sqlite_run(c, "PRAGMA foreign_keys = ON", err);
	if (rc == YH_OK && !readonly)
		rc = yh_sqlite_run(c, "PRAGMA journal_mode = WAL", err);
	if (rc == YH_OK)
		rc = yh_sqlite_run(
			c, no_sync ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL", err);
	if (rc == YH_OK)
		rc = yh_sqlite_run(c, "PRAGMA cache_size = -8192", err);
	if (rc == YH_OK && readonly)
		rc = yh_sqlite_run(c, "PRAGMA query_only = ON", err);
	return rc;
}

static void free_stmt(struct yh_sqlite_stmt *s)
{
	(void)sqlite3_finalize(s->st);
	free(s->sql);
	free(s);
}

void yh_sqlite_close(struct yh_sqlite *c)
{
	for (size_t i = 0; i < YH_SQLITE_CACHE; i++)
		while (c->cache[i]) {
			struct yh_sqlite_stmt *s = c->cache[i];

			c->cache[i] = s->next;
			free_stmt(s);
		}
	(void)sqlite3_close(c->db);
	c->db = NULL;
}

static unsigned slot_of(const char *sql)
{
	unsigned h = 2166136261u;

	for (; *sql; sql++)
		h = (h ^ (unsigned char)*sql) * 16777619u;
	return h % YH_SQLITE_CACHE;
}

static struct yh_sqlite_stmt *new_stmt(struct yh_sqlite *c, const char *sql, int *code)
{
	struct yh_sqlite_stmt *s = calloc(1, sizeof *s);

	*code = SQLITE_NOMEM;
	if (!s)
		return NULL;
	s->sql = strdup(sql);
	if (s->sql)
		*code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->st, NULL);
	if (*code != SQLITE_OK) {
		free_stmt(s);
		return NULL;
	}
	for (int i = 1; i < (int)(sizeof s->map / sizeof s->map[0]); i++) {
		char name[8];

		(void)snprintf(name, sizeof name, "$%d", i);
		s->map[i] = sqlite3_bind_parameter_index(s->st, name);
	}
	return s;
}

/* A statement nobody is reading from; one that is busy gets a twin. */
static enum yh_rc take(struct yh_sqlite *c, const char *sql, struct yh_sqlite_stmt **out,
		       struct yh_err *err)
{
	unsigned slot = slot_of(sql);
	struct yh_sqlite_stmt *s;
	int code;

	for (s = c->cache[slot]; s; s = s->next)
		if (!s->busy && strcmp(s->sql, sql) == 0)
			break;
	if (!s) {
		s = new_stmt(c, sql, &code);
		if (!s)
			return yh_sqlite_fail(c, code, err);
		s->next = c->cache[slot];
		c->cache[slot] = s;
	}
	s->busy = true;
	*out = s;
	return YH_OK;
}

static void give_back(struct yh_sqlite_stmt *s)
{
	(void)sqlite3_reset(s->st);
	(void)sqlite3_clear_bindings(s->st);
	s->busy = false;
}

static int bind_one(sqlite3_stmt *st, int at, const struct yh_arg *a, sqlite3_destructor_type keep)
{
	switch (a->kind) {
	case YH_A_I64:
		return sqlite3_bind_int64(st, at, a->num);
	case YH_A_TEXT:
		return sqlite3_bind_text64(st, at, a->p, a->n, keep, SQLITE_UTF8);
	case YH_A_BYTES:
		return a->n ? sqlite3_bind_blob64(st, at, a->p, a->n, keep)
			    : sqlite3_bind_zeroblob(st, at, 0);
	case YH_A_NULL:
		break;
	}
	return sqlite3_bind_null(st, at);
}

static enum yh_rc prepare(struct yh_sqlite *c, const char *sql, const struct yh_arg *args, size_t n,
			  sqlite3_destructor_type keep, struct yh_sqlite_stmt **out,
			  struct yh_err *err)
{
	enum yh_rc rc = take(c, sql, out, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		int at = (*out)->map[i + 1];
		int code = at ? bind_one((*out)->st, at, &args[i], keep) : SQLITE_OK;

		if (code != SQLITE_OK) {
			give_back(*out);
			rc = yh_sqlite_fail(c, code, err);
		}
	}
	return rc;
}

static enum yh_rc exec(void *conn, struct yh_err *err, int64_t *changed, const char *sql,
		       const struct yh_arg *args, size_t n)
{
	struct yh_sqlite *c = conn;
	struct yh_sqlite_stmt *s;
	int code;
	enum yh_rc rc = prepare(c, sql, args, n, SQLITE_STATIC, &s, err);

	if (rc != YH_OK)
		return rc;
	do
		code = sqlite3_step(s->st);
	while (code == SQLITE_ROW);
	if (code != SQLITE_DONE)
		rc = yh_sqlite_fail(c, sqlite3_extended_errcode(c->db), err);
	else if (changed)
		*changed = sqlite3_changes64(c->db);
	give_back(s);
	return rc;
}

static enum yh_rc query(void *conn, struct yh_err *err, struct yh_rows **out, const char *sql,
			const struct yh_arg *args, size_t n)
{
	struct yh_sqlite_stmt *s;
	struct rows *r;
	enum yh_rc rc = prepare(conn, sql, args, n, SQLITE_TRANSIENT, &s, err);

	if (rc != YH_OK)
		return rc;
	r = calloc(1, sizeof *r);
	if (!r) {
		give_back(s);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	*r = (struct rows){ .base = { &yh_engine_sqlite }, .conn = conn, .stmt = s };
	r->state = sqlite3_step(s->st);
	if (r->state == SQLITE_ROW)
		r->state = SQLITE_OK; /* a row waits to be fetched */
	*out = &r->base;
	return YH_OK;
}

static bool next(struct yh_rows *rows)
{
	struct rows *r = (struct rows *)rows;

	if (r->state == SQLITE_OK)
		r->state = SQLITE_ROW;
	else if (r->state == SQLITE_ROW)
		r->state = sqlite3_step(r->stmt->st);
	return r->state == SQLITE_ROW;
}

static enum yh_rc end(struct yh_rows *rows, struct yh_err *err)
{
	struct rows *r = (struct rows *)rows;
	bool bad = r->state != SQLITE_OK && r->state != SQLITE_ROW && r->state != SQLITE_DONE;
	enum yh_rc rc =
		bad ? yh_sqlite_fail(r->conn, sqlite3_extended_errcode(r->conn->db), err) : YH_OK;

	give_back(r->stmt);
	free(r);
	return rc;
}

static sqlite3_stmt *stmt_of(const struct yh_rows *rows)
{
	return ((const struct rows *)rows)->stmt->st;
}

static bool is_null(const struct yh_rows *rows, int col)
{
	return sqlite3_column_type(stmt_of(rows), col) == SQLITE_NULL;
}

static int64_t i64(const struct yh_rows *rows, int col)
{
	return sqlite3_column_int64(stmt_of(rows), col);
}

static const char *text(const struct yh_rows *rows, int col)
{
	const unsigned char *t = sqlite3_column_text(stmt_of(rows), col);

	return t ? (const char *)t : "";
}

static const void *bytes(const struct yh_rows *rows, int col, size_t *n)
{
	const void *p = sqlite3_column_blob(stmt_of(rows), col);

	*n = (size_t)sqlite3_column_bytes(stmt_of(rows), col);
	return p ? p : "";
}

/* Writers are one at a time already. */
static enum yh_rc lock(void *conn, const struct yh_id *keys, size_t n, struct yh_err *err)
{
	(void)conn;
	(void)keys;
	(void)n;
	(void)err;
	return YH_OK;
}

const struct yh_engine yh_engine_sqlite = {
	.exec = exec,
	.query = query,
	.lock = lock,
	.next = next,
	.end = end,
	.is_null = is_null,
	.i64 = i64,
	.text = text,
	.bytes = bytes,
	.ddl_i64 = "INTEGER",
	.ddl_bytes = "BLOB",
	.ddl_text = "TEXT",
	.table_suffix = " STRICT",
};
