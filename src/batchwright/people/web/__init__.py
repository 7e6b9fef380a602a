"""People's pages: translate a request, make one domain call, render."""
