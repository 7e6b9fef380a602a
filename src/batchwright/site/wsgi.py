"""The web process as a WSGI server loads it: it does not start on a plant whose guards are not in place."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

from batchwright.site import making, start, warming

os.environ.setdefault("DJANGO_SETTINGS_MODULE", start.SETTINGS)

application = get_wsgi_application()
if not making.goes_on():
    start.require()
warming.warm()
# The server makes its threads and processes from here; each opens a connection of its own.
connection.close()
