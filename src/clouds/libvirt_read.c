/* The texts that libvirt gives. */
#include <expat.h>
#include <limits.h>
#include <string.h>

#include "clouds/libvirt_xml.h"

enum { DEPTH_MOST = 64, TITLE_MOST = 512 };

struct reading {
	XML_Parser parser;
	struct yh_arena *arena;
	struct yh_libvirt_facts *facts;
	const char *format; /* of a volume's target */
	struct yh_libvirt_disk disk;
	unsigned depth;
	bool in_devices, in_disk, wanted; /* wanted: the disk at hand is one, not a CD-ROM */
	bool in_title, in_target, in_backing, in_path;
	char title[TITLE_MOST];
	size_t title_n;
	char path[PATH_MAX]; /* of what a volume lies upon */
	size_t path_n;
};

static const char *attr(const XML_Char **attrs, const char *name)
{
	for (size_t i = 0; attrs[i]; i += 2)
		if (strcmp(attrs[i], name) == 0)
			return attrs[i + 1];
	return NULL;
}

static const char *keep(struct reading *r, const char *text)
{
	const char *copy = yh_arena_strdup(r->arena, text);

	if (text && !copy)
		(void)XML_StopParser(r->parser, XML_FALSE);
	return copy;
}

static void begin_disk(struct reading *r, const XML_Char **attrs)
{
	const char *device = attr(attrs, "device");

	r->disk = (struct yh_libvirt_disk){ 0 };
	r->in_disk = true;
	r->wanted = !device || strcmp(device, "disk") == 0 || strcmp(device, "lun") == 0;
}

/* What stands deeper are the layers below, and what it is copied to meanwhile: no disks, and not to
 * be lost either. */
static void below_disk(struct reading *r, const char *name, const XML_Char **attrs)
{
	const char *path = attr(attrs, "file");
	struct yh_libvirt_layer *layer;

	path = path ? path : attr(attrs, "dev");
	if (!r->wanted || !path || strcmp(name, "source") != 0)
		return;
	layer = YH_NEW(r->arena, struct yh_libvirt_layer);
	if (!layer) {
		(void)XML_StopParser(r->parser, XML_FALSE);
		return;
	}
	layer->path = keep(r, path);
	layer->next = r->facts->below;
	r->facts->below = layer;
}

static void part_of_disk(struct reading *r, const char *name, const XML_Char **attrs)
{
	if (strcmp(name, "source") == 0) {
		const char *path = attr(attrs, "file");

		r->disk.pool = keep(r, attr(attrs, "pool"));
		r->disk.volume = keep(r, attr(attrs, "volume"));
		r->disk.path = keep(r, path ? path : attr(attrs, "dev"));
	} else if (strcmp(name, "target") == 0) {
		r->disk.target = keep(r, attr(attrs, "dev"));
	} else if (strcmp(name, "readonly") == 0 || strcmp(name, "shareable") == 0) {
		r->disk.shared = true;
	}
}

static void second(struct reading *r, const char *name)
{
	r->in_devices = strcmp(name, "devices") == 0;
	r->in_title = strcmp(name, "title") == 0;
	r->in_target = strcmp(name, "target") == 0;
	r->in_backing = strcmp(name, "backingStore") == 0;
}

static void third(struct reading *r, const char *name, const XML_Char **attrs)
{
	if (strcmp(name, YH_LIBVIRT_NS " resource") == 0) {
		r->facts->resource_no = keep(r, attr(attrs, "no"));
		r->facts->case_no = keep(r, attr(attrs, "case"));
		r->facts->was = keep(r, attr(attrs, "was"));
	} else if (r->in_devices && strcmp(name, "disk") == 0) {
		begin_disk(r, attrs);
	} else if (r->in_backing && strcmp(name, "path") == 0) {
		r->in_path = true;
	} else if (r->in_target && strcmp(name, "format") == 0) {
		r->format = keep(r, attr(attrs, "type"));
	}
}

static void begin(void *arg, const XML_Char *name, const XML_Char **attrs)
{
	struct reading *r = arg;

	r->depth++;
	if (r->depth > DEPTH_MOST)
		(void)XML_StopParser(r->parser, XML_FALSE);
	else if (r->depth == 2)
		second(r, name);
	else if (r->depth == 3)
		third(r, name, attrs);
	else if (r->depth == 4 && r->in_disk)
		part_of_disk(r, name, attrs);
	else if (r->depth > 4 && r->in_disk)
		below_disk(r, name, attrs);
}

static void end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;
	struct yh_libvirt_facts *f = r->facts;

	(void)name;
	if (r->depth == 3 && r->in_disk) {
		if (r->wanted && f->n_disks == YH_LIBVIRT_DISKS)
			(void)XML_StopParser(r->parser, XML_FALSE);
		else if (r->wanted)
			f->disks[f->n_disks++] = r->disk;
		r->in_disk = false;
	}
	if (r->depth == 3)
		r->in_path = false;
	r->depth--;
}

static void text(void *arg, const XML_Char *s, int n)
{
	struct reading *r = arg;

	if (r->in_path && r->depth == 3) {
		if ((size_t)n >= sizeof r->path - r->path_n) {
			(void)XML_StopParser(r->parser, XML_FALSE);
			return;
		}
		memcpy(r->path + r->path_n, s, (size_t)n);
		r->path_n += (size_t)n;
	}
	if (!r->in_title || r->depth != 2)
		return;
	for (int i = 0; i < n && r->title_n < TITLE_MOST - 1; i++)
		r->title[r->title_n++] = s[i];
}

/* libvirt writes none: entities are a way to make much of little. */
static void doctype(void *arg, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid,
		    int internal)
{
	struct reading *r = arg;

	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static bool parse(struct reading *r, const char *xml)
{
	size_t n = strlen(xml);
	bool good;

	r->parser = n > YH_LIBVIRT_XML_MAX ? NULL : XML_ParserCreateNS("UTF-8", ' ');
	if (!r->parser)
		return false;
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, begin, end);
	XML_SetCharacterDataHandler(r->parser, text);
	XML_SetStartDoctypeDeclHandler(r->parser, doctype);
	good = XML_Parse(r->parser, xml, (int)n, 1) == XML_STATUS_OK;
	XML_ParserFree(r->parser);
	return good;
}

/* A character that the bound has cut through is left out. */
static size_t whole(const char *s, size_t n)
{
	size_t at = n;

	while (at > 0 && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
		at--;
	return n < TITLE_MOST - 1 || at == 0 ? n : at - 1;
}

bool yh_libvirt_read(const char *xml, struct yh_arena *arena, struct yh_libvirt_facts *out)
{
	struct reading r = { .arena = arena, .facts = out };

	*out = (struct yh_libvirt_facts){ .title = "" };
	if (!parse(&r, xml))
		return false;
	out->title = yh_arena_strndup(arena, r.title, whole(r.title, r.title_n));
	out->resource_no = out->resource_no ? out->resource_no : "";
	out->case_no = out->case_no ? out->case_no : "";
	out->was = out->was ? out->was : "";
	return out->title != NULL;
}

const char *yh_libvirt_read_format(const char *xml, struct yh_arena *arena)
{
	struct yh_libvirt_facts none = { 0 };
	struct reading r = { .arena = arena, .facts = &none };

	return parse(&r, xml) && r.format ? r.format : "raw";
}

bool yh_libvirt_read_backing(const char *xml, struct yh_arena *arena, const char **out)
{
	struct yh_libvirt_facts none = { 0 };
	struct reading r = { .arena = arena, .facts = &none };

	*out = NULL;
	if (!parse(&r, xml))
		return false;
	if (r.path_n > 0)
		*out = yh_arena_strndup(arena, r.path, r.path_n);
	return r.path_n == 0 || *out;
}
