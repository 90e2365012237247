/* Operations of the API as commands. */
#include "cmd/remote.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "base/mem.h"
#include "base/num.h"
#include "cmd/op_usage.h"
#include "net/client.h"

enum { PAUSE_FIRST_MS = 50, PAUSE_MOST_MS = 2000 };

static const struct yh_op *find(const char *noun, const char *verb)
{
	size_t n, len = strlen(noun);
	const struct yh_op_table *const *tables = yh_api_tables(&n);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t]->n; i++) {
			const char *name = tables[t]->ops[i].name;

			if (!yh_op_is_command(&tables[t]->ops[i]))
				continue;
			if (strncmp(name, noun, len) == 0 && name[len] == '.' &&
			    (!verb || strcmp(name + len + 1, verb) == 0))
				return &tables[t]->ops[i];
		}
	return NULL;
}

/* What the noun means by itself, with options at once. */
static const struct yh_op *find_plain(const char *noun)
{
	size_t n, len = strlen(noun);
	const struct yh_op_table *const *tables = yh_api_tables(&n);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct yh_op *op = &tables[t]->ops[i];

			if ((op->flags & YH_OP_NOUN) && strncmp(op->name, noun, len) == 0 &&
			    op->name[len] == '.')
				return op;
		}
	return NULL;
}

static bool asks_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

bool yh_remote_knows(const char *noun, const char *verb)
{
	return find(noun, verb) != NULL;
}

void yh_remote_list(const char *noun, FILE *to)
{
	size_t n, len = noun ? strlen(noun) : 0;
	const struct yh_op_table *const *tables = yh_api_tables(&n);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct yh_op *op = &tables[t]->ops[i];
			const char *dot = strchr(op->name, '.');
			char name[64];

			if (!yh_op_is_command(op))
				continue;
			if (noun && (strncmp(op->name, noun, len) != 0 || op->name[len] != '.'))
				continue;
			(void)snprintf(name, sizeof name, "%.*s %s", (int)(dot - op->name),
				       op->name, dot + 1);
			(void)fprintf(to, "  %-24s %s / %s\n", name, op->about_zh, op->about_en);
		}
}

static void list_fields(const struct yh_field *f, const char *dashes)
{
	for (; f && f->name; f++)
		(void)printf("  %s%-16s %s%s%s%s\n", dashes, f->name, f->about,
			     f->flags & YH_REQUIRED ? " *" : "", f->choices ? "  = " : "",
			     f->choices ? f->choices : "");
}

static enum yh_exit help(const struct yh_op *op)
{
	struct yh_buf usage;

	yh_buf_init(&usage, 4096);
	yh_op_usage(op, &usage);
	(void)printf("yunheng %s\n%s\n%s\n\n", yh_buf_text(&usage), op->about_zh, op->about_en);
	yh_buf_done(&usage);
	list_fields(op->path_fields, "");
	list_fields(op->query_fields, "--");
	list_fields(op->body_fields, "--");
	return YH_EXIT_OK;
}

/* What the command line gave, before it becomes a request. */
struct given {
	const struct yh_op *op;
	const char *lang, *format, *server, *limit, *cursor, *key, *match, *out, *file;
	const char *as, *columns, *titles; /* of a list as a file */
	bool dry_run;
	json_t *body;
	struct yh_buf path, query;
};

static enum yh_exit wrong(const char *what, const char *arg)
{
	(void)fprintf(stderr, "yunheng: %s: %s\n", what, arg);
	return YH_EXIT_USAGE;
}

static const struct yh_field *field_of(const struct yh_field *list, const char *name, size_t len)
{
	for (; list && list->name; list++)
		if (strlen(list->name) == len && strncmp(list->name, name, len) == 0)
			return list;
	return NULL;
}

/* "@file", "-" or the text itself. */
static char *content_of(const char *value)
{
	struct yh_buf b;
	char part[4096];
	size_t n;
	FILE *f;

	if (value[0] != '@' && strcmp(value, "-") != 0)
		return strdup(value);
	f = value[0] == '@' ? fopen(value + 1, "r") : stdin;
	if (!f)
		return NULL;
	yh_buf_init(&b, (size_t)8 * 1024 * 1024);
	while ((n = fread(part, 1, sizeof part, f)) > 0)
		yh_buf_add(&b, part, n);
	if (f != stdin)
		(void)fclose(f);
	if (!b.data)
		yh_buf_str(&b, " ");
	if (yh_buf_ok(&b))
		return b.data;
	yh_buf_done(&b);
	return NULL;
}

/* A list, or that of an object that was shown with others: what `show` wrote is taken as it is. */
static json_t *list_in(json_t *v, const char *name)
{
	json_t *list = json_object_get(v, name);

	if (!json_is_array(list))
		return v;
	(void)json_incref(list);
	json_decref(v);
	return list;
}

/* A typed value of the body. JSON is read strictly; numbers stay exact. */
static json_t *value_of(const struct yh_field *f, const char *text, struct yh_err *err)
{
	json_t *v = NULL;
	char *content;

	switch (f->type) {
	case YH_F_BOOL:
		return json_boolean(strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
	case YH_F_INT:
		return json_integer(strtoll(text, NULL, 10));
	case YH_F_OBJECT:
	case YH_F_ARRAY:
		content = content_of(text);
		if (!content) {
			(void)yh_fail_field(err, YH_BAD_INPUT, "file-unreadable", text);
			return NULL;
		}
		if (yh_json_parse(content, strlen(content), &v, err) != YH_OK)
			v = NULL;
		free(content);
		return f->type == YH_F_ARRAY ? list_in(v, f->name) : v;
	default:
		return json_string(text);
	}
}

static enum yh_exit take_field(struct given *g, const struct yh_field *f, const char *value)
{
	struct yh_err err = { 0 };
	json_t *v = value_of(f, value, &err);

	if (!v) {
		if (err.rc == YH_OK)
			return wrong("参数值有误 / bad value", value);
		return yh_cmd_fail(&err);
	}
	(void)json_object_set_new(g->body, f->name, v);
	return YH_EXIT_OK;
}

static enum yh_exit take_query(struct given *g, const char *name, const char *value)
{
	YH_FREE_AUTO char *escaped = yh_http_escape(value);

	yh_buf_printf(&g->query, "%c%s=%s", g->query.len ? '&' : '?', name, escaped ? escaped : "");
	return YH_EXIT_OK;
}

/* An entry of the form given on its own: --form.result initiated */
static enum yh_exit take_form_entry(struct given *g, const char *key, const char *value)
{
	json_t *form = json_object_get(g->body, "form");
	json_t *v = NULL;

	if (!form) {
		form = json_object();
		(void)json_object_set_new(g->body, "form", form);
	}
	if (value[0] == '[' || value[0] == '{' || value[0] == '@' || strcmp(value, "true") == 0 ||
	    strcmp(value, "false") == 0) {
		struct yh_err err = { 0 };
		static const struct yh_field any = { .type = YH_F_OBJECT };

		v = value_of(&any, value, &err);
		if (!v)
			return yh_cmd_fail(&err);
	} else {
		v = json_string(value);
	}
	(void)json_object_set_new(form, key, v);
	return YH_EXIT_OK;
}

static bool is_of_files(const char *option)
{
	return strcmp(option, "as") == 0 || strcmp(option, "columns") == 0 ||
	       strcmp(option, "titles") == 0;
}

static const char **common_option(struct given *g, const char *name, size_t len)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = { { "format", &g->format }, { "lang", &g->lang },
			{ "server", &g->server }, { "limit", &g->limit },
			{ "cursor", &g->cursor }, { "key", &g->key },
			{ "out", &g->out },       { "if-match", &g->match },
			{ "as", &g->as },         { "columns", &g->columns },
			{ "titles", &g->titles } };
	bool paged = g->op->flags & YH_OP_PAGED;

	for (size_t i = 0; i < YH_LEN(options); i++)
		if (strlen(options[i].name) == len && strncmp(options[i].name, name, len) == 0)
			return paged || !is_of_files(options[i].name) ? options[i].value : NULL;
	return NULL;
}

static bool is_truth(const char *value)
{
	return value && (strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
}

/* One --option; *used counts the words taken. */
static enum yh_exit take_option(struct given *g, int argc, char **argv, int *used)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const char *value = equals ? equals + 1 : argc > 1 ? argv[1] : NULL;
	const struct yh_field *f;
	const char **common;

	*used = equals ? 1 : 2;
	if (strcmp(name, "dry-run") == 0) {
		/* the server tries it where it can; elsewhere the request is only shown */
		*used = 1;
		g->dry_run = !g->op->tried;
		return g->op->tried ? take_query(g, "dry_run", "true") : YH_EXIT_OK;
	}
	f = field_of(g->op->query_fields, name, len);
	if (f && f->type == YH_F_BOOL && !equals && !is_truth(value)) {
		*used = 1; /* --open alone is --open true */
		return take_query(g, f->name, "true");
	}
	if (!value)
		return wrong("缺少参数值 / value missing", argv[0]);
	f = field_of(g->op->body_fields, name, len);
	if (f)
		return take_field(g, f, value);
	if (field_of(g->op->body_fields, "form", 4) && len > 5 && strncmp(name, "form.", 5) == 0) {
		char key[64];

		(void)snprintf(key, sizeof key, "%.*s", (int)(len - 5), name + 5);
		return take_form_entry(g, key, value);
	}
	f = field_of(g->op->query_fields, name, len);
	if (f)
		return take_query(g, f->name, value);
	common = common_option(g, name, len);
	if (!common)
		return wrong("没有这个选项 / unknown option", argv[0]);
	*common = value;
	return YH_EXIT_OK;
}

/* Puts a positional argument into the next {place} of the path. */
static bool fill_place(struct given *g, const char **rest, const char *value)
{
	const char *open = strchr(*rest, '{'), *close = open ? strchr(open, '}') : NULL;
	YH_FREE_AUTO char *escaped = yh_http_escape(value);

	if (!close || !escaped)
		return false;
	yh_buf_add(&g->path, *rest, (size_t)(open - *rest));
	yh_buf_str(&g->path, escaped);
	*rest = close + 1;
	return true;
}

/* A field that needs no name, once. */
static enum yh_exit take_bare(struct given *g, const char *value)
{
	const struct yh_field *f = g->op->body_fields;

	while (f && f->name && (!(f->flags & YH_BARE) || json_object_get(g->body, f->name)))
		f++;
	if (!f || !f->name)
		return wrong("多余的参数 / too many arguments", value);
	return take_field(g, f, value);
}

static enum yh_exit parse(struct given *g, int argc, char **argv)
{
	const char *rest = g->op->path;

	for (int i = 0; i < argc;) {
		enum yh_exit x;
		int used = 1;

		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) {
			x = take_option(g, argc - i, argv + i, &used);
			if (x != YH_EXIT_OK)
				return x;
		} else if (g->op->raw && !g->file && !strchr(rest, '{')) {
			g->file = argv[i];
		} else if (!fill_place(g, &rest, argv[i])) {
			x = take_bare(g, argv[i]);
			if (x != YH_EXIT_OK)
				return x;
		}
		i += used;
	}
	if (strchr(rest, '{'))
		return wrong("缺少参数 / argument missing", strchr(rest, '{'));
	if (g->op->raw && !g->file)
		return wrong("缺少参数 / argument missing", "FILE");
	if (g->op->raw && !strstr(yh_buf_text(&g->query), "name="))
		(void)take_query(g, "name", basename(g->file));
	yh_buf_str(&g->path, rest);
	/* of what takes its time the result is paged */
	if (g->limit)
		(void)take_query(g, "limit", g->limit);
	if (g->cursor)
		(void)take_query(g, "cursor", g->cursor);
	if (g->as)
		(void)take_query(g, "as", g->as);
	if (g->columns)
		(void)take_query(g, "columns", g->columns);
	if (g->titles)
		(void)take_query(g, "titles", g->titles);
	if (!(g->op->flags & YH_OP_LATER))
		yh_buf_str(&g->path, yh_buf_text(&g->query));
	return YH_EXIT_OK;
}

static enum yh_format format_of(const struct given *g)
{
	if (g->format && strcmp(g->format, "json") == 0)
		return YH_FORMAT_JSON;
	return g->format && strcmp(g->format, "csv") == 0 ? YH_FORMAT_CSV : YH_FORMAT_TABLE;
}

static const char *lang_of(const struct given *g)
{
	const char *env = getenv("YUNHENG_LANG");

	return g->lang ? g->lang : env && env[0] ? env : "zh";
}

static enum yh_exit show_case(const struct yh_saved *s, const struct given *g, const json_t *c)
{
	YH_JSON_AUTO story = NULL;
	char path[512];
	enum yh_exit x;

	(void)snprintf(path, sizeof path, "/api/v1/cases/%s/events", yh_json_text(c, "id"));
	x = yh_remote_call(s, YH_GET, path, NULL, lang_of(g), &story);
	if (x == YH_EXIT_OK)
		yh_print_case(c, story, lang_of(g));
	return x;
}

/* Secrets that were not given are asked for, so that they need not stand on the command line. */
static enum yh_exit ask_secrets(struct given *g)
{
	for (const struct yh_field *f = g->op->body_fields; f && f->name; f++) {
		if (!(f->flags & YH_SECRET) || json_object_get(g->body, f->name))
			continue;
		if (!yh_ask_secret(g->op, f, lang_of(g), g->body))
			return YH_EXIT_USAGE;
	}
	return YH_EXIT_OK;
}

/* A reply that is a file: to where --out says, else to standard output. */
static enum yh_exit fetch(const struct yh_saved *session, const struct given *g)
{
	struct yh_err err = { 0 };
	enum yh_exit x;
	FILE *to = stdout;

	if (g->out && strcmp(g->out, "-") != 0) {
		to = fopen(g->out, "wb");
		if (!to) {
			(void)yh_fail_field(&err, YH_STORAGE, "file-unwritable", g->out);
			return yh_cmd_fail(&err);
		}
	}
	x = yh_remote_fetch(session, yh_buf_text(&g->path), lang_of(g), to);
	if (to == stdout)
		return x;
	if (fclose(to) != 0 && x == YH_EXIT_OK) {
		(void)yh_fail_field(&err, YH_STORAGE, "file-unwritable", g->out);
		x = yh_cmd_fail(&err);
	}
	if (x != YH_EXIT_OK)
		(void)remove(g->out); /* half a file is none */
	return x;
}

static enum yh_exit send_file(const struct yh_saved *session, const struct given *g, json_t **reply)
{
	YH_FCLOSE_AUTO FILE *from = fopen(g->file, "rbe");
	struct yh_err err = { 0 };
	struct stat st;

	if (!from || fstat(fileno(from), &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)yh_fail_field(&err, YH_BAD_INPUT, "file-unreadable", g->file);
		return yh_cmd_fail(&err);
	}
	return yh_remote_send(session, yh_buf_text(&g->path), lang_of(g), from, st.st_size, reply);
}

static void say_progress(const json_t *r)
{
	int done = (int)json_integer_value(json_object_get(r, "steps_done"));
	int of = (int)json_integer_value(json_object_get(r, "steps"));

	(void)fprintf(stderr, of ? "\r%d/%d " : "\r… ", done, of);
	if (yh_json_text(r, "result") || yh_json_text(r, "slug"))
		(void)fputs("\r           \r", stderr);
}

/* What takes its time is looked after until it has ended: the reply is then its result. */
static enum yh_exit wait_for(const struct yh_saved *s, const struct given *g, json_t **reply)
{
	char wait[256], result[1024];
	bool going = true;
	long pause_ms = PAUSE_FIRST_MS;
	enum yh_exit x = YH_EXIT_OK;

	(void)snprintf(wait, sizeof wait, "%s", yh_json_text(*reply, "wait"));
	while (x == YH_EXIT_OK && going) {
		const struct timespec pause = { pause_ms / 1000, pause_ms % 1000 * 1000000 };

		(void)nanosleep(&pause, NULL);
		pause_ms = pause_ms * 2 < PAUSE_MOST_MS ? pause_ms * 2 : PAUSE_MOST_MS;
		yh_json_put(reply);
		x = yh_remote_call(s, YH_GET, wait, NULL, lang_of(g), reply);
		going = !yh_json_text(*reply, "result") && !yh_json_text(*reply, "slug");
		if (x == YH_EXIT_OK && isatty(STDERR_FILENO))
			say_progress(*reply);
	}
	if (x != YH_EXIT_OK)
		return x;
	if (!yh_json_text(*reply, "result")) {
		const char *why = yh_json_text(*reply, "sentence");
		const char *slug = yh_json_text(*reply, "slug");

		(void)fprintf(stderr, "%s [%s]\n", why ? why : "?", slug ? slug : "?");
		return YH_EXIT_FAILED;
	}
	(void)snprintf(result, sizeof result, "%s%s", yh_json_text(*reply, "result"),
		       yh_buf_text(&g->query));
	yh_json_put(reply);
	return yh_remote_call(s, YH_GET, result, NULL, lang_of(g), reply);
}

static enum yh_exit perform(struct given *g)
{
	YH_JSON_AUTO reply = NULL;
	YH_FREE_AUTO char *body = NULL;
	struct yh_saved session;
	struct yh_err err = { 0 };
	enum yh_exit x;

	if (yh_saved_load(&session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (g->server)
		(void)snprintf(session.server, sizeof session.server, "%s", g->server);
	if (g->op->body_fields || g->op->method != YH_GET)
		body = g->op->body_fields ? yh_json_canonical(g->body) : NULL;
	if (g->dry_run) {
		(void)printf("%s%s\n%s\n", session.server, yh_buf_text(&g->path), body ? body : "");
		return YH_EXIT_OK;
	}
	if (g->op->flags & YH_OP_RAW || g->as)
		return fetch(&session, g);
	x = g->op->raw ? send_file(&session, g, &reply)
		       : yh_remote_call(&session, g->op->method, yh_buf_text(&g->path), body,
					lang_of(g), &reply);
	if (x == YH_EXIT_OK && g->op->flags & YH_OP_LATER)
		x = wait_for(&session, g, &reply);
	if (x != YH_EXIT_OK)
		return x;
	if (strcmp(g->op->name, "session.create") == 0)
		return yh_saved_keep(&session, reply, lang_of(g));
	if (strcmp(g->op->name, "second-factor.enrol") == 0 && format_of(g) == YH_FORMAT_TABLE)
		return yh_print_key(reply, lang_of(g));
	if (json_object_get(reply, "dry_run") && format_of(g) == YH_FORMAT_TABLE) {
		yh_print_trial(reply, lang_of(g));
		return YH_EXIT_OK;
	}
	if (json_object_get(reply, "steps") && json_object_get(reply, "no") &&
	    format_of(g) == YH_FORMAT_TABLE)
		return show_case(&session, g, reply);
	if (strcmp(g->op->name, "settle.explain") == 0 && format_of(g) == YH_FORMAT_TABLE) {
		yh_print_line(reply, lang_of(g));
		return YH_EXIT_OK;
	}
	yh_print_reply(g->op, reply, format_of(g), lang_of(g));
	return YH_EXIT_OK;
}

enum yh_exit yh_remote_run(int argc, char **argv)
{
	struct given g = { 0 };
	enum yh_exit x;
	int first;

	if (argc < 2) {
		yh_remote_list(argv[0], stderr);
		return YH_EXIT_USAGE;
	}
	if (strncmp(argv[1], "--", 2) == 0 && !asks_help(argv[1]))
		g.op = find_plain(argv[0]);
	first = g.op ? 1 : 2;
	if (!g.op)
		g.op = find(argv[0], argv[1]);
	if (!g.op) {
		yh_remote_list(argv[0], stderr);
		return wrong("没有这个操作 / no such operation", argv[1]);
	}
	for (int i = first; i < argc; i++)
		if (asks_help(argv[i]))
			return help(g.op);
	g.body = json_object();
	yh_buf_init(&g.path, 8192);
	yh_buf_init(&g.query, 8192);
	x = parse(&g, argc - first, argv + first);
	if (x == YH_EXIT_OK)
		x = ask_secrets(&g);
	if (x == YH_EXIT_OK)
		x = perform(&g);
	yh_buf_done(&g.path);
	yh_buf_done(&g.query);
	yh_json_put(&g.body);
	return x;
}
