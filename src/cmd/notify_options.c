/* What the settings say about telling persons, put to work. */
#include "cmd/notify_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The first line of a file. */
static enum yh_rc read_password(struct yh_notify_options *o, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(o->smtp_password_file, "re");

	if (!f || !fgets(o->password, sizeof o->password, f)) {
		(void)yh_fail_field(err, YH_STORAGE, "data-unusable", o->smtp_password_file);
		yh_err_text(err, "detail", f ? "empty" : strerror(errno));
		return YH_STORAGE;
	}
	o->password[strcspn(o->password, "\r\n")] = 0;
	return YH_OK;
}

enum yh_rc yh_notify_options_open(struct yh_notify_options *o, const struct yh_world_config *cfg,
				  struct yh_open_world *w, struct yh_err *err)
{
	char keys[4096];
	struct yh_notify_config c = { .world = &w->world,
				      .messages = w->messages,
				      .categories = w->categories,
				      .smtp = { .url = o->smtp_url,
						.user = o->smtp_user,
						.password = o->password,
						.ca_file = o->smtp_ca,
						.plain = o->smtp_plain },
				      .mail_from = o->mail_from,
				      .keys_dir = keys,
				      .hook_ca = o->hook_ca,
				      .source = o->public_url,
				      .alone = cfg->database == NULL };
	enum yh_rc rc = o->smtp_password_file ? read_password(o, err) : YH_OK;

	(void)snprintf(keys, sizeof keys, "%s/keys", cfg->data);
	if (rc == YH_OK)
		rc = yh_guard_init(&c.guard, o->hook_allow, o->hook_ports, o->hook_plain, err);
	return rc == YH_OK ? yh_notify_open(&c, &w->world.notify, err) : rc;
}
