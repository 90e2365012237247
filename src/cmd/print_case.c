/* Printing a case: its form, its steps with what was answered, its story. */
#include <stdio.h>
#include <string.h>

#include "cmd/remote.h"

enum { KIND_WIDTH = 20 };

static void print_line(const char *label, const char *text)
{
	(void)printf("%s", label);
	yh_print_text(text ? text : "");
	(void)putchar('\n');
}

/* What stands at `key`: its title, else the code word; "" when there is neither. */
static const char *said(const json_t *v, const char *key)
{
	char name[64];
	const char *text;

	(void)snprintf(name, sizeof name, "%.50s_title", key);
	text = yh_json_text(v, name);
	if (!text || !text[0])
		text = yh_json_text(v, key);
	return text ? text : "";
}

/* What a form said, a field a line. */
static void print_said(const json_t *says, const char *indent, bool en)
{
	const json_t *field;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)says, i, field)
	{
		(void)fputs(indent, stdout);
		yh_print_text(yh_json_text(field, "title"));
		(void)fputs(en ? ": " : "：", stdout);
		print_line("", yh_json_text(field, "text"));
	}
}

/* A day in a year whose calendar is not out yet says so. */
static void print_due(const json_t *due, bool en)
{
	const char *said = "", *at = yh_json_text(due, "at");

	if (json_is_true(json_object_get(due, "overdue")))
		said = en ? " OVERDUE" : " 已超期";
	if (at && strlen(at) > 16) { /* a clock in hours */
		(void)printf(en ? " · due %.10s %.5s%s" : " · 期限 %.10s %.5s%s", at, at + 11,
			     said);
		return;
	}
	(void)printf(en ? " · due %s%s, %lld working days left%s"
			: " · 期限 %s%s，剩 %lld 个工作日%s",
		     yh_json_text(due, "day"),
		     json_is_true(json_object_get(due, "provisional"))
			     ? (en ? " (provisional)" : "（暂定）")
			     : "",
		     (long long)json_integer_value(json_object_get(due, "workdays_left")), said);
}

static void print_step(const json_t *s, bool en)
{
	const json_t *due = json_object_get(s, "due");
	const char *closed = yh_json_text(s, "closed_at"), *article = yh_json_text(s, "article");
	const char *org = yh_json_text(json_object_get(s, "org"), "name");
	const char *title = yh_json_text(s, "title");
	const char *reason = yh_json_text(s, "reason");
	const json_t *may = json_object_get(s, "you_may"),
		     *titles = json_object_get(s, "you_may_titles");

	(void)printf("  %s ", closed ? "✓" : "▶");
	yh_print_text(title ? title : yh_json_text(s, "step"));
	(void)printf(" (%s) · %s", yh_json_text(s, "step"), org ? org : "—");
	if (article && article[0])
		(void)printf(en ? " · Art. %s" : " · 第%s条", article);
	if (closed) {
		(void)printf(" · %s · %.10s%s", said(s, "outcome"), closed,
			     json_is_true(json_object_get(s, "late")) ? (en ? " LATE" : " 逾期")
								      : "");
	} else if (due && !json_is_null(due)) {
		print_due(due, en);
	}
	if (json_is_true(json_object_get(s, "awaits_service")))
		(void)fputs(en ? " · counts from the service of the paper" : " · 自公文送达起算",
			    stdout);
	if (json_is_true(json_object_get(s, "uncleared")))
		(void)fputs(en ? " · NOBODY HERE IS CLEARED FOR IT" : " · 此处无人有查阅许可",
			    stdout);
	(void)putchar('\n');
	if (reason && reason[0])
		print_line(en ? "      reason: " : "      理由：", reason);
	print_said(json_object_get(s, "says"), "      ", en);
	if (json_array_size(may) > 0) {
		(void)fputs(en ? "      you may:" : "      您可以：", stdout);
		for (size_t i = 0; i < json_array_size(may); i++)
			(void)printf(en ? " %s (%s)" : " %s（%s）",
				     json_string_value(json_array_get(may, i)),
				     json_string_value(json_array_get(titles, i)));
		(void)putchar('\n');
	}
}

static void print_event(const json_t *e, bool en)
{
	const char *person = yh_json_text(e, "person"), *org = yh_json_text(e, "org");
	const char *article = yh_json_text(e, "article"), *reason = yh_json_text(e, "reason");
	const char *outcome = said(e, "outcome"), *before = said(e, "before");
	const char *at = yh_json_text(e, "at");

	(void)printf("  %.10s %.5s  ", at, strlen(at) > 16 ? at + 11 : "");
	yh_print_cell(said(e, "kind"), KIND_WIDTH);
	if (before[0])
		(void)printf("  %s", before);
	if (outcome[0] && strcmp(outcome, before) != 0)
		(void)printf(" → %s", outcome);
	if (org && org[0])
		(void)printf(" · %s", org);
	if (person && person[0])
		(void)printf(" %s", person);
	if (article && article[0])
		(void)printf(en ? " · Art. %s" : " · 第%s条", article);
	if (reason && reason[0]) {
		(void)fputs(" · ", stdout);
		yh_print_text(reason);
	}
	(void)putchar('\n');
}

void yh_print_case(const json_t *c, const json_t *story, const char *lang)
{
	bool en = strcmp(lang, "en") == 0;
	const json_t *steps = json_object_get(c, "steps"),
		     *events = json_object_get(story, "items");
	const json_t *resources = json_object_get(c, "resources");

	(void)printf("%s  ", yh_json_text(c, "no"));
	print_line("", yh_json_text(c, "title"));
	(void)printf(en ? "%s · Art. %s · %s\n" : "%s · 第%s条 · %s\n",
		     yh_json_text(c, "procedure_title"), yh_json_text(c, "article"),
		     said(c, "state"));
	print_line(en ? "Applicant: " : "申请单位：",
		   yh_json_text(json_object_get(c, "unit"), "name"));
	if (json_object_get(c, "project"))
		print_line(en ? "Project: " : "项目：",
			   yh_json_text(json_object_get(c, "project"), "name"));
	if (said(c, "label")[0])
		print_line(en ? "Label: " : "安全标记：", said(c, "label"));
	if (json_array_size(json_object_get(c, "says")) > 0)
		(void)puts(en ? "\nForm" : "\n申请内容");
	print_said(json_object_get(c, "says"), "  ", en);
	(void)puts(en ? "\nSteps" : "\n环节");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_step(json_array_get(steps, i), en);
	if (json_array_size(resources) > 0)
		(void)puts(en ? "\nResources" : "\n资源");
	for (size_t i = 0; i < json_array_size(resources); i++) {
		const json_t *r = json_array_get(resources, i);

		(void)printf("  %s  %s  %s · %s  ", yh_json_text(r, "no"), yh_json_text(r, "id"),
			     said(r, "kind"), said(r, "state"));
		print_line("", yh_json_text(r, "name"));
	}
	(void)puts(en ? "\nStory" : "\n经过");
	for (size_t i = 0; i < json_array_size(events); i++)
		print_event(json_array_get(events, i), en);
}
