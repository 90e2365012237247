/* A person's address, masked or not. */
#include "services/identity/contact.h"

#include <string.h>

#include "services/identity/record.h"
#include "store/notify.h"

const char *yh_contact_hidden(struct yh_arena *arena, const char *mail)
{
	const char *at = strrchr(mail, '@');
	char *out = yh_arena_strdup(arena, mail);

	for (size_t i = 1; out && at && i < (size_t)(at - mail); i++)
		out[i] = '*';
	return out;
}

static enum yh_rc read_mail(struct yh_ctx *cx, const struct yh_id *person, const char **mail,
			    struct yh_err *err)
{
	struct yh_notify_person p;
	enum yh_rc rc = yh_notify_person_load(cx->tx, person, &p, err);

	if (rc != YH_OK)
		return rc;
	*mail = yh_arena_strdup(cx->arena, p.verified_at ? p.mail : "");
	return *mail ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_contact_masked(struct yh_ctx *cx, const struct yh_id *person, const char **mail,
			     struct yh_err *err)
{
	enum yh_rc rc = read_mail(cx, person, mail, err);

	if (rc != YH_OK)
		return rc;
	*mail = yh_contact_hidden(cx->arena, *mail);
	return *mail ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_contact_unmask(struct yh_ctx *cx, const struct yh_id *person, const char *reason,
			     const char **mail, struct yh_err *err)
{
	enum yh_rc rc = read_mail(cx, person, mail, err);

	return rc == YH_OK ? yh_identity_record(cx, "contact.unmasked", "person", person, NULL,
						reason, err)
			   : rc;
}
