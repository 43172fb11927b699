/* SPDX-License-Identifier: MIT */
/* Devices as they are described; see model.h. Only storage and look-ups: parse*.c fills a model. */
#include "backend/sim/model.h"

#include <stdlib.h>
#include <string.h>

struct sim_model *
sim_model_new(void)
{
	struct sim_model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	atomic_init(&m->refs, 1);
	list_init(&m->node);
	m->speed = SIM_HIGH;
	m->permissions = sim_node_default();
	return m;
}

struct sim_model *
sim_model_ref(struct sim_model *m)
{
	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

static void
free_script(struct sim_script *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		sim_bytes_free(&s->steps[i].data);
	free(s->steps);
}

struct sim_model *
sim_model_unref(struct sim_model *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	desc_index_free(m->index);
	for (size_t i = 0; i < m->n_strings; i++)
		free(m->strings[i].text);
	for (size_t i = 0; i < m->n_drivers; i++)
		free(m->drivers[i].name);
	for (size_t i = 0; i < m->n_reports; i++)
		sim_bytes_free(&m->reports[i].data);
	for (size_t i = 0; i < m->n_behaviours; i++)
		sim_bytes_free(&m->behaviours[i].text);
	for (size_t i = 0; i < m->n_rules; i++)
		sim_bytes_free(&m->rules[i].data);
	for (size_t i = 0; i < m->n_scripts; i++)
		free_script(&m->scripts[i]);
	free(m->strings);
	free(m->drivers);
	free(m->reports);
	free(m->behaviours);
	free(m->rules);
	free(m->scripts);
	sim_bytes_free(&m->descriptors);
	sim_bytes_free(&m->bos);
	sim_bytes_free(&m->languages);
	free(m->name);
	free(m->port);
	free(m);
	return NULL;
}

const struct sim_string *
sim_model_string(const struct sim_model *m, unsigned index)
{
	for (size_t i = 0; i < m->n_strings; i++)
		if (m->strings[i].index == index)
			return &m->strings[i];
	return NULL;
}

static bool
applies(int wanted, int actual)
{
	return wanted < 0 || wanted == actual;
}

const char *
sim_model_driver(const struct sim_model *m, int config, int interface)
{
	for (size_t i = 0; i < m->n_drivers; i++)
		if (applies(m->drivers[i].config, config) && m->drivers[i].interface == interface)
			return m->drivers[i].name;
	return NULL;
}

const struct sim_bytes *
sim_model_report(const struct sim_model *m, int config, int interface)
{
	for (size_t i = 0; i < m->n_reports; i++)
		if (m->reports[i].config == config && m->reports[i].interface == interface)
			return &m->reports[i].data;
	return NULL;
}

const struct sim_behaviour *
sim_model_behaviour(
	const struct sim_model *m, int config, int interface, int alternate, uint8_t endpoint)
{
	for (size_t i = m->n_behaviours; i > 0; i--) {
		const struct sim_behaviour *b = &m->behaviours[i - 1];

		if (b->endpoint == endpoint && applies(b->config, config) &&
			applies(b->interface, interface) && applies(b->alternate, alternate))
			return b;
	}
	return NULL;
}

unsigned
sim_wedge_by_name(const char *name)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {
		{"open", SIM_WEDGE_OPEN},
		{"close", SIM_WEDGE_CLOSE},
		{"claim", SIM_WEDGE_CLAIM},
		{"submit", SIM_WEDGE_SUBMIT},
		{"cancel", SIM_WEDGE_CANCEL},
		{"reset", SIM_WEDGE_RESET},
		{"alternate", SIM_WEDGE_ALTERNATE},
		{"configuration", SIM_WEDGE_CONFIGURATION},
		{"clear-halt", SIM_WEDGE_CLEAR_HALT},
		{"attribute", SIM_WEDGE_ATTRIBUTE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].bit;
	return 0;
}
