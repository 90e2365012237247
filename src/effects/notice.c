/* Words that tell. */
#include "effects/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/project/quota_view.h"
#include "store/case_file.h"
#include "store/party.h"

YH_WORD_CHECK_FN(yh_word_notice_send)
{
	struct yh_id org;
	enum yh_rc rc = yh_case_party(k, yh_use_text(use, "role", "unit"), &org, err);

	if (rc != YH_OK)
		return rc;
	return yh_case_tell(k, yh_use_text(use, "role", "unit"), &org,
			    yh_use_text(use, "text", "case-notice"), k->step ? k->step->name : NULL,
			    YH_DAY_NONE, err);
}

/* Whoever has something running on the case's cloud. */
YH_WORD_CHECK_FN(yh_word_notice_units)
{
	static const char *const fields[] = { "what", "from", "until" };
	YH_JSON_AUTO more = json_object();
	struct yh_id *units;
	size_t n;
	enum yh_rc rc = yh_cloud_units(k->cx->tx, &k->c->row.cloud, k->cx->arena, &units, &n, err);

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const char *field = yh_use_text(use, fields[i], NULL);
		json_t *v = field ? json_object_get(k->c->form, field) : NULL;

		if (v && json_object_set(more, fields[i], v) != 0)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_case_tell_more(k, "unit", &units[i], yh_use_text(use, "text", ""), more,
				       err);
	return rc;
}

static json_t *line_figure(const char *dim, int64_t qty_milli)
{
	char text[YH_SCALED_TEXT];

	return json_pack("{s:s, s:s, s:s}", "say", "quota-line", "dimension", dim, "quantity",
			 yh_scaled_text(qty_milli, 3, text));
}

/* FREQ and INTERVAL of a rule that says nothing else; false: it says more. */
static bool plain_rule(const char *rrule, char freq[16], int *interval)
{
	char rest[16] = "";

	*interval = 1;
	if (sscanf(rrule, "FREQ=%15[A-Z];INTERVAL=%d%15s", freq, interval, rest) == 2)
		return *interval > 0;
	return sscanf(rrule, "FREQ=%15[A-Z]%15s", freq, rest) == 1;
}

static json_t *window_figure(const struct yh_quota_row *q)
{
	static const char *const says[][2] = { { "DAILY", "quota-window-daily" },
					       { "WEEKLY", "quota-window-weekly" },
					       { "MONTHLY", "quota-window-monthly" },
					       { "YEARLY", "quota-window-yearly" } };
	const char *rrule = q->rrule ? q->rrule : "", *slug = "quota-window-rule";
	char qty[YH_SCALED_TEXT], day[YH_DAY_TEXT], freq[16];
	int interval = 1;

	for (size_t i = 0; plain_rule(rrule, freq, &interval) && i < 4; i++)
		if (strcmp(freq, says[i][0]) == 0)
			slug = says[i][1];
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:I}", "say", slug, "dimension", q->dim,
			 "quantity", yh_scaled_text(q->qty_milli, 3, qty), "from",
			 yh_day_text(q->first_day, day), "rrule", rrule, "interval", interval,
			 "days", (json_int_t)q->span_days);
}

static enum yh_rc quota_figures(struct yh_case_cx *k, const json_t *base, const json_t *windows,
				const json_t *effective, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_day_line *lines;
	struct yh_quota_row *rows;
	size_t n;
	enum yh_rc rc =
		yh_quota_of_case(k->cx->tx, &k->c->row.id, today, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rows[i].kind, "window") == 0)
			(void)json_array_append_new((json_t *)windows, window_figure(&rows[i]));
		else if (yh_id_eq(&rows[i].project, &k->c->row.project))
			(void)json_array_append_new((json_t *)base,
						    line_figure(rows[i].dim, rows[i].qty_milli));
	if (rc == YH_OK)
		rc = yh_quota_day(k->cx, &k->c->row.unit, &k->c->row.project, NULL, today, &lines,
				  &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		(void)json_array_append_new((json_t *)effective,
					    line_figure(lines[i].dim, lines[i].effective_milli));
	return rc;
}

/* A18.3: the operator reads what was granted, and does not have to look it up. */
YH_WORD_CHECK_FN(yh_word_notice_quota)
{
	const char *role = yh_use_text(use, "role", "operator");
	YH_JSON_AUTO more = json_pack("{s:[], s:[], s:[]}", "base", "windows", "effective");
	struct yh_project_row p;
	struct yh_id org;
	enum yh_rc rc = yh_case_party(k, role, &org, err);

	if (rc == YH_OK)
		rc = yh_project_load(k->cx->tx, &k->c->row.project, k->cx->arena, &p, err);
	if (rc == YH_OK)
		rc = quota_figures(k, json_object_get(more, "base"),
				   json_object_get(more, "windows"),
				   json_object_get(more, "effective"), err);
	if (rc != YH_OK)
		return rc;
	if (json_object_set_new(more, "project", json_string(p.code)) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_case_tell_more(k, role, &org, yh_use_text(use, "text", "case-notice"), more, err);
}

/* X8: whoever applied then hears what became of it. */
YH_WORD_CHECK_FN(yh_word_notice_about_case)
{
	struct yh_case_row old;
	enum yh_rc rc = yh_case_load(k->cx->tx, &k->c->row.about_case, k->cx->arena, &old, err);
	YH_JSON_AUTO more = NULL;

	if (rc != YH_OK)
		return rc;
	more = json_pack("{s:s, s:s}", "about", old.no, "about_title", old.title);
	return yh_case_tell_more(k, old.filer_role, &old.filer_org,
				 yh_use_text(use, "text", "case-notice"), more, err);
}
