"""Whether the Chromium that playwright installed starts here, its system libraries included."""

import sys

from playwright.sync_api import Error, sync_playwright

try:
    with sync_playwright() as playwright:
        playwright.chromium.launch().close()
except Error:
    sys.exit(1)
