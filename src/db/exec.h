/* The executor: the only place that begins, commits and rolls back.
 *
 * A use case is a re-runnable function of (transaction, argument): it may run more than once, and
 * must keep its results in its argument, overwriting what an earlier run left there. On SQLite one
 * writer thread runs waiting writes as savepoints of one transaction and syncs once for all; on
 * PostgreSQL a pool of connections runs them side by side (READ COMMITTED, with yh_db_lock where
 * order matters) and repeats on serialization failure or deadlock, at most a dozen times, and once
 * when the connection was lost before the commit. All functions are thread-safe.
 *
 * The first failure of a disk takes its whole batch: STORAGE "store-full" or "store-io" for every
 * write of it that had not failed by itself; the next batch tries anew. */
#ifndef YH_DB_EXEC_H
#define YH_DB_EXEC_H

#include <stdatomic.h>

#include "db/db.h"

struct yh_exec;
struct yh_ring;

struct yh_exec_config {
	const char *database; /* "sqlite:/path/yunheng.db" or "postgresql://…" */
	unsigned writers;     /* PostgreSQL only; 0: 8 */
	unsigned readers;     /* 0: 4 */
	unsigned queue;       /* waiting writes before YH_BUSY "write-queue-full"; 0: 4096 */
	bool unsafe_no_sync;  /* fault injection in tests: acknowledges before the sync */
	struct yh_ring *ring; /* what fields are sealed under, borrowed; NULL: none are */
};

/* Opens connections and starts threads. STORAGE "db-open" with the driver's word in figure
 * "detail"; CONFLICT "store-locked" when another program has the embedded store;
 * BAD_INPUT "database-url". */
YH_CHECK enum yh_rc yh_exec_open(const struct yh_exec_config *cfg, struct yh_exec **out,
				 struct yh_err *err);
/* Refuses new work (BUSY "store-closing"), finishes what waits, closes. NULL is allowed. */
void yh_exec_close(struct yh_exec *x);

/* Reads under way fail soon, BUSY "store-closing", and so does each that begins; writes go on. On
 * PostgreSQL a statement that runs is waited for. */
void yh_exec_halt(struct yh_exec *x);

bool yh_exec_is_postgres(const struct yh_exec *x);
struct yh_ring *yh_exec_ring(const struct yh_exec *x);
struct yh_ring *yh_tx_ring(const struct yh_tx *tx);

typedef enum yh_rc (*yh_tx_fn)(struct yh_tx *tx, void *arg, struct yh_err *err);

/* Runs `fn` in a write transaction; returns after the commit is durable, or after the rollback.
 * Never from inside a write's `fn` or `done`: they run on the executor's threads. BUSY
 * "write-queue-full"; on PostgreSQL BUSY "db-unavailable" when nothing was done, or
 * "db-commit-unknown" when the answer to the commit was lost: the client repeats with its key. */
YH_CHECK enum yh_rc yh_exec_write(struct yh_exec *x, yh_tx_fn fn, void *arg, struct yh_err *err);
/* Runs `fn` in a read-only snapshot, on the caller's thread; like a write it may run twice. BUSY
 * "read-queue-full" when no connection comes free within five seconds. */
YH_CHECK enum yh_rc yh_exec_read(struct yh_exec *x, yh_tx_fn fn, void *arg, struct yh_err *err);

/* The same without waiting: `done` is called once, on a thread of the executor, after the commit is
 * durable or the rollback is over, and then the struct is the caller's again. */
struct yh_write {
	yh_tx_fn fn;
	void *arg;
	void (*done)(struct yh_write *w);
	enum yh_rc rc;
	struct yh_err err;
	struct yh_write *next; /* the executor's */
};
/* YH_BUSY when the queue is full; then `done` is not called. */
YH_CHECK enum yh_rc yh_exec_submit(struct yh_exec *x, struct yh_write *w, struct yh_err *err);

/* Copies an embedded store as it is at one instant into the new file `to`, on the disk when this
 * returns; readers and writers go on. CONFLICT "backup-postgres": an outer one has its own ways. */
YH_CHECK enum yh_rc yh_exec_copy(struct yh_exec *x, const char *to, struct yh_err *err);

/* Whether the file of an embedded store that nobody has open is sound (quick_check); nothing is
 * made beside it. BAD_INPUT "backup-damaged" (figure detail); STORAGE "db-open"; BUSY "job-stopped"
 * once `*stop` is set (NULL: never). */
YH_CHECK enum yh_rc yh_db_check_file(const char *path, const atomic_bool *stop, struct yh_err *err);

struct yh_exec_stats {
	uint64_t writes, batches, retries, rollbacks; /* rollbacks: writes that failed */
};
struct yh_exec_stats yh_exec_stats(const struct yh_exec *x);

/* Migrations: numbered texts in driver words, statements separated by lines holding only "--;".
 * Tables are STRICT on SQLite. The table yh_schema holds one row a step. */
struct yh_migration {
	int number; /* 1, 2, 3 … without gaps */
	const char *name;
	const char *sql;
};
/* The newest step applied, 0 for an empty store, which stays empty. */
YH_CHECK enum yh_rc yh_db_schema(struct yh_exec *x, int *number, struct yh_err *err);
/* Applies what is missing, each step whole or not at all, under a lock; CONFLICT "schema-newer"
 * (figures store, program) when the store knows a step this program does not. On SQLite a snapshot
 * "<file>.before-<n>" is taken first when the store is not empty. */
YH_CHECK enum yh_rc yh_db_migrate(struct yh_exec *x, const struct yh_migration *m, size_t n,
				  struct yh_err *err);

#endif
