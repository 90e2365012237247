/* What units and providers had to do, and whether they did it in time. */
#include <string.h>

#include "law/lease.h"
#include "services/evaluation/sources.h"

static const struct yh_calendar *calendar_of(const struct yh_gathering *g)
{
	return g->world->law->calendar(g->world->law->self);
}

/* ---- providers ---- */

/* Does the step, as its case's pack has it, open resources? */
static enum yh_rc opens(const struct yh_gathering *g, const struct yh_duty_fact *d, bool *out,
			struct yh_err *err)
{
	const struct yh_law_book *law = g->world->law;
	const struct yh_procedure *p;
	const struct yh_step *s = NULL;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_by(law->self, &d->pack, &pack, err);

	*out = false;
	if (rc != YH_OK)
		return rc;
	p = yh_pack_procedure(pack, d->procedure);
	if (p)
		s = yh_procedure_step(p, d->step);
	for (size_t o = 0; s && o < s->n_outcomes; o++)
		for (size_t e = 0; e < s->outcomes[o].n_effects; e++)
			*out = *out ||
			       strcmp(s->outcomes[o].effects[e].word->name, "resource.open") == 0;
	return YH_OK;
}

static enum yh_rc add_duty(struct yh_gathering *g, const struct yh_duty_fact *d, struct yh_err *err)
{
	bool done = d->closed_at && d->closed_at <= d->until;
	struct yh_eval_fact f = {
		.org = d->org,
		.kind = "case",
		.ref = d->case_no,
		.note = done           ? "on_time"
			: d->closed_at ? "late"
				       : "open",
		.day = d->due,
		.num = done,
		.den = 1,
		.counts = true,
	};

	/* its time is not over yet */
	if (!d->closed_at && g->ask.as_of <= d->until)
		return YH_OK;
	return yh_fact_add(g->out, &f, err);
}

static enum yh_rc read_duties(struct yh_gathering *g, bool openings, struct yh_err *err)
{
	static const char role[] = "provider";
	struct yh_duty_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_duties(g->tx, &g->ask, role, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool wanted = true;

		if (openings)
			rc = opens(g, &list[i], &wanted, err);
		if (rc == YH_OK && wanted)
			rc = add_duty(g, &list[i], err);
	}
	return rc;
}

enum yh_rc yh_read_on_time(struct yh_gathering *g, struct yh_err *err)
{
	return read_duties(g, false, err);
}

enum yh_rc yh_read_openings(struct yh_gathering *g, struct yh_err *err)
{
	return read_duties(g, true, err);
}

/* ---- units ---- */

enum yh_rc yh_read_orders(struct yh_gathering *g, struct yh_err *err)
{
	struct yh_order_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_orders(g->tx, &g->ask, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_eval_fact f = { .org = list[i].org,
						.kind = "order",
						.ref = list[i].number,
						.note = "issued",
						.day = yh_day_of(list[i].at),
						.num = 1,
						.den = 1,
						.counts = true };

		rc = yh_fact_add(g->out, &f, err);
	}
	return rc;
}

static bool is_dismissed(const struct yh_finding_fact *f)
{
	return strcmp(f->state, "dismissed") == 0;
}

enum yh_rc yh_read_findings(struct yh_gathering *g, struct yh_err *err)
{
	struct yh_finding_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_findings(g->tx, &g->ask, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_eval_fact f = { .org = list[i].unit,
						.kind = "finding",
						.ref = list[i].no,
						.note = is_dismissed(&list[i]) ? "dismissed"
									       : "found",
						.day = yh_day_of(list[i].found_at),
						.num = 1,
						.den = 1,
						.counts = !is_dismissed(&list[i]) };

		rc = yh_fact_add(g->out, &f, err);
	}
	return rc;
}

/* Does the advice that came with a finding, or any part of it, say to resize or to give back? */
static bool advises(const json_t *v)
{
	const char *word = yh_json_text(v, "advice"), *key;
	json_t *member;
	size_t i;
	bool any = word && (strcmp(word, "resize") == 0 || strcmp(word, "release") == 0);

	json_object_foreach((json_t *)(uintptr_t)v, key, member) any = any || advises(member);
	json_array_foreach(v, i, member) any = any || advises(member);
	return any;
}

static bool is_advice(const char *text)
{
	YH_JSON_AUTO v = NULL;

	return text[0] && yh_json_parse(text, strlen(text), &v, NULL) == YH_OK && advises(v);
}

/* Followed: the case about it has come to its end, and not by the stop of supply. */
enum yh_rc yh_read_right_sized(struct yh_gathering *g, struct yh_err *err)
{
	struct yh_finding_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_findings(g->tx, &g->ask, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool closed = strcmp(list[i].state, "closed") == 0;
		const struct yh_eval_fact f = { .org = list[i].unit,
						.kind = "finding",
						.ref = list[i].no,
						.note = is_dismissed(&list[i]) ? "dismissed"
							: list[i].forced       ? "forced"
							: closed               ? "followed"
									       : "open",
						.day = yh_day_of(list[i].found_at),
						.num = closed && !list[i].forced,
						.den = 1,
						.counts = !is_dismissed(&list[i]) };

		if (is_advice(list[i].advice))
			rc = yh_fact_add(g->out, &f, err);
	}
	return rc;
}

/* In time: its use had ended by the day on which what is over is stopped. */
enum yh_rc yh_read_leases(struct yh_gathering *g, struct yh_err *err)
{
	struct yh_lease_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_leases(g->tx, &g->ask, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_lease_fact *l = &list[i];
		struct yh_eval_fact f = { .org = l->unit,
					  .kind = "lease",
					  .ref = l->resource_no,
					  .day = l->last,
					  .den = 1,
					  .counts = !l->held };
		struct yh_due stop;

		rc = yh_lease_stop_day(calendar_of(g), l->last, &stop, err);
		if (rc != YH_OK)
			return rc;
		/* its last day, or a timely extension, is still to come to an end */
		if (!l->ended_at && !l->held && yh_day_of(g->ask.as_of) <= stop.day)
			continue;
		f.num = l->ended_at && yh_day_of(l->ended_at) <= stop.day;
		f.note = l->held ? "extending" : f.num ? "in_time" : l->ended_at ? "late" : "open";
		rc = yh_fact_add(g->out, &f, err);
	}
	return rc;
}
