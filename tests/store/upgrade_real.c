/* Stores that programs of their time made. */
#include "upgrade_real.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "store/schema.h"

enum { LINE = 4 * 1024 * 1024, WIDTH = 32 };

struct reading {
	gzFile f;
	char *line, sql[4096];
	size_t width;
};

static json_t *next(struct reading *r)
{
	json_error_t why;
	json_t *j;

	if (!gzgets(r->f, r->line, LINE))
		return NULL;
	j = json_loads(r->line, JSON_DECODE_ANY, &why);
	if (!j)
		fail_msg("%s", why.text);
	return j;
}

static void open_file(struct reading *r, const char *path)
{
	r->f = gzopen(path, "rb");
	r->line = malloc(LINE);
	assert_non_null(r->f);
	assert_non_null(r->line);
}

static void close_file(struct reading *r)
{
	free(r->line);
	(void)gzclose(r->f);
}

int upgrade_real_schema(const char *path)
{
	struct reading r = { 0 };
	json_t *head;
	int n;

	open_file(&r, path);
	head = next(&r);
	n = (int)json_integer_value(json_object_get(head, "schema"));
	json_decref(head);
	close_file(&r);
	return n;
}

static void begin_table(struct reading *r, const json_t *head)
{
	const json_t *columns = json_object_get(head, "columns");
	size_t len = (size_t)snprintf(r->sql, sizeof r->sql, "INSERT INTO %s (",
				      json_string_value(json_object_get(head, "table")));

	r->width = json_array_size(columns);
	for (size_t i = 0; i < r->width; i++)
		len += (size_t)snprintf(r->sql + len, sizeof r->sql - len, "%s%s", i ? ", " : "",
					json_string_value(json_array_get(columns, i)));
	len += (size_t)snprintf(r->sql + len, sizeof r->sql - len, ") VALUES (");
	for (size_t i = 0; i < r->width; i++)
		len += (size_t)snprintf(r->sql + len, sizeof r->sql - len, "%s$%zu", i ? ", " : "",
					i + 1);
	(void)snprintf(r->sql + len, sizeof r->sql - len, ")");
}

static struct yh_arg bytes_of(const char *hex, unsigned char **own)
{
	size_t n = strlen(hex) / 2;

	*own = malloc(n + 1);
	for (size_t i = 0; *own && i < n; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		(*own)[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return YH_B(*own, n);
}

static enum yh_rc put_row(struct reading *r, struct yh_tx *tx, const json_t *row,
			  struct yh_err *err)
{
	struct yh_arg args[WIDTH];
	unsigned char *own[WIDTH] = { NULL };
	enum yh_rc rc;

	WANT(r->width <= WIDTH && json_array_size(row) == r->width);
	for (size_t i = 0; i < r->width; i++) {
		const json_t *v = json_array_get(row, i);

		args[i] = json_is_null(v)      ? YH_NUL
			  : json_is_integer(v) ? YH_I(json_integer_value(v))
			  : json_is_string(v)
				  ? YH_T(json_string_value(v))
				  : bytes_of(json_string_value(json_object_get(v, "x")), &own[i]);
	}
	rc = yh_db_exec(tx, err, NULL, r->sql, args, r->width);
	for (size_t i = 0; i < r->width; i++)
		free(own[i]);
	return rc;
}

/* What a migration put in by itself is in the file, too. */
static enum yh_rc put_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;
	enum yh_rc rc = YH_OK;
	json_t *j;

	while (rc == YH_OK && (j = next(r))) {
		if (json_is_object(j))
			begin_table(r, j);
		else
			rc = put_row(r, tx, j, err);
		json_decref(j);
	}
	return rc;
}

void upgrade_real_load(struct store_test *t, const char *path)
{
	size_t n;
	const struct yh_migration *m = yh_schema(&n);
	int schema = upgrade_real_schema(path);
	struct reading r = { 0 };
	struct yh_err err = { 0 };

	assert_true(schema > 0 && schema <= (int)n);
	assert_int_equal(yh_db_migrate(t->x, m, (size_t)schema, &err), YH_OK);
	open_file(&r, path);
	json_decref(next(&r));
	store_test_write(t, put_all, &r);
	close_file(&r);
}
