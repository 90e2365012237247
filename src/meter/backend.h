/* What a back end of the meter provides; meter.c checks arguments once and hands on. */
#ifndef YH_METER_BACKEND_H
#define YH_METER_BACKEND_H

#include <stdatomic.h>

#include "meter/meter.h"

/* Each function keeps the contract of the yh_meter_* function of its name. */
struct yh_meter_ops {
	const char *name;
	void (*close)(struct yh_meter *m);
	enum yh_rc (*write)(struct yh_meter *m, struct yh_meter_write *w, struct yh_err *err);
	void (*owner_changed)(struct yh_meter *m, const char *resource_no);
	enum yh_rc (*latest)(struct yh_meter *m, const struct yh_meter_select *what, uint64_t after,
			     uint64_t *mark, yh_meter_latest_fn visit, void *arg,
			     struct yh_err *err);
	enum yh_rc (*history)(struct yh_meter *m, const struct yh_meter_select *what,
			      int64_t from_ms, int64_t to_ms, int64_t step_ms,
			      yh_meter_history_fn visit, void *arg, struct yh_err *err);
	enum yh_rc (*samples)(struct yh_meter *m, const struct yh_meter_select *what,
			      int64_t from_ms, int64_t to_ms, size_t limit,
			      yh_meter_samples_fn visit, void *arg, struct yh_err *err);
	enum yh_rc (*scan)(struct yh_meter *m, const struct yh_meter_scan *scan,
			   yh_meter_scan_fn visit, void *arg, struct yh_err *err);
	void (*status)(struct yh_meter *m, struct yh_meter_status *out);
	enum yh_rc (*settle)(struct yh_meter *m, struct yh_err *err);
	enum yh_rc (*copy)(struct yh_meter *m, int to, struct yh_err *err); /* NULL: outer */
};

/* Every back end's struct begins with this. */
struct yh_meter {
	const struct yh_meter_ops *ops;
	struct yh_meter_config cfg; /* defaults filled in; its texts copied */
	atomic_bool halted;         /* nobody waits for answers any more */
};

/* Opened with the defaults filled in. */
YH_CHECK enum yh_rc yh_meter_open_embedded(const struct yh_meter_config *cfg, struct yh_meter **out,
					   struct yh_err *err);
YH_CHECK enum yh_rc yh_meter_open_outer(const struct yh_meter_config *cfg, struct yh_meter **out,
					struct yh_err *err);

/* A label by which a unit, or a machine of its own, would speak as a provider: it is left out. */
bool yh_meter_pretends(const struct yh_meter_scope *s, const char *label);

#endif
