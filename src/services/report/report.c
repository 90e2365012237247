/* Reports: reckoning one from the records, finding what changed, sealing it. */
#include "services/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "services/identity/record.h"
#include "services/proof/sealed.h"
#include "services/report/internal.h"
#include "store/closed_year.h"
#include "store/party.h"
#include "store/settlement.h"

/* ---- the period ---- */

static bool digits(const char *s, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*out = *out * 10 + (s[i] - '0');
	}
	return true;
}

enum yh_rc yh_report_period(const char *text, const char **kind, yh_day *first, yh_day *last,
			    struct yh_err *err)
{
	size_t n = strlen(text);
	int year = 0, month = 0;
	bool good = (n == 4 || n == 7) && digits(text, 4, &year) && year >= 1970 && year <= 2198;

	if (good && n == 7)
		good = text[4] == '-' && digits(text + 5, 2, &month) && month >= 1 && month <= 12;
	if (!good)
		return yh_fail_field(err, YH_BAD_INPUT, "report-period", "/period");
	*kind = month ? "month" : "year";
	*first = yh_day_from_date((struct yh_date){ year, month ? month : 1, 1 });
	*last = yh_day_from_date((struct yh_date){ year, month ? month : 12,
						   month ? yh_days_in_month(year, month) : 31 });
	return YH_OK;
}

/* ---- reckoning ---- */

/* Remembers how the pack of the day titles what a cell names, for it must read the same for ever.
 */
static void entitle(struct yh_reporting *r, const char *group, const char *name,
		    struct yh_text2 title)
{
	char key[160];

	(void)snprintf(key, sizeof key, "%s/%s", group, name);
	if (title.zh && !json_object_get(r->titles, key))
		(void)json_object_set_new(r->titles, key,
					  json_pack("{s:s, s:s}", "zh", title.zh, "en",
						    title.en ? title.en : title.zh));
}

static void entitle_step(struct yh_reporting *r, const char *procedure, const char *step)
{
	const struct yh_procedure *p = yh_pack_procedure(r->pack, procedure);
	const struct yh_step *s = p ? yh_procedure_step(p, step) : NULL;
	char name[128];

	(void)snprintf(name, sizeof name, "%s.%s", procedure, step);
	if (s)
		entitle(r, "step", name, s->title);
}

static void entitle_state(struct yh_reporting *r, const char *reg, const char *state)
{
	const struct yh_register *g = yh_pack_register(r->pack, reg);
	const struct yh_register_state *s = g ? yh_register_state(g, state) : NULL;
	char name[128];

	(void)snprintf(name, sizeof name, "%s.%s", reg, state);
	if (s)
		entitle(r, "state", name, s->title);
}

static void entitle_cell(struct yh_reporting *r, enum yh_rf_kind kind, const char *before,
			 const char *text)
{
	const struct yh_procedure *p;
	const struct yh_register *g;
	const struct yh_duty_kind *d;

	switch (kind) {
	case YH_RF_PROCEDURE:
		p = yh_pack_procedure(r->pack, text);
		if (p)
			entitle(r, "procedure", text, p->title);
		return;
	case YH_RF_STEP:
		entitle_step(r, before, text);
		return;
	case YH_RF_REGISTER:
		g = yh_pack_register(r->pack, text);
		if (g)
			entitle(r, "register", text, g->title);
		return;
	case YH_RF_STATE:
		entitle_state(r, before, text);
		return;
	case YH_RF_DUTY:
		d = yh_pack_duty(r->pack, text);
		if (d)
			entitle(r, "duty", text, d->title);
		return;
	default:
		return;
	}
}

static json_t *figure(enum yh_rf_kind kind, int64_t num)
{
	char text[YH_SCALED_TEXT];

	if (kind == YH_RF_INT)
		return json_integer((json_int_t)num);
	return json_string(yh_scaled_text(num, kind == YH_RF_MILLI ? 3 : 2, text));
}

static enum yh_rc take_row(void *arg, const struct yh_rf_section *s, const struct yh_rf_row *row,
			   struct yh_err *err)
{
	struct yh_reporting *r = arg;
	json_t *cells = json_array();
	bool good = cells != NULL;

	for (int i = 0; good && i < YH_RF_COLUMNS && s->columns[i].id; i++) {
		enum yh_rf_kind kind = s->columns[i].kind;

		if (kind < YH_RF_INT) {
			entitle_cell(r, kind, i ? row->text[i - 1] : "", row->text[i]);
			good = json_array_append_new(cells, json_string(row->text[i])) == 0;
		} else {
			good = json_array_append_new(cells,
						     row->null[i] ? json_null()
								  : figure(kind, row->num[i])) == 0;
		}
	}
	good = good && json_array_append_new(r->rows, cells) == 0;
	return good ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static const char *kind_name(enum yh_rf_kind kind)
{
	static const char *const names[] = { "text",  "procedure", "step",      "register",
					     "state", "duty",      "dimension", "subject",
					     "int",   "milli",     "fen",       "share" };

	return names[kind];
}

static json_t *section_head(const struct yh_rf_section *s, json_t *rows)
{
	json_t *columns = json_array();
	int keys = 0;

	for (int i = 0; i < YH_RF_COLUMNS && s->columns[i].id; i++) {
		keys += s->columns[i].kind < YH_RF_INT;
		(void)json_array_append_new(columns,
					    json_pack("{s:s, s:s}", "id", s->columns[i].id, "kind",
						      kind_name(s->columns[i].kind)));
	}
	return json_pack("{s:s, s:i, s:o, s:o}", "id", s->id, "keys", keys, "columns", columns,
			 "rows", rows);
}

static enum yh_rc reckon(struct yh_reporting *r, struct yh_err *err)
{
	size_t n;
	const struct yh_rf_section *list = yh_rf_sections(&n);
	enum yh_rc rc = YH_OK;

	r->sections = json_array();
	r->titles = json_object();
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		r->rows = json_array();
		rc = r->rows && r->sections && r->titles
			     ? yh_facts_read(r->cx->tx, &list[i], &r->cloud.id, r->first, r->last,
					     take_row, r, err)
			     : yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (rc == YH_OK &&
		    json_array_append_new(r->sections, section_head(&list[i], r->rows)) != 0)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
		else if (rc != YH_OK)
			json_decref(r->rows);
	}
	return rc;
}

/* ---- making ---- */

static enum yh_rc check_period(struct yh_reporting *r, struct yh_err *err)
{
	struct yh_date d = yh_date_of(r->first);
	bool closed = false;
	enum yh_rc rc;

	if (r->last >= yh_ctx_today(r->cx)) {
		(void)yh_fail_field(err, YH_CONFLICT, "report-period-open", "/period");
		yh_err_day(err, "last", r->last);
		return YH_CONFLICT;
	}
	rc = yh_closed_year_is(r->cx->tx, &r->cloud.id, d.year, &closed, err);
	if (rc == YH_OK && closed) {
		(void)yh_fail_field(err, YH_CONFLICT, "year-closed", "/period");
		yh_err_int(err, "year", d.year);
		return YH_CONFLICT;
	}
	return rc;
}

/* The closed settlements of the months from the first day to the last. */
static enum yh_rc count_settled(struct yh_tx *tx, const struct yh_id *cloud, yh_day first,
				yh_day last, int64_t *closed, yh_time *last_at, struct yh_err *err)
{
	struct yh_date d = yh_date_of(first);
	enum yh_rc rc = YH_OK;

	*closed = 0;
	*last_at = 0;
	while (rc == YH_OK && first <= last) {
		yh_day after = first + yh_days_in_month(d.year, d.month);
		struct yh_month_settled m = { 0 };

		rc = yh_month_settled(tx, cloud, first, after, &m, err);
		*closed += m.closed;
		*last_at = m.last_at > *last_at ? m.last_at : *last_at;
		first = after;
		d = yh_date_of(first);
	}
	return rc;
}

/* An edition behind a settlement says that it changed nothing, too: closing a year asks for one. */
static enum yh_rc look_settled(struct yh_reporting *r, struct yh_err *err)
{
	yh_time last_at;
	enum yh_rc rc = count_settled(r->cx->tx, &r->cloud.id, r->first, r->last, &r->settled,
				      &last_at, err);

	r->settled_since = rc == YH_OK && r->has_before && last_at > r->before.made_at;
	return rc;
}

static enum yh_rc check_before(struct yh_reporting *r, const char *reason, struct yh_err *err)
{
	enum yh_rc rc = yh_report_last(r->cx->tx, &r->cloud.id, r->kind, r->first, r->cx->arena,
				       &r->has_before, &r->before, err);

	if (rc == YH_OK && r->has_before && !(reason && *reason))
		rc = yh_fail_field(err, YH_BAD_INPUT, "report-reason", "/reason");
	if (rc == YH_OK && r->has_before)
		rc = yh_json_parse_in(r->cx->arena, r->before.body, strlen(r->before.body),
				      &r->before_body, err);
	return rc == YH_OK ? look_settled(r, err) : rc;
}

static json_t *body_of(struct yh_reporting *r, const char *reason, json_t *changes, int64_t total)
{
	char first[YH_DAY_TEXT], last[YH_DAY_TEXT], at[YH_TIME_TEXT], before[YH_SM3_HEX];

	(void)yh_day_text(r->first, first);
	(void)yh_day_text(r->last, last);
	(void)yh_time_text(r->cx->now, at);
	(void)yh_hex(r->before.digest.b, sizeof r->before.digest.b, before);
	return json_pack("{s:{s:s, s:s}, s:s, s:s, s:s, s:I, s:s, s:s, s:s?, s:O, s:O, s:o, s:I}",
			 "cloud", "code", r->cloud.code, "name", r->cloud.name, "kind", r->kind,
			 "first_day", first, "last_day", last, "edition",
			 (json_int_t)(r->has_before ? r->before.edition + 1 : 1), "reason",
			 reason ? reason : "", "as_of", at, "before", r->has_before ? before : NULL,
			 "titles", r->titles, "sections", r->sections, "changes", changes,
			 "changes_total", (json_int_t)total);
}

static enum yh_rc write_body(struct yh_reporting *r, const char *reason,
			     struct yh_report_draft *out, struct yh_err *err)
{
	YH_JSON_AUTO body = NULL;
	YH_FREE_AUTO char *text = NULL;
	int64_t total = 0;
	json_t *changes = yh_report_changes(r, &total);

	if (!changes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (r->has_before && total == 0 && !r->settled_since) {
		json_decref(changes);
		return yh_fail(err, YH_CONFLICT, "report-unchanged");
	}
	body = body_of(r, reason, changes, total);
	text = body ? yh_json_canonical(body) : NULL;
	out->body = text ? yh_arena_strdup(r->cx->arena, text) : NULL;
	return out->body ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

struct reckoning {
	const struct yh_ctx *cx;
	const struct yh_report_in *in;
	struct yh_report_draft *out;
};

static enum yh_rc reckon_all(struct yh_reporting *r, const struct reckoning *k, struct yh_err *err)
{
	const struct yh_law_book *law = r->cx->world->law;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(r->cx), &r->pack, err);

	if (rc == YH_OK)
		rc = yh_cloud_load(r->cx->tx, &k->in->cloud, r->cx->arena, &r->cloud, err);
	if (rc == YH_OK)
		rc = check_period(r, err);
	if (rc == YH_OK)
		rc = check_before(r, k->in->reason, err);
	if (rc == YH_OK)
		rc = reckon(r, err);
	return rc == YH_OK ? write_body(r, k->in->reason, k->out, err) : rc;
}

static enum yh_rc read_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct reckoning *k = arg;
	struct yh_ctx cx = *k->cx;
	struct yh_reporting r = { .cx = &cx };
	enum yh_rc rc = yh_report_period(k->in->period, &r.kind, &r.first, &r.last, err);

	cx.tx = tx;
	if (rc == YH_OK)
		rc = reckon_all(&r, k, err);
	*k->out = (struct yh_report_draft){ .cloud = r.cloud,
					    .kind = r.kind,
					    .first = r.first,
					    .last = r.last,
					    .edition = r.has_before ? r.before.edition + 1 : 1,
					    .reason = k->in->reason ? k->in->reason : "",
					    .settled = r.settled,
					    .body = k->out->body };
	json_decref(r.sections);
	json_decref(r.titles);
	return rc;
}

enum yh_rc yh_report_reckon(const struct yh_ctx *cx, const struct yh_report_in *in,
			    struct yh_report_draft *out, struct yh_err *err)
{
	struct reckoning k = { cx, in, out };

	*out = (struct yh_report_draft){ 0 };
	return yh_exec_read(cx->world->exec, read_all, &k, err);
}

/* ---- keeping ---- */

static enum yh_rc row_of(struct yh_ctx *cx, const struct yh_report_draft *d,
			 const struct yh_seal_out *seal, struct yh_report_row *out,
			 struct yh_err *err)
{
	struct yh_date day = yh_date_of(d->first);
	char period[32];

	(void)snprintf(period, sizeof period, d->kind[0] == 'm' ? "%04d-%02d" : "%04d", day.year,
		       day.month);
	*out = (struct yh_report_row){ .id = yh_ctx_new_id(cx),
				       .cloud = d->cloud.id,
				       .first = d->first,
				       .last = d->last,
				       .edition = d->edition,
				       .reason = d->reason,
				       .digest = yh_sm3_of(d->body, strlen(d->body)),
				       .person = cx->actor->person,
				       .made_at = cx->now,
				       .body = d->body,
				       .cloud_code = d->cloud.code,
				       .cloud_name = d->cloud.name,
				       .person_name = cx->actor->name };
	(void)snprintf(out->kind, sizeof out->kind, "%s", d->kind);
	(void)snprintf(out->key_id, sizeof out->key_id, "%s", seal->key_id);
	out->no = yh_arena_printf(cx->arena, "%s-%s.%lld", d->cloud.code, period,
				  (long long)out->edition);
	out->signature = yh_arena_memdup(cx->arena, seal->signature, seal->signature_len);
	out->signature_len = seal->signature_len;
	return out->no && out->signature ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_report_keep(struct yh_ctx *cx, const struct yh_report_draft *d,
			  struct yh_report_row *out, struct yh_err *err)
{
	struct yh_report_row before;
	struct yh_seal_out seal;
	bool has = false;
	int64_t settled = d->settled;
	yh_time last_at;
	enum yh_rc rc = yh_db_lock(cx->tx, &d->cloud.id, 1, err);

	if (rc == YH_OK)
		rc = yh_report_last(cx->tx, &d->cloud.id, d->kind, d->first, cx->arena, &has,
				    &before, err);
	if (rc == YH_OK && (has ? before.edition : 0) + 1 != d->edition)
		rc = yh_fail(err, YH_CONFLICT, "report-made-meanwhile");
	/* a year is closed on a report that holds all its settlements */
	if (rc == YH_OK)
		rc = count_settled(cx->tx, &d->cloud.id, d->first, d->last, &settled, &last_at,
				   err);
	if (rc == YH_OK && settled != d->settled)
		rc = yh_fail(err, YH_CONFLICT, "report-settled-meanwhile");
	if (rc == YH_OK)
		rc = yh_sealed_sign(cx, YH_REPORT_FORMAT, d->body, &seal, err);
	if (rc == YH_OK)
		rc = row_of(cx, d, &seal, out, err);
	if (rc == YH_OK)
		rc = yh_report_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "report.made", "report", &out->id, out->no,
						out->reason, err)
			   : rc;
}

enum yh_rc yh_report_sealed(struct yh_ctx *cx, const struct yh_report_row *row, const char **out,
			    struct yh_err *err)
{
	struct yh_seal_out seal = { .signature_len = row->signature_len };
	const char *pem;
	enum yh_rc rc = row->signature_len <= sizeof seal.signature
				? yh_signing_key_load(cx->tx, row->key_id, cx->arena, &pem, err)
				: yh_fail(err, YH_INTERNAL, "signature-invalid");

	if (rc != YH_OK)
		return rc;
	memcpy(seal.signature, row->signature, row->signature_len);
	(void)snprintf(seal.key_id, sizeof seal.key_id, "%s", row->key_id);
	return yh_sealed_text(cx->arena, YH_REPORT_FORMAT, row->body, &seal, pem, out, err);
}
