/* Faults that tests inject. */
#include "db/fault.h"

#include <stdatomic.h>

static atomic_int commits_left;

void yh_fault_arm_commit(int nth)
{
	atomic_store(&commits_left, nth);
}

bool yh_fault_commit(void)
{
	int left = atomic_load(&commits_left);

	while (left > 0)
		if (atomic_compare_exchange_weak(&commits_left, &left, left - 1))
			return left == 1;
	return false;
}
