"""Words of the record for templates; `{% load record_words %}`."""
