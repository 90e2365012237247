/* Documents of the districts' link: what a district builds stands at the city as it said, under the
 * city's own ids, and nothing of anybody else is touched by it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/form.h"
#include "link_two.h"
#include "store/person.h"

static void same(struct two *t, const char *sql)
{
	assert_int_equal(store_test_int(t->city, sql), store_test_int(t->district, sql));
}

static void every_schema_is_of_the_closed_subset_and_every_document_in_its_shape(void **state)
{
	static const char *const kinds[] = { "edition", "item",     "org",      "project",
					     "system",  "quota",    "resource", "record",
					     "usage",   "platform", "statement" };
	struct two *t = *state;
	struct yh_err err = { 0 };

	for (size_t i = 0; i < YH_LEN(kinds); i++) {
		if (!yh_link_shape(kinds[i]) ||
		    yh_form_check(yh_link_shape(kinds[i]), &err) != YH_OK)
			fail_msg("%s: %s %s", kinds[i], err.field,
				 err.n_figs ? err.figs[0].text : "");
	}
	assert_int_equal(t->n, 8);
	for (size_t i = 0; i < t->n; i++) {
		const char *kind = yh_json_text(t->sent[i].body, "kind");

		if (yh_form_validate(yh_link_shape(kind), t->sent[i].body, &err) != YH_OK)
			fail_msg("%s: %s %s", t->sent[i].key, err.slug, err.field);
	}
}

/* proves A13.3 */
static void what_a_district_has_stands_at_the_city_and_comes_twice_without_harm(void **state)
{
	struct two *t = *state;

	two_deliver(t);
	two_deliver(t);
	same(t, "SELECT COUNT(*) FROM resource WHERE no = 'EAST-R-000001' AND state = 'running'"
		" AND kind = 'formal' AND former_kind = 'test' AND provider_ref = 'i-1'");
	same(t, "SELECT SUM(from_at % 1000000007 + COALESCE(to_at, 5) % 1000000007 + qty_milli)"
		" FROM resource_size");
	same(t, "SELECT SUM(qty_milli) FROM allocated WHERE month = -1");
	same(t, "SELECT SUM(qty_milli * (month + 2)) FROM allocated");
	same(t, "SELECT SUM(qty_milli + first_day + last_day + span_days) FROM quota_line");
	same(t, "SELECT SUM(price_e6) FROM item_tier");
	same(t, "SELECT SUM(mlps_level) FROM info_system");
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource r JOIN cloud c ON"
						 " c.id = r.cloud WHERE c.code = 'EAST'"),
			 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'vendor'"),
			 1);
}

static void ids_are_the_receivers_own(void **state)
{
	struct two *t = *state;

	two_deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource r JOIN project p ON"
						 " p.id = r.project WHERE p.code = 'east-edu.P1'"),
			 1);
	two_gather(t, "resource");
	for (size_t i = 0; i < t->n; i++) {
		YH_JSON_AUTO body = json_deep_copy(t->sent[i].body);
		char *text = yh_json_canonical(body);

		assert_null(strstr(text, "0d0c0000-"));
		free(text);
	}
}

/* The owner may have been wrong: here as there, a history is what it says now. */
static void a_corrected_history_becomes_exactly_what_the_document_says(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;
	json_t *sizes;

	two_deliver(t);
	two_deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM event"), 0);
	body = two_copy(t, "resource", "EAST-R-000001");
	sizes = json_object_get(body, "sizes");
	assert_int_equal(json_array_size(sizes), 2);
	json_object_set_new(json_array_get(sizes, 0), "quantity_milli", json_integer(2000));
	json_object_set(json_array_get(sizes, 1), "to",
			json_object_get(json_array_get(sizes, 1), "from"));
	json_array_remove(sizes, 1);
	json_object_set_new(body, "state", json_string("stopped"));
	assert_int_equal(two_take(t, "resource", "EAST-R-000001", body, &err), YH_OK);
	assert_int_equal(store_test_int(t->city,
					"SELECT COUNT(*) FROM resource_size WHERE qty_milli"
					" = 2000 AND to_at IS NOT NULL"),
			 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource_size"), 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM event WHERE kind ="
						 " 'resource.told' AND after_state = 'stopped'"),
			 1);
	assert_int_equal(
		store_test_int(
			t->city,
			"SELECT COUNT(*) FROM allocated WHERE qty_milli <> 0 AND month = -1"),
		0);
	assert_int_equal(two_take(t, "resource", "EAST-R-000001", NULL, &err), YH_OK);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource_size"), 0);
	assert_int_equal(
		store_test_int(t->city, "SELECT COUNT(*) FROM allocated WHERE qty_milli <> 0"), 0);
	two_deliver(t);
	same(t, "SELECT SUM(qty_milli * (month + 2)) FROM allocated");
}

struct tampering {
	const char *stream, *key, *new_key, *field, *text;
	const char *slug;
};

/* A district that lies stops its own stream; what is the city's, or another district's, is as it
 * was. */
/* proves S07 */
static void a_hostile_district_touches_nothing_that_is_not_its_own(void **state)
{
	static const struct tampering cases[] = {
		{ "register", "org/east-edu", "org/civil", "code", "civil", "link-foreign" },
		{ "register", "org/east-edu", "org/west-edu", "code", "west-edu", "link-foreign" },
		{ "register", "org/east-edu", "org/vendor", "code", "vendor", "link-foreign" },
		{ "register", "org/east-edu", NULL, "name", "a\nb", "form-line" },
		{ "register", "org/east-edu", NULL, "role", "body", "form-choice" },
		{ "register", "project/east-edu.P1", NULL, "unit", "civil", "link-foreign" },
		{ "register", "project/east-edu.P1", NULL, "unit", "west-edu", "link-foreign" },
		{ "register", "project/east-edu.P1", NULL, "unit", "nobody", "link-missing" },
		{ "register", "project/east-edu.P1", "project/other", NULL, NULL, "link-key" },
		{ "register", "project/east-edu.P1", NULL, "state", "done", "form-choice" },
		{ "resource", "EAST-R-000001", "SH-R-000001", "no", "SH-R-000001", "link-foreign" },
		{ "resource", "EAST-R-000001", "WEST-R-1", "no", "WEST-R-1", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "unit", "civil", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "project", "west-edu.P1", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "item", "vm-9", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "system", "other", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "case", "SH-2026-KT-000001", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "opened", "yesterday at noon, or so",
		  "time-invalid" },
		{ "resource", "EAST-R-000001", NULL, "id", "x", "form-unknown" },
		{ "quota", "east-edu.P1", "west-edu.P1", "project", "west-edu.P1", "link-missing" },
		{ "quota", "east-edu.P1", NULL, "unit", "west-edu", "link-foreign" },
		{ "catalogue", "item/000003/vm-4c8g", NULL, "name", "便宜", "link-item-changed" },
		{ "catalogue", "item/000003/vm-4c8g", NULL, "code", "a/../b", "link-key" },
		{ "catalogue", "edition/000003", NULL, "kind", "quota", "link-kind" },
	};
	static const char count[] =
		"SELECT (SELECT COUNT(*) FROM org) + (SELECT COUNT(*) FROM project) * 100 + (SELECT"
		" COUNT(*) FROM resource) * 10000 + (SELECT COUNT(*) FROM quota_line) * 1000000";
	struct two *t = *state;
	struct yh_err err;
	int64_t before;

	two_deliver(t);
	before = store_test_int(t->city, count);
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		const struct tampering *c = &cases[i];
		YH_JSON_AUTO body = two_copy(t, c->stream, c->key);
		enum yh_rc rc;

		if (c->field)
			json_object_set_new(body, c->field, json_string(c->text));
		rc = two_take(t, c->stream, c->new_key ? c->new_key : c->key, body, &err);
		if (rc != YH_BAD_INPUT || strcmp(err.slug, c->slug) != 0)
			fail_msg("%s %s=%s: %s instead of %s", c->key, c->field ? c->field : "",
				 c->text ? c->text : "", err.slug, c->slug);
	}
	assert_int_equal(store_test_int(t->city, count), before);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE name IN ('civil',"
						 " 'west-edu', 'vendor')"),
			 3);
}

static void sizes_out_of_order_are_refused(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;
	json_t *sizes;

	two_deliver(t);
	body = two_copy(t, "resource", "EAST-R-000001");
	sizes = json_object_get(body, "sizes");
	json_object_del(json_array_get(sizes, 0), "to");
	assert_failed(two_take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-order");
	assert_string_equal(err.field, "/sizes/1/from");
	json_array_remove(sizes, 1);
	json_object_set_new(body, "state", json_string("destroyed"));
	assert_failed(two_take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-order");
}

static void a_project_whose_code_is_taken_is_kept_with_the_districts_before_it(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;

	two_deliver(t);
	body = two_copy(t, "register", "project/east-edu.P1");
	json_object_set_new(body, "code", json_string("west-edu.P1"));
	assert_int_equal(two_take(t, "register", "project/west-edu.P1", body, &err), YH_OK);
	assert_int_equal(two_take(t, "register", "project/west-edu.P1", body, &err), YH_OK);
	assert_int_equal(
		store_test_int(t->city,
			       "SELECT COUNT(*) FROM project WHERE code = 'east.west-edu.P1'"),
		1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM project p JOIN org u ON u.id"
						 " = p.unit WHERE p.code = 'west-edu.P1' AND u.code"
						 " = 'west-edu'"),
			 1);
}

/* Whom it serves later is not for the district that named it first to act for. */
static void a_provider_that_a_district_names_is_no_districts_own(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = two_copy(t, "register", "org/east-edu");

	json_object_set_new(body, "code", json_string("newcomer"));
	json_object_set_new(body, "role", json_string("provider"));
	assert_int_equal(two_take(t, "register", "org/newcomer", body, &err), YH_OK);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'newcomer'"
						 " AND kind = 'provider' AND district = ''"),
			 1);
	two_deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'east-edu'"
						 " AND district = 'east'"),
			 1);
}

static enum yh_rc put_case(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_case_row c = { .id = two_id(LINE, true),
				 .no = "EAST-2026-SB-000001",
				 .procedure = "use",
				 .cloud = two_id(EAST, true),
				 .unit = two_id(CIVIL, true),
				 .filer = YH_PERSON_SYSTEM,
				 .filer_org = two_id(CIVIL, true),
				 .filer_role = YH_SYSTEM_ROLE,
				 .title = "停电",
				 .state = "closed",
				 .form = "{}",
				 .effected = true,
				 .answer_due = YH_DAY_NONE,
				 .filed_at = NOON,
				 .ended_at = NOON,
				 .changed_at = NOON,
				 .version = 1 };

	(void)arg;
	WANT_OK(yh_person_system(tx, NOON, err));
	WANT_OK(yh_exec(tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(c.pack.b, sizeof c.pack.b)));
	return yh_mirror_case(tx, &c, err);
}

static enum yh_rc tell_record(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ledger_row r = { .id = two_id(MACHINE, true),
				   .no = "EAST-E-000001",
				   .reg = "incident",
				   .cloud = two_id(EAST, true),
				   .case_id = two_id(LINE, true),
				   .filer_org = two_id(CIVIL, true),
				   .title = "停电",
				   .from = 20000,
				   .until = YH_DAY_NONE,
				   .content = "{}",
				   .figures = "{}",
				   .lines = "[]",
				   .changed_at = NOON,
				   .version = 1 };

	(void)snprintf(r.state, sizeof r.state, "%s", (const char *)arg);
	return yh_mirror_record(tx, &r, NULL, 0, err);
}

static void a_record_that_is_told_again_as_it_was_has_no_version_more(void **state)
{
	struct two *t = *state;
	char open[] = "open", closed[] = "closed";

	store_test_write(t->city, put_case, NULL);
	store_test_write(t->city, tell_record, open);
	store_test_write(t->city, tell_record, open);
	assert_int_equal(store_test_int(t->city, "SELECT MAX(version) FROM ledger"), 1);
	store_test_write(t->city, tell_record, closed);
	store_test_write(t->city, tell_record, closed);
	assert_int_equal(store_test_int(t->city, "SELECT MAX(version) FROM ledger"), 2);
}

/* What is not there yet is waited for: it comes with another stream. */
static void what_names_something_that_has_not_come_yet_is_tried_again(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = two_copy(t, "resource", "EAST-R-000001");

	assert_failed(two_take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-missing");
	assert_string_equal(err.figs[0].text, "org");
	assert_string_equal(err.figs[1].text, "east-edu");
	two_deliver(t);
	assert_int_equal(two_take(t, "resource", "EAST-R-000001", body, &err), YH_OK);
}

static void every_example_of_the_page_is_in_its_shape(void **state)
{
	static const char begin[] = "```json\n";
	const char *path = getenv("YH_LINK_PAGE");
	YH_FCLOSE_AUTO FILE *f = fopen(path ? path : "docs/link-documents.zh-CN.md", "re");
	char *text = calloc(1, 1 << 20), *at = text;
	size_t examples = 0;

	(void)state;
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	while ((at = strstr(at, begin))) {
		struct yh_err err = { 0 };
		YH_JSON_AUTO doc = NULL;
		const char *kind;
		char *end;

		at += sizeof begin - 1;
		end = strstr(at, "```");
		assert_non_null(end);
		if (yh_json_parse(at, (size_t)(end - at), &doc, &err) != YH_OK)
			fail_msg("example %zu: %s %s", examples + 1, err.slug, err.field);
		kind = yh_json_text(json_object_get(doc, "body"), "kind");
		assert_non_null(kind);
		assert_non_null(yh_json_text(doc, "key"));
		if (yh_form_validate(yh_link_shape(kind), json_object_get(doc, "body"), &err) !=
		    YH_OK)
			fail_msg("example %zu, %s: %s %s", examples + 1, kind, err.slug, err.field);
		at = end + 3;
		examples++;
	}
	free(text);
	assert_int_equal(examples, 11);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_two, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_schema_is_of_the_closed_subset_and_every_document_in_its_shape),
		CASE(what_a_district_has_stands_at_the_city_and_comes_twice_without_harm),
		CASE(ids_are_the_receivers_own),
		CASE(a_corrected_history_becomes_exactly_what_the_document_says),
		CASE(a_hostile_district_touches_nothing_that_is_not_its_own),
		CASE(sizes_out_of_order_are_refused),
		CASE(a_project_whose_code_is_taken_is_kept_with_the_districts_before_it),
		CASE(a_provider_that_a_district_names_is_no_districts_own),
		CASE(a_record_that_is_told_again_as_it_was_has_no_version_more),
		CASE(what_names_something_that_has_not_come_yet_is_tried_again),
		cmocka_unit_test(every_example_of_the_page_is_in_its_shape),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
