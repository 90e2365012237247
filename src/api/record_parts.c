/* What belongs to a record besides its content. */
#include "api/record_parts.h"

#include <string.h>

#include "api/api.h"
#include "api/label.h"
#include "api/list.h"
#include "base/digest.h"
#include "cases/case.h"
#include "services/project/project.h"
#include "store/document.h"
#include "store/duty.h"

enum { DUTIES_MOST = 50, CASES_MOST = 20 };

static void write_duty(struct yh_req *rq, const void *row)
{
	const struct yh_duty_line *l = row;
	const struct yh_law_book *law = rq->cx.world->law;
	struct yh_speech s = yh_list_speech(rq, NULL);
	const struct yh_duty_kind *kind = NULL;
	const struct yh_pack *pack;

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		kind = yh_pack_duty(pack, l->row.kind);
	yh_jw_str(rq->w, "no", l->row.no);
	yh_jw_str(rq->w, "kind", l->row.kind);
	yh_jw_str(rq->w, "kind_title", kind ? yh_say_text(&s, kind->title) : l->row.kind);
	yh_jw_str(rq->w, "what", l->row.what);
	yh_jw_str(rq->w, "owner_name", l->owner_name);
	yh_list_word(rq, "state", "duty", l->row.state);
	yh_jw_day(rq->w, "due", l->row.due_day);
	yh_jw_bool(rq->w, "overdue", l->row.due_day < yh_ctx_today(&rq->cx));
}

static enum yh_rc duties(struct yh_req *rq, const struct yh_id *record, struct yh_err *err)
{
	const struct yh_duty_filter f = { .record = *record,
					  .kind = "",
					  .state = "",
					  .open = true,
					  .overdue = YH_DAY_NONE,
					  .due_before = YH_DAY_NONE,
					  .due_from = YH_DAY_NONE,
					  .limit = DUTIES_MOST };
	struct yh_duty_line *rows = NULL;
	const char *relation;
	size_t n = 0;
	enum yh_rc rc = yh_req_relation(rq, "duty.read", &relation, err);

	if (rc == YH_OK && relation) {
		struct yh_viewer who = yh_viewer_of(&rq->cx, relation);

		rc = yh_duty_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	}
	if (rc == YH_OK)
		yh_list_write(rq, "duties", rows, n, sizeof *rows, write_duty);
	return rc;
}

static enum yh_rc of_case(struct yh_req *rq, const struct yh_id *id, const char *relation,
			  struct yh_err *err)
{
	struct yh_err hidden = { 0 };
	struct yh_document_row *rows;
	char hex[YH_SM3_HEX];
	struct yh_case c;
	size_t n = 0;
	enum yh_rc rc = yh_case_get(&rq->cx, id, &c, err);

	if (rc != YH_OK || yh_case_see(&rq->cx, &c, relation, &hidden) != YH_OK)
		return rc;
	rc = yh_document_of(rq->cx.tx, "case", id, rq->cx.arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_id(rq->w, "id", &rows[i].id);
		yh_jw_str(rq->w, "name", yh_view_labelled(rq, rows[i].label, rows[i].name));
		yh_view_label(rq, rows[i].label);
		yh_jw_str(rq->w, "digest", yh_hex(rows[i].digest.b, sizeof rows[i].digest.b, hex));
		yh_jw_int(rq->w, "size_bytes", rows[i].size_bytes);
		yh_jw_str(rq->w, "case", c.row.no);
		yh_jw_end_obj(rq->w);
	}
	return rc;
}

static bool came_before(const struct yh_ledger_change *history, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (yh_id_eq(&history[i].case_id, &history[at].case_id))
			return true;
	return false;
}

enum yh_rc yh_view_record_parts(struct yh_req *rq, const struct yh_id *record,
				const struct yh_ledger_change *history, size_t n,
				struct yh_err *err)
{
	const char *relation;
	enum yh_rc rc = duties(rq, record, err);

	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &relation, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "documents");
	for (size_t i = n > CASES_MOST ? n - CASES_MOST : 0; rc == YH_OK && relation && i < n; i++)
		if (!came_before(history, i))
			rc = of_case(rq, &history[i].case_id, relation, err);
	yh_jw_end_arr(rq->w);
	return rc;
}
