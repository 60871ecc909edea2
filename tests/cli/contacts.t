#!/bin/bash
# Contact lists as an incident handler makes them.
. "$(dirname "$0")/lib.sh"

W=$T/w
export MARTLET_NOW=2025-09-20T00:00:00Z
"$MARTLET" init --timezone Asia/Tokyo "$W" 2>/dev/null
M=("$MARTLET" -C "$W")
cat >"$T/packets.csv" <<'END'
time,sensor,source,protocol,port,packets,signature,country,asn,as_name
2025-09-01T00:00:01Z,hidden-site,192.0.2.1,tcp,23,5,mirai,JP,64500,One
2025-09-01T10:20:30Z,hidden-site,192.0.2.1,tcp,23,5,mirai,JP,64500,One
2025-09-18T00:00:00Z,hidden-site,192.0.2.2,tcp,22,3,,JP,64500,One
2025-09-18T14:59:59Z,hidden-site,198.51.100.7,tcp,80,4,,JP,64501,"=Two, Inc"
2025-09-18T15:00:00Z,hidden-site,198.51.100.8,tcp,80,4,,TW,64502,Three
2025-09-18T15:00:00Z,hidden-site,203.0.113.9,tcp,80,4,backscatter,JP,64501,Two
END
"${M[@]}" import "$T/packets.csv" >/dev/null 2>&1

status "without a contact book there is no list" 1 "${M[@]}" contacts 2025Q3
like "the message names the book" "$(cat "$T/err")" "contact book '.*/contacts.csv'"
like "and how to make one" "$(cat "$T/err")" 'contacts --init-book'
status "--init-book makes one" 0 "${M[@]}" contacts --init-book
is "for this user alone" "$(stat -c %a "$W/contacts.csv")" 600
like "with the columns" "$(cat "$W/contacts.csv")" \
	'^kind,match,contact,role,name,language,note'
status "an empty book is a book" 0 "${M[@]}" contacts 2025Q3
echo mine >>"$W/contacts.csv"
status "--init-book never replaces one" 1 "${M[@]}" contacts --init-book
is "it is as it was" "$(tail -1 "$W/contacts.csv")" mine

status "a broken row refuses the book" 1 "${M[@]}" contacts 2025Q3
like "and names file and line" "$(cat "$T/err")" 'contacts.csv:9: '
cat >"$W/contacts.csv" <<'END'
kind,match,contact,role,name,language,note
network,192.0.2.7/24,a@example.net,,,,
asn,64501,nobody,,,,
END
status "broken values refuse it, too" 1 "${M[@]}" contacts 2025Q3
is "each is named with its line" \
	"$(grep -o 'contacts.csv:[0-9]*: [a-z]*' "$T/err" | sed 's/.*csv//' | tr '\n' ' ')" \
	":2: match :3: contact "
like "with what to do" "$(cat "$T/err")" 'correct the row'

cat >"$W/contacts.csv" <<'END'
kind,match,contact,role,name,language,note
# The most specific row wins.
country,JP,csirt@example.jp,,National,ja,
asn,AS64500,as@example.net,technical,,en,
network,192.0.2.2/32,host@example.net,,,,
END
status "contacts gives JSON" 0 "${M[@]}" contacts 2025Q3 --json
cp "$T/out" "$T/all.json"
is "each address at its contact, by contact" \
	"$(jq -r '[.contacts[] | "\(.contact) \(.asn) \([.addresses[].address] | join(","))"] | join("; ")' "$T/all.json")" \
	"as@example.net 64500 192.0.2.1; csirt@example.jp 64501 198.51.100.7; host@example.net 64500 192.0.2.2"
is "the document is labelled" "$(jq -r .tlp "$T/all.json")" TLP:AMBER+STRICT
is "evidence is to the second, in UTC" \
	"$(jq -r '.contacts[0].addresses[0].evidence[0].text' "$T/all.json")" \
	"2025-09-01T00:00:01Z to 2025-09-01T10:20:30Z: 10 packets to 23/TCP on 1 sensor"
is "what is older than two weeks is marked" \
	"$(jq -c '[.contacts[].addresses[].old]' "$T/all.json")" \
	'[true,false,false]'
is "where a source was is of the day it was seen" \
	"$(jq -c '.contacts[0].addresses[0].as_origin' "$T/all.json")" \
	'{"database":"sensor database","date":"2025-09-01","aged":false}'
is "marks of tools are told" \
	"$(jq -c '.contacts[0].addresses[0].signatures' "$T/all.json")" '["mirai"]'
is "the files are the same" \
	"$(cmp "$T/all.json" "$W/out/2025Q3/contacts.json" && echo same)" same
is "and for this user alone" \
	"$(stat -c %a "$W"/out/2025Q3/contacts.{csv,json} | tr '\n' ' ')" \
	"600 600 "
status "contacts gives CSV" 0 "${M[@]}" contacts 2025Q3 --csv
is "one row for each address" "$(wc -l <"$T/out")" 4
like "with formulas made harmless" "$(cat "$T/out")" "\"'=Two, Inc\""
unlike "no file tells a sensor or a victim" \
	"$(cat "$W"/out/2025Q3/contacts.* "$T/out")" 'hidden-site|203\.0\.113'

# A day begins at 15:00 UTC in Tokyo.
status "--since takes what was seen on that day or later" 0 \
	"${M[@]}" contacts 2025Q3 --since 2025-09-18 --json
is "by the day of the network" \
	"$(jq -r '[.contacts[].addresses[].address] | join(" ")' "$T/out")" \
	"198.51.100.7 192.0.2.2"
status "nothing is seen since the next" 0 \
	"${M[@]}" contacts 2025Q3 --since 2025-09-19 --json
is "which is an empty list" "$(jq -c .contacts "$T/out")" '[]'
is "the list of the quarter is not replaced" \
	"$(cmp "$T/all.json" "$W/out/2025Q3/contacts.json" && echo same)" same
is "there is a file of its own" "$(ls "$W/out/2025Q3" | grep -c since)" 4

# A bind mount that is read-only is a read-only disk to whoever looks.
if unshare -rm true 2>/dev/null; then
	read_only() {
		unshare -rm sh -c 'mount --bind "$0" "$0" &&
			mount -o remount,bind,ro "$0" && exec "$@"' "$W" "$@"
	}
	status "a read-only disk still gives the list" 0 \
		read_only "${M[@]}" contacts 2025Q3 --json
	is "whole" "$(cmp "$T/all.json" "$T/out" && echo same)" same
	like "and says that there are no files" "$(cat "$T/err")" \
		'cannot be written to, so there are no contacts.csv'
else
	skip "a read-only disk still gives the list" "no mount namespaces here"
fi

status "a table is for people" 0 "${M[@]}" contacts 2025Q3
like "with the contact first" "$(cat "$T/out")" '^as@example.net +AS64500 +192'
status "the book can be elsewhere" 1 \
	"${M[@]}" -o contacts.book=/nonexistent contacts 2025Q3
like "and is named" "$(cat "$T/err")" '/nonexistent'
status "no period is wrong usage" 2 "${M[@]}" contacts
status "a broken period is wrong usage" 2 "${M[@]}" contacts 2025Q5
status "a broken day is wrong usage" 2 \
	"${M[@]}" contacts 2025Q3 --since yesterday
status "JSON and CSV at once is wrong usage" 2 \
	"${M[@]}" contacts 2025Q3 --json --csv
done_testing
