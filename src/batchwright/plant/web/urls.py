"""Addresses of the pages of the plant."""

from django.urls import path

from batchwright.plant.web import acting, defining, instrument_urls, logbook, matching, signing, units

app_name = "plant"
urlpatterns = [
    path("", units.OverviewView.as_view(), name="overview"),
    path("units/", units.UnitsView.as_view(), name="units"),
    path("units/<str:tag>/", units.UnitView.as_view(), name="unit"),
    path("units/<str:tag>/qualify/", signing.QualifyView.as_view(), name="unit-qualify"),
    path("units/<str:tag>/verify/<str:what>/", signing.VerifyView.as_view(), name="unit-verify"),
    path("units/<str:tag>/<str:act>/", acting.ActView.as_view(), name="unit-act"),
    *instrument_urls.urlpatterns,
    path("equipment/", defining.EquipmentView.as_view(), name="equipment"),
    path("equipment/add/", defining.AddView.as_view(), name="equipment-add"),
    path("equipment/<str:tag>/change/", defining.ChangeView.as_view(), name="equipment-change"),
    path("equipment/<str:tag>/retire/", defining.RetireView.as_view(), name="equipment-retire"),
    path("classes/add/", defining.DefineClassView.as_view(), name="class-define"),
    path("classes/<str:code>/", defining.ClassView.as_view(), name="class"),
    path("classes/<str:code>/procedure/", defining.ProcedureView.as_view(), name="class-procedure"),
    path("classes/<str:code>/changeover/", defining.ChangeoverView.as_view(), name="class-changeover"),
    path("logbook/", logbook.LogbookView.as_view(), name="logbook"),
    path("match/", matching.MatchView.as_view(), name="match"),
]
