/* Looking a meter's files through. */
#include "meter/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "meter/manifest.h"

struct looking {
	const char *file;
	yh_meter_fault_fn fn;
	void *arg;
	int64_t *n;
	const struct yh_seg *seg;
	enum yh_level level; /* the finest that is kept */
	struct yh_seg_room room;
	struct yh_err err; /* of the first page that is wrong */
};

static void tell(const struct looking *l, const char *what)
{
	l->fn(l->arg, l->file, what);
	++*l->n;
}

static bool pass_over(void *arg, const struct yh_rollup *r)
{
	(void)arg;
	(void)r;
	return true;
}

static bool look_at(void *arg, uint32_t metric, uint32_t series)
{
	struct looking *l = arg;
	enum yh_rc rc;
	size_t n;

	if (l->level == YH_LEVEL_RAW)
		rc = yh_seg_read(l->seg, metric, series, INT64_MIN, INT64_MAX, &l->room, &n,
				 &l->err);
	else
		rc = yh_seg_rollups(l->seg, l->level, metric, series, INT64_MIN, INT64_MAX, false,
				    &l->room, pass_over, NULL, &l->err);
	return rc == YH_OK;
}

static const char *words_of(const struct yh_err *err)
{
	for (size_t i = 0; i < err->n_figs; i++)
		if (strcmp(err->figs[i].name, "detail") == 0)
			return err->figs[i].text;
	return err->slug;
}

static void look_through(struct looking *l, const char *path)
{
	const struct yh_seg_info *info;
	struct yh_seg *seg;
	struct yh_err err = { 0 };

	if (yh_seg_open(path, &seg, &err) != YH_OK) {
		tell(l, words_of(&err));
		return;
	}
	l->seg = seg;
	info = yh_seg_info(seg);
	l->level = YH_LEVEL_RAW;
	while (l->level + 1 < YH_LEVELS && !(info->levels & (1u << l->level)))
		l->level++;
	if (info->damage[0])
		tell(l, info->damage);
	else if (yh_seg_each(seg, UINT32_MAX, look_at, l, &err) != YH_OK)
		tell(l, words_of(&err));
	else if (l->err.rc != YH_OK)
		tell(l, words_of(&l->err));
	yh_seg_room_done(&l->room);
	yh_seg_release(seg);
}

enum yh_rc yh_meter_check(const char *path, yh_meter_fault_fn fn, void *arg, int64_t *n,
			  struct yh_err *err)
{
	YH_CLOSE_AUTO int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct yh_manifest m = { 0 };
	char damaged[64] = "", name[32], file[4096];
	bool found = false;
	enum yh_rc rc;

	*n = 0;
	if (dir < 0)
		return YH_OK;
	rc = yh_manifest_load(dir, &m, &found, damaged, err);
	if (rc == YH_OK && damaged[0]) {
		struct looking l = { .file = damaged, .fn = fn, .arg = arg, .n = n };

		tell(&l, "");
	}
	for (size_t i = 0; rc == YH_OK && found && i < m.n; i++) {
		struct looking l = { .file = name, .fn = fn, .arg = arg, .n = n };

		(void)snprintf(name, sizeof name, "segment-%08x", m.segments[i].no);
		(void)snprintf(file, sizeof file, "%s/%s", path, name);
		look_through(&l, file);
	}
	yh_manifest_done(&m);
	return rc;
}
