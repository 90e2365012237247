/* The options of yunhengd about telling persons. */
#ifndef YH_CMD_NOTIFY_OPTIONS_H
#define YH_CMD_NOTIFY_OPTIONS_H

#include "cmd/world.h"

struct yh_notify_options {
	const char *smtp_url, *smtp_user, *smtp_password_file, *smtp_ca, *mail_from;
	bool smtp_plain;
	char password[256];
};

#define YH_NOTIFY_OPTS(o)                                                                          \
	{ "smtp-url", &(o)->smtp_url, NULL }, { "smtp-user", &(o)->smtp_user, NULL },              \
		{ "smtp-password-file", &(o)->smtp_password_file, NULL },                          \
		{ "smtp-ca", &(o)->smtp_ca, NULL }, { "mail-from", &(o)->mail_from, NULL },        \
	{                                                                                          \
		"smtp-plain", NULL, &(o)->smtp_plain                                               \
	}
#define YH_NOTIFY_USAGE                                                                               \
	"                [--smtp-url smtp://…|smtps://… --mail-from ADDRESS] [--smtp-user NAME\n" \
	"                --smtp-password-file FILE] [--smtp-ca FILE] [--smtp-plain]\n"

/* Opens what they say as w->world.notify; yh_notify_close by the caller. STORAGE "data-unusable"
 * for a password file that cannot be read, else as yh_notify_open. */
YH_CHECK enum yh_rc yh_notify_options_open(struct yh_notify_options *o,
					   const struct yh_world_config *cfg,
					   struct yh_open_world *w, struct yh_err *err);

#endif
