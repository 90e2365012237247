/* A unit's resources as they change: one topic a unit, built once for all who watch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/meter_text.h"
#include "services/project/project.h"
#include "store/register.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, MOST = 20000 };
/* How long a list of resources is good for; a new one shows after at most that. */
#define LIST_US (15 * YH_US_PER_S)

struct topic {
	struct yh_id unit, cloud;
	struct yh_arena list; /* holds nos */
	const char **nos;
	size_t n;
	yh_time listed_at;
	uint64_t mark; /* of the meter */
};

struct listing {
	const struct yh_id *unit, *cloud; /* cloud zero: any */
	struct yh_arena *arena;
	const char **nos;
	size_t n;
};

static enum yh_rc list_resources(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct listing *l = arg;

	return yh_unit_resources(tx, l->unit, l->cloud, MOST, l->arena, &l->nos, &l->n, err);
}

static void forget(void *state)
{
	struct topic *t = state;

	yh_arena_done(&t->list);
	free(t);
}

static enum yh_rc refresh(const struct yh_world *world, struct topic *t, struct yh_err *err)
{
	yh_time now = yh_clock_now(world->clock);
	struct listing l = { .unit = &t->unit, .cloud = &t->cloud, .arena = &t->list };
	enum yh_rc rc;

	if (t->listed_at && now - t->listed_at < LIST_US && now >= t->listed_at)
		return YH_OK;
	yh_arena_done(&t->list);
	t->n = 0;
	rc = yh_exec_read(world->exec, list_resources, &l, err);
	if (rc != YH_OK)
		return rc;
	t->nos = l.nos;
	t->n = l.n;
	t->listed_at = now;
	return YH_OK;
}

static void write_items(struct yh_jw *w, const struct yh_meter_line *lines, size_t n)
{
	yh_jw_arr(w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_meter_write_line(w, &lines[i]);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

/* "unit/cloud", as ids. */
static enum yh_rc read_key(const char *key, struct topic *t, struct yh_err *err)
{
	char unit[YH_ID_TEXT];
	enum yh_rc rc;

	(void)snprintf(unit, sizeof unit, "%.*s", (int)strcspn(key, "/"), key);
	rc = yh_id_parse(unit, &t->unit, err);
	return rc == YH_OK ? yh_id_parse(key + strlen(unit) + 1, &t->cloud, err) : rc;
}

static enum yh_rc build(const struct yh_world *world, const char *key, void **state,
			struct yh_jw *w, struct yh_err *err)
{
	struct topic *t = *state;
	struct yh_meter_line *lines;
	struct yh_arena arena;
	size_t n;
	enum yh_rc rc;

	if (!t) {
		t = calloc(1, sizeof *t);
		if (!t)
			return yh_fail(err, YH_BUSY, "memory-short");
		yh_arena_init(&t->list, (size_t)ARENA_BYTES);
		*state = t;
	}
	yh_arena_init(&arena, (size_t)ARENA_BYTES);
	rc = read_key(key, t, err);
	if (rc == YH_OK)
		rc = refresh(world, t, err);
	if (rc == YH_OK)
		rc = yh_meter_lines(world, t->nos, t->n, NULL, t->mark, &t->mark, &arena, &lines,
				    &n, err);
	if (rc == YH_OK && n > 0) {
		yh_jw_obj(w, NULL);
		write_items(w, lines, n);
		yh_jw_end_obj(w);
	}
	yh_arena_done(&arena);
	return rc;
}

struct stream_in {
	const char *unit, *cloud;
};
static const struct yh_field query[] = {
	{ "unit", YH_F_CODE, offsetof(struct stream_in, unit), YH_REQUIRED,
	  .about = "unit, code or id" },
	{ "cloud", YH_F_CODE, offsetof(struct stream_in, cloud), 0,
	  .about = "only on this cloud, code or id" },
	{ 0 },
};

struct following {
	const struct stream_in *in;
	struct listing list;
	struct yh_id unit, cloud;
};

/* All who follow a topic are told the same, so that only who sees every resource of it may: a body
 * of one of the unit's clouds follows what is on that cloud. */
static enum yh_rc admit(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct following *f = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	const char **seen;
	size_t n_seen;
	enum yh_rc rc = yh_ref_org(&rq->cx, f->in->unit, &f->unit, err);

	f->cloud = (struct yh_id){ { 0 } };
	if (rc == YH_OK)
		rc = yh_unit_see(&rq->cx, &who, &f->unit, err);
	if (rc == YH_OK && f->in->cloud)
		rc = yh_ref_cloud(&rq->cx, f->in->cloud, &f->cloud, err);
	f->list = (struct listing){ .unit = &f->unit, .cloud = &f->cloud, .arena = rq->cx.arena };
	if (rc == YH_OK)
		rc = list_resources(rq->cx.tx, &f->list, err);
	if (rc == YH_OK)
		rc = yh_resource_numbers(rq->cx.tx, &who, &f->unit, &f->cloud, MOST, rq->cx.arena,
					 &seen, &n_seen, err);
	if (rc == YH_OK && n_seen < f->list.n)
		rc = yh_fail(err, YH_FORBIDDEN, "meter-stream-part");
	return rc;
}

static enum yh_rc stream(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct following f = { .in = in };
	struct yh_meter_line *lines;
	struct yh_meter *meter;
	char key[2 * YH_ID_TEXT], cloud[YH_ID_TEXT];
	bool fresh = false;
	size_t n;
	enum yh_rc rc = yh_meter_of(rq->cx.world, &meter, err);

	if (rc == YH_OK)
		rc = yh_req_read(rq, admit, &f, err);
	if (rc == YH_OK) {
		(void)yh_id_text(&f.unit, key);
		(void)snprintf(key + YH_ID_TEXT - 1, YH_ID_TEXT + 1, "/%s",
			       yh_id_text(&f.cloud, cloud));
		rc = yh_req_follow(rq, key, &fresh, err);
	}
	if (rc != YH_OK || !fresh)
		return rc;
	rc = yh_meter_lines(rq->cx.world, f.list.nos, f.list.n, NULL, 0, NULL, rq->cx.arena, &lines,
			    &n, err);
	if (rc == YH_OK)
		write_items(rq->w, lines, n);
	return rc;
}

static const struct yh_live live = { "usage", build, forget, .apart = true };

static const struct yh_op ops[] = {
	{ "meter.stream", YH_GET, "/api/v1/meter/stream", "meter.read", YH_OP_ASIDE, NULL, query,
	  NULL, sizeof(struct stream_in), stream, NULL, "单位资源用量实时流",
	  "A unit's usage as it changes, as server-sent events", .live = &live,
	  .reply = "{items:[@Reading]} + {items:[@Reading]}" },
};

const struct yh_op_table yh_ops_meter_stream = { ops, sizeof ops / sizeof ops[0] };
