/* What codes stand for, on both engines. */
#include "store/naming.h"

#include "city.h"

enum { MANY = 2 * YH_NAMING_CODES + 1 };

static const char *name_of(const struct yh_name_row *rows, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].name;
	return "";
}

static enum yh_rc more_than_one_read(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	char text[MANY + 1][16];
	const char *codes[MANY + 1];
	struct yh_name_row *rows;
	struct yh_id id;
	size_t n;

	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text[i], sizeof text[i], "unit-%d", i);
		codes[i] = text[i];
		WANT_OK(add_org(tx, s, codes[i], NULL, &id, err));
	}
	codes[MANY] = "nobody";
	WANT_OK(yh_naming_load(tx, YH_NAMING_ORG, NULL, codes, MANY + 1, &s->arena, &rows, &n,
			       err));
	WANT(n == MANY);
	for (int i = 0; i < MANY; i++)
		WANT(strcmp(name_of(rows, n, codes[i]), codes[i]) == 0);
	WANT_OK(yh_naming_load(tx, YH_NAMING_ORG, NULL, codes, 0, &s->arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static enum yh_rc of_each_kind(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	const char *items[] = { "disk", "vm-4-8", "disk-of-another-edition" };
	char id[YH_ID_TEXT], none[YH_ID_TEXT];
	const char *ids[] = { none, id }, *bad[] = { id, "vm-4-8" };
	struct yh_resource_row r;
	struct yh_name_row *rows;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "SH-R-1", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	(void)yh_id_text(&r.id, id);
	(void)yh_id_text(&c.vm, none);
	WANT_OK(yh_naming_load(tx, YH_NAMING_ITEM, &c.edition, items, 3, &s->arena, &rows, &n,
			       err));
	WANT(n == 2 && strcmp(name_of(rows, n, "vm-4-8"), "vm-4-8") == 0);
	WANT_OK(yh_naming_load(tx, YH_NAMING_ITEM, &c.vm, items, 3, &s->arena, &rows, &n, err));
	WANT(n == 0);
	WANT_OK(yh_naming_load(tx, YH_NAMING_SYSTEM, &c.project, items, 3, &s->arena, &rows, &n,
			       err));
	WANT(n == 0);
	WANT_OK(yh_naming_load(tx, YH_NAMING_RESOURCE, NULL, ids, 2, &s->arena, &rows, &n, err));
	WANT(n == 1 && strcmp(name_of(rows, n, id), "SH-R-1") == 0);
	WANT_FAIL(yh_naming_load(tx, YH_NAMING_RESOURCE, NULL, bad, 2, &s->arena, &rows, &n, err),
		  YH_BAD_INPUT, "id-invalid");
	return YH_OK;
}

static void more_codes_than_one_read_takes_are_all_named_and_unknown_ones_left_out(void **state)
{
	(void)state;
	run_everywhere(more_than_one_read);
}

static void items_are_named_within_their_edition_and_resources_by_their_numbers(void **state)
{
	(void)state;
	run_everywhere(of_each_kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			more_codes_than_one_read_takes_are_all_named_and_unknown_ones_left_out),
		cmocka_unit_test(
			items_are_named_within_their_edition_and_resources_by_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
