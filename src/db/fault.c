/* Faults that tests inject. */
#include "db/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int statements_left, commits_left, life_left;

static bool falls(atomic_int *counter)
{
	int left = atomic_load_explicit(counter, memory_order_relaxed);

	while (left > 0)
		if (atomic_compare_exchange_weak(counter, &left, left - 1))
			return left == 1;
	return false;
}

void yh_fault_arm_statement(int nth)
{
	atomic_store(&statements_left, nth);
}

void yh_fault_arm_commit(int nth)
{
	atomic_store(&commits_left, nth);
}

void yh_fault_arm_death(int nth)
{
	atomic_store(&life_left, nth);
}

static void live_on(void)
{
	if (falls(&life_left))
		(void)raise(SIGKILL);
}

bool yh_fault_statement(void)
{
	live_on();
	return falls(&statements_left);
}

bool yh_fault_commit(void)
{
	live_on();
	return falls(&commits_left);
}

void yh_fault_linger(void)
{
	struct timespec t = { .tv_nsec = 20 * 1000 * 1000 };

	(void)nanosleep(&t, NULL);
}
