"""The web process as gunicorn loads it: it does not start on a plant whose guards are not in place."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "batchwright.site.settings")

application = get_wsgi_application()
