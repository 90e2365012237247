/* Papers: sealing, serving, acknowledging. */
#include "services/paper/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cases/case.h"
#include "law/deadline.h"
#include "services/audit/audit.h"
#include "services/document/internal.h"
#include "store/event.h"
#include "store/settlement.h"

const char *yh_papers_print_dir(const struct yh_world *world)
{
	return world->documents && world->sealer ? yh_documents_incoming(world->documents) : NULL;
}

struct sealing {
	const struct yh_world *world;
	struct yh_paper_row row;
	struct yh_document_row document;
	yh_time now;
	char name[256];
};

static enum yh_rc record(struct yh_tx *tx, const struct yh_world *w, const struct yh_paper_row *row,
			 const char *kind, const struct yh_actor *actor, yh_time now,
			 struct yh_err *err)
{
	const struct yh_event e = { .id = yh_id_new(w->ids, now),
				    .at = now,
				    .kind = kind,
				    .case_id = row->case_id,
				    .object_kind = "paper",
				    .object_id = row->id,
				    .person = actor ? actor->person : (struct yh_id){ { 0 } },
				    .org = row->recipient,
				    .article = row->article,
				    .outcome = row->no,
				    .source = actor ? actor->source : "local" };

	return yh_event_insert(tx, &e, err);
}

static enum yh_rc tell(struct yh_tx *tx, const struct sealing *s, struct yh_err *err)
{
	const struct yh_paper_row *p = &s->row;
	char id[YH_ID_TEXT];
	json_t *v = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "case", p->case_no, "title",
			      p->case_title, "number", p->no, "paper_zh", p->title_zh, "paper_en",
			      p->title_en, "issuer", p->issuer_name, "paper_id",
			      yh_id_text(&p->id, id));
	char *figures = v ? yh_json_canonical(v) : NULL;
	const struct yh_notice n = { .id = yh_id_new(s->world->ids, s->now),
				     .org = p->recipient,
				     .role = p->recipient_role,
				     .case_id = p->case_id,
				     .slug = "paper-served",
				     .figures = figures,
				     .made_at = s->now };
	enum yh_rc rc = figures ? yh_notice_insert(tx, &n, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	json_decref(v);
	free(figures);
	return rc;
}

/* The day on which it is deemed to be served was reckoned when it was issued: what is sent later
 * has it reckoned again, by the job that keeps that day, which takes the case first. */
static enum yh_rc reckon_again(struct yh_tx *tx, const struct sealing *s, struct yh_err *err)
{
	const struct yh_paper_row *p = &s->row;
	struct yh_id job = yh_id_new(s->world->ids, s->now);
	enum yh_rc rc;

	if (!p->deemed_after[0] || yh_day_of(s->now) == yh_day_of(p->issued_at))
		return YH_OK;
	rc = yh_job_cancel(tx, "paper.deem", &p->id, s->now, err);
	return rc == YH_OK ? yh_job_insert(tx, &job, "paper.deem", &p->id, s->now, err) : rc;
}

static enum yh_rc write_served(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct sealing *s = arg;
	const struct yh_files *f = &s->world->documents->files;
	char named[YH_DOCUMENT_PLACE];
	struct yh_paper_row now_row;
	struct yh_arena arena;
	bool fresh = false;
	enum yh_rc rc;

	yh_arena_init(&arena, 1 << 20);
	rc = yh_document_place_take(tx, f->place, named, err);
	if (rc == YH_OK && strcmp(named, f->place) != 0)
		rc = yh_fail(err, YH_CONFLICT, "documents-elsewhere");
	/* the case first: who gives it a label gives it to its papers, too */
	if (rc == YH_OK)
		rc = yh_db_lock(tx, &s->row.case_id, 1, err);
	if (rc == YH_OK)
		rc = yh_db_lock(tx, &s->row.id, 1, err);
	if (rc == YH_OK)
		rc = yh_paper_load(tx, &s->row.id, &arena, &now_row, err);
	/* it is printed in it */
	if (rc == YH_OK && !now_row.served_at && !now_row.revoked_at &&
	    strcmp(now_row.label, s->row.label) != 0)
		rc = yh_fail(err, YH_BUSY, "paper-label-changed");
	if (rc != YH_OK || now_row.served_at || now_row.revoked_at) {
		yh_arena_done(&arena);
		return rc;
	}
	yh_arena_done(&arena);
	s->row.document = s->document.id;
	rc = yh_signing_key_keep(tx, s->row.key_id, yh_sealer_public(s->world->sealer), s->now,
				 err);
	if (rc == YH_OK)
		rc = yh_document_insert(tx, &s->document, err);
	if (rc == YH_OK)
		rc = yh_document_attach(tx, &s->document.id, "case", &s->row.case_id, s->row.step,
					NULL, s->now, &fresh, err);
	if (rc == YH_OK)
		rc = yh_paper_serve(tx, &s->row, &fresh, err);
	if (rc == YH_OK && fresh)
		rc = record(tx, s->world, &s->row, "paper.served", NULL, s->now, err);
	if (rc == YH_OK && fresh)
		rc = reckon_again(tx, s, err);
	return rc == YH_OK && fresh ? tell(tx, s, err) : rc;
}

enum yh_rc yh_paper_seal(const struct yh_world *world, const struct yh_paper_row *row, int fd,
			 const char *path, yh_time now, struct yh_err *err)
{
	struct sealing s = { .world = world, .row = *row, .now = now };
	unsigned char signature[YH_SIG_MAX];
	YH_CLOSE_AUTO int lock = -1;
	struct stat st;
	enum yh_rc rc;

	if (fstat(fd, &st) != 0)
		return yh_fail(err, YH_STORAGE, "document-unreadable");
	(void)snprintf(s.name, sizeof s.name, "%.200s.pdf", row->no);
	s.document = (struct yh_document_row){ .id = yh_id_new(world->ids, now),
					       .name = s.name,
					       .kind = "pdf",
					       .size_bytes = st.st_size,
					       .made_at = now,
					       .owner = row->issuer };
	(void)snprintf(s.document.label, sizeof s.document.label, "%s", row->label);
	rc = yh_files_digest(fd, &s.document.digest, err);
	if (rc == YH_OK)
		rc = yh_sealer_sign_bytes(world->sealer, s.document.digest.b,
					  sizeof s.document.digest.b, signature,
					  &s.row.signature_len, err);
	if (rc != YH_OK)
		return rc;
	s.row.signature = signature;
	s.row.served_at = now;
	yh_sealer_key_id(world->sealer, s.row.key_id);
	rc = yh_files_lock(&world->documents->files, true, true, &lock, err);
	if (rc == YH_OK)
		rc = yh_files_put(&world->documents->files, fd, path, &s.document.digest, err);
	return rc == YH_OK ? yh_exec_write(world->exec, write_served, &s, err) : rc;
}

/* ---- reading ---- */

/* Who may only look at a body's things is nobody of that body. */
static bool acts_for(const struct yh_ctx *cx, const struct yh_id *org)
{
	for (size_t i = 0; i < cx->actor->n_grants; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];

		if (yh_id_eq(&g->org, org) && !(g->scope && *g->scope))
			return true;
	}
	return false;
}

bool yh_paper_is_mine(const struct yh_ctx *cx, const struct yh_paper_row *row)
{
	return acts_for(cx, &row->recipient);
}

enum yh_rc yh_paper_see(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
			struct yh_paper_row *out, struct yh_err *err)
{
	struct yh_err not = { 0 };
	struct yh_case c;
	enum yh_rc rc = yh_paper_load(cx->tx, id, cx->arena, out, err);

	if (rc != YH_OK || acts_for(cx, &out->recipient) || acts_for(cx, &out->issuer))
		return rc;
	if (relation)
		rc = yh_case_get(cx, &out->case_id, &c, err);
	if (rc != YH_OK)
		return rc;
	rc = relation ? yh_case_see(cx, &c, relation, &not ) : YH_NOT_FOUND;
	return rc == YH_NOT_FOUND ? yh_fail(err, YH_NOT_FOUND, "paper-unknown") : rc;
}

enum yh_rc yh_paper_seal_holds(struct yh_ctx *cx, const struct yh_paper_row *row, const char *pem,
			       bool *out, struct yh_err *err)
{
	struct yh_err gone = { 0 };
	struct yh_document_row kept;
	struct yh_sm2 *key = NULL;
	struct yh_sm3 digest;
	YH_CLOSE_AUTO int fd = -1;
	enum yh_rc rc = yh_document_load(cx->tx, &row->document, cx->arena, &kept, err);

	*out = false;
	if (rc == YH_OK)
		rc = yh_sm2_load_pem(pem, &key, err);
	if (rc != YH_OK)
		return rc;
	*out = yh_document_bytes(cx, &kept, &fd, &gone) == YH_OK &&
	       yh_files_digest(fd, &digest, &gone) == YH_OK &&
	       memcmp(digest.b, row->digest.b, sizeof digest.b) == 0 &&
	       yh_sm2_verify(key, digest.b, sizeof digest.b, row->signature, row->signature_len);
	yh_sm2_free(key);
	return YH_OK;
}

enum yh_rc yh_paper_note_opened(struct yh_ctx *cx, const struct yh_paper_row *row,
				struct yh_err *err)
{
	bool fresh = false;
	struct yh_case c;
	enum yh_rc rc;

	if (!yh_paper_is_mine(cx, row) || !row->served_at || row->opened_at)
		return YH_OK;
	rc = yh_case_take(cx, &row->case_id, &c, err); /* the case before its papers, always */
	if (rc == YH_OK)
		rc = yh_paper_open(cx->tx, &row->id, &cx->actor->person, cx->now, &fresh, err);
	if (rc != YH_OK || !fresh)
		return rc;
	rc = record(cx->tx, cx->world, row, "paper.opened", cx->actor, cx->now, err);
	return rc == YH_OK ? yh_case_served(cx, &row->case_id, err) : rc;
}

/* ---- served without an act of its recipient ---- */

/* By the calendar as it is now, from its sending. What cannot have been seen yet is not deemed to
 * have been: until it is sent it counts from today. A program that prints nothing, as a simulated
 * city, sends what it issues. */
static enum yh_rc reckon(const struct yh_ctx *cx, const struct yh_paper_row *row, yh_day *day,
			 struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	bool sent = row->served_at || !yh_papers_print_dir(cx->world);
	yh_day from = yh_day_of(row->served_at ? row->served_at : row->issued_at);
	struct yh_period after;
	struct yh_due due = { .day = YH_DAY_NONE };
	enum yh_rc rc = yh_period_parse(row->deemed_after, &after, err);

	if (rc == YH_OK)
		rc = yh_due_day(law->calendar(law->self), sent ? from : yh_ctx_today(cx), after,
				YH_PROVISIONAL, &due, err);
	*day = due.day;
	return rc;
}

static enum yh_rc put_off(struct yh_ctx *cx, const struct yh_paper_row *row, yh_day day,
			  yh_time *again_at, struct yh_err *err)
{
	enum yh_rc rc = yh_paper_set_deemed(cx->tx, &row->id, day, err);

	*again_at = yh_day_start(day);
	return rc == YH_OK ? yh_case_served(cx, &row->case_id, err) : rc;
}

enum yh_rc yh_paper_pass(struct yh_ctx *cx, const struct yh_id *id, yh_time *again_at,
			 struct yh_err *err)
{
	struct yh_paper_row row;
	bool fresh = false;
	struct yh_case c;
	yh_day day;
	enum yh_rc rc = yh_paper_load(cx->tx, id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_paper_load(cx->tx, id, cx->arena, &row, err); /* under the lock */
	if (rc != YH_OK || row.opened_at || row.revoked_at || row.deemed_at)
		return rc;
	rc = reckon(cx, &row, &day, err);
	if (rc != YH_OK || day > yh_ctx_today(cx))
		return rc == YH_OK ? put_off(cx, &row, day, again_at, err) : rc;
	if (day > row.deemed_day) /* passed while no server ran */
		rc = yh_paper_set_deemed(cx->tx, id, day, err);
	if (rc == YH_OK)
		rc = yh_paper_deem(cx->tx, id, cx->now, &fresh, err);
	if (rc == YH_OK && fresh)
		rc = record(cx->tx, cx->world, &row, "paper.deemed", NULL, cx->now, err);
	return rc == YH_OK && fresh ? yh_case_served(cx, &row.case_id, err) : rc;
}

enum yh_rc yh_paper_receipt(struct yh_ctx *cx, const struct yh_paper_row *row, struct yh_err *err)
{
	bool fresh = false;
	enum yh_rc rc;

	if (!yh_paper_is_mine(cx, row))
		return yh_fail(err, YH_FORBIDDEN, "paper-not-yours");
	if (!row->served_at)
		return yh_fail(err, YH_CONFLICT, "paper-not-served");
	rc = yh_paper_note_opened(cx, row, err);
	if (rc == YH_OK)
		rc = yh_paper_acknowledge(cx->tx, &row->id, &cx->actor->person, cx->now, &fresh,
					  err);
	if (rc == YH_OK && !fresh)
		rc = yh_fail(err, YH_CONFLICT, "paper-acknowledged");
	return rc == YH_OK ? record(cx->tx, cx->world, row, "paper.acknowledged", cx->actor,
				    cx->now, err)
			   : rc;
}
