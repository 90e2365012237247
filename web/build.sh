#!/bin/bash
# Builds the console: build.sh OPENAPI_JSON OUT_DIR
# OPENAPI_JSON is what `yunheng openapi` prints; OUT_DIR is made anew.
set -euo pipefail
openapi=$(realpath "$1")
out=$(realpath -m "$2")
cd "$(dirname "$0")"

# A registry that falls silent in the middle of a package keeps npm waiting for ever; what it has by
# then is in its cache.
packages() {
    timeout 300 npm ci --no-audit --no-fund --loglevel=error --prefer-offline
}

lock=$(sha256sum package-lock.json .npmrc | sha256sum | cut -d' ' -f1)
if [ "$(cat node_modules/.yunheng-lock 2>/dev/null)" != "$lock" ]; then
    packages || packages || packages
    echo "$lock" >node_modules/.yunheng-lock
fi

node_modules/.bin/openapi-typescript "$openapi" --output src/api/schema.d.ts.new >/dev/null
cmp -s src/api/schema.d.ts.new src/api/schema.d.ts && rm src/api/schema.d.ts.new ||
    mv src/api/schema.d.ts.new src/api/schema.d.ts
node_modules/.bin/vue-tsc --noEmit
YH_CONSOLE_OUT=$out node_modules/.bin/vite build --logLevel warn
