"""Addresses of the pages of execution; what has a name of its own comes before the number of a batch."""

from django.urls import path

from batchwright.execution.web import (
    batches,
    commanding,
    exceptions,
    exporting,
    planning,
    redlining,
    reviewing,
    step_urls,
    stocking,
    weighing,
)

app_name = "execution"
_EXCEPTION = "<str:number>/exceptions/<str:exception>/"
urlpatterns = [
    path("", batches.BatchesView.as_view(), name="batches"),
    *step_urls.urlpatterns,
    # weighing and dispensing
    path("<str:number>/label/<int:key>.<str:form>", weighing.label, name="dispense-label"),
    path("<str:number>/dispense-act/<str:act>/<path:path>/", weighing.DispenseAct.as_view(), name="dispense-act"),
    path("<str:number>/dispense/<path:path>/", weighing.dispense, name="dispense"),
    path("<str:number>/weigh-bar/<path:path>/", weighing.weigh_bar, name="weigh-bar"),
    path("make/", planning.ChooseView.as_view(), name="make"),
    path("make/<str:recipe>/", planning.MakeView.as_view(), name="make-of"),
    path("exceptions/", exceptions.ExceptionsView.as_view(), name="exceptions"),
    path("<str:number>/", batches.BatchView.as_view(), name="batch"),
    path("<str:number>/run/<int:position>/", batches.RunView.as_view(), name="run"),
    path("<str:number>/command/<str:command>/", commanding.CommandView.as_view(), name="command"),
    path("<str:number>/put-away/", stocking.PutAwayView.as_view(), name="put-away"),
    path("<str:number>/redline/", redlining.ChooseView.as_view(), name="redlines"),
    path("<str:number>/redline/<str:kind>/", redlining.RedlineView.as_view(), name="redline"),
    path("<str:number>/exceptions/raise/", exceptions.RaiseView.as_view(), name="raise"),
    path(_EXCEPTION, exceptions.ExceptionView.as_view(), name="exception"),
    path(f"{_EXCEPTION}assess/", exceptions.AssessView.as_view(), name="assess"),
    path(f"{_EXCEPTION}sign/", exceptions.SignView.as_view(), name="exception-sign"),
    path("<str:number>/review/", reviewing.ReviewView.as_view(), name="review"),
    path("<str:number>/review/judge/", reviewing.JudgeView.as_view(), name="judge"),
    path("<str:number>/review/sign/", reviewing.SignView.as_view(), name="review-sign"),
    path("<str:number>/record.pdf", exporting.pages, name="record_pages"),
    path("<str:number>/export", exporting.export, name="record_export"),
]
