/* A statement with everything that is printed of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/settle.h"
#include "store/catalogue.h"
#include "store/party.h"
#include "store/project.h"
#include "store/statement_party.h"

enum { EDITIONS_MOST = 64, LINES_MOST = 100000, PRICE_BYTES = 8192, PAGE = 50 };
enum { SHELF_ARENA = 256 * 1024 * 1024, PAGE_ARENA = 256 * 1024 * 1024 };

/* Editions whose items were needed: lines of one month are of few. */
struct shelf {
	struct yh_arena *arena;
	struct {
		struct yh_edition_row row;
		struct yh_item_row *items; /* by code */
		size_t n;
	} editions[EDITIONS_MOST];
	size_t n;
};

static int by_code(const void *key, const void *item)
{
	return strcmp(key, ((const struct yh_item_row *)item)->code);
}

static const struct yh_item_row *on_shelf(const struct shelf *s, const struct yh_line_row *l,
					  int64_t *number)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct yh_item_row *item =
			s->editions[i].n ? bsearch(l->code, s->editions[i].items, s->editions[i].n,
						   sizeof *item, by_code)
					 : NULL;

		if (item && yh_id_eq(&item->id, &l->item)) {
			*number = s->editions[i].row.number;
			return item;
		}
	}
	return NULL;
}

static enum yh_rc find_item(struct yh_tx *tx, struct shelf *s, const struct yh_line_row *l,
			    const struct yh_item_row **out, int64_t *number, struct yh_err *err)
{
	struct yh_item_row item;
	enum yh_rc rc;

	*out = on_shelf(s, l, number);
	if (*out)
		return YH_OK;
	if (s->n == EDITIONS_MOST)
		s->n = 0;
	rc = yh_item_load(tx, &l->item, s->arena, &item, err);
	if (rc == YH_OK)
		rc = yh_edition_load(tx, &item.edition, s->arena, &s->editions[s->n].row, err);
	if (rc == YH_OK)
		rc = yh_item_list(tx, &item.edition, s->arena, &s->editions[s->n].items,
				  &s->editions[s->n].n, err);
	if (rc != YH_OK)
		return rc;
	s->n++;
	*out = on_shelf(s, l, number);
	return *out ? YH_OK : yh_fail(err, YH_INTERNAL, "item-unknown");
}

/* "0.12", or "0-100: 1; 100-: 0.8". */
static const char *price_text(const struct yh_item_row *i, struct yh_arena *arena)
{
	char from[YH_SCALED_TEXT], price[YH_SCALED_TEXT];
	struct yh_buf b;
	const char *out;

	if (i->n_tiers == 1)
		return yh_arena_strdup(arena, yh_scaled_text(i->tiers[0].price_e6, 6, price));
	yh_buf_init(&b, PRICE_BYTES);
	for (size_t t = 0; t < i->n_tiers; t++) {
		yh_buf_printf(&b, "%s%s-", t ? "; " : "",
			      yh_scaled_text(i->tiers[t].from_milli, 3, from));
		if (t + 1 < i->n_tiers)
			yh_buf_str(&b, yh_scaled_text(i->tiers[t + 1].from_milli, 3, from));
		yh_buf_printf(&b, ": %s", yh_scaled_text(i->tiers[t].price_e6, 6, price));
	}
	out = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return out;
}

/* ---- the bill ---- */

struct billing {
	const struct yh_world *world;
	struct yh_tx *tx;
	struct yh_arena *arena;
	struct shelf *shelf;
	const struct yh_pack *pack;
};

static enum yh_rc corrected_no(struct billing *g, struct yh_bill_line *l, struct yh_err *err)
{
	struct yh_statement_row s;
	enum yh_rc rc;

	l->corrects_month = YH_DAY_NONE;
	if (yh_id_is_zero(&l->row.corrects))
		return YH_OK;
	rc = yh_statement_load(g->tx, &l->row.corrects, g->arena, &s, err);
	if (rc != YH_OK)
		return rc;
	l->corrects_month = s.month;
	l->corrects_no = yh_arena_strdup(g->arena, s.no);
	return l->corrects_no ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc fill_line(struct billing *g, const struct yh_line_row *row,
			    struct yh_bill_line *out, struct yh_err *err)
{
	const struct yh_kind *kind = yh_pack_kind(g->pack, row->resource_kind);
	const struct yh_item_row *item;
	int64_t number;
	enum yh_rc rc = find_item(g->tx, g->shelf, row, &item, &number, err);

	if (rc != YH_OK)
		return rc;
	*out = (struct yh_bill_line){
		.row = *row,
		.item_name = item->name,
		.category = item->category,
		.class_ = item->class_,
		.measure = item->measure,
		.per = item->per,
		.mode = item->mode,
		.price = price_text(item, g->arena),
		.kind_title = kind ? kind->title.zh : row->resource_kind,
		.edition = number,
	};
	if (!kind)
		out->kind_title = yh_arena_strdup(g->arena, row->resource_kind);
	if (!out->price || !out->kind_title)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return corrected_no(g, out, err);
}

static enum yh_rc fill_lines(struct billing *g, struct yh_bill *b, struct yh_err *err)
{
	struct yh_bill_line *lines;
	struct yh_line_row *rows;
	enum yh_rc rc = yh_line_list(g->tx, &b->row.id, 0, LINES_MOST, g->arena, &rows, &b->n, err);

	if (rc != YH_OK)
		return rc;
	lines = YH_NEW_N(g->arena, struct yh_bill_line, b->n + 1);
	if (!lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	b->lines = lines;
	for (size_t i = 0; rc == YH_OK && i < b->n; i++)
		rc = fill_line(g, &rows[i], &lines[i], err);
	return rc;
}

static enum yh_rc name_org(struct billing *g, const struct yh_id *id, const char **name,
			   const char **code, bool *in_budget, struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc;

	*name = "";
	if (code)
		*code = "";
	if (yh_id_is_zero(id))
		return YH_OK;
	rc = yh_org_load(g->tx, id, g->arena, &org, err);
	if (rc != YH_OK)
		return rc;
	*name = org.name;
	if (code)
		*code = yh_arena_strdup(g->arena, org.code);
	if (in_budget)
		*in_budget = org.in_budget;
	return !code || *code ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Whoever holds a role for the cloud, "" when nobody does, or several. */
static enum yh_rc name_body(struct billing *g, const struct yh_id *cloud, const char *role,
			    const char **name, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_id org;
	enum yh_rc rc = yh_cloud_body(g->tx, cloud, role, &org, &why);

	*name = "";
	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT)
		return YH_OK;
	if (rc != YH_OK && err)
		*err = why;
	return rc == YH_OK ? name_org(g, &org, name, NULL, NULL, err) : rc;
}

static enum yh_rc fill_names(struct billing *g, struct yh_bill *b, struct yh_err *err)
{
	struct yh_cloud_row cloud;
	struct yh_project_row project;
	enum yh_rc rc = yh_cloud_load(g->tx, &b->row.cloud, g->arena, &cloud, err);

	if (rc == YH_OK)
		rc = yh_project_load(g->tx, &b->row.project, g->arena, &project, err);
	if (rc != YH_OK)
		return rc;
	b->cloud_name = cloud.name;
	b->cloud_code = yh_arena_strdup(g->arena, cloud.code);
	b->project_name = project.name;
	b->project_code = yh_arena_strdup(g->arena, project.code);
	if (!b->cloud_code || !b->project_code)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = name_org(g, &b->row.unit, &b->unit_name, &b->unit_code, &b->in_budget, err);
	if (rc == YH_OK)
		rc = name_org(g, &b->row.provider, &b->provider_name, &b->provider_code, NULL, err);
	if (rc == YH_OK)
		rc = name_org(g, &b->row.payer, &b->payer_name, &b->payer_code, NULL, err);
	if (rc == YH_OK)
		rc = name_body(g, &b->row.cloud, "operator", &b->operator_name, err);
	if (rc == YH_OK)
		rc = yh_statement_pays_itself(g->tx, &b->row, &b->pays_itself, err);
	return rc == YH_OK ? name_body(g, &b->row.cloud, "econ_info", &b->approver_name, err) : rc;
}

static enum yh_rc fill(struct billing *g, struct yh_bill *b, struct yh_err *err)
{
	const struct yh_law_book *law = g->world->law;
	enum yh_rc rc = law->pack_by(law->self, &b->settlement.pack, &g->pack, err);

	if (rc != YH_OK)
		return rc;
	b->fee_article = yh_pack_article_about(g->pack, "settlement");
	b->price_article = yh_pack_article_about(g->pack, "edition");
	b->factor_article = yh_pack_article_about(g->pack, "evaluation");
	rc = fill_names(g, b, err);
	return rc == YH_OK ? fill_lines(g, b, err) : rc;
}

enum yh_rc yh_settle_bill(struct yh_ctx *cx, const struct yh_id *statement, struct yh_bill *out,
			  struct yh_err *err)
{
	struct shelf *shelf = YH_NEW(cx->arena, struct shelf);
	struct billing g = { .world = cx->world, .tx = cx->tx, .arena = cx->arena, .shelf = shelf };
	enum yh_rc rc;

	*out = (struct yh_bill){ 0 };
	if (!shelf)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	shelf->arena = cx->arena;
	rc = yh_statement_load(cx->tx, statement, cx->arena, &out->row, err);
	if (rc == YH_OK)
		rc = yh_settlement_load(cx->tx, &out->row.settlement, &out->settlement, err);
	return rc == YH_OK ? fill(&g, out, err) : rc;
}

/* ---- all of a settlement ---- */

struct paging {
	struct billing g;
	const struct yh_id *settlement;
	char after[40];
	struct yh_bill *bills;
	size_t n;
	struct yh_arena arena, shelf_arena;
};

static enum yh_rc page(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct paging *p = arg;
	struct yh_settlement_row settlement;
	struct yh_statement_row *rows;
	enum yh_rc rc;

	yh_arena_done(&p->arena);
	p->g.tx = tx;
	rc = yh_settlement_load(tx, p->settlement, &settlement, err);
	if (rc == YH_OK)
		rc = yh_statement_of_settlement(tx, p->settlement, p->after, PAGE, &p->arena, &rows,
						&p->n, err);
	if (rc != YH_OK)
		return rc;
	p->bills = YH_NEW_N(&p->arena, struct yh_bill, p->n + 1);
	if (!p->bills)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < p->n; i++) {
		p->bills[i].row = rows[i];
		p->bills[i].settlement = settlement;
		rc = fill(&p->g, &p->bills[i], err);
	}
	return rc;
}

enum yh_rc yh_settle_bills(const struct yh_world *world, const struct yh_id *settlement,
			   yh_bill_fn visit, void *arg, struct yh_err *err)
{
	struct paging *p = calloc(1, sizeof *p);
	struct shelf *shelf = calloc(1, sizeof *shelf);
	enum yh_rc rc = YH_OK;

	if (!p || !shelf) {
		free(p);
		free(shelf);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_arena_init(&p->arena, PAGE_ARENA);
	yh_arena_init(&p->shelf_arena, SHELF_ARENA);
	shelf->arena = &p->shelf_arena;
	p->g = (struct billing){ .world = world, .arena = &p->arena, .shelf = shelf };
	p->settlement = settlement;
	do {
		rc = yh_exec_read(world->exec, page, p, err);
		for (size_t i = 0; rc == YH_OK && i < p->n; i++)
			rc = visit(arg, &p->bills[i], err);
		if (rc == YH_OK && p->n)
			memcpy(p->after, p->bills[p->n - 1].row.no, sizeof p->after);
	} while (rc == YH_OK && p->n == PAGE);
	yh_arena_done(&p->arena);
	yh_arena_done(&p->shelf_arena);
	free(shelf);
	free(p);
	return rc;
}
