/* Laying duties, and what becomes of them. */
#include "services/duty/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "services/ledger/ledger.h"
#include "store/event.h"
#include "store/party.h"

static const struct yh_calendar *calendar_of(const struct yh_ctx *cx)
{
	const struct yh_law_book *law = cx->world->law;

	return law->calendar(law->self);
}

enum yh_rc yh_duty_due(const struct yh_ctx *cx, const struct yh_duty_kind *kind, yh_day from,
		       bool again, yh_day *due, struct yh_err *err)
{
	struct yh_period p = again || kind->within.n == 0 ? kind->every : kind->within;
	struct yh_due at;
	enum yh_rc rc;

	if (p.n == 0)
		return yh_fail(err, YH_BAD_INPUT, "duty-due-missing");
	if (p.unit == YH_MONTHS)
		return yh_months_on(from, p.n, due, err);
	if (p.unit == YH_DAYS) {
		*due = from + p.n;
		return YH_OK;
	}
	rc = yh_due_day(calendar_of(cx), from, p, YH_PROVISIONAL, &at, err);
	*due = at.day;
	return rc;
}

/* The first reminder that lies behind `after`; YH_DAY_NONE: none does. *passed: one does not. */
static enum yh_rc next_reminder(const struct yh_ctx *cx, const struct yh_duty_kind *kind,
				yh_day due, yh_day after, yh_day *out, bool *passed,
				struct yh_err *err)
{
	*out = YH_DAY_NONE;
	*passed = false;
	for (size_t i = 0; i < kind->n_remind; i++) {
		struct yh_period ahead = { -kind->remind[i].n, kind->remind[i].unit };
		struct yh_due at;
		enum yh_rc rc = yh_due_day(calendar_of(cx), due, ahead, YH_PROVISIONAL, &at, err);

		if (rc != YH_OK)
			return rc;
		*passed = *passed || at.day <= after;
		if (at.day > after && (*out == YH_DAY_NONE || at.day < *out))
			*out = at.day;
	}
	return YH_OK;
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_duty_row *d, const char *kind,
			 const char *before, const struct yh_id *case_id, struct yh_err *err)
{
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.case_id = *case_id,
		.object_kind = "duty",
		.object_id = d->id,
		.person = cx->actor->person,
		.org = d->owner,
		.article = d->article,
		.outcome = d->no,
		.reason = d->reason ? d->reason : "",
		.before = before,
		.after = d->state,
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static const struct yh_duty_kind *kind_of(struct yh_ctx *cx, const char *id)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;

	return law->pack_on(law->self, yh_ctx_today(cx), &pack, NULL) == YH_OK
		       ? yh_pack_duty(pack, id)
		       : NULL;
}

static enum yh_rc tell(struct yh_ctx *cx, const struct yh_duty_row *d, const char *role,
		       const struct yh_id *org, const char *slug, int64_t days, struct yh_err *err)
{
	const struct yh_duty_kind *kind = kind_of(cx, d->kind);
	char day[YH_DAY_TEXT];
	YH_JSON_AUTO figures =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "no", d->no, "what", d->what,
			  "due", yh_day_text(d->due_day, day), "kind", d->kind, "kind_zh",
			  kind ? kind->title.zh : d->kind, "kind_en",
			  kind ? kind->title.en : d->kind, "days", (json_int_t)days);
	char *text = figures ? yh_json_canonical(figures) : NULL;
	const struct yh_notice n = {
		.id = yh_ctx_new_id(cx),
		.org = *org,
		.role = role,
		.case_id = d->laid_by,
		.slug = slug,
		.figures = text,
		.made_at = cx->now,
	};
	enum yh_rc rc = text ? yh_notice_insert(cx->tx, &n, err)
			     : yh_fail(err, YH_TOO_LARGE, "memory-short");

	free(text);
	return rc;
}

enum yh_rc yh_duty_tell(struct yh_ctx *cx, const struct yh_duty_row *d, const char *role,
			const struct yh_id *org, const char *slug, struct yh_err *err)
{
	return tell(cx, d, role, org, slug, 1, err);
}

/* Duties are numbered as cases are. */
static enum yh_rc number_of(struct yh_ctx *cx, const struct yh_duty_in *in,
			    char out[YH_NUMBER_TEXT], struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(cx->tx, &in->cloud, cx->arena, &cloud, err);

	return rc == YH_OK ? yh_number_next(cx->tx, cloud.code, yh_date_of(yh_ctx_today(cx)).year,
					    in->kind->code, out, err)
			   : rc;
}

/* Does it arise whenever something is so, and not by the calendar alone? */
static bool is_conditional(const struct yh_duty_kind *kind)
{
	return kind->of_used || kind->of_late;
}

enum yh_rc yh_duty_lay(struct yh_ctx *cx, const struct yh_duty_in *in, struct yh_duty_row *out,
		       struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx);
	bool passed = false;
	enum yh_rc rc = YH_OK;

	*out = (struct yh_duty_row){ .id = yh_ctx_new_id(cx),
				     .what = in->what ? in->what : in->kind->title.zh,
				     .owner = in->owner,
				     .cloud = in->cloud,
				     .org = in->org,
				     .project = in->project,
				     .info_system = in->info_system,
				     .record = in->record,
				     .subject = in->subject,
				     .laid_by = in->laid_by,
				     .from_day = today,
				     .due_day = in->due,
				     .reason = "",
				     .laid_at = cx->now,
				     .version = 1 };
	(void)snprintf(out->kind, sizeof out->kind, "%s", in->kind->id);
	(void)snprintf(out->article, sizeof out->article, "%s", in->kind->article);
	(void)snprintf(out->state, sizeof out->state, "open");
	(void)snprintf(out->owner_role, sizeof out->owner_role, "%s",
		       in->role ? in->role : in->kind->owner);
	if (in->due == YH_DAY_NONE)
		rc = yh_duty_due(cx, in->kind, today, false, &out->due_day, err);
	if (rc == YH_OK)
		rc = next_reminder(cx, in->kind, out->due_day, today, &out->remind_day, &passed,
				   err);
	if (rc == YH_OK)
		rc = number_of(cx, in, out->no, err);
	if (rc == YH_OK)
		rc = yh_duty_insert(cx->tx, out, err);
	if (rc == YH_OK)
		rc = record(cx, out, "duty.laid", NULL, &in->laid_by, err);
	/* what comes again and again is told by its reminders, unless it comes too late for one */
	return rc == YH_OK && (!yh_id_is_zero(&in->laid_by) || is_conditional(in->kind) || passed)
		       ? yh_duty_tell(cx, out, out->owner_role, &out->owner, "duty-laid", err)
		       : rc;
}

enum yh_rc yh_duty_end(struct yh_ctx *cx, struct yh_duty_row *d, const char *state,
		       const struct yh_id *case_id, const char *reason, struct yh_err *err)
{
	static const struct yh_id none = { { 0 } };
	char before[sizeof d->state], kind[24];
	enum yh_rc rc;

	memcpy(before, d->state, sizeof before);
	if (strcmp(before, "open") != 0 && strcmp(before, "reported") != 0) {
		rc = yh_fail(err, YH_CONFLICT, "duty-not-open");
		yh_err_text(err, "state", before);
		return rc;
	}
	(void)snprintf(d->state, sizeof d->state, "%s", state);
	(void)snprintf(kind, sizeof kind, "duty.%s", state);
	d->ended_at = cx->now;
	d->remind_day = YH_DAY_NONE;
	d->reason = reason ? reason : "";
	if (case_id)
		d->done_by = *case_id;
	rc = yh_duty_update(cx->tx, d, cx->now, err);
	return rc == YH_OK ? record(cx, d, kind, before, case_id ? case_id : &none, err) : rc;
}

enum yh_rc yh_duty_waive_of(struct yh_ctx *cx, const struct yh_id *record,
			    const struct yh_id *case_id, const char *reason, struct yh_err *err)
{
	struct yh_duty_row *list;
	size_t n;
	enum yh_rc rc = yh_duty_of_record(cx->tx, record, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_duty_end(cx, &list[i], "waived", case_id, reason, err);
	return rc;
}

/* ---- every morning ---- */

enum { AT_A_TIME = 500, ROUNDS = 400, MISSED_TOLD = 7 };

/* Who owes it: the organisation that it arises for, or the cloud's body of that role; zero: nobody
 * does yet. */
static enum yh_rc owner_of(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			   const struct yh_duty_want *w, struct yh_id *out, struct yh_err *err)
{
	static const char provider[] = "provider", unit[] = "unit";
	struct yh_err none = { 0 };
	enum yh_rc rc;

	*out = (struct yh_id){ { 0 } };
	if (kind->arises == YH_DUTY_FOR_BODIES && strcmp(kind->owner, kind->of_role) == 0)
		*out = w->body;
	else if (strcmp(kind->owner, provider) == 0)
		*out = w->provider;
	else if (strcmp(kind->owner, unit) == 0)
		*out = w->org;
	if (!yh_id_is_zero(out))
		return YH_OK;
	rc = yh_cloud_body(cx->tx, &w->cloud, kind->owner, out, &none);
	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT) {
		*out = (struct yh_id){ { 0 } };
		return YH_OK;
	}
	if (rc != YH_OK && err)
		*err = none;
	return rc;
}

/* When it is due: for the first time, or again. What can be missed counts from the day it was due,
 * but not from before its record begins; everything else from the day it was done. */
static enum yh_rc due_of(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			 const struct yh_duty_want *w, yh_day *due, struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx), from = w->last_due;

	if (kind->until) {
		*due = w->until;
		return YH_OK;
	}
	if ((w->last_due == YH_DAY_NONE || is_conditional(kind)) && kind->within.n)
		return yh_duty_due(cx, kind, today, false, due, err);
	if (w->last_due == YH_DAY_NONE)
		return yh_duty_due(cx, kind, today - 1, true, due, err);
	if (!kind->missed)
		from = yh_day_of(w->last_ended);
	else if (w->from != YH_DAY_NONE && w->from - 1 > from)
		from = w->from - 1;
	return yh_duty_due(cx, kind, from, true, due, err);
}

/* Is it so of the record that the kind arises for? */
static enum yh_rc holds(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			const struct yh_duty_want *w, bool *so, struct yh_err *err)
{
	struct yh_ledger_room room;
	struct yh_ledger_row row;
	yh_day again = YH_DAY_NONE;
	enum yh_rc rc = YH_OK;

	*so = true;
	if (!is_conditional(kind))
		return YH_OK;
	if (w->last_ended && kind->every.n)
		rc = yh_duty_due(cx, kind, yh_day_of(w->last_ended), true, &again, err);
	if (rc == YH_OK && again != YH_DAY_NONE && again > yh_ctx_today(cx)) {
		*so = false;
		return YH_OK;
	}
	if (!kind->of_used) /* whoever wants it has asked the meter */
		return rc;
	if (rc == YH_OK)
		rc = yh_ledger_load(cx->tx, &w->record, cx->arena, &row, err);
	if (rc == YH_OK)
		rc = yh_ledger_room(cx, &row, kind->of_register->settled, &room, err);
	*so = rc == YH_OK && room.most > 0 &&
	      (__int128)room.used * 100 >= (__int128)room.most * kind->of_used;
	return rc;
}

struct laying {
	struct yh_ctx *cx;
	const struct yh_duty_kind *kind;
	const struct yh_duty_want *want;
	bool laid;
};

static enum yh_rc lay_for(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct laying *l = arg;
	struct yh_ctx *cx = l->cx;
	const struct yh_duty_kind *kind = l->kind;
	const struct yh_duty_want *w = l->want;
	struct yh_duty_in in = { .kind = kind,
				 .cloud = w->cloud,
				 .org = w->org,
				 .project = w->project,
				 .info_system = w->info_system,
				 .record = w->record,
				 .subject = w->subject };
	struct yh_duty_row row;
	bool so;
	enum yh_rc rc = holds(cx, kind, w, &so, err);

	(void)tx;
	if (rc != YH_OK || !so)
		return rc;
	rc = owner_of(cx, kind, w, &in.owner, err);
	if (rc == YH_OK && !yh_id_is_zero(&in.owner))
		rc = due_of(cx, kind, w, &in.due, err);
	if (rc != YH_OK || yh_id_is_zero(&in.owner))
		return rc;
	rc = yh_duty_lay(cx, &in, &row, err);
	/* days that nobody was there for are missed one by one */
	for (int i = 0; rc == YH_OK && kind->missed && row.due_day < yh_ctx_today(cx) && i < ROUNDS;
	     i++) {
		rc = yh_duty_end(cx, &row, "missed", NULL, NULL, err);
		if (rc == YH_OK)
			rc = yh_duty_due(cx, kind, row.due_day, true, &in.due, err);
		if (rc == YH_OK)
			rc = yh_duty_lay(cx, &in, &row, err);
	}
	l->laid = true;
	return rc;
}

/* One that cannot be laid keeps none of the others away. */
enum yh_rc yh_duty_lay_page(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			    const struct yh_duty_want *list, size_t n, size_t *laid,
			    struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct laying l = { cx, kind, &list[i], false };
		struct yh_err why = { 0 };

		rc = yh_db_try(cx->tx, lay_for, &l, &why, err);
		if (rc == YH_OK && why.rc != YH_OK)
			yh_log_err(YH_WARN, "duty-not-laid", &why);
		else if (rc == YH_OK && l.laid)
			++*laid;
	}
	return rc;
}

/* Those that nobody owes yet are passed over, and do not count as work that is left. */
static enum yh_rc lay_kind(struct yh_ctx *cx, const struct yh_duty_kind *kind, bool *more,
			   struct yh_err *err)
{
	struct yh_duty_wanted wanted = { .kind = kind->id,
					 .once = kind->every.n == 0 && !kind->until &&
						 !is_conditional(kind),
					 .until = kind->until,
					 .state = kind->of_state ? kind->of_state : "",
					 .role = kind->of_role,
					 .mlps = kind->of_mlps,
					 .day = yh_ctx_today(cx),
					 .most = AT_A_TIME };
	struct yh_duty_want *list;
	size_t n, laid = 0;
	enum yh_rc rc;

	if (kind->arises == YH_DUTY_LAID || kind->of_late) /* that asks the meter: backup.c */
		return YH_OK;
	if (kind->of_register)
		wanted.reg = kind->of_register->id;
	do {
		rc = yh_duty_wants(cx->tx, &wanted, cx->arena, &list, &n, err);
		if (rc == YH_OK)
			rc = yh_duty_lay_page(cx, kind, list, n, &laid, err);
		if (rc == YH_OK && n > 0) {
			wanted.after = list[n - 1].subject;
			wanted.after_cloud = list[n - 1].cloud;
		}
	} while (rc == YH_OK && n == AT_A_TIME && laid < AT_A_TIME);
	*more = *more || (n == AT_A_TIME && laid > 0);
	return rc;
}

static enum yh_rc tell_roles(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			     const struct yh_duty_row *d, const char *slug, int64_t days,
			     struct yh_err *err)
{
	enum yh_rc rc = tell(cx, d, d->owner_role, &d->owner, slug, days, err);

	for (size_t i = 0; rc == YH_OK && kind && i < kind->n_overdue; i++) {
		struct yh_err none = { 0 };
		struct yh_id org;

		if (strcmp(kind->overdue[i], d->owner_role) == 0 ||
		    yh_cloud_body(cx->tx, &d->cloud, kind->overdue[i], &org, &none) != YH_OK)
			continue;
		rc = tell(cx, d, kind->overdue[i], &org, slug, days, err);
	}
	return rc;
}

/* Of days that are missed one after the other the first is told, and then every seventh, with how
 * many they are: a notice a day would be read by nobody. What comes more seldom is told each time.
 */
static enum yh_rc tell_missed(struct yh_ctx *cx, const struct yh_duty_kind *kind,
			      const struct yh_duty_row *d, struct yh_err *err)
{
	bool daily = kind->every.n == 1 && kind->every.unit != YH_MONTHS;
	int64_t days = 0;
	enum yh_rc rc = YH_OK;

	if (daily)
		rc = yh_duty_missed_row(cx->tx, d, &days, err);
	if (rc != YH_OK || (days > 1 && days % MISSED_TOLD != 0))
		return rc;
	return tell_roles(cx, kind, d, days > 1 ? "duty-missed-on" : "duty-missed", days, err);
}

/* Reported when its record ended, and refused since: nobody owes it any more. */
static enum yh_rc waive_ended(struct yh_ctx *cx, bool *more, struct yh_err *err)
{
	struct yh_duty_row *list;
	size_t n;
	enum yh_rc rc = yh_duty_of_ended(cx->tx, AT_A_TIME, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_duty_end(cx, &list[i], "waived", NULL, NULL, err);
	*more = *more || n == AT_A_TIME;
	return rc;
}

static enum yh_rc pass_days(struct yh_ctx *cx, bool *more, struct yh_err *err)
{
	struct yh_duty_row *list;
	size_t n;
	enum yh_rc rc =
		yh_duty_passed(cx->tx, yh_ctx_today(cx), AT_A_TIME, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_duty_kind *kind = kind_of(cx, list[i].kind);
		bool missed = kind && kind->missed;

		list[i].told_overdue = true;
		rc = missed ? yh_duty_end(cx, &list[i], "missed", NULL, NULL, err)
			    : yh_duty_update(cx->tx, &list[i], cx->now, err);
		if (rc == YH_OK)
			rc = missed ? tell_missed(cx, kind, &list[i], err)
				    : tell_roles(cx, kind, &list[i], "duty-overdue", 1, err);
	}
	*more = *more || n == AT_A_TIME;
	return rc;
}

static enum yh_rc remind(struct yh_ctx *cx, bool *more, struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx);
	struct yh_duty_row *list;
	size_t n;
	enum yh_rc rc = yh_duty_to_remind(cx->tx, today, AT_A_TIME, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_duty_row *d = &list[i];
		const struct yh_duty_kind *kind = kind_of(cx, d->kind);
		bool passed;

		d->remind_day = YH_DAY_NONE;
		if (kind)
			rc = next_reminder(cx, kind, d->due_day, today, &d->remind_day, &passed,
					   err);
		if (rc == YH_OK)
			rc = yh_duty_update(cx->tx, d, cx->now, err);
		if (rc == YH_OK && d->due_day >= today && strcmp(d->state, "open") == 0)
			rc = yh_duty_tell(cx, d, d->owner_role, &d->owner, "duty-reminder", err);
	}
	*more = *more || n == AT_A_TIME;
	return rc;
}

enum yh_rc yh_duty_watch(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			 struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_duty_kind *kinds;
	const struct yh_pack *pack;
	bool more = false;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	(void)ref;
	*again_at = yh_day_start(yh_ctx_today(cx) + 1);
	if (rc == YH_NOT_FOUND) { /* no pack is in force */
		yh_err_clear(err);
		return YH_OK;
	}
	kinds = rc == YH_OK ? yh_pack_duties(pack, &n) : NULL;
	if (rc == YH_OK)
		rc = waive_ended(cx, &more, err);
	if (rc == YH_OK)
		rc = pass_days(cx, &more, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = lay_kind(cx, &kinds[i], &more, err);
	if (rc == YH_OK)
		rc = remind(cx, &more, err);
	if (more)
		*again_at = cx->now;
	return rc;
}
