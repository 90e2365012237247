/* The law and the prices of a month: which edition is in force when, and what each item costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/catalogue/tariff.h"
#include "services/settle/month.h"
#include "store/party.h"

yh_day yh_month_next(yh_day first)
{
	struct yh_date d = yh_date_of(first);

	return first + yh_days_in_month(d.year, d.month);
}

const char *yh_month_text(yh_day first, char out[8])
{
	struct yh_date d = yh_date_of(first);

	(void)snprintf(out, 8, "%04u-%02u", (unsigned)d.year % 10000, (unsigned)d.month % 100);
	return out;
}

static int64_t param_int(const struct yh_pack *pack, const char *key, int64_t otherwise)
{
	const struct yh_param *p = yh_pack_param(pack, key);

	return p && p->kind == YH_P_INT ? p->num : otherwise;
}

static enum yh_rc load_rules(struct month *m, struct yh_err *err)
{
	const struct yh_law_book *law = m->world->law;
	struct yh_date d = yh_date_of(m->first);
	struct yh_period_rules rules;
	enum yh_rc rc = YH_OK;

	m->from = yh_day_start(m->first);
	m->to = yh_day_start(yh_month_next(m->first));
	if (!m->pack)
		rc = law->pack_on(law->self, yh_month_next(m->first) - 1, &m->pack, err);
	if (rc != YH_OK)
		return rc;
	m->kinds = yh_pack_kinds(m->pack, &m->n_kinds);
	m->least_milli = param_int(m->pack, "settlement.coverage", 95) * 10;
	rules = (struct yh_period_rules){
		.month_days = (int)param_int(m->pack, "settlement.month_days", 0),
		.year_days = (int)param_int(m->pack, "settlement.year_days", 0),
	};
	return yh_rating_init(&m->rating, d.year, d.month, &rules, err);
}

/* The published editions that are in force at some time of the month, each from its day to the day
 * before the next one's. */
static enum yh_rc load_parts(struct yh_tx *tx, struct month *m, struct yh_arena *arena,
			     struct yh_err *err)
{
	yh_day day = m->first, end = yh_month_next(m->first);
	enum yh_rc rc = YH_OK;

	for (; rc == YH_OK && day < end; day++) {
		struct yh_edition_row e = { 0 };
		struct part *last = m->n_parts ? &m->parts[m->n_parts - 1] : NULL;

		if (yh_id_is_zero(&m->edition)) {
			struct yh_err none = { 0 };

			rc = yh_edition_on(tx, &m->cloud, day, arena, &e, &none);
			if (rc == YH_NOT_FOUND)
				rc = YH_OK;
			else if (rc != YH_OK && err)
				*err = none;
		} else {
			rc = yh_edition_load(tx, &m->edition, arena, &e, err);
		}
		if (rc != YH_OK)
			return rc;
		if (last && yh_id_eq(&last->edition, &e.id)) {
			last->to = yh_day_start(day + 1);
			continue;
		}
		if (m->n_parts == PARTS_MAX)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		m->parts[m->n_parts++] = (struct part){ .edition = e.id,
							.number = e.number,
							.from = yh_day_start(day),
							.to = yh_day_start(day + 1) };
	}
	return rc;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct item_list {
	struct yh_item_row *items;
	size_t n;
};

static bool gather_codes(struct month *m, const struct item_list *lists, struct yh_arena *arena)
{
	size_t all = 0, n = 0;

	for (size_t p = 0; p < m->n_parts; p++)
		all += lists[p].n;
	m->codes = YH_NEW_N(arena, const char *, all + 1);
	if (!m->codes)
		return false;
	for (size_t p = 0; p < m->n_parts; p++)
		for (size_t i = 0; i < lists[p].n; i++)
			m->codes[n++] = lists[p].items[i].code;
	qsort(m->codes, n, sizeof *m->codes, by_text);
	for (size_t i = 0; i < n; i++)
		if (m->n_codes == 0 || strcmp(m->codes[m->n_codes - 1], m->codes[i]) != 0)
			m->codes[m->n_codes++] = m->codes[i];
	m->prices = YH_NEW_N(arena, struct price, m->n_codes * m->n_parts + 1);
	return m->prices && m->n_codes <= UINT16_MAX;
}

static enum yh_rc load_prices(struct yh_tx *tx, struct month *m, struct yh_arena *arena,
			      struct yh_err *err)
{
	struct item_list lists[PARTS_MAX] = { 0 };
	enum yh_rc rc = YH_OK;

	for (size_t p = 0; rc == YH_OK && p < m->n_parts; p++)
		if (!yh_id_is_zero(&m->parts[p].edition))
			rc = yh_item_list(tx, &m->parts[p].edition, arena, &lists[p].items,
					  &lists[p].n, err);
	if (rc != YH_OK)
		return rc;
	if (!gather_codes(m, lists, arena))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t p = 0; rc == YH_OK && p < m->n_parts; p++)
		for (size_t i = 0; rc == YH_OK && i < lists[p].n; i++) {
			struct yh_item_row *row = &lists[p].items[i];
			size_t c = (size_t)yh_month_code(m, row->code);
			struct price *price = &m->prices[c * m->n_parts + p];

			price->row = row;
			rc = yh_item_tariff(row, arena, &price->tariff, &price->known, err);
		}
	return rc;
}

/* No finance body, or several of which none can be chosen: units in the budget have no payer. */
static enum yh_rc load_finance(struct yh_tx *tx, struct month *m, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_cloud_body(tx, &m->cloud, "finance", &m->finance, &why);

	if (rc == YH_OK)
		return YH_OK;
	m->finance = (struct yh_id){ 0 };
	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

enum yh_rc yh_month_load(struct yh_tx *tx, struct month *m, struct yh_arena *arena,
			 struct yh_err *err)
{
	const struct yh_id none = { 0 };
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(tx, &m->cloud, arena, &cloud, err);

	m->n_parts = m->n_codes = 0;
	if (rc == YH_OK) {
		memcpy(m->cloud_code, cloud.code, sizeof m->cloud_code);
		rc = load_rules(m, err);
	}
	if (rc == YH_OK)
		rc = load_parts(tx, m, arena, err);
	if (rc == YH_OK)
		rc = load_prices(tx, m, arena, err);
	if (rc == YH_OK)
		rc = load_finance(tx, m, err);
	if (rc == YH_OK)
		rc = yh_adjustment_list(tx, &m->cloud, &none, m->from, m->to, m->as_of, arena,
					&m->adjustments, &m->n_adjustments, err);
	return rc;
}

int yh_month_code(const struct month *m, const char *code)
{
	size_t low = 0, high = m->n_codes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(code, m->codes[mid]);

		if (c == 0)
			return (int)mid;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

int yh_month_kind(const struct month *m, const char *kind)
{
	for (size_t i = 0; i < m->n_kinds; i++)
		if (strcmp(m->kinds[i].id, kind) == 0)
			return (int)i;
	return -1;
}

const struct yh_item_row *yh_month_item(const struct month *m, int code)
{
	for (size_t p = m->n_parts; p-- > 0;)
		if (yh_month_price(m, code, p)->known)
			return yh_month_price(m, code, p)->row;
	return NULL;
}

const struct yh_adjustment_row *yh_month_adjustments(const struct month *m,
						     const struct yh_id *resource, size_t *n)
{
	size_t low = 0, high = m->n_adjustments;

	*n = 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (yh_id_cmp(&m->adjustments[mid].resource, resource) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	while (low + *n < m->n_adjustments &&
	       yh_id_eq(&m->adjustments[low + *n].resource, resource))
		++*n;
	return *n ? m->adjustments + low : NULL;
}
