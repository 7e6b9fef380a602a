"""Addresses of the floor: the work list, and one step."""

from django.urls import path

from batchwright.execution.web import signing, stepping, working

urlpatterns = [
    path("work/", working.WorkView.as_view(), name="work"),
    path("sent/<str:key>/", stepping.sent, name="sent"),
    path("<str:number>/step/<path:path>/", stepping.StepView.as_view(), name="step"),
    path("<str:number>/check/<path:path>/", stepping.CheckView.as_view(), name="check"),
    path("<str:number>/correct/<path:path>/", stepping.CorrectView.as_view(), name="correct"),
    path("<str:number>/sign/<path:path>/", signing.SignStepView.as_view(), name="step-sign"),
    path("<str:number>/now/<path:path>/", stepping.now, name="step-now"),
    path("<str:number>/answer/", stepping.AnswerView.as_view(), name="answer"),
]
