/* Sums as the lines of a statement; who pays for it; why it stopped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "services/settle/internal.h"
#include "store/party.h"

enum { FAULT_BYTES = 4096, ORG_ARENA = 64 * 1024 };

struct unit_payer {
	struct yh_id unit;
	bool in_budget;
};

void yh_asked_done(struct asked *a)
{
	free(a->units);
	free(a->factors);
	*a = (struct asked){ 0 };
}

/* Statements come by unit, so the one asked for last is mostly the one that is wanted. */
enum yh_rc yh_asked_payer(struct asked *a, struct yh_tx *tx, const struct yh_id *unit,
			  struct yh_id *payer, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_org_row org;
	enum yh_rc rc = YH_OK;

	if (!a->units) {
		a->units = calloc(1, sizeof *a->units);
		if (!a->units)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (!yh_id_eq(&a->units->unit, unit)) {
		yh_arena_init(&arena, ORG_ARENA);
		rc = yh_org_load(tx, unit, &arena, &org, err);
		if (rc == YH_OK)
			*a->units = (struct unit_payer){ *unit, org.in_budget };
		yh_arena_done(&arena);
	}
	if (rc == YH_OK)
		*payer = a->units->in_budget ? a->m->finance : *unit;
	return rc;
}

static enum yh_rc ask_factor(struct asked *a, struct yh_tx *tx, const struct yh_id *provider,
			     struct yh_factor_row *out, struct yh_err *err)
{
	const struct month *m = a->m;
	bool found;

	if (m->factor_e6 && yh_id_eq(&m->provider, provider)) {
		*out = (struct yh_factor_row){ .factor_e6 = m->factor_e6 };
		return YH_OK;
	}
	return yh_factor_on(tx, provider, &m->cloud, m->first, m->as_of, &found, out, err);
}

enum yh_rc yh_asked_factor(struct asked *a, struct yh_tx *tx, const struct yh_id *provider,
			   struct yh_factor_row *out, struct yh_err *err)
{
	enum yh_rc rc;

	for (size_t i = 0; i < a->n_factors; i++)
		if (yh_id_eq(&a->factors[i].provider, provider)) {
			*out = a->factors[i];
			return YH_OK;
		}
	rc = ask_factor(a, tx, provider, out, err);
	if (rc != YH_OK)
		return rc;
	out->provider = *provider;
	if (a->n_factors == a->factors_cap) {
		size_t cap = a->factors_cap * 2 + 8;
		struct yh_factor_row *more = realloc(a->factors, cap * sizeof *more);

		if (!more)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		a->factors = more;
		a->factors_cap = cap;
	}
	a->factors[a->n_factors++] = *out;
	return YH_OK;
}

bool yh_usage_e6(const struct month *m, yh_amount usage, int64_t *out)
{
	/* milli * unit, into millionths: half to even */
	yh_amount unit = m->rating.unit, twice, whole, rest;

	if (__builtin_mul_overflow(usage, 1000, &usage))
		return false;
	whole = usage / unit;
	rest = usage % unit;
	twice = rest * 2;
	if (twice > unit || (twice == unit && whole % 2 != 0))
		whole++;
	*out = (int64_t)whole;
	return whole <= INT64_MAX;
}

enum yh_rc yh_line_of_sum(const struct month *m, const struct sum_line *s,
			  const struct yh_factor_row *factor, struct yh_arena *arena,
			  struct yh_line_row *out, struct yh_err *err)
{
	const struct yh_kind *kind = &m->kinds[s->kind];
	const struct yh_item_row *item = yh_month_item(m, s->code);
	char text[YH_SCALED_TEXT];
	int64_t usage;
	enum yh_rc rc;

	*out = (struct yh_line_row){
		.kind = "use",
		.billed = kind->billed,
		.item = item->id,
		.resources = s->resources,
		.intervals = s->intervals,
		.factor_e6 = factor->factor_e6,
		.factor = factor->id,
		.reason = kind->billed || !kind->billed_param ? "" : kind->billed_param,
	};
	(void)snprintf(out->resource_kind, sizeof out->resource_kind, "%s", kind->id);
	memcpy(out->code, item->code, sizeof out->code);
	if (!yh_usage_e6(m, s->usage, &usage))
		return yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
	out->usage = yh_arena_strdup(arena, yh_scaled_text(usage, 6, text));
	if (!out->usage)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_rating_fen(&m->rating, s->amount, YH_FACTOR_ONE, &out->list_fen, err);
	if (rc == YH_OK && kind->billed)
		rc = yh_rating_fen(&m->rating, s->amount, factor->factor_e6, &out->amount_fen, err);
	return rc;
}

/* ---- why a statement stopped ---- */

const char *yh_fault_slug(enum why why)
{
	static const char *const slugs[] = {
		[WHY_PROVIDER] = "provider-missing", [WHY_KIND] = "kind-unsettled",
		[WHY_PRICE] = "price-missing",       [WHY_USAGE] = "usage-unknown",
		[WHY_NEGATIVE] = "usage-negative",   [WHY_AMOUNT] = "amount-out-of-range",
		[WHY_PAYER] = "payer-missing",
	};

	return slugs[why];
}

static void put_figures(const struct month *m, const struct fault *f, const char *no,
			const char *code, struct yh_err *e)
{
	if (*no)
		yh_err_text(e, "resource", no);
	switch (f->why) {
	case WHY_KIND:
		yh_err_text(e, "kind", code);
		break;
	case WHY_USAGE:
		yh_err_text(e, "item", code);
		yh_err_milli(e, "coverage", f->milli * 100);
		yh_err_milli(e, "least", m->least_milli * 100);
		break;
	case WHY_PRICE:
	case WHY_NEGATIVE:
		yh_err_text(e, "item", code);
		yh_err_day(e, "day", f->day);
		break;
	case WHY_NONE:
	case WHY_PROVIDER:
	case WHY_AMOUNT:
	case WHY_PAYER:
		break;
	}
}

enum yh_rc yh_fault_text(struct yh_tx *tx, const struct month *m, const struct fault *f,
			 struct yh_arena *arena, const char **out, struct yh_err *err)
{
	char no[40] = "", code[64];
	struct yh_err e = { 0 };
	struct yh_buf buf;
	struct yh_jw w;
	enum yh_rc rc = YH_OK;

	memcpy(code, f->code, sizeof code);
	if (!yh_id_is_zero(&f->resource))
		rc = yh_resource_no(tx, &f->resource, no, err);
	if (rc == YH_OK && !code[0] && !yh_id_is_zero(&f->item))
		rc = yh_item_code(tx, &f->item, code, err);
	if (rc != YH_OK)
		return rc;
	(void)yh_fail(&e, YH_REFUSED, yh_fault_slug(f->why));
	yh_err_article(&e, yh_pack_article_about(m->pack, "settlement"));
	put_figures(m, f, no, code, &e);
	yh_buf_init(&buf, FAULT_BYTES);
	yh_jw_init(&w, &buf);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "slug", e.slug);
	yh_jw_str(&w, "article", e.article);
	yh_jw_figures(&w, "figures", &e);
	yh_jw_end_obj(&w);
	*out = yh_buf_ok(&buf) ? yh_arena_strdup(arena, yh_buf_text(&buf)) : NULL;
	yh_buf_done(&buf);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
