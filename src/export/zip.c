/* A ZIP archive written from front to back, by minizip over a file that is open already. */
#include "export/zip.h"

#include <minizip/zip.h>
#include <stdlib.h>

#include "export/outfile.h"

enum { LEVEL = 6, MEMORY_LEVEL = 8, WINDOW_BITS = 15, UTF8_NAMES = 1 << 11 };
/* The first day that the format knows: archives do not tell when they were made. */
enum { DOS_DATE = (1 << 5 | 1) << 16 };

struct yh_zip {
	zipFile zip;
	FILE *out;
	struct yh_sm3_run *digest;
	int64_t lines;
	bool failed;
};

static voidpf open_file(voidpf opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

static uLong read_file(voidpf opaque, voidpf stream, void *buf, uLong size)
{
	(void)opaque;
	return (uLong)fread(buf, 1, size, stream);
}

static uLong write_file(voidpf opaque, voidpf stream, const void *buf, uLong size)
{
	(void)opaque;
	return (uLong)fwrite(buf, 1, size, stream);
}

static ZPOS64_T tell_file(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return (ZPOS64_T)ftello(stream);
}

static long seek_file(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	static const int origins[] = { SEEK_SET, SEEK_CUR, SEEK_END };

	(void)opaque;
	return fseeko(stream, (off_t)offset, origins[origin]);
}

static int close_file(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return fflush(stream);
}

static int error_file(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return ferror((FILE *)stream);
}

enum yh_rc yh_zip_open(FILE *out, struct yh_zip **result, struct yh_err *err)
{
	zlib_filefunc64_def file = {
		.zopen64_file = open_file,
		.zread_file = read_file,
		.zwrite_file = write_file,
		.ztell64_file = tell_file,
		.zseek64_file = seek_file,
		.zclose_file = close_file,
		.zerror_file = error_file,
		.opaque = out,
	};
	struct yh_zip *z = calloc(1, sizeof *z);

	*result = z;
	if (z) {
		z->out = out;
		z->zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &file);
	}
	if (z && z->zip)
		return YH_OK;
	free(z);
	*result = NULL;
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

void yh_zip_begin(struct yh_zip *z, const char *name)
{
	zip_fileinfo info = { .dosDate = DOS_DATE };

	z->lines = 0;
	z->digest = yh_sm3_begin();
	if (!z->digest ||
	    zipOpenNewFileInZip4_64(z->zip, name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, LEVEL,
				    0, -WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY, NULL, 0, 0,
				    UTF8_NAMES, 1) != ZIP_OK)
		z->failed = true;
}

void yh_zip_write(struct yh_zip *z, const void *p, size_t n)
{
	const char *s = p;

	if (z->failed)
		return;
	yh_sm3_more(z->digest, p, n);
	for (size_t i = 0; i < n; i++)
		z->lines += s[i] == '\n';
	if (zipWriteInFileInZip(z->zip, p, (unsigned)n) != ZIP_OK)
		z->failed = true;
}

static enum yh_rc unwritable(struct yh_zip *z, struct yh_err *err)
{
	enum yh_rc rc = yh_outfile_check(z->out, err);

	return rc == YH_OK ? yh_fail(err, YH_STORAGE, "export-unwritable") : rc;
}

enum yh_rc yh_zip_end(struct yh_zip *z, struct yh_sm3 *digest, int64_t *lines, struct yh_err *err)
{
	if (z->digest)
		*digest = yh_sm3_end(z->digest);
	z->digest = NULL;
	*lines = z->lines;
	if (!z->failed && zipCloseFileInZip(z->zip) != ZIP_OK)
		z->failed = true;
	return z->failed ? unwritable(z, err) : YH_OK;
}

enum yh_rc yh_zip_close(struct yh_zip *z, struct yh_err *err)
{
	bool failed = z->failed;
	enum yh_rc rc;

	z->failed = zipClose(z->zip, NULL) != ZIP_OK || failed;
	rc = z->failed ? unwritable(z, err) : yh_outfile_check(z->out, err);
	free(z);
	return rc;
}

void yh_zip_drop(struct yh_zip *z)
{
	if (!z)
		return;
	if (z->digest)
		(void)yh_sm3_end(z->digest);
	(void)zipClose(z->zip, NULL);
	free(z);
}
