/* SPDX-License-Identifier: MIT */
/*
 * `usbfuse find`: prints the directories of a mounted tree that match, for scripts, and waits for
 * one on request. It knows the tree by its files only, as any other program does.
 */
#ifndef USBFUSE_FIND_H
#define USBFUSE_FIND_H

/* ARGV[0] is "find". Returns the exit status: usbfuse-find(1). */
int find_main(int argc, char **argv);

#endif
