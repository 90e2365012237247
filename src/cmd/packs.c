/* Packs from folders, for commands that need no server. */
#include "cmd/packs.h"

#include <stdio.h>
#include <string.h>

#include "cmd/calendars.h"
#include "effects/words.h"
#include "law/messages.h"
#include "services/policy/pack_files.h"

enum { PATH_BYTES = 4096 };

struct yh_messages *yh_cmd_messages(const char *lang)
{
	struct yh_messages *m = yh_messages_new();
	struct yh_pack_folder folder;
	char dir[PATH_BYTES];

	(void)snprintf(dir, sizeof dir, "%s/messages", yh_policy_dir());
	if (!m || yh_pack_folder_read(dir, &folder, NULL) != YH_OK)
		return m;
	for (size_t i = 0; i < folder.n; i++)
		if (strncmp(folder.files[i].name, lang, 2) == 0 &&
		    yh_messages_add(m, lang, folder.files[i].name, folder.files[i].text,
				    folder.files[i].n, NULL) != YH_OK)
			break;
	yh_pack_folder_done(&folder);
	return m;
}

struct voice {
	struct yh_messages *messages;
	const char *lang;
	const char *dir; /* put before the names of files, so that a click opens them */
};

/* file:line: slug: sentence */
static void say(void *arg, const struct yh_err *fault)
{
	const struct voice *v = arg;
	struct yh_buf text;

	(void)fprintf(stderr, "%s/%s: %s", v->dir, fault->field, fault->slug);
	yh_buf_init(&text, PATH_BYTES);
	if (v->messages && yh_messages_find(v->messages, v->lang, fault->slug))
		yh_messages_render(v->messages, v->lang, fault, &text);
	if (text.len > 0)
		(void)fprintf(stderr, ": %s", yh_buf_text(&text));
	yh_buf_done(&text);
	for (uint32_t i = 0; i < fault->n_figs; i++)
		(void)fprintf(stderr, " %s=\"%s\"", fault->figs[i].name, fault->figs[i].text);
	(void)fputc('\n', stderr);
}

enum yh_exit yh_cmd_pack_read(const char *dir, const char *lang, struct yh_pack **pack)
{
	struct voice v = { .messages = yh_cmd_messages(lang), .lang = lang, .dir = dir };
	struct yh_pack_folder folder;
	struct yh_err err = { 0 };
	enum yh_exit x = YH_EXIT_OK;

	*pack = NULL;
	if (yh_pack_folder_read(dir, &folder, &err) != YH_OK) {
		x = yh_cmd_fail(&err);
	} else {
		if (yh_pack_load(folder.files, folder.n, yh_effects_vocab(), pack, say, &v, &err) !=
		    YH_OK)
			x = YH_EXIT_FAILED;
		else if (yh_pack_whole(*pack, &err) != YH_OK) {
			say(&v, &err);
			yh_pack_free(*pack);
			*pack = NULL;
			x = YH_EXIT_FAILED;
		}
		yh_pack_folder_done(&folder);
	}
	yh_messages_free(v.messages);
	return x;
}

enum yh_exit yh_cmd_pack_load(const char *name, const char *lang, struct yh_pack **pack)
{
	char dir[PATH_BYTES];

	if (strchr(name, '/'))
		(void)snprintf(dir, sizeof dir, "%s", name);
	else
		(void)snprintf(dir, sizeof dir, "%s/%s", yh_policy_dir(), name);
	return yh_cmd_pack_read(dir, lang, pack);
}
