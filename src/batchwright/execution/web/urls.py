"""Addresses of the pages of execution; what has a name of its own comes before the number of a batch."""

from django.urls import path

from batchwright.execution.web import working

app_name = "execution"
urlpatterns = [
    path("work/", working.WorkView.as_view(), name="work"),
]
