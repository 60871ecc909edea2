#!/bin/bash
# Recog's patterns and ours under texts made to stall them: no decision takes
# long, of CPU time, so that other work of the machine does not count.
. "$(dirname "$0")/../cli/lib.sh"

recog=$SHARED/data/recog/xml
slow() { jq -r ".attack.slowest_ms > $1" "$T/out"; }
# Sanitizers cost a factor.
[[ $BUILD == *asan* ]] && most=25 || most=5

status "our own are attacked" 0 "$MARTLET" fingerprint verify --attack --json
is "and none is slow" "$(slow $most)" false
if [ -d "$recog" ]; then
	status "Recog's are attacked" 0 "$MARTLET" fingerprint verify --attack --json "$recog"
	is "with enough texts" "$(jq '.attack.texts > 320000' "$T/out")" true
	is "and none is slow" "$(slow $most)" false
	echo "# slowest decision: $(jq -c .attack "$T/out")"
else
	echo "SKIP: no $recog: Recog's patterns are not attacked" >&2
	skip "Recog's are attacked" "no $recog"
	skip "with enough texts" "no $recog"
	skip "and none is slow" "no $recog"
fi
done_testing
