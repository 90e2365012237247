/* Addresses when memory runs short; linked so that our objects' malloc comes by here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/input.h"
#include "http/router.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool none_left;

void *__wrap_malloc(size_t n)
{
	return none_left ? NULL : __real_malloc(n);
}

struct in {
	const char *id, *text;
};

static const struct yh_field path_fields[] = {
	{ "id", YH_F_CODE, offsetof(struct in, id), YH_REQUIRED },
	{ 0 },
};
static const struct yh_field query_fields[] = {
	{ "text", YH_F_LINE, offsetof(struct in, text) },
	{ 0 },
};
static const struct yh_op ops[] = { {
	.name = "thing.show",
	.path = "/api/v1/things/{id}",
	.path_fields = path_fields,
	.query_fields = query_fields,
	.in_size = sizeof(struct in),
} };
static const struct yh_op_table table = { .ops = ops, .n = 1 };
static const struct yh_op_table *const tables[] = { &table };

static enum yh_rc find(const struct yh_router *r, const char *path, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_match m;
	enum yh_rc rc;

	yh_arena_init(&arena, 65536);
	*err = (struct yh_err){ 0 };
	rc = yh_router_find(r, YH_GET, path, strlen(path), &arena, &m, err);
	yh_arena_done(&arena);
	return rc;
}

static void a_path_that_there_is_no_memory_for_is_not_called_broken(void **state)
{
	struct yh_router *r;
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_router_new(tables, 1, &r, &err), YH_OK);
	none_left = true;
	assert_int_equal(find(r, "/api/v1/things/a", &err), YH_TOO_LARGE);
	none_left = false;
	assert_string_equal(err.slug, "memory-short");
	assert_int_equal(find(r, "/api/v1/things/a", &err), YH_OK);
	assert_int_equal(find(r, "/api/v1/things/%zz", &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "path-invalid");
	yh_router_free(r);
}

static enum yh_rc query(const char *text, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_page_in page;
	struct in in = { 0 };
	enum yh_rc rc;

	yh_arena_init(&arena, 65536);
	*err = (struct yh_err){ 0 };
	rc = yh_input_query(&ops[0], text, &in, &arena, &page, err);
	yh_arena_done(&arena);
	return rc;
}

static void nor_is_a_query(void **state)
{
	struct yh_err err;

	(void)state;
	none_left = true;
	assert_int_equal(query("text=a", &err), YH_TOO_LARGE);
	none_left = false;
	assert_string_equal(err.slug, "memory-short");
	assert_int_equal(query("text=a", &err), YH_OK);
	assert_int_equal(query("text=%zz", &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "query-invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_there_is_no_memory_for_is_not_called_broken),
		cmocka_unit_test(nor_is_a_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
