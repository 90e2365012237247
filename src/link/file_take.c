/* Pieces of files that come: added to what is there, and judged once it is whole. */
#include <stdio.h>
#include <string.h>

#include "link/case_internal.h"
#include "link/file.h"
#include "services/document/part.h"

struct taking {
	struct yh_link_exchange *x;
	struct yh_sm3 digest;
	struct yh_ctx cx;
	struct yh_link_file_row *rows; /* all with these bytes */
	struct yh_link_file_row *lead; /* the first that is awaited; NULL: none */
	size_t n;
	int64_t got;
	/* once it is whole, of each row: what it is, or what is wrong with it */
	const struct yh_document_kind **kinds;
	struct yh_err *wrong;
	const struct yh_err *why; /* it does not come, or is not what was told */
};

static bool is_coming(const struct yh_link_file_row *f)
{
	return strcmp(f->state, "coming") == 0;
}

static void enter(struct taking *t, struct yh_tx *tx)
{
	t->cx = (struct yh_ctx){ .tx = tx,
				 .world = t->x->link->cfg.world,
				 .actor = yh_link_actor(),
				 .now = t->x->now,
				 .arena = t->x->arena };
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct taking *t = arg;
	enum yh_rc rc = yh_link_file_same(tx, &t->x->view.cloud, &t->digest, t->x->arena, &t->rows,
					  &t->n, err);

	enter(t, tx);
	t->lead = NULL;
	for (size_t i = t->n; rc == YH_OK && i-- > 0;)
		if (is_coming(&t->rows[i]))
			t->lead = &t->rows[i];
	return rc;
}

static enum yh_rc find(struct taking *t, struct yh_err *err)
{
	enum yh_rc rc = yh_exec_read(t->x->link->cfg.world->exec, look, t, err);

	return rc == YH_OK && t->n == 0 ? yh_fail(err, YH_NOT_FOUND, "link-file-unasked") : rc;
}

/* Each row that is still awaited, under its lock; its case first, as whoever labels that does. */
static enum yh_rc each(struct taking *t, struct yh_tx *tx,
		       enum yh_rc (*fn)(struct taking *, size_t, struct yh_err *),
		       struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	enter(t, tx);
	for (size_t i = 0; rc == YH_OK && i < t->n; i++) {
		bool found;

		rc = yh_db_lock(tx, &t->rows[i].case_id, 1, err);
		if (rc == YH_OK)
			rc = yh_db_lock(tx, &t->rows[i].id, 1, err);
		if (rc == YH_OK)
			rc = yh_link_file_load(tx, &t->rows[i].id, t->x->arena, &t->rows[i], &found,
					       err);
		if (rc != YH_OK || !is_coming(&t->rows[i]))
			continue;
		rc = fn(t, i, err);
		if (rc == YH_OK)
			rc = yh_link_file_save(tx, &t->rows[i], err);
	}
	return rc;
}

static enum yh_rc get_on(struct taking *t, size_t i, struct yh_err *err)
{
	(void)err;
	t->rows[i].got_bytes = t->got;
	t->rows[i].problem = "";
	return YH_OK;
}

static enum yh_rc put_off(struct taking *t, size_t i, struct yh_err *err)
{
	struct yh_link_file_row *f = &t->rows[i];
	struct yh_err named = *t->why;

	yh_err_text(&named, "file", f->name);
	f->got_bytes = t->got;
	f->retry_at = t->x->now + LINK_FILE_RETRY_S * YH_US_PER_S;
	return yh_case_keep_problem(&t->cx, &named, &f->problem, err);
}

static enum yh_rc settle(struct taking *t, size_t i, struct yh_err *err)
{
	struct yh_link_file_row *f = &t->rows[i];

	return t->kinds[i] ? yh_link_file_here(&t->cx, f, t->kinds[i]->name, err)
			   : yh_link_file_refuse(&t->cx, f, &t->wrong[i], err);
}

static enum yh_rc write_progress(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return each(arg, tx, get_on, err);
}

static enum yh_rc write_put_off(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return each(arg, tx, put_off, err);
}

static enum yh_rc write_settled(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return each(arg, tx, settle, err);
}

static enum yh_rc judge_one(struct taking *t, const struct yh_part *part, size_t i, bool *any,
			    struct yh_err *err)
{
	const struct yh_link_file_row *f = &t->rows[i];
	const struct yh_document_in in = {
		.name = f->name, .fd = part->fd, .path = part->path, .size_bytes = part->bytes
	};
	enum yh_rc rc;

	if (f->size_bytes != part->bytes)
		(void)yh_fail(&t->wrong[i], YH_BAD_INPUT, "link-file-changed");
	else
		(void)!yh_document_admits(&t->cx, &in, &t->kinds[i], &t->wrong[i]);
	rc = t->wrong[i].rc;
	if (rc != YH_OK)
		t->kinds[i] = NULL;
	*any = *any || t->kinds[i];
	if (rc == YH_OK || yh_case_is_answer(&t->wrong[i]))
		return YH_OK;
	*err = t->wrong[i];
	return rc;
}

/* Held against the limits that hold here, under each name that it has. */
static enum yh_rc judge(struct taking *t, const struct yh_part *part, bool *any, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*any = false;
	t->kinds = YH_NEW_N(t->x->arena, const struct yh_document_kind *, t->n);
	t->wrong = YH_NEW_N(t->x->arena, struct yh_err, t->n);
	if (!t->kinds || !t->wrong)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < t->n; i++)
		if (is_coming(&t->rows[i]))
			rc = judge_one(t, part, i, any, err);
	return rc;
}

static enum yh_rc take_whole(struct taking *t, struct yh_part *part, struct yh_err *err)
{
	const struct yh_world *world = t->x->link->cfg.world;
	struct yh_err why = { 0 };
	struct yh_sm3 digest;
	bool any;
	enum yh_rc rc = yh_files_digest(part->fd, &digest, err);

	if (rc != YH_OK)
		return rc;
	if (memcmp(digest.b, t->digest.b, sizeof digest.b) != 0) {
		(void)yh_fail(&why, YH_BAD_INPUT, "link-file-changed");
		t->why = &why;
		rc = yh_part_clear(part, err);
		t->got = 0;
		return rc == YH_OK ? yh_exec_write(world->exec, write_put_off, t, err) : rc;
	}
	rc = judge(t, part, &any, err);
	if (rc == YH_OK && any)
		return yh_part_keep(world, part, &digest, write_settled, t, err);
	if (rc == YH_OK)
		rc = yh_part_clear(part, err);
	return rc == YH_OK ? yh_exec_write(world->exec, write_settled, t, err) : rc;
}

static enum yh_rc add(struct taking *t, const struct yh_link_piece *p, struct yh_part *part,
		      struct yh_err *err)
{
	int64_t size = t->lead->size_bytes;
	enum yh_rc rc;

	t->got = part->bytes;
	if (p->at != part->bytes && part->bytes < size)
		return YH_OK; /* goes on behind what is there */
	if (p->at == part->bytes) {
		if ((int64_t)p->n > size - part->bytes)
			return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", "bytes");
		rc = yh_part_add(part, p->bytes, p->n, err);
		if (rc != YH_OK)
			return rc;
	}
	t->got = part->bytes;
	return part->bytes < size
		       ? yh_exec_write(t->x->link->cfg.world->exec, write_progress, t, err)
		       : take_whole(t, part, err);
}

static enum yh_rc how_it_stands(struct taking *t, struct yh_link_file_row *out, struct yh_err *err)
{
	enum yh_rc rc = find(t, err);

	if (rc != YH_OK)
		return rc;
	*out = t->lead ? *t->lead : t->rows[0];
	if (t->lead)
		out->got_bytes = t->got;
	return YH_OK;
}

enum yh_rc yh_link_file_add(struct yh_link_exchange *x, const struct yh_link_piece *p,
			    struct yh_link_file_row *out, struct yh_err *err)
{
	struct taking t = { .x = x, .digest = p->digest };
	struct yh_part part;
	enum yh_rc rc = find(&t, err);

	if (rc != YH_OK)
		return rc;
	if (t.lead) {
		rc = yh_part_open(x->link->cfg.world, &x->view.cloud, &p->digest, &part, err);
		if (rc != YH_OK)
			return rc;
		rc = add(&t, p, &part, err);
		yh_part_close(&part);
	}
	return rc == YH_OK ? how_it_stands(&t, out, err) : rc;
}

enum yh_rc yh_link_file_lacks(struct yh_link_exchange *x, const struct yh_sm3 *digest,
			      const struct yh_err *why, struct yh_link_file_row *out,
			      struct yh_err *err)
{
	struct taking t = { .x = x, .digest = *digest, .why = why };
	enum yh_rc rc = find(&t, err);

	if (rc == YH_OK && t.lead)
		t.got = t.lead->got_bytes;
	if (rc == YH_OK)
		rc = yh_exec_write(x->link->cfg.world->exec, write_put_off, &t, err);
	return rc == YH_OK ? how_it_stands(&t, out, err) : rc;
}
