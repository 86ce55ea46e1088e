#!/usr/bin/env bash
# Deployment as far as it goes without AWS: `sam package` uploads the packages of target/lambda (infra/package.sh builds
# them) to the runner's own object store, and the packaged template goes through the transform as CloudFormation would
# do it, for both partitions, and through cfn-lint. Prints the number of resources, of which a stack may have 500.
set -euo pipefail
cd "$(dirname "$0")/../.."

source infra/lint/venv.sh
work=$(mktemp -d)
runner=
cleanup() {
  [[ -z $runner ]] || { kill "$runner" && wait "$runner"; } 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# With what the tests are built with, so that nothing is compiled a second time with other features.
cargo build --quiet --locked --workspace --tests --bin zhibu
"${CARGO_TARGET_DIR:-target}/debug/zhibu" --data "$work/data" --no-demo --port 0 >"$work/log" 2>&1 &
runner=$!
for _ in $(seq 100); do
  ! grep -q '^ready' "$work/log" || break
  kill -0 "$runner" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
  sleep 0.2
done

credential() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/data/credentials.json" "$1"; }
export AWS_ENDPOINT_URL_S3 AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
AWS_ENDPOINT_URL_S3=$(sed -n 's|^ *objects *\(http://[^ ]*\).*|\1|p' "$work/log")
AWS_ACCESS_KEY_ID=$(credential accessKeyId)
AWS_SECRET_ACCESS_KEY=$(credential secretAccessKey)
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

# The media bucket stands in for the bucket of deployments.
sam package --template-file template.yaml --s3-bucket media-bucket --s3-prefix packages \
  --output-template-file "$work/packaged.yaml" >"$work/sam.log" 2>&1 || { cat "$work/sam.log" >&2; exit 1; }
wanted=$(grep -c 'CodeUri: target/lambda/' template.yaml)
uploaded=$(find "$work/data/objects/media-bucket/packages" -type f | wc -l)
named=$(grep -c 'CodeUri: s3://media-bucket/packages/' "$work/packaged.yaml")
[[ $uploaded -eq $wanted && $named -eq $wanted ]] || {
  echo "$wanted functions, $uploaded packages uploaded, $named named in the packaged template" >&2
  exit 1
}
du -h --total "$work/data/objects/media-bucket/packages" | tail -n 1 | awk '{ print "packages uploaded: '"$uploaded"', " $1 }'

for region in us-east-1 cn-north-1; do
  AWS_DEFAULT_REGION=$region python infra/lint/transform.py "$work/packaged.yaml" "$work/$region.json"
  # The transform has put in what Rollout says, and nothing else uses it.
  cfn-lint --non-zero-exit-code warning --ignore-checks W2001 --regions "$region" --template "$work/$region.json"
done
