/* Reorganisations as they were carried out, on both engines. */
#include "store/move.h"

#include "city.h"
#include "store/case_file.h"
#include "store/person.h"
#include "store/policy.h"

enum { DAY = 120 };

struct chain {
	struct city c;
	struct yh_sm3 pack;
	int n;
};

static enum yh_rc begin(struct yh_tx *tx, struct stage *s, struct chain *k, struct yh_err *err)
{
	struct yh_pack_row pack = { .digest = yh_sm3_of("pack", 4),
				    .name = "p",
				    .valid_to = YH_DAY_NONE,
				    .files = "{}",
				    .installed_at = T0 };

	*k = (struct chain){ .pack = pack.digest };
	WANT_OK(build_city(tx, s, &k->c, err));
	WANT_OK(yh_pack_put(tx, &pack, err));
	return yh_person_system(tx, T0, err);
}

/* A replacement of `from` that was carried out on DAY at `at`. */
static enum yh_rc replaced(struct yh_tx *tx, struct stage *s, struct chain *k,
			   const struct yh_id *from, yh_time at, struct yh_id *out,
			   struct yh_err *err)
{
	struct yh_case_row c = { .id = new_id(s),
				 .procedure = "replace",
				 .pack = k->pack,
				 .cloud = k->c.cloud,
				 .unit = k->c.unit,
				 .filer = YH_PERSON_SYSTEM,
				 .filer_role = "unit",
				 .project = k->c.project,
				 .title = "",
				 .state = "open",
				 .form = "{}",
				 .filed_at = T0,
				 .answer_due = YH_DAY_NONE };
	struct yh_reorg_row g = { .case_id = c.id,
				  .org = *from,
				  .kind = "replace",
				  .day = DAY,
				  .state = "planned",
				  .fault = "" };

	(void)snprintf(c.no, sizeof c.no, "SH-%d", ++k->n);
	*out = c.id;
	WANT_OK(yh_case_insert(tx, &c, err));
	WANT_OK(yh_reorg_insert(tx, &g, err));
	return yh_reorg_end(tx, &c.id, "done", at, "", err);
}

/* The unit, the sponsor and the operator stand for providers. */
static enum yh_rc one_day(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_reorg_at at = { .day = DAY - 1, .at = INT64_MAX };
	struct yh_id early, first, second, back;
	struct chain k;
	bool found;

	WANT_OK(begin(tx, s, &k, err));
	WANT_OK(replaced(tx, s, &k, &k.c.sponsor, T0 + 1, &early, err));
	WANT_OK(replaced(tx, s, &k, &k.c.unit, T0 + 2, &first, err));
	WANT_OK(replaced(tx, s, &k, &k.c.sponsor, T0 + 3, &second, err));
	WANT_OK(replaced(tx, s, &k, &k.c.unit, T0 + 3, &back, err));
	/* what the second had went on before the first's came to it, and does not count again */
	WANT_OK(yh_reorg_replaced(tx, &k.c.unit, &k.c.cloud, &found, &at, err));
	WANT(found && yh_id_eq(&at.case_id, &first) && at.day == DAY);
	WANT_OK(yh_reorg_replaced(tx, &k.c.sponsor, &k.c.cloud, &found, &at, err));
	WANT(found && yh_id_eq(&at.case_id, &second));
	/* and back at the same instant, but not round and round */
	WANT_OK(yh_reorg_replaced(tx, &k.c.unit, &k.c.cloud, &found, &at, err));
	WANT(found && yh_id_eq(&at.case_id, &back));
	WANT_OK(yh_reorg_replaced(tx, &k.c.sponsor, &k.c.cloud, &found, &at, err));
	WANT(!found);
	/* whoever worked on that day worked under what it had by then */
	at = (struct yh_reorg_at){ .day = DAY, .at = INT64_MAX };
	WANT_OK(yh_reorg_replaced(tx, &k.c.unit, &k.c.cloud, &found, &at, err));
	WANT(!found);
	return YH_OK;
}

static void replacements_of_one_day_follow_each_other_as_they_were_carried_out(void **state)
{
	(void)state;
	run_everywhere(one_day);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			replacements_of_one_day_follow_each_other_as_they_were_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
