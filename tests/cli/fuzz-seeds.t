#!/bin/bash
# What fuzzing starts from, and what it found once, through each reader of
# hostile input. `make fuzz` goes on from there.
. "$(dirname "$0")/lib.sh"

cd "$TOP" || exit 1
for target in tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	ok "$name has seeds" [ "$(find "tests/fuzz/$name.in" -type f | wc -l)" -gt 0 ]
	status "and takes them" 0 "$BUILD/replay/$name" tests/fuzz/"$name".in/*
done
done_testing
