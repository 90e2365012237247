/* Printing what would come of a filing or a decision: each check, what would be held and opened. */
#include <stdio.h>
#include <string.h>

#include "cmd/remote.h"

static void print_line(const char *label, const char *text)
{
	(void)fputs(label, stdout);
	yh_print_text(text ? text : "");
	(void)putchar('\n');
}

static void print_check(const json_t *c, bool en)
{
	const char *state = yh_json_text(c, "state"), *article = yh_json_text(c, "article");
	const char *title = yh_json_text(c, "title"), *sentence = yh_json_text(c, "sentence");

	(void)fputs(strcmp(state, "holds") == 0   ? "  ✓ "
		    : strcmp(state, "fails") == 0 ? "  ✗ "
						  : "  – ",
		    stdout);
	yh_print_text(title);
	(void)printf(en ? " · Art. %s · %s\n" : " · 第%s条 · %s\n", article,
		     yh_json_text(c, "state_title"));
	if (strcmp(title, sentence) != 0)
		print_line("      ", sentence);
}

static void print_opening(const json_t *s, const char *indent, bool en)
{
	const char *org = yh_json_text(json_object_get(s, "org"), "name");
	const char *day = yh_json_text(json_object_get(s, "due"), "day");

	(void)printf("%s▶ ", indent);
	yh_print_text(yh_json_text(s, "title"));
	if (org) {
		(void)fputs(" · ", stdout);
		yh_print_text(org);
	}
	if (day)
		(void)printf(en ? " · due %s" : " · 期限 %s", day);
	(void)putchar('\n');
}

static void print_openings(const json_t *of, const char *indent, bool en)
{
	const json_t *list = json_object_get(of, "steps");

	for (size_t i = 0; i < json_array_size(list); i++)
		print_opening(json_array_get(list, i), indent, en);
}

static void print_outcome(const json_t *o, bool en)
{
	const json_t *effects = json_object_get(o, "effects");
	const char *problem = yh_json_text(json_object_get(o, "problem"), "title");
	const char *state = yh_json_text(o, "state_title");

	(void)fputs(json_is_true(json_object_get(o, "chosen")) ? "  * " : "    ", stdout);
	yh_print_text(yh_json_text(o, "title"));
	(void)printf(" (%s)%s%s\n", yh_json_text(o, "outcome"), state ? " → " : "",
		     state ? state : "");
	if (problem)
		print_line("      ✗ ", problem);
	for (size_t i = 0; i < json_array_size(effects); i++)
		print_line("      · ", yh_json_text(json_array_get(effects, i), "sentence"));
	print_openings(o, "      ", en);
}

void yh_print_trial(const json_t *t, const char *lang)
{
	bool en = strcmp(lang, "en") == 0;
	const json_t *checks = json_object_get(t, "checks"), *held = json_object_get(t, "reserves");
	const json_t *outcomes = json_object_get(t, "outcomes");
	const char *problem = yh_json_text(json_object_get(t, "problem"), "title");

	if (problem)
		print_line(en ? "It would be refused: " : "将不予受理：", problem);
	else
		(void)puts(en ? "It would be accepted. Nothing was kept."
			      : "可以办理。本次未作任何保存。");
	for (size_t i = 0; i < json_array_size(checks); i++)
		print_check(json_array_get(checks, i), en);
	for (size_t i = 0; i < json_array_size(held); i++) {
		const json_t *r = json_array_get(held, i);

		(void)fputs(en ? "  held: " : "  预留：", stdout);
		yh_print_text(yh_json_text(r, "dimension_title"));
		(void)printf(" %g\n", json_number_value(json_object_get(r, "quantity")));
	}
	print_openings(t, "  ", en);
	for (size_t i = 0; i < json_array_size(outcomes); i++)
		print_outcome(json_array_get(outcomes, i), en);
}
