/* How settlements and statements look in replies. */
#include "api/settle_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/list.h"
#include "base/num.h"
#include "services/project/project.h"
#include "services/settle/desk.h"
#include "store/subject.h"

enum yh_rc yh_ref_settlement(struct yh_req *rq, const char *text, struct yh_settlement_row *out,
			     struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_settlement], text,
					 &id, err);

	return rc == YH_OK ? yh_settlement_see(&rq->cx, &who, &id, out, err) : rc;
}

enum yh_rc yh_ref_statement(struct yh_req *rq, const char *text, struct yh_statement_line *out,
			    struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_statement], text,
					 &id, err);

	return rc == YH_OK ? yh_statement_see(&rq->cx, &who, &id, out, err) : rc;
}

enum yh_rc yh_month_parse(const char *text, const char *field, yh_day *out, struct yh_err *err)
{
	char day[YH_DAY_TEXT];

	if (strlen(text) == 7) {
		(void)snprintf(day, sizeof day, "%s-01", text);
		if (yh_day_parse(day, out, NULL) == YH_OK)
			return YH_OK;
	}
	return yh_fail_field(err, YH_BAD_INPUT, "month-invalid", field);
}

void yh_view_month(struct yh_req *rq, const char *key, yh_day month)
{
	struct yh_date d = yh_date_of(month);
	char text[16];

	(void)snprintf(text, sizeof text, "%04d-%02d", d.year, d.month);
	yh_jw_str(rq->w, key, text);
}

void yh_view_fen(struct yh_req *rq, const char *key, int64_t fen)
{
	char text[YH_SCALED_TEXT];

	yh_jw_str(rq->w, key, yh_fen_text(fen, text));
}

void yh_view_term(struct yh_req *rq, const char *key, const char *of, const char *word)
{
	char slug[80];
	const char *said;

	(void)snprintf(slug, sizeof slug, "%s-%s", of, word ? word : "");
	for (char *p = slug; *p; p++)
		if (*p == '_')
			*p = '-';
	said = rq->messages ? yh_messages_find(rq->messages, rq->lang, slug) : NULL;
	yh_jw_str(rq->w, key, said ? said : word);
}

void yh_view_paid(struct yh_req *rq, int64_t total_fen, int64_t paid_fen)
{
	yh_view_fen(rq, "paid", paid_fen);
	yh_view_fen(rq, "due", total_fen - paid_fen);
}

void yh_view_settlement(struct yh_req *rq, const void *row)
{
	const struct yh_settlement_row *s = row;
	char hex[YH_SM3_HEX];

	yh_jw_id(rq->w, "id", &s->id);
	yh_jw_str(rq->w, "no", s->no);
	yh_view_month(rq, "month", s->month);
	yh_jw_int(rq->w, "number", s->number);
	yh_list_word(rq, "state", "settlement", s->state);
	/* what a whole cloud came to would tell one of two units the other's bill */
	if (strcmp(rq->relation, "own") != 0) {
		yh_jw_int(rq->w, "statements", s->statements);
		yh_jw_int(rq->w, "stopped", s->stopped);
		yh_jw_int(rq->w, "lines", s->lines);
		yh_view_fen(rq, "total", s->total_fen);
	}
	yh_jw_time(rq->w, "as_of", s->as_of);
	yh_jw_time(rq->w, "made_at", s->made_at);
	yh_jw_time(rq->w, "closed_at", s->closed_at);
	yh_jw_str(rq->w, "pack_digest", yh_hex(s->pack.b, YH_SM3_BYTES, hex));
	yh_jw_str(rq->w, "digest", yh_hex(s->digest.b, YH_SM3_BYTES, hex));
}

void yh_view_fault(struct yh_req *rq, const char *fault)
{
	const json_t *f = NULL;
	const char *slug;
	char *figures;

	if (!fault || yh_json_parse_in(rq->cx.arena, fault, strlen(fault), &f, NULL) != YH_OK) {
		yh_jw_null(rq->w, "fault");
		return;
	}
	slug = yh_json_text(f, "slug");
	figures = yh_json_canonical(json_object_get(f, "figures"));
	yh_jw_obj(rq->w, "fault");
	yh_jw_str(rq->w, "slug", slug);
	yh_jw_str(rq->w, "article", yh_json_text(f, "article"));
	yh_jw_raw(rq->w, "figures", figures ? figures : "{}");
	yh_list_sentence(rq, slug ? slug : "", figures ? figures : "{}");
	yh_jw_end_obj(rq->w);
	free(figures);
}

void yh_view_statement(struct yh_req *rq, const void *row)
{
	const struct yh_statement_line *l = row;
	const struct yh_statement_row *s = &l->row;

	yh_jw_id(rq->w, "id", &s->id);
	yh_jw_str(rq->w, "no", s->no);
	yh_jw_str(rq->w, "settlement", l->settlement_no);
	yh_jw_str(rq->w, "cloud", l->cloud_code);
	yh_view_month(rq, "month", s->month);
	yh_jw_str(rq->w, "unit", l->unit_name);
	yh_jw_str(rq->w, "unit_code", l->unit_code);
	yh_jw_str(rq->w, "project", l->project_name);
	yh_jw_str(rq->w, "project_code", l->project_code);
	yh_jw_str(rq->w, "provider", l->provider_name[0] ? l->provider_name : NULL);
	yh_jw_str(rq->w, "provider_code", l->provider_code[0] ? l->provider_code : NULL);
	yh_jw_str(rq->w, "payer", l->payer_name[0] ? l->payer_name : NULL);
	yh_jw_str(rq->w, "payer_code", l->payer_code[0] ? l->payer_code : NULL);
	yh_jw_bool(rq->w, "pays_itself", l->pays_itself);
	yh_list_word(rq, "state", "settlement", s->state);
	yh_jw_int(rq->w, "lines", s->lines);
	yh_view_fen(rq, "total", s->total_fen);
	yh_view_paid(rq, s->total_fen, s->paid_fen);
	yh_view_fault(rq, s->fault);
	yh_jw_time(rq->w, "closed_at", s->closed_at);
	yh_jw_bool(rq->w, "signed", s->signature != NULL);
	yh_jw_int(rq->w, "version", s->version);
}
