/* Loads libvirt once a process. */
#include "clouds/libvirt_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

static struct yh_libvirt_lib lib;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char trouble[96]; /* why it is not loaded; "" : it is */

/* Failures are told to whoever called, not printed. */
static void say_nothing(void *arg, virErrorPtr error)
{
	(void)arg;
	(void)error;
}

static void *loop(void *arg)
{
	(void)arg;
	for (;;)
		(void)lib.virEventRunDefaultImpl();
	return NULL;
}

/* Signals are for the threads of the program. */
int yh_libvirt_thread(void *(*run)(void *arg), void *arg)
{
	pthread_t thread;
	sigset_t all, before;
	int failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread, NULL, run, arg);
	if (!failed)
		(void)pthread_detach(thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

static void set_trouble(const char *text)
{
	(void)strncpy(trouble, text ? text : "libvirt.so.0", sizeof trouble - 1);
}

/* True: the address of `name` is in *at, which is a pointer to a function. */
static bool find(void *so, const char *name, void *at)
{
	void *p = dlsym(so, name);

	memcpy(at, &p, sizeof p);
	if (!p)
		set_trouble(name);
	return p != NULL;
}

static void load(void)
{
	void *so = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!so) {
		set_trouble(dlerror());
		return;
	}
#define X(call)                                                                                    \
	if (!find(so, #call, &lib.call))                                                           \
		return;
	YH_LIBVIRT_CALLS(X)
#undef X
	lib.virSetErrorFunc(NULL, say_nothing);
	if (lib.virInitialize() < 0 || lib.virEventRegisterDefaultImpl() < 0 ||
	    yh_libvirt_thread(loop, NULL) != 0)
		set_trouble("libvirt: not initialised");
}

enum yh_rc yh_libvirt_load(const char *cloud, const struct yh_libvirt_lib **out, struct yh_err *err)
{
	enum yh_rc rc;

	(void)pthread_once(&once, load);
	*out = &lib;
	if (!trouble[0])
		return YH_OK;
	rc = yh_fail(err, YH_BUSY, "cloud-unreachable");
	yh_err_text(err, "cloud", cloud);
	yh_err_text(err, "detail", trouble);
	return rc;
}
