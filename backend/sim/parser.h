/* SPDX-License-Identifier: MIT */
/* What the parts of the parser of device descriptions share: its state, and how words are read. */
#ifndef USBFUSE_SIM_PARSER_H
#define USBFUSE_SIM_PARSER_H

#include "backend/sim/lex.h"
#include "backend/sim/model.h"
#include "backend/util/macro.h"

struct sim_parser {
	const char *file; /* for messages; NULL: a command, which needs no place */
	struct sim_lexer lex;
	char **ret_why;
	struct list *models;

	struct sim_model *model; /* the device that is being described, or NULL */
	unsigned vendor, product, bcd_device, bcd_usb, ep0;
	unsigned class[3];
	unsigned manufacturer_index, product_index, serial_index;
	bool bos_given;
	unsigned active_line;     /* of "active", or 0 */
	struct sim_bytes raw;     /* of "descriptors" */
	struct sim_bytes configs; /* of "config" and what is below it */
	unsigned n_configs;

	/* Where we are; -1: not in one. Offsets are into configs. */
	int config, interface, alternate;
	size_t config_at, interface_at;
	unsigned interface_class[3];
	bool in_script;
	struct sim_script *script;
};

/* -EINVAL; the message tells the file and the line that was read last. */
int sim_parse_fail(struct sim_parser *p, const char *format, ...) PRINTF_LIKE(2, 3);
int sim_parse_fail_at(struct sim_parser *p, unsigned line, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Word I of the line, or NULL. */
const char *sim_parse_word(const struct sim_parser *p, size_t i);
bool sim_parse_is(const struct sim_parser *p, size_t i, const char *word);

/* Word I as a number, decimal or with 0x. */
int sim_parse_number(
	struct sim_parser *p, size_t i, unsigned long min, unsigned long max, unsigned *ret);
/* Word I as a code: hex without 0x, as lsusb prints it. */
int sim_parse_code(struct sim_parser *p, size_t i, unsigned max, unsigned *ret);
/* Word I as a number of bytes, with an optional k or M (1024, 1024²). */
int sim_parse_size(struct sim_parser *p, size_t i, uint64_t *ret);
/* Words I.. as bytes: hex digits, and texts in quotes. */
int sim_parse_bytes(struct sim_parser *p, size_t i, struct sim_bytes *ret);
/* Word I as an endpoint of the given direction: 0x80 IN, 0 OUT, -1 either. */
int sim_parse_endpoint(struct sim_parser *p, size_t i, int direction, uint8_t *ret);
/* Word I as a text in quotes, for which a string descriptor is made. */
int sim_parse_string(struct sim_parser *p, size_t i, unsigned *ret_index);

/* The keywords, by what they are about. Each is given a line that begins with its keyword. */
int sim_parse_config(struct sim_parser *p);
int sim_parse_association(struct sim_parser *p);
int sim_parse_interface(struct sim_parser *p);
int sim_parse_alternate(struct sim_parser *p);
int sim_parse_endpoint_line(struct sim_parser *p);
int sim_parse_extra(struct sim_parser *p);
int sim_parse_report(struct sim_parser *p);
/* Completes the descriptors of a device whose last line was read. */
int sim_parse_finish_descriptors(struct sim_parser *p);

int sim_parse_loopback(struct sim_parser *p); /* and echo */
int sim_parse_source(struct sim_parser *p);
int sim_parse_sink(struct sim_parser *p);
int sim_parse_nak(struct sim_parser *p);
int sim_parse_keyboard(struct sim_parser *p);
int sim_parse_control(struct sim_parser *p);
int sim_parse_script(struct sim_parser *p);
/* A line between "script" and "end". */
int sim_parse_step(struct sim_parser *p);
/* Are all endpoints that behaviours and scripts speak of there? */
int sim_parse_finish_behaviours(struct sim_parser *p);

#endif
