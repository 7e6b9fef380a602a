"""Addresses of the pages of execution; what has a name of its own comes before the number of a batch."""

from django.urls import path

from batchwright.execution.web import exporting, step_urls

app_name = "execution"
urlpatterns = [
    *step_urls.urlpatterns,
    path("<str:number>/record.pdf", exporting.pages, name="record_pages"),
    path("<str:number>/export", exporting.export, name="record_export"),
]
