/* Looking a meter's files through. */
#include "meter/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "meter/manifest.h"
#include "meter/segment_file.h"

struct looking {
	const char *file;
	yh_meter_fault_fn fn;
	void *arg;
	int64_t *n;
};

static void tell(const struct looking *l, const char *what)
{
	l->fn(l->arg, l->file, what);
	++*l->n;
}

static const char *words_of(const struct yh_err *err)
{
	for (size_t i = 0; i < err->n_figs; i++)
		if (strcmp(err->figs[i].name, "detail") == 0)
			return err->figs[i].text;
	return err->slug;
}

static void look_through(const struct looking *l, const char *path)
{
	struct yh_seg_room room = { 0 };
	struct yh_seg *seg;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_seg_open(path, &seg, &err);

	if (rc != YH_OK) {
		tell(l, words_of(&err));
		return;
	}
	if (yh_seg_info(seg)->damage[0])
		tell(l, yh_seg_info(seg)->damage);
	rc = yh_room_ready(&room, 0, &err);
	for (size_t i = 0; rc == YH_OK && i < seg->n_refs; i++)
		rc = yh_page_load(seg, i, room.page, &err);
	if (rc != YH_OK)
		tell(l, words_of(&err));
	yh_seg_room_done(&room);
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
