/* What the operations' tables say of their replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/api.h"
#include "http/internal.h"
#include "http/shape.h"

enum { TABLES = 96 };

static size_t all_tables(const struct yh_op_table *tables[TABLES])
{
	size_t n;
	const struct yh_op_table *const *api = yh_api_tables(&n);

	assert_true(n < TABLES);
	memcpy(tables, api, n * sizeof *tables);
	tables[n] = &yh_http_builtins;
	return n + 1;
}

static void every_operation_tells_what_it_replies(void **state)
{
	const struct yh_op_table *tables[TABLES];
	size_t n = all_tables(tables), silent = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < tables[i]->n; k++) {
			const struct yh_op *op = &tables[i]->ops[k];
			bool bytes = op->flags & YH_OP_RAW;

			if (op->reply && bytes == (strchr(op->reply, '/') != NULL) &&
			    (!op->live || strstr(op->reply, " + ")))
				continue;
			print_message("# %s: %s\n", op->name, op->reply ? op->reply : "no .reply");
			silent++;
		}
	assert_int_equal(silent, 0);
}

static void all_shapes_can_be_read_and_fit_together(void **state)
{
	const struct yh_op_table *tables[TABLES];
	size_t n = all_tables(tables);
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_shape_check(tables, n, &err);

	(void)state;
	if (rc != YH_OK)
		print_message("# %s\n", err.slug);
	for (uint32_t i = 0; i < err.n_figs; i++)
		print_message("# %s: %lld %s\n", err.figs[i].name, (long long)err.figs[i].num,
			      err.figs[i].text);
	assert_int_equal(rc, YH_OK);
}

static bool names_it(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; at && (at = strchr(at, '@')); at++)
		if (strncmp(at + 1, name, n) == 0 && strchr(" }]|", at[1 + n]))
			return true;
	return false;
}

static void every_shape_that_has_a_name_is_used(void **state)
{
	const struct yh_op_table *tables[TABLES];
	size_t n = all_tables(tables), idle = 0;

	(void)state;
	for (const struct yh_named_shape *s = yh_ops_shapes.shapes; s->name; s++) {
		bool used = false;

		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < tables[i]->n; k++)
				used = used || names_it(tables[i]->ops[k].reply, s->name);
		for (const struct yh_named_shape *o = yh_ops_shapes.shapes; o->name; o++)
			used = used || names_it(o->shape, s->name);
		if (!used)
			print_message("# %s\n", s->name);
		idle += !used;
	}
	assert_int_equal(idle, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_tells_what_it_replies),
		cmocka_unit_test(all_shapes_can_be_read_and_fit_together),
		cmocka_unit_test(every_shape_that_has_a_name_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
