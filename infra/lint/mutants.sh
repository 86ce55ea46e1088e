#!/usr/bin/env bash
# Changes what `.cargo/mutants.toml` names in small ways, one at a time, and says which change no test noticed.
# `infra/lint/mutants.sh transfers` looks at one crate only. All of it takes hours: it is for whoever changes a rule, and no
# step of `.ci/run`.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=27.1.0
tools=${XDG_CACHE_HOME:-$HOME/.cache}/zhibu/cargo-mutants-$version
if [[ ! -x $tools/bin/cargo-mutants ]]; then
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install cargo-mutants --version "$version" --locked --root "$tools"
fi
crates=("$@")
[[ ${#crates[@]} -gt 0 ]] || crates=(authz kernel counter-records dues-records finding-records org-life study task-records members \
  organizations transfers accounts media imports tasks task-warnings meetings learning dues inbox portraits \
  ratings analytics)
PATH=$tools/bin:$PATH
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
# The tests of what is not changed are CI's business.
cargo mutants "${crates[@]/#/--package=}" --baseline skip --timeout 120 --jobs 1 --output "${CARGO_TARGET_DIR:-target}"
