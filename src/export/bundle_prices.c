/* What the statements of a bundle name, and what they were priced by. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "export/bundle_internal.h"
#include "store/catalogue.h"
#include "store/factor.h"
#include "store/party.h"
#include "store/project.h"

enum { SOME = 200, FACTORS_MOST = 10000 };

static const char *month_text(yh_day month, char out[YH_FIXED_TEXT])
{
	struct yh_date d = yh_date_of(month);

	(void)snprintf(out, YH_FIXED_TEXT, "%04d-%02d", d.year, d.month);
	return out;
}

/* ---- settlements ---- */

static int64_t days(const struct yh_pack *pack, const char *key)
{
	const struct yh_param *p = yh_pack_param(pack, key);

	return p && p->kind == YH_P_INT ? p->num : 0;
}

static void write_rules(struct yh_jw *w, const struct yh_pack *pack)
{
	size_t n;
	const struct yh_kind *kinds = yh_pack_kinds(pack, &n);

	yh_jw_obj(w, "parameters");
	yh_jw_int(w, "month_days", days(pack, "settlement.month_days"));
	yh_jw_int(w, "year_days", days(pack, "settlement.year_days"));
	yh_jw_end_obj(w);
	yh_jw_arr(w, "kinds");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "kind", kinds[i].id);
		yh_jw_bool(w, "billed", kinds[i].billed);
		yh_jw_str(w, "parameter", kinds[i].billed_param);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void write_settlement(struct yh_jw *w, const struct yh_settlement_row *s,
			     const char *cloud_code, const struct yh_pack *pack)
{
	char hex[YH_SM3_HEX], text[YH_FIXED_TEXT];

	yh_jw_id(w, "id", &s->id);
	yh_jw_str(w, "no", s->no);
	yh_jw_id(w, "cloud", &s->cloud);
	yh_jw_str(w, "cloud_code", cloud_code);
	yh_jw_str(w, "month", month_text(s->month, text));
	yh_jw_int(w, "number", s->number);
	yh_jw_str(w, "state", s->state);
	yh_jw_time(w, "as_of", s->as_of);
	yh_jw_str(w, "pack", yh_hex(s->pack.b, sizeof s->pack.b, hex));
	yh_jw_str(w, "digest", yh_hex(s->digest.b, sizeof s->digest.b, hex));
	yh_jw_str(w, "total", yh_fixed_text(s->total_fen, 2, text));
	yh_jw_int(w, "statements", s->statements);
	yh_jw_int(w, "stopped", s->stopped);
	yh_jw_int(w, "lines", s->lines);
	write_rules(w, pack);
}

struct one_settlement {
	const struct yh_id *id;
	struct yh_settlement_row row;
	struct yh_cloud_row cloud;
};

static enum yh_rc load_settlement(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
				  void *arg, struct yh_err *err)
{
	struct one_settlement *s = arg;
	enum yh_rc rc = yh_settlement_load(tx, s->id, &s->row, err);

	(void)b;
	return rc == YH_OK ? yh_cloud_load(tx, &s->row.cloud, arena, &s->cloud, err) : rc;
}

static enum yh_rc put_settlement(struct yh_bundle *b, const struct yh_id *id, struct yh_err *err)
{
	const struct yh_law_book *law = b->world->law;
	struct one_settlement s = { .id = id };
	const struct yh_pack *pack;
	enum yh_rc rc = yh_bundle_read(b, load_settlement, &s, NULL, err);

	if (rc == YH_OK)
		rc = law->pack_by(law->self, &s.row.pack, &pack, err);
	if (rc != YH_OK)
		return rc;
	write_settlement(yh_record_begin(b), &s.row, s.cloud.code, pack);
	return yh_record_end(b, NULL, err);
}

enum yh_rc yh_bundle_settlements(struct yh_bundle *b, struct yh_err *err)
{
	enum yh_rc rc;

	yh_member_begin(b, "settlements.jsonl");
	rc = put_settlement(b, &b->row.id, err);
	for (size_t i = 0; rc == YH_OK && i < b->settlements.n; i++)
		rc = put_settlement(b, yh_keys_at(&b->settlements, i), err);
	return rc == YH_OK ? yh_member_end(b, err) : rc;
}

/* ---- parties and projects, some at a time ---- */

struct some {
	size_t from, n;
	void *rows;
	bool finance[SOME];
};

static size_t some_of(struct some *s, const struct yh_keys *k, size_t from)
{
	s->from = from;
	s->n = k->n - from < SOME ? k->n - from : SOME;
	return s->n;
}

static enum yh_rc load_parties(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			       void *arg, struct yh_err *err)
{
	struct some *s = arg;
	struct yh_org_row *rows = YH_NEW_N(arena, struct yh_org_row, s->n);
	enum yh_rc rc = rows ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	s->rows = rows;
	for (size_t i = 0; rc == YH_OK && i < s->n; i++) {
		const struct yh_id *id = yh_keys_at(&b->parties, s->from + i);

		if (yh_id_is_zero(id))
			continue;
		rc = yh_org_load(tx, id, arena, &rows[i], err);
		if (rc == YH_OK)
			rc = yh_cloud_has_body(tx, &b->row.cloud, "finance", id, &s->finance[i],
					       err);
	}
	for (size_t i = 0; rc == YH_OK && i < s->n; i++) {
		struct yh_jw *w;

		if (yh_id_is_zero(&rows[i].id))
			continue;
		w = yh_record_begin(b);
		yh_jw_id(w, "id", &rows[i].id);
		yh_jw_str(w, "code", rows[i].code);
		yh_jw_str(w, "name", rows[i].name);
		yh_jw_bool(w, "in_budget", rows[i].in_budget);
		yh_jw_bool(w, "finance", s->finance[i]);
		rc = yh_record_keep(b, 0, err);
	}
	return rc;
}

static enum yh_rc load_projects(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
				void *arg, struct yh_err *err)
{
	struct some *s = arg;
	struct yh_project_row *rows = YH_NEW_N(arena, struct yh_project_row, s->n);
	enum yh_rc rc = rows ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < s->n; i++)
		rc = yh_project_load(tx, yh_keys_at(&b->projects, s->from + i), arena, &rows[i],
				     err);
	for (size_t i = 0; rc == YH_OK && i < s->n; i++) {
		struct yh_jw *w = yh_record_begin(b);

		yh_jw_id(w, "id", &rows[i].id);
		yh_jw_str(w, "code", rows[i].code);
		yh_jw_str(w, "name", rows[i].name);
		yh_jw_id(w, "unit", &rows[i].unit);
		rc = yh_record_keep(b, 0, err);
	}
	return rc;
}

enum yh_rc yh_bundle_names(struct yh_bundle *b, struct yh_err *err)
{
	struct some s = { 0 };
	enum yh_rc rc = YH_OK;

	yh_member_begin(b, "parties.jsonl");
	for (size_t i = 0; rc == YH_OK && some_of(&s, &b->parties, i) > 0; i += s.n)
		rc = yh_bundle_read(b, load_parties, &s, NULL, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	if (rc != YH_OK)
		return rc;
	yh_member_begin(b, "projects.jsonl");
	for (size_t i = 0; rc == YH_OK && some_of(&s, &b->projects, i) > 0; i += s.n)
		rc = yh_bundle_read(b, load_projects, &s, NULL, err);
	return rc == YH_OK ? yh_member_end(b, err) : rc;
}

/* ---- editions and items ---- */

struct prices {
	struct yh_keys editions; /* struct yh_id */
	size_t at;
};

/* The editions in force on some day of a month that is reckoned here. */
static enum yh_rc find_editions(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
				void *arg, struct yh_err *err)
{
	struct prices *p = arg;
	enum yh_rc rc = YH_OK;

	p->editions.n = 0;
	for (size_t i = 0; rc == YH_OK && i < b->months.n; i++) {
		yh_day month;
		struct yh_date d;

		memcpy(&month, yh_keys_at(&b->months, i), sizeof month);
		d = yh_date_of(month);
		for (int k = 0; rc == YH_OK && k < yh_days_in_month(d.year, d.month); k++) {
			struct yh_err none = { 0 };
			struct yh_edition_row e;

			rc = yh_edition_on(tx, &b->row.cloud, month + k, arena, &e, &none);
			if (rc == YH_OK && !yh_keys_add(&p->editions, &e.id))
				rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
			else if (rc == YH_NOT_FOUND)
				rc = YH_OK;
			else if (rc != YH_OK && err)
				*err = none;
		}
	}
	return rc;
}

static enum yh_rc put_edition(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			      void *arg, struct yh_err *err)
{
	const struct prices *p = arg;
	struct yh_edition_row e;
	enum yh_rc rc = yh_edition_load(tx, yh_keys_at(&p->editions, p->at), arena, &e, err);
	struct yh_jw *w;

	if (rc != YH_OK)
		return rc;
	w = yh_record_begin(b);
	yh_jw_id(w, "id", &e.id);
	yh_jw_int(w, "number", e.number);
	yh_jw_str(w, "title", e.title);
	yh_jw_day(w, "effective", e.effective_day);
	return yh_record_keep(b, 0, err);
}

static void write_item(struct yh_jw *w, const struct yh_item_row *i)
{
	char text[YH_FIXED_TEXT];

	yh_jw_id(w, "id", &i->id);
	yh_jw_id(w, "edition", &i->edition);
	yh_jw_str(w, "code", i->code);
	yh_jw_str(w, "name", i->name);
	yh_jw_str(w, "per", i->per);
	yh_jw_str(w, "mode", i->mode);
	yh_jw_str(w, "measure", i->measure);
	yh_jw_str(w, "free", yh_fixed_text(i->free_milli, 3, text));
	yh_jw_str(w, "minimum", yh_fixed_text(i->minimum_e6, 6, text));
	yh_jw_str(w, "package", yh_fixed_text(i->package_milli, 3, text));
	yh_jw_arr(w, "tiers");
	for (size_t t = 0; t < i->n_tiers; t++) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "from", yh_fixed_text(i->tiers[t].from_milli, 3, text));
		yh_jw_str(w, "price", yh_fixed_text(i->tiers[t].price_e6, 6, text));
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	if (!i->metric[0]) {
		yh_jw_null(w, "metered");
		return;
	}
	yh_jw_obj(w, "metered");
	yh_jw_str(w, "metric", i->metric);
	yh_jw_str(w, "as", i->metric_as);
	yh_jw_int(w, "per", i->metric_per);
	yh_jw_end_obj(w);
}

static enum yh_rc put_items(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			    void *arg, struct yh_err *err)
{
	const struct prices *p = arg;
	struct yh_item_row *items;
	size_t n;
	enum yh_rc rc = yh_item_list(tx, yh_keys_at(&p->editions, p->at), arena, &items, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		write_item(yh_record_begin(b), &items[i]);
		rc = yh_record_keep(b, 0, err);
	}
	return rc;
}

enum yh_rc yh_bundle_prices(struct yh_bundle *b, struct yh_err *err)
{
	struct prices p = { .editions.size = sizeof(struct yh_id) };
	enum yh_rc rc = yh_bundle_read(b, find_editions, &p, NULL, err);

	yh_keys_seal(&p.editions);
	if (rc == YH_OK)
		yh_member_begin(b, "editions.jsonl");
	for (p.at = 0; rc == YH_OK && p.at < p.editions.n; p.at++)
		rc = yh_bundle_read(b, put_edition, &p, NULL, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	if (rc == YH_OK)
		yh_member_begin(b, "items.jsonl");
	for (p.at = 0; rc == YH_OK && p.at < p.editions.n; p.at++)
		rc = yh_bundle_read(b, put_items, &p, NULL, err);
	if (rc == YH_OK)
		rc = yh_member_end(b, err);
	yh_keys_done(&p.editions);
	return rc;
}

/* ---- factors ---- */

static enum yh_rc put_factors(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
			      void *arg, struct yh_err *err)
{
	struct yh_factor_row *rows;
	char text[YH_FIXED_TEXT];
	size_t n;
	enum yh_rc rc = yh_factor_list(tx, arg, &b->row.cloud, FACTORS_MOST, arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_jw *w = yh_record_begin(b);

		yh_jw_id(w, "id", &rows[i].id);
		yh_jw_id(w, "provider", &rows[i].provider);
		yh_jw_id(w, "cloud", &rows[i].cloud);
		yh_jw_str(w, "from_month", month_text(rows[i].from_month, text));
		yh_jw_str(w, "factor", yh_fixed_text(rows[i].factor_e6, 6, text));
		yh_jw_id(w, "evaluation", &rows[i].evaluation);
		yh_jw_id(w, "case", &rows[i].case_id);
		yh_jw_time(w, "made", rows[i].made_at);
		rc = yh_record_keep(b, 0, err);
	}
	return rc;
}

enum yh_rc yh_bundle_factors(struct yh_bundle *b, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	yh_member_begin(b, "factors.jsonl");
	for (size_t i = 0; rc == YH_OK && i < b->providers.n; i++) {
		struct yh_id provider = *(const struct yh_id *)yh_keys_at(&b->providers, i);

		if (!yh_id_is_zero(&provider))
			rc = yh_bundle_read(b, put_factors, &provider, NULL, err);
	}
	return rc == YH_OK ? yh_member_end(b, err) : rc;
}
