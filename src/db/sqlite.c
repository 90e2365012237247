/* SQLite behind the driver. */
#include "db/sqlite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static enum yh_rc failed(struct yh_sqlite *c, int code, struct yh_err *err)
{
	enum yh_rc rc;

	switch (code & 0xFF) {
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    code == SQLITE_CONSTRAINT_ROWID)
			return yh_fail(err, YH_CONFLICT, "db-unique");
		rc = yh_fail(err, YH_INTERNAL, "db-constraint");
		break;
	case SQLITE_FULL:
		rc = yh_fail(err, YH_STORAGE, "store-full");
		break;
	case SQLITE_READONLY:
		rc = yh_fail(err, YH_STORAGE, "store-read-only");
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		rc = yh_fail(err, YH_STORAGE, "store-io");
		break;
	case SQLITE_INTERRUPT:
		return yh_fail(err, YH_BUSY, "store-closing");
	case SQLITE_NOMEM:
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return yh_fail(err, YH_BUSY, "store-busy"); /* nothing a client should see */
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

	return code == SQLITE_OK ? YH_OK : failed(c, sqlite3_extended_errcode(c->db), err);
}

static enum yh_rc open_failed(struct yh_sqlite *c, int code, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_STORAGE, "db-open");

	yh_err_text(err, "detail", c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
	return rc;
}

/* Some file systems cannot, and then SQLite quietly keeps the mode it had. */
static enum yh_rc use_wal(struct yh_sqlite *c, struct yh_err *err)
{
	sqlite3_stmt *st = NULL;
	const unsigned char *mode;
	bool wal;
	int code = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode = WAL", -1, &st, NULL);
	enum yh_rc rc = YH_OK;

	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	mode = code == SQLITE_ROW ? sqlite3_column_text(st, 0) : NULL;
	wal = mode && strcmp((const char *)mode, "wal") == 0;
	if (code != SQLITE_ROW) {
		rc = open_failed(c, code, err);
	} else if (!wal) {
		rc = yh_fail(err, YH_STORAGE, "db-open");
		yh_err_text(err, "detail", "no write-ahead log on this file system");
	}
	(void)sqlite3_finalize(st);
	return rc;
}

/* LIKE minds case and "x" is never a string, as on PostgreSQL; a foreign file's schema is not
 * trusted. */
static int configure(struct yh_sqlite *c, bool readonly, bool no_sync)
{
	static const char common[] = "PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192;"
				     "PRAGMA case_sensitive_like = ON;"
				     "PRAGMA journal_size_limit = 67108864;";
	int code = sqlite3_exec(c->db, common, NULL, NULL, NULL);

	(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 1200, 256);
	if (code == SQLITE_OK)
		code = sqlite3_exec(
			c->db, no_sync ? "PRAGMA synchronous = OFF" : "PRAGMA synchronous = FULL",
			NULL, NULL, NULL);
	if (code == SQLITE_OK && readonly)
		code = sqlite3_exec(c->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
	return code;
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* A write of a batch may be undone alone, for which SQLite keeps the former pages: in memory,
 * whatever their number. With a bound it puts them by in one piece of that size and writes it to a
 * file at once, which it cannot do beyond 128 KiB: "disk full". Nobody asks for its own count of
 * memory. */
static void prepare_library(void)
{
	enum { UNBOUNDED = -1 };

	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNBOUNDED);
}

enum yh_rc yh_sqlite_open(struct yh_sqlite *c, const char *path, bool readonly, bool no_sync,
			  struct yh_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int code;
	enum yh_rc rc = YH_OK;

	memset(c, 0, sizeof *c);
	(void)pthread_once(&library_once, prepare_library);
	code = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (code != SQLITE_OK)
		return open_failed(c, code, err);
	(void)sqlite3_extended_result_codes(c->db, 1);
	(void)sqlite3_busy_timeout(c->db, 10000);
	if (!readonly)
		rc = use_wal(c, err);
	if (rc != YH_OK)
		return rc;
	code = configure(c, readonly, no_sync);
	return code == SQLITE_OK ? YH_OK : open_failed(c, code, err);
}

static int is_stopped(void *stop)
{
	return stop && atomic_load((const atomic_bool *)stop);
}

/* A path as a file: URI that says that nobody writes; NULL: no memory. */
static char *quiet_uri(const char *path)
{
	static const char ends[] = "?immutable=1";
	char *uri = malloc(sizeof "file:" + 3 * strlen(path) + sizeof ends);
	char *at = uri;

	if (!uri)
		return NULL;
	at = stpcpy(at, "file:");
	for (; *path; path++)
		if (strchr("%?#", *path))
			at += sprintf(at, "%%%02X", (unsigned)*path);
		else
			*at++ = *path;
	(void)strcpy(at, ends);
	return uri;
}

static enum yh_rc check_pages(struct yh_sqlite *c, struct yh_err *err)
{
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(c->db, "PRAGMA quick_check(1)", -1, &st, NULL);
	const char *said = NULL;
	enum yh_rc rc = YH_OK;

	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(st, 0);
	if (code == SQLITE_INTERRUPT) {
		rc = yh_fail(err, YH_BUSY, "job-stopped");
	} else if (code == SQLITE_NOMEM || (code == SQLITE_ROW && !said)) {
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	} else if (!said || strcmp(said, "ok") != 0) {
		rc = yh_fail(err, YH_BAD_INPUT, "backup-damaged");
		yh_err_text(err, "detail", said ? said : sqlite3_errstr(code));
	}
	(void)sqlite3_finalize(st);
	return rc;
}

enum yh_rc yh_db_check_file(const char *path, const atomic_bool *stop, struct yh_err *err)
{
	enum { OFTEN = 10000 };
	YH_FREE_AUTO char *uri = quiet_uri(path);
	struct yh_sqlite c = { 0 };
	enum yh_rc rc;
	int code;

	if (!uri)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)pthread_once(&library_once, prepare_library);
	code = sqlite3_open_v2(uri, &c.db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK) {
		(void)sqlite3_db_config(c.db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		sqlite3_progress_handler(c.db, OFTEN, is_stopped, (void *)(uintptr_t)stop);
		rc = check_pages(&c, err);
	} else {
		rc = open_failed(&c, code, err);
	}
	(void)sqlite3_close(c.db);
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

/* The length of a text without YH_SKIP_TAKEN at its end. */
static size_t length_of(const char *sql)
{
	static const char last[] = " SKIP LOCKED";
	size_t n = strlen(sql);
	const char *from = strstr(sql, " FOR UPDATE OF ");

	return from && n > sizeof last && strcmp(sql + n - (sizeof last - 1), last) == 0
		       ? (size_t)(from - sql)
		       : n;
}

static bool only_blanks(const char *s)
{
	return s[strspn(s, " \t\r\n;")] == 0;
}

/* Prepares exactly one statement whose parameters are $1 to $n and nothing else. */
static enum yh_rc new_stmt(struct yh_sqlite *c, const char *sql, struct yh_sqlite_stmt **out,
			   struct yh_err *err)
{
	struct yh_sqlite_stmt *s = calloc(1, sizeof *s);
	const char *tail = "";
	size_t len = length_of(sql);
	int code = SQLITE_NOMEM, found = 0;
	enum yh_rc rc;

	if (s)
		s->sql = strdup(sql);
	if (s && s->sql)
		code = sqlite3_prepare_v3(c->db, sql, (int)len, SQLITE_PREPARE_PERSISTENT, &s->st,
					  &tail);
	for (size_t i = 1; code == SQLITE_OK && i <= YH_ARGS_MAX; i++) {
		char name[8];

		(void)snprintf(name, sizeof name, "$%zu", i);
		s->map[i] = sqlite3_bind_parameter_index(s->st, name);
		if (s->map[i]) {
			s->highest = i;
			found++;
		}
	}
	if (code != SQLITE_OK)
		rc = failed(c, code, err);
	else if (!s->st || (tail < sql + len && !only_blanks(tail)) ||
		 found != sqlite3_bind_parameter_count(s->st))
		rc = yh_fail(err, YH_INTERNAL, "db-statement");
	else
		rc = YH_OK;
	if (rc == YH_OK)
		*out = s;
	else if (s)
		free_stmt(s);
	return rc;
}

static struct yh_sqlite_stmt **place_of(struct yh_sqlite *c, const char *sql)
{
	return &c->lately[((uintptr_t)sql >> 4) % YH_SQLITE_CACHE];
}

/* A statement nobody is reading from; one that is busy gets a twin. */
static enum yh_rc take(struct yh_sqlite *c, const char *sql, struct yh_sqlite_stmt **out,
		       struct yh_err *err)
{
	struct yh_sqlite_stmt *s = *place_of(c, sql);
	unsigned slot;
	enum yh_rc rc;

	if (s && !s->busy && strcmp(s->sql, sql) == 0) {
		s->busy = true;
		*out = s;
		return YH_OK;
	}
	slot = slot_of(sql);
	for (s = c->cache[slot]; s; s = s->next)
		if (!s->busy && strcmp(s->sql, sql) == 0)
			break;
	if (!s) {
		rc = new_stmt(c, sql, &s, err);
		if (rc != YH_OK)
			return rc;
		s->next = c->cache[slot];
		c->cache[slot] = s;
	}
	s->busy = true;
	*place_of(c, sql) = *out = s;
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

	if (rc == YH_OK && n < (*out)->highest) {
		give_back(*out);
		rc = yh_fail(err, YH_INTERNAL, "db-arguments");
	}
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		int at = (*out)->map[i + 1];
		int code = at ? bind_one((*out)->st, at, &args[i], keep) : SQLITE_OK;

		if (code != SQLITE_OK) {
			give_back(*out);
			rc = failed(c, code, err);
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
		rc = failed(c, code, err);
	else if (changed)
		*changed = sqlite3_stmt_readonly(s->st) ? 0 : sqlite3_changes64(c->db);
	give_back(s);
	return rc;
}

enum yh_rc yh_sqlite_again(struct yh_sqlite *c, const char *sql, struct yh_err *err)
{
	return exec(c, err, NULL, sql, NULL, 0);
}

static enum yh_rc define(void *conn, struct yh_err *err, const char *sql)
{
	struct yh_sqlite *c = conn;
	struct yh_sqlite_stmt *s;
	int code;
	enum yh_rc rc = new_stmt(c, sql, &s, err);

	if (rc != YH_OK)
		return rc;
	do
		code = sqlite3_step(s->st);
	while (code == SQLITE_ROW);
	if (code != SQLITE_DONE)
		rc = failed(c, code, err);
	free_stmt(s);
	return rc;
}

static enum yh_rc end(struct yh_rows *rows, struct yh_err *err)
{
	struct yh_sqlite_rows *r = (struct yh_sqlite_rows *)rows;
	/* a text of the last row that there was no memory for is told here alone */
	int code = sqlite3_reset(r->stmt->st);
	enum yh_rc rc = YH_OK;

	if (r->state != SQLITE_ROW && r->state != SQLITE_DONE)
		code = r->state;
	if (code != SQLITE_OK)
		rc = failed(r->conn, code, err);
	give_back(r->stmt);
	return rc;
}

static enum yh_rc query(void *conn, struct yh_err *err, struct yh_rows **out, const char *sql,
			const struct yh_arg *args, size_t n)
{
	struct yh_sqlite_stmt *s;
	struct yh_sqlite_rows *r;
	enum yh_rc rc = prepare(conn, sql, args, n, SQLITE_TRANSIENT, &s, err);

	if (rc != YH_OK)
		return rc;
	r = &s->rows;
	*r = (struct yh_sqlite_rows){
		.conn = conn, .stmt = s, .state = sqlite3_step(s->st), .fresh = true
	};
	if (r->state != SQLITE_ROW && r->state != SQLITE_DONE)
		return end(&r->base, err);
	*out = &r->base;
	return YH_OK;
}

static bool next(struct yh_rows *rows)
{
	struct yh_sqlite_rows *r = (struct yh_sqlite_rows *)rows;

	if (r->state == SQLITE_ROW && !r->fresh)
		r->state = sqlite3_step(r->stmt->st);
	r->fresh = false;
	return r->state == SQLITE_ROW;
}

static sqlite3_stmt *stmt_of(const struct yh_rows *rows)
{
	return ((const struct yh_sqlite_rows *)rows)->stmt->st;
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

static enum yh_rc mark(void *conn, struct yh_err *err)
{
	return yh_sqlite_again(conn, "SAVEPOINT try", err);
}

static enum yh_rc keep(void *conn, struct yh_err *err)
{
	return yh_sqlite_again(conn, "RELEASE try", err);
}

static enum yh_rc back(void *conn, struct yh_err *err)
{
	struct yh_sqlite *c = conn;
	enum yh_rc rc;

	if (sqlite3_get_autocommit(c->db)) /* a full disk took the whole transaction with it */
		return yh_fail(err, YH_STORAGE, "store-io");
	rc = yh_sqlite_again(c, "ROLLBACK TO try", err);
	return rc == YH_OK ? yh_sqlite_again(c, "RELEASE try", err) : rc;
}

const struct yh_engine yh_engine_sqlite = {
	.exec = exec,
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
	.ddl_i64 = "INTEGER",
	.ddl_bytes = "BLOB",
	.ddl_text = "TEXT",
	.ddl_clustered = "WITHOUT ROWID,",
	.table_suffix = "\nSTRICT",
	.table_count = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
};
