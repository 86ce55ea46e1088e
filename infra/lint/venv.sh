# Sourced from the root of the checkout: makes the virtual environment target/venv with what requirements.txt names, and
# puts it into the path. Needs python3 with pip.

venv=$PWD/target/venv
wanted=$(cat infra/lint/requirements.txt infra/lint/constraints.txt; python3 --version)

if [[ $(cat "$venv/installed" 2>/dev/null || true) != "$wanted" ]]; then
  echo "installing cfn-lint, sam and cargo-lambda into target/venv"
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

export PATH="$venv/bin:$PATH"
