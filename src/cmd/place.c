/* Which meter the servers of one database have: a lease that outer stores hold together. */
#include "cmd/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"
#include "store/audit.h"

enum { LEASE_S = 30, KEEP_S = 5 };

/* Whoever has an outer store holds the lease under this id. */
static const struct yh_id shared = { .b = { 's', 'h', 'a', 'r', 'e', 'd' } };

static enum yh_rc unusable(const char *path, struct yh_err *err)
{
	int why = errno;

	(void)yh_fail_field(err, YH_STORAGE, "data-unusable", path);
	yh_err_text(err, "detail", strerror(why));
	return YH_STORAGE;
}

/* The id of a data directory, made on first use: the same after a crash, another elsewhere. */
static enum yh_rc read_holder(const char *data, struct yh_id *out, struct yh_err *err)
{
	char path[4096], part[4096 + 8], text[sizeof out->b * 2 + 1] = { 0 };
	YH_FCLOSE_AUTO FILE *f = NULL;
	bool ok;

	(void)snprintf(path, sizeof path, "%s/server.id", data);
	f = fopen(path, "re");
	if (!f && errno == ENOENT) {
		yh_random(out->b, sizeof out->b);
		(void)snprintf(part, sizeof part, "%s.part", path);
		f = fopen(part, "we");
		if (!f)
			return unusable(path, err);
		ok = fprintf(f, "%s\n", yh_hex(out->b, sizeof out->b, text)) > 0 &&
		     fflush(f) == 0 && fsync(fileno(f)) == 0 && rename(part, path) == 0;
		return ok ? YH_OK : unusable(path, err);
	}
	if (!f)
		return unusable(path, err);
	if (fread(text, 1, sizeof text - 1, f) != sizeof text - 1 ||
	    !yh_unhex(text, out->b, sizeof out->b)) {
		errno = EINVAL;
		return unusable(path, err);
	}
	return YH_OK;
}

struct taking {
	const struct yh_place *p;
	int64_t seconds;
};

static enum yh_rc take(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct taking *t = arg;
	bool held;
	enum yh_rc rc = yh_lease_take(cx->tx, "meter", &t->p->holder, cx->now,
				      cx->now + t->seconds * YH_US_PER_S, &held, err);

	if (rc != YH_OK || held)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "meter-not-shared");
	yh_err_int(err, "seconds", LEASE_S);
	return rc;
}

enum yh_rc yh_place_take(struct yh_place *p, struct yh_open_world *w,
			 const struct yh_world_config *cfg, bool embedded, struct yh_err *err)
{
	struct taking t = { p, LEASE_S };
	enum yh_rc rc = YH_OK;

	*p = (struct yh_place){ .w = w, .holder = shared, .needed = cfg->database != NULL };
	if (!p->needed)
		return YH_OK;
	if (embedded)
		rc = read_holder(cfg->data, &p->holder, err);
	if (rc == YH_OK)
		rc = yh_world_do(w, take, &t, err);
	p->kept_at = yh_clock_now(w->world.clock);
	p->needed = rc == YH_OK;
	return rc;
}

enum yh_rc yh_place_keep(struct yh_place *p, yh_time now, struct yh_err *err)
{
	struct taking t = { p, LEASE_S };
	enum yh_rc rc;

	if (!p->needed || (now >= p->kept_at && now - p->kept_at < KEEP_S * YH_US_PER_S))
		return YH_OK;
	rc = yh_world_do(p->w, take, &t, err);
	if (rc == YH_OK)
		p->kept_at = now;
	return rc;
}

void yh_place_leave(struct yh_place *p)
{
	struct taking t = { p, -1 };
	struct yh_err err = { 0 };

	if (p->needed && !yh_id_eq(&p->holder, &shared))
		(void)!yh_world_do(p->w, take, &t, &err);
}
