/* XLSX workbooks: the parts of the archive that hold cells, unpacked piece by piece. */
#include <errno.h>
#include <expat.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/opening/sheet_internal.h"

enum { BLOCK = 16 * 1024, STRINGS_MAX = 200000, PATH = 256, EXACT = 15 };

struct part_name {
	char id[64], name[128]; /* of a sheet, in the workbook */
	char target[PATH];
};

struct book {
	unzFile zip;
	struct sheet_maker *m;
	struct yh_err *err;
	enum yh_rc rc;
	XML_Parser parser;
	int64_t unpacked;
	struct part_name sheets[YH_SHEETS_MAX];
	size_t n_sheets;
	const char **strings;
	size_t n_strings, strings_cap;
	/* where the parser stands */
	int64_t row;
	size_t col;
	char type[12];
	bool in_text, phonetic;
	char text[YH_SHEET_CELL_BYTES + 1]; /* one byte more than fits tells that it is too long */
	size_t n;
};

static void stop(struct book *b, enum yh_rc rc)
{
	if (b->rc == YH_OK)
		b->rc = rc;
	(void)XML_StopParser(b->parser, XML_FALSE);
}

static const char *local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool is(const char *name, const char *what)
{
	return strcmp(local(name), what) == 0;
}

static const char *attribute(const char **attrs, const char *name)
{
	for (; attrs[0]; attrs += 2)
		if (is(attrs[0], name))
			return attrs[1];
	return NULL;
}

/* An entity could be blown up without end, or name a file: no workbook has a document type. */
static void XMLCALL doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
			    const XML_Char *pubid, int internal)
{
	struct book *b = arg;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	stop(b, yh_fail(b->err, YH_BAD_INPUT, "sheet-doctype"));
}

static void XMLCALL characters(void *arg, const XML_Char *s, int len)
{
	struct book *b = arg;
	size_t n = (size_t)len, left = sizeof b->text - b->n;

	if (!b->in_text || b->phonetic)
		return;
	n = n < left ? n : left;
	memcpy(b->text + b->n, s, n);
	b->n += n;
}

/* ---- reading a part ---- */

static enum yh_rc unzip_failed(int code, const char *part, struct yh_err *err)
{
	if (code == Z_MEM_ERROR || code == UNZ_INTERNALERROR)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_sheet_unreadable(part, err);
}

static enum yh_rc parse_failed(struct book *b, const char *part)
{
	if (b->rc != YH_OK)
		return b->rc;
	if (XML_GetErrorCode(b->parser) == XML_ERROR_NO_MEMORY)
		return yh_fail(b->err, YH_TOO_LARGE, "memory-short");
	return yh_sheet_unreadable(part, b->err);
}

static enum yh_rc feed(struct book *b, const char *part)
{
	char *block;
	int n = 0;

	do {
		block = XML_GetBuffer(b->parser, BLOCK);
		if (!block)
			return yh_fail(b->err, YH_TOO_LARGE, "memory-short");
		n = unzReadCurrentFile(b->zip, block, BLOCK);
		if (n < 0)
			return unzip_failed(n, part, b->err);
		b->unpacked += n;
		if (b->unpacked > YH_SHEET_UNPACKED_BYTES)
			return yh_sheet_too_large("unpacked", YH_SHEET_UNPACKED_BYTES, b->err);
		if (XML_ParseBuffer(b->parser, n, n == 0) != XML_STATUS_OK)
			return parse_failed(b, part);
	} while (n > 0);
	return YH_OK;
}

/* *there false: the archive has no such part. */
static enum yh_rc parse(struct book *b, const char *part, XML_StartElementHandler start,
			XML_EndElementHandler end, bool *there)
{
	enum yh_rc rc;
	int code;

	*there = unzLocateFile(b->zip, part, 1) == UNZ_OK;
	if (!*there)
		return YH_OK;
	code = unzOpenCurrentFile(b->zip);
	if (code != UNZ_OK)
		return unzip_failed(code, part, b->err);
	b->parser = XML_ParserCreate(NULL);
	b->in_text = b->phonetic = false;
	b->n = 0;
	if (!b->parser) {
		(void)unzCloseCurrentFile(b->zip);
		return yh_fail(b->err, YH_TOO_LARGE, "memory-short");
	}
	XML_SetUserData(b->parser, b);
	XML_SetElementHandler(b->parser, start, end);
	XML_SetCharacterDataHandler(b->parser, characters);
	XML_SetStartDoctypeDeclHandler(b->parser, doctype);
	rc = feed(b, part);
	XML_ParserFree(b->parser);
	b->parser = NULL;
	/* its checksum is compared here, once all of it was read */
	if (unzCloseCurrentFile(b->zip) != UNZ_OK && rc == YH_OK)
		rc = yh_sheet_unreadable(part, b->err);
	return rc;
}

static void XMLCALL no_end(void *arg, const XML_Char *name)
{
	(void)arg;
	(void)name;
}

/* ---- which sheets there are ---- */

static void XMLCALL book_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct book *b = arg;
	const char *id = attribute(attrs, "id"), *title = attribute(attrs, "name");
	const char *since = attribute(attrs, "date1904");

	if (is(name, "workbookPr"))
		b->m->out->since_1904 = since && (since[0] == '1' || strcmp(since, "true") == 0);
	if (!is(name, "sheet"))
		return;
	if (b->n_sheets == YH_SHEETS_MAX) {
		stop(b, yh_sheet_too_large("sheets", YH_SHEETS_MAX, b->err));
		return;
	}
	(void)snprintf(b->sheets[b->n_sheets].id, sizeof b->sheets[0].id, "%s", id ? id : "");
	(void)snprintf(b->sheets[b->n_sheets].name, sizeof b->sheets[0].name, "%s",
		       title ? title : "");
	b->n_sheets++;
}

static void XMLCALL rels_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct book *b = arg;
	const char *id = attribute(attrs, "Id"), *target = attribute(attrs, "Target");

	if (!is(name, "Relationship") || !id || !target)
		return;
	for (size_t i = 0; i < b->n_sheets; i++) {
		if (strcmp(b->sheets[i].id, id) != 0)
			continue;
		(void)snprintf(b->sheets[i].target, PATH, "%s%s", target[0] == '/' ? "" : "xl/",
			       target[0] == '/' ? target + 1 : target);
	}
}

/* ---- texts that cells share ---- */

static void XMLCALL strings_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct book *b = arg;

	(void)attrs;
	if (is(name, "si"))
		b->n = 0;
	else if (is(name, "t"))
		b->in_text = true;
	else if (is(name, "rPh"))
		b->phonetic = true;
}

static bool more_strings(struct book *b)
{
	size_t cap = b->strings_cap ? b->strings_cap * 2 : 256;
	const char **more = YH_NEW_N(b->m->arena, const char *, cap);

	if (!more)
		return false;
	if (b->n_strings)
		memcpy(more, b->strings, b->n_strings * sizeof *more);
	b->strings = more;
	b->strings_cap = cap;
	return true;
}

static void XMLCALL strings_end(void *arg, const XML_Char *name)
{
	struct book *b = arg;

	if (is(name, "t"))
		b->in_text = false;
	else if (is(name, "rPh"))
		b->phonetic = false;
	if (!is(name, "si"))
		return;
	if (b->n_strings == STRINGS_MAX) {
		stop(b, yh_sheet_too_large("strings", STRINGS_MAX, b->err));
		return;
	}
	if (b->n_strings == b->strings_cap && !more_strings(b)) {
		stop(b, yh_fail(b->err, YH_TOO_LARGE, "memory-short"));
		return;
	}
	b->strings[b->n_strings] = yh_arena_strndup(b->m->arena, b->text, b->n);
	if (!b->strings[b->n_strings++])
		stop(b, yh_fail(b->err, YH_TOO_LARGE, "memory-short"));
}

/* ---- cells ---- */

/* "AB12": column 27, row 12; false for anything else. */
static bool place(struct book *b, const char *ref)
{
	size_t col = 0, letters = 0;
	char *end;

	for (; *ref >= 'A' && *ref <= 'Z' && letters < 3; ref++, letters++)
		col = col * 26 + (size_t)(*ref - 'A') + 1;
	if (!letters || *ref < '1' || *ref > '9')
		return false;
	b->row = strtoll(ref, &end, 10);
	b->col = col - 1;
	return *end == 0 && b->row < 10000000;
}

static void XMLCALL sheet_start(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct book *b = arg;
	const char *ref = attribute(attrs, "r"), *type = attribute(attrs, "t");

	if (is(name, "row")) {
		b->row = ref ? strtoll(ref, NULL, 10) : b->row + 1;
		b->col = 0;
	} else if (is(name, "c")) {
		if (ref && !place(b, ref))
			stop(b, yh_sheet_unreadable("cell", b->err));
		(void)snprintf(b->type, sizeof b->type, "%s", type ? type : "n");
		b->n = 0;
	} else if (is(name, "v") || is(name, "t")) {
		b->in_text = true;
	} else if (is(name, "rPh")) {
		b->phonetic = true;
	}
}

/* Numbers are kept in binary: fifteen digits are what was typed. */
static enum yh_rc put_number(struct book *b)
{
	char text[64], *end;
	double v;
	int n;

	b->text[b->n < sizeof b->text ? b->n : sizeof b->text - 1] = 0;
	v = strtod(b->text, &end);
	if (b->n == 0 || *end)
		return yh_sheet_put(b->m, b->row, b->col, b->text, b->n, b->err);
	if (v > -1e15 && v < 1e15 && v == (double)(int64_t)v)
		n = snprintf(text, sizeof text, "%.0f", v);
	else
		n = snprintf(text, sizeof text, "%.*g", EXACT, v);
	return yh_sheet_put(b->m, b->row, b->col, text, (size_t)n, b->err);
}

static enum yh_rc put_cell(struct book *b)
{
	char *end;
	unsigned long at;

	if (strcmp(b->type, "n") == 0)
		return put_number(b);
	if (strcmp(b->type, "s") != 0)
		return yh_sheet_put(b->m, b->row, b->col, b->text, b->n, b->err);
	if (b->n == 0)
		return YH_OK;
	b->text[b->n < sizeof b->text ? b->n : sizeof b->text - 1] = 0;
	at = strtoul(b->text, &end, 10);
	if (*end || at >= b->n_strings)
		return yh_sheet_unreadable("sharedStrings", b->err);
	return yh_sheet_put(b->m, b->row, b->col, b->strings[at], strlen(b->strings[at]), b->err);
}

static void XMLCALL sheet_end(void *arg, const XML_Char *name)
{
	struct book *b = arg;
	enum yh_rc rc = YH_OK;

	if (is(name, "v") || is(name, "t"))
		b->in_text = false;
	else if (is(name, "rPh"))
		b->phonetic = false;
	if (is(name, "c")) {
		rc = put_cell(b);
		b->col++;
		b->n = 0;
	} else if (is(name, "row")) {
		rc = yh_sheet_end_row(b->m, b->row, b->err);
	}
	if (rc != YH_OK)
		stop(b, rc);
}

static enum yh_rc read_sheet(struct book *b, const struct part_name *s)
{
	bool there;
	enum yh_rc rc = yh_sheet_begin(b->m, s->name, b->err);

	b->row = 0;
	if (rc == YH_OK)
		rc = parse(b, s->target, sheet_start, sheet_end, &there);
	if (rc == YH_OK && !there)
		rc = yh_sheet_unreadable(s->name, b->err);
	else if (rc != YH_OK && b->err && b->err->field[0] == 0)
		yh_err_field(b->err, "%.100s", s->name);
	return rc;
}

static enum yh_rc read_book(struct book *b)
{
	bool there;
	enum yh_rc rc = parse(b, "xl/workbook.xml", book_start, no_end, &there);

	if (rc == YH_OK && there)
		rc = parse(b, "xl/_rels/workbook.xml.rels", rels_start, no_end, &there);
	if (rc == YH_OK && !there)
		rc = yh_sheet_unreadable("workbook", b->err);
	if (rc == YH_OK)
		rc = parse(b, "xl/sharedStrings.xml", strings_start, strings_end, &there);
	for (size_t i = 0; rc == YH_OK && i < b->n_sheets; i++)
		rc = read_sheet(b, &b->sheets[i]);
	return rc;
}

enum yh_rc yh_sheets_of_xlsx(int fd, struct sheet_maker *m, struct yh_err *err)
{
	YH_FREE_AUTO struct book *b = calloc(1, sizeof *b);
	struct yh_err mine = { 0 };
	char path[32];
	enum yh_rc rc;

	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	m->out->serial = true;
	b->m = m;
	b->err = &mine;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	errno = 0;
	b->zip = unzOpen64(path);
	if (!b->zip)
		return errno == ENOMEM ? yh_fail(err, YH_TOO_LARGE, "memory-short")
				       : yh_sheet_unreadable("zip", err);
	rc = read_book(b);
	(void)unzClose(b->zip);
	if (rc != YH_OK && err)
		*err = mine;
	return rc;
}
