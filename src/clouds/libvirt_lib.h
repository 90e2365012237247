/* libvirt itself, loaded when a cloud is first opened by it: who has no such cloud needs neither
 * the library nor its memory. Only files of this driver include this. */
#ifndef YH_CLOUDS_LIBVIRT_LIB_H
#define YH_CLOUDS_LIBVIRT_LIB_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/err.h"

#define YH_LIBVIRT_CALLS(X)                                                                        \
	X(virInitialize)                                                                           \
	X(virSetErrorFunc)                                                                         \
	X(virGetLastError)                                                                         \
	X(virResetLastError)                                                                       \
	X(virEventRegisterDefaultImpl)                                                             \
	X(virEventRunDefaultImpl)                                                                  \
	X(virConnectOpen)                                                                          \
	X(virConnectRef)                                                                           \
	X(virConnectClose)                                                                         \
	X(virConnectIsAlive)                                                                       \
	X(virConnectSetKeepAlive)                                                                  \
	X(virConnectListAllDomains)                                                                \
	X(virConnectGetAllDomainStats)                                                             \
	X(virDomainStatsRecordListFree)                                                            \
	X(virTypedParamsGetULLong)                                                                 \
	X(virTypedParamsGetUInt)                                                                   \
	X(virTypedParamsGetInt)                                                                    \
	X(virTypedParamsGetString)                                                                 \
	X(virNodeGetInfo)                                                                          \
	X(virDomainLookupByUUIDString)                                                             \
	X(virDomainLookupByName)                                                                   \
	X(virDomainDefineXML)                                                                      \
	X(virDomainCreate)                                                                         \
	X(virDomainShutdown)                                                                       \
	X(virDomainDestroy)                                                                        \
	X(virDomainUndefineFlags)                                                                  \
	X(virDomainIsActive)                                                                       \
	X(virDomainGetInfo)                                                                        \
	X(virDomainGetName)                                                                        \
	X(virDomainGetUUIDString)                                                                  \
	X(virDomainGetXMLDesc)                                                                     \
	X(virDomainSetVcpusFlags)                                                                  \
	X(virDomainSetMemoryFlags)                                                                 \
	X(virDomainSetMetadata)                                                                    \
	X(virDomainGetBlockInfo)                                                                   \
	X(virDomainBlockResize)                                                                    \
	X(virDomainFree)                                                                           \
	X(virDomainSnapshotCreateXML)                                                              \
	X(virDomainSnapshotLookupByName)                                                           \
	X(virDomainSnapshotDelete)                                                                 \
	X(virDomainSnapshotFree)                                                                   \
	X(virStoragePoolLookupByName)                                                              \
	X(virStoragePoolIsActive)                                                                  \
	X(virStoragePoolCreate)                                                                    \
	X(virStoragePoolListAllVolumes)                                                            \
	X(virStoragePoolGetInfo)                                                                   \
	X(virStoragePoolFree)                                                                      \
	X(virStorageVolLookupByName)                                                               \
	X(virStorageVolLookupByPath)                                                               \
	X(virStorageVolCreateXML)                                                                  \
	X(virStorageVolGetName)                                                                    \
	X(virStorageVolGetPath)                                                                    \
	X(virStorageVolGetInfo)                                                                    \
	X(virStorageVolGetXMLDesc)                                                                 \
	X(virStorageVolResize)                                                                     \
	X(virStorageVolDelete)                                                                     \
	X(virStorageVolFree)                                                                       \
	X(virNetworkLookupByName)                                                                  \
	X(virNetworkIsActive)                                                                      \
	X(virNetworkCreate)                                                                        \
	X(virNetworkFree)

struct yh_libvirt_lib {
#define X(call) __typeof__(&call) call;
	YH_LIBVIRT_CALLS(X)
#undef X
};

/* The library, prepared once a process: it prints nothing by itself, and its event loop runs on a
 * thread of its own, without which a peer that has gone away would be waited for without end.
 * BUSY "cloud-unreachable" (figures cloud, detail) when it cannot be loaded. */
YH_CHECK enum yh_rc yh_libvirt_load(const char *cloud, const struct yh_libvirt_lib **out,
				    struct yh_err *err);
/* A thread that nobody waits for. Not 0: there is none. */
YH_CHECK int yh_libvirt_thread(void *(*run)(void *arg), void *arg);

#endif
