/* The words between agent and server, and the digests over them. */
#include "agent/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "yha1-";

void yh_agent_finger(const unsigned char point[YH_SM2_POINT], unsigned char out[YH_AGENT_FINGER])
{
	struct yh_sm3 d = yh_sm3_of(point, YH_SM2_POINT);

	memcpy(out, d.b, YH_AGENT_FINGER);
}

const char *yh_agent_code_text(const struct yh_agent_code *c, char out[YH_AGENT_CODE_TEXT])
{
	char hex[2 * YH_AGENT_FINGER + 1];

	(void)snprintf(out, YH_AGENT_CODE_TEXT, "%s%s-%s", prefix, c->secret,
		       yh_hex(c->finger, YH_AGENT_FINGER, hex));
	return out;
}

enum yh_rc yh_agent_code_parse(const char *text, struct yh_agent_code *out, struct yh_err *err)
{
	enum { SECRET = YH_AGENT_SECRET_TEXT - 1, PREFIX = sizeof prefix - 1 };
	const char *secret = text + PREFIX;

	*out = (struct yh_agent_code){ 0 };
	if (strnlen(text, YH_AGENT_CODE_TEXT) != YH_AGENT_CODE_TEXT - 1 ||
	    strncmp(text, prefix, PREFIX) != 0 || secret[SECRET] != '-' ||
	    strspn(secret, "abcdefghijklmnopqrstuvwxyz234567") != SECRET ||
	    !yh_unhex(secret + SECRET + 1, out->finger, YH_AGENT_FINGER))
		return yh_fail(err, YH_BAD_INPUT, "agent-code-invalid");
	memcpy(out->secret, secret, SECRET);
	return YH_OK;
}

/* The purpose leads each text, so that none can be shown for another. */
static struct yh_sm3 mac_of(const unsigned char key[YH_AGENT_KEY], const char *text)
{
	return yh_hmac_sm3(key, YH_AGENT_KEY, text, strlen(text));
}

struct yh_sm3 yh_agent_self_mac(const unsigned char secret[YH_AGENT_KEY],
				const struct yh_agent_self *self)
{
	char text[512], binary[YH_SM3_HEX], config[YH_SM3_HEX];

	(void)snprintf(text, sizeof text, "yunheng agent enrols 1\n%s\n%s\n%s\n%s\n%" PRId64 "\n",
		       self->host, self->version, yh_hex(self->binary.b, YH_SM3_BYTES, binary),
		       yh_hex(self->config.b, YH_SM3_BYTES, config), self->interval_s);
	return mac_of(secret, text);
}

struct yh_sm3 yh_agent_key(const unsigned char secret[YH_AGENT_KEY], const char *code_secret,
			   const struct yh_id *id, const char *resource)
{
	char text[256], id_text[YH_ID_TEXT];

	(void)snprintf(text, sizeof text, "yunheng agent key 1\n%s\n%s\n%s\n",
		       yh_id_text(id, id_text), resource, code_secret);
	return mac_of(secret, text);
}

struct yh_sm3 yh_agent_proof(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
			     const char *resource)
{
	char text[256], id_text[YH_ID_TEXT];

	(void)snprintf(text, sizeof text, "yunheng agent enrolled 1\n%s\n%s\n",
		       yh_id_text(id, id_text), resource);
	return mac_of(key, text);
}

static const char *const kinds[YH_AGENT_KIND_COUNT] = {
	[YH_AGENT_START] = "start",
	[YH_AGENT_USAGE] = "usage",
	[YH_AGENT_STOP] = "stop",
	[YH_AGENT_GOODBYE] = "goodbye",
};

const char *yh_agent_kind_name(enum yh_agent_kind k)
{
	return k < YH_AGENT_KIND_COUNT ? kinds[k] : "";
}

const char *yh_agent_head_text(const struct yh_agent_head *h, char out[YH_AGENT_HEAD_TEXT])
{
	char binary[YH_SM3_HEX], config[YH_SM3_HEX];

	(void)snprintf(out, YH_AGENT_HEAD_TEXT,
		       "1 %" PRId64 " %" PRId64 " %s %" PRId64 " %" PRId64 " %s %s", h->number,
		       h->sent_ms, yh_agent_kind_name(h->kind), h->lost, h->step_ms,
		       yh_hex(h->binary.b, YH_SM3_BYTES, binary),
		       yh_hex(h->config.b, YH_SM3_BYTES, config));
	return out;
}

/* The next word of `*s` into `out`; false when there is none or it is too long. */
static bool word(const char **s, char *out, size_t size)
{
	size_t n = strcspn(*s, " ");

	if (n == 0 || n >= size)
		return false;
	memcpy(out, *s, n);
	out[n] = 0;
	*s += n;
	if (**s == ' ')
		++*s;
	return true;
}

/* A whole number of at most 15 digits, so that nothing made of a few of them leaves 64 bits. */
static bool number(const char **s, bool negative_too, int64_t *out)
{
	char text[20];
	const char *d = text;
	bool minus;

	if (!word(s, text, sizeof text))
		return false;
	minus = negative_too && text[0] == '-';
	d += minus;
	*out = 0;
	if (!*d || strlen(d) > 15 || (d[0] == '0' && (d[1] || minus)))
		return false;
	for (; *d; d++) {
		if (*d < '0' || *d > '9')
			return false;
		*out = *out * 10 + (*d - '0');
	}
	if (minus)
		*out = -*out;
	return true;
}

static bool kind_of(const char **s, enum yh_agent_kind *out)
{
	char text[16];

	if (!word(s, text, sizeof text))
		return false;
	for (int k = 0; k < YH_AGENT_KIND_COUNT; k++)
		if (strcmp(text, kinds[k]) == 0) {
			*out = (enum yh_agent_kind)k;
			return true;
		}
	return false;
}

static bool digest(const char **s, struct yh_sm3 *out)
{
	char text[YH_SM3_HEX];

	return word(s, text, sizeof text) && yh_unhex(text, out->b, YH_SM3_BYTES);
}

enum yh_rc yh_agent_head_parse(const char *text, struct yh_agent_head *out, struct yh_err *err)
{
	char canonical[YH_AGENT_HEAD_TEXT];
	const char *s = text;
	int64_t version;
	bool ok;

	*out = (struct yh_agent_head){ 0 };
	ok = strnlen(text, YH_AGENT_HEAD_TEXT) < YH_AGENT_HEAD_TEXT &&
	     number(&s, false, &version) && version == 1 && number(&s, false, &out->number) &&
	     number(&s, true, &out->sent_ms) && kind_of(&s, &out->kind) &&
	     number(&s, false, &out->lost) && number(&s, true, &out->step_ms) &&
	     digest(&s, &out->binary) && digest(&s, &out->config) && !*s && out->number > 0 &&
	     strcmp(yh_agent_head_text(out, canonical), text) == 0;
	return ok ? YH_OK : yh_fail(err, YH_BAD_INPUT, "agent-batch-invalid");
}

struct yh_sm3 yh_agent_batch_mac(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
				 const char *head, const struct yh_sm3 *body)
{
	char text[YH_AGENT_HEAD_TEXT + 192], id_text[YH_ID_TEXT], hex[YH_SM3_HEX];

	(void)snprintf(text, sizeof text, "yunheng agent batch 1\n%s\n%s\n%s\n",
		       yh_id_text(id, id_text), head, yh_hex(body->b, YH_SM3_BYTES, hex));
	return mac_of(key, text);
}

struct yh_sm3 yh_agent_answer_mac(const unsigned char key[YH_AGENT_KEY], const struct yh_id *id,
				  const struct yh_agent_head *head, const struct yh_agent_answer *a)
{
	char text[256], id_text[YH_ID_TEXT];

	(void)snprintf(text, sizeof text,
		       "yunheng agent answer 1\n%s\n%" PRId64 " %" PRId64 " %s %" PRId64 " %" PRId64
		       "\n",
		       yh_id_text(id, id_text), head->number, head->sent_ms,
		       a->behind ? "behind" : "done", a->last, a->at_ms);
	return mac_of(key, text);
}
