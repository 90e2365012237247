/* yunheng order confirm: hands a filled-in table of orders in, shows what it would come to, and
 * confirms them. */
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
	const char *lang, *server;
	bool preview, json;
};

static const char *text(const json_t *v, const char *key)
{
	const char *t = yh_json_text(v, key);

	return t ? t : "";
}

static long long number(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

static void print(const json_t *p, bool en)
{
	const json_t *f;
	size_t i;

	(void)printf(en ? "orders %lld, steps %lld\n" : "交付单 %lld 张，环节 %lld 个\n",
		     number(p, "orders"), number(p, "steps"));
	if (number(p, "faults_found"))
		(void)fprintf(stderr, en ? "faults: %lld\n" : "错误 %lld 处\n",
			      number(p, "faults_found"));
	json_array_foreach(json_object_get(p, "faults"), i, f)
	{
		const json_t *why = json_object_get(f, "problem");

		(void)fprintf(stderr, "%s  %s  %s%s%s\n", text(f, "cell"), text(f, "head"),
			      text(why, "title"), yh_json_text(why, "article") ? "  §" : "",
			      text(why, "article"));
	}
}

static enum yh_exit send(const struct yh_saved *session, const struct options *o, const char *id,
			 bool dry)
{
	YH_JSON_AUTO p = NULL;
	char body[128];
	enum yh_exit x;

	(void)snprintf(body, sizeof body, "{\"document\":\"%.64s\"}", id);
	x = yh_remote_call(session, YH_POST,
			   dry ? "/api/v1/orders/confirmations?dry_run=true"
			       : "/api/v1/orders/confirmations",
			   body, o->lang, &p);
	if (x != YH_EXIT_OK)
		return x;
	if (o->json && dry == o->preview) {
		(void)json_dumpf(p, stdout, JSON_INDENT(1));
		(void)fputc('\n', stdout);
	} else if (dry) {
		print(p, strcmp(o->lang, "en") == 0);
	}
	return json_is_true(json_object_get(p, "accepted")) ? YH_EXIT_OK : YH_EXIT_FAILED;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *env = getenv("YUNHENG_LANG"), *bad;
	struct options o = { .lang = env && env[0] ? env : "zh" };
	const struct yh_opt table[] = { { "lang", &o.lang, NULL },
					{ "server", &o.server, NULL },
					{ "preview", NULL, &o.preview },
					{ "json", NULL, &o.json },
					{ 0 } };
	struct yh_saved session;
	struct yh_err err = { 0 };
	char id[64] = "";
	int n = yh_args_take(argc, argv, table, &bad);
	enum yh_exit x;

	if (n != 1)
		return yh_cmd_usage(self, n < 0 ? bad : NULL);
	if (yh_saved_load(&session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (o.server)
		(void)snprintf(session.server, sizeof session.server, "%s", o.server);
	x = yh_upload(&session, argv[1], o.lang, id);
	if (x == YH_EXIT_OK)
		x = send(&session, &o, id, true);
	return x == YH_EXIT_OK && !o.preview ? send(&session, &o, id, false) : x;
}

const struct yh_cmd yh_cmd_order = {
	.name = "order confirm",
	.synopsis = "FILE [--preview] [--json] [--lang zh|en] [--server URL]",
	.zh = "按填好的交付清单确认交付，XLSX 或 CSV",
	.en = "Confirm orders by a filled-in table, XLSX or CSV",
	.details = "  --preview   只看结果与全部错误，不确认 / only show what it would come to\n"
		   "  --json      以 JSON 显示 / as JSON\n"
		   "  清单：yunheng order export --format xlsx\n"
		   "  有任何一处错误都不确认，逐处列出单元格。\n"
		   "  With any fault nothing is confirmed.\n",
	.run = run,
};
