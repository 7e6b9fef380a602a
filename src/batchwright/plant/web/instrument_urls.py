"""Addresses of the pages of instruments, below those of the plant."""

from django.urls import path

from batchwright.plant.web import instruments, measuring

urlpatterns = [
    path("instruments/", instruments.InstrumentsView.as_view(), name="instruments"),
    path("instruments/add/", measuring.AddView.as_view(), name="instrument-add"),
    path("instruments/calendar/", instruments.CalendarView.as_view(), name="calendar"),
    path("instruments/<str:tag>/", instruments.InstrumentView.as_view(), name="instrument"),
    path("instruments/<str:tag>/live/", instruments.LiveView.as_view(), name="instrument-live"),
    path("instruments/<str:tag>/calibrate/", measuring.CalibrateView.as_view(), name="instrument-calibrate"),
    path("instruments/<str:tag>/read/", measuring.ReadView.as_view(), name="instrument-read"),
    path("instruments/<str:tag>/check/", measuring.CheckView.as_view(), name="instrument-check"),
    path("instruments/<str:tag>/check/<int:number>/", measuring.CheckRowView.as_view(), name="instrument-check-row"),
    path("instruments/<str:tag>/calibrations/<int:number>/", instruments.CalibrationView.as_view(), name="calibration"),
    path(
        "instruments/<str:tag>/calibrations/<int:number>/approve/", measuring.ApproveView.as_view(),
        name="calibration-approve",
    ),
    path("instruments/<str:tag>/<str:act>/", measuring.ActView.as_view(), name="instrument-act"),
]  # fmt: skip
