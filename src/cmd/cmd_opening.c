/* yunheng import opening: hands a file in, shows what it would enter, and files it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "cmd/upload.h"

struct options {
	const char *cloud, *day, *title, *lang, *server;
	bool preview, json;
};

static long long number(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

static const char *text(const json_t *v, const char *key)
{
	const char *t = yh_json_text(v, key);

	return t ? t : "";
}

/* ---- what it would enter ---- */

static void print_dims(const json_t *sum)
{
	const json_t *dims = json_object_get(sum, "dimensions"), *d;
	size_t i;

	json_array_foreach(dims, i, d)
	{
		(void)printf("    ");
		yh_print_cell(text(d, "dimension_title"), 24);
		(void)printf("  %14s / %s\n", text(d, "allocated"), text(d, "quota"));
	}
}

static void print_unit(const json_t *u, bool en)
{
	(void)printf("  ");
	yh_print_cell(text(u, "code"), 20);
	(void)printf(" ");
	yh_print_text(text(u, "name"));
	if (json_is_true(json_object_get(u, "new")))
		(void)printf(en ? " (new)" : "（新）");
	(void)printf(en ? "\n    projects %lld, systems %lld, resources %lld\n"
			: "\n    项目 %lld，系统 %lld，资源 %lld\n",
		     number(u, "projects"), number(u, "systems"), number(u, "resources"));
	print_dims(u);
}

static void print_faults(const json_t *p, bool en)
{
	const json_t *f;
	size_t i;

	(void)fprintf(stderr, en ? "faults: %lld\n" : "错误 %lld 处\n", number(p, "faults_found"));
	json_array_foreach(json_object_get(p, "faults"), i, f)
	{
		const json_t *why = json_object_get(f, "problem");

		(void)fprintf(stderr, "%s  %s  %s%s%s\n", text(f, "cell"), text(f, "head"),
			      text(why, "title"), yh_json_text(why, "article") ? "  §" : "",
			      text(why, "article"));
	}
}

static enum yh_exit show(const struct yh_saved *session, const struct options *o, const char *id)
{
	YH_JSON_AUTO p = NULL;
	const json_t *u, *total;
	char url[512];
	bool en = strcmp(o->lang, "en") == 0;
	size_t i;
	enum yh_exit x;

	(void)snprintf(url, sizeof url, "/api/v1/openings/preview?document=%s&cloud=%s%s%s", id,
		       o->cloud, o->day ? "&day=" : "", o->day ? o->day : "");
	x = yh_remote_call(session, YH_GET, url, NULL, o->lang, &p);
	if (x != YH_EXIT_OK)
		return x;
	if (o->json) {
		(void)json_dumpf(p, stdout, JSON_INDENT(1));
		(void)fputc('\n', stdout);
	} else {
		json_array_foreach(json_object_get(p, "items"), i, u) print_unit(u, en);
		total = json_object_get(p, "total");
		(void)printf(en ? "total: units %lld, projects %lld, systems %lld, resources %lld\n"
				: "合计：单位 %lld，项目 %lld，系统 %lld，资源 %lld\n",
			     number(total, "units"), number(total, "projects"),
			     number(total, "systems"), number(total, "resources"));
		print_dims(total);
	}
	if (json_is_true(json_object_get(p, "accepted")))
		return YH_EXIT_OK;
	print_faults(p, en);
	return YH_EXIT_FAILED;
}

/* ---- filing it ---- */

static enum yh_exit file_it(const struct yh_saved *session, const struct options *o, const char *id)
{
	YH_JSON_AUTO p = NULL;
	YH_JSON_AUTO c = NULL;
	YH_JSON_AUTO body = NULL;
	YH_FREE_AUTO char *sent = NULL;
	char url[512];
	enum yh_exit x;

	(void)snprintf(url, sizeof url, "/api/v1/openings/preview?document=%s&cloud=%s%s%s", id,
		       o->cloud, o->day ? "&day=" : "", o->day ? o->day : "");
	x = yh_remote_call(session, YH_GET, url, NULL, o->lang, &p);
	if (x != YH_EXIT_OK)
		return x;
	body = json_pack("{s:s, s:s, s:{s:s, s:s}}", "procedure", text(p, "procedure"), "cloud",
			 o->cloud, "form", "document", id, "day", text(p, "day"));
	if (body && o->title)
		(void)json_object_set_new(body, "title", json_string(o->title));
	sent = yh_json_canonical(body);
	x = yh_remote_call(session, YH_POST, "/api/v1/cases", sent, o->lang, &c);
	if (x == YH_EXIT_OK)
		(void)printf("%s  %s  %s\n", text(c, "no"), text(c, "title"),
			     text(c, "state_title"));
	return x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *env = getenv("YUNHENG_LANG"), *bad;
	struct options o = { .lang = env && env[0] ? env : "zh" };
	const struct yh_opt table[] = {
		{ "cloud", &o.cloud, NULL },   { "day", &o.day, NULL },
		{ "title", &o.title, NULL },   { "lang", &o.lang, NULL },
		{ "server", &o.server, NULL }, { "preview", NULL, &o.preview },
		{ "json", NULL, &o.json },     { 0 }
	};
	struct yh_saved session;
	struct yh_err err = { 0 };
	char id[64] = "";
	int n = yh_args_take(argc, argv, table, &bad);
	enum yh_exit x;

	if (n != 1 || !o.cloud || strlen(o.cloud) > 64 || (o.day && strlen(o.day) > 10))
		return yh_cmd_usage(self, n < 0 ? bad : n == 1 ? "--cloud" : NULL);
	if (yh_saved_load(&session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (o.server)
		(void)snprintf(session.server, sizeof session.server, "%s", o.server);
	x = yh_upload(&session, argv[1], o.lang, id);
	if (x == YH_EXIT_OK)
		x = show(&session, &o, id);
	return x == YH_EXIT_OK && !o.preview ? file_it(&session, &o, id) : x;
}

const struct yh_cmd yh_cmd_opening = {
	.name = "import opening",
	.synopsis = "FILE --cloud CLOUD [--day YYYY-MM-DD] [--preview] [--title TEXT] [--json]\n"
		    "       [--lang zh|en] [--server URL]",
	.zh = "登记期初数据：既有单位、项目、系统、配额和资源，XLSX 或 CSV",
	.en = "Enter an opening balance: what is there already, from XLSX or CSV",
	.details =
		"  --preview   只看将登记什么与全部错误，不提交 / only show what it would enter\n"
		"  --day DAY   期初日，默认今日 / the day whose beginning it is of; today\n"
		"  --json      以 JSON 显示预览 / the preview as JSON\n"
		"  模板：yunheng opening template --cloud CLOUD --format xlsx\n"
		"  有任何一处错误都不提交，逐处列出单元格；同一文件只能登记一次。\n"
		"  With any fault nothing is filed; a file enters once.\n",
	.run = run,
};
