/* Who may call the probe. The bearer tokens are called as their persons: alice (clerk), carol
 * (chief), newbie (must change the password), guest (no role that counts); "alice-read" only reads;
 * the session cookie "alice-session" has the CSRF token "csrf". */
#ifndef PROBE_PEOPLE_H
#define PROBE_PEOPLE_H

#include <stdio.h>
#include <string.h>

#include "cases/context.h"
#include "store/party.h"
#include "store/person.h"

static enum yh_rc probe_token(struct yh_tx *tx, const struct yh_world *world,
			      const struct yh_id *person, const char *text, const char *kind,
			      const char *scopes, struct yh_err *err)
{
	yh_time now = yh_clock_now(world->clock);
	struct yh_token_row t = { .digest = yh_sm3_of(text, strlen(text)),
				  .id = yh_id_new(world->ids, now),
				  .person = *person,
				  .csrf = yh_sm3_of("csrf", 4),
				  .label = "",
				  .created_at = now,
				  .expires_at = now + YH_US_PER_DAY };

	(void)snprintf(t.kind, sizeof t.kind, "%s", kind);
	(void)snprintf(t.scopes, sizeof t.scopes, "%s", scopes);
	return yh_token_insert(tx, &t, err);
}

static enum yh_rc probe_person(struct yh_tx *tx, const struct yh_world *world, const char *login,
			       const char *role, const struct yh_org_row *org, struct yh_id *id,
			       struct yh_err *err)
{
	yh_time now = yh_clock_now(world->clock);
	struct yh_person_row p = { .id = yh_id_new(world->ids, now),
				   .login = login,
				   .name = login,
				   .secret = "",
				   .must_change = strcmp(login, "newbie") == 0,
				   .status = "active",
				   .secret_at = now,
				   .created_at = now,
				   .version = 1 };
	struct yh_grant_row g = { .id = yh_id_new(world->ids, now),
				  .person = p.id,
				  .org = org->id,
				  .capacity = "sign",
				  .first_day = yh_day_of(now),
				  .last_day = YH_DAY_NONE,
				  .created_at = now };
	enum yh_rc rc = yh_person_insert(tx, &p, err);

	*id = p.id;
	(void)snprintf(g.role, sizeof g.role, "%s", role);
	if (rc == YH_OK)
		rc = yh_grant_insert(tx, &g, err);
	return rc == YH_OK ? probe_token(tx, world, id, login, "bearer", "all", err) : rc;
}

static enum yh_rc probe_people(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_world *world = arg;
	struct yh_org_row org = { .id = yh_id_new(world->ids, 1),
				  .code = "office",
				  .name = "office",
				  .kind = "unit",
				  .chain = "sign",
				  .status = "active",
				  .version = 1 };
	struct yh_id alice, other;
	enum yh_rc rc = yh_org_insert(tx, &org, err);

	if (rc == YH_OK)
		rc = probe_person(tx, world, "alice", "clerk", &org, &alice, err);
	if (rc == YH_OK)
		rc = probe_person(tx, world, "carol", "chief", &org, &other, err);
	if (rc == YH_OK)
		rc = probe_person(tx, world, "newbie", "clerk", &org, &other, err);
	if (rc == YH_OK)
		rc = probe_person(tx, world, "guest", "visitor", &org, &other, err);
	if (rc == YH_OK)
		rc = probe_token(tx, world, &alice, "alice-session", "session", "all", err);
	if (rc == YH_OK)
		rc = probe_token(tx, world, &alice, "alice-read", "bearer", "read", err);
	return rc;
}

#endif
