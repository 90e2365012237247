/* Rows for a store of any schema, and what they hold. */
#include "upgrade_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Name of the table, of the column, its type, NOT NULL, of the primary key, what it refers to. */
static const char sqlite_catalogue[] =
	"SELECT m.name, c.name, c.type, c.\"notnull\", c.pk, COALESCE(f.\"table\", ''),"
	" COALESCE(f.\"to\", '') FROM sqlite_master m JOIN pragma_table_info(m.name) c LEFT JOIN"
	" pragma_foreign_key_list(m.name) f ON f.\"from\" = c.name WHERE m.type = 'table' AND "
	"m.name"
	" NOT IN ('yh_schema', 'sqlite_stat1', 'sqlite_stat4', 'sqlite_sequence') ORDER BY m.name,"
	" c.cid";
static const char postgres_catalogue[] =
	"SELECT k.relname, a.attname, format_type(a.atttypid, -1), CASE WHEN a.attnotnull THEN 1 "
	"ELSE"
	" 0 END, CASE WHEN EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = k.oid AND"
	" i.indisprimary AND a.attnum = ANY (i.indkey)) THEN 1 ELSE 0 END, COALESCE(r.relname, ''),"
	" COALESCE(b.attname, '') FROM pg_class k JOIN pg_attribute a ON a.attrelid = k.oid AND"
	" a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_constraint f ON f.conrelid = k.oid AND"
	" f.contype = 'f' AND f.conkey[1] = a.attnum LEFT JOIN pg_class r ON r.oid = f.confrelid "
	"LEFT"
	" JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = f.confkey[1] WHERE k.relkind = "
	"'r'"
	" AND k.relnamespace = current_schema()::regnamespace AND k.relname <> 'yh_schema' ORDER BY"
	" k.relname, a.attnum";

static void copy(char to[64], const char *from)
{
	(void)snprintf(to, 64, "%s", from);
}

static char kind_of(const char *type)
{
	switch (type[0] | 0x20) {
	case 'i':
		return 'i';
	case 't':
		return 't';
	default:
		return type[0] == 'b' && type[1] == 'i' ? 'i' : 'b';
	}
}

static enum yh_rc read_catalogue(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct upgrade_store *s = arg;
	struct yh_rows *rows;

	WANT_OK(yh_query(tx, err, &rows,
			 store_test_on_postgres() ? postgres_catalogue : sqlite_catalogue));
	while (yh_rows_next(rows)) {
		const char *name = yh_col_text(rows, 0);
		struct upgrade_table *t = s->n ? &s->tables[s->n - 1] : NULL;
		struct upgrade_column *c;

		if (!t || strcmp(t->name, name) != 0) {
			WANT(s->n < UPGRADE_TABLES);
			t = &s->tables[s->n++];
			copy(t->name, name);
		}
		WANT(t->n < UPGRADE_COLUMNS);
		c = &t->columns[t->n++];
		copy(c->name, yh_col_text(rows, 1));
		c->kind = kind_of(yh_col_text(rows, 2));
		c->key = yh_col_i64(rows, 4) != 0;
		c->must = yh_col_i64(rows, 3) != 0 || c->key;
		copy(c->ref_table, yh_col_text(rows, 5));
		copy(c->ref_column, yh_col_text(rows, 6));
	}
	return yh_rows_end(rows, err);
}

void upgrade_read(struct store_test *t, struct upgrade_store *out)
{
	*out = (struct upgrade_store){ 0 };
	store_test_read(t, read_catalogue, out);
	assert_true(out->n > 3);
}

void upgrade_done(struct upgrade_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->tables[i].n_rows; k++)
			free(s->tables[i].rows[k]);
		free(s->tables[i].rows);
	}
	free(s);
}

/* What a migration that moves rows looks for. */
static const struct {
	const char *table, *column, *text;
	int64_t num;
} words[] = {
	{ "case_step", "kind", "fulfil", 0 },   { "settlement", "state", "closed", 0 },
	{ "case_step", "closed_at", NULL, -1 }, { "resource", "formal_at", NULL, 1000000 },
	{ "resource_size", "to_at", NULL, -1 }, { "statement_kept", "fault", NULL, -1 },
};

struct value {
	char text[160];
	int64_t num;
	unsigned char bytes[16];
	bool null;
};

static const struct upgrade_table *table_of(const struct upgrade_store *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->tables[i].name, name) == 0)
			return &s->tables[i];
	return NULL;
}

static void value_of(const struct upgrade_store *s, const struct upgrade_table *t,
		     const struct upgrade_column *c, int row, struct value *out)
{
	*out = (struct value){ .num = row, .null = row == 2 && !c->must };
	if (c->ref_table[0] && !out->null && strcmp(c->ref_table, t->name) != 0) {
		const struct upgrade_table *r = table_of(s, c->ref_table);

		for (size_t i = 0; r && i < r->n; i++)
			if (strcmp(r->columns[i].name, c->ref_column) == 0) {
				value_of(s, r, &r->columns[i], row, out);
				return;
			}
	}
	(void)snprintf(out->text, sizeof out->text, "%s'%d", c->name, row);
	memset(out->bytes, row, sizeof out->bytes);
	if (strcmp(t->name, "job") == 0) /* a migration gives some the ids of steps */
		out->bytes[0] = 0x70;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].table, t->name) == 0 && strcmp(words[i].column, c->name) == 0) {
			(void)snprintf(out->text, sizeof out->text, "%s",
				       words[i].text ? words[i].text : "");
			out->num = words[i].num;
			out->null |= !words[i].text && words[i].num < 0;
		}
}

struct filling {
	const struct upgrade_store *s;
	struct upgrade_table *t;
};

static enum yh_rc fill_table(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct filling *f = arg;
	struct value values[UPGRADE_COLUMNS];
	struct yh_arg args[UPGRADE_COLUMNS];
	char sql[8192];
	size_t len;

	for (int row = 1; row <= UPGRADE_ROWS; row++) {
		len = (size_t)snprintf(sql, sizeof sql, "INSERT INTO %s (", f->t->name);
		for (size_t i = 0; i < f->t->n; i++)
			len += (size_t)snprintf(sql + len, sizeof sql - len, "%s%s", i ? ", " : "",
						f->t->columns[i].name);
		len += (size_t)snprintf(sql + len, sizeof sql - len, ") VALUES (");
		for (size_t i = 0; i < f->t->n; i++) {
			const struct upgrade_column *c = &f->t->columns[i];

			value_of(f->s, f->t, c, row, &values[i]);
			args[i] = values[i].null   ? YH_NUL
				  : c->kind == 'i' ? YH_I(values[i].num)
				  : c->kind == 't' ? YH_T(values[i].text)
						   : YH_B(values[i].bytes, 16);
			len += (size_t)snprintf(sql + len, sizeof sql - len, "%s$%zu",
						i ? ", " : "", i + 1);
		}
		(void)snprintf(sql + len, sizeof sql - len, ")");
		WANT(f->t->n <= 32);
		WANT_OK(yh_db_exec(tx, err, NULL, sql, args, f->t->n));
	}
	return YH_OK;
}

static bool can_fill(const struct upgrade_store *s, const struct upgrade_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct upgrade_table *r = table_of(s, t->columns[i].ref_table);

		if (r && r != t && !r->filled)
			return false;
	}
	return true;
}

static enum yh_rc fill_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct upgrade_store *s = arg;
	size_t left = s->n, before = 0;

	while (left != before) {
		before = left;
		for (size_t i = 0; i < s->n; i++) {
			struct filling f = { s, &s->tables[i] };

			if (f.t->filled || !can_fill(s, f.t))
				continue;
			WANT_OK(fill_table(tx, &f, err));
			f.t->filled = true;
			left--;
		}
	}
	WANT(left == 0);
	return YH_OK;
}

void upgrade_fill(struct store_test *t, struct upgrade_store *s)
{
	store_test_write(t, fill_all, s);
}

struct telling {
	const struct upgrade_table *as; /* its columns, */
	const struct upgrade_table *of; /* as far as this one has them */
	char **rows;
	size_t n, room;
};

static void put_value(const struct yh_rows *rows, int col, char kind, char **at, char *end)
{
	const unsigned char *p;
	size_t n;

	if (yh_col_null(rows, col)) {
		*at += snprintf(*at, (size_t)(end - *at), "\001~");
	} else if (kind == 'b') {
		p = yh_col_bytes(rows, col, &n);
		*at += snprintf(*at, (size_t)(end - *at), "\001");
		for (size_t i = 0; i < n && end - *at > 3; i++)
			*at += snprintf(*at, 3, "%02x", p[i]);
	} else {
		*at += snprintf(*at, (size_t)(end - *at), "\001%s", yh_col_text(rows, col));
	}
	assert(*at < end);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const struct upgrade_column *column_of(const struct upgrade_table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

static enum yh_rc tell(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum { LINE = 1024 * 1024 };
	struct telling *q = arg;
	char sql[8192], *line = malloc(LINE);
	size_t len = (size_t)snprintf(sql, sizeof sql, "SELECT 0");
	struct yh_rows *rows;
	enum yh_rc rc;

	for (size_t i = 0; i < q->as->n; i++)
		if (column_of(q->of, q->as->columns[i].name))
			len += (size_t)snprintf(sql + len, sizeof sql - len, ", %s",
						q->as->columns[i].name);
	(void)snprintf(sql + len, sizeof sql - len, " FROM %s", q->as->name);
	rc = line ? yh_query(tx, err, &rows, sql) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && yh_rows_next(rows)) {
		char *at = line;
		int col = 1;

		for (size_t i = 0; i < q->as->n; i++)
			if (column_of(q->of, q->as->columns[i].name))
				put_value(rows, col++, q->as->columns[i].kind, &at, line + LINE);
		if (q->n == q->room) {
			q->room = q->room * 2 + 16;
			q->rows = realloc(q->rows, q->room * sizeof *q->rows);
		}
		q->rows[q->n++] = strdup(line);
	}
	free(line);
	return rc == YH_OK ? yh_rows_end(rows, err) : rc;
}

static void tell_table(struct store_test *t, struct telling *q)
{
	store_test_read(t, tell, q);
	if (q->n)
		qsort(q->rows, q->n, sizeof *q->rows, by_text);
}

static void drop_rows(struct telling *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->rows[i]);
	free(q->rows);
}

void upgrade_remember(struct store_test *t, struct upgrade_store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct telling q = { .as = &s->tables[i], .of = &s->tables[i] };

		tell_table(t, &q);
		s->tables[i].rows = q.rows;
		s->tables[i].n_rows = q.n;
	}
}

/* A row as it was, without the columns that are no more. */
static char *without(const struct upgrade_table *was, const struct upgrade_table *is,
		     const char *row)
{
	char *out = calloc(1, strlen(row) + 1), *at = out;

	for (size_t i = 0; i < was->n; i++) {
		size_t n = 1 + strcspn(row + 1, "\001");

		if (column_of(is, was->columns[i].name)) {
			memcpy(at, row, n);
			at += n;
		}
		row += n;
	}
	return out;
}

static size_t lost_of(struct store_test *t, const struct upgrade_table *was,
		      const struct upgrade_table *is)
{
	struct telling q = { .as = was, .of = is };
	size_t lost = 0;

	if (!is) {
		print_message("# %s is gone\n", was->name);
		return was->n_rows;
	}
	tell_table(t, &q);
	for (size_t i = 0; i < was->n_rows; i++) {
		char *row = without(was, is, was->rows[i]);

		if (!q.n || !bsearch(&row, q.rows, q.n, sizeof *q.rows, by_text)) {
			print_message("# %s lost %.300s\n", was->name, row);
			lost++;
		}
		free(row);
	}
	if (q.n < was->n_rows)
		lost++;
	drop_rows(&q);
	return lost;
}

size_t upgrade_lost(struct store_test *t, const struct upgrade_store *s)
{
	struct upgrade_store *now = malloc(sizeof *now);
	size_t lost = 0;

	assert_non_null(now);
	upgrade_read(t, now);
	for (size_t i = 0; i < s->n; i++)
		lost += lost_of(t, &s->tables[i], table_of(now, s->tables[i].name));
	upgrade_done(now);
	return lost;
}
