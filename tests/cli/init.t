# init: a workspace.
. "$(dirname "$0")/lib.sh"

status "a workspace is made with its parents" 0 "$MARTLET" init "$T/a/b"
is "it has a configuration and a sensor database" "$(ls "$T/a/b" | paste -sd' ')" \
	"martlet.conf sensors.db"
status "its sensor database keeps the contract" 0 \
	"$MARTLET" -C "$T/a/b" sensors check
is "days are those of UTC unless it is said" \
	"$("$MARTLET" -C "$T/a/b" sensors --json | jq -r .timezone)" UTC
before=$(cat "$T/a/b/martlet.conf"; sqlite3 "$T/a/b/sensors.db" .dump)
status "a workspace is not made twice" 1 "$MARTLET" init --timezone Asia/Tokyo "$T/a/b"
like "and it says so" "$(cat "$T/err")" 'is a workspace already'
is "it stays as it was" \
	"$(cat "$T/a/b/martlet.conf"; sqlite3 "$T/a/b/sensors.db" .dump)" "$before"
status "a zone can be named" 0 "$MARTLET" init --timezone Asia/Tokyo "$T/c"
is "and is kept" "$("$MARTLET" -C "$T/c" sensors --json | jq -r .timezone)" \
	Asia/Tokyo
for zone in Mars/Base Asia tzdata.zi ../../etc/passwd ''; do
	status "'$zone' is no zone" 2 "$MARTLET" init --timezone "$zone" "$T/d"
	like "  and a zone is shown: '$zone'" "$(cat "$T/err")" 'Asia/Tokyo or UTC'
done
[ -e "$T/d" ]
is "a wrong zone makes nothing" $? 1
: >"$T/file"
status "a file is no place for a workspace" 1 "$MARTLET" init "$T/file"
status "two directories are wrong usage" 2 "$MARTLET" init "$T/x" "$T/y"

cp -r "$T/c" "$T/lost"
echo "report.series = Mine" >>"$T/lost/martlet.conf"
rm "$T/lost/sensors.db"
status "without its sensor database a workspace fails" 1 \
	"$MARTLET" -C "$T/lost" sensors
like "and init is named" "$(cat "$T/err")" "'martlet init' makes an empty one"
status "init makes a new one" 0 "$MARTLET" init "$T/lost"
like "and keeps the configuration" "$(cat "$T/lost/martlet.conf")" 'Mine'
status "it works again" 0 "$MARTLET" -C "$T/lost" sensors
: >"$T/lost/martlet.db"
status "an empty case database has nothing to read" 1 \
	"$MARTLET" -C "$T/lost" groups 2025Q3
like "and says what fills it" "$(cat "$T/err")" "'martlet scan PERIOD' fills it"

is "the sensor database is its owner's only" \
	"$(stat -c %a "$T/c/sensors.db")" 600

# Settings are checked where they are written.
for wrong in no.such.key=1 nothing pace.overall=fast pace.overall=1e9 \
	report.timezone=Mars/Base who.url=csirt.example \
	$'report.series=\xff'; do
	status "-o $(printf %q "$wrong") is wrong usage" 2 \
		"$MARTLET" -C "$T/c" -o "$wrong" sensors
done
m() { "$MARTLET" -C "$T/c" "$@"; }
m -o pace.overall=fast sensors 2>"$T/err"
like "numbers are written out" "$(cat "$T/err")" 'from 0.01 to 10000000, not'
lines=$(wc -l <"$T/c/martlet.conf")
for wrong in 'no.such.key = 1' nothing 'report.timezone = Mars/Base' \
	'who.url = csirt.example' $'report.series = \xff'; do
	head -n "$lines" "$T/c/martlet.conf" >"$T/conf"
	(cat "$T/conf"; echo "$wrong") >"$T/c/martlet.conf"
	status "$(printf %q "$wrong") fails" 1 m sensors
	like "  and its line is named" "$(cat "$T/err")" \
		"martlet.conf:$((lines + 1)): "
done
cp "$T/conf" "$T/c/martlet.conf"

# Results that cannot be written are no success.
status "a full disk under the results fails" 1 \
	bash -c "'$MARTLET' -C '$T/c' sensors >/dev/full"
like "and says so" "$(cat "$T/err")" 'cannot write the results: No space left'
status "a full disk under the help fails" 1 \
	bash -c "'$MARTLET' --help >/dev/full"

done_testing
