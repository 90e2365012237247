/* Files of bodies; see bodies.h. */
#include "bodies.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gen.h"

static void die(const char *what, const char *name)
{
	(void)fprintf(stderr, "%s: %s\n", name, what);
	exit(1);
}

static int put(void *arg, unsigned lane, unsigned samples, const void *body, size_t n)
{
	uint32_t head[3] = { lane, samples, (uint32_t)n };

	return fwrite(head, sizeof head, 1, arg) == 1 && fwrite(body, n, 1, arg) == 1 ? 0 : -1;
}

void bodies_make(const char *path, const char *workload, int64_t base_ms)
{
	const struct gen *g = gen_find(workload);
	FILE *f;

	if (!g)
		die("no such workload", workload);
	f = fopen(path, "wb");
	if (!f || gen_run(g, base_ms, put, f) != 0 || fclose(f) != 0)
		die("cannot be written", path);
}

void bodies_open(struct bodies *b, const char *path)
{
	uint32_t head[3];
	size_t at = 0, cap = 0;

	memset(b, 0, sizeof *b);
	b->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0)
		die("cannot be read", path);
	while (pread(b->fd, head, sizeof head, (off_t)at) == sizeof head) {
		if (b->n == cap) {
			cap = cap ? 2 * cap : 1024;
			b->list = realloc(b->list, cap * sizeof *b->list);
			if (!b->list)
				die("too many bodies", path);
		}
		at += sizeof head;
		b->list[b->n++] = (struct body){ head[0], head[1], at, head[2] };
		b->samples += head[1];
		if (head[2] > b->biggest)
			b->biggest = head[2];
		at += head[2];
	}
	if (b->n == 0)
		die("holds no bodies", path);
}

void bodies_read(const struct bodies *b, size_t i, void *out)
{
	if (pread(b->fd, out, b->list[i].n, (off_t)b->list[i].at) != (ssize_t)b->list[i].n)
		die("cannot be read", "bodies");
}
