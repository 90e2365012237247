/* The district's side of an enrolment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/enrol_text.h"
#include "link/internal.h"
#include "store/party.h"

enum { TIMEOUT_S = 30, REPLY_BYTES = 64 * 1024, URL_TEXT = YH_LINK_URL_MAX + 64 };

/* The administrator of the server names the city, most often in the government's own network, so
 * inner addresses are admitted; what travels is protected, so it is https, except to this machine
 * itself. Nothing of an answer that is not the city's is shown. */
static enum yh_rc check_url(const char *url, char out[YH_LINK_URL_MAX + 1], struct yh_err *err)
{
	static const char *const here[] = { "http://127.0.0.1", "http://[::1]",
					    "http://localhost" };
	size_t n = strlen(url);
	bool ok = n > 8 && n <= YH_LINK_URL_MAX && strpbrk(url, "@#? \\") == NULL;
	bool safe = strncmp(url, "https://", 8) == 0;

	for (size_t i = 0; i < sizeof here / sizeof here[0] && !safe; i++) {
		size_t m = strlen(here[i]);

		safe = strncmp(url, here[i], m) == 0 &&
		       (url[m] == 0 || url[m] == ':' || url[m] == '/');
	}
	if (!ok || !safe)
		return yh_fail_field(err, YH_BAD_INPUT, "link-url", "/url");
	memcpy(out, url, n + 1);
	while (n > 0 && out[n - 1] == '/')
		out[--n] = 0;
	return YH_OK;
}

static enum yh_rc call(const struct yh_link *l, const char *method, const char *url,
		       const char *body, const json_t **out, struct yh_arena *arena,
		       struct yh_err *err)
{
	static const char *const headers[] = { "Content-Type: application/json",
					       "User-Agent: yunheng/" YH_VERSION, NULL };
	const struct yh_http_call c = { .method = method,
					.url = url,
					.headers = headers,
					.body = body,
					.timeout_s = TIMEOUT_S,
					.reply_max_bytes = REPLY_BYTES,
					.stop = &l->stop,
					.ca_file = l->cfg.ca_file,
					.cert_file = l->cfg.cert_file,
					.key_file = l->cfg.key_file };
	struct yh_http_answer a = { 0 };
	enum yh_rc rc = yh_http_call(&c, &a, err);

	*out = NULL;
	if (rc == YH_OK &&
	    yh_json_parse_in(arena, a.body.data ? a.body.data : "", a.body.len, out, NULL) != YH_OK)
		*out = NULL;
	if (rc == YH_OK && (a.status / 100 != 2 || !*out)) {
		const char *slug = *out ? yh_json_text(*out, "slug") : NULL;

		rc = yh_fail(err, YH_BUSY, "link-refused");
		yh_err_int(err, "status", a.status);
		yh_err_text(err, "answer", slug ? slug : "");
	}
	yh_buf_done(&a.body);
	return rc;
}

struct enrolling {
	struct yh_ctx *cx;
	struct yh_link *link;
	char url[YH_LINK_URL_MAX + 1];
	struct yh_link_code code;
	unsigned char city[YH_SM2_POINT];
	struct yh_sm3 request;
	struct yh_link_enrolled *out;
};

static enum yh_rc ask_key(struct enrolling *e, struct yh_err *err)
{
	unsigned char finger[LINK_FINGER];
	char url[URL_TEXT];
	const json_t *reply;
	const char *hex;
	enum yh_rc rc;

	(void)snprintf(url, sizeof url, "%s/api/v1/link/key", e->url);
	rc = call(e->link, "GET", url, NULL, &reply, e->cx->arena, err);
	if (rc != YH_OK)
		return rc;
	hex = yh_json_text(reply, "public_key");
	if (!hex || !yh_unhex(hex, e->city, sizeof e->city))
		return yh_fail(err, YH_FORBIDDEN, "link-city-other");
	yh_link_finger(e->city, finger);
	return memcmp(finger, e->code.finger, sizeof finger) == 0
		       ? YH_OK
		       : yh_fail(err, YH_FORBIDDEN, "link-city-other");
}

static enum yh_rc seal_box(const struct enrolling *e, char hex[YH_LINK_BOX_HEX + 1],
			   struct yh_err *err)
{
	unsigned char plain[YH_LINK_BOX_BYTES], box[YH_LINK_BOX_HEX / 2];
	size_t n = sizeof box;
	struct yh_sm3 point = yh_sm3_of(e->link->point, YH_SM2_POINT);
	struct yh_sm2 *city = NULL;
	enum yh_rc rc = yh_sm2_of_point(e->city, &city, err);

	memcpy(plain, e->code.secret, YH_TOKEN_TEXT - 1);
	memcpy(plain + YH_TOKEN_TEXT - 1, point.b, sizeof point.b);
	if (rc == YH_OK)
		rc = yh_sm2_encrypt(city, plain, sizeof plain, box, &n, err);
	explicit_bzero(plain, sizeof plain);
	yh_sm2_free(city);
	if (rc == YH_OK)
		(void)yh_hex(box, n, hex);
	return rc;
}

static bool read_answer(const json_t *o, struct yh_link_enrolled *out)
{
	const char *peer = yh_json_text(o, "peer"), *district = yh_json_text(o, "district");
	const char *cloud = yh_json_text(o, "cloud"), *municipal = yh_json_text(o, "municipal");
	const char *sig = yh_json_text(o, "signature");

	if (!peer || !district || !cloud || !municipal || !sig ||
	    yh_id_parse(peer, &out->peer, NULL) != YH_OK ||
	    strlen(district) >= sizeof out->district || strlen(cloud) >= sizeof out->cloud ||
	    strlen(municipal) >= sizeof out->municipal || strlen(sig) / 2 > YH_SIG_MAX)
		return false;
	out->signature_n = strlen(sig) / 2;
	(void)snprintf(out->district, sizeof out->district, "%s", district);
	(void)snprintf(out->cloud, sizeof out->cloud, "%s", cloud);
	(void)snprintf(out->municipal, sizeof out->municipal, "%s", municipal);
	return yh_unhex(sig, out->signature, out->signature_n);
}

static enum yh_rc check_answer(const struct enrolling *e, const json_t *reply, struct yh_err *err)
{
	char text[LINK_ANSWERED_TEXT];
	struct yh_sm2 *city = NULL;
	size_t n;
	enum yh_rc rc = yh_sm2_of_point(e->city, &city, err);
	bool ok = rc == YH_OK && read_answer(reply, e->out);

	if (ok) {
		n = yh_link_answered(e->out, &e->request, text);
		ok = yh_sm2_verify(city, text, n, e->out->signature, e->out->signature_n);
	}
	yh_sm2_free(city);
	return rc == YH_OK && !ok ? yh_fail(err, YH_FORBIDDEN, "link-city-other") : rc;
}

static enum yh_rc ask(struct enrolling *e, struct yh_err *err)
{
	char point[YH_LINK_POINT_HEX + 1], box[YH_LINK_BOX_HEX + 1], text[LINK_ASKED_TEXT];
	char url[URL_TEXT], sig_hex[2 * YH_SIG_MAX + 1], body[2048];
	unsigned char sig[YH_SIG_MAX];
	const json_t *reply;
	size_t n, sig_n;
	enum yh_rc rc = seal_box(e, box, err);

	(void)yh_hex(e->link->point, YH_SM2_POINT, point);
	if (rc != YH_OK)
		return rc;
	n = yh_link_asked(point, box, e->city, text);
	e->request = yh_sm3_of(text, n);
	rc = yh_sm2_sign(e->link->key, text, n, sig, &sig_n, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(body, sizeof body,
		       "{\"point\":\"%s\",\"box\":\"%s\",\"version\":\"%s\",\"signature\":\"%s\"}",
		       point, box, YH_VERSION, yh_hex(sig, sig_n, sig_hex));
	(void)snprintf(url, sizeof url, "%s/api/v1/link/enrolments", e->url);
	rc = call(e->link, "POST", url, body, &reply, e->cx->arena, err);
	return rc == YH_OK ? check_answer(e, reply, err) : rc;
}

static enum yh_rc cloud_here(struct yh_ctx *cx, const char *code, struct yh_id *out,
			     struct yh_err *err)
{
	struct yh_cloud_row row;
	enum yh_rc rc = yh_cloud_by_code(cx->tx, code, cx->arena, &row, NULL);

	if (rc == YH_NOT_FOUND) {
		(void)yh_fail(err, YH_NOT_FOUND, "link-cloud-unknown");
		yh_err_text(err, "code", code);
	}
	*out = row.id;
	return rc;
}

static enum yh_rc not_yet(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_link_peer *peers;
	struct enrolling *e = arg;
	size_t n = 0;
	enum yh_rc rc = yh_link_peers(tx, e->cx->arena, &peers, &n, err);

	return rc == YH_OK && n ? yh_fail(err, YH_CONFLICT, "link-enrolled") : rc;
}

static enum yh_rc enter(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct enrolling *e = arg;
	struct yh_ctx cx = *e->cx;
	struct yh_link_peer_row p = { .id = e->out->peer,
				      .city = true,
				      .url = e->url,
				      .enrolled_at = cx.now,
				      .enrolled_by = cx.actor->person };
	enum yh_rc rc = not_yet(tx, e, err);

	cx.tx = tx;
	memcpy(p.district, e->out->district, sizeof p.district);
	memcpy(p.point, e->city, sizeof p.point);
	if (rc == YH_OK)
		rc = cloud_here(&cx, e->out->municipal, &p.cloud, err);
	if (rc == YH_OK)
		rc = cloud_here(&cx, e->out->cloud, &p.home, err);
	if (rc == YH_OK)
		rc = yh_link_peer_insert(tx, &p, err);
	return rc == YH_OK ? yh_link_note(&cx, "link.enrolled", &p.id, p.district, "", "", err)
			   : rc;
}

enum yh_rc yh_link_enrol(struct yh_ctx *cx, const char *url, const char *code,
			 struct yh_link_enrolled *out, struct yh_err *err)
{
	struct enrolling e = { .cx = cx, .link = cx->world->link, .out = out };
	enum yh_rc rc = check_url(url, e.url, err);

	*out = (struct yh_link_enrolled){ 0 };
	if (rc == YH_OK && !e.link)
		rc = yh_fail(err, YH_BUSY, "link-absent");
	if (rc == YH_OK)
		rc = yh_link_code_parse(code, &e.code, err);
	if (rc == YH_OK)
		rc = yh_exec_read(cx->world->exec, not_yet, &e, err);
	if (rc == YH_OK)
		rc = ask_key(&e, err);
	if (rc == YH_OK)
		rc = ask(&e, err);
	if (rc == YH_OK)
		rc = yh_exec_write(cx->world->exec, enter, &e, err);
	if (rc == YH_OK)
		yh_link_wake(e.link);
	return rc;
}
