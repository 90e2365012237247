/* All shapes of the tables, bound to each other. */
#include <stdio.h>
#include <string.h>

#include "http/shape.h"

enum { BOOK_BYTES = 4 * 1024 * 1024 };

static enum yh_rc short_of_memory(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc fault(const char *slug, const char *name, struct yh_err *err)
{
	(void)yh_fail(err, YH_INTERNAL, slug);
	yh_err_text(err, "name", name);
	return YH_INTERNAL;
}

bool yh_shape_none(const struct yh_op *op)
{
	return op->reply && strcmp(op->reply, "none") == 0;
}

void yh_shape_title(const struct yh_op *op, const char *part, char out[YH_SHAPE_NAME])
{
	size_t n = 0;
	bool up = true;

	for (const char *s = op->name; *s && n < YH_SHAPE_NAME - 1; s++) {
		bool letter = (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9');

		if (letter)
			out[n++] = up && *s >= 'a' ? (char)(*s - 'a' + 'A') : *s;
		up = !letter;
	}
	(void)snprintf(out + n, YH_SHAPE_NAME - n, "%s", part);
}

static struct yh_shape_entry *find(const struct yh_shape_book *book, const char *name)
{
	for (size_t i = 0; i < book->n_names; i++)
		if (strcmp(book->names[i].name, name) == 0)
			return &book->names[i];
	return NULL;
}

static enum yh_rc bind_shape(struct yh_shape_book *book, struct yh_shape *s, struct yh_err *err);

static enum yh_rc bind_entry(struct yh_shape_book *book, struct yh_shape_entry *e,
			     struct yh_err *err)
{
	enum yh_rc rc;

	if (e->bound)
		return YH_OK;
	if (e->open)
		return fault("shape-circular", e->name, err);
	e->open = true;
	rc = bind_shape(book, e->shape, err);
	e->bound = rc == YH_OK;
	return rc;
}

/* Appends a member, unless its name stands already. */
static enum yh_rc add(struct yh_shape *s, struct yh_member ***end, struct yh_member *m,
		      struct yh_err *err)
{
	for (const struct yh_member *old = s->members; old && old != m; old = old->next)
		if (strcmp(old->name, m->name) == 0)
			return fault("shape-twice", m->name, err);
	**end = m;
	*end = &m->next;
	return YH_OK;
}

/* Copies of the members of a named object. */
static enum yh_rc add_all(struct yh_shape_book *book, struct yh_shape *s, struct yh_member ***end,
			  const char *name, struct yh_err *err)
{
	struct yh_shape_entry *e = find(book, name);
	enum yh_rc rc = e ? bind_entry(book, e, err) : YH_OK;

	if (!e || (rc == YH_OK && e->shape->kind != YH_SH_RECORD))
		return fault("shape-unknown", name, err);
	for (const struct yh_member *m = e->shape->members; rc == YH_OK && m; m = m->next) {
		struct yh_member *copy = yh_arena_memdup(book->arena, m, sizeof *m);

		if (!copy)
			return short_of_memory(err);
		copy->next = NULL;
		rc = add(s, end, copy, err);
	}
	return rc;
}

static enum yh_rc bind_members(struct yh_shape_book *book, struct yh_shape *s, struct yh_err *err)
{
	struct yh_member *m = s->members, *next, **end = &s->members;
	enum yh_rc rc = YH_OK;

	s->members = NULL;
	for (; rc == YH_OK && m; m = next) {
		next = m->next;
		m->next = NULL;
		if (!m->name) {
			rc = add_all(book, s, &end, m->shape.word, err);
			continue;
		}
		rc = bind_shape(book, &m->shape, err);
		if (rc == YH_OK)
			rc = add(s, &end, m, err);
	}
	return rc;
}

static enum yh_rc bind_shape(struct yh_shape_book *book, struct yh_shape *s, struct yh_err *err)
{
	if (s->kind == YH_SH_RECORD)
		return bind_members(book, s, err);
	if (s->kind == YH_SH_NAMED && !find(book, s->word))
		return fault("shape-unknown", s->word, err);
	return s->of ? bind_shape(book, s->of, err) : YH_OK;
}

static enum yh_rc read_names(struct yh_shape_book *book, const struct yh_named_shape *list,
			     struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (; rc == YH_OK && list && list->name; list++) {
		struct yh_shape_entry e = { .name = list->name };

		rc = find(book, list->name)
			     ? fault("shape-twice", list->name, err)
			     : yh_shape_parse(book->arena, list->shape, &e.shape, NULL, err);
		if (rc != YH_OK)
			yh_err_text(err, "where", list->name);
		book->names[book->n_names++] = e;
	}
	return rc;
}

static bool takes_second(const struct yh_op *op)
{
	return op->live || op->flags & YH_OP_PAGED;
}

static enum yh_rc read_reply(struct yh_shape_book *book, const struct yh_op *op, struct yh_err *err)
{
	struct yh_reply_shape *r = &book->replies[book->n_replies++];
	char title[YH_SHAPE_NAME];
	enum yh_rc rc;

	r->op = op;
	yh_shape_title(op, "", title);
	if (find(book, title))
		return fault("shape-twice", title, err);
	if (!op->reply || op->flags & YH_OP_RAW || yh_shape_none(op))
		return YH_OK;
	rc = yh_shape_parse(book->arena, op->reply, &r->shape, takes_second(op) ? &r->beside : NULL,
			    err);
	if (rc == YH_OK && op->flags & YH_OP_PAGED && r->beside && r->beside->kind != YH_SH_RECORD)
		rc = fault("shape-unknown", "+", err);
	return rc;
}

static enum yh_rc bind_reply(struct yh_shape_book *book, struct yh_reply_shape *r,
			     struct yh_err *err)
{
	enum yh_rc rc = r->shape ? bind_shape(book, r->shape, err) : YH_OK;

	if (rc == YH_OK && r->beside)
		rc = bind_shape(book, r->beside, err);
	if (rc != YH_OK || !r->beside || !(r->op->flags & YH_OP_PAGED))
		return rc;
	for (const struct yh_member *m = r->beside->members; m; m = m->next)
		if (strcmp(m->name, "items") == 0 || strcmp(m->name, "next") == 0)
			return fault("shape-twice", m->name, err);
	return YH_OK;
}

static enum yh_rc read_all(struct yh_shape_book *book, const struct yh_op_table *const *tables,
			   size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = read_names(book, tables[i]->shapes, err);
	for (size_t i = 0; rc == YH_OK && i < book->n_names; i++) {
		rc = bind_entry(book, &book->names[i], err);
		if (rc != YH_OK)
			yh_err_text(err, "where", book->names[i].name);
	}
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		for (size_t k = 0; rc == YH_OK && k < tables[i]->n; k++) {
			rc = read_reply(book, &tables[i]->ops[k], err);
			if (rc == YH_OK)
				rc = bind_reply(book, &book->replies[book->n_replies - 1], err);
			if (rc != YH_OK)
				yh_err_text(err, "where", tables[i]->ops[k].name);
		}
	return rc;
}

enum yh_rc yh_shape_book_load(struct yh_arena *arena, const struct yh_op_table *const *tables,
			      size_t n, struct yh_shape_book *out, struct yh_err *err)
{
	size_t names = 0, ops = 0;

	for (size_t i = 0; i < n; i++) {
		ops += tables[i]->n;
		for (const struct yh_named_shape *s = tables[i]->shapes; s && s->name; s++)
			names++;
	}
	*out = (struct yh_shape_book){ .arena = arena };
	out->names = YH_NEW_N(arena, struct yh_shape_entry, names + 1);
	out->replies = YH_NEW_N(arena, struct yh_reply_shape, ops + 1);
	return out->names && out->replies ? read_all(out, tables, n, err) : short_of_memory(err);
}

enum yh_rc yh_shape_check(const struct yh_op_table *const *tables, size_t n, struct yh_err *err)
{
	struct yh_shape_book book;
	struct yh_arena arena;
	enum yh_rc rc;

	yh_arena_init(&arena, BOOK_BYTES);
	rc = yh_shape_book_load(&arena, tables, n, &book, err);
	yh_arena_done(&arena);
	return rc;
}
