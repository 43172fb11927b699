/* SPDX-License-Identifier: MIT */
/* Giving up capabilities, without libcap: two system calls do it. See confine.h. */
#include "fs/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of a process that must not set them (EPERM) they are of no use: no_new_privs lets no program get
 * more than its starter has. */
static int
empty_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return -errno;
	return 0;
}

int
confine_caps(unsigned long long keep, unsigned long long *ret_kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int r = empty_bounding_set();

	if (r < 0)
		return r;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return -errno;
	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret_kept = 0;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t kept = data[i].permitted & (uint32_t)(keep >> (32 * i));

		data[i].permitted = data[i].effective = kept;
		data[i].inheritable = 0;
		*ret_kept |= (unsigned long long)kept << (32 * i);
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int
confine_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
