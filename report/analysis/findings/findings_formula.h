/*
 * One statement for a number that is made of others: the formula with each
 * name replaced by that number's own statement.
 */
#ifndef MARTLET_FINDINGS_FORMULA_H
#define MARTLET_FINDINGS_FORMULA_H

#include <stdbool.h>

#include "findings.h"

/**
 * findings_formula_compose: Sets the statement of n (one of f's numbers)
 * from its formula: names of earlier numbers, whole numbers, + - * / ( ).
 * Leaves n as it is when the formula is prose or names what has no
 * statement in the same database.
 */
void findings_formula_compose(const struct finding *f,
			      struct finding_number *n);

#endif
