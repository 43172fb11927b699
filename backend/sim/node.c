/* SPDX-License-Identifier: MIT */
/* Permissions of virtual devices; see node.h. Checked as Linux does, acl_permission_check(). */
#include "backend/sim/node.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/sim/parser.h"

enum { READ_WRITE = 6, GROUPS_MAX = 256 };

struct sim_node
sim_node_default(void)
{
	return (struct sim_node){.uid = getuid(), .gid = getgid(), .mode = 0660};
}

/* ---- reading it ---- */

static int
parse_id(struct sim_parser *p, size_t i, unsigned *ret)
{
	return sim_parse_number(p, i, 0, UINT32_MAX - 1, ret);
}

static int
parse_mode(struct sim_parser *p, size_t i, mode_t *ret)
{
	const char *word = sim_parse_word(p, i);
	size_t len = word ? strlen(word) : 0;

	if (len < 3 || len > 4 || strspn(word, "01234567") != len || strtoul(word, NULL, 8) > 0777)
		return sim_parse_fail(p, "mode: three octal digits, as 660");
	*ret = (mode_t)strtoul(word, NULL, 8);
	return 0;
}

static int
add_entry(struct sim_node *n, enum snapshot_acl_kind kind, unsigned bits, uint32_t id)
{
	size_t at = 0;

	if (n->n_acl == SIM_ACL_MAX)
		return -E2BIG;
	while (at < n->n_acl && n->acl[at].kind <= kind)
		at++;
	memmove(&n->acl[at + 1], &n->acl[at], (n->n_acl - at) * sizeof(n->acl[0]));
	n->acl[at] = (struct snapshot_acl){.kind = kind, .bits = (uint8_t)bits, .id = id};
	n->n_acl++;
	return 0;
}

/* As setfacl(1) has them: user:1000:rw, group::r, group:50:- */
static int
parse_entry(struct sim_parser *p, size_t i, struct sim_node *node)
{
	const char *word = sim_parse_word(p, i), *c = word, *letter;
	enum snapshot_acl_kind kind;
	unsigned bits = 0;
	char *end;
	unsigned long id;

	if (strncmp(c, "user:", 5) == 0)
		kind = SNAPSHOT_ACL_USER;
	else if (strncmp(c, "group::", 7) == 0)
		kind = SNAPSHOT_ACL_OWNING_GROUP;
	else if (strncmp(c, "group:", 6) == 0)
		kind = SNAPSHOT_ACL_GROUP;
	else
		return sim_parse_fail(p, "\"%s\" is not an entry such as user:1000:rw", word);
	c = strchr(c, ':') + 1;
	errno = 0;
	id = strtoul(c, &end, 10);
	/* No sign and no blanks, which strtoul() would take. */
	if (!isdigit((unsigned char)*c) != (kind == SNAPSHOT_ACL_OWNING_GROUP) || *end != ':' ||
		errno || id >= UINT32_MAX)
		return sim_parse_fail(p, "\"%s\" is not an entry such as user:1000:rw", word);
	for (c = end + 1; *c; c++) {
		letter = strchr("xwr-", *c);
		if (!letter)
			return sim_parse_fail(
				p, "\"%s\": permissions are of the letters rwx", word);
		bits |= *c == '-' ? 0 : 1u << (letter - "xwr-");
	}
	if (add_entry(node, kind, bits, (uint32_t)id) < 0)
		return sim_parse_fail(p, "more than %d entries", SIM_ACL_MAX - 1);
	return 0;
}

static int
parse_acl(struct sim_parser *p, size_t i, struct sim_node *node)
{
	bool owning = false;
	int r = 0;

	node->n_acl = 0;
	for (; r == 0 && i < p->lex.n_words; i++)
		r = parse_entry(p, i, node);
	for (size_t k = 0; k < node->n_acl; k++)
		owning |= node->acl[k].kind == SNAPSHOT_ACL_OWNING_GROUP;
	if (r == 0 && node->n_acl > 0 && !owning &&
		add_entry(node, SNAPSHOT_ACL_OWNING_GROUP, node->mode >> 3 & 7, 0) < 0)
		r = sim_parse_fail(p, "more than %d entries", SIM_ACL_MAX - 1);
	return r;
}

int
sim_parse_node(struct sim_parser *p, size_t i, struct sim_node *node)
{
	struct sim_node n = *node;
	int r = 0;

	for (; r == 0 && i < p->lex.n_words; i += 2) {
		unsigned id;

		if (sim_parse_is(p, i, "acl")) {
			r = parse_acl(p, i + 1, &n);
			break;
		}
		if (sim_parse_is(p, i, "owner")) {
			r = parse_id(p, i + 1, &id);
			n.uid = r < 0 ? n.uid : id;
		} else if (sim_parse_is(p, i, "group")) {
			r = parse_id(p, i + 1, &id);
			n.gid = r < 0 ? n.gid : id;
		} else if (sim_parse_is(p, i, "mode")) {
			r = parse_mode(p, i + 1, &n.mode);
		} else {
			return sim_parse_fail(p, "node: owner, group, mode or acl, not \"%s\"",
				sim_parse_word(p, i));
		}
	}
	if (r == 0)
		*node = n;
	return r;
}

/* ---- what it means ---- */

int
sim_node_describe(const struct sim_node *node, struct snapshot *s)
{
	s->uid = node->uid;
	s->gid = node->gid;
	s->mode = node->mode;
	for (size_t i = 0; i < node->n_acl; i++)
		if (snapshot_add_acl(s, node->acl[i].kind, node->acl[i].bits, node->acl[i].id) < 0)
			return -ENOMEM;
	return 0;
}

static bool
enough(mode_t bits)
{
	return (bits & READ_WRITE) == READ_WRITE;
}

static bool
in_group(gid_t wanted)
{
	gid_t groups[GROUPS_MAX];
	int n = getgroups(GROUPS_MAX, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == wanted)
			return true;
	return wanted == getegid();
}

bool
sim_node_admits(const struct sim_node *node)
{
	mode_t mask = node->mode >> 3;
	bool member = false;

	if (geteuid() == 0)
		return true;
	if (geteuid() == node->uid)
		return enough(node->mode >> 6);
	for (size_t i = 0; i < node->n_acl && mask & 7; i++) {
		const struct snapshot_acl *e = &node->acl[i];

		if (e->kind == SNAPSHOT_ACL_USER && e->id == geteuid())
			return enough(e->bits & mask);
		if (e->kind == SNAPSHOT_ACL_USER ||
			!in_group(e->kind == SNAPSHOT_ACL_GROUP ? e->id : node->gid))
			continue;
		if (enough(e->bits & mask))
			return true;
		member = true;
	}
	if (member)
		return false;
	if ((node->n_acl == 0 || !(mask & 7)) && in_group(node->gid))
		return enough(mask);
	return enough(node->mode);
}
