"""Addresses of the pages of execution; what has a name of its own comes before the number of a batch."""

from django.urls import path

from batchwright.execution.web import weighing, working

app_name = "execution"
urlpatterns = [
    path("work/", working.WorkView.as_view(), name="work"),
    # weighing and dispensing
    path("<str:number>/label/<int:key>.<str:form>", weighing.label, name="dispense-label"),
    path("<str:number>/dispense-act/<str:act>/<path:path>/", weighing.DispenseAct.as_view(), name="dispense-act"),
    path("<str:number>/dispense/<path:path>/", weighing.dispense, name="dispense"),
    path("<str:number>/weigh-bar/<path:path>/", weighing.weigh_bar, name="weigh-bar"),
]
