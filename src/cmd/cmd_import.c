/* yunheng meter import: brings files of samples in, in batches that the server acknowledges. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "cmd/trace.h"
#include "net/client.h"

enum { LINE_BYTES = 64 * 1024, BATCH_BYTES = 1 << 20, BATCH_MAX_BYTES = 2 << 20, TRIES = 6 };

struct options {
	const char *token, *cloud, *resource, *map, *resume, *lang, *server;
	bool dry_run;
};

struct counts {
	int64_t rows, samples, repeated, refused, unknown, broken;
};

struct import {
	struct options o;
	bool en;
	struct yh_saved session;
	char token[64], made[64]; /* the token's text; its id when this program made it */
	json_t *map;              /* machine -> resource */
	json_t *resume;           /* file -> rows done */
	struct yh_http_line *line;
	struct yh_buf batch;
	char why[64];
	struct counts all;
};

/* One file on its way. */
struct source {
	const char *path, *resource;
	gzFile gz;
	bool trace;
	int64_t row, sent_row; /* read; acknowledged */
	unsigned lines;        /* in the batch */
	struct counts n;
};

static enum yh_exit say(const char *what, const char *detail)
{
	(void)fprintf(stderr, "yunheng: %s: %s\n", what, detail);
	return YH_EXIT_FAILED;
}

/* "…/104.csv.gz" is the machine "104". */
static void machine_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(out, size, "%s", slash ? slash + 1 : path);
	for (char *dot;
	     (dot = strrchr(out, '.')) && (strcmp(dot, ".gz") == 0 || strcmp(dot, ".csv") == 0);)
		*dot = 0;
}

static const char *resource_of(const struct import *im, const char *path)
{
	char machine[256];

	machine_of(path, machine, sizeof machine);
	return im->o.resource ? im->o.resource : yh_json_text(im->map, machine);
}

/* MACHINE,RESOURCE a line; a first line of other words is a head. */
static enum yh_exit read_map(struct import *im)
{
	YH_FCLOSE_AUTO FILE *f = NULL;
	char line[512];

	im->map = json_object();
	if (!im->o.map)
		return YH_EXIT_OK;
	f = fopen(im->o.map, "r");
	if (!f)
		return say(im->o.map, strerror(errno));
	while (fgets(line, sizeof line, f)) {
		char *comma = strchr(line, ',');

		line[strcspn(line, "\r\n")] = 0;
		if (!line[0])
			continue;
		if (!comma || !comma[1])
			return say(im->o.map, im->en ? "lines are MACHINE,RESOURCE"
						     : "每行应为：虚拟机,资源编号");
		*comma = 0;
		(void)json_object_set_new(im->map, line, json_string(comma + 1));
	}
	return YH_EXIT_OK;
}

static enum yh_exit read_resume(struct import *im)
{
	struct yh_err err = { 0 };
	char text[LINE_BYTES];
	YH_FCLOSE_AUTO FILE *f = NULL;
	size_t n;

	im->resume = json_object();
	if (!im->o.resume || access(im->o.resume, F_OK) != 0)
		return YH_EXIT_OK;
	f = fopen(im->o.resume, "r");
	if (!f)
		return say(im->o.resume, strerror(errno));
	n = fread(text, 1, sizeof text, f);
	json_decref(im->resume);
	im->resume = NULL;
	if (yh_json_parse(text, n, &im->resume, &err) != YH_OK || !json_is_object(im->resume))
		return say(im->o.resume, im->en ? "not a file of this command" : "不是续传文件");
	return YH_EXIT_OK;
}

static enum yh_exit write_resume(struct import *im, const struct source *s)
{
	char part[4096];

	if (!im->o.resume)
		return YH_EXIT_OK;
	(void)json_object_set_new(im->resume, s->path, json_integer(s->sent_row));
	(void)snprintf(part, sizeof part, "%s.part", im->o.resume);
	if (json_dump_file(im->resume, part, JSON_INDENT(1)) != 0 ||
	    rename(part, im->o.resume) != 0)
		return say(im->o.resume, strerror(errno));
	return YH_EXIT_OK;
}

/* ---- the token ---- */

/* Without a token of one's own, one is made for a day and ended afterwards. */
static enum yh_exit make_token(struct import *im)
{
	YH_JSON_AUTO body =
		json_pack("{s:s, s:s, s:s, s:i, s:b}", "kind", "cloud", "about", im->o.cloud,
			  "label", "yunheng meter import", "days", 1, "backfill", 1);
	YH_FREE_AUTO char *text = yh_json_canonical(body);
	YH_JSON_AUTO reply = NULL;
	enum yh_exit x = yh_remote_call(&im->session, YH_POST, "/api/v1/meter/tokens", text,
					im->o.lang, &reply);

	if (x == YH_EXIT_OK) {
		(void)snprintf(im->token, sizeof im->token, "%s", yh_json_text(reply, "token"));
		(void)snprintf(im->made, sizeof im->made, "%s", yh_json_text(reply, "id"));
	}
	return x;
}

static enum yh_exit take_token(struct import *im)
{
	const char *env = getenv("YUNHENG_METER_TOKEN");
	const char *token = im->o.token ? im->o.token : env;

	if (!token || !*token)
		return make_token(im);
	if (strlen(token) >= sizeof im->token)
		return say("--token", im->en ? "too long" : "过长");
	(void)snprintf(im->token, sizeof im->token, "%s", token);
	return YH_EXIT_OK;
}

static void end_token(struct import *im)
{
	YH_JSON_AUTO reply = NULL;
	char path[128];

	if (!im->made[0])
		return;
	(void)snprintf(path, sizeof path, "/api/v1/meter/tokens/%s", im->made);
	(void)yh_remote_call(&im->session, YH_DELETE, path, NULL, im->o.lang, &reply);
}

/* ---- sending ---- */

static void count_reply(struct import *im, struct source *s, const json_t *reply)
{
	const char *why = yh_json_text(reply, "why");

	s->n.samples += json_integer_value(json_object_get(reply, "samples"));
	s->n.repeated += json_integer_value(json_object_get(reply, "repeated"));
	s->n.refused += json_integer_value(json_object_get(reply, "refused"));
	if (why && !im->why[0])
		(void)snprintf(im->why, sizeof im->why, "%s", why);
}

/* true: over, for better or worse; false: the same again, later. */
static bool post_once(struct import *im, struct source *s, bool last, enum yh_exit *x)
{
	char url[512], auth[96], language[32];
	const char *headers[] = { auth, language, "Content-Type: application/x-ndjson", NULL };
	const struct yh_http_call call = { .method = "POST",
					   .url = url,
					   .headers = headers,
					   .body = im->batch.data,
					   .body_bytes = im->batch.len,
					   .line = im->line };
	struct yh_http_answer answer;
	struct yh_err err = { 0 };
	YH_JSON_AUTO reply = NULL;
	enum yh_rc rc;
	bool over;

	(void)snprintf(url, sizeof url, "%s/api/v1/meter/lines?backfill=true", im->session.server);
	(void)snprintf(auth, sizeof auth, "Authorization: Bearer %s", im->token);
	(void)snprintf(language, sizeof language, "Accept-Language: %.8s", im->o.lang);
	rc = yh_http_call(&call, &answer, &err);
	over = rc == YH_OK && answer.status != 429 && answer.status < 500;
	if (rc == YH_OK && yh_json_parse(answer.body.data, answer.body.len, &reply, NULL) != YH_OK)
		reply = NULL;
	if (rc == YH_OK && answer.status == 200) {
		count_reply(im, s, reply);
	} else if (over || last) {
		const char *title = rc == YH_OK ? yh_json_text(reply, "title") : err.slug;
		const char *field = yh_json_text(reply, "field");

		(void)fprintf(stderr,
			      im->en ? "%s: %s %s (in the batch behind row %" PRId64 ")\n"
				     : "%s：%s %s（第 %" PRId64 " 行之后的一批）\n",
			      s->path, title ? title : "?", field ? field : "", s->sent_row);
		*x = YH_EXIT_FAILED;
		over = true;
	}
	yh_buf_done(&answer.body);
	return over;
}

static void progress(const struct import *im, const struct source *s, bool end)
{
	const struct counts *n = &s->n;

	if (!end && !isatty(STDERR_FILENO))
		return;
	(void)fprintf(stderr,
		      im->en ? "%s%s: %" PRId64 " rows, %" PRId64 " samples (at least %" PRId64
			       " known already), %" PRId64 " refused, %" PRId64 " unknown, %" PRId64
			       " broken rows%s"
			     : "%s%s：%" PRId64 " 行，%" PRId64 " 个样本（其中至少 %" PRId64
			       " 个已有），拒收 %" PRId64 " 个，未知 %" PRId64 " 个，坏行 %" PRId64
			       "%s",
		      end ? "" : "\r", s->path, n->rows, n->samples, n->repeated, n->refused,
		      n->unknown, n->broken, end ? "\n" : "");
}

static enum yh_exit flush(struct import *im, struct source *s)
{
	enum yh_exit x = YH_EXIT_OK;

	if (im->batch.len > 0 && !im->o.dry_run)
		for (unsigned i = 0; !post_once(im, s, i + 1 == TRIES, &x); i++)
			(void)sleep(1u << i);
	if (x == YH_EXIT_OK) {
		im->batch.len = 0;
		s->lines = 0;
		s->sent_row = s->row;
		x = im->o.dry_run ? YH_EXIT_OK : write_resume(im, s);
	}
	progress(im, s, false);
	return x;
}

/* ---- files ---- */

static enum yh_exit take_row(struct import *im, struct source *s, const char *line)
{
	struct yh_trace_row row;

	s->n.rows++;
	if (!s->trace) {
		yh_buf_str(&im->batch, line);
		s->lines++;
	} else if (!yh_trace_read(line, &row)) {
		s->n.broken++;
	} else {
		s->n.unknown += yh_trace_write(&row, s->resource, &im->batch, &s->lines);
	}
	if (!yh_buf_ok(&im->batch))
		return say(s->path, im->en ? "out of memory" : "内存不足");
	return im->batch.len >= BATCH_BYTES ? flush(im, s) : YH_EXIT_OK;
}

/* The next line into `line`: 1, 0 at the end, -1 when it is too long or cannot be read. */
static int next_line(struct source *s, char *line)
{
	int bad = 0;
	size_t n;

	if (!gzgets(s->gz, line, LINE_BYTES)) {
		(void)gzerror(s->gz, &bad);
		return bad == Z_OK || bad == Z_STREAM_END ? 0 : -1;
	}
	s->row++;
	n = strlen(line);
	if (n + 1 == LINE_BYTES && line[n - 1] != '\n')
		return -1;
	if (n > 0 && line[n - 1] != '\n' && n + 1 < LINE_BYTES)
		(void)strcat(line, "\n");
	return 1;
}

static enum yh_exit read_file(struct import *im, struct source *s)
{
	int64_t done = json_integer_value(json_object_get(im->resume, s->path));
	enum yh_exit x = YH_EXIT_OK;
	char line[LINE_BYTES];
	int more;

	while (x == YH_EXIT_OK && (more = next_line(s, line)) > 0) {
		if (s->row == 1 && yh_trace_is_head(line)) {
			s->trace = true;
			if (!s->resource)
				return say(s->path, im->en ? "no --resource and no line in --map"
							   : "未给出对应的资源（--resource 或 "
							     "--map）");
		} else if (s->row > done && line[strspn(line, " \r\n\t")]) {
			x = take_row(im, s, line);
		}
	}
	if (x == YH_EXIT_OK && more < 0) {
		(void)fprintf(stderr, "%s: %" PRId64 ": %s\n", s->path, s->row,
			      im->en ? "unreadable" : "无法读取");
		x = YH_EXIT_FAILED;
	}
	return x == YH_EXIT_OK ? flush(im, s) : x;
}

static enum yh_exit import_file(struct import *im, const char *path)
{
	struct source s = { .path = path, .resource = resource_of(im, path) };
	enum yh_exit x;

	s.gz = gzopen(path, "r");
	if (!s.gz)
		return say(path, strerror(errno));
	im->batch.len = 0;
	x = read_file(im, &s);
	(void)gzclose(s.gz);
	progress(im, &s, true);
	im->all.samples += s.n.samples;
	im->all.refused += s.n.refused;
	im->all.broken += s.n.broken;
	return x;
}

static enum yh_exit import_all(struct import *im, int n, char **paths)
{
	enum yh_exit x = YH_EXIT_OK;

	for (int i = 0; x == YH_EXIT_OK && i < n; i++)
		x = import_file(im, paths[i]);
	if (im->all.refused > 0)
		(void)fprintf(stderr,
			      im->en ? "refused: %" PRId64 " (%s)\n"
				     : "拒收合计 %" PRId64 " 个（%s）\n",
			      im->all.refused, im->why);
	return x == YH_EXIT_OK && im->all.refused + im->all.broken > 0 ? YH_EXIT_FAILED : x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *env = getenv("YUNHENG_LANG"), *bad;
	struct import im = { .o = { .lang = env && env[0] ? env : "zh" } };
	struct options *o = &im.o;
	const struct yh_opt table[] = { { "token", &o->token, NULL },
					{ "cloud", &o->cloud, NULL },
					{ "resource", &o->resource, NULL },
					{ "map", &o->map, NULL },
					{ "resume", &o->resume, NULL },
					{ "lang", &o->lang, NULL },
					{ "server", &o->server, NULL },
					{ "dry-run", NULL, &o->dry_run },
					{ 0 } };
	struct yh_err err = { 0 };
	int n = yh_args_take(argc, argv, table, &bad);
	enum yh_exit x;

	if (n < 1 || (o->resource && (o->map || n > 1)))
		return yh_cmd_usage(self, n < 0 ? bad : NULL);
	if (!o->token && !o->cloud && !getenv("YUNHENG_METER_TOKEN") && !o->dry_run)
		return yh_cmd_usage(self, "--token");
	im.en = strcmp(o->lang, "en") == 0;
	if (yh_saved_load(&im.session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (o->server)
		(void)snprintf(im.session.server, sizeof im.session.server, "%s", o->server);
	yh_buf_init(&im.batch, BATCH_MAX_BYTES);
	im.line = yh_http_line_new();
	x = read_map(&im);
	if (x == YH_EXIT_OK)
		x = read_resume(&im);
	if (x == YH_EXIT_OK && !o->dry_run)
		x = take_token(&im);
	if (x == YH_EXIT_OK)
		x = import_all(&im, n, argv + 1);
	end_token(&im);
	yh_http_line_free(im.line);
	yh_buf_done(&im.batch);
	json_decref(im.map);
	json_decref(im.resume);
	return x;
}

const struct yh_cmd yh_cmd_import = {
	.name = "meter import",
	.synopsis = "FILE… [--resource NO | --map CSV] [--token TOKEN | --cloud CLOUD]\n"
		    "       [--resume FILE] [--dry-run] [--lang zh|en] [--server URL]",
	.zh = "导入历史用量：JSON 行，或 Bitbrains 虚拟机轨迹，可为 gzip",
	.en = "Bring in usage of the past: JSON lines, or Bitbrains traces, plain or gzip",
	.details =
		"  --resource NO   轨迹属于哪个资源（仅一个文件时） / whose trace it is (one "
		"file)\n"
		"  --map CSV       每行：虚拟机,资源编号 / lines of MACHINE,RESOURCE\n"
		"  --token TOKEN   可补历史的计量令牌，或 $YUNHENG_METER_TOKEN / a token that may\n"
		"  --cloud CLOUD   没有令牌时，以当前登录为该政务云签发一日令牌 / else one is "
		"made\n"
		"  --resume FILE   记下进度，中断后从此处继续 / keeps the progress\n"
		"  拒收或坏行不为零时退出码为 1；同一文件可重复导入，已有样本不会重复计。\n"
		"  The status is 1 when anything was refused; a file may be imported again.\n",
	.run = run,
};
