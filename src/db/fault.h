/* Faults that tests inject: the n-th commit from now fails as a full or broken disk would. */
#ifndef YH_DB_FAULT_H
#define YH_DB_FAULT_H

#include <stdbool.h>

/* 0: none; 1: the next one. */
void yh_fault_arm_commit(int nth);
/* Asked by the executors before each commit. */
bool yh_fault_commit(void);

#endif
