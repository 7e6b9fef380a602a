"""Template components of the shell; `{% load shell %}`."""
