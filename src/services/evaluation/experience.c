/* Experience with catalogue items. */
#include "services/evaluation/experience.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/identity/record.h"
#include "store/case_file.h"
#include "store/party.h"

enum { COMMENT_MAX = 1000 * 4, BODY_MAX = 8 * 1024 * 1024 };

static yh_day quarter_of(yh_day day)
{
	struct yh_date d = yh_date_of(day);

	return yh_day_from_date((struct yh_date){ d.year, (d.month - 1) / 3 * 3 + 1, 1 });
}

enum yh_rc yh_item_rate(struct yh_ctx *cx, const struct yh_rating_row *in,
			struct yh_rating_row *out, struct yh_err *err)
{
	bool used = false;
	enum yh_rc rc;

	*out = *in;
	out->person = cx->actor->person;
	out->made_at = cx->now;
	out->quarter = quarter_of(yh_ctx_today(cx));
	if (!yh_actor_grant(cx->actor, "unit", &in->unit))
		return yh_fail(err, YH_FORBIDDEN, "unit-only");
	if (strlen(in->comment) > COMMENT_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/comment");
	rc = yh_item_used(cx->tx, &in->cloud, &in->unit, in->code, out->quarter, yh_ctx_today(cx),
			  &used, err);
	if (rc == YH_OK && !used) {
		rc = yh_refuse(err, "item-not-used", "");
		yh_err_field(err, "/item");
		yh_err_text(err, "item", in->code);
		yh_err_day(err, "since", out->quarter);
	}
	if (rc == YH_OK)
		rc = yh_rating_set(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "item.rated", "unit", &in->unit, in->code,
						in->comment, err)
			   : rc;
}

static enum yh_rc check_window(struct yh_ctx *cx, const struct yh_experience_ask *ask,
			       struct yh_err *err)
{
	yh_day last = yh_ctx_today(cx) - 1;

	if (ask->first <= ask->last && ask->last <= last && ask->last - ask->first < 1100)
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "evaluation-window", "?to");
	yh_err_day(err, "last", last);
	return YH_BAD_INPUT;
}

/* Change against as many days before, in tenths of a percent; none without a before. */
static void write_trend(struct yh_jw *w, const struct yh_experience_line *l)
{
	__int128 change;

	if (l->before_milli == 0) {
		yh_jw_null(w, "trend_percent");
		return;
	}
	change = (__int128)(l->hours_milli - l->before_milli) * 1000 / l->before_milli;
	yh_jw_scaled(w, "trend_percent", (int64_t)change, 1);
}

static void write_line(struct yh_jw *w, const struct yh_experience_line *l)
{
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "code", l->code);
	yh_jw_str(w, "name", l->name);
	yh_jw_str(w, "category", l->category);
	yh_jw_str(w, "measure", l->measure);
	yh_jw_bool(w, "trusted", l->trusted);
	yh_jw_int(w, "resources", l->resources);
	yh_jw_scaled(w, "quantity_hours", l->hours_milli, 3);
	yh_jw_scaled(w, "quantity_hours_before", l->before_milli, 3);
	write_trend(w, l);
	yh_jw_int(w, "ratings", l->ratings);
	if (l->ratings)
		yh_jw_scaled(w, "satisfaction",
			     (l->rating_sum * 200 + l->ratings) / (2 * l->ratings), 2);
	else
		yh_jw_null(w, "satisfaction");
	yh_jw_int(w, "findings", l->findings);
	yh_jw_int(w, "observations", l->observations);
	yh_jw_end_obj(w);
}

/* How many of what ran are trusted products (Art. 14): of a category, or (NULL) of all. */
static void write_share_of(struct yh_jw *w, const struct yh_experience_line *lines, size_t n,
			   const char *category)
{
	int64_t resources = 0, trusted = 0;

	for (size_t i = 0; i < n; i++) {
		if (category && strcmp(lines[i].category, category) != 0)
			continue;
		resources += lines[i].resources;
		trusted += lines[i].trusted ? lines[i].resources : 0;
	}
	yh_jw_int(w, "resources", resources);
	yh_jw_int(w, "trusted_resources", trusted);
	if (resources)
		yh_jw_scaled(w, "trusted_percent", trusted * 10000 / resources, 2);
	else
		yh_jw_null(w, "trusted_percent");
}

static bool is_first_of_category(const struct yh_experience_line *lines, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(lines[j].category, lines[i].category) == 0)
			return false;
	return true;
}

enum yh_rc yh_experience_write(struct yh_ctx *cx, const struct yh_experience_ask *ask,
			       struct yh_jw *w, struct yh_err *err)
{
	struct yh_experience_line *lines;
	size_t n = 0;
	enum yh_rc rc = check_window(cx, ask, err);

	if (rc == YH_OK)
		rc = yh_experience_lines(cx->tx, ask, cx->arena, &lines, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(w, "from", ask->first);
	yh_jw_day(w, "to", ask->last);
	yh_jw_time(w, "as_of", ask->as_of);
	yh_jw_arr(w, "items");
	for (size_t i = 0; i < n; i++)
		write_line(w, &lines[i]);
	yh_jw_end_arr(w);
	yh_jw_arr(w, "categories");
	for (size_t i = 0; i < n; i++) {
		if (!is_first_of_category(lines, i))
			continue;
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "category", lines[i].category);
		write_share_of(w, lines, n, lines[i].category);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	write_share_of(w, lines, n, NULL);
	return YH_OK;
}

static enum yh_rc number_it(struct yh_ctx *cx, const struct yh_id *cloud, char no[YH_NUMBER_TEXT],
			    struct yh_err *err)
{
	struct yh_cloud_row row;
	enum yh_rc rc = yh_cloud_load(cx->tx, cloud, cx->arena, &row, err);

	return rc == YH_OK ? yh_number_next(cx->tx, row.code, 0, "TY", no, err) : rc;
}

enum yh_rc yh_experience_keep(struct yh_ctx *cx, const struct yh_experience_ask *ask,
			      struct yh_experience_row *out, struct yh_err *err)
{
	struct yh_buf buf;
	struct yh_jw w;
	enum yh_rc rc;

	*out = (struct yh_experience_row){ .id = yh_ctx_new_id(cx),
					   .cloud = ask->cloud,
					   .made_by = cx->actor->person,
					   .first_day = ask->first,
					   .last_day = ask->last,
					   .made_at = cx->now };
	yh_buf_init(&buf, BODY_MAX);
	yh_jw_init(&w, &buf);
	yh_jw_obj(&w, NULL);
	rc = yh_experience_write(cx, ask, &w, err);
	yh_jw_end_obj(&w);
	if (rc == YH_OK && !yh_buf_ok(&buf))
		rc = yh_fail(err, YH_TOO_LARGE, "reply-too-large");
	if (rc == YH_OK)
		out->body = yh_arena_strndup(cx->arena, yh_buf_text(&buf), buf.len);
	yh_buf_done(&buf);
	if (rc == YH_OK && !out->body)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = number_it(cx, &ask->cloud, out->no, err);
	if (rc != YH_OK)
		return rc;
	out->digest = yh_sm3_of(out->body, strlen(out->body));
	rc = yh_experience_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "experience.kept", "experience", &out->id,
						out->no, NULL, err)
			   : rc;
}
