/* What replies say of sensitivity labels, and what they leave out. */
#include "api/label.h"

#include <string.h>

#include "api/list.h"
#include "cases/mark.h"
#include "services/identity/clearance.h"
#include "store/document.h"
#include "store/link_file.h"
#include "store/paper.h"

static const char *title_in(const struct yh_req *rq, const struct yh_pack *pack, const char *label)
{
	const struct yh_label *l = yh_pack_label(pack, label);

	return !l ? label : strcmp(rq->lang, "en") == 0 ? l->title.en : l->title.zh;
}

const char *yh_view_label_title(struct yh_req *rq, const char *label)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;

	return law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK
		       ? title_in(rq, pack, label)
		       : label;
}

/* What many look at together is cleared for nothing. */
static bool cleared(struct yh_req *rq, struct yh_clearance *mine)
{
	enum yh_rc rc = yh_clearance_actor(&rq->cx, mine, NULL);

	if (rc == YH_OK && !rq->cx.actor) {
		mine->all = false;
		mine->label = yh_clearance_named(mine->pack, "");
	}
	return rc == YH_OK;
}

/* Without a pack nothing is told. */
static bool opens(struct yh_req *rq, const char *label, struct yh_clearance *mine)
{
	return cleared(rq, mine) && yh_clearance_opens(mine, label);
}

void yh_view_label(struct yh_req *rq, const char *label)
{
	struct yh_clearance mine;
	bool told = opens(rq, label, &mine);

	label = mine.pack ? yh_clearance_label(&mine, label) : label;
	yh_jw_str(rq->w, "label", label);
	yh_list_titled(rq, "label", mine.pack ? title_in(rq, mine.pack, label) : label);
	yh_jw_bool(rq->w, "withheld", !told);
}

bool yh_view_is_withheld(struct yh_req *rq, const char *label)
{
	struct yh_clearance mine;

	return !opens(rq, label, &mine);
}

static const char *in_its_place(struct yh_req *rq, const struct yh_pack *pack, const char *label)
{
	const char *masked = "…";
	struct yh_buf said;
	json_t *figures;

	if (!pack)
		return masked;
	figures = json_pack("{s:s}", "label", title_in(rq, pack, label));
	yh_buf_init(&said, 512);
	if (figures)
		yh_messages_fill(rq->messages, rq->lang, "label-withheld", figures, &said);
	if (yh_buf_ok(&said) && said.len)
		masked = yh_arena_printf(rq->cx.arena, "%s", yh_buf_text(&said));
	yh_buf_done(&said);
	json_decref(figures);
	return masked ? masked : "…";
}

const char *yh_view_labelled(struct yh_req *rq, const char *label, const char *name)
{
	struct yh_clearance mine;

	if (opens(rq, label, &mine))
		return name;
	return in_its_place(rq, mine.pack, mine.pack ? yh_clearance_label(&mine, label) : label);
}

/* ---- of a case ---- */

const char *yh_view_hidden(struct yh_req *rq, const char *label)
{
	struct yh_clearance mine;

	(void)cleared(rq, &mine);
	return in_its_place(rq, mine.pack, label);
}

void yh_view_mark_beside(struct yh_req *rq, const char *procedure, const char *label,
			 const char *document)
{
	struct yh_clearance mine;
	bool told = cleared(rq, &mine) && yh_mark_opens(&mine, procedure, label) &&
		    (!document || yh_clearance_opens(&mine, document));

	label = mine.pack ? yh_mark_of(mine.pack, procedure, label) : label;
	if (mine.pack && document)
		label = yh_pack_label_higher(mine.pack, label, yh_clearance_label(&mine, document));
	yh_jw_str(rq->w, "label", label);
	yh_list_titled(rq, "label", mine.pack ? title_in(rq, mine.pack, label) : label);
	yh_jw_bool(rq->w, "withheld", !told);
}

void yh_view_mark(struct yh_req *rq, const char *procedure, const char *label)
{
	yh_view_mark_beside(rq, procedure, label, NULL);
}

bool yh_view_is_marked(struct yh_req *rq, const char *procedure, const char *label)
{
	struct yh_clearance mine;

	return !cleared(rq, &mine) || !yh_mark_opens(&mine, procedure, label);
}

const char *yh_view_marked(struct yh_req *rq, const char *procedure, const char *label)
{
	struct yh_clearance mine;

	(void)cleared(rq, &mine);
	return in_its_place(rq, mine.pack,
			    mine.pack ? yh_mark_of(mine.pack, procedure, label) : label);
}

const char *yh_view_notice_withheld(struct yh_req *rq, const char *case_no, const char *procedure,
				    const char *label)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	const char *figures = NULL;

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		figures = yh_mark_notice(rq->cx.arena, pack, case_no, procedure, label);
	return figures ? figures : "{}";
}

enum yh_rc yh_view_clearance(struct yh_req *rq, const struct yh_person_row *p, struct yh_err *err)
{
	struct yh_clearance c;
	enum yh_rc rc = yh_clearance_person(&rq->cx, p, &c, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "clearance", c.label);
	yh_list_titled(rq, "clearance", title_in(rq, c.pack, c.label));
	yh_jw_bool(rq->w, "clearance_named", p->clearance[0] != 0);
	return YH_OK;
}

/* ---- a case's story ---- */

struct labelled {
	const struct yh_id *id;
	const char *label;
};

static enum yh_rc read_labels(struct yh_req *rq, const struct yh_id *case_id, struct labelled **out,
			      size_t *n, struct yh_err *err)
{
	struct yh_document_row *documents;
	struct yh_paper_row *papers;
	struct yh_link_file_row *files; /* that never became documents, too */
	size_t n_documents, n_papers, n_files;
	enum yh_rc rc = yh_document_of(rq->cx.tx, "case", case_id, rq->cx.arena, &documents,
				       &n_documents, err);

	if (rc == YH_OK)
		rc = yh_paper_of_case(rq->cx.tx, case_id, rq->cx.arena, &papers, &n_papers, err);
	if (rc == YH_OK)
		rc = yh_link_file_of(rq->cx.tx, case_id, rq->cx.arena, &files, &n_files, err);
	if (rc != YH_OK)
		return rc;
	*out = YH_NEW_N(rq->cx.arena, struct labelled, n_documents + n_papers + n_files + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*n = 0;
	for (size_t i = 0; i < n_documents; i++)
		(*out)[(*n)++] = (struct labelled){ &documents[i].id, documents[i].label };
	for (size_t i = 0; i < n_papers; i++)
		(*out)[(*n)++] = (struct labelled){ &papers[i].id, papers[i].label };
	for (size_t i = 0; i < n_files; i++)
		(*out)[(*n)++] = (struct labelled){ &files[i].id, files[i].label };
	return YH_OK;
}

/* What is not among those that were read is not told either. */
static bool is_open(const struct yh_clearance *mine, const struct labelled *all, size_t n,
		    const struct yh_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (yh_id_eq(all[i].id, id))
			return yh_clearance_opens(mine, all[i].label);
	return false;
}

const char *yh_view_outcome(struct yh_req *rq, const struct yh_change_row *r)
{
	return yh_mark_tells(r->kind) || !yh_view_is_marked(rq, r->procedure, r->label) ? r->outcome
											: "";
}

/* What kind of thing happened, when, by whom, at which step, with which outcome: that is told. */
void yh_view_hush(struct yh_story_line *l)
{
	l->reason = l->payload = "";
	if (!yh_mark_tells(l->kind))
		l->before = l->after = l->outcome = "";
}

enum yh_rc yh_view_veil(struct yh_req *rq, const struct yh_case *c, struct yh_story_line *list,
			size_t n, struct yh_err *err)
{
	struct yh_clearance mine;
	struct labelled *all;
	size_t n_all = 0;
	enum yh_rc rc = yh_clearance_actor(&rq->cx, &mine, err);
	bool whole = rc == YH_OK && !yh_mark_opens(&mine, c->row.procedure, c->row.label);

	if (rc == YH_OK)
		rc = read_labels(rq, &c->row.id, &all, &n_all, err);
	for (size_t i = 0; rc == YH_OK && !mine.all && i < n; i++) {
		const char *kind = list[i].object_kind;

		if (whole) {
			yh_view_hush(&list[i]);
			continue;
		}
		if ((strcmp(kind, "document") != 0 && strcmp(kind, "paper") != 0) ||
		    is_open(&mine, all, n_all, &list[i].object_id))
			continue;
		list[i].reason = "";
		list[i].payload = "";
	}
	return rc;
}
