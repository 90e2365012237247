/* Editions and their items, on both engines. */
#include "city.h"

static enum yh_rc keep_items(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_item_row *items, one;
	struct yh_id none = { 0 };
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_OK(yh_item_list(tx, &c.edition, &s->arena, &items, &n, err));
	WANT(n == 2);
	WANT(strcmp(items[0].code, "disk") == 0 && strcmp(items[1].code, "vm-4-8") == 0);
	WANT(items[0].n_tiers == 1 && items[0].tiers[0].price_e6 == 300000);
	WANT(items[0].n_dims == 1 && strcmp(items[0].dims[0].dim, "block_gib") == 0);
	WANT(items[1].n_tiers == 2 && items[1].tiers[1].from_milli == 10000);
	WANT(items[1].tiers[1].price_e6 == 120000001);
	WANT(items[1].n_dims == 2 && strcmp(items[1].dims[1].dim, "vcpu") == 0);
	WANT(items[1].dims[1].qty_milli == 4000);
	WANT(items[1].trusted && !items[1].exposed && strcmp(items[1].tags, "a b") == 0);
	WANT(strcmp(items[1].per, "month") == 0 && strcmp(items[1].class_, "IaaS") == 0);

	WANT_OK(yh_item_by_code(tx, &c.edition, "vm-4-8", &s->arena, &one, err));
	WANT(yh_id_eq(&one.id, &c.vm) && one.n_tiers == 2 && one.n_dims == 2);
	WANT_OK(yh_item_load(tx, &c.disk, &s->arena, &one, err));
	WANT(one.n_tiers == 1 && one.n_dims == 1);
	WANT_FAIL(yh_item_load(tx, &none, &s->arena, &one, err), YH_NOT_FOUND, "item-unknown");
	WANT_FAIL(yh_item_by_code(tx, &c.edition, "vm", &s->arena, &one, err), YH_NOT_FOUND,
		  "item-unknown");

	WANT_OK(yh_items_delete(tx, &c.edition, err));
	WANT_OK(yh_item_list(tx, &c.edition, &s->arena, &items, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void items_come_back_with_their_tiers_and_dimensions(void **state)
{
	(void)state;
	run_everywhere(keep_items);
}

static enum yh_rc publish(struct yh_tx *tx, struct yh_edition_row *e, yh_day day,
			  struct yh_err *err)
{
	e->effective_day = day;
	memcpy(e->state, "published", sizeof "published");
	return yh_edition_update(tx, e, err);
}

static enum yh_rc edition_of_a_day(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_edition_row e, second = { 0 }, *list;
	struct city c;
	int64_t number;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_FAIL(yh_edition_on(tx, &c.cloud, 20000, &s->arena, &e, err), YH_NOT_FOUND,
		  "edition-none");
	WANT_OK(yh_edition_load(tx, &c.edition, &s->arena, &e, err));
	WANT(e.effective_day == YH_DAY_NONE && e.version == 1);
	WANT_OK(publish(tx, &e, 20000, err));
	WANT_OK(yh_edition_next_number(tx, &c.cloud, &number, err));
	WANT(number == 2);
	WANT_OK(yh_edition_next_number(tx, &c.district_cloud, &number, err));
	WANT(number == 1);
	second = (struct yh_edition_row){ .id = new_id(s),
					  .cloud = c.cloud,
					  .number = 2,
					  .title = "2027",
					  .state = "draft",
					  .derived_from = e.id,
					  .effective_day = YH_DAY_NONE,
					  .created_at = T0,
					  .version = 1 };
	second.digest = yh_sm3_of("x", 1);
	WANT_OK(yh_edition_insert(tx, &second, err));
	WANT_OK(publish(tx, &second, 20100, err));

	WANT_FAIL(yh_edition_on(tx, &c.cloud, 19999, &s->arena, &e, err), YH_NOT_FOUND,
		  "edition-none");
	WANT_OK(yh_edition_on(tx, &c.cloud, 20000, &s->arena, &e, err));
	WANT(e.number == 1);
	WANT_OK(yh_edition_on(tx, &c.cloud, 20099, &s->arena, &e, err));
	WANT(e.number == 1);
	WANT_OK(yh_edition_on(tx, &c.cloud, 20100, &s->arena, &e, err));
	WANT(e.number == 2 && yh_id_eq(&e.derived_from, &c.edition));
	WANT(memcmp(&e.digest, &second.digest, sizeof e.digest) == 0);
	WANT_FAIL(yh_edition_on(tx, &c.district_cloud, 20100, &s->arena, &e, err), YH_NOT_FOUND,
		  "edition-none");

	WANT_OK(yh_edition_list(tx, &c.cloud, false, "", 0, 10, &s->arena, &list, &n, err));
	WANT(n == 2 && list[0].number == 2);
	WANT_OK(yh_edition_list(tx, &c.cloud, false, "", 2, 10, &s->arena, &list, &n, err));
	WANT(n == 1 && list[0].number == 1);
	return YH_OK;
}

static void the_edition_in_force_is_the_last_one_effective(void **state)
{
	(void)state;
	run_everywhere(edition_of_a_day);
}

static enum yh_rc stale_edition(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_edition_row a, b;
	struct city c;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_OK(yh_edition_load(tx, &c.edition, &s->arena, &a, err));
	b = a;
	WANT_OK(yh_edition_update(tx, &a, err));
	WANT(a.version == 2);
	WANT_FAIL(yh_edition_update(tx, &b, err), YH_STALE, "edition-changed");
	return YH_OK;
}

static void an_edition_changed_meanwhile_is_not_overwritten(void **state)
{
	(void)state;
	run_everywhere(stale_edition);
}

static enum yh_rc other_edition(struct yh_tx *tx, struct stage *s, const struct city *c,
				const struct yh_id *cloud, const char *code,
				struct yh_edition_row *out, struct yh_err *err)
{
	struct yh_tier tier = { 0, 1000000 };
	struct yh_item_row i = { .id = new_id(s),
				 .class_ = "IaaS",
				 .category = "c",
				 .name = "n",
				 .content = "x",
				 .per = "month",
				 .measure = "gib",
				 .mode = "flat",
				 .tags = "",
				 .tiers = &tier,
				 .n_tiers = 1 };

	*out = (struct yh_edition_row){ .id = new_id(s),
					.cloud = *cloud,
					.number = 2,
					.title = "next",
					.state = "draft",
					.derived_from = c->edition,
					.effective_day = YH_DAY_NONE,
					.created_at = T0,
					.version = 1 };
	i.edition = out->id;
	(void)snprintf(i.code, sizeof i.code, "%s", code);
	WANT_OK(yh_edition_insert(tx, out, err));
	return yh_item_insert(tx, &i, err);
}

static enum yh_rc lacking(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row run, gone, asked;
	struct yh_edition_row next, elsewhere;
	struct yh_code_use *uses;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	run = a_resource(s, &c, &c.project, "SH-R-000001", &c.vm);
	gone = a_resource(s, &c, &c.project, "SH-R-000002", &c.vm);
	asked = a_resource(s, &c, &c.project, "SH-R-000003", &c.disk);
	(void)snprintf(asked.state, sizeof asked.state, "applied");
	WANT_OK(yh_resource_insert(tx, &run, err));
	WANT_OK(yh_resource_insert(tx, &gone, err));
	WANT_OK(yh_size_set(tx, &run.id, 100, &c.vm, 2000, &c.case_id, err));
	WANT_OK(yh_size_set(tx, &gone.id, 100, &c.vm, 2000, &c.case_id, err));
	WANT_OK(yh_size_set(tx, &gone.id, 200, &c.vm, 0, &c.case_id, err));
	WANT_OK(other_edition(tx, s, &c, &c.cloud, "disk", &next, err));
	WANT_OK(yh_edition_lacking(tx, &next, &s->arena, &uses, &n, err));
	WANT(n == 1 && strcmp(uses[0].code, "vm-4-8") == 0 && uses[0].resources == 1);
	/* what has the same codes, if by other items, lacks nothing; nor does another cloud's */
	WANT_OK(other_edition(tx, s, &c, &c.district_cloud, "x", &elsewhere, err));
	WANT_OK(yh_edition_lacking(tx, &elsewhere, &s->arena, &uses, &n, err));
	WANT(n == 0);
	WANT_OK(yh_items_delete(tx, &next.id, err));
	WANT_OK(yh_resource_insert(tx, &asked, err));
	WANT_OK(yh_edition_lacking(tx, &next, &s->arena, &uses, &n, err));
	WANT(n == 2 && strcmp(uses[0].code, "disk") == 0 && uses[0].resources == 1);
	return YH_OK;
}

static void an_edition_lacks_the_codes_by_which_resources_run_or_are_to_be_opened(void **state)
{
	(void)state;
	run_everywhere(lacking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_back_with_their_tiers_and_dimensions),
		cmocka_unit_test(the_edition_in_force_is_the_last_one_effective),
		cmocka_unit_test(an_edition_changed_meanwhile_is_not_overwritten),
		cmocka_unit_test(
			an_edition_lacks_the_codes_by_which_resources_run_or_are_to_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
