/* What is kept of a cloud between two connections to it: the token, so that not each turn of a job
 * signs in, and the processor time of its servers, of which only the growth tells their load. */
#include "clouds/openstack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CLOUDS_MOST = 256, SETTINGS = 6 };

struct kept {
	char *of[SETTINGS]; /* what the token is for; of[0] NULL: free */
	char *token, *endpoint[YH_OS_SERVICES];
	json_t *seen;
	size_t next_sample;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept all[CLOUDS_MOST];

static const char *const settings[SETTINGS] = { "auth_url", "user",   "project",
						"domain",   "region", "interface" };

static bool is_of(const struct kept *k, const struct yh_cloud_config *cfg)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const char *v = yh_cloud_value(cfg, settings[i]);

		if (!k->of[i] || strcmp(k->of[i], v ? v : "") != 0)
			return false;
	}
	return true;
}

static bool claim(struct kept *k, const struct yh_cloud_config *cfg)
{
	bool ok = true;

	for (size_t i = 0; i < SETTINGS; i++) {
		const char *v = yh_cloud_value(cfg, settings[i]);

		k->of[i] = strdup(v ? v : "");
		ok = ok && k->of[i];
	}
	for (size_t i = 0; !ok && i < SETTINGS; i++) {
		free(k->of[i]);
		k->of[i] = NULL;
	}
	return ok;
}

/* Under the lock. NULL: nothing is kept of it, for want of memory or of room. */
static struct kept *find(const struct yh_cloud_config *cfg, bool make)
{
	struct kept *unused = NULL;

	for (size_t i = 0; i < CLOUDS_MOST; i++) {
		if (is_of(&all[i], cfg))
			return &all[i];
		if (!unused && !all[i].of[0])
			unused = &all[i];
	}
	return make && unused && claim(unused, cfg) ? unused : NULL;
}

static void copy(char **to, const char *from)
{
	if (*to)
		explicit_bzero(*to, strlen(*to));
	free(*to);
	*to = from ? strdup(from) : NULL;
}

void yh_os_keep(const struct yh_cloud *c)
{
	struct kept *k;

	(void)pthread_mutex_lock(&lock);
	k = find(c->cfg, true);
	if (k) {
		copy(&k->token, c->token);
		for (int i = 0; i < YH_OS_SERVICES; i++)
			copy(&k->endpoint[i], c->endpoint[i]);
	}
	(void)pthread_mutex_unlock(&lock);
}

void yh_os_recall(struct yh_cloud *c)
{
	struct kept *k;

	(void)pthread_mutex_lock(&lock);
	k = find(c->cfg, false);
	if (k && k->token) {
		copy(&c->token, k->token);
		for (int i = 0; i < YH_OS_SERVICES; i++)
			copy(&c->endpoint[i], k->endpoint[i]);
	}
	(void)pthread_mutex_unlock(&lock);
}

json_t *yh_os_take_seen(const struct yh_cloud *c, size_t *next)
{
	struct kept *k;
	json_t *seen = NULL;

	*next = 0;
	(void)pthread_mutex_lock(&lock);
	k = find(c->cfg, false);
	if (k) {
		seen = k->seen;
		k->seen = NULL;
		*next = k->next_sample;
	}
	(void)pthread_mutex_unlock(&lock);
	return seen;
}

void yh_os_put_seen(const struct yh_cloud *c, json_t *seen, size_t next)
{
	json_t *old = seen;
	struct kept *k;

	(void)pthread_mutex_lock(&lock);
	k = find(c->cfg, true);
	if (k) {
		old = k->seen;
		k->seen = seen;
		k->next_sample = next;
	}
	(void)pthread_mutex_unlock(&lock);
	json_decref(old);
}
