/* The wall screen of the city: each part is found out anew when it has become old, once for all who
 * look, and told to those who follow when it is another than before. */
#include "api/city.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/log.h"

enum { LANGS = 2, PART_BYTES = 1024 * 1024, ARENA_BYTES = 256 * 1024 * 1024 };

/* A part as it stands in replies: `"key":value`. */
struct piece {
	char *text; /* NULL: never written */
	int64_t made_ms;
	uint64_t version; /* of the board when it became this */
};

struct yh_city_board {
	pthread_mutex_t lock; /* also while parts are written: nobody else needs to */
	uint64_t version;
	struct piece pieces[LANGS][YH_CITY_PARTS];
};

struct yh_city_board *yh_city_board_new(void)
{
	struct yh_city_board *b = calloc(1, sizeof *b);

	if (b)
		(void)pthread_mutex_init(&b->lock, NULL);
	return b;
}

void yh_city_board_free(struct yh_city_board *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < LANGS; i++)
		for (size_t k = 0; k < YH_CITY_PARTS; k++)
			free(b->pieces[i][k].text);
	(void)pthread_mutex_destroy(&b->lock);
	free(b);
}

/* ---- writing parts anew ---- */

struct renewal {
	struct yh_city_board *board;
	struct piece *pieces; /* of the language */
	struct yh_city_look look;
	struct yh_req rq;
	bool due[YH_CITY_PARTS];
};

static enum yh_rc write_part(struct renewal *r, size_t i, struct yh_err *err)
{
	const struct yh_city_part *part = &yh_city_parts[i];
	struct piece *p = &r->pieces[i];
	struct yh_buf out;
	struct yh_jw w;
	enum yh_rc rc;
	char *text;

	yh_buf_init(&out, PART_BYTES);
	yh_jw_init(&w, &out);
	r->rq.w = &w;
	yh_jw_obj(&w, NULL);
	rc = part->write(&r->look, part->key, err);
	yh_jw_end_obj(&w);
	if (rc == YH_OK && !yh_buf_ok(&out))
		rc = yh_fail(err, YH_TOO_LARGE, "event-too-large");
	if (rc == YH_OK && (!p->text || strcmp(p->text, yh_buf_text(&out)) != 0)) {
		text = strdup(yh_buf_text(&out));
		if (text) {
			free(p->text);
			p->text = text;
			p->version = ++r->board->version;
		} else {
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
		}
	}
	if (rc == YH_OK) {
		p->made_ms = yh_monotonic_ms();
		r->due[i] = false;
	}
	yh_buf_done(&out);
	return rc;
}

static enum yh_rc list_clouds(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct renewal *r = arg;

	return yh_platform_clouds(tx, r->rq.cx.arena, &r->look.clouds, &r->look.n_clouds, err);
}

static enum yh_rc write_stored(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct renewal *r = arg;
	enum yh_rc rc = YH_OK;

	r->rq.cx.tx = tx;
	for (size_t i = 0; rc == YH_OK && i < YH_CITY_PARTS; i++)
		if (r->due[i] && !yh_city_parts[i].metered)
			rc = write_part(r, i, err);
	r->rq.cx.tx = NULL;
	return rc;
}

static bool of_platform(size_t part)
{
	return yh_city_parts[part].metered || strcmp(yh_city_parts[part].key, "clouds") == 0;
}

/* A meter that cannot answer leaves what it said last, or nothing, and keeps the rest from nobody.
 */
static void read_platform(struct renewal *r)
{
	struct yh_city_look *l = &r->look;
	struct yh_err why = { 0 };

	if (yh_platform_read(r->rq.cx.world, l->clouds, l->n_clouds, r->rq.cx.arena, &why) == YH_OK)
		return;
	yh_log_err(YH_WARN, "city-meter", &why);
	for (size_t i = 0; i < l->n_clouds; i++)
		l->clouds[i].n = 0;
	for (size_t i = 0; i < YH_CITY_PARTS; i++)
		if (r->due[i] && of_platform(i) && r->pieces[i].text) {
			r->due[i] = false;
			r->pieces[i].made_ms = yh_monotonic_ms(); /* others wait for the lock */
		}
}

static bool any_due(struct renewal *r, bool *platform)
{
	int64_t now_ms = yh_monotonic_ms();
	bool any = false;

	*platform = false;
	for (size_t i = 0; i < YH_CITY_PARTS; i++) {
		const struct piece *p = &r->pieces[i];

		r->due[i] = !p->text || now_ms - p->made_ms >= yh_city_parts[i].every_ms;
		any = any || r->due[i];
		*platform = *platform || (r->due[i] && of_platform(i));
	}
	return any;
}

static enum yh_rc renew(struct renewal *r, struct yh_err *err)
{
	const struct yh_world *world = r->rq.cx.world;
	bool platform;
	enum yh_rc rc = YH_OK;

	if (!any_due(r, &platform))
		return YH_OK;
	if (platform)
		rc = yh_exec_read(world->exec, list_clouds, r, err);
	if (rc == YH_OK && platform)
		read_platform(r);
	if (rc == YH_OK)
		rc = yh_exec_read(world->exec, write_stored, r, err);
	for (size_t i = 0; rc == YH_OK && i < YH_CITY_PARTS; i++)
		if (r->due[i] && yh_city_parts[i].metered)
			rc = write_part(r, i, err);
	return rc;
}

/* Brings the board up to date with it locked; the caller unlocks it. */
static enum yh_rc look(const struct yh_world *world, const char *lang, const struct piece **out,
		       struct yh_err *err)
{
	struct yh_city_board *b = world->city;
	struct yh_arena arena;
	struct renewal r = { .board = b, .look = { .rq = &r.rq } };
	enum yh_rc rc;

	(void)pthread_mutex_lock(&b->lock);
	yh_arena_init(&arena, (size_t)ARENA_BYTES);
	r.pieces = b->pieces[strcmp(lang, "en") == 0];
	r.rq = (struct yh_req){
		.cx = { .world = world, .now = yh_clock_now(world->clock), .arena = &arena },
		.lang = lang,
		.messages = world->messages
	};
	rc = renew(&r, err);
	yh_arena_done(&arena);
	*out = r.pieces;
	return rc;
}

static void write_head(struct yh_jw *w, const struct yh_world *world)
{
	yh_time now = yh_clock_now(world->clock);

	yh_jw_time(w, "at", now);
	yh_jw_day(w, "today", yh_day_of(now));
}

/* The parts that became what they are behind a version. */
static void write_parts(struct yh_jw *w, const struct piece *pieces, uint64_t after)
{
	for (size_t i = 0; i < YH_CITY_PARTS; i++)
		if (pieces[i].version > after)
			yh_jw_members(w, pieces[i].text);
}

/* ---- looking and following ---- */

/* The whole city is shown to its own bodies only: where the matrix limits a role to its clouds, to
 * organisations that belong to no district. */
static enum yh_rc admit(struct yh_req *rq, void *arg, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	(void)arg;
	for (size_t i = 0; rc == YH_OK && i < rq->cx.actor->n_grants; i++) {
		const struct yh_grant *g = &rq->cx.actor->grants[i];
		const char *relation = yh_pack_may(pack, g->role, rq->op->action);

		if (relation && (strcmp(relation, "any") == 0 || !g->district[0]))
			return YH_OK;
	}
	return rc == YH_OK ? yh_fail(err, YH_FORBIDDEN, "city-bodies-only") : rc;
}

enum yh_rc yh_city_sees(const struct yh_req *rq, const char *district, bool *seen,
			struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	*seen = false;
	for (size_t i = 0; rc == YH_OK && !*seen && i < rq->cx.actor->n_grants; i++) {
		const struct yh_grant *g = &rq->cx.actor->grants[i];
		const char *relation = yh_pack_may(pack, g->role, rq->op->action);

		if (relation)
			*seen = strcmp(relation, "any") == 0 ||
				(strcmp(relation, "cloud") == 0 && !g->district[0]) ||
				strcmp(g->district, district) == 0;
	}
	return rc;
}

static enum yh_rc write_all(struct yh_req *rq, struct yh_err *err)
{
	const struct yh_world *world = rq->cx.world;
	const struct piece *pieces;
	enum yh_rc rc = look(world, rq->lang, &pieces, err);

	if (rc == YH_OK) {
		write_head(rq->w, world);
		write_parts(rq->w, pieces, 0);
	}
	(void)pthread_mutex_unlock(&world->city->lock);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	enum yh_rc rc = rq->cx.world->city ? yh_req_read(rq, admit, NULL, err)
					   : yh_fail(err, YH_BUSY, "stream-none");

	(void)in;
	return rc == YH_OK ? write_all(rq, err) : rc;
}

struct topic {
	uint64_t told; /* the board's version */
};

/* The first time everything is told: who came meanwhile may have seen an older state. */
static enum yh_rc build(const struct yh_world *world, const char *key, void **state,
			struct yh_jw *w, struct yh_err *err)
{
	struct topic *t = *state ? *state : calloc(1, sizeof *t);
	const struct piece *pieces;
	enum yh_rc rc;

	if (!t)
		return yh_fail(err, YH_BUSY, "memory-short");
	*state = t;
	rc = look(world, key, &pieces, err);
	if (rc == YH_OK && world->city->version > t->told) {
		yh_jw_obj(w, NULL);
		write_head(w, world);
		write_parts(w, pieces, t->told);
		yh_jw_end_obj(w);
		t->told = world->city->version;
	}
	(void)pthread_mutex_unlock(&world->city->lock);
	return rc;
}

struct stream_in {
	const char *lang;
};
static const struct yh_field query[] = {
	{ "lang", YH_F_WORD, offsetof(struct stream_in, lang), 0, .choices = "zh|en",
	  .about = "language of what is said; that of Accept-Language when absent" },
	{ 0 },
};

static enum yh_rc stream(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct stream_in *s = in;
	bool fresh = false;
	enum yh_rc rc;

	if (!rq->cx.world->city)
		return yh_fail(err, YH_BUSY, "stream-none");
	if (s->lang)
		rq->lang = s->lang;
	rc = yh_req_read(rq, admit, NULL, err);
	if (rc == YH_OK)
		rc = yh_req_follow(rq, rq->lang, &fresh, err);
	return rc == YH_OK && fresh ? write_all(rq, err) : rc;
}

static const struct yh_live live = { "change", build, free, .apart = true };

static const struct yh_op ops[] = {
	{ "city.show", YH_GET, "/api/v1/city", "city.read", YH_OP_ASIDE, NULL, NULL, NULL, 0, show,
	  NULL, "全市总览：政务云、负荷、案件、期限、发现、租期、各区、事件与监测软件",
	  "The whole city: clouds, load, cases, deadlines, findings, leases, districts, events, "
	  "agents",
	  .reply = "@City" },
	{ "city.stream", YH_GET, "/api/v1/city/stream", "city.read", YH_OP_ASIDE, NULL, query, NULL,
	  sizeof(struct stream_in), stream, NULL, "全市总览的实时流",
	  "The whole city as it changes, as server-sent events", .live = &live,
	  .reply = "@City + @CityChange" },
};

const struct yh_op_table yh_ops_city = { ops, sizeof ops / sizeof ops[0] };
