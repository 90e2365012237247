/* The server's keys for agents: files that nobody else may read. */
#include <string.h>

#include "base/keyfile.h"
#include "services/agent/internal.h"

static char *fresh_sm2(void)
{
	struct yh_sm2 *k = yh_sm2_new(NULL);
	char *pem = k ? yh_sm2_private_pem(k) : NULL;

	yh_sm2_free(k);
	return pem;
}

enum yh_rc yh_agents_load_keys(struct yh_agents *a, const char *dir, struct yh_ring *ring,
			       struct yh_err *err)
{
	char text[YH_KEYFILE_TEXT] = "";
	enum yh_rc rc = yh_keyfile_text(dir, "agents.pem", ring, fresh_sm2, text, err);

	if (rc == YH_OK)
		rc = yh_sm2_load_pem(text, &a->key, err);
	if (rc == YH_OK)
		rc = yh_sm2_point(a->key, a->point, err);
	if (rc == YH_OK) {
		yh_agent_finger(a->point, a->finger);
		rc = yh_keyfile_seal(dir, "agents.seal", ring, &a->sealing, err);
	}
	explicit_bzero(text, sizeof text);
	return rc;
}
