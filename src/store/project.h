/* Projects and the information systems in them. */
#ifndef YH_STORE_PROJECT_H
#define YH_STORE_PROJECT_H

#include "db/db.h"

struct yh_project_row {
	struct yh_id id;
	char code[128]; /* "civil.MY-001": the unit's code, a dot, the unit's own code for it */
	struct yh_id unit, cloud;
	const char *name;
	char state[16]; /* initiating, initiated, failed */
	yh_time created_at;
	int64_t version;
};

struct yh_system_row {
	struct yh_id id, project;
	char code[64];
	const char *name;
	int64_t mlps_level; /* 1..3 */
	bool classified;
	struct yh_id case_id;
	yh_time created_at;
	yh_time supply_stopped_at; /* 0: it is supplied */
	struct yh_id supply_case;  /* by which it was cut off */
};

YH_CHECK enum yh_rc yh_project_insert(struct yh_tx *tx, const struct yh_project_row *row,
				      struct yh_err *err);
/* NOT_FOUND "project-unknown"; text copied into the arena. */
YH_CHECK enum yh_rc yh_project_load(struct yh_tx *tx, const struct yh_id *id,
				    struct yh_arena *arena, struct yh_project_row *out,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_project_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
				       struct yh_project_row *out, struct yh_err *err);
/* By the unit's own code for it, without the unit's in front. */
YH_CHECK enum yh_rc yh_project_of_unit(struct yh_tx *tx, const struct yh_id *unit, const char *own,
				       struct yh_arena *arena, struct yh_project_row *out,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_project_set_state(struct yh_tx *tx, const struct yh_id *id,
					 const char *state, struct yh_err *err);

/* Inserts, or updates name and level when (project, code) is there. */
YH_CHECK enum yh_rc yh_system_put(struct yh_tx *tx, const struct yh_system_row *row,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_system_list(struct yh_tx *tx, const struct yh_id *project,
				   struct yh_arena *arena, struct yh_system_row **out, size_t *n,
				   struct yh_err *err);
/* NOT_FOUND "system-unknown". */
YH_CHECK enum yh_rc yh_system_by_code(struct yh_tx *tx, const struct yh_id *project,
				      const char *code, struct yh_arena *arena,
				      struct yh_system_row *out, struct yh_err *err);

/* NOT_FOUND "system-unknown". */
YH_CHECK enum yh_rc yh_system_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_system_row *out, struct yh_err *err);
/* *fresh false: it was cut off already, and stays so by the case that did it. */
YH_CHECK enum yh_rc yh_system_stop_supply(struct yh_tx *tx, const struct yh_id *id,
					  const struct yh_id *case_id, yh_time at, bool *fresh,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_system_restore_supply(struct yh_tx *tx, const struct yh_id *id,
					     struct yh_err *err);

#endif
