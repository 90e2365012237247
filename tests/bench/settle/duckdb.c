/* DuckDB beside the program: duckdb_settle STORE THREADS reads the same rows of the same embedded
 * store, reckons the month in DuckDB and writes its lines back into the store in one synced
 * transaction.
 *
 * The library is the one that npm's @duckdb/node-api loads, spoken to without JavaScript between.
 * DuckDB reads SQLite through an extension that is to be had from its own site only; what stands in
 * for it here does what that does, with less: it steps one statement a thread through the store's
 * own order, and copies ids as 128-bit numbers. Declared is what is called of DuckDB's C interface.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef void *handle;
typedef uint64_t idx_t;
struct result {
	idx_t columns, rows, changed;
	void *old_columns;
	char *error;
	void *internal;
};
enum { OK = 0, BIGINT = 5, HUGEINT = 16, VARCHAR = 17 };
int duckdb_open(const char *path, handle *db);
int duckdb_connect(handle db, handle *c);
int duckdb_query(handle c, const char *sql, struct result *out);
const char *duckdb_result_error(struct result *r);
void duckdb_destroy_result(struct result *r);
handle duckdb_fetch_chunk(struct result r);
void duckdb_destroy_data_chunk(handle *chunk);
idx_t duckdb_data_chunk_get_size(handle chunk);
void duckdb_data_chunk_set_size(handle chunk, idx_t n);
handle duckdb_data_chunk_get_vector(handle chunk, idx_t column);
void *duckdb_vector_get_data(handle vector);
idx_t duckdb_vector_size(void);
void duckdb_vector_assign_string_element(handle vector, idx_t at, const char *text);
handle duckdb_create_logical_type(int type);
handle duckdb_create_table_function(void);
void duckdb_table_function_set_name(handle f, const char *name);
void duckdb_table_function_set_extra_info(handle f, void *info, void (*gone)(void *));
void *duckdb_bind_get_extra_info(handle info);
void *duckdb_init_get_extra_info(handle info);
void *duckdb_function_get_extra_info(handle info);
void duckdb_table_function_set_bind(handle f, void (*fn)(handle));
void duckdb_table_function_set_init(handle f, void (*fn)(handle));
void duckdb_table_function_set_local_init(handle f, void (*fn)(handle));
void duckdb_table_function_set_function(handle f, void (*fn)(handle, handle));
int duckdb_register_table_function(handle c, handle f);
void duckdb_bind_add_result_column(handle info, const char *name, handle type);
void duckdb_init_set_max_threads(handle info, idx_t n);
void duckdb_init_set_init_data(handle info, void *data, void (*gone)(void *));
void *duckdb_function_get_local_init_data(handle info);

#define FROM "1790784000"
#define CHANGE "1792080000"
#define TO "1793462400"
#define US "000000"

static const char *store;
static int threads;
static unsigned char cuts[3][17]; /* part k: from k to before k + 1 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what)
{
	(void)fprintf(stderr, "%s\n", what);
	exit(1);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db));
	return s;
}

static sqlite3 *open_store(int flags)
{
	sqlite3 *db;

	if (sqlite3_open_v2(store, &db, flags, NULL) != SQLITE_OK)
		fail("store");
	(void)sqlite3_busy_timeout(db, 10000);
	return db;
}

/* ---- tables of the store as tables of DuckDB, which joins them as it sees fit ---- */

struct part {
	sqlite3_stmt *s;
	bool done; /* or it would begin anew */
};
struct table {
	const char *name, *sql;
	struct {
		const char *name;
		int type;
	} columns[8];
	int n, next;
	struct part parts[16];
};
static struct table tables[] = {
	{ .name = "owners",
	  .sql = "SELECT r.id, r.unit, r.project, r.provider, r.kind FROM resource r WHERE r.cloud "
		 "="
		 " (SELECT id FROM cloud) AND r.id >= ?1 AND r.id < ?2 AND (r.stopped_at IS NULL OR"
		 " r.stopped_at >= " FROM US ") ORDER BY r.id",
	  .columns = { { "id", HUGEINT },
		       { "unit_", HUGEINT },
		       { "project", HUGEINT },
		       { "provider", HUGEINT },
		       { "kind", VARCHAR } },
	  .n = 5 },
	{ .name = "sizes",
	  .sql = "SELECT z.resource, z.item, max(z.from_at / 1000000, " FROM
		 "), min(coalesce(z.to_at, " TO US ") / 1000000, " TO
		 "), z.qty_milli FROM resource_size z WHERE z.resource >= ?1 AND z.resource < ?2 "
		 "AND"
		 " z.from_at < " TO US " AND (z.to_at IS NULL OR z.to_at >= " FROM US
		 ") ORDER BY z.resource",
	  .columns = { { "resource", HUGEINT },
		       { "item", HUGEINT },
		       { "from_s", BIGINT },
		       { "to_s", BIGINT },
		       { "qty", BIGINT } },
	  .n = 5 },
};

static void bind(handle info)
{
	const struct table *t = duckdb_bind_get_extra_info(info);

	for (int i = 0; i < t->n; i++)
		duckdb_bind_add_result_column(info, t->columns[i].name,
					      duckdb_create_logical_type(t->columns[i].type));
}

static void init(handle info)
{
	struct table *t = duckdb_init_get_extra_info(info);

	t->next = 0;
	duckdb_init_set_max_threads(info, (idx_t)threads);
}

static void init_thread(handle info)
{
	struct table *t = duckdb_init_get_extra_info(info);
	struct part *mine;
	int part;

	(void)pthread_mutex_lock(&lock);
	part = t->next++;
	(void)pthread_mutex_unlock(&lock);
	mine = &t->parts[part % 16];
	*mine = (struct part){ .done = part >= threads };
	if (!mine->done) {
		mine->s = prepare(open_store(SQLITE_OPEN_READONLY), t->sql);
		(void)sqlite3_bind_blob(mine->s, 1, cuts[part], 16, SQLITE_STATIC);
		(void)sqlite3_bind_blob(mine->s, 2, cuts[part + 1], part + 1 == threads ? 17 : 16,
					SQLITE_STATIC);
	}
	duckdb_init_set_init_data(info, mine, NULL);
}

static void copy_column(sqlite3_stmt *s, int i, int type, handle vector, idx_t n)
{
	void *data = duckdb_vector_get_data(vector);

	if (type == HUGEINT)
		memcpy((char *)data + 16 * n, sqlite3_column_blob(s, i), 16);
	else if (type == BIGINT)
		((int64_t *)data)[n] = sqlite3_column_int64(s, i);
	else
		duckdb_vector_assign_string_element(vector, n,
						    (const char *)sqlite3_column_text(s, i));
}

static void scan(handle info, handle out)
{
	const struct table *t = duckdb_function_get_extra_info(info);
	struct part *mine = duckdb_function_get_local_init_data(info);
	idx_t most = duckdb_vector_size(), n = 0;
	handle vectors[8];

	for (int i = 0; i < t->n; i++)
		vectors[i] = duckdb_data_chunk_get_vector(out, (idx_t)i);
	for (; !mine->done && n < most; n++) {
		if (sqlite3_step(mine->s) != SQLITE_ROW) {
			mine->done = true;
			break;
		}
		for (int i = 0; i < t->n; i++)
			copy_column(mine->s, i, t->columns[i].type, vectors[i], n);
	}
	duckdb_data_chunk_set_size(out, n);
}

static void run(handle c, const char *sql, struct result *out)
{
	struct result none;

	if (duckdb_query(c, sql, out ? out : &none) != OK)
		fail(duckdb_result_error(out ? out : &none));
	if (!out)
		duckdb_destroy_result(&none);
}

static handle open_duck(void)
{
	handle db, c;
	char sql[64];

	if (duckdb_open(NULL, &db) != OK || duckdb_connect(db, &c) != OK)
		fail("duckdb");
	for (int i = 0; i < 2; i++) {
		handle f = duckdb_create_table_function();

		duckdb_table_function_set_name(f, tables[i].name);
		duckdb_table_function_set_extra_info(f, &tables[i], NULL);
		duckdb_table_function_set_bind(f, bind);
		duckdb_table_function_set_init(f, init);
		duckdb_table_function_set_local_init(f, init_thread);
		duckdb_table_function_set_function(f, scan);
		if (duckdb_register_table_function(c, f) != OK)
			fail(tables[i].name);
	}
	(void)snprintf(sql, sizeof sql, "SET threads = %d", threads);
	run(c, sql, NULL);
	return c;
}

/* ---- prices, parts ---- */

static void read_prices(handle c)
{
	sqlite3 *db = open_store(SQLITE_OPEN_READONLY);
	sqlite3_stmt *s = prepare(
		db, "SELECT i.id, i.code, i.per, e.number, t.price_e6 FROM item i JOIN edition e ON"
		    " e.id = i.edition JOIN item_tier t ON t.item = i.id");

	run(c,
	    "CREATE TABLE item (id HUGEINT, code VARCHAR, per_second BIGINT, from_s BIGINT, to_s"
	    " BIGINT, price BIGINT, edition BIGINT)",
	    NULL);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *per = (const char *)sqlite3_column_text(s, 2);
		bool old = sqlite3_column_int64(s, 3) == 1;
		char sql[512];
		uint64_t id[2];

		memcpy(id, sqlite3_column_blob(s, 0), 16);
		(void)snprintf(sql, sizeof sql,
			       "INSERT INTO item VALUES (%lld::HUGEINT * 18446744073709551616 +"
			       " %llu::HUGEINT, '%s', %d, %s, %s, %lld, %d)",
			       (long long)id[1], (unsigned long long)id[0],
			       (const char *)sqlite3_column_text(s, 1),
			       *per == 'h'   ? 744
			       : *per == 'd' ? 31
					     : 1, /* of 31 days */
			       old ? FROM : CHANGE, old ? CHANGE : TO,
			       (long long)sqlite3_column_int64(s, 4), old ? 1 : 2);
		run(c, sql, NULL);
	}
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
}

static void cut_parts(void)
{
	sqlite3 *db = open_store(SQLITE_OPEN_READONLY);
	sqlite3_stmt *s = prepare(db, "SELECT id FROM resource ORDER BY id LIMIT 1 OFFSET"
				      " (SELECT count(*) FROM resource) / 2");

	memset(cuts[threads], 255, sizeof cuts[0]);
	if (threads == 2 && sqlite3_step(s) == SQLITE_ROW)
		memcpy(cuts[1], sqlite3_column_blob(s, 0), 16);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
}

/* ---- lines ---- */

/* yuan * 10^9 * 31 days of seconds; the factor is 0.95; half to even. */
#define UNIT "26784000000000::HUGEINT" /* a fen */
static const char reckon[] =
	"WITH held AS (SELECT o.*, s.* FROM sizes() s JOIN owners() o ON o.id = s.resource),"
	" pieces AS (SELECT h.unit_, h.project, h.provider, h.kind, p.code,"
	" h.qty::HUGEINT * p.per_second * (least(h.to_s, p.to_s) - greatest(h.from_s, p.from_s)) AS"
	" used, p.price FROM held h JOIN item i ON i.id = h.item JOIN item p ON p.code = i.code "
	"AND"
	" least(h.to_s, p.to_s) > greatest(h.from_s, p.from_s)),"
	" sums AS (SELECT unit_, project, provider, kind, code, count(*) AS n, sum(used) AS used,"
	" sum(used * price) AS cost FROM pieces GROUP BY ALL),"
	" rounded AS (SELECT *, cost // " UNIT " AS q, cost % " UNIT " AS r, cost * 95 // (" UNIT
	" * 100) AS fq, cost * 95 % (" UNIT " * 100) AS fr FROM sums)"
	" SELECT unit_, project, provider, code, kind, n, used::BIGINT,"
	" (q + CASE WHEN r * 2 > " UNIT " OR (r * 2 = " UNIT " AND q % 2 = 1) THEN 1 ELSE 0 END)"
	"::BIGINT, (fq + CASE WHEN fr * 2 > " UNIT " * 100 OR (fr * 2 = " UNIT
	" * 100 AND fq % 2 = 1) THEN 1 ELSE 0 END)::BIGINT FROM rounded"
	" ORDER BY unit_, project, provider, kind, code";

struct text {
	uint32_t n;
	char inlined[12];
};

static void write_lines(struct result *r)
{
	sqlite3 *db = open_store(SQLITE_OPEN_READWRITE);
	sqlite3_stmt *s;
	handle chunk;

	(void)sqlite3_exec(
		db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; DROP TABLE IF EXISTS"
		" duck_line; CREATE TABLE duck_line (unit BLOB, project BLOB, provider BLOB,"
		" code TEXT, kind TEXT, intervals INT, usage INT, list_fen INT, amount_fen"
		" INT); BEGIN",
		NULL, NULL, NULL);
	s = prepare(db, "INSERT INTO duck_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	while ((chunk = duckdb_fetch_chunk(*r))) {
		idx_t n = duckdb_data_chunk_get_size(chunk);
		void *data[9];

		for (idx_t i = 0; i < 9; i++)
			data[i] = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, i));
		for (idx_t k = 0; k < n; k++) {
			for (int i = 0; i < 3; i++)
				(void)sqlite3_bind_blob(s, i + 1, (char *)data[i] + 16 * k, 16,
							SQLITE_STATIC);
			for (int i = 3; i < 5; i++) {
				const struct text *t = (const struct text *)data[i] + k;

				(void)sqlite3_bind_text(s, i + 1, t->inlined, (int)t->n,
							SQLITE_STATIC);
			}
			for (int i = 5; i < 9; i++)
				(void)sqlite3_bind_int64(s, i + 1, ((int64_t *)data[i])[k]);
			(void)sqlite3_step(s);
			(void)sqlite3_reset(s);
		}
		duckdb_destroy_data_chunk(&chunk);
	}
	(void)sqlite3_finalize(s);
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		fail(sqlite3_errmsg(db));
	(void)sqlite3_close(db);
}

static double seconds(bool cpu)
{
	struct timespec t;

	(void)clock_gettime(cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage u;
	struct result r;
	double wall, cpu, read_cpu;
	handle c;

	if (argc < 3)
		return 2;
	store = argv[1];
	threads = atoi(argv[2]) == 1 ? 1 : 2;
	c = open_duck();
	wall = seconds(false);
	cpu = seconds(true);
	read_prices(c);
	cut_parts();
	run(c, reckon, &r);
	read_cpu = seconds(true);
	write_lines(&r);
	(void)getrusage(RUSAGE_SELF, &u);
	(void)printf(
		"{\"wall_s\": %.3f, \"cpu_s\": %.3f, \"peak_mb\": %.1f, \"write_cpu_s\": %.3f}\n",
		seconds(false) - wall, seconds(true) - cpu, (double)u.ru_maxrss * 1024 / 1e6,
		seconds(true) - read_cpu);
	duckdb_destroy_result(&r);
	return 0;
}
