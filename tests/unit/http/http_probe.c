/* A small real server: the HTTP room over a store of its own, with a handful of operations, for
 * tests/api/http_probe.py. Prints one line of JSON, then serves until SIGTERM.
 * SIGUSR1 lets held requests go, SIGUSR2 makes the next commit fail.
 *
 * usage: http_probe FOLDER MESSAGES-FOLDER [deadline-seconds [queue [write-queue [CONSOLE]]]] */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/ring.h"
#include "base/mem.h"
#include "db/fault.h"
#include "http/server.h"
#include "probe_law.h"
#include "probe_news.h"
#include "probe_people.h"
#include "store/schema.h"

/* Requests that wait for SIGUSR1. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_open = PTHREAD_COND_INITIALIZER;
static unsigned gate_turn;

static enum yh_rc hold(struct yh_req *rq, const void *in, struct yh_err *err)
{
	unsigned turn;

	(void)in;
	(void)err;
	(void)pthread_mutex_lock(&gate_lock);
	turn = gate_turn;
	while (turn == gate_turn)
		(void)pthread_cond_wait(&gate_open, &gate_lock);
	(void)pthread_mutex_unlock(&gate_lock);
	yh_jw_str(rq->w, "held", "yes");
	return YH_OK;
}

struct note_in {
	const char *name, *text, *kind;
	int64_t count, amount, size;
	bool urgent;
	yh_day due;
	struct yh_id ref;
	const json_t *extra, *list;
};
#define AT(member) offsetof(struct note_in, member)
static const struct yh_field note_path[] = { { "name", YH_F_CODE, AT(name), YH_REQUIRED }, { 0 } };
static const struct yh_field note_query[] = {
	{ "kind", YH_F_WORD, AT(kind), .choices = "memo|letter" },
	{ "since", YH_F_DAY, AT(due) },
	{ 0 },
};
static const struct yh_field size_query[] = {
	{ "size", YH_F_INT, AT(size), YH_REQUIRED, 0, 100000000 },
	{ 0 },
};
static const struct yh_field file_query[] = {
	{ "size", YH_F_INT, AT(size), YH_REQUIRED, 0, 100000000 },
	{ "kind", YH_F_WORD, AT(kind), .choices = "memo|letter" },
	{ 0 },
};
static const struct yh_field note_body[] = {
	{ "name", YH_F_CODE, AT(name), YH_REQUIRED },
	{ "text", YH_F_LINE, AT(text), YH_REQUIRED, .max = 8 },
	{ "kind", YH_F_WORD, AT(kind), .choices = "memo|letter" },
	{ "count", YH_F_INT, AT(count), 0, 1, 9 },
	{ "amount", YH_F_MILLI, AT(amount), 0, 1, 5000 },
	{ "urgent", YH_F_BOOL, AT(urgent) },
	{ "due", YH_F_DAY, AT(due) },
	{ "ref", YH_F_ID, AT(ref) },
	{ "extra", YH_F_OBJECT, AT(extra) },
	{ "list", YH_F_ARRAY, AT(list) },
	{ 0 },
};
static const struct yh_field change_body[] = {
	{ "text", YH_F_LINE, AT(text), YH_REQUIRED },
	{ 0 },
};

/* Notes are settings, their version the length of the text. */
static enum yh_rc note_create(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;
	enum yh_rc rc = yh_exec(rq->cx.tx, err, "INSERT INTO setting (name, value) VALUES ($1, $2)",
				YH_T(in->name), YH_T(in->text));

	if (rc != YH_OK)
		return rc;
	rq->location = yh_arena_printf(rq->cx.arena, "/api/v1/notes/%s", in->name);
	yh_req_etag(rq, (int64_t)strlen(in->text));
	yh_jw_str(rq->w, "name", in->name);
	yh_jw_str(rq->w, "text", in->text);
	yh_jw_int(rq->w, "count", in->count);
	yh_jw_milli(rq->w, "amount", in->amount);
	yh_jw_bool(rq->w, "urgent", in->urgent);
	yh_jw_day(rq->w, "due", in->due);
	yh_jw_id(rq->w, "ref", &in->ref);
	yh_jw_int(rq->w, "extra", (int64_t)json_object_size(in->extra));
	yh_jw_int(rq->w, "list", (int64_t)json_array_size(in->list));
	yh_jw_str(rq->w, "relation", rq->relation);
	return YH_OK;
}

static enum yh_rc load(struct yh_req *rq, const char *name, char *text, size_t size,
		       struct yh_err *err)
{
	YH_ROWS_AUTO rows = NULL;
	enum yh_rc rc = yh_query(rq->cx.tx, err, &rows, "SELECT value FROM setting WHERE name = $1",
				 YH_T(name));

	if (rc != YH_OK)
		return rc;
	if (!yh_rows_next(rows))
		return yh_fail(err, YH_NOT_FOUND, "note-unknown");
	(void)snprintf(text, size, "%s", yh_col_text(rows, 0));
	return YH_OK;
}

static enum yh_rc note_show(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;
	char text[1024];
	enum yh_rc rc = load(rq, in->name, text, sizeof text, err);

	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, (int64_t)strlen(text));
	yh_jw_str(rq->w, "name", in->name);
	yh_jw_str(rq->w, "text", text);
	return YH_OK;
}

static enum yh_rc note_change(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;
	char text[1024];
	enum yh_rc rc = load(rq, in->name, text, sizeof text, err);

	if (rc == YH_OK)
		rc = yh_req_match(rq, (int64_t)strlen(text), err);
	if (rc == YH_OK)
		rc = yh_exec(rq->cx.tx, err, "UPDATE setting SET value = $1 WHERE name = $2",
			     YH_T(in->text), YH_T(in->name));
	if (rc == YH_OK)
		yh_req_etag(rq, (int64_t)strlen(in->text));
	return rc;
}

static enum yh_rc note_list(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;

	(void)err;
	yh_jw_int(rq->w, "limit", rq->limit);
	yh_jw_str(rq->w, "cursor", rq->cursor);
	yh_jw_str(rq->w, "kind", in->kind);
	yh_jw_day(rq->w, "since", in->due);
	yh_jw_str(rq->w, "source", rq->cx.actor->source);
	return YH_OK;
}

/* `size` rows of whatever a list may hold, in pages; cursors are numbers. */
static const char *const row_names[] = {
	"plain", "=1+1", "+1",        "-1",      "@SUM(A1)", "\tx",
	"＝1",   "a,b",  "say \"x\"", " blank ", "云\n衡",   "",
};

static void write_row(struct yh_jw *w, int64_t i)
{
	static const yh_time noon = (yh_time)1767240000 * YH_US_PER_S; /* 2026-01-01 12:00 */

	yh_jw_obj(w, NULL);
	yh_jw_int(w, "id", i);
	yh_jw_str(w, "name", row_names[i % (int64_t)YH_LEN(row_names)]);
	if (i % 3 == 0) {
		yh_jw_null(w, "due");
	} else {
		yh_jw_obj(w, "due");
		yh_jw_day(w, "day", yh_day_of(noon) + (yh_day)(i % 1000));
		yh_jw_end_obj(w);
	}
	yh_jw_str(w, "state", "open");
	yh_jw_str(w, "state_title", i % 2 ? "未结" : "");
	yh_jw_time(w, "at", noon + i * YH_US_PER_S);
	yh_jw_scaled(w, "price", i * 125, 2);
	yh_jw_milli(w, "ratio", i * 5);
	yh_jw_bool(w, "flag", i % 2);
	yh_jw_arr(w, "tags");
	yh_jw_str(w, NULL, "=a");
	yh_jw_str(w, NULL, "b");
	yh_jw_end_arr(w);
	yh_jw_obj(w, "unit");
	yh_jw_str(w, "code", "u1");
	yh_jw_str(w, "name", "一处");
	yh_jw_end_obj(w);
	yh_jw_int(w, "big", INT64_C(9007199254740993) + i);
	yh_jw_raw(w, "extra", "{\"b\":[1,2],\"a\":\"=x\"}");
	yh_jw_end_obj(w);
}

static enum yh_rc row_list(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;
	int64_t i = strtoll(rq->cursor, NULL, 10), end = i + rq->limit;

	if (in->kind)
		return yh_fail(err, YH_CONFLICT, "note-failed");
	yh_jw_arr(rq->w, "items");
	for (; i < end && i < in->size; i++)
		write_row(rq->w, i);
	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next",
		  i < in->size ? yh_arena_printf(rq->cx.arena, "%lld", (long long)i) : NULL);
	return YH_OK;
}

/* Commits, and answers with a refusal. */
static enum yh_rc note_doubt(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	enum yh_rc rc = note_create(rq, arg, err);

	(void)yh_refuse(&rq->refused, "not-permitted", "20");
	yh_err_param(&rq->refused, "note.doubt");
	yh_err_day(&rq->refused, "last", yh_day_from_date((struct yh_date){ 2026, 3, 1 }));
	yh_err_milli(&rq->refused, "over", 1500);
	yh_err_text(&rq->refused, "action", "\"x\"");
	return rc;
}

static enum yh_rc note_fail(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	enum yh_rc rc = note_create(rq, arg, err);

	return rc == YH_OK ? yh_fail(err, YH_CONFLICT, "note-failed") : rc;
}

static enum yh_rc large(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;

	(void)err;
	for (int64_t i = 0; i < in->size; i += 16)
		yh_buf_str(rq->w->buf, "0123456789abcde\n");
	rq->content_type = "text/plain";
	return YH_OK;
}

/* A file of `size` bytes, made outside of a transaction; with a kind it fails behind that. */
static enum yh_rc file_show(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;
	FILE *f = tmpfile();
	int fd;

	for (int64_t i = 0; f && i < in->size; i += 16)
		(void)fprintf(f, "%015lld\n", (long long)i);
	if (!f || fflush(f) != 0)
		return yh_fail(err, YH_STORAGE, "file-unwritable");
	fd = dup(fileno(f));
	(void)fclose(f);
	rq->content_type = "application/x-numbers";
	yh_req_file(rq, fd, in->size, "数 字\"一.txt");
	return in->kind ? yh_fail(err, YH_CONFLICT, "note-failed") : YH_OK;
}

static enum yh_rc sign_in(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	(void)arg;
	(void)err;
	(void)snprintf(rq->session_cookie, sizeof rq->session_cookie, "abc");
	return YH_OK;
}

static enum yh_rc sign_out(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	(void)arg;
	(void)err;
	rq->clear_cookie = true;
	return YH_OK;
}

/* Bytes for whoever knows the word "blob", answered at once or, held, at SIGUSR1. */
enum { BLOB_MAX = 4 << 20, HELD_MAX = 64 };
static const char *const blob_types[] = { "application/x-blob", "application/x-blob;v=Two", NULL };
static const char *const blob_reads[] = { "X-Blob-Say", NULL };
static const char *const blob_sets[] = { "X-Blob-Said", "X-Blob-Length", "X-Blob-Sum", NULL };
static struct yh_req *held[HELD_MAX];
static size_t n_held;

struct blob_in {
	bool hold, fail, spoil;
};
static const struct yh_field blob_query[] = {
	{ "hold", YH_F_BOOL, offsetof(struct blob_in, hold) },
	{ "fail", YH_F_BOOL, offsetof(struct blob_in, fail) },
	{ "spoil", YH_F_BOOL, offsetof(struct blob_in, spoil) },
	{ 0 },
};

static bool blob_known(const struct yh_world *world, const char *bearer)
{
	return world && bearer && strcmp(bearer, "blob") == 0;
}

static const struct yh_raw blob_raw = { .max_bytes = BLOB_MAX,
					.types = blob_types,
					.encodings = "identity|snappy",
					.reads = blob_reads,
					.sets = blob_sets,
					.known = blob_known };

static enum yh_rc blob_put(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct blob_in *in = arg;
	const unsigned char *p = rq->body;
	unsigned sum = 0;

	if (!blob_known(rq->cx.world, rq->bearer))
		return yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
	for (size_t i = 0; i < rq->body_len; i++)
		sum = sum * 31 + p[i];
	yh_req_set_header(rq, "X-Blob-Length", yh_arena_printf(rq->cx.arena, "%zu", rq->body_len));
	yh_req_set_header(rq, "X-Blob-Sum", yh_arena_printf(rq->cx.arena, "%u", sum));
	yh_req_set_header(rq, "X-Blob-Said",
			  yh_arena_printf(rq->cx.arena, "%s %u %s", rq->body_encoding,
					  rq->body_type,
					  yh_req_header(rq, "X-Blob-Say") ? "said" : "silent"));
	if (in->spoil)
		return yh_fail(err, YH_BAD_INPUT, "note-failed");
	rq->status = 204;
	if (!in->hold && !in->fail)
		return YH_OK;
	yh_req_hold(rq);
	if (in->fail)
		return yh_fail(err, YH_BUSY, "server-busy");
	(void)pthread_mutex_lock(&gate_lock);
	held[n_held++] = rq;
	(void)pthread_mutex_unlock(&gate_lock);
	return YH_OK;
}

static enum yh_rc news_tell(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	const struct note_in *in = arg;

	(void)err;
	probe_news_tell(in->name, in->size);
	yh_jw_str(rq->w, "told", in->name);
	return YH_OK;
}

static enum yh_rc news_follow(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	return probe_news_follow(rq, ((const struct note_in *)arg)->name, err);
}

static enum yh_rc token_end(struct yh_req *rq, const void *arg, struct yh_err *err)
{
	(void)arg;
	return yh_token_end(rq->cx.tx, &rq->cx.actor->token, rq->cx.now, err);
}

static const struct yh_column row_columns[] = {
	{ "编号", "NUMBER", "id" },
	{ "名称", "=NAME", "name" },
	{ "期限", "DUE", "due.day" },
	{ "状态", "STATE", "state" },
	{ 0 },
};
#define ROW                                                                                        \
	"{id:int name due:{day:day}|null state:open|closed state_title at:time price:exact "       \
	"ratio:num flag:bool tags:[text] unit:{code name} big:int extra:object}"
#define IN sizeof(struct note_in)
static const struct yh_op ops[] = {
	{ "note.create", YH_POST, "/api/v1/notes", "note.create", YH_OP_WRITE, NULL, NULL,
	  note_body, IN, note_create, NULL, "新建", "Make a note" },
	{ "note.list", YH_GET, "/api/v1/notes", "note.read", YH_OP_PAGED, NULL, note_query, NULL,
	  IN, note_list, NULL, "列出", "List notes" },
	{ "note.show", YH_GET, "/api/v1/notes/{name}", "note.read", 0, note_path, NULL, NULL, IN,
	  note_show, NULL, "查看", "Show a note" },
	{ "note.change", YH_PUT, "/api/v1/notes/{name}", "note.change", YH_OP_WRITE | YH_OP_MATCH,
	  note_path, NULL, change_body, IN, note_change, NULL, "修改", "Change a note" },
	{ "note.doubt", YH_POST, "/api/v1/doubts", "note.create", YH_OP_WRITE, NULL, NULL,
	  note_body, IN, note_doubt, NULL, "存疑", "Make a note, and refuse" },
	{ "note.fail", YH_POST, "/api/v1/failures", "note.create", YH_OP_WRITE, NULL, NULL,
	  note_body, IN, note_fail, NULL, "失败", "Make a note, and fail" },
	{ "large.show", YH_GET, "/api/v1/large", NULL, YH_OP_RAW, NULL, size_query, NULL, IN, large,
	  NULL, "大", "Many bytes" },
	{ "row.list", YH_GET, "/api/v1/rows", "note.read", YH_OP_PAGED, NULL, file_query, NULL, IN,
	  row_list, row_columns, "行列表，测试用", "Rows", .reply = ROW },
	{ "row.aside", YH_GET, "/api/v1/rows/aside", "note.read", YH_OP_PAGED | YH_OP_ASIDE, NULL,
	  file_query, NULL, IN, row_list, row_columns, "行", "Rows, aside", .reply = ROW },
	{ "row.bare", YH_GET, "/api/v1/rows/bare", "note.read", YH_OP_PAGED, NULL, file_query, NULL,
	  IN, row_list, NULL, "行", "Rows without columns", .reply = ROW },
	{ "file.show", YH_GET, "/api/v1/file", NULL, YH_OP_RAW | YH_OP_ASIDE, NULL, file_query,
	  NULL, IN, file_show, NULL, "文件", "A file" },
	{ "blob.put", YH_POST, "/api/v1/blobs", NULL, YH_OP_OWN_KEY, NULL, blob_query, NULL,
	  sizeof(struct blob_in), blob_put, NULL, "字节", "Take bytes", .raw = &blob_raw },
	{ "news.tell", YH_POST, "/api/v1/news/{name}", NULL, YH_OP_WRITE, note_path, size_query,
	  NULL, IN, news_tell, NULL, "播报", "Tell news" },
	{ "news.follow", YH_GET, "/api/v1/news/{name}", "note.read", 0, note_path, NULL, NULL, IN,
	  news_follow, NULL, "实时", "Follow news", .live = &probe_news },
	{ "token.end", YH_POST, "/api/v1/token/end", NULL, YH_OP_WRITE, NULL, NULL, NULL, 0,
	  token_end, NULL, "失效", "End the token it came with" },
	{ "hold.read", YH_GET, "/api/v1/hold", NULL, 0, NULL, NULL, NULL, 0, hold, NULL, "等待",
	  "Wait for the signal on a worker" },
	{ "hold.write", YH_POST, "/api/v1/hold", NULL, YH_OP_WRITE, NULL, NULL, NULL, 0, hold, NULL,
	  "等待", "Wait for the signal on the writer" },
	{ "session.create", YH_POST, "/api/v1/session", NULL, YH_OP_PUBLIC | YH_OP_WRITE, NULL,
	  NULL, NULL, 0, sign_in, NULL, "登录", "Sign in" },
	{ "session.delete", YH_DELETE, "/api/v1/session", NULL, YH_OP_WRITE, NULL, NULL, NULL, 0,
	  sign_out, NULL, "退出", "Sign out" },
};
static const struct yh_op_table table = { ops, sizeof ops / sizeof ops[0] };

static void die(const char *what, const struct yh_err *err)
{
	fprintf(stderr, "%s: %s %s\n", what, err ? err->slug : "", err ? err->field : "");
	exit(1);
}

static struct yh_messages *load_messages(const char *folder)
{
	static const char *const langs[] = { "zh", "en" };
	static char text[1 << 20];
	struct yh_messages *m = yh_messages_new();
	struct yh_err err = { 0 };
	char path[1024];

	for (size_t i = 0; i < YH_LEN(langs); i++) {
		YH_FCLOSE_AUTO FILE *f = NULL;

		(void)snprintf(path, sizeof path, "%s/%s.yaml", folder, langs[i]);
		f = fopen(path, "r");
		if (!f || yh_messages_add(m, langs[i], path, text, fread(text, 1, sizeof text, f),
					  &err) != YH_OK)
			die(path, &err);
	}
	return m;
}

static void serve(const sigset_t *signals)
{
	int sig;

	while (sigwait(signals, &sig) == 0 && sig != SIGTERM) {
		if (sig == SIGUSR2) {
			yh_fault_arm_commit(1);
			continue;
		}
		(void)pthread_mutex_lock(&gate_lock);
		while (n_held > 0)
			yh_req_release(held[--n_held], YH_OK, NULL);
		gate_turn++;
		(void)pthread_cond_broadcast(&gate_open);
		(void)pthread_mutex_unlock(&gate_lock);
	}
}

/* Stopping waits for held requests, and those for a signal. */
static void *stop(void *server)
{
	yh_server_stop(server);
	(void)kill(getpid(), SIGTERM);
	return NULL;
}

static unsigned number(int argc, char **argv, int i)
{
	return i < argc ? (unsigned)strtoul(argv[i], NULL, 10) : 0;
}

static void run(struct yh_server *server, const sigset_t *signals)
{
	pthread_t stopper;

	printf("{\"port\": %u}\n", (unsigned)yh_server_port(server));
	(void)fflush(stdout);
	serve(signals);
	if (pthread_create(&stopper, NULL, stop, server) != 0)
		die("thread", NULL);
	serve(signals);
	(void)pthread_join(stopper, NULL);
}

int main(int argc, char **argv)
{
	static const struct yh_op_table *const tables[] = { &table };
	struct yh_server_config cfg = { .request_deadline_s = number(argc, argv, 3),
					.queue_max = number(argc, argv, 4),
					.body_max_bytes = 65536,
					.reply_max_bytes = 40000000,
					.metrics_token = "probe-metrics-token",
					.stream_period_ms = 20,
					.stream_beat_ms = 200,
					.stream_recheck_s = 1,
					.streams_max = 40,
					.streams_each = 30,
					.workers = 1,
					.list_rows_max = 1000 };
	struct yh_exec_config db = { .queue = number(argc, argv, 5) };
	struct yh_law_book law = { .pack_on = probe_pack_on };
	struct yh_world world = { .law = &law };
	struct yh_messages *messages;
	struct yh_server *server = NULL;
	struct yh_site *site = NULL;
	struct yh_clock clock;
	struct yh_err err = { 0 };
	char path[1024];
	sigset_t signals;

	if (argc < 3)
		die("usage", NULL);
	yh_log_level(YH_WARN);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGUSR1);
	(void)sigaddset(&signals, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	yh_clock_real(&clock);
	messages = load_messages(argv[2]);
	if (argc > 6 && yh_site_load(argv[6], &site, &err) != YH_OK)
		die("console", &err);
	cfg.site = site;
	(void)snprintf(path, sizeof path, "sqlite:%s/probe.db", argv[1]);
	db.database = path;
	db.ring = yh_ring_new();
	world.clock = &clock;
	world.ids = yh_idgen_new();
	if (yh_store_open(&db, true, &world.exec, &err) != YH_OK ||
	    yh_exec_write(world.exec, probe_people, &world, &err) != YH_OK ||
	    yh_server_start(&cfg, &world, tables, 1, messages, &server, &err) != YH_OK)
		die("start", &err);
	run(server, &signals);
	yh_exec_close(world.exec);
	yh_ring_free(db.ring);
	yh_idgen_free(world.ids);
	yh_messages_free(messages);
	yh_site_free(site);
	return 0;
}
