/* A stream of numbers. */
#include "probe_news.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct news {
	char name[32];
	int64_t count, width;
};
static struct news all_news[16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. */
static struct news *news_of(const char *name)
{
	struct news *n = all_news;

	while (n->name[0] && strcmp(n->name, name) != 0)
		n++;
	(void)snprintf(n->name, sizeof n->name, "%s", name);
	return n;
}

void probe_news_tell(const char *name, int64_t width)
{
	(void)pthread_mutex_lock(&lock);
	news_of(name)->count++;
	news_of(name)->width = width;
	(void)pthread_mutex_unlock(&lock);
}

static enum yh_rc build(const struct yh_world *world, const char *topic, void **state,
			struct yh_jw *w, struct yh_err *err)
{
	struct news now;
	int64_t *seen = *state;

	(void)world;
	if (!seen)
		seen = *state = calloc(1, sizeof *seen);
	(void)pthread_mutex_lock(&lock);
	now = *news_of(topic);
	(void)pthread_mutex_unlock(&lock);
	if (!seen || now.count == *seen)
		return seen ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
	*seen = now.count;
	yh_jw_obj(w, NULL);
	yh_jw_int(w, "count", now.count);
	yh_jw_str(w, "topic", topic);
	if (now.width > 0)
		yh_buf_printf(w->buf, ",\"wide\":\"%0*d\"", (int)now.width, 0);
	yh_jw_end_obj(w);
	return YH_OK;
}

const struct yh_live probe_news = { "news", build, free };

enum yh_rc probe_news_follow(struct yh_req *rq, const char *name, struct yh_err *err)
{
	bool fresh;
	enum yh_rc rc;

	if (strcmp(name, "secret") == 0)
		return yh_fail(err, YH_NOT_FOUND, "note-unknown");
	rc = yh_req_follow(rq, name, &fresh, err);
	if (rc != YH_OK || !fresh)
		return rc;
	(void)pthread_mutex_lock(&lock);
	yh_jw_int(rq->w, "count", news_of(name)->count);
	(void)pthread_mutex_unlock(&lock);
	return YH_OK;
}
