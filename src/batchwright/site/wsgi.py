"""The web process as a WSGI server loads it: it does not start on a plant whose guards are not in place."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import get_resolver

from batchwright.site import start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", start.SETTINGS)

application = get_wsgi_application()
start.require()
# Every page is loaded before the first request, which would otherwise wait for seconds.
_ = get_resolver().url_patterns
# The server makes its threads and processes from here; each opens a connection of its own.
connection.close()
