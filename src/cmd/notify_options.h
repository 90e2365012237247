/* The options of yunhengd about telling persons. */
#ifndef YH_CMD_NOTIFY_OPTIONS_H
#define YH_CMD_NOTIFY_OPTIONS_H

#include "cmd/world.h"

struct yh_notify_options {
	const char *smtp_url, *smtp_user, *smtp_password_file, *smtp_ca, *mail_from;
	const char *hook_allow, *hook_ports, *hook_ca, *public_url;
	bool smtp_plain, hook_plain;
	char password[256];
};

/* Entries of a table of struct yh_opt. */
#define YH_NOTIFY_OPT(o, name, field)                                                              \
	{                                                                                          \
		(name), &(o)->field, NULL                                                          \
	}
#define YH_NOTIFY_FLAG(o, name, field)                                                             \
	{                                                                                          \
		(name), NULL, &(o)->field                                                          \
	}
#define YH_NOTIFY_OPTS(o)                                                                          \
	YH_NOTIFY_OPT(o, "smtp-url", smtp_url), YH_NOTIFY_OPT(o, "smtp-user", smtp_user),          \
		YH_NOTIFY_OPT(o, "smtp-password-file", smtp_password_file),                        \
		YH_NOTIFY_OPT(o, "smtp-ca", smtp_ca), YH_NOTIFY_OPT(o, "mail-from", mail_from),    \
		YH_NOTIFY_OPT(o, "hook-allow", hook_allow),                                        \
		YH_NOTIFY_OPT(o, "hook-ports", hook_ports), YH_NOTIFY_OPT(o, "hook-ca", hook_ca),  \
		YH_NOTIFY_OPT(o, "public-url", public_url),                                        \
		YH_NOTIFY_FLAG(o, "smtp-plain", smtp_plain),                                       \
		YH_NOTIFY_FLAG(o, "hook-plain", hook_plain)
#define YH_NOTIFY_USAGE                                                                               \
	"                [--smtp-url smtp://…|smtps://… --mail-from ADDRESS] [--smtp-user NAME\n" \
	"                --smtp-password-file FILE] [--smtp-ca FILE] [--smtp-plain]\n"                \
	"                [--hook-allow RANGE,…] [--hook-ports PORT,…] [--hook-ca FILE]\n"         \
	"                [--hook-plain] [--public-url URL]\n"

/* Opens what they say as w->world.notify; yh_notify_close by the caller. STORAGE "data-unusable"
 * for a password file that cannot be read, else as yh_guard_init and yh_notify_open. */
YH_CHECK enum yh_rc yh_notify_options_open(struct yh_notify_options *o,
					   const struct yh_world_config *cfg,
					   struct yh_open_world *w, struct yh_err *err);

#endif
