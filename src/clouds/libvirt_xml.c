/* The texts that libvirt is given. */
#include "clouds/libvirt_xml.h"

#include <stdio.h>
#include <string.h>

enum { KIB_PER_GIB = 1024 * 1024 };

/* The length of the character at `s`, which XML knows; 0: it does not. */
static size_t character(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
	uint32_t code = n == 1 ? s[0] : s[0] & (0x7FU >> n);

	if (n == 1)
		return code >= 0x20 || code == '\t' || code == '\n' ? 1 : 0;
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3FU);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10FFFF)) ||
	    (code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF)
		return 0;
	return n;
}

void yh_libvirt_escape(struct yh_buf *b, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} named[] = { { '&', "&amp;" },   { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		      { '\'', "&apos;" }, { '\n', " " },   { '\t', " " } };
	const char *as;

	for (const char *p = text ? text : ""; *p;) {
		size_t n = character((const unsigned char *)p);

		as = n ? NULL : "?";
		for (size_t i = 0; n == 1 && i < sizeof named / sizeof named[0]; i++)
			if (*p == named[i].c)
				as = named[i].as;
		if (as)
			yh_buf_str(b, as);
		else
			yh_buf_add(b, p, n);
		p += n ? n : 1;
	}
}

static bool is_plain(const char *s, size_t most)
{
	size_t n = strlen(s);

	return n > 0 && n <= most &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") == n &&
	       s[0] != '.';
}

const char *yh_libvirt_volume_name(const struct yh_cloud_order *o, char out[YH_LIBVIRT_VOLUME])
{
	char id[YH_ID_TEXT];

	out[0] = 0;
	if (is_plain(o->resource_no, 39) && is_plain(o->case_no, 48))
		(void)snprintf(out, YH_LIBVIRT_VOLUME, "%s_%s_%s", o->resource_no, o->case_no,
			       yh_id_text(&o->resource, id));
	return out;
}

/* The part up to the next '_' or the end; NULL: too long, or empty. */
static const char *part(const char *at, char *out, size_t size)
{
	size_t n = strcspn(at, "_");

	if (n == 0 || n >= size)
		return NULL;
	memcpy(out, at, n);
	out[n] = 0;
	return at + n + (at[n] == '_');
}

bool yh_libvirt_volume_read(const char *name, struct yh_libvirt_volume_tags *out)
{
	const char *at = part(name, out->resource_no, sizeof out->resource_no);
	struct yh_id id;

	if (at)
		at = part(at, out->case_no, sizeof out->case_no);
	if (at)
		at = part(at, out->uuid, sizeof out->uuid);
	return at && *at == 0 && is_plain(out->resource_no, 39) && is_plain(out->case_no, 48) &&
	       yh_id_parse(out->uuid, &id, NULL) == YH_OK;
}

int64_t yh_libvirt_dim(const struct yh_cloud_dim *dims, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(dims[i].name, name) == 0)
			return dims[i].qty_milli;
	return -1;
}

static void attribute(struct yh_buf *out, const char *name, const char *value)
{
	yh_buf_printf(out, " %s=\"", name);
	yh_libvirt_escape(out, value);
	yh_buf_str(out, "\"");
}

static void element(struct yh_buf *out, const char *name, const char *text)
{
	yh_buf_printf(out, "<%s>", name);
	yh_libvirt_escape(out, text);
	yh_buf_printf(out, "</%s>", name);
}

void yh_libvirt_tags_xml(const struct yh_cloud_order *o, const char *was, bool in_text,
			 struct yh_buf *out)
{
	yh_buf_str(out, in_text ? "<yh:resource xmlns:yh=\"" YH_LIBVIRT_NS "\"" : "<resource");
	attribute(out, "no", o->resource_no);
	attribute(out, "case", o->case_no);
	attribute(out, "unit", o->unit_code);
	attribute(out, "project", o->project_code);
	attribute(out, "system", o->system_code);
	attribute(out, "item", o->item_code);
	if (was[0])
		attribute(out, "was", was);
	yh_buf_str(out, "/>");
}

static void devices(const struct yh_cloud_order *o, const struct yh_libvirt_place *p,
		    struct yh_buf *out)
{
	char volume[YH_LIBVIRT_VOLUME];

	yh_buf_str(out, "<devices><disk type=\"volume\" device=\"disk\"><driver name=\"qemu\""
			" type=\"qcow2\"/><source");
	attribute(out, "pool", p->pool);
	attribute(out, "volume", yh_libvirt_volume_name(o, volume));
	yh_buf_str(out, "/><target dev=\"vda\" bus=\"virtio\"/></disk>");
	if (p->network) {
		yh_buf_str(out, "<interface type=\"network\"><source");
		attribute(out, "network", p->network);
		yh_buf_str(out, "/><model type=\"virtio\"/></interface>");
	}
	yh_buf_str(out, "<console type=\"pty\"/><memballoon model=\"virtio\">"
			"<stats period=\"10\"/></memballoon></devices>");
}

void yh_libvirt_domain_xml(const struct yh_cloud_order *o, const struct yh_libvirt_place *p,
			   struct yh_buf *out)
{
	int64_t vcpu = yh_libvirt_dim(o->dims, o->n_dims, "vcpu") / 1000;
	int64_t kib = yh_libvirt_dim(o->dims, o->n_dims, "memory_gib") * KIB_PER_GIB / 1000;
	char id[YH_ID_TEXT];

	yh_buf_str(out, "<domain");
	attribute(out, "type", p->type);
	yh_buf_str(out, ">");
	element(out, "name", o->resource_no);
	element(out, "uuid", yh_id_text(&o->resource, id));
	element(out, "title", o->name);
	yh_buf_str(out, "<metadata>");
	yh_libvirt_tags_xml(o, "", true, out);
	yh_buf_printf(out,
		      "</metadata><memory unit=\"KiB\">%lld</memory><vcpu>%lld</vcpu><os><type",
		      (long long)kib, (long long)vcpu);
	attribute(out, "arch", p->arch);
	yh_buf_str(out, ">hvm</type><boot dev=\"hd\"/></os><features><acpi/></features>");
	if (strcmp(p->type, "kvm") == 0)
		yh_buf_str(out, "<cpu mode=\"host-model\"/>");
	yh_buf_str(out, "<on_reboot>restart</on_reboot><on_crash>restart</on_crash>");
	devices(o, p, out);
	yh_buf_str(out, "</domain>");
}

void yh_libvirt_volume_xml(const char *name, uint64_t bytes, const char *backing,
			   const char *backing_format, struct yh_buf *out)
{
	yh_buf_str(out, "<volume>");
	element(out, "name", name);
	yh_buf_printf(out,
		      "<capacity unit=\"bytes\">%llu</capacity><allocation>0</allocation>"
		      "<target><format type=\"qcow2\"/></target>",
		      (unsigned long long)bytes);
	if (backing) {
		yh_buf_str(out, "<backingStore>");
		element(out, "path", backing);
		yh_buf_str(out, "<format");
		attribute(out, "type", backing_format);
		yh_buf_str(out, "/></backingStore>");
	}
	yh_buf_str(out, "</volume>");
}

void yh_libvirt_snapshot_xml(const char *name, const char *about, struct yh_buf *out)
{
	yh_buf_str(out, "<domainsnapshot>");
	element(out, "name", name);
	element(out, "description", about);
	yh_buf_str(out, "</domainsnapshot>");
}
