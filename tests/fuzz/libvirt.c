/* What libvirt tells of machines and volumes; and an order's texts, which come back as they went.
 * The first byte chooses. */
#include <stdio.h>

#include "clouds/libvirt_xml.h"
#include "fuzz.h"

enum { ARENA = 16 << 20, XML = 1 << 20 };

static void tell(const char *xml, struct yh_arena *arena)
{
	struct yh_libvirt_facts facts;
	const char *backing;

	if (yh_libvirt_read(xml, arena, &facts))
		must(facts.n_disks <= YH_LIBVIRT_DISKS && facts.resource_no && facts.case_no);
	must(yh_libvirt_read_format(xml, arena) != NULL);
	(void)yh_libvirt_read_backing(xml, arena, &backing);
}

static void name(const char *text)
{
	struct yh_libvirt_volume_tags tags;

	if (yh_libvirt_volume_read(text, &tags))
		must(strlen(tags.uuid) == 36 && tags.resource_no[0] && tags.case_no[0]);
}

/* No text of anybody's becomes an element. */
static void order(const unsigned char *data, size_t n, struct yh_arena *arena)
{
	static const struct yh_cloud_dim dims[] = { { "vcpu", 2000 }, { "memory_gib", 4000 } };
	static const struct yh_libvirt_place place = { "kvm", "x86_64", "p\"<", "n'>" };
	char *title = fuzz_part(&data, &n, NULL), *no = fuzz_part(&data, &n, NULL),
	     *case_no = fuzz_part(&data, &n, NULL), *unit = fuzz_part(&data, &n, NULL);
	struct yh_cloud_order o = { .act = YH_CLOUD_OPEN,
				    .resource_no = no,
				    .name = title,
				    .case_no = case_no,
				    .unit_code = unit,
				    .project_code = unit,
				    .system_code = "",
				    .item_code = unit,
				    .item_category = title,
				    .dims = dims,
				    .n_dims = 2 };
	struct yh_libvirt_facts facts;
	struct yh_buf out;

	yh_buf_init(&out, XML);
	yh_libvirt_domain_xml(&o, &place, &out);
	if (yh_buf_ok(&out)) {
		must(yh_libvirt_read(yh_buf_text(&out), arena, &facts));
		must(facts.n_disks <= 1);
	}
	yh_buf_done(&out);
	free(title);
	free(no);
	free(case_no);
	free(unit);
}

void yh_fuzz_libvirt(const unsigned char *data, size_t n)
{
	struct yh_arena arena;
	char *text;

	if (n == 0)
		return;
	yh_arena_init(&arena, ARENA);
	if (data[0] % 3 == 2)
		order(data + 1, n - 1, &arena);
	else {
		int what = data[0] % 3;

		data++, n--;
		text = fuzz_part(&data, &n, NULL);
		if (what == 0)
			tell(text, &arena);
		else
			name(text);
		free(text);
	}
	yh_arena_done(&arena);
}
