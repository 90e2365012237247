/* Faults that tests inject; nothing else calls the arming functions. Thread-safe. */
#ifndef YH_DB_FAULT_H
#define YH_DB_FAULT_H

#include <stdbool.h>

/* The n-th statement, or commit, from now fails as a broken disk would: STORAGE "store-io".
 * 0: none; 1: the next one. Only that one fails. */
void yh_fault_arm_statement(int nth);
void yh_fault_arm_commit(int nth);

/* The n-th statement or commit from now kills the process before it begins, as kill -9 would. */
void yh_fault_arm_death(int nth);

/* Asked by the driver before each statement and by the executors before each commit. */
bool yh_fault_statement(void);
bool yh_fault_commit(void);

/* Between an acknowledgement and its late commit (unsafe_no_sync): long enough to be killed in. */
void yh_fault_linger(void);

#endif
