/* What a webhook is sent. */
#include "notify/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

enum { SENTENCE_BYTES = 64 * 1024, MESSAGE_BYTES = 2 * 1024 * 1024 };

static void sentence(struct yh_jw *w, const char *key, const char *lang,
		     const struct yh_told_notice *t, const json_t *figures,
		     const struct yh_messages *m)
{
	struct yh_buf text;

	yh_buf_init(&text, SENTENCE_BYTES);
	if (figures)
		yh_messages_fill(m, lang, t->slug, figures, &text);
	yh_jw_str(w, key, figures && yh_buf_ok(&text) ? yh_buf_text(&text) : t->slug);
	yh_buf_done(&text);
}

static void data(struct yh_jw *w, const struct yh_hook_event *e, const struct yh_messages *m)
{
	const struct yh_told_notice *t = e->told;
	YH_JSON_AUTO figures = NULL;

	(void)!yh_json_parse(t->figures, strlen(t->figures), &figures, NULL);
	yh_jw_str(w, "category", e->category);
	yh_jw_str(w, "slug", t->slug);
	yh_jw_str(w, "org", t->org_code);
	yh_jw_str(w, "org_name", t->org_name);
	yh_jw_str(w, "role", t->role);
	yh_jw_str(w, "case", t->case_no[0] ? t->case_no : NULL);
	sentence(w, "sentence_zh", "zh", t, figures, m);
	sentence(w, "sentence_en", "en", t, figures, m);
	if (figures)
		yh_jw_raw(w, "figures", t->figures);
	yh_jw_arr(w, "recipients");
	for (size_t i = 0; i < e->n_recipients; i++)
		yh_jw_str(w, NULL, e->recipients[i].login);
	yh_jw_end_arr(w);
}

void yh_hook_event_write(const struct yh_hook_event *e, const struct yh_messages *m,
			 struct yh_buf *out)
{
	char type[80], sequence[24];
	struct yh_jw w;

	(void)snprintf(type, sizeof type, "yunheng.%s.%s", e->told ? "notice" : "webhook",
		       e->told ? e->told->slug : "test");
	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "specversion", "1.0");
	yh_jw_str(&w, "id", e->id);
	yh_jw_str(&w, "source", e->source);
	yh_jw_str(&w, "type", type);
	yh_jw_time(&w, "time", e->at);
	yh_jw_str(&w, "datacontenttype", "application/json");
	if (e->pos > 0) {
		(void)snprintf(sequence, sizeof sequence, "%" PRId64, e->pos);
		yh_jw_str(&w, "sequence", sequence);
	}
	if (e->told && e->told->case_no[0])
		yh_jw_str(&w, "subject", e->told->case_no);
	yh_jw_obj(&w, "data");
	if (e->told)
		data(&w, e, m);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
}

const char *yh_hook_sign(const char *algorithm, const unsigned char secret[YH_WEBHOOK_SECRET],
			 const char *id, int64_t timestamp, const char *body, size_t body_bytes,
			 char out[YH_SIGNATURE_TEXT])
{
	unsigned char mac[YH_SM3_BYTES];
	struct yh_sm3 sm3;
	struct yh_buf text;
	bool by_sm3 = strcmp(algorithm, "sm3") == 0;

	yh_buf_init(&text, MESSAGE_BYTES);
	yh_buf_printf(&text, "%s.%" PRId64 ".", id, timestamp);
	yh_buf_add(&text, body, body_bytes);
	out[0] = 0;
	if (yh_buf_ok(&text)) {
		if (by_sm3) {
			sm3 = yh_hmac_sm3(secret, YH_WEBHOOK_SECRET, text.data, text.len);
			memcpy(mac, sm3.b, sizeof mac);
		} else {
			yh_hmac_sha256(secret, YH_WEBHOOK_SECRET, text.data, text.len, mac);
		}
		(void)strcpy(out, by_sm3 ? "v1sm3," : "v1,");
		(void)yh_base64(mac, sizeof mac, out + strlen(out));
	}
	yh_buf_done(&text);
	return out;
}
