/* yunheng-agent: the monitoring agent of Art. 25. */
#include <malloc.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/enrol.h"
#include "agent/run.h"
#include "base/log.h"
#include "cmd/agent_usage.h"
#include "cmd/args.h"

static int say_usage(void)
{
	(void)fputs("用法 / usage:\n", stderr);
	for (size_t i = 0; i < sizeof yh_agent_calls / sizeof yh_agent_calls[0]; i++)
		(void)fprintf(stderr, "  yunheng-agent %s\n      %s / %s\n", yh_agent_calls[i].call,
			      yh_agent_calls[i].zh, yh_agent_calls[i].en);
	return 2;
}

struct options {
	const char *dir, *server, *code, *interval, *spool, *ca;
	bool force;
};

/* What a person at the keyboard needs to know; the program has no room for the catalogues. */
static const struct {
	const char *slug, *zh, *en;
} sentences[] = {
	{ "agent-code-invalid", "登记码有误，应以 yha1- 开头、整行复制。",
	  "The code is wrong: copy the whole line that begins with yha1-." },
	{ "agent-server-other", "对方不是登记码所指的服务器，没有发送任何秘密。请核对地址。",
	  "This is not the server that the code names; nothing secret was sent. Check the "
	  "address." },
	{ "agent-refused", "服务器拒绝了登记。", "The server refused." },
	{ "agent-not-enrolled", "尚未登记。", "Not enrolled yet." },
	{ "agent-running", "代理已在运行。", "The agent is running already." },
	{ "agent-key-open", "密钥文件可被他人读取，拒绝使用；请改为 0600。",
	  "Others may read the key file; make it 0600." },
	{ "agent-config", "配置文件有误。", "The configuration is wrong." },
	{ "agent-server-invalid", "服务器地址应以 http:// 或 https:// 开头。",
	  "The server's address begins with http:// or https://." },
	{ "server-unreachable", "无法连接服务器。", "The server cannot be reached." },
	{ "agent-files", "无法读写代理目录。", "The agent's directory cannot be used." },
	{ "agent-spool", "无法使用缓存文件。", "The spool cannot be used." },
};

static int fail(const struct yh_err *err)
{
	(void)fprintf(stderr, "%s", err->slug);
	for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
		if (strcmp(sentences[i].slug, err->slug) == 0)
			(void)fprintf(stderr, ": %s / %s", sentences[i].zh, sentences[i].en);
	if (err->field[0])
		(void)fprintf(stderr, " [%s]", err->field);
	for (uint32_t i = 0; i < err->n_figs; i++)
		if (err->figs[i].kind == YH_FIG_TEXT)
			(void)fprintf(stderr, " (%s)", err->figs[i].text);
	(void)fputc('\n', stderr);
	return 1;
}

static bool take_number(const char *text, int64_t *out)
{
	char *end;

	if (!text)
		return true;
	*out = strtol(text, &end, 10);
	return *text && !*end;
}

static int enrol(const struct options *o)
{
	struct yh_agent_config c = { .interval_s = 15, .spool_kib = 8192 };
	struct yh_err err = { 0 };

	if (!o->server || !o->code || strlen(o->server) >= sizeof c.server ||
	    (o->ca && strlen(o->ca) >= sizeof c.ca) || !take_number(o->interval, &c.interval_s) ||
	    !take_number(o->spool, &c.spool_kib) || c.interval_s < YH_AGENT_INTERVAL_MIN_S ||
	    c.interval_s > YH_AGENT_INTERVAL_MAX_S || c.spool_kib < 128 || c.spool_kib > 32768) {
		return say_usage();
	}
	(void)snprintf(c.server, sizeof c.server, "%s", o->server);
	(void)snprintf(c.ca, sizeof c.ca, "%s", o->ca ? o->ca : "");
	if (yh_agent_enrol(o->dir, o->code, &c, &err) != YH_OK)
		return fail(&err);
	(void)puts("已登记 / enrolled");
	return 0;
}

static void say(void *arg, const struct yh_err *what)
{
	(void)arg;
	yh_log_err(what->rc == YH_OK ? YH_INFO : YH_WARN, "agent", what);
}

static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int live(const struct options *o, bool goodbye)
{
	const struct yh_agent_run r = { .dir = o->dir, .root = "", .say = say };
	struct yh_err err = { 0 };
	enum yh_rc rc;

	block_signals();
	rc = goodbye ? yh_agent_goodbye(&r, o->force, &err) : yh_agent_run(&r, &err);
	return rc == YH_OK ? 0 : fail(&err);
}

int main(int argc, char **argv)
{
	struct options o = { .dir = YH_AGENT_DIR };
	const struct yh_opt table[] = {
		{ "dir", &o.dir, NULL },     { "server", &o.server, NULL },
		{ "code", &o.code, NULL },   { "interval", &o.interval, NULL },
		{ "spool", &o.spool, NULL }, { "ca", &o.ca, NULL },
		{ "force", NULL, &o.force }, { 0 },
	};
	const char *bad;
	int n;

	(void)umask(077);
	/* small: one arena, big buffers back to the kernel, no core file with the key in it */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, 32 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 32 * 1024);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	n = yh_args_take(argc, argv, table, &bad);
	if (n != 1) {
		return say_usage();
	}
	if (strcmp(argv[1], "enrol") == 0)
		return enrol(&o);
	if (strcmp(argv[1], "run") == 0)
		return live(&o, false);
	if (strcmp(argv[1], "goodbye") == 0)
		return live(&o, true);
	if (strcmp(argv[1], "version") == 0) {
		(void)puts(YH_VERSION);
		return 0;
	}
	return say_usage();
}
