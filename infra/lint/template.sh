#!/usr/bin/env bash
# Checks template.yaml as CloudFormation and SAM would, for both partitions. Needs python3 with pip (venv.sh). No AWS
# account is involved. What these tools do not see (least privilege, alarms, retention, hard-coded partitions) is in
# tests/tests/system/template.
set -euo pipefail
cd "$(dirname "$0")/../.."

regions=(us-east-1 ap-southeast-1 cn-north-1 cn-northwest-1)
source infra/lint/venv.sh

# The commands ask for a region although they contact none.
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

# The transform asks for a feature toggle for each function; the list of them is inside the service, and it warns each time
# that it has none. Everything else that a command says goes through, and so does its status.
without_toggles() {
  { "$@" 2>&1 >&3 | sed "/Feature '[a-z_]*' not available in Feature Toggle Config\.$/d" >&2; } 3>&1
}

echo "cfn-lint for ${regions[*]}"
cfn-lint --non-zero-exit-code informational --regions "${regions[@]}" --template template.yaml
without_toggles sam validate --lint --template-file template.yaml
for environment in dev prod cn; do
  without_toggles sam validate --template-file template.yaml --config-file infra/samconfig.toml \
    --config-env "$environment" >/dev/null
done
echo "template.yaml: clean"
