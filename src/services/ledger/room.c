/* What is used of a ceiling that settlements use up. */
#include <string.h>

#include "services/ledger/ledger.h"
#include "store/settled.h"

static yh_day first_of(const struct yh_ledger_term *t)
{
	return t->from == YH_DAY_NONE ? INT32_MIN : t->from;
}

static yh_day last_of(const struct yh_ledger_term *t)
{
	return t->until == YH_DAY_NONE ? INT32_MAX : t->until;
}

static bool is_over(const struct yh_ledger_term *t, yh_day day)
{
	return t->final || last_of(t) < day;
}

/* Of the terms, by first day: those around that of `id` of which each overlaps one before it. What
 * has not begun is none of them. *n 0: nor has that. */
static struct yh_ledger_term *around(struct yh_ledger_term *list, size_t *n, const struct yh_id *id,
				     yh_day day)
{
	yh_day reach = INT32_MIN;
	size_t begin = 0, i;
	bool found = false;

	for (i = 0; i < *n && first_of(&list[i]) <= day; i++) {
		if (i > 0 && first_of(&list[i]) > reach) {
			if (found)
				break;
			begin = i;
		}
		if (last_of(&list[i]) > reach)
			reach = last_of(&list[i]);
		found = found || yh_id_eq(&list[i].id, id);
	}
	*n = found ? i - begin : 0;
	return list + begin;
}

/* The one that is over and ended first behind `after`; NULL: no more. */
static const struct yh_ledger_term *next_over(const struct yh_ledger_term *list, size_t n,
					      yh_day day, const struct yh_ledger_term *after)
{
	const struct yh_ledger_term *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct yh_ledger_term *t = &list[i];

		if (!is_over(t, day) || (after && (last_of(t) < last_of(after) ||
						   (last_of(t) == last_of(after) && t <= after))))
			continue;
		if (!best || last_of(t) < last_of(best))
			best = t;
	}
	return best;
}

static enum yh_rc settled(struct yh_tx *tx, const struct yh_ledger_row *row, yh_day since,
			  yh_day until, int64_t *milli, struct yh_err *err)
{
	int64_t fen = 0;
	enum yh_rc rc = yh_settled_sum(tx, &row->refs[YH_REF_PROVIDER], &row->cloud, since, until,
				       &fen, err);

	*milli = fen * 10;
	return rc;
}

enum yh_rc yh_ledger_room(struct yh_ctx *cx, const struct yh_ledger_row *row, const char *figure,
			  struct yh_ledger_room *out, struct yh_err *err)
{
	yh_day day = yh_ctx_today(cx);
	int64_t all = 0, borne = 0, own = 0;
	struct yh_ledger_term *list;
	size_t n;
	enum yh_rc rc = yh_ledger_figure(cx->tx, &row->id, figure, &own, err);

	*out = (struct yh_ledger_room){ .most = own };
	if (rc == YH_OK)
		rc = yh_ledger_terms(cx->tx, row, figure, cx->arena, &list, &n, err);
	if (rc != YH_OK)
		return rc;
	list = around(list, &n, &row->id, day);
	for (const struct yh_ledger_term *t = next_over(list, n, day, NULL); rc == YH_OK && t;
	     t = next_over(list, n, day, t)) {
		int64_t before = borne;

		rc = settled(cx->tx, row, list[0].from, t->until, &all, err);
		if (all > borne)
			borne = all - borne > t->milli ? borne + t->milli : all;
		if (yh_id_eq(&t->id, &row->id)) {
			out->used = out->share = borne - before;
			return rc;
		}
	}
	if (rc != YH_OK || n == 0)
		return rc;
	rc = settled(cx->tx, row, list[0].from, YH_DAY_NONE, &all, err);
	out->most = 0;
	for (size_t i = 0; i < n; i++)
		out->most += is_over(&list[i], day) ? 0 : list[i].milli;
	out->used = all - borne;
	out->share = out->most > 0 ? (int64_t)((__int128)out->used * own / out->most) : out->used;
	return rc;
}

enum yh_rc yh_ledger_use(struct yh_ctx *cx, const struct yh_pack *pack,
			 struct yh_ledger_line *lines, size_t n, struct yh_err *err)
{
	enum yh_rc rc = yh_ledger_mark(cx, lines, n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_register *reg = yh_pack_register(pack, lines[i].row.reg);
		struct yh_ledger_room room;

		lines[i].has_used = reg && reg->settled;
		if (!lines[i].has_used)
			continue;
		rc = yh_ledger_room(cx, &lines[i].row, reg->settled, &room, err);
		lines[i].used_milli = room.share;
	}
	return rc;
}
