/* Many rows in one statement of PostgreSQL: each argument travels as an array, which unnest() makes
 * rows of again. Older and domestic servers know that as well, and the text of the statement does
 * not depend on how many rows there are. */
#include <endian.h>
#include <string.h>

#include "base/buf.h"
#include "db/postgres.h"

enum {
	OID_BYTEA_ARRAY = 1001,
	OID_TEXT_ARRAY = 1009,
	OID_INT8_ARRAY = 1016,
	ROWS_MOST = 2000,
	BYTES_MOST = 1024 * 1024, /* then it is sent, whatever the last row made of it */
	BUFFER_MOST = 512 * 1024 * 1024,
	HEAD = 20, /* dimensions, NULLs, type; length and first index of the only dimension */
	TEXT_MOST = 16 * 1024,
};

struct column {
	struct yh_buf array;
	enum yh_arg_kind kind; /* YH_A_NULL: nothing but NULLs so far */
	bool nulls;
};

struct batch {
	struct yh_pg *conn;
	const char *sql; /* of one row */
	struct column columns[YH_ARGS_MAX];
	size_t width, rows, bytes;
};

static void put_be32(struct yh_buf *b, int32_t v)
{
	uint32_t be = htobe32((uint32_t)v);

	yh_buf_add(b, &be, sizeof be);
}

static void begin(struct batch *b)
{
	static const char head[HEAD];

	b->rows = b->bytes = 0;
	for (size_t i = 0; i < b->width; i++) {
		struct column *c = &b->columns[i];

		c->array.len = 0;
		c->kind = YH_A_NULL;
		c->nulls = false;
		yh_buf_add(&c->array, head, sizeof head);
	}
}

/* False: a column has values of two kinds. */
static bool add(struct column *c, const struct yh_arg *a)
{
	uint64_t number = htobe64((uint64_t)a->num);

	if (a->kind == YH_A_NULL) {
		c->nulls = true;
		put_be32(&c->array, -1);
		return true;
	}
	if (c->kind != YH_A_NULL && c->kind != a->kind)
		return false;
	c->kind = a->kind;
	put_be32(&c->array, a->kind == YH_A_I64 ? 8 : (int32_t)a->n);
	if (a->kind == YH_A_I64)
		yh_buf_add(&c->array, &number, sizeof number);
	else
		yh_buf_add(&c->array, a->p, a->n);
	return true;
}

static enum yh_rc add_row(struct batch *b, const struct yh_arg *args, struct yh_err *err)
{
	for (size_t i = 0; i < b->width; i++) {
		if (args[i].n > YH_ARG_BYTES_MAX)
			return yh_fail(err, YH_TOO_LARGE, "db-argument-size");
		if (!add(&b->columns[i], &args[i]))
			return yh_fail(err, YH_INTERNAL, "db-arguments");
		if (!yh_buf_ok(&b->columns[i].array))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		b->bytes += args[i].n + 8;
	}
	b->rows++;
	return YH_OK;
}

static Oid array_of(enum yh_arg_kind kind, Oid *element)
{
	switch (kind) {
	case YH_A_TEXT:
		*element = YH_PG_TEXT;
		return OID_TEXT_ARRAY;
	case YH_A_BYTES:
		*element = YH_PG_BYTEA;
		return OID_BYTEA_ARRAY;
	case YH_A_I64:
	case YH_A_NULL: /* which the statement does not name */
		break;
	}
	*element = YH_PG_INT8;
	return OID_INT8_ARRAY;
}

static void finish_head(struct column *c, Oid element, size_t rows)
{
	const uint32_t head[] = { htobe32(1), htobe32(c->nulls), htobe32(element),
				  htobe32((uint32_t)rows), htobe32(1) };

	memcpy(c->array.data, head, sizeof head);
}

/* A column of nothing but NULLs is written as one, whose type the table knows. False: no such
 * argument. */
static bool put_argument(struct yh_buf *out, const struct batch *b, const char **at)
{
	size_t k = 0;

	for (++*at; **at >= '0' && **at <= '9' && k <= YH_ARGS_MAX; ++*at)
		k = k * 10 + (size_t)(**at - '0');
	if (k < 1 || k > b->width)
		return false;
	if (b->columns[k - 1].kind == YH_A_NULL)
		yh_buf_str(out, "NULL");
	else
		yh_buf_printf(out, "unnest($%zu)", k);
	return true;
}

/* "INSERT INTO t (a, b) VALUES ($1, 0) …" becomes "INSERT INTO t (a, b) SELECT unnest($1), 0 …".
 */
static bool many(struct yh_buf *out, const struct batch *b)
{
	static const char values[] = " VALUES (";
	const char *at = strstr(b->sql, values);
	bool quoted = false;

	if (!at)
		return false;
	yh_buf_add(out, b->sql, (size_t)(at - b->sql));
	yh_buf_str(out, " SELECT ");
	for (at += sizeof values - 1; *at && (quoted || *at != ')');) {
		quoted ^= *at == '\'';
		if (!quoted && *at == '$') {
			if (!put_argument(out, b, &at))
				return false;
			continue;
		}
		yh_buf_add(out, at++, 1);
	}
	if (*at)
		yh_buf_str(out, at + 1);
	return *at && yh_buf_ok(out);
}

static enum yh_rc send(struct batch *b, struct yh_err *err)
{
	struct yh_pg_values v = { .n = b->width };
	struct yh_buf text;
	PGresult *res = NULL;
	enum yh_rc rc;

	if (b->rows == 0)
		return YH_OK;
	for (size_t i = 0; i < b->width; i++) {
		struct column *c = &b->columns[i];
		Oid element;

		v.types[i] = array_of(c->kind, &element);
		finish_head(c, element, b->rows);
		if (c->kind == YH_A_NULL)
			continue;
		v.values[i] = c->array.data;
		v.lengths[i] = (int)c->array.len;
	}
	yh_buf_init(&text, TEXT_MOST);
	rc = many(&text, b) ? yh_pg_execute(b->conn, yh_buf_text(&text), &v, &res, err)
			    : yh_fail(err, YH_INTERNAL, "db-statement");
	if (rc == YH_OK)
		PQclear(res);
	yh_buf_done(&text);
	begin(b);
	return rc;
}

static enum yh_rc insert_all(struct batch *b, yh_fill_fn fill, const void *rows, size_t n,
			     struct yh_err *err)
{
	struct yh_arg args[YH_ARGS_MAX];
	enum yh_rc rc = YH_OK;

	begin(b);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		fill(rows, i, args);
		rc = add_row(b, args, err);
		if (rc == YH_OK && (b->rows == ROWS_MOST || b->bytes >= BYTES_MOST))
			rc = send(b, err);
	}
	return rc == YH_OK ? send(b, err) : rc;
}

/* How a foreign key is looked up is planned once a connection, and where the table it leads to was
 * small then, it is read from end to end for each row ever after. */
enum yh_rc yh_pg_insert(void *conn, struct yh_err *err, const char *sql, size_t width,
			yh_fill_fn fill, const void *rows, size_t n)
{
	struct batch b = { .conn = conn, .sql = sql, .width = width };
	enum yh_rc rc = yh_pg_run(conn, "SET LOCAL enable_seqscan = off", err);

	for (size_t i = 0; i < width; i++)
		yh_buf_init(&b.columns[i].array, BUFFER_MOST);
	if (rc == YH_OK)
		rc = insert_all(&b, fill, rows, n, err);
	for (size_t i = 0; i < width; i++)
		yh_buf_done(&b.columns[i].array);
	return rc == YH_OK ? yh_pg_run(conn, "SET LOCAL enable_seqscan TO DEFAULT", err) : rc;
}
