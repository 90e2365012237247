/* Facts of an evaluation are those of then: whatever is decided, moved or entered later, they are
 * read again as they were; on both engines. */
#include "base/buf.h"
#include "city.h"
#include "store/case_file.h"
#include "store/eval_facts.h"
#include "store/finding.h"
#include "store/lease.h"
#include "store/move.h"
#include "store/person.h"
#include "store/policy.h"

enum { FIRST = 100, LAST = 190, THEN = 200, LATER = 210 };

struct then {
	struct city c;
	struct yh_id provider, other_unit, other_provider;
	struct yh_resource_row r;
	struct yh_lease_row lease;
	struct yh_case_row case_;
	struct yh_step_row step;
	struct yh_sm3 pack;
	char read[8192]; /* all facts as of THEN */
};

static yh_time at(yh_day day)
{
	return yh_day_start(day) + 1000;
}

static void write_id(struct yh_buf *b, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	yh_buf_printf(b, " %s", yh_id_text(id, text));
}

static enum yh_rc read_duties(struct yh_tx *tx, struct stage *s, const struct yh_facts_ask *ask,
			      struct yh_buf *b, struct yh_err *err)
{
	struct yh_lease_fact *leases;
	struct yh_duty_fact *duties;
	struct yh_finding_fact *findings;
	size_t n;

	WANT_OK(yh_facts_leases(tx, ask, &s->arena, &leases, &n, err));
	WANT(n == 1);
	write_id(b, &leases->unit);
	yh_buf_printf(b, " %s %d %lld %d\n", leases->resource_no, leases->last,
		      (long long)leases->ended_at, leases->held);
	WANT_OK(yh_facts_duties(tx, ask, "provider", &s->arena, &duties, &n, err));
	WANT(n == 1);
	write_id(b, &duties->org);
	yh_buf_printf(b, " %s %s %d %lld\n", duties->case_no, duties->step, duties->due,
		      (long long)duties->closed_at);
	WANT_OK(yh_facts_findings(tx, ask, &s->arena, &findings, &n, err));
	WANT(n == 1);
	write_id(b, &findings->unit);
	yh_buf_printf(b, " %s %s\n", findings->no, findings->state);
	return YH_OK;
}

static enum yh_rc read_sizes(struct yh_tx *tx, struct stage *s, const struct yh_facts_ask *ask,
			     struct yh_buf *b, struct yh_err *err)
{
	struct yh_held_fact *held;
	struct yh_quota_fact *quotas;
	size_t n;

	WANT_OK(yh_facts_held(tx, ask, "vcpu", "", 10, &s->arena, &held, &n, err));
	WANT(n == 1);
	write_id(b, &held->unit);
	write_id(b, &held->provider);
	yh_buf_printf(b, " %s %s %lld %lld %lld\n", held->no, held->project,
		      (long long)held->from_at, (long long)held->to_at, (long long)held->qty_milli);
	WANT_OK(yh_facts_quota(tx, ask, "vcpu", &s->arena, &quotas, &n, err));
	WANT(n == 1);
	write_id(b, &quotas->unit);
	yh_buf_printf(b, " %s %lld\n", quotas->project, (long long)quotas->qty_milli);
	return YH_OK;
}

static enum yh_rc read_all(struct yh_tx *tx, struct stage *s, const struct then *t, char out[8192],
			   struct yh_err *err)
{
	const struct yh_facts_ask ask = { t->c.cloud, FIRST, LAST, at(THEN) };
	struct yh_buf b;
	enum yh_rc rc;

	yh_buf_init(&b, 8000);
	rc = read_duties(tx, s, &ask, &b, err);
	if (rc == YH_OK)
		rc = read_sizes(tx, s, &ask, &b, err);
	(void)snprintf(out, 8192, "%s", yh_buf_text(&b));
	yh_buf_done(&b);
	return rc;
}

static enum yh_rc as_they_were(struct yh_tx *tx, struct stage *s, const struct then *t,
			       struct yh_err *err)
{
	char now[8192];

	WANT_OK(read_all(tx, s, t, now, err));
	WANT(strcmp(now, t->read) == 0);
	return YH_OK;
}

static enum yh_rc add_case(struct yh_tx *tx, struct stage *s, struct then *t, struct yh_err *err)
{
	struct yh_pack_row pack = { .digest = yh_sm3_of("pack", 4),
				    .name = "p",
				    .valid_to = YH_DAY_NONE,
				    .files = "{}",
				    .installed_at = T0 };

	t->pack = pack.digest;
	t->case_ = (struct yh_case_row){ .id = t->c.case_id,
					 .no = "SH-1",
					 .procedure = "test",
					 .pack = pack.digest,
					 .cloud = t->c.cloud,
					 .unit = t->c.unit,
					 .filer = YH_PERSON_SYSTEM,
					 .filer_role = "unit",
					 .project = t->c.project,
					 .title = "",
					 .state = "open",
					 .form = "{}",
					 .filed_at = at(FIRST),
					 .answer_due = YH_DAY_NONE };
	t->step = (struct yh_step_row){ .id = new_id(s),
					.case_id = t->c.case_id,
					.step = "open",
					.kind = "fulfil",
					.role = "provider",
					.org = t->provider,
					.opened_at = at(FIRST),
					.period = "5wd",
					.start_day = FIRST,
					.due_day = 150,
					.reason = "" };
	WANT_OK(yh_pack_put(tx, &pack, err));
	WANT_OK(yh_person_system(tx, T0, err));
	WANT_OK(yh_case_insert(tx, &t->case_, err));
	return yh_step_insert(tx, &t->step, &t->pack, err);
}

static enum yh_rc add_finding(struct yh_tx *tx, struct stage *s, const struct then *t,
			      struct yh_err *err)
{
	bool inserted;
	struct yh_finding_row f = { .id = new_id(s),
				    .no = "SH-F-1",
				    .rule = "idle",
				    .article = "25",
				    .resource = t->r.id,
				    .project = t->c.project,
				    .unit = t->c.unit,
				    .cloud = t->c.cloud,
				    .first_day = FIRST,
				    .last_day = 120,
				    .pack = t->pack,
				    .evidence = "{}",
				    .evidence_digest = yh_sm3_of("e", 1),
				    .advice = "",
				    .found_at = at(121) };

	return yh_finding_insert(tx, &f, &t->r.id, 1, &inserted, err);
}

static enum yh_rc add_quota(struct yh_tx *tx, struct stage *s, const struct then *t,
			    struct yh_err *err)
{
	struct yh_quota_row q = { .id = new_id(s),
				  .unit = t->c.unit,
				  .project = t->c.project,
				  .kind = "base",
				  .dim = "vcpu",
				  .qty_milli = 16000,
				  .first_day = 90,
				  .last_day = YH_DAY_NONE,
				  .case_id = t->c.case_id,
				  .created_at = T0 };

	return yh_quota_insert(tx, &q, err);
}

/* A machine whose lease was over in the period and is held by an extension, an overdue step, a
 * finding and a quota. */
static enum yh_rc set_up(struct yh_tx *tx, struct stage *s, struct then *t, struct yh_err *err)
{
	struct yh_id extension = new_id(s);

	WANT_OK(build_city(tx, s, &t->c, err));
	WANT_OK(add_org(tx, s, "vendor", NULL, &t->provider, err));
	WANT_OK(add_org(tx, s, "vendor2", NULL, &t->other_provider, err));
	WANT_OK(add_org(tx, s, "unit2", NULL, &t->other_unit, err));
	WANT_OK(yh_cloud_set_body(tx, &t->c.cloud, "provider", &t->provider, err));
	WANT_OK(add_case(tx, s, t, err));
	t->r = a_resource(s, &t->c, &t->c.project, "SH-R-000001", &t->c.vm);
	t->r.provider = t->provider;
	WANT_OK(yh_resource_insert(tx, &t->r, err));
	WANT_OK(yh_size_set(tx, &t->r.id, at(90), &t->c.vm, 1000, &t->c.case_id, err));
	t->lease = (struct yh_lease_row){ .id = new_id(s),
					  .resource = t->r.id,
					  .first = 90,
					  .last = 180,
					  .case_id = t->c.case_id,
					  .made_at = at(90) };
	WANT_OK(yh_lease_insert(tx, &t->lease, err));
	WANT_OK(yh_lease_hold(tx, &t->lease.id, &extension, at(150), err));
	WANT_OK(add_finding(tx, s, t, err));
	WANT_OK(add_quota(tx, s, t, err));
	WANT_OK(read_all(tx, s, t, t->read, err));
	WANT(strstr(t->read, "SH-R-000001 180 0 1\n") != NULL);
	return YH_OK;
}

/* ---- leases ---- */

static enum yh_rc refused(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_facts_ask ask = { .first = FIRST, .last = LAST, .as_of = at(LATER) };
	struct yh_id again = new_id(s);
	struct yh_lease_fact *list;
	struct then t;
	size_t n;

	WANT_OK(set_up(tx, s, &t, err));
	WANT_OK(yh_lease_hold(tx, &t.lease.id, NULL, at(LATER), err));
	WANT_OK(as_they_were(tx, s, &t, err));
	ask.cloud = t.c.cloud;
	WANT_OK(yh_facts_leases(tx, &ask, &s->arena, &list, &n, err));
	WANT(n == 1 && !list->held);
	WANT_OK(yh_lease_hold(tx, &t.lease.id, &again, at(LATER), err));
	WANT_OK(yh_lease_end(tx, &t.lease.id, at(LATER + 5), "stopped", err));
	WANT_OK(as_they_were(tx, s, &t, err));
	ask.as_of = at(LATER + 1);
	WANT_OK(yh_facts_leases(tx, &ask, &s->arena, &list, &n, err));
	WANT(n == 1 && list->held);
	return YH_OK;
}

static void an_extension_that_was_undecided_then_is_though_it_was_refused_since(void **state)
{
	(void)state;
	run_everywhere(refused);
}

static enum yh_rc granted(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_lease_row next;
	struct then t;

	WANT_OK(set_up(tx, s, &t, err));
	WANT_OK(yh_lease_end(tx, &t.lease.id, at(LATER), "extended", err));
	next = t.lease;
	next.id = new_id(s);
	next.seq = 1;
	next.last = 185;
	next.made_at = at(LATER);
	WANT_OK(yh_lease_insert(tx, &next, err));
	return as_they_were(tx, s, &t, err);
}

static void an_extension_that_was_undecided_then_is_though_it_was_granted_since(void **state)
{
	(void)state;
	run_everywhere(granted);
}

/* ---- steps ---- */

static enum yh_rc moved_due(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct then t;

	WANT_OK(set_up(tx, s, &t, err));
	t.step.due_day = YH_DAY_NONE;
	WANT_OK(yh_step_set_due(tx, &t.step, &t.pack, at(LATER), err));
	WANT_OK(as_they_were(tx, s, &t, err));
	t.step.due_day = LATER + 9;
	WANT_OK(yh_step_set_due(tx, &t.step, &t.pack, at(LATER + 2), err));
	WANT_OK(as_they_were(tx, s, &t, err));
	t.step.closed_at = at(LATER + 3);
	(void)snprintf(t.step.outcome, sizeof t.step.outcome, "done");
	t.step.closed_by = YH_PERSON_SYSTEM;
	WANT_OK(yh_step_close(tx, &t.step, err));
	return as_they_were(tx, s, &t, err);
}

static void a_step_was_due_when_it_was_due_then(void **state)
{
	(void)state;
	run_everywhere(moved_due);
}

/* ---- reorganisations ---- */

static enum yh_rc moved(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_facts_ask ask = { .first = FIRST, .last = LAST, .as_of = at(LATER + 1) };
	struct yh_lease_fact *list;
	struct yh_move m;
	struct then t;
	size_t n;

	WANT_OK(set_up(tx, s, &t, err));
	m = (struct yh_move){ t.c.unit, t.other_unit, t.c.case_id, at(LATER) };
	WANT_OK(yh_move_project(tx, &m, &t.c.project, "Q-1", err));
	WANT_OK(yh_move_rest(tx, &m, err));
	WANT_OK(as_they_were(tx, s, &t, err));
	ask.cloud = t.c.cloud;
	WANT_OK(yh_facts_leases(tx, &ask, &s->arena, &list, &n, err));
	WANT(n == 1 && yh_id_eq(&list->unit, &t.other_unit));
	m = (struct yh_move){ t.provider, t.other_provider, t.c.case_id, at(LATER + 2) };
	WANT_OK(yh_move_provider(tx, &m, &t.c.cloud, err));
	return as_they_were(tx, s, &t, err);
}

static void what_moved_since_was_theirs_who_had_it_then(void **state)
{
	(void)state;
	run_everywhere(moved);
}

/* ---- what is entered later about earlier ---- */

static enum yh_rc entered(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row late;
	struct then t;

	WANT_OK(set_up(tx, s, &t, err));
	late = a_resource(s, &t.c, &t.c.project, "SH-R-000002", &t.c.vm);
	late.created_at = at(LATER);
	WANT_OK(yh_resource_insert(tx, &late, err));
	WANT_OK(yh_size_set(tx, &late.id, at(95), &t.c.vm, 1000, &t.c.case_id, err));
	return as_they_were(tx, s, &t, err);
}

static void an_opening_balance_of_an_earlier_day_was_not_known_then(void **state)
{
	(void)state;
	run_everywhere(entered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_extension_that_was_undecided_then_is_though_it_was_refused_since),
		cmocka_unit_test(
			an_extension_that_was_undecided_then_is_though_it_was_granted_since),
		cmocka_unit_test(a_step_was_due_when_it_was_due_then),
		cmocka_unit_test(what_moved_since_was_theirs_who_had_it_then),
		cmocka_unit_test(an_opening_balance_of_an_earlier_day_was_not_known_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
