#!/bin/sh
# A Chromium for the browser tests, where none is there: playwright's own, else Debian's package.
set -u
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        echo "Browser tests use $(command -v "$name")."
        exit 0
    fi
done
"$1" -m playwright install chromium >/dev/null 2>&1 && "$1" tools/try_browser.py && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium && exit 0
fi
echo "The browser tests need Chromium: install it (Debian: apt-get install chromium) and try again." >&2
exit 1
