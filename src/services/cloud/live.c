/* The load of machines into the meter. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "meter/meter.h"
#include "services/cloud/cloud.h"
#include "store/cloud_order.h"
#include "store/party.h"

/* Bodies as large as this are handed over; where no cloud is sampled, nobody looks for long. */
enum { BODY_BYTES = 1 << 20, IDLE_S = 3600 };
#define AWAY_US (60 * YH_US_PER_S)

struct living {
	const struct yh_cloud_job *j;
	const char *code;
	struct yh_cloud_row cloud;
	bool known, away;
	bool room; /* asked for its room, not for its load */
	struct yh_cloud_ref *refs;
	size_t n;
	struct yh_buf body;
	int64_t at_ms;
};

static enum yh_rc read_register(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct living *l = arg;
	struct yh_cloud_contact_row contact;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_cloud_by_code(tx, l->code, l->j->arena, &l->cloud, &none);

	l->known = rc == YH_OK;
	if (rc != YH_OK) {
		if (rc != YH_NOT_FOUND && err)
			*err = none;
		return rc == YH_NOT_FOUND ? YH_OK : rc;
	}
	rc = yh_cloud_contact_load(tx, &l->cloud.id, l->j->arena, &contact, err);
	l->away = rc == YH_OK && contact.slug && contact.slug[0] &&
		  contact.tried_at > l->j->now - AWAY_US;
	return rc == YH_OK ? yh_cloud_refs(tx, &l->cloud.id, l->j->arena, &l->refs, &l->n, err)
			   : rc;
}

static int by_ref(const void *key, const void *row)
{
	return strcmp(key, ((const struct yh_cloud_ref *)row)->ref);
}

/* What the meter refuses (a resource that ended meanwhile, say) it counts. */
static enum yh_rc hand_over(struct living *l, struct yh_err *err)
{
	struct yh_meter_scope scope = { .kind = "cloud", .about = l->cloud.id };
	struct yh_meter_write w = { .scope = &scope,
				    .form = YH_METER_LINES,
				    .received_at = l->j->now };
	enum yh_rc rc;

	if (l->body.len == 0)
		return YH_OK;
	if (!yh_buf_ok(&l->body))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)strncpy(scope.code, l->cloud.code, sizeof scope.code - 1);
	w.body = yh_buf_text(&l->body);
	w.n = l->body.len;
	rc = yh_meter_write_wait(l->j->world->meter, &w, err);
	yh_buf_done(&l->body);
	yh_buf_init(&l->body, 2 * BODY_BYTES);
	return rc;
}

static enum yh_rc take(void *arg, const struct yh_cloud_sample *s, struct yh_err *err)
{
	struct living *l = arg;
	const struct yh_cloud_ref *r =
		l->n ? bsearch(s->ref, l->refs, l->n, sizeof *l->refs, by_ref) : NULL;
	struct yh_jw w;

	if (!r)
		return YH_OK;
	yh_jw_init(&w, &l->body);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "metric", s->metric);
	yh_jw_obj(&w, "labels");
	yh_jw_str(&w, "resource", r->no);
	if (s->device && s->device[0])
		yh_jw_str(&w, "device", s->device);
	yh_jw_end_obj(&w);
	yh_jw_int(&w, "at", l->at_ms);
	yh_jw_real(&w, "value", s->value);
	yh_jw_end_obj(&w);
	yh_buf_str(&l->body, "\n");
	return l->body.len < BODY_BYTES ? YH_OK : hand_over(l, err);
}

static enum yh_rc take_room(void *arg, const struct yh_cloud_room *r, struct yh_err *err)
{
	static const char *const metrics[] = { "platform_capacity", "platform_capacity_used" };
	const int64_t milli[] = { r->total_milli, r->used_milli };
	struct living *l = arg;
	struct yh_jw w;

	(void)err;
	for (size_t i = 0; i < 2; i++) {
		yh_jw_init(&w, &l->body);
		yh_jw_obj(&w, NULL);
		yh_jw_str(&w, "metric", metrics[i]);
		yh_jw_obj(&w, "labels");
		yh_jw_str(&w, "dimension", r->name);
		yh_jw_end_obj(&w);
		yh_jw_int(&w, "at", l->at_ms);
		yh_jw_real(&w, "value", (double)milli[i] / 1000.0);
		yh_jw_end_obj(&w);
		yh_buf_str(&l->body, "\n");
	}
	return YH_OK;
}

static enum yh_rc ask(struct living *l, const struct yh_cloud_config *cfg, struct yh_err *err)
{
	struct yh_cloud *c;
	enum yh_rc rc = cfg->driver->open(cfg, l->j->stop, &c, err);

	if (rc != YH_OK)
		return rc;
	yh_buf_init(&l->body, 2 * BODY_BYTES);
	l->at_ms = yh_clock_now(l->j->world->clock) / 1000;
	rc = l->room ? cfg->driver->capacity(c, take_room, l, err)
		     : cfg->driver->sample(c, take, l, err);
	if (rc == YH_OK)
		rc = hand_over(l, err);
	yh_buf_done(&l->body);
	cfg->driver->close(c);
	return rc;
}

static enum yh_rc ask_one(const struct yh_cloud_job *j, const struct yh_cloud_config *cfg,
			  bool room, struct yh_err *err)
{
	struct living l = { .j = j, .code = cfg->code, .room = room };
	enum yh_rc rc = yh_exec_read(j->world->exec, read_register, &l, err);

	return rc == YH_OK && l.known && !l.away && (room || l.n) ? ask(&l, cfg, err) : rc;
}

/* One cloud that does not answer does not keep the others waiting; whether it is there is watched
 * elsewhere (cloud.connections). */
static enum yh_rc ask_all(const struct yh_cloud_job *j, bool room, yh_time *again_at,
			  struct yh_err *err)
{
	const struct yh_clouds *clouds = j->world->clouds;
	size_t asked = 0;

	for (size_t i = 0; j->world->meter && i < yh_clouds_n(clouds); i++) {
		const struct yh_cloud_config *cfg = yh_clouds_at(clouds, i, NULL);
		struct yh_err why = { 0 };
		enum yh_rc rc;

		if (!cfg->driver->by_machine ||
		    (room ? cfg->driver->capacity == NULL : cfg->driver->sample == NULL))
			continue;
		asked++;
		rc = ask_one(j, cfg, room, &why);
		if (rc != YH_OK && j->stop && atomic_load(j->stop)) {
			if (err)
				*err = why;
			return rc;
		}
		if (rc != YH_OK)
			yh_log_err(YH_WARN, "cloud-not-sampled", &why);
	}
	if (!asked)
		*again_at = j->now + IDLE_S * YH_US_PER_S;
	return YH_OK;
}

enum yh_rc yh_cloud_sample(const struct yh_cloud_job *j, yh_time *again_at, struct yh_err *err)
{
	return ask_all(j, false, again_at, err);
}

enum yh_rc yh_cloud_capacity(const struct yh_cloud_job *j, yh_time *again_at, struct yh_err *err)
{
	return ask_all(j, true, again_at, err);
}
