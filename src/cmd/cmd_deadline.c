/* yunheng deadline: the last day of a period, offline, for scripts. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/calendars.h"
#include "cmd/cmd.h"

enum { LINE_BYTES = 128 };

static enum yh_rc reckon(const struct yh_calendar *cal, const char *date, const char *period,
			 enum yh_reckon how, struct yh_due *due, struct yh_err *err)
{
	struct yh_period p;
	yh_day start;
	enum yh_rc rc = yh_day_parse(date, &start, err);

	if (rc == YH_OK)
		rc = yh_period_parse(period, &p, err);
	if (rc == YH_OK)
		rc = yh_due_day(cal, start, p, how, due, err);
	return rc;
}

static void print_due(struct yh_due due)
{
	char text[YH_DAY_TEXT];

	(void)printf("%s%s\n", yh_day_text(due.day, text), due.provisional ? " provisional" : "");
}

/* The next line without its end; one that is too long or holds a NUL becomes an empty one, which
 * no date can be read from. */
static bool next_line(char line[LINE_BYTES])
{
	size_t n = 0;
	bool good = true;
	int c = getchar();

	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getchar()) {
		if (c == 0 || n == LINE_BYTES - 1)
			good = false;
		else
			line[n++] = (char)c;
	}
	line[good ? n : 0] = 0;
	return true;
}

/* One result a line; a line that cannot be reckoned gives "error SLUG" and the others go on. */
static enum yh_exit reckon_lines(const struct yh_calendar *cal, enum yh_reckon how)
{
	static const char blanks[] = " \t\r";
	enum yh_exit status = YH_EXIT_OK;
	char line[LINE_BYTES];

	while (next_line(line)) {
		char *rest = NULL;
		const char *date = strtok_r(line, blanks, &rest);
		const char *period = date ? strtok_r(NULL, blanks, &rest) : NULL;
		struct yh_err err = { 0 };
		struct yh_due due;
		enum yh_rc rc;

		if (!period || strtok_r(NULL, blanks, &rest))
			rc = yh_fail(&err, YH_BAD_INPUT, "line-invalid");
		else
			rc = reckon(cal, date, period, how, &due, &err);
		if (rc == YH_OK) {
			print_due(due);
		} else {
			(void)printf("error %s\n", err.slug);
			status = YH_EXIT_USAGE;
		}
	}
	return ferror(stdin) ? YH_EXIT_FAILED : status;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *dir = NULL, *bad = NULL;
	bool provisional = false;
	const struct yh_opt options[] = {
		{ .name = "calendars", .value = &dir },
		{ .name = "provisional", .flag = &provisional },
		{ 0 },
	};
	struct yh_calendar *cal;
	struct yh_err err = { 0 };
	struct yh_due due = { 0 };
	enum yh_exit status = YH_EXIT_OK;
	int n = yh_args_take(argc, argv, options, &bad);
	bool lines = n == 1 && strcmp(argv[1], "-") == 0;
	enum yh_reckon how = provisional ? YH_PROVISIONAL : YH_STRICT;

	if (n < 0 || (n != 2 && !lines))
		return yh_cmd_usage(self, bad);
	if (yh_calendars_load(dir, &cal, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (lines)
		status = reckon_lines(cal, how);
	else if (reckon(cal, argv[1], argv[2], how, &due, &err) == YH_OK)
		print_due(due);
	else
		status = yh_cmd_fail(&err);
	yh_calendar_free(cal);
	return status;
}

const struct yh_cmd yh_cmd_deadline = {
	.name = "deadline",
	.synopsis = "[--calendars DIR] [--provisional] DATE PERIOD | -",
	.zh = "计算期限的最后一日",
	.en = "The last day of a period",
	.details =
		"  5wd    第 5 个工作日 / the 5th working day after DATE\n"
		"  30d    第 30 日，遇休息日顺延 / 30 days on, past rest days\n"
		"  1mo    下月对应日，遇休息日顺延 / the corresponding day, past rest days\n"
		"  -15wd  至少提前 15 个工作日的最后申请日，DATE 为到期日\n"
		"         the last filing day at least 15 working days ahead of DATE\n"
		"  -30d   至少提前 30 日的最后申请日 / likewise, in calendar days\n"
		"  -      从标准输入逐行读取“日期 期限” / reads lines \"DATE PERIOD\"\n"
		"\n"
		"  --provisional    无日历的年度只按周末推算，并注明 provisional\n"
		"                   a year without a calendar counts weekends only, and is marked\n"
		"  --calendars DIR  另用此目录中的 YYYY.yaml / take YYYY.yaml from DIR\n"
		"\n"
		"退出码 / exit status: 0; 1 失败 / failure; 2 参数有误或该年度没有日历\n"
		"                     / wrong arguments, or a year without a calendar\n",
	.run = run,
};
