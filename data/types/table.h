/*
 * Results for people and for programs: one table, printed aligned or as CSV
 * (RFC 4180, cells that a spreadsheet would run as a formula made harmless).
 */
#ifndef MARTLET_TABLE_H
#define MARTLET_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "compiler.h"

struct table;

/* TABLE_CUT: at the left, and cut where the line would be wider than the
 * terminal. For what a person can do without, never for an address. */
enum table_align { TABLE_LEFT, TABLE_RIGHT, TABLE_CUT };

struct table *table_new(void);
void table_free(struct table *t);
/** Columns come before the first cell. @title: copied. */
void table_column(struct table *t, const char *title, enum table_align align);
/** Cells fill rows from left to right. Text is copied; NULL is empty. */
void table_text(struct table *t, const char *text);
void table_number(struct table *t, int64_t value);
void table_printf(struct table *t, const char *format, ...) PRINTF_LIKE(2, 3);

/** Aligned, numbers with thousands separators, text through str_vis. */
void table_print(const struct table *t, FILE *out);
/** @columns: of the terminal; 0: as wide as it gets. table_print asks the
 * terminal that out is, and does not cut where out is none. */
void table_print_fitted(const struct table *t, FILE *out, size_t columns);
void table_print_csv(const struct table *t, FILE *out);

/** One CSV cell, quoted where needed and safe against formulas. */
void table_csv_cell(FILE *out, const char *text);

#endif
