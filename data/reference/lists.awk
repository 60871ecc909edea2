# Turns each closed list NAMES.csv (header name,meaning) into
#   enum name { NAME_FIRST, ..., NAME_COUNT }
#   const char *name_text(enum name)   the spelling, never NULL
#   int name_from(const char *)        the value, or -1
# so that the CSV is the only place where a word of the list is spelled.
function flush_list(   i) {
	if (list == "")
		return
	printf "/* %s */\nenum %s {\n", FILE, list
	for (i = 0; i < n; i++)
		printf "\t%s,\n", symbol[i]
	printf "\t%s_COUNT\n};\n\n", toupper(list)
	printf "static inline const char *%s_text(enum %s v)\n{\n", list, list
	printf "\tstatic const char *const text[] = {\n"
	for (i = 0; i < n; i++)
		printf "\t\t\"%s\",\n", name[i]
	printf "\t};\n\treturn (unsigned)v < %s_COUNT ? text[v] : \"\";\n}\n\n", toupper(list)
	printf "static inline int %s_from(const char *s)\n{\n", list
	printf "\tfor (int i = 0; i < (int)%s_COUNT; i++)\n", toupper(list)
	printf "\t\tif (strcmp(s, %s_text((enum %s)i)) == 0)\n\t\t\treturn i;\n\treturn -1;\n}\n\n", list, list
}
BEGIN {
	print "/* Generated from data/reference/lists/ (.csv) by lists.awk. */"
	print "#ifndef MARTLET_LISTS_H\n#define MARTLET_LISTS_H\n#include <string.h>\n"
}
FNR == 1 {
	flush_list()
	FILE = FILENAME
	list = FILENAME
	sub(/.*\//, "", list)
	sub(/s\.csv$/, "", list)
	n = 0
	next
}
{
	split($0, f, ",")
	name[n] = f[1]
	word = f[1] == "" ? "none" : f[1]
	gsub(/[^A-Za-z0-9]/, "_", word)
	symbol[n++] = toupper(list "_" word)
}
END {
	flush_list()
	print "#endif"
}
