#!/usr/bin/env bash
# Builds the deployment packages, target/lambda/<function>/bootstrap, of every function of the template and of nothing
# else: what is built together shares the features of its dependencies, so tests and the runner stay out.
#
#   infra/package.sh [--arm64]     for the instruction set of this machine, or for arm64
#   infra/package.sh baseline      the bare functions of tests/baseline, into target/baseline/lambda
#
# Needs the Rust toolchain and python3 with pip; cargo-lambda and zig come into target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."

source infra/lint/venv.sh
target=${CARGO_TARGET_DIR:-$PWD/target}

if [[ ${1:-} == baseline ]]; then
  # From that folder, for its settings of cargo.
  cd tests/baseline
  CARGO_TARGET_DIR=$target/baseline cargo lambda build --release --locked
  exit
fi

mapfile -t functions < <(sed -n 's|^ *CodeUri: target/lambda/\(.*\)/$|--package=\1|p' template.yaml)
cargo lambda build --release --locked "$@" "${functions[@]}"
