/* What the agent measures: figures of the machine, or of the container it is in, as series. */
#ifndef YH_AGENT_COLLECT_H
#define YH_AGENT_COLLECT_H

#include "agent/encode.h"
#include "agent/proc.h"

struct yh_collect {
	const char *root; /* "" ; a test puts its own tree here */
	struct yh_proc_cpu cpu;
	uint64_t cgroup_cpu_us;
	int64_t cgroup_at_us;
	bool have_cpu, have_cgroup;
	char text[16 * 1024]; /* of one file; what is longer is cut */
};

/* What the agent says about itself. */
struct yh_collect_self {
	const char *version;
	int64_t number, lost, waiting;
	int64_t started_ms;
};

/* Adds one round of samples. `steady_us` is a clock that never steps. The usage of the processors
 * is known from the second round on. */
void yh_collect(struct yh_collect *c, const struct yh_collect_self *self, int64_t steady_us,
		struct yh_rw *rw);

#endif
