/* yunheng pledge: an officer's key, signing with it, and verifying what was signed, anywhere. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/passphrase.h"
#include "cmd/remote.h"
#include "services/pledge/pledge.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_pledge = {
	.name = "pledge",
	.synopsis =
		"keygen --key KEY.pem | register --key KEY.pem | sign --key KEY.pem (--project P"
		" --system S | --draft FILE) --out FILE | verify FILE [--key PUBLIC.pem] |"
		" draw | check …",
	.zh = "签署或核验承诺书",
	.en = "Sign a pledge, or verify one",
	.details =
		"The passphrase of the key: --passphrase-file FILE, $YUNHENG_PASSPHRASE, or "
		"asked.\n"
		"verify --key: the key that is known to be the platform's; without it the file's "
		"own is\nbelieved, and named. 0: it holds, 1: it does not\n",
	.run = run,
};

struct options {
	const char *key, *passphrase_file, *project, *system, *paper, *draft, *out, *lang;
};

/* ---- verbs ---- */

static enum yh_exit keygen(struct options *o)
{
	YH_FREE_AUTO char *pem = NULL;
	YH_FREE_AUTO char *public = NULL;
	char key_id[YH_SM3_HEX];
	struct yh_err err = { 0 };
	struct yh_sm2 *key = NULL;
	char passphrase[YH_PASSPHRASE];
	enum yh_rc rc = yh_passphrase_new(o->passphrase_file, passphrase, &err);

	if (rc == YH_OK)
		key = yh_sm2_new(&err);
	if (key) {
		pem = yh_sm2_locked_pem(key, passphrase);
		public = yh_sm2_public_pem(key);
		rc = pem && public ? yh_key_write(o->key, pem, true, &err)
				   : yh_fail(&err, YH_TOO_LARGE, "memory-short");
	}
	explicit_bzero(passphrase, sizeof passphrase);
	yh_sm2_free(key);
	if (err.rc != YH_OK)
		return yh_cmd_fail(&err);
	yh_pledge_key_id(public, key_id);
	(void)printf("密钥 / key %s\n%s", key_id, public);
	return YH_EXIT_OK;
}

static enum yh_exit login_of(const struct yh_saved *session, const char *lang, char login[128])
{
	YH_JSON_AUTO reply = NULL;
	const char *text;
	enum yh_exit x = yh_remote_call(session, YH_GET, "/api/v1/session", NULL, lang, &reply);

	text = x == YH_EXIT_OK ? yh_json_text(reply, "login") : NULL;
	(void)snprintf(login, 128, "%s", text ? text : "");
	return x;
}

static enum yh_rc registration(struct yh_sm2 *key, const char *login, char **body,
			       struct yh_err *err)
{
	YH_FREE_AUTO char *public = yh_sm2_public_pem(key);
	YH_JSON_AUTO v = NULL;
	char proof[YH_SIG_MAX * 2 + 1];
	enum yh_rc rc = yh_officer_key_proof(key, login, proof, err);

	if (rc == YH_OK && public)
		v = json_pack("{s:s, s:s}", "public_key", public, "proof", proof);
	*body = v ? yh_json_canonical(v) : NULL;
	return *body || rc != YH_OK ? rc : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_exit register_key(struct options *o)
{
	YH_FREE_AUTO char *body = NULL;
	YH_JSON_AUTO reply = NULL;
	struct yh_sm2 *key = NULL;
	struct yh_saved session;
	struct yh_err err = { 0 };
	char login[128];
	enum yh_exit x = YH_EXIT_OK;
	enum yh_rc rc = yh_saved_load(&session, &err);

	if (rc == YH_OK)
		rc = yh_key_open(o->key, o->passphrase_file, &key, &err);
	if (rc == YH_OK)
		x = login_of(&session, o->lang, login);
	if (rc == YH_OK && x == YH_EXIT_OK)
		rc = registration(key, login, &body, &err);
	yh_sm2_free(key);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	if (x == YH_EXIT_OK)
		x = yh_remote_call(&session, YH_POST, "/api/v1/account/officer-key", body, o->lang,
				   &reply);
	if (x == YH_EXIT_OK) {
		(void)printf("已登记 / registered: ");
		yh_print_text(yh_json_text(reply, "key_id") ? yh_json_text(reply, "key_id") : "?");
		(void)printf("\n");
	}
	return x;
}

/* The draft, from the server or from a file that it was saved to: then no server is asked. */
static enum yh_exit get_draft(const struct options *o, char **text)
{
	YH_JSON_AUTO reply = NULL;
	YH_JSON_AUTO ask_for = NULL;
	YH_FREE_AUTO char *body = NULL;
	struct yh_saved session;
	struct yh_err err = { 0 };
	enum yh_exit x;

	*text = malloc(YH_PLEDGE_BYTES);
	if (!*text)
		return yh_cmd_fail(&err);
	if (o->draft)
		return yh_key_read(o->draft, *text, YH_PLEDGE_BYTES, &err) == YH_OK
			       ? YH_EXIT_OK
			       : yh_cmd_fail(&err);
	if (yh_saved_load(&session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	ask_for = json_pack("{s:s, s:s, s:s*}", "project", o->project, "system", o->system, "paper",
			    o->paper);
	body = ask_for ? yh_json_canonical(ask_for) : NULL;
	x = yh_remote_call(&session, YH_POST, "/api/v1/pledges", body, o->lang, &reply);
	free(*text);
	*text = x == YH_EXIT_OK ? yh_json_canonical(json_object_get(reply, "draft")) : NULL;
	return x;
}

/* `yunheng pledge draw --format json` leaves the draft as a member; both are taken. */
static enum yh_rc read_pledge(const char *text, struct yh_arena *arena, struct yh_pledge *out,
			      struct yh_err *err)
{
	YH_FREE_AUTO char *inner = NULL;
	const json_t *v, *draft;
	enum yh_rc rc = yh_json_parse_in(arena, text, strlen(text), &v, err);

	if (rc != YH_OK)
		return rc;
	draft = json_object_get(v, "draft");
	inner = yh_json_canonical(draft ? draft : v);
	return inner ? yh_pledge_read(inner, strlen(inner), arena, out, err)
		     : yh_fail_field(err, YH_BAD_INPUT, "pledge-invalid", "draft");
}

static void say(const struct yh_pledge *p)
{
	const char *const lines[][2] = {
		{ "单位 / unit", p->unit_name },    { "系统 / system", p->system_name },
		{ "项目 / project", p->project },   { "签署人 / officer", p->name },
		{ "账户 / login", p->login },       { "密钥 / key", p->key_id },
		{ "拟出 / drawn up", p->drawn_at }, { "平台密钥 / platform key", p->seal_key_id },
	};

	yh_print_text(p->title);
	(void)printf("\n");
	for (size_t i = 0; i < YH_LEN(lines); i++) {
		(void)printf("%s: ", lines[i][0]);
		yh_print_text(lines[i][1]);
		(void)printf("\n");
	}
	(void)printf("等保级别 / MLPS level: %lld\n", (long long)p->mlps_level);
}

static enum yh_exit sign(struct options *o)
{
	YH_FREE_AUTO char *text = NULL;
	YH_FREE_AUTO char *signed_text = NULL;
	struct yh_sm2 *key = NULL;
	struct yh_pledge draft;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	enum yh_exit x = get_draft(o, &text);
	enum yh_rc rc;

	if (x != YH_EXIT_OK)
		return x;
	yh_arena_init(&arena, 4 << 20);
	rc = read_pledge(text ? text : "", &arena, &draft, &err);
	if (rc == YH_OK)
		rc = yh_key_open(o->key, o->passphrase_file, &key, &err);
	if (rc == YH_OK)
		rc = yh_pledge_sign(&draft, key, &signed_text, &err);
	yh_sm2_free(key);
	if (rc == YH_OK)
		rc = yh_key_write(o->out, signed_text, false, &err);
	if (rc == YH_OK) {
		say(&draft);
		(void)printf("\n");
		yh_print_text(draft.text);
		(void)printf("\n");
	}
	yh_arena_done(&arena);
	return rc == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}

static enum yh_exit verify(const char *file, const char *key_file)
{
	YH_FREE_AUTO char *text = malloc(YH_PLEDGE_BYTES);
	char pem[YH_KEY_TEXT] = "";
	struct yh_pledge p;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	enum yh_rc rc = text ? yh_key_read(file, text, YH_PLEDGE_BYTES, &err)
			     : yh_fail(&err, YH_TOO_LARGE, "memory-short");

	yh_arena_init(&arena, 4 << 20);
	if (rc == YH_OK && key_file)
		rc = yh_key_read(key_file, pem, sizeof pem, &err);
	if (rc == YH_OK)
		rc = yh_pledge_read(text, strlen(text), &arena, &p, &err);
	if (rc == YH_OK)
		rc = yh_pledge_verify(&p, key_file ? pem : p.seal_key, &err);
	if (rc == YH_OK) {
		(void)printf("承诺书有效 / the pledge holds\n");
		say(&p);
	}
	yh_arena_done(&arena);
	if (rc == YH_OK)
		return YH_EXIT_OK;
	(void)printf("承诺书无效 / the pledge does NOT hold\n");
	return yh_cmd_fail(&err) == YH_EXIT_OK ? YH_EXIT_OK : YH_EXIT_FAILED;
}

static bool is_local(const char *verb)
{
	return strcmp(verb, "keygen") == 0 || strcmp(verb, "register") == 0 ||
	       strcmp(verb, "sign") == 0 || strcmp(verb, "verify") == 0;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct options o = { .lang = "zh" };
	const struct yh_opt options[] = { { "key", &o.key, NULL },
					  { "passphrase-file", &o.passphrase_file, NULL },
					  { "project", &o.project, NULL },
					  { "system", &o.system, NULL },
					  { "paper", &o.paper, NULL },
					  { "draft", &o.draft, NULL },
					  { "out", &o.out, NULL },
					  { "lang", &o.lang, NULL },
					  { 0 } };
	const char *bad = NULL, *verb = argc > 1 ? argv[1] : "";
	enum yh_exit x;
	int n;

	if (!is_local(verb))
		return argc > 1 ? yh_remote_run(argc, argv) : yh_cmd_usage(self, NULL);
	n = yh_args_take(argc - 1, argv + 1, options, &bad);
	if (strcmp(verb, "verify") == 0)
		return n == 1 ? verify(argv[2], o.key) : yh_cmd_usage(self, n < 0 ? bad : NULL);
	if (n != 0 || !o.key)
		return yh_cmd_usage(self, n < 0 ? bad : "--key");
	if (strcmp(verb, "sign") == 0 && (!o.out || (!o.draft && (!o.project || !o.system))))
		return yh_cmd_usage(self, "--out / --project --system / --draft");
	x = strcmp(verb, "keygen") == 0     ? keygen(&o)
	    : strcmp(verb, "register") == 0 ? register_key(&o)
					    : sign(&o);
	return x;
}
