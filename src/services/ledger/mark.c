/* How records are labelled: as high as the highest of the cases that made them what they are. */
#include "cases/mark.h"
#include "services/ledger/ledger.h"

static enum yh_rc highest(struct yh_ctx *cx, const struct yh_pack *pack, const struct yh_id *id,
			  const char **label, struct yh_err *err)
{
	struct yh_ledger_label *list;
	size_t n = 0;
	enum yh_rc rc = yh_ledger_labels(cx->tx, id, cx->arena, &list, &n, err);

	*label = yh_clearance_named(pack, "");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*label = yh_pack_label_higher(pack, *label,
					      yh_mark_of(pack, list[i].procedure, list[i].label));
	return rc;
}

enum yh_rc yh_ledger_mark(struct yh_ctx *cx, struct yh_ledger_line *lines, size_t n,
			  struct yh_err *err)
{
	struct yh_clearance mine = { .label = "" };
	enum yh_rc rc = yh_clearance_actor(cx, &mine, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_ledger_line *l = &lines[i];

		l->label = yh_clearance_named(mine.pack, "");
		if (l->labelled)
			rc = highest(cx, mine.pack, &l->row.id, &l->label, err);
		l->withheld = !mine.all && yh_pack_label_rank(mine.pack, l->label) >
						   yh_pack_label_rank(mine.pack, mine.label);
	}
	return rc;
}

enum yh_rc yh_ledger_label(struct yh_ctx *cx, const struct yh_id *id, const char **label,
			   struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*label = "";
	if (rc == YH_OK)
		rc = highest(cx, pack, id, label, err);
	if (rc == YH_OK && yh_pack_label_rank(pack, *label) <= 0)
		*label = "";
	return rc;
}
