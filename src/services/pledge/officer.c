/* Officers' keys, and pledges drawn up and handed in. */
#include "services/pledge/officer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "law/paper.h"
#include "services/audit/audit.h"
#include "services/document/document.h"
#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "store/party.h"
#include "store/settlement.h"

enum { TEXT_BYTES = 64 * 1024, FIGURES = 7 };

/* ---- keys ---- */

static enum yh_rc read_public(struct yh_ctx *cx, const char *pem, const char *proof,
			      struct yh_officer_key_row *out, struct yh_err *err)
{
	YH_FREE_AUTO char *own = NULL;
	struct yh_sm2 *key = NULL;
	enum yh_rc rc = strstr(pem, "PRIVATE KEY")
				? yh_fail_field(err, YH_BAD_INPUT, "key-invalid", "/public_key")
				: yh_sm2_load_pem(pem, &key, err);

	if (rc != YH_OK) {
		yh_err_field(err, "/public_key");
		return rc;
	}
	own = yh_sm2_public_pem(key); /* as everybody writes it, whatever blanks came along */
	out->public_key = own ? yh_arena_strdup(cx->arena, own) : NULL;
	if (!out->public_key) {
		yh_sm2_free(key);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_pledge_key_id(own, out->key_id);
	if (!yh_officer_key_proved(key, cx->actor->login, out->key_id, proof))
		rc = yh_fail_field(err, YH_BAD_INPUT, "officer-key-unproved", "/proof");
	yh_sm2_free(key);
	return rc;
}

static enum yh_rc end_key(struct yh_ctx *cx, const char *reason, bool *ended, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_officer_key_row row;
	int64_t n = 0;
	enum yh_rc rc = yh_officer_key_of(cx->tx, &cx->actor->person, cx->arena, &row, &none);

	*ended = rc == YH_OK;
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	rc = yh_officer_key_end(cx->tx, &cx->actor->person, cx->now, &n, err);
	return rc == YH_OK ? yh_identity_record(cx, "officer-key.ended", "person",
						&cx->actor->person, row.key_id, reason, err)
			   : rc;
}

enum yh_rc yh_officer_key_register(struct yh_ctx *cx, const char *public_pem, const char *proof,
				   struct yh_officer_key_row *out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_officer_key_row known;
	bool ended;
	enum yh_rc rc;

	*out = (struct yh_officer_key_row){ .id = yh_ctx_new_id(cx),
					    .person = cx->actor->person,
					    .made_at = cx->now };
	rc = yh_db_lock(cx->tx, &cx->actor->person, 1, err);
	if (rc == YH_OK)
		rc = read_public(cx, public_pem, proof, out, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_officer_key_load(cx->tx, out->key_id, cx->arena, &known, &none);
	if (rc == YH_OK)
		return yh_fail_field(err, YH_CONFLICT, "officer-key-known", "/public_key");
	if (rc != YH_NOT_FOUND) {
		*err = none;
		return rc;
	}
	rc = end_key(cx, "replaced", &ended, err);
	if (rc == YH_OK)
		rc = yh_officer_key_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "officer-key.registered", "person",
						&cx->actor->person, out->key_id, NULL, err)
			   : rc;
}

enum yh_rc yh_officer_key_revoke(struct yh_ctx *cx, struct yh_err *err)
{
	bool ended;
	enum yh_rc rc = end_key(cx, "revoked", &ended, err);

	return rc == YH_OK && !ended ? yh_fail(err, YH_NOT_FOUND, "officer-key-none") : rc;
}

/* ---- drawing up ---- */

struct drawing {
	struct yh_ctx *cx;
	const struct yh_project_row *project;
	const struct yh_system_row *system;
	const struct yh_paper_form *form;
	struct yh_officer_key_row key;
	struct yh_org_row unit;
	char day[YH_DAY_TEXT], level[24], at[YH_TIME_TEXT], registered[YH_TIME_TEXT];
};

static enum yh_rc find_form(struct drawing *d, const char *name, struct yh_err *err)
{
	const struct yh_law_book *law = d->cx->world->law;
	const struct yh_pack *pack;
	const struct yh_paper_form *list;
	size_t n, found = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(d->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	list = yh_pack_papers(pack, &n);
	for (size_t i = 0; i < n; i++)
		if (list[i].signed_by && (!name || strcmp(list[i].name, name) == 0)) {
			d->form = &list[i];
			found++;
		}
	return found == 1 ? YH_OK : yh_fail(err, YH_NOT_FOUND, "pledge-template-unknown");
}

static enum yh_rc look_up(struct drawing *d, struct yh_err *err)
{
	struct yh_ctx *cx = d->cx;
	enum yh_rc rc = yh_org_load(cx->tx, &d->project->unit, cx->arena, &d->unit, err);

	if (rc == YH_OK && !yh_actor_signs(cx->actor, d->form->signed_by, &d->project->unit)) {
		rc = yh_fail(err, YH_FORBIDDEN, "pledge-not-officer");
		yh_err_text(err, "unit", d->unit.name);
	}
	if (rc == YH_OK)
		rc = yh_officer_key_of(cx->tx, &cx->actor->person, cx->arena, &d->key, err);
	if (rc == YH_OK && !cx->world->sealer)
		rc = yh_fail(err, YH_CONFLICT, "pledge-seal-none");
	if (rc != YH_OK)
		return rc;
	(void)yh_day_text(yh_ctx_today(cx), d->day);
	(void)snprintf(d->level, sizeof d->level, "%d", (int)d->system->mlps_level);
	(void)yh_time_text(cx->now, d->at);
	(void)yh_time_text(d->key.made_at, d->registered);
	return YH_OK;
}

static const char *fill(struct drawing *d, const char *const *texts, size_t n)
{
	const struct yh_paper_figure figures[FIGURES] = {
		{ "unit", d->unit.name },
		{ "system", d->system->name },
		{ "level", d->level },
		{ "project", d->project->name },
		{ "date", d->day },
		{ "article", d->form->article },
		{ "officer", d->cx->actor->name },
	};
	const char *out = NULL;
	struct yh_buf b;

	yh_buf_init(&b, TEXT_BYTES);
	for (size_t i = 0; i < n; i++) {
		if (i)
			yh_buf_str(&b, "\n");
		yh_paper_fill(texts[i], figures, FIGURES, &b);
	}
	if (yh_buf_ok(&b))
		out = yh_arena_strdup(d->cx->arena, yh_buf_text(&b));
	yh_buf_done(&b);
	return out;
}

static json_t *statement_of(struct drawing *d)
{
	const struct yh_actor *a = d->cx->actor;
	const char *title = fill(d, &d->form->heading.zh, 1);
	const char *zh = fill(d, d->form->zh, d->form->n_zh);
	const char *en = fill(d, d->form->en, d->form->n_en);
	char id[YH_ID_TEXT];

	return title && zh && en
		       ? json_pack(
				 "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s,"
				 " s:{s:s, s:s, s:s, s:s, s:s}}",
				 "unit", d->unit.code, "unit_name", d->unit.name, "project",
				 d->project->code, "system", d->system->code, "system_id",
				 yh_id_text(&d->system->id, id), "system_name", d->system->name,
				 "mlps_level", (json_int_t)d->system->mlps_level, "template",
				 d->form->name, "title", title, "text", zh, "text_en", en,
				 "article", d->form->article ? d->form->article : "", "drawn_at",
				 d->at, "officer", "login", a->login, "name", a->name, "public_key",
				 d->key.public_key, "key_id", d->key.key_id, "registered_at",
				 d->registered)
		       : NULL;
}

static enum yh_rc seal(struct drawing *d, const json_t *statement, const char **out,
		       struct yh_err *err)
{
	const struct yh_sealer *s = d->cx->world->sealer;
	YH_FREE_AUTO char *bytes = yh_pledge_bytes(statement, "seal");
	YH_FREE_AUTO char *text = NULL;
	YH_JSON_AUTO doc = NULL;
	unsigned char sig[YH_SIG_MAX];
	char key_id[YH_SM3_HEX], hex[YH_SIG_MAX * 2 + 1];
	size_t n;
	enum yh_rc rc = bytes ? yh_sealer_sign_bytes(s, bytes, strlen(bytes), sig, &n, err)
			      : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK)
		return rc;
	yh_sealer_key_id(s, key_id);
	rc = yh_signing_key_keep(d->cx->tx, key_id, yh_sealer_public(s), d->cx->now, err);
	if (rc != YH_OK)
		return rc;
	doc = json_pack("{s:s, s:O, s:{s:s, s:s, s:s}}", "format", "yunheng-pledge-1", "statement",
			statement, "seal", "key_id", key_id, "public_key", yh_sealer_public(s),
			"signature", yh_hex(sig, n, hex));
	text = doc ? yh_json_canonical(doc) : NULL;
	*out = text ? yh_arena_strdup(d->cx->arena, text) : NULL;
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_pledge_draw(struct yh_ctx *cx, const struct yh_project_row *project,
			  const struct yh_system_row *system, const char *template,
			  const char **out, struct yh_err *err)
{
	struct drawing d = { .cx = cx, .project = project, .system = system };
	YH_JSON_AUTO statement = NULL;
	enum yh_rc rc = find_form(&d, template, err);

	if (rc == YH_OK)
		rc = look_up(&d, err);
	if (rc == YH_OK) {
		statement = statement_of(&d);
		rc = statement ? seal(&d, statement, out, err)
			       : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc == YH_OK ? yh_identity_record(cx, "pledge.drawn", "system", &system->id,
						d.key.key_id, d.form->name, err)
			   : rc;
}

/* ---- handed in ---- */

static enum yh_rc read_document(struct yh_ctx *cx, const struct yh_document_row *document,
				char **text, struct yh_err *err)
{
	size_t n = (size_t)document->size_bytes;
	YH_CLOSE_AUTO int fd = -1;
	enum yh_rc rc;

	if (document->size_bytes > YH_PLEDGE_BYTES)
		return yh_fail(err, YH_BAD_INPUT, "pledge-too-large");
	*text = yh_arena_alloc(cx->arena, n + 1);
	rc = *text ? yh_document_bytes(cx, document, &fd, err)
		   : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && pread(fd, *text, n, 0) != (ssize_t)n)
		rc = yh_fail(err, YH_STORAGE, "document-unreadable");
	return rc;
}

/* A key that ended signs nothing that is handed in afterwards; what lay here before holds on. */
static enum yh_rc check_key(struct yh_ctx *cx, const struct yh_document_row *document,
			    const struct yh_pledge *p, struct yh_err *err)
{
	struct yh_officer_key_row key;
	enum yh_rc rc = yh_officer_key_load(cx->tx, p->key_id, cx->arena, &key, err);

	if (rc != YH_OK || !key.ended_at || key.ended_at > document->made_at)
		return rc;
	(void)yh_fail(err, YH_REFUSED, "pledge-key-ended");
	yh_err_text(err, "login", p->login);
	yh_err_day(err, "ended", yh_day_of(key.ended_at));
	yh_err_day(err, "handed_in", yh_day_of(document->made_at));
	return YH_REFUSED;
}

enum yh_rc yh_pledge_check(struct yh_ctx *cx, const struct yh_document_row *document,
			   struct yh_pledge *out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	const char *pem = NULL;
	char *text = NULL;
	enum yh_rc rc = read_document(cx, document, &text, err);

	if (rc == YH_OK)
		rc = yh_pledge_read(text, (size_t)document->size_bytes, cx->arena, out, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_signing_key_load(cx->tx, out->seal_key_id, cx->arena, &pem, &none);
	if (rc == YH_NOT_FOUND) {
		(void)yh_fail(err, YH_REFUSED, "pledge-seal-other-key");
		yh_err_text(err, "key", out->seal_key_id);
		return YH_REFUSED;
	}
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	rc = yh_pledge_verify(out, pem, err);
	return rc == YH_OK ? check_key(cx, document, out, err) : rc;
}

static const char *role_of(const struct yh_pack *pack, const char *template)
{
	size_t n;
	const struct yh_paper_form *list = yh_pack_papers(pack, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i].signed_by && strcmp(list[i].name, template) == 0)
			return list[i].signed_by;
	return NULL;
}

enum yh_rc yh_pledge_signer(struct yh_ctx *cx, const struct yh_pledge *p, const struct yh_id *unit,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_officer_key_row key;
	struct yh_grant_row *held;
	const char *role = NULL;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_officer_key_load(cx->tx, p->key_id, cx->arena, &key, err);
	if (rc == YH_OK) {
		role = role_of(pack, p->template);
		rc = yh_auth_grants(cx->tx, &key.person, yh_ctx_today(cx), cx->arena, &held, &n,
				    err);
	}
	for (size_t i = 0; rc == YH_OK && role && i < n; i++)
		if (strcmp(held[i].role, role) == 0 && strcmp(held[i].capacity, "sign") == 0 &&
		    yh_id_eq(&held[i].org, unit))
			return YH_OK;
	if (rc != YH_OK)
		return rc;
	(void)yh_fail(err, YH_REFUSED, "pledge-officer-left");
	yh_err_text(err, "login", p->login);
	yh_err_text(err, "unit", p->unit_name);
	return YH_REFUSED;
}
