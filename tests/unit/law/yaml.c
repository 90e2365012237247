/* The YAML reader: its tree, its lines, its bounds. */
#include "days.h"
#include "law/yaml.h"

static void expect_fault(const char *text, size_t n, int line)
{
	const struct yh_yaml *root;
	struct yh_err err = { 0 };
	struct yh_arena arena;
	char field[32];

	yh_arena_init(&arena, 64 * 1024 * 1024);
	assert_int_equal(yh_yaml_parse(&arena, "f.yaml", text, n, &root, &err), YH_BAD_INPUT);
	assert_null(root);
	assert_string_equal(err.slug, "yaml-invalid");
	(void)snprintf(field, sizeof field, "f.yaml:%d", line);
	assert_string_equal(err.field, field);
	assert_string_equal(err.figs[0].name, "why");
	assert_true(err.figs[0].text[0] != 0);
	yh_arena_done(&arena);
}

static const struct yh_yaml *parse(struct yh_arena *arena, const char *text)
{
	const struct yh_yaml *root;

	assert_int_equal(yh_yaml_parse(arena, "f.yaml", text, strlen(text), &root, NULL), YH_OK);
	return root;
}

static void a_tree_keeps_order_lines_and_keys(void **state)
{
	struct yh_arena arena;
	const struct yh_yaml *root, *list;

	(void)state;
	yh_arena_init(&arena, 1024 * 1024);
	root = parse(&arena, "# top\na: 1\nlist:\n  - x\n  - {b: 政务云}\n");
	assert_int_equal(root->kind, YH_YAML_MAP);
	assert_int_equal(root->n, 2);
	assert_int_equal(root->line, 2);
	assert_string_equal(root->first->key, "a");
	list = yh_yaml_get(root, "list");
	assert_int_equal(list->kind, YH_YAML_SEQ);
	assert_int_equal(list->n, 2);
	assert_int_equal(list->key_line, 3);
	assert_null(list->first->key);
	assert_int_equal(list->first->line, 4);
	assert_string_equal(yh_yaml_get(list->first->next, "b")->text, "政务云");
	assert_null(list->first->next->next);
	assert_null(yh_yaml_get(root, "absent"));
	assert_null(yh_yaml_get(list, "a"));
	assert_null(yh_yaml_get(NULL, "a"));
	yh_arena_done(&arena);
}

static void quoted_text_is_never_a_number_or_null(void **state)
{
	struct yh_arena arena;
	const struct yh_yaml *root;
	int64_t n = 0;
	bool b = false;

	(void)state;
	yh_arena_init(&arena, 1024 * 1024);
	root = parse(&arena,
		     "i: -12\nqi: '12'\nbig: 9223372036854775808\nf: 1.5\nz:\nt: ~\n"
		     "qn: 'null'\nb: true\nqb: 'true'\nhex: 0x10\nlist: []\nblock: |\n  1\n");
	assert_true(yh_yaml_int(yh_yaml_get(root, "i"), &n));
	assert_int_equal(n, -12);
	assert_false(yh_yaml_int(yh_yaml_get(root, "qi"), &n));
	assert_false(yh_yaml_int(yh_yaml_get(root, "big"), &n));
	assert_false(yh_yaml_int(yh_yaml_get(root, "f"), &n));
	assert_false(yh_yaml_int(yh_yaml_get(root, "hex"), &n));
	assert_false(yh_yaml_int(yh_yaml_get(root, "list"), &n));
	assert_false(yh_yaml_int(yh_yaml_get(root, "block"), &n));
	assert_false(yh_yaml_int(NULL, &n));
	assert_true(yh_yaml_is_null(yh_yaml_get(root, "z")));
	assert_true(yh_yaml_is_null(yh_yaml_get(root, "t")));
	assert_false(yh_yaml_is_null(yh_yaml_get(root, "qn")));
	assert_false(yh_yaml_is_null(yh_yaml_get(root, "list")));
	assert_true(yh_yaml_bool(yh_yaml_get(root, "b"), &b));
	assert_true(b);
	assert_false(yh_yaml_bool(yh_yaml_get(root, "qb"), &b));
	yh_arena_done(&arena);
}

static void what_hides_or_repeats_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		int line;
	} bad[] = {
		{ "", 1 },
		{ "# nothing\n", 2 },
		{ "a: 1\nb: 2\na: 3\n", 3 },
		{ "x:\n  'a': 1\n  b: 2\n  a: 3\n", 4 },
		{ "a: &x 1\n", 1 },
		{ "a: 1\nb: *x\n", 2 },
		{ "a: !!str 1\n", 1 },
		{ "a: !mine [1]\n", 1 },
		{ "--- a\n--- b\n", 2 },
		{ "? [a]\n: 1\n", 1 },
		{ "a: \"x\\0y\"\n", 1 },
		{ "a: [1,\n", 2 },
		{ "a: b: c\n", 1 },
		{ "\ta: 1\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++)
		expect_fault(bad[i].text, strlen(bad[i].text), bad[i].line);
	expect_fault("a: \xff\n", 5, 1);
	expect_fault("a: x\0y\n", 7, 1);
	expect_fault("\xff\xfe"
		     "a\0",
		     4, 1); /* UTF-16 */
}

static void depth_and_number_of_nodes_are_bounded(void **state)
{
	enum { MANY = YH_YAML_NODES };
	YH_FREE_AUTO char *text = malloc(2 * MANY + 2);
	const struct yh_yaml *root;
	struct yh_arena arena;
	char deep[2 * YH_YAML_DEPTH + 2];

	(void)state;
	memset(deep, '[', YH_YAML_DEPTH);
	memset(deep + YH_YAML_DEPTH, ']', YH_YAML_DEPTH);
	yh_arena_init(&arena, 64 * 1024 * 1024);
	assert_int_equal(yh_yaml_parse(&arena, "f", deep, 2 * YH_YAML_DEPTH, &root, NULL), YH_OK);
	memset(deep, '[', YH_YAML_DEPTH + 1);
	expect_fault(deep, YH_YAML_DEPTH + 1, 1);

	assert_non_null(text);
	for (size_t i = 0; i < MANY; i++)
		memcpy(text + 2 * i, ",1", 2);
	text[0] = '[';
	text[2 * MANY] = ']';
	/* the list and its MANY elements are one too many */
	expect_fault(text, 2 * MANY + 1, 1);
	text[2 * MANY - 2] = ']';
	assert_int_equal(yh_yaml_parse(&arena, "f", text, 2 * MANY - 1, &root, NULL), YH_OK);
	assert_int_equal(root->n, MANY - 1);
	yh_arena_done(&arena);
}

static void a_spent_arena_and_too_long_a_text_are_told_apart(void **state)
{
	YH_FREE_AUTO char *text = malloc(YH_YAML_BYTES + 1);
	const struct yh_yaml *root;
	struct yh_err err = { 0 };
	struct yh_arena arena;

	(void)state;
	assert_non_null(text);
	memset(text, '#', YH_YAML_BYTES + 1);
	yh_arena_init(&arena, 64);
	assert_int_equal(yh_yaml_parse(&arena, "f", text, YH_YAML_BYTES + 1, &root, &err),
			 YH_TOO_LARGE);
	assert_string_equal(err.slug, "yaml-too-large");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_yaml_parse(&arena, "f", "[a, b, c, d]", 12, &root, &err), YH_INTERNAL);
	assert_string_equal(err.slug, "out-of-memory");
	assert_null(root);
	yh_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_keeps_order_lines_and_keys),
		cmocka_unit_test(quoted_text_is_never_a_number_or_null),
		cmocka_unit_test(what_hides_or_repeats_is_refused_with_its_line),
		cmocka_unit_test(depth_and_number_of_nodes_are_bounded),
		cmocka_unit_test(a_spent_arena_and_too_long_a_text_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
