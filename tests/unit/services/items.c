/* Catalogue items as JSON: what is read, and where the first fault is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "services/catalogue/items.h"

#define HEAD                                                                                       \
	"\"class\":\"IaaS\",\"category\":\"compute\",\"name\":\"VM\",\"per\":\"month\","           \
	"\"measure\":\"instance\""
#define GOOD(code)                                                                                 \
	"{\"code\":\"" code "\"," HEAD ",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":"      \
	"\"150.25\"}]}"
/* An item whose mode is graduated, with something more. */
#define WITH(more) "{\"code\":\"a\"," HEAD ",\"mode\":\"graduated\"," more "}"
#define TIERS(list) WITH("\"tiers\":[" list "]")
#define PLUS(more) WITH("\"tiers\":[{\"from\":0,\"price\":\"1\"}]," more)
/* Priced by packages, with tiers and something more; priced per use, metered by something. */
#define PACKED(tiers, more)                                                                        \
	"{\"code\":\"a\"," HEAD ",\"mode\":\"package\",\"tiers\":[" tiers "]," more "}"
#define USED(what)                                                                                 \
	"{\"code\":\"a\",\"class\":\"PaaS\",\"category\":\"net\",\"name\":\"Traffic\",\"per\":"    \
	"\"use\",\"measure\":\"gb\",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":\"1\"}],"   \
	"\"metered\":" what "}"

static enum yh_rc read_text(const char *text, struct yh_arena *a, struct yh_item_row **out,
			    size_t *n, struct yh_err *err)
{
	YH_JSON_AUTO list = json_loads(text, 0, NULL);

	assert_non_null(list);
	*err = (struct yh_err){ 0 };
	return yh_items_read(list, a, out, n, err);
}

/* proves S36 */
static void the_first_fault_is_named_with_its_place(void **state)
{
	static const struct {
		const char *text, *slug, *field;
	} bad[] = {
		{ "{}", "field-type", "/items" },
		{ "[1]", "field-type", "/items/0" },
		{ "[" GOOD("a") "," GOOD("a") "]", "code-twice", "/items/1/code" },
		{ "[" GOOD("a b") "]", "field-code", "/items/0/code" },
		{ "[" GOOD("") "]", "field-code", "/items/0/code" },
		{ "[{\"code\":\"a\"}]", "field-required", "/items/0/class" },
		{ "[{\"code\":\"a\",\"class\":\"XaaS\"}]", "field-choice", "/items/0/class" },
		{ "[{\"code\":\"a\",\"colour\":1}]", "field-unknown", "/items/0/colour" },
		{ "[{\"code\":\"a\",\"col/our\":1}]", "field-unknown", "/items/0" },
		{ "[" WITH("\"free\":0") "]", "field-required", "/items/0/tiers" },
		{ "[" TIERS("") "]", "field-type", "/items/0/tiers" },
		{ "[" TIERS("{\"from\":1,\"price\":\"1\"}") "]", "tiers-order",
		  "/items/0/tiers/0/from" },
		{ "[" TIERS("{\"from\":0,\"price\":\"2\"},{\"from\":0,\"price\":\"1\"}") "]",
		  "tiers-order", "/items/0/tiers/1/from" },
		{ "[" TIERS("{\"from\":0,\"price\":1}") "]", "price-invalid",
		  "/items/0/tiers/0/price" },
		{ "[" TIERS("{\"from\":0,\"price\":\"0.0000001\"}") "]", "price-invalid",
		  "/items/0/tiers/0/price" },
		{ "[" TIERS("{\"from\":0,\"price\":\"-1\"}") "]", "price-invalid",
		  "/items/0/tiers/0/price" },
		{ "[" TIERS("{\"from\":0}") "]", "field-required", "/items/0/tiers/0" },
		{ "[{\"code\":\"a\"," HEAD ",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":"
		  "\"2\"},{\"from\":5,\"price\":\"1\"}]}]",
		  "tiers-flat", "/items/0/tiers" },
		{ "[" PLUS("\"step\":0") "]", "quantity-out-of-range", "/items/0/step" },
		{ "[" PLUS("\"step\":0.0001") "]", "number-invalid", "/items/0/step" },
		{ "[" PLUS("\"dims\":{\"vCPU\":1}") "]", "dimension-invalid", "/items/0/dims" },
		{ "[" PLUS("\"dims\":{\"vcpu\":0}") "]", "quantity-out-of-range",
		  "/items/0/dims/vcpu" },
		{ "[" PLUS("\"tags\":[\"a b\"]") "]", "field-characters", "/items/0/tags/0" },
		{ "[" PLUS("\"trusted\":1") "]", "field-type", "/items/0/trusted" },
		{ "[" PLUS("\"content\":\"a\\u0007\"") "]", "field-characters",
		  "/items/0/content" },
		{ "[" PLUS("\"package\":10") "]", "package-unused", "/items/0/package" },
		{ "[" PACKED("{\"from\":0,\"price\":\"1\"}", "\"step\":1") "]", "field-required",
		  "/items/0/package" },
		{ "[" PACKED("{\"from\":0,\"price\":\"1\"}", "\"package\":0") "]",
		  "quantity-out-of-range", "/items/0/package" },
		{ "[" PACKED("{\"from\":0,\"price\":\"1\"},{\"from\":1.5,\"price\":\"1\"}",
			     "\"package\":10") "]",
		  "package-tier", "/items/0/tiers/1/from" },
		{ "[" PLUS("\"metered\":{\"metric\":\"a\",\"as\":\"rise\",\"per\":1}") "]",
		  "metered-unused", "/items/0/metered" },
		{ "[" USED("[]") "]", "field-type", "/items/0/metered" },
		{ "[" USED("{\"metric\":\"a\",\"as\":\"rise\"}") "]", "field-required",
		  "/items/0/metered" },
		{ "[" USED("{\"metric\":\"a\",\"as\":\"rise\",\"per\":1}") "]", "metered-counter",
		  "/items/0/metered/metric" },
		{ "[" USED("{\"metric\":\"a b\",\"as\":\"rise\",\"per\":1}") "]", "field-code",
		  "/items/0/metered/metric" },
		{ "[" USED("{\"metric\":\"a\",\"as\":\"sum\",\"per\":1}") "]", "field-choice",
		  "/items/0/metered/as" },
		{ "[" USED("{\"metric\":\"a\",\"as\":\"hours\",\"per\":0}") "]",
		  "quantity-out-of-range", "/items/0/metered/per" },
		{ "[" USED("{\"metric\":\"a\",\"as\":\"hours\",\"per\":1,\"x\":1}") "]",
		  "field-unknown", "/items/0/metered" },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		struct yh_arena a;
		struct yh_item_row *items;
		struct yh_err err;
		size_t n;

		yh_arena_init(&a, 1024 * 1024);
		assert_int_equal(read_text(bad[i].text, &a, &items, &n, &err), YH_BAD_INPUT);
		if (strcmp(err.slug, bad[i].slug) != 0 || strcmp(err.field, bad[i].field) != 0)
			fail_msg("%s: %s at %s", bad[i].text, err.slug, err.field);
		yh_arena_done(&a);
	}
}

/* proves S36 */
static void what_is_left_out_takes_its_default(void **state)
{
	struct yh_arena a;
	struct yh_item_row *i;
	struct yh_err err;
	size_t n;

	(void)state;
	yh_arena_init(&a, 1024 * 1024);
	assert_int_equal(read_text("[" GOOD("vm-1") "]", &a, &i, &n, &err), YH_OK);
	assert_int_equal(n, 1);
	assert_int_equal(i->step_milli, 1000);
	assert_int_equal(i->free_milli, 0);
	assert_int_equal(i->minimum_e6, 0);
	assert_int_equal(i->n_dims, 0);
	assert_string_equal(i->tags, "");
	assert_string_equal(i->content, "");
	assert_false(i->trusted || i->exposed);
	assert_int_equal(i->tiers[0].price_e6, 150250000);
	yh_arena_done(&a);
}

static void too_many_items_are_refused(void **state)
{
	YH_JSON_AUTO list = json_array();
	struct yh_err err = { 0 };
	struct yh_item_row *items;
	struct yh_arena a;
	size_t n;

	(void)state;
	for (int i = 0; i <= YH_ITEMS_MAX; i++)
		assert_int_equal(json_array_append_new(list, json_object()), 0);
	yh_arena_init(&a, 16 * 1024 * 1024);
	assert_int_equal(yh_items_read(list, &a, &items, &n, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "list-too-long");
	yh_arena_done(&a);
}

static void written_again_is_the_same(const char *text, struct yh_item_row *kept)
{
	struct yh_buf first, second;
	struct yh_item_row *i;
	struct yh_arena a;
	struct yh_err err;
	struct yh_jw w;
	size_t n;

	yh_arena_init(&a, 1024 * 1024);
	yh_buf_init(&first, 65536);
	yh_buf_init(&second, 65536);
	assert_int_equal(read_text(text, &a, &i, &n, &err), YH_OK);
	yh_jw_init(&w, &first);
	yh_jw_arr(&w, NULL);
	yh_item_write(&w, NULL, i);
	yh_jw_end_arr(&w);
	assert_int_equal(read_text(yh_buf_text(&first), &a, &i, &n, &err), YH_OK);
	*kept = *i;
	yh_jw_init(&w, &second);
	yh_jw_arr(&w, NULL);
	yh_item_write(&w, NULL, i);
	yh_jw_end_arr(&w);
	assert_string_equal(yh_buf_text(&first), yh_buf_text(&second));
	yh_buf_done(&first);
	yh_buf_done(&second);
	yh_arena_done(&a);
}

static void an_item_written_and_read_again_is_the_same(void **state)
{
	struct yh_item_row i;

	(void)state;
	written_again_is_the_same(
		"[" PLUS("\"free\":0.5,\"minimum\":\"1.000001\",\"step\":2,\"tags\":[\"x\","
			 "\"信创\"],"
			 "\"trusted\":true,\"dims\":{\"vcpu\":4,\"memory_gib\":7.5},\"content\":"
			 "\"line\\nline\"") "]",
		&i);
	assert_int_equal(i.minimum_e6, 1000001);
	assert_int_equal(i.n_dims, 2);
	assert_int_equal(i.package_milli, 0);
	written_again_is_the_same(
		"[" PACKED("{\"from\":0,\"price\":\"1\"},{\"from\":10,\"price\":\"0.5\"}",
			   "\"package\":2.5") "]",
		&i);
	assert_int_equal(i.package_milli, 2500);
	written_again_is_the_same("[" USED("{\"metric\":\"net:out_bytes_total\",\"as\":\"rise\","
					   "\"per\":1073741824}") "]",
				  &i);
	assert_string_equal(i.metric, "net:out_bytes_total");
	assert_string_equal(i.metric_as, "rise");
	assert_int_equal(i.metric_per, 1073741824);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_fault_is_named_with_its_place),
		cmocka_unit_test(what_is_left_out_takes_its_default),
		cmocka_unit_test(too_many_items_are_refused),
		cmocka_unit_test(an_item_written_and_read_again_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
