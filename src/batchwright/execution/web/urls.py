"""Addresses of the pages of execution; what has a name of its own comes before the number of a batch."""

from django.urls import path

from batchwright.execution.web import exporting, working

app_name = "execution"
urlpatterns = [
    path("work/", working.WorkView.as_view(), name="work"),
    path("<str:number>/record.pdf", exporting.pages, name="record_pages"),
    path("<str:number>/export", exporting.export, name="record_export"),
]
