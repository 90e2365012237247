/* Schemes: drafted by a body of the cloud, enacted by a case, then fixed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/evaluation/internal.h"
#include "services/identity/account.h"
#include "store/event.h"
#include "store/party.h"

enum { TITLE_MAX = 120 * 4, CODE_MAX = 16 };

enum yh_rc yh_eval_body(struct yh_ctx *cx, const struct yh_id *cloud, const char *action,
			struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	bool has = false;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	for (size_t i = 0; rc == YH_OK && !has && i < cx->actor->n_grants; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];

		const char *relation = yh_pack_may(pack, g->role, action);

		/* what a role may do with its own only is no body's business */
		if (relation && strcmp(relation, "own") != 0)
			rc = yh_cloud_has_body(cx->tx, cloud, g->role, &g->org, &has, err);
	}
	return rc == YH_OK && !has ? yh_fail(err, YH_FORBIDDEN, "evaluation-body-only") : rc;
}

enum yh_rc yh_eval_record(struct yh_ctx *cx, const char *kind, const char *object_kind,
			  const struct yh_id *object, const struct yh_id *case_id,
			  const char *before, const char *after, const char *reason,
			  struct yh_err *err)
{
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.case_id = case_id ? *case_id : (struct yh_id){ { 0 } },
		.object_kind = object_kind,
		.object_id = *object,
		.person = cx->actor->person,
		.role = yh_id_is_zero(&cx->actor->person) ? YH_SYSTEM_ROLE : NULL,
		.before = before,
		.after = after,
		.reason = reason,
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static bool source_fits(void *arg, const char *name, enum yh_eval_subject subject)
{
	const struct yh_source *s = yh_source(name);

	(void)arg;
	return s && s->subject == subject;
}

static bool article_known(void *arg, const char *number)
{
	return yh_pack_article(arg, number) != NULL;
}

/* Holds the definition against the law, and writes it into the row. */
static enum yh_rc define(struct yh_ctx *cx, const struct yh_scheme_in *in,
			 struct yh_scheme_row *row, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_eval_names names = { NULL, source_fits, article_known };
	const struct yh_pack *pack;
	struct yh_scheme s;
	char *text;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (!in->title || !in->title[0] || strlen(in->title) > TITLE_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/title");
	names.arg = (void *)(uintptr_t)pack;
	if (rc == YH_OK)
		rc = yh_scheme_read(in->definition, &names, cx->arena, &s, err);
	if (rc != YH_OK)
		return rc;
	text = yh_json_canonical(in->definition);
	if (text && !yh_arena_defer(cx->arena, free, text))
		text = NULL;
	if (!text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	row->title = in->title;
	row->definition = text;
	row->digest = yh_sm3_of(text, strlen(text));
	(void)snprintf(row->subject, sizeof row->subject, "%s", yh_eval_subject_name(s.subject));
	return YH_OK;
}

static enum yh_rc check_code(const char *code, struct yh_err *err)
{
	size_t n = strlen(code);

	if (n > 0 && n <= CODE_MAX && strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
		return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, "scheme-code", "/code");
}

static enum yh_rc number_it(struct yh_ctx *cx, struct yh_scheme_row *row, struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(cx->tx, &row->cloud, cx->arena, &cloud, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &row->cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_scheme_next_number(cx->tx, &row->cloud, row->code, &row->number, err);
	if (rc != YH_OK)
		return rc;
	row->cloud_code = yh_arena_strdup(cx->arena, cloud.code);
	(void)snprintf(row->no, sizeof row->no, "%.12s-PF-%s-%lld", cloud.code, row->code,
		       (long long)row->number);
	return row->cloud_code ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_scheme_draft(struct yh_ctx *cx, const struct yh_scheme_in *in,
			   struct yh_scheme_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_eval_body(cx, &in->cloud, "scheme.edit", err);

	*out = (struct yh_scheme_row){ .id = yh_ctx_new_id(cx),
				       .cloud = in->cloud,
				       .state = "draft",
				       .from_day = YH_DAY_NONE,
				       .made_by = cx->actor->person,
				       .made_at = cx->now,
				       .version = 1 };
	if (rc == YH_OK)
		rc = check_code(in->code, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->code, sizeof out->code, "%s", in->code);
	rc = define(cx, in, out, err);
	if (rc == YH_OK)
		rc = number_it(cx, out, err);
	if (rc == YH_OK)
		rc = yh_scheme_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_eval_record(cx, "scheme.drafted", "scheme", &out->id, NULL, NULL,
					    "draft", out->no, err)
			   : rc;
}

/* A scheme locked, in the state that is needed. */
static enum yh_rc take(struct yh_ctx *cx, const struct yh_id *id, const char *state,
		       struct yh_scheme_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err);

	if (rc == YH_OK)
		rc = yh_scheme_load(cx->tx, id, cx->arena, out, err);
	if (rc != YH_OK || strcmp(out->state, state) == 0)
		return rc;
	(void)yh_fail(err, YH_CONFLICT, "scheme-state");
	yh_err_text(err, "scheme", out->no);
	yh_err_text(err, "state", out->state);
	yh_err_text(err, "needed", state);
	return YH_CONFLICT;
}

static enum yh_rc move(struct yh_ctx *cx, struct yh_scheme_row *row, const char *state,
		       const char *kind, const struct yh_id *case_id, struct yh_err *err)
{
	char before[sizeof row->state];
	enum yh_rc rc;

	memcpy(before, row->state, sizeof before);
	(void)snprintf(row->state, sizeof row->state, "%s", state);
	rc = yh_scheme_update(cx->tx, row, err);
	return rc == YH_OK ? yh_eval_record(cx, kind, "scheme", &row->id, case_id, before, state,
					    row->no, err)
			   : rc;
}

enum yh_rc yh_scheme_amend(struct yh_ctx *cx, const struct yh_id *id, const struct yh_scheme_in *in,
			   struct yh_scheme_row *out, struct yh_err *err)
{
	enum yh_rc rc = take(cx, id, "draft", out, err);

	if (rc == YH_OK)
		rc = yh_eval_body(cx, &out->cloud, "scheme.edit", err);
	if (rc == YH_OK && in->if_match >= 0 && in->if_match != out->version) {
		rc = yh_fail(err, YH_STALE, "stale-version");
		yh_err_int(err, "yours", in->if_match);
		yh_err_int(err, "current", out->version);
	}
	if (rc == YH_OK)
		rc = define(cx, in, out, err);
	return rc == YH_OK ? move(cx, out, "draft", "scheme.amended", NULL, err) : rc;
}

/* What is in force from a day that is over would change what was done by another scheme. */
static enum yh_rc check_day(const struct yh_ctx *cx, yh_day from, const char *article,
			    struct yh_err *err)
{
	if (from >= yh_ctx_today(cx))
		return YH_OK;
	(void)yh_refuse(err, "scheme-in-the-past", article);
	yh_err_field(err, "/form/effective_date");
	yh_err_day(err, "effective", from);
	yh_err_day(err, "today", yh_ctx_today(cx));
	return YH_REFUSED;
}

enum yh_rc yh_scheme_submit(struct yh_ctx *cx, const struct yh_id *id, yh_day from,
			    const struct yh_id *case_id, const char *article, struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = take(cx, id, "draft", &row, err);

	if (rc == YH_OK && from != YH_DAY_NONE)
		rc = check_day(cx, from, article, err);
	row.case_id = *case_id;
	return rc == YH_OK ? move(cx, &row, "submitted", "scheme.submitted", case_id, err) : rc;
}

enum yh_rc yh_scheme_reopen(struct yh_ctx *cx, const struct yh_id *id, const struct yh_id *case_id,
			    struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = yh_scheme_load(cx->tx, id, cx->arena, &row, err);

	if (rc != YH_OK || strcmp(row.state, "submitted") != 0 || !yh_id_eq(&row.case_id, case_id))
		return rc;
	row.case_id = (struct yh_id){ { 0 } };
	return move(cx, &row, "draft", "scheme.reopened", case_id, err);
}

enum yh_rc yh_scheme_enact(struct yh_ctx *cx, const struct yh_id *id, yh_day from,
			   const struct yh_id *case_id, const char *article, struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = take(cx, id, "submitted", &row, err);

	if (rc != YH_OK)
		return rc;
	rc = check_day(cx, from, article, err);
	if (rc != YH_OK)
		return rc;
	row.from_day = from;
	return move(cx, &row, "enacted", "scheme.enacted", case_id, err);
}

enum yh_rc yh_evaluation_scheme(struct yh_ctx *cx, const struct yh_id *scheme,
				struct yh_scheme_row *row, struct yh_scheme *out,
				struct yh_err *err)
{
	enum yh_rc rc = yh_scheme_load(cx->tx, scheme, cx->arena, row, err);

	return rc == YH_OK ? yh_eval_scheme(row, cx->arena, out, err) : rc;
}
