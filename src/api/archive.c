/* A case as one file that stands for itself. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "api/list.h"
#include "export/case_archive.h"
#include "export/outfile.h"
#include "services/identity/clearance.h"
#include "store/party.h"
#include "store/settlement.h"

enum { JSON_MAX = 32 << 20 };

struct archive_in {
	const char *case_ref;
};
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, offsetof(struct archive_in, case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};

struct gathering {
	const struct archive_in *in;
	struct yh_id id;
	struct yh_case_archive a;
};

/* What an operation of the case would reply, as a text. */
static enum yh_rc reply_of(struct yh_req *rq, const struct yh_case *c,
			   enum yh_rc (*view)(struct yh_req *, const struct yh_case *,
					      struct yh_err *),
			   const char **out, struct yh_err *err)
{
	struct yh_jw *kept = rq->w, w;
	struct yh_buf b;
	enum yh_rc rc;

	yh_buf_init(&b, JSON_MAX);
	yh_jw_init(&w, &b);
	rq->w = &w;
	yh_jw_obj(&w, NULL);
	rc = view(rq, c, err);
	yh_jw_end_obj(&w);
	rq->w = kept;
	*out = rc == YH_OK && yh_buf_ok(&b) ? yh_arena_strdup(rq->cx.arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return rc == YH_OK && !*out ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

static enum yh_rc read_papers(struct yh_req *rq, struct gathering *g, struct yh_err *err)
{
	struct yh_paper_row *rows;
	const char **keys;
	enum yh_rc rc =
		yh_paper_of_case(rq->cx.tx, &g->id, rq->cx.arena, &rows, &g->a.n_papers, err);

	if (rc != YH_OK)
		return rc;
	keys = YH_NEW_N(rq->cx.arena, const char *, g->a.n_papers + 1);
	if (!keys)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < g->a.n_papers; i++)
		if (rows[i].served_at)
			rc = yh_signing_key_load(rq->cx.tx, rows[i].key_id, rq->cx.arena, &keys[i],
						 err);
	g->a.papers = rows;
	g->a.paper_keys = keys;
	return rc;
}

static enum yh_rc name_parties(struct yh_req *rq, const struct yh_case *c, struct gathering *g,
			       struct yh_err *err)
{
	struct yh_org_row unit;
	enum yh_rc rc = yh_org_load(rq->cx.tx, &c->row.unit, rq->cx.arena, &unit, err);

	g->a.no = yh_arena_strdup(rq->cx.arena, c->row.no);
	g->a.title = yh_arena_strdup(rq->cx.arena, c->row.title);
	g->a.procedure = c->procedure->title.zh;
	g->a.state = yh_list_title(rq, "case", yh_arena_strdup(rq->cx.arena, c->row.state));
	g->a.unit = unit.name;
	g->a.filed_at = c->row.filed_at;
	g->a.ended_at = c->row.ended_at;
	return rc == YH_OK && !(g->a.no && g->a.title && g->a.state)
		       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
		       : rc;
}

/* Those that the maker is cleared for, and the others, each in the order they came. */
static enum yh_rc part(struct yh_req *rq, struct gathering *g, struct yh_document_row *all,
		       struct yh_err *err)
{
	size_t n = g->a.n_documents, kept = 0, out = 0;
	struct yh_document_row *withheld = YH_NEW_N(rq->cx.arena, struct yh_document_row, n + 1);
	struct yh_clearance mine;
	enum yh_rc rc = withheld ? yh_clearance_actor(&rq->cx, &mine, err)
				 : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_clearance_opens(&mine, all[i].label))
			all[kept++] = all[i];
		else
			withheld[out++] = all[i];
	g->a.documents = all;
	g->a.n_documents = kept;
	g->a.withheld = withheld;
	g->a.n_withheld = out;
	return rc;
}

static bool is_text(const struct yh_piece *p, const char *text)
{
	return p->n == strlen(text) && memcmp(p->p, text, p->n) == 0;
}

/* Events of earlier programs have the heading of a paper for their reason. */
static enum yh_rc veil(struct yh_req *rq, const struct gathering *g, struct yh_chain_link *links,
		       struct yh_err *err)
{
	enum { KIND = 2, OBJECT = 5, REASON = 11 }; /* of the fields, see store/audit.h */
	struct yh_clearance mine;
	enum yh_rc rc = yh_clearance_actor(&rq->cx, &mine, err);

	for (size_t i = 0; rc == YH_OK && i < g->a.n_links; i++) {
		const struct yh_piece *f = links[i].fields;

		if (!is_text(&f[KIND], "paper.issued") || f[REASON].n == 0)
			continue;
		for (size_t k = 0; k < g->a.n_papers; k++)
			if (f[OBJECT].n == sizeof g->a.papers[k].id &&
			    memcmp(f[OBJECT].p, &g->a.papers[k].id, f[OBJECT].n) == 0 &&
			    !yh_clearance_opens(&mine, g->a.papers[k].label))
				links[i].withheld = true;
	}
	return rc;
}

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct yh_document_row *documents;
	struct yh_chain_link *links;
	struct yh_case c;
	enum yh_rc rc = yh_view_seen(rq, g->in->case_ref, &c, err);

	if (rc != YH_OK)
		return rc;
	g->id = c.row.id;
	rc = name_parties(rq, &c, g, err);
	if (rc == YH_OK)
		rc = reply_of(rq, &c, yh_view_case, &g->a.case_json, err);
	if (rc == YH_OK)
		rc = reply_of(rq, &c, yh_view_story, &g->a.events_json, err);
	if (rc == YH_OK)
		rc = yh_audit_of_case(rq->cx.tx, &g->id, rq->cx.arena, &links, &g->a.n_links, err);
	if (rc == YH_OK)
		rc = read_papers(rq, g, err);
	if (rc == YH_OK)
		rc = veil(rq, g, links, err);
	if (rc == YH_OK)
		rc = yh_document_of(rq->cx.tx, "case", &g->id, rq->cx.arena, &documents,
				    &g->a.n_documents, err);
	if (rc == YH_OK)
		rc = part(rq, g, documents, err);
	g->a.links = rc == YH_OK ? links : NULL;
	return rc;
}

static enum yh_rc archive(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct gathering g = { .in = in };
	FILE *out;
	enum yh_rc rc = yh_req_read(rq, gather, &g, err);

	if (rc == YH_OK)
		rc = yh_outfile_open(&out, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_case_archive_write(out, &rq->cx, &g.id, &g.a, err);
	return yh_reply_file(rq, out, rc, "application/zip",
			     yh_arena_printf(rq->cx.arena, "案卷-%s.zip", g.a.no), err);
}

static const struct yh_op ops[] = {
	{ "archive.case", YH_GET, "/api/v1/cases/{case}/archive", "case.read",
	  YH_OP_RAW | YH_OP_ASIDE, case_path, NULL, NULL, sizeof(struct archive_in), archive, NULL,
	  "下载案卷归档包：记录、公文、文件、审计链和签章清单",
	  "A case as one file: record, papers, documents, its part of the audit chain, and a "
	  "sealed "
	  "manifest",
	  .reply = "application/zip" },
};

const struct yh_op_table yh_ops_archive = { ops, sizeof ops / sizeof ops[0] };
