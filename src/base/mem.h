/* Cleanup attributes for what the C library hands out. */
#ifndef YH_BASE_MEM_H
#define YH_BASE_MEM_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void yh_free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void yh_close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void yh_fclose_ptr(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#define YH_FREE_AUTO __attribute__((cleanup(yh_free_ptr)))
#define YH_CLOSE_AUTO __attribute__((cleanup(yh_close_fd)))
#define YH_FCLOSE_AUTO __attribute__((cleanup(yh_fclose_ptr)))
#define YH_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
