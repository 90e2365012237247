/* OpenStack as it answers. The first byte chooses what is done, the second how; with bit 7 of the
 * second the token's answer is of the input, too, else it is a good one. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clouds/openstack.h"
#include "fuzz.h"

static const char token[] =
	"201 {\"token\":{\"catalog\":["
	"{\"type\":\"compute\",\"endpoints\":[{\"region_id\":\"r\",\"region\":\"r\","
	"\"interface\":\"public\",\"url\":\"http://c/v2.1\"}]},"
	"{\"type\":\"volumev3\",\"endpoints\":[{\"region\":\"r\",\"interface\":\"public\","
	"\"url\":\"http://v/v3\"}]},"
	"{\"type\":\"network\",\"endpoints\":[{\"region\":\"r\",\"interface\":\"public\","
	"\"url\":\"http://n\"}]},"
	"{\"type\":\"image\",\"endpoints\":[{\"region\":\"r\",\"interface\":\"public\","
	"\"url\":\"http://i\"}]},"
	"{\"type\":\"placement\",\"endpoints\":[{\"region\":\"r\",\"interface\":\"public\","
	"\"url\":\"http://p\"}]}]}}";

static const struct yh_cloud_dim dims[] = { { "vcpu", 4000 },
					    { "memory_gib", 8000 },
					    { "block_gib", 100000 } };

static enum yh_rc machine(void *arg, const struct yh_cloud_machine *m, struct yh_err *err)
{
	(void)arg;
	(void)err;
	must(m->ref && m->name && m->resource_no && m->case_no && m->n_dims <= 3);
	must(strlen(m->ref) < YH_CLOUD_REF);
	return YH_OK;
}

static enum yh_rc sample(void *arg, const struct yh_cloud_sample *s, struct yh_err *err)
{
	(void)arg;
	(void)err;
	must(s->ref && s->resource_no && s->metric && s->device && s->value == s->value);
	return YH_OK;
}

static enum yh_rc room(void *arg, const struct yh_cloud_room *r, struct yh_err *err)
{
	(void)arg;
	(void)err;
	must(r->name && r->total_milli >= 0 && r->used_milli >= 0);
	return YH_OK;
}

static enum yh_rc act(struct yh_cloud *c, unsigned what, unsigned how, struct yh_err *err)
{
	static const char *const steps[] = { "port",          "volume",           "server",
					     "resize",        "extend",           "stop",
					     "set-aside",     "snapshot",         "find",
					     "delete-server", "delete-snapshots", "delete-volume",
					     "delete-port" };
	static const char id[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
	const struct yh_cloud_driver *d = yh_cloud_driver_openstack();
	struct yh_cloud_order o = { .act = (enum yh_cloud_act)(how & 3),
				    .resource = { .b = { 1, 2, 3 } },
				    .resource_no = "SH-R-000001",
				    .name = "web",
				    .case_no = "SH-2026-RG-000001",
				    .unit_code = "civil",
				    .project_code = "p",
				    .system_code = "",
				    .item_code = "vm-x86",
				    .item_category = "vm",
				    .provider_ref = how & 4   ? id
						    : how & 8 ? "volume/x"
							      : NULL,
				    .dims = dims,
				    .n_dims = 3,
				    .before = dims,
				    .n_before = 2,
				    .snapshot = how & 16 };
	char ref[YH_CLOUD_REF] = "";
	bool kept;

	switch (what) {
	case 0:
		return d->ping(c, err);
	case 1:
		return d->list(c, machine, NULL, err);
	case 2:
		return d->sample(c, sample, NULL, err);
	case 3:
		return d->capacity(c, room, NULL, err);
	default:
		what = (what - 4) % (sizeof steps / sizeof steps[0]);
		return how & 32 ? d->undo(c, &o, steps[what], o.provider_ref, &kept, err)
				: d->step(c, &o, steps[what], ref, err);
	}
}

static void run(const char *secret, const unsigned char *answers, size_t n, unsigned what,
		unsigned how)
{
	const struct yh_cloud_setting settings[] = {
		{ "auth_url", "http://k/v3" },
		{ "region", "r" },
		{ "project", "p" },
		{ "user", "u" },
		{ "password_file", secret },
		{ "image", "img" },
		{ "network", "net" },
		{ "volume_type", "ssd" },
		{ "wait_s", "0" },
		{ "items", "vm-*" },
	};
	const struct yh_cloud_config cfg = { "SH", yh_cloud_driver_openstack(), settings,
					     sizeof settings / sizeof settings[0] };
	struct yh_err err = { 0 };
	struct yh_cloud *c;
	size_t next;

	must(cfg.driver->open(&cfg, NULL, &c, &err) == YH_OK);
	yh_fuzz_peer(answers, n);
	must_say(act(c, what, how, &err), &err);
	must(yh_fuzz_peer_calls() < 10000);
	/* nothing of this input meets the next one */
	json_decref(yh_os_take_seen(c, &next));
	yh_os_put_seen(c, NULL, 0);
	yh_os_forget(c);
	yh_os_keep(c);
	cfg.driver->close(c);
}

void yh_fuzz_openstack(const unsigned char *data, size_t n)
{
	static char secret[32];
	static const char kept[] = "token";
	unsigned char *answers;
	size_t before = 0;
	int fd;

	if (n < 2)
		return;
	if (!secret[0]) {
		fd = memfd_create("secret", 0);
		must(fd >= 0 && write(fd, "x\n", 2) == 2);
		(void)snprintf(secret, sizeof secret, "/proc/self/fd/%d", fd);
	}
	answers = malloc(n + sizeof kept + sizeof token);
	must(answers != NULL);
	if (!(data[1] & 128)) {
		memcpy(answers, kept, sizeof kept);
		memcpy(answers + sizeof kept, token, sizeof token);
		before = sizeof kept + sizeof token;
	}
	memcpy(answers + before, data + 2, n - 2);
	run(secret, answers, before + n - 2, data[0] % 17, data[1]);
	free(answers);
}
