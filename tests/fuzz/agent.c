/* What agent and server say to each other. The first byte chooses: the head of a batch, a code, the
 * agent's settings, an answer of the server. */
#include "agent/config.h"
#include "agent/link.h"
#include "agent/protocol.h"
#include "fuzz.h"

static void head(const char *text)
{
	char again[YH_AGENT_HEAD_TEXT];
	struct yh_agent_head h;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_agent_head_parse(text, &h, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(strcmp(yh_agent_head_text(&h, again), text) == 0);
}

static void code(const char *text)
{
	char again[YH_AGENT_CODE_TEXT];
	struct yh_agent_code c;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_agent_code_parse(text, &c, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(strcmp(yh_agent_code_text(&c, again), text) == 0);
}

static void config(const char *text, size_t n)
{
	struct yh_agent_config c;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_agent_config_parse(text, n, &c, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(c.server[0] && c.interval_s >= YH_AGENT_INTERVAL_MIN_S &&
		     c.interval_s <= YH_AGENT_INTERVAL_MAX_S && c.spool_kib > 0);
}

static void answer(const char *text)
{
	char out[33];
	int64_t v;

	if (yh_agent_link_text(text, "slug", out, sizeof out))
		must(strlen(out) < sizeof out);
	(void)yh_agent_link_int(text, "last", &v);
}

void yh_fuzz_agent(const unsigned char *data, size_t n)
{
	int what = n ? data[0] % 4 : 0;
	size_t len;
	char *text;

	if (n)
		data++, n--;
	text = fuzz_part(&data, &n, &len);
	if (what == 0)
		head(text);
	else if (what == 1)
		code(text);
	else if (what == 2)
		config(text, len);
	else
		answer(text);
	free(text);
}
