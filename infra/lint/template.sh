#!/usr/bin/env bash
# Checks template.yaml as CloudFormation and SAM would, for both partitions. Needs python3 with pip; makes its own
# virtual environment in target/. No AWS account is involved. What these tools do not see (least privilege, alarms,
# retention, hard-coded partitions) is in tests/tests/template.rs.
set -euo pipefail
cd "$(dirname "$0")/../.."

regions=(us-east-1 ap-southeast-1 cn-north-1 cn-northwest-1)
venv=$PWD/target/venv
wanted=$(cat infra/lint/requirements.txt infra/lint/constraints.txt; python3 --version)

if [[ $(cat "$venv/installed" 2>/dev/null || true) != "$wanted" ]]; then
  echo "installing cfn-lint and sam into target/venv"
  rm -rf "$venv"
  mkdir -p target
  install=(install --quiet --disable-pip-version-check -r infra/lint/requirements.txt -c infra/lint/constraints.txt)
  # Debian ships python3 without ensurepip; then the system's pip fills the environment.
  if python3 -m venv "$venv" >/dev/null 2>&1; then
    "$venv/bin/python" -m pip "${install[@]}"
  else
    rm -rf "$venv"
    python3 -m venv --without-pip "$venv"
    python3 -m pip --python "$venv/bin/python" "${install[@]}"
  fi
  printf '%s\n' "$wanted" >"$venv/installed"
fi

# The commands ask for a region although they contact none.
export AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0
export PATH="$venv/bin:$PATH"

echo "cfn-lint for ${regions[*]}"
cfn-lint --non-zero-exit-code informational --regions "${regions[@]}" --template template.yaml
sam validate --lint --template-file template.yaml
for environment in dev prod cn; do
  sam validate --template-file template.yaml --config-file infra/samconfig.toml --config-env "$environment" >/dev/null
done
echo "template.yaml: clean"
